/*
 * The bench: the same requests through a bare libcurl program and through the library, against a mock in a process of
 * its own on the other core. Each run is a forked process of its own; see docs/benchmarks.md.
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
#define BENCH_CHUNKS 20  /* of a streamed answer */
#define BENCH_BURST  500 /* of a long one */

/* What the server does. */
typedef enum bench_service {
    BENCH_AT_ONCE = 0, /* about 900 bytes at once; BENCH_CHUNKS pieces when streamed */
    BENCH_LONG,        /* BENCH_BURST pieces, all at once */
    BENCH_AFTER_20_MS, /* as the first, but later */
    BENCH_AFTER_500_MS,
} bench_service;

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

/* Each runs the load; false when it could not be set up. The calls of one at a time ignore in_flight. */
bool bench_curl_run(const bench_load *load, bench_figures *out);       /* one multi handle */
bool bench_curl_parse_run(const bench_load *load, bench_figures *out); /* the same, each event parsed by cJSON */
bool bench_curl_easy_run(const bench_load *load, bench_figures *out);  /* one at a time by curl_easy_perform */
bool bench_library_run(const bench_load *load, bench_figures *out);    /* async */
bool bench_library_sync_run(const bench_load *load, bench_figures *out);
bool bench_library_host_run(const bench_load *load, bench_figures *out); /* the same in host-loop mode */
bool bench_library_batch_run(const bench_load *load, bench_figures *out);

/* The mock in a process of its own. `service` is set before the start. */
typedef struct bench_server {
    int pid, hold, port;
    char base_url[64];
    bench_service service;
} bench_server;
const char *bench_server_text(void);                     /* of a short answer */
const char *bench_server_text_of(bench_service service); /* of what this service answers */
bool bench_server_start(bench_server *server, int core);
void bench_server_stop(bench_server *server);

/* Runs in a forked process bound to `core` (-1: to none); false when it failed. */
typedef bool (*bench_run_fn)(const bench_load *load, bench_figures *out);
bool bench_process_run(bench_run_fn run, const bench_load *load, int core, bench_figures *out);
bool bench_process_pin(int core); /* false: no such core here */
void bench_process_raise_files(void);

#endif
