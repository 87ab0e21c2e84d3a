/* Recorded answers of Azure OpenAI and AI Foundry, each read as their adapter reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_azure(const wire_case *one) {
    return strcmp(one->provider, "azure-openai") == 0;
}

static bool is_ours(const wire_case *one) {
    return is_azure(one) &&
           (strcmp(one->api, "openai-chat") == 0 || (strcmp(one->api, "embeddings") == 0 && one->http_status >= 400));
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* Azure's Responses API is read by that adapter's test; of any other API somebody has to hear here. */
static void test_none_is_forgotten(void **state) {
    size_t count = 0;
    (void)state;
    if (wire_dir() == NULL)
        skip();
    wire_case *cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++)
        if (is_azure(&cases[i]) && !is_ours(&cases[i]) && strcmp(cases[i].api, "openai-responses") != 0 &&
            strcmp(cases[i].api, "embeddings") != 0)
            fail_msg("%s: nobody reads the API \"%s\"", cases[i].name, cases[i].api);
    free(cases);
}

/* Runs everywhere: a filter's verdict in front, a call, token counts, and each split of it. */
static void test_hand_written_stream(void **state) {
    static const char stream[] =
        "data: {\"choices\":[],\"id\":\"\",\"model\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n"
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"
        "\"h\\u00e9\"},\"content_filter_results\":{\"hate\":{\"filtered\":false}}}]}\n\n"
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":"
        "\"t\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}}]}}]}\n\n"
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}"
        "\n\ndata: {\"id\":\"c\",\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,"
        "\"total_tokens\":4}}\n\ndata: [DONE]\n\n";
    (void)state;
    size_t before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result.response->first.text), "h\xc3\xa9");
    assert_string_equal(result.response->model, "m");
    assert_int_equal(result.response->first.tool_count, 1);
    assert_true(result.response->first.tools[0].ended);
    assert_int_equal(result.response->usage.total, 4);
    recorded_check_splits(stream, sizeof stream - 1, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {.adapter = &llmc__provider_azure, .is_ours = is_ours, .ends_by_mark = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream),
        cmocka_unit_test(test_none_is_forgotten),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
