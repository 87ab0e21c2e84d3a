/* A batcher: texts of many threads in few requests, each with its own vector and its own error. */
#include <stdatomic.h>
#include "support_embed.h"

#define THREADS    64
#define LATENCY_MS 20

static llmc_batcher *batcher_of(flow *f, const llmc_batcher_options *options) {
    llmc_batcher *b = NULL;
    if (llmc_batcher_new(f->client, EMBED_MODEL, options, &b) != LLMC_OK)
        fail_msg("%s", llmc_last_error_message());
    return b;
}

static llmc_status ask(llmc_batcher *b, const char *text, float *vector) {
    size_t dimensions = 0;
    llmc_status status = llmc_batcher_embed(b, text, strlen(text), vector, EMBED_DIMENSIONS, &dimensions);
    return status == LLMC_OK && dimensions != EMBED_DIMENSIONS ? LLMC_ERR_BAD_RESPONSE : status;
}

static bool is_vector_of(const float *vector, const char *text) {
    float expected[EMBED_DIMENSIONS];
    llmc_mock_vector(text, strlen(text), EMBED_DIMENSIONS, expected);
    return memcmp(vector, expected, sizeof expected) == 0;
}

static void one_text_is_embedded(void **state) {
    flow *f = *state;
    llmc_batcher *b = batcher_of(f, NULL);
    float vector[EMBED_DIMENSIONS];
    size_t dimensions = 0;
    assert_int_equal(ask(b, "hello", vector), LLMC_OK);
    assert_true(is_vector_of(vector, "hello"));
    assert_int_equal(llmc_batcher_embed(b, "hello you", 5, vector, EMBED_DIMENSIONS - 1, &dimensions),
                     LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(dimensions, EMBED_DIMENSIONS);
    assert_non_null(strstr(llmc_last_error_message(), "capacity is 7"));
    llmc_batcher_free(b);
}

/* ---- many threads ---- */

typedef struct row {
    flow *f;
    llmc_batcher *batcher; /* NULL: each text is a call of its own */
    size_t each;
    atomic_size_t wrong;
} rows;

static void text_of(char text[64], size_t number, size_t i) {
    (void)snprintf(text, 64, "thread %zu row %zu", number, i);
}

static void ask_rows(size_t number, void *ctx) {
    rows *r = ctx;
    for (size_t i = 0; i < r->each; i++) {
        char text[64];
        float vector[EMBED_DIMENSIONS] = {0};
        const char *texts[1] = {text};
        llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
        llmc_status status;
        text_of(text, number, i);
        options.vectors = vector;
        options.vector_dimensions = EMBED_DIMENSIONS;
        status = r->batcher ? ask(r->batcher, text, vector)
                            : llmc_embed(r->f->client, EMBED_MODEL, texts, 1, &options, NULL);
        if (status != LLMC_OK || !is_vector_of(vector, text))
            atomic_fetch_add(&r->wrong, 1);
    }
}

static double rows_a_second(flow *f, llmc_batcher *b, size_t threads, size_t each, size_t *requests) {
    rows r = {.f = f, .batcher = b, .each = each};
    uint64_t before = flow_mock_stats(f).requests;
    int64_t start = flow_now_ms(), ms;
    flow_run_threads(threads, ask_rows, &r);
    ms = flow_now_ms() - start;
    assert_int_equal(atomic_load(&r.wrong), 0);
    *requests = (size_t)(flow_mock_stats(f).requests - before);
    return (double)(threads * each) * 1000.0 / (double)(ms > 0 ? ms : 1);
}

/*
 * 64 threads that ask row by row, at 20 ms a request and two requests at once, as a provider's limit has it: with a
 * batcher against without, in the same run; and against one thread that asks row by row.
 */
static void many_threads_have_the_speed_of_batches(void **state) {
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    llmc_provider_options provider;
    size_t batched = 0, plain = 0, single = 0;
    double with, without, alone;
    llmc_batcher *b;
    flow f;
    (void)state;
    flow_open(&f, NULL);
    provider = flow_provider(llmc_mock_base_url(f.mock));
    provider.max_concurrency = 2;
    assert_int_equal(llmc_client_set_provider(f.client, "openai", &provider), LLMC_OK);
    flow_default(&f, flow_slow(LATENCY_MS));
    llmc_mock_set_recording(f.mock, false);
    options.max_concurrency = 2;
    b = batcher_of(&f, &options);
    with = rows_a_second(&f, b, THREADS, 50, &batched);
    without = rows_a_second(&f, NULL, THREADS, 3, &plain);
    alone = rows_a_second(&f, NULL, 1, 20, &single);
    print_message(
        "%d threads at %d ms: %.0f rows a second in %zu requests of %d; unbatched %.0f (%.1f times), one thread "
        "alone %.0f (%.1f times)\n",
        THREADS, LATENCY_MS, with, batched, THREADS * 50, without, with / without, alone, with / alone);
    if (FLOW_MEASURES) {
        assert_true(with >= 20 * without);
        assert_true(with >= 20 * alone);
    }
    assert_true(batched * 8 <= THREADS * 50);
    llmc_batcher_free(b);
    flow_close(&f);
}

/* ---- callbacks ---- */

typedef struct told {
    flow_tally tally;
    const char *text;
    size_t wrong;
} told;

static void on_vector(llmc_status status, const llmc_error *error, const float *vector, size_t dimensions,
                      void *user_data) {
    told *t = user_data;
    bool good = status == LLMC_OK ? error == NULL && dimensions == EMBED_DIMENSIONS && is_vector_of(vector, t->text)
                                  : vector == NULL && dimensions == 0 && llmc_error_status(error) == status;
    if (!good)
        t->wrong++;
    flow_tally_add(&t->tally, status);
}

static void one_bad_text_fails_alone(void **state) {
    flow *f = *state;
    llmc_mock_embedding_options limits = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    embed_texts t = embed_texts_new(40, 16);
    told tells[40];
    llmc_batcher *b;
    limits.refused_text = "00000017 ";
    assert_int_equal(llmc_mock_set_embeddings(f->mock, &limits), LLMC_OK);
    options.max_concurrency = 1; /* what comes while the first is under way goes together */
    flow_push(f, flow_slow(50));
    b = batcher_of(f, &options);
    for (size_t i = 0; i < t.count; i++) {
        tells[i] = (told){.text = t.texts[i]};
        flow_tally_init(&tells[i].tally);
        assert_int_equal(llmc_batcher_embed_async(b, t.texts[i], strlen(t.texts[i]), on_vector, &tells[i]), LLMC_OK);
    }
    for (size_t i = 0; i < t.count; i++) {
        assert_true(flow_tally_wait(&tells[i].tally, 1));
        assert_int_equal(tells[i].tally.last, i == 17 ? LLMC_ERR_BAD_REQUEST : LLMC_OK);
        assert_int_equal(tells[i].wrong, 0);
        flow_tally_destroy(&tells[i].tally);
    }
    assert_in_range(flow_mock_stats(f).requests, 2, 20);
    llmc_batcher_free(b);
    embed_texts_free(&t);
}

static void limits_bound_each_request(void **state) {
    flow *f = *state;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    llmc_mock_embedding_options limits = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
    embed_texts t = embed_texts_new(100, 10);
    told tells = {.text = NULL};
    llmc_batcher *b;
    limits.max_texts = 7;
    limits.max_bytes = 50; /* five of them */
    assert_int_equal(llmc_mock_set_embeddings(f->mock, &limits), LLMC_OK);
    options.max_texts = 7;
    options.max_bytes = 50;
    options.max_concurrency = 3;
    flow_tally_init(&tells.tally);
    b = batcher_of(f, &options);
    for (size_t i = 0; i < t.count; i++) {
        tells.text = t.texts[0];
        assert_int_equal(llmc_batcher_embed_async(b, t.texts[i], strlen(t.texts[i]), on_vector, &tells), LLMC_OK);
    }
    assert_true(flow_tally_wait(&tells.tally, 100));
    assert_int_equal(tells.tally.ok, 100); /* none was over the limits and divided */
    assert_in_range(flow_mock_stats(f).requests, 20, 100);
    assert_int_equal(flow_client_stats(f).calls_failed, 0);
    flow_tally_destroy(&tells.tally);
    llmc_batcher_free(b);
    embed_texts_free(&t);
}

static void too_many_are_refused(void **state) {
    flow *f = *state;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    told tells = {.text = "x"};
    llmc_batcher *b;
    options.max_queued = 3;
    options.max_concurrency = 1;
    flow_push(f, flow_slow(100));
    flow_tally_init(&tells.tally);
    b = batcher_of(f, &options);
    for (int i = 0; i < 4; i++)
        assert_int_equal(llmc_batcher_embed_async(b, "x", 1, on_vector, &tells), LLMC_OK);
    assert_int_equal(llmc_batcher_embed_async(b, "x", 1, on_vector, &tells), LLMC_ERR_QUEUE_FULL);
    assert_non_null(strstr(llmc_last_error_message(), "max_queued (3)"));
    assert_true(flow_tally_wait(&tells.tally, 4));
    assert_int_equal(tells.tally.ok, 4);
    assert_int_equal(tells.wrong, 0);
    assert_int_equal(flow_mock_stats(f).requests, 2); /* one text in it: equal ones are sent once */
    flow_tally_destroy(&tells.tally);
    llmc_batcher_free(b);
}

/* The request under way ends before those who came meanwhile are due: they have a timer all the same. */
static void those_not_due_yet_are_not_forgotten(void **state) {
    flow *f = *state;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    told tells = {.text = "x"};
    llmc_batcher *b;
    options.max_concurrency = 1;
    options.max_delay_ms = 3000; /* after 30 texts the mean gap is some 50 ms, and a pause four of these */
    flow_push(f, flow_slow(2));
    flow_tally_init(&tells.tally);
    b = batcher_of(f, &options);
    for (int i = 0; i < 31; i++)
        assert_int_equal(llmc_batcher_embed_async(b, "x", 1, on_vector, &tells), LLMC_OK);
    assert_true(flow_tally_wait(&tells.tally, 31));
    assert_int_equal(tells.tally.ok, 31);
    flow_tally_destroy(&tells.tally);
    llmc_batcher_free(b);
}

/* ---- the end ---- */

typedef struct waiters {
    llmc_batcher *batcher;
    atomic_size_t cancelled, waiting;
} waiters;

static void wait_long(size_t number, void *ctx) {
    waiters *w = ctx;
    float vector[EMBED_DIMENSIONS];
    char text[64];
    text_of(text, number, 0);
    if (number == 0) { /* frees it once the others wait */
        while (atomic_load(&w->waiting) < 8)
            flow_pass_ms(1);
        flow_pass_ms(200); /* nothing tells that a thread waits: each has this long to come from its count to there */
        llmc_batcher_free(w->batcher);
        return;
    }
    atomic_fetch_add(&w->waiting, 1);
    if (ask(w->batcher, text, vector) == LLMC_ERR_CANCELLED)
        atomic_fetch_add(&w->cancelled, 1);
}

static void freeing_ends_those_who_wait(void **state) {
    flow *f = *state;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    waiters w = {NULL, 0, 0};
    options.max_concurrency = 1;
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    w.batcher = batcher_of(f, &options);
    flow_run_threads(9, wait_long, &w);
    assert_int_equal(atomic_load(&w.cancelled), 8);
    assert_true(flow_until_aborted(f, 1));
    llmc_batcher_free(NULL);
}

static void free_with_texts_under_way(flow *f, const llmc_batcher_options *options) {
    told tells = {.text = "x"};
    llmc_batcher *b = batcher_of(f, options);
    flow_tally_init(&tells.tally);
    for (int i = 0; i < 10; i++)
        assert_int_equal(llmc_batcher_embed_async(b, "x", 1, on_vector, &tells), LLMC_OK);
    llmc_batcher_free(b);
    assert_true(flow_tally_wait(&tells.tally, 10));
    assert_int_equal(tells.tally.cancelled, 10);
    assert_int_equal(tells.wrong, 0);
    flow_tally_destroy(&tells.tally);
}

/* Often, as the loop may come to it at any moment: a request that ends early must not let the next ones go. */
static void callbacks_come_after_freeing_too(void **state) {
    flow *f = *state;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    options.max_concurrency = 1;
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    for (int round = 0; round < 300; round++)
        free_with_texts_under_way(f, &options);
}

static void ends_with_its_client(void **state) {
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    told tells = {.text = "x"};
    llmc_batcher *b;
    flow f;
    (void)state;
    flow_open(&f, NULL);
    options.max_concurrency = 1;
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    flow_tally_init(&tells.tally);
    b = batcher_of(&f, &options);
    for (int i = 0; i < 10; i++)
        assert_int_equal(llmc_batcher_embed_async(b, "x", 1, on_vector, &tells), LLMC_OK);
    flow_close(&f);
    assert_int_equal(flow_tally_done(&tells.tally), 10);
    assert_int_equal(tells.tally.cancelled, 10);
    assert_int_equal(llmc_batcher_embed_async(b, "x", 1, on_vector, &tells), LLMC_ERR_CLOSED);
    llmc_batcher_free(b);
    flow_tally_destroy(&tells.tally);
}

typedef struct freeing {
    llmc_batcher *batcher;
    flow_tally tally;
} freeing;

static void from_callback(llmc_status status, const llmc_error *error, const float *vector, size_t dimensions,
                          void *user_data) {
    freeing *free_it = user_data;
    float own[EMBED_DIMENSIONS];
    (void)status, (void)error, (void)vector, (void)dimensions;
    status = llmc_batcher_embed(free_it->batcher, "x", 1, own, EMBED_DIMENSIONS, NULL);
    llmc_batcher_free(free_it->batcher);
    flow_tally_add(&free_it->tally, status);
}

static void is_freed_in_a_callback(void **state) {
    freeing free_it = {.batcher = batcher_of(*state, NULL)};
    flow_tally_init(&free_it.tally);
    assert_int_equal(llmc_batcher_embed_async(free_it.batcher, "x", 1, from_callback, &free_it), LLMC_OK);
    assert_true(flow_tally_wait(&free_it.tally, 1));
    assert_int_equal(free_it.tally.last, LLMC_ERR_WOULD_DEADLOCK);
    flow_tally_destroy(&free_it.tally);
}

static void works_on_the_hosts_loop(void **state) {
    llmc_client_options options = flow_options();
    float vector[EMBED_DIMENSIONS];
    llmc_batcher *b;
    rows r = {.each = 5};
    flow f;
    (void)state;
    options.io_threads = 0;
    flow_open(&f, &options);
    b = batcher_of(&f, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(b, "x", vector), LLMC_OK);
    assert_true(is_vector_of(vector, "x"));
    r.batcher = b;
    flow_run_threads(6, ask_rows, &r);
    assert_int_equal(atomic_load(&r.wrong), 0);
    llmc_batcher_free(b);
    flow_close(&f);
}

static void the_cache_answers_too(void **state) {
    llmc_client_options options = flow_options();
    float vector[EMBED_DIMENSIONS];
    llmc_batcher *b;
    flow f;
    (void)state;
    options.enable_cache = true;
    flow_open(&f, &options);
    b = batcher_of(&f, NULL);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask(b, "the same", vector), LLMC_OK);
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    llmc_batcher_free(b);
    flow_close(&f);
}

static void settings_hold(void **state) {
    flow *f = *state;
    llmc_embed_options embed = LLMC_EMBED_OPTIONS_INIT;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    llmc_request *settings = flow_request("x");
    llmc_mock_request seen;
    llmc_batcher *b;
    float vector[16];
    size_t dimensions = 0;
    assert_int_equal(llmc_request_set_user(settings, "me"), LLMC_OK);
    embed.settings = settings;
    embed.dimensions = 16;
    options.embed = &embed;
    b = batcher_of(f, &options);
    llmc_request_free(settings);
    assert_int_equal(llmc_batcher_embed(b, "abc", 3, vector, 16, &dimensions), LLMC_OK);
    assert_int_equal(dimensions, 16);
    embed_assert_vector(vector, "abc", 16);
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_non_null(strstr(seen.body, "\"user\":\"me\""));
    llmc_batcher_free(b);
}

static void bad_arguments_are_named(void **state) {
    flow *f = *state;
    llmc_batcher_options options = LLMC_BATCHER_OPTIONS_INIT;
    llmc_embed_options embed = LLMC_EMBED_OPTIONS_INIT;
    llmc_batcher *b = (void *)1;
    float vector[EMBED_DIMENSIONS];
    assert_int_equal(llmc_batcher_new(NULL, EMBED_MODEL, NULL, &b), LLMC_ERR_INVALID_ARGUMENT);
    assert_null(b);
    assert_int_equal(llmc_batcher_new(f->client, EMBED_MODEL, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_new(f->client, NULL, NULL, &b), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_new(f->client, "", NULL, &b), LLMC_ERR_INVALID_MODEL);
    options.max_delay_ms = -2;
    assert_int_equal(llmc_batcher_new(f->client, EMBED_MODEL, &options, &b), LLMC_ERR_INVALID_ARGUMENT);
    options = (llmc_batcher_options)LLMC_BATCHER_OPTIONS_INIT;
    embed.dimensions = -1;
    options.embed = &embed;
    assert_int_equal(llmc_batcher_new(f->client, EMBED_MODEL, &options, &b), LLMC_ERR_INVALID_ARGUMENT);
    options.size = 1;
    assert_int_equal(llmc_batcher_new(f->client, EMBED_MODEL, &options, &b), LLMC_ERR_INVALID_ARGUMENT);
    b = batcher_of(f, NULL);
    assert_int_equal(llmc_batcher_embed(NULL, "x", 1, vector, 8, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_embed(b, NULL, 1, vector, 8, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_embed(b, "x", 0, vector, 8, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_embed(b, "x", 1, NULL, 8, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_embed_async(b, "x", 1, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_batcher_embed(b, "bad \xff", 5, vector, 8, NULL), LLMC_ERR_INVALID_UTF8);
    llmc_batcher_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(one_text_is_embedded),
        cmocka_unit_test(many_threads_have_the_speed_of_batches),
        FLOW_TEST(one_bad_text_fails_alone),
        FLOW_TEST(limits_bound_each_request),
        FLOW_TEST(too_many_are_refused),
        FLOW_TEST(those_not_due_yet_are_not_forgotten),
        FLOW_TEST(freeing_ends_those_who_wait),
        FLOW_TEST(callbacks_come_after_freeing_too),
        cmocka_unit_test(ends_with_its_client),
        FLOW_TEST(is_freed_in_a_callback),
        cmocka_unit_test(works_on_the_hosts_loop),
        cmocka_unit_test(the_cache_answers_too),
        FLOW_TEST(settings_hold),
        FLOW_TEST(bad_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
