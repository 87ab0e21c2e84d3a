/*
 * Server-sent events, as the WHATWG HTML standard section 9.2.6 parses them, byte by byte: LF, CR and CRLF ends,
 * a BOM, comments, data of several lines, any split. Differences, each for what servers really send: an event
 * without its blank line is delivered at the end, and an event with an `event:` field but no data is delivered too.
 */
#ifndef LLMC_WIRE_SSE_H
#define LLMC_WIRE_SSE_H

#include "base/buf.h"

typedef struct llmc__sse_event {
    const char *name; /* the event field; "" when there was none. Terminated. */
    const char *data; /* lines joined by LF; NOT necessarily terminated */
    size_t data_len;
} llmc__sse_event;

/* Non-zero stops the feed, which then returns LLMC_ERR_CANCELLED. Pointers are lent until it returns. */
typedef int (*llmc__sse_fn)(void *ctx, const llmc__sse_event *event);

typedef struct llmc__sse {
    llmc__buf line; /* a line not yet ended; used only when a line is split between feeds */
    llmc__buf data; /* data of the event so far; used only when it has several lines or is split */
    char name[64];  /* longer names are cut */
    bool has_data, has_name, last_was_cr, started;
    size_t bom_seen; /* bytes of a BOM seen at the start */
    uint64_t events, comments;
} llmc__sse;

void llmc__sse_init(llmc__sse *sse, size_t max_event_bytes); /* maximum of one line and of one event's data */
void llmc__sse_free(llmc__sse *sse);

/*
 * Feeds bytes; calls fn for each event that they complete, without a copy when the event lies whole in them.
 * LLMC_OK, LLMC_ERR_TOO_LARGE, LLMC_ERR_NO_MEMORY or LLMC_ERR_CANCELLED.
 */
llmc_status llmc__sse_feed(llmc__sse *sse, const char *bytes, size_t len, llmc__sse_fn fn, void *ctx);

/* The end of input: delivers an event that lacks its blank line. */
llmc_status llmc__sse_finish(llmc__sse *sse, llmc__sse_fn fn, void *ctx);

#endif
