/* tools.c - a model that calls two functions: one answers at once, one later from a thread of its own. With --mock it
 * asks the mock provider, which is told what to call. */
#include "setup.h"

#include <inttypes.h>
#include <pthread.h>

static const char city_schema[] = "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
                                  "\"required\":[\"city\"],\"additionalProperties\":false}";

/* Answers before it returns. */
static void get_time(llmc_tool_call *call, void *user_data) {
    (void)user_data;
    llmc_tool_call_answer(call, "{\"time\":\"14:30\"}");
}

/* A slow question, asked by a thread; it lets go of the call when it has answered. */
static void *look_outside(void *call) {
    llmc_tool_call_answer(call, "{\"degrees\":21,\"sky\":\"blue\"}");
    llmc_tool_call_unref(call);
    return NULL;
}

static void get_weather(llmc_tool_call *call, void *user_data) {
    pthread_t thread;
    (void)user_data;
    if (pthread_create(&thread, NULL, look_outside, llmc_tool_call_ref(call)) == 0) {
        pthread_detach(thread);
    } else {
        llmc_tool_call_fail(call, "no thread to ask");
        llmc_tool_call_unref(call);
    }
}

/* What the mock is to answer: two calls, then a text. */
static llmc_status script(llmc_mock *mock) {
    static const llmc_mock_tool_call calls[] = {{"call_1", "get_weather", "{\"city\":\"Paris\"}"},
                                                {"call_2", "get_time", "{\"city\":\"Paris\"}"}};
    llmc_mock_script first = LLMC_MOCK_SCRIPT_INIT, second = LLMC_MOCK_SCRIPT_INIT;
    llmc_status status;
    if (!mock)
        return LLMC_OK;
    first.tool_calls = calls;
    first.tool_call_count = 2;
    second.text = "It is half past two in Paris, at 21 degrees under a blue sky.";
    status = llmc_mock_push(mock, &first);
    return status == LLMC_OK ? llmc_mock_push(mock, &second) : status;
}

static llmc_status make_tools(llmc_tools **out) {
    llmc_status status = llmc_tools_new(out);
    if (status == LLMC_OK)
        status = llmc_tools_add(*out, "get_weather", "The weather in a city", city_schema, get_weather, NULL);
    if (status == LLMC_OK)
        status = llmc_tools_add(*out, "get_time", "The time of day in a city", city_schema, get_time, NULL);
    return status;
}

static void print_calls(const llmc_run_result *result) {
    llmc_run_call call = LLMC_RUN_CALL_INIT;
    for (size_t step = 0; step < llmc_run_result_step_count(result); step++)
        for (size_t i = 0; llmc_run_result_call(result, step, i, &call); i++)
            printf("  %s(%s) = %s (%s, %" PRId64 " ms)\n", call.name, call.arguments, call.content,
                   llmc_tool_outcome_name(call.outcome), call.run_ms);
}

int main(int argc, char **argv) {
    llmc_tools *tools = NULL;
    llmc_request *request = NULL;
    llmc_run_result *result = NULL;
    llmc_status status;
    setup s;
    if (!setup_open(&s, NULL, argc, argv))
        return 1;

    status = script(s.mock);
    if (status == LLMC_OK)
        status = make_tools(&tools);
    if (status == LLMC_OK)
        status = llmc_request_new(s.model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, "What time is it in Paris, and what is it like?");
    if (status == LLMC_OK)
        status = llmc_run_tools(s.client, request, tools, NULL, &result);

    print_calls(result);
    if (status == LLMC_OK)
        puts(llmc_response_output(llmc_run_result_response(result)));
    else
        fprintf(stderr, "%s\n", llmc_run_result_error_message(result));

    llmc_run_result_free(result);
    llmc_request_free(request);
    llmc_tools_free(tools);
    setup_close(&s);
    return status == LLMC_OK ? 0 : 1;
}
