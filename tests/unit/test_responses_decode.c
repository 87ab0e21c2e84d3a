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

/* Events in the short. */
#define EVENT(type, members)     "event: response." type "\ndata: {\"type\":\"response." type "\"," members "}\n\n"
#define CREATED                  EVENT("created", "\"response\":{\"id\":\"r\",\"model\":\"m\",\"status\":\"in_progress\"}")
#define DELTA(type, index, text) EVENT(type ".delta", "\"output_index\":" index ",\"delta\":\"" text "\"")
#define ADDED(index, item)       EVENT("output_item.added", "\"output_index\":" index ",\"item\":{" item "}")
#define CLOSED(index, item)      EVENT("output_item.done", "\"output_index\":" index ",\"item\":{" item "}")
#define END(status, members)     EVENT(status, "\"response\":{\"status\":\"" status "\"" members "}")
#define FUNCTION(id, name)                                                                                             \
    "\"type\":\"function_call\",\"id\":\"fc_" id "\",\"call_id\":\"" id "\",\"name\":\"" name "\""
#define CUSTOM(id, name)       "\"type\":\"custom_tool_call\",\"call_id\":\"" id "\",\"name\":\"" name "\""
#define MESSAGE(text)          "\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"" text "\"}]"
#define ARGUMENTS(index, text) DELTA("function_call_arguments", index, text)

static openai_result result;

/* Takes out what goes back to the provider, which test_responses_extras.c looks at. */
static const char *without_replay(char *log) {
    char *replay = strstr(log, " REPLAY({");
    const char *end = replay != NULL ? strstr(replay, "})") : NULL;
    if (end != NULL)
        memmove(replay, end + 2, strlen(end + 2) + 1);
    return log;
}

/* The status and the events, fed whole and byte by byte. */
static void expect(const char *stream, llmc_status status, const char *log) {
    openai_stream_bytewise(&result, stream);
    assert_int_equal(result.status, status);
    assert_string_equal(without_replay(result.log), log);
    openai_free(&result);
    openai_stream(&result, stream);
    assert_int_equal(result.status, status);
    assert_string_equal(without_replay(result.log), log);
}

static void expect_and_free(const char *stream, llmc_status status, const char *log) {
    expect(stream, status, log);
    openai_free(&result);
}

static void expect_body(const char *body, llmc_status status, const char *log) {
    openai_body(&result, body);
    assert_int_equal(result.status, status);
    assert_string_equal(without_replay(result.log), log);
}

static void expect_finish(llmc_finish_reason finish, const char *raw) {
    assert_int_equal(result.response->first.finish, finish);
    assert_string_equal(result.response->first.finish_raw, raw);
    openai_free(&result);
}

static void test_text_stream(void **state) {
    (void)state;
    expect(CREATED EVENT("in_progress", "\"response\":{\"id\":\"r\",\"model\":\"m\"}")
               ADDED("0", "\"type\":\"message\",\"id\":\"a\",\"content\":[]") DELTA("output_text", "0", "Hel")
                   DELTA("output_text", "0", "lo") EVENT("output_text.done", "\"output_index\":0,\"text\":\"Hello\"")
                       CLOSED("0", MESSAGE("Hello"))
                           END("completed",
                               ",\"output\":[{" MESSAGE(
                                   "Hello") "}],\"usage\":{\"input_tokens\":3,"
                                            "\"input_tokens_details\":{\"cached_tokens\":1},\"output_tokens\":2,"
                                            "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":5}"),
           LLMC_OK, "START TEXT(Hel) TEXT(lo) USAGE FINISH");
    assert_string_equal(result.response->model, "m");
    assert_string_equal(result.response->id, "r");
    assert_int_equal(result.response->usage.tokens_in, 3);
    assert_int_equal(result.response->usage.tokens_out, 2);
    assert_int_equal(result.response->usage.total, 5);
    assert_int_equal(result.response->usage.cached, 1);
    assert_int_equal(result.response->usage.reasoning, 0);
    expect_finish(LLMC_FINISH_STOP, "completed");
}

static void test_reasoning_and_refusal(void **state) {
    (void)state;
    expect_and_free(CREATED DELTA("reasoning_summary_text", "0", "a") DELTA("reasoning_text", "1", "b")
                        DELTA("refusal", "2", "c")
                            CLOSED("2", "\"type\":\"message\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"c\"}]")
                                END("completed", ""),
                    LLMC_OK, "START REASONING(a) REASONING(b) REFUSAL(c) FINISH");
}

/* Text told only by output_item.done, or only by the terminal event; never told twice. */
static void test_text_without_deltas(void **state) {
    (void)state;
    expect_and_free(CREATED CLOSED("0", "\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":"
                                        "\"s\"}],\"content\":[{\"type\":\"reasoning_text\",\"text\":\"t\"}]")
                        DELTA("output_text", "1", "x") CLOSED("1", MESSAGE("x")) CLOSED("2", MESSAGE("y"))
                            END("completed", ",\"output\":[{" MESSAGE("x") "},{" MESSAGE("y") "}]"),
                    LLMC_OK, "START REASONING(s) REASONING(t) TEXT(x) TEXT(y) FINISH");
    expect_and_free(CREATED END("completed", ",\"output\":[{" MESSAGE("x") "},{" FUNCTION("c", "f") "}]"), LLMC_OK,
                    "START TEXT(x) CALL0 END0({}) FINISH");
    /* The reasoning was heard, the text was not. */
    expect_and_free(CREATED DELTA("reasoning_text", "0", "s")
                        END("completed", ",\"output\":[{\"type\":\"reasoning\",\"content\":[{\"type\":"
                                         "\"reasoning_text\",\"text\":\"s\"}]},{" MESSAGE("x") "}]"),
                    LLMC_OK, "START REASONING(s) TEXT(x) FINISH");
    /* Only the terminal event names the model. */
    expect(DELTA("output_text", "0", "x") END("completed", ",\"output\":[]"), LLMC_OK, "START TEXT(x) FINISH");
    assert_null(result.response->model);
    openai_free(&result);
    expect(END("completed", ",\"model\":\"m\",\"id\":\"r\",\"output\":[]"), LLMC_OK, "START FINISH");
    assert_string_equal(result.response->model, "m");
    openai_free(&result);
}

static void test_items_without_an_index(void **state) {
    (void)state;
    expect_and_free(CREATED EVENT("output_text.delta", "\"item_id\":\"a\",\"delta\":\"x\"")
                        EVENT("output_text.delta", "\"item_id\":\"b\",\"delta\":\"y\"")
                            EVENT("output_item.done", "\"item\":{\"id\":\"a\"," MESSAGE("x") "}")
                                EVENT("output_text.delta", "\"delta\":\"z\"") END("completed", ""),
                    LLMC_OK, "START TEXT(x) TEXT(y) TEXT(z) FINISH");
    /* Ids that change with each event do not matter where the index stays. */
    expect_and_free(CREATED ADDED("4", FUNCTION("c", "f"))
                        EVENT("function_call_arguments.delta", "\"output_index\":4,\"item_id\":\"?\",\"delta\":\"{}\"")
                            CLOSED("4", FUNCTION("c", "f") ",\"arguments\":\"{}\"") END("completed", ""),
                    LLMC_OK, "START CALL0 ARGS0({}) END0({}) FINISH");
    /* An index that is used again after its item was closed is another item. */
    expect_and_free(CREATED CLOSED("0", MESSAGE("x")) CLOSED("0", MESSAGE("y")) END("completed", ""), LLMC_OK,
                    "START TEXT(x) TEXT(y) FINISH");
}

static void test_function_calls(void **state) {
    (void)state;
    expect(CREATED ADDED("0", FUNCTION("c", "f") ",\"arguments\":\"\"") ADDED("1", FUNCTION("d", "g"))
               ARGUMENTS("0", "{\\\"a\\\"") ARGUMENTS("1", "{}") ARGUMENTS("0", ":1}")
                   EVENT("function_call_arguments.done", "\"output_index\":0,\"arguments\":\"{\\\"a\\\":1}\"")
                       CLOSED("0", FUNCTION("c", "f") ",\"status\":\"completed\",\"arguments\":\"{\\\"a\\\":1}\"")
                           CLOSED("1", FUNCTION("d", "g") ",\"status\":\"completed\",\"arguments\":\"{}\"")
                               END("completed", ",\"output\":[{" FUNCTION("c", "f") "},{" FUNCTION("d", "g") "}]"),
           LLMC_OK, "START CALL0 CALL1 ARGS0({\"a\") ARGS1({}) ARGS0(:1}) END0({\"a\":1}) END1({}) FINISH");
    assert_int_equal(result.response->first.tool_count, 2);
    assert_string_equal(result.response->first.tools[0].id, "c"); /* what the result is sent back under, not fc_c */
    assert_string_equal(result.response->first.tools[0].name, "f");
    expect_finish(LLMC_FINISH_TOOL_CALLS, "completed");
}

static void test_function_calls_without_deltas(void **state) {
    (void)state;
    expect_and_free(CREATED ADDED("0", FUNCTION("c", "f"))
                        EVENT("function_call_arguments.done", "\"output_index\":0,\"arguments\":\"{}\"")
                            CLOSED("0", FUNCTION("c", "f") ",\"arguments\":\"{}\"") END("completed", ""),
                    LLMC_OK, "START CALL0 ARGS0({}) END0({}) FINISH");
    /* Never announced, or announced without a name: output_item.done brings all of it. */
    expect_and_free(CREATED ARGUMENTS("0", "[1") CLOSED("0", FUNCTION("c", "f") ",\"arguments\":\"[1]\"")
                        END("completed", ""),
                    LLMC_OK, "START CALL0 ARGS0([1]) END0([1]) FINISH");
    expect_and_free(CREATED ADDED("0", "\"type\":\"function_call\"") ARGUMENTS("0", "[1")
                        CLOSED("0", FUNCTION("c", "f") ",\"arguments\":{\"a\":[1]}") END("completed", ""),
                    LLMC_OK, "START CALL0 ARGS0({\"a\":[1]}) END0({\"a\":[1]}) FINISH");
    /* Neither a status nor arguments: only the end shows that nothing was cut. */
    expect_and_free(CREATED ADDED("0", FUNCTION("c", "f")) CLOSED("0", FUNCTION("c", "f"))
                        DELTA("output_text", "1", "x") END("completed", ""),
                    LLMC_OK, "START CALL0 TEXT(x) END0({}) FINISH");
    /* A server that counts no indexes. */
    expect_and_free(CREATED ADDED("0", FUNCTION("c", "f")) CLOSED("0", FUNCTION("c", "f") ",\"arguments\":\"[1]\"")
                        ADDED("0", FUNCTION("d", "g")) CLOSED("0", FUNCTION("d", "g") ",\"arguments\":\"[2]\"")
                            END("completed", ""),
                    LLMC_OK, "START CALL0 ARGS0([1]) END0([1]) CALL1 ARGS1([2]) END1([2]) FINISH");
}

static void test_custom_calls(void **state) {
    (void)state;
    expect(CREATED ADDED("0", CUSTOM("c", "sql") ",\"input\":\"\"") DELTA("custom_tool_call_input", "0", "SELECT ")
               DELTA("custom_tool_call_input", "0", "1")
                   EVENT("custom_tool_call_input.done", "\"output_index\":0,\"input\":\"SELECT 1\"")
                       CLOSED("0", CUSTOM("c", "sql") ",\"status\":\"completed\",\"input\":\"SELECT 1\"")
                           END("completed", ""),
           LLMC_OK, "START CALL0 ARGS0(SELECT ) ARGS0(1) END0(SELECT 1) FINISH");
    assert_string_equal(llmc__buf_str(&result.response->first.tools[0].arguments), "SELECT 1");
    expect_finish(LLMC_FINISH_TOOL_CALLS, "completed");
    expect_and_free(CREATED ADDED("0", CUSTOM("c", "sql"))
                        EVENT("custom_tool_call_input.done", "\"output_index\":0,\"input\":\"x\"")
                            CLOSED("0", CUSTOM("c", "sql") ",\"input\":\"x\"") END("completed", ""),
                    LLMC_OK, "START CALL0 ARGS0(x) END0(x) FINISH");
}

/* What was cut off must not look as if it could be run. */
static void test_cut_calls_do_not_end(void **state) {
    static const char limit[] = ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}";
    char stream[2048];
    (void)state;
    expect(CREATED ADDED("0", FUNCTION("c", "f")) ARGUMENTS("0", "{\\\"a\\\"")
               CLOSED("0", FUNCTION("c", "f") ",\"status\":\"incomplete\",\"arguments\":\"{\\\"a\\\"\"")
                   END("incomplete", ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"),
           LLMC_OK, "START CALL0 ARGS0({\"a\") FINISH");
    assert_false(result.response->first.tools[0].ended);
    expect_finish(LLMC_FINISH_LENGTH, "incomplete:max_output_tokens");
    (void)snprintf(stream, sizeof stream,
                   "%sdata: {\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\"%s}}\n\n",
                   CREATED ADDED("0", FUNCTION("c", "f")) CLOSED("0", FUNCTION("c", "f")) ADDED("1", CUSTOM("d", "g"))
                       DELTA("custom_tool_call_input", "1", "SEL") CLOSED("1", CUSTOM("d", "g") ",\"input\":\"SEL\""),
                   limit);
    expect_and_free(stream, LLMC_OK, "START CALL0 CALL1 ARGS1(SEL) FINISH");
    /* An incomplete item in a complete response. */
    expect_and_free(CREATED ADDED("0", FUNCTION("c", "f")) CLOSED("0", FUNCTION("c", "f") ",\"status\":\"incomplete\"")
                        END("completed", ""),
                    LLMC_OK, "START CALL0 FINISH");
    expect_and_free(CREATED ADDED("0", FUNCTION("c", "f")) ARGUMENTS("0", "{oops") END("completed", ""), LLMC_OK,
                    "START CALL0 ARGS0({oops) FINISH");
}

static void test_finish_words(void **state) {
    (void)state;
    expect(CREATED END("incomplete", ",\"incomplete_details\":{\"reason\":\"content_filter\"}"), LLMC_OK,
           "START FINISH");
    expect_finish(LLMC_FINISH_CONTENT_FILTER, "incomplete:content_filter");
    expect(CREATED END("incomplete", ",\"incomplete_details\":{\"reason\":\"new\"}"), LLMC_OK, "START FINISH");
    expect_finish(LLMC_FINISH_OTHER, "incomplete:new");
    expect(CREATED END("incomplete", ",\"incomplete_details\":null"), LLMC_OK, "START FINISH");
    expect_finish(LLMC_FINISH_OTHER, "incomplete");
    /* The event's type speaks where the response has no status. */
    expect(CREATED EVENT("completed", "\"response\":{}"), LLMC_OK, "START FINISH");
    expect_finish(LLMC_FINISH_STOP, "completed");
    expect_body("{\"id\":\"r\",\"model\":\"m\",\"status\":\"queued\",\"output\":[]}", LLMC_OK, "START FINISH");
    expect_finish(LLMC_FINISH_OTHER, "queued");
}

static void test_long_reason_is_cut_between_characters(void **state) {
    char stream[2048], reason[301] = "";
    (void)state;
    for (size_t i = 0; i < 150; i++)
        memcpy(reason + 2 * i, "\xc3\xa9", 3);
    (void)snprintf(stream, sizeof stream,
                   "data: {\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\","
                   "\"incomplete_details\":{\"reason\":\"%s\"}}}\n\n",
                   reason);
    expect(stream, LLMC_OK, "START FINISH");
    const char *raw = result.response->first.finish_raw;
    assert_int_equal(strlen(raw) % 2, 1); /* "incomplete:" and whole pairs */
    assert_true(strlen(raw) < 128);
    expect_finish(LLMC_FINISH_OTHER, raw);
}

static void test_unknown_events_and_items(void **state) {
    (void)state;
    expect_and_free(": keepalive\n\ndata: {\"type\":\"keepalive\"}\n\n" CREATED EVENT(
                        "web_search_call.searching", "\"output_index\":0,\"item_id\":\"w\"")
                        CLOSED("0", "\"type\":\"web_search_call\",\"content\":[{\"type\":\"output_text\",\"text\":"
                                    "\"no\"}]") EVENT("output_text.annotation.added", "\"annotation\":{}")
                            CLOSED("1", "\"type\":\"message\",\"content\":[{\"type\":\"hologram\",\"text\":\"no\"},"
                                        "{\"type\":\"output_text\",\"text\":\"yes\"},7,{}]")
                                CLOSED("2", "\"type\":\"reasoning\",\"summary\":null,\"encrypted_content\":\"x\"")
                                    EVENT("future.delta", "\"delta\":\"no\"") "data: 7\n\ndata: [DONE]\n\n" END(
                                        "completed", ",\"output\":null"),
                    LLMC_OK, "START TEXT(yes) FINISH");
}

/* Behind the terminal event nothing counts; [DONE] alone ends nothing. */
static void test_ends(void **state) {
    (void)state;
    expect_and_free(CREATED END("completed", "") "data: [DONE]\n\n" DELTA("output_text", "0", "x") "data: {broken\n\n",
                    LLMC_OK, "START FINISH");
    expect(CREATED DELTA("output_text", "0", "x"), LLMC_ERR_INCOMPLETE, "START TEXT(x)");
    assert_int_equal(result.error.status, LLMC_ERR_INCOMPLETE);
    assert_non_null(strstr(result.error.message, "response.completed"));
    openai_free(&result);
    expect_and_free(CREATED "data: [DONE]\n\n", LLMC_ERR_INCOMPLETE, "START");
    expect_and_free("", LLMC_ERR_INCOMPLETE, "");
    /* The blank line behind the last event is missing. */
    expect_and_free(CREATED "data: {\"type\":\"response.completed\",\"response\":{}}\n", LLMC_OK, "START FINISH");
    expect(CREATED "data: {broken\n\n", LLMC_ERR_BAD_RESPONSE, "START");
    assert_non_null(strstr(result.error.message, "Responses API"));
    openai_free(&result);
    expect_and_free("data: {\"id\":\"c\",\"choices\":[]}\n\n", LLMC_ERR_BAD_RESPONSE, "");
}

static void expect_error(const char *type, const char *code, const char *message) {
    if (type == NULL)
        assert_null(result.error.provider_type);
    else
        assert_string_equal(result.error.provider_type, type);
    assert_string_equal(result.error.provider_code, code);
    assert_string_equal(result.error.provider_message, message);
    openai_free(&result);
}

static void test_errors_inside(void **state) {
    (void)state;
    expect(CREATED DELTA("output_text", "0", "x") "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                                                  "\"tokens\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"}}"
                                                  "\n\n" EVENT("failed", "\"response\":{}"),
           LLMC_ERR_RATE_LIMITED, "START TEXT(x) FINISH");
    assert_true(result.error.retryable);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_ERROR);
    expect_error("tokens", "rate_limit_exceeded", "slow");
    /* The flat form of the API reference; and without the event field. */
    expect("event: error\ndata: {\"type\":\"error\",\"code\":\"insufficient_quota\",\"message\":\"pay\"}\n\n",
           LLMC_ERR_QUOTA_EXHAUSTED, "");
    expect_error(NULL, "insufficient_quota", "pay");
    expect(CREATED "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"m\"}\n\n", LLMC_ERR_SERVER,
           "START FINISH");
    expect_error(NULL, "server_error", "m");
    expect(CREATED END("failed", ",\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"long\"}"),
           LLMC_ERR_CONTEXT_LENGTH, "START FINISH");
    expect_error(NULL, "context_length_exceeded", "long");
    expect_and_free(CREATED END("failed", ",\"error\":null"), LLMC_ERR_SERVER, "START FINISH");
    expect("data: {\"error\":{\"code\":\"invalid_api_key\",\"message\":\"who\"}}\n\n", LLMC_ERR_AUTH, "");
    expect_error(NULL, "invalid_api_key", "who");
}

static void test_bodies(void **state) {
    (void)state;
    expect_body("{\"id\":\"r\",\"model\":\"m\",\"status\":\"completed\",\"error\":null,\"output\":[{\"type\":"
                "\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"s\"}]},{" MESSAGE(
                    "x") "},"
                         "{" FUNCTION("c", "f") ",\"arguments\":\"{\\\"a\\\":1}\"},{" CUSTOM(
                             "d", "g") ",\"input\":\"i\"}],"
                                       "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}",
                LLMC_OK,
                "START REASONING(s) TEXT(x) CALL0 ARGS0({\"a\":1}) END0({\"a\":1}) CALL1 ARGS1(i) END1(i) USAGE "
                "FINISH");
    expect_finish(LLMC_FINISH_TOOL_CALLS, "completed");
    expect_body("{\"status\":\"failed\",\"output\":[{" MESSAGE("x") "}],\"error\":{\"code\":\"server_error\","
                                                                    "\"message\":\"m\"}}",
                LLMC_ERR_SERVER, "START TEXT(x) FINISH");
    expect_error(NULL, "server_error", "m");
    expect_body("{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\",\"message\":\"pay\"}}",
                LLMC_ERR_QUOTA_EXHAUSTED, "");
    expect_error("insufficient_quota", "insufficient_quota", "pay");
    expect_body("{\"object\":\"chat.completion\",\"choices\":[]}", LLMC_ERR_BAD_RESPONSE, "");
    assert_non_null(strstr(result.error.message, "Responses API"));
    openai_free(&result);
    expect_body("{\"output\":[", LLMC_ERR_INCOMPLETE, "");
    openai_free(&result);
    expect_body("[]", LLMC_ERR_BAD_RESPONSE, "");
    openai_free(&result);
    expect_body("<html>", LLMC_ERR_BAD_RESPONSE, "");
    openai_free(&result);
}

/* A server that ignores "stream": true. */
static void test_plain_answer_to_a_stream(void **state) {
    (void)state;
    expect(" \n{\"id\":\"r\",\"model\":\"m\",\"status\":\"completed\",\"output\":[{" MESSAGE("x") "}]}", LLMC_OK,
           "START TEXT(x) FINISH");
    expect_finish(LLMC_FINISH_STOP, "completed");
}

static llmc_status refuse_text(void *ctx, const llmc_event *event) {
    ++*(int *)ctx;
    return event->kind == LLMC_EVENT_TEXT ? LLMC_ERR_CANCELLED : LLMC_OK;
}

static void test_emit_stops_the_decoding(void **state) {
    static const char stream[] = CREATED DELTA("output_text", "0", "a") DELTA("output_text", "0", "b");
    const llmc__provider *adapter = &llmc__provider_responses;
    int calls = 0;
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    llmc__decoder *decoder = adapter->decoder_new(&plain_target, 1000);
    assert_int_equal(adapter->decode_bytes(decoder, stream, sizeof stream - 1, refuse_text, &calls, &error),
                     LLMC_ERR_CANCELLED);
    assert_int_equal(adapter->decode_end(decoder, refuse_text, &calls, &error), LLMC_ERR_CANCELLED);
    assert_int_equal(calls, 2);
    adapter->decoder_free(decoder);
    adapter->decoder_free(NULL);
    llmc__error_clear(&error);
}

static llmc_status take_all(void *ctx, const llmc_event *event) {
    *(llmc_event_kind *)ctx = event->kind;
    return LLMC_OK;
}

/* Pieces that each fit but together do not. */
static void test_limits(void **state) {
    static const char added[] = ADDED("0", FUNCTION("c", "f"));
    static const char piece[] = ARGUMENTS("0", "0123456789012345678901234567890123456789");
    static const char item[] = "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"%d\",\"delta\":\"x\"}\n\n";
    const llmc__provider *adapter = &llmc__provider_responses;
    llmc_event_kind last = LLMC_EVENT_START;
    llmc_status status = LLMC_OK;
    llmc_error error;
    char line[128];
    (void)state;
    llmc__error_init(&error);
    llmc__decoder *decoder = adapter->decoder_new(&plain_target, 200);
    assert_int_equal(adapter->decode_bytes(decoder, added, sizeof added - 1, take_all, &last, &error), LLMC_OK);
    for (int i = 0; i < 10 && status == LLMC_OK; i++)
        status = adapter->decode_bytes(decoder, piece, sizeof piece - 1, take_all, &last, &error);
    assert_int_equal(status, LLMC_ERR_TOO_LARGE);
    assert_int_equal(last, LLMC_EVENT_TOOL_CALL_DELTA);
    adapter->decoder_free(decoder);
    decoder = adapter->decoder_new(&plain_target, 200);
    status = LLMC_OK;
    int count = 0;
    for (; count < 10000 && status == LLMC_OK; count++) {
        int len = snprintf(line, sizeof line, item, count);
        status = adapter->decode_bytes(decoder, line, (size_t)len, take_all, &last, &error);
    }
    assert_int_equal(status, LLMC_ERR_TOO_LARGE);
    assert_int_equal(count, 4097);
    adapter->decoder_free(decoder);
    llmc__error_clear(&error);
}

static int countdown(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

/* Each allocation fails in turn: the decoder says so, or is as good as with all memory. */
static void test_without_memory(void **state) {
    static const char stream[] = CREATED DELTA("output_text", "0", "a") ADDED("1", FUNCTION("c", "f"))
        ARGUMENTS("1", "{}") CLOSED("2", FUNCTION("d", "g") ",\"arguments\":{\"a\":1}") END("completed", "");
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
    assert_string_equal(result.log,
                        "START TEXT(a) CALL0 ARGS0({}) CALL1 ARGS1({\"a\":1}) END1({\"a\":1}) END0({}) FINISH");
    openai_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_stream),
        cmocka_unit_test(test_reasoning_and_refusal),
        cmocka_unit_test(test_text_without_deltas),
        cmocka_unit_test(test_items_without_an_index),
        cmocka_unit_test(test_function_calls),
        cmocka_unit_test(test_function_calls_without_deltas),
        cmocka_unit_test(test_custom_calls),
        cmocka_unit_test(test_cut_calls_do_not_end),
        cmocka_unit_test(test_finish_words),
        cmocka_unit_test(test_long_reason_is_cut_between_characters),
        cmocka_unit_test(test_unknown_events_and_items),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_errors_inside),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_plain_answer_to_a_stream),
        cmocka_unit_test(test_emit_stops_the_decoding),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_without_memory),
    };
    openai_use(&llmc__provider_responses);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
