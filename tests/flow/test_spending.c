/* Limits on what calls may cost: refused before anything is sent, never passed by many at once. And cheapest routes. */
#include <math.h>
#include <stdatomic.h>
#include "support_resil.h"

/* At 2 and 8 USD a million tokens; with 500 tokens of answer at most a request may cost a little above 0.004. */
#define MODEL      "openai/gpt-4.1"
#define MAX_TOKENS 500
#define LEAST      0.004
#define MOST       0.0041

static llmc_mock_script counted(int in, int out) {
    llmc_mock_script script = flow_answer("a counted answer");
    script.tokens_in = in;
    script.tokens_out = out;
    return script;
}

static llmc_request *request_to(const char *model) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "what does it cost?"), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(request, MAX_TOKENS), LLMC_OK);
    return request;
}

static llmc_response *run(flow *f, llmc_request *request, resil_way way, llmc_status expected) {
    llmc_response *response = resil_run(f, request, way, expected, NULL);
    llmc_request_free(request);
    return response;
}

static llmc_budget budget_of(flow *f) {
    llmc_budget budget = LLMC_BUDGET_INIT;
    assert_int_equal(llmc_client_budget(f->client, &budget), LLMC_OK);
    return budget;
}

static void near_usd(double got, double want) {
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.15f USD, should be %.15f", got, want);
}

static void assert_says(const llmc_response *response, const char *words) {
    if (!strstr(llmc_response_error_message(response), words))
        fail_msg("\"%s\" does not say \"%s\"", llmc_response_error_message(response), words);
}

/* ---- of the client ---- */

static void the_client_has_a_limit(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_client_options options = resil_options();
        llmc_response *response;
        flow f;
        options.spend_limit_usd = 0.015;
        flow_open(&f, &options);
        flow_default(&f, counted(1000, 500)); /* 0.006 */
        llmc_response_free(run(&f, request_to(MODEL), (resil_way)way, LLMC_OK));
        llmc_response_free(run(&f, request_to(MODEL), (resil_way)way, LLMC_OK));
        response = run(&f, request_to(MODEL), (resil_way)way, LLMC_ERR_BUDGET);
        assert_says(response, "spend_limit_usd");
        assert_says(response, "the limit is 0.015000 USD, spent are 0.012000");
        assert_says(response, "in flight 0.000000");
        assert_says(response, "may cost 0.0040");
        assert_says(response, "openai/gpt-4.1");
        assert_false(llmc_error_retryable(llmc_response_error(response)));
        near_usd(llmc_response_cost_usd(response), 0);
        assert_int_equal(llmc_response_attempt_count(response), 0);
        resil_assert_requests(&f, 2);
        near_usd(budget_of(&f).limit_usd, 0.015);
        near_usd(budget_of(&f).spent_usd, 0.012);
        near_usd(budget_of(&f).reserved_usd, 0);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static bool has_window_ended(void *ctx) {
    return budget_of(ctx).window_spent_usd <= 0;
}

/* Windows of a second: what is refused in one goes in the next. */
static void windows_follow_each_other(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response = NULL;
    llmc_status status = LLMC_OK;
    flow f;
    (void)state;
    options.spend_window_usd = 0.009;
    options.spend_window_s = 1;
    flow_open(&f, &options);
    flow_default(&f, counted(1000, 500));
    for (int i = 0; i < 1000 && status == LLMC_OK; i++) { /* the first two may fall into two windows */
        llmc_request *request = request_to(MODEL);
        llmc_response_free(response);
        response = NULL;
        status = llmc_execute(f.client, request, &response);
        llmc_request_free(request);
    }
    assert_int_equal(status, LLMC_ERR_BUDGET);
    assert_says(response, "spend_window_usd");
    assert_says(response, "the limit is 0.009000 USD");
    assert_true(llmc_error_retryable(llmc_response_error(response)));
    assert_in_range(llmc_error_retry_after_ms(llmc_response_error(response)), 1, 1000);
    assert_in_range(budget_of(&f).window_ends_in_ms, 0, 1000);
    assert_true(flow_until(has_window_ended, &f));
    llmc_response_free(response);
    llmc_response_free(run(&f, request_to(MODEL), RESIL_SYNC, LLMC_OK));
    flow_close(&f);
}

/* ---- many at once ---- */

#define CALLS 100

/* What is in flight together may together not pass the limit. */
static void reservations_hold(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script slow = counted(10, 100); /* 0.00082: less than what is reserved */
    llmc_request *request = request_to(MODEL);
    flow_tally tally;
    flow f;
    (void)state;
    options.spend_limit_usd = 0.05;
    options.io_threads = 3;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    slow.delay_ms = 400;
    flow_default(&f, slow);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, CALLS));
    assert_int_equal(tally.ok, 12); /* as many as 0.05 has room for */
    assert_int_equal(tally.failed, CALLS - 12);
    assert_int_equal(tally.last == LLMC_OK || tally.last == LLMC_ERR_BUDGET, true);
    resil_assert_requests(&f, 12);
    near_usd(budget_of(&f).reserved_usd, 0);
    near_usd(budget_of(&f).spent_usd, 12 * 0.00082);
    llmc_request_free(request);
    flow_tally_destroy(&tally);
    flow_close(&f);
}

typedef struct spenders {
    flow *f;
    atomic_int ok, refused, other, past;
} spenders;

static void spend(size_t number, void *ctx) {
    spenders *s = ctx;
    (void)number;
    for (int i = 0; i < 60; i++) {
        llmc_response *response = NULL;
        llmc_request *request = NULL;
        llmc_budget budget = LLMC_BUDGET_INIT;
        llmc_status status = llmc_request_new(MODEL, &request);
        if (status == LLMC_OK && llmc_request_add_message(request, LLMC_ROLE_USER, "x") == LLMC_OK &&
            llmc_request_set_max_tokens(request, MAX_TOKENS) == LLMC_OK)
            status = llmc_execute(s->f->client, request, &response);
        atomic_fetch_add(status == LLMC_OK ? &s->ok : status == LLMC_ERR_BUDGET ? &s->refused : &s->other, 1);
        if (llmc_client_budget(s->f->client, &budget) != LLMC_OK ||
            budget.spent_usd + budget.reserved_usd > budget.limit_usd + 1e-9)
            atomic_fetch_add(&s->past, 1);
        llmc_response_free(response);
        llmc_request_free(request);
    }
}

/* The answers cost what was reserved at most, so the limit is never passed, by any interleaving. */
static void threads_never_pass_it(void **state) {
    llmc_client_options options = resil_options();
    spenders s = {.ok = 0};
    flow f;
    (void)state;
    options.spend_limit_usd = 0.2;
    options.io_threads = 3;
    flow_open(&f, &options);
    flow_default(&f, counted(5, 250)); /* 0.00201 */
    s.f = &f;
    flow_run_threads(8, spend, &s);
    assert_int_equal(s.other, 0);
    assert_int_equal(s.past, 0);
    assert_int_equal(s.ok + s.refused, 480);
    assert_true(s.refused > 0);
    assert_in_range(s.ok, 90, 99); /* (0.2 - 0.004) / 0.00201, less those refused beside others in flight */
    near_usd(budget_of(&f).spent_usd, s.ok * 0.00201);
    near_usd(budget_of(&f).reserved_usd, 0);
    flow_close(&f);
}

/* Whatever ends a call, what was reserved for it comes back. */
static void nothing_stays_reserved(void **state) {
    llmc_client_options options = resil_options();
    llmc_call *calls[20];
    flow_tally tally;
    flow f;
    (void)state;
    options.spend_limit_usd = 1000;
    options.hedge_delay_ms = 20;
    options.max_connections = 8;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    for (int i = 0; i < 20; i++) {
        llmc_request *request = request_to(MODEL);
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, &calls[i]), LLMC_OK);
        llmc_request_free(request);
    }
    assert_true(flow_until_active(&f, 20));
    for (int i = 0; i < 20; i++) {
        llmc_call_cancel(calls[i]);
        llmc_call_unref(calls[i]);
    }
    assert_true(flow_tally_wait(&tally, 20));
    near_usd(budget_of(&f).reserved_usd, 0);
    assert_true(budget_of(&f).spent_usd < 40 * MOST); /* what may have been executed counts with its estimate */
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* Those that wait for their turn at a provider are refused when it comes, one after the other and none forgotten. */
static void waiting_calls_are_refused_in_turn(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script slow = counted(1000, 500); /* 0.006 */
    llmc_request *request = request_to(MODEL);
    llmc_provider_options provider;
    int64_t began = flow_now_ms();
    flow_tally tally;
    flow f;
    (void)state;
    options.spend_limit_usd = 0.017;
    options.queue_timeout_ms = FLOW_FOREVER_MS;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    slow.delay_ms = 30;
    flow_default(&f, slow);
    provider = flow_provider(llmc_mock_base_url(f.mock));
    provider.max_concurrency = 1;
    assert_int_equal(llmc_client_set_provider(f.client, "openai", &provider), LLMC_OK);
    for (int i = 0; i < 50; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 50));
    assert_int_equal(tally.ok, 3);
    assert_int_equal(tally.failed, 47);
    assert_int_equal(tally.last, LLMC_ERR_BUDGET);
    assert_true(flow_now_ms() - began < FLOW_DEADLINE_MS / 2);
    near_usd(budget_of(&f).spent_usd, 0.018); /* the third had been expected to cost less */
    llmc_request_free(request);
    flow_tally_destroy(&tally);
    flow_close(&f);
}

/* ---- of one request ---- */

static void a_request_has_a_limit(void **state) {
    llmc_client_options options = resil_options();
    llmc_request *request = request_to(MODEL);
    llmc_response *response;
    flow f;
    (void)state;
    options.request_limit_usd = 0.003;
    flow_open(&f, &options);
    flow_default(&f, counted(100, 50));
    response = resil_run(&f, request, RESIL_SYNC, LLMC_ERR_BUDGET, NULL);
    assert_says(response, "of the request");
    assert_says(response, "0.003000");
    llmc_response_free(response);
    assert_int_equal(llmc_request_set_cost_limit_usd(request, 0.01), LLMC_OK);
    llmc_response_free(resil_run(&f, request, RESIL_SYNC, LLMC_OK, NULL));
    assert_int_equal(llmc_request_set_cost_limit_usd(request, -1), LLMC_OK);
    llmc_response_free(resil_run(&f, request, RESIL_SYNC, LLMC_OK, NULL));
    assert_int_equal(llmc_request_set_cost_limit_usd(request, 0), LLMC_OK);
    llmc_response_free(resil_run(&f, request, RESIL_SYNC, LLMC_ERR_BUDGET, NULL));
    assert_int_equal(llmc_request_set_cost_limit_usd(request, -2), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_request_set_cost_limit_usd(request, NAN), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_request_set_cost_limit_usd(request, 1e300), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_request_set_cost_limit_usd(NULL, 1), LLMC_ERR_INVALID_ARGUMENT);
    resil_assert_requests(&f, 2);
    llmc_request_free(request);
    flow_close(&f);
}

/* A broken answer may have been paid: with its estimate it leaves no room for a second attempt. */
static void retries_count_too(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script broken = counted(100, 50);
    llmc_response *response;
    flow f;
    (void)state;
    options.request_limit_usd = 0.006;
    flow_open(&f, &options);
    broken.fault = LLMC_MOCK_RESET;
    broken.cut_at = 300;
    flow_push(&f, broken);
    flow_default(&f, counted(100, 50));
    response = run(&f, request_to(MODEL), RESIL_SYNC, LLMC_ERR_INCOMPLETE);
    assert_int_equal(llmc_response_attempt_count(response), 1);
    assert_string_equal(resil_attempt(response, 0).why, "a spending limit allows no further attempt");
    llmc_response_free(response);
    flow_push(&f, resil_refusal(500, NULL)); /* costs nothing */
    response = run(&f, request_to(MODEL), RESIL_SYNC, LLMC_OK);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    llmc_response_free(response);
    flow_close(&f);
}

static void too_dear_goes_to_the_fallback(void **state) {
    llmc_client_options options = resil_options();
    llmc_request *request = request_to(MODEL);
    llmc_response *response;
    flow f;
    (void)state;
    options.request_limit_usd = 0.001;
    flow_open(&f, &options);
    flow_default(&f, counted(100, 50));
    assert_int_equal(llmc_request_add_fallback(request, "openai/gpt-4.1-nano"), LLMC_OK);
    response = run(&f, request, RESIL_SYNC, LLMC_OK);
    assert_string_equal(llmc_response_model(response), "gpt-4.1-nano");
    assert_int_equal(llmc_response_attempt_count(response), 1);
    llmc_response_free(response);
    request = request_to(MODEL);
    assert_int_equal(llmc_request_add_fallback(request, "openai/gpt-4.1-2025-04-14"), LLMC_OK);
    response = run(&f, request, RESIL_SYNC, LLMC_ERR_BUDGET); /* both are too dear: the wanted one is told */
    assert_says(response, "at openai/gpt-4.1");
    assert_null(strstr(llmc_response_error_message(response), "2025"));
    llmc_response_free(response);
    flow_close(&f);
}

static void without_a_price(void **state) {
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        llmc_client_options options = resil_options();
        llmc_response *response;
        flow f;
        options.spend_limit_usd = 1;
        options.allow_unpriced = allowed;
        flow_open(&f, &options);
        flow_default(&f, counted(100, 50));
        response = run(&f, request_to(FLOW_MODEL), RESIL_SYNC, allowed ? LLMC_OK : LLMC_ERR_BUDGET);
        if (!allowed)
            assert_says(response, "no price is known of openai/flow-1");
        resil_assert_requests(&f, (uint64_t)allowed);
        near_usd(budget_of(&f).spent_usd, 0);
        llmc_response_free(response);
        flow_close(&f);
    }
}

/* The money is gone, and what is in the cache is free. */
static void the_cache_is_free(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    flow f;
    (void)state;
    options.spend_limit_usd = 0.007;
    options.enable_cache = true;
    flow_open(&f, &options);
    flow_default(&f, counted(1000, 500));
    llmc_response_free(run(&f, request_to(MODEL), RESIL_SYNC, LLMC_OK));
    llmc_response_free(run(&f, request_to("openai/gpt-4.1-2025-04-14"), RESIL_SYNC, LLMC_ERR_BUDGET));
    response = run(&f, request_to(MODEL), RESIL_SYNC, LLMC_OK);
    assert_true(llmc_response_from_cache(response));
    llmc_response_free(response);
    flow_close(&f);
}

/* ---- routes ---- */

static const char prices[] =
    "[{\"id\":\"openai\",\"api_pattern\":\"x\",\"models\":["
    "{\"id\":\"reads\",\"match\":{\"equals\":\"reads\"},\"prices\":{\"input_mtok\":1,\"output_mtok\":10}},"
    "{\"id\":\"writes\",\"match\":{\"equals\":\"writes\"},\"prices\":{\"input_mtok\":10,\"output_mtok\":1}},"
    "{\"id\":\"dear\",\"match\":{\"equals\":\"dear\"},\"prices\":{\"input_mtok\":100,\"output_mtok\":100}}]}]";

static void ask_route(flow *f, const char *prompt, int64_t max_tokens, const char *model) {
    llmc_request *request = NULL;
    llmc_response *response;
    assert_int_equal(llmc_request_new("cheap", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, prompt), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(request, max_tokens), LLMC_OK);
    response = run(f, request, RESIL_SYNC, LLMC_OK);
    assert_string_equal(llmc_response_model(response), model);
    llmc_response_free(response);
}

static void the_cheapest_goes_first(void **state) {
    const llmc_route_target targets[] = {
        {"openai/unknown", 0}, {"openai/dear", 0}, {"openai/writes", 0}, {"openai/reads", 0}};
    char prompt[4001];
    flow *f = *state;
    memset(prompt, 'x', sizeof prompt - 1);
    prompt[sizeof prompt - 1] = '\0';
    flow_default(f, counted(10, 10));
    assert_int_equal(llmc_client_load_prices(f->client, prices, sizeof prices - 1), LLMC_OK);
    assert_int_equal(llmc_client_set_route(f->client, "cheap", LLMC_ROUTE_CHEAPEST, targets, 4), LLMC_OK);
    ask_route(f, prompt, 10, "reads");
    ask_route(f, "hi", 1000, "writes");
    flow_push(f, resil_refusal(503, NULL));
    ask_route(f, "hi", 1000, "reads"); /* the next cheapest follows the one that fails */
    assert_int_equal(llmc_client_set_route(f->client, "cheap", (llmc_route_order)3, targets, 4),
                     LLMC_ERR_INVALID_ARGUMENT);
}

static void without_prices_the_order_stays(void **state) {
    const llmc_route_target targets[] = {{"openai/one", 0}, {"openai/two", 0}, {"openai/reads", 0}};
    flow *f = *state;
    flow_default(f, counted(10, 10));
    assert_int_equal(llmc_client_set_route(f->client, "cheap", LLMC_ROUTE_CHEAPEST, targets, 3), LLMC_OK);
    ask_route(f, "hi", 10, "one");
    assert_int_equal(llmc_client_load_prices(f->client, prices, sizeof prices - 1), LLMC_OK);
    ask_route(f, "hi", 10, "reads");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_has_a_limit),
        cmocka_unit_test(windows_follow_each_other),
        cmocka_unit_test(reservations_hold),
        cmocka_unit_test(threads_never_pass_it),
        cmocka_unit_test(nothing_stays_reserved),
        cmocka_unit_test(waiting_calls_are_refused_in_turn),
        cmocka_unit_test(a_request_has_a_limit),
        cmocka_unit_test(retries_count_too),
        cmocka_unit_test(too_dear_goes_to_the_fallback),
        cmocka_unit_test(without_a_price),
        cmocka_unit_test(the_cache_is_free),
        FLOW_TEST(the_cheapest_goes_first),
        FLOW_TEST(without_prices_the_order_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
