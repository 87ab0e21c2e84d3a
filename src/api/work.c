#include "api/work.h"

#include <limits.h>
#include "api/argument.h"
#include "base/mem.h"
#include "model/error.h"

static void start(llmc__task *task) {
    llmc__work_rest *rest = LLMC__CONTAINER(task, llmc__work_rest, start);
    rest->kind->go_on(rest->work);
}

void *llmc__work_new(llmc_client *client, size_t size, const llmc__work_kind *kind) {
    llmc__work *work = llmc__mem_calloc(1, size + sizeof *work->rest);
    if (!work)
        return NULL;
    work->rest = (llmc__work_rest *)(void *)((char *)work + size);
    work->rest->work = work;
    work->rest->kind = kind;
    work->rest->start.run = start;
    atomic_init(&work->refs, 1);
    if (llmc__mutex_init_with(&work->lock, &work->rest->changed) != LLMC_OK) {
        llmc__mem_free(work);
        return NULL;
    }
    work->client = llmc__client_ref(client);
    return work;
}

void *llmc__work_ref(void *ctx) {
    llmc__work *work = ctx;
    if (work)
        atomic_fetch_add_explicit(&work->refs, 1, memory_order_relaxed);
    return work;
}

void llmc__work_unref(void *ctx) {
    llmc__work *work = ctx;
    if (!work || atomic_fetch_sub_explicit(&work->refs, 1, memory_order_acq_rel) != 1)
        return;
    work->rest->kind->clear(work);
    llmc__cond_destroy(&work->rest->changed);
    llmc__mutex_destroy(&work->lock);
    llmc__client_unref(work->client);
    llmc__mem_free(work);
}

llmc_status llmc__work_post(llmc__work *work) {
    llmc_client *client = work->client;
    uint32_t index = atomic_fetch_add_explicit(&client->next_engine, 1, memory_order_relaxed) % client->engine_count;
    llmc_status status;
    status =
        work->job ? llmc__job_start(work->job, client) : llmc__engine_post(client->engines[index], &work->rest->start);
    return status == LLMC_OK ? status : llmc__error_last(status, "the client is being freed");
}

/* ---- the end ---- */

void llmc__work_cancel(void *ctx) {
    llmc__work *work = ctx;
    llmc__list_node *node;
    if (!work)
        return;
    llmc__mutex_lock(&work->lock);
    work->cancelled = work->cancelled || !work->finished;
    for (node = llmc__list_first(&work->rest->flying); node; node = llmc__list_next(&work->rest->flying, node)) {
        llmc__errand *errand = LLMC__CONTAINER(node, llmc__errand, node);
        if (!errand->spared)
            llmc_call_cancel(errand->call);
    }
    if (work->job)
        llmc__job_call(work->job);
    llmc__mutex_unlock(&work->lock);
}

bool llmc__work_is_cancelled(llmc__work *work) {
    bool cancelled;
    llmc__mutex_lock(&work->lock);
    cancelled = work->cancelled;
    llmc__mutex_unlock(&work->lock);
    return cancelled;
}

void llmc__work_finish(llmc__work *work) {
    llmc__mutex_lock(&work->lock);
    work->finished = true;
    llmc__cond_broadcast(&work->rest->changed);
    llmc__mutex_unlock(&work->lock);
}

static bool is_finished(void *ctx) {
    return ((llmc__work *)ctx)->finished;
}

llmc_status llmc__work_wait(llmc__work *work, llmc_interrupt_fn interrupt, void *interrupt_data) {
    llmc__wait wait = {&work->lock,    &work->rest->changed, is_finished, interrupt,
                       interrupt_data, llmc__work_cancel,    work};
    llmc__engine_wait(work->client, &wait, INT64_MAX);
    return work->status;
}

llmc_status llmc__work_may_join(const void *work, const char *argument) {
    return work ? llmc__client_may_block(((const llmc__work *)work)->client) : llmc__argument_null(argument);
}

llmc_status llmc__work_join(void *work, const char *argument) {
    llmc_status status = llmc__work_may_join(work, argument);
    return status == LLMC_OK ? llmc__work_wait(work, NULL, NULL) : status;
}

/* ---- calls ---- */

/* With the lock held, from `flying`: what it returns is to be let go without the lock. */
static llmc_call *land(llmc__errand *errand) {
    llmc_call *call = errand->call;
    errand->call = NULL;
    llmc__list_remove(&errand->work->rest->flying, &errand->node);
    return call;
}

static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    llmc__errand *errand = user_data;
    llmc__work *work = errand->work; /* the errand may be gone as soon as another thread finds it ended */
    llmc_call *held;
    llmc__mutex_lock(&work->lock);
    held = land(errand);
    errand->response = llmc__response_ref(response);
    errand->is_ours = !response->shared && llmc__caching_is_ours(call);
    llmc__list_push_back(&work->rest->ended, &errand->node);
    llmc__mutex_unlock(&work->lock);
    llmc__call_unref(held);
    work->rest->kind->go_on(work);
    llmc__work_unref(work);
}

llmc_status llmc__errand_start(llmc__errand *errand, const llmc_request *request, llmc__hooks *hooks) {
    llmc__work *work = errand->work;
    llmc_call *call = NULL;
    llmc_status status;
    bool cancel;
    hooks->on_done = on_done;
    hooks->user_data = errand;
    status = llmc__call_new(work->client, request, hooks, &call, &errand->response);
    if (status != LLMC_OK)
        return status;
    llmc__mutex_lock(&work->lock);
    errand->call = llmc__call_ref(call);
    llmc__list_push_back(&work->rest->flying, &errand->node);
    cancel = work->cancelled && !errand->spared;
    llmc__mutex_unlock(&work->lock);
    llmc__work_ref(work); /* given back by on_done */
    status = llmc__call_submit(call);
    if (status != LLMC_OK) {
        llmc__mutex_lock(&work->lock);
        llmc__call_unref(land(errand)); /* not the last reference */
        llmc__mutex_unlock(&work->lock);
        llmc__work_unref(work);
    } else if (cancel) {
        llmc_call_cancel(call);
    }
    llmc__call_unref(call);
    return status;
}

void llmc__errand_cancel(llmc__errand *errand) {
    llmc__mutex_lock(&errand->work->lock);
    llmc_call_cancel(errand->call);
    llmc__mutex_unlock(&errand->work->lock);
}

llmc_response *llmc__work_refusal(const llmc__work *work, llmc_status status, const char *message) {
    llmc_response *response = llmc__response_new(work->client->options.max_response_bytes);
    if (response) {
        response->status = status;
        llmc__error_set(&response->error, status, "%s", message);
    }
    return response;
}
