/* Every recorded answer of Ollama's own API, and the same forms by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_ours(const wire_case *one) {
    return strcmp(one->api, "ollama-chat") == 0 || strcmp(one->api, "ollama-generate") == 0 ||
           (strcmp(one->api, "ollama-embed") == 0 && one->http_status >= 400);
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* Thinking, text, a call and the counts, cut everywhere. */
static void test_hand_written_stream(void **state) {
    static const char stream[] =
        "{\"model\":\"qwen3\",\"created_at\":\"t1\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":"
        "\"h\\u00e9\"},\"done\":false}\n"
        "{\"model\":\"qwen3\",\"created_at\":\"t2\",\"message\":{\"role\":\"assistant\",\"content\":"
        "\"\xf0\x9f\x98\x80\"},"
        "\"done\":false}\n"
        "{\"model\":\"qwen3\",\"created_at\":\"t3\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_"
        "calls\":"
        "[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":[1,2]}}}]},\"done\":false}\n"
        "{\"model\":\"qwen3\",\"created_at\":\"t4\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":"
        "true,"
        "\"done_reason\":\"stop\",\"prompt_eval_count\":3,\"eval_count\":4}";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result.response->first.text), "\xf0\x9f\x98\x80");
    assert_string_equal(llmc__buf_str(&result.response->first.reasoning), "h\xc3\xa9");
    assert_int_equal(result.response->first.tool_count, 1);
    assert_string_equal(llmc__buf_str(&result.response->first.tools[0].arguments), "{\"a\":[1,2]}");
    assert_int_equal(result.response->first.finish, LLMC_FINISH_TOOL_CALLS);
    assert_int_equal(result.response->usage.tokens_out, 4);
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_same_text("text", llmc__buf_str(&result.response->first.text), "other");
    assert_int_equal(recorded_mismatches(), before + 1);
    recorded_free(&result);
}

/* The error comes after text (hand-written: none was found recorded, WIRE.md section 12). */
static void test_hand_written_error(void **state) {
    static const char stream[] =
        "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"par\"},\"done\":false}\n"
        "{\"error\":\"an error was encountered while running the model\"}\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_ERR_SERVER);
    assert_string_equal(llmc__buf_str(&result.response->first.text), "par");
    assert_string_equal(result.error.provider_message, "an error was encountered while running the model");
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {
        .adapter = &llmc__provider_ollama, .is_ours = is_ours, .tells_calls = true, .lines = true, .makes_ids = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream),
        cmocka_unit_test(test_hand_written_error),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
