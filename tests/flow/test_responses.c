/* The Responses API through the whole client: named by its provider, asked, streamed and refused. */
#include "support_flow.h"

#define MODEL "openai-responses/flow-1"

static const char plain[] = "{\"id\":\"r\",\"model\":\"flow-1-2026\",\"status\":\"completed\",\"output\":[{\"type\":"
                            "\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"blue\"}]}],\"usage\":{"
                            "\"input_tokens\":3,\"output_tokens\":2}}";

static const char streamed[] =
    "event: response.created\ndata: "
    "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"flow-1\"}}\n\n"
    "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"bl\"}\n\n"
    "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"ue\"}\n\n"
    "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n";

static const char failing[] =
    "event: error\ndata: "
    "{\"type\":\"error\",\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\","
    "\"message\":\"no credit left for " FLOW_KEY "\"}}\n\n";

static llmc_request *request_to(flow *f) {
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_request *request = NULL;
    assert_int_equal(llmc_client_set_provider(f->client, "openai-responses", &provider), LLMC_OK);
    assert_int_equal(llmc_request_new(MODEL, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "sky?"), LLMC_OK);
    return request;
}

static void push_body(flow *f, const char *body) {
    llmc_mock_script script = flow_script();
    script.body = body;
    script.split_at = 7;
    flow_push(f, script);
}

static void asked(void **state) {
    flow *f = *state;
    llmc_mock_request seen;
    llmc_response *response = NULL;
    llmc_request *request = request_to(f);
    llmc_mock_set_recording(f->mock, true);
    push_body(f, plain);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "blue");
    assert_string_equal(llmc_response_provider(response), "openai-responses");
    assert_string_equal(llmc_response_model(response), "flow-1-2026");
    assert_int_equal(llmc_response_tokens_in(response), 3);
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_STOP);
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(seen.path, "/v1/responses");
    llmc_response_free(response);
    llmc_request_free(request);
}

static void pulled(void **state) {
    flow *f = *state;
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    char text[16] = "";
    llmc_status status;
    llmc_request *request = request_to(f);
    push_body(f, streamed);
    assert_int_equal(llmc_execute_stream(f->client, request, &stream), LLMC_OK);
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK)
        if (llmc_event_type(event) == LLMC_EVENT_TEXT)
            (void)strncat(text, llmc_event_text(event), sizeof text - strlen(text) - 1);
    assert_int_equal(status, LLMC_END);
    assert_string_equal(text, "blue");
    llmc_stream_free(stream);
    llmc_request_free(request);
}

static void failed_inside(void **state) {
    flow *f = *state;
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_request *request = request_to(f);
    push_body(f, failing);
    assert_int_equal(llmc_execute_stream(f->client, request, &stream), LLMC_OK);
    assert_int_equal(llmc_stream_next(stream, &event), LLMC_ERR_QUOTA_EXHAUSTED);
    const llmc_response *response = llmc_stream_response(stream);
    const llmc_error *error = llmc_response_error(response);
    assert_string_equal(llmc_error_provider_code(error), "insufficient_quota");
    assert_non_null(strstr(llmc_error_provider_message(error), "no credit left"));
    assert_null(strstr(llmc_error_provider_message(error), FLOW_KEY));
    assert_null(strstr(llmc_error_message(error), FLOW_KEY));
    llmc_stream_free(stream);
    llmc_request_free(request);
}

static void refused_before_anything_is_sent(void **state) {
    flow *f = *state;
    llmc_response *response = NULL;
    llmc_request *request = request_to(f);
    assert_int_equal(llmc_request_set_seed(request, 7), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_last_error_message(), "seed"));
    assert_int_equal(flow_mock_stats(f).requests, 0);
    llmc_response_free(response);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(asked),
        FLOW_TEST(pulled),
        FLOW_TEST(failed_inside),
        FLOW_TEST(refused_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
