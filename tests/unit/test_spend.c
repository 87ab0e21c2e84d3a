/* Spending limits under a clock of the test's own: reservations, settlements, windows; and against a simple model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>
#include "policy/spend.h"
#include "support_random.h"

#define DAY 86400

static void test_amounts(void **state) {
    (void)state;
    assert_int_equal(llmc__spend_nano(0), 0);
    assert_int_equal(llmc__spend_nano(-1), 0);
    assert_int_equal(llmc__spend_nano(NAN), 0);
    assert_int_equal(llmc__spend_nano(0.1), 100000000);
    assert_int_equal(llmc__spend_nano(1e-9), 1);
    assert_int_equal(llmc__spend_nano(1.5e-9), 2); /* never less than it is */
    assert_int_equal(llmc__spend_nano(0.3), 300000000);
    assert_int_equal(llmc__spend_nano(INFINITY), INT64_MAX / 4);
    assert_int_equal(llmc__spend_nano(1e30), INT64_MAX / 4);
}

static void test_reserve_and_settle(void **state) {
    llmc__spend s;
    (void)state;
    llmc__spend_init(&s, 100, 0, DAY);
    assert_int_equal(llmc__spend_reserve(&s, 60, 0), LLMC__SPEND_GO);
    assert_int_equal(llmc__spend_reserve(&s, 41, 0), LLMC__SPEND_OVER_ALL);
    assert_int_equal(llmc__spend_reserve(&s, 40, 0), LLMC__SPEND_GO);
    assert_int_equal(llmc__spend_reserve(&s, 1, 0), LLMC__SPEND_OVER_ALL);
    assert_int_equal(llmc__spend_reserve(&s, 0, 0), LLMC__SPEND_GO); /* what is free goes always */
    llmc__spend_settle(&s, 60, 10, 0);
    assert_int_equal(s.spent, 10);
    assert_int_equal(s.reserved, 40);
    assert_int_equal(llmc__spend_reserve(&s, 50, 0), LLMC__SPEND_GO);
    llmc__spend_settle(&s, 40, 60, 0); /* dearer than expected */
    llmc__spend_settle(&s, 50, 50, 0);
    assert_int_equal(s.spent, 120);
    assert_int_equal(s.reserved, 0);
    assert_int_equal(llmc__spend_reserve(&s, 1, 5 * DAY), LLMC__SPEND_OVER_ALL); /* time does not help */
}

static void test_windows(void **state) {
    llmc__spend s;
    int64_t noon = 20000 * (int64_t)DAY + DAY / 2;
    (void)state;
    llmc__spend_init(&s, 0, 100, DAY);
    assert_int_equal(llmc__spend_reserve(&s, 80, noon), LLMC__SPEND_GO);
    assert_int_equal(llmc__spend_left_s(&s, noon), DAY / 2);
    llmc__spend_settle(&s, 80, 80, noon + 1);
    assert_int_equal(llmc__spend_reserve(&s, 30, noon + DAY / 2 - 1), LLMC__SPEND_OVER_WINDOW);
    assert_int_equal(llmc__spend_left_s(&s, noon + DAY / 2 - 1), 1);
    assert_int_equal(llmc__spend_reserve(&s, 30, noon + DAY / 2), LLMC__SPEND_GO);
    assert_int_equal(s.window_spent, 0);
    assert_int_equal(s.spent, 80);
    /* Reserved in one window, settled in the next: it counts where it ended, and held room until then. */
    assert_int_equal(llmc__spend_reserve(&s, 71, noon + DAY), LLMC__SPEND_OVER_WINDOW);
    llmc__spend_settle(&s, 30, 25, noon + 2 * DAY);
    assert_int_equal(s.window_spent, 25);
    assert_int_equal(llmc__spend_reserve(&s, 75, noon + 2 * DAY), LLMC__SPEND_GO);
    /* A clock set back does not open the window anew. */
    assert_int_equal(llmc__spend_reserve(&s, 1, noon), LLMC__SPEND_OVER_WINDOW);
    assert_int_equal(llmc__spend_left_s(&s, noon), DAY / 2 + 2 * DAY);
}

static void test_both_limits(void **state) {
    llmc__spend s;
    (void)state;
    llmc__spend_init(&s, 150, 100, 60);
    assert_int_equal(llmc__spend_reserve(&s, 100, 0), LLMC__SPEND_GO);
    llmc__spend_settle(&s, 100, 100, 0);
    assert_int_equal(llmc__spend_reserve(&s, 50, 59), LLMC__SPEND_OVER_WINDOW);
    assert_int_equal(llmc__spend_reserve(&s, 51, 60), LLMC__SPEND_OVER_ALL);
    assert_int_equal(llmc__spend_reserve(&s, 50, 60), LLMC__SPEND_GO);
}

static void test_no_overflow(void **state) {
    int64_t most = llmc__spend_nano(1e30);
    llmc__spend s;
    (void)state;
    llmc__spend_init(&s, most, most, 1);
    for (int i = 0; i < 10; i++) {
        (void)llmc__spend_reserve(&s, most, i);
        llmc__spend_settle(&s, 0, most, i);
    }
    assert_int_equal(s.spent, most);
    llmc__spend_init(&s, 1, 1, 0); /* a length of 0 is not divided by */
    assert_int_equal(llmc__spend_reserve(&s, 1, 0), LLMC__SPEND_GO);
}

/* Where answers cost no more than was reserved, no order of events passes a limit. */
static void test_random(void **state) {
    uint32_t steps = support_random_steps(200000);
    int64_t held[32] = {0}, now = 0, spent = 0, in_window = 0, window = 0;
    support_random random;
    llmc__spend s;
    uint32_t refused = 0;
    (void)state;
    support_random_begin(&random, "spending");
    llmc__spend_init(&s, 4000000, 500, 10);
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t slot = support_random_below(&random, 32);
        int64_t reserved = 0;
        now += support_random_below(&random, 12) == 0;
        if (now / 10 != window) {
            window = now / 10;
            in_window = 0;
        }
        if (held[slot]) {
            int64_t actual = support_random_below(&random, (uint32_t)held[slot] + 1);
            llmc__spend_settle(&s, held[slot], actual, now);
            spent += actual;
            in_window += actual;
            held[slot] = 0;
        } else {
            int64_t amount = 1 + support_random_below(&random, 60);
            llmc__spend_verdict verdict = llmc__spend_reserve(&s, amount, now);
            for (size_t n = 0; n < 32; n++)
                reserved += held[n];
            assert_int_equal(verdict == LLMC__SPEND_GO,
                             spent + reserved + amount <= 4000000 && in_window + reserved + amount <= 500);
            refused += verdict != LLMC__SPEND_GO;
            held[slot] = verdict == LLMC__SPEND_GO ? amount : 0;
        }
        assert_int_equal(s.spent, spent);
        assert_true(spent <= 4000000 && in_window <= 500);
    }
    assert_true(refused > steps / 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),     cmocka_unit_test(test_reserve_and_settle), cmocka_unit_test(test_windows),
        cmocka_unit_test(test_both_limits), cmocka_unit_test(test_no_overflow),        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
