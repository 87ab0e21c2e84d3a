/*
 * Regular expressions of a kind that rules of published files use: literals, '.', classes, groups with or without "?:",
 * alternatives, ^ and $, the quantifiers * + ? {m,n} (greedy or lazy, which is the same for finding), and the escapes
 * \d \D \w \W \s \S and those of punctuation. ASCII case does not count, the host's locale neither. Nothing is
 * allocated; a pattern that backtracks without end is given up after a fixed number of steps, as not found.
 */
#ifndef LLMC_BASE_PATTERN_H
#define LLMC_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define LLMC__PATTERN_MAX_BYTES 511

/* Whether it is one that find understands: not with lookaround, references, or more than LLMC__PATTERN_MAX_BYTES. */
bool llmc__pattern_valid(const char *pattern, size_t len);

/* Whether a valid pattern is found anywhere in the text, or at its beginning. */
bool llmc__pattern_find(const char *pattern, size_t len, const char *text, size_t text_len);
bool llmc__pattern_starts(const char *pattern, size_t len, const char *text, size_t text_len);

#endif
