/* OpenAI's chat completions API, as recorded from it in 2025; Azure and most vendors speak it too. */
#include "mock/speak.h"

#include <string.h>

#define FINGERPRINT "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_6d6f636b21\""

static const llmc__mock_reasons reasons = {"stop", "length", "tool_calls", "content_filter"};

static void put_usage(llmc__mock_answer *answer) {
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    llmc__mock_write(answer, answer->body,
                     "\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d,"
                     "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                     "\"completion_tokens_details\":{\"reasoning_tokens\":%d,\"audio_tokens\":0,"
                     "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}",
                     tokens.in, tokens.out, tokens.total, tokens.reasoning);
}

/* {"id":..,"object":..,"created":..,"model":.. */
static void put_start(llmc__mock_answer *answer, llmc__buf *to, const char *object) {
    llmc__mock_write(answer, to, "{\"id\":\"chatcmpl-%i\",\"object\":\"%s\",\"created\":%d,\"model\":\"%v\",", object,
                     answer->created, llmc__mock_say_model(answer));
}

static void put_calls(llmc__mock_answer *answer) {
    size_t count = llmc__mock_say_call_count(answer);
    if (count == 0) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, ",\"tool_calls\":[");
    for (size_t i = 0; i < count; i++) {
        const llmc__mock_call *call = llmc__mock_say_call(answer, i);
        llmc__mock_write(answer, answer->body,
                         "%c{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"%s\",\"arguments\":\"%s\"}}",
                         i > 0, call->id, call->name, call->arguments);
    }
    llmc__mock_put_str(answer, answer->body, "]");
}

static void put_plain(llmc__mock_answer *answer) {
    llmc__buf *body = answer->body;
    llmc__mock_span text = llmc__mock_say_text(answer);
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    bool is_null = text.len == 0 && llmc__mock_say_call_count(answer) > 0;
    put_start(answer, body, "chat.completion");
    llmc__mock_put_str(answer, body, "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    llmc__mock_write(answer, body, is_null ? "null" : "\"%v\"", text);
    llmc__mock_put_str(answer, body, ",\"refusal\":null,\"annotations\":[]");
    if (reasoning.len > 0) {
        llmc__mock_write(answer, body, ",\"reasoning_content\":\"%v\"", reasoning);
    }
    put_calls(answer);
    llmc__mock_write(answer, body, "},\"logprobs\":null,\"finish_reason\":\"%s\"}],",
                     llmc__mock_say_reason(answer, &reasons));
    put_usage(answer);
    llmc__mock_put_str(answer, body, "," FINGERPRINT "}");
}

/* ---- streams ---- */

static void open_chunk(llmc__mock_answer *answer) {
    llmc__mock_put(answer, answer->body, answer->prefix->data, answer->prefix->len);
    llmc__mock_put_str(answer, answer->body, "\"choices\":[{\"index\":0,\"delta\":{");
}

static void close_chunk(llmc__mock_answer *answer, const char *reason) {
    llmc__mock_write(answer, answer->body,
                     reason == NULL ? "},\"logprobs\":null,\"finish_reason\":null}]"
                                    : "},\"logprobs\":null,\"finish_reason\":\"%s\"}]",
                     reason);
    /* With include_usage every chunk has the field and all but the last have it null. */
    llmc__mock_put_str(answer, answer->body, answer->ask.include_usage ? ",\"usage\":null}" : "}");
    llmc__mock_end_event(answer);
}

static void put_delta(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    (void)index;
    open_chunk(answer);
    llmc__mock_write(answer, answer->body, "\"content\":\"%v\"", piece);
    close_chunk(answer, NULL);
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    (void)index;
    open_chunk(answer);
    llmc__mock_write(answer, answer->body, "\"reasoning_content\":\"%v\"", piece);
    close_chunk(answer, NULL);
}

static void put_argument(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_chunk(answer);
    llmc__mock_write(answer, answer->body, "\"tool_calls\":[{\"index\":%d,\"function\":{\"arguments\":\"%v\"}}]", index,
                     piece);
    close_chunk(answer, NULL);
}

static void stream_call(llmc__mock_answer *answer, size_t index) {
    const llmc__mock_call *call = llmc__mock_say_call(answer, index);
    open_chunk(answer);
    llmc__mock_write(answer, answer->body,
                     "\"tool_calls\":[{\"index\":%d,\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"%s\","
                     "\"arguments\":\"\"}}]",
                     (int64_t)index, call->id, call->name);
    close_chunk(answer, NULL);
    llmc__mock_each_bit(answer, (llmc__mock_span){call->arguments, strlen(call->arguments)}, (int64_t)index,
                        put_argument);
}

static void put_end(llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    open_chunk(answer);
    close_chunk(answer, llmc__mock_say_reason(answer, &reasons));
    if (answer->ask.include_usage) {
        llmc__mock_put(answer, answer->body, answer->prefix->data, answer->prefix->len);
        llmc__mock_put_str(answer, answer->body, "\"choices\":[],");
        put_usage(answer);
        llmc__mock_put_str(answer, answer->body, "}");
        llmc__mock_end_event(answer);
    }
    if (plan == NULL || !plan->no_done) {
        llmc__mock_put_str(answer, answer->body, "data: [DONE]");
        llmc__mock_end_event(answer);
    }
}

static void put_stream(llmc__mock_answer *answer) {
    const char *code = llmc__mock_say_stream_error(answer);
    llmc__buf_clear(answer->prefix);
    llmc__mock_put_str(answer, answer->prefix, "data: ");
    put_start(answer, answer->prefix, "chat.completion.chunk");
    llmc__mock_put_str(answer, answer->prefix, FINGERPRINT ",");
    if (answer->failed) {
        return;
    }
    open_chunk(answer);
    llmc__mock_put_str(answer, answer->body, "\"role\":\"assistant\",\"content\":\"\",\"refusal\":null");
    close_chunk(answer, NULL);
    llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), 0, put_thought);
    llmc__mock_each_delta(answer, 0, put_delta);
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        stream_call(answer, i);
    }
    if (code == NULL) {
        put_end(answer);
        return;
    }
    llmc__mock_write(answer, answer->body,
                     "data: {\"error\":{\"message\":\"The stream failed\",\"type\":\"server_error\",\"param\":null,"
                     "\"code\":\"%s\"}}",
                     code);
    llmc__mock_end_event(answer);
}

void llmc__mock_put_openai_error(llmc__mock_answer *answer, llmc__mock_span message) {
    static const llmc__mock_word codes[] = {
        {401, "\"invalid_api_key\""}, {404, "\"model_not_found\""}, {429, "\"rate_limit_exceeded\""}, {0, "null"}};
    int status = answer->status;
    const char *type = status == 429 ? "requests" : status >= 500 ? "server_error" : "invalid_request_error";
    llmc__mock_write(answer, answer->body,
                     "{\"error\":{\"message\":\"%v\",\"type\":\"%s\",\"param\":null,\"code\":%s}}", message, type,
                     llmc__mock_word_of(codes, status));
}

const llmc__mock_speaker llmc__mock_speak_openai = {
    .suffixes = {"/chat/completions"},
    .stream_type = "text/event-stream; charset=utf-8",
    .event_end = "\n\n",
    .id_header = "x-request-id",
    .more_headers = "openai-processing-ms: 1\r\nopenai-version: 2020-10-01\r\n",
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = llmc__mock_put_openai_error,
};

const llmc__mock_speaker llmc__mock_speak_azure = {
    .inside = "/deployments/",
    .suffixes = {"/chat/completions"},
    .stream_type = "text/event-stream; charset=utf-8",
    .event_end = "\n\n",
    .id_header = "apim-request-id",
    .more_headers = "x-ms-region: Mock\r\n",
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = llmc__mock_put_openai_error,
};
