/* A batch is as many async calls as may run at once, each ending by starting the next. */
#include <limits.h>

#include "base/list.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/error.h"

/* One place in the batch's width: holds an item in flight, then the ended one until it was told. */
typedef struct slot {
    llmc_batch *batch;
    size_t index;
    llmc_call *call;         /* while in flight */
    llmc_response *response; /* once ended */
    llmc__list_node node;    /* on `ended` or on `idle` */
} slot;

struct llmc_batch {
    atomic_uint refs;
    llmc_client *client; /* counted */
    llmc__task start;    /* runs the batch for the first time, in a loop thread */
    const llmc_request *const *requests;
    size_t count;
    llmc_response **results; /* may be NULL */
    llmc_progress_fn on_progress;
    void *progress_data;
    llmc_item_fn on_item;
    llmc_batch_done_fn on_done;
    void *user_data;

    llmc__mutex lock;
    llmc__cond finished_cond;
    /* Under lock. */
    slot *slots;
    size_t width;
    llmc__list idle, ended;
    size_t next, done, failed;
    bool cancelled, running, finishing, finished;
    llmc_status status;
};

static llmc_status outcome(const llmc_batch *batch) {
    if (batch->cancelled)
        return LLMC_ERR_CANCELLED;
    return batch->failed ? LLMC_ERR_PARTIAL : LLMC_OK;
}

/* Tells one ended item; without the lock, one at a time. */
static void tell(llmc_batch *batch, slot *s) {
    bool failed = !s->response || s->response->status != LLMC_OK;
    size_t done, failures;
    llmc__mutex_lock(&batch->lock);
    done = ++batch->done;
    batch->failed += failed;
    failures = batch->failed;
    llmc__mutex_unlock(&batch->lock);
    if (batch->on_item)
        batch->on_item(batch, s->index, s->response, batch->user_data);
    if (batch->on_progress)
        batch->on_progress(done, failures, batch->count, batch->progress_data);
    if (batch->results)
        batch->results[s->index] = llmc__response_ref(s->response);
    llmc__response_unref(s->response);
    s->response = NULL;
}

static void finish(llmc_batch *batch) {
    llmc_status status;
    llmc__mutex_lock(&batch->lock);
    status = batch->status = outcome(batch);
    llmc__mutex_unlock(&batch->lock);
    if (batch->on_done)
        batch->on_done(batch, status, batch->user_data);
    llmc__mutex_lock(&batch->lock);
    batch->finished = true;
    llmc__cond_broadcast(&batch->finished_cond);
    llmc__mutex_unlock(&batch->lock);
    llmc_batch_unref(batch);
}

static void run(llmc_batch *batch);

static void on_call_done(llmc_call *call, llmc_response *response, void *user_data) {
    slot *s = user_data;
    llmc_batch *batch = s->batch;
    llmc_call *held;
    (void)call;
    llmc_batch_ref(batch); /* once the item is on the list, another loop may tell it and finish the batch */
    llmc__mutex_lock(&batch->lock);
    held = s->call;
    s->call = NULL;
    s->response = llmc__response_ref(response);
    llmc__list_push_back(&batch->ended, &s->node);
    llmc__mutex_unlock(&batch->lock);
    llmc__call_unref(held);
    run(batch);
    llmc_batch_unref(batch);
}

/* The client's end cancels a batch: its items cannot be sent any more. */
static llmc_status note_closing(llmc_batch *batch, llmc_status status) {
    if (status != LLMC_ERR_CLOSED)
        return status;
    llmc__mutex_lock(&batch->lock);
    batch->cancelled = true;
    llmc__mutex_unlock(&batch->lock);
    return LLMC_ERR_CANCELLED;
}

/* A response for an item that never became a call; NULL: no memory, which is what the item then tells. */
static llmc_response *refusal(llmc_batch *batch, llmc_status status, const char *message) {
    llmc_response *response = llmc__response_new(batch->client->options.max_response_bytes);
    if (response) {
        response->status = status;
        llmc__error_set(&response->error, status, "%s", message);
    }
    return response;
}

/* Starts the slot's item. False: it has ended already, and its response, if there was memory for one, says why. */
static bool launch(llmc_batch *batch, slot *s, bool cancelled) {
    llmc__hooks hooks = {.on_done = on_call_done, .user_data = s, .spread = true};
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    llmc_status status;
    if (cancelled) {
        s->response = refusal(batch, LLMC_ERR_CANCELLED, "the batch was cancelled before this item was sent");
        return false;
    }
    status = llmc__call_new(batch->client, batch->requests[s->index], &hooks, &call, &response);
    if (status != LLMC_OK) {
        s->response = response ? response : refusal(batch, note_closing(batch, status), llmc__error_last_text());
        return false;
    }
    llmc__mutex_lock(&batch->lock);
    s->call = llmc__call_ref(call);
    cancelled = batch->cancelled;
    llmc__mutex_unlock(&batch->lock);
    status = llmc__call_submit(call);
    if (status == LLMC_OK) {
        if (cancelled)
            llmc_call_cancel(call);
    } else {
        llmc_call *held;
        llmc__mutex_lock(&batch->lock);
        held = s->call;
        s->call = NULL;
        llmc__mutex_unlock(&batch->lock);
        llmc__call_unref(held);
        s->response = refusal(batch, note_closing(batch, status), llmc__error_last_text());
    }
    llmc__call_unref(call);
    return status == LLMC_OK;
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
        llmc__mutex_unlock(&batch->lock);
        tell(batch, s);
        llmc__mutex_lock(&batch->lock);
        llmc__list_push_back(&batch->idle, &s->node);
    }
}

/* With the lock held, which it lets go while it starts an item. */
static void launch_idle(llmc_batch *batch) {
    slot *s;
    while ((s = next_slot(batch))) {
        bool cancelled = batch->cancelled;
        bool started;
        llmc__mutex_unlock(&batch->lock);
        started = launch(batch, s, cancelled);
        llmc__mutex_lock(&batch->lock);
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
    llmc__mutex_lock(&batch->lock);
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
    llmc__mutex_unlock(&batch->lock);
    if (last)
        finish(batch);
}

static void start(llmc__task *task) {
    run(LLMC__CONTAINER(task, llmc_batch, start));
}

/* The loop thread runs the batch: its callbacks never come from inside the function that started it. */
static llmc_status post(llmc_batch *batch) {
    llmc_client *client = batch->client;
    uint32_t index = atomic_fetch_add_explicit(&client->next_engine, 1, memory_order_relaxed) % client->engine_count;
    llmc_status status;
    batch->start.run = start;
    status = llmc__engine_post(client->engines[index], &batch->start);
    if (status == LLMC_OK)
        return LLMC_OK;
    llmc_batch_unref(batch);
    return llmc__error_last(status, "the client is being freed");
}

/* ---- making one ---- */

static llmc_status check(const llmc_client *client, const llmc_request *const *requests, size_t count,
                         const llmc_batch_options *options) {
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    if (count && !requests)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "requests is NULL but count is not 0");
    if (options && options->size != sizeof *options)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.size is not that of llmc_batch_options: start from its INIT macro");
    for (size_t i = 0; i < count; i++)
        if (!requests[i])
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "requests[%zu] is NULL", i);
    return LLMC_OK;
}

static bool make_slots(llmc_batch *batch, uint32_t concurrency) {
    batch->width = batch->count < concurrency ? batch->count : concurrency;
    batch->slots = llmc__mem_calloc(batch->width ? batch->width : 1, sizeof(slot));
    if (!batch->slots)
        return false;
    for (size_t i = 0; i < batch->width; i++) {
        batch->slots[i].batch = batch;
        llmc__list_push_back(&batch->idle, &batch->slots[i].node);
    }
    return true;
}

static llmc_batch *make(llmc_client *client, const llmc_request *const *requests, size_t count,
                        const llmc_batch_options *options) {
    llmc_batch_options defaults = LLMC_BATCH_OPTIONS_INIT;
    llmc_batch *batch = llmc__mem_calloc(1, sizeof *batch);
    if (!options)
        options = &defaults;
    if (!batch)
        return NULL;
    llmc__list_init(&batch->idle);
    llmc__list_init(&batch->ended);
    batch->requests = requests;
    batch->count = count;
    batch->on_progress = options->on_progress;
    batch->progress_data = options->user_data;
    atomic_init(&batch->refs, 1);
    if (llmc__mutex_init(&batch->lock) != LLMC_OK) {
        llmc__mem_free(batch);
        return NULL;
    }
    if (llmc__cond_init(&batch->finished_cond) != LLMC_OK) {
        llmc__mutex_destroy(&batch->lock);
        llmc__mem_free(batch);
        return NULL;
    }
    batch->client = llmc__client_ref(client);
    if (make_slots(batch, options->max_concurrency ? options->max_concurrency : defaults.max_concurrency))
        return batch;
    llmc_batch_unref(batch);
    return NULL;
}

llmc_batch *llmc_batch_ref(llmc_batch *batch) {
    if (batch)
        atomic_fetch_add_explicit(&batch->refs, 1, memory_order_relaxed);
    return batch;
}

void llmc_batch_unref(llmc_batch *batch) {
    if (!batch || atomic_fetch_sub_explicit(&batch->refs, 1, memory_order_acq_rel) != 1)
        return;
    llmc__mem_free(batch->slots);
    llmc__cond_destroy(&batch->finished_cond);
    llmc__mutex_destroy(&batch->lock);
    llmc__client_unref(batch->client);
    llmc__mem_free(batch);
}

void llmc_batch_cancel(llmc_batch *batch) {
    if (!batch)
        return;
    llmc__mutex_lock(&batch->lock);
    batch->cancelled = batch->cancelled || !batch->finished;
    for (size_t i = 0; i < batch->width; i++)
        if (batch->slots[i].call)
            llmc_call_cancel(batch->slots[i].call);
    llmc__mutex_unlock(&batch->lock);
}

llmc_status llmc_execute_batch_async(llmc_client *client, const llmc_request *const *requests, size_t count,
                                     const llmc_batch_options *options, llmc_item_fn on_item,
                                     llmc_batch_done_fn on_done, void *user_data, llmc_batch **out) {
    llmc_batch *batch;
    llmc_status status = check(client, requests, count, options);
    if (out)
        *out = NULL;
    if (status != LLMC_OK)
        return status;
    batch = make(client, requests, count, options);
    if (!batch)
        return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a batch");
    batch->on_item = on_item;
    batch->on_done = on_done;
    batch->user_data = user_data;
    llmc_batch_ref(batch);
    status = post(batch); /* takes one reference, which `finish` gives back */
    if (status == LLMC_OK && out)
        *out = batch;
    else
        llmc_batch_unref(batch);
    return status;
}

/* ---- waiting ---- */

static bool is_finished(void *ctx) {
    return ((llmc_batch *)ctx)->finished;
}

static void cancel_it(void *ctx) {
    llmc_batch_cancel(ctx);
}

static llmc_status wait_for(llmc_batch *batch, llmc_interrupt_fn interrupt, void *interrupt_data) {
    llmc__wait wait = {&batch->lock, &batch->finished_cond, is_finished, interrupt, interrupt_data, cancel_it, batch};
    llmc__engine_wait(batch->client, &wait, INT64_MAX);
    return batch->status;
}

llmc_status llmc_batch_wait(llmc_batch *batch) {
    llmc_status status;
    if (!batch)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "batch is NULL");
    status = llmc__client_may_block(batch->client);
    return status == LLMC_OK ? wait_for(batch, NULL, NULL) : status;
}

llmc_status llmc_execute_batch(llmc_client *client, const llmc_request *const *requests, size_t count,
                               const llmc_batch_options *options, llmc_response **results) {
    llmc_batch *batch;
    llmc_status status;
    if (count && !results)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "results is NULL");
    for (size_t i = 0; i < count; i++)
        results[i] = NULL;
    status = check(client, requests, count, options);
    if (status == LLMC_OK)
        status = llmc__client_may_block(client);
    if (status != LLMC_OK)
        return status;
    batch = make(client, requests, count, options);
    if (!batch)
        return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a batch");
    batch->results = results;
    llmc_batch_ref(batch);
    status = post(batch);
    if (status == LLMC_OK)
        status = wait_for(batch, options ? options->interrupt : NULL, options ? options->user_data : NULL);
    llmc_batch_unref(batch);
    return status;
}
