#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "policy/budget.h"

#define SECOND INT64_C(1000000)

static const llmc__budget_policy defaults = {10, 10};

static uint64_t seed = 20261124;

static uint64_t next_random(void) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1dU;
}

static unsigned grants(llmc__budget *budget, const llmc__budget_policy *policy, int64_t now_us, unsigned asked) {
    unsigned granted = 0;
    for (unsigned i = 0; i < asked; i++)
        granted += llmc__budget_take(budget, policy, now_us);
    return granted;
}

/* All calls fail, and so does every retry, which asks again up to three times. */
static void test_outage(void **state) {
    llmc__budget budget;
    (void)state;
    llmc__budget_init(&budget);
    for (int i = 0; i < 1000; i++)
        llmc__budget_first(&budget, 100 * SECOND);
    assert_int_equal(grants(&budget, &defaults, 100 * SECOND, 3000), 110);
    assert_int_equal(grants(&budget, &defaults, 103 * SECOND, 3000), 0);
}

/* The same with each call's failure asking at once. */
static void test_outage_one_by_one(void **state) {
    llmc__budget budget;
    unsigned granted = 0;
    (void)state;
    llmc__budget_init(&budget);
    for (int i = 0; i < 1000; i++) {
        llmc__budget_first(&budget, 100 * SECOND + i);
        granted += grants(&budget, &defaults, 100 * SECOND + i, 3);
    }
    assert_int_equal(granted, 110);
}

static void test_reserve_comes_back(void **state) {
    llmc__budget budget;
    (void)state;
    llmc__budget_init(&budget);
    assert_int_equal(grants(&budget, &defaults, 50 * SECOND, 20), 10);
    assert_int_equal(grants(&budget, &defaults, 50 * SECOND + 999999, 20), 0);
    assert_int_equal(grants(&budget, &defaults, 59 * SECOND, 20), 0);
    assert_int_equal(grants(&budget, &defaults, 60 * SECOND, 20), 10);
    assert_int_equal(grants(&budget, &defaults, 75 * SECOND, 20), 10);
}

static void test_share_expires(void **state) {
    llmc__budget budget;
    (void)state;
    llmc__budget_init(&budget);
    for (int i = 0; i < 1000; i++)
        llmc__budget_first(&budget, SECOND);
    assert_int_equal(grants(&budget, &defaults, 5 * SECOND, 60), 60);
    assert_int_equal(grants(&budget, &defaults, 10 * SECOND, 60), 50);
    assert_int_equal(grants(&budget, &defaults, 11 * SECOND, 60), 0); /* firsts are gone, retries are not */
    assert_int_equal(grants(&budget, &defaults, 20 * SECOND, 60), 10);
}

/*
 * 10,000 calls of which one in twenty attempts fails, over some 100 s and in any order: a budget of a tenth never
 * refuses a retry of them.
 */
static void test_usual_failures_pass(void **state) {
    enum { CALLS = 10000 };
    llmc__budget budget;
    int64_t now = 0;
    unsigned retries = 0, waiting = 0, begun = 0;
    (void)state;
    llmc__budget_init(&budget);
    while (begun < CALLS || waiting > 0) {
        now += (int64_t)(next_random() % 20000);
        bool is_first = begun < CALLS && (waiting == 0 || next_random() % 4 != 0);
        bool fails = next_random() % 20 == 0;
        if (is_first) {
            begun++;
            llmc__budget_first(&budget, now);
        } else {
            waiting--;
        }
        if (fails) {
            if (!llmc__budget_take(&budget, &defaults, now))
                fail_msg("refused after %u calls and %u retries", begun, retries);
            retries++;
            waiting++;
        }
    }
    assert_true(retries > CALLS / 25 && retries < CALLS / 15);
}

/* What the budget says of itself, counted the slow way: every event of the last ten seconds, one by one. */
enum { KEPT = 4096 };
typedef struct model {
    int64_t second[KEPT];
    bool retry[KEPT];
    size_t count;
    int64_t newest;
} model;

static void model_drop(model *m, int64_t now_s) {
    size_t kept = 0;
    if (now_s > m->newest)
        m->newest = now_s;
    for (size_t i = 0; i < m->count; i++)
        if (m->second[i] > m->newest - 10) {
            m->second[kept] = m->second[i];
            m->retry[kept++] = m->retry[i];
        }
    m->count = kept;
}

static void model_add(model *m, bool retry) {
    assert_true(m->count < KEPT);
    m->second[m->count] = m->newest;
    m->retry[m->count++] = retry;
}

static bool model_may(const model *m, const llmc__budget_policy *policy) {
    int64_t firsts = 0, retries = 0;
    for (size_t i = 0; i < m->count; i++)
        *(m->retry[i] ? &retries : &firsts) += 1;
    return policy->percent < 0 || retries + 1 <= firsts * policy->percent / 100 + policy->reserve;
}

static void test_against_model(void **state) {
    static model m;
    static const llmc__budget_policy policies[] = {{10, 10}, {20, 0}, {0, 3}, {100, 0}, {-1, 0}, {0, 0}};
    llmc__budget budget;
    int64_t now = -30 * SECOND; /* slots below zero, too */
    size_t chosen = 0;
    (void)state;
    llmc__budget_init(&budget);
    m.newest = INT64_MIN / SECOND;
    for (int step = 0; step < 1000000; step++) {
        uint64_t random = next_random();
        now += (int64_t)(random % 400000);
        if ((random >> 20) % 5000 == 0)
            now -= 3 * SECOND; /* a clock that went back */
        if ((random >> 33) % 2000 == 0)
            now += (int64_t)((random >> 44) % 30) * SECOND;
        if ((random >> 33) % 5000 == 1)
            chosen = (random >> 50) % (sizeof policies / sizeof policies[0]);
        model_drop(&m, now >= 0 ? now / SECOND : -((-now + SECOND - 1) / SECOND));
        if ((random >> 55) % 3 != 0) {
            llmc__budget_first(&budget, now);
            model_add(&m, false);
        } else {
            bool may = model_may(&m, &policies[chosen]);
            if (llmc__budget_take(&budget, &policies[chosen], now) != may)
                fail_msg("step %d at %lld us: the model says %d", step, (long long)now, may);
            if (may)
                model_add(&m, true);
        }
    }
    assert_true(now > 100000 * SECOND);
}

static void test_large_steps(void **state) {
    static const int64_t times[] = {INT64_MIN,     -100 * SECOND,           -1,       10 * SECOND, 1000000007 * SECOND,
                                    INT64_MAX / 2, INT64_MAX - 10 * SECOND, INT64_MAX};
    llmc__budget budget;
    (void)state;
    llmc__budget_init(&budget);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_int_equal(grants(&budget, &defaults, times[i], 20), 10);
    /* Back to the beginning: counted into the newest slot, so nothing is left. */
    assert_int_equal(grants(&budget, &defaults, INT64_MIN, 20), 0);
    assert_int_equal(grants(&budget, &defaults, 0, 20), 0);
}

static void test_no_budget(void **state) {
    static const llmc__budget_policy none = {-1, 0}, nothing = {0, 0}, all = {100, 0}, huge = {INT32_MAX, UINT32_MAX};
    llmc__budget budget;
    (void)state;
    llmc__budget_init(&budget);
    assert_int_equal(grants(&budget, &none, SECOND, 100000), 100000);
    assert_int_equal(grants(&budget, &defaults, SECOND, 5), 0); /* they were counted all the same */
    llmc__budget_init(&budget);
    assert_int_equal(grants(&budget, &nothing, SECOND, 5), 0);
    llmc__budget_first(&budget, SECOND);
    assert_int_equal(grants(&budget, &nothing, SECOND, 5), 0);
    assert_int_equal(grants(&budget, &all, SECOND, 5), 1);
    assert_int_equal(grants(&budget, &huge, SECOND, 50000), 50000);
    for (int i = 0; i < LLMC__BUDGET_SLOTS; i++)
        budget.firsts[i] = budget.retries[i] = UINT32_MAX; /* counts stop there */
    llmc__budget_first(&budget, SECOND);
    assert_false(llmc__budget_take(&budget, &defaults, SECOND));
    assert_true(llmc__budget_take(&budget, &huge, SECOND));
    assert_int_equal(budget.retries[1], UINT32_MAX);
}

/* A refusal takes nothing: what comes later is granted as if nobody had asked. */
static void test_refusals_take_nothing(void **state) {
    llmc__budget budget;
    (void)state;
    llmc__budget_init(&budget);
    assert_int_equal(grants(&budget, &defaults, SECOND, 100000), 10);
    for (int i = 0; i < 100; i++)
        llmc__budget_first(&budget, 2 * SECOND);
    assert_int_equal(grants(&budget, &defaults, 2 * SECOND, 100000), 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outage),
        cmocka_unit_test(test_outage_one_by_one),
        cmocka_unit_test(test_reserve_comes_back),
        cmocka_unit_test(test_share_expires),
        cmocka_unit_test(test_usual_failures_pass),
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_large_steps),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test(test_refusals_take_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
