/* Allocations, counted by a program of its own: one that stands in front of malloc would cost the others time. */
#include <stdio.h>
#include <stdlib.h>
#include "bench.h"

static bool run(const char *what, const bench_load *load, bench_figures *out) {
    char program[512], warm[16], requests[16], number[64];
    const char *const argv[] = {
        bench_process_beside("bench_allocs", program), what, load->base_url, warm, requests, NULL};
    (void)snprintf(warm, sizeof(warm), "%u", load->warm);
    (void)snprintf(requests, sizeof(requests), "%u", load->requests);
    if (!bench_process_read(argv, number, sizeof(number)))
        return false;
    out->value = strtod(number, NULL);
    return true;
}

bool bench_allocs_call_run(const bench_load *load, bench_figures *out) {
    return run("call", load, out);
}

bool bench_allocs_delta_run(const bench_load *load, bench_figures *out) {
    return run("delta", load, out);
}
