/* Token classes add up and none is counted twice; prices and their fallbacks; what a request is expected to use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>
#include "policy/cost.h"
#include "support_random.h"

static void near_usd(double got, double want) {
    if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want))))
        fail_msg("%.15g USD, should be %.15g", got, want);
}

static llmc__usage usage_of(int64_t in, int64_t out) {
    llmc__usage usage = LLMC__USAGE_INIT;
    usage.tokens_in = in;
    usage.tokens_out = out;
    return usage;
}

/* ---- by hand ---- */

static void test_every_class(void **state) {
    llmc_price price = {sizeof price, 1, 2, 4, 8, 16, 32, 64, 128, 0.5};
    llmc__usage usage = usage_of(1000000, 1000000);
    llmc__cost cost;
    (void)state;
    usage.cached = 500000;
    usage.cache_write = 100000;
    usage.audio_in = 300000;
    usage.audio_cached = 200000;
    usage.reasoning = 250000;
    usage.audio_out = 50000;
    assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
    near_usd(cost.input, 0.3);
    near_usd(cost.cache_read, 0.3 * 2);
    near_usd(cost.cache_write, 0.1 * 4);
    near_usd(cost.output, 0.7 * 8);
    near_usd(cost.reasoning, 0.25 * 16);
    near_usd(cost.audio, 0.1 * 32 + 0.2 * 64 + 0.05 * 128);
    near_usd(cost.request, 0.5);
    near_usd(llmc__cost_sum(&cost), 0.3 + 0.6 + 0.4 + 5.6 + 4 + 22.4 + 0.5);
}

/* What has no price of its own costs what it is a kind of. */
static void test_kinds(void **state) {
    llmc_price price = LLMC_PRICE_INIT;
    llmc__usage usage = usage_of(100, 50);
    llmc__cost cost;
    (void)state;
    usage.cached = 60;
    usage.cache_write = 10;
    usage.audio_in = 5;
    usage.reasoning = 20;
    usage.audio_out = 7;
    price.input_mtok_usd = 1e6;
    price.output_mtok_usd = 1e7;
    assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
    near_usd(llmc__cost_sum(&cost), 100 + 500);
    near_usd(cost.reasoning, 200);
    price.cache_read_mtok_usd = 0;
    assert_true(llmc__cost_of(&price, &usage, 0.5, &cost)); /* half the price, for a job */
    near_usd(llmc__cost_sum(&cost), (40 + 500) / 2.0);
}

static void test_unknown(void **state) {
    llmc_price price = LLMC_PRICE_INIT;
    llmc__usage usage = usage_of(10, 10);
    llmc__cost cost;
    (void)state;
    assert_false(llmc__cost_of(&price, &usage, 1.0, &cost)); /* no price at all */
    near_usd(llmc__cost_sum(&cost), 0);
    price.input_mtok_usd = 1;
    price.output_mtok_usd = 1;
    usage = usage_of(-1, -1);
    assert_false(llmc__cost_of(&price, &usage, 1.0, &cost));
    usage = usage_of(10, -1);
    assert_false(llmc__cost_of(&price, &usage, 1.0, &cost));
    usage.total = 15; /* two of three tell the third */
    assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
    near_usd(llmc__cost_sum(&cost), 15e-6);
    usage = usage_of(10, -1);
    price.output_mtok_usd = 0; /* a model of vectors */
    assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
    near_usd(llmc__cost_sum(&cost), 10e-6);
    usage = usage_of(-1, 10);
    assert_false(llmc__cost_of(&price, &usage, 1.0, &cost));
    price.input_mtok_usd = 0; /* free is not unknown */
    assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
    near_usd(llmc__cost_sum(&cost), 0);
}

static void test_billed_counts(void **state) {
    llmc_price price = LLMC_PRICE_INIT;
    llmc__usage usage = usage_of(505, 107);
    llmc__cost cost;
    (void)state;
    price.input_mtok_usd = 1e6;
    price.output_mtok_usd = 1e6;
    price.cache_read_mtok_usd = 5e5;
    usage.cached = 448;
    usage.billed_in = 10;
    usage.billed_out = 104;
    assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
    near_usd(cost.input, 10);
    near_usd(llmc__cost_sum(&cost), 114);
}

/* ---- random usages ---- */

static int64_t any_count(support_random *random, int64_t about) {
    switch (support_random_below(random, 8)) {
    case 0:
        return -1;
    case 1:
        return 0;
    case 2:
        return about > 0 ? about : 0;
    case 3:
        return about > 0 ? about + support_random_below(random, 100) : 7;
    default:
        return about > 0 ? (int64_t)(support_random_next(random) % (uint64_t)(about + 1)) : 3;
    }
}

static llmc__usage any_usage(support_random *random) {
    llmc__usage usage = LLMC__USAGE_INIT;
    usage.tokens_in = any_count(random, 1 << support_random_below(random, 22));
    usage.tokens_out = any_count(random, 1 << support_random_below(random, 18));
    usage.cached = any_count(random, usage.tokens_in);
    usage.cache_write = any_count(random, usage.tokens_in);
    usage.reasoning = any_count(random, usage.tokens_out);
    usage.audio_in = any_count(random, usage.tokens_in);
    usage.audio_cached = any_count(random, usage.cached);
    usage.audio_out = any_count(random, usage.tokens_out);
    usage.total = any_count(random, usage.tokens_in);
    return usage;
}

static int64_t known(int64_t count) {
    return count > 0 ? count : 0;
}

static int64_t of_prompt(const llmc_usage *u) {
    return known(u->input) + known(u->cache_read) + known(u->cache_write) + known(u->input_audio) +
           known(u->cache_read_audio);
}

static int64_t of_answer(const llmc_usage *u) {
    return known(u->output) + known(u->reasoning) + known(u->output_audio);
}

static void test_classes_add_up(void **state) {
    uint32_t steps = support_random_steps(200000);
    support_random random;
    (void)state;
    support_random_begin(&random, "classes");
    for (uint32_t i = 0; i < steps; i++) {
        llmc__usage usage = any_usage(&random);
        llmc_usage split;
        llmc__usage_split(&usage, &split);
        if (usage.tokens_in >= 0)
            assert_int_equal(of_prompt(&split), usage.tokens_in);
        else
            assert_int_equal(split.input, -1);
        if (usage.tokens_out >= 0)
            assert_int_equal(of_answer(&split), usage.tokens_out);
        else
            assert_int_equal(split.output, -1);
        if (usage.cached < 0 && usage.audio_cached < 0)
            assert_int_equal(split.cache_read, -1);
        if (usage.reasoning < 0)
            assert_int_equal(split.reasoning, -1);
    }
}

/*
 * With the same price for every class the cost is that of the two counts: a token counted twice or not at all would
 * show. And the costs by each class's price alone add up to that by all of them.
 */
static void test_none_is_counted_twice(void **state) {
    uint32_t steps = support_random_steps(50000);
    support_random random;
    (void)state;
    support_random_begin(&random, "costs");
    for (uint32_t i = 0; i < steps; i++) {
        double each = support_random_below(&random, 1000) / 7.0, sum = 0, *slots;
        llmc__usage usage = any_usage(&random);
        llmc_price price = {sizeof price, each, each, each, each, each, each, each, each, 0};
        llmc_price all = {sizeof all, 1, 2, 3, 5, 7, 11, 13, 17, 0.25}, one;
        llmc__cost cost;
        if (usage.tokens_in < 0 || usage.tokens_out < 0)
            continue;
        assert_true(llmc__cost_of(&price, &usage, 1.0, &cost));
        near_usd(llmc__cost_sum(&cost), (double)(usage.tokens_in + usage.tokens_out) * each / 1e6);
        for (size_t c = 0; c < 9; c++) {
            one = (llmc_price){sizeof one, 0, 0, 0, 0, 0, 0, 0, 0, 0};
            slots = &one.input_mtok_usd;
            slots[c] = (&all.input_mtok_usd)[c];
            assert_true(llmc__cost_of(&one, &usage, 1.0, &cost));
            sum += llmc__cost_sum(&cost);
        }
        assert_true(llmc__cost_of(&all, &usage, 1.0, &cost));
        near_usd(sum, llmc__cost_sum(&cost));
    }
}

static void test_extremes(void **state) {
    static const int64_t counts[] = {INT64_MIN, -2, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    const size_t n = sizeof counts / sizeof counts[0];
    llmc_price price = {sizeof price, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    (void)state;
    for (size_t i = 0; i < n * n * n * n; i++) {
        llmc__usage usage = usage_of(counts[i % n], counts[i / n % n]);
        llmc__cost cost;
        llmc_usage split;
        usage.cached = usage.reasoning = counts[i / n / n % n];
        usage.audio_cached = usage.cache_write = usage.total = counts[i / n / n / n];
        llmc__usage_split(&usage, &split);
        if (llmc__cost_of(&price, &usage, 1.0, &cost))
            assert_true(llmc__cost_sum(&cost) >= 1 && isfinite(llmc__cost_sum(&cost)));
    }
}

/* ---- before sending ---- */

static void add(llmc_request *request, const char *text) {
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, text), LLMC_OK);
}

static void test_expected(void **state) {
    llmc_request *request = NULL;
    llmc__usage usage, more;
    char text[3001];
    (void)state;
    memset(text, 'x', 3000);
    text[3000] = '\0';
    assert_int_equal(llmc_request_new("openai/gpt-4.1", &request), LLMC_OK);
    add(request, text);
    usage = llmc__cost_expect(request, 4096);
    assert_in_range(usage.tokens_in, 1000, 1020);
    assert_int_equal(usage.tokens_out, 4096);
    assert_int_equal(llmc_request_set_reasoning_budget(request, 1000), LLMC_OK);
    assert_int_equal(llmc__cost_expect(request, 4096).tokens_out, 5096);
    assert_int_equal(llmc_request_set_max_tokens(request, 100), LLMC_OK);
    assert_int_equal(llmc_request_set_n(request, 3), LLMC_OK);
    assert_int_equal(llmc__cost_expect(request, 4096).tokens_out, 300);
    assert_int_equal(llmc_request_set_max_tokens(request, INT64_MAX), LLMC_OK);
    assert_int_equal(llmc__cost_expect(request, 4096).tokens_out, INT64_MAX);
    assert_int_equal(llmc_request_add_image(request, "image/png", text, 3000), LLMC_OK);
    more = llmc__cost_expect(request, 1);
    assert_in_range(more.tokens_in - usage.tokens_in, 2000, 2020);
    usage = more;
    assert_int_equal(llmc_request_add_file(request, "text/plain", "a.txt", text, 3000), LLMC_OK);
    more = llmc__cost_expect(request, 1);
    assert_in_range(more.tokens_in - usage.tokens_in, 1000, 1020);
    usage = more;
    assert_int_equal(llmc_request_add_tool(request, "look", text, "{\"type\":\"object\"}"), LLMC_OK);
    assert_in_range(llmc__cost_expect(request, 1).tokens_in - usage.tokens_in, 1000, 1020);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class),    cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_unknown),        cmocka_unit_test(test_billed_counts),
        cmocka_unit_test(test_classes_add_up), cmocka_unit_test(test_none_is_counted_twice),
        cmocka_unit_test(test_extremes),       cmocka_unit_test(test_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
