/*
 * Work above calls that lives in a loop: a tool loop between two questions, a provider's batch job between two polls. A
 * job has a timer, can be called from any thread, and is told when its client ends. Its owner embeds it.
 */
#ifndef LLMC_ENGINE_JOB_H
#define LLMC_ENGINE_JOB_H

#include <stdatomic.h>
#include "engine/engine.h"
#include "net/loop.h"

/* What the job is run for; several reasons may come as one. */
typedef enum llmc__job_reason {
    LLMC__JOB_CALLED = 0, /* llmc__job_call, or its timer */
    LLMC__JOB_NO_TIMER,   /* there was no memory for the timer: its time will not come */
    LLMC__JOB_CLOSING     /* the client ends: this is the last time */
} llmc__job_reason;

typedef struct llmc__job {
    /* Set by the owner. Loop thread; never under a lock. */
    void (*run)(struct llmc__job *job, llmc__job_reason reason);
    void (*release)(struct llmc__job *job); /* the loop has let it go; it may be freed in here */

    llmc__engine *engine;
    llmc__task task;
    atomic_bool called; /* the task is on its way */
    atomic_bool ended;

    /* Loop thread only. */
    llmc__timer timer;
    llmc__list_node node;
} llmc__job;

/* Any thread. LLMC_OK: the loop holds the job until `release`, and runs it soon. CLOSED: it does not. */
llmc_status llmc__job_start(llmc__job *job, llmc_client *client);

/* Any thread that holds the job: runs it soon. Calls that come before it runs are one. */
void llmc__job_call(llmc__job *job);

/* Any thread that holds the job: the loop lets it go soon, without running it again. */
void llmc__job_end(llmc__job *job);

/* In `run`: when it is to be run next; INT64_MAX: only when it is called. */
void llmc__job_wake_at(llmc__job *job, int64_t due_us);

/* Loop thread, at the client's end: runs each job for the last time and lets it go. */
void llmc__jobs_close(llmc__engine *engine);

#endif
