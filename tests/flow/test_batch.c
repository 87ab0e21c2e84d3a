/* Batches: order, items that fail on their own, the limit as the server counted it, and their end before time. */
#include "support_flow.h"
#include <stdatomic.h>

#define MOST 200

typedef struct rows {
    llmc_request *requests[MOST];
    llmc_response *results[MOST];
    size_t count;
} rows;

static void rows_open(rows *r, size_t count) {
    memset(r, 0, sizeof(*r));
    r->count = count;
    for (size_t i = 0; i < count; i++) {
        char prompt[48];
        (void)snprintf(prompt, sizeof(prompt), "prompt number %zu", i);
        r->requests[i] = flow_request(prompt);
    }
}

static void rows_close(rows *r) {
    for (size_t i = 0; i < r->count; i++) {
        llmc_request_free(r->requests[i]);
        llmc_response_free(r->results[i]);
    }
}

static llmc_status run(flow *f, rows *r, const llmc_batch_options *options) {
    return llmc_execute_batch(f->client, (const llmc_request *const *)r->requests, r->count, options, r->results);
}

static void assert_in_order(const rows *r) {
    for (size_t i = 0; i < r->count; i++) {
        char prompt[48];
        (void)snprintf(prompt, sizeof(prompt), "prompt number %zu", i);
        assert_non_null(r->results[i]);
        assert_int_equal(llmc_response_status(r->results[i]), LLMC_OK);
        assert_string_equal(llmc_response_output(r->results[i]), prompt);
    }
}

static void results_stand_in_order(void **state) {
    flow f;
    rows r;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 100);
    for (int i = 0; i < 50; i++) /* so that they end in another order than they began */
        flow_push(&f, flow_slow(i % 7 * 3));
    assert_int_equal(run(&f, &r, NULL), LLMC_OK);
    assert_in_order(&r);
    assert_int_equal(flow_mock_stats(&f).requests, 100);
    rows_close(&r);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

static void assert_limit(uint32_t limit) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    flow f;
    rows r;
    flow_open(&f, NULL);
    rows_open(&r, limit == 1 ? 20 : 200);
    flow_default(&f, flow_slow(limit == 1 ? 2 : 15));
    if (limit != 0)
        options.max_concurrency = limit;
    else
        limit = 10; /* the default */
    assert_int_equal(run(&f, &r, &options), LLMC_OK);
    assert_in_order(&r);
    assert_true(flow_mock_stats(&f).in_flight_max <= limit);
    if (!FLOW_SANITIZED) /* and the limit is used */
        assert_int_equal(flow_mock_stats(&f).in_flight_max, limit);
    rows_close(&r);
    flow_close(&f);
}

static void never_above_the_limit(void **state) {
    (void)state;
    assert_limit(0);
    assert_limit(1);
    assert_limit(10);
    assert_limit(50);
}

static void zero_is_the_default_limit(void **state) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    flow f;
    rows r;
    (void)state;
    options.max_concurrency = 0;
    flow_open(&f, NULL);
    rows_open(&r, 60);
    flow_default(&f, flow_slow(10));
    assert_int_equal(run(&f, &r, &options), LLMC_OK);
    assert_true(flow_mock_stats(&f).in_flight_max <= 10);
    rows_close(&r);
    flow_close(&f);
}

static void items_fail_on_their_own(void **state) {
    flow f;
    rows r;
    size_t ok = 0, overloaded = 0;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 40);
    for (int i = 0; i < 5; i++) {
        llmc_mock_script script = flow_script();
        script.status = 503;
        script.body = "{\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}";
        flow_push(&f, script);
    }
    assert_int_equal(run(&f, &r, NULL), LLMC_ERR_PARTIAL);
    for (size_t i = 0; i < r.count; i++) {
        ok += llmc_response_status(r.results[i]) == LLMC_OK;
        overloaded += llmc_response_status(r.results[i]) == LLMC_ERR_OVERLOADED;
    }
    assert_int_equal(overloaded, 5);
    assert_int_equal(ok, 35);
    rows_close(&r);
    flow_close(&f);
}

static void an_item_that_cannot_start_fails_alone(void **state) {
    flow f;
    rows r;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 3);
    llmc_request_free(r.requests[1]);
    assert_int_equal(llmc_request_new("nosuch/model", &r.requests[1]), LLMC_OK);
    assert_int_equal(llmc_request_add_message(r.requests[1], LLMC_ROLE_USER, "x"), LLMC_OK);
    assert_int_equal(run(&f, &r, NULL), LLMC_ERR_PARTIAL);
    assert_int_equal(llmc_response_status(r.results[0]), LLMC_OK);
    assert_int_equal(llmc_response_status(r.results[1]), LLMC_ERR_UNKNOWN_PROVIDER);
    assert_non_null(strstr(llmc_response_error_message(r.results[1]), "nosuch"));
    assert_int_equal(llmc_response_status(r.results[2]), LLMC_OK);
    rows_close(&r);
    flow_close(&f);
}

static void bad_arguments(void **state) {
    flow f;
    rows r;
    llmc_batch *batch = NULL;
    const llmc_request *const *requests;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 3);
    requests = (const llmc_request *const *)r.requests;
    assert_int_equal(llmc_execute_batch(NULL, requests, 3, NULL, r.results), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "client"));
    assert_int_equal(llmc_execute_batch(f.client, NULL, 3, NULL, r.results), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "requests"));
    assert_int_equal(llmc_execute_batch(f.client, requests, 3, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "results"));
    llmc_request_free(r.requests[2]);
    r.requests[2] = NULL;
    assert_int_equal(run(&f, &r, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "requests[2]"));
    for (size_t i = 0; i < 3; i++)
        assert_null(r.results[i]);
    assert_int_equal(llmc_execute_batch_async(f.client, requests, 3, NULL, NULL, NULL, NULL, &batch),
                     LLMC_ERR_INVALID_ARGUMENT);
    assert_null(batch);
    assert_int_equal(flow_mock_stats(&f).requests, 0);
    rows_close(&r);
    flow_close(&f);
}

typedef struct watch {
    flow_tally items;
    size_t progress_calls, last_done, last_failed, total;
    bool monotonic;
    atomic_uint seen[MOST];
    atomic_uint ends;
    llmc_status end_status;
    size_t items_at_end;
    int interrupts;
} watch;

static void watch_open(watch *w) {
    memset(w, 0, sizeof(*w));
    w->monotonic = true;
    flow_tally_init(&w->items);
}

static void on_progress(size_t done, size_t failed, size_t total, void *user_data) {
    watch *w = user_data;
    if (done != w->last_done + 1 || failed < w->last_failed || failed > done || done > total)
        w->monotonic = false;
    w->progress_calls++;
    w->last_done = done;
    w->last_failed = failed;
    w->total = total;
}

static void on_item(llmc_batch *batch, size_t index, llmc_response *response, void *user_data) {
    watch *w = user_data;
    (void)batch;
    atomic_fetch_add(&w->seen[index], 1);
    flow_tally_add(&w->items, llmc_response_status(response));
}

static void on_batch_done(llmc_batch *batch, llmc_status status, void *user_data) {
    watch *w = user_data;
    (void)batch;
    w->items_at_end = (size_t)flow_tally_done(&w->items);
    w->end_status = status;
    atomic_fetch_add(&w->ends, 1);
}

static void progress_is_monotonic(void **state) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    flow f;
    rows r;
    watch w;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 60);
    watch_open(&w);
    options.on_progress = on_progress;
    options.user_data = &w;
    for (int i = 0; i < 4; i++) {
        llmc_mock_script script = flow_script();
        script.status = 500;
        flow_push(&f, script);
    }
    assert_int_equal(run(&f, &r, &options), LLMC_ERR_PARTIAL);
    assert_true(w.monotonic);
    assert_int_equal(w.progress_calls, 60);
    assert_int_equal(w.last_done, 60);
    assert_int_equal(w.last_failed, 4);
    assert_int_equal(w.total, 60);
    flow_tally_destroy(&w.items);
    rows_close(&r);
    flow_close(&f);
}

static void async_tells_each_item_once(void **state) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    flow f;
    rows r;
    watch w;
    llmc_batch *batch = NULL;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 120);
    watch_open(&w);
    options.max_concurrency = 30;
    options.on_progress = on_progress;
    options.user_data = &w;
    assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, &options,
                                              on_item, on_batch_done, &w, &batch),
                     LLMC_OK);
    assert_int_equal(llmc_batch_wait(batch), LLMC_OK);
    assert_int_equal(llmc_batch_wait(batch), LLMC_OK);
    assert_int_equal(atomic_load(&w.ends), 1);
    assert_int_equal(w.end_status, LLMC_OK);
    assert_int_equal(w.items_at_end, 120);
    for (size_t i = 0; i < r.count; i++)
        assert_int_equal(atomic_load(&w.seen[i]), 1);
    assert_true(w.monotonic);
    llmc_batch_unref(batch);
    flow_tally_destroy(&w.items);
    rows_close(&r);
    flow_close(&f);
}

static void async_without_a_handle(void **state) {
    flow f;
    rows r;
    watch w;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 20);
    watch_open(&w);
    assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, NULL, on_item,
                                              on_batch_done, &w, NULL),
                     LLMC_OK);
    assert_true(flow_tally_wait(&w.items, 20));
    flow_close(&f);
    assert_int_equal(atomic_load(&w.ends), 1);
    flow_tally_destroy(&w.items);
    rows_close(&r);
}

static void nothing_to_do(void **state) {
    flow f;
    rows r;
    watch w;
    llmc_batch *batch = NULL;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 0);
    watch_open(&w);
    assert_int_equal(run(&f, &r, NULL), LLMC_OK);
    assert_int_equal(llmc_execute_batch(f.client, NULL, 0, NULL, NULL), LLMC_OK);
    assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, 0, NULL, on_item,
                                              on_batch_done, &w, &batch),
                     LLMC_OK);
    assert_int_equal(llmc_batch_wait(batch), LLMC_OK);
    assert_int_equal(atomic_load(&w.ends), 1);
    assert_int_equal(w.items_at_end, 0);
    llmc_batch_unref(batch);
    flow_tally_destroy(&w.items);
    flow_close(&f);
}

static int interrupt_later(void *user_data) {
    watch *w = user_data;
    return ++w->interrupts >= 4;
}

static void assert_cancelled_or_whole(const rows *r, size_t *cancelled) {
    *cancelled = 0;
    for (size_t i = 0; i < r->count; i++) {
        llmc_status status = llmc_response_status(r->results[i]);
        assert_true(status == LLMC_OK || status == LLMC_ERR_CANCELLED);
        *cancelled += status == LLMC_ERR_CANCELLED;
    }
}

static void an_interrupt_cancels(void **state) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    flow f;
    rows r;
    watch w;
    size_t cancelled = 0;
    int64_t begun = flow_now_ms();
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 50);
    watch_open(&w);
    flow_push(&f, flow_answer("quick"));
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    options.max_concurrency = 5;
    options.interrupt = interrupt_later;
    options.user_data = &w;
    assert_int_equal(run(&f, &r, &options), LLMC_ERR_CANCELLED);
    assert_true(flow_now_ms() - begun < 10000);
    assert_int_equal(w.interrupts, 4);
    assert_cancelled_or_whole(&r, &cancelled);
    assert_true(cancelled >= 49);
    assert_true(flow_mock_stats(&f).requests <= 6);
    flow_tally_destroy(&w.items);
    rows_close(&r);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

static void cancelling_ends_every_item(void **state) {
    flow f;
    rows r;
    watch w;
    llmc_batch *batch = NULL;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 80);
    watch_open(&w);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, NULL, on_item,
                                              on_batch_done, &w, &batch),
                     LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 10, FLOW_DEADLINE_MS));
    llmc_batch_cancel(batch);
    llmc_batch_cancel(batch);
    assert_int_equal(llmc_batch_wait(batch), LLMC_ERR_CANCELLED);
    assert_int_equal(w.items.cancelled, 80);
    assert_int_equal(atomic_load(&w.ends), 1);
    for (size_t i = 0; i < r.count; i++)
        assert_int_equal(atomic_load(&w.seen[i]), 1);
    assert_int_equal(flow_mock_stats(&f).requests, 10);
    llmc_batch_unref(llmc_batch_ref(batch));
    llmc_batch_unref(batch);
    flow_tally_destroy(&w.items);
    rows_close(&r);
    flow_close(&f);
}

static void on_item_cancel(llmc_batch *batch, size_t index, llmc_response *response, void *user_data) {
    llmc_batch_cancel(batch);
    on_item(batch, index, response, user_data);
}

static void cancelling_from_an_item(void **state) {
    flow f;
    rows r;
    watch w;
    llmc_batch *batch = NULL;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 40);
    watch_open(&w);
    flow_push(&f, flow_answer("first"));
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, NULL,
                                              on_item_cancel, on_batch_done, &w, &batch),
                     LLMC_OK);
    assert_int_equal(llmc_batch_wait(batch), LLMC_ERR_CANCELLED);
    assert_int_equal(flow_tally_done(&w.items), 40);
    assert_int_equal(w.items.ok, 1);
    llmc_batch_unref(batch);
    flow_tally_destroy(&w.items);
    rows_close(&r);
    flow_close(&f);
}

static void the_client_ends_under_a_batch(void **state) {
    flow f;
    rows r;
    watch w;
    llmc_batch *batch = NULL;
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 60);
    watch_open(&w);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, NULL, on_item,
                                              on_batch_done, &w, &batch),
                     LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 10, FLOW_DEADLINE_MS));
    llmc_client_free(f.client);
    f.client = NULL;
    assert_int_equal(flow_tally_done(&w.items), 60);
    assert_int_equal(atomic_load(&w.ends), 1);
    assert_true(llmc_batch_wait(batch) == LLMC_ERR_PARTIAL || llmc_batch_wait(batch) == LLMC_ERR_CANCELLED);
    assert_int_equal(w.items.ok, 0);
    llmc_batch_unref(batch);
    flow_tally_destroy(&w.items);
    rows_close(&r);
    flow_close(&f);
}

static void batches_side_by_side(void **state) {
    flow f;
    rows r;
    watch w[4];
    llmc_batch *batches[4];
    (void)state;
    flow_open(&f, NULL);
    rows_open(&r, 50);
    flow_default(&f, flow_slow(2));
    for (int i = 0; i < 4; i++) {
        watch_open(&w[i]);
        assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, NULL,
                                                  on_item, on_batch_done, &w[i], &batches[i]),
                         LLMC_OK);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(llmc_batch_wait(batches[i]), LLMC_OK);
        assert_int_equal(w[i].items.ok, 50);
        llmc_batch_unref(batches[i]);
        flow_tally_destroy(&w[i].items);
    }
    assert_true(flow_mock_stats(&f).in_flight_max <= 40);
    rows_close(&r);
    flow_close(&f);
}

static void on_one_of_many_done(llmc_batch *batch, llmc_status status, void *user_data) {
    watch *w = user_data;
    (void)batch;
    (void)status;
    atomic_fetch_add(&w->ends, 1);
}

static void over_several_loops(void **state) {
    llmc_client_options options = flow_options();
    llmc_batch_options width = LLMC_BATCH_OPTIONS_INIT;
    flow f;
    rows r;
    watch w;
    (void)state;
    options.io_threads = 4;
    width.max_concurrency = 16;
    flow_open(&f, &options);
    rows_open(&r, 40);
    watch_open(&w);
    for (uint64_t i = 1; i <= 50; i++) /* nobody holds the batch: it must last until its last item was told */
        assert_int_equal(llmc_execute_batch_async(f.client, (const llmc_request *const *)r.requests, r.count, &width,
                                                  on_item, on_one_of_many_done, &w, NULL),
                         LLMC_OK);
    assert_true(flow_tally_wait(&w.items, 50 * r.count));
    assert_int_equal(run(&f, &r, &width), LLMC_OK);
    assert_in_order(&r);
    flow_close(&f);
    assert_int_equal(atomic_load(&w.ends), 50);
    assert_int_equal(w.items.ok, 50 * r.count);
    flow_tally_destroy(&w.items);
    rows_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_stand_in_order),
        cmocka_unit_test(never_above_the_limit),
        cmocka_unit_test(zero_is_the_default_limit),
        cmocka_unit_test(items_fail_on_their_own),
        cmocka_unit_test(an_item_that_cannot_start_fails_alone),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(progress_is_monotonic),
        cmocka_unit_test(async_tells_each_item_once),
        cmocka_unit_test(async_without_a_handle),
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(an_interrupt_cancels),
        cmocka_unit_test(cancelling_ends_every_item),
        cmocka_unit_test(cancelling_from_an_item),
        cmocka_unit_test(the_client_ends_under_a_batch),
        cmocka_unit_test(batches_side_by_side),
        cmocka_unit_test(over_several_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
