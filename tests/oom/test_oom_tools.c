/* The tool loop with each allocation failing: it ends, tells why, and leaves a conversation that can be sent. */
#include "support_oom.h"

static const char schema[] = "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
                             "\"required\":[\"city\"]}";

static void answer(llmc_tool_call *call, void *user_data) {
    (void)user_data;
    (void)llmc_tool_call_answer(call, llmc_tool_call_arguments(call)); /* NO_MEMORY: the model hears of no answer */
}

static void fail_it(llmc_tool_call *call, void *user_data) {
    (void)user_data;
    (void)llmc_tool_call_fail(call, "it is broken");
}

static llmc_status fill(llmc_tools *tools) {
    llmc_status status = llmc_tools_add(tools, "weather", "Looks outside.", schema, answer, NULL);
    if (status == LLMC_OK)
        status = llmc_tools_add(tools, "clock", NULL, NULL, fail_it, NULL);
    for (int i = 0; i < 4 && status == LLMC_OK; i++) {
        char name[8];
        snprintf(name, sizeof name, "f%d", i);
        status = llmc_tools_add(tools, name, NULL, NULL, answer, NULL);
    }
    return status;
}

static llmc_status build_box(llmc_client *none) {
    llmc_tools *tools = NULL;
    llmc_request *request = oom_request(OOM_ECHO);
    llmc_status status = llmc_tools_new(&tools);
    (void)none;
    assert_true((tools != NULL) == (status == LLMC_OK));
    if (status == LLMC_OK)
        status = fill(tools);
    if (status == LLMC_OK)
        status = llmc_tools_offer(tools, request);
    llmc_request_free(request);
    llmc_tools_free(tools);
    return status;
}

static llmc_tools *box(void) {
    llmc_tools *tools = NULL;
    oom_pause(true);
    assert_int_equal(llmc_tools_new(&tools), LLMC_OK);
    assert_int_equal(fill(tools), LLMC_OK);
    oom_pause(false);
    return tools;
}

/* Whatever failed, the conversation is one that a provider takes. */
static void check_conversation(llmc_client *client, llmc_request *request) {
    llmc_response *response = NULL;
    oom_pause(true);
    assert_int_equal(llmc_execute(client, request, &response), LLMC_OK);
    llmc_response_free(response);
    oom_pause(false);
}

static void check_result(const llmc_run_result *result, llmc_status status) {
    assert_true(result != NULL || status == LLMC_ERR_NO_MEMORY);
    if (result == NULL)
        return;
    assert_int_equal(llmc_run_result_status(result), status);
    assert_true((*llmc_run_result_error_message(result) == '\0') == (status == LLMC_OK));
}

/* The rich server asks for two calls each time: the loop ends by its limit. */
static llmc_status run_sync(llmc_client *client) {
    llmc_tools *tools = box();
    llmc_request *request = oom_request(OOM_RICH);
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    llmc_run_result *result = NULL;
    options.max_steps = 3;
    llmc_status status = llmc_run_tools(client, request, tools, &options, &result);
    check_result(result, status);
    check_conversation(client, request);
    llmc_run_result_free(result);
    llmc_request_free(request);
    llmc_tools_free(tools);
    return status;
}

static int on_event(llmc_call *call, const llmc_event *event, void *user_data) {
    (void)call;
    (void)event;
    (void)user_data;
    return 0;
}

static void on_done(llmc_run *run, llmc_run_result *result, void *tally) {
    (void)run;
    oom_on_batch_done(NULL, llmc_run_result_status(result), tally);
}

static llmc_status run_async(llmc_client *client) {
    llmc_tools *tools = box();
    llmc_request *request = oom_request(OOM_RICH_STREAM);
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    llmc_run_result *result = NULL;
    llmc_run *run = NULL;
    oom_tally tally;
    oom_tally_init(&tally);
    options.max_steps = 2;
    options.on_event = on_event;
    llmc_status status = llmc_run_tools_async(client, request, tools, &options, on_done, &tally, &run);
    assert_true((run != NULL) == (status == LLMC_OK));
    if (run != NULL) {
        oom_tally_wait_done(&tally);
        status = llmc_run_wait(run, &result);
        assert_int_equal(tally.status, status);
        check_result(result, status);
    }
    assert_int_equal(tally.done, run != NULL ? 1 : 0);
    llmc_run_result_free(result);
    llmc_run_unref(run);
    llmc_request_free(request);
    llmc_tools_free(tools);
    oom_tally_destroy(&tally);
    return status;
}

#define ON_CLIENT(name, threads, expected)                                                                             \
    static void test_##name##_##threads(void **state) {                                                                \
        (void)state;                                                                                                   \
        oom_run(name, threads, expected);                                                                              \
    }

static void test_build_box(void **state) {
    (void)state;
    oom_run_bare(build_box, LLMC_OK);
}
ON_CLIENT(run_sync, 1, LLMC_ERR_STEP_LIMIT)
ON_CLIENT(run_sync, 0, LLMC_ERR_STEP_LIMIT)
ON_CLIENT(run_async, 1, LLMC_ERR_STEP_LIMIT)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build_box),
        cmocka_unit_test(test_run_sync_1),
        cmocka_unit_test(test_run_sync_0),
        cmocka_unit_test(test_run_async_1),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests_name("oom_tools", tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
