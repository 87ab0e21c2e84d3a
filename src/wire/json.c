#include "wire/json.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "wire/json_scan.h"
#include "wire/json_tree.h"

#define TYPE_MASK 0xff
#define SIDE_MARK (1 << 16) /* a bit of its own in cJSON's type: valueint is the value's row in doc->rows */

/* What cJSON cannot hold of one value. */
typedef struct side_row {
    size_t len;      /* of a string with NUL bytes */
    int64_t integer; /* of a number */
    bool whole;      /* and it is in int64's range */
} side_row;

struct llmc__json_doc {
    cJSON *root;
    bool one_block; /* the tree stands behind this struct rather than in cJSON's own memory */
    bool repaired;  /* it is not the tree of the text that was parsed */
    size_t start;   /* of the tree's text in the one that was parsed */
    size_t used;    /* rows filled */
    size_t size;    /* of this block, when it is one */
    side_row rows[];
};

static const cJSON *inner(const llmc__json *value) {
    return (const cJSON *)(const void *)value;
}

static const llmc__json *outer(const cJSON *item) {
    return (const llmc__json *)(const void *)item;
}

/* cJSON asks the locale for its decimal point and knows only one of one byte, so it is given the C locale instead. */
static cJSON *read_tree(const char *text, size_t len, bool has_point) {
    locale_t plain = has_point ? newlocale(LC_ALL_MASK, "C", (locale_t)0) : (locale_t)0;
    locale_t before = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
    cJSON *root = cJSON_ParseWithLengthOpts(text, len, NULL, 0);

    if (plain != (locale_t)0) {
        uselocale(before);
        freelocale(plain);
    }
    return root;
}

static size_t decoded_len(const char *p, const char *end) {
    size_t len = 0;

    while (p < end) {
        size_t step = 1, bytes = 1;
        if (*p == '\\' && p[1] == 'u') {
            unsigned unit = llmc__json_scan_unit(p);
            step = llmc__json_scan_escape(p, end);
            bytes = step == 12 ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        } else if (*p == '\\') {
            step = 2;
        }
        p += step;
        len += bytes;
    }
    return len;
}

static bool has_exponent(const llmc__json_token *token) {
    size_t len = (size_t)(token->end - token->start);

    return memchr(token->start, 'e', len) != NULL || memchr(token->start, 'E', len) != NULL;
}

/* Exact where the text has no exponent; with one, the double is taken as it is. False: the double is enough. */
static bool read_integer(const llmc__json_token *token, side_row *row) {
    const char *p = token->start + (*token->start == '-' ? 1 : 0);
    const char *digits = p;

    while (p < token->end && *p >= '0' && *p <= '9')
        p++;
    if (p - digits < LLMC__JSON_LONG_DIGITS || has_exponent(token))
        return false;
    row->whole = llmc__str_to_int64(token->start, (size_t)(p - token->start), &row->integer);
    for (; p < token->end; p++)
        if (*p != '.' && *p != '0')
            row->whole = false;
    return true;
}

/* Whether the value needs a row; then it is filled. */
static bool fill_row(const llmc__json_token *token, const cJSON *item, side_row *row) {
    memset(row, 0, sizeof(*row));
    if (!token->is_string)
        return read_integer(token, row);
    row->len = decoded_len(token->start + 1, token->end - 1);
    return row->len != strlen(item->valuestring);
}

/* The tree's strings and numbers stand in the text in the same order, so one walk over both pairs them. */
static const char *attach_rows(llmc__json_doc *doc, cJSON *item, const char *p, const char *end) {
    for (; item != NULL; item = item->next) {
        int type = item->type & TYPE_MASK;
        llmc__json_token token;
        side_row row;
        if (type == cJSON_String || type == cJSON_Number) {
            do {
                if (!llmc__json_scan_token(p, end, &token))
                    return end;
                p = token.end;
            } while (token.is_name);
            if (fill_row(&token, item, &row)) {
                item->type |= SIDE_MARK;
                item->valueint = (int)doc->used;
                doc->rows[doc->used++] = row;
            }
        }
        p = attach_rows(doc, item->child, p, end);
    }
    return p;
}

/* Larger documents are read by cJSON: they are rare, and one block for all of them would be large as well. */
#define ONE_BLOCK_BYTES ((size_t)1 << 20)
/* What may be read without a scan before. */
#define AT_ONCE_BYTES ((size_t)64 << 10)
#define AT_ONCE_NODES ((size_t)1024)

/* *out NULL: the text has to be scanned. */
static llmc_status build_block(const char *text, size_t len, size_t nodes, llmc__json_doc **out) {
    size_t size = 0;
    llmc__json_doc *doc = llmc__mem_borrow(sizeof(*doc) + llmc__json_tree_bytes(nodes, len), &size);

    *out = NULL;
    if (doc == NULL)
        return LLMC_ERR_NO_MEMORY;
    doc->root = llmc__json_tree_build(text, len, nodes, doc + 1);
    if (doc->root == NULL) {
        llmc__mem_give_back(doc, size);
        return LLMC_OK;
    }
    doc->size = size;
    doc->used = 0;
    doc->start = 0;
    doc->one_block = true;
    doc->repaired = false;
    *out = doc;
    return LLMC_OK;
}

/*
 * Most texts are short, whole and plain: they are read once, with room for a value in each eight bytes; those that have
 * more of them, once more with room for as many as they may have.
 */
static llmc_status build_at_once(const char *text, size_t len, llmc__json_doc **out) {
    size_t nodes = len / 8 + 8, most;
    llmc_status status = LLMC_OK;

    *out = NULL;
    if (len > AT_ONCE_BYTES)
        return LLMC_OK;
    if (nodes <= AT_ONCE_NODES)
        status = build_block(text, len, nodes, out);
    if (status != LLMC_OK || *out != NULL)
        return status;
    most = llmc__json_tree_most(text, len);
    return (most > nodes || nodes > AT_ONCE_NODES) && most <= AT_ONCE_NODES ? build_block(text, len, most, out)
                                                                            : LLMC_OK;
}

/* Builds the document from text that the scan has passed and that needs no repair. */
static llmc_status build(const char *text, size_t len, const llmc__json_scan *scan, llmc__json_doc **out) {
    llmc__json_doc *doc;

    if (scan->side == 0 && len <= ONE_BLOCK_BYTES) {
        llmc_status status = build_block(text + scan->start, len - scan->start, scan->nodes, out);
        if (status != LLMC_OK || *out != NULL) {
            if (*out != NULL)
                (*out)->start = scan->start;
            return status;
        }
    }
    doc = llmc__mem_alloc(sizeof(*doc) + scan->side * sizeof(side_row));
    if (doc == NULL)
        return LLMC_ERR_NO_MEMORY;
    doc->used = 0;
    doc->one_block = false;
    doc->repaired = false;
    doc->root = read_tree(text + scan->start, len - scan->start, scan->has_point);
    if (doc->root == NULL) { /* the scan has ruled every other reason out */
        llmc__mem_free(doc);
        return LLMC_ERR_NO_MEMORY;
    }
    if (scan->side > 0)
        attach_rows(doc, doc->root, text + scan->start, text + len);
    *out = doc;
    return LLMC_OK;
}

static llmc_status build_repaired(const char *text, size_t len, llmc__json_doc **out) {
    llmc__buf whole;
    llmc__json_scan scan;
    llmc_status status;

    llmc__buf_init(&whole, len < SIZE_MAX / 4 ? len * 3 : SIZE_MAX); /* U+FFFD has three bytes for one at most */
    status = llmc__json_repair(text, len, &whole);
    if (status == LLMC_OK)
        status = llmc__json_scan_text(whole.data, whole.len, &scan);
    if (status == LLMC_OK)
        status = build(whole.data, whole.len, &scan, out);
    if (status == LLMC_OK)
        (*out)->repaired = true;
    llmc__buf_free(&whole);
    return status;
}

llmc_status llmc__json_parse(const char *text, size_t len, llmc__json_doc **out, llmc__json_fault *fault) {
    llmc__json_scan scan;
    llmc_status status = build_at_once(text, len, out);

    if (fault != NULL)
        *fault = (llmc__json_fault){0, NULL};
    if (status != LLMC_OK || *out != NULL)
        return status;
    status = llmc__json_scan_text(text, len, &scan);
    if (fault != NULL)
        *fault = scan.fault;
    if (status != LLMC_OK)
        return status;
    return scan.needs_repair ? build_repaired(text, len, out) : build(text, len, &scan, out);
}

void llmc__json_free(llmc__json_doc *doc) {
    if (doc == NULL)
        return;
    if (doc->one_block) {
        llmc__mem_give_back(doc, doc->size);
        return;
    }
    cJSON_Delete(doc->root);
    llmc__mem_free(doc);
}

const llmc__json *llmc__json_root(const llmc__json_doc *doc) {
    return doc != NULL ? outer(doc->root) : NULL;
}

bool llmc__json_valid(const char *text, size_t len, llmc__json_fault *fault) {
    llmc__json_scan scan;
    llmc_status status = llmc__json_scan_text(text, len, &scan);

    if (fault != NULL)
        *fault = scan.fault;
    return status == LLMC_OK;
}

llmc__json_type llmc__json_type_of(const llmc__json *value) {
    if (value == NULL)
        return LLMC__JSON_ABSENT;
    switch (inner(value)->type & TYPE_MASK) {
    case cJSON_True:
    case cJSON_False:
        return LLMC__JSON_BOOL;
    case cJSON_Number:
        return LLMC__JSON_NUMBER;
    case cJSON_String:
        return LLMC__JSON_STRING;
    case cJSON_Array:
        return LLMC__JSON_ARRAY;
    case cJSON_Object:
        return LLMC__JSON_OBJECT;
    default:
        return LLMC__JSON_NULL;
    }
}

const llmc__json *llmc__json_get(const llmc__json *object, const char *name) {
    const cJSON *found = NULL, *item;

    if (llmc__json_type_of(object) != LLMC__JSON_OBJECT)
        return NULL;
    for (item = inner(object)->child; item != NULL; item = item->next)
        if (item->string[0] == name[0] &&
            (name[0] == '\0' || (item->string[1] == name[1] && strcmp(item->string + 1, name + 1) == 0)))
            found = item;
    return outer(found);
}

const llmc__json *llmc__json_at(const llmc__json *array, size_t index) {
    const llmc__json *item = llmc__json_type_of(array) == LLMC__JSON_ARRAY ? llmc__json_first(array) : NULL;

    while (item != NULL && index-- > 0)
        item = llmc__json_next(item);
    return item;
}

const llmc__json *llmc__json_first(const llmc__json *container) {
    return container != NULL ? outer(inner(container)->child) : NULL;
}

const llmc__json *llmc__json_next(const llmc__json *value) {
    return value != NULL ? outer(inner(value)->next) : NULL;
}

const char *llmc__json_name(const llmc__json *member) {
    return member != NULL && inner(member)->string != NULL ? inner(member)->string : "";
}

size_t llmc__json_count(const llmc__json *container) {
    const llmc__json *item = llmc__json_first(container);
    size_t count = 0;

    for (; item != NULL; item = llmc__json_next(item))
        count++;
    return count;
}

static const side_row *row_of(const llmc__json_doc *doc, const cJSON *item) {
    return (item->type & SIDE_MARK) != 0 && doc != NULL ? &doc->rows[item->valueint] : NULL;
}

const char *llmc__json_string(const llmc__json_doc *doc, const llmc__json *value, size_t *len) {
    const side_row *row;

    if (len != NULL)
        *len = 0;
    if (llmc__json_type_of(value) != LLMC__JSON_STRING)
        return NULL;
    row = row_of(doc, inner(value));
    if (len != NULL)
        *len = row != NULL ? row->len : strlen(inner(value)->valuestring);
    return inner(value)->valuestring;
}

size_t llmc__json_place(const llmc__json_doc *doc, const llmc__json *value) {
    if (doc == NULL || !doc->one_block || doc->repaired || llmc__json_type_of(value) != LLMC__JSON_STRING)
        return SIZE_MAX;
    return doc->start + (size_t)inner(value)->valueint;
}

bool llmc__json_int64(const llmc__json_doc *doc, const llmc__json *value, int64_t *out) {
    const side_row *row;
    double number;

    if (!llmc__json_double(value, &number))
        return false;
    row = row_of(doc, inner(value));
    if (row != NULL && row->whole)
        *out = row->integer;
    if (row != NULL)
        return row->whole;
    if (number != floor(number) || number < -0x1p63 || number >= 0x1p63)
        return false;
    *out = (int64_t)number;
    return true;
}

bool llmc__json_double(const llmc__json *value, double *out) {
    if (llmc__json_type_of(value) != LLMC__JSON_NUMBER || !isfinite(inner(value)->valuedouble))
        return false;
    *out = inner(value)->valuedouble;
    return true;
}

bool llmc__json_bool(const llmc__json *value, bool *out) {
    if (llmc__json_type_of(value) != LLMC__JSON_BOOL)
        return false;
    *out = (inner(value)->type & TYPE_MASK) == cJSON_True;
    return true;
}

bool llmc__json_breaks_off(const char *text, size_t len, const llmc__json_fault *fault) {
    static const char *const literals[] = {"true", "false", "null"};
    static const size_t longest_escape = sizeof "\\ud83d\\ude0" - 1;
    size_t left = fault->offset < len ? len - fault->offset : 0;
    if (left == 0)
        return true;
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++)
        if (left < strlen(literals[i]) && memcmp(text + fault->offset, literals[i], left) == 0)
            return true;
    return text[fault->offset] == '\\' && left <= longest_escape;
}
