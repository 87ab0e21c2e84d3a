/* The public API over TLS and HTTP/2, through a real nginx. */
#include "support_flow.h"
#include "support_nginx.h"

#define ITEMS 300

typedef struct secure {
    flow f;
    nginx server;
    char url[64], wrong_url[64];
} secure;

/* False: no nginx here, which nginx_start says on stdout. */
static bool secure_open(secure *s, const char *ca_file, llmc_http_version version) {
    llmc_client_options options = flow_options();
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    assert_int_equal(llmc_mock_new(&s->f.mock), LLMC_OK);
    if (!nginx_start(&s->server, llmc_mock_port(s->f.mock), true)) {
        llmc_mock_free(s->f.mock);
        return false;
    }
    (void)snprintf(s->url, sizeof(s->url), "https://localhost:%d/v1", s->server.port);
    (void)snprintf(s->wrong_url, sizeof(s->wrong_url), "https://localhost:%d/v1", s->server.wrong_host_port);
    options.ca_file = ca_file ? ca_file : s->server.ca_file;
    options.http_version = version;
    assert_int_equal(llmc_client_new(&options, &s->f.client), LLMC_OK);
    provider.api_key = FLOW_KEY;
    provider.base_url = s->url;
    assert_int_equal(llmc_client_set_provider(s->f.client, "openai", &provider), LLMC_OK);
    return true;
}

static void secure_close(secure *s) {
    llmc_client_free(s->f.client);
    nginx_stop(&s->server);
    llmc_mock_free(s->f.mock);
}

static void stream_once(llmc_client *client) {
    llmc_request *request = flow_request("one two three");
    const llmc_event *event = NULL;
    llmc_stream *stream = NULL;
    llmc_status status;
    size_t pieces = 0;
    assert_int_equal(llmc_execute_stream(client, request, &stream), LLMC_OK);
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK)
        pieces += llmc_event_type(event) == LLMC_EVENT_TEXT;
    assert_int_equal(status, LLMC_END);
    assert_int_equal(pieces, 3);
    assert_string_equal(llmc_response_output(llmc_stream_response(stream)), "one two three");
    llmc_stream_free(stream);
    llmc_request_free(request);
}

static void ask_and_stream(void **state) {
    secure s;
    llmc_response *response = NULL;
    llmc_attempt attempt;
    (void)state;
    if (!secure_open(&s, NULL, LLMC_HTTP_AUTO))
        return;
    assert_int_equal(llmc_ask(s.f.client, FLOW_MODEL, "over TLS", &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "over TLS");
    llmc_response_free(response);
    assert_int_equal(llmc_ask(s.f.client, FLOW_MODEL, "again", &response), LLMC_OK);
    assert_true(llmc_response_attempt(response, 0, &attempt));
    assert_true(attempt.reused_connection);
    llmc_response_free(response);
    stream_once(s.f.client);
    assert_int_equal(llmc_mock_request_count(s.f.mock), 3);
    secure_close(&s);
}

static void a_batch_shares_http2_connections(void **state) {
    secure s;
    llmc_request *request = flow_request("many at once");
    const llmc_request *requests[ITEMS];
    llmc_response *results[ITEMS];
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    size_t seen = 0;
    (void)state;
    if (secure_open(&s, NULL, LLMC_HTTP_2)) {
        llmc_mock_script slow = flow_slow(100);
        assert_int_equal(llmc_mock_set_default(s.f.mock, &slow), LLMC_OK);
        for (size_t i = 0; i < ITEMS; i++)
            requests[i] = request;
        options.max_concurrency = ITEMS;
        assert_int_equal(llmc_execute_batch(s.f.client, requests, ITEMS, &options, results), LLMC_OK);
        for (size_t i = 0; i < ITEMS; i++)
            llmc_response_free(results[i]);
        assert_int_equal(nginx_connections_after(&s.server, ITEMS, &seen), ITEMS / 100);
        assert_int_equal(seen, ITEMS);
        secure_close(&s);
    }
    llmc_request_free(request);
}

/* Nothing is sent to a server whose certificate does not hold. */
static void refused(secure *s, const char *url) {
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_response *response = NULL;
    provider.base_url = url;
    assert_int_equal(llmc_client_set_provider(s->f.client, "openai", &provider), LLMC_OK);
    assert_int_equal(llmc_ask(s->f.client, FLOW_MODEL, "secret", &response), LLMC_ERR_TLS);
    assert_true(strlen(llmc_response_error_message(response)) > 0);
    assert_null(strstr(llmc_response_error_message(response), FLOW_KEY));
    llmc_response_free(response);
    assert_int_equal(llmc_mock_request_count(s->f.mock), 0);
}

static void a_wrong_host_is_refused(void **state) {
    secure s;
    (void)state;
    if (!secure_open(&s, NULL, LLMC_HTTP_AUTO))
        return;
    refused(&s, s.wrong_url);
    secure_close(&s);
}

static void an_unknown_ca_is_refused(void **state) {
    secure s;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_response *response = NULL;
    (void)state;
    if (!secure_open(&s, "/etc/ssl/certs/ca-certificates.crt", LLMC_HTTP_AUTO))
        return;
    refused(&s, s.url);
    provider.ca_file = s.server.ca_file; /* the provider's own roots go before the client's */
    assert_int_equal(llmc_client_set_provider(s.f.client, "openai", &provider), LLMC_OK);
    assert_int_equal(llmc_ask(s.f.client, FLOW_MODEL, "trusted now", &response), LLMC_OK);
    llmc_response_free(response);
    secure_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ask_and_stream),
        cmocka_unit_test(a_batch_shares_http2_connections),
        cmocka_unit_test(a_wrong_host_is_refused),
        cmocka_unit_test(an_unknown_ca_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
