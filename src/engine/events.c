/* From a leg to the response and to the users: events are folded, held until they are safe to show, and told. */
#include "engine/call.h"
#include "engine/engine.h"
#include "model/response_replay.h"

static bool is_content(llmc_event_kind kind) {
    return kind == LLMC_EVENT_TEXT || kind == LLMC_EVENT_REASONING || kind == LLMC_EVENT_REFUSAL ||
           kind == LLMC_EVENT_TOOL_CALL_START || kind == LLMC_EVENT_TOOL_CALL_DELTA;
}

static void note_content(llmc__leg *leg) {
    llmc_call *call = leg->call;
    int64_t now = llmc__loop_now_us(call->engine->loop);
    if (!leg->has_content) {
        leg->has_content = true;
        leg->first_content_us = now;
        leg->response->ttft_ms = llmc__call_age_us(call) / 1000;
        if (call->hooks.streamed)
            llmc__deadline_rung(leg, LLMC__RUNG_IDLE, now, call->timeouts.idle_ms);
        if (call->hooks.streamed)
            llmc__health_alive(&leg->admission, now);
        llmc__hedge_won(leg);
    }
    leg->last_content_us = now;
}

/* To the users. Whoever has seen something of an answer is never given another one. */
static llmc_status tell(llmc__leg *leg, const llmc_event *event) {
    llmc_call *call = leg->call;
    int verdict;
    if (call->followers.count) {
        call->committed = true;
        llmc__flight_tell(call, event);
    }
    if (call->answered)
        return call->followers.count ? LLMC_OK : LLMC_ERR_CANCELLED;
    if (!call->hooks.on_event)
        return LLMC_OK;
    call->committed = true;
    verdict = call->hooks.on_event(call, event, call->hooks.user_data);
    if (verdict == 0)
        return LLMC_OK;
    if (verdict == LLMC__EVENT_PAUSE && call->hooks.may_pause) {
        leg->paused = call->followers.count == 0; /* those who share an answer do not wait for one slow reader */
        return LLMC_OK;
    }
    if (call->followers.count) {
        call->telling = true; /* its user has had enough; the others have not */
        llmc__call_leave(call, LLMC_ERR_CANCELLED, NULL);
        call->telling = false;
        return LLMC_OK;
    }
    return verdict == LLMC__EVENT_NO_MEMORY && call->hooks.may_pause ? LLMC_ERR_NO_MEMORY : LLMC_ERR_CANCELLED;
}

/* What was held back comes first. */
static llmc_status tell_held(llmc__leg *leg) {
    const llmc_response *response = leg->response;
    llmc_status status = LLMC_OK;
    if (leg->start_held) {
        llmc_event start = {.kind = LLMC_EVENT_START, .model = response->model, .id = response->id};
        leg->start_held = false;
        status = tell(leg, &start);
    }
    if (status == LLMC_OK && leg->usage_held) {
        llmc_event usage = {.kind = LLMC_EVENT_USAGE, .usage = response->usage};
        leg->usage_held = false;
        status = tell(leg, &usage);
    }
    return status;
}

/*
 * START and the first USAGE wait until there is something to start, and a FINISH for an error is left to the error:
 * until then the attempt can still be made again, and two may race, without the user seeing any of it.
 */
static bool holds(llmc__leg *leg, const llmc_event *event) {
    if (leg->call->committed || leg->has_content)
        return false;
    if (event->kind == LLMC_EVENT_START)
        leg->start_held = true;
    else if (event->kind == LLMC_EVENT_USAGE)
        leg->usage_held = true;
    else
        return event->kind == LLMC_EVENT_FINISH && event->finish == LLMC_FINISH_ERROR;
    return true;
}

llmc_status llmc__event_take(void *ctx, const llmc_event *event) {
    llmc__leg *leg = ctx;
    llmc_call *call = leg->call;
    llmc_status status;
    if (call->winner && call->winner != leg)
        return LLMC_ERR_CANCELLED;
    if (call->followers.count == 0 && atomic_load_explicit(&call->cancel_asked, memory_order_relaxed))
        return LLMC_ERR_CANCELLED;
    status = llmc__response_fold(leg->response, event);
    if (status != LLMC_OK)
        return status;
    if (is_content(event->kind))
        note_content(leg);
    if (event->kind == LLMC__EVENT_REPLAY || !call->hooks.streamed || holds(leg, event))
        return LLMC_OK;
    if (event->kind == LLMC_EVENT_FINISH)
        llmc__hedge_won(leg); /* an answer without content is one, too */
    status = leg->start_held || leg->usage_held ? tell_held(leg) : LLMC_OK;
    return status == LLMC_OK ? tell(leg, event) : status;
}

static llmc_status replay(void *ctx, const llmc_event *event) {
    llmc_call *call = ctx;
    if (event->kind == LLMC__EVENT_REPLAY)
        return LLMC_OK;
    return tell(call->leg, event);
}

llmc_status llmc__event_replay(llmc_call *call, const llmc_response *response) {
    return call->hooks.streamed ? llmc__response_replay(response, replay, call) : LLMC_OK;
}
