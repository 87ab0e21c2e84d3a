/*
 * Frames of application/vnd.amazon.eventstream, of any split, as the Smithy event stream specification has them:
 *
 *   u32 length of the frame | u32 length of the headers | u32 CRC-32 of these eight bytes
 *   headers: u8 length, name, u8 type, value           | payload | u32 CRC-32 of all before it
 *
 * all big-endian. Lengths count only once their checksum is right, so that a damaged one is no reason to wait for
 * gigabytes; a frame is shown only when all of it is right.
 */
#ifndef LLMC_WIRE_EVENTSTREAM_H
#define LLMC_WIRE_EVENTSTREAM_H

#include <stdint.h>
#include "base/buf.h"

/* Types of header values. */
typedef enum llmc__eventstream_type {
    LLMC__EVENTSTREAM_TRUE = 0,
    LLMC__EVENTSTREAM_FALSE = 1,
    LLMC__EVENTSTREAM_INT8 = 2,
    LLMC__EVENTSTREAM_INT16 = 3,
    LLMC__EVENTSTREAM_INT32 = 4,
    LLMC__EVENTSTREAM_INT64 = 5,
    LLMC__EVENTSTREAM_BYTES = 6,
    LLMC__EVENTSTREAM_STRING = 7,
    LLMC__EVENTSTREAM_TIMESTAMP = 8, /* int64: milliseconds since 1970 */
    LLMC__EVENTSTREAM_UUID = 9       /* 16 bytes */
} llmc__eventstream_type;

typedef struct llmc__eventstream_header {
    const char *name; /* not terminated */
    size_t name_len;
    llmc__eventstream_type type;
    const char *value; /* its bytes as they came, without the length */
    size_t value_len;
} llmc__eventstream_header;

typedef struct llmc__eventstream_frame {
    const char *headers; /* as they came: see llmc__eventstream_next */
    size_t headers_len;
    const char *payload; /* not terminated */
    size_t payload_len;
} llmc__eventstream_frame;

/* Non-zero stops the feed, which then returns LLMC_ERR_CANCELLED. Pointers are lent until it returns. */
typedef int (*llmc__eventstream_fn)(void *ctx, const llmc__eventstream_frame *frame);

typedef struct llmc__eventstream {
    llmc__buf kept;    /* a frame not yet whole */
    size_t max;        /* longest frame */
    size_t need;       /* length of the frame in kept, once its prelude is there and right; 0 before */
    const char *fault; /* what was wrong, for BAD_RESPONSE and TOO_LARGE; static */
    llmc_status status;
    uint64_t frames;
} llmc__eventstream;

void llmc__eventstream_init(llmc__eventstream *stream, size_t max_frame_bytes);
void llmc__eventstream_free(llmc__eventstream *stream);

/*
 * Feeds bytes; calls fn for each frame that they complete, without a copy when it lies whole in them. LLMC_OK,
 * BAD_RESPONSE (checksum, lengths, headers), TOO_LARGE, NO_MEMORY or CANCELLED, all of which stick.
 */
llmc_status llmc__eventstream_feed(llmc__eventstream *stream, const char *bytes, size_t len, llmc__eventstream_fn fn,
                                   void *ctx);

/* Whether the bytes so far end in the middle of a frame. */
bool llmc__eventstream_is_cut(const llmc__eventstream *stream);

/* The next header; *at starts as 0. False past the last. Frames that are shown have none that is malformed. */
bool llmc__eventstream_next(const llmc__eventstream_frame *frame, size_t *at, llmc__eventstream_header *out);

/* The value of a string header; "" when there is none or it is of another type. Cut to what `out` holds. */
void llmc__eventstream_string(const llmc__eventstream_frame *frame, const char *name, char *out, size_t size);

#endif
