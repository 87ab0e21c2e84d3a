/* Records: a head with version and hash, how long it counts, and the packed answer. */
#include "model/record.h"

#include <string.h>
#include "base/mem.h"
#include "base/varint.h"
#include "model/packed.h"

#define MAGIC   "LLMCrec" /* 7 bytes; the eighth is the version */
#define VERSION 2

/* Not secret: they only keep hashes of one use from being good for another. */
static const char key_label[] = "llmclient cache key", check_label[] = "llmclient cache record";

static uint64_t word_of(const uint8_t *bytes) {
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | bytes[i];
    return word;
}

void llmc__record_key_make(const void *bytes, size_t len, const char *secret, llmc__record_key *out) {
    const char *known = secret != NULL ? secret : "";
    uint8_t derived[LLMC__SHA256_BYTES];
    llmc__sha256_hmac(known, strlen(known), key_label, sizeof key_label, derived);
    llmc__sha256_hmac(derived, sizeof derived, bytes, len, out->bytes);
    llmc__sha256_hmac(known, strlen(known), check_label, sizeof check_label, derived);
    out->check = (llmc__hash_key){word_of(derived), word_of(derived + 8)};
    llmc__sha256_wipe(derived, sizeof derived);
}

/* The key and the length go into the hash's own key, so that the record need not be copied to hash all three. */
static void hash_of(const char *record, size_t len, const llmc__record_key *key, uint8_t out[16]) {
    uint64_t of_key[2], of_record[2];
    llmc__hash_key bound;
    llmc__hash_sip128(key->check, key->bytes, sizeof key->bytes, of_key);
    bound = (llmc__hash_key){of_key[0] ^ (uint64_t)len, of_key[1] ^ (uint64_t)(unsigned char)record[7] << 56};
    llmc__hash_sip128(bound, record + LLMC__RECORD_HEAD, len - LLMC__RECORD_HEAD, of_record);
    for (size_t i = 0; i < 16; i++)
        out[i] = (uint8_t)(of_record[i / 8] >> 8 * (i % 8));
}

/* Magic, version, hash; then what it holds. */
void llmc__record_seal(char *record, size_t len, const llmc__record_key *key) {
    static const char magic[] = MAGIC;
    for (size_t i = 0; i < 7; i++)
        record[i] = magic[i];
    record[7] = VERSION;
    hash_of(record, len, key, (uint8_t *)record + 8);
}

/* ---- how long it counts ---- */

/* Counts of at least 0, or -1. */
static llmc_status put_life(llmc__buf *out, const llmc__record_life *life) {
    const int64_t counts[] = {life->written_ms, life->ttl_us, life->stale_us, life->error_us, life->delta_us};
    unsigned char bytes[5 * LLMC__VARINT_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < 5; i++)
        len += llmc__varint_put(bytes + len, counts[i] >= 0 ? (uint64_t)counts[i] + 1 : 0);
    return llmc__buf_append(out, bytes, len);
}

/* False: that is no life. */
static bool get_life(const unsigned char **at, const unsigned char *end, llmc__record_life *life) {
    int64_t *const counts[] = {&life->written_ms, &life->ttl_us, &life->stale_us, &life->error_us, &life->delta_us};
    for (size_t i = 0; i < 5; i++) {
        uint64_t count;
        if (!llmc__varint_get(at, end, &count) || count > (uint64_t)INT64_MAX + 1)
            return false;
        *counts[i] = count > 0 ? (int64_t)(count - 1) : -1;
    }
    return true;
}

/* ---- records ---- */

static bool has_record(const llmc_response *response) {
    return response->result == NULL || response->result->op == LLMC__OP_EMBED ||
           response->result->op == LLMC__OP_RERANK || response->result->op == LLMC__OP_COUNT_TOKENS;
}

llmc_status llmc__record_write(const llmc_response *response, bool with_http, const llmc__record_life *life,
                               const llmc__record_key *key, llmc__buf *out) {
    static const char head[LLMC__RECORD_HEAD];
    llmc_status status;
    llmc__buf_clear(out);
    if (!has_record(response))
        return LLMC_ERR_UNSUPPORTED;
    status = llmc__buf_append(out, head, sizeof head);
    if (status == LLMC_OK)
        status = put_life(out, life);
    if (status == LLMC_OK)
        status = llmc__packed_write(response, with_http, out);
    if (status == LLMC_OK)
        llmc__record_seal(out->data, out->len, key);
    return status;
}

static bool is_record(const char *bytes, size_t len, const llmc__record_key *key) {
    uint8_t hash[16];
    if (len < LLMC__RECORD_HEAD || memcmp(bytes, MAGIC, 7) != 0 || bytes[7] != VERSION)
        return false;
    hash_of(bytes, len, key, hash);
    return memcmp(hash, bytes + 8, sizeof hash) == 0;
}

llmc_status llmc__record_read(const void *bytes, size_t len, const llmc__record_key *key, size_t max_bytes,
                              llmc__record_life *life, llmc_response **out) {
    const unsigned char *at = bytes, *end = at + len;
    llmc_status status;
    char *own;
    *out = NULL;
    *life = (llmc__record_life){0};
    if (!is_record(bytes, len, key))
        return LLMC_ERR_BAD_RESPONSE;
    at += LLMC__RECORD_HEAD;
    if (!get_life(&at, end, life))
        return LLMC_ERR_BAD_RESPONSE;
    len = (size_t)(end - at);
    own = llmc__mem_alloc(len);
    if (own == NULL)
        return LLMC_ERR_NO_MEMORY;
    memcpy(own, at, len);
    status = llmc__packed_read(own, len, max_bytes, own, llmc__mem_free, out);
    if (status != LLMC_OK)
        llmc__mem_free(own);
    return status;
}
