#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/provider.h"

static char text_name[] = "openai", text_key[] = "sk-test-1234", text_variable[] = "OPENAI_API_KEY";
static char text_openai[] = "https://api.openai.com/v1", text_local[] = "http://127.0.0.1:8080/v1";

typedef struct fixture {
    llmc__target target;
    llmc_request *request;
    llmc__http_request http;
    llmc_error error;
} fixture;

static int set_up(void **state) {
    static fixture f;
    memset(&f, 0, sizeof f);
    f.target.name = text_name;
    f.target.api_key = text_key;
    f.target.key_variable = text_variable;
    f.target.base_url = text_openai;
    f.target.key_required = true;
    f.target.provider = &llmc__provider_openai;
    llmc__error_init(&f.error);
    llmc__http_request_init(&f.http, (size_t)1 << 20);
    *state = &f;
    return llmc_request_new("gpt-4.1-mini", &f.request) != LLMC_OK ||
           llmc_request_add_message(f.request, LLMC_ROLE_USER, "Hi \"you\"\n") != LLMC_OK;
}

static int tear_down(void **state) {
    fixture *f = *state;
    llmc_request_free(f->request);
    llmc__http_request_free(&f->http);
    llmc__error_clear(&f->error);
    return 0;
}

static llmc_status encode(fixture *f, const char *model, bool stream) {
    size_t max = f->http.body.max;
    llmc__http_request_free(&f->http);
    llmc__http_request_init(&f->http, max);
    llmc__error_clear(&f->error);
    return llmc__provider_encode(&f->target, model, f->request, stream, &f->http, &f->error);
}

static bool has_line(const fixture *f, const char *wanted) {
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(&f->http, line)) != NULL)
        if (strcmp(line, wanted) == 0)
            return true;
    return false;
}

#define HI "\"messages\":[{\"role\":\"user\",\"content\":\"Hi \\\"you\\\"\\n\"}]"

static void test_least_request(void **state) {
    fixture *f = *state;
    assert_int_equal(encode(f, "gpt-4.1-mini", false), LLMC_OK);
    assert_string_equal(f->http.url.data, "https://api.openai.com/v1/chat/completions");
    assert_string_equal(f->http.body.data, "{\"model\":\"gpt-4.1-mini\"," HI "}");
    assert_true(has_line(f, "Content-Type: application/json"));
    assert_false(has_line(f, "Accept: application/json")); /* only streams name what they take */
    assert_true(has_line(f, "Authorization: Bearer sk-test-1234"));
    assert_false(f->http.stream);
    assert_int_equal(f->error.status, LLMC_OK);
}

static void test_stream_request(void **state) {
    fixture *f = *state;
    assert_int_equal(encode(f, "m", true), LLMC_OK);
    assert_string_equal(f->http.body.data,
                        "{\"model\":\"m\"," HI ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
    assert_true(has_line(f, "Accept: text/event-stream"));
    assert_true(f->http.stream);
    assert_true(has_line(f, "Accept: text/event-stream"));
}

static void test_all_fields(void **state) {
    fixture *f = *state;
    llmc_request *request = f->request;
    llmc_request_clear_messages(request);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "s"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_DEVELOPER, "d"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, ""), LLMC_OK);
    assert_int_equal(llmc_request_add_message_n(request, LLMC_ROLE_USER, "a\0b", 3), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(request, 0.1), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(request, 1), LLMC_OK);
    assert_int_equal(llmc_request_set_frequency_penalty(request, -0.5), LLMC_OK);
    assert_int_equal(llmc_request_set_presence_penalty(request, 0.25), LLMC_OK);
    assert_int_equal(llmc_request_set_seed(request, INT64_MAX), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "\n"), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "END"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "u"), LLMC_OK);
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    assert_string_equal(
        f->http.body.data,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"developer\","
        "\"content\":\"d\"},{\"role\":\"assistant\",\"content\":\"\"},{\"role\":\"user\",\"content\":"
        "\"a\\u0000b\"}],\"temperature\":0.1,\"top_p\":1,\"frequency_penalty\":-0.5,"
        "\"presence_penalty\":0.25,\"seed\":9223372036854775807,\"stop\":[\"\\n\",\"END\"],\"user\":\"u\"}");
}

static void test_name_of_max_tokens(void **state) {
    static const struct {
        const char *model;
        bool completion_at_openai, completion_elsewhere;
    } rows[] = {
        {"o1", true, true},
        {"o3-mini", true, true},
        {"o4-mini-2025-04-16", true, true},
        {"o17-preview", true, true},
        {"gpt-5", true, true},
        {"gpt-5-mini", true, true},
        {"gpt-4o-mini", true, false},
        {"gpt-4.1-nano", true, false},
        {"ft:gpt-4o-mini:org::x", true, false},
        {"gpt-4", false, false},
        {"gpt-3.5-turbo", false, false},
        {"olmo-2", false, false},
        {"omni", false, false},
        {"o", false, false},
        {"llama-3", false, false},
    };
    fixture *f = *state;
    assert_int_equal(llmc_request_set_max_tokens(f->request, 7), LLMC_OK);
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
        bool completion = i % 2 == 0 ? rows[i / 2].completion_at_openai : rows[i / 2].completion_elsewhere;
        f->target.base_url = i % 2 == 0 ? text_openai : text_local;
        assert_int_equal(encode(f, rows[i / 2].model, false), LLMC_OK);
        const char *body = f->http.body.data;
        if ((strstr(body, "\"max_completion_tokens\":7") != NULL) != completion ||
            (strstr(body, "\"max_tokens\":7") != NULL) == completion)
            fail_msg("%s at %s: %s", rows[i / 2].model, f->target.base_url, body);
    }
}

static void test_host_that_only_looks_like_openai(void **state) {
    static char far[] = "https://api.openai.com.example.org/v1";
    fixture *f = *state;
    f->target.base_url = far;
    assert_int_equal(llmc_request_set_max_tokens(f->request, 7), LLMC_OK);
    assert_int_equal(encode(f, "gpt-4o", false), LLMC_OK);
    assert_non_null(strstr(f->http.body.data, "\"max_tokens\":7"));
}

static void test_extra_json_is_kept_byte_for_byte(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_set_extra_json(f->request, " { \"n\": 2, \"big\":1.000000000000000000001E+5} "),
                     LLMC_OK);
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"model\":\"m\"," HI ", \"n\": 2, \"big\":1.000000000000000000001E+5}");
    assert_int_equal(llmc_request_set_extra_json(f->request, "{ }"), LLMC_OK);
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"model\":\"m\"," HI "}");
}

static void test_extra_json_replaces(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_set_temperature(f->request, 1), LLMC_OK);
    assert_int_equal(
        llmc_request_set_extra_json(
            f->request, "{\"temp\\u0065rature\":0.5,\"stream_options\":null,\"model\":\"x\",\"messages\":[]}"),
        LLMC_OK);
    llmc_request_clear_messages(f->request); /* extra_json brings its own */
    assert_int_equal(encode(f, "m", true), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"stream\":true,\"temp\\u0065rature\":0.5,\"stream_options\":null,"
                                           "\"model\":\"x\",\"messages\":[]}");
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"messages\":[1],\"model\":\"y\",\"temperature\":2}"),
                     LLMC_OK);
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"messages\":[1],\"model\":\"y\",\"temperature\":2}");
}

static void test_extra_json_names_the_other_max_tokens(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_set_max_tokens(f->request, 7), LLMC_OK);
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"max_tokens\":9}"), LLMC_OK);
    assert_int_equal(encode(f, "o3", false), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"model\":\"o3\"," HI ",\"max_tokens\":9}");
}

static void test_headers(void **state) {
    static char organization[] = "org-1", project[] = "proj-1", name[] = "X-Team", value[] = "a", agent[] = "b";
    llmc__header of_target[] = {{name, value}};
    fixture *f = *state;
    f->target.organization = organization;
    f->target.project = project;
    f->target.headers = of_target;
    f->target.header_count = 1;
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    assert_true(has_line(f, "OpenAI-Organization: org-1"));
    assert_true(has_line(f, "OpenAI-Project: proj-1"));
    assert_true(has_line(f, "X-Team: a"));
    assert_int_equal(llmc_request_add_header(f->request, "x-team", agent), LLMC_OK);
    assert_int_equal(llmc_request_add_header(f->request, "authorization", "Custom 1"), LLMC_OK);
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    assert_true(has_line(f, "x-team: b"));
    assert_false(has_line(f, "X-Team: a"));
    assert_true(has_line(f, "authorization: Custom 1"));
    assert_false(has_line(f, "Authorization: Bearer sk-test-1234"));
}

static void test_no_key(void **state) {
    static char empty[] = "";
    fixture *f = *state;
    f->target.api_key = NULL;
    for (int i = 0; i < 2; i++, f->target.api_key = empty) {
        assert_int_equal(encode(f, "m", false), LLMC_ERR_MISSING_KEY);
        assert_int_equal(f->error.status, LLMC_ERR_MISSING_KEY);
        assert_non_null(strstr(f->error.message, "OPENAI_API_KEY"));
        assert_non_null(strstr(f->error.message, "llmc_client_set_provider"));
    }
    f->target.key_required = false;
    assert_int_equal(encode(f, "m", false), LLMC_OK);
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(&f->http, line)) != NULL)
        assert_null(strstr(line, "Authorization"));
}

static void test_refusals(void **state) {
    static char split_key[] = "sk-a\r\nEvil: 1";
    fixture *f = *state;
    llmc_request_clear_messages(f->request);
    assert_int_equal(encode(f, "m", false), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(f->error.status, LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(strncmp(f->error.message, "messages", 8), 0);
    assert_int_equal(llmc_request_add_message(f->request, LLMC_ROLE_USER, "a long text, longer than the limit"),
                     LLMC_OK);
    f->http.body.max = 20;
    assert_int_equal(encode(f, "m", false), LLMC_ERR_TOO_LARGE);
    assert_int_equal(f->error.status, LLMC_ERR_TOO_LARGE);
    f->http.body.max = 1000;
    f->target.api_key = split_key;
    assert_int_equal(encode(f, "m", false), LLMC_ERR_INVALID_KEY);
    assert_null(strstr(f->error.message, "sk-a"));
}

static int countdown(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

static void test_without_memory(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"a\":[1,{\"b\":2}]}"), LLMC_OK);
    for (int allowed = 0;; allowed++) {
        int left = allowed;
        llmc__mem_set_gate(countdown, &left);
        llmc_status status = encode(f, "m", true);
        llmc__mem_set_gate(NULL, NULL);
        if (status == LLMC_OK)
            break;
        assert_int_equal(status, LLMC_ERR_NO_MEMORY);
        assert_int_equal(f->error.status, LLMC_ERR_NO_MEMORY);
        assert_true(allowed < 200);
    }
}

static void test_registry(void **state) {
    (void)state;
    const llmc__provider_row *row = llmc__provider_row_find("openai");
    assert_non_null(row);
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}),
                        "https://api.openai.com/v1");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}), "OPENAI_API_KEY");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_URL_VARIABLE, (llmc__row_text){0}), "OPENAI_BASE_URL");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_ORG_VARIABLE, (llmc__row_text){0}), "OPENAI_ORG_ID");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_PROJECT_VARIABLE, (llmc__row_text){0}),
                        "OPENAI_PROJECT_ID");
    assert_true(row->key_required);
    assert_null(llmc__provider_row_find("nobody"));
    assert_null(llmc__provider_adapter("nobody"));
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++)
        assert_non_null(llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0})));
    assert_string_equal(llmc__provider_openai.request_id_header, "x-request-id");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_least_request),
        CASE(test_stream_request),
        CASE(test_all_fields),
        CASE(test_name_of_max_tokens),
        CASE(test_host_that_only_looks_like_openai),
        CASE(test_extra_json_is_kept_byte_for_byte),
        CASE(test_extra_json_replaces),
        CASE(test_extra_json_names_the_other_max_tokens),
        CASE(test_headers),
        CASE(test_no_key),
        CASE(test_refusals),
        CASE(test_without_memory),
        cmocka_unit_test(test_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
