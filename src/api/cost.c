/* Prices and what was spent: the arguments are checked here, the work is the engine's. */
#include <string.h>

#include "api/argument.h"
#include "base/str.h"
#include "engine/client.h"
#include "model/error.h"
#include "model/prices.h"

static llmc_client *of(const llmc_client *client) {
    return (llmc_client *)(uintptr_t)client;
}

const char *llmc_prices_date(void) {
    return llmc__prices_date();
}

llmc_status llmc_client_load_prices(llmc_client *client, const char *json, size_t len) {
    llmc_status status = llmc__client_check(client);
    return status == LLMC_OK ? llmc__costing_load(client, json, len) : status;
}

bool llmc_client_price(const llmc_client *client, const char *model, int64_t tokens_in, llmc_price *out) {
    llmc__target *target = NULL;
    const char *name = NULL;
    bool found = false;
    if (!out || out->size != sizeof *out || !model || !*model || llmc__str_has_control(model, strlen(model)) ||
        llmc__client_check(client) != LLMC_OK)
        return false;
    if (llmc__targets_resolve(of(client), model, &target, &name) == LLMC_OK)
        found = llmc__costing_price(of(client), target, name, tokens_in, out);
    llmc__target_unref(target);
    if (!found)
        *out = (llmc_price)LLMC_PRICE_INIT;
    return found;
}

static llmc_status check_out(const llmc_client *client, const size_t *size, size_t want, const char *type) {
    llmc_status status = llmc__client_check(client);
    if (status == LLMC_OK && (!size || *size != want))
        status = llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "out is NULL or out->size is not that of %s", type);
    return status;
}

llmc_status llmc_client_spending(const llmc_client *client, const char *provider, const char *model,
                                 llmc_spending *out) {
    llmc_status status = check_out(client, out ? &out->size : NULL, sizeof *out, "llmc_spending");
    if (status == LLMC_OK && model && !provider)
        status = llmc__argument_refuse("provider is NULL but model is not");
    if (status == LLMC_OK)
        llmc__costing_sum(of(client), provider, model, out);
    return status;
}

llmc_status llmc_client_spending_list(const llmc_client *client, llmc_spending *out, size_t capacity, size_t *count) {
    llmc_status status = llmc__client_check(client);
    if (count)
        *count = 0;
    if (status != LLMC_OK)
        return status;
    if (!count || (capacity && !out))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s is NULL", count ? "out" : "count");
    *count = llmc__costing_list(of(client), out, capacity);
    return LLMC_OK;
}

llmc_status llmc_client_budget(const llmc_client *client, llmc_budget *out) {
    llmc_status status = check_out(client, out ? &out->size : NULL, sizeof *out, "llmc_budget");
    if (status == LLMC_OK)
        llmc__costing_budget(of(client), out);
    return status;
}
