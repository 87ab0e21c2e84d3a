/* Text: checks, comparison and numbers, none of which looks at the host's locale. */
#ifndef LLMC_BASE_STR_H
#define LLMC_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the longest valid UTF-8 prefix: len when all of it is valid (no surrogates, no overlong forms). */
size_t llmc__str_utf8_prefix(const char *text, size_t len);
bool llmc__str_has_control(const char *text, size_t len); /* any byte < 0x20 or 0x7f */
bool llmc__str_ieq(const char *a, const char *b);         /* ASCII case does not count */
bool llmc__str_ieq_n(const char *a, size_t a_len, const char *b);
/* How many characters there are, from the first on, that are ASCII letters, digits or one of `more`. */
size_t llmc__str_span(const char *text, const char *more);
bool llmc__str_starts(const char *text, const char *prefix);
bool llmc__str_ends(const char *text, const char *end);
/* Whether it is one of the words, by llmc__str_ieq; each is ended by a NUL, all by another: "a\0b\0". */
bool llmc__str_ieq_any(const char *text, const char *words);
/* Where it begins behind spaces and tabs; *len is then without those at its end. */
const char *llmc__str_trim(const char *text, size_t *len);

/* Shortest decimal text that reads back as the same double; returns its length. `out` holds 32. NaN and infinities: 0.
 */
size_t llmc__str_from_double(double value, char out[32]);
size_t llmc__str_from_int64(int64_t value, char out[24]);

/* Whole text must be the number; false otherwise or out of range. */
bool llmc__str_to_int64(const char *text, size_t len, int64_t *out);
bool llmc__str_to_double(const char *text, size_t len, double *out);
bool llmc__str_to_float(const char *text, size_t len, float *out); /* rounded once, as strtof does */

/*
 * The float of the number that stands at `text`, by the grammar of RFC 8259 section 6. Returns where it ends, at `end`
 * at the latest; NULL: there is none, or it is out of range. Fast: for many of them.
 */
const char *llmc__str_read_float(const char *text, const char *end, float *out);

#endif
