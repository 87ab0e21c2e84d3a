#include "model/price_file.h"

#include <string.h>
#include "base/mem.h"
#include "base/pattern.h"

#define MAX_PRICE 1e9
#define MAX_WORDS ((size_t)4 << 20)
/* Of the prices that are there already so many are looked at for one that is the same. */
#define MAX_LOOK 512

llmc__price_file *llmc__price_file_new(void) {
    llmc__price_file *file = llmc__mem_calloc(1, sizeof *file);
    if (!file)
        return NULL;
    llmc__buf_init(&file->providers, LLMC__PRICE_MAX_PROVIDERS * sizeof(llmc__price_provider));
    llmc__buf_init(&file->words, MAX_WORDS * sizeof(uint32_t));
    llmc__buf_init(&file->prices, (size_t)LLMC__PRICE_TIERED * 16 * sizeof(uint16_t));
    llmc__buf_init(&file->fallbacks, (size_t)UINT16_MAX * sizeof(uint16_t));
    llmc__buf_init(&file->values, (size_t)LLMC__PRICE_TIERED * sizeof(double));
    llmc__buf_init(&file->text, ((size_t)1 << LLMC__PRICE_TEXT_BITS) - 1);
    return file;
}

void llmc__price_file_free(llmc__price_file *file) {
    if (!file)
        return;
    llmc__buf_free(&file->providers);
    llmc__buf_free(&file->words);
    llmc__buf_free(&file->prices);
    llmc__buf_free(&file->fallbacks);
    llmc__buf_free(&file->values);
    llmc__buf_free(&file->text);
    llmc__mem_free(file);
}

/* ---- names ---- */

static llmc_status put_word(llmc__price_file *file, uint32_t word) {
    return llmc__buf_append(&file->words, &word, sizeof word);
}

static size_t word_count(const llmc__price_file *file) {
    return file->words.len / sizeof(uint32_t);
}

static llmc_status put_text(llmc__price_file *file, const char *text, size_t len, uint32_t *word) {
    size_t at = file->text.len;
    llmc_status status;
    if (len >= (size_t)1 << LLMC__PRICE_LEN_BITS)
        return LLMC_ERR_TOO_LARGE;
    status = llmc__buf_append(&file->text, text, len);
    *word = (uint32_t)at | (uint32_t)len << LLMC__PRICE_TEXT_BITS;
    return status;
}

/* Escapes of a pattern have a meaning by their case; find takes no notice of that of its other letters. */
static void lower(char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + 32);
}

llmc_status llmc__price_file_text(llmc__price_file *file, llmc__price_clause kind, const char *text, size_t len) {
    uint32_t word = 0;
    llmc_status status;
    if (kind == LLMC__CLAUSE_REGEX && !llmc__pattern_valid(text, len))
        return LLMC_ERR_INVALID_ARGUMENT;
    status = put_text(file, text, len, &word);
    if (status == LLMC_OK && kind != LLMC__CLAUSE_REGEX && len)
        lower(file->text.data + file->text.len - len, len);
    return status == LLMC_OK ? put_word(file, word | (uint32_t)kind << LLMC__PRICE_KIND_SHIFT) : status;
}

llmc_status llmc__price_file_open(llmc__price_file *file, llmc__price_clause kind, size_t *at) {
    *at = word_count(file);
    return put_word(file, (uint32_t)kind << LLMC__PRICE_KIND_SHIFT);
}

void llmc__price_file_close(llmc__price_file *file, size_t at) {
    uint32_t *words = (uint32_t *)(void *)file->words.data;
    words[at] |= (uint32_t)(word_count(file) - at - 1);
}

/* ---- providers and models ---- */

static llmc__price_provider *provider_at(llmc__price_file *file, size_t index) {
    return (llmc__price_provider *)(void *)file->providers.data + index;
}

static size_t provider_count(const llmc__price_file *file) {
    return file->providers.len / sizeof(llmc__price_provider);
}

llmc_status llmc__price_file_provider(llmc__price_file *file, const char *id, size_t id_len, const char *address,
                                      size_t address_len) {
    llmc__price_provider one = {.names = LLMC__PRICE_NONE, .models = (uint32_t)word_count(file)};
    llmc_status status;
    if (!llmc__pattern_valid(address, address_len))
        return LLMC_ERR_INVALID_ARGUMENT;
    status = put_text(file, id, id_len, &one.id);
    if (status == LLMC_OK && id_len)
        lower(file->text.data + file->text.len - id_len, id_len);
    if (status == LLMC_OK)
        status = put_text(file, address, address_len, &one.address);
    return status == LLMC_OK ? llmc__buf_append(&file->providers, &one, sizeof one) : status;
}

/* Its models follow the clause of its names, whose length is not known yet. */
void llmc__price_file_names(llmc__price_file *file) {
    llmc__price_provider *last = provider_at(file, provider_count(file) - 1);
    last->names = (uint32_t)word_count(file);
}

/* ---- prices ---- */

static llmc_status put_short(llmc__price_file *file, uint32_t number) {
    uint16_t word = (uint16_t)number;
    return llmc__buf_append(&file->prices, &word, sizeof word);
}

static llmc_status put_two(llmc__price_file *file, uint32_t number) {
    llmc_status status = put_short(file, number >> 16);
    return status == LLMC_OK ? put_short(file, number & 0xffff) : status;
}

static llmc_status put_value(llmc__price_file *file, double value, uint16_t *ref) {
    size_t count = file->values.len / sizeof value;
    double there;
    if (!(value >= 0 && value <= MAX_PRICE)) /* NaN too */
        return LLMC_ERR_INVALID_ARGUMENT;
    for (size_t i = 0; i < count && i < MAX_LOOK; i++) {
        memcpy(&there, file->values.data + i * sizeof there, sizeof there);
        if (there <= value && there >= value) {
            *ref = (uint16_t)i;
            return LLMC_OK;
        }
    }
    *ref = (uint16_t)count;
    return llmc__buf_append(&file->values, &value, sizeof value);
}

/* The tiers go before the sets that use them. */
static llmc_status put_tiers(llmc__price_file *file, const llmc__price_rate *rate, uint16_t *ref) {
    size_t at = file->prices.len / sizeof(uint16_t);
    uint16_t value = 0;
    llmc_status status = put_value(file, rate->base, &value);
    if (at >= LLMC__PRICE_TIERED)
        return LLMC_ERR_TOO_LARGE;
    *ref = (uint16_t)(at | LLMC__PRICE_TIERED);
    if (status == LLMC_OK)
        status = put_short(file, value);
    if (status == LLMC_OK)
        status = put_short(file, (uint32_t)rate->tier_count);
    for (size_t i = 0; i < rate->tier_count && status == LLMC_OK; i++) {
        int64_t before = i ? rate->tiers[i - 1].start : -1;
        if (rate->tiers[i].start <= before || rate->tiers[i].start > UINT32_MAX)
            return LLMC_ERR_INVALID_ARGUMENT;
        status = put_value(file, rate->tiers[i].price, &value);
        if (status == LLMC_OK)
            status = put_two(file, (uint32_t)rate->tiers[i].start);
        if (status == LLMC_OK)
            status = put_short(file, value);
    }
    return status;
}

static llmc_status put_rates(llmc__price_file *file, const llmc__price_set *set, uint16_t refs[LLMC__PRICE_CLASSES]) {
    llmc_status status = LLMC_OK;
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES && status == LLMC_OK; c++) {
        const llmc__price_rate *rate = &set->rates[c];
        if (rate->known && rate->tier_count)
            status = put_tiers(file, rate, &refs[c]);
        else if (rate->known)
            status = put_value(file, rate->base, &refs[c]);
    }
    return status;
}

static llmc_status put_set(llmc__price_file *file, const llmc__price_set *set, const uint16_t *refs, bool more) {
    uint32_t flags = set->bound | (more ? LLMC__PRICE_MORE : 0);
    llmc_status status;
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES; c++)
        flags |= set->rates[c].known ? 1u << c : 0;
    status = put_short(file, flags);
    if (status == LLMC_OK && set->bound == LLMC__PRICE_BY_DATE)
        status = set->date <= UINT16_MAX ? put_short(file, set->date) : LLMC_ERR_INVALID_ARGUMENT;
    if (status == LLMC_OK && set->bound == LLMC__PRICE_BY_TIME)
        status = put_two(file, set->begin_s);
    if (status == LLMC_OK && set->bound == LLMC__PRICE_BY_TIME)
        status = put_two(file, set->end_s);
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES && status == LLMC_OK; c++)
        if (set->rates[c].known)
            status = put_short(file, refs[c]);
    return status;
}

llmc_status llmc__price_file_model(llmc__price_file *file, const llmc__price_set *sets, size_t count) {
    uint16_t refs[LLMC__PRICE_MAX_SETS][LLMC__PRICE_CLASSES] = {{0}};
    llmc__price_provider *last = provider_at(file, provider_count(file) - 1);
    llmc_status status = LLMC_OK;
    size_t at;
    if (count == 0 || count > LLMC__PRICE_MAX_SETS || last->model_count == LLMC__PRICE_MAX_MODELS)
        return count ? LLMC_ERR_TOO_LARGE : LLMC_ERR_INVALID_ARGUMENT;
    if (last->model_count++ == 0)
        last->models = (uint32_t)word_count(file);
    for (size_t i = 0; i < count && status == LLMC_OK; i++)
        status = put_rates(file, &sets[i], refs[i]);
    at = file->prices.len / sizeof(uint16_t);
    for (size_t i = 0; i < count && status == LLMC_OK; i++)
        status = put_set(file, &sets[i], refs[i], i + 1 < count);
    return status == LLMC_OK ? put_word(file, (uint32_t)at) : status;
}

/* ---- the end ---- */

void llmc__price_file_finish(llmc__price_file *file) {
    file->table = (llmc__price_table){
        .providers = provider_at(file, 0),
        .words = (const uint32_t *)(const void *)file->words.data,
        .prices = (const uint16_t *)(const void *)file->prices.data,
        .fallbacks = (const uint16_t *)(const void *)file->fallbacks.data,
        .values = (const double *)(const void *)file->values.data,
        .text = llmc__buf_str(&file->text),
        .provider_count = (uint32_t)provider_count(file),
    };
}

llmc_status llmc__price_file_fallback(llmc__price_file *file, uint32_t provider, const char *id, size_t len) {
    llmc__price_provider *one = provider_at(file, provider);
    uint16_t index, count = (uint16_t)provider_count(file);
    llmc_status status;
    for (index = 0; index < count; index++) {
        uint32_t word = provider_at(file, index)->id;
        size_t id_len = word >> LLMC__PRICE_TEXT_BITS;
        if (id_len == len && memcmp(file->text.data + (word & ((1u << LLMC__PRICE_TEXT_BITS) - 1)), id, len) == 0)
            break;
    }
    if (index == count)
        return LLMC_OK;
    if (one->fallback_count == 0)
        one->fallback_at = (uint16_t)(file->fallbacks.len / sizeof index);
    status = llmc__buf_append(&file->fallbacks, &index, sizeof index);
    one->fallback_count = (uint16_t)(one->fallback_count + (status == LLMC_OK));
    return status;
}
