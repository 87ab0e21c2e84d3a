#include "policy/hint.h"

#include <stddef.h>
#include <string.h>
#include "base/date.h"
#include "base/str.h"

/* What is left to read of a header's value. */
typedef struct span {
    const char *at, *end;
} span;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static span trimmed(const char *text, size_t len) {
    const char *start = llmc__str_trim(text, &len);
    return (span){start, start + len};
}

static bool skip_text(span *s, const char *text) {
    size_t len = strlen(text);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
        return false;
    s->at += len;
    return true;
}

/* These three are for values that are not negative. */
static int64_t add_capped(int64_t a, int64_t b) {
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t times_capped(int64_t a, int64_t b) {
    return b != 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
}

static int64_t divide_up(int64_t a, int64_t b) {
    return a / b + (a % b != 0);
}

/* ---- durations ---- */

/* whole + nano / 1e9. */
typedef struct decimal {
    int64_t whole, nano;
} decimal;

static bool read_whole(span *s, int64_t *out) {
    const char *start = s->at;
    *out = 0;
    for (; s->at < s->end && is_digit(*s->at); s->at++)
        *out = add_capped(times_capped(*out, 10), *s->at - '0');
    return s->at > start;
}

/* Digits, then perhaps a point and digits. What stands behind the ninth is rounded up. */
static bool read_decimal(span *s, decimal *out) {
    int64_t unit = 100000000;
    bool more = false;
    out->nano = 0;
    if (!read_whole(s, &out->whole))
        return false;
    if (s->at == s->end || *s->at != '.')
        return true;
    const char *start = ++s->at;
    for (; s->at < s->end && is_digit(*s->at); s->at++, unit /= 10) {
        out->nano += (*s->at - '0') * unit;
        more = more || (unit == 0 && *s->at != '0');
    }
    out->nano += more;
    return s->at > start;
}

static const struct unit {
    char name[4];
    int32_t ms;  /* so many ms each, */
    int32_t per; /* or so many of them a ms */
} units[] = {
    {"d", 86400000, 1}, {"h", 3600000, 1}, {"ms", 1, 1},           {"m", 60000, 1},
    {"s", 1000, 1},     {"us", 0, 1000},   {"\xc2\xb5s", 0, 1000}, /* micro sign, as Go writes it */
    {"ns", 0, 1000000},
};

static const struct unit *read_unit(span *s) {
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (skip_text(s, units[i].name))
            return &units[i];
    return NULL;
}

static int64_t decimal_to_ms(decimal number, const struct unit *unit) {
    if (unit->per > 1)
        return divide_up(add_capped(number.whole, number.nano > 0), unit->per);
    return add_capped(times_capped(number.whole, unit->ms), divide_up(number.nano * unit->ms, 1000000000));
}

/* As Go writes durations: numbers with units that get smaller. */
static bool read_units(span s, int64_t *ms) {
    const struct unit *before = NULL;
    decimal number;
    *ms = 0;
    while (s.at < s.end) {
        if (!read_decimal(&s, &number))
            return false;
        const struct unit *unit = read_unit(&s);
        if (unit == NULL || (before != NULL && (unit->ms > before->ms || unit->per < before->per || unit == before)))
            return false;
        *ms = add_capped(*ms, decimal_to_ms(number, unit));
        before = unit;
    }
    return before != NULL;
}

/* A number of `unit_ms` each. Exponents are legal, as the SDKs read it by their languages' float(). */
static bool read_number(span s, int32_t unit_ms, int64_t *ms) {
    const struct unit unit = {"", unit_ms, 1};
    span rest = s;
    decimal number;
    double value = 0;
    if (rest.at < rest.end && *rest.at == '+')
        s.at = ++rest.at;
    if (read_decimal(&rest, &number) && rest.at == rest.end) {
        *ms = decimal_to_ms(number, &unit);
        return true;
    }
    if (!llmc__str_to_double(s.at, (size_t)(s.end - s.at), &value) || value < 0)
        return false;
    value *= (double)unit_ms;
    if (value >= (double)INT64_MAX) {
        *ms = INT64_MAX;
        return true;
    }
    *ms = (int64_t)value;
    *ms += (double)*ms < value;
    return true;
}

bool llmc__hint_duration(const char *text, size_t len, int64_t *ms) {
    span s = trimmed(text, len);
    int64_t read = 0;
    if (!read_number(s, 1000, &read) && !read_units(s, &read))
        return false;
    *ms = read;
    return true;
}

/* ---- dates ---- */

typedef struct moment {
    int year, month, day, hour, minute, second;
} moment;

static int64_t unix_ms_of(const moment *m) {
    int64_t day = llmc__date_days(m->year, m->month, m->day);
    return (((day * 24 + m->hour) * 60 + m->minute) * 60 + m->second) * 1000;
}

/* Whether its month has the day. */
static bool is_day(const moment *m) {
    return llmc__date_days(m->year, m->month, m->day) < llmc__date_days(m->year, m->month + 1, 1);
}

/* The word that stands next, as its number from 1 on; 0 when it is none of them. Each is ended by a NUL, all by
 * another. */
static int read_word(span *s, const char *words) {
    for (int number = 1; *words != '\0'; words += strlen(words) + 1, number++) {
        size_t len = strlen(words);
        if ((size_t)(s->end - s->at) >= len && llmc__str_ieq_n(s->at, len, words)) {
            s->at += len;
            return number;
        }
    }
    return 0;
}

/* The second 60 is that of a leap second. */
static const struct number {
    char letter;
    uint8_t fewest, digits;
    uint8_t member; /* of a moment */
    uint16_t least, most;
} numbers[] = {
    {'Y', 4, 4, offsetof(moment, year), 1, 9999}, {'y', 2, 2, offsetof(moment, year), 0, 99},
    {'m', 2, 2, offsetof(moment, month), 1, 12},  {'d', 2, 2, offsetof(moment, day), 1, 31},
    {'e', 1, 2, offsetof(moment, day), 1, 31},    {'H', 2, 2, offsetof(moment, hour), 0, 23},
    {'M', 2, 2, offsetof(moment, minute), 0, 59}, {'S', 2, 2, offsetof(moment, second), 0, 60},
};

static bool read_digits(span *s, char letter, moment *m) {
    const struct number *n = numbers;
    int value = 0, count = 0;
    while (n->letter != letter)
        n++;
    for (; count < n->digits && s->at < s->end && is_digit(*s->at); s->at++, count++)
        value = value * 10 + (*s->at - '0');
    *(int *)(void *)((char *)m + n->member) = value;
    return count >= n->fewest && value >= n->least && value <= n->most;
}

/* One letter of a pattern, as strptime has them: %e is a day with a space in front. */
static bool read_field(span *s, char letter, moment *m) {
    switch (letter) {
    case 'a':
        return read_word(s, "Mon\0Tue\0Wed\0Thu\0Fri\0Sat\0Sun\0") > 0;
    case 'A':
        return read_word(s, "Monday\0Tuesday\0Wednesday\0Thursday\0Friday\0Saturday\0Sunday\0") > 0;
    case 'b':
        m->month = read_word(s, "Jan\0Feb\0Mar\0Apr\0May\0Jun\0Jul\0Aug\0Sep\0Oct\0Nov\0Dec\0");
        return m->month > 0;
    case 'Z':
        return read_word(s, "GMT\0UTC\0") > 0;
    case 'e':
        (void)skip_text(s, " ");
        break;
    default:
        break;
    }
    return read_digits(s, letter, m);
}

static bool read_pattern(span *s, const char *pattern, moment *m) {
    for (; *pattern != '\0'; pattern++) {
        const char literal[2] = {*pattern, '\0'};
        bool ok = *pattern == '%' ? read_field(s, *++pattern, m) : skip_text(s, literal);
        if (!ok)
            return false;
    }
    return true;
}

/*
 * RFC 9110 section 5.6.7: a two-digit year that appears to be more than 50 years in the future is the latest one in the
 * past of these digits. So it is the last such year that is not more than 50 years ahead.
 */
static void widen_year(moment *m, int64_t wall_ms) {
    m->year += 1900;
    for (; m->year < 9900; m->year += 100) {
        moment half_way = *m;
        half_way.year += 50; /* 100 years on and 50 back */
        if (unix_ms_of(&half_way) > wall_ms)
            return;
    }
}

bool llmc__hint_http_date(const char *text, size_t len, int64_t wall_ms, int64_t *unix_ms) {
    static const char *const patterns[] = {"%a, %d %b %Y %H:%M:%S %Z", "%A, %d-%b-%y %H:%M:%S %Z",
                                           "%a %b %e %H:%M:%S %Y"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        span s = trimmed(text, len);
        moment m = {0};
        if (!read_pattern(&s, patterns[i], &m) || s.at != s.end)
            continue;
        if (strstr(patterns[i], "%y") != NULL)
            widen_year(&m, wall_ms);
        if (!is_day(&m))
            return false;
        *unix_ms = unix_ms_of(&m);
        return true;
    }
    return false;
}

/* "Z", "+05:30": how far the clock of that place is ahead. */
static bool read_offset(span *s, int64_t *ms) {
    moment m = {0};
    *ms = 0;
    if (skip_text(s, "Z") || skip_text(s, "z"))
        return true;
    bool west = skip_text(s, "-");
    if ((!west && !skip_text(s, "+")) || !read_pattern(s, "%H:%M", &m))
        return false;
    *ms = (m.hour * 60 + m.minute) * (west ? -60000 : 60000);
    return true;
}

bool llmc__hint_rfc3339(const char *text, size_t len, int64_t *unix_ms) {
    static const struct unit second = {"s", 1000, 1};
    span s = trimmed(text, len);
    moment m = {0};
    decimal fraction = {0, 0};
    int64_t ahead = 0;
    if (!read_pattern(&s, "%Y-%m-%d", &m) || (!skip_text(&s, "T") && !skip_text(&s, "t") && !skip_text(&s, " ")) ||
        !read_pattern(&s, "%H:%M:%S", &m) || !is_day(&m))
        return false;
    if (s.at < s.end && *s.at == '.') {
        s.at--; /* a decimal begins with a digit: the last one of the second */
        if (!read_decimal(&s, &fraction))
            return false;
        fraction.whole = 0;
    }
    if (!read_offset(&s, &ahead) || s.at != s.end)
        return false;
    *unix_ms = unix_ms_of(&m) + decimal_to_ms(fraction, &second) - ahead;
    return true;
}

/* ---- the headers ---- */

int64_t llmc__hint_until(int64_t then_ms, int64_t now_ms) {
    if (then_ms <= now_ms)
        return 0;
    return now_ms < 0 && then_ms > INT64_MAX + now_ms ? INT64_MAX : then_ms - now_ms;
}

static bool read_until(const llmc__hint_headers *headers, int64_t wall_ms, int64_t *ms) {
    const char *text = headers->retry_after, *date = headers->date;
    int64_t now = wall_ms, then = 0;
    if (date != NULL)
        (void)llmc__hint_http_date(date, strlen(date), wall_ms, &now);
    if (!llmc__hint_http_date(text, strlen(text), now, &then))
        return false;
    *ms = llmc__hint_until(then, now);
    return true;
}

static int read_flag(const char *text) {
    if (text == NULL)
        return -1;
    span s = trimmed(text, strlen(text));
    size_t len = (size_t)(s.end - s.at);
    return llmc__str_ieq_n(s.at, len, "true") ? 1 : llmc__str_ieq_n(s.at, len, "false") ? 0 : -1;
}

void llmc__hint_read(const llmc__hint_headers *headers, int64_t wall_ms, llmc__hint *out) {
    const char *in_ms = headers->retry_after_ms, *in_s = headers->retry_after;
    int64_t ms = -1;
    bool told = in_ms != NULL && read_number(trimmed(in_ms, strlen(in_ms)), 1, &ms);
    if (!told && in_s != NULL)
        told = llmc__hint_duration(in_s, strlen(in_s), &ms) || read_until(headers, wall_ms, &ms);
    out->after_ms = told ? ms : -1;
    out->should_retry = read_flag(headers->x_should_retry);
}
