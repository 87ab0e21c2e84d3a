#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"
#include "support_openai.h"

#define EVENT(type, more)      "event: " type "\ndata: {\"type\":\"" type "\"" more "}\n\n"
#define MESSAGE(index, member) ",\"index\":" index ",\"delta\":{\"message\":{" member "}}"
#define START                  EVENT("message-start", ",\"id\":\"i\",\"delta\":{\"message\":{\"role\":\"assistant\"}}")
#define TEXT(text)             EVENT("content-delta", MESSAGE("0", "\"content\":{\"text\":\"" text "\"}"))
#define CALL(index, id, name)                                                                                          \
    EVENT("tool-call-start", MESSAGE(index, "\"tool_calls\":{\"id\":\"" id "\",\"type\":\"function\",\"function\":"    \
                                            "{\"name\":\"" name "\",\"arguments\":\"\"}}"))
#define ARGS(index, text)                                                                                              \
    EVENT("tool-call-delta", MESSAGE(index, "\"tool_calls\":{\"function\":{\"arguments\":\"" text "\"}}"))
#define CALLED(index) EVENT("tool-call-end", ",\"index\":" index)
#define END(word)                                                                                                      \
    EVENT("message-end", ",\"delta\":{\"finish_reason\":\"" word "\",\"usage\":{\"billed_units\":{\"input_tokens\":1," \
                         "\"output_tokens\":2},\"tokens\":{\"input_tokens\":10,\"output_tokens\":20}}}")               \
    "data: [DONE]\n\n"

static void log_is(const char *stream, const char *expected) {
    openai_result result;
    openai_stream(&result, stream);
    if (result.status != LLMC_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.log, expected);
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_string_equal(result.log, expected);
    openai_free(&result);
}

static void body_log_is(const char *body, const char *expected) {
    openai_result result;
    openai_body(&result, body);
    if (result.status != LLMC_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.log, expected);
    openai_free(&result);
}

static void test_text(void **state) {
    (void)state;
    log_is(START TEXT("He") TEXT("") TEXT("llo") EVENT("content-end", ",\"index\":0") END("COMPLETE"),
           "START TEXT(He) TEXT(llo) USAGE FINISH");
    /* A text may come with the start of its block. */
    log_is(START EVENT("content-start", MESSAGE("0", "\"content\":{\"type\":\"text\",\"text\":\"a\"}")) END("COMPLETE"),
           "START TEXT(a) USAGE FINISH");
    body_log_is(
        "{\"id\":\"i\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":"
        "\"b\"}]},\"finish_reason\":\"COMPLETE\"}",
        "START TEXT(a) TEXT(b) FINISH");
    body_log_is("{\"id\":\"i\",\"message\":{\"content\":\"a\"},\"finish_reason\":\"COMPLETE\"}",
                "START TEXT(a) FINISH");
}

static void test_thinking_and_plan(void **state) {
    (void)state;
    log_is(START EVENT("content-delta", MESSAGE("0", "\"content\":{\"thinking\":\"hm\"}"))
               EVENT("tool-plan-delta", ",\"delta\":{\"message\":{\"tool_plan\":\"I will\"}}") TEXT("a")
                   END("COMPLETE"),
           "START REASONING(hm) REASONING(I will) TEXT(a) USAGE FINISH");
    body_log_is(
        "{\"id\":\"i\",\"message\":{\"tool_plan\":\"p\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\"},"
        "{\"type\":\"other\",\"x\":1}]},\"finish_reason\":\"COMPLETE\"}",
        "START REASONING(p) REASONING(t) FINISH");
}

static void test_calls(void **state) {
    (void)state;
    log_is(START CALL("0", "x", "f") ARGS("0", "{\\\"a\\\":") ARGS("0", "1}") CALLED("0") CALL("1", "y", "g")
               CALLED("1") END("TOOL_CALL"),
           "START CALL0 ARGS0({\"a\":) ARGS0(1}) CALL1 USAGE END0({\"a\":1}) END1({}) FINISH");
    /* Pieces of two calls that are mixed are told apart by their index. */
    log_is(START CALL("0", "x", "f") CALL("1", "y", "f") ARGS("0", "{\\\"a\\\":1") ARGS("1", "{\\\"b\\\":2}")
               ARGS("0", "}") END("TOOL_CALL"),
           "START CALL0 CALL1 ARGS0({\"a\":1) ARGS1({\"b\":2}) ARGS0(}) USAGE END0({\"a\":1}) END1({\"b\":2}) FINISH");
    log_is(START CALL("0", "x", "f") ARGS("0", "null") END("TOOL_CALL"), "START CALL0 USAGE END0({}) FINISH");
    body_log_is("{\"id\":\"i\",\"message\":{\"tool_calls\":[{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":"
                "\"null\"}},{\"id\":\"y\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":null}\"}}]},"
                "\"finish_reason\":\"TOOL_CALL\"}",
                "START CALL0 CALL1 ARGS1({\"a\":null}) END0({}) END1({\"a\":null}) FINISH");
}

/* A call that a limit has cut never ends: it must not run. */
static void test_cut_call(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, START CALL("0", "x", "f") ARGS("0", "{\\\"a\\\":") CALLED("0") END("MAX_TOKENS"));
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.log, "START CALL0 ARGS0({\"a\":) USAGE FINISH");
    assert_int_equal(result.response->first.finish, LLMC_FINISH_LENGTH);
    openai_free(&result);
}

static void test_citations(void **state) {
    (void)state;
    log_is(START TEXT("a") EVENT("citation-start", MESSAGE("0", "\"citations\":{\"start\":0,\"end\":1}"))
               EVENT("citation-end", ",\"index\":0") END("COMPLETE"),
           "START TEXT(a) CITATION({\"start\":0,\"end\":1}) USAGE FINISH");
    body_log_is("{\"id\":\"i\",\"message\":{\"content\":[],\"citations\":[{\"start\":0},{\"start\":1}]},"
                "\"finish_reason\":\"COMPLETE\"}",
                "START CITATION({\"start\":0}) CITATION({\"start\":1}) FINISH");
}

static void test_logprobs(void **state) {
    (void)state;
    body_log_is(
        "{\"id\":\"i\",\"message\":{\"content\":[]},\"finish_reason\":\"COMPLETE\",\"logprobs\":[{\"text\":\"a\","
        "\"token_ids\":[1],\"logprobs\":[-0.5]}]}",
        "START LOGPROBS({\"text\":\"a\",\"token_ids\":[1],\"logprobs\":[-0.5]}) FINISH");
}

static void test_usage(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, START TEXT("a") END("COMPLETE"));
    assert_int_equal(result.response->usage.tokens_in, 10);
    assert_int_equal(result.response->usage.tokens_out, 20);
    assert_int_equal(result.response->usage.cached, -1);
    assert_string_equal(result.response->id, "i");
    openai_free(&result);
    openai_body(&result, "{\"id\":\"i\",\"message\":{\"content\":[]},\"finish_reason\":\"COMPLETE\",\"usage\":{"
                         "\"billed_units\":{\"input_tokens\":1,\"output_tokens\":2},\"cached_tokens\":1}}");
    assert_int_equal(result.response->usage.tokens_in, 1);
    assert_int_equal(result.response->usage.cached, 1);
    openai_free(&result);
}

static void test_finish_words(void **state) {
    static const struct {
        const char *word;
        llmc_finish_reason finish;
    } rows[] = {
        {"COMPLETE", LLMC_FINISH_STOP},
        {"STOP_SEQUENCE", LLMC_FINISH_STOP},
        {"MAX_TOKENS", LLMC_FINISH_LENGTH},
        {"TOOL_CALL", LLMC_FINISH_TOOL_CALLS},
        {"ERROR_TOXIC", LLMC_FINISH_CONTENT_FILTER},
        {"TIMEOUT", LLMC_FINISH_ERROR},
        {"SOMETHING_NEW", LLMC_FINISH_OTHER},
    };
    char body[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        openai_result result;
        (void)snprintf(body, sizeof body, "{\"id\":\"i\",\"message\":{},\"finish_reason\":\"%s\"}", rows[i].word);
        openai_body(&result, body);
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(result.response->first.finish, rows[i].finish);
        assert_string_equal(result.response->first.finish_raw, rows[i].word);
        openai_free(&result);
    }
}

static void ends_with(const char *stream, llmc_status status, const char *words) {
    openai_result result;
    openai_stream(&result, stream);
    if (result.status != status)
        fail_msg("%s: %s %s", stream, llmc_status_name(result.status), result.error.message);
    assert_non_null(strstr(result.error.message, words));
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_int_equal(result.status, status);
    openai_free(&result);
}

static void test_streams_that_break(void **state) {
    (void)state;
    ends_with("", LLMC_ERR_INCOMPLETE, "message-end");
    ends_with(START TEXT("a"), LLMC_ERR_INCOMPLETE, "message-end");
    ends_with(START TEXT("a") "data: [DONE]\n\n", LLMC_ERR_INCOMPLETE, "message-end");
    ends_with(START "data: {oops\n\n", LLMC_ERR_BAD_RESPONSE, "not JSON");
    ends_with("<html>", LLMC_ERR_BAD_RESPONSE, "not JSON");
    ends_with("{\"id\":\"i\",\"message\":\"too many tokens: size limit exceeded by 5 tokens\"}",
              LLMC_ERR_CONTEXT_LENGTH, "size limit exceeded");
    ends_with(START "data: {\"id\":\"i\",\"message\":\"internal server error\"}\n\n", LLMC_ERR_SERVER,
              "internal server error");
    ends_with(START EVENT("message-end", ",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"boom\"}"),
              LLMC_ERR_SERVER, "boom");
    ends_with(START EVENT("message-end", ",\"delta\":{\"finish_reason\":\"ERROR\"}"), LLMC_ERR_SERVER, "failed");
}

static void test_bodies_that_break(void **state) {
    static const struct {
        const char *body;
        llmc_status status;
    } rows[] = {
        {"", LLMC_ERR_INCOMPLETE},
        {"{\"id\":\"i\",\"mess", LLMC_ERR_INCOMPLETE},
        {"[]", LLMC_ERR_BAD_RESPONSE},
        {"{\"choices\":[]}", LLMC_ERR_BAD_RESPONSE},
        {"{\"message\":\"invalid api token\"}", LLMC_ERR_SERVER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        openai_result result;
        openai_body(&result, rows[i].body);
        if (result.status != rows[i].status && !(i == 4 && result.status <= LLMC_ERR_BAD_REQUEST))
            fail_msg("%s: %s", rows[i].body, llmc_status_name(result.status));
        openai_free(&result);
    }
}

static void test_hostile_input(void **state) {
    static const char stream[] =
        START EVENT("content-delta", MESSAGE("0", "\"content\":{\"thinking\":\"hm\"}")) TEXT("h\\u00e9")
            EVENT("citation-start", MESSAGE("0", "\"citations\":{\"start\":0,\"end\":1}")) CALL("0", "x", "f")
                ARGS("0", "{\\\"a\\\":1}") CALLED("0") CALL("1", "y", "g") ARGS("1", "null") END("TOOL_CALL");
    (void)state;
    adapter_mutate(&llmc__provider_cohere, stream, 3000);
    adapter_starve(&llmc__provider_cohere, stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_thinking_and_plan),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_cut_call),
        cmocka_unit_test(test_citations),
        cmocka_unit_test(test_logprobs),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_finish_words),
        cmocka_unit_test(test_streams_that_break),
        cmocka_unit_test(test_bodies_that_break),
        cmocka_unit_test(test_hostile_input),
    };
    openai_use(&llmc__provider_cohere);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
