/* Async calls: callbacks, waiting, what callbacks may do, and a client freed under its calls. */
#include "support_flow.h"
#include <stdatomic.h>

static void one_call(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    (void)state;
    flow_open(&f, NULL);
    flow_tally_init(&tally);
    assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, &call), LLMC_OK);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_int_equal(flow_tally_done(&tally), 1); /* the wait ends after the callback */
    assert_string_equal(llmc_response_output(response), "hello");
    llmc_response_free(response);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_OK);
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_OK);
    llmc_call_unref(call);
    llmc_request_free(request);
    flow_assert_balanced(f.client);
    flow_close(&f);
    assert_int_equal(flow_tally_done(&tally), 1);
    flow_tally_destroy(&tally);
}

static void two_hundred_at_once(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    (void)state;
    flow_open(&f, NULL);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(20));
    for (int i = 0; i < 200; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 200));
    assert_int_equal(tally.ok, 200);
    assert_true(flow_mock_stats(&f).connections_max <= 100);
    flow_assert_balanced(f.client);
    flow_close(&f);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
}

static void max_connections_holds(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    (void)state;
    options.max_connections = 3;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(5));
    for (int i = 0; i < 60; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 60));
    assert_int_equal(tally.ok, 60);
    assert_true(flow_mock_stats(&f).connections_max <= 3);
    assert_int_equal(flow_mock_stats(&f).in_flight_max, 3);
    flow_close(&f);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
}

static bool keeps_at_most_two(void *ctx) {
    return flow_mock_stats(ctx).connections_now <= 2;
}

static void max_keepalive_holds(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    (void)state;
    options.max_keepalive = 2;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(30));
    for (int i = 0; i < 20; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 20));
    assert_true(flow_mock_stats(&f).connections_max > 2);
    assert_true(flow_until(keeps_at_most_two, &f));
    flow_close(&f);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
}

static void a_full_queue_refuses(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    llmc_call *calls[10];
    (void)state;
    options.max_connections = 1;
    options.max_queued = 4;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    for (int i = 0; i < 10; i++) {
        llmc_status status = llmc_execute_async(f.client, request, flow_on_done, &tally, &calls[i]);
        if (i == 0)
            assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
        if (status != LLMC_OK)
            flow_tally_add(&tally, status);
        assert_true(status == LLMC_OK || status == LLMC_ERR_QUEUE_FULL);
    }
    assert_true(flow_tally_wait(&tally, 5));
    assert_int_equal(tally.failed, 5);
    assert_int_equal(tally.last, LLMC_ERR_QUEUE_FULL);
    for (int i = 0; i < 10; i++) {
        llmc_call_cancel(calls[i]);
        llmc_call_unref(calls[i]);
    }
    assert_true(flow_tally_wait(&tally, 10));
    assert_int_equal(tally.cancelled, 5);
    flow_close(&f);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
}

/* ---- callbacks that use the library ---- */

typedef struct nested {
    llmc_client *client;
    llmc_request *request;
    llmc_call *call; /* the one to cancel */
    flow_tally tally;
    llmc_status answers[8]; /* of functions that block */
    int left;
} nested;

static void nested_open(nested *n, flow *f) {
    memset(n, 0, sizeof(*n));
    n->client = f->client;
    n->request = flow_request("nested");
    flow_tally_init(&n->tally);
}

static void nested_close(nested *n) {
    llmc_request_free(n->request);
    flow_tally_destroy(&n->tally);
}

static void on_done_start_next(llmc_call *call, llmc_response *response, void *user_data) {
    nested *n = user_data;
    (void)call;
    if (n->left-- > 0 && llmc_execute_async(n->client, n->request, on_done_start_next, n, NULL) != LLMC_OK)
        n->left = -1000;
    flow_tally_add(&n->tally, llmc_response_status(response));
}

static void calls_from_callbacks(void **state) {
    flow f;
    nested n;
    (void)state;
    flow_open(&f, NULL);
    nested_open(&n, &f);
    n.left = 50;
    assert_int_equal(llmc_execute_async(f.client, n.request, on_done_start_next, &n, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&n.tally, 51));
    assert_int_equal(n.tally.ok, 51);
    flow_assert_balanced(f.client);
    flow_close(&f);
    nested_close(&n);
}

static void on_done_try_blocking(llmc_call *call, llmc_response *response, void *user_data) {
    nested *n = user_data;
    llmc_response *out = NULL;
    const llmc_request *const row[1] = {n->request};
    llmc_response *results[1] = {NULL};
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    bool done = false;
    n->answers[0] = llmc_ask(n->client, FLOW_MODEL, "x", &out);
    llmc_response_free(out);
    n->answers[1] = llmc_execute(n->client, n->request, &out);
    llmc_response_free(out);
    n->answers[2] = llmc_execute_batch(n->client, row, 1, NULL, results);
    n->answers[3] = llmc_call_wait(call, &out);
    n->answers[4] = llmc_call_wait_for(call, 1000, &done, &out);
    if (llmc_execute_stream(n->client, n->request, &stream) == LLMC_OK)
        n->answers[5] = llmc_stream_next(stream, &event);
    else
        n->answers[5] = LLMC_ERR_WOULD_DEADLOCK;
    llmc_stream_free(stream);
    flow_tally_add(&n->tally, llmc_response_status(response));
}

static void blocking_in_a_callback_is_refused(void **state) {
    flow f;
    nested n;
    (void)state;
    flow_open(&f, NULL);
    nested_open(&n, &f);
    assert_int_equal(llmc_execute_async(f.client, n.request, on_done_try_blocking, &n, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&n.tally, 1));
    for (int i = 0; i < 6; i++)
        assert_int_equal(n.answers[i], LLMC_ERR_WOULD_DEADLOCK);
    flow_close(&f);
    nested_close(&n);
}

static void on_done_cancel_other(llmc_call *call, llmc_response *response, void *user_data) {
    nested *n = user_data;
    llmc_call_cancel(n->call);
    llmc_call_cancel(call);
    flow_tally_add(&n->tally, llmc_response_status(response));
}

static void cancel_from_a_callback(void **state) {
    flow f;
    nested n;
    (void)state;
    flow_open(&f, NULL);
    nested_open(&n, &f);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, n.request, flow_on_done, &n.tally, &n.call), LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    assert_int_equal(llmc_execute_async(f.client, n.request, on_done_cancel_other, &n, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&n.tally, 2));
    assert_int_equal(n.tally.ok, 1);
    assert_int_equal(n.tally.cancelled, 1);
    assert_int_equal(llmc_call_wait(n.call, NULL), LLMC_ERR_CANCELLED);
    llmc_call_unref(n.call);
    flow_close(&f);
    nested_close(&n);
}

/* ---- waiting ---- */

typedef struct waiters {
    llmc_call *call;
    atomic_uint right;
} waiters;

static void wait_in_thread(size_t number, void *ctx) {
    waiters *w = ctx;
    llmc_response *response = NULL;
    bool done = false;
    llmc_status status = LLMC_OK;
    if (number % 2 == 0)
        status = llmc_call_wait(w->call, &response);
    else
        while (!done && status == LLMC_OK)
            status = llmc_call_wait_for(w->call, 7, &done, &response);
    if (status == LLMC_OK && strcmp(llmc_response_output(response), "for all") == 0)
        atomic_fetch_add(&w->right, 1);
    llmc_response_free(response);
}

static void many_may_wait(void **state) {
    flow f;
    waiters w;
    llmc_request *request = flow_request("for all");
    (void)state;
    memset(&w, 0, sizeof(w));
    flow_open(&f, NULL);
    flow_push(&f, flow_slow(100));
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &w.call), LLMC_OK);
    flow_run_threads(8, wait_in_thread, &w);
    assert_int_equal(atomic_load(&w.right), 8);
    llmc_call_unref(w.call);
    llmc_request_free(request);
    flow_close(&f);
}

static void wait_for_gives_up(void **state) {
    flow f;
    llmc_request *request = flow_request("late");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    int64_t start_ms;
    bool done = true;
    (void)state;
    flow_open(&f, NULL);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &call), LLMC_OK);
    start_ms = flow_now_ms();
    assert_int_equal(llmc_call_wait_for(call, 50, &done, &response), LLMC_OK);
    assert_false(done);
    assert_null(response);
    assert_true(flow_now_ms() - start_ms >= 49);
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait_for(call, FLOW_DEADLINE_MS, &done, &response), LLMC_ERR_CANCELLED);
    assert_true(done);
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_request_free(request);
    flow_close(&f);
}

static void unref_does_not_cancel(void **state) {
    flow f;
    flow_tally tally;
    llmc_call *call;
    (void)state;
    flow_open(&f, NULL);
    flow_tally_init(&tally);
    flow_push(&f, flow_slow(30));
    call = flow_start(f.client, &tally, false);
    llmc_call_unref(llmc_call_ref(call));
    llmc_call_unref(call);
    assert_true(flow_tally_wait(&tally, 1));
    assert_int_equal(tally.ok, 1);
    flow_close(&f);
    flow_tally_destroy(&tally);
}

/* ---- the client's end ---- */

static void free_with_calls_over(uint32_t io_threads) {
    llmc_client_options options = flow_options();
    flow f;
    flow_tally tally;
    llmc_call *kept = NULL;
    llmc_response *response = NULL;
    int64_t begun;
    options.io_threads = io_threads;
    options.max_connections = 30; /* so that some wait for a connection */
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    for (int i = 0; i < 50; i++) {
        llmc_call *call = flow_start(f.client, &tally, i % 2 == 0);
        if (i == 0)
            kept = llmc_call_ref(call);
        llmc_call_unref(call);
    }
    assert_true(llmc_mock_wait_requests(f.mock, 25, FLOW_DEADLINE_MS));
    begun = flow_now_ms();
    llmc_client_free(f.client);
    f.client = NULL;
    assert_true(flow_now_ms() - begun < 5000);
    assert_int_equal(flow_tally_done(&tally), 50);
    assert_int_equal(tally.cancelled, 50);
    assert_int_equal(llmc_call_wait(kept, &response), LLMC_ERR_CANCELLED);
    assert_true(strlen(llmc_response_error_message(response)) > 0);
    llmc_response_free(response);
    llmc_call_cancel(kept);
    llmc_call_unref(kept);
    assert_true(flow_until_aborted(&f, 25));
    flow_close(&f);
    assert_int_equal(flow_tally_done(&tally), 50);
    flow_tally_destroy(&tally);
}

static void free_with_calls_in_flight(void **state) {
    (void)state;
    free_with_calls_over(1);
    free_with_calls_over(4);
}

static void on_done_free_client(llmc_call *call, llmc_response *response, void *user_data) {
    nested *n = user_data;
    (void)call;
    llmc_client_free(n->client);
    flow_tally_add(&n->tally, llmc_response_status(response));
}

static bool mock_is_deserted(void *ctx) {
    return flow_mock_stats(ctx).connections_now == 0;
}

static void free_in_a_callback_of(uint32_t io_threads) {
    llmc_client_options options = flow_options();
    flow f;
    nested n;
    options.io_threads = io_threads;
    flow_open(&f, &options);
    nested_open(&n, &f);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    for (int i = 0; i < 20; i++)
        assert_int_equal(llmc_execute_async(f.client, n.request, flow_on_done, &n.tally, NULL), LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 20, FLOW_DEADLINE_MS));
    flow_push(&f, flow_answer("last"));
    assert_int_equal(llmc_execute_async(f.client, n.request, on_done_free_client, &n, NULL), LLMC_OK);
    f.client = NULL;
    assert_true(flow_tally_wait(&n.tally, 21));
    assert_int_equal(n.tally.ok, 1);
    assert_int_equal(n.tally.cancelled, 20);
    assert_true(flow_until(mock_is_deserted, &f)); /* the client really ends */
    flow_close(&f);
    nested_close(&n);
}

static void free_in_a_callback(void **state) {
    (void)state;
    free_in_a_callback_of(1);
    free_in_a_callback_of(2);
    free_in_a_callback_of(4);
}

static void on_cancelled_start_another(llmc_call *call, llmc_response *response, void *user_data) {
    nested *n = user_data;
    (void)call;
    n->answers[0] = llmc_execute_async(n->client, n->request, flow_on_done, &n->tally, NULL);
    flow_tally_add(&n->tally, llmc_response_status(response));
}

static void no_new_calls_while_closing(void **state) {
    flow f;
    nested n;
    (void)state;
    flow_open(&f, NULL);
    nested_open(&n, &f);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, n.request, on_cancelled_start_another, &n, NULL), LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    llmc_client_free(f.client);
    f.client = NULL;
    assert_int_equal(n.answers[0], LLMC_ERR_CLOSED);
    assert_int_equal(flow_tally_done(&n.tally), 1);
    flow_close(&f);
    nested_close(&n);
}

static void clients_come_and_go(void **state) {
    (void)state;
    for (int i = 0; i < 500; i++) {
        llmc_client_options options = flow_options();
        llmc_client *client = NULL;
        options.io_threads = (uint32_t)i % 5;
        assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
        llmc_client_free(client);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_call),
        cmocka_unit_test(two_hundred_at_once),
        cmocka_unit_test(max_connections_holds),
        cmocka_unit_test(max_keepalive_holds),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(calls_from_callbacks),
        cmocka_unit_test(blocking_in_a_callback_is_refused),
        cmocka_unit_test(cancel_from_a_callback),
        cmocka_unit_test(many_may_wait),
        cmocka_unit_test(wait_for_gives_up),
        cmocka_unit_test(unref_does_not_cancel),
        cmocka_unit_test(free_with_calls_in_flight),
        cmocka_unit_test(free_in_a_callback),
        cmocka_unit_test(no_new_calls_while_closing),
        cmocka_unit_test(clients_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
