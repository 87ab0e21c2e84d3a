#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"

static adapter_case c;

static int set_up(void **state) {
    (void)state;
    adapter_begin(&c, "cohere", "command-a");
    return llmc_request_add_message(c.request, LLMC_ROLE_USER, "Hi") != LLMC_OK;
}

static int tear_down(void **state) {
    (void)state;
    adapter_end(&c);
    return 0;
}

#define HEAD "{\"model\":\"command-a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"

static void test_least_request(void **state) {
    (void)state;
    adapter_body_is(&c, false, HEAD ",\"stream\":false}");
    assert_string_equal(c.http.url.data, "https://api.cohere.com/v2/chat");
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    assert_false(adapter_has_header(&c, "Accept: application/json")); /* only streams name what they take */
    adapter_body_is(&c, true, HEAD ",\"stream\":true}");
    assert_true(adapter_has_header(&c, "Accept: text/event-stream"));
}

static void test_missing_key(void **state) {
    (void)state;
    c.target.api_key = NULL;
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(c.error.message, "COHERE_API_KEY"));
}

static void test_sampling(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_temperature(c.request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(c.request, 0.9), LLMC_OK);
    assert_int_equal(llmc_request_set_top_k(c.request, 40), LLMC_OK);
    assert_int_equal(llmc_request_set_frequency_penalty(c.request, 0.25), LLMC_OK);
    assert_int_equal(llmc_request_set_presence_penalty(c.request, 0.75), LLMC_OK);
    assert_int_equal(llmc_request_set_seed(c.request, 7), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(c.request, 100), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(c.request, "END"), LLMC_OK);
    assert_int_equal(llmc_request_set_logprobs(c.request, 0), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD
                    ",\"temperature\":0.5,\"p\":0.9,\"k\":40,\"frequency_penalty\":0.25,\"presence_penalty\":0.75,"
                    "\"seed\":7,\"max_tokens\":100,\"stop_sequences\":[\"END\"],\"logprobs\":true,\"stream\":false}");
}

static void test_documents_by_extra_json(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"documents\":[{\"id\":\"1\",\"data\":{\"text\":\"x\"}}],"
                                                            "\"citation_options\":{\"mode\":\"fast\"}}"),
                     LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD ",\"documents\":[{\"id\":\"1\",\"data\":{\"text\":\"x\"}}],\"citation_options\":{\"mode\":"
                         "\"fast\"},\"stream\":false}");
}

static void test_format(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_json_mode(c.request, true), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"response_format\":{\"type\":\"json_object\"},\"stream\":false}");
    assert_int_equal(llmc_request_set_json_schema(c.request, "answer", "{\"type\":\"object\"}", true), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD ",\"response_format\":{\"type\":\"json_object\",\"json_schema\":{\"type\":\"object\"}},"
                         "\"stream\":false}");
}

static void test_thinking(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_reasoning_effort(c.request, LLMC_REASONING_HIGH), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"thinking\":{\"type\":\"enabled\"},\"stream\":false}");
    assert_int_equal(llmc_request_set_reasoning_budget(c.request, 500), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"thinking\":{\"type\":\"enabled\",\"token_budget\":500},\"stream\":false}");
    assert_int_equal(llmc_request_set_reasoning_effort(c.request, LLMC_REASONING_NONE), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"thinking\":{\"type\":\"disabled\"},\"stream\":false}");
}

#define TOOL                                                                                                           \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"does f\",\"parameters\":"        \
    "{\"type\":\"object\",\"properties\":{}}}}]"

static void add_tool(void) {
    assert_int_equal(llmc_request_add_tool(c.request, "f", "does f", "{\"type\":\"object\",\"properties\":{}}"),
                     LLMC_OK);
}

static void test_tool_choice(void **state) {
    (void)state;
    add_tool();
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_AUTO, NULL), LLMC_OK);
    adapter_body_is(&c, false, HEAD "," TOOL ",\"stream\":false}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_NONE, NULL), LLMC_OK);
    adapter_body_is(&c, false, HEAD "," TOOL ",\"tool_choice\":\"NONE\",\"stream\":false}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_REQUIRED, NULL), LLMC_OK);
    adapter_body_is(&c, false, HEAD "," TOOL ",\"tool_choice\":\"REQUIRED\",\"stream\":false}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_NAMED, "f"), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "cohere"));
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, HEAD "," TOOL ",\"stream\":false}");
}

static void test_strict_tools(void **state) {
    (void)state;
    add_tool();
    assert_int_equal(llmc_request_set_tool_strict(c.request, true), LLMC_OK);
    adapter_body_is(&c, false, HEAD "," TOOL ",\"strict_tools\":true,\"stream\":false}");
}

static void test_calls_and_results(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_tool_call(c.request, "x", "f", "{\"a\":1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(c.request, "y", "g", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "x", "one", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "y", "two", true), LLMC_OK);
    adapter_body_is(
        &c, false,
        "{\"model\":\"command-a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
        "{\"role\":\"assistant\",\"tool_calls\":["
        "{\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},"
        "{\"id\":\"y\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"x\",\"content\":\"one\"},"
        "{\"role\":\"tool\",\"tool_call_id\":\"y\",\"content\":\"two\"}],\"stream\":false}");
}

static void test_images(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_image_url(c.request, "https://example.com/a.png"), LLMC_OK);
    assert_int_equal(llmc_request_add_image(c.request, "image/png", "\x89PNG", 4), LLMC_OK);
    adapter_body_is(
        &c, false,
        "{\"model\":\"command-a\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
        "\"Hi\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBORw==\"}}]}],"
        "\"stream\":false}");
    assert_int_equal(llmc_request_add_file(c.request, "application/pdf", "a.pdf", "%PDF", 4), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
}

static void test_roles(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_DEVELOPER, "d"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, "a"), LLMC_OK);
    assert_int_equal(llmc_request_add_text(c.request, "b"), LLMC_OK);
    adapter_body_is(
        &c, false,
        "{\"model\":\"command-a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"system\","
        "\"content\":\"d\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
        "{\"type\":\"text\",\"text\":\"b\"}]}],\"stream\":false}");
}

static void test_no_memory(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_text(c.request, " and this"), LLMC_OK);
    assert_int_equal(llmc_request_add_image(c.request, "image/png", "\x89PNG", 4), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(c.request, "x", "f", "{\"a\":1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "x", "one", false), LLMC_OK);
    adapter_starve_encode(&c);
}

static void test_row(void **state) {
    const llmc__provider_row *row = llmc__provider_row_find("cohere_chat");
    (void)state;
    assert_ptr_equal(row, llmc__provider_row_find("cohere"));
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}), "COHERE_API_KEY");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE_TOO, (llmc__row_text){0}), "CO_API_KEY");
    assert_ptr_equal(llmc__provider_adapter("cohere"), &llmc__provider_cohere);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_least_request), TEST(test_missing_key),  TEST(test_sampling),
        TEST(test_format),        TEST(test_thinking),     TEST(test_documents_by_extra_json),
        TEST(test_tool_choice),   TEST(test_strict_tools), TEST(test_calls_and_results),
        TEST(test_images),        TEST(test_roles),        TEST(test_row),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
