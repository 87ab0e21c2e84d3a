/* Every recorded answer of Anthropic's Messages API, of Claude at Vertex AI too, and the same forms by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_recorded.h"

static bool is_ours(const wire_case *one) {
    return strcmp(one->api, "anthropic") == 0 || strcmp(one->api, "anthropic-vertex") == 0;
}

static void test_recorded_answers(void **state) {
    (void)state;
    recorded_run();
}

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members " }\n\n"
#define START(index, block)  EVENT("content_block_start", ",\"index\":" index ",\"content_block\":" block)
#define DELTA(index, delta)  EVENT("content_block_delta", ",\"index\":" index ",\"delta\":" delta)
#define STOP(index)          EVENT("content_block_stop", ",\"index\":" index)
#define BEGIN                                                                                                          \
    EVENT("message_start",                                                                                             \
          ",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-x\",\"content\":[],\"usage\":{\"input_tokens\":2,"        \
          "\"cache_creation_input_tokens\":10,\"cache_read_input_tokens\":100,\"output_tokens\":1}}")
#define END(reason)                                                                                                    \
    EVENT("message_delta",                                                                                             \
          ",\"delta\":{\"stop_reason\":\"" reason "\",\"stop_sequence\":null},\"usage\":{\"input_tokens\":3,"          \
          "\"output_tokens\":20,\"output_tokens_details\":{\"thinking_tokens\":5}}")                                   \
    EVENT("message_stop", "")

/* A block of each kind, a ping between them, and what is not known. */
static const char all_kinds[] = BEGIN START("0", "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
    EVENT("ping", "") DELTA("0", "{\"type\":\"thinking_delta\",\"thinking\":\"Let me \"}")
        DELTA("0", "{\"type\":\"thinking_delta\",\"thinking\":\"see.\"}")
            DELTA("0", "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}") STOP("0")
                START("1", "{\"type\":\"redacted_thinking\",\"data\":\"ZW5j\"}") STOP("1")
                    START("2", "{\"type\":\"server_tool_use\",\"id\":\"srv_1\",\"name\":\"web_search\",\"input\":{}}")
                        DELTA("2", "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"query\\\":\"}")
                            DELTA("2", "{\"type\":\"input_json_delta\",\"partial_json\":\"\\\"x\\\"}\"}") STOP("2")
                                START("3", "{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"srv_1\","
                                           "\"content\":[{\"encrypted_content\":\"q\"}]}") STOP("3")
                                    START("4", "{\"type\":\"text\",\"text\":\"\"}")
                                        DELTA("4", "{\"type\":\"text_delta\",\"text\":\"H\\u00e9 \\ud83d\\ude00\"}")
                                            DELTA("4", "{\"type\":\"citations_delta\",\"citation\":"
                                                       "{\"type\":\"char_location\",\"cited_text\":\"t\"}}") STOP("4")
                                                EVENT("what_is_to_come", ",\"x\":1")
                                                    DELTA("4", "{\"type\":\"other_delta\",\"other\":1}")
                                                        END("end_turn");

static const char all_kinds_whole[] =
    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":["
    "{\"type\":\"thinking\",\"thinking\":\"Let me see.\",\"signature\":\"c2ln\"},"
    "{\"type\":\"redacted_thinking\",\"data\":\"ZW5j\"},"
    "{\"type\":\"server_tool_use\",\"id\":\"srv_1\",\"name\":\"web_search\",\"input\":{\"query\":\"x\"}},"
    "{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"srv_1\",\"content\":[{\"encrypted_content\":\"q\"}]},"
    "{\"type\":\"text\",\"text\":\"H\\u00e9 \\ud83d\\ude00\",\"citations\":[{\"type\":\"char_location\","
    "\"cited_text\":\"t\"}]}],"
    "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":10,"
    "\"cache_read_input_tokens\":100,\"output_tokens\":20,\"output_tokens_details\":{\"thinking_tokens\":5}}}";

#define REPLAY                                                                                                         \
    "{\"type\":\"thinking\",\"thinking\":\"Let me see.\",\"signature\":\"c2ln\"},"                                     \
    "{\"type\":\"redacted_thinking\",\"data\":\"ZW5j\"},"                                                              \
    "{\"type\":\"server_tool_use\",\"id\":\"srv_1\",\"name\":\"web_search\",\"input\":{\"query\":\"x\"}},"             \
    "{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"srv_1\",\"content\":[{\"encrypted_content\":\"q\"}]},"     \
    "{\"type\":\"text\",\"text\":\"H\xc3\xa9 \xf0\x9f\x98\x80\",\"citations\":[{\"type\":\"char_location\","           \
    "\"cited_text\":\"t\"}]}"

static void check_all_kinds(const recorded_outcome *result) {
    const llmc_response *response = result->response;
    assert_int_equal(result->status, LLMC_OK);
    assert_string_equal(response->id, "msg_1");
    assert_string_equal(response->model, "claude-x");
    assert_string_equal(llmc__buf_str(&response->first.text), "H\xc3\xa9 \xf0\x9f\x98\x80");
    assert_string_equal(llmc__buf_str(&response->first.reasoning), "Let me see.");
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_SIGNATURE, 0)->text, "c2ln");
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_REDACTED, 0)->text, "ZW5j");
    assert_string_equal(llmc__response_opaque(response, LLMC_EVENT_CITATION, 0)->text,
                        "{\"type\":\"char_location\",\"cited_text\":\"t\"}");
    assert_int_equal(response->first.tool_count, 0);
    assert_int_equal(response->first.finish, LLMC_FINISH_STOP);
    assert_int_equal(response->usage.tokens_in, 113);
    assert_int_equal(response->usage.cached, 100);
    assert_int_equal(response->usage.cache_write, 10);
    assert_int_equal(response->usage.tokens_out, 20);
    assert_int_equal(response->usage.reasoning, 5);
    assert_string_equal(response->replay_origin, "anthropic");
    assert_string_equal(llmc__buf_str(&response->replay), REPLAY);
}

/* Decoded whole and cut everywhere; the same comes out. Free the outcome. */
static recorded_outcome decode(const char *bytes) {
    size_t len = strlen(bytes), before = recorded_mismatches();
    recorded_outcome result = recorded_stream(bytes, len, len);
    recorded_check_splits(bytes, len, &result);
    assert_int_equal(recorded_mismatches(), before);
    return result;
}

static void test_hand_written_stream(void **state) {
    (void)state;
    recorded_outcome result = decode(all_kinds);
    check_all_kinds(&result);
    recorded_free(&result);
}

static void test_hand_written_answer(void **state) {
    (void)state;
    recorded_outcome result = decode(all_kinds_whole);
    check_all_kinds(&result);
    recorded_free(&result);
}

/* Two calls whose pieces are mixed, one without arguments, after a text. */
static void test_hand_written_calls(void **state) {
    static const char stream[] = BEGIN START("0", "{\"type\":\"text\",\"text\":\"I look.\"}") STOP("0")
        START("1", "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{}}")
            START("2", "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"g\",\"input\":{}}")
                DELTA("1", "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}")
                    DELTA("1", "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\": \"}")
                        DELTA("2", "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}")
                            DELTA("1", "{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}") STOP("1") STOP("2")
                                END("tool_use");
    (void)state;
    recorded_outcome result = decode(stream);
    const llmc__choice *first = &result.response->first;
    assert_int_equal(result.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&first->text), "I look.");
    assert_int_equal(first->tool_count, 2);
    assert_string_equal(first->tools[0].id, "toolu_1");
    assert_string_equal(first->tools[0].name, "f");
    assert_string_equal(llmc__buf_str(&first->tools[0].arguments), "{\"a\": 1}");
    assert_string_equal(first->tools[1].id, "toolu_2");
    assert_string_equal(llmc__buf_str(&first->tools[1].arguments), "{}");
    assert_true(first->tools[0].ended && first->tools[1].ended);
    assert_int_equal(first->finish, LLMC_FINISH_TOOL_CALLS);
    assert_int_equal(result.response->replay.len, 0); /* text and calls say all of it */
    recorded_free(&result);
}

/* docs.claude.com/en/docs/build-with-claude/streaming#error-events */
static void test_hand_written_error(void **state) {
    static const char stream[] =
        BEGIN START("0", "{\"type\":\"text\",\"text\":\"\"}") DELTA("0", "{\"type\":\"text_delta\",\"text\":\"Half\"}")
            EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}");
    (void)state;
    recorded_outcome result = decode(stream);
    assert_int_equal(result.status, LLMC_ERR_OVERLOADED);
    assert_true(result.error.retryable);
    assert_string_equal(result.error.provider_type, "overloaded_error");
    assert_string_equal(result.error.provider_message, "Overloaded");
    assert_string_equal(llmc__buf_str(&result.response->first.text), "Half");
    recorded_free(&result);
}

int main(void) {
    const recorded_api api = {.adapter = &llmc__provider_anthropic, .is_ours = is_ours, .is_claude = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_stream), cmocka_unit_test(test_hand_written_answer),
        cmocka_unit_test(test_hand_written_calls),  cmocka_unit_test(test_hand_written_error),
        cmocka_unit_test(test_recorded_answers),
    };
    recorded_set(&api);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
