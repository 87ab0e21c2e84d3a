/* What error answers of Cohere mean. Bodies are recorded or documented (https://docs.cohere.com/reference/errors). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_classes.h"

#define COUNT(array)  (sizeof(array) / sizeof(array)[0])
#define SAID(message) "{\"id\":\"c167e04b\",\"message\":\"" message "\"}"

static void test_table(void **state) {
    static const class_row rows[] = {
        {"cohere", 400, SAID("invalid request: message must be at least 1 token long"), LLMC_ERR_BAD_REQUEST, false,
         "invalid request", NULL},
        {"cohere", 400,
         "{\"error_type\":\"TOO_MANY_TOKENS\",\"id\":\"x\",\"message\":\"too many tokens: size limit exceeded by 25836 "
         "tokens. Try using shorter or fewer inputs. The limit for this model is 288000 tokens.\"}",
         LLMC_ERR_CONTEXT_LENGTH, false, "size limit exceeded", NULL},
        {"cohere", 401, SAID("invalid api token"), LLMC_ERR_AUTH, false, "invalid api token", NULL},
        {"cohere", 403, SAID("Forbidden"), LLMC_ERR_PERMISSION, false, "Forbidden", NULL},
        {"cohere", 404, SAID("model 'x' not found, make sure the correct model ID was used"), LLMC_ERR_NOT_FOUND, false,
         "not found", NULL},
        {"cohere", 422, SAID("invalid type: parameter"), LLMC_ERR_BAD_REQUEST, false, "invalid type", NULL},
        {"cohere", 429, SAID("Please wait and try again later"), LLMC_ERR_RATE_LIMITED, true, "wait", NULL},
        {"cohere", 499, SAID("request cancelled"), LLMC_ERR_SERVER, true, "cancelled", NULL},
        {"cohere", 500, SAID("internal server error"), LLMC_ERR_SERVER, true, "internal", NULL},
        {"cohere", 503, SAID("service unavailable"), LLMC_ERR_OVERLOADED, true, "unavailable", NULL},
        {"cohere", 502, "<html>Bad gateway</html>", LLMC_ERR_SERVER, true, NULL, NULL},
        {"cohere", 500, "", LLMC_ERR_SERVER, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "cohere"), COUNT(rows));
}

/* The key never stands in an error, whatever the server echoes. */
static void test_key_is_hidden(void **state) {
    static char name[] = "cohere", key[] = "very-secret-key";
    const llmc__target target = {.name = name, .api_key = key};
    const char *body = SAID("invalid api token: very-secret-key");
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    llmc__provider_cohere.classify(&target, 401, body, strlen(body), NULL, &error);
    assert_null(strstr(error.message, "very-secret-key"));
    assert_null(strstr(error.provider_message, "very-secret-key"));
    assert_non_null(strstr(error.message, "***"));
    llmc__error_clear(&error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_key_is_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
