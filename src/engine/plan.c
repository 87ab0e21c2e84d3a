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

/* ---- walks over where a request may go ---- */

typedef struct walk {
    llmc_client *client;
    const llmc_request *request;
    llmc_status (*fn)(struct walk *walk, llmc__target *target, const char *model);
    void *ctx;
    bool plans; /* for a call: the cheapest first, where the route says so, and what cannot be found ends it */
} walk;

static llmc_status visit(walk *w, const char *full) {
    llmc__target *target = NULL;
    const char *model = NULL;
    llmc_status status = llmc__targets_resolve(w->client, full, &target, &model);
    if (status == LLMC_OK)
        status = w->fn(w, target, model);
    llmc__target_unref(target);
    return w->plans ? status : LLMC_OK;
}

typedef struct bid {
    llmc__usage expected;
    double cost; /* -1: no price */
} bid;

static llmc_status ask_price(walk *w, llmc__target *target, const char *model) {
    bid *b = w->ctx;
    b->cost = llmc__costing_expect(w->client, target, model, &b->expected);
    return LLMC_OK;
}

/* By what the request may cost there; what is equal keeps its order, and what has no price comes last. */
static void sort_by_cost(const walk *w, const llmc__named_route *route, uint8_t *order) {
    bid b = {llmc__cost_expect(w->request, w->client->options.reserve_tokens), -1.0};
    walk asks = {.client = w->client, .fn = ask_price, .ctx = &b};
    double costs[LLMC__ROUTE_MAX_TARGETS] = {0};
    for (size_t i = 0; i < route->count; i++) {
        uint8_t one = order[i];
        size_t at = i;
        b.cost = -1.0;
        (void)visit(&asks, route->targets[one].model);
        for (; at > 0 && b.cost >= 0 && (costs[at - 1] < 0 || costs[at - 1] > b.cost); at--) {
            costs[at] = costs[at - 1];
            order[at] = order[at - 1];
        }
        costs[at] = b.cost;
        order[at] = one;
    }
}

/* The targets of its model or route, then its fallbacks. */
static llmc_status visit_all(walk *w) {
    const llmc_request *request = w->request;
    uint8_t order[LLMC__ROUTE_MAX_TARGETS];
    llmc__named_route *route = llmc__routes_find(w->client, request->model, order);
    llmc_status status = route ? LLMC_OK : visit(w, request->model);
    if (route && route->order == LLMC_ROUTE_CHEAPEST && w->plans)
        sort_by_cost(w, route, order);
    for (size_t i = 0; route && i < route->count && status == LLMC_OK; i++)
        status = visit(w, route->targets[order[i]].model);
    for (size_t i = 0; i < request->fallback_count && status == LLMC_OK; i++)
        status = visit(w, request->fallbacks[i]);
    llmc__routes_drop(route);
    return status;
}

/* ---- candidates ---- */

/* The keys take turns: each call begins with the next one. */
static llmc_status add_keys(walk *w, llmc__target *first, const char *model) {
    llmc_call *call = w->ctx;
    llmc__health *health = llmc__healths_of(call->client, first);
    uint32_t keys = keys_of(first), from = 0;
    if (!health)
        return LLMC_ERR_NO_MEMORY;
    if (!call->scope)
        call->scope = llmc__target_ref(first);
    if (keys > 1)
        from = atomic_fetch_add_explicit(&health->next_key, 1, memory_order_relaxed) % keys;
    for (uint32_t i = 0; i < keys; i++) {
        llmc__target *target = first;
        for (uint32_t skip = (from + i) % keys; skip; skip--)
            target = target->next_key;
        if (!add(call, target, health, model))
            return LLMC_ERR_NO_MEMORY;
    }
    return LLMC_OK;
}

llmc_status llmc__route_plan(llmc_call *call, const llmc_request *request, llmc_error *error) {
    walk w = {call->client, request, add_keys, call, true};
    llmc_status status = visit_all(&w);
    if (status != LLMC_OK && status != LLMC_ERR_NO_MEMORY)
        llmc__error_set(error, status, "%s", llmc__error_last_text());
    return status;
}

/* ---- limits ---- */

static size_t lesser(size_t a, size_t b) {
    return b && (!a || b < a) ? b : a;
}

static llmc_status take_limits(walk *w, llmc__target *target, const char *model) {
    const llmc__operation *operation = target->provider->operations[w->request->op];
    llmc__op_limits limits = {0}, *out = w->ctx;
    if (operation && operation->limits)
        operation->limits(target, model, &limits);
    out->texts = lesser(out->texts, limits.texts);
    out->bytes = lesser(out->bytes, limits.bytes);
    out->tokens = lesser(out->tokens, limits.tokens);
    return LLMC_OK;
}

void llmc__route_limits(llmc_client *client, const llmc_request *request, llmc__op_limits *out) {
    walk w = {client, request, take_limits, out, false};
    *out = (llmc__op_limits){0};
    (void)visit_all(&w);
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
