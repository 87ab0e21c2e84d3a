/* A server that answers before it has read the request: its answer is what the caller gets, not a broken connection. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support_flow.h"
#include "support_nginx.h"

#define MANY       60
#define PART_BYTES 65536

typedef struct site {
    llmc_mock *mock;
    nginx *server;
    llmc_client *client;
} site;

static nginx *running; /* to be stopped when an assertion leaves a test early */

static int stop_nginx(void **state) {
    (void)state;
    if (running != NULL)
        nginx_stop(running);
    running = NULL;
    return 0;
}

/* False: no nginx here, which nginx_start says on stdout. */
static bool site_open(site *s, const char *path, llmc_http_version version) {
    static nginx server; /* outlives the test function */
    llmc_client_options options = flow_options();
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    char url[96];
    assert_int_equal(llmc_mock_new(&s->mock), LLMC_OK);
    s->server = &server;
    if (!nginx_start(s->server, llmc_mock_port(s->mock), true)) {
        llmc_mock_free(s->mock);
        return false;
    }
    running = s->server;
    options.ca_file = s->server->ca_file;
    options.http_version = version;
    options.breaker_failures = -1;
    assert_int_equal(llmc_client_new(&options, &s->client), LLMC_OK);
    (void)snprintf(url, sizeof(url), "https://localhost:%d%s", s->server->port, path);
    provider.api_key = FLOW_KEY;
    provider.base_url = url;
    assert_int_equal(llmc_client_set_provider(s->client, "openai", &provider), LLMC_OK);
    return true;
}

static void site_close(site *s) {
    llmc_client_free(s->client);
    stop_nginx(NULL);
    llmc_mock_free(s->mock);
}

static llmc_request *request_of(size_t bytes) {
    char *text = malloc(bytes + 1);
    llmc_request *request;
    assert_non_null(text);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    request = flow_request(text);
    free(text);
    return request;
}

typedef void (*check_fn)(const llmc_response *response);

static void ask_many(llmc_client *client, size_t count, size_t bytes, check_fn check) {
    llmc_request *request = request_of(bytes);
    const llmc_request **requests = calloc(count, sizeof(*requests));
    llmc_response **results = calloc(count, sizeof(*results));
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    assert_non_null(requests);
    assert_non_null(results);
    for (size_t i = 0; i < count; i++)
        requests[i] = request;
    options.max_concurrency = 300;
    (void)llmc_execute_batch(client, requests, count, &options, results);
    for (size_t i = 0; i < count; i++) {
        check(results[i]);
        llmc_response_free(results[i]);
    }
    free(requests);
    free(results);
    llmc_request_free(request);
}

static void check_attempt(const llmc_response *response, int http_status) {
    llmc_attempt attempt;
    assert_int_equal(llmc_response_attempt_count(response), 1);
    assert_true(llmc_response_attempt(response, 0, &attempt));
    assert_int_equal(attempt.http_status, http_status);
    assert_false(attempt.maybe_executed);
}

static void is_refused(const llmc_response *response) {
    const llmc_error *error = llmc_response_error(response);
    assert_int_equal(llmc_response_status(response), LLMC_ERR_RATE_LIMITED);
    assert_int_equal(llmc_error_retry_after_ms(error), 20);
    assert_string_equal(llmc_error_provider_code(error), "rate_limit_exceeded");
    assert_non_null(strstr(llmc_response_error_message(response), "slow down"));
    check_attempt(response, 429);
}

static void is_answered(const llmc_response *response) {
    assert_int_equal(llmc_response_status(response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "early");
    check_attempt(response, 200);
}

static void refused_over(llmc_http_version version) {
    site s;
    if (!site_open(&s, "/refused", version))
        return;
    ask_many(s.client, MANY, 100000, is_refused);
    ask_many(s.client, MANY, 100000, is_refused); /* whatever has been learnt by now */
    site_close(&s);
    if (!site_open(&s, "/refused", version))
        return;
    ask_many(s.client, 12, 3000000, is_refused);
    site_close(&s);
}

static void refused_over_h2(void **state) {
    (void)state;
    refused_over(LLMC_HTTP_2);
}

static void refused_over_what_is_offered(void **state) {
    (void)state;
    refused_over(LLMC_HTTP_AUTO);
}

static void refused_over_h1(void **state) {
    (void)state;
    refused_over(LLMC_HTTP_1_1);
}

/* Bodies that fit into one write leave with their heads, so that nothing is cut short. */
static void many_short_ones_stay_on_few_connections(void **state) {
    site s;
    size_t seen = 0;
    (void)state;
    if (!site_open(&s, "/answered", LLMC_HTTP_2))
        return;
    ask_many(s.client, 2000, 100, is_answered);
    assert_true(nginx_connections_after(s.server, 2000, &seen) <= 6);
    assert_int_equal(seen, 2000);
    site_close(&s);
}

/* Reads the head and a part of the body, answers and closes, with the rest unread: the system then resets the
 * connection, mostly while the client still writes. */
typedef struct curt {
    int listener, port, wanted;
} curt;

static void answer_curtly(int fd) {
    static const char answer[] =
        "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: 74\r\n\r\n"
        "{\"error\":{\"message\":\"the body is too large\",\"type\":\"size\",\"code\":\"large\"}}";
    static char part[PART_BYTES];
    (void)recv(fd, part, sizeof(part), MSG_WAITALL);
    (void)send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
    close(fd);
}

static void serve_curtly(void *ctx) {
    const curt *self = ctx;
    struct pollfd ready = {self->listener, POLLIN, 0};
    for (int i = 0; i < self->wanted && poll(&ready, 1, FLOW_DEADLINE_MS) == 1; i++)
        answer_curtly(accept(self->listener, NULL, NULL));
}

/* libcurl reads before it writes; a server that hangs up in the microseconds between the two is met by the write. */
static size_t met_by_the_write;

static void is_too_large(const llmc_response *response) {
    if (llmc_response_status(response) == LLMC_ERR_CONNECTION_LOST) {
        met_by_the_write++;
        return;
    }
    assert_int_equal(llmc_response_status(response), LLMC_ERR_BAD_REQUEST);
    assert_string_equal(llmc_error_provider_code(llmc_response_error(response)), "large");
    check_attempt(response, 413);
}

static void refused_by_one_that_hangs_up(void **state) {
    static const size_t sizes[] = {70000, 300000, 4000000};
    llmc_client_options options = flow_options();
    curt server = {.wanted = (int)(sizeof(sizes) / sizeof(sizes[0])) * MANY};
    llmc__thread thread;
    llmc_client *client;
    char url[64];
    (void)state;
    server.listener = flow_listen(MANY, &server.port);
    options.breaker_failures = -1;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", server.port);
    client = flow_client(url, &options);
    assert_int_equal(llmc__thread_start(&thread, "curt", serve_curtly, &server), LLMC_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        ask_many(client, MANY, sizes[i], is_too_large);
    assert_in_range(met_by_the_write, 0, 3); /* of 180 */
    llmc__thread_join(&thread);
    close(server.listener);
    llmc_client_free(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(refused_over_h2, stop_nginx),
        cmocka_unit_test_teardown(refused_over_what_is_offered, stop_nginx),
        cmocka_unit_test_teardown(refused_over_h1, stop_nginx),
        cmocka_unit_test_teardown(many_short_ones_stay_on_few_connections, stop_nginx),
        cmocka_unit_test(refused_by_one_that_hangs_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
