/* Anthropic's Messages API (https://docs.claude.com/en/api/messages and /messages-streaming). */
#include "mock/speak.h"

#include <string.h>

#define SIGNATURE "bW9jaw=="
#define USAGE     "\"usage\":{\"input_tokens\":%d,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,"

static const llmc__mock_reasons reasons = {"end_turn", "max_tokens", "tool_use", "refusal"};

static void put_plain(llmc__mock_answer *answer) {
    llmc__buf *body = answer->body;
    llmc__mock_span text = llmc__mock_say_text(answer);
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    size_t blocks = 0;
    llmc__mock_write(answer, body,
                     "{\"model\":\"%v\",\"id\":\"msg_%i\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[",
                     llmc__mock_say_model(answer));
    if (reasoning.len > 0) {
        llmc__mock_write(answer, body, "{\"type\":\"thinking\",\"thinking\":\"%v\",\"signature\":\"" SIGNATURE "\"}",
                         reasoning);
        blocks++;
    }
    if (text.len > 0) {
        llmc__mock_write(answer, body, "%c{\"type\":\"text\",\"text\":\"%v\"}", blocks++ > 0, text);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        const llmc__mock_call *call = llmc__mock_say_call(answer, i);
        llmc__mock_write(answer, body, "%c{\"type\":\"tool_use\",\"id\":\"%s\",\"name\":\"%s\",\"input\":%s}",
                         blocks++ > 0, call->id, call->name, call->raw);
    }
    llmc__mock_write(answer, body,
                     "],\"stop_reason\":\"%s\",\"stop_sequence\":null," USAGE
                     "\"output_tokens\":%d,\"service_tier\":\"standard\"}}",
                     llmc__mock_say_reason(answer, &reasons), tokens.in, tokens.out);
}

/* ---- streams ---- */

static void put_delta(llmc__mock_answer *answer, int64_t index, const char *kind, const char *field,
                      llmc__mock_span piece) {
    llmc__mock_write(answer, answer->body,
                     "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":%d,\"delta\":{"
                     "\"type\":\"%s\",\"%s\":\"%v\"}}",
                     index, kind, field, piece);
    llmc__mock_end_event(answer);
}

static void put_text(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    put_delta(answer, index, "text_delta", "text", piece);
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    put_delta(answer, index, "thinking_delta", "thinking", piece);
}

static void put_argument(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    put_delta(answer, index, "input_json_delta", "partial_json", piece);
}

static void open_block(llmc__mock_answer *answer, int64_t index) {
    llmc__mock_write(
        answer, answer->body,
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":%d,\"content_block\":", index);
}

static void close_block(llmc__mock_answer *answer, int64_t index) {
    llmc__mock_write(answer, answer->body,
                     "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":%d}", index);
    llmc__mock_end_event(answer);
}

static void stream_thinking(llmc__mock_answer *answer, int64_t index) {
    static const char signature[] = SIGNATURE;
    open_block(answer, index);
    llmc__mock_put_str(answer, answer->body, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}");
    llmc__mock_end_event(answer);
    llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), index, put_thought);
    put_delta(answer, index, "signature_delta", "signature", (llmc__mock_span){signature, sizeof signature - 1});
    close_block(answer, index);
}

static void stream_text(llmc__mock_answer *answer, int64_t index) {
    open_block(answer, index);
    llmc__mock_put_str(answer, answer->body, "{\"type\":\"text\",\"text\":\"\"}}");
    llmc__mock_end_event(answer);
    llmc__mock_put_str(answer, answer->body, "event: ping\ndata: {\"type\": \"ping\"}");
    llmc__mock_end_event(answer);
    llmc__mock_each_delta(answer, index, put_text);
    close_block(answer, index);
}

static void stream_call(llmc__mock_answer *answer, const llmc__mock_call *call, int64_t index) {
    open_block(answer, index);
    llmc__mock_write(answer, answer->body, "{\"type\":\"tool_use\",\"id\":\"%s\",\"name\":\"%s\",\"input\":{}}}",
                     call->id, call->name);
    llmc__mock_end_event(answer);
    llmc__mock_each_bit(answer, (llmc__mock_span){call->arguments, strlen(call->arguments)}, index, put_argument);
    close_block(answer, index);
}

static void put_end(llmc__mock_answer *answer, int64_t tokens_out) {
    llmc__mock_write(answer, answer->body,
                     "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"%s\","
                     "\"stop_sequence\":null},\"usage\":{\"output_tokens\":%d}}",
                     llmc__mock_say_reason(answer, &reasons), tokens_out);
    llmc__mock_end_event(answer);
    if (answer->plan == NULL || !answer->plan->no_done) {
        llmc__mock_put_str(answer, answer->body, "event: message_stop\ndata: {\"type\":\"message_stop\"}");
        llmc__mock_end_event(answer);
    }
}

static void put_stream(llmc__mock_answer *answer) {
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    const char *code = llmc__mock_say_stream_error(answer);
    int64_t index = 0;
    llmc__mock_write(answer, answer->body,
                     "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"%v\",\"id\":"
                     "\"msg_%i\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"stop_reason\":null,"
                     "\"stop_sequence\":null," USAGE "\"output_tokens\":1,\"service_tier\":\"standard\"}}}",
                     llmc__mock_say_model(answer), tokens.in);
    llmc__mock_end_event(answer);
    if (llmc__mock_say_reasoning(answer).len > 0) {
        stream_thinking(answer, index++);
    }
    if (llmc__mock_say_text(answer).len > 0) {
        stream_text(answer, index++);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        stream_call(answer, llmc__mock_say_call(answer, i), index++);
    }
    if (code == NULL) {
        put_end(answer, tokens.out);
        return;
    }
    llmc__mock_write(answer, answer->body,
                     "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"The stream "
                     "failed\"}}",
                     code);
    llmc__mock_end_event(answer);
}

static void put_error(llmc__mock_answer *answer, llmc__mock_span message) {
    static const llmc__mock_word types[] = {
        {401, "authentication_error"}, {402, "billing_error"},     {403, "permission_error"},
        {404, "not_found_error"},      {413, "request_too_large"}, {429, "rate_limit_error"},
        {504, "timeout_error"},        {529, "overloaded_error"},  {0, "invalid_request_error"}};
    const char *type = llmc__mock_word_of(types, answer->status);
    if (answer->status >= 500 && answer->status != 504 && answer->status != 529) {
        type = "api_error";
    }
    llmc__mock_write(answer, answer->body,
                     "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%v\"},\"request_id\":\"req_%v\"}",
                     type, message, (llmc__mock_span){answer->req, 32});
}

const llmc__mock_speaker llmc__mock_speak_anthropic = {
    .suffixes = {"/messages", ":rawPredict", ":streamRawPredict"}, /* Claude on Vertex AI has the model in its path */
    .stream_type = "text/event-stream; charset=utf-8",
    .event_end = "\n\n",
    .id_header = "request-id",
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = put_error,
};
