#include "policy/cache_shard.h"

#include <string.h>
#include "base/mem.h"

#define MOST_USES 3

/* A block of malloc of the GNU C library: a word before it, and in steps of 16. */
static size_t block(size_t size) {
    return (size + 8 + 15) & ~(size_t)15;
}

size_t llmc__cache_shard_cost(size_t value_len, size_t key_len) {
    return block(sizeof(llmc__cache_entry) + value_len + key_len);
}

/* The shard itself, buckets and fingerprints. */
static size_t table_cost(size_t buckets) {
    return sizeof(llmc__cache_shard) + block(buckets * sizeof(llmc__cache_entry *)) +
           block(buckets * LLMC__CACHE_GHOSTS * sizeof(uint32_t));
}

int64_t llmc__cache_shard_end_us(const llmc__cache_entry *entry) {
    int64_t more_us = (int64_t)(entry->stale_s > entry->error_s ? entry->stale_s : entry->error_s) * 1000000;
    return entry->expires_us > INT64_MAX - more_us ? INT64_MAX : entry->expires_us + more_us;
}

size_t llmc__cache_shard_bytes(const llmc__cache_shard *shard) {
    return shard->small.bytes + shard->main.bytes + shard->table_bytes;
}

bool llmc__cache_shard_fits(const llmc__cache_shard *shard, size_t cost) {
    return shard->table_bytes <= shard->max_bytes && cost <= shard->max_bytes - shard->table_bytes;
}

static size_t cost_of(const llmc__cache_entry *entry) {
    return llmc__cache_shard_cost(entry->value_len, entry->key_len);
}

llmc_status llmc__cache_shard_init(llmc__cache_shard *shard, size_t max_bytes) {
    llmc_status status;
    memset(shard, 0, sizeof *shard);
    shard->max_bytes = max_bytes;
    shard->bucket_count = max_bytes < 65536 ? 8 : 64;
    shard->table_bytes = table_cost(shard->bucket_count);
    shard->buckets = llmc__mem_calloc(shard->bucket_count, sizeof *shard->buckets);
    shard->ghosts = llmc__mem_calloc(shard->bucket_count * LLMC__CACHE_GHOSTS, sizeof *shard->ghosts);
    status = shard->buckets != NULL && shard->ghosts != NULL ? llmc__mutex_init(&shard->lock) : LLMC_ERR_NO_MEMORY;
    if (status != LLMC_OK) {
        llmc__mem_free(shard->buckets);
        llmc__mem_free(shard->ghosts);
    }
    return status;
}

void llmc__cache_shard_free(llmc__cache_shard *shard) {
    llmc__mutex_destroy(&shard->lock);
    llmc__mem_free(shard->buckets);
    llmc__mem_free(shard->ghosts);
}

/* ---- table: the first half of the hash chooses the bucket; its top bits have chosen the shard ---- */

static llmc__cache_entry **bucket_of(const llmc__cache_shard *shard, const uint64_t hash[2]) {
    return &shard->buckets[hash[0] & (shard->bucket_count - 1)];
}

static bool is_same(const llmc__cache_entry *entry, const llmc__cache_key *key) {
    if (entry->hash[0] != key->hash[0] || entry->hash[1] != key->hash[1] || entry->key_len != key->len)
        return false;
    return key->bytes != NULL ? memcmp(entry->bytes + entry->value_len, key->bytes, key->len) == 0
                              : key->same(key, entry->bytes + entry->value_len, entry->key_len);
}

llmc__cache_entry *llmc__cache_shard_find(const llmc__cache_shard *shard, const llmc__cache_key *key) {
    llmc__cache_entry *entry = *bucket_of(shard, key->hash);
    for (; entry != NULL; entry = entry->next)
        if (is_same(entry, key))
            return entry;
    return NULL;
}

static void unchain(llmc__cache_shard *shard, const llmc__cache_entry *entry) {
    llmc__cache_entry **at = bucket_of(shard, entry->hash);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    shard->count--;
}

static void chain(llmc__cache_shard *shard, llmc__cache_entry *entry) {
    llmc__cache_entry **at = bucket_of(shard, entry->hash);
    entry->next = *at;
    *at = entry;
    shard->count++;
}

/* ---- fingerprints ---- */

static uint32_t fingerprint(const uint64_t hash[2]) {
    return (uint32_t)hash[1] | 1; /* 0 stands for none */
}

/* The set is chosen by bits of the fingerprint itself, so that it can be moved to a larger table. */
static uint32_t *ghost_set(uint32_t *ghosts, size_t buckets, uint32_t print) {
    return &ghosts[(print >> 1) % (buckets * LLMC__CACHE_GHOSTS / LLMC__CACHE_WAYS) * LLMC__CACHE_WAYS];
}

static void remember(uint32_t *ghosts, size_t buckets, uint32_t print) {
    uint32_t *set = ghost_set(ghosts, buckets, print);
    memmove(set + 1, set, (LLMC__CACHE_WAYS - 1) * sizeof *set);
    set[0] = print;
}

/* Whether it was there; it is not afterwards. */
static bool recall(llmc__cache_shard *shard, uint32_t print) {
    uint32_t *set = ghost_set(shard->ghosts, shard->bucket_count, print);
    for (size_t i = 0; i < LLMC__CACHE_WAYS; i++)
        if (set[i] == print) {
            memmove(set + i, set + i + 1, (LLMC__CACHE_WAYS - 1 - i) * sizeof *set);
            set[LLMC__CACHE_WAYS - 1] = 0;
            return true;
        }
    return false;
}

/* ---- queues ---- */

static llmc__cache_queue *queue_of(llmc__cache_shard *shard, const llmc__cache_entry *entry) {
    return entry->in_main ? &shard->main : &shard->small;
}

static void enqueue(llmc__cache_shard *shard, llmc__cache_entry *entry, bool in_main) {
    llmc__cache_queue *queue;
    entry->in_main = in_main;
    queue = queue_of(shard, entry);
    entry->newer = NULL;
    entry->older = queue->newest;
    if (queue->newest != NULL)
        queue->newest->newer = entry;
    else
        queue->oldest = entry;
    queue->newest = entry;
    queue->bytes += cost_of(entry);
}

static void dequeue(llmc__cache_shard *shard, llmc__cache_entry *entry) {
    llmc__cache_queue *queue = queue_of(shard, entry);
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        queue->newest = entry->older;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        queue->oldest = entry->newer;
    queue->bytes -= cost_of(entry);
}

void llmc__cache_shard_touch(llmc__cache_entry *entry) {
    if (entry->uses < MOST_USES)
        entry->uses++;
}

void llmc__cache_shard_drop(llmc__cache_shard *shard, llmc__cache_entry *entry, llmc__cache_entry **left) {
    dequeue(shard, entry);
    unchain(shard, entry);
    entry->next = *left;
    *left = entry;
}

static void evict(llmc__cache_shard *shard, llmc__cache_entry *entry, int64_t now_us, llmc__cache_entry **left) {
    bool dead = now_us >= llmc__cache_shard_end_us(entry);
    if (!dead && !entry->in_main)
        remember(shard->ghosts, shard->bucket_count, fingerprint(entry->hash));
    shard->stats.expired += dead;
    shard->stats.evicted += !dead;
    llmc__cache_shard_drop(shard, entry, left);
}

/* The oldest of the small queue goes on to the main one when it was asked for, else out. */
static void shrink_small(llmc__cache_shard *shard, int64_t now_us, llmc__cache_entry **left) {
    llmc__cache_entry *entry = shard->small.oldest;
    if (entry->uses == 0 || now_us >= llmc__cache_shard_end_us(entry)) {
        evict(shard, entry, now_us, left);
        return;
    }
    dequeue(shard, entry);
    entry->uses = 0;
    enqueue(shard, entry, true);
}

/* The oldest of the main queue gets another round for each time it was asked for; the one just put in stays. */
static void shrink_main(llmc__cache_shard *shard, const llmc__cache_entry *fresh, int64_t now_us,
                        llmc__cache_entry **left) {
    llmc__cache_entry *entry = shard->main.oldest;
    if (entry == NULL)
        return; /* never: the caller saw one */
    if (entry != fresh && (entry->uses == 0 || now_us >= llmc__cache_shard_end_us(entry))) {
        evict(shard, entry, now_us, left);
        return;
    }
    dequeue(shard, entry);
    if (entry != fresh)
        entry->uses--;
    enqueue(shard, entry, true);
}

/* Ends, as the fresh one (NULL: there is none) fits alone and every other loses a use each time round. */
static void make_room(llmc__cache_shard *shard, const llmc__cache_entry *fresh, int64_t now_us,
                      llmc__cache_entry **left) {
    while (shard->count > 0 && llmc__cache_shard_bytes(shard) > shard->max_bytes) {
        const llmc__cache_entry *oldest = shard->small.oldest;
        bool main_has_more = shard->main.oldest != NULL && (shard->main.oldest != fresh || fresh->newer != NULL);
        bool small_may = oldest != NULL && oldest != fresh;
        if (small_may && (shard->small.bytes > shard->max_bytes / 10 || !main_has_more))
            shrink_small(shard, now_us, left);
        else
            shrink_main(shard, fresh, now_us, left);
    }
}

/* Entries whose time is over leave from the old ends, a few with each put, also when there is room. */
static void sweep(llmc__cache_shard *shard, llmc__cache_queue *queue, int64_t now_us, llmc__cache_entry **left) {
    for (int i = 0; i < 4 && queue->oldest != NULL && now_us >= llmc__cache_shard_end_us(queue->oldest); i++)
        evict(shard, queue->oldest, now_us, left);
}

void llmc__cache_shard_add(llmc__cache_shard *shard, llmc__cache_entry *entry, llmc__cache_entry *old, int64_t now_us,
                           llmc__cache_entry **left) {
    bool known = recall(shard, fingerprint(entry->hash));
    if (old != NULL) {
        known = known || old->in_main;
        entry->uses = old->uses;
        llmc__cache_shard_drop(shard, old, left);
    }
    sweep(shard, &shard->small, now_us, left);
    sweep(shard, &shard->main, now_us, left);
    chain(shard, entry);
    enqueue(shard, entry, known);
    make_room(shard, entry, now_us, left);
    shard->stats.stored++;
}

void llmc__cache_shard_empty(llmc__cache_shard *shard, llmc__cache_entry **left) {
    while (shard->small.oldest != NULL)
        llmc__cache_shard_drop(shard, shard->small.oldest, left);
    while (shard->main.oldest != NULL)
        llmc__cache_shard_drop(shard, shard->main.oldest, left);
    memset(shard->ghosts, 0, shard->bucket_count * LLMC__CACHE_GHOSTS * sizeof *shard->ghosts);
}

/* ---- growth ---- */

/* Tables take no more than an eighth of all: chains of very small entries may get longer. */
size_t llmc__cache_shard_wants(const llmc__cache_shard *shard) {
    size_t wanted = 2 * shard->bucket_count;
    return shard->count >= LLMC__CACHE_GHOSTS * shard->bucket_count && table_cost(wanted) <= shard->max_bytes / 8
               ? wanted
               : 0;
}

void llmc__cache_shard_give(llmc__cache_shard *shard, llmc__cache_entry ***buckets, uint32_t **ghosts, size_t count,
                            int64_t now_us, llmc__cache_entry **left) {
    llmc__cache_entry **old_buckets = shard->buckets;
    uint32_t *old_ghosts = shard->ghosts;
    size_t old_count = shard->bucket_count;
    if (count <= old_count)
        return;
    shard->buckets = *buckets;
    shard->ghosts = *ghosts;
    shard->bucket_count = count;
    shard->table_bytes = table_cost(count);
    shard->count = 0;
    for (size_t i = 0; i < old_count; i++) {
        for (llmc__cache_entry *entry = old_buckets[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            chain(shard, entry);
        }
    }
    for (size_t i = old_count * LLMC__CACHE_GHOSTS; i-- > 0;) /* the newest of a set is first, so it comes last */
        if (old_ghosts[i] != 0)
            remember(shard->ghosts, count, old_ghosts[i]);
    *buckets = old_buckets;
    *ghosts = old_ghosts;
    make_room(shard, NULL, now_us, left);
}
