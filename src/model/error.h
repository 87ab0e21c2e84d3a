/* Why a call failed: the verdict and the provider's own words. Travels inside a response. */
#ifndef LLMC_MODEL_ERROR_H
#define LLMC_MODEL_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include "llmclient.h"

/* A zeroed struct with retry_after_ms = -1 is "no error". Owns its strings; NULL stands for "". */
struct llmc_error {
    llmc_status status;
    int http_status;
    bool retryable;
    int64_t retry_after_ms;
    char *message; /* what the user reads */
    char *provider_type, *provider_code, *provider_message, *provider_param;
};

void llmc__error_init(llmc_error *error);
void llmc__error_clear(llmc_error *error); /* frees the strings, back to init */
/* Sets status and message, replacing what was there; when there is no memory the message stays NULL (getter: status
 * text). Returns the status, so that callers `return` it. */
llmc_status llmc__error_set(llmc_error *error, llmc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
llmc_status llmc__error_set_v(llmc_error *error, llmc_status status, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
/* Replaces *slot with a copy of text; silently leaves NULL when there is no memory. */
void llmc__error_word(char **slot, const char *text, size_t len);

/* The thread's last argument error (llmc_last_error_message). Returns status, so that callers `return` it. */
llmc_status llmc__error_last(llmc_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* That text, cut to 511 bytes; "" when there is none. Lent until this thread's next error. */
const char *llmc__error_last_text(void);

#endif
