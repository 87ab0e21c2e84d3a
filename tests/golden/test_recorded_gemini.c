/* Every recorded answer of Google's generateContent: the Gemini API and Vertex AI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

/* Embeddings are not asked for here, but their errors have the same envelope. */
static bool is_google(const wire_case *one) {
    return strcmp(one->api, "gemini") == 0 || (strcmp(one->api, "gemini-embed") == 0 && one->http_status >= 400);
}

static bool is_gemini(const wire_case *one) {
    return is_google(one) && strcmp(one->provider, "vertex") != 0;
}

static bool is_vertex(const wire_case *one) {
    return is_google(one) && strcmp(one->provider, "vertex") == 0;
}

static void use(const llmc__provider *adapter, bool (*is_ours)(const wire_case *one)) {
    const recorded_api api = {.adapter = adapter, .is_ours = is_ours, .tells_calls = true, .is_google = true};
    recorded_set(&api);
}

static void test_recorded_gemini(void **state) {
    (void)state;
    use(&llmc__provider_gemini, is_gemini);
    recorded_run();
}

static void test_recorded_vertex(void **state) {
    (void)state;
    use(&llmc__provider_vertex, is_vertex);
    recorded_run();
}

static bool is_claude(const wire_case *one) {
    return strcmp(one->api, "anthropic-vertex") == 0;
}

static void test_recorded_claude(void **state) {
    const recorded_api api = {.adapter = &llmc__provider_vertex, .is_ours = is_claude, .is_claude = true};
    (void)state;
    recorded_set(&api);
    recorded_run();
}

/* No case of these providers is passed over unseen. */
static void test_none_is_forgotten(void **state) {
    size_t count = 0, forgotten = 0;
    (void)state;
    if (wire_dir() == NULL)
        skip();
    wire_case *cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++) {
        const wire_case *one = &cases[i];
        bool ours = strcmp(one->provider, "gemini") == 0 || strcmp(one->provider, "vertex") == 0;
        bool known =
            is_google(one) || is_claude(one) || (strcmp(one->api, "gemini-embed") == 0 && one->http_status == 200);
        if (ours == known)
            continue;
        printf("%s: nobody decodes the API \"%s\" of %s\n", one->name, one->api, one->provider);
        forgotten++;
    }
    free(cases);
    assert_int_equal(forgotten, 0);
}

/* ---- hand-written ones, which run everywhere ---- */

static void check(const char *stream, const char *text, const char *reasoning, size_t calls) {
    size_t len = strlen(stream), before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, len, len);
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&result.response->first.text), text);
    assert_string_equal(llmc__buf_str(&result.response->first.reasoning), reasoning);
    assert_int_equal(result.response->first.tool_count, calls);
    recorded_check_splits(stream, len, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_free(&result);
}

static void test_hand_written_streams(void **state) {
    static const char events[] =
        "data: "
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"why\",\"thought\":true}]}}],\"modelVersion\":\"m\","
        "\"responseId\":\"r\"}\r\n\r\n"
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\\u00e9\"},{\"functionCall\":{\"name\":\"f\","
        "\"args\":{\"a\":[1,\"}\"]}},\"thoughtSignature\":\"c2ln\"}]},\"finishReason\":\"STOP\"}],"
        "\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":2,\"thoughtsTokenCount\":1}}\r\n\r\n";
    static const char array[] =
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a }]\"}]}}]}\n,\r\n"
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\\"{\"}]},\"finishReason\":\"STOP\"}]}\n]\n";
    (void)state;
    use(&llmc__provider_gemini, is_gemini);
    check(events, "h\xc3\xa9", "why", 1);
    check(array, "a }]\"{", "", 0);
    use(&llmc__provider_vertex, is_vertex);
    check(events, "h\xc3\xa9", "why", 1);
}

static void check_failing(const char *stream, llmc_status status, const char *text) {
    size_t len = strlen(stream), before = recorded_mismatches();
    recorded_outcome result = recorded_stream(stream, len, len);
    assert_int_equal(result.status, status);
    assert_string_equal(llmc__buf_str(&result.response->first.text), text);
    recorded_check_splits(stream, len, &result);
    assert_int_equal(recorded_mismatches(), before);
    recorded_free(&result);
}

static void test_hand_written_errors(void **state) {
    static const char piece[] = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n";
    static const char bare[] =
        "{\n \"error\": {\"code\": 503, \"message\": \"busy\", \"status\": \"UNAVAILABLE\"}\n}\n";
    static const char blocked[] = "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n";
    char stream[512];
    (void)state;
    use(&llmc__provider_gemini, is_gemini);
    (void)snprintf(stream, sizeof stream, "%s\n%s", piece, bare);
    check_failing(stream, LLMC_ERR_OVERLOADED, "a");
    (void)snprintf(stream, sizeof stream, "%s%s", piece, bare); /* its blank line is missing */
    check_failing(stream, LLMC_ERR_OVERLOADED, "a");
    (void)snprintf(stream, sizeof stream, "%s\ndata: %s", piece, "{\"error\":{\"code\":429,\"status\":\"X\"}}\n\n");
    check_failing(stream, LLMC_ERR_RATE_LIMITED, "a");
    (void)snprintf(stream, sizeof stream, "[%s]", bare);
    check_failing(stream, LLMC_ERR_OVERLOADED, "");
    check_failing(blocked, LLMC_ERR_CONTENT_FILTER, "");
    check_failing(piece, LLMC_ERR_INCOMPLETE, "a");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_streams), cmocka_unit_test(test_hand_written_errors),
        cmocka_unit_test(test_none_is_forgotten),    cmocka_unit_test(test_recorded_gemini),
        cmocka_unit_test(test_recorded_vertex),      cmocka_unit_test(test_recorded_claude),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
