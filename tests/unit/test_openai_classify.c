#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"

static char text_name[] = "openai", text_key[] = "sk-very-secret", text_variable[] = "OPENAI_API_KEY";
static const llmc__target target = {.name = text_name, .api_key = text_key, .key_variable = text_variable};

static llmc_error error;

static void classify(int http_status, const char *body) {
    llmc__provider_openai.classify(&target, http_status, body, strlen(body), NULL, &error);
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

#define OBJECT(code, message)                                                                                          \
    "{\"error\":{\"message\":\"" message "\",\"type\":\"t\",\"param\":null,\"code\":\"" code "\"}}"

typedef struct verdict_row {
    int http_status;
    const char *body;
    llmc_status status;
    bool retryable;
} verdict_row;

static void check_rows(const verdict_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        classify(rows[i].http_status, rows[i].body);
        if (error.status != rows[i].status || error.retryable != rows[i].retryable)
            fail_msg("HTTP %d %s: %s, retryable %d", rows[i].http_status, rows[i].body, llmc_status_name(error.status),
                     error.retryable);
        assert_int_equal(error.http_status, rows[i].http_status);
        assert_int_equal(error.retry_after_ms, -1);
        assert_non_null(strstr(error.message, "openai answered HTTP "));
    }
}

static void test_http_status_decides(void **state) {
    static const verdict_row rows[] = {
        {301, "", LLMC_ERR_REDIRECT, false},    {400, "", LLMC_ERR_BAD_REQUEST, false},
        {401, "", LLMC_ERR_AUTH, false},        {402, "", LLMC_ERR_QUOTA_EXHAUSTED, false},
        {403, "", LLMC_ERR_PERMISSION, false},  {404, "", LLMC_ERR_NOT_FOUND, false},
        {405, "", LLMC_ERR_BAD_REQUEST, false}, {408, "", LLMC_ERR_SERVER, true},
        {409, "", LLMC_ERR_BAD_REQUEST, true},  {413, "", LLMC_ERR_BAD_REQUEST, false},
        {422, "", LLMC_ERR_BAD_REQUEST, false}, {429, "", LLMC_ERR_RATE_LIMITED, true},
        {500, "", LLMC_ERR_SERVER, true},       {501, "", LLMC_ERR_SERVER, false},
        {502, "<html>", LLMC_ERR_SERVER, true}, {503, "", LLMC_ERR_OVERLOADED, true},
        {504, "", LLMC_ERR_SERVER, true},       {529, "{", LLMC_ERR_OVERLOADED, true},
        {599, "[1]", LLMC_ERR_SERVER, true},    {500, "null", LLMC_ERR_SERVER, true},
    };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void test_words_refine(void **state) {
    static const verdict_row rows[] = {
        {400, OBJECT("context_length_exceeded", "m"), LLMC_ERR_CONTEXT_LENGTH, false},
        {400, OBJECT("", "This model's Maximum Context Length is 8192 tokens"), LLMC_ERR_CONTEXT_LENGTH, false},
        {400, "{\"error\":{\"code\":400,\"type\":\"exceed_context_size_error\",\"message\":\"m\"}}",
         LLMC_ERR_CONTEXT_LENGTH, false},
        {413, OBJECT("context_length_exceeded", "m"), LLMC_ERR_CONTEXT_LENGTH, false},
        {400, OBJECT("content_filter", "m"), LLMC_ERR_CONTENT_FILTER, false},
        {400, OBJECT("missing_required_parameter", "m"), LLMC_ERR_BAD_REQUEST, false},
        {400, "{\"code\":\"invalid-argument\",\"error\":\"Incorrect API key provided.\"}", LLMC_ERR_AUTH, false},
        {429, OBJECT("rate_limit_exceeded", "m"), LLMC_ERR_RATE_LIMITED, true},
        {429, OBJECT("insufficient_quota", "m"), LLMC_ERR_QUOTA_EXHAUSTED, false},
        {429, OBJECT("credit_balance_exhausted", "m"), LLMC_ERR_QUOTA_EXHAUSTED, false},
        {429, OBJECT("project_spend_limit_exceeded", "m"), LLMC_ERR_QUOTA_EXHAUSTED, false},
        {429, OBJECT("organization_usage_limit_exceeded", "m"), LLMC_ERR_QUOTA_EXHAUSTED, false},
        {429, "{\"error\":{\"type\":\"insufficient_quota\",\"code\":null,\"message\":\"m\"}}", LLMC_ERR_QUOTA_EXHAUSTED,
         false},
        {404, OBJECT("context_length_exceeded", "maximum context length"), LLMC_ERR_NOT_FOUND, false},
        {500, OBJECT("invalid_api_key", "m"), LLMC_ERR_SERVER, true},
    };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void words(const char *body, const char *type, const char *code, const char *message, const char *param) {
    classify(400, body);
    assert_string_equal(llmc_error_provider_type(&error), type);
    assert_string_equal(llmc_error_provider_code(&error), code);
    assert_string_equal(llmc_error_provider_message(&error), message);
    assert_string_equal(llmc_error_provider_param(&error), param);
}

static void test_envelopes(void **state) {
    (void)state;
    words("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}}", "t", "c", "m", "p");
    words("{\"error\":{\"message\":\"m\",\"code\":401}}", "", "401", "m", "");
    words("{\"error\":{\"message\":\"m\",\"code\":null,\"type\":null}}", "", "", "m", "");
    words("{\"error\":\"bare\"}", "", "", "bare", "");
    words("{\"code\":\"c\",\"error\":\"text\"}", "", "c", "text", "");
    words("{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"code\":\"1500\"}", "t", "1500", "m", "");
    words("{\"message\":\"flat\"}", "", "", "flat", "");
    words("{\"detail\":\"d\"}", "", "", "d", "");
    words("{\"detail\":[{\"type\":\"missing\",\"msg\":\"Field required\"}]}", "", "", "Field required", "");
    words("[{\"error\":{\"code\":400,\"message\":\"wrapped\"}}]", "", "400", "wrapped", "");
    words("  {\"error\":{\"message\":\"padded\"}}\n", "", "", "padded", "");
    words("\"just text\"", "", "", "just text", "");
    words("upstream gone\r\n", "", "", "upstream gone", "");
    words("<html><body>no</body></html>", "", "", "", "");
    words("{\"error\":", "", "", "", "");
    words("\xff\xfe", "", "", "", "");
    words("{\"error\":{\"code\":{\"a\":1},\"message\":[]}}", "", "", "", "");
}

static void test_message_says_what_to_do(void **state) {
    (void)state;
    classify(401, OBJECT("invalid_api_key", "Incorrect API key provided."));
    assert_string_equal(
        error.message, "openai answered HTTP 401 (invalid_api_key): Incorrect API key provided. Check OPENAI_API_KEY.");
    classify(429, OBJECT("rate_limit_exceeded", "Slow down"));
    assert_non_null(strstr(error.message, "Slow down. Wait and try again"));
    classify(502, "<html>Bad gateway</html>");
    assert_string_equal(error.message, "openai answered HTTP 502. The provider failed: try again later.");
}

static void test_key_is_never_shown(void **state) {
    static const char body[] =
        "{\"error\":{\"message\":\"sk-very-secret is no key, sk-very-secret\",\"type\":\"sk-very-secret\","
        "\"code\":\"x-sk-very-secret\",\"param\":\"sk-very-secret\"}}";
    char cut[700];
    (void)state;
    classify(401, body);
    assert_string_equal(error.provider_message, "*** is no key, ***");
    assert_string_equal(error.provider_type, "***");
    assert_string_equal(error.provider_code, "x-***");
    assert_string_equal(error.provider_param, "***");
    assert_null(strstr(error.message, "secret"));
    /* A key at the place where the message is cut. */
    memset(cut, 'a', sizeof cut);
    memcpy(cut + 490, "sk-very-secret", 14);
    cut[sizeof cut - 1] = '\0';
    classify(401, cut);
    assert_null(strstr(error.message, "sk-very"));
    llmc__error_clear(&error);
    llmc__error_set(&error, LLMC_ERR_SERVER, "in a stream: sk-very-secret");
    llmc__provider_redact(&target, &error);
    assert_string_equal(error.message, "in a stream: ***");
    llmc__provider_redact(NULL, &error);
}

static void test_long_words(void **state) {
    static char body[200000];
    (void)state;
    size_t used = (size_t)snprintf(body, sizeof body, "{\"error\":{\"message\":\"");
    memset(body + used, 'x', 150000);
    (void)snprintf(body + used + 150000, sizeof body - used - 150000, "\"}}");
    classify(400, body);
    assert_true(strlen(error.message) < 700);
    assert_int_equal(strlen(error.provider_message), 65536);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_http_status_decides),     CASE(test_words_refine),       CASE(test_envelopes),
        CASE(test_message_says_what_to_do), CASE(test_key_is_never_shown), CASE(test_long_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
