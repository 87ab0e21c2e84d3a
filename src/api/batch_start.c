/* Batches: making, starting, waiting for and cancelling them. */
#include <limits.h>

#include "api/argument.h"
#include "api/batch.h"
#include "api/batch_jobs.h"
#include "base/mem.h"
#include "model/error.h"

const llmc_batch_options llmc__batch_defaults = LLMC_BATCH_OPTIONS_INIT;

/* ---- making one ---- */

/* What a batch is made for. */
typedef struct order {
    const llmc_request *const *requests;
    size_t count;
    const char *const *job_ids; /* of jobs begun earlier, which there are requests no more of */
    size_t job_count;
    bool resumes;
    const llmc_batch_options *options; /* NULL: the defaults */
    llmc_response **results;           /* of the sync forms */
    llmc_item_fn on_item;
    llmc_batch_done_fn on_done;
    void *user_data;
} order;

static llmc_status check_options(const llmc_batch_options *options) {
    llmc_status status = llmc__argument_check_size(options->size, sizeof *options, "llmc_batch_options");
    if (status == LLMC_OK)
        status = llmc__argument_check_enum("options.mode", (int)options->mode, LLMC_BATCH_JOB, "llmc_batch_mode");
    if (status != LLMC_OK)
        return status;
    if (options->job_timeout_ms < LLMC_TIMEOUT_NONE || options->job_poll_ms < 0 || options->job_max_poll_ms < 0)
        status = llmc__argument_refuse("options.job_*_ms: must not be negative");
    return status;
}

static llmc_status check_ids(const order *o) {
    llmc_status status = LLMC_OK;
    if (!o->job_ids || o->job_count == 0)
        return llmc__argument_refuse("job_ids: there must be at least one");
    for (size_t i = 0; i < o->job_count && status == LLMC_OK; i++)
        status = llmc__batch_jobs_check_id(o->job_ids[i], i);
    return status;
}

/* Puts the defaults in where there are no options. */
static llmc_status check(const llmc_client *client, order *o) {
    llmc_status status = llmc__client_check(client);
    if (!o->options)
        o->options = &llmc__batch_defaults;
    if (status == LLMC_OK)
        status = check_options(o->options);
    if (status != LLMC_OK)
        return status;
    return o->resumes ? check_ids(o) : llmc__argument_check_list("requests", o->requests, o->count);
}

static bool make_slots(llmc_batch *batch, uint32_t concurrency) {
    size_t width = batch->count < concurrency ? batch->count : concurrency;
    batch->slots = llmc__mem_calloc(width ? width : 1, sizeof(llmc__batch_slot));
    if (!batch->slots)
        return false;
    for (size_t i = 0; i < width; i++) {
        batch->slots[i].errand.work = &batch->work;
        llmc__list_push_back(&batch->idle, &batch->slots[i].errand.node);
    }
    return true;
}

static bool takes_jobs(const order *o) {
    return o->job_count > 0 || o->options->mode == LLMC_BATCH_JOB;
}

static bool make_parts(llmc_batch *batch, const order *o) {
    uint32_t asked = o->options->max_concurrency;
    if (!takes_jobs(o))
        return make_slots(batch, asked ? asked : llmc__batch_defaults.max_concurrency);
    batch->jobs = llmc__batch_jobs_new(batch, o->options, o->job_ids, o->job_count);
    return batch->jobs != NULL;
}

static llmc_batch *make(llmc_client *client, const order *o) {
    llmc_batch *batch =
        llmc__work_new(client, sizeof *batch, takes_jobs(o) ? &llmc__batch_jobs_kind : &llmc__batch_kind.work);
    if (!batch)
        return NULL;
    batch->requests = o->requests;
    batch->count = o->count;
    batch->results = o->results;
    batch->on_item = o->on_item;
    batch->on_done = o->on_done;
    batch->user_data = o->user_data;
    batch->on_progress = o->options->on_progress;
    batch->progress_data = o->options->user_data;
    if (make_parts(batch, o))
        return batch;
    llmc_batch_unref(batch);
    return NULL;
}

llmc_batch *llmc_batch_ref(llmc_batch *batch) {
    return llmc__work_ref(batch);
}

void llmc_batch_unref(llmc_batch *batch) {
    llmc__work_unref(batch);
}

void llmc_batch_cancel(llmc_batch *batch) {
    llmc__work_cancel(batch);
}

/* The loop thread runs the batch: its callbacks never come from inside the function that started it. */
static llmc_status start(llmc_batch *batch) {
    llmc_status status;
    llmc_batch_ref(batch); /* given back by llmc__batch_finish */
    if (batch->jobs)
        llmc_batch_ref(batch); /* the loop's, for as long as it holds the job */
    status = llmc__work_post(&batch->work);
    if (status == LLMC_OK)
        return status;
    if (batch->jobs)
        llmc_batch_unref(batch);
    llmc_batch_unref(batch);
    return status;
}

/* *out: a reference of the batch that has begun. */
static llmc_status begin(llmc_client *client, const order *o, llmc_batch **out) {
    llmc_batch *batch = make(client, o);
    llmc_status status;
    if (!batch)
        return llmc__argument_no_room("a batch");
    status = start(batch);
    if (status == LLMC_OK)
        *out = batch;
    else
        llmc_batch_unref(batch);
    return status;
}

static llmc_status run_async(llmc_client *client, order *o, llmc_batch **out) {
    llmc_batch *batch = NULL;
    llmc_status status = check(client, o);
    if (status == LLMC_OK)
        status = begin(client, o, &batch);
    if (out)
        *out = batch;
    else
        llmc_batch_unref(batch);
    return status;
}

llmc_status llmc_execute_batch_async(llmc_client *client, const llmc_request *const *requests, size_t count,
                                     const llmc_batch_options *options, llmc_item_fn on_item,
                                     llmc_batch_done_fn on_done, void *user_data, llmc_batch **out) {
    order o = {.requests = requests, .count = count, .options = options};
    o.on_item = on_item;
    o.on_done = on_done;
    o.user_data = user_data;
    return run_async(client, &o, out);
}

llmc_status llmc_resume_batch_async(llmc_client *client, const char *const *job_ids, size_t job_count, size_t count,
                                    const llmc_batch_options *options, llmc_item_fn on_item, llmc_batch_done_fn on_done,
                                    void *user_data, llmc_batch **out) {
    order o = {.count = count, .job_ids = job_ids, .job_count = job_count, .resumes = true, .options = options};
    o.on_item = on_item;
    o.on_done = on_done;
    o.user_data = user_data;
    return run_async(client, &o, out);
}

/* ---- waiting ---- */

llmc_status llmc_batch_wait(llmc_batch *batch) {
    return llmc__work_join(batch, "batch");
}

static llmc_status run(llmc_client *client, order *o) {
    llmc_batch *batch = NULL;
    llmc_status status;
    if (o->count && !o->results)
        return llmc__argument_null("results");
    for (size_t i = 0; i < o->count; i++)
        o->results[i] = NULL;
    status = check(client, o);
    if (status == LLMC_OK)
        status = llmc__client_may_block(client);
    if (status == LLMC_OK)
        status = begin(client, o, &batch);
    if (batch)
        status = llmc__work_wait(&batch->work, o->options->interrupt, o->options->user_data);
    llmc_batch_unref(batch);
    return status;
}

llmc_status llmc_execute_batch(llmc_client *client, const llmc_request *const *requests, size_t count,
                               const llmc_batch_options *options, llmc_response **results) {
    order o = {.requests = requests, .count = count, .options = options, .results = results};
    return run(client, &o);
}

llmc_status llmc_resume_batch(llmc_client *client, const char *const *job_ids, size_t job_count, size_t count,
                              const llmc_batch_options *options, llmc_response **results) {
    order o = {.count = count, .job_ids = job_ids, .job_count = job_count, .resumes = true, .options = options};
    o.results = results;
    return run(client, &o);
}
