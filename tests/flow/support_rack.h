/* A store in memory that misbehaves as told, and clients that are given it one after the other to embed texts. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_RACK_H
#define LLMC_TESTS_FLOW_SUPPORT_RACK_H

#include <stdatomic.h>
#include "llmclient/store.h"
#include "support_embed.h"

#define RACK_MAX_HELD 64

/* A store in memory; misbehaves as told. */
typedef struct rack {
    llmc_store store; /* first */
    llmc__mutex lock;
    struct {
        unsigned char key[LLMC_STORE_KEY_BYTES];
        char *value;
        size_t len;
    } * slots; /* open addressing by the key's first bytes */
    size_t count;
    atomic_uint gets, puts, clears, closed;
    atomic_bool fails, damages;
    const void *_Atomic get_thread; /* of the last one */
    size_t answers;                 /* so many gets are answered; the later ones are held */
    struct {
        llmc_store_done_fn done;
        void *ctx;
        size_t slot;
    } held[RACK_MAX_HELD];
    atomic_uint held_count;
    int depth, deepest; /* gets inside of each other; of one thread */
    int64_t longest_ms; /* timeout of a get */
} rack;

void rack_init(rack *r, uint32_t flags); /* asserts */
void rack_end(rack *r);

/* What is held is answered now, far too late; what comes next at once. */
void rack_release(rack *r);
void rack_release_held(rack *r); /* the same, and what comes next is held as before */

typedef struct rack_bench {
    rack r;
    flow f;
    llmc_client_options options;
} rack_bench;

/* A mock and a client with a cache and a store of those flags, which has FLOW_DEADLINE_MS to answer. Asserts. */
void rack_open(rack_bench *b, uint32_t flags);
void rack_next_client(rack_bench *b); /* its memory is empty; what was given to the store is in it */
void rack_close(rack_bench *b);
llmc_cache_stats rack_stats(const rack_bench *b);

/* Embeds texts[from, to), all with their vectors, and says how many of them were sent. */
size_t rack_sent(rack_bench *b, const embed_texts *t, size_t from, size_t to, const llmc_embed_options *options);

#endif
