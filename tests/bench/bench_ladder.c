/* The ladder: 1 to 10,000 in flight, plain and streamed. */
#include "bench_ladder.h"
#include <stdio.h>
#include <string.h>
#include "bench_row.h"

typedef struct pair {
    bench_figures curl, library;
} pair;

/* One warm-up of each, then the two in turn, so that what changes on the machine meets both. */
static bool measure(const bench_load *load, int repeats, pair *out) {
    bench_figures curl[BENCH_MOST_REPEATS], library[BENCH_MOST_REPEATS];
    if (!bench_process_run(bench_curl_run, load, 0, &curl[0]) ||
        !bench_process_run(bench_library_run, load, 0, &library[0]))
        return false;
    for (int i = 0; i < repeats; i++)
        if (!bench_process_run(bench_curl_run, load, 0, &curl[i]) ||
            !bench_process_run(bench_library_run, load, 0, &library[i]))
            return false;
    out->curl = bench_medians(curl, repeats);
    out->library = bench_medians(library, repeats);
    return true;
}

static void print_pair(const bench_ladder *s, const bench_load *load, const pair *p) {
    const char *mode = load->streamed ? "streamed" : "plain";
    double ratio = p->curl.cpu_us > 0 ? p->library.cpu_us / p->curl.cpu_us : 0;
    if (s->json)
        (void)printf("{\"mode\":\"%s\",\"in_flight\":%u,\"requests\":%u,\"repeats\":%d,\"curl_cpu_us\":%.2f,"
                     "\"library_cpu_us\":%.2f,\"ratio\":%.3f,\"curl_wall_ms\":%.1f,\"library_wall_ms\":%.1f,"
                     "\"curl_peak_mb\":%.2f,\"library_peak_mb\":%.2f,\"failed\":%llu}\n",
                     mode, load->in_flight, load->requests, s->repeats, p->curl.cpu_us, p->library.cpu_us, ratio,
                     p->curl.wall_ms, p->library.wall_ms, p->curl.peak_mb, p->library.peak_mb,
                     (unsigned long long)(p->curl.failed + p->library.failed));
    else
        (void)printf("%-9s %6u %7u | %8.1f %9.1f %7.1f | %8.1f %9.1f %7.1f | %5.2f%s\n", mode, load->in_flight,
                     load->requests, p->curl.cpu_us, p->curl.wall_ms, p->curl.peak_mb, p->library.cpu_us,
                     p->library.wall_ms, p->library.peak_mb, ratio,
                     p->curl.failed + p->library.failed > 0 ? "  FAILED CALLS" : "");
    (void)fflush(stdout);
}

static uint32_t requests_for(uint32_t in_flight, bool quick) {
    uint32_t requests = in_flight == 1 ? 4000 : in_flight == 10 ? 10000 : 20000;
    if (quick)
        requests /= 5;
    return requests < 2 * in_flight ? 2 * in_flight : requests;
}

static bool run_row(const bench_ladder *s, const bench_server *server, uint32_t in_flight, bool streamed,
                    bool *failed) {
    bench_load load;
    pair p;
    memset(&load, 0, sizeof(load));
    load.base_url = server->base_url;
    load.in_flight = in_flight;
    load.warm = in_flight;
    load.requests = requests_for(in_flight, s->quick);
    load.streamed = streamed;
    load.text = bench_server_text();
    if (!measure(&load, s->repeats, &p)) {
        (void)fprintf(stderr, "bench: a run failed at %u in flight\n", in_flight);
        return false;
    }
    print_pair(s, &load, &p);
    *failed = *failed || p.curl.failed + p.library.failed > 0;
    return true;
}

/* The short form leaves the highest rung out: bare libcurl alone takes half a minute there. */
static bool is_chosen(const bench_ladder *s, uint32_t rung) {
    return s->only != 0 ? s->only == rung : !s->quick || rung < 10000;
}

static bool run_all(const bench_ladder *s, const bench_server *server, bool *failed) {
    static const uint32_t rungs[] = {1, 10, 100, 1000, 10000};
    for (int streamed = 0; streamed < 2; streamed++) {
        if (streamed ? !s->streamed : !s->plain)
            continue;
        for (size_t i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++)
            if (is_chosen(s, rungs[i]) && !run_row(s, server, rungs[i], streamed != 0, failed))
                return false;
    }
    return true;
}

static void print_head(const bench_ladder *s) {
    if (s->json)
        return;
    (void)printf(
        "CPU is user and system time of the client process, a request; medians of %d runs after one warm-up.\n",
        s->repeats);
    (void)printf("%-9s %6s %7s | %26s | %26s |\n", "", "in", "", "libcurl multi", "libllmclient");
    (void)printf("%-9s %6s %7s | %8s %9s %7s | %8s %9s %7s | %5s\n", "mode", "flight", "calls", "CPU us", "wall ms",
                 "MB", "CPU us", "wall ms", "MB", "ratio");
}

bool bench_ladder_run(const bench_ladder *s, bool *failed) {
    bench_server server;
    bool ran;
    memset(&server, 0, sizeof(server));
    if (!bench_server_start(&server, 1)) {
        (void)fprintf(stderr, "bench: the mock did not start\n");
        return false;
    }
    print_head(s);
    ran = run_all(s, &server, failed);
    bench_server_stop(&server);
    return ran;
}
