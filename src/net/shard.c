#include "net/inner.h"

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

bool llmc__shard_full(const llmc__shard *shard) {
    size_t cap = shard->kind == LLMC__PROTO_H2 ? LLMC__SHARD_H2_TRANSFERS : LLMC__SHARD_H1_TRANSFERS;
    return shard->retiring || shard->transfers.count >= cap;
}

size_t llmc__shard_idle(const llmc__shard *shard) {
    return shard->held - shard->busy;
}

/* Idle connections next to a paused transfer cannot be told from its own, so they count as used. */
static size_t busy_of(const llmc__shard *shard) {
    size_t running = shard->transfers.count;
    if (shard->kind == LLMC__PROTO_H2) {
        return running > 0 ? 1 : 0;
    }
    return shard->paused > 0 && shard->open > running ? shard->open : running;
}

void llmc__shard_account(llmc__shard *shard) {
    llmc__net *net = shard->net;
    shard->pool->idle -= llmc__shard_idle(shard);
    net->busy -= shard->busy;
    net->held -= shard->held;
    shard->busy = busy_of(shard);
    shard->held = shard->open > shard->busy ? shard->open : shard->busy;
    net->busy += shard->busy;
    net->held += shard->held;
    shard->pool->idle += llmc__shard_idle(shard);
}

static int timer_changed(CURLM *multi, long timeout_ms, void *user) {
    (void)multi;
    llmc__shard *shard = user;
    if (timeout_ms < 0) {
        llmc__loop_timer_clear(shard->net->loop, &shard->timer);
    } else {
        /* Cannot fail: its place was reserved. */
        llmc__loop_timer_set(shard->net->loop, &shard->timer,
                             llmc__loop_now_us(shard->net->loop) + (int64_t)timeout_ms * 1000);
    }
    return 0;
}

static void set_host_limit(llmc__shard *shard, long limit) {
    if (shard->host_limit_set != limit) {
        shard->host_limit_set = limit;
        curl_multi_setopt(shard->multi, CURLMOPT_MAX_HOST_CONNECTIONS, limit);
    }
}

llmc_status llmc__shard_open(llmc__shard *shard) {
    if (shard->multi != NULL) {
        return LLMC_OK;
    }
    shard->multi = curl_multi_init();
    if (shard->multi == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, llmc__conn_socket);
    curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard);
    curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard);
    curl_multi_setopt(shard->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    shard->max_connects_set = -1;
    shard->host_limit_set = 0;
    set_host_limit(shard, shard->kind == LLMC__PROTO_H2 ? 1 : 0);
    return LLMC_OK;
}

void llmc__shard_close(llmc__shard *shard) {
    if (shard->multi != NULL) {
        curl_multi_cleanup(shard->multi);
        shard->multi = NULL;
        llmc__conn_forget_all(shard);
        llmc__loop_timer_clear(shard->net->loop, &shard->timer);
    }
    shard->retiring = false;
    if (shard->pool->proto != LLMC__PROTO_UNKNOWN) {
        shard->kind = shard->pool->proto;
    }
    llmc__shard_account(shard);
}

/*
 * libcurl closes the oldest idle connection when one comes back and the handle holds more than MAXCONNECTS. Set before
 * each run to what may be left after one transfer ended; 0 would mean "no limit".
 */
static void limit_idle(llmc__shard *shard) {
    const llmc__net *net = shard->net;
    size_t allowed = net->config.max_keepalive > net->backlog ? net->config.max_keepalive : net->backlog;
    size_t elsewhere = shard->pool->idle - llmc__shard_idle(shard);
    size_t here = allowed > elsewhere ? allowed - elsewhere : 0;
    size_t running = shard->transfers.count;
    size_t limit = (running > 0 ? running - 1 : 0) + smaller(here, 1u << 20);
    long value = limit == 0 ? 1 : (long)limit;
    if (value != shard->max_connects_set) {
        shard->max_connects_set = value;
        curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, value);
    }
}

void llmc__shard_drain(llmc__shard *shard) {
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(shard->multi, &left); message != NULL;
         message = curl_multi_info_read(shard->multi, &left)) {
        llmc__transfer *t = NULL;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&t) == CURLE_OK && t != NULL) {
            llmc__transfer_finish(t, message->data.result);
        }
    }
}

void llmc__shard_run(llmc__shard *shard, int fd, int ready) {
    if (shard->multi == NULL) {
        return;
    }
    int running = 0;
    shard->in_curl = true;
    limit_idle(shard);
    curl_multi_socket_action(shard->multi, fd, ready, &running);
    if (shard->relearn) {
        llmc__pool_settle(shard->pool);
    }
    llmc__shard_drain(shard);
    shard->in_curl = false;
    llmc__shard_tidy(shard);
}

void llmc__shard_timer_fired(llmc__timer *timer) {
    llmc__shard *shard = LLMC__CONTAINER(timer, llmc__shard, timer);
    (void)llmc__loop_refresh_us(shard->net->loop);
    llmc__shard_run(shard, CURL_SOCKET_TIMEOUT, 0);
}

void llmc__shard_tidy(llmc__shard *shard) {
    if (shard->in_curl) {
        return;
    }
    /* Sockets the server closed stay in CLOSE_WAIT until libcurl looks; with the multi handle they go at once. */
    bool waste = shard->hung_up > 0 || shard->retiring || (shard->open == 0 && shard->conns.count > 0);
    if (shard->multi != NULL && shard->transfers.count == 0 && waste) {
        llmc__shard_close(shard);
    }
    llmc__pool_trim(shard->pool);
    llmc__net *net = shard->net;
    if (net->held > net->busy && !llmc__heap_has(&net->sweep.node)) {
        llmc__loop_timer_set(net->loop, &net->sweep, llmc__loop_now_us(net->loop) + LLMC__IDLE_MAX_S * 1000000);
    }
}

/* A transfer that has no connection yet starts over, now that the limit of one connection is lifted. */
static void requeue_waiting(llmc__shard *shard) {
    for (llmc__list_node *node = llmc__list_first(&shard->transfers); node != NULL;
         node = llmc__list_next(&shard->transfers, node)) {
        llmc__transfer *t = LLMC__CONTAINER(node, llmc__transfer, node);
        if (!t->sending && !t->opened) {
            curl_multi_remove_handle(shard->multi, t->easy);
            curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT, 0L);
            t->pipewait_set = 0;
            curl_multi_add_handle(shard->multi, t->easy);
        }
    }
}

static void become_h1(llmc__shard *shard) {
    const llmc__net *net = shard->net;
    size_t others = net->busy - shard->busy;
    size_t room = net->config.max_connections > others ? net->config.max_connections - others : 1;
    shard->kind = LLMC__PROTO_H1;
    set_host_limit(shard, (long)room);
    requeue_waiting(shard);
    llmc__shard_account(shard);
}

void llmc__shard_settle_kind(llmc__shard *shard) {
    shard->relearn = false;
    if (shard->pool->proto == LLMC__PROTO_H1 && shard->kind == LLMC__PROTO_H2) {
        if (shard->multi != NULL) {
            become_h1(shard);
        } else {
            shard->kind = LLMC__PROTO_H1;
        }
    } else if (shard->pool->proto == LLMC__PROTO_H2 && shard->kind != LLMC__PROTO_H2) {
        if (shard->open <= 1) {
            shard->kind = LLMC__PROTO_H2;
            if (shard->multi != NULL) {
                set_host_limit(shard, 1);
            }
        } else {
            shard->retiring = true;
        }
    }
    llmc__shard_account(shard);
}
