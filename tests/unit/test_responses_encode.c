#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/provider.h"

static char text_name[] = "openai-responses", text_key[] = "sk-test-1234", text_variable[] = "OPENAI_API_KEY";
static char text_base[] = "https://api.openai.com/v1";

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
    f.target.base_url = text_base;
    f.target.key_required = true;
    f.target.provider = &llmc__provider_responses;
    llmc__error_init(&f.error);
    llmc__http_request_init(&f.http, (size_t)1 << 20);
    *state = &f;
    return llmc_request_new("gpt-5", &f.request) != LLMC_OK ||
           llmc_request_add_message(f.request, LLMC_ROLE_USER, "Hi \"you\"\n") != LLMC_OK;
}

static int tear_down(void **state) {
    fixture *f = *state;
    llmc_request_free(f->request);
    llmc__http_request_free(&f->http);
    llmc__error_clear(&f->error);
    return 0;
}

static llmc_status encode(fixture *f, bool stream) {
    size_t max = f->http.body.max;
    llmc__http_request_free(&f->http);
    llmc__http_request_init(&f->http, max);
    llmc__error_clear(&f->error);
    return llmc__provider_encode(&f->target, "gpt-5", f->request, stream, &f->http, &f->error);
}

static bool has_line(const fixture *f, const char *wanted) {
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(&f->http, line)) != NULL)
        if (strcmp(line, wanted) == 0)
            return true;
    return false;
}

#define ITEM(role, type, text)                                                                                         \
    "{\"type\":\"message\",\"role\":\"" role "\",\"content\":[{\"type\":\"" type "\",\"text\":\"" text "\"}]}"
#define HI "\"input\":[" ITEM("user", "input_text", "Hi \\\"you\\\"\\n") "]"

static void test_least_request(void **state) {
    fixture *f = *state;
    assert_int_equal(encode(f, false), LLMC_OK);
    assert_string_equal(f->http.url.data, "https://api.openai.com/v1/responses");
    assert_string_equal(f->http.body.data, "{\"model\":\"gpt-5\"," HI "}");
    assert_true(has_line(f, "Content-Type: application/json"));
    assert_false(has_line(f, "Accept: application/json")); /* only streams name what they take */
    assert_true(has_line(f, "Authorization: Bearer sk-test-1234"));
    assert_false(f->http.stream);
}

static void test_stream_request(void **state) {
    fixture *f = *state;
    assert_int_equal(encode(f, true), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"model\":\"gpt-5\"," HI ",\"stream\":true}");
    assert_true(has_line(f, "Accept: text/event-stream"));
    assert_true(f->http.stream);
    assert_true(has_line(f, "Accept: text/event-stream"));
}

static void test_roles_and_fields(void **state) {
    fixture *f = *state;
    llmc_request *request = f->request;
    llmc_request_clear_messages(request);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "s"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_DEVELOPER, "d"), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, "a"), LLMC_OK);
    assert_int_equal(llmc_request_add_message_n(request, LLMC_ROLE_USER, "u\0v", 3), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(request, 0.1), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(request, 1), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(request, 16), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "me"), LLMC_OK);
    assert_int_equal(encode(f, false), LLMC_OK);
    assert_string_equal(
        f->http.body.data,
        "{\"model\":\"gpt-5\",\"input\":[" ITEM("system", "input_text", "s") "," ITEM(
            "developer", "input_text",
            "d") "," ITEM("assistant", "output_text",
                          "a") "," ITEM("user", "input_text", "u\\u0000v") "],\"temperature\":0.1,\"top_p\":1,\"max_"
                                                                           "output_tokens\":16,\"user\":\"me\"}");
}

static void test_extra_json(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_set_max_tokens(f->request, 16), LLMC_OK);
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"max_output_tokens\":9,\"store\": false}"), LLMC_OK);
    assert_int_equal(encode(f, false), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"model\":\"gpt-5\"," HI ",\"max_output_tokens\":9,\"store\": false}");
    llmc_request_clear_messages(f->request);
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"input\":\"hi\",\"stream\":true}"), LLMC_OK);
    assert_int_equal(encode(f, true), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"model\":\"gpt-5\",\"max_output_tokens\":16,\"input\":\"hi\","
                                           "\"stream\":true}");
}

static void expect_unsupported(fixture *f, const char *field) {
    assert_int_equal(encode(f, false), LLMC_ERR_UNSUPPORTED);
    assert_int_equal(f->error.status, LLMC_ERR_UNSUPPORTED);
    assert_false(f->error.retryable);
    if (strstr(f->error.message, field) != f->error.message || strstr(f->error.message, text_name) == NULL)
        fail_msg("%s is not named: %s", field, f->error.message);
    assert_int_equal(f->http.body.len, 0);
}

static void test_stop_is_refused(void **state) {
    assert_int_equal(llmc_request_add_stop(((fixture *)*state)->request, "END"), LLMC_OK);
    expect_unsupported(*state, "stop:");
}

static void test_seed_is_refused(void **state) {
    assert_int_equal(llmc_request_set_seed(((fixture *)*state)->request, 0), LLMC_OK);
    expect_unsupported(*state, "seed:");
}

static void test_frequency_penalty_is_refused(void **state) {
    assert_int_equal(llmc_request_set_frequency_penalty(((fixture *)*state)->request, 0), LLMC_OK);
    expect_unsupported(*state, "frequency_penalty:");
}

static void test_presence_penalty_is_refused(void **state) {
    assert_int_equal(llmc_request_set_presence_penalty(((fixture *)*state)->request, 1), LLMC_OK);
    expect_unsupported(*state, "presence_penalty:");
}

static void test_missing_parts(void **state) {
    fixture *f = *state;
    f->target.api_key = NULL;
    assert_int_equal(encode(f, false), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(f->error.message, "OPENAI_API_KEY"));
    f->target.api_key = text_key;
    llmc_request_clear_messages(f->request);
    assert_int_equal(encode(f, false), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"messages\":[]}"), LLMC_OK);
    assert_int_equal(encode(f, false), LLMC_ERR_INVALID_ARGUMENT); /* the member of the other API does not help */
}

static int countdown(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

static void test_without_memory(void **state) {
    fixture *f = *state;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    for (int allowed = 0; status != LLMC_OK; allowed++) {
        int left = allowed;
        llmc__mem_set_gate(countdown, &left);
        status = encode(f, true);
        llmc__mem_set_gate(NULL, NULL);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        assert_true(allowed < 100);
    }
    assert_string_equal(f->http.body.data, "{\"model\":\"gpt-5\"," HI ",\"stream\":true}");
}

static void test_registered(void **state) {
    const llmc__provider_row *row = llmc__provider_row_find("openai-responses");
    (void)state;
    assert_non_null(row);
    assert_ptr_equal(llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0})),
                     &llmc__provider_responses);
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}), text_base);
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}), "OPENAI_API_KEY");
    assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_URL_VARIABLE, (llmc__row_text){0}), "OPENAI_BASE_URL");
    assert_true(row->key_required);
    assert_string_equal(llmc__provider_responses.name,
                        llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_least_request),
        TEST(test_stream_request),
        TEST(test_roles_and_fields),
        TEST(test_extra_json),
        TEST(test_stop_is_refused),
        TEST(test_seed_is_refused),
        TEST(test_frequency_penalty_is_refused),
        TEST(test_presence_penalty_is_refused),
        TEST(test_missing_parts),
        TEST(test_without_memory),
        TEST(test_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
