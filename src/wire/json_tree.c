#include "wire/json_tree.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/str.h"
#include "wire/json_run.h"
#include "wire/json_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Every number of so few digits is exact in a double and in int64. */
#define SHORT_DIGITS 15

/* While it is open, a container keeps the one around it in `prev`: no stack is needed. */
typedef struct builder {
    const char *text, *p, *end;
    cJSON *free_node, *end_node; /* the next unused one, and the last one's end */
    char *free_text;
    char *name;  /* of the member whose value comes next */
    cJSON *open; /* the innermost open container */
    cJSON *last; /* its last child; NULL: none yet */
    size_t depth;
} builder;

size_t llmc__json_tree_bytes(size_t nodes, size_t len) {
    if (nodes > LLMC__JSON_MAX_NODES || len > SIZE_MAX / 2)
        return 0;
    return nodes * sizeof(cJSON) + len + 1;
}

static char *put_utf8(char *out, unsigned point) {
    if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
        *out++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    }
    return out;
}

static char plain_escape(char c) {
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; /* quote, backslash, slash */
    }
}

const char *llmc__json_tree_escape(const char *p, const char *end, char **out) {
    unsigned unit;
    if (p[1] != 'u') {
        *(*out)++ = plain_escape(p[1]);
        return p + 2;
    }
    unit = llmc__json_scan_unit(p);
    if (llmc__json_scan_escape(p, end) != 12) {
        *out = put_utf8(*out, unit);
        return p + 6;
    }
    *out = put_utf8(*out, 0x10000 + ((unit & 0x3ff) << 10) + (llmc__json_scan_unit(p + 6) & 0x3ff));
    return p + 12;
}

static void skip_spaces(builder *b) {
    while (b->p < b->end && (*b->p == ' ' || *b->p == '\n' || *b->p == '\r' || *b->p == '\t'))
        b->p++;
}

/* One look tells that there is none, as most often. */
static inline void skip_space(builder *b) {
    if (b->p < b->end && (unsigned char)*b->p <= ' ')
        skip_spaces(b);
}

/* A character above ASCII or an escape, with all of its kind that follow; false: it has to be mended, or is none. */
static bool read_special(builder *b, const char **at, char **out) {
    const char *p = *at, *start = p;
    size_t len;
    if (*p == '\\') {
        if (llmc__json_scan_escape_len(p, b->end) == 0)
            return false;
        *at = llmc__json_tree_escape(p, b->end, out);
        return true;
    }
    while (p < b->end && (unsigned char)*p >= 0x80)
        p++;
    len = (size_t)(p - start);
    if (len == 0 || llmc__str_utf8_prefix(start, len) != len)
        return false;
    memcpy(*out, start, len);
    *out += len;
    *at = p;
    return true;
}

#ifdef __SSE2__

/*
 * Copies what stands for itself, up to a quote, an escape or what is no plain ASCII. Sixteen bytes are copied before
 * they are looked at. There is room for those that are too many, which are written over: texts are never longer decoded
 * than they stand in the source, and that has sixteen more.
 */
static const char *copy_plain(const char *p, const char *end, char **out) {
    char *to = *out;
    for (; end - p >= 16; p += 16, to += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned found = llmc__json_run_marks(bytes, true);
        _mm_storeu_si128((__m128i *)(void *)to, bytes);
        if (found != 0) {
            *out = to + __builtin_ctz(found);
            return p + __builtin_ctz(found);
        }
    }
    while (p < end && (signed char)*p >= ' ' && *p != '"' && *p != '\\')
        *to++ = *p++;
    *out = to;
    return p;
}

#else

static const char *copy_plain(const char *p, const char *end, char **out) {
    const char *stop = llmc__json_run_plain(p, end);
    memcpy(*out, p, (size_t)(stop - p));
    *out += stop - p;
    return stop;
}

#endif

/* The string at p, decoded behind the others; p moves past its closing quote. */
static char *read_string(builder *b) {
    char *start = b->free_text, *out = start;
    const char *p = b->p + 1;
    for (;;) {
        p = copy_plain(p, b->end, &out);
        if (p == b->end)
            return NULL;
        if (*p == '"')
            break;
        if (!read_special(b, &p, &out))
            return NULL;
    }
    *out = '\0';
    b->free_text = out + 1;
    b->p = p + 1;
    return start;
}

static bool read_name(builder *b) {
    skip_space(b);
    if (b->p == b->end || *b->p != '"')
        return false;
    b->name = read_string(b);
    if (b->name == NULL)
        return false;
    skip_space(b);
    return b->p < b->end && *b->p++ == ':';
}

static int clamp(double value) {
    if (value >= INT_MAX)
        return INT_MAX;
    return value <= INT_MIN ? INT_MIN : (int)value;
}

static bool is_digit(const builder *b) {
    return b->p < b->end && *b->p >= '0' && *b->p <= '9';
}

static bool skip_digits(builder *b) {
    const char *start = b->p;
    while (is_digit(b))
        b->p++;
    return b->p > start;
}

/* What stands behind the whole digits; false: it is no number. */
static bool skip_fraction(builder *b) {
    if (b->p < b->end && *b->p == '.') {
        b->p++;
        if (!skip_digits(b))
            return false;
    }
    if (b->p < b->end && (*b->p == 'e' || *b->p == 'E')) {
        b->p++;
        if (b->p < b->end && (*b->p == '+' || *b->p == '-'))
            b->p++;
        return skip_digits(b);
    }
    return true;
}

static bool read_number(builder *b, cJSON *node) {
    const char *start = b->p, *digits = start + (*start == '-'), *whole_end;
    int64_t whole = 0;
    b->p = digits;
    while (is_digit(b) && b->p - digits <= SHORT_DIGITS)
        whole = whole * 10 + (*b->p++ - '0');
    whole_end = b->p;
    if (whole_end == digits || whole_end - digits > SHORT_DIGITS || (*digits == '0' && whole_end - digits > 1) ||
        !skip_fraction(b) || b->p - start > LLMC__JSON_NUMBER_BYTES)
        return false;
    if (b->p == whole_end)
        node->valuedouble = *start == '-' ? -(double)whole : (double)whole;
    else if (!llmc__str_to_double(start, (size_t)(b->p - start), &node->valuedouble))
        node->valuedouble = *start == '-' ? -INFINITY : INFINITY;
    node->valueint = clamp(node->valuedouble);
    node->type = cJSON_Number;
    return true;
}

static bool read_word(builder *b, cJSON *node, const char *word, size_t len, int type) {
    if ((size_t)(b->end - b->p) < len || memcmp(b->p, word, len) != 0)
        return false;
    b->p += len;
    node->type = type;
    node->valueint = type == cJSON_True;
    return true;
}

/* A fresh node, linked to the container that is open. */
static cJSON *take_node(builder *b) {
    cJSON *node = b->free_node++;
    memset(node, 0, sizeof *node);
    node->string = b->name;
    b->name = NULL;
    if (b->last)
        b->last->next = node;
    else if (b->open)
        b->open->child = node;
    b->last = node;
    return node;
}

static void close_container(builder *b) {
    cJSON *node = b->open;
    b->open = node->prev;
    node->prev = NULL;
    b->last = node;
    b->depth--;
    b->p++;
}

/* Steps into the container at p. *empty: it is closed at once. */
static bool open_container(builder *b, cJSON *node, bool *empty) {
    bool object = *b->p++ == '{';
    if (b->depth++ == LLMC__JSON_MAX_DEPTH)
        return false;
    node->type = object ? cJSON_Object : cJSON_Array;
    node->prev = b->open;
    b->open = node;
    b->last = NULL;
    skip_space(b);
    *empty = b->p < b->end && *b->p == (object ? '}' : ']');
    if (*empty)
        close_container(b);
    return *empty || !object || read_name(b);
}

/* The value at p. *whole: it has been read to its end. */
static bool read_value(builder *b, bool *whole) {
    cJSON *node;
    skip_space(b);
    if (b->p == b->end || b->free_node == b->end_node)
        return false;
    node = take_node(b);
    *whole = true;
    switch (*b->p) {
    case '{':
    case '[':
        return open_container(b, node, whole);
    case '"':
        node->type = cJSON_String;
        node->valueint = (int)(b->p - b->text);
        node->valuestring = read_string(b);
        return node->valuestring != NULL;
    case 't':
        return read_word(b, node, "true", 4, cJSON_True);
    case 'f':
        return read_word(b, node, "false", 5, cJSON_False);
    case 'n':
        return read_word(b, node, "null", 4, cJSON_NULL);
    default:
        return read_number(b, node);
    }
}

/* Behind a value: closes what ends here and steps over a comma. *more: another value follows. */
static bool read_after(builder *b, bool *more) {
    while (b->open) {
        bool object = b->open->type == cJSON_Object;
        skip_space(b);
        if (b->p == b->end)
            return false;
        if (*b->p == ',') {
            b->p++;
            *more = true;
            return !object || read_name(b);
        }
        if (*b->p != (object ? '}' : ']'))
            return false;
        close_container(b);
    }
    *more = false;
    return true;
}

cJSON *llmc__json_tree_build(const char *text, size_t len, size_t nodes, void *block) {
    cJSON *root = block;
    builder b = {.text = text, .p = text, .end = text + len, .free_node = root, .end_node = root + nodes};
    bool more = true, whole = true;
    b.free_text = (char *)b.end_node;
    while (more)
        if (!read_value(&b, &whole) || (whole && !read_after(&b, &more)))
            return NULL;
    skip_space(&b);
    return b.p == b.end ? root : NULL;
}

size_t llmc__json_tree_most(const char *text, size_t len) {
    size_t most = 1, i = 0;
#ifdef __SSE2__
    const __m128i comma = _mm_set1_epi8(','), brace = _mm_set1_epi8('{'), to_brace = _mm_set1_epi8(0x20);
    while (len - i >= 16) {
        __m128i counts = _mm_setzero_si128();
        for (size_t round = 0; round < 255 && len - i >= 16; round++, i += 16) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
            counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(bytes, comma)); /* equal is -1 */
            counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(_mm_or_si128(bytes, to_brace), brace));
        }
        counts = _mm_sad_epu8(counts, _mm_setzero_si128());
        most += (size_t)_mm_cvtsi128_si64(counts) + (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(counts, counts));
    }
#endif
    for (; i < len; i++)
        most += text[i] == ',' || text[i] == '{' || text[i] == '[';
    return most;
}
