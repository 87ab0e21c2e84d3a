/* A call's life: made and encoded by the caller's thread, then given to a loop. */
#include "engine/call.h"

#include <limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "model/tokens.h"

/* Request bodies may hold images; a server refuses far earlier than this. */
#define MAX_REQUEST_BYTES ((size_t)256 << 20)

/* What malloc keeps at hand for each thread; a call beyond it costs some 500 instructions more. */
#if defined(__GLIBC__) && defined(__x86_64__)
_Static_assert(sizeof(llmc_call) <= 1032, "a call is larger than what glibc keeps for each thread");
#endif

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

static void init_leg(llmc_call *call) {
    call->leg = &call->own;
    call->own.call = call;
    call->own.rung_due_us = call->hedge_due_us = call->total_due_us = INT64_MAX;
    llmc__error_init(&call->own.fault);
    llmc__http_request_init(&call->own.http, MAX_REQUEST_BYTES);
    call->own.response = llmc__response_new(call->client->options.max_response_bytes);
}

static llmc_status init_parts(llmc_call *call, llmc_client *client, const llmc__hooks *hooks) {
    llmc_status status = llmc__mutex_init_with(&call->lock, &call->ended_cond);
    if (status != LLMC_OK)
        return status;
    atomic_init(&call->refs, 1);
    call->client = llmc__client_ref(client);
    call->hooks = *hooks;
    call->started_us = llmc__clock_us();
    llmc__list_init(&call->followers);
    init_leg(call);
    return call->own.response ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

static llmc_call *allocate(llmc_client *client, const llmc__hooks *hooks) {
    llmc_call *call = llmc__mem_zeroed(sizeof *call);
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
static void reserve(llmc__http_request *http, const llmc_request *request) {
    size_t text = 128;
    for (size_t i = 0; i < request->message_count; i++)
        text += request->messages[i].text_len + 48;
    if (request->input)
        text += llmc__input_bytes(request->input) + request->input->text_count * 8;
    (void)llmc__buf_reserve(&http->body, text);
    (void)llmc__buf_reserve(&http->headers, 255);
    (void)llmc__buf_reserve(&http->url, 79);
}

static void resolve_retries(llmc_call *call, const llmc_request *request) {
    const llmc_client_options *o = &call->client->options;
    int32_t retries = request->max_retries ? request->max_retries : o->max_retries;
    call->max_retries = retries > 0 ? retries : 0;
    call->retry_delay_ms = pick(request->retry_delay_ms, o->retry_delay_ms);
    call->priority = request->priority;
    if (request->op == LLMC__OP_CHAT) {
        call->hedge_delay_ms = pick(request->hedge_delay_ms, o->hedge_delay_ms);
        call->hedge_percentile = request->hedge_delay_ms ? 0 : o->hedge_percentile;
    } else { /* only where the request itself asks for it; what is uploaded is never sent twice at once */
        call->hedge_delay_ms = request->op == LLMC__OP_RAW ? -1 : request->hedge_delay_ms;
    }
    llmc__costing_plan(call, request);
}

/* Whether the request may have to be written again, for another target. */
static bool needs_request(const llmc_call *call) {
    return call->candidate_count > 1 || call->hedge_delay_ms > 0 || (call->hedge_percentile && !call->hedge_delay_ms);
}

/* A guess before sending, and as many as the answer may have. Lists and counts are for nothing. */
static int64_t estimate(const llmc_call *call, const llmc_request *request) {
    if (request->op == LLMC__OP_MODELS || request->op == LLMC__OP_COUNT_TOKENS)
        return 0;
    if (request->op != LLMC__OP_CHAT)
        return (int64_t)(call->own.http.body.len / 4);
    return llmc__tokens_of_request(request) + (request->has_max_tokens ? request->max_tokens : 0);
}

static void set_operation(llmc_call *call, const llmc_request *request) {
    llmc_response *response = call->own.response;
    call->op = request->op;
    call->input = llmc__input_ref(request->input);
    if (call->input && call->input->max_response_bytes)
        response->max_bytes = response->raw_body.max = call->input->max_response_bytes;
}

/* Finds the targets and writes the HTTP request for the first. The reason of a failure goes to the call's response. */
static llmc_status encode(llmc_call *call, const llmc_request *request) {
    llmc__leg *leg = &call->own;
    llmc_error *error = &leg->response->error;
    llmc_status status = llmc__route_plan(call, request, error);
    if (status != LLMC_OK)
        return status;
    resolve_timeouts(&call->timeouts, &request->timeouts, &call->client->options);
    resolve_retries(call, request);
    set_operation(call, request);
    leg->candidate = leg->encoded_for = &call->first;
    if (!llmc__response_word(leg->response, &leg->response->provider, call->first.target->name,
                             strlen(call->first.target->name)))
        return LLMC_ERR_NO_MEMORY;
    if (needs_request(call) && !(call->request = llmc__request_copy(request)))
        return LLMC_ERR_NO_MEMORY;
    call->rules = llmc__client_rules(call->client);
    leg->http.stream = call->hooks.streamed;
    if (llmc__operation_is_ours(call))
        return llmc__operation_answer(call, request, error);
    reserve(&leg->http, request);
    status = llmc__operation_encode(call, &call->first, request, &leg->http, error);
    if (status != LLMC_OK)
        status = llmc__route_encode_next(call, request, status, error);
    if (status == LLMC_OK)
        call->tokens_estimate = estimate(call, request);
    return status;
}

/* Leaves the reason of `status` in the thread's last error and, where asked for, in a response of its own. */
static void refuse(llmc_call *call, llmc_status status, llmc_response **response) {
    llmc_error *error = &call->own.response->error;
    if (error->status == LLMC_OK)
        llmc__error_set(error, status, "%s", llmc_status_message(status));
    call->own.response->status = status;
    call->own.response->cost_usd = 0;
    llmc__error_last(status, "%s", error->message ? error->message : llmc_status_message(status));
    if (response)
        *response = llmc__response_ref(call->own.response);
}

/* A hit needs no targets: it only takes its way through the loop. */
static llmc_status wait_for_hit(llmc_call *call, const llmc_request *request) {
    resolve_timeouts(&call->timeouts, &request->timeouts, &call->client->options);
    return LLMC_OK;
}

static llmc_status prepare(llmc_call *call, const llmc_request *request) {
    llmc_status status = encode(call, request);
    return status == LLMC_OK && !call->hit ? llmc__flight_name(call, request) : status;
}

llmc_status llmc__call_new(llmc_client *client, const llmc_request *request, const llmc__hooks *hooks, llmc_call **out,
                           llmc_response **response) {
    llmc_call *call = NULL;
    llmc_response *hit = NULL;
    llmc__cache_call *caching = hooks->caching;
    llmc_status status = llmc__client_check(client);
    *out = NULL;
    if (response)
        *response = NULL;
    if (status != LLMC_OK || !request) {
        llmc__cache_call_free(caching);
        return status != LLMC_OK ? status : llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request is NULL");
    }
    if (!hooks->looked)
        llmc__caching_look(client, request, hooks->refresh, &hit, &caching);
    call = allocate(client, hooks);
    if (!call) {
        llmc__response_unref(hit);
        llmc__cache_call_free(caching);
        return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a call");
    }
    call->hit = hit;
    call->caching = caching;
    call->may_lead = hooks->waits && !request->interrupt;
    status = hit ? wait_for_hit(call, request) : prepare(call, request);
    if (status != LLMC_OK) {
        refuse(call, status, response);
        llmc__call_unref(call);
        return status;
    }
    call->engine = call->flight_key ? llmc__flight_engine(call) : choose_engine(client, hooks->spread);
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
    if (call->leg != &call->own)
        llmc__mem_free(call->leg); /* settled: what it held is gone */
    llmc__response_unref(call->own.response);
    llmc__http_request_free(&call->own.http);
    llmc__error_clear(&call->own.fault);
    llmc__route_free(call);
    llmc__request_free(call->request);
    llmc__input_unref(call->input);
    llmc__rule_set_unref(call->rules);
    llmc__mem_free(call->flight_key);
    llmc__cache_call_free(call->caching);
    llmc__response_unref(call->hit);
    llmc__cond_destroy(&call->ended_cond);
    llmc__mutex_destroy(&call->lock);
    llmc__mem_free(call);
    llmc__client_unref(client);
}

int64_t llmc__call_age_us(const llmc_call *call) {
    int64_t age = llmc__loop_now_us(call->engine->loop) - call->started_us;
    return age > 0 ? age : 0;
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
    if (call->leads)
        llmc__lead_run(call);
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
