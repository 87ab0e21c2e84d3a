/* What a client keeps for routing: named routes, the user's error rules, and what was learned of each provider. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/client.h"
#include "model/error.h"

#define MAX_ROUTES 1000

/* ---- named routes ---- */

void llmc__routes_drop(void *ptr) {
    llmc__named_route *route = ptr;
    if (!route || atomic_fetch_sub_explicit(&route->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < route->count; i++)
        llmc__mem_free(route->targets[i].model);
    llmc__mem_free(route);
}

void llmc__routes_free(llmc_client *client) {
    llmc__map_free(&client->routes, llmc__routes_drop);
}

static llmc__named_route *route_new(llmc_route_order order, const llmc_route_target *targets, size_t count) {
    llmc__named_route *route = llmc__mem_calloc(1, sizeof *route + count * sizeof route->targets[0]);
    if (!route)
        return NULL;
    atomic_init(&route->refs, 1);
    route->order = order;
    for (size_t i = 0; i < count; i++) {
        route->targets[i].model = llmc__mem_strdup(targets[i].model);
        route->targets[i].weight = targets[i].weight ? targets[i].weight : 1;
        route->count = i + 1;
        if (!route->targets[i].model) {
            llmc__routes_drop(route);
            return NULL;
        }
    }
    return route;
}

static llmc_status check_target(llmc_client *client, const llmc_route_target *target, size_t index) {
    llmc__target *found = NULL;
    const char *model = NULL;
    llmc_status status;
    if (!target->model || !*target->model || llmc__str_has_control(target->model, strlen(target->model)))
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "targets[%zu].model is NULL, empty or has a control character",
                                index);
    status = llmc__targets_resolve(client, target->model, &found, &model);
    llmc__target_unref(found);
    return status == LLMC_ERR_UNKNOWN_PROVIDER || status == LLMC_ERR_INVALID_MODEL ? status : LLMC_OK;
}

static llmc_status check_route(llmc_client *client, const char *name, llmc_route_order order,
                               const llmc_route_target *targets, size_t count) {
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    if (!llmc__targets_name_is_valid(name))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name must be 1 to 64 of a-z 0-9 . _ -");
    if ((int)order < LLMC_ROUTE_IN_ORDER || (int)order > LLMC_ROUTE_CHEAPEST)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "order is none of llmc_route_order");
    if (count > LLMC__ROUTE_MAX_TARGETS || (count && !targets))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "targets is NULL, or count above %d",
                                LLMC__ROUTE_MAX_TARGETS);
    for (size_t i = 0; i < count && status == LLMC_OK; i++)
        status = check_target(client, &targets[i], i);
    return status;
}

llmc_status llmc_client_set_route(llmc_client *client, const char *name, llmc_route_order order,
                                  const llmc_route_target *targets, size_t count) {
    llmc__named_route *route = NULL;
    void *old = NULL;
    llmc_status status = check_route(client, name, order, targets, count);
    if (status != LLMC_OK)
        return status;
    if (count && !(route = route_new(order, targets, count)))
        return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a route");
    llmc__mutex_lock(&client->targets_lock);
    if (!route)
        old = llmc__map_remove(&client->routes, name);
    else if (client->routes.count >= MAX_ROUTES && !llmc__map_get(&client->routes, name))
        status = llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "a client holds at most %d routes", MAX_ROUTES);
    else
        status = llmc__map_set(&client->routes, name, route, &old);
    llmc__mutex_unlock(&client->targets_lock);
    if (status != LLMC_OK)
        old = route;
    else if (client->caching.memory)
        llmc__cache_clear(client->caching.memory); /* answers under this name may be another target's */
    llmc__routes_drop(old);
    return status;
}

/* Where in what is left of the weights a random number falls. */
static size_t draw(const uint32_t *weights, size_t count, uint64_t random) {
    uint64_t total = weights[0], at;
    for (size_t i = 1; i < count; i++)
        total += weights[i];
    at = random % total;
    for (size_t i = 0; i < count; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return count - 1;
}

/* Puts the targets in the order in which this call tries them. */
static void arrange(const llmc__named_route *route, uint8_t *order) {
    uint32_t weights[LLMC__ROUTE_MAX_TARGETS];
    uint64_t random[LLMC__ROUTE_MAX_TARGETS];
    size_t left = route->count;
    for (size_t i = 0; i < route->count; i++) {
        order[i] = (uint8_t)i;
        weights[i] = route->targets[i].weight;
    }
    if (route->order != LLMC_ROUTE_BY_WEIGHT)
        return;
    llmc__clock_random(random, route->count * sizeof random[0]);
    for (size_t done = 0; left > 1; done++, left--) {
        size_t pick = done + draw(weights + done, left, random[done]);
        uint8_t index = order[pick];
        uint32_t weight = weights[pick];
        memmove(&order[done + 1], &order[done], (pick - done) * sizeof order[0]);
        memmove(&weights[done + 1], &weights[done], (pick - done) * sizeof weights[0]);
        order[done] = index;
        weights[done] = weight;
    }
}

bool llmc__routes_has(llmc_client *client, const char *name) {
    bool has;
    llmc__mutex_lock(&client->targets_lock);
    has = client->routes.count && llmc__map_get(&client->routes, name);
    llmc__mutex_unlock(&client->targets_lock);
    return has;
}

llmc__named_route *llmc__routes_find(llmc_client *client, const char *name, uint8_t order[LLMC__ROUTE_MAX_TARGETS]) {
    llmc__named_route *route;
    llmc__mutex_lock(&client->targets_lock);
    route = client->routes.count ? llmc__map_get(&client->routes, name) : NULL;
    if (route)
        atomic_fetch_add_explicit(&route->refs, 1, memory_order_relaxed);
    llmc__mutex_unlock(&client->targets_lock);
    if (route)
        arrange(route, order);
    return route;
}

/* ---- error rules ---- */

void llmc__rule_set_unref(llmc__rule_set *set) {
    if (!set || atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) != 1)
        return;
    llmc__rules_free(&set->rules);
    llmc__mem_free(set);
}

llmc__rule_set *llmc__client_rules(llmc_client *client) {
    llmc__rule_set *set;
    if (!atomic_load_explicit(&client->has_rules, memory_order_acquire))
        return NULL;
    llmc__mutex_lock(&client->targets_lock);
    set = client->rules;
    if (set)
        atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    llmc__mutex_unlock(&client->targets_lock);
    return set;
}

static llmc__rule_set *rules_with(const llmc__rule_set *before, const llmc_error_rule *rule, llmc_status *status) {
    llmc__rule_set *set = llmc__mem_calloc(1, sizeof *set);
    const char *why = "no memory for a rule";
    *status = LLMC_ERR_NO_MEMORY;
    if (!set)
        return NULL;
    atomic_init(&set->refs, 1);
    llmc__rules_init(&set->rules);
    *status = before ? llmc__rules_copy(&before->rules, &set->rules) : LLMC_OK;
    if (*status == LLMC_OK)
        *status = llmc__rules_add(&set->rules, rule, &why);
    if (*status == LLMC_OK)
        return set;
    llmc__error_last(*status, "%s", why);
    llmc__rule_set_unref(set);
    return NULL;
}

llmc_status llmc_client_add_error_rule(llmc_client *client, const llmc_error_rule *rule) {
    llmc_status status = llmc__client_check(client);
    llmc__rule_set *before, *after;
    if (status != LLMC_OK)
        return status;
    if (!rule || rule->size != sizeof *rule)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "rule is NULL, or its size not that of llmc_error_rule: start from its INIT macro");
    llmc__mutex_lock(&client->targets_lock);
    before = client->rules;
    after = rules_with(before, rule, &status);
    if (after) {
        client->rules = after;
        atomic_store_explicit(&client->has_rules, true, memory_order_release);
    }
    llmc__mutex_unlock(&client->targets_lock);
    if (after)
        llmc__rule_set_unref(before);
    return status;
}

/* ---- what was learned of providers ---- */

void llmc__healths_config(llmc_client *client) {
    const llmc_client_options *o = &client->options;
    client->health_config = (llmc__health_config){
        .breaker = {.failures = o->breaker_failures,
                    .ratio_percent = o->breaker_ratio_percent,
                    .min_calls = o->breaker_min_calls,
                    .window_us = o->breaker_window_ms * 1000,
                    .open_us = o->breaker_open_ms * 1000,
                    .lease_us = o->breaker_probe_ms * 1000},
        .budget = {o->retry_budget_percent, o->retry_budget_reserve},
        .scope = o->breaker_scope,
        .min_concurrency = o->min_concurrency,
        .fixed_concurrency = o->fixed_concurrency,
        .on_breaker = o->on_breaker,
        .on_breaker_data = o->breaker_user_data,
    };
}

llmc__health *llmc__healths_of(llmc_client *client, const llmc__target *first) {
    llmc__health *health;
    uint32_t keys = 0;
    llmc__mutex_lock(&client->targets_lock);
    health = llmc__map_get(&client->healths, first->name);
    if (!health) {
        health = llmc__health_new(first->name, &client->health_config, client->hash_key);
        if (health && llmc__map_set(&client->healths, first->name, health, NULL) != LLMC_OK) {
            llmc__health_free(health);
            health = NULL;
        }
    }
    if (health && health->settings != first->settings) {
        for (const llmc__target *t = first; t; t = t->next_key)
            keys++;
        if (llmc__health_set(health, keys, first->requests_per_minute, first->tokens_per_minute, first->max_concurrency,
                             llmc__clock_us()) == LLMC_OK)
            health->settings = first->settings;
        else
            health = NULL;
    }
    llmc__mutex_unlock(&client->targets_lock);
    return health;
}

static void reset_one(const char *name, void *value, void *ctx) {
    llmc__health ***at = ctx;
    (void)name;
    *(*at)++ = value;
}

/* The callbacks may ask the client anything: none of its locks is held while they run. */
void llmc_client_reset_circuit_breakers(llmc_client *client) {
    llmc__health **list, **at;
    size_t count;
    if (!client)
        return;
    llmc__mutex_lock(&client->targets_lock);
    list = at = llmc__mem_calloc(client->healths.count ? client->healths.count : 1, sizeof *list);
    if (list)
        llmc__map_each(&client->healths, reset_one, &at);
    count = list ? (size_t)(at - list) : 0;
    llmc__mutex_unlock(&client->targets_lock);
    for (size_t i = 0; i < count; i++)
        llmc__health_reset(list[i]);
    llmc__mem_free(list);
}

bool llmc_client_breaker(const llmc_client *const_client, const char *name, llmc_breaker_info *out) {
    llmc_client *client = (llmc_client *)(uintptr_t)const_client;
    llmc__breaker breaker = {.state = LLMC_BREAKER_CLOSED};
    int64_t now = llmc__clock_us();
    llmc__health *health = NULL;
    bool known = false;
    if (out)
        *out = (llmc_breaker_info){LLMC_BREAKER_CLOSED, 0, 0};
    if (!client || !name || !out)
        return false;
    llmc__mutex_lock(&client->targets_lock);
    health = llmc__map_get_n(&client->healths, name, strcspn(name, "/#"));
    llmc__mutex_unlock(&client->targets_lock);
    known = health && llmc__health_state(health, name, now, &breaker);
    if (!known)
        return false;
    out->state = breaker.state;
    out->failures = breaker.in_a_row;
    if (breaker.state != LLMC_BREAKER_CLOSED && breaker.until_us > now)
        out->retry_in_ms = (breaker.until_us - now + 999) / 1000;
    return true;
}
