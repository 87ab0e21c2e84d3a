#include "policy/cache_key.h"

#include <string.h>
#include "base/str.h"
#include "policy/key.h"

/* Changes with the form of the key, so that keys of older releases in a shared store are not met again. */
#define KEY_VERSION 2

static void sink_to_buf(llmc__key *w, const void *bytes, size_t len) {
    if (w->status == LLMC_OK)
        w->status = llmc__buf_append(w->out, bytes, len);
}

static void sink_to_hash(llmc__key *w, const void *bytes, size_t len) {
    llmc__hash_add(&w->hash, bytes, len);
}

static void sink_to_comparison(llmc__key *w, const void *bytes, size_t len) {
    bool same = w->other != NULL && len <= w->other_len - w->sunk && memcmp(w->other + w->sunk, bytes, len) == 0;
    if (!same)
        w->other = NULL;
}

static bool names_one_call(const char *name) {
    return llmc__str_ieq(name, "traceparent") || llmc__str_ieq(name, "tracestate") ||
           llmc__str_ieq(name, "x-request-id") || llmc__str_ieq(name, "x-client-request-id");
}

static void put_lower(llmc__key *w, const char *name) {
    llmc__key_number(w, strlen(name));
    for (; *name != '\0'; name++) {
        char c = *name >= 'A' && *name <= 'Z' ? (char)(*name + 32) : *name;
        llmc__key_raw(w, &c, 1);
    }
}

/* Any header may hold a key, so no value is written in clear. */
static void put_headers(llmc__key *w, const llmc__header *headers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (names_one_call(headers[i].name))
            continue;
        llmc__key_number(w, true);
        put_lower(w, headers[i].name);
        llmc__key_secret(w, headers[i].value);
    }
    llmc__key_number(w, false);
}

static void put_pairs(llmc__key *w, const llmc__header *pairs, size_t count) {
    llmc__key_number(w, count);
    for (size_t i = 0; i < count; i++) {
        llmc__key_text(w, pairs[i].name);
        llmc__key_text(w, pairs[i].value);
    }
}

static void put_part(llmc__key *w, const llmc__part *part) {
    llmc__key_number(w, (uint64_t)part->kind);
    llmc__key_bytes(w, part->text, part->text_len);
    llmc__key_text(w, part->mime);
    llmc__key_text(w, part->name);
    llmc__key_text(w, part->id);
    llmc__key_text(w, part->origin);
    llmc__key_number(w, part->is_error);
    llmc__key_number(w, part->cache_mark);
}

static void put_messages(llmc__key *w, const llmc_request *request) {
    llmc__key_number(w, request->message_count);
    for (size_t i = 0; i < request->message_count; i++) {
        const llmc__message *message = &request->messages[i];
        llmc__key_number(w, (uint64_t)message->role);
        llmc__key_number(w, message->cache_mark);
        llmc__key_bytes(w, message->text, message->text_len);
        llmc__key_number(w, message->part_count);
        for (size_t k = 0; k < message->part_count; k++)
            put_part(w, &message->parts[k]);
    }
}

static void put_tools(llmc__key *w, const llmc_request *request) {
    llmc__key_number(w, request->tool_count);
    for (size_t i = 0; i < request->tool_count; i++) {
        const llmc__tool *tool = &request->tools[i];
        llmc__key_text(w, tool->name);
        llmc__key_text(w, tool->description);
        llmc__key_text(w, tool->schema);
        llmc__key_number(w, tool->strict);
        llmc__key_number(w, tool->cache_mark);
    }
    llmc__key_number(w, (uint64_t)request->tool_choice);
    llmc__key_text(w, request->tool_choice_name);
    llmc__key_signed(w, request->parallel_tools);
}

/* Those that are set are told by bits, and only they have a value. */
static void put_doubles(llmc__key *w, const llmc_request *request) {
    const double values[] = {request->temperature, request->top_p, request->frequency_penalty,
                             request->presence_penalty};
    unsigned set = (unsigned)request->has_temperature | (unsigned)request->has_top_p << 1 |
                   (unsigned)request->has_frequency_penalty << 2 | (unsigned)request->has_presence_penalty << 3;
    llmc__key_number(w, set);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (set >> i & 1)
            llmc__key_raw(w, &values[i], sizeof values[i]);
}

static void put_integers(llmc__key *w, const llmc_request *request) {
    const int64_t values[] = {request->seed, request->max_tokens,   request->top_k,
                              request->n,    request->top_logprobs, request->reasoning_budget};
    unsigned set = (unsigned)request->has_seed | (unsigned)request->has_max_tokens << 1 |
                   (unsigned)request->has_top_k << 2 | (unsigned)request->has_n << 3 |
                   (unsigned)request->has_logprobs << 4 | (unsigned)request->has_reasoning_budget << 5;
    llmc__key_number(w, set);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (set >> i & 1)
            llmc__key_signed(w, values[i]);
}

static void put_request(llmc__key *w, const llmc_request *request) {
    put_messages(w, request);
    put_tools(w, request);
    put_doubles(w, request);
    put_integers(w, request);
    llmc__key_number(w, (uint64_t)request->reasoning_effort);
    llmc__key_number(w, request->stop_count);
    for (size_t i = 0; i < request->stop_count; i++)
        llmc__key_text(w, request->stops[i]);
    llmc__key_number(w, request->json_mode);
    llmc__key_text(w, request->schema_name);
    llmc__key_text(w, request->schema);
    llmc__key_number(w, request->schema_strict);
    llmc__key_text(w, request->user);
    llmc__key_text(w, request->service_tier);
    put_pairs(w, request->metadata, request->metadata_count);
    llmc__key_text(w, request->extra_json);
    put_headers(w, request->headers, request->header_count);
}

/* Nothing is written for a chat; for the others, what stands behind all that a chat has. */
static void put_operation(llmc__key *w, const llmc_request *request) {
    const llmc__input *input = request->input;
    if (request->op == LLMC__OP_CHAT)
        return;
    llmc__key_number(w, (uint64_t)request->op);
    llmc__key_number(w, input != NULL);
    if (input == NULL)
        return;
    llmc__key_number(w, input->text_count);
    for (size_t i = 0; i < input->text_count; i++)
        llmc__key_bytes(w, input->texts[i].data, input->texts[i].len);
    llmc__key_signed(w, input->dimensions);
    llmc__key_number(w, (uint64_t)input->encoding);
    llmc__key_text(w, input->task);
    llmc__key_signed(w, input->truncate);
    llmc__key_text(w, input->query);
    llmc__key_signed(w, input->top_n);
    llmc__key_text(w, input->cursor);
    llmc__key_text(w, input->method);
    llmc__key_text(w, input->path);
    llmc__key_text(w, input->content_type);
    llmc__key_bytes(w, input->body.data, input->body.len);
}

/* All keys of the provider: which of them a call takes is chance. */
static void put_identity(llmc__key *w, const llmc__target *target) {
    for (; target != NULL; target = target->next_key) {
        llmc__key_number(w, true);
        llmc__key_secret(w, target->api_key);
        llmc__key_secret(w, target->access_key_id);
        llmc__key_secret(w, target->secret_access_key);
        llmc__key_secret(w, target->session_token);
    }
    llmc__key_number(w, false);
}

/* The function and its data stand for whom it speaks for; other processes have them elsewhere. */
static void put_token(llmc__key *w, const llmc__cache_scope *scope) {
    const llmc__target *target = scope->target;
    llmc__key_number(w, target->token != NULL);
    if (target->token == NULL)
        return;
    if (!scope->shared) {
        llmc__key_raw(w, &target->token, sizeof target->token);
        llmc__key_raw(w, &target->token_user_data, sizeof target->token_user_data);
    } else if (scope->salt == NULL && scope->tenant == NULL && w->status == LLMC_OK) {
        w->status = LLMC_ERR_UNSUPPORTED;
    }
}

static void put_target(llmc__key *w, const llmc__cache_scope *scope) {
    const llmc__target *target = scope->target;
    llmc__key_text(w, target->name);
    llmc__key_text(w, scope->adapter);
    llmc__key_text(w, target->base_url);
    llmc__key_text(w, target->organization);
    llmc__key_text(w, target->project);
    llmc__key_text(w, target->region);
    llmc__key_text(w, target->api_version);
    llmc__key_number(w, target->drop_unsupported);
    put_headers(w, target->headers, target->header_count);
    put_identity(w, target);
    put_token(w, scope);
}

static void put_all(llmc__key *w, const llmc__cache_scope *scope, const llmc_request *request) {
    llmc__key_number(w, KEY_VERSION);
    llmc__key_number(w, scope->identity);
    if (scope->identity == 0) {
        llmc__key_text(w, scope->salt);
        put_target(w, scope);
    }
    llmc__key_text(w, scope->tenant);
    llmc__key_text(w, scope->model);
    put_request(w, request);
    put_operation(w, request);
}

/* ---- written into a buffer ---- */

#define STAGE_BYTES 256

llmc_status llmc__cache_key_write(const llmc__cache_scope *scope, const llmc_request *request, llmc__buf *out) {
    unsigned char stage[STAGE_BYTES];
    llmc__key w = {.stage = stage, .cap = sizeof stage, .sink = sink_to_buf, .secret = scope->secret, .out = out};
    llmc__buf_clear(out);
    put_all(&w, scope, request);
    llmc__key_flush(&w);
    return w.status;
}

llmc_status llmc__cache_key_write_target(const llmc__cache_scope *scope, llmc__buf *out) {
    unsigned char stage[STAGE_BYTES];
    llmc__key w = {.stage = stage, .cap = sizeof stage, .sink = sink_to_buf, .secret = scope->secret, .out = out};
    llmc__buf_clear(out);
    put_target(&w, scope);
    llmc__key_flush(&w);
    return w.status;
}

/* ---- not written at all ---- */

static bool same_as(const llmc__cache_key *key, const void *bytes, size_t len) {
    const llmc__cache_probe *probe = (const void *)key; /* its first member */
    unsigned char stage[STAGE_BYTES];
    llmc__key w = {.stage = stage,
                   .cap = sizeof stage,
                   .sink = sink_to_comparison,
                   .secret = probe->scope->secret,
                   .other = bytes,
                   .other_len = len};
    put_all(&w, probe->scope, probe->request);
    llmc__key_flush(&w);
    return w.other != NULL && w.sunk == len;
}

llmc_status llmc__cache_key_probe(const llmc__cache_scope *scope, const llmc_request *request, llmc__hash_key hash_key,
                                  llmc__cache_probe *out) {
    llmc__key w = {.stage = out->room, .cap = sizeof out->room, .sink = sink_to_hash, .secret = scope->secret};
    bool fits;
    llmc__hash_start(&w.hash, hash_key);
    put_all(&w, scope, request);
    fits = w.sunk == 0;
    llmc__key_flush(&w);
    out->scope = scope;
    out->request = request;
    out->key = (llmc__cache_key){.bytes = fits ? out->room : NULL, .len = w.sunk, .same = same_as};
    llmc__hash_end(&w.hash, out->key.hash);
    return w.status;
}
