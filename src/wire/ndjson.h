/*
 * Lines of JSON, one value a line (https://github.com/ndjson/ndjson-spec): LF or CRLF ends, blank lines are skipped,
 * any split, and a last line without its end is delivered when the input ends. What is in the lines is not looked at.
 */
#ifndef LLMC_WIRE_NDJSON_H
#define LLMC_WIRE_NDJSON_H

#include "base/buf.h"

/* A line, not terminated, without its end and the white space around it. Non-zero stops the feed (CANCELLED). */
typedef int (*llmc__ndjson_fn)(void *ctx, const char *line, size_t len);

typedef struct llmc__ndjson {
    llmc__buf line; /* a line not yet ended */
    uint64_t lines;
} llmc__ndjson;

void llmc__ndjson_init(llmc__ndjson *reader, size_t max_line_bytes);
void llmc__ndjson_free(llmc__ndjson *reader);

/* Calls fn for each line that the bytes end. LLMC_OK, LLMC_ERR_TOO_LARGE, LLMC_ERR_NO_MEMORY or LLMC_ERR_CANCELLED. */
llmc_status llmc__ndjson_feed(llmc__ndjson *reader, const char *bytes, size_t len, llmc__ndjson_fn fn, void *ctx);

/* The end of input: delivers a line that lacks its end. */
llmc_status llmc__ndjson_finish(llmc__ndjson *reader, llmc__ndjson_fn fn, void *ctx);

#endif
