#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"
#include "support_openai.h"

#define LINE(content, more)                                                                                            \
    "{\"model\":\"m\",\"created_at\":\"t\",\"message\":{\"role\":\"assistant\",\"content\":\"" content "\"" more "},"  \
    "\"done\":false}\n"
#define CALL(name, arguments) "{\"function\":{\"name\":\"" name "\",\"arguments\":" arguments "}}"
#define LAST(word)                                                                                                     \
    "{\"model\":\"m\",\"created_at\":\"t\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"       \
    "\"done_reason\":\"" word "\",\"prompt_eval_count\":5,\"eval_count\":6}\n"

static void log_is(const char *stream, const char *expected) {
    openai_result result;
    openai_stream(&result, stream);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.log, expected);
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_string_equal(result.log, expected);
    openai_free(&result);
}

static void test_text(void **state) {
    (void)state;
    log_is(LINE("He", "") LINE("", "") LINE("llo", "") LAST("stop"), "START TEXT(He) TEXT(llo) USAGE FINISH");
    log_is("\n\r\n" LINE("He", "") "\n" LAST("stop"), "START TEXT(He) USAGE FINISH");
}

static void test_thinking_comes_first(void **state) {
    (void)state;
    log_is(LINE("a", ",\"thinking\":\"hm\"") LAST("stop"), "START REASONING(hm) TEXT(a) USAGE FINISH");
}

static void test_counts_and_reason(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, LINE("a", "") LAST("length"));
    assert_int_equal(result.response->usage.tokens_in, 5);
    assert_int_equal(result.response->usage.tokens_out, 6);
    assert_int_equal(result.response->usage.total, -1);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_LENGTH);
    assert_string_equal(result.response->first.finish_raw, "length");
    assert_string_equal(result.response->model, "m");
    openai_free(&result);
    openai_stream(&result, LAST("load")); /* a request without messages */
    assert_int_equal(result.response->first.finish, LLMC_FINISH_OTHER);
    openai_free(&result);
    openai_stream(&result, "{\"model\":\"m\",\"done\":true}\n"); /* before done_reason there was none */
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_STOP);
    assert_int_equal(result.response->usage.tokens_in, -1);
    openai_free(&result);
}

static void test_calls(void **state) {
    (void)state;
    log_is(LINE("", ",\"tool_calls\":[" CALL("f", "{\"a\":1}") "]") LINE("", ",\"tool_calls\":[" CALL("g", "{}") "]")
               LAST("stop"),
           "START CALL0 ARGS0({\"a\":1}) END0({\"a\":1}) CALL1 ARGS1({}) END1({}) USAGE FINISH");
    log_is(
        LINE("", ",\"tool_calls\":[" CALL("f", "\"{\\\"a\\\":1}\"") "," CALL("g", "null") "," CALL("h", "\"x\"") "]")
            LAST("stop"),
        "START CALL0 ARGS0({\"a\":1}) END0({\"a\":1}) CALL1 ARGS1({}) END1({}) CALL2 ARGS2({}) END2({}) USAGE FINISH");
}

/* Ids are made where none is sent: the same for the same bytes, others for other calls and other answers. */
static void test_ids(void **state) {
    openai_result one, again, other;
    (void)state;
    openai_stream(&one, LINE("", ",\"tool_calls\":[" CALL("f", "{}") "," CALL("f", "{}") "]") LAST("stop"));
    openai_stream(&again, LINE("", ",\"tool_calls\":[" CALL("f", "{}") "]") LAST("stop"));
    openai_stream(&other, "{\"created_at\":\"t2\",\"message\":{\"content\":\"\",\"tool_calls\":[" CALL(
                              "f", "{}") "]},\"done\":false}\n" LAST("stop"));
    assert_int_equal(one.response->first.finish, LLMC_FINISH_TOOL_CALLS);
    assert_int_equal(strlen(one.response->first.tools[0].id), strlen("call_0123456789abcdef"));
    assert_string_equal(one.response->first.tools[0].id, again.response->first.tools[0].id);
    assert_string_not_equal(one.response->first.tools[0].id, one.response->first.tools[1].id);
    assert_string_not_equal(one.response->first.tools[0].id, other.response->first.tools[0].id);
    openai_free(&one);
    openai_free(&again);
    openai_free(&other);
    openai_stream(&one, LINE("", ",\"tool_calls\":[{\"id\":\"call_x\",\"function\":{\"name\":\"f\"}}]") LAST("stop"));
    assert_string_equal(one.response->first.tools[0].id, "call_x");
    openai_free(&one);
}

static void test_whole_body(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, LAST("stop"));
    assert_string_equal(result.log, "START USAGE FINISH");
    openai_free(&result);
    openai_body(&result, "{\"model\":\"m\",\"message\":{\"content\":\"a\",\"thinking\":\"b\",\"tool_calls\":[" CALL(
                             "f", "{}") "]},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}");
    assert_string_equal(result.log, "START REASONING(b) TEXT(a) CALL0 ARGS0({}) END0({}) USAGE FINISH");
    openai_free(&result);
    openai_body(&result, "{\"model\":\"m\",\"response\":\"a\",\"done\":true}"); /* /api/generate */
    assert_string_equal(result.log, "START TEXT(a) FINISH");
    openai_free(&result);
}

static void test_logprobs(void **state) {
    (void)state;
    log_is("{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false,\"logprobs\":[{\"token\":\"a\",\"logprob\":"
           "-1}]}"
           "\n" LAST("stop"),
           "START TEXT(a) LOGPROBS([{\"token\":\"a\",\"logprob\":-1}]) USAGE FINISH");
}

static void ends_with(const char *stream, llmc_status status, const char *text, const char *words) {
    openai_result result;
    openai_stream(&result, stream);
    if (result.status != status)
        fail_msg("%s: %s %s", stream, llmc_status_name(result.status), result.error.message);
    assert_string_equal(llmc__buf_str(&result.response->first.text), text);
    assert_non_null(strstr(result.error.message, words));
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_int_equal(result.status, status);
    openai_free(&result);
}

static void test_streams_that_break(void **state) {
    (void)state;
    ends_with("", LLMC_ERR_INCOMPLETE, "", "done");
    ends_with(LINE("a", ""), LLMC_ERR_INCOMPLETE, "a", "done");
    ends_with(LINE("a", "") "{\"model\":\"m\",\"mess", LLMC_ERR_INCOMPLETE, "a", "done");
    ends_with(LINE("a", "") "<html>\n", LLMC_ERR_BAD_RESPONSE, "a", "not JSON");
    ends_with("<html>", LLMC_ERR_BAD_RESPONSE, "", "not JSON");
    ends_with("[]\n", LLMC_ERR_BAD_RESPONSE, "", "none of the kind: check that base_url leads to an Ollama server");
    ends_with("{\"choices\":[]}\n", LLMC_ERR_BAD_RESPONSE, "",
              "none of the kind: check that base_url leads to an Ollama server");
    ends_with(LINE("a", "") "{\"error\":\"llama runner process has terminated\"}\n", LLMC_ERR_SERVER, "a",
              "llama runner process has terminated");
    ends_with("{\"error\":\"boom\"}", LLMC_ERR_SERVER, "", "boom");
}

/* Nothing that comes behind the last line counts. */
static void test_after_the_end(void **state) {
    (void)state;
    log_is(LINE("a", "") LAST("stop") "garbage\n" LINE("b", ""), "START TEXT(a) USAGE FINISH");
}

static void test_line_too_long(void **state) {
    static char line[2 << 20];
    openai_result result;
    (void)state;
    memset(line, ' ', sizeof line - 1);
    line[0] = '{';
    openai_stream(&result, line);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    openai_free(&result);
}

static void test_hostile_input(void **state) {
    static const char stream[] = LINE("h\\u00e9", ",\"thinking\":\"t\"")
        LINE("", ",\"tool_calls\":[" CALL("f", "{\"a\":[1,{\"b\":null}]}") "]") LAST("stop");
    (void)state;
    adapter_mutate(&llmc__provider_ollama, stream, 3000);
    adapter_starve(&llmc__provider_ollama, stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_thinking_comes_first),
        cmocka_unit_test(test_counts_and_reason),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_whole_body),
        cmocka_unit_test(test_logprobs),
        cmocka_unit_test(test_streams_that_break),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_line_too_long),
        cmocka_unit_test(test_hostile_input),
    };
    openai_use(&llmc__provider_ollama);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
