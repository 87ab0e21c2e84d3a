#include "support_google.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

#define OK(call)  assert_int_equal(call, LLMC_OK)
#define MAX_BYTES ((size_t)4 << 20)

static const char *const spellings[][2] = {
    {"function_declarations", "functionDeclarations"},
    {"parameters_json_schema", "parametersJsonSchema"},
    {"parameters", "parametersJsonSchema"}, /* Google's own form of schemas differs by the case of types */
    {"inline_data", "inlineData"},
    {"mime_type", "mimeType"},
};

const char *google_spelling(const char *name) {
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        if (strcmp(name, spellings[i][0]) == 0)
            return spellings[i][1];
    return name;
}

/* What says no more than its absence, and the bytes of images, which the recordings leave out. */
static bool is_idle(const llmc__json_doc *doc, const char *inside, const char *name, const llmc__json *value) {
    bool truth = true;
    size_t len = 1;
    if (llmc__json_type_of(value) == LLMC__JSON_NULL)
        return true;
    if (strcmp(name, "thought") == 0 || strcmp(name, "disable_parallel_tool_use") == 0)
        return llmc__json_bool(value, &truth) && !truth;
    if (strcmp(name, "description") == 0)
        return llmc__json_string(doc, value, &len) != NULL && len == 0;
    if (strcmp(name, "generationConfig") == 0)
        return llmc__json_first(value) == NULL;
    return (strcmp(name, "role") == 0 && strcmp(inside, "systemInstruction") == 0) || strcmp(name, "data") == 0;
}

static void write_one(const llmc__json_doc *doc, const char *name, const llmc__json *value, llmc__jsonw *w);

static int by_name(const void *a, const void *b) {
    return strcmp(google_spelling(llmc__json_name(*(const llmc__json *const *)a)),
                  google_spelling(llmc__json_name(*(const llmc__json *const *)b)));
}

static void write_members(const llmc__json_doc *doc, const char *inside, const llmc__json *object, llmc__jsonw *w) {
    const llmc__json *members[64];
    size_t count = 0;
    for (const llmc__json *member = llmc__json_first(object); member != NULL; member = llmc__json_next(member)) {
        assert_true(count < 64);
        if (!is_idle(doc, inside, llmc__json_name(member), member))
            members[count++] = member;
    }
    qsort(members, count, sizeof members[0], by_name);
    llmc__jsonw_begin_object(w);
    for (size_t i = 0; i < count; i++) {
        llmc__jsonw_name(w, google_spelling(llmc__json_name(members[i])));
        write_one(doc, llmc__json_name(members[i]), members[i], w);
    }
    llmc__jsonw_end_object(w);
}

/* "OBJECT" and "object" */
static void write_type(const char *word, llmc__jsonw *w) {
    char lower[32];
    size_t i = 0;
    for (; word[i] != '\0' && i < sizeof lower - 1; i++)
        lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 32 : word[i]);
    llmc__jsonw_string(w, lower, i);
}

/* Anthropic takes a text as it is and as a block. */
static bool is_lone_text(const char *name, const llmc__json *value) {
    return (strcmp(name, "system") == 0 || strcmp(name, "content") == 0) &&
           llmc__json_type_of(value) == LLMC__JSON_STRING;
}

static void write_block(const llmc__json_doc *doc, const llmc__json *value, llmc__jsonw *w) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    llmc__jsonw_begin_array(w);
    llmc__jsonw_begin_object(w);
    llmc__jsonw_name(w, "text");
    llmc__jsonw_string(w, text, len);
    llmc__jsonw_name(w, "type");
    llmc__jsonw_str(w, "text");
    llmc__jsonw_end_object(w);
    llmc__jsonw_end_array(w);
}

static void write_one(const llmc__json_doc *doc, const char *name, const llmc__json *value, llmc__jsonw *w) {
    llmc__buf text;
    if (llmc__json_type_of(value) == LLMC__JSON_OBJECT) {
        write_members(doc, name, value, w);
    } else if (llmc__json_type_of(value) == LLMC__JSON_ARRAY) {
        llmc__jsonw_begin_array(w);
        for (const llmc__json *item = llmc__json_first(value); item != NULL; item = llmc__json_next(item))
            write_one(doc, name, item, w);
        llmc__jsonw_end_array(w);
    } else if (is_lone_text(name, value)) {
        write_block(doc, value, w);
    } else if (strcmp(name, "type") == 0 && llmc__json_string(doc, value, NULL) != NULL) {
        write_type(llmc__json_string(doc, value, NULL), w);
    } else {
        llmc__buf_init(&text, MAX_BYTES);
        OK(llmc__jsonprint_value(doc, value, &text));
        llmc__jsonw_raw(w, text.data, text.len);
        llmc__buf_free(&text);
    }
}

void google_canon(const llmc__json_doc *doc, llmc__buf *out) {
    llmc__jsonw w;
    llmc__buf_init(out, MAX_BYTES);
    llmc__jsonw_init(&w, out);
    write_one(doc, "", llmc__json_root(doc), &w);
    OK(w.status);
}
