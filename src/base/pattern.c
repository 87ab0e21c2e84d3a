#include "base/pattern.h"

#include <stdint.h>
#include <string.h>

#define MAX_STEPS  20000
#define MAX_NESTED 16
#define MAX_DEPTH  400
#define UNBOUNDED  UINT32_MAX

/* ---- reading a pattern ---- */

/* One thing of a sequence and how often it may come. */
typedef struct piece {
    const char *atom, *atom_end;
    uint32_t min, max;
    const char *next; /* behind its quantifier */
} piece;

static bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(unsigned char c) {
    return is_digit(c) || is_letter(c) || c == '_';
}

static bool is_blank(unsigned char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static unsigned char lower(unsigned char c) {
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

/* Behind a class that begins at p; NULL: it is not closed. */
static const char *skip_class(const char *p, const char *end) {
    p++;
    if (p < end && *p == '^')
        p++;
    if (p < end && *p == ']')
        p++;
    while (p < end && *p != ']')
        p += *p == '\\' ? 2 : 1;
    return p < end ? p + 1 : NULL;
}

/* Behind a group that begins at p; NULL: it is not closed. */
static const char *skip_group(const char *p, const char *end) {
    int depth = 0;
    while (p && p < end) {
        if (*p == '[') {
            p = skip_class(p, end);
            continue;
        }
        if (*p == '(')
            depth++;
        if (*p == ')' && --depth == 0)
            return p + 1;
        p += *p == '\\' ? 2 : 1;
    }
    return NULL;
}

static const char *skip_atom(const char *p, const char *end) {
    if (*p == '[')
        return skip_class(p, end);
    if (*p == '(')
        return skip_group(p, end);
    if (*p == '\\')
        return p + 2 <= end ? p + 2 : NULL;
    return p + 1;
}

static const char *read_number(const char *p, const char *end, uint32_t *out) {
    *out = 0;
    while (p < end && is_digit((unsigned char)*p)) {
        *out = *out * 10 + (uint32_t)(*p++ - '0');
        if (*out > 1000)
            return NULL;
    }
    return p;
}

/* {m} {m,} {m,n}; anything else in braces is not taken. */
static const char *read_braces(const char *p, const char *end, piece *out) {
    const char *from = p + 1;
    p = read_number(from, end, &out->min);
    if (!p || p == from || p >= end)
        return NULL;
    out->max = out->min;
    if (*p == ',') {
        from = p + 1;
        p = read_number(from, end, &out->max);
        if (!p || p >= end)
            return NULL;
        if (p == from)
            out->max = UNBOUNDED;
    }
    return *p == '}' && out->min <= out->max ? p + 1 : NULL;
}

/* False: not well formed. */
static bool read_piece(const char *p, const char *end, piece *out) {
    out->atom = p;
    out->atom_end = p = skip_atom(p, end);
    out->min = out->max = 1;
    if (p && p < end && strchr("*+?{", *p)) {
        out->min = *p == '+' ? 1 : 0;
        out->max = *p == '?' ? 1 : UNBOUNDED;
        p = *p == '{' ? read_braces(p, end, out) : p + 1;
        if (p && p < end && *p == '?')
            p++;
    }
    out->next = p;
    return p != NULL;
}

/* ---- is it one we understand? ---- */

static bool valid_escape(unsigned char c) {
    return (c && strchr("dDwWsS", c)) || (!is_letter(c) && !is_digit(c) && c < 0x80);
}

static bool valid_class(const char *p, const char *end) {
    for (; p < end; p++)
        if (*p == '\\' && !valid_escape((unsigned char)*++p))
            return false;
    return true;
}

/* `at` stands on the '(' of a group; the inside of one without "?:" follows it at once. False: of another kind. */
static bool open_group(const char **at) {
    const char *p = *at + 1;
    if (*p == '?') {
        if (p[1] != ':')
            return false;
        p += 2;
    }
    *at = p;
    return true;
}

static bool valid_part(const char *p, const char *end, int depth);

static bool valid_atom(const piece *one, int depth) {
    const char *inside = one->atom;
    if (*inside == '(')
        return open_group(&inside) && valid_part(inside, one->atom_end - 1, depth + 1);
    if (*inside == '[')
        return valid_class(inside, one->atom_end);
    if (*inside == '\\')
        return valid_escape((unsigned char)inside[1]);
    return !strchr("*+?{})]", *inside);
}

static bool valid_part(const char *p, const char *end, int depth) {
    piece one;
    if (depth > MAX_NESTED)
        return false;
    while (p < end) {
        if (*p == '|') {
            p++;
            continue;
        }
        if (!read_piece(p, end, &one) || !valid_atom(&one, depth))
            return false;
        if (strchr("^$", *p) && one.next != p + 1)
            return false;
        p = one.next;
    }
    return true;
}

bool llmc__pattern_valid(const char *pattern, size_t len) {
    return len <= LLMC__PATTERN_MAX_BYTES && !memchr(pattern, '\0', len) && valid_part(pattern, pattern + len, 0);
}

/* ---- finding ---- */

/* What is still to be matched: the rest of a sequence, or further rounds of a repeated group. */
typedef struct rest {
    const struct rest *next;
    const char *p, *end;
    const piece *repeated; /* NULL: a plain rest */
    uint32_t count;
    const char *from; /* where the round began */
} rest;

typedef struct finder {
    const char *text, *text_end;
    int steps, depth;
} finder;

static bool match_part(finder *f, const char *p, const char *end, const char *t, const rest *then);
static bool match_sequence(finder *f, const char *p, const char *end, const char *t, const rest *then);
static bool match_rounds(finder *f, const piece *one, uint32_t count, const char *t, const rest *then);

static bool escape_has(unsigned char kind, unsigned char c) {
    switch (kind) {
    case 'd':
        return is_digit(c);
    case 'D':
        return !is_digit(c);
    case 'w':
        return is_word(c);
    case 'W':
        return !is_word(c);
    case 's':
        return is_blank(c);
    case 'S':
        return !is_blank(c);
    default:
        return lower(kind) == lower(c);
    }
}

static bool in_range(unsigned char from, unsigned char to, unsigned char c) {
    unsigned char upper = c >= 'a' && c <= 'z' ? (unsigned char)(c - 32) : c;
    return (c >= from && c <= to) || (lower(c) >= from && lower(c) <= to) || (upper >= from && upper <= to);
}

/* p stands on the '[', end behind the ']'. */
static bool class_has(const char *p, const char *end, unsigned char c) {
    bool negated = p[1] == '^', found = false;
    const char *from = p + (negated ? 2 : 1);
    end--;
    for (p = from; p < end; p++) {
        if (*p == '\\') {
            found |= escape_has((unsigned char)*++p, c);
        } else if (p + 2 < end && p[1] == '-') {
            found |= in_range((unsigned char)p[0], (unsigned char)p[2], c);
            p += 2;
        } else {
            found |= lower((unsigned char)*p) == lower(c);
        }
    }
    return found != negated;
}

static bool atom_has(const piece *one, unsigned char c) {
    switch (*one->atom) {
    case '[':
        return class_has(one->atom, one->atom_end, c);
    case '\\':
        return escape_has((unsigned char)one->atom[1], c);
    case '.':
        return c != '\n';
    default:
        return lower((unsigned char)*one->atom) == lower(c);
    }
}

static bool go_on(finder *f, const char *t, const rest *then) {
    if (!then)
        return true;
    if (!then->repeated)
        return match_sequence(f, then->p, then->end, t, then->next);
    if (t == then->from)
        return go_on(f, t, then->next); /* a round that took nothing might come any number of times */
    return match_rounds(f, then->repeated, then->count + 1, t, then->next);
}

/* `then` is what follows all rounds of the group. */
static bool match_rounds(finder *f, const piece *one, uint32_t count, const char *t, const rest *then) {
    if (count < one->max) {
        rest again = {then, NULL, NULL, one, count, t};
        const char *inside = one->atom;
        (void)open_group(&inside);
        if (match_part(f, inside, one->atom_end - 1, t, &again))
            return true;
    }
    return count >= one->min && go_on(f, t, then);
}

/* As many as there are, then one less, and so on. */
static bool match_run(finder *f, const piece *one, const char *t, const rest *then) {
    uint32_t count = 0;
    while (count < one->max && t + count < f->text_end && atom_has(one, (unsigned char)t[count]))
        count++;
    for (; count >= one->min; count--) {
        if (go_on(f, t + count, then))
            return true;
        if (count == 0 || f->steps <= 0)
            return false;
    }
    return false;
}

static bool match_piece(finder *f, const piece *one, const char *t, const rest *then) {
    if (*one->atom == '^')
        return t == f->text && go_on(f, t, then);
    if (*one->atom == '$')
        return t == f->text_end && go_on(f, t, then);
    if (*one->atom == '(')
        return match_rounds(f, one, 0, t, then);
    return match_run(f, one, t, then);
}

static bool match_sequence(finder *f, const char *p, const char *end, const char *t, const rest *then) {
    piece one;
    rest after = {then, NULL, end, NULL, 0, NULL};
    bool found;
    if (p == end)
        return go_on(f, t, then);
    if (--f->steps <= 0 || f->depth >= MAX_DEPTH || !read_piece(p, end, &one))
        return false;
    after.p = one.next;
    f->depth++;
    found = match_piece(f, &one, t, &after);
    f->depth--;
    return found;
}

/* The end of the alternative that begins at p. */
static const char *branch_end(const char *p, const char *end) {
    while (p && p < end && *p != '|')
        p = skip_atom(p, end);
    return p ? p : end;
}

static bool match_part(finder *f, const char *p, const char *end, const char *t, const rest *then) {
    for (;;) {
        const char *stop = branch_end(p, end);
        if (match_sequence(f, p, stop, t, then))
            return true;
        if (stop >= end)
            return false;
        p = stop + 1;
    }
}

bool llmc__pattern_find(const char *pattern, size_t len, const char *text, size_t text_len) {
    finder f = {text, text + text_len, MAX_STEPS, 0};
    for (const char *t = text; t <= f.text_end && f.steps > 0; t++)
        if (match_part(&f, pattern, pattern + len, t, NULL))
            return true;
    return false;
}

bool llmc__pattern_starts(const char *pattern, size_t len, const char *text, size_t text_len) {
    finder f = {text, text + text_len, MAX_STEPS, 0};
    return match_part(&f, pattern, pattern + len, text, NULL);
}
