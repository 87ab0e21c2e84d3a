#include "policy/cache_key.h"

#include <string.h>
#include "base/str.h"
#include "base/varint.h"

/* Changes with the form of the key, so that keys of older releases in a shared store are not met again. */
#define KEY_VERSION 2

/* Small pieces are gathered in `stage`; what goes over its end, and long pieces, go to `sink`. */
typedef struct writer writer;
struct writer {
    unsigned char *stage;
    size_t staged, cap;
    size_t sunk; /* bytes given to the sink */
    void (*sink)(writer *w, const void *bytes, size_t len);
    llmc__hash_key secret;
    llmc_status status; /* the first that was not LLMC_OK; what is written after it is of no use */
    /* Of one sink each: */
    llmc__buf *out;
    llmc__hash_state hash;
    const unsigned char *other; /* what is compared with; NULL: it differs */
    size_t other_len;
};

static void sink_to_buf(writer *w, const void *bytes, size_t len) {
    if (w->status == LLMC_OK)
        w->status = llmc__buf_append(w->out, bytes, len);
}

static void sink_to_hash(writer *w, const void *bytes, size_t len) {
    llmc__hash_add(&w->hash, bytes, len);
}

static void sink_to_comparison(writer *w, const void *bytes, size_t len) {
    bool same = w->other != NULL && len <= w->other_len - w->sunk && memcmp(w->other + w->sunk, bytes, len) == 0;
    if (!same)
        w->other = NULL;
}

static void flush(writer *w) {
    w->sink(w, w->stage, w->staged);
    w->sunk += w->staged;
    w->staged = 0;
}

static void put_raw(writer *w, const void *bytes, size_t len) {
    if (len > w->cap - w->staged)
        flush(w);
    if (len > w->cap) {
        w->sink(w, bytes, len);
        w->sunk += len;
        return;
    }
    memcpy(w->stage + w->staged, bytes, len);
    w->staged += len;
}

/* No number is the start of another. Most are small. */
static inline void put_number(writer *w, uint64_t number) {
    if (number < 0x80 && w->staged < w->cap) {
        w->stage[w->staged++] = (unsigned char)number;
        return;
    }
    if (w->cap - w->staged < LLMC__VARINT_BYTES)
        flush(w);
    w->staged += llmc__varint_put(w->stage + w->staged, number);
}

static void put_signed(writer *w, int64_t number) {
    put_number(w, number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1);
}

static void put_bool(writer *w, bool value) {
    put_number(w, value);
}

/* One more than the length: absent is not empty. */
static void put_bytes(writer *w, const char *bytes, size_t len) {
    put_number(w, bytes != NULL ? (uint64_t)len + 1 : 0);
    if (bytes != NULL)
        put_raw(w, bytes, len);
}

static void put_text(writer *w, const char *text) {
    put_bytes(w, text, text != NULL ? strlen(text) : 0);
}

/* What must not be readable in the cache: two hashes of 128 bits are as good as equal texts, and cannot be read back.
 */
static void put_secret(writer *w, const char *text) {
    uint64_t hash[2];
    put_bool(w, text != NULL);
    if (text == NULL)
        return;
    llmc__hash_sip128(w->secret, text, strlen(text), hash);
    put_raw(w, hash, sizeof hash);
}

static bool names_one_call(const char *name) {
    return llmc__str_ieq(name, "traceparent") || llmc__str_ieq(name, "tracestate") ||
           llmc__str_ieq(name, "x-request-id") || llmc__str_ieq(name, "x-client-request-id");
}

static void put_lower(writer *w, const char *name) {
    put_number(w, strlen(name));
    for (; *name != '\0'; name++) {
        char c = *name >= 'A' && *name <= 'Z' ? (char)(*name + 32) : *name;
        put_raw(w, &c, 1);
    }
}

/* Any header may hold a key, so no value is written in clear. */
static void put_headers(writer *w, const llmc__header *headers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (names_one_call(headers[i].name))
            continue;
        put_bool(w, true);
        put_lower(w, headers[i].name);
        put_secret(w, headers[i].value);
    }
    put_bool(w, false);
}

static void put_pairs(writer *w, const llmc__header *pairs, size_t count) {
    put_number(w, count);
    for (size_t i = 0; i < count; i++) {
        put_text(w, pairs[i].name);
        put_text(w, pairs[i].value);
    }
}

static void put_part(writer *w, const llmc__part *part) {
    put_number(w, (uint64_t)part->kind);
    put_bytes(w, part->text, part->text_len);
    put_text(w, part->mime);
    put_text(w, part->name);
    put_text(w, part->id);
    put_text(w, part->origin);
    put_bool(w, part->is_error);
    put_bool(w, part->cache_mark);
}

static void put_messages(writer *w, const llmc_request *request) {
    put_number(w, request->message_count);
    for (size_t i = 0; i < request->message_count; i++) {
        const llmc__message *message = &request->messages[i];
        put_number(w, (uint64_t)message->role);
        put_bool(w, message->cache_mark);
        put_bytes(w, message->text, message->text_len);
        put_number(w, message->part_count);
        for (size_t k = 0; k < message->part_count; k++)
            put_part(w, &message->parts[k]);
    }
}

static void put_tools(writer *w, const llmc_request *request) {
    put_number(w, request->tool_count);
    for (size_t i = 0; i < request->tool_count; i++) {
        const llmc__tool *tool = &request->tools[i];
        put_text(w, tool->name);
        put_text(w, tool->description);
        put_text(w, tool->schema);
        put_bool(w, tool->strict);
        put_bool(w, tool->cache_mark);
    }
    put_number(w, (uint64_t)request->tool_choice);
    put_text(w, request->tool_choice_name);
    put_signed(w, request->parallel_tools);
}

/* Those that are set are told by bits, and only they have a value. */
static void put_doubles(writer *w, const llmc_request *request) {
    const double values[] = {request->temperature, request->top_p, request->frequency_penalty,
                             request->presence_penalty};
    unsigned set = (unsigned)request->has_temperature | (unsigned)request->has_top_p << 1 |
                   (unsigned)request->has_frequency_penalty << 2 | (unsigned)request->has_presence_penalty << 3;
    put_number(w, set);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (set >> i & 1)
            put_raw(w, &values[i], sizeof values[i]);
}

static void put_integers(writer *w, const llmc_request *request) {
    const int64_t values[] = {request->seed, request->max_tokens,   request->top_k,
                              request->n,    request->top_logprobs, request->reasoning_budget};
    unsigned set = (unsigned)request->has_seed | (unsigned)request->has_max_tokens << 1 |
                   (unsigned)request->has_top_k << 2 | (unsigned)request->has_n << 3 |
                   (unsigned)request->has_logprobs << 4 | (unsigned)request->has_reasoning_budget << 5;
    put_number(w, set);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (set >> i & 1)
            put_signed(w, values[i]);
}

static void put_request(writer *w, const llmc_request *request) {
    put_messages(w, request);
    put_tools(w, request);
    put_doubles(w, request);
    put_integers(w, request);
    put_number(w, (uint64_t)request->reasoning_effort);
    put_number(w, request->stop_count);
    for (size_t i = 0; i < request->stop_count; i++)
        put_text(w, request->stops[i]);
    put_bool(w, request->json_mode);
    put_text(w, request->schema_name);
    put_text(w, request->schema);
    put_bool(w, request->schema_strict);
    put_text(w, request->user);
    put_text(w, request->service_tier);
    put_pairs(w, request->metadata, request->metadata_count);
    put_text(w, request->extra_json);
    put_headers(w, request->headers, request->header_count);
}

/* Nothing is written for a chat; for the others, what stands behind all that a chat has. */
static void put_operation(writer *w, const llmc_request *request) {
    const llmc__input *input = request->input;
    if (request->op == LLMC__OP_CHAT)
        return;
    put_number(w, (uint64_t)request->op);
    put_bool(w, input != NULL);
    if (input == NULL)
        return;
    put_number(w, input->text_count);
    for (size_t i = 0; i < input->text_count; i++)
        put_bytes(w, input->texts[i].data, input->texts[i].len);
    put_signed(w, input->dimensions);
    put_number(w, (uint64_t)input->encoding);
    put_text(w, input->task);
    put_signed(w, input->truncate);
    put_text(w, input->query);
    put_signed(w, input->top_n);
    put_text(w, input->cursor);
    put_text(w, input->method);
    put_text(w, input->path);
    put_text(w, input->content_type);
    put_bytes(w, input->body.data, input->body.len);
}

/* All keys of the provider: which of them a call takes is chance. */
static void put_identity(writer *w, const llmc__target *target) {
    for (; target != NULL; target = target->next_key) {
        put_bool(w, true);
        put_secret(w, target->api_key);
        put_secret(w, target->access_key_id);
        put_secret(w, target->secret_access_key);
        put_secret(w, target->session_token);
    }
    put_bool(w, false);
}

/* The function and its data stand for whom it speaks for; other processes have them elsewhere. */
static void put_token(writer *w, const llmc__cache_scope *scope) {
    const llmc__target *target = scope->target;
    put_bool(w, target->token != NULL);
    if (target->token == NULL)
        return;
    if (!scope->shared) {
        put_raw(w, &target->token, sizeof target->token);
        put_raw(w, &target->token_user_data, sizeof target->token_user_data);
    } else if (scope->salt == NULL && scope->tenant == NULL && w->status == LLMC_OK) {
        w->status = LLMC_ERR_UNSUPPORTED;
    }
}

static void put_target(writer *w, const llmc__cache_scope *scope) {
    const llmc__target *target = scope->target;
    put_text(w, target->name);
    put_text(w, scope->adapter);
    put_text(w, target->base_url);
    put_text(w, target->organization);
    put_text(w, target->project);
    put_text(w, target->region);
    put_text(w, target->api_version);
    put_bool(w, target->drop_unsupported);
    put_headers(w, target->headers, target->header_count);
    put_identity(w, target);
    put_token(w, scope);
}

static void put_all(writer *w, const llmc__cache_scope *scope, const llmc_request *request) {
    put_number(w, KEY_VERSION);
    put_number(w, scope->identity);
    if (scope->identity == 0) {
        put_text(w, scope->salt);
        put_target(w, scope);
    }
    put_text(w, scope->tenant);
    put_text(w, scope->model);
    put_request(w, request);
    put_operation(w, request);
}

/* ---- written into a buffer ---- */

#define STAGE_BYTES 256

llmc_status llmc__cache_key_write(const llmc__cache_scope *scope, const llmc_request *request, llmc__buf *out) {
    unsigned char stage[STAGE_BYTES];
    writer w = {.stage = stage, .cap = sizeof stage, .sink = sink_to_buf, .secret = scope->secret, .out = out};
    llmc__buf_clear(out);
    put_all(&w, scope, request);
    flush(&w);
    return w.status;
}

llmc_status llmc__cache_key_write_target(const llmc__cache_scope *scope, llmc__buf *out) {
    unsigned char stage[STAGE_BYTES];
    writer w = {.stage = stage, .cap = sizeof stage, .sink = sink_to_buf, .secret = scope->secret, .out = out};
    llmc__buf_clear(out);
    put_target(&w, scope);
    flush(&w);
    return w.status;
}

/* ---- not written at all ---- */

static bool same_as(const llmc__cache_key *key, const void *bytes, size_t len) {
    const llmc__cache_probe *probe = (const void *)key; /* its first member */
    unsigned char stage[STAGE_BYTES];
    writer w = {.stage = stage,
                .cap = sizeof stage,
                .sink = sink_to_comparison,
                .secret = probe->scope->secret,
                .other = bytes,
                .other_len = len};
    put_all(&w, probe->scope, probe->request);
    flush(&w);
    return w.other != NULL && w.sunk == len;
}

llmc_status llmc__cache_key_probe(const llmc__cache_scope *scope, const llmc_request *request, llmc__hash_key hash_key,
                                  llmc__cache_probe *out) {
    writer w = {.stage = out->room, .cap = sizeof out->room, .sink = sink_to_hash, .secret = scope->secret};
    bool fits;
    llmc__hash_start(&w.hash, hash_key);
    put_all(&w, scope, request);
    fits = w.sunk == 0;
    flush(&w);
    out->scope = scope;
    out->request = request;
    out->key = (llmc__cache_key){.bytes = fits ? out->room : NULL, .len = w.sunk, .same = same_as};
    llmc__hash_end(&w.hash, out->key.hash);
    return w.status;
}
