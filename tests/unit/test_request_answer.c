#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/request.h"
#include "model/response.h"

static llmc_request *fresh(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    return request;
}

static void refused(llmc_status got, llmc_status want, const char *name) {
    assert_int_equal(got, want);
    if (strstr(llmc_last_error_message(), name) == NULL)
        fail_msg("message \"%s\" does not tell \"%s\"", llmc_last_error_message(), name);
}

static void put(llmc_response *response, llmc_event event) {
    event.text_len = event.text != NULL ? strlen(event.text) : 0;
    assert_int_equal(llmc__response_fold(response, &event), LLMC_OK);
}

static void put_call(llmc_response *response, size_t index, const char *id, const char *name, const char *arguments,
                     bool ended) {
    put(response,
        (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_START, .tool_index = index, .tool_id = id, .tool_name = name});
    put(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_DELTA, .tool_index = index, .text = arguments});
    if (ended)
        put(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_END, .tool_index = index, .text = arguments});
}

static const llmc__message *last_of(const llmc_request *request) {
    return &request->messages[request->message_count - 1];
}

static void test_plain_text(void **state) {
    llmc_request *request = fresh();
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    put(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .text = "hello"});
    put(response, (llmc_event){.kind = LLMC_EVENT_REASONING, .text = "not sent back"});
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    assert_int_equal(last_of(request)->role, LLMC_ROLE_ASSISTANT);
    assert_string_equal(last_of(request)->text, "hello");
    assert_int_equal(last_of(request)->part_count, 0);
    llmc_response_free(response);
    llmc_request_free(request);
}

static void test_a_refusal_is_what_was_said(void **state) {
    llmc_request *request = fresh();
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    put(response, (llmc_event){.kind = LLMC_EVENT_REFUSAL, .text = "I cannot"});
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    assert_string_equal(last_of(request)->text, "I cannot");
    llmc_response_free(response);
    llmc_request_free(request);
}

static void test_all_of_an_answer(void **state) {
    llmc_request *request = fresh();
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    put(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .text = "let me see"});
    put_call(response, 0, "c1", "f", "{\"x\": 1}", true);
    put_call(response, 1, NULL, "g", "", true);
    put_call(response, 2, "c3", "patch", "*** any \"text\"", true);
    put(response, (llmc_event){.kind = LLMC__EVENT_REPLAY, .text = "{\"a\":1}", .origin = "anthropic"});
    put(response, (llmc_event){.kind = LLMC__EVENT_REPLAY, .text = "{\"b\":2}", .origin = "anthropic"});
    assert_int_equal(llmc_request_add_response(request, response), LLMC_OK);
    llmc_response_free(response);
    const llmc__message *message = last_of(request);
    assert_int_equal(message->part_count, 5);
    const llmc__part *replay = llmc__message_replay(message, "anthropic");
    assert_ptr_equal(replay, &message->parts[0]);
    assert_string_equal(replay->text, "[{\"a\":1},{\"b\":2}]");
    assert_int_equal(replay->text_len, strlen(replay->text));
    assert_null(llmc__message_replay(message, "openai"));
    assert_int_equal(message->parts[1].kind, LLMC__PART_TEXT);
    assert_string_equal(message->parts[1].text, "let me see");
    assert_string_equal(message->parts[2].id, "c1");
    assert_string_equal(message->parts[2].text, "{\"x\": 1}");
    assert_string_equal(message->parts[3].id, "");
    assert_string_equal(message->parts[3].text, "{}");
    assert_string_equal(message->parts[4].text, "{\"input\":\"*** any \\\"text\\\"\"}");
    assert_int_equal(llmc_request_add_tool_result(request, "c1", "1", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "", "2", false), LLMC_OK);
    assert_string_equal(last_of(request)->parts[1].name, "g");
    llmc_request_free(request);
}

static void test_refused_answers(void **state) {
    llmc_request *request = fresh();
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    refused(llmc_request_add_response(NULL, response), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_response(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "response");
    refused(llmc_request_add_response(request, response), LLMC_ERR_INVALID_ARGUMENT, "response: has no text");
    put_call(response, 0, "c1", "fine", "{}", true);
    put_call(response, 1, "c2", "cut_off", "{\"x\":", false);
    refused(llmc_request_add_response(request, response), LLMC_ERR_INVALID_ARGUMENT, "cut_off");
    refused(llmc_request_add_response(request, response), LLMC_ERR_INVALID_ARGUMENT, "tool call 1");
    assert_int_equal(request->message_count, 1);
    llmc_response_free(response);
    llmc_request_free(request);
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static void test_no_memory(void **state) {
    llmc_request *request = fresh();
    llmc_response *response = llmc__response_new(1000);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    (void)state;
    put(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .text = "t"});
    put(response, (llmc_event){.kind = LLMC__EVENT_REPLAY, .text = "{}", .origin = "x"});
    put_call(response, 0, "c1", "f", "{}", true);
    put_call(response, 1, "c2", "p", "raw", true);
    assert_int_equal(llmc_request_add_tool(request, "f", NULL, NULL), LLMC_OK);
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 50);
        llmc__mem_set_gate(count_down, &left);
        status = llmc_request_add_response(request, response);
        llmc__mem_set_gate(NULL, NULL);
        if (status != LLMC_OK) {
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
            assert_int_equal(request->message_count, 1);
            assert_true(request->tool_added_last);
        }
    }
    assert_int_equal(last_of(request)->part_count, 4);
    assert_false(request->tool_added_last);
    llmc_response_free(response);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text),       cmocka_unit_test(test_a_refusal_is_what_was_said),
        cmocka_unit_test(test_all_of_an_answer), cmocka_unit_test(test_refused_answers),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
