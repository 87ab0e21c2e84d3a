/* Streams, pulled and pushed: pieces in order, errors before and in the middle, ends before time, slow readers. */
#include "support_flow.h"

#define CHUNK(text)                                                                                                    \
    "data: {\"id\":\"c1\",\"model\":\"flow-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define FINISH                                                                                                         \
    "data: "                                                                                                           \
    "{\"id\":\"c1\",\"model\":\"flow-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE     "data: [DONE]\n\n"
#define SSE_HEAD "Content-Type: text/event-stream\r\n"

static const char *const pieces[] = {"Once", " upon", " a", " time", " there", " was", " a", " \xc3\xa9t\xc3\xa9", "."};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))
#define STORY  "Once upon a time there was a \xc3\xa9t\xc3\xa9."

static llmc_mock_script story(void) {
    llmc_mock_script script = flow_answer(STORY);
    script.deltas = pieces;
    script.delta_count = PIECES;
    script.tokens_in = 5;
    script.tokens_out = 9;
    return script;
}

static llmc_mock_script raw_stream(const char *body) {
    llmc_mock_script script = flow_script();
    script.body = body;
    script.headers = SSE_HEAD;
    script.framing = LLMC_MOCK_FRAMING_CHUNKED;
    return script;
}

static llmc_stream *open_stream(flow *f) {
    llmc_request *request = flow_request("tell a story");
    llmc_stream *stream = NULL;
    assert_int_equal(llmc_execute_stream(f->client, request, &stream), LLMC_OK);
    assert_non_null(stream);
    llmc_request_free(request);
    return stream;
}

/* What a whole stream brought. */
typedef struct heard {
    char text[4096];
    size_t len, texts, starts, usages, finishes, events;
    llmc_event_kind first, last;
    llmc_finish_reason finish;
} heard;

static void hear(heard *h, const llmc_event *event) {
    size_t len = llmc_event_text_len(event);
    llmc_event_kind kind = llmc_event_type(event);
    if (h->events++ == 0)
        h->first = kind;
    h->last = kind;
    h->starts += kind == LLMC_EVENT_START;
    h->usages += kind == LLMC_EVENT_USAGE;
    if (kind == LLMC_EVENT_FINISH) {
        h->finishes++;
        h->finish = llmc_event_finish_reason(event);
    }
    if (kind != LLMC_EVENT_TEXT || h->len + len >= sizeof(h->text))
        return;
    h->texts++;
    memcpy(h->text + h->len, llmc_event_text(event), len);
    h->len += len;
    h->text[h->len] = '\0';
}

static llmc_status pull_all(llmc_stream *stream, heard *h) {
    const llmc_event *event = NULL;
    llmc_status status;
    memset(h, 0, sizeof(*h));
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK)
        hear(h, event);
    return status;
}

static void assert_story(const heard *h, const llmc_response *response) {
    assert_string_equal(h->text, STORY);
    assert_int_equal(h->texts, PIECES);
    assert_int_equal(h->first, LLMC_EVENT_START);
    assert_int_equal(h->starts, 1);
    assert_int_equal(h->finishes, 1);
    assert_int_equal(h->finish, LLMC_FINISH_STOP);
    assert_true(h->usages >= 1);
    assert_int_equal(llmc_response_status(response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), STORY);
    assert_int_equal(llmc_response_tokens_in(response), 5);
    assert_int_equal(llmc_response_tokens_out(response), 9);
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_STOP);
    assert_string_equal(llmc_response_provider(response), "openai");
    assert_true(llmc_response_ttft_ms(response) >= 0);
    assert_true(llmc_response_ttft_ms(response) <= llmc_response_latency_ms(response));
}

static void pull(void **state) {
    flow f;
    heard h;
    llmc_stream *stream;
    llmc_mock_request seen;
    const llmc_event *event = NULL;
    (void)state;
    flow_open(&f, NULL);
    flow_push(&f, story());
    stream = open_stream(&f);
    assert_int_equal(pull_all(stream, &h), LLMC_END);
    assert_int_equal(llmc_stream_next(stream, &event), LLMC_END);
    assert_story(&h, llmc_stream_response(stream));
    assert_true(llmc_mock_request_at(f.mock, 0, &seen));
    assert_true(seen.streamed);
    assert_non_null(strstr(seen.body, "include_usage"));
    llmc_stream_free(stream);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

typedef struct pushed {
    heard h;
    flow_tally tally;
    llmc_response *response;
    size_t cancel_at; /* piece of text; 0: never */
    size_t after_end;
} pushed;

static int on_event(llmc_call *call, const llmc_event *event, void *user_data) {
    pushed *p = user_data;
    (void)call;
    if (p->response != NULL)
        p->after_end++;
    hear(&p->h, event);
    return p->cancel_at != 0 && p->h.texts >= p->cancel_at;
}

static void on_pushed_done(llmc_call *call, llmc_response *response, void *user_data) {
    pushed *p = user_data;
    (void)call;
    p->response = llmc_response_ref(response);
    flow_tally_add(&p->tally, llmc_response_status(response));
}

static void push_stream(flow *f, pushed *p, size_t cancel_at) {
    llmc_request *request = flow_request("tell a story");
    memset(p, 0, sizeof(*p));
    p->cancel_at = cancel_at;
    flow_tally_init(&p->tally);
    assert_int_equal(llmc_execute_stream_async(f->client, request, on_event, on_pushed_done, p, NULL), LLMC_OK);
    llmc_request_free(request);
    assert_true(flow_tally_wait(&p->tally, 1));
    assert_int_equal(p->after_end, 0);
}

static void pushed_close(pushed *p) {
    llmc_response_free(p->response);
    flow_tally_destroy(&p->tally);
}

static void push(void **state) {
    flow f;
    pushed p;
    (void)state;
    flow_open(&f, NULL);
    flow_push(&f, story());
    push_stream(&f, &p, 0);
    assert_story(&p.h, p.response);
    pushed_close(&p);
    flow_close(&f);
}

static void pieces_come_as_they_are_sent(void **state) {
    flow f;
    llmc_mock_script script = story();
    llmc_stream *stream;
    const llmc_event *event = NULL;
    int64_t begun;
    heard h;
    (void)state;
    flow_open(&f, NULL);
    script.chunk_delay_ms = 60;
    flow_push(&f, script);
    begun = flow_now_ms();
    stream = open_stream(&f);
    do
        assert_int_equal(llmc_stream_next(stream, &event), LLMC_OK);
    while (llmc_event_type(event) != LLMC_EVENT_TEXT);
    assert_true(flow_now_ms() - begun < 400); /* long before the whole is there */
    assert_null(llmc_stream_response(stream));
    assert_int_equal(pull_all(stream, &h), LLMC_END);
    assert_true(flow_now_ms() - begun >= 450);
    assert_string_equal(llmc_response_output(llmc_stream_response(stream)), STORY);
    assert_true(llmc_response_ttft_ms(llmc_stream_response(stream)) < 400);
    llmc_stream_free(stream);
    flow_close(&f);
}

static void bytes_split_anywhere(void **state) {
    flow f;
    (void)state;
    flow_open(&f, NULL);
    for (size_t split = 1; split <= 64; split = split < 8 ? split + 1 : split * 2) {
        llmc_mock_script script = raw_stream(CHUNK("gr\xc3\xbc\xc3\x9f") ": comment\n\n" CHUNK(" dich") FINISH DONE);
        heard h;
        llmc_stream *stream;
        script.split_at = split;
        flow_push(&f, script);
        stream = open_stream(&f);
        assert_int_equal(pull_all(stream, &h), LLMC_END);
        assert_string_equal(h.text, "gr\xc3\xbc\xc3\x9f dich");
        llmc_stream_free(stream);
    }
    flow_close(&f);
}

static void error_before_the_first_byte(void **state) {
    flow f;
    heard h;
    pushed p;
    llmc_stream *stream;
    llmc_mock_script script = flow_script();
    (void)state;
    flow_open(&f, NULL);
    script.status = 500;
    script.body = "{\"error\":{\"message\":\"words of the provider\",\"type\":\"server_error\"}}";
    script.repeat = 2;
    flow_push(&f, script);
    stream = open_stream(&f);
    assert_int_equal(pull_all(stream, &h), LLMC_ERR_SERVER);
    assert_int_equal(h.events, 0);
    assert_string_equal(llmc_error_provider_message(llmc_response_error(llmc_stream_response(stream))),
                        "words of the provider");
    llmc_stream_free(stream);
    push_stream(&f, &p, 0);
    assert_int_equal(p.h.events, 0);
    assert_int_equal(llmc_response_status(p.response), LLMC_ERR_SERVER);
    assert_string_equal(llmc_response_raw_body(p.response, NULL), script.body);
    pushed_close(&p);
    flow_close(&f);
}

/* A stream that breaks off after "Half a": its end, with the partial text kept. */
static llmc_response *broken_stream(flow *f, llmc_mock_script script, llmc_status expected) {
    heard h;
    llmc_stream *stream;
    llmc_response *response;
    flow_push(f, script);
    stream = open_stream(f);
    assert_int_equal(pull_all(stream, &h), expected);
    assert_string_equal(h.text, "Half a");
    response = llmc_response_ref(llmc_stream_response(stream));
    assert_string_equal(llmc_response_output(response), "Half a");
    assert_int_equal(llmc_response_status(response), expected);
    assert_true(strlen(llmc_response_error_message(response)) > 0);
    llmc_stream_free(stream);
    return response;
}

static void error_in_the_middle(void **state) {
    static const char words[] = "data: {\"error\":{\"message\":\"the model fell over\",\"type\":\"server_error\","
                                "\"code\":\"oops\",\"param\":null}}\n\n";
    flow f;
    char body[2048];
    llmc_response *response;
    (void)state;
    flow_open(&f, NULL);
    (void)snprintf(body, sizeof(body), "%s%s%s%s", CHUNK("Half"), CHUNK(" a"), words, DONE);
    response = broken_stream(&f, raw_stream(body), LLMC_ERR_SERVER);
    assert_string_equal(llmc_error_provider_message(llmc_response_error(response)), "the model fell over");
    assert_string_equal(llmc_error_provider_code(llmc_response_error(response)), "oops");
    llmc_response_free(response);
    flow_close(&f);
}

static void cut_in_the_middle(void **state) {
    flow f;
    (void)state;
    flow_open(&f, NULL);
    llmc_response_free(broken_stream(&f, raw_stream(CHUNK("Half") CHUNK(" a")), LLMC_ERR_INCOMPLETE));
    llmc_response_free(
        broken_stream(&f, raw_stream(CHUNK("Half") CHUNK(" a") "data: {\"choices\":[{"), LLMC_ERR_INCOMPLETE));
    flow_close(&f);
}

static void a_cut_keeps_the_partial_text(void **state) {
    flow f;
    llmc_mock_script script = raw_stream(CHUNK("Half") CHUNK(" a") CHUNK(" loaf") FINISH DONE);
    llmc_stream *stream;
    heard h;
    (void)state;
    flow_open(&f, NULL);
    script.fault = LLMC_MOCK_CLOSE;
    script.cut_at = 400;
    flow_push(&f, script);
    stream = open_stream(&f);
    assert_int_equal(pull_all(stream, &h), LLMC_ERR_INCOMPLETE);
    assert_memory_equal(h.text, "Half a loaf", h.len);
    assert_true(h.len > 0 && h.len < 11);
    assert_string_equal(llmc_response_output(llmc_stream_response(stream)), h.text);
    llmc_stream_free(stream);
    flow_close(&f);
}

static void a_missing_done_is_incomplete(void **state) {
    flow f;
    llmc_mock_script script = story();
    llmc_stream *stream;
    heard h;
    (void)state;
    flow_open(&f, NULL);
    script.no_done = true;
    flow_push(&f, script);
    stream = open_stream(&f);
    assert_int_equal(pull_all(stream, &h), LLMC_ERR_INCOMPLETE);
    assert_string_equal(llmc_response_output(llmc_stream_response(stream)), STORY);
    llmc_stream_free(stream);
    flow_close(&f);
}

static void the_callback_cancels(void **state) {
    flow f;
    pushed p;
    llmc_mock_script script = story();
    (void)state;
    flow_open(&f, NULL);
    script.chunk_delay_ms = 30;
    flow_push(&f, script);
    push_stream(&f, &p, 3);
    assert_int_equal(llmc_response_status(p.response), LLMC_ERR_CANCELLED);
    assert_string_equal(llmc_response_output(p.response), "Once upon a");
    assert_int_equal(p.h.texts, 3);
    assert_true(flow_until_aborted(&f, 1));
    pushed_close(&p);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

static void freeing_a_stream_stops_the_server(void **state) {
    flow f;
    llmc_mock_script script = story();
    llmc_stream *stream;
    const llmc_event *event = NULL;
    (void)state;
    flow_open(&f, NULL);
    script.chunk_delay_ms = 3000;
    flow_push(&f, script);
    stream = open_stream(&f);
    assert_int_equal(llmc_stream_next(stream, &event), LLMC_OK);
    llmc_stream_free(stream);
    assert_true(flow_until_aborted(&f, 1));
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    stream = open_stream(&f); /* one that was never read */
    llmc_stream_free(stream);
    flow_assert_balanced(f.client);
    assert_int_equal(flow_client_stats(&f).calls_cancelled, 2);
    flow_close(&f);
}

/* ---- slow readers ---- */

#define EVENTS     5000
#define EVENT_TEXT 4000

/* 20 MB of events, each with its number and a long tail. */
static char *big_body(void) {
    size_t cap = (size_t)EVENTS * (EVENT_TEXT + 200) + 1000, len = 0;
    char *body = malloc(cap), tail[EVENT_TEXT + 1];
    assert_non_null(body);
    memset(tail, 'z', EVENT_TEXT);
    tail[EVENT_TEXT] = '\0';
    for (int i = 0; i < EVENTS; i++)
        len += (size_t)snprintf(body + len, cap - len, CHUNK("%06d%s"), i, tail);
    (void)snprintf(body + len, cap - len, "%s%s", FINISH, DONE);
    return body;
}

static void assert_big_pieces(llmc_stream *stream) {
    const llmc_event *event = NULL;
    llmc_status status;
    char number[16];
    int next = 0;
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK) {
        if (llmc_event_type(event) != LLMC_EVENT_TEXT)
            continue;
        (void)snprintf(number, sizeof(number), "%06d", next);
        assert_memory_equal(llmc_event_text(event), number, 6);
        assert_int_equal(llmc_event_text_len(event), EVENT_TEXT + 6);
        next++;
    }
    assert_int_equal(status, LLMC_END);
    assert_int_equal(next, EVENTS);
}

static void a_slow_reader_holds_the_server_back(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    char *body = big_body();
    llmc_stream *stream;
    size_t before, grown;
    (void)state;
    options.idle_timeout_ms = 200; /* the reader's slowness is not the server's */
    flow_open(&f, &options);
    flow_push(&f, raw_stream(body));
    before = flow_rss();
    stream = open_stream(&f);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    flow_pass_ms(600);
    grown = flow_rss() > before ? flow_rss() - before : 0;
    assert_int_equal(flow_mock_stats(&f).responses, 0); /* the rest is still at the server */
    print_message("a stream of 20 MB that is not read: memory grew by %zu KiB\n", grown / 1024);
    if (FLOW_MEASURES)
        assert_true(grown < (size_t)6 << 20);
    assert_big_pieces(stream);
    assert_int_equal(llmc_response_output_len(llmc_stream_response(stream)), (size_t)EVENTS * (EVENT_TEXT + 6));
    llmc_stream_free(stream);
    flow_close(&f);
    free(body);
}

static void a_held_stream_can_be_freed(void **state) {
    flow f;
    char *body = big_body();
    llmc_stream *stream;
    (void)state;
    flow_open(&f, NULL);
    flow_push(&f, raw_stream(body));
    stream = open_stream(&f);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    flow_pass_ms(100);
    llmc_stream_free(stream);
    assert_true(flow_until_aborted(&f, 1));
    flow_assert_balanced(f.client);
    flow_close(&f);
    free(body);
}

/* ---- from other threads ---- */

typedef struct pullers {
    llmc_stream *stream;
    llmc_status end;
    heard h;
} pullers;

static void pull_or_cancel(size_t number, void *ctx) {
    pullers *p = ctx;
    if (number == 0) {
        p->end = pull_all(p->stream, &p->h);
        return;
    }
    flow_pass_ms(100);
    llmc_stream_cancel(p->stream);
}

static void cancel_from_another_thread(void **state) {
    flow f;
    pullers p;
    char body[4096];
    llmc_mock_script script = raw_stream(body);
    (void)state;
    memset(&p, 0, sizeof(p));
    (void)snprintf(body, sizeof(body), "%s%s: %03000d\n\n", CHUNK("Half"), CHUNK(" a"), 0);
    flow_open(&f, NULL);
    script.fault = LLMC_MOCK_STALL;
    script.cut_at = 2000; /* in the comment: nothing more comes */
    flow_push(&f, script);
    p.stream = open_stream(&f);
    flow_run_threads(2, pull_or_cancel, &p);
    assert_int_equal(p.end, LLMC_ERR_CANCELLED);
    assert_string_equal(p.h.text, "Half a"); /* the pieces that had come */
    assert_string_equal(llmc_response_output(llmc_stream_response(p.stream)), "Half a");
    llmc_stream_free(p.stream);
    assert_true(flow_until_aborted(&f, 1));
    flow_close(&f);
}

static void pull_many(size_t number, void *ctx) {
    flow *f = ctx;
    (void)number;
    for (int i = 0; i < 20; i++) {
        llmc_request *request = NULL;
        llmc_stream *stream = NULL;
        heard h;
        if (llmc_request_new(FLOW_MODEL, &request) != LLMC_OK ||
            llmc_request_add_message(request, LLMC_ROLE_USER, "a b c d e f") != LLMC_OK ||
            llmc_execute_stream(f->client, request, &stream) != LLMC_OK)
            abort();
        if (i % 5 != 4 && (pull_all(stream, &h) != LLMC_END || strcmp(h.text, "a b c d e f") != 0))
            abort();
        llmc_stream_free(stream);
        llmc_request_free(request);
    }
}

static void many_streams_at_once(void **state) {
    flow f;
    (void)state;
    flow_open(&f, NULL);
    flow_run_threads(8, pull_many, &f);
    flow_assert_balanced(f.client);
    assert_true(flow_client_stats(&f).calls_succeeded >= 8 * 16);
    flow_close(&f);
}

static void the_client_ends_under_a_stream(void **state) {
    flow f;
    heard h;
    llmc_stream *stream;
    (void)state;
    flow_open(&f, NULL);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    stream = open_stream(&f);
    assert_true(llmc_mock_wait_requests(f.mock, 1, FLOW_DEADLINE_MS));
    llmc_client_free(f.client);
    f.client = NULL;
    assert_int_equal(pull_all(stream, &h), LLMC_ERR_CANCELLED);
    assert_int_equal(llmc_response_status(llmc_stream_response(stream)), LLMC_ERR_CANCELLED);
    llmc_stream_free(stream);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pull),
        cmocka_unit_test(push),
        cmocka_unit_test(pieces_come_as_they_are_sent),
        cmocka_unit_test(bytes_split_anywhere),
        cmocka_unit_test(error_before_the_first_byte),
        cmocka_unit_test(error_in_the_middle),
        cmocka_unit_test(cut_in_the_middle),
        cmocka_unit_test(a_cut_keeps_the_partial_text),
        cmocka_unit_test(a_missing_done_is_incomplete),
        cmocka_unit_test(the_callback_cancels),
        cmocka_unit_test(freeing_a_stream_stops_the_server),
        cmocka_unit_test(a_slow_reader_holds_the_server_back),
        cmocka_unit_test(a_held_stream_can_be_freed),
        cmocka_unit_test(cancel_from_another_thread),
        cmocka_unit_test(many_streams_at_once),
        cmocka_unit_test(the_client_ends_under_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
