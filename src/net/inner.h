/* What the files of net share. All of it belongs to the loop thread; only the counters are read elsewhere. */
#ifndef LLMC_NET_INNER_H
#define LLMC_NET_INNER_H

#include <curl/curl.h>
#include <stdatomic.h>
#include "base/list.h"
#include "net/net.h"
#include "net/watch.h"

/* Measured: libcurl's cost of a transfer grows with the connections of its multi handle; at 64 it is still flat. */
#define LLMC__SHARD_H1_TRANSFERS 64
/* What nginx and most front ends allow as concurrent streams. */
#define LLMC__SHARD_H2_TRANSFERS 100
#define LLMC__HEADER_BYTES_MAX   (256u * 1024u)
#define LLMC__IDLE_MAX_S         60L
#define LLMC__LIFE_MAX_S         3600L

typedef enum llmc__proto { LLMC__PROTO_UNKNOWN = 0, LLMC__PROTO_H1, LLMC__PROTO_H2 } llmc__proto;

struct llmc__shard;
struct llmc__pool;

/* A socket libcurl opened through us, or (foreign) one of its own: the wake-up pair of its resolver thread. */
typedef struct llmc__conn {
    llmc__list_node node; /* in shard->conns */
    struct llmc__shard *shard;
    int fd;
    bool foreign;
    bool dead;                           /* closed by the server or by us; libcurl has not found out yet */
    bool hung_up;                        /* it was the server */
    int64_t idle_since_us;               /* 0: wanted right now */
    const struct llmc__transfer *opener; /* for whom it was opened, until that one ends; only compared */
} llmc__conn;

/* One multi handle and its connections. Lives as long as its pool; the multi handle comes and goes. */
typedef struct llmc__shard {
    CURLM *multi; /* NULL while there is nothing to do */
    llmc__net *net;
    struct llmc__pool *pool;
    llmc__timer timer;    /* libcurl's */
    llmc__list transfers; /* running */
    llmc__list conns;     /* sockets, the foreign ones too */
    llmc__proto kind;     /* H2: one connection carries all; else one a transfer */
    bool retiring;        /* takes no more transfers and closes when the last one is done */
    bool in_curl;         /* inside run: the multi handle must stay */
    bool relearn;         /* the server's protocol is not what the shard was made for */
    size_t paused;        /* transfers not being read */
    size_t open, hung_up; /* living sockets and those the server closed, foreign ones aside */
    size_t busy, held;    /* its share of net->busy and net->held */
    long max_connects_set, host_limit_set;
} llmc__shard;

typedef struct llmc__address llmc__address;

typedef struct llmc__pool {
    uint64_t id;
    llmc__net *net;
    bool https;
    bool offers_h2; /* in the handshake */
    char *ca_file, *proxy, *no_proxy;
    llmc__proto proto;
    llmc__shard **shards;
    size_t shard_count, shard_cap;
    llmc__list free_transfers;
    llmc__address *address; /* of the last request; NULL: not parsed */
    size_t idle;            /* open connections without a transfer */
    struct llmc__pool *next;
} llmc__pool;

struct llmc__net {
    llmc__loop *loop;
    llmc__net_config config;
    bool h2_allowed; /* AUTO: this libcurl passes our HTTP/2 tests */
    CURLSH *share;
    char *agent_line; /* "User-Agent: x"; NULL: none */
    llmc__pool *pools;
    bool may_signal;          /* one of them may raise SIGPIPE */
    llmc__sigpipe *hold;      /* of the thread that drives; NULL: the loop thread */
    llmc__timer sweep;        /* closes what was idle too long */
    llmc__timer resume_timer; /* restarts paused transfers from the loop, never from inside llmc__net_resume */
    llmc__list resumes;
    size_t backlog; /* calls the engine keeps waiting */
    size_t busy;    /* connections in use or about to be */
    size_t held;    /* those and the idle ones */
    atomic_uint_least64_t open, opened, resends_stopped, transfers;
};

/* A running transfer, and between transfers a pooled easy handle with its constant options set. */
struct llmc__transfer {
    llmc__list_node node; /* in shard->transfers or pool->free_transfers */
    llmc__list_node resume_node;
    CURL *easy;
    llmc__pool *pool;
    llmc__shard *shard;
    const llmc__http_request *request;
    const llmc__transfer_ops *ops;
    void *ctx;
    struct curl_slist *lines; /* points into text */
    char *text;               /* the request's lines with what is ours; holds its key */
    size_t line_cap, text_cap, text_len;
    llmc__address *address; /* what libcurl is set to; NULL: a text of its own, or nothing */
    long pipewait_set;
    bool method_set; /* the last request was no POST */
    bool offers_h2;  /* as its pool when libcurl was told */
    bool patient;    /* libcurl's own limit of connecting is out of the way */
    int64_t start_us, sending_us, first_byte_us;
    uint64_t bytes_received;
    size_t header_bytes;
    int http_status, http_version;
    bool sending;    /* libcurl told once that the request goes out */
    bool opened;     /* a socket was opened for it */
    bool reused;     /* its request first went out on a kept connection; a re-send opens another */
    bool skip_block; /* in the lines of a 1xx answer */
    bool head_done;  /* the empty line after the final header was seen */
    bool refused;    /* on_header or on_data said stop */
    bool head_too_big;
    bool no_memory; /* its last socket could not be kept */
    bool resend_stopped;
    bool paused;
    char error[CURL_ERROR_SIZE];
};

/* address.c */
CURLcode llmc__address_set(llmc__transfer *t, const llmc__buf *url);
void llmc__address_drop(llmc__address *address);
const char *llmc__address_host_line(const llmc__address *address); /* "Host: x"; NULL: libcurl is to write it */

/* lines.c */
llmc_status llmc__lines_fill(llmc__transfer *t); /* t->lines, from its request and address */
void llmc__lines_wipe(llmc__transfer *t);        /* once libcurl has let go of them */
void llmc__lines_free(llmc__transfer *t);

/* pool.c */
llmc__pool *llmc__pool_get(llmc__net *net, const llmc__net_origin *origin); /* found or made; NULL: no memory */
llmc__pool *llmc__pool_find(llmc__net *net, uint64_t id);
void llmc__pool_free(llmc__pool *pool);
llmc__shard *llmc__pool_choose(llmc__pool *pool); /* where the next transfer belongs; NULL: a new shard */
llmc__shard *llmc__pool_grow(llmc__pool *pool);
bool llmc__pool_has_room(const llmc__pool *pool);
void llmc__pool_trim(llmc__pool *pool); /* down to the allowed number of idle connections */
bool llmc__pool_evict_idle(llmc__net *net, const llmc__shard *except); /* closes one idle connection of any pool */
void llmc__pool_learn(llmc__pool *pool, int http_version);             /* inside libcurl: only takes note */
void llmc__pool_settle(llmc__pool *pool);                              /* outside: shards follow */
void llmc__pool_leave_h2(llmc__pool *pool);                            /* what starts from now on is HTTP/1.1 */
void llmc__pool_sweep(llmc__timer *timer);

/* shard.c */
llmc_status llmc__shard_open(llmc__shard *shard);
void llmc__shard_close(llmc__shard *shard); /* the multi handle and its connections; no transfer may run */
void llmc__shard_run(llmc__shard *shard, int fd, int ready);
void llmc__shard_drain(llmc__shard *shard);
void llmc__shard_account(llmc__shard *shard); /* after transfers, open, paused or kind changed */
void llmc__shard_tidy(llmc__shard *shard);
void llmc__shard_settle_kind(llmc__shard *shard);
bool llmc__shard_full(const llmc__shard *shard);
size_t llmc__shard_idle(const llmc__shard *shard);
void llmc__shard_timer_fired(llmc__timer *timer);

/* conn.c */
int llmc__conn_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user); /* multi's callback */
curl_socket_t llmc__conn_open(void *user, curlsocktype purpose, struct curl_sockaddr *address);
int llmc__conn_close(void *user, curl_socket_t fd);
void llmc__conn_settle(llmc__shard *shard, const llmc__transfer *ended, int kept_fd); /* after it left libcurl */
void llmc__conn_abandon(llmc__shard *shard, const llmc__transfer *ending);            /* before: one still connecting */
void llmc__conn_forget_all(llmc__shard *shard);                                       /* the multi handle is gone */
void llmc__conn_retire(llmc__conn *conn); /* hangs up now; libcurl frees it when it finds out */
llmc__conn *llmc__conn_oldest_idle(const llmc__shard *shard);

/* handle.c */
llmc__transfer *llmc__handle_take(llmc__pool *pool);
void llmc__handle_put(llmc__transfer *transfer);
void llmc__handle_free(llmc__transfer *transfer);

/* receive.c */
size_t llmc__receive_header(char *line, size_t size, size_t count, void *user);
size_t llmc__receive_data(char *bytes, size_t size, size_t count, void *user);
void llmc__receive_stop_resend(llmc__transfer *transfer); /* libcurl was about to send the request again */
int llmc__receive_prereq(void *user, char *remote_ip, char *local_ip, int remote_port, int local_port);

/* transfer.c */
void llmc__transfer_finish(llmc__transfer *transfer, CURLcode code);
void llmc__transfer_resume_due(llmc__timer *timer);

/* status.c */
llmc_status llmc__status_of(const llmc__transfer *transfer, CURLcode code, bool request_left);

#endif
