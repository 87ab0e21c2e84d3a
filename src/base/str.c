#include "base/str.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080U

/* Bytes 2 to 4 of the sequences of Unicode 15, table 3-7 (well-formed UTF-8): 0 when the sequence is not one of them.
 */
static size_t sequence_len(const unsigned char *p, size_t len) {
    unsigned char low = 0x80, high = 0xbf;
    size_t need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    size_t i;

    if (p[0] < 0xc2 || p[0] > 0xf4 || len < need)
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (i = 2; i < need; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return need;
}

size_t llmc__str_utf8_prefix(const char *text, size_t len) {
    const unsigned char *p = (const unsigned char *)text;
    size_t at = 0;
    uint64_t word;

    while (at < len) {
        if (len - at >= sizeof(word)) {
            memcpy(&word, p + at, sizeof(word));
            if ((word & HIGH_BITS) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        if (p[at] < 0x80) {
            at++;
        } else {
            size_t step = sequence_len(p + at, len - at);
            if (step == 0)
                break;
            at += step;
        }
    }
    return at;
}

/* Exact for whether there is such a byte, not for which it is. */
static bool word_has_control(uint64_t word) {
    const uint64_t ones = 0x0101010101010101U;
    uint64_t rubout = word ^ (ones * 0x7f);

    return ((((word - ones * 0x20) & ~word) | ((rubout - ones) & ~rubout)) & HIGH_BITS) != 0;
}

bool llmc__str_has_control(const char *text, size_t len) {
    size_t i = 0;
    uint64_t word;

    for (; len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        if (word_has_control(word))
            return true;
    }
    for (; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    return false;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool llmc__str_ieq(const char *a, const char *b) {
    return llmc__str_ieq_n(a, strlen(a), b);
}

bool llmc__str_ieq_n(const char *a, size_t a_len, const char *b) {
    size_t i;

    for (i = 0; i < a_len; i++)
        if (b[i] == '\0' || lower(a[i]) != lower(b[i]))
            return false;
    return b[a_len] == '\0';
}

bool llmc__str_starts(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool llmc__str_ends(const char *text, const char *end) {
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

bool llmc__str_ieq_any(const char *text, const char *words) {
    for (; *words != '\0'; words += strlen(words) + 1)
        if (llmc__str_ieq(text, words))
            return true;
    return false;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

const char *llmc__str_trim(const char *text, size_t *len) {
    while (*len > 0 && is_blank(text[*len - 1]))
        --*len;
    for (; *len > 0 && is_blank(*text); text++)
        --*len;
    return text;
}

size_t llmc__str_span(const char *text, const char *more) {
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        char c = text[len], lower = (char)(c | 0x20);
        if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') && strchr(more, c) == NULL)
            break;
    }
    return len;
}
