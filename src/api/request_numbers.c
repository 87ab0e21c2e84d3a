/* The request's numbers: sampling, lengths, deadlines, retries. Out of range answers INVALID_ARGUMENT. */
#include <stddef.h>
#include <string.h>

#include "api/argument.h"
#include "model/error.h"
#include "model/request.h"

#define NO_MOST      INT16_MAX
#define MEMBER(name) (uint16_t) offsetof(llmc_request, name)

/* A number of a request, of 64 bits: what it may be and where it lies. */
typedef struct number {
    char argument[16];
    int16_t least, most;
    uint16_t slot;
    uint16_t has; /* the flag beside it; 0: it has none, as its 0 says so */
} number;

static const number temperature_slot = {"temperature", 0, 2, MEMBER(temperature), MEMBER(has_temperature)};
static const number top_p_slot = {"top_p", 0, 1, MEMBER(top_p), MEMBER(has_top_p)};
static const number frequency_slot = {"penalty", -2, 2, MEMBER(frequency_penalty), MEMBER(has_frequency_penalty)};
static const number presence_slot = {"penalty", -2, 2, MEMBER(presence_penalty), MEMBER(has_presence_penalty)};

static const number max_tokens_slot = {"max_tokens", 1, NO_MOST, MEMBER(max_tokens), MEMBER(has_max_tokens)};
static const number top_k_slot = {"top_k", 1, NO_MOST, MEMBER(top_k), MEMBER(has_top_k)};
static const number n_slot = {"n", 1, 128, MEMBER(n), MEMBER(has_n)};
static const number logprobs_slot = {"top", 0, 20, MEMBER(top_logprobs), MEMBER(has_logprobs)};
static const number reasoning_slot = {"tokens", 0, NO_MOST, MEMBER(reasoning_budget), MEMBER(has_reasoning_budget)};

static const number retry_delay_slot = {"retry_delay_ms", 0, NO_MOST, MEMBER(retry_delay_ms), 0};
static const number hedge_delay_slot = {"delay_ms", -1, NO_MOST, MEMBER(hedge_delay_ms), 0};

static llmc_status put(llmc_request *request, const number *n, bool in_range, const void *value) {
    char *at = (char *)request;
    if (request == NULL)
        return llmc__argument_no_request();
    if (!in_range && n->most == NO_MOST)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be at least %d", n->argument, n->least);
    if (!in_range)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be from %d to %d", n->argument, n->least, n->most);
    memcpy(at + n->slot, value, sizeof(int64_t));
    if (n->has != 0)
        at[n->has] = true;
    return LLMC_OK;
}

static llmc_status set_whole(llmc_request *request, const number *n, int64_t value) {
    return put(request, n, value >= n->least && (value <= n->most || n->most == NO_MOST), &value);
}

/* NaN is outside of every range. */
static llmc_status set_real(llmc_request *request, const number *n, double value) {
    return put(request, n, value >= n->least && value <= n->most, &value);
}

/* ---- sampling and lengths ---- */

llmc_status llmc_request_set_temperature(llmc_request *request, double temperature) {
    return set_real(request, &temperature_slot, temperature);
}

llmc_status llmc_request_set_top_p(llmc_request *request, double top_p) {
    return set_real(request, &top_p_slot, top_p);
}

llmc_status llmc_request_set_frequency_penalty(llmc_request *request, double penalty) {
    return set_real(request, &frequency_slot, penalty);
}

llmc_status llmc_request_set_presence_penalty(llmc_request *request, double penalty) {
    return set_real(request, &presence_slot, penalty);
}

llmc_status llmc_request_set_seed(llmc_request *request, int64_t seed) {
    if (request == NULL)
        return llmc__argument_no_request();
    request->seed = seed;
    request->has_seed = true;
    return LLMC_OK;
}

llmc_status llmc_request_set_max_tokens(llmc_request *request, int64_t max_tokens) {
    return set_whole(request, &max_tokens_slot, max_tokens);
}

llmc_status llmc_request_set_top_k(llmc_request *request, int64_t top_k) {
    return set_whole(request, &top_k_slot, top_k);
}

llmc_status llmc_request_set_n(llmc_request *request, int64_t n) {
    return set_whole(request, &n_slot, n);
}

llmc_status llmc_request_set_logprobs(llmc_request *request, int64_t top) {
    return set_whole(request, &logprobs_slot, top);
}

llmc_status llmc_request_set_reasoning_budget(llmc_request *request, int64_t tokens) {
    return set_whole(request, &reasoning_slot, tokens);
}

/* ---- deadlines and retries, in place of the client's ---- */

static llmc_status set_timeout(llmc_request *request, size_t slot, int64_t timeout_ms) {
    number n = {"timeout_ms", LLMC_TIMEOUT_NONE, NO_MOST, (uint16_t)slot, 0};
    return set_whole(request, &n, timeout_ms);
}

llmc_status llmc_request_set_timeout_ms(llmc_request *request, int64_t timeout_ms) {
    return set_timeout(request, offsetof(llmc_request, timeouts.total_ms), timeout_ms);
}

llmc_status llmc_request_set_queue_timeout_ms(llmc_request *request, int64_t timeout_ms) {
    return set_timeout(request, offsetof(llmc_request, timeouts.queue_ms), timeout_ms);
}

llmc_status llmc_request_set_connect_timeout_ms(llmc_request *request, int64_t timeout_ms) {
    return set_timeout(request, offsetof(llmc_request, timeouts.connect_ms), timeout_ms);
}

llmc_status llmc_request_set_first_byte_timeout_ms(llmc_request *request, int64_t timeout_ms) {
    return set_timeout(request, offsetof(llmc_request, timeouts.first_byte_ms), timeout_ms);
}

llmc_status llmc_request_set_first_content_timeout_ms(llmc_request *request, int64_t timeout_ms) {
    return set_timeout(request, offsetof(llmc_request, timeouts.first_content_ms), timeout_ms);
}

llmc_status llmc_request_set_idle_timeout_ms(llmc_request *request, int64_t timeout_ms) {
    return set_timeout(request, offsetof(llmc_request, timeouts.idle_ms), timeout_ms);
}

llmc_status llmc_request_set_retry_delay_ms(llmc_request *request, int64_t retry_delay_ms) {
    return set_whole(request, &retry_delay_slot, retry_delay_ms);
}

llmc_status llmc_request_set_hedge_delay_ms(llmc_request *request, int64_t delay_ms) {
    return set_whole(request, &hedge_delay_slot, delay_ms);
}

llmc_status llmc_request_set_max_retries(llmc_request *request, int32_t max_retries) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (max_retries < -1)
        return llmc__argument_refuse("max_retries: must be at least -1");
    request->max_retries = max_retries;
    return LLMC_OK;
}
