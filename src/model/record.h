/*
 * An answer as bytes, for stores outside of the process. A record carries a version and a hash that covers every bit of
 * it and the key it was written for: what was damaged, cut, swapped with another or written by another release is no
 * record. Read as what it is, input from outside: nothing in it is believed.
 */
#ifndef LLMC_MODEL_RECORD_H
#define LLMC_MODEL_RECORD_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "model/response.h"

/* Under what a record is kept. */
typedef struct llmc__record_key {
    uint8_t bytes[LLMC__SHA256_BYTES];
    llmc__hash_key check; /* keys the record's hash */
} llmc__record_key;

/*
 * From the bytes of the cache's key. `secret` is what all that share the store know, and others do not (it makes the
 * record's hash one that nobody else can write); NULL: the hash only finds damage.
 */
void llmc__record_key_make(const void *bytes, size_t len, const char *secret, llmc__record_key *out);

/* How long it counts, as llmc__cache_life; when it was written, by the wall clock. */
typedef struct llmc__record_life {
    int64_t written_ms; /* since 1970 */
    int64_t ttl_us, stale_us, error_us, delta_us;
} llmc__record_life;

/*
 * Replaces what `out` holds. For what is kept see packed.h. LLMC_OK, NO_MEMORY, TOO_LARGE (of out's maximum),
 * UNSUPPORTED: an answer of an operation that no store is to keep, such as a list of models.
 */
llmc_status llmc__record_write(const llmc_response *response, bool with_http, const llmc__record_life *life,
                               const llmc__record_key *key, llmc__buf *out);

/*
 * The answer of a record: a new response with max_bytes as its bound, marked from_cache. LLMC_OK; BAD_RESPONSE: it is
 * no record of this key and version; TOO_LARGE: of max_bytes; NO_MEMORY. *out is NULL then.
 */
llmc_status llmc__record_read(const void *bytes, size_t len, const llmc__record_key *key, size_t max_bytes,
                              llmc__record_life *life, llmc_response **out);

/* The head of a record and the hash; for tests, which make records that the writer would not. */
#define LLMC__RECORD_HEAD 24
void llmc__record_seal(char *record, size_t len, const llmc__record_key *key);

#endif
