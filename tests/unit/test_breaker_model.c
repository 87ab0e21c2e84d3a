/*
 * The breaker against a second one that is written from its description alone: it keeps a plain list of what happened
 * and works everything out from that list each time it is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "policy/breaker.h"
#include "support_random.h"

#define STEPS   1000000
#define A_LIFE  5000 /* steps before all starts again with another policy */
#define CALLERS 24
#define LONGEST 6000
#define NOT_YET INT64_MIN

/* What the model remembers of the time since it was last opened, closed or reset. */
typedef struct {
    int64_t opened_at; /* NOT_YET: closed */
    bool probing;      /* left the open state: probes are asked for */
    int probe;         /* the caller which is the probe; -1 none */
    int64_t probe_at;
    struct {
        int64_t at;
        bool failed;
    } seen[LONGEST]; /* what was told while closed */
    size_t seen_count;
} model;

typedef struct {
    bool in, probe, valid; /* valid: what it will tell still matters */
    llmc__breaker_pass pass;
} caller;

static llmc__breaker_policy policy;
static model ours;
static caller callers[CALLERS];
static uint64_t changes; /* how often the model changed: one for each generation */

static void model_changes(int64_t opened_at, bool probing) {
    int i;

    ours.opened_at = opened_at;
    ours.probing = probing;
    ours.probe = -1;
    ours.seen_count = 0;
    changes++;
    for (i = 0; i < CALLERS; i++)
        callers[i].valid = false;
}

static llmc_breaker_state model_state(int64_t now) {
    if (ours.opened_at == NOT_YET)
        return LLMC_BREAKER_CLOSED;
    return ours.probing || now - ours.opened_at >= policy.open_us ? LLMC_BREAKER_HALF_OPEN : LLMC_BREAKER_OPEN;
}

static int64_t model_wait(int64_t now) {
    switch (model_state(now)) {
    case LLMC_BREAKER_CLOSED:
        return 0;
    case LLMC_BREAKER_OPEN:
        return ours.opened_at + policy.open_us - now;
    case LLMC_BREAKER_HALF_OPEN:
        break;
    }
    if (ours.probe < 0 || now - ours.probe_at >= policy.lease_us)
        return 0;
    return ours.probe_at + policy.lease_us - now;
}

static void model_enter(int who, int64_t now) {
    bool probe = model_state(now) == LLMC_BREAKER_HALF_OPEN;

    if (probe && (!ours.probing || ours.probe >= 0))
        model_changes(ours.opened_at, true);
    callers[who] = (caller){.in = true, .probe = probe, .valid = true};
    if (probe) {
        ours.probe = who;
        ours.probe_at = now;
    }
}

static bool model_trips(int64_t now) {
    int64_t width = policy.window_us / LLMC__BREAKER_SLOTS;
    uint64_t row = 0, all = 0, bad = 0;
    bool unbroken = true;
    size_t i;

    for (i = ours.seen_count; i-- > 0;) {
        unbroken = unbroken && ours.seen[i].failed;
        row += unbroken;
        if (ours.seen[i].at / width + LLMC__BREAKER_SLOTS > now / width) {
            all++;
            bad += ours.seen[i].failed;
        } else if (!unbroken) {
            break;
        }
    }
    if (policy.failures > 0 && row >= (uint64_t)policy.failures)
        return true;
    return policy.ratio_percent > 0 && all >= policy.min_calls &&
           (double)bad / (double)all >= (double)policy.ratio_percent / 100.0 - 1e-9;
}

static void model_leave(int who, int64_t now, llmc__breaker_result result) {
    caller was = callers[who];

    callers[who].in = false;
    if (!was.valid)
        return;
    if (was.probe) {
        if (result == LLMC__BREAKER_SUCCESS)
            model_changes(NOT_YET, false);
        else if (result == LLMC__BREAKER_FAILURE)
            model_changes(now, false);
        else
            ours.probe = -1;
    } else if (result != LLMC__BREAKER_NEUTRAL) {
        assert_true(ours.seen_count < LONGEST);
        ours.seen[ours.seen_count].at = now;
        ours.seen[ours.seen_count++].failed = result == LLMC__BREAKER_FAILURE;
        if (result == LLMC__BREAKER_FAILURE && model_trips(now))
            model_changes(now, false);
    }
}

static int64_t random_span(support_random *random) {
    switch (support_random_below(random, 8)) {
    case 0:
        return policy.open_us - 1 + support_random_below(random, 3);
    case 1:
        return policy.lease_us - 1 + support_random_below(random, 3);
    case 2:
        return policy.window_us / LLMC__BREAKER_SLOTS;
    case 3:
        return support_random_below(random, (uint32_t)policy.window_us * 2);
    default:
        return support_random_below(random, 20);
    }
}

static void new_life(support_random *random, llmc__breaker *breaker, int64_t now) {
    static const int32_t failures[] = {-1, 0, 1, 2, 3, 5, 8};
    static const int32_t ratios[] = {0, 0, -1, 1, 30, 50, 60, 99, 100, 101};

    policy.failures = failures[support_random_below(random, 7)];
    policy.ratio_percent = ratios[support_random_below(random, 10)];
    policy.min_calls = support_random_below(random, 20);
    policy.window_us = 10 + 10 * support_random_below(random, 100);
    policy.open_us = 1 + support_random_below(random, 1000);
    policy.lease_us = 1 + support_random_below(random, 1000);
    llmc__breaker_init(breaker);
    memset(callers, 0, sizeof(callers));
    model_changes(NOT_YET, false);
    assert_int_equal(model_state(now), LLMC_BREAKER_CLOSED);
}

static void both_enter(llmc__breaker *breaker, int who, int64_t now) {
    int64_t wait_us = -1, expected = model_wait(now);
    bool yes = llmc__breaker_enter(breaker, &policy, now, &callers[who].pass, &wait_us);
    llmc__breaker_pass pass = callers[who].pass;

    assert_int_equal(yes, expected == 0);
    assert_int_equal(wait_us, expected);
    if (!yes)
        return;
    model_enter(who, now);
    callers[who].pass = pass;
    assert_int_equal(pass.probe, callers[who].probe);
}

static void both_leave(llmc__breaker *breaker, support_random *random, uint32_t bad, int who, int64_t now) {
    llmc__breaker_result result = LLMC__BREAKER_SUCCESS;
    uint32_t drawn = support_random_below(random, 100);

    if (drawn < bad)
        result = LLMC__BREAKER_FAILURE;
    else if (drawn >= 90)
        result = LLMC__BREAKER_NEUTRAL;
    llmc__breaker_leave(breaker, &policy, now, callers[who].pass, result);
    model_leave(who, now, result);
}

static void agree(const llmc__breaker *breaker, int64_t now, uint64_t generations) {
    int64_t wait_us = -1;

    assert_int_equal(llmc__breaker_state_at(breaker, now), model_state(now));
    assert_int_equal(llmc__breaker_would_enter(breaker, &policy, now, &wait_us), model_wait(now) == 0);
    assert_int_equal(wait_us, model_wait(now));
    assert_int_equal(breaker->generation - 1, changes - generations);
}

/* One step of one of the callers, of time, or a reset. */
static void step(llmc__breaker *breaker, support_random *random, uint32_t bad, int64_t *now) {
    int who = (int)support_random_below(random, CALLERS);
    uint32_t kind = support_random_below(random, 1000);

    if (kind < 250) {
        *now += random_span(random);
    } else if (kind < 252) {
        llmc__breaker_reset(breaker);
        model_changes(NOT_YET, false);
    } else if (callers[who].in) {
        both_leave(breaker, random, bad, who, *now);
    } else {
        both_enter(breaker, who, *now);
    }
}

static void random_steps_do_not_diverge(void **state) {
    uint32_t steps = support_random_steps(STEPS), i, bad = 0, seen[3] = {0, 0, 0};
    int64_t now = 1000000;
    uint64_t generations = 0;
    support_random random;
    llmc__breaker breaker;

    (void)state;
    support_random_begin(&random, "breaker");
    for (i = 0; i < steps; i++) {
        if (i % A_LIFE == 0) {
            new_life(&random, &breaker, now);
            generations = changes;
            bad = support_random_below(&random, 90);
        }
        step(&breaker, &random, bad, &now);
        agree(&breaker, now, generations);
        seen[model_state(now)]++;
    }
    printf("breaker: %u steps, closed %u, open %u, half-open %u, %llu generations\n", steps, seen[0], seen[1], seen[2],
           (unsigned long long)changes);
    for (i = 0; i < 3; i++)
        assert_true(seen[i] > steps / 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_steps_do_not_diverge)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
