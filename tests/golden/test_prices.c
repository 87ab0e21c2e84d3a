/*
 * The table of prices that the library carries, and the same file read at run time, against the published JSON: every
 * provider, model, clause, tier and bound. And what the recorded answers cost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "model/prices.h"
#include "provider/price_reader.h"
#include "support_prices.h"

typedef struct fixture {
    char *text;
    size_t len;
    published from;
    llmc__json_doc *doc;
    llmc__price_file *file;
} fixture;

static fixture f;
static size_t compared, differences;

static bool is_here(void) {
    if (f.text == NULL)
        printf("no published prices here (LLMC_PRICES_FILE or ../shared/prices): skipped\n");
    return f.text != NULL;
}

static const char *id_of(const llmc__json *object) {
    return llmc__json_string(f.doc, llmc__json_get(object, "id"), NULL);
}

/* ---- one model at many moments and lengths ---- */

/* Seconds since 1970 and the same as a date, by the C library. */
typedef struct moment {
    int64_t wall_s, date, second;
} moment;

static const moment moments[] = {
    {1735689600, 20250101, 0},     {1749513599, 20250609, 86399}, {1749513600, 20250610, 0},
    {1773359999, 20260312, 86399}, {1773360000, 20260313, 0},     {1788220799, 20260831, 86399},
    {1788220800, 20260901, 0},     {1788222599, 20260901, 1799},  {1788222600, 20260901, 1800},
    {1788280199, 20260901, 59399}, {1788280200, 20260901, 59400}, {4102444799, 20991231, 86399},
};
static const int64_t lengths[] = {0,      1,      127999, 128000, 128001, 200000,
                                  200001, 272000, 272001, 512000, 512001, 5000000};

static const struct {
    const char *field;
    size_t offset;
    long double unit;
} fields[] = {
    {"input_mtok", offsetof(llmc_price, input_mtok_usd), 1},
    {"cache_read_mtok", offsetof(llmc_price, cache_read_mtok_usd), 1},
    {"cache_write_mtok", offsetof(llmc_price, cache_write_mtok_usd), 1},
    {"output_mtok", offsetof(llmc_price, output_mtok_usd), 1},
    {"input_audio_mtok", offsetof(llmc_price, input_audio_mtok_usd), 1},
    {"cache_audio_read_mtok", offsetof(llmc_price, cache_read_audio_mtok_usd), 1},
    {"output_audio_mtok", offsetof(llmc_price, output_audio_mtok_usd), 1},
    {"requests_kcount", offsetof(llmc_price, request_usd), 1000},
};

static void same_price(const char *name, const llmc_price *got, const llmc__json *set, int64_t tokens_in) {
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        long double want = published_price(&f.from, set, fields[i].field, tokens_in), is;
        double value;
        memcpy(&value, (const char *)got + fields[i].offset, sizeof value);
        is = value;
        want = want < 0 ? -1 : want / fields[i].unit;
        compared++;
        if (is - want > 1e-12L || want - is > 1e-12L) {
            printf("    %s, %s at %lld tokens: %Lg, published %Lg\n", name, fields[i].field, (long long)tokens_in, is,
                   want);
            differences++;
        }
    }
}

static void same_model(const llmc__price_table *table, uint32_t prices, const llmc__json *model) {
    for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++)
        for (size_t n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
            llmc_price price = LLMC_PRICE_INIT;
            llmc__price_read(table, prices, lengths[n], moments[m].wall_s, &price);
            same_price(id_of(model), &price, published_set(&f.from, model, moments[m].date, moments[m].second),
                       lengths[n]);
        }
}

/* ---- names ---- */

static void same_name(const llmc__price_table *table, uint32_t index, const llmc__json *provider, const char *name) {
    const llmc__json *model = published_model(&f.from, provider, name);
    uint32_t prices = llmc__price_model_find(table, index, name);
    llmc_price price = LLMC_PRICE_INIT;
    compared++;
    if ((model == NULL) != (prices == LLMC__PRICE_NONE)) {
        printf("    %s/%s: %s, published %s\n", id_of(provider), name, prices == LLMC__PRICE_NONE ? "none" : "found",
               model == NULL ? "none" : id_of(model));
        differences++;
    } else if (model != NULL) {
        llmc__price_read(table, prices, 1000, moments[6].wall_s, &price);
        same_price(name, &price, published_set(&f.from, model, moments[6].date, moments[6].second), 1000);
    }
}

/* Each text of a clause as a name, and names near it. */
static void try_clause(const llmc__price_table *table, uint32_t index, const llmc__json *provider,
                       const llmc__json *clause) {
    const llmc__json *member = llmc__json_first(clause);
    const char *text = llmc__json_string(f.doc, member, NULL);
    char name[256];
    if (text == NULL) {
        for (const llmc__json *part = llmc__json_first(member); part != NULL; part = llmc__json_next(part))
            try_clause(table, index, provider, part);
        return;
    }
    same_name(table, index, provider, text);
    (void)snprintf(name, sizeof name, "%s-20251231", text);
    same_name(table, index, provider, name);
    (void)snprintf(name, sizeof name, "x%s", text);
    same_name(table, index, provider, name);
    (void)snprintf(name, sizeof name, "%.*s", (int)strlen(text) - 1, text);
    same_name(table, index, provider, name);
    for (size_t i = 0; text[i] != '\0'; i++)
        name[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
    name[strlen(text)] = '\0';
    same_name(table, index, provider, name);
}

static void same_table(const llmc__price_table *table) {
    uint32_t index = 0;
    size_t models = 0;
    for (const llmc__json *p = llmc__json_first(f.from.root); p != NULL; p = llmc__json_next(p), index++) {
        const llmc__json *model = llmc__json_first(llmc__json_get(p, "models"));
        assert_int_equal(llmc__price_provider_find(table, id_of(p), NULL), index);
        for (; model != NULL; model = llmc__json_next(model), models++) {
            const llmc__json *first = published_model(&f.from, p, id_of(model));
            uint32_t prices = llmc__price_model_find(table, index, id_of(model));
            if (first != NULL && prices != LLMC__PRICE_NONE)
                same_model(table, prices, first);
            same_name(table, index, p, id_of(model));
            try_clause(table, index, p, llmc__json_get(model, "match"));
        }
    }
    assert_int_equal(index, table->provider_count);
    printf("%u providers, %zu models, %zu comparisons, %zu differences\n", (unsigned)index, models, compared,
           differences);
    assert_true(models > 1000);
    assert_int_equal(differences, 0);
}

static void test_the_table_carried(void **state) {
    (void)state;
    if (!is_here())
        skip();
    compared = differences = 0;
    same_table(llmc__prices());
}

static void test_the_file_read(void **state) {
    (void)state;
    if (!is_here())
        skip();
    compared = differences = 0;
    same_table(&f.file->table);
}

/* Names by which programs and this library call providers. */
static void test_names_of_providers(void **state) {
    static const char *const names[] = {
        "openai",   "openai-responses", "anthropic",        "gemini",       "vertex_ai",  "bedrock",
        "azure",    "cohere",           "mistral",          "ollama",       "groq",       "deepseek",
        "xai",      "moonshot",         "together_ai",      "fireworks_ai", "openrouter", "perplexity",
        "cerebras", "huggingface",      "huggingface_groq", "amazon",       "my-openai",  "none",
    };
    (void)state;
    if (!is_here())
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const llmc__json *want = published_provider(&f.from, names[i]);
        uint32_t index = 0, got = llmc__price_provider_find(llmc__prices(), names[i], NULL);
        const llmc__json *p = llmc__json_first(f.from.root);
        for (; p != NULL && p != want; p = llmc__json_next(p))
            index++;
        if (got != (want != NULL ? index : LLMC__PRICE_NONE))
            fail_msg("%s: is %u, published %s", names[i], (unsigned)got, want != NULL ? id_of(want) : "none");
    }
}

static int open_all(void **state) {
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    f.text = published_text(&f.len);
    if (f.text == NULL)
        return 0;
    f.doc = published_read(f.text, f.len);
    if (f.doc == NULL || llmc__price_reader_read(f.text, f.len, &f.file, &error) != LLMC_OK)
        return printf("%s\n", error.message != NULL ? error.message : "the prices cannot be read");
    f.from = (published){f.doc, llmc__json_root(f.doc)};
    return 0;
}

static int close_all(void **state) {
    (void)state;
    llmc__price_file_free(f.file);
    llmc__json_free(f.doc);
    free(f.text);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_carried),
        cmocka_unit_test(test_the_file_read),
        cmocka_unit_test(test_names_of_providers),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
