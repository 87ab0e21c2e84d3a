#include "support_roundtrip.h"

static const unsigned char picture[] = {0x89, 'P', 'N', 'G'}; /* iVBORw== */

static const char weather_schema[] =
    "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],"
    "\"additionalProperties\":false}";
static const char answer_schema[] =
    "{\"type\":\"object\",\"properties\":{\"warmer\":{\"type\":\"string\"}},\"required\":[\"warmer\"],"
    "\"additionalProperties\":false}";

const roundtrip roundtrip_formats[] = {
    {.provider = "openai", .model = "openai/flow-1"},
    {.provider = "openai-responses", .model = "openai-responses/flow-1"},
    {.provider = "azure", .model = "azure/flow-1", .api_version = "2024-10-21"},
    {.provider = "anthropic", .model = "anthropic/claude-flow"},
    {.provider = "gemini", .model = "gemini/gemini-flow"},
    {.provider = "bedrock", .model = "bedrock/flow-v1:0", .region = "us-east-1"},
    {.provider = "cohere", .model = "cohere/command-flow"},
    {.provider = "mistral", .model = "mistral/flow-1"},
    {.provider = "ollama", .model = "ollama/flow-1"},
};
const size_t roundtrip_format_count = sizeof roundtrip_formats / sizeof roundtrip_formats[0];

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    (void)provider;
    (void)user_data;
    return snprintf(token, capacity, "%s", FLOW_KEY) < (int)capacity ? 0 : 1;
}

void roundtrip_provider(flow *f, const roundtrip *trip) {
    llmc_provider_options options = flow_provider(llmc_mock_base_url(f->mock));
    options.region = trip->region;
    options.project = trip->project;
    options.api_version = trip->api_version;
    if (trip->by_signature) {
        options.api_key = NULL;
        options.access_key_id = "AKIDFLOW";
        options.secret_access_key = FLOW_KEY;
    }
    if (trip->by_token) {
        options.api_key = NULL;
        options.token = give_token;
    }
    assert_int_equal(llmc_client_set_provider(f->client, trip->provider, &options), LLMC_OK);
}

llmc_request *roundtrip_request(flow *f, const roundtrip *trip, const char *prompt) {
    llmc_request *request = NULL;
    roundtrip_provider(f, trip);
    assert_int_equal(llmc_request_new(trip->model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, prompt), LLMC_OK);
    return request;
}

/* ---- answers ---- */

static void same_counts(const llmc_response *a, const llmc_response *b) {
    llmc_usage first = LLMC_USAGE_INIT;
    llmc_usage second = LLMC_USAGE_INIT;
    assert_int_equal(llmc_response_tokens_in(a), llmc_response_tokens_in(b));
    assert_int_equal(llmc_response_tokens_out(a), llmc_response_tokens_out(b));
    assert_int_equal(llmc_response_tokens_total(a), llmc_response_tokens_total(b));
    assert_int_equal(llmc_response_tokens_cached(a), llmc_response_tokens_cached(b));
    assert_int_equal(llmc_response_tokens_cache_write(a), llmc_response_tokens_cache_write(b));
    assert_int_equal(llmc_response_tokens_reasoning(a), llmc_response_tokens_reasoning(b));
    assert_int_equal(llmc_response_usage(a, &first), LLMC_OK);
    assert_int_equal(llmc_response_usage(b, &second), LLMC_OK);
    assert_memory_equal(&first, &second, sizeof first);
    assert_true(llmc_response_cost_usd(a) == llmc_response_cost_usd(b));
}

static void same_calls(const llmc_response *a, const llmc_response *b) {
    size_t count = llmc_response_tool_call_count(a);
    assert_int_equal(count, llmc_response_tool_call_count(b));
    for (size_t i = 0; i <= count; i++) { /* one past the end too */
        assert_string_equal(llmc_response_tool_call_id(a, i), llmc_response_tool_call_id(b, i));
        assert_string_equal(llmc_response_tool_call_name(a, i), llmc_response_tool_call_name(b, i));
        assert_string_equal(llmc_response_tool_call_arguments(a, i), llmc_response_tool_call_arguments(b, i));
        assert_int_equal(llmc_response_tool_call_complete(a, i), llmc_response_tool_call_complete(b, i));
    }
}

static void same_pieces(const llmc_response *a, const llmc_response *b) {
    assert_int_equal(llmc_response_signature_count(a), llmc_response_signature_count(b));
    for (size_t i = 0; i <= llmc_response_signature_count(a); i++) {
        assert_string_equal(llmc_response_signature(a, i), llmc_response_signature(b, i));
    }
    assert_int_equal(llmc_response_redacted_count(a), llmc_response_redacted_count(b));
    assert_int_equal(llmc_response_citation_count(a), llmc_response_citation_count(b));
    assert_string_equal(llmc_response_logprobs(a), llmc_response_logprobs(b));
    assert_int_equal(llmc_response_choice_count(a), llmc_response_choice_count(b));
    assert_string_equal(llmc_response_choice_output(a, 0), llmc_response_choice_output(b, 0));
    assert_int_equal(llmc_response_choice_output_len(a, 0), llmc_response_choice_output_len(b, 0));
    assert_int_equal(llmc_response_choice_finish_reason(a, 0), llmc_response_choice_finish_reason(b, 0));
}

void roundtrip_assert_same(const llmc_response *a, const llmc_response *b) {
    assert_int_equal(llmc_response_status(a), llmc_response_status(b));
    assert_string_equal(llmc_response_error_message(a), llmc_response_error_message(b));
    assert_string_equal(llmc_response_output(a), llmc_response_output(b));
    assert_int_equal(llmc_response_output_len(a), llmc_response_output_len(b));
    assert_string_equal(llmc_response_provider(a), llmc_response_provider(b));
    assert_string_equal(llmc_response_model(a), llmc_response_model(b));
    assert_int_equal(llmc_response_finish_reason(a), llmc_response_finish_reason(b));
    assert_string_equal(llmc_response_finish_reason_raw(a), llmc_response_finish_reason_raw(b));
    assert_string_equal(llmc_response_refusal(a), llmc_response_refusal(b));
    assert_string_equal(llmc_response_reasoning(a), llmc_response_reasoning(b));
    assert_int_equal(llmc_response_reasoning_len(a), llmc_response_reasoning_len(b));
    assert_int_equal(strlen(llmc_response_id(a)), strlen(llmc_response_id(b)));
    assert_int_equal(strlen(llmc_response_request_id(a)), strlen(llmc_response_request_id(b)));
    assert_int_equal(llmc_response_from_cache(a), llmc_response_from_cache(b));
    assert_int_equal(llmc_response_attempt_count(a), llmc_response_attempt_count(b));
    same_counts(a, b);
    same_calls(a, b);
    same_pieces(a, b);
}

/* What the events of a stream add up to. */
typedef struct heard {
    char text[512], thought[512], arguments[2][256], ends[2][256];
    size_t starts, finishes;
} heard;

static void add(char *to, size_t size, const char *text) {
    assert_true(strlen(to) + strlen(text) < size);
    strcat(to, text);
}

static void hear(heard *all, const llmc_event *event) {
    size_t call = llmc_event_tool_index(event);
    const char *text = llmc_event_text(event);
    switch (llmc_event_type(event)) {
    case LLMC_EVENT_TEXT:
        add(all->text, sizeof all->text, text);
        break;
    case LLMC_EVENT_REASONING:
        add(all->thought, sizeof all->thought, text);
        break;
    case LLMC_EVENT_TOOL_CALL_DELTA:
        assert_true(call < 2);
        add(all->arguments[call], sizeof all->arguments[call], text);
        break;
    case LLMC_EVENT_TOOL_CALL_END:
        assert_true(call < 2);
        add(all->ends[call], sizeof all->ends[call], text);
        break;
    case LLMC_EVENT_START:
        all->starts++;
        break;
    case LLMC_EVENT_FINISH:
        all->finishes++;
        break;
    default:
        break;
    }
}

static void check_heard(const heard *all, const llmc_response *response) {
    assert_string_equal(all->text, llmc_response_output(response));
    assert_string_equal(all->thought, llmc_response_reasoning(response));
    assert_int_equal(all->starts, 1);
    assert_int_equal(all->finishes, 1);
    for (size_t i = 0; i < llmc_response_tool_call_count(response) && i < 2; i++) {
        assert_string_equal(all->arguments[i], llmc_response_tool_call_arguments(response, i));
        assert_string_equal(all->ends[i], llmc_response_tool_call_arguments(response, i));
    }
}

static llmc_response *pull(flow *f, const llmc_request *request, llmc_status expected) {
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_status status;
    heard all;
    memset(&all, 0, sizeof all);
    assert_int_equal(llmc_execute_stream(f->client, request, &stream), LLMC_OK);
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK) {
        hear(&all, event);
    }
    llmc_response *response = llmc_response_ref(llmc_stream_response(stream));
    llmc_stream_free(stream);
    status = status == LLMC_END ? LLMC_OK : status;
    if (status != expected) {
        print_error("streamed: %s\n", llmc_response_error_message(response));
    }
    assert_int_equal(status, expected);
    if (status == LLMC_OK) {
        check_heard(&all, response);
    }
    return response;
}

llmc_response *roundtrip_ask(flow *f, const llmc_request *request, bool streamed, llmc_status expected) {
    llmc_response *response = NULL;
    if (streamed) {
        return pull(f, request, expected);
    }
    llmc_status status = llmc_execute(f->client, request, &response);
    if (status != expected) {
        print_error("plain: %s\n", llmc_response_error_message(response));
    }
    assert_int_equal(status, expected);
    return response;
}

/* ---- the conversation ---- */

static llmc_request *opening(const roundtrip *trip) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(trip->model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "Be brief."), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "Which is \"warmer\"?\n\xc3\xa9"), LLMC_OK);
    assert_int_equal(llmc_request_add_image(request, "image/png", picture, sizeof picture), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, "weather", "Looks outside.", weather_schema), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, "clock", NULL, NULL), LLMC_OK);
    if (trip->extra_json != NULL) {
        assert_int_equal(llmc_request_set_extra_json(request, trip->extra_json), LLMC_OK);
    }
    return request;
}

static void push_calls(flow *f, const roundtrip *trip) {
    static const llmc_mock_tool_call calls[] = {
        {ROUNDTRIP_ID_A, "weather", "{\"city\":\"Z\xc3\xbcrich \\\"HB\\\"\",\"n\":[1,{\"a\":null}]}"},
        {ROUNDTRIP_ID_B, "clock", NULL},
    };
    llmc_mock_script script = flow_answer("Let me look.\n\xe2\x82\xac");
    script.tool_calls = calls;
    script.tool_call_count = 2;
    script.reasoning = trip->lacks_thought ? NULL : "I must \"look\" outside.";
    script.tokens_in = 40;
    script.tokens_out = 20;
    script.repeat = 2;
    flow_push(f, script);
}

static void check_calls(const roundtrip *trip, const llmc_response *response) {
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_TOOL_CALLS);
    assert_string_equal(llmc_response_output(response), "Let me look.\n\xe2\x82\xac");
    assert_string_equal(llmc_response_reasoning(response), trip->lacks_thought ? "" : "I must \"look\" outside.");
    assert_string_equal(llmc_response_provider(response), trip->provider);
    assert_int_equal(llmc_response_tokens_in(response), 40);
    assert_int_equal(llmc_response_tokens_out(response), 20);
    assert_int_equal(llmc_response_tool_call_count(response), 2);
    assert_string_equal(llmc_response_tool_call_id(response, 0), ROUNDTRIP_ID_A);
    assert_string_equal(llmc_response_tool_call_name(response, 0), "weather");
    assert_non_null(strstr(llmc_response_tool_call_arguments(response, 0), "Z\xc3\xbcrich \\\"HB\\\""));
    assert_string_equal(llmc_response_tool_call_id(response, 1), ROUNDTRIP_ID_B);
    assert_string_equal(llmc_response_tool_call_name(response, 1), "clock");
    assert_string_equal(llmc_response_tool_call_arguments(response, 1), "{}");
    assert_true(llmc_response_tool_call_complete(response, 0));
    assert_true(llmc_response_tool_call_complete(response, 1));
}

/* What the server was asked, plain and streamed. */
static void check_seen(flow *f, const roundtrip *trip, size_t first, const char *const *wanted) {
    for (size_t i = 0; i < 2; i++) {
        const char *end = i == 0 ? trip->plain_path : trip->stream_path;
        llmc_mock_request seen;
        assert_true(llmc_mock_request_at(f->mock, first + i, &seen));
        assert_string_equal(seen.method, "POST");
        assert_string_equal(seen.path + strlen("/v1"), end);
        assert_int_equal(seen.streamed, i == 1);
        const char *auth = llmc_mock_request_header(f->mock, first + i, trip->auth_header);
        assert_memory_equal(auth, trip->auth, trip->by_signature ? strlen(trip->auth) : strlen(auth) + 1);
        for (size_t j = 0; j < 8 && wanted[j] != NULL; j++) {
            if (strstr(seen.body, wanted[j]) == NULL) {
                print_error("%s: no %s in\n%s\n", trip->provider, wanted[j], seen.body);
            }
            assert_non_null(strstr(seen.body, wanted[j]));
        }
        assert_null(strstr(seen.body, FLOW_KEY));
    }
}

/* The two answers of one turn, and the requests they are answers to: what comes in pieces must go back as whole. */
typedef struct pair {
    llmc_request *asked[2];
    llmc_response *answered[2];
} pair;

static void take_turn(flow *f, pair *turn) {
    for (size_t i = 0; i < 2; i++) {
        llmc_response_free(turn->answered[i]);
        turn->answered[i] = roundtrip_ask(f, turn->asked[i], i == 1, LLMC_OK);
    }
    roundtrip_assert_same(turn->answered[0], turn->answered[1]);
}

static void add_results(llmc_request *request, const llmc_response *response) {
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, ROUNDTRIP_ID_A, "21 \xc2\xb0\x43", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, ROUNDTRIP_ID_B, "broken", true), LLMC_OK);
    assert_int_equal(llmc_request_set_json_schema(request, "verdict", answer_schema, true), LLMC_OK);
}

void roundtrip_run(flow *f, const roundtrip *trip) {
    pair turn = {{opening(trip), opening(trip)}, {NULL, NULL}};
    llmc_mock_script last = flow_answer("{\"warmer\": \"Z\xc3\xbcrich\"}");
    roundtrip_provider(f, trip);
    push_calls(f, trip);
    take_turn(f, &turn);
    check_calls(trip, turn.answered[0]);
    check_seen(f, trip, 0, trip->asks);

    add_results(turn.asked[0], turn.answered[0]);
    add_results(turn.asked[1], turn.answered[1]);
    last.repeat = 2;
    flow_push(f, last);
    take_turn(f, &turn);
    assert_string_equal(llmc_response_output(turn.answered[0]), "{\"warmer\": \"Z\xc3\xbcrich\"}");
    assert_int_equal(llmc_response_finish_reason(turn.answered[0]), LLMC_FINISH_STOP);
    assert_int_equal(llmc_response_tool_call_count(turn.answered[0]), 0);
    check_seen(f, trip, 2, trip->returns);
    for (size_t i = 0; i < 2; i++) {
        llmc_response_free(turn.answered[i]);
        llmc_request_free(turn.asked[i]);
    }
}
