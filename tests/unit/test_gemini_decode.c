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

#define CHUNK(candidate) "{\"candidates\":[" candidate "],\"modelVersion\":\"m\",\"responseId\":\"r\"}"
#define PARTS(parts)     "{\"content\":{\"role\":\"model\",\"parts\":[" parts "]},\"index\":0}"
#define LAST(parts)      "{\"content\":{\"parts\":[" parts "]},\"finishReason\":\"STOP\"}"
#define DATA(json)       "data: " json "\r\n\r\n"

static int set_up(void **state) {
    (void)state;
    openai_use(&llmc__provider_gemini);
    return 0;
}

/* Whole and byte by byte: the same answer. */
static void streams_to(const char *stream, const char *log) {
    openai_result result;
    openai_stream(&result, stream);
    if (result.status != LLMC_OK)
        print_error("%s\n", result.error.message);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.log, log);
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.log, log);
    openai_free(&result);
}

static void body_to(const char *body, const char *log) {
    openai_result result;
    openai_body(&result, body);
    if (result.status != LLMC_OK)
        print_error("%s\n", result.error.message);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(result.log, log);
    openai_free(&result);
}

static void stream_fails(const char *stream, llmc_status status, const char *word) {
    openai_result result;
    openai_stream(&result, stream);
    assert_int_equal(result.status, status);
    assert_int_equal(result.error.status, status);
    if (strstr(result.error.message, word) == NULL)
        fail_msg("\"%s\" says nothing of \"%s\"", result.error.message, word);
    openai_free(&result);
    openai_stream_bytewise(&result, stream);
    assert_int_equal(result.status, status);
    openai_free(&result);
}

static void body_fails(const char *body, llmc_status status, const char *word) {
    openai_result result;
    openai_body(&result, body);
    assert_int_equal(result.status, status);
    assert_non_null(strstr(result.error.message, word));
    openai_free(&result);
}

/* ---- texts, calls, signatures ---- */

static void test_text_and_thoughts(void **state) {
    static const char stream[] = DATA(CHUNK(PARTS("{\"text\":\"why\",\"thought\":true},{\"text\":\"a\"}")))
        DATA(CHUNK(PARTS("{\"text\":\"\"},{\"text\":\"b\",\"thought\":false}"))) DATA(CHUNK(LAST("{\"text\":\"c\"}")));
    (void)state;
    streams_to(stream, "START REASONING(why) TEXT(a) TEXT(b) TEXT(c) FINISH");
    body_to(CHUNK(LAST("{\"text\":\"why\",\"thought\":true},{\"text\":\"abc\"}")),
            "START REASONING(why) TEXT(abc) FINISH");
}

static void test_what_the_answer_says_of_itself(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, CHUNK(LAST("{\"text\":\"a\"}")));
    assert_string_equal(result.response->model, "m");
    assert_string_equal(result.response->id, "r");
    assert_int_equal(result.response->first.finish, LLMC_FINISH_STOP);
    assert_string_equal(result.response->first.finish_raw, "STOP");
    openai_free(&result);
}

static void test_calls(void **state) {
    static const char parts[] = CHUNK(LAST("{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":[1.5,\"\\u00e9\"]}}},"
                                           "{\"functionCall\":{\"name\":\"g\",\"id\":\"x9\"}},"
                                           "{\"functionCall\":{\"args\":{}}},"
                                           "{\"functionCall\":{\"name\":\"h\",\"args\":null}}"));
    openai_result result;
    (void)state;
    body_to(parts, "START CALL0 ARGS0({\"a\":[1.5,\"\xc3\xa9\"]}) END0({\"a\":[1.5,\"\xc3\xa9\"]}) "
                   "CALL1 ARGS1({}) END1({}) CALL2 ARGS2({}) END2({}) FINISH");
    openai_body(&result, parts);
    const llmc__choice *first = &result.response->first;
    assert_int_equal(first->finish, LLMC_FINISH_TOOL_CALLS);
    assert_string_equal(first->finish_raw, "STOP");
    assert_string_equal(first->tools[0].id, "call_0");
    assert_string_equal(first->tools[1].id, "x9");
    assert_string_equal(first->tools[2].id, "call_2");
    assert_string_equal(llmc__buf_str(&first->tools[0].arguments), "{\"a\":[1.5,\"\xc3\xa9\"]}");
    openai_free(&result);
}

/* Arguments in pieces are not put together, and such a call has no end. */
static void test_call_in_pieces(void **state) {
    (void)state;
    streams_to(DATA(CHUNK(PARTS("{\"functionCall\":{\"name\":\"f\",\"willContinue\":true}}")))
                   DATA(CHUNK(PARTS("{\"functionCall\":{\"partialArgs\":[{}],\"willContinue\":true}}")))
                       DATA(CHUNK(LAST("{\"functionCall\":{}}"))),
               "START CALL0 FINISH");
}

/* A call in an early chunk counts for the finishReason of the last one. */
static void test_call_before_the_end(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, DATA(CHUNK(PARTS("{\"functionCall\":{\"name\":\"f\"}}"))) DATA(CHUNK(LAST(""))));
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_TOOL_CALLS);
    openai_free(&result);
}

#define CALL "{\"functionCall\":{\"name\":\"f\",\"args\":{}},\"thoughtSignature\":\"s+/=\"}"

static void test_signed_parts_are_kept_whole(void **state) {
    openai_result plain, streamed;
    (void)state;
    openai_body(&plain, CHUNK(LAST("{\"text\":\"a\"}," CALL ",{\"text\":\"b\"}")));
    assert_string_equal(plain.log,
                        "START TEXT(a) CALL0 ARGS0({}) END0({}) SIGNATURE(s+/=) REPLAY({\"text\":\"a\"}," CALL
                        ") TEXT(b) REPLAY({\"text\":\"b\"}) FINISH");
    assert_string_equal(plain.response->replay_origin, "gemini");
    openai_stream(&streamed, DATA(CHUNK(PARTS("{\"text\":\"a\"}"))) DATA(CHUNK(PARTS(CALL)))
                                 DATA(CHUNK(LAST("{\"text\":\"b\"}"))));
    assert_string_equal(llmc__buf_str(&plain.response->replay), "{\"text\":\"a\"}," CALL ",{\"text\":\"b\"}");
    assert_string_equal(llmc__buf_str(&streamed.response->replay), llmc__buf_str(&plain.response->replay));
    openai_free(&plain);
    openai_free(&streamed);
}

static void test_other_parts_are_skipped(void **state) {
    (void)state;
    body_to(CHUNK(LAST("{\"executableCode\":{\"code\":\"1\"}},null,7,{\"inlineData\":{\"data\":\"AA==\"}},{},"
                       "{\"text\":5},{\"text\":\"a\"},{\"functionCall\":\"f\"}")),
            "START TEXT(a) FINISH");
    body_to("{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":null}]}", "START FINISH");
    body_to("{\"candidates\":[null,{\"finishReason\":\"STOP\",\"content\":{\"parts\":{}}}]}", "START FINISH");
}

/* ---- sources and probabilities ---- */

static void test_sources(void **state) {
    static const char body[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\",\"citationMetadata\":"
        "{\"citationSources\":[{\"uri\":\"u\"}],\"citations\":[{\"uri\":\"v\"}]},\"groundingMetadata\":"
        "{\"webSearchQueries\":[\"q\"]}}]}";
    (void)state;
    body_to(body, "START TEXT(a) CITATION({\"uri\":\"u\"}) CITATION({\"uri\":\"v\"}) "
                  "CITATION({\"webSearchQueries\":[\"q\"]}) FINISH");
    body_to("{\"candidates\":[{\"finishReason\":\"STOP\",\"groundingMetadata\":{}}]}", "START FINISH");
}

static void test_log_probabilities(void **state) {
    static const char body[] =
        "{\"candidates\":[{\"finishReason\":\"STOP\",\"logprobsResult\":{\"chosenCandidates\":[{\"token\":\"a\","
        "\"logProbability\":-0.5},{\"token\":\"b\"},7,{}],\"topCandidates\":[{\"candidates\":[{\"token\":\"c\"}]}]}}]}";
    (void)state;
    body_to(body, "START LOGPROBS([{\"token\":\"a\",\"logProbability\":-0.5,\"topCandidates\":[{\"token\":\"c\"}]},"
                  "{\"token\":\"b\"},{}]) FINISH");
    body_to("{\"candidates\":[{\"finishReason\":\"STOP\",\"logprobsResult\":{}}]}", "START FINISH");
}

/* ---- several candidates ---- */

static void test_candidates(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, CHUNK("{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"},"
                               "{\"index\":1,\"content\":{\"parts\":[{\"text\":\"b\"},"
                               "{\"functionCall\":{\"name\":\"f\"},\"thoughtSignature\":\"s\"}]},"
                               "\"finishReason\":\"MAX_TOKENS\"}"));
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->other_count, 1);
    assert_string_equal(llmc__buf_str(&result.response->others[0].text), "b");
    assert_string_equal(result.response->others[0].tools[0].id, "call_0");
    assert_int_equal(result.response->others[0].finish, LLMC_FINISH_LENGTH);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_STOP);
    assert_int_equal(result.response->replay.len, 0);
    openai_free(&result);
    body_fails(CHUNK("{\"index\":128}"), LLMC_ERR_BAD_RESPONSE, "index");
    body_fails(CHUNK("{\"index\":-1}"), LLMC_ERR_BAD_RESPONSE, "index");
}

/* ---- usage ---- */

static void check_usage(const char *metadata, llmc__usage want) {
    char body[400];
    openai_result result;
    (void)snprintf(body, sizeof body, "{\"usageMetadata\":{%s},\"candidates\":[{\"finishReason\":\"STOP\"}]}",
                   metadata);
    openai_body(&result, body);
    assert_int_equal(result.status, LLMC_OK);
    assert_memory_equal(&result.response->usage, &want, sizeof want);
    openai_free(&result);
}

static void test_usage(void **state) {
    (void)state;
    check_usage("\"promptTokenCount\":10,\"candidatesTokenCount\":5,\"thoughtsTokenCount\":7,\"totalTokenCount\":22,"
                "\"cachedContentTokenCount\":4",
                (llmc__usage){10, 12, 22, 4, -1, 7, -1, -1, -1, -1, -1, -1.0});
    check_usage("\"promptTokenCount\":10,\"toolUsePromptTokenCount\":3,\"thoughtsTokenCount\":7",
                (llmc__usage){13, 7, -1, -1, -1, 7, -1, -1, -1, -1, -1, -1.0});
    check_usage("\"promptTokenCount\":8,\"totalTokenCount\":8",
                (llmc__usage){8, -1, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1.0});
    check_usage("\"promptTokenCount\":-8,\"totalTokenCount\":\"8\"",
                (llmc__usage){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0});
    check_usage("\"promptTokenCount\":9223372036854775807,\"toolUsePromptTokenCount\":1000000000001",
                (llmc__usage){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0}); /* no provider means them */
    check_usage("\"promptTokenCount\":1000000000000,\"toolUsePromptTokenCount\":1000000000000",
                (llmc__usage){2000000000000, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0});
}

/* The last count of each kind stands, though a later chunk may not repeat it. */
static void test_usage_of_a_stream(void **state) {
    openai_result result;
    const llmc__usage want = {9, 12, 21, -1, -1, 7, -1, -1, -1, -1, -1, -1.0};
    (void)state;
    openai_stream(&result, DATA("{\"usageMetadata\":{\"promptTokenCount\":9,\"thoughtsTokenCount\":7,"
                                "\"totalTokenCount\":16}}")
                               DATA("{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":"
                                    "{\"candidatesTokenCount\":5,\"totalTokenCount\":21}}"));
    assert_int_equal(result.status, LLMC_OK);
    assert_memory_equal(&result.response->usage, &want, sizeof want);
    assert_string_equal(result.log, "START USAGE USAGE FINISH");
    openai_free(&result);
}

/* ---- finish reasons ---- */

static void test_finish_reasons(void **state) {
    static const struct {
        const char *word;
        llmc_finish_reason finish;
    } rows[] = {
        {"STOP", LLMC_FINISH_STOP},
        {"MAX_TOKENS", LLMC_FINISH_LENGTH},
        {"SAFETY", LLMC_FINISH_CONTENT_FILTER},
        {"RECITATION", LLMC_FINISH_CONTENT_FILTER},
        {"BLOCKLIST", LLMC_FINISH_CONTENT_FILTER},
        {"PROHIBITED_CONTENT", LLMC_FINISH_CONTENT_FILTER},
        {"SPII", LLMC_FINISH_CONTENT_FILTER},
        {"MODEL_ARMOR", LLMC_FINISH_CONTENT_FILTER},
        {"IMAGE_SAFETY", LLMC_FINISH_CONTENT_FILTER},
        {"OTHER", LLMC_FINISH_OTHER},
        {"MALFORMED_FUNCTION_CALL", LLMC_FINISH_OTHER},
        {"UNEXPECTED_TOOL_CALL", LLMC_FINISH_OTHER},
        {"OF_NEXT_YEAR", LLMC_FINISH_OTHER},
    };
    char body[200];
    openai_result result;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(body, sizeof body, "{\"candidates\":[{\"finishReason\":\"%s\"}]}", rows[i].word);
        openai_body(&result, body);
        assert_int_equal(result.status, LLMC_OK);
        assert_int_equal(result.response->first.finish, rows[i].finish);
        assert_string_equal(result.response->first.finish_raw, rows[i].word);
        openai_free(&result);
    }
}

/* Older models say STOP with each chunk: it is told once, at the end, and the last word counts. */
static void test_finish_reason_in_each_chunk(void **state) {
    openai_result result;
    static const char stream[] = DATA(CHUNK(LAST("{\"text\":\"a\"}")))
        DATA(CHUNK("{\"content\":{\"parts\":[{\"text\":\"b\"}]},\"finishReason\":\"SAFETY\"}"));
    (void)state;
    streams_to(stream, "START TEXT(a) TEXT(b) FINISH");
    openai_stream(&result, stream);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_CONTENT_FILTER);
    openai_free(&result);
}

static void test_blocked_prompt(void **state) {
    openai_result result;
    static const char body[] = "{\"promptFeedback\":{\"blockReason\":\"OTHER\",\"blockReasonMessage\":\"not so\"},"
                               "\"usageMetadata\":{\"promptTokenCount\":4}}";
    (void)state;
    openai_body(&result, body);
    assert_int_equal(result.status, LLMC_ERR_CONTENT_FILTER);
    assert_false(result.error.retryable);
    assert_string_equal(result.error.provider_code, "OTHER");
    assert_string_equal(result.error.provider_message, "not so");
    assert_non_null(strstr(result.error.message, "not so"));
    assert_int_equal(result.response->usage.tokens_in, 4);
    openai_free(&result);
    stream_fails(DATA("{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}"), LLMC_ERR_CONTENT_FILTER, "SAFETY");
    body_to("{\"promptFeedback\":{\"safetyRatings\":[]},\"candidates\":[{\"finishReason\":\"STOP\"}]}", "START FINISH");
}

/* ---- framings ---- */

static void test_framings(void **state) {
    static const char log[] = "START TEXT(a) TEXT(]}) FINISH";
    (void)state;
    streams_to("data: " CHUNK(PARTS("{\"text\":\"a\"}")) "\n\ndata:" CHUNK(LAST("{\"text\":\"]}\"}")) "\n\n", log);
    streams_to("data: " CHUNK(PARTS("{\"text\":\"a\"}")) "\r\rdata: " CHUNK(LAST("{\"text\":\"]}\"}")), log);
    streams_to("\xef\xbb\xbf: hello\n\ndata: " CHUNK(PARTS("{\"text\":\"a\"}")) "\n\ndata: " CHUNK(
                   LAST("{\"text\":\"]}\"}")) "\n\ndata: [DONE]\n\n",
               log);
    streams_to("[" CHUNK(PARTS("{\"text\":\"a\"}")) "\r\n,\r\n" CHUNK(LAST("{\"text\":\"]}\"}")) "]", log);
    streams_to(" \n[ " CHUNK(PARTS("{\"text\":\"a\"}")) "," CHUNK(LAST("{\"text\":\"]}\"}")), log); /* end is told */
    streams_to(CHUNK(PARTS("{\"text\":\"a\"}")) "\n" CHUNK(LAST("{\"text\":\"]}\"}")) "\n", log);
    body_to("[" CHUNK(PARTS("{\"text\":\"a\"}")) "," CHUNK(LAST("{\"text\":\"]}\"}")) "]", log);
    streams_to("data: {\"candidates\":\ndata: [" LAST("{\"text\":\"a\"}") "]}\n\n", "START TEXT(a) FINISH");
    streams_to("[{\"candidates\":[" LAST("{\"text\":\"\\\\\\\"{\"}") "]}]", "START TEXT(\\\"{) FINISH");
}

/* ---- what is wrong ---- */

static void test_errors_inside(void **state) {
    openai_result result;
    static const char error[] = "{\"error\":{\"code\":429,\"message\":\"slow\",\"status\":\"RESOURCE_EXHAUSTED\","
                                "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":"
                                "\"1.5s\"}]}}";
    char stream[600];
    (void)state;
    (void)snprintf(stream, sizeof stream, DATA(CHUNK(PARTS("{\"text\":\"a\"}"))) "%s", error);
    openai_stream(&result, stream);
    assert_int_equal(result.status, LLMC_ERR_RATE_LIMITED);
    assert_int_equal(result.error.retry_after_ms, 1500);
    assert_true(result.error.retryable);
    assert_string_equal(result.error.provider_code, "429");
    assert_string_equal(result.error.provider_type, "RESOURCE_EXHAUSTED");
    assert_string_equal(llmc__buf_str(&result.response->first.text), "a");
    openai_free(&result);
    (void)snprintf(stream, sizeof stream, "[%s]", error);
    stream_fails(stream, LLMC_ERR_RATE_LIMITED, "slow");
    body_fails(stream, LLMC_ERR_RATE_LIMITED, "slow");
    body_fails(error, LLMC_ERR_RATE_LIMITED, "slow");
    stream_fails(DATA("{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}"), LLMC_ERR_OVERLOADED, "UNAVAILABLE");
}

static void test_streams_cut_off(void **state) {
    (void)state;
    stream_fails("", LLMC_ERR_INCOMPLETE, "finishReason");
    stream_fails(DATA(CHUNK(PARTS("{\"text\":\"a\"}"))), LLMC_ERR_INCOMPLETE, "finishReason");
    stream_fails(DATA(CHUNK(LAST("{\"text\":\"a\"}"))) "data: {\"candi", LLMC_ERR_INCOMPLETE, "broke off");
    stream_fails(DATA(CHUNK(LAST("{\"text\":\"a\"}"))) "{\"error\": {", LLMC_ERR_INCOMPLETE, "broke off");
    stream_fails("[" CHUNK(PARTS("{\"text\":\"a\"}")) ",", LLMC_ERR_INCOMPLETE, "finishReason");
}

static void test_bodies_cut_off(void **state) {
    static const char body[] = CHUNK(LAST("{\"text\":\"a\\u00e9\",\"thought\":true,\"x\":null}"));
    (void)state;
    for (size_t len = 0; len < sizeof body - 1; len++) {
        char cut[sizeof body];
        memcpy(cut, body, len);
        cut[len] = '\0';
        body_fails(cut, LLMC_ERR_INCOMPLETE, "try again");
    }
}

static void test_answers_of_others(void **state) {
    (void)state;
    body_fails("<html>", LLMC_ERR_BAD_RESPONSE, "base_url");
    body_fails("{\"choices\":[]}", LLMC_ERR_BAD_RESPONSE, "base_url");
    body_fails("[]", LLMC_ERR_BAD_RESPONSE, "base_url");
    body_fails("7", LLMC_ERR_BAD_RESPONSE, "base_url");
    stream_fails("<!DOCTYPE html>", LLMC_ERR_BAD_RESPONSE, "HTML");
    stream_fails("data: hello\n\n", LLMC_ERR_BAD_RESPONSE, "not JSON");
    stream_fails("[hello]", LLMC_ERR_BAD_RESPONSE, "not JSON");
    stream_fails("data: {\"choices\":[]}\n\n", LLMC_ERR_INCOMPLETE, "finishReason");
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* A part that is too long to be kept is no reason to fail; one too long to be read is. */
static void test_limits(void **state) {
    enum { MAX = 2000, TEXT = 1500 };
    llmc__target target = {.name = NULL};
    char text[TEXT + 1], stream[3 * MAX];
    llmc_error error;
    (void)state;
    memset(text, 'x', TEXT);
    text[TEXT] = '\0';
    for (int signed_part = 0; signed_part < 2; signed_part++) {
        llmc_response *response = llmc__response_new((size_t)1 << 20);
        llmc__decoder *decoder = llmc__provider_gemini.decoder_new(&target, MAX);
        llmc__error_init(&error);
        (void)snprintf(stream, sizeof stream, DATA("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}]}}]}"),
                       text);
        for (int i = 0; i < 3; i++)
            assert_int_equal(
                llmc__provider_gemini.decode_bytes(decoder, stream, strlen(stream), fold, response, &error), LLMC_OK);
        assert_int_equal(response->first.text.len, 3 * TEXT);
        memset(stream, 'y', sizeof stream);
        memcpy(stream, signed_part ? "{" : "data: ", signed_part ? 1 : 6);
        assert_int_equal(llmc__provider_gemini.decode_bytes(decoder, stream, sizeof stream, fold, response, &error),
                         LLMC_ERR_TOO_LARGE);
        assert_non_null(strstr(error.message, "max_event_bytes"));
        llmc__error_clear(&error);
        llmc__provider_gemini.decoder_free(decoder);
        llmc__response_unref(response);
    }
}

/* ---- hostile input, no memory ---- */

static const char rich[] =
    DATA(CHUNK(PARTS("{\"text\":\"why\",\"thought\":true},{\"text\":\"h\\u00e9\\ud83d\\ude00\"}")))
        DATA("{\"candidates\":[{\"content\":{\"parts\":[" CALL ",{\"functionCall\":{\"name\":\"g\",\"id\":\"x\","
             "\"args\":{\"a\":[{}]}}}]},\"finishReason\":\"STOP\",\"citationMetadata\":{\"citationSources\":[{}]},"
             "\"logprobsResult\":{\"chosenCandidates\":[{\"token\":\"a\"}],\"topCandidates\":[{\"candidates\":[]}]}}],"
             "\"usageMetadata\":{\"promptTokenCount\":3,\"totalTokenCount\":3}}") "{\"error\":{\"code\":503}}";

static void test_hostile_streams(void **state) {
    static const char array[] = "[" CHUNK(PARTS("{\"text\":\"a\"}")) ",\n" CHUNK(LAST(CALL)) "]";
    (void)state;
    adapter_mutate(&llmc__provider_gemini, rich, 3000);
    adapter_mutate(&llmc__provider_gemini, array, 2000);
}

static void test_no_memory(void **state) {
    static const char array[] = "[" CHUNK(PARTS("{\"text\":\"a\"}")) ",\n" CHUNK(LAST(CALL)) "]";
    (void)state;
    adapter_starve(&llmc__provider_gemini, array);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_thoughts),
        cmocka_unit_test(test_what_the_answer_says_of_itself),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_call_before_the_end),
        cmocka_unit_test(test_call_in_pieces),
        cmocka_unit_test(test_signed_parts_are_kept_whole),
        cmocka_unit_test(test_other_parts_are_skipped),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_log_probabilities),
        cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_usage_of_a_stream),
        cmocka_unit_test(test_finish_reasons),
        cmocka_unit_test(test_finish_reason_in_each_chunk),
        cmocka_unit_test(test_blocked_prompt),
        cmocka_unit_test(test_framings),
        cmocka_unit_test(test_errors_inside),
        cmocka_unit_test(test_streams_cut_off),
        cmocka_unit_test(test_bodies_cut_off),
        cmocka_unit_test(test_answers_of_others),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hostile_streams),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
