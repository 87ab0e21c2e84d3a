/*
 * One event loop: an epoll set (or poll), a wake-up descriptor, timers. One thread at a time runs it; only
 * llmc__loop_wake may be called from others. Knows nothing of calls: work comes through on_wake.
 */
#ifndef LLMC_NET_LOOP_H
#define LLMC_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/heap.h"
#include "llmclient.h"

typedef struct llmc__loop llmc__loop;

/* A timer; embed it. Zeroed is "not set". */
typedef struct llmc__timer {
    llmc__heap_node node;
    void (*fire)(struct llmc__timer *timer); /* loop thread; the timer is no longer set */
} llmc__timer;

/* Called in each turn before waiting: takes what other threads handed over. Returns true when the turn must not wait.
 */
typedef bool (*llmc__loop_work_fn)(void *ctx);

llmc_status llmc__loop_new(llmc__loop_work_fn work, void *ctx, llmc__loop **out);
void llmc__loop_free(llmc__loop *loop);

/* A descriptor that is readable when the loop has something to do (host-loop mode): the epoll set itself, with a
   timerfd in it. -1 when built with LLMC_USE_POLL, where there is no such descriptor: host-loop mode is then
   LLMC_ERR_UNSUPPORTED. */
int llmc__loop_fd(const llmc__loop *loop);

/* Any thread: makes the loop take a turn. Costs no system call when the loop is awake already. */
void llmc__loop_wake(llmc__loop *loop);

/* One turn: work, ready sockets, due timers, work again. Waits at most wait_ms (-1: until something comes, 0: not at
 * all). */
void llmc__loop_turn(llmc__loop *loop, int wait_ms);

/* Timers that are due as of this turn: for what was begun since, and need not wait for the next one. */
void llmc__loop_fire(llmc__loop *loop);

/* Host-loop mode: call before giving control back, so that the descriptor gets readable at the next timer. */
void llmc__loop_arm(llmc__loop *loop);

int64_t llmc__loop_now_us(const llmc__loop *loop); /* clock as of this turn; refreshed before each callback round */
/* Reads the clock anew: for what must not count from before something that has just come. */
int64_t llmc__loop_refresh_us(llmc__loop *loop);

/* Sets or moves. LLMC_ERR_NO_MEMORY leaves it as it was. */
llmc_status llmc__loop_timer_set(llmc__loop *loop, llmc__timer *timer, int64_t due_us);
void llmc__loop_timer_clear(llmc__loop *loop, llmc__timer *timer);

/* For net's own files: descriptors of libcurl. */
struct llmc__watch; /* net/watch.h */

#endif
