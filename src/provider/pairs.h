/* Small tables of texts in one piece of memory: keys with their values, "image/png\0png\0text/csv\0csv\0". */
#ifndef LLMC_PROVIDER_PAIRS_H
#define LLMC_PROVIDER_PAIRS_H

#include <stddef.h>

/* The value of the key, in whatever case; NULL: it is not there. `pairs` ends with an empty key. */
const char *llmc__pairs_find(const char *pairs, const char *key, size_t len);

/* The text behind this one, in such a table or in a list of texts; "" at the end. */
const char *llmc__pairs_next(const char *text);

#endif
