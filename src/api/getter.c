#include "api/getter.h"

#include <string.h>

const char *llmc__getter_text(const void *object, size_t offset) {
    const char *text = NULL;
    if (object)
        memcpy(&text, (const char *)object + offset, sizeof text);
    return text ? text : "";
}

int64_t llmc__getter_number(const void *object, size_t offset) {
    int64_t number = -1;
    if (object)
        memcpy(&number, (const char *)object + offset, sizeof number);
    return number;
}
