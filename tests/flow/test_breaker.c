/* The circuit breaker, as the server sees it: what it never gets to see counts. */
#include <stdatomic.h>
#include "support_pair.h"

#define OPEN_MS 200

static llmc_client_options breaking(void) {
    llmc_client_options options = resil_options();
    options.max_retries = -1;
    options.breaker_failures = 5;
    options.breaker_open_ms = FLOW_FOREVER_MS;
    return options;
}

static void fail_times(flow *f, int status, int times) {
    llmc_mock_script refusal = resil_refusal(status, NULL);
    llmc_response *response;
    refusal.repeat = (uint32_t)times;
    flow_push(f, refusal);
    for (int i = 0; i < times; i++) {
        llmc_request *request = flow_request("one");
        assert_true(llmc_execute(f->client, request, &response) < 0);
        assert_int_not_equal(llmc_response_status(response), LLMC_ERR_BREAKER_OPEN);
        llmc_response_free(response);
        llmc_request_free(request);
    }
}

static llmc_breaker_info info_of(flow *f, const char *name) {
    llmc_breaker_info info;
    assert_true(llmc_client_breaker(f->client, name, &info));
    return info;
}

static void opens_after_failures(void **state) {
    llmc_client_options options = breaking();
    llmc_response *response;
    flow f;
    (void)state;
    flow_open(&f, &options);
    fail_times(&f, 500, 4);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    assert_int_equal(info_of(&f, "openai").failures, 4);
    fail_times(&f, 500, 1);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_OPEN);
    assert_in_range(info_of(&f, "openai").retry_in_ms, FLOW_FOREVER_MS - 20000, FLOW_FOREVER_MS);
    response = flow_ask(&f, "one", LLMC_ERR_BREAKER_OPEN);
    assert_non_null(strstr(llmc_response_error_message(response), "openai"));
    assert_in_range(llmc_error_retry_after_ms(llmc_response_error(response)), FLOW_FOREVER_MS - 20000,
                    FLOW_FOREVER_MS + 1);
    assert_true(llmc_error_retryable(llmc_response_error(response)));
    assert_int_equal(llmc_response_attempt_count(response), 0);
    llmc_response_free(response);
    resil_assert_requests(&f, 5);
    assert_int_equal(flow_client_stats(&f).breaker_refusals, 1);
    flow_close(&f);
}

static void every_way_is_refused(void **state) {
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    flow_open(&f, &options);
    fail_times(&f, 503, 5);
    for (int way = 0; way < RESIL_WAYS; way++)
        llmc_response_free(resil_ask(&f, (resil_way)way, LLMC_ERR_BREAKER_OPEN, NULL));
    resil_assert_requests(&f, 5);
    flow_close(&f);
}

static void resets_on_success(void **state) {
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    flow_open(&f, &options);
    for (int i = 0; i < 3; i++) {
        fail_times(&f, 500, 4);
        llmc_response_free(flow_ask(&f, "one", LLMC_OK));
        assert_int_equal(info_of(&f, "openai").failures, 0);
    }
    flow_close(&f);
}

static void manual_reset(void **state) {
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    llmc_client_reset_circuit_breakers(f.client);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    llmc_client_reset_circuit_breakers(NULL);
    flow_close(&f);
}

static void others_are_neutral(void **state) {
    const int statuses[] = {400, 401, 403, 404, 422, 429};
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    flow_open(&f, &options);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        fail_times(&f, statuses[i], 6);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    fail_times(&f, 500, 4);
    fail_times(&f, 429, 1); /* neither counted nor taken for a success */
    fail_times(&f, 500, 1);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_OPEN);
    flow_close(&f);
}

static void broken_answers_count(void **state) {
    llmc_client_options options = breaking();
    llmc_mock_script cut = flow_script();
    flow f;
    (void)state;
    flow_open(&f, &options);
    cut.no_done = true;
    cut.repeat = 5;
    flow_push(&f, cut);
    for (int i = 0; i < 5; i++)
        llmc_response_free(resil_ask(&f, RESIL_EVENTS, LLMC_ERR_INCOMPLETE, NULL));
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_OPEN);
    flow_close(&f);
}

/* ---- half-open ---- */

static bool is_half_open(void *ctx) {
    llmc_breaker_info info;
    return llmc_client_breaker(((flow *)ctx)->client, "openai", &info) && info.state == LLMC_BREAKER_HALF_OPEN;
}

typedef struct crowd {
    flow *f;
    atomic_uint ok, refused, other;
} crowd;

static void ask_in_thread(size_t number, void *ctx) {
    crowd *c = ctx;
    llmc_response *response = NULL;
    llmc_status status = llmc_ask(c->f->client, FLOW_MODEL, "one", &response);
    (void)number;
    atomic_fetch_add(status == LLMC_OK ? &c->ok : status == LLMC_ERR_BREAKER_OPEN ? &c->refused : &c->other, 1);
    llmc_response_free(response);
}

#define CROWD 100

/* All ask at once; the one that goes is slow, so that the others meet it there. */
static void half_open_lets_one_through(void **state) {
    llmc_client_options options = breaking();
    crowd c = {0};
    flow f;
    (void)state;
    options.breaker_open_ms = OPEN_MS;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    assert_true(flow_until(is_half_open, &f));
    flow_default(&f, flow_slow(1500));
    c.f = &f;
    flow_run_threads(CROWD, ask_in_thread, &c);
    assert_int_equal(atomic_load(&c.ok), 1);
    assert_int_equal(atomic_load(&c.refused), CROWD - 1);
    assert_int_equal(flow_mock_stats(&f).requests, 6);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    flow_close(&f);
}

static void failed_probe_opens_again(void **state) {
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    options.breaker_open_ms = OPEN_MS;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    assert_true(flow_until(is_half_open, &f));
    fail_times(&f, 500, 1);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_OPEN);
    llmc_response_free(flow_ask(&f, "one", LLMC_ERR_BREAKER_OPEN));
    assert_true(flow_until(is_half_open, &f));
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    resil_assert_requests(&f, 7);
    flow_close(&f);
}

/* What tells nothing gives the probe's place back at once. */
static void cancelled_probe_frees_the_place(void **state) {
    llmc_client_options options = breaking();
    llmc_request *request = flow_request("one");
    llmc_call *call = NULL;
    flow f;
    (void)state;
    options.breaker_open_ms = OPEN_MS;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    assert_true(flow_until(is_half_open, &f));
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &call), LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 6, FLOW_DEADLINE_MS));
    llmc_response_free(flow_ask(&f, "one", LLMC_ERR_BREAKER_OPEN));
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_ERR_CANCELLED);
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    llmc_call_unref(call);
    llmc_request_free(request);
    flow_close(&f);
}

/* A long answer that has begun shows that the provider is back: others need not wait for its end. */
static void content_of_a_probe_closes(void **state) {
    llmc_client_options options = breaking();
    llmc_mock_script endless = flow_script();
    llmc_request *request = flow_request("one");
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    flow f;
    (void)state;
    options.breaker_open_ms = OPEN_MS;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    assert_true(flow_until(is_half_open, &f));
    endless.text = "a b";
    endless.chunk_delay_ms = 1000;
    flow_push(&f, endless);
    assert_int_equal(llmc_execute_stream(f.client, request, &stream), LLMC_OK);
    do {
        assert_int_equal(llmc_stream_next(stream, &event), LLMC_OK);
    } while (llmc_event_type(event) != LLMC_EVENT_TEXT);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    llmc_stream_free(stream);
    llmc_request_free(request);
    flow_close(&f);
}

/* ---- scope, ratio, callback ---- */

static void ask_model(flow *f, const char *model, llmc_status expected) {
    llmc_response *response = NULL;
    assert_int_equal(llmc_ask(f->client, model, "one", &response), expected);
    llmc_response_free(response);
}

static void one_for_each_model(void **state) {
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    options.breaker_scope = LLMC_BREAKER_PER_MODEL;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    ask_model(&f, FLOW_MODEL, LLMC_ERR_BREAKER_OPEN);
    ask_model(&f, "openai/another", LLMC_OK);
    assert_int_equal(info_of(&f, FLOW_MODEL).state, LLMC_BREAKER_OPEN);
    assert_int_equal(info_of(&f, "openai/another").state, LLMC_BREAKER_CLOSED);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED);
    flow_close(&f);
}

static void one_for_each_key(void **state) {
    static const char *const keys[] = {"key-one-1", "key-two-2"};
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    options.breaker_scope = LLMC_BREAKER_PER_KEY;
    options.breaker_failures = 1;
    flow_open(&f, &options);
    pair_set_provider(f.client, "openai", NULL, &f, keys, 2);
    flow_push(&f, resil_refusal(500, NULL));
    llmc_response_free(flow_ask(&f, "one", LLMC_OK)); /* by the second key */
    assert_int_equal(info_of(&f, "openai#1").state, LLMC_BREAKER_OPEN);
    assert_int_equal(info_of(&f, "openai#2").state, LLMC_BREAKER_CLOSED);
    flow_close(&f);
}

static void providers_do_not_share(void **state) {
    llmc_client_options options = breaking();
    pair p;
    (void)state;
    pair_open(&p, &options);
    fail_times(&p.first, 500, 5);
    ask_model(&p.first, FLOW_MODEL, LLMC_ERR_BREAKER_OPEN);
    ask_model(&p.first, PAIR_SECOND, LLMC_OK);
    pair_close(&p);
}

static void by_ratio(void **state) {
    llmc_client_options options = breaking();
    flow f;
    (void)state;
    options.breaker_failures = -1;
    options.breaker_ratio_percent = 50;
    options.breaker_min_calls = 10;
    flow_open(&f, &options);
    for (int i = 0; i < 4; i++) {
        fail_times(&f, 500, 1);
        llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    }
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_CLOSED); /* 4 of 8: too few to judge by */
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    fail_times(&f, 500, 1);
    assert_int_equal(info_of(&f, "openai").state, LLMC_BREAKER_OPEN); /* 5 of 10 */
    flow_close(&f);
}

typedef struct changes {
    llmc__mutex lock;
    char text[256];
} changes;

static void note_change(const char *name, llmc_breaker_state from, llmc_breaker_state to, void *user_data) {
    changes *c = user_data;
    size_t len;
    llmc__mutex_lock(&c->lock);
    len = strlen(c->text);
    (void)snprintf(c->text + len, sizeof(c->text) - len, "%s:%d>%d ", name, (int)from, (int)to);
    llmc__mutex_unlock(&c->lock);
}

static void changes_are_told_in_order(void **state) {
    llmc_client_options options = breaking();
    changes c = {.text = ""};
    flow f;
    (void)state;
    assert_int_equal(llmc__mutex_init(&c.lock), LLMC_OK);
    options.breaker_open_ms = OPEN_MS;
    options.on_breaker = note_change;
    options.breaker_user_data = &c;
    flow_open(&f, &options);
    fail_times(&f, 500, 5);
    assert_true(flow_until(is_half_open, &f));
    llmc_response_free(flow_ask(&f, "one", LLMC_OK));
    fail_times(&f, 500, 5);
    llmc_client_reset_circuit_breakers(f.client);
    flow_close(&f);
    assert_string_equal(c.text, "openai:0>1 openai:1>2 openai:2>0 openai:0>1 openai:1>0 ");
    llmc__mutex_destroy(&c.lock);
}

static void unknown_names(void **state) {
    llmc_breaker_info info;
    flow f;
    (void)state;
    flow_open(&f, NULL);
    assert_false(llmc_client_breaker(f.client, "openai", &info)); /* not used yet */
    assert_int_equal(info.state, LLMC_BREAKER_CLOSED);
    assert_false(llmc_client_breaker(NULL, "openai", &info));
    assert_false(llmc_client_breaker(f.client, NULL, &info));
    assert_false(llmc_client_breaker(f.client, "openai", NULL));
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_failures),
        cmocka_unit_test(every_way_is_refused),
        cmocka_unit_test(resets_on_success),
        cmocka_unit_test(manual_reset),
        cmocka_unit_test(others_are_neutral),
        cmocka_unit_test(broken_answers_count),
        cmocka_unit_test(half_open_lets_one_through),
        cmocka_unit_test(failed_probe_opens_again),
        cmocka_unit_test(cancelled_probe_frees_the_place),
        cmocka_unit_test(content_of_a_probe_closes),
        cmocka_unit_test(one_for_each_model),
        cmocka_unit_test(one_for_each_key),
        cmocka_unit_test(providers_do_not_share),
        cmocka_unit_test(by_ratio),
        cmocka_unit_test(changes_are_told_in_order),
        cmocka_unit_test(unknown_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
