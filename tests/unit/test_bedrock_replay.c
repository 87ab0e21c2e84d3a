/* Answers that have to go back to Bedrock as they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_bedrock.h"

/* ---- the way back ---- */

static void expect_replay(bedrock_outcome *result, const char *want) {
    assert_int_equal(result->status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result->response->replay), want);
    if (want[0] != '\0')
        assert_string_equal(result->response->replay_origin, "bedrock");
    bedrock_end(result);
}

/* Arguments that are no JSON though the model was done go back as a text; those of a cut answer do not. */
static void test_replay_of_broken_arguments(void **state) {
    static const char thought[] = "{\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}}";
    static const char *const reasons[] = {"tool_use", "max_tokens"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char stop[64], want[256];
        bedrock_start();
        bedrock_delta(0, "\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}");
        bedrock_event("contentBlockStart",
                      "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\"}}}");
        bedrock_delta(1, "\"toolUse\":{\"input\":\"{\\\"x\"}");
        (void)snprintf(stop, sizeof stop, "{\"stopReason\":\"%s\"}", reasons[i]);
        bedrock_event("messageStop", stop);
        bedrock_outcome result = bedrock_read(33);
        (void)snprintf(want, sizeof want, "%s%s", thought,
                       i == 0 ? ",{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\",\"input\":{\"INVALID_JSON\":"
                                "\"{\\\"x\"}}}"
                              : "");
        assert_false(llmc_response_tool_call_complete(result.response, 0));
        expect_replay(&result, want);
    }
}

/* Signed reasoning asks for the whole answer back: each block, in its place, its opaque texts as they came. */
static void test_replay_of_a_stream(void **state) {
    (void)state;
    bedrock_start();
    bedrock_delta(0, "\"reasoningContent\":{\"text\":\"h\\u00e9 \"}");
    bedrock_delta(0, "\"reasoningContent\":{\"text\":\"\\\"so\\\"\"}");
    bedrock_delta(0, "\"reasoningContent\":{\"signature\":\"c2ln\"}");
    bedrock_delta(0, "\"reasoningContent\":{\"signature\":\"+/==\"}");
    bedrock_event("contentBlockStop", "{\"contentBlockIndex\":0}");
    bedrock_delta(1, "\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}");
    bedrock_delta(1, "\"reasoningContent\":{\"redactedContent\":\"b2Rl\"}");
    bedrock_delta(2, "\"text\":\"look: \"");
    bedrock_delta(2, "\"text\":\"\"");
    bedrock_delta(3, "\"text\":\"cited\"");
    bedrock_delta(3, "\"citation\":{\"title\":\"t\"}");
    bedrock_delta(3, "\"citation\":{\"title\":\"u\"}");
    bedrock_event("contentBlockStart",
                  "{\"contentBlockIndex\":4,\"start\":{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\","
                  "\"type\":\"server_tool_use\"}}}");
    bedrock_delta(4, "\"toolUse\":{\"input\":\"{\\\"x\\\": 1.0}\"}");
    bedrock_event("contentBlockStart", "{\"contentBlockIndex\":5,\"start\":{\"toolResult\":{\"toolUseId\":\"a\"}}}");
    bedrock_delta(5, "\"toolResult\":[{\"text\":\"r\"},{\"text\":\"s\"}]");
    bedrock_event("contentBlockStart",
                  "{\"contentBlockIndex\":6,\"start\":{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\"}}}");
    bedrock_delta(6, "\"toolUse\":{\"input\":\"\"}");
    bedrock_event("contentBlockStart", "{\"contentBlockIndex\":7,\"start\":{\"unheard\":{\"x\":1}}}");
    bedrock_delta(8, "\"text\":\"\"");
    bedrock_event("messageStop", "{\"stopReason\":\"tool_use\"}");
    bedrock_outcome result = bedrock_read(33);
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_SIGNATURE, 0)->text, "c2ln+/==");
    assert_string_equal(llmc__response_opaque(result.response, LLMC_EVENT_REDACTED, 1)->text, "b2Rl");
    assert_null(llmc__response_opaque(result.response, LLMC_EVENT_SIGNATURE, 1));
    expect_replay(&result,
                  "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"h\xc3\xa9 \\\"so\\\"\",\"signature\":"
                  "\"c2ln+/==\"}}},{\"reasoningContent\":{\"redactedContent\":\"ZW5j\"}},"
                  "{\"reasoningContent\":{\"redactedContent\":\"b2Rl\"}},{\"text\":\"look: \"},"
                  "{\"citationsContent\":{\"content\":[{\"text\":\"cited\"}],\"citations\":[{\"title\":\"t\"},"
                  "{\"title\":\"u\"}]}},{\"toolUse\":{\"toolUseId\":\"a\",\"name\":\"f\",\"type\":\"server_tool_use\","
                  "\"input\":{\"x\": 1.0}}},{\"toolResult\":{\"toolUseId\":\"a\",\"content\":[{\"text\":\"r\"},"
                  "{\"text\":\"s\"}]}},{\"toolUse\":{\"toolUseId\":\"b\",\"name\":\"g\",\"input\":{}}}");
}

static void test_replay_of_a_body(void **state) {
    static const char reasoned[] =
        "{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\","
        "\"text\":\"t\"}}},{\"text\":\"\"},{\"text\":\"a\"},{\"unheard\":{\"x\":[1,2.5]}}]}},"
        "\"stopReason\":\"end_turn\"}";
    static const char plain[] =
        "{\"output\":{\"message\":{\"content\":[{\"text\":\"a\"}]}},\"stopReason\":\"end_turn\"}";
    (void)state;
    bedrock_outcome result = bedrock_read_body(reasoned, strlen(reasoned));
    expect_replay(&result, "{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\",\"text\":\"t\"}}},"
                           "{\"text\":\"a\"},{\"unheard\":{\"x\":[1,2.5]}}");
    result = bedrock_read_body(plain, strlen(plain));
    expect_replay(&result, ""); /* nothing asks for it */
}

/* An answer goes back through the builder as it came. */
static void test_round_trip(void **state) {
    static const char body[] =
        "{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\","
        "\"text\":\"t\"}}},{\"toolUse\":{\"input\":{\"x\":1},\"name\":\"f\",\"toolUseId\":\"a\"}}]}},"
        "\"stopReason\":\"tool_use\"}";
    static char key[] = "sk-test", region[] = "us-east-1", name[] = "bedrock", url[] = "http://127.0.0.1";
    llmc__target where = {
        .name = name, .provider = &llmc__provider_bedrock, .api_key = key, .region = region, .base_url = url};
    llmc__http_request http;
    llmc_request *request = NULL;
    bedrock_outcome result = bedrock_read_body(body, strlen(body));
    (void)state;
    assert_int_equal(llmc_request_new("m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    assert_int_equal(llmc_request_add_response(request, result.response), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(request, "a", "r", false), LLMC_OK);
    llmc__http_request_init(&http, BEDROCK_MAX_BYTES);
    assert_int_equal(llmc__provider_encode(&where, "m", request, false, &http, &result.error), LLMC_OK);
    assert_string_equal(
        http.body.data,
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\",\"content\":["
        "{\"reasoningContent\":{\"reasoningText\":{\"signature\":\"s+/=\",\"text\":\"t\"}}},"
        "{\"toolUse\":{\"input\":{\"x\":1},\"name\":\"f\",\"toolUseId\":\"a\"}}]},{\"role\":\"user\",\"content\":["
        "{\"toolResult\":{\"toolUseId\":\"a\",\"content\":[{\"text\":\"r\"}]}}]}]}");
    llmc__http_request_free(&http);
    llmc_request_free(request);
    bedrock_end(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_of_a_stream),
        cmocka_unit_test(test_replay_of_broken_arguments),
        cmocka_unit_test(test_replay_of_a_body),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
