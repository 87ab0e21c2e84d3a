#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/response.h"
#include "model/target.h"

static llmc_status put(llmc_response *response, llmc_event_kind kind, size_t choice, const char *text) {
    llmc_event event = {.kind = kind, .choice = choice, .text = text, .text_len = text != NULL ? strlen(text) : 0};
    return llmc__response_fold(response, &event);
}

static int count_allocation(void *ctx) {
    (*(int *)ctx)++;
    return 1;
}

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void test_null_getters(void **state) {
    size_t len = 7;
    llmc_attempt attempt;
    (void)state;
    assert_int_equal(llmc_response_status(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_null(llmc_response_error(NULL));
    assert_string_equal(llmc_response_output(NULL), "");
    assert_int_equal(llmc_response_output_len(NULL), 0);
    assert_string_equal(llmc_response_provider(NULL), "");
    assert_string_equal(llmc_response_model(NULL), "");
    assert_string_equal(llmc_response_id(NULL), "");
    assert_string_equal(llmc_response_request_id(NULL), "");
    assert_string_equal(llmc_response_refusal(NULL), "");
    assert_string_equal(llmc_response_reasoning(NULL), "");
    assert_int_equal(llmc_response_reasoning_len(NULL), 0);
    assert_string_equal(llmc_response_finish_reason_raw(NULL), "");
    assert_int_equal(llmc_response_finish_reason(NULL), LLMC_FINISH_NONE);
    assert_int_equal(llmc_response_tokens_in(NULL), -1);
    assert_int_equal(llmc_response_tokens_out(NULL), -1);
    assert_int_equal(llmc_response_tokens_total(NULL), -1);
    assert_int_equal(llmc_response_tokens_cached(NULL), -1);
    assert_int_equal(llmc_response_tokens_cache_write(NULL), -1);
    assert_int_equal(llmc_response_tokens_reasoning(NULL), -1);
    assert_int_equal(llmc_response_ttft_ms(NULL), -1);
    assert_true(llmc_response_cost_usd(NULL) < 0);
    assert_false(llmc_response_from_cache(NULL));
    assert_int_equal(llmc_response_tool_call_count(NULL), 0);
    assert_int_equal(llmc_response_choice_count(NULL), 0);
    assert_string_equal(llmc_response_raw_body(NULL, &len), "");
    assert_int_equal(len, 0);
    assert_null(llmc_response_header(NULL, "x"));
    assert_int_equal(llmc_response_attempt_count(NULL), 0);
    assert_false(llmc_response_attempt(NULL, 0, &attempt));
    assert_null(llmc_response_ref(NULL));
    llmc_response_free(NULL);
    assert_int_equal(llmc_event_type(NULL), 0);
    assert_string_equal(llmc_event_text(NULL), "");
    assert_string_equal(llmc_event_tool_id(NULL), "");
    assert_int_equal(llmc_event_finish_reason(NULL), LLMC_FINISH_NONE);
}

static void test_fresh_response(void **state) {
    llmc_response *response = llmc__response_new(100);
    (void)state;
    assert_int_equal(llmc_response_status(response), LLMC_OK);
    assert_null(llmc_response_error(response));
    assert_string_equal(llmc_response_error_message(response), "");
    assert_int_equal(llmc_response_tokens_in(response), -1);
    assert_int_equal(llmc_response_choice_count(response), 1);
    assert_string_equal(llmc_response_choice_output(response, 1), "");
    assert_string_equal(llmc_response_tool_call_arguments(response, 0), "");
    assert_false(llmc_response_tool_call_complete(response, 0));
    assert_null(llmc_response_header(response, "x"));
    assert_null(llmc_response_header(response, NULL));
    llmc_response_free(response);
}

static void test_fold_text(void **state) {
    llmc_response *response = llmc__response_new(100);
    llmc_event start = {.kind = LLMC_EVENT_START, .model = "m-1", .id = "id-1"};
    llmc_event empty = {.kind = LLMC_EVENT_START, .model = "", .id = NULL};
    llmc_event finish = {.kind = LLMC_EVENT_FINISH, .finish = LLMC_FINISH_STOP, .finish_raw = "stop"};
    (void)state;
    assert_int_equal(llmc__response_fold(response, &start), LLMC_OK);
    assert_int_equal(llmc__response_fold(response, &empty), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 0, "Hel"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 0, NULL), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 0, "lo"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_REASONING, 0, "because"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_REFUSAL, 0, "no"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 2, "third"), LLMC_OK);
    assert_int_equal(llmc__response_fold(response, &finish), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "Hello");
    assert_int_equal(llmc_response_output_len(response), 5);
    assert_string_equal(llmc_response_model(response), "m-1");
    assert_string_equal(llmc_response_id(response), "id-1");
    assert_string_equal(llmc_response_reasoning(response), "because");
    assert_int_equal(llmc_response_reasoning_len(response), 7);
    assert_string_equal(llmc_response_refusal(response), "no");
    assert_int_equal(llmc_response_choice_count(response), 3);
    assert_string_equal(llmc_response_choice_output(response, 1), "");
    assert_string_equal(llmc_response_choice_output(response, 2), "third");
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_STOP);
    assert_string_equal(llmc_response_finish_reason_raw(response), "stop");
    assert_int_equal(llmc_response_choice_finish_reason(response, 2), LLMC_FINISH_NONE);
    llmc_response_free(response);
}

static void test_fold_allocates_nothing_but_growth(void **state) {
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    int allocations = 0;
    (void)state;
    llmc__mem_set_gate(count_allocation, &allocations);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(put(response, LLMC_EVENT_TEXT, 0, "0123456789"), LLMC_OK);
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(llmc_response_output_len(response), 100000);
    assert_true(allocations <= 14); /* doublings up to 128 KiB */
    llmc_response_free(response);
}

static void test_fold_limits(void **state) {
    llmc_response *response = llmc__response_new(4);
    llmc_event tool = {.kind = LLMC_EVENT_TOOL_CALL_START, .tool_index = 100000};
    (void)state;
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 0, "1234"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 0, "5"), LLMC_ERR_TOO_LARGE);
    assert_string_equal(llmc_response_output(response), "1234");
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 128, "x"), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__response_fold(response, &tool), LLMC_ERR_TOO_LARGE);
    llmc__mem_set_gate(refuse, NULL);
    llmc_status status = put(response, LLMC_EVENT_TEXT, 1, "x");
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    llmc_response_free(response);
}

static llmc_status put_tool(llmc_response *response, llmc_event_kind kind, size_t index, const char *text) {
    llmc_event event = {.kind = kind, .tool_index = index, .tool_id = "c1", .tool_name = "f"};
    event.text = kind == LLMC_EVENT_TOOL_CALL_START ? NULL : text;
    event.text_len = event.text != NULL ? strlen(text) : 0;
    return llmc__response_fold(response, &event);
}

static void test_fold_tools(void **state) {
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_START, 0, NULL), LLMC_OK);
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_DELTA, 0, "{\"a\""), LLMC_OK);
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_START, 1, NULL), LLMC_OK);
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_DELTA, 0, ":1}"), LLMC_OK);
    assert_false(llmc_response_tool_call_complete(response, 0));
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_END, 0, "{\"a\":1}"), LLMC_OK);
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_START, 5, NULL), LLMC_OK);
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_END, 5, "{\"whole\":0}"), LLMC_OK);
    assert_int_equal(llmc_response_tool_call_count(response), 6);
    assert_string_equal(llmc_response_tool_call_arguments(response, 0), "{\"a\":1}");
    assert_string_equal(llmc_response_tool_call_arguments(response, 1), "{}");
    assert_string_equal(llmc_response_tool_call_arguments(response, 5), "{\"whole\":0}");
    assert_string_equal(llmc_response_tool_call_id(response, 1), "c1");
    assert_string_equal(llmc_response_tool_call_name(response, 1), "f");
    assert_string_equal(llmc_response_tool_call_name(response, 9), "");
    assert_true(llmc_response_tool_call_complete(response, 0));
    assert_false(llmc_response_tool_call_complete(response, 1));
    llmc_response_free(response);
}

static void test_fold_usage_keeps_what_is_known(void **state) {
    llmc_response *response = llmc__response_new(1000);
    llmc_event first = {.kind = LLMC_EVENT_USAGE, .usage = {5, 1, -1, 2, -1, -1, -1, -1, -1, -1, -1, -1.0}};
    llmc_event second = {.kind = LLMC_EVENT_USAGE, .usage = {-1, 9, 14, -1, 3, 0, -1, -1, -1, -1, -1, -1.0}};
    (void)state;
    assert_int_equal(llmc__response_fold(response, &first), LLMC_OK);
    assert_int_equal(llmc__response_fold(response, &second), LLMC_OK);
    assert_int_equal(llmc_response_tokens_in(response), 5);
    assert_int_equal(llmc_response_tokens_out(response), 9);
    assert_int_equal(llmc_response_tokens_total(response), 14);
    assert_int_equal(llmc_response_tokens_cached(response), 2);
    assert_int_equal(llmc_response_tokens_cache_write(response), 3);
    assert_int_equal(llmc_response_tokens_reasoning(response), 0);
    llmc_response_free(response);
}

static void test_attempts_survive_reset(void **state) {
    llmc_response *response = llmc__response_new(1000);
    llmc_attempt attempt = {.provider = "openai", .model = NULL, .status = LLMC_ERR_SERVER, .http_status = 500};
    llmc_attempt got;
    (void)state;
    assert_true(llmc__response_add_attempt(response, &attempt));
    attempt.http_status = 200;
    assert_int_equal(put(response, LLMC_EVENT_TEXT, 1, "old"), LLMC_OK);
    assert_int_equal(put_tool(response, LLMC_EVENT_TOOL_CALL_START, 0, NULL), LLMC_OK);
    llmc__error_set(&response->error, LLMC_ERR_SERVER, "old");
    response->status = LLMC_ERR_SERVER;
    assert_int_equal(llmc_error_status(llmc_response_error(response)), LLMC_ERR_SERVER);
    llmc__response_reset(response);
    assert_true(llmc__response_add_attempt(response, &attempt));
    assert_int_equal(llmc_response_status(response), LLMC_OK);
    assert_int_equal(llmc_response_choice_count(response), 1);
    assert_int_equal(llmc_response_tool_call_count(response), 0);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    assert_true(llmc_response_attempt(response, 0, &got));
    assert_int_equal(got.http_status, 500);
    assert_string_equal(got.provider, "openai");
    assert_string_equal(got.model, "");
    assert_true(llmc_response_attempt(response, 1, &got));
    assert_int_equal(got.http_status, 200);
    assert_false(llmc_response_attempt(response, 2, &got));
    llmc__mem_set_gate(refuse, NULL);
    bool added = llmc__response_add_attempt(response, &attempt);
    llmc__mem_set_gate(NULL, NULL);
    assert_false(added);
    llmc_response_free(response);
}

static void test_headers(void **state) {
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    assert_int_equal(llmc__response_add_header(response, "X-Request-Id: r", 12, "r1", 2), LLMC_OK);
    assert_int_equal(llmc__response_add_header(response, "Empty", 5, "", 0), LLMC_OK);
    assert_int_equal(llmc__response_add_header(response, "B\0d", 3, "x", 1), LLMC_OK);
    assert_string_equal(llmc_response_header(response, "x-request-id"), "r1");
    assert_string_equal(llmc_response_header(response, "EMPTY"), "");
    assert_null(llmc_response_header(response, "x-request"));
    assert_null(llmc_response_header(response, "r1"));
    llmc_response_free(response);
}

/* Short words lie in the response itself; when they are many or long, they have memory of their own. */
static void test_words(void **state) {
    char text[LLMC__RESPONSE_WORDS + 10];
    int allocations = 0;
    (void)state;
    for (size_t len = 0; len < sizeof text; len += 7) {
        llmc_response *response = llmc__response_new(1000);
        assert_non_null(response);
        memset(text, 'a' + (int)(len % 26), len);
        text[len] = '\0';
        llmc__mem_set_gate(count_allocation, &allocations);
        allocations = 0;
        for (int i = 0; i < 5; i++) {
            assert_true(llmc__response_word(response, &response->id, text, len));
            assert_true(llmc__response_word(response, &response->first.finish_raw, "stop!", 4));
            assert_string_equal(response->id, text);
            assert_string_equal(response->first.finish_raw, "stop");
        }
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(allocations == 0, 5 * (len + 1) + 5 * 5 <= LLMC__RESPONSE_WORDS);
        llmc__response_reset(response);
        assert_null(response->id);
        llmc__response_unref(response);
    }
}

static void test_words_without_memory(void **state) {
    char text[LLMC__RESPONSE_WORDS];
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    memset(text, 'x', sizeof text);
    assert_true(llmc__response_word(response, &response->id, "first", 5));
    llmc__mem_set_gate(refuse, NULL);
    assert_false(llmc__response_word(response, &response->id, text, sizeof text));
    llmc__mem_set_gate(NULL, NULL);
    assert_string_equal(response->id, "first");
    llmc__response_unref(response);
}

static void test_references(void **state) {
    llmc_response *response = llmc__response_new(10);
    llmc__target *target = llmc__target_new();
    (void)state;
    assert_ptr_equal(llmc_response_ref(response), response);
    llmc_response_free(response);
    assert_string_equal(llmc_response_output(response), "");
    llmc_response_free(response);
    target->api_key = llmc__mem_strdup("secret");
    target->name = llmc__mem_strdup("x");
    assert_ptr_equal(llmc__target_ref(target), target);
    llmc__target_unref(target);
    assert_string_equal(target->api_key, "secret");
    llmc__target_unref(target);
    llmc__target_unref(NULL);
}

static void test_finish_names(void **state) {
    (void)state;
    assert_string_equal(llmc_finish_reason_name(LLMC_FINISH_NONE), "");
    assert_string_equal(llmc_finish_reason_name(LLMC_FINISH_STOP), "stop");
    assert_string_equal(llmc_finish_reason_name(LLMC_FINISH_TOOL_CALLS), "tool_calls");
    assert_string_equal(llmc_finish_reason_name((llmc_finish_reason)99), "other");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_getters),
        cmocka_unit_test(test_fresh_response),
        cmocka_unit_test(test_fold_text),
        cmocka_unit_test(test_fold_allocates_nothing_but_growth),
        cmocka_unit_test(test_fold_limits),
        cmocka_unit_test(test_fold_tools),
        cmocka_unit_test(test_fold_usage_keeps_what_is_known),
        cmocka_unit_test(test_attempts_survive_reset),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_without_memory),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_finish_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
