#include "wire/json_tree.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/str.h"

/* Every number of so few digits is exact in a double and in int64. */
#define SHORT_DIGITS 15

/* While it is open, a container keeps the one around it in `prev`: no stack is needed, whatever the depth. */
typedef struct builder {
    const char *text, *p, *end;
    const llmc__json_scan *scan;
    size_t strings;   /* read so far */
    cJSON *free_node; /* the next unused one */
    char *free_text;
    char *name;  /* of the member whose value comes next */
    cJSON *open; /* the innermost open container */
    cJSON *last; /* its last child; NULL: none yet */
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

/* The string at p, decoded behind the others; p moves past its closing quote. */
static char *read_string(builder *b) {
    char *start = b->free_text, *out = start;
    const char *p = b->p + 1;
    size_t end = b->strings < LLMC__JSON_SCAN_STRINGS ? b->scan->ends[b->strings] : 0;
    b->strings++;
    if (end > 0) { /* as it is */
        size_t len = (size_t)(b->text + end - p);
        memcpy(out, p, len);
        out[len] = '\0';
        b->free_text = out + len + 1;
        b->p = p + len + 1;
        return start;
    }
    while (*p != '"') {
        const char *run = p;
        p = llmc__json_scan_text_run(p, b->end);
        memcpy(out, run, (size_t)(p - run));
        out += p - run;
        if (*p == '\\')
            p = llmc__json_tree_escape(p, b->end, &out);
    }
    *out++ = '\0';
    b->free_text = out;
    b->p = p + 1;
    return start;
}

static int clamp(double value) {
    if (value >= INT_MAX)
        return INT_MAX;
    return value <= INT_MIN ? INT_MIN : (int)value;
}

static void read_number(builder *b, cJSON *node) {
    const char *start = b->p, *p = start + (*start == '-');
    int64_t whole = 0;
    while (p < b->end && *p >= '0' && *p <= '9' && p - start <= SHORT_DIGITS)
        whole = whole * 10 + (*p++ - '0');
    if (p < b->end && (*p == '.' || *p == 'e' || *p == 'E' || (*p >= '0' && *p <= '9'))) {
        while (p < b->end &&
               (*p == '.' || *p == 'e' || *p == 'E' || *p == '+' || *p == '-' || (*p >= '0' && *p <= '9')))
            p++;
        if (!llmc__str_to_double(start, (size_t)(p - start), &node->valuedouble))
            node->valuedouble = *start == '-' ? -INFINITY : INFINITY;
    } else {
        node->valuedouble = *start == '-' ? -(double)whole : (double)whole;
    }
    node->valueint = clamp(node->valuedouble);
    node->type = cJSON_Number;
    b->p = p;
}

static void read_word(builder *b, cJSON *node) {
    if (*b->p == 't') {
        node->type = cJSON_True;
        node->valueint = 1;
        b->p += 4;
    } else if (*b->p == 'f') {
        node->type = cJSON_False;
        b->p += 5;
    } else {
        node->type = cJSON_NULL;
        b->p += 4;
    }
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
    b->p++;
}

static bool wants_name(const builder *b) {
    return b->open && b->open->type == cJSON_Object && !b->name;
}

static void read_value(builder *b) {
    cJSON *node;
    if (*b->p == '"' && wants_name(b)) {
        b->name = read_string(b);
        return;
    }
    node = take_node(b);
    switch (*b->p) {
    case '{':
    case '[':
        node->type = *b->p++ == '{' ? cJSON_Object : cJSON_Array;
        node->prev = b->open;
        b->open = node;
        b->last = NULL;
        break;
    case '"':
        node->type = cJSON_String;
        node->valueint = (int)(b->p - b->text);
        node->valuestring = read_string(b);
        break;
    case 't':
    case 'f':
    case 'n':
        read_word(b, node);
        break;
    default:
        read_number(b, node);
    }
}

cJSON *llmc__json_tree_build(const char *text, size_t len, const llmc__json_scan *scan, void *block) {
    cJSON *root = block;
    builder b = {.text = text, .p = text, .end = text + len, .scan = scan, .free_node = root};
    b.free_text = (char *)(root + scan->nodes);
    for (;;) {
        switch (*b.p) {
        case ' ':
        case ',':
        case ':':
        case '\n':
        case '\r':
        case '\t':
            b.p++;
            continue;
        case '}':
        case ']':
            if (!b.open)
                return root; /* no text that has passed the scan comes here */
            close_container(&b);
            break;
        default:
            read_value(&b);
        }
        if (!b.open)
            return root;
    }
}
