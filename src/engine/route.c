/*
 * ROUTE: where a call goes. Candidates are the targets of its model, of a named route or of its fallbacks, each with
 * all keys of its provider. The preferred one is taken if its breaker, its limits and its concurrency let it; else the
 * next that can go at once; else the call waits for the one that is ready first.
 */
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/error.h"

llmc__candidate *llmc__route_at(llmc_call *call, size_t index) {
    return index == 0 ? &call->first : &call->others[index - 1];
}

size_t llmc__route_index(const llmc_call *call, const llmc__candidate *candidate) {
    return candidate == &call->first ? 0 : (size_t)(candidate - call->others) + 1;
}

llmc__net_origin llmc__route_origin(const llmc__candidate *candidate) {
    const llmc__target *t = candidate->target;
    return (llmc__net_origin){t->pool_id, t->base_url, t->ca_file, t->proxy, t->no_proxy, false};
}

/* The first behind `after`, round and round, that can be used and has failed less than `failures` times. */
static llmc__candidate *other(llmc_call *call, const llmc__candidate *after, uint32_t failures) {
    int64_t now = llmc__loop_now_us(call->engine->loop);
    size_t from = llmc__route_index(call, after);
    for (size_t i = 1; i < call->candidate_count; i++) {
        llmc__candidate *c = llmc__route_at(call, (from + i) % call->candidate_count);
        if (!c->spent && c->failures < failures && llmc__health_usable(c->health, c->target, c->model, now))
            return c;
    }
    return NULL;
}

llmc__candidate *llmc__route_next(llmc_call *call, const llmc__candidate *after) {
    return other(call, after, after->spent ? UINT32_MAX : after->failures);
}

llmc__candidate *llmc__route_beside(llmc_call *call, const llmc__candidate *first) {
    return other(call, first, UINT32_MAX);
}

/* ---- writing the request for another target ---- */

static bool encode_for(llmc__leg *leg, llmc__candidate *candidate) {
    llmc_call *call = leg->call;
    llmc_error fault;
    llmc_status status;
    if (leg->encoded_for == candidate)
        return true;
    llmc__error_init(&fault);
    llmc__http_request_free(&leg->http);
    status = llmc__operation_encode(call, candidate, call->request, &leg->http, &fault);
    leg->encoded_for = status == LLMC_OK ? candidate : NULL;
    if (status != LLMC_OK && (leg->outcome == LLMC_OK || call->attempts == 0)) {
        llmc__error_clear(&leg->fault);
        leg->outcome = status;
        leg->fault = fault;
    } else {
        llmc__error_clear(&fault);
    }
    return status == LLMC_OK;
}

/* ---- choosing ---- */

typedef struct choice {
    llmc__candidate *ready;   /* may go now; its admission is taken */
    llmc__candidate *waits;   /* may go soonest of those that must wait */
    int64_t wait_us;          /* for `waits`; negative: until another call ends, -n: or n have passed, from 2 on */
    llmc__candidate *refused; /* by a breaker, or its key is out */
    llmc__gate refused_gate;
    int64_t refused_us;
} choice;

static void note_gate(choice *found, llmc__candidate *candidate, llmc__gate gate, int64_t wait_us) {
    if (gate == LLMC__GATE_BUSY)
        wait_us = wait_us > 0 ? -wait_us : -1;
    if (gate == LLMC__GATE_WAIT || gate == LLMC__GATE_BUSY) {
        if (!found->waits || (found->wait_us > 0 && wait_us < found->wait_us)) {
            found->waits = candidate;
            found->wait_us = wait_us;
        }
    } else if (!found->refused || wait_us < found->refused_us) {
        found->refused = candidate;
        found->refused_gate = gate;
        found->refused_us = wait_us;
    }
}

static void choose(llmc_call *call, choice *found) {
    llmc__leg *leg = call->leg;
    int64_t now = llmc__loop_now_us(call->engine->loop);
    size_t from = llmc__route_index(call, leg->candidate);
    call->money_refused = false;
    for (size_t i = 0; i < call->candidate_count && !found->ready; i++) {
        llmc__candidate *c = llmc__route_at(call, (from + i) % call->candidate_count);
        int64_t wait_us = 0;
        llmc__gate gate;
        if (c->spent)
            continue;
        gate =
            llmc__health_enter(c->health, c->target, c->model, call->tokens_estimate, now, &leg->admission, &wait_us);
        if (gate == LLMC__GATE_GO && encode_for(leg, c) && llmc__costing_reserve(leg, c)) {
            found->ready = c;
        } else if (gate == LLMC__GATE_GO) { /* it does not take the request, or costs too much */
            llmc__lesson nothing = {.status = LLMC_ERR_UNSUPPORTED,
                                    .retry_after_ms = -1,
                                    .tokens_used = -1,
                                    .ttft_us = -1,
                                    .never_sent = true};
            llmc__health_leave(&leg->admission, &nothing, now);
            c->spent = true;
        } else {
            note_gate(found, c, gate, wait_us);
        }
    }
}

/* Nobody can be asked. An attempt made before says more than that. */
static llmc__state refuse(llmc_call *call, const choice *found) {
    llmc__leg *leg = call->leg;
    const char *name = found->refused ? found->refused->target->name : "";
    bool open = found->refused && found->refused_gate == LLMC__GATE_OPEN;
    if (open)
        atomic_fetch_add_explicit(&call->client->counters.breaker_refusals, 1, memory_order_relaxed);
    if (call->attempts > 0 || call->money_refused || !found->refused) {
        llmc__attempt_next(leg, LLMC_NEXT_GIVE_UP, 0,
                           call->money_refused ? "a spending limit allows no further attempt"
                           : open              ? "the provider's circuit breaker is open"
                                               : "no other target can be used");
        return LLMC__SETTLE;
    }
    leg->outcome = open ? LLMC_ERR_BREAKER_OPEN : LLMC_ERR_AUTH;
    if (open)
        llmc__error_set(
            &leg->fault, leg->outcome,
            "the circuit breaker of provider \"%s\" is open after failures in a row; it lets a call through "
            "in %lld ms",
            name, (long long)found->refused_us / 1000 + 1);
    else
        llmc__error_set(&leg->fault, leg->outcome,
                        "provider \"%s\" has refused every key (401, 403 or quota): mend them with "
                        "llmc_client_set_provider, or call llmc_client_reset_circuit_breakers",
                        name);
    leg->fault.retryable = open;
    leg->fault.retry_after_ms = found->refused_us / 1000 + 1;
    return LLMC__SETTLE;
}

static llmc__state wait_for(llmc_call *call, llmc__candidate *candidate, int64_t wait_us) {
    llmc__leg *leg = call->leg;
    bool keep = call->popped;
    llmc__engine *engine = call->engine;
    if (engine->loop_data.waiting >= engine->max_queued) {
        llmc__call_blame(call, LLMC_ERR_QUEUE_FULL, NULL);
        return LLMC__SETTLE;
    }
    leg->candidate = candidate;
    if (leg->rung != LLMC__RUNG_QUEUE)
        llmc__deadline_rung(leg, LLMC__RUNG_QUEUE, llmc__loop_now_us(engine->loop), call->timeouts.queue_ms);
    if (leg->outcome == LLMC_ERR_NO_MEMORY)
        return LLMC__SETTLE;
    if (!llmc__lane_wait(call, candidate->health, wait_us, keep)) {
        llmc__call_blame(call, LLMC_ERR_NO_MEMORY, NULL);
        return LLMC__SETTLE;
    }
    return LLMC__WAIT;
}

/* A pause that outlasts the call is told at once, not waited for. */
static bool too_long(const llmc_call *call, int64_t wait_us) {
    int64_t now = llmc__loop_now_us(call->engine->loop);
    int64_t due = llmc__flight_due_us(call);
    int64_t queue_due = call->leg->rung == LLMC__RUNG_QUEUE ? call->leg->rung_due_us
                                                            : llmc__deadline_after(now, call->timeouts.queue_ms);
    if (queue_due < due)
        due = queue_due;
    return wait_us > 0 && due != INT64_MAX && wait_us > due - now;
}

static llmc__state refuse_wait(llmc_call *call, const choice *found) {
    llmc__leg *leg = call->leg;
    if (call->attempts > 0) {
        llmc__attempt_next(leg, LLMC_NEXT_GIVE_UP, 0, "the provider's limits ask for a longer pause than the call has");
        return LLMC__SETTLE;
    }
    leg->outcome = LLMC_ERR_RATE_LIMITED;
    llmc__error_set(&leg->fault, leg->outcome,
                    "the limits of provider \"%s\" let nothing go for %lld ms, which is longer than this call may wait",
                    found->waits->target->name, (long long)found->wait_us / 1000 + 1);
    leg->fault.retryable = true;
    leg->fault.retry_after_ms = found->wait_us / 1000 + 1;
    return LLMC__SETTLE;
}

llmc__state llmc__route(llmc_call *call) {
    llmc__leg *leg = call->leg;
    llmc__candidate *preferred = llmc__route_at(call, llmc__route_index(call, leg->candidate));
    llmc__net_origin origin = llmc__route_origin(preferred);
    choice found = {.wait_us = INT64_MAX, .refused_us = INT64_MAX};
    if ((!call->popped && llmc__lane_must_wait(call->engine, preferred->health)) ||
        !llmc__net_has_room(call->engine->net, &origin))
        return wait_for(call, preferred, 0);
    choose(call, &found);
    if (found.ready) {
        leg->candidate = found.ready;
        call->popped = false;
        return LLMC__SEND;
    }
    if (found.waits && too_long(call, found.wait_us))
        return refuse_wait(call, &found);
    if (found.waits)
        return wait_for(call, found.waits, found.wait_us);
    return refuse(call, &found);
}
