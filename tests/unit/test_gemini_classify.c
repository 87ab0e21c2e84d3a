/* The table of classes is tested with those of the others (test_classes_native.c); here is what Google alone sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/provider.h"

#define DETAIL(type, rest) "{\"@type\":\"type.googleapis.com/google.rpc." type "\"," rest "}"
#define QUOTA(id)          DETAIL("QuotaFailure", "\"violations\":[{\"quotaMetric\":\"m\"},{\"quotaId\":\"" id "\"}]")
#define RETRY(delay)       DETAIL("RetryInfo", "\"retryDelay\":\"" delay "\"")
#define REASON(reason)     DETAIL("ErrorInfo", "\"reason\":\"" reason "\",\"domain\":\"googleapis.com\"")
#define ERROR(code, status, details)                                                                                   \
    "{\"error\":{\"code\":" code ",\"message\":\"said.\",\"status\":\"" status "\",\"details\":[" details "]}}"

static void classify(int http_status, const char *body, llmc_error *error) {
    static char name[] = "gemini", key[] = "AIza-secret", variable[] = "GEMINI_API_KEY";
    const llmc__target target = {.name = name, .api_key = key, .key_variable = variable};
    llmc__error_init(error);
    llmc__provider_gemini.classify(&target, http_status, body, strlen(body), NULL, error);
    assert_non_null(error->message);
    assert_int_equal(error->http_status, http_status);
}

/* A quota of a minute comes back when RetryInfo says; one of a day does not. */
static void test_quotas(void **state) {
    static const struct {
        const char *body;
        llmc_status status;
        int64_t wait;
    } rows[] = {
        {ERROR("429", "RESOURCE_EXHAUSTED", QUOTA("GenerateContentInputTokensPerModelPerMinute") "," RETRY("48.2s")),
         LLMC_ERR_RATE_LIMITED, 48200},
        {ERROR("429", "RESOURCE_EXHAUSTED",
               QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier") "," RETRY("31s")),
         LLMC_ERR_QUOTA_EXHAUSTED, 31000},
        {ERROR("429", "RESOURCE_EXHAUSTED", RETRY("31s") "," QUOTA("GenerateRequestsPerDayPerProjectPerModel")),
         LLMC_ERR_QUOTA_EXHAUSTED, 31000},
        {ERROR("429", "RESOURCE_EXHAUSTED", QUOTA("GenerateContentInputTokensPerModelPerDay-FreeTier")),
         LLMC_ERR_QUOTA_EXHAUSTED, -1},
        {ERROR("429", "RESOURCE_EXHAUSTED", ""), LLMC_ERR_RATE_LIMITED, -1},
        {ERROR("429", "RESOURCE_EXHAUSTED", RETRY("soon") ",7,null,{\"violations\":{}},{\"violations\":[7]}"),
         LLMC_ERR_RATE_LIMITED, -1},
    };
    llmc_error error;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        classify(429, rows[i].body, &error);
        assert_int_equal(error.status, rows[i].status);
        assert_int_equal(error.retryable, rows[i].status == LLMC_ERR_RATE_LIMITED);
        assert_int_equal(error.retry_after_ms, rows[i].wait);
        assert_string_equal(error.provider_code, "429");
        assert_string_equal(error.provider_type, "RESOURCE_EXHAUSTED");
        llmc__error_clear(&error);
    }
}

/* The reason judges and is shown; the words are kept as they were sent. */
static void test_reason(void **state) {
    llmc_error error;
    (void)state;
    classify(400, ERROR("400", "INVALID_ARGUMENT", REASON("API_KEY_INVALID")), &error);
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    assert_string_equal(error.provider_code, "400");
    assert_string_equal(error.provider_type, "INVALID_ARGUMENT");
    assert_string_equal(error.provider_message, "said.");
    assert_string_equal(error.message, "gemini answered HTTP 400 (API_KEY_INVALID): said. Check GEMINI_API_KEY.");
    llmc__error_clear(&error);
}

static void test_envelopes(void **state) {
    static const struct {
        const char *body, *type, *code, *message;
    } rows[] = {
        {"[" ERROR("404", "NOT_FOUND", "") "]", "NOT_FOUND", "404", "said."},
        {"{\"error\":\"gone\"}", NULL, NULL, "gone"},
        {"{\"message\":\"gone\",\"code\":\"E1\"}", NULL, "E1", "gone"},
        {"{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"model\"}}", "not_found_error", NULL,
         "model"},
        {"not here", NULL, NULL, "not here"},
        {"<!DOCTYPE html><title>404</title>", NULL, NULL, NULL},
        {"{\"error\":{}}", NULL, NULL, NULL},
        {"[]", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
    };
    llmc_error error;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *want[] = {rows[i].type, rows[i].code, rows[i].message};
        classify(404, rows[i].body, &error);
        const char *got[] = {error.provider_type, error.provider_code, error.provider_message};
        assert_int_equal(error.status, LLMC_ERR_NOT_FOUND);
        for (size_t k = 0; k < 3; k++)
            assert_string_equal(got[k] != NULL ? got[k] : "", want[k] != NULL ? want[k] : "");
        llmc__error_clear(&error);
    }
}

static void test_key_does_not_show(void **state) {
    llmc_error error;
    (void)state;
    classify(400, "{\"error\":{\"code\":400,\"message\":\"AIza-secret is no key\",\"status\":\"AIza-secret\"}}",
             &error);
    assert_null(strstr(error.message, "secret"));
    assert_string_equal(error.provider_message, "*** is no key");
    assert_string_equal(error.provider_type, "***");
    llmc__error_clear(&error);
}

static int fail_at(void *ctx) {
    int *left = ctx;
    return (*left)-- != 0;
}

/* Whatever allocation fails, the class stands. */
static void test_no_memory(void **state) {
    static const char body[] = ERROR("429", "RESOURCE_EXHAUSTED", QUOTA("XPerModelPerMinute") "," RETRY("2s"));
    (void)state;
    for (int k = 0; k < 60; k++) {
        llmc_error error;
        int left = k;
        llmc__error_init(&error);
        llmc__mem_set_gate(fail_at, &left);
        llmc__provider_gemini.classify(NULL, 429, body, sizeof body - 1, NULL, &error);
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(error.status, LLMC_ERR_RATE_LIMITED);
        assert_true(error.retryable);
        llmc__error_clear(&error);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotas),    cmocka_unit_test(test_reason),
        cmocka_unit_test(test_envelopes), cmocka_unit_test(test_key_does_not_show),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
