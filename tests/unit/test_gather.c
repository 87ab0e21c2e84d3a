/* How long texts wait for others: the test owns the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "policy/gather.h"

#define MS     1000
#define SECOND ((int64_t)1000 * MS)

static llmc__gather fresh(void) {
    llmc__gather g;
    llmc__gather_init(&g, 100, 1000, 2, 5 * MS);
    return g;
}

static void nothing_is_due_of_nothing(void **state) {
    llmc__gather g = fresh();
    (void)state;
    assert_true(llmc__gather_due(&g, 0, 0) == INT64_MAX);
}

/* One thread that asks, waits and asks again never waits for anybody. */
static void a_lonely_text_goes_at_once(void **state) {
    llmc__gather g = fresh();
    int64_t now = SECOND;
    (void)state;
    for (int i = 0; i < 100; i++) {
        llmc__gather_came(&g, true, now);
        assert_true(llmc__gather_due(&g, 1, 10) <= now);
        llmc__gather_sent(&g, 1, now);
        now += i % 3 ? 700 : 30 * MS; /* a fast provider, and a slow one */
        llmc__gather_ended(&g);
    }
}

/* Texts that come seldom are not held up for others that will not come in time, even with some under way. */
static void seldom_texts_go_at_once(void **state) {
    llmc__gather g = fresh();
    int64_t now = SECOND;
    (void)state;
    for (int i = 0; i < 50; i++, now += 10 * MS) {
        llmc__gather_came(&g, true, now);
        assert_true(llmc__gather_due(&g, 1, 10) <= now);
        llmc__gather_sent(&g, 1, now);
        if (i > 0)
            llmc__gather_ended(&g);
    }
}

static int64_t stream(llmc__gather *g, int64_t now, int64_t gap, size_t count) {
    for (size_t i = 0; i < count; i++, now += gap)
        llmc__gather_came(g, i == 0, now);
    return now - gap;
}

static void a_stream_is_waited_for_until_it_pauses(void **state) {
    llmc__gather g = fresh();
    int64_t last = stream(&g, SECOND, 100, 40);
    (void)state;
    llmc__gather_sent(&g, 40, last);
    last = stream(&g, last + 20 * MS, 100, 40);
    int64_t due = llmc__gather_due(&g, 40, 400);
    assert_in_range(due - last, 200, 600); /* a few gaps */
    llmc__gather_came(&g, false, due - 1);
    assert_true(llmc__gather_due(&g, 41, 410) > due);
}

static void never_longer_than_the_delay(void **state) {
    llmc__gather g = fresh();
    int64_t start = SECOND, now = start;
    (void)state;
    (void)stream(&g, start - 100 * MS, 100, 60);
    llmc__gather_sent(&g, 60, start - 90 * MS);
    for (size_t texts = 1; texts < 90; texts++, now += 500) {
        llmc__gather_came(&g, texts == 1, now);
        if (texts > 1)
            assert_true(llmc__gather_due(&g, texts, texts) <= start + 5 * MS);
    }
}

static void a_full_request_goes(void **state) {
    llmc__gather g = fresh();
    int64_t last = stream(&g, SECOND, 10, 99);
    (void)state;
    assert_true(llmc__gather_due(&g, 99, 990) > last);
    assert_int_equal(llmc__gather_due(&g, 100, 990), 0);
    assert_int_equal(llmc__gather_due(&g, 50, 1000), 0);
}

static void requests_under_way_are_bounded(void **state) {
    llmc__gather g = fresh();
    (void)state;
    (void)stream(&g, SECOND, 10, 100);
    llmc__gather_sent(&g, 100, SECOND);
    llmc__gather_sent(&g, 100, SECOND);
    assert_true(llmc__gather_due(&g, 100, 100) == INT64_MAX);
    llmc__gather_ended(&g);
    assert_int_equal(llmc__gather_due(&g, 100, 100), 0);
}

static void without_a_timer_nothing_waits(void **state) {
    llmc__gather g = fresh();
    (void)state;
    (void)stream(&g, SECOND, 10, 20);
    assert_true(llmc__gather_due(&g, 20, 20) > SECOND);
    llmc__gather_hurry(&g);
    assert_int_equal(llmc__gather_due(&g, 20, 20), 0);
}

static void without_a_delay_only_requests_under_way_hold_up(void **state) {
    llmc__gather g;
    (void)state;
    llmc__gather_init(&g, 100, 0, 1, 0);
    (void)stream(&g, SECOND, 10, 20);
    assert_int_equal(llmc__gather_due(&g, 20, 1 << 20), 0);
    llmc__gather_sent(&g, 20, SECOND);
    assert_true(llmc__gather_due(&g, 20, 20) == INT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_due_of_nothing),
        cmocka_unit_test(a_lonely_text_goes_at_once),
        cmocka_unit_test(seldom_texts_go_at_once),
        cmocka_unit_test(a_stream_is_waited_for_until_it_pauses),
        cmocka_unit_test(never_longer_than_the_delay),
        cmocka_unit_test(a_full_request_goes),
        cmocka_unit_test(requests_under_way_are_bounded),
        cmocka_unit_test(without_a_timer_nothing_waits),
        cmocka_unit_test(without_a_delay_only_requests_under_way_hold_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
