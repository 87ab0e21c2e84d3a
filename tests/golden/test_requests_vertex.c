/*
 * Recorded requests to Claude on Vertex AI, built anew with the public functions. The body is Anthropic's, which has
 * tests of its own; here it is what Vertex AI wants of it. Requests to Gemini there: test_requests_gemini.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_google.h"
#include "support_wire.h"

#define OK(call)  assert_int_equal(call, LLMC_OK)
#define MAX_BYTES ((size_t)4 << 20)

static void ask_in_portuguese(llmc_request *request) {
    OK(llmc_request_add_message(request, LLMC_ROLE_USER, "Say hi in Portuguese"));
}

static void ask_for_the_weather(llmc_request *request) {
    static const char schema[] = "{\"properties\":{\"location\":{\"description\":\"the city\",\"type\":\"string\"}},"
                                 "\"required\":[\"location\"],\"type\":\"object\"}";
    static const char id[] = "toolu_vrtx_01PKrjavVyDh3fufyVCkCJ49";
    OK(llmc_request_add_message(request, LLMC_ROLE_USER, "What's the weather in Florence,Italy?"));
    OK(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT,
                                "I'll get the current weather information for Florence, Italy for you."));
    OK(llmc_request_add_tool_call(request, id, "weather", "{\"location\":\"Florence,Italy\"}"));
    OK(llmc_request_add_tool_result(request, id, "40 C", false));
    OK(llmc_request_add_tool(request, "weather", "Get weather information for a location", schema));
    OK(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_AUTO, NULL));
}

static const struct {
    const char *name;
    void (*ask)(llmc_request *request);
    bool stream;
} claudes[] = {
    {"vertex/stream/claude-3-7-sonnet-20250219-basic-0a88", ask_in_portuguese, true},
    {"vertex/chat/claude-3-7-sonnet-20250219-basic-5e74", ask_for_the_weather, false},
};

static llmc__json_doc *encode_claude(size_t which) {
    char name[] = "vertex_ai", key[] = "k-1", project[] = "p", base_url[] = "https://h/v1";
    const llmc__target target = {
        .name = name, .provider = &llmc__provider_vertex, .api_key = key, .base_url = base_url, .project = project};
    llmc__http_request http;
    llmc_error error;
    llmc_request *request = NULL;
    llmc__json_doc *doc = NULL;
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    OK(llmc_request_new("m", &request));
    OK(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "You are a helpful assistant"));
    OK(llmc_request_set_max_tokens(request, 4000));
    claudes[which].ask(request);
    OK(llmc__provider_encode(&target, "claude-3-7-sonnet@20250219", request, claudes[which].stream, &http, &error));
    OK(llmc__json_parse(http.body.data, http.body.len, &doc, NULL));
    llmc__http_request_free(&http);
    llmc_request_free(request);
    return doc;
}

static void check_claude(size_t which) {
    char path[1024];
    size_t len = 0;
    llmc__json_doc *sent = NULL, *ours = encode_claude(which);
    llmc__buf want, got;
    (void)snprintf(path, sizeof path, "%.400s/%s.request.json", wire_dir(), claudes[which].name);
    char *text = wire_read(path, &len);
    if (text == NULL) {
        printf("%s is not here\n", path);
        llmc__json_free(ours);
        return;
    }
    OK(llmc__json_parse(text, len, &sent, NULL));
    google_canon(sent, &want);
    google_canon(ours, &got);
    assert_string_equal(llmc__buf_str(&got), llmc__buf_str(&want));
    llmc__buf_free(&want);
    llmc__buf_free(&got);
    llmc__json_free(sent);
    llmc__json_free(ours);
    free(text);
}

static void test_recorded_claudes(void **state) {
    (void)state;
    if (wire_dir() == NULL)
        skip();
    for (size_t i = 0; i < sizeof claudes / sizeof claudes[0]; i++)
        check_claude(i);
}

/* Runs everywhere. */
static void test_hand_written_claude(void **state) {
    llmc__json_doc *doc = encode_claude(0);
    llmc__buf got;
    (void)state;
    google_canon(doc, &got);
    assert_string_equal(llmc__buf_str(&got),
                        "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\":4000,\"messages\":[{\"content\":"
                        "[{\"text\":\"Say hi in Portuguese\",\"type\":\"text\"}],\"role\":\"user\"}],\"stream\":true,"
                        "\"system\":[{\"text\":\"You are a helpful assistant\",\"type\":\"text\"}]}");
    llmc__buf_free(&got);
    llmc__json_free(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_claude),
        cmocka_unit_test(test_recorded_claudes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
