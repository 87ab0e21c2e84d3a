/* What else the request says of how it is run: its class, its cost, the cache, who may interrupt it. */
#include <stddef.h>
#include <string.h>

#include "api/argument.h"
#include "model/error.h"
#include "model/request.h"

llmc_status llmc_request_set_interrupt(llmc_request *request, llmc_interrupt_fn fn, void *user_data) {
    if (request == NULL)
        return llmc__argument_no_request();
    request->interrupt = fn;
    request->interrupt_data = user_data;
    return LLMC_OK;
}

/* `slot`: where it lies in the request. */
static llmc_status set_enum(llmc_request *request, const char *argument, int value, int most, const char *type,
                            size_t slot) {
    llmc_status status;
    if (request == NULL)
        return llmc__argument_no_request();
    status = llmc__argument_check_enum(argument, value, most, type);
    if (status == LLMC_OK)
        memcpy((char *)request + slot, &value, sizeof value);
    return status;
}

llmc_status llmc_request_set_priority(llmc_request *request, llmc_priority priority) {
    return set_enum(request, "priority", (int)priority, LLMC_PRIORITY_LOW, "llmc_priority",
                    offsetof(llmc_request, priority));
}

llmc_status llmc_request_set_reasoning_effort(llmc_request *request, llmc_reasoning_effort effort) {
    return set_enum(request, "effort", (int)effort, LLMC_REASONING_HIGH, "llmc_reasoning_effort",
                    offsetof(llmc_request, reasoning_effort));
}

llmc_status llmc_request_set_cache_mode(llmc_request *request, llmc_cache_mode mode) {
    return set_enum(request, "mode", (int)mode, LLMC_CACHE_READ_ONLY, "llmc_cache_mode",
                    offsetof(llmc_request, cache_mode));
}

llmc_status llmc_request_set_cost_limit_usd(llmc_request *request, double limit_usd) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (!(limit_usd >= 0 && limit_usd <= 1e9) && !(limit_usd <= -1 && limit_usd >= -1))
        return llmc__argument_refuse("limit_usd: must be -1, or 0 to a billion");
    request->cost_limit_usd = limit_usd;
    return LLMC_OK;
}

llmc_status llmc_request_set_cache_ttl_s(llmc_request *request, uint32_t ttl_s) {
    if (request == NULL)
        return llmc__argument_no_request();
    request->cache_ttl_s = ttl_s;
    return LLMC_OK;
}
