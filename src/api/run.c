/* The driver of a run, and what others leave for it. */
#include "api/run.h"

#include <limits.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"

static void clear(llmc__work *work) {
    llmc_run *run = (llmc_run *)work;
    llmc_response_free(run->errand.response);
    llmc_run_result_free(run->result);
    llmc_tools_free(run->tools);
    llmc__mem_free(run->tool_choice_name);
}

const llmc__work_kind llmc__run_kind = {clear, llmc__run_drive};

/* ---- the driver ---- */

/* False: somebody drives already, and will look again. */
static bool enter(llmc_run *run) {
    bool mine;
    llmc__mutex_lock(&run->work.lock);
    mine = !run->driven;
    run->driven = true;
    run->again = !mine;
    llmc__mutex_unlock(&run->work.lock);
    return mine;
}

/* False: something came meanwhile, it must go on. */
static bool leave(llmc_run *run) {
    bool left;
    llmc__mutex_lock(&run->work.lock);
    left = !run->again;
    run->again = false;
    run->driven = !left;
    llmc__mutex_unlock(&run->work.lock);
    return left;
}

static llmc_response *pop_answer(llmc_run *run) {
    llmc_response *answer = NULL;
    llmc__mutex_lock(&run->work.lock);
    if (llmc__list_pop_front(&run->work.rest->ended)) {
        answer = run->errand.response;
        run->errand.response = NULL;
    }
    llmc__mutex_unlock(&run->work.lock);
    return answer;
}

static bool advance(llmc_run *run) {
    llmc_response *answer;
    bool moved;
    if (run->state == LLMC__RUN_WORKING)
        return llmc__run_work(run);
    answer = run->state == LLMC__RUN_ASKING ? pop_answer(run) : NULL;
    if (!answer)
        return false;
    moved = llmc__run_take_answer(run, answer);
    llmc_response_free(answer);
    return moved;
}

void llmc__run_drive(llmc__work *work) {
    llmc_run *run = (llmc_run *)work;
    if (!enter(run))
        return;
    llmc__work_ref(run); /* its end may be in here */
    do {
        while (advance(run)) {
        }
    } while (!leave(run));
    llmc__work_unref(run);
}

/* ---- what others leave ---- */

void llmc__run_stop(llmc_run *run, llmc_status status, const char *message) {
    bool first;
    llmc__mutex_lock(&run->work.lock);
    first = run->stop == LLMC_OK && !run->work.finished;
    if (first) {
        run->stop = status;
        run->stop_message = message;
    }
    llmc__mutex_unlock(&run->work.lock);
    if (first)
        llmc__work_cancel(run);
}

llmc_status llmc__run_stopped(llmc_run *run, const char **message) {
    llmc_status status;
    llmc__mutex_lock(&run->work.lock);
    status = run->stop;
    *message = run->stop_message;
    llmc__mutex_unlock(&run->work.lock);
    return status;
}

void llmc__run_call_ended(llmc_run *run, llmc_tool_call *call) {
    bool driven;
    llmc__mutex_lock(&run->work.lock);
    llmc__list_remove(&run->working, &call->work_node);
    llmc__list_remove(&run->ready, &call->ready_node);
    call->due_us = INT64_MAX;
    driven = run->driven;
    run->again = driven;
    llmc__mutex_unlock(&run->work.lock);
    if (!driven)
        llmc__job_call(&run->job);
}

static int64_t tool_due_us(const llmc_run *run, const llmc_tool_call *call, int64_t now_us) {
    int64_t own = call->entry->timeout_ms;
    return llmc__deadline_after(now_us, own ? own : run->options.tool_timeout_ms);
}

/* The job sleeps until armed_us: it must be called for what is due sooner. */
void llmc__run_call_begins(llmc_run *run, llmc_tool_call *call, int64_t now_us) {
    bool sooner;
    llmc__mutex_lock(&run->work.lock);
    call->due_us = llmc__list_linked(&call->work_node) ? tool_due_us(run, call, now_us) : INT64_MAX;
    sooner = call->due_us < run->armed_us;
    llmc__mutex_unlock(&run->work.lock);
    if (sooner)
        llmc__job_call(&run->job);
}

/* ---- time ---- */

/* A call whose time is up, counted; NULL: none. */
static llmc_tool_call *pop_late(llmc_run *run, int64_t now_us) {
    llmc_tool_call *late = NULL;
    llmc__mutex_lock(&run->work.lock);
    for (llmc__list_node *node = llmc__list_first(&run->working); node && !late;
         node = llmc__list_next(&run->working, node)) {
        llmc_tool_call *call = LLMC__CONTAINER(node, llmc_tool_call, work_node);
        if (call->due_us <= now_us)
            late = call;
    }
    if (late) {
        late->due_us = INT64_MAX;
        atomic_fetch_add_explicit(&late->refs, 1, memory_order_relaxed);
    }
    llmc__mutex_unlock(&run->work.lock);
    return late;
}

static void expire(llmc_run *run, int64_t now_us) {
    llmc_tool_call *late;
    if (now_us >= run->due_us)
        llmc__run_stop(run, LLMC_ERR_TIMEOUT_TOTAL, "the run took longer than its timeout_ms");
    while ((late = pop_late(run, now_us))) {
        llmc__tool_call_end(late, LLMC_TOOL_TIMEOUT, NULL);
        llmc__tool_call_release(late);
    }
}

static int64_t next_due(llmc_run *run) {
    int64_t due = run->due_us;
    llmc__mutex_lock(&run->work.lock);
    for (llmc__list_node *node = llmc__list_first(&run->working); node; node = llmc__list_next(&run->working, node)) {
        llmc_tool_call *call = LLMC__CONTAINER(node, llmc_tool_call, work_node);
        if (call->due_us < due)
            due = call->due_us;
    }
    if (run->stop != LLMC_OK)
        due = INT64_MAX; /* it ends with what is in flight */
    run->armed_us = due;
    llmc__mutex_unlock(&run->work.lock);
    return due;
}

void llmc__run_on_job(llmc__job *job, llmc__job_reason reason) {
    llmc_run *run = LLMC__CONTAINER(job, llmc_run, job);
    if (reason == LLMC__JOB_CLOSING)
        llmc__run_stop(run, LLMC_ERR_CANCELLED, "the client was freed");
    if (reason == LLMC__JOB_NO_TIMER)
        llmc__run_stop(run, LLMC_ERR_NO_MEMORY, "no memory for the run's timer");
    expire(run, llmc__clock_us());
    llmc__run_drive(&run->work);
    if (reason == LLMC__JOB_CALLED)
        llmc__job_wake_at(job, next_due(run));
}
