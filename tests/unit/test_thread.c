#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

typedef struct shared {
    llmc__mutex mutex;
    llmc__cond cond;
    int counter;
    bool go;
    const void *self;
    bool signals_blocked;
    char name[32];
} shared;

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void open_shared(shared *s) {
    memset(s, 0, sizeof(*s));
    assert_int_equal(llmc__mutex_init_with(&s->mutex, &s->cond), LLMC_OK);
}

static void close_shared(shared *s) {
    llmc__cond_destroy(&s->cond);
    llmc__mutex_destroy(&s->mutex);
}

static void add_many(void *ctx) {
    shared *s = ctx;
    int i;

    for (i = 0; i < 10000; i++) {
        llmc__mutex_lock(&s->mutex);
        s->counter++;
        llmc__mutex_unlock(&s->mutex);
    }
}

static void lock_keeps_others_out(void **state) {
    llmc__thread threads[4];
    shared s;
    int i;

    (void)state;
    open_shared(&s);
    for (i = 0; i < 4; i++)
        assert_int_equal(llmc__thread_start(&threads[i], "adder", add_many, &s), LLMC_OK);
    for (i = 0; i < 4; i++)
        llmc__thread_join(&threads[i]);
    assert_int_equal(s.counter, 40000);
    close_shared(&s);
}

static void look_around(void *ctx) {
    shared *s = ctx;
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    s->signals_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGPIPE) == 1;
    s->self = llmc__thread_self();
    pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
}

static void new_thread_has_name_mask_and_self(void **state) {
    llmc__thread thread;
    shared s;
    sigset_t before, after;

    (void)state;
    open_shared(&s);
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    assert_int_equal(llmc__thread_start(&thread, "a-name-too-long-for-it", look_around, &s), LLMC_OK);
    llmc__thread_join(&thread);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    assert_true(s.signals_blocked);
    assert_string_equal(s.name, "a-name-too-long");
    assert_non_null(s.self);
    assert_ptr_equal(llmc__thread_self(), llmc__thread_self());
    llmc__mem_set_gate(refuse, NULL);
    assert_int_equal(llmc__thread_start(&thread, "x", look_around, &s), LLMC_ERR_NO_MEMORY);
    llmc__mem_set_gate(NULL, NULL);
    close_shared(&s);
}

static void say_go(void *ctx) {
    shared *s = ctx;

    s->self = llmc__thread_self();
    llmc__mutex_lock(&s->mutex);
    s->go = true;
    llmc__cond_broadcast(&s->cond);
    llmc__mutex_unlock(&s->mutex);
}

static void waiting_until_told(void **state) {
    llmc__thread thread;
    shared s;
    int64_t due = llmc__clock_us() + 20000000;

    (void)state;
    open_shared(&s);
    llmc__mutex_lock(&s.mutex);
    assert_int_equal(llmc__thread_start(&thread, "goer", say_go, &s), LLMC_OK);
    while (!s.go)
        assert_true(llmc__cond_wait_until(&s.cond, &s.mutex, due));
    llmc__mutex_unlock(&s.mutex);
    assert_ptr_not_equal(s.self, llmc__thread_self());
    llmc__thread_join(&thread);
    close_shared(&s);
}

static void waiting_until_the_time(void **state) {
    shared s;
    int64_t start = llmc__clock_us();

    (void)state;
    open_shared(&s);
    llmc__mutex_lock(&s.mutex);
    while (llmc__cond_wait_until(&s.cond, &s.mutex, start + 20000))
        assert_true(llmc__clock_us() < start + 20000000);
    assert_true(llmc__clock_us() >= start + 20000);
    assert_false(llmc__cond_wait_until(&s.cond, &s.mutex, 0));
    assert_false(llmc__cond_wait_until(&s.cond, &s.mutex, -5));
    llmc__mutex_unlock(&s.mutex);
    close_shared(&s);
}

static void try_it(void *ctx) {
    shared *s = ctx;

    s->go = llmc__mutex_trylock(&s->mutex);
}

static void trylock_tells(void **state) {
    llmc__thread thread;
    shared s;

    (void)state;
    open_shared(&s);
    assert_true(llmc__mutex_trylock(&s.mutex));
    assert_int_equal(llmc__thread_start(&thread, "trier", try_it, &s), LLMC_OK);
    llmc__thread_join(&thread);
    assert_false(s.go);
    llmc__mutex_unlock(&s.mutex);
    close_shared(&s);
}

static atomic_int once_runs;

static void count_once(void) {
    atomic_fetch_add(&once_runs, 1);
}

static void run_once(void *ctx) {
    llmc__once_run(ctx, count_once);
}

static void once_is_once(void **state) {
    static llmc__once once = LLMC__ONCE_INIT;
    llmc__thread threads[4];
    int i;

    (void)state;
    for (i = 0; i < 4; i++)
        assert_int_equal(llmc__thread_start(&threads[i], "once", run_once, &once), LLMC_OK);
    for (i = 0; i < 4; i++)
        llmc__thread_join(&threads[i]);
    assert_int_equal(atomic_load(&once_runs), 1);
}

static bool sigpipe_is_pending(void) {
    sigset_t pending;
    assert_int_equal(sigpending(&pending), 0);
    return sigismember(&pending, SIGPIPE) == 1;
}

/* Unheld, the default action would end this program. */
static void sigpipe_is_held_and_dropped(void **state) {
    llmc__sigpipe hold;
    sigset_t mask;
    (void)state;
    memset(&hold, 0, sizeof(hold));
    llmc__sigpipe_release(&hold); /* nothing was held */
    llmc__sigpipe_hold(&hold);
    assert_int_equal(raise(SIGPIPE), 0);
    assert_true(sigpipe_is_pending());
    llmc__sigpipe_release(&hold);
    assert_false(sigpipe_is_pending());
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGPIPE), 0);
}

static void sigpipe_of_the_host_is_left_alone(void **state) {
    llmc__sigpipe hold, outer;
    (void)state;
    llmc__sigpipe_hold(&outer); /* the host blocks it itself */
    assert_int_equal(raise(SIGPIPE), 0);
    llmc__sigpipe_hold(&hold);
    llmc__sigpipe_release(&hold);
    assert_true(sigpipe_is_pending());
    llmc__sigpipe_release(&outer);
    assert_false(sigpipe_is_pending());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigpipe_is_held_and_dropped),
        cmocka_unit_test(sigpipe_of_the_host_is_left_alone),
        cmocka_unit_test(lock_keeps_others_out),
        cmocka_unit_test(new_thread_has_name_mask_and_self),
        cmocka_unit_test(waiting_until_told),
        cmocka_unit_test(waiting_until_the_time),
        cmocka_unit_test(trylock_tells),
        cmocka_unit_test(once_is_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
