/* What error answers of Ollama mean: a bare string, which stands in its source (server/routes.go) or was recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_classes.h"

#define COUNT(array)  (sizeof(array) / sizeof(array)[0])
#define SAID(message) "{\"error\":\"" message "\"}"

static void test_table(void **state) {
    static const class_row rows[] = {
        {"ollama", 400, SAID("registry.ollama.ai/library/llama3 does not support tools"), LLMC_ERR_BAD_REQUEST, false,
         "does not support tools", NULL},
        {"ollama", 400, SAID("the input exceeds the context length of the model"), LLMC_ERR_CONTEXT_LENGTH, false,
         "context length", NULL},
        {"ollama", 401, SAID("unauthorized"), LLMC_ERR_AUTH, false, "unauthorized", NULL},
        {"ollama", 404, SAID("model 'nonexistent-model:latest' not found"), LLMC_ERR_NOT_FOUND, false, "not found",
         NULL},
        {"ollama", 429, SAID("too many requests"), LLMC_ERR_RATE_LIMITED, true, "too many requests", NULL},
        {"ollama", 500, SAID("llama runner process has terminated: exit status 2"), LLMC_ERR_SERVER, true, "terminated",
         NULL},
        {"ollama", 503, SAID("server busy, please try again.  maximum pending requests exceeded"), LLMC_ERR_OVERLOADED,
         true, "server busy", NULL},
        {"ollama", 404, "404 page not found", LLMC_ERR_NOT_FOUND, false, "404 page not found", NULL},
        {"ollama", 500, "", LLMC_ERR_SERVER, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "ollama"), COUNT(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
