/*
 * Chunks of one shape are not read one by one: what comes of them must be what comes of the same chunks spelled so that
 * each has to be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "support_adapter.h"
#include "support_openai.h"

#define MOST 16384

/* A provider's chunk around a text, and what opens and closes a stream of them. */
typedef struct dialect {
    const llmc__provider *provider;
    const char *head, *before, *after, *tail;
} dialect;

static const dialect dialects[] = {
    {&llmc__provider_openai,
     "data: "
     "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}"
     "\n\n",
     "data: {\"id\":\"i\",\"created\":%d,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
     "\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"%.*s\"}%s\n\n",
     "data: {\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
    {&llmc__provider_openai, "",
     "data: "
     "{\"id\":\"i%d\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\"",
     "\"}}],\"obfuscation\":\"%.*s\"}%s\n\n",
     "data: "
     "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\","
     "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"},
    {&llmc__provider_openai, "",
     "data: {\"id\":\"i%d\",\"model\":\"m\",\"choices\":[{\"index\":2,\"delta\":{\"content\":\"",
     "\"},\"content_filter_results\":{\"hate\":{\"filtered\":false}}}],\"obfuscation\":\"%.*s\"}%s\n\n",
     "data: [DONE]\n\n"},
    {&llmc__provider_responses, "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n",
     "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":%d,"
     "\"item_id\":\"a\",\"output_index\":0,\"content_index\":0,\"delta\":\"",
     "\",\"logprobs\":[],\"obfuscation\":\"%.*s\"}%s\n\n",
     "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n"},
    {&llmc__provider_responses, "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n",
     "data: {\"type\":\"response.reasoning_text.delta\",\"sequence_number\":%d,\"output_index\":0,\"delta\":\"",
     "\",\"obfuscation\":\"%.*s\"}%s\n\n",
     "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n"},
    {&llmc__provider_anthropic,
     "data: {\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"model\":\"m\"}}\n\n"
     "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
     "event: content_block_delta\n: %d\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
     "\"text_delta\",\"text\":\"",
     "\"}}%.*s%s\n\n",
     "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: "
     "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
     "\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n"},
    {&llmc__provider_anthropic,
     "data: {\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"model\":\"m\"}}\n\n"
     "data: "
     "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n",
     ": %d\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"",
     "\"}}%.*s%s\n\n",
     "data: "
     "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}\n\n"
     "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_stop\"}\n\n"},
};

static const char *const texts[] = {"Sun",        "light",    " is \\\"white\\\"", "",
                                    "\\u00e9\\n", "\xc3\xa9", "a\\ud83d\\ude00b",  "\\ud83d",
                                    "\xff",       "after",    " the end"};

/* `spaces`: behind each chunk another number of spaces, so that none has the shape of the last. */
static void write_stream(const dialect *d, bool spaces, char *out) {
    size_t at = (size_t)snprintf(out, MOST, "%s", d->head);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int pad = strstr(d->after, "obfuscation") != NULL ? (int)i : 0;
        at += (size_t)snprintf(out + at, MOST - at, d->before, 1700000000 + (int)i);
        at += (size_t)snprintf(out + at, MOST - at, "%s", texts[i]);
        at += (size_t)snprintf(out + at, MOST - at, d->after, pad, "xxxxxxxxxxxxxxxx", spaces && i % 2 ? " " : "");
    }
    (void)snprintf(out + at, MOST - at, "%s", d->tail);
}

static void assert_same_answer(const openai_result *a, const openai_result *b) {
    assert_int_equal(a->status, LLMC_OK);
    assert_int_equal(b->status, LLMC_OK);
    assert_string_equal(a->log, b->log);
    assert_string_equal(llmc_response_output(a->response), llmc_response_output(b->response));
    assert_string_equal(llmc_response_reasoning(a->response), llmc_response_reasoning(b->response));
    assert_int_equal(a->response->replay.len, b->response->replay.len);
    if (a->response->replay.len > 0)
        assert_string_equal(a->response->replay.data, b->response->replay.data);
}

static void recognised_and_read_chunks_say_the_same(void **state) {
    static char alike[MOST], unlike[MOST];
    (void)state;
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
        openai_result recognised, read, bytewise;
        openai_use(dialects[i].provider);
        write_stream(&dialects[i], false, alike);
        write_stream(&dialects[i], true, unlike);
        openai_stream(&recognised, alike);
        openai_stream_bytewise(&bytewise, alike);
        openai_stream(&read, unlike);
        assert_same_answer(&recognised, &read);
        assert_same_answer(&bytewise, &read);
        assert_non_null(strstr(recognised.log, "after"));
        openai_free(&recognised);
        openai_free(&bytewise);
        openai_free(&read);
    }
    openai_use(&llmc__provider_openai);
}

static void an_error_between_pieces_ends_the_stream(void **state) {
    openai_result result;
    (void)state;
    openai_stream(&result,
                  "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
                  "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"}}]}\n\n"
                  "data: {\"error\":{\"message\":\"no more\",\"type\":\"server_error\"}}\n\n"
                  "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"c\"}}]}\n\n");
    assert_int_not_equal(result.status, LLMC_OK);
    assert_string_equal(llmc_response_output(result.response), "ab");
    openai_free(&result);
    openai_stream(&result,
                  "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
                  "event: error\n"
                  "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"}}]}\n\n");
    assert_int_not_equal(result.status, LLMC_OK);
    assert_string_equal(llmc_response_output(result.response), "a");
    openai_free(&result);
}

/* A block of the same index that came later is another one, whatever the deltas look like. */
static void pieces_go_to_the_block_that_is_open(void **state) {
    static const char delta[] =
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
        "\"text\":\"x\"}}\n\n";
    char stream[MOST];
    openai_result result;
    (void)state;
    openai_use(&llmc__provider_anthropic);
    (void)snprintf(
        stream, sizeof stream,
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"model\":\"m\"}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"}}\n\n%s%s"
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"server_note\"}}\n\n%s%s"
        "data: {\"type\":\"message_stop\"}\n\n",
        delta, delta, delta, delta);
    openai_stream(&result, stream);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc_response_output(result.response), "xx");
    openai_free(&result);
    openai_use(&llmc__provider_openai);
}

static void broken_pieces_and_no_memory(void **state) {
    static char stream[MOST];
    (void)state;
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
        write_stream(&dialects[i], false, stream);
        adapter_mutate(dialects[i].provider, stream, 400);
        adapter_starve(dialects[i].provider, stream);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognised_and_read_chunks_say_the_same),
        cmocka_unit_test(an_error_between_pieces_ends_the_stream),
        cmocka_unit_test(pieces_go_to_the_block_that_is_open),
        cmocka_unit_test(broken_pieces_and_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
