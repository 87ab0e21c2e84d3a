/* Several keys of one provider: turns, keys that are refused, keys that cool down. The server tells whose key came. */
#include "support_pair.h"

#define KEYS 3

static const char *const NAMES[KEYS] = {"sk-flow-key-number-0", "sk-flow-key-number-1", "sk-flow-key-number-2"};
static const char *const QUOTA = "{\"error\":{\"message\":\"You exceeded your current quota.\","
                                 "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}";

static void open_keys(flow *f, const llmc_client_options *options) {
    llmc_client_options plain = resil_options();
    flow_open(f, options ? options : &plain);
    pair_set_provider(f->client, "openai", NULL, f, NAMES, KEYS);
}

static size_t key_of(flow *f, size_t request) {
    const char *sent = llmc_mock_request_header(f->mock, request, "authorization");
    assert_int_equal(strncmp(sent, "Bearer ", 7), 0);
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(sent + 7, NAMES[i]) == 0)
            return i;
    fail_msg("request %zu has the key \"%s\"", request, sent);
    return KEYS;
}

static void ask_ok(flow *f, int times) {
    for (int i = 0; i < times; i++)
        llmc_response_free(resil_ask(f, RESIL_SYNC, LLMC_OK, NULL));
}

static void turns_are_even(void **state) {
    size_t used[KEYS] = {0};
    flow f;
    (void)state;
    open_keys(&f, NULL);
    for (int way = 0; way < RESIL_WAYS; way++)
        for (int i = 0; i < 6; i++) {
            llmc_response *response = resil_ask(&f, (resil_way)way, LLMC_OK, NULL);
            size_t key = key_of(&f, llmc_mock_request_count(f.mock) - 1);
            assert_int_equal(resil_attempt(response, 0).key_index, key);
            used[key]++;
            llmc_response_free(response);
        }
    for (size_t i = 0; i < KEYS; i++)
        assert_int_equal(used[i], RESIL_WAYS * 6 / KEYS);
    flow_close(&f);
}

static void take_turn(size_t number, void *ctx) {
    (void)number;
    for (int i = 0; i < 30; i++) {
        llmc_response *response = NULL;
        (void)llmc_ask(ctx, FLOW_MODEL, "one", &response);
        llmc_response_free(response);
    }
}

static void turns_are_even_among_threads(void **state) {
    size_t used[KEYS] = {0};
    flow f;
    (void)state;
    open_keys(&f, NULL);
    flow_run_threads(8, take_turn, f.client);
    for (size_t i = 0; i < llmc_mock_request_count(f.mock); i++)
        used[key_of(&f, i)]++;
    for (size_t i = 0; i < KEYS; i++)
        assert_int_equal(used[i], 8 * 30 / KEYS);
    flow_close(&f);
}

typedef struct refused {
    int http;
    const char *body;
    llmc_status status;
} refused;

static const refused REFUSED[] = {
    {401, NULL, LLMC_ERR_AUTH}, {403, NULL, LLMC_ERR_PERMISSION}, {429, "", LLMC_ERR_QUOTA_EXHAUSTED}};

static llmc_mock_script refusal_of(const refused *row) {
    llmc_mock_script script = resil_refusal(row->http, NULL);
    script.body = row->body ? QUOTA : NULL;
    return script;
}

static void a_refused_key_is_taken_out(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        llmc_client_options options = resil_options();
        llmc_response *response;
        size_t bad;
        flow f;
        options.retry_budget_percent = 0; /* another key is no retry that the budget should pay */
        options.retry_budget_reserve = 1;
        open_keys(&f, &options);
        flow_push(&f, refusal_of(&REFUSED[i]));
        response = resil_ask(&f, RESIL_SYNC, LLMC_OK, NULL);
        pair_assert_attempt(response, 0, "openai", REFUSED[i].status, LLMC_NEXT_TARGET);
        pair_assert_attempt(response, 1, "openai", LLMC_OK, LLMC_NEXT_ANSWER);
        assert_int_equal(resil_attempt(response, 0).next_delay_ms, 0);
        bad = key_of(&f, 0);
        assert_int_equal(resil_attempt(response, 0).key_index, bad);
        assert_int_not_equal(key_of(&f, 1), bad);
        ask_ok(&f, 12);
        assert_int_equal(llmc_mock_request_count(f.mock), 14);
        for (size_t r = 1; r < 14; r++)
            assert_int_not_equal(key_of(&f, r), bad);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void all_keys_out_is_said_clearly(void **state) {
    llmc_response *response;
    flow f;
    (void)state;
    open_keys(&f, NULL);
    flow_default(&f, resil_refusal(401, NULL));
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_AUTH, NULL);
    assert_int_equal(llmc_response_attempt_count(response), KEYS);
    resil_assert_requests(&f, KEYS);
    llmc_response_free(response);
    flow_default(&f, flow_script());
    response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_AUTH, NULL); /* not even asked */
    assert_int_equal(llmc_response_attempt_count(response), 0);
    assert_non_null(strstr(llmc_response_error_message(response), "every key"));
    assert_non_null(strstr(llmc_response_error_message(response), "openai"));
    assert_false(llmc_error_retryable(llmc_response_error(response)));
    resil_assert_requests(&f, KEYS);
    llmc_response_free(response);

    llmc_client_reset_circuit_breakers(f.client);
    ask_ok(&f, KEYS);
    resil_assert_requests(&f, 2 * KEYS);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

static void new_settings_let_keys_in(void **state) {
    flow f;
    (void)state;
    open_keys(&f, NULL);
    flow_default(&f, resil_refusal(401, NULL));
    llmc_response_free(resil_ask(&f, RESIL_SYNC, LLMC_ERR_AUTH, NULL));
    flow_default(&f, flow_script());
    pair_set_provider(f.client, "openai", NULL, &f, NAMES, KEYS);
    ask_ok(&f, 1);
    resil_assert_requests(&f, KEYS + 1);
    flow_close(&f);
}

/* There is nothing else to use: its own words are the answer, each time. */
static void a_single_key_stays(void **state) {
    llmc_client_options options = resil_options();
    flow f;
    (void)state;
    flow_open(&f, &options);
    flow_push(&f, resil_refusal(401, NULL));
    flow_push(&f, resil_refusal(401, NULL));
    for (int i = 0; i < 2; i++) {
        llmc_response *response = resil_ask(&f, RESIL_SYNC, LLMC_ERR_AUTH, NULL);
        assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 401);
        llmc_response_free(response);
    }
    ask_ok(&f, 1);
    resil_assert_requests(&f, 3);
    flow_close(&f);
}

/* 429 with a hint: the next key at once, and no other call uses the cooling one. */
static void a_limited_key_cools(void **state) {
    llmc_response *response;
    size_t cooling;
    flow f;
    (void)state;
    open_keys(&f, NULL);
    flow_push(&f, resil_refusal(429, "retry-after: 60\r\n"));
    response = resil_ask(&f, RESIL_SYNC, LLMC_OK, NULL);
    pair_assert_attempt(response, 0, "openai", LLMC_ERR_RATE_LIMITED, LLMC_NEXT_TARGET);
    assert_int_equal(resil_attempt(response, 0).next_delay_ms, 0);
    cooling = key_of(&f, 0);
    ask_ok(&f, 12);
    for (size_t r = 1; r < 14; r++)
        assert_int_not_equal(key_of(&f, r), cooling);
    resil_assert_requests(&f, 14);
    llmc_response_free(response);
    flow_close(&f);
}

/* What is wrong with the request is wrong with any key. */
static void a_bad_request_is_sent_once(void **state) {
    flow f;
    (void)state;
    open_keys(&f, NULL);
    flow_default(&f, resil_refusal(400, NULL));
    llmc_response_free(resil_ask(&f, RESIL_SYNC, LLMC_ERR_BAD_REQUEST, NULL));
    resil_assert_requests(&f, 1);
    flow_close(&f);
}

static void breakers_can_be_of_keys(void **state) {
    llmc_client_options options = resil_options();
    llmc_breaker_info info;
    char name[32];
    size_t bad;
    flow f;
    (void)state;
    options.breaker_failures = 1;
    options.breaker_scope = LLMC_BREAKER_PER_KEY;
    open_keys(&f, &options);
    flow_push(&f, resil_refusal(500, NULL));
    ask_ok(&f, 10);
    bad = key_of(&f, 0);
    for (size_t r = 1; r < llmc_mock_request_count(f.mock); r++)
        assert_int_not_equal(key_of(&f, r), bad);
    resil_assert_requests(&f, 11);
    (void)snprintf(name, sizeof name, "openai#%zu", bad + 1);
    assert_true(llmc_client_breaker(f.client, name, &info));
    assert_int_equal(info.state, LLMC_BREAKER_OPEN);
    flow_close(&f);
}

/* Keys of the first, then the second provider. */
static void all_keys_then_the_next_provider(void **state) {
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    pair_set_provider(p.client, "openai", NULL, &p.first, NAMES, KEYS);
    flow_default(&p.first, resil_refusal(403, NULL));
    response = pair_ask(&p, RESIL_PULL, LLMC_OK, NULL);
    pair_assert_answer(response, "backup", "one two three");
    assert_int_equal(llmc_response_attempt_count(response), KEYS + 1);
    pair_assert_requests(&p, KEYS, 1);
    llmc_response_free(response);
    llmc_response_free(pair_ask(&p, RESIL_SYNC, LLMC_OK, NULL));
    pair_assert_requests(&p, KEYS, 2);
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_even),
        cmocka_unit_test(turns_are_even_among_threads),
        cmocka_unit_test(a_refused_key_is_taken_out),
        cmocka_unit_test(all_keys_out_is_said_clearly),
        cmocka_unit_test(new_settings_let_keys_in),
        cmocka_unit_test(a_single_key_stays),
        cmocka_unit_test(a_limited_key_cools),
        cmocka_unit_test(a_bad_request_is_sent_once),
        cmocka_unit_test(breakers_can_be_of_keys),
        cmocka_unit_test(all_keys_then_the_next_provider),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
