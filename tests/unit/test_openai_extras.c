/* What answers of chat completions bring beside words and calls, and what vendors do otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/openai.h"
#include "support_openai.h"

#define HEAD "\"id\":\"i\",\"model\":\"m\","
/* One chunk whose only choice has these members, and a whole answer alike. */
#define CHUNK(members) "data: {" HEAD "\"choices\":[{\"index\":0," members "}]}\n\n"
#define WHOLE(members) "{" HEAD "\"choices\":[{\"index\":0," members "}]}"
#define STOP           CHUNK("\"delta\":{},\"finish_reason\":\"stop\"")
#define DONE           "data: [DONE]\n\n"

static int set_up(void **state) {
    (void)state;
    openai_use(&llmc__provider_openai);
    openai_use_row(NULL);
    return 0;
}

/* Streams whole and byte by byte, and a plain body, that must all give the same pieces. */
static void same_opaques(const char *stream, const char *body, llmc_event_kind kind, const char *const *texts) {
    for (int way = 0; way < 3; way++) {
        openai_result result;
        size_t count = 0;
        if (way == 0)
            openai_stream(&result, stream);
        else if (way == 1)
            openai_stream_bytewise(&result, stream);
        else
            openai_body(&result, body);
        assert_int_equal(result.status, LLMC_OK);
        for (; texts[count] != NULL; count++) {
            const llmc__opaque *one = llmc__response_opaque(result.response, kind, count);
            assert_non_null(one);
            assert_string_equal(one->text, texts[count]);
        }
        assert_null(llmc__response_opaque(result.response, kind, count));
        openai_free(&result);
    }
}

static void test_logprobs(void **state) {
    static const char *const texts[] = {"[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":null,\"top_logprobs\":[]},"
                                        "{\"token\":\"b\",\"logprob\":-1}]",
                                        NULL};
    (void)state;
    same_opaques(
        CHUNK("\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":"
              "null,\"top_logprobs\":[]}],\"refusal\":null}")
            CHUNK("\"delta\":{\"content\":\"b\"},\"logprobs\":{\"content\":[{\"token\":\"b\",\"logprob\":-1}]}")
                CHUNK("\"delta\":{},\"logprobs\":null") STOP DONE,
        WHOLE("\"message\":{\"content\":\"ab\"},\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":"
              "null,\"top_logprobs\":[]},{\"token\":\"b\",\"logprob\":-1}],\"refusal\":[]}"),
        LLMC_EVENT_LOGPROBS, texts);
}

static void test_logprobs_of_other_shapes(void **state) {
    static const char *const refusal[] = {"[{\"token\":\"no\"}]", NULL};
    static const char *const legacy[] = {"[{\"tokens\":[\"a\"],\"token_logprobs\":[-1]}]", NULL};
    static const char *const list[] = {"[{\"token\":\"x\"}]", NULL};
    static const char *const none[] = {NULL};
    (void)state;
    same_opaques(CHUNK("\"delta\":{},\"logprobs\":{\"content\":null,\"refusal\":[{\"token\":\"no\"}]}") DONE,
                 WHOLE("\"message\":{},\"logprobs\":{\"refusal\":[{\"token\":\"no\"}]}"), LLMC_EVENT_LOGPROBS, refusal);
    same_opaques(CHUNK("\"delta\":{},\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-1]}") DONE,
                 WHOLE("\"message\":{},\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-1]}"), LLMC_EVENT_LOGPROBS,
                 legacy);
    same_opaques(CHUNK("\"delta\":{},\"logprobs\":[{\"token\":\"x\"}]") DONE,
                 WHOLE("\"message\":{},\"logprobs\":[{\"token\":\"x\"}]"), LLMC_EVENT_LOGPROBS, list);
    same_opaques(CHUNK("\"delta\":{},\"logprobs\":{}") CHUNK("\"delta\":{},\"logprobs\":[]") DONE,
                 WHOLE("\"message\":{},\"logprobs\":\"odd\""), LLMC_EVENT_LOGPROBS, none);
}

#define NOTE(n) "{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"https://h/" n "\",\"start_index\":1}}"

static void test_annotations(void **state) {
    static const char *const texts[] = {NOTE("1"), NOTE("2"), NULL};
    (void)state;
    same_opaques(CHUNK("\"delta\":{\"annotations\":[" NOTE("1") "]}")
                     CHUNK("\"delta\":{\"annotations\":[" NOTE("2") "]}") CHUNK("\"delta\":{\"annotations\":null}")
                         DONE,
                 WHOLE("\"message\":{\"content\":\"x\",\"annotations\":[" NOTE("1") "," NOTE("2") "]}"),
                 LLMC_EVENT_CITATION, texts);
}

/* Repeated in each chunk (Perplexity), or growing; only what is new is told. */
static void test_citations_beside_the_choices(void **state) {
    static const char *const urls[] = {"\"https://a\"", "\"https://b\"", NULL};
    static const char *const results[] = {"{\"title\":\"A\",\"url\":\"https://a\"}", NULL};
    (void)state;
    same_opaques("data: {" HEAD "\"citations\":[\"https://a\"],\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\r\n\r\n"
                 "data: {\"citations\":[\"https://a\",\"https://b\"],\"choices\":[]}\r\n\r\n"
                 "data: {\"citations\":[\"https://a\",\"https://b\"],\"choices\":[]}\r\n\r\n" DONE,
                 "{" HEAD "\"citations\":[\"https://a\",\"https://b\"],\"choices\":[{\"message\":{}}]}",
                 LLMC_EVENT_CITATION, urls);
    same_opaques("data: {" HEAD "\"citations\":[\"https://a\"],\"search_results\":[{\"title\":\"A\",\"url\":"
                 "\"https://a\"}],\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n" DONE,
                 "{" HEAD "\"search_results\":[{\"title\":\"A\",\"url\":\"https://a\"}],\"citations\":[\"https://a\"],"
                 "\"choices\":[{\"message\":{}}]}",
                 LLMC_EVENT_CITATION, results);
}

static void expect_replay(const char *stream, const char *body, const char *want) {
    for (int way = 0; way < 3; way++) {
        openai_result result;
        if (way == 0)
            openai_stream(&result, stream);
        else if (way == 1)
            openai_stream_bytewise(&result, stream);
        else
            openai_body(&result, body);
        assert_int_equal(result.status, LLMC_OK);
        assert_string_equal(llmc__buf_str(&result.response->replay), want);
        if (want[0] != '\0')
            assert_string_equal(result.response->replay_origin, "test");
        openai_free(&result);
    }
}

/* OpenRouter's form; a stream brings an entry in pieces, the last of which signs it. */
static void test_reasoning_details(void **state) {
    (void)state;
    expect_replay(
        CHUNK("\"delta\":{\"reasoning\":\"ab\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"a\","
              "\"format\":null,\"index\":0}]}")
            CHUNK("\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"b\",\"index\":0}]}")
                CHUNK("\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"\",\"index\":0,"
                      "\"signature\":\"s==\"}]}")
                    CHUNK("\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"d\",\"id\":"
                          "\"r1\"}]}")
                        CHUNK("\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.summary\",\"summary\":\"c\"}]}")
                            STOP DONE,
        WHOLE("\"message\":{\"content\":\"x\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"ab\","
              "\"index\":0,\"signature\":\"s==\"},{\"type\":\"reasoning.encrypted\",\"data\":\"d\",\"id\":\"r1\"},"
              "{\"type\":\"reasoning.summary\",\"summary\":\"c\"}]}"),
        "{\"reasoning_details\":[{\"text\":\"ab\",\"type\":\"reasoning.text\",\"index\":0,\"signature\":\"s==\"},"
        "{\"type\":\"reasoning.encrypted\",\"data\":\"d\",\"id\":\"r1\"},"
        "{\"summary\":\"c\",\"type\":\"reasoning.summary\"}]}");
}

/* Another index, or another kind of text, is another entry. */
static void test_entries_are_told_apart(void **state) {
    (void)state;
    expect_replay(
        CHUNK("\"delta\":{\"reasoning_details\":[{\"text\":\"a\",\"index\":0},{\"text\":\"b\",\"index\":1}]}")
            CHUNK("\"delta\":{\"reasoning_details\":[{\"summary\":\"c\",\"index\":1},7,\"odd\"]}") STOP DONE,
        WHOLE("\"message\":{\"reasoning_details\":[{\"text\":\"a\",\"index\":0},{\"text\":\"b\",\"index\":1},"
              "{\"summary\":\"c\",\"index\":1}]}"),
        "{\"reasoning_details\":[{\"text\":\"a\",\"index\":0},{\"text\":\"b\",\"index\":1},{\"summary\":\"c\","
        "\"index\":1}]}");
}

/* Nothing of the entry before stands in the next, and no comma for what it does not have. */
static void test_entries_that_are_bare(void **state) {
    (void)state;
    expect_replay(CHUNK("\"delta\":{\"reasoning_details\":[{\"text\":\"a\",\"index\":0},{\"summary\":\"c\"}]}")
                      STOP DONE,
                  WHOLE("\"message\":{\"reasoning_details\":[{\"text\":\"a\",\"index\":0},{\"summary\":\"c\"}]}"),
                  "{\"reasoning_details\":[{\"text\":\"a\",\"index\":0},{\"summary\":\"c\"}]}");
}

#define CALL "\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]"

/* Beside calls the thoughts go back; without any they do not. */
static void test_reasoning_content(void **state) {
    (void)state;
    expect_replay(CHUNK("\"delta\":{\"reasoning_content\":\"why \\\"x\\\"\"}")
                      CHUNK("\"delta\":{\"reasoning_content\":\"?\"}") CHUNK("\"delta\":{" CALL "}") STOP DONE,
                  WHOLE("\"message\":{\"reasoning_content\":\"why \\\"x\\\"?\"," CALL "}"),
                  "{\"reasoning_content\":\"why \\\"x\\\"?\"}");
    expect_replay(CHUNK("\"delta\":{\"reasoning_content\":\"why\"}") STOP DONE,
                  WHOLE("\"message\":{\"reasoning_content\":\"why\"}"), "");
}

/* Only the first choice is folded, so only its thoughts are kept. */
static void test_thoughts_of_another_choice(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, "data: {" HEAD "\"choices\":[{\"index\":1,\"delta\":{\"reasoning_details\":[{\"text\":\"a\"}"
                           "]}}]}\n\n" DONE);
    assert_int_equal(result.status, LLMC_OK);
    assert_int_equal(result.response->replay.len, 0);
    openai_free(&result);
}

static void test_a_replay_comes_before_the_end_only(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result, CHUNK("\"delta\":{\"reasoning_details\":[{\"text\":\"a\"}]}"));
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    assert_int_equal(result.response->replay.len, 0);
    openai_free(&result);
}

static void test_streams_without_mark(void **state) {
    static const llmc__provider_row row = {.name = "test", .quirks = LLMC__QUIRK_NO_DONE};
    openai_result result;
    (void)state;
    openai_stream(&result, CHUNK("\"delta\":{\"content\":\"x\"}") STOP);
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    openai_free(&result);
    openai_use_row(&row);
    openai_stream(&result, CHUNK("\"delta\":{\"content\":\"x\"}") STOP);
    assert_int_equal(result.status, LLMC_OK);
    openai_free(&result);
    openai_stream(&result, CHUNK("\"delta\":{\"content\":\"x\"}") STOP DONE);
    assert_int_equal(result.status, LLMC_OK);
    openai_free(&result);
    openai_stream(&result, CHUNK("\"delta\":{\"content\":\"x\"}")); /* cut: no reason to stop was told */
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    openai_free(&result);
    openai_stream(&result, "");
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE);
    openai_free(&result);
    openai_stream(&result, STOP "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"y\"}}]}\n\n");
    assert_int_equal(result.status, LLMC_ERR_INCOMPLETE); /* of two choices one is cut */
    openai_free(&result);
}

static int64_t settled(int64_t in, int64_t out, int64_t total, int64_t reasoning, uint32_t quirks) {
    llmc__usage usage = {in, out, total, -1, -1, reasoning, -1, -1, -1, -1, -1, -1.0};
    llmc__openai_usage_settle(&usage, quirks);
    return usage.tokens_out;
}

static void test_reasoning_outside_of_the_output(void **state) {
    static const uint32_t outside = LLMC__QUIRK_REASONING_OUTSIDE;
    (void)state;
    assert_int_equal(settled(10, 5, 15, 3, 0), 5);       /* OpenAI: inside */
    assert_int_equal(settled(10, 5, 18, 3, 0), 8);       /* xAI: the total shows it */
    assert_int_equal(settled(10, 5, 18, 3, outside), 8); /* once, not twice */
    assert_int_equal(settled(10, 5, 15, 3, outside), 5); /* the total shows that it is inside all the same */
    assert_int_equal(settled(10, 5, -1, 3, outside), 8); /* no total: the row says */
    assert_int_equal(settled(-1, 5, -1, 3, outside), 8);
    assert_int_equal(settled(10, 5, -1, 3, 0), 5);
    assert_int_equal(settled(10, 5, 15, -1, outside), 5);
    assert_int_equal(settled(10, 5, 15, 0, outside), 5);
    assert_int_equal(settled(10, -1, 15, 3, outside), -1);
    assert_int_equal(settled(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, outside), INT64_MAX);
}

static void test_usage_of_vendors(void **state) {
    openai_result result;
    (void)state;
    openai_body(&result, "{" HEAD "\"choices\":[{\"message\":{}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":"
                         "4,\"total_tokens\":13,\"prompt_cache_hit_tokens\":6,\"prompt_cache_miss_tokens\":3}}");
    assert_int_equal(result.response->usage.cached, 6);
    openai_free(&result);
    openai_body(&result, "{" HEAD "\"choices\":[{\"message\":{}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":"
                         "4,\"prompt_tokens_details\":{\"cached_tokens\":2,\"cache_creation_tokens\":5}}}");
    assert_int_equal(result.response->usage.cached, 2);
    assert_int_equal(result.response->usage.cache_write, 5);
    openai_free(&result);
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static llmc_status swallow(void *ctx, const llmc_event *event) {
    (void)ctx;
    (void)event;
    return LLMC_OK;
}

/* A want of memory at any point is told, and nothing is lost or freed twice. */
static void test_no_memory_at_any_point(void **state) {
    static const char body[] =
        WHOLE("\"message\":{\"content\":\"x\",\"reasoning_content\":\"y\",\"reasoning_details\":[{\"text\":\"a\","
              "\"index\":0},{\"data\":\"d\"}],\"annotations\":[" NOTE("1") "]},\"logprobs\":{\"content\":[1]}");
    static char name[] = "test";
    const llmc__target target = {.name = name};
    llmc_status status = LLMC_ERR_NO_MEMORY;
    (void)state;
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        llmc_error error;
        assert_true(allowed < 1000);
        llmc__error_init(&error);
        llmc__mem_set_gate(count_down, &left);
        llmc__decoder *decoder = llmc__provider_openai.decoder_new(&target, 1000);
        status = decoder == NULL
                     ? LLMC_ERR_NO_MEMORY
                     : llmc__provider_openai.decode_body(decoder, body, sizeof body - 1, swallow, NULL, &error);
        llmc__mem_set_gate(NULL, NULL);
        llmc__provider_openai.decoder_free(decoder);
        llmc__error_clear(&error);
        if (status != LLMC_OK)
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
}

/* Thoughts larger than what is kept are not sent back, and the answer is none the worse. */
static void test_thoughts_too_large_to_keep(void **state) {
    static char name[] = "test", piece[400];
    const llmc__target target = {.name = name};
    llmc_error error;
    llmc_status status = LLMC_OK;
    llmc__decoder *decoder = llmc__provider_openai.decoder_new(&target, 300);
    (void)state;
    llmc__error_init(&error);
    (void)snprintf(piece, sizeof piece, CHUNK("\"delta\":{\"reasoning_details\":[{\"text\":\"%0100d\"}]}"), 0);
    for (int i = 0; i < 10 && status == LLMC_OK; i++)
        status = llmc__provider_openai.decode_bytes(decoder, piece, strlen(piece), swallow, NULL, &error);
    assert_int_equal(status, LLMC_OK);
    assert_int_equal(llmc__provider_openai.decode_bytes(decoder, DONE, strlen(DONE), swallow, NULL, &error), LLMC_OK);
    assert_int_equal(llmc__provider_openai.decode_end(decoder, swallow, NULL, &error), LLMC_OK);
    llmc__provider_openai.decoder_free(decoder);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_logprobs),
        TEST(test_logprobs_of_other_shapes),
        TEST(test_annotations),
        TEST(test_citations_beside_the_choices),
        TEST(test_reasoning_details),
        TEST(test_entries_are_told_apart),
        TEST(test_entries_that_are_bare),
        TEST(test_reasoning_content),
        TEST(test_thoughts_of_another_choice),
        TEST(test_a_replay_comes_before_the_end_only),
        TEST(test_streams_without_mark),
        TEST(test_reasoning_outside_of_the_output),
        TEST(test_usage_of_vendors),
        TEST(test_no_memory_at_any_point),
        TEST(test_thoughts_too_large_to_keep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
