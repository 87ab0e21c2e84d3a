/* Bedrock's own in error answers: envelopes, the header that names the type, what to check, what not to show. The
 * classes themselves are in test_classes_native.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"

static char name[] = "bedrock", variable[] = "AWS_BEARER_TOKEN_BEDROCK", key[] = "bearer-of-a-key";
static char access_id[] = "AKIDEXAMPLE", secret[] = "wJalrXUtnFEMI/K7MDENG", session[] = "IQoJb3JpZ2luX2VjEXAMPLE";
static const llmc__target bearer = {.name = name, .key_variable = variable, .api_key = key};
static const llmc__target signer = {.name = name,
                                    .key_variable = variable,
                                    .access_key_id = access_id,
                                    .secret_access_key = secret,
                                    .session_token = session};

static llmc_error error;

static void classify(const llmc__target *target, int http_status, const char *body, const char *hint) {
    llmc__provider_bedrock.classify(target, http_status, body, strlen(body), hint, &error);
    assert_int_equal(error.http_status, http_status);
    assert_non_null(error.message);
}

static void test_envelopes(void **state) {
    static const struct {
        const char *body, *hint, *type, *message;
    } rows[] = {
        {"{\"message\":\"m\"}", "ValidationException:http://internal.amazon.com/coral/", "ValidationException", "m"},
        {"{\"message\":\"m\"}", "ValidationException", "ValidationException", "m"},
        {"{\"Message\":\"m\"}", NULL, NULL, "m"},
        {"{\"__type\":\"com.amazon.bedrock#ValidationException\",\"message\":\"m\"}", NULL, "ValidationException", "m"},
        {"{\"__type\":\"ValidationException\"}", "Other", "ValidationException", NULL},
        {"{\"Output\":{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"},\"Version\":\"1.0\"}", NULL,
         "UnknownOperationException", NULL},
        {"<html>proxy</html>", "ValidationException:x", "ValidationException", NULL},
        {"plain words", NULL, NULL, "plain words"},
        {"", "ThrottlingException:", "ThrottlingException", NULL},
        {"null", NULL, NULL, NULL},
        {"[]", "", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        classify(&bearer, 400, rows[i].body, rows[i].hint);
        if (rows[i].type == NULL)
            assert_null(error.provider_type);
        else
            assert_string_equal(error.provider_type, rows[i].type);
        if (rows[i].message == NULL)
            assert_null(error.provider_message);
        else
            assert_string_equal(error.provider_message, rows[i].message);
    }
    llmc__error_clear(&error);
}

/* Who sends a bearer token checks that; who signs checks what was signed with. */
static void test_advice(void **state) {
    static const char body[] = "{\"message\":\"The security token included in the request is expired\"}";
    (void)state;
    classify(&bearer, 403, body, "ExpiredTokenException");
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    assert_non_null(strstr(error.message, "Check AWS_BEARER_TOKEN_BEDROCK."));
    classify(&signer, 403, body, "ExpiredTokenException");
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    assert_non_null(strstr(error.message, "AWS_SECRET_ACCESS_KEY"));
    assert_non_null(strstr(error.message, "clock"));
    assert_non_null(strstr(error.message, "bedrock answered HTTP 403"));
    classify(NULL, 403, body, "ExpiredTokenException");
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    llmc__error_clear(&error);
}

/* AWS repeats what was signed where a signature is wrong, the session token with it. */
static void test_secrets_are_not_shown(void **state) {
    static const char body[] = "{\"message\":\"The Canonical String should have been 'x-amz-security-token:"
                               "IQoJb3JpZ2luX2VjEXAMPLE' wJalrXUtnFEMI/K7MDENG\"}";
    (void)state;
    classify(&signer, 403, body, "InvalidSignatureException");
    assert_int_equal(error.status, LLMC_ERR_AUTH);
    assert_null(strstr(error.message, session));
    assert_null(strstr(error.message, secret));
    assert_null(strstr(error.provider_message, session));
    assert_null(strstr(error.provider_message, secret));
    assert_non_null(strstr(error.provider_message, "x-amz-security-token:***"));
    classify(&bearer, 403, "{\"message\":\"bearer-of-a-key is not known\"}", NULL);
    assert_null(strstr(error.message, key));
    llmc__error_clear(&error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_advice),
        cmocka_unit_test(test_secrets_are_not_shown),
    };
    llmc__error_init(&error);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
