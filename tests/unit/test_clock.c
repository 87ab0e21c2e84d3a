#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>
#include "base/clock.h"

static void time_goes_on(void **state) {
    int64_t first = llmc__clock_us(), now = first;
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        int64_t next = llmc__clock_us();
        assert_true(next >= now);
        now = next;
    }
    assert_true(now - first < 10000000);
    assert_true(llmc__clock_wall_s() - (int64_t)time(NULL) <= 0);
    assert_true(llmc__clock_wall_s() > 1700000000);
}

static void random_fills_all_and_differs(void **state) {
    unsigned char a[600], b[600];
    size_t i, zeros = 0;

    (void)state;
    memset(a, 0, sizeof(a));
    memset(b, 0, sizeof(b));
    llmc__clock_random(a, 0);
    llmc__clock_random(a, sizeof(a) - 1);
    llmc__clock_random(b, sizeof(b));
    assert_int_equal(a[599], 0);
    assert_true(memcmp(a, b, 64) != 0);
    for (i = 0; i < 599; i++)
        zeros += a[i] == 0;
    assert_true(zeros < 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(time_goes_on), cmocka_unit_test(random_fills_all_and_differs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
