#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes, or the one or two that are left, as four characters. */
static void encode_group(const unsigned char *bytes, size_t count, char out[4]) {
    uint32_t bits = (uint32_t)bytes[0] << 16;
    if (count > 1)
        bits |= (uint32_t)bytes[1] << 8;
    if (count > 2)
        bits |= bytes[2];
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = count > 1 ? alphabet[bits >> 6 & 63] : '=';
    out[3] = count > 2 ? alphabet[bits & 63] : '=';
}

llmc_status llmc__base64_append(llmc__buf *out, const void *bytes, size_t len) {
    const unsigned char *from = bytes;
    size_t groups = len / 3 + (len % 3 != 0);
    llmc_status status;

    if (groups > SIZE_MAX / 4)
        return LLMC_ERR_TOO_LARGE;
    if (len == 0)
        return LLMC_OK;
    status = llmc__buf_reserve(out, groups * 4);
    if (status != LLMC_OK)
        return status;
    for (size_t i = 0; i < len; i += 3, out->len += 4)
        encode_group(from + i, len - i < 3 ? len - i : 3, out->data + out->len);
    out->data[out->len] = '\0';
    return LLMC_OK;
}

/* 64: none of the alphabet. */
static uint32_t value_of(char c) {
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : 64;
}

/* The text without its padding; false when there is more of it than the last group can have. */
static bool strip_padding(const char *text, size_t *len) {
    size_t bare = *len, pads = 0;
    while (bare > 0 && text[bare - 1] == '=') {
        bare--;
        pads++;
    }
    *len = bare;
    return bare % 4 != 1 && pads <= (4 - bare % 4) % 4;
}

/* Two to four characters as one to three bytes. */
static bool decode_group(const char *text, size_t count, unsigned char out[3]) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < count ? value_of(text[i]) : 0;
        if (value > 63)
            return false;
        bits = bits << 6 | value;
    }
    out[0] = (unsigned char)(bits >> 16);
    out[1] = (unsigned char)(bits >> 8);
    out[2] = (unsigned char)bits;
    /* RFC 4648 section 3.5: bits that belong to no byte are zero. */
    return !(count == 2 && (bits & 0xffffU) != 0) && !(count == 3 && (bits & 0xffU) != 0);
}

llmc_status llmc__base64_decode(const char *text, size_t len, llmc__buf *out) {
    size_t before = out->len;
    llmc_status status;

    if (!strip_padding(text, &len))
        return LLMC_ERR_INVALID_ARGUMENT;
    status = len > 0 ? llmc__buf_reserve(out, len / 4 * 3 + (len % 4 == 0 ? 0 : len % 4 - 1)) : LLMC_OK;
    for (size_t i = 0; i < len && status == LLMC_OK; i += 4) {
        unsigned char bytes[3];
        size_t count = len - i < 4 ? len - i : 4;
        if (!decode_group(text + i, count, bytes))
            status = LLMC_ERR_INVALID_ARGUMENT;
        else
            status = llmc__buf_append(out, bytes, count - 1);
    }
    if (status != LLMC_OK && out->data != NULL) {
        out->len = before;
        out->data[before] = '\0';
    }
    return status;
}
