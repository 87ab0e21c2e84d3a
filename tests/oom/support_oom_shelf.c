#include "support_oom_shelf.h"

#include "engine/client.h"

static size_t find(const shelf *s, const unsigned char *key) {
    size_t i = 0;
    while (i < s->count && memcmp(s->slots[i].key, key, LLMC_STORE_KEY_BYTES) != 0)
        i++;
    return i;
}

static void ended(shelf *s) {
    llmc__mutex_lock(&s->lock);
    s->ended++;
    llmc__cond_broadcast(&s->changed);
    llmc__mutex_unlock(&s->lock);
}

static void shelf_get(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                      void *ctx) {
    shelf *s = (shelf *)store;
    size_t i = find(s, key);
    (void)timeout_ms;
    if (i < s->count)
        done(ctx, LLMC_STORE_DONE, s->slots[i].value, s->slots[i].len);
    else
        done(ctx, LLMC_STORE_ABSENT, NULL, 0);
    ended(s);
}

static void shelf_put(llmc_store *store, const unsigned char *key, const void *value, size_t len, int64_t ttl_ms,
                      int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    shelf *s = (shelf *)store;
    size_t i = find(s, key);
    (void)ttl_ms, (void)timeout_ms;
    if (i < SHELF_SLOTS) {
        memcpy(s->slots[i].key, key, LLMC_STORE_KEY_BYTES);
        free(s->slots[i].value);
        s->slots[i].value = malloc(len);
        memcpy(s->slots[i].value, value, len);
        s->slots[i].len = len;
        s->count += i == s->count ? 1 : 0;
    }
    done(ctx, i < SHELF_SLOTS ? LLMC_STORE_DONE : LLMC_STORE_ABSENT, NULL, 0);
    ended(s);
}

static void shelf_remove(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                         void *ctx) {
    (void)store, (void)key, (void)timeout_ms;
    done(ctx, LLMC_STORE_ABSENT, NULL, 0);
}

static void shelf_clear(llmc_store *store, int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    (void)store, (void)timeout_ms;
    done(ctx, LLMC_STORE_DONE, NULL, 0);
}

static void shelf_close(llmc_store *store) {
    shelf *s = (shelf *)store;
    for (size_t i = 0; i < s->count; i++)
        free(s->slots[i].value);
    llmc__cond_destroy(&s->changed);
    llmc__mutex_destroy(&s->lock);
    free(s);
}

shelf *shelf_new(uint32_t flags) {
    shelf *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->store = (llmc_store){sizeof(llmc_store), LLMC_STORE_VERSION, flags,       "shelf",     NULL, shelf_get,
                            shelf_put,          shelf_remove,       shelf_clear, shelf_close, NULL, NULL};
    assert_int_equal(llmc__mutex_init(&s->lock), LLMC_OK);
    assert_int_equal(llmc__cond_init(&s->changed), LLMC_OK);
    return s;
}

shelf *shelf_of(const llmc_client *client) {
    return (shelf *)client->caching.store;
}

void shelf_wait(shelf *s, int count) {
    int64_t due = llmc__clock_us() + OOM_DEADLINE_MS * 1000;
    llmc__mutex_lock(&s->lock);
    while (s->ended < count)
        assert_true(llmc__cond_wait_until(&s->changed, &s->lock, due));
    llmc__mutex_unlock(&s->lock);
}
