#include "api/batch.h"

#include "api/batch_jobs.h"
#include "base/mem.h"

typedef llmc__batch_slot slot;

static llmc_status outcome(const llmc_batch *batch) {
    if (batch->work.cancelled)
        return LLMC_ERR_CANCELLED;
    return batch->failed ? LLMC_ERR_PARTIAL : LLMC_OK;
}

void llmc__batch_tell(llmc_batch *batch, size_t index, llmc_response *response) {
    bool failed = !response || response->status != LLMC_OK;
    size_t done, failures;
    llmc__mutex_lock(&batch->work.lock);
    done = ++batch->done;
    batch->failed += failed;
    failures = batch->failed;
    llmc__mutex_unlock(&batch->work.lock);
    if (batch->on_item)
        batch->on_item(batch, index, response, batch->user_data);
    if (batch->on_progress)
        batch->on_progress(done, failures, batch->count, batch->progress_data);
    if (batch->results)
        batch->results[index] = llmc__response_ref(response);
    llmc__response_unref(response);
}

void llmc__batch_finish(llmc_batch *batch) {
    llmc_status status;
    llmc__mutex_lock(&batch->work.lock);
    status = batch->work.status = outcome(batch);
    llmc__mutex_unlock(&batch->work.lock);
    if (batch->on_done)
        batch->on_done(batch, status, batch->user_data);
    llmc__work_finish(&batch->work);
    llmc_batch_unref(batch);
}

void llmc__batch_clear(llmc__work *work) {
    llmc_batch *batch = (llmc_batch *)work;
    llmc__mem_free(batch->slots);
    llmc__batch_jobs_free(batch->jobs);
}

/* ---- run as calls ---- */

static llmc__errand *next(llmc__work *work) {
    llmc_batch *batch = (llmc_batch *)work;
    llmc__list_node *node;
    slot *s = NULL;
    if (batch->next < batch->count && (node = llmc__list_pop_front(&batch->idle))) {
        s = LLMC__CONTAINER(node, slot, errand.node);
        s->index = batch->next++;
    }
    return s ? &s->errand : NULL;
}

static llmc_status start(llmc__errand *errand) {
    llmc__hooks hooks = {.spread = true};
    llmc_batch *batch = (llmc_batch *)errand->work;
    return llmc__errand_start(errand, batch->requests[((slot *)errand)->index], &hooks);
}

static void tell(llmc__errand *errand) {
    llmc_batch *batch = (llmc_batch *)errand->work;
    llmc__batch_tell(batch, ((slot *)errand)->index, errand->response);
    errand->response = NULL;
    llmc__mutex_lock(&batch->work.lock);
    llmc__list_push_back(&batch->idle, &errand->node);
    llmc__mutex_unlock(&batch->work.lock);
}

static void end(llmc__work *work) {
    llmc__batch_finish((llmc_batch *)work);
}

const llmc__crew_kind llmc__batch_kind = {{llmc__batch_clear, llmc__crew_run}, next, start, tell, end};
