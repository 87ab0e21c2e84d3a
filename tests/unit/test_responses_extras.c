/* What answers of the Responses API bring beside words and calls: sources, log probabilities, items to be sent back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_openai.h"

#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"," rest "}\n\n"
#define BEGIN             EVENT("response.created", "\"response\":{\"id\":\"r\",\"model\":\"m\"}")
#define ADDED(item)       EVENT("response.output_item.added", "\"output_index\":0,\"item\":" item)
#define ITEM(index, item) EVENT("response.output_item.done", "\"output_index\":" index ",\"item\":" item)
#define END(output)                                                                                                    \
    EVENT("response.completed",                                                                                        \
          "\"response\":{\"id\":\"r\",\"model\":\"m\",\"status\":\"completed\",\"output\":[" output "]}")
#define BODY(output) "{\"id\":\"r\",\"model\":\"m\",\"status\":\"completed\",\"output\":[" output "]}"

static int set_up(void **state) {
    (void)state;
    openai_use(&llmc__provider_responses);
    return 0;
}

/* 0: the stream whole, 1: byte by byte, 2: a plain body. */
static void decode(openai_result *result, int way, const char *stream, const char *body) {
    if (way == 0)
        openai_stream(result, stream);
    else if (way == 1)
        openai_stream_bytewise(result, stream);
    else
        openai_body(result, body);
    assert_int_equal(result->status, LLMC_OK);
}

static void same_opaques(const char *stream, const char *body, llmc_event_kind kind, const char *const *texts) {
    for (int way = 0; way < 3; way++) {
        openai_result result;
        size_t count = 0;
        decode(&result, way, stream, body);
        for (; texts[count] != NULL; count++) {
            const llmc__opaque *one = llmc__response_opaque(result.response, kind, count);
            assert_non_null(one);
            assert_string_equal(one->text, texts[count]);
        }
        assert_null(llmc__response_opaque(result.response, kind, count));
        openai_free(&result);
    }
}

static void same_replay(const char *stream, const char *body, const char *want) {
    for (int way = 0; way < 3; way++) {
        openai_result result;
        decode(&result, way, stream, body);
        assert_string_equal(llmc__buf_str(&result.response->replay), want);
        if (want[0] != '\0')
            assert_string_equal(result.response->replay_origin, "test");
        openai_free(&result);
    }
}

#define NOTE(n) "{\"type\":\"url_citation\",\"url\":\"https://h/" n "\",\"start_index\":1}"
#define NOTED                                                                                                          \
    "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"x\",\"annotations\":[" NOTE(              \
        "1") "," NOTE("2") "]}]}"

static void test_annotations(void **state) {
    static const char *const texts[] = {NOTE("1"), NOTE("2"), NULL};
    (void)state;
    /* Told by events of their own, and again by the item and the answer; or by the item alone. */
    same_opaques(BEGIN EVENT("response.output_text.delta", "\"output_index\":0,\"delta\":\"x\"")
                     EVENT("response.output_text.annotation.added", "\"output_index\":0,\"annotation\":" NOTE("1"))
                         EVENT("response.output_text.annotation.added", "\"output_index\":0,\"annotation\":" NOTE("2"))
                             ITEM("0", NOTED) END(NOTED),
                 BODY(NOTED), LLMC_EVENT_CITATION, texts);
    same_opaques(BEGIN EVENT("response.output_text.delta", "\"output_index\":0,\"delta\":\"x\"") ITEM("0", NOTED)
                     END(""),
                 BODY(NOTED), LLMC_EVENT_CITATION, texts);
    same_opaques(BEGIN END(NOTED), BODY(NOTED), LLMC_EVENT_CITATION, texts);
}

static void test_odd_annotations(void **state) {
    static const char *const texts[] = {NOTE("1"), NULL};
    (void)state;
    same_opaques(
        BEGIN EVENT("response.output_text.annotation.added", "\"annotation\":null")
            EVENT("response.output_text.annotation.added", "\"item_id\":\"never\",\"annotation\":" NOTE("1")) END(""),
        BODY("{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"x\",\"annotations\":[" NOTE(
            "1") "],\"logprobs\":\"odd\"}]}"),
        LLMC_EVENT_CITATION, texts);
}

#define PROB(t) "{\"token\":\"" t "\",\"logprob\":-0.25}"
#define LIKELY                                                                                                         \
    "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"ab\",\"annotations\":[],\"logprobs\":"    \
    "[" PROB("a") "," PROB("b") "]}]}"

static void test_logprobs(void **state) {
    static const char *const texts[] = {"[" PROB("a") "," PROB("b") "]", NULL};
    (void)state;
    same_opaques(
        BEGIN EVENT("response.output_text.delta", "\"output_index\":0,\"delta\":\"a\",\"logprobs\":[" PROB("a") "]")
            EVENT("response.output_text.delta", "\"output_index\":0,\"delta\":\"b\",\"logprobs\":[" PROB("b") "]")
                ITEM("0", LIKELY) END(LIKELY),
        BODY(LIKELY), LLMC_EVENT_LOGPROBS, texts);
    same_opaques(BEGIN EVENT("response.output_text.delta", "\"output_index\":0,\"delta\":\"ab\",\"logprobs\":[]")
                     ITEM("0", LIKELY) END(""),
                 BODY(LIKELY), LLMC_EVENT_LOGPROBS, texts);
}

#define THOUGHT                                                                                                        \
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"why\"}],"              \
    "\"encrypted_content\":\"gAAA+/=\"}"
#define CALL                                                                                                           \
    "{\"id\":\"fc_1\",\"type\":\"function_call\",\"status\":\"completed\",\"arguments\":\"{}\",\"call_id\":\"c\","     \
    "\"name\":\"f\"}"
#define CUSTOM                                                                                                         \
    "{\"id\":\"ct_1\",\"type\":\"custom_tool_call\",\"status\":\"completed\",\"call_id\":\"c\",\"input\":\"x\","       \
    "\"name\":\"f\"}"
#define SAID "{\"id\":\"m\",\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"x\"}]}"

static void test_reasoning_goes_back_whole(void **state) {
    (void)state;
    same_replay(BEGIN ITEM("0", THOUGHT) ITEM("1", CALL) END(THOUGHT "," CALL), BODY(THOUGHT "," CALL),
                THOUGHT "," CALL);
    /* ChatGPT's own backend ends with an empty list: the items that came are kept. */
    same_replay(BEGIN ITEM("0", THOUGHT) ITEM("1", CALL) END(""), BODY(THOUGHT "," CALL), THOUGHT "," CALL);
}

static void test_custom_calls_go_back_whole(void **state) {
    (void)state;
    same_replay(BEGIN ITEM("0", SAID) ITEM("1", CUSTOM) END(SAID "," CUSTOM), BODY(SAID "," CUSTOM), SAID "," CUSTOM);
}

static void test_others_are_told_by_their_parts(void **state) {
    (void)state;
    same_replay(BEGIN ITEM("0", SAID) ITEM("1", CALL) END(SAID "," CALL), BODY(SAID "," CALL), "");
}

static void test_an_answer_cut_off_is_not_sent_back(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, "{\"id\":\"r\",\"model\":\"m\",\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
                         "\"max_output_tokens\"},\"output\":[" THOUGHT "]}");
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->replay.len, 0);
    assert_int_equal(result.response->first.finish, LLMC_FINISH_LENGTH);
    openai_free(&result);
    openai_stream(&result, BEGIN ITEM("0", THOUGHT));
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    assert_int_equal(result.response->replay.len, 0);
    openai_free(&result);
}

/* What came is what goes back, digit for digit. */
static void test_numbers_and_escapes_stay(void **state) {
    (void)state;
    same_replay(BEGIN END("{\"type\":\"reasoning\",\"n\":9007199254740993,\"s\":\"\\u00e9\\n\\\"\",\"x\":[true,null]}"),
                BODY("{\"type\":\"reasoning\",\"n\":9007199254740993,\"s\":\"\\u00e9\\n\\\"\",\"x\":[true,null]}"),
                "{\"type\":\"reasoning\",\"n\":9007199254740993,\"s\":\"\xc3\xa9\\n\\\"\",\"x\":[true,null]}");
}

static llmc_status count_replays(void *ctx, const llmc_event *event) {
    int *count = ctx;
    *count += event->kind == LLMC__EVENT_REPLAY;
    return LLMC_OK;
}

static char name[] = "test";
static const llmc__target target = {.name = name};

static void test_items_too_large_to_keep(void **state) {
    static const char body[] = BODY(THOUGHT);
    llmc_error error;
    int replays = 0;
    llmc__decoder *decoder = llmc__provider_responses.decoder_new(&target, 60);
    (void)state;
    llmc__error_init(&error);
    assert_int_equal(
        llmc__provider_responses.decode_body(decoder, body, sizeof body - 1, count_replays, &replays, &error), LLMC_OK);
    assert_int_equal(replays, 0);
    llmc__provider_responses.decoder_free(decoder);
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static void test_no_memory_at_any_point(void **state) {
    static const char body[] = BODY(THOUGHT "," NOTED "," LIKELY "," CUSTOM);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    int replays = 0;
    (void)state;
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        llmc_error error;
        assert_true(allowed < 1000);
        llmc__error_init(&error);
        llmc__mem_set_gate(count_down, &left);
        llmc__decoder *decoder = llmc__provider_responses.decoder_new(&target, 4000);
        status = decoder == NULL ? LLMC_ERR_NO_MEMORY
                                 : llmc__provider_responses.decode_body(decoder, body, sizeof body - 1, count_replays,
                                                                        &replays, &error);
        llmc__mem_set_gate(NULL, NULL);
        llmc__provider_responses.decoder_free(decoder);
        llmc__error_clear(&error);
        if (status != LLMC_OK)
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
    assert_int_equal(replays, 1);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_annotations),
        TEST(test_odd_annotations),
        TEST(test_logprobs),
        TEST(test_reasoning_goes_back_whole),
        TEST(test_custom_calls_go_back_whole),
        TEST(test_others_are_told_by_their_parts),
        TEST(test_an_answer_cut_off_is_not_sent_back),
        TEST(test_numbers_and_escapes_stay),
        TEST(test_items_too_large_to_keep),
        TEST(test_no_memory_at_any_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
