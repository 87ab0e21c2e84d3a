/*
 * The look over a JSON text before cJSON reads it: whether it is one whole value by RFC 8259 within the limits, and
 * what cJSON would refuse or lose of it. No memory is taken.
 */
#ifndef LLMC_WIRE_JSON_SCAN_H
#define LLMC_WIRE_JSON_SCAN_H

#include "base/buf.h"
#include "wire/json.h"

#define LLMC__JSON_NUMBER_BYTES 60 /* cJSON reads numbers through a buffer of 63 characters */
#define LLMC__JSON_LONG_DIGITS  16 /* a double holds every whole number of fewer digits */

typedef struct llmc__json_scan {
    size_t start;      /* where the text begins behind a BOM */
    size_t nodes;      /* values */
    size_t side;       /* values to be kept beside the tree: strings with NUL bytes, integers of 16 digits or more */
    bool has_point;    /* a number with a decimal point: reading it depends on the locale */
    bool needs_repair; /* invalid UTF-8, half a surrogate pair, NUL in a name, or a number too long for cJSON */
    llmc__json_fault fault;
} llmc__json_scan;

/* Fills `scan`, whatever was in it. LLMC_OK, LLMC_ERR_INVALID_JSON or LLMC_ERR_TOO_LARGE, both with the fault filled.
 */
llmc_status llmc__json_scan_text(const char *text, size_t len, llmc__json_scan *scan);

/* A string (its quotes included) or number in text that the scan has passed. */
typedef struct llmc__json_token {
    const char *start, *end;
    bool is_string;
    bool is_name; /* a member's name rather than a value */
} llmc__json_token;

/* The next such token at or after p; false when there is none. */
bool llmc__json_scan_token(const char *p, const char *end, llmc__json_token *token);

/* Value of \uXXXX at p (at the backslash), all hex digits checked before. */
unsigned llmc__json_scan_unit(const char *p);

/* Bytes of the escape at p (at the backslash); 0 for none, for NUL and for half a surrogate pair. */
size_t llmc__json_scan_escape_len(const char *p, const char *end);

/* Bytes of the surrogate pair or single unit at p: 12, 6, or 0 for half a pair. */
size_t llmc__json_scan_escape(const char *p, const char *end);

/* Writes the text anew so that cJSON takes all of it: U+FFFD for what is no character, short forms of long numbers. */
llmc_status llmc__json_repair(const char *text, size_t len, llmc__buf *out);

#endif
