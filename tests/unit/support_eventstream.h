/* Frames of application/vnd.amazon.eventstream, written by hand for tests. */
#ifndef LLMC_TESTS_SUPPORT_EVENTSTREAM_H
#define LLMC_TESTS_SUPPORT_EVENTSTREAM_H

#include <stdint.h>
#include <string.h>
#include "base/buf.h"
#include "base/crc32.h"

static inline void support_frame_u32(llmc__buf *out, uint32_t value) {
    const char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};
    (void)llmc__buf_append(out, bytes, sizeof bytes);
}

/* A string header. */
static inline void support_frame_header(llmc__buf *out, const char *name, const char *value) {
    (void)llmc__buf_append_char(out, (char)strlen(name));
    (void)llmc__buf_append_str(out, name);
    (void)llmc__buf_append_char(out, 7);
    (void)llmc__buf_append_char(out, (char)(strlen(value) >> 8));
    (void)llmc__buf_append_char(out, (char)strlen(value));
    (void)llmc__buf_append_str(out, value);
}

static inline void support_frame(llmc__buf *out, const void *headers, size_t headers_len, const void *payload,
                                 size_t len) {
    size_t start = out->len;
    support_frame_u32(out, (uint32_t)(16 + headers_len + len));
    support_frame_u32(out, (uint32_t)headers_len);
    support_frame_u32(out, llmc__crc32(0, out->data + start, 8));
    (void)llmc__buf_append(out, headers, headers_len);
    (void)llmc__buf_append(out, payload, len);
    support_frame_u32(out, llmc__crc32(0, out->data + start, out->len - start));
}

/* As Bedrock sends it: `kind` is "event" or "exception", `type` the event's or the exception's name. */
static inline void support_frame_event(llmc__buf *out, const char *kind, const char *type, const char *payload) {
    char name[32] = ":event-type";
    llmc__buf headers;
    if (strcmp(kind, "exception") == 0)
        memcpy(name, ":exception-type", 16);
    llmc__buf_init(&headers, 4096);
    support_frame_header(&headers, name, type);
    support_frame_header(&headers, ":content-type", "application/json");
    support_frame_header(&headers, ":message-type", kind);
    support_frame(out, headers.data, headers.len, payload, strlen(payload));
    llmc__buf_free(&headers);
}

#endif
