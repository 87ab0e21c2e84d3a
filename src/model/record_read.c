/*
 * Reading of records. Even with the right hash nothing is believed, as a store without a secret can be written to by
 * anybody: lengths against what is left, counts against their limits, words against NUL bytes inside.
 */
#include <string.h>
#include "base/mem.h"
#include "model/record_form.h"

#define MAX_TOOLS 1024

typedef struct reader {
    const unsigned char *at, *end;
    size_t max_bytes;
    llmc_status status; /* the first that was not LLMC_OK; everything reads as nothing after it */
} reader;

static void fail(reader *r, llmc_status status) {
    if (r->status == LLMC_OK)
        r->status = status;
    r->at = r->end;
}

static uint64_t get_number(reader *r) {
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        unsigned char byte = *r->at++;
        if (shift == 63 && byte > 1)
            break;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    fail(r, LLMC_ERR_BAD_RESPONSE);
    return 0;
}

/* A count of things of which each takes at least a byte. */
static size_t get_size(reader *r, size_t most) {
    uint64_t size = get_number(r);
    if (size > most || size > (uint64_t)(r->end - r->at)) {
        fail(r, LLMC_ERR_BAD_RESPONSE);
        return 0;
    }
    return (size_t)size;
}

static int64_t get_count(reader *r) {
    uint64_t count = get_number(r);
    if (count <= (uint64_t)INT64_MAX + 1)
        return count > 0 ? (int64_t)(count - 1) : -1;
    fail(r, LLMC_ERR_BAD_RESPONSE);
    return -1;
}

static const char *get_bytes(reader *r, size_t *len) {
    const char *bytes;
    *len = get_size(r, SIZE_MAX);
    bytes = (const char *)r->at;
    r->at += *len;
    return bytes;
}

static void get_buf(reader *r, llmc__buf *buf) {
    size_t len;
    const char *bytes = get_bytes(r, &len);
    if (len > r->max_bytes) {
        fail(r, LLMC_ERR_TOO_LARGE);
        return;
    }
    if (len == 0)
        return;
    buf->data = llmc__mem_strndup(bytes, len);
    if (buf->data == NULL) {
        fail(r, LLMC_ERR_NO_MEMORY);
        return;
    }
    buf->len = len;
    buf->cap = len + 1;
}

/* NULL for an absent one. The text itself is lent, not terminated. */
static const char *get_word(reader *r, size_t *len) {
    uint64_t size = get_number(r);
    const char *word = (const char *)r->at;
    *len = 0;
    if (size == 0)
        return NULL;
    if (size - 1 > (uint64_t)(r->end - r->at) || memchr(word, '\0', (size_t)(size - 1)) != NULL) {
        fail(r, LLMC_ERR_BAD_RESPONSE);
        return NULL;
    }
    *len = (size_t)(size - 1);
    r->at += *len;
    return word;
}

static void get_text(reader *r, char **slot) {
    size_t len;
    const char *word = get_word(r, &len);
    if (word == NULL)
        return;
    *slot = llmc__mem_strndup(word, len);
    if (*slot == NULL)
        fail(r, LLMC_ERR_NO_MEMORY);
}

static void get_life(reader *r, llmc__record_life *life) {
    life->written_ms = get_count(r);
    life->ttl_us = get_count(r);
    life->stale_us = get_count(r);
    life->error_us = get_count(r);
    life->delta_us = get_count(r);
}

static void get_usage(reader *r, llmc_response *response) {
    uint64_t bits;
    response->usage.tokens_in = get_count(r);
    response->usage.tokens_out = get_count(r);
    response->usage.total = get_count(r);
    response->usage.cached = get_count(r);
    response->usage.cache_write = get_count(r);
    response->usage.reasoning = get_count(r);
    bits = get_number(r);
    memcpy(&response->cost_usd, &bits, sizeof bits);
    if (!(response->cost_usd >= 0)) /* NaN too */
        response->cost_usd = -1.0;
}

static void get_tools(reader *r, llmc__choice *choice) {
    size_t count = get_size(r, MAX_TOOLS);
    if (count == 0)
        return;
    choice->tools = llmc__mem_calloc(count, sizeof *choice->tools);
    if (choice->tools == NULL) {
        fail(r, LLMC_ERR_NO_MEMORY);
        return;
    }
    choice->tool_cap = choice->tool_count = count;
    for (size_t i = 0; i < count; i++) {
        llmc__tool_call *tool = &choice->tools[i];
        llmc__buf_init(&tool->arguments, r->max_bytes);
        get_text(r, &tool->id);
        get_text(r, &tool->name);
        tool->ended = get_number(r) != 0;
        get_buf(r, &tool->arguments);
    }
}

static void get_choice(reader *r, llmc__choice *choice) {
    uint64_t finish = get_number(r);
    choice->finish = finish <= LLMC_FINISH_OTHER ? (llmc_finish_reason)finish : LLMC_FINISH_OTHER;
    get_text(r, &choice->finish_raw);
    get_buf(r, &choice->text);
    get_buf(r, &choice->reasoning);
    get_buf(r, &choice->refusal);
    get_tools(r, choice);
}

static void get_choices(reader *r, llmc_response *response) {
    size_t others = get_size(r, LLMC__MAX_CHOICES - 1);
    if (others > 0 && llmc__response_choice(response, others) == NULL)
        fail(r, LLMC_ERR_NO_MEMORY);
    get_choice(r, &response->first);
    for (size_t i = 0; i < response->other_count; i++)
        get_choice(r, &response->others[i]);
}

static void get_opaque(reader *r, llmc_response *response) {
    uint64_t kind = get_number(r);
    llmc_event event = {.kind = (llmc_event_kind)(kind <= LLMC_EVENT_LOGPROBS ? kind : 0)};
    event.text = get_bytes(r, &event.text_len);
    if (r->status != LLMC_OK)
        return;
    switch (event.kind) {
    case LLMC_EVENT_SIGNATURE:
    case LLMC_EVENT_REDACTED:
    case LLMC_EVENT_CITATION:
    case LLMC_EVENT_LOGPROBS: {
        llmc_status status = llmc__response_fold(response, &event);
        if (status != LLMC_OK)
            fail(r, status);
        break;
    }
    default:
        fail(r, LLMC_ERR_BAD_RESPONSE);
    }
}

static void get_headers(reader *r, llmc_response *response) {
    size_t name_len, value_len;
    for (const char *name; (name = get_word(r, &name_len)) != NULL;) {
        const char *value = get_word(r, &value_len);
        llmc_status status = LLMC_ERR_BAD_RESPONSE;
        if (value != NULL)
            status = llmc__response_add_header(response, name, name_len, value, value_len);
        if (status != LLMC_OK)
            fail(r, status);
    }
}

static uint64_t get_word_of(reader *r, int bytes) {
    uint64_t word = 0;
    for (int i = 0; i < bytes && r->at < r->end; i++)
        word |= (uint64_t)*r->at++ << 8 * i;
    return word;
}

/* Room for `count` things of which each takes so many bytes of the record; NULL where there are none, or it failed. */
static void *get_room(reader *r, size_t count, size_t size, size_t bytes) {
    void *room;
    if (count == 0)
        return NULL;
    if (count > (size_t)(r->end - r->at) / bytes || count > r->max_bytes / size) {
        fail(r, LLMC_ERR_BAD_RESPONSE);
        return NULL;
    }
    room = llmc__mem_calloc(count, size);
    if (room == NULL)
        fail(r, LLMC_ERR_NO_MEMORY);
    return room;
}

static void get_vectors(reader *r, llmc__result *result) {
    size_t count = get_size(r, SIZE_MAX), dimensions = get_size(r, SIZE_MAX);
    if (dimensions > 0 && count > SIZE_MAX / dimensions)
        fail(r, LLMC_ERR_BAD_RESPONSE);
    result->vectors = r->status == LLMC_OK ? get_room(r, count * dimensions, sizeof(float), 4) : NULL;
    if (result->vectors == NULL)
        return;
    result->vector_count = count;
    result->dimensions = dimensions;
    for (size_t i = 0; i < count * dimensions; i++) {
        uint32_t bits = (uint32_t)get_word_of(r, 4);
        memcpy(&result->vectors[i], &bits, sizeof bits);
    }
}

static void get_ranks(reader *r, llmc__result *result) {
    size_t count = get_size(r, SIZE_MAX);
    result->ranks = get_room(r, count, sizeof *result->ranks, 9);
    result->rank_count = result->ranks != NULL ? count : 0;
    for (size_t i = 0; i < result->rank_count; i++) {
        uint64_t index = get_number(r), bits = get_word_of(r, 8);
        result->ranks[i].index = (size_t)index;
        memcpy(&result->ranks[i].score, &bits, sizeof bits);
    }
}

/* Records of chats end before. */
static void get_result(reader *r, llmc_response *response) {
    uint64_t op;
    if (r->at == r->end)
        return;
    op = get_number(r);
    if (op == LLMC__OP_CHAT || op >= LLMC__OP_KINDS) {
        fail(r, LLMC_ERR_BAD_RESPONSE);
        return;
    }
    response->result = llmc__result_new((llmc__op)op);
    if (response->result == NULL) {
        fail(r, LLMC_ERR_NO_MEMORY);
        return;
    }
    response->result->count = get_count(r);
    get_vectors(r, response->result);
    get_ranks(r, response->result);
}

static void get_answer(reader *r, llmc_response *response) {
    size_t opaques;
    get_text(r, &response->provider);
    get_text(r, &response->model);
    get_text(r, &response->id);
    get_text(r, &response->request_id);
    get_usage(r, response);
    get_choices(r, response);
    opaques = get_size(r, LLMC__MAX_OPAQUES);
    for (size_t i = 0; i < opaques && r->status == LLMC_OK; i++)
        get_opaque(r, response);
    get_text(r, &response->replay_origin);
    get_buf(r, &response->replay);
    get_headers(r, response);
    get_buf(r, &response->raw_body);
    get_result(r, response);
    if (r->at != r->end)
        fail(r, LLMC_ERR_BAD_RESPONSE);
}

static bool is_record(const char *bytes, size_t len, const llmc__record_key *key) {
    uint8_t hash[16];
    if (len < LLMC__RECORD_HEAD || memcmp(bytes, LLMC__RECORD_MAGIC, 7) != 0 || bytes[7] != LLMC__RECORD_VERSION)
        return false;
    llmc__record_hash(bytes, len, key, hash);
    return memcmp(hash, bytes + 8, sizeof hash) == 0;
}

llmc_status llmc__record_read(const void *bytes, size_t len, const llmc__record_key *key, size_t max_bytes,
                              llmc__record_life *life, llmc_response **out) {
    reader r = {.max_bytes = max_bytes, .status = LLMC_OK};
    llmc_response *response;
    *out = NULL;
    *life = (llmc__record_life){0};
    if (!is_record(bytes, len, key))
        return LLMC_ERR_BAD_RESPONSE;
    response = llmc__response_new(max_bytes);
    if (response == NULL)
        return LLMC_ERR_NO_MEMORY;
    r.at = (const unsigned char *)bytes + LLMC__RECORD_HEAD;
    r.end = (const unsigned char *)bytes + len;
    get_life(&r, life);
    get_answer(&r, response);
    if (r.status != LLMC_OK) {
        llmc__response_unref(response);
        return r.status;
    }
    response->from_cache = true;
    *out = response;
    return LLMC_OK;
}
