#include "provider/price_reader.h"

#include <string.h>
#include "base/date.h"
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
    llmc_status status;           /* what broke the reading; sticks */
} reader;

static void wrong(reader *r, const char *what) {
    if (r->status != LLMC_OK)
        return;
    r->what = what;
    r->status = LLMC_ERR_INVALID_JSON;
}

/* What keeping something came to; `what` is said of what the table does not take. */
static void note(reader *r, llmc_status status, const char *what) {
    if (status == LLMC_ERR_INVALID_ARGUMENT)
        wrong(r, what);
    else if (r->status == LLMC_OK)
        r->status = status;
}

static bool is_unset(const llmc__json *value) {
    return llmc__json_type_of(value) <= LLMC__JSON_NULL;
}

/* Each element of an array, or member of an object. */
static void read_each(reader *r, const llmc__json *list, void (*read)(reader *r, const llmc__json *one)) {
    for (const llmc__json *one = llmc__json_first(list); one && r->status == LLMC_OK; one = llmc__json_next(one))
        read(r, one);
}

/* No name has a byte of 0: NULL, as where there is no text. */
static const char *text_of(const reader *r, const llmc__json *value, size_t *len) {
    const char *text = llmc__json_string(r->doc, value, len);
    return text && strlen(text) == *len ? text : NULL;
}

/* What was kept ends here. */
static void end(reader *r) {
    if (r->status == LLMC_OK)
        r->status = llmc__price_file_end(r->file);
}

/* ---- clauses ---- */

static void read_clause(reader *r, const llmc__json *clause, int depth);

static void read_parts(reader *r, llmc__price_clause kind, const llmc__json *list, int depth) {
    if (llmc__json_type_of(list) != LLMC__JSON_ARRAY || depth >= LLMC__PRICE_MAX_NESTED) {
        wrong(r, "a clause \"or\" or \"and\" without a list, or nested too deep");
        return;
    }
    note(r, llmc__price_file_open(r->file, kind), NULL);
    for (const llmc__json *one = llmc__json_first(list); one && r->status == LLMC_OK; one = llmc__json_next(one))
        read_clause(r, one, depth + 1);
    end(r);
}

static void read_clause(reader *r, const llmc__json *clause, int depth) {
    static const char names[][12] = {"", "equals", "starts_with", "ends_with", "contains", "regex", "or", "and"};
    const llmc__json *member = llmc__json_type_of(clause) == LLMC__JSON_OBJECT ? llmc__json_first(clause) : NULL;
    size_t len = 0;
    const char *text = text_of(r, member, &len);
    unsigned kind = LLMC__CLAUSE_EQUALS;
    while (kind <= LLMC__CLAUSE_AND && strcmp(names[kind], llmc__json_name(member)) != 0)
        kind++;
    if (kind == LLMC__CLAUSE_OR || kind == LLMC__CLAUSE_AND)
        read_parts(r, (llmc__price_clause)kind, member, depth);
    else if (kind > LLMC__CLAUSE_AND || !text)
        wrong(r, "a clause of a kind that is not known");
    else
        note(r, llmc__price_file_text(r->file, (llmc__price_clause)kind, text, len),
             "a regular expression of a kind that is not understood");
}

/* ---- prices ---- */

static void read_tiers(reader *r, const llmc__json *value, llmc__price_rate *rate) {
    const llmc__json *one = llmc__json_first(llmc__json_get(value, "tiers"));
    if (!llmc__json_double(llmc__json_get(value, "base"), &rate->base))
        wrong(r, "a price with tiers has no base");
    for (; one && r->status == LLMC_OK; one = llmc__json_next(one)) {
        size_t at = rate->tier_count;
        int64_t start;
        double price;
        if (rate->tier_count == LLMC__PRICE_MAX_TIERS ||
            !llmc__json_int64(r->doc, llmc__json_get(one, "start"), &start) ||
            !llmc__json_double(llmc__json_get(one, "price"), &price)) {
            wrong(r, "a tier has no start or no price, or there are too many");
            return;
        }
        for (; at > 0 && rate->tiers[at - 1].start > start; at--)
            rate->tiers[at] = rate->tiers[at - 1];
        rate->tiers[at].start = start;
        rate->tiers[at].price = price;
        rate->tier_count++;
    }
}

static void read_rate(reader *r, const llmc__json *value, llmc__price_rate *rate) {
    if (is_unset(value))
        return;
    rate->known = true;
    if (llmc__json_type_of(value) == LLMC__JSON_OBJECT)
        read_tiers(r, value, rate);
    else if (!llmc__json_double(value, &rate->base))
        wrong(r, "a price is no number");
}

static void read_rates(reader *r, const llmc__json *prices, llmc__price_set *set) {
    /* A later name counts where an earlier one of the same class is not there. */
    static const struct {
        char name[23];
        uint8_t class; /* llmc__price_class */
    } rows[] = {
        {"input_mtok", LLMC__PRICE_INPUT},
        {"input_text_mtok", LLMC__PRICE_INPUT},
        {"cache_read_mtok", LLMC__PRICE_CACHE_READ},
        {"cache_text_read_mtok", LLMC__PRICE_CACHE_READ},
        {"cache_write_mtok", LLMC__PRICE_CACHE_WRITE},
        {"cache_text_write_mtok", LLMC__PRICE_CACHE_WRITE},
        {"output_mtok", LLMC__PRICE_OUTPUT},
        {"output_text_mtok", LLMC__PRICE_OUTPUT},
        {"output_reasoning_mtok", LLMC__PRICE_REASONING},
        {"reasoning_mtok", LLMC__PRICE_REASONING},
        {"input_audio_mtok", LLMC__PRICE_INPUT_AUDIO},
        {"cache_audio_read_mtok", LLMC__PRICE_CACHE_READ_AUDIO},
        {"output_audio_mtok", LLMC__PRICE_OUTPUT_AUDIO},
        {"requests_kcount", LLMC__PRICE_REQUEST},
    };
    if (llmc__json_type_of(prices) != LLMC__JSON_OBJECT)
        wrong(r, "prices are no object");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && r->status == LLMC_OK; i++)
        if (!set->rates[rows[i].class].known)
            read_rate(r, llmc__json_get(prices, rows[i].name), &set->rates[rows[i].class]);
}

/* Up to three numbers where the pattern has digits; false: the text does not begin as it. */
static bool read_numbers(const char *text, const char *pattern, int32_t numbers[3]) {
    numbers[0] = numbers[1] = numbers[2] = 0;
    for (; text && *pattern != '\0'; text++, pattern++) {
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
        if (*pattern == '0')
            *numbers = *numbers * 10 + (*text - '0');
        else
            numbers++;
    }
    return text != NULL;
}

/* "2026-09-01" */
static bool read_date(const char *text, uint32_t *days) {
    int32_t numbers[3];
    if (!read_numbers(text, "0000-00-00", numbers))
        return false;
    int32_t year = numbers[0], month = numbers[1], day = numbers[2];
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *days = (uint32_t)llmc__date_days(year, month, day);
    return true;
}

/* "00:30:00Z", UTC; fractions of a second are none. */
static bool read_time(const char *text, uint32_t *seconds) {
    int32_t numbers[3];
    if (!read_numbers(text, "00:00:00", numbers) || (text[8] != '\0' && !llmc__str_ieq_any(text + 8, "Z\0+00:00\0")))
        return false;
    *seconds = (uint32_t)(numbers[0] * 3600 + numbers[1] * 60 + numbers[2]);
    return numbers[0] <= 24 && numbers[1] <= 59 && numbers[2] <= 59;
}

static void read_bound(reader *r, const llmc__json *constraint, llmc__price_set *set) {
    const char *date = llmc__json_word(constraint, "start_date");
    const char *begin = llmc__json_word(constraint, "start_time"), *until = llmc__json_word(constraint, "end_time");
    if (is_unset(constraint))
        return;
    if (read_date(date, &set->date))
        set->bound = LLMC__PRICE_BY_DATE;
    else if (read_time(begin, &set->begin_s) && read_time(until, &set->end_s))
        set->bound = LLMC__PRICE_BY_TIME;
    else
        wrong(r, "a constraint is neither a date nor a time of day in UTC");
}

static size_t read_sets(reader *r, const llmc__json *prices) {
    size_t count = 0;
    memset(r->sets, 0, LLMC__PRICE_MAX_SETS * sizeof *r->sets);
    if (llmc__json_type_of(prices) != LLMC__JSON_ARRAY) {
        read_rates(r, prices, &r->sets[0]);
        return 1;
    }
    for (const llmc__json *one = llmc__json_first(prices); one && r->status == LLMC_OK; one = llmc__json_next(one)) {
        if (count == LLMC__PRICE_MAX_SETS) {
            wrong(r, "too many sets of prices");
            break;
        }
        read_bound(r, llmc__json_get(one, "constraint"), &r->sets[count]);
        read_rates(r, llmc__json_get(one, "prices"), &r->sets[count++]);
    }
    return count;
}

/* ---- models and providers ---- */

static void read_model(reader *r, const llmc__json *model) {
    size_t len = 0;
    r->model = text_of(r, llmc__json_get(model, "id"), &len);
    size_t count = read_sets(r, llmc__json_get(model, "prices"));
    if (r->status == LLMC_OK)
        note(r, llmc__price_file_model(r->file, r->sets, count),
             "a price is negative or too large, a tier out of order, or there are no prices");
    if (r->status == LLMC_OK)
        read_clause(r, llmc__json_get(model, "match"), 0);
    if (r->status == LLMC_OK)
        r->model = NULL;
}

static void read_fallback(reader *r, const llmc__json *id) {
    size_t len = 0;
    const char *text = text_of(r, id, &len);
    if (text)
        r->status = llmc__price_file_fallback(r->file, text, len);
}

/* The clause of its names, where it has one. */
static void read_names(reader *r, const llmc__json *names) {
    if (llmc__json_type_of(names) != LLMC__JSON_OBJECT)
        end(r);
    else if (r->status == LLMC_OK)
        read_clause(r, names, 0);
}

static void read_provider(reader *r, const llmc__json *provider) {
    const llmc__json *models = llmc__json_get(provider, "models");
    size_t id_len = 0, address_len = 0;
    const char *id = text_of(r, llmc__json_get(provider, "id"), &id_len);
    const char *address = text_of(r, llmc__json_get(provider, "api_pattern"), &address_len);
    if (!id || llmc__json_type_of(models) != LLMC__JSON_ARRAY) {
        wrong(r, "a provider has no id or no list of models");
        return;
    }
    r->provider = id;
    note(r, llmc__price_file_provider(r->file, id, id_len, address ? address : "", address_len),
         "api_pattern is a regular expression of a kind that is not understood");
    read_each(r, llmc__json_get(provider, "fallback_model_providers"), read_fallback);
    end(r);
    read_names(r, llmc__json_get(provider, "provider_match"));
    read_each(r, models, read_model);
    end(r);
    if (r->status == LLMC_OK)
        r->provider = NULL;
}

static void read_all(reader *r) {
    const llmc__json *root = llmc__json_root(r->doc);
    if (llmc__json_items(root) == NULL)
        wrong(r, "it is no list of providers");
    read_each(r, root, read_provider);
}

static llmc_status tell(const reader *r, const llmc__json_fault *fault, llmc_error *error) {
    const char *provider = r->provider ? r->provider : "", *model = r->model ? r->model : "";
    if (!r->doc && r->status == LLMC_ERR_INVALID_JSON)
        return llmc__error_set(error, r->status, "the prices are no JSON: %s at byte %zu", fault->reason,
                               fault->offset);
    if (r->status == LLMC_ERR_INVALID_JSON)
        return llmc__error_set(error, r->status,
                               "the prices are not in the genai-prices format: %s (provider \"%s\", model \"%s\")",
                               r->what, provider, model);
    if (r->status == LLMC_ERR_TOO_LARGE)
        return llmc__error_set(error, r->status,
                               "the prices are more than a table holds (provider \"%s\", model \"%s\")", provider,
                               model);
    return llmc__error_set(error, r->status, "no memory for the prices");
}

llmc_status llmc__price_reader_read(const char *json, size_t len, llmc__price_file **out, llmc_error *error) {
    llmc__json_fault fault = {0, ""};
    llmc__json_doc *doc = NULL;
    reader r = {.status = len <= MAX_FILE_BYTES ? LLMC_OK : LLMC_ERR_TOO_LARGE};
    *out = NULL;
    if (r.status == LLMC_OK)
        r.status = llmc__json_parse(json, len, &doc, &fault);
    r.doc = doc;
    if (r.status != LLMC_OK)
        goto done;
    r.file = llmc__price_file_new();
    r.sets = llmc__mem_calloc(LLMC__PRICE_MAX_SETS, sizeof *r.sets);
    if (r.file && r.sets)
        read_all(&r);
    else
        r.status = LLMC_ERR_NO_MEMORY;
    if (r.status != LLMC_OK)
        goto done;
    llmc__price_file_finish(r.file);
    *out = r.file;
    r.file = NULL;
done:
    if (r.status != LLMC_OK)
        (void)tell(&r, &fault, error);
    llmc__mem_free(r.sets);
    llmc__price_file_free(r.file);
    llmc__json_free(doc);
    return r.status;
}
