/*
 * Bytes kept in memory under keys, and bounded all together: packed answers (model/packed.h), or whatever else is dear
 * to get. Shared by threads, and so the one policy with locks: up to 16 shards, each under a mutex of its own that is
 * held for one look at one entry; nothing is freed or allocated under it. Still pure otherwise: time and randomness are
 * passed in.
 *
 * What goes when there is no room is decided as S3-FIFO does (Yang et al., "FIFO queues are all you need for cache
 * eviction", SOSP 2023): new entries queue in a small part (a tenth), those asked for there move on to the main one,
 * and those pushed out leave a fingerprint, by which they enter the main part at once should they come again.
 */
#ifndef LLMC_POLICY_CACHE_H
#define LLMC_POLICY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/hash.h"
#include "llmclient.h"

typedef struct llmc__cache llmc__cache;

typedef struct llmc__cache_policy {
    size_t max_bytes;  /* of all: keys, values, blocks and tables */
    int64_t lease_us;  /* how long one caller may take to refresh an entry before another is told to */
    double early_beta; /* eagerness of early refreshes: 1 as in the paper, 0 none */
    llmc__hash_key hash_key;
} llmc__cache_policy;

llmc__cache *llmc__cache_new(const llmc__cache_policy *policy); /* NULL: no memory or no lock */
void llmc__cache_free(llmc__cache *cache);                      /* NULL is legal; no other thread may use it */

/* The key's bytes (lent) and their hash, computed once for lookup, put and single flight. */
typedef struct llmc__cache_key llmc__cache_key;
struct llmc__cache_key {
    const void *bytes; /* NULL: only `same` knows them, and the key is good for looking up only */
    size_t len;
    uint64_t hash[2];
    bool (*same)(const llmc__cache_key *key, const void *bytes, size_t len);
};
llmc__cache_key llmc__cache_key_of(const llmc__cache *cache, const void *bytes, size_t len);

typedef enum llmc__cache_verdict {
    LLMC__CACHE_MISS = 0,
    LLMC__CACHE_FRESH,
    LLMC__CACHE_EARLY,     /* fresh, but this caller is to refresh it, so that not all come at once when it expires */
    LLMC__CACHE_STALE,     /* expired a short while ago: may be served */
    LLMC__CACHE_ERROR_ONLY /* expired: to be served only if the provider fails */
} llmc__cache_verdict;

/* A value with its key; counted, so that it can be used where it lies, also when the cache has dropped it. */
typedef struct llmc__cache_entry llmc__cache_entry;
llmc__cache_entry *llmc__cache_entry_ref(llmc__cache_entry *entry); /* NULL is legal */
void llmc__cache_entry_unref(llmc__cache_entry *entry);
const void *llmc__cache_entry_value(const llmc__cache_entry *entry, size_t *len); /* lent; aligned for any number */

typedef struct llmc__cache_hit {
    llmc__cache_verdict verdict;
    bool refresh; /* EARLY and STALE: this caller, and until its lease ends no other, is to fetch the answer anew */
    llmc__cache_entry *entry; /* counted: the caller's to unref; NULL for a miss */
    uint64_t generation;      /* for put */
} llmc__cache_hit;

/*
 * `random` is 64 random bits. The early refresh is XFetch (Vattani, Chierichetti, Lowenstein: "Optimal Probabilistic
 * Cache Stampede Prevention", VLDB 2015). Allocates and copies nothing.
 */
llmc__cache_verdict llmc__cache_lookup(llmc__cache *cache, const llmc__cache_key *key, int64_t now_us, uint64_t random,
                                       llmc__cache_hit *hit);

/*
 * Looks once more for what a lookup missed, when the call is about to be made: another's answer may have come
 * meanwhile. A fresh one, counted: the caller's to unref; the miss is then none. NULL: still a miss.
 */
llmc__cache_entry *llmc__cache_again(llmc__cache *cache, const llmc__cache_key *key, int64_t now_us);

/* How long an answer counts. Windows begin where it expires, and are kept in whole seconds; 0: none. */
typedef struct llmc__cache_life {
    int64_t ttl_us;
    int64_t stale_us;    /* stale-while-revalidate (RFC 5861) */
    int64_t error_us;    /* stale-if-error (RFC 5861) */
    int64_t delta_us;    /* what it cost to make: long ones are refreshed earlier; 0: never early */
    uint64_t generation; /* of the lookup that missed: not stored if the cache was cleared since; 0: in any case */
} llmc__cache_life;

/* What each hit saves, for the counters; unknown counts and costs are below 0. */
typedef struct llmc__cache_worth {
    int64_t tokens_in, tokens_out;
    double cost_usd;
} llmc__cache_worth;

/*
 * Stores a copy of a value in place of what the key had. LLMC_OK; TOO_LARGE: larger than a shard's share or 4 GiB;
 * NO_MEMORY; CANCELLED: cleared meanwhile; INVALID_ARGUMENT: no time to live.
 */
llmc_status llmc__cache_put(llmc__cache *cache, const llmc__cache_key *key, const void *value, size_t len,
                            const llmc__cache_worth *worth, const llmc__cache_life *life, int64_t now_us);

/* The refresh failed: the next caller is told to do it. */
void llmc__cache_give_up(llmc__cache *cache, const llmc__cache_key *key);

bool llmc__cache_remove(llmc__cache *cache, const llmc__cache_key *key); /* false: was not there */
void llmc__cache_clear(llmc__cache *cache); /* counters stay; puts of calls that are under way are refused */

/* Adds what it has counted, and the gauges; error_hits, store_hits and store_faults are not its. */
void llmc__cache_stats_read(llmc__cache *cache, llmc_cache_stats *out);

#endif
