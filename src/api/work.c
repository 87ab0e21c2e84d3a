#include "api/work.h"

#include <limits.h>
#include "base/mem.h"
#include "engine/call.h"
#include "model/error.h"

void *llmc__work_new(llmc_client *client, size_t size) {
    llmc__work *work = llmc__mem_calloc(1, size + sizeof(llmc__cond));
    if (!work)
        return NULL;
    atomic_init(&work->refs, 1);
    work->changed = (llmc__cond *)(void *)((char *)work + size);
    if (llmc__mutex_init(&work->lock) != LLMC_OK)
        goto no_lock;
    if (llmc__cond_init(work->changed) != LLMC_OK)
        goto no_cond;
    work->client = llmc__client_ref(client);
    return work;
no_cond:
    llmc__mutex_destroy(&work->lock);
no_lock:
    llmc__mem_free(work);
    return NULL;
}

void llmc__work_ref(llmc__work *work) {
    atomic_fetch_add_explicit(&work->refs, 1, memory_order_relaxed);
}

bool llmc__work_unref(llmc__work *work) {
    return atomic_fetch_sub_explicit(&work->refs, 1, memory_order_acq_rel) == 1;
}

void llmc__work_free(llmc__work *work) {
    llmc__cond_destroy(work->changed);
    llmc__mutex_destroy(&work->lock);
    llmc__client_unref(work->client);
    llmc__mem_free(work);
}

/* ---- the end ---- */

void llmc__work_finish(llmc__work *work) {
    llmc__mutex_lock(&work->lock);
    work->finished = true;
    llmc__cond_broadcast(work->changed);
    llmc__mutex_unlock(&work->lock);
}

static bool is_finished(void *ctx) {
    return ((llmc__work *)ctx)->finished;
}

void llmc__work_wait(llmc__work *work, llmc_interrupt_fn interrupt, void *interrupt_data, void (*cancel)(void *work)) {
    llmc__wait wait = {&work->lock, work->changed, is_finished, interrupt, interrupt_data, cancel, work};
    llmc__engine_wait(work->client, &wait, INT64_MAX);
}

/* ---- calls ---- */

void llmc__work_drop(llmc__work *work, llmc_call **slot) {
    llmc_call *held;
    llmc__mutex_lock(&work->lock);
    held = *slot;
    *slot = NULL;
    llmc__mutex_unlock(&work->lock);
    llmc__call_unref(held);
}

llmc_status llmc__work_call(llmc__work *work, const llmc_request *request, const llmc__hooks *hooks, llmc_call **slot,
                            const bool *cancelled, llmc_response **refused) {
    llmc_call *call = NULL;
    llmc_status status = llmc__call_new(work->client, request, hooks, &call, refused);
    bool cancel;
    if (status != LLMC_OK)
        return status;
    llmc__mutex_lock(&work->lock);
    *slot = llmc__call_ref(call);
    cancel = *cancelled;
    llmc__mutex_unlock(&work->lock);
    status = llmc__call_submit(call);
    if (status != LLMC_OK)
        llmc__work_drop(work, slot);
    else if (cancel)
        llmc_call_cancel(call);
    llmc__call_unref(call);
    return status;
}

llmc_response *llmc__work_refusal(const llmc_client *client, llmc_status status, const char *message) {
    llmc_response *response = llmc__response_new(client->options.max_response_bytes);
    if (response) {
        response->status = status;
        llmc__error_set(&response->error, status, "%s", message);
    }
    return response;
}
