/* Numbers as text. The C library's own functions follow the host's locale, which may write 1,5 for 1.5. */
#include "base/str.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/thread.h"

/* Longer numbers are copied to memory of their own. */
#define SMALL 128

static locale_t c_locale;
static llmc__once c_locale_once = LLMC__ONCE_INIT;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* `text` is terminated and only of digits, sign, point and exponent. */
static double read_plain(const char *text) {
    llmc__once_run(&c_locale_once, make_c_locale);
    return c_locale != (locale_t)0 ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

/* Prints with so many digits. Whatever bytes the locale has put between the digits become one point. */
static size_t print_digits(double value, int digits, char out[32]) {
    char raw[64];
    size_t len = 0;
    const char *p;

    snprintf(raw, sizeof(raw), "%.*g", digits, value);
    for (p = raw; *p != '\0' && len < 31; p++) {
        if (is_digit(*p) || *p == '-' || *p == '+' || *p == 'e')
            out[len++] = *p;
        else if (len == 0 || out[len - 1] != '.')
            out[len++] = '.';
    }
    out[len] = '\0';
    return len;
}

/*
 * 15 digits survive the way to a normal double and back, so "%.15g", which drops zeros at the end, is the shortest
 * text if it reads back at all. Subnormal numbers have fewer digits, so for them every length is tried.
 */
size_t llmc__str_from_double(double value, char out[32]) {
    int digits = fabs(value) < DBL_MIN ? 1 : 15;
    size_t len = 0;

    out[0] = '\0';
    if (!isfinite(value))
        return 0;
    for (; digits <= 17; digits++) {
        len = print_digits(value, digits, out);
        if (read_plain(out) == value)
            break;
    }
    return len;
}

size_t llmc__str_from_int64(int64_t value, char out[24]) {
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char reversed[20];
    size_t digits = 0, len = 0;

    do {
        reversed[digits++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        out[len++] = '-';
    while (digits > 0)
        out[len++] = reversed[--digits];
    out[len] = '\0';
    return len;
}

bool llmc__str_to_int64(const char *text, size_t len, int64_t *out) {
    bool negative = len > 0 && text[0] == '-';
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t value = 0;
    size_t i = negative ? 1 : 0;

    if (i == len)
        return false;
    for (; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (!is_digit(text[i]) || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static size_t skip_digits(const char *text, size_t len, size_t at) {
    while (at < len && is_digit(text[at]))
        at++;
    return at;
}

/* -? digits [. digits] [e [+-] digits]: what RFC 8259 section 6 allows, and zeros in front. */
static bool is_plain(const char *text, size_t len) {
    size_t start = len > 0 && text[0] == '-' ? 1 : 0;
    size_t at = skip_digits(text, len, start);

    if (at == start)
        return false;
    if (at < len && text[at] == '.') {
        start = at + 1;
        at = skip_digits(text, len, start);
        if (at == start)
            return false;
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        start = at + 1;
        if (start < len && (text[start] == '+' || text[start] == '-'))
            start++;
        at = skip_digits(text, len, start);
        if (at == start)
            return false;
    }
    return at == len;
}

/* The text terminated, in `small` if it fits there; NULL: it is no number, or no memory. */
static char *terminated(const char *text, size_t len, char small[SMALL]) {
    char *copy = small;
    if (!is_plain(text, len))
        return NULL;
    if (len >= SMALL)
        copy = llmc__mem_alloc(len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

bool llmc__str_to_double(const char *text, size_t len, double *out) {
    char small[SMALL];
    char *copy = terminated(text, len, small);
    double value;

    if (copy == NULL)
        return false;
    value = read_plain(copy);
    if (copy != small)
        llmc__mem_free(copy);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

bool llmc__str_to_float(const char *text, size_t len, float *out) {
    char small[SMALL];
    char *copy = terminated(text, len, small);
    float value;

    if (copy == NULL)
        return false;
    llmc__once_run(&c_locale_once, make_c_locale);
    value = c_locale != (locale_t)0 ? strtof_l(copy, NULL, c_locale) : strtof(copy, NULL);
    if (copy != small)
        llmc__mem_free(copy);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}
