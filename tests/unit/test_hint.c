#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "policy/hint.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Tue, 24 Nov 2026 03:35:45 GMT */
#define NOW  INT64_C(1795491345000)
#define HOUR INT64_C(3600000)

typedef struct hint_row {
    const char *ms, *seconds, *flag, *date;
    int64_t after_ms;
    int should_retry;
} hint_row;

static void check(const hint_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const hint_row *r = &rows[i];
        const llmc__hint_headers headers = {r->ms, r->seconds, r->flag, r->date};
        llmc__hint hint = {-77, -77};
        llmc__hint_read(&headers, NOW, &hint);
        if (hint.after_ms != r->after_ms || hint.should_retry != r->should_retry)
            fail_msg("row %zu (%s | %s | %s): %lld ms, %d", i, r->ms ? r->ms : "-", r->seconds ? r->seconds : "-",
                     r->flag ? r->flag : "-", (long long)hint.after_ms, hint.should_retry);
    }
}

#define SECONDS(text, ms)                                                                                              \
    { NULL, text, NULL, NULL, ms, -1 }
#define MILLIS(text, ms)                                                                                               \
    { text, NULL, NULL, NULL, ms, -1 }

static void test_seconds(void **state) {
    static const hint_row rows[] = {
        {NULL, NULL, NULL, NULL, -1, -1},
        SECONDS("0", 0),
        SECONDS("1", 1000),
        SECONDS("20", 20000),
        SECONDS("120", 120000),
        SECONDS("007", 7000),
        SECONDS("86400", 86400000),
        SECONDS("1.5", 1500),
        SECONDS("0.25", 250),
        SECONDS("17.56", 17560),
        SECONDS("1.1", 1100),
        SECONDS("0.0001", 1), /* never too soon */
        SECONDS("2.0000000000001", 2001),
        SECONDS("2.0000000000000", 2000),
        SECONDS("0.9999999999", 1000),
        SECONDS("1e2", 100000),
        SECONDS("1E-1", 100),
        SECONDS("1.00015e0", 1001),
        SECONDS("1e15", INT64_C(1000000000000000000)),
        SECONDS("1e16", INT64_MAX),
        SECONDS("1e300", INT64_MAX),
        SECONDS(" 5", 5000),
        SECONDS("5 ", 5000),
        SECONDS("\t5 \t", 5000),
        SECONDS("+5", 5000),
        SECONDS("+1.5", 1500),
        SECONDS("-0", 0),
        SECONDS("9223372036854775", INT64_C(9223372036854775000)),
        SECONDS("9223372036854776", INT64_MAX),
        SECONDS("9223372036854775807", INT64_MAX),
        SECONDS("9223372036854775808", INT64_MAX),
        SECONDS("99999999999999999999999999999999999999", INT64_MAX),
        SECONDS("99999999999999999999999999999999999999.5", INT64_MAX),
        SECONDS("6m0s", 360000),
        SECONDS("48s", 48000),
        SECONDS("500ms", 500),
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void test_not_readable(void **state) {
    static const hint_row rows[] = {
        SECONDS("", -1),      SECONDS(" ", -1),          SECONDS("-5", -1),
        SECONDS("-0.5", -1),  SECONDS("-1e3", -1),       SECONDS("+", -1),
        SECONDS("-", -1),     SECONDS("++5", -1),        SECONDS("+-5", -1),
        SECONDS("NaN", -1),   SECONDS("nan", -1),        SECONDS("inf", -1),
        SECONDS("-inf", -1),  SECONDS("Infinity", -1),   SECONDS("1e309", -1),
        SECONDS("0x10", -1),  SECONDS("0x", -1),         SECONDS("5,5", -1),
        SECONDS("1 5", -1),   SECONDS("5.", -1),         SECONDS(".5", -1),
        SECONDS("1.2.3", -1), SECONDS("1e", -1),         SECONDS("e5", -1),
        SECONDS("five", -1),  SECONDS("5; x", -1),       SECONDS("\"5\"", -1),
        SECONDS("null", -1),  SECONDS("true", -1),       SECONDS("5\n", -1),
        SECONDS("s", -1),     SECONDS("5 s", -1),        SECONDS("6m30", -1),
        SECONDS("1s2s", -1),  SECONDS("1s1m", -1),       SECONDS("5x", -1),
        SECONDS("-5s", -1),   SECONDS("1970-01-01", -1), MILLIS("", -1),
        MILLIS("-1", -1),     MILLIS("nan", -1),         MILLIS("soon", -1),
        MILLIS("1e309", -1),  MILLIS("5s", -1),          MILLIS("Sun, 06 Nov 1994 08:49:37 GMT", -1),
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void test_millis_before_seconds(void **state) {
    static const hint_row rows[] = {
        MILLIS("0", 0),
        MILLIS("1", 1),
        MILLIS("1500", 1500),
        MILLIS(" 1500 ", 1500),
        MILLIS("1500.2", 1501),
        MILLIS("2e3", 2000),
        MILLIS("9223372036854775807", INT64_MAX),
        MILLIS("9223372036854775808", INT64_MAX),
        MILLIS("1e19", INT64_MAX),
        {"250", "30", NULL, NULL, 250, -1},
        {"60000", "1", NULL, NULL, 60000, -1},
        {"0", "30", NULL, NULL, 0, -1},
        {"", "30", NULL, NULL, 30000, -1},
        {"soon", "30", NULL, NULL, 30000, -1},
        {"-1", "30", NULL, NULL, 30000, -1},
        {"nan", "30", NULL, NULL, 30000, -1},
        {"250", "soon", NULL, NULL, 250, -1},
        {"soon", "soon", NULL, NULL, -1, -1},
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void test_should_retry(void **state) {
    static const hint_row rows[] = {
        {NULL, NULL, "true", NULL, -1, 1},        {NULL, NULL, "false", NULL, -1, 0},
        {NULL, NULL, "True", NULL, -1, 1},        {NULL, NULL, "FALSE", NULL, -1, 0},
        {NULL, NULL, " true ", NULL, -1, 1},      {NULL, NULL, "\tfalse", NULL, -1, 0},
        {NULL, NULL, "", NULL, -1, -1},           {NULL, NULL, "1", NULL, -1, -1},
        {NULL, NULL, "0", NULL, -1, -1},          {NULL, NULL, "yes", NULL, -1, -1},
        {NULL, NULL, "truest", NULL, -1, -1},     {NULL, NULL, "tru", NULL, -1, -1},
        {NULL, NULL, "true,false", NULL, -1, -1}, {NULL, "3", "false", NULL, 3000, 0},
        {"20", NULL, "true", NULL, 20, 1},
    };
    (void)state;
    check(rows, COUNT(rows));
}

#define DATE(text, ms)                                                                                                 \
    { NULL, text, NULL, NULL, ms, -1 }
#define DATE_AT(text, server, ms)                                                                                      \
    { NULL, text, NULL, server, ms, -1 }

static void test_dates(void **state) {
    static const hint_row rows[] = {
        DATE("Tue, 24 Nov 2026 03:35:45 GMT", 0),
        DATE("Tue, 24 Nov 2026 03:35:46 GMT", 1000),
        DATE("Tue, 24 Nov 2026 04:35:45 GMT", HOUR),
        DATE(" Tue, 24 Nov 2026 04:35:45 GMT ", HOUR),
        DATE("Tue, 24 Nov 2026 04:35:45 UTC", HOUR),
        DATE("tue, 24 nov 2026 04:35:45 gmt", HOUR),
        DATE("Tuesday, 24-Nov-26 04:35:45 GMT", HOUR),
        DATE("Tue Nov 24 04:35:45 2026", HOUR),
        DATE("Tue Dec  1 03:35:45 2026", 7 * 24 * HOUR),
        DATE("Tue, 24 Nov 2026 03:35:44 GMT", 0), /* passed */
        DATE("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        DATE("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        DATE("Sun Nov  6 08:49:37 1994", 0),
        DATE("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        DATE("Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799000) - NOW),
        /* The server's clock is an hour ahead, a day late, or not told in a way that can be read. */
        DATE_AT("Tue, 24 Nov 2026 04:35:55 GMT", "Tue, 24 Nov 2026 04:35:45 GMT", 10000),
        DATE_AT("Mon, 23 Nov 2026 03:36:45 GMT", "Mon, 23 Nov 2026 03:35:45 GMT", 60000),
        DATE_AT("Tue, 24 Nov 2026 03:35:55 GMT", "Tue, 24 Nov 2026 04:35:45 GMT", 0),
        DATE_AT("Tue, 24 Nov 2026 03:35:55 GMT", "Tuesday, 24-Nov-26 03:35:50 GMT", 5000),
        DATE_AT("Tue, 24 Nov 2026 03:35:55 GMT", "Tue Nov 24 03:35:50 2026", 5000),
        DATE_AT("Tue, 24 Nov 2026 03:35:55 GMT", "yesterday", 10000),
        DATE_AT("Tue, 24 Nov 2026 03:35:55 GMT", "", 10000),
        DATE_AT("7", "Mon, 23 Nov 2026 03:35:45 GMT", 7000), /* seconds need no clock */
        {"9", "Tue, 24 Nov 2026 04:35:45 GMT", NULL, NULL, 9, -1},
        {"x", "Tue, 24 Nov 2026 04:35:45 GMT", NULL, NULL, HOUR, -1},
    };
    (void)state;
    check(rows, COUNT(rows));
}

static void test_dates_not_readable(void **state) {
    static const char *const texts[] = {
        "Tue, 24 Nov 2026 04:35:45",
        "Tue, 24 Nov 2026 04:35:45 PST",
        "Tue, 24 Nov 2026 04:35:45 +0000",
        "24 Nov 2026 04:35:45 GMT",
        "Tue 24 Nov 2026 04:35:45 GMT",
        "Tue, 24 November 2026 04:35:45 GMT",
        "Tue, 24 Nov 26 04:35:45 GMT",
        "Tue, 24 Nov 2026 24:00:00 GMT",
        "Tue, 24 Nov 2026 04:60:00 GMT",
        "Tue, 24 Nov 2026 04:35:61 GMT",
        "Tue, 00 Nov 2026 04:35:45 GMT",
        "Tue, 31 Nov 2026 04:35:45 GMT",
        "Sun, 29 Feb 2026 04:35:45 GMT",
        "Thu, 29 Feb 1900 04:35:45 GMT",
        "Thu, 30 Feb 2028 04:35:45 GMT",
        "Tue, 24 Nov 0000 04:35:45 GMT",
        "Tue, 24 Foo 2026 04:35:45 GMT",
        "Xxx, 24 Nov 2026 04:35:45 GMT",
        "Tue, 24 Nov 2026 4:35:45 GMT",
        "Tue, 24 Nov 2026 04:35:45 GMT x",
        "Tue, 24 Nov 2026 04-35-45 GMT",
        "Tue, 24 Nov -026 04:35:45 GMT",
        "Tuesday, 24-Nov-2026 04:35:45 GMT",
        "Tue, 24-Nov-26 04:35:45 GMT",
        "Tuesday, 24 Nov 26 04:35:45 GMT",
        "Tue Nov 24 04:35:45 2026 GMT",
        "Tue Nov  0 04:35:45 2026",
        "Tue Nov 24 04:35:45 26",
        "2026-11-24T04:35:45Z",
        "Tue, 24 Nov 99999 04:35:45 GMT",
        "Tue,",
        "Tue, 24 Nov",
        "G",
    };
    int64_t unused = 77;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const hint_row row = SECONDS(texts[i], -1);
        check(&row, 1);
        if (llmc__hint_http_date(texts[i], strlen(texts[i]), NOW, &unused))
            fail_msg("%s is read as a date", texts[i]);
    }
    assert_int_equal(unused, 77);
}

static void test_no_overflow_against_any_clock(void **state) {
    static const llmc__hint_headers headers = {NULL, "Fri, 31 Dec 9999 23:59:59 GMT", NULL, NULL};
    llmc__hint hint;
    (void)state;
    llmc__hint_read(&headers, INT64_MIN, &hint);
    assert_int_equal(hint.after_ms, INT64_MAX);
    llmc__hint_read(&headers, INT64_MAX, &hint);
    assert_int_equal(hint.after_ms, 0);
    llmc__hint_read(&headers, -1, &hint);
    assert_int_equal(hint.after_ms, INT64_C(253402300799001));
}

typedef struct date_row {
    const char *text;
    int64_t wall_ms, unix_s;
} date_row;

#define AT(year_2000s) (INT64_C(946684800000) + (int64_t)(year_2000s)*INT64_C(31556952000))

static void test_http_date_values(void **state) {
    static const date_row rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", NOW, 784111777}, /* the examples of RFC 9110 */
        {"Sunday, 06-Nov-94 08:49:37 GMT", NOW, 784111777},
        {"Sun Nov  6 08:49:37 1994", NOW, 784111777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", NOW, 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", NOW, -1},
        {"Tue, 29 Feb 2000 00:00:00 GMT", NOW, 951782400},
        {"Wed, 01 Mar 2000 00:00:00 GMT", NOW, 951868800},
        {"Thu, 29 Feb 2024 12:00:00 GMT", NOW, 1709208000},
        {"Sat, 28 Feb 2026 23:59:59 GMT", NOW, 1772323199},
        {"Sun, 01 Mar 2026 00:00:00 GMT", NOW, 1772323200},
        {"Mon, 01 Mar 2100 00:00:00 GMT", NOW, INT64_C(4107542400)}, /* 2100 is no leap year */
        {"Sat, 31 Dec 2016 23:59:60 GMT", NOW, 1483228800},          /* a leap second */
        {"Mon, 24 Nov 2026 03:35:45 GMT", NOW, 1795491345}, /* it is a Tuesday: the day's name decides nothing */
        /* Two digits: not more than 50 years ahead of the clock, else the past. */
        {"Tuesday, 24-Nov-76 03:35:45 GMT", NOW, INT64_C(3373414545)},
        {"Tuesday, 24-Nov-76 03:35:46 GMT", NOW, INT64_C(217654546)},
        {"Friday, 01-Jan-77 00:00:00 GMT", NOW, 220924800},
        {"Thursday, 01-Jan-70 00:00:00 GMT", NOW, INT64_C(3155760000)},
        {"Saturday, 01-Jan-00 00:00:00 GMT", NOW, 946684800},
        {"Tuesday, 29-Feb-00 00:00:00 GMT", NOW, 951782400},
        {"Friday, 01-Jan-99 00:00:00 GMT", NOW, 915148800},
        {"Friday, 01-Jan-99 00:00:00 GMT", AT(60), INT64_C(4070908800)},
        {"Saturday, 01-Jan-05 00:00:00 GMT", AT(60), INT64_C(4260211200)},
        {"Thursday, 01-Jan-70 00:00:00 GMT", 0, 0},
        {"Thursday, 01-Jan-70 00:00:00 GMT", INT64_C(-3000000000000), 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = 0;
        if (!llmc__hint_http_date(rows[i].text, strlen(rows[i].text), rows[i].wall_ms, &ms) ||
            ms != rows[i].unix_s * 1000)
            fail_msg("row %zu: %s is %lld", i, rows[i].text, (long long)ms);
    }
}

/* Each day from 1990 to 2110, in order: no day is missed, none comes twice. */
static void test_every_day(void **state) {
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t expected = INT64_C(631152000000), ms = 0;
    (void)state;
    for (int at = 0; at < 121 * 12 * 31; at++) {
        char text[64];
        int len = snprintf(text, sizeof text, "Mon, %02d %s %d 00:00:00 GMT", at % 31 + 1, names[at / 31 % 12],
                           1990 + at / 31 / 12);
        if (!llmc__hint_http_date(text, (size_t)len, NOW, &ms)) {
            assert_true(at % 31 >= 28);
            continue;
        }
        assert_int_equal(ms, expected);
        expected += 24 * HOUR;
    }
    assert_int_equal(expected, INT64_C(4449513600000)); /* 1 January 2111 */
}

typedef struct text_row {
    const char *text;
    int64_t ms; /* -1: not readable */
} text_row;

static void test_durations(void **state) {
    static const text_row rows[] = {
        {"12ms", 12},
        {"17.56s", 17560},
        {"6m0s", 360000},
        {"1h2m3s", 3723000},
        {"48s", 48000},
        {"2m59.56s", 179560},
        {"0s", 0},
        {"120ms", 120},
        {"8.64s", 8640},
        {"7", 7000},
        {"0", 0},
        {"33011.382", 33011382},
        {"1d", 86400000},
        {"1d2h", 93600000},
        {"1h30m", 5400000},
        {"1m500ms", 60500},
        {"1.5h", 5400000},
        {"833\xc2\xb5s", 1},
        {"1500us", 2},
        {"999ns", 1},
        {"1ms1us", 2},
        {"0.0001s", 1},
        {" 48s ", 48000},
        {"1.200000000s", 1200},
        {"", -1},
        {"s", -1},
        {"ms", -1},
        {"6m0", -1},
        {"m6s", -1},
        {"6m 0s", -1},
        {"0s6m", -1},
        {"1s1s", -1},
        {"1ms1s", -1},
        {"1ns1us", -1},
        {"-6s", -1},
        {"6S", -1},
        {"6sec", -1},
        {"1.s", -1},
        {"NaNs", -1},
        {"infs", -1},
        {"1e3s", -1},
        {"+6s", -1},
        {"0x6s", -1},
        {"PT6S", -1},
        {"99999999999999999999d", INT64_MAX},
        {"9223372036854775807ms", INT64_MAX},
        {"9223372036854775807ms1us", INT64_MAX},
        {"106751991168d", INT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = -1;
        bool ok = llmc__hint_duration(rows[i].text, strlen(rows[i].text), &ms);
        if (ok != (rows[i].ms >= 0) || ms != rows[i].ms)
            fail_msg("%s: %d, %lld", rows[i].text, ok, (long long)ms);
    }
    int64_t ms = -1;
    assert_false(llmc__hint_duration(NULL, 0, &ms));
    assert_true(llmc__hint_duration("48seconds", 3, &ms)); /* the length counts */
    assert_int_equal(ms, 48000);
}

static void test_rfc3339(void **state) {
    static const struct {
        const char *text;
        bool ok;
        int64_t ms;
    } rows[] = {
        {"2026-11-24T03:35:45Z", true, NOW},
        {" 2026-11-24T03:35:45Z ", true, NOW},
        {"2026-11-24t03:35:45z", true, NOW},
        {"2026-11-24 03:35:45Z", true, NOW},
        {"2026-11-24T03:35:45.5Z", true, NOW + 500},
        {"2026-11-24T03:35:45.123456789Z", true, NOW + 124},
        {"2026-11-24T03:35:45.000Z", true, NOW},
        {"2026-11-24T04:35:45+01:00", true, NOW},
        {"2026-11-24T09:05:45+05:30", true, NOW},
        {"2026-11-23T19:35:45.250-08:00", true, NOW + 250},
        {"2026-11-24T03:35:45-00:00", true, NOW},
        {"1970-01-01T00:00:00Z", true, 0},
        {"0001-01-01T00:00:00Z", true, INT64_C(-62135596800000)},
        {"9999-12-31T23:59:59.999Z", true, INT64_C(253402300799999)},
        {"2016-12-31T23:59:60Z", true, INT64_C(1483228800000)},
        {"2024-02-29T00:00:00Z", true, INT64_C(1709164800000)},
        {"2026-02-29T00:00:00Z", false, 0},
        {"2026-11-24T03:35:45", false, 0},
        {"2026-11-24T03:35:45.Z", false, 0},
        {"2026-11-24T03:35Z", false, 0},
        {"2026-11-24", false, 0},
        {"2026-11-24T03:35:450Z", false, 0},
        {"2026-11-24T03:35:5Z", false, 0},
        {"2026-11-24T03:35:45+0100", false, 0},
        {"2026-11-24T03:35:45+01:60", false, 0},
        {"2026-11-24T03:35:45+24:00", false, 0},
        {"2026-11-24T03:35:45ZZ", false, 0},
        {"2026-11-24T24:00:00Z", false, 0},
        {"2026-13-01T00:00:00Z", false, 0},
        {"2026-00-01T00:00:00Z", false, 0},
        {"2026-11-00T00:00:00Z", false, 0},
        {"26-11-24T03:35:45Z", false, 0},
        {"2026/11/24T03:35:45Z", false, 0},
        {"0000-01-01T00:00:00Z", false, 0},
        {"1795491345", false, 0},
        {"", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = 0;
        bool ok = llmc__hint_rfc3339(rows[i].text, strlen(rows[i].text), &ms);
        if (ok != rows[i].ok || ms != rows[i].ms)
            fail_msg("%s: %d, %lld", rows[i].text, ok, (long long)ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_not_readable),
        cmocka_unit_test(test_millis_before_seconds),
        cmocka_unit_test(test_should_retry),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_dates_not_readable),
        cmocka_unit_test(test_no_overflow_against_any_clock),
        cmocka_unit_test(test_http_date_values),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_rfc3339),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
