/*
 * Everything at once: sixteen threads, plain calls, streams and batches, two providers that fail at random, retries,
 * fallback, hedging, single flight, breaker and cache on, and cancels at random moments. Each call ends once, and the
 * counters add up. LLMC_LONG=1: 100,000 cancels instead of 5,000.
 */
#include <stdatomic.h>
#include "support_pair.h"

#define THREADS 16

typedef struct chaos {
    pair *p;
    size_t rounds;
    uint64_t seed;
    atomic_uint_least64_t started, ended, cancels, answers, wrong;
} chaos;

static void ended(llmc_call *call, llmc_response *response, void *user_data) {
    chaos *c = user_data;
    (void)call;
    if (!response)
        atomic_fetch_add(&c->wrong, 1);
    else if (llmc_response_status(response) == LLMC_OK)
        atomic_fetch_add(&c->answers, 1);
    atomic_fetch_add(&c->ended, 1);
}

static int read_on(llmc_call *call, const llmc_event *event, void *user_data) {
    (void)call, (void)event, (void)user_data;
    return 0;
}

/* A request of few kinds, so that some of them meet in one flight or in the cache. */
static llmc_request *some_request(uint64_t *random) {
    static const char *const prompts[] = {"one two", "three four five", "six", "seven eight"};
    llmc_request *request = NULL;
    uint32_t kind = flow_random(random);
    char own[32];
    (void)snprintf(own, sizeof(own), "nobody else asks %u", flow_random(random));
    if (llmc_request_new(FLOW_MODEL, &request) != LLMC_OK ||
        llmc_request_add_message(request, LLMC_ROLE_USER, kind & 768 ? own : prompts[kind % 4]) != LLMC_OK)
        return NULL;
    if (kind & 16)
        (void)llmc_request_add_fallback(request, PAIR_SECOND);
    if (kind & 32)
        (void)llmc_request_set_hedge_delay_ms(request, 1 + kind % 7);
    if (kind & 64)
        (void)llmc_request_set_cache_mode(request, LLMC_CACHE_BYPASS);
    (void)llmc_request_set_priority(request, (llmc_priority)(kind % 3));
    (void)llmc_request_set_timeout_ms(request, kind & 128 ? 30 : 10000);
    return request;
}

static void one_call(chaos *c, uint64_t *random) {
    llmc_request *request = some_request(random);
    llmc_call *call = NULL;
    bool stream = flow_random(random) % 2;
    uint32_t spins = flow_random(random) % 4000;
    llmc_status status;
    if (!request) {
        atomic_fetch_add(&c->wrong, 1);
        return;
    }
    status = stream ? llmc_execute_stream_async(c->p->client, request, read_on, ended, c, &call)
                    : llmc_execute_async(c->p->client, request, ended, c, &call);
    llmc_request_free(request);
    if (status != LLMC_OK) {
        atomic_fetch_add(&c->wrong, 1);
        return;
    }
    atomic_fetch_add(&c->started, 1);
    for (volatile uint32_t i = 0; i < spins; i++) {
    }
    if (spins % 2) { /* in the middle of the attempts */
        bool done = false;
        (void)llmc_call_wait_for(call, spins % 7, &done, NULL);
    }
    if (flow_random(random) % 8) {
        llmc_call_cancel(call);
        atomic_fetch_add(&c->cancels, 1);
    } else {
        (void)llmc_call_wait(call, NULL);
    }
    llmc_call_unref(call);
}

static void a_batch(chaos *c, uint64_t *random) {
    llmc_request *requests[8] = {NULL};
    llmc_response *responses[8] = {NULL};
    for (size_t i = 0; i < 8; i++)
        requests[i] = some_request(random);
    (void)llmc_execute_batch(c->p->client, (const llmc_request *const *)requests, 8, NULL, responses);
    for (size_t i = 0; i < 8; i++) {
        if (!responses[i])
            atomic_fetch_add(&c->wrong, 1);
        llmc_response_free(responses[i]);
        llmc_request_free(requests[i]);
    }
}

static void work(size_t number, void *ctx) {
    chaos *c = ctx;
    uint64_t random = c->seed * 1000003 + number;
    for (size_t i = 0; i < c->rounds; i++) {
        one_call(c, &random);
        if (i % 64 == 63)
            a_batch(c, &random);
    }
}

static llmc_client_options all_on(uint32_t io_threads) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    options.ignore_environment = true;
    options.io_threads = io_threads;
    options.retry_delay_ms = 2;
    options.breaker_open_ms = 20;
    options.breaker_failures = 3;
    options.enable_cache = true;
    options.cache_ttl_s = 1;
    options.cache_stale_s = 1;
    options.cache_error_s = 5;
    options.max_connections = 20;
    return options;
}

static bool all_ended(void *ctx) {
    chaos *c = ctx;
    return atomic_load(&c->ended) == atomic_load(&c->started);
}

static void storm(uint32_t io_threads) {
    llmc_client_options options = all_on(io_threads);
    const char *given = getenv("LLMC_SEED");
    bool is_long = getenv("LLMC_LONG") != NULL;
    chaos c = {.rounds = (is_long ? 100000u : 5000u) / THREADS / 2 * 8 / 7 + 1};
    pair p;
    c.seed = given ? strtoull(given, NULL, 10) : (uint64_t)llmc__clock_us();
    print_message("chaos, %u loops, LLMC_SEED=%llu\n", io_threads, (unsigned long long)c.seed);
    pair_open(&p, &options);
    c.p = &p;
    llmc_mock_set_recording(p.first.mock, false);
    llmc_mock_set_recording(p.second.mock, false);
    flow_default(&p.first, flow_slow(2));
    flow_default(&p.second, flow_slow(1));
    assert_int_equal(llmc_mock_set_failure_rate(p.first.mock, 10, 500, c.seed), LLMC_OK);
    assert_int_equal(llmc_mock_set_failure_rate(p.second.mock, 10, 0, c.seed + 1), LLMC_OK);
    flow_run_threads(THREADS, work, &c);
    assert_true(flow_until(all_ended, &c));
    print_message("  %llu calls, %llu cancelled by hand, %llu answers, %llu requests\n",
                  (unsigned long long)atomic_load(&c.started), (unsigned long long)atomic_load(&c.cancels),
                  (unsigned long long)atomic_load(&c.answers),
                  (unsigned long long)flow_client_stats(&p.first).attempts);
    assert_int_equal(atomic_load(&c.wrong), 0);
    assert_true(atomic_load(&c.answers) > 0);
    pair_close(&p); /* checks that started = succeeded + failed + cancelled, and that nothing runs */
}

static void one_loop(void **state) {
    (void)state;
    storm(1);
}

static void three_loops(void **state) {
    (void)state;
    storm(3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_loop), cmocka_unit_test(three_loops)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
