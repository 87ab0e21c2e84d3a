#include "policy/cache.h"

#include <math.h>
#include <string.h>
#include "base/mem.h"
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

llmc__cache_entry *llmc__cache_entry_ref(llmc__cache_entry *entry) {
    if (entry != NULL)
        atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
    return entry;
}

void llmc__cache_entry_unref(llmc__cache_entry *entry) {
    if (entry != NULL && atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) == 1)
        llmc__mem_free(entry);
}

const void *llmc__cache_entry_value(const llmc__cache_entry *entry, size_t *len) {
    *len = entry->value_len;
    return entry->bytes;
}

static void free_entries(llmc__cache_entry *left) {
    for (llmc__cache_entry *next; left != NULL; left = next) {
        next = left->next;
        llmc__cache_entry_unref(left);
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
    } else if (now_us < plus(entry->expires_us, (int64_t)entry->stale_s * 1000000)) {
        hit->refresh = take_lease(entry, now_us, cache->policy.lease_us);
        hit->verdict = LLMC__CACHE_STALE;
    } else {
        hit->verdict = LLMC__CACHE_ERROR_ONLY;
    }
}

static void count_hit(llmc_cache_stats *stats, const llmc__cache_entry *entry, bool is_stale) {
    stats->hits++;
    stats->stale_hits += is_stale;
    stats->saved_tokens_in += entry->tokens_in;
    stats->saved_tokens_out += entry->tokens_out;
    stats->saved_cost_usd += entry->cost_usd;
}

/* Under the shard's lock. */
static void look(llmc__cache *cache, llmc__cache_shard *shard, llmc__cache_entry *entry, int64_t now_us,
                 uint64_t random, llmc__cache_hit *hit, llmc__cache_entry **left) {
    if (entry != NULL && now_us >= llmc__cache_shard_end_us(entry)) {
        llmc__cache_shard_drop(shard, entry, left);
        shard->stats.expired++;
        entry = NULL;
    }
    if (entry != NULL) {
        judge(cache, entry, now_us, random, hit);
        llmc__cache_shard_touch(entry);
        hit->entry = llmc__cache_entry_ref(entry);
    }
    if (entry == NULL || hit->verdict == LLMC__CACHE_ERROR_ONLY)
        shard->stats.misses++;
    else
        count_hit(&shard->stats, entry, hit->verdict == LLMC__CACHE_STALE);
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

llmc__cache_entry *llmc__cache_again(llmc__cache *cache, const llmc__cache_key *key, int64_t now_us) {
    llmc__cache_shard *shard = lock_shard(cache, key);
    llmc__cache_entry *entry = llmc__cache_shard_find(shard, key);
    if (entry != NULL && now_us >= entry->expires_us)
        entry = NULL;
    if (entry != NULL) {
        llmc__cache_shard_touch(llmc__cache_entry_ref(entry));
        shard->stats.misses--;
        count_hit(&shard->stats, entry, false);
    }
    llmc__mutex_unlock(&shard->lock);
    return entry;
}

void llmc__cache_give_up(llmc__cache *cache, const llmc__cache_key *key) {
    llmc__cache_shard *shard = lock_shard(cache, key);
    llmc__cache_entry *entry = llmc__cache_shard_find(shard, key);
    if (entry != NULL)
        entry->lease_us = 0;
    llmc__mutex_unlock(&shard->lock);
}

/* ---- storing ---- */

static uint32_t at_most_32_bits(int64_t number) {
    return number > 0 ? number < UINT32_MAX ? (uint32_t)number : UINT32_MAX : 0;
}

/* Rounded up. */
static uint32_t seconds_of(int64_t us) {
    return us > 0 ? at_most_32_bits((us - 1) / 1000000 + 1) : 0;
}

static void set_life(llmc__cache_entry *entry, const llmc__cache_life *life, int64_t now_us) {
    entry->expires_us = plus(now_us, life->ttl_us);
    entry->stale_s = seconds_of(life->stale_us);
    entry->error_s = seconds_of(life->error_us);
    entry->delta_us = at_most_32_bits(life->delta_us);
}

static llmc__cache_entry *make_entry(const llmc__cache_key *key, const void *value, size_t len,
                                     const llmc__cache_worth *worth) {
    llmc__cache_entry *entry = llmc__mem_alloc(sizeof *entry + len + key->len);
    if (entry == NULL)
        return NULL;
    memset(entry, 0, sizeof *entry);
    atomic_init(&entry->refs, 1);
    memcpy(entry->hash, key->hash, sizeof entry->hash);
    if (len > 0)
        memcpy(entry->bytes, value, len);
    if (key->len > 0)
        memcpy(entry->bytes + len, key->bytes, key->len);
    entry->value_len = (uint32_t)len;
    entry->key_len = (uint32_t)key->len;
    if (worth != NULL) {
        entry->tokens_in = at_most_32_bits(worth->tokens_in);
        entry->tokens_out = at_most_32_bits(worth->tokens_out);
        entry->cost_usd = worth->cost_usd > 0 ? worth->cost_usd : 0;
    }
    return entry;
}

/* Whether the two together may be an entry at all. */
static bool is_entry_size(const llmc__cache *cache, size_t value_len, size_t key_len) {
    size_t most = cache->policy.max_bytes < UINT32_MAX ? cache->policy.max_bytes : UINT32_MAX;
    return value_len <= most && key_len <= most - value_len;
}

static llmc_status refuse(llmc__cache *cache, const llmc__cache_key *key, llmc_status status) {
    llmc__cache_shard *shard = lock_shard(cache, key);
    shard->stats.refused++;
    llmc__mutex_unlock(&shard->lock);
    return status;
}

/* Without memory the chains only get longer. */
static void grow(llmc__cache_shard *shard, size_t count, int64_t now_us) {
    llmc__cache_entry **buckets = llmc__mem_calloc(count, sizeof *buckets), *left = NULL;
    uint32_t *ghosts = llmc__mem_calloc(count, LLMC__CACHE_GHOSTS * sizeof *ghosts);
    if (buckets != NULL && ghosts != NULL) {
        llmc__mutex_lock(&shard->lock);
        llmc__cache_shard_give(shard, &buckets, &ghosts, count, now_us, &left);
        llmc__mutex_unlock(&shard->lock);
    }
    llmc__mem_free(buckets);
    llmc__mem_free(ghosts);
    free_entries(left);
}

/* Under the shard's lock. An entry that is not stored is put on *left like those that have to go for it. */
static llmc_status store(llmc__cache *cache, llmc__cache_shard *shard, const llmc__cache_key *key,
                         llmc__cache_entry *entry, const llmc__cache_life *life, int64_t now_us,
                         llmc__cache_entry **left) {
    llmc_status status = LLMC_OK;
    /* Read under the lock: a clear counts up first and then empties each shard under its lock. */
    if (life->generation != 0 && life->generation != atomic_load(&cache->generation))
        status = LLMC_ERR_CANCELLED;
    else if (!llmc__cache_shard_fits(shard, llmc__cache_shard_cost(entry->value_len, entry->key_len)))
        status = LLMC_ERR_TOO_LARGE;
    if (status == LLMC_OK) {
        llmc__cache_shard_add(shard, entry, llmc__cache_shard_find(shard, key), now_us, left);
    } else {
        shard->stats.refused++;
        *left = entry;
    }
    return status;
}

llmc_status llmc__cache_put(llmc__cache *cache, const llmc__cache_key *key, const void *value, size_t len,
                            const llmc__cache_worth *worth, const llmc__cache_life *life, int64_t now_us) {
    llmc__cache_entry *left = NULL, *entry;
    llmc__cache_shard *shard;
    llmc_status status;
    size_t wanted;
    if (life->ttl_us <= 0)
        return refuse(cache, key, LLMC_ERR_INVALID_ARGUMENT);
    if (!is_entry_size(cache, len, key->len))
        return refuse(cache, key, LLMC_ERR_TOO_LARGE);
    entry = make_entry(key, value, len, worth);
    if (entry == NULL)
        return refuse(cache, key, LLMC_ERR_NO_MEMORY);
    set_life(entry, life, now_us);
    shard = lock_shard(cache, key);
    status = store(cache, shard, key, entry, life, now_us, &left);
    wanted = llmc__cache_shard_wants(shard);
    llmc__mutex_unlock(&shard->lock);
    free_entries(left);
    if (wanted > 0)
        grow(shard, wanted, now_us);
    return status;
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

void llmc__cache_stats_read(llmc__cache *cache, llmc_cache_stats *out) {
    uint64_t *sums = (void *)out;
    for (size_t i = 0; i < shard_count(cache); i++) {
        llmc__cache_shard *shard = &cache->shards[i];
        const uint64_t *parts = (const void *)&shard->stats;
        llmc__mutex_lock(&shard->lock);
        shard->stats.bytes = llmc__cache_shard_bytes(shard);
        shard->stats.entries = shard->count;
        for (size_t k = offsetof(llmc_cache_stats, hits) / 8; k <= offsetof(llmc_cache_stats, saved_tokens_out) / 8;
             k++)
            sums[k] += parts[k];
        out->saved_cost_usd += shard->stats.saved_cost_usd;
        llmc__mutex_unlock(&shard->lock);
    }
}
