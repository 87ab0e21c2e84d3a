/*
 * Reading JSON: strict about structure, lenient about nothing but invalid UTF-8, which is replaced by U+FFFD (local
 * servers cut characters in two). Over cJSON, which is first guarded by a scan of the text: grammar of RFC 8259, depth,
 * node count, end of input. What cJSON loses is kept beside its tree: strings with NUL bytes have their length,
 * integers beyond 2^53 their digits. Names are case-sensitive; of members with the same name the last counts.
 */
#ifndef LLMC_WIRE_JSON_H
#define LLMC_WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "llmclient.h"

#define LLMC__JSON_MAX_DEPTH 128
#define LLMC__JSON_MAX_NODES 1000000

typedef struct llmc__json_doc llmc__json_doc;
typedef struct llmc__json llmc__json; /* a value inside a document; really a cJSON */

typedef enum llmc__json_type {
    LLMC__JSON_ABSENT = 0, /* what getters answer for NULL */
    LLMC__JSON_NULL,
    LLMC__JSON_BOOL,
    LLMC__JSON_NUMBER,
    LLMC__JSON_STRING,
    LLMC__JSON_ARRAY,
    LLMC__JSON_OBJECT
} llmc__json_type;

typedef struct llmc__json_fault {
    size_t offset;      /* byte at which the text is wrong */
    const char *reason; /* static */
} llmc__json_fault;

/* LLMC_OK, LLMC_ERR_INVALID_JSON (fault filled, may be NULL), LLMC_ERR_TOO_LARGE (depth, nodes), LLMC_ERR_NO_MEMORY. */
llmc_status llmc__json_parse(const char *text, size_t len, llmc__json_doc **out, llmc__json_fault *fault);
void llmc__json_free(llmc__json_doc *doc);
const llmc__json *llmc__json_root(const llmc__json_doc *doc);

/*
 * Whether a text that is no JSON (as `fault` tells) is the beginning of some: the reader went along with it up to the
 * end, or up to a literal or an escape that the end cuts.
 */
bool llmc__json_breaks_off(const char *text, size_t len, const llmc__json_fault *fault);

/* Whether the text is one whole JSON value, by the same scan, without building a tree. */
bool llmc__json_valid(const char *text, size_t len, llmc__json_fault *fault);

/* All accept NULL values, so that paths can be followed without checks. */
llmc__json_type llmc__json_type_of(const llmc__json *value);
const llmc__json *llmc__json_get(const llmc__json *object, const char *name); /* NULL: absent or not an object */
const llmc__json *llmc__json_at(const llmc__json *array, size_t index);       /* walks: for short arrays */
const llmc__json *llmc__json_first(const llmc__json *container);              /* first element or member */
const llmc__json *llmc__json_next(const llmc__json *value);
const char *llmc__json_name(const llmc__json *member); /* "" when it is not a member */
size_t llmc__json_count(const llmc__json *container);

/* The string, lent by the document, with its length; NULL when it is not a string. len may be NULL. */
const char *llmc__json_string(const llmc__json_doc *doc, const llmc__json *value, size_t *len);

/* Where in the text that was parsed the string's opening quote stands; SIZE_MAX: not known. */
size_t llmc__json_place(const llmc__json_doc *doc, const llmc__json *value);

/* false when it is not a whole number in range (1.0 and 1e3 are whole). Exact for all of int64. */
bool llmc__json_int64(const llmc__json_doc *doc, const llmc__json *value, int64_t *out);
bool llmc__json_double(const llmc__json *value, double *out);
bool llmc__json_bool(const llmc__json *value, bool *out);

/* ---- members by their names (json_member.c); the object may be absent or none ---- */

/* The string member, as llmc__json_string. */
const char *llmc__json_text(const llmc__json_doc *doc, const llmc__json *object, const char *name, size_t *len);
/* The same where only its characters up to a NUL count; NULL also when it is empty. */
const char *llmc__json_word(const llmc__json *object, const char *name);
/* Whether it is that string. */
bool llmc__json_says(const llmc__json *object, const char *name, const char *word);
/* The first element of an array; NULL: it is none, or empty. */
const llmc__json *llmc__json_items(const llmc__json *value);

#endif
