#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/body.h"
#include "provider/sampling.h"

/* An adapter made of the shared parts alone. */
static void (*write_members)(llmc__body *body);

static llmc_status write_url(llmc__body *body) {
    llmc_status status = llmc__body_url(body, "/models/");
    return status == LLMC_OK ? llmc__body_url_segment(body, body->model) : status;
}

static llmc_status write_headers(llmc__body *body) {
    llmc_status status = llmc__body_header_key(body, "x-key", "");
    if (status == LLMC_OK)
        status = llmc__body_header(body, "x-org", body->target->organization);
    return status == LLMC_OK ? llmc__body_header(body, "x-empty", "") : status;
}

static void write_dispatch(llmc__body *body) {
    write_members(body);
}

static const llmc__body_form form = {"messages", write_url, write_headers, write_dispatch};

static llmc_status encode(llmc__body *body) {
    return llmc__body_encode(body, &form);
}

static const llmc__provider adapter = {
    .name = "plain", .encode = encode, .takes = LLMC__FIELD_STOP | LLMC__FIELD_TEMPERATURE};
static char name[] = "plain", key[] = "k-1", url[] = "https://h/v1", org[] = "o-1";
static char header_name[] = "x-org", header_value[] = "of the target";

typedef struct fixture {
    llmc__target target;
    llmc_request *request;
    llmc__http_request http;
    llmc_error error;
} fixture;

static int set_up(void **state) {
    static fixture f;
    memset(&f, 0, sizeof f);
    f.target =
        (llmc__target){.name = name, .api_key = key, .base_url = url, .key_required = true, .provider = &adapter};
    llmc__error_init(&f.error);
    llmc__http_request_init(&f.http, (size_t)1 << 16);
    *state = &f;
    return llmc_request_new("m", &f.request) != LLMC_OK ||
           llmc_request_add_message(f.request, LLMC_ROLE_USER, "hi") != LLMC_OK;
}

static int tear_down(void **state) {
    fixture *f = *state;
    llmc_request_free(f->request);
    llmc__http_request_free(&f->http);
    llmc__error_clear(&f->error);
    return 0;
}

static llmc_status run(fixture *f, const char *model, void (*write)(llmc__body *body)) {
    size_t max = f->http.body.max;
    write_members = write;
    llmc__http_request_free(&f->http);
    llmc__http_request_init(&f->http, max);
    llmc__error_clear(&f->error);
    return llmc__provider_encode(&f->target, model, f->request, false, &f->http, &f->error);
}

static bool has_line(const fixture *f, const char *wanted) {
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(&f->http, line)) != NULL)
        if (strcmp(line, wanted) == 0)
            return true;
    return false;
}

static void each_kind(llmc__body *body) {
    llmc__body_str(body, "s", "a\"b");
    llmc__body_str(body, "none", NULL);
    llmc__sampling_put(body, LLMC__SAMPLING_TEMPERATURE, "d");
    llmc__sampling_put(body, LLMC__SAMPLING_TOP_P, "none");
    llmc__body_int(body, "i", true, -7);
    llmc__body_int(body, "none", false, 1);
    llmc__body_bool(body, "b", true, false);
    llmc__body_bool(body, "none", false, true);
    llmc__body_raw(body, "r", "{\"x\":[1]}");
    llmc__body_raw(body, "none", NULL);
    llmc__sampling_put(body, LLMC__SAMPLING_STOP, "stop_sequences");
    if (llmc__body_open(body, "o")) {
        llmc__jsonw_begin_object(&body->json);
        llmc__body_put_str(body, "s", "t");
        llmc__body_put_str(body, "none", NULL);
        llmc__jsonw_end_object(&body->json);
    }
}

static void test_members(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_add_stop(f->request, "END"), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(f->request, 0.5), LLMC_OK);
    assert_int_equal(run(f, "m", each_kind), LLMC_OK);
    assert_string_equal(
        f->http.body.data,
        "{\"s\":\"a\\\"b\",\"d\":0.5,\"i\":-7,\"b\":false,\"r\":{\"x\":[1]},\"stop_sequences\":[\"END\"],"
        "\"o\":{\"s\":\"t\"}}");
}

static void test_extra_json_comes_in_place(void **state) {
    fixture *f = *state;
    assert_int_equal(
        llmc_request_set_extra_json(f->request, " {\"s\": 1, \"o\":null,\"i\":2.50, \"r\":0,\"d\":1,\"b\":2} "),
        LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(f->request, 0.5), LLMC_OK);
    assert_int_equal(run(f, "m", each_kind), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"s\": 1, \"o\":null,\"i\":2.50, \"r\":0,\"d\":1,\"b\":2}");
    assert_int_equal(llmc_request_set_extra_json(f->request, "{}"), LLMC_OK);
    assert_int_equal(run(f, "m", each_kind), LLMC_OK);
    assert_non_null(strstr(f->http.body.data, "{\"s\":\"a"));
}

static void bytes(llmc__body *body) {
    if (llmc__body_open(body, "b"))
        llmc__body_base64(body, "\0\x01\xff", 3);
    if (llmc__body_open(body, "u"))
        llmc__body_data_url(body, "image/png", "foo", 3);
    llmc__body_bool(body, "after", true, true);
}

static void test_bytes(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "m", bytes), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"b\":\"AAH/\",\"u\":\"data:image/png;base64,Zm9v\",\"after\":true}");
    f->http.body.max = 20;
    assert_int_equal(run(f, "m", bytes), LLMC_ERR_TOO_LARGE);
    assert_non_null(strstr(f->error.message, "larger than allowed"));
}

static void long_mime(llmc__body *body) {
    char mime[300];
    memset(mime, 'x', sizeof mime);
    mime[sizeof mime - 1] = '\0';
    if (llmc__body_open(body, "u"))
        llmc__body_data_url(body, mime, "foo", 3);
}

static void test_a_mime_type_without_end(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "m", long_mime), LLMC_ERR_INVALID_ARGUMENT);
    assert_ptr_equal(strstr(f->error.message, "mime:"), f->error.message);
}

static void refuses_twice(llmc__body *body) {
    llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED, "image/%s: not at \"%s\"", "bmp", body->target->name);
    llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT, "too late");
    llmc__body_str(body, "s", "t");
}

static void test_first_refusal_stays(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "m", refuses_twice), LLMC_ERR_UNSUPPORTED);
    assert_int_equal(f->error.status, LLMC_ERR_UNSUPPORTED);
    assert_string_equal(f->error.message, "image/bmp: not at \"plain\"");
}

static void nothing(llmc__body *body) {
    (void)body;
}

static void test_url_is_escaped(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "a/b c%\xc3\xa9:1-._~", nothing), LLMC_OK);
    assert_string_equal(f->http.url.data, "https://h/v1/models/a%2Fb%20c%25%C3%A9%3A1-._~");
    assert_string_equal(f->http.body.data, "{}");
}

static void test_headers_in_order(void **state) {
    fixture *f = *state;
    llmc__header of_target = {header_name, header_value};
    f->target.organization = org;
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
    assert_true(has_line(f, "Content-Type: application/json"));
    assert_false(has_line(f, "Accept: application/json")); /* only streams name what they take */
    assert_true(has_line(f, "x-key: k-1"));
    assert_true(has_line(f, "x-org: o-1"));
    assert_false(has_line(f, "x-empty: "));
    f->target.headers = &of_target;
    f->target.header_count = 1;
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
    assert_true(has_line(f, "x-org: of the target"));
    assert_false(has_line(f, "x-org: o-1"));
    assert_int_equal(llmc_request_add_header(f->request, "X-Org", "of the request"), LLMC_OK);
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
    assert_true(has_line(f, "X-Org: of the request"));
    assert_false(has_line(f, "x-org: of the target"));
}

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    assert_string_equal(provider, "plain");
    if (user_data == NULL)
        return 1;
    assert_true(strlen(user_data) < capacity);
    strcpy(token, user_data);
    return 0;
}

static int fill_token(const char *provider, char *token, size_t capacity, void *user_data) {
    (void)provider;
    (void)user_data;
    memset(token, 'x', capacity);
    return 0;
}

static void test_token_comes_before_key(void **state) {
    fixture *f = *state;
    char token[] = "ya29.x", broken[] = "a\nb", empty[] = "";
    f->target.token = give_token;
    f->target.token_user_data = token;
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
    assert_true(has_line(f, "x-key: ya29.x"));
    f->target.api_key = NULL;
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
    f->target.token_user_data = broken;
    assert_int_equal(run(f, "m", nothing), LLMC_ERR_INVALID_KEY);
    f->target.token_user_data = empty;
    assert_int_equal(run(f, "m", nothing), LLMC_ERR_AUTH);
    f->target.token_user_data = NULL;
    assert_int_equal(run(f, "m", nothing), LLMC_ERR_AUTH);
    assert_non_null(strstr(f->error.message, "token function"));
    f->target.token = fill_token;
    assert_int_equal(run(f, "m", nothing), LLMC_ERR_AUTH);
}

static void test_what_is_missing(void **state) {
    fixture *f = *state;
    f->target.api_key = NULL;
    assert_int_equal(run(f, "m", nothing), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(f->error.message, "its key variable"));
    f->target.key_required = false;
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
    llmc_request_clear_messages(f->request);
    assert_int_equal(run(f, "m", nothing), LLMC_ERR_INVALID_ARGUMENT);
    assert_ptr_equal(strstr(f->error.message, "messages:"), f->error.message);
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"messages\":[]}"), LLMC_OK);
    assert_int_equal(run(f, "m", nothing), LLMC_OK);
}

static void asks_fields(llmc__body *body) {
    llmc__body_bool(body, "temperature", true, llmc__body_wants(body, LLMC__FIELD_TEMPERATURE));
    llmc__body_bool(body, "seed", true, llmc__body_wants(body, LLMC__FIELD_SEED));
}

static void test_fields_taken(void **state) {
    fixture *f = *state;
    assert_int_equal(llmc_request_set_temperature(f->request, 1), LLMC_OK);
    assert_int_equal(run(f, "m", asks_fields), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"temperature\":true,\"seed\":false}");
    assert_int_equal(llmc_request_set_seed(f->request, 1), LLMC_OK);
    assert_int_equal(run(f, "m", asks_fields), LLMC_ERR_UNSUPPORTED);
    assert_ptr_equal(strstr(f->error.message, "seed:"), f->error.message);
    f->target.drop_unsupported = true;
    assert_int_equal(run(f, "m", asks_fields), LLMC_OK);
    assert_string_equal(f->http.body.data, "{\"temperature\":true,\"seed\":false}");
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static void test_no_memory_at_any_point(void **state) {
    fixture *f = *state;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    assert_int_equal(llmc_request_set_extra_json(f->request, "{\"x\":1}"), LLMC_OK);
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 100);
        llmc__http_request_free(&f->http);
        llmc__http_request_init(&f->http, 1000);
        llmc__error_clear(&f->error);
        write_members = bytes;
        llmc__mem_set_gate(count_down, &left);
        status = llmc__provider_encode(&f->target, "m", f->request, true, &f->http, &f->error);
        llmc__mem_set_gate(NULL, NULL);
        if (status != LLMC_OK)
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_members),
        TEST(test_extra_json_comes_in_place),
        TEST(test_bytes),
        TEST(test_a_mime_type_without_end),
        TEST(test_first_refusal_stays),
        TEST(test_url_is_escaped),
        TEST(test_headers_in_order),
        TEST(test_token_comes_before_key),
        TEST(test_what_is_missing),
        TEST(test_fields_taken),
        TEST(test_no_memory_at_any_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
