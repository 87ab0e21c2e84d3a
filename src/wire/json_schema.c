#include "wire/json_schema.h"

#include <math.h>
#include <string.h>

#define MAX_PATH 512

/* One check under way. */
typedef struct check {
    const llmc__json_doc *schema, *value;
    llmc__buf path; /* "city" or "days[2].name"; "" at the top */
    llmc__buf *why;
} check;

static llmc_status walk(check *c, const llmc__json *schema, const llmc__json *value);

/* "path: " before what is wrong there. */
static llmc_status put_path(check *c) {
    if (c->path.len == 0)
        return LLMC_OK;
    return llmc__buf_appendf(c->why, "%s: ", llmc__buf_str(&c->path));
}

/* What is wrong was told, as far as there was room. */
static llmc_status fault(llmc_status written) {
    return written == LLMC_ERR_NO_MEMORY ? LLMC_ERR_NO_MEMORY : LLMC_ERR_INVALID_JSON;
}

/* Checks a part of the value under a longer path; one too long to be told is told by its beginning. */
static llmc_status enter(check *c, const llmc__json *schema, const llmc__json *value, const char *name, size_t index) {
    size_t len = c->path.len;
    llmc_status status = name ? llmc__buf_appendf(&c->path, "%s%.100s", len ? "." : "", name)
                              : llmc__buf_appendf(&c->path, "[%zu]", index);
    if (status == LLMC_ERR_NO_MEMORY)
        return status;
    status = walk(c, schema, value);
    c->path.len = len;
    if (c->path.data)
        c->path.data[len] = '\0';
    return status;
}

/* ---- type ---- */

static const char *type_word(llmc__json_type type) {
    switch (type) {
    case LLMC__JSON_NULL:
        return "null";
    case LLMC__JSON_BOOL:
        return "boolean";
    case LLMC__JSON_NUMBER:
        return "number";
    case LLMC__JSON_STRING:
        return "string";
    case LLMC__JSON_ARRAY:
        return "array";
    case LLMC__JSON_OBJECT:
        return "object";
    case LLMC__JSON_ABSENT:
        break;
    }
    return "nothing";
}

static bool is_whole(const llmc__json *value) {
    double number = 0;
    return llmc__json_double(value, &number) && trunc(number) == number;
}

static bool is_type(const llmc__json *value, const char *word) {
    if (strcmp(word, "integer") == 0)
        return is_whole(value);
    return strcmp(word, type_word(llmc__json_type_of(value))) == 0;
}

/* One word, or a list of them of which one must fit; anything else says nothing. */
static bool fits_type(const check *c, const llmc__json *type, const llmc__json *value) {
    const char *word = llmc__json_string(c->schema, type, NULL);
    if (word)
        return is_type(value, word);
    if (llmc__json_type_of(type) != LLMC__JSON_ARRAY)
        return true;
    for (const llmc__json *one = llmc__json_first(type); one; one = llmc__json_next(one)) {
        word = llmc__json_string(c->schema, one, NULL);
        if (!word || is_type(value, word))
            return true;
    }
    return false;
}

static llmc_status put_types(check *c, const llmc__json *type) {
    const char *word = llmc__json_string(c->schema, type, NULL);
    llmc_status status = LLMC_OK;
    if (word)
        return llmc__buf_appendf(c->why, "%.20s", word);
    for (const llmc__json *one = llmc__json_first(type); one && status == LLMC_OK; one = llmc__json_next(one)) {
        word = llmc__json_string(c->schema, one, NULL);
        status = llmc__buf_appendf(c->why, "%s%.20s", one == llmc__json_first(type) ? "" : " or ", word ? word : "?");
    }
    return status;
}

static llmc_status check_type(check *c, const llmc__json *type, const llmc__json *value) {
    if (fits_type(c, type, value))
        return LLMC_OK;
    llmc_status status = put_path(c);
    if (status == LLMC_OK)
        status = llmc__buf_append_str(c->why, "must be of type ");
    if (status == LLMC_OK)
        status = put_types(c, type);
    if (status == LLMC_OK)
        status = llmc__buf_appendf(c->why, ", not %s", type_word(llmc__json_type_of(value)));
    return fault(status);
}

/* ---- enum ---- */

static bool is_same(const check *c, const llmc__json *choice, const llmc__json *value) {
    size_t len = 0, other_len = 0;
    double number = 0, other = 0;
    bool truth = false, other_truth = false;
    llmc__json_type type = llmc__json_type_of(choice);
    if (type == LLMC__JSON_ARRAY || type == LLMC__JSON_OBJECT)
        return true; /* not compared */
    if (type != llmc__json_type_of(value))
        return false;
    if (type == LLMC__JSON_STRING) {
        const char *text = llmc__json_string(c->schema, choice, &len);
        const char *said = llmc__json_string(c->value, value, &other_len);
        return len == other_len && memcmp(text, said, len) == 0;
    }
    if (type == LLMC__JSON_NUMBER)
        return llmc__json_double(choice, &number) && llmc__json_double(value, &other) && !(number < other) &&
               !(number > other);
    if (type == LLMC__JSON_BOOL)
        return llmc__json_bool(choice, &truth) && llmc__json_bool(value, &other_truth) && truth == other_truth;
    return true;
}

static llmc_status check_enum(check *c, const llmc__json *choices, const llmc__json *value) {
    if (llmc__json_type_of(choices) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *one = llmc__json_first(choices); one; one = llmc__json_next(one))
        if (is_same(c, one, value))
            return LLMC_OK;
    llmc_status status = put_path(c);
    if (status == LLMC_OK)
        status = llmc__buf_append_str(c->why, "is none of the values the schema lists");
    return fault(status);
}

/* ---- objects and arrays ---- */

static llmc_status check_required(check *c, const llmc__json *required, const llmc__json *value) {
    if (llmc__json_type_of(required) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *one = llmc__json_first(required); one; one = llmc__json_next(one)) {
        const char *name = llmc__json_string(c->schema, one, NULL);
        if (!name || llmc__json_get(value, name))
            continue;
        llmc_status status = put_path(c);
        if (status == LLMC_OK)
            status = llmc__buf_appendf(c->why, "the member \"%.100s\" is missing", name);
        return fault(status);
    }
    return LLMC_OK;
}

static bool takes_others(const llmc__json *schema) {
    bool taken = true;
    return !llmc__json_bool(llmc__json_get(schema, "additionalProperties"), &taken) || taken ||
           llmc__json_get(schema, "patternProperties");
}

static llmc_status check_members(check *c, const llmc__json *schema, const llmc__json *value) {
    const llmc__json *properties = llmc__json_get(schema, "properties");
    bool others = takes_others(schema);
    llmc_status status = check_required(c, llmc__json_get(schema, "required"), value);
    for (const llmc__json *member = llmc__json_first(value); member && status == LLMC_OK;
         member = llmc__json_next(member)) {
        const llmc__json *expected = llmc__json_get(properties, llmc__json_name(member));
        if (expected) {
            status = enter(c, expected, member, llmc__json_name(member), 0);
        } else if (!others) {
            status = put_path(c);
            if (status == LLMC_OK)
                status = llmc__buf_appendf(c->why, "there is no member \"%.100s\"", llmc__json_name(member));
            status = fault(status);
        }
    }
    return status;
}

static llmc_status check_elements(check *c, const llmc__json *items, const llmc__json *value) {
    llmc_status status = LLMC_OK;
    size_t index = 0;
    if (llmc__json_type_of(items) != LLMC__JSON_OBJECT)
        return LLMC_OK;
    for (const llmc__json *one = llmc__json_first(value); one && status == LLMC_OK; one = llmc__json_next(one))
        status = enter(c, items, one, NULL, index++);
    return status;
}

static llmc_status walk(check *c, const llmc__json *schema, const llmc__json *value) {
    llmc__json_type type = llmc__json_type_of(value);
    llmc_status status = check_type(c, llmc__json_get(schema, "type"), value);
    if (status == LLMC_OK)
        status = check_enum(c, llmc__json_get(schema, "enum"), value);
    if (status == LLMC_OK && type == LLMC__JSON_OBJECT)
        status = check_members(c, schema, value);
    if (status == LLMC_OK && type == LLMC__JSON_ARRAY)
        status = check_elements(c, llmc__json_get(schema, "items"), value);
    return status;
}

llmc_status llmc__json_schema_check(const llmc__json_doc *schema, const llmc__json_doc *value, llmc__buf *why) {
    check c = {.schema = schema, .value = value, .why = why};
    llmc__buf_init(&c.path, MAX_PATH);
    llmc_status status = walk(&c, llmc__json_root(schema), llmc__json_root(value));
    llmc__buf_free(&c.path);
    return status;
}
