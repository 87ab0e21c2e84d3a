/*
 * Unpacking without copying. Also read from stores that anybody may have written to: lengths are held against what is
 * left, counts against their limits and against what the handle was given room for, words against NUL bytes inside.
 */
#include <string.h>
#include "base/mem.h"
#include "base/varint.h"
#include "model/packed.h"

#define MAX_TOOLS 1024 /* of a choice */

typedef struct unpacker {
    const unsigned char *at, *end;
    size_t max_bytes;
    llmc_status status; /* the first that was not LLMC_OK; everything reads as nothing after it */
    /* Room behind the handle that was not given out yet. */
    llmc__tool_call *tools;
    size_t tools_left;
} unpacker;

static void fail(unpacker *u, llmc_status status) {
    if (u->status == LLMC_OK)
        u->status = status;
    u->at = u->end;
}

/* Most are small. */
static inline uint64_t get_number(unpacker *u) {
    uint64_t number;
    if (u->at < u->end && *u->at < 0x80)
        return *u->at++;
    if (llmc__varint_get(&u->at, u->end, &number))
        return number;
    fail(u, LLMC_ERR_BAD_RESPONSE);
    return 0;
}

/* A count of things of which each takes at least a byte. */
static size_t get_size(unpacker *u, size_t most) {
    uint64_t size = get_number(u);
    if (size <= most && size <= (uint64_t)(u->end - u->at))
        return (size_t)size;
    fail(u, LLMC_ERR_BAD_RESPONSE);
    return 0;
}

static int64_t get_count(unpacker *u) {
    uint64_t count = get_number(u);
    if (count <= (uint64_t)INT64_MAX + 1)
        return count > 0 ? (int64_t)(count - 1) : -1;
    fail(u, LLMC_ERR_BAD_RESPONSE);
    return -1;
}

/* The text where it lies, never NULL for one that has a length; it is only read from here on. */
static char *get_bytes(unpacker *u, size_t *len) {
    char *bytes;
    *len = get_size(u, SIZE_MAX);
    if (*len == 0)
        return NULL;
    bytes = (char *)(uintptr_t)u->at;
    if (*len == (size_t)(u->end - u->at) || bytes[*len] != '\0') {
        fail(u, LLMC_ERR_BAD_RESPONSE);
        *len = 0;
        return NULL;
    }
    u->at += *len + 1;
    return bytes;
}

static void get_buf(unpacker *u, llmc__buf *buf) {
    size_t len;
    char *bytes = get_bytes(u, &len);
    if (len > u->max_bytes) {
        fail(u, LLMC_ERR_TOO_LARGE);
        return;
    }
    buf->data = bytes;
    buf->len = len;
    buf->cap = bytes != NULL ? len + 1 : 0;
}

/* NULL for an absent one. */
static char *get_word(unpacker *u) {
    uint64_t size = get_number(u);
    char *word = (char *)(uintptr_t)u->at;
    if (size == 0)
        return NULL;
    if (size > (uint64_t)(u->end - u->at) || memchr(word, '\0', (size_t)size) != word + size - 1) {
        fail(u, LLMC_ERR_BAD_RESPONSE);
        return NULL;
    }
    u->at += size;
    return word;
}

static void get_usage(unpacker *u, llmc_response *response) {
    uint64_t bits;
    response->usage.tokens_in = get_count(u);
    response->usage.tokens_out = get_count(u);
    response->usage.total = get_count(u);
    response->usage.cached = get_count(u);
    response->usage.cache_write = get_count(u);
    response->usage.reasoning = get_count(u);
    response->usage.audio_in = get_count(u);
    response->usage.audio_cached = get_count(u);
    response->usage.audio_out = get_count(u);
    bits = get_number(u);
    if (bits-- > 0)
        memcpy(&response->cost_usd, &bits, sizeof bits);
    if (!(response->cost_usd >= 0)) /* NaN too */
        response->cost_usd = -1.0;
}

static void get_tools(unpacker *u, llmc__choice *choice) {
    size_t count = get_size(u, MAX_TOOLS);
    if (count > u->tools_left) {
        fail(u, LLMC_ERR_BAD_RESPONSE);
        return;
    }
    choice->tools = count > 0 ? u->tools : NULL;
    choice->tool_cap = choice->tool_count = count;
    u->tools += count;
    u->tools_left -= count;
    for (size_t i = 0; i < count; i++) {
        llmc__tool_call *tool = &choice->tools[i];
        tool->id = get_word(u);
        tool->name = get_word(u);
        tool->ended = get_number(u) != 0;
        get_buf(u, &tool->arguments);
    }
}

static void get_choice(unpacker *u, llmc__choice *choice) {
    uint64_t finish = get_number(u);
    choice->finish = finish <= LLMC_FINISH_OTHER ? (llmc_finish_reason)finish : LLMC_FINISH_OTHER;
    choice->finish_raw = get_word(u);
    get_buf(u, &choice->text);
    get_buf(u, &choice->reasoning);
    get_buf(u, &choice->refusal);
    get_tools(u, choice);
}

static void get_opaques(unpacker *u, llmc_response *response) {
    for (size_t i = 0; i < response->opaque_count; i++) {
        llmc__opaque *opaque = &response->opaques[i];
        uint64_t kind = get_number(u);
        opaque->text = get_bytes(u, &opaque->len);
        if (opaque->text == NULL)
            opaque->text = (char *)(uintptr_t) "";
        opaque->kind = (llmc_event_kind)kind;
        if (kind < LLMC_EVENT_SIGNATURE || kind > LLMC_EVENT_LOGPROBS)
            fail(u, LLMC_ERR_BAD_RESPONSE);
    }
}

/* Names and values in turn, each with its NUL. */
static void get_headers(unpacker *u, llmc__buf *headers) {
    size_t len = get_size(u, SIZE_MAX), texts = 0;
    if (len == 0)
        return;
    headers->data = (char *)(uintptr_t)u->at;
    headers->len = headers->cap = len;
    u->at += len;
    for (const char *at = headers->data; texts % 2 == 1 || at < headers->data + len; texts++) {
        const char *nul = memchr(at, '\0', (size_t)(headers->data + len - at));
        if (nul == NULL || (texts % 2 == 0 && nul == at)) {
            fail(u, LLMC_ERR_BAD_RESPONSE);
            return;
        }
        at = nul + 1;
    }
}

static uint64_t get_bits(unpacker *u, size_t bytes) {
    uint64_t bits = 0;
    for (size_t i = 0; i < bytes && u->at < u->end; i++)
        bits |= (uint64_t)*u->at++ << 8 * i;
    return bits;
}

/* Room for `count` things of which each takes so many bytes here; NULL where there are none, or it failed. */
static void *get_room(unpacker *u, size_t count, size_t size, size_t bytes) {
    void *room;
    if (count == 0)
        return NULL;
    if (count > (size_t)(u->end - u->at) / bytes || count > u->max_bytes / size) {
        fail(u, LLMC_ERR_BAD_RESPONSE);
        return NULL;
    }
    room = llmc__mem_alloc(count * size);
    if (room == NULL)
        fail(u, LLMC_ERR_NO_MEMORY);
    return room;
}

static void get_vectors(unpacker *u, llmc__result *result) {
    size_t count = get_size(u, SIZE_MAX), dimensions = get_size(u, SIZE_MAX);
    if (dimensions > 0 && count > SIZE_MAX / dimensions)
        fail(u, LLMC_ERR_BAD_RESPONSE);
    result->vectors = u->status == LLMC_OK ? get_room(u, count * dimensions, sizeof(float), 4) : NULL;
    if (result->vectors == NULL)
        return;
    result->vector_count = count;
    result->dimensions = dimensions;
    for (size_t i = 0; i < count * dimensions; i++, u->at += 4) {
        uint32_t bits =
            (uint32_t)u->at[0] | (uint32_t)u->at[1] << 8 | (uint32_t)u->at[2] << 16 | (uint32_t)u->at[3] << 24;
        memcpy(&result->vectors[i], &bits, sizeof bits);
    }
}

static void get_ranks(unpacker *u, llmc__result *result) {
    size_t count = get_size(u, SIZE_MAX);
    result->ranks = get_room(u, count, sizeof *result->ranks, 9);
    result->rank_count = result->ranks != NULL ? count : 0;
    for (size_t i = 0; i < result->rank_count; i++) {
        uint64_t index = get_number(u), bits = get_bits(u, 8);
        result->ranks[i].index = (size_t)index;
        memcpy(&result->ranks[i].score, &bits, sizeof bits);
    }
}

/* Chats end before. A result is shared by what may outlive the handle, so it is a copy. */
static void get_result(unpacker *u, llmc_response *response) {
    uint64_t op;
    if (u->at == u->end)
        return;
    op = get_number(u);
    if (op == LLMC__OP_CHAT || op >= LLMC__OP_KINDS) {
        fail(u, LLMC_ERR_BAD_RESPONSE);
        return;
    }
    response->result = llmc__result_new((llmc__op)op);
    if (response->result == NULL) {
        fail(u, LLMC_ERR_NO_MEMORY);
        return;
    }
    response->result->count = get_count(u);
    get_vectors(u, response->result);
    get_ranks(u, response->result);
}

static void get_answer(unpacker *u, llmc_response *response) {
    response->provider = get_word(u);
    response->model = get_word(u);
    response->id = get_word(u);
    response->request_id = get_word(u);
    get_usage(u, response);
    get_choice(u, &response->first);
    for (size_t i = 0; i < response->other_count; i++)
        get_choice(u, &response->others[i]);
    get_opaques(u, response);
    response->replay_origin = get_word(u);
    get_buf(u, &response->replay);
    get_headers(u, &response->headers);
    get_buf(u, &response->raw_body);
    get_result(u, response);
    if (u->at != u->end)
        fail(u, LLMC_ERR_BAD_RESPONSE);
}

/* The handle, with room behind it for all that has to be an array. */
static llmc_response *make_handle(unpacker *u) {
    size_t others = get_size(u, LLMC__MAX_CHOICES - 1);
    size_t tools = get_size(u, MAX_TOOLS * (others + 1));
    size_t opaques = get_size(u, LLMC__MAX_OPAQUES);
    size_t room = others * sizeof(llmc__choice) + tools * sizeof(llmc__tool_call) + opaques * sizeof(llmc__opaque);
    llmc_response *response = u->status == LLMC_OK ? llmc__response_new_with(u->max_bytes, room) : NULL;
    if (response == NULL) {
        fail(u, LLMC_ERR_NO_MEMORY);
        return NULL;
    }
    response->others = others > 0 ? (llmc__choice *)(void *)(response + 1) : NULL;
    response->other_count = others;
    u->tools = (llmc__tool_call *)(void *)((llmc__choice *)(void *)(response + 1) + others);
    u->tools_left = tools;
    response->opaques = opaques > 0 ? (llmc__opaque *)(void *)(u->tools + tools) : NULL;
    response->opaque_cap = response->opaque_count = opaques;
    return response;
}

llmc_status llmc__packed_read(const void *bytes, size_t len, size_t max_bytes, void *owner,
                              void (*give_back)(void *owner), llmc_response **out) {
    unpacker u = {.at = bytes, .end = (const unsigned char *)bytes + len, .max_bytes = max_bytes, .status = LLMC_OK};
    llmc_response *response = make_handle(&u);
    *out = NULL;
    if (response == NULL)
        return u.status;
    get_answer(&u, response);
    if (u.status != LLMC_OK) {
        llmc__result_unref(response->result);
        llmc__mem_free(response); /* all the rest lies in the bytes */
        return u.status;
    }
    response->owner = owner;
    response->give_back = give_back;
    response->from_cache = true;
    response->latency_ms = response->ttft_ms = 0;
    *out = response;
    return LLMC_OK;
}
