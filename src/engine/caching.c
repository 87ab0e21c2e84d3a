#include "engine/caching.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "engine/store_worker.h"
#include "llmclient/store.h"
#include "model/packed.h"
#include "policy/cache_key.h"

#define MAX_KEY_BYTES ((size_t)256 << 20)
/* How long one caller may take to fetch an answer anew before another is told to. */
#define LEASE_US ((int64_t)60 * 1000000)

/* ---- the client's part ---- */

static void store_keys(llmc_client *client) {
    static const llmc__hash_key fixed = {0x6c6c6d63, 0x73746f72};
    const char *salt = client->options.cache_salt ? client->options.cache_salt : "";
    uint64_t hash[2];
    llmc__hash_sip128(fixed, salt, strlen(salt), hash);
    client->caching.store_secret = (llmc__hash_key){hash[0], hash[1]};
}

llmc_status llmc__caching_new(llmc_client *client) {
    const llmc_client_options *o = &client->options;
    llmc__cache_policy policy = {o->cache_max_bytes, LEASE_US, 1.0, client->hash_key};
    llmc__caching *caching = &client->caching;
    if (!o->enable_cache)
        return LLMC_OK;
    caching->rules = (llmc__cache_rules){o->cache_keep_length, o->cache_refuse_sampled};
    caching->memory = llmc__cache_new(&policy);
    if (!caching->memory)
        return LLMC_ERR_NO_MEMORY;
    if (!o->cache_store)
        return LLMC_OK;
    store_keys(client);
    if (o->cache_store->flags & LLMC_STORE_BLOCKS)
        return llmc__store_worker_new(&caching->worker);
    return LLMC_OK;
}

void llmc__caching_stop(llmc_client *client) {
    llmc__store_worker_stop(client->caching.worker);
}

void llmc__caching_free(llmc_client *client) {
    llmc__caching *caching = &client->caching;
    llmc__store_worker_free(caching->worker);
    llmc__cache_free(caching->memory);
    if (caching->store)
        caching->store->close(caching->store);
}

void llmc__caching_count(llmc_client *client) {
    unsigned number = llmc__thread_number() % LLMC__SHARED_LOCK_PARTS;
    atomic_fetch_add_explicit(&client->caching.direct[number].calls, 1, memory_order_relaxed);
}

uint64_t llmc__caching_counted(const llmc_client *client) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < LLMC__SHARED_LOCK_PARTS; i++)
        sum += atomic_load_explicit(&((llmc_client *)(uintptr_t)client)->caching.direct[i].calls, memory_order_relaxed);
    return sum;
}

/* ---- looking ---- */

static void give_back(void *entry) {
    llmc__cache_entry_unref(entry);
}

/* A handle for what the cache keeps; takes the reference. NULL: no memory. */
static llmc_response *unpack(llmc__cache_entry *entry) {
    llmc_response *response = NULL;
    size_t len;
    const void *value = llmc__cache_entry_value(entry, &len);
    if (llmc__packed_read(value, len, SIZE_MAX, entry, give_back, &response) != LLMC_OK)
        llmc__cache_entry_unref(entry);
    return response;
}

static void refresh_later(llmc_client *client, const llmc_request *request, const llmc__cache_key *key) {
    llmc__hooks hooks = {.refresh = true};
    llmc_call *call = NULL;
    llmc_status status = llmc__call_new(client, request, &hooks, &call, NULL);
    if (status == LLMC_OK)
        status = llmc__call_submit(call);
    llmc__call_unref(call);
    if (status != LLMC_OK)
        llmc__cache_give_up(client->caching.memory, key);
}

/* The key's bytes, and the same as the store would know it by; *bytes stays NULL without memory. */
static void write_key(const llmc__cache_scope *scope, const llmc_request *request, char **bytes, size_t *len) {
    llmc__buf key;
    llmc__buf_init(&key, MAX_KEY_BYTES);
    if (llmc__cache_key_write(scope, request, &key) == LLMC_OK)
        *bytes = llmc__buf_take(&key, len);
    llmc__buf_free(&key);
}

/* Other processes do not know what a route stands for here. */
static void write_shared_key(llmc_client *client, const llmc_request *request, llmc__cache_call *carried) {
    llmc__cache_scope scope = {.salt = client->options.cache_salt,
                               .tenant = request->tenant,
                               .secret = client->caching.store_secret,
                               .shared = true};
    llmc__target *target = NULL;
    if (!client->caching.store || llmc__routes_has(client, request->model))
        return;
    if (llmc__targets_resolve(client, request->model, &target, &scope.model) == LLMC_OK) {
        scope.target = target;
        scope.adapter = target->provider->name;
        write_key(&scope, request, &carried->shared_bytes, &carried->shared_len);
    }
    llmc__target_unref(target);
}

static llmc__cache_call *carry(llmc_client *client, const llmc__cache_probe *probe, const llmc__cache_hit *found,
                               bool refresh) {
    const llmc_request *request = probe->request;
    llmc__cache_call *carried = llmc__mem_calloc(1, sizeof *carried);
    uint32_t ttl_s = request->cache_ttl_s ? request->cache_ttl_s : client->options.cache_ttl_s;
    if (!carried)
        return NULL;
    carried->key = (llmc__cache_key){.hash = {probe->key.hash[0], probe->key.hash[1]}};
    write_key(probe->scope, request, &carried->bytes, &carried->key.len);
    if (!carried->bytes) {
        llmc__mem_free(carried);
        return NULL;
    }
    carried->key.bytes = carried->bytes;
    carried->generation = found->generation;
    carried->ttl_us = (int64_t)ttl_s * 1000000;
    carried->looks = !refresh && request->cache_mode != LLMC_CACHE_REFRESH;
    carried->stores = request->cache_mode != LLMC_CACHE_READ_ONLY;
    carried->refreshes = refresh;
    if (found->verdict == LLMC__CACHE_ERROR_ONLY)
        carried->stale = unpack(llmc__cache_entry_ref(found->entry));
    write_shared_key(client, request, carried);
    return carried;
}

void llmc__cache_call_free(llmc__cache_call *carried) {
    if (!carried)
        return;
    llmc__response_unref(carried->stale);
    llmc__mem_free(carried->bytes);
    llmc__mem_free(carried->shared_bytes);
    llmc__mem_free(carried);
}

static bool wants(const llmc_client *client, const llmc_request *request) {
    return client->caching.memory && request->cache_mode != LLMC_CACHE_BYPASS &&
           llmc__cache_may_look(request, &client->caching.rules);
}

/* What names the request in the cache; both are to live as long as the probe. False: the cache has nothing to do with
 * it. */
static bool name(llmc_client *client, const llmc_request *request, llmc__cache_scope *scope, llmc__cache_probe *out) {
    *scope = (llmc__cache_scope){.tenant = request->tenant, .secret = client->hash_key};
    if (!wants(client, request))
        return false;
    scope->identity = llmc__targets_identity(client, request->model, &scope->model);
    if (!scope->identity) /* a request that goes nowhere is told so by the call itself */
        return false;
    (void)llmc__cache_key_probe(scope, request, client->hash_key, out);
    return true;
}

static llmc__cache_verdict look_up(llmc_client *client, const llmc__cache_probe *probe, llmc__cache_hit *found) {
    int64_t now_us = llmc__clock_us();
    uint64_t random = probe->key.hash[0] ^ (uint64_t)now_us * UINT64_C(0x9e3779b97f4a7c15);
    return llmc__cache_lookup(client->caching.memory, &probe->key, now_us, random, found);
}

void llmc__caching_look(llmc_client *client, const llmc_request *request, bool refresh, llmc_response **hit,
                        llmc__cache_call **out) {
    llmc__cache_hit found = {.verdict = LLMC__CACHE_MISS};
    llmc__cache_scope scope;
    llmc__cache_probe probe;
    *hit = NULL;
    *out = NULL;
    if (!name(client, request, &scope, &probe))
        return;
    if (!refresh && request->cache_mode != LLMC_CACHE_REFRESH)
        look_up(client, &probe, &found);
    if (found.verdict == LLMC__CACHE_MISS || found.verdict == LLMC__CACHE_ERROR_ONLY) {
        *out = carry(client, &probe, &found, refresh);
        llmc__cache_entry_unref(found.entry);
        return;
    }
    *hit = unpack(found.entry);
    if (found.refresh && request->cache_mode == LLMC_CACHE_READ_ONLY)
        llmc__cache_give_up(client->caching.memory, &probe.key); /* it would store nothing: the next one may */
    else if (found.refresh)
        refresh_later(client, request, &probe.key);
}

bool llmc__caching_peek(llmc_client *client, const llmc_request *request, llmc_response **hit, llmc_response **stale,
                        uint64_t *generation) {
    llmc__cache_hit found;
    llmc__cache_scope scope;
    llmc__cache_probe probe;
    *hit = *stale = NULL;
    if (request->cache_mode == LLMC_CACHE_REFRESH || !name(client, request, &scope, &probe))
        return false;
    look_up(client, &probe, &found);
    if (*generation == 0)
        *generation = found.generation;
    if (found.entry)
        *(found.verdict == LLMC__CACHE_ERROR_ONLY ? stale : hit) = unpack(found.entry);
    return found.refresh;
}

llmc_response *llmc__caching_again(const llmc_call *call) {
    llmc__cache_entry *entry;
    if (!call->caching || !call->caching->looks)
        return NULL;
    entry = llmc__cache_again(call->client->caching.memory, &call->caching->key, llmc__clock_us());
    return entry ? unpack(entry) : NULL;
}

/* ---- after the flight ---- */

static void put(llmc_client *client, const llmc__cache_key *key, const llmc_response *response,
                const llmc__cache_life *life) {
    llmc__cache_worth worth = {response->usage.tokens_in, response->usage.tokens_out, response->cost_usd};
    llmc__buf packed;
    llmc__buf_init(&packed, client->options.cache_max_bytes);
    if (llmc__packed_write(response, client->options.cache_keep_http, &packed) == LLMC_OK)
        (void)llmc__cache_put(client->caching.memory, key, packed.data, packed.len, &worth, life, llmc__clock_us());
    llmc__buf_free(&packed);
}

/* An answer of a fallback is not what was asked for: the next call should get the first target's. */
bool llmc__caching_is_ours(const llmc_call *call) {
    return call->leg->candidate && call->leg->candidate->health == call->first.health &&
           strcmp(call->leg->candidate->model, call->first.model) == 0;
}

llmc__cache_call *llmc__caching_carry(llmc_client *client, const llmc_request *request, uint64_t generation) {
    llmc__cache_hit found = {.generation = generation};
    llmc__cache_scope scope;
    llmc__cache_probe probe;
    return name(client, request, &scope, &probe) ? carry(client, &probe, &found, false) : NULL;
}

/* Stores it in memory and behind. */
static void keep(llmc_client *client, const llmc__cache_call *carried, const llmc_response *response, int64_t cost_us) {
    const llmc_client_options *o = &client->options;
    llmc__cache_life life = {carried->ttl_us, (int64_t)o->cache_stale_s * 1000000, (int64_t)o->cache_error_s * 1000000,
                             cost_us, carried->generation};
    put(client, &carried->key, response, &life);
    llmc__store_put(client, carried, response, &life);
}

void llmc__caching_keep(llmc_client *client, const llmc_request *request, const llmc_response *response,
                        uint64_t generation, int64_t cost_us) {
    llmc__cache_call *carried = NULL;
    if (request->cache_mode != LLMC_CACHE_READ_ONLY)
        carried = llmc__caching_carry(client, request, generation);
    if (carried)
        keep(client, carried, response, cost_us);
    llmc__cache_call_free(carried);
}

void llmc__caching_settle(llmc_call *call, llmc_response *response) {
    llmc_client *client = call->client;
    llmc__cache_call *carried = call->caching;
    if (!carried)
        return;
    if (response->status == LLMC_OK && llmc__caching_is_ours(call) && carried->stores &&
        llmc__cache_may_store(response, &client->caching.rules))
        keep(client, carried, response, llmc__call_age_us(call));
    else if (carried->refreshes)
        llmc__cache_give_up(client->caching.memory, &carried->key);
}

llmc__cache_verdict llmc__caching_take(llmc_client *client, const llmc__cache_call *carried, const llmc_response *found,
                                       const llmc__record_life *life) {
    int64_t age_ms = llmc__clock_wall_s() * 1000 - life->written_ms;
    llmc__cache_life left = {life->ttl_us - (age_ms > 0 ? age_ms * 1000 : 0), life->stale_us, life->error_us,
                             life->delta_us, carried->generation};
    if (left.ttl_us <= 0)
        return left.ttl_us + left.error_us > 0 ? LLMC__CACHE_ERROR_ONLY : LLMC__CACHE_MISS;
    atomic_fetch_add_explicit(&client->caching.store_hits, 1, memory_order_relaxed);
    put(client, &carried->key, found, &left);
    return LLMC__CACHE_FRESH;
}

void llmc__caching_serve(llmc_call *call, llmc_response *found, const llmc__record_life *life) {
    llmc__cache_verdict verdict = llmc__caching_take(call->client, call->caching, found, life);
    llmc_response **place = verdict == LLMC__CACHE_FRESH ? &call->leg->response : &call->caching->stale;
    llmc_status status;
    if (verdict != LLMC__CACHE_MISS) {
        llmc__response_unref(*place);
        *place = llmc__response_ref(found);
    }
    if (verdict != LLMC__CACHE_FRESH) {
        llmc__call_drive(call, LLMC__ROUTE);
        return;
    }
    call->caching->stores = false;
    status = llmc__event_replay(call, call->leg->response);
    if (status != LLMC_OK)
        llmc__call_blame(call, status, NULL);
    llmc__call_drive(call, LLMC__SETTLE);
}

bool llmc__caching_excuses(llmc_status failure) {
    return llmc__retry_class(failure) || failure == LLMC_ERR_BREAKER_OPEN || failure == LLMC_ERR_TLS ||
           failure == LLMC_ERR_BAD_RESPONSE || failure == LLMC_ERR_TIMEOUT_TOTAL || failure == LLMC_ERR_TIMEOUT_QUEUE ||
           failure == LLMC_ERR_QUEUE_FULL;
}

llmc_response *llmc__caching_instead(llmc_call *call, llmc_status failure) {
    llmc_response *stale = call->caching ? call->caching->stale : NULL;
    if (!stale || call->committed || !llmc__caching_excuses(failure))
        return NULL;
    call->caching->stale = NULL;
    atomic_fetch_add_explicit(&call->client->caching.error_hits, 1, memory_order_relaxed);
    return stale;
}

/* ---- public ---- */

void llmc_client_clear_cache(llmc_client *client) {
    if (llmc__client_check(client) != LLMC_OK || !client->caching.memory)
        return;
    llmc__cache_clear(client->caching.memory);
    llmc__store_clear(client);
}

llmc_status llmc_client_cache_stats(const llmc_client *const_client, llmc_cache_stats *out) {
    llmc_client *client = (llmc_client *)(uintptr_t)const_client;
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    if (!out || out->size != sizeof *out)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "out is NULL or out->size is not that of llmc_cache_stats");
    *out = (llmc_cache_stats)LLMC_CACHE_STATS_INIT;
    if (client->caching.memory)
        llmc__cache_stats_read(client->caching.memory, out);
    out->error_hits = atomic_load_explicit(&client->caching.error_hits, memory_order_relaxed);
    out->store_hits = atomic_load_explicit(&client->caching.store_hits, memory_order_relaxed);
    out->store_faults = atomic_load_explicit(&client->caching.store_faults, memory_order_relaxed);
    return LLMC_OK;
}
