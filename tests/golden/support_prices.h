/*
 * The published prices, read from the JSON itself by rules of their own: POSIX regular expressions, long double, no
 * table. What the library's table says is held against this.
 */
#ifndef LLMC_TEST_SUPPORT_PRICES_H
#define LLMC_TEST_SUPPORT_PRICES_H

#include <stdbool.h>
#include "wire/json.h"

/* The file's text, NULL when it is not here: LLMC_PRICES_FILE, else prices/genai-prices.json beside the recordings. */
char *published_text(size_t *len);

/* Reads it; the document is the caller's. */
llmc__json_doc *published_read(const char *text, size_t len);

typedef struct published {
    const llmc__json_doc *doc;
    const llmc__json *root;
} published;

const llmc__json *published_provider(const published *from, const char *name); /* by id, then by its names; NULL */
const llmc__json *published_model(const published *from, const llmc__json *provider, const char *model); /* NULL */

/* Prices at a moment: year, month and day as one number (20260901), second of the day. */
const llmc__json *published_set(const published *from, const llmc__json *model, int64_t date, int64_t second);

/* USD for a million tokens (of a thousand requests) of that field, for a prompt of so many; -1: it has none. */
long double published_price(const published *from, const llmc__json *set, const char *field, int64_t tokens_in);

bool published_matches(const published *from, const llmc__json *clause, const char *name);

#endif
