/* The mock in every format it speaks, read by the client: echo, reasons, errors as answers and inside streams, limits.
 */
#include "support_roundtrip.h"

typedef void (*format_fn)(flow *f, const roundtrip *trip);

static bool is_one_of(const roundtrip *trip, const char *names) {
    return strstr(names, trip->provider) != NULL;
}

/* A mock and a client of its own for each format, so that nothing of one is left for the next. */
static void for_each(format_fn fn) {
    for (size_t i = 0; i < roundtrip_format_count; i++) {
        flow f;
        flow_open(&f, NULL);
        print_message("%s\n", roundtrip_formats[i].provider);
        fn(&f, &roundtrip_formats[i]);
        flow_close(&f);
    }
}

static void one_echo(flow *f, const roundtrip *trip) {
    static const char prompt[] = "Hello \"there\" \\ \xf0\x9f\x98\x80\nline\ttwo";
    llmc_request *request = roundtrip_request(f, trip, prompt);
    for (int streamed = 0; streamed < 2; streamed++) {
        llmc_response *response = roundtrip_ask(f, request, streamed == 1, LLMC_OK);
        assert_string_equal(llmc_response_output(response), prompt);
        assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_STOP);
        if (streamed == 0 ||
            !is_one_of(trip, "mistral")) { /* which asks for no usage, and the mock gives none unasked */
            assert_int_equal(llmc_response_tokens_in(response), 6);
            assert_int_equal(llmc_response_tokens_out(response), 6);
        }
        assert_true(llmc_response_id(response)[0] != '\0' || is_one_of(trip, "bedrock ollama"));
        llmc_response_free(response);
    }
    llmc_request_free(request);
}

static void test_echo(void **state) {
    (void)state;
    for_each(one_echo);
}

static void one_reasons(flow *f, const roundtrip *trip) {
    static const struct {
        const char *said;
        llmc_finish_reason reason;
    } reasons[] = {
        {"stop", LLMC_FINISH_STOP},
        {"length", LLMC_FINISH_LENGTH},
        {"content_filter", LLMC_FINISH_CONTENT_FILTER},
    };
    size_t count = is_one_of(trip, "cohere ollama") ? 2 : 3; /* these know no filter */
    llmc_request *request = roundtrip_request(f, trip, "why?");
    for (size_t i = 0; i < count * 2; i++) {
        llmc_mock_script script = flow_answer("so");
        script.finish_reason = reasons[i / 2].said;
        flow_push(f, script);
        llmc_response *response = roundtrip_ask(f, request, i % 2 == 1, LLMC_OK);
        assert_int_equal(llmc_response_finish_reason(response), reasons[i / 2].reason);
        llmc_response_free(response);
    }
    llmc_request_free(request);
}

static void test_reasons(void **state) {
    (void)state;
    for_each(one_reasons);
}

static void one_errors(flow *f, const roundtrip *trip) {
    static const struct {
        int http_status;
        llmc_status status;
    } errors[] = {
        {400, LLMC_ERR_BAD_REQUEST},  {401, LLMC_ERR_AUTH},   {403, LLMC_ERR_PERMISSION}, {404, LLMC_ERR_NOT_FOUND},
        {429, LLMC_ERR_RATE_LIMITED}, {500, LLMC_ERR_SERVER}, {503, LLMC_ERR_OVERLOADED},
    };
    llmc_request *request = roundtrip_request(f, trip, "why?");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0] * 2; i++) {
        llmc_mock_script script = flow_answer("no \"such\" luck");
        script.status = errors[i / 2].http_status;
        flow_push(f, script);
        llmc_response *response = roundtrip_ask(f, request, i % 2 == 1, errors[i / 2].status);
        const llmc_error *error = llmc_response_error(response);
        assert_int_equal(llmc_error_http_status(error), errors[i / 2].http_status);
        assert_string_equal(llmc_error_provider_message(error), "no \"such\" luck");
        llmc_response_free(response);
    }
    llmc_request_free(request);
}

static void test_errors(void **state) {
    (void)state;
    for_each(one_errors);
}

static void one_error_inside(flow *f, const roundtrip *trip) {
    static const struct {
        const char *providers, *code;
        llmc_status status;
    } codes[] = {
        {"openai openai-responses azure mistral", "rate_limit_exceeded", LLMC_ERR_RATE_LIMITED},
        {"openai openai-responses azure mistral", "insufficient_quota", LLMC_ERR_QUOTA_EXHAUSTED},
        {"anthropic", "overloaded_error", LLMC_ERR_OVERLOADED},
        {"gemini", "UNAVAILABLE", LLMC_ERR_OVERLOADED},
        {"bedrock", "throttlingException", LLMC_ERR_RATE_LIMITED},
        {"cohere", "no more", LLMC_ERR_SERVER},
        {"ollama", "no more", LLMC_ERR_SERVER},
    };
    llmc_request *request = roundtrip_request(f, trip, "why?");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (is_one_of(trip, codes[i].providers)) {
            llmc_mock_script script = flow_answer("so far");
            script.error_in_stream = codes[i].code;
            flow_push(f, script);
            llmc_response *response = roundtrip_ask(f, request, true, codes[i].status);
            assert_string_equal(llmc_response_output(response), "so far");
            assert_int_equal(llmc_response_finish_reason(response) == LLMC_FINISH_STOP, 0);
            llmc_response_free(response);
            flow_push(f, script); /* a plain answer has no inside */
            response = roundtrip_ask(f, request, false, LLMC_OK);
            assert_string_equal(llmc_response_output(response), "so far");
            llmc_response_free(response);
        }
    }
    llmc_request_free(request);
}

static void test_errors_inside_streams(void **state) {
    (void)state;
    for_each(one_error_inside);
}

static void one_unclosed(flow *f, const roundtrip *trip) {
    llmc_request *request = roundtrip_request(f, trip, "why?");
    llmc_mock_script script = flow_answer("so far");
    script.no_done = true;
    flow_push(f, script);
    /* What Cohere leaves out then is [DONE], and its message-end was there. */
    bool is_whole = is_one_of(trip, "cohere");
    llmc_response *response = roundtrip_ask(f, request, true, is_whole ? LLMC_OK : LLMC_ERR_INCOMPLETE);
    assert_string_equal(llmc_response_output(response), "so far");
    llmc_response_free(response);
    llmc_request_free(request);
}

static void test_unclosed_streams(void **state) {
    (void)state;
    for_each(one_unclosed);
}

static void one_limit(flow *f, const roundtrip *trip) {
    llmc_request *request = roundtrip_request(f, trip, "why?");
    bool anthropic = is_one_of(trip, "anthropic");
    /* The client that was told that nothing is left waits by itself; another one does not know. */
    flow other = {f->mock, flow_client(llmc_mock_base_url(f->mock), NULL)};
    roundtrip_provider(&other, trip);
    assert_int_equal(llmc_mock_set_rate_limit(f->mock, 1, 50000), LLMC_OK);
    llmc_response *response = roundtrip_ask(f, request, false, LLMC_OK);
    const char *left = anthropic ? "anthropic-ratelimit-requests-remaining" : "x-ratelimit-remaining-requests";
    const char *when = anthropic ? "anthropic-ratelimit-requests-reset" : "x-ratelimit-reset-requests";
    assert_string_equal(llmc_response_header(response, left), "0");
    assert_non_null(llmc_response_header(response, when));
    llmc_response_free(response);
    response = roundtrip_ask(&other, request, false, LLMC_ERR_RATE_LIMITED);
    int64_t hint = llmc_error_retry_after_ms(llmc_response_error(response));
    assert_true(hint > 50000 - FLOW_DEADLINE_MS && hint <= 50000);
    assert_true(llmc_error_retryable(llmc_response_error(response)));
    llmc_response_free(response);
    assert_int_equal(flow_mock_stats(f).rate_limited, 1);
    assert_int_equal(flow_mock_stats(f).too_early, 0);
    llmc_client_free(other.client);
    llmc_request_free(request);
}

static void test_limits(void **state) {
    (void)state;
    for_each(one_limit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_errors_inside_streams),
        cmocka_unit_test(test_unclosed_streams),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
