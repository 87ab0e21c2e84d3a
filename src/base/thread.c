#include "base/thread.h"

#include <stdatomic.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include "base/mem.h"

typedef struct start_args {
    void (*run)(void *ctx);
    void *ctx;
    char name[16]; /* the kernel's limit, NUL included */
} start_args;

llmc_status llmc__mutex_init(llmc__mutex *mutex) {
    return pthread_mutex_init(&mutex->raw, NULL) == 0 ? LLMC_OK : LLMC_ERR_INIT;
}

void llmc__mutex_destroy(llmc__mutex *mutex) {
    pthread_mutex_destroy(&mutex->raw);
}

void llmc__mutex_lock(llmc__mutex *mutex) {
    pthread_mutex_lock(&mutex->raw);
}

bool llmc__mutex_trylock(llmc__mutex *mutex) {
    return pthread_mutex_trylock(&mutex->raw) == 0;
}

void llmc__mutex_unlock(llmc__mutex *mutex) {
    pthread_mutex_unlock(&mutex->raw);
}

llmc_status llmc__cond_init(llmc__cond *cond) {
    pthread_condattr_t attr;
    int failed;

    if (pthread_condattr_init(&attr) != 0)
        return LLMC_ERR_INIT;
    failed = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (failed == 0)
        failed = pthread_cond_init(&cond->raw, &attr);
    pthread_condattr_destroy(&attr);
    return failed == 0 ? LLMC_OK : LLMC_ERR_INIT;
}

llmc_status llmc__mutex_init_with(llmc__mutex *mutex, llmc__cond *cond) {
    llmc_status status = llmc__mutex_init(mutex);

    if (status != LLMC_OK)
        return status;
    status = llmc__cond_init(cond);
    if (status != LLMC_OK)
        llmc__mutex_destroy(mutex);
    return status;
}

void llmc__cond_destroy(llmc__cond *cond) {
    pthread_cond_destroy(&cond->raw);
}

void llmc__cond_wait(llmc__cond *cond, llmc__mutex *mutex) {
    pthread_cond_wait(&cond->raw, &mutex->raw);
}

bool llmc__cond_wait_until(llmc__cond *cond, llmc__mutex *mutex, int64_t due_us) {
    struct timespec due = {0, 0};

    if (due_us > 0) {
        due.tv_sec = (time_t)(due_us / 1000000);
        due.tv_nsec = (long)(due_us % 1000000) * 1000;
    }
    return pthread_cond_timedwait(&cond->raw, &mutex->raw, &due) == 0;
}

void llmc__cond_broadcast(llmc__cond *cond) {
    pthread_cond_broadcast(&cond->raw);
}

static void *run_thread(void *arg) {
    start_args args = *(start_args *)arg;

    llmc__mem_free(arg);
    pthread_setname_np(pthread_self(), args.name);
    args.run(args.ctx);
    return NULL;
}

llmc_status llmc__thread_start(llmc__thread *thread, const char *name, void (*run)(void *ctx), void *ctx) {
    start_args *args = llmc__mem_alloc(sizeof(*args));
    sigset_t all, before;
    int failed;

    if (args == NULL)
        return LLMC_ERR_NO_MEMORY;
    args->run = run;
    args->ctx = ctx;
    snprintf(args->name, sizeof(args->name), "%s", name);
    /* A new thread takes its creator's mask, so that no signal can reach it even in its first instant. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&thread->raw, NULL, run_thread, args);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        return LLMC_OK;
    llmc__mem_free(args);
    return LLMC_ERR_INIT;
}

void llmc__thread_join(llmc__thread *thread) {
    pthread_join(thread->raw, NULL);
}

void llmc__thread_detach(llmc__thread *thread) {
    pthread_detach(thread->raw);
}

const void *llmc__thread_self(void) {
    static _Thread_local char here;

    return &here;
}

unsigned llmc__thread_number(void) {
    static atomic_uint next;
    static _Thread_local unsigned number; /* one more than it; 0: none yet */

    if (number == 0)
        number = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) + 1;
    return number - 1;
}

void llmc__once_run(llmc__once *once, void (*run)(void)) {
    pthread_once(&once->raw, run);
}

static unsigned fork_count; /* written only in a child of fork, before it runs anything else */

static void count_fork(void) {
    fork_count++;
}

static void watch_forks(void) {
    pthread_atfork(NULL, NULL, count_fork);
}

unsigned llmc__thread_fork_count(void) {
    static llmc__once once = LLMC__ONCE_INIT;
    llmc__once_run(&once, watch_forks);
    return fork_count;
}

static bool sigpipe_pending(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void only_sigpipe(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

void llmc__sigpipe_hold(llmc__sigpipe *hold) {
    sigset_t set;
    only_sigpipe(&set);
    pthread_sigmask(SIG_BLOCK, &set, &hold->before);
    hold->held = true;
    /* One that was not blocked does not wait: it has been delivered. */
    hold->was_pending = sigismember(&hold->before, SIGPIPE) == 1 && sigpipe_pending();
}

void llmc__sigpipe_release(const llmc__sigpipe *hold) {
    const struct timespec at_once = {0, 0};
    sigset_t set;
    if (!hold->held)
        return;
    only_sigpipe(&set);
    if (!hold->was_pending && sigpipe_pending())
        (void)sigtimedwait(&set, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &hold->before, NULL);
}
