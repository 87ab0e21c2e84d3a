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

/* The form of 128 bits of what comes in pieces; where they are cut makes no difference. */
typedef struct llmc__hash_state {
    uint64_t v0, v1, v2, v3;
    uint64_t tail; /* the bytes of a word that is not full, the first in the lowest place */
    uint64_t len;  /* so far */
} llmc__hash_state;

void llmc__hash_start(llmc__hash_state *state, llmc__hash_key key);
void llmc__hash_add(llmc__hash_state *state, const void *bytes, size_t len);
void llmc__hash_end(llmc__hash_state *state, uint64_t out[2]);

#endif
