#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"
#include "support_openai.h"

#define CHUNK(delta, more)                                                                                             \
    "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" delta "}," more "}]}\n\n"
#define PIECE(delta) CHUNK(delta, "\"finish_reason\":null")
#define THOUGHT(text)                                                                                                  \
    PIECE("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"" text "\"}]}]")
#define TEXT(text)      PIECE("\"content\":\"" text "\"")
#define PARTS(text)     PIECE("\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]")
#define FINISH(word)    CHUNK("\"content\":\"\"", "\"finish_reason\":\"" word "\"") "data: [DONE]\n\n"
#define BLOCK(text)     "{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"" text "\"}]}"
#define SAID(text)      "{\"type\":\"text\",\"text\":\"" text "\"}"
#define REPLAY(content) "REPLAY({\"content\":[" content "]})"

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

static void test_text(void **state) {
    (void)state;
    log_is(PIECE("\"role\":\"assistant\",\"content\":\"\"") TEXT("He") TEXT("llo") FINISH("stop"),
           "START TEXT(He) TEXT(llo) FINISH");
}

static void test_thoughts_are_kept_in_blocks(void **state) {
    (void)state;
    log_is(THOUGHT("hm") THOUGHT(" so") TEXT("a") PARTS("b") FINISH("stop"),
           "START REASONING(hm) REASONING( so) TEXT(a) TEXT(b) " REPLAY(BLOCK("hm so") "," SAID("ab")) " FINISH");
    log_is(THOUGHT("x") TEXT("a") THOUGHT("y") TEXT("b") FINISH("stop"),
           "START REASONING(x) TEXT(a) REASONING(y) TEXT(b) " REPLAY(
               BLOCK("x") "," SAID("a") "," BLOCK("y") "," SAID("b")) " FINISH");
    log_is(THOUGHT("x") FINISH("length"), "START REASONING(x) " REPLAY(BLOCK("x")) " FINISH");
    /* Text before the first thought: no order to keep to, so the answer goes back as its text. */
    log_is(TEXT("a") THOUGHT("x") FINISH("stop"), "START TEXT(a) REASONING(x) FINISH");
}

static void test_plain_form_tells_the_same(void **state) {
    openai_result plain, stream;
    (void)state;
    openai_body(&plain,
                "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{"
                "\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}],\"closed\":"
                "true},{\"type\":\"text\",\"text\":\"a\"}]}}]}");
    openai_stream(&stream, THOUGHT("h") THOUGHT("m") TEXT("a") FINISH("stop"));
    assert_string_equal(llmc__buf_str(&plain.response->replay), llmc__buf_str(&stream.response->replay));
    assert_string_equal(plain.response->replay_origin, "mistral");
    openai_free(&plain);
    openai_free(&stream);
}

static void test_calls(void **state) {
    (void)state;
    /* Whole in one chunk, also without an index. */
    log_is(PIECE("\"tool_calls\":[{\"id\":\"g6fVbXS8K\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},"
                 "{\"id\":\"aX2gaLIyo\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]") FINISH("tool_calls"),
           "START CALL0 ARGS0({\"a\":1}) CALL1 ARGS1({}) END0({\"a\":1}) END1({}) FINISH");
}

static void test_usage_comes_with_the_last_chunk(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, TEXT("a") "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},"
                                     "\"finish_reason\":\"model_length\"}],\"usage\":{\"prompt_tokens\":5,"
                                     "\"completion_tokens\":6,\"total_tokens\":11}}\n\ndata: [DONE]\n\n");
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->usage.tokens_in, 5);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_LENGTH);
    openai_free(&result);
}

static void ends_with(const char *stream, llmc_status status, const char *text) {
    openai_result result;
    openai_stream(&result, stream);
    assert_int_equal(result.status, status);
    assert_string_equal(llmc__buf_str(&result.response->first.text), text);
    assert_true(result.error.message != NULL && result.error.message[0] != '\0');
    openai_free(&result);
}

static void test_streams_that_break(void **state) {
    (void)state;
    ends_with("", LLMC_ERR_INCOMPLETE, "");
    ends_with(THOUGHT("x") TEXT("a"), LLMC_ERR_INCOMPLETE, "a");
    ends_with("data: oops\n\n", LLMC_ERR_BAD_RESPONSE, "");
    ends_with(
        TEXT("a") "data: {\"object\":\"error\",\"message\":\"Service unavailable.\",\"type\":\"internal_server_error\","
                  "\"code\":\"3505\",\"raw_status_code\":503}\n\n",
        LLMC_ERR_OVERLOADED, "a");
}

/* More thoughts than are kept do not break the answer: it goes back as its text. */
static void test_long_thoughts(void **state) {
    static char stream[64 << 10];
    openai_result result;
    size_t used = 0;
    (void)state;
    while (used < sizeof stream / 2)
        used += (size_t)snprintf(stream + used, sizeof stream - used, "%s", THOUGHT("0123456789012345678901234567890"));
    (void)snprintf(stream + used, sizeof stream - used, "%s", TEXT("a") FINISH("stop"));
    openai_stream(&result, stream);
    assert_int_equal(result.status, LLMC_OK);
    assert_true(result.response->replay.len > 5000);
    openai_free(&result);
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static void test_thoughts_beyond_the_limit(void **state) {
    static char name[] = "test";
    static const llmc__target target = {.name = name};
    llmc__decoder *decoder = llmc__provider_mistral.decoder_new(&target, 200);
    llmc_response *response = llmc__response_new(100000);
    llmc_status status = LLMC_OK;
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    for (int i = 0; i < 100 && status == LLMC_OK; i++)
        status = llmc__provider_mistral.decode_bytes(decoder, THOUGHT("01234"), strlen(THOUGHT("01234")), fold,
                                                     response, &error);
    assert_int_equal(status, LLMC_OK);
    status =
        llmc__provider_mistral.decode_bytes(decoder, FINISH("stop"), strlen(FINISH("stop")), fold, response, &error);
    assert_int_equal(status, LLMC_OK);
    assert_int_equal(llmc__provider_mistral.decode_end(decoder, fold, response, &error), LLMC_OK);
    assert_int_equal(response->replay.len, 0);
    assert_int_equal(response->first.reasoning.len, 500);
    llmc__provider_mistral.decoder_free(decoder);
    llmc__response_unref(response);
    llmc__error_clear(&error);
}

static void test_errors_of_the_api(void **state) {
    static const struct {
        int http_status;
        const char *body;
        llmc_status status;
        const char *message;
    } rows[] = {
        {401, "{\"detail\":\"Invalid API Key\"}", LLMC_ERR_AUTH, "Invalid API Key"},
        {401, "{\"message\":\"Unauthorized\",\"request_id\":\"x\"}", LLMC_ERR_AUTH, "Unauthorized"},
        {422, "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"x\"],\"msg\":\"Extra inputs\"}]}",
         LLMC_ERR_BAD_REQUEST, "Extra inputs"},
        {400,
         "{\"object\":\"error\",\"message\":\"Invalid model: x\",\"type\":\"invalid_model\",\"param\":null,\"code\":"
         "\"1500\"}",
         LLMC_ERR_BAD_REQUEST, "Invalid model: x"},
        {429, "{\"object\":\"error\",\"message\":\"Rate limit exceeded\",\"type\":\"rate_limited\",\"code\":\"1300\"}",
         LLMC_ERR_RATE_LIMITED, "Rate limit exceeded"},
        {500, "", LLMC_ERR_SERVER, ""},
    };
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc__provider_mistral.classify(NULL, rows[i].http_status, rows[i].body, strlen(rows[i].body), NULL, &error);
        /* An invalid model is told as such where the table of words knows it. */
        assert_true(error.status == rows[i].status || (i == 3 && error.status == LLMC_ERR_NOT_FOUND));
        assert_string_equal(error.provider_message != NULL ? error.provider_message : "", rows[i].message);
        llmc__error_clear(&error);
    }
    assert_string_equal(llmc__provider_mistral.request_id_header, "mistral-correlation-id");
}

static void test_hostile_input(void **state) {
    static const char stream[] = THOUGHT("h\\u00e9") TEXT("a") THOUGHT("b") PARTS("c")
        PIECE("\"tool_calls\":[{\"id\":\"g6fVbXS8K\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]")
            FINISH("tool_calls");
    (void)state;
    adapter_mutate(&llmc__provider_mistral, stream, 2000);
    adapter_starve(&llmc__provider_mistral, stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_thoughts_are_kept_in_blocks),
        cmocka_unit_test(test_plain_form_tells_the_same),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_usage_comes_with_the_last_chunk),
        cmocka_unit_test(test_streams_that_break),
        cmocka_unit_test(test_long_thoughts),
        cmocka_unit_test(test_thoughts_beyond_the_limit),
        cmocka_unit_test(test_errors_of_the_api),
        cmocka_unit_test(test_hostile_input),
    };
    openai_use(&llmc__provider_mistral);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
