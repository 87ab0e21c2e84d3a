/* What errors mean, whoever tells them: the words of all providers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "provider/classify.h"

static llmc_error error;

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

typedef struct word_row {
    int http_status; /* 0: inside an answer */
    const char *type, *code, *message;
    llmc_status status;
    bool retryable;
} word_row;

static void check_rows(const word_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        llmc__words words = {.type = rows[i].type, .code = rows[i].code, .message = rows[i].message};
        if (rows[i].http_status > 0)
            llmc__classify_http(NULL, rows[i].http_status, &words, &error);
        else
            llmc__classify_inner(&words, &error);
        if (error.status != rows[i].status || error.retryable != rows[i].retryable)
            fail_msg("row %zu, HTTP %d %s %s %s: %s, retryable %d", i, rows[i].http_status,
                     rows[i].type ? rows[i].type : "", rows[i].code ? rows[i].code : "",
                     rows[i].message ? rows[i].message : "", llmc_status_name(error.status), error.retryable);
        assert_int_equal(error.http_status, rows[i].http_status > 0 ? rows[i].http_status : 200);
        assert_int_equal(error.retry_after_ms, -1);
    }
}
#define CHECK(rows) check_rows(rows, sizeof rows / sizeof rows[0])

/* docs.claude.com/en/api/errors */
static void test_anthropic(void **state) {
    static const word_row rows[] = {
        {400, "invalid_request_error", NULL, "max_tokens: Field required", LLMC_ERR_BAD_REQUEST, false},
        {400, "invalid_request_error", NULL, "prompt is too long: 3 tokens > 2 maximum", LLMC_ERR_CONTEXT_LENGTH,
         false},
        {400, "invalid_request_error", NULL, "Your credit balance is too low to access", LLMC_ERR_QUOTA_EXHAUSTED,
         false},
        {400, "invalid_request_error", NULL, "You have reached your specified API usage limits",
         LLMC_ERR_QUOTA_EXHAUSTED, false},
        {400, "invalid_request_error", NULL, "Output blocked by content filtering policy", LLMC_ERR_CONTENT_FILTER,
         false},
        {401, "authentication_error", NULL, "invalid x-api-key", LLMC_ERR_AUTH, false},
        {402, "billing_error", NULL, NULL, LLMC_ERR_QUOTA_EXHAUSTED, false},
        {403, "permission_error", NULL, NULL, LLMC_ERR_PERMISSION, false},
        {404, "not_found_error", NULL, "model: x", LLMC_ERR_NOT_FOUND, false},
        {413, "request_too_large", NULL, NULL, LLMC_ERR_BAD_REQUEST, false},
        {429, "rate_limit_error", NULL, NULL, LLMC_ERR_RATE_LIMITED, true},
        {500, "api_error", NULL, NULL, LLMC_ERR_SERVER, true},
        {504, "timeout_error", NULL, NULL, LLMC_ERR_SERVER, true},
        {529, "overloaded_error", NULL, NULL, LLMC_ERR_OVERLOADED, true},
        {500, "overloaded_error", NULL, NULL, LLMC_ERR_OVERLOADED, true},
        {0, "billing_error", NULL, NULL, LLMC_ERR_QUOTA_EXHAUSTED, false},
        {0, "timeout_error", NULL, NULL, LLMC_ERR_SERVER, true},
        {0, "request_too_large", NULL, NULL, LLMC_ERR_BAD_REQUEST, false},
    };
    (void)state;
    CHECK(rows);
}

/* google/rpc/code.proto; ai.google.dev/gemini-api/docs/troubleshooting */
static void test_google(void **state) {
    static const word_row rows[] = {
        {400, "INVALID_ARGUMENT", "API_KEY_INVALID", "m", LLMC_ERR_AUTH, false},
        {400, "INVALID_ARGUMENT", "400", "API key not valid. Please pass a valid API key.", LLMC_ERR_AUTH, false},
        {400, "INVALID_ARGUMENT", "400", "m", LLMC_ERR_BAD_REQUEST, false},
        {400, "INVALID_ARGUMENT", "400", "The input token count (2) exceeds the maximum number of tokens allowed (1).",
         LLMC_ERR_CONTEXT_LENGTH, false},
        {401, "UNAUTHENTICATED", "401", "m", LLMC_ERR_AUTH, false},
        {403, "PERMISSION_DENIED", "403", "m", LLMC_ERR_PERMISSION, false},
        {403, "PERMISSION_DENIED", "403", "Method doesn't allow unregistered callers", LLMC_ERR_AUTH, false},
        {403, "PERMISSION_DENIED", "BILLING_DISABLED", "m", LLMC_ERR_QUOTA_EXHAUSTED, false},
        {404, "NOT_FOUND", "404", "m", LLMC_ERR_NOT_FOUND, false},
        {429, "RESOURCE_EXHAUSTED", "429", "You exceeded your current quota", LLMC_ERR_RATE_LIMITED, true},
        {499, "CANCELLED", "499", "m", LLMC_ERR_SERVER, true},
        {500, "INTERNAL", "500", "m", LLMC_ERR_SERVER, true},
        {500, "UNAVAILABLE", "500", "m", LLMC_ERR_OVERLOADED, true},
        {503, "UNAVAILABLE", "503", "m", LLMC_ERR_OVERLOADED, true},
        {504, "DEADLINE_EXCEEDED", "504", "m", LLMC_ERR_SERVER, true},
        {0, "RESOURCE_EXHAUSTED", NULL, NULL, LLMC_ERR_RATE_LIMITED, true},
        {0, "DEADLINE_EXCEEDED", NULL, NULL, LLMC_ERR_SERVER, true},
        {0, "FAILED_PRECONDITION", NULL, NULL, LLMC_ERR_BAD_REQUEST, false},
    };
    (void)state;
    CHECK(rows);
}

/* docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and CommonErrors.html */
static void test_aws(void **state) {
    static const word_row rows[] = {
        {400, "ValidationException", NULL, "m", LLMC_ERR_BAD_REQUEST, false},
        {400, "ValidationException", NULL, "Input is too long for requested model.", LLMC_ERR_CONTEXT_LENGTH, false},
        {400, "ServiceQuotaExceededException", NULL, "m", LLMC_ERR_RATE_LIMITED, true},
        {400, "ThrottlingException", NULL, "m", LLMC_ERR_RATE_LIMITED, true},
        {403, "AccessDeniedException", NULL, "m", LLMC_ERR_PERMISSION, false},
        {403, "UnrecognizedClientException", NULL, "m", LLMC_ERR_AUTH, false},
        {403, "ExpiredTokenException", NULL, "m", LLMC_ERR_AUTH, false},
        {403, "com.amazon.coral.service#InvalidSignatureException", NULL, "m", LLMC_ERR_AUTH, false},
        {403, NULL, NULL, "The security token included in the request is expired", LLMC_ERR_AUTH, false},
        {403, NULL, NULL, "Signature expired: 20250325T235114Z is now earlier", LLMC_ERR_AUTH, false},
        {404, "ResourceNotFoundException", NULL, "m", LLMC_ERR_NOT_FOUND, false},
        {408, "ModelTimeoutException", NULL, "m", LLMC_ERR_SERVER, true},
        {424, "ModelErrorException", NULL, "m", LLMC_ERR_SERVER, true},
        {424, "modelStreamErrorException", NULL, "m", LLMC_ERR_SERVER, true},
        {429, "ThrottlingException", NULL, "Too many tokens, please wait before trying again.", LLMC_ERR_RATE_LIMITED,
         true},
        {429, "ModelNotReadyException", NULL, "m", LLMC_ERR_OVERLOADED, true},
        {500, "InternalServerException", NULL, "m", LLMC_ERR_SERVER, true},
        {503, "ServiceUnavailableException", NULL, "m", LLMC_ERR_OVERLOADED, true},
        {0, "throttlingException", NULL, "Too many tokens, please wait", LLMC_ERR_RATE_LIMITED, true},
        {0, "serviceUnavailableException", NULL, "m", LLMC_ERR_OVERLOADED, true},
        {0, "internalServerException", NULL, "m", LLMC_ERR_SERVER, true},
        {0, "modelTimeoutException", NULL, "m", LLMC_ERR_SERVER, true},
        {0, "validationException", NULL, "m", LLMC_ERR_BAD_REQUEST, false},
    };
    (void)state;
    CHECK(rows);
}

static void test_others(void **state) {
    static const word_row rows[] = {
        {400, NULL, NULL, "too many tokens: size limit exceeded by 25836 tokens.", LLMC_ERR_CONTEXT_LENGTH, false},
        {429, NULL, NULL, "You are using a Trial key, which is limited to 1000 API calls / month.",
         LLMC_ERR_QUOTA_EXHAUSTED, false},
        {401, NULL, NULL, "invalid api token", LLMC_ERR_AUTH, false},
        {404, NULL, NULL, "model 'x' not found", LLMC_ERR_NOT_FOUND, false},
        {0, NULL, NULL, "model \"x\" not found, try pulling it first", LLMC_ERR_NOT_FOUND, false},
        {0, NULL, NULL, "x does not support tools", LLMC_ERR_BAD_REQUEST, false},
        {503, NULL, NULL, "server busy, please try again.  maximum pending requests exceeded", LLMC_ERR_OVERLOADED,
         true},
        {0, NULL, NULL, "server busy, please try again", LLMC_ERR_OVERLOADED, true},
        {500, NULL, NULL, "the input exceeds the context length", LLMC_ERR_CONTEXT_LENGTH, false},
        {503, NULL, "slow_down", "m", LLMC_ERR_OVERLOADED, true},
        {0, NULL, "slow_down", "m", LLMC_ERR_OVERLOADED, true},
        {403, NULL, NULL, "Your team has either used all available credits or", LLMC_ERR_QUOTA_EXHAUSTED, false},
        {0, NULL, NULL, NULL, LLMC_ERR_SERVER, true},
        {0, "of_tomorrow", "x", "m", LLMC_ERR_SERVER, true},
    };
    (void)state;
    CHECK(rows);
}

/* ---- reading ---- */

/* The status the body names counts for an error inside an answer. */
static void test_status_inside(void **state) {
    llmc__words words = {.message = "m", .http_status = 429};
    (void)state;
    llmc__classify_inner(&words, &error);
    assert_int_equal(error.status, LLMC_ERR_RATE_LIMITED);
    words.http_status = 400;
    words.type = "overloaded_error";
    llmc__classify_inner(&words, &error);
    assert_int_equal(error.status, LLMC_ERR_OVERLOADED);
}

static void read_flat(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out) {
    out->message = llmc__words_text(doc, root, "message");
    out->type = llmc__words_text(doc, root, "type");
    llmc__words_read_code(doc, root, out);
    llmc__words_read_google(doc, llmc__json_get(root, "details"), out);
}

static void classify(int http_status, const char *body, const char *hint) {
    llmc__classify_body(NULL, http_status, body, strlen(body), hint, read_flat, &error);
}

static void test_hinted_type(void **state) {
    (void)state;
    classify(400, "{\"message\":\"m\"}", "ThrottlingException:http://internal.amazon.com/coral/x/");
    assert_int_equal(error.status, LLMC_ERR_RATE_LIMITED);
    assert_string_equal(error.provider_type, "ThrottlingException");
    assert_non_null(strstr(error.message, "(ThrottlingException): m."));
    classify(400, "{\"message\":\"m\",\"type\":\"own\"}", "ThrottlingException");
    assert_string_equal(error.provider_type, "own");
    classify(400, "", "");
    assert_null(error.provider_type);
    classify(400, "", ":");
    assert_null(error.provider_type);
    classify(400, "", "a-type-that-is-longer-than-any-name-of-an-exception-could-be-in-earnest");
    assert_null(error.provider_type);
}

static void test_plain_text(void **state) {
    (void)state;
    classify(400, " maximum context length is 5\r\n", NULL);
    assert_int_equal(error.status, LLMC_ERR_CONTEXT_LENGTH);
    assert_string_equal(error.provider_message, "maximum context length is 5");
    classify(500, "<html>maximum context length</html>", NULL);
    assert_int_equal(error.status, LLMC_ERR_SERVER);
    assert_null(error.provider_message);
}

static void test_codes(void **state) {
    (void)state;
    classify(400, "{\"code\":7}", NULL);
    assert_string_equal(error.provider_code, "7");
    assert_null(strstr(error.message, "(7)")); /* a number says nothing to a reader */
    classify(400, "{\"code\":\"c\"}", NULL);
    assert_non_null(strstr(error.message, "(c)"));
    classify(400, "{\"code\":null,\"message\":\"\"}", NULL);
    assert_null(error.provider_code);
    assert_null(error.provider_message);
}

#define DETAIL(type, members) "{\"@type\":\"type.googleapis.com/google.rpc." type "\"," members "}"

static void test_google_details(void **state) {
    (void)state;
    classify(429,
             "{\"code\":429,\"details\":[" DETAIL("QuotaFailure", "\"reason\":\"x\"") ",7,null," DETAIL(
                 "RetryInfo", "\"retryDelay\":\"48s\"") "]}",
             NULL);
    assert_int_equal(error.retry_after_ms, 48000);
    assert_string_equal(error.provider_code, "429");
    classify(400, "{\"code\":400,\"details\":[" DETAIL("ErrorInfo", "\"reason\":\"API_KEY_INVALID\"") "]}", NULL);
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    assert_string_equal(error.provider_code, "API_KEY_INVALID");
    assert_int_equal(error.retry_after_ms, -1);
    classify(429, "{\"details\":{\"retryDelay\":\"48s\"}}", NULL);
    assert_int_equal(error.retry_after_ms, -1);
    classify(429, "{\"details\":\"text\"}", NULL);
    assert_int_equal(error.retry_after_ms, -1);
}

static void test_durations(void **state) {
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"48s", 48000},
        {"0.5s", 500},
        {"3.25s", 3250},
        {"0.0001s", 1},
        {"1.000000001s", 1001},
        {"0s", 0},
        {"1.s", 1000},
        {"", 0},
        {"s", 0},
        {"48", 0},
        {"-1s", 0},
        {"1s ", 0},
        {"1.5", 0},
        {"1..5s", 0},
        {"1m", 0},
        {"3600s", 3600000},
        {"99999999999s", 0},
        {"999999999999999999999999s", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (llmc__words_duration(rows[i].text, strlen(rows[i].text)) != rows[i].ms)
            fail_msg("%s: %lld", rows[i].text, (long long)llmc__words_duration(rows[i].text, strlen(rows[i].text)));
}

/* Each class but AUTH, whose advice names the key, comes with an advice that is a sentence. */
static void test_advice(void **state) {
    (void)state;
    for (int status = LLMC_ERR_SERVER; status <= LLMC_ERR_BAD_REQUEST; status++) {
        const char *advice = llmc__verdict_advice((llmc_status)status);
        assert_true(advice != NULL && strlen(advice) > 20 && advice[strlen(advice) - 1] == '.');
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_anthropic),      CASE(test_google),      CASE(test_aws),        CASE(test_others),
        CASE(test_status_inside),  CASE(test_hinted_type), CASE(test_plain_text), CASE(test_codes),
        CASE(test_google_details), CASE(test_durations),   CASE(test_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
