/* Single flight: identical requests in flight at once share one upstream request, and none of them their deadline. */
#include "support_resil.h"

static llmc_client_options sharing(void) {
    llmc_client_options options = resil_options();
    options.single_flight = LLMC_SINGLE_FLIGHT_ON;
    return options;
}

static llmc_mock_script slow_stream(int64_t chunk_delay_ms) {
    llmc_mock_script script = flow_script();
    script.text = "a b c d e f g h";
    script.chunk_delay_ms = chunk_delay_ms;
    return script;
}

#define MANY 1000

static void many(llmc_client_options options, bool stream, uint64_t expected) {
    llmc_request *request = flow_request("the same for all");
    flow_tally tally;
    flow f;
    flow_open(&f, &options);
    flow_default(&f, flow_slow(FLOW_SANITIZED ? 1500 : 400)); /* longer than it takes to start them all */
    flow_tally_init(&tally);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(stream ? llmc_execute_stream_async(f.client, request, NULL, flow_on_done, &tally, NULL)
                                : llmc_execute_async(f.client, request, flow_on_done, &tally, NULL),
                         LLMC_OK);
    assert_true(flow_tally_wait(&tally, MANY));
    assert_int_equal(tally.ok, MANY);
    assert_int_equal(flow_mock_stats(&f).requests, expected);
    assert_int_equal(flow_client_stats(&f).attempts, expected);
    assert_true(flow_client_stats(&f).shared <= MANY - expected);
    flow_assert_balanced(f.client);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    flow_close(&f);
}

static void a_thousand_make_one_request(void **state) {
    llmc_client_options cached = resil_options(), threads = sharing();
    (void)state;
    many(sharing(), false, 1);
    many(sharing(), true, 1);
    cached.enable_cache = true; /* AUTO: as the cache */
    many(cached, false, 1);
    threads.io_threads = 4;
    many(threads, false, 1);
    many(threads, true, 1);
}

static void not_without_being_asked(void **state) {
    (void)state;
    many(resil_options(), false, MANY);
}

/* ---- what is not the same ---- */

static void start_to(flow *f, flow_tally *tally, llmc_request *request) {
    assert_int_equal(llmc_execute_async(f->client, request, flow_on_done, tally, NULL), LLMC_OK);
    llmc_request_free(request);
}

static void only_what_is_the_same(void **state) {
    llmc_client_options options = sharing();
    llmc_request *request;
    flow_tally tally;
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_default(&f, flow_slow(FLOW_SANITIZED ? 1500 : 400)); /* longer than it takes to start them all */
    flow_tally_init(&tally);
    start_to(&f, &tally, flow_request("one"));
    start_to(&f, &tally, flow_request("two"));
    request = flow_request("one");
    assert_int_equal(llmc_request_set_temperature(request, 0.5), LLMC_OK);
    start_to(&f, &tally, request);
    request = flow_request("one");
    assert_int_equal(llmc_request_set_tenant(request, "somebody else"), LLMC_OK);
    start_to(&f, &tally, request);
    assert_int_equal(llmc_request_new("openai/another-model", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one"), LLMC_OK);
    start_to(&f, &tally, request);
    request = flow_request("one"); /* the same again: patience does not count */
    assert_int_equal(llmc_request_set_timeout_ms(request, 20000), LLMC_OK);
    assert_int_equal(llmc_request_set_priority(request, LLMC_PRIORITY_HIGH), LLMC_OK);
    start_to(&f, &tally, request);
    assert_true(flow_tally_wait(&tally, 6));
    assert_int_equal(tally.ok, 6);
    assert_int_equal(flow_mock_stats(&f).requests, 5);
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* After the end a new call asks anew: nothing is cached by this. */
static void not_after_the_end(void **state) {
    llmc_client_options options = sharing();
    flow f;
    (void)state;
    flow_open(&f, &options);
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    resil_assert_requests(&f, 2);
    flow_close(&f);
}

/* ---- streams ---- */

typedef struct reader {
    resil_seen seen;
    llmc_call *call;
} reader;

static void start_reader(flow *f, reader *r) {
    llmc_request *request = flow_request("the same for all");
    memset(r, 0, sizeof(*r));
    assert_int_equal(llmc_execute_stream_async(f->client, request, resil_note, NULL, &r->seen, &r->call), LLMC_OK);
    llmc_request_free(request);
}

static llmc_response *end_reader(reader *r, llmc_status expected) {
    llmc_response *response = NULL;
    assert_int_equal(llmc_call_wait(r->call, &response), expected);
    llmc_call_unref(r->call);
    return response;
}

static bool has_begun(void *ctx) {
    return flow_client_stats(ctx).bytes_received > 0 || flow_mock_stats(ctx).requests > 0;
}

/* Whoever comes late gets what has come so far, then follows. */
static void late_joiner_has_it_all(void **state) {
    llmc_client_options options = sharing();
    reader first, late[3];
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_default(&f, slow_stream(30));
    start_reader(&f, &first);
    assert_true(flow_until(has_begun, &f));
    for (int i = 0; i < 3; i++) {
        flow_pass_ms(40); /* into the middle of the answer */
        start_reader(&f, &late[i]);
    }
    for (int i = 0; i < 3; i++) {
        llmc_response *response = end_reader(&late[i], LLMC_OK);
        assert_string_equal(llmc_response_output(response), "a b c d e f g h");
        assert_string_equal(late[i].seen.text, "a b c d e f g h");
        assert_int_equal(late[i].seen.starts, 1);
        assert_int_equal(late[i].seen.finishes, 1);
        assert_true(llmc_response_shared(response));
        assert_int_equal(llmc_response_attempt_count(response), 0);
        llmc_response_free(response);
    }
    llmc_response *response = end_reader(&first, LLMC_OK);
    assert_string_equal(first.seen.text, "a b c d e f g h");
    assert_false(llmc_response_shared(response));
    assert_int_equal(llmc_response_attempt_count(response), 1);
    llmc_response_free(response);
    resil_assert_requests(&f, 1);
    flow_close(&f);
}

static bool is_shared(void *ctx) {
    return flow_client_stats(ctx).shared >= 1;
}

/* The one who began it leaves: the others get the whole answer, and nothing is asked again. */
static void leader_hands_over(void **state) {
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        llmc_client_options options = sharing();
        llmc_request *request = flow_request("the same for all");
        llmc_response *response = NULL;
        llmc_call *leader = NULL, *other = NULL;
        resil_seen seen = {0};
        flow f;
        flow_open(&f, &options);
        flow_default(&f, stream ? slow_stream(25) : flow_slow(150));
        for (int i = 0; i < 2; i++)
            assert_int_equal(stream ? llmc_execute_stream_async(f.client, request, i ? resil_note : NULL, NULL, &seen,
                                                                i ? &other : &leader)
                                    : llmc_execute_async(f.client, request, NULL, NULL, i ? &other : &leader),
                             LLMC_OK);
        assert_true(flow_until(is_shared, &f));
        llmc_call_cancel(leader);
        assert_int_equal(llmc_call_wait(leader, &response), LLMC_ERR_CANCELLED);
        llmc_response_free(response);
        assert_int_equal(llmc_call_wait(other, &response), LLMC_OK);
        assert_string_equal(llmc_response_output(response), stream ? "a b c d e f g h" : "the same for all");
        if (stream)
            assert_string_equal(seen.text, "a b c d e f g h");
        llmc_response_free(response);
        assert_int_equal(flow_mock_stats(&f).requests, 1);
        assert_int_equal(flow_mock_stats(&f).aborted, 0);
        flow_assert_balanced(f.client);
        llmc_call_unref(leader);
        llmc_call_unref(other);
        llmc_request_free(request);
        flow_close(&f);
    }
}

/* Each has the deadline it came with, the leader too. */
static void each_keeps_its_deadline(void **state) {
    (void)state;
    for (int who = 0; who < 2; who++) {
        llmc_client_options options = sharing();
        llmc_response *response = NULL;
        llmc_call *calls[2];
        flow f;
        flow_open(&f, &options);
        flow_default(&f, flow_slow(300));
        for (int i = 0; i < 2; i++) {
            llmc_request *request = flow_request("the same for all");
            if (i == who)
                assert_int_equal(llmc_request_set_timeout_ms(request, 60), LLMC_OK);
            assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &calls[i]), LLMC_OK);
            llmc_request_free(request);
        }
        assert_int_equal(llmc_call_wait(calls[who], &response), LLMC_ERR_TIMEOUT_TOTAL);
        llmc_response_free(response);
        assert_int_equal(llmc_call_wait(calls[1 - who], &response), LLMC_OK);
        llmc_response_free(response);
        assert_int_equal(flow_mock_stats(&f).requests, 1);
        llmc_call_unref(calls[0]);
        llmc_call_unref(calls[1]);
        flow_close(&f);
    }
}

/* When nobody waits any more the work upstream is cancelled, whatever the order in which they leave. */
static void last_one_puts_out_the_light(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        llmc_client_options options = sharing();
        llmc_call *calls[3];
        flow f;
        flow_open(&f, &options);
        flow_default(&f, flow_slow(FLOW_FOREVER_MS));
        for (int i = 0; i < 3; i++) {
            llmc_request *request = flow_request("the same for all");
            assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &calls[i]), LLMC_OK);
            llmc_request_free(request);
        }
        assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
        for (int i = 0; i < 3; i++) {
            llmc_call *call = calls[order ? 2 - i : i];
            assert_int_equal(flow_mock_stats(&f).aborted, 0);
            llmc_call_cancel(call);
            assert_int_equal(llmc_call_wait(call, NULL), LLMC_ERR_CANCELLED);
            llmc_call_unref(call);
        }
        assert_true(flow_until_aborted(&f, 1));
        flow_assert_balanced(f.client);
        flow_close(&f);
    }
}

static void failure_is_everybodys(void **state) {
    llmc_client_options options = sharing();
    llmc_mock_script refusal = resil_refusal(400, NULL);
    llmc_request *request = flow_request("the same for all");
    flow_tally tally;
    flow f;
    (void)state;
    flow_open(&f, &options);
    refusal.delay_ms = 100;
    flow_push(&f, refusal);
    flow_tally_init(&tally);
    for (int i = 0; i < 20; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 20));
    assert_int_equal(tally.failed, 20);
    assert_int_equal(tally.last, LLMC_ERR_BAD_REQUEST);
    llmc_response_free(flow_ask(&f, "the same for all", LLMC_OK)); /* and nobody's later */
    resil_assert_requests(&f, 2);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    flow_close(&f);
}

/* Who does not read holds nobody else up, and loses nothing. */
static void slow_reader_is_alone(void **state) {
    llmc_client_options options = sharing();
    llmc_request *request = flow_request("the same for all");
    llmc_stream *idle = NULL;
    const llmc_event *event;
    llmc_mock_script script = flow_script();
    char *text = malloc(1 << 20);
    size_t got = 0;
    reader quick;
    flow f;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', (1 << 20) - 1);
    text[(1 << 20) - 1] = '\0';
    flow_open(&f, &options);
    script.text = text;
    script.delay_ms = 50;
    flow_default(&f, script);
    start_reader(&f, &quick);
    assert_int_equal(llmc_execute_stream(f.client, request, &idle), LLMC_OK);
    llmc_response *response = end_reader(&quick, LLMC_OK);
    assert_int_equal(llmc_response_output_len(response), (1 << 20) - 1);
    llmc_response_free(response);
    while (llmc_stream_next(idle, &event) == LLMC_OK)
        if (llmc_event_type(event) == LLMC_EVENT_TEXT)
            got += llmc_event_text_len(event);
    assert_int_equal(got, (1 << 20) - 1);
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    llmc_stream_free(idle);
    llmc_request_free(request);
    flow_close(&f);
    free(text);
}

/* A retry of the leader is everybody's. */
static void retries_are_shared(void **state) {
    llmc_client_options options = sharing();
    llmc_request *request = flow_request("the same for all");
    flow_tally tally;
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_push(&f, resil_refusal(503, NULL));
    flow_push(&f, resil_refusal(500, NULL));
    flow_default(&f, flow_slow(50));
    flow_tally_init(&tally);
    for (int i = 0; i < 50; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 50));
    assert_int_equal(tally.ok, 50);
    assert_int_equal(flow_mock_stats(&f).requests, 3);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    flow_close(&f);
}

/* The client's end answers leader and followers. */
static void the_clients_end_is_theirs(void **state) {
    (void)state;
    for (int detached = 0; detached < 2; detached++) {
        llmc_client_options options = sharing();
        llmc_request *request = flow_request("the same for all");
        llmc_call *leader = NULL;
        flow_tally tally;
        flow f;
        flow_open(&f, &options);
        flow_default(&f, flow_slow(FLOW_FOREVER_MS));
        flow_tally_init(&tally);
        for (int i = 0; i < 10; i++)
            assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, i ? NULL : &leader), LLMC_OK);
        assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
        if (detached) {
            llmc_call_cancel(leader);
            assert_int_equal(llmc_call_wait(leader, NULL), LLMC_ERR_CANCELLED);
        }
        llmc_client_free(f.client);
        f.client = NULL;
        assert_int_equal(flow_tally_done(&tally), 10);
        assert_int_equal(tally.cancelled, 10);
        llmc_call_unref(leader);
        flow_tally_destroy(&tally);
        llmc_request_free(request);
        flow_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_make_one_request), cmocka_unit_test(not_without_being_asked),
        cmocka_unit_test(only_what_is_the_same),       cmocka_unit_test(not_after_the_end),
        cmocka_unit_test(late_joiner_has_it_all),      cmocka_unit_test(leader_hands_over),
        cmocka_unit_test(each_keeps_its_deadline),     cmocka_unit_test(last_one_puts_out_the_light),
        cmocka_unit_test(failure_is_everybodys),       cmocka_unit_test(slow_reader_is_alone),
        cmocka_unit_test(retries_are_shared),          cmocka_unit_test(the_clients_end_is_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
