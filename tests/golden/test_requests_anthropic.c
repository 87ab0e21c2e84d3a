/*
 * Recorded requests to Anthropic's Messages API, said again through the setters: the same body must come out, members
 * in any order. What has no setter (tools of the server's own, betas) goes through extra_json, as a caller's would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/base64.h"
#include "model/response.h"
#include "provider/anthropic.h"
#include "support_wire.h"
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

#define MAX_BYTES ((size_t)16 << 20)

static llmc_request *request;
static const llmc__json_doc *doc; /* of the recorded request */
static llmc__buf extra;           /* members of extra_json */

static const char *text_at(const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

static bool is_type(const llmc__json *object, const char *type) {
    const char *word = text_at(object, "type");
    return word != NULL && strcmp(word, type) == 0;
}

static void ok(llmc_status status) {
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), llmc_last_error_message());
}

/* Free with llmc__buf_free. */
static llmc__buf print(const llmc__json *value) {
    llmc__buf out;
    llmc__buf_init(&out, MAX_BYTES);
    ok(llmc__jsonprint_value(doc, value, &out));
    return out;
}

static void say_extra(const llmc__json *member) {
    llmc__buf value = print(member);
    ok(llmc__buf_appendf(&extra, "%s\"%s\":", extra.len > 0 ? "," : "", llmc__json_name(member)));
    ok(llmc__buf_append(&extra, value.data, value.len));
    llmc__buf_free(&value);
}

static void mark(const llmc__json *object) {
    if (llmc__json_get(object, "cache_control") != NULL)
        ok(llmc_request_mark_cache(request));
}

/* ---- messages ---- */

static void say_bytes(const llmc__json *block, const llmc__json *source) {
    size_t len = 0;
    const char *data = llmc__json_string(doc, llmc__json_get(source, "data"), &len);
    llmc__buf bytes;
    llmc__buf_init(&bytes, MAX_BYTES);
    if (llmc__base64_decode(data, len, &bytes) != LLMC_OK) /* the recording leaves long ones out */
        ok(llmc__buf_append_str(&bytes, "elided"));
    if (is_type(block, "image"))
        ok(llmc_request_add_image(request, text_at(source, "media_type"), bytes.data, bytes.len));
    else
        ok(llmc_request_add_file(request, text_at(source, "media_type"), text_at(block, "title"), bytes.data,
                                 bytes.len));
    llmc__buf_free(&bytes);
}

static void say_source(const llmc__json *block) {
    const llmc__json *source = llmc__json_get(block, "source");
    if (is_type(source, "base64"))
        say_bytes(block, source);
    else if (is_type(block, "image"))
        ok(llmc_request_add_image_url(request, text_at(source, "url")));
    else
        ok(llmc_request_add_file_url(request, text_at(source, "url")));
}

static void say_result(const llmc__json *block) {
    bool is_error = false;
    const char *text = text_at(block, "content");
    if (text == NULL)
        text = text_at(llmc__json_first(llmc__json_get(block, "content")), "text");
    (void)llmc__json_bool(llmc__json_get(block, "is_error"), &is_error);
    ok(llmc_request_add_tool_result(request, text_at(block, "tool_use_id"), text != NULL ? text : "", is_error));
}

static void say_block(const llmc__json *block, llmc_role role, bool is_first) {
    if (is_type(block, "text") && is_first)
        ok(llmc_request_add_message(request, role, text_at(block, "text")));
    else if (is_type(block, "text"))
        ok(llmc_request_add_text(request, text_at(block, "text")));
    else if (is_type(block, "tool_result"))
        say_result(block);
    else
        say_source(block);
    mark(block);
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* What the model said comes by an answer of its own, so that what must go back unchanged does. */
static void say_answer(const llmc__json *content) {
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__target target = {.provider = &llmc__provider_anthropic};
    llmc__decoder *decoder = llmc__provider_anthropic.decoder_new(&target, MAX_BYTES);
    llmc__buf blocks = print(content), body;
    llmc_error error;
    llmc__error_init(&error);
    llmc__buf_init(&body, MAX_BYTES);
    ok(llmc__buf_appendf(&body, "{\"content\":%s,\"stop_reason\":\"end_turn\"}", llmc__buf_str(&blocks)));
    ok(llmc__provider_anthropic.decode_body(decoder, body.data, body.len, fold, response, &error));
    ok(llmc_request_add_response(request, response));
    llmc__provider_anthropic.decoder_free(decoder);
    llmc__response_unref(response);
    llmc__buf_free(&blocks);
    llmc__buf_free(&body);
}

static void say_message(const llmc__json *message, llmc_role role) {
    const llmc__json *content = llmc__json_get(message, "content");
    bool is_first = true;
    if (llmc__json_type_of(content) == LLMC__JSON_STRING) {
        ok(llmc_request_add_message(request, role, text_at(message, "content")));
        return;
    }
    if (role == LLMC_ROLE_ASSISTANT) {
        say_answer(content);
        return;
    }
    for (const llmc__json *block = llmc__json_first(content); block != NULL; block = llmc__json_next(block)) {
        say_block(block, role, is_first);
        is_first = false;
    }
}

static void say_messages(const llmc__json *messages) {
    for (const llmc__json *message = llmc__json_first(messages); message != NULL; message = llmc__json_next(message))
        say_message(message, strcmp(text_at(message, "role"), "assistant") == 0 ? LLMC_ROLE_ASSISTANT : LLMC_ROLE_USER);
}

static void say_system(const llmc__json *system) {
    if (llmc__json_type_of(system) == LLMC__JSON_STRING)
        ok(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, llmc__json_string(doc, system, NULL)));
    else
        for (const llmc__json *block = llmc__json_first(system); block != NULL; block = llmc__json_next(block))
            say_block(block, LLMC_ROLE_SYSTEM, true);
}

/* ---- other members ---- */

static bool has_setters(const llmc__json *tool) {
    static const char *const known[] = {"name", "description", "input_schema", "cache_control"};
    for (const llmc__json *member = llmc__json_first(tool); member != NULL; member = llmc__json_next(member)) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || strcmp(known[i], llmc__json_name(member)) == 0;
        if (!found)
            return false;
    }
    return true;
}

static void say_tools(const llmc__json *tools) {
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL; tool = llmc__json_next(tool)) {
        if (!has_setters(tool)) {
            say_extra(tools);
            return;
        }
    }
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL; tool = llmc__json_next(tool)) {
        llmc__buf schema = print(llmc__json_get(tool, "input_schema"));
        ok(llmc_request_add_tool(request, text_at(tool, "name"), text_at(tool, "description"), schema.data));
        mark(tool);
        llmc__buf_free(&schema);
    }
}

static void say_tool_choice(const llmc__json *choice) {
    bool single = false;
    if (is_type(choice, "auto"))
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_AUTO, NULL));
    else if (is_type(choice, "any"))
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_REQUIRED, NULL));
    else if (is_type(choice, "none"))
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_NONE, NULL));
    else
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_NAMED, text_at(choice, "name")));
    if (llmc__json_bool(llmc__json_get(choice, "disable_parallel_tool_use"), &single))
        ok(llmc_request_set_parallel_tool_calls(request, !single));
}

static void say_thinking(const llmc__json *thinking) {
    int64_t budget = 0;
    if (is_type(thinking, "enabled") && llmc__json_int64(doc, llmc__json_get(thinking, "budget_tokens"), &budget))
        ok(llmc_request_set_reasoning_budget(request, budget));
    else if (is_type(thinking, "disabled"))
        ok(llmc_request_set_reasoning_budget(request, 0));
    else
        say_extra(thinking);
}

static void say_output_config(const llmc__json *config) {
    const llmc__json *schema = llmc__json_get(llmc__json_get(config, "format"), "schema");
    if (schema == NULL || llmc__json_count(config) != 1) {
        say_extra(config);
        return;
    }
    llmc__buf printed = print(schema);
    ok(llmc_request_set_json_schema(request, "answer", printed.data, true));
    llmc__buf_free(&printed);
}

static void say_metadata(const llmc__json *metadata) {
    ok(llmc_request_set_user(request, text_at(metadata, "user_id")));
}

static void say_stops(const llmc__json *stops) {
    for (const llmc__json *stop = llmc__json_first(stops); stop != NULL; stop = llmc__json_next(stop))
        ok(llmc_request_add_stop(request, llmc__json_string(doc, stop, NULL)));
}

static void say_tier(const llmc__json *tier) {
    ok(llmc_request_set_service_tier(request, llmc__json_string(doc, tier, NULL)));
}

static bool say_number(const llmc__json *member) {
    int64_t whole = 0;
    double number = 0.0;
    const char *name = llmc__json_name(member);
    if (strcmp(name, "max_tokens") == 0 && llmc__json_int64(doc, member, &whole))
        ok(llmc_request_set_max_tokens(request, whole));
    else if (strcmp(name, "top_k") == 0 && llmc__json_int64(doc, member, &whole))
        ok(llmc_request_set_top_k(request, whole));
    else if (strcmp(name, "temperature") == 0 && llmc__json_double(member, &number))
        ok(llmc_request_set_temperature(request, number));
    else if (strcmp(name, "top_p") == 0 && llmc__json_double(member, &number))
        ok(llmc_request_set_top_p(request, number));
    else
        return false;
    return true;
}

static void say_member(const llmc__json *member) {
    static const struct {
        const char *name;
        void (*say)(const llmc__json *value);
    } sayers[] = {
        {"system", say_system},     {"messages", say_messages},       {"tools", say_tools},
        {"thinking", say_thinking}, {"tool_choice", say_tool_choice}, {"output_config", say_output_config},
        {"metadata", say_metadata}, {"stop_sequences", say_stops},    {"service_tier", say_tier},
    };
    const char *name = llmc__json_name(member);
    for (size_t i = 0; i < sizeof sayers / sizeof sayers[0]; i++) {
        if (strcmp(sayers[i].name, name) == 0) {
            sayers[i].say(member);
            return;
        }
    }
    if (strcmp(name, "model") != 0 && strcmp(name, "stream") != 0 && !say_number(member))
        say_extra(member);
}

/* ---- comparing ---- */

typedef struct side {
    const llmc__json_doc *doc;
    const llmc__json *value;
} side;

static bool same(side want, side got);

/* What may be left out: it says what is so without it. */
static bool says_nothing(const llmc__json_doc *of, const llmc__json *member) {
    bool truth = true;
    const char *name = llmc__json_name(member), *text = llmc__json_string(of, member, NULL);
    if (strcmp(name, "ttl") == 0)
        return text != NULL && strcmp(text, "5m") == 0;
    if (strcmp(name, "stream") == 0)
        return llmc__json_bool(member, &truth) && !truth;
    return llmc__json_type_of(member) == LLMC__JSON_NULL;
}

static bool same_members(side want, side got) {
    size_t count = 0;
    const llmc__json *member = llmc__json_first(want.value);
    for (; member != NULL; member = llmc__json_next(member)) {
        side other = {got.doc, llmc__json_get(got.value, llmc__json_name(member))};
        if (says_nothing(want.doc, member) && other.value == NULL)
            continue;
        count++;
        if (!same((side){want.doc, member}, other)) {
            printf("    member %s differs\n", llmc__json_name(member));
            return false;
        }
    }
    return count == llmc__json_count(got.value);
}

static bool same_items(side want, side got) {
    const llmc__json *a = llmc__json_first(want.value), *b = llmc__json_first(got.value);
    for (; a != NULL && b != NULL; a = llmc__json_next(a), b = llmc__json_next(b))
        if (!same((side){want.doc, a}, (side){got.doc, b}))
            return false;
    return a == NULL && b == NULL;
}

/* A text and a list of that one text are the same content. */
static side as_text(side one) {
    const llmc__json *block = llmc__json_first(one.value);
    bool is_list = llmc__json_type_of(one.value) == LLMC__JSON_ARRAY && llmc__json_count(one.value) == 1;
    bool is_text = is_list && llmc__json_count(block) == 2 && llmc__json_get(block, "text") != NULL;
    return is_text ? (side){one.doc, llmc__json_get(block, "text")} : one;
}

static bool same_string(side want, side got) {
    const char *a = llmc__json_string(want.doc, want.value, NULL), *b = llmc__json_string(got.doc, got.value, NULL);
    return strncmp(a, "<elided", 7) == 0 || strcmp(a, b) == 0;
}

static bool same(side want, side got) {
    double x = 0, y = 0;
    bool p = false, q = false;
    want = as_text(want);
    got = as_text(got);
    if (llmc__json_type_of(want.value) != llmc__json_type_of(got.value))
        return false;
    switch (llmc__json_type_of(want.value)) {
    case LLMC__JSON_OBJECT:
        return same_members(want, got);
    case LLMC__JSON_ARRAY:
        return same_items(want, got);
    case LLMC__JSON_STRING:
        return same_string(want, got);
    case LLMC__JSON_NUMBER:
        return llmc__json_double(want.value, &x) && llmc__json_double(got.value, &y) && !(x < y) && !(y < x);
    case LLMC__JSON_BOOL:
        return llmc__json_bool(want.value, &p) && llmc__json_bool(got.value, &q) && p == q;
    default:
        return true;
    }
}

static void set_extra(void) {
    llmc__buf object;
    if (extra.len == 0)
        return;
    llmc__buf_init(&object, MAX_BYTES);
    ok(llmc__buf_appendf(&object, "{%s}", extra.data));
    ok(llmc_request_set_extra_json(request, object.data));
    llmc__buf_free(&object);
}

static bool encodes_to(const llmc__json *want) {
    static char name[] = "anthropic", key[] = "k", base_url[] = "https://api.anthropic.com/v1";
    llmc__target target = {.name = name, .provider = &llmc__provider_anthropic, .api_key = key, .base_url = base_url};
    llmc__json_doc *got = NULL;
    llmc__http_request http;
    llmc_error error;
    bool stream = false;
    (void)llmc__json_bool(llmc__json_get(want, "stream"), &stream);
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    llmc_status status = llmc__provider_encode(&target, text_at(want, "model"), request, stream, &http, &error);
    if (status == LLMC_OK)
        status = llmc__json_parse(http.body.data, http.body.len, &got, NULL);
    bool is_same = status == LLMC_OK && same((side){doc, want}, (side){got, llmc__json_root(got)});
    if (!is_same)
        printf("    %s %s: %.2000s\n", llmc_status_name(status), error.message != NULL ? error.message : "",
               llmc__buf_str(&http.body));
    llmc__json_free(got);
    llmc__http_request_free(&http);
    llmc__error_clear(&error);
    return is_same;
}

/* The members are said in the API's order of things: what was said to the model before what it must answer. */
static bool says_again(const char *json, size_t len) {
    llmc__json_doc *parsed = NULL;
    ok(llmc__json_parse(json, len, &parsed, NULL));
    const llmc__json *root = llmc__json_root(parsed);
    doc = parsed;
    llmc__buf_init(&extra, MAX_BYTES);
    ok(llmc_request_new(text_at(root, "model"), &request));
    for (const llmc__json *member = llmc__json_first(root); member != NULL; member = llmc__json_next(member))
        say_member(member);
    set_extra();
    bool is_same = encodes_to(root);
    llmc_request_free(request);
    llmc__buf_free(&extra);
    llmc__json_free(parsed);
    return is_same;
}

/* Every setter, by hand: runs everywhere. */
static void test_hand_written_request(void **state) {
    static const char json[] =
        "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":3000,\"temperature\":1,\"top_p\":0.95,\"top_k\":5,"
        "\"stop_sequences\":[\"a\",\"b\"],\"metadata\":{\"user_id\":\"u\"},\"service_tier\":\"auto\",\"stream\":true,"
        "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000},"
        "\"system\":[{\"type\":\"text\",\"text\":\"S\",\"cache_control\":{\"type\":\"ephemeral\"}},"
        "{\"type\":\"text\",\"text\":\"T\"}],"
        "\"tools\":[{\"name\":\"f\",\"description\":\"d\",\"input_schema\":{\"type\":\"object\"},"
        "\"cache_control\":{\"type\":\"ephemeral\"}}],"
        "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true},"
        "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}},"
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"q\"},"
        "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x/y.png\"}},"
        "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AAEC\"}},"
        "{\"type\":\"document\",\"title\":\"n\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\","
        "\"data\":\"JVBERg==\"}},{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://x/y.pdf\"},"
        "\"cache_control\":{\"type\":\"ephemeral\"}}]},"
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\\u00e9\",\"signature\":\"s==\"},"
        "{\"type\":\"redacted_thinking\",\"data\":\"e==\"},{\"type\":\"text\",\"text\":\"x\"},"
        "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{\"a\":[1,2.5,null]}},"
        "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"f\",\"input\":{}}]},"
        "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\",\"content\":\"r\"},"
        "{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_2\",\"content\":\"no\",\"is_error\":true}]}]}";
    (void)state;
    assert_true(says_again(json, sizeof json - 1));
}

/* The recorded request beside a case; NULL when there is none. */
static char *read_request(const wire_case *one, size_t *len) {
    char path[600];
    const char *end = strstr(one->expect_path, ".expect.json");
    assert_non_null(end);
    (void)snprintf(path, sizeof path, "%.*s.request.json", (int)(end - one->expect_path), one->expect_path);
    return wire_read(path, len);
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
        size_t len = 0;
        char *json = strcmp(cases[i].api, "anthropic") == 0 ? read_request(&cases[i], &len) : NULL;
        if (json != NULL) {
            checked++;
            if (!says_again(json, len)) {
                printf("  in %s\n", cases[i].name);
                failed++;
            }
        }
        free(json);
    }
    printf("%zu requests, %zu failed\n", checked, failed);
    free(cases);
    assert_true(checked > 0);
    assert_int_equal(failed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_request),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
