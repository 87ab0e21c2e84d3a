#include "model/error.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"

static _Thread_local char last_text[512];

void llmc__error_init(llmc_error *error) {
    *error = (llmc_error){.retry_after_ms = -1};
}

void llmc__error_clear(llmc_error *error) {
    llmc__mem_free(error->message);
    llmc__mem_free(error->provider_type);
    llmc__mem_free(error->provider_code);
    llmc__mem_free(error->provider_message);
    llmc__mem_free(error->provider_param);
    llmc__error_init(error);
}

static char *format_text(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return NULL;
    char *text = llmc__mem_alloc((size_t)len + 1);
    if (text != NULL)
        (void)vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

llmc_status llmc__error_set_v(llmc_error *error, llmc_status status, const char *format, va_list args) {
    /* Formatted before the old text goes: it may be one of the arguments. */
    char *text = format_text(format, args);
    llmc__mem_free(error->message);
    error->message = text;
    error->status = status;
    return status;
}

llmc_status llmc__error_set(llmc_error *error, llmc_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)llmc__error_set_v(error, status, format, args);
    va_end(args);
    return status;
}

void llmc__error_word(char **slot, const char *text, size_t len) {
    char *copy = text != NULL ? llmc__mem_strndup(text, len) : NULL;
    llmc__mem_free(*slot);
    *slot = copy;
}

llmc_status llmc__error_last(llmc_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(last_text, sizeof last_text, format, args);
    va_end(args);
    if (len < 0)
        last_text[0] = '\0';
    else if ((size_t)len >= sizeof last_text)
        last_text[llmc__str_utf8_prefix(last_text, sizeof last_text - 1)] = '\0';
    return status;
}

__attribute__((noinline)) const char *llmc__error_last_text(void) {
    return last_text;
}
