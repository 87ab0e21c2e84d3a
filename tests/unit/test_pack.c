/* Texts into requests: within the limits, each once, and as few as there can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/mem.h"
#include "policy/pack.h"
#include "support_random.h"

/* Each text once, in order inside a pack, and no pack over a limit but one of a single text. */
static void assert_good(const llmc__packs *packs, const size_t *sizes, size_t count, const llmc__pack_limits *limits) {
    unsigned char *seen = calloc(count + 1, 1);
    size_t from = 0;
    for (size_t p = 0; p < packs->count; p++) {
        size_t texts = packs->ends[p] - from, bytes = 0, tokens = 0;
        assert_true(texts > 0);
        for (size_t i = from; i < packs->ends[p]; i++) {
            size_t item = packs->items[i];
            assert_true(item < count && !seen[item]);
            assert_true(i == from || packs->items[i - 1] < item);
            seen[item] = 1;
            bytes += sizes[item];
            tokens += llmc__pack_tokens(sizes[item]);
        }
        if (texts > 1) {
            assert_true(!limits->texts || texts <= limits->texts);
            assert_true(!limits->bytes || bytes <= limits->bytes);
            assert_true(!limits->tokens || tokens <= limits->tokens);
        }
        from = packs->ends[p];
    }
    assert_int_equal(from, count);
    free(seen);
}

static size_t pack_equal(size_t size, size_t count, llmc__pack_limits limits) {
    size_t *sizes = calloc(count, sizeof *sizes), packs_made;
    llmc__packs packs;
    for (size_t i = 0; i < count; i++)
        sizes[i] = size;
    assert_int_equal(llmc__pack_all(sizes, count, &limits, &packs), LLMC_OK);
    assert_good(&packs, sizes, count, &limits);
    packs_made = packs.count;
    llmc__pack_free(&packs);
    free(sizes);
    return packs_made;
}

static void equal_texts_take_the_least(void **state) {
    (void)state;
    assert_int_equal(pack_equal(200, 100000, (llmc__pack_limits){2048, 0, 300000}), 49);
    assert_int_equal(pack_equal(200, 100000, (llmc__pack_limits){0, 0, 300000}), 17); /* 6,000 of 50 tokens each */
    assert_int_equal(pack_equal(200, 100000, (llmc__pack_limits){0, 20000, 0}), 1000);
    assert_int_equal(pack_equal(200, 1000, (llmc__pack_limits){0, 0, 0}), 1);
    assert_int_equal(pack_equal(200, 1000, (llmc__pack_limits){1, 0, 0}), 1000);
    assert_int_equal(pack_equal(200, 10, (llmc__pack_limits){96, 100, 10}), 10); /* each is over by itself */
    assert_int_equal(pack_equal(0, 100, (llmc__pack_limits){30, 10, 10}), 4);
}

static void big_and_small_share(void **state) {
    static const size_t sizes[] = {60, 50, 50, 40, 30, 70};
    llmc__pack_limits limits = {0, 100, 0};
    llmc__packs packs;
    (void)state;
    assert_int_equal(llmc__pack_all(sizes, 6, &limits, &packs), LLMC_OK);
    assert_good(&packs, sizes, 6, &limits);
    assert_int_equal(packs.count, 3); /* 70 + 30, 60 + 40, 50 + 50 */
    llmc__pack_free(&packs);
    assert_int_equal(llmc__pack_all(NULL, 0, &limits, &packs), LLMC_OK);
    assert_int_equal(packs.count, 0);
    llmc__pack_free(&packs);
}

/* 11/9 of what no packing can go below, and one. */
static void random_texts_take_few(void **state) {
    support_random random;
    (void)state;
    support_random_begin(&random, "random_texts_take_few");
    for (uint32_t round = support_random_steps(300); round > 0; round--) {
        size_t count = 1 + support_random_below(&random, 2000), bytes = 0, tokens = 0, least = 1, sizes[2000];
        llmc__pack_limits limits = {
            support_random_percent(&random, 50) ? 1 + support_random_below(&random, 300) : 0,
            support_random_percent(&random, 50) ? 1000 + support_random_below(&random, 9000) : 0,
            support_random_percent(&random, 50) ? 500 + support_random_below(&random, 9000) : 0};
        llmc__packs packs;
        for (size_t i = 0; i < count; i++) {
            sizes[i] = support_random_below(&random, 900);
            bytes += sizes[i];
            tokens += llmc__pack_tokens(sizes[i]);
        }
        if (limits.texts && (count + limits.texts - 1) / limits.texts > least)
            least = (count + limits.texts - 1) / limits.texts;
        if (limits.bytes && (bytes + limits.bytes - 1) / limits.bytes > least)
            least = (bytes + limits.bytes - 1) / limits.bytes;
        if (limits.tokens && (tokens + limits.tokens - 1) / limits.tokens > least)
            least = (tokens + limits.tokens - 1) / limits.tokens;
        assert_int_equal(llmc__pack_all(sizes, count, &limits, &packs), LLMC_OK);
        assert_good(&packs, sizes, count, &limits);
        /* Count and size together can ask for more than either alone. */
        assert_true(packs.count <= least * 2 + 1);
        if (!limits.texts)
            assert_true(packs.count * 9 <= least * 11 + 9);
        llmc__pack_free(&packs);
    }
}

static int gate(void *ctx) {
    return (*(int *)ctx)-- != 0;
}

static void survives_want_of_memory(void **state) {
    static const size_t sizes[] = {1, 2, 3};
    llmc__pack_limits limits = {2, 0, 0};
    llmc_status status = LLMC_ERR_NO_MEMORY;
    (void)state;
    for (int fail_at = 0; status != LLMC_OK; fail_at++) {
        llmc__packs packs;
        int left = fail_at;
        llmc__mem_set_gate(gate, &left);
        status = llmc__pack_all(sizes, 3, &limits, &packs);
        llmc__mem_set_gate(NULL, NULL);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        assert_int_equal(packs.count, status == LLMC_OK ? 2 : 0);
        llmc__pack_free(&packs);
        assert_in_range(fail_at, 0, 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_take_the_least),
        cmocka_unit_test(big_and_small_share),
        cmocka_unit_test(random_texts_take_few),
        cmocka_unit_test(survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
