/* Bad input: each a status of its own and a message that names the argument; nothing is sent. And the environment. */
#include "support_flow.h"

static const char *const variables[] = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID",
                                        "http_proxy",     "HTTP_PROXY",      "https_proxy",   "HTTPS_PROXY",
                                        "all_proxy",      "ALL_PROXY",       "no_proxy",      "NO_PROXY"};

static int open_flow(void **state) {
    flow *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        assert_int_equal(unsetenv(variables[i]), 0);
    flow_open(f, NULL);
    *state = f;
    return 0;
}

static int close_flow(void **state) {
    flow_close(*state);
    free(*state);
    return 0;
}

static void assert_unsent(flow *f) {
    assert_int_equal(flow_mock_stats(f).requests, 0);
    assert_int_equal(flow_mock_stats(f).connections, 0);
}

/* The status, and that the thread's message names what was wrong. */
static void expect(llmc_status got, llmc_status status, const char *named) {
    if (got != status || strstr(llmc_last_error_message(), named) == NULL)
        print_error("got %s \"%s\", want %s naming \"%s\"\n", llmc_status_name(got), llmc_last_error_message(),
                    llmc_status_name(status), named);
    assert_int_equal(got, status);
    assert_non_null(strstr(llmc_last_error_message(), named));
    assert_null(strstr(llmc_last_error_message(), FLOW_KEY));
}

/* The same for a call: the message may stand on a response instead. */
static void expect_call(llmc_status got, llmc_response *response, llmc_status status, const char *named) {
    const char *message = llmc_response_error_message(response);
    if (got != status || strstr(message, named) == NULL)
        print_error("got %s \"%s\", want %s naming \"%s\"\n", llmc_status_name(got), message, llmc_status_name(status),
                    named);
    assert_int_equal(got, status);
    assert_non_null(strstr(message, named));
    llmc_response_free(response);
}

static void null_client_functions(void **state) {
    flow *f = *state;
    llmc_client *client = NULL;
    llmc_provider_options provider = flow_provider("https://x.example/v1");
    expect(llmc_client_new(NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_client_set_provider(NULL, "openai", &provider), LLMC_ERR_INVALID_ARGUMENT, "client");
    expect(llmc_client_set_provider(f->client, NULL, &provider), LLMC_ERR_INVALID_ARGUMENT, "name");
    expect(llmc_client_set_provider(f->client, "", &provider), LLMC_ERR_INVALID_ARGUMENT, "name");
    expect(llmc_client_set_provider(f->client, "Open AI", &provider), LLMC_ERR_INVALID_ARGUMENT, "name");
    expect(llmc_client_set_provider(f->client, "a/b", &provider), LLMC_ERR_INVALID_ARGUMENT, "name");
    expect(llmc_client_set_provider(f->client, "openai", NULL), LLMC_ERR_INVALID_ARGUMENT, "options");
    expect(llmc_client_stats(f->client, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_client_dispatch(NULL), LLMC_ERR_INVALID_ARGUMENT, "client");
    expect(llmc_client_dispatch(f->client), LLMC_ERR_INVALID_ARGUMENT, "io_threads");
    assert_int_equal(llmc_client_fd(f->client), -1);
    assert_int_equal(llmc_client_fd(NULL), -1);
    assert_null(client);
    assert_unsent(f);
}

static void null_call_functions(void **state) {
    flow *f = *state;
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    bool done = false;
    expect(llmc_ask(NULL, FLOW_MODEL, "p", &response), LLMC_ERR_INVALID_ARGUMENT, "client");
    expect(llmc_ask(f->client, NULL, "p", &response), LLMC_ERR_INVALID_ARGUMENT, "model");
    expect(llmc_ask(f->client, FLOW_MODEL, NULL, &response), LLMC_ERR_INVALID_ARGUMENT, "prompt");
    expect(llmc_ask(f->client, FLOW_MODEL, "", &response), LLMC_ERR_INVALID_ARGUMENT, "prompt");
    expect(llmc_ask(f->client, FLOW_MODEL, "p", NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_execute(NULL, request, &response), LLMC_ERR_INVALID_ARGUMENT, "client");
    expect(llmc_execute(f->client, NULL, &response), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_execute(f->client, request, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_execute_async(NULL, request, NULL, NULL, &call), LLMC_ERR_INVALID_ARGUMENT, "client");
    expect(llmc_execute_async(f->client, NULL, NULL, NULL, &call), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_execute_stream_async(f->client, NULL, NULL, NULL, NULL, &call), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_execute_stream(NULL, request, &stream), LLMC_ERR_INVALID_ARGUMENT, "client");
    expect(llmc_execute_stream(f->client, NULL, &stream), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_execute_stream(f->client, request, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_stream_next(NULL, &event), LLMC_ERR_INVALID_ARGUMENT, "stream");
    expect(llmc_call_wait(NULL, &response), LLMC_ERR_INVALID_ARGUMENT, "call");
    expect(llmc_call_wait_for(NULL, 1, &done, &response), LLMC_ERR_INVALID_ARGUMENT, "call");
    expect(llmc_batch_wait(NULL), LLMC_ERR_INVALID_ARGUMENT, "batch");
    llmc_call_cancel(NULL);
    llmc_batch_cancel(NULL);
    llmc_stream_cancel(NULL);
    assert_null(response);
    assert_null(call);
    assert_null(stream);
    assert_unsent(f);
    llmc_request_free(request);
}

static void null_request_functions(void **state) {
    llmc_request *request = flow_request("hello"), *copy = NULL;
    (void)state;
    expect(llmc_request_new(NULL, &copy), LLMC_ERR_INVALID_ARGUMENT, "model");
    expect(llmc_request_new("m", NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_request_copy(NULL, &copy), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_request_copy(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    expect(llmc_request_add_message(NULL, LLMC_ROLE_USER, "x"), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_request_add_message(request, LLMC_ROLE_USER, NULL), LLMC_ERR_INVALID_ARGUMENT, "text");
    expect(llmc_request_add_message(request, LLMC_ROLE_USER, ""), LLMC_ERR_INVALID_ARGUMENT, "text");
    expect(llmc_request_add_message(request, (llmc_role)77, "x"), LLMC_ERR_INVALID_ARGUMENT, "role");
    expect(llmc_request_set_temperature(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    expect(llmc_request_add_stop(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "stop");
    expect(llmc_request_add_stop(request, ""), LLMC_ERR_INVALID_ARGUMENT, "stop");
    expect(llmc_request_add_header(request, NULL, "x"), LLMC_ERR_INVALID_ARGUMENT, "name");
    expect(llmc_request_add_header(request, "x", NULL), LLMC_ERR_INVALID_ARGUMENT, "value");
    expect(llmc_request_set_timeout_ms(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, ""), LLMC_OK);
    llmc_request_clear_messages(NULL);
    llmc_request_free(request);
}

static void numbers_out_of_range(void **state) {
    llmc_request *request = flow_request("hello");
    double nan_value = strtod("nan", NULL);
    (void)state;
    expect(llmc_request_set_temperature(request, 2.1), LLMC_ERR_INVALID_ARGUMENT, "temperature");
    expect(llmc_request_set_temperature(request, -0.1), LLMC_ERR_INVALID_ARGUMENT, "temperature");
    expect(llmc_request_set_temperature(request, nan_value), LLMC_ERR_INVALID_ARGUMENT, "temperature");
    expect(llmc_request_set_top_p(request, 1.01), LLMC_ERR_INVALID_ARGUMENT, "top_p");
    expect(llmc_request_set_top_p(request, nan_value), LLMC_ERR_INVALID_ARGUMENT, "top_p");
    expect(llmc_request_set_frequency_penalty(request, 2.5), LLMC_ERR_INVALID_ARGUMENT, "penalty");
    expect(llmc_request_set_presence_penalty(request, -2.5), LLMC_ERR_INVALID_ARGUMENT, "penalty");
    expect(llmc_request_set_max_tokens(request, 0), LLMC_ERR_INVALID_ARGUMENT, "max_tokens");
    expect(llmc_request_set_max_tokens(request, -5), LLMC_ERR_INVALID_ARGUMENT, "max_tokens");
    expect(llmc_request_set_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    expect(llmc_request_set_queue_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    expect(llmc_request_set_connect_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    expect(llmc_request_set_first_byte_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    expect(llmc_request_set_first_content_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    expect(llmc_request_set_idle_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    expect(llmc_request_set_max_retries(request, -2), LLMC_ERR_INVALID_ARGUMENT, "max_retries");
    expect(llmc_request_set_retry_delay_ms(request, -1), LLMC_ERR_INVALID_ARGUMENT, "retry_delay_ms");
    llmc_request_free(request);
}

static void malformed_utf8(void **state) {
    static const char *const bad[] = {"\xff", "ab\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x28\xa1"};
    flow *f = *state;
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(llmc_ask(f->client, FLOW_MODEL, bad[i], &response), LLMC_ERR_INVALID_UTF8, "prompt");
        expect(llmc_request_add_message(request, LLMC_ROLE_USER, bad[i]), LLMC_ERR_INVALID_UTF8, "text");
        expect(llmc_request_add_stop(request, bad[i]), LLMC_ERR_INVALID_UTF8, "stop");
        expect(llmc_request_set_user(request, bad[i]), LLMC_ERR_INVALID_UTF8, "user");
    }
    expect(llmc_request_add_message(request, LLMC_ROLE_USER, "abc\xff"), LLMC_ERR_INVALID_UTF8, "3");
    assert_null(response);
    assert_unsent(f);
    llmc_request_free(request);
}

static void bad_models(void **state) {
    static const char *const bad[] = {"", "a\nb", "openai/", "openai/a\rb", "x\x7f", "openai/\x01"};
    flow *f = *state;
    llmc_request *request = NULL;
    llmc_response *response = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(llmc_request_new(bad[i], &request), LLMC_ERR_INVALID_MODEL, "model");
        expect(llmc_ask(f->client, bad[i], "hello", &response), LLMC_ERR_INVALID_MODEL, "model");
    }
    expect(llmc_request_new("openai/\xff", &request), LLMC_ERR_INVALID_UTF8, "model");
    assert_null(request);
    assert_null(response);
    assert_unsent(f);
}

static void bad_headers(void **state) {
    static const char *const owned[] = {"host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect"};
    flow *f = *state;
    llmc_request *request = flow_request("hello");
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    const llmc_header evil = {"X-Good", "a\r\nX-Evil: b"};
    expect(llmc_request_add_header(request, "X-A", "b\r\nX-Evil: 1"), LLMC_ERR_INVALID_HEADER, "X-A");
    expect(llmc_request_add_header(request, "X-A", "b\n"), LLMC_ERR_INVALID_HEADER, "X-A");
    expect(llmc_request_add_header(request, "X-\r\nA", "b"), LLMC_ERR_INVALID_HEADER, "name");
    expect(llmc_request_add_header(request, "X A", "b"), LLMC_ERR_INVALID_HEADER, "name");
    expect(llmc_request_add_header(request, "X:A", "b"), LLMC_ERR_INVALID_HEADER, "name");
    expect(llmc_request_add_header(request, "", "b"), LLMC_ERR_INVALID_ARGUMENT, "name");
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        expect(llmc_request_add_header(request, owned[i], "x"), LLMC_ERR_INVALID_ARGUMENT, "name");
    provider.headers = &evil;
    provider.header_count = 1;
    expect(llmc_client_set_provider(f->client, "openai", &provider), LLMC_ERR_INVALID_HEADER, "headers[0]");
    provider.headers = NULL;
    expect(llmc_client_set_provider(f->client, "openai", &provider), LLMC_ERR_INVALID_ARGUMENT, "headers");
    provider.header_count = 0;
    provider.organization = "org\r\nX-Evil: 1";
    expect(llmc_client_set_provider(f->client, "openai", &provider), LLMC_ERR_INVALID_HEADER, "organization");
    provider.organization = NULL;
    provider.project = "p\n";
    expect(llmc_client_set_provider(f->client, "openai", &provider), LLMC_ERR_INVALID_HEADER, "project");
    llmc_request_free(request);
}

static void bad_keys(void **state) {
    static const char *const bad[] = {FLOW_KEY "\n", FLOW_KEY "\r\nX-Evil: 1", " " FLOW_KEY, FLOW_KEY "\x7f", "a b"};
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_response *response = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        provider.api_key = bad[i];
        expect(llmc_client_set_provider(f->client, "openai", &provider), LLMC_ERR_INVALID_KEY, "api_key");
    }
    assert_int_equal(llmc_ask(f->client, FLOW_MODEL, "hello", &response), LLMC_OK);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Authorization"), "Bearer " FLOW_KEY);
    llmc_response_free(response);
}

static void bad_urls(void **state) {
    static const char *const bad[] = {"",
                                      "example.com/v1",
                                      "ftp://example.com/v1",
                                      "file:///etc/passwd",
                                      "http://",
                                      "https:///v1",
                                      "https://user:pw@example.com/v1",
                                      "https://exa mple.com/v1",
                                      "https://example.com\r\nX: y/v1",
                                      "https://example.com:99999/v1",
                                      "http://example.com/v1",
                                      "http://127.0.0.1.example.com/v1"};
    static const char *const good[] = {"https://example.com/v1", "http://localhost:8080/v1", "http://127.0.0.1/v1/",
                                       "http://[::1]:9/v1"};
    flow *f = *state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        llmc_provider_options provider = flow_provider(bad[i]);
        expect(llmc_client_set_provider(f->client, "openai", &provider), LLMC_ERR_INVALID_URL, "base_url");
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        llmc_provider_options provider = flow_provider(good[i]);
        assert_int_equal(llmc_client_set_provider(f->client, "openai", &provider), LLMC_OK);
    }
    assert_unsent(f);
}

static void bad_json(void **state) {
    static const char *const bad[] = {"", "[1]", "{", "{\"a\":1} x", "\"text\"", "{'a':1}", "{\"a\":\"\xff\"}"};
    llmc_request *request = flow_request("hello");
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect(llmc_request_set_extra_json(request, bad[i]), LLMC_ERR_INVALID_JSON, "json");
    assert_int_equal(llmc_request_set_extra_json(request, NULL), LLMC_OK);
    llmc_request_free(request);
}

static void unknown_provider(void **state) {
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_client_options options = flow_options();
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    llmc_status status = llmc_ask(f->client, "nosuch/model", "hello", &response);
    expect_call(status, response, LLMC_ERR_UNKNOWN_PROVIDER, "nosuch");
    provider.adapter = "nosuch-adapter";
    expect(llmc_client_set_provider(f->client, "mine", &provider), LLMC_ERR_UNKNOWN_PROVIDER, "adapter");
    options.default_provider = "another";
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    status = llmc_ask(client, "bare-model", "hello", &response);
    expect_call(status, response, LLMC_ERR_UNKNOWN_PROVIDER, "another");
    llmc_client_free(client);
    assert_unsent(f);
}

static void missing_key(void **state) {
    flow *f = *state;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_client_options options = flow_options();
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    llmc_status status;
    provider.base_url = llmc_mock_base_url(f->mock);
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    assert_int_equal(llmc_client_set_provider(client, "openai", &provider), LLMC_OK);
    status = llmc_ask(client, FLOW_MODEL, "hello", &response);
    expect_call(status, response, LLMC_ERR_MISSING_KEY, "OPENAI_API_KEY");
    llmc_client_free(client);
    assert_unsent(f);
}

static void a_request_without_messages(void **state) {
    flow *f = *state;
    llmc_request *request = NULL;
    llmc_response *response = NULL;
    llmc_status status;
    assert_int_equal(llmc_request_new(FLOW_MODEL, &request), LLMC_OK);
    status = llmc_execute(f->client, request, &response);
    expect_call(status, response, LLMC_ERR_INVALID_ARGUMENT, "message");
    assert_unsent(f);
    llmc_request_free(request);
}

static void bad_client_options(void **state) {
    llmc_client *client = NULL;
    llmc_client_options options = flow_options();
    (void)state;
    options.size = 3;
    expect(llmc_client_new(&options, &client), LLMC_ERR_INVALID_ARGUMENT, "size");
    options = flow_options();
    options.timeout_ms = -2;
    expect(llmc_client_new(&options, &client), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    options = flow_options();
    options.idle_timeout_ms = -7;
    expect(llmc_client_new(&options, &client), LLMC_ERR_INVALID_ARGUMENT, "idle_timeout_ms");
    options = flow_options();
    options.user_agent = "a\r\nX-Evil: 1";
    expect(llmc_client_new(&options, &client), LLMC_ERR_INVALID_HEADER, "user_agent");
    options = flow_options();
    options.proxy = "no proxy\n";
    expect(llmc_client_new(&options, &client), LLMC_ERR_INVALID_URL, "proxy");
    assert_null(client);
}

/* ---- the environment ---- */

static llmc_client_options with_environment(void) {
    llmc_client_options options = flow_options();
    options.ignore_environment = false;
    return options;
}

static void set_variable(const char *name, const char *value) {
    assert_int_equal(setenv(name, value, 1), 0);
}

static void key_and_url_of_the_environment(void **state) {
    flow *f = *state;
    llmc_client_options options = with_environment();
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    set_variable("OPENAI_API_KEY", "sk-of-environment");
    set_variable("OPENAI_BASE_URL", llmc_mock_base_url(f->mock));
    set_variable("OPENAI_ORG_ID", "org-env");
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    set_variable("OPENAI_API_KEY", "sk-too-late");
    set_variable("OPENAI_BASE_URL", "http://127.0.0.1:1/v1");
    assert_int_equal(llmc_ask(client, "flow-1", "hello", &response), LLMC_OK);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Authorization"), "Bearer sk-of-environment");
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "OpenAI-Organization"), "org-env");
    llmc_response_free(response);
    llmc_client_free(client);
}

static void options_come_before_the_environment(void **state) {
    flow *f = *state;
    llmc_client_options options = with_environment();
    llmc_client *client;
    llmc_response *response = NULL;
    set_variable("OPENAI_API_KEY", "sk-of-environment");
    set_variable("OPENAI_BASE_URL", "http://127.0.0.1:1/v1");
    client = flow_client(llmc_mock_base_url(f->mock), &options);
    assert_int_equal(llmc_ask(client, "flow-1", "hello", &response), LLMC_OK);
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "Authorization"), "Bearer " FLOW_KEY);
    llmc_response_free(response);
    llmc_client_free(client);
}

/* A bad variable does no harm to a program that uses another provider: the calls that need it are refused. */
static void refused_for(const char *named, llmc_status expected) {
    llmc_client_options options = with_environment();
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    llmc_status status;
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    status = llmc_ask(client, "flow-1", "hello", &response);
    expect_call(status, response, expected, named);
    llmc_client_free(client);
}

static void bad_environment(void **state) {
    flow *f = *state;
    set_variable("OPENAI_API_KEY", FLOW_KEY);
    set_variable("OPENAI_BASE_URL", "ftp://example.com");
    refused_for("OPENAI_BASE_URL", LLMC_ERR_INVALID_URL);
    assert_int_equal(unsetenv("OPENAI_BASE_URL"), 0);
    set_variable("OPENAI_API_KEY", FLOW_KEY "\nX");
    refused_for("OPENAI_API_KEY", LLMC_ERR_INVALID_KEY);
    assert_unsent(f);
}

static void an_empty_variable_is_none(void **state) {
    flow *f = *state;
    llmc_client_options options = with_environment();
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    llmc_status status;
    set_variable("OPENAI_API_KEY", "");
    set_variable("OPENAI_BASE_URL", llmc_mock_base_url(f->mock));
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    status = llmc_ask(client, "flow-1", "hello", &response);
    expect_call(status, response, LLMC_ERR_MISSING_KEY, "OPENAI_API_KEY");
    assert_unsent(f);
    llmc_client_free(client);
}

/* Asks through a client made with these options; says how it ended. */
static llmc_status ask_through(const char *base_url, const llmc_client_options *options) {
    llmc_client *client = flow_client(base_url, options);
    llmc_response *response = NULL;
    llmc_status status = llmc_ask(client, FLOW_MODEL, "hello", &response);
    llmc_response_free(response);
    llmc_client_free(client);
    return status;
}

/* No proxy reaches this machine's own loopback: the environment's is for other hosts, an option's for all. */
static void loopback_and_proxies(void **state) {
    flow *f = *state;
    const char *mock_url = llmc_mock_base_url(f->mock);
    llmc_client_options options = with_environment();
    char dead[64];
    (void)snprintf(dead, sizeof(dead), "http://127.0.0.1:%d", flow_closed_port());
    set_variable("http_proxy", dead);
    set_variable("all_proxy", dead);
    assert_int_equal(ask_through(mock_url, &options), LLMC_OK);
    options.proxy = "";
    assert_int_equal(ask_through(mock_url, &options), LLMC_OK);
    options.proxy = dead;
    assert_int_equal(ask_through(mock_url, &options), LLMC_ERR_CONNECT);
    options.ignore_environment = true;
    assert_int_equal(ask_through(mock_url, &options), LLMC_ERR_CONNECT);
}

static void proxies_are_read_once(void **state) {
    flow *f = *state;
    llmc_client_options options = with_environment();
    llmc_client *client = flow_client(llmc_mock_base_url(f->mock), &options);
    llmc_response *response = NULL;
    set_variable("http_proxy", "http://127.0.0.1:1");
    set_variable("all_proxy", "http://127.0.0.1:1");
    assert_int_equal(llmc_ask(client, FLOW_MODEL, "hello", &response), LLMC_OK);
    llmc_response_free(response);
    llmc_client_free(client);
}

static void far_hosts_go_through_the_proxy(void **state) {
    flow *f = *state;
    llmc_client_options options = with_environment();
    char proxy[64];
    (void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", llmc_mock_port(f->mock));
    set_variable("HTTPS_PROXY", proxy);
    assert_true(ask_through("https://far.example.invalid/v1", &options) < 0);
    assert_int_equal(flow_mock_stats(f).connections, 1);
    set_variable("NO_PROXY", "example.org,.example.invalid");
    assert_int_equal(ask_through("https://far.example.invalid/v1", &options), LLMC_ERR_RESOLVE);
    assert_int_equal(unsetenv("NO_PROXY"), 0);
    options.ignore_environment = true;
    assert_int_equal(ask_through("https://far.example.invalid/v1", &options), LLMC_ERR_RESOLVE);
    options.ignore_environment = false;
    assert_int_equal(flow_mock_stats(f).connections, 1);
    set_variable("http_proxy", proxy);
    options.allow_insecure_http = true;
    (void)ask_through("http://far.example.invalid/v1", &options);
    assert_int_equal(flow_mock_stats(f).connections, 2);
}

/* A CGI host sets HTTP_PROXY from a request's "Proxy:" header (CVE-2016-5385): in capitals it is not read. */
static void http_proxy_in_capitals_is_not_read(void **state) {
    flow *f = *state;
    llmc_client_options options = with_environment();
    char proxy[64];
    (void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", llmc_mock_port(f->mock));
    set_variable("HTTP_PROXY", proxy);
    options.allow_insecure_http = true;
    assert_int_equal(ask_through("http://far.example.invalid/v1", &options), LLMC_ERR_RESOLVE);
    assert_unsent(f);
}

static void unknown_hosts(void **state) {
    llmc_client_options options = flow_options();
    (void)state;
    assert_int_equal(ask_through("https://no-such-host.invalid/v1", &options), LLMC_ERR_RESOLVE);
}

#define CLEAN_TEST(name) cmocka_unit_test_setup_teardown(name, open_flow, close_flow)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN_TEST(null_client_functions),
        CLEAN_TEST(null_call_functions),
        CLEAN_TEST(null_request_functions),
        CLEAN_TEST(numbers_out_of_range),
        CLEAN_TEST(malformed_utf8),
        CLEAN_TEST(bad_models),
        CLEAN_TEST(bad_headers),
        CLEAN_TEST(bad_keys),
        CLEAN_TEST(bad_urls),
        CLEAN_TEST(bad_json),
        CLEAN_TEST(unknown_provider),
        CLEAN_TEST(missing_key),
        CLEAN_TEST(a_request_without_messages),
        CLEAN_TEST(bad_client_options),
        CLEAN_TEST(key_and_url_of_the_environment),
        CLEAN_TEST(options_come_before_the_environment),
        CLEAN_TEST(bad_environment),
        CLEAN_TEST(an_empty_variable_is_none),
        CLEAN_TEST(loopback_and_proxies),
        CLEAN_TEST(http_proxy_in_capitals_is_not_read),
        CLEAN_TEST(proxies_are_read_once),
        CLEAN_TEST(far_hosts_go_through_the_proxy),
        CLEAN_TEST(unknown_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
