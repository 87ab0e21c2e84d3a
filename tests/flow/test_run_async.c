/* The tool loop in the background: answers from other threads, time, cancels, the client's end, a host's loop. */
#include "support_run.h"
#include <poll.h>

typedef struct stage {
    flow f;
    run_seen seen;
    flow_tally tally;
    llmc_tools *tools;
    llmc_request *request;
} stage;

static void stage_open(stage *s, uint32_t io_threads) {
    llmc_client_options options = flow_options();
    memset(s, 0, sizeof *s);
    options.io_threads = io_threads;
    flow_open(&s->f, &options);
    run_seen_init(&s->seen);
    flow_tally_init(&s->tally);
    s->tools = run_tools_box(&s->seen);
    s->request = flow_request("do it");
}

static void stage_close(stage *s) {
    if (s->f.client != NULL)
        flow_assert_balanced(s->f.client);
    llmc_request_free(s->request);
    llmc_tools_free(s->tools);
    flow_close(&s->f);
    run_seen_destroy(&s->seen);
    flow_tally_destroy(&s->tally);
}

static int setup(void **state) {
    stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    stage_open(s, 2);
    *state = s;
    return 0;
}

static int teardown(void **state) {
    stage_close(*state);
    free(*state);
    return 0;
}

#define RUN_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Waits, checks that on_done came once with the same, and lets the run go. */
static llmc_run_result *end(stage *s, llmc_run *run, llmc_status expected) {
    llmc_run_result *result = NULL;
    llmc_status status = llmc_run_wait(run, &result);
    if (status != expected)
        print_error("%s: %s\n", llmc_status_name(status), llmc_run_result_error_message(result));
    assert_int_equal(status, expected);
    assert_int_equal(flow_tally_done(&s->tally), 1);
    assert_int_equal(s->tally.last, expected);
    llmc_run_unref(run);
    return result;
}

static void answer_one(size_t number, void *ctx) {
    run_seen *seen = ctx;
    char text[32];
    (void)snprintf(text, sizeof text, "thread %zu", number);
    if (llmc_tool_call_answer(seen->held[number], text) == LLMC_OK)
        atomic_fetch_add(&seen->at_once, 1);
    /* A second answer is none. */
    if (llmc_tool_call_fail(seen->held[number], "no") != LLMC_ERR_CANCELLED)
        atomic_fetch_add(&seen->at_once, 1000);
}

static void later_from_many_threads(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.max_parallel = 64;
    run_push_calls(&s->f, "later", 64);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run *run = run_start(&s->f, s->request, s->tools, &options, &s->tally);
    assert_true(run_seen_wait(&s->seen, 64));
    flow_run_threads(64, answer_one, &s->seen);
    llmc_run_result *result = end(s, run, LLMC_OK);
    assert_int_equal(atomic_load(&s->seen.at_once), 64);
    for (size_t i = 0; i < 64; i++) {
        char text[32];
        llmc_run_call call = run_call_of(result, 0, i);
        (void)snprintf(text, sizeof text, "thread %zu", i);
        assert_string_equal(call.content, text);
        assert_int_equal(call.outcome, LLMC_TOOL_ANSWERED);
    }
    llmc_run_result_free(result);
}

/* At most so many at work; the next one starts when one has ended. */
static void later_but_few_at_once(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.max_parallel = 2;
    run_push_calls(&s->f, "later", 8);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run *run = run_start(&s->f, s->request, s->tools, &options, &s->tally);
    for (size_t i = 0; i < 8; i++) {
        llmc_tool_call *call = run_seen_held(&s->seen, i);
        assert_string_equal(llmc_tool_call_name(call), "later");
        assert_int_equal(llmc_tool_call_step(call), 0);
        assert_false(llmc_tool_call_ended(call));
        assert_in_range(atomic_load(&s->seen.called), i + 1, i + 2);
        assert_int_equal(llmc_tool_call_answer(call, "x"), LLMC_OK);
        assert_true(llmc_tool_call_ended(call));
    }
    llmc_run_result_free(end(s, run, LLMC_OK));
}

static void a_timeout_of_one_function(void **state) {
    stage *s = *state;
    static const llmc_mock_tool_call calls[] = {{"call_a", "quick", NULL}, {"call_b", "later", NULL}};
    assert_int_equal(llmc_tools_add(s->tools, "quick", NULL, NULL, run_later, &s->seen), LLMC_OK);
    assert_int_equal(llmc_tools_set_timeout_ms(s->tools, 40), LLMC_OK);
    flow_push(&s->f, run_calling(calls, 2));
    flow_push(&s->f, flow_answer("ok"));
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    llmc_tool_call *other = run_seen_held(&s->seen, 1);
    while (!llmc_tool_call_ended(run_seen_held(&s->seen, 0)))
        flow_pass_ms(1);
    assert_false(llmc_tool_call_ended(other));
    assert_int_equal(llmc_tool_call_answer(other, "x"), LLMC_OK);
    llmc_run_result *result = end(s, run, LLMC_OK);
    assert_int_equal(run_call_of(result, 0, 0).outcome, LLMC_TOOL_TIMEOUT);
    assert_int_equal(run_call_of(result, 0, 1).outcome, LLMC_TOOL_ANSWERED);
    assert_int_equal(atomic_load(&s->seen.cancelled), 1);
    llmc_run_result_free(result);
}

static void the_time_of_the_whole(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    int64_t begun = flow_now_ms();
    options.timeout_ms = 80;
    options.tool_timeout_ms = LLMC_TIMEOUT_NONE;
    run_push_calls(&s->f, "later", 3);
    llmc_run_result *result =
        end(s, run_start(&s->f, s->request, s->tools, &options, &s->tally), LLMC_ERR_TIMEOUT_TOTAL);
    assert_in_range(flow_now_ms() - begun, 80, 10000);
    assert_int_equal(atomic_load(&s->seen.cancelled), 3);
    assert_int_equal(run_call_of(result, 0, 2).outcome, LLMC_TOOL_CANCELLED);
    assert_non_null(strstr(llmc_run_result_error_message(result), "timeout_ms"));
    llmc_run_result_free(result);
}

static void the_time_of_the_whole_while_asking(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.timeout_ms = 80;
    flow_default(&s->f, flow_slow(FLOW_FOREVER_MS));
    llmc_run_result *result =
        end(s, run_start(&s->f, s->request, s->tools, &options, &s->tally), LLMC_ERR_TIMEOUT_TOTAL);
    assert_int_equal(llmc_response_status(llmc_run_result_response(result)), LLMC_ERR_CANCELLED);
    assert_true(flow_until_aborted(&s->f, 1));
    llmc_run_result_free(result);
}

static void cancelled_while_functions_work(void **state) {
    stage *s = *state;
    run_push_calls(&s->f, "later", 5);
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    assert_int_equal(llmc_tool_call_answer(run_seen_held(&s->seen, 2), "in time"), LLMC_OK);
    assert_true(run_seen_wait(&s->seen, 5));
    llmc_run_cancel(run);
    llmc_run_cancel(run);
    llmc_run_result *result = end(s, run, LLMC_ERR_CANCELLED);
    assert_int_equal(atomic_load(&s->seen.cancelled), 4);
    assert_int_equal(atomic_load(&s->seen.late), LLMC_ERR_CANCELLED);
    assert_int_equal(run_call_of(result, 0, 2).outcome, LLMC_TOOL_ANSWERED);
    assert_int_equal(run_call_of(result, 0, 3).outcome, LLMC_TOOL_CANCELLED);
    llmc_run_result_free(result);
    assert_int_equal(llmc_tool_call_answer(s->seen.held[0], "much too late"), LLMC_ERR_CANCELLED);
    assert_int_equal(llmc_tool_call_on_cancel(s->seen.held[0], run_on_cancel, &s->seen), LLMC_ERR_CANCELLED);
    /* What was answered is in the conversation, which is whole. */
    llmc_response *response = NULL;
    assert_int_equal(llmc_execute(s->f.client, s->request, &response), LLMC_OK);
    llmc_response_free(response);
    assert_non_null(strstr(run_body(&s->f, 1), "\"tool_call_id\":\"call_2\",\"content\":\"in time\""));
    assert_non_null(
        strstr(run_body(&s->f, 1), "\"tool_call_id\":\"call_4\",\"content\":\"The function was not waited"));
}

static void cancelled_while_asking(void **state) {
    stage *s = *state;
    flow_default(&s->f, flow_slow(FLOW_FOREVER_MS));
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    assert_true(llmc_mock_wait_requests(s->f.mock, 1, FLOW_DEADLINE_MS));
    llmc_run_cancel(run);
    llmc_run_result_free(end(s, run, LLMC_ERR_CANCELLED));
    assert_true(flow_until_aborted(&s->f, 1));
}

static void cancelled_at_once(void **state) {
    stage *s = *state;
    flow_default(&s->f, flow_slow(FLOW_FOREVER_MS));
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    llmc_run_cancel(run);
    llmc_run_result_free(end(s, run, LLMC_ERR_CANCELLED));
}

static void on_run_done(llmc_run *run, llmc_run_result *result, void *user_data) {
    stage *s = user_data;
    llmc_run_result *other = NULL;
    llmc_response *response = NULL;
    if (llmc_run_wait(run, NULL) == LLMC_ERR_WOULD_DEADLOCK &&
        llmc_run_tools(s->f.client, s->request, s->tools, NULL, &other) == LLMC_ERR_WOULD_DEADLOCK && other == NULL)
        atomic_fetch_add(&s->seen.at_once, 1);
    llmc_response_free(response);
    flow_tally_add(&s->tally, llmc_run_result_status(result));
}

static void blocking_inside(llmc_tool_call *call, void *user_data) {
    stage *s = user_data;
    llmc_response *response = NULL;
    if (llmc_ask(s->f.client, FLOW_MODEL, "x", &response) == LLMC_ERR_WOULD_DEADLOCK)
        atomic_fetch_add(&s->seen.at_once, 1);
    llmc_response_free(response);
    (void)llmc_tool_call_answer(call, "x");
}

static void callbacks_may_not_block(void **state) {
    stage *s = *state;
    assert_int_equal(llmc_tools_add(s->tools, "blocking", NULL, NULL, blocking_inside, s), LLMC_OK);
    run_push_calls(&s->f, "blocking", 1);
    flow_push(&s->f, flow_answer("ok"));
    assert_int_equal(llmc_run_tools_async(s->f.client, s->request, s->tools, NULL, on_run_done, s, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&s->tally, 1));
    assert_int_equal(atomic_load(&s->seen.at_once), 2);
    assert_int_equal(s->tally.last, LLMC_OK);
}

/* A function of the async form may start a run of its own, whose end answers the call. */
typedef struct agent {
    stage *s;
    llmc_request *request;
    llmc_tool_call *call;
} agent;

static void on_agent_done(llmc_run *run, llmc_run_result *result, void *user_data) {
    agent *a = user_data;
    (void)run;
    (void)llmc_tool_call_answer(a->call, llmc_response_output(llmc_run_result_response(result)));
    llmc_tool_call_unref(a->call);
    llmc_request_free(a->request);
    free(a);
}

static void start_agent(llmc_tool_call *call, void *user_data) {
    agent *a = calloc(1, sizeof *a);
    a->s = user_data;
    a->request = flow_request("inner");
    a->call = llmc_tool_call_ref(call);
    if (llmc_run_tools_async(a->s->f.client, a->request, a->s->tools, NULL, on_agent_done, a, NULL) != LLMC_OK)
        abort();
}

static void a_run_inside_a_run(void **state) {
    stage *s = *state;
    assert_int_equal(llmc_tools_add(s->tools, "agent", NULL, NULL, start_agent, s), LLMC_OK);
    run_push_calls(&s->f, "agent", 1);
    run_push_calls(&s->f, "echo", 2);
    flow_push(&s->f, flow_answer("the agent's word"));
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = end(s, run_start(&s->f, s->request, s->tools, NULL, &s->tally), LLMC_OK);
    assert_string_equal(run_call_of(result, 0, 0).content, "the agent's word");
    assert_int_equal(atomic_load(&s->seen.called), 2);
    llmc_run_result_free(result);
}

/* ---- the client's end ---- */

static void freed_while_functions_work(void **state) {
    stage *s = *state;
    run_push_calls(&s->f, "later", 4);
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    assert_true(run_seen_wait(&s->seen, 4));
    llmc_client_free(s->f.client);
    s->f.client = NULL;
    assert_int_equal(flow_tally_done(&s->tally), 1);
    assert_int_equal(atomic_load(&s->seen.cancelled), 4);
    llmc_run_result_free(end(s, run, LLMC_ERR_CANCELLED));
    assert_int_equal(llmc_tool_call_answer(s->seen.held[3], "x"), LLMC_ERR_CANCELLED);
}

static void freed_while_asking(void **state) {
    stage *s = *state;
    flow_default(&s->f, flow_slow(FLOW_FOREVER_MS));
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    llmc_client_free(s->f.client);
    s->f.client = NULL;
    assert_int_equal(flow_tally_done(&s->tally), 1);
    llmc_run_result_free(end(s, run, LLMC_ERR_CANCELLED));
}

static void free_client(llmc_tool_call *call, void *user_data) {
    stage *s = user_data;
    llmc_client *client = s->f.client;
    (void)call;
    s->f.client = NULL;
    llmc_client_free(client);
}

static void freed_by_a_function(void **state) {
    stage *s = *state;
    assert_int_equal(llmc_tools_add(s->tools, "end", NULL, NULL, free_client, s), LLMC_OK);
    run_push_calls(&s->f, "end", 2);
    llmc_run *run = run_start(&s->f, s->request, s->tools, NULL, &s->tally);
    assert_true(flow_tally_wait(&s->tally, 1));
    llmc_run_result_free(end(s, run, LLMC_ERR_CANCELLED));
}

/* ---- a host's loop ---- */

static void dispatch_until(stage *s, uint64_t done) {
    struct pollfd ready = {llmc_client_fd(s->f.client), POLLIN, 0};
    int64_t due = flow_now_ms() + FLOW_DEADLINE_MS;
    while (flow_tally_done(&s->tally) < done) {
        assert_true(flow_now_ms() < due);
        assert_true(poll(&ready, 1, ready.fd >= 0 ? 5000 : 1) >= 0);
        assert_int_equal(llmc_client_dispatch(s->f.client), LLMC_OK);
    }
}

static void answer_when_held(size_t number, void *ctx) {
    run_seen *seen = ctx;
    (void)run_seen_wait(seen, number + 1);
    llmc__mutex_lock(&seen->lock);
    llmc_tool_call *call = seen->held[number];
    llmc__mutex_unlock(&seen->lock);
    (void)llmc_tool_call_answer(call, "from a thread");
}

static void answer_thread(void *ctx) {
    answer_when_held(0, ctx);
    answer_when_held(1, ctx);
}

/* The descriptor wakes the host for answers of other threads and for deadlines. */
static void in_a_host_loop(void **state) {
    stage s;
    llmc__thread thread;
    (void)state;
    stage_open(&s, 0);
    if (llmc_client_fd(s.f.client) < 0) {
        stage_close(&s);
        print_message("skipped: no descriptor in this build\n");
        return;
    }
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.tool_timeout_ms = 100;
    run_push_calls(&s.f, "later", 2);
    run_push_calls(&s.f, "later", 1);
    flow_push(&s.f, flow_answer("ok"));
    assert_int_equal(llmc__thread_start(&thread, "answers", answer_thread, &s.seen), LLMC_OK);
    llmc_run *run = run_start(&s.f, s.request, s.tools, &options, &s.tally);
    dispatch_until(&s, 1);
    llmc__thread_join(&thread);
    llmc_run_result *result = end(&s, run, LLMC_OK);
    assert_int_equal(run_call_of(result, 0, 1).outcome, LLMC_TOOL_ANSWERED);
    assert_int_equal(run_call_of(result, 1, 0).outcome, LLMC_TOOL_TIMEOUT);
    llmc_run_result_free(result);
    stage_close(&s);
}

/* The thread that waits does the loop's work, too. */
static void waited_for_in_host_mode(void **state) {
    stage s;
    (void)state;
    stage_open(&s, 0);
    run_push_calls(&s.f, "echo", 3);
    run_push_calls(&s.f, "echo", 1);
    flow_push(&s.f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s.f, s.request, s.tools, NULL, LLMC_OK);
    assert_int_equal(llmc_run_result_step_count(result), 3);
    llmc_run_result_free(result);
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.tool_timeout_ms = 60;
    run_push_calls(&s.f, "later", 1);
    flow_push(&s.f, flow_answer("ok"));
    llmc_run_result_free(run_to(&s.f, s.request, s.tools, &options, LLMC_OK));
    stage_close(&s);
}

/* ---- all at once ---- */

#define STORM_RUNS 60

typedef struct storm {
    stage s;
    llmc_request *requests[STORM_RUNS];
    llmc_run *runs[STORM_RUNS];
    atomic_bool over;
} storm;

/* Answers and cancels what there is, at random moments. */
static void storm_thread(size_t number, void *ctx) {
    storm *st = ctx;
    uint64_t random = number * 7919 + 13;
    size_t next = 0;
    while (!atomic_load(&st->over)) {
        llmc_tool_call *call = NULL;
        llmc__mutex_lock(&st->s.seen.lock);
        if (next < st->s.seen.held_count)
            call = llmc_tool_call_ref(st->s.seen.held[next++]);
        llmc__mutex_unlock(&st->s.seen.lock);
        if (call != NULL && flow_random(&random) % 4 != 0)
            (void)llmc_tool_call_answer(call, "storm");
        llmc_tool_call_unref(call);
        if (flow_random(&random) % 3 == 0)
            llmc_run_cancel(st->runs[flow_random(&random) % STORM_RUNS]);
        flow_pass_ms((int)(flow_random(&random) % 3));
        if (flow_tally_done(&st->s.tally) == STORM_RUNS)
            return;
    }
}

static void cancels_at_random_moments(void **state) {
    storm *st = calloc(1, sizeof *st);
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    static const llmc_mock_tool_call calls[] = {
        {"call_a", "later", NULL}, {"call_b", "echo", "{\"text\":\"x\"}"}, {"call_c", "later", NULL}};
    (void)state;
    assert_non_null(st);
    stage_open(&st->s, 2);
    options.tool_timeout_ms = 20;
    options.max_steps = 4;
    llmc_mock_script script = run_calling(calls, 3);
    script.delay_ms = 2;
    flow_default(&st->s.f, script);
    for (size_t i = 0; i < STORM_RUNS; i++) {
        st->requests[i] = flow_request("storm");
        st->runs[i] = run_start(&st->s.f, st->requests[i], st->s.tools, &options, &st->s.tally);
    }
    flow_run_threads(4, storm_thread, st);
    atomic_store(&st->over, true);
    assert_true(flow_tally_wait(&st->s.tally, STORM_RUNS));
    for (size_t i = 0; i < STORM_RUNS; i++) {
        llmc_run_result *result = NULL;
        llmc_status status = llmc_run_wait(st->runs[i], &result);
        assert_true(status == LLMC_ERR_CANCELLED || status == LLMC_ERR_STEP_LIMIT);
        llmc_run_result_free(result);
        llmc_run_unref(st->runs[i]);
        llmc_request_free(st->requests[i]);
    }
    assert_int_equal(flow_tally_done(&st->s.tally), STORM_RUNS);
    stage_close(&st->s);
    free(st);
}

/* The same, ended by the client's end in the middle. */
static void freed_at_random_moments(void **state) {
    uint64_t random = 4711;
    (void)state;
    for (int round = 0; round < 25; round++) {
        stage s;
        llmc_request *requests[8];
        llmc_run *runs[8];
        stage_open(&s, 1 + (uint32_t)round % 3);
        run_push_calls(&s.f, "echo", 2);
        llmc_mock_tool_call calls[] = {{"call_a", "later", NULL}, {"call_b", "echo", "{\"text\":\"x\"}"}};
        flow_default(&s.f, run_calling(calls, 2));
        for (size_t i = 0; i < 8; i++) {
            requests[i] = flow_request("free");
            runs[i] = run_start(&s.f, requests[i], s.tools, NULL, &s.tally);
        }
        flow_pass_ms((int)(flow_random(&random) % 12));
        llmc_client_free(s.f.client);
        s.f.client = NULL;
        assert_int_equal(flow_tally_done(&s.tally), 8);
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(llmc_run_wait(runs[i], NULL), LLMC_ERR_CANCELLED);
            llmc_run_unref(runs[i]);
            llmc_request_free(requests[i]);
        }
        stage_close(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN_TEST(later_from_many_threads),
        RUN_TEST(later_but_few_at_once),
        RUN_TEST(a_timeout_of_one_function),
        RUN_TEST(the_time_of_the_whole),
        RUN_TEST(the_time_of_the_whole_while_asking),
        RUN_TEST(cancelled_while_functions_work),
        RUN_TEST(cancelled_while_asking),
        RUN_TEST(cancelled_at_once),
        RUN_TEST(callbacks_may_not_block),
        RUN_TEST(a_run_inside_a_run),
        RUN_TEST(freed_while_functions_work),
        RUN_TEST(freed_while_asking),
        RUN_TEST(freed_by_a_function),
        cmocka_unit_test(in_a_host_loop),
        cmocka_unit_test(waited_for_in_host_mode),
        cmocka_unit_test(cancels_at_random_moments),
        cmocka_unit_test(freed_at_random_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
