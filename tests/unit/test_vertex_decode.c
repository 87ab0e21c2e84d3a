/* Which of the two APIs an answer is of; what each means is tested with its own adapter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"
#include "support_openai.h"

#define GEMINI "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]}"
#define CLAUDE                                                                                                         \
    "{\"type\":\"message\",\"id\":\"i\",\"model\":\"claude\",\"content\":[{\"type\":\"text\",\"text\":\"b\"}],"        \
    "\"stop_reason\":\"end_turn\"}"
#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define CLAUDES                                                                                                        \
    EVENT("message_start", ",\"message\":{\"id\":\"i\",\"model\":\"claude\",\"content\":[]}")                          \
    EVENT("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")                   \
    EVENT("content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}")                    \
    EVENT("content_block_stop", ",\"index\":0")                                                                        \
    EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"}") EVENT("message_stop", "")

static int set_up(void **state) {
    (void)state;
    openai_use(&llmc__provider_vertex);
    return 0;
}

static void says(openai_result *result, const char *text) {
    if (result->status != LLMC_OK)
        print_error("%s\n", result->error.message);
    assert_int_equal(result->status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result->response->first.text), text);
    assert_int_equal(result->response->first.finish, LLMC_FINISH_STOP);
    openai_free(result);
}

static void test_streams(void **state) {
    static const struct {
        const char *stream, *text;
    } rows[] = {
        {"data: " GEMINI "\r\n\r\n", "a"},
        {"[" GEMINI "]", "a"},
        {GEMINI, "a"}, /* a plain body where a stream was asked for */
        {" \n" CLAUDE "\n", "b"},
        {"\xef\xbb\xbf: event: x\r\n\r\n \ndata: " GEMINI "\n\n", "a"},
        {CLAUDES, "b"},
        {": data\n\n" CLAUDES, "b"},
    };
    openai_result result;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        openai_stream(&result, rows[i].stream);
        says(&result, rows[i].text);
        openai_stream_bytewise(&result, rows[i].stream);
        says(&result, rows[i].text);
    }
}

static void test_bodies(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, GEMINI);
    says(&result, "a");
    openai_body(&result, CLAUDE);
    assert_string_equal(result.response->model, "claude");
    says(&result, "b");
}

static void fails(const char *text, bool is_stream, llmc_status status) {
    openai_result result;
    if (is_stream)
        openai_stream_bytewise(&result, text);
    else
        openai_body(&result, text);
    assert_int_equal(result.status, status);
    assert_int_equal(result.error.status, status);
    assert_non_null(result.error.message);
    openai_free(&result);
}

static void test_what_is_wrong(void **state) {
    (void)state;
    fails("", true, LLMC_ERR_INCOMPLETE);
    fails(": comment\n\n", true, LLMC_ERR_INCOMPLETE);
    fails("", false, LLMC_ERR_INCOMPLETE);
    fails("{\"candidates\":[{", false, LLMC_ERR_INCOMPLETE);
    fails("event: message_start\n", true, LLMC_ERR_INCOMPLETE);
    fails("<html>", true, LLMC_ERR_BAD_RESPONSE);
    fails("<html>", false, LLMC_ERR_BAD_RESPONSE);
    fails("{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}", true, LLMC_ERR_OVERLOADED);
    fails("{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}", false, LLMC_ERR_OVERLOADED);
    fails(EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}"), true, LLMC_ERR_OVERLOADED);
}

static void test_signed_parts_name_this_adapter(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\",\"thoughtSignature\":\"s\"}]}}]}");
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.response->replay_origin, "vertex");
    openai_free(&result);
}

static void test_hostile_streams(void **state) {
    (void)state;
    adapter_mutate(&llmc__provider_vertex, "data: " GEMINI "\r\n\r\n", 1000);
    adapter_mutate(&llmc__provider_vertex, CLAUDES, 1000);
}

static void test_no_memory(void **state) {
    (void)state;
    adapter_starve(&llmc__provider_vertex, "data: " GEMINI "\r\n\r\n");
    adapter_starve(&llmc__provider_vertex, CLAUDES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),         cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_what_is_wrong),   cmocka_unit_test(test_signed_parts_name_this_adapter),
        cmocka_unit_test(test_hostile_streams), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
