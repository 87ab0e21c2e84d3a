/* A lone blocking call drives the loop in its caller's thread, and gives it back as soon as others come. */
#include "support_lead.h"

/* Asks until so many of the calls ended in this thread. */
static void ask_until_led(flow *f, lead_witness *witness, unsigned count) {
    int64_t end = flow_now_ms() + FLOW_DEADLINE_MS;
    while (count > 0) {
        llmc_response_free(flow_ask(f, "hello", LLMC_OK));
        count -= atomic_load(&witness->thread) == llmc__thread_self() ? 1 : 0;
        assert_true(flow_now_ms() < end);
    }
}

static void a_series_runs_in_the_callers_thread(void **state) {
    lead_witness witness;
    llmc_client_options options = lead_options(&witness);
    flow f;
    (void)state;
    flow_open(&f, &options);
    for (int i = 0; i < 4; i++) { /* no series yet */
        llmc_response_free(flow_ask(&f, "hello", LLMC_OK));
        assert_ptr_not_equal(atomic_load(&witness.thread), llmc__thread_self());
    }
    ask_until_led(&f, &witness, 100);
    assert_true(lead_look(f.client, 0).leads >= 100);
    assert_int_equal(flow_mock_stats(&f).connections, 1);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

static void on_two_loops(void **state) {
    lead_witness witness;
    llmc_client_options options = lead_options(&witness);
    flow f;
    (void)state;
    options.io_threads = 2;
    flow_open(&f, &options);
    while (lead_look(f.client, 0).leads < 20 || lead_look(f.client, 1).leads < 20)
        ask_until_led(&f, &witness, 1);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

/* An interrupt is asked outside of the loop, and an async call has no caller who waits. */
static int never(void *user_data) {
    atomic_fetch_add((atomic_uint *)user_data, 1);
    return 0;
}

static void only_plain_blocking_calls_lead(void **state) {
    lead_witness witness;
    llmc_client_options options = lead_options(&witness);
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    atomic_uint asked = 0;
    unsigned leads;
    flow f;
    (void)state;
    flow_open(&f, &options);
    llmc_request_set_interrupt(request, never, &asked);
    for (int i = 0; i < 20; i++) {
        assert_true(lead_series(f.client));
        leads = lead_look(f.client, 0).leads;
        assert_int_equal(llmc_execute(f.client, request, &response), LLMC_OK);
        llmc_response_free(response);
        assert_int_equal(lead_look(f.client, 0).leads, leads);
        assert_ptr_not_equal(atomic_load(&witness.thread), llmc__thread_self());
        assert_true(lead_series(f.client));
        leads = lead_look(f.client, 0).leads;
        assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &call), LLMC_OK);
        assert_int_equal(llmc_call_wait(call, NULL), LLMC_OK);
        llmc_call_unref(call);
        assert_int_equal(lead_look(f.client, 0).leads, leads);
        assert_ptr_not_equal(atomic_load(&witness.thread), llmc__thread_self());
    }
    assert_true(atomic_load(&asked) > 0);
    llmc_request_free(request);
    flow_close(&f);
}

/* ---- others come while a call leads ---- */

typedef struct heard {
    flow_tally tally;
    const void *thread; /* of the last callback; read once the tally was waited for */
} heard;

static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    heard *h = user_data;
    h->thread = llmc__thread_self();
    flow_on_done(call, response, &h->tally);
}

/* The loop thread has it now, and keeps it until the slow call has ended: that is still under way. */
static void assert_handed_over(lead *l) {
    lead_state now = lead_look(l->f.client, 0);
    assert_false(now.led);
    assert_false(now.parked);
    assert_false(atomic_load(&l->over));
}

static void an_async_call_does_not_wait(void **state) {
    heard h;
    lead l;
    (void)state;
    flow_tally_init(&h.tally);
    lead_open(&l, FLOW_FOREVER_MS, NULL);
    for (uint64_t i = 1; i <= 5; i++) {
        llmc_request *request = flow_request("quick");
        assert_int_equal(llmc_execute_async(l.f.client, request, on_done, &h, NULL), LLMC_OK);
        llmc_request_free(request);
        assert_true(flow_tally_wait(&h.tally, i));
        assert_ptr_not_equal(h.thread, l.self);
        assert_ptr_not_equal(h.thread, llmc__thread_self());
        assert_handed_over(&l);
    }
    assert_int_equal(h.tally.ok, 5);
    lead_close(&l);
    assert_int_equal(l.status, LLMC_ERR_CANCELLED);
    flow_tally_destroy(&h.tally);
}

static void blocking_calls_do_not_wait(void **state) {
    const llmc_event *event = NULL;
    llmc_stream *stream = NULL;
    llmc_response *results[3] = {NULL};
    llmc_request *request = flow_request("a b c");
    const llmc_request *const row[3] = {request, request, request};
    llmc_status status;
    lead l;
    (void)state;
    lead_open(&l, FLOW_FOREVER_MS, NULL);
    llmc_response_free(flow_ask(&l.f, "quick", LLMC_OK));
    assert_handed_over(&l);
    lead_close(&l);
    lead_open(&l, FLOW_FOREVER_MS, NULL);
    assert_int_equal(llmc_execute_batch(l.f.client, row, 3, NULL, results), LLMC_OK);
    for (int i = 0; i < 3; i++)
        llmc_response_free(results[i]);
    assert_handed_over(&l);
    lead_close(&l);
    lead_open(&l, FLOW_FOREVER_MS, NULL);
    assert_int_equal(llmc_execute_stream(l.f.client, request, &stream), LLMC_OK);
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK)
        assert_non_null(event);
    assert_int_equal(status, LLMC_END);
    llmc_stream_free(stream);
    assert_handed_over(&l);
    lead_close(&l);
    llmc_request_free(request);
}

static void a_call_handed_over_gets_its_answer(void **state) {
    lead l;
    (void)state;
    lead_open(&l, 300, NULL);
    llmc_response_free(flow_ask(&l.f, "quick", LLMC_OK));
    lead_join(&l);
    assert_int_equal(l.status, LLMC_OK);
    assert_string_equal(l.output, "slow");
    flow_assert_balanced(l.f.client);
    lead_close(&l);
}

/* ---- how a call that leads may end ---- */

static void an_answer_that_takes_long(void **state) {
    lead l;
    (void)state;
    lead_open(&l, 150, NULL); /* longer than the loop thread is parked for */
    lead_join(&l);
    assert_int_equal(l.status, LLMC_OK);
    assert_ptr_equal(atomic_load(&l.witness.thread), l.self);
    lead_close(&l);
}

static void no_longer_than(llmc_client_options *options, llmc_request *request) {
    (void)options;
    assert_int_equal(llmc_request_set_timeout_ms(request, 100), LLMC_OK);
}

static void its_deadline_holds(void **state) {
    int64_t begin;
    lead l;
    (void)state;
    lead_open(&l, FLOW_FOREVER_MS, no_longer_than);
    begin = flow_now_ms();
    lead_join(&l);
    assert_int_equal(l.status, LLMC_ERR_TIMEOUT_TOTAL);
    assert_true(flow_now_ms() - begin < FLOW_DEADLINE_MS);
    assert_true(flow_until_aborted(&l.f, 1));
    flow_assert_balanced(l.f.client);
    lead_close(&l);
}

static void shared_flight(llmc_client_options *options, llmc_request *request) {
    (void)request;
    options->single_flight = LLMC_SINGLE_FLIGHT_ON;
}

static void another_call_follows_its_flight(void **state) {
    llmc_response *response = NULL;
    lead l;
    uint64_t requests;
    (void)state;
    lead_open(&l, 1500, shared_flight);
    requests = flow_mock_stats(&l.f).requests;
    assert_int_equal(llmc_execute(l.f.client, l.request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "slow");
    llmc_response_free(response);
    lead_join(&l);
    assert_int_equal(l.status, LLMC_OK);
    assert_int_equal(flow_mock_stats(&l.f).requests, requests);
    flow_assert_balanced(l.f.client);
    lead_close(&l);
}

static void shared_but_short(llmc_client_options *options, llmc_request *request) {
    shared_flight(options, request);
    no_longer_than(options, request);
}

/* A flight that others follow goes on without the call that began it; the loop thread drives it then. */
static void its_flight_outlives_it(void **state) {
    heard h;
    llmc_request *patient = flow_request("slow");
    lead l;
    (void)state;
    flow_tally_init(&h.tally);
    lead_open(&l, 400, shared_but_short);
    assert_int_equal(llmc_execute_async(l.f.client, patient, on_done, &h, NULL), LLMC_OK);
    lead_join(&l);
    assert_int_equal(l.status, LLMC_ERR_TIMEOUT_TOTAL);
    assert_true(flow_tally_wait(&h.tally, 1));
    assert_int_equal(h.tally.ok, 1);
    flow_assert_balanced(l.f.client);
    lead_close(&l);
    flow_tally_destroy(&h.tally);
    llmc_request_free(patient);
}

static void the_client_is_freed(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        lead l;
        lead_open(&l, FLOW_FOREVER_MS, NULL);
        lead_close(&l);
        assert_int_equal(l.status, LLMC_ERR_CANCELLED);
    }
}

static void the_client_is_freed_while_parked(void **state) {
    flow f;
    (void)state;
    for (int i = 0; i < 50; i++) {
        flow_open(&f, NULL);
        assert_true(lead_series(f.client));
        flow_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_runs_in_the_callers_thread),
        cmocka_unit_test(on_two_loops),
        cmocka_unit_test(only_plain_blocking_calls_lead),
        cmocka_unit_test(an_async_call_does_not_wait),
        cmocka_unit_test(blocking_calls_do_not_wait),
        cmocka_unit_test(a_call_handed_over_gets_its_answer),
        cmocka_unit_test(an_answer_that_takes_long),
        cmocka_unit_test(its_deadline_holds),
        cmocka_unit_test(another_call_follows_its_flight),
        cmocka_unit_test(its_flight_outlives_it),
        cmocka_unit_test(the_client_is_freed),
        cmocka_unit_test(the_client_is_freed_while_parked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
