/* Outages: a failing provider is never made worse, a shaky one never noticed, a busy one ridden out. */
#include "support_resil.h"

/* The default resilience options; only the first wait is short, so that the test is. */
static llmc_client_options quick_defaults(void) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    options.ignore_environment = true;
    options.retry_delay_ms = 5;
    return options;
}

/* Sums over all calls: what each reported must be what the server saw. */
typedef struct sums {
    llmc__mutex lock;
    flow_tally tally;
    uint64_t attempts, refused;
    bool tells; /* why a call failed, where none should */
} sums;

static void sums_open(sums *s) {
    memset(s, 0, sizeof(*s));
    assert_int_equal(llmc__mutex_init(&s->lock), LLMC_OK);
    flow_tally_init(&s->tally);
}

static void sums_close(sums *s) {
    flow_tally_destroy(&s->tally);
    llmc__mutex_destroy(&s->lock);
}

static void add_up(llmc_call *call, llmc_response *response, void *user_data) {
    sums *s = user_data;
    (void)call;
    llmc__mutex_lock(&s->lock);
    s->attempts += llmc_response_attempt_count(response);
    s->refused += llmc_response_status(response) == LLMC_ERR_BREAKER_OPEN ? 1 : 0;
    llmc__mutex_unlock(&s->lock);
    if (s->tells && llmc_response_status(response) != LLMC_OK)
        print_message("failed after %zu attempts: %s\n", (size_t)llmc_response_attempt_count(response),
                      llmc_response_error_message(response));
    flow_tally_add(&s->tally, llmc_response_status(response));
}

static void run_calls(flow *f, sums *s, size_t calls, bool stream) {
    llmc_request *request = flow_request("one two three");
    for (size_t i = 0; i < calls; i++)
        assert_int_equal(stream ? llmc_execute_stream_async(f->client, request, NULL, add_up, s, NULL)
                                : llmc_execute_async(f->client, request, add_up, s, NULL),
                         LLMC_OK);
    llmc_request_free(request);
    assert_true(flow_tally_wait(&s->tally, calls));
    flow_assert_balanced(f->client);
}

/* ---- a total outage ---- */

#define OUTAGE_CALLS 1000

/* The budget is of ten seconds and ten more come with it each time: the outage must be over by then, or is not judged
 * by this figure. Here it takes well under a second. */
static void outage(int status, bool breaker, bool stream) {
    llmc_client_options options = quick_defaults();
    uint64_t seen;
    sums s;
    flow f;
    if (!breaker)
        options.breaker_failures = -1;
    flow_open(&f, &options);
    llmc_mock_set_recording(f.mock, false);
    flow_default(&f, resil_refusal(status, NULL));
    sums_open(&s);
    run_calls(&f, &s, OUTAGE_CALLS, stream);
    seen = flow_mock_stats(&f).requests;
    print_message("outage %d, breaker %s: %u calls, the server saw %llu\n", status, breaker ? "on" : "off",
                  OUTAGE_CALLS, (unsigned long long)seen);
    assert_int_equal(s.tally.failed, OUTAGE_CALLS);
    assert_true(seen * 100 <= OUTAGE_CALLS * 110 + 1000);
    assert_int_equal(s.attempts, seen);
    assert_int_equal(flow_client_stats(&f).attempts, seen);
    if (breaker) {
        assert_true(s.refused > 0);
        assert_true(seen < OUTAGE_CALLS / 2); /* at most what was in flight when it opened, and no retries after */
    } else {
        assert_true(seen >= OUTAGE_CALLS); /* each call was made once at least */
        assert_int_equal(s.refused, 0);
    }
    sums_close(&s);
    flow_close(&f);
}

static void outage_without_breaker(void **state) {
    (void)state;
    outage(503, false, false);
    outage(500, false, true);
}

static void outage_with_breaker(void **state) {
    (void)state;
    outage(503, true, false);
    outage(500, true, true);
}

/* Nothing listens at all. */
static void outage_of_the_host(void **state) {
    llmc_client_options options = quick_defaults();
    char url[64];
    sums s;
    flow f;
    (void)state;
    options.breaker_failures = -1;
    memset(&f, 0, sizeof(f));
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", flow_closed_port());
    f.client = flow_client(url, &options);
    sums_open(&s);
    run_calls(&f, &s, OUTAGE_CALLS, false);
    assert_int_equal(s.tally.failed, OUTAGE_CALLS);
    assert_int_equal(s.attempts, flow_client_stats(&f).attempts);
    assert_in_range(s.attempts, OUTAGE_CALLS, OUTAGE_CALLS * 110 / 100 + 10);
    llmc_client_free(f.client);
    sums_close(&s);
}

/* ---- one request of twenty fails ---- */

/* A call fails when four attempts in a row do: 0.05^4, of 10,000 calls 0.06. The figure leaves room for a hundred
 * times as many, for the retry budget and for the breaker. */
static void shaky(int status, size_t calls) {
    llmc_client_options options = quick_defaults();
    sums s;
    flow f;
    flow_open(&f, &options);
    llmc_mock_set_recording(f.mock, false);
    assert_int_equal(llmc_mock_set_failure_rate(f.mock, 5, status, 20260101), LLMC_OK);
    sums_open(&s);
    run_calls(&f, &s, calls, false);
    llmc_mock_stats seen = flow_mock_stats(&f);
    print_message("status %d: %zu calls, %llu failures by the server, %llu calls failed\n", status, calls,
                  (unsigned long long)seen.failures, (unsigned long long)s.tally.failed);
    assert_true(seen.failures >= calls * 4 / 100); /* it was shaky indeed */
    assert_true(s.tally.ok * 1000 >= calls * 999);
    assert_int_equal(s.attempts, seen.requests);
    assert_int_equal(flow_client_stats(&f).attempts, seen.requests);
    sums_close(&s);
    flow_close(&f);
}

static void shaky_server(void **state) {
    (void)state;
    shaky(500, 10000);
    shaky(503, 10000);
}

/* Reset connections must be opened anew each time: fewer calls do. */
static void shaky_connections(void **state) {
    (void)state;
    shaky(0, 2000);
}

/* ---- a storm of 429 ---- */

static void storm(uint32_t per_window, int64_t window_ms, size_t calls, bool stream) {
    llmc_client_options options = quick_defaults();
    llmc_mock_stats seen;
    int64_t took_us;
    sums s;
    flow f;
    flow_open(&f, &options);
    llmc_mock_set_recording(f.mock, false);
    assert_int_equal(llmc_mock_set_rate_limit(f.mock, per_window, window_ms), LLMC_OK);
    sums_open(&s);
    s.tells = true;
    took_us = llmc__clock_us();
    run_calls(&f, &s, calls, stream);
    took_us = llmc__clock_us() - took_us;
    seen = flow_mock_stats(&f);
    print_message("%u each %lld ms: %zu calls, %llu requests, %llu refused, %llu too early\n", per_window,
                  (long long)window_ms, calls, (unsigned long long)seen.requests, (unsigned long long)seen.rate_limited,
                  (unsigned long long)seen.too_early);
    assert_int_equal(s.tally.ok, calls);
    assert_int_equal(seen.too_early, 0);
    assert_int_equal(seen.requests, calls + seen.rate_limited);
    /* The first burst, of max_connections, cannot know; every later window is filled and not passed, but for answers
     * that overtake each other. */
    assert_true(seen.rate_limited <= 110);
    assert_true(took_us >= (int64_t)(calls / per_window - 1) * window_ms * 1000); /* the server held to its limit */
    assert_int_equal(s.attempts, seen.requests);
    sums_close(&s);
    flow_close(&f);
}

static void storm_is_ridden_out(void **state) {
    (void)state;
    storm(20, 400, 300, false);
    storm(20, 400, 300, true);
    storm(150, 500, 300, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outage_without_breaker), cmocka_unit_test(outage_with_breaker),
        cmocka_unit_test(outage_of_the_host),     cmocka_unit_test(shaky_server),
        cmocka_unit_test(shaky_connections),      cmocka_unit_test(storm_is_ridden_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
