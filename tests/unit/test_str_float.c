/* Reading floats: bit for bit what strtof reads, whatever the digits, in any locale. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/str.h"
#include "support_locale.h"
#include "support_random.h"

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void assert_as_strtof(const char *text) {
    float expected = strtof(text, NULL), found = 12345.0F;
    const char *behind = llmc__str_read_float(text, text + strlen(text), &found);
    if (!isfinite(expected)) {
        assert_null(behind);
        return;
    }
    if (behind != text + strlen(text) || bits_of(found) != bits_of(expected))
        fail_msg("\"%s\": %a where strtof reads %a", text, (double)found, (double)expected);
}

static void reads_the_edges(void **state) {
    static const char *const edges[] = {
        "0",
        "-0",
        "0.0",
        "1",
        "-1",
        "0.1",
        "16777217",
        "16777219",
        "3.4028234663852886e38",
        "3.4028235677973366e38",
        "3.4028235677973367e38",
        "1e39",
        "-1e39",
        "1.17549435e-38",
        "1.17549428e-38",
        "1e-45",
        "7e-46",
        "7.1e-46",
        "1e-400",
        "1e400",
        "0e999999999",
        "1e-999999999",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000001",
        "8388608.5",
        "8388609.5",
        "1.00000005960464477539062",
        "1.000000059604644775390625",
        "1.000000059604644775390626",
        "9007199254740993e-16",
        "0.50000002980232238769531249999999999999999999",
    };
    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_as_strtof(edges[i]);
}

static void reads_random_numbers(void **state) {
    char text[80];
    support_random random;
    uint32_t steps = support_random_steps(400000);
    (void)state;
    support_random_begin(&random, "reads_random_numbers");
    for (uint32_t i = 0; i < steps; i++) {
        uint64_t a = support_random_next(&random), b = support_random_next(&random);
        float f;
        uint32_t bits = (uint32_t)a;
        memcpy(&f, &bits, sizeof f);
        if (!isfinite(f))
            continue;
        /* As servers print them: the double of a float, its shortest text, and anything. */
        snprintf(text, sizeof text, "%.*g", (int)(b % 21) + 1, (double)f);
        assert_as_strtof(text);
        snprintf(text, sizeof text, "-0.0%llu", (unsigned long long)(a >> (b % 40)));
        assert_as_strtof(text);
        snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(a % 1000), (unsigned long long)b,
                 (int)(a % 90) - 50);
        assert_as_strtof(text);
    }
}

/* Numbers right between two floats, and a little beside: where a double in between would round twice. */
static void reads_what_lies_in_the_middle(void **state) {
    char text[128];
    support_random random;
    uint32_t steps = support_random_steps(50000);
    (void)state;
    support_random_begin(&random, "reads_what_lies_in_the_middle");
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t bits = (uint32_t)(support_random_next(&random) % 0x7e000000) + 0x00800000;
        float low, high;
        double middle;
        memcpy(&low, &bits, sizeof low);
        bits++;
        memcpy(&high, &bits, sizeof high);
        middle = ((double)low + (double)high) / 2;
        for (int digits = 15; digits <= 50; digits += 7) {
            snprintf(text, sizeof text, "%.*e", digits, middle);
            assert_as_strtof(text);
        }
        snprintf(text, sizeof text, "%.17e", nextafter(middle, 0));
        assert_as_strtof(text);
        snprintf(text, sizeof text, "%.17e", nextafter(middle, INFINITY));
        assert_as_strtof(text);
    }
}

static void stops_where_the_number_ends(void **state) {
    static const struct {
        const char *text;
        size_t len; /* 0: no number */
        float value;
    } cases[] = {
        {"1,2", 1, 1},      {"0.5]", 3, 0.5F}, {"-2e1 ", 4, -20}, {"01", 0, 0},  {"-", 0, 0},        {"", 0, 0},
        {".5", 0, 0},       {"1.", 0, 0},      {"1e", 0, 0},      {"1e+", 0, 0}, {"NaN", 0, 0},      {"+1", 0, 0},
        {"1.5.5", 3, 1.5F}, {"null", 0, 0},    {"1E2x", 3, 100},  {"-01", 0, 0}, {"Infinity", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = cases[i].text;
        float found = 0;
        const char *behind = llmc__str_read_float(text, text + strlen(text), &found);
        assert_ptr_equal(behind, cases[i].len ? text + cases[i].len : NULL);
        if (behind)
            assert_true(found == cases[i].value);
    }
}

static void reads_in_any_locale(void **state) {
    float value = 0;
    const char easy[] = "0.25", hard[] = "1.17549435e-38";
    (void)state;
    if (!support_locale_enter("de_DE"))
        return;
    assert_ptr_equal(llmc__str_read_float(easy, easy + 4, &value), easy + 4);
    assert_true(value == 0.25F);
    assert_non_null(llmc__str_read_float(hard, hard + sizeof hard - 1, &value));
    assert_int_equal(bits_of(value), 0x00800000);
    support_locale_leave();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_edges),
        cmocka_unit_test(reads_random_numbers),
        cmocka_unit_test(reads_what_lies_in_the_middle),
        cmocka_unit_test(stops_where_the_number_ends),
        cmocka_unit_test(reads_in_any_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
