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

#define BENCH_PULSE_MARK  "@" /* before a time in microseconds, of 16 digits */
#define BENCH_PULSE_COUNT 2000

/* What the server does. */
typedef enum bench_service {
    BENCH_AT_ONCE = 0, /* about 900 bytes at once; BENCH_CHUNKS pieces when streamed */
    BENCH_LONG,        /* BENCH_BURST pieces, all at once */
    BENCH_AFTER_20_MS, /* as the first, but later */
    BENCH_AFTER_500_MS,
    BENCH_HOLDS,        /* so late that all of them are in flight at once */
    BENCH_PULSES,       /* no mock: one stream whose pieces hold the time of their sending */
    BENCH_TLS,          /* the first one behind nginx, TLS */
    BENCH_TLS_ALONE,    /* as the first, but by nginx itself, not streamed */
    BENCH_HTTP2_100_MS, /* after 100 ms, behind nginx, HTTP/2 over TLS, 100 streams a connection */
    BENCH_HTTP2         /* the first one behind nginx, HTTP/2 likewise */
} bench_service;

struct bench_server;

typedef struct bench_load {
    const char *base_url; /* "http://127.0.0.1:PORT/v1" */
    uint32_t in_flight;
    uint32_t warm;     /* requests before the measure: they open the connections */
    uint32_t requests; /* measured ones */
    bool streamed;
    const char *text; /* the whole answer expected */

    const char *ca_file; /* NULL: plain http */
    bool http2;
    const char *log_file;              /* nginx's, a line a request with the number of its connection */
    const struct bench_server *server; /* to ask what came in */
} bench_load;

typedef struct bench_figures {
    double cpu_us;  /* user and system time of the process, a request */
    double wall_ms; /* of all measured requests */
    double peak_mb; /* most resident memory above that at the start of the run */
    double value;   /* of a run that measures something of its own */
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
bool bench_library_two_run(const bench_load *load, bench_figures *out);         /* async, two loop threads */
bool bench_library_connections_run(const bench_load *load, bench_figures *out); /* value: connections used */
bool bench_library_latency_run(const bench_load *load, bench_figures *out);     /* value: us, 99 of 100 are faster */
bool bench_curl_latency_run(const bench_load *load, bench_figures *out);
bool bench_library_memory_run(const bench_load *load, bench_figures *out); /* value: bytes a call in flight */
bool bench_curl_memory_run(const bench_load *load, bench_figures *out);
bool bench_library_size_run(const bench_load *load, bench_figures *out);     /* value: KiB, stripped */
bool bench_library_creation_run(const bench_load *load, bench_figures *out); /* value: ms */
bool bench_allocs_call_run(const bench_load *load, bench_figures *out);      /* value: allocations a call */
bool bench_allocs_delta_run(const bench_load *load, bench_figures *out);     /* value: allocations a text delta */

/* Hits of the cache by in_flight threads on `warm` entries, many for each of `requests`; value: us a hit. */
bool bench_cache_run(const bench_load *load, bench_figures *out);
bool bench_cache_one_run(const bench_load *load, bench_figures *out);   /* the same by one thread */
bool bench_cache_entry_run(const bench_load *load, bench_figures *out); /* value: bytes besides question and answer */

/* Clients for node: the packages openai, ai with @ai-sdk/openai, @anthropic-ai/sdk, undici. */
bool bench_openai_run(const bench_load *load, bench_figures *out);
bool bench_ai_run(const bench_load *load, bench_figures *out);
bool bench_anthropic_run(const bench_load *load, bench_figures *out);
bool bench_undici_run(const bench_load *load, bench_figures *out);
const char *bench_peers_missing(void); /* why they cannot be run; NULL: they can */

/*
 * The mock in a process of its own. `service` is set before the start. `hold` is a line to it: it ends when the line is
 * closed; a number sent (uint64_t) is answered, as soon as so many requests have come in, by how many have.
 */
typedef struct bench_server {
    int pid, hold, port;
    char base_url[64];
    bench_service service;
} bench_server;
const char *bench_server_text(void);                     /* of a short answer */
const char *bench_server_text_of(bench_service service); /* of what this service answers */
const char *bench_server_piece(size_t i);                /* over and over the same ones */
bool bench_server_start(bench_server *server, int core);
bool bench_pulse_start(bench_server *server, int core); /* BENCH_PULSES, in place of the mock */
void bench_server_stop(bench_server *server);

/* Runs in a forked process bound to `core` (-1: to none); false when it failed. */
typedef bool (*bench_run_fn)(const bench_load *load, bench_figures *out);
bool bench_process_run(bench_run_fn run, const bench_load *load, int core, bench_figures *out);
bool bench_process_pin(int core); /* false: no such core here */
void bench_process_raise_files(void);
/* Runs a program of the folder this one is in, or of PATH, and takes what it prints; false unless it ends with 0. */
bool bench_process_read(const char *const *argv, char *out, size_t size);
const char *bench_process_beside(const char *name, char out[512]); /* path of a program beside this one */

/* nginx in front of a server, or with a file of its own. */
typedef struct bench_nginx {
    int pid, port;
    char dir[64], base_url[64], ca_file[96], log_file[96];
} bench_nginx;
bool bench_service_has_nginx(bench_service service);
bool bench_service_is_http2(bench_service service);
/* False when it is not there or does not start; `why` says so. */
bool bench_nginx_start(bench_nginx *nginx, const bench_server *upstream, int core, char *why, size_t why_size);
void bench_nginx_stop(bench_nginx *nginx);

#endif
