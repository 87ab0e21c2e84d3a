/*
 * The response cache as calls use it: looked at in the caller's thread, filled in the loop's. Behind the memory there
 * may be a store, which is asked by a call that is in flight already, so that a thousand misses ask it once, and for
 * texts to be embedded before they are sent.
 */
#ifndef LLMC_ENGINE_CACHING_H
#define LLMC_ENGINE_CACHING_H

#include <stdatomic.h>
#include "base/shared_lock.h"
#include "llmclient.h"
#include "model/record.h"
#include "policy/cache.h"
#include "policy/cache_store.h"

struct llmc_store;

/* What a client keeps for it. */
typedef struct llmc__caching {
    struct {
        atomic_uint_least64_t calls;
        char apart[56];
    } direct[LLMC__SHARED_LOCK_PARTS]; /* calls answered in their own thread, by its number: no line is shared */
    llmc__cache *memory;               /* NULL: no cache */
    llmc__cache_rules rules;
    struct llmc_store *store;          /* NULL: none */
    struct llmc__store_worker *worker; /* runs a store that blocks; NULL: not needed or none could be started */
    llmc__hash_key store_secret;       /* hides keys from a shared store; made of the salt */
    atomic_uint_least64_t store_hits, error_hits, store_faults;
} llmc__caching;

/* What one call carries of it. */
typedef struct llmc__cache_call {
    char *bytes; /* of the key; owned */
    llmc__cache_key key;
    char *shared_bytes; /* of the key for the store; NULL: there is none */
    size_t shared_len;
    uint64_t generation;
    int64_t ttl_us;
    llmc_response *stale; /* counted, a handle of its own; to be served if the provider fails; NULL: none */
    bool looks, stores, refreshes;
} llmc__cache_call;

llmc_status llmc__caching_new(llmc_client *client);
void llmc__caching_stop(llmc_client *client); /* ends the worker; not in its thread */
void llmc__caching_free(llmc_client *client);
void llmc__caching_count(llmc_client *client); /* one more call was answered in its own thread */
uint64_t llmc__caching_counted(const llmc_client *client);

/*
 * Caller's thread. *hit: counted, the answer; else *out is what the call takes along, NULL when the cache has nothing
 * to do with it or there is no memory: the call goes on without. `refresh`: does not look.
 */
void llmc__caching_look(llmc_client *client, const llmc_request *request, bool refresh, llmc_response **hit,
                        llmc__cache_call **out);
/*
 * For answers that come together with others, such as the vectors of many texts: looks, without taking anything along.
 * *hit: counted, NULL for a miss; *stale likewise, one that is past its time and may stand in for a failure. True: the
 * caller is to fetch it anew. *generation: for keep; left as it is where it is not 0, so that of many looks the first
 * one counts.
 */
bool llmc__caching_peek(llmc_client *client, const llmc_request *request, llmc_response **hit, llmc_response **stale,
                        uint64_t *generation);
/* Stores an answer, also behind the memory. Any thread. */
void llmc__caching_keep(llmc_client *client, const llmc_request *request, const llmc_response *response,
                        uint64_t generation, int64_t cost_us);
/* What such a request takes along to the store. NULL: the cache has nothing to do with it, or no memory. */
llmc__cache_call *llmc__caching_carry(llmc_client *client, const llmc_request *request, uint64_t generation);
void llmc__cache_call_free(llmc__cache_call *caching);

/* Loop thread: what another call has brought since this one looked, counted; NULL: nothing. */
llmc_response *llmc__caching_again(const llmc_call *call);

/* Loop thread: whether the answer is of the target that was asked for, and not of one that stands in for it. */
bool llmc__caching_is_ours(const llmc_call *call);
/* Loop thread: the call's flight has ended with this response. */
void llmc__caching_settle(llmc_call *call, llmc_response *response);
/* The answer that stands in for a failure when nothing was told yet, counted; NULL: none. */
llmc_response *llmc__caching_instead(llmc_call *call, llmc_status failure);
/* Whether an old answer may stand in for such a failure: a provider's trouble, and not the caller's mistake. */
bool llmc__caching_excuses(llmc_status failure);

/* Who asks the store. `told` runs in the engine's loop, unless that ends before; found: NULL, or a handle that nobody
 * else has, lent. `release` comes after it, from any thread. */
typedef struct llmc__store_asker {
    struct llmc__engine *engine;
    void (*told)(void *ctx, llmc_response *found, const llmc__record_life *life);
    void (*release)(void *ctx);
    void *ctx;
} llmc__store_asker;

/* Asks it for what `carried` (may be NULL) has a key of. False: it is not asked, and `ctx` stays the caller's. */
bool llmc__caching_ask(llmc_client *client, const llmc__cache_call *carried, const llmc__store_asker *asker,
                       int64_t timeout_ms);
/* Loop thread: asks it for a call; true: the call waits for it and is driven on from ROUTE or answered. */
bool llmc__caching_ask_store(llmc_call *call);

/* What the store had: FRESH is counted, and fills the memory for the time it has left; ERROR_ONLY may stand in for a
 * failure; else it is a MISS. */
llmc__cache_verdict llmc__caching_take(llmc_client *client, const llmc__cache_call *carried, const llmc_response *found,
                                       const llmc__record_life *life);
/* Loop thread: answers the call with what the store had; without use for it the call goes on. Takes no reference. */
void llmc__caching_serve(llmc_call *call, llmc_response *found, const llmc__record_life *life);

#endif
