#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/response.h"
#include "wire/json.h"

static llmc_status put(llmc_response *response, llmc_event_kind kind, const char *text) {
    llmc_event event = {.kind = kind, .text = text, .text_len = text != NULL ? strlen(text) : 0};
    return llmc__response_fold(response, &event);
}

static void test_opaque_pieces(void **state) {
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    assert_int_equal(put(response, LLMC_EVENT_SIGNATURE, "s0"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_REDACTED, "r0"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_CITATION, "{\"url\":\"a\"}"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_SIGNATURE, "s1"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_CITATION, "{\"url\":\"b\"}"), LLMC_OK);
    assert_int_equal(llmc_response_signature_count(response), 2);
    assert_string_equal(llmc_response_signature(response, 0), "s0");
    assert_string_equal(llmc_response_signature(response, 1), "s1");
    assert_string_equal(llmc_response_signature(response, 2), "");
    assert_int_equal(llmc_response_redacted_count(response), 1);
    assert_string_equal(llmc_response_redacted(response, 0), "r0");
    assert_string_equal(llmc_response_redacted(response, SIZE_MAX), "");
    assert_int_equal(llmc_response_citation_count(response), 2);
    assert_string_equal(llmc_response_citation(response, 1), "{\"url\":\"b\"}");
    assert_string_equal(llmc_response_logprobs(response), "");
    llmc_response_free(response);
}

static void test_null(void **state) {
    (void)state;
    assert_int_equal(llmc_response_signature_count(NULL), 0);
    assert_string_equal(llmc_response_signature(NULL, 0), "");
    assert_int_equal(llmc_response_redacted_count(NULL), 0);
    assert_string_equal(llmc_response_redacted(NULL, 0), "");
    assert_int_equal(llmc_response_citation_count(NULL), 0);
    assert_string_equal(llmc_response_citation(NULL, 0), "");
    assert_string_equal(llmc_response_logprobs(NULL), "");
}

static void test_logprobs_become_one_array(void **state) {
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "[]"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, NULL), LLMC_OK);
    assert_string_equal(llmc_response_logprobs(response), "");
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "[{\"a\":1}]"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_CITATION, "{}"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "[{\"b\":2},{\"c\":3}]"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "{\"d\":[4]}"), LLMC_OK);
    assert_string_equal(llmc_response_logprobs(response), "[{\"a\":1},{\"b\":2},{\"c\":3},{\"d\":[4]}]");
    assert_int_equal(llmc_response_citation_count(response), 1);
    llmc__response_reset(response);
    assert_string_equal(llmc_response_logprobs(response), "");
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "[1]"), LLMC_OK);
    assert_string_equal(llmc_response_logprobs(response), "[1]");
    llmc_response_free(response);
}

static void test_many_logprobs(void **state) {
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    llmc__json_doc *doc = NULL;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "[{\"token\":\"t%d\"}]", i);
        assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, text), LLMC_OK);
    }
    const char *all = llmc_response_logprobs(response);
    assert_int_equal(llmc__json_parse(all, strlen(all), &doc, NULL), LLMC_OK);
    assert_int_equal(llmc__json_count(llmc__json_root(doc)), 5000);
    assert_int_equal(response->opaque_count, 1);
    llmc__json_free(doc);
    llmc_response_free(response);
}

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void test_logprobs_have_limits(void **state) {
    llmc_response *response = llmc__response_new(20);
    (void)state;
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "[1111111111]"), LLMC_OK);
    assert_int_equal(put(response, LLMC_EVENT_LOGPROBS, "[2222222222]"), LLMC_ERR_TOO_LARGE);
    assert_string_equal(llmc_response_logprobs(response), "[1111111111]");
    llmc__mem_set_gate(refuse, NULL);
    llmc__response_reset(response);
    llmc_status status = put(response, LLMC_EVENT_LOGPROBS, "[1]");
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    llmc_response_free(response);
}

static llmc_usage usage_of(llmc__usage usage) {
    llmc_response *response = llmc__response_new(100);
    llmc_usage out = LLMC_USAGE_INIT;
    response->usage = usage;
    assert_int_equal(llmc_response_usage(response, &out), LLMC_OK);
    llmc_response_free(response);
    return out;
}

static void test_usage_in_classes(void **state) {
    (void)state;
    llmc_usage usage = usage_of((llmc__usage){.tokens_in = 100,
                                              .tokens_out = 50,
                                              .total = 150,
                                              .cached = 60,
                                              .cache_write = 30,
                                              .reasoning = 20,
                                              -1,
                                              -1,
                                              -1,
                                              -1.0});
    assert_int_equal(usage.input, 10);
    assert_int_equal(usage.cache_read, 60);
    assert_int_equal(usage.cache_write, 30);
    assert_int_equal(usage.output, 30);
    assert_int_equal(usage.reasoning, 20);
}

static void test_unknown_counts(void **state) {
    (void)state;
    llmc_usage usage = usage_of((llmc__usage)LLMC__USAGE_INIT);
    assert_int_equal(usage.input, -1);
    assert_int_equal(usage.cache_read, -1);
    assert_int_equal(usage.cache_write, -1);
    assert_int_equal(usage.output, -1);
    assert_int_equal(usage.reasoning, -1);
    usage = usage_of((llmc__usage){7, 5, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0});
    assert_int_equal(usage.input, 7);
    assert_int_equal(usage.output, 5);
    assert_int_equal(usage.cache_read, -1);
    assert_int_equal(usage.reasoning, -1);
    usage = usage_of((llmc__usage){5, 5, -1, 9, 9, 9, -1, -1, -1, -1, -1, -1.0}); /* a provider that cannot count */
    assert_int_equal(usage.input, 0);
    assert_int_equal(usage.cache_read, 5);
    assert_int_equal(usage.cache_write, 0);
    assert_int_equal(usage.output, 0);
    assert_int_equal(usage.reasoning, 5);
}

static void test_bad_usage(void **state) {
    llmc_usage out = LLMC_USAGE_INIT;
    llmc_response *response = llmc__response_new(100);
    (void)state;
    assert_int_equal(llmc_response_usage(NULL, &out), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_response_usage(response, NULL), LLMC_ERR_INVALID_ARGUMENT);
    out.size = 3;
    assert_int_equal(llmc_response_usage(response, &out), LLMC_ERR_INVALID_ARGUMENT);
    assert_ptr_equal(strstr(llmc_last_error_message(), "out:"), llmc_last_error_message());
    llmc_response_free(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opaque_pieces),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_logprobs_become_one_array),
        cmocka_unit_test(test_many_logprobs),
        cmocka_unit_test(test_logprobs_have_limits),
        cmocka_unit_test(test_usage_in_classes),
        cmocka_unit_test(test_unknown_counts),
        cmocka_unit_test(test_bad_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
