#include "policy/hint.h"

#include <string.h>
#include "base/str.h"

/* What is left to read of a header's value. */
typedef struct span {
    const char *at, *end;
} span;

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static span trimmed(const char *text, size_t len) {
    span s = {text, text};
    if (len == 0)
        return s;
    s.end = text + len;
    while (s.at < s.end && is_blank(*s.at))
        s.at++;
    while (s.at < s.end && is_blank(s.end[-1]))
        s.end--;
    return s;
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
    const char *name;
    int64_t ms;  /* so many ms each, */
    int64_t per; /* or so many of them a ms */
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
static bool read_number(span s, int64_t unit_ms, int64_t *ms) {
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

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const long_days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const zones[] = {"GMT", "UTC"};

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of(int year, int month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

static int64_t leap_days_before(int64_t year) {
    return (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
}

static int64_t unix_ms_of(const moment *m) {
    int64_t day = 365 * (int64_t)(m->year - 1970) + leap_days_before(m->year) - leap_days_before(1970) + m->day - 1;
    for (int month = 1; month < m->month; month++)
        day += days_of(m->year, month);
    return (((day * 24 + m->hour) * 60 + m->minute) * 60 + m->second) * 1000;
}

/* The second 60 is that of a leap second. */
static bool is_valid(const moment *m) {
    return m->year >= 1 && m->month >= 1 && m->month <= 12 && m->day >= 1 && m->day <= days_of(m->year, m->month) &&
           m->hour <= 23 && m->minute <= 59 && m->second <= 60;
}

/* The word that stands next, as its number from 1 on; 0 when it is none of them. */
static int read_word(span *s, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= len && llmc__str_ieq_n(s->at, len, words[i])) {
            s->at += len;
            return (int)i + 1;
        }
    }
    return 0;
}

static bool read_int(span *s, int least, int most, int *out) {
    int count = 0;
    *out = 0;
    for (; count < most && s->at < s->end && is_digit(*s->at); s->at++, count++)
        *out = *out * 10 + (*s->at - '0');
    return count >= least;
}

/* One letter of a pattern, as strptime has them: %e is a day with a space in front. */
static bool read_field(span *s, char field, moment *m) {
    switch (field) {
    case 'a':
        return read_word(s, days, sizeof days / sizeof days[0]) > 0;
    case 'A':
        return read_word(s, long_days, sizeof long_days / sizeof long_days[0]) > 0;
    case 'b':
        return (m->month = read_word(s, months, sizeof months / sizeof months[0])) > 0;
    case 'Z':
        return read_word(s, zones, sizeof zones / sizeof zones[0]) > 0;
    case 'Y':
        return read_int(s, 4, 4, &m->year);
    case 'y':
        return read_int(s, 2, 2, &m->year);
    case 'm':
        return read_int(s, 2, 2, &m->month);
    case 'd':
        return read_int(s, 2, 2, &m->day);
    case 'e':
        (void)skip_text(s, " ");
        return read_int(s, 1, 2, &m->day);
    case 'H':
        return read_int(s, 2, 2, &m->hour);
    case 'M':
        return read_int(s, 2, 2, &m->minute);
    default:
        return read_int(s, 2, 2, &m->second);
    }
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
        if (!is_valid(&m))
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
    if ((!west && !skip_text(s, "+")) || !read_pattern(s, "%H:%M", &m) || m.hour > 23 || m.minute > 59)
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
        !read_pattern(&s, "%H:%M:%S", &m) || !is_valid(&m))
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

static bool read_until(const llmc__hint_headers *headers, int64_t wall_ms, int64_t *ms) {
    const char *text = headers->retry_after, *date = headers->date;
    int64_t now = wall_ms, then = 0;
    if (date != NULL)
        (void)llmc__hint_http_date(date, strlen(date), wall_ms, &now);
    if (!llmc__hint_http_date(text, strlen(text), now, &then))
        return false;
    if (then <= now)
        *ms = 0;
    else if (now < 0 && then > INT64_MAX + now)
        *ms = INT64_MAX;
    else
        *ms = then - now;
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
