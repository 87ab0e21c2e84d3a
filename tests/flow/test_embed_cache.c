/* Texts and the cache: each has its own entry, only those without one are sent, and what changes the vector parts them.
 */
#include "support_rack.h"

static void open_cached(flow *f) {
    llmc_client_options options = flow_options();
    options.enable_cache = true;
    flow_open(f, &options);
}

/* Embeds texts[from, to) and says how many of them were sent. */
static size_t sent(flow *f, const embed_texts *t, size_t from, size_t to, const llmc_embed_options *options) {
    llmc_embeddings *e = NULL;
    llmc_mock_request seen;
    size_t before = llmc_mock_request_count(f->mock), count = 0;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(*t) + from, to - from, options, &e), LLMC_OK);
    embed_assert_all(e, EMBED_TEXTS(*t) + from, SIZE_MAX, LLMC_OK);
    for (size_t i = before; i < llmc_mock_request_count(f->mock); i++) {
        assert_true(llmc_mock_request_at(f->mock, i, &seen));
        for (size_t k = from; k < to; k++)
            count += strstr(seen.body, t->texts[k]) != NULL;
    }
    assert_int_equal(llmc_embeddings_from_cache(e), to - from - count);
    if (count == 0)
        assert_int_equal(llmc_embeddings_requests(e), 0);
    llmc_embeddings_unref(e);
    return count;
}

static void only_new_texts_are_sent(void **state) {
    embed_texts t = embed_texts_new(40, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    flow f;
    (void)state;
    open_cached(&f);
    assert_int_equal(sent(&f, &t, 0, 20, NULL), 20);
    assert_int_equal(sent(&f, &t, 10, 30, NULL), 10);
    assert_int_equal(sent(&f, &t, 0, 30, NULL), 0);
    options.encoding = LLMC_EMBED_FLOAT; /* the same vector, however it travels */
    options.max_texts = 3;
    assert_int_equal(sent(&f, &t, 0, 40, &options), 10);
    assert_int_equal(llmc_client_cache_stats(f.client, &stats), LLMC_OK);
    assert_int_equal(stats.entries, 40);
    assert_int_equal(stats.hits, 10 + 30 + 30);
    llmc_client_clear_cache(f.client);
    assert_int_equal(sent(&f, &t, 0, 5, NULL), 5);
    flow_close(&f);
    embed_texts_free(&t);
}

static void what_changes_the_vector_parts_them(void **state) {
    embed_texts t = embed_texts_new(3, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    llmc_request *settings = flow_request("x");
    flow f;
    (void)state;
    open_cached(&f);
    assert_int_equal(sent(&f, &t, 0, 3, NULL), 3);
    options.dimensions = 9;
    assert_int_equal(sent(&f, &t, 0, 3, &options), 3);
    assert_int_equal(sent(&f, &t, 0, 3, &options), 0);
    options.task = "query";
    assert_int_equal(sent(&f, &t, 0, 3, &options), 3);
    options.settings = settings;
    assert_int_equal(sent(&f, &t, 0, 3, &options), 0);
    assert_int_equal(llmc_request_set_tenant(settings, "other"), LLMC_OK);
    assert_int_equal(sent(&f, &t, 0, 3, &options), 3);
    assert_int_equal(llmc_request_set_cache_mode(settings, LLMC_CACHE_BYPASS), LLMC_OK);
    assert_int_equal(sent(&f, &t, 0, 3, &options), 3);
    assert_int_equal(llmc_request_set_cache_mode(settings, LLMC_CACHE_REFRESH), LLMC_OK);
    assert_int_equal(sent(&f, &t, 0, 3, &options), 3);
    llmc_request_free(settings);
    flow_close(&f);
    embed_texts_free(&t);
}

static void vectors_of_the_cache_go_into_rows(void **state) {
    embed_texts t = embed_texts_new(10, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    float rows[10 * EMBED_DIMENSIONS];
    flow f;
    (void)state;
    open_cached(&f);
    assert_int_equal(sent(&f, &t, 0, 5, NULL), 5);
    options.vectors = rows;
    options.vector_dimensions = EMBED_DIMENSIONS;
    assert_int_equal(llmc_embed(f.client, EMBED_MODEL, EMBED_TEXTS(t), 10, &options, NULL), LLMC_OK);
    for (size_t i = 0; i < 10; i++)
        embed_assert_vector(rows + i * EMBED_DIMENSIONS, t.texts[i], EMBED_DIMENSIONS);
    assert_int_equal(llmc_mock_request_count(f.mock), 2);
    flow_close(&f);
    embed_texts_free(&t);
}

static bool refreshed(void *ctx) {
    return llmc_mock_request_count(((flow *)ctx)->mock) == 2;
}

/* Past its time an entry is served once more, and fetched anew beside. */
static void stale_vectors_are_fetched_anew(void **state) {
    embed_texts t = embed_texts_new(4, 16);
    llmc_client_options options = flow_options();
    flow f;
    (void)state;
    options.enable_cache = true;
    options.cache_ttl_s = 1;
    options.cache_stale_s = 600;
    flow_open(&f, &options);
    assert_int_equal(sent(&f, &t, 0, 4, NULL), 4);
    flow_pass_ms(1100);
    assert_int_equal(llmc_mock_request_count(f.mock), 1);
    for (int i = 0; i < 2; i++) {
        llmc_embeddings *e = NULL;
        assert_int_equal(llmc_embed(f.client, EMBED_MODEL, EMBED_TEXTS(t), 4, NULL, &e), LLMC_OK);
        embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
        assert_int_equal(llmc_embeddings_from_cache(e), 4);
        llmc_embeddings_unref(e);
    }
    assert_true(flow_until(refreshed, &f));
    flow_close(&f);
    embed_texts_free(&t);
}

static void failures_are_not_kept(void **state) {
    llmc_mock_embedding_options limits = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
    embed_texts t = embed_texts_new(4, 16);
    llmc_embeddings *e = NULL;
    flow f;
    (void)state;
    open_cached(&f);
    limits.refused_text = "00000002 ";
    assert_int_equal(llmc_mock_set_embeddings(f.mock, &limits), LLMC_OK);
    assert_int_equal(llmc_embed(f.client, EMBED_MODEL, EMBED_TEXTS(t), 4, NULL, &e), LLMC_ERR_PARTIAL);
    llmc_embeddings_unref(e);
    assert_int_equal(llmc_mock_set_embeddings(f.mock, NULL), LLMC_OK);
    assert_int_equal(sent(&f, &t, 0, 4, NULL), 1);
    flow_close(&f);
    embed_texts_free(&t);
}

/* A fallback's vectors are not what was asked for: the first target is asked again. */
static void fallbacks_are_not_kept(void **state) {
    embed_texts t = embed_texts_new(3, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    llmc_request *settings = flow_request("x");
    llmc_mock_script script = flow_script();
    llmc_embeddings *e = NULL;
    llmc_provider_options provider;
    flow f;
    (void)state;
    open_cached(&f);
    provider = flow_provider(llmc_mock_base_url(f.mock));
    assert_int_equal(llmc_client_set_provider(f.client, "mine", &provider), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(settings, "mine/embed-1"), LLMC_OK);
    options.settings = settings;
    script.status = 503;
    flow_push(&f, script);
    assert_int_equal(llmc_embed(f.client, EMBED_MODEL, EMBED_TEXTS(t), 3, &options, &e), LLMC_OK);
    assert_string_equal(llmc_embeddings_provider(e), "mine");
    assert_int_equal(llmc_embeddings_requests(e), 2);
    llmc_embeddings_unref(e);
    assert_int_equal(sent(&f, &t, 0, 3, &options), 3);
    assert_int_equal(sent(&f, &t, 0, 3, &options), 0);
    llmc_request_free(settings);
    flow_close(&f);
    embed_texts_free(&t);
}

/* ---- old vectors ---- */

/* What is sent of `t` is answered with the HTTP status; all is `expected`. */
static void assert_refused(rack_bench *b, const embed_texts *t, int http_status, size_t from_cache,
                           llmc_status expected) {
    llmc_mock_script script = flow_script();
    llmc_embeddings *e = NULL;
    script.status = http_status;
    flow_push(&b->f, script);
    assert_int_equal(llmc_embed(b->f.client, EMBED_MODEL, EMBED_TEXTS(*t), t->count, NULL, &e), expected);
    assert_int_equal(llmc_embeddings_requests(e), 1);
    assert_int_equal(llmc_embeddings_from_cache(e), from_cache);
    assert_string_equal(llmc_embeddings_provider(e), from_cache ? "openai" : "");
    if (expected == LLMC_OK)
        embed_assert_all(e, EMBED_TEXTS(*t), SIZE_MAX, LLMC_OK);
    llmc_embeddings_unref(e);
}

/* Past their time they stand in for a failure of the provider's; a mistake of the caller's own is told. */
static void old_vectors_stand_in(void **state) {
    embed_texts t = embed_texts_new(5, 16);
    llmc_mock_script busy = flow_script();
    llmc_embeddings *e = NULL;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    b.options.cache_ttl_s = 1;
    b.options.cache_error_s = 600;
    rack_next_client(&b);
    assert_int_equal(rack_sent(&b, &t, 0, 5, NULL), 5);
    flow_pass_ms(2100); /* records tell whole seconds */
    assert_refused(&b, &t, 503, 5, LLMC_OK);
    assert_refused(&b, &t, 401, 0, LLMC_ERR_AUTH);
    assert_int_equal(rack_stats(&b).error_hits, 5);
    rack_next_client(&b); /* now those of the store */
    assert_refused(&b, &t, 503, 5, LLMC_OK);
    assert_refused(&b, &t, 401, 0, LLMC_ERR_AUTH);
    assert_int_equal(rack_stats(&b).error_hits, 5);
    assert_int_equal(rack_stats(&b).store_hits, 0);
    busy.status = 503; /* one that has none fails alone */
    flow_push(&b.f, busy);
    assert_int_equal(llmc_embed(b.f.client, EMBED_MODEL, (const char *[]){t.texts[0], "new", t.texts[1]}, 3, NULL, &e),
                     LLMC_ERR_PARTIAL);
    embed_assert_all(e, (const char *[]){t.texts[0], "new", t.texts[1]}, 1, LLMC_ERR_OVERLOADED);
    llmc_embeddings_unref(e);
    assert_int_equal(rack_sent(&b, &t, 0, 5, NULL), 5); /* and are fetched anew when it can be done */
    assert_int_equal(rack_sent(&b, &t, 0, 5, NULL), 0);
    rack_close(&b);
    embed_texts_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_new_texts_are_sent),
        cmocka_unit_test(what_changes_the_vector_parts_them),
        cmocka_unit_test(vectors_of_the_cache_go_into_rows),
        cmocka_unit_test(stale_vectors_are_fetched_anew),
        cmocka_unit_test(failures_are_not_kept),
        cmocka_unit_test(fallbacks_are_not_kept),
        cmocka_unit_test(old_vectors_stand_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
