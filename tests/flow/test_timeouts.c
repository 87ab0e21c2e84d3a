/* The ladder of deadlines, rung by rung: the status names the rung, and none strikes early. */
#include "support_flow.h"

#define CHUNK(text)                                                                                                    \
    "data: {\"id\":\"c1\",\"model\":\"flow-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define ROLE                                                                                                           \
    "data: "                                                                                                           \
    "{\"id\":\"c1\",\"model\":\"flow-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"     \
    "\"\"}}]}\n\n"
#define PING      ": keep-alive, keep-alive, keep-alive, keep-alive, keep-alive, keep-alive\n\n"
#define LATEST_MS 10000 /* a busy machine is no fault */

static llmc_status timed(llmc_client *client, const llmc_request *request, bool stream, int64_t *took,
                         llmc_response **response) {
    int64_t begun = flow_now_ms();
    llmc_call *call = NULL;
    llmc_status status = stream ? llmc_execute_stream_async(client, request, NULL, NULL, NULL, &call)
                                : llmc_execute_async(client, request, NULL, NULL, &call);
    assert_int_equal(status, LLMC_OK);
    status = llmc_call_wait(call, response);
    *took = flow_now_ms() - begun;
    llmc_call_unref(call);
    return status;
}

/* Runs one call and expects it to end with `status` not before `least` ms. */
static void expect_timeout(llmc_client *client, llmc_request *request, bool stream, llmc_status expected,
                           int64_t least) {
    llmc_response *response = NULL;
    int64_t took = 0;
    llmc_status status = timed(client, request, stream, &took, &response);
    if (status != expected || took < least - 2)
        print_error("%s after %lld ms: %s\n", llmc_status_name(status), (long long)took,
                    llmc_response_error_message(response));
    assert_int_equal(status, expected);
    assert_in_range(took, least - 2, LATEST_MS);
    assert_true(strlen(llmc_response_error_message(response)) > 0);
    llmc_response_free(response);
}

static llmc_mock_script pinging(const char *before) {
    static char body[400 * sizeof(PING) + 4096];
    llmc_mock_script script = flow_script();
    size_t len = (size_t)snprintf(body, sizeof(body), "%s", before);
    for (int i = 0; i < 400; i++)
        len += (size_t)snprintf(body + len, sizeof(body) - len, "%s", PING);
    script.body = body;
    script.headers = "Content-Type: text/event-stream\r\n";
    script.framing = LLMC_MOCK_FRAMING_CHUNKED;
    script.split_at = strlen(PING);
    script.chunk_delay_ms = 20;
    return script;
}

static void defaults_are_finite(void **state) {
    llmc_client_options o = LLMC_CLIENT_OPTIONS_INIT;
    (void)state;
    assert_true(o.queue_timeout_ms > 0 && o.connect_timeout_ms > 0 && o.first_byte_timeout_ms > 0);
    assert_true(o.first_content_timeout_ms > 0 && o.idle_timeout_ms > 0 && o.timeout_ms > 0);
    assert_int_equal(LLMC_TIMEOUT_NONE, -1);
}

static void queue(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("hello");
    llmc_call *first = NULL;
    (void)state;
    options.max_connections = 1;
    options.queue_timeout_ms = 150;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &first), LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_QUEUE, 150);
    assert_int_equal(llmc_request_set_queue_timeout_ms(request, 250), LLMC_OK);
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_QUEUE, 250);
    assert_int_equal(flow_mock_stats(&f).requests, 1);
    llmc_call_cancel(first);
    assert_int_equal(llmc_call_wait(first, NULL), LLMC_ERR_CANCELLED);
    llmc_call_unref(first);
    llmc_request_free(request);
    flow_close(&f);
}

static void connecting(void **state) {
    llmc_client_options options = flow_options();
    flow_blackhole hole;
    llmc_request *request = flow_request("hello");
    llmc_client *client;
    (void)state;
    options.connect_timeout_ms = 150;
    flow_blackhole_open(&hole);
    client = flow_client(hole.base_url, &options);
    expect_timeout(client, request, false, LLMC_ERR_TIMEOUT_CONNECT, 150);
    assert_int_equal(llmc_request_set_connect_timeout_ms(request, 250), LLMC_OK);
    expect_timeout(client, request, true, LLMC_ERR_TIMEOUT_CONNECT, 250);
    llmc_client_free(client);
    llmc_request_free(request);
    flow_blackhole_close(&hole);
}

static void first_byte(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("hello");
    (void)state;
    options.first_byte_timeout_ms = 150;
    flow_open(&f, &options);
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_FIRST_BYTE, 150);
    expect_timeout(f.client, request, true, LLMC_ERR_TIMEOUT_FIRST_BYTE, 150);
    assert_int_equal(llmc_request_set_first_byte_timeout_ms(request, 250), LLMC_OK);
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_FIRST_BYTE, 250);
    assert_true(flow_until_aborted(&f, 3));
    flow_assert_balanced(f.client);
    llmc_request_free(request);
    flow_close(&f);
}

static void first_content(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("hello");
    (void)state;
    options.first_content_timeout_ms = 200;
    options.idle_timeout_ms = 5000;
    flow_open(&f, &options);
    flow_push(&f, pinging("")); /* bytes come all the time, content never */
    expect_timeout(f.client, request, true, LLMC_ERR_TIMEOUT_FIRST_CONTENT, 200);
    flow_push(&f, pinging(ROLE)); /* an empty first delta is no content */
    expect_timeout(f.client, request, true, LLMC_ERR_TIMEOUT_FIRST_CONTENT, 200);
    llmc_request_free(request);
    flow_close(&f);
}

static void idle(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    int64_t took = 0;
    (void)state;
    options.idle_timeout_ms = 200;
    flow_open(&f, &options);
    flow_push(&f, pinging(CHUNK("first words")));
    assert_int_equal(timed(f.client, request, true, &took, &response), LLMC_ERR_TIMEOUT_IDLE);
    assert_in_range(took, 198, LATEST_MS);
    assert_string_equal(llmc_response_output(response), "first words");
    llmc_response_free(response);
    assert_int_equal(llmc_request_set_idle_timeout_ms(request, 300), LLMC_OK);
    flow_push(&f, pinging(CHUNK("first words")));
    expect_timeout(f.client, request, true, LLMC_ERR_TIMEOUT_IDLE, 300);
    llmc_request_free(request);
    flow_close(&f);
}

static void content_in_time_is_not_idle(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("a b c d e f g h i j");
    llmc_mock_script script = flow_script();
    llmc_response *response = NULL;
    int64_t took = 0;
    (void)state;
    options.idle_timeout_ms = 1500;
    flow_open(&f, &options);
    script.chunk_delay_ms = 200; /* in all longer than the idle time */
    flow_push(&f, script);
    assert_int_equal(timed(f.client, request, true, &took, &response), LLMC_OK);
    assert_true(took > 1500);
    assert_string_equal(llmc_response_output(response), "a b c d e f g h i j");
    llmc_response_free(response);
    llmc_request_free(request);
    flow_close(&f);
}

static void total(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("a b c d e f g h i j k l m n o p q r s t u v w x y z");
    llmc_mock_script script = flow_script();
    (void)state;
    options.timeout_ms = 250;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_TOTAL, 250);
    script.chunk_delay_ms = 100;
    flow_push(&f, script); /* content comes all the time */
    expect_timeout(f.client, request, true, LLMC_ERR_TIMEOUT_TOTAL, 250);
    assert_int_equal(llmc_request_set_timeout_ms(request, 120), LLMC_OK);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_TOTAL, 120);
    flow_assert_balanced(f.client);
    llmc_request_free(request);
    flow_close(&f);
}

static void total_covers_the_queue(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("hello");
    llmc_call *first = NULL;
    (void)state;
    options.max_connections = 1;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &first), LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    assert_int_equal(llmc_request_set_timeout_ms(request, 150), LLMC_OK);
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_TOTAL, 150);
    llmc_call_cancel(first);
    llmc_call_unref(first);
    llmc_request_free(request);
    flow_close(&f);
}

static void none_is_spelled_out(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_request *request = flow_request("hello");
    llmc_response *response = NULL;
    int64_t took = 0;
    (void)state;
    options.first_byte_timeout_ms = 100;
    options.timeout_ms = 100;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(400));
    assert_int_equal(llmc_request_set_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(llmc_request_set_queue_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(llmc_request_set_connect_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(llmc_request_set_first_byte_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(llmc_request_set_first_content_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(llmc_request_set_idle_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(timed(f.client, request, false, &took, &response), LLMC_OK);
    assert_true(took >= 398);
    llmc_response_free(response);
    assert_int_equal(llmc_request_set_first_byte_timeout_ms(request, 0), LLMC_OK); /* back to the client's */
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    expect_timeout(f.client, request, false, LLMC_ERR_TIMEOUT_FIRST_BYTE, 100);
    llmc_request_free(request);
    flow_close(&f);
}

static void none_for_the_client(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    llmc_response *response = NULL;
    (void)state;
    options.queue_timeout_ms = options.connect_timeout_ms = options.first_byte_timeout_ms = LLMC_TIMEOUT_NONE;
    options.first_content_timeout_ms = options.idle_timeout_ms = options.timeout_ms = LLMC_TIMEOUT_NONE;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(200));
    assert_int_equal(llmc_ask(f.client, FLOW_MODEL, "hello", &response), LLMC_OK);
    llmc_response_free(response);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_finite),
        cmocka_unit_test(queue),
        cmocka_unit_test(connecting),
        cmocka_unit_test(first_byte),
        cmocka_unit_test(first_content),
        cmocka_unit_test(idle),
        cmocka_unit_test(content_in_time_is_not_idle),
        cmocka_unit_test(total),
        cmocka_unit_test(total_covers_the_queue),
        cmocka_unit_test(none_is_spelled_out),
        cmocka_unit_test(none_for_the_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
