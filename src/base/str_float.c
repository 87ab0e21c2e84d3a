/*
 * Decimal text to float, as exactly as strtof rounds it but without the host's locale and, for nearly all numbers,
 * without big integers: the number is made as a double that is right to a few units in its last place, and rounded to
 * float from there. Only where those units could decide the rounding is the slow, exact way taken.
 */
#include "base/str.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Digits that a uint64_t holds whatever they are. */
#define MOST_DIGITS 19
/* A double's bits below the last one of a float, and how near to their middle is too near. */
#define LOW_BITS ((uint64_t)0x1fffffff)
#define MIDDLE   ((int64_t)0x10000000)
#define TOO_NEAR 16

typedef struct decimal {
    uint64_t digits; /* the first 19 significant ones */
    int64_t power;   /* of ten, behind them */
    bool negative;
} decimal;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Digits up to the first character that is none; those past 19 only count. `step` is what one of them adds to power. */
static const char *take_digits(const char *p, const char *end, decimal *d, int *count, int step) {
    for (; p < end && is_digit(*p); p++) {
        if (*count < MOST_DIGITS) {
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
            *count += d->digits != 0;
            d->power += step;
        } else {
            d->power += step + 1;
        }
    }
    return p;
}

/* [eE] [+-] digits; NULL: no exponent where one begins. */
static const char *take_exponent(const char *p, const char *end, decimal *d) {
    int64_t exponent = 0;
    bool negative = false;
    p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end || !is_digit(*p))
        return NULL;
    for (; p < end && is_digit(*p); p++)
        exponent = exponent < 100000 ? exponent * 10 + (*p - '0') : exponent;
    d->power += negative ? -exponent : exponent;
    return p;
}

/* The grammar of RFC 8259 section 6; NULL: it is no such number. */
static const char *take_number(const char *p, const char *end, decimal *d) {
    const char *start;
    int count = 0;
    d->negative = p < end && *p == '-';
    start = p += d->negative;
    p = take_digits(p, end, d, &count, 0);
    if (p == start || (*start == '0' && p - start > 1))
        return NULL;
    if (p < end && *p == '.') {
        start = ++p;
        p = take_digits(p, end, d, &count, -1);
        if (p == start)
            return NULL;
    }
    return p < end && (*p == 'e' || *p == 'E') ? take_exponent(p, end, d) : p;
}

/* At most four roundings: of the digits, of up to two factors, and of the product. */
static double scaled(const decimal *d) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double value = (double)d->digits;
    int64_t power = d->power < 0 ? -d->power : d->power;
    for (; power > 22; power -= 22)
        value = d->power < 0 ? value / 1e22 : value * 1e22;
    return d->power < 0 ? value / powers[power] : value * powers[power];
}

/* False: it must be rounded the slow way. */
static bool round_fast(const decimal *d, float *out) {
    uint64_t bits;
    int64_t off;
    double value;
    if (d->digits == 0) {
        *out = d->negative ? -0.0F : 0.0F;
        return true;
    }
    if (d->power < -66 || d->power > 44)
        return false;
    value = scaled(d);
    if (value < (double)FLT_MIN || value >= (double)FLT_MAX)
        return false;
    memcpy(&bits, &value, sizeof bits);
    off = (int64_t)(bits & LOW_BITS) - MIDDLE;
    if (off >= -TOO_NEAR && off <= TOO_NEAR)
        return false;
    *out = (float)(d->negative ? -value : value);
    return true;
}

const char *llmc__str_read_float(const char *text, const char *end, float *out) {
    decimal d = {0, 0, false};
    const char *behind = take_number(text, end, &d);
    if (behind == NULL || round_fast(&d, out))
        return behind;
    return llmc__str_to_float(text, (size_t)(behind - text), out) ? behind : NULL;
}
