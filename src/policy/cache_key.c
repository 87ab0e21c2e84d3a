#include "policy/cache_key.h"

#include <string.h>
#include "base/str.h"

/* Changes with the form of the key, so that keys of older releases in a shared store are not met again. */
#define KEY_VERSION 1

typedef struct writer {
    llmc__buf *out;
    llmc__hash_key secret;
    llmc_status status; /* the first that was not LLMC_OK; nothing is written after it */
} writer;

static void put_raw(writer *w, const void *bytes, size_t len) {
    if (w->status == LLMC_OK)
        w->status = llmc__buf_append(w->out, bytes, len);
}

/* Seven bits a byte, the lowest first, the top bit of each but the last set: no number is the start of another. */
static void put_number(writer *w, uint64_t number) {
    unsigned char bytes[10];
    size_t len = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[len++] = (unsigned char)(number | 0x80);
    bytes[len++] = (unsigned char)number;
    put_raw(w, bytes, len);
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

static void put_double(writer *w, bool has, double value) {
    put_bool(w, has);
    if (has)
        put_raw(w, &value, sizeof value);
}

static void put_int(writer *w, bool has, int64_t value) {
    put_bool(w, has);
    if (has)
        put_signed(w, value);
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

static void put_sampling(writer *w, const llmc_request *request) {
    put_double(w, request->has_temperature, request->temperature);
    put_double(w, request->has_top_p, request->top_p);
    put_double(w, request->has_frequency_penalty, request->frequency_penalty);
    put_double(w, request->has_presence_penalty, request->presence_penalty);
    put_int(w, request->has_seed, request->seed);
    put_int(w, request->has_max_tokens, request->max_tokens);
    put_int(w, request->has_top_k, request->top_k);
    put_int(w, request->has_n, request->n);
    put_int(w, request->has_logprobs, request->top_logprobs);
    put_int(w, request->has_reasoning_budget, request->reasoning_budget);
    put_number(w, (uint64_t)request->reasoning_effort);
}

static void put_request(writer *w, const llmc_request *request) {
    put_messages(w, request);
    put_tools(w, request);
    put_sampling(w, request);
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
    put_text(w, scope->model);
    put_text(w, target->organization);
    put_text(w, target->project);
    put_text(w, target->region);
    put_text(w, target->api_version);
    put_bool(w, target->drop_unsupported);
    put_headers(w, target->headers, target->header_count);
    put_identity(w, target);
    put_token(w, scope);
}

llmc_status llmc__cache_key_write(const llmc__cache_scope *scope, const llmc_request *request, llmc__buf *out) {
    writer w = {out, scope->secret, LLMC_OK};
    llmc__buf_clear(out);
    put_number(&w, KEY_VERSION);
    put_text(&w, scope->salt);
    put_text(&w, scope->tenant);
    put_target(&w, scope);
    put_request(&w, request);
    return w.status;
}
