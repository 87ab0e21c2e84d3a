/* The client handle: options checked and copied, environment read once, engines started and ended. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/argument.h"
#include "api/client_options.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "engine/store_worker.h"
#include "model/error.h"

/* ---- environment ---- */

static char *variable(const char *lower, const char *upper) {
    const char *value = getenv(lower);
    if ((!value || !*value) && upper)
        value = getenv(upper);
    return value && *value ? llmc__mem_strdup(value) : NULL;
}

/* HTTP_PROXY in capitals is left out: a CGI host sets it from a request's "Proxy:" header (CVE-2016-5385). */
static void read_environment(llmc_client *client) {
    if (client->options.ignore_environment)
        return;
    client->proxies.http = variable("http_proxy", NULL);
    client->proxies.https = variable("https_proxy", "HTTPS_PROXY");
    client->proxies.all = variable("all_proxy", "ALL_PROXY");
    client->proxies.none = variable("no_proxy", "NO_PROXY");
    if (!client->options.ca_file)
        client->options.ca_file = variable("SSL_CERT_FILE", NULL);
}

/* ---- life ---- */

static void destroy(llmc_client *client) {
    for (uint32_t i = 0; i < client->engine_count; i++)
        llmc__engine_free(client->engines[i]);
    llmc__mem_free(client->engines);
    llmc__targets_free(client);
    llmc__caching_free(client);
    llmc__costing_free(client);
    llmc__map_free(&client->healths, llmc__health_free);
    llmc__routes_free(client);
    llmc__rule_set_unref(client->rules);
    llmc__shared_lock_destroy(&client->names_lock);
    llmc__mutex_destroy(&client->targets_lock);
    llmc__mem_free(client->proxies.http);
    llmc__mem_free(client->proxies.https);
    llmc__mem_free(client->proxies.all);
    llmc__mem_free(client->proxies.none);
    llmc__client_options_free(&client->options);
    llmc__mem_free(client);
}

llmc_client *llmc__client_ref(llmc_client *client) {
    atomic_fetch_add_explicit(&client->refs, 1, memory_order_relaxed);
    return client;
}

void llmc__client_unref(llmc_client *client) {
    if (client && atomic_fetch_sub_explicit(&client->refs, 1, memory_order_acq_rel) == 1)
        destroy(client);
}

static llmc_status start_engines(llmc_client *client) {
    bool with_threads = client->options.io_threads > 0;
    uint32_t count = with_threads ? client->options.io_threads : 1;
    client->engines = llmc__mem_calloc(count, sizeof(llmc__engine *));
    if (!client->engines)
        return LLMC_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        llmc_status status = llmc__engine_new(client, i, with_threads, &client->engines[i]);
        if (status != LLMC_OK)
            return status;
        client->engine_count = i + 1;
    }
    return LLMC_OK;
}

static llmc_status build(llmc_client *client) {
    llmc_status status = llmc__mutex_init(&client->targets_lock);
    if (status == LLMC_OK)
        status = llmc__shared_lock_init(&client->names_lock);
    if (status != LLMC_OK)
        return status;
    llmc__clock_random(&client->hash_key, sizeof client->hash_key);
    client->fork_count = llmc__thread_fork_count();
    atomic_init(&client->refs, 1);
    status = llmc__client_options_own(&client->options);
    if (status != LLMC_OK)
        return status;
    read_environment(client);
    llmc__map_init(&client->healths, client->hash_key);
    llmc__map_init(&client->routes, client->hash_key);
    llmc__healths_config(client);
    status = llmc__costing_init(client);
    if (status == LLMC_OK)
        status = llmc__targets_init(client);
    if (status == LLMC_OK)
        status = llmc__net_global_init();
    if (status == LLMC_OK)
        status = llmc__caching_new(client);
    if (status == LLMC_OK)
        status = start_engines(client);
    return status;
}

llmc_status llmc_client_new(const llmc_client_options *options, llmc_client **out) {
    llmc_client *client;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    if (!options)
        options = &llmc__client_options_defaults;
    status = llmc__client_options_check(options);
    if (status == LLMC_OK)
        status = llmc__store_check(options->cache_store);
    if (status != LLMC_OK)
        return status;
    client = llmc__mem_calloc(1, sizeof *client);
    if (!client)
        return llmc__argument_no_room("a client");
    client->options = *options;
    llmc__client_options_fill(&client->options);
    status = build(client);
    if (status != LLMC_OK) {
        for (uint32_t i = 0; i < client->engine_count; i++)
            llmc__engine_stop(client->engines[i]);
        destroy(client);
        return llmc__error_last(status, "the client could not be started: %s", llmc_status_message(status));
    }
    llmc__store_own(client, client->options.cache_store);
    *out = client;
    return LLMC_OK;
}

/* A child of fork owns none of the parent's threads and must not touch its connections: it leaks its copy. */
void llmc_client_free(llmc_client *client) {
    if (client && client->fork_count == llmc__thread_fork_count())
        llmc__engine_close_client(client);
}

llmc_status llmc__client_check(const llmc_client *client) {
    if (!client)
        return llmc__argument_null("client");
    if (client->fork_count != llmc__thread_fork_count())
        return llmc__error_last(LLMC_ERR_FORKED, "the client belongs to the parent process: make one after fork");
    if (atomic_load_explicit(&client->closing, memory_order_relaxed))
        return llmc__error_last(LLMC_ERR_CLOSED, "the client is being freed");
    return LLMC_OK;
}

bool llmc__client_in_callback(const llmc_client *client) {
    return llmc__engine_current(client) != NULL;
}

llmc_status llmc__client_may_block(const llmc_client *client) {
    if (llmc__client_in_callback(client))
        return llmc__error_last(LLMC_ERR_WOULD_DEADLOCK, "a blocking function was called from a callback");
    return LLMC_OK;
}

/* ---- further verbs ---- */

llmc_status llmc_client_set_provider(llmc_client *client, const char *name, const llmc_provider_options *options) {
    llmc_status status = llmc__client_check(client);
    return status == LLMC_OK ? llmc__targets_set(client, name, options) : status;
}

int llmc_client_fd(const llmc_client *client) {
    if (!client || client->options.io_threads)
        return -1;
    return llmc__loop_fd(client->engines[0]->loop);
}

llmc_status llmc_client_dispatch(llmc_client *client) {
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    if (client->options.io_threads)
        return llmc__argument_refuse("client has loop threads: dispatch needs io_threads = 0");
    if (llmc__client_in_callback(client))
        return llmc__error_last(LLMC_ERR_WOULD_DEADLOCK, "llmc_client_dispatch was called from a callback");
    llmc__engine_turn(client->engines[0], 0);
    return LLMC_OK;
}

#define OUT(member)     (uint8_t) offsetof(llmc_stats, member)
#define COUNTER(member) (uint8_t) offsetof(llmc__counters, member)

/* Which counter is told as what. */
static const struct {
    uint8_t out, counter;
} told[] = {
    {OUT(calls_succeeded), COUNTER(succeeded)},
    {OUT(calls_failed), COUNTER(failed)},
    {OUT(calls_cancelled), COUNTER(cancelled)},
    {OUT(calls_started), COUNTER(started)},
    {OUT(calls_queued), COUNTER(queued)},
    {OUT(attempts), COUNTER(attempts)},
    {OUT(retries), COUNTER(retries)},
    {OUT(hedges), COUNTER(hedges)},
    {OUT(shared), COUNTER(shared)},
    {OUT(breaker_refusals), COUNTER(breaker_refusals)},
    {OUT(bytes_sent), COUNTER(bytes_sent)},
    {OUT(bytes_received), COUNTER(bytes_received)},
    {OUT(tokens_in), COUNTER(tokens_in)},
    {OUT(tokens_out), COUNTER(tokens_out)},
};

/* The calls that have ended are read first: those that were started are never fewer. */
static void read_counters(const llmc_client *client, llmc_stats *out) {
    char *counters = (char *)(uintptr_t)&client->counters;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        atomic_uint_least64_t *counter = (atomic_uint_least64_t *)(void *)(counters + told[i].counter);
        uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
        memcpy((char *)out + told[i].out, &value, sizeof value);
    }
}

static void add_net(const llmc_client *client, llmc_stats *out) {
    for (uint32_t i = 0; i < client->engine_count; i++) {
        llmc__net_counts counts;
        if (!client->engines[i]->net)
            continue;
        llmc__net_count(client->engines[i]->net, &counts);
        out->connections_open += counts.connections_open;
        out->connections_opened += counts.connections_opened;
        out->resends_stopped += counts.resends_stopped;
    }
}

llmc_status llmc_client_stats(const llmc_client *client, llmc_stats *out) {
    llmc_status status = llmc__client_check(client);
    uint64_t direct;
    if (status != LLMC_OK)
        return status;
    if (!out || out->size != sizeof *out)
        return llmc__argument_refuse("out is NULL or out->size is not that of llmc_stats");
    direct = llmc__caching_counted(client);
    *out = (llmc_stats)LLMC_STATS_INIT;
    read_counters(client, out);
    out->calls_succeeded += direct;
    out->calls_started += direct;
    out->calls_active = out->calls_started - out->calls_succeeded - out->calls_failed - out->calls_cancelled;
    add_net(client, out);
    return LLMC_OK;
}
