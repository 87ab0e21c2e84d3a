/* The same requests through the library's async calls: encoding, decoding and the response object included. */
#include "bench.h"
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include "llmclient.h"

typedef struct runner {
    const bench_load *load;
    llmc_client *client;
    llmc_request *request;
    sem_t all_ended;
    uint32_t started, ended, goal; /* the loop thread's, once the first calls were started */
    uint64_t failed, pieces;
    size_t text_len;
} runner;

static int on_event(llmc_call *call, const llmc_event *event, void *ctx) {
    (void)call;
    ((runner *)ctx)->pieces += llmc_event_type(event) == LLMC_EVENT_TEXT;
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
    (void)call;
    if (llmc_response_status(response) != LLMC_OK || llmc_response_output_len(response) != r->text_len) {
        if (r->failed++ == 0)
            (void)fprintf(stderr, "bench: %s\n", llmc_response_error_message(response));
    }
    if (r->started < r->goal) {
        r->started++;
        start(r);
    }
    if (++r->ended == r->goal)
        sem_post(&r->all_ended);
}

static bool open_runner(runner *r) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    options.max_connections = r->load->in_flight;
    options.max_keepalive = r->load->in_flight;
    options.ignore_environment = true;
    provider.api_key = BENCH_KEY;
    provider.base_url = r->load->base_url;
    r->text_len = strlen(r->load->text);
    return sem_init(&r->all_ended, 0, 0) == 0 && llmc_client_new(&options, &r->client) == LLMC_OK &&
           llmc_client_set_provider(r->client, "openai", &provider) == LLMC_OK &&
           llmc_request_new(BENCH_MODEL, &r->request) == LLMC_OK &&
           llmc_request_add_message(r->request, LLMC_ROLE_USER, BENCH_PROMPT) == LLMC_OK;
}

/* The first calls are counted as started before they are: the loop thread may end some while this one starts others. */
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

bool bench_library_run(const bench_load *load, bench_figures *out) {
    runner r;
    bench_clock clock;
    bool opened;
    memset(&r, 0, sizeof(r));
    r.load = load;
    opened = open_runner(&r);
    if (opened) {
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
