/*
 * The state machine of a call: each state is one function that returns the next, and the driver is a switch. The only
 * way back is from JUDGE to ROUTE. Retry, breaker, limits, fallback and cache decide inside these boxes.
 */
#include <limits.h>

#include "engine/call.h"
#include "engine/engine.h"

static void set_fault(llmc_call *call, llmc_status status, const char *message) {
    call->outcome = status;
    llmc__error_set(&call->fault, status, "%s", message ? message : llmc_status_message(status));
}

/* ADMIT: a call cancelled on its way here is not sent; here a cache hit or a twin in flight ends it. */
static llmc__state admit(llmc_call *call) {
    if (atomic_load_explicit(&call->cancel_asked, memory_order_relaxed)) {
        set_fault(call, LLMC_ERR_CANCELLED, NULL);
        return LLMC__JUDGE;
    }
    return LLMC__ROUTE;
}

/* ROUTE: goes when a connection is free and nobody waits before it, else waits in the bounded queue. */
static llmc__state route(llmc_call *call) {
    llmc__engine *engine = call->engine;
    llmc__net_origin origin = llmc__call_origin(call);
    if (!llmc__list_first(&engine->loop_data.queue) && llmc__net_has_room(engine->net, &origin))
        return LLMC__SEND;
    if (engine->loop_data.queue.count >= engine->max_queued) {
        set_fault(call, LLMC_ERR_QUEUE_FULL, NULL);
        return LLMC__JUDGE;
    }
    llmc__list_push_back(&engine->loop_data.queue, &call->queue_node);
    atomic_fetch_add_explicit(&call->client->counters.queued, 1, memory_order_relaxed);
    llmc__deadline_rung(call, LLMC__RUNG_QUEUE, llmc__loop_now_us(engine->loop), call->timeouts.queue_ms);
    return call->outcome == LLMC_OK ? LLMC__WAIT : LLMC__JUDGE;
}

/* SEND: the transfer's callbacks drive the call on. */
static llmc__state send_out(llmc_call *call) {
    llmc_status status = llmc__attempt_start(call);
    if (status == LLMC_OK)
        return LLMC__WAIT;
    set_fault(call, status, "the transfer could not be started");
    return LLMC__JUDGE;
}

/* JUDGE: here a retry or the next target would lead back to ROUTE; without them the attempt's outcome is the call's. */
static llmc__state judge(llmc_call *call) {
    llmc_response *response = call->response;
    llmc__attempt_close(call);
    response->status = call->outcome;
    if (call->outcome != LLMC_OK) {
        llmc__error_clear(&response->error);
        response->error = call->fault;
        llmc__error_init(&call->fault);
    }
    return LLMC__SETTLE;
}

/* SETTLE: the response is final from here on. */
static llmc__state settle(llmc_call *call) {
    llmc__engine *engine = call->engine;
    llmc__deadline_stop(call);
    if (llmc__list_linked(&call->queue_node)) {
        llmc__list_remove(&engine->loop_data.queue, &call->queue_node);
        atomic_fetch_sub_explicit(&call->client->counters.queued, 1, memory_order_relaxed);
    }
    call->settled = true;
    call->response->latency_ms = llmc__call_age_us(call) / 1000;
    llmc__http_request_free(&call->http);
    llmc__list_push_back(&engine->loop_data.settle, &call->settle_node);
    return LLMC__WAIT;
}

void llmc__call_drive(llmc_call *call, llmc__state state) {
    while (state != LLMC__WAIT) {
        switch (state) {
        case LLMC__ADMIT:
            state = admit(call);
            break;
        case LLMC__ROUTE:
            state = route(call);
            break;
        case LLMC__SEND:
            state = send_out(call);
            break;
        case LLMC__JUDGE:
            state = judge(call);
            break;
        case LLMC__SETTLE:
            state = settle(call);
            break;
        case LLMC__WAIT:
            break;
        }
    }
}
