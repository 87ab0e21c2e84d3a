#include "wire/ndjson.h"

#include <string.h>

void llmc__ndjson_init(llmc__ndjson *reader, size_t max_line_bytes) {
    memset(reader, 0, sizeof *reader);
    llmc__buf_init(&reader->line, max_line_bytes);
}

void llmc__ndjson_free(llmc__ndjson *reader) {
    llmc__buf_free(&reader->line);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static llmc_status deliver(llmc__ndjson *reader, const char *line, size_t len, llmc__ndjson_fn fn, void *ctx) {
    while (len > 0 && is_blank(line[0])) {
        line++;
        len--;
    }
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    if (len == 0)
        return LLMC_OK;
    reader->lines++;
    return fn(ctx, line, len) != 0 ? LLMC_ERR_CANCELLED : LLMC_OK;
}

/* A line's end was found: the line is what was kept of earlier feeds, then these bytes. */
static llmc_status end_line(llmc__ndjson *reader, const char *bytes, size_t len, llmc__ndjson_fn fn, void *ctx) {
    llmc__buf *kept = &reader->line;
    if (kept->len == 0)
        return len <= kept->max ? deliver(reader, bytes, len, fn, ctx) : LLMC_ERR_TOO_LARGE;
    llmc_status status = llmc__buf_append(kept, bytes, len);
    if (status == LLMC_OK)
        status = deliver(reader, kept->data, kept->len, fn, ctx);
    llmc__buf_clear(kept);
    return status;
}

llmc_status llmc__ndjson_feed(llmc__ndjson *reader, const char *bytes, size_t len, llmc__ndjson_fn fn, void *ctx) {
    llmc_status status = LLMC_OK;
    while (len > 0 && status == LLMC_OK) {
        const char *end = memchr(bytes, '\n', len);
        if (end == NULL)
            return llmc__buf_append(&reader->line, bytes, len);
        size_t line_len = (size_t)(end - bytes);
        status = end_line(reader, bytes, line_len, fn, ctx);
        bytes = end + 1;
        len -= line_len + 1;
    }
    return status;
}

llmc_status llmc__ndjson_finish(llmc__ndjson *reader, llmc__ndjson_fn fn, void *ctx) {
    return reader->line.len > 0 ? end_line(reader, "", 0, fn, ctx) : LLMC_OK;
}
