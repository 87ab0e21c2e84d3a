/* Files of prices: what they mean, what is refused and how it is told, and that no damaged one does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/price_reader.h"
#include "support_random.h"

#define FILE_OF(models)   "[{\"id\":\"P\",\"api_pattern\":\"https://p\\\\.example\",\"models\":[" models "]}]"
#define MODEL_OF(prices)  "{\"id\":\"m\",\"match\":{\"equals\":\"M\"},\"prices\":" prices "}"
#define PRICES_OF(prices) FILE_OF(MODEL_OF(prices))

static llmc__price_file *read_ok(const char *json) {
    llmc__price_file *file = NULL;
    llmc_error error;
    llmc__error_init(&error);
    if (llmc__price_reader_read(json, strlen(json), &file, &error) != LLMC_OK)
        fail_msg("%s: %s", json, error.message);
    return file;
}

static llmc_price price_at(const llmc__price_file *file, const char *model, int64_t tokens, int64_t wall_s) {
    llmc_price price = LLMC_PRICE_INIT;
    uint32_t found = llmc__price_model_find(&file->table, 0, model);
    if (found != LLMC__PRICE_NONE)
        llmc__price_read(&file->table, found, tokens, wall_s, &price);
    return price;
}

static void assert_price(double got, double want) {
    if (got < want || got > want)
        fail_msg("%g, should be %g", got, want);
}

static void test_names(void **state) {
    static const char json[] =
        "[{\"id\":\"one\",\"models\":[]},{\"id\":\"two\",\"api_pattern\":\"https://(.*\\\\.)?two\\\\.example\","
        "\"provider_match\":{\"and\":[{\"contains\":\"tw\"},{\"ends_with\":\"X\"}]},"
        "\"fallback_model_providers\":[\"three\",\"nobody\"],\"models\":[{\"id\":\"a\",\"match\":{\"or\":[{\"equals\":"
        "\"A\"},{\"starts_with\":\"b-\"},{\"regex\":\"^c\\\\d+$\"}]},\"prices\":{\"input_mtok\":1}}]},"
        "{\"id\":\"three\",\"models\":[{\"id\":\"d\",\"match\":{\"contains\":\"d\"},\"prices\":{\"input_mtok\":2}}]}]";
    llmc__price_file *file = read_ok(json);
    const llmc__price_table *table = &file->table;
    (void)state;
    assert_int_equal(llmc__price_provider_find(table, "ONE", NULL), 0);
    assert_int_equal(llmc__price_provider_find(table, "twx", NULL), 1);
    assert_int_equal(llmc__price_provider_find(table, "tw", NULL), LLMC__PRICE_NONE);
    assert_int_equal(llmc__price_provider_find(table, "mine", "https://eu.two.example/v1"), 1);
    assert_int_equal(llmc__price_provider_find(table, "mine", "http://x/?https://two.example"), LLMC__PRICE_NONE);
    assert_int_not_equal(llmc__price_model_find(table, 1, "a"), LLMC__PRICE_NONE);
    assert_int_not_equal(llmc__price_model_find(table, 1, "B-1"), LLMC__PRICE_NONE);
    assert_int_not_equal(llmc__price_model_find(table, 1, "C12"), LLMC__PRICE_NONE);
    assert_int_equal(llmc__price_model_find(table, 1, "c12x"), LLMC__PRICE_NONE);
    assert_int_not_equal(llmc__price_model_find(table, 1, "xdx"), LLMC__PRICE_NONE); /* of the fallback */
    assert_int_equal(llmc__price_model_find(table, 2, "a"), LLMC__PRICE_NONE);
    assert_int_equal(llmc__price_model_find(table, 0, "a"), LLMC__PRICE_NONE);
    llmc__price_file_free(file);
}

static void test_tiers_in_any_order(void **state) {
    llmc__price_file *file = read_ok(
        PRICES_OF("{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":200,\"price\":3},{\"start\":100,\"price\":2}]},"
                  "\"output_text_mtok\":7,\"requests_kcount\":5,\"output_reasoning_mtok\":9,\"unknown\":1}"));
    (void)state;
    assert_price(price_at(file, "m", 100, 0).input_mtok_usd, 1);
    assert_price(price_at(file, "m", 101, 0).input_mtok_usd, 2);
    assert_price(price_at(file, "m", 200, 0).input_mtok_usd, 2);
    assert_price(price_at(file, "m", 201, 0).input_mtok_usd, 3);
    assert_price(price_at(file, "m", 0, 0).output_mtok_usd, 7);
    assert_price(price_at(file, "m", 0, 0).reasoning_mtok_usd, 9);
    assert_price(price_at(file, "m", 0, 0).request_usd, 0.005);
    assert_price(price_at(file, "m", 0, 0).cache_read_mtok_usd, -1);
    llmc__price_file_free(file);
}

/* The last set that is active holds; the first when none is. */
static void test_bounds(void **state) {
    llmc__price_file *file = read_ok(PRICES_OF(
        "[{\"constraint\":{\"start_date\":\"2024-02-29\"},\"prices\":{\"input_mtok\":1}},"
        "{\"constraint\":{\"start_date\":\"2025-01-01\"},\"prices\":{\"input_mtok\":2}},"
        "{\"constraint\":{\"start_time\":\"22:00:00\",\"end_time\":\"23:00:00Z\"},\"prices\":{\"input_mtok\":3}}]"));
    (void)state;
    assert_price(price_at(file, "m", 0, 1709164799).input_mtok_usd, 1); /* before all of them */
    assert_price(price_at(file, "m", 0, 1709164800).input_mtok_usd, 1); /* 2024-02-29 00:00:00 */
    assert_price(price_at(file, "m", 0, 1735689599).input_mtok_usd, 1);
    assert_price(price_at(file, "m", 0, 1735689600).input_mtok_usd, 2); /* 2025-01-01 00:00:00 */
    assert_price(price_at(file, "m", 0, 1735689600 + 79199).input_mtok_usd, 2);
    assert_price(price_at(file, "m", 0, 1735689600 + 79200).input_mtok_usd, 3); /* 22:00:00 */
    assert_price(price_at(file, "m", 0, 1735689600 + 82799).input_mtok_usd, 3);
    assert_price(price_at(file, "m", 0, 1735689600 + 82800).input_mtok_usd, 2);
    assert_price(price_at(file, "m", 0, 79200).input_mtok_usd, 3);
    llmc__price_file_free(file);
}

#define TIERS_9                                                                                                        \
    "{\"start\":1,\"price\":1},{\"start\":2,\"price\":1},{\"start\":3,\"price\":1},{\"start\":4,\"price\":1},"         \
    "{\"start\":5,\"price\":1},{\"start\":6,\"price\":1},{\"start\":7,\"price\":1},{\"start\":8,\"price\":1},"         \
    "{\"start\":9,\"price\":1}"
#define NESTED_9                                                                                                       \
    "{\"or\":[{\"or\":[{\"or\":[{\"or\":[{\"or\":[{\"or\":[{\"or\":[{\"or\":[{\"or\":[{\"equals\":\"x\"}]}]}]}]}]}]}]" \
    "}]}]}"

static void test_refused(void **state) {
    static const struct {
        const char *json, *words;
    } rows[] = {
        {"", "no JSON"},
        {"[", "no JSON"},
        {"{}", "no list of providers"},
        {"[]", "no list of providers"},
        {"[1]", "no id"},
        {"[{\"id\":\"p\"}]", "no list of models"},
        {"[{\"id\":\"p\",\"models\":[],\"api_pattern\":\"(\"}]", "api_pattern"},
        {"[{\"id\":\"p\",\"models\":[],\"provider_match\":{\"like\":\"p\"}}]", "clause of a kind"},
        {FILE_OF("{\"id\":\"m\",\"match\":{\"equals\":\"m\"}}"), "prices are no object (provider \"P\", model \"m\")"},
        {FILE_OF("{\"id\":\"m\",\"prices\":{\"input_mtok\":1}}"), "clause of a kind"},
        {FILE_OF("{\"id\":\"m\",\"match\":{\"equals\":1},\"prices\":{}}"), "clause of a kind"},
        {FILE_OF("{\"id\":\"m\",\"match\":{\"equals\":\"a\\u0000b\"},\"prices\":{}}"), "clause of a kind"},
        {FILE_OF("{\"id\":\"m\",\"match\":{\"or\":1},\"prices\":{}}"), "without a list"},
        {FILE_OF("{\"id\":\"m\",\"match\":" NESTED_9 ",\"prices\":{}}"), "nested too deep"},
        {FILE_OF("{\"id\":\"m\",\"match\":{\"regex\":\"(?=x)\"},\"prices\":{}}"), "regular expression"},
        {PRICES_OF("[]"), "there are no prices"},
        {PRICES_OF("{\"input_mtok\":\"1\"}"), "no number"},
        {PRICES_OF("{\"input_mtok\":-1}"), "negative"},
        {PRICES_OF("{\"input_mtok\":1e300}"), "too large"},
        {PRICES_OF("{\"input_mtok\":{\"tiers\":[]}}"), "no base"},
        {PRICES_OF("{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":5}]}}"), "no start or no price"},
        {PRICES_OF("{\"input_mtok\":{\"base\":1,\"tiers\":[" TIERS_9 "]}}"), "too many"},
        {PRICES_OF("{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":-5,\"price\":1}]}}"), "out of order"},
        {PRICES_OF("{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":5,\"price\":1},{\"start\":5,\"price\":2}]}}"),
         "out of order"},
        {PRICES_OF("{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":5000000000,\"price\":1}]}}"), "out of order"},
        {PRICES_OF("[{\"constraint\":{\"start_date\":\"2025-13-01\"},\"prices\":{}}]"), "neither a date nor a time"},
        {PRICES_OF("[{\"constraint\":{\"start_date\":\"20250101\"},\"prices\":{}}]"), "neither a date nor a time"},
        {PRICES_OF("[{\"constraint\":{\"start_time\":\"25:00:00Z\",\"end_time\":\"01:00:00Z\"},\"prices\":{}}]"),
         "neither a date nor a time"},
        {PRICES_OF("[{\"constraint\":{\"start_time\":\"01:00:00+02:00\",\"end_time\":\"02:00:00Z\"},\"prices\":{}}]"),
         "neither a date nor a time"},
        {PRICES_OF("[{\"constraint\":{\"weekday\":1},\"prices\":{}}]"), "neither a date nor a time"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc__price_file *file = NULL;
        llmc_error error;
        llmc__error_init(&error);
        assert_int_equal(llmc__price_reader_read(rows[i].json, strlen(rows[i].json), &file, &error),
                         LLMC_ERR_INVALID_JSON);
        assert_null(file);
        if (!strstr(error.message, rows[i].words))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].json, error.message, rows[i].words);
        llmc__error_clear(&error);
    }
}

static void test_too_large(void **state) {
    static const char head[] = "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"match\":{\"equals\":\"";
    static const char tail[] = "\"},\"prices\":{\"input_mtok\":1}}]}]";
    char json[1024];
    (void)state;
    for (int len = 510; len <= 512; len++) {
        size_t at = sizeof head - 1;
        llmc__price_file *file = NULL;
        llmc_error error;
        llmc__error_init(&error);
        memcpy(json, head, at);
        memset(json + at, 'x', (size_t)len);
        memcpy(json + at + len, tail, sizeof tail);
        assert_int_equal(llmc__price_reader_read(json, strlen(json), &file, &error),
                         len < 512 ? LLMC_OK : LLMC_ERR_TOO_LARGE);
        llmc__error_clear(&error);
        llmc__price_file_free(file);
    }
}

/* Cut anywhere, and with any byte changed: read or refused, never more. */
static void test_damage(void **state) {
    static const char json[] =
        "[{\"id\":\"p\",\"api_pattern\":\"a(b|c)*[d-f]{2,3}\",\"provider_match\":{\"or\":[{\"contains\":\"p\"}]},"
        "\"fallback_model_providers\":[\"p\"],\"models\":[{\"id\":\"m\",\"match\":{\"and\":[{\"regex\":\"^m\\\\d$\"},"
        "{\"or\":[{\"equals\":\"m1\"},{\"starts_with\":\"m2\"}]}]},\"prices\":[{\"prices\":{\"input_mtok\":{\"base\":1,"
        "\"tiers\":[{\"start\":200,\"price\":3}]},\"output_mtok\":2}},{\"constraint\":{\"start_date\":\"2025-06-10\"},"
        "\"prices\":{\"requests_kcount\":3}},{\"constraint\":{\"start_time\":\"00:30:00Z\",\"end_time\":\"16:30:00Z\"},"
        "\"prices\":{}}]}]}]";
    uint32_t steps = support_random_steps(20000), read = 0;
    support_random random;
    (void)state;
    support_random_begin(&random, "damaged prices");
    for (uint32_t i = 0; i < steps; i++) {
        size_t len = i < sizeof json ? i : sizeof json - 1;
        char *copy = malloc(len + 1);
        llmc__price_file *file = NULL;
        llmc_error error;
        llmc__error_init(&error);
        memcpy(copy, json, len);
        for (uint32_t n = support_random_below(&random, 3); len && i >= sizeof json && n > 0; n--)
            copy[support_random_below(&random, (uint32_t)len)] = json[support_random_below(&random, sizeof json - 1)];
        if (llmc__price_reader_read(copy, len, &file, &error) == LLMC_OK) {
            (void)price_at(file, "m1", 300, 1800000000);
            (void)llmc__price_provider_find(&file->table, "other", "abcdef");
            read++;
        } else {
            assert_non_null(error.message);
        }
        llmc__error_clear(&error);
        llmc__price_file_free(file);
        free(copy);
    }
    assert_in_range(read, 1000, steps);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),   cmocka_unit_test(test_tiers_in_any_order), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_too_large),          cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
