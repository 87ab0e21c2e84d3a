#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include "policy/concurrency.h"
#include "support_random.h"

#define START 1000000

static const llmc__concurrency_policy usual = {.floor = 1, .ceiling = 0, .adaptive = true};

static void start(llmc__concurrency *c, uint32_t count) {
    for (; count > 0; count--)
        llmc__concurrency_start(c);
}

static void end(llmc__concurrency *c, const llmc__concurrency_policy *policy, int64_t started_us, int64_t now_us,
                llmc__concurrency_result result, uint32_t count) {
    for (; count > 0; count--)
        llmc__concurrency_end(c, policy, started_us, now_us, result);
}

/* One that was throttled with `in_flight` out at START; all are back. */
static llmc__concurrency cut_at(const llmc__concurrency_policy *policy, uint32_t in_flight) {
    llmc__concurrency c;

    llmc__concurrency_init(&c);
    start(&c, in_flight);
    end(&c, policy, START - 10, START, LLMC__CONCURRENCY_THROTTLED, in_flight);
    assert_int_equal(c.in_flight, 0);
    return c;
}

static void nothing_holds_before_a_throttle(void **state) {
    llmc__concurrency c;

    (void)state;
    llmc__concurrency_init(&c);
    start(&c, 100000);
    assert_true(llmc__concurrency_may(&c, &usual));
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 0);
    end(&c, &usual, START, START, LLMC__CONCURRENCY_OK, 50000);
    end(&c, &usual, START, START, LLMC__CONCURRENCY_OTHER, 50000);
    assert_int_equal(c.in_flight, 0);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 0);
    end(&c, &usual, START, START, LLMC__CONCURRENCY_OK, 1); /* one too many */
    assert_int_equal(c.in_flight, 0);
}

static void ceiling(void **state) {
    const llmc__concurrency_policy policy = {.floor = 1, .ceiling = 10, .adaptive = true};
    llmc__concurrency c;

    (void)state;
    llmc__concurrency_init(&c);
    assert_int_equal(llmc__concurrency_limit(&c, &policy), 10);
    start(&c, 9);
    assert_true(llmc__concurrency_may(&c, &policy));
    start(&c, 1);
    assert_false(llmc__concurrency_may(&c, &policy));
    c = cut_at(&policy, 8);
    assert_int_equal(llmc__concurrency_limit(&c, &policy), 4);
    for (int i = 1; i < 1000; i++) { /* good answers do not lift it past the ceiling */
        start(&c, 10);
        end(&c, &policy, START + i, START + i, LLMC__CONCURRENCY_OK, 10);
        assert_true(llmc__concurrency_limit(&c, &policy) <= 10);
    }
    assert_int_equal(llmc__concurrency_limit(&c, &policy), 10);
    c = cut_at(&policy, 100); /* the ceiling was lowered while they ran */
    assert_int_equal(llmc__concurrency_limit(&c, &policy), 10);
}

/* Who reached the ceiling is as good as not throttled: a higher ceiling counts at once. */
static void ceiling_ends_throttling(void **state) {
    const llmc__concurrency_policy policy = {.floor = 1, .ceiling = 12, .adaptive = true};
    const llmc__concurrency_policy higher = {.floor = 1, .ceiling = 50, .adaptive = true};
    llmc__concurrency c = cut_at(&policy, 20);

    (void)state;
    assert_int_equal(llmc__concurrency_limit(&c, &higher), 10);
    for (int i = 0; i < 30; i++) {
        start(&c, 10);
        end(&c, &policy, START + 1, START + 2, LLMC__CONCURRENCY_OK, 1);
        c.in_flight = 0;
    }
    assert_int_equal(llmc__concurrency_limit(&c, &higher), 50);
}

static void floor_holds(void **state) {
    const llmc__concurrency_policy five = {.floor = 5, .ceiling = 0, .adaptive = true};
    const llmc__concurrency_policy odd = {.floor = 5, .ceiling = 3, .adaptive = true};
    const llmc__concurrency_policy none = {.floor = 0, .ceiling = 0, .adaptive = true};
    llmc__concurrency c;

    (void)state;
    c = cut_at(&usual, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 1);
    assert_true(llmc__concurrency_may(&c, &usual)); /* one always goes: else nothing would ever grow again */
    c = cut_at(&none, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &none), 1);
    c = cut_at(&five, 20);
    for (int i = 1; i < 10; i++) {
        start(&c, 2);
        end(&c, &five, START + i, START + i, LLMC__CONCURRENCY_THROTTLED, 2);
        assert_int_equal(llmc__concurrency_limit(&c, &five), 5);
    }
    c = cut_at(&five, 8); /* it grows from the floor, not from what it would be without */
    for (int i = 0; i < 6; i++) {
        start(&c, 5);
        end(&c, &five, START + 1, START + 2, LLMC__CONCURRENCY_OK, 1);
        c.in_flight = 0;
    }
    assert_int_equal(llmc__concurrency_limit(&c, &five), 6);
    c = cut_at(&odd, 20); /* between the two the ceiling wins */
    assert_int_equal(llmc__concurrency_limit(&c, &odd), 3);
}

static void one_cut_for_a_burst(void **state) {
    llmc__concurrency c;

    (void)state;
    llmc__concurrency_init(&c);
    start(&c, 100);
    end(&c, &usual, START, START + 50, LLMC__CONCURRENCY_THROTTLED, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 50);
    assert_false(llmc__concurrency_may(&c, &usual)); /* 99 are still out */
    end(&c, &usual, START + 10, START + 60, LLMC__CONCURRENCY_THROTTLED, 30);
    end(&c, &usual, START + 50, START + 70, LLMC__CONCURRENCY_THROTTLED, 20);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 50);
    assert_int_equal(c.in_flight, 49);
    assert_true(llmc__concurrency_may(&c, &usual));
    start(&c, 1);
    end(&c, &usual, START + 71, START + 80, LLMC__CONCURRENCY_THROTTLED, 1); /* left with the new limit: is one */
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 25);
    end(&c, &usual, START + 72, START + 90, LLMC__CONCURRENCY_THROTTLED, 10);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 25);
}

/* What runs is halved, not what might have run. */
static void cut_is_of_what_was_in_flight(void **state) {
    llmc__concurrency c = cut_at(&usual, 100);

    (void)state;
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 50);
    start(&c, 8);
    end(&c, &usual, START + 1, START + 2, LLMC__CONCURRENCY_THROTTLED, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 4);
    start(&c, 100); /* more than is allowed, as when the limit was turned off for a time: a cut is never a rise */
    end(&c, &usual, START + 3, START + 4, LLMC__CONCURRENCY_THROTTLED, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 2);
    llmc__concurrency_init(&c);
    start(&c, 10);
    end(&c, &usual, 0, 1, LLMC__CONCURRENCY_THROTTLED, 1); /* as early as time itself */
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 5);
}

static void one_more_for_each_round(void **state) {
    llmc__concurrency c = cut_at(&usual, 40);
    uint32_t limit;
    int round;

    (void)state;
    for (round = 0; round < 8; round++) {
        limit = llmc__concurrency_limit(&c, &usual);
        assert_in_range(limit, 19 + round, 20 + round); /* a hundredth is lost by rounding */
        start(&c, limit);
        for (; limit > 0; limit--) {
            end(&c, &usual, START + 1, START + 2, LLMC__CONCURRENCY_OK, 1);
            start(&c, 1);
        }
        c.in_flight = 0;
    }
}

static void unused_limit_does_not_grow(void **state) {
    llmc__concurrency c = cut_at(&usual, 40);

    (void)state;
    for (int i = 0; i < 10000; i++) {
        start(&c, 9);
        end(&c, &usual, START + 1, START + 2, LLMC__CONCURRENCY_OK, 9);
    }
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 20);
}

static void answers_of_before_the_cut_prove_nothing(void **state) {
    llmc__concurrency c;

    (void)state;
    llmc__concurrency_init(&c);
    start(&c, 1000);
    end(&c, &usual, START, START + 1, LLMC__CONCURRENCY_THROTTLED, 1);
    end(&c, &usual, START, START + 2, LLMC__CONCURRENCY_OK, 999);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 500);
    for (int i = 0; i < 10; i++) {
        start(&c, 499);
        end(&c, &usual, START + 2, START + 3, LLMC__CONCURRENCY_OTHER, 499);
    }
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 500);
}

static void throttling_ends(void **state) {
    llmc__concurrency c = cut_at(&usual, 40);
    uint32_t limit = 1, most = 0, answers = 0;

    (void)state;
    while (limit > 0 && answers < 100000) {
        while (llmc__concurrency_may(&c, &usual))
            start(&c, 1);
        end(&c, &usual, START + 1, START + 2, LLMC__CONCURRENCY_OK, 1);
        answers++;
        limit = llmc__concurrency_limit(&c, &usual);
        most = limit > most ? limit : most;
    }
    assert_int_equal(limit, 0); /* nothing holds any more */
    assert_in_range(most, 59, 60);
    assert_in_range(answers, 1500, 1700); /* 20 + 21 + ... + 60 */
    c = cut_at(&usual, 1);
    start(&c, 1);
    end(&c, &usual, START + 1, START + 2, LLMC__CONCURRENCY_OK, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 0);
    start(&c, 30);
    end(&c, &usual, START, START + 3, LLMC__CONCURRENCY_THROTTLED, 1); /* of before the cut: still none of a new one */
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 0);
    end(&c, &usual, START + 2, START + 3, LLMC__CONCURRENCY_THROTTLED, 1);
    assert_int_equal(llmc__concurrency_limit(&c, &usual), 14);
}

static void fixed_concurrency_stays(void **state) {
    const llmc__concurrency_policy fixed = {.floor = 1, .ceiling = 10, .adaptive = false};
    const llmc__concurrency_policy adaptive = {.floor = 1, .ceiling = 10, .adaptive = true};
    llmc__concurrency c = cut_at(&fixed, 10);

    (void)state;
    assert_int_equal(llmc__concurrency_limit(&c, &fixed), 10);
    assert_int_equal(llmc__concurrency_limit(&c, &adaptive), 10); /* nothing was learned while it was fixed */
    c = cut_at(&adaptive, 10);
    assert_int_equal(llmc__concurrency_limit(&c, &adaptive), 5);
    assert_int_equal(llmc__concurrency_limit(&c, &fixed), 10); /* turned off at run time */
}

/*
 * A provider that serves `room` at once and throttles what is more. The limit must find its place near it: never dead,
 * few refusals, most of the room in use.
 */
static void finds_the_room_of_a_provider(void **state) {
    enum { OUT = 400 };
    const llmc__concurrency_policy policy = {.floor = 1, .ceiling = OUT, .adaptive = true};
    uint32_t room = 60, served = 0, throttled = 0, busy = 0, i;
    int64_t started[OUT], ends[OUT], now = START;
    bool out[OUT] = {false}, refused[OUT] = {false};
    support_random random;
    llmc__concurrency c;

    (void)state;
    support_random_begin(&random, "concurrency");
    llmc__concurrency_init(&c);
    for (; now < START + 300000; now++) {
        for (i = 0; i < OUT; i++) {
            if (out[i] && ends[i] <= now) {
                out[i] = false;
                busy -= !refused[i];
                served += !refused[i];
                throttled += refused[i];
                llmc__concurrency_end(&c, &policy, started[i], now,
                                      refused[i] ? LLMC__CONCURRENCY_THROTTLED : LLMC__CONCURRENCY_OK);
            }
            if (!out[i] && llmc__concurrency_may(&c, &policy)) {
                llmc__concurrency_start(&c);
                out[i] = true;
                started[i] = now;
                refused[i] = busy >= room;
                busy += !refused[i];
                ends[i] = now + (refused[i] ? 2 : 20 + (int64_t)support_random_below(&random, 80));
            }
        }
        assert_true(c.in_flight <= OUT);
    }
    printf("room for %u: %u served of %u, %u throttled\n", room, served, room * 5000, throttled);
    assert_true(served > room * 5000 / 2);
    assert_true(throttled < served / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_holds_before_a_throttle),
        cmocka_unit_test(ceiling),
        cmocka_unit_test(ceiling_ends_throttling),
        cmocka_unit_test(floor_holds),
        cmocka_unit_test(one_cut_for_a_burst),
        cmocka_unit_test(cut_is_of_what_was_in_flight),
        cmocka_unit_test(one_more_for_each_round),
        cmocka_unit_test(unused_limit_does_not_grow),
        cmocka_unit_test(answers_of_before_the_cut_prove_nothing),
        cmocka_unit_test(throttling_ends),
        cmocka_unit_test(fixed_concurrency_stays),
        cmocka_unit_test(finds_the_room_of_a_provider),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
