/*
 * Any split of a stream of frames gives the same frames as the whole. The first two bytes choose the split; the third
 * says whether checksums are put right first, without which hardly a damaged frame would get past them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/crc32.h"
#include "wire/eventstream.h"

#define MAX_FRAME 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
    if (!condition)
        abort();
}

static int write_down(void *ctx, const llmc__eventstream_frame *frame) {
    llmc__eventstream_header header;
    char text[8];
    size_t at = 0;
    while (llmc__eventstream_next(frame, &at, &header)) {
        must(llmc__buf_append(ctx, header.name, header.name_len) == LLMC_OK);
        must(llmc__buf_appendf(ctx, "(%d)", (int)header.type) == LLMC_OK);
        must(llmc__buf_append(ctx, header.value, header.value_len) == LLMC_OK);
    }
    must(at == frame->headers_len);
    llmc__eventstream_string(frame, ":message-type", text, sizeof text);
    must(llmc__buf_append_str(ctx, text) == LLMC_OK);
    must(llmc__buf_append(ctx, frame->payload, frame->payload_len) == LLMC_OK);
    return 0;
}

/* Each piece in memory of its own, so that reading past its end is seen. */
static llmc_status read_stream(const uint8_t *bytes, size_t len, size_t step, size_t grow, llmc__buf *out) {
    llmc_status status = LLMC_OK;
    llmc__eventstream stream;
    llmc__buf_init(out, SIZE_MAX);
    llmc__eventstream_init(&stream, MAX_FRAME);
    for (size_t at = 0, piece; at < len && status == LLMC_OK; at += piece, step += grow) {
        piece = step < len - at ? step : len - at;
        char *copy = malloc(piece);
        must(copy != NULL);
        memcpy(copy, bytes + at, piece);
        status = llmc__eventstream_feed(&stream, copy, piece, write_down, out);
        free(copy);
        must(stream.kept.len <= MAX_FRAME);
    }
    must(status == LLMC_OK || stream.fault != NULL);
    llmc__eventstream_free(&stream);
    return status;
}

static void put_u32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Keeps the lengths in reach, or the first frame would swallow all the rest. */
static void put_right(uint8_t *bytes, size_t len) {
    while (len >= 16) {
        size_t total = 16 + ((size_t)bytes[2] << 8 | bytes[3]) % (len - 15);
        put_u32(bytes, (uint32_t)total);
        if (bytes[4] < 0xf0)
            put_u32(bytes + 4, (uint32_t)(bytes[7] % (total - 15)));
        put_u32(bytes + 8, llmc__crc32(0, bytes, 8));
        put_u32(bytes + total - 4, llmc__crc32(0, bytes, total - 4));
        bytes += total;
        len -= total;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    llmc__buf whole, split;
    if (size < 3)
        return 0;
    uint8_t *bytes = malloc(size);
    must(bytes != NULL);
    memcpy(bytes, data + 3, size - 3);
    if ((data[2] & 1) != 0)
        put_right(bytes, size - 3);
    llmc_status a = read_stream(bytes, size - 3, size, 0, &whole);
    llmc_status b = read_stream(bytes, size - 3, (size_t)data[0] + 1, data[1] & 7, &split);
    must(a == b);
    must(whole.len == split.len && (whole.len == 0 || memcmp(whole.data, split.data, whole.len) == 0));
    llmc__buf_free(&whole);
    llmc__buf_free(&split);
    free(bytes);
    return 0;
}
