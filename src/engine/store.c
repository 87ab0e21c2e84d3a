/*
 * The store behind the cache: gets that calls and texts wait for, at most cache_store_timeout_ms, and puts that nobody
 * waits for. Whatever goes wrong is a miss.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "engine/store_worker.h"
#include "llmclient/store.h"
#include "model/error.h"

/* How long a put or a clear may take: nobody waits for it. */
#define LATER_MS 10000

/* One operation, from any thread to any thread; freed when its `done` has come and its task has run. */
typedef struct operation {
    llmc__store_op op;
    llmc__task task;
    llmc_client *client;     /* counted */
    llmc__store_asker asker; /* of a get */
    struct llmc_store *store;
    llmc__record_key key;
    llmc__buf value; /* of a put */
    int64_t ttl_ms;
    llmc_response *found; /* counted; what a get found */
    llmc__record_life life;
} operation;

#define OPERATION(ptr, member) LLMC__CONTAINER(ptr, operation, member)

static void operation_free(operation *o) {
    llmc_client *client = o->client;
    llmc__buf_free(&o->value);
    llmc__response_unref(o->found);
    if (o->asker.release)
        o->asker.release(o->asker.ctx);
    llmc__mem_free(o);
    llmc__client_unref(client);
}

/* `carried` tells the key; NULL: there is none. */
static operation *operation_new(llmc_client *client, const llmc__cache_call *carried) {
    operation *o = llmc__mem_calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->client = llmc__client_ref(client);
    o->store = client->caching.store;
    llmc__buf_init(&o->value, LLMC_STORE_MAX_VALUE);
    if (carried)
        llmc__record_key_make(carried->shared_bytes, carried->shared_len, client->options.cache_salt, &o->key);
    return o;
}

/* ---- the store itself ---- */

llmc_status llmc__store_check(const struct llmc_store *store) {
    if (!store)
        return LLMC_OK;
    if (store->version != LLMC_STORE_VERSION)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.cache_store is of version %u; this library knows %d", (unsigned)store->version,
                                LLMC_STORE_VERSION);
    if (store->size < sizeof *store)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.cache_store->size is smaller than llmc_store: compile the store anew");
    if (!store->name || !store->get || !store->put || !store->remove || !store->clear || !store->close)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.cache_store lacks a member: all up to close are needed");
    return LLMC_OK;
}

void llmc__store_own(llmc_client *client, struct llmc_store *store) {
    client->caching.store = store;
    if (!store)
        return;
    store->on_log = client->options.on_log;
    store->log_user_data = client->options.log_user_data;
}

/* ---- operations ---- */

/* To the store, by way of the worker if it may wait. */
static void start(operation *o, int64_t timeout_ms) {
    llmc__store_worker *worker = o->client->caching.worker;
    o->op.due_us = llmc__deadline_after(llmc__clock_us(), timeout_ms);
    if (!worker)
        o->op.run(&o->op, timeout_ms);
    else if (!llmc__store_worker_post(worker, &o->op))
        o->op.drop(&o->op);
}

/* ---- get ---- */

static void tell(llmc__task *task) {
    operation *o = OPERATION(task, task);
    o->asker.told(o->asker.ctx, o->found, &o->life);
    operation_free(o);
}

static void go_on(operation *o) {
    if (llmc__engine_post(o->asker.engine, &o->task) != LLMC_OK)
        operation_free(o); /* the client ends, and who asks with it */
}

static void count_fault(const operation *o) {
    atomic_fetch_add_explicit(&o->client->caching.store_faults, 1, memory_order_relaxed);
}

static void on_value(void *ctx, llmc_store_result result, const void *value, size_t len) {
    operation *o = ctx;
    if (result != LLMC_STORE_DONE && result != LLMC_STORE_ABSENT)
        count_fault(o);
    if (result == LLMC_STORE_DONE && value)
        (void)llmc__record_read(value, len, &o->key, o->client->options.max_response_bytes, &o->life, &o->found);
    go_on(o);
}

static void run_get(llmc__store_op *op, int64_t timeout_ms) {
    operation *o = OPERATION(op, op);
    o->store->get(o->store, o->key.bytes, timeout_ms, on_value, o);
}

static void drop_get(llmc__store_op *op) {
    count_fault(OPERATION(op, op));
    go_on(OPERATION(op, op));
}

bool llmc__caching_ask(llmc_client *client, const llmc__cache_call *carried, const llmc__store_asker *asker,
                       int64_t timeout_ms) {
    operation *o;
    if (!carried || !carried->shared_bytes || carried->refreshes || !carried->looks)
        return false;
    o = operation_new(client, carried);
    if (!o)
        return false;
    o->asker = *asker;
    o->op.run = run_get;
    o->op.drop = drop_get;
    o->task.run = tell;
    start(o, timeout_ms);
    return true;
}

/* With an answer or without, the call goes on, unless it has gone on by itself. */
static void tell_call(void *ctx, llmc_response *found, const llmc__record_life *life) {
    llmc_call *call = ctx;
    if (!call->flying || call->leg->rung != LLMC__RUNG_STORE)
        return;
    call->leg->rung = LLMC__RUNG_NONE;
    call->leg->rung_due_us = INT64_MAX;
    if (found)
        llmc__caching_serve(call, found, life);
    else
        llmc__call_drive(call, LLMC__ROUTE);
}

static void release_call(void *ctx) {
    llmc__call_unref(ctx);
}

bool llmc__caching_ask_store(llmc_call *call) {
    int64_t timeout_ms = call->client->options.cache_store_timeout_ms;
    llmc__store_asker asker = {call->engine, tell_call, release_call, llmc__call_ref(call)};
    if (llmc__caching_ask(call->client, call->caching, &asker, timeout_ms)) {
        llmc__deadline_rung(call->leg, LLMC__RUNG_STORE, llmc__loop_now_us(call->engine->loop), timeout_ms);
        return true;
    }
    llmc__call_unref(call);
    return false;
}

/* ---- put, clear ---- */

static void on_finished(void *ctx, llmc_store_result result, const void *value, size_t len) {
    (void)value, (void)len;
    if (result != LLMC_STORE_DONE && result != LLMC_STORE_ABSENT)
        count_fault(ctx);
    operation_free(ctx);
}

static void drop_quietly(llmc__store_op *op) {
    count_fault(OPERATION(op, op));
    operation_free(OPERATION(op, op));
}

static void run_put(llmc__store_op *op, int64_t timeout_ms) {
    operation *o = OPERATION(op, op);
    o->store->put(o->store, o->key.bytes, o->value.data, o->value.len, o->ttl_ms, timeout_ms, on_finished, o);
}

void llmc__store_put(llmc_client *client, const llmc__cache_call *carried, const llmc_response *response,
                     const llmc__cache_life *life) {
    llmc__record_life record = {llmc__clock_wall_s() * 1000, life->ttl_us, life->stale_us, life->error_us,
                                life->delta_us};
    operation *o;
    if (!client->caching.store || !carried->shared_bytes)
        return;
    o = operation_new(client, carried);
    if (!o)
        return;
    if (llmc__record_write(response, client->options.cache_keep_http, &record, &o->key, &o->value) != LLMC_OK) {
        operation_free(o);
        return;
    }
    o->op.run = run_put;
    o->op.drop = drop_quietly;
    o->ttl_ms = (life->ttl_us + (life->stale_us > life->error_us ? life->stale_us : life->error_us)) / 1000 + 1;
    start(o, LATER_MS);
}

static void run_clear(llmc__store_op *op, int64_t timeout_ms) {
    operation *o = OPERATION(op, op);
    o->store->clear(o->store, timeout_ms, on_finished, o);
}

void llmc__store_clear(llmc_client *client) {
    operation *o = client->caching.store ? operation_new(client, NULL) : NULL;
    if (!o)
        return;
    o->op.run = run_clear;
    o->op.drop = drop_quietly;
    start(o, LATER_MS);
}
