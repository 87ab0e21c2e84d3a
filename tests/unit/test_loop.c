/* The loop of src/net: timers in order, wake-ups from other threads, the descriptor of host-loop mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/list.h"
#include "base/thread.h"
#include "net/loop.h"
#include "net/watch.h"

#define DEADLINE_US 30000000

typedef struct marked {
    llmc__timer timer;
    llmc__loop *loop;
    int name, again;
} marked;

static int fired[16];
static int fired_count;

static void fire(llmc__timer *timer) {
    marked *m = LLMC__CONTAINER(timer, marked, timer);
    fired[fired_count++ % 16] = m->name;
    if (m->again-- > 0) {
        assert_int_equal(llmc__loop_timer_set(m->loop, timer, llmc__loop_now_us(m->loop)), LLMC_OK);
    }
}

static bool idle_work(void *ctx) {
    (void)ctx;
    return false;
}

static llmc__loop *make_loop(llmc__loop_work_fn work, void *ctx) {
    llmc__loop *loop = NULL;
    fired_count = 0;
    assert_int_equal(llmc__loop_new(work, ctx, &loop), LLMC_OK);
    return loop;
}

static void timers_fire_in_order(void **state) {
    (void)state;
    llmc__loop *loop = make_loop(idle_work, NULL);
    marked timers[5] = {0};
    const int after_ms[] = {30, 10, 20, 1, 5};
    int64_t start_us = llmc__loop_now_us(loop);
    for (int i = 0; i < 5; i++) {
        timers[i] = (marked){.timer = {.fire = fire}, .loop = loop, .name = after_ms[i]};
        assert_int_equal(llmc__loop_timer_set(loop, &timers[i].timer, start_us + after_ms[i] * 1000), LLMC_OK);
    }
    llmc__loop_timer_clear(loop, &timers[2].timer);
    llmc__loop_timer_clear(loop, &timers[2].timer);                                           /* twice is harmless */
    assert_int_equal(llmc__loop_timer_set(loop, &timers[0].timer, start_us + 7000), LLMC_OK); /* moves */
    while (fired_count < 4 && llmc__clock_us() < start_us + DEADLINE_US) {
        llmc__loop_turn(loop, -1);
    }
    const int expected[] = {1, 5, 30, 10};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(fired[i], expected[i]);
    }
    assert_true(llmc__clock_us() - start_us >= 10000);
    llmc__loop_free(loop);
}

/* A timer that is always due must not keep the turn from ending. */
static void a_timer_set_for_now_waits_a_turn(void **state) {
    (void)state;
    llmc__loop *loop = make_loop(idle_work, NULL);
    marked m = {.timer = {.fire = fire}, .loop = loop, .again = 3};
    assert_int_equal(llmc__loop_timer_set(loop, &m.timer, 0), LLMC_OK);
    for (int turn = 1; turn <= 4; turn++) {
        llmc__loop_turn(loop, 1000);
        assert_int_equal(fired_count, turn);
    }
    llmc__loop_free(loop);
}

static void reserved_timers_have_their_place(void **state) {
    (void)state;
    llmc__loop *loop = make_loop(idle_work, NULL);
    static marked timers[200];
    assert_int_equal(llmc__loop_timer_reserve(loop, 100), LLMC_OK);
    for (int i = 0; i < 200; i++) {
        timers[i] = (marked){.timer = {.fire = fire}, .loop = loop};
        assert_int_equal(llmc__loop_timer_set(loop, &timers[i].timer, 0), LLMC_OK);
    }
    llmc__loop_turn(loop, 0);
    assert_int_equal(fired_count, 200);
    assert_int_equal(llmc__loop_timer_reserve(loop, -100), LLMC_OK);
    llmc__loop_free(loop);
}

typedef struct traffic {
    llmc__loop *loop;
    atomic_int posted;
    int taken, target;
} traffic;

static bool take(void *ctx) {
    traffic *t = ctx;
    int posted = atomic_exchange(&t->posted, 0);
    t->taken += posted;
    return posted > 0;
}

static void post(void *ctx) {
    traffic *t = ctx;
    for (int i = 0; i < t->target; i++) {
        atomic_fetch_add(&t->posted, 1);
        llmc__loop_wake(t->loop);
    }
}

/* Four threads post, the loop sleeps without a time limit of its own whenever it may: one lost wake-up hangs it. */
static void no_wake_is_lost(void **state) {
    (void)state;
    traffic t = {.target = 25000};
    atomic_init(&t.posted, 0);
    t.loop = make_loop(take, &t);
    llmc__thread threads[4];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(llmc__thread_start(&threads[i], "poster", post, &t), LLMC_OK);
    }
    while (t.taken < 100000) {
        int64_t before_us = llmc__clock_us();
        llmc__loop_turn(t.loop, 20000);
        assert_true(llmc__clock_us() - before_us < 15000000);
    }
    for (int i = 0; i < 4; i++) {
        llmc__thread_join(&threads[i]);
    }
    llmc__loop_turn(t.loop, 0);
    assert_int_equal(t.taken, 100000);
    llmc__loop_free(t.loop);
}

typedef struct ping {
    llmc__loop *loop;
    atomic_int asked, answered;
} ping;

static bool answer(void *ctx) {
    ping *p = ctx;
    int asked = atomic_load(&p->asked);
    bool news = asked != atomic_load(&p->answered);
    atomic_store(&p->answered, asked);
    return news;
}

static void ask(void *ctx) {
    ping *p = ctx;
    for (int i = 1; i <= 2000; i++) {
        atomic_store(&p->asked, i);
        llmc__loop_wake(p->loop);
        while (atomic_load(&p->answered) != i) {
            llmc__thread_self(); /* the turn under test is what ends this */
        }
    }
}

/* One at a time, so that the loop really falls asleep in between. */
static void each_wake_of_a_sleeping_loop_counts(void **state) {
    (void)state;
    ping p;
    atomic_init(&p.asked, 0);
    atomic_init(&p.answered, 0);
    p.loop = make_loop(answer, &p);
    llmc__thread thread;
    assert_int_equal(llmc__thread_start(&thread, "asker", ask, &p), LLMC_OK);
    while (atomic_load(&p.answered) < 2000) {
        int64_t before_us = llmc__clock_us();
        llmc__loop_turn(p.loop, 20000);
        assert_true(llmc__clock_us() - before_us < 15000000);
    }
    llmc__thread_join(&thread);
    llmc__loop_free(p.loop);
}

typedef struct heard {
    int count;
    unsigned ready, wanted;
} heard;

static void hear(void *ctx, int fd, unsigned ready, unsigned wanted) {
    (void)fd;
    heard *h = ctx;
    h->count++;
    h->ready = ready;
    h->wanted = wanted;
}

static void watches_tell_and_mute(void **state) {
    (void)state;
    llmc__loop *loop = make_loop(idle_work, NULL);
    int ends[2];
    heard h = {0};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(llmc__watch_add(loop, ends[0], hear, &h), LLMC_OK);
    assert_ptr_equal(llmc__watch_ctx(loop, ends[0]), &h);
    assert_int_equal(llmc__watch_want(loop, ends[0], LLMC__READY_IN), LLMC_OK);
    assert_int_equal(write(ends[1], "x", 1), 1);
    llmc__loop_turn(loop, 1000);
    assert_int_equal(h.count, 1);
    assert_int_equal(h.ready, LLMC__READY_IN);
    assert_int_equal(llmc__watch_want(loop, ends[0], 0), LLMC_OK);
    llmc__loop_turn(loop, 1000); /* still in the set: told although nothing is wanted */
    assert_int_equal(h.count, 2);
    assert_int_equal(h.wanted, 0);
    llmc__watch_mute(loop, ends[0]);
    llmc__loop_turn(loop, 0);
    assert_int_equal(h.count, 2);
    assert_int_equal(llmc__watch_want(loop, ends[0], LLMC__READY_IN), LLMC_OK);
    llmc__loop_turn(loop, 1000);
    assert_int_equal(h.count, 3);
    llmc__watch_drop(loop, ends[0]);
    assert_null(llmc__watch_ctx(loop, ends[0]));
    assert_int_not_equal(llmc__watch_want(loop, ends[0], LLMC__READY_IN), LLMC_OK);
    llmc__loop_turn(loop, 0);
    assert_int_equal(h.count, 3);
    close(ends[0]);
    close(ends[1]);
    llmc__loop_free(loop);
}

/* A call that is begun: its timer sends, and the answer may come at once. */
typedef struct begun {
    marked m;
    int end, calls, answers; /* where to write; calls still to begin; told to `work` so far */
    bool answered;           /* the timer has the answer already */
} begun;

static void send_byte(llmc__timer *timer) {
    begun *b = LLMC__CONTAINER(timer, begun, m.timer);
    fired_count++;
    assert_int_equal(write(b->end, "x", 1), 1);
}

static bool begin_call(void *ctx) {
    begun *b = ctx;
    if (b->answered && fired_count > b->answers) {
        b->answers++;
        return true;
    }
    if (b->calls > 0 && fired_count == b->answers) {
        b->calls--;
        (void)llmc__loop_refresh_us(b->m.loop);
        assert_int_equal(llmc__loop_timer_set(b->m.loop, &b->m.timer, llmc__loop_now_us(b->m.loop)), LLMC_OK);
    }
    return false;
}

static llmc__loop *open_begun(begun *b, heard *h, int ends[2]) {
    llmc__loop *loop = make_loop(begin_call, b);
    b->m = (marked){.timer = {.fire = send_byte}, .loop = loop};
    assert_int_equal(pipe(ends), 0);
    b->end = ends[1];
    assert_int_equal(llmc__watch_add(loop, ends[0], hear, h), LLMC_OK);
    assert_int_equal(llmc__watch_want(loop, ends[0], LLMC__READY_IN), LLMC_OK);
    return loop;
}

static void close_begun(llmc__loop *loop, const int ends[2]) {
    close(ends[0]);
    close(ends[1]);
    llmc__loop_free(loop);
}

static void a_call_is_sent_before_the_wait(void **state) {
    (void)state;
    begun b = {.calls = 1};
    heard h = {0};
    int ends[2];
    llmc__loop *loop = open_begun(&b, &h, ends);
    llmc__loop_turn(loop, 20000); /* one turn: sent, waited for, heard */
    assert_int_equal(fired_count, 1);
    assert_int_equal(h.count, 1);
    close_begun(loop, ends);
}

/* Without a look at the sockets, but not for ever. */
static void calls_answered_at_once_do_not_starve_others(void **state) {
    (void)state;
    begun b = {.calls = 1000, .answered = true};
    heard h = {0};
    int ends[2];
    llmc__loop *loop = open_begun(&b, &h, ends);
    llmc__loop_turn(loop, 20000);
    assert_int_equal(b.answers, 1);
    assert_int_equal(h.count, 0);
    for (int turn = 1; turn < 32; turn++)
        llmc__loop_turn(loop, 20000);
    assert_int_equal(b.answers, 32);
    assert_int_equal(h.count, 2);
    close_begun(loop, ends);
}

#ifndef LLMC_USE_POLL
static bool readable(int fd, int timeout_ms) {
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, timeout_ms) == 1;
}
#endif

static void host_descriptor_tells(void **state) {
    (void)state;
    traffic t = {.target = 1};
    atomic_init(&t.posted, 0);
    t.loop = make_loop(take, &t);
    int fd = llmc__loop_fd(t.loop);
#ifdef LLMC_USE_POLL
    assert_int_equal(fd, -1);
#else
    llmc__loop_turn(t.loop, 0);
    llmc__loop_arm(t.loop);
    assert_false(readable(fd, 0));
    post(&t); /* a wake while the host sleeps */
    assert_true(readable(fd, 5000));
    llmc__loop_turn(t.loop, 0);
    assert_int_equal(t.taken, 1);
    post(&t); /* a wake before the host goes to sleep */
    llmc__loop_arm(t.loop);
    assert_true(readable(fd, 5000));
    llmc__loop_turn(t.loop, 0);
    llmc__loop_arm(t.loop);
    assert_false(readable(fd, 0));
    marked m = {.timer = {.fire = fire}, .loop = t.loop};
    assert_int_equal(llmc__loop_timer_set(t.loop, &m.timer, llmc__clock_us() + 5000), LLMC_OK);
    llmc__loop_arm(t.loop);
    assert_true(readable(fd, 5000));
    llmc__loop_turn(t.loop, 10);
    assert_int_equal(fired_count, 1);
    llmc__loop_arm(t.loop);
    assert_false(readable(fd, 20));
#endif
    llmc__loop_free(t.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(a_timer_set_for_now_waits_a_turn),
        cmocka_unit_test(reserved_timers_have_their_place),
        cmocka_unit_test(no_wake_is_lost),
        cmocka_unit_test(each_wake_of_a_sleeping_loop_counts),
        cmocka_unit_test(watches_tell_and_mute),
        cmocka_unit_test(a_call_is_sent_before_the_wait),
        cmocka_unit_test(calls_answered_at_once_do_not_starve_others),
        cmocka_unit_test(host_descriptor_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
