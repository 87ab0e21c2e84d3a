#include "support_classes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"

static const llmc__provider *adapter_of(const char *provider, const char *otherwise) {
    const llmc__provider_row *row = llmc__provider_row_find(provider);
    const llmc__provider *adapter = llmc__provider_adapter(
        row != NULL ? llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}) : provider);
    return adapter != NULL || otherwise == NULL ? adapter : llmc__provider_adapter(otherwise);
}

static bool is_said(const llmc_error *error, const char *word) {
    const char *const words[] = {llmc_error_provider_code(error), llmc_error_provider_type(error),
                                 llmc_error_provider_message(error), llmc_error_provider_param(error)};
    bool found = false, anything = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        anything = anything || words[i][0] != '\0';
        found = found || (word != NULL && strstr(words[i], word) != NULL);
    }
    return word != NULL ? found : !anything;
}

/* NULL when all is as the row says. */
static const char *fault_of(const class_row *row, const llmc_error *error) {
    if (error->status != row->status)
        return "status";
    if (error->retryable != row->retryable)
        return "retryable";
    if (error->http_status != row->http_status)
        return "http_status";
    if (!is_said(error, row->word))
        return "the provider's words";
    if (error->message == NULL || strstr(error->message, row->provider) == NULL)
        return "message";
    return NULL;
}

static bool check_row(const llmc__provider *adapter, const class_row *row) {
    char name[32], key[] = "sk-test-0123456789";
    llmc_error error;
    (void)snprintf(name, sizeof name, "%s", row->provider);
    const llmc__target target = {.name = name, .provider = adapter, .api_key = key};
    llmc__error_init(&error);
    adapter->classify(&target, row->http_status, row->body, strlen(row->body), row->hint, &error);
    const char *fault = fault_of(row, &error);
    if (fault != NULL)
        printf(
            "%s, HTTP %d, %s: %s is wrong: %s (%d), retryable %d, not %s (%d), %d\n    code %s, type %s, message %s\n",
            row->provider, row->http_status, row->body, fault, llmc_status_name(error.status), error.status,
            error.retryable, llmc_status_name(row->status), row->status, row->retryable,
            llmc_error_provider_code(&error), llmc_error_provider_type(&error), llmc_error_provider_message(&error));
    llmc__error_clear(&error);
    return fault == NULL;
}

size_t classes_check(const class_row *rows, size_t count, const char *adapter) {
    size_t checked = 0, wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const llmc__provider *speaks = adapter_of(rows[i].provider, adapter);
        if (speaks == NULL) {
            if (i == 0 || strcmp(rows[i].provider, rows[i - 1].provider) != 0)
                printf("left out: there is no adapter for %s\n", rows[i].provider);
            continue;
        }
        checked++;
        wrong += !check_row(speaks, &rows[i]);
    }
    if (wrong > 0)
        fail_msg("%zu of %zu rows are wrong", wrong, checked);
    return checked;
}
