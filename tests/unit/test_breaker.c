#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "policy/breaker.h"

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND)

static const llmc__breaker_policy usual = {.failures = 5,
                                           .ratio_percent = 0,
                                           .min_calls = 20,
                                           .window_us = 30 * SECOND,
                                           .open_us = 30 * SECOND,
                                           .lease_us = 60 * SECOND};

static llmc__breaker_pass enter(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us) {
    llmc__breaker_pass pass = {0, false};
    int64_t wait_us = -1, would_us = -1;

    assert_true(llmc__breaker_would_enter(breaker, policy, now_us, &would_us));
    assert_true(llmc__breaker_enter(breaker, policy, now_us, &pass, &wait_us));
    assert_int_equal(wait_us, 0);
    assert_int_equal(would_us, 0);
    return pass;
}

static void refused(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us, int64_t wait_expected) {
    llmc__breaker copy = *breaker;
    llmc__breaker_pass pass;
    int64_t wait_us = -1, would_us = -1;

    assert_false(llmc__breaker_would_enter(breaker, policy, now_us, &would_us));
    assert_false(llmc__breaker_enter(breaker, policy, now_us, &pass, &wait_us));
    assert_int_equal(wait_us, wait_expected);
    assert_int_equal(would_us, wait_expected);
    assert_memory_equal(breaker, &copy, sizeof(copy));
}

static void call(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                 llmc__breaker_result result) {
    llmc__breaker_leave(breaker, policy, now_us, enter(breaker, policy, now_us), result);
}

static void fails(llmc__breaker *breaker, int times, int64_t now_us) {
    for (; times > 0; times--)
        call(breaker, &usual, now_us, LLMC__BREAKER_FAILURE);
}

/* A breaker that opened at START. */
static void open_one(llmc__breaker *breaker) {
    llmc__breaker_init(breaker);
    fails(breaker, 5, START);
    assert_int_equal(breaker->state, LLMC_BREAKER_OPEN);
}

static void opens_after_failures(void **state) {
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    assert_int_equal(llmc__breaker_state_at(&breaker, START), LLMC_BREAKER_CLOSED);
    fails(&breaker, 4, START);
    assert_int_equal(llmc__breaker_state_at(&breaker, START), LLMC_BREAKER_CLOSED);
    fails(&breaker, 1, START);
    assert_int_equal(llmc__breaker_state_at(&breaker, START), LLMC_BREAKER_OPEN);
    refused(&breaker, &usual, START, 30 * SECOND);
    refused(&breaker, &usual, START + 30 * SECOND - 1, 1);
    assert_int_equal(llmc__breaker_state_at(&breaker, START + 30 * SECOND - 1), LLMC_BREAKER_OPEN);
    assert_int_equal(llmc__breaker_state_at(&breaker, START + 30 * SECOND), LLMC_BREAKER_HALF_OPEN);
}

static void resets_on_success(void **state) {
    llmc__breaker breaker;
    int round;

    (void)state;
    llmc__breaker_init(&breaker);
    for (round = 0; round < 10; round++) {
        fails(&breaker, 4, START);
        call(&breaker, &usual, START, LLMC__BREAKER_SUCCESS);
    }
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    fails(&breaker, 5, START);
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
}

/* voidllm#184: a 429 that counted as success kept a dead provider's breaker closed. */
static void neutral_does_not_reset(void **state) {
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    fails(&breaker, 4, START);
    call(&breaker, &usual, START, LLMC__BREAKER_NEUTRAL);
    fails(&breaker, 1, START);
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
    llmc__breaker_init(&breaker);
    for (int i = 0; i < 1000; i++)
        call(&breaker, &usual, START, LLMC__BREAKER_NEUTRAL);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
}

static void manual_reset(void **state) {
    llmc__breaker breaker;
    uint64_t generation;

    (void)state;
    open_one(&breaker);
    generation = breaker.generation;
    llmc__breaker_reset(&breaker);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    assert_true(breaker.generation > generation);
    fails(&breaker, 4, START); /* nothing is left of the five before */
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    llmc__breaker_reset(&breaker);
    fails(&breaker, 4, START);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
}

static void half_open_lets_one_of_100_go(void **state) {
    int64_t now_us = START + 30 * SECOND;
    llmc__breaker_pass pass;
    llmc__breaker breaker;

    (void)state;
    open_one(&breaker);
    pass = enter(&breaker, &usual, now_us);
    assert_true(pass.probe);
    for (int i = 1; i < 100; i++)
        refused(&breaker, &usual, now_us + i, 60 * SECOND - i);
    assert_int_equal(llmc__breaker_state_at(&breaker, now_us + 100), LLMC_BREAKER_HALF_OPEN);
    llmc__breaker_leave(&breaker, &usual, now_us + 100, pass, LLMC__BREAKER_SUCCESS);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    for (int i = 0; i < 100; i++)
        assert_false(enter(&breaker, &usual, now_us + 100).probe);
}

static void failed_probe_opens_again(void **state) {
    int64_t now_us = START + 40 * SECOND;
    llmc__breaker_pass pass;
    llmc__breaker breaker;

    (void)state;
    open_one(&breaker);
    pass = enter(&breaker, &usual, now_us);
    llmc__breaker_leave(&breaker, &usual, now_us + SECOND, pass, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
    refused(&breaker, &usual, now_us + SECOND, 30 * SECOND);
    assert_true(enter(&breaker, &usual, now_us + 31 * SECOND).probe);
}

/* nora#585, voidllm#185: a probe that was cancelled or refused by a 4xx kept its place for ever. */
static void neutral_probe_frees_its_place(void **state) {
    int64_t now_us = START + 30 * SECOND;
    llmc__breaker_pass pass;
    llmc__breaker breaker;

    (void)state;
    open_one(&breaker);
    for (int i = 0; i < 10; i++) {
        pass = enter(&breaker, &usual, now_us);
        assert_true(pass.probe);
        refused(&breaker, &usual, now_us, 60 * SECOND);
        llmc__breaker_leave(&breaker, &usual, now_us, pass, LLMC__BREAKER_NEUTRAL);
        assert_int_equal(llmc__breaker_state_at(&breaker, now_us), LLMC_BREAKER_HALF_OPEN);
    }
    call(&breaker, &usual, now_us, LLMC__BREAKER_SUCCESS);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
}

/* OmniRoute#13836: a probe that never reported kept the breaker half-open for six days. */
static void lost_probe_is_reclaimed(void **state) {
    static const llmc__breaker_result all[] = {LLMC__BREAKER_SUCCESS, LLMC__BREAKER_FAILURE, LLMC__BREAKER_NEUTRAL};
    int64_t now_us = START + 30 * SECOND;
    llmc__breaker_pass lost, next;
    llmc__breaker breaker, copy;

    (void)state;
    open_one(&breaker);
    lost = enter(&breaker, &usual, now_us);
    refused(&breaker, &usual, now_us + 60 * SECOND - 1, 1);
    next = enter(&breaker, &usual, now_us + 60 * SECOND);
    assert_true(next.probe);
    assert_true(next.generation > lost.generation);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        copy = breaker;
        llmc__breaker_leave(&breaker, &usual, now_us + 61 * SECOND, lost, all[i]);
        assert_memory_equal(&breaker, &copy, sizeof(copy));
    }
    llmc__breaker_leave(&breaker, &usual, now_us + 62 * SECOND, next, LLMC__BREAKER_SUCCESS);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    llmc__breaker_leave(&breaker, &usual, now_us + 63 * SECOND, lost, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.in_a_row, 0);
}

/* Its lease is over, but no other has its place yet: what it brings is news, and the only news there is. */
static void probe_that_nobody_replaced_counts(void **state) {
    llmc__breaker_pass pass;
    llmc__breaker breaker;

    (void)state;
    open_one(&breaker);
    pass = enter(&breaker, &usual, START + 30 * SECOND);
    llmc__breaker_leave(&breaker, &usual, START + 300 * SECOND, pass, LLMC__BREAKER_SUCCESS);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
}

static void results_of_before_are_ignored(void **state) {
    llmc__breaker_pass early[10];
    llmc__breaker breaker, copy;

    (void)state;
    llmc__breaker_init(&breaker);
    for (int i = 0; i < 10; i++)
        early[i] = enter(&breaker, &usual, START);
    for (int i = 0; i < 5; i++)
        llmc__breaker_leave(&breaker, &usual, START, early[i], LLMC__BREAKER_FAILURE);
    copy = breaker;
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
    llmc__breaker_leave(&breaker, &usual, START + 1, early[5], LLMC__BREAKER_SUCCESS); /* open: does not close */
    llmc__breaker_leave(&breaker, &usual, START + 1, early[6], LLMC__BREAKER_FAILURE); /* nor opens for longer */
    llmc__breaker_leave(&breaker, &usual, START + 1, early[7], LLMC__BREAKER_NEUTRAL);
    assert_memory_equal(&breaker, &copy, sizeof(copy));
    enter(&breaker, &usual, START + 30 * SECOND);
    copy = breaker;
    llmc__breaker_leave(&breaker, &usual, START + 31 * SECOND, early[8], LLMC__BREAKER_SUCCESS);
    llmc__breaker_leave(&breaker, &usual, START + 31 * SECOND, early[9], LLMC__BREAKER_NEUTRAL); /* not the probe */
    assert_memory_equal(&breaker, &copy, sizeof(copy));
}

static const llmc__breaker_policy half = {.failures = -1,
                                          .ratio_percent = 50,
                                          .min_calls = 20,
                                          .window_us = 30 * SECOND,
                                          .open_us = 5 * SECOND,
                                          .lease_us = 60 * SECOND};

static void ratio_opens(void **state) {
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    for (int i = 0; i < 10; i++)
        call(&breaker, &half, START, LLMC__BREAKER_SUCCESS);
    for (int i = 0; i < 9; i++) {
        call(&breaker, &half, START + SECOND, LLMC__BREAKER_FAILURE);
        call(&breaker, &half, START + SECOND, LLMC__BREAKER_NEUTRAL); /* is not one of the calls */
    }
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED); /* 19 calls */
    call(&breaker, &half, START + SECOND, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN); /* 10 of 20 */
}

static void fewer_than_the_ratio_do_not_open(void **state) {
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    for (int i = 0; i < 10000; i++)
        call(&breaker, &half, START + i * SECOND / 100, i % 100 < 51 ? LLMC__BREAKER_SUCCESS : LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
}

static void window_forgets_by_tenths(void **state) {
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    for (int i = 0; i < 19; i++)
        call(&breaker, &half, START, LLMC__BREAKER_FAILURE);
    call(&breaker, &half, START + 30 * SECOND, LLMC__BREAKER_FAILURE); /* one of one */
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    for (int i = 0; i < 9; i++) /* two a tenth: 1 + 18 */
        for (int n = 0; n < 2; n++)
            call(&breaker, &half, START + (33 + 3 * i) * SECOND, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    call(&breaker, &half, START + 60 * SECOND, LLMC__BREAKER_FAILURE); /* the first is out of the window: 19 */
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    call(&breaker, &half, START + 60 * SECOND, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
}

/* A window that is made longer at run time numbers its slots anew; the breaker must not wait for the old numbers. */
static void window_of_another_length(void **state) {
    llmc__breaker_policy policy = half;
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    policy.window_us = SECOND;
    for (int i = 0; i < 19; i++)
        call(&breaker, &policy, START, LLMC__BREAKER_FAILURE);
    policy.window_us = 60 * SECOND;
    call(&breaker, &policy, START, LLMC__BREAKER_SUCCESS);
    for (int i = 0; i < 18; i++)
        call(&breaker, &policy, START + 60 * SECOND, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED); /* 18: the one before is forgotten */
    call(&breaker, &policy, START + 60 * SECOND, LLMC__BREAKER_FAILURE);
    call(&breaker, &policy, START + 60 * SECOND, LLMC__BREAKER_FAILURE);
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
}

static void boundary_values(void **state) {
    llmc__breaker_policy policy = {.failures = -1};
    llmc__breaker breaker;

    (void)state;
    llmc__breaker_init(&breaker);
    for (int i = 0; i < 1000; i++)
        call(&breaker, &policy, START, LLMC__BREAKER_FAILURE); /* neither rule: never */
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    policy.failures = 1; /* no time at all is still one microsecond */
    call(&breaker, &policy, START, LLMC__BREAKER_FAILURE);
    refused(&breaker, &policy, START, 1);
    assert_true(enter(&breaker, &policy, START + 1).probe);
    refused(&breaker, &policy, START + 1, 1);
    assert_true(enter(&breaker, &policy, START + 2).probe);
    policy.open_us = policy.lease_us = INT64_MAX; /* for ever */
    llmc__breaker_reset(&breaker);
    call(&breaker, &policy, START, LLMC__BREAKER_FAILURE);
    refused(&breaker, &policy, INT64_MAX - 1, 1);
    policy.ratio_percent = 1;
    policy.failures = -1;
    llmc__breaker_reset(&breaker);
    call(&breaker, &policy, START, LLMC__BREAKER_SUCCESS);
    assert_int_equal(breaker.state, LLMC_BREAKER_CLOSED);
    call(&breaker, &policy, START, LLMC__BREAKER_FAILURE); /* min_calls 0 */
    assert_int_equal(breaker.state, LLMC_BREAKER_OPEN);
}

/* The whole table of what counts, each status named once: TRUST 2.2. */
static void judges_statuses(void **state) {
    static const llmc_status failures[] = {LLMC_ERR_SERVER,
                                           LLMC_ERR_OVERLOADED,
                                           LLMC_ERR_CONNECT,
                                           LLMC_ERR_RESOLVE,
                                           LLMC_ERR_TLS,
                                           LLMC_ERR_CONNECTION_LOST,
                                           LLMC_ERR_INCOMPLETE,
                                           LLMC_ERR_BAD_RESPONSE,
                                           LLMC_ERR_TIMEOUT_CONNECT,
                                           LLMC_ERR_TIMEOUT_FIRST_BYTE,
                                           LLMC_ERR_TIMEOUT_IDLE,
                                           LLMC_ERR_TIMEOUT_FIRST_CONTENT};
    const size_t count = sizeof(failures) / sizeof(failures[0]);
    size_t found = 0, i;
    int status;

    (void)state;
    for (status = -200; status <= 200; status++) {
        llmc__breaker_result expected = status == LLMC_OK ? LLMC__BREAKER_SUCCESS : LLMC__BREAKER_NEUTRAL;

        for (i = 0; i < count; i++)
            if ((int)failures[i] == status)
                expected = LLMC__BREAKER_FAILURE;
        found += expected == LLMC__BREAKER_FAILURE;
        assert_int_equal(llmc__breaker_judge((llmc_status)status), expected);
    }
    assert_int_equal(found, count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_failures),
        cmocka_unit_test(resets_on_success),
        cmocka_unit_test(neutral_does_not_reset),
        cmocka_unit_test(manual_reset),
        cmocka_unit_test(half_open_lets_one_of_100_go),
        cmocka_unit_test(failed_probe_opens_again),
        cmocka_unit_test(neutral_probe_frees_its_place),
        cmocka_unit_test(lost_probe_is_reclaimed),
        cmocka_unit_test(probe_that_nobody_replaced_counts),
        cmocka_unit_test(results_of_before_are_ignored),
        cmocka_unit_test(ratio_opens),
        cmocka_unit_test(fewer_than_the_ratio_do_not_open),
        cmocka_unit_test(window_forgets_by_tenths),
        cmocka_unit_test(window_of_another_length),
        cmocka_unit_test(boundary_values),
        cmocka_unit_test(judges_statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
