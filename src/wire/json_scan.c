#include "wire/json_scan.h"

#include <string.h>
#include "base/str.h"
#include "wire/json_run.h"

typedef struct cursor {
    const char *p, *end;
    llmc__json_scan *scan;
    const char *reason; /* NULL while all is well */
} cursor;

static bool fail(cursor *c, const char *reason) {
    c->reason = reason;
    return false;
}

static void skip_space(cursor *c) {
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t'))
        c->p++;
}

static bool is_digit(char ch) {
    return ch >= '0' && ch <= '9';
}

static int hex_value(char ch) {
    if (is_digit(ch))
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

unsigned llmc__json_scan_unit(const char *p) {
    unsigned unit = 0;
    int i;

    for (i = 2; i < 6; i++)
        unit = unit << 4 | (unsigned)hex_value(p[i]);
    return unit;
}

static bool is_unit(const char *p, const char *end) {
    return end - p >= 6 && p[0] == '\\' && p[1] == 'u' && hex_value(p[2]) >= 0 && hex_value(p[3]) >= 0 &&
           hex_value(p[4]) >= 0 && hex_value(p[5]) >= 0;
}

size_t llmc__json_scan_escape(const char *p, const char *end) {
    unsigned unit = llmc__json_scan_unit(p);
    unsigned second;

    if (unit < 0xd800 || unit > 0xdfff)
        return 6;
    if (unit > 0xdbff || !is_unit(p + 6, end))
        return 0;
    second = llmc__json_scan_unit(p + 6);
    return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

static void scan_high(cursor *c) {
    const char *start = c->p;
    size_t len;

    while (c->p < c->end && (unsigned char)*c->p >= 0x80)
        c->p++;
    len = (size_t)(c->p - start);
    if (llmc__str_utf8_prefix(start, len) != len)
        c->scan->needs_repair = true;
}

size_t llmc__json_scan_escape_len(const char *p, const char *end) {
    if (end - p < 2)
        return 0;
    if (p[1] != 'u')
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? 2 : 0;
    return is_unit(p, end) && llmc__json_scan_unit(p) != 0 ? llmc__json_scan_escape(p, end) : 0;
}

static bool scan_escape(cursor *c, bool *has_nul) {
    size_t len;

    if (c->end - c->p < 2)
        return fail(c, "string without its end");
    if (c->p[1] != 'u') {
        if (c->p[1] == '\0' || strchr("\"\\/bfnrt", c->p[1]) == NULL)
            return fail(c, "unknown escape");
        c->p += 2;
        return true;
    }
    if (!is_unit(c->p, c->end))
        return fail(c, "\\u without four hex digits");
    if (llmc__json_scan_unit(c->p) == 0)
        *has_nul = true;
    len = llmc__json_scan_escape(c->p, c->end);
    if (len == 0)
        c->scan->needs_repair = true;
    c->p += len == 12 ? 12 : 6;
    return true;
}

static bool scan_string(cursor *c, bool *has_nul) {
    c->p++;
    for (;;) {
        c->p = llmc__json_run_plain(c->p, c->end);
        if (c->p == c->end)
            return fail(c, "string without its end");
        if (*c->p == '"') {
            c->p++;
            return true;
        }
        if ((unsigned char)*c->p >= 0x80) {
            scan_high(c);
            continue;
        }
        if (*c->p != '\\')
            return fail(c, "control character in a string");
        if (!scan_escape(c, has_nul))
            return false;
    }
}

static bool scan_digits(cursor *c) {
    const char *start = c->p;

    while (c->p < c->end && is_digit(*c->p))
        c->p++;
    return c->p > start ? true : fail(c, "digit expected");
}

static bool scan_number(cursor *c) {
    const char *start = c->p, *digits;

    if (*c->p == '-')
        c->p++;
    digits = c->p;
    if (!scan_digits(c))
        return false;
    if (*digits == '0' && c->p > digits + 1) {
        c->p = digits + 1;
        return fail(c, "number with a zero in front");
    }
    if (c->p - digits >= LLMC__JSON_LONG_DIGITS)
        c->scan->side++;
    if (c->p < c->end && *c->p == '.') {
        c->scan->has_point = true;
        c->p++;
        if (!scan_digits(c))
            return false;
    }
    if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
        c->p++;
        if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
            c->p++;
        if (!scan_digits(c))
            return false;
    }
    if (c->p - start > LLMC__JSON_NUMBER_BYTES)
        c->scan->needs_repair = true;
    return true;
}

static bool scan_word(cursor *c, const char *word, size_t len) {
    if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
        return fail(c, "value expected");
    c->p += len;
    return true;
}

static bool scan_scalar(cursor *c) {
    bool has_nul = false;

    switch (*c->p) {
    case '"':
        if (!scan_string(c, &has_nul))
            return false;
        c->scan->side += has_nul;
        return true;
    case 't':
        return scan_word(c, "true", 4);
    case 'f':
        return scan_word(c, "false", 5);
    case 'n':
        return scan_word(c, "null", 4);
    default:
        return is_digit(*c->p) || *c->p == '-' ? scan_number(c) : fail(c, "value expected");
    }
}

static bool scan_name(cursor *c) {
    bool has_nul = false;

    skip_space(c);
    if (c->p == c->end || *c->p != '"')
        return fail(c, "member name expected");
    if (!scan_string(c, &has_nul))
        return false;
    if (has_nul)
        c->scan->needs_repair = true; /* the tree's names end at a NUL, so "a\0b" would pass for "a" */
    skip_space(c);
    if (c->p == c->end || *c->p != ':')
        return fail(c, "colon expected");
    c->p++;
    return true;
}

/* After a value: closes what ends here and steps over a comma. *more: another value follows. */
static bool scan_after(cursor *c, const char *open, size_t *depth, bool *more) {
    for (; *depth > 0; --*depth) {
        bool object = open[*depth - 1] == '{';
        skip_space(c);
        if (c->p == c->end)
            return fail(c, "text ends inside an array or object");
        if (*c->p == ',') {
            c->p++;
            *more = true;
            return object ? scan_name(c) : true;
        }
        if (*c->p != (object ? '}' : ']'))
            return fail(c, "comma or closing bracket expected");
        c->p++;
    }
    *more = false;
    return true;
}

/* Steps into the array or object at p. *empty: it is closed at once. */
static bool scan_open(cursor *c, char *open, size_t *depth, bool *empty) {
    bool object = *c->p == '{';

    if (*depth == LLMC__JSON_MAX_DEPTH)
        return fail(c, "nested too deep");
    open[(*depth)++] = *c->p++;
    skip_space(c);
    *empty = c->p < c->end && *c->p == (object ? '}' : ']');
    return *empty || !object || scan_name(c);
}

static bool scan_value(cursor *c) {
    char open[LLMC__JSON_MAX_DEPTH];
    size_t depth = 0;
    bool more = true;

    while (more) {
        bool empty = true;
        skip_space(c);
        if (c->p == c->end)
            return fail(c, "value expected");
        if (++c->scan->nodes > LLMC__JSON_MAX_NODES)
            return fail(c, "too many values");
        if (*c->p == '{' || *c->p == '[') {
            if (!scan_open(c, open, &depth, &empty))
                return false;
            if (!empty)
                continue;
        } else if (!scan_scalar(c)) {
            return false;
        }
        if (!scan_after(c, open, &depth, &more))
            return false;
    }
    return true;
}

llmc_status llmc__json_scan_text(const char *text, size_t len, llmc__json_scan *scan) {
    cursor c = {.p = text, .end = text + len, .scan = scan};
    bool ok;

    memset(scan, 0, sizeof(*scan));
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        scan->start = 3; /* RFC 8259 section 8.1 lets a parser ignore it */
    c.p += scan->start;
    ok = scan_value(&c);
    if (ok)
        skip_space(&c);
    if (ok && c.p == c.end)
        return LLMC_OK;
    scan->fault.offset = (size_t)(c.p - text);
    scan->fault.reason = ok ? "text after the value" : c.reason;
    if (scan->nodes > LLMC__JSON_MAX_NODES || strcmp(scan->fault.reason, "nested too deep") == 0)
        return LLMC_ERR_TOO_LARGE;
    return LLMC_ERR_INVALID_JSON;
}
