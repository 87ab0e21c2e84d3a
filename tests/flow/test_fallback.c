/* Fallback: which failures lead to the next target, at once, and what it is that the servers get to see. */
#include "support_pair.h"

static llmc_mock_script said(int status, const char *body) {
    llmc_mock_script script = resil_refusal(status, NULL);
    script.body = body;
    return script;
}

static const char *const QUOTA = "{\"error\":{\"message\":\"You exceeded your current quota.\","
                                 "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}";
static const char *const TOO_LONG = "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens.\","
                                    "\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}";
static const char *const FILTERED = "{\"error\":{\"message\":\"Refused.\",\"type\":\"invalid_request_error\","
                                    "\"code\":\"content_filter\"}}";

static void a_failure_leads_to_the_next_at_once(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_client_options options = resil_options();
        llmc_response *response;
        resil_seen seen;
        pair p;
        options.retry_delay_ms = FLOW_FOREVER_MS; /* whoever backs off never ends */
        pair_open(&p, &options);
        flow_default(&p.first, resil_refusal(500, NULL));
        response = pair_ask(&p, (resil_way)way, LLMC_OK, &seen);
        pair_assert_answer(response, "backup", "one two three");
        assert_int_equal(llmc_response_attempt_count(response), 2);
        pair_assert_attempt(response, 0, "openai", LLMC_ERR_SERVER, LLMC_NEXT_TARGET);
        pair_assert_attempt(response, 1, "backup", LLMC_OK, LLMC_NEXT_ANSWER);
        assert_int_equal(resil_attempt(response, 0).next_delay_ms, 0);
        assert_string_equal(resil_attempt(response, 0).model, "flow-1");
        assert_string_equal(resil_attempt(response, 1).model, "flow-2");
        if (way == RESIL_EVENTS || way == RESIL_PULL) {
            assert_int_equal(seen.starts, 1);
            assert_string_equal(seen.text, "one two three");
        }
        pair_assert_requests(&p, 1, 1);
        assert_int_equal(flow_client_stats(&p.first).retries, 1);
        llmc_response_free(response);
        pair_close(&p);
    }
}

typedef struct refusal {
    int http;
    const char *body;
    llmc_status status;
    bool elsewhere;
} refusal;

static void each_class_goes_its_way(void **state) {
    const refusal rows[] = {{400, NULL, LLMC_ERR_BAD_REQUEST, false},
                            {422, NULL, LLMC_ERR_BAD_REQUEST, false},
                            {400, FILTERED, LLMC_ERR_CONTENT_FILTER, false},
                            {400, TOO_LONG, LLMC_ERR_CONTEXT_LENGTH, true},
                            {401, NULL, LLMC_ERR_AUTH, true},
                            {403, NULL, LLMC_ERR_PERMISSION, true},
                            {404, NULL, LLMC_ERR_NOT_FOUND, true},
                            {429, QUOTA, LLMC_ERR_QUOTA_EXHAUSTED, true},
                            {429, NULL, LLMC_ERR_RATE_LIMITED, true},
                            {503, NULL, LLMC_ERR_OVERLOADED, true},
                            {529, NULL, LLMC_ERR_OVERLOADED, true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_response *response;
        pair p;
        pair_open(&p, NULL);
        flow_default(&p.first, said(rows[i].http, rows[i].body));
        response = pair_ask(&p, RESIL_SYNC, rows[i].elsewhere ? LLMC_OK : rows[i].status, NULL);
        assert_string_equal(llmc_response_provider(response), rows[i].elsewhere ? "backup" : "openai");
        pair_assert_attempt(response, 0, "openai", rows[i].status,
                            rows[i].elsewhere ? LLMC_NEXT_TARGET : LLMC_NEXT_GIVE_UP);
        pair_assert_requests(&p, 1, rows[i].elsewhere ? 1 : 0);
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void a_lost_way_leads_on(void **state) {
    const llmc_mock_fault faults[] = {LLMC_MOCK_RESET, LLMC_MOCK_CLOSE};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        llmc_mock_script script = flow_script();
        llmc_response *response;
        pair p;
        script.fault = faults[i];
        script.fault_on_read = true;
        pair_open(&p, NULL);
        flow_default(&p.first, script);
        response = pair_ask(&p, RESIL_EVENTS, LLMC_OK, NULL);
        pair_assert_answer(response, "backup", "one two three");
        pair_assert_attempt(response, 0, "openai", LLMC_ERR_CONNECTION_LOST, LLMC_NEXT_TARGET);
        pair_assert_requests(&p, 1, 1);
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void a_dead_port_leads_on(void **state) {
    llmc_provider_options options;
    llmc_response *response;
    char url[64];
    pair p;
    (void)state;
    pair_open(&p, NULL);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", flow_closed_port());
    options = flow_provider(url);
    assert_int_equal(llmc_client_set_provider(p.client, "openai", &options), LLMC_OK);
    response = pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL);
    pair_assert_attempt(response, 0, "openai", LLMC_ERR_CONNECT, LLMC_NEXT_TARGET);
    pair_assert_answer(response, "backup", "one two three");
    assert_int_equal(flow_mock_stats(&p.second).requests, 1);
    llmc_response_free(response);
    pair_close(&p);
}

/* The others speak another format: the request is written anew, the answer read anew. */
static void another_format_takes_over(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_request *request = flow_request("one two three");
        llmc_response *response;
        llmc_mock_request seen;
        pair p;
        pair_open(&p, NULL);
        pair_set_provider(p.client, "anthropic", NULL, &p.second, NULL, 0);
        flow_default(&p.first, resil_refusal(503, NULL));
        assert_int_equal(llmc_request_add_fallback(request, "anthropic/claude-flow"), LLMC_OK);
        response = pair_run(&p, request, (resil_way)way, LLMC_OK, NULL);
        pair_assert_answer(response, "anthropic", "one two three");
        pair_assert_requests(&p, 1, 1);
        assert_true(llmc_mock_request_at(p.second.mock, 0, &seen));
        assert_string_equal(seen.path, "/v1/messages");
        assert_string_equal(llmc_mock_request_header(p.second.mock, 0, "x-api-key"), FLOW_KEY);
        assert_string_equal(llmc_mock_request_header(p.second.mock, 0, "authorization"), "");
        assert_string_equal(llmc_mock_request_header(p.first.mock, 0, "x-api-key"), "");
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void an_open_breaker_costs_no_attempt(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    pair p;
    (void)state;
    options.breaker_failures = 1;
    options.max_retries = -1;
    pair_open(&p, &options);
    flow_default(&p.first, resil_refusal(500, NULL));
    llmc_response_free(resil_ask(&p.first, RESIL_SYNC, LLMC_ERR_SERVER, NULL));
    pair_assert_requests(&p, 1, 0);
    response = pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL);
    pair_assert_answer(response, "backup", "one two three");
    assert_int_equal(llmc_response_attempt_count(response), 1);
    pair_assert_attempt(response, 0, "backup", LLMC_OK, LLMC_NEXT_ANSWER);
    pair_assert_requests(&p, 1, 1);
    assert_int_equal(flow_client_stats(&p.first).breaker_refusals, 0);
    llmc_response_free(response);
    pair_close(&p);
}

static void both_breakers_open_refuse(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    pair p;
    (void)state;
    options.breaker_failures = 1;
    options.max_retries = -1;
    pair_open(&p, &options);
    flow_default(&p.first, resil_refusal(500, NULL));
    flow_default(&p.second, resil_refusal(500, NULL));
    llmc_response_free(pair_ask(&p, RESIL_SYNC, LLMC_ERR_SERVER, NULL));
    response = pair_ask(&p, RESIL_SYNC, LLMC_ERR_BREAKER_OPEN, NULL);
    assert_int_equal(llmc_response_attempt_count(response), 0);
    assert_true(llmc_error_retry_after_ms(llmc_response_error(response)) > 0);
    pair_assert_requests(&p, 1, 1);
    assert_int_equal(flow_client_stats(&p.first).breaker_refusals, 1);
    llmc_response_free(response);
    pair_close(&p);
}

/* All failed: back off once, begin again at the first. One cap of attempts over all. */
static void after_all_the_first_again(void **state) {
    const llmc_next_step next[] = {LLMC_NEXT_TARGET, LLMC_NEXT_TARGET, LLMC_NEXT_TARGET, LLMC_NEXT_GIVE_UP};
    llmc_client_options options = resil_options();
    llmc_response *response;
    pair p;
    (void)state;
    options.retry_delay_ms = 30;
    pair_open(&p, &options);
    flow_default(&p.first, resil_refusal(500, NULL));
    flow_default(&p.second, resil_refusal(503, NULL));
    response = pair_ask(&p, RESIL_SYNC, LLMC_ERR_OVERLOADED, NULL);
    assert_int_equal(llmc_response_attempt_count(response), 4); /* max_retries + 1 */
    for (size_t i = 0; i < 4; i++)
        pair_assert_attempt(response, i, i % 2 ? "backup" : "openai", i % 2 ? LLMC_ERR_OVERLOADED : LLMC_ERR_SERVER,
                            next[i]);
    assert_int_equal(resil_attempt(response, 0).next_delay_ms, 0);
    assert_int_equal(resil_attempt(response, 1).next_delay_ms, 30);
    assert_int_equal(resil_attempt(response, 2).next_delay_ms, 0);
    assert_true(resil_gap_us(&p.first, 0) >= 29000);
    pair_assert_requests(&p, 2, 2);
    llmc_response_free(response);
    pair_close(&p);
}

static void without_retries_each_is_asked_once(void **state) {
    llmc_client_options options = resil_options();
    pair p;
    (void)state;
    options.max_retries = -1;
    pair_open(&p, &options);
    flow_default(&p.first, resil_refusal(500, NULL));
    flow_default(&p.second, resil_refusal(500, NULL));
    llmc_response_free(pair_ask(&p, RESIL_SYNC, LLMC_ERR_SERVER, NULL));
    pair_assert_requests(&p, 1, 1);
    pair_close(&p);
}

/* What will not pass by itself is not asked for again; what may is, even when the other one failed last. */
static void a_spent_target_is_left_alone(void **state) {
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    flow_default(&p.first, resil_refusal(500, NULL));
    flow_default(&p.second, resil_refusal(401, NULL));
    response = pair_ask(&p, RESIL_SYNC, LLMC_ERR_SERVER, NULL);
    pair_assert_requests(&p, 3, 1);
    llmc_response_free(response);
    pair_close(&p);
}

static void one_deadline_over_all(void **state) {
    llmc_request *request = pair_request("one two three");
    llmc_response *response;
    int64_t started = flow_now_ms();
    pair p;
    (void)state;
    pair_open(&p, NULL);
    flow_default(&p.first, resil_refusal(500, NULL));
    flow_default(&p.second, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_set_timeout_ms(request, 150), LLMC_OK);
    response = pair_run(&p, request, RESIL_ASYNC, LLMC_ERR_TIMEOUT_TOTAL, NULL);
    assert_true(flow_now_ms() - started < FLOW_DEADLINE_MS);
    assert_true(llmc_response_latency_ms(response) >= 149);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    pair_assert_attempt(response, 1, "backup", LLMC_ERR_TIMEOUT_TOTAL, LLMC_NEXT_GIVE_UP);
    assert_true(flow_until_aborted(&p.second, 1));
    pair_assert_requests(&p, 1, 1);
    llmc_response_free(response);
    pair_close(&p);
}

static void a_timeout_of_the_first_leads_on(void **state) {
    llmc_request *request = pair_request("one two three");
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    flow_default(&p.first, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_set_first_byte_timeout_ms(request, 60), LLMC_OK);
    response = pair_run(&p, request, RESIL_ASYNC, LLMC_OK, NULL);
    pair_assert_attempt(response, 0, "openai", LLMC_ERR_TIMEOUT_FIRST_BYTE, LLMC_NEXT_TARGET);
    assert_true(flow_until_aborted(&p.first, 1));
    pair_assert_requests(&p, 1, 1);
    llmc_response_free(response);
    pair_close(&p);
}

/* ---- requests the first one does not take ---- */

static void a_first_without_key_is_passed_by(void **state) {
    llmc_request *request = NULL;
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    assert_int_equal(llmc_request_new("anthropic/claude-flow", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one two three"), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(request, PAIR_SECOND), LLMC_OK);
    response = pair_run(&p, request, RESIL_SYNC, LLMC_OK, NULL);
    pair_assert_answer(response, "backup", "one two three");
    assert_int_equal(llmc_response_attempt_count(response), 1);
    pair_assert_requests(&p, 0, 1);
    llmc_response_free(response);
    pair_close(&p);
}

/* Anthropic takes temperatures up to 1. As the first and as the second of three. */
static void a_field_not_taken_leads_on(void **state) {
    (void)state;
    for (int second = 0; second < 2; second++) {
        llmc_request *request = NULL;
        llmc_response *response;
        pair p;
        pair_open(&p, NULL);
        pair_set_provider(p.client, "anthropic", NULL, &p.first, NULL, 0);
        flow_default(&p.first, resil_refusal(500, NULL));
        assert_int_equal(llmc_request_new(second ? FLOW_MODEL : "anthropic/claude-flow", &request), LLMC_OK);
        assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one two three"), LLMC_OK);
        assert_int_equal(llmc_request_set_temperature(request, 1.5), LLMC_OK);
        if (second)
            assert_int_equal(llmc_request_add_fallback(request, "anthropic/claude-flow"), LLMC_OK);
        assert_int_equal(llmc_request_add_fallback(request, PAIR_SECOND), LLMC_OK);
        response = pair_run(&p, request, RESIL_SYNC, LLMC_OK, NULL);
        pair_assert_answer(response, "backup", "one two three");
        pair_assert_requests(&p, second ? 1 : 0, 1);
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void nobody_takes_it(void **state) {
    llmc_request *request = NULL;
    llmc_response *response = NULL;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    pair_set_provider(p.client, "anthropic", NULL, &p.first, NULL, 0);
    assert_int_equal(llmc_request_new("anthropic/claude-flow", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one"), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(request, 1.5), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(request, "anthropic/claude-other"), LLMC_OK);
    assert_int_equal(llmc_execute(p.client, request, &response), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_response_error_message(response), "temperature"));
    pair_assert_requests(&p, 0, 0);
    llmc_response_free(response);
    llmc_request_free(request);
    pair_close(&p);
}

static void an_unknown_fallback_is_named(void **state) {
    llmc_request *request = flow_request("one");
    llmc_response *response = NULL;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    assert_int_equal(llmc_request_add_fallback(request, "nobody/model"), LLMC_OK);
    assert_int_equal(llmc_execute(p.client, request, &response), LLMC_ERR_UNKNOWN_PROVIDER);
    assert_non_null(strstr(llmc_response_error_message(response), "nobody"));
    pair_assert_requests(&p, 0, 0);
    llmc_response_free(response);
    llmc_request_free(request);
    pair_close(&p);
}

/* ---- streams ---- */

static llmc_mock_script error_in_stream(const char *text) {
    llmc_mock_script script = flow_answer(text);
    script.error_in_stream = "server_error";
    return script;
}

static void a_stream_that_fails_before_content_leads_on(void **state) {
    const resil_way ways[] = {RESIL_EVENTS, RESIL_PULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        llmc_response *response;
        resil_seen seen;
        pair p;
        pair_open(&p, NULL);
        flow_default(&p.first, error_in_stream(""));
        response = pair_ask(&p, ways[i], LLMC_OK, &seen);
        pair_assert_answer(response, "backup", "one two three");
        assert_int_equal(seen.starts, 1);
        assert_int_equal(seen.finishes, 1);
        assert_string_equal(seen.text, "one two three");
        pair_assert_requests(&p, 1, 1);
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void a_stream_with_content_is_never_begun_anew(void **state) {
    const resil_way ways[] = {RESIL_EVENTS, RESIL_PULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        llmc_response *response;
        resil_seen seen;
        pair p;
        pair_open(&p, NULL);
        flow_default(&p.first, error_in_stream("half an"));
        response = pair_ask(&p, ways[i], LLMC_ERR_SERVER, &seen);
        pair_assert_answer(response, "openai", "half an");
        pair_assert_attempt(response, 0, "openai", LLMC_ERR_SERVER, LLMC_NEXT_GIVE_UP);
        assert_int_equal(seen.starts, 1);
        assert_string_equal(seen.text, "half an");
        pair_assert_requests(&p, 1, 0);
        llmc_response_free(response);
        pair_close(&p);
    }
}

static void a_cancel_ends_it_wherever_it_is(void **state) {
    llmc_request *request = pair_request("one two three");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    flow_default(&p.first, resil_refusal(500, NULL));
    flow_default(&p.second, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(p.client, request, NULL, NULL, &call), LLMC_OK);
    assert_true(llmc_mock_wait_requests(p.second.mock, 1, FLOW_DEADLINE_MS));
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_ERR_CANCELLED);
    assert_true(flow_until_aborted(&p.second, 1));
    pair_assert_requests(&p, 1, 1);
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_request_free(request);
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_leads_to_the_next_at_once),
        cmocka_unit_test(each_class_goes_its_way),
        cmocka_unit_test(a_lost_way_leads_on),
        cmocka_unit_test(a_dead_port_leads_on),
        cmocka_unit_test(another_format_takes_over),
        cmocka_unit_test(an_open_breaker_costs_no_attempt),
        cmocka_unit_test(both_breakers_open_refuse),
        cmocka_unit_test(after_all_the_first_again),
        cmocka_unit_test(without_retries_each_is_asked_once),
        cmocka_unit_test(a_spent_target_is_left_alone),
        cmocka_unit_test(one_deadline_over_all),
        cmocka_unit_test(a_timeout_of_the_first_leads_on),
        cmocka_unit_test(a_first_without_key_is_passed_by),
        cmocka_unit_test(a_field_not_taken_leads_on),
        cmocka_unit_test(nobody_takes_it),
        cmocka_unit_test(an_unknown_fallback_is_named),
        cmocka_unit_test(a_stream_that_fails_before_content_leads_on),
        cmocka_unit_test(a_stream_with_content_is_never_begun_anew),
        cmocka_unit_test(a_cancel_ends_it_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
