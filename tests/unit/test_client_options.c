/* llmc_client_options: the defaults of numbers left 0, and refusals that name the field. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "api/client_options.h"
#include "model/error.h"

static llmc_client_options initial(void) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    return options;
}

static void initial_is_what_zeros_become(void **state) {
    llmc_client_options all = initial(), zeros;
    (void)state;
    memset(&zeros, 0, sizeof(zeros));
    zeros.size = sizeof(zeros);
    zeros.io_threads = all.io_threads; /* 0 is the host-loop mode */
    assert_int_equal(llmc__client_options_check(&zeros), LLMC_OK);
    llmc__client_options_fill(&zeros);
    assert_int_equal(zeros.max_connections, 100);
    assert_int_equal(zeros.retry_delay_ms, 1000);
    assert_int_equal(zeros.retry_jitter, LLMC_JITTER_FULL);
    assert_int_equal(zeros.retry_max_delay_ms, 60000);
    assert_int_equal(zeros.retry_max_hint_ms, 120000);
    assert_int_equal(zeros.retry_budget_percent, 10);
    assert_int_equal(zeros.retry_budget_reserve, 10);
    assert_int_equal(zeros.breaker_failures, 5);
    assert_int_equal(zeros.breaker_ratio_percent, 0);
    assert_int_equal(zeros.breaker_min_calls, 20);
    assert_int_equal(zeros.breaker_scope, LLMC_BREAKER_PER_PROVIDER);
    assert_int_equal(zeros.breaker_window_ms, 30000);
    assert_int_equal(zeros.breaker_open_ms, 30000);
    assert_int_equal(zeros.breaker_probe_ms, 300000);
    assert_int_equal(zeros.min_concurrency, 1);
    assert_int_equal(zeros.log_level, LLMC_LOG_WARN);
    assert_int_equal(zeros.max_queued, all.max_queued);
    assert_int_equal(zeros.timeout_ms, all.timeout_ms);
    assert_int_equal(zeros.idle_timeout_ms, all.idle_timeout_ms);
    assert_int_equal(zeros.max_response_bytes, all.max_response_bytes);
}

static void what_was_given_stays(void **state) {
    llmc_client_options options = initial();
    (void)state;
    options.max_retries = -1;
    options.retry_budget_percent = -1;
    options.breaker_failures = -1;
    options.retry_max_hint_ms = 5;
    options.timeout_ms = LLMC_TIMEOUT_NONE;
    options.hedge_percentile = 99;
    options.breaker_ratio_percent = 100;
    assert_int_equal(llmc__client_options_check(&options), LLMC_OK);
    llmc__client_options_fill(&options);
    assert_int_equal(options.max_retries, -1);
    assert_int_equal(options.retry_budget_percent, -1);
    assert_int_equal(options.breaker_failures, -1);
    assert_int_equal(options.retry_max_hint_ms, 5);
    assert_int_equal(options.timeout_ms, LLMC_TIMEOUT_NONE);
}

static void refused(const llmc_client_options *options, const char *name) {
    assert_int_equal(llmc__client_options_check(options), LLMC_ERR_INVALID_ARGUMENT);
    if (strstr(llmc_last_error_message(), name) == NULL)
        print_error("no \"%s\" in: %s\n", name, llmc_last_error_message());
    assert_non_null(strstr(llmc_last_error_message(), name));
}

#define REFUSED(field, value)                                                                                          \
    do {                                                                                                               \
        llmc_client_options options = initial();                                                                       \
        options.field = value;                                                                                         \
        refused(&options, "options." #field " ");                                                                      \
    } while (0)

static void numbers_out_of_range(void **state) {
    (void)state;
    REFUSED(io_threads, 65);
    REFUSED(max_retries, -2);
    REFUSED(retry_delay_ms, -1);
    REFUSED(retry_max_delay_ms, -1);
    REFUSED(retry_max_hint_ms, INT64_MIN);
    REFUSED(retry_budget_percent, -2);
    REFUSED(retry_budget_percent, 101);
    REFUSED(breaker_failures, -2);
    REFUSED(breaker_ratio_percent, -1);
    REFUSED(breaker_ratio_percent, 101);
    REFUSED(breaker_window_ms, -1);
    REFUSED(breaker_open_ms, -1);
    REFUSED(breaker_probe_ms, -1);
    REFUSED(hedge_delay_ms, -1);
    REFUSED(hedge_percentile, 100);
    REFUSED(spend_limit_usd, -0.01);
    REFUSED(spend_limit_usd, (double)NAN);
    REFUSED(spend_window_usd, 2e9);
    REFUSED(request_limit_usd, -1);
    REFUSED(queue_timeout_ms, -2);
    REFUSED(cache_store_timeout_ms, -1);
    REFUSED(timeout_ms, -2);
}

static void enums_out_of_range(void **state) {
    (void)state;
    REFUSED(http_version, (llmc_http_version)3);
    REFUSED(retry_jitter, (llmc_jitter)3);
    REFUSED(breaker_scope, (llmc_breaker_scope)3);
    REFUSED(single_flight, (llmc_single_flight)3);
    REFUSED(log_level, (llmc_log_level)5);
}

static void a_struct_of_another_size(void **state) {
    (void)state;
    REFUSED(size, 0);
    REFUSED(size, sizeof(llmc_client_options) - 1);
}

static void strings_become_its_own(void **state) {
    char provider[] = "ollama";
    llmc_client_options options = initial();
    (void)state;
    options.default_provider = provider;
    assert_int_equal(llmc__client_options_own(&options), LLMC_OK);
    provider[0] = 'x';
    assert_string_equal(options.default_provider, "ollama");
    assert_string_equal(options.user_agent, "libllmclient/" LLMC_VERSION_STRING);
    assert_null(options.proxy);
    llmc__client_options_free(&options);
    options = initial();
    assert_int_equal(llmc__client_options_own(&options), LLMC_OK);
    assert_null(options.default_provider);
    llmc__client_options_free(&options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_is_what_zeros_become), cmocka_unit_test(what_was_given_stays),
        cmocka_unit_test(numbers_out_of_range),         cmocka_unit_test(enums_out_of_range),
        cmocka_unit_test(a_struct_of_another_size),     cmocka_unit_test(strings_become_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
