/*
 * The inside of the mock provider. One thread (the loop) owns the sockets; what other threads may touch stands in
 * `shared`, under its mutex. A request passes through the files in this order:
 *
 *   loop.c -> conn.c -> parse.c -> scan.c -> limit.c, script.c, record.c -> body.c, speak_*.c, endpoint_*.c
 *     -> frame.c -> conn.c
 */
#ifndef LLMC_MOCK_INNER_H
#define LLMC_MOCK_INNER_H

#include <stdatomic.h>
#include "llmclient/mock.h"
#include "base/buf.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/thread.h"

#define LLMC__MOCK_MAX_HEAD     ((size_t)64 * 1024)
#define LLMC__MOCK_MAX_BODY     ((size_t)64 * 1024 * 1024)
#define LLMC__MOCK_MAX_RECORDED ((size_t)64 * 1024 * 1024)
#define LLMC__MOCK_MAX_ANSWER   ((size_t)1024 * 1024 * 1024)
#define LLMC__MOCK_SCRATCH      ((size_t)64 * 1024)

/* Text lent by someone else, not terminated. */
typedef struct llmc__mock_span {
    const char *data;
    size_t len;
} llmc__mock_span;

/* A format answers are written in; see speak.h. */
typedef struct llmc__mock_speaker llmc__mock_speaker;

/* ---- scripts (script.c) ---- */

/* A tool call of a script. Escaped, but for `raw`, the arguments as they were given. */
typedef struct llmc__mock_call {
    char *id, *name, *arguments, *raw;
    bool has_id; /* else it was made up */
} llmc__mock_call;

/* A script as it is kept: all texts are JSON string content already, escaped, without their quotes. */
typedef struct llmc__mock_plan {
    llmc__list_node node;
    atomic_uint refs;
    uint32_t left; /* times it is still to be served; under the mutex */
    int status;
    char *headers; /* NULL: none */
    bool has_content_type;
    char *body; /* NULL: none */
    size_t body_len;
    bool has_text;
    char *text; /* NULL unless has_text */
    size_t text_len;
    char *deltas; /* all of them, one after the other */
    size_t *delta_ends;
    size_t delta_count;
    char *finish_reason; /* NULL: the format's own */
    llmc__mock_call *calls;
    size_t call_count;
    char *reasoning;       /* NULL: none */
    char *error_in_stream; /* NULL: none */
    int tokens_in, tokens_out;
    bool no_done;
    int64_t delay_us, chunk_delay_us;
    size_t split_at;
    llmc_mock_framing framing;
    llmc_mock_fault fault;
    size_t cut_at;
    bool fault_on_read;
    bool close_after;
} llmc__mock_plan;

llmc_status llmc__mock_plan_new(const llmc_mock_script *script, llmc__mock_plan **out);
void llmc__mock_plan_unref(llmc__mock_plan *plan);
/* The plan for the next request, with a reference; NULL when nothing is scripted. Mutex held. */
llmc__mock_plan *llmc__mock_plan_take_locked(llmc_mock *mock);

/* ---- requests (parse.c, scan.c) ---- */

/* What was asked, as far as the answer's shape depends on it. Spans point into the body, or into `joined`. */
typedef struct llmc__mock_ask {
    bool is_object;
    bool has_stream, stream;
    bool include_usage;
    llmc__mock_span model; /* escaped */
    llmc__mock_span user;  /* the last user message, escaped */
    size_t words;          /* of all messages */
} llmc__mock_ask;

/* Looks through a request body; `joined` takes the texts of messages that come in parts. False: no memory. */
bool llmc__mock_scan(const char *body, size_t len, llmc__buf *joined, llmc__mock_ask *out);
size_t llmc__mock_scan_words(const char *text, size_t len); /* words in escaped text */

/* A request read whole. Lent by the connection's input. */
typedef struct llmc__mock_asked {
    llmc__mock_span method, path, headers, body;
    bool http10;
    bool keep_alive;
} llmc__mock_asked;

typedef enum llmc__mock_parsed {
    LLMC__MOCK_MORE = 0, /* the request is not complete */
    LLMC__MOCK_WHOLE,
    LLMC__MOCK_BAD,       /* 400 */
    LLMC__MOCK_LONG_HEAD, /* 431 */
    LLMC__MOCK_LONG_BODY  /* 413 */
} llmc__mock_parsed;

/* Where the reading of one request stands. Zero is the start, but for the buffer. */
typedef struct llmc__mock_parser {
    size_t searched; /* bytes already searched for the end of the head */
    size_t head_len; /* 0 while the head is not complete */
    size_t chunk_at; /* chunked: start of the next chunk */
    size_t content_length;
    bool chunked, expects, continued;
    llmc__mock_asked asked; /* body aside, offsets are re-read at the end */
    llmc__buf body;         /* chunked bodies, joined */
} llmc__mock_parser;

void llmc__mock_parser_init(llmc__mock_parser *parser);
void llmc__mock_parser_reset(llmc__mock_parser *parser);
/* `data` always starts at the request's first byte. On WHOLE tells the request and how many bytes it took. */
llmc__mock_parsed llmc__mock_parser_run(llmc__mock_parser *parser, const char *data, size_t len, size_t *used);
/* Value of a header among lines as received; false when there is none of that name. */
bool llmc__mock_find_header(llmc__mock_span lines, const char *name, llmc__mock_span *out);

/* ---- recording (record.c) ---- */

typedef struct llmc__mock_record {
    llmc_mock_request seen;
    char *names; /* "name\0value\0" for each header, then "\0" */
    size_t bytes;
} llmc__mock_record;

/* Keeps a copy if there is room for it. Mutex held. */
void llmc__mock_record_add_locked(llmc_mock *mock, const llmc__mock_asked *asked, uint64_t connection, bool streamed);
void llmc__mock_record_clear_locked(llmc_mock *mock);

/* ---- limits (limit.c) ---- */

/* The settings, and where the window stands. Under the mutex. */
typedef struct llmc__mock_limit {
    uint32_t requests; /* in a window; 0: no limit */
    uint32_t used;
    int64_t window_us;
    int64_t window_end_us; /* 0: none has begun */
    int64_t told_at_us;    /* when the window's first 429 was made; 0: none was */
    uint32_t percent;
    int status; /* 0: reset */
    uint64_t random;
} llmc__mock_limit;

/* How embeddings are answered, see llmc_mock_set_embeddings; 0 and NULL: as that says. Under the mutex. */
typedef struct llmc__mock_embedding {
    llmc_mock_embedding_options options;
    char *refused; /* owns options.refused_text */
} llmc__mock_embedding;

/* The models it lists, see llmc_mock_set_models; none: "mock" alone. Under the mutex. */
typedef struct llmc__mock_models {
    char **ids;
    size_t count;
    size_t per_page; /* 0: all */
} llmc__mock_models;

/* Batch jobs, see endpoint_jobs.c and llmc_mock_set_batches. Under the mutex. */
typedef struct llmc__mock_job llmc__mock_job;
typedef struct llmc__mock_jobs {
    llmc_mock_batch_options options;
    char *ends_as, *failed_text, *missing_text; /* own what the options say */
    llmc__mock_job *first;
    size_t kept, serial;
} llmc__mock_jobs;
void llmc__mock_jobs_free(llmc__mock_jobs *jobs);

/* What was decided of one request. */
typedef struct llmc__mock_verdict {
    int status;      /* of the refusal; 0: none */
    bool is_limited; /* by the rate limit */
    bool resets;     /* the connection is reset instead of an answer */
    uint32_t limit;  /* 0: there is none */
    uint32_t remaining;
    int64_t reset_us; /* until the window ends */
} llmc__mock_verdict;

/* *told_until_us: until when who uses this connection was told to wait; kept with the connection. Mutex held. */
void llmc__mock_limit_check_locked(llmc_mock *mock, int64_t *told_until_us, llmc__mock_verdict *out);

/* ---- answers (body.c, speak.h, frame.c) ---- */

typedef enum llmc__mock_route {
    LLMC__MOCK_CHAT,
    LLMC__MOCK_MODELS,
    LLMC__MOCK_ENDPOINT, /* of the table in endpoint.c */
    LLMC__MOCK_NOWHERE
} llmc__mock_route;

/* An answer while it is made. */
typedef struct llmc__mock_answer {
    const llmc__mock_plan *plan; /* NULL: unscripted */
    const llmc__mock_asked *asked;
    llmc__mock_ask ask;
    llmc__mock_verdict verdict;
    llmc__mock_route route;
    const llmc__mock_speaker *speaker;          /* never NULL */
    const struct llmc__mock_endpoint *endpoint; /* of LLMC__MOCK_ENDPOINT */
    llmc_mock *mock;
    bool streamed; /* the request asks for a stream */
    bool events;   /* the body is a stream of events */
    bool json;     /* else its content type is JSON */
    bool closes;   /* the connection ends after it */
    int status;
    int64_t created;        /* seconds since 1970 */
    const char *date;       /* header line's value */
    const char *id;         /* 29 characters */
    const char *req;        /* 32 characters */
    const char *error_type; /* for a header; NULL: none */
    int64_t first_call;     /* Responses: items before the calls */
    llmc__buf *prefix;      /* for use while making */
    llmc__buf *body;
    llmc__buf *events_at; /* size_t each: where each event of the body ends; empty when it is one piece */
    llmc__buf *out;       /* the response */
    llmc__buf *marks;     /* size_t each: where each separate write ends; empty: one write */
    bool failed;          /* no memory */
} llmc__mock_answer;

void llmc__mock_put(llmc__mock_answer *answer, llmc__buf *to, const char *text, size_t len);
void llmc__mock_put_str(llmc__mock_answer *answer, llmc__buf *to, const char *text);
void llmc__mock_put_int(llmc__mock_answer *answer, llmc__buf *to, int64_t value);
void llmc__mock_put_mark(llmc__mock_answer *answer, llmc__buf *to, size_t value);
size_t llmc__mock_mark_count(const llmc__buf *marks);
size_t llmc__mock_mark_at(const llmc__buf *marks, size_t index);

void llmc__mock_route_find(llmc__mock_answer *answer); /* sets route, speaker, endpoint */
void llmc__mock_body_make(llmc__mock_answer *answer);  /* sets status, events, json, body */
void llmc__mock_body_error(llmc__mock_answer *answer, int status, llmc__mock_span message);
const char *llmc__mock_reason(int status);
void llmc__mock_limit_body(llmc__mock_answer *answer);    /* the refusal */
void llmc__mock_limit_headers(llmc__mock_answer *answer); /* lines of the head */
void llmc__mock_frame_make(llmc__mock_answer *answer);    /* from the body to the bytes on the wire */

/* ---- connections (conn.c) ---- */

typedef enum llmc__mock_state {
    LLMC__MOCK_READING = 0, /* waits for a request or the rest of one */
    LLMC__MOCK_WAITING,     /* the timer lets the response, or its next piece, go */
    LLMC__MOCK_SENDING,     /* the socket is full */
    LLMC__MOCK_STALLED,     /* sends nothing more */
    LLMC__MOCK_LINGERING,   /* FIN sent; input is dropped until the client ends too, or the timer does it */
    LLMC__MOCK_DEAD         /* closed; freed at the end of the loop's round */
} llmc__mock_state;

typedef struct llmc__mock_conn {
    llmc__list_node node;
    llmc__heap_node timer;
    llmc_mock *mock;
    int fd;
    llmc__mock_state state;
    uint64_t number;
    int64_t told_until_us; /* limit.c's */
    llmc__buf in;          /* what was read and not used */
    llmc__mock_parser parser;

    /* The response under way. */
    llmc__buf out, marks;
    size_t sent, next_mark, pause_from;
    int64_t chunk_delay_us;
    llmc_mock_fault fault;
    bool whole; /* nothing of it is cut off */
    bool closes;
    bool in_flight;
} llmc__mock_conn;

void llmc__mock_conn_open(llmc_mock *mock, int fd);
void llmc__mock_conn_event(llmc__mock_conn *conn, uint32_t events);
void llmc__mock_conn_due(llmc__mock_conn *conn);
bool llmc__mock_conn_is_idle(const llmc__mock_conn *conn);
void llmc__mock_conn_close(llmc__mock_conn *conn);
void llmc__mock_conn_free(llmc__mock_conn *conn);

/* ---- the server (mock.c, loop.c) ---- */

struct llmc_mock {
    /* Set at birth. */
    int port;
    char url[48];
    int listen_fd, epoll_fd, wake_fd;
    llmc__thread thread;

    /* Any thread, under the mutex. */
    llmc__mutex mutex;
    llmc__cond changed; /* a request was read, or idle connections were closed */
    struct {
        llmc__list queue;
        llmc__mock_plan *standing; /* the default script */
        bool recording;
        llmc__mock_record **records;
        size_t record_count, record_cap, record_bytes;
        llmc_mock_stats stats;
        llmc__mock_limit limit;
        llmc__mock_embedding embedding;
        llmc__mock_models models;
        llmc__mock_jobs jobs;
        bool stop;
        uint64_t close_asked, close_done;
    } shared;

    /* The loop thread. */
    struct {
        llmc__list conns, dead;
        llmc__heap timers;
        int spare_fd; /* given up for a moment to refuse connections when descriptors run out */
        bool no_pwait2;
        uint64_t random;
        int64_t date_s;
        char date[40];
        llmc__buf joined, prefix, body, events_at, out, marks;
        char scratch[LLMC__MOCK_SCRATCH];
    } loop;
};

/* As llmc_mock_new at a given port; 0 lets the kernel pick. */
llmc_status llmc__mock_new_at(int port, llmc_mock **out);

void llmc__mock_loop_run(void *mock);
void llmc__mock_loop_dates(llmc_mock *mock, int64_t now_s);
void llmc__mock_loop_stamp(int64_t unix_s, char out[40]); /* RFC 3339 */
uint64_t llmc__mock_loop_random(llmc_mock *mock);

#endif
