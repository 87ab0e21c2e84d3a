/* Recorded answers of vendors that speak the chat completions API, each read as its row says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static const char *const vendors[] = {"groq",       "deepseek", "xai",         "together", "openrouter",
                                      "perplexity", "cerebras", "huggingface", "llamacpp"};
#define COUNT (sizeof vendors / sizeof vendors[0])

static llmc__target targets[COUNT];

static const llmc__target *target_of(const wire_case *one) {
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(vendors[i], one->provider) == 0)
            return &targets[i];
    return NULL;
}

static bool is_ours(const wire_case *one) {
    bool chat =
        strcmp(one->api, "openai-chat") == 0 || (strcmp(one->api, "embeddings") == 0 && one->http_status >= 400);
    return chat && target_of(one) != NULL;
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

/* No case of these vendors is passed over unseen: other APIs of theirs are read by the Responses adapter's test. */
static void test_none_is_forgotten(void **state) {
    size_t count = 0;
    (void)state;
    if (wire_dir() == NULL)
        skip();
    wire_case *cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++)
        if (target_of(&cases[i]) != NULL && !is_ours(&cases[i]) && strcmp(cases[i].api, "openai-responses") != 0 &&
            strcmp(cases[i].api, "embeddings") != 0)
            fail_msg("%s: nobody reads the API \"%s\"", cases[i].name, cases[i].api);
    free(cases);
}

/* A stream that ends at its finish reason, without [DONE], is complete at Perplexity and cut off elsewhere. */
static void test_streams_without_a_mark(void **state) {
    static const char stream[] = "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                                 "\"x\"},\"finish_reason\":\"stop\"}]}\r\n\r\n";
    static const struct {
        const char *vendor;
        llmc_status status;
    } rows[] = {{"perplexity", LLMC_OK}, {"groq", LLMC_ERR_INCOMPLETE}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wire_case one = {.http_status = 200};
        (void)strncpy(one.provider, rows[i].vendor, sizeof one.provider - 1);
        recorded_use_target(target_of(&one));
        recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
        assert_int_equal(result.status, rows[i].status);
        assert_string_equal(llmc__buf_str(&result.response->first.text), "x");
        recorded_check_splits(stream, sizeof stream - 1, &result);
        recorded_free(&result);
    }
    assert_int_equal(recorded_mismatches(), 0);
}

/* xAI counts reasoning beside the answer; tokens_out has both, as everywhere. */
static void test_reasoning_outside(void **state) {
    static const char stream[] =
        "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":"
        "\"stop\"}]}\n\ndata: {\"id\":\"a\",\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
        "\"completion_tokens\":2,\"total_tokens\":42,\"completion_tokens_details\":{\"reasoning_tokens\":30}}}\n\n"
        "data: [DONE]\n\n";
    (void)state;
    wire_case one = {.provider = "xai", .http_status = 200};
    recorded_use_target(target_of(&one));
    recorded_outcome result = recorded_stream(stream, sizeof stream - 1, sizeof stream - 1);
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->usage.tokens_out, 32);
    assert_int_equal(result.response->usage.reasoning, 30);
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {
        .adapter = &llmc__provider_openai, .is_ours = is_ours, .ends_by_mark = true, .target_of = target_of};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_without_a_mark),
        cmocka_unit_test(test_reasoning_outside),
        cmocka_unit_test(test_none_is_forgotten),
        cmocka_unit_test(test_recorded_answers),
    };
    for (size_t i = 0; i < COUNT; i++) {
        static char test_name[] = "test";
        targets[i].name = test_name;
        targets[i].row = llmc__provider_row_find(vendors[i]);
        targets[i].provider = &llmc__provider_openai;
        if (targets[i].row == NULL)
            return 1;
    }
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
