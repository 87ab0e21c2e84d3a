#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "policy/rules.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static llmc__rules rules;
static llmc_error error;

static int set_up(void **state) {
    (void)state;
    llmc__rules_init(&rules);
    llmc__error_init(&error);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    llmc__rules_free(&rules);
    llmc__error_clear(&error);
    return 0;
}

static llmc_status add(const char *provider, int http_status, const char *code, llmc_status status, bool retryable) {
    llmc_error_rule rule = LLMC_ERROR_RULE_INIT;
    rule.provider = provider;
    rule.http_status = http_status;
    rule.code = code;
    rule.status = status;
    rule.retryable = retryable;
    return llmc__rules_add(&rules, &rule, NULL);
}

/* An error as an adapter makes it. */
static void fail_with(int http_status, const char *type, const char *code) {
    llmc__error_clear(&error);
    llmc__error_set(&error, LLMC_ERR_QUOTA_EXHAUSTED, "the message");
    error.http_status = http_status;
    error.retry_after_ms = 1234;
    llmc__error_word(&error.provider_type, type, type != NULL ? strlen(type) : 0);
    llmc__error_word(&error.provider_code, code, code != NULL ? strlen(code) : 0);
    llmc__error_word(&error.provider_message, "own words", 9);
    llmc__error_word(&error.provider_param, "model", 5);
}

static void check(const char *provider, llmc_status status, bool retryable) {
    assert_true(llmc__rules_apply(&rules, provider, &error));
    assert_int_equal(error.status, status);
    assert_int_equal(error.retryable, retryable);
    assert_string_equal(error.message, "the message");
    assert_string_equal(error.provider_message, "own words");
    assert_string_equal(error.provider_param, "model");
    assert_int_equal(error.retry_after_ms, 1234);
}

static void check_none(const char *provider) {
    bool retryable = error.retryable;
    llmc_status status = error.status;
    assert_false(llmc__rules_apply(&rules, provider, &error));
    assert_int_equal(error.status, status);
    assert_int_equal(error.retryable, retryable);
}

static void test_nothing_without_rules(void **state) {
    (void)state;
    fail_with(429, "insufficient_quota", "insufficient_quota");
    check_none("relay");
    check_none(NULL);
}

static void test_each_field_counts(void **state) {
    (void)state;
    assert_int_equal(add("relay", 429, "insufficient_quota", LLMC_ERR_RATE_LIMITED, true), LLMC_OK);
    fail_with(429, NULL, "insufficient_quota");
    check("relay", LLMC_ERR_RATE_LIMITED, true);
    fail_with(429, "insufficient_quota", NULL); /* a type will do */
    check("relay", LLMC_ERR_RATE_LIMITED, true);
    fail_with(429, "requests", "Insufficient_QUOTA");
    check("relay", LLMC_ERR_RATE_LIMITED, true);
    check("relay", LLMC_ERR_RATE_LIMITED, true); /* twice is as once */
    fail_with(429, NULL, "insufficient_quota");
    check_none("openai");
    check_none("Relay");
    check_none("rela");
    check_none(NULL);
    fail_with(402, NULL, "insufficient_quota");
    check_none("relay");
    fail_with(429, NULL, "insufficient_quota_now");
    check_none("relay");
    fail_with(429, NULL, "insufficient");
    check_none("relay");
    fail_with(429, NULL, NULL);
    check_none("relay");
}

static void test_only_errors_of_providers(void **state) {
    (void)state;
    assert_int_equal(add(NULL, 0, NULL, LLMC_ERR_SERVER, true), LLMC_OK);
    fail_with(0, NULL, NULL);
    check_none("relay");
    fail_with(200, NULL, NULL); /* inside a stream */
    check("relay", LLMC_ERR_SERVER, true);
    check(NULL, LLMC_ERR_SERVER, true);
}

/* In any order of adding: what names more wins. */
static void test_most_specific_wins(void **state) {
    static const struct {
        const char *provider;
        int http_status;
        const char *code;
        llmc_status status;
    } kinds[] = {
        {NULL, 0, NULL, LLMC_ERR_BAD_REQUEST},
        {"relay", 0, NULL, LLMC_ERR_AUTH},
        {"relay", 429, NULL, LLMC_ERR_PERMISSION},
        {"relay", 429, "busy", LLMC_ERR_NOT_FOUND},
    };
    (void)state;
    for (size_t first = 0; first < COUNT(kinds); first++) {
        for (size_t i = 0; i < COUNT(kinds); i++) {
            size_t at = (first + i * 3) % COUNT(kinds);
            assert_int_equal(
                add(kinds[at].provider, kinds[at].http_status, kinds[at].code, kinds[at].status, at % 2 == 0), LLMC_OK);
        }
        fail_with(429, NULL, "busy");
        check("relay", LLMC_ERR_NOT_FOUND, false);
        fail_with(429, NULL, "other");
        check("relay", LLMC_ERR_PERMISSION, true);
        fail_with(500, NULL, "busy");
        check("relay", LLMC_ERR_AUTH, false);
        fail_with(429, NULL, "busy");
        check("openai", LLMC_ERR_BAD_REQUEST, true);
        llmc__rules_free(&rules);
    }
}

static void test_one_thing_each(void **state) {
    (void)state;
    assert_int_equal(add(NULL, 429, NULL, LLMC_ERR_RATE_LIMITED, true), LLMC_OK);
    fail_with(429, "a", "b");
    check("relay", LLMC_ERR_RATE_LIMITED, true);
    fail_with(503, "a", "b");
    check_none("relay");
    assert_int_equal(add(NULL, 0, "a", LLMC_ERR_OVERLOADED, true), LLMC_OK);
    check("relay", LLMC_ERR_OVERLOADED, true);
    assert_int_equal(add(NULL, 503, "b", LLMC_ERR_CONTEXT_LENGTH, false), LLMC_OK);
    check("relay", LLMC_ERR_CONTEXT_LENGTH, false);
    assert_int_equal(add("relay", 0, "b", LLMC_ERR_CONTENT_FILTER, false), LLMC_OK);
    check("relay", LLMC_ERR_CONTENT_FILTER, false);
    fail_with(503, "a", "b");
    check("openai", LLMC_ERR_CONTEXT_LENGTH, false);
}

static void test_later_wins_ties(void **state) {
    (void)state;
    assert_int_equal(add("relay", 0, NULL, LLMC_ERR_AUTH, false), LLMC_OK);
    assert_int_equal(add(NULL, 429, NULL, LLMC_ERR_RATE_LIMITED, true), LLMC_OK);
    fail_with(429, NULL, NULL);
    check("relay", LLMC_ERR_RATE_LIMITED, true);
    assert_int_equal(add("relay", 0, NULL, LLMC_ERR_SERVER, false), LLMC_OK);
    fail_with(429, NULL, NULL);
    check("relay", LLMC_ERR_SERVER, false);
    assert_int_equal(add("relay", 0, NULL, LLMC_ERR_SERVER, true), LLMC_OK); /* the same rule anew */
    fail_with(429, NULL, NULL);
    check("relay", LLMC_ERR_SERVER, true);
}

static void test_refused(void **state) {
    static const struct {
        const char *provider;
        int http_status;
        const char *code;
        llmc_status status;
        const char *why;
    } rows[] = {
        {NULL, 0, NULL, LLMC_OK, "rule->status"},
        {NULL, 0, NULL, LLMC_END, "rule->status"},
        {NULL, 0, NULL, LLMC_ERR_CANCELLED, "rule->status"},
        {NULL, 0, NULL, LLMC_ERR_BUDGET, "rule->status"},
        {NULL, 0, NULL, (llmc_status)-70, "rule->status"},
        {NULL, -1, NULL, LLMC_ERR_SERVER, "rule->http_status"},
        {NULL, 99, NULL, LLMC_ERR_SERVER, "rule->http_status"},
        {NULL, 600, NULL, LLMC_ERR_SERVER, "rule->http_status"},
        {"", 0, NULL, LLMC_ERR_SERVER, "rule->provider"},
        {NULL, 0, "", LLMC_ERR_SERVER, "rule->code"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const llmc_error_rule rule = {sizeof rule,  rows[i].provider, rows[i].http_status,
                                      rows[i].code, rows[i].status,   true};
        const char *why = NULL;
        assert_int_equal(llmc__rules_add(&rules, &rule, &why), LLMC_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(why, rows[i].why));
    }
    assert_int_equal(rules.count, 0);
    assert_int_equal(add(NULL, 100, NULL, LLMC_ERR_RESOLVE, true), LLMC_OK);
    assert_int_equal(add(NULL, 599, NULL, LLMC_ERR_SERVER, true), LLMC_OK);
}

static void test_strings_are_copied(void **state) {
    char provider[] = "relay", code[] = "busy";
    (void)state;
    assert_int_equal(add(provider, 0, code, LLMC_ERR_OVERLOADED, true), LLMC_OK);
    memset(provider, 'x', sizeof provider - 1);
    memset(code, 'x', sizeof code - 1);
    fail_with(500, NULL, "busy");
    check("relay", LLMC_ERR_OVERLOADED, true);
}

static void test_a_thousand(void **state) {
    char code[32];
    const char *why = NULL;
    llmc_error_rule one_more = LLMC_ERROR_RULE_INIT;
    llmc__rules copy;
    (void)state;
    for (int i = 0; i < LLMC__RULES_MAX; i++) {
        (void)snprintf(code, sizeof code, "code%d", i);
        assert_int_equal(add(NULL, 0, code, i % 2 ? LLMC_ERR_SERVER : LLMC_ERR_BAD_REQUEST, i % 2), LLMC_OK);
    }
    one_more.status = LLMC_ERR_SERVER;
    assert_int_equal(llmc__rules_add(&rules, &one_more, &why), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(why, "1000"));
    assert_int_equal(llmc__rules_copy(&rules, &copy), LLMC_OK);
    llmc__rules_free(&rules);
    rules = copy;
    assert_int_equal(rules.count, LLMC__RULES_MAX);
    for (int i = 0; i < LLMC__RULES_MAX; i++) {
        (void)snprintf(code, sizeof code, "CODE%d", i);
        fail_with(500, NULL, code);
        check("relay", i % 2 ? LLMC_ERR_SERVER : LLMC_ERR_BAD_REQUEST, i % 2);
    }
}

static int gate(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

static void test_no_memory(void **state) {
    llmc__rules copy;
    int left = 0, needed = 0;
    (void)state;
    for (llmc_status status = LLMC_ERR_NO_MEMORY; status != LLMC_OK; needed++) {
        assert_int_equal(rules.count, 0);
        llmc__rules_free(&rules);
        left = needed;
        llmc__mem_set_gate(gate, &left);
        status = add("relay", 0, "busy", LLMC_ERR_OVERLOADED, true);
        llmc__mem_set_gate(NULL, NULL);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
    }
    assert_int_equal(needed, 4); /* the list and two strings failed once each */
    assert_int_equal(add(NULL, 500, NULL, LLMC_ERR_OVERLOADED, true), LLMC_OK);
    for (int i = 0; i < 3; i++) {
        left = i;
        llmc__mem_set_gate(gate, &left);
        assert_int_equal(llmc__rules_copy(&rules, &copy), LLMC_ERR_NO_MEMORY);
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(copy.count, 0);
        assert_null(copy.list);
    }
    fail_with(500, NULL, "busy");
    check("relay", LLMC_ERR_OVERLOADED, true);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_nothing_without_rules),
        CASE(test_each_field_counts),
        CASE(test_only_errors_of_providers),
        CASE(test_most_specific_wins),
        CASE(test_one_thing_each),
        CASE(test_later_wins_ties),
        CASE(test_refused),
        CASE(test_strings_are_copied),
        CASE(test_a_thousand),
        CASE(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
