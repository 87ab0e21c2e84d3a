/* Options, the order of the runs, medians and the table. */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_REPEATS 25

typedef struct settings {
    bool quick, json, plain, streamed;
    int repeats;
    uint32_t only; /* this many in flight; 0: all */
} settings;

typedef struct pair {
    bench_figures curl, library;
} pair;

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median of one figure over the runs: the middle one, or the mean of the middle two. */
static double median(const bench_figures *runs, int count, size_t offset) {
    double values[MOST_REPEATS];
    for (int i = 0; i < count; i++)
        memcpy(&values[i], (const char *)&runs[i] + offset, sizeof(values[i]));
    qsort(values, (size_t)count, sizeof(values[0]), compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static bench_figures medians(const bench_figures *runs, int count) {
    bench_figures out;
    out.cpu_us = median(runs, count, offsetof(bench_figures, cpu_us));
    out.wall_ms = median(runs, count, offsetof(bench_figures, wall_ms));
    out.peak_mb = median(runs, count, offsetof(bench_figures, peak_mb));
    out.failed = 0;
    for (int i = 0; i < count; i++)
        out.failed += runs[i].failed;
    return out;
}

/* One warm-up of each, then the two in turn, so that what changes on the machine meets both. */
static bool measure(const bench_load *load, int repeats, pair *out) {
    bench_figures curl[MOST_REPEATS], library[MOST_REPEATS];
    if (!bench_process_run(bench_curl_run, load, 0, &curl[0]) ||
        !bench_process_run(bench_library_run, load, 0, &library[0]))
        return false;
    for (int i = 0; i < repeats; i++)
        if (!bench_process_run(bench_curl_run, load, 0, &curl[i]) ||
            !bench_process_run(bench_library_run, load, 0, &library[i]))
            return false;
    out->curl = medians(curl, repeats);
    out->library = medians(library, repeats);
    return true;
}

static void print_pair(const settings *s, const bench_load *load, const pair *p) {
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

static bool run_row(const settings *s, const bench_server *server, uint32_t in_flight, bool streamed, bool *failed) {
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
static bool is_chosen(const settings *s, uint32_t rung) {
    return s->only != 0 ? s->only == rung : !s->quick || rung < 10000;
}

static bool run_all(const settings *s, const bench_server *server, bool *failed) {
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

static void print_head(const settings *s) {
    if (s->json)
        return;
    (void)printf(
        "CPU is user and system time of the client process, a request; medians of %d runs after one warm-up.\n",
        s->repeats);
    (void)printf("%-9s %6s %7s | %26s | %26s |\n", "", "in", "", "libcurl multi", "libllmclient");
    (void)printf("%-9s %6s %7s | %8s %9s %7s | %8s %9s %7s | %5s\n", "mode", "flight", "calls", "CPU us", "wall ms",
                 "MB", "CPU us", "wall ms", "MB", "ratio");
}

static bool parse(int argc, char **argv, settings *s) {
    *s = (settings){false, false, true, true, 5, 0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--short") == 0) {
            s->quick = true;
            s->repeats = 3;
        } else if (strcmp(argv[i], "--json") == 0) {
            s->json = true;
        } else if (strcmp(argv[i], "--plain") == 0) {
            s->streamed = false;
        } else if (strcmp(argv[i], "--streamed") == 0) {
            s->plain = false;
        } else if (strcmp(argv[i], "--repeats") == 0 && i + 1 < argc) {
            s->repeats = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--in-flight") == 0 && i + 1 < argc) {
            s->only = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else {
            return false;
        }
    }
    return s->repeats >= 1 && s->repeats <= MOST_REPEATS;
}

int main(int argc, char **argv) {
    settings s;
    bench_server server;
    bool failed = false, ran;
    if (!parse(argc, argv, &s)) {
        (void)fprintf(stderr, "usage: %s [--short] [--json] [--plain | --streamed] [--repeats N] [--in-flight N]\n",
                      argv[0]);
        return 2;
    }
    bench_process_raise_files();
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        (void)fprintf(stderr, "bench: one core only: client and server disturb each other, do not use these figures\n");
    memset(&server, 0, sizeof(server));
    if (!bench_server_start(&server, 1)) {
        (void)fprintf(stderr, "bench: the mock did not start\n");
        return 1;
    }
    print_head(&s);
    ran = run_all(&s, &server, &failed);
    bench_server_stop(&server);
    return ran && !failed ? 0 : 1;
}
