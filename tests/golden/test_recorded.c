/* Every recorded chat completions answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_ours(const wire_case *one) {
    if (strcmp(one->api, "openai-chat") == 0)
        return true;
    return strcmp(one->api, "embeddings") == 0 && one->http_status >= 400;
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* Runs everywhere: that the checks can fail, and that a stream decodes without the recordings. */
static void test_hand_written_stream(void **state) {
    static const char stream[] = "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                                 "\"h\\u00e9\"}}]}\r\n\r\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":"
                                 "\"stop\"}]}\n\ndata: [DONE]\n\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result.response->first.text), "h\xc3\xa9");
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_same_text("text", llmc__buf_str(&result.response->first.text), "he");
    assert_int_equal(recorded_mismatches(), before + 1);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {.adapter = &llmc__provider_openai, .is_ours = is_ours, .ends_by_mark = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
