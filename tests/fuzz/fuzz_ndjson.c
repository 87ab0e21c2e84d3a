/* Any split of a stream gives the same lines as the whole. The first two bytes choose the split. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "wire/ndjson.h"

#define MAX_LINE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
    if (!condition)
        abort();
}

static int write_down(void *ctx, const char *line, size_t len) {
    must(len > 0 && memchr(line, '\n', len) == NULL);
    must(llmc__buf_appendf(ctx, "%zu|", len) == LLMC_OK);
    must(llmc__buf_append(ctx, line, len) == LLMC_OK);
    return 0;
}

/* Each piece in memory of its own, so that reading past its end is seen. */
static llmc_status feed_piece(llmc__ndjson *reader, const uint8_t *bytes, size_t len, llmc__buf *out) {
    char *piece = malloc(len > 0 ? len : 1);
    must(piece != NULL);
    memcpy(piece, bytes, len);
    llmc_status status = llmc__ndjson_feed(reader, piece, len, write_down, out);
    free(piece);
    return status;
}

static llmc_status read_stream(const uint8_t *bytes, size_t len, size_t step, size_t grow, llmc__buf *out) {
    llmc_status status = LLMC_OK;
    llmc__ndjson reader;
    llmc__buf_init(out, SIZE_MAX);
    llmc__ndjson_init(&reader, MAX_LINE);
    for (size_t at = 0; at < len && status == LLMC_OK; step += grow) {
        size_t piece = step < len - at ? step : len - at;
        status = feed_piece(&reader, bytes + at, piece, out);
        at += piece;
    }
    if (status == LLMC_OK)
        status = llmc__ndjson_finish(&reader, write_down, out);
    must(reader.line.len <= MAX_LINE);
    llmc__ndjson_free(&reader);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    llmc__buf whole, split;
    if (size < 2)
        return 0;
    llmc_status a = read_stream(data + 2, size - 2, size, 0, &whole);
    llmc_status b = read_stream(data + 2, size - 2, (size_t)data[0] + 1, data[1] & 7, &split);
    must(a == b);
    must(whole.len == split.len && (whole.len == 0 || memcmp(whole.data, split.data, whole.len) == 0));
    llmc__buf_free(&whole);
    llmc__buf_free(&split);
    return 0;
}
