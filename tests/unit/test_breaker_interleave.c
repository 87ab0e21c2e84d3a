/*
 * Every order in which three callers can enter and leave a breaker, with success, failure or nothing to tell, with time
 * passing and resets between, to a depth of ten. After each step the promises of the breaker are checked against what
 * the callers themselves remember. Callers that are outside are alike, so only the first of them enters; LLMC_LONG=1
 * lets each of them.
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

#define CALLERS 3
#define DEPTH   10
#define START   1000
#define TICK    10 /* of time that passes in one step */

typedef struct {
    bool in;
    llmc__breaker_pass pass;
    int64_t entered_at;
    bool is_void; /* the state changed since, or its lease was taken over */
} caller;

typedef struct {
    llmc__breaker breaker;
    caller callers[CALLERS];
    int64_t now, opened_at;
    bool lapsed; /* the lease of the probe was over when another became the probe */
} world;

/* How often each thing came about, so that no promise is kept only because nothing happened. */
static struct { unsigned long orders, probes, refusals, takeovers, late, opened, closed; } seen;

static llmc__breaker_policy policy;
static bool each_caller;

static int probes_out(const world *w) {
    int count = 0;

    for (int i = 0; i < CALLERS; i++)
        count += w->callers[i].in && w->callers[i].pass.probe && !w->callers[i].is_void;
    return count;
}

static void void_all(world *w) {
    for (int i = 0; i < CALLERS; i++)
        w->callers[i].is_void = true;
}

/* A probe whose lease is over must give way to whoever comes. */
static bool lease_over(const world *w) {
    for (int i = 0; i < CALLERS; i++)
        if (w->callers[i].in && w->callers[i].pass.probe && !w->callers[i].is_void)
            return w->now - w->callers[i].entered_at >= policy.lease_us;
    return false;
}

static void check_granted(world *w, const world *before, int who) {
    llmc_breaker_state state = llmc__breaker_state_at(&before->breaker, w->now);
    caller *c = &w->callers[who];

    assert_int_not_equal(state, LLMC_BREAKER_OPEN);
    assert_int_equal(c->pass.probe, state == LLMC_BREAKER_HALF_OPEN);
    assert_int_equal(c->pass.generation, w->breaker.generation);
    if (c->pass.probe && probes_out(before) > 0) {
        assert_true(lease_over(before));
        assert_true(w->breaker.generation > before->breaker.generation);
        seen.takeovers++;
    }
    if (w->breaker.generation != before->breaker.generation)
        void_all(w);
    c->in = true;
    c->is_void = false;
    c->entered_at = w->now;
    seen.probes += c->pass.probe;
}

/* False when nothing came of it: the order need not be followed further. */
static bool enter(world *w, int who) {
    world before = *w;
    int64_t wait_us = -1;

    if (llmc__breaker_enter(&w->breaker, &policy, w->now, &w->callers[who].pass, &wait_us)) {
        assert_int_equal(wait_us, 0);
        check_granted(w, &before, who);
        return true;
    }
    seen.refusals++;
    assert_memory_equal(&w->breaker, &before.breaker, sizeof(w->breaker));
    assert_true(wait_us > 0);
    switch (llmc__breaker_state_at(&w->breaker, w->now)) {
    case LLMC_BREAKER_OPEN:
        assert_int_equal(wait_us, w->opened_at + policy.open_us - w->now);
        break;
    case LLMC_BREAKER_HALF_OPEN:
        assert_int_equal(probes_out(w), 1); /* refused only for the sake of one that is out in time */
        assert_false(lease_over(w));
        break;
    default:
        assert_true(false);
    }
    return false;
}

static void check_changed(world *w, const world *before) {
    bool changed = w->breaker.state != before->breaker.state;

    assert_int_equal(w->breaker.generation, before->breaker.generation + (changed ? 1 : 0));
    if (!changed)
        return;
    void_all(w);
    seen.opened += w->breaker.state == LLMC_BREAKER_OPEN;
    seen.closed += w->breaker.state == LLMC_BREAKER_CLOSED;
    if (w->breaker.state == LLMC_BREAKER_OPEN)
        w->opened_at = w->now;
}

static void leave(world *w, int who, llmc__breaker_result result) {
    world before = *w;
    caller was = w->callers[who];

    w->callers[who].in = false;
    llmc__breaker_leave(&w->breaker, &policy, w->now, was.pass, result);
    if (was.is_void) {
        seen.late++;
        assert_memory_equal(&w->breaker, &before.breaker, sizeof(w->breaker));
        return;
    }
    if (was.pass.probe) {
        static const llmc_breaker_state next[] = {LLMC_BREAKER_CLOSED, LLMC_BREAKER_OPEN, LLMC_BREAKER_HALF_OPEN};

        assert_int_equal(w->breaker.state, next[result]);
    } else if (result != LLMC__BREAKER_FAILURE) {
        assert_int_equal(w->breaker.state, LLMC_BREAKER_CLOSED);
    }
    check_changed(w, &before);
}

static void reset(world *w) {
    uint64_t generation = w->breaker.generation;

    llmc__breaker_reset(&w->breaker);
    assert_int_equal(w->breaker.generation, generation + 1);
    assert_int_equal(w->breaker.state, LLMC_BREAKER_CLOSED);
    void_all(w);
}

static void explore(const world *from, int depth);

static void follow(const world *w, int depth) {
    assert_true(probes_out(w) <= 1);
    explore(w, depth - 1);
}

static void explore_caller(const world *from, int who, int depth) {
    world w;

    if (!from->callers[who].in) {
        w = *from;
        if (enter(&w, who))
            follow(&w, depth);
        return;
    }
    for (int result = LLMC__BREAKER_SUCCESS; result <= LLMC__BREAKER_NEUTRAL; result++) {
        w = *from;
        leave(&w, who, (llmc__breaker_result)result);
        follow(&w, depth);
    }
}

static void explore(const world *from, int depth) {
    bool one_outside = false;
    world w = *from;

    if (depth == 0) {
        seen.orders++;
        return;
    }
    for (int who = 0; who < CALLERS; who++) {
        if (from->callers[who].in || each_caller || !one_outside)
            explore_caller(from, who, depth);
        one_outside = one_outside || !from->callers[who].in;
    }
    w.now += TICK;
    follow(&w, depth);
    if (depth > DEPTH - 8 && depth < DEPTH) { /* a reset as the last steps has no time to show anything */
        w = *from;
        reset(&w);
        follow(&w, depth);
    }
}

static void every_order(int32_t failures, int64_t open_us, int64_t lease_us) {
    world w;

    memset(&w, 0, sizeof(w));
    memset(&seen, 0, sizeof(seen));
    llmc__breaker_init(&w.breaker);
    w.now = START;
    each_caller = support_random_steps(1) > 1;
    policy = (llmc__breaker_policy){
        .failures = failures, .window_us = 1000, .open_us = open_us, .lease_us = lease_us, .min_calls = 20};
    explore(&w, DEPTH);
    printf("breaker: %lu orders; %lu probes, %lu refusals, %lu takeovers, %lu late results, opened %lu, closed %lu\n",
           seen.orders, seen.probes, seen.refusals, seen.takeovers, seen.late, seen.opened, seen.closed);
    assert_true(seen.orders > 100000);
    assert_true(seen.probes > 1000 && seen.refusals > 1000 && seen.takeovers > 100);
    assert_true(seen.late > 1000 && seen.opened > 1000 && seen.closed > 100);
}

static void one_failure_opens(void **state) {
    (void)state;
    every_order(1, TICK, TICK);
}

static void two_failures_open(void **state) {
    (void)state;
    every_order(2, TICK, TICK);
}

static void lease_of_two_ticks(void **state) {
    (void)state;
    every_order(1, TICK, 2 * TICK);
}

static void open_for_two_ticks(void **state) {
    (void)state;
    every_order(1, 2 * TICK, TICK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_failure_opens),
        cmocka_unit_test(two_failures_open),
        cmocka_unit_test(lease_of_two_ticks),
        cmocka_unit_test(open_for_two_ticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
