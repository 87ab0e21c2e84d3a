/* Limits a minute, concurrency and the order of those who wait, as the server sees them. */
#include "support_pair.h"

/* Sets the limits of "openai" at the flow's mock. */
static void limit(flow *f, int64_t requests, int64_t tokens, uint32_t concurrency) {
    llmc_provider_options options = flow_provider(llmc_mock_base_url(f->mock));
    options.requests_per_minute = requests;
    options.tokens_per_minute = tokens;
    options.max_concurrency = concurrency;
    assert_int_equal(llmc_client_set_provider(f->client, "openai", &options), LLMC_OK);
}

static llmc_call *start_with(flow *f, flow_tally *tally, const char *prompt, llmc_priority priority,
                             int64_t timeout_ms) {
    llmc_request *request = flow_request(prompt);
    llmc_call *call = NULL;
    assert_int_equal(llmc_request_set_priority(request, priority), LLMC_OK);
    assert_int_equal(llmc_request_set_timeout_ms(request, timeout_ms), LLMC_OK);
    assert_int_equal(llmc_execute_async(f->client, request, flow_on_done, tally, &call), LLMC_OK);
    llmc_request_free(request);
    return call;
}

/* 600 a minute are ten a second once the bucket is used up. */
static void requests_a_minute(void **state) {
    flow_tally tally;
    flow f;
    int64_t began;
    (void)state;
    flow_open(&f, NULL);
    limit(&f, 600, 0, 0);
    flow_tally_init(&tally);
    began = flow_now_ms();
    for (int i = 0; i < 606; i++)
        llmc_call_unref(flow_start(f.client, &tally, i % 2));
    assert_true(flow_tally_wait(&tally, 606));
    assert_int_equal(tally.ok, 606);
    assert_true(flow_now_ms() - began >= 500); /* six beyond the bucket, one each tenth of a second */
    assert_int_equal(flow_mock_stats(&f).requests, 606);
    flow_assert_balanced(f.client);
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* The estimate is reserved before sending and settled by the usage: small answers give back what they did not use. */
static void tokens_a_minute(void **state) {
    llmc_mock_script script = flow_answer("ok");
    flow_tally tally;
    flow f;
    (void)state;
    flow_open(&f, NULL);
    limit(&f, 0, 60000, 0);
    script.tokens_in = 500;
    script.tokens_out = 500;
    flow_default(&f, script);
    flow_tally_init(&tally);
    int64_t began = flow_now_ms();
    for (int i = 0; i < 62; i++) { /* one after the other: each settles to 1,000 */
        llmc_call *call = flow_start(f.client, &tally, false);
        assert_int_equal(llmc_call_wait(call, NULL), LLMC_OK);
        llmc_call_unref(call);
    }
    assert_true(flow_now_ms() - began >=
                500); /* 60,000 are used up, and the one before the last left a debt of nearly 1,000 */
    assert_int_equal(tally.ok, 62);
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* What would outlast the call is told at once, with the time it would take. */
static void longer_than_the_call_is_told(void **state) {
    llmc_request *request = flow_request("one");
    llmc_response *response = NULL;
    flow f;
    (void)state;
    flow_open(&f, NULL);
    limit(&f, 1, 0, 0);
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    assert_int_equal(llmc_request_set_timeout_ms(request, 5000), LLMC_OK);
    int64_t began = flow_now_ms();
    assert_int_equal(llmc_execute(f.client, request, &response), LLMC_ERR_RATE_LIMITED);
    assert_true(flow_now_ms() - began < 4000);
    assert_in_range(llmc_error_retry_after_ms(llmc_response_error(response)), 40000, 61000);
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    llmc_response_free(response);
    llmc_request_free(request);
    flow_close(&f);
}

static void concurrency_is_kept(void **state) {
    (void)state;
    for (uint32_t threads = 1; threads <= 4; threads += 3) {
        llmc_client_options options = flow_options();
        flow_tally tally;
        flow f;
        options.io_threads = threads;
        flow_open(&f, &options);
        limit(&f, 0, 0, 7);
        flow_default(&f, flow_slow(10));
        flow_tally_init(&tally);
        for (int i = 0; i < 100; i++)
            llmc_call_unref(flow_start(f.client, &tally, false));
        assert_true(flow_tally_wait(&tally, 100));
        assert_int_equal(tally.ok, 100);
        assert_int_equal(flow_mock_stats(&f).in_flight_max, 7);
        flow_assert_balanced(f.client);
        flow_tally_destroy(&tally);
        flow_close(&f);
    }
}

/* After 503s fewer go at once than before; the option keeps it as it was. */
static void overload_lowers_what_is_in_flight(void **state) {
    (void)state;
    for (int fixed = 0; fixed < 2; fixed++) {
        llmc_client_options options = resil_options();
        llmc_mock_script refusal = resil_refusal(503, NULL);
        flow_tally tally;
        flow f;
        options.max_retries = -1;
        options.fixed_concurrency = fixed;
        flow_open(&f, &options);
        refusal.repeat = 40;
        refusal.delay_ms = 100;
        flow_push(&f, refusal);
        flow_tally_init(&tally);
        for (int i = 0; i < 40; i++)
            llmc_call_unref(flow_start(f.client, &tally, false));
        assert_true(flow_tally_wait(&tally, 40));
        assert_int_equal(flow_mock_stats(&f).in_flight_max, 40);
        flow_default(&f, flow_slow(100));
        for (int i = 0; i < 40; i++)
            llmc_call_unref(flow_start(f.client, &tally, false));
        assert_true(llmc_mock_wait_requests(f.mock, 41, FLOW_DEADLINE_MS));
        flow_pass_ms(40); /* whoever may go has gone; the answers take longer */
        if (fixed)
            assert_int_equal(flow_mock_stats(&f).in_flight, 40);
        else
            assert_in_range(flow_mock_stats(&f).in_flight, 1, 30);
        assert_true(flow_tally_wait(&tally, 80));
        assert_int_equal(tally.ok, 40);
        flow_tally_destroy(&tally);
        flow_close(&f);
    }
}

/* ---- who goes first ---- */

/* One connection, taken; then calls that wait; the order in which the server reads them tells. */
static void order_of(flow *f, char *out, size_t size) {
    size_t len = 0;
    for (size_t i = 1; i < llmc_mock_request_count(f->mock) && len + 1 < size; i++) {
        llmc_mock_request request;
        const char *at;
        assert_true(llmc_mock_request_at(f->mock, i, &request));
        at = strstr(request.body, "who:");
        assert_non_null(at);
        out[len++] = at[4];
    }
    out[len] = '\0';
}

static void classes_and_deadlines(void **state) {
    llmc_client_options options = flow_options();
    flow_tally tally;
    char order[16];
    flow f;
    (void)state;
    options.max_connections = 1;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(200));
    flow_tally_init(&tally);
    llmc_call_unref(start_with(&f, &tally, "who:0", LLMC_PRIORITY_NORMAL, 0));
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    llmc_call_unref(start_with(&f, &tally, "who:l", LLMC_PRIORITY_LOW, 0));
    llmc_call_unref(start_with(&f, &tally, "who:n", LLMC_PRIORITY_NORMAL, 50000));
    llmc_call_unref(start_with(&f, &tally, "who:m", LLMC_PRIORITY_NORMAL, 30000)); /* due sooner */
    llmc_call_unref(start_with(&f, &tally, "who:h", LLMC_PRIORITY_HIGH, 0));
    assert_true(flow_tally_wait(&tally, 5));
    assert_int_equal(tally.ok, 5);
    order_of(&f, order, sizeof order);
    assert_string_equal(order, "hmnl");
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* Sixteen of high to one of low at most: low gets its turn while high ones still wait. */
static void nobody_starves(void **state) {
    llmc_client_options options = flow_options();
    flow_tally tally;
    char order[64];
    flow f;
    (void)state;
    options.max_connections = 1;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(200));
    flow_tally_init(&tally);
    llmc_call_unref(start_with(&f, &tally, "who:0", LLMC_PRIORITY_NORMAL, 0));
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    llmc_call_unref(start_with(&f, &tally, "who:l", LLMC_PRIORITY_LOW, 0));
    for (int i = 0; i < 40; i++)
        llmc_call_unref(start_with(&f, &tally, "who:h", LLMC_PRIORITY_HIGH, 0));
    assert_true(flow_tally_wait(&tally, 42));
    order_of(&f, order, sizeof order);
    assert_non_null(strchr(order, 'l'));
    assert_in_range(strchr(order, 'l') - order, 1, 20);
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* One provider's limit holds nobody else up. */
static void limited_provider_is_alone(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response = NULL;
    flow_tally tally;
    llmc_call *waiting[20];
    pair p;
    (void)state;
    pair_open(&p, &options);
    limit(&p.first, 1, 0, 0);
    flow_tally_init(&tally);
    llmc_response_free(flow_ask(&p.first, "one", LLMC_OK));
    for (int i = 0; i < 20; i++)
        waiting[i] = start_with(&p.first, &tally, "one", LLMC_PRIORITY_HIGH, LLMC_TIMEOUT_NONE);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(llmc_ask(p.client, PAIR_SECOND, "one", &response), LLMC_OK);
        llmc_response_free(response);
    }
    for (int i = 0; i < 20; i++) {
        llmc_call_cancel(waiting[i]);
        assert_int_equal(llmc_call_wait(waiting[i], NULL), LLMC_ERR_CANCELLED);
        llmc_call_unref(waiting[i]);
    }
    assert_int_equal(flow_mock_stats(&p.first).requests, 1);
    assert_int_equal(flow_client_stats(&p.first).calls_queued, 0);
    flow_tally_destroy(&tally);
    pair_close(&p);
}

/* ---- error rules ---- */

static void rules_change_what_errors_mean(void **state) {
    llmc_error_rule rule = LLMC_ERROR_RULE_INIT;
    llmc_client_options options = resil_options();
    llmc_response *response;
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_push(&f, resil_refusal(418, NULL));
    response = flow_ask(&f, "one", LLMC_ERR_BAD_REQUEST);
    llmc_response_free(response);
    rule.provider = "openai";
    rule.http_status = 418;
    rule.status = LLMC_ERR_OVERLOADED;
    rule.retryable = true;
    assert_int_equal(llmc_client_add_error_rule(f.client, &rule), LLMC_OK);
    flow_push(&f, resil_refusal(418, NULL));
    response = flow_ask(&f, "one", LLMC_OK);
    assert_int_equal(resil_attempt(response, 0).status, LLMC_ERR_OVERLOADED);
    llmc_response_free(response);
    resil_assert_requests(&f, 3);
    rule.status = LLMC_ERR_CANCELLED; /* no error of a provider */
    assert_int_equal(llmc_client_add_error_rule(f.client, &rule), LLMC_ERR_INVALID_ARGUMENT);
    rule.size = 1;
    assert_int_equal(llmc_client_add_error_rule(f.client, &rule), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_add_error_rule(f.client, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_add_error_rule(NULL, &rule), LLMC_ERR_INVALID_ARGUMENT);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_a_minute),
        cmocka_unit_test(tokens_a_minute),
        cmocka_unit_test(longer_than_the_call_is_told),
        cmocka_unit_test(concurrency_is_kept),
        cmocka_unit_test(overload_lowers_what_is_in_flight),
        cmocka_unit_test(classes_and_deadlines),
        cmocka_unit_test(nobody_starves),
        cmocka_unit_test(limited_provider_is_alone),
        cmocka_unit_test(rules_change_what_errors_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
