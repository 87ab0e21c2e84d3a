/* Numbers in as few bytes as they need: seven bits a byte, the lowest first, the top bit of each but the last set. */
#ifndef LLMC_BASE_VARINT_H
#define LLMC_BASE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LLMC__VARINT_BYTES 10 /* of the longest */

/* How many bytes were written. */
static inline size_t llmc__varint_put(unsigned char *out, uint64_t number) {
    size_t len = 0;
    for (; number >= 0x80; number >>= 7)
        out[len++] = (unsigned char)(number | 0x80);
    out[len++] = (unsigned char)number;
    return len;
}

/* Reads one and moves *at behind it; false, and *at may be anywhere up to `end`: there is no whole number. */
static inline bool llmc__varint_get(const unsigned char **at, const unsigned char *end, uint64_t *number) {
    *number = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        if (shift == 63 && byte > 1)
            return false;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

#endif
