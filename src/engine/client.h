/* What a client is made of: settings, targets, counters and its engines. */
#ifndef LLMC_ENGINE_CLIENT_H
#define LLMC_ENGINE_CLIENT_H

#include <stdatomic.h>
#include "base/map.h"
#include "base/shared_lock.h"
#include "base/thread.h"
#include "engine/caching.h"
#include "engine/costing.h"
#include "engine/health.h"
#include "model/target.h"
#include "policy/rules.h"

typedef struct llmc__engine llmc__engine;
struct llmc__op_limits; /* provider/provider.h */

/* Proxy variables as they stood when the client was made. */
typedef struct llmc__proxies {
    char *http, *https, *all, *none;
} llmc__proxies;

/* The user's error rules: an immutable set, counted, so that running calls keep theirs. */
typedef struct llmc__rule_set {
    atomic_uint refs;
    llmc__rules rules;
} llmc__rule_set;

/* A named list of targets: immutable, and counted, so that calls being made keep theirs. */
#define LLMC__ROUTE_MAX_TARGETS 64
typedef struct llmc__named_route {
    atomic_uint refs;
    llmc_route_order order;
    size_t count;
    struct {
        char *model;
        uint32_t weight;
    } targets[];
} llmc__named_route;

typedef struct llmc__counters {
    atomic_uint_least64_t started, succeeded, failed, cancelled, queued, attempts;
    atomic_uint_least64_t retries, hedges, shared, breaker_refusals;
    atomic_uint_least64_t bytes_sent, bytes_received, tokens_in, tokens_out;
} llmc__counters;

/* Small members stand first: what lies within 128 bytes is reached by shorter code. */
struct llmc_client {
    atomic_uint refs;    /* the owner's, and one of each call, batch and stream */
    unsigned fork_count; /* of the process that made it */
    llmc__engine **engines;
    uint32_t engine_count;
    atomic_uint next_engine;
    atomic_bool closing;
    atomic_bool has_rules;       /* so that calls need not lock to see that there are none */
    atomic_int_least64_t active; /* calls submitted and not ended */
    llmc__mutex targets_lock;
    llmc__rule_set *rules; /* NULL: none */
    uint64_t settings;     /* llmc_client_set_provider calls so far */
    uint64_t identities;   /* given to targets so far */
    llmc__hash_key hash_key;
    llmc__map targets; /* name -> llmc__target; changed under both locks, read under either */
    llmc__map healths; /* name -> llmc__health; made when first used, live as long as the client */
    llmc__map routes;  /* name -> llmc__named_route */
    llmc__caching caching;
    llmc__costing costing;
    llmc__counters counters;
    llmc__health_config health_config; /* constant */
    llmc__proxies proxies;
    llmc_client_options options;  /* its strings belong to the client */
    llmc__shared_lock names_lock; /* of `targets` alone, taken after targets_lock: for looks at the cache */
};

llmc_client *llmc__client_ref(llmc_client *client);
void llmc__client_unref(llmc_client *client);

/* NULL check, fork check, closing check: LLMC_OK, INVALID_ARGUMENT, FORKED, CLOSED, with the last error set. */
llmc_status llmc__client_check(const llmc_client *client);

/* For functions that wait: WOULD_DEADLOCK, with the last error set, in a callback of the client; else LLMC_OK. */
llmc_status llmc__client_may_block(const llmc_client *client);

/* Whether this thread is inside a callback of the client. */
bool llmc__client_in_callback(const llmc_client *client);

/* targets.c */
llmc_status llmc__targets_init(llmc_client *client);
void llmc__targets_free(llmc_client *client);
bool llmc__targets_name_is_valid(const char *name); /* of a provider or a route; NULL is not */
llmc_status llmc__targets_set(llmc_client *client, const char *name, const llmc_provider_options *options);

/* "provider/model" -> a counted target and the model's name inside `full`. UNKNOWN_PROVIDER, INVALID_KEY. */
llmc_status llmc__targets_resolve(llmc_client *client, const char *full, llmc__target **out, const char **model);

/* The identity of where that model goes, and the model's name inside `full`; 0: nowhere. Takes no lock that others do.
 */
uint64_t llmc__targets_identity(llmc_client *client, const char *full, const char **model);

/* What was learned of the provider of a target, the first of its keys. NULL: no memory. */
llmc__health *llmc__healths_of(llmc_client *client, const llmc__target *first);
void llmc__healths_config(llmc_client *client);

/* The rules as they stand, counted; NULL when there are none. */
llmc__rule_set *llmc__client_rules(llmc_client *client);
void llmc__rule_set_unref(llmc__rule_set *rules);

/* routes.c */
bool llmc__routes_has(llmc_client *client, const char *name);
/*
 * A named route, counted; NULL: there is none of that name. `order` is that in which its targets are to be tried: those
 * of LLMC_ROUTE_CHEAPEST are still to be put in theirs.
 */
llmc__named_route *llmc__routes_find(llmc_client *client, const char *name, uint8_t order[LLMC__ROUTE_MAX_TARGETS]);
void llmc__routes_drop(void *route); /* gives it back; NULL is legal */
void llmc__routes_free(llmc_client *client);

/*
 * plan.c: what one request of the operation may carry, wherever it may go: the least of its targets' limits. Targets
 * that cannot be found, or do not have the operation, are told by the call.
 */
void llmc__route_limits(llmc_client *client, const llmc_request *request, struct llmc__op_limits *out);

/* url.c: LLMC_OK or INVALID_URL with the last error set; `what` names the setting. */
llmc_status llmc__url_check(const char *url, bool allow_http, const char *what);
bool llmc__url_is_loopback(const char *url);

#endif
