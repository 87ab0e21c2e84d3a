/* Retry over connections and streams that break: before content the call is made again, after it never. */
#include "support_resil.h"
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define WHOLE        "one two three"
#define EVENT_STREAM "Content-Type: text/event-stream\r\n"
#define ROLE                                                                                                           \
    "data: {\"id\":\"c1\",\"model\":\"flow-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n"
#define STREAM_ERROR                                                                                                   \
    "data: {\"error\":{\"message\":\"the cooling failed\",\"type\":\"server_error\",\"code\":null}}\n\n"

static const resil_way streams[] = {RESIL_EVENTS, RESIL_PULL};

static llmc_mock_script broken(llmc_mock_fault fault, size_t cut_at) {
    llmc_mock_script script = flow_answer(WHOLE);
    script.fault = fault;
    script.cut_at = cut_at;
    return script;
}

static llmc_mock_script dies_on_read(llmc_mock_fault fault) {
    llmc_mock_script script = broken(fault, 0);
    script.fault_on_read = true;
    return script;
}

static llmc_mock_script raw_stream(const char *body) {
    llmc_mock_script script = flow_script();
    script.headers = EVENT_STREAM;
    script.body = body;
    return script;
}

/* ---- connections ---- */

static void refused_connection(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response = NULL;
    char url[64];
    llmc_client *client;
    (void)state;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", flow_closed_port());
    client = flow_client(url, &options);
    assert_int_equal(llmc_ask(client, FLOW_MODEL, "hi", &response), LLMC_ERR_CONNECT);
    resil_assert_retried(response, 4, LLMC_ERR_CONNECT);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(resil_attempt(response, i).http_status, 0);
        assert_false(resil_attempt(response, i).maybe_executed);
    }
    llmc_response_free(response);
    llmc_client_free(client);
}

/* A server that accepts and hangs up before it has read a byte. */
typedef struct hanger {
    int listener, port, accepted, wanted;
    bool reset;
} hanger;

static void hang_up(size_t number, void *ctx) {
    hanger *self = ctx;
    struct pollfd ready = {self->listener, POLLIN, 0};
    struct linger hard = {1, 0};
    (void)number;
    while (self->accepted < self->wanted && poll(&ready, 1, FLOW_DEADLINE_MS) == 1) {
        int fd = accept(self->listener, NULL, NULL);
        if (fd < 0)
            break;
        self->accepted++;
        if (self->reset)
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
    }
}

static void hung_up(bool reset) {
    llmc_client_options options = resil_options();
    hanger server = {.wanted = 4, .reset = reset};
    llmc_request *request = flow_request("hi");
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    llmc_client *client;
    bool done = false;
    char url[64];
    server.listener = flow_listen(16, &server.port);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", server.port);
    client = flow_client(url, &options);
    assert_int_equal(llmc_execute_async(client, request, NULL, NULL, &call), LLMC_OK);
    flow_run_threads(1, hang_up, &server);
    /* A reset may strike while still connecting: both classes are retried. */
    llmc_status status = llmc_call_wait_for(call, FLOW_DEADLINE_MS, &done, &response);
    assert_true(done);
    assert_true(status == LLMC_ERR_CONNECTION_LOST || status == LLMC_ERR_CONNECT);
    assert_int_equal(llmc_response_attempt_count(response), 4);
    assert_int_equal(server.accepted, 4); /* one connection for each attempt reported */
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_request_free(request);
    llmc_client_free(client);
    close(server.listener);
}

static void lost_before_the_request_was_read(void **state) {
    (void)state;
    hung_up(false);
    hung_up(true);
}

/* On a new connection and on a kept one, where libcurl would send again by itself. */
static void lost_after_the_request_was_read(void **state) {
    static const llmc_mock_fault faults[] = {LLMC_MOCK_CLOSE, LLMC_MOCK_RESET};
    (void)state;
    for (size_t i = 0; i < 2 * RESIL_WAYS; i++) {
        llmc_client_options options = resil_options();
        flow f;
        flow_open(&f, &options);
        for (int kept = 0; kept < 2; kept++) {
            llmc_response *response;
            flow_push(&f, dies_on_read(faults[i % 2]));
            response = resil_ask(&f, (resil_way)(i / 2), LLMC_OK, NULL);
            resil_assert_retried(response, 2, LLMC_ERR_CONNECTION_LOST);
            assert_true(resil_attempt(response, 0).maybe_executed);
            assert_int_equal(resil_attempt(response, 0).reused_connection, kept);
            llmc_response_free(response);
        }
        resil_assert_requests(&f, 4);
        flow_close(&f);
    }
}

/* ---- cuts at every place ---- */

typedef struct cut_sums {
    size_t calls, whole, retried, partial;
} cut_sums;

/* What holds wherever the first answer was cut. */
static void check_cut(flow *f, resil_way way, cut_sums *sums) {
    llmc_request *request = flow_request("hi");
    uint64_t before = flow_mock_stats(f).requests;
    llmc_response *response = NULL;
    resil_seen seen;
    memset(&seen, 0, sizeof(seen));
    if (way == RESIL_EVENTS) {
        llmc_call *call = NULL;
        assert_int_equal(llmc_execute_stream_async(f->client, request, resil_note, NULL, &seen, &call), LLMC_OK);
        (void)llmc_call_wait(call, &response);
        llmc_call_unref(call);
    } else {
        (void)llmc_execute(f->client, request, &response);
    }
    const char *text = llmc_response_output(response);
    size_t attempts = llmc_response_attempt_count(response);
    bool ok = llmc_response_status(response) == LLMC_OK;
    assert_true(ok || llmc_response_status(response) == LLMC_ERR_INCOMPLETE);
    assert_int_equal(flow_mock_stats(f).requests - before, attempts);
    assert_memory_equal(WHOLE, text, strlen(text));
    if (way == RESIL_EVENTS) {
        assert_string_equal(seen.text, text); /* nothing twice, nothing kept back */
        assert_int_equal(seen.starts, 1);
    }
    if (ok)
        assert_string_equal(text, WHOLE);
    else
        assert_non_null(strstr(resil_attempt(response, attempts - 1).why, "reached the caller"));
    sums->calls++;
    sums->whole += ok && attempts == 1;
    sums->retried += ok && attempts == 2;
    sums->partial += !ok && attempts == 1 && strlen(text) > 0;
    llmc_response_free(response);
    llmc_request_free(request);
}

static void cut_everywhere(resil_way way, llmc_mock_fault fault) {
    llmc_client_options options = resil_options();
    cut_sums sums = {0, 0, 0, 0};
    size_t len;
    flow f;
    flow_open(&f, &options);
    flow_push(&f, flow_answer(WHOLE));
    len = flow_raw_response_len(f.mock, way == RESIL_EVENTS);
    flow_default(&f, flow_answer(WHOLE));
    for (size_t cut = 0; cut < len; cut += 3) {
        flow_push(&f, broken(fault, cut));
        check_cut(&f, way, &sums);
    }
    print_message("way %d, fault %d: %zu calls, %zu whole at once, %zu after a retry, %zu partial\n", (int)way,
                  (int)fault, sums.calls, sums.whole, sums.retried, sums.partial);
    assert_int_equal(sums.calls, sums.whole + sums.retried + sums.partial);
    assert_true(sums.retried > 0);
    if (way == RESIL_EVENTS)
        assert_true(sums.partial > 0);
    else
        assert_int_equal(sums.partial, 0); /* of a plain answer nobody has seen anything before its end */
    assert_int_equal(flow_client_stats(&f).attempts, flow_mock_stats(&f).requests - 1);
    flow_close(&f);
}

static void cut_streams(void **state) {
    (void)state;
    cut_everywhere(RESIL_EVENTS, LLMC_MOCK_CLOSE);
    cut_everywhere(RESIL_EVENTS, LLMC_MOCK_RESET);
}

static void cut_plain_answers(void **state) {
    (void)state;
    cut_everywhere(RESIL_SYNC, LLMC_MOCK_CLOSE);
    cut_everywhere(RESIL_SYNC, LLMC_MOCK_RESET);
}

/* ---- errors inside streams ---- */

static void error_before_content(void **state) {
    static const char *const bodies[] = {STREAM_ERROR, ROLE STREAM_ERROR, ROLE};
    static const llmc_status statuses[] = {LLMC_ERR_SERVER, LLMC_ERR_SERVER, LLMC_ERR_INCOMPLETE};
    llmc_client_options options = resil_options();
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        llmc_response *response;
        resil_seen seen;
        flow f;
        flow_open(&f, &options);
        flow_push(&f, raw_stream(bodies[i / 2]));
        flow_push(&f, raw_stream(bodies[i / 2]));
        response = resil_ask(&f, streams[i % 2], LLMC_OK, &seen);
        resil_assert_retried(response, 3, statuses[i / 2]);
        assert_int_equal(resil_attempt(response, 0).http_status, 200);
        assert_int_equal(resil_attempt(response, 0).content_us, -1);
        assert_int_equal(seen.starts, 1);
        assert_int_equal(seen.finishes, 1);
        assert_string_equal(seen.text, WHOLE);
        resil_assert_requests(&f, 3);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void error_after_content(void **state) {
    llmc_client_options options = resil_options();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        llmc_mock_script script = flow_answer("one two");
        llmc_response *response;
        resil_seen seen;
        flow f;
        script.error_in_stream = "server_error";
        flow_open(&f, &options);
        flow_push(&f, script);
        response = resil_ask(&f, streams[i], LLMC_ERR_SERVER, &seen);
        assert_string_equal(llmc_response_output(response), "one two");
        assert_string_equal(seen.text, "one two");
        assert_int_equal(seen.starts, 1);
        assert_int_equal(llmc_response_attempt_count(response), 1);
        assert_int_equal(resil_attempt(response, 0).next, LLMC_NEXT_GIVE_UP);
        assert_non_null(strstr(resil_attempt(response, 0).why, "reached the caller"));
        assert_true(resil_attempt(response, 0).content_us >= 0);
        resil_assert_requests(&f, 1);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void silence_before_content(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script script = raw_stream(ROLE ": still thinking\n\n");
    llmc_response *response;
    resil_seen seen;
    flow f;
    (void)state;
    options.first_content_timeout_ms = 60;
    flow_open(&f, &options);
    script.framing = LLMC_MOCK_FRAMING_CHUNKED;
    script.chunk_delay_ms = FLOW_FOREVER_MS;
    script.split_at = strlen(ROLE);
    flow_push(&f, script);
    response = resil_ask(&f, RESIL_EVENTS, LLMC_OK, &seen);
    resil_assert_retried(response, 2, LLMC_ERR_TIMEOUT_FIRST_CONTENT);
    assert_int_equal(seen.starts, 1);
    assert_string_equal(seen.text, WHOLE);
    resil_assert_requests(&f, 2);
    llmc_response_free(response);
    flow_close(&f);
}

/* ---- cancelling while it waits to try again ---- */

static bool backs_off(void *ctx) {
    return flow_client_stats(ctx).retries == 1;
}

static int64_t cancel_in_backoff_us(bool stream) {
    llmc_client_options options = resil_options();
    llmc_response *response = NULL;
    flow_tally tally;
    llmc_call *call;
    int64_t took;
    flow f;
    options.retry_delay_ms = 50000;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, resil_refusal(500, NULL));
    call = flow_start(f.client, &tally, stream);
    assert_true(flow_until(backs_off, &f));
    took = llmc__clock_us();
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_ERR_CANCELLED);
    took = llmc__clock_us() - took;
    assert_int_equal(llmc_response_attempt_count(response), 1);
    assert_int_equal(resil_attempt(response, 0).status, LLMC_ERR_SERVER);
    assert_int_equal(resil_attempt(response, 0).next, LLMC_NEXT_GIVE_UP);
    assert_non_null(strstr(resil_attempt(response, 0).why, "cancel"));
    assert_int_equal(tally.cancelled, 1);
    resil_assert_requests(&f, 1);
    llmc_response_free(response);
    llmc_call_unref(call);
    flow_assert_balanced(f.client);
    flow_close(&f);
    flow_tally_destroy(&tally);
    return took;
}

/* No timer is waited for: the quickest of ten needs less than 10 ms; how long the others take is the machine's. */
static void cancel_in_backoff(void **state) {
    int64_t best = INT64_MAX;
    (void)state;
    for (int i = 0; i < 10; i++) {
        int64_t took = cancel_in_backoff_us(i % 2 == 1);
        assert_true(took < (int64_t)FLOW_DEADLINE_MS * 1000);
        best = took < best ? took : best;
    }
    print_message("cancel in backoff: %lld us\n", (long long)best);
    if (FLOW_MEASURES)
        assert_true(best < 10000);
}

static void client_ends_in_backoff(void **state) {
    llmc_client_options options = resil_options();
    flow_tally tally;
    flow f;
    (void)state;
    options.retry_delay_ms = 50000;
    flow_open(&f, &options);
    flow_tally_init(&tally);
    flow_default(&f, resil_refusal(500, NULL));
    llmc_call_unref(flow_start(f.client, &tally, false));
    assert_true(flow_until(backs_off, &f));
    llmc_client_free(f.client);
    f.client = NULL;
    assert_int_equal(tally.cancelled, 1);
    flow_close(&f);
    flow_tally_destroy(&tally);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_connection),
        cmocka_unit_test(lost_before_the_request_was_read),
        cmocka_unit_test(lost_after_the_request_was_read),
        cmocka_unit_test(cut_streams),
        cmocka_unit_test(cut_plain_answers),
        cmocka_unit_test(error_before_content),
        cmocka_unit_test(error_after_content),
        cmocka_unit_test(silence_before_content),
        cmocka_unit_test(cancel_in_backoff),
        cmocka_unit_test(client_ends_in_backoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
