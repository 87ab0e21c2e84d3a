/* Token counts through the whole library: by the provider where it counts, else the estimate, told as one. */
#include "support_providers.h"

static const char *const all[] = {"openai", "anthropic", "gemini", "vertex_ai", "mistral", "bedrock", "cohere", NULL};

static int point(void **state) {
    if (flow_setup(state) != 0)
        return -1;
    providers_point(*state, all);
    return 0;
}

#define COUNT_TEST(name) cmocka_unit_test_setup_teardown(name, point, flow_teardown)

static llmc_request *ask_of(const char *model) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "How many words are these?"), LLMC_OK);
    return request;
}

static llmc_response *count(flow *f, const llmc_request *request, llmc_status expected) {
    llmc_response *response = NULL;
    llmc_status status = llmc_count_tokens(f->client, request, &response);
    if (status != expected)
        fail_msg("%s: %s", llmc_status_name(status), llmc_response_error_message(response));
    return response;
}

static void the_provider_counts(void **state) {
    static const struct {
        const char *model, *path;
    } rows[] = {
        {"anthropic/claude-sonnet-4-5", "/v1/messages/count_tokens"},
        {"gemini/gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:countTokens"},
        {"vertex_ai/gemini-2.5-flash",
         "/v1/projects/flow-project/locations/eu-west-1/publishers/google/models/gemini-2.5-flash:countTokens"},
        {"vertex_ai/claude-sonnet-4-5",
         "/v1/projects/flow-project/locations/eu-west-1/publishers/anthropic/models/count-tokens:rawPredict"},
    };
    flow *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_request *request = ask_of(rows[i].model);
        llmc_response *response = count(f, request, LLMC_OK);
        llmc_mock_request seen;
        assert_int_equal(llmc_response_token_count(response), 5);
        assert_false(llmc_response_token_count_estimated(response));
        assert_int_equal(llmc_response_tokens_in(response), -1);
        assert_string_equal(llmc_response_output(response), "");
        assert_true(llmc_mock_request_at(f->mock, i, &seen));
        assert_string_equal(seen.method, "POST");
        assert_string_equal(seen.path, rows[i].path);
        llmc_response_free(response);
        llmc_request_free(request);
    }
    assert_int_equal(flow_client_stats(f).tokens_in, 0);
    flow_assert_balanced(f->client);
}

static void elsewhere_it_is_estimated(void **state) {
    static const struct {
        const char *model, *provider, *name;
    } rows[] = {
        {"openai/gpt-4.1", "openai", "gpt-4.1"},
        {"mistral/mistral-small-latest", "mistral", "mistral-small-latest"},
        {"bedrock/anthropic.claude-sonnet-4-5-v1:0", "bedrock", "anthropic.claude-sonnet-4-5-v1:0"},
        {"cohere/command-a", "cohere", "command-a"},
    };
    flow *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_request *request = ask_of(rows[i].model);
        llmc_response *response = count(f, request, LLMC_OK);
        assert_int_equal(llmc_response_token_count(response), llmc_request_estimate_tokens(request));
        assert_int_equal(llmc_response_token_count(response), 3 + 4 + 7);
        assert_true(llmc_response_token_count_estimated(response));
        assert_string_equal(llmc_response_provider(response), rows[i].provider);
        assert_string_equal(llmc_response_model(response), rows[i].name);
        assert_int_equal(llmc_response_attempt_count(response), 0);
        llmc_response_free(response);
        llmc_request_free(request);
    }
    assert_int_equal(flow_mock_stats(f).requests, 0);
    flow_assert_balanced(f->client);
}

/* The count of one model is none of another's. */
static void fallbacks_are_not_asked(void **state) {
    flow *f = *state;
    llmc_request *request = ask_of("anthropic/claude-sonnet-4-5");
    llmc_mock_script script = flow_script();
    llmc_response *response;
    assert_int_equal(llmc_request_add_fallback(request, "gemini/gemini-2.5-flash"), LLMC_OK);
    script.status = 500;
    flow_push(f, script);
    response = count(f, request, LLMC_ERR_SERVER);
    assert_int_equal(llmc_response_token_count(response), -1);
    llmc_response_free(response);
    assert_int_equal(flow_mock_stats(f).requests, 1);
    /* The request is as it was. */
    script = flow_script();
    script.status = 500;
    flow_push(f, script);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "gemini");
    assert_int_equal(llmc_response_token_count(response), -1);
    llmc_response_free(response);
    llmc_request_free(request);
}

static void a_route_is_its_first_target(void **state) {
    static const llmc_route_target targets[] = {{"openai/gpt-4.1", 1}, {"anthropic/claude-sonnet-4-5", 1}};
    flow *f = *state;
    llmc_request *request = ask_of("smart");
    llmc_response *response;
    assert_int_equal(llmc_client_set_route(f->client, "smart", LLMC_ROUTE_IN_ORDER, targets, 2), LLMC_OK);
    response = count(f, request, LLMC_OK);
    assert_true(llmc_response_token_count_estimated(response));
    assert_string_equal(llmc_response_model(response), "gpt-4.1");
    llmc_response_free(response);
    llmc_request_free(request);
}

static void bad_bodies(void **state) {
    static const char *const bodies[] = {"{}", "{\"input_tokens\":\"5\"}", "{\"input_tokens\":-5}", "5", "nothing"};
    flow *f = *state;
    llmc_request *request = ask_of("anthropic/claude-sonnet-4-5");
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        llmc_mock_script script = flow_script();
        llmc_response *response;
        script.body = bodies[i];
        flow_push(f, script);
        response = count(f, request, LLMC_ERR_BAD_RESPONSE);
        assert_int_equal(llmc_response_token_count(response), -1);
        assert_false(llmc_response_token_count_estimated(response));
        llmc_response_free(response);
    }
    llmc_request_free(request);
}

static void refused_requests(void **state) {
    flow *f = *state;
    static const char *const models[] = {"openai/gpt-4.1", "anthropic/claude-sonnet-4-5"};
    llmc_response *response = NULL;
    llmc_request *request = NULL;
    llmc_call *call = (llmc_call *)(void *)f;
    assert_int_equal(llmc_count_tokens(f->client, NULL, &response), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "request"));
    assert_int_equal(llmc_count_tokens_async(f->client, NULL, NULL, NULL, &call), LLMC_ERR_INVALID_ARGUMENT);
    assert_null(call);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(llmc_request_new(models[i], &request), LLMC_OK);
        response = count(f, request, LLMC_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(llmc_response_error_message(response), "messages"));
        llmc_response_free(response);
        assert_int_equal(llmc_count_tokens(f->client, request, NULL), LLMC_ERR_INVALID_ARGUMENT);
        assert_int_equal(llmc_count_tokens(NULL, request, &response), LLMC_ERR_INVALID_ARGUMENT);
        llmc_request_free(request);
    }
    request = ask_of("nobody/x");
    assert_int_equal(llmc_count_tokens(f->client, request, &response), LLMC_ERR_UNKNOWN_PROVIDER);
    llmc_response_free(response);
    llmc_request_free(request);
    assert_int_equal(llmc_response_token_count(NULL), -1);
    assert_false(llmc_response_token_count_estimated(NULL));
}

static void counts_are_retried_and_cached(void **state) {
    llmc_client_options options = flow_options();
    llmc_request *request = ask_of("gemini/gemini-2.5-flash"), *guess = ask_of("openai/gpt-4.1");
    llmc_mock_script script = flow_script();
    flow f;
    (void)state;
    options.enable_cache = true;
    options.max_retries = 1;
    options.retry_delay_ms = 1;
    flow_open(&f, &options);
    providers_point(&f, all);
    script.status = 503;
    flow_push(&f, script);
    for (int i = 0; i < 3; i++) {
        llmc_response *response = count(&f, request, LLMC_OK);
        assert_int_equal(llmc_response_token_count(response), 5);
        assert_int_equal(llmc_response_from_cache(response), i > 0);
        llmc_response_free(response);
        response = count(&f, guess, LLMC_OK);
        assert_true(llmc_response_token_count_estimated(response));
        assert_false(llmc_response_from_cache(response));
        llmc_response_free(response);
    }
    assert_int_equal(flow_mock_stats(&f).requests, 2);
    llmc_response *chat = NULL;
    assert_int_equal(llmc_execute(f.client, request, &chat), LLMC_OK); /* no count is a chat's answer */
    assert_string_equal(llmc_response_output(chat), "How many words are these?");
    llmc_response_free(chat);
    llmc_request_free(request);
    llmc_request_free(guess);
    flow_close(&f);
}

static void async_and_cancel(void **state) {
    flow *f = *state;
    llmc_request *request = ask_of("anthropic/claude-sonnet-4-5"), *guess = ask_of("openai/gpt-4.1");
    llmc_response *response = NULL;
    flow_tally tally;
    llmc_call *call = NULL;
    flow_tally_init(&tally);
    assert_int_equal(llmc_count_tokens_async(f->client, request, flow_on_done, &tally, &call), LLMC_OK);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_int_equal(llmc_response_token_count(response), 5);
    llmc_response_free(response);
    llmc_call_unref(call);
    assert_int_equal(llmc_count_tokens_async(f->client, guess, flow_on_done, &tally, &call), LLMC_OK);
    llmc_request_free(guess);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_true(llmc_response_token_count_estimated(response));
    llmc_response_free(response);
    llmc_call_unref(call);
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_count_tokens_async(f->client, request, flow_on_done, &tally, &call), LLMC_OK);
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_ERR_CANCELLED);
    llmc_call_unref(call);
    assert_true(flow_tally_wait(&tally, 3));
    assert_int_equal(tally.ok, 2);
    llmc_request_free(request);
    flow_tally_destroy(&tally);
}

static void without_threads_and_without_a_key(void **state) {
    llmc_client_options options = flow_options();
    llmc_provider_options none = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_request *request = ask_of("mistral/mistral-small-latest");
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    (void)state;
    options.io_threads = 0;
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    none.api_key = "";
    assert_int_equal(llmc_client_set_provider(client, "mistral", &none), LLMC_OK);
    assert_int_equal(llmc_count_tokens(client, request, &response), LLMC_OK);
    assert_true(llmc_response_token_count_estimated(response));
    llmc_response_free(response);
    llmc_request_free(request);
    llmc_client_free(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        COUNT_TEST(the_provider_counts),
        COUNT_TEST(elsewhere_it_is_estimated),
        COUNT_TEST(fallbacks_are_not_asked),
        COUNT_TEST(a_route_is_its_first_target),
        COUNT_TEST(bad_bodies),
        COUNT_TEST(refused_requests),
        cmocka_unit_test(counts_are_retried_and_cached),
        COUNT_TEST(async_and_cancel),
        cmocka_unit_test(without_threads_and_without_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
