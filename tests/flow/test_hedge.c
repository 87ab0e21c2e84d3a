/* Hedging: a second attempt beside a slow first one; who has content first wins, and the other is cancelled. */
#include "support_pair.h"

static llmc_client_options hedging(void) {
    llmc_client_options options = resil_options();
    options.hedge_delay_ms = 30;
    return options;
}

static bool is_stream(resil_way way) {
    return way == RESIL_EVENTS || way == RESIL_PULL;
}

static void off_by_default(void **state) {
    pair p;
    (void)state;
    pair_open(&p, NULL);
    flow_default(&p.first, flow_slow(120));
    llmc_response_free(pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL));
    pair_assert_requests(&p, 1, 0);
    pair_close(&p);
}

static void assert_lost(const llmc_response *response, const char *loser) {
    size_t count = llmc_response_attempt_count(response);
    bool found = false;
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        llmc_attempt attempt = resil_attempt(response, i);
        if (strcmp(attempt.provider, loser) != 0)
            continue;
        found = true;
        assert_int_equal(attempt.status, LLMC_ERR_CANCELLED);
        assert_int_equal(attempt.next, LLMC_NEXT_HEDGE);
    }
    assert_true(found);
}

static void second_wins_and_first_is_cancelled(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_client_options options = hedging();
        llmc_response *response;
        resil_seen seen;
        pair p;
        pair_open(&p, &options);
        flow_default(&p.first, flow_slow(FLOW_FOREVER_MS));
        response = pair_ask(&p, (resil_way)way, LLMC_OK, &seen);
        pair_assert_answer(response, "backup", "one two three");
        assert_lost(response, "openai");
        assert_true(flow_until_aborted(&p.first, 1)); /* the server was told, not left to work on */
        if (is_stream((resil_way)way)) {
            assert_int_equal(seen.starts, 1);
            assert_string_equal(seen.text, "one two three");
        }
        assert_int_equal(flow_client_stats(&p.first).hedges, 1);
        pair_assert_requests(&p, 1, 1);
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void first_may_still_win(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_client_options options = hedging();
        llmc_response *response;
        resil_seen seen;
        pair p;
        pair_open(&p, &options);
        flow_default(&p.first, flow_slow(150));
        flow_default(&p.second, flow_slow(FLOW_FOREVER_MS));
        response = pair_ask(&p, (resil_way)way, LLMC_OK, &seen);
        pair_assert_answer(response, "openai", "one two three");
        assert_lost(response, "backup");
        assert_true(flow_until_aborted(&p.second, 1));
        if (is_stream((resil_way)way))
            assert_int_equal(seen.starts, 1);
        llmc_response_free(response);
        pair_close(&p);
    }
}

/* The stream that began first goes on to its end, however slow, and nothing of the other is seen. */
static void first_content_decides(void **state) {
    llmc_client_options options = hedging();
    llmc_mock_script slow = flow_script(), late = flow_slow(80);
    llmc_response *response;
    resil_seen seen;
    pair p;
    (void)state;
    pair_open(&p, &options);
    slow.text = "a b c d e f";
    slow.chunk_delay_ms = 40; /* its first event is at once: no hedge is due for it */
    slow.delay_ms = 60;
    flow_default(&p.first, slow);
    flow_default(&p.second, late);
    response = pair_ask(&p, RESIL_EVENTS, LLMC_OK, &seen);
    pair_assert_answer(response, "openai", "a b c d e f");
    assert_string_equal(seen.text, "a b c d e f");
    assert_int_equal(seen.starts, 1);
    assert_int_equal(seen.finishes, 1);
    llmc_response_free(response);
    pair_close(&p);
}

static void failure_of_one_is_not_the_end(void **state) {
    llmc_client_options options = hedging();
    llmc_mock_script refusal = resil_refusal(500, NULL);
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, &options);
    refusal.delay_ms = 60; /* after the second has started */
    flow_default(&p.first, refusal);
    flow_default(&p.second, flow_slow(150));
    response = pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL);
    pair_assert_answer(response, "backup", "one two three");
    pair_assert_attempt(response, 0, "openai", LLMC_ERR_SERVER, LLMC_NEXT_HEDGE);
    pair_assert_attempt(response, 1, "backup", LLMC_OK, LLMC_NEXT_ANSWER);
    llmc_response_free(response);
    pair_close(&p);
}

static void failure_of_both_is_told(void **state) {
    llmc_client_options options = hedging();
    llmc_mock_script refusal = resil_refusal(500, NULL);
    llmc_response *response;
    pair p;
    (void)state;
    options.max_retries = -1;
    pair_open(&p, &options);
    refusal.delay_ms = 60;
    flow_default(&p.first, refusal);
    refusal.delay_ms = 100;
    flow_default(&p.second, refusal);
    response = pair_ask(&p, RESIL_SYNC, LLMC_ERR_SERVER, NULL);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    pair_assert_requests(&p, 1, 1);
    llmc_response_free(response);
    pair_close(&p);
}

/* A hedge is paid from the retry budget. */
static void budget_is_kept(void **state) {
    llmc_client_options options = hedging();
    pair p;
    (void)state;
    options.retry_budget_percent = 1;
    options.retry_budget_reserve = 1;
    pair_open(&p, &options);
    flow_default(&p.first, flow_slow(100));
    flow_default(&p.second, flow_slow(FLOW_FOREVER_MS));
    for (int i = 0; i < 3; i++)
        llmc_response_free(pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL));
    pair_assert_requests(&p, 3, 1);
    assert_int_equal(flow_client_stats(&p.first).hedges, 1);
    pair_close(&p);
}

/* After twenty quick answers the library knows what is slow. */
static void delay_is_learned(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    pair p;
    (void)state;
    options.hedge_percentile = 95;
    pair_open(&p, &options);
    for (int i = 0; i < 25; i++)
        llmc_response_free(pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL));
    flow_default(&p.first, flow_slow(FLOW_FOREVER_MS));
    response = pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL);
    assert_string_equal(llmc_response_provider(response), "backup");
    llmc_response_free(response);
    pair_close(&p);
}

static void request_goes_over_client(void **state) {
    llmc_client_options options = hedging();
    llmc_request *request = pair_request("one two three");
    pair p;
    (void)state;
    pair_open(&p, &options);
    flow_default(&p.first, flow_slow(120));
    assert_int_equal(llmc_request_set_hedge_delay_ms(request, -1), LLMC_OK);
    llmc_response_free(pair_run(&p, request, RESIL_SYNC, LLMC_OK, NULL));
    pair_assert_requests(&p, 1, 0);
    pair_close(&p);
}

/* With one target the second attempt goes there too. */
static void alone_it_asks_the_same(void **state) {
    llmc_client_options options = hedging();
    llmc_response *response;
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    flow_default(&f, flow_answer("quick"));
    response = flow_ask(&f, "one two three", LLMC_OK);
    assert_string_equal(llmc_response_output(response), "quick");
    resil_assert_requests(&f, 2);
    llmc_response_free(response);
    flow_close(&f);
}

static void two_are_cancelled_as_one(void **state) {
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        llmc_client_options options = hedging();
        llmc_request *request = pair_request("one two three");
        llmc_response *response = NULL;
        llmc_call *call = NULL;
        pair p;
        pair_open(&p, &options);
        flow_default(&p.first, flow_slow(FLOW_FOREVER_MS));
        flow_default(&p.second, flow_slow(FLOW_FOREVER_MS));
        assert_int_equal(stream ? llmc_execute_stream_async(p.client, request, NULL, NULL, NULL, &call)
                                : llmc_execute_async(p.client, request, NULL, NULL, &call),
                         LLMC_OK);
        assert_true(llmc_mock_wait_requests(p.second.mock, 1, FLOW_DEADLINE_MS));
        llmc_call_cancel(call);
        assert_int_equal(llmc_call_wait(call, &response), LLMC_ERR_CANCELLED);
        assert_int_equal(llmc_response_attempt_count(response), 2);
        assert_true(flow_until_aborted(&p.first, 1));
        assert_true(flow_until_aborted(&p.second, 1));
        llmc_response_free(response);
        llmc_call_unref(call);
        llmc_request_free(request);
        pair_close(&p);
    }
}

static void two_have_one_deadline(void **state) {
    llmc_client_options options = hedging();
    llmc_request *request = pair_request("one two three");
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, &options);
    flow_default(&p.first, flow_slow(FLOW_FOREVER_MS));
    flow_default(&p.second, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_set_timeout_ms(request, 150), LLMC_OK);
    response = pair_run(&p, request, RESIL_SYNC, LLMC_ERR_TIMEOUT_TOTAL, NULL);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    llmc_response_free(response);
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(off_by_default),
        cmocka_unit_test(second_wins_and_first_is_cancelled),
        cmocka_unit_test(first_may_still_win),
        cmocka_unit_test(first_content_decides),
        cmocka_unit_test(failure_of_one_is_not_the_end),
        cmocka_unit_test(failure_of_both_is_told),
        cmocka_unit_test(budget_is_kept),
        cmocka_unit_test(delay_is_learned),
        cmocka_unit_test(request_goes_over_client),
        cmocka_unit_test(alone_it_asks_the_same),
        cmocka_unit_test(two_are_cancelled_as_one),
        cmocka_unit_test(two_have_one_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
