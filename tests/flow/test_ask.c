/* One call from start to end: what is sent, what comes back, and every way a provider says no. */
#include "support_flow.h"
#include "wire/json.h"

static int open_flow(void **state) {
    flow *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    flow_open(f, NULL);
    *state = f;
    return 0;
}

static int close_flow(void **state) {
    flow_close(*state);
    free(*state);
    return 0;
}

static llmc_response *ask(flow *f, const char *prompt, llmc_status expected) {
    llmc_response *response = NULL;
    llmc_status status = llmc_ask(f->client, FLOW_MODEL, prompt, &response);
    if (status != expected)
        print_error("%s: %s\n", llmc_status_name(status), llmc_response_error_message(response));
    assert_int_equal(status, expected);
    assert_non_null(response);
    assert_int_equal(llmc_response_status(response), status);
    return response;
}

static void ask_echoes(void **state) {
    flow *f = *state;
    llmc_response *response = ask(f, "Why is the sky blue?", LLMC_OK);
    assert_string_equal(llmc_response_output(response), "Why is the sky blue?");
    assert_null(llmc_response_error(response));
    assert_string_equal(llmc_response_error_message(response), "");
    llmc_response_free(response);
    flow_assert_balanced(f->client);
}

static void the_seven(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_answer("gr\xc3\xbc\xc3\x9f dich \"quoted\"\n\xf0\x9f\x8c\x8d");
    llmc_response *response;
    script.tokens_in = 11;
    script.tokens_out = 7;
    script.delay_ms = 60;
    flow_push(f, script);
    response = ask(f, "hello", LLMC_OK);
    assert_string_equal(llmc_response_output(response), script.text);
    assert_int_equal(llmc_response_output_len(response), strlen(script.text));
    assert_string_equal(llmc_response_provider(response), "openai");
    assert_string_equal(llmc_response_model(response), "flow-1");
    assert_int_equal(llmc_response_tokens_in(response), 11);
    assert_int_equal(llmc_response_tokens_out(response), 7);
    assert_true(llmc_response_cost_usd(response) == -1.0);
    assert_in_range(llmc_response_latency_ms(response), 55, FLOW_DEADLINE_MS);
    assert_false(llmc_response_from_cache(response));
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_STOP);
    assert_int_equal(llmc_response_choice_count(response), 1);
    assert_string_equal(llmc_response_choice_output(response, 0), script.text);
    llmc_response_free(response);
}

static void getters_of_null(void **state) {
    size_t len = 9;
    (void)state;
    assert_int_equal(llmc_response_status(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_string_equal(llmc_response_output(NULL), "");
    assert_int_equal(llmc_response_output_len(NULL), 0);
    assert_string_equal(llmc_response_provider(NULL), "");
    assert_string_equal(llmc_response_model(NULL), "");
    assert_int_equal(llmc_response_tokens_in(NULL), -1);
    assert_int_equal(llmc_response_tokens_out(NULL), -1);
    assert_true(llmc_response_cost_usd(NULL) == -1.0);
    assert_string_equal(llmc_response_raw_body(NULL, &len), "");
    assert_int_equal(len, 0);
    assert_null(llmc_response_header(NULL, "x"));
    assert_int_equal(llmc_response_attempt_count(NULL), 0);
    assert_string_equal(llmc_error_message(NULL), "");
    assert_int_equal(llmc_error_retry_after_ms(NULL), -1);
    llmc_response_free(NULL);
    llmc_request_free(NULL);
    llmc_call_unref(NULL);
    llmc_batch_unref(NULL);
    llmc_stream_free(NULL);
    llmc_client_free(NULL);
}

static void finish_reasons(void **state) {
    static const struct {
        const char *raw;
        llmc_finish_reason reason;
    } rows[] = {{"stop", LLMC_FINISH_STOP},
                {"length", LLMC_FINISH_LENGTH},
                {"tool_calls", LLMC_FINISH_TOOL_CALLS},
                {"function_call", LLMC_FINISH_TOOL_CALLS},
                {"content_filter", LLMC_FINISH_CONTENT_FILTER},
                {"never_seen_before", LLMC_FINISH_OTHER}};
    flow *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        llmc_mock_script script = flow_answer("text");
        llmc_response *response;
        script.finish_reason = rows[i].raw;
        flow_push(f, script);
        response = ask(f, "hello", LLMC_OK);
        assert_int_equal(llmc_response_finish_reason(response), rows[i].reason);
        assert_string_equal(llmc_response_finish_reason_raw(response), rows[i].raw);
        llmc_response_free(response);
    }
}

static void usage_details(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_script();
    llmc_response *response;
    script.body =
        "{\"id\":\"chatcmpl-7\",\"object\":\"chat.completion\",\"model\":\"flow-1-2026\",\"choices\":[{\"index\":0,"
        "\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":\"I will not.\"},\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":30,\"total_tokens\":50,"
        "\"prompt_tokens_details\":{\"cached_tokens\":16},\"completion_tokens_details\":{\"reasoning_tokens\":24}}}";
    flow_push(f, script);
    response = ask(f, "hello", LLMC_OK);
    assert_string_equal(llmc_response_output(response), "");
    assert_string_equal(llmc_response_refusal(response), "I will not.");
    assert_string_equal(llmc_response_id(response), "chatcmpl-7");
    assert_string_equal(llmc_response_model(response), "flow-1-2026");
    assert_int_equal(llmc_response_tokens_in(response), 20);
    assert_int_equal(llmc_response_tokens_out(response), 30);
    assert_int_equal(llmc_response_tokens_total(response), 50);
    assert_int_equal(llmc_response_tokens_cached(response), 16);
    assert_int_equal(llmc_response_tokens_reasoning(response), 24);
    llmc_response_free(response);
}

static llmc_request *full_request(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(FLOW_MODEL, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "be brief"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "tab\t\"quote\" \\ \x01 \xc3\xa9"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, "yes?"), LLMC_OK);
    assert_int_equal(llmc_request_add_message_n(request, LLMC_ROLE_USER, "nul\0byteXX", 8), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(request, 0.25), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_frequency_penalty(request, -0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_presence_penalty(request, 1.5), LLMC_OK);
    assert_int_equal(llmc_request_set_seed(request, INT64_MAX), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(request, 77), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "END"), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "\n\n"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "user-5"), LLMC_OK);
    assert_int_equal(llmc_request_set_extra_json(request, "{\"logit_bias\":{\"50\":-100},\"n\":1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_header(request, "X-Flow", "header value"), LLMC_OK);
    return request;
}

static void assert_text(const llmc__json_doc *doc, const llmc__json *value, const char *text, size_t len) {
    size_t got_len = 0;
    const char *got = llmc__json_string(doc, value, &got_len);
    assert_non_null(got);
    assert_int_equal(got_len, len);
    assert_memory_equal(got, text, len);
}

static void assert_number(const llmc__json *root, const char *name, double expected) {
    double got = -99;
    assert_true(llmc__json_double(llmc__json_get(root, name), &got));
    assert_true(got == expected);
}

static void assert_messages(const llmc__json_doc *doc, const llmc__json *messages) {
    const llmc__json *second = llmc__json_at(messages, 1), *last = llmc__json_at(messages, 3);
    assert_int_equal(llmc__json_count(messages), 4);
    assert_text(doc, llmc__json_get(llmc__json_at(messages, 0), "role"), "system", 6);
    assert_text(doc, llmc__json_get(second, "role"), "user", 4);
    assert_text(doc, llmc__json_get(second, "content"), "tab\t\"quote\" \\ \x01 \xc3\xa9", 18);
    assert_text(doc, llmc__json_get(llmc__json_at(messages, 2), "role"), "assistant", 9);
    assert_text(doc, llmc__json_get(last, "content"), "nul\0byte", 8);
}

static void assert_full_body(const char *body, size_t len) {
    llmc__json_doc *doc = NULL;
    const llmc__json *root, *stop;
    int64_t seed = 0, tokens = 0;
    assert_int_equal(llmc__json_parse(body, len, &doc, NULL), LLMC_OK);
    root = llmc__json_root(doc);
    stop = llmc__json_get(root, "stop");
    assert_text(doc, llmc__json_get(root, "model"), "flow-1", 6);
    assert_messages(doc, llmc__json_get(root, "messages"));
    assert_number(root, "temperature", 0.25);
    assert_number(root, "top_p", 0.5);
    assert_number(root, "frequency_penalty", -0.5);
    assert_number(root, "presence_penalty", 1.5);
    assert_true(llmc__json_int64(doc, llmc__json_get(root, "seed"), &seed));
    assert_true(seed == INT64_MAX);
    assert_true(llmc__json_int64(doc, llmc__json_get(root, "max_tokens"), &tokens) ||
                llmc__json_int64(doc, llmc__json_get(root, "max_completion_tokens"), &tokens));
    assert_int_equal(tokens, 77);
    assert_int_equal(llmc__json_count(stop), 2);
    assert_text(doc, llmc__json_at(stop, 0), "END", 3);
    assert_text(doc, llmc__json_at(stop, 1), "\n\n", 2);
    assert_text(doc, llmc__json_get(root, "user"), "user-5", 6);
    assert_number(llmc__json_get(root, "logit_bias"), "50", -100);
    llmc__json_free(doc);
}

static void request_fields_arrive(void **state) {
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    const llmc_header extra = {"X-Provider", "of all requests"};
    llmc_request *request = full_request();
    llmc_response *response = NULL;
    llmc_mock_request seen;
    provider.organization = "org-1";
    provider.project = "proj-2";
    provider.headers = &extra;
    provider.header_count = 1;
    assert_int_equal(llmc_client_set_provider(f->client, "openai", &provider), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_int_equal(llmc_mock_request_count(f->mock), 1);
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(seen.method, "POST");
    assert_string_equal(seen.path, "/v1/chat/completions");
    assert_false(seen.streamed);
    assert_full_body(seen.body, seen.body_len);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Authorization"), "Bearer " FLOW_KEY);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Content-Type"), "application/json");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "X-Flow"), "header value");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "X-Provider"), "of all requests");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "OpenAI-Organization"), "org-1");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "OpenAI-Project"), "proj-2");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "User-Agent"), "libllmclient/" LLMC_VERSION_STRING);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Expect"), "");
    llmc_response_free(response);
    llmc_request_free(request);
}

static void request_is_copied_and_used_again(void **state) {
    flow *f = *state;
    llmc_request *request = flow_request("first");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    flow_push(f, flow_slow(50));
    assert_int_equal(llmc_execute_async(f->client, request, NULL, NULL, &call), LLMC_OK);
    llmc_request_clear_messages(request);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "second"), LLMC_OK);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "first");
    llmc_response_free(response);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "second");
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_request_free(request);
}

static void a_long_prompt_passes(void **state) {
    flow *f = *state;
    size_t len = (size_t)4 << 20;
    char *prompt = malloc(len + 1);
    llmc_response *response;
    assert_non_null(prompt);
    memset(prompt, 'x', len);
    prompt[len] = '\0';
    response = ask(f, prompt, LLMC_OK);
    assert_int_equal(llmc_response_output_len(response), len);
    assert_memory_equal(llmc_response_output(response), prompt, len);
    llmc_response_free(response);
    free(prompt);
}

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
        response = ask(f, "hello", refusals[i].status);
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
        response = ask(f, "hello", LLMC_ERR_SERVER);
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
    response = ask(f, "hello", LLMC_ERR_RATE_LIMITED);
    assert_int_equal(llmc_error_retry_after_ms(llmc_response_error(response)), 7000);
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
        response = ask(f, "hello", LLMC_ERR_REDIRECT);
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

static void headers_and_body_are_kept(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_answer("body and all");
    llmc_response *response;
    size_t len = 0;
    script.headers = "X-Ratelimit-Remaining-Requests: 9\r\n";
    flow_push(f, script);
    response = ask(f, "hello", LLMC_OK);
    assert_string_equal(llmc_response_header(response, "x-ratelimit-remaining-requests"), "9");
    assert_non_null(llmc_response_header(response, "X-REQUEST-ID"));
    assert_null(llmc_response_header(response, "X-Not-There"));
    assert_null(llmc_response_header(response, NULL));
    assert_true(strlen(llmc_response_request_id(response)) > 0);
    assert_string_equal(llmc_response_request_id(response), llmc_response_header(response, "x-request-id"));
    assert_non_null(strstr(llmc_response_raw_body(response, &len), "body and all"));
    assert_int_equal(len, strlen(llmc_response_raw_body(response, NULL)));
    llmc_response_free(response);
}

static void the_trace_tells_the_attempt(void **state) {
    flow *f = *state;
    llmc_response *first, *second;
    llmc_attempt attempt;
    llmc_mock_request seen;
    first = ask(f, "one", LLMC_OK);
    assert_int_equal(llmc_response_attempt_count(first), 1);
    assert_true(llmc_response_attempt(first, 0, &attempt));
    assert_false(llmc_response_attempt(first, 1, &attempt));
    assert_true(llmc_response_attempt(first, 0, &attempt));
    assert_string_equal(attempt.provider, "openai");
    assert_string_equal(attempt.model, "flow-1");
    assert_int_equal(attempt.status, LLMC_OK);
    assert_int_equal(attempt.http_status, 200);
    assert_false(attempt.reused_connection);
    assert_false(attempt.maybe_executed);
    assert_true(attempt.queue_us >= 0 && attempt.connect_us >= 0);
    assert_true(attempt.first_byte_us >= attempt.connect_us && attempt.total_us >= attempt.first_byte_us);
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_int_equal(attempt.bytes_sent, seen.body_len);
    assert_true(attempt.bytes_received >= strlen(llmc_response_raw_body(first, NULL)));
    second = ask(f, "two", LLMC_OK);
    assert_true(llmc_response_attempt(second, 0, &attempt));
    assert_true(attempt.reused_connection);
    assert_int_equal(attempt.connect_us, 0);
    assert_int_equal(llmc_mock_request_count(f->mock), 2);
    assert_int_equal(flow_client_stats(f).attempts, 2);
    llmc_response_free(first);
    llmc_response_free(second);
}

static void connections_are_kept(void **state) {
    flow *f = *state;
    for (int i = 0; i < 30; i++)
        llmc_response_free(ask(f, "again", LLMC_OK));
    assert_int_equal(flow_mock_stats(f).connections, 1);
    assert_int_equal(flow_client_stats(f).connections_opened, 1);
    assert_int_equal(flow_client_stats(f).connections_open, 1);
    assert_int_equal(flow_client_stats(f).calls_succeeded, 30);
}

static void nobody_listens(void **state) {
    flow *f = *state;
    char url[64] = "";
    llmc_provider_options provider = flow_provider(url);
    llmc_response *response;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", flow_closed_port());
    assert_int_equal(llmc_client_set_provider(f->client, "openai", &provider), LLMC_OK);
    response = ask(f, "hello", LLMC_ERR_CONNECT);
    assert_null(strstr(llmc_response_error_message(response), FLOW_KEY));
    assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 0);
    llmc_response_free(response);
}

static void a_name_of_your_own(void **state) {
    flow *f = *state;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_response *response = NULL;
    provider.base_url = llmc_mock_base_url(f->mock);
    assert_int_equal(llmc_client_set_provider(f->client, "my-server.2", &provider), LLMC_OK);
    assert_int_equal(llmc_ask(f->client, "my-server.2/org/model-x", "hello", &response), LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "my-server.2");
    assert_string_equal(llmc_response_model(response), "org/model-x");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Authorization"), "");
    llmc_response_free(response);
}

static int interrupt_at_third(void *user_data) {
    int *asked = user_data;
    return ++*asked >= 3;
}

static void interrupt_ends_a_blocking_call(void **state) {
    flow *f = *state;
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    int asked = 0;
    flow_push(f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_set_interrupt(request, interrupt_at_third, &asked), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_ERR_CANCELLED);
    assert_int_equal(asked, 3);
    assert_true(llmc_response_latency_ms(response) < 5000);
    llmc_response_free(response);
    llmc_request_free(request);
}

static void too_large_an_answer(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    char *text = calloc(1, 200001);
    llmc_response *response;
    (void)state;
    assert_non_null(text);
    memset(text, 'a', 200000);
    options.max_response_bytes = 100000;
    flow_open(&f, &options);
    flow_push(&f, flow_answer(text));
    response = ask(&f, "hello", LLMC_ERR_TOO_LARGE);
    llmc_response_free(response);
    response = ask(&f, "still works", LLMC_OK);
    llmc_response_free(response);
    flow_close(&f);
    free(text);
}

#define FLOW_TEST(name) cmocka_unit_test_setup_teardown(name, open_flow, close_flow)

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(ask_echoes),
        FLOW_TEST(the_seven),
        cmocka_unit_test(getters_of_null),
        FLOW_TEST(finish_reasons),
        FLOW_TEST(usage_details),
        FLOW_TEST(request_fields_arrive),
        FLOW_TEST(request_is_copied_and_used_again),
        FLOW_TEST(a_long_prompt_passes),
        FLOW_TEST(error_statuses),
        FLOW_TEST(error_bodies_of_any_shape),
        FLOW_TEST(retry_after_is_told),
        FLOW_TEST(redirects_are_not_followed),
        FLOW_TEST(answers_that_are_none),
        FLOW_TEST(error_inside_a_200),
        FLOW_TEST(headers_and_body_are_kept),
        FLOW_TEST(the_trace_tells_the_attempt),
        FLOW_TEST(connections_are_kept),
        FLOW_TEST(nobody_listens),
        FLOW_TEST(a_name_of_your_own),
        FLOW_TEST(interrupt_ends_a_blocking_call),
        cmocka_unit_test(too_large_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
