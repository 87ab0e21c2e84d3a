/* The mock in a process of its own, bound to a core of its own. */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* The pieces over and over. */
static void join(char *text, size_t size, size_t count) {
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, size - len, "%s", pieces[i % BENCH_CHUNKS]);
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

static void serve(bench_service service, int up, int hold) {
    static const char *deltas[BENCH_BURST];
    llmc_mock *mock = NULL;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    char byte;
    int port;
    for (size_t i = 0; i < BENCH_BURST; i++)
        deltas[i] = pieces[i % BENCH_CHUNKS];
    script.text = bench_server_text_of(service);
    script.deltas = deltas;
    script.delta_count = service == BENCH_LONG ? BENCH_BURST : BENCH_CHUNKS;
    script.delay_ms = service == BENCH_AFTER_20_MS ? 20 : service == BENCH_AFTER_500_MS ? 500 : 0;
    if (llmc_mock_new(&mock) != LLMC_OK || llmc_mock_set_default(mock, &script) != LLMC_OK)
        _exit(1);
    llmc_mock_set_recording(mock, false);
    port = llmc_mock_port(mock);
    if (write(up, &port, sizeof(port)) != sizeof(port))
        _exit(1);
    while (read(hold, &byte, 1) > 0) {
    }
    _exit(0);
}

bool bench_server_start(bench_server *server, int core) {
    int up[2], down[2];
    bool started;
    if (pipe(up) != 0 || pipe(down) != 0)
        return false;
    (void)fflush(NULL);
    server->pid = fork();
    if (server->pid < 0)
        return false;
    if (server->pid == 0) {
        close(up[0]);
        close(down[1]);
        bench_process_pin(core);
        serve(server->service, up[1], down[0]);
    }
    close(up[1]);
    close(down[0]);
    server->hold = down[1];
    started = read(up[0], &server->port, sizeof(server->port)) == sizeof(server->port);
    close(up[0]);
    (void)snprintf(server->base_url, sizeof(server->base_url), "http://127.0.0.1:%d/v1", server->port);
    return started;
}

void bench_server_stop(bench_server *server) {
    close(server->hold);
    (void)waitpid(server->pid, NULL, 0);
}
