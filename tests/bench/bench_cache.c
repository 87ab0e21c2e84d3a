/*
 * The response cache: hits a second with one thread and with eight, on many entries and on a single one, against a
 * request through bare libcurl to a server on this machine, in the same run. `--short` for a tenth of the rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/thread.h"
#include "bench.h"
#include "model/target.h"
#include "policy/cache.h"
#include "policy/cache_key.h"

#define ENTRIES 1000
#define THREADS 8

typedef struct job {
    llmc__thread thread;
    llmc__cache *cache;
    llmc_request *requests;
    llmc__target *target;
    size_t rounds, entries;
    bool with_key; /* the key is written and hashed anew each time, as for a call */
    uint64_t missed;
} job;

static llmc__cache_scope scope_of(const job *j) {
    return (llmc__cache_scope){.target = j->target, .adapter = "openai", .model = BENCH_MODEL, .secret = {1, 2}};
}

static void look(job *j, const llmc__cache_key *key) {
    llmc__cache_hit hit;
    j->missed += llmc__cache_lookup(j->cache, key, 1000, UINT64_MAX, &hit) != LLMC__CACHE_FRESH;
    llmc__response_unref(hit.response);
}

static void run(void *ctx) {
    job *j = ctx;
    llmc__cache_scope scope = scope_of(j);
    llmc__cache_key *keys = calloc(j->entries, sizeof *keys);
    llmc__buf *bytes = calloc(j->entries, sizeof *bytes);
    for (size_t i = 0; i < j->entries; i++) {
        llmc__buf_init(&bytes[i], (size_t)1 << 20);
        (void)llmc__cache_key_write(&scope, &j->requests[i], &bytes[i]);
        keys[i] = llmc__cache_key_of(j->cache, bytes[i].data, bytes[i].len);
    }
    for (size_t i = 0; i < j->rounds; i++) {
        size_t n = i % j->entries;
        if (j->with_key) {
            (void)llmc__cache_key_write(&scope, &j->requests[n], &bytes[0]);
            keys[0] = llmc__cache_key_of(j->cache, bytes[0].data, bytes[0].len);
            n = 0;
        }
        look(j, &keys[n]);
    }
    for (size_t i = 0; i < j->entries; i++)
        llmc__buf_free(&bytes[i]);
    free(bytes);
    free(keys);
}

/* Million hits a second of all threads together. */
static double measure(const job *model, size_t threads) {
    static job jobs[THREADS];
    int64_t start = llmc__clock_us();
    uint64_t missed = 0;
    for (size_t i = 0; i < threads; i++) {
        jobs[i] = *model;
        if (llmc__thread_start(&jobs[i].thread, "bench", run, &jobs[i]) != LLMC_OK)
            abort();
    }
    for (size_t i = 0; i < threads; i++) {
        llmc__thread_join(&jobs[i].thread);
        missed += jobs[i].missed;
    }
    if (missed > 0)
        (void)fprintf(stderr, "bench_cache: %llu lookups missed\n", (unsigned long long)missed);
    return (double)(model->rounds * threads) / (double)(llmc__clock_us() - start);
}

static void fill(job *j) {
    static llmc__message messages[ENTRIES];
    static llmc_request requests[ENTRIES];
    static char texts[ENTRIES][128];
    const llmc__cache_life life = {.ttl_us = INT64_MAX};
    llmc__cache_scope scope = scope_of(j);
    llmc__buf bytes;
    llmc__buf_init(&bytes, (size_t)1 << 20);
    for (size_t i = 0; i < ENTRIES; i++) {
        llmc_response *response = llmc__response_new((size_t)1 << 20);
        llmc_event event = {.kind = LLMC_EVENT_TEXT, .text = bench_server_text()};
        llmc__cache_key key;
        int len = snprintf(texts[i], sizeof texts[i], "%zu: %s", i, BENCH_PROMPT);
        messages[i] = (llmc__message){.role = LLMC_ROLE_USER, .text = texts[i], .text_len = (size_t)len};
        requests[i] = (llmc_request){.messages = &messages[i], .message_count = 1, .parallel_tools = -1};
        event.text_len = strlen(event.text);
        (void)llmc__response_fold(response, &event);
        (void)llmc__cache_key_write(&scope, &requests[i], &bytes);
        key = llmc__cache_key_of(j->cache, bytes.data, bytes.len);
        (void)llmc__cache_put(j->cache, &key, response, &life, 0);
        llmc__response_unref(response);
    }
    llmc__buf_free(&bytes);
    j->requests = requests;
}

static void row(const char *what, double one, double eight) {
    (void)printf("%-34s %8.2f M/s %8.2f M/s\n", what, one, eight);
}

/* Wall time of one request, one at a time over one connection. */
static double curl_us(uint32_t requests) {
    bench_server server;
    bench_figures figures;
    bench_load load;
    memset(&server, 0, sizeof server);
    memset(&load, 0, sizeof load);
    memset(&figures, 0, sizeof figures);
    if (!bench_server_start(&server, 1))
        return 0;
    load.base_url = server.base_url;
    load.in_flight = 1;
    load.warm = 10;
    load.requests = requests;
    load.text = bench_server_text();
    if (!bench_process_run(bench_curl_run, &load, 0, &figures) || figures.failed > 0)
        figures.wall_ms = 0;
    bench_server_stop(&server);
    return figures.wall_ms * 1000 / requests;
}

int main(int argc, char **argv) {
    const size_t rounds = argc > 1 && strcmp(argv[1], "--short") == 0 ? 200000 : 2000000;
    const llmc__cache_policy policy = {(size_t)64 << 20, 1000000, 1.0, {3, 4}};
    double by_curl = curl_us((uint32_t)(rounds / 500)), whole, many, single;
    job j = {.cache = llmc__cache_new(&policy), .target = llmc__target_new(), .rounds = rounds, .entries = ENTRIES};
    if (j.cache == NULL || j.target == NULL)
        return 1;
    j.target->name = (char *)(uintptr_t) "openai";
    j.target->base_url = (char *)(uintptr_t) "https://api.openai.com/v1";
    j.target->api_key = (char *)(uintptr_t)BENCH_KEY;
    fill(&j);
    (void)printf("%-34s %12s %12s\n", "hits, all threads together", "1 thread", "8 threads");
    many = measure(&j, 1);
    row("lookup, 1000 entries", many, measure(&j, THREADS));
    j.with_key = true;
    whole = measure(&j, 1);
    row("key, hash and lookup, 1000 entries", whole, measure(&j, THREADS));
    j.with_key = false;
    j.entries = 1;
    single = measure(&j, 1);
    row("lookup, one entry", single, measure(&j, THREADS));
    if (by_curl > 0 && whole > 0)
        (void)printf("a request by bare libcurl: %.1f us; a hit with its key: %.3f us, 1/%.0f of it\n", by_curl,
                     1 / whole, by_curl * whole);
    llmc__cache_free(j.cache);
    j.target->name = j.target->base_url = j.target->api_key = NULL;
    llmc__target_unref(j.target);
    return by_curl > 0 ? 0 : 1;
}
