/*
 * JUDGE: what comes after an attempt. A failure leads to the next target at once, where there is one that may do
 * better; when all have been tried, the call backs off and begins again, within its retries, its deadline and the
 * provider's retry budget. What the user has begun to receive is never begun anew.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "engine/call.h"
#include "engine/engine.h"

static int64_t now_of(const llmc_call *call) {
    return llmc__loop_now_us(call->engine->loop);
}

/* Most attempts of one call, all targets together. */
static int32_t most_attempts(const llmc_call *call) {
    int32_t by_retries = call->max_retries + 1;
    int32_t targets = (int32_t)call->candidate_count;
    return by_retries > targets ? by_retries : targets;
}

static llmc__retry_policy policy_of(const llmc_call *call) {
    const llmc_client_options *o = &call->client->options;
    return (llmc__retry_policy){call->max_retries, call->retry_delay_ms, o->retry_max_delay_ms, o->retry_max_hint_ms,
                                o->retry_jitter};
}

static llmc__retry_question question_of(llmc_call *call) {
    const llmc__leg *leg = call->leg;
    return (llmc__retry_question){
        .status = leg->outcome,
        .retryable = leg->fault.retryable,
        .committed = call->committed,
        .should_retry = leg->should_retry,
        .hint_ms = leg->fault.retry_after_ms,
        .retries_done = call->backoffs,
        .previous_ms = call->backoff_ms,
        .now_us = now_of(call),
        .due_us = llmc__flight_due_us(call),
        .random = llmc__engine_random(call->engine),
    };
}

static const char *why_not(llmc__retry_verdict verdict) {
    switch (verdict) {
    case LLMC__RETRY_COMMITTED:
        return "content had reached the caller";
    case LLMC__RETRY_USED_UP:
        return "max_retries were made";
    case LLMC__RETRY_PAST_DEADLINE:
        return "the wait would pass the deadline";
    case LLMC__RETRY_HINT_TOO_LONG:
        return "the provider asks for a longer pause than retry_max_hint_ms";
    case LLMC__RETRY_GO:
    case LLMC__RETRY_NOT_THIS:
        break;
    }
    return "its class does not pass by itself";
}

/* What ends a call on this side ends it for good; NULL for all else. */
static const char *ended_here(llmc_status status) {
    switch (status) {
    case LLMC_ERR_CANCELLED:
        return "the call was cancelled";
    case LLMC_ERR_TIMEOUT_TOTAL:
        return "the call's whole time was up";
    case LLMC_ERR_TIMEOUT_QUEUE:
        return "queue_timeout_ms passed before another attempt";
    default:
        return NULL;
    }
}

static llmc__state give_up(llmc_call *call, const char *why) {
    llmc__attempt_next(call->leg, LLMC_NEXT_GIVE_UP, 0, why);
    return LLMC__SETTLE;
}

/* A refused key says nothing of how busy its provider is: going on with the next one is no retry there. */
static bool loads_again(const llmc_call *call, const llmc__candidate *next) {
    llmc_status status = call->leg->outcome;
    return next->health == call->leg->candidate->health && status != LLMC_ERR_AUTH && status != LLMC_ERR_PERMISSION &&
           status != LLMC_ERR_QUOTA_EXHAUSTED && status != LLMC_ERR_RATE_LIMITED;
}

static void count_retry(llmc_call *call) {
    atomic_fetch_add_explicit(&call->client->counters.retries, 1, memory_order_relaxed);
}

/* On to another target, without a wait; false when there is none to go to. */
static bool try_elsewhere(llmc_call *call, llmc__candidate *here) {
    llmc__candidate *next;
    if (!llmc__retry_elsewhere(call->leg->outcome) && !call->leg->fault.retryable)
        return false;
    next = llmc__route_next(call, here);
    if (!next || (loads_again(call, next) && !llmc__health_may_retry(next->health, now_of(call))))
        return false;
    llmc__attempt_next(call->leg, LLMC_NEXT_TARGET, 0, "another target stands ready");
    call->leg->candidate = next;
    count_retry(call);
    return true;
}

static llmc__candidate *first_unspent(llmc_call *call) {
    for (size_t i = 0; i < call->candidate_count; i++)
        if (!llmc__route_at(call, i)->spent)
            return llmc__route_at(call, i);
    return NULL;
}

/* Backs off and begins again at the first target. */
static llmc__state back_off(llmc_call *call) {
    llmc__leg *leg = call->leg;
    llmc__retry_policy policy = policy_of(call);
    llmc__retry_question question = question_of(call);
    llmc__candidate *again = first_unspent(call);
    int64_t delay_ms = 0;
    llmc__retry_verdict verdict = llmc__retry_decide(&policy, &question, &delay_ms);
    if (verdict == LLMC__RETRY_NOT_THIS && again && again != leg->candidate && again->failures > 0) {
        question.retryable = true; /* what failed last is spent, but a target before it failed in passing */
        verdict = llmc__retry_decide(&policy, &question, &delay_ms);
    }
    if (verdict != LLMC__RETRY_GO || !again)
        return give_up(call, why_not(verdict));
    /* A rate limit has its own brakes, the hint and the cooldown: riding it out costs no budget. */
    if (leg->outcome != LLMC_ERR_RATE_LIMITED && !llmc__health_may_retry(again->health, now_of(call)))
        return give_up(call, "the provider's retry budget is used up");
    llmc__attempt_next(leg, again == leg->candidate ? LLMC_NEXT_RETRY : LLMC_NEXT_TARGET, delay_ms,
                       "the failure may pass by itself");
    leg->candidate = again;
    call->backoffs++;
    call->backoff_ms = delay_ms;
    count_retry(call);
    llmc__deadline_rung(leg, LLMC__RUNG_BACKOFF, now_of(call), delay_ms);
    return leg->outcome == LLMC_ERR_NO_MEMORY ? LLMC__SETTLE : LLMC__WAIT;
}

llmc__state llmc__judge(llmc_call *call) {
    llmc__leg *leg = call->leg;
    llmc__candidate *here = llmc__route_at(call, llmc__route_index(call, leg->candidate));
    bool first = call->attempts == 1 && leg->admission.health;
    llmc__health *health = here->health;
    call->hedge_due_us = INT64_MAX;
    llmc__attempt_close(leg);
    llmc__lane_wake_others(call->engine, health);
    if (first)
        llmc__health_first_ended(health, now_of(call));
    if (leg->outcome == LLMC_OK)
        return LLMC__SETTLE;
    here->failures++;
    if (!leg->fault.retryable || leg->should_retry == 0)
        here->spent = true;
    if (ended_here(leg->outcome))
        return give_up(call, ended_here(leg->outcome));
    if (call->committed)
        return give_up(call, why_not(LLMC__RETRY_COMMITTED));
    if (call->answered && call->followers.count == 0)
        return give_up(call, "nobody waits for it any more");
    if (call->attempts >= most_attempts(call) || call->attempts == 0)
        return give_up(call, call->attempts ? why_not(LLMC__RETRY_USED_UP) : "nothing was sent");
    if (try_elsewhere(call, here))
        return LLMC__ROUTE;
    return back_off(call);
}
