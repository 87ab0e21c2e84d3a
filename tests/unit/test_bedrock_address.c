/* Where a request to Bedrock goes, and who signs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_adapter.h"

#define CLAUDE "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
#define NOVA   "amazon.nova-2-lite-v1:0"
#define HI     "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]"

#define SIGNED_WITH_SESSION                                                                                            \
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240229/eu-west-1/bedrock/aws4_request"                                  \
    ", SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token"                           \
    ", Signature=272a15a7f9194f308ff1e52c4166a35303d1e4988e5544238bb9f5e7c5a2796f"

static char region[] = "eu-west-1";
static char access_key[] = "AKIDEXAMPLE";
static char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static char session[] = "session/token==";

static adapter_case begin(const char *model) {
    adapter_case c;
    adapter_begin(&c, "bedrock", model);
    c.target.region = region;
    return c;
}

static adapter_case begin_hi(const char *model) {
    adapter_case c = begin(model);
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    return c;
}

/* Encodes, and expects a refusal whose message has the word. */
static void refused(adapter_case *c, llmc_status status, const char *word) {
    assert_int_equal(adapter_encode(c, false), status);
    assert_int_equal(c->error.status, status);
    if (strstr(c->error.message, word) == NULL)
        fail_msg("\"%s\" is not in: %s", word, c->error.message);
}

static const char *header(const adapter_case *c, const char *name) {
    const char *line = NULL;
    size_t len = strlen(name);
    while ((line = llmc__http_request_next_header(&c->http, line)) != NULL)
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 2;
    return NULL;
}

/* ---- where and by whom ---- */

static void test_url_and_bearer(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    adapter_body_is(&c, false, "{" HI "}");
    assert_string_equal(c.http.url.data, "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
                                         "us.anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse");
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    assert_true(adapter_has_header(&c, "Content-Type: application/json"));
    assert_true(adapter_has_header(&c, "Accept: application/json"));
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test")); /* a bearer's request is not signed */
    assert_null(header(&c, "X-Amz-Date"));
    adapter_body_is(&c, true, "{" HI "}");
    assert_non_null(strstr(c.http.url.data, "%3A0/converse-stream"));
    assert_true(adapter_has_header(&c, "Accept: application/vnd.amazon.eventstream"));
    assert_true(c.http.stream);
    adapter_end(&c);
}

/* An ARN is one segment of the path; LiteLLM's way to name the API is understood. */
static void test_odd_model_names(void **state) {
    static const struct {
        const char *model, *path;
    } rows[] = {
        {"arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-x",
         "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123%3Ainference-profile%2Fus.anthropic.claude-x/converse"},
        {"converse/" NOVA, "/model/amazon.nova-2-lite-v1%3A0/converse"},
        {"a b?c#d%", "/model/a%20b%3Fc%23d%25/converse"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin_hi(rows[i].model);
        assert_int_equal(adapter_encode(&c, false), LLMC_OK);
        assert_string_equal(strstr(c.http.url.data, ".com") + 4, rows[i].path);
        adapter_end(&c);
    }
}

/* The signature of this very request, as Python's hmac has it. */
static void test_signed(void **state) {
    adapter_case c = begin_hi("anthropic.claude-3-haiku-20240307-v1:0");
    (void)state;
    c.target.api_key = NULL;
    c.target.access_key_id = access_key;
    c.target.secret_access_key = secret;
    c.target.session_token = session;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_string_equal(c.http.body.data, "{" HI "}");
    assert_null(header(&c, "Authorization"));
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error), LLMC_OK);
    assert_string_equal(header(&c, "Authorization"), SIGNED_WITH_SESSION);
    assert_true(adapter_has_header(&c, "X-Amz-Security-Token: session/token=="));
    assert_true(adapter_has_header(&c, "X-Amz-Date: 20240229T235959Z"));
    assert_null(strstr(c.http.url.data, "Signature")); /* nothing of it in the URL */
    adapter_end(&c);
}

/* Without a region the host of Amazon's own form tells it; no other host does. */
static void test_region_of_the_host(void **state) {
    static const struct {
        const char *url, *region; /* NULL: refused */
    } rows[] = {
        {"https://bedrock-runtime.ap-south-1.amazonaws.com", "ap-south-1"},
        {"https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {"https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com", NULL},
        {"https://gateway.example/bedrock", NULL},
        {"http://127.0.0.1:8080", NULL},
        {"https://bedrock-runtime.{region}.amazonaws.com", NULL},
        {"https://bedrock-runtime..amazonaws.com", NULL},
        {"https://bedrock-runtime.x", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin_hi(NOVA);
        c.target.api_key = NULL;
        c.target.access_key_id = access_key;
        c.target.secret_access_key = secret;
        c.target.region = NULL;
        llmc__mem_free(c.target.base_url);
        c.target.base_url = llmc__mem_strdup(rows[i].url);
        if (rows[i].region == NULL) {
            refused(&c, LLMC_ERR_INVALID_ARGUMENT, "AWS_REGION");
        } else {
            char scope[128];
            (void)snprintf(scope, sizeof scope, "/20240229/%s/bedrock/aws4_request", rows[i].region);
            assert_int_equal(adapter_encode(&c, false), LLMC_OK);
            assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error), LLMC_OK);
            assert_non_null(strstr(header(&c, "Authorization"), scope));
        }
        adapter_end(&c);
    }
}

/* It becomes a part of the host's name, where nothing may lead elsewhere. */
static void test_bad_regions(void **state) {
    static char bad[][80] = {"",
                             "us east",
                             "evil.example/",
                             "a@b",
                             "US-EAST-1",
                             "us-east-1.evil.example#",
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        adapter_case c = begin_hi(NOVA);
        c.target.region = bad[i];
        refused(&c, LLMC_ERR_INVALID_ARGUMENT, "AWS_REGION");
        adapter_end(&c);
    }
}

static void test_missing_credentials(void **state) {
    adapter_case c = begin_hi(NOVA);
    (void)state;
    c.target.api_key = NULL;
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_BEARER_TOKEN_BEDROCK");
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_SECRET_ACCESS_KEY");
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 0, &c.error), LLMC_ERR_MISSING_KEY);
    c.target.access_key_id = access_key;
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_SECRET_ACCESS_KEY");
    c.target.access_key_id = NULL;
    c.target.secret_access_key = secret;
    refused(&c, LLMC_ERR_MISSING_KEY, "AWS_ACCESS_KEY_ID");
    assert_null(strstr(c.error.message, secret));
    adapter_end(&c);
}

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    assert_string_equal(provider, "bedrock");
    (void)snprintf(token, capacity, "%s", (const char *)user_data);
    return 0;
}

static void test_token_function(void **state) {
    static char token[] = "short-lived";
    adapter_case c = begin_hi(NOVA);
    (void)state;
    c.target.api_key = NULL;
    c.target.token = give_token;
    c.target.token_user_data = token;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer short-lived"));
    adapter_end(&c);
}

typedef struct gate {
    uint32_t fail_at, seen;
} gate;

static int on_allocation(void *ctx) {
    gate *g = ctx;
    return g->seen++ != g->fail_at;
}

static void test_without_memory(void **state) {
    adapter_case c = begin_hi(CLAUDE);
    (void)state;
    assert_int_equal(llmc_request_add_image(c.request, "image/png", "abc", 3), LLMC_OK);
    c.target.api_key = NULL;
    c.target.access_key_id = access_key;
    c.target.secret_access_key = secret;
    for (uint32_t k = 0;; k++) {
        gate g = {k, 0};
        llmc__mem_set_gate(on_allocation, &g);
        llmc_status status = adapter_encode(&c, false);
        if (status == LLMC_OK)
            status = c.target.provider->sign(&c.target, &c.http, 1709251199, &c.error);
        llmc__mem_set_gate(NULL, NULL);
        if (g.seen <= k)
            break;
        assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
    adapter_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_and_bearer), cmocka_unit_test(test_odd_model_names),
        cmocka_unit_test(test_signed),         cmocka_unit_test(test_region_of_the_host),
        cmocka_unit_test(test_bad_regions),    cmocka_unit_test(test_missing_credentials),
        cmocka_unit_test(test_token_function), cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
