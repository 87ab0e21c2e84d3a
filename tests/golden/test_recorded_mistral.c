/* Every recorded answer of Mistral, and the same forms by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_ours(const wire_case *one) {
    return strcmp(one->provider, "mistral") == 0 && (strcmp(one->api, "embeddings") != 0 || one->http_status >= 400);
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* Thoughts, text and a call, cut everywhere; what goes back is the same, too. */
static void test_hand_written_stream(void **state) {
    static const char stream[] =
        "data: "
        "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
        "\"finish_reason\":null}]}\n\n"
        "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\","
        "\"thinking\":[{\"type\":\"text\",\"text\":\"h\\u00e9\"}]}]},\"finish_reason\":null}]}\n\n"
        "data: "
        "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so\"},\"finish_reason\":null"
        "}]}\n\n"
        "data: "
        "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"id\":\"g6fVbXS8K\","
        "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": "
        "1}\"}}]},\"finish_reason\":\"tool_calls\"}],\"usage\":{"
        "\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\n\ndata: [DONE]\n\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    const llmc__choice *first = &result.response->first;
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&first->text), "so");
    assert_string_equal(llmc__buf_str(&first->reasoning), "h\xc3\xa9");
    assert_int_equal(first->tool_count, 1);
    assert_string_equal(llmc__buf_str(&first->tools[0].arguments), "{\"a\": 1}");
    assert_string_equal(
        llmc__buf_str(&result.response->replay),
        "{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"h\xc3\xa9\"}]},"
        "{\"type\":\"text\",\"text\":\"so\"}]}");
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_same_text("text", llmc__buf_str(&first->text), "other");
    assert_int_equal(recorded_mismatches(), before + 1);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {.adapter = &llmc__provider_mistral, .is_ours = is_ours, .ends_by_mark = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
