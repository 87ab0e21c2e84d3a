/* Error answers as rows of a table: who answered what, and what it means. */
#ifndef LLMC_TESTS_SUPPORT_CLASSES_H
#define LLMC_TESTS_SUPPORT_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include "llmclient.h"

typedef struct class_row {
    const char *provider;
    int http_status;
    const char *body;
    llmc_status status;
    bool retryable;
    const char *word; /* stands in the error's code, type, message or param; NULL: nothing was said */
    const char *hint; /* value of the header that tells the type, for adapters that have one; NULL: not sent */
} class_row;

/*
 * Checks every row and says all that is wrong before it fails. Rows of a provider this tree does not know go by
 * `adapter`; with NULL, or where that one is not there, they are left out and named. Answers how many were checked.
 */
size_t classes_check(const class_row *rows, size_t count, const char *adapter);

#endif
