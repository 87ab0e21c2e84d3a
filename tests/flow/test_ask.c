/* One call from start to end: what is sent and what comes back. */
#include "support_flow.h"
#include "wire/json.h"

static void ask_echoes(void **state) {
    flow *f = *state;
    llmc_response *response = flow_ask(f, "Why is the sky blue?", LLMC_OK);
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
    response = flow_ask(f, "hello", LLMC_OK);
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
        response = flow_ask(f, "hello", LLMC_OK);
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
    response = flow_ask(f, "hello", LLMC_OK);
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
    response = flow_ask(f, prompt, LLMC_OK);
    assert_int_equal(llmc_response_output_len(response), len);
    assert_memory_equal(llmc_response_output(response), prompt, len);
    llmc_response_free(response);
    free(prompt);
}

static void headers_and_body_are_kept(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_answer("body and all");
    llmc_response *response;
    size_t len = 0;
    script.headers = "X-Ratelimit-Remaining-Requests: 9\r\n";
    flow_push(f, script);
    response = flow_ask(f, "hello", LLMC_OK);
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
    first = flow_ask(f, "one", LLMC_OK);
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
    second = flow_ask(f, "two", LLMC_OK);
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
        llmc_response_free(flow_ask(f, "again", LLMC_OK));
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
    response = flow_ask(f, "hello", LLMC_ERR_CONNECT);
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
    response = flow_ask(&f, "hello", LLMC_ERR_TOO_LARGE);
    llmc_response_free(response);
    response = flow_ask(&f, "still works", LLMC_OK);
    llmc_response_free(response);
    flow_close(&f);
    free(text);
}

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
