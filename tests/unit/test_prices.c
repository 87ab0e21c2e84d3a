/* The table of prices that the library carries, as threads that start together first see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "base/thread.h"
#include "model/prices.h"

#define THREADS 8

static atomic_int ready, right;

static bool is_priced(const llmc__price_table *table, const char *provider, const char *model) {
    uint32_t index = llmc__price_provider_find(table, provider, NULL);
    uint32_t prices = index == LLMC__PRICE_NONE ? index : llmc__price_model_find(table, index, model);
    llmc_price price = LLMC_PRICE_INIT;
    if (prices == LLMC__PRICE_NONE)
        return false;
    llmc__price_read(table, prices, 1000, 1790000000, &price);
    return price.input_mtok_usd > 0 && price.output_mtok_usd > price.input_mtok_usd;
}

static void look(void *ctx) {
    const llmc__price_table *table;
    (void)ctx;
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) <= THREADS) /* so that all of them ask at once */
        ;
    table = llmc__prices();
    if (is_priced(table, "openai", "gpt-4.1") && is_priced(table, "x-ai", "grok-4") &&
        !is_priced(table, "openai", "no-such-model"))
        atomic_fetch_add(&right, 1);
}

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

/* And there is no memory any more. */
static void test_threads_at_once(void **state) {
    llmc__thread threads[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(llmc__thread_start(&threads[i], "prices", look, NULL), LLMC_OK);
    llmc__mem_set_gate(refuse, NULL);
    atomic_fetch_add(&ready, 1);
    for (int i = 0; i < THREADS; i++)
        llmc__thread_join(&threads[i]);
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(atomic_load(&right), THREADS);
}

static void test_date(void **state) {
    int year = 0;
    (void)state;
    assert_int_equal(strlen(llmc__prices_date()), 10);
    for (int i = 0; i < 4; i++)
        year = year * 10 + (llmc__prices_date()[i] - '0');
    assert_in_range(year, 2026, 2100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_at_once),
        cmocka_unit_test(test_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
