/* SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104): for request signatures, so that no crypto library is needed. */
#ifndef LLMC_BASE_SHA256_H
#define LLMC_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define LLMC__SHA256_BYTES     32
#define LLMC__SHA256_HEX_BYTES 65 /* with its end */

typedef struct llmc__sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes fed */
    uint8_t block[64];
    size_t used; /* bytes of block */
} llmc__sha256;

void llmc__sha256_init(llmc__sha256 *hash);
void llmc__sha256_feed(llmc__sha256 *hash, const void *bytes, size_t len);
void llmc__sha256_end(llmc__sha256 *hash, uint8_t out[LLMC__SHA256_BYTES]); /* and wipes the state */

void llmc__sha256_of(const void *bytes, size_t len, uint8_t out[LLMC__SHA256_BYTES]);
void llmc__sha256_hmac(const void *key, size_t key_len, const void *bytes, size_t len, uint8_t out[LLMC__SHA256_BYTES]);

/* Lower-case hexadecimal, terminated. */
void llmc__sha256_hex(const uint8_t digest[LLMC__SHA256_BYTES], char out[LLMC__SHA256_HEX_BYTES]);

/* Overwrites memory that held a key, in a way the compiler does not leave out. */
void llmc__sha256_wipe(void *bytes, size_t len);

#endif
