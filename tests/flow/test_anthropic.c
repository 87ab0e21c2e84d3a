/* Claude through the whole client: it thinks, calls a tool, and is given back what it thought with the tool's result.
 */
#include "support_flow.h"

#define MODEL                "anthropic/claude-flow-4-5"
#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"

static const char calling[] =
    EVENT("message_start", ",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-flow\",\"usage\":{\"input_tokens\":3,"
                           "\"cache_read_input_tokens\":7,\"output_tokens\":1}}")
        EVENT("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}")
            EVENT("ping", "") EVENT("content_block_delta",
                                    ",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Look out.\"}")
                EVENT("content_block_delta",
                      ",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ln+/==\"}")
                    EVENT("content_block_stop", ",\"index\":0")
                        EVENT("content_block_start",
                              ",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\","
                              "\"name\":\"look\",\"input\":{}}")
                            EVENT("content_block_delta",
                                  ",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
                                  "\"{\\\"at\\\":\\\"sky\\\"}\"}") EVENT("content_block_stop", ",\"index\":1")
                                EVENT("message_delta",
                                      ",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":9}")
                                    EVENT("message_stop", "");

static const char plain[] =
    "{\"id\":\"msg_2\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-flow\",\"content\":[{\"type\":"
    "\"text\",\"text\":\"blue\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":4,\"output_tokens\":1}}";

static const char refused[] = "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}"
                              ",\"request_id\":\"req_1\"}";

static llmc_request *request_to(flow *f) {
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_request *request = NULL;
    assert_int_equal(llmc_client_set_provider(f->client, "anthropic", &provider), LLMC_OK);
    assert_int_equal(llmc_request_new(MODEL, &request), LLMC_OK);
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
    assert_int_equal(llmc_response_tokens_in(response), 10);
    assert_int_equal(llmc_response_tokens_out(response), 9);
    assert_string_equal(llmc_response_tool_call_id(response, 0), "toolu_1");
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    llmc_stream_free(stream);
}

static void thinks_and_calls(void **state) {
    flow *f = *state;
    llmc_mock_request seen;
    llmc_response *response = NULL;
    llmc_request *request = request_to(f);
    llmc_mock_set_recording(f->mock, true);
    push_body(f, 200, calling);
    push_body(f, 200, plain);
    take_turn(f, request);
    assert_int_equal(llmc_request_add_tool_result(request, "toolu_1", "it is blue", false), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "blue");
    assert_string_equal(llmc_response_provider(response), "anthropic");
    assert_true(llmc_mock_request_at(f->mock, 1, &seen));
    assert_string_equal(seen.path, "/v1/messages");
    assert_string_equal(llmc_mock_request_header(f->mock, 1, "x-api-key"), FLOW_KEY);
    assert_string_equal(llmc_mock_request_header(f->mock, 1, "anthropic-version"), "2023-06-01");
    assert_non_null(strstr(seen.body, "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
                                      "\"Look out.\",\"signature\":\"c2ln+/==\"},{\"type\":\"tool_use\",\"id\":"
                                      "\"toolu_1\",\"name\":\"look\",\"input\":{\"at\":\"sky\"}}]},"
                                      "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
                                      "\"toolu_1\",\"content\":\"it is blue\"}]}"));
    llmc_response_free(response);
    llmc_request_free(request);
}

static void overloaded(void **state) {
    flow *f = *state;
    llmc_response *response = NULL;
    llmc_request *request = request_to(f);
    assert_int_equal(llmc_request_set_max_retries(request, -1), LLMC_OK);
    push_body(f, 529, refused);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_ERR_OVERLOADED);
    const llmc_error *error = llmc_response_error(response);
    assert_string_equal(llmc_error_provider_type(error), "overloaded_error");
    assert_true(llmc_error_retryable(error));
    llmc_response_free(response);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(thinks_and_calls),
        FLOW_TEST(overloaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
