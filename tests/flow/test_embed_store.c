/* Texts and the store behind the cache: what it has is not sent, and whatever it does wrong costs its timeout at most.
 */
#include <string.h>

#include "api/embed.h"
#include <poll.h>
#include "support_rack.h"

static void another_client_sends_nothing(void **state) {
    embed_texts t = embed_texts_new(50, 16);
    (void)state;
    for (uint32_t kind = 0; kind < 4; kind++) {
        rack_bench b;
        rack_open(&b, kind & 1 ? LLMC_STORE_BLOCKS : 0);
        b.options.io_threads = kind >> 1;
        rack_next_client(&b);
        assert_int_equal(rack_sent(&b, &t, 0, 50, NULL), 50);
        rack_next_client(&b);
        assert_int_equal(atomic_load(&b.r.puts), 50);
        assert_int_equal(atomic_load(&b.r.gets), 50);
        assert_int_equal(rack_sent(&b, &t, 0, 50, NULL), 0);
        assert_int_equal(rack_stats(&b).store_hits, 50);
        assert_int_equal(rack_sent(&b, &t, 0, 50, NULL), 0); /* from memory now */
        assert_int_equal(atomic_load(&b.r.gets), 100);
        rack_next_client(&b);
        assert_int_equal(atomic_load(&b.r.puts), 50); /* what it had was not written back */
        rack_close(&b);
    }
    embed_texts_free(&t);
}

static void only_the_missing_are_sent(void **state) {
    embed_texts t = embed_texts_new(60, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    rack_bench b;
    (void)state;
    rack_open(&b, LLMC_STORE_BLOCKS);
    assert_int_equal(rack_sent(&b, &t, 0, 40, NULL), 40);
    rack_next_client(&b);
    assert_int_equal(rack_sent(&b, &t, 10, 15, NULL), 0);
    options.max_texts = 4; /* divided after the look: 10 texts in 3 requests, not 50 in 13 */
    assert_int_equal(rack_sent(&b, &t, 0, 50, &options), 10);
    assert_int_equal(llmc_mock_request_count(b.f.mock), 1 + 3);
    assert_int_equal(rack_stats(&b).store_hits, 40);
    rack_close(&b);
    embed_texts_free(&t);
}

static void vectors_of_the_store_go_into_rows(void **state) {
    llmc_mock_embedding_options mock = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
    embed_texts t = embed_texts_new(10, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    float rows[10 * 9];
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(rack_sent(&b, &t, 0, 5, NULL), 5);
    rack_next_client(&b);
    options.vectors = rows;
    options.vector_dimensions = EMBED_DIMENSIONS;
    assert_int_equal(llmc_embed(b.f.client, EMBED_MODEL, EMBED_TEXTS(t), 10, &options, NULL), LLMC_OK);
    for (size_t i = 0; i < 10; i++)
        embed_assert_vector(rows + i * EMBED_DIMENSIONS, t.texts[i], EMBED_DIMENSIONS);
    assert_int_equal(llmc_mock_request_count(b.f.mock), 2);
    /* The model has other dimensions by now: old vectors do not fit, and new ones are asked for. */
    mock.dimensions = options.vector_dimensions = 9;
    assert_int_equal(llmc_mock_set_embeddings(b.f.mock, &mock), LLMC_OK);
    rack_next_client(&b);
    assert_int_equal(llmc_embed(b.f.client, EMBED_MODEL, EMBED_TEXTS(t), 10, &options, NULL), LLMC_OK);
    for (size_t i = 0; i < 10; i++)
        embed_assert_vector(rows + i * 9, t.texts[i], 9);
    assert_int_equal(rack_stats(&b).store_hits, 0);
    rack_close(&b);
    embed_texts_free(&t);
}

/* ---- what it does wrong ---- */

static void what_goes_wrong_is_a_miss(void **state) {
    embed_texts t = embed_texts_new(30, 16);
    (void)state;
    for (int fault = 0; fault < 2; fault++) {
        rack_bench b;
        rack_open(&b, fault ? LLMC_STORE_BLOCKS : 0);
        assert_int_equal(rack_sent(&b, &t, 0, 30, NULL), 30);
        rack_next_client(&b);
        atomic_store(&b.r.fails, fault == 0);
        atomic_store(&b.r.damages, fault == 1);
        assert_int_equal(rack_sent(&b, &t, 0, 30, NULL), 30);
        assert_int_equal(rack_stats(&b).store_hits, 0);
        assert_int_equal(rack_stats(&b).store_faults, fault == 0 ? 60 : 0); /* gets and puts */
        rack_close(&b);
    }
    embed_texts_free(&t);
}

/* One deadline over all of the look; what is said later is not used. */
static void silence_costs_one_timeout(void **state) {
    embed_texts t = embed_texts_new(200, 16);
    rack_bench b;
    int64_t began;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(rack_sent(&b, &t, 0, 200, NULL), 200);
    b.options.cache_store_timeout_ms = 60;
    rack_next_client(&b);
    b.r.answers = 0;
    atomic_store(&b.r.gets, 0);
    b.r.longest_ms = 0;
    began = flow_now_ms();
    assert_int_equal(rack_sent(&b, &t, 0, 200, NULL), 200);
    assert_true(flow_now_ms() - began >= 59);
    assert_in_range(atomic_load(&b.r.gets), 2, 32); /* not one after the other, each with its own timeout */
    assert_in_range(b.r.longest_ms, 1, 60);
    rack_release(&b.r);
    assert_int_equal(rack_sent(&b, &t, 0, 200, NULL), 0); /* from memory, where late answers have changed nothing */
    assert_int_equal(rack_stats(&b).store_hits, 0);
    rack_close(&b);
    embed_texts_free(&t);
}

/* What came in time is used, though others hang. */
static void some_answers_are_better_than_none(void **state) {
    embed_texts t = embed_texts_new(100, 16);
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(rack_sent(&b, &t, 0, 100, NULL), 100);
    b.options.cache_store_timeout_ms = 100;
    rack_next_client(&b);
    b.r.answers = atomic_load(&b.r.gets) + 40;
    assert_int_equal(rack_sent(&b, &t, 0, 100, NULL), 60);
    assert_int_equal(rack_stats(&b).store_hits, 40);
    rack_release(&b.r);
    rack_close(&b);
    embed_texts_free(&t);
}

static bool is_asked(void *ctx) {
    return llmc_mock_request_count(((rack_bench *)ctx)->f.mock) == 2;
}

static bool is_held(void *ctx) {
    return atomic_load(&((rack_bench *)ctx)->r.held_count) > 0;
}

/* What it answers is worth more than one wait, as long as it goes on answering. */
static void a_slow_store_is_asked_on(void **state) {
    const int64_t wait_ms = 2000;
    embed_texts t = embed_texts_new(150, 16);
    llmc_embeddings *e = NULL;
    int64_t begun_us;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(rack_sent(&b, &t, 0, 150, NULL), 150);
    b.options.cache_store_timeout_ms = wait_ms;
    rack_next_client(&b);
    b.r.answers = 0;
    begun_us = llmc__clock_us();
    assert_int_equal(llmc_embed_async(b.f.client, EMBED_MODEL, EMBED_TEXTS(t), 150, NULL, NULL, NULL, &e), LLMC_OK);
    assert_true(flow_until(is_held, &b));
    for (int step = 1; step <= 3; step++) { /* half a wait each: the last ends past one wait and before two */
        while (llmc__clock_us() - begun_us < step * wait_ms * 500)
            (void)poll(NULL, 0, 10);
        rack_release_held(&b.r);
    }
    rack_release(&b.r);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_OK);
    assert_true(llmc__clock_us() - begun_us > wait_ms * 1000);
    assert_int_equal(llmc_embeddings_from_cache(e), 150);
    llmc_embeddings_unref(e);
    rack_close(&b);
    embed_texts_free(&t);
}

/* The look is over and the texts are under way when the store answers. */
static void late_answers_are_not_used(void **state) {
    embed_texts t = embed_texts_new(20, 16);
    llmc_embeddings *e = NULL;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(rack_sent(&b, &t, 0, 20, NULL), 20);
    b.options.cache_store_timeout_ms = 20;
    rack_next_client(&b);
    b.r.answers = 0;
    flow_push(&b.f, flow_slow(300));
    assert_int_equal(llmc_embed_async(b.f.client, EMBED_MODEL, EMBED_TEXTS(t), 20, NULL, NULL, NULL, &e), LLMC_OK);
    assert_true(flow_until(is_asked, &b));
    rack_release(&b.r);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_OK);
    embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
    assert_int_equal(llmc_embeddings_from_cache(e), 0);
    assert_int_equal(rack_stats(&b).store_hits, 0);
    llmc_embeddings_unref(e);
    rack_close(&b);
    embed_texts_free(&t);
}

/* A store that calls back inside of get, ten thousand times, and no get inside of another. Of the longest timeout, too,
 * a deadline can be told. */
static void many_texts_need_no_stack(void **state) {
    embed_texts t = embed_texts_new(10000, 16);
    llmc_embeddings *e = NULL;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    b.options.cache_store_timeout_ms = INT64_MAX;
    rack_next_client(&b);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(llmc_embed(b.f.client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_OK);
        embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
        assert_int_equal(llmc_embeddings_from_cache(e), i ? 10000 : 0);
        llmc_embeddings_unref(e);
        rack_next_client(&b);
    }
    assert_int_equal(atomic_load(&b.r.gets), 20000);
    assert_int_equal(b.r.deepest, 1);
    rack_close(&b);
    embed_texts_free(&t);
}

/* ---- ends meanwhile ---- */

static void on_end(llmc_embeddings *e, llmc_status status, void *user_data) {
    for (size_t i = 0; i < llmc_embeddings_count(e); i++)
        if (llmc_embeddings_text_status(e, i) != status)
            status = LLMC_ERR_BAD_RESPONSE;
    flow_tally_add(user_data, status);
}

static bool is_closed(void *ctx) {
    return atomic_load(&((rack_bench *)ctx)->r.closed) > 0;
}

/* Starts texts that a store does not answer for, and waits until it was asked. */
static llmc_embeddings *start_held(rack_bench *b, uint32_t flags, const embed_texts *t, flow_tally *tally) {
    llmc_embeddings *e = NULL;
    rack_open(b, flags);
    b->r.answers = 0;
    flow_tally_init(tally);
    assert_int_equal(llmc_embed_async(b->f.client, EMBED_MODEL, EMBED_TEXTS(*t), t->count, NULL, on_end, tally, &e),
                     LLMC_OK);
    assert_true(flow_until(is_held, b));
    return e;
}

static void a_look_is_cancelled(void **state) {
    embed_texts t = embed_texts_new(100, 16);
    flow_tally tally;
    rack_bench b;
    llmc_embeddings *e = start_held(&b, 0, &t, &tally);
    (void)state;
    llmc_embeddings_cancel(e);
    llmc_embeddings_cancel(e);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_ERR_CANCELLED);
    assert_true(atomic_load(&b.r.held_count) > 0);
    assert_int_equal(tally.cancelled, 1);
    assert_int_equal(llmc_mock_request_count(b.f.mock), 0);
    llmc_embeddings_unref(e);
    rack_release(&b.r);
    assert_int_equal(rack_sent(&b, &t, 0, 100, NULL), 100);
    flow_tally_destroy(&tally);
    rack_close(&b);
    embed_texts_free(&t);
}

static llmc__text text_of(const void *from, size_t index) {
    const char *text = ((const embed_texts *)from)->texts[index];
    return (llmc__text){text, strlen(text)};
}

/* As a batcher does that is freed when its texts are about to go. */
static void a_look_is_cancelled_before_it_begins(void **state) {
    embed_texts t = embed_texts_new(10, 16);
    llmc__embed_source source = {text_of, &t};
    llmc_embeddings *e = NULL;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(llmc__embed_new(b.f.client, EMBED_MODEL, &source, 10, &llmc__embed_defaults, &e), LLMC_OK);
    llmc_embeddings_cancel(e);
    assert_int_equal(llmc__embed_post(e), LLMC_OK);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_ERR_CANCELLED);
    llmc_embeddings_unref(e);
    assert_int_equal(llmc__embed_new(b.f.client, EMBED_MODEL, &source, 10, &llmc__embed_defaults, &e), LLMC_OK);
    llmc_embeddings_unref(e); /* or is never started */
    assert_int_equal(atomic_load(&b.r.gets), 0);
    rack_close(&b);
    embed_texts_free(&t);
}

/* Wherever the look stands when it is cancelled or its client freed: each job ends, and once. */
static void looks_end_at_any_moment(void **state) {
    embed_texts t = embed_texts_new(40, 16);
    flow_tally tally;
    rack_bench b;
    (void)state;
    rack_open(&b, LLMC_STORE_BLOCKS);
    b.options.io_threads = 2;
    assert_int_equal(rack_sent(&b, &t, 0, 20, NULL), 20);
    flow_tally_init(&tally);
    for (int i = 0; i < 100; i++) {
        llmc_embeddings *e = NULL;
        int64_t due_us;
        if (i % 2 == 0)
            rack_next_client(&b);
        else
            llmc_client_clear_cache(b.f.client);
        assert_int_equal(llmc_embed_async(b.f.client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, on_end, &tally, &e),
                         LLMC_OK);
        due_us = llmc__clock_us() + i * 20;
        while (llmc__clock_us() < due_us)
            continue;
        if (i % 4 < 2) {
            llmc_embeddings_cancel(e);
            assert_true(flow_tally_wait(&tally, (uint64_t)i + 1));
        } else {
            llmc_client_free(b.f.client);
            b.f.client = flow_client(llmc_mock_base_url(b.f.mock), &b.options);
        }
        assert_int_equal(flow_tally_done(&tally), i + 1);
        llmc_embeddings_unref(e);
    }
    rack_close(&b);
    assert_int_equal(tally.done, 100);
    flow_tally_destroy(&tally);
    embed_texts_free(&t);
}

/* It is closed only when it has answered. */
static void a_client_ends_before_the_store_answers(void **state) {
    embed_texts t = embed_texts_new(100, 16);
    (void)state;
    for (uint32_t flags = 0; flags <= LLMC_STORE_BLOCKS; flags++) {
        flow_tally tally;
        rack_bench b;
        llmc_embeddings *e = start_held(&b, flags, &t, &tally);
        llmc_client_free(b.f.client);
        b.f.client = NULL;
        assert_int_equal(tally.cancelled, 1);
        assert_int_equal(llmc_embeddings_text_status(e, 99), LLMC_ERR_CANCELLED);
        llmc_embeddings_unref(e);
        assert_int_equal(atomic_load(&b.r.closed), 0);
        rack_release(&b.r);
        assert_true(flow_until(is_closed, &b));
        assert_int_equal(llmc_mock_request_count(b.f.mock), 0);
        flow_tally_destroy(&tally);
        rack_close(&b);
    }
    embed_texts_free(&t);
}

/* ---- what is asked for ---- */

static size_t sent_in_mode(rack_bench *b, const embed_texts *t, llmc_cache_mode mode) {
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    llmc_request *settings = flow_request("x");
    size_t count;
    assert_int_equal(llmc_request_set_cache_mode(settings, mode), LLMC_OK);
    options.settings = settings;
    atomic_store(&b->r.gets, 0);
    atomic_store(&b->r.puts, 0);
    count = rack_sent(b, t, 0, t->count, &options);
    llmc_request_free(settings);
    rack_next_client(b);
    return count;
}

static void modes_hold_for_the_store(void **state) {
    embed_texts t = embed_texts_new(7, 16);
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(sent_in_mode(&b, &t, LLMC_CACHE_READ_ONLY), 7);
    assert_int_equal(atomic_load(&b.r.gets), 7);
    assert_int_equal(atomic_load(&b.r.puts), 0);
    assert_int_equal(sent_in_mode(&b, &t, LLMC_CACHE_BYPASS), 7);
    assert_int_equal(atomic_load(&b.r.gets) + atomic_load(&b.r.puts), 0);
    assert_int_equal(sent_in_mode(&b, &t, LLMC_CACHE_USE), 7);
    assert_int_equal(atomic_load(&b.r.puts), 7);
    assert_int_equal(sent_in_mode(&b, &t, LLMC_CACHE_REFRESH), 7);
    assert_int_equal(atomic_load(&b.r.gets), 0);
    assert_int_equal(atomic_load(&b.r.puts), 7);
    assert_int_equal(sent_in_mode(&b, &t, LLMC_CACHE_BYPASS), 7);
    assert_int_equal(sent_in_mode(&b, &t, LLMC_CACHE_READ_ONLY), 0);
    assert_int_equal(atomic_load(&b.r.puts), 0);
    rack_close(&b);
    embed_texts_free(&t);
}

static void what_changes_the_vector_parts_them(void **state) {
    embed_texts t = embed_texts_new(3, 16);
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(rack_sent(&b, &t, 0, 3, NULL), 3);
    rack_next_client(&b);
    options.dimensions = 9;
    assert_int_equal(rack_sent(&b, &t, 0, 3, &options), 3);
    options.task = "query";
    assert_int_equal(rack_sent(&b, &t, 0, 3, &options), 3);
    rack_next_client(&b);
    options.encoding = LLMC_EMBED_FLOAT; /* the same vector, however it travels */
    assert_int_equal(rack_sent(&b, &t, 0, 3, &options), 0);
    options.task = NULL;
    assert_int_equal(rack_sent(&b, &t, 0, 3, &options), 0);
    b.options.cache_salt = "of other programs";
    rack_next_client(&b);
    assert_int_equal(rack_sent(&b, &t, 0, 3, &options), 3);
    rack_close(&b);
    embed_texts_free(&t);
}

/* Other processes do not know what a route stands for here. */
static void routes_are_not_looked_for(void **state) {
    const char *const texts[] = {"one", "two"};
    llmc_route_target target = {EMBED_MODEL, 1};
    llmc_embeddings *e = NULL;
    rack_bench b;
    (void)state;
    rack_open(&b, 0);
    assert_int_equal(llmc_client_set_route(b.f.client, "mine", LLMC_ROUTE_IN_ORDER, &target, 1), LLMC_OK);
    assert_int_equal(llmc_embed(b.f.client, "mine", texts, 2, NULL, &e), LLMC_OK);
    embed_assert_all(e, texts, SIZE_MAX, LLMC_OK);
    assert_int_equal(atomic_load(&b.r.gets) + atomic_load(&b.r.puts), 0);
    llmc_embeddings_unref(e);
    rack_close(&b);
}

static void batchers_ask_it_too(void **state) {
    embed_texts t = embed_texts_new(8, 16);
    llmc_batcher *batcher = NULL;
    float vector[EMBED_DIMENSIONS];
    rack_bench b;
    (void)state;
    rack_open(&b, LLMC_STORE_BLOCKS);
    assert_int_equal(rack_sent(&b, &t, 0, 8, NULL), 8);
    rack_next_client(&b);
    assert_int_equal(llmc_batcher_new(b.f.client, EMBED_MODEL, NULL, &batcher), LLMC_OK);
    for (size_t i = 0; i < t.count; i++) {
        assert_int_equal(llmc_batcher_embed(batcher, t.texts[i], 16, vector, EMBED_DIMENSIONS, NULL), LLMC_OK);
        embed_assert_vector(vector, t.texts[i], EMBED_DIMENSIONS);
    }
    assert_int_equal(llmc_batcher_embed(batcher, "new", 3, vector, EMBED_DIMENSIONS, NULL), LLMC_OK);
    embed_assert_vector(vector, "new", EMBED_DIMENSIONS);
    assert_int_equal(rack_stats(&b).store_hits, 8);
    assert_int_equal(llmc_mock_request_count(b.f.mock), 2);
    llmc_batcher_free(batcher);
    rack_close(&b);
    embed_texts_free(&t);
}

static void on_vector(llmc_status status, const llmc_error *error, const float *vector, size_t dimensions,
                      void *user_data) {
    (void)error, (void)vector, (void)dimensions;
    flow_tally_add(user_data, status);
}

static void a_batcher_is_freed_meanwhile(void **state) {
    llmc_batcher *batcher = NULL;
    flow_tally tally;
    rack_bench b;
    (void)state;
    rack_open(&b, LLMC_STORE_BLOCKS);
    b.r.answers = 0;
    flow_tally_init(&tally);
    assert_int_equal(llmc_batcher_new(b.f.client, EMBED_MODEL, NULL, &batcher), LLMC_OK);
    assert_int_equal(llmc_batcher_embed_async(batcher, "one", 3, on_vector, &tally), LLMC_OK);
    assert_true(flow_until(is_held, &b));
    llmc_batcher_free(batcher);
    assert_true(flow_tally_wait(&tally, 1));
    assert_int_equal(tally.cancelled, 1);
    assert_int_equal(llmc_mock_request_count(b.f.mock), 0);
    rack_release(&b.r);
    flow_tally_destroy(&tally);
    rack_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_client_sends_nothing),
        cmocka_unit_test(only_the_missing_are_sent),
        cmocka_unit_test(vectors_of_the_store_go_into_rows),
        cmocka_unit_test(what_goes_wrong_is_a_miss),
        cmocka_unit_test(silence_costs_one_timeout),
        cmocka_unit_test(a_slow_store_is_asked_on),
        cmocka_unit_test(some_answers_are_better_than_none),
        cmocka_unit_test(late_answers_are_not_used),
        cmocka_unit_test(many_texts_need_no_stack),
        cmocka_unit_test(a_look_is_cancelled),
        cmocka_unit_test(a_look_is_cancelled_before_it_begins),
        cmocka_unit_test(looks_end_at_any_moment),
        cmocka_unit_test(a_client_ends_before_the_store_answers),
        cmocka_unit_test(modes_hold_for_the_store),
        cmocka_unit_test(what_changes_the_vector_parts_them),
        cmocka_unit_test(routes_are_not_looked_for),
        cmocka_unit_test(batchers_ask_it_too),
        cmocka_unit_test(a_batcher_is_freed_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
