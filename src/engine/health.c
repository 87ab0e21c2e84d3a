#include "engine/health.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"

/* A key that was refused is tried again after this: keys are mended and credit is bought. */
#define KEY_OUT_US ((int64_t)600 * 1000000)

static void watch_init(llmc__watch_state *watch) {
    llmc__breaker_init(&watch->breaker);
    llmc__latency_init(&watch->latency);
}

static llmc__watch_state *watch_new(const char *name) {
    llmc__watch_state *watch = llmc__mem_calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch_init(watch);
    watch->name = llmc__mem_strdup(name);
    if (!watch->name) {
        llmc__mem_free(watch);
        return NULL;
    }
    return watch;
}

static void watch_free(void *ptr) {
    llmc__watch_state *watch = ptr;
    if (!watch)
        return;
    llmc__mem_free(watch->name);
    llmc__mem_free(watch);
}

llmc__health *llmc__health_new(const char *name, const llmc__health_config *config, llmc__hash_key hash_key) {
    llmc__health *health = llmc__mem_calloc(1, sizeof *health);
    if (!health)
        return NULL;
    if (llmc__mutex_init(&health->lock) != LLMC_OK) {
        llmc__mem_free(health);
        return NULL;
    }
    health->config = config;
    watch_init(&health->whole);
    llmc__map_init(&health->watches, hash_key);
    llmc__budget_init(&health->budget);
    llmc__concurrency_init(&health->concurrency);
    atomic_init(&health->waiting, 0);
    atomic_init(&health->next_key, 0);
    health->name = llmc__mem_strdup(name);
    health->whole.name = health->name;
    health->keys = llmc__mem_calloc(1, sizeof *health->keys);
    if (!health->name || !health->keys) {
        llmc__health_free(health);
        return NULL;
    }
    health->key_count = 1;
    llmc__limiter_init(&health->keys[0].limiter);
    health->concurrency_policy = (llmc__concurrency_policy){config->min_concurrency, 0, !config->fixed_concurrency};
    return health;
}

void llmc__health_free(void *ptr) {
    llmc__health *health = ptr;
    if (!health)
        return;
    llmc__map_free(&health->watches, watch_free);
    llmc__mem_free(health->keys);
    llmc__mem_free(health->name);
    llmc__mutex_destroy(&health->lock);
    llmc__mem_free(health);
}

/* The list of keys only grows: attempts in flight hold indexes into it. */
static bool grow_keys(llmc__health *health, uint32_t keys) {
    llmc__key_state *grown;
    if (keys <= health->key_count)
        return true;
    grown = llmc__mem_realloc(health->keys, keys * sizeof *grown);
    if (!grown)
        return false;
    health->keys = grown;
    for (; health->key_count < keys; health->key_count++) {
        memset(&grown[health->key_count], 0, sizeof *grown);
        llmc__limiter_init(&grown[health->key_count].limiter);
    }
    return true;
}

llmc_status llmc__health_set(llmc__health *health, uint32_t keys, int64_t requests_per_minute,
                             int64_t tokens_per_minute, uint32_t max_concurrency, int64_t now_us) {
    bool grown;
    llmc__mutex_lock(&health->lock);
    grown = grow_keys(health, keys ? keys : 1);
    for (uint32_t i = 0; grown && i < health->key_count; i++) {
        llmc__limiter_set(&health->keys[i].limiter, requests_per_minute, tokens_per_minute, now_us);
        health->keys[i].out_until_us = 0; /* new settings may hold a key that works */
    }
    if (grown)
        health->concurrency_policy.ceiling = max_concurrency;
    llmc__mutex_unlock(&health->lock);
    return grown ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

/* ---- watches ---- */

static bool watch_name(const llmc__health *health, const llmc__target *target, const char *model, char *out,
                       size_t size) {
    int len = -1;
    if (health->config->scope == LLMC_BREAKER_PER_MODEL)
        len = snprintf(out, size, "%s/%s", health->name, model);
    else if (health->config->scope == LLMC_BREAKER_PER_KEY)
        len = snprintf(out, size, "%s#%u", health->name, target->key_index + 1);
    return len > 0 && (size_t)len < size;
}

/* The breaker an attempt answers to; that of the whole provider where there is no room for one of its own. */
static llmc__watch_state *watch_of(llmc__health *health, const llmc__target *target, const char *model) {
    char name[512];
    llmc__watch_state *watch;
    if (!watch_name(health, target, model, name, sizeof name))
        return &health->whole;
    watch = llmc__map_get(&health->watches, name);
    if (watch || health->watches.count >= LLMC__HEALTH_MAX_WATCHES)
        return watch ? watch : &health->whole;
    watch = watch_new(name);
    if (watch && llmc__map_set(&health->watches, name, watch, NULL) == LLMC_OK)
        return watch;
    watch_free(watch);
    return &health->whole;
}

/* Unlocks, and tells if the breaker's state is no longer what it was. */
static void unlock_and_tell(llmc__health *health, const llmc__watch_state *watch, llmc_breaker_state before) {
    llmc_breaker_state after = watch->breaker.state;
    llmc__mutex_unlock(&health->lock);
    if (before != after && health->config->on_breaker)
        health->config->on_breaker(watch->name, before, after, health->config->on_breaker_data);
}

/* ---- enter and leave ---- */

static llmc__key_state *key_of(llmc__health *health, uint32_t index) {
    return &health->keys[index < health->key_count ? index : 0];
}

static llmc__gate limits(llmc__health *health, const llmc__key_state *key, int64_t tokens, int64_t now_us,
                         int64_t *wait_us) {
    if (key->out_until_us > now_us) {
        *wait_us = key->out_until_us - now_us;
        return LLMC__GATE_OUT;
    }
    *wait_us = llmc__limiter_wait_us(&key->limiter, tokens, now_us);
    if (*wait_us > 0)
        return llmc__limiter_unheard(&key->limiter, now_us) ? LLMC__GATE_BUSY : LLMC__GATE_WAIT;
    return llmc__concurrency_may(&health->concurrency, &health->concurrency_policy) ? LLMC__GATE_GO : LLMC__GATE_BUSY;
}

llmc__gate llmc__health_enter(llmc__health *health, const llmc__target *target, const char *model, int64_t tokens,
                              int64_t now_us, llmc__admission *out, int64_t *wait_us) {
    llmc_breaker_state before;
    llmc__watch_state *watch;
    llmc__key_state *key;
    llmc__gate gate;
    llmc__mutex_lock(&health->lock);
    watch = watch_of(health, target, model);
    key = key_of(health, target->key_index);
    before = watch->breaker.state;
    gate = LLMC__GATE_OPEN;
    if (llmc__breaker_would_enter(&watch->breaker, &health->config->breaker, now_us, wait_us))
        gate = limits(health, key, tokens, now_us, wait_us);
    if (gate == LLMC__GATE_GO) {
        *out = (llmc__admission){health, watch, {0, false}, target->key_index, tokens, now_us};
        llmc__breaker_enter(&watch->breaker, &health->config->breaker, now_us, &out->pass, wait_us);
        llmc__limiter_take(&key->limiter, tokens, now_us);
        llmc__concurrency_start(&health->concurrency);
    }
    unlock_and_tell(health, watch, before);
    return gate;
}

static llmc__concurrency_result load_told(llmc_status status) {
    if (status == LLMC_OK)
        return LLMC__CONCURRENCY_OK;
    return status == LLMC_ERR_RATE_LIMITED || status == LLMC_ERR_OVERLOADED ? LLMC__CONCURRENCY_THROTTLED
                                                                            : LLMC__CONCURRENCY_OTHER;
}

/* A refused key is only taken out when there are others: alone it is all there is, and its error the answer. */
static bool refuses_key(const llmc__health *health, llmc_status status) {
    return health->key_count > 1 &&
           (status == LLMC_ERR_AUTH || status == LLMC_ERR_PERMISSION || status == LLMC_ERR_QUOTA_EXHAUSTED);
}

static void learn_limits(llmc__health *health, const llmc__admission *admission, const llmc__lesson *lesson,
                         int64_t now_us) {
    llmc__key_state *key = key_of(health, admission->key);
    if (lesson->never_sent)
        llmc__limiter_give_back(&key->limiter, admission->tokens, now_us);
    else
        llmc__limiter_settle(&key->limiter, admission->tokens, lesson->tokens_used, now_us);
    if (lesson->status == LLMC_ERR_RATE_LIMITED && lesson->retry_after_ms > 0)
        llmc__limiter_cool(&key->limiter, lesson->retry_after_ms, now_us);
    if (refuses_key(health, lesson->status)) {
        key->out_until_us = now_us + KEY_OUT_US;
        key->out_for = lesson->status;
    }
}

void llmc__health_leave(llmc__admission *admission, const llmc__lesson *lesson, int64_t now_us) {
    llmc__health *health = admission->health;
    llmc__watch_state *watch = admission->watch;
    llmc_breaker_state before;
    if (!health)
        return;
    llmc__mutex_lock(&health->lock);
    before = watch->breaker.state;
    llmc__breaker_leave(&watch->breaker, &health->config->breaker, now_us, admission->pass,
                        lesson->never_sent ? LLMC__BREAKER_NEUTRAL : llmc__breaker_judge(lesson->status));
    llmc__concurrency_end(&health->concurrency, &health->concurrency_policy, admission->started_us, now_us,
                          lesson->never_sent ? LLMC__CONCURRENCY_OTHER : load_told(lesson->status));
    learn_limits(health, admission, lesson, now_us);
    if (lesson->ttft_us >= 0)
        llmc__latency_add(&watch->latency, lesson->ttft_us);
    admission->health = NULL;
    unlock_and_tell(health, watch, before);
}

bool llmc__health_paused(const llmc__admission *admission, int64_t now_us) {
    llmc__health *health = admission->health;
    const llmc__limiter *limiter;
    bool paused;
    if (!health)
        return false;
    llmc__mutex_lock(&health->lock);
    limiter = &key_of(health, admission->key)->limiter;
    paused = now_us < limiter->not_before_us || now_us < limiter->held_until_us;
    llmc__mutex_unlock(&health->lock);
    return paused;
}

void llmc__health_alive(llmc__admission *admission, int64_t now_us) {
    llmc__health *health = admission->health;
    llmc__watch_state *watch = admission->watch;
    llmc_breaker_state before;
    if (!health || !admission->pass.probe)
        return;
    llmc__mutex_lock(&health->lock);
    before = watch->breaker.state;
    llmc__breaker_leave(&watch->breaker, &health->config->breaker, now_us, admission->pass, LLMC__BREAKER_SUCCESS);
    admission->pass.probe = false; /* the pass is of an older generation now: what leave says of it does not count */
    unlock_and_tell(health, watch, before);
}

bool llmc__health_observe(llmc__admission *admission, const llmc__rates *rates, int64_t now_us) {
    llmc__health *health = admission->health;
    bool ask_again;
    if (!health)
        return false;
    llmc__mutex_lock(&health->lock);
    ask_again = llmc__limiter_observe(&key_of(health, admission->key)->limiter, rates, now_us);
    llmc__mutex_unlock(&health->lock);
    return ask_again;
}

bool llmc__health_usable(llmc__health *health, const llmc__target *target, const char *model, int64_t now_us) {
    int64_t wait_us = 0;
    bool usable;
    llmc__mutex_lock(&health->lock);
    usable = key_of(health, target->key_index)->out_until_us <= now_us &&
             llmc__breaker_would_enter(&watch_of(health, target, model)->breaker, &health->config->breaker, now_us,
                                       &wait_us);
    llmc__mutex_unlock(&health->lock);
    return usable;
}

/* ---- budget, latency ---- */

void llmc__health_first_ended(llmc__health *health, int64_t now_us) {
    llmc__mutex_lock(&health->lock);
    llmc__budget_first(&health->budget, now_us);
    llmc__mutex_unlock(&health->lock);
}

bool llmc__health_may_retry(llmc__health *health, int64_t now_us) {
    bool granted;
    llmc__mutex_lock(&health->lock);
    granted = llmc__budget_take(&health->budget, &health->config->budget, now_us);
    llmc__mutex_unlock(&health->lock);
    return granted;
}

int64_t llmc__health_percentile_us(llmc__health *health, const llmc__target *target, const char *model,
                                   uint32_t percent) {
    int64_t us;
    llmc__mutex_lock(&health->lock);
    us = llmc__latency_percentile_us(&watch_of(health, target, model)->latency, percent);
    llmc__mutex_unlock(&health->lock);
    return us;
}

/* ---- state and reset ---- */

/* One breaker at a time, so that the callback never runs under the lock. */
static void reset_watch(llmc__health *health, llmc__watch_state *watch) {
    llmc_breaker_state before;
    llmc__mutex_lock(&health->lock);
    before = watch->breaker.state;
    llmc__breaker_reset(&watch->breaker);
    unlock_and_tell(health, watch, before);
}

typedef struct watch_list {
    llmc__watch_state *items[LLMC__HEALTH_MAX_WATCHES];
    size_t count;
} watch_list;

static void collect(const char *name, void *value, void *ctx) {
    watch_list *list = ctx;
    (void)name;
    if (list->count < LLMC__HEALTH_MAX_WATCHES)
        list->items[list->count++] = value;
}

void llmc__health_reset(llmc__health *health) {
    watch_list list = {.count = 0}; /* watches live as long as the client */
    llmc__mutex_lock(&health->lock);
    llmc__map_each(&health->watches, collect, &list);
    for (uint32_t i = 0; i < health->key_count; i++)
        health->keys[i].out_until_us = 0;
    llmc__mutex_unlock(&health->lock);
    reset_watch(health, &health->whole);
    for (size_t i = 0; i < list.count; i++)
        reset_watch(health, list.items[i]);
}

bool llmc__health_state(llmc__health *health, const char *name, int64_t now_us, llmc__breaker *out) {
    llmc__watch_state *watch = &health->whole;
    llmc__mutex_lock(&health->lock);
    if (strcmp(name, health->name) != 0)
        watch = llmc__map_get(&health->watches, name);
    if (watch) {
        *out = watch->breaker;
        out->state = llmc__breaker_state_at(&watch->breaker, now_us);
    }
    llmc__mutex_unlock(&health->lock);
    return watch != NULL;
}
