/* Host-loop mode in a real event loop: libevent's, with a timer of the host's own beside the client. */
#include "support_flow.h"

#ifdef LLMC_HAVE_LIBEVENT
#include <event2/event.h>

typedef struct host {
    flow f;
    struct event_base *base;
    struct event *readable, *beat;
    flow_tally tally;
    uint64_t want;
    int beats;
    llmc_request *request;
    llmc_status dispatched;
} host;

static void stop_when_done(host *h) {
    if (flow_tally_done(&h->tally) >= h->want)
        (void)event_base_loopbreak(h->base);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx) {
    host *h = ctx;
    llmc_status status = llmc_client_dispatch(h->f.client);
    (void)fd;
    (void)what;
    if (status != LLMC_OK)
        h->dispatched = status;
    stop_when_done(h);
}

static void on_beat(evutil_socket_t fd, short what, void *ctx) {
    (void)fd;
    (void)what;
    ((host *)ctx)->beats++;
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx) {
    (void)fd;
    (void)what;
    (void)event_base_loopbreak(((host *)ctx)->base);
}

static void host_open(host *h) {
    const struct timeval beat = {0, 10000};
    llmc_client_options options = flow_options();
    memset(h, 0, sizeof(*h));
    options.io_threads = 0;
    flow_open(&h->f, &options);
    flow_tally_init(&h->tally);
    h->request = flow_request("one two three");
    h->base = event_base_new();
    assert_non_null(h->base);
    h->readable = event_new(h->base, llmc_client_fd(h->f.client), EV_READ | EV_PERSIST, on_readable, h);
    h->beat = event_new(h->base, -1, EV_PERSIST, on_beat, h);
    assert_int_equal(event_add(h->readable, NULL), 0);
    assert_int_equal(event_add(h->beat, &beat), 0);
}

static void host_run(host *h, uint64_t want) {
    const struct timeval deadline = {FLOW_DEADLINE_MS / 1000, 0};
    h->want = want;
    assert_int_equal(event_base_once(h->base, -1, EV_TIMEOUT, on_deadline, h, &deadline), 0);
    (void)event_base_dispatch(h->base);
    assert_int_equal(flow_tally_done(&h->tally), want);
    assert_int_equal(h->dispatched, LLMC_OK);
}

static void host_close(host *h) {
    event_free(h->readable);
    event_free(h->beat);
    event_base_free(h->base);
    llmc_request_free(h->request);
    flow_close(&h->f);
    flow_tally_destroy(&h->tally);
}

static void calls_and_streams(void **state) {
    host h;
    (void)state;
    host_open(&h);
    flow_default(&h.f, flow_slow(50));
    for (int i = 0; i < 200; i++) {
        llmc_status status = i % 2 == 0
                                 ? llmc_execute_async(h.f.client, h.request, flow_on_done, &h.tally, NULL)
                                 : llmc_execute_stream_async(h.f.client, h.request, NULL, flow_on_done, &h.tally, NULL);
        assert_int_equal(status, LLMC_OK);
    }
    host_run(&h, 200);
    assert_int_equal(h.tally.ok, 200);
    assert_true(h.beats >= 2); /* the host's own work went on */
    host_close(&h);
}

static void on_done_start_next(llmc_call *call, llmc_response *response, void *ctx) {
    host *h = ctx;
    (void)call;
    if (flow_tally_done(&h->tally) + 1 < h->want)
        (void)llmc_execute_async(h->f.client, h->request, on_done_start_next, h, NULL);
    flow_tally_add(&h->tally, llmc_response_status(response));
}

static void a_chain_of_calls(void **state) {
    host h;
    (void)state;
    host_open(&h);
    h.want = 100;
    assert_int_equal(llmc_execute_async(h.f.client, h.request, on_done_start_next, &h, NULL), LLMC_OK);
    host_run(&h, 100);
    assert_int_equal(h.tally.ok, 100);
    host_close(&h);
}

static void timeouts_come_by_the_descriptor(void **state) {
    host h;
    int64_t begun;
    (void)state;
    host_open(&h);
    event_del(h.beat); /* nothing else wakes the loop */
    flow_push(&h.f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_set_first_byte_timeout_ms(h.request, 120), LLMC_OK);
    assert_int_equal(llmc_execute_async(h.f.client, h.request, flow_on_done, &h.tally, NULL), LLMC_OK);
    begun = flow_now_ms();
    host_run(&h, 1);
    assert_int_equal(h.tally.last, LLMC_ERR_TIMEOUT_FIRST_BYTE);
    assert_in_range(flow_now_ms() - begun, 110, 5000);
    host_close(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_and_streams),
        cmocka_unit_test(a_chain_of_calls),
        cmocka_unit_test(timeouts_come_by_the_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    print_message("skipped: built without libevent (Debian: libevent-dev)\n");
    return 0;
}

#endif
