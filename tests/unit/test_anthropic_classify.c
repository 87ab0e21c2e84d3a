/* Error answers of Anthropic's API in its envelope; test_classify.c has the words, test_classes_native.c more answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"

static char text_name[] = "anthropic", text_key[] = "sk-ant-secret", text_variable[] = "ANTHROPIC_API_KEY";
static const llmc__target target = {.name = text_name, .api_key = text_key, .key_variable = text_variable};

static llmc_error error;

static void classify(int http_status, const char *body) {
    llmc__provider_anthropic.classify(&target, http_status, body, strlen(body), NULL, &error);
}

static int set_up(void **state) {
    (void)state;
    llmc__error_init(&error);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    llmc__error_clear(&error);
    return 0;
}

#define BODY(type, message)                                                                                            \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"

static void test_words_are_kept(void **state) {
    (void)state;
    classify(401, BODY("authentication_error", "invalid x-api-key"));
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    assert_string_equal(error.provider_type, "authentication_error");
    assert_string_equal(error.provider_message, "invalid x-api-key");
    assert_null(error.provider_code);
    assert_string_equal(error.message, "anthropic answered HTTP 401 (authentication_error): invalid x-api-key. Check "
                                       "ANTHROPIC_API_KEY.");
}

static void test_what_to_do(void **state) {
    (void)state;
    classify(529, BODY("overloaded_error", "Overloaded"));
    assert_int_equal(error.status, LLMC_ERR_OVERLOADED);
    assert_true(error.retryable);
    assert_non_null(strstr(error.message, "try again later"));
    classify(400, BODY("invalid_request_error", "Your credit balance is too low to access the Anthropic API."));
    assert_int_equal(error.status, LLMC_ERR_QUOTA_EXHAUSTED);
    assert_false(error.retryable);
    assert_non_null(strstr(error.message, "Add credit"));
    classify(400, BODY("invalid_request_error", "prompt is too long: 3 tokens > 2 maximum"));
    assert_int_equal(error.status, LLMC_ERR_CONTEXT_LENGTH);
    assert_non_null(strstr(error.message, "Shorten the prompt"));
}

/* In front of the API stands Cloudflare, which answers with a page of its own. */
static void test_pages(void **state) {
    (void)state;
    classify(413, "<html><head><title>413 Request Entity Too Large</title></head></html>");
    assert_int_equal(error.status, LLMC_ERR_BAD_REQUEST);
    assert_null(error.provider_message);
    classify(502, "");
    assert_int_equal(error.status, LLMC_ERR_SERVER);
    assert_true(error.retryable);
    classify(500, "{\"type\":\"error\"");
    assert_int_equal(error.status, LLMC_ERR_SERVER);
    classify(400, "{\"type\":\"error\",\"error\":null}");
    assert_int_equal(error.status, LLMC_ERR_BAD_REQUEST);
    assert_null(error.provider_type);
}

static void test_key_is_never_shown(void **state) {
    (void)state;
    classify(401, BODY("sk-ant-secret", "the key sk-ant-secret is none"));
    assert_null(strstr(error.message, "secret"));
    assert_string_equal(error.provider_type, "***");
    assert_string_equal(error.provider_message, "the key *** is none");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_words_are_kept),
        CASE(test_what_to_do),
        CASE(test_pages),
        CASE(test_key_is_never_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
