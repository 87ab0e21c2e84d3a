/* The candidates of a call: made in the caller's thread from its model or route, its fallbacks and their keys. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/error.h"
#include "policy/cost.h"

/* Most places one call may go; targets times keys. */
#define MAX_CANDIDATES 4096

static llmc__candidate *slot(llmc_call *call) {
    llmc__candidate *grown;
    if (call->candidate_count == 0)
        return &call->first;
    grown = llmc__mem_realloc(call->others, call->candidate_count * sizeof *grown);
    if (!grown)
        return NULL;
    call->others = grown;
    memset(&grown[call->candidate_count - 1], 0, sizeof *grown);
    return &grown[call->candidate_count - 1];
}

static bool add(llmc_call *call, llmc__target *target, llmc__health *health, const char *model) {
    llmc__candidate *c = call->candidate_count < MAX_CANDIDATES ? slot(call) : NULL;
    if (!c)
        return false;
    c->model = llmc__mem_strdup(model);
    if (!c->model)
        return false;
    c->target = llmc__target_ref(target);
    c->health = health;
    call->candidate_count++;
    return true;
}

static uint32_t keys_of(const llmc__target *first) {
    uint32_t count = 1;
    while ((first = first->next_key))
        count++;
    return count;
}

/* The keys take turns: each call begins with the next one. */
static bool add_keys(llmc_call *call, llmc__target *first, const char *model) {
    llmc__health *health = llmc__healths_of(call->client, first);
    uint32_t keys = keys_of(first), from;
    if (!health)
        return false;
    if (!call->scope)
        call->scope = llmc__target_ref(first);
    if (keys == 1)
        return add(call, first, health, model);
    from = atomic_fetch_add_explicit(&health->next_key, 1, memory_order_relaxed) % keys;
    for (uint32_t i = 0; i < keys; i++) {
        llmc__target *target = first;
        for (uint32_t skip = (from + i) % keys; skip; skip--)
            target = target->next_key;
        if (!add(call, target, health, model))
            return false;
    }
    return true;
}

static llmc_status add_model(llmc_call *call, const char *full, llmc_error *error) {
    llmc__target *target = NULL;
    const char *model = NULL;
    llmc_status status = llmc__targets_resolve(call->client, full, &target, &model);
    if (status != LLMC_OK) {
        llmc__error_set(error, status, "%s", llmc__error_last_text());
        llmc__target_unref(target);
        return status;
    }
    if (!add_keys(call, target, model))
        status = LLMC_ERR_NO_MEMORY;
    llmc__target_unref(target);
    return status;
}

static llmc_status add_models(llmc_call *call, char *const *models, size_t count, llmc_error *error) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < count && status == LLMC_OK; i++)
        status = add_model(call, models[i], error);
    return status;
}

/* By what the request may cost there; what is equal keeps its order, and what has no price comes last. */
static void sort_by_cost(llmc_client *client, const llmc_request *request, char **models, size_t count) {
    llmc__usage expected = llmc__cost_expect(request, client->options.reserve_tokens);
    double costs[LLMC__ROUTE_MAX_TARGETS] = {0};
    for (size_t i = 0; i < count; i++) {
        llmc__target *target = NULL;
        const char *model = NULL;
        char *one = models[i];
        double cost = -1.0;
        size_t at = i;
        if (llmc__targets_resolve(client, one, &target, &model) == LLMC_OK)
            cost = llmc__costing_expect(client, target, model, &expected);
        llmc__target_unref(target);
        for (; at > 0 && cost >= 0 && (costs[at - 1] < 0 || costs[at - 1] > cost); at--) {
            costs[at] = costs[at - 1];
            models[at] = models[at - 1];
        }
        costs[at] = cost;
        models[at] = one;
    }
}

llmc_status llmc__route_plan(llmc_call *call, const llmc_request *request, llmc_error *error) {
    char **models = NULL;
    size_t count = 0;
    llmc_route_order order = LLMC_ROUTE_IN_ORDER;
    llmc_status status = llmc__routes_expand(call->client, request->model, &models, &count, &order);
    if (status == LLMC_OK && models && order == LLMC_ROUTE_CHEAPEST)
        sort_by_cost(call->client, request, models, count);
    if (status == LLMC_OK && models)
        status = add_models(call, models, count, error);
    else if (status == LLMC_OK)
        status = add_model(call, request->model, error);
    if (status == LLMC_OK)
        status = add_models(call, request->fallbacks, request->fallback_count, error);
    llmc__routes_drop(models, count);
    return status;
}

/* ---- limits ---- */

static size_t lesser(size_t a, size_t b) {
    return b && (!a || b < a) ? b : a;
}

static void take_limits(llmc_client *client, const char *full, llmc__op op, llmc__op_limits *out) {
    llmc__op_limits limits = {0};
    llmc__target *target = NULL;
    const char *model = NULL;
    if (llmc__targets_resolve(client, full, &target, &model) == LLMC_OK) {
        const llmc__operation *operation = target->provider->operations[op];
        if (operation && operation->limits)
            operation->limits(target, model, &limits);
    }
    llmc__target_unref(target);
    out->texts = lesser(out->texts, limits.texts);
    out->bytes = lesser(out->bytes, limits.bytes);
    out->tokens = lesser(out->tokens, limits.tokens);
}

void llmc__route_limits(llmc_client *client, const llmc_request *request, llmc__op_limits *out) {
    char **models = NULL;
    size_t count = 0;
    llmc_route_order order = LLMC_ROUTE_IN_ORDER;
    *out = (llmc__op_limits){0};
    if (llmc__routes_expand(client, request->model, &models, &count, &order) == LLMC_OK && !models)
        take_limits(client, request->model, request->op, out);
    for (size_t i = 0; models && i < count; i++)
        take_limits(client, models[i], request->op, out);
    llmc__routes_drop(models, count);
    for (size_t i = 0; i < request->fallback_count; i++)
        take_limits(client, request->fallbacks[i], request->op, out);
}

void llmc__route_free(llmc_call *call) {
    for (size_t i = 0; i < call->candidate_count; i++) {
        llmc__target_unref(llmc__route_at(call, i)->target);
        llmc__mem_free(llmc__route_at(call, i)->model);
    }
    llmc__target_unref(call->scope);
    llmc__mem_free(call->others);
    call->candidate_count = 0;
}

llmc_status llmc__route_encode_next(llmc_call *call, const llmc_request *request, llmc_status status,
                                    llmc_error *error) {
    for (size_t i = 1; i < call->candidate_count && llmc__retry_elsewhere(status); i++) {
        llmc__candidate *c = llmc__route_at(call, i);
        llmc_error fault;
        llmc_status next;
        llmc__error_init(&fault);
        llmc__route_at(call, i - 1)->spent = true;
        llmc__http_request_free(&call->own.http);
        next = llmc__operation_encode(call, c, request, &call->own.http, &fault);
        llmc__error_clear(&fault);
        if (next != LLMC_OK)
            continue;
        llmc__error_clear(error);
        call->own.candidate = call->own.encoded_for = c;
        return LLMC_OK;
    }
    return status;
}
