/*
 * Hedging: when an attempt has no content after a while, a second one starts beside it, at another target if there is
 * one. Whose content comes first wins, and the other is cancelled. A second attempt is paid from the retry budget.
 */
#include <limits.h>

#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"

static int64_t delay_us(const llmc_call *call) {
    const llmc__candidate *c = call->leg->candidate;
    int64_t learned;
    if (call->hedge_delay_ms < 0)
        return -1;
    if (call->hedge_percentile) {
        learned = llmc__health_percentile_us(c->health, c->target, c->model, call->hedge_percentile);
        if (learned >= 0)
            return learned;
    }
    return call->hedge_delay_ms > 0 ? call->hedge_delay_ms * 1000 : -1;
}

void llmc__hedge_plan(llmc_call *call) {
    int64_t delay = call->request ? delay_us(call) : -1;
    if (delay < 0 || call->hedge || call->committed)
        return;
    call->hedge_due_us = llmc__loop_now_us(call->engine->loop) + delay;
    llmc__deadline_arm(call);
}

static llmc__leg *leg_new(llmc_call *call, const llmc__candidate *candidate) {
    llmc__leg *leg = llmc__mem_calloc(1, sizeof *leg);
    if (!leg)
        return NULL;
    leg->call = call;
    leg->candidate = candidate;
    leg->is_hedge = true;
    leg->rung_due_us = INT64_MAX;
    llmc__error_init(&leg->fault);
    llmc__http_request_init(&leg->http, call->own.http.body.max);
    leg->response = llmc__response_new(call->leg->response->max_bytes);
    if (leg->response)
        return leg;
    llmc__mem_free(leg);
    return NULL;
}

/* Frees what a leg holds; the first leg is part of its call. */
static void leg_free(llmc__leg *leg) {
    llmc_call *call = leg->call;
    llmc__http_request_free(&leg->http);
    llmc__error_clear(&leg->fault);
    llmc__response_unref(leg->response);
    leg->response = NULL;
    if (leg != &call->own)
        llmc__mem_free(leg);
}

static bool write_request(llmc__leg *leg) {
    leg->encoded_for = leg->candidate;
    return llmc__operation_encode(leg->call, leg->candidate, leg->call->request, &leg->http, &leg->fault) == LLMC_OK;
}

/* Room, limits and budget for one more; takes the admission. */
static bool may_start(llmc_call *call, llmc__candidate *candidate, llmc__admission *admission) {
    int64_t now = llmc__loop_now_us(call->engine->loop), wait_us;
    llmc__net_origin origin = llmc__route_origin(candidate);
    return !call->engine->loop_data.waiting && llmc__net_has_room(call->engine->net, &origin) &&
           llmc__health_may_retry(candidate->health, now) &&
           llmc__health_enter(candidate->health, candidate->target, candidate->model, call->tokens_estimate, now,
                              admission, &wait_us) == LLMC__GATE_GO;
}

void llmc__hedge_start(llmc_call *call) {
    llmc__candidate *candidate = llmc__route_beside(call, call->leg->candidate);
    llmc__admission admission = {0};
    llmc__leg *leg;
    call->hedge_due_us = INT64_MAX;
    if (call->hedge || call->winner || call->committed || call->leg->has_content || !call->leg->running)
        return;
    if (!candidate)
        candidate = llmc__route_at(call, llmc__route_index(call, call->leg->candidate));
    if (!may_start(call, candidate, &admission))
        return;
    leg = leg_new(call, candidate);
    if (leg && !llmc__costing_reserve(leg, candidate)) {
        leg_free(leg);
        leg = NULL;
    }
    if (!leg) {
        llmc__lesson nothing = {LLMC_ERR_NO_MEMORY, -1, -1, -1, true};
        llmc__health_leave(&admission, &nothing, call->leg->attempt_us);
        return;
    }
    leg->admission = admission;
    call->hedge = leg;
    if (write_request(leg) && llmc__attempt_start(leg) == LLMC_OK) {
        atomic_fetch_add_explicit(&call->client->counters.hedges, 1, memory_order_relaxed);
        return;
    }
    leg->running = true; /* it holds an admission and was never sent */
    llmc__attempt_close(leg);
    call->hedge = NULL;
    leg_free(leg);
}

/* The remaining one of two becomes the call's leg and keeps the trace of both. */
static void keep(llmc_call *call, llmc__leg *winner, llmc__leg *loser) {
    llmc__attempt_close(loser);
    if (loser == &call->own) /* it has the trace of what came before both */
        llmc__response_take_attempts(loser->response, winner->response);
    llmc__response_take_attempts(winner->response, loser->response);
    call->leg = winner;
    call->hedge = NULL;
    leg_free(loser);
    if (loser != &call->own)
        return;
    call->own.rung_due_us = INT64_MAX;
    call->own.running = false;
}

void llmc__hedge_won(llmc__leg *leg) {
    llmc_call *call = leg->call;
    if (call->winner || !call->hedge) {
        call->hedge_due_us = INT64_MAX;
        return;
    }
    /* Inside a transfer's callback no other may be cancelled: the timer does it in this turn. */
    call->winner = leg;
    call->hedge_due_us = 0;
    llmc__deadline_arm(call);
}

bool llmc__hedge_lost(llmc__leg *leg) {
    llmc_call *call = leg->call;
    llmc__leg *other;
    if (!call->hedge || !call->leg)
        return false;
    other = leg == call->leg ? call->hedge : call->leg;
    if (call->winner == leg || (!call->winner && leg->outcome == LLMC_OK)) {
        call->winner = leg;
        llmc__hedge_drop(call);
        return false;
    }
    llmc__attempt_next(leg, LLMC_NEXT_HEDGE, 0,
                       call->winner == other ? "the other attempt had content first" : "the other attempt goes on");
    keep(call, other, leg);
    return true;
}

void llmc__hedge_drop(llmc_call *call) {
    llmc__leg *first = call->leg, *second = call->hedge;
    llmc__leg *loser, *winner;
    if (!first || !second)
        return;
    loser = call->winner == second ? first : second;
    winner = loser == second ? first : second;
    call->winner = winner;
    if (call->hedge_due_us == 0)
        call->hedge_due_us = INT64_MAX;
    llmc__attempt_abort(loser, LLMC_ERR_CANCELLED, "the other attempt had content first");
    llmc__attempt_next(loser, LLMC_NEXT_HEDGE, 0, "the other attempt had content first");
    keep(call, winner, loser);
}
