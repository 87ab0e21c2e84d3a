/* The mock provider, talked to with plain sockets: what it sends is checked byte by byte, not through the client. */
#include "support_socket.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int setup(void **state) {
    llmc_mock *mock = NULL;
    if (llmc_mock_new(&mock) != LLMC_OK) {
        return -1;
    }
    *state = mock;
    return 0;
}

static int teardown(void **state) {
    llmc_mock_free(*state);
    return 0;
}

/* ---- answers ---- */

static void test_plain_echo(void **state) {
    char *head = NULL;
    char *body = mock_ask(*state, HELLO, &head);
    mock_assert_has(head, "HTTP/1.1 200 OK\r\n");
    mock_assert_has(head, "\r\ncontent-type: application/json\r\n");
    mock_assert_has(head, "\r\nx-request-id: req_");
    mock_assert_has(head, "\r\nopenai-processing-ms: ");
    mock_assert_has(head, " GMT\r\n");
    mock_assert_has(body, "{\"id\":\"chatcmpl-");
    mock_assert_has(body, "\"object\":\"chat.completion\",\"created\":");
    mock_assert_has(body, "\"model\":\"gpt-4o\"");
    mock_assert_has(body,
                    "\"message\":{\"role\":\"assistant\",\"content\":\"Hello there \\\"you\\\"\",\"refusal\":null");
    mock_assert_has(body, "\"finish_reason\":\"stop\"");
    mock_assert_has(body, "\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8");
    mock_assert_has(body, "\"prompt_tokens_details\":{\"cached_tokens\":0");
    mock_assert_has(body, "\"completion_tokens_details\":{\"reasoning_tokens\":0");
    free(head);
    free(body);
}

static void test_echo_of_parts_and_odd_json(void **state) {
    char *body =
        mock_ask(*state,
                 "{ \"tools\":[{\"stream\":true,\"content\":\"}]\"}], \"x\":\"\\\\\\\"{\",\"messages\" : [ "
                 "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a b\"},{\"type\":\"image_url\","
                 "\"image_url\":{\"url\":\"u\"}},{\"type\":\"text\",\"text\":\" c\"}]},"
                 "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"a\":[1,2]}]}] , \"n\":3}",
                 NULL);
    mock_assert_has(body, "\"content\":\"a b c\"");
    mock_assert_has(body, "\"model\":\"mock\"");
    free(body);
}

static void test_body_that_is_no_json(void **state) {
    static const char *const odd[] = {"hello", "", "[1,2]", "\"text\""};
    static const char *const cut[] = {"{",
                                      "{\"messages\":[",
                                      "{\"messages\":[}}]",
                                      "{\"messages\":[{\"role\":\"user\",",
                                      "{\"a\":\"x\\",
                                      "{\"messages\":[{\"content\":[}"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char *head = NULL;
        char *body = mock_ask(*state, odd[i], &head);
        mock_assert_has(head, "HTTP/1.1 400 Bad Request");
        mock_assert_has(body, "{\"error\":{\"message\":\"We could not parse");
        free(head);
        free(body);
    }
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        char *body = mock_ask(*state, cut[i], NULL);
        mock_assert_has(body, "\"content\":\"\"");
        free(body);
    }
}

static void test_stream(void **state) {
    char *head = NULL;
    char *body = mock_ask(*state, HELLO_STREAM, &head);
    mock_assert_has(head, "content-type: text/event-stream");
    mock_assert_has(head, "transfer-encoding: chunked");
    mock_assert_has(body, "\"object\":\"chat.completion.chunk\"");
    assert_true(strncmp(body, "data: {\"id\":\"chatcmpl-", 22) == 0);
    mock_assert_has(body, "\"delta\":{\"role\":\"assistant\",\"content\":\"\"");
    mock_assert_has(body, "\"delta\":{\"content\":\"one\"}");
    mock_assert_has(body, "\"delta\":{\"content\":\" two\"}");
    mock_assert_has(body, "\"delta\":{\"content\":\" three\"}");
    mock_assert_has(body, "\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"");
    mock_assert_lacks(body, "usage");
    assert_int_equal(mock_count_of(body, "data: "), 6);
    assert_string_equal(body + strlen(body) - 14, "data: [DONE]\n\n");
    free(head);
    free(body);
}

static void test_stream_with_usage(void **state) {
    char *body = mock_ask(*state, HELLO_USAGE, NULL);
    mock_assert_has(body, "\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":3,\"total_tokens\":6");
    assert_int_equal(mock_count_of(body, "\"usage\":null"), 5);
    assert_int_equal(mock_count_of(body, "data: "), 7);
    free(body);
}

static void test_scripted_text(void **state) {
    static const char *const deltas[] = {"Hi", "\"quoted\"\n", "", "\x01tail"};
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    script.deltas = deltas;
    script.delta_count = 4;
    script.finish_reason = "length";
    script.tokens_in = 11;
    script.tokens_out = 22;
    script.no_done = true;
    script.repeat = 2;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    char *body = mock_ask(*state, HELLO_USAGE, NULL);
    mock_assert_has(body, "{\"content\":\"\\\"quoted\\\"\\n\"}");
    mock_assert_has(body, "{\"content\":\"\"}");
    mock_assert_has(body, "{\"content\":\"\\u0001tail\"}");
    mock_assert_has(body, "\"finish_reason\":\"length\"");
    mock_assert_has(body, "\"prompt_tokens\":11,\"completion_tokens\":22,\"total_tokens\":33");
    mock_assert_lacks(body, "[DONE]");
    free(body);
    body = mock_ask(*state, HELLO, NULL);
    mock_assert_has(body, "\"content\":\"Hi\\\"quoted\\\"\\n\\u0001tail\"");
    free(body);
}

static void test_queue_default_and_repeat(void **state) {
    static const char *const wanted[] = {"first", "second", "second", "rest", "rest"};
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    script.text = "rest";
    assert_int_equal(llmc_mock_set_default(*state, &script), LLMC_OK);
    script.text = "first";
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    script.text = "second";
    script.repeat = 2;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    for (size_t i = 0; i < 5; i++) {
        char part[64];
        char *body = mock_ask(*state, HELLO, NULL);
        snprintf(part, sizeof part, "\"content\":\"%s\"", wanted[i]);
        mock_assert_has(body, part);
        free(body);
    }
    assert_int_equal(llmc_mock_set_default(*state, NULL), LLMC_OK);
    char *body = mock_ask(*state, HELLO, NULL);
    mock_assert_has(body, "Hello there");
    free(body);
}

static void test_errors(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    char *head = NULL;
    script.status = 429;
    script.text = "Rate limit reached";
    script.headers = "retry-after: 3\r\nX-Other: 1\r\n";
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    char *body = mock_ask(*state, HELLO_STREAM, &head);
    mock_assert_has(head, "HTTP/1.1 429 Too Many Requests\r\n");
    mock_assert_has(head, "\r\nretry-after: 3\r\nX-Other: 1\r\n");
    mock_assert_has(head, "application/json");
    assert_string_equal(body, "{\"error\":{\"message\":\"Rate limit reached\",\"type\":\"requests\",\"param\":null,"
                              "\"code\":\"rate_limit_exceeded\"}}");
    free(head);
    free(body);
    script.status = 503;
    script.text = NULL;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    body = mock_ask(*state, HELLO, NULL);
    mock_assert_has(body, "\"message\":\"Service Unavailable\",\"type\":\"server_error\"");
    free(body);
}

static void test_given_body(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    char *head = NULL;
    script.body = "event: a\ndata: 1\n\ndata: 2\r\n\r\nrest";
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    char *body = mock_ask(*state, HELLO_STREAM, &head);
    assert_string_equal(body, script.body);
    mock_assert_has(head, "text/event-stream");
    mock_assert_has(head, "\r\n\r\n12\r\n"); /* each event is a chunk */
    free(head);
    free(body);
    script.body = " {\"error\":1}zz";
    script.body_len = 12;
    script.headers = "Content-Type: text/plain\r\n";
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    body = mock_ask(*state, HELLO_STREAM, &head);
    assert_string_equal(body, " {\"error\":1}");
    mock_assert_has(head, "Content-Type: text/plain\r\n");
    mock_assert_lacks(head, "content-type:");
    free(head);
    free(body);
}

static void test_routes(void **state) {
    static const char *const requests[][2] = {
        {"GET /v1/models HTTP/1.1\r\n\r\n", "{\"object\":\"list\",\"data\":[{\"id\":\"mock\""},
        {"GET /openai/v1/models?x=/y HTTP/1.1\r\nHost: a\r\n\r\n", "\"object\":\"model\""},
        {"GET /v1/chat/completions HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
        {"POST /v1/embeddings HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "\"type\":\"invalid_request_error\""},
        {"POST /openai/deployments/x/chat/completions?api-version=1 HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
         "\"object\":\"chat.completion\""},
    };
    int fd = mock_dial(*state);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        received got;
        char *body;
        mock_send_all(fd, requests[i][0], strlen(requests[i][0]));
        body = mock_read_response(fd, &got);
        mock_assert_has(got.data, requests[i][1]);
        free(body);
        mock_forget(&got);
    }
    close(fd);
}

/* ---- HTTP ---- */

static void test_bad_requests(void **state) {
    static const char *const requests[][2] = {
        {"nonsense\r\n\r\n", " 400 "},
        {"GET / FTP/1.1\r\n\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n", " 413 "},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", " 400 "},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd", " 400 "},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", " 413 "},
    };
    llmc_mock_stats stats;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        received got;
        int fd = mock_dial(*state);
        mock_send_all(fd, requests[i][0], strlen(requests[i][0]));
        mock_read_to_end(fd, &got);
        assert_int_equal(got.end, ENDED);
        mock_assert_has(got.data, requests[i][1]);
        mock_assert_has(got.data, "connection: close");
        mock_forget(&got);
        close(fd);
    }
    llmc_mock_get_stats(*state, &stats);
    assert_int_equal(stats.requests, 0);
    assert_int_equal(stats.in_flight, 0);
}

static void test_keep_alive(void **state) {
    llmc_mock_stats stats;
    int fd = mock_dial(*state);
    for (int i = 0; i < 20; i++) {
        received got;
        char *body;
        mock_send_post(fd, i % 2 == 0 ? HELLO : HELLO_STREAM);
        body = mock_read_response(fd, &got);
        mock_assert_has(got.data, "connection: keep-alive");
        free(body);
        mock_forget(&got);
        llmc_mock_get_stats(*state, &stats); /* right at once: counted before the client could know */
        assert_int_equal(stats.responses, (uint64_t)i + 1);
        assert_int_equal(stats.in_flight, 0);
    }
    assert_int_equal(stats.connections, 1);
    assert_int_equal(stats.connections_now, 1);
    close(fd);
    WAIT_STAT(*state, connections_now, 0);
}

static void test_request_at_any_split(void **state) {
    char text[2048];
    size_t len = mock_format_post(text, sizeof text, "/v1/chat/completions", HELLO);
    for (size_t step = 1; step < len; step += step < 8 ? 1 : 37) {
        received got;
        char *body;
        int fd = mock_dial(*state);
        for (size_t at = 0; at < len; at += step) {
            mock_send_all(fd, text + at, len - at < step ? len - at : step);
        }
        body = mock_read_response(fd, &got);
        mock_assert_has(body, "Hello there");
        free(body);
        mock_forget(&got);
        close(fd);
    }
}

static void test_pipelined(void **state) {
    char text[8192];
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    received got;
    int fd = mock_dial(*state);
    size_t len = mock_format_post(text, sizeof text, "/v1/chat/completions", HELLO);
    len += mock_format_post(text + len, sizeof text - len, "/v1/chat/completions", HELLO);
    len += mock_format_post(text + len, sizeof text - len, "/v1/chat/completions", HELLO);
    script.text = "slow";
    script.delay_ms = 30;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    script.text = "quick";
    script.delay_ms = 0;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    script.text = "last";
    script.close_after = true;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    mock_send_all(fd, text, len - 10); /* the third is not whole yet */
    assert_true(llmc_mock_wait_requests(*state, 2, DEADLINE_MS));
    mock_send_all(fd, text + len - 10, 10);
    mock_read_to_end(fd, &got);
    assert_int_equal(got.end, ENDED);
    assert_int_equal(mock_count_of(got.data, "HTTP/1.1 200 OK"), 3);
    assert_true(strstr(got.data, "\"slow\"") < strstr(got.data, "\"quick\""));
    assert_true(strstr(got.data, "\"quick\"") < strstr(got.data, "\"last\""));
    mock_forget(&got);
    close(fd);
}

static void test_chunked_request(void **state) {
    static const char text[] =
        "POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "A;x=y\r\n{\"messages\r\n31\r\n\":[{\"role\":\"user\",\"content\":\"in pieces, yes\"}]}  \r\n"
        "0\r\nTrailer: 1\r\n\r\n";
    for (size_t step = 1; step < sizeof text; step += 29) {
        received got;
        char *body;
        int fd = mock_dial(*state);
        for (size_t at = 0; at < sizeof text - 1; at += step) {
            mock_send_all(fd, text + at, sizeof text - 1 - at < step ? sizeof text - 1 - at : step);
        }
        body = mock_read_response(fd, &got);
        mock_assert_has(body, "in pieces, yes");
        free(body);
        mock_forget(&got);
        close(fd);
    }
}

static void test_expect_continue(void **state) {
    static const char head[] =
        "POST /v1/chat/completions HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    received got;
    int fd = mock_dial(*state);
    mock_begin(&got);
    mock_send_all(fd, head, sizeof head - 1);
    while (strstr(got.data, "\r\n\r\n") == NULL) {
        assert_true(mock_read_more(fd, &got, DEADLINE_MS));
    }
    assert_string_equal(got.data, "HTTP/1.1 100 Continue\r\n\r\n");
    mock_send_all(fd, "{}", 2);
    while (strstr(got.data, "chat.completion") == NULL) {
        assert_true(mock_read_more(fd, &got, DEADLINE_MS));
    }
    assert_int_equal(mock_count_of(got.data, "100 Continue"), 1);
    mock_forget(&got);
    close(fd);
}

static void test_closing(void **state) {
    static const char *const requests[] = {
        "POST /v1/chat/completions HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: 15\r\n\r\n{\"stream\":true}",
    };
    for (size_t i = 0; i < 3; i++) {
        received got;
        int fd = mock_dial(*state);
        mock_send_all(fd, requests[i], strlen(requests[i]));
        mock_read_to_end(fd, &got);
        assert_int_equal(got.end, ENDED);
        mock_assert_has(got.data, "connection: close");
        mock_assert_lacks(got.data, "chunked");
        mock_assert_has(got.data, i == 2 ? "data: [DONE]\n\n" : "chat.completion");
        mock_forget(&got);
        close(fd);
    }
}

static void test_framings(void **state) {
    static const struct {
        llmc_mock_framing framing;
        const char *request, *has;
    } cases[] = {
        {LLMC_MOCK_FRAMING_LENGTH, HELLO_STREAM, "content-length: "},
        {LLMC_MOCK_FRAMING_CHUNKED, HELLO, "transfer-encoding: chunked"},
        {LLMC_MOCK_FRAMING_CLOSE, HELLO, "connection: close"},
    };
    for (size_t i = 0; i < 3; i++) {
        llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
        received got;
        int fd = mock_dial(*state);
        script.framing = cases[i].framing;
        script.close_after = true;
        script.text = "framed";
        assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
        mock_send_post(fd, cases[i].request);
        mock_read_to_end(fd, &got);
        assert_int_equal(got.end, ENDED);
        mock_assert_has(got.data, cases[i].has);
        mock_assert_has(got.data, "framed");
        assert_int_equal(strstr(got.data, "content-length") != NULL, i == 0);
        assert_int_equal(strstr(got.data, "chunked") != NULL, i == 1);
        mock_forget(&got);
        close(fd);
    }
}

/* ---- recording and the rest ---- */

static void test_recording(void **state) {
    llmc_mock *mock = *state;
    llmc_mock_request seen;
    free(mock_ask(mock, HELLO, NULL));
    free(mock_ask(mock, HELLO_STREAM, NULL));
    assert_int_equal(llmc_mock_request_count(mock), 2);
    assert_true(llmc_mock_request_at(mock, 0, &seen));
    assert_string_equal(seen.method, "POST");
    assert_string_equal(seen.path, "/v1/chat/completions");
    assert_string_equal(seen.body, HELLO);
    assert_int_equal(seen.body_len, strlen(HELLO));
    mock_assert_has(seen.headers, "X-Test:  yes \r\n");
    assert_int_equal(seen.connection, 1);
    assert_false(seen.streamed);
    assert_string_equal(llmc_mock_request_header(mock, 0, "x-test"), "yes");
    assert_string_equal(llmc_mock_request_header(mock, 0, "HOST"), "mock");
    assert_string_equal(llmc_mock_request_header(mock, 0, "none"), "");
    assert_string_equal(llmc_mock_request_header(mock, 9, "host"), "");
    assert_true(llmc_mock_request_at(mock, 1, &seen));
    assert_true(seen.streamed);
    assert_int_equal(seen.connection, 2);
    assert_false(llmc_mock_request_at(mock, 2, &seen));
    llmc_mock_clear_requests(mock);
    llmc_mock_set_recording(mock, false);
    free(mock_ask(mock, HELLO, NULL));
    assert_int_equal(llmc_mock_request_count(mock), 0);
    llmc_mock_set_recording(mock, true);
    free(mock_ask(mock, HELLO, NULL));
    assert_int_equal(llmc_mock_request_count(mock), 1);
}

static void test_close_idle(void **state) {
    llmc_mock *mock = *state;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_mock_stats stats;
    received got;
    char *body;
    int idle = mock_dial(mock);
    int busy = mock_dial(mock);
    mock_send_post(idle, HELLO);
    body = mock_read_response(idle, &got);
    free(body);
    mock_forget(&got);
    script.delay_ms = 50;
    assert_int_equal(llmc_mock_push(mock, &script), LLMC_OK);
    mock_send_post(busy, HELLO);
    assert_true(llmc_mock_wait_requests(mock, 2, DEADLINE_MS));
    llmc_mock_close_idle(mock);
    llmc_mock_get_stats(mock, &stats);
    assert_int_equal(stats.connections_now, 1);
    mock_read_to_end(idle, &got);
    assert_int_equal(got.end, ENDED);
    assert_int_equal(got.len, 0);
    mock_forget(&got);
    body = mock_read_response(busy, &got);
    mock_assert_has(body, "Hello");
    free(body);
    mock_forget(&got);
    close(idle);
    close(busy);
}

static void test_wait_requests_gives_up(void **state) {
    int64_t start = mock_now_ms();
    assert_false(llmc_mock_wait_requests(*state, 1, 30));
    assert_true(mock_now_ms() - start >= 29);
    assert_true(llmc_mock_wait_requests(*state, 0, 0));
    assert_false(llmc_mock_wait_requests(*state, 1, -5));
}

static void test_refused_scripts(void **state) {
    static const char *const deltas[] = {"a", NULL};
    llmc_mock_script good = LLMC_MOCK_SCRIPT_INIT;
    llmc_mock_script bad[10];
    for (size_t i = 0; i < 10; i++) {
        bad[i] = good;
    }
    bad[0].size = 0;
    bad[1].status = 0;
    bad[2].status = 100;
    bad[3].delay_ms = -1;
    bad[4].chunk_delay_ms = INT64_MAX;
    bad[5].headers = "a: b";
    bad[6].delta_count = 1;
    bad[7].deltas = deltas;
    bad[7].delta_count = 2;
    bad[8].fault = (llmc_mock_fault)9;
    bad[9].tokens_out = -1;
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(llmc_mock_push(*state, &bad[i]), LLMC_ERR_INVALID_ARGUMENT);
        assert_int_equal(llmc_mock_set_default(*state, &bad[i]), LLMC_ERR_INVALID_ARGUMENT);
    }
    assert_int_equal(llmc_mock_push(*state, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_push(NULL, &good), LLMC_ERR_INVALID_ARGUMENT);
    /* A shorter struct of an older header: what lies behind it is not looked at. */
    good.size = offsetof(llmc_mock_script, fault);
    good.fault = (llmc_mock_fault)77;
    assert_int_equal(llmc_mock_push(*state, &good), LLMC_OK);
}

static void test_null_safety(void **state) {
    llmc_mock_stats stats;
    llmc_mock_request seen;
    (void)state;
    llmc_mock_free(NULL);
    assert_int_equal(llmc_mock_new(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_port(NULL), 0);
    assert_string_equal(llmc_mock_base_url(NULL), "");
    assert_int_equal(llmc_mock_request_count(NULL), 0);
    assert_false(llmc_mock_request_at(NULL, 0, &seen));
    assert_string_equal(llmc_mock_request_header(NULL, 0, "a"), "");
    llmc_mock_set_recording(NULL, true);
    llmc_mock_clear_requests(NULL);
    llmc_mock_close_idle(NULL);
    llmc_mock_get_stats(NULL, &stats);
    assert_int_equal(stats.requests, 0);
    assert_false(llmc_mock_wait_requests(NULL, 0, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_plain_echo),
        TEST(test_echo_of_parts_and_odd_json),
        TEST(test_body_that_is_no_json),
        TEST(test_stream),
        TEST(test_stream_with_usage),
        TEST(test_scripted_text),
        TEST(test_queue_default_and_repeat),
        TEST(test_errors),
        TEST(test_given_body),
        TEST(test_routes),
        TEST(test_bad_requests),
        TEST(test_keep_alive),
        TEST(test_request_at_any_split),
        TEST(test_pipelined),
        TEST(test_chunked_request),
        TEST(test_expect_continue),
        TEST(test_closing),
        TEST(test_framings),
        TEST(test_recording),
        TEST(test_close_idle),
        TEST(test_wait_requests_gives_up),
        TEST(test_refused_scripts),
        TEST(test_null_safety),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
