/*
 * Gemini and Vertex AI through the whole client: the model calls a tool, signs the call, and is given both back with
 * the tool's result.
 */
#include "support_flow.h"

static const char calling[] =
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Look.\",\"thought\":true}],\"role\":\"model\"}}],"
    "\"usageMetadata\":{\"promptTokenCount\":10},\"modelVersion\":\"gemini-flow\",\"responseId\":\"r1\"}\r\n\r\n"
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"look\",\"args\":{\"at\":\"sky\"}},"
    "\"thoughtSignature\":\"c2ln+/==\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":10,"
    "\"candidatesTokenCount\":2,\"thoughtsTokenCount\":7}}\r\n\r\n";

static const char plain[] =
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"blue\"}]},\"finishReason\":\"STOP\"}],\"modelVersion\":"
    "\"gemini-flow\",\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":1,\"totalTokenCount\":5}}";

static const char exhausted[] =
    "{\"error\":{\"code\":429,\"message\":\"slow down\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":"
    "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"48s\"}]}}";

static llmc_request *request_to(flow *f, const char *provider, const char *model) {
    llmc_provider_options options = flow_provider(llmc_mock_base_url(f->mock));
    llmc_request *request = NULL;
    options.project = "flow-project";
    assert_int_equal(llmc_client_set_provider(f->client, provider, &options), LLMC_OK);
    assert_int_equal(llmc_request_new(model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "sky?"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, "look", "looks", "{\"type\":\"object\"}"), LLMC_OK);
    return request;
}

static void push_body(flow *f, int http_status, const char *body) {
    llmc_mock_script script = flow_script();
    script.status = http_status;
    script.body = body;
    script.split_at = 11;
    flow_push(f, script);
}

/* Pulls the stream to its end; every event is one that is shown. Adds the answer to the request. */
static void take_turn(flow *f, llmc_request *request) {
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_status status;
    assert_int_equal(llmc_execute_stream(f->client, request, &stream), LLMC_OK);
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK) {
        assert_true(llmc_event_type(event) >= LLMC_EVENT_START);
        assert_true(llmc_event_type(event) <= LLMC_EVENT_LOGPROBS);
    }
    assert_int_equal(status, LLMC_END);
    const llmc_response *response = llmc_stream_response(stream);
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_TOOL_CALLS);
    assert_string_equal(llmc_response_reasoning(response), "Look.");
    assert_int_equal(llmc_response_tokens_in(response), 10);
    assert_int_equal(llmc_response_tokens_out(response), 9);
    assert_string_equal(llmc_response_tool_call_id(response, 0), "call_0");
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    llmc_stream_free(stream);
}

static void two_turns(flow *f, const char *provider, const char *model) {
    llmc_mock_request seen;
    llmc_response *response = NULL;
    llmc_request *request = request_to(f, provider, model);
    llmc_mock_set_recording(f->mock, true);
    push_body(f, 200, calling);
    push_body(f, 200, plain);
    take_turn(f, request);
    assert_int_equal(llmc_request_add_tool_result(request, "call_0", "it is blue", false), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "blue");
    assert_true(llmc_mock_request_at(f->mock, 1, &seen));
    assert_non_null(strstr(seen.body, "{\"role\":\"model\",\"parts\":[{\"text\":\"Look.\",\"thought\":true},"
                                      "{\"functionCall\":{\"name\":\"look\",\"args\":{\"at\":\"sky\"}},"
                                      "\"thoughtSignature\":\"c2ln+/==\"}]},{\"role\":\"user\",\"parts\":["
                                      "{\"functionResponse\":{\"name\":\"look\",\"response\":{\"result\":"
                                      "\"it is blue\"}}}]}"));
    llmc_response_free(response);
    llmc_request_free(request);
}

static void gemini_signs_its_call(void **state) {
    flow *f = *state;
    llmc_mock_request seen;
    two_turns(f, "gemini", "gemini/gemini-3-flow");
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(seen.path, "/v1/models/gemini-3-flow:streamGenerateContent?alt=sse");
    assert_true(llmc_mock_request_at(f->mock, 1, &seen));
    assert_string_equal(seen.path, "/v1/models/gemini-3-flow:generateContent");
    assert_string_equal(llmc_mock_request_header(f->mock, 1, "x-goog-api-key"), FLOW_KEY);
}

static void vertex_signs_its_call(void **state) {
    flow *f = *state;
    llmc_mock_request seen;
    two_turns(f, "vertex_ai", "vertex_ai/gemini-3-flow");
    assert_true(llmc_mock_request_at(f->mock, 1, &seen));
    assert_string_equal(seen.path, "/v1/projects/flow-project/locations/global/publishers/google/models/gemini-3-flow:"
                                   "generateContent");
    assert_string_equal(llmc_mock_request_header(f->mock, 1, "authorization"), "Bearer " FLOW_KEY);
}

static void quota_says_when(void **state) {
    flow *f = *state;
    llmc_response *response = NULL;
    llmc_request *request = request_to(f, "gemini", "gemini/m");
    assert_int_equal(llmc_request_set_max_retries(request, -1), LLMC_OK);
    push_body(f, 429, exhausted);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_ERR_RATE_LIMITED);
    const llmc_error *error = llmc_response_error(response);
    assert_int_equal(llmc_error_retry_after_ms(error), 48000);
    assert_string_equal(llmc_error_provider_type(error), "RESOURCE_EXHAUSTED");
    assert_true(llmc_error_retryable(error));
    llmc_response_free(response);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(gemini_signs_its_call),
        FLOW_TEST(vertex_signs_its_call),
        FLOW_TEST(quota_says_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
