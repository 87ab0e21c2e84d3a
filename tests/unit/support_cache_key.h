/* A request with everything in it, each of its fields, and changes that must change the cache's key. */
#ifndef LLMC_TESTS_UNIT_SUPPORT_CACHE_KEY_H
#define LLMC_TESTS_UNIT_SUPPORT_CACHE_KEY_H

#include "policy/cache_key.h"

/*
 * A request with everything in it, in static memory: nothing of it is freed. The two parts lie apart so that a flip
 * can reach each.
 */
typedef struct key_fixture {
    llmc_request request;
    llmc__target target, second;
    llmc__cache_scope scope;
    llmc__message messages[3];
    llmc__part parts[2];
    llmc__tool tools[2];
    llmc__header headers[2], metadata[2], target_headers[2];
    char *stops[2];
    llmc__input input;
    llmc__text texts[2];
} key_fixture;

#define KEY_TEXT(literal) ((char *)(uintptr_t)(literal))

void key_fixture_fill(key_fixture *f);
/* Makes it an operation with an input. */
void key_fixture_operate(key_fixture *f);
/* Of "request", "target", "message" or "input" (of an operation then), the struct itself; NULL of the others. */
char *key_fixture_struct(key_fixture *f, const char *of);
void key_write(const key_fixture *f, llmc__buf *out); /* asserts that it could be written */
bool key_same(const llmc__buf *a, const llmc__buf *b);

/* A field of one of the structs that the key is made of. */
typedef enum key_kind {
    KEY_COUNTS, /* it changes the answer, and flips show that it changes the key */
    KEY_FREE,   /* it does not, and so it must not change the key (`model` and `tenant` come by way of the scope) */
    KEY_FREE_STRUCT, /* so does none of its fields */
    KEY_LIST         /* its elements have fields of their own */
} key_kind;
typedef struct key_field {
    const char *of, *name;
    size_t at, size; /* in its struct */
    key_kind kind;
} key_field;
extern const key_field key_fields[];
extern const size_t key_field_count;

typedef void (*key_flip_fn)(key_fixture *f);
typedef struct key_flip {
    const char *of, *field, *name;
    key_flip_fn apply;
} key_flip;
extern const key_flip key_flips[];
extern const size_t key_flip_count;

int key_token(const char *provider, char *text, size_t capacity, void *user_data);
int key_other_token(const char *provider, char *text, size_t capacity, void *user_data);

#endif
