#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/anthropic.h"
#include "support_adapter.h"
#include "support_openai.h"

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define BEGIN_AS(usage)                                                                                                \
    EVENT("message_start", ",\"message\":{\"id\":\"i\",\"model\":\"m\",\"content\":[],\"usage\":" usage "}")
#define BEGIN               BEGIN_AS("{\"input_tokens\":5,\"output_tokens\":1}")
#define START(index, block) EVENT("content_block_start", ",\"index\":" index ",\"content_block\":{\"type\":" block "}")
#define DELTA(index, delta) EVENT("content_block_delta", ",\"index\":" index ",\"delta\":{\"type\":" delta "}")
#define STOP(index)         EVENT("content_block_stop", ",\"index\":" index)
#define LAST(word)          EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"" word "\"},\"usage\":{\"output_tokens\":9}")
#define CLOSE               EVENT("message_stop", "")
#define END(word)           LAST(word) CLOSE

#define TEXT(index)           START(index, "\"text\",\"text\":\"\"")
#define SAY(index, text)      DELTA(index, "\"text_delta\",\"text\":\"" text "\"")
#define CALL(index, id, name) START(index, "\"tool_use\",\"id\":\"" id "\",\"name\":\"" name "\",\"input\":{}")
#define ARGS(index, json)     DELTA(index, "\"input_json_delta\",\"partial_json\":\"" json "\"")
#define THINKING(index)       START(index, "\"thinking\",\"thinking\":\"\",\"signature\":\"\"")
#define THINK(index, text)    DELTA(index, "\"thinking_delta\",\"thinking\":\"" text "\"")
#define SIGN(index, text)     DELTA(index, "\"signature_delta\",\"signature\":\"" text "\"")

static openai_result result;

static void log_is(const char *stream, const char *expected) {
    openai_stream(&result, stream);
    if (result.status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(result.status), result.error.message);
    assert_string_equal(result.log, expected);
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_string_equal(result.log, expected);
    openai_free(&result);
}

static void fails_as(const char *stream, llmc_status status, const char *log) {
    openai_stream(&result, stream);
    if (result.status != status)
        fail_msg("%s: %s", llmc_status_name(result.status), stream);
    assert_true(result.error.message != NULL && result.error.message[0] != '\0');
    assert_string_equal(result.log, log);
    openai_free(&result);
}

static void test_text(void **state) {
    (void)state;
    log_is(BEGIN TEXT("0") EVENT("ping", "") SAY("0", "He") SAY("0", "") SAY("0", "llo") STOP("0") END("end_turn"),
           "START USAGE TEXT(He) TEXT(llo) USAGE FINISH");
    log_is(BEGIN START("0", "\"text\",\"text\":\"He\"") SAY("0", "llo") STOP("0") END("end_turn"),
           "START USAGE TEXT(He) TEXT(llo) USAGE FINISH");
    log_is(BEGIN END("end_turn"), "START USAGE USAGE FINISH");
}

/* Proxies leave out what they think is not needed. */
static void test_lenient(void **state) {
    (void)state;
    log_is("data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\"}}\n\n"
           "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n"
           "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
           "data: {\"type\":\"message_stop\"}",
           "START TEXT(a) FINISH");
    log_is(CLOSE, "START");
    log_is(BEGIN SAY("7", "lost") STOP("7") TEXT("0") SAY("0", "a") END("end_turn") "data: [DONE]\n\n",
           "START USAGE TEXT(a) USAGE FINISH");
    log_is(BEGIN "data: [1]\n\ndata: null\n\ndata: {}\n\ndata: {\"type\":7}\n\n" CLOSE, "START USAGE");
    log_is(BEGIN CLOSE SAY("0", "late") BEGIN, "START USAGE");
    log_is(BEGIN BEGIN EVENT("message_delta", ",\"delta\":null,\"usage\":null") CLOSE, "START USAGE USAGE");
}

static void test_blocks_that_are_skipped(void **state) {
    (void)state;
    log_is(BEGIN START("0", "\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\",\"input\":{}")
               ARGS("0", "{\\\"q\\\":1}") STOP("0") START("1", "\"web_search_tool_result\",\"content\":[]") STOP("1")
                   START("2", "\"of_tomorrow\",\"text\":\"x\",\"input\":{\"a\":1}") SAY("2", "x") STOP("2")
                       EVENT("content_block_start", ",\"index\":3,\"content_block\":null") STOP("3") TEXT("4")
                           SAY("4", "a") DELTA("4", "\"of_tomorrow\",\"text\":\"x\"") STOP("4") END("end_turn"),
           "START USAGE TEXT(a) USAGE FINISH REPLAY({\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\","
           "\"input\":{\"q\":1}},{\"type\":\"web_search_tool_result\",\"content\":[]},"
           "{\"type\":\"of_tomorrow\",\"text\":\"x\",\"input\":{\"a\":1}},{\"type\":\"text\",\"text\":\"a\"})");
}

static void test_thinking(void **state) {
    (void)state;
    openai_stream(&result, BEGIN THINKING("0") THINK("0", "a") THINK("0", "b") SIGN("0", "s") SIGN("0", "t") STOP("0")
                               START("1", "\"redacted_thinking\",\"data\":\"d\"") STOP("1") TEXT("2") SAY("2", "x")
                                   STOP("2") END("end_turn"));
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result.response->first.reasoning), "ab");
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_SIGNATURE, 0)->text, "st");
    assert_null(llmc__response_opaque(result.response, LLMC_EVENT_SIGNATURE, 1));
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_REDACTED, 0)->text, "d");
    assert_string_equal(llmc__buf_str(&result.response->replay),
                        "{\"type\":\"thinking\",\"thinking\":\"ab\",\"signature\":\"st\"},"
                        "{\"type\":\"redacted_thinking\",\"data\":\"d\"},{\"type\":\"text\",\"text\":\"x\"}");
    openai_free(&result);
}

static void test_calls(void **state) {
    (void)state;
    log_is(BEGIN CALL("0", "c", "f") ARGS("0", "") ARGS("0", "{\\\"a\\\":") ARGS("0", "1}") STOP("0")
               CALL("1", "d", "g") STOP("1") END("tool_use"),
           "START USAGE CALL0 ARGS0({\"a\":) ARGS0(1}) END0({\"a\":1}) CALL1 USAGE END1({}) FINISH");
    /* Mixed, and one whose arguments come at once. */
    log_is(BEGIN CALL("0", "c", "f") CALL("1", "d", "g") ARGS("1", "{}") ARGS("0", "[") ARGS("0", "]") STOP("1")
               STOP("0") START("2", "\"tool_use\",\"id\":\"e\",\"name\":\"h\",\"input\":{\"x\":2}") STOP("2")
                   END("tool_use"),
           "START USAGE CALL0 CALL1 ARGS1({}) ARGS0([) ARGS0(]) END1({}) END0([]) CALL2 END2({\"x\":2}) USAGE FINISH");
    /* Never closed: they end with the answer. */
    log_is(BEGIN CALL("0", "c", "f") ARGS("0", "{}") CALL("1", "d", "g") END("tool_use"),
           "START USAGE CALL0 ARGS0({}) CALL1 USAGE END0({}) END1({}) FINISH");
    log_is(BEGIN CALL("0", "c", "f") CLOSE, "START USAGE CALL0 END0({})");
}

static void test_cut_calls_do_not_end(void **state) {
    (void)state;
    log_is(BEGIN CALL("0", "c", "f") ARGS("0", "{\\\"a\\\":") STOP("0") END("max_tokens"),
           "START USAGE CALL0 ARGS0({\"a\":) USAGE FINISH");
    log_is(BEGIN CALL("0", "c", "f") STOP("0") END("max_tokens"), "START USAGE CALL0 USAGE FINISH");
    log_is(BEGIN CALL("0", "c", "f") STOP("0") END("model_context_window_exceeded"), "START USAGE CALL0 USAGE FINISH");
    log_is(BEGIN CALL("0", "c", "f") STOP("0") END("refusal"), "START USAGE CALL0 USAGE FINISH");
}

/* What must not be sent back, because the API refuses it, is not in the replay. */
static void test_replay_leaves_out_what_is_cut(void **state) {
    (void)state;
    openai_stream(&result,
                  BEGIN START("0", "\"redacted_thinking\",\"data\":\"d\"") STOP("0") TEXT("1") STOP("1") THINKING("2")
                      THINK("2", "unsigned") STOP("2") CALL("3", "c", "f") ARGS("3", "{") STOP("3") END("max_tokens"));
    assert_string_equal(llmc__buf_str(&result.response->replay), "{\"type\":\"redacted_thinking\",\"data\":\"d\"}");
    openai_free(&result);
    openai_stream(&result, BEGIN THINKING("0") THINK("0", "unsigned") END("max_tokens"));
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->replay.len, 0);
    openai_free(&result);
}

/* The model was done, but its arguments are no JSON: the call goes back with them as a text. */
static void test_replay_mends_what_is_broken(void **state) {
    (void)state;
    openai_stream(&result, BEGIN START("0", "\"redacted_thinking\",\"data\":\"d\"") STOP("0") CALL("1", "c", "f")
                               ARGS("1", "{\\\"a") STOP("1") END("tool_use"));
    assert_string_equal(llmc__buf_str(&result.response->replay),
                        "{\"type\":\"redacted_thinking\",\"data\":\"d\"},{\"type\":\"tool_use\",\"id\":\"c\","
                        "\"name\":\"f\",\"input\":{\"INVALID_JSON\":\"{\\\"a\"}}");
    assert_false(llmc_response_tool_call_complete(result.response, 0));
    openai_free(&result);
}

static void test_finish_words(void **state) {
    static const struct {
        const char *body;
        llmc_finish_reason finish;
    } rows[] = {
        {"end_turn", LLMC_FINISH_STOP},          {"stop_sequence", LLMC_FINISH_STOP},
        {"tool_use", LLMC_FINISH_TOOL_CALLS},    {"max_tokens", LLMC_FINISH_LENGTH},
        {"refusal", LLMC_FINISH_CONTENT_FILTER}, {"model_context_window_exceeded", LLMC_FINISH_LENGTH},
        {"pause_turn", LLMC_FINISH_PAUSE},       {"of_tomorrow", LLMC_FINISH_OTHER},
    };
    char body[200];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(body, sizeof body, "{\"type\":\"message\",\"content\":[],\"stop_reason\":\"%s\"}", rows[i].body);
        openai_body(&result, body);
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(result.response->first.finish, rows[i].finish);
        assert_string_equal(result.response->first.finish_raw, rows[i].body);
        openai_free(&result);
    }
}

static void usage_is(const char *stream, const llmc__usage *wanted) {
    openai_stream(&result, stream);
    const llmc__usage *usage = &result.response->usage;
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(usage->tokens_in, wanted->tokens_in);
    assert_int_equal(usage->tokens_out, wanted->tokens_out);
    assert_int_equal(usage->total, -1);
    assert_int_equal(usage->cached, wanted->cached);
    assert_int_equal(usage->cache_write, wanted->cache_write);
    assert_int_equal(usage->reasoning, wanted->reasoning);
    openai_free(&result);
}

#define DELTA_USAGE(usage) EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":" usage) CLOSE

/* Cumulative, and the last word counts: message_delta may correct the input. */
static void test_usage(void **state) {
    (void)state;
    usage_is(BEGIN_AS("{\"input_tokens\":2,\"cache_creation_input_tokens\":10,\"cache_read_input_tokens\":100,"
                      "\"output_tokens\":1}") DELTA_USAGE("{\"output_tokens\":7}"),
             &(llmc__usage){112, 7, -1, 100, 10, -1, -1, -1, -1, -1, -1, -1.0});
    usage_is(BEGIN DELTA_USAGE("{\"input_tokens\":40,\"cache_read_input_tokens\":0,\"output_tokens\":7,"
                               "\"output_tokens_details\":{\"thinking_tokens\":3}}"),
             &(llmc__usage){40, 7, -1, 0, -1, 3, -1, -1, -1, -1, -1, -1.0});
    usage_is(BEGIN DELTA_USAGE("{\"input_tokens\":null,\"output_tokens\":-3,\"cache_read_input_tokens\":1e30,"
                               "\"cache_creation_input_tokens\":9000000000000000000}"),
             &(llmc__usage){5, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0});
    usage_is(BEGIN_AS("null") DELTA_USAGE("{}"), &(llmc__usage){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0});
}

static void test_whole_bodies(void **state) {
    (void)state;
    openai_body(&result, "{\"id\":\"i\",\"type\":\"message\",\"model\":\"m\",\"content\":[{\"type\":\"text\","
                         "\"text\":\"a\",\"citations\":null},{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\","
                         "\"input\":{\"x\":1}},{\"type\":\"tool_use\",\"id\":\"d\",\"name\":\"g\",\"input\":{}},7],"
                         "\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}");
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.log, "START TEXT(a) CALL0 END0({\"x\":1}) CALL1 USAGE END1({}) FINISH");
    assert_string_equal(result.response->id, "i");
    assert_string_equal(result.response->first.tools[1].id, "d");
    assert_string_equal(result.response->first.tools[1].name, "g");
    openai_free(&result);
    openai_body(&result, "{\"content\":[],\"stop_reason\":null}");
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_NONE);
    openai_free(&result);
    openai_body(&result, "{\"content\":[{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}],"
                         "\"stop_reason\":\"max_tokens\"}");
    assert_string_equal(result.log, "START CALL0 FINISH"); /* it may have been cut before its arguments */
    openai_free(&result);
}

static void test_bodies_that_are_none(void **state) {
    static const struct {
        const char *body;
        llmc_status status;
    } rows[] = {
        {"", LLMC_ERR_INCOMPLETE},
        {"{\"content\":[", LLMC_ERR_INCOMPLETE},
        {"<html>", LLMC_ERR_BAD_RESPONSE},
        {"{}", LLMC_ERR_BAD_RESPONSE},
        {"[]", LLMC_ERR_BAD_RESPONSE},
        {"7", LLMC_ERR_BAD_RESPONSE},
        {"{\"choices\":[]}", LLMC_ERR_BAD_RESPONSE},
        {"{\"content\":\"text\"}", LLMC_ERR_BAD_RESPONSE},
        {"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}", LLMC_ERR_OVERLOADED},
        {"{\"error\":{\"message\":\"m\"}}", LLMC_ERR_SERVER},
        {"{\"type\":\"error\"}", LLMC_ERR_SERVER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        openai_body(&result, rows[i].body);
        if (result.status != rows[i].status)
            fail_msg("%s: %s", rows[i].body, llmc_status_name(result.status));
        assert_true(result.error.message != NULL && result.error.message[0] != '\0');
        openai_free(&result);
    }
}

#define FAIL(type, message) EVENT("error", ",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"}")

static void test_errors_inside(void **state) {
    static const struct {
        const char *event;
        llmc_status status;
    } rows[] = {
        {FAIL("overloaded_error", "Overloaded"), LLMC_ERR_OVERLOADED},
        {FAIL("api_error", "m"), LLMC_ERR_SERVER},
        {FAIL("timeout_error", "m"), LLMC_ERR_SERVER},
        {FAIL("rate_limit_error", "m"), LLMC_ERR_RATE_LIMITED},
        {FAIL("billing_error", "m"), LLMC_ERR_QUOTA_EXHAUSTED},
        {FAIL("invalid_request_error", "prompt is too long: 3 tokens"), LLMC_ERR_CONTEXT_LENGTH},
        {FAIL("invalid_request_error", "m"), LLMC_ERR_BAD_REQUEST},
        {FAIL("authentication_error", "m"), LLMC_ERR_AUTH},
        {FAIL("permission_error", "m"), LLMC_ERR_PERMISSION},
        {FAIL("not_found_error", "m"), LLMC_ERR_NOT_FOUND},
        {FAIL("request_too_large", "m"), LLMC_ERR_BAD_REQUEST},
        {FAIL("of_tomorrow", "m"), LLMC_ERR_SERVER},
        {"data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n", LLMC_ERR_OVERLOADED},
        {"data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n", LLMC_ERR_OVERLOADED},
        {"event: error\ndata: gone\n\n", LLMC_ERR_SERVER},
        {"event: error\n\n", LLMC_ERR_SERVER},
    };
    char stream[2000];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(stream, sizeof stream, "%s%s", BEGIN TEXT("0") SAY("0", "a"), rows[i].event);
        fails_as(stream, rows[i].status, "START USAGE TEXT(a)");
    }
}

static void test_ends(void **state) {
    (void)state;
    fails_as("", LLMC_ERR_INCOMPLETE, "");
    fails_as(BEGIN TEXT("0") SAY("0", "a"), LLMC_ERR_INCOMPLETE, "START USAGE TEXT(a)");
    fails_as(BEGIN LAST("end_turn"), LLMC_ERR_INCOMPLETE, "START USAGE USAGE FINISH");
    fails_as(BEGIN LAST("end_turn") "data: [DONE]\n\n", LLMC_ERR_INCOMPLETE, "START USAGE USAGE FINISH");
    fails_as(BEGIN "data: {]\n\n" CLOSE, LLMC_ERR_BAD_RESPONSE, "START USAGE");
    fails_as("data: nothing\n\n", LLMC_ERR_BAD_RESPONSE, "");
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* Decodes thinking of `count` pieces with room for 512 bytes, and answers how long its replay is. */
static size_t replay_of(size_t count) {
    static const char delta[] = THINK("0", "0123456789012345678901234567890123456789");
    static const char first[] = BEGIN THINKING("0"), last[] = SIGN("0", "s") STOP("0") END("end_turn");
    static const llmc__target target = {.name = NULL};
    const llmc__provider *adapter = &llmc__provider_anthropic;
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    llmc__decoder *decoder = adapter->decoder_new(&target, 512);
    llmc_error error;
    llmc__error_init(&error);
    assert_int_equal(adapter->decode_bytes(decoder, first, sizeof first - 1, fold, response, &error), LLMC_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(adapter->decode_bytes(decoder, delta, sizeof delta - 1, fold, response, &error), LLMC_OK);
    assert_int_equal(adapter->decode_bytes(decoder, last, sizeof last - 1, fold, response, &error), LLMC_OK);
    assert_int_equal(adapter->decode_end(decoder, fold, response, &error), LLMC_OK);
    assert_int_equal(response->first.reasoning.len, 40 * count);
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_SIGNATURE, 0)->text, "s");
    size_t len = response->replay.len;
    adapter->decoder_free(decoder);
    llmc__response_unref(response);
    return len;
}

/* An answer larger than what may be kept has no replay, and is whole all the same. */
static void test_replay_is_bounded(void **state) {
    (void)state;
    assert_true(replay_of(10) > 400);
    assert_int_equal(replay_of(12), 0); /* kept, but larger with what stands around it */
    assert_int_equal(replay_of(100), 0);
}

static void test_limits(void **state) {
    static const char start[] = START("0", "\"text\"");
    size_t len = strlen(BEGIN), count = 5000;
    char *stream = malloc(len + count * sizeof start + 1);
    (void)state;
    assert_non_null(stream);
    memcpy(stream, BEGIN, len);
    for (size_t i = 0; i < count; i++, len += sizeof start - 1)
        memcpy(stream + len, start, sizeof start - 1);
    stream[len] = '\0';
    openai_stream(&result, stream);
    assert_int_equal(result.status, LLMC_ERR_TOO_LARGE);
    assert_non_null(strstr(result.error.message, "too many"));
    openai_free(&result);
    free(stream);
}

static void test_hostile_input(void **state) {
    static const char stream[] = BEGIN THINKING("0") THINK("0", "h\\u00e9") SIGN("0", "s") STOP("0") TEXT("1")
        SAY("1", "\\ud83d\\ude00") DELTA("1", "\"citations_delta\",\"citation\":{\"a\":[1]}") STOP("1")
            CALL("2", "c", "f") ARGS("2", "{\\\"a\\\":") ARGS("2", "1}") STOP("2") CALL("3", "d", "g")
                START("4", "\"server_tool_use\",\"input\":{\"x\":{}}") STOP("4") END("tool_use");
    static const char body[] =
        "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"},{\"type\":\"text\","
        "\"text\":\"a\",\"citations\":[{\"b\":1}]},{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":"
        "{\"x\":[null,1.5]}},{\"type\":\"other\",\"input\":{}}],\"stop_reason\":\"tool_use\",\"usage\":"
        "{\"input_tokens\":1}}";
    (void)state;
    adapter_mutate(&llmc__provider_anthropic, stream, 3000);
    adapter_mutate(&llmc__provider_anthropic, body, 2000);
    adapter_starve(&llmc__provider_anthropic, stream);
    adapter_starve(&llmc__provider_anthropic, body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_lenient),
        cmocka_unit_test(test_blocks_that_are_skipped),
        cmocka_unit_test(test_thinking),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_cut_calls_do_not_end),
        cmocka_unit_test(test_replay_leaves_out_what_is_cut),
        cmocka_unit_test(test_replay_mends_what_is_broken),
        cmocka_unit_test(test_finish_words),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_whole_bodies),
        cmocka_unit_test(test_bodies_that_are_none),
        cmocka_unit_test(test_errors_inside),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_replay_is_bounded),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hostile_input),
    };
    openai_use(&llmc__provider_anthropic);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
