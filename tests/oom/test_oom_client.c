/* Each allocation of the library fails in turn: nothing crashes, leaks or hangs, and what is told is true. */
#include "support_oom.h"
#include <poll.h>
#include <unistd.h>

/* ---- without a call ---- */

static llmc_status new_and_free(llmc_client *none) {
    llmc_client_options options = oom_options(2);
    llmc_client *client = (llmc_client *)(void *)&options;
    llmc_status status;
    (void)none;
    options.default_provider = "openai";
    options.user_agent = "oom/1";
    options.proxy = "http://127.0.0.1:9";
    options.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    status = llmc_client_new(&options, &client);
    assert_true((client != NULL) == (status == LLMC_OK));
    assert_true(status == LLMC_OK || *llmc_last_error_message() != '\0');
    llmc_client_free(client);
    return status;
}

static llmc_status set_provider(llmc_client *client) {
    const llmc_header headers[] = {{"X-One", "1"}, {"X-Two", "2"}};
    static const char *const keys[] = {"sk-1", "sk-2"};
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_status added, changed;
    provider.api_key = "sk-other";
    provider.base_url = "http://127.0.0.1:9/v1";
    provider.organization = "org";
    provider.project = "proj";
    provider.headers = headers;
    provider.header_count = 2;
    provider.ca_file = "/nowhere.pem";
    provider.proxy = "";
    added = llmc_client_set_provider(client, "mine", &provider);
    oom_assert_status(added, LLMC_OK);
    provider.api_key = NULL;
    provider.base_url = NULL;
    provider.headers = NULL;
    provider.header_count = 0;
    provider.api_keys = keys;
    provider.api_key_count = 2;
    provider.region = "eu-west-1";
    provider.api_version = "v1";
    provider.access_key_id = "AKID";
    provider.secret_access_key = "secret";
    provider.session_token = "session";
    changed = llmc_client_set_provider(client, "openai", &provider);
    return added != LLMC_OK ? added : changed;
}

/* Keeps the first failure and goes on: each setter must stand alone. */
static void note(llmc_status *first, llmc_status status) {
    oom_assert_status(status, LLMC_OK);
    if (*first == LLMC_OK)
        *first = status;
}

static void fill(llmc_request *request, llmc_status *first) {
    note(first, llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "Be brief."));
    for (int i = 0; i < 10; i++)
        note(first, llmc_request_add_message_n(request, LLMC_ROLE_USER, "a\0b", 3));
    for (int i = 0; i < 4; i++)
        note(first, llmc_request_add_stop(request, "END"));
    note(first, llmc_request_set_user(request, "user-1"));
    note(first, llmc_request_set_user(request, "user-2"));
    note(first, llmc_request_set_extra_json(request, "{\"logprobs\":true,\"top\":{\"a\":[1,2,3]}}"));
    note(first, llmc_request_add_header(request, "X-Trace", "1"));
    note(first, llmc_request_add_header(request, "X-Trace-2", "2"));
    note(first, llmc_request_set_temperature(request, 0.5));
    note(first, llmc_request_set_seed(request, 7));
}

static llmc_status build_request(llmc_client *none) {
    llmc_request *request = NULL, *copy = NULL;
    llmc_status first;
    (void)none;
    first = llmc_request_new("openai/oom-1", &request);
    assert_true((request != NULL) == (first == LLMC_OK));
    if (request == NULL)
        return first;
    fill(request, &first);
    note(&first, llmc_request_copy(request, &copy));
    if (copy != NULL)
        note(&first, llmc_request_add_message(copy, LLMC_ROLE_ASSISTANT, "Yes."));
    llmc_request_clear_messages(request);
    note(&first, llmc_request_add_message(request, LLMC_ROLE_USER, "again"));
    llmc_request_free(request);
    llmc_request_free(copy);
    return first;
}

/* ---- blocking calls ---- */

/* What was told must be whole where it was told to be, and named where it was not. */
static void check_response(const llmc_response *response, llmc_status status, const char *text) {
    if (status == LLMC_OK)
        assert_non_null(response);
    if (response == NULL)
        return;
    assert_int_equal(llmc_response_status(response), status);
    if (status == LLMC_OK && text != NULL)
        assert_string_equal(llmc_response_output(response), text);
    assert_true((llmc_response_error(response) == NULL) == (status == LLMC_OK));
    assert_true((*llmc_response_error_message(response) == '\0') == (status == LLMC_OK));
}

static llmc_status ask(llmc_client *client) {
    llmc_response *response = NULL;
    llmc_status status = llmc_ask(client, oom_model(OOM_ECHO), OOM_TEXT, &response);
    check_response(response, status, OOM_TEXT);
    llmc_response_free(response);
    return status;
}

static void check_rich(const llmc_response *response) {
    assert_string_equal(llmc_response_output(response), "Zero.");
    assert_string_equal(llmc_response_reasoning(response), "Why \xc3\xa9?");
    assert_string_equal(llmc_response_model(response), "oom-1-2026");
    assert_string_equal(llmc_response_id(response), "chatcmpl-1");
    assert_int_equal(llmc_response_tool_call_count(response), 2);
    assert_string_equal(llmc_response_tool_call_id(response, 0), "call_a");
    assert_string_equal(llmc_response_tool_call_name(response, 0), "weather");
    assert_string_equal(llmc_response_tool_call_arguments(response, 0), "{\"city\":\"Paris\"}");
    assert_string_equal(llmc_response_tool_call_id(response, 1), "call_b");
    assert_string_equal(llmc_response_tool_call_name(response, 1), "clock");
    assert_int_equal(llmc_response_choice_count(response), 2);
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_TOOL_CALLS);
    assert_int_equal(llmc_response_tokens_in(response), 9);
    assert_int_equal(llmc_response_attempt_count(response), 1);
}

/* The second question finds a connection, a handle and a shard that are there already. */
static llmc_status ask_again(llmc_client *client) {
    oom_pause(true);
    oom_assert_sound(client);
    oom_pause(false);
    return ask(client);
}

/* After so many in a row the thread that asks drives the loop itself. */
static llmc_status ask_in_a_series(llmc_client *client) {
    oom_pause(true);
    for (int i = 0; i < 8; i++)
        oom_assert_sound(client);
    oom_pause(false);
    return ask(client);
}

/* Sockets get numbers for which the client's tables have to grow. */
static llmc_status ask_with_high_numbers(llmc_client *client) {
    int taken[200];
    llmc_status status;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        taken[i] = dup(STDERR_FILENO);
        assert_true(taken[i] >= 0);
    }
    status = ask(client);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        close(taken[i]);
    return status;
}

static llmc_status execute_on(llmc_client *client, oom_server server, llmc_response **out) {
    llmc_request *request = NULL;
    llmc_status status = llmc_request_new(oom_model(server), &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, OOM_TEXT);
    if (status == LLMC_OK) {
        status = llmc_execute(client, request, out);
        check_response(*out, status, NULL);
    }
    llmc_request_free(request);
    return status;
}

static llmc_status execute_rich(llmc_client *client) {
    llmc_response *response = NULL;
    llmc_status status = execute_on(client, OOM_RICH, &response);
    if (status == LLMC_OK)
        check_rich(response);
    llmc_response_free(response);
    return status;
}

static llmc_status execute_busy(llmc_client *client) {
    llmc_response *response = NULL;
    llmc_status status = execute_on(client, OOM_BUSY, &response);
    if (status == LLMC_ERR_RATE_LIMITED) {
        assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 429);
        assert_true(llmc_error_retryable(llmc_response_error(response)));
        assert_int_equal(llmc_error_retry_after_ms(llmc_response_error(response)), 20000);
    }
    llmc_response_free(response);
    return status;
}

/* ---- pull streams ---- */

static llmc_status drain(llmc_stream *stream) {
    const llmc_event *event = NULL;
    llmc_status status;
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK)
        assert_non_null(event);
    assert_null(event);
    assert_non_null(llmc_stream_response(stream));
    return status;
}

/* What ends whole has told everything; NULL: not to be looked at. */
static llmc_status pull(llmc_client *client, oom_server server, const char *text) {
    llmc_request *request = oom_request(server);
    llmc_stream *stream = NULL;
    llmc_status status = llmc_execute_stream(client, request, &stream);
    assert_true((stream != NULL) == (status == LLMC_OK));
    llmc_request_free(request);
    if (status != LLMC_OK)
        return status;
    status = drain(stream);
    if (status == LLMC_END && text != NULL)
        assert_string_equal(llmc_response_output(llmc_stream_response(stream)), text);
    if (status == LLMC_END && server == OOM_RICH_STREAM)
        check_rich(llmc_stream_response(stream));
    if (status != LLMC_END)
        check_response(llmc_stream_response(stream), status, NULL);
    llmc_stream_free(stream);
    return status;
}

static llmc_status pull_echo(llmc_client *client) {
    return pull(client, OOM_ECHO, OOM_TEXT);
}

static llmc_status pull_rich(llmc_client *client) {
    return pull(client, OOM_RICH_STREAM, "Zero.");
}

static llmc_status pull_erring(llmc_client *client) {
    return pull(client, OOM_ERRING, NULL);
}

static llmc_status pull_cut(llmc_client *client) {
    return pull(client, OOM_CUT, NULL);
}

static llmc_status pull_busy(llmc_client *client) {
    return pull(client, OOM_BUSY, NULL);
}

/* ---- async calls ---- */

typedef struct started {
    oom_tally tally;
    llmc_call *call;
    llmc_status status;
} started;

static void begin(started *s, llmc_client *client, oom_server server, bool stream) {
    llmc_request *request = oom_request(server);
    oom_tally_init(&s->tally);
    s->call = NULL;
    s->status = stream ? llmc_execute_stream_async(client, request, oom_on_event, oom_on_done, &s->tally, &s->call)
                       : llmc_execute_async(client, request, oom_on_done, &s->tally, &s->call);
    assert_true((s->call != NULL) == (s->status == LLMC_OK));
    llmc_request_free(request);
}

/* Waits, and checks that the callback came once, with what waiting answers. */
static llmc_status end(started *s, const char *text) {
    llmc_response *response = NULL;
    bool done = false;
    if (s->call != NULL) {
        s->status = llmc_call_wait_for(s->call, OOM_DEADLINE_MS, &done, &response);
        assert_true(done);
        check_response(response, s->status, text);
        assert_int_equal(s->tally.status, s->status);
    }
    assert_int_equal(s->tally.done, s->call != NULL ? 1 : 0);
    llmc_response_free(response);
    llmc_call_unref(s->call);
    oom_tally_destroy(&s->tally);
    return s->status;
}

static llmc_status push_echo(llmc_client *client) {
    started s;
    begin(&s, client, OOM_ECHO, true);
    return end(&s, OOM_TEXT);
}

static llmc_status push_rich(llmc_client *client) {
    started s;
    begin(&s, client, OOM_RICH_STREAM, true);
    return end(&s, "Zero.");
}

static llmc_status async_echo(llmc_client *client) {
    started s;
    begin(&s, client, OOM_ECHO, false);
    return end(&s, OOM_TEXT);
}

/* As a host's loop does it: nobody blocks in the library. */
static llmc_status dispatch_echo(llmc_client *client) {
    int64_t due = llmc__clock_us() + OOM_DEADLINE_MS * 1000;
    started s;
    begin(&s, client, OOM_ECHO, true);
    while (s.call != NULL && s.tally.done == 0) {
        struct pollfd ready = {llmc_client_fd(client), POLLIN, 0};
        assert_true(llmc__clock_us() < due);
        assert_true(poll(&ready, 1, ready.fd >= 0 ? 1000 : 1) >= 0); /* -1 where there is only poll(2) */
        assert_int_equal(llmc_client_dispatch(client), LLMC_OK);
    }
    return end(&s, OOM_TEXT);
}

static llmc_status cancel_at_once(llmc_client *client) {
    started s;
    begin(&s, client, OOM_STALL, false);
    llmc_call_cancel(s.call);
    return end(&s, NULL);
}

static llmc_status cancel_running(llmc_client *client) {
    started s;
    begin(&s, client, OOM_STALL, true);
    if (s.call != NULL)
        oom_tally_wait_news(&s.tally);
    llmc_call_cancel(s.call);
    return end(&s, NULL);
}

/* ---- batches ---- */

#define ITEMS 5

static llmc_status batch_status(llmc_status status, llmc_response *const *results) {
    llmc_status worst = LLMC_OK;
    for (size_t i = 0; i < ITEMS; i++) {
        llmc_status item = results[i] != NULL ? llmc_response_status(results[i]) : LLMC_ERR_NO_MEMORY;
        if (status == LLMC_OK || status == LLMC_ERR_PARTIAL) {
            oom_assert_status(item, LLMC_OK);
            if (results[i] != NULL)
                check_response(results[i], item, OOM_TEXT);
        } else {
            assert_null(results[i]);
        }
        if (item != LLMC_OK)
            worst = item;
    }
    assert_true((status == LLMC_OK) == (worst == LLMC_OK));
    return worst;
}

static llmc_status batch(llmc_client *client) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    llmc_request *request = oom_request(OOM_ECHO);
    const llmc_request *requests[ITEMS];
    llmc_response *results[ITEMS];
    llmc_status status;
    for (size_t i = 0; i < ITEMS; i++)
        requests[i] = request;
    options.max_concurrency = 3;
    status = llmc_execute_batch(client, requests, ITEMS, &options, results);
    assert_true(status == LLMC_OK || status == LLMC_ERR_PARTIAL || status == LLMC_ERR_NO_MEMORY);
    status = batch_status(status, results);
    for (size_t i = 0; i < ITEMS; i++)
        llmc_response_free(results[i]);
    llmc_request_free(request);
    return status;
}

static llmc_status batch_async(llmc_client *client) {
    llmc_request *request = oom_request(OOM_ECHO);
    const llmc_request *requests[ITEMS] = {request, request, request, request, request};
    llmc_batch *running = NULL;
    oom_tally tally;
    llmc_status status;
    oom_tally_init(&tally);
    status = llmc_execute_batch_async(client, requests, ITEMS, NULL, oom_on_item, oom_on_batch_done, &tally, &running);
    assert_true((running != NULL) == (status == LLMC_OK));
    if (running != NULL) {
        oom_tally_wait_done(&tally);
        status = llmc_batch_wait(running);
        assert_int_equal(tally.items, ITEMS);
        assert_int_equal(tally.status, status);
        oom_assert_status(status == LLMC_ERR_PARTIAL ? LLMC_ERR_NO_MEMORY : status, LLMC_OK);
    }
    assert_int_equal(tally.done, running != NULL ? 1 : 0);
    llmc_batch_unref(running);
    llmc_request_free(request);
    oom_tally_destroy(&tally);
    return status == LLMC_ERR_PARTIAL ? LLMC_ERR_NO_MEMORY : status;
}

/* ---- the client's end in the middle ---- */

/* A client of its own, so that freeing it is part of the trial. */
static llmc_status free_while_running(llmc_client *none) {
    llmc_client *client;
    started s[3];
    llmc_status worst = LLMC_ERR_CANCELLED;
    (void)none;
    oom_pause(true);
    client = oom_client(1);
    oom_pause(false);
    for (int i = 0; i < 3; i++)
        begin(&s[i], client, OOM_STALL, i == 1);
    llmc_client_free(client);
    for (int i = 0; i < 3; i++) {
        llmc_status status = end(&s[i], NULL);
        oom_assert_status(status, LLMC_ERR_CANCELLED);
        worst = status != LLMC_ERR_CANCELLED ? status : worst;
    }
    return worst;
}

/* ---- the tests ---- */

#define ON_CLIENT(name, threads, expected)                                                                             \
    static void test_##name##_##threads(void **state) {                                                                \
        (void)state;                                                                                                   \
        oom_run(name, threads, expected);                                                                              \
    }
#define BARE(name, expected)                                                                                           \
    static void test_##name(void **state) {                                                                            \
        (void)state;                                                                                                   \
        oom_run_bare(name, expected);                                                                                  \
    }

BARE(new_and_free, LLMC_OK)
BARE(build_request, LLMC_OK)
BARE(free_while_running, LLMC_ERR_CANCELLED)
ON_CLIENT(set_provider, 0, LLMC_OK)
ON_CLIENT(ask, 1, LLMC_OK)
ON_CLIENT(ask, 0, LLMC_OK)
ON_CLIENT(ask_again, 1, LLMC_OK)
ON_CLIENT(ask_in_a_series, 1, LLMC_OK)
ON_CLIENT(ask_in_a_series, 2, LLMC_OK)
ON_CLIENT(ask_with_high_numbers, 1, LLMC_OK)
ON_CLIENT(execute_rich, 1, LLMC_OK)
ON_CLIENT(execute_busy, 1, LLMC_ERR_RATE_LIMITED)
ON_CLIENT(pull_echo, 1, LLMC_END)
ON_CLIENT(pull_rich, 1, LLMC_END)
ON_CLIENT(pull_rich, 0, LLMC_END)
ON_CLIENT(pull_erring, 1, LLMC_ERR_SERVER)
ON_CLIENT(pull_cut, 1, LLMC_ERR_INCOMPLETE)
ON_CLIENT(pull_busy, 1, LLMC_ERR_RATE_LIMITED)
ON_CLIENT(push_echo, 1, LLMC_OK)
ON_CLIENT(push_rich, 1, LLMC_OK)
ON_CLIENT(async_echo, 1, LLMC_OK)
ON_CLIENT(dispatch_echo, 0, LLMC_OK)
ON_CLIENT(cancel_at_once, 1, LLMC_ERR_CANCELLED)
ON_CLIENT(cancel_running, 1, LLMC_ERR_CANCELLED)
ON_CLIENT(batch, 1, LLMC_OK)
ON_CLIENT(batch, 0, LLMC_OK)
ON_CLIENT(batch_async, 2, LLMC_OK)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dispatch_echo_0),
        cmocka_unit_test(test_ask_again_1),
        cmocka_unit_test(test_ask_in_a_series_1),
        cmocka_unit_test(test_ask_in_a_series_2),
        cmocka_unit_test(test_ask_with_high_numbers_1),
        cmocka_unit_test(test_build_request),
        cmocka_unit_test(test_new_and_free),
        cmocka_unit_test(test_set_provider_0),
        cmocka_unit_test(test_ask_0),
        cmocka_unit_test(test_ask_1),
        cmocka_unit_test(test_execute_rich_1),
        cmocka_unit_test(test_execute_busy_1),
        cmocka_unit_test(test_pull_echo_1),
        cmocka_unit_test(test_pull_rich_1),
        cmocka_unit_test(test_pull_rich_0),
        cmocka_unit_test(test_pull_erring_1),
        cmocka_unit_test(test_pull_cut_1),
        cmocka_unit_test(test_pull_busy_1),
        cmocka_unit_test(test_push_echo_1),
        cmocka_unit_test(test_push_rich_1),
        cmocka_unit_test(test_async_echo_1),
        cmocka_unit_test(test_cancel_at_once_1),
        cmocka_unit_test(test_cancel_running_1),
        cmocka_unit_test(test_batch_1),
        cmocka_unit_test(test_batch_0),
        cmocka_unit_test(test_batch_async_2),
        cmocka_unit_test(test_free_while_running),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests_name("oom", tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
