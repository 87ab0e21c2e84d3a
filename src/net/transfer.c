#include <string.h>
#include "net/inner.h"

/* Handles stand at POST. Setting POSTFIELDS makes one a POST again, so that only the method's name is to be undone. */
static CURLcode set_body(llmc__transfer *t) {
    const llmc__buf *body = &t->request->body;
    const char *method = t->request->method;
    CURLcode code = CURLE_OK;
    if (method != NULL) {
        t->method_set = true;
        code = curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
        return code == CURLE_OK ? curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method) : code;
    }
    if (t->method_set) {
        t->method_set = false;
        code = curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, NULL);
    }
    if (code == CURLE_OK) {
        code = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    }
    return code == CURLE_OK ? curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, llmc__buf_str(body)) : code;
}

static llmc_status set_request(llmc__transfer *t) {
    CURLcode code = llmc__address_set(t, &t->request->url);
    if (code == CURLE_OK && llmc__lines_fill(t) != LLMC_OK) {
        code = CURLE_OUT_OF_MEMORY;
    }
    if (code == CURLE_OK) {
        code = set_body(t);
    }
    if (code == CURLE_OK) {
        code = curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines);
    }
    return code == CURLE_OK ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

static void start_over(llmc__transfer *t) {
    t->start_us = llmc__loop_now_us(t->pool->net->loop);
    t->sending_us = 0;
    t->first_byte_us = 0;
    t->bytes_received = 0;
    t->header_bytes = 0;
    t->http_status = 0;
    t->http_version = 0;
    t->sending = t->opened = t->reused = t->skip_block = t->head_done = false;
    t->refused = t->head_too_big = t->resend_stopped = t->no_memory = t->paused = false;
    t->error[0] = '\0';
}

/*
 * Whether a transfer waits for a connection under way rather than opening another: always where one carries all; and
 * where nobody knows yet what the server speaks, until the first handshake has told. Then either all go on that one
 * connection, or each that waited opens its own.
 */
static bool waits_for_first(const llmc__shard *shard) {
    return shard->kind == LLMC__PROTO_H2 || (shard->pool->proto == LLMC__PROTO_UNKNOWN && shard->pool->offers_h2);
}

static llmc_status attach(llmc__transfer *t, llmc__shard *shard, bool patient) {
    long pipewait = waits_for_first(shard) ? 1 : 0;
    if (pipewait != t->pipewait_set) {
        t->pipewait_set = pipewait;
        curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT, pipewait);
    }
    if (t->offers_h2 != shard->pool->offers_h2) {
        t->offers_h2 = shard->pool->offers_h2;
        curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    }
    if (patient != t->patient) {
        t->patient = patient;
        curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, patient ? 86400000L : 0L);
    }
    t->shard = shard;
    llmc__list_push_back(&shard->transfers, &t->node);
    llmc__shard_account(shard);
    if (curl_multi_add_handle(shard->multi, t->easy) != CURLM_OK) {
        llmc__list_remove(&shard->transfers, &t->node);
        llmc__shard_account(shard);
        return LLMC_ERR_NO_MEMORY;
    }
    return LLMC_OK;
}

static void make_room(llmc__net *net, const llmc__shard *shard) {
    size_t needed = shard->kind == LLMC__PROTO_H2 ? 1 : shard->transfers.count + 1;
    while (needed > shard->held && net->held >= net->config.max_connections && llmc__pool_evict_idle(net, shard)) {
    }
}

llmc_status llmc__net_start(llmc__net *net, const llmc__net_origin *origin, const llmc__http_request *request,
                            const llmc__transfer_ops *ops, void *ctx, llmc__transfer **out) {
    llmc__pool *pool = llmc__pool_get(net, origin);
    if (pool == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    if (!llmc__pool_has_room(pool)) {
        return LLMC_ERR_QUEUE_FULL;
    }
    llmc__shard *shard = llmc__pool_choose(pool);
    shard = shard != NULL ? shard : llmc__pool_grow(pool);
    if (shard == NULL || llmc__shard_open(shard) != LLMC_OK) {
        return LLMC_ERR_NO_MEMORY;
    }
    llmc__transfer *t = llmc__handle_take(pool);
    if (t == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    t->request = request;
    t->ops = ops;
    t->ctx = ctx;
    start_over(t);
    make_room(net, shard);
    llmc_status status = set_request(t);
    if (status == LLMC_OK) {
        status = attach(t, shard, origin->patient);
    }
    if (status != LLMC_OK) {
        llmc__handle_put(t);
        return status;
    }
    atomic_fetch_add_explicit(&net->transfers, 1, memory_order_relaxed);
    *out = t;
    return LLMC_OK;
}

static int64_t since_start(const llmc__transfer *t, int64_t at_us) {
    return at_us == 0 ? -1 : at_us - t->start_us;
}

void llmc__net_progress(llmc__transfer *transfer, llmc__net_result *out) {
    llmc__transfer *t = transfer;
    long head = 0;
    curl_off_t body = 0;
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &head);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &body);
    *out = (llmc__net_result){.detail = "", .http_status = t->http_status, .http_version = t->http_version};
    out->connect_us = t->reused ? 0 : since_start(t, t->sending_us);
    out->first_byte_us = since_start(t, t->first_byte_us);
    out->total_us = llmc__loop_now_us(t->pool->net->loop) - t->start_us;
    out->bytes_sent = (uint64_t)body;
    out->bytes_received = t->bytes_received;
    out->reused = t->reused;
    out->request_left = t->resend_stopped || t->http_status != 0 || (t->sending && head + body > 0);
    out->resend_stopped = t->resend_stopped;
}

static void detach(llmc__transfer *t) {
    llmc__shard *shard = t->shard;
    curl_socket_t kept = CURL_SOCKET_BAD;
    if (t->opened && t->sending) {
        curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &kept);
    }
    if (t->opened && !t->sending && shard->kind != LLMC__PROTO_H2) {
        llmc__conn_abandon(shard, t);
    }
    curl_multi_remove_handle(shard->multi, t->easy);
    if (t->opened) {
        llmc__conn_settle(shard, t, kept);
    }
    llmc__list_remove(&t->pool->net->resumes, &t->resume_node);
    llmc__list_remove(&shard->transfers, &t->node);
    if (t->paused) {
        t->paused = false;
        shard->paused--;
    }
    llmc__shard_account(shard);
}

static const char *own_words(const llmc__transfer *t, CURLcode code, bool lost) {
    if (t->resend_stopped) {
        return "the kept connection closed before any answer; the request was not sent a second time";
    }
    if (t->no_memory) {
        return "no memory for a connection";
    }
    if (lost) {
        return "the answer came before the request was read, and libcurl lost it";
    }
    if (t->head_too_big) {
        return "response headers over 256 KiB";
    }
    return t->error[0] != '\0' ? t->error : curl_easy_strerror(code);
}

/*
 * A server that answers before it has read the request closes the stream with "no error" behind its answer. When both
 * come while another transfer reads the connection, libcurl before 8.1 drops the answer. It then says, without words,
 * that the stream is closed to what was left of the body, or of a body that was out that nothing came. Of a refusal
 * whose head was read already the words are lost.
 */
static bool is_lost(const llmc__transfer *t, CURLcode code) {
    const llmc__shard *shard = t->shard;
    bool is_h2 = shard->kind == LLMC__PROTO_H2 && (shard->pool->proto == LLMC__PROTO_H2 || !shard->pool->offers_h2);
    if (t->http_status >= 400) {
        return is_h2 && (code == CURLE_HTTP2_STREAM || code == CURLE_PARTIAL_FILE);
    }
    if (t->http_status != 0) {
        return false;
    }
    return code == CURLE_HTTP2_STREAM ? t->error[0] == '\0' : code == CURLE_GOT_NOTHING && is_h2;
}

void llmc__transfer_finish(llmc__transfer *transfer, CURLcode code) {
    llmc__net_result result;
    char detail[CURL_ERROR_SIZE] = "";
    llmc__net_progress(transfer, &result);
    result.answer_lost = is_lost(transfer, code);
    if (result.answer_lost) {
        result.request_left = false;
        llmc__pool_leave_h2(transfer->pool);
    }
    result.status = llmc__status_of(transfer, code, result.request_left);
    if (code != CURLE_OK) {
        /* A copy: the next transfer may write over the handle's words from within on_done. */
        const char *words = own_words(transfer, code, result.answer_lost);
        size_t len = strlen(words);
        len = len < sizeof detail ? len : sizeof detail - 1;
        memcpy(detail, words, len);
        detail[len] = '\0';
    }
    result.detail = detail;
    const llmc__transfer_ops *ops = transfer->ops;
    void *ctx = transfer->ctx;
    detach(transfer);
    llmc__handle_put(transfer);
    ops->on_done(ctx, &result);
}

void llmc__net_cancel(llmc__net *net, llmc__transfer *transfer) {
    (void)net;
    llmc__shard *shard = transfer->shard;
    detach(transfer);
    llmc__handle_put(transfer);
    llmc__shard_tidy(shard);
}

void llmc__net_pause(llmc__transfer *transfer) {
    llmc__list_remove(&transfer->pool->net->resumes, &transfer->resume_node);
    if (transfer->paused || curl_easy_pause(transfer->easy, CURLPAUSE_RECV) != CURLE_OK) {
        return;
    }
    transfer->paused = true;
    transfer->shard->paused++;
    llmc__shard_account(transfer->shard);
}

void llmc__net_resume(llmc__transfer *transfer) {
    llmc__net *net = transfer->pool->net;
    if (transfer->paused && !llmc__list_linked(&transfer->resume_node)) {
        llmc__list_push_back(&net->resumes, &transfer->resume_node);
        llmc__loop_timer_set(net->loop, &net->resume_timer, llmc__loop_now_us(net->loop));
    }
}

/* curl_easy_pause hands over what it held back before it returns: on_data runs in here. */
static void resume(llmc__transfer *t) {
    llmc__shard *shard = t->shard;
    t->paused = false;
    shard->paused--;
    llmc__shard_account(shard);
    shard->in_curl = true;
    CURLcode code = curl_easy_pause(t->easy, CURLPAUSE_CONT);
    if (code != CURLE_OK) {
        llmc__transfer_finish(t, code);
    }
    shard->in_curl = false;
    llmc__shard_tidy(shard);
}

void llmc__transfer_resume_due(llmc__timer *timer) {
    llmc__net *net = LLMC__CONTAINER(timer, llmc__net, resume_timer);
    for (size_t left = net->resumes.count; left > 0; left--) {
        llmc__list_node *node = llmc__list_pop_front(&net->resumes);
        if (node == NULL) {
            return;
        }
        resume(LLMC__CONTAINER(node, llmc__transfer, resume_node));
    }
}
