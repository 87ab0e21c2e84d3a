#include "bench_ladder.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "bench_row.h"

#define PEERS          4
#define PEER_IN_FLIGHT 1000 /* at most: more take them minutes */

static const struct {
    const char *name;
    bench_run_fn run;
} peers[PEERS] = {{"openai", bench_openai_run},
                  {"ai", bench_ai_run},
                  {"anthropic", bench_anthropic_run},
                  {"undici", bench_undici_run}};

typedef struct step {
    bench_figures curl, library;
    double peer_us[PEERS]; /* CPU a request; NAN: not measured */
    uint64_t failed;
} step;

/* One warm-up of each, then the two in turn, so that what changes on the machine meets both. */
static bool measure_pair(const bench_load *load, int repeats, step *out) {
    bench_figures curl[BENCH_MOST_REPEATS], library[BENCH_MOST_REPEATS];
    for (int i = -1; i < repeats; i++)
        if (!bench_process_run(bench_curl_run, load, 0, &curl[i < 0 ? 0 : i]) ||
            !bench_process_run(bench_library_run, load, 0, &library[i < 0 ? 0 : i]))
            return false;
    out->curl = bench_medians(curl, repeats);
    out->library = bench_medians(library, repeats);
    out->failed = out->curl.failed + out->library.failed;
    return true;
}

/* They warm up inside a run, and one is enough to see where they are. */
static void measure_peers(const bench_load *load, step *out) {
    for (int p = 0; p < PEERS; p++) {
        bench_figures figures;
        out->peer_us[p] = NAN;
        if (bench_peers_missing() != NULL || load->in_flight > PEER_IN_FLIGHT ||
            !bench_process_run(peers[p].run, load, 0, &figures))
            continue;
        out->peer_us[p] = figures.cpu_us;
        out->failed += figures.failed;
    }
}

static const char *mode_of(const bench_load *load) {
    return load->streamed ? "streamed" : "plain";
}

static double ratio_of(const step *at) {
    return at->curl.cpu_us > 0 ? at->library.cpu_us / at->curl.cpu_us : 0;
}

static void print_json(const bench_load *load, int repeats, const step *at) {
    (void)printf("{\"mode\":\"%s\",\"in_flight\":%u,\"requests\":%u,\"repeats\":%d,\"curl_cpu_us\":%.2f,"
                 "\"library_cpu_us\":%.2f,\"ratio\":%.3f,\"curl_wall_ms\":%.1f,\"library_wall_ms\":%.1f,"
                 "\"curl_peak_mb\":%.2f,\"library_peak_mb\":%.2f,",
                 mode_of(load), load->in_flight, load->requests, repeats, at->curl.cpu_us, at->library.cpu_us,
                 ratio_of(at), at->curl.wall_ms, at->library.wall_ms, at->curl.peak_mb, at->library.peak_mb);
    for (int p = 0; p < PEERS; p++)
        if (!isnan(at->peer_us[p]))
            (void)printf("\"%s_cpu_us\":%.2f,", peers[p].name, at->peer_us[p]);
    (void)printf("\"failed\":%llu}\n", (unsigned long long)at->failed);
}

static void print_text(const bench_load *load, const step *at) {
    (void)printf("%-9s %6u %7u | %8.1f %9.1f %7.1f | %8.1f %9.1f %7.1f | %5.2f |", mode_of(load), load->in_flight,
                 load->requests, at->curl.cpu_us, at->curl.wall_ms, at->curl.peak_mb, at->library.cpu_us,
                 at->library.wall_ms, at->library.peak_mb, ratio_of(at));
    for (int p = 0; p < PEERS; p++)
        if (isnan(at->peer_us[p]))
            (void)printf(" %9s", "-");
        else
            (void)printf(" %9.1f", at->peer_us[p]);
    (void)printf("%s\n", at->failed > 0 ? "  CALLS FAILED" : "");
}

static bool write_data(const bench_ladder *ladder, const bench_load *load, const step *at) {
    char path[512];
    FILE *file;
    (void)snprintf(path, sizeof(path), "%s/%s.dat", ladder->folder, mode_of(load));
    file = fopen(path, load->in_flight == 1 || ladder->only != 0 ? "w" : "a");
    if (file == NULL)
        return false;
    (void)fprintf(file, "%u %.2f %.2f", load->in_flight, at->curl.cpu_us, at->library.cpu_us);
    for (int p = 0; p < PEERS; p++)
        (void)fprintf(file, isnan(at->peer_us[p]) ? " ?" : " %.2f", at->peer_us[p]);
    (void)fprintf(file, "\n");
    return fclose(file) == 0;
}

static uint32_t requests_for(uint32_t in_flight, bool quick) {
    uint32_t requests = in_flight == 1 ? 4000 : in_flight == 10 ? 10000 : 20000;
    if (quick)
        requests /= 5;
    return requests < 2 * in_flight ? 2 * in_flight : requests;
}

static bool run_step(const bench_ladder *ladder, const bench_server *server, uint32_t in_flight, bool streamed,
                     bool *failed) {
    bench_load load;
    step at;
    memset(&load, 0, sizeof(load));
    memset(&at, 0, sizeof(at));
    load.base_url = server->base_url;
    load.in_flight = in_flight;
    load.warm = in_flight;
    load.requests = requests_for(in_flight, ladder->quick);
    load.streamed = streamed;
    load.text = bench_server_text();
    if (!measure_pair(&load, ladder->repeats, &at)) {
        (void)fprintf(stderr, "bench: a run failed at %u in flight\n", in_flight);
        return false;
    }
    measure_peers(&load, &at);
    if (ladder->json)
        print_json(&load, ladder->repeats, &at);
    else
        print_text(&load, &at);
    (void)fflush(stdout);
    *failed = *failed || at.failed > 0;
    return ladder->folder == NULL || write_data(ladder, &load, &at);
}

/* The short form leaves the highest step out: bare libcurl alone takes half a minute there. */
static bool is_chosen(const bench_ladder *ladder, uint32_t in_flight) {
    return ladder->only != 0 ? ladder->only == in_flight : !ladder->quick || in_flight < 10000;
}

static bool run_all(const bench_ladder *ladder, const bench_server *server, bool *failed) {
    static const uint32_t steps[] = {1, 10, 100, 1000, 10000};
    for (int streamed = 0; streamed < 2; streamed++) {
        if (streamed ? !ladder->streamed : !ladder->plain)
            continue;
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (is_chosen(ladder, steps[i]) && !run_step(ladder, server, steps[i], streamed != 0, failed))
                return false;
    }
    return true;
}

static void print_head(const bench_ladder *ladder) {
    if (ladder->json)
        return;
    (void)printf("CPU is user and system time of the client process, a request; medians of %d runs after a warm-up.\n",
                 ladder->repeats);
    (void)printf("%-9s %6s %7s | %26s | %26s | %5s | %s\n", "", "in", "", "libcurl multi", "libllmclient", "",
                 "for node, CPU us");
    (void)printf("%-9s %6s %7s | %8s %9s %7s | %8s %9s %7s | %5s |", "mode", "flight", "calls", "CPU us", "wall ms",
                 "MB", "CPU us", "wall ms", "MB", "ratio");
    for (int p = 0; p < PEERS; p++)
        (void)printf(" %9s", peers[p].name);
    (void)printf("\n");
}

bool bench_ladder_run(const bench_ladder *ladder, bool *failed) {
    bench_server server;
    bool ran;
    memset(&server, 0, sizeof(server));
    if (!bench_server_start(&server, 1)) {
        (void)fprintf(stderr, "bench: the mock did not start\n");
        return false;
    }
    print_head(ladder);
    ran = run_all(ladder, &server, failed);
    bench_server_stop(&server);
    return ran;
}
