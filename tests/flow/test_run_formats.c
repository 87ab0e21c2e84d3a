/* A run of two steps with every provider's format, plain and streamed, against the same conversation held by hand. */
#include "support_roundtrip.h"
#include "support_run.h"

static const llmc_mock_tool_call calls[] = {
    {ROUNDTRIP_ID_A, "weather", "{\"city\":\"Z\xc3\xbcrich \\\"HB\\\"\",\"n\":[1,{\"a\":null}]}"},
    {ROUNDTRIP_ID_B, "clock", NULL},
};

static void weather(llmc_tool_call *call, void *user_data) {
    (void)user_data;
    (void)llmc_tool_call_answer(call, "21 \xc2\xb0\x43");
}

static void broken_clock(llmc_tool_call *call, void *user_data) {
    (void)user_data;
    (void)llmc_tool_call_fail(call, "broken");
}

static llmc_tools *box(void) {
    llmc_tools *tools = NULL;
    assert_int_equal(llmc_tools_new(&tools), LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "weather", "Looks outside.",
                                    "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}", weather,
                                    NULL),
                     LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "clock", NULL, NULL, broken_clock, NULL), LLMC_OK);
    return tools;
}

static void push_both(flow *f) {
    llmc_mock_script script = flow_answer("Let me look.\n\xe2\x82\xac");
    script.tool_calls = calls;
    script.tool_call_count = 2;
    script.reasoning = "I must \"look\" outside.";
    flow_push(f, script);
    flow_push(f, flow_answer("It is warm."));
}

/* What the server gets when the caller does it all by hand. */
static void by_hand(flow *f, const roundtrip *trip, const llmc_tools *tools, bool streamed) {
    llmc_request *request = roundtrip_request(f, trip, "Is it warm?");
    assert_int_equal(llmc_tools_offer(tools, request), LLMC_OK);
    push_both(f);
    llmc_response *response = roundtrip_ask(f, request, streamed, LLMC_OK);
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    assert_int_equal(
        llmc_request_add_tool_result(request, llmc_response_tool_call_id(response, 0), "21 \xc2\xb0\x43", false),
        LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, llmc_response_tool_call_id(response, 1), "broken", true),
                     LLMC_OK);
    llmc_response_free(response);
    llmc_response_free(roundtrip_ask(f, request, streamed, LLMC_OK));
    llmc_request_free(request);
}

static int no_event(llmc_call *call, const llmc_event *event, void *user_data) {
    (void)call;
    (void)event;
    (void)user_data;
    return 0;
}

static void by_the_loop(flow *f, const roundtrip *trip, const llmc_tools *tools, bool streamed) {
    llmc_request *request = roundtrip_request(f, trip, "Is it warm?");
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.on_event = streamed ? no_event : NULL;
    push_both(f);
    llmc_run_result *result = run_to(f, request, tools, &options, LLMC_OK);
    assert_int_equal(llmc_run_result_step_count(result), 2);
    assert_string_equal(llmc_response_output(llmc_run_result_response(result)), "It is warm.");
    assert_int_equal(run_call_of(result, 0, 0).outcome, LLMC_TOOL_ANSWERED);
    assert_int_equal(run_call_of(result, 0, 1).outcome, LLMC_TOOL_FAILED);
    llmc_run_result_free(result);
    llmc_request_free(request);
}

/* The mock makes up ids of its own for each answer: long words of letters and digits, which are blanked out in both. */
static char *without_ids(const char *body) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *copy = strdup(body);
    assert_non_null(copy);
    for (char *at = copy; *at != '\0';) {
        size_t len = strspn(at, letters);
        if (len >= 24)
            memset(at, '#', len);
        at += len > 0 ? len : 1;
    }
    return copy;
}

static void the_same_as_by_hand(void **state) {
    const roundtrip *trip = *state;
    for (int streamed = 0; streamed < 2; streamed++) {
        flow f;
        llmc_tools *tools = box();
        flow_open(&f, NULL);
        by_hand(&f, trip, tools, streamed != 0);
        by_the_loop(&f, trip, tools, streamed != 0);
        assert_int_equal(llmc_mock_request_count(f.mock), 4);
        for (size_t i = 0; i < 2; i++) {
            char *hand = without_ids(run_body(&f, i)), *loop = without_ids(run_body(&f, 2 + i));
            assert_string_equal(loop, hand);
            free(hand);
            free(loop);
        }
        assert_non_null(strstr(run_body(&f, 3), "21 \xc2\xb0\x43"));
        assert_non_null(strstr(run_body(&f, 3), "broken"));
        llmc_tools_free(tools);
        flow_close(&f);
    }
}

/* A call whose arguments are no JSON goes back in a form the API takes, with its error; signed thoughts stay. */
static void broken_arguments(void **state) {
    const roundtrip *trip = *state;
    static const llmc_mock_tool_call cut[] = {{ROUNDTRIP_ID_A, "weather", "{\"city\": \"Z"}};
    flow f;
    llmc_tools *tools = box();
    flow_open(&f, NULL);
    llmc_request *request = roundtrip_request(&f, trip, "Is it warm?");
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    llmc_mock_script script = run_calling(cut, 1);
    script.reasoning = "I must look.";
    options.on_event = no_event; /* only pieces of a stream can be broken where arguments are objects */
    flow_push(&f, script);
    flow_push(&f, flow_answer("sorry"));
    llmc_run_result *result = run_to(&f, request, tools, &options, LLMC_OK);
    assert_int_equal(run_call_of(result, 0, 0).outcome, LLMC_TOOL_BAD_ARGUMENTS);
    assert_string_equal(run_call_of(result, 0, 0).arguments, "{\"city\": \"Z");
    assert_non_null(strstr(run_body(&f, 1), "The function was not called."));
    assert_non_null(strstr(run_body(&f, 1), "weather"));
    llmc_run_result_free(result);
    llmc_request_free(request);
    llmc_tools_free(tools);
    flow_close(&f);
}

int main(void) {
    static const char *const streams[] = {"openai", "openai-responses", "azure", "anthropic", "bedrock", "mistral"};
    struct CMUnitTest tests[32];
    size_t count = 0;
    for (size_t i = 0; i < roundtrip_format_count; i++, count++) {
        tests[count] =
            (struct CMUnitTest)cmocka_unit_test_prestate(the_same_as_by_hand, (void *)(uintptr_t)&roundtrip_formats[i]);
        tests[count].name = roundtrip_formats[i].model;
    }
    for (size_t i = 0; i < roundtrip_format_count; i++)
        for (size_t j = 0; j < sizeof streams / sizeof streams[0]; j++)
            if (strcmp(streams[j], roundtrip_formats[i].provider) == 0)
                tests[count++] = (struct CMUnitTest)cmocka_unit_test_prestate(broken_arguments,
                                                                              (void *)(uintptr_t)&roundtrip_formats[i]);
    return _cmocka_run_group_tests("run_formats", tests, count, NULL, NULL);
}
