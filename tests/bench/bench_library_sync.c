/* Blocking calls of the library, one at a time, with a loop thread and without; and a batch. */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "llmclient.h"

typedef struct runner {
    const bench_load *load;
    llmc_client *client;
    llmc_request *request;
    size_t text_len;
    uint64_t failed;
} runner;

static bool open_runner(runner *r, const bench_load *load, uint32_t io_threads) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    memset(r, 0, sizeof(*r));
    r->load = load;
    r->text_len = strlen(load->text);
    options.io_threads = io_threads;
    options.max_connections = load->in_flight;
    options.max_keepalive = load->in_flight;
    options.ignore_environment = true;
    provider.api_key = BENCH_KEY;
    provider.base_url = load->base_url;
    if (llmc_client_new(&options, &r->client) == LLMC_OK &&
        llmc_client_set_provider(r->client, "openai", &provider) == LLMC_OK &&
        llmc_request_new(BENCH_MODEL, &r->request) == LLMC_OK &&
        llmc_request_add_message(r->request, LLMC_ROLE_USER, BENCH_PROMPT) == LLMC_OK)
        return true;
    (void)fprintf(stderr, "bench: %s\n", llmc_last_error_message());
    return false;
}

static void close_runner(runner *r) {
    llmc_request_free(r->request);
    llmc_client_free(r->client);
}

static void judge(runner *r, const llmc_response *response) {
    if (llmc_response_status(response) == LLMC_OK && llmc_response_output_len(response) == r->text_len)
        return;
    if (r->failed++ == 0)
        (void)fprintf(stderr, "bench: %s\n", llmc_response_error_message(response));
}

static void run_sync(runner *r, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        llmc_response *response = NULL;
        (void)llmc_execute(r->client, r->request, &response);
        judge(r, response);
        llmc_response_free(response);
    }
}

/* Nothing of the batch is left out: the results are there, then read and freed. */
static void run_batch(runner *r, uint32_t count) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    const llmc_request **requests = calloc(count, sizeof(*requests));
    llmc_response **results = calloc(count, sizeof(*results));
    if (requests == NULL || results == NULL)
        abort();
    for (uint32_t i = 0; i < count; i++)
        requests[i] = r->request;
    options.max_concurrency = r->load->in_flight;
    (void)llmc_execute_batch(r->client, requests, count, &options, results);
    for (uint32_t i = 0; i < count; i++) {
        judge(r, results[i]);
        llmc_response_free(results[i]);
    }
    free(requests);
    free(results);
}

static bool run_all(const bench_load *load, uint32_t io_threads, void (*run)(runner *r, uint32_t count),
                    bench_figures *out) {
    runner r;
    bench_clock clock;
    bool opened = open_runner(&r, load, io_threads);
    if (opened) {
        run(&r, load->warm);
        clock = bench_clock_now();
        run(&r, load->requests);
        bench_clock_take(&clock, load->requests, out);
        out->failed = r.failed;
    }
    close_runner(&r);
    return opened;
}

bool bench_library_sync_run(const bench_load *load, bench_figures *out) {
    return run_all(load, 1, run_sync, out);
}

bool bench_library_host_run(const bench_load *load, bench_figures *out) {
    return run_all(load, 0, run_sync, out);
}

bool bench_library_batch_run(const bench_load *load, bench_figures *out) {
    return run_all(load, 1, run_batch, out);
}
