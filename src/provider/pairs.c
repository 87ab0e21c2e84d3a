#include "provider/pairs.h"

#include <string.h>
#include "base/str.h"

const char *llmc__pairs_find(const char *pairs, const char *key, size_t len) {
    while (*pairs != '\0') {
        const char *value = pairs + strlen(pairs) + 1;
        if (llmc__str_ieq_n(key, len, pairs))
            return value;
        pairs = value + strlen(value) + 1;
    }
    return NULL;
}
