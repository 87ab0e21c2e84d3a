#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "base/thread.h"
#include "model/error.h"

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void test_names_of_all_statuses(void **state) {
    static const llmc_status known[] = {LLMC_OK,
                                        LLMC_END,
                                        -1,
                                        -2,
                                        -3,
                                        -4,
                                        -5,
                                        -6,
                                        -7,
                                        -8,
                                        -9,
                                        -10,
                                        -11,
                                        -12,
                                        -13,
                                        -14,
                                        -15,
                                        -20,
                                        -21,
                                        -22,
                                        -23,
                                        -24,
                                        -25,
                                        -26,
                                        -27,
                                        -28,
                                        -29,
                                        -30,
                                        -31,
                                        -40,
                                        -41,
                                        -42,
                                        -43,
                                        -44,
                                        -45,
                                        -46,
                                        LLMC_ERR_SERVER,
                                        LLMC_ERR_OVERLOADED,
                                        -60,
                                        -61,
                                        -62,
                                        -63,
                                        -64,
                                        -65,
                                        -66,
                                        -67};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_string_not_equal(llmc_status_name(known[i]), "LLMC_ERR_UNKNOWN");
        assert_int_equal(strncmp(llmc_status_name(known[i]), "LLMC_", 5), 0);
        const char *text = llmc_status_message(known[i]);
        assert_true(strlen(text) > 5 && text[strlen(text) - 1] == '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(llmc_status_name(known[i]), llmc_status_name(known[j]));
    }
    assert_string_equal(llmc_status_name(LLMC_ERR_AUTH), "LLMC_ERR_AUTH");
    assert_string_equal(llmc_status_name((llmc_status)-999), "LLMC_ERR_UNKNOWN");
    assert_true(strlen(llmc_status_message((llmc_status)-999)) > 5);
}

static void test_version(void **state) {
    (void)state;
    assert_string_equal(llmc_version(), LLMC_VERSION_STRING);
    assert_int_equal(llmc_version_number(), LLMC_VERSION_NUMBER);
}

static void test_set_replaces_and_may_name_itself(void **state) {
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    assert_int_equal(error.retry_after_ms, -1);
    assert_string_equal(llmc_error_message(&error), "");
    llmc__error_set(&error, LLMC_ERR_AUTH, "one %d", 1);
    llmc__error_set(&error, LLMC_ERR_SERVER, "two, after %s", error.message);
    assert_string_equal(llmc_error_message(&error), "two, after one 1");
    assert_int_equal(llmc_error_status(&error), LLMC_ERR_SERVER);
    llmc__error_word(&error.provider_code, "abcdef", 3);
    assert_string_equal(llmc_error_provider_code(&error), "abc");
    llmc__error_word(&error.provider_code, NULL, 0);
    assert_string_equal(llmc_error_provider_code(&error), "");
    llmc__error_clear(&error);
    assert_int_equal(error.status, LLMC_OK);
    assert_null(error.message);
}

static void test_set_without_memory(void **state) {
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    llmc__mem_set_gate(refuse, NULL);
    llmc__error_set(&error, LLMC_ERR_AUTH, "never seen");
    llmc__error_word(&error.provider_type, "x", 1);
    llmc__mem_set_gate(NULL, NULL);
    assert_null(error.message);
    assert_string_equal(llmc_error_message(&error), llmc_status_message(LLMC_ERR_AUTH));
    assert_string_equal(llmc_error_provider_type(&error), "");
    llmc__error_clear(&error);
}

static void test_getters_of_nothing(void **state) {
    (void)state;
    assert_int_equal(llmc_error_status(NULL), LLMC_OK);
    assert_int_equal(llmc_error_http_status(NULL), 0);
    assert_string_equal(llmc_error_message(NULL), "");
    assert_string_equal(llmc_error_provider_type(NULL), "");
    assert_string_equal(llmc_error_provider_code(NULL), "");
    assert_string_equal(llmc_error_provider_message(NULL), "");
    assert_string_equal(llmc_error_provider_param(NULL), "");
    assert_false(llmc_error_retryable(NULL));
    assert_int_equal(llmc_error_retry_after_ms(NULL), -1);
}

static void look(void *ctx) {
    (void)snprintf(ctx, 600, "%s", llmc_last_error_message());
}

static void test_last_belongs_to_the_thread(void **state) {
    char seen[600] = "unset";
    llmc__thread thread;
    (void)state;
    assert_int_equal(llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: wrong", "model"), LLMC_ERR_INVALID_ARGUMENT);
    assert_string_equal(llmc_last_error_message(), "model: wrong");
    assert_string_equal(llmc_response_error_message(NULL), "model: wrong");
    assert_int_equal(llmc__thread_start(&thread, "look", look, seen), LLMC_OK);
    llmc__thread_join(&thread);
    assert_string_equal(seen, "");
}

static void test_last_is_cut_between_characters(void **state) {
    char text[1024];
    (void)state;
    memset(text, 'a', 510);
    memcpy(text + 510, "\xe2\x82\xac tail", 9);
    (void)llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s", text);
    assert_int_equal(strlen(llmc_last_error_message()), 510);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_all_statuses),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_set_replaces_and_may_name_itself),
        cmocka_unit_test(test_set_without_memory),
        cmocka_unit_test(test_getters_of_nothing),
        cmocka_unit_test(test_last_belongs_to_the_thread),
        cmocka_unit_test(test_last_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
