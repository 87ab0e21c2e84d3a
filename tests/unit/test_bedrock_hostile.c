/* What comes from Bedrock, made up to hurt; and no memory to read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/provider.h"
#include "support_bedrock.h"
#include "support_eventstream.h"
#include "support_random.h"

static const llmc__target target = {.name = "bedrock"};

/* ---- hostile ---- */

static const char *const pieces[] = {
    "{\"role\":\"assistant\"}",
    "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\"}}}",
    "{\"contentBlockIndex\":0,\"delta\":{\"toolUse\":{\"input\":\"{\\\"x\\\":1}\"}}}",
    "{\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"text\":\"t\",\"signature\":\"s\"}}}",
    "{\"contentBlockIndex\":1,\"delta\":{\"reasoningContent\":{\"redactedContent\":\"r\"}}}",
    "{\"contentBlockIndex\":2,\"delta\":{\"text\":\"t\",\"citation\":{\"a\":[1]}}}",
    "{\"contentBlockIndex\":3,\"start\":{\"toolResult\":{}}}",
    "{\"contentBlockIndex\":3,\"delta\":{\"toolResult\":[{\"text\":\"r\"}]}}",
    "{\"contentBlockIndex\":0}",
    "{\"contentBlockIndex\":-9223372036854775808,\"delta\":{\"text\":\"\\ud800\"}}",
    "{\"stopReason\":\"tool_use\"}",
    "{\"usage\":{\"inputTokens\":9223372036854775807,\"cacheReadInputTokens\":5,\"outputTokens\":-3}}",
    "{\"bytes\":\"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0=\"}",
    "{\"message\":\"m\"}",
    "null",
    "",
};
static const char *const types[] = {
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "chunk",
    "other"};

static void check(bedrock_outcome *result) {
    llmc_status status = result->status;
    assert_true(status == LLMC_OK || status == LLMC_ERR_TOO_LARGE || status == LLMC_ERR_INCOMPLETE ||
                status == LLMC_ERR_BAD_RESPONSE || status <= LLMC_ERR_BAD_REQUEST);
    bedrock_end(result);
}

/* Right frames with any payload under any name, bytes of it changed, in pieces of any size. */
static void test_frames_at_random(void **state) {
    support_random random;
    (void)state;
    support_random_begin(&random, "bedrock");
    for (uint32_t round = support_random_steps(6000); round > 0; round--) {
        bedrock_start();
        for (uint32_t frames = 1 + support_random_below(&random, 12); frames > 0; frames--) {
            char payload[256];
            (void)snprintf(payload, sizeof payload, "%s",
                           pieces[support_random_below(&random, sizeof pieces / sizeof pieces[0])]);
            if (payload[0] != '\0' && support_random_percent(&random, 20))
                payload[support_random_below(&random, (uint32_t)strlen(payload))] =
                    "{}[]\",:\\0"[support_random_below(&random, 9)];
            support_frame_event(&bedrock_stream, support_random_percent(&random, 97) ? "event" : "exception",
                                types[support_random_below(&random, sizeof types / sizeof types[0])], payload);
        }
        if (support_random_percent(&random, 10))
            bedrock_stream.data[support_random_below(&random, (uint32_t)bedrock_stream.len)] ^= 4;
        bedrock_outcome result = bedrock_read(1 + support_random_below(&random, 200));
        check(&result);
    }
}

static void test_bodies_at_random(void **state) {
    static const char body[] =
        "{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"text\":\"a\",\"signature\":"
        "\"b\"}}},{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\",\"input\":{\"x\":[1,{}]}}},{\"citationsContent\":"
        "{\"content\":[{\"text\":\"t\"}],\"citations\":[{}]}}]}},\"stopReason\":\"tool_use\",\"usage\":{"
        "\"inputTokens\":1}}";
    support_random random;
    (void)state;
    support_random_begin(&random, "bedrock bodies");
    for (uint32_t round = support_random_steps(6000); round > 0; round--) {
        char changed[sizeof body];
        memcpy(changed, body, sizeof body);
        for (uint32_t changes = 1 + support_random_below(&random, 4); changes > 0; changes--)
            changed[support_random_below(&random, sizeof body - 1)] =
                "{}[]\",:\\01eat\x80"[support_random_below(&random, 14)];
        bedrock_outcome result = bedrock_read_body(changed, support_random_below(&random, sizeof body));
        check(&result);
    }
}

typedef struct gate {
    uint32_t fail_at, seen;
} gate;

static int on_allocation(void *ctx) {
    gate *g = ctx;
    return g->seen++ != g->fail_at;
}

static llmc_status read_starved(uint32_t fail_at, bool *failed) {
    gate g = {fail_at, 0};
    llmc_response *response = NULL;
    llmc_error error;
    llmc__error_init(&error);
    llmc__mem_set_gate(on_allocation, &g);
    llmc__decoder *decoder = llmc__provider_bedrock.decoder_new(&target, BEDROCK_MAX_EVENT);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    if (decoder != NULL && (response = llmc__response_new(BEDROCK_MAX_BYTES)) != NULL)
        status = LLMC_OK;
    for (size_t at = 0; at < bedrock_stream.len && status == LLMC_OK; at += 50)
        status = llmc__provider_bedrock.decode_bytes(decoder, bedrock_stream.data + at,
                                                     bedrock_stream.len - at < 50 ? bedrock_stream.len - at : 50,
                                                     bedrock_fold, response, &error);
    if (status == LLMC_OK)
        status = llmc__provider_bedrock.decode_end(decoder, bedrock_fold, response, &error);
    llmc__mem_set_gate(NULL, NULL);
    llmc__provider_bedrock.decoder_free(decoder);
    llmc__response_unref(response);
    llmc__error_clear(&error);
    *failed = g.seen > fail_at;
    return status;
}

static void test_without_memory(void **state) {
    bool failed = true;
    llmc_status status = LLMC_OK;
    (void)state;
    bedrock_start();
    bedrock_event("messageStart", pieces[0]);
    for (size_t i = 1; i < 9; i++)
        bedrock_event(types[i == 1 || i == 6 ? 1 : i == 8 ? 3 : 2], pieces[i]);
    bedrock_event("messageStop", pieces[10]);
    bedrock_event("metadata", pieces[11]);
    for (uint32_t k = 0; failed; k++) {
        status = read_starved(k, &failed);
        assert_true(k < 5000);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
    }
    assert_int_equal(status, LLMC_OK);
    llmc__buf_free(&bedrock_stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_at_random),
        cmocka_unit_test(test_bodies_at_random),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
