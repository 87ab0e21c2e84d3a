/*
 * Writes the parts of a key one after the other: numbers, texts, and what must not be readable. No part can be taken
 * for another or for its end. Runs for every request that may be in the cache.
 */
#ifndef LLMC_POLICY_KEY_H
#define LLMC_POLICY_KEY_H

#include "base/buf.h"
#include "base/hash.h"

/* Small pieces are gathered in `stage`; what goes over its end, and long pieces, go to `sink`. */
typedef struct llmc__key llmc__key;
struct llmc__key {
    unsigned char *stage;
    size_t staged, cap;
    size_t sunk; /* bytes given to the sink */
    void (*sink)(llmc__key *key, const void *bytes, size_t len);
    llmc__hash_key secret;
    llmc_status status; /* the first that was not LLMC_OK; what is written after it is of no use */
    /* Of one sink each: */
    llmc__buf *out;
    llmc__hash_state hash;
    const unsigned char *other; /* what is compared with; NULL: it differs */
    size_t other_len;
};

void llmc__key_flush(llmc__key *key); /* at the end: gives the sink all that is staged */
void llmc__key_raw(llmc__key *key, const void *bytes, size_t len);

/* No number is the start of another. */
void llmc__key_number(llmc__key *key, uint64_t number);
void llmc__key_signed(llmc__key *key, int64_t number);

/* One more than the length and the bytes: absent (NULL) is not empty. */
void llmc__key_bytes(llmc__key *key, const char *bytes, size_t len);
void llmc__key_text(llmc__key *key, const char *text);

/* In place of a text its hash: two hashes of 128 bits are as good as equal texts, and cannot be read back. */
void llmc__key_secret(llmc__key *key, const char *text);

#endif
