#include "model/price_file.h"

#include <string.h>
#include "base/mem.h"
#include "base/pattern.h"
#include "base/varint.h"

#define MAX_PRICE  1e9
#define MAX_VALUES 32768
#define MAX_BYTES  ((size_t)16 << 20)
/* Of the prices that are there already so many are looked at for one that is the same. */
#define MAX_LOOK 512

llmc__price_file *llmc__price_file_new(void) {
    llmc__price_file *file = llmc__mem_calloc(1, sizeof *file);
    if (!file)
        return NULL;
    llmc__buf_init(&file->providers, LLMC__PRICE_MAX_PROVIDERS * sizeof(llmc__price_provider));
    llmc__buf_init(&file->names, MAX_BYTES);
    llmc__buf_init(&file->prices, MAX_BYTES);
    llmc__buf_init(&file->values, MAX_VALUES * sizeof(double));
    return file;
}

void llmc__price_file_free(llmc__price_file *file) {
    if (!file)
        return;
    llmc__buf_free(&file->providers);
    llmc__buf_free(&file->names);
    llmc__buf_free(&file->prices);
    llmc__buf_free(&file->values);
    llmc__mem_free(file);
}

/* ---- names ---- */

static llmc_status put_text(llmc__price_file *file, const char *text, size_t len) {
    llmc_status status;
    if (len > LLMC__PRICE_MAX_TEXT)
        return LLMC_ERR_TOO_LARGE;
    status = llmc__buf_append(&file->names, text, len);
    return status == LLMC_OK ? llmc__price_file_end(file) : status;
}

/* In lower case: escapes of a pattern have a meaning by their case, so that patterns do not come here. */
static llmc_status put_name(llmc__price_file *file, const char *name, size_t len) {
    size_t at = file->names.len;
    llmc_status status = put_text(file, name, len);
    for (; status == LLMC_OK && at < file->names.len; at++)
        if (file->names.data[at] >= 'A' && file->names.data[at] <= 'Z')
            file->names.data[at] = (char)(file->names.data[at] + 32);
    return status;
}

llmc_status llmc__price_file_end(llmc__price_file *file) {
    return llmc__buf_append_char(&file->names, LLMC__CLAUSE_NONE);
}

llmc_status llmc__price_file_open(llmc__price_file *file, llmc__price_clause kind) {
    return llmc__buf_append_char(&file->names, (char)kind);
}

llmc_status llmc__price_file_text(llmc__price_file *file, llmc__price_clause kind, const char *text, size_t len) {
    llmc_status status;
    if (kind == LLMC__CLAUSE_REGEX && !llmc__pattern_valid(text, len))
        return LLMC_ERR_INVALID_ARGUMENT;
    status = llmc__price_file_open(file, kind);
    if (status != LLMC_OK)
        return status;
    return kind == LLMC__CLAUSE_REGEX ? put_text(file, text, len) : put_name(file, text, len);
}

llmc_status llmc__price_file_provider(llmc__price_file *file, const char *id, size_t id_len, const char *address,
                                      size_t address_len) {
    llmc__price_provider one = {(uint32_t)file->names.len, (uint32_t)file->prices.len};
    llmc_status status;
    if (!llmc__pattern_valid(address, address_len))
        return LLMC_ERR_INVALID_ARGUMENT;
    status = put_name(file, id, id_len);
    if (status == LLMC_OK)
        status = put_text(file, address, address_len);
    return status == LLMC_OK ? llmc__buf_append(&file->providers, &one, sizeof one) : status;
}

/* An empty text is the end of them. */
llmc_status llmc__price_file_fallback(llmc__price_file *file, const char *id, size_t len) {
    return len ? put_name(file, id, len) : LLMC_OK;
}

/* ---- prices ---- */

static llmc_status put_number(llmc__price_file *file, uint32_t number) {
    unsigned char bytes[LLMC__VARINT_BYTES];
    return llmc__buf_append(&file->prices, bytes, llmc__varint_put(bytes, number));
}

/* Its place among the values, and `more`. */
static llmc_status put_value(llmc__price_file *file, double value, uint32_t more) {
    uint32_t count = (uint32_t)(file->values.len / sizeof value);
    double there;
    llmc_status status;
    if (!(value >= 0 && value <= MAX_PRICE)) /* NaN too */
        return LLMC_ERR_INVALID_ARGUMENT;
    for (uint32_t i = 0; i < count && i < MAX_LOOK; i++) {
        memcpy(&there, file->values.data + i * sizeof there, sizeof there);
        if (there <= value && there >= value)
            return put_number(file, i + more);
    }
    status = llmc__buf_append(&file->values, &value, sizeof value);
    return status == LLMC_OK ? put_number(file, count + more) : status;
}

static llmc_status put_rate(llmc__price_file *file, const llmc__price_rate *rate) {
    int64_t before = -1;
    llmc_status status;
    if (rate->tier_count == 0)
        return put_value(file, rate->base, 1);
    status = put_number(file, 0);
    if (status == LLMC_OK)
        status = put_value(file, rate->base, 0);
    if (status == LLMC_OK)
        status = put_number(file, (uint32_t)rate->tier_count);
    for (size_t i = 0; i < rate->tier_count && status == LLMC_OK; i++) {
        int64_t start = rate->tiers[i].start;
        if (start <= before || start > UINT32_MAX)
            return LLMC_ERR_INVALID_ARGUMENT;
        before = start;
        status = put_number(file, (uint32_t)start);
        if (status == LLMC_OK)
            status = put_value(file, rate->tiers[i].price, 0);
    }
    return status;
}

static llmc_status put_set(llmc__price_file *file, const llmc__price_set *set, bool more) {
    uint32_t flags = set->bound | (more ? LLMC__PRICE_MORE : 0);
    llmc_status status;
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES; c++)
        flags |= set->rates[c].known ? 1u << c : 0;
    status = put_number(file, flags);
    if (status == LLMC_OK && set->bound)
        status = put_number(file, set->bound == LLMC__PRICE_BY_DATE ? set->date : set->begin_s);
    if (status == LLMC_OK && set->bound == LLMC__PRICE_BY_TIME)
        status = put_number(file, set->end_s);
    for (unsigned c = 0; c < LLMC__PRICE_CLASSES && status == LLMC_OK; c++)
        if (set->rates[c].known)
            status = put_rate(file, &set->rates[c]);
    return status;
}

llmc_status llmc__price_file_model(llmc__price_file *file, const llmc__price_set *sets, size_t count) {
    llmc_status status = count ? LLMC_OK : LLMC_ERR_INVALID_ARGUMENT;
    for (size_t i = 0; i < count && status == LLMC_OK; i++)
        status = put_set(file, &sets[i], i + 1 < count);
    return status;
}

/* ---- the end ---- */

void llmc__price_file_finish(llmc__price_file *file) {
    file->table = (llmc__price_table){
        .providers = (const llmc__price_provider *)(const void *)file->providers.data,
        .names = file->names.data,
        .prices = (const unsigned char *)file->prices.data,
        .values = (const double *)(const void *)file->values.data,
        .provider_count = (uint32_t)(file->providers.len / sizeof(llmc__price_provider)),
    };
}
