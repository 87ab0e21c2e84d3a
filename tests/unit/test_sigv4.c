/* Signatures against a recorded vector and against ones worked out by another implementation (Python's hmac). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "base/sha256.h"
#include "provider/sigv4.h"

/* AWS's documented example credentials. */
#define ACCESS "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

static llmc__http_request request;

static void start(const char *url, const char *body) {
    llmc__http_request_init(&request, 1 << 20);
    assert_int_equal(llmc__buf_append_str(&request.url, url), LLMC_OK);
    assert_int_equal(llmc__buf_append_str(&request.body, body), LLMC_OK);
}

static const char *header(const char *name) {
    const char *line = NULL;
    size_t len = strlen(name);
    while ((line = llmc__http_request_next_header(&request, line)) != NULL)
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 2;
    return NULL;
}

static void expect_signature(const llmc__sigv4 *key, int64_t when, const char *want) {
    assert_int_equal(llmc__sigv4_sign(key, &request, when), LLMC_OK);
    assert_string_equal(header("Authorization"), want);
}

static void add(const char *name, const char *value) {
    assert_int_equal(llmc__http_request_header(&request, name, value), LLMC_OK);
}

/* shared/wire/_vectors/sigv4-bedrock-mantle.json, from openai/openai-python (Apache-2.0). */
static void test_recorded_vector(void **state) {
    const llmc__sigv4 key = {ACCESS, SECRET, "fixture-session-token", "us-east-1", "bedrock-mantle"};
    (void)state;
    start("https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses", "{\"model\":\"gpt-4o\",\"input\":\"hello\"}");
    add("Content-Type", "application/json");
    expect_signature(&key, 1735787045,
                     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250102/us-east-1/bedrock-mantle/aws4_request, "
                     "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
                     "Signature=dc20c8fbe516daf0ccae7e5b7a78fc2936870413a9f1af6e1b2d44b970ce411f");
    assert_string_equal(header("X-Amz-Date"), "20250102T030405Z");
    assert_string_equal(header("X-Amz-Content-Sha256"),
                        "50329e51ad520f21b77bad0b01999930ff556cd1bf18434701251ba6c9f877bc");
    assert_string_equal(header("X-Amz-Security-Token"), "fixture-session-token");
    llmc__http_request_free(&request);
}

/* The colon of a model's id is %3A in the URL and %253A in what is signed. */
static void test_path_is_encoded_twice(void **state) {
    const llmc__sigv4 key = {ACCESS, SECRET, NULL, "eu-west-1", "bedrock"};
    (void)state;
    start("https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
          "{\"messages\":[]}");
    add("Content-Type", "application/json");
    expect_signature(&key, 1440938160,
                     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-west-1/bedrock/aws4_request, "
                     "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, "
                     "Signature=8fbe013a6316bb06d465879f82d059f6c185efd8ee7843da83834afd80919c2d");
    assert_null(header("X-Amz-Security-Token"));
    llmc__http_request_free(&request);
}

/* No path, a port of its own, blanks in values, names of which one begins like another, the last second of a leap day.
 */
static void test_odd_request(void **state) {
    const llmc__sigv4 key = {ACCESS, SECRET, "", "us-east-1", "bedrock"};
    (void)state;
    start("http://127.0.0.1:8080", "");
    add("X-Amz-Meta-More", "c");
    add("Other", "x");
    add("X-Amz-Meta", "  a   b  ");
    expect_signature(&key, 1709251199,
                     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240229/us-east-1/bedrock/aws4_request, "
                     "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta;x-amz-meta-more, "
                     "Signature=fef6c426481e630eaf2c8048f9793ba1d5980c735d48a34f040afcd6601c3541");
    llmc__http_request_free(&request);
}

static void test_query_and_encoded_path(void **state) {
    const llmc__sigv4 key = {ACCESS, SECRET, NULL, "us-east-1", "bedrock"};
    static const char want[] = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240229/us-east-1/bedrock/aws4_request, "
                               "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, "
                               "Signature=4d3f3f4516a68dbd5b1c813a722651fff2014f6e4124eb592251d469c6261c50";
    (void)state;
    start("https://h.example/a%20b/%C3%A9~x?k=v", "");
    add("Content-Type", "application/json");
    expect_signature(&key, 1709251199, want);
    llmc__http_request_free(&request);
    start("https://h.example:443/a%20b/%C3%A9~x?k=v#part", ""); /* the scheme's own port is not in the Host line */
    add("content-type", "application/json");
    expect_signature(&key, 1709251199, want);
    llmc__http_request_free(&request);
}

/* The example of AWS's "Examples of how to derive a signing key": what our HMAC makes of its four steps. */
static void test_signing_key(void **state) {
    static const char *const steps[] = {"20150830", "us-east-1", "iam", "aws4_request"};
    uint8_t digest[LLMC__SHA256_BYTES];
    char hex[LLMC__SHA256_HEX_BYTES];
    (void)state;
    llmc__sha256_hmac("AWS4" SECRET, strlen("AWS4" SECRET), steps[0], strlen(steps[0]), digest);
    for (size_t i = 1; i < 4; i++)
        llmc__sha256_hmac(digest, sizeof digest, steps[i], strlen(steps[i]), digest);
    llmc__sha256_hex(digest, hex);
    assert_string_equal(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

/* A retry is signed anew: as if there had been no attempt before. */
static void test_signed_again(void **state) {
    llmc__sigv4 key = {ACCESS, SECRET, "token", "us-east-1", "bedrock"};
    char first[512];
    size_t headers;
    (void)state;
    start("https://h.example/x", "{}");
    add("Content-Type", "application/json");
    assert_int_equal(llmc__sigv4_sign(&key, &request, 1709251199), LLMC_OK);
    (void)snprintf(first, sizeof first, "%s", header("Authorization"));
    headers = request.headers.len;
    assert_int_equal(llmc__sigv4_sign(&key, &request, 1709251200), LLMC_OK);
    assert_string_equal(header("X-Amz-Date"), "20240301T000000Z");
    assert_string_not_equal(header("Authorization"), first);
    assert_int_equal(llmc__sigv4_sign(&key, &request, 1709251199), LLMC_OK);
    assert_string_equal(header("Authorization"), first);
    assert_int_equal(request.headers.len, headers);
    llmc__http_request_free(&request);
}

/* Whatever of the request changes, the signature does. */
static void test_what_is_signed(void **state) {
    static const struct {
        const char *url, *body, *type;
        llmc__sigv4 key;
    } rows[] = {
        {"https://h.example/x", "{}", "a/b", {ACCESS, SECRET, "t", "r", "s"}},
        {"https://i.example/x", "{}", "a/b", {ACCESS, SECRET, "t", "r", "s"}},
        {"https://h.example/y", "{}", "a/b", {ACCESS, SECRET, "t", "r", "s"}},
        {"https://h.example/x?q", "{}", "a/b", {ACCESS, SECRET, "t", "r", "s"}},
        {"https://h.example/x", "{ }", "a/b", {ACCESS, SECRET, "t", "r", "s"}},
        {"https://h.example/x", "{}", "a/c", {ACCESS, SECRET, "t", "r", "s"}},
        {"https://h.example/x", "{}", "a/b", {ACCESS, "other", "t", "r", "s"}},
        {"https://h.example/x", "{}", "a/b", {ACCESS, SECRET, "u", "r", "s"}},
        {"https://h.example/x", "{}", "a/b", {ACCESS, SECRET, NULL, "r", "s"}},
        {"https://h.example/x", "{}", "a/b", {ACCESS, SECRET, "t", "q", "s"}},
        {"https://h.example/x", "{}", "a/b", {ACCESS, SECRET, "t", "r", "p"}},
    };
    char seen[sizeof rows / sizeof rows[0]][LLMC__SHA256_HEX_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(rows[i].url, rows[i].body);
        add("Content-Type", rows[i].type);
        assert_int_equal(llmc__sigv4_sign(&rows[i].key, &request, 1709251199), LLMC_OK);
        (void)snprintf(seen[i], sizeof seen[i], "%s", strstr(header("Authorization"), "Signature=") + 10);
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(seen[i], seen[other]);
        llmc__http_request_free(&request);
    }
}

static void test_refused(void **state) {
    llmc__sigv4 key = {ACCESS, SECRET, "bad\ntoken", "r", "s"};
    char secret[2000], region[300];
    (void)state;
    memset(secret, 'x', sizeof secret);
    secret[sizeof secret - 1] = '\0';
    memset(region, 'x', sizeof region);
    region[sizeof region - 1] = '\0';
    start("https://h.example/x", "");
    assert_int_equal(llmc__sigv4_sign(&key, &request, 0), LLMC_ERR_INVALID_KEY);
    key.session_token = NULL;
    key.secret_access_key = secret;
    assert_int_equal(llmc__sigv4_sign(&key, &request, 0), LLMC_ERR_INVALID_KEY);
    key.secret_access_key = SECRET;
    key.region = region;
    assert_int_equal(llmc__sigv4_sign(&key, &request, 0), LLMC_ERR_TOO_LARGE);
    key.region = "r";
    assert_int_equal(llmc__sigv4_sign(&key, &request, INT64_MAX), LLMC_ERR_INVALID_ARGUMENT);
    for (int i = 0; i < 40; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "X-Amz-%d", i);
        add(name, "1");
    }
    assert_int_equal(llmc__sigv4_sign(&key, &request, 0), LLMC_ERR_INVALID_HEADER);
    llmc__http_request_free(&request);
    start("h.example/x", "");
    assert_int_equal(llmc__sigv4_sign(&key, &request, 0), LLMC_ERR_INVALID_URL);
    llmc__http_request_free(&request);
    start("https:///x", "");
    assert_int_equal(llmc__sigv4_sign(&key, &request, 0), LLMC_ERR_INVALID_URL);
    llmc__http_request_free(&request);
}

static int refuse(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

static void test_without_memory(void **state) {
    const llmc__sigv4 key = {ACCESS, SECRET, "token", "us-east-1", "bedrock"};
    llmc_status status = LLMC_ERR_NO_MEMORY;
    (void)state;
    for (int left = 0; status != LLMC_OK; left++) {
        int allowed = left;
        assert_true(left < 100);
        start("https://h.example/x", "{}");
        llmc__mem_set_gate(refuse, &allowed);
        status = llmc__sigv4_sign(&key, &request, 1709251199);
        llmc__mem_set_gate(NULL, NULL);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        llmc__http_request_free(&request);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_vector), cmocka_unit_test(test_path_is_encoded_twice),
        cmocka_unit_test(test_odd_request),     cmocka_unit_test(test_query_and_encoded_path),
        cmocka_unit_test(test_signing_key),     cmocka_unit_test(test_signed_again),
        cmocka_unit_test(test_what_is_signed),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
