#include "support_prices.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "support_wire.h"

char *published_text(size_t *len) {
    const char *set = getenv("LLMC_PRICES_FILE");
    return wire_read(set != NULL && *set != '\0' ? set : LLMC_TEST_WIRE_DIR "/../prices/genai-prices.json", len);
}

llmc__json_doc *published_read(const char *text, size_t len) {
    llmc__json_doc *doc = NULL;
    return llmc__json_parse(text, len, &doc, NULL) == LLMC_OK ? doc : NULL;
}

static const char *text_at(const published *from, const llmc__json *object, const char *name) {
    return llmc__json_string(from->doc, llmc__json_get(object, name), NULL);
}

/* From the dialect of the file to that of the C library: "(?:" and \d are all it lacks. */
static bool matches_pattern(const char *pattern, const char *name) {
    char out[1024];
    size_t len = 0;
    regex_t compiled;
    bool found;
    for (const char *p = pattern; *p != '\0' && len + 8 < sizeof out; p++) {
        if (p[0] == '(' && p[1] == '?' && p[2] == ':') {
            out[len++] = '(';
            p += 2;
        } else if (p[0] == '\\' && p[1] == 'd') {
            memcpy(out + len, "[0-9]", 5);
            len += 5;
            p++;
        } else {
            out[len++] = *p;
        }
    }
    out[len] = '\0';
    if (regcomp(&compiled, out, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
        abort();
    found = regexec(&compiled, name, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

static bool matches_text(const char *kind, const char *text, const char *name) {
    size_t len = strlen(text), name_len = strlen(name);
    if (strcmp(kind, "equals") == 0)
        return strcasecmp(name, text) == 0;
    if (strcmp(kind, "starts_with") == 0)
        return strncasecmp(name, text, len) == 0;
    if (strcmp(kind, "ends_with") == 0)
        return name_len >= len && strcasecmp(name + name_len - len, text) == 0;
    if (strcmp(kind, "contains") == 0)
        return strcasestr(name, text) != NULL;
    if (strcmp(kind, "regex") == 0)
        return matches_pattern(text, name);
    abort();
}

bool published_matches(const published *from, const llmc__json *clause, const char *name) {
    const llmc__json *member = llmc__json_first(clause), *part;
    const char *kind = llmc__json_name(member);
    if (strcmp(kind, "or") == 0) {
        for (part = llmc__json_first(member); part != NULL; part = llmc__json_next(part))
            if (published_matches(from, part, name))
                return true;
        return false;
    }
    if (strcmp(kind, "and") == 0) {
        for (part = llmc__json_first(member); part != NULL; part = llmc__json_next(part))
            if (!published_matches(from, part, name))
                return false;
        return true;
    }
    return matches_text(kind, llmc__json_string(from->doc, member, NULL), name);
}

const llmc__json *published_provider(const published *from, const char *name) {
    const llmc__json *one;
    for (one = llmc__json_first(from->root); one != NULL; one = llmc__json_next(one))
        if (strcmp(text_at(from, one, "id"), name) == 0)
            return one;
    for (one = llmc__json_first(from->root); one != NULL; one = llmc__json_next(one)) {
        const llmc__json *names = llmc__json_get(one, "provider_match");
        if (llmc__json_type_of(names) == LLMC__JSON_OBJECT && published_matches(from, names, name))
            return one;
    }
    return NULL;
}

static const llmc__json *own_model(const published *from, const llmc__json *provider, const char *name) {
    const llmc__json *model = llmc__json_first(llmc__json_get(provider, "models"));
    while (model != NULL && !published_matches(from, llmc__json_get(model, "match"), name))
        model = llmc__json_next(model);
    return model;
}

const llmc__json *published_model(const published *from, const llmc__json *provider, const char *name) {
    const llmc__json *found = own_model(from, provider, name);
    const llmc__json *other = llmc__json_first(llmc__json_get(provider, "fallback_model_providers"));
    for (; found == NULL && other != NULL; other = llmc__json_next(other)) {
        const char *id = llmc__json_string(from->doc, other, NULL);
        for (const llmc__json *p = llmc__json_first(from->root); p != NULL; p = llmc__json_next(p))
            if (strcmp(text_at(from, p, "id"), id) == 0)
                found = own_model(from, p, name);
    }
    return found;
}

static bool is_active(const published *from, const llmc__json *constraint, int64_t date, int64_t second) {
    const char *start = text_at(from, constraint, "start_date");
    int year, month, day, begin[3], end[3];
    if (llmc__json_type_of(constraint) != LLMC__JSON_OBJECT)
        return true;
    if (start != NULL)
        return sscanf(start, "%d-%d-%d", &year, &month, &day) == 3 && date >= year * 10000 + month * 100 + day;
    if (sscanf(text_at(from, constraint, "start_time"), "%d:%d:%d", &begin[0], &begin[1], &begin[2]) != 3 ||
        sscanf(text_at(from, constraint, "end_time"), "%d:%d:%d", &end[0], &end[1], &end[2]) != 3)
        abort();
    return second >= begin[0] * 3600 + begin[1] * 60 + begin[2] && second < end[0] * 3600 + end[1] * 60 + end[2];
}

const llmc__json *published_set(const published *from, const llmc__json *model, int64_t date, int64_t second) {
    const llmc__json *prices = llmc__json_get(model, "prices"), *chosen = NULL;
    if (llmc__json_type_of(prices) != LLMC__JSON_ARRAY)
        return prices;
    for (const llmc__json *one = llmc__json_first(prices); one != NULL; one = llmc__json_next(one))
        if (chosen == NULL || is_active(from, llmc__json_get(one, "constraint"), date, second))
            chosen = llmc__json_get(one, "prices");
    return chosen;
}

long double published_price(const published *from, const llmc__json *set, const char *field, int64_t tokens_in) {
    const llmc__json *price = llmc__json_get(set, field), *tier;
    int64_t passed = -1, start = 0;
    double value = -1;
    if (llmc__json_type_of(price) != LLMC__JSON_OBJECT)
        return llmc__json_double(price, &value) ? (long double)value : -1.0L;
    (void)llmc__json_double(llmc__json_get(price, "base"), &value);
    for (tier = llmc__json_first(llmc__json_get(price, "tiers")); tier != NULL; tier = llmc__json_next(tier))
        if (llmc__json_int64(from->doc, llmc__json_get(tier, "start"), &start) && tokens_in > start && start > passed) {
            passed = start;
            (void)llmc__json_double(llmc__json_get(tier, "price"), &value);
        }
    return (long double)value;
}
