#include "support_rack.h"

#define SLOTS (1u << 15)

static size_t slot_of(const rack *r, const unsigned char *key) {
    size_t at;
    memcpy(&at, key, sizeof at);
    for (at &= SLOTS - 1; r->slots[at].value; at = (at + 1) & (SLOTS - 1))
        if (memcmp(r->slots[at].key, key, LLMC_STORE_KEY_BYTES) == 0)
            break;
    return at;
}

/* Calls back with a copy of what lies there. */
static void answer(rack *r, size_t slot, llmc_store_done_fn done, void *ctx) {
    char *copy = NULL;
    size_t len = 0;
    llmc__mutex_lock(&r->lock);
    if (r->slots[slot].value && !r->fails) {
        len = r->slots[slot].len;
        copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, r->slots[slot].value, len);
        if (r->damages)
            copy[len / 2] = (char)(copy[len / 2] ^ 1);
    }
    llmc__mutex_unlock(&r->lock);
    done(ctx, copy ? LLMC_STORE_DONE : r->fails ? LLMC_STORE_FAILED : LLMC_STORE_ABSENT, copy, len);
    free(copy);
}

static void get_value(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                      void *ctx) {
    rack *r = (rack *)store;
    size_t slot;
    bool holds;
    atomic_store(&r->get_thread, llmc__thread_self());
    llmc__mutex_lock(&r->lock);
    slot = slot_of(r, key);
    holds = atomic_fetch_add(&r->gets, 1) >= r->answers;
    r->longest_ms = timeout_ms > r->longest_ms ? timeout_ms : r->longest_ms;
    if (holds) {
        unsigned at = atomic_load(&r->held_count);
        assert_true(at < RACK_MAX_HELD);
        r->held[at].done = done;
        r->held[at].ctx = ctx;
        r->held[at].slot = slot;
        atomic_store(&r->held_count, at + 1);
    }
    r->depth += !holds;
    r->deepest = r->depth > r->deepest ? r->depth : r->deepest;
    llmc__mutex_unlock(&r->lock);
    if (holds)
        return;
    answer(r, slot, done, ctx);
    llmc__mutex_lock(&r->lock);
    r->depth--;
    llmc__mutex_unlock(&r->lock);
}

static void put_value(llmc_store *store, const unsigned char *key, const void *value, size_t len, int64_t ttl_ms,
                      int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    rack *r = (rack *)store;
    bool kept = ttl_ms > 0 && !r->fails;
    size_t slot;
    (void)timeout_ms;
    llmc__mutex_lock(&r->lock);
    slot = slot_of(r, key);
    if (kept) {
        r->count += r->slots[slot].value == NULL;
        memcpy(r->slots[slot].key, key, LLMC_STORE_KEY_BYTES);
        free(r->slots[slot].value);
        r->slots[slot].value = malloc(len);
        assert_non_null(r->slots[slot].value);
        memcpy(r->slots[slot].value, value, len);
        r->slots[slot].len = len;
    }
    llmc__mutex_unlock(&r->lock);
    atomic_fetch_add(&r->puts, 1);
    done(ctx, kept ? LLMC_STORE_DONE : LLMC_STORE_FAILED, NULL, 0);
}

static void remove_value(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                         void *ctx) {
    (void)store, (void)key, (void)timeout_ms;
    done(ctx, LLMC_STORE_ABSENT, NULL, 0);
}

static void empty(rack *r) {
    for (size_t i = 0; i < SLOTS; i++) {
        free(r->slots[i].value);
        r->slots[i].value = NULL;
    }
    r->count = 0;
}

static void clear_values(llmc_store *store, int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    rack *r = (rack *)store;
    (void)timeout_ms;
    llmc__mutex_lock(&r->lock);
    empty(r);
    llmc__mutex_unlock(&r->lock);
    atomic_fetch_add(&r->clears, 1);
    done(ctx, LLMC_STORE_DONE, NULL, 0);
}

/* The test's own; a client closes it, and the next one is given it again. */
static void close_store(llmc_store *store) {
    atomic_fetch_add(&((rack *)store)->closed, 1);
}

void rack_release_held(rack *r) {
    rack now;
    llmc__mutex_lock(&r->lock);
    memcpy(now.held, r->held, sizeof now.held);
    atomic_init(&now.held_count, atomic_exchange(&r->held_count, 0));
    llmc__mutex_unlock(&r->lock);
    for (unsigned i = 0; i < atomic_load(&now.held_count); i++)
        answer(r, now.held[i].slot, now.held[i].done, now.held[i].ctx);
}

void rack_release(rack *r) {
    llmc__mutex_lock(&r->lock);
    r->answers = SIZE_MAX;
    llmc__mutex_unlock(&r->lock);
    rack_release_held(r);
}

/* ---- clients ---- */

void rack_init(rack *r, uint32_t flags) {
    memset(r, 0, sizeof *r);
    assert_int_equal(llmc__mutex_init(&r->lock), LLMC_OK);
    r->slots = calloc(SLOTS, sizeof *r->slots);
    assert_non_null(r->slots);
    r->answers = SIZE_MAX;
    r->store = (llmc_store){sizeof(llmc_store), LLMC_STORE_VERSION, flags,        "rack",      NULL, get_value,
                            put_value,          remove_value,       clear_values, close_store, NULL, NULL};
}

void rack_end(rack *r) {
    empty(r);
    free(r->slots);
    llmc__mutex_destroy(&r->lock);
}

void rack_open(rack_bench *b, uint32_t flags) {
    memset(b, 0, sizeof *b);
    rack_init(&b->r, flags);
    b->options = flow_options();
    b->options.enable_cache = true;
    b->options.cache_store = &b->r.store;
    b->options.cache_salt = "shared by the test";
    b->options.cache_store_timeout_ms = FLOW_DEADLINE_MS;
    flow_open(&b->f, &b->options);
}

void rack_next_client(rack_bench *b) {
    llmc_client_free(b->f.client);
    b->f.client = flow_client(llmc_mock_base_url(b->f.mock), &b->options);
}

void rack_close(rack_bench *b) {
    flow_close(&b->f);
    assert_true(atomic_load(&b->r.closed) > 0);
    rack_end(&b->r);
}

llmc_cache_stats rack_stats(const rack_bench *b) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    assert_int_equal(llmc_client_cache_stats(b->f.client, &stats), LLMC_OK);
    return stats;
}

size_t rack_sent(rack_bench *b, const embed_texts *t, size_t from, size_t to, const llmc_embed_options *options) {
    llmc_embeddings *e = NULL;
    size_t before = llmc_mock_request_count(b->f.mock), count = 0;
    llmc_mock_request seen;
    assert_int_equal(llmc_embed(b->f.client, EMBED_MODEL, EMBED_TEXTS(*t) + from, to - from, options, &e), LLMC_OK);
    embed_assert_all(e, EMBED_TEXTS(*t) + from, SIZE_MAX, LLMC_OK);
    for (size_t i = before; i < llmc_mock_request_count(b->f.mock); i++) {
        assert_true(llmc_mock_request_at(b->f.mock, i, &seen));
        for (size_t k = from; k < to; k++)
            count += strstr(seen.body, t->texts[k]) != NULL;
    }
    assert_int_equal(llmc_embeddings_from_cache(e), to - from - count);
    assert_int_equal(llmc_embeddings_requests(e), llmc_mock_request_count(b->f.mock) - before);
    llmc_embeddings_unref(e);
    return count;
}
