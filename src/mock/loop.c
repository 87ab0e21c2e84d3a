/* The server's thread: one epoll set, a heap of timers, and what other threads ask for. */
#include "mock/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"

#define ROUND 256 /* events and accepted connections in one round */

/* xorshift64*: identifiers only need to differ. */
uint64_t llmc__mock_loop_random(llmc_mock *mock) {
    uint64_t x = mock->loop.random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    mock->loop.random = x;
    return x * 0x2545f4914f6cdd1dULL;
}

/* HTTP's date (RFC 9110 section 5.6.7), made anew once a second. strftime would follow the host's locale. */
void llmc__mock_loop_dates(llmc_mock *mock, int64_t now_s) {
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)now_s;
    struct tm tm;
    if (mock->loop.date_s == now_s || gmtime_r(&seconds, &tm) == NULL) {
        return;
    }
    mock->loop.date_s = now_s;
    (void)snprintf(mock->loop.date, sizeof mock->loop.date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                   days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, 1900 + tm.tm_year % 8000, tm.tm_hour,
                   tm.tm_min, tm.tm_sec);
}

void llmc__mock_loop_stamp(int64_t unix_s, char out[40]) {
    time_t seconds = (time_t)unix_s;
    struct tm tm;
    out[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL) {
        (void)snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02dZ", 1900 + tm.tm_year % 8000, tm.tm_mon + 1, tm.tm_mday,
                       tm.tm_hour, tm.tm_min, tm.tm_sec);
    }
}

/* No descriptors left: the one kept in reserve serves to take the connection off the queue and end it. */
static void refuse_connection(llmc_mock *mock) {
    if (mock->loop.spare_fd < 0) {
        return;
    }
    close(mock->loop.spare_fd);
    int fd = accept4(mock->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    mock->loop.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_connections(llmc_mock *mock) {
    for (int i = 0; i < ROUND; i++) {
        int fd = accept4(mock->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            llmc__mock_conn_open(mock, fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_connection(mock);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* To the nanosecond where the kernel can (Linux 5.11): a response must not go out early, nor a whole millisecond late.
 */
static int wait_events(llmc_mock *mock, struct epoll_event *events) {
    llmc__heap_node *top = llmc__heap_top(&mock->loop.timers);
    int64_t left = -1;
    if (top != NULL) {
        left = top->key - llmc__clock_us();
        left = left < 0 ? 0 : left;
    }
    if (left > 0 && !mock->loop.no_pwait2) {
        struct timespec timeout = {(time_t)(left / 1000000), (long)(left % 1000000) * 1000};
        int n = epoll_pwait2(mock->epoll_fd, events, ROUND, &timeout, NULL);
        if (n >= 0 || errno != ENOSYS) {
            return n;
        }
        mock->loop.no_pwait2 = true;
    }
    int64_t ms = left <= 0 ? left : (left + 999) / 1000;
    return epoll_wait(mock->epoll_fd, events, ROUND, ms > 60000 ? 60000 : (int)ms);
}

static void run_timers(llmc_mock *mock) {
    llmc__heap_node *top = llmc__heap_top(&mock->loop.timers);
    if (top == NULL) {
        return;
    }
    int64_t now = llmc__clock_us();
    while (top != NULL && top->key <= now) {
        llmc__heap_remove(&mock->loop.timers, top);
        llmc__mock_conn_due(LLMC__CONTAINER(top, llmc__mock_conn, timer));
        top = llmc__heap_top(&mock->loop.timers);
    }
}

static void close_idle(llmc_mock *mock) {
    llmc__list_node *node = llmc__list_first(&mock->loop.conns);
    while (node != NULL) {
        llmc__list_node *next = llmc__list_next(&mock->loop.conns, node);
        llmc__mock_conn *conn = LLMC__CONTAINER(node, llmc__mock_conn, node);
        if (llmc__mock_conn_is_idle(conn)) {
            llmc__mock_conn_close(conn);
        }
        node = next;
    }
}

/* What other threads asked for; false when it is to stop. */
static bool obey(llmc_mock *mock) {
    uint64_t count;
    (void)!read(mock->wake_fd, &count, sizeof count);
    llmc__mutex_lock(&mock->mutex);
    bool stop = mock->shared.stop;
    uint64_t asked = mock->shared.close_asked;
    bool closes = asked != mock->shared.close_done;
    llmc__mutex_unlock(&mock->mutex);
    if (closes) {
        close_idle(mock);
        llmc__mutex_lock(&mock->mutex);
        mock->shared.close_done = asked;
        llmc__cond_broadcast(&mock->changed);
        llmc__mutex_unlock(&mock->mutex);
    }
    return !stop;
}

static void free_dead(llmc_mock *mock) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&mock->loop.dead)) != NULL) {
        llmc__mock_conn_free(LLMC__CONTAINER(node, llmc__mock_conn, node));
    }
}

static void end_all(llmc_mock *mock) {
    llmc__list_node *node;
    while ((node = llmc__list_first(&mock->loop.conns)) != NULL) {
        llmc__mock_conn_close(LLMC__CONTAINER(node, llmc__mock_conn, node));
    }
    free_dead(mock);
}

void llmc__mock_loop_run(void *ctx) {
    llmc_mock *mock = ctx;
    struct epoll_event events[ROUND];
    bool goes_on = true;
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* delays are part of what is measured against */
    while (goes_on) {
        bool called = false;
        int n = wait_events(mock, events);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &mock->wake_fd) {
                called = true; /* after the round: it may close connections that have events here */
            } else if (events[i].data.ptr == &mock->listen_fd) {
                accept_connections(mock);
            } else {
                llmc__mock_conn_event(events[i].data.ptr, events[i].events);
            }
        }
        goes_on = !called || obey(mock);
        run_timers(mock);
        free_dead(mock);
    }
    end_all(mock);
}
