/*
 * Every recorded request of Google's generateContent, built anew with the public functions and held against what was
 * sent. Clients spell the same thing in several ways; both sides are brought into one spelling first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "model/response.h"
#include "provider/provider.h"
#include "support_google.h"
#include "support_wire.h"
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

#define OK(call)  assert_int_equal(call, LLMC_OK)
#define MAX_BYTES ((size_t)4 << 20)

/* ---- a recorded request, built anew ---- */

typedef struct builder {
    const llmc__provider *adapter;
    const llmc__json_doc *doc;
    llmc_request *request;
    llmc__jsonw extra; /* what no function sets */
    llmc__buf extra_text;
    size_t calls, results; /* of the last answer */
    bool is_new;
} builder;

static const char *string_at(const builder *b, const llmc__json *object, const char *name) {
    return llmc__json_string(b->doc, llmc__json_get(object, name), NULL);
}

static const llmc__json *get(const llmc__json *object, const char *name) {
    const llmc__json *value = NULL;
    for (const llmc__json *member = llmc__json_first(object); member != NULL; member = llmc__json_next(member))
        if (strcmp(google_spelling(llmc__json_name(member)), name) == 0)
            value = member;
    return value;
}

/* The value as text; to be freed. */
static char *printed(const llmc__json_doc *doc, const llmc__json *value) {
    llmc__buf text;
    llmc__buf_init(&text, MAX_BYTES);
    OK(llmc__jsonprint_value(doc, value, &text));
    char *copy = strdup(llmc__buf_str(&text));
    llmc__buf_free(&text);
    assert_non_null(copy);
    return copy;
}

static void leave_to_extra(builder *b, const llmc__json *member) {
    char *text = printed(b->doc, member);
    llmc__jsonw_name(&b->extra, llmc__json_name(member));
    llmc__jsonw_raw(&b->extra, text, strlen(text));
    free(text);
}

static void add_text(builder *b, llmc_role role, const char *text, bool is_first) {
    if (is_first)
        OK(llmc_request_add_message(b->request, role, text));
    else
        OK(llmc_request_add_text(b->request, text));
}

/* The id our decoder would have made up, when none was sent. */
static const char *id_of(const builder *b, const llmc__json *object, size_t index, char out[32]) {
    const char *id = string_at(b, object, "id");
    (void)snprintf(out, 32, "call_%zu", index);
    return id != NULL ? id : out;
}

static void add_result(builder *b, const llmc__json *result) {
    char made_up[32];
    const llmc__json *response = llmc__json_get(result, "response");
    const char *text = llmc__json_count(response) == 1 ? string_at(b, response, "result") : NULL;
    char *whole = printed(b->doc, response);
    OK(llmc_request_add_tool_result(b->request, id_of(b, result, b->results, made_up), text != NULL ? text : whole,
                                    false));
    b->results++;
    free(whole);
}

static void add_users(builder *b, const llmc__json *content) {
    bool is_first = true;
    for (const llmc__json *part = llmc__json_first(llmc__json_get(content, "parts")); part != NULL;
         part = llmc__json_next(part), is_first = false) {
        const llmc__json *data = get(part, "inlineData");
        const llmc__json *result = llmc__json_get(part, "functionResponse");
        const char *mime = llmc__json_string(b->doc, get(data, "mimeType"), NULL);
        if (result != NULL)
            add_result(b, result);
        else if (mime != NULL && strncmp(mime, "image/", 6) == 0)
            OK(llmc_request_add_image(b->request, mime, "x", 1));
        else if (mime != NULL)
            OK(llmc_request_add_file(b->request, mime, NULL, "x", 1));
        else
            add_text(b, LLMC_ROLE_USER, string_at(b, part, "text"), is_first);
    }
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* A signed answer goes the way it does in life: it is decoded, and put into the request as the response it was. */
static void add_answer(builder *b, const llmc__json *content) {
    static const llmc__target target = {.name = NULL};
    llmc_error error;
    char *text = printed(b->doc, content);
    size_t size = strlen(text) + 100;
    char *body = malloc(size);
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__decoder *decoder = b->adapter->decoder_new(&target, MAX_BYTES);
    llmc__error_init(&error);
    (void)snprintf(body, size, "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":%s}]}", text);
    OK(b->adapter->decode_body(decoder, body, strlen(body), fold, response, &error));
    OK(llmc_request_add_response(b->request, response));
    b->adapter->decoder_free(decoder);
    llmc_response_free(response);
    free(body);
    free(text);
}

static void add_call(builder *b, const llmc__json *call) {
    char made_up[32];
    char *arguments = printed(b->doc, llmc__json_get(call, "args"));
    OK(llmc_request_add_tool_call(b->request, id_of(b, call, b->calls++, made_up), string_at(b, call, "name"),
                                  arguments));
    free(arguments);
}

static void add_models(builder *b, const llmc__json *content) {
    const llmc__json *parts = llmc__json_get(content, "parts");
    bool is_first = true;
    b->calls = b->results = 0;
    for (const llmc__json *part = llmc__json_first(parts); part != NULL; part = llmc__json_next(part))
        if (llmc__json_get(part, "thoughtSignature") != NULL) {
            add_answer(b, content);
            return;
        }
    for (const llmc__json *part = llmc__json_first(parts); part != NULL;
         part = llmc__json_next(part), is_first = false) {
        if (llmc__json_get(part, "functionCall") != NULL)
            add_call(b, llmc__json_get(part, "functionCall"));
        else
            add_text(b, LLMC_ROLE_ASSISTANT, string_at(b, part, "text"), is_first);
    }
}

/* Whether the builder's functions have all of it; what they have not goes into extra_json. */
static bool has_setters(const llmc__json *contents) {
    static const char *const known[] = {"text",       "thought",      "thoughtSignature",
                                        "inlineData", "functionCall", "functionResponse"};
    for (const llmc__json *item = llmc__json_first(contents); item != NULL; item = llmc__json_next(item)) {
        const llmc__json *part = llmc__json_first(llmc__json_get(item, "parts"));
        for (; part != NULL; part = llmc__json_next(part))
            for (const llmc__json *member = llmc__json_first(part); member != NULL; member = llmc__json_next(member)) {
                size_t i = 0;
                while (i < sizeof known / sizeof known[0] &&
                       strcmp(known[i], google_spelling(llmc__json_name(member))) != 0)
                    i++;
                if (i == sizeof known / sizeof known[0])
                    return false;
            }
    }
    return true;
}

static void add_contents(builder *b, const llmc__json *contents) {
    if (!has_setters(contents)) {
        leave_to_extra(b, contents);
        return;
    }
    for (const llmc__json *item = llmc__json_first(contents); item != NULL; item = llmc__json_next(item)) {
        const char *role = string_at(b, item, "role");
        if (role != NULL && strcmp(role, "model") == 0)
            add_models(b, item);
        else
            add_users(b, item);
    }
}

static void add_system(builder *b, const llmc__json *instruction) {
    const llmc__json *part = llmc__json_first(llmc__json_get(instruction, "parts"));
    for (; part != NULL; part = llmc__json_next(part))
        OK(llmc_request_add_message(b->request, LLMC_ROLE_SYSTEM, string_at(b, part, "text")));
}

static void add_tools(builder *b, const llmc__json *tools) {
    const llmc__json *declarations = get(llmc__json_first(tools), "functionDeclarations");
    if (llmc__json_count(tools) != 1 || declarations == NULL) {
        leave_to_extra(b, tools); /* Google's own tools */
        return;
    }
    for (const llmc__json *item = llmc__json_first(declarations); item != NULL; item = llmc__json_next(item)) {
        char *schema = printed(b->doc, get(item, "parametersJsonSchema"));
        OK(llmc_request_add_tool(b->request, string_at(b, item, "name"), string_at(b, item, "description"), schema));
        free(schema);
    }
}

static void add_choice(builder *b, const llmc__json *config) {
    const char *mode = string_at(b, llmc__json_get(config, "functionCallingConfig"), "mode");
    if (mode == NULL)
        return;
    llmc_tool_choice choice = strcmp(mode, "ANY") == 0    ? LLMC_TOOL_CHOICE_REQUIRED
                              : strcmp(mode, "NONE") == 0 ? LLMC_TOOL_CHOICE_NONE
                                                          : LLMC_TOOL_CHOICE_AUTO;
    OK(llmc_request_set_tool_choice(b->request, choice, NULL));
}

/* ---- generationConfig ---- */

typedef llmc_status (*set_double_fn)(llmc_request *request, double value);
typedef llmc_status (*set_int_fn)(llmc_request *request, int64_t value);

static const struct {
    const char *name;
    set_double_fn set_double;
    set_int_fn set_int;
} numbers[] = {
    {"temperature", llmc_request_set_temperature, NULL},
    {"topP", llmc_request_set_top_p, NULL},
    {"frequencyPenalty", llmc_request_set_frequency_penalty, NULL},
    {"presencePenalty", llmc_request_set_presence_penalty, NULL},
    {"topK", NULL, llmc_request_set_top_k},
    {"maxOutputTokens", NULL, llmc_request_set_max_tokens},
    {"candidateCount", NULL, llmc_request_set_n},
    {"seed", NULL, llmc_request_set_seed},
};

static bool set_number(builder *b, const llmc__json *member) {
    double real = 0;
    int64_t whole = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, llmc__json_name(member)) != 0)
            continue;
        if (numbers[i].set_double != NULL)
            return llmc__json_double(member, &real) && numbers[i].set_double(b->request, real) == LLMC_OK;
        return llmc__json_int64(b->doc, member, &whole) && numbers[i].set_int(b->request, whole) == LLMC_OK;
    }
    return false;
}

static bool set_thinking(builder *b, const llmc__json *config) {
    static const char *const levels[] = {"minimal", "low", "medium", "high"};
    int64_t budget = 0;
    const char *level = string_at(b, config, "thinkingLevel");
    if (llmc__json_int64(b->doc, llmc__json_get(config, "thinkingBudget"), &budget))
        return llmc_request_set_reasoning_budget(b->request, budget) == LLMC_OK;
    for (size_t i = 0; level != NULL && i < 4; i++)
        if (strcmp(levels[i], level) == 0) {
            b->is_new = true;
            return llmc_request_set_reasoning_effort(b->request, (llmc_reasoning_effort)(LLMC_REASONING_MINIMAL + i)) ==
                   LLMC_OK;
        }
    return false;
}

static bool set_stops(builder *b, const llmc__json *stops) {
    for (const llmc__json *item = llmc__json_first(stops); item != NULL; item = llmc__json_next(item))
        OK(llmc_request_add_stop(b->request, llmc__json_string(b->doc, item, NULL)));
    return true;
}

static bool set_schema(builder *b, const llmc__json *schema) {
    char *text = printed(b->doc, schema);
    OK(llmc_request_set_json_schema(b->request, "answer", text, false));
    free(text);
    return true;
}

static bool set_member(builder *b, const llmc__json *member) {
    const char *name = llmc__json_name(member);
    if (strcmp(name, "thinkingConfig") == 0)
        return set_thinking(b, member);
    if (strcmp(name, "stopSequences") == 0)
        return set_stops(b, member);
    if (strcmp(name, "responseJsonSchema") == 0)
        return set_schema(b, member);
    if (strcmp(name, "responseMimeType") == 0)
        return llmc_request_set_json_mode(b->request, true) == LLMC_OK;
    return set_number(b, member);
}

/* One member that no function sets leaves the whole to extra_json. */
static void add_config(builder *b, const llmc__json *config) {
    bool all = true;
    for (const llmc__json *member = llmc__json_first(config); member != NULL; member = llmc__json_next(member))
        all = set_member(b, member) && all;
    if (!all)
        leave_to_extra(b, config);
}

static void add_member(builder *b, const llmc__json *member) {
    const char *name = llmc__json_name(member);
    if (llmc__json_type_of(member) == LLMC__JSON_NULL || strcmp(name, "systemInstruction") == 0)
        return;
    if (strcmp(name, "contents") == 0)
        add_contents(b, member);
    else if (strcmp(name, "tools") == 0)
        add_tools(b, member);
    else if (strcmp(name, "toolConfig") == 0)
        add_choice(b, member);
    else if (strcmp(name, "generationConfig") == 0)
        add_config(b, member);
    else
        leave_to_extra(b, member);
}

static void build(builder *b) {
    const llmc__json *root = llmc__json_root(b->doc);
    llmc__buf_init(&b->extra_text, MAX_BYTES);
    llmc__jsonw_init(&b->extra, &b->extra_text);
    llmc__jsonw_begin_object(&b->extra);
    OK(llmc_request_new("m", &b->request));
    add_system(b, llmc__json_get(root, "systemInstruction"));
    for (const llmc__json *member = llmc__json_first(root); member != NULL; member = llmc__json_next(member))
        add_member(b, member);
    llmc__jsonw_end_object(&b->extra);
    OK(llmc_request_set_extra_json(b->request, llmc__buf_str(&b->extra_text)));
}

/* ---- comparing ---- */

static llmc__json_doc *encode(const builder *b) {
    char name[] = "google", key[] = "k-1", project[] = "p", base_url[] = "https://h/v1";
    const llmc__target target = {
        .name = name, .provider = b->adapter, .api_key = key, .base_url = base_url, .project = project};
    llmc__http_request http;
    llmc_error error;
    llmc__json_doc *doc = NULL;
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    llmc_status status =
        llmc__provider_encode(&target, b->is_new ? "gemini-3-pro" : "gemini-2.5-pro", b->request, false, &http, &error);
    if (status != LLMC_OK)
        print_error("%s\n", error.message);
    OK(status);
    OK(llmc__json_parse(http.body.data, http.body.len, &doc, NULL));
    llmc__http_request_free(&http);
    return doc;
}

/* Whether the request that was sent comes out again. */
static bool comes_out_again(const llmc__provider *adapter, const char *text, size_t len) {
    llmc__json_doc *sent = NULL;
    llmc__buf want, got;
    OK(llmc__json_parse(text, len, &sent, NULL));
    builder b = {.adapter = adapter, .doc = sent};
    build(&b);
    llmc__json_doc *ours = encode(&b);
    google_canon(sent, &want);
    google_canon(ours, &got);
    bool same = strcmp(llmc__buf_str(&got), llmc__buf_str(&want)) == 0;
    if (!same)
        printf("  got  %s\n  want %s\n", llmc__buf_str(&got), llmc__buf_str(&want));
    llmc__buf_free(&want);
    llmc__buf_free(&got);
    llmc__buf_free(&b.extra_text);
    llmc_request_free(b.request);
    llmc__json_free(ours);
    llmc__json_free(sent);
    return same;
}

static void test_recorded_requests(void **state) {
    size_t count = 0, checked = 0, failed = 0;
    (void)state;
    if (wire_dir() == NULL) {
        printf("no recorded requests here (LLMC_WIRE_DIR or ../shared/wire): only hand-written tests ran\n");
        skip();
    }
    wire_case *cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++) {
        char path[1024];
        size_t len = 0;
        if (strcmp(cases[i].api, "gemini") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%.400s/%.255s.request.json", wire_dir(), cases[i].name);
        char *text = wire_read(path, &len);
        if (text == NULL)
            continue;
        bool is_vertex = strcmp(cases[i].provider, "vertex") == 0;
        checked++;
        if (!comes_out_again(is_vertex ? &llmc__provider_vertex : &llmc__provider_gemini, text, len)) {
            printf("  in %s\n", cases[i].name);
            failed++;
        }
        free(text);
    }
    free(cases);
    printf("%zu requests, %zu failed\n", checked, failed);
    assert_true(checked > 0);
    assert_int_equal(failed, 0);
}

/* Runs everywhere; and the comparison can fail. */
static void test_hand_written_request(void **state) {
    static const char text[] =
        "{\"systemInstruction\":{\"role\":\"user\",\"parts\":[{\"text\":\"be brief\"}]},\"contents\":["
        "{\"role\":\"user\",\"parts\":[{\"text\":\"a\"},{\"inline_data\":{\"mime_type\":\"image/png\",\"data\":\"AA\"}}"
        "]},{\"role\":\"model\",\"parts\":[{\"text\":\"b\"},{\"functionCall\":{\"id\":\"x\",\"name\":\"f\",\"args\":"
        "{\"a\":1}},\"thoughtSignature\":\"s\"}]},{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"id\":\"x\","
        "\"name\":\"f\",\"response\":{\"result\":\"c\"}}}]}],\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\","
        "\"parameters\":{\"type\":\"OBJECT\"}}]}],\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}},"
        "\"generationConfig\":{\"temperature\":0.5,\"topP\":0.25,\"topK\":3,\"maxOutputTokens\":9,\"seed\":1,"
        "\"candidateCount\":2,\"frequencyPenalty\":1,\"presencePenalty\":-1,\"stopSequences\":[\"x\",\"y\"],"
        "\"thinkingConfig\":{\"thinkingBudget\":5,\"includeThoughts\":true},\"responseMimeType\":\"application/json\","
        "\"responseJsonSchema\":{\"type\":\"object\"}},\"safetySettings\":[]}";
    char changed[sizeof text];
    (void)state;
    assert_true(comes_out_again(&llmc__provider_gemini, text, sizeof text - 1));
    assert_true(comes_out_again(&llmc__provider_vertex, text, sizeof text - 1));
    memcpy(changed, text, sizeof text);
    memcpy(strstr(changed, "\"result\""), "\"resulT\"", 8);
    assert_true(comes_out_again(&llmc__provider_gemini, changed, sizeof text - 1)); /* another object, sent as it is */
    memcpy(changed, text, sizeof text);
    memcpy(strstr(changed, "\"mode\""), "\"moda\"", 6);
    assert_false(comes_out_again(&llmc__provider_gemini, changed, sizeof text - 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_request),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
