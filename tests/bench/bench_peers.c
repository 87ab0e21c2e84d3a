/* Clients for node, each run as a process of its own by peers/peer.mjs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"

#define SHARE 10 /* they take this many times fewer requests, as each costs them so much more */

/* tests/bench/run.sh installs the packages, and sets one of the two. */
const char *bench_peers_missing(void) {
    const char *folder = getenv("LLMC_BENCH_PEERS"), *why = getenv("LLMC_BENCH_PEERS_WHY");
    if (folder != NULL && access(folder, R_OK) == 0)
        return NULL;
    return why != NULL ? why : "the packages are not installed, tests/bench/run.sh does it";
}

static uint32_t at_least(uint32_t value, uint32_t least) {
    return value < least ? least : value;
}

static bool run(const char *peer, const bench_load *load, bench_figures *out) {
    const char *folder = getenv("LLMC_BENCH_PEERS");
    char program[512], in_flight[16], warm[16], requests[16], text_len[24], figures[128], *end;
    const char *const argv[] = {"node",         program,   peer, load->streamed ? "streamed" : "plain",
                                load->base_url, in_flight, warm, requests,
                                text_len,       NULL};
    (void)snprintf(program, sizeof(program), "%s/peer.mjs", folder != NULL ? folder : ".");
    (void)snprintf(in_flight, sizeof(in_flight), "%u", load->in_flight);
    (void)snprintf(warm, sizeof(warm), "%u", at_least(load->warm, load->streamed ? 20 : 200));
    (void)snprintf(requests, sizeof(requests), "%u", at_least(load->requests / SHARE, load->in_flight));
    (void)snprintf(text_len, sizeof(text_len), "%zu", strlen(load->text));
    if (!bench_process_read(argv, figures, sizeof(figures)))
        return false;
    out->cpu_us = strtod(figures, &end);
    out->wall_ms = strtod(end, &end);
    out->failed = strtoull(end, NULL, 10);
    return true;
}

bool bench_openai_run(const bench_load *load, bench_figures *out) {
    return run("openai", load, out);
}

bool bench_ai_run(const bench_load *load, bench_figures *out) {
    return run("ai", load, out);
}

bool bench_anthropic_run(const bench_load *load, bench_figures *out) {
    return run("anthropic", load, out);
}

bool bench_undici_run(const bench_load *load, bench_figures *out) {
    return run("undici", load, out);
}
