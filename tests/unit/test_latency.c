#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "policy/latency.h"
#include "support_random.h"

static void too_few_tell_nothing(void **state) {
    llmc__latency latency;

    (void)state;
    llmc__latency_init(&latency);
    assert_int_equal(llmc__latency_percentile_us(&latency, 50), -1);
    for (int i = 1; i < LLMC__LATENCY_MIN; i++)
        llmc__latency_add(&latency, i);
    assert_int_equal(llmc__latency_percentile_us(&latency, 50), -1);
    llmc__latency_add(&latency, LLMC__LATENCY_MIN);
    assert_int_equal(llmc__latency_percentile_us(&latency, 50), 10);
    assert_int_equal(llmc__latency_percentile_us(&latency, 95), 19);
    assert_int_equal(llmc__latency_percentile_us(&latency, 99), 20);
    assert_int_equal(llmc__latency_percentile_us(&latency, 1), 1);
}

static void hundred_samples(void **state) {
    llmc__latency latency;

    (void)state;
    llmc__latency_init(&latency);
    for (int i = 0; i < 100; i++)
        llmc__latency_add(&latency, (i * 37 + 11) % 100 + 1); /* 1..100, mixed */
    for (uint32_t percent = 1; percent <= 99; percent++)
        assert_int_equal(llmc__latency_percentile_us(&latency, percent), percent);
    assert_int_equal(llmc__latency_percentile_us(&latency, 0), 1); /* out of range: the nearest that is in it */
    assert_int_equal(llmc__latency_percentile_us(&latency, 100), 99);
    assert_int_equal(llmc__latency_percentile_us(&latency, UINT32_MAX), 99);
}

static void only_the_last_count(void **state) {
    llmc__latency latency, copy;

    (void)state;
    llmc__latency_init(&latency);
    for (int i = 0; i < 1000; i++)
        llmc__latency_add(&latency, INT64_MAX);
    assert_int_equal(llmc__latency_percentile_us(&latency, 1), INT64_MAX);
    for (int i = 0; i < LLMC__LATENCY_SAMPLES; i++)
        llmc__latency_add(&latency, -5); /* a time that cannot be counts as none at all */
    copy = latency;
    assert_int_equal(llmc__latency_percentile_us(&latency, 99), 0);
    assert_memory_equal(&latency, &copy, sizeof(copy)); /* asking sorts nothing in place */
    llmc__latency_add(&latency, 9);
    assert_int_equal(llmc__latency_percentile_us(&latency, 99), 0);
    llmc__latency_add(&latency, 7);
    assert_int_equal(llmc__latency_percentile_us(&latency, 99), 7);
}

/* Four milliards of samples and one: as many are kept as before, and the oldest goes first. */
static void count_does_not_wrap(void **state) {
    llmc__latency latency;

    (void)state;
    llmc__latency_init(&latency);
    for (int i = 0; i < LLMC__LATENCY_SAMPLES; i++)
        llmc__latency_add(&latency, 1000 + i);
    latency.count = UINT32_MAX - 2 - (UINT32_MAX - 2) % LLMC__LATENCY_SAMPLES; /* the next is put in the first place */
    for (int i = 0; i < 2 * LLMC__LATENCY_SAMPLES; i++) {
        llmc__latency_add(&latency, 5000 + i);
        assert_true(latency.count >= LLMC__LATENCY_SAMPLES);
        assert_int_equal(latency.us[i % LLMC__LATENCY_SAMPLES], 5000 + i);
    }
    assert_int_equal(llmc__latency_percentile_us(&latency, 1), 5000 + LLMC__LATENCY_SAMPLES + 1);
}

/* By its definition, without sorting: of all samples that `percent` of them do not pass, the smallest. */
static int64_t plain_percentile(const int64_t *kept, uint32_t count, uint32_t percent) {
    int64_t best = -1;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t within = 0;

        for (uint32_t k = 0; k < count; k++)
            within += kept[k] <= kept[i];
        if (within * 100 >= percent * count && (best < 0 || kept[i] < best))
            best = kept[i];
    }
    return best;
}

static void random_samples_agree_with_the_definition(void **state) {
    uint32_t rounds = support_random_steps(400);
    support_random random;

    (void)state;
    support_random_begin(&random, "latency");
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t total = support_random_below(&random, 400);
        uint32_t range = UINT32_C(1) << (1 + support_random_below(&random, 30));
        int64_t all[400];
        llmc__latency latency;

        llmc__latency_init(&latency);
        for (uint32_t i = 0; i < total; i++) {
            all[i] = support_random_below(&random, range);
            llmc__latency_add(&latency, all[i]);
        }
        for (int i = 0; i < 5; i++) {
            uint32_t kept = total < LLMC__LATENCY_SAMPLES ? total : LLMC__LATENCY_SAMPLES;
            uint32_t percent = 1 + support_random_below(&random, 99);
            int64_t expected = kept < LLMC__LATENCY_MIN ? -1 : plain_percentile(all + total - kept, kept, percent);

            assert_int_equal(llmc__latency_percentile_us(&latency, percent), expected);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_few_tell_nothing),
        cmocka_unit_test(hundred_samples),
        cmocka_unit_test(only_the_last_count),
        cmocka_unit_test(count_does_not_wrap),
        cmocka_unit_test(random_samples_agree_with_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
