#include "engine/costing.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "engine/client.h"
#include "model/error.h"
#include "model/prices.h"
#include "policy/cost.h"
#include "provider/price_reader.h"

#define MAX_KEY 512

/* The classes of tokens are counted and summed up in the same order; of the sums, those of sound are one. */
#define LAST_CLASS  ((offsetof(llmc_usage, output_audio) - offsetof(llmc_usage, input)) / 8)
#define AUDIO_CLASS ((offsetof(llmc_spending, audio) - offsetof(llmc_spending, input)) / 8)
_Static_assert(offsetof(llmc_usage, input_audio) - offsetof(llmc_usage, input) == AUDIO_CLASS * 8, "classes of tokens");

/* ---- the client's part ---- */

llmc_status llmc__costing_init(llmc_client *client) {
    llmc__costing *costing = &client->costing;
    const llmc_client_options *o = &client->options;
    llmc_status status = llmc__mutex_init(&costing->lock);
    if (status != LLMC_OK)
        return status;
    llmc__spend_init(&costing->spend, llmc__spend_nano(o->spend_limit_usd), llmc__spend_nano(o->spend_window_usd),
                     o->spend_window_s);
    costing->limited = costing->spend.limit || costing->spend.window_limit;
    costing->generation = 1;
    costing->rest = (llmc__cost_entry){.prices = LLMC__PRICE_NONE, .totals = LLMC_SPENDING_INIT};
    costing->rest.totals.provider = costing->rest.totals.model = "*";
    llmc__map_init(&costing->entries, client->hash_key);
    return LLMC_OK;
}

static void entry_free(void *ptr) {
    llmc__cost_entry *entry = ptr;
    if (!entry)
        return;
    llmc__mem_free(entry->provider);
    llmc__mem_free(entry->model);
    llmc__mem_free(entry);
}

void llmc__costing_free(llmc_client *client) {
    llmc__costing *costing = &client->costing;
    if (!costing->generation)
        return; /* it was never made */
    llmc__map_free(&costing->entries, entry_free);
    llmc__mem_free(costing->list);
    llmc__price_file_free(costing->loaded);
    llmc__mutex_destroy(&costing->lock);
}

llmc_status llmc__costing_load(llmc_client *client, const char *json, size_t len) {
    llmc__costing *costing = &client->costing;
    llmc__price_file *file = NULL, *before;
    llmc_status status = LLMC_OK;
    llmc_error error;
    llmc__error_init(&error);
    if (json)
        status = llmc__price_reader_read(json, len, &file, &error);
    if (status != LLMC_OK) {
        llmc__error_last(status, "%s", error.message ? error.message : llmc_status_message(status));
        llmc__error_clear(&error);
        return status;
    }
    llmc__mutex_lock(&costing->lock);
    before = costing->loaded;
    costing->loaded = file;
    costing->generation++;
    llmc__mutex_unlock(&costing->lock);
    llmc__price_file_free(before);
    return LLMC_OK;
}

/* ---- models ---- */

static llmc__cost_entry *entry_new(const char *provider, const char *model) {
    llmc__cost_entry *entry = llmc__mem_calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->provider = llmc__mem_strdup(provider);
    entry->model = llmc__mem_strdup(model);
    if (!entry->provider || !entry->model) {
        entry_free(entry);
        return NULL;
    }
    entry->totals = (llmc_spending)LLMC_SPENDING_INIT;
    entry->totals.provider = entry->provider;
    entry->totals.model = entry->model;
    return entry;
}

/* The list grows with the map; NULL: no memory, or there are too many. */
static llmc__cost_entry *add_entry(llmc__costing *costing, const char *key, const char *provider, const char *model) {
    llmc__cost_entry *entry, **list;
    if (costing->count >= LLMC__COSTING_MAX_MODELS)
        return NULL;
    if ((costing->count & (costing->count - 1)) == 0) { /* full, as its room is always a power of two */
        list = llmc__mem_realloc(costing->list, (costing->count ? costing->count * 2 : 1) * sizeof(llmc__cost_entry *));
        if (!list)
            return NULL;
        costing->list = list;
    }
    entry = entry_new(provider, model);
    if (!entry || llmc__map_set(&costing->entries, key, entry, NULL) != LLMC_OK) {
        entry_free(entry);
        return NULL;
    }
    costing->list[costing->count++] = entry;
    return entry;
}

/* Under the lock; made when it is not there. NULL: there are too many, or no memory. */
static llmc__cost_entry *entry_of(llmc__costing *costing, const char *provider, const char *model) {
    char key[MAX_KEY];
    size_t provider_len = strlen(provider), model_len = strlen(model), len = provider_len + 1 + model_len;
    llmc__cost_entry *entry;
    if (len >= sizeof key)
        return NULL;
    memcpy(key, provider, provider_len);
    key[provider_len] = '/';
    memcpy(key + provider_len + 1, model, model_len);
    key[len] = '\0';
    entry = llmc__map_get_n(&costing->entries, key, len);
    return entry ? entry : add_entry(costing, key, provider, model);
}

/* ---- prices ---- */

/* Names of ours that the table does not know, and that no URL of theirs tells. */
static const char *name_in_table(const llmc__target *target) {
    static const char *const rows[][2] = {{"azure_ai", "azure"}, {"zhipu", "zhipuai"}, {"fireworks_ai", "fireworks"}};
    if (target->priced_as)
        return target->priced_as;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i][0], target->name) == 0)
            return rows[i][1];
    return target->name;
}

/* Hugging Face's router names who serves a model behind it: "openai/gpt-oss-120b:groq" is one of huggingface_groq's. */
static uint32_t look_up_routed(const llmc__price_table *table, const char *model) {
    const char *server = strrchr(model, ':');
    size_t len = server ? (size_t)(server - model) : 0;
    char name[MAX_KEY], served[MAX_KEY];
    uint32_t provider;
    if (!server || strlen(server) + 16 > sizeof name || len >= sizeof served)
        return LLMC__PRICE_NONE;
    (void)snprintf(name, sizeof name, "huggingface_%s", server + 1);
    memcpy(served, model, len);
    served[len] = '\0';
    provider = llmc__price_provider_find(table, name, NULL);
    return provider == LLMC__PRICE_NONE ? provider : llmc__price_model_find(table, provider, served);
}

static uint32_t look_up(const llmc__price_table *table, const llmc__target *target, const char *model) {
    const char *name = name_in_table(target);
    uint32_t provider;
    if (!*name)
        return LLMC__PRICE_NONE;
    if (strcmp(name, "huggingface") == 0)
        return look_up_routed(table, model);
    provider = llmc__price_provider_find(table, name, target->priced_as ? NULL : target->base_url);
    return provider == LLMC__PRICE_NONE ? provider : llmc__price_model_find(table, provider, model);
}

/* Under the lock; the entry is that of the model, NULL where it has none. */
static bool table_price(llmc__costing *costing, llmc__cost_entry *entry, const llmc__target *target, const char *model,
                        int64_t tokens_in, llmc_price *out) {
    const llmc__price_table *table = costing->loaded ? &costing->loaded->table : llmc__prices();
    uint32_t prices;
    if (entry && entry->generation == costing->generation && entry->settings == target->settings) {
        prices = entry->prices;
    } else {
        prices = look_up(table, target, model);
        if (entry) {
            entry->prices = prices;
            entry->generation = costing->generation;
            entry->settings = target->settings;
        }
    }
    if (prices == LLMC__PRICE_NONE)
        return false;
    llmc__price_read(table, prices, tokens_in > 0 ? tokens_in : 0, llmc__clock_wall_s(), out);
    return true;
}

/* The program's function knows best what it gave: what it leaves out of range is no price. */
static bool asked_price(const llmc_client_options *o, const llmc__target *target, const char *model, int64_t tokens_in,
                        llmc_price *out) {
    *out = (llmc_price)LLMC_PRICE_INIT;
    return o->price(target->name, model, tokens_in > 0 ? tokens_in : 0, out, o->price_user_data) == 0;
}

bool llmc__costing_price(llmc_client *client, const llmc__target *target, const char *model, int64_t tokens_in,
                         llmc_price *out) {
    llmc__costing *costing = &client->costing;
    bool found;
    if (client->options.price)
        return asked_price(&client->options, target, model, tokens_in, out);
    llmc__mutex_lock(&costing->lock);
    found = table_price(costing, entry_of(costing, target->name, model), target, model, tokens_in, out);
    llmc__mutex_unlock(&costing->lock);
    return found;
}

double llmc__costing_expect(llmc_client *client, const llmc__target *target, const char *model,
                            const llmc__usage *expected) {
    llmc_price price;
    llmc__cost cost;
    if (!llmc__costing_price(client, target, model, expected->tokens_in, &price) ||
        !llmc__cost_of(&price, expected, 1.0, &cost))
        return -1.0;
    return llmc__cost_sum(&cost);
}

/* ---- charging ---- */

static void count(llmc_spending *totals, const llmc_usage *tokens, const llmc__cost *cost) {
    const int64_t *counts = (const void *)tokens;
    uint64_t *sums = (void *)totals;
    totals->requests++;
    totals->unpriced += cost == NULL;
    totals->cost_usd += cost ? llmc__cost_sum(cost) : 0;
    for (size_t i = 0; i <= LAST_CLASS; i++) {
        int64_t count = counts[offsetof(llmc_usage, input) / 8 + i];
        size_t sum = i < AUDIO_CLASS ? i : AUDIO_CLASS;
        sums[offsetof(llmc_spending, input) / 8 + sum] += count > 0 ? (uint64_t)count : 0;
    }
}

/*
 * What is charged. The model as the provider names it knows more than the name asked for: "gpt-4.1" may be an older one
 * tomorrow.
 */
typedef struct bill {
    const llmc__target *target;
    const char *asked, *answered;
    const llmc__usage *usage;
    double factor;
} bill;

static bool is_other_name(const bill *b) {
    return strcmp(b->asked, b->answered) != 0;
}

/* By the program's function: no lock is held. */
static bool cost_by_function(const llmc_client_options *o, const bill *b, llmc__cost *out) {
    int64_t tokens_in = b->usage->tokens_in;
    llmc_price price;
    return (asked_price(o, b->target, b->answered, tokens_in, &price) ||
            (is_other_name(b) && asked_price(o, b->target, b->asked, tokens_in, &price))) &&
           llmc__cost_of(&price, b->usage, b->factor, out);
}

/* Under the lock; the entry is that of the answered model. */
static bool cost_by_table(llmc__costing *costing, llmc__cost_entry *entry, const bill *b, llmc__cost *out) {
    int64_t tokens_in = b->usage->tokens_in;
    llmc_price price;
    return (table_price(costing, entry, b->target, b->answered, tokens_in, &price) ||
            (is_other_name(b) && table_price(costing, entry_of(costing, b->target->name, b->asked), b->target, b->asked,
                                             tokens_in, &price))) &&
           llmc__cost_of(&price, b->usage, b->factor, out);
}

bool llmc__costing_charge(llmc_client *client, const llmc__target *target, const char *asked, const char *answered,
                          const llmc__usage *usage, double factor, llmc__cost *out) {
    llmc__costing *costing = &client->costing;
    const llmc_client_options *o = &client->options;
    bill b = {target, asked, answered && *answered ? answered : asked, usage, factor};
    bool told = usage->cost_usd >= 0, by_prices = !told || !o->prefer_provider_cost, known = false;
    llmc__cost_entry *entry;
    llmc_usage tokens;
    *out = (llmc__cost){0};
    llmc__usage_split(usage, &tokens);
    if (by_prices && o->price)
        known = cost_by_function(o, &b, out);
    llmc__mutex_lock(&costing->lock);
    entry = entry_of(costing, target->name, b.answered);
    if (by_prices && !o->price)
        known = cost_by_table(costing, entry, &b, out);
    if (!known && told) {
        *out = (llmc__cost){.other = usage->cost_usd};
        known = true;
    }
    count(entry ? &entry->totals : &costing->rest.totals, &tokens, known ? out : NULL);
    llmc__mutex_unlock(&costing->lock);
    return known;
}

/* ---- telling ---- */

static void add_up(llmc_spending *sum, const llmc_spending *part) {
    uint64_t *sums = (void *)sum;
    const uint64_t *parts = (const void *)part;
    for (size_t i = offsetof(llmc_spending, requests) / 8; i <= offsetof(llmc_spending, audio) / 8; i++)
        sums[i] += parts[i];
    sum->cost_usd += part->cost_usd;
}

void llmc__costing_sum(llmc_client *client, const char *provider, const char *model, llmc_spending *out) {
    llmc__costing *costing = &client->costing;
    *out = (llmc_spending)LLMC_SPENDING_INIT;
    llmc__mutex_lock(&costing->lock);
    for (size_t i = 0; i <= costing->count; i++) {
        const llmc_spending *one = i < costing->count ? &costing->list[i]->totals : &costing->rest.totals;
        if ((provider && strcmp(provider, one->provider) != 0) || (model && strcmp(model, one->model) != 0))
            continue;
        if (provider)
            out->provider = one->provider;
        if (model)
            out->model = one->model;
        add_up(out, one);
    }
    llmc__mutex_unlock(&costing->lock);
}

size_t llmc__costing_list(llmc_client *client, llmc_spending *out, size_t capacity) {
    llmc__costing *costing = &client->costing;
    size_t found = 0;
    llmc__mutex_lock(&costing->lock);
    for (size_t i = 0; i <= costing->count; i++) {
        const llmc_spending *one = i < costing->count ? &costing->list[i]->totals : &costing->rest.totals;
        if (one->requests == 0)
            continue;
        if (found < capacity)
            out[found] = *one;
        found++;
    }
    llmc__mutex_unlock(&costing->lock);
    return found;
}

void llmc__costing_budget(llmc_client *client, llmc_budget *out) {
    llmc__costing *costing = &client->costing;
    llmc__spend *spend = &costing->spend;
    int64_t wall_s = llmc__clock_wall_s();
    llmc__mutex_lock(&costing->lock);
    llmc__spend_roll(spend, wall_s);
    *out = (llmc_budget){sizeof *out,
                         (double)spend->limit / 1e9,
                         (double)spend->spent / 1e9,
                         (double)spend->reserved / 1e9,
                         (double)spend->window_limit / 1e9,
                         (double)spend->window_spent / 1e9,
                         llmc__spend_left_s(spend, wall_s) * 1000};
    llmc__mutex_unlock(&costing->lock);
}
