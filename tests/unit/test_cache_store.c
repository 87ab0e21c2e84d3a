/* Only whole good answers are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "policy/cache_store.h"

static const llmc__cache_rules strict = {false, false}, lengthy = {true, false}, sober = {false, true};

static void fold(llmc_response *response, llmc_event event) {
    event.text_len = event.text != NULL ? strlen(event.text) : 0;
    assert_int_equal(llmc__response_fold(response, &event), LLMC_OK);
}

static llmc_response *answer(const char *text, llmc_finish_reason finish) {
    llmc_response *response = llmc__response_new(1000);
    fold(response, (llmc_event){.kind = LLMC_EVENT_START, .model = "m"});
    fold(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .text = text});
    fold(response, (llmc_event){.kind = LLMC_EVENT_FINISH, .finish = finish});
    return response;
}

static void expect(llmc_response *response, bool kept, bool kept_at_length) {
    assert_int_equal(llmc__cache_may_store(response, &strict), kept);
    assert_int_equal(llmc__cache_may_store(response, &lengthy), kept_at_length);
    llmc__response_unref(response);
}

static void test_finish(void **state) {
    (void)state;
    expect(answer("text", LLMC_FINISH_STOP), true, true);
    expect(answer("text", LLMC_FINISH_TOOL_CALLS), true, true);
    expect(answer("text", LLMC_FINISH_LENGTH), false, true);
    expect(answer("text", LLMC_FINISH_NONE), false, false);
    expect(answer("text", LLMC_FINISH_CONTENT_FILTER), false, false);
    expect(answer("text", LLMC_FINISH_PAUSE), false, false);
    expect(answer("text", LLMC_FINISH_ERROR), false, false);
    expect(answer("text", LLMC_FINISH_OTHER), false, false);
    expect(answer("text", (llmc_finish_reason)99), false, false);
    expect(answer("", LLMC_FINISH_STOP), false, false);
    expect(llmc__response_new(10), false, false);
}

static void test_errors(void **state) {
    static const llmc_status statuses[] = {LLMC_ERR_INCOMPLETE,     LLMC_ERR_SERVER,        LLMC_ERR_CANCELLED,
                                           LLMC_ERR_CONTENT_FILTER, LLMC_ERR_TIMEOUT_TOTAL, LLMC_END};
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        llmc_response *response = answer("text", LLMC_FINISH_STOP);
        response->status = statuses[i];
        expect(response, false, false);
        response = answer("text", LLMC_FINISH_STOP);
        llmc__error_set(&response->error, statuses[i], "no");
        expect(response, false, false);
    }
}

static void test_tools(void **state) {
    llmc_response *response = answer("", LLMC_FINISH_TOOL_CALLS);
    (void)state;
    fold(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_START, .tool_id = "1", .tool_name = "f"});
    assert_false(llmc__cache_may_store(response, &strict));
    fold(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_END, .text = "{}"});
    assert_true(llmc__cache_may_store(response, &strict));
    fold(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_START, .tool_index = 1, .tool_name = "g"});
    expect(response, false, false);
}

static void test_refusal_is_an_answer(void **state) {
    llmc_response *response = answer("", LLMC_FINISH_STOP);
    (void)state;
    fold(response, (llmc_event){.kind = LLMC_EVENT_REFUSAL, .text = "no"});
    expect(response, true, true);
}

static void test_every_choice_counts(void **state) {
    llmc_response *response = answer("one", LLMC_FINISH_STOP);
    (void)state;
    fold(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .choice = 2, .text = "three"});
    fold(response, (llmc_event){.kind = LLMC_EVENT_FINISH, .choice = 2, .finish = LLMC_FINISH_STOP});
    assert_false(llmc__cache_may_store(response, &strict)); /* the second is missing */
    fold(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .choice = 1, .text = "two"});
    fold(response, (llmc_event){.kind = LLMC_EVENT_FINISH, .choice = 1, .finish = LLMC_FINISH_LENGTH});
    expect(response, false, true);
}

static void test_sampled_requests(void **state) {
    llmc_request request = {.parallel_tools = -1};
    (void)state;
    assert_true(llmc__cache_may_look(&request, &sober));
    request.temperature = 1; /* not set, so it means nothing */
    assert_true(llmc__cache_may_look(&request, &sober));
    request.has_temperature = true;
    assert_false(llmc__cache_may_look(&request, &sober));
    assert_true(llmc__cache_may_look(&request, &strict));
    request.temperature = 0;
    assert_true(llmc__cache_may_look(&request, &sober));
    request.has_n = true;
    request.n = 1;
    assert_true(llmc__cache_may_look(&request, &sober));
    request.n = 2;
    assert_false(llmc__cache_may_look(&request, &sober));
    assert_true(llmc__cache_may_look(&request, &strict));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_tools),
        cmocka_unit_test(test_refusal_is_an_answer),
        cmocka_unit_test(test_every_choice_counts),
        cmocka_unit_test(test_sampled_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
