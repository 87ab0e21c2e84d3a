#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "net/inner.h"

llmc__pool *llmc__pool_find(llmc__net *net, uint64_t id) {
    llmc__pool *pool = net->pools;
    while (pool != NULL && pool->id != id) {
        pool = pool->next;
    }
    return pool;
}

/* Which the resolver does not look up. */
static bool is_address(const char *host) {
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    size_t len = strcspn(host, ":/?#");
    if (len == 9 && strncasecmp(host, "localhost", 9) == 0) {
        return true;
    }
    if (len >= sizeof text) {
        return false;
    }
    memcpy(text, host, len);
    text[len] = '\0';
    return host[0] == '[' || inet_pton(AF_INET, text, &address) == 1;
}

/*
 * libcurl writes to sockets without a signal; TLS libraries and the resolver's thread, which takes the mask of the one
 * that starts it, do not for certain. So whatever is not plain http to an address.
 */
static bool may_signal(const llmc__net_origin *origin) {
    bool direct = origin->proxy == NULL || origin->proxy[0] == '\0';
    bool plain = origin->url != NULL && strncasecmp(origin->url, "http://", 7) == 0;
    return !direct || !plain || !is_address(origin->url + 7);
}

static void hold_signal(llmc__net *net) {
    if (!net->may_signal && net->hold != NULL) {
        llmc__sigpipe_hold(net->hold);
    }
    net->may_signal = true;
}

static llmc__pool *make(llmc__net *net, const llmc__net_origin *origin) {
    llmc__pool *pool = llmc__mem_calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    llmc__list_init(&pool->free_transfers);
    pool->id = origin->pool_id;
    pool->net = net;
    pool->https = origin->url != NULL && strncasecmp(origin->url, "https:", 6) == 0;
    pool->offers_h2 = pool->https && (net->config.http_version == LLMC_HTTP_2 ||
                                      (net->config.http_version == LLMC_HTTP_AUTO && net->h2_allowed));
    pool->proto = pool->https ? LLMC__PROTO_UNKNOWN : LLMC__PROTO_H1;
    pool->ca_file = llmc__mem_strdup(origin->ca_file);
    pool->proxy = llmc__mem_strdup(origin->proxy != NULL ? origin->proxy : "");
    pool->no_proxy = llmc__mem_strdup(origin->no_proxy != NULL ? origin->no_proxy : "");
    if (pool->proxy == NULL || pool->no_proxy == NULL || (origin->ca_file != NULL && pool->ca_file == NULL)) {
        llmc__pool_free(pool);
        return NULL;
    }
    return pool;
}

llmc__pool *llmc__pool_get(llmc__net *net, const llmc__net_origin *origin) {
    llmc__pool *pool = llmc__pool_find(net, origin->pool_id);
    if (pool == NULL) {
        pool = make(net, origin);
        if (pool != NULL) {
            pool->next = net->pools;
            net->pools = pool;
            if (may_signal(origin)) {
                hold_signal(net);
            }
        }
    }
    return pool;
}

void llmc__pool_free(llmc__pool *pool) {
    for (size_t i = 0; i < pool->shard_count; i++) {
        llmc__shard_close(pool->shards[i]);
        llmc__loop_timer_reserve(pool->net->loop, -1);
        llmc__mem_free(pool->shards[i]);
    }
    for (llmc__list_node *node = llmc__list_pop_front(&pool->free_transfers); node != NULL;
         node = llmc__list_pop_front(&pool->free_transfers)) {
        llmc__handle_free(LLMC__CONTAINER(node, llmc__transfer, node));
    }
    llmc__address_drop(pool->address);
    llmc__mem_free(pool->shards);
    llmc__mem_free(pool->ca_file);
    llmc__mem_free(pool->proxy);
    llmc__mem_free(pool->no_proxy);
    llmc__mem_free(pool);
}

/* An idle connection first, so that none is opened beside it; then the lowest shard with room, so that the high ones
 * fall idle. */
llmc__shard *llmc__pool_choose(llmc__pool *pool) {
    llmc__shard *first = NULL;
    for (size_t i = 0; i < pool->shard_count; i++) {
        llmc__shard *shard = pool->shards[i];
        if (llmc__shard_full(shard)) {
            continue;
        }
        if (llmc__shard_idle(shard) > 0 || (shard->kind == LLMC__PROTO_H2 && shard->busy > 0)) {
            return shard;
        }
        first = first == NULL ? shard : first;
    }
    return first;
}

static llmc__proto first_kind(const llmc__pool *pool) {
    if (pool->proto != LLMC__PROTO_UNKNOWN) {
        return pool->proto;
    }
    return pool->net->config.http_version == LLMC_HTTP_2 ? LLMC__PROTO_H2 : LLMC__PROTO_H1;
}

static bool make_place(llmc__pool *pool) {
    if (pool->shard_count < pool->shard_cap) {
        return true;
    }
    size_t cap = pool->shard_cap == 0 ? 4 : pool->shard_cap * 2;
    llmc__shard **shards = llmc__mem_realloc(pool->shards, cap * sizeof *shards);
    if (shards == NULL) {
        return false;
    }
    pool->shards = shards;
    pool->shard_cap = cap;
    return true;
}

llmc__shard *llmc__pool_grow(llmc__pool *pool) {
    if (!make_place(pool)) {
        return NULL;
    }
    llmc__shard *shard = llmc__mem_calloc(1, sizeof *shard);
    if (shard == NULL || llmc__loop_timer_reserve(pool->net->loop, 1) != LLMC_OK) {
        llmc__mem_free(shard);
        return NULL;
    }
    shard->net = pool->net;
    shard->pool = pool;
    shard->kind = first_kind(pool);
    shard->timer.fire = llmc__shard_timer_fired;
    llmc__list_init(&shard->transfers);
    llmc__list_init(&shard->conns);
    pool->shards[pool->shard_count++] = shard;
    return shard;
}

bool llmc__pool_has_room(const llmc__pool *pool) {
    const llmc__net *net = pool->net;
    if (net->busy < net->config.max_connections) {
        return true;
    }
    for (size_t i = 0; i < pool->shard_count; i++) {
        const llmc__shard *shard = pool->shards[i];
        if (shard->kind == LLMC__PROTO_H2 && shard->busy > 0 && !llmc__shard_full(shard)) {
            return true;
        }
    }
    return false;
}

static llmc__conn *oldest_idle(const llmc__pool *pool, const llmc__shard *except) {
    llmc__conn *oldest = NULL;
    for (size_t i = 0; i < pool->shard_count; i++) {
        const llmc__shard *shard = pool->shards[i];
        llmc__conn *conn = shard == except || llmc__shard_idle(shard) == 0 ? NULL : llmc__conn_oldest_idle(shard);
        if (conn != NULL && (oldest == NULL || conn->idle_since_us < oldest->idle_since_us)) {
            oldest = conn;
        }
    }
    return oldest;
}

static void hang_up(llmc__conn *conn) {
    llmc__shard *shard = conn->shard;
    llmc__conn_retire(conn);
    if (!shard->in_curl && shard->transfers.count == 0 && shard->open == 0 && shard->multi != NULL) {
        llmc__shard_close(shard);
    }
}

void llmc__pool_trim(llmc__pool *pool) {
    const llmc__net *net = pool->net;
    size_t allowed = net->config.max_keepalive > net->backlog ? net->config.max_keepalive : net->backlog;
    while (pool->idle > allowed) {
        llmc__conn *conn = oldest_idle(pool, NULL);
        if (conn == NULL) {
            return;
        }
        hang_up(conn);
    }
}

bool llmc__pool_evict_idle(llmc__net *net, const llmc__shard *except) {
    llmc__conn *oldest = NULL;
    for (llmc__pool *pool = net->pools; pool != NULL; pool = pool->next) {
        llmc__conn *conn = pool->idle == 0 ? NULL : oldest_idle(pool, except);
        if (conn != NULL && (oldest == NULL || conn->idle_since_us < oldest->idle_since_us)) {
            oldest = conn;
        }
    }
    if (oldest != NULL) {
        hang_up(oldest);
    }
    return oldest != NULL;
}

/* One HTTP/1.1 answer settles it for good: behind a mixed front end the cautious way serves both kinds. */
void llmc__pool_learn(llmc__pool *pool, int http_version) {
    llmc__proto seen = http_version >= 20 ? LLMC__PROTO_H2 : LLMC__PROTO_H1;
    if (seen == pool->proto || pool->proto == LLMC__PROTO_H1 || http_version == 0) {
        return;
    }
    pool->proto = seen;
    for (size_t i = 0; i < pool->shard_count; i++) {
        pool->shards[i]->relearn = true;
    }
}

void llmc__pool_settle(llmc__pool *pool) {
    for (size_t i = 0; i < pool->shard_count; i++) {
        if (pool->shards[i]->relearn) {
            llmc__shard_settle_kind(pool->shards[i]);
        }
    }
}

/* Transfers that run stay where they are; their connections close with the last of them. */
void llmc__pool_leave_h2(llmc__pool *pool) {
    pool->offers_h2 = false;
    pool->proto = LLMC__PROTO_H1;
    for (size_t i = 0; i < pool->shard_count; i++) {
        llmc__shard *shard = pool->shards[i];
        shard->relearn = false;
        shard->retiring = shard->multi != NULL;
        shard->kind = shard->retiring ? shard->kind : LLMC__PROTO_H1;
        llmc__shard_tidy(shard);
    }
}

/* Closes in one shard what has been idle too long; returns when the next one will have been, 0: none. */
static int64_t sweep_shard(llmc__shard *shard, int64_t now_us) {
    while (llmc__shard_idle(shard) > 0) {
        llmc__conn *conn = llmc__conn_oldest_idle(shard);
        if (conn == NULL) {
            return 0;
        }
        int64_t due_us = conn->idle_since_us + LLMC__IDLE_MAX_S * 1000000;
        if (due_us > now_us) {
            return due_us;
        }
        hang_up(conn);
    }
    return 0;
}

void llmc__pool_sweep(llmc__timer *timer) {
    llmc__net *net = LLMC__CONTAINER(timer, llmc__net, sweep);
    int64_t now_us = llmc__loop_now_us(net->loop);
    int64_t next_us = 0;
    for (llmc__pool *pool = net->pools; pool != NULL; pool = pool->next) {
        for (size_t i = 0; i < pool->shard_count; i++) {
            int64_t due_us = sweep_shard(pool->shards[i], now_us);
            if (due_us != 0 && (next_us == 0 || due_us < next_us)) {
                next_us = due_us;
            }
        }
    }
    if (next_us != 0) {
        llmc__loop_timer_set(net->loop, timer, next_us);
    }
}
