/* Turns with tools through the whole client, at OpenAI's two APIs: what was asked, answered and sent back. */
#include "support_flow.h"

#define TOOL "{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\"}}}"

static const char chat_calling[] =
    "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,"
    "\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"look\","
    "\"arguments\":\"\"}}]}}]}\n\n"
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"at\\\":"
    "\"}}]}}]}\n\n"
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"sky\\\"}"
    "\"}},{\"index\":1,\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":\"wait\",\"arguments\":\"\"}}]}}]"
    "}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9,\"total_tokens\":29,"
    "\"prompt_tokens_details\":{\"cached_tokens\":8},\"completion_tokens_details\":{\"reasoning_tokens\":4}}}\n\n"
    "data: [DONE]\n\n";

static const char chat_blue[] =
    "{\"id\":\"j\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"blue\","
    "\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"https://"
    "sky\"}}]},\"logprobs\":{\"content\":"
    "[{\"token\":\"blue\",\"logprob\":-0.125}]},\"finish_reason\":\"stop\"},{\"index\":1,\"message\":{\"content\":"
    "\"grey\"},\"finish_reason\":\"stop\"}]}";

static const char responses_calling[] =
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n"
    "event: response.completed\ndata: "
    "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":["
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"gAAA+/==\"},{\"id\":\"fc_1\","
    "\"type\":\"function_call\",\"status\":\"completed\",\"arguments\":\"{\\\"at\\\":\\\"sky\\\"}\",\"call_id\":"
    "\"call_a\",\"name\":\"look\"}]}}\n\n";

static const char responses_blue[] =
    "{\"id\":\"s\",\"model\":\"m\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"role\":\"assistant\","
    "\"content\":[{\"type\":\"output_text\",\"text\":\"blue\",\"annotations\":[]}]}]}";

static void push_body(flow *f, const char *body) {
    llmc_mock_script script = flow_script();
    script.body = body;
    script.split_at = 7;
    flow_push(f, script);
}

static llmc_request *request_to(const char *model) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "sky?"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, "look", "looks", TOOL), LLMC_OK);
    return request;
}

/* Pulls a stream to its end; the response is the stream's. */
static const llmc_response *pull(flow *f, const llmc_request *request, llmc_stream **stream) {
    const llmc_event *event = NULL;
    llmc_status status = llmc_execute_stream(f->client, request, stream);
    assert_int_equal(status, LLMC_OK);
    while (status == LLMC_OK)
        status = llmc_stream_next(*stream, &event);
    assert_int_equal(status, LLMC_END);
    return llmc_stream_response(*stream);
}

static const char *body_of(flow *f, size_t index) {
    llmc_mock_request seen;
    assert_true(llmc_mock_request_at(f->mock, index, &seen));
    return seen.body;
}

static void chat_turns(void **state) {
    flow *f = *state;
    llmc_stream *stream = NULL;
    llmc_response *response = NULL;
    llmc_usage usage = LLMC_USAGE_INIT;
    llmc_request *request = request_to(FLOW_MODEL);
    assert_int_equal(llmc_request_add_tool(request, "wait", NULL, NULL), LLMC_OK);
    push_body(f, chat_calling);
    push_body(f, chat_blue);
    const llmc_response *calling = pull(f, request, &stream);
    assert_int_equal(llmc_response_finish_reason(calling), LLMC_FINISH_TOOL_CALLS);
    assert_int_equal(llmc_response_tool_call_count(calling), 2);
    assert_true(llmc_response_tool_call_complete(calling, 1));
    assert_int_equal(llmc_response_usage(calling, &usage), LLMC_OK);
    assert_int_equal(usage.input, 12);
    assert_int_equal(usage.cache_read, 8);
    assert_int_equal(usage.output, 5);
    assert_int_equal(usage.reasoning, 4);
    assert_int_equal(llmc_request_add_response(request, calling), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_a", "it is blue", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_b", "waited", false), LLMC_OK);
    llmc_stream_free(stream);
    assert_int_equal(llmc_request_set_n(request, 2), LLMC_OK);
    assert_int_equal(llmc_request_set_logprobs(request, 0), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "blue");
    assert_string_equal(llmc_response_choice_output(response, 1), "grey");
    assert_string_equal(llmc_response_logprobs(response), "[{\"token\":\"blue\",\"logprob\":-0.125}]");
    assert_int_equal(llmc_response_citation_count(response), 1);
    assert_non_null(strstr(llmc_response_citation(response, 0), "https://sky"));
    assert_non_null(strstr(body_of(f, 0), "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\""));
    assert_non_null(strstr(body_of(f, 1),
                           "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_a\",\"type\":"
                           "\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"at\\\":\\\"sky\\\"}\"}},"
                           "{\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":\"wait\",\"arguments\":"
                           "\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"call_a\",\"content\":\"it is blue\"},"
                           "{\"role\":\"tool\",\"tool_call_id\":\"call_b\",\"content\":\"waited\"}]"));
    llmc_response_free(response);
    llmc_request_free(request);
}

/* Reasoning goes back before the call it led to, as it came. */
static void responses_turns(void **state) {
    flow *f = *state;
    llmc_stream *stream = NULL;
    llmc_response *response = NULL;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    assert_int_equal(llmc_client_set_provider(f->client, "openai-responses", &provider), LLMC_OK);
    llmc_request *request = request_to("openai-responses/flow-1");
    assert_int_equal(llmc_request_set_extra_json(request, "{\"store\":false}"), LLMC_OK);
    push_body(f, responses_calling);
    push_body(f, responses_blue);
    const llmc_response *calling = pull(f, request, &stream);
    assert_string_equal(llmc_response_tool_call_id(calling, 0), "call_a");
    assert_int_equal(llmc_request_add_response(request, calling), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_a", "it is blue", false), LLMC_OK);
    llmc_stream_free(stream);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "blue");
    assert_non_null(strstr(body_of(f, 1),
                           "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":"
                           "\"gAAA+/==\"},{\"id\":\"fc_1\",\"type\":\"function_call\",\"status\":\"completed\","
                           "\"arguments\":\"{\\\"at\\\":\\\"sky\\\"}\",\"call_id\":\"call_a\",\"name\":\"look\"},"
                           "{\"type\":\"function_call_output\",\"call_id\":\"call_a\",\"output\":\"it is blue\"}]"));
    assert_non_null(strstr(body_of(f, 1), "\"include\":[\"reasoning.encrypted_content\"]"));
    llmc_response_free(response);
    llmc_request_free(request);
}

static void unsupported_fields(void **state) {
    flow *f = *state;
    llmc_response *response = NULL;
    llmc_request *request = flow_request("hi");
    assert_int_equal(llmc_request_set_reasoning_budget(request, 1024), LLMC_OK);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_response_error_message(response), "reasoning_budget"));
    assert_int_equal(flow_mock_stats(f).requests, 0);
    llmc_response_free(response);
    llmc_request_free(request);
}

static void images_arrive(void **state) {
    flow *f = *state;
    llmc_response *response = NULL;
    llmc_request *request = flow_request("what is this?");
    assert_int_equal(llmc_request_add_image(request, "image/png", "\x89PNG", 4), LLMC_OK);
    flow_push(f, flow_answer("a picture"));
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "a picture");
    assert_non_null(strstr(body_of(f, 0), "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                                          "iVBORw==\"}}"));
    llmc_response_free(response);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(chat_turns),
        FLOW_TEST(responses_turns),
        FLOW_TEST(unsupported_fields),
        FLOW_TEST(images_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
