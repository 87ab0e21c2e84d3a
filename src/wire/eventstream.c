#include "wire/eventstream.h"

#include <string.h>
#include "base/crc32.h"

#define PRELUDE     12
#define MIN_FRAME   16          /* prelude and checksum */
#define MAX_HEADERS (128 << 10) /* the specification's */

void llmc__eventstream_init(llmc__eventstream *stream, size_t max_frame_bytes) {
    memset(stream, 0, sizeof *stream);
    stream->max = max_frame_bytes > MIN_FRAME ? max_frame_bytes : MIN_FRAME;
    llmc__buf_init(&stream->kept, stream->max);
}

void llmc__eventstream_free(llmc__eventstream *stream) {
    llmc__buf_free(&stream->kept);
}

static uint32_t read_u32(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static size_t read_u16(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    return (size_t)b[0] << 8 | b[1];
}

static llmc_status fail(llmc__eventstream *stream, llmc_status status, const char *fault) {
    stream->fault = fault;
    return status;
}

/* Length of a value; *skip is what comes before it. False for a type there is none of, or when it is cut. */
static bool measure(uint8_t type, const char *at, size_t left, size_t *skip, size_t *len) {
    static const uint8_t fixed[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
    if (type >= sizeof fixed)
        return false;
    *skip = 0;
    *len = fixed[type];
    if (type == LLMC__EVENTSTREAM_BYTES || type == LLMC__EVENTSTREAM_STRING) {
        if (left < 2)
            return false;
        *skip = 2;
        *len = read_u16(at);
    }
    return left - *skip >= *len;
}

bool llmc__eventstream_next(const llmc__eventstream_frame *frame, size_t *at, llmc__eventstream_header *out) {
    size_t left = frame->headers_len - *at, skip = 0;
    const char *from = frame->headers + *at;
    if (left < 2)
        return false;
    out->name = from + 1;
    out->name_len = (uint8_t)*from;
    if (out->name_len == 0 || left - 2 < out->name_len)
        return false;
    uint8_t type = (uint8_t)from[1 + out->name_len];
    from += 2 + out->name_len;
    left -= 2 + out->name_len;
    if (!measure(type, from, left, &skip, &out->value_len))
        return false;
    out->type = (llmc__eventstream_type)type;
    out->value = from + skip;
    *at = frame->headers_len - (left - skip - out->value_len);
    return true;
}

static bool headers_are_right(const llmc__eventstream_frame *frame) {
    llmc__eventstream_header header;
    size_t at = 0;
    bool more = true;
    while (more)
        more = llmc__eventstream_next(frame, &at, &header);
    return at == frame->headers_len;
}

void llmc__eventstream_string(const llmc__eventstream_frame *frame, const char *name, char *out, size_t size) {
    llmc__eventstream_header header;
    size_t at = 0, len;
    out[0] = '\0';
    while (llmc__eventstream_next(frame, &at, &header)) {
        if (header.type != LLMC__EVENTSTREAM_STRING || header.name_len != strlen(name) ||
            memcmp(header.name, name, header.name_len) != 0)
            continue;
        len = header.value_len < size ? header.value_len : size - 1;
        memcpy(out, header.value, len);
        out[len] = '\0';
        return;
    }
}

/* The length of the frame whose prelude this is. */
static llmc_status read_prelude(llmc__eventstream *stream, const char *prelude, size_t *length) {
    uint32_t total = read_u32(prelude), headers = read_u32(prelude + 4);
    if (llmc__crc32(0, prelude, 8) != read_u32(prelude + 8))
        return fail(stream, LLMC_ERR_BAD_RESPONSE, "the checksum of a frame's lengths is wrong");
    if (total < MIN_FRAME || headers > total - MIN_FRAME || headers > MAX_HEADERS)
        return fail(stream, LLMC_ERR_BAD_RESPONSE, "the lengths of a frame make no sense");
    if (total > stream->max)
        return fail(stream, LLMC_ERR_TOO_LARGE, "a frame of the stream is larger than max_event_bytes");
    *length = total;
    return LLMC_OK;
}

static llmc_status show(llmc__eventstream *stream, const char *bytes, size_t len, llmc__eventstream_fn fn, void *ctx) {
    llmc__eventstream_frame frame = {.headers = bytes + PRELUDE, .headers_len = read_u32(bytes + 4)};
    frame.payload = frame.headers + frame.headers_len;
    frame.payload_len = len - MIN_FRAME - frame.headers_len;
    if (llmc__crc32(0, bytes, len - 4) != read_u32(bytes + len - 4))
        return fail(stream, LLMC_ERR_BAD_RESPONSE, "the checksum of a frame is wrong");
    if (!headers_are_right(&frame))
        return fail(stream, LLMC_ERR_BAD_RESPONSE, "the headers of a frame are malformed");
    stream->frames++;
    return fn(ctx, &frame) != 0 ? LLMC_ERR_CANCELLED : LLMC_OK;
}

/* Moves bytes to the kept frame until it has `want`; answers how many were taken. */
static llmc_status keep(llmc__eventstream *stream, const char *bytes, size_t len, size_t want, size_t *taken) {
    size_t missing = want - stream->kept.len;
    *taken = len < missing ? len : missing;
    return llmc__buf_append(&stream->kept, bytes, *taken);
}

/* Goes on with the kept frame: first to the end of its prelude, then to its own. */
static llmc_status resume(llmc__eventstream *stream, const char *bytes, size_t len, size_t *taken,
                          llmc__eventstream_fn fn, void *ctx) {
    size_t want = stream->need != 0 ? stream->need : PRELUDE;
    llmc_status status = keep(stream, bytes, len, want, taken);
    if (status != LLMC_OK || stream->kept.len < want)
        return status;
    if (stream->need == 0)
        return read_prelude(stream, stream->kept.data, &stream->need);
    status = show(stream, stream->kept.data, stream->kept.len, fn, ctx);
    llmc__buf_clear(&stream->kept);
    stream->need = 0;
    return status;
}

/* One step: a frame where it lies, or a piece of one. */
static llmc_status step(llmc__eventstream *stream, const char *bytes, size_t len, size_t *taken,
                        llmc__eventstream_fn fn, void *ctx) {
    size_t length = 0;
    if (stream->kept.len > 0 || len < PRELUDE)
        return resume(stream, bytes, len, taken, fn, ctx);
    llmc_status status = read_prelude(stream, bytes, &length);
    if (status != LLMC_OK)
        return status;
    if (length > len) {
        stream->need = length;
        return keep(stream, bytes, len, length, taken);
    }
    *taken = length;
    return show(stream, bytes, length, fn, ctx);
}

llmc_status llmc__eventstream_feed(llmc__eventstream *stream, const char *bytes, size_t len, llmc__eventstream_fn fn,
                                   void *ctx) {
    while (len > 0 && stream->status == LLMC_OK) {
        size_t taken = 0;
        stream->status = step(stream, bytes, len, &taken, fn, ctx);
        bytes += taken;
        len -= taken;
    }
    return stream->status;
}

bool llmc__eventstream_is_cut(const llmc__eventstream *stream) {
    return stream->kept.len > 0;
}
