/*
 * Amazon Bedrock's Converse and ConverseStream (https://docs.aws.amazon.com/bedrock/latest/APIReference/, under
 * API_runtime_Converse and API_runtime_ConverseStream). Streams are application/vnd.amazon.eventstream: frames with two
 * checksums, as https://smithy.io/2.0/aws/amazon-eventstream.html lays them out.
 */
#include "mock/speak.h"

#include <string.h>
#include "base/crc32.h"

#define SIGNATURE "bW9jaw=="

static const llmc__mock_reasons reasons = {"end_turn", "max_tokens", "tool_use", "content_filtered"};

static void put_usage(llmc__mock_answer *answer, llmc__buf *to) {
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    llmc__mock_write(answer, to,
                     "\"usage\":{\"inputTokens\":%d,\"outputTokens\":%d,\"totalTokens\":%d},\"metrics\":{\"latencyMs\":"
                     "1}}",
                     tokens.in, tokens.out, tokens.total);
}

static void put_plain(llmc__mock_answer *answer) {
    llmc__buf *body = answer->body;
    llmc__mock_span text = llmc__mock_say_text(answer);
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    size_t blocks = 0;
    llmc__mock_put_str(answer, body, "{\"output\":{\"message\":{\"content\":[");
    if (reasoning.len > 0) {
        llmc__mock_write(answer, body,
                         "{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"" SIGNATURE "\",\"text\":\"%v\"}}}",
                         reasoning);
        blocks++;
    }
    if (text.len > 0) {
        llmc__mock_write(answer, body, "%c{\"text\":\"%v\"}", blocks++ > 0, text);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        const llmc__mock_call *call = llmc__mock_say_call(answer, i);
        llmc__mock_write(answer, body, "%c{\"toolUse\":{\"input\":%s,\"name\":\"%s\",\"toolUseId\":\"%s\"}}",
                         blocks++ > 0, call->raw, call->name, call->id);
    }
    llmc__mock_write(answer, body, "],\"role\":\"assistant\"}},\"stopReason\":\"%s\",",
                     llmc__mock_say_reason(answer, &reasons));
    put_usage(answer, body);
}

/* ---- frames ---- */

static void put_u32(llmc__mock_answer *answer, uint32_t value) {
    const unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                                    (unsigned char)(value >> 8), (unsigned char)value};
    llmc__mock_put(answer, answer->body, (const char *)bytes, sizeof bytes);
}

/* A header of type 7, a string: its name by one byte of length, its value by two. */
static void put_header(llmc__mock_answer *answer, const char *name, const char *value) {
    size_t len = strlen(value);
    const char before[1] = {(char)strlen(name)};
    const char between[3] = {7, (char)(len >> 8), (char)len};
    llmc__mock_put(answer, answer->body, before, sizeof before);
    llmc__mock_put_str(answer, answer->body, name);
    llmc__mock_put(answer, answer->body, between, sizeof between);
    llmc__mock_put(answer, answer->body, value, len);
}

static size_t header_len(const char *name, const char *value) {
    return 4 + strlen(name) + strlen(value);
}

/* Frames what stands in `prefix`. `kind` is "event" or "exception". */
static void put_frame(llmc__mock_answer *answer, const char *kind, const char *type) {
    static const char json[] = "application/json";
    const char *type_name = strcmp(kind, "event") == 0 ? ":event-type" : ":exception-type";
    size_t headers =
        header_len(type_name, type) + header_len(":content-type", json) + header_len(":message-type", kind);
    size_t start = answer->body->len;
    put_u32(answer, (uint32_t)(16 + headers + answer->prefix->len));
    put_u32(answer, (uint32_t)headers);
    if (!answer->failed) {
        put_u32(answer, llmc__crc32(0, answer->body->data + start, 8));
    }
    put_header(answer, type_name, type);
    put_header(answer, ":content-type", json);
    put_header(answer, ":message-type", kind);
    llmc__mock_put(answer, answer->body, answer->prefix->data, answer->prefix->len);
    if (!answer->failed) {
        put_u32(answer, llmc__crc32(0, answer->body->data + start, answer->body->len - start));
    }
    llmc__mock_end_event(answer);
    llmc__buf_clear(answer->prefix);
}

/* ---- streams ---- */

static void put_text(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    llmc__mock_write(answer, answer->prefix, "{\"contentBlockIndex\":%d,\"delta\":{\"text\":\"%v\"},\"p\":\"abcd\"}",
                     index, piece);
    put_frame(answer, "event", "contentBlockDelta");
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    llmc__mock_write(answer, answer->prefix,
                     "{\"contentBlockIndex\":%d,\"delta\":{\"reasoningContent\":{\"text\":\"%v\"}},\"p\":\"ab\"}",
                     index, piece);
    put_frame(answer, "event", "contentBlockDelta");
}

static void put_argument(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    llmc__mock_write(answer, answer->prefix,
                     "{\"contentBlockIndex\":%d,\"delta\":{\"toolUse\":{\"input\":\"%v\"}},\"p\":\"a\"}", index, piece);
    put_frame(answer, "event", "contentBlockDelta");
}

static void close_block(llmc__mock_answer *answer, int64_t index) {
    llmc__mock_write(answer, answer->prefix, "{\"contentBlockIndex\":%d,\"p\":\"abc\"}", index);
    put_frame(answer, "event", "contentBlockStop");
}

static void stream_reasoning(llmc__mock_answer *answer, int64_t index) {
    llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), index, put_thought);
    llmc__mock_write(answer, answer->prefix,
                     "{\"contentBlockIndex\":%d,\"delta\":{\"reasoningContent\":{\"signature\":\"" SIGNATURE "\"}}}",
                     index);
    put_frame(answer, "event", "contentBlockDelta");
    close_block(answer, index);
}

static void stream_call(llmc__mock_answer *answer, const llmc__mock_call *call, int64_t index) {
    llmc__mock_write(answer, answer->prefix,
                     "{\"contentBlockIndex\":%d,\"p\":\"abcde\",\"start\":{\"toolUse\":{\"name\":\"%s\",\"toolUseId\":"
                     "\"%s\"}}}",
                     index, call->name, call->id);
    put_frame(answer, "event", "contentBlockStart");
    llmc__mock_each_bit(answer, (llmc__mock_span){call->arguments, strlen(call->arguments)}, index, put_argument);
    close_block(answer, index);
}

static void put_end(llmc__mock_answer *answer) {
    const char *code = llmc__mock_say_stream_error(answer);
    if (code != NULL) {
        llmc__mock_put_str(answer, answer->prefix, "{\"message\":\"The stream failed\"}");
        put_frame(answer, "exception", code);
        return;
    }
    if (answer->plan == NULL || !answer->plan->no_done) {
        llmc__mock_write(answer, answer->prefix, "{\"p\":\"abcdef\",\"stopReason\":\"%s\"}",
                         llmc__mock_say_reason(answer, &reasons));
        put_frame(answer, "event", "messageStop");
        llmc__mock_put_str(answer, answer->prefix, "{");
        put_usage(answer, answer->prefix);
        put_frame(answer, "event", "metadata");
    }
}

static void put_stream(llmc__mock_answer *answer) {
    int64_t index = 0;
    llmc__buf_clear(answer->prefix);
    llmc__mock_put_str(answer, answer->prefix, "{\"p\":\"abcdefgh\",\"role\":\"assistant\"}");
    put_frame(answer, "event", "messageStart");
    if (llmc__mock_say_reasoning(answer).len > 0) {
        stream_reasoning(answer, index++);
    }
    if (llmc__mock_say_text(answer).len > 0) {
        llmc__mock_each_delta(answer, index, put_text);
        close_block(answer, index++);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        stream_call(answer, llmc__mock_say_call(answer, i), index++);
    }
    put_end(answer);
}

/* What went wrong is told in a header. */
static void put_error(llmc__mock_answer *answer, llmc__mock_span message) {
    static const llmc__mock_word types[] = {{403, "AccessDeniedException"}, {404, "ResourceNotFoundException"},
                                            {408, "ModelTimeoutException"}, {424, "ModelErrorException"},
                                            {429, "ThrottlingException"},   {503, "ServiceUnavailableException"},
                                            {0, "ValidationException"}};
    answer->error_type = llmc__mock_word_of(types, answer->status);
    if (answer->status >= 500 && answer->status != 503) {
        answer->error_type = "InternalServerException";
    }
    llmc__mock_write(answer, answer->body, "{\"message\":\"%v\"}", message);
}

const llmc__mock_speaker llmc__mock_speak_bedrock = {
    .suffixes = {"/converse", "/converse-stream"},
    .stream_type = "application/vnd.amazon.eventstream",
    .event_end = "",
    .id_header = "x-amzn-requestid",
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = put_error,
};
