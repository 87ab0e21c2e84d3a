#include "provider/price_reader.h"

#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "wire/json.h"

#define MAX_FILE_BYTES ((size_t)32 << 20)

typedef struct reader {
    const llmc__json_doc *doc;
    llmc__price_file *file;
    llmc__price_set *sets;        /* of one model */
    const char *provider, *model; /* where it is; NULL: not inside of one */
    const char *what;             /* what is wrong; static */
} reader;

static llmc_status wrong(reader *r, const char *what) {
    r->what = what;
    return LLMC_ERR_INVALID_JSON;
}

/* No name has a byte of 0: NULL, as where there is no text. */
static const char *text_of(const reader *r, const llmc__json *value, size_t *len) {
    const char *text = llmc__json_string(r->doc, value, len);
    return text && strlen(text) == *len ? text : NULL;
}

/* ---- clauses ---- */

static llmc_status read_clause(reader *r, const llmc__json *clause, int depth);

static llmc_status read_parts(reader *r, llmc__price_clause kind, const llmc__json *list, int depth) {
    llmc_status status;
    if (llmc__json_type_of(list) != LLMC__JSON_ARRAY || depth >= LLMC__PRICE_MAX_NESTED)
        return wrong(r, "a clause \"or\" or \"and\" without a list, or nested too deep");
    status = llmc__price_file_open(r->file, kind);
    for (const llmc__json *one = llmc__json_first(list); one && status == LLMC_OK; one = llmc__json_next(one))
        status = read_clause(r, one, depth + 1);
    return status == LLMC_OK ? llmc__price_file_end(r->file) : status;
}

static llmc_status read_clause(reader *r, const llmc__json *clause, int depth) {
    static const char *const names[] = {"", "equals", "starts_with", "ends_with", "contains", "regex", "or", "and"};
    const llmc__json *member = llmc__json_type_of(clause) == LLMC__JSON_OBJECT ? llmc__json_first(clause) : NULL;
    const char *name = member ? llmc__json_name(member) : "", *text;
    unsigned kind = LLMC__CLAUSE_EQUALS;
    size_t len = 0;
    llmc_status status;
    while (kind < sizeof names / sizeof names[0] && strcmp(names[kind], name) != 0)
        kind++;
    if (kind >= LLMC__CLAUSE_OR && kind <= LLMC__CLAUSE_AND)
        return read_parts(r, (llmc__price_clause)kind, member, depth);
    text = text_of(r, member, &len);
    if (kind > LLMC__CLAUSE_AND || !text)
        return wrong(r, "a clause of a kind that is not known");
    status = llmc__price_file_text(r->file, (llmc__price_clause)kind, text, len);
    return status == LLMC_ERR_INVALID_ARGUMENT ? wrong(r, "a regular expression of a kind that is not understood")
                                               : status;
}

/* ---- prices ---- */

static llmc_status read_tiers(reader *r, const llmc__json *value, llmc__price_rate *rate) {
    const llmc__json *one = llmc__json_first(llmc__json_get(value, "tiers"));
    if (!llmc__json_double(llmc__json_get(value, "base"), &rate->base))
        return wrong(r, "a price with tiers has no base");
    for (; one; one = llmc__json_next(one)) {
        size_t at = rate->tier_count;
        int64_t start;
        double price;
        if (rate->tier_count == LLMC__PRICE_MAX_TIERS ||
            !llmc__json_int64(r->doc, llmc__json_get(one, "start"), &start) ||
            !llmc__json_double(llmc__json_get(one, "price"), &price))
            return wrong(r, "a tier has no start or no price, or there are too many");
        while (at > 0 && rate->tiers[at - 1].start > start) {
            rate->tiers[at] = rate->tiers[at - 1];
            at--;
        }
        rate->tiers[at].start = start;
        rate->tiers[at].price = price;
        rate->tier_count++;
    }
    return LLMC_OK;
}

static llmc_status read_rate(reader *r, const llmc__json *value, llmc__price_rate *rate) {
    llmc__json_type type = llmc__json_type_of(value);
    if (type == LLMC__JSON_ABSENT || type == LLMC__JSON_NULL)
        return LLMC_OK;
    rate->known = true;
    if (type == LLMC__JSON_OBJECT)
        return read_tiers(r, value, rate);
    return llmc__json_double(value, &rate->base) ? LLMC_OK : wrong(r, "a price is no number");
}

static llmc_status read_rates(reader *r, const llmc__json *prices, llmc__price_set *set) {
    static const struct {
        llmc__price_class class;
        const char *name, *other;
    } rows[] = {
        {LLMC__PRICE_INPUT, "input_mtok", "input_text_mtok"},
        {LLMC__PRICE_CACHE_READ, "cache_read_mtok", "cache_text_read_mtok"},
        {LLMC__PRICE_CACHE_WRITE, "cache_write_mtok", "cache_text_write_mtok"},
        {LLMC__PRICE_OUTPUT, "output_mtok", "output_text_mtok"},
        {LLMC__PRICE_REASONING, "output_reasoning_mtok", "reasoning_mtok"},
        {LLMC__PRICE_INPUT_AUDIO, "input_audio_mtok", NULL},
        {LLMC__PRICE_CACHE_READ_AUDIO, "cache_audio_read_mtok", NULL},
        {LLMC__PRICE_OUTPUT_AUDIO, "output_audio_mtok", NULL},
        {LLMC__PRICE_REQUEST, "requests_kcount", NULL},
    };
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(prices) != LLMC__JSON_OBJECT)
        return wrong(r, "prices are no object");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == LLMC_OK; i++) {
        llmc__price_rate *rate = &set->rates[rows[i].class];
        status = read_rate(r, llmc__json_get(prices, rows[i].name), rate);
        if (status == LLMC_OK && !rate->known && rows[i].other)
            status = read_rate(r, llmc__json_get(prices, rows[i].other), rate);
    }
    return status;
}

/* Two or four digits between separators; -1: none. */
static int64_t number_at(const char *text, size_t from, size_t count) {
    int64_t number;
    return llmc__str_to_int64(text + from, count, &number) ? number : -1;
}

/* "2026-09-01" */
static bool read_date(const char *text, size_t len, uint32_t *days) {
    int64_t year, month, day, era;
    if (!text || len < 10 || text[4] != '-' || text[7] != '-')
        return false;
    year = number_at(text, 0, 4);
    month = number_at(text, 5, 2);
    day = number_at(text, 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    /* Days of a calendar whose year begins in March, so that the leap day is its last. */
    year -= month <= 2;
    era = year / 400 * 146097 + year % 400 * 365 + year % 400 / 4 - year % 400 / 100;
    *days = (uint32_t)(era + (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468);
    return true;
}

/* "00:30:00Z", UTC; fractions of a second are none. */
static bool read_time(const char *text, size_t len, uint32_t *seconds) {
    int64_t hour, minute, second;
    if (!text || len < 8 || text[2] != ':' || text[5] != ':' ||
        (len > 8 && !(len == 9 && text[8] == 'Z') && !(len == 14 && strcmp(text + 8, "+00:00") == 0)))
        return false;
    hour = number_at(text, 0, 2);
    minute = number_at(text, 3, 2);
    second = number_at(text, 6, 2);
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *seconds = (uint32_t)(hour * 3600 + minute * 60 + second);
    return true;
}

static llmc_status read_bound(reader *r, const llmc__json *constraint, llmc__price_set *set) {
    size_t date_len = 0, begin_len = 0, end_len = 0;
    const char *date = text_of(r, llmc__json_get(constraint, "start_date"), &date_len);
    const char *begin = text_of(r, llmc__json_get(constraint, "start_time"), &begin_len);
    const char *end = text_of(r, llmc__json_get(constraint, "end_time"), &end_len);
    if (llmc__json_type_of(constraint) == LLMC__JSON_ABSENT || llmc__json_type_of(constraint) == LLMC__JSON_NULL)
        return LLMC_OK;
    if (read_date(date, date_len, &set->date)) {
        set->bound = LLMC__PRICE_BY_DATE;
        return LLMC_OK;
    }
    if (!read_time(begin, begin_len, &set->begin_s) || !read_time(end, end_len, &set->end_s))
        return wrong(r, "a constraint is neither a date nor a time of day in UTC");
    set->bound = LLMC__PRICE_BY_TIME;
    return LLMC_OK;
}

static llmc_status read_sets(reader *r, const llmc__json *prices, size_t *count) {
    llmc_status status = LLMC_OK;
    *count = 0;
    memset(r->sets, 0, LLMC__PRICE_MAX_SETS * sizeof *r->sets);
    if (llmc__json_type_of(prices) != LLMC__JSON_ARRAY) {
        *count = 1;
        return read_rates(r, prices, &r->sets[0]);
    }
    for (const llmc__json *one = llmc__json_first(prices); one && status == LLMC_OK; one = llmc__json_next(one)) {
        if (*count == LLMC__PRICE_MAX_SETS)
            return wrong(r, "too many sets of prices");
        status = read_bound(r, llmc__json_get(one, "constraint"), &r->sets[*count]);
        if (status == LLMC_OK)
            status = read_rates(r, llmc__json_get(one, "prices"), &r->sets[*count]);
        ++*count;
    }
    return status;
}

/* ---- models and providers ---- */

static llmc_status read_model(reader *r, const llmc__json *model) {
    size_t count = 0, len = 0;
    llmc_status status;
    r->model = text_of(r, llmc__json_get(model, "id"), &len);
    status = read_sets(r, llmc__json_get(model, "prices"), &count);
    if (status == LLMC_OK)
        status = llmc__price_file_model(r->file, r->sets, count);
    if (status == LLMC_ERR_INVALID_ARGUMENT)
        return wrong(r, "a price is negative or too large, a tier out of order, or there are no prices");
    if (status == LLMC_OK)
        status = read_clause(r, llmc__json_get(model, "match"), 0);
    if (status == LLMC_OK)
        r->model = NULL;
    return status;
}

static llmc_status read_fallbacks(reader *r, const llmc__json *ids) {
    llmc_status status = LLMC_OK;
    for (const llmc__json *id = llmc__json_first(ids); id && status == LLMC_OK; id = llmc__json_next(id)) {
        size_t len = 0;
        const char *text = text_of(r, id, &len);
        if (text)
            status = llmc__price_file_fallback(r->file, text, len);
    }
    return status == LLMC_OK ? llmc__price_file_end(r->file) : status;
}

/* The clause of its names, where it has one. */
static llmc_status read_names(reader *r, const llmc__json *names) {
    if (llmc__json_type_of(names) == LLMC__JSON_OBJECT)
        return read_clause(r, names, 0);
    return llmc__price_file_end(r->file);
}

static llmc_status read_provider(reader *r, const llmc__json *provider) {
    const llmc__json *models = llmc__json_get(provider, "models");
    size_t id_len = 0, address_len = 0;
    const char *id = text_of(r, llmc__json_get(provider, "id"), &id_len);
    const char *address = text_of(r, llmc__json_get(provider, "api_pattern"), &address_len);
    llmc_status status;
    if (!id || llmc__json_type_of(models) != LLMC__JSON_ARRAY)
        return wrong(r, "a provider has no id or no list of models");
    r->provider = id;
    status = llmc__price_file_provider(r->file, id, id_len, address ? address : "", address_len);
    if (status == LLMC_ERR_INVALID_ARGUMENT)
        return wrong(r, "api_pattern is a regular expression of a kind that is not understood");
    if (status == LLMC_OK)
        status = read_fallbacks(r, llmc__json_get(provider, "fallback_model_providers"));
    if (status == LLMC_OK)
        status = read_names(r, llmc__json_get(provider, "provider_match"));
    for (const llmc__json *one = llmc__json_first(models); one && status == LLMC_OK; one = llmc__json_next(one))
        status = read_model(r, one);
    if (status == LLMC_OK)
        status = llmc__price_file_end(r->file);
    if (status == LLMC_OK)
        r->provider = NULL;
    return status;
}

static llmc_status read_all(reader *r) {
    const llmc__json *root = llmc__json_root(r->doc);
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(root) != LLMC__JSON_ARRAY || !llmc__json_first(root))
        return wrong(r, "it is no list of providers");
    for (const llmc__json *one = llmc__json_first(root); one && status == LLMC_OK; one = llmc__json_next(one))
        status = read_provider(r, one);
    return status;
}

static void tell(const reader *r, llmc_status status, const llmc__json_fault *fault, llmc_error *error) {
    if (!r->doc && status == LLMC_ERR_INVALID_JSON)
        llmc__error_set(error, status, "the prices are no JSON: %s at byte %zu", fault->reason, fault->offset);
    else if (status == LLMC_ERR_INVALID_JSON)
        llmc__error_set(error, status,
                        "the prices are not in the genai-prices format: %s (provider \"%s\", model \"%s\")", r->what,
                        r->provider ? r->provider : "", r->model ? r->model : "");
    else if (status == LLMC_ERR_TOO_LARGE)
        llmc__error_set(error, status, "the prices are more than a table holds (provider \"%s\", model \"%s\")",
                        r->provider ? r->provider : "", r->model ? r->model : "");
    else
        llmc__error_set(error, status, "no memory for the prices");
}

llmc_status llmc__price_reader_read(const char *json, size_t len, llmc__price_file **out, llmc_error *error) {
    llmc__json_fault fault = {0, ""};
    llmc__json_doc *doc = NULL;
    reader r = {0};
    llmc_status status = len <= MAX_FILE_BYTES ? llmc__json_parse(json, len, &doc, &fault) : LLMC_ERR_TOO_LARGE;
    *out = NULL;
    r.doc = doc;
    if (status != LLMC_OK)
        goto done;
    r.file = llmc__price_file_new();
    r.sets = llmc__mem_calloc(LLMC__PRICE_MAX_SETS, sizeof *r.sets);
    status = r.file && r.sets ? read_all(&r) : LLMC_ERR_NO_MEMORY;
    if (status != LLMC_OK)
        goto done;
    llmc__price_file_finish(r.file);
    *out = r.file;
    r.file = NULL;
done:
    if (status != LLMC_OK)
        tell(&r, status, &fault, error);
    llmc__mem_free(r.sets);
    llmc__price_file_free(r.file);
    llmc__json_free(doc);
    return status;
}
