#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/request.h"

static llmc_request *fresh(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "weather?"), LLMC_OK);
    return request;
}

static void refused(llmc_status got, llmc_status want, const char *name) {
    assert_int_equal(got, want);
    if (strncmp(llmc_last_error_message(), name, strlen(name)) != 0)
        fail_msg("message \"%s\" does not begin with \"%s\"", llmc_last_error_message(), name);
}

#define NAME_64 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

static void test_tools(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_tool_strict(request, true), LLMC_ERR_INVALID_ARGUMENT, "request: has no tool");
    assert_int_equal(llmc_request_add_tool(request, "f", "does f", " {\"type\":\"object\"} "), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, NAME_64, NULL, NULL), LLMC_OK);
    assert_int_equal(llmc_request_set_tool_strict(request, true), LLMC_OK);
    assert_int_equal(request->tool_count, 2);
    assert_string_equal(request->tools[0].schema, " {\"type\":\"object\"} ");
    assert_string_equal(request->tools[0].description, "does f");
    assert_false(request->tools[0].strict);
    assert_true(request->tools[1].strict);
    assert_null(request->tools[1].description);
    assert_string_equal(request->tools[1].schema, "{\"type\":\"object\",\"properties\":{}}");
    llmc_request_free(request);
}

static void test_many_tools(void **state) {
    llmc_request *request = fresh();
    (void)state;
    for (int i = 0; i < 100; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%d", i);
        assert_int_equal(llmc_request_add_tool(request, name, NULL, NULL), LLMC_OK);
    }
    assert_int_equal(request->tool_count, 100);
    assert_string_equal(request->tools[99].name, "f99");
    llmc_request_free(request);
}

static void test_bad_tools(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_add_tool(NULL, "f", NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_tool(request, NULL, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_tool(request, "", NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_tool(request, NAME_64 "x", NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "name: must have");
    refused(llmc_request_add_tool(request, "a.b", NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "name: byte 1 (0x2e)");
    refused(llmc_request_add_tool(request, "\xc3\xa9", NULL, NULL), LLMC_ERR_INVALID_ARGUMENT, "name: byte 0");
    refused(llmc_request_add_tool(request, "f", "\xff", NULL), LLMC_ERR_INVALID_UTF8, "description");
    refused(llmc_request_add_tool(request, "f", NULL, ""), LLMC_ERR_INVALID_JSON, "schema_json");
    refused(llmc_request_add_tool(request, "f", NULL, "[]"), LLMC_ERR_INVALID_JSON, "schema_json: must be an object");
    refused(llmc_request_add_tool(request, "f", NULL, "{\"a\":}"), LLMC_ERR_INVALID_JSON, "schema_json");
    refused(llmc_request_add_tool(request, "f", NULL, "{} x"), LLMC_ERR_INVALID_JSON, "schema_json");
    refused(llmc_request_add_tool(request, "f", NULL, "{\"\xff\":1}"), LLMC_ERR_INVALID_JSON, "schema_json: byte 2");
    assert_int_equal(request->tool_count, 0);
    assert_int_equal(llmc_request_add_tool(request, "f", NULL, "{}"), LLMC_OK);
    refused(llmc_request_add_tool(request, "f", "again", "{}"), LLMC_ERR_INVALID_ARGUMENT,
            "name: the request has a tool \"f\"");
    assert_int_equal(request->tool_count, 1);
    refused(llmc_request_set_tool_strict(NULL, true), LLMC_ERR_INVALID_ARGUMENT, "request");
    llmc_request_free(request);
}

static void test_choice(void **state) {
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(request->parallel_tools, -1);
    assert_int_equal(llmc_request_set_parallel_tool_calls(request, false), LLMC_OK);
    assert_int_equal(request->parallel_tools, 0);
    refused(llmc_request_set_parallel_tool_calls(NULL, true), LLMC_ERR_INVALID_ARGUMENT, "request");
    assert_int_equal(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_NAMED, "f"), LLMC_OK);
    refused(llmc_request_set_tool_choice(NULL, LLMC_TOOL_CHOICE_AUTO, NULL), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_tool_choice(request, (llmc_tool_choice)9, NULL), LLMC_ERR_INVALID_ARGUMENT, "choice");
    refused(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_AUTO, "f"), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_NAMED, NULL), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_NAMED, "a b"), LLMC_ERR_INVALID_ARGUMENT, "name");
    assert_int_equal(request->tool_choice, LLMC_TOOL_CHOICE_NAMED);
    assert_string_equal(request->tool_choice_name, "f");
    assert_int_equal(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_REQUIRED, NULL), LLMC_OK);
    assert_null(request->tool_choice_name);
    assert_int_equal(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_UNSET, NULL), LLMC_OK);
    assert_int_equal(request->tool_choice, LLMC_TOOL_CHOICE_UNSET);
    llmc_request_free(request);
}

static void test_calls_and_results(void **state) {
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, "wait"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(request, "c1", "f", "{\"x\":1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(request, "c2", "g", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "c2", "", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "c1", "no city", true), LLMC_OK);
    assert_int_equal(request->message_count, 3);
    const llmc__message *said = &request->messages[1], *gave = &request->messages[2];
    assert_int_equal(said->part_count, 3);
    assert_string_equal(said->parts[0].text, "wait");
    assert_int_equal(said->parts[1].kind, LLMC__PART_TOOL_CALL);
    assert_string_equal(said->parts[1].text, "{\"x\":1}");
    assert_string_equal(said->parts[2].text, "{}");
    assert_int_equal(gave->role, LLMC_ROLE_USER);
    assert_int_equal(gave->part_count, 2);
    assert_string_equal(gave->parts[0].name, "g");
    assert_string_equal(gave->parts[0].text, "");
    assert_false(gave->parts[0].is_error);
    assert_string_equal(gave->parts[1].name, "f");
    assert_string_equal(gave->parts[1].id, "c1");
    assert_true(gave->parts[1].is_error);
    /* A text behind the results ends them. */
    assert_int_equal(llmc_request_add_text(request, "go on"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "c1", "again", false), LLMC_OK);
    assert_int_equal(request->message_count, 4);
    llmc_request_free(request);
}

static void test_a_call_without_message(void **state) {
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(llmc_request_add_tool_call(request, "c1", "f", ""), LLMC_OK);
    assert_int_equal(request->message_count, 2);
    assert_int_equal(request->messages[1].role, LLMC_ROLE_ASSISTANT);
    assert_null(request->messages[1].text);
    assert_int_equal(request->messages[1].part_count, 1);
    llmc_request_free(request);
}

/* Servers that count calls from 0 in each answer. */
static void test_ids_used_again(void **state) {
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(llmc_request_add_tool_call(request, "call_0", "old", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_0", "1", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(request, "call_0", "new", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(request, "call_0", "newer", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_0", "2", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_0", "3", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "call_0", "4", false), LLMC_OK);
    const llmc__message *gave = &request->messages[request->message_count - 1];
    assert_int_equal(gave->part_count, 3);
    assert_string_equal(gave->parts[0].name, "new");
    assert_string_equal(gave->parts[1].name, "newer");
    assert_string_equal(gave->parts[2].name, "newer");
    llmc_request_free(request);
}

static void test_bad_calls(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_add_tool_call(NULL, "c", "f", NULL), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_tool_call(request, NULL, "f", NULL), LLMC_ERR_INVALID_ARGUMENT, "id");
    refused(llmc_request_add_tool_call(request, "", "f", NULL), LLMC_ERR_INVALID_ARGUMENT, "id");
    refused(llmc_request_add_tool_call(request, "c", "f f", NULL), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_tool_call(request, "c", "f", "1"), LLMC_ERR_INVALID_JSON, "arguments_json");
    refused(llmc_request_add_tool_call(request, "c", "f", "{\"a\":"), LLMC_ERR_INVALID_JSON, "arguments_json");
    refused(llmc_request_add_tool_result(NULL, "c", "x", false), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_tool_result(request, NULL, "x", false), LLMC_ERR_INVALID_ARGUMENT, "call_id");
    refused(llmc_request_add_tool_result(request, "c", NULL, false), LLMC_ERR_INVALID_ARGUMENT, "content");
    refused(llmc_request_add_tool_result(request, "c", "\xff", false), LLMC_ERR_INVALID_UTF8, "content: byte 0");
    refused(llmc_request_add_tool_result(request, "c", "x", false), LLMC_ERR_INVALID_ARGUMENT,
            "call_id: the request has no tool call \"c\"");
    assert_int_equal(request->message_count, 1);
    assert_string_equal(request->messages[0].text, "weather?");
    llmc_request_free(request);
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static llmc_status add_tool(llmc_request *request) {
    return llmc_request_add_tool(request, "f", "d", "{}");
}

static llmc_status add_call(llmc_request *request) {
    return llmc_request_add_tool_call(request, "c", "f", "{}");
}

static llmc_status add_result(llmc_request *request) {
    return llmc_request_add_tool_result(request, "c", "x", false);
}

static void fail_each(llmc_request *request, llmc_status (*act)(llmc_request *request)) {
    llmc_status status = LLMC_ERR_NO_MEMORY;
    size_t messages = request->message_count, tools = request->tool_count;
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 20);
        llmc__mem_set_gate(count_down, &left);
        status = act(request);
        llmc__mem_set_gate(NULL, NULL);
        if (status != LLMC_OK) {
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
            assert_int_equal(request->message_count, messages);
            assert_int_equal(request->tool_count, tools);
        }
    }
    assert_int_equal(request->message_count + request->tool_count, messages + tools + 1);
}

static void test_no_memory(void **state) {
    llmc_request *request = fresh();
    (void)state;
    fail_each(request, add_tool);
    fail_each(request, add_call);
    fail_each(request, add_result);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tools),
        cmocka_unit_test(test_many_tools),
        cmocka_unit_test(test_bad_tools),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_calls_and_results),
        cmocka_unit_test(test_a_call_without_message),
        cmocka_unit_test(test_ids_used_again),
        cmocka_unit_test(test_bad_calls),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
