#include "support_said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_rebuild.h"
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

#define MAX_BYTES ((size_t)16 << 20)

llmc_request *said_request;
const llmc__json_doc *said_doc;
bool said_at_openai;

const char *said_text(const llmc__json *object, const char *name) {
    return llmc__json_string(said_doc, llmc__json_get(object, name), NULL);
}

bool said_is(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

void said_ok(llmc_status status) {
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), llmc_last_error_message());
}

llmc__buf said_print(const llmc__json *value) {
    llmc__buf out;
    llmc__buf_init(&out, MAX_BYTES);
    said_ok(llmc__jsonprint_value(said_doc, value, &out));
    return out;
}

llmc_role said_role(const char *word) {
    if (said_is(word, "system"))
        return LLMC_ROLE_SYSTEM;
    if (said_is(word, "developer"))
        return LLMC_ROLE_DEVELOPER;
    return said_is(word, "assistant") ? LLMC_ROLE_ASSISTANT : LLMC_ROLE_USER;
}

/* ---- setters of both APIs ---- */

static bool say_whole(const char *name, int64_t value) {
    static const struct {
        const char *name;
        llmc_status (*set)(llmc_request *request, int64_t value);
    } setters[] = {
        {"max_tokens", llmc_request_set_max_tokens},
        {"max_completion_tokens", llmc_request_set_max_tokens},
        {"max_output_tokens", llmc_request_set_max_tokens},
        {"seed", llmc_request_set_seed},
        {"n", llmc_request_set_n},
        {"top_k", llmc_request_set_top_k},
    };
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++)
        if (said_is(name, setters[i].name)) {
            said_ok(setters[i].set(said_request, value));
            return true;
        }
    return false;
}

static bool say_real(const char *name, double value) {
    static const struct {
        const char *name;
        llmc_status (*set)(llmc_request *request, double value);
    } setters[] = {
        {"temperature", llmc_request_set_temperature},
        {"top_p", llmc_request_set_top_p},
        {"frequency_penalty", llmc_request_set_frequency_penalty},
        {"presence_penalty", llmc_request_set_presence_penalty},
    };
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++)
        if (said_is(name, setters[i].name)) {
            said_ok(setters[i].set(said_request, value));
            return true;
        }
    return false;
}

bool said_number(const llmc__json *member) {
    int64_t whole = 0;
    double real = 0;
    if (llmc__json_int64(said_doc, member, &whole) && say_whole(llmc__json_name(member), whole))
        return true;
    return llmc__json_double(member, &real) && say_real(llmc__json_name(member), real);
}

bool said_label(const llmc__json *member) {
    const char *name = llmc__json_name(member), *text = llmc__json_string(said_doc, member, NULL);
    bool truth = false;
    if (said_is(name, "model") || said_is(name, "stream") || said_is(name, "stream_options"))
        return true;
    if (said_is(name, "user") && text != NULL)
        said_ok(llmc_request_set_user(said_request, text));
    else if (said_is(name, "service_tier") && text != NULL)
        said_ok(llmc_request_set_service_tier(said_request, text));
    else if (said_is(name, "parallel_tool_calls") && llmc__json_bool(member, &truth))
        said_ok(llmc_request_set_parallel_tool_calls(said_request, truth));
    else if (said_is(name, "metadata") && llmc__json_type_of(member) == LLMC__JSON_OBJECT)
        for (const llmc__json *one = llmc__json_first(member); one != NULL; one = llmc__json_next(one))
            said_ok(
                llmc_request_add_metadata(said_request, llmc__json_name(one), llmc__json_string(said_doc, one, NULL)));
    else
        return false;
    return true;
}

bool said_choice(const llmc__json *member) {
    static const char *const words[] = {"auto", "none", "required"};
    const char *word = llmc__json_string(said_doc, member, NULL);
    const char *name = said_text(member, "name");
    if (name == NULL)
        name = said_text(llmc__json_get(member, "function"), "name");
    for (int i = 0; i < 3; i++)
        if (said_is(word, words[i])) {
            said_ok(llmc_request_set_tool_choice(said_request, (llmc_tool_choice)(LLMC_TOOL_CHOICE_AUTO + i), NULL));
            return true;
        }
    if (name == NULL)
        return false;
    said_ok(llmc_request_set_tool_choice(said_request, LLMC_TOOL_CHOICE_NAMED, name));
    return true;
}

bool said_tool(const llmc__json *function) {
    bool strict = false;
    const llmc__json *parameters = llmc__json_get(function, "parameters");
    if (said_text(function, "name") == NULL || llmc__json_type_of(parameters) != LLMC__JSON_OBJECT)
        return false;
    llmc__buf schema = said_print(parameters);
    said_ok(llmc_request_add_tool(said_request, said_text(function, "name"), said_text(function, "description"),
                                  schema.data));
    llmc__buf_free(&schema);
    (void)llmc__json_bool(llmc__json_get(function, "strict"), &strict);
    said_ok(llmc_request_set_tool_strict(said_request, strict));
    return true;
}

bool said_format(const llmc__json *format, const llmc__json *schema) {
    bool strict = false;
    if (said_is(said_text(format, "type"), "json_object")) {
        said_ok(llmc_request_set_json_mode(said_request, true));
        return true;
    }
    if (!said_is(said_text(format, "type"), "json_schema") || llmc__json_get(schema, "schema") == NULL)
        return false;
    llmc__buf text = said_print(llmc__json_get(schema, "schema"));
    (void)llmc__json_bool(llmc__json_get(schema, "strict"), &strict);
    said_ok(llmc_request_set_json_schema(said_request, said_text(schema, "name"), text.data, strict));
    llmc__buf_free(&text);
    return true;
}

bool said_image(const char *url) {
    if (url == NULL || url[0] == '<')
        return false;
    said_ok(llmc_request_add_image_url(said_request, url));
    return true;
}

/* ---- comparison ---- */

/* Members that say nothing; see the header. */
static bool is_left_out(const llmc__json_doc *doc, const llmc__json *member) {
    bool truth = true;
    const char *name = llmc__json_name(member), *text = llmc__json_string(doc, member, NULL);
    if (said_is(name, "strict") && llmc__json_bool(member, &truth) && !truth)
        return true;
    return said_is(name, "stream_options") || (said_is(name, "type") && said_is(text, "message"));
}

/* The text of [{"type":"input_text","text":...}]. */
static const llmc__json *only_text(const llmc__json_doc *doc, const llmc__json *value) {
    const llmc__json *first = llmc__json_first(value);
    const char *type = llmc__json_string(doc, llmc__json_get(first, "type"), NULL);
    bool is_text = said_is(type, "input_text") || said_is(type, "output_text");
    return is_text && llmc__json_next(first) == NULL ? llmc__json_get(first, "text") : value;
}

/* A text as `input` is short for the user's only message. */
static bool tidy_input(llmc__jsonw *json, const llmc__json_doc *doc, const llmc__json *value) {
    const char *text = llmc__json_string(doc, value, NULL);
    if (!said_is(llmc__json_name(value), "input") || text == NULL)
        return false;
    llmc__jsonw_begin_array(json);
    llmc__jsonw_begin_object(json);
    llmc__jsonw_name(json, "role");
    llmc__jsonw_str(json, "user");
    llmc__jsonw_name(json, "content");
    llmc__jsonw_str(json, text);
    llmc__jsonw_end_object(json);
    llmc__jsonw_end_array(json);
    return true;
}

static void tidy(llmc__jsonw *json, const llmc__json_doc *doc, const llmc__json *value, bool is_call) {
    llmc__json_type type = llmc__json_type_of(value);
    if (type != LLMC__JSON_OBJECT && type != LLMC__JSON_ARRAY) {
        llmc__buf scalar;
        llmc__buf_init(&scalar, MAX_BYTES);
        said_ok(llmc__jsonprint_value(doc, value, &scalar));
        llmc__jsonw_raw(json, scalar.data, scalar.len);
        llmc__buf_free(&scalar);
        return;
    }
    if (type == LLMC__JSON_OBJECT)
        llmc__jsonw_begin_object(json);
    else
        llmc__jsonw_begin_array(json);
    for (const llmc__json *item = llmc__json_first(value); item != NULL; item = llmc__json_next(item)) {
        const char *name = llmc__json_name(item);
        const char *kind = llmc__json_string(doc, llmc__json_get(item, "type"), NULL);
        if (type == LLMC__JSON_OBJECT) {
            /* Calls have ids of their own beside call_id, which only the provider gives. */
            if (is_left_out(doc, item) || (is_call && (said_is(name, "id") || said_is(name, "status"))))
                continue;
            llmc__jsonw_name(json, said_is(name, "max_completion_tokens") ? "max_tokens" : name);
        }
        if (tidy_input(json, doc, item))
            continue;
        tidy(json, doc, said_is(name, "content") ? only_text(doc, item) : item, said_is(kind, "function_call"));
    }
    if (type == LLMC__JSON_OBJECT)
        llmc__jsonw_end_object(json);
    else
        llmc__jsonw_end_array(json);
}

static llmc__buf tidied(const char *text) {
    llmc__json_doc *doc = NULL;
    llmc__buf out;
    llmc__jsonw json;
    llmc__buf_init(&out, MAX_BYTES);
    llmc__jsonw_init(&json, &out);
    assert_int_equal(llmc__json_parse(text, strlen(text), &doc, NULL), LLMC_OK);
    tidy(&json, doc, llmc__json_root(doc), false);
    said_ok(json.status);
    llmc__json_free(doc);
    return out;
}

bool said_equal(const char *got, const char *want) {
    llmc__buf x = tidied(got), y = tidied(want);
    bool same = rebuild_same(x.data, y.data) != 0;
    llmc__buf_free(&x);
    llmc__buf_free(&y);
    return same;
}

/* ---- cases ---- */

static void say_all(const said_api *api, const llmc__json *root) {
    llmc__buf extra;
    llmc__buf_init(&extra, MAX_BYTES);
    said_ok(llmc_request_new(said_text(root, "model"), &said_request));
    for (const llmc__json *member = llmc__json_first(root); member != NULL; member = llmc__json_next(member)) {
        if (llmc__json_type_of(member) == LLMC__JSON_NULL || api->say(member))
            continue;
        llmc__buf value = said_print(member);
        said_ok(llmc__buf_appendf(&extra, "%s\"%s\":", extra.len > 0 ? "," : "{", llmc__json_name(member)));
        said_ok(llmc__buf_append(&extra, value.data, value.len));
        llmc__buf_free(&value);
    }
    if (extra.len > 0) {
        said_ok(llmc__buf_append_char(&extra, '}'));
        said_ok(llmc_request_set_extra_json(said_request, extra.data));
    }
    llmc__buf_free(&extra);
}

bool said_same(const said_api *api, const char *name, const char *text, bool at_openai) {
    static char key[] = "sk-test", vendor[] = "openai", other[] = "other";
    static char home[] = "https://api.openai.com/v1", elsewhere[] = "https://h.example/v1";
    llmc__target target = {.name = at_openai ? vendor : other,
                           .provider = api->adapter,
                           .base_url = at_openai ? home : elsewhere,
                           .api_key = key};
    llmc__json_doc *doc = NULL;
    llmc__http_request http;
    llmc_error error;
    bool stream = false;
    assert_int_equal(llmc__json_parse(text, strlen(text), &doc, NULL), LLMC_OK);
    said_doc = doc;
    said_at_openai = at_openai;
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    say_all(api, llmc__json_root(doc));
    (void)llmc__json_bool(llmc__json_get(llmc__json_root(doc), "stream"), &stream);
    if (llmc__provider_encode(&target, said_request->model, said_request, stream, &http, &error) != LLMC_OK)
        fail_msg("%s: %s", name, error.message);
    bool same = said_equal(http.body.data, text);
    llmc_request_free(said_request);
    llmc__http_request_free(&http);
    llmc__error_clear(&error);
    llmc__json_free(doc);
    return same;
}

size_t said_all(const said_api *api) {
    size_t count = 0, compared = 0, failed = 0;
    wire_case *cases = wire_dir() != NULL ? wire_cases(&count) : NULL;
    for (size_t i = 0; i < count; i++) {
        char path[700];
        size_t len = 0;
        (void)snprintf(path, sizeof path, "%.300s/%s.request.json", wire_dir(), cases[i].name);
        char *text = said_is(cases[i].api, api->api) ? wire_read(path, &len) : NULL;
        if (text == NULL)
            continue;
        bool same = said_same(api, cases[i].name, text, strncmp(cases[i].provider, "openai", 6) == 0);
        if (!same)
            printf("  differs: %s\n", cases[i].name);
        failed += !same;
        compared++;
        free(text);
    }
    free(cases);
    printf("%zu recorded requests of %s compared\n", compared, api->api);
    assert_int_equal(failed, 0);
    return compared;
}
