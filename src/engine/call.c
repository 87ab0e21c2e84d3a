/* A call's life: made and encoded by the caller's thread, then given to a loop. */
#include "engine/call.h"

#include <limits.h>
#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine.h"

/* Request bodies may hold images; a server refuses far earlier than this. */
#define MAX_REQUEST_BYTES ((size_t)256 << 20)

static int64_t pick(int64_t of_request, int64_t of_client) {
    return of_request ? of_request : of_client;
}

static void resolve_timeouts(llmc__timeouts *out, const llmc__timeouts *own, const llmc_client_options *options) {
    out->queue_ms = pick(own->queue_ms, options->queue_timeout_ms);
    out->connect_ms = pick(own->connect_ms, options->connect_timeout_ms);
    out->first_byte_ms = pick(own->first_byte_ms, options->first_byte_timeout_ms);
    out->first_content_ms = pick(own->first_content_ms, options->first_content_timeout_ms);
    out->idle_ms = pick(own->idle_ms, options->idle_timeout_ms);
    out->total_ms = pick(own->total_ms, options->timeout_ms);
}

/* Loops of the client take calls in turn; a callback's calls stay in its own loop, which is awake. */
static llmc__engine *choose_engine(llmc_client *client, bool spread) {
    llmc__engine *mine = spread ? NULL : llmc__engine_current(client);
    if (mine || client->engine_count == 1)
        return mine ? mine : client->engines[0];
    return client
        ->engines[atomic_fetch_add_explicit(&client->next_engine, 1, memory_order_relaxed) % client->engine_count];
}

static llmc_status init_parts(llmc_call *call, llmc_client *client, const llmc__hooks *hooks) {
    llmc_status status = llmc__mutex_init(&call->lock);
    if (status != LLMC_OK)
        return status;
    status = llmc__cond_init(&call->ended_cond);
    if (status != LLMC_OK) {
        llmc__mutex_destroy(&call->lock);
        return status;
    }
    atomic_init(&call->refs, 1);
    call->client = llmc__client_ref(client);
    call->hooks = *hooks;
    call->rung_due_us = call->total_due_us = INT64_MAX;
    call->started_us = llmc__clock_us();
    llmc__error_init(&call->fault);
    llmc__http_request_init(&call->http, MAX_REQUEST_BYTES);
    call->response = llmc__response_new(client->options.max_response_bytes);
    return call->response ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

static llmc_call *allocate(llmc_client *client, const llmc__hooks *hooks) {
    llmc_call *call = llmc__mem_calloc(1, sizeof *call);
    llmc_status status;
    if (!call)
        return NULL;
    status = init_parts(call, client, hooks);
    if (status == LLMC_OK)
        return call;
    if (call->client)
        llmc__call_unref(call);
    else
        llmc__mem_free(call);
    return NULL;
}

/* Room for what is about to be written, so that it is not grown piece by piece; a failure shows when it is written. */
static void reserve(llmc_call *call, const llmc_request *request) {
    size_t text = 512;
    for (size_t i = 0; i < request->message_count; i++)
        text += request->messages[i].text_len + 64;
    (void)llmc__buf_reserve(&call->http.body, text);
    (void)llmc__buf_reserve(&call->http.headers, 512);
    (void)llmc__buf_reserve(&call->http.url, 128);
}

/* Finds the target and writes the HTTP request. The reason of a failure goes to the call's response. */
static llmc_status encode(llmc_call *call, const llmc_request *request) {
    llmc_error *error = &call->response->error;
    const char *model = NULL;
    llmc_status status = llmc__targets_resolve(call->client, request->model, &call->target, &model);
    if (status != LLMC_OK) {
        llmc__error_set(error, status, "%s", llmc__error_last_text());
        return status;
    }
    resolve_timeouts(&call->timeouts, &request->timeouts, &call->client->options);
    call->model = llmc__mem_strdup(model);
    call->response->provider = llmc__mem_strdup(call->target->name);
    if (!call->model || !call->response->provider)
        return LLMC_ERR_NO_MEMORY;
    call->http.stream = call->hooks.streamed;
    reserve(call, request);
    return call->target->provider->encode(call->target, model, request, call->hooks.streamed, &call->http, error);
}

/* Leaves the reason of `status` in the thread's last error and, where asked for, in a response of its own. */
static void refuse(llmc_call *call, llmc_status status, llmc_response **response) {
    llmc_error *error = &call->response->error;
    if (error->status == LLMC_OK)
        llmc__error_set(error, status, "%s", llmc_status_message(status));
    call->response->status = status;
    llmc__error_last(status, "%s", error->message ? error->message : llmc_status_message(status));
    if (response)
        *response = llmc__response_ref(call->response);
}

llmc_status llmc__call_new(llmc_client *client, const llmc_request *request, const llmc__hooks *hooks, llmc_call **out,
                           llmc_response **response) {
    llmc_call *call = NULL;
    llmc_status status = llmc__client_check(client);
    *out = NULL;
    if (response)
        *response = NULL;
    if (status != LLMC_OK)
        return status;
    if (!request)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request is NULL");
    call = allocate(client, hooks);
    if (!call)
        return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a call");
    status = encode(call, request);
    if (status != LLMC_OK) {
        refuse(call, status, response);
        llmc__call_unref(call);
        return status;
    }
    call->engine = choose_engine(client, hooks->spread);
    *out = call;
    return LLMC_OK;
}

/* The inbox is bounded too: by what may queue and what may run, an HTTP/2 connection taking 100. */
static bool too_many(const llmc_client *client) {
    int64_t limit = (int64_t)client->options.max_queued + (int64_t)client->options.max_connections * 100;
    return atomic_load_explicit(&client->active, memory_order_relaxed) >= limit;
}

llmc_status llmc__call_submit(llmc_call *call) {
    llmc_client *client = call->client;
    llmc_status status;
    if (too_many(client))
        return llmc__error_last(LLMC_ERR_QUEUE_FULL, "the client holds max_queued (%u) calls already",
                                client->options.max_queued);
    atomic_fetch_add_explicit(&client->active, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&client->counters.started, 1, memory_order_relaxed);
    status = llmc__engine_submit(call->engine, call);
    if (status != LLMC_OK) {
        atomic_fetch_sub_explicit(&client->active, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&client->counters.started, 1, memory_order_relaxed);
        return llmc__error_last(status, "the client is being freed");
    }
    return LLMC_OK;
}

llmc_call *llmc__call_ref(llmc_call *call) {
    if (call)
        atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    return call;
}

void llmc__call_unref(llmc_call *call) {
    llmc_client *client;
    if (!call || atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) != 1)
        return;
    client = call->client;
    llmc__response_unref(call->response);
    llmc__http_request_free(&call->http);
    llmc__error_clear(&call->fault);
    llmc__target_unref(call->target);
    llmc__mem_free(call->model);
    llmc__cond_destroy(&call->ended_cond);
    llmc__mutex_destroy(&call->lock);
    llmc__mem_free(call);
    llmc__client_unref(client);
}

int64_t llmc__call_age_us(const llmc_call *call) {
    int64_t age = llmc__loop_now_us(call->engine->loop) - call->started_us;
    return age > 0 ? age : 0;
}

llmc__net_origin llmc__call_origin(const llmc_call *call) {
    const llmc__target *t = call->target;
    return (llmc__net_origin){t->pool_id, t->base_url, t->ca_file, t->proxy, t->no_proxy};
}

void llmc__call_resume(llmc_call *call) {
    llmc__engine_resume(call->engine, call);
}

static bool has_ended(void *ctx) {
    return ((llmc_call *)ctx)->ended;
}

static void cancel_it(void *ctx) {
    llmc_call_cancel(ctx);
}

bool llmc__call_wait(llmc_call *call, int64_t due_us, llmc_interrupt_fn interrupt, void *interrupt_data) {
    llmc__wait wait = {&call->lock, &call->ended_cond, has_ended, interrupt, interrupt_data, cancel_it, call};
    return llmc__engine_wait(call->client, &wait, due_us);
}

/* ---- the handle's public verbs ---- */

llmc_call *llmc_call_ref(llmc_call *call) {
    return llmc__call_ref(call);
}

void llmc_call_unref(llmc_call *call) {
    llmc__call_unref(call);
}

void llmc_call_cancel(llmc_call *call) {
    if (!call || atomic_exchange(&call->cancel_asked, true))
        return;
    llmc__engine_cancel(call->engine, call);
}
