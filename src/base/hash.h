/* SipHash-2-4 keyed per process: for maps that hold text from outside. */
#ifndef LLMC_BASE_HASH_H
#define LLMC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct llmc__hash_key {
    uint64_t k0, k1;
} llmc__hash_key;

uint64_t llmc__hash_sip64(llmc__hash_key key, const void *bytes, size_t len);
void llmc__hash_sip128(llmc__hash_key key, const void *bytes, size_t len, uint64_t out[2]);

#endif
