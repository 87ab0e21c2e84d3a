#include "engine/store_worker.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

/* Operations that may wait for the store; more are dropped, which is a miss or an answer not kept. */
#define MAX_WAITING 4096

struct llmc__store_worker {
    llmc__mutex lock;
    llmc__cond changed;
    llmc__list waiting;
    bool closing;
    bool stopped; /* the thread was joined */
    llmc__thread thread;
};

static llmc__store_op *next(llmc__store_worker *worker) {
    llmc__list_node *node;
    llmc__mutex_lock(&worker->lock);
    while (!(node = llmc__list_pop_front(&worker->waiting)) && !worker->closing)
        llmc__cond_wait(&worker->changed, &worker->lock);
    llmc__mutex_unlock(&worker->lock);
    return node ? LLMC__CONTAINER(node, llmc__store_op, node) : NULL;
}

static void run_thread(void *ctx) {
    llmc__store_worker *worker = ctx;
    llmc__store_op *op;
    while ((op = next(worker))) {
        int64_t left_ms = (op->due_us - llmc__clock_us()) / 1000;
        if (left_ms > 0)
            op->run(op, left_ms);
        else
            op->drop(op);
    }
}

llmc_status llmc__store_worker_new(llmc__store_worker **out) {
    llmc__store_worker *worker = llmc__mem_calloc(1, sizeof *worker);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    *out = NULL;
    if (!worker)
        return status;
    status = llmc__mutex_init_with(&worker->lock, &worker->changed);
    if (status != LLMC_OK)
        goto no_lock;
    status = llmc__thread_start(&worker->thread, "llmc-store", run_thread, worker);
    if (status == LLMC_OK) {
        *out = worker;
        return LLMC_OK;
    }
    llmc__cond_destroy(&worker->changed);
    llmc__mutex_destroy(&worker->lock);
no_lock:
    llmc__mem_free(worker);
    return status;
}

void llmc__store_worker_stop(llmc__store_worker *worker) {
    if (!worker || worker->stopped)
        return;
    llmc__mutex_lock(&worker->lock);
    worker->closing = true;
    llmc__cond_broadcast(&worker->changed);
    llmc__mutex_unlock(&worker->lock);
    llmc__thread_join(&worker->thread);
    worker->stopped = true;
}

void llmc__store_worker_free(llmc__store_worker *worker) {
    if (!worker)
        return;
    llmc__store_worker_stop(worker);
    llmc__cond_destroy(&worker->changed);
    llmc__mutex_destroy(&worker->lock);
    llmc__mem_free(worker);
}

bool llmc__store_worker_post(llmc__store_worker *worker, llmc__store_op *op) {
    bool posted = false;
    llmc__mutex_lock(&worker->lock);
    if (worker->waiting.count < MAX_WAITING && !worker->closing) {
        llmc__list_push_back(&worker->waiting, &op->node);
        llmc__cond_broadcast(&worker->changed);
        posted = true;
    }
    llmc__mutex_unlock(&worker->lock);
    return posted;
}
