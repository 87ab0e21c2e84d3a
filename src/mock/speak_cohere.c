/* Cohere's chat API, version 2 (https://docs.cohere.com/reference/chat and /chat-stream). */
#include "mock/speak.h"

#include <string.h>

static const llmc__mock_reasons reasons = {"COMPLETE", "MAX_TOKENS", "TOOL_CALL", "ERROR_TOXIC"};

static void put_calls(llmc__mock_answer *answer) {
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        const llmc__mock_call *call = llmc__mock_say_call(answer, i);
        llmc__mock_write(answer, answer->body,
                         "%c{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"%s\",\"arguments\":\"%s\"}}",
                         i > 0, call->id, call->name, call->arguments);
    }
}

static void put_end(llmc__mock_answer *answer) {
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    llmc__mock_write(answer, answer->body,
                     "\"finish_reason\":\"%s\",\"usage\":{\"billed_units\":{\"input_tokens\":%d,\"output_tokens\":%d},"
                     "\"tokens\":{\"input_tokens\":%d,\"output_tokens\":%d}}",
                     llmc__mock_say_reason(answer, &reasons), tokens.in, tokens.out, tokens.in, tokens.out);
}

static void put_plain(llmc__mock_answer *answer) {
    llmc__buf *body = answer->body;
    llmc__mock_span text = llmc__mock_say_text(answer);
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    llmc__mock_put_str(answer, body, "{\"id\":\"");
    llmc__mock_write(answer, body, "%i\",\"message\":{\"role\":\"assistant\"");
    if (reasoning.len > 0 || text.len > 0) {
        llmc__mock_put_str(answer, body, ",\"content\":[");
        if (reasoning.len > 0) {
            llmc__mock_write(answer, body, "{\"type\":\"thinking\",\"thinking\":\"%v\"}", reasoning);
        }
        if (text.len > 0) {
            llmc__mock_write(answer, body, "%c{\"type\":\"text\",\"text\":\"%v\"}", reasoning.len > 0, text);
        }
        llmc__mock_put_str(answer, body, "]");
    }
    if (llmc__mock_say_call_count(answer) > 0) {
        llmc__mock_put_str(answer, body, ",\"tool_calls\":[");
        put_calls(answer);
        llmc__mock_put_str(answer, body, "]");
    }
    llmc__mock_put_str(answer, body, "},");
    put_end(answer);
    llmc__mock_put_str(answer, body, "}");
}

/* ---- streams ---- */

static void open_event(llmc__mock_answer *answer, const char *type, int64_t index) {
    llmc__mock_write(answer, answer->body, "event: %s\ndata: {\"type\":\"%s\",\"index\":%d", type, type, index);
}

static void close_event(llmc__mock_answer *answer) {
    llmc__mock_put_str(answer, answer->body, "}");
    llmc__mock_end_event(answer);
}

static void put_text(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_event(answer, "content-delta", index);
    llmc__mock_write(answer, answer->body, ",\"delta\":{\"message\":{\"content\":{\"text\":\"%v\"}}}", piece);
    close_event(answer);
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_event(answer, "content-delta", index);
    llmc__mock_write(answer, answer->body, ",\"delta\":{\"message\":{\"content\":{\"thinking\":\"%v\"}}}", piece);
    close_event(answer);
}

static void open_content(llmc__mock_answer *answer, int64_t index, const char *kind, const char *field) {
    open_event(answer, "content-start", index);
    llmc__mock_write(answer, answer->body, ",\"delta\":{\"message\":{\"content\":{\"type\":\"%s\",\"%s\":\"\"}}}", kind,
                     field);
    close_event(answer);
}

static void close_content(llmc__mock_answer *answer, int64_t index) {
    open_event(answer, "content-end", index);
    close_event(answer);
}

static void put_argument(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    open_event(answer, "tool-call-delta", index);
    llmc__mock_write(answer, answer->body,
                     ",\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"%v\"}}}}", piece);
    close_event(answer);
}

static void stream_call(llmc__mock_answer *answer, size_t index) {
    const llmc__mock_call *call = llmc__mock_say_call(answer, index);
    open_event(answer, "tool-call-start", (int64_t)index);
    llmc__mock_write(answer, answer->body,
                     ",\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"%s\",\"type\":\"function\",\"function\":{"
                     "\"name\":\"%s\",\"arguments\":\"\"}}}}",
                     call->id, call->name);
    close_event(answer);
    llmc__mock_each_bit(answer, (llmc__mock_span){call->arguments, strlen(call->arguments)}, (int64_t)index,
                        put_argument);
    open_event(answer, "tool-call-end", (int64_t)index);
    close_event(answer);
}

static void stream_end(llmc__mock_answer *answer) {
    const char *code = llmc__mock_say_stream_error(answer);
    bool is_whole = answer->plan == NULL || !answer->plan->no_done;
    llmc__mock_put_str(answer, answer->body, "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{");
    if (code != NULL) {
        llmc__mock_write(answer, answer->body, "\"error\":\"%s\",\"finish_reason\":\"ERROR\"", code);
    } else {
        put_end(answer);
    }
    llmc__mock_put_str(answer, answer->body, "}");
    close_event(answer);
    if (is_whole && code == NULL) {
        llmc__mock_put_str(answer, answer->body, "data: [DONE]");
        llmc__mock_end_event(answer);
    }
}

static void put_stream(llmc__mock_answer *answer) {
    int64_t index = 0;
    llmc__mock_write(answer, answer->body,
                     "event: message-start\ndata: {\"id\":\"%i\",\"type\":\"message-start\",\"delta\":{\"message\":{"
                     "\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}");
    llmc__mock_end_event(answer);
    if (llmc__mock_say_reasoning(answer).len > 0) {
        open_content(answer, index, "thinking", "thinking");
        llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), index, put_thought);
        close_content(answer, index++);
    }
    if (llmc__mock_say_text(answer).len > 0) {
        open_content(answer, index, "text", "text");
        llmc__mock_each_delta(answer, index, put_text);
        close_content(answer, index++);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        stream_call(answer, i);
    }
    stream_end(answer);
}

static void put_error(llmc__mock_answer *answer, llmc__mock_span message) {
    llmc__mock_write(answer, answer->body, "{\"id\":\"%i\",\"message\":\"%v\"}", message);
}

const llmc__mock_speaker llmc__mock_speak_cohere = {
    .suffixes = {"/chat"},
    .stream_type = "text/event-stream",
    .event_end = "\n\n",
    .id_header = "x-debug-trace-id",
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = put_error,
};
