/*
 * What a client has learned of one provider: breakers, retry budget, adaptive concurrency, the limits of each key and
 * times to first token. Shared by the client's loops under one short lock; the decisions are policy's.
 */
#ifndef LLMC_ENGINE_HEALTH_H
#define LLMC_ENGINE_HEALTH_H

#include <stdatomic.h>
#include "base/map.h"
#include "base/thread.h"
#include "model/target.h"
#include "policy/breaker.h"
#include "policy/budget.h"
#include "policy/concurrency.h"
#include "policy/latency.h"
#include "policy/limiter.h"

/* Most breakers of models and keys kept a provider; further ones share the provider's. */
#define LLMC__HEALTH_MAX_WATCHES 256

/* One breaker and what it is called: "openai", "openai/gpt-4.1", "openai#2". */
typedef struct llmc__watch_state {
    char *name;
    llmc__breaker breaker;
    llmc__latency latency;
} llmc__watch_state;

typedef struct llmc__key_state {
    llmc__limiter limiter;
    int64_t out_until_us; /* refused by the provider: not used before; 0: in use */
    llmc_status out_for;
} llmc__key_state;

/* The client's settings, as policies take them. */
typedef struct llmc__health_config {
    llmc__breaker_policy breaker;
    llmc__budget_policy budget;
    llmc_breaker_scope scope;
    uint32_t min_concurrency;
    bool fixed_concurrency;
    llmc_breaker_fn on_breaker;
    void *on_breaker_data;
} llmc__health_config;

typedef struct llmc__health {
    char *name;
    const llmc__health_config *config; /* lent by the client */

    uint64_t settings;    /* of the target whose limits hold; under the client's lock */
    atomic_uint next_key; /* whose turn it is */

    /* Loops (as bits) whose calls wait for one of the others' to end. */
    atomic_uint_least64_t waiting;

    /* Under lock. */
    llmc__mutex lock;
    uint32_t key_count;
    llmc__key_state *keys;
    llmc__concurrency_policy concurrency_policy;
    llmc__map watches; /* by model or key */
    llmc__budget budget;
    llmc__concurrency concurrency;
    llmc__watch_state whole;
} llmc__health;

/* What an attempt holds from its start to its end. */
typedef struct llmc__admission {
    llmc__health *health; /* NULL: nothing is held */
    llmc__watch_state *watch;
    llmc__breaker_pass pass;
    uint32_t key;
    int64_t tokens; /* reserved */
    int64_t started_us;
} llmc__admission;

typedef enum llmc__gate {
    LLMC__GATE_GO = 0,
    LLMC__GATE_WAIT, /* a limit or cooldown: until wait_us have passed */
    LLMC__GATE_BUSY, /* as many in flight as may be: until one ends, or wait_us have passed (0: no matter) */
    LLMC__GATE_OPEN, /* breaker: wait_us is what it stays open */
    LLMC__GATE_OUT   /* the key was refused: wait_us is what it stays out */
} llmc__gate;

/* How an attempt ended, for those who learn from it. */
typedef struct llmc__lesson {
    llmc_status status;
    int64_t retry_after_ms; /* -1: not told */
    int64_t tokens_used;    /* -1: not told */
    int64_t ttft_us;        /* time to first content; -1: none */
    bool never_sent;
} llmc__lesson;

llmc__health *llmc__health_new(const char *name, const llmc__health_config *config, llmc__hash_key hash_key);
void llmc__health_free(void *health);

/* Sets the limits of the provider's keys; those of keys that stay keep what was used. NO_MEMORY changes nothing. */
llmc_status llmc__health_set(llmc__health *health, uint32_t keys, int64_t requests_per_minute,
                             int64_t tokens_per_minute, uint32_t max_concurrency, int64_t now_us);

/* Asks for an attempt at the target; GO takes it and fills *out, which is given back by leave. Any thread. */
llmc__gate llmc__health_enter(llmc__health *health, const llmc__target *target, const char *model, int64_t tokens,
                              int64_t now_us, llmc__admission *out, int64_t *wait_us);

/* Ends what enter took; does nothing for an admission that holds nothing. */
void llmc__health_leave(llmc__admission *admission, const llmc__lesson *lesson, int64_t now_us);

/* Whether the key's provider has asked for a pause since the attempt was let in. */
bool llmc__health_paused(const llmc__admission *admission, int64_t now_us);

/* Content has come: a probe has shown that its provider is back, however long the rest of the answer takes. */
void llmc__health_alive(llmc__admission *admission, int64_t now_us);

/* What the headers of an answer tell of the key's limits, as soon as they are there. True: those who are busy (for the
 * key's sake) should ask again. */
bool llmc__health_observe(llmc__admission *admission, const llmc__rates *rates, int64_t now_us);

/* Whether a target's key may be used and its breaker is not open, without taking anything. */
bool llmc__health_usable(llmc__health *health, const llmc__target *target, const char *model, int64_t now_us);

/* Retry budget: a first attempt has ended; may there be one more? */
void llmc__health_first_ended(llmc__health *health, int64_t now_us);
bool llmc__health_may_retry(llmc__health *health, int64_t now_us);

/* Learned time to first content; -1 while too little is known. */
int64_t llmc__health_percentile_us(llmc__health *health, const llmc__target *target, const char *model,
                                   uint32_t percent);

/* Closes the breakers and lets refused keys in again. */
void llmc__health_reset(llmc__health *health);

/* Copies the state of the provider's breaker, or of one of its models or keys; false: none such. */
bool llmc__health_state(llmc__health *health, const char *name, int64_t now_us, llmc__breaker *out);

#endif
