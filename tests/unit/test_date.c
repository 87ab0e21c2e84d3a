/* Days of the calendar: known ones, and every day of some centuries counted one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/date.h"

static void known_days(void **state) {
    (void)state;
    assert_int_equal(llmc__date_days(1970, 1, 1), 0);
    assert_int_equal(llmc__date_days(1969, 12, 31), -1);
    assert_int_equal(llmc__date_days(2000, 2, 29), 11016);
    assert_int_equal(llmc__date_days(2026, 11, 24), 20781);
    assert_int_equal(llmc__date_days(9999, 12, 31), 2932896);
    assert_int_equal(llmc__date_days(1, 1, 1), -719162);
}

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void every_day_follows_the_one_before(void **state) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = llmc__date_days(1600, 1, 1);
    (void)state;
    for (int year = 1600; year < 2402; year++)
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && is_leap(year));
            for (int day = 1; day <= length; day++)
                assert_int_equal(llmc__date_days(year, month, day), days++);
            assert_int_equal(llmc__date_days(year, month + 1, 1), days); /* a 13th month is the next January */
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days),
        cmocka_unit_test(every_day_follows_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
