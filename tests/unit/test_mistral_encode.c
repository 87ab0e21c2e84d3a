#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "model/response.h"
#include "provider/mistral.h"
#include "support_adapter.h"

static adapter_case c;

static int set_up(void **state) {
    (void)state;
    adapter_begin(&c, "mistral", "mistral-small-latest");
    return llmc_request_add_message(c.request, LLMC_ROLE_USER, "Hi") != LLMC_OK;
}

static int tear_down(void **state) {
    (void)state;
    adapter_end(&c);
    return 0;
}

#define HEAD "{\"model\":\"mistral-small-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"

/* No stream_options: members it does not know are an error 422. */
static void test_least_request(void **state) {
    (void)state;
    adapter_body_is(&c, false, HEAD "}");
    assert_string_equal(c.http.url.data, "https://api.mistral.ai/v1/chat/completions");
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    adapter_body_is(&c, true, HEAD ",\"stream\":true}");
    assert_true(adapter_has_header(&c, "Accept: text/event-stream"));
}

static void test_sampling(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_temperature(c.request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(c.request, 0.9), LLMC_OK);
    assert_int_equal(llmc_request_set_frequency_penalty(c.request, 0.25), LLMC_OK);
    assert_int_equal(llmc_request_set_presence_penalty(c.request, 0.75), LLMC_OK);
    assert_int_equal(llmc_request_set_seed(c.request, 42), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(c.request, 100), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(c.request, "END"), LLMC_OK);
    assert_int_equal(llmc_request_set_n(c.request, 2), LLMC_OK);
    assert_int_equal(llmc_request_add_metadata(c.request, "k", "v"), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD
                    ",\"temperature\":0.5,\"top_p\":0.9,\"frequency_penalty\":0.25,\"presence_penalty\":0.75,"
                    "\"random_seed\":42,\"max_tokens\":100,\"stop\":[\"END\"],\"n\":2,\"metadata\":{\"k\":\"v\"}}");
}

static void test_format_and_effort(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_reasoning_effort(c.request, LLMC_REASONING_HIGH), LLMC_OK);
    assert_int_equal(llmc_request_set_json_schema(c.request, "answer", "{\"type\":\"object\"}", true), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD
                    ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"schema\":"
                    "{\"type\":\"object\"},\"strict\":true}},\"reasoning_effort\":\"high\"}");
}

#define TOOL "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]"

static void test_tool_choice(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_tool(c.request, "f", NULL, "{\"type\":\"object\"}"), LLMC_OK);
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_REQUIRED, NULL), LLMC_OK);
    assert_int_equal(llmc_request_set_parallel_tool_calls(c.request, false), LLMC_OK);
    adapter_body_is(&c, false, HEAD "," TOOL ",\"tool_choice\":\"any\",\"parallel_tool_calls\":false}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_NONE, NULL), LLMC_OK);
    adapter_body_is(&c, false, HEAD "," TOOL ",\"tool_choice\":\"none\",\"parallel_tool_calls\":false}");
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"tool_choice\":\"auto\",\"safe_prompt\":true}"),
                     LLMC_OK);
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_REQUIRED, NULL), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD "," TOOL ",\"tool_choice\":\"auto\",\"safe_prompt\":true,\"parallel_tool_calls\":false}");
}

static void test_ids(void **state) {
    static const char *const others[] = {"",         "call_abc123", "toolu_01A09q90qw90lq917835lq9",
                                         "g6fVbXS8", "g6fVbXS8KK",  "g6fVbXS8-"};
    char id[LLMC__MISTRAL_ID_LEN + 1], again[LLMC__MISTRAL_ID_LEN + 1], seen[8][LLMC__MISTRAL_ID_LEN + 1];
    (void)state;
    llmc__mistral_id("g6fVbXS8K", id);
    assert_string_equal(id, "g6fVbXS8K");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        llmc__mistral_id(others[i], id);
        llmc__mistral_id(others[i], again);
        assert_string_equal(id, again);
        assert_int_equal(strlen(id), LLMC__MISTRAL_ID_LEN);
        assert_int_equal(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
                         LLMC__MISTRAL_ID_LEN);
        memcpy(seen[i], id, sizeof id);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(seen[k], id);
    }
}

/* A call and its result keep belonging together, and the caller's request stays as it is. */
static void test_foreign_ids_are_mapped(void **state) {
    char id[LLMC__MISTRAL_ID_LEN + 1], want[1024];
    (void)state;
    llmc__mistral_id("call_abc123", id);
    assert_int_equal(llmc_request_add_tool_call(c.request, "call_abc123", "f", "{\"a\":1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(c.request, "g6fVbXS8K", "g", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "call_abc123", "one", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "g6fVbXS8K", "two", false), LLMC_OK);
    (void)snprintf(
        want, sizeof want,
        "{\"model\":\"mistral-small-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
        "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
        "{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},"
        "{\"id\":\"g6fVbXS8K\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"%s\",\"content\":\"one\"},"
        "{\"role\":\"tool\",\"tool_call_id\":\"g6fVbXS8K\",\"content\":\"two\"}]}",
        id, id);
    adapter_body_is(&c, false, want);
    assert_string_equal(c.request->messages[1].parts[0].id, "call_abc123");
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* What a reasoning model thought goes back in blocks, its calls beside them. */
static void test_thoughts_go_back(void **state) {
    static const char body[] =
        "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"tool_calls\",\"message\":{"
        "\"role\":"
        "\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"h\\u00e9\"}]},"
        "{\"type\":\"text\",\"text\":\"so\"}],\"tool_calls\":[{\"id\":\"g6fVbXS8K\",\"function\":{\"name\":\"f\","
        "\"arguments\":\"{}\"}}]}}]}";
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    llmc__decoder *decoder = llmc__provider_mistral.decoder_new(&c.target, 4096);
    (void)state;
    assert_int_equal(llmc__provider_mistral.decode_body(decoder, body, sizeof body - 1, fold, response, &c.error),
                     LLMC_OK);
    llmc__provider_mistral.decoder_free(decoder);
    assert_int_equal(llmc_request_add_response(c.request, response), LLMC_OK);
    llmc__response_unref(response);
    adapter_body_is(
        &c, false,
        "{\"model\":\"mistral-small-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":"
        "\"h\xc3\xa9\"}]},{\"type\":\"text\",\"text\":\"so\"}],\"tool_calls\":[{\"id\":\"g6fVbXS8K\",\"type\":"
        "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}]}");
}

static void test_what_it_does_not_take(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_top_k(c.request, 5), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "top_k"));
    assert_non_null(strstr(c.error.message, "mistral"));
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, HEAD "}");
}

static void test_missing_key(void **state) {
    (void)state;
    c.target.api_key = NULL;
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(c.error.message, "MISTRAL_API_KEY"));
}

static void test_no_memory(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_tool_call(c.request, "call_abc123", "f", "{\"a\":1}"), LLMC_OK);
    adapter_starve_encode(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_least_request),
        TEST(test_sampling),
        TEST(test_format_and_effort),
        TEST(test_tool_choice),
        TEST(test_ids),
        TEST(test_foreign_ids_are_mapped),
        TEST(test_thoughts_go_back),
        TEST(test_what_it_does_not_take),
        TEST(test_missing_key),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
