/*
 * The response cache: llmc_execute of a cached request, its getters and the end of its response, by one thread or by
 * several; and what an entry costs besides the words of question and answer.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/thread.h"
#include "bench.h"
#include "llmclient.h"
#include "model/packed.h"
#include "policy/cache.h"
#include "policy/cache_key.h"

/* Hits for each request that the other side makes: one is too short to be measured. */
#define HITS 500

#define MOST_THREADS 16

typedef struct job {
    llmc__thread thread;
    llmc_client *client;
    llmc_request **requests;
    uint32_t request_count, hits, from;
    uint64_t failed;
} job;

static bool is_hit(const llmc_response *response) {
    return llmc_response_from_cache(response) && llmc_response_output_len(response) > 0 &&
           llmc_response_tokens_out(response) >= -1 && *llmc_response_model(response) != '\0' &&
           llmc_response_finish_reason(response) == LLMC_FINISH_STOP;
}

static void hit(void *ctx) {
    job *j = ctx;
    for (uint32_t i = 0; i < j->hits; i++) {
        llmc_response *response = NULL;
        (void)llmc_execute(j->client, j->requests[(j->from + i) % j->request_count], &response);
        j->failed += !is_hit(response);
        llmc_response_free(response);
    }
}

static bool open_client(const bench_load *load, llmc_client **client) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    options.ignore_environment = true;
    options.enable_cache = true;
    options.cache_ttl_s = 3600;
    provider.api_key = BENCH_KEY;
    provider.base_url = load->base_url;
    return llmc_client_new(&options, client) == LLMC_OK &&
           llmc_client_set_provider(*client, "openai", &provider) == LLMC_OK;
}

static llmc_request *request_of(uint32_t number) {
    llmc_request *request = NULL;
    char prompt[200];
    (void)snprintf(prompt, sizeof(prompt), "%u: %s", (unsigned)number, BENCH_PROMPT);
    if (llmc_request_new("openai/" BENCH_MODEL, &request) != LLMC_OK ||
        llmc_request_add_message(request, LLMC_ROLE_USER, prompt) != LLMC_OK)
        abort();
    return request;
}

static bool fill(const job *j) {
    bool filled = true;
    for (uint32_t i = 0; i < j->request_count; i++) {
        llmc_response *response = NULL;
        filled = llmc_execute(j->client, j->requests[i], &response) == LLMC_OK && filled;
        llmc_response_free(response);
    }
    return filled;
}

static bool run_threads(const job *model, uint32_t threads, bench_figures *out) {
    static job jobs[MOST_THREADS];
    for (uint32_t i = 0; i < threads; i++) {
        jobs[i] = *model;
        jobs[i].from = i * 7;
        jobs[i].hits = model->hits / threads;
        if (llmc__thread_start(&jobs[i].thread, "bench", hit, &jobs[i]) != LLMC_OK)
            return false;
    }
    for (uint32_t i = 0; i < threads; i++) {
        llmc__thread_join(&jobs[i].thread);
        out->failed += jobs[i].failed;
    }
    return true;
}

/* `warm` different entries. */
static bool run(const bench_load *load, uint32_t threads, bench_figures *out) {
    job j = {.request_count = load->warm, .hits = load->requests * HITS};
    bench_clock start;
    bool ran;
    j.requests = calloc(load->warm, sizeof(*j.requests));
    for (uint32_t i = 0; j.requests != NULL && i < load->warm; i++)
        j.requests[i] = request_of(i);
    if (j.requests == NULL || threads > MOST_THREADS || !open_client(load, &j.client) || !fill(&j))
        return false;
    start = bench_clock_now();
    ran = run_threads(&j, threads, out);
    bench_clock_take(&start, j.hits, out);
    out->value = out->wall_ms * 1000 / (double)j.hits;
    for (uint32_t i = 0; i < load->warm; i++)
        llmc_request_free(j.requests[i]);
    free(j.requests);
    llmc_client_free(j.client);
    return ran;
}

bool bench_cache_run(const bench_load *load, bench_figures *out) {
    return run(load, load->in_flight, out);
}

bool bench_cache_one_run(const bench_load *load, bench_figures *out) {
    return run(load, 1, out);
}

/* ---- entries ---- */

static const char answer_id[] = "chatcmpl-BxYz0123456789abcdefghijkl";

/* As a provider gives it, with so many bytes of text. */
static llmc_response *answer_of(size_t len) {
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    llmc_event start = {.kind = LLMC_EVENT_START, .model = BENCH_MODEL, .id = answer_id};
    llmc_event text = {.kind = LLMC_EVENT_TEXT, .text_len = len};
    llmc_event finish = {.kind = LLMC_EVENT_FINISH, .finish = LLMC_FINISH_STOP, .finish_raw = "stop"};
    char *words = calloc(1, len + 1);
    text.text = memset(words, 'x', len);
    (void)llmc__response_fold(response, &start);
    (void)llmc__response_fold(response, &text);
    (void)llmc__response_fold(response, &finish);
    free(words);
    response->provider = llmc__mem_strdup("openai");
    response->request_id = llmc__mem_strdup("req_0123456789abcdef0123456789abcdef");
    response->usage = (llmc__usage)LLMC__USAGE_INIT;
    response->usage.tokens_in = 100;
    response->usage.tokens_out = 1000;
    response->usage.total = 1100;
    response->usage.cached = response->usage.reasoning = 0;
    return response;
}

static void put(llmc__cache *cache, uint32_t number, const llmc_response *response) {
    const llmc__cache_life life = {.ttl_us = INT64_MAX};
    const llmc__cache_worth worth = {response->usage.tokens_in, response->usage.tokens_out, -1.0};
    llmc__cache_scope scope = {.identity = 7, .model = BENCH_MODEL, .secret = {1, 2}};
    llmc_request *request = request_of(number);
    llmc__buf key, packed;
    llmc__cache_key named;
    llmc__buf_init(&key, (size_t)1 << 20);
    llmc__buf_init(&packed, (size_t)1 << 20);
    if (llmc__cache_key_write(&scope, request, &key) != LLMC_OK ||
        llmc__packed_write(response, false, &packed) != LLMC_OK)
        abort();
    named = llmc__cache_key_of(cache, key.data, key.len);
    (void)llmc__cache_put(cache, &named, packed.data, packed.len, &worth, &life, 0);
    llmc__buf_free(&key);
    llmc__buf_free(&packed);
    llmc_request_free(request);
}

static double bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* What malloc gave and what the cache counts, whichever is more, less the words of question and answer. */
static double bytes_beside(size_t len, uint32_t entries) {
    const llmc__cache_policy policy = {(size_t)1 << 30, 1000000, 1.0, {3, 4}};
    llmc_response *response = answer_of(len);
    double before = bytes_in_use(), held, counted;
    llmc__cache *cache = llmc__cache_new(&policy);
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    for (uint32_t i = 0; i < entries; i++)
        put(cache, i, response);
    llmc__cache_stats_read(cache, &stats);
    held = (bytes_in_use() - before) / entries;
    counted = (double)stats.bytes / entries;
    llmc__cache_free(cache);
    llmc__response_unref(response);
    return (held > counted ? held : counted) - (double)len - (double)strlen("12345: " BENCH_PROMPT);
}

bool bench_cache_entry_run(const bench_load *load, bench_figures *out) {
    double small = bytes_beside(200, load->requests), large = bytes_beside(4096, load->requests);
    out->value = small > large ? small : large;
    return true;
}
