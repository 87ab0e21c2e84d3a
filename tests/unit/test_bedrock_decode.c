/* What comes from Bedrock: in frames, in plain, cut and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/base64.h"
#include "support_bedrock.h"
#include "support_eventstream.h"

/* ---- the end ---- */

static bedrock_outcome read_ended(bool stop, bool metadata, const char *tail, size_t tail_len) {
    bedrock_start();
    bedrock_event("messageStart", "{\"role\":\"assistant\"}");
    bedrock_delta(0, "\"text\":\"hi\"");
    bedrock_event("contentBlockStop", "{\"contentBlockIndex\":0}");
    if (stop)
        bedrock_event("messageStop", "{\"stopReason\":\"end_turn\"}");
    if (metadata)
        bedrock_event("metadata", "{\"usage\":{\"inputTokens\":1,\"outputTokens\":2,\"totalTokens\":3}}");
    (void)llmc__buf_append(&bedrock_stream, tail, tail_len);
    return bedrock_read(7);
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
        bedrock_outcome result = read_ended(rows[i].stop, rows[i].metadata, rows[i].tail, len);
        assert_int_equal(result.status, rows[i].status);
        assert_int_equal(result.response->usage.tokens_in, rows[i].tokens_in);
        assert_string_equal(bedrock_text(&result), "hi");
        assert_int_equal(result.error.retryable, rows[i].status == LLMC_ERR_INCOMPLETE);
        bedrock_end(&result);
    }
}

/* A connection that ends anywhere before messageStop leaves what came, and says so. */
static void test_cut_everywhere(void **state) {
    (void)state;
    bedrock_start();
    bedrock_event("messageStart", "{\"role\":\"assistant\"}");
    bedrock_delta(0, "\"text\":\"hi\"");
    bedrock_event("contentBlockStop", "{\"contentBlockIndex\":0}");
    size_t all = bedrock_stream.len;
    bedrock_event("messageStop", "{\"stopReason\":\"end_turn\"}");
    for (size_t len = 0; len < bedrock_stream.len; len++) {
        bedrock_outcome result = bedrock_read_stream(bedrock_stream.data, len, 1 + len / 3);
        assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
        assert_true(result.error.retryable);
        if (len >= all)
            assert_string_equal(bedrock_text(&result), "hi");
        bedrock_end(&result);
    }
    llmc__buf_free(&bedrock_stream);
}

static void test_damaged_frame(void **state) {
    (void)state;
    bedrock_start();
    bedrock_event("messageStart", "{\"role\":\"assistant\"}");
    bedrock_delta(0, "\"text\":\"hi\"");
    bedrock_stream.data[bedrock_stream.len - 8] ^= 1;
    bedrock_outcome result = bedrock_read(SIZE_MAX / 2);
    assert_int_equal(result.status, LLMC_ERR_BAD_RESPONSE);
    assert_non_null(strstr(result.error.message, "checksum"));
    assert_string_equal(bedrock_text(&result), "");
    bedrock_end(&result);
}

static void test_too_large(void **state) {
    char payload[BEDROCK_MAX_EVENT + 100];
    (void)state;
    bedrock_start();
    (void)snprintf(payload, sizeof payload, "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"%4090s\"}}", "x");
    bedrock_event("contentBlockDelta", payload);
    bedrock_outcome result = bedrock_read(100);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    bedrock_end(&result);
    bedrock_start();
    for (int i = 0; i < 5000; i++)
        bedrock_delta(i, "\"text\":\"x\"");
    result = bedrock_read(4096);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    bedrock_end(&result);
    bedrock_start();
    bedrock_event("contentBlockStart",
                  "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"b\"}}}");
    (void)snprintf(payload, sizeof payload, "\"toolUse\":{\"input\":\"%500s\"}", "x");
    for (int i = 0; i < 9; i++)
        bedrock_delta(0, payload);
    result = bedrock_read(4096);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    bedrock_end(&result);
}

/* ---- blocks ---- */

static const llmc__tool_call *call_at(const bedrock_outcome *result, size_t index) {
    assert_true(index < result->response->first.tool_count);
    return &result->response->first.tools[index];
}

/* Two calls whose pieces come by turns, the second without a stop. */
static void test_calls_by_turns(void **state) {
    (void)state;
    bedrock_start();
    bedrock_event("contentBlockStart",
                  "{\"contentBlockIndex\":4,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}");
    bedrock_event("contentBlockStart",
                  "{\"contentBlockIndex\":7,\"start\":{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\"}}}");
    bedrock_delta(4, "\"toolUse\":{\"input\":\"{\\\"x\\\"\"}");
    bedrock_delta(7, "\"toolUse\":{\"input\":\"{\\\"y\\\"\"}");
    bedrock_delta(4, "\"toolUse\":{\"input\":\":1}\"}");
    bedrock_delta(7, "\"toolUse\":{\"input\":\":2}\"}");
    bedrock_event("contentBlockStop", "{\"contentBlockIndex\":4}");
    bedrock_event("messageStop", "{\"stopReason\":\"tool_use\"}");
    bedrock_outcome result = bedrock_read(11);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(call_at(&result, 0)->id, "a");
    assert_string_equal(llmc__buf_str(&call_at(&result, 0)->arguments), "{\"x\":1}");
    assert_string_equal(call_at(&result, 1)->name, "g");
    assert_string_equal(llmc__buf_str(&call_at(&result, 1)->arguments), "{\"y\":2}");
    assert_true(call_at(&result, 0)->ended && call_at(&result, 1)->ended);
    bedrock_end(&result);
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
        bedrock_start();
        bedrock_event("contentBlockStart",
                      "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}");
        (void)snprintf(text, sizeof text, "\"toolUse\":{\"input\":\"%s\"}", rows[i].input);
        bedrock_delta(0, text);
        bedrock_event("contentBlockStop", "{\"contentBlockIndex\":0}");
        (void)snprintf(text, sizeof text, "{\"stopReason\":\"%s\"}", rows[i].reason);
        bedrock_event("messageStop", text);
        bedrock_outcome result = bedrock_read(64);
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(call_at(&result, 0)->ended, rows[i].ended);
        bedrock_end(&result);
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
        bedrock_outcome result = bedrock_read_body(body, strlen(body));
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(result.response->first.finish, rows[i].finish);
        assert_string_equal(result.response->first.finish_raw, rows[i].word);
        bedrock_end(&result);
    }
}

/* ---- bodies that are none ---- */

static void expect_body(const char *body, llmc_status status, const char *word) {
    for (int streamed = 0; streamed < 2; streamed++) {
        bedrock_outcome result =
            streamed != 0 ? bedrock_read_stream(body, strlen(body), 5) : bedrock_read_body(body, strlen(body));
        assert_int_equal(result.status, status);
        if (strstr(result.error.message, word) == NULL)
            fail_msg("\"%s\" is not in: %s", word, result.error.message);
        bedrock_end(&result);
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
    bedrock_outcome result = bedrock_read_body("", 0);
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    bedrock_end(&result);
}

static void test_body_cut_everywhere(void **state) {
    static const char body[] =
        "{\"output\":{\"message\":{\"content\":[{\"text\":\"\\ud83d\\ude00\"},{\"text\":null}]}},"
        "\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":1e1,\"x\":[true,false]}}";
    (void)state;
    for (size_t len = 0; len + 1 < sizeof body; len++) {
        bedrock_outcome result = bedrock_read_body(body, len);
        assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
        assert_true(result.error.retryable);
        bedrock_end(&result);
    }
    bedrock_outcome result = bedrock_read_body(body, sizeof body - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->usage.tokens_in, 10);
    bedrock_end(&result);
}

/* An error for which the service has no exception; its words are headers. */
static void test_error_frame(void **state) {
    llmc__buf headers;
    (void)state;
    bedrock_start();
    llmc__buf_init(&headers, 4096);
    support_frame_header(&headers, ":message-type", "error");
    support_frame_header(&headers, ":error-code", "internalServerException");
    support_frame_header(&headers, ":error-message", "It broke.");
    support_frame(&bedrock_stream, headers.data, headers.len, "", 0);
    llmc__buf_free(&headers);
    bedrock_outcome result = bedrock_read(9);
    assert_int_equal(result.status, LLMC_ERR_SERVER);
    assert_true(result.error.retryable);
    assert_string_equal(result.error.provider_type, "internalServerException");
    assert_string_equal(result.error.provider_message, "It broke.");
    bedrock_end(&result);
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
        bedrock_start();
        support_frame_event(&bedrock_stream, "exception", "modelStreamErrorException", rows[i].payload);
        bedrock_outcome result = bedrock_read(64);
        assert_int_equal(result.status, LLMC_ERR_SERVER);
        if (rows[i].message == NULL)
            assert_null(result.error.provider_message);
        else
            assert_string_equal(result.error.provider_message, rows[i].message);
        bedrock_end(&result);
    }
}

/* ---- InvokeModel ---- */

static void chunk(const char *json) {
    llmc__buf payload;
    llmc__buf_init(&payload, 4096);
    (void)llmc__buf_append_str(&payload, "{\"bytes\":\"");
    (void)llmc__base64_append(&payload, json, strlen(json));
    (void)llmc__buf_append_str(&payload, "\",\"p\":\"abc\"}");
    bedrock_event("chunk", payload.data);
    llmc__buf_free(&payload);
}

static void write_claude(bool stop) {
    bedrock_start();
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
    bedrock_outcome result = bedrock_read(13);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(bedrock_text(&result), "hi");
    assert_string_equal(result.response->model, "claude-x");
    assert_int_equal(result.response->usage.tokens_in, 3);
    assert_int_equal(result.response->usage.tokens_out, 5);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_STOP);
    bedrock_end(&result);
    write_claude(false);
    result = bedrock_read(13);
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    assert_string_equal(bedrock_text(&result), "hi");
    bedrock_end(&result);
}

static void test_claude_gone_wrong(void **state) {
    static const char *const payloads[] = {"{\"bytes\":\"%%%\"}", "{\"bytes\":7}", "{}", "{\"bytes\":\"bm8=\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        bedrock_start();
        bedrock_event("chunk", payloads[i]);
        bedrock_outcome result = bedrock_read(13);
        assert_int_equal(result.status, LLMC_ERR_BAD_RESPONSE);
        bedrock_end(&result);
    }
    bedrock_start();
    chunk("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
    bedrock_outcome result = bedrock_read(13);
    assert_int_equal(result.status, LLMC_ERR_OVERLOADED);
    bedrock_end(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_whole),       cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_damaged_frame),       cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_calls_by_turns),      cmocka_unit_test(test_cut_calls),
        cmocka_unit_test(test_finish_reasons),      cmocka_unit_test(test_bodies_that_are_no_answer),
        cmocka_unit_test(test_body_cut_everywhere), cmocka_unit_test(test_error_frame),
        cmocka_unit_test(test_odd_exceptions),      cmocka_unit_test(test_claude_in_frames),
        cmocka_unit_test(test_claude_gone_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
