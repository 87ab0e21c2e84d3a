/*
 * Transfers over pooled connections. A net belongs to one loop and is used in its thread only. It owns many small curl
 * multi handles ("shards"): shards of a pool share CA, proxy and origin, so that no connection crosses an identity.
 */
#ifndef LLMC_NET_NET_H
#define LLMC_NET_NET_H

#include "base/thread.h"
#include "model/http.h"
#include "net/loop.h"

typedef struct llmc__net llmc__net;
typedef struct llmc__transfer llmc__transfer;

typedef struct llmc__net_config {
    uint32_t max_connections; /* of this loop: most HTTP/1.1 transfers running at once; HTTP/2: connections */
    uint32_t max_keepalive;   /* idle connections kept a pool in this loop */
    llmc_http_version http_version;
    const char *user_agent; /* lent for the net's life */
    llmc_log_fn on_log;     /* may be NULL */
    llmc_log_level log_level;
    void *log_user_data;
} llmc__net_config;

/* libcurl gives up after 300 s of connecting. Another limit costs each transfer a timer, so that it is only asked for
 * where the deadline of the engine comes later. */
#define LLMC__NET_CONNECT_MS 290000

/* Where a transfer connects; compared by id. Strings are lent for the pool's first use only (copied). */
typedef struct llmc__net_origin {
    uint64_t pool_id;
    const char *url;                        /* base URL: tells http from https */
    const char *ca_file, *proxy, *no_proxy; /* as llmc__target */
    bool patient;                           /* of this transfer: connecting may take longer than LLMC__NET_CONNECT_MS */
} llmc__net_origin;

/* How a transfer ended. Times are microseconds since its start, -1 when not reached. */
typedef struct llmc__net_result {
    llmc_status status;    /* LLMC_OK: the server's answer ended by itself; else RESOLVE, CONNECT, TLS, CONNECTION_LOST,
                              BAD_RESPONSE, REDIRECT is engine's; CANCELLED: on_data or on_header returned non-zero */
    const char *detail;    /* libcurl's words, lent; "" */
    int http_status;       /* 0: none */
    int http_version;      /* 11, 20; 0 unknown */
    int64_t connect_us;    /* ready to send; 0 on a reused connection */
    int64_t first_byte_us; /* first response byte */
    int64_t total_us;
    uint64_t bytes_sent;     /* body */
    uint64_t bytes_received; /* body and header */
    bool reused;             /* the connection was a kept one */
    bool request_left;       /* at least part of the request was written */
    bool resend_stopped;     /* libcurl wanted to send it again by itself */
    bool answer_lost; /* the server answered before it had read the request, and libcurl dropped the answer, or the
                         words of a refusal: nothing was executed, and a new transfer goes where none is dropped */
} llmc__net_result;

typedef struct llmc__transfer_ops {
    /* All in the loop thread. Must not start or cancel transfers except in on_done. */
    /*
     * Connection ready, the request goes out; may be NULL. Not 0: it must not go out after all; the transfer then ends
     * as CANCELLED, with nothing sent.
     */
    int (*on_sending)(void *ctx);
    /* A header line of the final response (1xx skipped); http_status is known. First call is also the first byte. */
    int (*on_header)(void *ctx, int http_status, const char *name, size_t name_len, const char *value,
                     size_t value_len);
    int (*on_data)(void *ctx, int http_status, const char *bytes, size_t len); /* decoded body */
    /* Exactly once, unless cancelled; the transfer is gone when it is called. May start others. */
    void (*on_done)(void *ctx, const llmc__net_result *result);
} llmc__transfer_ops;

llmc_status llmc__net_new(llmc__loop *loop, const llmc__net_config *config, llmc__net **out);
void llmc__net_free(llmc__net *net); /* no transfer may be running */

/*
 * A thread of the host begins to drive (NULL: it ends, or it is the loop thread, where no signal comes): from the first
 * origin on at which SIGPIPE is possible, it is held in `hold`, now or as soon as that origin is used. The host
 * releases it.
 */
void llmc__net_lend(llmc__net *net, llmc__sigpipe *hold);

/* Whether a transfer to this origin could start now without passing max_connections. */
bool llmc__net_has_room(llmc__net *net, const llmc__net_origin *origin);

/*
 * How many calls wait for a connection. While some do, a connection that falls idle is kept for them past
 * max_keepalive; when fewer do, the surplus is closed.
 */
void llmc__net_set_backlog(llmc__net *net, size_t waiting);

/* Starts; `request`, `ops` and ctx are lent until the end. LLMC_OK, NO_MEMORY, INIT, QUEUE_FULL (no room). */
llmc_status llmc__net_start(llmc__net *net, const llmc__net_origin *origin, const llmc__http_request *request,
                            const llmc__transfer_ops *ops, void *ctx, llmc__transfer **out);

/* Ends it now: the connection is closed (HTTP/2: the stream is reset), on_done does not come. Not from inside on_header
 * or on_data. */
void llmc__net_cancel(llmc__net *net, llmc__transfer *transfer);

/* Fills a result for a running transfer: what llmc__net_cancel would lose. */
void llmc__net_progress(llmc__transfer *transfer, llmc__net_result *out);

/* Stops and restarts reading from the server (pull streams that are not read). Pause from on_data or outside; resume
 * outside. */
void llmc__net_pause(llmc__transfer *transfer);
void llmc__net_resume(llmc__transfer *transfer);

typedef struct llmc__net_counts {
    uint64_t connections_open, connections_opened, resends_stopped, transfers;
} llmc__net_counts;
void llmc__net_count(const llmc__net *net, llmc__net_counts *out); /* any thread: atomics */

/* libcurl's global init, once a process; tolerant of the host's own. */
llmc_status llmc__net_global_init(void);

#endif
