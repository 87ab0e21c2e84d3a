/* Streams of OpenAI's two APIs with everything in them, changed at random, and decoded without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_adapter.h"

static const char chat_stream[] =
    ": comment\n\ndata: {\"id\":\"i\",\"model\":\"m\",\"choices\":[],\"prompt_filter_results\":[]}\n\n"
    "data: "
    "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"
    "\"h\\u00e9\","
    "\"reasoning_content\":\"r\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"t\",\"index\":0}]},"
    "\"logprobs\":{\"content\":[{\"token\":\"h\",\"logprob\":-0.5}],\"refusal\":null}}]}\r\n\r\n"
    "data: {\"choices\":[{\"index\":1,\"delta\":{\"refusal\":\"no\",\"content\":[{\"type\":\"thinking\",\"thinking\":[{"
    "\"type\":\"text\",\"text\":\"x\"}]},{\"type\":\"text\",\"text\":\"y\"}]}}]}\n\n"
    "data: {\"citations\":[\"https://a\"],\"search_results\":[{\"url\":\"u\"}],\"choices\":[{\"index\":0,\"delta\":{"
    "\"annotations\":[{\"type\":\"url_citation\"}],\"reasoning_details\":[{\"text\":\"t\",\"index\":0,\"signature\":"
    "\"s\"},{\"type\":\"reasoning.encrypted\",\"data\":\"d\"}],\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":"
    "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}},{\"index\":1,\"function\":{\"name\":"
    "\"g\",\"arguments\":{}}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]},"
    "\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":15,"
    "\"prompt_tokens_details\":{\"cached_tokens\":1},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n"
    "data: [DONE]\n\n";

static const char chat_body[] =
    "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\",\"reasoning_content\":"
    "\"y\","
    "\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}],\"annotations\":[{\"type\":"
    "\"a\""
    "}],\"reasoning_details\":[{\"summary\":\"s\"}]},\"logprobs\":{\"tokens\":[\"x\"]},\"finish_reason\":\"stop\"},{"
    "\"index\":127,\"message\":{\"content\":\"z\"}}],\"usage\":{\"prompt_tokens\":1}}";

static const char responses_stream[] =
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n"
    "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"rs\",\"type\":\"reasoning\"}}"
    "\n\n"
    "data: "
    "{\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":0,\"item_id\":\"rs\",\"delta\":\"s\"}\n\n"
    "data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"rs\",\"type\":\"reasoning\","
    "\"summary\":[{\"type\":\"summary_text\",\"text\":\"s\"}],\"encrypted_content\":\"e\"}}\n\n"
    "data: {\"type\":\"response.output_text.delta\",\"output_index\":1,\"delta\":\"h\\u00e9\",\"logprobs\":[{\"token\":"
    "\"h\"}]}\n\n"
    "data: {\"type\":\"response.output_text.annotation.added\",\"output_index\":1,\"annotation\":{\"type\":\"u\"}}\n\n"
    "data: {\"type\":\"response.output_item.added\",\"output_index\":2,\"item\":{\"id\":\"fc\",\"type\":"
    "\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"}}\n\n"
    "data: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":2,\"delta\":\"{}\"}\n\n"
    "data: "
    "{\"type\":\"response.output_item.done\",\"output_index\":3,\"item\":{\"type\":\"custom_tool_call\",\"call_id\":"
    "\"d\",\"name\":\"g\",\"input\":\"x\",\"status\":\"completed\"}}\n\n"
    "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[],\"usage\":{"
    "\"input_tokens\":9,\"output_tokens\":4,\"total_tokens\":13}}}\n\n";

static const char responses_body[] =
    "{\"id\":\"r\",\"model\":\"m\",\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},"
    "\"output\":[{\"type\":\"reasoning\",\"content\":[{\"type\":\"reasoning_text\",\"text\":\"t\"}]},{\"type\":"
    "\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"x\",\"annotations\":[{\"type\":\"u\"}],\"logprobs\":"
    "[{\"token\":\"x\"}]},{\"type\":\"refusal\",\"refusal\":\"no\"}]},{\"type\":\"function_call\",\"call_id\":\"c\","
    "\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\",\"status\":\"incomplete\"}],\"error\":null}";

static void test_chat_stream(void **state) {
    (void)state;
    adapter_mutate(&llmc__provider_openai, chat_stream, 4000);
}

static void test_chat_body(void **state) {
    (void)state;
    adapter_mutate(&llmc__provider_openai, chat_body, 2000);
}

static void test_responses_stream(void **state) {
    (void)state;
    adapter_mutate(&llmc__provider_responses, responses_stream, 4000);
}

static void test_responses_body(void **state) {
    (void)state;
    adapter_mutate(&llmc__provider_responses, responses_body, 2000);
}

static void test_without_memory(void **state) {
    (void)state;
    adapter_starve(&llmc__provider_openai, chat_stream);
    adapter_starve(&llmc__provider_responses, responses_stream);
}

static void test_requests_without_memory(void **state) {
    static const char *const providers[] = {"openai", "openai-responses"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        adapter_case c;
        adapter_begin(&c, providers[i], "m");
        assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_USER, "x"), LLMC_OK);
        assert_int_equal(llmc_request_add_image(c.request, "image/png", "foo", 3), LLMC_OK);
        assert_int_equal(llmc_request_add_tool(c.request, "f", "d", "{}"), LLMC_OK);
        assert_int_equal(llmc_request_add_tool_call(c.request, "c", "f", "{}"), LLMC_OK);
        assert_int_equal(llmc_request_add_tool_result(c.request, "c", "1", false), LLMC_OK);
        assert_int_equal(llmc_request_set_json_schema(c.request, "n", "{}", true), LLMC_OK);
        adapter_starve_encode(&c);
        adapter_end(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chat_stream),      cmocka_unit_test(test_chat_body),
        cmocka_unit_test(test_responses_stream), cmocka_unit_test(test_responses_body),
        cmocka_unit_test(test_without_memory),   cmocka_unit_test(test_requests_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
