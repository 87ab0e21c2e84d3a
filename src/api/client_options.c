#include "api/client_options.h"

#include <string.h>

#include "api/argument.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"

#define MAX_IO_THREADS 64
#define MEMBER(name)   (uint16_t) offsetof(llmc_client_options, name)
#define COUNT(table)   (sizeof(table) / sizeof(table)[0])

/* ---- defaults ---- */

const llmc_client_options llmc__client_options_defaults = LLMC_CLIENT_OPTIONS_INIT;

void llmc__client_options_fill(llmc_client_options *o) {
#define ROW(member) LLMC__DEFAULT(llmc_client_options, member)
    static const llmc__default members[] = {
        ROW(max_connections),
        ROW(max_keepalive),
        ROW(max_queued),
        ROW(cache_ttl_s),
        ROW(cache_max_bytes),
        ROW(cache_store_timeout_ms),
        ROW(queue_timeout_ms),
        ROW(connect_timeout_ms),
        ROW(first_byte_timeout_ms),
        ROW(first_content_timeout_ms),
        ROW(idle_timeout_ms),
        ROW(timeout_ms),
        ROW(max_retries),
        ROW(retry_delay_ms),
        ROW(retry_max_delay_ms),
        ROW(retry_max_hint_ms),
        ROW(retry_budget_percent),
        ROW(retry_budget_reserve),
        ROW(breaker_failures),
        ROW(breaker_min_calls),
        ROW(breaker_window_ms),
        ROW(breaker_open_ms),
        ROW(breaker_probe_ms),
        ROW(min_concurrency),
        ROW(max_response_bytes),
        ROW(max_event_bytes),
        ROW(log_level),
        ROW(spend_window_s),
        ROW(reserve_tokens),
    };
#undef ROW
    llmc__argument_fill(o, &llmc__client_options_defaults, members, COUNT(members));
}

/* ---- checks ---- */

/* A number of the options and what it may be; 0 stands for the default, or for none, and is always allowed. */
static const struct {
    char name[25];
    char type; /* 'l': int64_t, 'i': int32_t, 'u': uint32_t */
    int8_t least, most;
    uint16_t member;
} numbers[] = {
#define ROW(type, name, least, most)                                                                                   \
    { #name, type, least, most, MEMBER(name) }
#define NO_MOST 0
    ROW('l', queue_timeout_ms, LLMC_TIMEOUT_NONE, NO_MOST),
    ROW('l', connect_timeout_ms, LLMC_TIMEOUT_NONE, NO_MOST),
    ROW('l', first_byte_timeout_ms, LLMC_TIMEOUT_NONE, NO_MOST),
    ROW('l', first_content_timeout_ms, LLMC_TIMEOUT_NONE, NO_MOST),
    ROW('l', idle_timeout_ms, LLMC_TIMEOUT_NONE, NO_MOST),
    ROW('l', timeout_ms, LLMC_TIMEOUT_NONE, NO_MOST),
    ROW('l', cache_store_timeout_ms, 0, NO_MOST),
    ROW('u', io_threads, 0, MAX_IO_THREADS),
    ROW('i', max_retries, -1, NO_MOST),
    ROW('l', retry_delay_ms, 0, NO_MOST),
    ROW('l', retry_max_delay_ms, 0, NO_MOST),
    ROW('l', retry_max_hint_ms, 0, NO_MOST),
    ROW('i', retry_budget_percent, -1, 100),
    ROW('i', breaker_failures, -1, NO_MOST),
    ROW('i', breaker_ratio_percent, 0, 100),
    ROW('l', breaker_window_ms, 0, NO_MOST),
    ROW('l', breaker_open_ms, 0, NO_MOST),
    ROW('l', breaker_probe_ms, 0, NO_MOST),
    ROW('l', hedge_delay_ms, 0, NO_MOST),
    ROW('u', hedge_percentile, 0, 99),
#undef ROW
};

static const void *member_of(const llmc_client_options *o, uint16_t member) {
    return (const char *)o + member;
}

static int64_t whole_at(const void *at, char type) {
    if (type == 'l')
        return *(const int64_t *)at;
    if (type == 'i')
        return *(const int32_t *)at;
    return *(const uint32_t *)at;
}

static llmc_status check_numbers(const llmc_client_options *o) {
    for (size_t i = 0; i < COUNT(numbers); i++) {
        int64_t value = whole_at(member_of(o, numbers[i].member), numbers[i].type);
        if (value < numbers[i].least)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is negative%s", numbers[i].name,
                                    numbers[i].least < 0 ? "; only -1 has a meaning" : "");
        if (numbers[i].most != NO_MOST && value > numbers[i].most)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is above %d", numbers[i].name,
                                    numbers[i].most);
    }
    return LLMC_OK;
}

static llmc_status check_money(const llmc_client_options *o) {
    static const struct {
        char name[18];
        uint16_t member;
    } amounts[] = {
        {"spend_limit_usd", MEMBER(spend_limit_usd)},
        {"spend_window_usd", MEMBER(spend_window_usd)},
        {"request_limit_usd", MEMBER(request_limit_usd)},
    };
    for (size_t i = 0; i < COUNT(amounts); i++) {
        double value = *(const double *)member_of(o, amounts[i].member);
        if (!(value >= 0 && value <= 1e9)) /* NaN too */
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s must be 0 (no limit) to a billion",
                                    amounts[i].name);
    }
    return LLMC_OK;
}

/* An enum may hold any number that a program puts in. */
static llmc_status check_enums(const llmc_client_options *o) {
    static const struct {
        char name[14];
        uint8_t type; /* where in the name that of the type begins, behind "llmc_" */
        uint8_t most;
        uint16_t member;
    } enums[] = {
        {"http_version", 0, LLMC_HTTP_2, MEMBER(http_version)},
        {"retry_jitter", 6, LLMC_JITTER_NONE, MEMBER(retry_jitter)},
        {"breaker_scope", 0, LLMC_BREAKER_PER_KEY, MEMBER(breaker_scope)},
        {"single_flight", 0, LLMC_SINGLE_FLIGHT_OFF, MEMBER(single_flight)},
        {"log_level", 0, LLMC_LOG_DEBUG, MEMBER(log_level)},
    };
    for (size_t i = 0; i < COUNT(enums); i++)
        if (*(const unsigned *)member_of(o, enums[i].member) > enums[i].most)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s is none of llmc_%s", enums[i].name,
                                    enums[i].name + enums[i].type);
    return LLMC_OK;
}

static llmc_status check_text(const char *text, const char *name, llmc_status status) {
    if (text && llmc__str_has_control(text, strlen(text)))
        return llmc__error_last(status, "options.%s has a control character", name);
    return LLMC_OK;
}

llmc_status llmc__client_options_check(const llmc_client_options *o) {
    llmc_status status = llmc__argument_check_size(o->size, sizeof *o, "llmc_client_options");
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
static const uint16_t strings[] = {MEMBER(default_provider), MEMBER(cache_salt), MEMBER(user_agent), MEMBER(ca_file),
                                   MEMBER(proxy)};

static char **string_at(llmc_client_options *o, size_t index) {
    return (char **)(void *)((char *)o + strings[index]);
}

llmc_status llmc__client_options_own(llmc_client_options *o) {
    llmc_status status = LLMC_OK;
    if (!o->user_agent)
        o->user_agent = "libllmclient/" LLMC_VERSION_STRING;
    for (size_t i = 0; i < COUNT(strings); i++) {
        char **slot = string_at(o, i);
        char *copy = llmc__mem_strdup(*slot);
        if (*slot && !copy)
            status = LLMC_ERR_NO_MEMORY;
        *slot = copy;
    }
    return status;
}

void llmc__client_options_free(llmc_client_options *o) {
    for (size_t i = 0; i < COUNT(strings); i++)
        llmc__mem_free(*string_at(o, i));
}
