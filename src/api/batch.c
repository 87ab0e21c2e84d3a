/* A batch is as many async calls as may run at once, each ending by starting the next. */
#include "api/batch.h"

#include <limits.h>

#include "base/mem.h"
#include "engine/call.h"
#include "model/error.h"

typedef llmc__batch_slot slot;

static llmc_status outcome(const llmc_batch *batch) {
    if (batch->cancelled)
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
    status = batch->status = outcome(batch);
    llmc__mutex_unlock(&batch->work.lock);
    if (batch->on_done)
        batch->on_done(batch, status, batch->user_data);
    llmc__work_finish(&batch->work);
    llmc_batch_unref(batch);
}

static void run(llmc_batch *batch);

static void on_call_done(llmc_call *call, llmc_response *response, void *user_data) {
    slot *s = user_data;
    llmc_batch *batch = s->batch;
    llmc_call *held;
    (void)call;
    llmc_batch_ref(batch); /* once the item is on the list, another loop may tell it and finish the batch */
    llmc__mutex_lock(&batch->work.lock);
    held = s->call;
    s->call = NULL;
    s->response = llmc__response_ref(response);
    llmc__list_push_back(&batch->ended, &s->node);
    llmc__mutex_unlock(&batch->work.lock);
    llmc__call_unref(held);
    run(batch);
    llmc_batch_unref(batch);
}

/* The client's end cancels a batch: its items cannot be sent any more. */
static llmc_status note_closing(llmc_batch *batch, llmc_status status) {
    if (status != LLMC_ERR_CLOSED)
        return status;
    llmc__mutex_lock(&batch->work.lock);
    batch->cancelled = true;
    llmc__mutex_unlock(&batch->work.lock);
    return LLMC_ERR_CANCELLED;
}

/* Starts the slot's item. False: it has ended already, and its response, if there was memory for one, says why. */
static bool launch(llmc_batch *batch, slot *s, bool cancelled) {
    llmc__hooks hooks = {.on_done = on_call_done, .user_data = s, .spread = true};
    llmc_response *response = NULL;
    llmc_status status;
    if (cancelled) {
        s->response = llmc__work_refusal(batch->work.client, LLMC_ERR_CANCELLED,
                                         "the batch was cancelled before this item was sent");
        return false;
    }
    status = llmc__work_call(&batch->work, batch->requests[s->index], &hooks, &s->call, &batch->cancelled, &response);
    if (status == LLMC_OK)
        return true;
    if (!response)
        response = llmc__work_refusal(batch->work.client, note_closing(batch, status), llmc__error_last_text());
    s->response = response;
    return false;
}

static slot *next_slot(llmc_batch *batch) {
    llmc__list_node *node;
    slot *s = NULL;
    if (batch->next < batch->count && (node = llmc__list_pop_front(&batch->idle))) {
        s = LLMC__CONTAINER(node, slot, node);
        s->index = batch->next++;
    }
    return s;
}

/* With the lock held, which it lets go while it calls out. */
static void tell_ended(llmc_batch *batch) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&batch->ended))) {
        slot *s = LLMC__CONTAINER(node, slot, node);
        llmc__mutex_unlock(&batch->work.lock);
        llmc__batch_tell(batch, s->index, s->response);
        s->response = NULL;
        llmc__mutex_lock(&batch->work.lock);
        llmc__list_push_back(&batch->idle, &s->node);
    }
}

/* With the lock held, which it lets go while it starts an item. */
static void launch_idle(llmc_batch *batch) {
    slot *s;
    while ((s = next_slot(batch))) {
        bool cancelled = batch->cancelled;
        bool started;
        llmc__mutex_unlock(&batch->work.lock);
        started = launch(batch, s, cancelled);
        llmc__mutex_lock(&batch->work.lock);
        if (!started)
            llmc__list_push_back(&batch->ended, &s->node);
    }
}

/*
 * Tells what has ended and starts what may start, until neither is left. With several loops two items may end at once:
 * the first thread here does the work of both, so that callbacks come one at a time, never under the lock, and no
 * stack grows with the batch.
 */
static void run(llmc_batch *batch) {
    bool last = false;
    llmc__mutex_lock(&batch->work.lock);
    if (!batch->running) {
        batch->running = true;
        do {
            tell_ended(batch);
            launch_idle(batch);
        } while (llmc__list_first(&batch->ended));
        batch->running = false;
        last = batch->done == batch->count && !batch->finishing;
        batch->finishing = batch->finishing || last;
    }
    llmc__mutex_unlock(&batch->work.lock);
    if (last)
        llmc__batch_finish(batch);
}

static void start(llmc__task *task) {
    run(LLMC__CONTAINER(task, llmc_batch, start));
}

llmc_status llmc__batch_start(llmc_batch *batch) {
    llmc_client *client = batch->work.client;
    uint32_t index = atomic_fetch_add_explicit(&client->next_engine, 1, memory_order_relaxed) % client->engine_count;
    llmc_status status;
    batch->start.run = start;
    status = llmc__engine_post(client->engines[index], &batch->start);
    if (status == LLMC_OK)
        return LLMC_OK;
    llmc_batch_unref(batch);
    return llmc__error_last(status, "the client is being freed");
}
