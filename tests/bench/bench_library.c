/* The same requests through the library's async calls: encoding, decoding and the response object included. */
#include "bench.h"
#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "llmclient.h"

typedef struct runner {
    const bench_load *load;
    llmc_client *client;
    llmc_request *request;
    sem_t all_ended;
    uint32_t goal;
    _Atomic uint32_t started, ended;
    _Atomic uint64_t failed, pieces;
    size_t text_len;
} runner;

static _Thread_local uint64_t pieces_here; /* so that loop threads do not share a counter at each piece */

static int on_event(llmc_call *call, const llmc_event *event, void *ctx) {
    (void)call;
    (void)ctx;
    pieces_here += llmc_event_type(event) == LLMC_EVENT_TEXT;
    return 0;
}

static void on_done(llmc_call *call, llmc_response *response, void *ctx);

static void start(runner *r) {
    llmc_status status = r->load->streamed
                             ? llmc_execute_stream_async(r->client, r->request, on_event, on_done, r, NULL)
                             : llmc_execute_async(r->client, r->request, on_done, r, NULL);
    if (status != LLMC_OK) {
        (void)fprintf(stderr, "bench: %s\n", llmc_last_error_message());
        r->failed++;
    }
}

static void on_done(llmc_call *call, llmc_response *response, void *ctx) {
    runner *r = ctx;
    uint32_t goal = r->goal; /* of this round: the next may begin once the last of this has ended */
    (void)call;
    r->pieces += pieces_here;
    pieces_here = 0;
    if (llmc_response_status(response) != LLMC_OK || llmc_response_output_len(response) != r->text_len) {
        if (r->failed++ == 0)
            (void)fprintf(stderr, "bench: %s\n", llmc_response_error_message(response));
    }
    if (atomic_fetch_add(&r->started, 1) < goal)
        start(r);
    if (atomic_fetch_add(&r->ended, 1) + 1 == goal)
        sem_post(&r->all_ended);
}

static bool open_runner(runner *r, uint32_t io_threads) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    options.max_connections = r->load->in_flight;
    options.max_keepalive = r->load->in_flight;
    options.io_threads = io_threads;
    options.ca_file = r->load->ca_file;
    options.http_version = r->load->http2 ? LLMC_HTTP_2 : LLMC_HTTP_1_1;
    options.ignore_environment = true;
    provider.api_key = BENCH_KEY;
    provider.base_url = r->load->base_url;
    r->text_len = strlen(r->load->text);
    return sem_init(&r->all_ended, 0, 0) == 0 && llmc_client_new(&options, &r->client) == LLMC_OK &&
           llmc_client_set_provider(r->client, "openai", &provider) == LLMC_OK &&
           llmc_request_new(BENCH_MODEL, &r->request) == LLMC_OK &&
           llmc_request_add_message(r->request, LLMC_ROLE_USER, BENCH_PROMPT) == LLMC_OK;
}

/* The first calls are counted as started before they are: a loop thread may end some while this one starts others. */
static void run(runner *r, uint32_t count) {
    uint32_t first = r->load->in_flight < count ? r->load->in_flight : count;
    r->ended = 0;
    r->started = first;
    r->goal = count;
    for (uint32_t i = 0; i < first; i++)
        start(r);
    while (sem_wait(&r->all_ended) != 0) {
    }
}

static bool run_all(const bench_load *load, uint32_t io_threads, bench_figures *out) {
    runner r;
    bench_clock clock;
    bool opened;
    memset(&r, 0, sizeof(r));
    r.load = load;
    opened = open_runner(&r, io_threads);
    if (opened) {
        if (load->warm > 0)
            run(&r, load->warm);
        clock = bench_clock_now();
        run(&r, load->requests);
        bench_clock_take(&clock, load->requests, out);
        out->failed = r.failed;
        if (load->streamed && r.pieces < load->requests)
            out->failed++;
    } else {
        (void)fprintf(stderr, "bench: %s\n", llmc_last_error_message());
    }
    llmc_request_free(r.request);
    llmc_client_free(r.client);
    return opened;
}

bool bench_library_run(const bench_load *load, bench_figures *out) {
    return run_all(load, 1, out);
}

bool bench_library_two_run(const bench_load *load, bench_figures *out) {
    return run_all(load, 2, out);
}

/* Different connections in the log from `offset` on, once it has `lines` more; nginx writes it after its answer. */
static bool count_connections(const char *log_file, long offset, uint32_t lines, size_t *connections) {
    static unsigned char seen[1 << 20];
    uint32_t found = 0;
    for (int tries = 0; tries < 1000 && found < lines; tries++) {
        char line[64];
        FILE *file = fopen(log_file, "r");
        if (file == NULL || fseek(file, offset, SEEK_SET) != 0)
            return false;
        memset(seen, 0, sizeof(seen));
        for (found = 0, *connections = 0; fgets(line, sizeof(line), file) != NULL; found++) {
            unsigned char *flag = &seen[strtoul(line, NULL, 10) % sizeof(seen)];
            *connections += *flag == 0;
            *flag = 1;
        }
        fclose(file);
        if (found < lines)
            (void)poll(NULL, 0, 5);
    }
    return found >= lines;
}

bool bench_library_connections_run(const bench_load *load, bench_figures *out) {
    struct stat log;
    size_t connections = 0;
    long offset = stat(load->log_file, &log) == 0 ? (long)log.st_size : 0;
    if (!run_all(load, 1, out) || !count_connections(load->log_file, offset, load->warm + load->requests, &connections))
        return false;
    out->value = (double)connections;
    return true;
}
