#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/request.h"

static llmc_request *fresh(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("m", &request), LLMC_OK);
    return request;
}

static void refused(llmc_status got, llmc_status want, const char *name) {
    assert_int_equal(got, want);
    if (strncmp(llmc_last_error_message(), name, strlen(name)) != 0)
        fail_msg("message \"%s\" does not begin with \"%s\"", llmc_last_error_message(), name);
}

static void test_json_mode(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_json_mode(NULL, true), LLMC_ERR_INVALID_ARGUMENT, "request");
    assert_int_equal(llmc_request_set_json_mode(request, true), LLMC_OK);
    assert_int_equal(llmc__request_fields(request), LLMC__FIELD_JSON_MODE);
    assert_int_equal(llmc_request_set_json_mode(request, false), LLMC_OK);
    assert_int_equal(llmc__request_fields(request), 0);
    llmc_request_free(request);
}

static void test_json_schema(void **state) {
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(llmc_request_set_json_schema(request, "city", "{\"type\":\"object\"}", true), LLMC_OK);
    refused(llmc_request_set_json_schema(NULL, "x", "{}", true), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_json_schema(request, NULL, "{}", false), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_set_json_schema(request, "a b", "{}", false), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_set_json_schema(request, "x", "[{}]", false), LLMC_ERR_INVALID_JSON, "schema_json");
    refused(llmc_request_set_json_schema(request, "x", "{", false), LLMC_ERR_INVALID_JSON, "schema_json");
    assert_string_equal(request->schema_name, "city");
    assert_string_equal(request->schema, "{\"type\":\"object\"}");
    assert_true(request->schema_strict);
    assert_int_equal(llmc_request_set_json_schema(request, "other", "{}", false), LLMC_OK);
    assert_string_equal(request->schema_name, "other");
    assert_false(request->schema_strict);
    assert_int_equal(llmc_request_set_json_schema(request, NULL, NULL, true), LLMC_OK);
    assert_null(request->schema);
    assert_null(request->schema_name);
    assert_false(request->schema_strict);
    llmc_request_free(request);
}

static void test_whole_numbers(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_n(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_n(request, 0), LLMC_ERR_INVALID_ARGUMENT, "n: must be from 1 to 128");
    refused(llmc_request_set_n(request, 129), LLMC_ERR_INVALID_ARGUMENT, "n: must be from 1 to 128");
    refused(llmc_request_set_logprobs(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_logprobs(request, -1), LLMC_ERR_INVALID_ARGUMENT, "top");
    refused(llmc_request_set_logprobs(request, 21), LLMC_ERR_INVALID_ARGUMENT, "top: must be from 0 to 20");
    refused(llmc_request_set_top_k(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_top_k(request, 0), LLMC_ERR_INVALID_ARGUMENT, "top_k: must be at least 1");
    refused(llmc_request_set_reasoning_budget(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_reasoning_budget(request, -1), LLMC_ERR_INVALID_ARGUMENT, "tokens: must be at least 0");
    refused(llmc_request_set_max_tokens(request, 0), LLMC_ERR_INVALID_ARGUMENT, "max_tokens: must be at least 1");
    assert_int_equal(llmc__request_fields(request), 0);
    assert_int_equal(llmc_request_set_n(request, 128), LLMC_OK);
    assert_int_equal(llmc_request_set_logprobs(request, 0), LLMC_OK);
    assert_int_equal(llmc_request_set_top_k(request, INT64_MAX), LLMC_OK);
    assert_int_equal(llmc_request_set_reasoning_budget(request, 0), LLMC_OK);
    assert_int_equal(llmc__request_fields(request),
                     LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | LLMC__FIELD_TOP_K | LLMC__FIELD_REASONING_BUDGET);
    assert_int_equal(request->n, 128);
    assert_int_equal(request->top_logprobs, 0);
    assert_int_equal(request->top_k, INT64_MAX);
    llmc_request_free(request);
}

static void test_effort(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_reasoning_effort(NULL, LLMC_REASONING_LOW), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_reasoning_effort(request, (llmc_reasoning_effort)77), LLMC_ERR_INVALID_ARGUMENT, "effort");
    assert_int_equal(llmc_request_set_reasoning_effort(request, LLMC_REASONING_NONE), LLMC_OK);
    assert_int_equal(llmc__request_fields(request), LLMC__FIELD_REASONING_EFFORT);
    assert_int_equal(llmc_request_set_reasoning_effort(request, LLMC_REASONING_UNSET), LLMC_OK);
    assert_int_equal(llmc__request_fields(request), 0);
    llmc_request_free(request);
}

static void test_service_tier(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_service_tier(NULL, "flex"), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_service_tier(request, ""), LLMC_ERR_INVALID_ARGUMENT, "service_tier");
    refused(llmc_request_set_service_tier(request, "\xff"), LLMC_ERR_INVALID_UTF8, "service_tier");
    assert_int_equal(llmc_request_set_service_tier(request, "flex"), LLMC_OK);
    assert_string_equal(request->service_tier, "flex");
    assert_int_equal(llmc_request_set_service_tier(request, NULL), LLMC_OK);
    assert_null(request->service_tier);
    llmc_request_free(request);
}

static void test_metadata(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_add_metadata(NULL, "k", "v"), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_metadata(request, NULL, "v"), LLMC_ERR_INVALID_ARGUMENT, "key");
    refused(llmc_request_add_metadata(request, "", "v"), LLMC_ERR_INVALID_ARGUMENT, "key");
    refused(llmc_request_add_metadata(request, "k", NULL), LLMC_ERR_INVALID_ARGUMENT, "value");
    refused(llmc_request_add_metadata(request, "k", "\xff"), LLMC_ERR_INVALID_UTF8, "value");
    assert_int_equal(request->metadata_count, 0);
    assert_int_equal(llmc_request_add_metadata(request, "k", "v"), LLMC_OK);
    assert_int_equal(llmc_request_add_metadata(request, "l", ""), LLMC_OK);
    assert_int_equal(llmc_request_add_metadata(request, "k", "w"), LLMC_OK);
    assert_int_equal(request->metadata_count, 2);
    assert_string_equal(request->metadata[0].value, "w");
    assert_string_equal(request->metadata[1].value, "");
    llmc_request_free(request);
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static llmc_status change(llmc_request *request) {
    return llmc_request_set_json_schema(request, "new", "{\"n\":1}", true);
}

static llmc_status label(llmc_request *request) {
    return llmc_request_add_metadata(request, "k", "v");
}

static llmc_status relabel(llmc_request *request) {
    return llmc_request_add_metadata(request, "k", "w");
}

/* The text at *slot stays `before` until the change succeeds. */
static void fail_each(llmc_request *request, llmc_status (*act)(llmc_request *request), const size_t *count,
                      size_t before) {
    llmc_status status = LLMC_ERR_NO_MEMORY;
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 20);
        llmc__mem_set_gate(count_down, &left);
        status = act(request);
        llmc__mem_set_gate(NULL, NULL);
        if (status != LLMC_OK) {
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
            assert_int_equal(*count, before);
        }
    }
}

static void test_no_memory(void **state) {
    llmc_request *request = fresh();
    size_t none = 0;
    (void)state;
    assert_int_equal(llmc_request_set_json_schema(request, "old", "{}", false), LLMC_OK);
    for (size_t allowed = 0; allowed < 2; allowed++) {
        size_t left = allowed;
        llmc__mem_set_gate(count_down, &left);
        llmc_status status = change(request);
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(status, LLMC_ERR_NO_MEMORY);
        assert_string_equal(request->schema, "{}");
        assert_string_equal(request->schema_name, "old");
        assert_false(request->schema_strict);
    }
    fail_each(request, change, &none, 0);
    assert_string_equal(request->schema_name, "new");
    fail_each(request, label, &request->metadata_count, 0);
    fail_each(request, relabel, &request->metadata_count, 1);
    assert_string_equal(request->metadata[0].value, "w");
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_mode), cmocka_unit_test(test_json_schema),  cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_effort),    cmocka_unit_test(test_service_tier), cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
