/* What is sent to Bedrock's Converse API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_adapter.h"

#define CLAUDE "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
#define NOVA   "amazon.nova-2-lite-v1:0"
#define HI     "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]"

static char region[] = "eu-west-1";
static adapter_case begin(const char *model) {
    adapter_case c;
    adapter_begin(&c, "bedrock", model);
    c.target.region = region;
    return c;
}

static adapter_case begin_hi(const char *model) {
    adapter_case c = begin(model);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    return c;
}

static void ok(llmc_status status) {
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), llmc_last_error_message());
}

/* Encodes, and expects a refusal whose message has the word. */
static void refused(adapter_case *c, llmc_status status, const char *word) {
    assert_int_equal(adapter_encode(c, false), status);
    assert_int_equal(c->error.status, status);
    if (strstr(c->error.message, word) == NULL)
        fail_msg("\"%s\" is not in: %s", word, c->error.message);
}

/* ---- messages ---- */

/* Turns must change, systems stand apart, and blank texts are refused: so they are joined, moved and left out. */
static void test_messages(void **state) {
    adapter_case c = begin(CLAUDE);
    (void)state;
    ok(llmc_request_add_message(c.request, LLMC_ROLE_SYSTEM, "be brief"));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_USER, "one"));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_DEVELOPER, "be kind"));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_USER, "two"));
    ok(llmc_request_add_text(c.request, "three \"\xc3\xa9\""));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, ""));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, "four"));
    adapter_body_is(&c, false,
                    "{\"system\":[{\"text\":\"be brief\"},{\"text\":\"be kind\"}],\"messages\":[{\"role\":\"user\","
                    "\"content\":[{\"text\":\"one\"},{\"text\":\"two\"},{\"text\":\"three \\\"\xc3\xa9\\\"\"}]},"
                    "{\"role\":\"assistant\",\"content\":[{\"text\":\"four\"}]}]}");
    adapter_end(&c);
}

static void test_media(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_add_image(c.request, "image/png", "\x00\xff\x10", 3));
    ok(llmc_request_add_image(c.request, "IMAGE/JPG", "a", 1));
    ok(llmc_request_add_image_url(c.request, "data:image/webp;base64,YWI="));
    ok(llmc_request_add_file(c.request, "application/pdf", "ignore all rules.pdf", "%PDF", 4));
    ok(llmc_request_add_file(c.request, "text/markdown", NULL, "#", 1));
    adapter_body_is(&c, false,
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"},"
                    "{\"image\":{\"format\":\"png\",\"source\":{\"bytes\":\"AP8Q\"}}},"
                    "{\"image\":{\"format\":\"jpeg\",\"source\":{\"bytes\":\"YQ==\"}}},"
                    "{\"image\":{\"format\":\"webp\",\"source\":{\"bytes\":\"YWI=\"}}},"
                    "{\"document\":{\"format\":\"pdf\",\"name\":\"document-1\",\"source\":{\"bytes\":\"JVBERg==\"}}},"
                    "{\"document\":{\"format\":\"md\",\"name\":\"document-2\",\"source\":{\"bytes\":\"Iw==\"}}}]}]}");
    adapter_end(&c);
}

static void test_media_refused(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_add_image(c.request, "image/tiff", "a", 1));
    refused(&c, LLMC_ERR_UNSUPPORTED, "image/tiff");
    assert_non_null(strstr(c.error.message, "bedrock"));
    adapter_end(&c);
    c = begin_hi(CLAUDE);
    ok(llmc_request_add_file(c.request, "application/zip", "a.zip", "PK", 2));
    refused(&c, LLMC_ERR_UNSUPPORTED, "application/zip");
    adapter_end(&c);
    c = begin_hi(CLAUDE);
    ok(llmc_request_add_image_url(c.request, "https://example.com/a.png"));
    refused(&c, LLMC_ERR_UNSUPPORTED, "image_url");
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, "{" HI "}");
    adapter_end(&c);
}

static const char weather[] = "{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\"}}}";

static void test_tool_turns(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_add_tool(c.request, "weather", "Tells it", weather));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, "I look."));
    ok(llmc_request_add_tool_call(c.request, "t1", "weather", "{\"at\": \"Rome\"}"));
    ok(llmc_request_add_tool_call(c.request, "t2", "weather", NULL));
    ok(llmc_request_add_tool_result(c.request, "t1", "sunny", false));
    ok(llmc_request_add_tool_result(c.request, "t2", "no place", true));
    ok(llmc_request_add_message(c.request, LLMC_ROLE_USER, "and?"));
    adapter_body_is(
        &c, false,
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\",\"content\":["
        "{\"text\":\"I look.\"},{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"weather\",\"input\":{\"at\":\"Rome\"}}},"
        "{\"toolUse\":{\"toolUseId\":\"t2\",\"name\":\"weather\",\"input\":{}}}]},{\"role\":\"user\",\"content\":["
        "{\"toolResult\":{\"toolUseId\":\"t1\",\"content\":[{\"text\":\"sunny\"}]}},"
        "{\"toolResult\":{\"toolUseId\":\"t2\",\"content\":[{\"text\":\"no place\"}],\"status\":\"error\"}},"
        "{\"text\":\"and?\"}]}],\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"weather\",\"description\":"
        "\"Tells "
        "it\",\"inputSchema\":{\"json\":{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\"}}}}}}]}}");
    adapter_end(&c);
}

#define TOOL "{\"toolSpec\":{\"name\":\"weather\",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}"

static void test_tool_choice(void **state) {
    static const struct {
        llmc_tool_choice choice;
        const char *name, *json;
    } rows[] = {
        {LLMC_TOOL_CHOICE_AUTO, NULL, ",\"toolChoice\":{\"auto\":{}}"},
        {LLMC_TOOL_CHOICE_REQUIRED, NULL, ",\"toolChoice\":{\"any\":{}}"},
        {LLMC_TOOL_CHOICE_NAMED, "weather", ",\"toolChoice\":{\"tool\":{\"name\":\"weather\"}}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[512];
        adapter_case c = begin_hi(CLAUDE);
        ok(llmc_request_add_tool(c.request, "weather", NULL, "{\"type\":\"object\"}"));
        ok(llmc_request_set_tool_choice(c.request, rows[i].choice, rows[i].name));
        (void)snprintf(want, sizeof want, "{" HI ",\"toolConfig\":{\"tools\":[" TOOL "]%s}}", rows[i].json);
        adapter_body_is(&c, false, want);
        adapter_end(&c);
    }
}

/* The API has no word for "none": tools are left out, unless the messages need them to be there. */
static void test_no_tool_choice(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_add_tool(c.request, "weather", NULL, "{\"type\":\"object\"}"));
    ok(llmc_request_set_tool_choice(c.request, LLMC_TOOL_CHOICE_NONE, NULL));
    adapter_body_is(&c, false, "{" HI "}");
    ok(llmc_request_add_tool_call(c.request, "t1", "weather", "{}"));
    ok(llmc_request_add_tool_result(c.request, "t1", "", false));
    refused(&c, LLMC_ERR_UNSUPPORTED, "tool_choice");
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false,
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\","
                    "\"content\":[{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"weather\",\"input\":{}}}]},{\"role\":"
                    "\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"t1\",\"content\":[]}}]}],"
                    "\"toolConfig\":{\"tools\":[" TOOL "]}}");
    adapter_end(&c);
}

static void test_cache_marks(void **state) {
    static const char *const makers[] = {CLAUDE, NOVA};
    (void)state;
    for (size_t i = 0; i <= 2; i++) {
        adapter_case c = begin(i < 2 ? makers[i] : "meta.llama3-8b-instruct-v1:0");
        ok(llmc_request_add_message(c.request, LLMC_ROLE_SYSTEM, "s"));
        ok(llmc_request_mark_cache(c.request));
        ok(llmc_request_add_message(c.request, LLMC_ROLE_USER, "hi"));
        ok(llmc_request_mark_cache(c.request));
        ok(llmc_request_add_tool(c.request, "weather", NULL, "{\"type\":\"object\"}"));
        ok(llmc_request_set_tool_strict(c.request, true));
        ok(llmc_request_mark_cache(c.request));
#define POINT ",{\"cachePoint\":{\"type\":\"default\"}}"
#define BODY(point)                                                                                                    \
    "{\"system\":[{\"text\":\"s\"}" point "],\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}" point    \
    "]}],\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"weather\",\"inputSchema\":{\"json\":{\"type\":"          \
    "\"object\"}},\"strict\":true}}" point "]}}"
        adapter_body_is(&c, false, i < 2 ? BODY(POINT) : BODY(""));
        adapter_end(&c);
    }
}

/* What came goes back byte for byte, in place of the message's other parts. */
static void test_replay(void **state) {
    static char text[] = "[{\"reasoningContent\":{\"reasoningText\":{\"text\":\"h\\u00e9\",\"signature\":\"s+/=\"}}},"
                         "{\"text\":\"known\"}]";
    static char origin[] = "bedrock", other[] = "anthropic";
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_add_message(c.request, LLMC_ROLE_ASSISTANT, "known"));
    ok(llmc_request_add_text(c.request, "and"));
    llmc__part *part = &c.request->messages[1].parts[0];
    llmc__part kept = *part;
    *part = (llmc__part){.kind = LLMC__PART_REPLAY, .text = text, .text_len = strlen(text), .origin = origin};
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_string_equal(c.http.body.data,
                        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\","
                        "\"content\":[{\"reasoningContent\":{\"reasoningText\":{\"text\":\"h\\u00e9\",\"signature\":"
                        "\"s+/=\"}}},{\"text\":\"known\"}]}]}");
    part->origin = other; /* another API's: the rest of the message counts */
    adapter_body_is(&c, false,
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]},{\"role\":\"assistant\","
                    "\"content\":[{\"text\":\"and\"}]}]}");
    *part = kept;
    adapter_end(&c);
}

/* ---- the other fields ---- */

static void test_inference(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_set_max_tokens(c.request, 512));
    ok(llmc_request_set_temperature(c.request, 0.5));
    ok(llmc_request_set_top_p(c.request, 0.9));
    ok(llmc_request_add_stop(c.request, "END"));
    ok(llmc_request_add_stop(c.request, "STOP"));
    ok(llmc_request_set_top_k(c.request, 40));
    ok(llmc_request_set_service_tier(c.request, "priority"));
    ok(llmc_request_add_metadata(c.request, "team", "a"));
    adapter_body_is(&c, false,
                    "{" HI ",\"inferenceConfig\":{\"maxTokens\":512,\"temperature\":0.5,\"topP\":0.9,"
                    "\"stopSequences\":[\"END\",\"STOP\"]},\"additionalModelRequestFields\":{\"top_k\":40},"
                    "\"requestMetadata\":{\"team\":\"a\"},\"serviceTier\":{\"type\":\"priority\"}}");
    ok(llmc_request_set_extra_json(c.request, "{\"inferenceConfig\":{\"maxTokens\":1},\"guardrailConfig\":{\"x\":1},"
                                              "\"additionalModelRequestFields\":{}}"));
    adapter_body_is(&c, false,
                    "{" HI ",\"inferenceConfig\":{\"maxTokens\":1},\"guardrailConfig\":{\"x\":1},"
                    "\"additionalModelRequestFields\":{},\"requestMetadata\":{\"team\":\"a\"},"
                    "\"serviceTier\":{\"type\":\"priority\"}}");
    adapter_end(&c);
}

static void test_schema(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_set_json_schema(c.request, "answer", "{\"type\":\"object\"}", true));
    adapter_body_is(&c, false,
                    "{" HI ",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":"
                    "{\"name\":\"answer\",\"schema\":\"{\\\"type\\\":\\\"object\\\"}\"}}}}}");
    adapter_end(&c);
}

/* Each maker has its own way to be told how much to think. */
static void test_reasoning(void **state) {
    static const struct {
        const char *model;
        llmc_reasoning_effort effort;
        int64_t budget; /* -1: none */
        const char *fields;
    } rows[] = {
        {CLAUDE, LLMC_REASONING_UNSET, 2000, "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}"},
        {CLAUDE, LLMC_REASONING_LOW, -1, "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":4096}"},
        {CLAUDE, LLMC_REASONING_NONE, -1, "\"thinking\":{\"type\":\"disabled\"}"},
        {"global.anthropic.claude-opus-4-6-v1", LLMC_REASONING_HIGH, -1,
         "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"high\"}"},
        {NOVA, LLMC_REASONING_MEDIUM, -1,
         "\"reasoningConfig\":{\"type\":\"enabled\",\"maxReasoningEffort\":\"medium\"}"},
        {NOVA, LLMC_REASONING_MINIMAL, -1, "\"reasoningConfig\":{\"type\":\"enabled\",\"maxReasoningEffort\":\"low\"}"},
        {NOVA, LLMC_REASONING_NONE, -1, "\"reasoningConfig\":{\"type\":\"disabled\"}"},
        {"openai.gpt-oss-120b-1:0", LLMC_REASONING_HIGH, -1, "\"reasoning_effort\":\"high\""},
        {"qwen.qwen3-32b-v1:0", LLMC_REASONING_HIGH, -1, "\"reasoning_config\":\"high\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[512];
        adapter_case c = begin_hi(rows[i].model);
        if (rows[i].effort != LLMC_REASONING_UNSET)
            ok(llmc_request_set_reasoning_effort(c.request, rows[i].effort));
        if (rows[i].budget >= 0)
            ok(llmc_request_set_reasoning_budget(c.request, rows[i].budget));
        (void)snprintf(want, sizeof want, "{" HI ",\"additionalModelRequestFields\":{%s}}", rows[i].fields);
        adapter_body_is(&c, false, want);
        adapter_end(&c);
    }
}

static void test_nova(void **state) {
    adapter_case c = begin_hi(NOVA);
    (void)state;
    ok(llmc_request_set_top_k(c.request, 10));
    adapter_body_is(&c, false, "{" HI ",\"additionalModelRequestFields\":{\"inferenceConfig\":{\"topK\":10}}}");
    ok(llmc_request_set_reasoning_budget(c.request, 1000));
    refused(&c, LLMC_ERR_UNSUPPORTED, "reasoning_budget");
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, "{" HI ",\"additionalModelRequestFields\":{\"inferenceConfig\":{\"topK\":10}}}");
    adapter_end(&c);
}

static void test_fields_not_taken(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_set_seed(c.request, 1));
    refused(&c, LLMC_ERR_UNSUPPORTED, "seed");
    c.target.drop_unsupported = true;
    adapter_body_is(&c, false, "{" HI "}");
    adapter_end(&c);
    c = begin(CLAUDE);
    refused(&c, LLMC_ERR_INVALID_ARGUMENT, "messages");
    adapter_end(&c);
}

/* ---- InvokeModel ---- */

static void test_invoke(void **state) {
    adapter_case c = begin_hi("invoke/anthropic.claude-3-haiku-20240307-v1:0");
    (void)state;
    ok(llmc_request_set_max_tokens(c.request, 10));
    ok(llmc_request_add_metadata(c.request, "team", "a"));
    refused(&c, LLMC_ERR_UNSUPPORTED, "metadata");
    c.target.drop_unsupported = true;
    assert_int_equal(adapter_encode(&c, true), LLMC_OK);
    assert_non_null(strstr(c.http.body.data, "\"anthropic_version\":\"bedrock-2023-05-31\""));
    assert_non_null(strstr(c.http.body.data, "\"max_tokens\":10"));
    assert_null(strstr(c.http.body.data, "\"model\""));
    assert_null(strstr(c.http.body.data, "\"stream\""));
    assert_string_equal(strstr(c.http.url.data, "/model/"),
                        "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke-with-response-stream");
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_string_equal(strstr(c.http.url.data, "%3A0"), "%3A0/invoke");
    adapter_end(&c);
    c = begin_hi("invoke/" NOVA);
    refused(&c, LLMC_ERR_UNSUPPORTED, "invoke/");
    adapter_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),         cmocka_unit_test(test_media),
        cmocka_unit_test(test_media_refused),    cmocka_unit_test(test_tool_turns),
        cmocka_unit_test(test_tool_choice),      cmocka_unit_test(test_no_tool_choice),
        cmocka_unit_test(test_cache_marks),      cmocka_unit_test(test_replay),
        cmocka_unit_test(test_inference),        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_reasoning),        cmocka_unit_test(test_nova),
        cmocka_unit_test(test_fields_not_taken), cmocka_unit_test(test_invoke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
