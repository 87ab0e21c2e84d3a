/* SipHash-2-4 after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with its 128-bit form. */
#include "base/hash.h"

#include <stdbool.h>

/* What is used up in each word of each hash must not be a call. */
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

INLINE uint64_t rotate(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

INLINE void round_once(llmc__hash_state *s) {
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

/* Written so that compilers make one load of it. */
INLINE uint64_t read_word(const unsigned char *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

INLINE uint64_t read_half(const unsigned char *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

/* Less than a word: from both ends, whose bytes agree where they overlap. */
INLINE uint64_t read_part(const unsigned char *p, size_t len) {
    if (len >= 4)
        return read_half(p) | read_half(p + len - 4) << (8 * (len - 4));
    if (len == 0)
        return 0;
    return (uint64_t)p[0] | (uint64_t)p[len / 2] << (8 * (len / 2)) | (uint64_t)p[len - 1] << (8 * (len - 1));
}

INLINE void absorb(llmc__hash_state *s, uint64_t word) {
    s->v3 ^= word;
    round_once(s);
    round_once(s);
    s->v0 ^= word;
}

static uint64_t squeeze(llmc__hash_state *s) {
    for (int i = 0; i < 4; i++)
        round_once(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static void start(llmc__hash_state *s, llmc__hash_key key, bool wide) {
    *s = (llmc__hash_state){key.k0 ^ 0x736f6d6570736575U,
                            key.k1 ^ 0x646f72616e646f6dU,
                            key.k0 ^ 0x6c7967656e657261U,
                            key.k1 ^ 0x7465646279746573U,
                            0,
                            0};
    if (wide)
        s->v1 ^= 0xee;
}

/* Whole words, in registers. */
static const unsigned char *add_words(llmc__hash_state *state, const unsigned char *p, size_t len) {
    const unsigned char *end = p + (len - len % 8);
    llmc__hash_state s = *state;

    for (; p != end; p += 8)
        absorb(&s, read_word(p));
    *state = s;
    return p;
}

static void add(llmc__hash_state *s, const unsigned char *p, size_t len) {
    size_t held = s->len % 8;

    s->len += len;
    if (held > 0) {
        size_t more = len < 8 - held ? len : 8 - held;
        s->tail |= read_part(p, more) << (8 * held);
        if (held + more < 8)
            return;
        absorb(s, s->tail);
        p += more;
        len -= more;
    }
    p = add_words(s, p, len);
    s->tail = read_part(p, len % 8);
}

static void finish(llmc__hash_state *s, bool wide) {
    absorb(s, s->tail | s->len << 56);
    s->v2 ^= wide ? 0xee : 0xff;
}

uint64_t llmc__hash_sip64(llmc__hash_key key, const void *bytes, size_t len) {
    llmc__hash_state s;

    start(&s, key, false);
    if (len > 0)
        add(&s, bytes, len);
    finish(&s, false);
    return squeeze(&s);
}

void llmc__hash_start(llmc__hash_state *state, llmc__hash_key key) {
    start(state, key, true);
}

void llmc__hash_add(llmc__hash_state *state, const void *bytes, size_t len) {
    if (len > 0)
        add(state, bytes, len);
}

void llmc__hash_end(llmc__hash_state *state, uint64_t out[2]) {
    finish(state, true);
    out[0] = squeeze(state);
    state->v1 ^= 0xdd;
    out[1] = squeeze(state);
}

void llmc__hash_sip128(llmc__hash_key key, const void *bytes, size_t len, uint64_t out[2]) {
    llmc__hash_state s;

    llmc__hash_start(&s, key);
    llmc__hash_add(&s, bytes, len);
    llmc__hash_end(&s, out);
}
