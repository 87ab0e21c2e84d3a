/* Counting tokens at the provider: what is sent is what a chat would send, as far as it is part of the prompt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/count.h"
#include "support_adapter.h"
#include "support_op.h"

static char project[] = "my-project";

static adapter_case begin(const char *provider, const char *model) {
    adapter_case c;
    adapter_begin(&c, provider, model);
    c.target.project = project;
    c.request->op = LLMC__OP_COUNT_TOKENS;
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_SYSTEM, "Be brief."), LLMC_OK);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_USER, "Hi"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(c.request, "clock", NULL, "{\"type\":\"object\"}"), LLMC_OK);
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_AUTO, NULL), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(c.request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(c.request, 9), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(c.request, "END"), LLMC_OK);
    return c;
}

#define CLAUDE_PROMPT                                                                                                  \
    "\"system\":\"Be brief.\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":[{\"name\":\"clock\","   \
    "\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"auto\"}"
#define GEMINI_PROMPT                                                                                                  \
    "\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]},\"contents\":[{\"role\":\"user\",\"parts\":[{"       \
    "\"text\":\"Hi\"}]}],\"tools\":[{\"functionDeclarations\":[{\"name\":\"clock\",\"parametersJsonSchema\":{"         \
    "\"type\":\"object\"}}]}],\"generationConfig\":{\"temperature\":0.5,\"maxOutputTokens\":9,\"stopSequences\":["     \
    "\"END\"]}"

static void test_anthropic(void **state) {
    adapter_case c = begin("anthropic", "claude-sonnet-4-5");
    (void)state;
    adapter_body_is(&c, false, "{\"model\":\"claude-sonnet-4-5\"," CLAUDE_PROMPT "}");
    assert_string_equal(c.http.url.data, "https://api.anthropic.com/v1/messages/count_tokens");
    assert_true(adapter_has_header(&c, "x-api-key: sk-test"));
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"messages\":[]}"), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_non_null(strstr(c.http.body.data, "\"messages\":[]"));
    adapter_starve_encode(&c);
    adapter_end(&c);
}

static void test_gemini(void **state) {
    adapter_case c = begin("gemini", "gemini-2.5-flash");
    (void)state;
    adapter_body_is(&c, false,
                    "{\"generateContentRequest\":{\"model\":\"models/gemini-2.5-flash\"," GEMINI_PROMPT
                    ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"AUTO\"}}}}");
    assert_string_equal(c.http.url.data, "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:"
                                         "countTokens");
    assert_true(adapter_has_header(&c, "x-goog-api-key: sk-test"));
    /* Members of its own go where the others are. */
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"tools\":[],\"cachedContent\":\"c\"}"), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_non_null(strstr(c.http.body.data, "\"tools\":[],\"cachedContent\":\"c\"}}"));
    assert_null(strstr(c.http.body.data, "clock"));
    adapter_starve_encode(&c);
    adapter_end(&c);
}

static void test_vertex(void **state) {
    adapter_case c = begin("vertex_ai", "gemini-2.5-flash");
    (void)state;
    adapter_body_is(&c, false, "{" GEMINI_PROMPT "}");
    assert_string_equal(c.http.url.data,
                        "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/publishers/google/"
                        "models/gemini-2.5-flash:countTokens");
    adapter_end(&c);
    c = begin("vertex_ai", "claude-sonnet-4-5@20250929");
    adapter_body_is(
        &c, false,
        "{\"anthropic_version\":\"vertex-2023-10-16\",\"model\":\"claude-sonnet-4-5@20250929\"," CLAUDE_PROMPT "}");
    assert_string_equal(
        c.http.url.data,
        "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/publishers/anthropic/"
        "models/count-tokens:rawPredict");
    adapter_starve_encode(&c);
    adapter_end(&c);
}

/* What a chat would refuse is refused here, too: it could not be sent either. */
static void test_refusals(void **state) {
    adapter_case c = begin("anthropic", "claude-sonnet-4-5");
    (void)state;
    assert_int_equal(llmc_request_set_seed(c.request, 1), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "seed"));
    adapter_end(&c);
    c = begin("gemini", "gemini-2.5-flash");
    llmc_request_clear_messages(c.request);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(c.error.message, "messages"));
    adapter_end(&c);
}

static void test_who_counts(void **state) {
    const llmc__provider_row *row;
    (void)state;
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++) {
        adapter_case c;
        bool expected = strcmp(row->name, "anthropic") == 0 || strcmp(row->name, "gemini") == 0 ||
                        strcmp(row->name, "vertex_ai") == 0;
        adapter_begin(&c, row->name, "m");
        if (llmc__provider_serves(&c.target, LLMC__OP_COUNT_TOKENS) != expected)
            fail_msg("%s", row->name);
        adapter_end(&c);
    }
}

static void test_answers(void **state) {
    static const struct {
        const char *body;
        int64_t count;
    } rows[] = {
        {"{\"input_tokens\":2095}", 2095},
        {"{\"totalTokens\":31,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":31}]}", 31},
        {"{\"totalTokens\":12,\"totalBillableCharacters\":36}", 12},
        {"{\"input_tokens\":0}", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        op_answer a = op_decode(&llmc__count_gemini, LLMC__OP_COUNT_TOKENS, NULL, rows[i].body);
        assert_int_equal(a.status, LLMC_OK);
        assert_int_equal(a.result->count, rows[i].count);
        assert_false(a.result->estimated);
        assert_int_equal(a.result->usage.tokens_in, -1); /* nothing was used */
        op_end(&a);
    }
}

static void test_bad_answers(void **state) {
    static const struct {
        const char *body;
        llmc_status status;
        const char *word;
    } rows[] = {
        {"", LLMC_ERR_INCOMPLETE, "broke off"},
        {"{\"input_tokens\":20", LLMC_ERR_INCOMPLETE, "broke off"},
        {"{}", LLMC_ERR_BAD_RESPONSE, "no count"},
        {"[]", LLMC_ERR_BAD_RESPONSE, "no count"},
        {"12", LLMC_ERR_BAD_RESPONSE, "no count"},
        {"{\"input_tokens\":-1}", LLMC_ERR_BAD_RESPONSE, "no count"},
        {"{\"input_tokens\":1.5}", LLMC_ERR_BAD_RESPONSE, "no count"},
        {"{\"input_tokens\":\"7\"}", LLMC_ERR_BAD_RESPONSE, "no count"},
        {"{\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\"}}", LLMC_ERR_OVERLOADED, "busy"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        op_refuses(&llmc__count_anthropic, LLMC__OP_COUNT_TOKENS, NULL, rows[i].body, rows[i].status, rows[i].word);
    op_starve(&llmc__count_anthropic, LLMC__OP_COUNT_TOKENS, NULL, "{\"input_tokens\":7}");
    op_mutate(&llmc__count_anthropic, LLMC__OP_COUNT_TOKENS, NULL, "{\"input_tokens\":7,\"totalTokens\":8}", 5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anthropic),   cmocka_unit_test(test_gemini),     cmocka_unit_test(test_vertex),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_who_counts), cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bad_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
