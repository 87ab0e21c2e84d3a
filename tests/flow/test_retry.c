/* Retry: what is made again, how often and when. The mock counts the requests and stamps them. */
#include "support_resil.h"
#include <time.h>

#define STEP_MS 40

static llmc_client_options ladder(void) {
    llmc_client_options options = resil_options();
    options.retry_delay_ms = STEP_MS;
    return options;
}

/* What a caller gets who sets nothing; the rest of these tests only make the waits short. */
static void defaults(void **state) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    (void)state;
    assert_int_equal(options.max_retries, 3);
    assert_int_equal(options.retry_delay_ms, 1000);
    assert_int_equal(options.retry_max_delay_ms, 60000);
    assert_int_equal(options.retry_max_hint_ms, 120000);
    assert_int_equal(options.retry_jitter, LLMC_JITTER_FULL);
    assert_int_equal(options.retry_budget_percent, 10);
    assert_int_equal(options.retry_budget_reserve, 10);
}

static void retry_on_rate_limit(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_client_options options = resil_options();
        resil_seen seen;
        llmc_response *response;
        flow f;
        flow_open(&f, &options);
        flow_push(&f, resil_refusal(429, NULL));
        response = resil_ask(&f, (resil_way)way, LLMC_OK, &seen);
        assert_string_equal(llmc_response_output(response), "one two three");
        resil_assert_retried(response, 2, LLMC_ERR_RATE_LIMITED);
        assert_int_equal(resil_attempt(response, 0).http_status, 429);
        assert_int_equal(resil_attempt(response, 1).next, LLMC_NEXT_ANSWER);
        assert_int_equal(resil_attempt(response, 1).http_status, 200);
        if (way == RESIL_EVENTS || way == RESIL_PULL) {
            assert_int_equal(seen.starts, 1);
            assert_string_equal(seen.text, "one two three");
        }
        resil_assert_requests(&f, 2);
        assert_int_equal(flow_client_stats(&f).retries, 1);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void retry_on_timeout(void **state) {
    llmc_client_options options = resil_options();
    (void)state;
    options.first_byte_timeout_ms = 60;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_response *response;
        flow f;
        flow_open(&f, &options);
        flow_push(&f, flow_slow(FLOW_FOREVER_MS));
        response = resil_ask(&f, (resil_way)way, LLMC_OK, NULL);
        resil_assert_retried(response, 2, LLMC_ERR_TIMEOUT_FIRST_BYTE);
        assert_true(resil_attempt(response, 0).maybe_executed);
        resil_assert_requests(&f, 2);
        llmc_response_free(response);
        flow_close(&f);
    }
}

/* The ladder as the server sees it. Lower bounds only: a busy machine may always be late. */
static void exponential_backoff(void **state) {
    llmc_client_options options = ladder();
    llmc_response *response;
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(503, NULL));
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_OVERLOADED, NULL);
    resil_assert_requests(&f, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_true(resil_gap_us(&f, i) >= (int64_t)STEP_MS * 1000 << i);
        assert_int_equal(resil_attempt(response, i).next_delay_ms, STEP_MS << i);
    }
    llmc_response_free(response);
    flow_close(&f);
}

static void backoff_is_capped(void **state) {
    llmc_client_options options = ladder();
    llmc_response *response;
    flow f;
    (void)state;
    options.retry_max_delay_ms = STEP_MS;
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(503, NULL));
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_OVERLOADED, NULL);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(resil_attempt(response, i).next_delay_ms, STEP_MS);
    llmc_response_free(response);
    flow_close(&f);
}

/* Jitter draws: no wait is longer than its step, and 60 calls do not all draw the same. */
static void jitter_spreads(void **state) {
    llmc_client_options options = ladder();
    int64_t least = INT64_MAX, most = -1;
    flow f;
    (void)state;
    options.retry_jitter = LLMC_JITTER_FULL;
    options.retry_delay_ms = 20;
    options.max_retries = 1;
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(503, NULL));
    for (int i = 0; i < 60; i++) {
        llmc_response *response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_OVERLOADED, NULL);
        int64_t delay = resil_attempt(response, 0).next_delay_ms;
        assert_in_range(delay, 0, 20);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
        llmc_response_free(response);
    }
    assert_true(least < most); /* of 60 equal draws from 21: a chance of 21^-59 */
    flow_close(&f);
}

static void max_retries_exceeded(void **state) {
    static const char body[] =
        "{\"error\":{\"message\":\"the cooling failed\",\"type\":\"server_error\",\"code\":\"too_hot\"}}";
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_client_options options = resil_options();
        llmc_mock_script script = resil_refusal(500, NULL);
        llmc_response *response;
        llmc_attempt last;
        flow f;
        script.body = body;
        flow_open(&f, &options);
        flow_default(&f, script);
        response = resil_ask(&f, (resil_way)way, LLMC_ERR_SERVER, NULL);
        resil_assert_retried(response, 4, LLMC_ERR_SERVER);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(resil_attempt(response, i).next_delay_ms, 1 << i);
        last = resil_attempt(response, 3);
        assert_int_equal(last.next, LLMC_NEXT_GIVE_UP);
        assert_non_null(strstr(last.why, "max_retries"));
        assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 500);
        assert_string_equal(llmc_error_provider_message(llmc_response_error(response)), "the cooling failed");
        assert_string_equal(llmc_error_provider_code(llmc_response_error(response)), "too_hot");
        assert_string_equal(llmc_response_raw_body(response, NULL), body);
        resil_assert_requests(&f, 4);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void of_the_request(void **state) {
    llmc_client_options options = resil_options();
    llmc_request *request = flow_request("hi");
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(503, NULL));
    assert_int_equal(llmc_request_set_max_retries(request, 1), LLMC_OK);
    assert_int_equal(llmc_request_set_retry_delay_ms(request, STEP_MS), LLMC_OK);
    llmc_response_free(resil_run(&f, request, RESIL_SYNC, LLMC_ERR_OVERLOADED, NULL));
    resil_assert_requests(&f, 2);
    assert_true(resil_gap_us(&f, 0) >= STEP_MS * 1000);
    assert_int_equal(llmc_request_set_max_retries(request, -1), LLMC_OK);
    llmc_response_free(resil_run(&f, request, RESIL_SYNC, LLMC_ERR_OVERLOADED, NULL));
    resil_assert_requests(&f, 3);
    llmc_request_free(request);
    flow_close(&f);
}

/* ---- hints ---- */

/* Refuses once with this header; no second request may come before the hint. */
static void hinted(int status, const char *header, int64_t hint_ms) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    flow f;
    flow_open(&f, &options);
    flow_push(&f, resil_refusal(status, header));
    response = resil_ask(&f, RESIL_SYNC, LLMC_OK, NULL);
    resil_assert_requests(&f, 2);
    if (resil_gap_us(&f, 0) < hint_ms * 1000 || resil_attempt(response, 0).next_delay_ms < hint_ms)
        print_error("%s: after %lld us, %lld ms planned\n", header, (long long)resil_gap_us(&f, 0),
                    (long long)resil_attempt(response, 0).next_delay_ms);
    assert_true(resil_gap_us(&f, 0) >= hint_ms * 1000);
    assert_true(resil_attempt(response, 0).next_delay_ms >= hint_ms);
    llmc_response_free(response);
    flow_close(&f);
}

static void hints_are_honoured(void **state) {
    (void)state;
    hinted(429, "retry-after-ms: 150\r\n", 150);
    hinted(503, "retry-after-ms: 150\r\n", 150);
    hinted(429, "retry-after: 0.15\r\n", 150);
    hinted(500, "Retry-After: 1\r\n", 1000);
    hinted(429, "retry-after-ms: 80\r\nretry-after: 1\r\n", 80);
}

static void hint_as_a_date(void **state) {
    time_t due = time(NULL) + 2;
    struct tm parts;
    char date[64], header[96];
    (void)state;
    assert_non_null(gmtime_r(&due, &parts));
    assert_true(strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0);
    (void)snprintf(header, sizeof(header), "Retry-After: %s\r\n", date);
    hinted(429, header, 0);
    assert_true(time(NULL) >= due);
}

static void hint_beyond_reason(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    flow f;
    (void)state;
    options.retry_max_hint_ms = 500;
    flow_open(&f, &options);
    flow_push(&f, resil_refusal(429, "retry-after-ms: 501\r\n"));
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_RATE_LIMITED, NULL);
    assert_int_equal(llmc_error_retry_after_ms(llmc_response_error(response)), 501);
    assert_true(llmc_error_retryable(llmc_response_error(response)));
    assert_int_equal(resil_attempt(response, 0).next, LLMC_NEXT_GIVE_UP);
    assert_non_null(strstr(resil_attempt(response, 0).why, "retry_max_hint_ms"));
    assert_int_equal(resil_attempt(response, 0).next_delay_ms, 0);
    resil_assert_requests(&f, 1);
    llmc_response_free(response);
    flow_close(&f);
}

static void should_retry_decides(void **state) {
    llmc_client_options options = resil_options();
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_push(&f, resil_refusal(503, "x-should-retry: false\r\n"));
    resil_expect(&f, LLMC_ERR_OVERLOADED);
    resil_assert_requests(&f, 1);
    flow_push(&f, resil_refusal(400, "x-should-retry: true\r\n"));
    resil_expect(&f, LLMC_OK);
    resil_assert_requests(&f, 3);
    flow_close(&f);
}

/* ---- the deadline ---- */

/* A wait that would pass the deadline is not begun: the provider's own error comes early, not TIMEOUT_TOTAL late. */
static void never_past_the_deadline(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    int64_t start;
    flow f;
    (void)state;
    options.timeout_ms = 20000;
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(429, "retry-after: 30\r\n"));
    start = flow_now_ms();
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_RATE_LIMITED, NULL);
    assert_true(flow_now_ms() - start < 10000); /* far from both the 20 s and the 30 s */
    assert_non_null(strstr(resil_attempt(response, 0).why, "deadline"));
    assert_int_equal(llmc_error_retry_after_ms(llmc_response_error(response)), 30000);
    resil_assert_requests(&f, 1);
    llmc_response_free(response);
    flow_close(&f);
}

static void own_backoff_keeps_to_the_deadline(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    int64_t start;
    flow f;
    (void)state;
    options.timeout_ms = 3000;
    options.retry_delay_ms = 1000; /* waits of 1 and 2 s: the second would end past the 3 s */
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(500, NULL));
    start = flow_now_ms();
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_SERVER, NULL);
    assert_true(flow_now_ms() - start < 2900);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    assert_non_null(strstr(resil_attempt(response, 1).why, "deadline"));
    resil_assert_requests(&f, 2);
    llmc_response_free(response);
    flow_close(&f);
}

/* ---- what is retried ---- */

static void statuses(void **state) {
    static const struct {
        int http;
        bool retried;
    } rows[] = {{408, true},  {409, true},  {425, true},  {429, true},  {500, true},  {502, true},
                {503, true},  {504, true},  {529, true},  {400, false}, {401, false}, {402, false},
                {403, false}, {404, false}, {413, false}, {422, false}, {301, false}, {405, false}};
    llmc_client_options options = resil_options();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        llmc_response *response = NULL;
        flow f;
        flow_open(&f, &options);
        flow_push(&f, resil_refusal(rows[i].http, NULL));
        llmc_status status = llmc_ask(f.client, FLOW_MODEL, "hi", &response);
        if ((status == LLMC_OK) != rows[i].retried)
            print_error("%d: %s\n", rows[i].http, llmc_response_error_message(response));
        assert_int_equal(status == LLMC_OK, rows[i].retried);
        assert_int_equal(llmc_response_attempt_count(response), rows[i].retried ? 2 : 1);
        if (!rows[i].retried)
            assert_false(llmc_error_retryable(llmc_response_error(response)));
        resil_assert_requests(&f, rows[i].retried ? 2 : 1);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void empty_purse_is_not_retried(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script script = resil_refusal(429, "retry-after: 1\r\n");
    flow f;
    (void)state;
    script.body = "{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":\"insufficient_quota\","
                  "\"code\":\"insufficient_quota\"}}";
    flow_open(&f, &options);
    flow_push(&f, script);
    resil_expect(&f, LLMC_ERR_QUOTA_EXHAUSTED);
    resil_assert_requests(&f, 1);
    flow_close(&f);
}

/* ---- the retry budget ---- */

/* Ten retries are the reserve, and a tenth of the calls that have ended: here 10 + 40/10. */
static void budget_bounds_retries(void **state) {
    llmc_client_options options = resil_options();
    uint64_t retries;
    flow f;
    (void)state;
    options.retry_budget_percent = 10;
    flow_open(&f, &options);
    flow_default(&f, resil_refusal(500, NULL));
    for (int i = 0; i < 40; i++) {
        llmc_response *response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_SERVER, NULL);
        size_t made = llmc_response_attempt_count(response);
        if (made < 4)
            assert_non_null(strstr(resil_attempt(response, made - 1).why, "budget"));
        llmc_response_free(response);
    }
    retries = flow_client_stats(&f).retries;
    assert_in_range(retries, 11, 14);
    resil_assert_requests(&f, 40 + retries);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(retry_on_rate_limit),
        cmocka_unit_test(retry_on_timeout),
        cmocka_unit_test(exponential_backoff),
        cmocka_unit_test(backoff_is_capped),
        cmocka_unit_test(jitter_spreads),
        cmocka_unit_test(max_retries_exceeded),
        cmocka_unit_test(of_the_request),
        cmocka_unit_test(hints_are_honoured),
        cmocka_unit_test(hint_as_a_date),
        cmocka_unit_test(hint_beyond_reason),
        cmocka_unit_test(should_retry_decides),
        cmocka_unit_test(never_past_the_deadline),
        cmocka_unit_test(own_backoff_keeps_to_the_deadline),
        cmocka_unit_test(statuses),
        cmocka_unit_test(empty_purse_is_not_retried),
        cmocka_unit_test(budget_bounds_retries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
