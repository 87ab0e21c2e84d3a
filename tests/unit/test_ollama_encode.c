#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"

static adapter_case c;

static int set_up(void **state) {
    (void)state;
    adapter_begin(&c, "ollama", "llama3.2");
    return llmc_request_add_message(c.request, LLMC_ROLE_USER, "Hi") != LLMC_OK;
}

static int tear_down(void **state) {
    (void)state;
    adapter_end(&c);
    return 0;
}

#define HEAD "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"

static void test_least_request(void **state) {
    (void)state;
    c.target.api_key = NULL;
    adapter_body_is(&c, false, HEAD ",\"stream\":false}"); /* said, since left out it means true */
    assert_string_equal(c.http.url.data, "http://localhost:11434/api/chat");
    assert_true(adapter_has_header(&c, "Accept: application/json"));
    assert_true(adapter_has_header(&c, "Content-Type: application/json"));
    adapter_body_is(&c, true, HEAD ",\"stream\":true}");
    assert_true(adapter_has_header(&c, "Accept: application/x-ndjson"));
    assert_false(adapter_has_header(&c, "Authorization: Bearer sk-test"));
}

static void test_key_is_sent_where_there_is_one(void **state) {
    (void)state;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
}

static void test_options(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_temperature(c.request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(c.request, 0.9), LLMC_OK);
    assert_int_equal(llmc_request_set_top_k(c.request, 40), LLMC_OK);
    assert_int_equal(llmc_request_set_frequency_penalty(c.request, 0.25), LLMC_OK);
    assert_int_equal(llmc_request_set_presence_penalty(c.request, -0.25), LLMC_OK);
    assert_int_equal(llmc_request_set_seed(c.request, 7), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(c.request, 100), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(c.request, "END"), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD ",\"options\":{\"temperature\":0.5,\"top_p\":0.9,\"top_k\":40,\"frequency_penalty\":0.25,"
                         "\"presence_penalty\":-0.25,\"seed\":7,\"num_predict\":100,\"stop\":[\"END\"]},"
                         "\"stream\":false}");
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"options\":{\"num_ctx\":8192},\"keep_alive\":\"5m\"}"),
                     LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"options\":{\"num_ctx\":8192},\"keep_alive\":\"5m\",\"stream\":false}");
}

static void test_format(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_json_mode(c.request, true), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"format\":\"json\",\"stream\":false}");
    assert_int_equal(llmc_request_set_json_schema(c.request, "answer", "{\"type\":\"object\"}", true), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"format\":{\"type\":\"object\"},\"stream\":false}");
}

static void test_think(void **state) {
    static const struct {
        llmc_reasoning_effort effort;
        const char *other, *gpt_oss;
    } rows[] = {
        {LLMC_REASONING_NONE, "false", "false"},   {LLMC_REASONING_MINIMAL, "true", "\"low\""},
        {LLMC_REASONING_LOW, "true", "\"low\""},   {LLMC_REASONING_MEDIUM, "true", "\"medium\""},
        {LLMC_REASONING_HIGH, "true", "\"high\""},
    };
    char want[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(llmc_request_set_reasoning_effort(c.request, rows[i].effort), LLMC_OK);
        (void)snprintf(want, sizeof want, HEAD ",\"think\":%s,\"stream\":false}", rows[i].other);
        adapter_body_is(&c, false, want);
    }
    adapter_end(&c);
    adapter_begin(&c, "ollama", "gpt-oss:20b");
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_USER, "Hi"), LLMC_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(llmc_request_set_reasoning_effort(c.request, rows[i].effort), LLMC_OK);
        (void)snprintf(want, sizeof want,
                       "{\"model\":\"gpt-oss:20b\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"think\":%s,"
                       "\"stream\":false}",
                       rows[i].gpt_oss);
        adapter_body_is(&c, false, want);
    }
}

static void test_tools_and_results(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_tool(c.request, "f", "does f", "{\"type\":\"object\",\"properties\":{}}"),
                     LLMC_OK);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, "I look"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(c.request, "call_1", "f", "{\"a\":1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(c.request, "call_2", "g", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "call_1", "one", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "call_2", "two", false), LLMC_OK);
    adapter_body_is(&c, false,
                    "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                    "{\"role\":\"assistant\",\"content\":\"I look\",\"tool_calls\":["
                    "{\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}},"
                    "{\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":{}}}]},"
                    "{\"role\":\"tool\",\"content\":\"one\",\"tool_name\":\"f\"},"
                    "{\"role\":\"tool\",\"content\":\"two\",\"tool_name\":\"g\"}],"
                    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"does f\","
                    "\"parameters\":{\"type\":\"object\",\"properties\":{}}}}],\"stream\":false}");
}

static void test_images_are_bare_base64(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_text(c.request, " and this"), LLMC_OK);
    assert_int_equal(llmc_request_add_image(c.request, "image/png", "\x89PNG", 4), LLMC_OK);
    adapter_body_is(&c, false,
                    "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi and this\",\"images\":"
                    "[\"iVBORw==\"]}],\"stream\":false}");
    assert_int_equal(llmc_request_add_image_url(c.request, "https://example.com/a.png"), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "ollama"));
}

static void test_roles(void **state) {
    (void)state;
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_DEVELOPER, "d"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_SYSTEM, "s"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, ""), LLMC_OK);
    adapter_body_is(
        &c, false,
        "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"system\","
        "\"content\":\"d\"},{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"assistant\",\"content\":\"\"}],"
        "\"stream\":false}");
}

static void test_logprobs(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_logprobs(c.request, 3), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"logprobs\":true,\"top_logprobs\":3,\"stream\":false}");
    assert_int_equal(llmc_request_set_logprobs(c.request, 0), LLMC_OK);
    adapter_body_is(&c, false, HEAD ",\"logprobs\":true,\"stream\":false}");
}

static void test_what_it_does_not_take(void **state) {
    (void)state;
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_REQUIRED, NULL), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "tool_choice"));
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, HEAD ",\"stream\":false}");
}

static void test_failures(void **state) {
    (void)state;
    llmc_request_clear_messages(c.request);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"messages\":[]}"), LLMC_OK);
    adapter_body_is(&c, false, "{\"model\":\"llama3.2\",\"messages\":[],\"stream\":false}");
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
    const llmc__provider_row *row = llmc__provider_row_find("ollama_chat");
    (void)state;
    assert_ptr_equal(row, llmc__provider_row_find("ollama"));
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}),
                        "http://localhost:11434");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_URL_VARIABLE_TOO, (llmc__row_text){0}), "OLLAMA_HOST");
    assert_false(row->key_required);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_least_request),
        TEST(test_key_is_sent_where_there_is_one),
        TEST(test_options),
        TEST(test_format),
        TEST(test_think),
        TEST(test_tools_and_results),
        TEST(test_images_are_bare_base64),
        TEST(test_roles),
        TEST(test_logprobs),
        TEST(test_what_it_does_not_take),
        TEST(test_failures),
        TEST(test_row),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
