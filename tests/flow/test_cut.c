/*
 * The connection breaks after every possible byte of a plain and of a streamed answer, by FIN and by RST, under each
 * framing: the call never succeeds with less than the whole, and what text there is is a beginning of the whole.
 */
#include "support_flow.h"

#define TEXT "The whole answer, word by word: gr\xc3\xbc\xc3\x9f dich."

typedef struct cuts {
    flow f;
    bool stream;
    flow_tally tally;
    llmc__mutex lock;
    size_t whole, not_prefix, ok_but_less, odd_status;
    llmc_status odd;
} cuts;

static void judge(cuts *c, const llmc_response *response) {
    llmc_status status = llmc_response_status(response);
    const char *text = llmc_response_output(response);
    size_t len = llmc_response_output_len(response);
    bool all = len == strlen(TEXT) && memcmp(text, TEXT, len) == 0;
    if (len > strlen(TEXT) || memcmp(text, TEXT, len) != 0)
        c->not_prefix++;
    if (status == LLMC_OK) {
        c->whole++;
        if (!all || llmc_response_finish_reason(response) != LLMC_FINISH_STOP ||
            llmc_response_tokens_out(response) != 9)
            c->ok_but_less++;
    } else if (status != LLMC_ERR_INCOMPLETE && status != LLMC_ERR_CONNECTION_LOST && status != LLMC_ERR_BAD_RESPONSE) {
        c->odd_status++;
        c->odd = status;
    } else if (strlen(llmc_response_error_message(response)) == 0) {
        c->odd_status++;
    }
}

static void on_cut_done(llmc_call *call, llmc_response *response, void *user_data) {
    cuts *c = user_data;
    (void)call;
    llmc__mutex_lock(&c->lock);
    judge(c, response);
    llmc__mutex_unlock(&c->lock);
    flow_tally_add(&c->tally, llmc_response_status(response));
}

static llmc_mock_script whole_script(llmc_mock_framing framing) {
    llmc_mock_script script = flow_answer(TEXT);
    script.tokens_in = 4;
    script.tokens_out = 9;
    script.framing = framing;
    return script;
}

static void start(cuts *c, llmc_request *request) {
    llmc_status status = c->stream ? llmc_execute_stream_async(c->f.client, request, NULL, on_cut_done, c, NULL)
                                   : llmc_execute_async(c->f.client, request, on_cut_done, c, NULL);
    assert_int_equal(status, LLMC_OK);
}

/* Every cut from byte 0 to the last but one; answers how many calls there were. */
static size_t cut_everywhere(cuts *c, llmc_mock_framing framing, llmc_mock_fault fault) {
    llmc_request *request = flow_request("hi");
    size_t len;
    flow_push(&c->f, whole_script(framing));
    len = flow_raw_response_len(c->f.mock, c->stream);
    assert_in_range(len, strlen(TEXT), 20000);
    for (size_t cut = 0; cut < len; cut++) {
        llmc_mock_script script = whole_script(framing);
        script.fault = fault;
        script.cut_at = cut;
        flow_push(&c->f, script);
    }
    for (size_t cut = 0; cut < len; cut++)
        start(c, request);
    assert_true(flow_tally_wait(&c->tally, len));
    llmc_request_free(request);
    return len;
}

static void cut_and_check(bool stream, llmc_mock_framing framing, llmc_mock_fault fault) {
    llmc_client_options options = flow_options();
    cuts c;
    size_t len;
    memset(&c, 0, sizeof(c));
    c.stream = stream;
    options.max_connections = 20;
    flow_open(&c.f, &options);
    flow_tally_init(&c.tally);
    assert_int_equal(llmc__mutex_init(&c.lock), LLMC_OK);
    len = cut_everywhere(&c, framing, fault);
    print_message("%s, framing %d, fault %d: %zu cuts, %zu whole\n", stream ? "streamed" : "plain", (int)framing,
                  (int)fault, len, c.whole);
    assert_int_equal(c.ok_but_less, 0);
    assert_int_equal(c.not_prefix, 0);
    assert_int_equal(c.odd, LLMC_OK);
    assert_int_equal(c.odd_status, 0);
    assert_true(c.whole <= 16); /* those that lost nothing but the end of the framing */
    assert_int_equal(flow_mock_stats(&c.f).requests, len + 1);
    flow_assert_balanced(c.f.client);
    flow_close(&c.f);
    llmc__mutex_destroy(&c.lock);
    flow_tally_destroy(&c.tally);
}

static void cut_all_framings(bool stream) {
    static const llmc_mock_framing framings[] = {LLMC_MOCK_FRAMING_LENGTH, LLMC_MOCK_FRAMING_CHUNKED,
                                                 LLMC_MOCK_FRAMING_CLOSE};
    for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++) {
        cut_and_check(stream, framings[i], LLMC_MOCK_CLOSE);
        cut_and_check(stream, framings[i], LLMC_MOCK_RESET);
    }
}

static void plain(void **state) {
    (void)state;
    cut_all_framings(false);
}

static void streamed(void **state) {
    (void)state;
    cut_all_framings(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),
        cmocka_unit_test(streamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
