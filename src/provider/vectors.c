#include "provider/vectors.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "base/base64.h"
#include "base/str.h"

#define SHORTEST 16 /* elements: shorter arrays are left to the JSON reader */

/* ---- arrays aside ---- */

typedef struct scan {
    const char *p, *end;
    const char *kept; /* up to here the text is in `hollow` */
    llmc__vectors *vectors;
    llmc__buf hollow;
} scan;

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const char *skip_space(const char *p, const char *end) {
    while (p < end && is_space(*p))
        p++;
    return p;
}

static const char *skip_digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* End of the number of RFC 8259 at p; NULL: there is none. */
static const char *number_end(const char *p, const char *end) {
    if (p < end && *p == '-')
        p++;
    const char *digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return NULL;
    if (p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        if (p == digits)
            return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = skip_digits(p, end);
        if (p == digits)
            return NULL;
    }
    return p;
}

static bool to_float(double value, float *out) {
    if (!isfinite(value) || fabs(value) > (double)FLT_MAX)
        return false;
    *out = (float)value;
    return true;
}

/*
 * Reads the array at p ('[') into the floats. *end_of is set behind it, or to NULL when it is no such array: then
 * nothing is kept.
 */
static llmc_status read_array(scan *s, const char *p, size_t *count, const char **end_of) {
    llmc__buf *floats = &s->vectors->floats;
    size_t start = floats->len;
    llmc_status status = LLMC_OK;
    *end_of = NULL;
    for (*count = 0; status == LLMC_OK; ++*count) {
        double value = 0;
        float number = 0;
        const char *first = skip_space(p + 1, s->end);
        const char *last = number_end(first, s->end);
        if (last == NULL || !llmc__str_to_double(first, (size_t)(last - first), &value) || !to_float(value, &number))
            break;
        status = llmc__buf_append(floats, &number, sizeof number);
        p = skip_space(last, s->end);
        if (p < s->end && *p == ']')
            *end_of = p + 1;
        if (p >= s->end || *p != ',')
            break;
    }
    ++*count;
    if (*end_of == NULL || *count < SHORTEST)
        floats->len = start;
    return status;
}

/* The text up to the array, and a mark in its place. */
static llmc_status put_mark(scan *s, const char *array, const char *behind) {
    llmc__buf *ends = &s->vectors->ends;
    size_t end = s->vectors->floats.len / sizeof(float);
    llmc_status status = llmc__buf_append(&s->hollow, s->kept, (size_t)(array - s->kept));
    if (status == LLMC_OK)
        status = llmc__buf_appendf(&s->hollow, "{\"#\":%zu}", ends->len / sizeof end);
    if (status == LLMC_OK)
        status = llmc__buf_append(ends, &end, sizeof end);
    s->kept = behind;
    return status;
}

static llmc_status take_array(scan *s) {
    const char *behind = NULL;
    size_t count = 0;
    llmc_status status = read_array(s, s->p, &count, &behind);
    if (status == LLMC_OK && behind != NULL && count >= SHORTEST)
        status = put_mark(s, s->p, behind);
    s->p = behind != NULL ? behind : s->p + 1;
    return status;
}

/* Behind the string that begins at p. */
static const char *skip_string(const char *p, const char *end) {
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\' && ++p == end)
            break;
    }
    return end;
}

static llmc_status scan_text(scan *s) {
    llmc_status status = LLMC_OK;
    while (status == LLMC_OK && s->p < s->end) {
        if (*s->p == '"')
            s->p = skip_string(s->p, s->end);
        else if (*s->p == '[')
            status = take_array(s);
        else
            s->p++;
    }
    return status;
}

llmc_status llmc__vectors_parse(llmc__vectors *vectors, const char *text, size_t len) {
    scan s = {.p = text, .end = text + len, .kept = text, .vectors = vectors};
    vectors->doc = NULL;
    llmc__buf_init(&vectors->floats, len < SIZE_MAX / 4 ? 4 * len : SIZE_MAX); /* a number takes two bytes or more */
    llmc__buf_init(&vectors->ends, len < SIZE_MAX / 4 ? 4 * len : SIZE_MAX);
    llmc__buf_init(&s.hollow, len);
    llmc_status status = scan_text(&s);
    if (status == LLMC_OK && s.kept == text)
        status = llmc__json_parse(text, len, &vectors->doc, NULL);
    else if (status == LLMC_OK && (status = llmc__buf_append(&s.hollow, s.kept, (size_t)(s.end - s.kept))) == LLMC_OK)
        status = llmc__json_parse(s.hollow.data, s.hollow.len, &vectors->doc, NULL);
    llmc__buf_free(&s.hollow);
    return status;
}

void llmc__vectors_free(llmc__vectors *vectors) {
    llmc__json_free(vectors->doc);
    llmc__buf_free(&vectors->floats);
    llmc__buf_free(&vectors->ends);
}

/* ---- reading ---- */

/* An object of another's making may be the mark of an array as well, but only of one of the same text. */
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

static llmc_status read_values(const llmc__json *value, float *out, size_t cap, size_t *count) {
    for (const llmc__json *item = llmc__json_first(value); item != NULL; item = llmc__json_next(item), ++*count) {
        double number = 0;
        float narrow = 0;
        if (!llmc__json_double(item, &number) || !to_float(number, &narrow))
            return LLMC_ERR_BAD_RESPONSE;
        if (out != NULL && *count < cap)
            out[*count] = narrow;
    }
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

llmc_status llmc__vectors_read(const llmc__vectors *vectors, const llmc__json *value, float *out, size_t cap,
                               size_t *count) {
    size_t len = 0;
    const char *text = llmc__json_string(vectors->doc, value, &len);
    *count = 0;
    if (text != NULL)
        return read_base64(text, len, out, cap, count);
    if (llmc__json_type_of(value) == LLMC__JSON_ARRAY)
        return read_values(value, out, cap, count);
    return read_aside(vectors, value, out, cap, count);
}
