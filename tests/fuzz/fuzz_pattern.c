/* Patterns of files from outside: pattern, a NUL, text. What is taken can be looked for, and is found where it starts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = memchr(data, '\0', size);
    size_t len = end ? (size_t)(end - data) : size, text_len = end ? size - len - 1 : 0;
    char *pattern = malloc(len + 1), *text = malloc(text_len + 1);
    if (!pattern || !text)
        abort();
    memcpy(pattern, data, len);
    memcpy(text, data + (size - text_len), text_len);
    if (llmc__pattern_valid(pattern, len) && llmc__pattern_starts(pattern, len, text, text_len) &&
        !llmc__pattern_find(pattern, len, text, text_len))
        abort();
    free(pattern);
    free(text);
    return 0;
}
