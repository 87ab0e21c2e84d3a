/* The reading aside. A number may be cut by the end of a piece anywhere: what has come of it waits for the rest. */
#include "wire/vectors.h"

#include <math.h>
#include <string.h>
#include "base/base64.h"
#include "base/mem.h"
#include "base/str.h"

#define SHORT      16  /* elements: up to here the text is kept, for the case that something else follows */
#define MAX_NUMBER 128 /* characters of one: more is no float that anybody sends */

typedef enum place {
    IN_TEXT = 0,
    IN_STRING,
    IN_ESCAPE,   /* behind a backslash in a string */
    WANTS_FIRST, /* behind '[' */
    WANTS_NEXT,  /* behind a comma of numbers */
    IN_NUMBER,   /* the piece before ended inside of it: `cut` has what came */
    BEHIND       /* behind a number */
} place;

struct llmc__vectors {
    llmc__json_doc *doc; /* each array read aside is an object {"#": its number} in it */
    llmc__buf hollow;    /* the text without them */
    llmc__buf floats;    /* the arrays one behind the other */
    llmc__buf ends;      /* size_t: where in `floats` each one ends, in floats */
    llmc_status status;
    place place;
    bool is_long;         /* the array at hand: its numbers are not copied to `hollow` any more */
    size_t array, before; /* where it begins in `hollow`, and in `floats` in bytes */
    char cut[MAX_NUMBER];
    size_t cut_len;
};

llmc__vectors *llmc__vectors_new(size_t max_bytes) {
    llmc__vectors *v = llmc__mem_calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    llmc__buf_init(&v->hollow, max_bytes);
    llmc__buf_init(&v->floats, max_bytes);
    llmc__buf_init(&v->ends, max_bytes);
    return v;
}

void llmc__vectors_free(llmc__vectors *v) {
    if (v == NULL)
        return;
    llmc__json_free(v->doc);
    llmc__buf_free(&v->hollow);
    llmc__buf_free(&v->floats);
    llmc__buf_free(&v->ends);
    llmc__mem_free(v);
}

const llmc__json_doc *llmc__vectors_doc(const llmc__vectors *v) {
    return v->doc;
}

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_of_number(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 'e' || c == 'E' || c == '+';
}

static void fail(llmc__vectors *v, llmc_status status) {
    if (v->status == LLMC_OK)
        v->status = status;
}

static void put(llmc__vectors *v, const char *from, const char *to) {
    if (to > from)
        fail(v, llmc__buf_append(&v->hollow, from, (size_t)(to - from)));
}

/* ---- text and strings ---- */

static const char *read_text(llmc__vectors *v, const char *p, const char *end) {
    const char *from = p;
    while (p < end && *p != '"' && *p != '[')
        p++;
    if (p < end) {
        v->place = *p == '"' ? IN_STRING : WANTS_FIRST;
        p++;
    }
    put(v, from, p);
    v->array = v->hollow.len - 1;
    v->before = v->floats.len;
    v->is_long = false;
    return p;
}

static const char *read_string(llmc__vectors *v, const char *p, const char *end) {
    const char *quote = memchr(p, '"', (size_t)(end - p));
    const char *stop = quote != NULL ? quote : end;
    const char *slash = memchr(p, '\\', (size_t)(stop - p));
    if (slash != NULL)
        v->place = IN_ESCAPE;
    else if (quote != NULL)
        v->place = IN_TEXT;
    stop = slash != NULL ? slash + 1 : quote != NULL ? quote + 1 : end;
    put(v, p, stop);
    return stop;
}

static const char *read_escape(llmc__vectors *v, const char *p) {
    v->place = IN_STRING;
    put(v, p, p + 1);
    return p + 1;
}

/* ---- arrays ---- */

static size_t count_of(const llmc__vectors *v) {
    return (v->floats.len - v->before) / sizeof(float);
}

/* What stands here makes it no array of numbers. Read as text, if it was short until now. */
static void give_up(llmc__vectors *v) {
    if (v->is_long)
        fail(v, LLMC_ERR_BAD_RESPONSE);
    v->floats.len = v->before;
    v->place = IN_TEXT;
}

static void take(llmc__vectors *v, float number) {
    fail(v, llmc__buf_append(&v->floats, &number, sizeof number));
    v->place = BEHIND;
    if (v->is_long || count_of(v) < SHORT)
        return;
    v->is_long = true;
    v->hollow.len = v->array;
}

static void close_array(llmc__vectors *v) {
    size_t end = v->floats.len / sizeof(float);
    v->place = IN_TEXT;
    v->hollow.len = v->array;
    fail(v, llmc__buf_appendf(&v->hollow, "{\"#\":%zu}", v->ends.len / sizeof end));
    fail(v, llmc__buf_append(&v->ends, &end, sizeof end));
}

/* Copies what stands in the array to the text as long as it may be a short one. */
static void copy(llmc__vectors *v, const char *from, const char *to) {
    if (!v->is_long)
        put(v, from, to);
}

static void keep_cut(llmc__vectors *v, const char *from, const char *to) {
    size_t len = (size_t)(to - from);
    if (len > sizeof v->cut - v->cut_len) {
        fail(v, LLMC_ERR_BAD_RESPONSE);
        return;
    }
    memcpy(v->cut + v->cut_len, from, len);
    v->cut_len += len;
    v->place = IN_NUMBER;
}

static const char *read_number(llmc__vectors *v, const char *p, const char *end) {
    float number = 0;
    const char *behind = llmc__str_read_float(p, end, &number);
    const char *last = p;
    if (behind != NULL && behind < end && !is_of_number(*behind)) {
        copy(v, p, behind);
        take(v, number);
        return behind;
    }
    while (last < end && is_of_number(*last))
        last++;
    if (last == end) {
        v->cut_len = 0;
        keep_cut(v, p, end);
        copy(v, p, end);
        return end;
    }
    give_up(v);
    return p;
}

static const char *read_rest(llmc__vectors *v, const char *p, const char *end) {
    const char *from = p;
    float number = 0;
    while (p < end && is_of_number(*p))
        p++;
    keep_cut(v, from, p);
    copy(v, from, p);
    if (p == end)
        return p;
    if (llmc__str_read_float(v->cut, v->cut + v->cut_len, &number) == v->cut + v->cut_len)
        take(v, number);
    else
        give_up(v);
    return p;
}

static const char *read_array(llmc__vectors *v, const char *p, const char *end) {
    const char *from = p;
    while (p < end && is_space(*p))
        p++;
    copy(v, from, p);
    if (p == end)
        return p;
    if (v->place != BEHIND) {
        if (*p == '-' || (*p >= '0' && *p <= '9'))
            return read_number(v, p, end);
        give_up(v);
        return p;
    }
    if (*p == ',') {
        copy(v, p, p + 1);
        v->place = WANTS_NEXT;
        return p + 1;
    }
    if (*p == ']') {
        close_array(v);
        return p + 1;
    }
    give_up(v);
    return p;
}

llmc_status llmc__vectors_feed(llmc__vectors *v, const char *bytes, size_t len) {
    const char *p = bytes, *end = bytes + len;
    while (p < end && v->status == LLMC_OK) {
        if (v->place == IN_TEXT)
            p = read_text(v, p, end);
        else if (v->place == IN_STRING)
            p = read_string(v, p, end);
        else if (v->place == IN_ESCAPE)
            p = read_escape(v, p);
        else if (v->place == IN_NUMBER)
            p = read_rest(v, p, end);
        else
            p = read_array(v, p, end);
    }
    return v->status;
}

llmc_status llmc__vectors_end(llmc__vectors *v) {
    llmc__json_fault fault = {0};
    llmc_status status = v->status;
    if (status == LLMC_OK && v->is_long && v->place >= WANTS_FIRST)
        status = LLMC_ERR_INCOMPLETE;
    if (status == LLMC_OK && v->doc == NULL)
        status = llmc__json_parse(llmc__buf_str(&v->hollow), v->hollow.len, &v->doc, &fault);
    if (status == LLMC_ERR_INVALID_JSON)
        status = llmc__json_breaks_off(llmc__buf_str(&v->hollow), v->hollow.len, &fault) ? LLMC_ERR_INCOMPLETE
                                                                                         : LLMC_ERR_BAD_RESPONSE;
    v->status = status;
    return status;
}

/* ---- reading ---- */

/* An object of another's making may look like the mark of an array, but then only of one of the same text. */
static llmc_status read_aside(const llmc__vectors *v, const llmc__json *value, float *out, size_t cap, size_t *count) {
    int64_t mark = 0;
    size_t bounds[2] = {0, 0};
    size_t marks = v->ends.len / sizeof bounds[0];
    if (!llmc__json_int64(v->doc, llmc__json_get(value, "#"), &mark) || mark < 0 || (uint64_t)mark >= marks)
        return LLMC_ERR_BAD_RESPONSE;
    if (mark > 0)
        memcpy(&bounds[0], v->ends.data + (size_t)(mark - 1) * sizeof bounds[0], sizeof bounds[0]);
    memcpy(&bounds[1], v->ends.data + (size_t)mark * sizeof bounds[0], sizeof bounds[1]);
    *count = bounds[1] - bounds[0];
    if (out != NULL)
        memcpy(out, v->floats.data + bounds[0] * sizeof *out, (*count < cap ? *count : cap) * sizeof *out);
    return LLMC_OK;
}

/* By shifts, whatever order the machine has. */
static float float_at(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    uint32_t bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static llmc_status unpack(const llmc__buf *bytes, float *out, size_t cap, size_t *count) {
    if (bytes->len % sizeof *out != 0)
        return LLMC_ERR_BAD_RESPONSE;
    *count = bytes->len / sizeof *out;
    for (size_t i = 0; i < *count; i++) {
        float value = float_at(bytes->data + i * sizeof *out);
        if (!isfinite(value))
            return LLMC_ERR_BAD_RESPONSE;
        if (out != NULL && i < cap)
            out[i] = value;
    }
    return LLMC_OK;
}

static llmc_status read_base64(const char *text, size_t len, float *out, size_t cap, size_t *count) {
    llmc__buf bytes;
    llmc__buf_init(&bytes, len);
    llmc_status status = llmc__base64_decode(text, len, &bytes);
    if (status == LLMC_OK)
        status = unpack(&bytes, out, cap, count);
    llmc__buf_free(&bytes);
    return status == LLMC_ERR_NO_MEMORY || status == LLMC_OK ? status : LLMC_ERR_BAD_RESPONSE;
}

llmc_status llmc__vectors_read(const llmc__vectors *v, const llmc__json *value, float *out, size_t cap, size_t *count) {
    size_t len = 0;
    const char *text = llmc__json_string(v->doc, value, &len);
    *count = 0;
    if (text != NULL)
        return read_base64(text, len, out, cap, count);
    if (llmc__json_type_of(value) == LLMC__JSON_ARRAY) /* one that is left has no numbers, or not only numbers */
        return llmc__json_first(value) == NULL ? LLMC_OK : LLMC_ERR_BAD_RESPONSE;
    return read_aside(v, value, out, cap, count);
}
