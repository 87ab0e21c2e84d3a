/* The mock provider's readers of requests and of JSON at every cut, and the whole of it at every failed allocation. */
#include "support_socket.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "mock/inner.h"
#include "base/mem.h"

/* A copy that ends where its memory ends, so that a byte read too far is seen by the address sanitizer. */
static char *exact_copy(const char *text, size_t len) {
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

static bool span_is(llmc__mock_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

/* ---- requests ---- */

typedef struct request_case {
    const char *text;
    const char *method, *path, *body;
    bool keep_alive;
} request_case;

static const request_case request_cases[] = {
    {"GET /v1/models HTTP/1.1\r\n\r\n", "GET", "/v1/models", "", true},
    {"GET / HTTP/1.0\r\nA: b\r\n\r\n", "GET", "/", "", false},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", "", true},
    {"POST /p?q=1 HTTP/1.1\r\ncontent-length:4\r\nCONNECTION: Close\r\n\r\nbody", "POST", "/p?q=1", "body", false},
    {"PUT /c HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n1;e=1\r\nd\r\n0\r\n\r\n", "PUT", "/c", "abcd",
     true},
    {"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n", "PUT", "/c", "", true},
};

/* The input grows by `step` bytes, each time in a new place, as a buffer that moves. */
static void check_request(const request_case *c, size_t step) {
    llmc__mock_parser parser;
    size_t whole = strlen(c->text);
    llmc__mock_parser_init(&parser);
    for (size_t len = step;; len += step) {
        size_t used = 0;
        len = len < whole ? len : whole;
        char *copy = exact_copy(c->text, len);
        llmc__mock_parsed parsed = llmc__mock_parser_run(&parser, copy, len, &used);
        if (len == whole) {
            assert_int_equal(parsed, LLMC__MOCK_WHOLE);
            assert_int_equal(used, whole);
            assert_true(span_is(parser.asked.method, c->method));
            assert_true(span_is(parser.asked.path, c->path));
            assert_true(span_is(parser.asked.body, c->body));
            assert_int_equal(parser.asked.keep_alive, c->keep_alive);
            free(copy);
            break;
        }
        assert_int_equal(parsed, LLMC__MOCK_MORE);
        free(copy);
    }
    llmc__mock_parser_reset(&parser);
}

static void test_requests_at_every_split(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof request_cases / sizeof request_cases[0]; i++) {
        for (size_t step = 1; step <= strlen(request_cases[i].text); step++) {
            check_request(&request_cases[i], step);
        }
    }
}

static void test_request_leaves_the_next_alone(void **state) {
    static const char two[] = "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\n\r\n";
    llmc__mock_parser parser;
    size_t used = 0;
    size_t rest = 0;
    (void)state;
    llmc__mock_parser_init(&parser);
    assert_int_equal(llmc__mock_parser_run(&parser, two, sizeof two - 1, &used), LLMC__MOCK_WHOLE);
    assert_true(span_is(parser.asked.body, "hi"));
    llmc__mock_parser_reset(&parser);
    assert_int_equal(llmc__mock_parser_run(&parser, two + used, sizeof two - 1 - used, &rest), LLMC__MOCK_WHOLE);
    assert_true(span_is(parser.asked.path, "/b"));
    assert_int_equal(used + rest, sizeof two - 1);
    llmc__mock_parser_reset(&parser);
}

static void test_head_without_end(void **state) {
    llmc__mock_parser parser;
    size_t used = 0;
    size_t len = LLMC__MOCK_MAX_HEAD + 1;
    char *text = malloc(len);
    (void)state;
    assert_non_null(text);
    memset(text, 'a', len);
    llmc__mock_parser_init(&parser);
    assert_int_equal(llmc__mock_parser_run(&parser, text, len - 1, &used), LLMC__MOCK_MORE);
    assert_int_equal(llmc__mock_parser_run(&parser, text, len, &used), LLMC__MOCK_LONG_HEAD);
    llmc__mock_parser_reset(&parser);
    free(text);
}

static void test_find_header(void **state) {
    static const char lines[] = "A: 1\r\nbroken line\r\nCONTENT-type:\t x \r\nEmpty:\r\nA: 2\r\n";
    llmc__mock_span span = {lines, sizeof lines - 1};
    llmc__mock_span value;
    (void)state;
    assert_true(llmc__mock_find_header(span, "a", &value));
    assert_true(span_is(value, "1"));
    assert_true(llmc__mock_find_header(span, "content-type", &value));
    assert_true(span_is(value, "x"));
    assert_true(llmc__mock_find_header(span, "empty", &value));
    assert_true(span_is(value, ""));
    assert_false(llmc__mock_find_header(span, "broken line", &value));
    assert_false(llmc__mock_find_header(span, "b", &value));
}

/* ---- JSON ---- */

static void test_scan_at_every_cut(void **state) {
    static const char *const bodies[] = {
        "{\"model\":\"m\\\"\\u00e9\",\"stream\":true,\"stream_options\":{\"x\":[{}],\"include_usage\":true},"
        "\"messages\":[{\"role\":\"user\",\"content\":\"a \\\\\"},{\"content\":[{\"type\":\"text\",\"text\":\"p q\"},"
        "3,{\"text\":\" r\"}],\"role\":\"user\"},{\"role\":\"tool\",\"content\":\"t\"}],\"z\":[[1],{\"a\":\"]\"}]}",
        "{\"messages\":[}]]{\"content\":[}}],\"content\":{}},[[,\"\\",
    };
    llmc__buf joined;
    llmc__mock_ask got;
    (void)state;
    llmc__buf_init(&joined, LLMC__MOCK_MAX_BODY);
    for (size_t i = 0; i < 2; i++) {
        for (size_t len = 0; len <= strlen(bodies[i]); len++) {
            char *copy = exact_copy(bodies[i], len);
            assert_true(llmc__mock_scan(copy, len, &joined, &got)); /* and comes to an end */
            assert_int_equal(got.is_object, len > 0);
            free(copy);
        }
    }
    assert_true(llmc__mock_scan(bodies[0], strlen(bodies[0]), &joined, &got));
    assert_true(span_is(got.model, "m\\\"\\u00e9"));
    assert_true(span_is(got.user, "p q r"));
    assert_true(got.stream && got.include_usage);
    assert_int_equal(got.words, 2 + 3 + 1);
    llmc__buf_free(&joined);
}

static void test_scan_is_not_misled(void **state) {
    static const char *const bodies[] = {
        "{\"stream\":false,\"a\":\"\\\"stream\\\":true\"}",
        "{\"metadata\":{\"stream\":true}}",
        "{\"stream\":\"true\"}",
        "{\"messages\":[{\"stream\":true,\"role\":\"user\",\"content\":\"\\\"stream\\\":true\"}]}",
        "[{\"stream\":true}]",
        "{\"stream\":null}",
    };
    llmc__buf joined;
    llmc__mock_ask got;
    (void)state;
    llmc__buf_init(&joined, LLMC__MOCK_MAX_BODY);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_true(llmc__mock_scan(bodies[i], strlen(bodies[i]), &joined, &got));
        assert_false(got.stream);
    }
    llmc__buf_free(&joined);
}

static void test_words(void **state) {
    (void)state;
    assert_int_equal(llmc__mock_scan_words("", 0), 0);
    assert_int_equal(llmc__mock_scan_words("  ", 2), 0);
    assert_int_equal(llmc__mock_scan_words(" a  b ", 6), 2);
    assert_int_equal(llmc__mock_scan_words("a\\nb\\\"c", 8), 2);
    assert_int_equal(llmc__mock_scan_words("\\", 1), 1);
}

/* ---- no memory ---- */

static atomic_long allocations_left;

static int gate(void *ctx) {
    (void)ctx;
    return atomic_fetch_sub(&allocations_left, 1) != 0; /* the one that finds zero fails, those after it do not */
}

/* A whole life of a server, of which any step may fail. True when nothing did. */
static bool live_once(const char *path, const char *end) {
    static const char *const deltas[] = {"one", " two"};
    static const llmc_mock_tool_call calls[] = {{"id", "name", "{\"a\":\"\\u00e9\"}"}, {NULL, "other", NULL}};
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_mock *mock = NULL;
    llmc_status status = llmc_mock_new(&mock);
    if (status != LLMC_OK) {
        assert_null(mock);
        return false;
    }
    script.text = "text";
    script.deltas = deltas;
    script.delta_count = 2;
    script.tool_calls = calls;
    script.tool_call_count = 2;
    script.reasoning = "I think";
    script.finish_reason = "length";
    script.headers = "A: b\r\n";
    script.split_at = 50;
    script.framing = LLMC_MOCK_FRAMING_CLOSE; /* chunks would cut the end that is looked for */
    script.close_after = true;
    status = llmc_mock_push(mock, &script);
    assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
    int fd = mock_dial(mock);
    received got;
    /* Only half of the request first, so that it has to be kept. The server may close at any point. */
    char text[1024];
    size_t len = mock_format_post(text, sizeof text, path, HELLO_USAGE);
    (void)send(fd, text, len / 2, MSG_NOSIGNAL);
    (void)send(fd, text + len / 2, len - len / 2, MSG_NOSIGNAL);
    if (status != LLMC_OK) {
        shutdown(fd, SHUT_WR); /* the echo keeps the connection: it is ended from here */
    }
    mock_read_to_end(fd, &got);
    bool whole = memmem(got.data, got.len, end, strlen(end)) != NULL;
    mock_forget(&got);
    close(fd);
    bool recorded = llmc_mock_request_count(mock) == 1;
    llmc_mock_free(mock);
    return status == LLMC_OK && whole && recorded;
}

static void fail_each(const char *path, const char *end) {
    long failing = 0;
    for (;; failing++) {
        atomic_store(&allocations_left, failing);
        llmc__mem_set_gate(gate, NULL);
        (void)live_once(path, end);
        llmc__mem_set_gate(NULL, NULL);
        if (atomic_load(&allocations_left) >= 0) {
            break; /* it came through without asking that often */
        }
        assert_true(failing < 500);
    }
    assert_true(failing > 10);
    assert_true(live_once(path, end));
}

static void test_each_failed_allocation(void **state) {
    (void)state;
    fail_each("/v1/chat/completions", "[DONE]");
    fail_each("/v1/responses", "max_output_tokens");
    fail_each("/v1/messages", "message_stop");
    fail_each("/v1/models/m:streamGenerateContent?alt=sse", "MAX_TOKENS");
    fail_each("/api/chat", "\"done\":true");
    fail_each("/v2/chat", "[DONE]");
    fail_each("/model/m/converse-stream", "metadata");
}

/* The last user's text in each form of request: what is echoed. */
static void test_scan_of_each_format(void **state) {
    static const char *const bodies[] = {
        "{\"input\":\"say it\"}",
        "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"say it\"}]},"
        "{\"type\":\"function_call_output\",\"output\":\"no\"}]}",
        "{\"contents\":[{\"parts\":[{\"text\":\"say it\"}]},{\"role\":\"model\",\"parts\":[{\"text\":\"no\"}]}]}",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"say it\"}]},"
        "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"content\":\"no\"}]}]}",
    };
    llmc__buf joined;
    llmc__mock_ask got;
    (void)state;
    llmc__buf_init(&joined, LLMC__MOCK_MAX_BODY);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_true(llmc__mock_scan(bodies[i], strlen(bodies[i]), &joined, &got));
        assert_int_equal(got.user.len, strlen("say it"));
        assert_memory_equal(got.user.data, "say it", got.user.len);
        assert_false(got.has_stream);
    }
    llmc__buf_free(&joined);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_at_every_split),
        cmocka_unit_test(test_request_leaves_the_next_alone),
        cmocka_unit_test(test_head_without_end),
        cmocka_unit_test(test_find_header),
        cmocka_unit_test(test_scan_at_every_cut),
        cmocka_unit_test(test_scan_is_not_misled),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_scan_of_each_format),
        cmocka_unit_test(test_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
