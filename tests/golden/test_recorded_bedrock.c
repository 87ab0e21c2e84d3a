/* Every recorded answer of Amazon Bedrock, and the same forms by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "../unit/support_eventstream.h"
#include "support_recorded.h"

/* All of the provider's: what is not handled fails here and is not passed by. */
static bool is_ours(const wire_case *one) {
    return strncmp(one->api, "bedrock", 7) == 0 || strcmp(one->provider, "bedrock") == 0;
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

static void event(llmc__buf *out, const char *type, const char *payload) {
    support_frame_event(out, "event", type, payload);
}

/* A block of each kind, an event and a delta that are not known. */
static void write_stream(llmc__buf *out) {
    llmc__buf_init(out, 1 << 20);
    event(out, "messageStart", "{\"p\":\"abc\",\"role\":\"assistant\"}");
    event(out, "contentBlockDelta",
          "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"Let me \"}},\"p\":\"a\"}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"see.\"}}}");
    event(out, "contentBlockDelta",
          "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"signature\":\"c2ln\"}}}");
    event(out, "contentBlockStop", "{\"contentBlockIndex\":0}");
    event(out, "contentBlockDelta",
          "{\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}}}");
    event(out, "contentBlockStop", "{\"contentBlockIndex\":1}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":2,\"delta\":{\"text\":\"H\\u00e9 \\ud83d\\ude00\"}}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":2,\"delta\":{\"citation\":{\"title\":\"t\"}}}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":2,\"delta\":{\"other\":1}}");
    event(out, "what_is_to_come", "no JSON");
    event(out, "contentBlockStart",
          "{\"contentBlockIndex\":3,\"start\":{\"toolUse\":{\"toolUseId\":\"call_1\",\"name\":\"look\"}}}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":3,\"delta\":{\"toolUse\":{\"input\":\"{\\\"at\\\":\"}}}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":3,\"delta\":{\"toolUse\":{\"input\":\"1.50}\"}}}");
    event(out, "contentBlockStop", "{\"contentBlockIndex\":3}");
    event(out, "contentBlockStart",
          "{\"contentBlockIndex\":4,\"start\":{\"toolUse\":{\"toolUseId\":\"call_2\",\"name\":\"wait\"}}}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":4,\"delta\":{\"toolUse\":{\"input\":\"\"}}}");
    event(out, "contentBlockStop", "{\"contentBlockIndex\":4}");
    event(out, "messageStop", "{\"stopReason\":\"tool_use\"}");
    event(out, "metadata",
          "{\"metrics\":{\"latencyMs\":1},\"usage\":{\"inputTokens\":3,\"outputTokens\":20,\"totalTokens\":133,"
          "\"cacheReadInputTokens\":100,\"cacheWriteInputTokens\":10}}");
}

static const char same_as_a_body[] =
    "{\"metrics\":{\"latencyMs\":1},\"output\":{\"message\":{\"role\":\"assistant\",\"content\":["
    "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"Let me see.\",\"signature\":\"c2ln\"}}},"
    "{\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}},"
    "{\"citationsContent\":{\"content\":[{\"text\":\"H\\u00e9 \\ud83d\\ude00\"}],\"citations\":[{\"title\":\"t\"}]}},"
    "{\"toolUse\":{\"toolUseId\":\"call_1\",\"name\":\"look\",\"input\":{\"at\":1.50}}},"
    "{\"toolUse\":{\"toolUseId\":\"call_2\",\"name\":\"wait\",\"input\":{}}}]}},"
    "\"stopReason\":\"tool_use\",\"usage\":{\"inputTokens\":3,\"outputTokens\":20,\"totalTokens\":133,"
    "\"cacheReadInputTokens\":100,\"cacheWriteInputTokens\":10}}";

static void expect_answer(const recorded_outcome *result) {
    const llmc_response *response = result->response;
    const llmc__choice *first = &response->first;
    assert_int_equal(result->status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&first->text), "H\xc3\xa9 \xf0\x9f\x98\x80");
    assert_string_equal(llmc__buf_str(&first->reasoning), "Let me see.");
    assert_int_equal(first->finish, LLMC_FINISH_TOOL_CALLS);
    assert_string_equal(first->finish_raw, "tool_use");
    assert_int_equal(first->tool_count, 2);
    assert_string_equal(first->tools[0].id, "call_1");
    assert_string_equal(first->tools[0].name, "look");
    assert_true(first->tools[0].ended && first->tools[1].ended);
    assert_string_equal(llmc__buf_str(&first->tools[1].arguments), "{}");
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_SIGNATURE, 0)->text, "c2ln");
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_REDACTED, 0)->text, "ZW5j");
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_CITATION, 0)->text, "{\"title\":\"t\"}");
    assert_int_equal(response->usage.tokens_in, 113);
    assert_int_equal(response->usage.tokens_out, 20);
    assert_int_equal(response->usage.total, 133);
    assert_int_equal(response->usage.cached, 100);
    assert_int_equal(response->usage.cache_write, 10);
    assert_string_equal(response->replay_origin, "bedrock");
}

static void test_stream_and_body_are_one(void **state) {
    llmc__buf stream;
    (void)state;
    write_stream(&stream);
    recorded_outcome streamed = recorded_stream(stream.data, stream.len, stream.len);
    recorded_outcome plain = recorded_stream(same_as_a_body, sizeof same_as_a_body - 1, sizeof same_as_a_body - 1);
    expect_answer(&streamed);
    expect_answer(&plain);
    assert_string_equal(llmc__buf_str(&streamed.response->first.tools[0].arguments), "{\"at\":1.50}");
    size_t before = recorded_mismatches();
    recorded_check_splits(stream.data, stream.len, &streamed);
    recorded_check_splits(same_as_a_body, sizeof same_as_a_body - 1, &plain);
    assert_int_equal(recorded_mismatches(), before);
    recorded_same_text("that the checks can fail", "a", "b");
    assert_int_equal(recorded_mismatches(), before + 1);
    recorded_free(&streamed);
    recorded_free(&plain);
    llmc__buf_free(&stream);
}

/* No public recording has an exception; these are as AWS documents them. Whatever came before stays. */
static void test_exceptions(void **state) {
    static const struct {
        const char *type;
        llmc_status status;
        bool retryable;
    } rows[] = {
        {"throttlingException", LLMC_ERR_RATE_LIMITED, true},
        {"modelStreamErrorException", LLMC_ERR_SERVER, true},
        {"internalServerException", LLMC_ERR_SERVER, true},
        {"serviceUnavailableException", LLMC_ERR_OVERLOADED, true},
        {"validationException", LLMC_ERR_BAD_REQUEST, false},
        {"modelTimeoutException", LLMC_ERR_SERVER, true},
        {"somethingNewException", LLMC_ERR_SERVER, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc__buf stream;
        size_t before = recorded_mismatches();
        llmc__buf_init(&stream, 1 << 20);
        event(&stream, "messageStart", "{\"role\":\"assistant\"}");
        event(&stream, "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"so far\"}}");
        support_frame_event(&stream, "exception", rows[i].type, "{\"message\":\"Too much of it.\"}");
        recorded_outcome result = recorded_stream(stream.data, stream.len, stream.len);
        assert_int_equal(result.status, rows[i].status);
        assert_int_equal(result.error.status, rows[i].status);
        assert_int_equal(result.error.retryable, rows[i].retryable);
        assert_string_equal(result.error.provider_type, rows[i].type);
        assert_string_equal(result.error.provider_message, "Too much of it.");
        assert_non_null(strstr(result.error.message, "Too much of it"));
        assert_string_equal(llmc__buf_str(&result.response->first.text), "so far");
        recorded_check_splits(stream.data, stream.len, &result);
        assert_int_equal(recorded_mismatches(), before);
        recorded_free(&result);
        llmc__buf_free(&stream);
    }
}

int main(void) {
    const recorded_api api = {
        .adapter = &llmc__provider_bedrock, .is_ours = is_ours, .frames = true, .is_claude = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_and_body_are_one),
        cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
