/*
 * What belongs to the process. SQLite must not be used in a child through what the parent has opened, and worse: a
 * connection that the child opens itself shares the inherited one's idea of which locks are held. So the child closes
 * what it inherited before it opens anything.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sqlite_inner.h"

static llmc__sqlite *first; /* every store of this process and of those it comes from */
static atomic_int registry;

/* ---- time ---- */

static int64_t read_clock(clockid_t clock, int64_t per_second) {
    struct timespec now = {0, 0};
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * per_second + (int64_t)now.tv_nsec / (1000000000 / per_second);
}

int64_t llmc__sqlite_process_now_us(void) {
    return read_clock(CLOCK_MONOTONIC, 1000000);
}

int64_t llmc__sqlite_process_wall_ms(void) {
    return read_clock(CLOCK_REALTIME, 1000);
}

void llmc__sqlite_process_nap(int64_t us) {
    struct timespec nap = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    if (us > 0)
        (void)nanosleep(&nap, NULL);
}

/* ---- locks ---- */

bool llmc__sqlite_process_lock(atomic_int *holder, int64_t due_us) {
    const int me = (int)getpid();
    int64_t nap_us = 20;
    for (;;) {
        int none = 0;
        if (atomic_compare_exchange_strong_explicit(holder, &none, me, memory_order_acquire, memory_order_relaxed))
            return true;
        if (llmc__sqlite_process_now_us() >= due_us)
            return false;
        llmc__sqlite_process_nap(nap_us);
        nap_us = nap_us < 1000 ? nap_us * 2 : nap_us;
    }
}

void llmc__sqlite_process_unlock(atomic_int *holder) {
    atomic_store_explicit(holder, 0, memory_order_release);
}

/* Held for moments. One held by another process was copied by fork in such a moment, and its thread is not here. */
static void lock_registry(void) {
    const int me = (int)getpid();
    int was = 0;
    while (!atomic_compare_exchange_weak_explicit(&registry, &was, me, memory_order_acquire, memory_order_relaxed))
        if (was == me) {
            llmc__sqlite_process_nap(20);
            was = 0;
        }
}

/* ---- forks ---- */

static bool in_use(const llmc__sqlite *s) {
    return atomic_load_explicit((atomic_int *)(uintptr_t)&s->holder, memory_order_acquire) != 0;
}

bool llmc__sqlite_process_inherit(const char *path) {
    const pid_t me = getpid();
    bool free = true;
    lock_registry();
    for (llmc__sqlite *s = first; s; s = s->next)
        if (s->pid != me && !in_use(s))
            llmc__sqlite_open_abandon(s);
        else if (s->pid != me && strcmp(s->path, path) == 0)
            free = false;
    llmc__sqlite_process_unlock(&registry);
    return free;
}

void llmc__sqlite_process_join(llmc__sqlite *s) {
    lock_registry();
    s->next = first;
    first = s;
    llmc__sqlite_process_unlock(&registry);
}

bool llmc__sqlite_process_leave(llmc__sqlite *s) {
    llmc__sqlite **at = &first;
    if (s->pid != getpid() && in_use(s))
        return false;
    lock_registry();
    while (*at && *at != s)
        at = &(*at)->next;
    if (*at)
        *at = s->next;
    llmc__sqlite_process_unlock(&registry);
    return true;
}
