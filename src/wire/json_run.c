#include "wire/json_run.h"

#include <stdint.h>
#include <string.h>

#ifndef __SSE2__
#define ONES  0x0101010101010101U
#define HIGHS 0x8080808080808080U
#endif

#ifdef __SSE2__

/* Sixteen bytes at a time to the next mark. */
static const char *skip_blocks(const char *p, const char *end, bool plain) {
    for (; end - p >= 16; p += 16) {
        unsigned found = llmc__json_run_marks(_mm_loadu_si128((const __m128i *)(const void *)p), plain);
        if (found != 0)
            return p + __builtin_ctz(found);
    }
    return p;
}

#else

/* Which bytes of the word equal `byte`: the high bit of each is set; bits above the first may be wrong. */
static uint64_t equal_bytes(uint64_t word, uint64_t byte) {
    uint64_t x = word ^ (ONES * byte);

    return (x - ONES) & ~x & HIGHS;
}

/* Place of the lowest byte whose high bit is set in marks. Marks above a true one may be false (borrows), below never.
 */
static size_t first_mark(uint64_t marks) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(marks) / 8;
#else
    (void)marks;
    return 0; /* the loop by bytes finds it */
#endif
}

/* The same by words of eight bytes. */
static const char *skip_blocks(const char *p, const char *end, bool plain) {
    uint64_t word, marks;

    for (; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);
        marks = equal_bytes(word, '"') | equal_bytes(word, '\\');
        if (plain)
            marks |= (word & HIGHS) | ((word - ONES * 0x20) & ~word & HIGHS);
        if (marks != 0)
            return p + first_mark(marks);
    }
    return p;
}

#endif

const char *llmc__json_run_plain(const char *p, const char *end) {
    p = skip_blocks(p, end, true);
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

const char *llmc__json_run_text(const char *p, const char *end) {
    p = skip_blocks(p, end, false);
    while (p < end && *p != '"' && *p != '\\')
        p++;
    return p;
}
