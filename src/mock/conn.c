/* One connection: reads requests, sends responses, one at a time and in order, and strikes faults. */
#include "mock/speak.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "base/clock.h"
#include "base/mem.h"

#define MAX_INPUT   ((size_t)128 * 1024 * 1024) /* chunked bodies are larger on the wire */
#define LINGER_US   ((int64_t)1000 * 1000)
#define KEEP_BUFFER ((size_t)1024 * 1024) /* larger ones are not kept for the next response */

static void leave_flight(llmc__mock_conn *conn, bool is_aborted) {
    llmc_mock *mock = conn->mock;
    if (!conn->in_flight) {
        return;
    }
    conn->in_flight = false;
    llmc__mutex_lock(&mock->mutex);
    mock->shared.stats.in_flight--;
    mock->shared.stats.aborted += is_aborted ? 1 : 0;
    llmc__mutex_unlock(&mock->mutex);
}

/* The counters change before the client can see the end, so that a test which saw it finds them right. */
void llmc__mock_conn_close(llmc__mock_conn *conn) {
    llmc_mock *mock = conn->mock;
    if (conn->state == LLMC__MOCK_DEAD) {
        return;
    }
    leave_flight(conn, false);
    llmc__mutex_lock(&mock->mutex);
    mock->shared.stats.connections_now--;
    llmc__mutex_unlock(&mock->mutex);
    close(conn->fd);
    conn->fd = -1;
    conn->state = LLMC__MOCK_DEAD;
    llmc__heap_remove(&mock->loop.timers, &conn->timer);
    llmc__list_remove(&mock->loop.conns, &conn->node);
    llmc__list_push_back(&mock->loop.dead, &conn->node);
}

void llmc__mock_conn_free(llmc__mock_conn *conn) {
    llmc__buf_free(&conn->in);
    llmc__buf_free(&conn->out);
    llmc__buf_free(&conn->marks);
    llmc__mock_parser_reset(&conn->parser);
    llmc__mem_free(conn);
}

bool llmc__mock_conn_is_idle(const llmc__mock_conn *conn) {
    return conn->state == LLMC__MOCK_LINGERING || (conn->state == LLMC__MOCK_READING && conn->in.len == 0);
}

/* The client is gone. */
static void lose(llmc__mock_conn *conn) {
    leave_flight(conn, true);
    llmc__mock_conn_close(conn);
}

static void arm(llmc__mock_conn *conn, int64_t after_us) {
    /* Room in the heap was made when the connection was accepted. */
    (void)llmc__heap_set(&conn->mock->loop.timers, &conn->timer, llmc__clock_us() + after_us);
}

/*
 * FIN, then the client's own end is awaited: closing at once with input unread would send RST instead, and that may
 * take from the client what it has not read yet (RFC 9112 section 9.6).
 */
static void linger(llmc__mock_conn *conn) {
    leave_flight(conn, false);
    shutdown(conn->fd, SHUT_WR);
    conn->state = LLMC__MOCK_LINGERING;
    llmc__buf_free(&conn->in);
    arm(conn, LINGER_US);
}

static void strike(llmc__mock_conn *conn) {
    const struct linger at_once = {1, 0};
    switch (conn->fault) {
    case LLMC_MOCK_RESET:
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        llmc__mock_conn_close(conn);
        break;
    case LLMC_MOCK_STALL:
        conn->state = LLMC__MOCK_STALLED;
        break;
    case LLMC_MOCK_NO_FAULT:
    case LLMC_MOCK_CLOSE:
    default:
        linger(conn);
        break;
    }
}

static void swap(llmc__buf *a, llmc__buf *b) {
    llmc__buf kept = *a;
    *a = *b;
    *b = kept;
}

/* Gives the memory back for the next response. */
static void give_back(llmc__buf *from, llmc__buf *to) {
    if (to->data == NULL && from->cap <= KEEP_BUFFER) {
        swap(from, to);
    } else {
        llmc__buf_free(from);
    }
}

static void finish(llmc__mock_conn *conn) {
    give_back(&conn->out, &conn->mock->loop.out);
    give_back(&conn->marks, &conn->mock->loop.marks);
    if (conn->fault != LLMC_MOCK_NO_FAULT) {
        strike(conn);
    } else if (conn->closes) {
        linger(conn);
    } else {
        conn->state = LLMC__MOCK_READING;
    }
}

/* The response's last bytes go out under the mutex, so that who received them cannot find it uncounted. */
static ssize_t send_last(llmc__mock_conn *conn) {
    llmc_mock *mock = conn->mock;
    size_t len = conn->out.len - conn->sent;
    llmc__mutex_lock(&mock->mutex);
    ssize_t n = send(conn->fd, conn->out.data + conn->sent, len, MSG_NOSIGNAL);
    if (n == (ssize_t)len && conn->in_flight && conn->whole) {
        conn->in_flight = false;
        mock->shared.stats.in_flight--;
        mock->shared.stats.responses++;
    }
    llmc__mutex_unlock(&mock->mutex);
    return n;
}

/* Sends up to `limit`; false when the socket is full or broken. */
static bool send_to(llmc__mock_conn *conn, size_t limit) {
    while (conn->sent < limit) {
        ssize_t n = limit == conn->out.len
                        ? send_last(conn)
                        : send(conn->fd, conn->out.data + conn->sent, limit - conn->sent, MSG_NOSIGNAL);
        if (n > 0) {
            conn->sent += (size_t)n;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            conn->state = LLMC__MOCK_SENDING;
            return false;
        } else if (n == 0 || errno != EINTR) {
            lose(conn);
            return false;
        }
    }
    return true;
}

static void send_pieces(llmc__mock_conn *conn) {
    size_t marks = llmc__mock_mark_count(&conn->marks);
    for (;;) {
        size_t limit = conn->next_mark < marks ? llmc__mock_mark_at(&conn->marks, conn->next_mark) : conn->out.len;
        limit = limit < conn->out.len ? limit : conn->out.len; /* a cut may come before the mark */
        if (!send_to(conn, limit)) {
            return;
        }
        if (limit == conn->out.len) {
            finish(conn);
            return;
        }
        conn->next_mark++;
        if (conn->chunk_delay_us > 0 && conn->next_mark >= conn->pause_from) {
            conn->state = LLMC__MOCK_WAITING;
            arm(conn, conn->chunk_delay_us);
            return;
        }
    }
}

static void random_text(llmc_mock *mock, char *out, size_t len, const char *digits, unsigned base) {
    for (size_t i = 0; i < len;) {
        uint64_t random = llmc__mock_loop_random(mock);
        for (size_t j = 0; j < 8 && i < len; j++, random >>= 8) {
            out[i++] = digits[(random & 0xff) % base];
        }
    }
}

static void prepare(llmc__mock_answer *answer, llmc_mock *mock, char ids[61]) {
    random_text(mock, ids, 29, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 62);
    random_text(mock, ids + 29, 32, "0123456789abcdef", 16);
    answer->id = ids;
    answer->req = ids + 29;
    answer->created = llmc__clock_wall_s();
    llmc__mock_loop_dates(mock, answer->created);
    answer->date = mock->loop.date;
    answer->prefix = &mock->loop.prefix;
    answer->body = &mock->loop.body;
    answer->events_at = &mock->loop.events_at;
    answer->out = &mock->loop.out;
    answer->marks = &mock->loop.marks;
    llmc__buf_clear(answer->body);
    llmc__buf_clear(answer->events_at);
    llmc__buf_clear(answer->out);
    llmc__buf_clear(answer->marks);
}

/* Takes over the response that was made and starts to send it. */
static void start(llmc__mock_conn *conn, const llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    if (answer->failed) {
        llmc__mock_conn_close(conn);
        return;
    }
    swap(&conn->out, answer->out);
    swap(&conn->marks, answer->marks);
    if (conn->mock->loop.body.cap > KEEP_BUFFER) {
        llmc__buf_free(&conn->mock->loop.body);
    }
    conn->sent = 0;
    conn->next_mark = 0;
    conn->whole = true;
    conn->closes = answer->closes;
    conn->fault = plan != NULL ? plan->fault : LLMC_MOCK_NO_FAULT;
    conn->chunk_delay_us = plan != NULL ? plan->chunk_delay_us : 0;
    conn->pause_from = plan != NULL && plan->split_at > 0 ? 2 : 1; /* the head alone is not a piece */
    if (conn->fault != LLMC_MOCK_NO_FAULT && plan->cut_at < conn->out.len) {
        conn->out.len = plan->cut_at;
        conn->whole = false;
    }
    if (plan != NULL && plan->delay_us > 0) {
        conn->state = LLMC__MOCK_WAITING;
        arm(conn, plan->delay_us);
    } else {
        send_pieces(conn);
    }
}

static bool asks_for_stream(const llmc__mock_answer *answer) {
    /* Ollama streams when nothing is said. Gemini and Bedrock say it in the path: ":streamGenerateContent",
     * "/converse-stream". */
    llmc__mock_span path = answer->asked->path;
    return answer->ask.stream || (answer->speaker->streams_unasked && !answer->ask.has_stream) ||
           memmem(path.data, path.len, ":stream", 7) != NULL || memmem(path.data, path.len, "-stream", 7) != NULL;
}

/* Counts and records the request and takes the script for it. */
static void admit(llmc__mock_conn *conn, llmc__mock_answer *answer) {
    llmc_mock *mock = conn->mock;
    llmc_mock_stats *stats = &mock->shared.stats;
    conn->in_flight = true;
    llmc__mutex_lock(&mock->mutex);
    stats->requests++;
    stats->in_flight++;
    if (stats->in_flight > stats->in_flight_max) {
        stats->in_flight_max = stats->in_flight;
    }
    if (answer->route != LLMC__MOCK_MODELS) {
        llmc__mock_limit_check_locked(mock, &conn->told_until_us, &answer->verdict);
    }
    if (answer->verdict.status == 0 && !answer->verdict.resets) {
        answer->plan = llmc__mock_plan_take_locked(mock);
    }
    llmc__mock_record_add_locked(mock, answer->asked, conn->number, answer->streamed);
    llmc__cond_broadcast(&mock->changed);
    llmc__mutex_unlock(&mock->mutex);
}

static void respond(llmc__mock_conn *conn, const llmc__mock_asked *asked) {
    llmc_mock *mock = conn->mock;
    char ids[61];
    llmc__mock_answer answer;
    memset(&answer, 0, sizeof answer);
    answer.asked = asked;
    answer.mock = mock;
    llmc__mock_route_find(&answer);
    answer.failed = !llmc__mock_scan(asked->body.data, asked->body.len, &mock->loop.joined, &answer.ask);
    answer.streamed = answer.route != LLMC__MOCK_ENDPOINT && asks_for_stream(&answer);
    admit(conn, &answer);
    const llmc__mock_plan *plan = answer.plan;
    if (answer.verdict.resets) {
        conn->fault = LLMC_MOCK_RESET;
        strike(conn);
    } else if (plan != NULL && plan->fault_on_read && plan->fault != LLMC_MOCK_NO_FAULT) {
        conn->fault = plan->fault;
        strike(conn);
    } else {
        prepare(&answer, mock, ids);
        answer.closes = !asked->keep_alive || (plan != NULL && plan->close_after);
        llmc__mock_body_make(&answer);
        llmc__mock_frame_make(&answer);
        start(conn, &answer);
    }
    llmc__mock_plan_unref((llmc__mock_plan *)answer.plan);
}

/* Answers what is not a request, and ends the connection: where the next one would start is unknown. */
static void refuse(llmc__mock_conn *conn, llmc__mock_parsed parsed) {
    char ids[61];
    llmc__mock_asked asked = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, false, false};
    llmc__mock_answer answer;
    int status = parsed == LLMC__MOCK_BAD ? 400 : parsed == LLMC__MOCK_LONG_HEAD ? 431 : 413;
    const char *reason = llmc__mock_reason(status);
    memset(&answer, 0, sizeof answer);
    answer.asked = &asked;
    answer.mock = conn->mock;
    llmc__mock_route_find(&answer);
    answer.closes = true;
    prepare(&answer, conn->mock, ids);
    llmc__mock_body_error(&answer, status, (llmc__mock_span){reason, strlen(reason)});
    llmc__mock_frame_make(&answer);
    start(conn, &answer);
}

static void allow_body(llmc__mock_conn *conn) {
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (conn->parser.expects && conn->parser.head_len > 0 && !conn->parser.continued) {
        conn->parser.continued = true;
        (void)send(conn->fd, line, sizeof line - 1, MSG_NOSIGNAL);
    }
}

/* Serves the requests that stand whole in `data`, until one has to wait; tells how many bytes they took. */
static size_t serve(llmc__mock_conn *conn, const char *data, size_t len) {
    size_t at = 0;
    while (conn->state == LLMC__MOCK_READING && at < len) {
        size_t used = 0;
        llmc__mock_parsed parsed = llmc__mock_parser_run(&conn->parser, data + at, len - at, &used);
        if (parsed == LLMC__MOCK_MORE) {
            allow_body(conn);
            break;
        }
        if (parsed == LLMC__MOCK_WHOLE) {
            respond(conn, &conn->parser.asked);
        } else {
            refuse(conn, parsed);
            used = len - at;
        }
        llmc__mock_parser_reset(&conn->parser);
        at += used;
    }
    return at;
}

/* Goes on with the input that is kept. */
static void resume(llmc__mock_conn *conn) {
    if (conn->state != LLMC__MOCK_READING || conn->in.len == 0) {
        return;
    }
    llmc__buf in = conn->in; /* set aside: what is served must not change it */
    llmc__buf_init(&conn->in, MAX_INPUT);
    size_t used = serve(conn, in.data, in.len);
    if (conn->state == LLMC__MOCK_DEAD || conn->state == LLMC__MOCK_LINGERING || used == in.len) {
        llmc__buf_free(&in);
        return;
    }
    llmc__buf_consume(&in, used);
    conn->in = in;
}

static void keep(llmc__mock_conn *conn, const char *data, size_t len) {
    if (llmc__buf_append(&conn->in, data, len) != LLMC_OK) {
        lose(conn);
    }
}

/* Input that came. What is served whole is never copied. */
static void take(llmc__mock_conn *conn, const char *data, size_t len) {
    if (conn->state == LLMC__MOCK_STALLED || conn->state == LLMC__MOCK_LINGERING || conn->state == LLMC__MOCK_DEAD) {
        return;
    }
    if (conn->state != LLMC__MOCK_READING || conn->in.len > 0) {
        keep(conn, data, len);
        resume(conn);
        return;
    }
    size_t used = serve(conn, data, len);
    if (used < len && conn->state != LLMC__MOCK_DEAD && conn->state != LLMC__MOCK_LINGERING) {
        keep(conn, data + used, len - used);
    }
}

static void read_input(llmc__mock_conn *conn, bool to_the_end) {
    char *scratch = conn->mock->loop.scratch;
    while (conn->state != LLMC__MOCK_DEAD) {
        ssize_t n = recv(conn->fd, scratch, LLMC__MOCK_SCRATCH, 0);
        if (n > 0) {
            take(conn, scratch, (size_t)n);
            /* A short read emptied the socket: whatever comes later brings an event of its own. */
            if ((size_t)n < LLMC__MOCK_SCRATCH && !to_the_end) {
                return;
            }
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        } else {
            lose(conn);
        }
    }
}

void llmc__mock_conn_event(llmc__mock_conn *conn, uint32_t events) {
    if (conn->state != LLMC__MOCK_DEAD && (events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) {
        lose(conn);
    }
    if (conn->state != LLMC__MOCK_DEAD && (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) {
        read_input(conn, (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0);
    }
    if (conn->state == LLMC__MOCK_SENDING && (events & EPOLLOUT) != 0) {
        send_pieces(conn);
        resume(conn);
    }
}

void llmc__mock_conn_due(llmc__mock_conn *conn) {
    if (conn->state == LLMC__MOCK_LINGERING) {
        llmc__mock_conn_close(conn);
    } else if (conn->state == LLMC__MOCK_WAITING) {
        send_pieces(conn);
        resume(conn);
    }
}

void llmc__mock_conn_open(llmc_mock *mock, int fd) {
    const int on = 1;
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {NULL}};
    llmc__mock_conn *conn = llmc__mem_calloc(1, sizeof *conn);
    if (conn == NULL || llmc__heap_reserve(&mock->loop.timers, mock->loop.conns.count + 1) != LLMC_OK) {
        goto failed;
    }
    conn->mock = mock;
    conn->fd = fd;
    llmc__buf_init(&conn->in, MAX_INPUT);
    llmc__buf_init(&conn->out, LLMC__MOCK_MAX_ANSWER);
    llmc__buf_init(&conn->marks, LLMC__MOCK_MAX_ANSWER);
    llmc__mock_parser_init(&conn->parser);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    event.data.ptr = conn;
    if (epoll_ctl(mock->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        goto failed;
    }
    llmc__list_push_back(&mock->loop.conns, &conn->node);
    llmc__mutex_lock(&mock->mutex);
    conn->number = ++mock->shared.stats.connections;
    mock->shared.stats.connections_now++;
    if (mock->shared.stats.connections_now > mock->shared.stats.connections_max) {
        mock->shared.stats.connections_max = mock->shared.stats.connections_now;
    }
    llmc__mutex_unlock(&mock->mutex);
    return;
failed:
    llmc__mem_free(conn);
    close(fd);
}
