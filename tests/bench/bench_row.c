/* One row: its server, one warm-up of each side, then both in turn; medians, and the verdict. */
#include "bench_row.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle one, or the mean of the middle two. */
double bench_median(double *values, int count) {
    qsort(values, (size_t)count, sizeof(values[0]), compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static double median_at(const bench_figures *runs, int count, size_t offset) {
    double values[BENCH_MOST_REPEATS];
    for (int i = 0; i < count; i++)
        memcpy(&values[i], (const char *)&runs[i] + offset, sizeof(values[i]));
    return bench_median(values, count);
}

bench_figures bench_medians(const bench_figures *runs, int count) {
    bench_figures out;
    memset(&out, 0, sizeof(out));
    out.cpu_us = median_at(runs, count, offsetof(bench_figures, cpu_us));
    out.wall_ms = median_at(runs, count, offsetof(bench_figures, wall_ms));
    out.peak_mb = median_at(runs, count, offsetof(bench_figures, peak_mb));
    for (int i = 0; i < count; i++)
        out.failed += runs[i].failed;
    return out;
}

static double figure_of(const bench_row *row, const bench_load *load, const bench_figures *figures) {
    double parts = row->parts == 0 ? 1 : (double)row->parts;
    switch (row->figure) {
    case BENCH_WALL:
        return figures->wall_ms;
    case BENCH_EACH:
        return figures->wall_ms * 1000 / (double)load->requests;
    case BENCH_VALUE:
        return figures->value;
    case BENCH_CPU:
    default:
        return figures->cpu_us / parts;
    }
}

static bool run_once(const bench_row *row, bench_run_fn run, const bench_load *load, double *value,
                     bench_result *result) {
    bench_figures figures;
    memset(&figures, 0, sizeof(figures));
    if (!bench_process_run(run, load, row->unpinned ? -1 : 0, &figures)) {
        (void)snprintf(result->why, sizeof(result->why), "a run of %s failed",
                       run == row->library ? "the library" : "what it is compared with");
        return false;
    }
    *value = figure_of(row, load, &figures);
    result->failed += figures.failed;
    return true;
}

static double score_of(const bench_row *row, double library, double yardstick) {
    switch (row->rule) {
    case BENCH_FACTOR:
        return library > 0 ? yardstick / library : 0;
    case BENCH_MORE:
        return library - yardstick;
    case BENCH_MOST:
        return library;
    case BENCH_RATIO:
    default:
        return yardstick > 0 ? library / yardstick : 0;
    }
}

/* One run of each. Who is first changes from pair to pair: what one leaves behind (a warm core, sockets that are still
 * being closed) is met by both. */
static bool run_pair(const bench_row *row, const bench_load *load, bool library_first, double *library,
                     double *yardstick, bench_result *result) {
    bool compared = row->yardstick != NULL;
    if (library_first && !run_once(row, row->library, load, library, result))
        return false;
    if (compared && !run_once(row, row->yardstick, load, yardstick, result))
        return false;
    return library_first || run_once(row, row->library, load, library, result);
}

/* In turn, so that what changes on the machine meets both. The first pair is a warm-up. */
static bool measure(const bench_row *row, const bench_load *load, bench_result *result) {
    double library[BENCH_MOST_REPEATS], yardstick[BENCH_MOST_REPEATS], scores[BENCH_MOST_REPEATS];
    for (int i = -1; i < result->repeats; i++) {
        int at = i < 0 ? 0 : i;
        if (!run_pair(row, load, i % 2 != 0, &library[at], &yardstick[at], result))
            return false;
    }
    for (int i = 0; i < result->repeats && row->yardstick != NULL; i++)
        scores[i] = score_of(row, library[i], yardstick[i]);
    if (row->yardstick != NULL)
        result->paired = bench_median(scores, result->repeats);
    result->library = bench_median(library, result->repeats);
    result->yardstick = row->yardstick != NULL ? bench_median(yardstick, result->repeats) : row->ideal;
    return true;
}

static void judge(const bench_row *row, bench_result *result) {
    result->score = score_of(row, result->library, result->yardstick);
    result->judged = row->rule == BENCH_MOST || row->limit > 0;
    result->holds = !result->judged             ? false
                    : row->rule == BENCH_FACTOR ? result->score >= row->limit
                                                : result->score <= row->limit;
}

/* The servers of a row. */
typedef struct place {
    bench_server server;
    bench_nginx nginx;
} place;

static bool open_place(place *p, const bench_row *row, bench_result *result) {
    int core = row->unpinned ? -1 : 1;
    memset(p, 0, sizeof(*p));
    result->skipped = row->needs_peers && bench_peers_missing() != NULL;
    if (result->skipped) {
        (void)snprintf(result->why, sizeof(result->why), "%s", bench_peers_missing());
        return false;
    }
    p->server.service = row->service;
    if (row->no_server)
        return true;
    if (!(row->service == BENCH_PULSES ? bench_pulse_start : bench_server_start)(&p->server, core)) {
        (void)snprintf(result->why, sizeof(result->why), "the mock did not start");
        return false;
    }
    result->skipped = bench_service_has_nginx(row->service) &&
                      !bench_nginx_start(&p->nginx, &p->server, core, result->why, sizeof(result->why));
    if (!result->skipped)
        result->why[0] = '\0';
    return !result->skipped;
}

static void close_place(place *p) {
    bench_nginx_stop(&p->nginx);
    if (p->server.pid > 0)
        bench_server_stop(&p->server);
}

/* The short form asks for a fifth of the requests, but enough to keep so many in flight. */
static bench_load load_of(const bench_row *row, const place *p, bool quick) {
    bench_load load = row->load;
    load.base_url = p->server.base_url;
    load.text = bench_server_text_of(row->service);
    load.server = &p->server;
    if (bench_service_has_nginx(row->service)) {
        load.base_url = p->nginx.base_url;
        load.ca_file = p->nginx.ca_file;
        load.log_file = p->nginx.log_file;
        load.http2 = bench_service_is_http2(row->service);
    }
    if (quick)
        load.requests /= 5;
    if (load.requests < 2 * load.in_flight)
        load.requests = 2 * load.in_flight;
    return load;
}

static int repeats_of(const bench_row *row, bool quick, int asked) {
    int repeats = row->scatters > 0 && !quick ? row->scatters * asked : asked;
    int most = row->repeats != 0 ? row->repeats : BENCH_MOST_REPEATS;
    return repeats < most ? repeats : most;
}

bool bench_row_run(const bench_row *row, bool quick, int repeats, bench_result *result) {
    place p;
    bool ran = true;
    memset(result, 0, sizeof(*result));
    result->repeats = repeats_of(row, quick, repeats);
    if (open_place(&p, row, result)) {
        bench_load load = load_of(row, &p, quick);
        ran = measure(row, &load, result);
        if (ran)
            judge(row, result);
    } else {
        ran = result->skipped;
    }
    close_place(&p);
    return ran;
}
