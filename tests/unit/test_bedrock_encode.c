/* What is sent to Bedrock's Converse API, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_adapter.h"

#define CLAUDE "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
#define NOVA   "amazon.nova-2-lite-v1:0"
#define HI     "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]"

#define SIGNED_WITH_SESSION                                                                                            \
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240229/eu-west-1/bedrock/aws4_request"                                  \
    ", SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token"                           \
    ", Signature=272a15a7f9194f308ff1e52c4166a35303d1e4988e5544238bb9f5e7c5a2796f"

static char region[] = "eu-west-1";
static char access_key[] = "AKIDEXAMPLE";
static char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static char session[] = "session/token==";

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

static const char *header(const adapter_case *c, const char *name) {
    const char *line = NULL;
    size_t len = strlen(name);
    while ((line = llmc__http_request_next_header(&c->http, line)) != NULL)
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 2;
    return NULL;
}

/* ---- where and by whom ---- */

static void test_url_and_bearer(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    adapter_body_is(&c, false, "{" HI "}");
    assert_string_equal(c.http.url.data, "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
                                         "us.anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse");
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    assert_true(adapter_has_header(&c, "Content-Type: application/json"));
    assert_true(adapter_has_header(&c, "Accept: application/json"));
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test")); /* a bearer's request is not signed */
    assert_null(header(&c, "X-Amz-Date"));
    adapter_body_is(&c, true, "{" HI "}");
    assert_non_null(strstr(c.http.url.data, "%3A0/converse-stream"));
    assert_true(adapter_has_header(&c, "Accept: application/vnd.amazon.eventstream"));
    assert_true(c.http.stream);
    adapter_end(&c);
}

/* An ARN is one segment of the path; LiteLLM's way to name the API is understood. */
static void test_odd_model_names(void **state) {
    static const struct {
        const char *model, *path;
    } rows[] = {
        {"arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-x",
         "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123%3Ainference-profile%2Fus.anthropic.claude-x/converse"},
        {"converse/" NOVA, "/model/amazon.nova-2-lite-v1%3A0/converse"},
        {"a b?c#d%", "/model/a%20b%3Fc%23d%25/converse"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin_hi(rows[i].model);
        assert_int_equal(adapter_encode(&c, false), LLMC_OK);
        assert_string_equal(strstr(c.http.url.data, ".com") + 4, rows[i].path);
        adapter_end(&c);
    }
}

/* The signature of this very request, as Python's hmac has it. */
static void test_signed(void **state) {
    adapter_case c = begin_hi("anthropic.claude-3-haiku-20240307-v1:0");
    (void)state;
    c.target.api_key = NULL;
    c.target.access_key_id = access_key;
    c.target.secret_access_key = secret;
    c.target.session_token = session;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_string_equal(c.http.body.data, "{" HI "}");
    assert_null(header(&c, "Authorization"));
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error), LLMC_OK);
    assert_string_equal(header(&c, "Authorization"), SIGNED_WITH_SESSION);
    assert_true(adapter_has_header(&c, "X-Amz-Security-Token: session/token=="));
    assert_true(adapter_has_header(&c, "X-Amz-Date: 20240229T235959Z"));
    assert_null(strstr(c.http.url.data, "Signature")); /* nothing of it in the URL */
    adapter_end(&c);
}

/* Without a region the host of Amazon's own form tells it; no other host does. */
static void test_region_of_the_host(void **state) {
    static const struct {
        const char *url, *region; /* NULL: refused */
    } rows[] = {
        {"https://bedrock-runtime.ap-south-1.amazonaws.com", "ap-south-1"},
        {"https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {"https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com", NULL},
        {"https://gateway.example/bedrock", NULL},
        {"http://127.0.0.1:8080", NULL},
        {"https://bedrock-runtime.{region}.amazonaws.com", NULL},
        {"https://bedrock-runtime..amazonaws.com", NULL},
        {"https://bedrock-runtime.x", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin_hi(NOVA);
        c.target.api_key = NULL;
        c.target.access_key_id = access_key;
        c.target.secret_access_key = secret;
        c.target.region = NULL;
        llmc__mem_free(c.target.base_url);
        c.target.base_url = llmc__mem_strdup(rows[i].url);
        if (rows[i].region == NULL) {
            refused(&c, LLMC_ERR_INVALID_ARGUMENT, "AWS_REGION");
        } else {
            char scope[128];
            (void)snprintf(scope, sizeof scope, "/20240229/%s/bedrock/aws4_request", rows[i].region);
            assert_int_equal(adapter_encode(&c, false), LLMC_OK);
            assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error), LLMC_OK);
            assert_non_null(strstr(header(&c, "Authorization"), scope));
        }
        adapter_end(&c);
    }
}

/* It becomes a part of the host's name, where nothing may lead elsewhere. */
static void test_bad_regions(void **state) {
    static char bad[][80] = {"",
                             "us east",
                             "evil.example/",
                             "a@b",
                             "US-EAST-1",
                             "us-east-1.evil.example#",
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        adapter_case c = begin_hi(NOVA);
        c.target.region = bad[i];
        refused(&c, LLMC_ERR_INVALID_ARGUMENT, "AWS_REGION");
        adapter_end(&c);
    }
}

static void test_missing_credentials(void **state) {
    adapter_case c = begin_hi(NOVA);
    (void)state;
    c.target.api_key = NULL;
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_BEARER_TOKEN_BEDROCK");
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_SECRET_ACCESS_KEY");
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 0, &c.error), LLMC_ERR_MISSING_KEY);
    c.target.access_key_id = access_key;
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_SECRET_ACCESS_KEY");
    c.target.access_key_id = NULL;
    c.target.secret_access_key = secret;
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_ACCESS_KEY_ID");
    assert_null(strstr(c.error.message, secret));
    adapter_end(&c);
}

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    assert_string_equal(provider, "bedrock");
    (void)snprintf(token, capacity, "%s", (const char *)user_data);
    return 0;
}

static void test_token_function(void **state) {
    static char token[] = "short-lived";
    adapter_case c = begin_hi(NOVA);
    (void)state;
    c.target.api_key = NULL;
    c.target.token = give_token;
    c.target.token_user_data = token;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer short-lived"));
    adapter_end(&c);
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

typedef struct gate {
    uint32_t fail_at, seen;
} gate;

static int on_allocation(void *ctx) {
    gate *g = ctx;
    return g->seen++ != g->fail_at;
}

static void test_without_memory(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    ok(llmc_request_add_image(c.request, "image/png", "abc", 3));
    ok(llmc_request_add_tool(c.request, "weather", "Tells it", weather));
    c.target.api_key = NULL;
    c.target.access_key_id = access_key;
    c.target.secret_access_key = secret;
    for (uint32_t k = 0;; k++) {
        gate g = {k, 0};
        llmc__mem_set_gate(on_allocation, &g);
        llmc_status status = adapter_encode(&c, false);
        if (status == LLMC_OK)
            status = c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error);
        llmc__mem_set_gate(NULL, NULL);
        if (g.seen <= k)
            break;
        assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
    adapter_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_and_bearer), cmocka_unit_test(test_odd_model_names),
        cmocka_unit_test(test_signed),         cmocka_unit_test(test_region_of_the_host),
        cmocka_unit_test(test_bad_regions),    cmocka_unit_test(test_missing_credentials),
        cmocka_unit_test(test_token_function), cmocka_unit_test(test_messages),
        cmocka_unit_test(test_media),          cmocka_unit_test(test_media_refused),
        cmocka_unit_test(test_tool_turns),     cmocka_unit_test(test_tool_choice),
        cmocka_unit_test(test_no_tool_choice), cmocka_unit_test(test_cache_marks),
        cmocka_unit_test(test_replay),         cmocka_unit_test(test_inference),
        cmocka_unit_test(test_schema),         cmocka_unit_test(test_reasoning),
        cmocka_unit_test(test_nova),           cmocka_unit_test(test_fields_not_taken),
        cmocka_unit_test(test_invoke),         cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
