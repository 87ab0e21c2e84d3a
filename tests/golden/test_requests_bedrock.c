/*
 * Recorded requests to Converse, said again through the setters: the same body must come out, at the same path. What
 * has no setter (guardrails, documents as text, tools of Nova's own) goes through extra_json, as a caller's would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_rebuild.h"
#include "support_wire.h"
#include "wire/json.h"
#include "wire/jsonprint.h"

#define MAX_BYTES ((size_t)1 << 20)

static llmc_request *request;
static const llmc__json_doc *doc;
static llmc__buf extra;

static void ok(llmc_status status) {
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), llmc_last_error_message());
}

static const llmc__json *at(const llmc__json *value, const char *a, const char *b) {
    value = llmc__json_get(value, a);
    return b != NULL ? llmc__json_get(value, b) : value;
}

static const char *text_at(const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

static bool is(const char *a, const char *b) {
    return a != NULL && strcmp(a, b) == 0;
}

static llmc__buf print(const llmc__json *value) {
    llmc__buf out;
    llmc__buf_init(&out, MAX_BYTES);
    ok(llmc__jsonprint_value(doc, value, &out));
    return out;
}

/* ---- messages ---- */

static bool can_say_block(const llmc__json *block) {
    return llmc__json_get(block, "text") != NULL || llmc__json_get(block, "toolUse") != NULL ||
           llmc__json_get(block, "toolResult") != NULL || llmc__json_get(block, "cachePoint") != NULL;
}

static bool can_say_messages(const llmc__json *messages) {
    for (const llmc__json *message = llmc__json_first(messages); message != NULL; message = llmc__json_next(message))
        for (const llmc__json *block = llmc__json_first(llmc__json_get(message, "content")); block != NULL;
             block = llmc__json_next(block))
            if (!can_say_block(block))
                return false;
    return true;
}

static void say_block(llmc_role role, const llmc__json *block, bool first) {
    const llmc__json *use = llmc__json_get(block, "toolUse"), *result = llmc__json_get(block, "toolResult");
    if (llmc__json_get(block, "cachePoint") != NULL) {
        ok(llmc_request_mark_cache(request));
    } else if (use != NULL) {
        llmc__buf input = print(llmc__json_get(use, "input"));
        ok(llmc_request_add_tool_call(request, text_at(use, "toolUseId"), text_at(use, "name"), input.data));
        llmc__buf_free(&input);
    } else if (result != NULL) {
        ok(llmc_request_add_tool_result(request, text_at(result, "toolUseId"),
                                        text_at(llmc__json_first(llmc__json_get(result, "content")), "text"),
                                        is(text_at(result, "status"), "error")));
    } else if (first) {
        ok(llmc_request_add_message(request, role, text_at(block, "text")));
    } else {
        ok(llmc_request_add_text(request, text_at(block, "text")));
    }
}

static void say_blocks(llmc_role role, const llmc__json *blocks) {
    bool first = true;
    for (const llmc__json *block = llmc__json_first(blocks); block != NULL; block = llmc__json_next(block)) {
        say_block(role, block, first);
        first = false;
    }
}

static bool say_messages(const llmc__json *messages) {
    if (!can_say_messages(messages)) {
        ok(llmc_request_add_message(request, LLMC_ROLE_USER, "extra_json has them"));
        return false;
    }
    for (const llmc__json *message = llmc__json_first(messages); message != NULL; message = llmc__json_next(message))
        say_blocks(is(text_at(message, "role"), "assistant") ? LLMC_ROLE_ASSISTANT : LLMC_ROLE_USER,
                   llmc__json_get(message, "content"));
    return true;
}

/* ---- what stands beside them ---- */

static bool say_inference(const llmc__json *config) {
    double number = 0;
    int64_t whole = 0;
    if (llmc__json_int64(doc, llmc__json_get(config, "maxTokens"), &whole))
        ok(llmc_request_set_max_tokens(request, whole));
    if (llmc__json_double(llmc__json_get(config, "temperature"), &number))
        ok(llmc_request_set_temperature(request, number));
    if (llmc__json_double(llmc__json_get(config, "topP"), &number))
        ok(llmc_request_set_top_p(request, number));
    for (const llmc__json *stop = llmc__json_first(llmc__json_get(config, "stopSequences")); stop != NULL;
         stop = llmc__json_next(stop))
        ok(llmc_request_add_stop(request, llmc__json_string(doc, stop, NULL)));
    return true;
}

static bool say_tools(const llmc__json *config) {
    const llmc__json *first = llmc__json_first(llmc__json_get(config, "tools"));
    for (const llmc__json *tool = first; tool != NULL; tool = llmc__json_next(tool))
        if (llmc__json_get(tool, "toolSpec") == NULL)
            return false;
    for (const llmc__json *tool = first; tool != NULL; tool = llmc__json_next(tool)) {
        const llmc__json *spec = llmc__json_get(tool, "toolSpec");
        llmc__buf schema = print(at(spec, "inputSchema", "json"));
        ok(llmc_request_add_tool(request, text_at(spec, "name"), text_at(spec, "description"), schema.data));
        llmc__buf_free(&schema);
    }
    return true;
}

static bool say_additional(const llmc__json *fields) {
    int64_t number = 0;
    if (llmc__json_int64(doc, at(fields, "thinking", "budget_tokens"), &number))
        ok(llmc_request_set_reasoning_budget(request, number));
    else if (llmc__json_int64(doc, at(fields, "inferenceConfig", "topK"), &number))
        ok(llmc_request_set_top_k(request, number));
    else
        return is(text_at(fields, "reasoning_config"), "high") &&
               llmc_request_set_reasoning_effort(request, LLMC_REASONING_HIGH) == LLMC_OK;
    return true;
}

static bool say_format(const llmc__json *config) {
    const llmc__json *schema = at(at(config, "textFormat", "structure"), "jsonSchema", NULL);
    ok(llmc_request_set_json_schema(request, text_at(schema, "name"), text_at(schema, "schema"), false));
    return true;
}

static bool say_system(const llmc__json *blocks) {
    say_blocks(LLMC_ROLE_SYSTEM, blocks);
    return true;
}

static bool say_member(const llmc__json *member) {
    static const struct {
        const char *name;
        bool (*say)(const llmc__json *value);
    } members[] = {
        {"messages", say_messages},
        {"system", say_system},
        {"inferenceConfig", say_inference},
        {"toolConfig", say_tools},
        {"additionalModelRequestFields", say_additional},
        {"outputConfig", say_format},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (is(llmc__json_name(member), members[i].name))
            return members[i].say(member);
    return false;
}

/* ---- cases ---- */

/* "/model/us.amazon.nova-micro-v1%3A0/converse": the id, its colons back in place. */
static void model_of(const char *endpoint, char *out, size_t size) {
    const char *from = endpoint + strlen("/model/");
    size_t len = 0;
    for (; *from != '/' && *from != '\0' && len + 1 < size; from++) {
        bool colon = strncmp(from, "%3A", 3) == 0;
        out[len++] = colon ? ':' : *from;
        from += colon ? 2 : 0;
    }
    out[len] = '\0';
}

static char *endpoint_of(const wire_case *one) {
    char path[700];
    size_t len = 0;
    llmc__json_doc *meta = NULL;
    (void)snprintf(path, sizeof path, "%.100s/%s.meta.json", wire_dir(), one->name);
    char *text = wire_read(path, &len);
    assert_non_null(text);
    assert_int_equal(llmc__json_parse(text, len, &meta, NULL), LLMC_OK);
    const char *endpoint = llmc__json_string(meta, llmc__json_get(llmc__json_root(meta), "endpoint"), NULL);
    char *copy = strdup(endpoint != NULL ? endpoint : "");
    llmc__json_free(meta);
    free(text);
    return copy;
}

static void say_all(const char *model, const llmc__json *root) {
    llmc__buf_init(&extra, MAX_BYTES);
    ok(llmc_request_new(model, &request));
    for (const llmc__json *member = llmc__json_first(root); member != NULL; member = llmc__json_next(member)) {
        llmc__buf value = print(member);
        if (!say_member(member))
            ok(llmc__buf_appendf(&extra, "%s\"%s\":%s", extra.len > 0 ? "," : "{", llmc__json_name(member),
                                 value.data));
        llmc__buf_free(&value);
    }
    if (extra.len > 0) {
        ok(llmc__buf_append_char(&extra, '}'));
        ok(llmc_request_set_extra_json(request, extra.data));
    }
    llmc__buf_free(&extra);
}

/* A status that says no more than its absence. */
static void drop_success(char *text) {
    static const char status[] = ", \"status\": \"success\"";
    for (char *hit; (hit = strstr(text, status)) != NULL;)
        memmove(hit, hit + sizeof status - 1, strlen(hit + sizeof status - 1) + 1);
}

static bool check(const wire_case *one, char *text, const char *endpoint) {
    static char name[] = "bedrock", key[] = "sk-test", region[] = "us-east-1", url[] = "https://h.example";
    const llmc__target target = {
        .name = name, .provider = &llmc__provider_bedrock, .api_key = key, .region = region, .base_url = url};
    llmc__json_doc *parsed = NULL;
    llmc__http_request http;
    llmc_error error;
    char model[256];
    drop_success(text);
    model_of(endpoint, model, sizeof model);
    assert_int_equal(llmc__json_parse(text, strlen(text), &parsed, NULL), LLMC_OK);
    doc = parsed;
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    say_all(model, llmc__json_root(parsed));
    bool stream = strcmp(one->api, "bedrock-converse-stream") == 0;
    if (llmc__provider_encode(&target, model, request, stream, &http, &error) != LLMC_OK)
        fail_msg("%s: %s", one->name, error.message);
    bool same = rebuild_same(http.body.data, text) != 0;
    if (endpoint[0] != '\0') { /* some recorders put the colons back */
        char sent[256];
        model_of(http.url.data + strlen(url), sent, sizeof sent);
        assert_string_equal(sent, model);
        assert_string_equal(strrchr(http.url.data, '/'), strrchr(endpoint, '/'));
        assert_null(strchr(http.url.data + strlen(url), ':'));
    }
    llmc_request_free(request);
    llmc__http_request_free(&http);
    llmc__json_free(parsed);
    if (!same)
        printf("  differs: %s\n", one->name);
    return same;
}

static void test_recorded_requests(void **state) {
    size_t count = 0, compared = 0, failed = 0;
    (void)state;
    if (wire_dir() == NULL) {
        printf("no recorded requests here (LLMC_WIRE_DIR or ../shared/wire)\n");
        skip();
    }
    wire_case *cases = wire_cases(&count);
    for (size_t i = 0; i < count; i++) {
        char path[700];
        size_t len = 0;
        if (strncmp(cases[i].api, "bedrock-converse", 16) != 0)
            continue;
        (void)snprintf(path, sizeof path, "%.100s/%s.request.json", wire_dir(), cases[i].name);
        char *text = wire_read(path, &len), *endpoint = endpoint_of(&cases[i]);
        if (text != NULL) {
            compared++;
            failed += !check(&cases[i], text, endpoint);
        }
        free(text);
        free(endpoint);
    }
    free(cases);
    printf("%zu recorded requests compared\n", compared);
    assert_int_equal(failed, 0);
    assert_true(compared >= 10);
}

/* Runs everywhere: the same way with a request by hand. */
static void test_hand_written_request(void **state) {
    char text[] =
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a\"},{\"cachePoint\":{\"type\":\"default\"}}]},"
        "{\"role\":\"assistant\",\"content\":[{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"f\",\"input\":{}}}]},"
        "{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"t\",\"content\":[{\"text\":\"r\"}], "
        "\"status\": \"success\"}}]}],\"system\":[{\"text\":\"s\"}],\"inferenceConfig\":{\"maxTokens\":7},"
        "\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":{\"type\":"
        "\"object\"}}}}]},\"guardrailConfig\":{\"x\":1}}";
    const wire_case one = {.name = "by hand", .api = "bedrock-converse-stream"};
    (void)state;
    assert_true(check(&one, text, "/model/us.anthropic.claude-x-v1%3A0/converse-stream"));
    text[strlen(text) - 3] = '2';
    assert_false(rebuild_same(text, "{}"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_request),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
