/*
 * One part of the cache: a table, the two queues of S3-FIFO and the fingerprints of what was pushed out. Not locked
 * here, and frees nothing: what leaves is put on a list of the caller's, to be freed after the lock.
 */
#ifndef LLMC_POLICY_CACHE_SHARD_H
#define LLMC_POLICY_CACHE_SHARD_H

#include <stdatomic.h>
#include "base/thread.h"
#include "policy/cache.h"

struct llmc__cache_entry {
    llmc__cache_entry *next;          /* in its bucket; on the list of those that left */
    llmc__cache_entry *newer, *older; /* in its queue */
    uint64_t hash[2];
    int64_t expires_us;
    int64_t lease_us; /* until then somebody refreshes it; 0: nobody */
    double cost_usd;  /* saved by each hit, as the tokens */
    atomic_uint refs; /* the cache's, and one of each user of the value */
    uint32_t value_len, key_len;
    uint32_t stale_s; /* so long after it has expired it may be served stale */
    uint32_t error_s; /* or may serve when the provider fails */
    uint32_t delta_us;
    uint32_t tokens_in, tokens_out;
    uint8_t uses; /* 0..3 */
    bool in_main;
    _Alignas(8) unsigned char bytes[]; /* the value, then the key */
};

/* When it is of no use any more. */
int64_t llmc__cache_shard_end_us(const llmc__cache_entry *entry);

/* The block of an entry, with what the allocator adds. */
size_t llmc__cache_shard_cost(size_t value_len, size_t key_len);

typedef struct llmc__cache_queue {
    llmc__cache_entry *newest, *oldest;
    size_t bytes;
} llmc__cache_queue;

/* Fingerprints in sets of four, newest first; as many as there may be entries before the table grows. */
#define LLMC__CACHE_WAYS   4
#define LLMC__CACHE_GHOSTS 2

typedef struct llmc__cache_shard {
    llmc__mutex lock;
    llmc__cache_entry **buckets;
    uint32_t *ghosts;    /* LLMC__CACHE_GHOSTS for each bucket; 0: none */
    size_t bucket_count; /* a power of two, at least LLMC__CACHE_WAYS */
    size_t count;
    size_t max_bytes;
    size_t table_bytes; /* of the shard itself, buckets and fingerprints */
    llmc__cache_queue small, main;
    llmc_cache_stats stats; /* bytes and entries are not kept here */
    char apart[64];         /* two shards' hot words lie on different cache lines */
} llmc__cache_shard;

llmc_status llmc__cache_shard_init(llmc__cache_shard *shard, size_t max_bytes);
void llmc__cache_shard_free(llmc__cache_shard *shard); /* entries are the caller's */

/* The bytes of all, tables too, and whether a block of that cost fits beside the tables. */
size_t llmc__cache_shard_bytes(const llmc__cache_shard *shard);
bool llmc__cache_shard_fits(const llmc__cache_shard *shard, size_t cost);

llmc__cache_entry *llmc__cache_shard_find(const llmc__cache_shard *shard, const llmc__cache_key *key);
void llmc__cache_shard_touch(llmc__cache_entry *entry); /* it was asked for */

/* Takes an entry out and puts it on *left. */
void llmc__cache_shard_drop(llmc__cache_shard *shard, llmc__cache_entry *entry, llmc__cache_entry **left);
/* Puts one in, in place of `old` (may be NULL), and makes room: others go to *left. It must fit by itself. */
void llmc__cache_shard_add(llmc__cache_shard *shard, llmc__cache_entry *entry, llmc__cache_entry *old, int64_t now_us,
                           llmc__cache_entry **left);
void llmc__cache_shard_empty(llmc__cache_shard *shard, llmc__cache_entry **left);

/*
 * A larger table. In two steps, as memory is got outside the lock: wants() tells the size (0: none needed), give()
 * takes the two arrays, or leaves them when another was faster; what is in *buckets and *ghosts then is to be freed.
 * Entries that have to go for it are put on *left.
 */
size_t llmc__cache_shard_wants(const llmc__cache_shard *shard);
void llmc__cache_shard_give(llmc__cache_shard *shard, llmc__cache_entry ***buckets, uint32_t **ghosts, size_t count,
                            int64_t now_us, llmc__cache_entry **left);

#endif
