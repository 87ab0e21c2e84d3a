/* A provider that streams one short event every half millisecond, whose text is the time it is sent, in microseconds.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "bench.h"

#define EVERY_NS 500000

static const char head[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";

static bool send_all(int fd, const char *bytes, size_t len) {
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool send_event(int fd, const char *delta, const char *reason) {
    char event[512], chunk[600];
    int len = snprintf(event, sizeof(event),
                       "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                       "\"model\":\"" BENCH_MODEL "\",\"choices\":[{\"index\":0,\"delta\":%s,\"logprobs\":null,"
                       "\"finish_reason\":%s}]}\n\n",
                       delta, reason);
    len = snprintf(chunk, sizeof(chunk), "%x\r\n%s\r\n", (unsigned)len, event);
    return send_all(fd, chunk, (size_t)len);
}

static bool send_pulse(int fd, struct timespec *next) {
    char delta[64];
    struct timespec now;
    next->tv_nsec += EVERY_NS;
    next->tv_sec += next->tv_nsec / 1000000000;
    next->tv_nsec %= 1000000000;
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    (void)snprintf(delta, sizeof(delta), "{\"content\":\"" BENCH_PULSE_MARK "%016lld \"}",
                   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    return send_event(fd, delta, "null");
}

/* The request is small and its end is not looked for: the first bytes of it are enough. */
static void serve_one(int fd) {
    static const char tail[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    const int on = 1;
    char request[8192];
    struct timespec next;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (recv(fd, request, sizeof(request), 0) <= 0 || !send_all(fd, head, sizeof(head) - 1))
        return;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int i = 0; i < BENCH_PULSE_COUNT; i++)
        if (!send_pulse(fd, &next))
            return;
    if (send_event(fd, "{}", "\"stop\"") && send_all(fd, tail, sizeof(tail) - 1)) {
        (void)shutdown(fd, SHUT_WR);
        (void)recv(fd, request, sizeof(request), 0);
    }
}

static void serve(int listener, int line) {
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    struct pollfd either[2] = {{listener, POLLIN, 0}, {line, POLLIN, 0}};
    while (poll(either, 2, -1) > 0 && either[1].revents == 0) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            serve_one(fd);
            close(fd);
        }
    }
    _exit(0);
}

static int listen_anywhere(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

bool bench_pulse_start(bench_server *server, int core) {
    int line[2], listener = listen_anywhere(&server->port);
    if (listener < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0)
        return false;
    (void)fflush(NULL);
    server->pid = fork();
    if (server->pid == 0) {
        close(line[0]);
        if (core >= 0)
            bench_process_pin(core);
        serve(listener, line[1]);
    }
    close(listener);
    close(line[1]);
    server->hold = line[0];
    (void)snprintf(server->base_url, sizeof(server->base_url), "http://127.0.0.1:%d/v1", server->port);
    return server->pid > 0;
}
