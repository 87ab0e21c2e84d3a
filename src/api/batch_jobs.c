/* The driver of a batch that is run as batch jobs. */
#include "api/batch_jobs.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "api/argument.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "model/error.h"

#define SLICE_ITEMS    256
#define CANCEL_WAIT_US ((int64_t)10 * 1000 * 1000) /* for the provider's word on a cancel */

static void run(llmc__job *job, llmc__job_reason reason);
static void release(llmc__job *job);

/* ---- making ---- */

llmc__batch_job *llmc__batch_job_add(llmc__batch_jobs *all) {
    llmc__batch_job *job;
    if (!llmc__mem_make_room(&all->list, all->count, &all->cap, sizeof(*all->list)))
        return NULL;
    job = llmc__mem_calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->all = all;
    job->errand.work = &all->batch->work;
    job->errand.spared = true; /* what is to be cancelled, and how, is the driver's to say */
    job->wait_ms = all->options.job_poll_ms;
    all->list[all->count++] = job;
    job->number = (uint32_t)all->count;
    return job;
}

static void free_job(llmc__batch_job *job) {
    llmc__target_unref(job->target);
    llmc__mem_free(job->model);
    llmc__mem_free(job->name);
    llmc__input_unref(job->upload);
    llmc__mem_free(job->endpoint);
    llmc__mem_free(job->file_id);
    llmc__jobs_state_clear(&job->state);
    llmc_response_free(job->results);
    llmc__error_clear(&job->fault);
    llmc_response_free(job->errand.response);
    llmc__mem_free(job);
}

void llmc__batch_job_drop(llmc__batch_jobs *all) {
    free_job(all->list[--all->count]);
}

void llmc__batch_job_drop_upload(llmc__batch_job *job) {
    llmc__input_unref(job->upload);
    job->upload = NULL;
}

void llmc__batch_jobs_free(llmc__batch_jobs *all) {
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++)
        free_job(all->list[i]);
    llmc__mem_free(all->list);
    llmc__mem_free(all->item_job);
    llmc__mem_free(all->told);
    llmc__mem_free(all->reserved);
    llmc__mem_free(all);
}

static void fill_options(llmc__batch_jobs *all, const llmc_batch_options *given) {
    static const llmc__default members[] = {
        LLMC__DEFAULT(llmc_batch_options, job_timeout_ms),
        LLMC__DEFAULT(llmc_batch_options, job_poll_ms),
        LLMC__DEFAULT(llmc_batch_options, job_max_poll_ms),
    };
    all->options = *given;
    llmc__argument_fill(&all->options, &llmc__batch_defaults, members, sizeof members / sizeof *members);
}

/* A job that was begun earlier: it is looked at first of all. */
static bool add_known(llmc__batch_jobs *all, const char *id) {
    llmc__batch_job *job = llmc__batch_job_add(all);
    if (!job)
        return false;
    job->name = llmc__mem_strdup(id);
    job->model = llmc__mem_strdup(id); /* names the provider, which is all that counts */
    job->phase = LLMC__BATCH_WAITING;
    job->next = LLMC__BATCH_LOOKING;
    return job->name && job->model;
}

llmc__batch_jobs *llmc__batch_jobs_new(llmc_batch *batch, const llmc_batch_options *options, const char *const *ids,
                                       size_t id_count) {
    llmc__batch_jobs *all = llmc__mem_calloc(1, sizeof *all);
    size_t room = batch->count ? batch->count : 1;
    bool good;
    if (!all)
        return NULL;
    all->batch = batch;
    all->client = batch->work.client;
    batch->work.job = &all->job;
    all->job.run = run;
    all->job.release = release;
    fill_options(all, options);
    all->started_us = llmc__clock_us();
    all->due_us = llmc__deadline_after(all->started_us, all->options.job_timeout_ms);
    all->cancel_due_us = INT64_MAX;
    all->told = llmc__mem_calloc(room, sizeof(*all->told));
    good = all->told != NULL;
    if (id_count == 0) {
        all->item_job = llmc__mem_calloc(room, sizeof(*all->item_job));
        good = good && all->item_job;
    }
    for (size_t i = 0; i < id_count && good; i++)
        good = add_known(all, ids[i]);
    if (good)
        return all;
    llmc__batch_jobs_free(all);
    return NULL;
}

llmc_status llmc__batch_jobs_check_id(const char *id, size_t index) {
    const char *slash = id ? strchr(id, '/') : NULL;
    if (!slash || slash == id || !llmc__jobs_is_id(slash + 1) || strlen(id) > 256)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "job_ids[%zu]: is no id of a batch job as on_job tells them, \"provider/id\"", index);
    return LLMC_OK;
}

static void release(llmc__job *job) {
    llmc_batch_unref(LLMC__CONTAINER(job, llmc__batch_jobs, job)->batch);
}

static void go_on(llmc__work *work) {
    llmc__job_call(work->job);
}

const llmc__work_kind llmc__batch_jobs_kind = {llmc__batch_clear, go_on};

/* ---- telling ---- */

/* A job that exists goes on when the batch ends without it. */
static bool may_be_run(const llmc__batch_jobs *all, size_t index) {
    uint32_t number = all->item_job ? all->item_job[index] : 0;
    const llmc__batch_job *job = number > 0 && number <= all->count ? all->list[number - 1] : NULL;
    return job && job->name && job->phase == LLMC__BATCH_OVER;
}

void llmc__batch_jobs_tell(llmc__batch_jobs *all, size_t index, llmc_response *response) {
    if (all->told[index]) {
        llmc_response_free(response);
        return;
    }
    all->told[index] = true;
    llmc__batch_release(all, index, may_be_run(all, index));
    llmc__batch_tell(all->batch, index, response);
}

static bool is_of(const llmc__batch_jobs *all, const llmc__batch_job *job, size_t index) {
    return !all->told[index] && all->item_job && all->item_job[index] == job->number;
}

void llmc__batch_job_give_up(llmc__batch_job *job) {
    job->cursor = 0;
    job->phase = LLMC__BATCH_FAILING;
}

void llmc__batch_job_fail(llmc__batch_job *job, llmc_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)llmc__error_set_v(&job->fault, status, format, args);
    va_end(args);
    llmc__batch_job_give_up(job);
}

/* A slice of items without a result. Of jobs begun earlier nobody knows which they were: see finish. */
static void tell_fault(llmc__batch_job *job) {
    llmc__batch_jobs *all = job->all;
    size_t end = all->item_job ? all->batch->count : 0;
    for (int i = 0; i < SLICE_ITEMS && job->cursor < end; job->cursor++) {
        if (!is_of(all, job, job->cursor))
            continue;
        llmc__batch_jobs_tell(
            all, job->cursor,
            llmc__work_refusal(&all->batch->work, job->fault.status, llmc_error_message(&job->fault)));
        i++;
    }
    if (job->cursor >= end)
        job->phase = LLMC__BATCH_OVER;
    else
        all->more = true;
}

/* ---- the end ---- */

static void tell_rest(llmc__batch_jobs *all, llmc_status status, const char *message) {
    for (size_t i = 0; i < all->batch->count; i++)
        if (!all->told[i])
            llmc__batch_jobs_tell(all, i, llmc__work_refusal(&all->batch->work, status, message));
}

static void finish(llmc__batch_jobs *all) {
    all->over = true;
    llmc__job_end(&all->job);
    llmc__batch_finish(all->batch); /* may free all this, were it not for the loop's reference */
}

/* Ends the batch now, whatever its jobs do. */
static void end_all(llmc__batch_jobs *all, llmc_status status, const char *message) {
    for (size_t i = 0; i < all->count; i++) {
        llmc__errand_cancel(&all->list[i]->errand);
        all->list[i]->phase = LLMC__BATCH_OVER;
    }
    if (status == LLMC_ERR_CANCELLED)
        llmc__work_cancel(all->batch);
    tell_rest(all, status, message);
    finish(all);
}

/* What no job of those begun earlier had a result for. A job that failed is the likelier reason. */
static void tell_missing(llmc__batch_jobs *all) {
    for (size_t i = 0; i < all->count; i++) {
        const llmc_error *fault = &all->list[i]->fault;
        if (fault->status != LLMC_OK && fault->status != LLMC_ERR_INCOMPLETE) {
            tell_rest(all, fault->status, llmc_error_message(fault));
            return;
        }
    }
    tell_rest(all, LLMC_ERR_INCOMPLETE, "the batch jobs have no result for this request");
}

static bool all_over(const llmc__batch_jobs *all) {
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i]->phase != LLMC__BATCH_OVER)
            return false;
    return true;
}

/* ---- cancelling ---- */

/* One that exists is cancelled at the provider; what was to become one is left. */
static void cancel_job(llmc__batch_job *job) {
    bool lives = job->name && job->target && job->state.phase == LLMC__JOBS_RUNNING;
    llmc__batch_job_drop_upload(job);
    job->phase = LLMC__BATCH_OVER;
    if (lives)
        llmc__batch_send(job, LLMC__BATCH_CANCELLING);
}

static bool is_in_flight(const llmc__batch_job *job) {
    return job->phase >= LLMC__BATCH_UPLOADING && job->phase <= LLMC__BATCH_CANCELLING;
}

/* What is under way is broken off, and is waited for: it may have been faster. */
static void begin_cancel(llmc__batch_jobs *all, int64_t now_us) {
    all->cancelling = true;
    all->cancel_due_us = now_us + CANCEL_WAIT_US;
    for (size_t i = 0; i < all->count; i++) {
        if (is_in_flight(all->list[i]))
            llmc__errand_cancel(&all->list[i]->errand);
        else
            cancel_job(all->list[i]);
    }
}

/* While cancelling: a job that was created meanwhile is one to be cancelled. */
static void judge_late(llmc__batch_job *job, llmc_response *answer) {
    if (job->phase == LLMC__BATCH_CANCELLING || (job->phase == LLMC__BATCH_CREATING && !llmc_response_error(answer)))
        llmc__batch_judge(job, answer);
    if (job->phase != LLMC__BATCH_OVER)
        cancel_job(job);
}

/* ---- the driver ---- */

void llmc__batch_job_wait(llmc__batch_job *job, llmc__batch_phase next, int64_t ms) {
    job->phase = LLMC__BATCH_WAITING;
    job->next = next;
    job->due_us = llmc__clock_us() + (ms > 0 ? ms : 0) * 1000;
}

/* The provider of a job begun earlier. */
static bool resolve(llmc__batch_job *job) {
    const char *model = NULL;
    llmc_status status;
    if (job->target)
        return true;
    status = llmc__targets_resolve(job->all->client, job->name, &job->target, &model);
    if (status != LLMC_OK) {
        llmc__batch_job_fail(job, status, "%s", llmc__error_last_text());
        return false;
    }
    job->api = llmc__jobs_of(job->target, &job->fault);
    if (!job->api)
        llmc__batch_job_give_up(job);
    return job->api != NULL;
}

static void step(llmc__batch_job *job, int64_t now_us) {
    llmc_response *answer;
    switch (job->phase) {
    case LLMC__BATCH_BUILDING:
        llmc__batch_build(job);
        break;
    case LLMC__BATCH_WAITING:
        if (now_us >= job->due_us && resolve(job))
            llmc__batch_send(job, job->next);
        break;
    case LLMC__BATCH_READING:
        llmc__batch_read(job);
        break;
    case LLMC__BATCH_FAILING:
        tell_fault(job);
        break;
    case LLMC__BATCH_OVER:
        break;
    case LLMC__BATCH_UPLOADING:
    case LLMC__BATCH_CREATING:
    case LLMC__BATCH_LOOKING:
    case LLMC__BATCH_FETCHING:
    case LLMC__BATCH_CANCELLING:
        answer = llmc__batch_take(job);
        if (answer && job->all->cancelling)
            judge_late(job, answer);
        else if (answer)
            llmc__batch_judge(job, answer);
        llmc_response_free(answer);
        break;
    }
}

/* One upload is made and sent at a time: they are large. */
static bool is_uploading(const llmc__batch_jobs *all) {
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i]->upload)
            return true;
    return false;
}

static void step_all(llmc__batch_jobs *all, int64_t now_us) {
    for (size_t i = 0; i < all->count; i++) {
        llmc__batch_phase before = all->list[i]->phase;
        step(all->list[i], now_us);
        all->more = all->more || (all->list[i]->phase != before && all->list[i]->phase >= LLMC__BATCH_READING);
    }
}

static int64_t next_due(const llmc__batch_jobs *all) {
    int64_t due = all->due_us < all->cancel_due_us ? all->due_us : all->cancel_due_us;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i]->phase == LLMC__BATCH_WAITING && all->list[i]->due_us < due)
            due = all->list[i]->due_us;
    return due;
}

/* True: the batch has come to its end. */
static bool ends(llmc__batch_jobs *all, llmc__job_reason reason, int64_t now_us) {
    if (reason == LLMC__JOB_CLOSING)
        end_all(all, LLMC_ERR_CANCELLED, "the client was freed; jobs that were begun go on, resume them by their ids");
    else if (reason == LLMC__JOB_NO_TIMER)
        end_all(all, LLMC_ERR_NO_MEMORY, "no memory for the timer of the batch");
    else if (now_us >= all->due_us)
        end_all(all, LLMC_ERR_TIMEOUT_TOTAL,
                "job_timeout_ms is over; the jobs go on at the provider, resume them by their ids");
    else if (all->cancelling && (all_over(all) || now_us >= all->cancel_due_us))
        end_all(all, LLMC_ERR_CANCELLED, "the batch was cancelled");
    return all->over;
}

static void run(llmc__job *engine_job, llmc__job_reason reason) {
    llmc__batch_jobs *all = LLMC__CONTAINER(engine_job, llmc__batch_jobs, job);
    int64_t now_us = llmc__clock_us();
    if (all->over || ends(all, reason, now_us))
        return;
    all->more = false;
    if (!all->cancelling && llmc__work_is_cancelled(&all->batch->work))
        begin_cancel(all, now_us);
    step_all(all, now_us);
    if (!all->cancelling && !is_uploading(all) && llmc__batch_build_begin(all))
        all->more = true;
    if (!all->more && all_over(all)) {
        if (all->cancelling)
            (void)ends(all, reason, now_us);
        else
            tell_missing(all);
        if (!all->over)
            finish(all);
        return;
    }
    if (all->more)
        llmc__job_call(&all->job);
    llmc__job_wake_at(&all->job, next_due(all));
}
