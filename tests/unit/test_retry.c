#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "policy/retry.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The defaults of llmc_client_options. */
static const llmc__retry_policy defaults = {3, 1000, 60000, 120000, LLMC_JITTER_FULL};
static const llmc__retry_policy exact = {3, 1000, 60000, 120000, LLMC_JITTER_NONE};

static uint64_t seed = 20261124;

/* xorshift64*: the same numbers in every run. */
static uint64_t next_random(void) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1dU;
}

static llmc__retry_question ask(llmc_status status) {
    return (llmc__retry_question){
        .status = status,
        .retryable = llmc__retry_class(status),
        .should_retry = -1,
        .hint_ms = -1,
        .now_us = 5000000,
        .due_us = INT64_MAX,
        .random = next_random(),
    };
}

static llmc__retry_verdict decide(const llmc__retry_policy *policy, const llmc__retry_question *question,
                                  int64_t *delay_ms) {
    *delay_ms = -77;
    llmc__retry_verdict verdict = llmc__retry_decide(policy, question, delay_ms);
    if (verdict == LLMC__RETRY_GO)
        assert_true(*delay_ms >= 0);
    else
        assert_int_equal(*delay_ms, 0);
    return verdict;
}

static void test_exact_ladder(void **state) {
    static const int64_t steps[] = {1000, 2000, 4000};
    int64_t delay = 0;
    (void)state;
    for (int32_t i = 0; i < 3; i++) {
        llmc__retry_question q = ask(LLMC_ERR_SERVER);
        q.retries_done = i;
        q.previous_ms = i > 0 ? steps[i - 1] : 0;
        assert_int_equal(decide(&exact, &q, &delay), LLMC__RETRY_GO);
        assert_int_equal(delay, steps[i]);
    }
    llmc__retry_question q = ask(LLMC_ERR_SERVER);
    q.retries_done = 3;
    assert_int_equal(decide(&exact, &q, &delay), LLMC__RETRY_USED_UP);
    /* Attempts at 0, +1, +2, +4 s: three waits of 7 s in all, and no more. */
    q.retries_done = 4;
    assert_int_equal(decide(&exact, &q, &delay), LLMC__RETRY_USED_UP);
}

static void test_cap_and_overflow(void **state) {
    static const struct {
        int64_t delay_ms, max_ms;
        int32_t done;
        int64_t expected;
    } rows[] = {
        {1000, 60000, 5, 32000},
        {1000, 60000, 6, 60000},
        {1000, 60000, 7, 60000},
        {1000, 60000, 62, 60000},
        {1000, 60000, 64, 60000},
        {1000, 60000, INT32_MAX, 60000},
        {1000, 500, 0, 500},
        {1000, 0, 0, 0},
        {1000, -5, 3, 0},
        {0, 60000, 9, 0},
        {-1000, 60000, 2, 0},
        {1000, 60000, -3, 1000},
        {1, INT64_MAX, 62, INT64_C(1) << 62},
        {1, INT64_MAX, 63, INT64_MAX},
        {3, INT64_MAX, 62, INT64_MAX},
        {INT64_MAX, INT64_MAX, 0, INT64_MAX},
        {INT64_MAX, INT64_MAX, INT32_MAX, INT64_MAX},
        {INT64_MIN, INT64_MIN, INT32_MIN, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        llmc__retry_policy policy = {3, rows[i].delay_ms, rows[i].max_ms, 0, LLMC_JITTER_NONE};
        assert_int_equal(llmc__retry_backoff_ms(&policy, rows[i].done, 0, 7), rows[i].expected);
        policy.jitter = LLMC_JITTER_FULL;
        for (int n = 0; n < 100; n++) {
            int64_t drawn = llmc__retry_backoff_ms(&policy, rows[i].done, 0, n == 0 ? UINT64_MAX : next_random());
            assert_true(drawn >= 0 && drawn <= rows[i].expected);
        }
    }
}

static void test_full_jitter_bounds(void **state) {
    bool lowest = false, highest = false;
    const llmc__retry_policy policy = {3, 10, 25, 0, LLMC_JITTER_FULL};
    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t first = llmc__retry_backoff_ms(&policy, 0, 0, next_random());
        int64_t capped = llmc__retry_backoff_ms(&policy, 2, 0, next_random());
        assert_true(first >= 0 && first <= 10);
        assert_true(capped >= 0 && capped <= 25);
        lowest = lowest || capped == 0;
        highest = highest || capped == 25;
    }
    assert_true(lowest && highest); /* both ends are drawn */
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distribution: the chance that draws of the right law differ by this much or more. */
static double chance_of(double distance, size_t n) {
    double root = sqrt((double)n), x = (root + 0.12 + 0.11 / root) * distance, sum = 0;
    for (int k = 1; k <= 100; k++)
        sum += (k % 2 == 1 ? 2 : -2) * exp(-2.0 * k * k * x * x);
    return sum;
}

/* How far the draws' distribution is from that of even draws of [low, high]. */
static double distance_from_even(int64_t *draws, size_t n, int64_t low, int64_t high) {
    double distance = 0;
    qsort(draws, n, sizeof draws[0], by_value);
    for (size_t i = 0; i < n; i++) {
        double even = (double)(draws[i] - low) / (double)(high - low);
        distance = fmax(distance, fmax((double)(i + 1) / (double)n - even, even - (double)i / (double)n));
    }
    return distance;
}

#define DRAWS 100000

static void test_full_jitter_is_even(void **state) {
    static int64_t draws[DRAWS];
    /* A wait of a year, so that whole milliseconds are as good as real numbers. */
    const llmc__retry_policy policy = {3, INT64_C(31536000000), INT64_MAX, 0, LLMC_JITTER_FULL};
    (void)state;
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = llmc__retry_backoff_ms(&policy, 0, 0, next_random());
    double p = chance_of(distance_from_even(draws, DRAWS, 0, policy.delay_ms), DRAWS);
    if (p <= 0.01)
        fail_msg("p %f", p);
    /* The test can fail: draws that reach only to 98 hundredths. */
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = draws[i] / 100 * 98;
    assert_true(chance_of(distance_from_even(draws, DRAWS, 0, policy.delay_ms), DRAWS) < 0.01);
}

static void test_decorrelated_jitter(void **state) {
    const llmc__retry_policy policy = {3, 1000, 60000, 120000, LLMC_JITTER_DECORRELATED};
    const llmc__retry_policy low_cap = {3, 1000, 700, 120000, LLMC_JITTER_DECORRELATED};
    const llmc__retry_policy huge = {3, INT64_MAX, INT64_MAX, 0, LLMC_JITTER_DECORRELATED};
    bool capped = false, over_two = false;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        int64_t previous = 0;
        for (int32_t n = 0; n < 12; n++) {
            int64_t most = 3 * (previous > 1000 ? previous : 1000);
            int64_t delay = llmc__retry_backoff_ms(&policy, n, previous, next_random());
            assert_true(delay >= 1000 && delay <= most && delay <= 60000);
            capped = capped || delay == 60000;
            over_two = over_two || (n == 0 && delay > 2000);
            previous = delay;
        }
        assert_int_equal(llmc__retry_backoff_ms(&low_cap, 1, 700, next_random()), 700);
    }
    assert_true(capped && over_two);
    assert_int_equal(llmc__retry_backoff_ms(&huge, 5, INT64_MAX, UINT64_MAX), INT64_MAX);
    assert_int_equal(llmc__retry_backoff_ms(&policy, 5, INT64_MAX, 0), 1000);
    assert_int_equal(llmc__retry_backoff_ms(&policy, 5, INT64_MIN, 0), 1000);
}

static void test_decorrelated_jitter_is_even(void **state) {
    static int64_t draws[DRAWS];
    const int64_t year = INT64_C(31536000000);
    const llmc__retry_policy policy = {3, year, INT64_MAX, 0, LLMC_JITTER_DECORRELATED};
    (void)state;
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = llmc__retry_backoff_ms(&policy, 1, 2 * year, next_random());
    assert_true(chance_of(distance_from_even(draws, DRAWS, year, 6 * year), DRAWS) > 0.01);
}

static void test_never_sooner_than_the_hint(void **state) {
    static const int64_t hints[] = {0, 1, 9, 10, 500, 4000, 9999, 10000, 30000, 119999, 120000};
    static const llmc_jitter jitters[] = {LLMC_JITTER_FULL, LLMC_JITTER_DECORRELATED, LLMC_JITTER_NONE};
    (void)state;
    for (size_t i = 0; i < COUNT(hints) * COUNT(jitters) * 200; i++) {
        int64_t hint = hints[i % COUNT(hints)], delay = 0;
        llmc__retry_policy policy = defaults;
        policy.jitter = jitters[i / COUNT(hints) % COUNT(jitters)];
        llmc__retry_question q = ask(LLMC_ERR_RATE_LIMITED);
        q.hint_ms = hint;
        q.retries_done = (int32_t)(i % 3);
        int64_t backoff = llmc__retry_backoff_ms(&policy, q.retries_done, 0, q.random);
        assert_int_equal(decide(&policy, &q, &delay), LLMC__RETRY_GO);
        int64_t more = policy.jitter == LLMC_JITTER_NONE ? 0 : hint / 10 < 1000 ? hint / 10 : 1000;
        assert_true(delay >= hint && delay >= backoff);
        assert_true(delay <= (hint + more > backoff ? hint + more : backoff));
    }
}

static void test_hints_are_spread(void **state) {
    int64_t least = INT64_MAX, most = 0, delay = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        llmc__retry_question q = ask(LLMC_ERR_RATE_LIMITED);
        q.hint_ms = 60000;
        assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_GO);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    assert_true(least >= 60000 && least < 60010);
    assert_true(most <= 61000 && most > 60990);
}

static void test_hint_too_long(void **state) {
    llmc__retry_question q = ask(LLMC_ERR_RATE_LIMITED);
    llmc__retry_policy none = defaults;
    int64_t delay = 0;
    (void)state;
    q.hint_ms = 120001;
    assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_HINT_TOO_LONG);
    q.hint_ms = INT64_MAX;
    assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_HINT_TOO_LONG);
    q.due_us = q.now_us + 1; /* says more than that the deadline is near */
    assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_HINT_TOO_LONG);
    none.max_hint_ms = 0;
    q.due_us = INT64_MAX;
    q.hint_ms = 1;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_HINT_TOO_LONG);
    q.hint_ms = 0;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_GO);
    none.max_hint_ms = INT64_MAX;
    q.hint_ms = INT64_MAX;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_GO);
    assert_int_equal(delay, INT64_MAX);
    q.due_us = INT64_MAX - 1;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_PAST_DEADLINE);
}

static void test_never_past_the_deadline(void **state) {
    static const struct {
        int64_t now_us, due_us;
        llmc__retry_verdict verdict;
    } rows[] = {
        {0, 1000001, LLMC__RETRY_GO},
        {0, 1000000, LLMC__RETRY_PAST_DEADLINE}, /* no time would be left for the attempt */
        {0, 999999, LLMC__RETRY_PAST_DEADLINE},
        {0, 0, LLMC__RETRY_PAST_DEADLINE},
        {5000000, 4000000, LLMC__RETRY_PAST_DEADLINE},
        {5000000, 6000001, LLMC__RETRY_GO},
        {-5000000, -3999999, LLMC__RETRY_GO},
        {-5000000, -4000000, LLMC__RETRY_PAST_DEADLINE},
        {INT64_MAX - 1000, INT64_MAX - 1, LLMC__RETRY_PAST_DEADLINE},
        {INT64_MAX - 1000, INT64_MAX, LLMC__RETRY_GO},
        {INT64_MAX, INT64_MAX, LLMC__RETRY_GO},
        {INT64_MIN, INT64_MIN, LLMC__RETRY_PAST_DEADLINE},
        {INT64_MIN, 0, LLMC__RETRY_GO},
    };
    int64_t delay = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        llmc__retry_question q = ask(LLMC_ERR_CONNECT);
        q.now_us = rows[i].now_us;
        q.due_us = rows[i].due_us;
        if (decide(&exact, &q, &delay) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
    for (int i = 0; i < 10000; i++) {
        llmc__retry_question q = ask(LLMC_ERR_SERVER);
        q.hint_ms = (int64_t)(next_random() % 3000) - 1;
        q.due_us = q.now_us + (int64_t)(next_random() % 4000000);
        if (decide(&defaults, &q, &delay) == LLMC__RETRY_GO)
            assert_true(q.now_us + delay * 1000 < q.due_us);
    }
}

static void test_provider_decides(void **state) {
    static const struct {
        llmc_status status;
        bool retryable;
        int told;
        llmc__retry_verdict verdict;
    } rows[] = {
        {LLMC_ERR_SERVER, true, -1, LLMC__RETRY_GO},
        {LLMC_ERR_SERVER, false, -1, LLMC__RETRY_NOT_THIS}, /* 501 */
        {LLMC_ERR_SERVER, true, 0, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_SERVER, false, 1, LLMC__RETRY_GO},
        {LLMC_ERR_BAD_REQUEST, false, -1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_BAD_REQUEST, true, -1, LLMC__RETRY_GO}, /* 409 */
        {LLMC_ERR_BAD_REQUEST, false, 1, LLMC__RETRY_GO},
        {LLMC_ERR_QUOTA_EXHAUSTED, false, 1, LLMC__RETRY_GO},
        {LLMC_ERR_RATE_LIMITED, true, 0, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_INCOMPLETE, true, 1, LLMC__RETRY_GO},
        {LLMC_ERR_TIMEOUT_IDLE, true, -1, LLMC__RETRY_GO},
        {LLMC_ERR_TIMEOUT_IDLE, true, 0, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_CANCELLED, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_TIMEOUT_TOTAL, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_TIMEOUT_QUEUE, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_TOO_LARGE, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_QUEUE_FULL, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_BREAKER_OPEN, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_BUDGET, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_NO_MEMORY, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_INVALID_MODEL, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_ERR_MISSING_KEY, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_OK, true, 1, LLMC__RETRY_NOT_THIS},
        {LLMC_END, true, 1, LLMC__RETRY_NOT_THIS},
    };
    int64_t delay = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        llmc__retry_question q = ask(rows[i].status);
        q.retryable = rows[i].retryable;
        q.should_retry = rows[i].told;
        if (decide(&defaults, &q, &delay) != rows[i].verdict)
            fail_msg("row %zu", i);
    }
}

static void test_committed_and_used_up(void **state) {
    llmc__retry_question q = ask(LLMC_ERR_INCOMPLETE);
    llmc__retry_policy none = defaults;
    int64_t delay = 0;
    (void)state;
    q.committed = true;
    assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_COMMITTED);
    q.should_retry = 1; /* does not take back what was shown */
    assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_COMMITTED);
    q.committed = false;
    q.retries_done = 3; /* nor does it give more retries */
    assert_int_equal(decide(&defaults, &q, &delay), LLMC__RETRY_USED_UP);
    q.retries_done = 0;
    none.max_retries = 0;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_USED_UP);
    none.max_retries = -1;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_USED_UP);
    none.max_retries = INT32_MAX;
    q.retries_done = INT32_MAX - 1;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_GO);
    q.retries_done = INT32_MAX;
    assert_int_equal(decide(&none, &q, &delay), LLMC__RETRY_USED_UP);
}

/* Extreme values of every number, in every combination: a sanitizer would tell of an overflow. */
static void test_extremes(void **state) {
    static const int64_t values[] = {INT64_MIN, -1, 0, 1, 1000, INT64_MAX / 1000, INT64_MAX - 1, INT64_MAX};
    static const llmc_jitter jitters[] = {LLMC_JITTER_FULL, LLMC_JITTER_DECORRELATED, LLMC_JITTER_NONE};
    int64_t delay = 0;
    (void)state;
    for (uint32_t i = 0; i < 3U << 21; i += 7) {
        const llmc__retry_policy policy = {INT32_MAX, values[i & 7], values[i >> 3 & 7], values[i >> 6 & 7],
                                           jitters[i >> 21]};
        llmc__retry_question q = ask(LLMC_ERR_SERVER);
        q.hint_ms = values[i >> 9 & 7];
        q.previous_ms = values[i >> 12 & 7];
        q.now_us = values[i >> 15 & 7];
        q.due_us = values[i >> 18 & 7];
        q.retries_done = (int32_t)(next_random() % 70);
        if (decide(&policy, &q, &delay) == LLMC__RETRY_GO) {
            assert_true(q.hint_ms < 0 || delay >= q.hint_ms);
            assert_true(q.due_us == INT64_MAX || q.now_us < q.due_us);
        }
    }
}

static void test_classes(void **state) {
    enum { NEVER = 0, THERE = 1, BOTH = 3 };
    static const struct {
        llmc_status status;
        int where;
    } rows[] = {
        {LLMC_OK, NEVER},
        {LLMC_END, NEVER},
        {LLMC_ERR_INVALID_ARGUMENT, NEVER},
        {LLMC_ERR_NO_MEMORY, NEVER},
        {LLMC_ERR_INVALID_UTF8, NEVER},
        {LLMC_ERR_INVALID_HEADER, NEVER},
        {LLMC_ERR_INVALID_KEY, NEVER},
        {LLMC_ERR_INVALID_MODEL, NEVER},
        {LLMC_ERR_INVALID_JSON, NEVER},
        {LLMC_ERR_INVALID_URL, NEVER},
        {LLMC_ERR_UNKNOWN_PROVIDER, NEVER},
        {LLMC_ERR_MISSING_KEY, THERE},
        {LLMC_ERR_UNSUPPORTED, THERE},
        {LLMC_ERR_WOULD_DEADLOCK, NEVER},
        {LLMC_ERR_CLOSED, NEVER},
        {LLMC_ERR_FORKED, NEVER},
        {LLMC_ERR_INIT, NEVER},
        {LLMC_ERR_CANCELLED, NEVER},
        {LLMC_ERR_PARTIAL, NEVER},
        {LLMC_ERR_QUEUE_FULL, NEVER},
        {LLMC_ERR_TIMEOUT_QUEUE, NEVER},
        {LLMC_ERR_TIMEOUT_CONNECT, BOTH},
        {LLMC_ERR_TIMEOUT_FIRST_BYTE, BOTH},
        {LLMC_ERR_TIMEOUT_FIRST_CONTENT, BOTH},
        {LLMC_ERR_TIMEOUT_IDLE, BOTH},
        {LLMC_ERR_TIMEOUT_TOTAL, NEVER},
        {LLMC_ERR_TOO_LARGE, NEVER},
        {LLMC_ERR_BREAKER_OPEN, THERE},
        {LLMC_ERR_BUDGET, NEVER},
        {LLMC_ERR_RESOLVE, BOTH},
        {LLMC_ERR_CONNECT, BOTH},
        {LLMC_ERR_TLS, THERE},
        {LLMC_ERR_CONNECTION_LOST, BOTH},
        {LLMC_ERR_INCOMPLETE, BOTH},
        {LLMC_ERR_BAD_RESPONSE, THERE},
        {LLMC_ERR_REDIRECT, THERE},
        {LLMC_ERR_BAD_REQUEST, NEVER},
        {LLMC_ERR_AUTH, THERE},
        {LLMC_ERR_PERMISSION, THERE},
        {LLMC_ERR_NOT_FOUND, THERE},
        {LLMC_ERR_RATE_LIMITED, BOTH},
        {LLMC_ERR_QUOTA_EXHAUSTED, THERE},
        {LLMC_ERR_CONTEXT_LENGTH, THERE},
        {LLMC_ERR_CONTENT_FILTER, NEVER},
        {LLMC_ERR_OVERLOADED, BOTH},
        {LLMC_ERR_SERVER, BOTH},
        {(llmc_status)-1000, NEVER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (llmc__retry_class(rows[i].status) != (rows[i].where == BOTH))
            fail_msg("status %d: retried here", rows[i].status);
        if (llmc__retry_elsewhere(rows[i].status) != (rows[i].where != NEVER))
            fail_msg("status %d: elsewhere", rows[i].status);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_ladder),
        cmocka_unit_test(test_cap_and_overflow),
        cmocka_unit_test(test_full_jitter_bounds),
        cmocka_unit_test(test_full_jitter_is_even),
        cmocka_unit_test(test_decorrelated_jitter),
        cmocka_unit_test(test_decorrelated_jitter_is_even),
        cmocka_unit_test(test_never_sooner_than_the_hint),
        cmocka_unit_test(test_hints_are_spread),
        cmocka_unit_test(test_hint_too_long),
        cmocka_unit_test(test_never_past_the_deadline),
        cmocka_unit_test(test_provider_decides),
        cmocka_unit_test(test_committed_and_used_up),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
