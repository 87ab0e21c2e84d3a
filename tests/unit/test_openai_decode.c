#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_openai.h"

static const llmc__target plain_target = {.name = "test"};

/* Chunks in the short: of choice 0, with a delta. */
#define DELTA(members) "data: {\"choices\":[{\"index\":0,\"delta\":{" members "}}]}\n\n"
#define CALLS(list)    DELTA("\"tool_calls\":[" list "]")
#define FINISH(word)   "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" word "\"}]}\n\n"
#define DONE           "data: [DONE]\n\n"
#define HEAD           "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[]}\n\n"

static openai_result result;

/* The status, and the events, fed whole and byte by byte. */
static void expect(const char *stream, llmc_status status, const char *log) {
    openai_stream_bytewise(&result, stream);
    assert_int_equal(result.status, status);
    assert_string_equal(result.log, log);
    openai_free(&result);
    openai_stream(&result, stream);
    assert_int_equal(result.status, status);
    assert_string_equal(result.log, log);
}

static void test_text_stream(void **state) {
    (void)state;
    expect(HEAD DELTA("\"role\":\"assistant\",\"content\":\"\"") DELTA("\"content\":\"Hel\"")
               DELTA("\"content\":\"lo\"")
                   FINISH("stop") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
                                  "\"total_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":1},"
                                  "\"completion_tokens_details\":{\"reasoning_tokens\":0}}}\n\n" DONE,
           LLMC_OK, "START TEXT(Hel) TEXT(lo) FINISH USAGE");
    assert_string_equal(result.response->model, "m");
    assert_string_equal(result.response->id, "i");
    assert_int_equal(result.response->usage.tokens_in, 3);
    assert_int_equal(result.response->usage.tokens_out, 2);
    assert_int_equal(result.response->usage.total, 5);
    assert_int_equal(result.response->usage.cached, 1);
    assert_int_equal(result.response->usage.reasoning, 0);
    openai_free(&result);
}

static void test_start_waits_for_the_model(void **state) {
    (void)state;
    expect("data: {\"id\":\"\",\"model\":\"\",\"choices\":[]}\n\ndata: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{"
           "\"delta\":{\"content\":\"a\"}}]}\n\n" DONE,
           LLMC_OK, "START TEXT(a)");
    assert_string_equal(result.response->model, "m");
    openai_free(&result);
    expect(DELTA("\"content\":\"a\"") DONE, LLMC_OK, "START TEXT(a)");
    assert_null(result.response->model);
    openai_free(&result);
    expect(DONE, LLMC_OK, "START");
    openai_free(&result);
}

static void test_reasoning_and_refusal(void **state) {
    (void)state;
    expect(DELTA("\"reasoning_content\":\"a\",\"reasoning\":\"a\"")
               DELTA("\"reasoning\":\"b\",\"reasoning_content\":null")
                   DELTA("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"c\"}]},"
                         "{\"type\":\"text\",\"text\":\"d\"},{\"type\":\"reference\",\"reference_ids\":[1]}]")
                       DELTA("\"refusal\":\"e\"") FINISH("stop") DONE,
           LLMC_OK, "START REASONING(a) REASONING(b) REASONING(c) TEXT(d) REFUSAL(e) FINISH");
    openai_free(&result);
}

static void test_tool_call_in_pieces(void **state) {
    (void)state;
    expect(CALLS("{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}")
               CALLS("{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}")
                   CALLS("{\"index\":0,\"function\":{\"arguments\":\":1}\"}}") FINISH("tool_calls") DONE,
           LLMC_OK, "START CALL0 ARGS0({\"a\") ARGS0(:1}) END0({\"a\":1}) FINISH");
    assert_string_equal(llmc_response_tool_call_id(result.response, 0), "c1");
    assert_true(llmc_response_tool_call_complete(result.response, 0));
    openai_free(&result);
}

static void test_tool_calls_interleaved_by_index(void **state) {
    (void)state;
    expect(
        CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"[\"}},{\"index\":1,\"id\":\"b\","
              "\"function\":{\"name\":\"g\",\"arguments\":\"{\"}}")
            CALLS("{\"index\":0,\"function\":{\"arguments\":\"]\"}}")
                CALLS("{\"index\":1,\"function\":{\"arguments\":\"}\"}}") FINISH("tool_calls") DONE,
        LLMC_OK, "START CALL0 ARGS0([) CALL1 ARGS1({) ARGS0(]) ARGS1(}) END0([]) END1({}) FINISH");
    openai_free(&result);
}

static void test_new_id_on_an_old_index(void **state) {
    (void)state;
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}")
               CALLS("{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"[1]\"}}") DONE,
           LLMC_OK, "START CALL0 ARGS0({}) CALL1 ARGS1([1]) END0({}) END1([1])");
    openai_free(&result);
    /* An id that changes with each chunk, without a name, goes on with the call. */
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}")
               CALLS("{\"index\":0,\"id\":\"b\",\"function\":{\"arguments\":\"]\"}}") DONE,
           LLMC_OK, "START CALL0 ARGS0([) ARGS0(]) END0([])");
    openai_free(&result);
}

static void test_repeated_id_and_name(void **state) {
    (void)state;
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}")
               CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"1]\"}}") DONE,
           LLMC_OK, "START CALL0 ARGS0([) ARGS0(1]) END0([1])");
    assert_string_equal(llmc_response_tool_call_name(result.response, 0), "f");
    openai_free(&result);
}

static void test_whole_calls_in_one_chunk(void **state) {
    (void)state;
    expect(
        CALLS("{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{\"name\":"
              "\"f\",\"arguments\":\"[]\"}}") FINISH("tool_calls") DONE,
        LLMC_OK, "START CALL0 ARGS0({}) CALL1 ARGS1([]) END0({}) END1([]) FINISH");
    openai_free(&result);
    /* No ids, one index for all: a name with arguments begins the next. */
    expect(CALLS("{\"index\":0,\"id\":\"\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}")
               CALLS("{\"index\":0,\"id\":\"\",\"function\":{\"name\":\"f\",\"arguments\":\"[]\"}}") DONE,
           LLMC_OK, "START CALL0 ARGS0({}) CALL1 ARGS1([]) END0({}) END1([])");
    openai_free(&result);
}

static void test_name_after_arguments(void **state) {
    (void)state;
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"[\"}}")
               CALLS("{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"]\"}}") DONE,
           LLMC_OK, "START CALL0 ARGS0([]) END0([])");
    openai_free(&result);
}

static void test_arguments_as_an_object(void **state) {
    (void)state;
    expect(
        CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":[1,2.5,null,true,\"\\n\"],"
              "\"y\":9007199254740993}}}") DONE,
        LLMC_OK,
        "START CALL0 ARGS0({\"x\":[1,2.5,null,true,\"\\n\"],\"y\":9007199254740993}) "
        "END0({\"x\":[1,2.5,null,true,\"\\n\"],\"y\":9007199254740993})");
    openai_free(&result);
}

static void test_legacy_function_call(void **state) {
    (void)state;
    expect(DELTA("\"function_call\":{}") DELTA("\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}")
               DELTA("\"function_call\":{\"arguments\":\"{}\"}") FINISH("function_call") DONE,
           LLMC_OK, "START CALL0 ARGS0({}) END0({}) FINISH");
    assert_int_equal(result.response->first.finish, LLMC_FINISH_TOOL_CALLS);
    openai_free(&result);
}

static void test_cut_calls_do_not_end(void **state) {
    (void)state;
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\"}}") FINISH("length")
               DONE,
           LLMC_OK, "START CALL0 ARGS0({\"x) FINISH");
    assert_false(llmc_response_tool_call_complete(result.response, 0));
    openai_free(&result);
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\"}}") FINISH("length") DONE, LLMC_OK,
           "START CALL0 FINISH");
    openai_free(&result);
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\"}}") FINISH("tool_calls") DONE, LLMC_OK,
           "START CALL0 END0({}) FINISH");
    openai_free(&result);
    expect(CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"), LLMC_ERR_INCOMPLETE,
           "START CALL0 ARGS0({})");
    openai_free(&result);
}

static void test_usage_forms(void **state) {
    (void)state;
    expect("data: {\"choices\":[],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{}}\n\n"
           "data: "
           "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":4}}\n\n"
           "data: {\"choices\":[],\"x_groq\":{\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2}}}\n\n" DONE,
           LLMC_OK, "START USAGE USAGE");
    assert_int_equal(result.response->usage.tokens_in, 8);
    assert_int_equal(result.response->usage.tokens_out, 2);
    assert_int_equal(result.response->usage.cached, 4);
    assert_int_equal(result.response->usage.total, -1);
    openai_free(&result);
}

static void test_finish_words(void **state) {
    static const struct {
        const char *stream, *raw;
        llmc_finish_reason finish;
    } rows[] = {
        {FINISH("stop") DONE, "stop", LLMC_FINISH_STOP},
        {FINISH("eos") DONE, "eos", LLMC_FINISH_STOP},
        {FINISH("length") DONE, "length", LLMC_FINISH_LENGTH},
        {FINISH("tool_calls") DONE, "tool_calls", LLMC_FINISH_TOOL_CALLS},
        {FINISH("content_filter") DONE, "content_filter", LLMC_FINISH_CONTENT_FILTER},
        {FINISH("error") DONE, "error", LLMC_FINISH_ERROR},
        {FINISH("surprise") DONE, "surprise", LLMC_FINISH_OTHER},
        {FINISH("stop") FINISH("length") DONE, "stop", LLMC_FINISH_STOP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect(rows[i].stream, LLMC_OK, "START FINISH");
        assert_string_equal(result.response->first.finish_raw, rows[i].raw);
        assert_int_equal(result.response->first.finish, rows[i].finish);
        openai_free(&result);
    }
    expect(FINISH("") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":null}]}\n\n" DONE, LLMC_OK, "START");
    openai_free(&result);
}

static void test_choices_by_index(void **state) {
    (void)state;
    expect("data: "
           "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}},{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
           "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"c\"},\"finish_reason\":\"length\"}]}\n\n" DONE,
           LLMC_OK, "START TEXT(b) TEXT(a) TEXT(c) FINISH");
    assert_string_equal(llmc_response_choice_output(result.response, 1), "bc");
    assert_string_equal(llmc_response_output(result.response), "a");
    assert_int_equal(llmc_response_choice_finish_reason(result.response, 1), LLMC_FINISH_LENGTH);
    openai_free(&result);
    expect("data: {\"choices\":[{\"index\":4000000,\"delta\":{\"content\":\"b\"}}]}\n\n", LLMC_ERR_BAD_RESPONSE, "");
    openai_free(&result);
}

static void test_errors_inside(void **state) {
    (void)state;
    expect(DELTA("\"content\":\"a\"") "data: {\"error\":{\"message\":\"no credit\",\"type\":\"x\",\"code\":"
                                      "\"insufficient_quota\"}}\n\n" DELTA("\"content\":\"b\""),
           LLMC_ERR_QUOTA_EXHAUSTED, "START TEXT(a)");
    assert_string_equal(result.error.provider_message, "no credit");
    assert_string_equal(result.error.provider_code, "insufficient_quota");
    assert_false(result.error.retryable);
    openai_free(&result);
    expect("data: {\"error\":\"model crashed\"}\n\n", LLMC_ERR_SERVER, "");
    assert_string_equal(result.error.provider_message, "model crashed");
    assert_true(result.error.retryable);
    openai_free(&result);
    expect("event: error\ndata: {\"message\":\"slow down\",\"code\":429}\n\n", LLMC_ERR_RATE_LIMITED, "");
    assert_string_equal(result.error.provider_code, "429");
    openai_free(&result);
    expect("event: error\ndata: it broke\n\n", LLMC_ERR_SERVER, "");
    assert_string_equal(result.error.provider_message, "it broke");
    openai_free(&result);
    expect("data: "
           "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"error\"}],\"usage\":{\"prompt_tokens\":1},"
           "\"error\":{\"code\":502,\"message\":\"up\"}}\n\n" DONE,
           LLMC_ERR_SERVER, "START TEXT(a) FINISH USAGE");
    openai_free(&result);
    expect("data: {\"error\":{},\"choices\":[]}\n\ndata: {\"error\":null,\"choices\":[]}\n\ndata: {\"error\":\"\","
           "\"choices\":[]}\n\n" DONE,
           LLMC_OK, "START");
    openai_free(&result);
}

static void test_ends(void **state) {
    (void)state;
    expect("", LLMC_ERR_INCOMPLETE, "");
    assert_true(result.error.retryable);
    openai_free(&result);
    expect(DELTA("\"content\":\"a\"") FINISH("stop"), LLMC_ERR_INCOMPLETE, "START TEXT(a) FINISH");
    assert_string_equal(llmc_response_output(result.response), "a");
    openai_free(&result);
    expect(DELTA("\"content\":\"a\"") "data:[DONE]", LLMC_OK, "START TEXT(a)");
    openai_free(&result);
    expect(": ping\n\n" DELTA("\"content\":\"a\"") "data:  [DONE] \r\n\r\n" DONE DELTA("\"content\":\"b\""), LLMC_OK,
           "START TEXT(a)");
    openai_free(&result);
    expect(DELTA("\"content\":\"a\"") "data: {\"choices\":[{\"del\n\n", LLMC_ERR_BAD_RESPONSE, "START TEXT(a)");
    openai_free(&result);
    expect("data: 17\n\n", LLMC_ERR_BAD_RESPONSE, "");
    openai_free(&result);
}

static void test_plain_answer_to_a_stream(void **state) {
    (void)state;
    expect(
        " \n{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"a\\n\\ndata: b\"},\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":1}}",
        LLMC_OK, "START TEXT(a\n\ndata: b) FINISH USAGE");
    openai_free(&result);
    expect("{\"error\":{\"message\":\"bad\",\"code\":\"invalid_api_key\"}}", LLMC_ERR_AUTH, "");
    openai_free(&result);
    expect("{\"choices\":[", LLMC_ERR_INCOMPLETE, "");
    openai_free(&result);
    expect("<html>login</html>", LLMC_ERR_BAD_RESPONSE, "");
    openai_free(&result);
    /* The whole answer as the only event. */
    expect("data: {\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n" DONE, LLMC_OK,
           "START TEXT(a) FINISH");
    openai_free(&result);
    /* Perplexity's message beside the delta is the answer so far, not news. */
    expect("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"message\":{\"content\":\"a\"}}]}\n\n" DONE, LLMC_OK,
           "START TEXT(a)");
    openai_free(&result);
}

static void expect_body(const char *body, llmc_status status, const char *log) {
    openai_body(&result, body);
    assert_int_equal(result.status, status);
    assert_string_equal(result.log, log);
    assert_int_equal(result.error.status, status);
    openai_free(&result);
}

static void test_bodies(void **state) {
    (void)state;
    expect_body(
        "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"no\",\"tool_calls\":"
        "[{\"id\":\"same\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"id\":\"same\",\"function\":{\"name\":"
        "\"g\",\"arguments\":\"\"}}]},\"finish_reason\":\"tool_calls\"},{\"message\":{\"content\":\"2\"}}]}",
        LLMC_OK, "START REFUSAL(no) CALL0 ARGS0({}) CALL1 END0({}) END1({}) FINISH TEXT(2)");
    expect_body("", LLMC_ERR_INCOMPLETE, "");
    expect_body("  ", LLMC_ERR_INCOMPLETE, "");
    expect_body("{\"choices\":[{\"message\":{\"content\":\"half", LLMC_ERR_INCOMPLETE, "");
    expect_body("{\"choices\":[{\"message\":{\"content\":\"a \\\"}]}", LLMC_ERR_INCOMPLETE, "");
    expect_body("<!doctype html><p>{</p>", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("{\"choices\":[]} tail", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("{\"choices\":[]}", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("{\"hello\":1}", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("[1]", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("{\"object\":\"error\",\"message\":\"m\",\"type\":\"server_error\"}", LLMC_ERR_SERVER, "");
    expect_body("[{\"error\":{\"code\":404,\"message\":\"gone\"}}]", LLMC_ERR_NOT_FOUND, "");
}

/* Every beginning of an answer is incomplete, and none is taken for a whole or a foreign one. */
static void test_every_beginning_of_a_body(void **state) {
    static const char body[] =
        "{\"id\": \"i\\ud83d\\ude00\\n\", \"ok\":[true,false,null,-1.5e+3,{}],\"choices\":[{\"message\":"
        "{\"content\":\"\xc3\xa9\"}}]}";
    char cut[sizeof body];
    (void)state;
    for (size_t len = 0; len < sizeof body - 1; len++) {
        memcpy(cut, body, len);
        cut[len] = '\0';
        openai_body(&result, cut);
        if (result.status != LLMC_ERR_INCOMPLETE)
            fail_msg("%s for %s", llmc_status_name(result.status), cut);
        openai_free(&result);
    }
    expect_body(body, LLMC_OK, "START TEXT(\xc3\xa9)");
    expect_body("}", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("{{template}}", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("{\"a\": bad}", LLMC_ERR_BAD_RESPONSE, "");
    expect_body("Internal error", LLMC_ERR_BAD_RESPONSE, "");
}

static llmc_status refuse_event(void *ctx, const llmc_event *event) {
    ++*(int *)ctx;
    return event->kind == LLMC_EVENT_TEXT ? LLMC_ERR_CANCELLED : LLMC_OK;
}

static void test_emit_stops_the_decoding(void **state) {
    static const char stream[] = DELTA("\"content\":\"a\"") DELTA("\"content\":\"b\"") DONE;
    int calls = 0;
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    llmc__decoder *decoder = llmc__provider_openai.decoder_new(&plain_target, 1000);
    assert_int_equal(
        llmc__provider_openai.decode_bytes(decoder, stream, sizeof stream - 1, refuse_event, &calls, &error),
        LLMC_ERR_CANCELLED);
    assert_int_equal(llmc__provider_openai.decode_end(decoder, refuse_event, &calls, &error), LLMC_ERR_CANCELLED);
    assert_int_equal(calls, 2);
    llmc__provider_openai.decoder_free(decoder);
    llmc__provider_openai.decoder_free(NULL);
    llmc__error_clear(&error);
}

static void test_event_limit(void **state) {
    static const char stream[] = DELTA("\"content\":\"a long one, longer than the limit of this decoder\"");
    int calls = 0;
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    llmc__decoder *decoder = llmc__provider_openai.decoder_new(&plain_target, 40);
    assert_int_equal(llmc__provider_openai.decode_bytes(decoder, stream, 60, refuse_event, &calls, &error),
                     LLMC_ERR_TOO_LARGE);
    assert_int_equal(error.status, LLMC_ERR_TOO_LARGE);
    llmc__provider_openai.decoder_free(decoder);
    llmc__error_clear(&error);
}

static int countdown(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

/* Each allocation fails in turn: the decoder says so, or is as good as with all memory. */
static void test_without_memory(void **state) {
    static const char stream[] = HEAD DELTA("\"content\":\"a\"")
        CALLS("{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":{}}}") FINISH("stop") DONE;
    (void)state;
    for (int allowed = 1;; allowed++) {
        int left = allowed; /* the response itself gets its memory */
        llmc__mem_set_gate(countdown, &left);
        openai_stream(&result, stream);
        llmc__mem_set_gate(NULL, NULL);
        if (result.status == LLMC_OK)
            break;
        assert_int_equal(result.status, LLMC_ERR_NO_MEMORY);
        openai_free(&result);
        assert_true(allowed < 300);
    }
    assert_string_equal(result.log, "START TEXT(a) CALL0 ARGS0({}) END0({}) FINISH");
    assert_string_equal(result.response->model, "m");
    openai_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_stream),
        cmocka_unit_test(test_start_waits_for_the_model),
        cmocka_unit_test(test_reasoning_and_refusal),
        cmocka_unit_test(test_tool_call_in_pieces),
        cmocka_unit_test(test_tool_calls_interleaved_by_index),
        cmocka_unit_test(test_new_id_on_an_old_index),
        cmocka_unit_test(test_repeated_id_and_name),
        cmocka_unit_test(test_whole_calls_in_one_chunk),
        cmocka_unit_test(test_name_after_arguments),
        cmocka_unit_test(test_arguments_as_an_object),
        cmocka_unit_test(test_legacy_function_call),
        cmocka_unit_test(test_cut_calls_do_not_end),
        cmocka_unit_test(test_usage_forms),
        cmocka_unit_test(test_finish_words),
        cmocka_unit_test(test_choices_by_index),
        cmocka_unit_test(test_errors_inside),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_plain_answer_to_a_stream),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_every_beginning_of_a_body),
        cmocka_unit_test(test_emit_stops_the_decoding),
        cmocka_unit_test(test_event_limit),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
