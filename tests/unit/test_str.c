#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "support_locale.h"

static void utf8_prefix_of_each_form(void **state) {
    static const struct {
        const char *text;
        size_t len, good;
    } cases[] = {
        {"", 0, 0},
        {"plain text of more than eight bytes", 35, 35},
        {"\xC3\xA9t\xC3\xA9", 5, 5},
        {"\xE2\x82\xAC", 3, 3},
        {"\xF0\x9F\x98\x80", 4, 4},
        {"\xF4\x8F\xBF\xBF", 4, 4},
        {"\xEE\x80\x80\xED\x9F\xBF", 6, 6},
        {"a\x80", 2, 1},
        {"a\xC1\x81", 3, 1},          /* overlong */
        {"a\xE0\x9F\xBF", 4, 1},      /* overlong */
        {"a\xF0\x8F\xBF\xBF", 5, 1},  /* overlong */
        {"ab\xED\xA0\x80", 5, 2},     /* surrogate */
        {"ab\xF4\x90\x80\x80", 6, 2}, /* past U+10FFFF */
        {"ab\xF5\x80\x80\x80", 6, 2}, /* no such lead */
        {"\xE2\x82", 2, 0},           /* cut */
        {"\xF0\x9F\x98", 3, 0},       /* cut */
        {"12345678\xE2\x82\xAC\xFF", 12, 11},
        {"\xE2\x28\xA1", 3, 0},
        {"\xF0\x9F\x28\x80", 4, 0},
        {"a\0b", 3, 3},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(llmc__str_utf8_prefix(cases[i].text, cases[i].len), cases[i].good);
}

static void span_ends_at_what_is_neither_letter_nor_digit_nor_named(void **state) {
    (void)state;
    assert_int_equal(llmc__str_span("azAZ09", ""), 6);
    assert_int_equal(llmc__str_span("", "_"), 0);
    assert_int_equal(llmc__str_span("a_b-c.d", "_-"), 5);
    for (int c = 1; c < 256; c++) { /* each byte but for letters and digits, in the C locale's order */
        char text[] = {'x', (char)c, '\0'};
        bool plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c) != NULL;
        assert_int_equal(llmc__str_span(text, ""), plain ? 2 : 1);
        assert_int_equal(llmc__str_span(text, text), 2);
    }
}

static void comparison(void **state) {
    (void)state;
    assert_true(llmc__str_ieq("Content-Type", "content-TYPE"));
    assert_false(llmc__str_ieq("a", "ab"));
    assert_false(llmc__str_ieq("ab", "a"));
    assert_false(llmc__str_ieq("@", "`")); /* one bit apart, as letters' cases are */
    assert_true(llmc__str_ieq_n("ABCdef", 3, "abc"));
    assert_false(llmc__str_ieq_n("ABCdef", 4, "abc"));
    assert_true(llmc__str_ieq_n("", 0, ""));
    assert_true(llmc__str_starts("data: x", "data:"));
    assert_true(llmc__str_starts("x", ""));
    assert_false(llmc__str_starts("dat", "data"));
}

static void control_characters(void **state) {
    (void)state;
    assert_false(llmc__str_has_control("sk-abc \xC3\xA9", 9));
    assert_true(llmc__str_has_control("a\nb", 3));
    assert_true(llmc__str_has_control("a\x7F", 2));
    assert_true(llmc__str_has_control("a\0", 2));
    assert_false(llmc__str_has_control("a\n", 1));
    /* Every byte at every place of a text that is looked at by words. */
    for (size_t at = 0; at < 19; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[] = "\xC3\xA9 0123456789AB\x80\xFF~ ";
            text[at] = (char)byte;
            assert_int_equal(llmc__str_has_control(text, 18), at < 18 && (byte < 0x20 || byte == 0x7f));
        }
}

static void blanks_at_the_ends(void **state) {
    static const struct {
        const char *text;
        size_t start, len;
    } rows[] = {
        {"", 0, 0},   {" ", 0, 0},        {"\t \t", 0, 0}, {"a", 0, 1},           {" a", 1, 1},
        {"a ", 0, 1}, {"\ta b \t", 1, 3}, {"\na\n", 0, 3}, {"  two words", 2, 9}, {"x \t \t", 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].text);
        const char *start = llmc__str_trim(rows[i].text, &len);
        assert_int_equal(len, rows[i].len);
        if (len > 0)
            assert_ptr_equal(start, rows[i].text + rows[i].start);
    }
}

static void whole_numbers(void **state) {
    static const char *const bad[] = {
        "",    "-",   "+1", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809", "99999999999999999999",
        "0x1", "--1", "1/", "1:"};
    char text[24];
    int64_t value = 7;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(llmc__str_to_int64(bad[i], strlen(bad[i]), &value));
    assert_int_equal(value, 7);
    assert_true(llmc__str_to_int64("-9223372036854775808", 20, &value));
    assert_true(value == INT64_MIN);
    assert_int_equal(llmc__str_from_int64(value, text), 20);
    assert_string_equal(text, "-9223372036854775808");
    assert_true(llmc__str_to_int64("9223372036854775807", 19, &value));
    llmc__str_from_int64(value, text);
    assert_string_equal(text, "9223372036854775807");
    assert_true(llmc__str_to_int64("12x", 2, &value));
    assert_int_equal(value, 12);
    assert_int_equal(llmc__str_from_int64(0, text), 1);
    assert_string_equal(text, "0");
}

static void doubles_to_text(void) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.1, "0.1"},
        {0.7, "0.7"},
        {1.0, "1"},
        {-0.0, "-0"},
        {1e22, "1e+22"},
        {5e-324, "5e-324"},
        {1.0 / 3, "0.3333333333333333"},
        {123456.75, "123456.75"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {0.1 + 0.2, "0.30000000000000004"},
        {-2.5e-7, "-2.5e-07"},
    };
    char text[32];
    double back;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = llmc__str_from_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(len, strlen(text));
        assert_true(llmc__str_to_double(text, len, &back));
        assert_true(back == cases[i].value);
    }
}

static void text_to_doubles(void) {
    static const char *const bad[] = {"",    "-",  ".5", "1.", "1e",    "1e+",    "0x10",  "inf",  "nan",
                                      "1,5", " 1", "1 ", "+1", "1e400", "-1e400", "1.5.5", "1_000"};
    char digits[400];
    double value = 3;
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(llmc__str_to_double(bad[i], strlen(bad[i]), &value));
    assert_true(value == 3);
    assert_true(llmc__str_to_double("1.5e3xyz", 5, &value));
    assert_true(value == 1500);
    assert_true(llmc__str_to_double("0012.25", 7, &value));
    assert_true(value == 12.25);
    assert_true(llmc__str_to_double("1E-2", 4, &value));
    assert_true(value == 0.01);
    memset(digits, '3', sizeof(digits));
    digits[1] = '.';
    assert_true(llmc__str_to_double(digits, sizeof(digits), &value));
    assert_true(value == 10.0 / 3);
}

static void doubles_in_c_locale(void **state) {
    char text[32];

    (void)state;
    doubles_to_text();
    text_to_doubles();
    assert_int_equal(llmc__str_from_double((double)INFINITY, text), 0);
    assert_int_equal(llmc__str_from_double((double)NAN, text), 0);
}

static void doubles_elsewhere(void **state) {
    static const char *const sources[] = {"de_DE", "ps_AF"}; /* a comma; U+066B, which has two bytes */
    char text[32];
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        if (!support_locale_enter(sources[i]))
            continue;
        snprintf(text, sizeof(text), "%.1f", 1.5);
        assert_string_not_equal(text, "1.5");
        doubles_to_text();
        text_to_doubles();
        support_locale_leave();
    }
}

static void random_doubles_come_back(void **state) {
    char text[32];
    double value, back;
    int i;

    (void)state;
    srand(5);
    for (i = 0; i < 20000; i++) {
        uint64_t bits = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        size_t len;
        memcpy(&value, &bits, sizeof(value));
        len = llmc__str_from_double(value, text);
        if (len == 0)
            continue;
        assert_true(len < 26);
        assert_true(llmc__str_to_double(text, len, &back));
        assert_true(back == value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_prefix_of_each_form),
        cmocka_unit_test(comparison),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(blanks_at_the_ends),
        cmocka_unit_test(span_ends_at_what_is_neither_letter_nor_digit_nor_named),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(doubles_in_c_locale),
        cmocka_unit_test(doubles_elsewhere),
        cmocka_unit_test(random_doubles_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
