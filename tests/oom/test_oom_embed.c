/* Embeddings and batchers while allocations fail: what has a vector has the right one, all else says why. */
#include "support_oom_shelf.h"
#include "base/mem.h"
#include "engine/client.h"
#include "model/request.h"
#include "llmclient/mock.h"

#define DIMENSIONS 8

static const char *const texts[] = {"one", "two", "one", "three"};
#define COUNT (sizeof texts / sizeof texts[0])

static bool is_vector_of(const float *vector, const char *text) {
    float expected[DIMENSIONS];
    llmc_mock_vector(text, strlen(text), DIMENSIONS, expected);
    return memcmp(vector, expected, sizeof expected) == 0;
}

/* Texts that failed for want of memory are that want; others must have their vectors. */
static llmc_status judge(llmc_embeddings *e, llmc_status status) {
    llmc_status found = status;
    for (size_t i = 0; i < llmc_embeddings_count(e); i++) {
        llmc_status of_text = llmc_embeddings_text_status(e, i);
        if (of_text == LLMC_OK)
            assert_true(is_vector_of(llmc_embeddings_vector(e, i), texts[i]));
        else if (of_text == LLMC_ERR_NO_MEMORY)
            found = LLMC_ERR_NO_MEMORY;
    }
    return found;
}

static llmc_status embed_on(llmc_client *client, oom_server server, uint32_t max_texts) {
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    llmc_embeddings *e = NULL;
    llmc_status status;
    options.max_texts = max_texts;
    options.task = "query";
    options.max_concurrency = 2;
    status = llmc_embed(client, oom_model(server), texts, COUNT, &options, &e);
    if (e)
        status = judge(e, status);
    llmc_embeddings_unref(e);
    return status;
}

static llmc_status embed(llmc_client *client) {
    return embed_on(client, OOM_ECHO, 1);
}

/* More than the server takes: divided. */
static llmc_status embed_together(llmc_client *client) {
    return embed_on(client, OOM_ECHO, 0);
}

static llmc_status embed_refused(llmc_client *client) {
    return embed_on(client, OOM_BUSY, 0);
}

static llmc_status embed_into_rows(llmc_client *client) {
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    float rows[COUNT * DIMENSIONS] = {0};
    llmc_status status;
    options.vectors = rows;
    options.vector_dimensions = DIMENSIONS;
    options.encoding = LLMC_EMBED_FLOAT;
    status = llmc_embed(client, oom_model(OOM_ECHO), texts, COUNT, &options, NULL);
    for (size_t i = 0; status == LLMC_OK && i < COUNT; i++)
        assert_true(is_vector_of(rows + i * DIMENSIONS, texts[i]));
    return status == LLMC_ERR_PARTIAL ? LLMC_ERR_NO_MEMORY : status;
}

static llmc_status embed_twice(llmc_client *client) {
    llmc_status status = embed_together(client);
    return status == LLMC_OK ? embed(client) : status;
}

static void on_done(llmc_embeddings *e, llmc_status status, void *user_data) {
    oom_tally *tally = user_data;
    (void)e;
    llmc__mutex_lock(&tally->lock);
    tally->done++;
    tally->status = status;
    llmc__cond_broadcast(&tally->changed);
    llmc__mutex_unlock(&tally->lock);
}

static llmc_status embed_aside(llmc_client *client) {
    oom_tally tally;
    llmc_embeddings *e = NULL;
    llmc_status status;
    oom_tally_init(&tally);
    status = llmc_embed_async(client, oom_model(OOM_ECHO), texts, COUNT, NULL, on_done, &tally, &e);
    if (status == LLMC_OK) {
        oom_tally_wait_done(&tally);
        status = judge(e, llmc_embeddings_wait(e));
    }
    llmc_embeddings_unref(e);
    oom_tally_destroy(&tally);
    return status;
}

/* Three texts were given to the store, and memory has them no more. */
static void forget(llmc_client *client) {
    oom_pause(true);
    assert_int_equal(embed(client), LLMC_OK);
    shelf_wait(shelf_of(client), 6); /* each was asked for, and put */
    llmc__cache_clear(client->caching.memory);
    oom_pause(false);
}

/* What cannot be looked for is sent. */
static llmc_status embed_from_store(llmc_client *client) {
    llmc_status status;
    forget(client);
    status = embed_together(client);
    assert_true(atomic_load(&client->caching.store_hits) == 3 || oom_struck());
    return status;
}

static llmc__cache_call *carry(llmc_client *client, oom_server server, const char *text) {
    llmc__input *input = llmc__input_new(LLMC__OP_EMBED, 1);
    llmc_request *request;
    llmc__cache_call *carried;
    input->texts[0] = (llmc__text){text, strlen(text)};
    input->truncate = -1;
    input->task = llmc__mem_strdup("query");
    request = llmc__request_for(oom_model(server), NULL, LLMC__OP_EMBED, input);
    carried = llmc__caching_carry(client, request, 0);
    assert_non_null(carried);
    llmc_request_free(request);
    llmc__input_unref(input);
    return carried;
}

/* Gives a server that refuses all the vectors of another, as if stored some seconds ago with one to live. */
static void give_old(llmc_client *client) {
    const llmc__cache_life life = {.ttl_us = 1000000, .error_us = (int64_t)3600 * 1000000};
    llmc__cache *cache = client->caching.memory;
    int64_t now_us = llmc__clock_us();
    for (size_t i = 0; i < COUNT; i++) {
        llmc__cache_call *from = carry(client, OOM_ECHO, texts[i]), *to = carry(client, OOM_BUSY, texts[i]);
        llmc__cache_hit hit;
        const void *value;
        size_t len;
        assert_int_equal(llmc__cache_lookup(cache, &from->key, now_us, UINT64_MAX, &hit), LLMC__CACHE_FRESH);
        value = llmc__cache_entry_value(hit.entry, &len);
        assert_int_equal(llmc__cache_put(cache, &to->key, value, len, NULL, &life, now_us - 5000000), LLMC_OK);
        llmc__cache_entry_unref(hit.entry);
        llmc__cache_call_free(from);
        llmc__cache_call_free(to);
    }
}

/* The provider is busy: old vectors stand in. Without memory for one its text tells what the provider said. */
static llmc_status embed_instead(llmc_client *client) {
    llmc_status status;
    oom_pause(true);
    assert_int_equal(embed(client), LLMC_OK);
    give_old(client);
    oom_pause(false);
    status = embed_refused(client);
    assert_true(atomic_load(&client->caching.error_hits) == 3 || oom_struck());
    return status != LLMC_OK && oom_struck() ? LLMC_ERR_NO_MEMORY : status;
}

/* ---- batchers ---- */

static llmc_status ask_batcher(llmc_client *client) {
    llmc_batcher *b = NULL;
    float vector[DIMENSIONS];
    llmc_status status = llmc_batcher_new(client, oom_model(OOM_ECHO), NULL, &b);
    for (size_t i = 0; status == LLMC_OK && i < 2; i++) {
        status = llmc_batcher_embed(b, texts[i], strlen(texts[i]), vector, DIMENSIONS, NULL);
        if (status == LLMC_OK)
            assert_true(is_vector_of(vector, texts[i]));
    }
    llmc_batcher_free(b);
    return status;
}

static void on_vector(llmc_status status, const llmc_error *error, const float *vector, size_t dimensions,
                      void *user_data) {
    oom_tally *tally = user_data;
    (void)error;
    assert_int_equal(dimensions, vector ? DIMENSIONS : 0);
    llmc__mutex_lock(&tally->lock);
    tally->done++;
    if (status != LLMC_OK)
        tally->status = status;
    llmc__cond_broadcast(&tally->changed);
    llmc__mutex_unlock(&tally->lock);
}

/* Each text that was taken ends exactly once. */
static llmc_status gather(llmc_client *client) {
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    oom_tally tally;
    llmc_batcher *b = NULL;
    int taken = 0;
    llmc_status status, told;
    oom_tally_init(&tally);
    options.max_concurrency = 1;
    status = llmc_batcher_new(client, oom_model(OOM_ECHO), &options, &b);
    for (size_t i = 0; status == LLMC_OK && i < COUNT; i++) {
        status = llmc_batcher_embed_async(b, texts[i], strlen(texts[i]), on_vector, &tally);
        taken += status == LLMC_OK;
    }
    llmc__mutex_lock(&tally.lock);
    while (tally.done < taken)
        assert_true(llmc__cond_wait_until(&tally.changed, &tally.lock, llmc__clock_us() + OOM_DEADLINE_MS * 1000));
    told = tally.status;
    llmc__mutex_unlock(&tally.lock);
    llmc_batcher_free(b);
    oom_wait_until_idle(client);
    assert_int_equal(tally.done, taken);
    oom_tally_destroy(&tally);
    return status == LLMC_OK ? told : status;
}

/* ---- clients ---- */

static llmc_client *cached_client(uint32_t io_threads) {
    llmc_client_options options = oom_options(io_threads);
    options.enable_cache = true;
    return oom_client_of(&options);
}

static llmc_client *client_with(uint32_t io_threads, uint32_t flags) {
    llmc_client_options options = oom_options(io_threads);
    options.enable_cache = true;
    options.cache_store = &shelf_new(flags)->store;
    options.cache_store_timeout_ms = OOM_DEADLINE_MS;
    return oom_client_of(&options);
}

static llmc_client *shelf_client(uint32_t io_threads) {
    return client_with(io_threads, 0);
}

static llmc_client *blocking_shelf_client(uint32_t io_threads) {
    return client_with(io_threads, LLMC_STORE_BLOCKS);
}

static void test_embed(void **state) {
    (void)state;
    oom_run(embed, 0, LLMC_OK);
    oom_run(embed_together, 1, LLMC_OK);
    oom_run(embed_refused, 0, LLMC_ERR_RATE_LIMITED);
    oom_run(embed_into_rows, 0, LLMC_OK);
    oom_run(embed_aside, 1, LLMC_OK);
}

static void test_embed_cached(void **state) {
    (void)state;
    oom_run_on(cached_client, embed_twice, 0, LLMC_OK);
    oom_run_on(cached_client, embed_instead, 1, LLMC_OK);
}

static void test_embed_from_store(void **state) {
    (void)state;
    oom_run_on(shelf_client, embed_from_store, 0, LLMC_OK);
    oom_run_on(shelf_client, embed_from_store, 1, LLMC_OK);
    oom_run_on(blocking_shelf_client, embed_from_store, 1, LLMC_OK);
}

static void test_batcher(void **state) {
    (void)state;
    oom_run(ask_batcher, 0, LLMC_OK);
    oom_run(ask_batcher, 1, LLMC_OK);
    oom_run(gather, 1, LLMC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embed),
        cmocka_unit_test(test_embed_cached),
        cmocka_unit_test(test_embed_from_store),
        cmocka_unit_test(test_batcher),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
