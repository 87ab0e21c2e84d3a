/* Every way a provider says no, and answers that are none. */
#include "support_flow.h"

#define ERROR_BODY(type, code)                                                                                         \
    "{\"error\":{\"message\":\"words of the provider\",\"type\":\"" type "\",\"param\":\"model\",\"code\":\"" code     \
    "\"}}"

typedef struct refusal {
    int http;
    const char *type, *code, *body;
    llmc_status status;
    bool retryable;
} refusal;

static const refusal refusals[] = {
    {400, "invalid_request_error", "bad", ERROR_BODY("invalid_request_error", "bad"), LLMC_ERR_BAD_REQUEST, false},
    {400, "invalid_request_error", "context_length_exceeded",
     ERROR_BODY("invalid_request_error", "context_length_exceeded"), LLMC_ERR_CONTEXT_LENGTH, false},
    {401, "invalid_request_error", "invalid_api_key", ERROR_BODY("invalid_request_error", "invalid_api_key"),
     LLMC_ERR_AUTH, false},
    {403, "forbidden", "country", ERROR_BODY("forbidden", "country"), LLMC_ERR_PERMISSION, false},
    {404, "invalid_request_error", "model_not_found", ERROR_BODY("invalid_request_error", "model_not_found"),
     LLMC_ERR_NOT_FOUND, false},
    {422, "invalid_request_error", "bad", ERROR_BODY("invalid_request_error", "bad"), LLMC_ERR_BAD_REQUEST, false},
    {429, "tokens", "rate_limit_exceeded", ERROR_BODY("tokens", "rate_limit_exceeded"), LLMC_ERR_RATE_LIMITED, true},
    {429, "insufficient_quota", "insufficient_quota", ERROR_BODY("insufficient_quota", "insufficient_quota"),
     LLMC_ERR_QUOTA_EXHAUSTED, false},
    {500, "server_error", "oops", ERROR_BODY("server_error", "oops"), LLMC_ERR_SERVER, true},
    {503, "server_error", "busy", ERROR_BODY("server_error", "busy"), LLMC_ERR_OVERLOADED, true},
};

static void assert_refusal(flow *f, const refusal *row, const llmc_response *response) {
    const llmc_error *error = llmc_response_error(response);
    size_t len = 0;
    llmc_attempt attempt;
    assert_non_null(error);
    assert_int_equal(llmc_error_status(error), row->status);
    assert_int_equal(llmc_error_http_status(error), row->http);
    assert_string_equal(llmc_error_provider_type(error), row->type);
    assert_string_equal(llmc_error_provider_code(error), row->code);
    assert_string_equal(llmc_error_provider_message(error), "words of the provider");
    assert_string_equal(llmc_error_provider_param(error), "model");
    assert_int_equal(llmc_error_retryable(error), row->retryable);
    assert_true(strlen(llmc_error_message(error)) > 0);
    assert_string_equal(llmc_error_message(error), llmc_response_error_message(response));
    assert_null(strstr(llmc_error_message(error), FLOW_KEY));
    assert_string_equal(llmc_response_raw_body(response, &len), row->body);
    assert_int_equal(len, strlen(row->body));
    assert_string_equal(llmc_response_output(response), "");
    assert_true(llmc_response_attempt(response, 0, &attempt));
    assert_int_equal(attempt.http_status, row->http);
    assert_int_equal(attempt.status, row->status);
    (void)f;
}

static void error_statuses(void **state) {
    flow *f = *state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        llmc_mock_script script = flow_script();
        llmc_response *response;
        script.status = refusals[i].http;
        script.body = refusals[i].body;
        flow_push(f, script);
        response = flow_ask(f, "hello", refusals[i].status);
        assert_refusal(f, &refusals[i], response);
        llmc_response_free(response);
    }
    assert_int_equal(llmc_mock_request_count(f->mock), sizeof(refusals) / sizeof(refusals[0]));
    flow_assert_balanced(f->client);
}

static void error_bodies_of_any_shape(void **state) {
    static const char *const bodies[] = {"<html><body>502 Bad Gateway</body></html>",
                                         "",
                                         "null",
                                         "[]",
                                         "{\"error\":1}",
                                         "{\"error\":\"flat words\"}",
                                         "{\"error\":{\"message\":",
                                         "\xff\xfe"};
    flow *f = *state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        llmc_mock_script script = flow_script();
        llmc_response *response;
        script.status = 502;
        script.body = bodies[i];
        flow_push(f, script);
        response = flow_ask(f, "hello", LLMC_ERR_SERVER);
        assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 502);
        assert_string_equal(llmc_response_raw_body(response, NULL), bodies[i]);
        llmc_response_free(response);
    }
}

static void retry_after_is_told(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_script();
    llmc_response *response;
    script.status = 429;
    script.headers = "Retry-After: 7\r\n";
    script.body = ERROR_BODY("requests", "rate_limit_exceeded");
    flow_push(f, script);
    response = flow_ask(f, "hello", LLMC_ERR_RATE_LIMITED);
    assert_int_equal(llmc_error_retry_after_ms(llmc_response_error(response)), 7000);
    llmc_response_free(response);
}

/* Some servers repeat the key they do not know; a log of our error must not hold it. */
static void a_key_the_server_repeats_is_not_shown(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_script();
    llmc_response *response;
    const llmc_error *error;
    script.status = 401;
    script.body = "{\"error\":{\"message\":\"Incorrect API key provided: " FLOW_KEY ".\",\"type\":\"auth\"}}";
    flow_push(f, script);
    response = flow_ask(f, "hello", LLMC_ERR_AUTH);
    error = llmc_response_error(response);
    assert_null(strstr(llmc_error_message(error), FLOW_KEY));
    assert_null(strstr(llmc_error_provider_message(error), FLOW_KEY));
    assert_non_null(strstr(llmc_error_provider_message(error), "Incorrect API key"));
    llmc_response_free(response);
}

static void redirects_are_not_followed(void **state) {
    static const int codes[] = {301, 302, 303, 307, 308};
    flow *f = *state;
    llmc_mock *other = NULL;
    char header[128];
    assert_int_equal(llmc_mock_new(&other), LLMC_OK);
    (void)snprintf(header, sizeof(header), "Location: %s/chat/completions\r\n", llmc_mock_base_url(other));
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        llmc_mock_script script = flow_script();
        llmc_response *response;
        script.status = codes[i];
        script.headers = header;
        script.body = "moved";
        flow_push(f, script);
        response = flow_ask(f, "hello", LLMC_ERR_REDIRECT);
        assert_int_equal(llmc_error_http_status(llmc_response_error(response)), codes[i]);
        assert_int_equal(llmc_mock_request_count(f->mock), i + 1);
        llmc_response_free(response);
    }
    assert_int_equal(llmc_mock_request_count(other), 0);
    llmc_mock_free(other);
}

static void ask_unreadable(flow *f, const char *body) {
    llmc_mock_script script = flow_script();
    llmc_response *response = NULL;
    llmc_status status;
    script.body = body;
    script.headers = "Content-Type: text/html\r\n";
    flow_push(f, script);
    status = llmc_ask(f->client, FLOW_MODEL, "hello", &response);
    assert_true(status == LLMC_ERR_BAD_RESPONSE || status == LLMC_ERR_INCOMPLETE);
    assert_string_equal(llmc_response_raw_body(response, NULL), body);
    assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 200);
    assert_string_equal(llmc_response_output(response), "");
    llmc_response_free(response);
}

static void answers_that_are_none(void **state) {
    ask_unreadable(*state, "<html><h1>Sign in to the hotel</h1></html>");
    ask_unreadable(*state, "");
    ask_unreadable(*state, "[]");
    ask_unreadable(*state, "{}");
    ask_unreadable(*state, "{\"choices\":[{\"message\":{\"content\":\"ha");
}

static void error_inside_a_200(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_script();
    llmc_response *response = NULL;
    script.body = ERROR_BODY("server_error", "late");
    flow_push(f, script);
    assert_true(llmc_ask(f->client, FLOW_MODEL, "hello", &response) < 0);
    assert_string_equal(llmc_error_provider_message(llmc_response_error(response)), "words of the provider");
    llmc_response_free(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(error_statuses),
        FLOW_TEST(error_bodies_of_any_shape),
        FLOW_TEST(retry_after_is_told),
        FLOW_TEST(redirects_are_not_followed),
        FLOW_TEST(a_key_the_server_repeats_is_not_shown),
        FLOW_TEST(answers_that_are_none),
        FLOW_TEST(error_inside_a_200),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
