#include "base/sha256.h"

#include <string.h>

#define BLOCK 64

/* FIPS 180-4, 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t value, unsigned by) {
    return value >> by | value << (32 - by);
}

static uint32_t read_word(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void expand(const uint8_t *block, uint32_t words[64]) {
    for (size_t i = 0; i < 16; i++)
        words[i] = read_word(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        uint32_t near = rotate(words[i - 15], 7) ^ rotate(words[i - 15], 18) ^ words[i - 15] >> 3;
        uint32_t far = rotate(words[i - 2], 17) ^ rotate(words[i - 2], 19) ^ words[i - 2] >> 10;
        words[i] = words[i - 16] + near + words[i - 7] + far;
    }
}

/* FIPS 180-4, 6.2.2. s[0..7] are its a..h. */
static void take_block(uint32_t state[8], const uint8_t *block) {
    uint32_t words[64] = {0}, s[8];
    expand(block, words);
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 64; i++) {
        uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                         ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + words[i];
        uint32_t second =
            (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += first;
        s[0] = first + second;
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += s[i];
    llmc__sha256_wipe(words, sizeof words); /* a key may have been in there */
}

void llmc__sha256_wipe(void *bytes, size_t len) {
    volatile uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        at[i] = 0;
}

void llmc__sha256_init(llmc__sha256 *hash) {
    /* FIPS 180-4, 5.3.3. */
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(hash, 0, sizeof *hash);
    memcpy(hash->state, start, sizeof start);
}

void llmc__sha256_feed(llmc__sha256 *hash, const void *bytes, size_t len) {
    const uint8_t *from = bytes;
    hash->length += len;
    while (len > 0) {
        size_t room = BLOCK - hash->used, piece = len < room ? len : room;
        if (piece == BLOCK) {
            take_block(hash->state, from);
        } else {
            memcpy(hash->block + hash->used, from, piece);
            hash->used += piece;
        }
        if (hash->used == BLOCK) {
            take_block(hash->state, hash->block);
            hash->used = 0;
        }
        from += piece;
        len -= piece;
    }
}

void llmc__sha256_end(llmc__sha256 *hash, uint8_t out[LLMC__SHA256_BYTES]) {
    static const uint8_t padding[BLOCK] = {0x80};
    uint64_t bits = hash->length * 8;
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    llmc__sha256_feed(hash, padding, 1 + (2 * BLOCK - 9 - hash->used) % BLOCK);
    llmc__sha256_feed(hash, length, sizeof length);
    for (size_t i = 0; i < LLMC__SHA256_BYTES; i++)
        out[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
    llmc__sha256_wipe(hash, sizeof *hash);
}

void llmc__sha256_of(const void *bytes, size_t len, uint8_t out[LLMC__SHA256_BYTES]) {
    llmc__sha256 hash;
    llmc__sha256_init(&hash);
    llmc__sha256_feed(&hash, bytes, len);
    llmc__sha256_end(&hash, out);
}

static void hash_keyed(const uint8_t block[BLOCK], uint8_t with, const void *bytes, size_t len,
                       uint8_t out[LLMC__SHA256_BYTES]) {
    uint8_t mixed[BLOCK];
    llmc__sha256 hash;
    for (size_t i = 0; i < BLOCK; i++)
        mixed[i] = block[i] ^ with;
    llmc__sha256_init(&hash);
    llmc__sha256_feed(&hash, mixed, sizeof mixed);
    llmc__sha256_feed(&hash, bytes, len);
    llmc__sha256_end(&hash, out);
    llmc__sha256_wipe(mixed, sizeof mixed);
}

void llmc__sha256_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
                       uint8_t out[LLMC__SHA256_BYTES]) {
    uint8_t block[BLOCK] = {0}, inner[LLMC__SHA256_BYTES];
    if (key_len > BLOCK)
        llmc__sha256_of(key, key_len, block);
    else
        memcpy(block, key, key_len);
    hash_keyed(block, 0x36, bytes, len, inner);
    hash_keyed(block, 0x5c, inner, sizeof inner, out);
    llmc__sha256_wipe(block, sizeof block);
}

void llmc__sha256_hex(const uint8_t digest[LLMC__SHA256_BYTES], char out[LLMC__SHA256_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < LLMC__SHA256_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * (size_t)LLMC__SHA256_BYTES] = '\0';
}
