/* Every recorded answer of Cohere's Chat API v2, and the same forms by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_ours(const wire_case *one) {
    return strcmp(one->api, "cohere-v2") == 0 || (strcmp(one->api, "cohere-embed") == 0 && one->http_status >= 400);
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* Every kind of event: plan, thinking, text, a citation, two calls whose pieces are mixed, the counts. */
static void test_hand_written_stream(void **state) {
    static const char stream[] =
        "event: message-start\ndata: "
        "{\"id\":\"a\",\"type\":\"message-start\",\"delta\":{\"message\":{\"content\":[]}}}\n\n"
        "event: tool-plan-delta\ndata: {\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"I "
        "will.\"}}}\n\n"
        "event: content-start\ndata: "
        "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":"
        "\"thinking\",\"thinking\":\"\"}}}}\n\n"
        "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":"
        "{\"thinking\":\" So\"}}}}\n\n"
        "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":1,\"delta\":{\"message\":{\"content\":"
        "{\"text\":\"h\\u00e9\"}}}}\n\n"
        "event: citation-start\ndata: {\"type\":\"citation-start\",\"index\":0,\"delta\":{\"message\":{\"citations\":"
        "{\"start\":0,\"end\":1,\"text\":\"h\"}}}}\n\nevent: citation-end\ndata: "
        "{\"type\":\"citation-end\",\"index\":0}\n\n"
        "event: tool-call-start\ndata: "
        "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":"
        "{\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}}}}\n\n"
        "event: tool-call-start\ndata: "
        "{\"type\":\"tool-call-start\",\"index\":1,\"delta\":{\"message\":{\"tool_calls\":"
        "{\"id\":\"y\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}}}}\n\n"
        "event: tool-call-delta\ndata: "
        "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":"
        "{\"function\":{\"arguments\":\"{\\\"a\\\":\"}}}}}\n\n"
        "event: tool-call-delta\ndata: "
        "{\"type\":\"tool-call-delta\",\"index\":1,\"delta\":{\"message\":{\"tool_calls\":"
        "{\"function\":{\"arguments\":\"null\"}}}}}\n\n"
        "event: tool-call-delta\ndata: "
        "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":"
        "{\"function\":{\"arguments\":\"1}\"}}}}}\n\n"
        "event: tool-call-end\ndata: {\"type\":\"tool-call-end\",\"index\":0}\n\n"
        "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TOOL_CALL\",\"usage\":{"
        "\"billed_units\":{\"input_tokens\":1,\"output_tokens\":2},\"tokens\":{\"input_tokens\":10,\"output_tokens\":"
        "20},"
        "\"cached_tokens\":5}}}\n\ndata: [DONE]\n\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    const llmc__choice *first = &result.response->first;
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&first->text), "h\xc3\xa9");
    assert_string_equal(llmc__buf_str(&first->reasoning), "I will. So");
    assert_int_equal(first->tool_count, 2);
    assert_string_equal(first->tools[0].id, "x");
    assert_string_equal(llmc__buf_str(&first->tools[0].arguments), "{\"a\":1}");
    assert_string_equal(llmc__buf_str(&first->tools[1].arguments), "{}");
    assert_true(first->tools[1].ended);
    assert_int_equal(first->finish, LLMC_FINISH_TOOL_CALLS);
    assert_int_equal(result.response->usage.tokens_in, 10);
    assert_int_equal(result.response->usage.cached, 5);
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_CITATION, 0)->text,
                        "{\"start\":0,\"end\":1,\"text\":\"h\"}");
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_same_text("text", llmc__buf_str(&first->text), "other");
    assert_int_equal(recorded_mismatches(), before + 1);
    recorded_free(&result);
}

/* A stream that fails at its end (hand-written: none was found recorded). */
static void test_hand_written_error(void **state) {
    static const char stream[] =
        "event: message-start\ndata: {\"id\":\"a\",\"type\":\"message-start\",\"delta\":{\"message\":{}}}\n\n"
        "event: content-delta\ndata: "
        "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":"
        "\"par\"}}}}\n\nevent: message-end\ndata: "
        "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":"
        "\"generation failed\"}}\n\ndata: [DONE]\n\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_ERR_SERVER);
    assert_string_equal(llmc__buf_str(&result.response->first.text), "par");
    assert_string_equal(result.error.provider_message, "generation failed");
    assert_int_equal(result.response->first.finish, LLMC_FINISH_ERROR);
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {
        .adapter = &llmc__provider_cohere, .is_ours = is_ours, .tells_calls = true, .tells_plan = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream),
        cmocka_unit_test(test_hand_written_error),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
