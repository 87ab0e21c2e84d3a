#include "policy/cache_key.h"

#include <stddef.h>
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

/* ---- what few requests have: members of structs, where they lie and how they are written ---- */

enum { TEXT, BYTES /* a text and, behind it, its length */, FLAG, CHOICE, SIGNED, LONG };
#define KIND_BITS                  3
#define MEMBER(type, member, kind) (uint16_t)(offsetof(type, member) << KIND_BITS | (kind))
#define COUNT(members)             (sizeof(members) / sizeof(members)[0])
_Static_assert(sizeof(size_t) == sizeof(char *) && sizeof(llmc__part_kind) == sizeof(unsigned), "members of structs");

static void put_members(llmc__key *w, const void *base, const uint16_t *members, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)base + (members[i] >> KIND_BITS);
        switch (members[i] & ((1 << KIND_BITS) - 1)) {
        case TEXT:
            llmc__key_text(w, *(char *const *)at);
            break;
        case BYTES:
            llmc__key_bytes(w, *(char *const *)at, ((const size_t *)at)[1]);
            break;
        case FLAG:
            llmc__key_number(w, *(const bool *)at);
            break;
        case CHOICE:
            llmc__key_number(w, *(const unsigned *)at);
            break;
        case SIGNED:
            llmc__key_signed(w, *(const int *)at);
            break;
        default:
            llmc__key_signed(w, *(const int64_t *)at);
            break;
        }
    }
}

static const uint16_t part_members[] = {
    MEMBER(llmc__part, kind, CHOICE),   MEMBER(llmc__part, text, BYTES),      MEMBER(llmc__part, mime, TEXT),
    MEMBER(llmc__part, name, TEXT),     MEMBER(llmc__part, id, TEXT),         MEMBER(llmc__part, origin, TEXT),
    MEMBER(llmc__part, is_error, FLAG), MEMBER(llmc__part, cache_mark, FLAG),
};
static const uint16_t tool_members[] = {
    MEMBER(llmc__tool, name, TEXT),   MEMBER(llmc__tool, description, TEXT), MEMBER(llmc__tool, schema, TEXT),
    MEMBER(llmc__tool, strict, FLAG), MEMBER(llmc__tool, cache_mark, FLAG),
};
static const uint16_t pair_members[] = {MEMBER(llmc__header, name, TEXT), MEMBER(llmc__header, value, TEXT)};
static const uint16_t input_members[] = {
    MEMBER(llmc__input, dimensions, LONG),   MEMBER(llmc__input, encoding, CHOICE), MEMBER(llmc__input, task, TEXT),
    MEMBER(llmc__input, truncate, SIGNED),   MEMBER(llmc__input, query, TEXT),      MEMBER(llmc__input, top_n, LONG),
    MEMBER(llmc__input, cursor, TEXT),       MEMBER(llmc__input, method, TEXT),     MEMBER(llmc__input, path, TEXT),
    MEMBER(llmc__input, content_type, TEXT), MEMBER(llmc__input, body, BYTES),
};
static const uint16_t target_members[] = {
    MEMBER(llmc__target, base_url, TEXT),    MEMBER(llmc__target, organization, TEXT),
    MEMBER(llmc__target, project, TEXT),     MEMBER(llmc__target, region, TEXT),
    MEMBER(llmc__target, api_version, TEXT), MEMBER(llmc__target, drop_unsupported, FLAG),
};

/* ---- the request ---- */

static void put_messages(llmc__key *w, const llmc_request *request) {
    llmc__key_number(w, request->message_count);
    for (size_t i = 0; i < request->message_count; i++) {
        const llmc__message *message = &request->messages[i];
        llmc__key_number(w, (uint64_t)message->role);
        llmc__key_number(w, message->cache_mark);
        llmc__key_bytes(w, message->text, message->text_len);
        llmc__key_number(w, message->part_count);
        for (size_t k = 0; k < message->part_count; k++)
            put_members(w, &message->parts[k], part_members, COUNT(part_members));
    }
}

static void put_tools(llmc__key *w, const llmc_request *request) {
    llmc__key_number(w, request->tool_count);
    for (size_t i = 0; i < request->tool_count; i++)
        put_members(w, &request->tools[i], tool_members, COUNT(tool_members));
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
    llmc__key_number(w, request->metadata_count);
    for (size_t i = 0; i < request->metadata_count; i++)
        put_members(w, &request->metadata[i], pair_members, COUNT(pair_members));
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
    put_members(w, input, input_members, COUNT(input_members));
}

/* ---- where it goes ---- */

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
    put_members(w, target, target_members, COUNT(target_members));
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
