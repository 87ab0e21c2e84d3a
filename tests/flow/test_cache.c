/* The response cache: what is answered without the server, and what never is. */
#include <stdatomic.h>
#include "support_pair.h"

static llmc_client_options cached(void) {
    llmc_client_options options = resil_options();
    options.enable_cache = true;
    return options;
}

static llmc_cache_stats cache_stats(flow *f) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    assert_int_equal(llmc_client_cache_stats(f->client, &stats), LLMC_OK);
    return stats;
}

/* Asks, and says whether the cache answered. */
static bool hit(flow *f, const char *prompt) {
    llmc_response *response = flow_ask(f, prompt, LLMC_OK);
    bool from_cache = llmc_response_from_cache(response);
    assert_string_equal(llmc_response_output(response), prompt);
    llmc_response_free(response);
    return from_cache;
}

static bool hit_request(flow *f, llmc_request *request) {
    llmc_response *response = NULL;
    bool from_cache;
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    from_cache = llmc_response_from_cache(response);
    llmc_response_free(response);
    return from_cache;
}

/* ---- the original's ---- */

static void disabled_by_default(void **state) {
    flow f;
    (void)state;
    flow_open(&f, NULL);
    assert_false(hit(&f, "one"));
    assert_false(hit(&f, "one"));
    resil_assert_requests(&f, 2);
    assert_int_equal(cache_stats(&f).misses, 0);
    llmc_client_clear_cache(f.client);
    llmc_client_clear_cache(NULL);
    flow_close(&f);
}

static void hit_and_miss(void **state) {
    llmc_client_options options = cached();
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    assert_true(hit(&f, "one"));
    assert_false(hit(&f, "two"));
    assert_true(hit(&f, "one"));
    resil_assert_requests(&f, 2);
    assert_int_equal(cache_stats(&f).hits, 2);
    assert_int_equal(cache_stats(&f).misses, 2);
    assert_int_equal(cache_stats(&f).stored, 2);
    assert_int_equal(cache_stats(&f).entries, 2);
    assert_true(cache_stats(&f).bytes > 0);
    flow_close(&f);
}

static void clear(void **state) {
    llmc_client_options options = cached();
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    llmc_client_clear_cache(f.client);
    assert_int_equal(cache_stats(&f).entries, 0);
    assert_false(hit(&f, "one"));
    assert_true(hit(&f, "one"));
    flow_close(&f);
}

static bool expired(void *ctx) {
    return !hit(ctx, "one");
}

static bool expired_two(void *ctx) {
    return !hit(ctx, "two");
}

static void time_to_live(void **state) {
    llmc_client_options options = cached();
    flow f;
    int64_t began = flow_now_ms();
    (void)state;
    options.cache_ttl_s = 1;
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    assert_true(hit(&f, "one"));
    assert_true(flow_until(expired, &f));
    assert_true(flow_now_ms() - began >= 900);
    assert_true(flow_mock_stats(&f).requests >= 2); /* early refreshes may have been drawn, too */
    flow_close(&f);
}

/* The request's own time wins, and what was stored keeps the time it was stored with. */
static void time_of_one_request(void **state) {
    llmc_client_options options = cached();
    llmc_request *request = flow_request("one");
    flow f;
    (void)state;
    options.cache_ttl_s = 1;
    flow_open(&f, &options);
    assert_int_equal(llmc_request_set_cache_ttl_s(request, 3600), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_false(hit(&f, "two"));
    assert_true(flow_until(expired_two, &f)); /* the client's second is over */
    assert_true(hit_request(&f, request));
    llmc_request_free(request);
    flow_close(&f);
}

/* ---- every way to ask ---- */

static void every_way_fills_and_hits(void **state) {
    (void)state;
    for (int fill = 0; fill < RESIL_WAYS; fill++) {
        for (int use = 0; use < RESIL_WAYS; use++) {
            llmc_client_options options = cached();
            llmc_response *first, *second;
            resil_seen seen;
            flow f;
            flow_open(&f, &options);
            first = resil_ask(&f, (resil_way)fill, LLMC_OK, &seen);
            second = resil_ask(&f, (resil_way)use, LLMC_OK, &seen);
            assert_false(llmc_response_from_cache(first));
            assert_true(llmc_response_from_cache(second));
            assert_string_equal(llmc_response_output(second), llmc_response_output(first));
            assert_int_equal(llmc_response_tokens_in(second), llmc_response_tokens_in(first));
            assert_int_equal(llmc_response_tokens_out(second), llmc_response_tokens_out(first));
            assert_int_equal(llmc_response_finish_reason(second), LLMC_FINISH_STOP);
            assert_string_equal(llmc_response_provider(second), "openai");
            assert_int_equal(llmc_response_attempt_count(second), 0);
            assert_int_equal(llmc_response_latency_ms(second), 0);
            if (use == RESIL_EVENTS || use == RESIL_PULL) {
                assert_int_equal(seen.starts, 1);
                assert_int_equal(seen.finishes, 1);
                assert_string_equal(seen.text, llmc_response_output(first));
            }
            resil_assert_requests(&f, 1);
            flow_assert_balanced(f.client);
            llmc_response_free(first);
            llmc_response_free(second);
            flow_close(&f);
        }
    }
}

/* The final callback of a hit comes from the loop, too, and may ask again. */
static void callback_asks_again(llmc_call *call, llmc_response *response, void *user_data) {
    flow_tally *tally = user_data;
    (void)call;
    flow_tally_add(tally, llmc_response_from_cache(response) ? LLMC_OK : LLMC_ERR_SERVER);
}

static void hits_end_in_the_loop(void **state) {
    llmc_client_options options = cached();
    llmc_request *request = flow_request("one");
    flow_tally tally;
    flow f;
    (void)state;
    options.io_threads = 0; /* nothing may be called before the host drives the loop */
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    flow_tally_init(&tally);
    for (int i = 0; i < 50; i++)
        assert_int_equal(llmc_execute_async(f.client, request, callback_asks_again, &tally, NULL), LLMC_OK);
    assert_int_equal(flow_tally_done(&tally), 0);
    while (flow_tally_done(&tally) < 50)
        assert_int_equal(llmc_client_dispatch(f.client), LLMC_OK);
    assert_int_equal(tally.ok, 50);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    flow_close(&f);
}

static int one_event_is_enough(llmc_call *call, const llmc_event *event, void *user_data) {
    (void)call, (void)event;
    ++*(int *)user_data;
    return 1;
}

/* Who has had enough of a replay is told no more of it, and that the call was cancelled. */
static void replay_may_be_cancelled(void **state) {
    llmc_client_options options = cached();
    llmc_request *request = flow_request("one two three");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    int events = 0;
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_false(hit_request(&f, request));
    assert_int_equal(llmc_execute_stream_async(f.client, request, one_event_is_enough, NULL, &events, &call), LLMC_OK);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_ERR_CANCELLED);
    assert_int_equal(events, 1);
    assert_int_equal(llmc_response_status(response), LLMC_ERR_CANCELLED);
    assert_non_null(llmc_response_error(response));
    assert_true(*llmc_response_error_message(response) != '\0');
    flow_assert_balanced(f.client);
    assert_int_equal(flow_client_stats(&f).calls_cancelled, 1);
    assert_true(hit_request(&f, request)); /* the entry is as it was */
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_request_free(request);
    flow_close(&f);
}

static void tool_calls_and_reasoning_are_replayed(void **state) {
    const llmc_mock_tool_call tool = {"call_1", "look_up", "{\"word\":\"sky\"}"};
    llmc_client_options options = cached();
    llmc_mock_script script = flow_script();
    llmc_request *request = flow_request("one");
    llmc_stream *stream = NULL;
    const llmc_event *event;
    bool started = false, whole = false;
    flow f;
    (void)state;
    flow_open(&f, &options);
    script.tool_calls = &tool;
    script.tool_call_count = 1;
    script.reasoning = "thinking about it";
    flow_default(&f, script);
    assert_false(hit_request(&f, request));
    assert_int_equal(llmc_execute_stream(f.client, request, &stream), LLMC_OK);
    while (llmc_stream_next(stream, &event) == LLMC_OK) {
        if (llmc_event_type(event) == LLMC_EVENT_TOOL_CALL_START)
            started = strcmp(llmc_event_tool_name(event), "look_up") == 0;
        if (llmc_event_type(event) == LLMC_EVENT_TOOL_CALL_END)
            whole = strcmp(llmc_event_text(event), "{\"word\":\"sky\"}") == 0;
    }
    assert_true(started && whole);
    assert_true(llmc_response_from_cache(llmc_stream_response(stream)));
    assert_string_equal(llmc_response_reasoning(llmc_stream_response(stream)), "thinking about it");
    assert_int_equal(llmc_response_tool_call_count(llmc_stream_response(stream)), 1);
    resil_assert_requests(&f, 1);
    llmc_stream_free(stream);
    llmc_request_free(request);
    flow_close(&f);
}

/* What belongs to the one HTTP exchange is kept only when it is asked for; the request's id always. */
static void raw_body_and_headers_by_option(void **state) {
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        llmc_client_options options = cached();
        llmc_response *first, *second;
        llmc_mock_script script = flow_script();
        flow f;
        options.cache_keep_http = keep;
        flow_open(&f, &options);
        script.headers = "set-cookie: a=b\r\nx-other: 1\r\n";
        flow_default(&f, script);
        first = flow_ask(&f, "one", LLMC_OK);
        second = flow_ask(&f, "one", LLMC_OK);
        assert_true(llmc_response_from_cache(second));
        assert_string_equal(llmc_response_request_id(second), llmc_response_request_id(first));
        assert_true(llmc_response_request_id(second)[0] != '\0');
        assert_string_equal(llmc_response_raw_body(second, NULL), keep ? llmc_response_raw_body(first, NULL) : "");
        if (keep)
            assert_string_equal(llmc_response_header(second, "X-Other"), "1");
        else
            assert_null(llmc_response_header(second, "x-other"));
        assert_null(llmc_response_header(second, "set-cookie"));
        llmc_response_free(first);
        llmc_response_free(second);
        flow_close(&f);
    }
}

/* ---- what is never stored ---- */

static void twice(llmc_client_options options, llmc_mock_script script, llmc_status expected, bool stored) {
    llmc_request *request = flow_request("one");
    flow f;
    flow_open(&f, &options);
    flow_default(&f, script);
    for (int i = 0; i < 2; i++) {
        llmc_response *response = NULL;
        assert_int_equal(llmc_execute(f.client, request, &response), expected);
        assert_int_equal(llmc_response_from_cache(response), stored && i == 1);
        llmc_response_free(response);
    }
    assert_int_equal(flow_mock_stats(&f).requests, stored ? 1 : 2);
    llmc_request_free(request);
    flow_close(&f);
}

static void only_whole_good_answers_are_kept(void **state) {
    llmc_client_options options = cached();
    llmc_mock_script script;
    (void)state;
    options.max_retries = -1;
    twice(options, resil_refusal(400, NULL), LLMC_ERR_BAD_REQUEST, false);
    twice(options, resil_refusal(500, NULL), LLMC_ERR_SERVER, false);
    script = flow_answer("cut");
    script.finish_reason = "length";
    twice(options, script, LLMC_OK, false);
    options.cache_keep_length = true;
    twice(options, script, LLMC_OK, true);
    script.finish_reason = "content_filter";
    twice(options, script, LLMC_OK, false);
    script.finish_reason = "stop";
    twice(options, script, LLMC_OK, true);
}

static void broken_stream_is_not_kept(void **state) {
    llmc_client_options options = cached();
    llmc_mock_script script = flow_script();
    flow f;
    (void)state;
    flow_open(&f, &options);
    script.no_done = true;
    flow_push(&f, script);
    llmc_response_free(resil_ask(&f, RESIL_PULL, LLMC_ERR_INCOMPLETE, NULL));
    assert_int_equal(cache_stats(&f).stored, 0);
    flow_close(&f);
}

static void sampled_ones_by_option(void **state) {
    (void)state;
    for (int refuse = 0; refuse < 2; refuse++) {
        llmc_client_options options = cached();
        llmc_request *request = flow_request("one");
        flow f;
        options.cache_refuse_sampled = refuse;
        flow_open(&f, &options);
        assert_int_equal(llmc_request_set_temperature(request, 0.7), LLMC_OK);
        assert_false(hit_request(&f, request));
        assert_int_equal(hit_request(&f, request), !refuse);
        llmc_request_free(request);
        flow_close(&f);
    }
}

/* ---- modes, tenants, targets ---- */

static void modes(void **state) {
    llmc_client_options options = cached();
    llmc_request *request = flow_request("one");
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_int_equal(llmc_request_set_cache_mode(request, LLMC_CACHE_READ_ONLY), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_false(hit_request(&f, request)); /* it stored nothing */
    assert_int_equal(llmc_request_set_cache_mode(request, LLMC_CACHE_REFRESH), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_int_equal(llmc_request_set_cache_mode(request, LLMC_CACHE_READ_ONLY), LLMC_OK);
    assert_true(hit_request(&f, request)); /* the refresh did */
    assert_int_equal(llmc_request_set_cache_mode(request, LLMC_CACHE_BYPASS), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_int_equal(llmc_request_set_cache_mode(request, (llmc_cache_mode)9), LLMC_ERR_INVALID_ARGUMENT);
    resil_assert_requests(&f, 4);
    llmc_request_free(request);
    flow_close(&f);
}

static void tenants_and_keys_do_not_share(void **state) {
    llmc_client_options options = cached();
    llmc_provider_options provider;
    llmc_request *request = flow_request("one");
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_int_equal(llmc_request_set_tenant(request, "a"), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_true(hit_request(&f, request));
    assert_int_equal(llmc_request_set_tenant(request, "b"), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_int_equal(llmc_request_set_tenant(request, NULL), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_true(hit_request(&f, request));
    provider = flow_provider(llmc_mock_base_url(f.mock));
    provider.api_key = "another-key";
    assert_int_equal(llmc_client_set_provider(f.client, "openai", &provider), LLMC_OK);
    assert_false(hit_request(&f, request));
    llmc_request_free(request);
    flow_close(&f);
}

static bool hit_with(flow *f, llmc_request *request, const llmc_provider_options *provider) {
    assert_int_equal(llmc_client_set_provider(f->client, "openai", provider), LLMC_OK);
    return hit_request(f, request);
}

/* The same settings again, and those that no answer depends on, keep what is cached. */
static void settings_of_a_provider(void **state) {
    static const llmc_header header = {"X-Team", "blue"};
    llmc_client_options options = cached();
    llmc_request *request = flow_request("one");
    llmc_provider_options provider;
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_false(hit_request(&f, request));
    provider = flow_provider(llmc_mock_base_url(f.mock));
    assert_true(hit_with(&f, request, &provider));
    provider.requests_per_minute = 60000;
    assert_true(hit_with(&f, request, &provider));
    provider.organization = "org";
    assert_false(hit_with(&f, request, &provider));
    assert_true(hit_with(&f, request, &provider));
    provider.project = "project";
    assert_false(hit_with(&f, request, &provider));
    provider.headers = &header;
    provider.header_count = 1;
    assert_false(hit_with(&f, request, &provider));
    assert_true(hit_with(&f, request, &provider));
    llmc_request_free(request);
    flow_close(&f);
}

/* What a route stands for is not in the key: its answers go when it or a provider changes. */
static void routes(void **state) {
    const llmc_route_target target = {"openai/mock-1", 1};
    llmc_client_options options = cached();
    llmc_request *request = NULL;
    llmc_provider_options provider;
    flow f;
    (void)state;
    flow_open(&f, &options);
    assert_int_equal(llmc_client_set_route(f.client, "smart", LLMC_ROUTE_IN_ORDER, &target, 1), LLMC_OK);
    assert_int_equal(llmc_request_new("smart", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one"), LLMC_OK);
    assert_false(hit_request(&f, request));
    assert_true(hit_request(&f, request));
    provider = flow_provider(llmc_mock_base_url(f.mock));
    provider.api_key = "another-key";
    assert_false(hit_with(&f, request, &provider));
    assert_true(hit_request(&f, request));
    assert_int_equal(llmc_client_set_route(f.client, "smart", LLMC_ROUTE_BY_WEIGHT, &target, 1), LLMC_OK);
    assert_false(hit_request(&f, request));
    llmc_request_free(request);
    flow_close(&f);
}

/* The first target's answer is what was asked for: a fallback's is not kept in its place. */
static void fallbacks_answer_is_not_kept(void **state) {
    llmc_client_options options = cached();
    pair p;
    (void)state;
    pair_open(&p, &options);
    flow_push(&p.first, resil_refusal(500, NULL));
    llmc_response *response = pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL);
    assert_string_equal(llmc_response_provider(response), "backup");
    llmc_response_free(response);
    response = pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL);
    assert_string_equal(llmc_response_provider(response), "openai");
    assert_false(llmc_response_from_cache(response));
    llmc_response_free(response);
    pair_close(&p);
}

static void bytes_are_bounded(void **state) {
    llmc_client_options options = cached();
    char prompt[32];
    flow f;
    (void)state;
    options.cache_max_bytes = (size_t)64 << 10;
    flow_open(&f, &options);
    llmc_mock_set_recording(f.mock, false);
    for (int i = 0; i < 400; i++) {
        (void)snprintf(prompt, sizeof prompt, "number %d", i);
        (void)hit(&f, prompt);
        assert_true(cache_stats(&f).bytes <= options.cache_max_bytes);
    }
    assert_true(cache_stats(&f).evicted > 0);
    flow_close(&f);
}

/* ---- freshness ---- */

static bool was_refreshed(void *ctx) {
    return flow_mock_stats(ctx).requests >= 2;
}

static bool is_stale(void *ctx) {
    (void)hit(ctx, "one");
    return cache_stats(ctx).stale_hits > 0;
}

static void stale_while_revalidate(void **state) {
    llmc_client_options options = cached();
    flow f;
    (void)state;
    options.cache_ttl_s = 1;
    options.cache_stale_s = 30;
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    assert_true(flow_until(is_stale, &f)); /* every one of these was a hit, the last of them past its time */
    assert_true(flow_until(was_refreshed, &f));
    assert_true(flow_mock_stats(&f).requests >= 2); /* early refreshes may have been drawn, too */
    assert_true(hit(&f, "one"));
    flow_close(&f);
}

static bool is_stale_to_reader(void *ctx) {
    llmc_request *request = flow_request("one");
    assert_int_equal(llmc_request_set_cache_mode(request, LLMC_CACHE_READ_ONLY), LLMC_OK);
    assert_true(hit_request(ctx, request));
    llmc_request_free(request);
    return cache_stats(ctx).stale_hits > 10;
}

/* Who stores nothing fetches nothing anew either, and leaves it to the next one that may. */
static void readers_do_not_refresh(void **state) {
    llmc_client_options options = cached();
    flow f;
    (void)state;
    options.cache_ttl_s = 1;
    options.cache_stale_s = 30;
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    assert_true(flow_until(is_stale_to_reader, &f));
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    assert_true(hit(&f, "one"));
    assert_true(flow_until(was_refreshed, &f));
    flow_close(&f);
}

static bool fails_over(void *ctx) {
    (void)hit(ctx, "one");
    return cache_stats(ctx).error_hits > 0;
}

static void stale_if_error(void **state) {
    llmc_client_options options = cached();
    flow f;
    (void)state;
    options.cache_ttl_s = 1;
    options.cache_error_s = 30;
    options.max_retries = -1;
    flow_open(&f, &options);
    assert_false(hit(&f, "one"));
    flow_default(&f, resil_refusal(500, NULL));
    assert_true(flow_until(fails_over, &f)); /* and never an error */
    llmc_response *response = flow_ask(&f, "one", LLMC_OK);
    assert_true(llmc_response_from_cache(response));
    assert_int_equal(llmc_response_attempt_count(response), 1); /* what went wrong is still told */
    assert_int_equal(resil_attempt(response, 0).status, LLMC_ERR_SERVER);
    llmc_response_free(response);
    flow_default(&f, resil_refusal(400, NULL)); /* the caller's own mistake is not covered up */
    llmc_response_free(flow_ask(&f, "one", LLMC_ERR_BAD_REQUEST));
    flow_close(&f);
}

/*
 * A call that follows the flight of another keeps its own claim to the old answer: here the other one refreshes, with
 * no look at the cache, and fails.
 */
static void followers_fall_back_too(void **state) {
    llmc_client_options options = cached();
    llmc_request *request = flow_request("one"), *fresh = flow_request("one");
    llmc_response *response = NULL;
    llmc_call *call = NULL, *other = NULL;
    llmc_mock_script slow = resil_refusal(500, NULL);
    flow f;
    (void)state;
    options.cache_ttl_s = 1;
    options.cache_error_s = 30;
    options.max_retries = -1;
    flow_open(&f, &options);
    assert_false(hit_request(&f, request));
    flow_default(&f, resil_refusal(500, NULL));
    assert_true(flow_until(fails_over, &f)); /* its time is over */
    slow.delay_ms = 100;
    flow_default(&f, slow);
    assert_int_equal(llmc_request_set_cache_mode(fresh, LLMC_CACHE_REFRESH), LLMC_OK);
    assert_int_equal(llmc_execute_async(f.client, fresh, NULL, NULL, &other), LLMC_OK);
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &call), LLMC_OK);
    assert_int_equal(llmc_call_wait(other, NULL), LLMC_ERR_SERVER);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_true(llmc_response_from_cache(response));
    assert_string_equal(llmc_response_output(response), "one");
    flow_assert_balanced(f.client);
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_call_unref(other);
    llmc_request_free(request);
    llmc_request_free(fresh);
    flow_close(&f);
}

/* ---- a thousand threads miss together ---- */

static void ask_quietly(size_t number, void *ctx) {
    flow *f = ctx;
    llmc_response *response = NULL;
    (void)number;
    (void)llmc_ask(f->client, FLOW_MODEL, "the same for all", &response);
    llmc_response_free(response);
}

static void a_thousand_threads_make_one_request(void **state) {
    llmc_client_options options = cached();
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_default(&f, flow_slow(1500)); /* longer than it takes to start them */
    flow_run_threads(1000, ask_quietly, &f);
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    flow_assert_balanced(f.client);
    assert_int_equal(flow_client_stats(&f).calls_failed, 0);
    flow_close(&f);
}

/* What was saved is told apart from what was spent. */
static void saved_tokens_are_counted(void **state) {
    llmc_client_options options = cached();
    llmc_mock_script script = flow_script();
    flow f;
    (void)state;
    flow_open(&f, &options);
    script.tokens_in = 100;
    script.tokens_out = 10;
    flow_default(&f, script);
    for (int i = 0; i < 4; i++)
        (void)hit(&f, "one");
    assert_int_equal(flow_client_stats(&f).tokens_in, 100);
    assert_int_equal(flow_client_stats(&f).tokens_out, 10);
    assert_int_equal(cache_stats(&f).saved_tokens_in, 300);
    assert_int_equal(cache_stats(&f).saved_tokens_out, 30);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disabled_by_default),
        cmocka_unit_test(hit_and_miss),
        cmocka_unit_test(clear),
        cmocka_unit_test(time_to_live),
        cmocka_unit_test(time_of_one_request),
        cmocka_unit_test(every_way_fills_and_hits),
        cmocka_unit_test(hits_end_in_the_loop),
        cmocka_unit_test(replay_may_be_cancelled),
        cmocka_unit_test(tool_calls_and_reasoning_are_replayed),
        cmocka_unit_test(raw_body_and_headers_by_option),
        cmocka_unit_test(only_whole_good_answers_are_kept),
        cmocka_unit_test(broken_stream_is_not_kept),
        cmocka_unit_test(sampled_ones_by_option),
        cmocka_unit_test(modes),
        cmocka_unit_test(tenants_and_keys_do_not_share),
        cmocka_unit_test(settings_of_a_provider),
        cmocka_unit_test(routes),
        cmocka_unit_test(fallbacks_answer_is_not_kept),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(stale_while_revalidate),
        cmocka_unit_test(readers_do_not_refresh),
        cmocka_unit_test(stale_if_error),
        cmocka_unit_test(followers_fall_back_too),
        cmocka_unit_test(a_thousand_threads_make_one_request),
        cmocka_unit_test(saved_tokens_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
