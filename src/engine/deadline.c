/*
 * The ladder of deadlines. A call has one timer, set to the earliest of its total deadline and the rung it stands on.
 * A rung that moves later leaves the timer alone: it fires once too early and is set anew, which is cheaper than moving
 * it for every piece of a stream.
 */
#include <limits.h>

#include "engine/call.h"
#include "engine/engine.h"

static int64_t due_after(int64_t from_us, int64_t timeout_ms) {
    if (timeout_ms < 0 || timeout_ms > (INT64_MAX - from_us) / 1000)
        return INT64_MAX;
    return from_us + timeout_ms * 1000;
}

static int64_t next_due(const llmc_call *call) {
    return call->rung_due_us < call->total_due_us ? call->rung_due_us : call->total_due_us;
}

/* Without memory for the timer the call cannot keep its deadlines: it must not run. */
static void arm(llmc_call *call) {
    int64_t due = next_due(call);
    if (due == INT64_MAX || (llmc__heap_has(&call->timer.node) && call->timer.node.key <= due))
        return;
    if (llmc__loop_timer_set(call->engine->loop, &call->timer, due) != LLMC_OK && !call->settled)
        call->outcome = LLMC_ERR_NO_MEMORY;
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
};

/* The idle rung counts from the last content, which moves without touching the timer. */
static void refresh_idle(llmc_call *call) {
    if (call->rung == LLMC__RUNG_IDLE && !call->paused)
        call->rung_due_us = due_after(call->last_content_us, call->timeouts.idle_ms);
}

static void fire(llmc__timer *timer) {
    llmc_call *call = LLMC__CONTAINER(timer, llmc_call, timer);
    int64_t now = llmc__loop_now_us(call->engine->loop);
    llmc__rung rung = LLMC__RUNG_NONE;
    if (call->settled)
        return;
    refresh_idle(call);
    if (now < next_due(call)) {
        arm(call);
        return;
    }
    if (now >= call->rung_due_us)
        rung = call->rung;
    llmc__attempt_abort(call, RUNGS[rung].status, RUNGS[rung].what);
    llmc__call_drive(call, LLMC__JUDGE);
}

void llmc__deadline_start(llmc_call *call) {
    call->timer.fire = fire;
    call->total_due_us = due_after(call->started_us, call->timeouts.total_ms);
    call->rung = LLMC__RUNG_NONE;
    call->rung_due_us = INT64_MAX;
}

void llmc__deadline_rung(llmc_call *call, llmc__rung rung, int64_t from_us, int64_t timeout_ms) {
    call->rung = rung;
    call->rung_due_us = due_after(from_us, timeout_ms);
    if (rung == LLMC__RUNG_IDLE)
        call->last_content_us = from_us;
    arm(call);
}

void llmc__deadline_stop(llmc_call *call) {
    llmc__loop_timer_clear(call->engine->loop, &call->timer);
}
