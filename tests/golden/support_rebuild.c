#include "support_rebuild.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_wire.h"
#include "wire/json.h"
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

#define MAX_BYTES   ((size_t)16 << 20)
#define MAX_MEMBERS 64

static llmc_request *request;
static const llmc__json_doc *doc; /* of the recorded request */
static llmc__buf extra;           /* members of extra_json */
static int made_ids;

static const char *text_at(const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

static bool is(const char *a, const char *b) {
    return a != NULL && strcmp(a, b) == 0;
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

/* ---- comparison ---- */

static void canon(const llmc__json_doc *from, const llmc__json *value, const char *name, llmc__buf *out);

static bool is_nothing(const llmc__json_doc *from, const llmc__json *value) {
    bool truth = true;
    size_t len = 1;
    switch (llmc__json_type_of(value)) {
    case LLMC__JSON_ARRAY:
    case LLMC__JSON_OBJECT:
        return llmc__json_first(value) == NULL;
    case LLMC__JSON_STRING:
        (void)llmc__json_string(from, value, &len);
        return len == 0;
    case LLMC__JSON_BOOL:
        return is(llmc__json_name(value), "stream") && llmc__json_bool(value, &truth) && !truth;
    case LLMC__JSON_NUMBER:
        return false;
    default:
        return true;
    }
}

static int by_name(const void *a, const void *b) {
    const llmc__json *const *x = a, *const *y = b;
    return strcmp(llmc__json_name(*x), llmc__json_name(*y));
}

static void canon_object(const llmc__json_doc *from, const llmc__json *value, llmc__buf *out) {
    const llmc__json *members[MAX_MEMBERS];
    llmc__buf inside;
    size_t count = 0;
    for (const llmc__json *member = llmc__json_first(value); member != NULL; member = llmc__json_next(member)) {
        assert_true(count < MAX_MEMBERS);
        members[count++] = member;
    }
    qsort(members, count, sizeof members[0], by_name);
    ok(llmc__buf_append_char(out, '{'));
    for (size_t i = 0; i < count; i++) {
        llmc__buf_init(&inside, MAX_BYTES);
        if (!is_nothing(from, members[i]))
            canon(from, members[i], llmc__json_name(members[i]), &inside);
        if (inside.len > 0)
            ok(llmc__buf_appendf(out, "\n%s:%s", llmc__json_name(members[i]), inside.data));
        llmc__buf_free(&inside);
    }
    ok(llmc__buf_append_char(out, '}'));
}

/* The text of [{"type":"text","text":...}]; NULL when it is something else. */
static const llmc__json *only_text(const llmc__json_doc *from, const llmc__json *value) {
    const llmc__json *first = llmc__json_first(value);
    if (first == NULL || llmc__json_next(first) != NULL)
        return NULL;
    if (!is(llmc__json_string(from, llmc__json_get(first, "type"), NULL), "text"))
        return NULL;
    return llmc__json_get(first, "text");
}

/* A form in which equal requests are equal texts; nothing for what says nothing. */
static void canon(const llmc__json_doc *from, const llmc__json *value, const char *name, llmc__buf *out) {
    llmc__json_type type = llmc__json_type_of(value);
    if (is(name, "content") && type == LLMC__JSON_ARRAY && only_text(from, value) != NULL)
        value = only_text(from, value);
    else if (is(name, "image_url") && type == LLMC__JSON_OBJECT)
        value = llmc__json_get(value, "url");
    if (is_nothing(from, value))
        return;
    type = llmc__json_type_of(value);
    if (type == LLMC__JSON_OBJECT) {
        canon_object(from, value, out);
    } else if (type == LLMC__JSON_ARRAY) {
        for (const llmc__json *item = llmc__json_first(value); item != NULL; item = llmc__json_next(item)) {
            ok(llmc__buf_append_char(out, '['));
            canon(from, item, "", out);
            ok(llmc__buf_append_char(out, ']'));
        }
    } else {
        double number = 0;
        if (llmc__json_double(value, &number)) /* 1 and 1.0 are the same */
            ok(llmc__buf_appendf(out, "%.17g", number));
        else
            ok(llmc__jsonprint_value(from, value, out));
    }
}

static llmc__buf canon_text(const char *json) {
    llmc__json_doc *parsed = NULL;
    llmc__buf out;
    llmc__buf_init(&out, MAX_BYTES);
    assert_int_equal(llmc__json_parse(json, strlen(json), &parsed, NULL), LLMC_OK);
    canon(parsed, llmc__json_root(parsed), "", &out);
    llmc__json_free(parsed);
    return out;
}

int rebuild_same(const char *a, const char *b) {
    llmc__buf x = canon_text(a), y = canon_text(b);
    int same = strcmp(llmc__buf_str(&x), llmc__buf_str(&y)) == 0;
    if (!same)
        printf("  got      %s\n  expected %s\n", llmc__buf_str(&x), llmc__buf_str(&y));
    llmc__buf_free(&x);
    llmc__buf_free(&y);
    return same;
}

/* ---- messages ---- */

static llmc_role role_of(const llmc__json *message) {
    const char *role = text_at(message, "role");
    if (is(role, "system"))
        return LLMC_ROLE_SYSTEM;
    return is(role, "assistant") ? LLMC_ROLE_ASSISTANT : LLMC_ROLE_USER;
}

static void say_part(const llmc__json *message, const llmc__json *part, bool first) {
    const llmc__json *image = llmc__json_get(part, "image_url");
    const char *text = text_at(part, "text");
    if (image != NULL) {
        const char *url = llmc__json_string(doc, image, NULL);
        ok(llmc_request_add_image_url(request, url != NULL ? url : text_at(image, "url")));
    } else if (first) {
        ok(llmc_request_add_message(request, role_of(message), text));
    } else {
        ok(llmc_request_add_text(request, text));
    }
}

static void say_call(const llmc__json *call) {
    char id[32];
    const llmc__json *function = llmc__json_get(call, "function");
    const llmc__json *arguments = llmc__json_get(function, "arguments");
    const char *sent = text_at(call, "id"), *text = llmc__json_string(doc, arguments, NULL);
    llmc__buf printed = print(arguments);
    (void)snprintf(id, sizeof id, "call_%d", ++made_ids);
    ok(llmc_request_add_tool_call(request, sent != NULL ? sent : id, text_at(function, "name"),
                                  text != NULL ? text : llmc__buf_str(&printed)));
    llmc__buf_free(&printed);
}

static void say_result(const llmc__json *message) {
    char id[32];
    const char *sent = text_at(message, "tool_call_id");
    (void)snprintf(id, sizeof id, "call_%d", made_ids); /* Ollama: of the call before */
    ok(llmc_request_add_tool_result(request, sent != NULL ? sent : id, text_at(message, "content"), false));
}

static void say_message(const llmc__json *message) {
    const llmc__json *content = llmc__json_get(message, "content"), *calls = llmc__json_get(message, "tool_calls");
    const char *text = llmc__json_string(doc, content, NULL);
    bool first = true;
    if (is(text_at(message, "role"), "tool")) {
        say_result(message);
        return;
    }
    if (llmc__json_type_of(content) == LLMC__JSON_ARRAY && only_text(doc, content) != NULL)
        text = llmc__json_string(doc, only_text(doc, content), NULL);
    if (text != NULL) {
        if (text[0] != '\0' || calls == NULL)
            ok(llmc_request_add_message(request, role_of(message), text));
    } else {
        for (const llmc__json *part = llmc__json_first(content); part != NULL; part = llmc__json_next(part)) {
            say_part(message, part, first);
            first = false;
        }
    }
    for (const llmc__json *call = llmc__json_first(calls); call != NULL; call = llmc__json_next(call))
        say_call(call);
}

/* ---- what stands beside them ---- */

static void say_tool(const llmc__json *tool) {
    const llmc__json *function = llmc__json_get(tool, "function");
    llmc__buf schema = print(llmc__json_get(function, "parameters"));
    ok(llmc_request_add_tool(request, text_at(function, "name"), text_at(function, "description"), schema.data));
    llmc__buf_free(&schema);
}

static bool say_choice(const llmc__json *value) {
    const char *word = llmc__json_string(doc, value, NULL);
    if (is(word, "any") || is(word, "required") || is(word, "REQUIRED"))
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_REQUIRED, NULL));
    else if (is(word, "none") || is(word, "NONE"))
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_NONE, NULL));
    else if (is(word, "auto"))
        ok(llmc_request_set_tool_choice(request, LLMC_TOOL_CHOICE_AUTO, NULL));
    else
        return false;
    return true;
}

static bool say_format(const llmc__json *value) {
    if (is(llmc__json_string(doc, value, NULL), "json") ||
        (is(text_at(value, "type"), "json_object") && llmc__json_get(value, "json_schema") == NULL)) {
        ok(llmc_request_set_json_mode(request, true));
        return true;
    }
    return false;
}

static void say_stops(const llmc__json *value) {
    for (const llmc__json *stop = llmc__json_first(value); stop != NULL; stop = llmc__json_next(stop))
        ok(llmc_request_add_stop(request, llmc__json_string(doc, stop, NULL)));
}

static bool say_double(const char *name, double value) {
    static const struct {
        const char *name;
        llmc_status (*set)(llmc_request *to, double value);
    } setters[] = {
        {"temperature", llmc_request_set_temperature},
        {"top_p", llmc_request_set_top_p},
        {"p", llmc_request_set_top_p},
        {"frequency_penalty", llmc_request_set_frequency_penalty},
        {"presence_penalty", llmc_request_set_presence_penalty},
    };
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++)
        if (is(name, setters[i].name)) {
            ok(setters[i].set(request, value));
            return true;
        }
    return false;
}

static bool say_int(const char *name, int64_t value) {
    static const struct {
        const char *name;
        llmc_status (*set)(llmc_request *to, int64_t value);
    } setters[] = {
        {"random_seed", llmc_request_set_seed},
        {"seed", llmc_request_set_seed},
        {"max_tokens", llmc_request_set_max_tokens},
        {"num_predict", llmc_request_set_max_tokens},
        {"k", llmc_request_set_top_k},
        {"top_k", llmc_request_set_top_k},
        {"n", llmc_request_set_n},
    };
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++)
        if (is(name, setters[i].name)) {
            ok(setters[i].set(request, value));
            return true;
        }
    return false;
}

static bool say_number(const llmc__json *member) {
    int64_t whole = 0;
    double number = 0;
    const char *name = llmc__json_name(member);
    if (llmc__json_int64(doc, member, &whole) && say_int(name, whole))
        return true;
    return llmc__json_double(member, &number) && say_double(name, number);
}

static bool say_flag(const llmc__json *member) {
    bool truth = false;
    if (!llmc__json_bool(member, &truth))
        return false;
    if (is(llmc__json_name(member), "parallel_tool_calls"))
        ok(llmc_request_set_parallel_tool_calls(request, truth));
    else if (is(llmc__json_name(member), "think"))
        ok(llmc_request_set_reasoning_effort(request, truth ? LLMC_REASONING_HIGH : LLMC_REASONING_NONE));
    else
        return is(llmc__json_name(member), "stream");
    return true;
}

static bool say_member(const llmc__json *member) {
    const char *name = llmc__json_name(member);
    const llmc__json *item = llmc__json_first(member);
    if (is(name, "model") || is_nothing(doc, member))
        return true;
    if (is(name, "tool_choice"))
        return say_choice(member);
    if (is(name, "response_format") || is(name, "format"))
        return say_format(member);
    if (is(name, "messages"))
        for (; item != NULL; item = llmc__json_next(item))
            say_message(item);
    else if (is(name, "tools"))
        for (; item != NULL; item = llmc__json_next(item))
            say_tool(item);
    else if (is(name, "options"))
        for (; item != NULL; item = llmc__json_next(item))
            assert_true(say_member(item));
    else if (is(name, "stop") || is(name, "stop_sequences"))
        say_stops(member);
    else
        return say_number(member) || say_flag(member);
    return true;
}

static void say_all(const llmc__json *root) {
    llmc__buf_init(&extra, MAX_BYTES);
    made_ids = 0;
    ok(llmc_request_new(text_at(root, "model"), &request));
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

/* ---- cases ---- */

static bool can_be_said(const llmc__json *root) {
    const llmc__json *messages = llmc__json_get(root, "messages");
    for (const llmc__json *message = llmc__json_first(messages); message != NULL; message = llmc__json_next(message)) {
        const llmc__json *first = llmc__json_first(llmc__json_get(message, "content"));
        bool is_result = is(text_at(message, "role"), "tool");
        if (llmc__json_get(message, "thinking") != NULL || is(text_at(first, "type"), "thinking") ||
            (is_result && first != NULL))
            return false;
    }
    return messages != NULL;
}

/* 1 same, 0 different, -1 left out. */
static int check(const char *provider, const char *name, const char *text, size_t len) {
    static char key[] = "sk-test";
    const llmc__provider_row *row = llmc__provider_row_find(provider);
    llmc__json_doc *parsed = NULL;
    llmc__http_request http;
    llmc_error error;
    bool stream = false;
    int verdict = -1;
    assert_non_null(row);
    assert_int_equal(llmc__json_parse(text, len, &parsed, NULL), LLMC_OK);
    doc = parsed;
    const llmc__json *root = llmc__json_root(parsed);
    if (can_be_said(root)) {
        char *row_name = strdup(row->name),
             *url = strdup(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}));
        llmc__target target = {
            .name = row_name,
            .row = row,
            .provider = llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0})),
            .base_url = url,
            .api_key = key};
        llmc__error_init(&error);
        llmc__http_request_init(&http, MAX_BYTES);
        say_all(root);
        (void)llmc__json_bool(llmc__json_get(root, "stream"), &stream);
        /* A stream is what is meant where Ollama is told nothing; the adapter always says it. */
        if (llmc__provider_encode(&target, request->model, request, stream, &http, &error) != LLMC_OK)
            fail_msg("%s: %s", name, error.message);
        verdict = rebuild_same(http.body.data, text);
        llmc_request_free(request);
        llmc__http_request_free(&http);
        llmc__error_clear(&error);
        free(row_name);
        free(url);
    }
    llmc__json_free(parsed);
    if (verdict != 1)
        printf("  %s %s\n", verdict == 0 ? "differs:" : "left out:", name);
    return verdict;
}

size_t rebuild_all(const char *provider) {
    size_t count = 0, compared = 0, failed = 0;
    wire_case *cases = wire_dir() != NULL ? wire_cases(&count) : NULL;
    for (size_t i = 0; i < count; i++) {
        char path[700];
        size_t len = 0;
        (void)snprintf(path, sizeof path, "%.100s/%s.request.json", wire_dir(), cases[i].name);
        char *text = strcmp(cases[i].provider, provider) == 0 ? wire_read(path, &len) : NULL;
        int verdict = text != NULL ? check(provider, cases[i].name, text, len) : -1;
        compared += verdict >= 0;
        failed += verdict == 0;
        free(text);
    }
    free(cases);
    printf("%zu recorded requests of %s compared\n", compared, provider);
    assert_int_equal(failed, 0);
    return compared;
}
