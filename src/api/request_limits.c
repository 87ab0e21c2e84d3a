/* The request's own deadlines and retries, in place of the client's. */
#include "llmclient.h"
#include "model/error.h"
#include "model/request.h"

static llmc_status set_time(const llmc_request *request, const char *argument, int64_t value, int64_t least,
                            int64_t *slot) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    if (value < least)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be at least %d", argument, (int)least);
    *slot = value;
    return LLMC_OK;
}

#define TIMEOUT_SETTER(name, member)                                                                                   \
    llmc_status llmc_request_set_##name(llmc_request *request, int64_t timeout_ms) {                                   \
        return set_time(request, "timeout_ms", timeout_ms, LLMC_TIMEOUT_NONE,                                          \
                        request != NULL ? &request->timeouts.member : NULL);                                           \
    }

TIMEOUT_SETTER(timeout_ms, total_ms)
TIMEOUT_SETTER(queue_timeout_ms, queue_ms)
TIMEOUT_SETTER(connect_timeout_ms, connect_ms)
TIMEOUT_SETTER(first_byte_timeout_ms, first_byte_ms)
TIMEOUT_SETTER(first_content_timeout_ms, first_content_ms)
TIMEOUT_SETTER(idle_timeout_ms, idle_ms)

llmc_status llmc_request_set_max_retries(llmc_request *request, int32_t max_retries) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    if (max_retries < -1)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "max_retries: must be at least -1");
    request->max_retries = max_retries;
    return LLMC_OK;
}

llmc_status llmc_request_set_retry_delay_ms(llmc_request *request, int64_t retry_delay_ms) {
    return set_time(request, "retry_delay_ms", retry_delay_ms, 0, request != NULL ? &request->retry_delay_ms : NULL);
}

llmc_status llmc_request_set_interrupt(llmc_request *request, llmc_interrupt_fn fn, void *user_data) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    request->interrupt = fn;
    request->interrupt_data = user_data;
    return LLMC_OK;
}

llmc_status llmc_request_set_priority(llmc_request *request, llmc_priority priority) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    if ((int)priority < LLMC_PRIORITY_NORMAL || (int)priority > LLMC_PRIORITY_LOW)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "priority: is none of llmc_priority");
    request->priority = priority;
    return LLMC_OK;
}

llmc_status llmc_request_set_hedge_delay_ms(llmc_request *request, int64_t delay_ms) {
    return set_time(request, "delay_ms", delay_ms, -1, request != NULL ? &request->hedge_delay_ms : NULL);
}

llmc_status llmc_request_set_cost_limit_usd(llmc_request *request, double limit_usd) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    if (!(limit_usd >= 0 && limit_usd <= 1e9) && !(limit_usd <= -1 && limit_usd >= -1))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "limit_usd: must be -1, or 0 to a billion");
    request->cost_limit_usd = limit_usd;
    return LLMC_OK;
}

llmc_status llmc_request_set_cache_mode(llmc_request *request, llmc_cache_mode mode) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    if ((int)mode < LLMC_CACHE_USE || (int)mode > LLMC_CACHE_READ_ONLY)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "mode: is none of llmc_cache_mode");
    request->cache_mode = mode;
    return LLMC_OK;
}

llmc_status llmc_request_set_cache_ttl_s(llmc_request *request, uint32_t ttl_s) {
    if (request == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "request: must not be NULL");
    request->cache_ttl_s = ttl_s;
    return LLMC_OK;
}
