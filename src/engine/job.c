/* Jobs of a loop: see job.h. */
#include "engine/job.h"

#include <limits.h>

static void let_go(llmc__job *job) {
    llmc__loop_timer_clear(job->engine->loop, &job->timer);
    llmc__list_remove(&job->engine->loop_data.jobs, &job->node);
    job->release(job);
}

/*
 * A job that is let go stays `called`, so that its task is never posted again. Whoever ends it while this runs has
 * either posted the task once more or found it called still: exactly one of the two lets it go.
 */
static void on_task(llmc__task *task) {
    llmc__job *job = LLMC__CONTAINER(task, llmc__job, task);
    if (!llmc__list_linked(&job->node))
        llmc__list_push_back(&job->engine->loop_data.jobs, &job->node);
    if (atomic_load(&job->ended)) {
        let_go(job);
        return;
    }
    atomic_store(&job->called, false);
    if (!atomic_load(&job->ended))
        job->run(job, LLMC__JOB_CALLED);
    else if (!atomic_exchange(&job->called, true))
        let_go(job);
}

static void on_timer(llmc__timer *timer) {
    llmc__job *job = LLMC__CONTAINER(timer, llmc__job, timer);
    if (!atomic_load(&job->ended))
        job->run(job, LLMC__JOB_CALLED);
}

llmc_status llmc__job_start(llmc__job *job, llmc_client *client) {
    llmc__engine *mine = llmc__engine_current(client);
    uint32_t index = atomic_fetch_add_explicit(&client->next_engine, 1, memory_order_relaxed) % client->engine_count;
    job->engine = mine ? mine : client->engines[index];
    job->task.run = on_task;
    job->timer.fire = on_timer;
    atomic_store(&job->called, true);
    return llmc__engine_post(job->engine, &job->task);
}

/* A closing engine takes nothing more, and needs not: it runs its jobs a last time. */
void llmc__job_call(llmc__job *job) {
    if (!atomic_exchange(&job->called, true))
        (void)llmc__engine_post(job->engine, &job->task);
}

void llmc__job_end(llmc__job *job) {
    atomic_store(&job->ended, true);
    llmc__job_call(job);
}

void llmc__job_wake_at(llmc__job *job, int64_t due_us) {
    if (due_us == INT64_MAX) {
        llmc__loop_timer_clear(job->engine->loop, &job->timer);
        return;
    }
    if (llmc__heap_has(&job->timer.node) && job->timer.node.key == due_us)
        return;
    if (llmc__loop_timer_set(job->engine->loop, &job->timer, due_us) != LLMC_OK && !atomic_load(&job->ended))
        job->run(job, LLMC__JOB_NO_TIMER);
}

void llmc__jobs_close(llmc__engine *engine) {
    llmc__list_node *node;
    while ((node = llmc__list_first(&engine->loop_data.jobs))) {
        llmc__job *job = LLMC__CONTAINER(node, llmc__job, node);
        if (!atomic_load(&job->ended))
            job->run(job, LLMC__JOB_CLOSING);
        let_go(job);
    }
}
