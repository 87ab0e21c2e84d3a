/*
 * The bench: the same requests through a bare libcurl multi program and through the library, against a mock in a
 * process of its own on the other core. Each run is a forked process of its own; see docs/benchmarks.md.
 */
#ifndef LLMC_TESTS_BENCH_BENCH_H
#define LLMC_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MODEL "bench-1"
#define BENCH_KEY   "sk-bench-0123456789"
#define BENCH_PROMPT                                                                                                   \
    "Why is the sky blue? Answer in a few short sentences, without formulas, for a reader of ten years."
#define BENCH_CHUNKS 20

typedef struct bench_load {
    const char *base_url; /* "http://127.0.0.1:PORT/v1" */
    uint32_t in_flight;
    uint32_t warm;     /* requests before the measure: they open the connections */
    uint32_t requests; /* measured ones */
    bool streamed;
    const char *text; /* the whole answer expected */
} bench_load;

typedef struct bench_figures {
    double cpu_us;  /* user and system time of the process, a request */
    double wall_ms; /* of all measured requests */
    double peak_mb; /* most resident memory above that at the start of the run */
    uint64_t failed;
} bench_figures;

/* Called by the runner at the start and at the end of the measured part. */
typedef struct bench_clock {
    double cpu_us, wall_ms;
} bench_clock;
bench_clock bench_clock_now(void);
void bench_clock_take(const bench_clock *start, uint32_t requests, bench_figures *out);

/* Runs the load; false when it could not be set up. */
bool bench_curl_run(const bench_load *load, bench_figures *out);
bool bench_library_run(const bench_load *load, bench_figures *out);

/* The mock in a process of its own. */
typedef struct bench_server {
    int pid, hold, port;
    char base_url[64];
} bench_server;
extern const char *const bench_server_pieces[BENCH_CHUNKS];
const char *bench_server_text(void);
bool bench_server_start(bench_server *server, int core);
void bench_server_stop(bench_server *server);

/* Runs in a forked process bound to `core`; false when it failed. */
typedef bool (*bench_run_fn)(const bench_load *load, bench_figures *out);
bool bench_process_run(bench_run_fn run, const bench_load *load, int core, bench_figures *out);
bool bench_process_pin(int core); /* false: no such core here */
void bench_process_raise_files(void);

#endif
