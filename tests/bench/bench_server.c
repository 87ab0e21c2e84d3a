/* The mock in a process of its own, bound to a core of its own. */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "llmclient/mock.h"

static const char *const pieces[BENCH_CHUNKS] = {"Sunlight looks white, but it ",  "is a mix of every colour. ",
                                                 "When it meets the air, the ",    "smallest parts of the air ",
                                                 "throw the blue part of it ",     "about much more than the red.",
                                                 " So blue light comes to your ",  "eyes from every side of the ",
                                                 "sky, and the sky looks blue. ",  "In the evening the light goes ",
                                                 "a longer way through the air, ", "and most of the blue is lost ",
                                                 "before it comes to you. What ",  "is left is orange and red. ",
                                                 "On the Moon there is no air, ",  "so nothing throws the light ",
                                                 "about, and the sky is black ",   "there even while the sun is ",
                                                 "shining. That is all there is ", "to it."};

const char *bench_server_piece(size_t i) {
    return pieces[i % BENCH_CHUNKS];
}

static void join(char *text, size_t size, size_t count) {
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, size - len, "%s", bench_server_piece(i));
}

const char *bench_server_text(void) {
    static char text[1024];
    if (text[0] == '\0')
        join(text, sizeof(text), BENCH_CHUNKS);
    return text;
}

const char *bench_server_text_of(bench_service service) {
    static char text[32 * BENCH_BURST];
    if (service != BENCH_LONG)
        return bench_server_text();
    if (text[0] == '\0')
        join(text, sizeof(text), BENCH_BURST);
    return text;
}

static int64_t delay_of(bench_service service) {
    switch (service) {
    case BENCH_AFTER_20_MS:
        return 20;
    case BENCH_HTTP2_100_MS:
        return 100;
    case BENCH_AFTER_500_MS:
        return 500;
    case BENCH_HOLDS:
        return 30000;
    default:
        return 0;
    }
}

/* Answers what comes in on the line until it is closed. */
static void tell(llmc_mock *mock, int line) {
    uint64_t count;
    while (read(line, &count, sizeof(count)) == sizeof(count)) {
        llmc_mock_stats stats;
        (void)llmc_mock_wait_requests(mock, count, 20000);
        llmc_mock_get_stats(mock, &stats);
        if (write(line, &stats.requests, sizeof(stats.requests)) != sizeof(stats.requests))
            break;
    }
}

static void serve(bench_service service, int line) {
    static const char *deltas[BENCH_BURST];
    llmc_mock *mock = NULL;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    int port;
    for (size_t i = 0; i < BENCH_BURST; i++)
        deltas[i] = bench_server_piece(i);
    script.text = bench_server_text_of(service);
    script.deltas = deltas;
    script.delta_count = service == BENCH_LONG ? BENCH_BURST : BENCH_CHUNKS;
    script.delay_ms = delay_of(service);
    if (llmc_mock_new(&mock) != LLMC_OK || llmc_mock_set_default(mock, &script) != LLMC_OK)
        _exit(1);
    llmc_mock_set_recording(mock, false);
    port = llmc_mock_port(mock);
    if (write(line, &port, sizeof(port)) != sizeof(port))
        _exit(1);
    tell(mock, line);
    _exit(0);
}

bool bench_server_start(bench_server *server, int core) {
    int line[2];
    bool started;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0)
        return false;
    (void)fflush(NULL);
    server->pid = fork();
    if (server->pid == 0) {
        close(line[0]);
        if (core >= 0)
            bench_process_pin(core);
        serve(server->service, line[1]);
    }
    close(line[1]);
    server->hold = line[0];
    started = server->pid > 0 && read(server->hold, &server->port, sizeof(server->port)) == sizeof(server->port);
    (void)snprintf(server->base_url, sizeof(server->base_url), "http://127.0.0.1:%d/v1", server->port);
    return started;
}

void bench_server_stop(bench_server *server) {
    close(server->hold);
    if (server->pid > 0)
        (void)waitpid(server->pid, NULL, 0);
}
