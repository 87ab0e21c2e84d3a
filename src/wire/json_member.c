/* Members of objects by their names, as most who read JSON want them. */
#include <string.h>
#include "wire/json.h"

const char *llmc__json_text(const llmc__json_doc *doc, const llmc__json *object, const char *name, size_t *len) {
    return llmc__json_string(doc, llmc__json_get(object, name), len);
}

const char *llmc__json_word(const llmc__json *object, const char *name) {
    const char *text = llmc__json_text(NULL, object, name, NULL);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

bool llmc__json_says(const llmc__json *object, const char *name, const char *word) {
    const char *text = llmc__json_text(NULL, object, name, NULL);
    return text != NULL && strcmp(text, word) == 0;
}

const llmc__json *llmc__json_items(const llmc__json *value) {
    return llmc__json_type_of(value) == LLMC__JSON_ARRAY ? llmc__json_first(value) : NULL;
}
