/* SipHash-2-4 after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with its 128-bit form. */
#include "base/hash.h"

#include <stdbool.h>

typedef struct sip_state {
    uint64_t v0, v1, v2, v3;
} sip_state;

static uint64_t rotate(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

static void round_once(sip_state *s) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static uint64_t read_le(const unsigned char *p, size_t len) {
    uint64_t word = 0;
    size_t i;

    for (i = 0; i < len; i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static void absorb(sip_state *s, uint64_t word) {
    s->v3 ^= word;
    round_once(s);
    round_once(s);
    s->v0 ^= word;
}

static uint64_t squeeze(sip_state *s) {
    int i;

    for (i = 0; i < 4; i++)
        round_once(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static sip_state take_in(llmc__hash_key key, const unsigned char *p, size_t len, bool wide) {
    sip_state s = {key.k0 ^ 0x736f6d6570736575U, key.k1 ^ 0x646f72616e646f6dU, key.k0 ^ 0x6c7967656e657261U,
                   key.k1 ^ 0x7465646279746573U};
    size_t whole = len - len % 8;
    size_t i;

    if (wide)
        s.v1 ^= 0xee;
    for (i = 0; i < whole; i += 8)
        absorb(&s, read_le(p + i, 8));
    absorb(&s, read_le(p + i, len % 8) | (uint64_t)len << 56);
    s.v2 ^= wide ? 0xee : 0xff;
    return s;
}

uint64_t llmc__hash_sip64(llmc__hash_key key, const void *bytes, size_t len) {
    const unsigned char none = 0;
    sip_state s = take_in(key, len > 0 ? bytes : &none, len, false);

    return squeeze(&s);
}

void llmc__hash_sip128(llmc__hash_key key, const void *bytes, size_t len, uint64_t out[2]) {
    const unsigned char none = 0;
    sip_state s = take_in(key, len > 0 ? bytes : &none, len, true);

    out[0] = squeeze(&s);
    s.v1 ^= 0xdd;
    out[1] = squeeze(&s);
}
