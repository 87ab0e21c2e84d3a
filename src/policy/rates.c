#include "policy/rates.h"

#include <string.h>
#include "base/str.h"
#include "policy/hint.h"

enum { REQUESTS, TOKENS };
enum { ALL, INPUT, OUTPUT, PROJECT, MINUTE, HOUR, DAY, MONTH };
enum { LIMIT, REMAINING, RESET };

/* What the words of a header's name say, which stand in any order: -1 not said. */
typedef struct meaning {
    int8_t field, kind, part;
} meaning;

static const struct prefix {
    char text[22];
    int8_t kind; /* of names that do not say it: OpenRouter counts requests, Mistral's ratelimitbysize tokens */
} prefixes[] = {
    {"x-ratelimit-", REQUESTS},     {"anthropic-ratelimit-", REQUESTS}, {"ratelimitbysize-", TOKENS},
    {"x-ratelimitbysize-", TOKENS}, {"ratelimit-", REQUESTS},
};

static const struct word {
    char text[10];
    meaning says;
} words[] = {
    {"limit", {LIMIT, -1, -1}},     {"remaining", {REMAINING, -1, -1}},
    {"reset", {RESET, -1, -1}},     {"requests", {-1, REQUESTS, -1}},
    {"req", {-1, REQUESTS, -1}},    {"tokens", {-1, TOKENS, -1}},
    {"input", {-1, -1, INPUT}},     {"prompt", {-1, -1, INPUT}},
    {"output", {-1, -1, OUTPUT}},   {"generated", {-1, -1, OUTPUT}},
    {"project", {-1, -1, PROJECT}}, {"minute", {-1, -1, MINUTE}},
    {"hour", {-1, -1, HOUR}},       {"day", {-1, -1, DAY}},
    {"month", {-1, -1, MONTH}},
};

static const struct prefix *prefix_of(const char *name, size_t len) {
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t own = strlen(prefixes[i].text);
        if (len > own && llmc__str_ieq_n(name, own, prefixes[i].text))
            return &prefixes[i];
    }
    return NULL;
}

/* False for a word that is not known, which may turn the meaning of the whole name. */
static bool add_word(const char *text, size_t len, meaning *out) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!llmc__str_ieq_n(text, len, words[i].text))
            continue;
        const meaning *says = &words[i].says;
        out->field = says->field >= 0 ? says->field : out->field;
        out->kind = says->kind >= 0 ? says->kind : out->kind;
        out->part = says->part >= 0 ? says->part : out->part;
        return true;
    }
    return false;
}

static bool read_name(const char *name, size_t len, meaning *out) {
    const struct prefix *prefix = prefix_of(name, len);
    if (prefix == NULL)
        return false;
    *out = (meaning){-1, prefix->kind, ALL};
    for (size_t at = strlen(prefix->text); at <= len;) {
        size_t end = at;
        while (end < len && name[end] != '-')
            end++;
        if (!add_word(name + at, end - at, out))
            return false;
        at = end + 1;
    }
    return out->field >= 0;
}

static bool read_count(const char *text, size_t len, int64_t *out) {
    int64_t count = -1;
    text = llmc__str_trim(text, &len);
    if (!llmc__str_to_int64(text, len, &count) || count < 0)
        return false;
    *out = count;
    return true;
}

/*
 * Durations and plain seconds (OpenAI, Groq, Azure), dates (Anthropic), moments of Unix time in milliseconds
 * (OpenRouter) or seconds. A number that as seconds would be over 30 years is a moment.
 */
static bool read_reset(const char *text, size_t len, int64_t wall_ms, int64_t *out) {
    int64_t number = 0;
    if (llmc__hint_rfc3339(text, len, &number)) {
        *out = llmc__hint_until(number, wall_ms);
        return true;
    }
    if (read_count(text, len, &number) && number >= 1000000000) {
        *out = llmc__hint_until(number < 100000000000 ? number * 1000 : number, wall_ms);
        return true;
    }
    return llmc__hint_duration(text, len, out);
}

/* -1, 0 or 1. What is known is tighter than what is not; then less is tighter than more. */
static int compare_known(int64_t a, int64_t b) {
    if ((a < 0) != (b < 0))
        return a < 0 ? -1 : 1;
    return (a < b) - (a > b);
}

/* By what remains; of two that are used up, by the later reset; else by the limit. */
static bool is_tighter(const llmc__rate *a, const llmc__rate *b) {
    int tighter = compare_known(a->remaining, b->remaining);
    if (tighter == 0 && a->remaining >= 0 && a->reset_ms != b->reset_ms)
        return a->reset_ms > b->reset_ms;
    if (tighter == 0)
        tighter = compare_known(a->limit, b->limit);
    return tighter != 0 ? tighter > 0 : a->reset_ms > b->reset_ms;
}

static llmc__rate tightest(const llmc__rate *seen) {
    const llmc__rate *found = &seen[0];
    for (size_t i = 1; i < LLMC__RATES_PARTS; i++)
        if (is_tighter(&seen[i], found))
            found = &seen[i];
    return *found;
}

void llmc__rates_init(llmc__rates *rates) {
    static const llmc__rate nothing = {-1, -1, -1};
    rates->requests = rates->tokens = nothing;
    for (size_t i = 0; i < LLMC__RATES_PARTS; i++)
        rates->seen[REQUESTS][i] = rates->seen[TOKENS][i] = nothing;
}

bool llmc__rates_take(llmc__rates *rates, const char *name, size_t name_len, const char *value, size_t value_len,
                      int64_t wall_ms) {
    meaning told;
    if (!read_name(name, name_len, &told))
        return false;
    llmc__rate *rate = &rates->seen[told.kind][told.part];
    int64_t *slots[] = {&rate->limit, &rate->remaining, &rate->reset_ms};
    bool ok = told.field == RESET ? read_reset(value, value_len, wall_ms, &rate->reset_ms)
                                  : read_count(value, value_len, slots[told.field]);
    if (ok && told.kind == REQUESTS)
        rates->requests = tightest(rates->seen[REQUESTS]);
    else if (ok)
        rates->tokens = tightest(rates->seen[TOKENS]);
    return ok;
}

bool llmc__rates_any(const llmc__rates *rates) {
    const llmc__rate *both[] = {&rates->requests, &rates->tokens};
    for (size_t i = 0; i < 2; i++)
        if (both[i]->limit >= 0 || both[i]->remaining >= 0 || both[i]->reset_ms >= 0)
            return true;
    return false;
}
