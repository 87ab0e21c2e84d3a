/* Threads, locks and condition variables: the only file that includes pthread.h. */
#ifndef LLMC_BASE_THREAD_H
#define LLMC_BASE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "llmclient.h"

typedef struct llmc__mutex {
    pthread_mutex_t raw;
} llmc__mutex;

typedef struct llmc__cond {
    pthread_cond_t raw; /* on the monotonic clock */
} llmc__cond;

typedef struct llmc__thread {
    pthread_t raw;
} llmc__thread;

typedef struct llmc__once {
    pthread_once_t raw;
} llmc__once;
#define LLMC__ONCE_INIT                                                                                                \
    { PTHREAD_ONCE_INIT }

llmc_status llmc__mutex_init(llmc__mutex *mutex);
void llmc__mutex_destroy(llmc__mutex *mutex);
void llmc__mutex_lock(llmc__mutex *mutex);
bool llmc__mutex_trylock(llmc__mutex *mutex);
void llmc__mutex_unlock(llmc__mutex *mutex);

llmc_status llmc__cond_init(llmc__cond *cond);
llmc_status llmc__mutex_init_with(llmc__mutex *mutex, llmc__cond *cond); /* both or none */
void llmc__cond_destroy(llmc__cond *cond);
void llmc__cond_wait(llmc__cond *cond, llmc__mutex *mutex);
/* Waits until due_us on llmc__clock_us; false when it was reached. */
bool llmc__cond_wait_until(llmc__cond *cond, llmc__mutex *mutex, int64_t due_us);
void llmc__cond_broadcast(llmc__cond *cond);

/* Starts a thread with all signals blocked. `name` of at most 15 characters is shown by debuggers. */
llmc_status llmc__thread_start(llmc__thread *thread, const char *name, void (*run)(void *ctx), void *ctx);
void llmc__thread_join(llmc__thread *thread);
void llmc__thread_detach(llmc__thread *thread); /* nobody will join it */

/*
 * Holds SIGPIPE back in this thread: TLS libraries write with plain write(2), and a library must not end the host's
 * process because a peer left. Release drops one that came meanwhile, and leaves alone what was there before; without
 * a hold (zeroed) it does nothing.
 */
typedef struct llmc__sigpipe {
    sigset_t before;
    bool held, was_pending;
} llmc__sigpipe;
void llmc__sigpipe_hold(llmc__sigpipe *hold);
void llmc__sigpipe_release(const llmc__sigpipe *hold);

/* How many forks lie between the first call of this function in an ancestor and this process; no system call. */
unsigned llmc__thread_fork_count(void);

/* An address that is different in each living thread: tells "is it me?" without a system call. */
const void *llmc__thread_self(void);

/* A number that a thread keeps for its life, given in turn: threads started together have different ones modulo few. */
unsigned llmc__thread_number(void);

void llmc__once_run(llmc__once *once, void (*run)(void));

#endif
