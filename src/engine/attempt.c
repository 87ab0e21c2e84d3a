/*
 * One attempt: a transfer, its decoder, and what came of it.
 *
 * Completeness is judged here and never by the transport: libcurl calls a cut answer a success (cut headers, cut
 * close-delimited bodies), and a connection that dies after the provider's last word has lost nothing.
 */
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "policy/hint.h"

/* How much of a stream is kept for the case that it fails. */
#define STREAM_RAW_BYTES 4096

/* Room for the headers most answers have: more than malloc keeps at hand for each thread (1,032 in glibc) costs more.
 */
#define HEADER_BYTES 1000

static bool is_success(int http_status) {
    return http_status >= 200 && http_status < 300;
}

static int64_t now_of(const llmc__leg *leg) {
    return llmc__loop_now_us(leg->call->engine->loop);
}

static const llmc__provider *provider_of(const llmc__leg *leg) {
    return leg->candidate->target->provider;
}

/* The first reason why an attempt fails is the one that is told. */
static void blame(llmc__leg *leg, llmc_status status, const char *message, const char *detail) {
    if (leg->outcome != LLMC_OK)
        return;
    leg->outcome = status;
    if (leg->fault.status == status)
        return;
    llmc__error_set(&leg->fault, status, "%s%s%s", message ? message : llmc_status_message(status),
                    detail && *detail ? ": " : "", detail ? detail : "");
    leg->fault.retryable = llmc__retry_class(status);
}

/* What a provider says inside a 2xx answer may echo the key, and decoders do not know it. */
static void blame_words(llmc__leg *leg, llmc_status status) {
    llmc__provider_redact(leg->candidate->target, &leg->fault);
    if (leg->call->rules && leg->fault.status == status &&
        llmc__rules_apply(&leg->call->rules->rules, leg->candidate->target->name, &leg->fault))
        status = leg->fault.status;
    blame(leg, status, NULL, NULL);
    if (leg->fault.status == LLMC_ERR_INCOMPLETE)
        leg->fault.retryable = true;
}

/* ---- the transfer's callbacks ---- */

/*
 * Between being let in and its connection being ready, an answer to another may have brought a pause (a 429): the
 * request then stays here and waits with the others.
 */
static int on_sending(void *ctx) {
    llmc__leg *leg = ctx;
    leg->sent_us = now_of(leg);
    if (!leg->asked_again && llmc__health_paused(&leg->admission, leg->sent_us)) {
        leg->pulled_back = true;
        return 1;
    }
    llmc__deadline_rung(leg, LLMC__RUNG_FIRST_BYTE, leg->sent_us, leg->call->timeouts.first_byte_ms);
    return 0;
}

static void first_byte(llmc__leg *leg, int http_status) {
    bool streamed = leg->call->hooks.streamed;
    (void)llmc__buf_reserve(&leg->response->headers, HEADER_BYTES);
    if (streamed && is_success(http_status))
        llmc__deadline_rung(leg, LLMC__RUNG_FIRST_CONTENT, leg->sent_us, leg->call->timeouts.first_content_ms);
    else
        llmc__deadline_rung(leg, LLMC__RUNG_IDLE, now_of(leg), leg->call->timeouts.idle_ms);
}

/* Most headers are of no interest: a cheap look before the table of names. */
static bool maybe_rate(const char *name, size_t len) {
    static const char first[6] = {'a', 'A', 'x', 'X', 'r', 'R'};
    return len > 12 && memchr(first, name[0], sizeof first) != NULL &&
           (memmem(name, len, "ratelimit", 9) != NULL || memmem(name, len, "RateLimit", 9) != NULL ||
            memmem(name, len, "Ratelimit", 9) != NULL);
}

/* Without memory what it told is lost; the provider's refusals still brake. */
static void take_rate(llmc__leg *leg, const char *name, size_t name_len, const char *value, size_t value_len) {
    if (!leg->rates && (leg->rates = llmc__mem_alloc(sizeof *leg->rates)))
        llmc__rates_init(leg->rates);
    if (leg->rates)
        (void)llmc__rates_take(leg->rates, name, name_len, value, value_len, llmc__clock_wall_s() * 1000);
}

static int on_header(void *ctx, int http_status, const char *name, size_t name_len, const char *value,
                     size_t value_len) {
    llmc__leg *leg = ctx;
    llmc_status status;
    if (leg->rung == LLMC__RUNG_FIRST_BYTE || leg->rung == LLMC__RUNG_CONNECT)
        first_byte(leg, http_status);
    if (name_len == 0)
        return 0;
    status = llmc__response_add_header(leg->response, name, name_len, value, value_len);
    if (status != LLMC_OK)
        blame(leg, status, "the response's headers could not be kept", NULL);
    if (maybe_rate(name, name_len))
        take_rate(leg, name, name_len, value, value_len);
    return leg->outcome != LLMC_OK;
}

/* Once the headers are whole: what they tell of the key's limits counts from now. */
static void tell_rates(llmc__leg *leg) {
    llmc__engine *engine = leg->call->engine;
    if (!leg->rates)
        return;
    if (llmc__rates_any(leg->rates) &&
        llmc__health_observe(&leg->admission, leg->rates, llmc__loop_refresh_us(engine->loop)))
        llmc__lane_ask_again(engine, leg->admission.health);
    llmc__mem_free(leg->rates);
    leg->rates = NULL;
}

static void keep_raw(llmc__leg *leg, const char *bytes, size_t len) {
    size_t room = STREAM_RAW_BYTES - leg->response->raw_body.len;
    if (leg->response->raw_body.len < STREAM_RAW_BYTES)
        (void)llmc__buf_append(&leg->response->raw_body, bytes, len < room ? len : room);
}

/* The reader is slow, not the provider: the idle deadline rests until the reader goes on. */
static void hold_back(llmc__leg *leg) {
    llmc__net_pause(leg->transfer);
    llmc__deadline_rung(leg, LLMC__RUNG_IDLE, now_of(leg), LLMC_TIMEOUT_NONE);
}

/* Made when there is something to decode: most of its time a call waits. NULL: no memory. */
static llmc__decoder *decoder_of(llmc__leg *leg) {
    if (!leg->decoder)
        leg->decoder =
            provider_of(leg)->decoder_new(leg->candidate->target, leg->call->client->options.max_event_bytes);
    return leg->decoder;
}

static void decode_piece(llmc__leg *leg, const char *bytes, size_t len) {
    llmc_status status;
    keep_raw(leg, bytes, len);
    if (!decoder_of(leg)) {
        blame(leg, LLMC_ERR_NO_MEMORY, NULL, NULL);
        return;
    }
    status = provider_of(leg)->decode_bytes(leg->decoder, bytes, len, llmc__event_take, leg, &leg->fault);
    if (status != LLMC_OK)
        blame_words(leg, status);
    else if (leg->paused)
        hold_back(leg);
}

static void blame_read(llmc__leg *leg, llmc_status status) {
    if (status != LLMC_OK)
        blame_words(leg, status);
}

static int on_data(void *ctx, int http_status, const char *bytes, size_t len) {
    llmc__leg *leg = ctx;
    tell_rates(leg);
    if (leg->call->hooks.streamed && is_success(http_status)) {
        decode_piece(leg, bytes, len);
    } else if (leg->reader && is_success(http_status)) {
        keep_raw(leg, bytes, len);
        leg->last_content_us = now_of(leg);
        blame_read(leg, llmc__operation_feed(leg, bytes, len));
    } else {
        llmc_status status = llmc__buf_append(&leg->response->raw_body, bytes, len);
        leg->last_content_us = now_of(leg);
        if (status != LLMC_OK)
            blame(leg, status, "the answer's body passed max_response_bytes", NULL);
    }
    return leg->outcome != LLMC_OK;
}

/* ---- what came of it ---- */

/* Retry-After is honoured on refusals only: providers send it on success, too (WIRE.md section 0). */
static bool may_hint(int http_status) {
    return http_status == 408 || http_status == 409 || http_status == 429 || http_status >= 500;
}

static void read_hint(llmc__leg *leg, int http_status) {
    const llmc_response *response = leg->response;
    llmc__hint_headers headers = {
        llmc__response_header(response, "retry-after-ms"),
        llmc__response_header(response, "retry-after"),
        llmc__response_header(response, "x-should-retry"),
        llmc__response_header(response, "date"),
    };
    llmc__hint hint;
    llmc__hint_read(&headers, llmc__clock_wall_s() * 1000, &hint);
    leg->should_retry = hint.should_retry;
    if (hint.should_retry >= 0)
        leg->fault.retryable = hint.should_retry > 0; /* the provider's word goes over what its status means */
    if (may_hint(http_status) && hint.after_ms > leg->fault.retry_after_ms)
        leg->fault.retry_after_ms = hint.after_ms;
}

/* The provider's last word on a 2xx answer: LLMC_OK when it is whole, however the connection ended. */
static llmc_status last_word(llmc__leg *leg, const llmc__net_result *result) {
    const llmc__buf *body = &leg->response->raw_body;
    if (leg->call->op != LLMC__OP_CHAT)
        return llmc__operation_decode(leg, result);
    if (!decoder_of(leg))
        return LLMC_ERR_NO_MEMORY;
    if (leg->call->hooks.streamed)
        return provider_of(leg)->decode_end(leg->decoder, llmc__event_take, leg, &leg->fault);
    return provider_of(leg)->decode_body(leg->decoder, llmc__buf_str(body), body->len, llmc__event_take, leg,
                                         &leg->fault);
}

/* A transport that failed after the answer began has broken it off. */
static llmc_status broken_off(llmc_status transport) {
    return transport == LLMC_ERR_CONNECTION_LOST || transport == LLMC_ERR_CONNECT ? LLMC_ERR_INCOMPLETE : transport;
}

static void judge_success(llmc__leg *leg, const llmc__net_result *result) {
    llmc_status status = last_word(leg, result);
    llmc_status transport = broken_off(result->status);
    if (status == LLMC_OK)
        return;
    /* Half a body that is no answer says nothing against the provider when it was the caller who broke it off. */
    if (transport == LLMC_ERR_CANCELLED || (status == LLMC_ERR_INCOMPLETE && transport != LLMC_OK)) {
        llmc__error_clear(&leg->fault);
        blame(leg, transport, NULL, result->detail);
    } else {
        blame_words(leg, status);
    }
}

static void judge_refusal(llmc__leg *leg, const llmc__net_result *result) {
    const llmc__target *target = leg->candidate->target;
    const llmc__buf *body = &leg->response->raw_body;
    const char *type_header = provider_of(leg)->error_type_header;
    if (result->status == LLMC_ERR_CANCELLED) {
        blame(leg, LLMC_ERR_CANCELLED, NULL, NULL);
        return;
    }
    provider_of(leg)->classify(target, result->http_status, llmc__buf_str(body), body->len,
                               type_header ? llmc__response_header(leg->response, type_header) : NULL, &leg->fault);
    if (leg->call->rules)
        llmc__rules_apply(&leg->call->rules->rules, target->name, &leg->fault);
    leg->outcome = leg->fault.status != LLMC_OK ? leg->fault.status : LLMC_ERR_SERVER;
    read_hint(leg, result->http_status);
}

static void judge_result(llmc__leg *leg, const llmc__net_result *result) {
    tell_rates(leg);
    if (leg->outcome == LLMC_OK) {
        if (result->http_status == 0)
            blame(leg, result->status != LLMC_OK ? result->status : LLMC_ERR_CONNECTION_LOST, NULL, result->detail);
        else if (is_success(result->http_status))
            judge_success(leg, result);
        else
            judge_refusal(leg, result);
    }
    if (leg->outcome != LLMC_OK && leg->fault.http_status == 0)
        leg->fault.http_status = result->http_status;
}

static void trace(llmc__leg *leg, const llmc__net_result *result) {
    llmc_call *call = leg->call;
    llmc__counters *counters = &call->client->counters;
    llmc_attempt attempt = {
        .provider = leg->candidate->target->name,
        .model = leg->candidate->model,
        .status = leg->outcome,
        .http_status = result->http_status,
        .queue_us = leg->attempt_us > call->started_us ? leg->attempt_us - call->started_us : 0,
        .connect_us = result->connect_us,
        .first_byte_us = result->first_byte_us,
        .total_us = result->total_us,
        .bytes_sent = result->bytes_sent,
        .bytes_received = result->bytes_received,
        .reused_connection = result->reused,
        .maybe_executed = result->request_left && result->http_status == 0,
        .hedge = leg->is_hedge,
        .key_index = leg->candidate->target->key_index,
        .content_us = leg->has_content ? leg->first_content_us - leg->attempt_us : -1,
        .next = leg->outcome == LLMC_OK ? LLMC_NEXT_ANSWER : LLMC_NEXT_GIVE_UP,
        .why = leg->outcome == LLMC_OK ? "the answer is whole" : "its class does not pass by itself",
    };
    atomic_fetch_add_explicit(&counters->bytes_sent, attempt.bytes_sent, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->bytes_received, attempt.bytes_received, memory_order_relaxed);
    if (!llmc__response_add_attempt(leg->response, &attempt))
        blame(leg, LLMC_ERR_NO_MEMORY, NULL, NULL);
}

void llmc__attempt_next(llmc__leg *leg, llmc_next_step next, int64_t delay_ms, const char *why) {
    llmc__attempt_node *last = leg->response->attempts_tail;
    if (!last)
        return;
    last->data.next = next;
    last->data.next_delay_ms = delay_ms;
    last->data.why = why;
}

/* As if it had not been started. */
static void undo(llmc__leg *leg) {
    llmc_call *call = leg->call;
    atomic_fetch_sub_explicit(&call->client->counters.attempts, 1, memory_order_relaxed);
    call->attempts--;
    llmc__attempt_close(leg); /* it is still `running`: what it had taken is given back */
    leg->rung = LLMC__RUNG_NONE;
    leg->rung_due_us = INT64_MAX;
}

static llmc_status set_out(llmc__leg *leg);

/*
 * The provider has answered this request without reading it whole, and the answer got lost on this side: it is asked
 * for again at once, within the same attempt. A pause that another's answer brought meanwhile came after this one had
 * been let in.
 */
static bool ask_again(llmc__leg *leg) {
    leg->asked_again = true;
    if (set_out(leg) != LLMC_OK)
        return false;
    llmc__response_reset(leg->response); /* of the head of a refusal, if there was one */
    return true;
}

static void on_done(void *ctx, const llmc__net_result *result) {
    llmc__leg *leg = ctx;
    llmc_call *call = leg->call;
    llmc__engine *engine = call->engine;
    leg->transfer = NULL;
    if (result->answer_lost && ask_again(leg)) {
        llmc__engine_pump(engine);
        return;
    }
    if ((leg->pulled_back || result->answer_lost) && !leg->is_hedge && !call->hedge) {
        undo(leg);
        llmc__call_drive(call, LLMC__ROUTE);
        llmc__engine_pump(engine);
        return;
    }
    judge_result(leg, result);
    trace(leg, result);
    leg->running = false;
    if (!llmc__hedge_lost(leg))
        llmc__call_drive(call, LLMC__JUDGE);
    llmc__engine_pump(engine);
}

static const llmc__transfer_ops OPS = {on_sending, on_header, on_data, on_done};

static llmc_status set_out(llmc__leg *leg) {
    const llmc_call *call = leg->call;
    llmc__net_origin origin = llmc__route_origin(leg->candidate);
    origin.patient = call->timeouts.connect_ms < 0 || call->timeouts.connect_ms > LLMC__NET_CONNECT_MS;
    llmc__deadline_rung(leg, LLMC__RUNG_CONNECT, now_of(leg), call->timeouts.connect_ms);
    if (leg->outcome != LLMC_OK)
        return leg->outcome;
    return llmc__net_start(call->engine->net, &origin, &leg->http, &OPS, leg, &leg->transfer);
}

/* ---- for the driver ---- */

/* The answer names who gave it. */
static bool name_provider(llmc__leg *leg) {
    const char *name = leg->candidate->target->name;
    llmc_response *response = leg->response;
    if (response->provider && strcmp(response->provider, name) == 0)
        return true;
    return llmc__response_word(response, &response->provider, name, strlen(name));
}

static void begin(llmc__leg *leg) {
    if (leg->response->attempt_count)
        llmc__response_reset(leg->response);
    llmc__error_clear(&leg->fault);
    leg->outcome = LLMC_OK;
    leg->should_retry = -1;
    leg->pulled_back = leg->asked_again = leg->has_content = leg->paused = leg->start_held = leg->usage_held = false;
    leg->running = true;
    leg->attempt_us = leg->sent_us = now_of(leg);
}

static llmc_status sign(llmc__leg *leg) {
    const llmc__provider *provider = provider_of(leg);
    llmc_status status;
    if (!provider->sign)
        return LLMC_OK;
    status = provider->sign(leg->candidate->target, &leg->http, llmc__clock_wall_s(), &leg->fault);
    if (status != LLMC_OK)
        leg->outcome = status;
    return status;
}

static llmc_status expect_answer(llmc__leg *leg) {
    return leg->call->op != LLMC__OP_CHAT ? llmc__operation_begin(leg) : LLMC_OK;
}

llmc_status llmc__attempt_start(llmc__leg *leg) {
    llmc_call *call = leg->call;
    llmc_status status;
    begin(leg);
    if (!name_provider(leg))
        return LLMC_ERR_NO_MEMORY;
    status = sign(leg);
    if (status != LLMC_OK)
        return status;
    status = expect_answer(leg);
    if (status != LLMC_OK)
        return status;
    status = set_out(leg);
    if (status == LLMC_OK) {
        atomic_fetch_add_explicit(&call->client->counters.attempts, 1, memory_order_relaxed);
        call->attempts++;
    }
    return status;
}

void llmc__attempt_abort(llmc__leg *leg, llmc_status status, const char *what) {
    llmc__net_result result;
    if (!leg->transfer) {
        blame(leg, status, NULL, what);
        return;
    }
    llmc__net_progress(leg->transfer, &result);
    llmc__net_cancel(leg->call->engine->net, leg->transfer);
    leg->transfer = NULL;
    result.status = status;
    result.detail = what;
    judge_result(leg, &result);
    trace(leg, &result);
    leg->running = false;
}

/* Tells those who learn from it how the attempt ended, and gives back what it held. */
static void report(llmc__leg *leg) {
    const llmc__usage *usage = &leg->response->usage;
    llmc__lesson lesson = {
        .status = leg->outcome,
        .retry_after_ms = leg->fault.retry_after_ms,
        .tokens_used = usage->tokens_in >= 0 && usage->tokens_out >= 0 ? usage->tokens_in + usage->tokens_out : -1,
        .ttft_us = leg->has_content ? leg->first_content_us - leg->attempt_us : -1,
        .never_sent = leg->running, /* it never came to its end: nothing was started */
    };
    if (leg->admission.health)
        llmc__health_leave(&leg->admission, &lesson, now_of(leg));
    llmc__costing_close(leg, leg->running);
    leg->running = false;
}

void llmc__attempt_close(llmc__leg *leg) {
    const char *id;
    report(leg);
    if (leg->decoder) {
        provider_of(leg)->decoder_free(leg->decoder);
        leg->decoder = NULL;
    }
    if (leg->outcome == LLMC_OK && (leg->call->hooks.streamed || leg->reader))
        llmc__buf_free(&leg->response->raw_body);
    llmc__operation_end(leg);
    id = llmc__response_header(leg->response, provider_of(leg)->request_id_header);
    if (id && !leg->response->request_id)
        (void)llmc__response_word(leg->response, &leg->response->request_id, id, strlen(id));
}
