/* Packing. Each text has its length before it and a NUL behind it, so that it can be used where it lies. */
#include "model/packed.h"

#include <string.h>
#include "base/str.h"
#include "base/varint.h"

typedef struct packer {
    llmc__buf *out;
    llmc_status status;
} packer;

static void put_raw(packer *p, const void *bytes, size_t len) {
    if (p->status == LLMC_OK)
        p->status = llmc__buf_append(p->out, bytes, len);
}

static void put_number(packer *p, uint64_t number) {
    unsigned char bytes[LLMC__VARINT_BYTES];
    put_raw(p, bytes, llmc__varint_put(bytes, number));
}

/* -1 for unknown is the one negative number there is. */
static void put_count(packer *p, int64_t count) {
    put_number(p, count >= 0 ? (uint64_t)count + 1 : 0);
}

static void put_bytes(packer *p, const char *bytes, size_t len) {
    put_number(p, len);
    if (len == 0)
        return;
    put_raw(p, bytes, len);
    put_raw(p, "", 1);
}

static void put_buf(packer *p, const llmc__buf *buf) {
    put_bytes(p, buf->data, buf->len);
}

/* One more than the length: absent is not empty. */
static void put_word(packer *p, const char *word) {
    put_number(p, word != NULL ? (uint64_t)strlen(word) + 1 : 0);
    if (word != NULL)
        put_raw(p, word, strlen(word) + 1);
}

/* How much the handle has to have room for. */
static void put_counts(packer *p, const llmc_response *response) {
    size_t tools = response->first.tool_count;
    for (size_t i = 0; i < response->other_count; i++)
        tools += response->others[i].tool_count;
    put_number(p, response->other_count);
    put_number(p, tools);
    put_number(p, response->opaque_count);
}

static void put_usage(packer *p, const llmc_response *response) {
    uint64_t bits;
    put_count(p, response->usage.tokens_in);
    put_count(p, response->usage.tokens_out);
    put_count(p, response->usage.total);
    put_count(p, response->usage.cached);
    put_count(p, response->usage.cache_write);
    put_count(p, response->usage.reasoning);
    put_count(p, response->usage.audio_in);
    put_count(p, response->usage.audio_cached);
    put_count(p, response->usage.audio_out);
    memcpy(&bits, &response->cost_usd, sizeof bits);
    put_number(p, response->cost_usd >= 0 ? bits + 1 : 0);
}

static void put_choice(packer *p, const llmc__choice *choice) {
    put_number(p, (uint64_t)choice->finish);
    put_word(p, choice->finish_raw);
    put_buf(p, &choice->text);
    put_buf(p, &choice->reasoning);
    put_buf(p, &choice->refusal);
    put_number(p, choice->tool_count);
    for (size_t i = 0; i < choice->tool_count; i++) {
        put_word(p, choice->tools[i].id);
        put_word(p, choice->tools[i].name);
        put_number(p, choice->tools[i].ended);
        put_buf(p, &choice->tools[i].arguments);
    }
}

static void put_opaques(packer *p, const llmc_response *response) {
    for (size_t i = 0; i < response->opaque_count; i++) {
        put_number(p, (uint64_t)response->opaques[i].kind);
        put_bytes(p, response->opaques[i].text, response->opaques[i].len);
    }
}

/* The next header behind `at` that is kept; NULL past the last. Cookies are one connection's and no concern of others.
 */
static const char *next_header(const llmc__buf *headers, const char *at, size_t *len) {
    const char *end = headers->data != NULL ? headers->data + headers->len : NULL;
    at = at != NULL ? at : headers->data;
    while (at != end) {
        const char *value = at + strlen(at) + 1;
        *len = (size_t)(value - at) + strlen(value) + 1;
        if (!llmc__str_ieq(at, "set-cookie"))
            return at;
        at += *len;
    }
    return NULL;
}

static void put_headers(packer *p, const llmc__buf *headers) {
    size_t len = 0, sum = 0;
    for (const char *at = NULL; (at = next_header(headers, at, &len)) != NULL; at += len)
        sum += len;
    put_number(p, sum);
    for (const char *at = NULL; (at = next_header(headers, at, &len)) != NULL; at += len)
        put_raw(p, at, len);
}

/* The lowest byte first, on every machine. */
static void put_bits(packer *p, uint64_t bits, size_t bytes) {
    unsigned char raw[8];
    for (size_t i = 0; i < bytes; i++)
        raw[i] = (unsigned char)(bits >> 8 * i);
    put_raw(p, raw, bytes);
}

static void put_vectors(packer *p, const llmc__result *result) {
    size_t floats = result->vector_count * result->dimensions;
    put_number(p, result->vector_count);
    put_number(p, result->vector_count > 0 ? result->dimensions : 0);
    if (p->status == LLMC_OK)
        p->status = llmc__buf_reserve(p->out, floats * 4);
    for (size_t i = 0; i < floats;) {
        unsigned char bytes[256];
        size_t len = 0;
        for (; i < floats && len < sizeof bytes; i++) {
            uint32_t bits;
            memcpy(&bits, &result->vectors[i], sizeof bits);
            for (int shift = 0; shift < 32; shift += 8)
                bytes[len++] = (unsigned char)(bits >> shift);
        }
        put_raw(p, bytes, len);
    }
}

/* Of an operation, behind all that a chat has, which has none of it. */
static void put_result(packer *p, const llmc__result *result) {
    if (result == NULL)
        return;
    put_number(p, (uint64_t)result->op);
    put_count(p, result->count);
    put_vectors(p, result);
    put_number(p, result->rank_count);
    for (size_t i = 0; i < result->rank_count; i++) {
        uint64_t bits;
        memcpy(&bits, &result->ranks[i].score, sizeof bits);
        put_number(p, result->ranks[i].index);
        put_bits(p, bits, 8);
    }
}

/* The answer of some operations is their body. */
static bool is_body(const llmc_response *response) {
    return response->result != NULL &&
           (response->result->op == LLMC__OP_MODELS || response->result->op == LLMC__OP_RAW);
}

llmc_status llmc__packed_write(const llmc_response *response, bool with_http, llmc__buf *out) {
    packer p = {out, LLMC_OK};
    put_counts(&p, response);
    put_word(&p, response->provider);
    put_word(&p, response->model);
    put_word(&p, response->id);
    put_word(&p, response->request_id);
    put_usage(&p, response);
    put_choice(&p, &response->first);
    for (size_t i = 0; i < response->other_count; i++)
        put_choice(&p, &response->others[i]);
    put_opaques(&p, response);
    put_word(&p, response->replay_origin);
    put_buf(&p, &response->replay);
    if (with_http || is_body(response)) {
        put_headers(&p, &response->headers);
        put_buf(&p, &response->raw_body);
    } else {
        put_number(&p, 0);
        put_number(&p, 0);
    }
    put_result(&p, response->result);
    return p.status;
}
