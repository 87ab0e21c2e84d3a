/*
 * The ladder of deadlines. A call has one timer, set to the earliest of its total deadline, the rungs its legs stand on
 * and the moment a hedge is due. A rung that moves later leaves the timer alone: it fires once too early and is set
 * anew, which is cheaper than moving it for every piece of a stream.
 */
#include <limits.h>

#include "engine/call.h"
#include "engine/engine.h"

int64_t llmc__deadline_after(int64_t from_us, int64_t timeout_ms) {
    if (timeout_ms < 0 || timeout_ms > (INT64_MAX - from_us) / 1000)
        return INT64_MAX;
    return from_us + timeout_ms * 1000;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t next_due(const llmc_call *call) {
    int64_t due = call->answered ? INT64_MAX : call->total_due_us;
    if (!call->flying)
        return due;
    due = earlier(due, call->leg->rung_due_us);
    if (call->hedge)
        due = earlier(due, call->hedge->rung_due_us);
    return earlier(due, call->hedge_due_us);
}

/* Without memory for the timer the call cannot keep its deadlines: it must not run. */
void llmc__deadline_arm(llmc_call *call) {
    int64_t due = next_due(call);
    if (due == INT64_MAX || (llmc__heap_has(&call->timer.node) && call->timer.node.key <= due))
        return;
    if (llmc__loop_timer_set(call->engine->loop, &call->timer, due) != LLMC_OK && call->flying)
        call->leg->outcome = LLMC_ERR_NO_MEMORY;
}

static const struct {
    llmc_status status;
    const char *what;
} RUNGS[] = {
    [LLMC__RUNG_NONE] = {LLMC_ERR_TIMEOUT_TOTAL, "timeout_ms"},
    [LLMC__RUNG_QUEUE] = {LLMC_ERR_TIMEOUT_QUEUE, "queue_timeout_ms"},
    [LLMC__RUNG_CONNECT] = {LLMC_ERR_TIMEOUT_CONNECT, "connect_timeout_ms"},
    [LLMC__RUNG_FIRST_BYTE] = {LLMC_ERR_TIMEOUT_FIRST_BYTE, "first_byte_timeout_ms"},
    [LLMC__RUNG_FIRST_CONTENT] = {LLMC_ERR_TIMEOUT_FIRST_CONTENT, "first_content_timeout_ms"},
    [LLMC__RUNG_IDLE] = {LLMC_ERR_TIMEOUT_IDLE, "idle_timeout_ms"},
    [LLMC__RUNG_BACKOFF] = {LLMC_OK, ""},
    [LLMC__RUNG_STORE] = {LLMC_OK, ""},
};

/* The idle rung counts from the last content, which moves without touching the timer. */
static void refresh_idle(llmc__leg *leg) {
    if (leg->rung == LLMC__RUNG_IDLE && !leg->paused)
        leg->rung_due_us = llmc__deadline_after(leg->last_content_us, leg->call->timeouts.idle_ms);
}

static void rung_over(llmc__leg *leg) {
    llmc_call *call = leg->call;
    llmc__rung rung = leg->rung;
    leg->rung_due_us = INT64_MAX;
    if (rung == LLMC__RUNG_BACKOFF || rung == LLMC__RUNG_STORE) {
        leg->rung = LLMC__RUNG_NONE;
        llmc__call_drive(call, LLMC__ROUTE);
        return;
    }
    if (rung == LLMC__RUNG_QUEUE) {
        llmc__call_blame(call, RUNGS[rung].status, RUNGS[rung].what);
        llmc__call_drive(call, LLMC__JUDGE);
        return;
    }
    llmc__attempt_abort(leg, RUNGS[rung].status, RUNGS[rung].what);
    if (!llmc__hedge_lost(leg))
        llmc__call_drive(call, LLMC__JUDGE);
}

static void fire(llmc__timer *timer) {
    llmc_call *call = llmc__call_ref(LLMC__CONTAINER(timer, llmc_call, timer));
    int64_t now = llmc__loop_now_us(call->engine->loop);
    if (!call->answered && now >= call->total_due_us)
        llmc__call_leave(call, LLMC_ERR_TIMEOUT_TOTAL, RUNGS[LLMC__RUNG_NONE].what);
    if (call->flying && call->winner && call->hedge)
        llmc__hedge_drop(call);
    if (call->flying && call->hedge) {
        refresh_idle(call->hedge);
        if (now >= call->hedge->rung_due_us)
            rung_over(call->hedge);
    }
    if (call->flying) {
        refresh_idle(call->leg);
        if (now >= call->leg->rung_due_us)
            rung_over(call->leg);
    }
    if (call->flying && now >= call->hedge_due_us)
        llmc__hedge_start(call);
    llmc__deadline_arm(call);
    llmc__call_unref(call);
}

void llmc__deadline_start(llmc_call *call) {
    call->timer.fire = fire;
    call->total_due_us = llmc__deadline_after(call->started_us, call->timeouts.total_ms);
    call->own.rung = LLMC__RUNG_NONE;
    call->own.rung_due_us = call->hedge_due_us = INT64_MAX;
}

void llmc__deadline_rung(llmc__leg *leg, llmc__rung rung, int64_t from_us, int64_t timeout_ms) {
    leg->rung = rung;
    leg->rung_due_us = llmc__deadline_after(from_us, timeout_ms);
    if (rung == LLMC__RUNG_IDLE)
        leg->last_content_us = from_us;
    llmc__deadline_arm(leg->call);
}

void llmc__deadline_stop(llmc_call *call) {
    llmc__loop_timer_clear(call->engine->loop, &call->timer);
}
