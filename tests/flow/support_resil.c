#include "support_resil.h"

llmc_client_options resil_options(void) {
    llmc_client_options options = flow_options();
    options.max_retries = 3;
    options.retry_jitter = LLMC_JITTER_NONE;
    options.retry_delay_ms = 1;
    options.retry_budget_percent = -1;
    return options;
}

llmc_mock_script resil_refusal(int status, const char *headers) {
    llmc_mock_script script = flow_script();
    script.status = status;
    script.headers = headers;
    return script;
}

int resil_note(llmc_call *call, const llmc_event *event, void *user_data) {
    resil_seen *seen = user_data;
    (void)call;
    if (seen == NULL)
        return 0;
    if (llmc_event_type(event) == LLMC_EVENT_START)
        seen->starts++;
    if (llmc_event_type(event) == LLMC_EVENT_FINISH)
        seen->finishes++;
    if (llmc_event_type(event) == LLMC_EVENT_TEXT) {
        size_t used = strlen(seen->text);
        seen->texts++;
        (void)snprintf(seen->text + used, sizeof(seen->text) - used, "%s", llmc_event_text(event));
    }
    return 0;
}

static llmc_response *wait_call(llmc_call *call) {
    llmc_response *response = NULL;
    bool done = false;
    (void)llmc_call_wait_for(call, FLOW_DEADLINE_MS, &done, &response);
    assert_true(done);
    llmc_call_unref(call);
    return response;
}

static llmc_response *run_pull(flow *f, const llmc_request *request, resil_seen *seen) {
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_response *response;
    assert_int_equal(llmc_execute_stream(f->client, request, &stream), LLMC_OK);
    while (llmc_stream_next(stream, &event) == LLMC_OK)
        (void)resil_note(NULL, event, seen);
    response = llmc_response_ref(llmc_stream_response(stream));
    llmc_stream_free(stream);
    return response;
}

static llmc_response *run(flow *f, const llmc_request *request, resil_way way, resil_seen *seen) {
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    switch (way) {
    case RESIL_ASYNC:
        assert_int_equal(llmc_execute_async(f->client, request, NULL, NULL, &call), LLMC_OK);
        return wait_call(call);
    case RESIL_EVENTS:
        assert_int_equal(llmc_execute_stream_async(f->client, request, resil_note, NULL, seen, &call), LLMC_OK);
        return wait_call(call);
    case RESIL_PULL:
        return run_pull(f, request, seen);
    case RESIL_BATCH:
        (void)llmc_execute_batch(f->client, &request, 1, NULL, &response);
        return response;
    case RESIL_SYNC:
    case RESIL_WAYS:
        break;
    }
    (void)llmc_execute(f->client, request, &response);
    return response;
}

llmc_response *resil_run(flow *f, const llmc_request *request, resil_way way, llmc_status expected, resil_seen *seen) {
    llmc_response *response;
    if (seen != NULL)
        memset(seen, 0, sizeof(*seen));
    response = run(f, request, way, seen);
    assert_non_null(response);
    if (llmc_response_status(response) != expected)
        print_error("way %d: %s: %s\n", (int)way, llmc_status_name(llmc_response_status(response)),
                    llmc_response_error_message(response));
    assert_int_equal(llmc_response_status(response), expected);
    return response;
}

llmc_response *resil_ask(flow *f, resil_way way, llmc_status expected, resil_seen *seen) {
    llmc_request *request = flow_request("one two three");
    llmc_response *response = resil_run(f, request, way, expected, seen);
    llmc_request_free(request);
    return response;
}

void resil_expect(flow *f, llmc_status expected) {
    llmc_response_free(resil_ask(f, RESIL_SYNC, expected, NULL));
}

llmc_attempt resil_attempt(const llmc_response *response, size_t index) {
    llmc_attempt attempt;
    memset(&attempt, 0, sizeof(attempt));
    assert_true(llmc_response_attempt(response, index, &attempt));
    assert_non_null(attempt.why);
    assert_true(strlen(attempt.why) > 0);
    return attempt;
}

void resil_assert_retried(const llmc_response *response, size_t attempts, llmc_status status) {
    assert_int_equal(llmc_response_attempt_count(response), attempts);
    for (size_t i = 0; i + 1 < attempts; i++) {
        llmc_attempt attempt = resil_attempt(response, i);
        assert_int_equal(attempt.status, status);
        assert_int_equal(attempt.next, LLMC_NEXT_RETRY);
    }
}

void resil_assert_requests(flow *f, uint64_t count) {
    assert_int_equal(flow_mock_stats(f).requests, count);
    assert_int_equal(flow_client_stats(f).attempts, count);
}

int64_t resil_gap_us(flow *f, size_t index) {
    llmc_mock_request before, after;
    assert_true(llmc_mock_request_at(f->mock, index, &before));
    assert_true(llmc_mock_request_at(f->mock, index + 1, &after));
    return after.at_us - before.at_us;
}
