#include "wire/shape.h"

#include <string.h>
#include "base/str.h"
#include "wire/json_run.h"
#include "wire/json_scan.h"
#include "wire/json_tree.h"

#define MAX_UNUSED 16
#define MAX_DIGITS 15 /* of a number that says nothing */
#define MAX_PIECE  ((size_t)1 << 20)

void llmc__shape_init(llmc__shape *shape) {
    memset(shape, 0, sizeof(*shape));
    llmc__buf_init(&shape->text, LLMC__SHAPE_BYTES);
    llmc__buf_init(&shape->piece, MAX_PIECE);
}

void llmc__shape_free(llmc__shape *shape) {
    llmc__buf_free(&shape->text);
    llmc__buf_free(&shape->piece);
}

void llmc__shape_forget(llmc__shape *shape) {
    shape->text.len = 0;
}

/* ---- remembering ---- */

typedef struct walk {
    llmc__shape *shape;
    const char *text, *end;
    size_t depth, place;
    const char *const *idle;
    bool at_idle; /* the value that comes next says nothing */
    bool found;   /* the piece */
} walk;

static void add_gap(walk *w, const char *start, const char *end, bool is_piece, bool is_number) {
    llmc__shape *shape = w->shape;
    w->found = w->found || is_piece;
    if (is_piece)
        shape->piece_gap = shape->gap_count;
    /* One place is kept for the piece. */
    if (shape->gap_count < LLMC__SHAPE_GAPS - (w->found ? 0U : 1U))
        shape->gaps[shape->gap_count++] =
            (llmc__shape_gap){(size_t)(start - w->text), (size_t)(end - w->text), is_piece, is_number};
}

static bool is_idle(const walk *w, const char *name, size_t len) {
    for (size_t i = 0; w->depth == 1 && w->idle[i] != NULL; i++)
        if (strlen(w->idle[i]) == len && memcmp(w->idle[i], name, len) == 0)
            return true;
    return false;
}

/* A name or a string; p is at its quote. */
static const char *walk_string(walk *w, const char *p) {
    const char *start = p + 1, *stop;
    for (stop = llmc__json_run_text(start, w->end); *stop == '\\';)
        stop = llmc__json_run_text(stop + 2, w->end);
    for (p = stop + 1; p < w->end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n');)
        p++;
    if (p < w->end && *p == ':') {
        w->at_idle = is_idle(w, start, (size_t)(stop - start));
        return p + 1;
    }
    if ((size_t)(start - w->text) == w->place + 1)
        add_gap(w, start, stop, true, false);
    else if (w->at_idle)
        add_gap(w, start, stop, false, false);
    w->at_idle = false;
    return p;
}

static const char *walk_digits(walk *w, const char *p) {
    const char *start = p;
    while (p < w->end && *p >= '0' && *p <= '9')
        p++;
    if (w->at_idle && *start != '0' && p < w->end && strchr(".eE", *p) == NULL)
        add_gap(w, start, p, false, true);
    w->at_idle = false;
    return p;
}

static void walk_text(walk *w) {
    const char *p = w->text;
    while (p < w->end) {
        if (*p == '"') {
            p = walk_string(w, p);
        } else if (*p >= '0' && *p <= '9') {
            p = walk_digits(w, p);
        } else {
            w->depth += *p == '{' || *p == '[';
            w->depth -= *p == '}' || *p == ']';
            w->at_idle = w->at_idle && *p == ' ';
            p++;
        }
    }
}

void llmc__shape_learn(llmc__shape *shape, const char *text, size_t len, size_t place, const char *const *idle) {
    walk w = {shape, text, text + len, 0, place, idle, false, false};
    shape->gap_count = 0;
    llmc__shape_forget(shape);
    if (shape->unused >= MAX_UNUSED || len > LLMC__SHAPE_BYTES || place >= len)
        return;
    walk_text(&w);
    if (!w.found || llmc__buf_append(&shape->text, text, len) != LLMC_OK)
        return;
    shape->unused++;
}

/* ---- recognising ---- */

/* A character above ASCII, or an escape; NULL: none that can be taken as it is. */
static const char *take_special(const char *p, const char *end, char **out) {
    const char *start = p;
    size_t len;
    if (*p == '\\') {
        len = llmc__json_scan_escape_len(p, end);
        return len > 0 ? llmc__json_tree_escape(p, end, out) : NULL;
    }
    while (p < end && (unsigned char)*p >= 0x80)
        p++;
    len = (size_t)(p - start);
    if (len == 0 || llmc__str_utf8_prefix(start, len) != len)
        return NULL;
    memcpy(*out, start, len);
    *out += len;
    return p;
}

static const char *take_piece(llmc__shape *shape, const char *p, const char *end) {
    char *out;
    if (llmc__buf_reserve(&shape->piece, (size_t)(end - p)) != LLMC_OK) /* decoded it is never longer */
        return NULL;
    out = shape->piece.data;
    while (p != NULL) {
        const char *run = p;
        p = llmc__json_run_plain(p, end);
        memcpy(out, run, (size_t)(p - run));
        out += p - run;
        if (p == end)
            return NULL;
        if (*p == '"')
            break;
        p = take_special(p, end, &out);
    }
    *out = '\0';
    shape->piece.len = (size_t)(out - shape->piece.data);
    return p;
}

static const char *skip_number(const char *p, const char *end) {
    const char *start = p;
    while (p < end && *p >= '0' && *p <= '9' && p - start <= MAX_DIGITS)
        p++;
    return p > start && *start != '0' && p - start <= MAX_DIGITS ? p : NULL;
}

/* Plain characters only: what follows in the remembered text is the quote. */
static const char *skip_string(const char *p, const char *end) {
    return llmc__json_run_plain(p, end);
}

static const char *take_gap(llmc__shape *shape, const llmc__shape_gap *gap, const char *p, const char *end) {
    if (gap->is_piece)
        return take_piece(shape, p, end);
    return gap->is_number ? skip_number(p, end) : skip_string(p, end);
}

/* From gap `i` on; `at` is where the remembered text stands. */
static const char *match_gaps(llmc__shape *shape, size_t i, size_t stop, size_t *at, const char *p, const char *end) {
    for (; i < stop; i++) {
        size_t same = shape->gaps[i].start - *at;
        if ((size_t)(end - p) < same || memcmp(p, shape->text.data + *at, same) != 0)
            return NULL;
        p = take_gap(shape, &shape->gaps[i], p + same, end);
        if (p == NULL)
            return NULL;
        *at = shape->gaps[i].end;
    }
    return p;
}

static bool same_tail(const llmc__shape *shape, size_t at, const char *p, const char *end) {
    size_t len = shape->text.len - at;
    return (size_t)(end - p) == len && memcmp(p, shape->text.data + at, len) == 0;
}

/* In most streams nothing but the piece differs, so each side of it is first compared as a whole. */
bool llmc__shape_match(llmc__shape *shape, const char *text, size_t len, const char **piece, size_t *piece_len) {
    const char *p = text, *end = text + len;
    const llmc__shape_gap *middle = &shape->gaps[shape->piece_gap];
    size_t at = 0;
    if (shape->text.len == 0)
        return false;
    if (len > middle->start && memcmp(text, shape->text.data, middle->start) == 0) {
        p = text + middle->start;
        at = middle->start;
    } else {
        p = match_gaps(shape, 0, shape->piece_gap, &at, p, end);
    }
    if (p != NULL)
        p = match_gaps(shape, shape->piece_gap, shape->piece_gap + 1, &at, p, end);
    if (p != NULL && !same_tail(shape, at, p, end)) {
        p = match_gaps(shape, shape->piece_gap + 1, shape->gap_count, &at, p, end);
        if (p != NULL && !same_tail(shape, at, p, end))
            return false;
    }
    if (p == NULL)
        return false;
    shape->unused = 0;
    *piece = shape->piece.data;
    *piece_len = shape->piece.len;
    return true;
}
