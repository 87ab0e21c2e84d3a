#include "api/client_options.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"

#define MAX_IO_THREADS 64
#define NO_MOST        INT64_MAX

/* ---- defaults ---- */

static void fill_limits(llmc_client_options *o, const llmc_client_options *d) {
    if (!o->max_connections)
        o->max_connections = d->max_connections;
    if (!o->max_keepalive)
        o->max_keepalive = d->max_keepalive;
    if (!o->max_queued)
        o->max_queued = d->max_queued;
    if (!o->cache_ttl_s)
        o->cache_ttl_s = d->cache_ttl_s;
    if (!o->cache_max_bytes)
        o->cache_max_bytes = d->cache_max_bytes;
    if (!o->cache_store_timeout_ms)
        o->cache_store_timeout_ms = d->cache_store_timeout_ms;
    if (!o->max_response_bytes)
        o->max_response_bytes = d->max_response_bytes;
    if (!o->max_event_bytes)
        o->max_event_bytes = d->max_event_bytes;
    if (!o->min_concurrency)
        o->min_concurrency = d->min_concurrency;
    if (!o->log_level)
        o->log_level = d->log_level;
    if (!o->spend_window_s)
        o->spend_window_s = d->spend_window_s;
    if (!o->reserve_tokens)
        o->reserve_tokens = d->reserve_tokens;
}

static void fill_timeouts(llmc_client_options *o, const llmc_client_options *d) {
    if (!o->queue_timeout_ms)
        o->queue_timeout_ms = d->queue_timeout_ms;
    if (!o->connect_timeout_ms)
        o->connect_timeout_ms = d->connect_timeout_ms;
    if (!o->first_byte_timeout_ms)
        o->first_byte_timeout_ms = d->first_byte_timeout_ms;
    if (!o->first_content_timeout_ms)
        o->first_content_timeout_ms = d->first_content_timeout_ms;
    if (!o->idle_timeout_ms)
        o->idle_timeout_ms = d->idle_timeout_ms;
    if (!o->timeout_ms)
        o->timeout_ms = d->timeout_ms;
}

static void fill_retries(llmc_client_options *o, const llmc_client_options *d) {
    if (!o->max_retries)
        o->max_retries = d->max_retries;
    if (!o->retry_delay_ms)
        o->retry_delay_ms = d->retry_delay_ms;
    if (!o->retry_max_delay_ms)
        o->retry_max_delay_ms = d->retry_max_delay_ms;
    if (!o->retry_max_hint_ms)
        o->retry_max_hint_ms = d->retry_max_hint_ms;
    if (!o->retry_budget_percent)
        o->retry_budget_percent = d->retry_budget_percent;
    if (!o->retry_budget_reserve)
        o->retry_budget_reserve = d->retry_budget_reserve;
}

static void fill_breaker(llmc_client_options *o, const llmc_client_options *d) {
    if (!o->breaker_failures)
        o->breaker_failures = d->breaker_failures;
    if (!o->breaker_min_calls)
        o->breaker_min_calls = d->breaker_min_calls;
    if (!o->breaker_window_ms)
        o->breaker_window_ms = d->breaker_window_ms;
    if (!o->breaker_open_ms)
        o->breaker_open_ms = d->breaker_open_ms;
    if (!o->breaker_probe_ms)
        o->breaker_probe_ms = d->breaker_probe_ms;
}

void llmc__client_options_fill(llmc_client_options *o) {
    const llmc_client_options defaults = LLMC_CLIENT_OPTIONS_INIT;
    fill_limits(o, &defaults);
    fill_timeouts(o, &defaults);
    fill_retries(o, &defaults);
    fill_breaker(o, &defaults);
}

/* ---- checks ---- */

static llmc_status check_timeouts(const llmc_client_options *o) {
    const struct {
        int64_t value;
        const char *name;
    } timeouts[] = {
        {o->queue_timeout_ms, "queue_timeout_ms"},
        {o->connect_timeout_ms, "connect_timeout_ms"},
        {o->first_byte_timeout_ms, "first_byte_timeout_ms"},
        {o->first_content_timeout_ms, "first_content_timeout_ms"},
        {o->idle_timeout_ms, "idle_timeout_ms"},
        {o->timeout_ms, "timeout_ms"},
    };
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++)
        if (timeouts[i].value < LLMC_TIMEOUT_NONE)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is negative; LLMC_TIMEOUT_NONE is -1",
                                    timeouts[i].name);
    return LLMC_OK;
}

/* A number of the options and what it may be; 0 stands for the default, or for none, and is always allowed. */
typedef struct bounds {
    int64_t value, least, most;
    const char *name;
} bounds;

static llmc_status check_bounds(const bounds *b) {
    if (b->value < 0 && b->least < 0 && b->value < b->least)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is negative; only -1 has a meaning", b->name);
    if (b->value < b->least)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is negative", b->name);
    if (b->value > b->most)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is above %d", b->name, (int)b->most);
    return LLMC_OK;
}

static llmc_status check_numbers(const llmc_client_options *o) {
    const bounds all[] = {
        {o->io_threads, 0, MAX_IO_THREADS, "io_threads"},
        {o->max_retries, -1, NO_MOST, "max_retries"},
        {o->retry_delay_ms, 0, NO_MOST, "retry_delay_ms"},
        {o->retry_max_delay_ms, 0, NO_MOST, "retry_max_delay_ms"},
        {o->retry_max_hint_ms, 0, NO_MOST, "retry_max_hint_ms"},
        {o->retry_budget_percent, -1, 100, "retry_budget_percent"},
        {o->breaker_failures, -1, NO_MOST, "breaker_failures"},
        {o->breaker_ratio_percent, 0, 100, "breaker_ratio_percent"},
        {o->breaker_window_ms, 0, NO_MOST, "breaker_window_ms"},
        {o->breaker_open_ms, 0, NO_MOST, "breaker_open_ms"},
        {o->breaker_probe_ms, 0, NO_MOST, "breaker_probe_ms"},
        {o->hedge_delay_ms, 0, NO_MOST, "hedge_delay_ms"},
        {o->hedge_percentile, 0, 99, "hedge_percentile"},
    };
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all && status == LLMC_OK; i++)
        status = check_bounds(&all[i]);
    return status;
}

static llmc_status check_money(const llmc_client_options *o) {
    const struct {
        double value;
        const char *name;
    } amounts[] = {
        {o->spend_limit_usd, "spend_limit_usd"},
        {o->spend_window_usd, "spend_window_usd"},
        {o->request_limit_usd, "request_limit_usd"},
    };
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
        if (!(amounts[i].value >= 0 && amounts[i].value <= 1e9)) /* NaN too */
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s must be 0 (no limit) to a billion",
                                    amounts[i].name);
    return LLMC_OK;
}

/* An enum may hold any number that a program puts in. */
static llmc_status check_enums(const llmc_client_options *o) {
    const struct {
        int value, most;
        const char *name, *type;
    } enums[] = {
        {(int)o->http_version, LLMC_HTTP_2, "http_version", "llmc_http_version"},
        {(int)o->retry_jitter, LLMC_JITTER_NONE, "retry_jitter", "llmc_jitter"},
        {(int)o->breaker_scope, LLMC_BREAKER_PER_KEY, "breaker_scope", "llmc_breaker_scope"},
        {(int)o->single_flight, LLMC_SINGLE_FLIGHT_OFF, "single_flight", "llmc_single_flight"},
        {(int)o->log_level, LLMC_LOG_DEBUG, "log_level", "llmc_log_level"},
    };
    for (size_t i = 0; i < sizeof enums / sizeof *enums; i++)
        if (enums[i].value < 0 || enums[i].value > enums[i].most)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is none of %s", enums[i].name,
                                    enums[i].type);
    return LLMC_OK;
}

static llmc_status check_text(const char *text, const char *name, llmc_status status) {
    if (text && llmc__str_has_control(text, strlen(text)))
        return llmc__error_last(status, "options.%s has a control character", name);
    return LLMC_OK;
}

llmc_status llmc__client_options_check(const llmc_client_options *o) {
    llmc_status status;
    if (o->size != sizeof *o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.size is not that of llmc_client_options: start from its INIT macro");
    status = check_timeouts(o);
    if (status == LLMC_OK)
        status = check_numbers(o);
    if (status == LLMC_OK)
        status = check_money(o);
    if (status == LLMC_OK)
        status = check_enums(o);
    if (status == LLMC_OK)
        status = check_text(o->user_agent, "user_agent", LLMC_ERR_INVALID_HEADER);
    if (status == LLMC_OK)
        status = check_text(o->proxy, "proxy", LLMC_ERR_INVALID_URL);
    if (status == LLMC_OK)
        status = check_text(o->default_provider, "default_provider", LLMC_ERR_INVALID_ARGUMENT);
    return status;
}

/* ---- strings ---- */

/* default_provider stays NULL when it was not given: the model's name tells the provider then. */
llmc_status llmc__client_options_own(llmc_client_options *o) {
    char *provider = llmc__mem_strdup(o->default_provider);
    char *salt = llmc__mem_strdup(o->cache_salt);
    char *agent = llmc__mem_strdup(o->user_agent ? o->user_agent : "libllmclient/" LLMC_VERSION_STRING);
    char *ca_file = llmc__mem_strdup(o->ca_file);
    char *proxy = llmc__mem_strdup(o->proxy);
    bool lost = (o->default_provider && !provider) || (o->cache_salt && !salt) || !agent || (o->ca_file && !ca_file) ||
                (o->proxy && !proxy);
    o->default_provider = provider;
    o->user_agent = agent;
    o->cache_salt = salt;
    o->ca_file = ca_file;
    o->proxy = proxy;
    return lost ? LLMC_ERR_NO_MEMORY : LLMC_OK;
}

void llmc__client_options_free(llmc_client_options *o) {
    llmc__mem_free((char *)(uintptr_t)o->default_provider);
    llmc__mem_free((char *)(uintptr_t)o->user_agent);
    llmc__mem_free((char *)(uintptr_t)o->cache_salt);
    llmc__mem_free((char *)(uintptr_t)o->ca_file);
    llmc__mem_free((char *)(uintptr_t)o->proxy);
}
