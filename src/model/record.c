/* Writing of records, their head and hash. */
#include "model/record.h"

#include <string.h>
#include "base/str.h"
#include "model/record_form.h"

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
void llmc__record_hash(const char *record, size_t len, const llmc__record_key *key, uint8_t out[16]) {
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
    static const char magic[] = LLMC__RECORD_MAGIC;
    for (size_t i = 0; i < 7; i++)
        record[i] = magic[i];
    record[7] = LLMC__RECORD_VERSION;
    llmc__record_hash(record, len, key, (uint8_t *)record + 8);
}

typedef struct writer {
    llmc__buf *out;
    llmc_status status;
} writer;

static void put_raw(writer *w, const void *bytes, size_t len) {
    if (w->status == LLMC_OK)
        w->status = llmc__buf_append(w->out, bytes, len);
}

/* Seven bits a byte, lowest first. */
static void put_number(writer *w, uint64_t number) {
    unsigned char bytes[10];
    size_t len = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[len++] = (unsigned char)(number | 0x80);
    bytes[len++] = (unsigned char)number;
    put_raw(w, bytes, len);
}

/* -1 for unknown is the one negative number there is. */
static void put_count(writer *w, int64_t count) {
    put_number(w, count >= 0 ? (uint64_t)count + 1 : 0);
}

static void put_bytes(writer *w, const char *bytes, size_t len) {
    put_number(w, len);
    put_raw(w, bytes, len);
}

static void put_buf(writer *w, const llmc__buf *buf) {
    put_bytes(w, buf->data, buf->len);
}

/* One more than the length: absent is not empty. */
static void put_text(writer *w, const char *text) {
    put_number(w, text != NULL ? (uint64_t)strlen(text) + 1 : 0);
    if (text != NULL)
        put_raw(w, text, strlen(text));
}

static void put_life(writer *w, const llmc__record_life *life) {
    put_count(w, life->written_ms);
    put_count(w, life->ttl_us);
    put_count(w, life->stale_us);
    put_count(w, life->error_us);
    put_count(w, life->delta_us);
}

static void put_usage(writer *w, const llmc_response *response) {
    uint64_t bits;
    put_count(w, response->usage.tokens_in);
    put_count(w, response->usage.tokens_out);
    put_count(w, response->usage.total);
    put_count(w, response->usage.cached);
    put_count(w, response->usage.cache_write);
    put_count(w, response->usage.reasoning);
    memcpy(&bits, &response->cost_usd, sizeof bits);
    put_number(w, bits);
}

static void put_choice(writer *w, const llmc__choice *choice) {
    put_number(w, (uint64_t)choice->finish);
    put_text(w, choice->finish_raw);
    put_buf(w, &choice->text);
    put_buf(w, &choice->reasoning);
    put_buf(w, &choice->refusal);
    put_number(w, choice->tool_count);
    for (size_t i = 0; i < choice->tool_count; i++) {
        put_text(w, choice->tools[i].id);
        put_text(w, choice->tools[i].name);
        put_number(w, choice->tools[i].ended);
        put_buf(w, &choice->tools[i].arguments);
    }
}

static void put_opaques(writer *w, const llmc_response *response) {
    put_number(w, response->opaque_count);
    for (size_t i = 0; i < response->opaque_count; i++) {
        put_number(w, (uint64_t)response->opaques[i].kind);
        put_bytes(w, response->opaques[i].text, response->opaques[i].len);
    }
}

/* Cookies are for one connection and no concern of others. */
static void put_headers(writer *w, const llmc__buf *headers) {
    const char *at = headers->data, *end = at != NULL ? at + headers->len : NULL;
    while (at != end) {
        const char *value = at + strlen(at) + 1;
        if (!llmc__str_ieq(at, "set-cookie")) {
            put_text(w, at);
            put_text(w, value);
        }
        at = value + strlen(value) + 1;
    }
    put_text(w, NULL);
}

static void put_word(writer *w, uint64_t word, int bytes) {
    char raw[8];
    for (int i = 0; i < bytes; i++)
        raw[i] = (char)(word >> 8 * i & 255);
    put_raw(w, raw, (size_t)bytes);
}

/* Of an operation, behind all that a chat has, which has none of it. Floats are written alike by every machine. */
static void put_result(writer *w, const llmc__result *result) {
    uint64_t bits = 0;
    uint32_t narrow = 0;
    if (result == NULL)
        return;
    put_number(w, (uint64_t)result->op);
    put_count(w, result->count);
    put_number(w, result->vector_count);
    put_number(w, result->vector_count > 0 ? result->dimensions : 0);
    for (size_t i = 0; i < result->vector_count * result->dimensions; i++) {
        memcpy(&narrow, &result->vectors[i], sizeof narrow);
        put_word(w, narrow, 4);
    }
    put_number(w, result->rank_count);
    for (size_t i = 0; i < result->rank_count; i++) {
        put_number(w, result->ranks[i].index);
        memcpy(&bits, &result->ranks[i].score, sizeof bits);
        put_word(w, bits, 8);
    }
}

static bool has_record(const llmc_response *response) {
    return response->result == NULL || response->result->op == LLMC__OP_EMBED ||
           response->result->op == LLMC__OP_RERANK || response->result->op == LLMC__OP_COUNT_TOKENS;
}

static void put_answer(writer *w, const llmc_response *response) {
    put_text(w, response->provider);
    put_text(w, response->model);
    put_text(w, response->id);
    put_text(w, response->request_id);
    put_usage(w, response);
    put_number(w, response->other_count);
    put_choice(w, &response->first);
    for (size_t i = 0; i < response->other_count; i++)
        put_choice(w, &response->others[i]);
    put_opaques(w, response);
    put_text(w, response->replay_origin);
    put_buf(w, &response->replay);
    put_headers(w, &response->headers);
    put_buf(w, &response->raw_body);
    put_result(w, response->result);
}

llmc_status llmc__record_write(const llmc_response *response, const llmc__record_life *life,
                               const llmc__record_key *key, llmc__buf *out) {
    static const char head[LLMC__RECORD_HEAD];
    writer w = {out, LLMC_OK};
    llmc__buf_clear(out);
    if (!has_record(response))
        return LLMC_ERR_UNSUPPORTED;
    put_raw(&w, head, sizeof head);
    put_life(&w, life);
    put_answer(&w, response);
    if (w.status == LLMC_OK)
        llmc__record_seal(out->data, out->len, key);
    return w.status;
}
