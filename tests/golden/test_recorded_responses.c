/* Every recorded answer of the Responses API, whichever provider gave it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_ours(const wire_case *one) {
    return strcmp(one->api, "openai-responses") == 0;
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* Runs everywhere: a stream with an item of each kind, cut at every byte. */
static void test_hand_written_stream(void **state) {
    static const char stream[] =
        "event: response.created\r\ndata: "
        "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\r\n\r\n"
        "data: {\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":0,\"delta\":\"why\"}\n\n"
        "data: {\"type\":\"response.output_text.delta\",\"output_index\":1,\"delta\":\"h\\u00e9\"}\n\n"
        "data: {\"type\":\"response.output_item.added\",\"output_index\":2,\"item\":{\"type\":\"function_call\","
        "\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"}}\n\n"
        "data: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":2,\"delta\":\"{}\"}\n\n"
        "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result.response->first.text), "h\xc3\xa9");
    assert_string_equal(llmc__buf_str(&result.response->first.reasoning), "why");
    assert_int_equal(result.response->first.tool_count, 1);
    assert_true(result.response->first.tools[0].ended);
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {.adapter = &llmc__provider_responses, .is_ours = is_ours, .tells_calls = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
