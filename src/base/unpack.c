#include "base/unpack.h"

#include <stdint.h>

#define LITERALS     256
#define LENGTHS      32
#define DISTANCES    33
#define MIN_LENGTH   2
#define LONGEST_CODE 11
#define WINDOW       16 /* bits that are looked at together */
#define SYMBOL_BITS  12

typedef struct source {
    const unsigned char *bytes;
    size_t bit; /* the next one */
} source;

static uint32_t look(const source *s) {
    const unsigned char *at = s->bytes + s->bit / 8;
    uint32_t three = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
    return three >> (8 - s->bit % 8) & 0xffff;
}

static uint32_t take(source *s, unsigned count) {
    uint32_t bits = look(s) >> (WINDOW - count);
    s->bit += count;
    return bits;
}

/* For all that the next bits may be: the symbol that begins there, and above it how many bits it has. */
typedef uint16_t code[1 << LONGEST_CODE];

/* Codes of a length stand in the order of their symbols, behind those that are shorter. */
static void read_code(source *s, code c, unsigned count) {
    unsigned char lengths[LITERALS + LENGTHS + 16];
    unsigned at = 0;
    for (unsigned i = 0; i < count;) {
        unsigned length = take(s, 4), run = length ? 1 : 1 + take(s, 4);
        for (; run; run--)
            lengths[i++] = (unsigned char)length;
    }
    for (unsigned length = 1; length <= LONGEST_CODE; length++)
        for (unsigned i = 0; i < count; i++)
            for (unsigned n = lengths[i] == length ? 1u << (LONGEST_CODE - length) : 0; n; n--)
                c[at++] = (uint16_t)(i | length << SYMBOL_BITS);
}

static unsigned read_symbol(source *s, const code c) {
    unsigned entry = c[look(s) >> (WINDOW - LONGEST_CODE)];
    s->bit += entry >> SYMBOL_BITS;
    return entry & ((1u << SYMBOL_BITS) - 1);
}

static uint32_t read_number(source *s, unsigned symbol) {
    unsigned below = symbol / 2 - 1;
    return symbol < 4 ? symbol : ((2 | (symbol & 1)) << below) + take(s, below);
}

void llmc__unpack(const unsigned char *packed, unsigned char *out, size_t size) {
    source s = {packed, 0};
    code texts, distances;
    unsigned char *end = out + size;
    size_t distance = 0;
    read_code(&s, texts, LITERALS + LENGTHS);
    read_code(&s, distances, DISTANCES);
    while (out < end) {
        unsigned symbol = read_symbol(&s, texts);
        size_t length;
        if (symbol < LITERALS) {
            *out++ = (unsigned char)symbol;
            continue;
        }
        length = MIN_LENGTH + read_number(&s, symbol - LITERALS);
        symbol = read_symbol(&s, distances);
        if (symbol)
            distance = 1 + read_number(&s, symbol - 1);
        if (length > (size_t)(end - out))
            length = (size_t)(end - out);
        for (; length; length--, out++)
            *out = *(out - distance);
    }
}
