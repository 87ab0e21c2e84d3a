/* A growing run of bytes, born with a maximum and always terminated by a NUL that len does not count. */
#ifndef LLMC_BASE_BUF_H
#define LLMC_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include "llmclient.h"

typedef struct llmc__buf {
    char *data; /* NULL while nothing was ever put in */
    size_t len;
    size_t cap;
    size_t max; /* most bytes it may hold, the NUL aside */
} llmc__buf;

void llmc__buf_init(llmc__buf *buf, size_t max);
void llmc__buf_free(llmc__buf *buf);  /* and back to empty, with the same maximum */
void llmc__buf_clear(llmc__buf *buf); /* keeps the memory */

/* LLMC_OK, LLMC_ERR_TOO_LARGE past the maximum, LLMC_ERR_NO_MEMORY. On failure nothing changed. */
llmc_status llmc__buf_append(llmc__buf *buf, const void *bytes, size_t len);
llmc_status llmc__buf_append_str(llmc__buf *buf, const char *text);
llmc_status llmc__buf_append_char(llmc__buf *buf, char c);
llmc_status llmc__buf_appendf(llmc__buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
llmc_status llmc__buf_reserve(llmc__buf *buf, size_t more); /* room for `more` bytes beyond len */

/* Drops the first n bytes. */
void llmc__buf_consume(llmc__buf *buf, size_t n);

/* The text, "" when empty. Lent until the next change. */
const char *llmc__buf_str(const llmc__buf *buf);

/* Hands the memory over (to be freed with llmc__mem_free) and empties the buffer; NULL when no memory. */
char *llmc__buf_take(llmc__buf *buf, size_t *len);

#endif
