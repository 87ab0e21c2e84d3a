/*
 * Answers no provider should give, in every format through the whole client: an error that says what is wrong, or what
 * is documented for it, and the body as received within reach. Bodies are the mock's own good answers, spoilt.
 */
#include "support_roundtrip.h"
#include "support_socket.h"

#include <unistd.h>

#define DEEP ((size_t)100000)

/* A body as it would stand in an answer. */
typedef struct spoilt {
    char *data;
    size_t len;
} spoilt;

typedef void (*format_fn)(flow *f, const roundtrip *trip, llmc_request *request);

static void for_each(format_fn fn) {
    for (size_t i = 0; i < roundtrip_format_count; i++) {
        flow f;
        flow_open(&f, NULL);
        llmc_request *request = roundtrip_request(&f, &roundtrip_formats[i], "sky?");
        print_message("%s\n", roundtrip_formats[i].provider);
        fn(&f, &roundtrip_formats[i], request);
        llmc_request_free(request);
        flow_close(&f);
    }
}

static bool is_one_of(const roundtrip *trip, const char *names) {
    return strstr(names, trip->provider) != NULL;
}

/* ---- good bodies, and what may be done to them ---- */

/* The body the mock gives to this request and script: what it recorded of the client is said again by a socket. */
static spoilt body_of(flow *f, const llmc_request *request, llmc_mock_script script, bool streamed) {
    llmc_mock_request seen;
    received got;
    char head[512];
    size_t index = llmc_mock_request_count(f->mock);
    llmc_response_free(roundtrip_ask(f, request, streamed, LLMC_OK));
    assert_true(llmc_mock_request_at(f->mock, index, &seen));
    script.framing = LLMC_MOCK_FRAMING_CLOSE;
    flow_push(f, script);
    int fd = mock_dial(f->mock);
    int len = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: %zu\r\n\r\n", seen.path,
                       seen.body_len);
    mock_send_all(fd, head, (size_t)len);
    mock_send_all(fd, seen.body, seen.body_len);
    mock_read_to_end(fd, &got);
    close(fd);
    const char *start = memmem(got.data, got.len, "\r\n\r\n", 4);
    assert_non_null(start);
    spoilt body = {NULL, got.len - (size_t)(start + 4 - got.data)};
    body.data = malloc(body.len + 1);
    assert_non_null(body.data);
    memcpy(body.data, start + 4, body.len);
    body.data[body.len] = '\0';
    mock_forget(&got);
    return body;
}

/* `text` in front of the bytes from `at` on. */
static spoilt with(const spoilt *body, size_t at, const char *text) {
    size_t len = strlen(text);
    spoilt made = {malloc(body->len + len + 1), body->len + len};
    assert_non_null(made.data);
    memcpy(made.data, body->data, at);
    memcpy(made.data + at, text, len);
    memcpy(made.data + at + len, body->data + at, body->len - at + 1);
    return made;
}

/* before, `count` times `unit`, after */
static char *repeated(const char *before, const char *unit, size_t count, const char *after) {
    size_t len = strlen(unit);
    char *text = malloc(strlen(before) + len * count + strlen(after) + 1);
    assert_non_null(text);
    char *at = stpcpy(text, before);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, unit, len);
        at += len;
    }
    strcpy(at, after);
    return text;
}

/* Deep arrays that are closed again. */
static char *nested(size_t depth, const char *before, const char *after) {
    char *ends = repeated("", "]", depth, after);
    char *text = repeated(before, "[", depth, ends);
    free(ends);
    return text;
}

/* Serves the body and tells what the client makes of it. */
static llmc_response *serve(flow *f, const llmc_request *request, const spoilt *body, bool streamed) {
    llmc_mock_script script = flow_script();
    llmc_response *response = NULL;
    script.body = body->len > 0 ? body->data : "";
    script.body_len = body->len;
    flow_push(f, script);
    if (!streamed) {
        (void)llmc_execute(f->client, request, &response);
    } else {
        llmc_call *call = NULL;
        assert_int_equal(llmc_execute_stream_async(f->client, request, NULL, NULL, NULL, &call), LLMC_OK);
        (void)llmc_call_wait(call, &response);
        llmc_call_unref(call);
    }
    assert_non_null(response);
    return response;
}

/* Wrong in a way that is told, with the bytes that were wrong: all of a plain answer, the beginning of a stream. */
static void assert_told(const llmc_response *response, const spoilt *body, bool streamed) {
    llmc_status status = llmc_response_status(response);
    size_t len = 0;
    const char *raw = llmc_response_raw_body(response, &len);
    if (status != LLMC_ERR_BAD_RESPONSE && status != LLMC_ERR_INCOMPLETE && status != LLMC_ERR_TOO_LARGE) {
        print_error("%s: %s\nof %.300s\n", llmc_status_name(status), llmc_response_error_message(response), body->data);
    }
    assert_true(status == LLMC_ERR_BAD_RESPONSE || status == LLMC_ERR_INCOMPLETE || status == LLMC_ERR_TOO_LARGE);
    assert_true(strlen(llmc_response_error_message(response)) > 10);
    assert_int_equal(llmc_error_http_status(llmc_response_error(response)), 200);
    if (streamed) { /* as far as it was read when it was found out */
        assert_true(len <= 4096 && len <= body->len && (len > 0 || body->len == 0));
    } else {
        assert_int_equal(len, body->len);
    }
    assert_memory_equal(raw, body->data, len);
}

static void expect_told(flow *f, const llmc_request *request, const spoilt *body, bool streamed) {
    llmc_response *response = serve(f, request, body, streamed);
    assert_told(response, body, streamed);
    llmc_response_free(response);
}

static void expect_output(flow *f, const llmc_request *request, const spoilt *body, bool streamed, const char *output) {
    llmc_response *response = serve(f, request, body, streamed);
    if (llmc_response_status(response) != LLMC_OK) {
        print_error("%s\n", llmc_response_error_message(response));
    }
    assert_int_equal(llmc_response_status(response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), output);
    llmc_response_free(response);
}

/* ---- bodies that are no answers ---- */

static void one_garbage(flow *f, const roundtrip *trip, llmc_request *request) {
    static const char *const bodies[] = {
        "garbage",
        "<html><body>502 Bad Gateway</body></html>",
        "null",
        "42",
        "[]",
        "[[[]]]",
        "\"text\"",
        "{}",
        "{]",
        "{\"a\":}",
        "{\"choices\":7,\"output\":7,\"content\":7,\"candidates\":7,\"message\":7}",
        "{\"choices\":[],\"output\":{},\"content\":{},\"candidates\":{},\"message\":[]}",
        "\xff\xfe{\"a\":1}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        if (is_one_of(trip, "bedrock") && bodies[i][0] == '"') {
            continue; /* AWS gateways tell errors so: it is one, in the provider's words */
        }
        spoilt body = {(char *)bodies[i], strlen(bodies[i])};
        expect_told(f, request, &body, false);
        expect_told(f, request, &body, true);
    }
    spoilt zeros = {calloc(1, 2000), 2000};
    assert_non_null(zeros.data);
    expect_told(f, request, &zeros, false);
    expect_told(f, request, &zeros, true);
    free(zeros.data);
}

static void test_garbage(void **state) {
    (void)state;
    for_each(one_garbage);
}

static void one_cut(flow *f, const roundtrip *trip, llmc_request *request) {
    (void)trip;
    for (int streamed = 0; streamed < 2; streamed++) {
        spoilt body = body_of(f, request, flow_answer("one two three"), streamed == 1);
        for (size_t i = 1; i < 20; i++) {
            spoilt half = {body.data, streamed == 1 ? body.len * i / 40 : body.len * i / 20};
            expect_told(f, request, &half, streamed == 1);
        }
        free(body.data);
    }
}

static void test_cut_short(void **state) {
    (void)state;
    for_each(one_cut);
}

/* ---- plain answers with something in them that should not be ---- */

static void expect_inserted(flow *f, const llmc_request *request, const spoilt *good, char *text, const char *output) {
    spoilt body = with(good, 1, text); /* behind the brace */
    if (output != NULL) {
        expect_output(f, request, &body, false, output);
    } else {
        expect_told(f, request, &body, false);
    }
    free(body.data);
    free(text);
}

static void one_odd_member(flow *f, const roundtrip *trip, llmc_request *request) {
    spoilt good = body_of(f, request, flow_answer("blue"), false);
    (void)trip;
    assert_int_equal(good.data[0], '{');
    expect_inserted(f, request, &good, nested(100, "\"zz\":", ","), "blue");
    expect_inserted(f, request, &good, nested(DEEP, "\"zz\":", ","), NULL);
    expect_inserted(f, request, &good, repeated("\"zz\":", "[", DEEP, ","), NULL);
    expect_inserted(f, request, &good, repeated("\"zz\":", "9", 100000, ","), "blue");
    expect_inserted(f, request, &good, repeated("\"zz\":[", "1e999,", 10, "0],"), "blue");
    expect_inserted(f, request, &good, repeated("\"zz\":\"", "\\ud800", 10, "\","), "blue");
    expect_inserted(f, request, &good, repeated("\"zz\":\"", "x", 1000000, "\","), "blue");
    expect_inserted(f, request, &good, repeated("\"zz\":[", "0,", 100000, "0],"), "blue");
    expect_inserted(f, request, &good, repeated("", "\"\":0,", 1000, ""), "blue");
    expect_inserted(f, request, &good, repeated("", "zz:1,", 1, ""), NULL);
    expect_inserted(f, request, &good, repeated("", "\"zz\":'x',", 1, ""), NULL);
    expect_inserted(f, request, &good, repeated("", ",", 1, ""), NULL);
    free(good.data);
}

static void test_odd_members(void **state) {
    (void)state;
    for_each(one_odd_member);
}

/* RFC 8259 leaves open which of two members of one name counts: here it is always the last. */
static void one_duplicate(flow *f, const roundtrip *trip, llmc_request *request) {
    spoilt first = body_of(f, request, flow_answer("first"), false);
    spoilt second = body_of(f, request, flow_answer("second"), false);
    (void)trip;
    second.data[0] = ',';
    first.data[first.len - 1] = '\0';
    first.len--;
    spoilt both = with(&first, first.len, second.data);
    expect_output(f, request, &both, false, "second");
    free(both.data);
    free(first.data);
    free(second.data);
}

static void test_duplicate_members(void **state) {
    (void)state;
    for_each(one_duplicate);
}

/* ---- streams with an event in them that should not be ---- */

/* Where the second event begins, behind what starts the answer. */
static size_t second_event(const roundtrip *trip, const spoilt *body) {
    const char *end = is_one_of(trip, "ollama") ? "\n" : is_one_of(trip, "gemini") ? "\r\n\r\n" : "\n\n";
    const char *at = memmem(body->data, body->len, end, strlen(end));
    assert_non_null(at);
    return (size_t)(at - body->data) + strlen(end);
}

static void expect_event(flow *f, const roundtrip *trip, const llmc_request *request, char *json, const char *output) {
    spoilt good = body_of(f, request, flow_answer("one two"), true);
    bool lines = is_one_of(trip, "ollama");
    char *event = repeated(lines ? "" : "data: ", json, 1, lines ? "\n" : "\n\n");
    spoilt body = with(&good, second_event(trip, &good), event);
    if (output != NULL) {
        expect_output(f, request, &body, true, output);
    } else {
        expect_told(f, request, &body, true);
    }
    free(body.data);
    free(event);
    free(json);
    free(good.data);
}

static void one_odd_event(flow *f, const roundtrip *trip, llmc_request *request) {
    if (is_one_of(trip, "bedrock")) {
        return; /* its frames have checksums: see random changes */
    }
    /* Events have types that may be new to us; Ollama's lines have none, and one without its fields is none of its. */
    const char *output = is_one_of(trip, "ollama") ? NULL : "one two";
    expect_event(f, trip, request, repeated("{\"type\":\"zz\",\"zz\":", "1", 3, "}"), output);
    expect_event(f, trip, request, nested(100, "{\"type\":\"zz\",\"zz\":", "}"), output);
    expect_event(f, trip, request, repeated("{\"type\":\"zz\",\"zz\":\"", "x", 100000, "\"}"), output);
    expect_event(f, trip, request, nested(DEEP, "{\"type\":\"zz\",\"zz\":", "}"), NULL);
    expect_event(f, trip, request, repeated("{\"type\":\"zz\",\"zz\":", "[", DEEP, ""), NULL);
    expect_event(f, trip, request, repeated("{", "garbage", 3, ""), NULL);
    /* One line longer than max_event_bytes. */
    expect_event(f, trip, request, repeated("{\"type\":\"zz\",\"zz\":\"", "xxxxxxxx", 600000, "\"}"), NULL);
}

static void test_odd_events(void **state) {
    (void)state;
    for_each(one_odd_event);
}

/* ---- arguments of tool calls ---- */

static llmc_response *call_with(flow *f, const llmc_request *request, const char *arguments, bool streamed) {
    llmc_mock_tool_call call = {"call_1", "look", arguments};
    llmc_mock_script script = flow_script();
    llmc_response *response = NULL;
    script.tool_calls = &call;
    script.tool_call_count = 1;
    flow_push(f, script);
    if (!streamed) {
        (void)llmc_execute(f->client, request, &response);
        return response;
    }
    llmc_call *running = NULL;
    assert_int_equal(llmc_execute_stream_async(f->client, request, NULL, NULL, NULL, &running), LLMC_OK);
    (void)llmc_call_wait(running, &response);
    llmc_call_unref(running);
    return response;
}

/* Whether arguments come as text, which may be broken alone, or as JSON that breaks the whole answer. */
static bool come_as_text(const roundtrip *trip, bool streamed) {
    return is_one_of(trip, "openai openai-responses azure mistral cohere") ||
           (streamed && is_one_of(trip, "anthropic bedrock"));
}

static void one_broken_argument(flow *f, const roundtrip *trip, llmc_request *request) {
    static const char *const broken[] = {"{\"at\":\"sk", "{\"at\":", "{", "look up", "{\"a\":1} and more", "{'a':1}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0] * 2; i++) {
        bool streamed = i % 2 == 1;
        const char *arguments = broken[i / 2];
        llmc_response *response = call_with(f, request, arguments, streamed);
        if (!come_as_text(trip, streamed)) {
            assert_int_equal(llmc_response_status(response), LLMC_ERR_BAD_RESPONSE);
            assert_non_null(strstr(llmc_response_raw_body(response, NULL), arguments));
        } else {
            assert_int_equal(llmc_response_status(response), LLMC_OK);
            assert_int_equal(llmc_response_tool_call_count(response), 1);
            assert_string_equal(llmc_response_tool_call_arguments(response, 0), arguments);
            assert_false(llmc_response_tool_call_complete(response, 0));
            assert_int_equal(llmc_request_add_response(request, response), LLMC_ERR_INVALID_ARGUMENT);
            assert_non_null(strstr(llmc_last_error_message(), "complete"));
        }
        llmc_response_free(response);
    }
}

static void test_broken_arguments(void **state) {
    (void)state;
    for_each(one_broken_argument);
}

static void one_odd_argument(flow *f, const roundtrip *trip, llmc_request *request) {
    char *large = repeated("{\"at\":\"", "0123456789", 3000, "\"}");
    const char *const odd[] = {"{\"a\":1,\"a\":2}", "{\"a\":1e999}", "{\"\":{}}", large};
    char *deep = nested(DEEP, "{\"a\":", "}");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0] * 2; i++) {
        llmc_response *response = call_with(f, request, odd[i / 2], i % 2 == 1);
        assert_int_equal(llmc_response_status(response), LLMC_OK);
        /* Where arguments are no text but JSON of the answer, they are written anew, and infinite numbers are null. */
        bool anew = i / 2 == 1 && !come_as_text(trip, i % 2 == 1);
        assert_string_equal(llmc_response_tool_call_arguments(response, 0), anew ? "{\"a\":null}" : odd[i / 2]);
        assert_true(llmc_response_tool_call_complete(response, 0));
        llmc_response_free(response);
    }
    for (int streamed = 0; streamed < 2; streamed++) {
        llmc_response *response = call_with(f, request, deep, streamed == 1);
        if (llmc_response_status(response) == LLMC_OK) {
            assert_false(llmc_response_tool_call_complete(response, 0));
        }
        assert_int_equal(llmc_response_status(response) == LLMC_OK, come_as_text(trip, streamed == 1));
        llmc_response_free(response);
    }
    free(deep);
    free(large);
}

static void test_odd_arguments(void **state) {
    (void)state;
    for_each(one_odd_argument);
}

static void test_argument_beyond_the_limit(void **state) {
    char *large = repeated("{\"at\":\"", "0123456789", 3000, "\"}");
    (void)state;
    for (size_t i = 0; i < roundtrip_format_count * 2; i++) {
        llmc_client_options options = flow_options();
        flow f;
        options.max_response_bytes = 16384;
        flow_open(&f, &options);
        llmc_request *request = roundtrip_request(&f, &roundtrip_formats[i / 2], "sky?");
        llmc_response *response = call_with(&f, request, large, i % 2 == 1);
        assert_int_equal(llmc_response_status(response), LLMC_ERR_TOO_LARGE);
        assert_non_null(strstr(llmc_response_error_message(response), "max_response_bytes"));
        llmc_response_free(response);
        llmc_request_free(request);
        flow_close(&f);
    }
    free(large);
}

/* ---- changes at random: whatever comes of it, it ends, and an error has words ---- */

static void one_random(flow *f, const roundtrip *trip, llmc_request *request) {
    uint64_t seed = 20261124;
    (void)trip;
    for (int streamed = 0; streamed < 2; streamed++) {
        llmc_mock_tool_call call = {"call_1", "look", "{\"at\":\"sky\"}"};
        llmc_mock_script script = flow_answer("one two");
        script.tool_calls = &call;
        script.tool_call_count = 1;
        script.reasoning = "hm";
        spoilt good = body_of(f, request, script, streamed == 1);
        for (int round = 0; round < 60; round++) {
            spoilt body = with(&good, 0, "");
            for (uint32_t i = 0; i <= flow_random(&seed) % 4; i++) {
                body.data[flow_random(&seed) % body.len] = (char)flow_random(&seed);
            }
            llmc_response *response = serve(f, request, &body, streamed == 1);
            assert_int_equal(llmc_response_status(response) == LLMC_OK,
                             llmc_response_error_message(response)[0] == '\0');
            llmc_response_free(response);
            free(body.data);
        }
        free(good.data);
    }
}

static void test_random_changes(void **state) {
    (void)state;
    for_each(one_random);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_garbage),        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_odd_members),    cmocka_unit_test(test_duplicate_members),
        cmocka_unit_test(test_odd_events),     cmocka_unit_test(test_broken_arguments),
        cmocka_unit_test(test_odd_arguments),  cmocka_unit_test(test_argument_beyond_the_limit),
        cmocka_unit_test(test_random_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
