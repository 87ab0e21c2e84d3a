/*
 * The state machine of a flight: each state is one function that returns the next, and the driver is a switch. The only
 * way back is from JUDGE to ROUTE.
 */
#include <limits.h>

#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"

/* Overrides what an attempt before left: its message is kept behind the new one, its provider's words stay. */
void llmc__call_blame(llmc_call *call, llmc_status status, const char *message) {
    llmc__leg *leg = call->leg;
    const char *before = leg->outcome != LLMC_OK && leg->fault.message ? leg->fault.message : NULL;
    leg->outcome = status;
    llmc__error_set(&leg->fault, status, "%s%s%s%s%s", llmc_status_message(status), message ? ": " : "",
                    message ? message : "", before ? "; the attempt before had failed: " : "", before ? before : "");
    leg->fault.retryable = false;
}

/* The text is the cache's, but the handle is this call's. */
void llmc__call_serve(llmc_call *call, llmc_response *handle) {
    llmc_status status = llmc__event_replay(call, handle);
    if (status != LLMC_OK) {
        handle->status = status;
        llmc__error_set(&handle->error, status, "%s", llmc_status_message(status));
    }
    if (call->answered)
        llmc__response_unref(handle);
    else
        llmc__call_answer(call, handle);
}

static llmc__state serve_hit(llmc_call *call) {
    llmc_response *hit = call->hit;
    call->hit = NULL;
    llmc__call_serve(call, hit);
    return LLMC__WAIT;
}

/* ADMIT: a call cancelled on its way here is not sent; one with a twin in flight follows it. */
static llmc__state admit(llmc_call *call) {
    if (call->hit)
        return serve_hit(call); /* faster than any cancel; it has no targets to be judged by */
    if (atomic_load_explicit(&call->cancel_asked, memory_order_relaxed)) {
        call->flying = true;
        llmc__call_blame(call, LLMC_ERR_CANCELLED, NULL);
        return LLMC__JUDGE;
    }
    if (call->flight_key && llmc__flight_join(call)) {
        llmc__deadline_arm(call);
        return LLMC__WAIT;
    }
    /* Its twin may have ended between this call's look at the cache and now. */
    if ((call->hit = llmc__caching_again(call)))
        return serve_hit(call);
    call->flying = true;
    if (call->flight_key)
        llmc__flight_list(call);
    return llmc__caching_ask_store(call) ? LLMC__WAIT : LLMC__ROUTE;
}

/* SEND: the transfer's callbacks drive the call on. */
static llmc__state send_out(llmc_call *call) {
    llmc_status status = llmc__attempt_start(call->leg);
    if (status == LLMC_OK) {
        llmc__hedge_plan(call);
        return LLMC__WAIT;
    }
    if (call->leg->outcome == LLMC_OK || call->leg->fault.status != status)
        llmc__call_blame(call, status, "the transfer could not be started");
    return LLMC__JUDGE;
}

static void release(llmc_call *call) {
    llmc__list_remove(&call->engine->loop_data.active, &call->active_node);
    llmc__call_unref(call);
}

/* A cached answer that is past its time is better than none: it takes the failed one's place, and its trace. */
static bool stand_in(llmc_call *call) {
    llmc__leg *leg = call->leg;
    llmc_response *instead = llmc__caching_instead(call, leg->outcome);
    llmc_status status;
    if (!instead)
        return false;
    llmc__response_take_attempts(instead, leg->response);
    llmc__response_unref(leg->response);
    leg->response = instead;
    leg->outcome = LLMC_OK;
    call->caching->stores = false;
    status = llmc__event_replay(call, instead);
    if (status != LLMC_OK)
        llmc__call_blame(call, status, NULL);
    return true;
}

static llmc_response *final_response(llmc__leg *leg) {
    llmc_response *response = leg->response;
    leg->response = NULL;
    response->status = leg->outcome;
    response->latency_ms = llmc__call_age_us(leg->call) / 1000;
    llmc__costing_finish(leg->call, response);
    if (leg->outcome == LLMC_OK)
        return response;
    llmc__error_clear(&response->error);
    response->error = leg->fault;
    llmc__error_init(&leg->fault);
    return response;
}

/* SETTLE: the flight is over, its answer final. */
static llmc__state settle(llmc_call *call) {
    llmc_response *response;
    llmc__leg *leg;
    llmc__hedge_drop(call);
    llmc__lane_leave(call);
    leg = call->leg;
    if (leg->outcome != LLMC_OK)
        (void)stand_in(call);
    response = final_response(leg);
    llmc__caching_settle(call, response);
    call->flying = false;
    call->hedge_due_us = INT64_MAX;
    llmc__http_request_free(&leg->http);
    llmc__flight_end(call, response);
    llmc__deadline_stop(call);
    if (!call->answered) {
        llmc__call_answer(call, response);
        return LLMC__WAIT;
    }
    llmc__response_unref(response);
    if (call->ended)
        release(call);
    return LLMC__WAIT;
}

void llmc__call_answer(llmc_call *call, llmc_response *response) {
    if (!response->from_cache)
        response->latency_ms = llmc__call_age_us(call) / 1000;
    call->response = response;
    call->answered = true;
    if (!call->flying)
        llmc__deadline_stop(call);
    llmc__list_push_back(&call->engine->loop_data.settle, &call->settle_node);
}

/* The flight goes on for those who follow it; this call's user gets what has come so far. */
static void hand_over(llmc_call *call, llmc_status status, const char *what) {
    llmc_response *own = llmc__flight_part(call, call->leg->response, status, what);
    llmc__call_answer(call, own);
    llmc__deadline_arm(call);
}

void llmc__call_leave(llmc_call *call, llmc_status status, const char *what) {
    llmc__leg *leg;
    if (call->answered)
        return;
    if (call->leader) {
        llmc__flight_leave(call, status, what);
        return;
    }
    if (call->followers.count) {
        hand_over(call, status, what);
        return;
    }
    llmc__hedge_drop(call);
    leg = call->leg;
    if (leg->running)
        llmc__attempt_abort(leg, status, what);
    else
        llmc__call_blame(call, status, what);
    llmc__call_drive(call, LLMC__JUDGE);
}

void llmc__call_drive(llmc_call *call, llmc__state state) {
    while (state != LLMC__WAIT) {
        switch (state) {
        case LLMC__ADMIT:
            state = admit(call);
            break;
        case LLMC__ROUTE:
            state = llmc__route(call);
            break;
        case LLMC__SEND:
            state = send_out(call);
            break;
        case LLMC__JUDGE:
            state = llmc__judge(call);
            break;
        case LLMC__SETTLE:
            state = settle(call);
            break;
        case LLMC__WAIT:
            break;
        }
    }
}
