#include "model/price_table.h"

#include <string.h>
#include "base/pattern.h"

#define DAY_S ((int64_t)86400)

/* ---- names ---- */

static uint32_t bits(uint32_t word, unsigned from, unsigned count) {
    return word >> from & ((1u << count) - 1);
}

static const char *text_of(const llmc__price_table *table, uint32_t word, size_t *len) {
    *len = bits(word, LLMC__PRICE_TEXT_BITS, LLMC__PRICE_LEN_BITS);
    return table->text + bits(word, 0, LLMC__PRICE_TEXT_BITS);
}

static llmc__price_clause kind_of(uint32_t word) {
    return (llmc__price_clause)(word >> LLMC__PRICE_KIND_SHIFT);
}

/* How many words the clause at `at` has. */
static uint32_t clause_size(const llmc__price_table *table, uint32_t at) {
    uint32_t word = table->words[at];
    return kind_of(word) < LLMC__CLAUSE_OR ? 1 : 1 + bits(word, 0, LLMC__PRICE_KIND_SHIFT);
}

/* Texts of the table are in lower case, and so is the name. */
static bool is_equal(const char *name, size_t name_len, const char *text, size_t len) {
    return name_len == len && memcmp(name, text, len) == 0;
}

static bool text_matches(const llmc__price_table *table, uint32_t word, const char *name, size_t name_len) {
    size_t len;
    const char *text = text_of(table, word, &len);
    switch (kind_of(word)) {
    case LLMC__CLAUSE_EQUALS:
        return is_equal(name, name_len, text, len);
    case LLMC__CLAUSE_STARTS_WITH:
        return name_len >= len && memcmp(name, text, len) == 0;
    case LLMC__CLAUSE_ENDS_WITH:
        return name_len >= len && memcmp(name + name_len - len, text, len) == 0;
    case LLMC__CLAUSE_CONTAINS:
        return memmem(name, name_len, text, len) != NULL;
    default:
        return llmc__pattern_find(text, len, name, name_len);
    }
}

static bool matches(const llmc__price_table *table, uint32_t at, const char *name, size_t len) {
    uint32_t word = table->words[at], end = at + clause_size(table, at);
    bool any = kind_of(word) == LLMC__CLAUSE_OR;
    if (kind_of(word) < LLMC__CLAUSE_OR)
        return text_matches(table, word, name, len);
    for (at++; at < end; at += clause_size(table, at))
        if (matches(table, at, name, len) == any)
            return any;
    return !any;
}

#define MAX_NAME 512

/* In lower case; names too long to be any model's are cut. */
static size_t lowered(const char *name, char out[MAX_NAME]) {
    size_t len = 0;
    for (; len < MAX_NAME && name[len]; len++)
        out[len] = (char)(name[len] >= 'A' && name[len] <= 'Z' ? name[len] + 32 : name[len]);
    return len;
}

uint32_t llmc__price_provider_find(const llmc__price_table *table, const char *name, const char *url) {
    char low[MAX_NAME];
    size_t len = lowered(name, low), text_len;
    for (uint32_t i = 0; i < table->provider_count; i++) {
        const char *id = text_of(table, table->providers[i].id, &text_len);
        if (is_equal(low, len, id, text_len))
            return i;
    }
    for (uint32_t i = 0; i < table->provider_count; i++)
        if (table->providers[i].names != LLMC__PRICE_NONE && matches(table, table->providers[i].names, low, len))
            return i;
    for (uint32_t i = 0; url && i < table->provider_count; i++) {
        const char *pattern = text_of(table, table->providers[i].address, &text_len);
        if (text_len && llmc__pattern_starts(pattern, text_len, url, strlen(url)))
            return i;
    }
    return LLMC__PRICE_NONE;
}

/* Among the provider's own models. */
static uint32_t own_model(const llmc__price_table *table, const llmc__price_provider *provider, const char *name,
                          size_t len) {
    uint32_t at = provider->models;
    for (uint32_t i = 0; i < provider->model_count; i++) {
        if (matches(table, at + 1, name, len))
            return table->words[at];
        at += 1 + clause_size(table, at + 1);
    }
    return LLMC__PRICE_NONE;
}

uint32_t llmc__price_model_find(const llmc__price_table *table, uint32_t provider, const char *model) {
    const llmc__price_provider *own = &table->providers[provider];
    char low[MAX_NAME];
    size_t len = lowered(model, low);
    uint32_t found = own_model(table, own, low, len);
    for (uint16_t i = 0; found == LLMC__PRICE_NONE && i < own->fallback_count; i++)
        found = own_model(table, &table->providers[table->fallbacks[own->fallback_at + i]], low, len);
    return found;
}

/* ---- prices ---- */

static uint32_t two_words(const uint16_t *at) {
    return (uint32_t)at[0] << 16 | at[1];
}

static const uint16_t *behind_bounds(const uint16_t *set) {
    if (*set & LLMC__PRICE_BY_DATE)
        return set + 2;
    return *set & LLMC__PRICE_BY_TIME ? set + 5 : set + 1;
}

static bool is_active(const uint16_t *set, int64_t wall_s) {
    int64_t second = (wall_s % DAY_S + DAY_S) % DAY_S;
    if (*set & LLMC__PRICE_BY_DATE)
        return wall_s >= set[1] * DAY_S;
    if (*set & LLMC__PRICE_BY_TIME)
        return second >= two_words(set + 1) && second < two_words(set + 3);
    return true;
}

static const uint16_t *next_set(const uint16_t *set) {
    const uint16_t *next = behind_bounds(set);
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES; c++)
        next += *set >> c & 1;
    return next;
}

/* The last one that is active; the first when none is. */
static const uint16_t *choose_set(const uint16_t *first, int64_t wall_s) {
    const uint16_t *chosen = first;
    for (const uint16_t *set = first;; set = next_set(set)) {
        if (is_active(set, wall_s))
            chosen = set;
        if (!(*set & LLMC__PRICE_MORE))
            return chosen;
    }
}

/* Tiers ascend; what the prompt has passed holds for all of its tokens. */
static double value_of(const llmc__price_table *table, uint16_t ref, int64_t tokens_in) {
    const uint16_t *tiers = table->prices + (ref & ~LLMC__PRICE_TIERED);
    uint16_t value = ref;
    if (!(ref & LLMC__PRICE_TIERED))
        return table->values[ref];
    value = tiers[0];
    for (uint16_t i = 0; i < tiers[1]; i++)
        if (tokens_in > two_words(tiers + 2 + (size_t)i * 3))
            value = tiers[4 + (size_t)i * 3];
    return table->values[value];
}

void llmc__price_read(const llmc__price_table *table, uint32_t prices, int64_t tokens_in, int64_t wall_s,
                      llmc_price *out) {
    double *const slots[LLMC__PRICE_CLASSES] = {
        &out->input_mtok_usd,
        &out->cache_read_mtok_usd,
        &out->cache_write_mtok_usd,
        &out->output_mtok_usd,
        &out->reasoning_mtok_usd,
        &out->input_audio_mtok_usd,
        &out->cache_read_audio_mtok_usd,
        &out->output_audio_mtok_usd,
        &out->request_usd,
    };
    const uint16_t *set = choose_set(table->prices + prices, wall_s);
    const uint16_t *ref = behind_bounds(set);
    *out = (llmc_price)LLMC_PRICE_INIT;
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES; c++)
        if (*set >> c & 1)
            *slots[c] = value_of(table, *ref++, tokens_in);
    if (out->request_usd >= 0)
        out->request_usd /= 1000;
}
