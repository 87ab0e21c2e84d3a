#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "provider/anthropic.h"
#include "support_adapter.h"

#define MODEL "claude-sonnet-4-5"

static adapter_case c;

static int set_up(void **state) {
    (void)state;
    adapter_begin(&c, "anthropic", MODEL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    adapter_end(&c);
    return 0;
}

static void say(llmc_role role, const char *text) {
    assert_int_equal(llmc_request_add_message(c.request, role, text), LLMC_OK);
}

#define HEAD(max)     "{\"model\":\"" MODEL "\",\"max_tokens\":" max
#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define BOT(content)  "{\"role\":\"assistant\",\"content\":" content "}"
#define HI            ",\"messages\":[" USER("\"Hi\"") "]"
#define MARK          "\"cache_control\":{\"type\":\"ephemeral\"}"

static void test_least_request(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    adapter_body_is(&c, false, HEAD("8192") HI "}");
    assert_string_equal(c.http.url.data, "https://api.anthropic.com/v1/messages");
    assert_true(adapter_has_header(&c, "x-api-key: sk-test"));
    assert_true(adapter_has_header(&c, "anthropic-version: 2023-06-01"));
    assert_true(adapter_has_header(&c, "Content-Type: application/json"));
    adapter_body_is(&c, true, HEAD("8192") HI ",\"stream\":true}");
    assert_true(adapter_has_header(&c, "Accept: text/event-stream"));
}

/* With and without the version, as the official SDKs' variable has it. */
static void test_base_urls(void **state) {
    static const char *const rows[][2] = {
        {"http://localhost:8000", "http://localhost:8000/v1/messages"},
        {"http://localhost:8000/v1", "http://localhost:8000/v1/messages"},
        {"https://api.deepseek.com/anthropic", "https://api.deepseek.com/anthropic/v1/messages"},
    };
    char *was = c.target.base_url;
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char base_url[64];
        (void)snprintf(base_url, sizeof base_url, "%s", rows[i][0]);
        c.target.base_url = base_url;
        assert_int_equal(adapter_encode(&c, false), LLMC_OK);
        assert_string_equal(c.http.url.data, rows[i][1]);
    }
    c.target.base_url = was;
}

static int give_token(const char *provider, char *out, size_t size, void *user_data) {
    (void)user_data;
    return snprintf(out, size, "token-of-%s", provider) < 0;
}

static void test_keys_and_tokens(void **state) {
    static char oauth[] = "sk-ant-oat01-x";
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    c.target.api_key = oauth;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-ant-oat01-x"));
    assert_false(adapter_has_header(&c, "x-api-key: sk-ant-oat01-x"));
    c.target.token = give_token;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer token-of-anthropic"));
    c.target.token = NULL;
    c.target.api_key = NULL;
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(c.error.message, "ANTHROPIC_API_KEY"));
}

static void test_own_headers_count_more(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_add_header(c.request, "anthropic-version", "2030-01-01"), LLMC_OK);
    assert_int_equal(llmc_request_add_header(c.request, "anthropic-beta", "a,b"), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "anthropic-version: 2030-01-01"));
    assert_false(adapter_has_header(&c, "anthropic-version: 2023-06-01"));
    assert_true(adapter_has_header(&c, "anthropic-beta: a,b"));
}

static void test_system(void **state) {
    (void)state;
    say(LLMC_ROLE_SYSTEM, "Be brief.");
    say(LLMC_ROLE_USER, "Hi");
    adapter_body_is(&c, false, HEAD("8192") ",\"system\":\"Be brief.\"" HI "}");
    say(LLMC_ROLE_DEVELOPER, "And kind.");
    assert_int_equal(llmc_request_mark_cache(c.request), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD("8192") ",\"system\":[{\"type\":\"text\",\"text\":\"Be brief.\"},"
                                 "{\"type\":\"text\",\"text\":\"And kind.\"," MARK "}]" HI "}");
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"system\":\"mine\"}"), LLMC_OK);
    adapter_body_is(&c, false, HEAD("8192") ",\"system\":\"mine\"" HI "}");
}

/* Neighbours of one role become one message, also across an instruction and an empty answer. */
static void test_roles_alternate(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "a");
    say(LLMC_ROLE_SYSTEM, "s");
    say(LLMC_ROLE_USER, "b");
    say(LLMC_ROLE_ASSISTANT, "");
    say(LLMC_ROLE_USER, "c");
    say(LLMC_ROLE_ASSISTANT, "d");
    say(LLMC_ROLE_ASSISTANT, "e");
    adapter_body_is(&c, false,
                    HEAD("8192") ",\"system\":\"s\",\"messages\":[" USER(
                        "[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"},"
                        "{\"type\":\"text\",\"text\":\"c\"}]") "," BOT("[{\"type\":\"text\",\"text\":\"d\"},"
                                                                       "{\"type\":\"text\",\"text\":\"e\"}]") "]}");
}

static size_t marks_in_body(void) {
    size_t count = 0;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    for (const char *at = c.http.body.data; (at = strstr(at, "cache_control")) != NULL; at++)
        count++;
    return count;
}

/* More than four are an error 400; the newest of the turns stay, and those of system and tools. */
static void test_marks_are_bounded(void **state) {
    char text[16];
    (void)state;
    say(LLMC_ROLE_SYSTEM, "s");
    assert_int_equal(llmc_request_mark_cache(c.request), LLMC_OK);
    for (int i = 0; i < 6; i++) {
        (void)snprintf(text, sizeof text, "turn %d", i);
        say(i % 2 == 0 ? LLMC_ROLE_USER : LLMC_ROLE_ASSISTANT, text);
        assert_int_equal(llmc_request_mark_cache(c.request), LLMC_OK);
        assert_int_equal(marks_in_body(), i < 3 ? i + 2 : 4);
    }
    assert_non_null(strstr(c.http.body.data, "\"s\"," MARK));
    assert_null(strstr(c.http.body.data, "\"turn 2\"," MARK));
    assert_non_null(strstr(c.http.body.data, "\"turn 3\"," MARK));
    for (int i = 0; i < 4; i++) {
        (void)snprintf(text, sizeof text, "tool%d", i);
        assert_int_equal(llmc_request_add_tool(c.request, text, NULL, NULL), LLMC_OK);
        assert_int_equal(llmc_request_mark_cache(c.request), LLMC_OK);
    }
    assert_int_equal(marks_in_body(), 4);
    assert_null(strstr(c.http.body.data, "\"s\"," MARK));
}

static void test_images_and_files(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "What is it?");
    assert_int_equal(llmc_request_add_image(c.request, "image/webp", "\0\1\2", 3), LLMC_OK);
    assert_int_equal(llmc_request_add_image_url(c.request, "https://x/y.png"), LLMC_OK);
    assert_int_equal(llmc_request_add_file(c.request, "application/pdf", "a.pdf", "%PDF", 4), LLMC_OK);
    assert_int_equal(llmc_request_add_file_url(c.request, "https://x/y.pdf"), LLMC_OK);
    assert_int_equal(llmc_request_add_file(c.request, "text/markdown", NULL, "h\xc3\xa9", 3), LLMC_OK);
    assert_int_equal(llmc_request_mark_cache(c.request), LLMC_OK);
    adapter_body_is(
        &c, false,
        HEAD("8192") ",\"messages\":[" USER(
            "[{\"type\":\"text\",\"text\":\"What is it?\"},"
            "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/webp\",\"data\":\"AAEC\"}},"
            "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x/y.png\"}},"
            "{\"type\":\"document\",\"title\":\"a.pdf\",\"source\":{\"type\":\"base64\","
            "\"media_type\":\"application/pdf\",\"data\":\"JVBERg==\"}},"
            "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://x/y.pdf\"}},"
            "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/"
            "plain\",\"data\":\"h\xc3\xa9\"}," MARK "}]") "]}");
}

static void test_types_not_taken(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "What is it?");
    assert_int_equal(llmc_request_add_image(c.request, "image/bmp", "BM", 2), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "image/bmp"));
    assert_non_null(strstr(c.error.message, "anthropic"));
    llmc_request_clear_messages(c.request);
    say(LLMC_ROLE_USER, "What is it?");
    assert_int_equal(llmc_request_add_file(c.request, "application/zip", "a.zip", "PK", 2), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "application/zip"));
}

#define TOOL "{\"name\":\"f\",\"description\":\"d\",\"input_schema\":{\"type\":\"object\"},\"strict\":true," MARK "}"

static void test_tools(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_add_tool(c.request, "g", NULL, NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(c.request, "f", "d", "{\"type\":\"object\"}"), LLMC_OK);
    assert_int_equal(llmc_request_set_tool_strict(c.request, true), LLMC_OK);
    assert_int_equal(llmc_request_mark_cache(c.request), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_non_null(strstr(c.http.body.data, "{\"name\":\"g\",\"input_schema\":{\"type\":\"object\""));
    assert_non_null(strstr(c.http.body.data, TOOL));
    assert_null(strstr(c.http.body.data, "tool_choice"));
}

static void choice_is(const char *json) {
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    if (strstr(c.http.body.data, json) == NULL)
        fail_msg("%s: %s", json, c.http.body.data);
}

static void test_tool_choices(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_set_parallel_tool_calls(c.request, false), LLMC_OK);
    adapter_body_is(&c, false, HEAD("8192") HI "}"); /* an error without tools */
    assert_int_equal(llmc_request_add_tool(c.request, "f", NULL, NULL), LLMC_OK);
    choice_is("\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_REQUIRED, NULL), LLMC_OK);
    choice_is("\"tool_choice\":{\"type\":\"any\",\"disable_parallel_tool_use\":true}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_NONE, NULL), LLMC_OK);
    choice_is("\"tool_choice\":{\"type\":\"none\"}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_NAMED, "f"), LLMC_OK);
    choice_is("\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\",\"disable_parallel_tool_use\":true}");
    assert_int_equal(llmc_request_set_parallel_tool_calls(c.request, true), LLMC_OK);
    choice_is("\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}");
    assert_int_equal(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_AUTO, NULL), LLMC_OK);
    choice_is("\"tool_choice\":{\"type\":\"auto\"}");
}

/* The results of one answer's calls go into one message, in front of what the user says. */
static void test_calls_and_results(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    say(LLMC_ROLE_ASSISTANT, "I look.");
    assert_int_equal(llmc_request_add_tool_call(c.request, "call|1", "f", "{\"a\": 1}"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_call(c.request, "toolu_2", "g", NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "call|1", "sunny", false), LLMC_OK);
    assert_int_equal(llmc_request_add_tool_result(c.request, "toolu_2", "", true), LLMC_OK);
    say(LLMC_ROLE_USER, "And?");
    adapter_body_is(&c, false,
                    HEAD("8192") ",\"messages\":[" USER("\"Hi\"") "," BOT(
                        "[{\"type\":\"text\",\"text\":\"I look.\"},"
                        "{\"type\":\"tool_use\",\"id\":\"call_1\",\"name\":\"f\","
                        "\"input\":{\"a\": 1}},"
                        "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"g\","
                        "\"input\":{}}]") "," USER("[{\"type\":\"tool_result\","
                                                   "\"tool_use_id\":\"call_1\","
                                                   "\"content\":\"sunny\"},"
                                                   "{\"type\":\"tool_result\","
                                                   "\"tool_use_id\":\"toolu_2\","
                                                   "\"is_error\":true},"
                                                   "{\"type\":\"text\",\"text\":"
                                                   "\"And?\"}]") "]}");
}

static void test_options(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_set_max_tokens(c.request, 7), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(c.request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(c.request, 0.9), LLMC_OK);
    assert_int_equal(llmc_request_set_top_k(c.request, 40), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(c.request, "END"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(c.request, "u-1"), LLMC_OK);
    assert_int_equal(llmc_request_set_service_tier(c.request, "standard_only"), LLMC_OK);
    assert_int_equal(llmc_request_set_json_schema(c.request, "n", "{\"type\":\"object\"}", true), LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD("7") HI
                    ",\"temperature\":0.5,\"top_p\":0.9,\"top_k\":40,\"stop_sequences\":[\"END\"],"
                    "\"metadata\":{\"user_id\":\"u-1\"},\"service_tier\":\"standard_only\","
                    "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}}");
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"max_tokens\":9,\"metadata\":null,\"top_k\":1,"
                                                            "\"output_config\":{},\"x\":[1]}"),
                     LLMC_OK);
    adapter_body_is(&c, false,
                    HEAD("9") HI
                    ",\"temperature\":0.5,\"top_p\":0.9,\"top_k\":1,\"stop_sequences\":[\"END\"],"
                    "\"metadata\":null,\"service_tier\":\"standard_only\",\"output_config\":{},\"x\":[1]}");
}

static void test_temperature_ends_at_one(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_set_temperature(c.request, 1.0), LLMC_OK);
    adapter_body_is(&c, false, HEAD("8192") HI ",\"temperature\":1}");
    assert_int_equal(llmc_request_set_temperature(c.request, 1.5), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "temperature"));
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, HEAD("8192") HI "}");
    c.target.drop_unsupported = false;
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"temperature\":0.1}"), LLMC_OK);
    adapter_body_is(&c, false, HEAD("8192") HI ",\"temperature\":0.1}");
}

static void test_fields_not_taken(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_set_seed(c.request, 1), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "seed"));
    assert_non_null(strstr(c.error.message, "anthropic"));
    assert_int_equal(llmc_request_set_json_mode(c.request, true), LLMC_OK);
    assert_int_equal(llmc_request_set_n(c.request, 2), LLMC_OK);
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, HEAD("8192") HI "}");
}

/* ---- models and thinking ---- */

static void test_versions(void **state) {
    static const struct {
        const char *model;
        int version;
    } rows[] = {
        {"claude-2.1", 201},
        {"claude-instant-1.2", 102},
        {"claude-3-opus-20240229", 300},
        {"claude-3-5-haiku-latest", 305},
        {"claude-3-7-sonnet-20250219", 307},
        {"claude-sonnet-4-20250514", 400},
        {"claude-sonnet-4-0", 400},
        {"claude-opus-4-1@20250805", 401},
        {"us.anthropic.claude-sonnet-4-5-20250929-v1:0", 405},
        {"anthropic.claude-v2:1", 200},
        {"claude-opus-4-6", 406},
        {"claude-sonnet-5", 500},
        {"claude-opus-10-2", 1002},
        {"claude-fable-20270101", 9999},
        {"claude-fable", 9999},
        {"claude", 9999},
        {"deepseek-chat", 400},
        {"", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (llmc__anthropic_version(rows[i].model) != rows[i].version)
            fail_msg("%s: %d", rows[i].model, llmc__anthropic_version(rows[i].model));
}

typedef struct thinking_row {
    const char *model;
    llmc_reasoning_effort effort;
    int64_t budget;     /* -1: not set */
    int64_t max_tokens; /* 0: not set */
    const char *wanted; /* what stands in the body */
    const char *unwanted;
} thinking_row;

static void check_thinking(const thinking_row *row) {
    adapter_case one;
    adapter_begin(&one, "anthropic", row->model);
    assert_int_equal(llmc_request_add_message(one.request, LLMC_ROLE_USER, "Hi"), LLMC_OK);
    if (row->effort != LLMC_REASONING_UNSET)
        assert_int_equal(llmc_request_set_reasoning_effort(one.request, row->effort), LLMC_OK);
    if (row->budget >= 0)
        assert_int_equal(llmc_request_set_reasoning_budget(one.request, row->budget), LLMC_OK);
    if (row->max_tokens > 0)
        assert_int_equal(llmc_request_set_max_tokens(one.request, row->max_tokens), LLMC_OK);
    assert_int_equal(adapter_encode(&one, false), LLMC_OK);
    if (strstr(one.http.body.data, row->wanted) == NULL)
        fail_msg("%s: no %s in %s", row->model, row->wanted, one.http.body.data);
    if (row->unwanted != NULL && strstr(one.http.body.data, row->unwanted) != NULL)
        fail_msg("%s: %s in %s", row->model, row->unwanted, one.http.body.data);
    adapter_end(&one);
}

#define BUDGET(tokens) "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":" tokens "}"
#define ADAPTIVE(word) "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"" word "\"}"
#define DISABLED       "\"thinking\":{\"type\":\"disabled\"}"

static void test_thinking(void **state) {
    static const thinking_row rows[] = {
        {"claude-3-7-sonnet-latest", LLMC_REASONING_LOW, -1, 0, BUDGET("4096"), "output_config"},
        {"claude-3-7-sonnet-latest", LLMC_REASONING_LOW, -1, 0, "\"max_tokens\":12288", NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_MINIMAL, -1, 0, BUDGET("1024"), NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_MEDIUM, -1, 20000, BUDGET("8192"), NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_HIGH, -1, 5000, BUDGET("4999"), NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_NONE, -1, 0, DISABLED, "budget"},
        {"claude-3-5-haiku-latest", LLMC_REASONING_NONE, -1, 0, "\"max_tokens\":8192", "thinking"},
        {"claude-3-opus-20240229", LLMC_REASONING_UNSET, -1, 0, "\"max_tokens\":4096", "thinking"},
        {"claude-opus-4-6", LLMC_REASONING_MINIMAL, -1, 0, ADAPTIVE("low"), NULL},
        {"claude-opus-4-6", LLMC_REASONING_LOW, -1, 0, ADAPTIVE("low"), "budget"},
        {"claude-sonnet-5", LLMC_REASONING_MEDIUM, -1, 100, ADAPTIVE("medium"), NULL},
        {"claude-sonnet-5", LLMC_REASONING_HIGH, -1, 0, ADAPTIVE("high"), NULL},
        {"claude-sonnet-5", LLMC_REASONING_HIGH, -1, 0, "\"max_tokens\":24576", NULL},
        {"claude-sonnet-5", LLMC_REASONING_NONE, -1, 0, DISABLED, "effort"},
        {"deepseek-chat", LLMC_REASONING_LOW, -1, 0, BUDGET("4096"), "output_config"},
        {"claude-sonnet-4-5", LLMC_REASONING_UNSET, 2000, 0, BUDGET("2000"), NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_UNSET, 2000, 0, "\"max_tokens\":10192", NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_UNSET, 2000, 100, BUDGET("2000"), NULL}, /* more than max_tokens: a beta */
        {"claude-sonnet-4-5", LLMC_REASONING_UNSET, 0, 0, DISABLED, NULL},
        {"claude-sonnet-4-5", LLMC_REASONING_HIGH, 2000, 0, BUDGET("2000"), "effort"},
        {"claude-opus-4-6", LLMC_REASONING_HIGH, 2000, 0, BUDGET("2000") ",\"output_config\":{\"effort\":\"high\"}",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_thinking(&rows[i]);
}

static void test_no_room_to_think(void **state) {
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc_request_set_reasoning_effort(c.request, LLMC_REASONING_LOW), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(c.request, 1024), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(c.error.message, "max_tokens"));
    assert_int_equal(llmc_request_set_max_tokens(c.request, 1025), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
}

static void test_effort_and_schema_share_a_member(void **state) {
    adapter_case one;
    (void)state;
    adapter_begin(&one, "anthropic", "claude-opus-4-7");
    assert_int_equal(llmc_request_add_message(one.request, LLMC_ROLE_USER, "Hi"), LLMC_OK);
    assert_int_equal(llmc_request_set_reasoning_effort(one.request, LLMC_REASONING_LOW), LLMC_OK);
    assert_int_equal(llmc_request_set_json_schema(one.request, "n", "{}", false), LLMC_OK);
    adapter_body_is(&one, false,
                    "{\"model\":\"claude-opus-4-7\",\"max_tokens\":12288" HI ",\"thinking\":{\"type\":\"adaptive\"},"
                    "\"output_config\":{\"effort\":\"low\",\"format\":{\"type\":\"json_schema\",\"schema\":{}}}}");
    adapter_end(&one);
}

/* ---- what clouds make of it ---- */

static llmc_status cloud_url(llmc__body *body) {
    llmc_status status = llmc__body_url(body, "/models/");
    return status == LLMC_OK ? llmc__body_url_segment(body, body->model) : status;
}

static void cloud_write(llmc__body *body) {
    static const llmc__anthropic_form form = {.version = "vertex-2023-10-16", .says_stream = true};
    llmc__anthropic_write(body, &form);
}

static void test_another_form(void **state) {
    static const llmc__body_form form = {"messages", cloud_url, NULL, cloud_write};
    llmc__body body = {.target = &c.target,
                       .model = "claude-3@1",
                       .request = c.request,
                       .stream = true,
                       .out = &c.http,
                       .error = &c.error};
    (void)state;
    say(LLMC_ROLE_USER, "Hi");
    assert_int_equal(llmc__body_encode(&body, &form), LLMC_OK);
    assert_string_equal(c.http.url.data, "https://api.anthropic.com/v1/models/claude-3%401");
    assert_string_equal(c.http.body.data, "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\":4096,"
                                          "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}");
}

static void test_no_messages(void **state) {
    (void)state;
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"messages\":[]}"), LLMC_OK);
    adapter_body_is(&c, false, HEAD("8192") ",\"messages\":[]}");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_least_request),
        CASE(test_base_urls),
        CASE(test_keys_and_tokens),
        CASE(test_own_headers_count_more),
        CASE(test_system),
        CASE(test_roles_alternate),
        CASE(test_marks_are_bounded),
        CASE(test_images_and_files),
        CASE(test_types_not_taken),
        CASE(test_tools),
        CASE(test_tool_choices),
        CASE(test_calls_and_results),
        CASE(test_options),
        CASE(test_temperature_ends_at_one),
        CASE(test_fields_not_taken),
        CASE(test_versions),
        CASE(test_thinking),
        CASE(test_no_room_to_think),
        CASE(test_effort_and_schema_share_a_member),
        CASE(test_another_form),
        CASE(test_no_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
