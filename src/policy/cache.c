#include "policy/cache.h"

#include <math.h>
#include <string.h>
#include "base/mem.h"
#include "model/response_replay.h"
#include "policy/cache_shard.h"

#define MOST_SHARDS 16
/* A shard smaller than this would refuse or push out what a larger one has room for. */
#define LEAST_SHARD_BYTES ((size_t)256 << 10)

struct llmc__cache {
    llmc__cache_policy policy;
    atomic_uint_fast64_t generation; /* grows with each clear */
    unsigned shard_bits;
    llmc__cache_shard shards[];
};

/* ---- making and ending ---- */

static unsigned bits_for(size_t max_bytes) {
    unsigned bits = 0;
    while ((2u << bits) <= MOST_SHARDS && max_bytes >> (bits + 1) >= LEAST_SHARD_BYTES)
        bits++;
    return bits;
}

static size_t shard_count(const llmc__cache *cache) {
    return (size_t)1 << cache->shard_bits;
}

llmc__cache *llmc__cache_new(const llmc__cache_policy *policy) {
    unsigned bits = bits_for(policy->max_bytes);
    llmc__cache *cache = llmc__mem_calloc(1, sizeof *cache + ((size_t)1 << bits) * sizeof cache->shards[0]);
    if (cache == NULL)
        return NULL;
    cache->policy = *policy;
    cache->shard_bits = bits;
    atomic_init(&cache->generation, 1);
    for (size_t i = 0; i < shard_count(cache); i++)
        if (llmc__cache_shard_init(&cache->shards[i], policy->max_bytes >> bits) != LLMC_OK) {
            while (i-- > 0)
                llmc__cache_shard_free(&cache->shards[i]);
            llmc__mem_free(cache);
            return NULL;
        }
    return cache;
}

static void free_entries(llmc__cache_entry *left) {
    for (llmc__cache_entry *next; left != NULL; left = next) {
        next = left->next;
        llmc__response_unref(left->response);
        llmc__mem_free(left);
    }
}

void llmc__cache_free(llmc__cache *cache) {
    if (cache == NULL)
        return;
    llmc__cache_clear(cache);
    for (size_t i = 0; i < shard_count(cache); i++)
        llmc__cache_shard_free(&cache->shards[i]);
    llmc__mem_free(cache);
}

llmc__cache_key llmc__cache_key_of(const llmc__cache *cache, const void *bytes, size_t len) {
    llmc__cache_key key = {bytes, len, {0, 0}, NULL};
    llmc__hash_sip128(cache->policy.hash_key, bytes, len, key.hash);
    return key;
}

/*
 * The lock is held for some 50 ns, much less than it takes to sleep and be woken: so a few more tries come first.
 */
static llmc__cache_shard *lock_shard(llmc__cache *cache, const llmc__cache_key *key) {
    llmc__cache_shard *shard = &cache->shards[cache->shard_bits > 0 ? key->hash[0] >> (64 - cache->shard_bits) : 0];
    for (int i = 0; i < 32; i++)
        if (llmc__mutex_trylock(&shard->lock))
            return shard;
    llmc__mutex_lock(&shard->lock);
    return shard;
}

/* ---- looking up ---- */

static int64_t plus(int64_t a, int64_t b) {
    if (b <= 0)
        return a;
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/*
 * XFetch: refresh when -delta * beta * ln(u) reaches the time left, u drawn from (0, 1]. The logarithm of the smallest
 * u is -44.4, so most lookups are decided without it.
 */
static bool is_early(const llmc__cache_entry *entry, double beta, int64_t now_us, uint64_t random) {
    double left = (double)(entry->expires_us - now_us), gap = (double)entry->delta_us * beta;
    if (left > gap * 45)
        return false;
    return -gap * log(((double)(random >> 11) + 1) / 9007199254740992.0) >= left;
}

static bool take_lease(llmc__cache_entry *entry, int64_t now_us, int64_t lease_us) {
    if (now_us < entry->lease_us)
        return false;
    entry->lease_us = plus(now_us, lease_us > 0 ? lease_us : 1);
    return true;
}

static void judge(const llmc__cache *cache, llmc__cache_entry *entry, int64_t now_us, uint64_t random,
                  llmc__cache_hit *hit) {
    if (now_us < entry->expires_us) {
        hit->refresh = is_early(entry, cache->policy.early_beta, now_us, random) &&
                       take_lease(entry, now_us, cache->policy.lease_us);
        hit->verdict = hit->refresh ? LLMC__CACHE_EARLY : LLMC__CACHE_FRESH;
    } else if (now_us < entry->stale_us) {
        hit->refresh = take_lease(entry, now_us, cache->policy.lease_us);
        hit->verdict = LLMC__CACHE_STALE;
    } else {
        hit->verdict = LLMC__CACHE_ERROR_ONLY;
    }
}

static void count_hit(llmc__cache_stats *stats, const llmc__cache_hit *hit) {
    const llmc_response *response = hit->response;
    stats->hits++;
    stats->stale += hit->verdict == LLMC__CACHE_STALE;
    stats->saved_tokens_in += response->usage.tokens_in > 0 ? (uint64_t)response->usage.tokens_in : 0;
    stats->saved_tokens_out += response->usage.tokens_out > 0 ? (uint64_t)response->usage.tokens_out : 0;
    stats->saved_cost_usd += response->cost_usd > 0 ? response->cost_usd : 0;
}

/* Under the shard's lock. */
static void look(llmc__cache *cache, llmc__cache_shard *shard, llmc__cache_entry *entry, int64_t now_us,
                 uint64_t random, llmc__cache_hit *hit, llmc__cache_entry **left) {
    if (entry != NULL && now_us >= entry->keep_us) {
        llmc__cache_shard_drop(shard, entry, left);
        shard->stats.expired++;
        entry = NULL;
    }
    if (entry != NULL) {
        judge(cache, entry, now_us, random, hit);
        llmc__cache_shard_touch(entry);
        hit->response = llmc__response_ref(entry->response);
    }
    if (hit->verdict == LLMC__CACHE_MISS || hit->verdict == LLMC__CACHE_ERROR_ONLY)
        shard->stats.misses++;
    else
        count_hit(&shard->stats, hit);
}

llmc__cache_verdict llmc__cache_lookup(llmc__cache *cache, const llmc__cache_key *key, int64_t now_us, uint64_t random,
                                       llmc__cache_hit *hit) {
    llmc__cache_entry *left = NULL;
    llmc__cache_shard *shard;
    *hit = (llmc__cache_hit){.generation = atomic_load_explicit(&cache->generation, memory_order_acquire)};
    shard = lock_shard(cache, key);
    look(cache, shard, llmc__cache_shard_find(shard, key), now_us, random, hit, &left);
    llmc__mutex_unlock(&shard->lock);
    free_entries(left);
    return hit->verdict;
}

llmc_response *llmc__cache_again(llmc__cache *cache, const llmc__cache_key *key, int64_t now_us) {
    llmc__cache_hit hit = {.verdict = LLMC__CACHE_FRESH};
    llmc__cache_shard *shard = lock_shard(cache, key);
    llmc__cache_entry *entry = llmc__cache_shard_find(shard, key);
    if (entry != NULL && now_us < entry->expires_us) {
        llmc__cache_shard_touch(entry);
        hit.response = llmc__response_ref(entry->response);
        shard->stats.misses--;
        count_hit(&shard->stats, &hit);
    }
    llmc__mutex_unlock(&shard->lock);
    return hit.response;
}

void llmc__cache_give_up(llmc__cache *cache, const llmc__cache_key *key) {
    llmc__cache_shard *shard = lock_shard(cache, key);
    llmc__cache_entry *entry = llmc__cache_shard_find(shard, key);
    if (entry != NULL)
        entry->lease_us = 0;
    llmc__mutex_unlock(&shard->lock);
}

/* ---- storing ---- */

/* A block of malloc of the GNU C library: a word before it, and in steps of 16. */
static size_t entry_cost(size_t key_len, const llmc_response *response) {
    size_t block = (sizeof(llmc__cache_entry) + key_len + 8 + 15) & ~(size_t)15;
    return block + LLMC__CACHE_TABLE_SHARE + llmc__response_bytes(response);
}

static llmc__cache_entry *make_entry(const llmc__cache_key *key, llmc_response *response, const llmc__cache_life *life,
                                     int64_t now_us) {
    llmc__cache_entry *entry = llmc__mem_alloc(sizeof *entry + key->len);
    int64_t error_us;
    if (entry == NULL)
        return NULL;
    memset(entry, 0, sizeof *entry);
    memcpy(entry->hash, key->hash, sizeof entry->hash);
    memcpy(entry->key, key->bytes, key->len);
    entry->key_len = key->len;
    entry->cost = entry_cost(key->len, response);
    entry->expires_us = plus(now_us, life->ttl_us);
    entry->stale_us = plus(entry->expires_us, life->stale_us);
    error_us = plus(entry->expires_us, life->error_us);
    entry->keep_us = error_us > entry->stale_us ? error_us : entry->stale_us;
    entry->delta_us = life->delta_us > 0 ? life->delta_us : 0;
    entry->response = llmc__response_ref(response);
    return entry;
}

static llmc_status refuse(llmc__cache *cache, const llmc__cache_key *key, llmc_status status) {
    llmc__cache_shard *shard = lock_shard(cache, key);
    shard->stats.refused++;
    llmc__mutex_unlock(&shard->lock);
    return status;
}

/* Without memory the chains only get longer. */
static void grow(llmc__cache_shard *shard, size_t count) {
    llmc__cache_entry **buckets = llmc__mem_calloc(count, sizeof *buckets);
    uint32_t *ghosts = llmc__mem_calloc(count, sizeof *ghosts);
    if (buckets != NULL && ghosts != NULL) {
        llmc__mutex_lock(&shard->lock);
        llmc__cache_shard_give(shard, &buckets, &ghosts, count);
        llmc__mutex_unlock(&shard->lock);
    }
    llmc__mem_free(buckets);
    llmc__mem_free(ghosts);
}

llmc_status llmc__cache_put(llmc__cache *cache, const llmc__cache_key *key, llmc_response *response,
                            const llmc__cache_life *life, int64_t now_us) {
    llmc__cache_entry *left = NULL, *entry;
    llmc__cache_shard *shard;
    size_t wanted = 0;
    bool late;
    if (life->ttl_us <= 0)
        return refuse(cache, key, LLMC_ERR_INVALID_ARGUMENT);
    if (entry_cost(key->len, response) > cache->policy.max_bytes >> cache->shard_bits)
        return refuse(cache, key, LLMC_ERR_TOO_LARGE);
    entry = make_entry(key, response, life, now_us);
    if (entry == NULL)
        return refuse(cache, key, LLMC_ERR_NO_MEMORY);
    shard = lock_shard(cache, key);
    /* Read under the lock: a clear counts up first and then empties each shard under its lock. */
    late = life->generation != 0 && life->generation != atomic_load(&cache->generation);
    if (late) {
        shard->stats.refused++;
        left = entry;
    } else {
        llmc__cache_shard_add(shard, entry, llmc__cache_shard_find(shard, key), now_us, &left);
        wanted = llmc__cache_shard_wants(shard);
    }
    llmc__mutex_unlock(&shard->lock);
    free_entries(left);
    if (wanted > 0)
        grow(shard, wanted);
    return late ? LLMC_ERR_CANCELLED : LLMC_OK;
}

/* ---- removing, counting ---- */

bool llmc__cache_remove(llmc__cache *cache, const llmc__cache_key *key) {
    llmc__cache_entry *left = NULL;
    llmc__cache_shard *shard = lock_shard(cache, key);
    llmc__cache_entry *entry = llmc__cache_shard_find(shard, key);
    if (entry != NULL)
        llmc__cache_shard_drop(shard, entry, &left);
    llmc__mutex_unlock(&shard->lock);
    free_entries(left);
    return entry != NULL;
}

void llmc__cache_clear(llmc__cache *cache) {
    atomic_fetch_add(&cache->generation, 1);
    for (size_t i = 0; i < shard_count(cache); i++) {
        llmc__cache_entry *left = NULL;
        llmc__mutex_lock(&cache->shards[i].lock);
        llmc__cache_shard_empty(&cache->shards[i], &left);
        llmc__mutex_unlock(&cache->shards[i].lock);
        free_entries(left);
    }
}

static void add_up(llmc__cache_stats *sum, const llmc__cache_shard *shard) {
    const llmc__cache_stats *part = &shard->stats;
    sum->hits += part->hits;
    sum->misses += part->misses;
    sum->stale += part->stale;
    sum->expired += part->expired;
    sum->evicted += part->evicted;
    sum->stored += part->stored;
    sum->refused += part->refused;
    sum->saved_tokens_in += part->saved_tokens_in;
    sum->saved_tokens_out += part->saved_tokens_out;
    sum->saved_cost_usd += part->saved_cost_usd;
    sum->bytes += shard->small.bytes + shard->main.bytes;
    sum->entries += shard->count;
}

void llmc__cache_stats_read(llmc__cache *cache, llmc__cache_stats *out) {
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < shard_count(cache); i++) {
        llmc__mutex_lock(&cache->shards[i].lock);
        add_up(out, &cache->shards[i]);
        llmc__mutex_unlock(&cache->shards[i].lock);
    }
}
