/* Other operations than a chat take the same way: keys, retries, fallbacks, cache, limits and errors hold for them. */
#include "support_operation.h"

static const char *const texts[] = {"one", "two \"quoted\"\n", "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x8c\x8d"};
#define COUNT (sizeof texts / sizeof texts[0])
#define MODEL "openai/embed-1"

static void embeds(void **state) {
    flow *f = *state;
    llmc_response *response = operation_ask(f->client, operation_embed(MODEL, texts, COUNT), LLMC_OK);
    llmc_mock_request seen;
    operation_assert_vectors(response, texts, COUNT, 8);
    assert_string_equal(llmc_response_provider(response), "openai");
    assert_string_equal(llmc_response_model(response), "embed-1");
    assert_int_equal(llmc_response_tokens_in(response), 1 + 2 + 3);
    assert_int_equal(llmc_response_tokens_out(response), 0);
    assert_int_equal(llmc_response_attempt_count(response), 1);
    assert_string_equal(llmc_response_raw_body(response, NULL), "");
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(seen.method, "POST");
    assert_string_equal(seen.path, "/v1/embeddings");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "authorization"), "Bearer " FLOW_KEY);
    assert_non_null(strstr(seen.body, "\"encoding_format\":\"base64\""));
    llmc_response_free(response);
    flow_assert_balanced(f->client);
}

static void floats_and_base64_are_the_same(void **state) {
    flow *f = *state;
    for (int encoding = LLMC__ENCODING_AUTO; encoding <= LLMC__ENCODING_BASE64; encoding++) {
        llmc_request *request = operation_embed(MODEL, texts, COUNT);
        llmc_response *response;
        request->input->encoding = (llmc__encoding)encoding;
        request->input->dimensions = 33;
        response = operation_ask(f->client, request, LLMC_OK);
        operation_assert_vectors(response, texts, COUNT, 33);
        llmc_response_free(response);
    }
}

static void errors_are_the_providers(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_answer("no such model");
    llmc_response *response;
    script.status = 404;
    flow_push(f, script);
    response = operation_ask(f->client, operation_embed(MODEL, texts, COUNT), LLMC_ERR_NOT_FOUND);
    assert_non_null(strstr(llmc_response_error_message(response), "no such model"));
    assert_null(response->result);
    llmc_response_free(response);
}

static void retries(void **state) {
    llmc_client_options options = flow_options();
    llmc_mock_script script = flow_script();
    llmc_response *response;
    llmc_attempt attempt;
    flow f;
    (void)state;
    options.max_retries = 2;
    options.retry_delay_ms = 1;
    flow_open(&f, &options);
    script.status = 500;
    flow_push(&f, script);
    script = flow_script();
    script.fault = LLMC_MOCK_CLOSE;
    script.cut_at = 400; /* inside of the body */
    flow_push(&f, script);
    response = operation_ask(f.client, operation_embed(MODEL, texts, COUNT), LLMC_OK);
    operation_assert_vectors(response, texts, COUNT, 8);
    assert_int_equal(llmc_response_attempt_count(response), 3);
    assert_true(llmc_response_attempt(response, 1, &attempt));
    assert_int_equal(attempt.status, LLMC_ERR_INCOMPLETE);
    llmc_response_free(response);
    flow_close(&f);
}

static void falls_back_where_a_provider_has_none(void **state) {
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_request *request = operation_embed("anthropic/claude", texts, COUNT);
    llmc_response *response;
    assert_int_equal(llmc_client_set_provider(f->client, "anthropic", &provider), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(request, MODEL), LLMC_OK);
    response = operation_ask(f->client, request, LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "openai");
    llmc_response_free(response);
    response = operation_ask(f->client, operation_embed("anthropic/claude", texts, COUNT), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_response_error_message(response), "embeddings"));
    assert_non_null(strstr(llmc_response_error_message(response), "\"anthropic\""));
    llmc_response_free(response);
}

static void answers_are_cached(void **state) {
    llmc_client_options options = flow_options();
    llmc_request *request;
    flow f;
    (void)state;
    options.enable_cache = true;
    flow_open(&f, &options);
    for (int i = 0; i < 3; i++) {
        llmc_response *response = operation_ask(f.client, operation_embed(MODEL, texts, COUNT), LLMC_OK);
        operation_assert_vectors(response, texts, COUNT, 8);
        assert_int_equal(llmc_response_from_cache(response), i > 0);
        llmc_response_free(response);
    }
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    request = operation_embed(MODEL, texts, COUNT);
    request->input->dimensions = 9;
    llmc_response_free(operation_ask(f.client, request, LLMC_OK));
    llmc_response_free(operation_ask(f.client, operation_embed(MODEL, texts, 2), LLMC_OK));
    assert_int_equal(flow_mock_stats(&f).requests, 3);
    flow_close(&f);
}

static void identical_ones_share_a_flight(void **state) {
    llmc_client_options options = flow_options();
    llmc_call *calls[4];
    flow f;
    (void)state;
    options.single_flight = LLMC_SINGLE_FLIGHT_ON;
    flow_open(&f, &options);
    flow_default(&f, flow_slow(100));
    for (size_t i = 0; i < 4; i++) {
        llmc_request *request = operation_embed(MODEL, texts, COUNT);
        assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &calls[i]), LLMC_OK);
        llmc_request_free(request);
    }
    for (size_t i = 0; i < 4; i++) {
        llmc_response *response = NULL;
        assert_int_equal(llmc_call_wait(calls[i], &response), LLMC_OK);
        operation_assert_vectors(response, texts, COUNT, 8);
        llmc_response_free(response);
        llmc_call_unref(calls[i]);
    }
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    flow_close(&f);
}

static void is_not_hedged_unasked(void **state) {
    llmc_client_options options = flow_options();
    llmc_request *request;
    llmc_response *response;
    flow f;
    (void)state;
    options.hedge_delay_ms = 5;
    flow_open(&f, &options);
    flow_default(&f, flow_slow(60));
    llmc_response_free(operation_ask(f.client, operation_embed(MODEL, texts, COUNT), LLMC_OK));
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    request = operation_embed(MODEL, texts, COUNT);
    request->hedge_delay_ms = 5;
    response = operation_ask(f.client, request, LLMC_OK);
    operation_assert_vectors(response, texts, COUNT, 8);
    assert_int_equal(flow_client_stats(&f).hedges, 1);
    llmc_response_free(response);
    flow_close(&f);
}

static void is_bounded(void **state) {
    llmc_client_options options = flow_options();
    llmc_request *request;
    flow f;
    (void)state;
    options.max_response_bytes = 2000;
    flow_open(&f, &options);
    request = operation_embed(MODEL, texts, COUNT);
    request->input->dimensions = 1000;
    llmc_response_free(operation_ask(f.client, request, LLMC_ERR_TOO_LARGE));
    request = operation_embed(MODEL, texts, COUNT);
    request->input->dimensions = 1000;
    request->input->max_response_bytes = 100000;
    llmc_response_free(operation_ask(f.client, request, LLMC_OK));
    flow_close(&f);
}

/* A handle that has made a GET makes POSTs again. */
static void raw_bodies_go_by_any_method(void **state) {
    flow *f = *state;
    llmc_mock_request seen;
    llmc_mock_script script = flow_script();
    llmc_response *response =
        operation_ask(f->client, operation_raw("openai/x", "GET", "/models?a=b", NULL, NULL), LLMC_OK);
    assert_non_null(strstr(llmc_response_raw_body(response, NULL), "\"object\":\"list\""));
    llmc_response_free(response);
    script.body = "{\"deleted\":true}";
    flow_push(f, script);
    response = operation_ask(f->client, operation_raw("openai/x", "DELETE", "/files/f1", NULL, NULL), LLMC_OK);
    assert_string_equal(llmc_response_raw_body(response, NULL), "{\"deleted\":true}");
    llmc_response_free(response);
    flow_push(f, script);
    llmc_response_free(operation_ask(
        f->client, operation_raw("openai/x", "POST", "/files", "multipart/form-data; boundary=b", "--b--"), LLMC_OK));
    llmc_response_free(flow_ask(f, "still a chat", LLMC_OK));
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(seen.method, "GET");
    assert_string_equal(seen.path, "/v1/models?a=b");
    assert_int_equal(seen.body_len, 0);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "content-type"), "");
    assert_true(llmc_mock_request_at(f->mock, 1, &seen));
    assert_string_equal(seen.method, "DELETE");
    assert_string_equal(llmc_mock_request_header(f->mock, 1, "authorization"), "Bearer " FLOW_KEY);
    assert_true(llmc_mock_request_at(f->mock, 2, &seen));
    assert_string_equal(seen.method, "POST");
    assert_string_equal(seen.body, "--b--");
    assert_string_equal(llmc_mock_request_header(f->mock, 2, "content-type"), "multipart/form-data; boundary=b");
    assert_int_equal(llmc_mock_request_count(f->mock), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(embeds),
        FLOW_TEST(floats_and_base64_are_the_same),
        FLOW_TEST(errors_are_the_providers),
        cmocka_unit_test(retries),
        FLOW_TEST(falls_back_where_a_provider_has_none),
        cmocka_unit_test(answers_are_cached),
        cmocka_unit_test(identical_ones_share_a_flight),
        cmocka_unit_test(is_not_hedged_unasked),
        cmocka_unit_test(is_bounded),
        FLOW_TEST(raw_bodies_go_by_any_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
