#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_google.h"

#define OK(call) assert_int_equal(call, LLMC_OK)

static char project[] = "my-project";

static int set_up(void **state) {
    static google_case one;
    google_begin(&one, "vertex_ai");
    one.target.project = project;
    *state = &one;
    return 0;
}

static int tear_down(void **state) {
    google_end(*state);
    return 0;
}

static void test_rows(void **state) {
    const llmc__provider_row *row = llmc__provider_row_find("vertex");
    (void)state;
    assert_ptr_equal(row, llmc__provider_row_find("vertex_ai"));
    assert_ptr_equal(llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0})),
                     &llmc__provider_vertex);
    assert_ptr_equal(llmc__provider_adapter(llmc__provider_row_word(llmc__provider_row_find("gemini"),
                                                                    LLMC__ROW_ADAPTER, (llmc__row_text){0})),
                     &llmc__provider_gemini);
}

/* ---- the address ---- */

typedef struct address {
    const char *base_url, *region, *version, *project, *model;
    bool stream;
    const char *url;
} address;

#define PATH "/projects/my-project/locations/"

static const address addresses[] = {
    {NULL, NULL, NULL, "my-project", "gemini-2.5-pro", false,
     "https://aiplatform.googleapis.com/v1" PATH "global/publishers/google/models/gemini-2.5-pro:generateContent"},
    {NULL, "us-central1", NULL, "my-project", "gemini-2.5-pro", true,
     "https://us-central1-aiplatform.googleapis.com/v1" PATH
     "us-central1/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"},
    {NULL, "eu", "v1beta1", "my-project", "m", false,
     "https://aiplatform.eu.rep.googleapis.com/v1beta1" PATH "eu/publishers/google/models/m:generateContent"},
    {NULL, "global", "", "example.com:p/../x", "a/b c", false,
     "https://aiplatform.googleapis.com/v1/projects/example.com:p%2F..%2Fx/locations/global/publishers/google/models/"
     "a%2Fb%20c:generateContent"},
    {NULL, "", NULL, "my-project", "endpoints/123", false,
     "https://aiplatform.googleapis.com/v1" PATH "global/endpoints/123:generateContent"},
    {NULL, "global", NULL, "my-project", "publishers/meta/models/llama@1", false,
     "https://aiplatform.googleapis.com/v1" PATH "global/publishers/meta/models/llama@1:generateContent"},
    {"http://127.0.0.1:1/v9", "us-east1", "v1beta1", "my-project", "m", false,
     "http://127.0.0.1:1/v9" PATH "us-east1/publishers/google/models/m:generateContent"},
    {NULL, "us-east5", NULL, "my-project", "claude-3-7-sonnet@20250219", false,
     "https://us-east5-aiplatform.googleapis.com/v1" PATH
     "us-east5/publishers/anthropic/models/claude-3-7-sonnet@20250219:rawPredict"},
    {NULL, "global", NULL, "my-project", "publishers/anthropic/models/claude-opus-4-5", true,
     "https://aiplatform.googleapis.com/v1" PATH "global/publishers/anthropic/models/claude-opus-4-5:streamRawPredict"},
};

/* A target owns its strings; these are only read. */
static char *lent(const char *text) {
    union {
        const char *lent;
        char *kept;
    } both = {text};
    return both.kept;
}

static void test_address(void **state) {
    google_case *one = *state;
    char *standard = one->target.base_url;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        const address *row = &addresses[i];
        one->target.base_url = row->base_url != NULL ? lent(row->base_url) : standard;
        one->target.region = lent(row->region);
        one->target.api_version = lent(row->version);
        one->target.project = lent(row->project);
        OK(google_encode(one, row->model, row->stream));
        assert_string_equal(llmc__buf_str(&one->http.url), row->url);
        assert_true(one->http.stream == row->stream);
    }
}

static void refuses(google_case *one, const char *word) {
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(strncmp(one->error.message, word, strlen(word)), 0);
    assert_int_equal(google_encode(one, "claude-x", false), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(one->http.headers.len, 0); /* no key was written yet */
}

/* Nothing of the settings may lead the token to another host. */
static void test_settings_that_cannot_be(void **state) {
    static const char *const regions[] = {"evil.com/", "a.b", "us central", "x@y", "US", "a\nb", "#"};
    google_case *one = *state;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        one->target.region = lent(regions[i]);
        refuses(one, "region:");
    }
    one->target.region = lent("us-central1");
    one->target.api_version = lent("v1/../..");
    refuses(one, "api_version:");
    one->target.api_version = NULL;
    one->target.project = NULL;
    refuses(one, "project:");
    one->target.project = lent("");
    refuses(one, "project:");
}

/* ---- the token ---- */

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    const char *text = user_data;
    assert_string_equal(provider, "google");
    if (text == NULL)
        return 7;
    (void)snprintf(token, capacity, "%s", text);
    return 0;
}

static void test_token(void **state) {
    google_case *one = *state;
    OK(google_encode(one, "m", false));
    assert_string_equal(google_header(one, "Authorization"), "Bearer k-1234"); /* a token given as api_key */
    assert_null(google_header(one, "x-goog-api-key"));
    one->target.token = give_token;
    one->target.token_user_data = lent("ya29.one");
    OK(google_encode(one, "m", false));
    assert_string_equal(google_header(one, "Authorization"), "Bearer ya29.one");
    one->target.token_user_data = lent("ya29.two"); /* asked anew for each request */
    OK(google_encode(one, "claude-x", true));
    assert_string_equal(google_header(one, "Authorization"), "Bearer ya29.two");
}

static void test_token_refused(void **state) {
    google_case *one = *state;
    static const char *const models[] = {"gemini-2.5-pro", "claude-sonnet-4-5"};
    one->target.token = give_token;
    for (size_t i = 0; i < 2; i++) {
        one->target.token_user_data = NULL;
        assert_int_equal(google_encode(one, models[i], false), LLMC_ERR_AUTH);
        assert_non_null(strstr(one->error.message, "\"google\""));
        assert_non_null(strstr(one->error.message, "token"));
        one->target.token_user_data = lent("");
        assert_int_equal(google_encode(one, models[i], false), LLMC_ERR_AUTH);
        one->target.token_user_data = lent("ya29\r\nX-Evil: 1");
        assert_int_equal(google_encode(one, models[i], false), LLMC_ERR_INVALID_KEY);
        assert_null(strstr(one->error.message, "ya29"));
    }
    one->target.token = NULL;
    one->target.api_key = NULL;
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_MISSING_KEY);
}

/* ---- bodies ---- */

static void test_geminis_body(void **state) {
    google_case *one = *state;
    OK(llmc_request_set_max_tokens(one->request, 5));
    OK(llmc_request_add_metadata(one->request, "team", "a"));
    OK(llmc_request_add_metadata(one->request, "cost", "b\""));
    google_expect(one, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}],"
                       "\"generationConfig\":{\"maxOutputTokens\":5},"
                       "\"labels\":{\"team\":\"a\",\"cost\":\"b\\\"\"}}");
    OK(llmc_request_set_service_tier(one->request, "flex"));
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_UNSUPPORTED);
}

/* What the Gemini API signed does not hold at Vertex AI, nor the other way round. */
static void test_answers_go_back_where_they_came_from(void **state) {
    static const char body[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\",\"thoughtSignature\":\"s\"}]},"
        "\"finishReason\":\"STOP\"}]}";
    google_case *one = *state;
    llmc_response *here = google_response(&llmc__provider_vertex, body);
    llmc_response *there = google_response(&llmc__provider_gemini, body);
    OK(llmc_request_add_response(one->request, here));
    OK(llmc_request_add_response(one->request, there));
    google_expect(one, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]},"
                       "{\"role\":\"model\",\"parts\":[{\"text\":\"a\",\"thoughtSignature\":\"s\"}]},"
                       "{\"role\":\"model\",\"parts\":[{\"text\":\"a\"}]}]}");
    llmc_response_free(here);
    llmc_response_free(there);
}

static void test_claudes_body(void **state) {
    google_case *one = *state;
    OK(llmc_request_set_max_tokens(one->request, 4000));
    OK(google_encode(one, "claude-3-7-sonnet@20250219", false));
    const char *text = llmc__buf_str(&one->http.body);
    assert_non_null(strstr(text, "\"anthropic_version\":\"vertex-2023-10-16\""));
    assert_non_null(strstr(text, "\"max_tokens\":4000"));
    assert_null(strstr(text, "\"model\""));
    assert_null(strstr(text, "\"stream\""));
    OK(google_encode(one, "claude-3-7-sonnet@20250219", true));
    assert_non_null(strstr(llmc__buf_str(&one->http.body), "\"stream\":true"));
    /* Its fields are Claude's. */
    OK(llmc_request_set_user(one->request, "u"));
    OK(google_encode(one, "claude-3-7-sonnet@20250219", false));
    OK(llmc_request_set_seed(one->request, 1));
    assert_int_equal(google_encode(one, "claude-3-7-sonnet@20250219", false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(one->error.message, "seed"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_rows),
        TEST(test_address),
        TEST(test_settings_that_cannot_be),
        TEST(test_token),
        TEST(test_token_refused),
        TEST(test_geminis_body),
        TEST(test_answers_go_back_where_they_came_from),
        TEST(test_claudes_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
