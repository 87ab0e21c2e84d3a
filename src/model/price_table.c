#include "model/price_table.h"

#include <string.h>
#include "base/pattern.h"

#define DAY_S ((int64_t)86400)

/* ---- names ---- */

static const char *behind_text(const char *text) {
    return text + strlen(text) + 1;
}

static bool text_matches(llmc__price_clause kind, const char *text, size_t len, const char *name, size_t name_len) {
    size_t over = name_len - len;
    if (kind == LLMC__CLAUSE_REGEX)
        return llmc__pattern_find(text, len, name, name_len);
    if (name_len < len)
        return false;
    switch (kind) {
    case LLMC__CLAUSE_EQUALS:
        return over == 0 && memcmp(name, text, len) == 0;
    case LLMC__CLAUSE_STARTS_WITH:
        return memcmp(name, text, len) == 0;
    case LLMC__CLAUSE_ENDS_WITH:
        return memcmp(name + over, text, len) == 0;
    default:
        return memmem(name, name_len, text, len) != NULL;
    }
}

/* Returns what follows the clause. Texts of the table are in lower case, and so is the name. */
static const char *try_clause(const char *at, const char *name, size_t len, bool *matches) {
    llmc__price_clause kind = (llmc__price_clause)*at++;
    if (kind < LLMC__CLAUSE_OR) {
        const char *end = behind_text(at);
        *matches = text_matches(kind, at, (size_t)(end - at) - 1, name, len);
        return end;
    }
    *matches = kind == LLMC__CLAUSE_AND;
    while (*at != LLMC__CLAUSE_NONE) {
        bool one;
        at = try_clause(at, name, len, &one);
        if (one != (kind == LLMC__CLAUSE_AND))
            *matches = one;
    }
    return at + 1;
}

#define MAX_NAME 512

/* In lower case; names too long to be any model's are cut. */
static size_t lowered(const char *name, char out[MAX_NAME]) {
    size_t len = 0;
    for (; len < MAX_NAME && name[len]; len++)
        out[len] = (char)(name[len] >= 'A' && name[len] <= 'Z' ? name[len] + 32 : name[len]);
    return len;
}

static const char *id_of(const llmc__price_table *table, uint32_t provider) {
    return table->names + table->providers[provider].names;
}

static const char *fallbacks_of(const llmc__price_table *table, uint32_t provider) {
    return behind_text(behind_text(id_of(table, provider)));
}

static const char *names_of(const llmc__price_table *table, uint32_t provider) {
    const char *at = fallbacks_of(table, provider);
    while (*at)
        at = behind_text(at);
    return at + 1;
}

/* By its id, in lower case. */
static uint32_t provider_of(const llmc__price_table *table, const char *id, size_t len) {
    for (uint32_t i = 0; i < table->provider_count; i++)
        if (strncmp(id_of(table, i), id, len) == 0 && id_of(table, i)[len] == '\0')
            return i;
    return LLMC__PRICE_NONE;
}

uint32_t llmc__price_provider_find(const llmc__price_table *table, const char *name, const char *url) {
    char low[MAX_NAME];
    size_t len = lowered(name, low);
    uint32_t found = provider_of(table, low, len);
    bool matches = false;
    for (uint32_t i = 0; i < table->provider_count && found == LLMC__PRICE_NONE; i++) {
        const char *names = names_of(table, i);
        if (*names != LLMC__CLAUSE_NONE)
            (void)try_clause(names, low, len, &matches);
        if (matches)
            found = i;
    }
    for (uint32_t i = 0; url && i < table->provider_count && found == LLMC__PRICE_NONE; i++) {
        const char *pattern = behind_text(id_of(table, i));
        if (*pattern && llmc__pattern_starts(pattern, strlen(pattern), url, strlen(url)))
            found = i;
    }
    return found;
}

/* ---- prices ---- */

static uint32_t read_number(const unsigned char **at) {
    uint32_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = *(*at)++;
        number |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
}

/* Tiers ascend; what the prompt has passed holds for all of its tokens. */
static double read_rate(const double *values, const unsigned char **at, int64_t tokens_in) {
    uint32_t value = read_number(at);
    if (value)
        return values[value - 1];
    value = read_number(at);
    for (uint32_t count = read_number(at); count; count--) {
        int64_t start = read_number(at);
        uint32_t next = read_number(at);
        if (tokens_in > start)
            value = next;
    }
    return values[value];
}

static bool read_bound(unsigned flags, const unsigned char **at, int64_t wall_s) {
    int64_t second = (wall_s % DAY_S + DAY_S) % DAY_S, begin, end;
    if (flags & LLMC__PRICE_BY_DATE)
        return wall_s >= read_number(at) * DAY_S;
    if (!(flags & LLMC__PRICE_BY_TIME))
        return true;
    begin = read_number(at);
    end = read_number(at);
    return second >= begin && second < end;
}

/* Of a model: the last set that is active, the first when none is. Returns what follows them. */
static const unsigned char *read_sets(const llmc__price_table *table, const unsigned char *at, int64_t tokens_in,
                                      int64_t wall_s, double out[LLMC__PRICE_CLASSES]) {
    const unsigned char *first = at;
    unsigned flags;
    do {
        bool chosen = at == first;
        flags = read_number(&at);
        if (read_bound(flags, &at, wall_s))
            chosen = true;
        for (unsigned c = 0; c < LLMC__PRICE_CLASSES; c++) {
            double rate = flags >> c & 1 ? read_rate(table->values, &at, tokens_in) : -1;
            if (chosen)
                out[c] = rate;
        }
    } while (flags & LLMC__PRICE_MORE);
    return at;
}

/* Among the provider's own models. */
static uint32_t own_model(const llmc__price_table *table, uint32_t provider, const char *name, size_t len) {
    const unsigned char *prices = table->prices + table->providers[provider].prices;
    const char *at = names_of(table, provider);
    double passed[LLMC__PRICE_CLASSES];
    bool matches;
    at = *at == LLMC__CLAUSE_NONE ? at + 1 : try_clause(at, name, len, &matches);
    while (*at != LLMC__CLAUSE_NONE) {
        at = try_clause(at, name, len, &matches);
        if (matches)
            return (uint32_t)(prices - table->prices);
        prices = read_sets(table, prices, 0, 0, passed);
    }
    return LLMC__PRICE_NONE;
}

uint32_t llmc__price_model_find(const llmc__price_table *table, uint32_t provider, const char *model) {
    const char *fallback = fallbacks_of(table, provider);
    char low[MAX_NAME];
    size_t len = lowered(model, low);
    uint32_t found = own_model(table, provider, low, len);
    for (; found == LLMC__PRICE_NONE && *fallback; fallback = behind_text(fallback)) {
        provider = provider_of(table, fallback, strlen(fallback));
        if (provider != LLMC__PRICE_NONE)
            found = own_model(table, provider, low, len);
    }
    return found;
}

void llmc__price_read(const llmc__price_table *table, uint32_t prices, int64_t tokens_in, int64_t wall_s,
                      llmc_price *out) {
    double rates[LLMC__PRICE_CLASSES];
    (void)read_sets(table, table->prices + prices, tokens_in, wall_s, rates);
    *out = (llmc_price){
        .size = sizeof *out,
        .input_mtok_usd = rates[LLMC__PRICE_INPUT],
        .cache_read_mtok_usd = rates[LLMC__PRICE_CACHE_READ],
        .cache_write_mtok_usd = rates[LLMC__PRICE_CACHE_WRITE],
        .output_mtok_usd = rates[LLMC__PRICE_OUTPUT],
        .reasoning_mtok_usd = rates[LLMC__PRICE_REASONING],
        .input_audio_mtok_usd = rates[LLMC__PRICE_INPUT_AUDIO],
        .cache_read_audio_mtok_usd = rates[LLMC__PRICE_CACHE_READ_AUDIO],
        .output_audio_mtok_usd = rates[LLMC__PRICE_OUTPUT_AUDIO],
        .request_usd = rates[LLMC__PRICE_REQUEST] < 0 ? -1 : rates[LLMC__PRICE_REQUEST] / 1000,
    };
}
