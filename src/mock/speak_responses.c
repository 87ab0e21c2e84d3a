/* OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses and /responses-streaming). */
#include "mock/speak.h"

#include <string.h>

static const llmc__mock_reasons reasons = {"", "max_output_tokens", "", "content_filter"};

/* The answer's items; NULL calls aside, each is written whole here and in parts by the stream. */
static void put_reasoning(llmc__mock_answer *answer) {
    llmc__mock_write(answer, answer->body,
                     "{\"id\":\"rs_%i\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"%v\""
                     "}]}",
                     llmc__mock_say_reasoning(answer));
}

static void put_message(llmc__mock_answer *answer) {
    llmc__mock_write(answer, answer->body,
                     "{\"id\":\"msg_%i\",\"type\":\"message\",\"status\":\"completed\",\"content\":[{\"type\":"
                     "\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"%v\"}],\"role\":\"assistant\"}",
                     llmc__mock_say_text(answer));
}

static void put_call(llmc__mock_answer *answer, size_t index, bool is_open) {
    const llmc__mock_call *call = llmc__mock_say_call(answer, index);
    llmc__mock_write(answer, answer->body,
                     "{\"id\":\"fc_%d%i\",\"type\":\"function_call\",\"status\":\"%s\",\"arguments\":\"%s\","
                     "\"call_id\":\"%s\",\"name\":\"%s\"}",
                     (int64_t)index, is_open ? "in_progress" : "completed", is_open ? "" : call->arguments, call->id,
                     call->name);
}

static void put_output(llmc__mock_answer *answer) {
    bool thinks = llmc__mock_say_reasoning(answer).len > 0;
    bool says = llmc__mock_say_text(answer).len > 0;
    if (thinks) {
        put_reasoning(answer);
    }
    if (says) {
        llmc__mock_write(answer, answer->body, "%c", thinks);
        put_message(answer);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        llmc__mock_write(answer, answer->body, "%c", thinks || says || i > 0);
        put_call(answer, i, false);
    }
}

static void put_start(llmc__mock_answer *answer, const char *status) {
    llmc__mock_write(answer, answer->body,
                     "{\"id\":\"resp_%i\",\"object\":\"response\",\"created_at\":%d,\"status\":\"%s\",\"model\":\"%v\"",
                     answer->created, status, llmc__mock_say_model(answer));
}

/* The response as it ended. */
static void put_whole(llmc__mock_answer *answer) {
    const char *reason = llmc__mock_say_reason(answer, &reasons);
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    put_start(answer, *reason == '\0' ? "completed" : "incomplete");
    llmc__mock_write(answer, answer->body,
                     *reason == '\0' ? ",\"error\":null,\"incomplete_details\":null,\"output\":["
                                     : ",\"error\":null,\"incomplete_details\":{\"reason\":\"%s\"},\"output\":[",
                     reason);
    put_output(answer);
    llmc__mock_write(answer, answer->body,
                     "],\"usage\":{\"input_tokens\":%d,\"input_tokens_details\":{\"cached_tokens\":0},"
                     "\"output_tokens\":%d,\"output_tokens_details\":{\"reasoning_tokens\":%d},\"total_tokens\":%d}}",
                     tokens.in, tokens.out, tokens.reasoning, tokens.total);
}

/* ---- streams: every event has its type twice, and its number ---- */

static void open_event(llmc__mock_answer *answer, const char *type) {
    llmc__mock_write(answer, answer->body, "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d", type, type,
                     (int64_t)llmc__mock_mark_count(answer->events_at));
}

static void close_event(llmc__mock_answer *answer) {
    llmc__mock_put_str(answer, answer->body, "}");
    llmc__mock_end_event(answer);
}

static void open_item_event(llmc__mock_answer *answer, const char *type, int64_t index) {
    open_event(answer, type);
    llmc__mock_write(answer, answer->body, ",\"output_index\":%d", index);
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_item_event(answer, "response.reasoning_summary_text.delta", index);
    llmc__mock_write(answer, answer->body, ",\"item_id\":\"rs_%i\",\"summary_index\":0,\"delta\":\"%v\"", piece);
    close_event(answer);
}

static void stream_reasoning(llmc__mock_answer *answer, int64_t index) {
    open_item_event(answer, "response.output_item.added", index);
    llmc__mock_put_str(answer, answer->body, ",\"item\":");
    llmc__mock_write(answer, answer->body, "{\"id\":\"rs_%i\",\"type\":\"reasoning\",\"summary\":[]}");
    close_event(answer);
    open_item_event(answer, "response.reasoning_summary_part.added", index);
    llmc__mock_write(answer, answer->body,
                     ",\"item_id\":\"rs_%i\",\"summary_index\":0,\"part\":{\"type\":\"summary_text\",\"text\":\"\"}");
    close_event(answer);
    llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), index, put_thought);
    open_item_event(answer, "response.reasoning_summary_text.done", index);
    llmc__mock_write(answer, answer->body, ",\"item_id\":\"rs_%i\",\"summary_index\":0,\"text\":\"%v\"",
                     llmc__mock_say_reasoning(answer));
    close_event(answer);
    open_item_event(answer, "response.output_item.done", index);
    llmc__mock_put_str(answer, answer->body, ",\"item\":");
    put_reasoning(answer);
    close_event(answer);
}

static void put_text(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_item_event(answer, "response.output_text.delta", index);
    llmc__mock_write(answer, answer->body,
                     ",\"item_id\":\"msg_%i\",\"content_index\":0,\"delta\":\"%v\",\"logprobs\":[]", piece);
    close_event(answer);
}

static void stream_message(llmc__mock_answer *answer, int64_t index) {
    open_item_event(answer, "response.output_item.added", index);
    llmc__mock_write(answer, answer->body,
                     ",\"item\":{\"id\":\"msg_%i\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],"
                     "\"role\":\"assistant\"}");
    close_event(answer);
    open_item_event(answer, "response.content_part.added", index);
    llmc__mock_write(answer, answer->body,
                     ",\"item_id\":\"msg_%i\",\"content_index\":0,\"part\":{\"type\":\"output_text\",\"annotations\":"
                     "[],\"logprobs\":[],\"text\":\"\"}");
    close_event(answer);
    llmc__mock_each_delta(answer, index, put_text);
    open_item_event(answer, "response.output_text.done", index);
    llmc__mock_write(answer, answer->body, ",\"item_id\":\"msg_%i\",\"content_index\":0,\"text\":\"%v\"",
                     llmc__mock_say_text(answer));
    close_event(answer);
    open_item_event(answer, "response.output_item.done", index);
    llmc__mock_put_str(answer, answer->body, ",\"item\":");
    put_message(answer);
    close_event(answer);
}

static void put_argument(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_item_event(answer, "response.function_call_arguments.delta", index);
    llmc__mock_write(answer, answer->body, ",\"item_id\":\"fc_%d%i\",\"delta\":\"%v\"", index - answer->first_call,
                     piece);
    close_event(answer);
}

static void stream_call(llmc__mock_answer *answer, size_t call_index, int64_t index) {
    const llmc__mock_call *call = llmc__mock_say_call(answer, call_index);
    open_item_event(answer, "response.output_item.added", index);
    llmc__mock_put_str(answer, answer->body, ",\"item\":");
    put_call(answer, call_index, true);
    close_event(answer);
    llmc__mock_each_bit(answer, (llmc__mock_span){call->arguments, strlen(call->arguments)}, index, put_argument);
    open_item_event(answer, "response.function_call_arguments.done", index);
    llmc__mock_write(answer, answer->body, ",\"item_id\":\"fc_%d%i\",\"arguments\":\"%s\"", (int64_t)call_index,
                     call->arguments);
    close_event(answer);
    open_item_event(answer, "response.output_item.done", index);
    llmc__mock_put_str(answer, answer->body, ",\"item\":");
    put_call(answer, call_index, false);
    close_event(answer);
}

static void put_failure(llmc__mock_answer *answer, const char *code) {
    open_event(answer, "error");
    llmc__mock_write(answer, answer->body,
                     ",\"error\":{\"type\":\"%s\",\"code\":\"%s\",\"message\":\"The stream failed\",\"param\":null}",
                     code, code);
    close_event(answer);
    open_event(answer, "response.failed");
    llmc__mock_put_str(answer, answer->body, ",\"response\":");
    put_start(answer, "failed");
    llmc__mock_write(answer, answer->body,
                     ",\"error\":{\"code\":\"%s\",\"message\":\"The stream failed\"},\"incomplete_details\":null,"
                     "\"output\":[],\"usage\":null}",
                     code);
    close_event(answer);
}

static void put_end(llmc__mock_answer *answer) {
    const char *code = llmc__mock_say_stream_error(answer);
    if (code != NULL) {
        put_failure(answer, code);
    } else if (answer->plan == NULL || !answer->plan->no_done) {
        bool is_whole = *llmc__mock_say_reason(answer, &reasons) == '\0';
        open_event(answer, is_whole ? "response.completed" : "response.incomplete");
        llmc__mock_put_str(answer, answer->body, ",\"response\":");
        put_whole(answer);
        close_event(answer);
    }
}

static void put_stream(llmc__mock_answer *answer) {
    static const char *const begun[] = {"response.created", "response.in_progress"};
    int64_t index = 0;
    for (size_t i = 0; i < 2; i++) {
        open_event(answer, begun[i]);
        llmc__mock_put_str(answer, answer->body, ",\"response\":");
        put_start(answer, "in_progress");
        llmc__mock_put_str(answer, answer->body,
                           ",\"error\":null,\"incomplete_details\":null,\"output\":[],\"usage\":null}");
        close_event(answer);
    }
    if (llmc__mock_say_reasoning(answer).len > 0) {
        stream_reasoning(answer, index++);
    }
    if (llmc__mock_say_text(answer).len > 0) {
        stream_message(answer, index++);
    }
    answer->first_call = index;
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        stream_call(answer, i, index++);
    }
    put_end(answer);
}

const llmc__mock_speaker llmc__mock_speak_responses = {
    .suffixes = {"/responses"},
    .stream_type = "text/event-stream; charset=utf-8",
    .event_end = "\n\n",
    .id_header = "x-request-id",
    .more_headers = "openai-processing-ms: 1\r\nopenai-version: 2020-10-01\r\n",
    .put_plain = put_whole,
    .put_stream = put_stream,
    .put_error = llmc__mock_put_openai_error,
};
