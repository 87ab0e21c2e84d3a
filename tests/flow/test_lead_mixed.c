/* Calls that drive the loop themselves, amid what else happens to a client: servers, callbacks, other threads. */
#include "support_lead.h"

/* ---- the server ---- */

static bool has_no_connection(void *ctx) {
    return flow_mock_stats(ctx).connections_now == 0;
}

static bool counts_no_connection(void *ctx) {
    return flow_client_stats(ctx).connections_open == 0;
}

/* As long as nobody drives, nobody sees that the server has hung up; the next call must not take that connection. */
static void the_server_hangs_up_meanwhile(void **state) {
    flow *f = *state;
    for (unsigned led = 0; led < 10;) {
        llmc_response *response;
        unsigned before;
        assert_true(lead_series(f->client));
        before = lead_look(f->client, 0).leads;
        llmc_mock_close_idle(f->mock);
        assert_true(flow_until(has_no_connection, f));
        response = flow_ask(f, "hello", LLMC_OK);
        assert_int_equal(llmc_response_attempt_count(response), 1);
        llmc_response_free(response);
        led += lead_look(f->client, 0).leads - before;
    }
    assert_int_equal(flow_client_stats(f).resends_stopped, 0);
    flow_assert_balanced(f->client);
}

static void the_loop_thread_comes_back(void **state) {
    flow *f = *state;
    for (int i = 0; i < 10; i++) {
        assert_true(lead_series(f->client));
        llmc_mock_close_idle(f->mock);
        assert_true(flow_until(counts_no_connection, f)); /* without any further call */
        assert_false(lead_is_parked(f->client));
    }
}

static void failures_are_tried_again(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    unsigned leads;
    (void)state;
    options.max_retries = 2;
    options.retry_delay_ms = 1;
    options.retry_budget_percent = -1;
    flow_open(&f, &options);
    do {
        llmc_mock_script broken = flow_script();
        llmc_response *response;
        assert_true(lead_series(f.client));
        leads = lead_look(f.client, 0).leads;
        broken.fault = LLMC_MOCK_RESET;
        broken.fault_on_read = true;
        flow_push(&f, broken);
        broken = flow_script();
        broken.status = 503;
        flow_push(&f, broken);
        response = flow_ask(&f, "hello", LLMC_OK);
        assert_int_equal(llmc_response_attempt_count(response), 3);
        llmc_response_free(response);
    } while (lead_look(f.client, 0).leads == leads);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

/* ---- callbacks ---- */

typedef struct nest {
    llmc_client *inner, *outer;
    llmc_request *request;
    flow_tally tally;
    const void *thread;        /* of the callback */
    llmc_status blocking, own; /* what functions that block answered there */
    bool called, led;
} nest;

/* Runs where its client is driven: in the thread of llmc_execute, when that leads. */
static void on_breaker(const char *name, llmc_breaker_state from, llmc_breaker_state to, void *user_data) {
    nest *n = user_data;
    llmc_response *response = NULL;
    (void)name;
    (void)from;
    if (to != LLMC_BREAKER_OPEN)
        return;
    n->thread = llmc__thread_self();
    n->led = lead_look(n->outer, 0).led;
    n->blocking = llmc_ask(n->outer, FLOW_MODEL, "from a callback", &response);
    llmc_response_free(response);
    n->own = llmc_execute_async(n->outer, n->request, flow_on_done, &n->tally, NULL);
    n->called = true;
}

static void a_callback_in_the_callers_thread(void **state) {
    llmc_client_options options = flow_options();
    nest n = {.request = flow_request("started by a callback")};
    flow f;
    (void)state;
    flow_tally_init(&n.tally);
    options.breaker_failures = 1;
    options.on_breaker = on_breaker;
    options.breaker_user_data = &n;
    flow_open(&f, &options);
    n.outer = f.client;
    for (uint64_t i = 1; !n.led; i++) {
        llmc_mock_script broken = flow_script();
        assert_true(lead_series(f.client));
        broken.status = 500;
        flow_push(&f, broken);
        n.called = false;
        llmc_response_free(flow_ask(&f, "hello", LLMC_ERR_SERVER));
        assert_true(n.called);
        assert_int_equal(n.blocking, LLMC_ERR_WOULD_DEADLOCK);
        assert_int_equal(n.own, LLMC_OK);
        assert_true(n.led == (n.thread == llmc__thread_self()));
        assert_true(flow_tally_wait(&n.tally, i)); /* refused by the breaker or not: it has ended */
        llmc_client_reset_circuit_breakers(f.client);
    }
    flow_assert_balanced(f.client);
    flow_close(&f);
    flow_tally_destroy(&n.tally);
    llmc_request_free(n.request);
}

/* In a callback of one client another may be asked, and blocks; whoever drives that is still in the callback after. */
static void on_done_ask_inner(llmc_call *call, llmc_response *response, void *user_data) {
    nest *n = user_data;
    llmc_response *answer = NULL;
    n->called = lead_series(n->inner);
    if (llmc_ask(n->inner, FLOW_MODEL, "inner", &answer) != LLMC_OK)
        n->called = false;
    llmc_response_free(answer);
    n->blocking = llmc_ask(n->outer, FLOW_MODEL, "outer", &answer);
    llmc_response_free(answer);
    flow_on_done(call, response, &n->tally);
}

static void ask_inner_until_led(nest *n, uint64_t done) {
    assert_int_equal(llmc_execute_async(n->outer, n->request, on_done_ask_inner, n, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&n->tally, done));
    assert_true(n->called);
    assert_int_equal(n->blocking, LLMC_ERR_WOULD_DEADLOCK);
}

static void one_client_in_a_callback_of_another(void **state) {
    flow *outer = *state;
    flow inner;
    nest n = {.request = flow_request("outer"), .outer = outer->client};
    llmc_response *response = NULL;
    flow_tally_init(&n.tally);
    flow_open(&inner, NULL);
    n.inner = inner.client;
    for (uint64_t i = 1; i <= 10 || lead_look(n.inner, 0).leads < 5; i++)
        ask_inner_until_led(&n, i);
    /* Its loop thread is in no callback of the other client, and this thread in none at all. */
    assert_int_equal(llmc_ask(outer->client, FLOW_MODEL, "outer", &response), LLMC_OK);
    llmc_response_free(response);
    llmc_response_free(flow_ask(&inner, "inner", LLMC_OK));
    flow_close(&inner);
    flow_tally_destroy(&n.tally);
    llmc_request_free(n.request);
}

/* ---- other threads ---- */

#define ASKERS 6
#define ROUNDS (FLOW_SANITIZED ? 150 : 500)

typedef struct crowd {
    flow f;
    llmc_request *request;
    flow_tally tally;
    llmc__mutex lock;
    llmc__cond moved;
    unsigned asked; /* under lock: calls that led or could have */
    atomic_uint faults, started;
} crowd;

static void fault_if(crowd *c, bool wrong) {
    if (wrong)
        atomic_fetch_add(&c->faults, 1);
}

static void ask_once(crowd *c, const char *prompt) {
    llmc_response *response = NULL;
    fault_if(c, llmc_ask(c->f.client, FLOW_MODEL, prompt, &response) != LLMC_OK);
    fault_if(c, strcmp(llmc_response_output(response), prompt) != 0);
    llmc_response_free(response);
    llmc__mutex_lock(&c->lock);
    c->asked++;
    llmc__cond_broadcast(&c->moved);
    llmc__mutex_unlock(&c->lock);
}

static void wait_asked(crowd *c, unsigned asked) {
    int64_t due_us = llmc__clock_us() + (int64_t)FLOW_DEADLINE_MS * 1000;
    bool in_time = true;
    llmc__mutex_lock(&c->lock);
    while (c->asked < asked && in_time)
        in_time = llmc__cond_wait_until(&c->moved, &c->lock, due_us);
    fault_if(c, !in_time);
    llmc__mutex_unlock(&c->lock);
}

static void start_one(crowd *c, bool cancel) {
    llmc_call *call = NULL;
    llmc_status status = llmc_execute_async(c->f.client, c->request, flow_on_done, &c->tally, &call);
    fault_if(c, status != LLMC_OK);
    if (status != LLMC_OK)
        return;
    atomic_fetch_add(&c->started, 1);
    if (cancel)
        llmc_call_cancel(call);
    llmc_call_unref(call);
}

static void stream_one(crowd *c) {
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_status status = llmc_execute_stream(c->f.client, c->request, &stream);
    while (status == LLMC_OK)
        status = llmc_stream_next(stream, &event);
    fault_if(c, status != LLMC_END);
    llmc_stream_free(stream);
}

static void crowd_open(crowd *c, uint32_t io_threads) {
    llmc_client_options options = flow_options();
    memset(c, 0, sizeof(*c));
    options.io_threads = io_threads;
    flow_open(&c->f, &options);
    llmc_mock_set_recording(c->f.mock, false);
    c->request = flow_request("a b c");
    flow_tally_init(&c->tally);
    assert_int_equal(llmc__mutex_init(&c->lock), LLMC_OK);
    assert_int_equal(llmc__cond_init(&c->moved), LLMC_OK);
}

static void crowd_close(crowd *c) {
    assert_int_equal(atomic_load(&c->faults), 0);
    assert_true(flow_tally_wait(&c->tally, atomic_load(&c->started)));
    flow_assert_balanced(c->f.client);
    flow_close(&c->f);
    assert_int_equal(flow_tally_done(&c->tally), atomic_load(&c->started));
    llmc__cond_destroy(&c->moved);
    llmc__mutex_destroy(&c->lock);
    flow_tally_destroy(&c->tally);
    llmc_request_free(c->request);
}

/* Thread 0 asks without a pause; the other comes in after each few of its calls, which have become a series by then. */
static void ask_or_disturb(size_t number, void *ctx) {
    crowd *c = ctx;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (number == 0) {
            for (int k = 0; k < 8; k++)
                ask_once(c, "asked by one");
            continue;
        }
        wait_asked(c, 8 * i + i % 8);
        if (i % 3 == 0)
            stream_one(c);
        else
            start_one(c, i % 3 == 1);
    }
}

static void disturbed_at_any_moment(uint32_t io_threads) {
    crowd c;
    unsigned leads = 0;
    crowd_open(&c, io_threads);
    flow_run_threads(2, ask_or_disturb, &c);
    for (uint32_t i = 0; i < io_threads; i++)
        leads += lead_look(c.f.client, i).leads;
    assert_true(leads > 0);
    crowd_close(&c);
}

static void one_asks_and_one_disturbs(void **state) {
    (void)state;
    disturbed_at_any_moment(1);
}

static void the_same_on_two_loops(void **state) {
    (void)state;
    disturbed_at_any_moment(2);
}

static void ask_all_the_time(size_t number, void *ctx) {
    for (unsigned i = 0; i < ROUNDS; i++)
        ask_once(ctx, number % 2 == 0 ? "even" : "odd");
}

static void many_ask(void **state) {
    crowd c;
    (void)state;
    crowd_open(&c, 1);
    flow_run_threads(ASKERS, ask_all_the_time, &c);
    assert_int_equal(c.asked, ASKERS * ROUNDS);
    crowd_close(&c);
}

/* Threads that take turns hand the loop from one to the next. */
static void ask_in_turn(size_t number, void *ctx) {
    crowd *c = ctx;
    for (unsigned i = 0; i < ROUNDS; i++) {
        wait_asked(c, i * 2 + (unsigned)number);
        ask_once(c, "in turn");
    }
}

static void two_take_turns(void **state) {
    crowd c;
    (void)state;
    crowd_open(&c, 1);
    flow_run_threads(2, ask_in_turn, &c);
    assert_true(lead_look(c.f.client, 0).leads > 0);
    crowd_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(the_server_hangs_up_meanwhile),
        FLOW_TEST(the_loop_thread_comes_back),
        cmocka_unit_test(failures_are_tried_again),
        cmocka_unit_test(a_callback_in_the_callers_thread),
        FLOW_TEST(one_client_in_a_callback_of_another),
        cmocka_unit_test(one_asks_and_one_disturbs),
        cmocka_unit_test(the_same_on_two_loops),
        cmocka_unit_test(many_ask),
        cmocka_unit_test(two_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
