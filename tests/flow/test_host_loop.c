/* Host-loop mode: no thread of the library; a poll(2) loop, or the thread that blocks, does the work. */
#include "support_flow.h"
#include <dirent.h>
#include <poll.h>
#include <stdatomic.h>

static void host_open(flow *f) {
    llmc_client_options options = flow_options();
    options.io_threads = 0;
    flow_open(f, &options);
    assert_true(llmc_client_fd(f->client) >= 0);
}

static size_t thread_count(void) {
    size_t count = 0;
    DIR *dir = opendir("/proc/self/task");
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* The host's loop: waits for the descriptor only, for as long as it takes. */
static void host_run(flow *f, flow_tally *tally, uint64_t until_done) {
    int64_t end = flow_now_ms() + FLOW_DEADLINE_MS;
    struct pollfd ready = {llmc_client_fd(f->client), POLLIN, 0};
    while (flow_tally_done(tally) < until_done) {
        assert_true(flow_now_ms() < end);
        assert_true(poll(&ready, 1, 5000) >= 0);
        assert_int_equal(llmc_client_dispatch(f->client), LLMC_OK);
        assert_int_equal(ready.fd, llmc_client_fd(f->client));
    }
}

static void no_thread_is_started(void **state) {
    size_t before;
    llmc_client_options options = flow_options();
    llmc_client *client = NULL;
    (void)state;
    options.io_threads = 0;
    before = thread_count();
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    assert_int_equal(thread_count(), before);
    llmc_client_free(client);
}

static void nothing_happens_by_itself(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    struct pollfd ready;
    (void)state;
    host_open(&f);
    flow_tally_init(&tally);
    ready.fd = llmc_client_fd(f.client);
    ready.events = POLLIN;
    assert_int_equal(llmc_client_dispatch(f.client), LLMC_OK);
    assert_int_equal(poll(&ready, 1, 0), 0); /* idle: the host's loop may sleep */
    assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_int_equal(poll(&ready, 1, 1000), 1);
    flow_pass_ms(50);
    assert_int_equal(flow_mock_stats(&f).requests, 0);
    host_run(&f, &tally, 1);
    assert_int_equal(tally.ok, 1);
    llmc_request_free(request);
    flow_close(&f);
    flow_tally_destroy(&tally);
}

/* Nobody empties what makes the descriptor readable: it must be so for each call anew, and at rest never. */
static void each_wake_is_told(void **state) {
    flow f;
    flow_tally tally;
    struct pollfd ready;
    (void)state;
    host_open(&f);
    flow_tally_init(&tally);
    ready = (struct pollfd){llmc_client_fd(f.client), POLLIN, 0};
    for (uint64_t i = 1; i <= 50; i++) {
        int turns = 0;
        llmc_call_unref(flow_start(f.client, &tally, i % 2 == 0));
        assert_int_equal(poll(&ready, 1, 0), 1);
        host_run(&f, &tally, i);
        while (poll(&ready, 1, 0) == 1 && turns++ < 20)
            assert_int_equal(llmc_client_dispatch(f.client), LLMC_OK);
        assert_true(turns < 20);
    }
    flow_close(&f);
    flow_tally_destroy(&tally);
}

static void many_calls_in_a_poll_loop(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    (void)state;
    host_open(&f);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(5));
    for (int i = 0; i < 300; i++) {
        llmc_status status = i % 2 == 0
                                 ? llmc_execute_async(f.client, request, flow_on_done, &tally, NULL)
                                 : llmc_execute_stream_async(f.client, request, NULL, flow_on_done, &tally, NULL);
        assert_int_equal(status, LLMC_OK);
    }
    host_run(&f, &tally, 300);
    assert_int_equal(tally.ok, 300);
    flow_assert_balanced(f.client);
    llmc_request_free(request);
    flow_close(&f);
    flow_tally_destroy(&tally);
}

static void timers_make_it_readable(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    int64_t begun = flow_now_ms();
    (void)state;
    host_open(&f);
    flow_tally_init(&tally);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_set_timeout_ms(request, 150), LLMC_OK);
    assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    host_run(&f, &tally, 1);
    assert_int_equal(tally.last, LLMC_ERR_TIMEOUT_TOTAL);
    assert_in_range(flow_now_ms() - begun, 148, 4000);
    llmc_request_free(request);
    flow_close(&f);
    flow_tally_destroy(&tally);
}

static void cancel_makes_it_readable(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    llmc_call *call = NULL;
    int64_t begun;
    (void)state;
    host_open(&f);
    flow_tally_init(&tally);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, &call), LLMC_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(llmc_client_dispatch(f.client), LLMC_OK);
    begun = flow_now_ms();
    llmc_call_cancel(call);
    host_run(&f, &tally, 1);
    assert_int_equal(tally.cancelled, 1);
    assert_true(flow_now_ms() - begun < 1000);
    llmc_call_unref(call);
    llmc_request_free(request);
    flow_close(&f);
    flow_tally_destroy(&tally);
}

static void blocking_calls_do_the_work(void **state) {
    flow f;
    llmc_request *requests[20];
    llmc_response *results[20], *response = NULL;
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    (void)state;
    host_open(&f);
    assert_int_equal(llmc_ask(f.client, FLOW_MODEL, "hello", &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "hello");
    llmc_response_free(response);
    for (int i = 0; i < 20; i++)
        requests[i] = flow_request("row");
    assert_int_equal(llmc_execute_batch(f.client, (const llmc_request *const *)requests, 20, NULL, results), LLMC_OK);
    assert_int_equal(llmc_execute_stream(f.client, requests[0], &stream), LLMC_OK);
    while (llmc_stream_next(stream, &event) == LLMC_OK) {
    }
    assert_string_equal(llmc_response_output(llmc_stream_response(stream)), "row");
    llmc_stream_free(stream);
    for (int i = 0; i < 20; i++) {
        llmc_request_free(requests[i]);
        llmc_response_free(results[i]);
    }
    flow_close(&f);
}

typedef struct shared {
    flow f;
    atomic_uint right;
} shared;

static void ask_in_thread(size_t number, void *ctx) {
    shared *s = ctx;
    for (int i = 0; i < 20; i++) {
        char prompt[32];
        llmc_response *response = NULL;
        (void)snprintf(prompt, sizeof(prompt), "thread %zu ask %d", number, i);
        if (llmc_ask(s->f.client, FLOW_MODEL, prompt, &response) == LLMC_OK &&
            strcmp(llmc_response_output(response), prompt) == 0)
            atomic_fetch_add(&s->right, 1);
        llmc_response_free(response);
    }
}

static void several_threads_block_at_once(void **state) {
    shared s;
    (void)state;
    memset(&s, 0, sizeof(s));
    host_open(&s.f);
    flow_default(&s.f, flow_slow(3));
    flow_run_threads(6, ask_in_thread, &s);
    assert_int_equal(atomic_load(&s.right), 6 * 20);
    flow_assert_balanced(s.f.client);
    flow_close(&s.f);
}

typedef struct answers {
    llmc_client *client;
    flow_tally tally;
    llmc_status dispatch, ask;
} answers;

static void on_done_dispatch(llmc_call *call, llmc_response *response, void *user_data) {
    answers *a = user_data;
    llmc_response *out = NULL;
    (void)call;
    a->dispatch = llmc_client_dispatch(a->client);
    a->ask = llmc_ask(a->client, FLOW_MODEL, "x", &out);
    llmc_response_free(out);
    flow_tally_add(&a->tally, llmc_response_status(response));
}

static void callbacks_may_not_dispatch(void **state) {
    flow f;
    answers a;
    llmc_request *request = flow_request("hello");
    (void)state;
    memset(&a, 0, sizeof(a));
    host_open(&f);
    flow_tally_init(&a.tally);
    a.client = f.client;
    assert_int_equal(llmc_execute_async(f.client, request, on_done_dispatch, &a, NULL), LLMC_OK);
    host_run(&f, &a.tally, 1);
    assert_int_equal(a.dispatch, LLMC_ERR_WOULD_DEADLOCK);
    assert_int_equal(a.ask, LLMC_ERR_WOULD_DEADLOCK);
    llmc_request_free(request);
    flow_close(&f);
    flow_tally_destroy(&a.tally);
}

static void free_ends_what_runs(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("hello");
    (void)state;
    host_open(&f);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    for (int i = 0; i < 20; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(llmc_client_dispatch(f.client), LLMC_OK);
    flow_close(&f);
    assert_int_equal(tally.cancelled, 20);
    llmc_request_free(request);
    flow_tally_destroy(&tally);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_thread_is_started),       cmocka_unit_test(nothing_happens_by_itself),
        cmocka_unit_test(each_wake_is_told),          cmocka_unit_test(many_calls_in_a_poll_loop),
        cmocka_unit_test(timers_make_it_readable),    cmocka_unit_test(cancel_makes_it_readable),
        cmocka_unit_test(blocking_calls_do_the_work), cmocka_unit_test(several_threads_block_at_once),
        cmocka_unit_test(callbacks_may_not_dispatch), cmocka_unit_test(free_ends_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
