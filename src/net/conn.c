/* Sockets: opened and closed for libcurl, watched for it, and looked after while no transfer uses them. */
#include <sys/socket.h>
#include <unistd.h>
#include "base/mem.h"
#include "net/inner.h"

static void forget(llmc__conn *conn) {
    llmc__watch_drop(conn->shard->net->loop, conn->fd);
    llmc__list_remove(&conn->shard->conns, &conn->node);
    llmc__mem_free(conn);
}

/* From here on it is not counted as open, though libcurl may still hold the descriptor. */
static void count_dead(llmc__conn *conn, bool by_server) {
    if (!conn->dead && !conn->foreign) {
        conn->dead = true;
        conn->hung_up = by_server;
        conn->shard->hung_up += by_server ? 1 : 0;
        conn->shard->open--;
        atomic_fetch_sub_explicit(&conn->shard->net->open, 1, memory_order_relaxed);
        llmc__shard_account(conn->shard);
    }
}

/* libcurl still believed in it and uses it. */
static void count_alive(llmc__conn *conn) {
    if (conn->hung_up) {
        conn->dead = false;
        conn->hung_up = false;
        conn->shard->hung_up--;
        conn->shard->open++;
        atomic_fetch_add_explicit(&conn->shard->net->open, 1, memory_order_relaxed);
        llmc__shard_account(conn->shard);
    }
}

/* Bytes to read are no hang-up: HTTP/2 servers send window updates, pings and settings after the last answer. */
static bool has_bytes(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Nobody waits for it and yet it is ready: the server hung up, or there is more to read than somebody wants, or the
 * answer was there before libcurl asked for anything but to write. */
static void ready_unwanted(llmc__conn *conn, unsigned bits) {
    llmc__shard *shard = conn->shard;
    if (bits == LLMC__READY_OUT || ((bits & LLMC__READY_ERR) == 0 && has_bytes(conn->fd))) {
        llmc__watch_hush(shard->net->loop, conn->fd);
        return;
    }
    llmc__watch_mute(shard->net->loop, conn->fd);
    if (!conn->foreign && shard->paused == 0) {
        count_dead(conn, true);
        llmc__shard_tidy(shard);
    }
}

static void ready(void *ctx, int fd, unsigned bits, unsigned wanted) {
    llmc__conn *conn = ctx;
    if (wanted == 0) {
        ready_unwanted(conn, bits);
        return;
    }
    /*
     * Whatever came, libcurl reads before it writes and then writes what is left: else an answer that came before the
     * whole request was out would be lost to the write that fails, and, on a connection many share, a body would stay
     * behind its head until the server has answered without it.
     */
    int mask = CURL_CSELECT_IN | CURL_CSELECT_OUT | ((bits & LLMC__READY_ERR) != 0 ? CURL_CSELECT_ERR : 0);
    (void)llmc__loop_refresh_us(conn->shard->net->loop); /* one look at the clock for all that the bytes bring about */
    llmc__shard_run(conn->shard, fd, mask);
}

/* libcurl closed its descriptor without a word: the number may be another socket's already and is not touched. */
static void forget_closed(llmc__conn *conn) {
    count_dead(conn, false);
    conn->shard->hung_up -= conn->hung_up ? 1 : 0;
    forget(conn);
}

static llmc__conn *add(llmc__shard *shard, int fd, bool foreign) {
    llmc__conn *closed = llmc__watch_ctx(shard->net->loop, fd);
    if (closed != NULL) {
        forget_closed(closed);
    }
    llmc__conn *conn = llmc__mem_calloc(1, sizeof *conn);
    if (conn == NULL) {
        return NULL;
    }
    conn->shard = shard;
    conn->fd = fd;
    conn->foreign = foreign;
    if (llmc__watch_add(shard->net->loop, fd, ready, conn) != LLMC_OK) {
        llmc__mem_free(conn);
        return NULL;
    }
    llmc__list_push_back(&shard->conns, &conn->node);
    return conn;
}

curl_socket_t llmc__conn_open(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    llmc__transfer *t = user;
    llmc__shard *shard = t->shard;
    if (t->sending) {
        /* The request has left already: libcurl wants to send it again on a new connection. Refused here, the failure
         * is told in the order it happened in, not after all that a new connection takes. */
        llmc__receive_stop_resend(t);
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
    if (fd < 0) {
        return CURL_SOCKET_BAD;
    }
    llmc__conn *conn = shard == NULL ? NULL : add(shard, fd, false);
    t->no_memory = conn == NULL;
    if (conn == NULL) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    conn->opener = t;
    t->opened = true;
    shard->open++;
    atomic_fetch_add_explicit(&shard->net->open, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&shard->net->opened, 1, memory_order_relaxed);
    llmc__shard_account(shard);
    return fd;
}

int llmc__conn_close(void *user, curl_socket_t fd) {
    llmc__net *net = user;
    llmc__conn *conn = llmc__watch_ctx(net->loop, fd);
    if (conn != NULL) {
        forget_closed(conn);
    }
    return close(fd);
}

/*
 * Of the sockets opened for a transfer libcurl keeps one at most. Those that lost the race of addresses, or were still
 * connecting when the transfer ended, it closes without calling llmc__conn_close (seen in 7.88.1). Such a number is
 * soon some other part of the program's socket: it must not be watched, counted or shut down as ours.
 */
void llmc__conn_settle(llmc__shard *shard, const llmc__transfer *ended, int kept_fd) {
    llmc__list_node *next;
    for (llmc__list_node *node = llmc__list_first(&shard->conns); node != NULL; node = next) {
        llmc__conn *conn = LLMC__CONTAINER(node, llmc__conn, node);
        next = llmc__list_next(&shard->conns, node);
        if (conn->opener != ended) {
            continue;
        }
        conn->opener = NULL;
        if (conn->fd != kept_fd && llmc__watch_wanted(shard->net->loop, conn->fd) == 0) {
            forget_closed(conn);
        }
    }
}

/* Before a transfer that has no connection yet leaves libcurl, while its sockets are open for certain. */
void llmc__conn_abandon(llmc__shard *shard, const llmc__transfer *ending) {
    llmc__list_node *next;
    for (llmc__list_node *node = llmc__list_first(&shard->conns); node != NULL; node = next) {
        llmc__conn *conn = LLMC__CONTAINER(node, llmc__conn, node);
        next = llmc__list_next(&shard->conns, node);
        if (conn->opener == ending) {
            forget_closed(conn);
        }
    }
}

void llmc__conn_forget_all(llmc__shard *shard) {
    for (llmc__list_node *node = llmc__list_first(&shard->conns); node != NULL;
         node = llmc__list_first(&shard->conns)) {
        forget_closed(LLMC__CONTAINER(node, llmc__conn, node));
    }
}

static unsigned mask_of(int what) {
    switch (what) {
    case CURL_POLL_IN:
        return LLMC__READY_IN;
    case CURL_POLL_OUT:
        return LLMC__READY_OUT;
    case CURL_POLL_INOUT:
        return LLMC__READY_IN | LLMC__READY_OUT;
    default:
        return 0;
    }
}

int llmc__conn_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user) {
    (void)easy;
    (void)socket_user;
    llmc__shard *shard = user;
    llmc__conn *conn = llmc__watch_ctx(shard->net->loop, fd);
    unsigned mask = mask_of(what);
    if (conn == NULL) {
        /* Not opened through us: the resolver thread's. Without memory libcurl's own timer looks after it. */
        conn = mask == 0 ? NULL : add(shard, fd, true);
        if (conn == NULL) {
            return 0;
        }
    }
    if (mask == 0 && conn->foreign) {
        forget(conn); /* libcurl closes it without asking */
        return 0;
    }
    if (mask != 0) {
        count_alive(conn);
    }
    conn->idle_since_us = mask == 0 ? llmc__loop_now_us(shard->net->loop) : 0;
    llmc__watch_want(shard->net->loop, fd, mask);
    return 0;
}

void llmc__conn_retire(llmc__conn *conn) {
    llmc__watch_mute(conn->shard->net->loop, conn->fd);
    shutdown(conn->fd, SHUT_RDWR);
    count_dead(conn, false);
}

llmc__conn *llmc__conn_oldest_idle(const llmc__shard *shard) {
    llmc__conn *oldest = NULL;
    for (llmc__list_node *node = llmc__list_first(&shard->conns); node != NULL;
         node = llmc__list_next(&shard->conns, node)) {
        llmc__conn *conn = LLMC__CONTAINER(node, llmc__conn, node);
        bool idle = !conn->foreign && !conn->dead && conn->idle_since_us != 0;
        if (idle && (oldest == NULL || conn->idle_since_us < oldest->idle_since_us)) {
            oldest = conn;
        }
    }
    return oldest;
}
