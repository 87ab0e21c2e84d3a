/* Any split of a stream gives the same events as the whole. The first two bytes choose the split. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "wire/sse.h"

#define MAX_EVENT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
    if (!condition)
        abort();
}

static int write_down(void *ctx, const llmc__sse_event *event) {
    must(strlen(event->name) < 64);
    must(llmc__buf_appendf(ctx, "%s|%zu|", event->name, event->data_len) == LLMC_OK);
    must(llmc__buf_append(ctx, event->data, event->data_len) == LLMC_OK);
    return 0;
}

/* Each piece in memory of its own, so that reading past its end is seen. */
static llmc_status feed_piece(llmc__sse *sse, const uint8_t *bytes, size_t len, llmc__buf *out) {
    char *piece = malloc(len > 0 ? len : 1);
    llmc_status status;

    must(piece != NULL);
    memcpy(piece, bytes, len);
    status = llmc__sse_feed(sse, piece, len, write_down, out);
    free(piece);
    return status;
}

static llmc_status read_stream(const uint8_t *bytes, size_t len, size_t step, size_t grow, llmc__buf *out) {
    llmc_status status = LLMC_OK;
    llmc__sse sse;
    size_t at = 0;

    llmc__buf_init(out, SIZE_MAX);
    llmc__sse_init(&sse, MAX_EVENT);
    while (at < len && status == LLMC_OK) {
        size_t piece = step < len - at ? step : len - at;
        status = feed_piece(&sse, bytes + at, piece, out);
        at += piece;
        step += grow;
    }
    if (status == LLMC_OK)
        status = llmc__sse_finish(&sse, write_down, out);
    must(sse.line.len <= MAX_EVENT && sse.data.len <= MAX_EVENT);
    llmc__sse_free(&sse);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    llmc__buf whole, split;
    llmc_status a, b;

    if (size < 2)
        return 0;
    a = read_stream(data + 2, size - 2, size, 0, &whole);
    b = read_stream(data + 2, size - 2, (size_t)data[0] + 1, data[1] & 7, &split);
    must(a == b);
    must(whole.len == split.len && (whole.len == 0 || memcmp(whole.data, split.data, whole.len) == 0));
    llmc__buf_free(&whole);
    llmc__buf_free(&split);
    return 0;
}
