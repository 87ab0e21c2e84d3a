/* What comes from Bedrock: in frames, in plain, cut, damaged and made up to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/base64.h"
#include "base/mem.h"
#include "model/response.h"
#include "provider/provider.h"
#include "support_eventstream.h"
#include "support_random.h"

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_EVENT 4096

static const llmc__target target = {.name = "bedrock"};

typedef struct outcome {
    llmc_response *response;
    llmc_status status;
    llmc_error error;
} outcome;

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static outcome begin(llmc__decoder **decoder) {
    outcome result = {llmc__response_new(MAX_BYTES), LLMC_OK, {0}};
    assert_non_null(result.response);
    llmc__error_init(&result.error);
    *decoder = llmc__provider_bedrock.decoder_new(&target, MAX_EVENT);
    assert_non_null(*decoder);
    return result;
}

/* In pieces of `step` bytes, each in memory of its own. */
static outcome read_stream(const char *bytes, size_t len, size_t step) {
    llmc__decoder *decoder;
    outcome result = begin(&decoder);
    for (size_t at = 0; at < len && result.status == LLMC_OK; at += step) {
        size_t size = step < len - at ? step : len - at;
        char *piece = malloc(size);
        memcpy(piece, bytes + at, size);
        result.status = llmc__provider_bedrock.decode_bytes(decoder, piece, size, fold, result.response, &result.error);
        free(piece);
    }
    if (result.status == LLMC_OK)
        result.status = llmc__provider_bedrock.decode_end(decoder, fold, result.response, &result.error);
    llmc__provider_bedrock.decoder_free(decoder);
    assert_true(result.status == LLMC_OK || (result.error.message != NULL && result.error.message[0] != '\0'));
    return result;
}

static outcome read_body(const char *body, size_t len) {
    llmc__decoder *decoder;
    outcome result = begin(&decoder);
    result.status = llmc__provider_bedrock.decode_body(decoder, body, len, fold, result.response, &result.error);
    llmc__provider_bedrock.decoder_free(decoder);
    assert_true(result.status == LLMC_OK || (result.error.message != NULL && result.error.message[0] != '\0'));
    return result;
}

static void end(outcome *result) {
    llmc__response_unref(result->response);
    llmc__error_clear(&result->error);
}

static llmc__buf stream;

static void start(void) {
    llmc__buf_init(&stream, MAX_BYTES);
}

static void event(const char *type, const char *payload) {
    support_frame_event(&stream, "event", type, payload);
}

static void delta(int index, const char *what) {
    llmc__buf payload;
    llmc__buf_init(&payload, MAX_BYTES);
    (void)llmc__buf_appendf(&payload, "{\"contentBlockIndex\":%d,\"delta\":{%s},\"p\":\"abc\"}", index, what);
    event("contentBlockDelta", payload.data);
    llmc__buf_free(&payload);
}

static outcome read_it(size_t step) {
    outcome result = read_stream(stream.data, stream.len, step);
    llmc__buf_free(&stream);
    return result;
}

static const char *text_of(const outcome *result) {
    return llmc__buf_str(&result->response->first.text);
}

/* ---- the end ---- */

static outcome read_ended(bool stop, bool metadata, const char *tail, size_t tail_len) {
    start();
    event("messageStart", "{\"role\":\"assistant\"}");
    delta(0, "\"text\":\"hi\"");
    event("contentBlockStop", "{\"contentBlockIndex\":0}");
    if (stop)
        event("messageStop", "{\"stopReason\":\"end_turn\"}");
    if (metadata)
        event("metadata", "{\"usage\":{\"inputTokens\":1,\"outputTokens\":2,\"totalTokens\":3}}");
    (void)llmc__buf_append(&stream, tail, tail_len);
    return read_it(7);
}

/* messageStop makes it whole; what follows, or is lost of what follows, cannot take that back. */
static void test_what_is_whole(void **state) {
    static const struct {
        bool stop, metadata;
        const char *tail;
        llmc_status status;
        int64_t tokens_in;
    } rows[] = {
        {true, true, "", LLMC_OK, 1},
        {true, false, "", LLMC_OK, -1},
        {true, false, "\x00\x00\x00", LLMC_OK, -1}, /* its metadata is cut */
        {true, true, "no frame at all, for sure", LLMC_OK, 1},
        {false, false, "", LLMC_ERR_INCOMPLETE, -1},
        {false, true, "", LLMC_ERR_INCOMPLETE, 1},
        {false, false, "no frame at all, for sure", LLMC_ERR_BAD_RESPONSE, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = rows[i].tail[0] == '\0' && i == 2 ? 3 : strlen(rows[i].tail);
        outcome result = read_ended(rows[i].stop, rows[i].metadata, rows[i].tail, len);
        assert_int_equal(result.status, rows[i].status);
        assert_int_equal(result.response->usage.tokens_in, rows[i].tokens_in);
        assert_string_equal(text_of(&result), "hi");
        assert_int_equal(result.error.retryable, rows[i].status == LLMC_ERR_INCOMPLETE);
        end(&result);
    }
}

/* A connection that ends anywhere before messageStop leaves what came, and says so. */
static void test_cut_everywhere(void **state) {
    (void)state;
    start();
    event("messageStart", "{\"role\":\"assistant\"}");
    delta(0, "\"text\":\"hi\"");
    event("contentBlockStop", "{\"contentBlockIndex\":0}");
    size_t all = stream.len;
    event("messageStop", "{\"stopReason\":\"end_turn\"}");
    for (size_t len = 0; len < stream.len; len++) {
        outcome result = read_stream(stream.data, len, 1 + len / 3);
        assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
        assert_true(result.error.retryable);
        if (len >= all)
            assert_string_equal(text_of(&result), "hi");
        end(&result);
    }
    llmc__buf_free(&stream);
}

static void test_damaged_frame(void **state) {
    (void)state;
    start();
    event("messageStart", "{\"role\":\"assistant\"}");
    delta(0, "\"text\":\"hi\"");
    stream.data[stream.len - 8] ^= 1;
    outcome result = read_it(SIZE_MAX / 2);
    assert_int_equal(result.status, LLMC_ERR_BAD_RESPONSE);
    assert_non_null(strstr(result.error.message, "checksum"));
    assert_string_equal(text_of(&result), "");
    end(&result);
}

static void test_too_large(void **state) {
    char payload[MAX_EVENT + 100];
    (void)state;
    start();
    (void)snprintf(payload, sizeof payload, "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"%4090s\"}}", "x");
    event("contentBlockDelta", payload);
    outcome result = read_it(100);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    end(&result);
    start();
    for (int i = 0; i < 5000; i++)
        delta(i, "\"text\":\"x\"");
    result = read_it(4096);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    end(&result);
    start();
    event("contentBlockStart",
          "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"b\"}}}");
    (void)snprintf(payload, sizeof payload, "\"toolUse\":{\"input\":\"%500s\"}", "x");
    for (int i = 0; i < 9; i++)
        delta(0, payload);
    result = read_it(4096);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    end(&result);
}

/* ---- blocks ---- */

static const llmc__tool_call *call_at(const outcome *result, size_t index) {
    assert_true(index < result->response->first.tool_count);
    return &result->response->first.tools[index];
}

/* Two calls whose pieces come by turns, the second without a stop. */
static void test_calls_by_turns(void **state) {
    (void)state;
    start();
    event("contentBlockStart",
          "{\"contentBlockIndex\":4,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}");
    event("contentBlockStart",
          "{\"contentBlockIndex\":7,\"start\":{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\"}}}");
    delta(4, "\"toolUse\":{\"input\":\"{\\\"x\\\"\"}");
    delta(7, "\"toolUse\":{\"input\":\"{\\\"y\\\"\"}");
    delta(4, "\"toolUse\":{\"input\":\":1}\"}");
    delta(7, "\"toolUse\":{\"input\":\":2}\"}");
    event("contentBlockStop", "{\"contentBlockIndex\":4}");
    event("messageStop", "{\"stopReason\":\"tool_use\"}");
    outcome result = read_it(11);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(call_at(&result, 0)->id, "a");
    assert_string_equal(llmc__buf_str(&call_at(&result, 0)->arguments), "{\"x\":1}");
    assert_string_equal(call_at(&result, 1)->name, "g");
    assert_string_equal(llmc__buf_str(&call_at(&result, 1)->arguments), "{\"y\":2}");
    assert_true(call_at(&result, 0)->ended && call_at(&result, 1)->ended);
    end(&result);
}

/* A call that was cut must not run: it never ends. One without arguments does, unless the answer was cut. */
static void test_cut_calls(void **state) {
    static const struct {
        const char *input, *reason;
        bool ended;
    } rows[] = {
        {"{\\\"x\\\":", "max_tokens", false},
        {"{\\\"x\\\":1}", "max_tokens", true},
        {"", "max_tokens", false},
        {"", "tool_use", true},
        {"", "guardrail_intervened", false},
        {"{\\\"x\\\":", "tool_use", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        start();
        event("contentBlockStart",
              "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}");
        (void)snprintf(text, sizeof text, "\"toolUse\":{\"input\":\"%s\"}", rows[i].input);
        delta(0, text);
        event("contentBlockStop", "{\"contentBlockIndex\":0}");
        (void)snprintf(text, sizeof text, "{\"stopReason\":\"%s\"}", rows[i].reason);
        event("messageStop", text);
        outcome result = read_it(64);
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(call_at(&result, 0)->ended, rows[i].ended);
        end(&result);
    }
}

static void test_finish_reasons(void **state) {
    static const struct {
        const char *word;
        llmc_finish_reason finish;
    } rows[] = {
        {"end_turn", LLMC_FINISH_STOP},
        {"stop_sequence", LLMC_FINISH_STOP},
        {"tool_use", LLMC_FINISH_TOOL_CALLS},
        {"max_tokens", LLMC_FINISH_LENGTH},
        {"model_context_window_exceeded", LLMC_FINISH_LENGTH},
        {"guardrail_intervened", LLMC_FINISH_CONTENT_FILTER},
        {"content_filtered", LLMC_FINISH_CONTENT_FILTER},
        {"malformed_tool_use", LLMC_FINISH_ERROR},
        {"something_new", LLMC_FINISH_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[256];
        (void)snprintf(body, sizeof body, "{\"output\":{},\"stopReason\":\"%s\"}", rows[i].word);
        outcome result = read_body(body, strlen(body));
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(result.response->first.finish, rows[i].finish);
        assert_string_equal(result.response->first.finish_raw, rows[i].word);
        end(&result);
    }
}

/* ---- the way back ---- */

static void expect_replay(outcome *result, const char *want) {
    assert_int_equal(result->status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result->response->replay), want);
    if (want[0] != '\0')
        assert_string_equal(result->response->replay_origin, "bedrock");
    end(result);
}

/* Signed reasoning asks for the whole answer back: each block, in its place, its opaque texts as they came. */
static void test_replay_of_a_stream(void **state) {
    (void)state;
    start();
    delta(0, "\"reasoningContent\":{\"text\":\"h\\u00e9 \"}");
    delta(0, "\"reasoningContent\":{\"text\":\"\\\"so\\\"\"}");
    delta(0, "\"reasoningContent\":{\"signature\":\"c2ln\"}");
    delta(0, "\"reasoningContent\":{\"signature\":\"+/==\"}");
    event("contentBlockStop", "{\"contentBlockIndex\":0}");
    delta(1, "\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}");
    delta(1, "\"reasoningContent\":{\"redactedContent\":\"b2Rl\"}");
    delta(2, "\"text\":\"look: \"");
    delta(2, "\"text\":\"\"");
    delta(3, "\"text\":\"cited\"");
    delta(3, "\"citation\":{\"title\":\"t\"}");
    delta(3, "\"citation\":{\"title\":\"u\"}");
    event("contentBlockStart", "{\"contentBlockIndex\":4,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\","
                               "\"type\":\"server_tool_use\"}}}");
    delta(4, "\"toolUse\":{\"input\":\"{\\\"x\\\": 1.0}\"}");
    event("contentBlockStart", "{\"contentBlockIndex\":5,\"start\":{\"toolResult\":{\"toolUseId\":\"a\"}}}");
    delta(5, "\"toolResult\":[{\"text\":\"r\"},{\"text\":\"s\"}]");
    event("contentBlockStart",
          "{\"contentBlockIndex\":6,\"start\":{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\"}}}");
    delta(6, "\"toolUse\":{\"input\":\"\"}");
    event("contentBlockStart", "{\"contentBlockIndex\":7,\"start\":{\"unheard\":{\"x\":1}}}");
    delta(8, "\"text\":\"\"");
    event("messageStop", "{\"stopReason\":\"tool_use\"}");
    outcome result = read_it(33);
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_SIGNATURE, 0)->text, "c2ln+/==");
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_REDACTED, 1)->text, "b2Rl");
    assert_null(llmc__response_opaque(result.response, LLMC_EVENT_SIGNATURE, 1));
    expect_replay(&result,
                  "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"h\xc3\xa9 \\\"so\\\"\",\"signature\":"
                  "\"c2ln+/==\"}}},{\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}},"
                  "{\"reasoningContent\":{\"redactedContent\":\"b2Rl\"}},{\"text\":\"look: \"},"
                  "{\"citationsContent\":{\"content\":[{\"text\":\"cited\"}],\"citations\":[{\"title\":\"t\"},"
                  "{\"title\":\"u\"}]}},{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\",\"type\":\"server_tool_use\","
                  "\"input\":{\"x\": 1.0}}},{\"toolResult\":{\"toolUseId\":\"a\",\"content\":[{\"text\":\"r\"},"
                  "{\"text\":\"s\"}]}},{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\",\"input\":{}}}");
}

static void test_replay_of_a_body(void **state) {
    static const char reasoned[] =
        "{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\","
        "\"text\":\"t\"}}},{\"text\":\"\"},{\"text\":\"a\"},{\"unheard\":{\"x\":[1,2.5]}}]}},"
        "\"stopReason\":\"end_turn\"}";
    static const char plain[] =
        "{\"output\":{\"message\":{\"content\":[{\"text\":\"a\"}]}},\"stopReason\":\"end_turn\"}";
    (void)state;
    outcome result = read_body(reasoned, strlen(reasoned));
    expect_replay(&result, "{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\",\"text\":\"t\"}}},"
                           "{\"text\":\"a\"},{\"unheard\":{\"x\":[1,2.5]}}");
    result = read_body(plain, strlen(plain));
    expect_replay(&result, ""); /* nothing asks for it */
}

/* An answer goes back through the builder as it came. */
static void test_round_trip(void **state) {
    static const char body[] =
        "{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\","
        "\"text\":\"t\"}}},{\"toolUse\":{\"input\":{\"x\":1},\"name\":\"f\",\"toolUseId\":\"a\"}}]}},"
        "\"stopReason\":\"tool_use\"}";
    static char key[] = "sk-test", region[] = "us-east-1", name[] = "bedrock", url[] = "http://127.0.0.1";
    llmc__target where = {
        .name = name, .provider = &llmc__provider_bedrock, .api_key = key, .region = region, .base_url = url};
    llmc__http_request http;
    llmc_request *request = NULL;
    outcome result = read_body(body, strlen(body));
    (void)state;
    assert_int_equal(llmc_request_new("m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    assert_int_equal(llmc_request_add_response(request, result.response), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "a", "r", false), LLMC_OK);
    llmc__http_request_init(&http, MAX_BYTES);
    assert_int_equal(llmc__provider_bedrock.encode(&where, "m", request, false, &http, &result.error), LLMC_OK);
    assert_string_equal(
        http.body.data,
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\",\"content\":["
        "{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\",\"text\":\"t\"}}},"
        "{\"toolUse\":{\"input\":{\"x\":1},\"name\":\"f\",\"toolUseId\":\"a\"}}]},{\"role\":\"user\",\"content\":["
        "{\"toolResult\":{\"toolUseId\":\"a\",\"content\":[{\"text\":\"r\"}]}}]}]}");
    llmc__http_request_free(&http);
    llmc_request_free(request);
    end(&result);
}

/* ---- bodies that are none ---- */

static void expect_body(const char *body, llmc_status status, const char *word) {
    for (int streamed = 0; streamed < 2; streamed++) {
        outcome result = streamed != 0 ? read_stream(body, strlen(body), 5) : read_body(body, strlen(body));
        assert_int_equal(result.status, status);
        if (strstr(result.error.message, word) == NULL)
            fail_msg("\"%s\" is not in: %s", word, result.error.message);
        end(&result);
    }
}

static void test_bodies_that_are_no_answer(void **state) {
    (void)state;
    expect_body("<html>hello</html>", LLMC_ERR_BAD_RESPONSE, "base_url");
    expect_body("{\"choices\":[]}", LLMC_ERR_BAD_RESPONSE, "base_url");
    expect_body("[1]", LLMC_ERR_BAD_RESPONSE, "base_url");
    expect_body(" {\"a\":nonsense}", LLMC_ERR_BAD_RESPONSE, "JSON");
    expect_body("{\"Output\":{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"},\"Version\":\"1.0\"}",
                LLMC_ERR_NOT_FOUND, "UnknownOperationException");
    expect_body("{\"__type\":\"ThrottlingException\",\"message\":\"slow down\"}", LLMC_ERR_RATE_LIMITED, "slow down");
    expect_body("{\"message\":\"went wrong\"}", LLMC_ERR_SERVER, "went wrong");
    outcome result = read_body("", 0);
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    end(&result);
}

static void test_body_cut_everywhere(void **state) {
    static const char body[] =
        "{\"output\":{\"message\":{\"content\":[{\"text\":\"\\ud83d\\ude00\"},{\"text\":null}]}},"
        "\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":1e1,\"x\":[true,false]}}";
    (void)state;
    for (size_t len = 0; len + 1 < sizeof body; len++) {
        outcome result = read_body(body, len);
        assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
        assert_true(result.error.retryable);
        end(&result);
    }
    outcome result = read_body(body, sizeof body - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->usage.tokens_in, 10);
    end(&result);
}

/* An error for which the service has no exception; its words are headers. */
static void test_error_frame(void **state) {
    llmc__buf headers;
    (void)state;
    start();
    llmc__buf_init(&headers, 4096);
    support_frame_header(&headers, ":message-type", "error");
    support_frame_header(&headers, ":error-code", "internalServerException");
    support_frame_header(&headers, ":error-message", "It broke.");
    support_frame(&stream, headers.data, headers.len, "", 0);
    llmc__buf_free(&headers);
    outcome result = read_it(9);
    assert_int_equal(result.status, LLMC_ERR_SERVER);
    assert_true(result.error.retryable);
    assert_string_equal(result.error.provider_type, "internalServerException");
    assert_string_equal(result.error.provider_message, "It broke.");
    end(&result);
}

/* Exceptions whose payload is odd or no JSON at all still have their type. */
static void test_odd_exceptions(void **state) {
    static const struct {
        const char *payload, *message;
    } rows[] = {
        {"", NULL},
        {"oops", NULL},
        {"{}", NULL},
        {"{\"message\":7}", NULL},
        {"{\"Message\":\"m\"}", "m"},
        {"{\"originalStatusCode\":500,\"originalMessage\":\"deep\"}", "deep"},
        {"\"text\"", "text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        support_frame_event(&stream, "exception", "modelStreamErrorException", rows[i].payload);
        outcome result = read_it(64);
        assert_int_equal(result.status, LLMC_ERR_SERVER);
        if (rows[i].message == NULL)
            assert_null(result.error.provider_message);
        else
            assert_string_equal(result.error.provider_message, rows[i].message);
        end(&result);
    }
}

/* ---- InvokeModel ---- */

static void chunk(const char *json) {
    llmc__buf payload;
    llmc__buf_init(&payload, 4096);
    (void)llmc__buf_append_str(&payload, "{\"bytes\":\"");
    (void)llmc__base64_append(&payload, json, strlen(json));
    (void)llmc__buf_append_str(&payload, "\",\"p\":\"abc\"}");
    event("chunk", payload.data);
    llmc__buf_free(&payload);
}

static void write_claude(bool stop) {
    start();
    chunk("{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-x\",\"usage\":"
          "{\"input_tokens\":3,\"output_tokens\":1}}}");
    chunk("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
    chunk("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}");
    chunk("{\"type\":\"content_block_stop\",\"index\":0}");
    chunk("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}");
    if (stop)
        chunk("{\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":3}}");
}

static void test_claude_in_frames(void **state) {
    (void)state;
    write_claude(true);
    outcome result = read_it(13);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(text_of(&result), "hi");
    assert_string_equal(result.response->model, "claude-x");
    assert_int_equal(result.response->usage.tokens_in, 3);
    assert_int_equal(result.response->usage.tokens_out, 5);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_STOP);
    end(&result);
    write_claude(false);
    result = read_it(13);
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    assert_string_equal(text_of(&result), "hi");
    end(&result);
}

static void test_claude_gone_wrong(void **state) {
    static const char *const payloads[] = {"{\"bytes\":\"%%%\"}", "{\"bytes\":7}", "{}", "{\"bytes\":\"bm8=\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        start();
        event("chunk", payloads[i]);
        outcome result = read_it(13);
        assert_int_equal(result.status, LLMC_ERR_BAD_RESPONSE);
        end(&result);
    }
    start();
    chunk("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
    outcome result = read_it(13);
    assert_int_equal(result.status, LLMC_ERR_OVERLOADED);
    end(&result);
}

/* ---- hostile ---- */

static const char *const pieces[] = {
    "{\"role\":\"assistant\"}",
    "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}",
    "{\"contentBlockIndex\":0,\"delta\":{\"toolUse\":{\"input\":\"{\\\"x\\\":1}\"}}}",
    "{\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"text\":\"t\",\"signature\":\"s\"}}}",
    "{\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"redactedContent\":\"r\"}}}",
    "{\"contentBlockIndex\":2,\"delta\":{\"text\":\"t\",\"citation\":{\"a\":[1]}}}",
    "{\"contentBlockIndex\":3,\"start\":{\"toolResult\":{}}}",
    "{\"contentBlockIndex\":3,\"delta\":{\"toolResult\":[{\"text\":\"r\"}]}}",
    "{\"contentBlockIndex\":0}",
    "{\"contentBlockIndex\":-9223372036854775808,\"delta\":{\"text\":\"\\ud800\"}}",
    "{\"stopReason\":\"tool_use\"}",
    "{\"usage\":{\"inputTokens\":9223372036854775807,\"cacheReadInputTokens\":5,\"outputTokens\":-3}}",
    "{\"bytes\":\"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0=\"}",
    "{\"message\":\"m\"}",
    "null",
    "",
};
static const char *const types[] = {
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "chunk",
    "other"};

static void check(outcome *result) {
    llmc_status status = result->status;
    assert_true(status == LLMC_OK || status == LLMC_ERR_TOO_LARGE || status == LLMC_ERR_INCOMPLETE ||
                status == LLMC_ERR_BAD_RESPONSE || status <= LLMC_ERR_BAD_REQUEST);
    end(result);
}

/* Right frames with any payload under any name, bytes of it changed, in pieces of any size. */
static void test_frames_at_random(void **state) {
    support_random random;
    (void)state;
    support_random_begin(&random, "bedrock");
    for (uint32_t round = support_random_steps(6000); round > 0; round--) {
        start();
        for (uint32_t frames = 1 + support_random_below(&random, 12); frames > 0; frames--) {
            char payload[256];
            (void)snprintf(payload, sizeof payload, "%s",
                           pieces[support_random_below(&random, sizeof pieces / sizeof pieces[0])]);
            if (payload[0] != '\0' && support_random_percent(&random, 20))
                payload[support_random_below(&random, (uint32_t)strlen(payload))] =
                    "{}[]\",:\\0"[support_random_below(&random, 9)];
            support_frame_event(&stream, support_random_percent(&random, 97) ? "event" : "exception",
                                types[support_random_below(&random, sizeof types / sizeof types[0])], payload);
        }
        if (support_random_percent(&random, 10))
            stream.data[support_random_below(&random, (uint32_t)stream.len)] ^= 4;
        outcome result = read_it(1 + support_random_below(&random, 200));
        check(&result);
    }
}

static void test_bodies_at_random(void **state) {
    static const char body[] =
        "{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"text\":\"a\",\"signature\":"
        "\"b\"}}},{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\",\"input\":{\"x\":[1,{}]}}},{\"citationsContent\":"
        "{\"content\":[{\"text\":\"t\"}],\"citations\":[{}]}}]}},\"stopReason\":\"tool_use\",\"usage\":{"
        "\"inputTokens\":1}}";
    support_random random;
    (void)state;
    support_random_begin(&random, "bedrock bodies");
    for (uint32_t round = support_random_steps(6000); round > 0; round--) {
        char changed[sizeof body];
        memcpy(changed, body, sizeof body);
        for (uint32_t changes = 1 + support_random_below(&random, 4); changes > 0; changes--)
            changed[support_random_below(&random, sizeof body - 1)] =
                "{}[]\",:\\01eat\x80"[support_random_below(&random, 14)];
        outcome result = read_body(changed, support_random_below(&random, sizeof body));
        check(&result);
    }
}

typedef struct gate {
    uint32_t fail_at, seen;
} gate;

static int on_allocation(void *ctx) {
    gate *g = ctx;
    return g->seen++ != g->fail_at;
}

static llmc_status read_starved(uint32_t fail_at, bool *failed) {
    gate g = {fail_at, 0};
    llmc_response *response = NULL;
    llmc_error error;
    llmc__error_init(&error);
    llmc__mem_set_gate(on_allocation, &g);
    llmc__decoder *decoder = llmc__provider_bedrock.decoder_new(&target, MAX_EVENT);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    if (decoder != NULL && (response = llmc__response_new(MAX_BYTES)) != NULL)
        status = LLMC_OK;
    for (size_t at = 0; at < stream.len && status == LLMC_OK; at += 50)
        status = llmc__provider_bedrock.decode_bytes(
            decoder, stream.data + at, stream.len - at < 50 ? stream.len - at : 50, fold, response, &error);
    if (status == LLMC_OK)
        status = llmc__provider_bedrock.decode_end(decoder, fold, response, &error);
    llmc__mem_set_gate(NULL, NULL);
    llmc__provider_bedrock.decoder_free(decoder);
    llmc__response_unref(response);
    llmc__error_clear(&error);
    *failed = g.seen > fail_at;
    return status;
}

static void test_without_memory(void **state) {
    bool failed = true;
    llmc_status status = LLMC_OK;
    (void)state;
    start();
    event("messageStart", pieces[0]);
    for (size_t i = 1; i < 9; i++)
        event(types[i == 1 || i == 6 ? 1 : i == 8 ? 3 : 2], pieces[i]);
    event("messageStop", pieces[10]);
    event("metadata", pieces[11]);
    for (uint32_t k = 0; failed; k++) {
        status = read_starved(k, &failed);
        assert_true(k < 5000);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
    }
    assert_int_equal(status, LLMC_OK);
    llmc__buf_free(&stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_whole),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_damaged_frame),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_calls_by_turns),
        cmocka_unit_test(test_cut_calls),
        cmocka_unit_test(test_finish_reasons),
        cmocka_unit_test(test_replay_of_a_stream),
        cmocka_unit_test(test_replay_of_a_body),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bodies_that_are_no_answer),
        cmocka_unit_test(test_body_cut_everywhere),
        cmocka_unit_test(test_error_frame),
        cmocka_unit_test(test_odd_exceptions),
        cmocka_unit_test(test_claude_in_frames),
        cmocka_unit_test(test_claude_gone_wrong),
        cmocka_unit_test(test_frames_at_random),
        cmocka_unit_test(test_bodies_at_random),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
