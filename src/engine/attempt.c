/*
 * One attempt: a transfer, its decoder, and what came of it.
 *
 * Completeness is judged here and never by the transport: libcurl calls a cut answer a success (cut headers, cut
 * close-delimited bodies), and a connection that dies after the provider's last word has lost nothing.
 */
#include "engine/call.h"

#include <limits.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"

/* How much of a stream is kept for the case that it fails. */
#define STREAM_RAW_BYTES 4096

static bool is_success(int http_status) {
    return http_status >= 200 && http_status < 300;
}

static int64_t now_of(const llmc_call *call) {
    return llmc__loop_now_us(call->engine->loop);
}

/* The first reason why an attempt fails is the one that is told. */
static void blame(llmc_call *call, llmc_status status, const char *message, const char *detail) {
    if (call->outcome != LLMC_OK)
        return;
    call->outcome = status;
    if (call->fault.status == status)
        return;
    llmc__error_set(&call->fault, status, "%s%s%s", message ? message : llmc_status_message(status),
                    detail && *detail ? ": " : "", detail ? detail : "");
}

/* What a provider says inside a 2xx answer may echo the key, and decoders do not know it. */
static void blame_words(llmc_call *call, llmc_status status) {
    llmc__provider_redact(call->target, &call->fault);
    blame(call, status, NULL, NULL);
}

/* ---- events ---- */

static bool is_content(llmc_event_kind kind) {
    return kind == LLMC_EVENT_TEXT || kind == LLMC_EVENT_REASONING || kind == LLMC_EVENT_REFUSAL ||
           kind == LLMC_EVENT_TOOL_CALL_START || kind == LLMC_EVENT_TOOL_CALL_DELTA;
}

static void note_content(llmc_call *call) {
    int64_t now = now_of(call);
    if (!call->has_content) {
        call->has_content = true;
        call->response->ttft_ms = llmc__call_age_us(call) / 1000;
        if (call->hooks.streamed)
            llmc__deadline_rung(call, LLMC__RUNG_IDLE, now, call->timeouts.idle_ms);
    }
    call->last_content_us = now;
}

/* Folds an event into the response, then shows it to the caller. */
static llmc_status on_event(void *ctx, const llmc_event *event) {
    llmc_call *call = ctx;
    llmc_status status;
    int verdict;
    if (atomic_load_explicit(&call->cancel_asked, memory_order_relaxed))
        return LLMC_ERR_CANCELLED;
    status = llmc__response_fold(call->response, event);
    if (status != LLMC_OK)
        return status;
    if (is_content(event->kind))
        note_content(call);
    if (!call->hooks.on_event)
        return LLMC_OK;
    verdict = call->hooks.on_event(call, event, call->hooks.user_data);
    if (verdict == LLMC__EVENT_PAUSE && call->hooks.may_pause)
        call->paused = true;
    else if (verdict == LLMC__EVENT_NO_MEMORY && call->hooks.may_pause)
        return LLMC_ERR_NO_MEMORY;
    else if (verdict != 0)
        return LLMC_ERR_CANCELLED;
    return LLMC_OK;
}

/* ---- the transfer's callbacks ---- */

static void on_sending(void *ctx) {
    llmc_call *call = ctx;
    call->sent_us = now_of(call);
    llmc__deadline_rung(call, LLMC__RUNG_FIRST_BYTE, call->sent_us, call->timeouts.first_byte_ms);
}

static void first_byte(llmc_call *call, int http_status) {
    (void)llmc__buf_reserve(&call->response->headers, 768);
    if (!call->hooks.streamed)
        (void)llmc__buf_reserve(&call->response->raw_body, 1536);
    if (call->hooks.streamed && is_success(http_status))
        llmc__deadline_rung(call, LLMC__RUNG_FIRST_CONTENT, call->sent_us, call->timeouts.first_content_ms);
    else
        llmc__deadline_rung(call, LLMC__RUNG_IDLE, now_of(call), call->timeouts.idle_ms);
}

static int on_header(void *ctx, int http_status, const char *name, size_t name_len, const char *value,
                     size_t value_len) {
    llmc_call *call = ctx;
    llmc_status status;
    if (call->rung == LLMC__RUNG_FIRST_BYTE || call->rung == LLMC__RUNG_CONNECT)
        first_byte(call, http_status);
    if (name_len == 0)
        return 0;
    status = llmc__response_add_header(call->response, name, name_len, value, value_len);
    if (status != LLMC_OK)
        blame(call, status, "the response's headers could not be kept", NULL);
    return call->outcome != LLMC_OK;
}

static void keep_raw(llmc_call *call, const char *bytes, size_t len) {
    size_t room = STREAM_RAW_BYTES - call->response->raw_body.len;
    if (call->response->raw_body.len < STREAM_RAW_BYTES)
        (void)llmc__buf_append(&call->response->raw_body, bytes, len < room ? len : room);
}

/* The reader is slow, not the provider: the idle deadline rests until the reader goes on. */
static void hold_back(llmc_call *call) {
    llmc__net_pause(call->transfer);
    llmc__deadline_rung(call, LLMC__RUNG_IDLE, now_of(call), LLMC_TIMEOUT_NONE);
}

static void decode_piece(llmc_call *call, const char *bytes, size_t len) {
    const llmc__provider *provider = call->target->provider;
    llmc_status status;
    keep_raw(call, bytes, len);
    status = provider->decode_bytes(call->decoder, bytes, len, on_event, call, &call->fault);
    if (status != LLMC_OK)
        blame_words(call, status);
    else if (call->paused)
        hold_back(call);
}

static int on_data(void *ctx, int http_status, const char *bytes, size_t len) {
    llmc_call *call = ctx;
    if (call->hooks.streamed && is_success(http_status)) {
        decode_piece(call, bytes, len);
    } else {
        llmc_status status = llmc__buf_append(&call->response->raw_body, bytes, len);
        call->last_content_us = now_of(call);
        if (status != LLMC_OK)
            blame(call, status, "the answer's body passed max_response_bytes", NULL);
    }
    return call->outcome != LLMC_OK;
}

/* ---- what came of it ---- */

/* Retry-After is honoured on refusals only: providers send it on success, too (WIRE.md section 0). */
static bool may_hint(int http_status) {
    return http_status == 408 || http_status == 409 || http_status == 429 || http_status >= 500;
}

static bool header_number(const llmc_response *response, const char *name, double *out) {
    const char *value = llmc__response_header(response, name);
    return value && llmc__str_to_double(value, strlen(value), out) && *out >= 0 && *out < 1e9;
}

static void read_hint(llmc_call *call, int http_status) {
    double number;
    if (!may_hint(http_status) || call->fault.retry_after_ms >= 0)
        return;
    if (header_number(call->response, "retry-after-ms", &number))
        call->fault.retry_after_ms = (int64_t)(number + 0.5);
    else if (header_number(call->response, "retry-after", &number))
        call->fault.retry_after_ms = (int64_t)(number * 1000 + 0.5);
}

/* The provider's last word on a 2xx answer: LLMC_OK when it is whole, however the connection ended. */
static llmc_status last_word(llmc_call *call) {
    const llmc__provider *provider = call->target->provider;
    const llmc__buf *body = &call->response->raw_body;
    if (call->hooks.streamed)
        return provider->decode_end(call->decoder, on_event, call, &call->fault);
    return provider->decode_body(call->decoder, llmc__buf_str(body), body->len, on_event, call, &call->fault);
}

/* A transport that failed after the answer began has broken it off. */
static llmc_status broken_off(llmc_status transport) {
    return transport == LLMC_ERR_CONNECTION_LOST || transport == LLMC_ERR_CONNECT ? LLMC_ERR_INCOMPLETE : transport;
}

static void judge_success(llmc_call *call, const llmc__net_result *result) {
    llmc_status status = last_word(call);
    llmc_status transport = broken_off(result->status);
    if (status == LLMC_OK)
        return;
    /* Half a body that is no answer says nothing against the provider when it was the caller who broke it off. */
    if (transport == LLMC_ERR_CANCELLED || (status == LLMC_ERR_INCOMPLETE && transport != LLMC_OK)) {
        llmc__error_clear(&call->fault);
        blame(call, transport, NULL, result->detail);
    } else {
        blame_words(call, status);
    }
}

static void judge_refusal(llmc_call *call, const llmc__net_result *result) {
    const llmc__buf *body = &call->response->raw_body;
    if (result->status == LLMC_ERR_CANCELLED) {
        blame(call, LLMC_ERR_CANCELLED, NULL, NULL);
        return;
    }
    const llmc__provider *provider = call->target->provider;
    const char *type_header = provider->error_type_header;
    provider->classify(call->target, result->http_status, llmc__buf_str(body), body->len,
                       type_header ? llmc__response_header(call->response, type_header) : NULL, &call->fault);
    call->outcome = call->fault.status != LLMC_OK ? call->fault.status : LLMC_ERR_SERVER;
    read_hint(call, result->http_status);
}

static void judge_result(llmc_call *call, const llmc__net_result *result) {
    if (call->outcome == LLMC_OK) {
        if (result->http_status == 0)
            blame(call, result->status != LLMC_OK ? result->status : LLMC_ERR_CONNECTION_LOST, NULL, result->detail);
        else if (is_success(result->http_status))
            judge_success(call, result);
        else
            judge_refusal(call, result);
    }
    if (call->outcome != LLMC_OK && call->fault.http_status == 0)
        call->fault.http_status = result->http_status;
}

static void trace(llmc_call *call, const llmc__net_result *result) {
    llmc__counters *counters = &call->client->counters;
    llmc_attempt attempt = {
        .provider = call->target->name,
        .model = call->model,
        .status = call->outcome,
        .http_status = result->http_status,
        .queue_us = call->attempt_us > call->started_us ? call->attempt_us - call->started_us : 0,
        .connect_us = result->connect_us,
        .first_byte_us = result->first_byte_us,
        .total_us = result->total_us,
        .bytes_sent = result->bytes_sent,
        .bytes_received = result->bytes_received,
        .reused_connection = result->reused,
        .maybe_executed = result->request_left && result->http_status == 0,
    };
    atomic_fetch_add_explicit(&counters->bytes_sent, attempt.bytes_sent, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->bytes_received, attempt.bytes_received, memory_order_relaxed);
    if (!llmc__response_add_attempt(call->response, &attempt))
        blame(call, LLMC_ERR_NO_MEMORY, NULL, NULL);
}

static void on_done(void *ctx, const llmc__net_result *result) {
    llmc_call *call = ctx;
    call->transfer = NULL;
    judge_result(call, result);
    trace(call, result);
    llmc__call_drive(call, LLMC__JUDGE);
    llmc__engine_pump(call->engine);
}

static const llmc__transfer_ops OPS = {on_sending, on_header, on_data, on_done};

/* ---- for the driver ---- */

llmc_status llmc__attempt_start(llmc_call *call) {
    llmc__target *target = call->target;
    llmc__net_origin origin = llmc__call_origin(call);
    llmc_status status;
    if (call->response->attempt_count)
        llmc__response_reset(call->response);
    call->outcome = LLMC_OK;
    call->has_content = call->paused = false;
    call->attempt_us = call->sent_us = now_of(call);
    call->decoder = target->provider->decoder_new(target, call->client->options.max_event_bytes);
    if (!call->decoder)
        return LLMC_ERR_NO_MEMORY;
    llmc__deadline_rung(call, LLMC__RUNG_CONNECT, call->attempt_us, call->timeouts.connect_ms);
    if (call->outcome != LLMC_OK)
        return call->outcome;
    status = llmc__net_start(call->engine->net, &origin, &call->http, &OPS, call, &call->transfer);
    if (status == LLMC_OK)
        atomic_fetch_add_explicit(&call->client->counters.attempts, 1, memory_order_relaxed);
    return status;
}

void llmc__attempt_abort(llmc_call *call, llmc_status status, const char *what) {
    llmc__net_result result;
    if (!call->transfer) {
        blame(call, status, NULL, what);
        return;
    }
    llmc__net_progress(call->transfer, &result);
    llmc__net_cancel(call->engine->net, call->transfer);
    call->transfer = NULL;
    result.status = status;
    result.detail = what;
    judge_result(call, &result);
    trace(call, &result);
}

void llmc__attempt_close(llmc_call *call) {
    const char *id;
    if (call->decoder) {
        call->target->provider->decoder_free(call->decoder);
        call->decoder = NULL;
    }
    if (call->outcome == LLMC_OK && call->hooks.streamed)
        llmc__buf_free(&call->response->raw_body);
    id = llmc__response_header(call->response, call->target->provider->request_id_header);
    if (id && !call->response->request_id)
        call->response->request_id = llmc__mem_strdup(id);
}
