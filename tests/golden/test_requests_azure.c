/* Recorded requests to Azure, said again through the setters: the same body at the same path with the same version. */
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

static const llmc__json_doc *doc;

static void ok(llmc_status status) {
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), llmc_last_error_message());
}

static const char *text_at(const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

static llmc_role role_of(const llmc__json *message) {
    const char *role = text_at(message, "role");
    assert_non_null(role);
    return role[0] == 's' ? LLMC_ROLE_SYSTEM : role[0] == 'a' ? LLMC_ROLE_ASSISTANT : LLMC_ROLE_USER;
}

static void say_message(llmc_request *request, const llmc__json *message) {
    const char *text = text_at(message, "content");
    const llmc__json *parts = llmc__json_get(message, "content");
    if (text == NULL)
        text = text_at(llmc__json_first(parts), "text");
    ok(llmc_request_add_message(request, role_of(message), text));
    for (const llmc__json *part = llmc__json_first(parts); part != NULL; part = llmc__json_next(part))
        if (llmc__json_get(part, "image_url") != NULL)
            ok(llmc_request_add_image_url(request, text_at(llmc__json_get(part, "image_url"), "url")));
}

static void say_tool(llmc_request *request, const llmc__json *tool) {
    const llmc__json *function = llmc__json_get(tool, "function");
    llmc__buf schema;
    llmc__buf_init(&schema, MAX_BYTES);
    ok(llmc__jsonprint_value(doc, llmc__json_get(function, "parameters"), &schema));
    ok(llmc_request_add_tool(request, text_at(function, "name"), text_at(function, "description"), schema.data));
    llmc__buf_free(&schema);
}

static llmc_request *say_all(const llmc__json *root, bool stream) {
    llmc_request *request = NULL;
    ok(llmc_request_new(text_at(root, "model"), &request));
    for (const llmc__json *m = llmc__json_first(llmc__json_get(root, "messages")); m != NULL; m = llmc__json_next(m))
        say_message(request, m);
    for (const llmc__json *t = llmc__json_first(llmc__json_get(root, "tools")); t != NULL; t = llmc__json_next(t))
        say_tool(request, t);
    if (llmc__json_get(root, "response_format") != NULL)
        ok(llmc_request_set_json_mode(request, true));
    if (text_at(root, "reasoning_effort") != NULL)
        ok(llmc_request_set_reasoning_effort(request, LLMC_REASONING_LOW));
    if (stream) /* that recording did not ask for token counts */
        ok(llmc_request_set_extra_json(request, "{\"stream_options\":null}"));
    return request;
}

/* An image that was too long to keep is another one in both. */
static char *mend(char *text) {
    static const char mark[] = "\"<elided: ", image[] = "\"data:image/png;base64,YQ==\"";
    char *hit = strstr(text, mark), *end = hit != NULL ? strchr(hit + 1, '"') + 1 : NULL;
    char *mended = malloc(strlen(text) + sizeof image);
    if (hit == NULL)
        (void)strcpy(mended, text);
    else
        (void)sprintf(mended, "%.*s%s%s", (int)(hit - text), text, image, end);
    free(text);
    return mended;
}

/* Where such a request goes, told as a user tells it: the resource, and the version of the recording. */
static void aim(const char *endpoint, llmc__target *target, char *url, char *version, size_t size) {
    const char *mark = strstr(endpoint, "?api-version=");
    (void)snprintf(url, size, "https://res.example%s", strncmp(endpoint, "/models", 7) == 0 ? "/models" : "");
    (void)snprintf(version, size, "%s", mark != NULL ? mark + strlen("?api-version=") : "");
    target->base_url = url;
    target->api_version = version;
}

static void check(const char *name, const char *text, const char *endpoint) {
    static char provider[] = "azure", key[] = "sk-test";
    char url[128], version[128];
    bool stream = false;
    llmc__target target = {.name = provider, .provider = &llmc__provider_azure, .api_key = key};
    llmc__json_doc *parsed = NULL;
    llmc__http_request http;
    llmc_error error;
    assert_int_equal(llmc__json_parse(text, strlen(text), &parsed, NULL), LLMC_OK);
    doc = parsed;
    const llmc__json *root = llmc__json_root(parsed);
    (void)llmc__json_bool(llmc__json_get(root, "stream"), &stream);
    llmc_request *request = say_all(root, stream);
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    aim(endpoint, &target, url, version, sizeof url);
    if (llmc__provider_encode(&target, text_at(root, "model"), request, stream, &http, &error) != LLMC_OK)
        fail_msg("%s: %s", name, error.message);
    assert_string_equal(http.url.data + strlen("https://res.example"), endpoint);
    if (!rebuild_same(http.body.data, text))
        fail_msg("differs: %s", name);
    llmc_request_free(request);
    llmc__http_request_free(&http);
    llmc__json_free(parsed);
}

static void check_case(const wire_case *one) {
    char path[700];
    size_t len = 0;
    llmc__json_doc *meta = NULL;
    (void)snprintf(path, sizeof path, "%.100s/%s.meta.json", wire_dir(), one->name);
    char *about = wire_read(path, &len);
    assert_int_equal(llmc__json_parse(about, len, &meta, NULL), LLMC_OK);
    (void)snprintf(path, sizeof path, "%.100s/%s.request.json", wire_dir(), one->name);
    char *text = mend(wire_read(path, &len));
    check(one->name, text, llmc__json_string(meta, llmc__json_get(llmc__json_root(meta), "endpoint"), NULL));
    llmc__json_free(meta);
    free(about);
    free(text);
}

static void test_recorded_requests(void **state) {
    size_t count = 0, compared = 0;
    (void)state;
    if (wire_dir() == NULL) {
        printf("no recorded requests here (LLMC_WIRE_DIR or ../shared/wire)\n");
        skip();
    }
    wire_case *cases = wire_cases(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cases[i].provider, "azure-openai") != 0 || strcmp(cases[i].api, "openai-chat") != 0)
            continue;
        check_case(&cases[i]);
        compared++;
    }
    free(cases);
    printf("%zu recorded requests compared\n", compared);
    assert_true(compared >= 5);
}

static void test_hand_written_request(void **state) {
    (void)state;
    check(
        "by hand",
        "{\"model\":\"d\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"u\"}],"
        "\"response_format\":{\"type\":\"json_object\"},\"reasoning_effort\":\"low\",\"tools\":[{\"type\":\"function\","
        "\"function\":{\"name\":\"f\",\"description\":\"g\",\"parameters\":{\"type\":\"object\"}}}]}",
        "/openai/deployments/d/chat/completions?api-version=2025-01-01-preview");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_written_request),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
