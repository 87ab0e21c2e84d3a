/* The toolbox, and what runs, calls and results answer to arguments that are no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "model/request.h"

static void function(llmc_tool_call *call, void *user_data) {
    (void)call;
    (void)user_data;
}

static void refused(llmc_status got, llmc_status want, const char *name) {
    assert_int_equal(got, want);
    if (strncmp(llmc_last_error_message(), name, strlen(name)) != 0)
        fail_msg("message \"%s\" does not begin with \"%s\"", llmc_last_error_message(), name);
}

static llmc_tools *box(void) {
    llmc_tools *tools = NULL;
    assert_int_equal(llmc_tools_new(&tools), LLMC_OK);
    return tools;
}

static llmc_request *asking(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("openai/m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "x"), LLMC_OK);
    return request;
}

static void adding(void **state) {
    llmc_tools *tools = box();
    (void)state;
    refused(llmc_tools_new(NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    refused(llmc_tools_add(NULL, "f", NULL, NULL, function, NULL), LLMC_ERR_INVALID_ARGUMENT, "tools");
    refused(llmc_tools_add(tools, "f", NULL, NULL, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "fn");
    refused(llmc_tools_add(tools, NULL, NULL, NULL, function, NULL), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_tools_add(tools, "a b", NULL, NULL, function, NULL), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_tools_add(tools, "f", "\xff", NULL, function, NULL), LLMC_ERR_INVALID_UTF8, "description");
    refused(llmc_tools_add(tools, "f", NULL, "[1]", function, NULL), LLMC_ERR_INVALID_JSON, "schema_json");
    refused(llmc_tools_set_strict(tools, true), LLMC_ERR_INVALID_ARGUMENT, "tools: there is no function");
    refused(llmc_tools_set_timeout_ms(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "tools");
    assert_int_equal(llmc_tools_add(tools, "f", "does f", "{\"type\":\"object\"}", function, NULL), LLMC_OK);
    refused(llmc_tools_add(tools, "f", NULL, NULL, function, NULL), LLMC_ERR_INVALID_ARGUMENT, "name: there is a");
    refused(llmc_tools_set_timeout_ms(tools, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    assert_int_equal(llmc_tools_set_timeout_ms(tools, LLMC_TIMEOUT_NONE), LLMC_OK);
    llmc_tools_free(tools);
    llmc_tools_free(NULL);
}

static void a_full_box(void **state) {
    llmc_tools *tools = box();
    char name[16];
    (void)state;
    for (int i = 0; i < 1024; i++) {
        (void)snprintf(name, sizeof name, "f%d", i);
        assert_int_equal(llmc_tools_add(tools, name, NULL, NULL, function, NULL), LLMC_OK);
    }
    refused(llmc_tools_add(tools, "more", NULL, NULL, function, NULL), LLMC_ERR_INVALID_ARGUMENT, "tools: a toolbox");
    llmc_tools_free(tools);
}

static void offering(void **state) {
    llmc_tools *tools = box();
    llmc_request *request = asking();
    (void)state;
    assert_int_equal(llmc_tools_add(tools, "f", "does f", "{\"type\":\"object\"}", function, NULL), LLMC_OK);
    assert_int_equal(llmc_tools_set_strict(tools, true), LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "g", NULL, NULL, function, NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, "g", "the request's own", NULL), LLMC_OK);
    refused(llmc_tools_offer(NULL, request), LLMC_ERR_INVALID_ARGUMENT, "tools");
    refused(llmc_tools_offer(tools, NULL), LLMC_ERR_INVALID_ARGUMENT, "request");
    for (int i = 0; i < 2; i++) { /* a second time it adds nothing */
        assert_int_equal(llmc_tools_offer(tools, request), LLMC_OK);
        assert_int_equal(request->tool_count, 2);
    }
    assert_string_equal(request->tools[0].description, "the request's own");
    assert_string_equal(request->tools[1].name, "f");
    assert_true(request->tools[1].strict);
    llmc_request_free(request);
    llmc_tools_free(tools);
}

static void a_run_refused(void **state) {
    llmc_client_options settings = LLMC_CLIENT_OPTIONS_INIT;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    llmc_client *client = NULL;
    llmc_tools *tools = box();
    llmc_request *request = asking();
    llmc_run_result *result = NULL;
    llmc_run *run = (llmc_run *)(void *)&options;
    (void)state;
    settings.ignore_environment = true;
    assert_int_equal(llmc_client_new(&settings, &client), LLMC_OK);
    refused(llmc_run_tools(client, request, tools, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    refused(llmc_run_tools(client, NULL, tools, NULL, &result), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_run_tools(client, request, NULL, NULL, &result), LLMC_ERR_INVALID_ARGUMENT, "tools");
    assert_int_equal(llmc_run_tools(NULL, request, tools, NULL, &result), LLMC_ERR_INVALID_ARGUMENT);
    assert_null(result);
    options.size--;
    refused(llmc_run_tools(client, request, tools, &options, &result), LLMC_ERR_INVALID_ARGUMENT, "options.size");
    options.size++;
    options.max_tokens = -1;
    refused(llmc_run_tools(client, request, tools, &options, &result), LLMC_ERR_INVALID_ARGUMENT, "options.max_tokens");
    options.max_tokens = 0;
    options.max_cost_usd = -0.5;
    refused(llmc_run_tools(client, request, tools, &options, &result), LLMC_ERR_INVALID_ARGUMENT, "options.max_cost");
    options.max_cost_usd = 0.0;
    options.tool_timeout_ms = -2;
    refused(llmc_run_tools_async(client, request, tools, &options, NULL, NULL, &run), LLMC_ERR_INVALID_ARGUMENT,
            "options.tool_timeout_ms");
    assert_null(run);
    /* No key: nothing was started, and the run's own result says why. */
    assert_int_equal(llmc_run_tools(client, request, tools, NULL, &result), LLMC_ERR_MISSING_KEY);
    assert_int_equal(llmc_run_result_status(result), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(llmc_run_result_error_message(result), "OPENAI_API_KEY"));
    assert_int_equal(llmc_run_tools_async(client, request, tools, NULL, NULL, NULL, &run), LLMC_ERR_MISSING_KEY);
    assert_null(run);
    llmc_run_result_free(result);
    llmc_client_free(client);
    llmc_request_free(request);
    llmc_tools_free(tools);
}

static void null_handles(void **state) {
    llmc_run_step step = LLMC_RUN_STEP_INIT;
    llmc_run_call call = LLMC_RUN_CALL_INIT;
    (void)state;
    assert_string_equal(llmc_tool_call_id(NULL), "");
    assert_string_equal(llmc_tool_call_name(NULL), "");
    assert_string_equal(llmc_tool_call_arguments(NULL), "");
    assert_int_equal(llmc_tool_call_step(NULL), 0);
    assert_true(llmc_tool_call_ended(NULL));
    assert_null(llmc_tool_call_ref(NULL));
    llmc_tool_call_unref(NULL);
    refused(llmc_tool_call_answer(NULL, "x"), LLMC_ERR_INVALID_ARGUMENT, "call");
    refused(llmc_tool_call_fail(NULL, "x"), LLMC_ERR_INVALID_ARGUMENT, "call");
    refused(llmc_tool_call_on_cancel(NULL, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "call");
    refused(llmc_run_wait(NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "run");
    llmc_run_cancel(NULL);
    llmc_run_unref(NULL);
    assert_null(llmc_run_ref(NULL));
    assert_null(llmc_run_result_ref(NULL));
    llmc_run_result_free(NULL);
    assert_int_equal(llmc_run_result_status(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_null(llmc_run_result_response(NULL));
    assert_int_equal(llmc_run_result_tokens_in(NULL), -1);
    assert_int_equal(llmc_run_result_tokens_out(NULL), -1);
    assert_true(llmc_run_result_cost_usd(NULL) < 0.0);
    assert_int_equal(llmc_run_result_latency_ms(NULL), -1);
    assert_int_equal(llmc_run_result_step_count(NULL), 0);
    assert_false(llmc_run_result_step(NULL, 0, &step));
    assert_false(llmc_run_result_call(NULL, 0, 0, &call));
    assert_string_equal(llmc_tool_outcome_name(LLMC_TOOL_ANSWERED), "answered");
    assert_string_equal(llmc_tool_outcome_name(LLMC_TOOL_NOT_RUN), "not_run");
    assert_string_equal(llmc_tool_outcome_name((llmc_tool_outcome)99), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding),        cmocka_unit_test(a_full_box),   cmocka_unit_test(offering),
        cmocka_unit_test(a_run_refused), cmocka_unit_test(null_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
