#include "provider/pairs.h"

#include <string.h>
#include "base/str.h"

const char *llmc__pairs_next(const char *text) {
    return text + strlen(text) + 1;
}

const char *llmc__pairs_find(const char *pairs, const char *key, size_t len) {
    while (*pairs != '\0') {
        const char *value = llmc__pairs_next(pairs);
        if (llmc__str_ieq_n(key, len, pairs))
            return value;
        pairs = llmc__pairs_next(value);
    }
    return NULL;
}
