#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/limiter.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define START  (1000 * SECOND)

static llmc__limiter made(int64_t requests, int64_t tokens) {
    llmc__limiter limiter;

    llmc__limiter_init(&limiter);
    llmc__limiter_set(&limiter, requests, tokens, START);
    return limiter;
}

static int64_t wait(const llmc__limiter *limiter, int64_t tokens, int64_t now_us) {
    int64_t wait_us = llmc__limiter_wait_us(limiter, tokens, now_us);

    assert_true(wait_us >= 0);
    if (wait_us > 0 && wait_us < INT64_MAX / 8) { /* exactly: not a microsecond before, and then at once */
        assert_true(llmc__limiter_wait_us(limiter, tokens, now_us + wait_us - 1) == 1);
        assert_int_equal(llmc__limiter_wait_us(limiter, tokens, now_us + wait_us), 0);
    }
    return wait_us;
}

static void tell(llmc__limiter *limiter, int64_t remaining, int64_t reset_ms, int64_t now_us) {
    llmc__rates rates = {.requests = {-1, remaining, reset_ms}, .tokens = {-1, -1, -1}};

    llmc__limiter_observe(limiter, &rates, now_us);
}

/* True: those who wait for a word should ask again. */
static bool tell_limit(llmc__limiter *limiter, int64_t limit, int64_t remaining, int64_t reset_ms, int64_t now_us) {
    llmc__rates rates = {.requests = {limit, remaining, reset_ms}, .tokens = {-1, -1, -1}};

    return llmc__limiter_observe(limiter, &rates, now_us);
}

static void take_some(llmc__limiter *limiter, int count, int64_t now_us) {
    for (int i = 0; i < count; i++) {
        assert_int_equal(wait(limiter, 1, now_us), 0);
        llmc__limiter_take(limiter, 1, now_us);
    }
}

static void tell_tokens(llmc__limiter *limiter, int64_t remaining, int64_t reset_ms, int64_t now_us) {
    llmc__rates rates = {.requests = {-1, -1, -1}, .tokens = {-1, remaining, reset_ms}};

    llmc__limiter_observe(limiter, &rates, now_us);
}

static void no_limits_no_wait(void **state) {
    llmc__limiter limiter;

    (void)state;
    llmc__limiter_init(&limiter);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(wait(&limiter, INT64_MAX, START), 0);
        llmc__limiter_take(&limiter, INT64_MAX, START);
    }
    llmc__limiter_settle(&limiter, 1, INT64_MAX, START);
    assert_int_equal(wait(&limiter, 1, START), 0);
}

static void requests_are_spread(void **state) {
    llmc__limiter limiter = made(60, 0);

    (void)state;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(wait(&limiter, 1000000, START), 0);
        llmc__limiter_take(&limiter, 1000000, START);
    }
    assert_int_equal(wait(&limiter, 0, START), SECOND);
    assert_int_equal(wait(&limiter, 0, START + SECOND / 4), 3 * SECOND / 4);
    llmc__limiter_take(&limiter, 0, START + SECOND);
    assert_int_equal(wait(&limiter, 0, START + SECOND), SECOND);
}

static void tokens_are_reserved(void **state) {
    llmc__limiter limiter = made(0, 6000);

    (void)state;
    llmc__limiter_take(&limiter, 4000, START);
    assert_int_equal(wait(&limiter, 2000, START), 0);
    assert_int_equal(wait(&limiter, 2001, START), SECOND / 100);
    assert_int_equal(wait(&limiter, 3000, START), 10 * SECOND);
    llmc__limiter_take(&limiter, 2000, START);
    assert_int_equal(wait(&limiter, 1, START), SECOND / 100);
    assert_int_equal(wait(&limiter, 0, START), 0);
}

static void settlement(void **state) {
    llmc__limiter limiter = made(0, 6000);

    (void)state;
    llmc__limiter_take(&limiter, 6000, START);
    llmc__limiter_settle(&limiter, 6000, 1000, START); /* less than thought: 5000 come back */
    assert_int_equal(wait(&limiter, 5000, START), 0);
    assert_int_equal(wait(&limiter, 5100, START), SECOND);
    llmc__limiter_take(&limiter, 100, START);
    llmc__limiter_settle(&limiter, 100, 8000, START); /* more than thought: a debt of 3000 */
    assert_int_equal(wait(&limiter, 0, START), 30 * SECOND);
    assert_int_equal(wait(&limiter, 100, START), 31 * SECOND);
    llmc__limiter_settle(&limiter, 100, -1, START); /* not known: it stands */
    assert_int_equal(wait(&limiter, 100, START), 31 * SECOND);
    llmc__limiter_settle(&limiter, 100000, 0, START); /* never more than a full bucket */
    assert_int_equal(wait(&limiter, 6000, START), 0);
    llmc__limiter_take(&limiter, 6000, START);
    assert_int_equal(wait(&limiter, 6000, START), MINUTE);
}

static void give_back(void **state) {
    llmc__limiter limiter = made(2, 100);

    (void)state;
    llmc__limiter_take(&limiter, 60, START);
    llmc__limiter_take(&limiter, 40, START);
    assert_int_equal(wait(&limiter, 0, START), 30 * SECOND);
    llmc__limiter_give_back(&limiter, 60, START);
    assert_int_equal(wait(&limiter, 60, START), 0);
    assert_true(wait(&limiter, 61, START) > 0);
    for (int i = 0; i < 10; i++) /* one too many makes no room */
        llmc__limiter_give_back(&limiter, 60, START);
    llmc__limiter_take(&limiter, 0, START);
    llmc__limiter_take(&limiter, 0, START);
    assert_int_equal(wait(&limiter, 0, START), 30 * SECOND);
}

static void larger_than_the_bucket_goes_into_debt(void **state) {
    llmc__limiter limiter = made(0, 1000);

    (void)state;
    assert_int_equal(wait(&limiter, 5000, START), 0);
    llmc__limiter_take(&limiter, 5000, START);
    assert_int_equal(wait(&limiter, 0, START), 4 * MINUTE);
    assert_int_equal(wait(&limiter, 1000, START), 5 * MINUTE);
    assert_int_equal(wait(&limiter, 5000, START), 5 * MINUTE);
    llmc__limiter_take(&limiter, 1, START + 5 * MINUTE);
    assert_int_equal(wait(&limiter, 5000, START + 5 * MINUTE), MINUTE / 1000);
}

static void nothing_left_holds_until_reset(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    tell(&limiter, 0, 5000, START);
    assert_int_equal(wait(&limiter, 0, START), 5 * SECOND);
    assert_int_equal(wait(&limiter, 0, START + 5 * SECOND - 1), 1);
    tell(&limiter, 7, 1000, START + SECOND); /* from before: does not free */
    tell(&limiter, 0, 1000, START + SECOND);
    assert_int_equal(wait(&limiter, 0, START + SECOND), 4 * SECOND);
    tell_tokens(&limiter, 0, 20000, START + SECOND);
    assert_int_equal(wait(&limiter, 0, START + SECOND), 20 * SECOND);
    llmc__limiter_give_back(&limiter, 0, START + SECOND);
    assert_int_equal(wait(&limiter, 0, START + SECOND), 20 * SECOND);
    assert_int_equal(wait(&limiter, 0, START + 21 * SECOND), 0);
}

static void some_left_are_counted_down(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    tell(&limiter, 3, 60000, START);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wait(&limiter, 9, START + i), 0);
        llmc__limiter_take(&limiter, 9, START + i);
    }
    assert_int_equal(wait(&limiter, 9, START + 3), MINUTE - 3);
    llmc__limiter_give_back(&limiter, 9, START + 3);
    assert_int_equal(wait(&limiter, 9, START + 3), 0);
    llmc__limiter_take(&limiter, 9, START + 3);
    llmc__limiter_take(&limiter, 9, START + 3); /* against its word */
    assert_int_equal(wait(&limiter, 9, START + 4), MINUTE - 4);
    assert_int_equal(wait(&limiter, 9, START + MINUTE), 0);
    llmc__limiter_give_back(&limiter, 9, START + MINUTE); /* the word is no longer kept */
    for (int i = 0; i < 10; i++)
        llmc__limiter_take(&limiter, 9, START + MINUTE);
    assert_int_equal(wait(&limiter, 9, START + MINUTE), 0);
}

/* Five leave; the answer of the first tells of four more than there are, as the others were under way. */
static void older_answer_is_not_believed(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    tell(&limiter, 5, 60000, START);
    for (int i = 0; i < 5; i++)
        llmc__limiter_take(&limiter, 1, START);
    for (int left = 4; left > 0; left--)
        tell(&limiter, left, 59000, START + SECOND);
    assert_int_equal(wait(&limiter, 1, START + SECOND), MINUTE - SECOND);
    tell(&limiter, 100, 60000, START + MINUTE); /* after the reset all is new */
    assert_int_equal(wait(&limiter, 1, START + MINUTE), 0);
    tell(&limiter, 2, 1000, START + MINUTE); /* fewer are believed, for as long as both words say */
    llmc__limiter_take(&limiter, 1, START + MINUTE);
    llmc__limiter_take(&limiter, 1, START + MINUTE);
    assert_int_equal(wait(&limiter, 1, START + MINUTE), MINUTE);
}

/* The limit is 5 in 10 s. After the reset five leave, whose answers are out: there is no room for a sixth. */
static void new_window_is_filled_and_no_more(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    assert_false(tell_limit(&limiter, 5, 0, 10000, START));
    assert_int_equal(wait(&limiter, 1, START), 10 * SECOND);
    assert_false(llmc__limiter_unheard(&limiter, START)); /* this wait is the provider's word */
    take_some(&limiter, 5, START + 11 * SECOND);
    assert_true(llmc__limiter_unheard(&limiter, START + 11 * SECOND));
    assert_int_equal(wait(&limiter, 1, START + 12 * SECOND), 9 * SECOND);
    /* Four were under way when the first was answered; the window began when that was served, a second late. */
    assert_true(tell_limit(&limiter, 5, 4, 10000, START + 12 * SECOND));
    assert_false(llmc__limiter_unheard(&limiter, START + 12 * SECOND));
    assert_int_equal(wait(&limiter, 1, START + 12 * SECOND), 10 * SECOND);
    assert_false(tell_limit(&limiter, 5, 3, 10000, START + 12 * SECOND));
    assert_int_equal(wait(&limiter, 1, START + 12 * SECOND), 10 * SECOND);
    take_some(&limiter, 5, START + 22 * SECOND);
    assert_int_equal(wait(&limiter, 1, START + 22 * SECOND), 10 * SECOND);
}

/* No answer comes: a window is as long as the longest that was told of. */
static void unheard_window_ends(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    (void)tell_limit(&limiter, 2, 1, 3000, START);
    (void)tell_limit(&limiter, 2, 1, 1000, START + 2 * SECOND);
    take_some(&limiter, 2, START + 4 * SECOND);
    assert_int_equal(wait(&limiter, 1, START + 4 * SECOND), 3 * SECOND);
    llmc__limiter_give_back(&limiter, 1, START + 4 * SECOND);
    take_some(&limiter, 1, START + 5 * SECOND);
    assert_int_equal(wait(&limiter, 1, START + 5 * SECOND), 2 * SECOND);
    take_some(&limiter, 2, START + 7 * SECOND);
    assert_true(llmc__limiter_unheard(&limiter, START + 7 * SECOND));
    llmc__limiter_cool(&limiter, 5000, START + 7 * SECOND);
    assert_false(llmc__limiter_unheard(&limiter, START + 7 * SECOND)); /* no word ends a cooldown */
    assert_int_equal(wait(&limiter, 1, START + 7 * SECOND), 5 * SECOND);
}

/* The user has bought a larger limit, or the word before was of another model. */
static void larger_limit_makes_room_at_once(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    (void)tell_limit(&limiter, 2, 1, 1000, START);
    take_some(&limiter, 2, START + SECOND);
    assert_true(tell_limit(&limiter, 10, 9, 60000, START + SECOND + 1));
    take_some(&limiter, 8, START + SECOND + 1);
    assert_int_equal(wait(&limiter, 1, START + SECOND + 1), MINUTE);
    (void)tell_limit(&limiter, 3, 2, 100, START + 2 * MINUTE); /* a smaller one counts, and its own reset */
    take_some(&limiter, 2, START + 2 * MINUTE);
    take_some(&limiter, 3, START + 2 * MINUTE + SECOND);
    assert_int_equal(wait(&limiter, 1, START + 2 * MINUTE + SECOND), SECOND / 10);
}

/* 600 a minute, ten a second, refilled evenly: the words of a steady stream hold nothing back. */
static void refilling_limit_is_not_held_back(void **state) {
    llmc__limiter limiter = made(0, 0);
    int64_t now_us = START, left = 600;

    (void)state;
    for (int i = 0; i < 6000; i++, now_us += SECOND / 10) {
        assert_int_equal(wait(&limiter, 1, now_us), 0);
        llmc__limiter_take(&limiter, 1, now_us);
        left = left < 300 ? left + 1 : left - 1; /* as much comes as goes, with half of it used */
        (void)tell_limit(&limiter, 600, left, (600 - left) * 100, now_us + SECOND / 20);
    }
}

static void tokens_left_lower_the_bucket(void **state) {
    llmc__limiter limiter = made(0, 6000);

    (void)state;
    tell_tokens(&limiter, 1000, 30000, START);
    assert_int_equal(wait(&limiter, 1000, START), 0);
    assert_int_equal(wait(&limiter, 1100, START), SECOND);
    tell_tokens(&limiter, 5000, 30000, START); /* does not raise it */
    assert_int_equal(wait(&limiter, 1100, START), SECOND);
    tell_tokens(&limiter, 500000, 30000, START);
    tell_tokens(&limiter, 0, -1, START); /* no reset told: held by the bucket alone */
    assert_int_equal(wait(&limiter, 100, START), SECOND);
    limiter = made(0, 0);
    tell_tokens(&limiter, 1, 30000, START); /* without a limit there is no bucket to lower */
    assert_int_equal(wait(&limiter, 1000, START), 0);
}

static void untold_and_past_says_nothing(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    tell(&limiter, -1, -1, START);
    tell(&limiter, -1, 60000, START);
    tell(&limiter, 0, -1, START);
    tell(&limiter, 0, 0, START);
    tell(&limiter, 1, -1, START);
    tell(&limiter, 1, 0, START);
    llmc__limiter_take(&limiter, 1, START);
    assert_int_equal(wait(&limiter, 1, START), 0);
}

static void longest_cooldown_wins(void **state) {
    llmc__limiter limiter = made(0, 0);

    (void)state;
    llmc__limiter_cool(&limiter, 3000, START);
    llmc__limiter_cool(&limiter, 1000, START + SECOND);
    assert_int_equal(wait(&limiter, 1, START + SECOND), 2 * SECOND);
    llmc__limiter_cool(&limiter, 3000, START + SECOND);
    assert_int_equal(wait(&limiter, 1, START + SECOND), 3 * SECOND);
    llmc__limiter_cool(&limiter, 0, START + SECOND);
    llmc__limiter_cool(&limiter, -5, START + SECOND);
    assert_int_equal(wait(&limiter, 1, START + SECOND), 3 * SECOND);
    tell(&limiter, 0, 1000, START + SECOND);
    assert_int_equal(wait(&limiter, 1, START + SECOND), 3 * SECOND);
    tell(&limiter, 0, 4000, START + SECOND);
    assert_int_equal(wait(&limiter, 1, START + SECOND), 4 * SECOND);
    assert_int_equal(wait(&limiter, 1, START + 5 * SECOND), 0);
}

static void limits_change_at_run_time(void **state) {
    llmc__limiter limiter = made(0, 6000);

    (void)state;
    llmc__limiter_take(&limiter, 4000, START);
    llmc__limiter_set(&limiter, 0, 12000, START); /* 4000 of 12000 are used */
    assert_int_equal(wait(&limiter, 8000, START), 0);
    assert_int_equal(wait(&limiter, 8200, START), SECOND);
    llmc__limiter_set(&limiter, 0, 3000, START); /* all is used, but nothing is owed */
    assert_int_equal(wait(&limiter, 0, START), 0);
    assert_int_equal(wait(&limiter, 50, START), SECOND);
    llmc__limiter_take(&limiter, 3000, START);
    llmc__limiter_set(&limiter, 0, 6000, START); /* what was owed is no longer, as the bucket is larger by as much */
    assert_int_equal(wait(&limiter, 100, START), SECOND);
    llmc__limiter_take(&limiter, 6000, START);
    llmc__limiter_set(&limiter, 0, 0, START);
    assert_int_equal(wait(&limiter, 100, START), 0);
    llmc__limiter_set(&limiter, 0, 60, START + SECOND);
    assert_int_equal(wait(&limiter, 60, START + SECOND), 0); /* begins full */
    llmc__limiter_set(&limiter, 1, 60, START + SECOND);
    llmc__limiter_take(&limiter, 0, START + SECOND);
    assert_int_equal(wait(&limiter, 0, START + SECOND), MINUTE);
    llmc__limiter_set(&limiter, -1, -1, START + SECOND); /* none */
    assert_int_equal(wait(&limiter, 0, START + SECOND), 0);
}

static void long_idle_does_not_overflow(void **state) {
    const int64_t late = INT64_MAX / 8 * 5;
    llmc__limiter limiter = made(INT64_MAX, INT64_MAX);

    (void)state;
    assert_int_equal(wait(&limiter, INT64_MAX, late), 0);
    llmc__limiter_take(&limiter, INT64_MAX, late);
    assert_int_equal(wait(&limiter, INT64_MAX, late), MINUTE);
    limiter = made(1, 1);
    llmc__limiter_take(&limiter, 1, START);
    assert_int_equal(wait(&limiter, 1, late), 0);
    llmc__limiter_take(&limiter, 1, late);
    assert_int_equal(wait(&limiter, 1, late), MINUTE); /* idle gives one bucket, not all that was missed */
}

static void boundary_values(void **state) {
    llmc__limiter limiter = made(1, 1);

    (void)state;
    for (int i = 0; i < 10; i++)
        llmc__limiter_take(&limiter, INT64_MAX, START);
    llmc__limiter_settle(&limiter, 0, INT64_MAX, START);
    llmc__limiter_settle(&limiter, INT64_MIN, INT64_MAX, START);
    assert_true(wait(&limiter, INT64_MAX, START) > 1000000 * MINUTE);
    assert_true(wait(&limiter, INT64_MAX, START) <= INT64_MAX / 4); /* can be added to any time */
    llmc__limiter_settle(&limiter, INT64_MAX, 0, START);
    llmc__limiter_settle(&limiter, INT64_MAX, 0, START);
    llmc__limiter_take(&limiter, -5, START + 20 * MINUTE); /* as none */
    assert_int_equal(wait(&limiter, 1, START + 20 * MINUTE), MINUTE);
    assert_int_equal(wait(&limiter, -1, START + 20 * MINUTE), MINUTE);
    llmc__limiter_cool(&limiter, INT64_MAX, START);
    tell(&limiter, INT64_MAX, INT64_MAX, START);
    tell(&limiter, 0, INT64_MAX, START);
    assert_true(wait(&limiter, 0, START) >= INT64_MAX / 8 && wait(&limiter, 0, START) <= INT64_MAX / 4);
    limiter = made(60, 60);
    llmc__limiter_take(&limiter, 60, START);
    /* A clock that goes back neither gives nor takes. */
    assert_int_equal(llmc__limiter_wait_us(&limiter, 60, START - SECOND), MINUTE + SECOND);
    llmc__limiter_settle(&limiter, 10, 10, START - SECOND);
    llmc__limiter_set(&limiter, 60, 60, START - SECOND);
    tell_tokens(&limiter, 50, 1, START - SECOND);
    assert_int_equal(wait(&limiter, 60, START), MINUTE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limits_no_wait),
        cmocka_unit_test(requests_are_spread),
        cmocka_unit_test(tokens_are_reserved),
        cmocka_unit_test(settlement),
        cmocka_unit_test(give_back),
        cmocka_unit_test(larger_than_the_bucket_goes_into_debt),
        cmocka_unit_test(nothing_left_holds_until_reset),
        cmocka_unit_test(some_left_are_counted_down),
        cmocka_unit_test(older_answer_is_not_believed),
        cmocka_unit_test(new_window_is_filled_and_no_more),
        cmocka_unit_test(unheard_window_ends),
        cmocka_unit_test(larger_limit_makes_room_at_once),
        cmocka_unit_test(refilling_limit_is_not_held_back),
        cmocka_unit_test(tokens_left_lower_the_bucket),
        cmocka_unit_test(untold_and_past_says_nothing),
        cmocka_unit_test(longest_cooldown_wins),
        cmocka_unit_test(limits_change_at_run_time),
        cmocka_unit_test(long_idle_does_not_overflow),
        cmocka_unit_test(boundary_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
