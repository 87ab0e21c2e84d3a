/* Strings of JSON without their escapes. */
#include "mock/cursor.h"

#include <string.h>

typedef struct escape_out {
    llmc__mock_answer *answer;
    llmc__buf *plain;
} escape_out;

static void put_utf8(escape_out *to, uint32_t code) {
    char out[4];
    size_t len = 0;
    if (code < 0x80) {
        out[len++] = (char)code;
    } else if (code < 0x800) {
        out[len++] = (char)(0xc0 | code >> 6);
        out[len++] = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        out[len++] = (char)(0xe0 | code >> 12);
        out[len++] = (char)(0x80 | (code >> 6 & 63));
        out[len++] = (char)(0x80 | (code & 63));
    } else {
        out[len++] = (char)(0xf0 | code >> 18);
        out[len++] = (char)(0x80 | (code >> 12 & 63));
        out[len++] = (char)(0x80 | (code >> 6 & 63));
        out[len++] = (char)(0x80 | (code & 63));
    }
    llmc__mock_put(to->answer, to->plain, out, len);
}

static uint32_t hex4(const char *p, const char *end) {
    uint32_t code = 0;
    for (int i = 0; i < 4 && p < end; i++, p++) {
        uint32_t digit = *p <= '9' ? (uint32_t)(*p - '0') : (uint32_t)((*p | 32) - 'a' + 10);
        code = code << 4 | (digit & 15);
    }
    return code;
}

/* At a backslash; returns behind the escape. */
static const char *put_escape(escape_out *to, const char *p, const char *end) {
    static const char letters[] = "nrtbf", meanings[] = "\n\r\t\b\f";
    const char *letter;
    if (p + 1 >= end) {
        return end;
    }
    if (p[1] != 'u') {
        letter = strchr(letters, p[1]);
        llmc__mock_put(to->answer, to->plain, letter != NULL ? &meanings[letter - letters] : &p[1], 1);
        return p + 2;
    }
    uint32_t code = hex4(p + 2, end);
    p = end - p > 6 ? p + 6 : end;
    if (code >= 0xd800 && code < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        code = 0x10000 + ((code - 0xd800) << 10) + (hex4(p + 2, end) - 0xdc00);
        p += 6;
    }
    put_utf8(to, code);
    return p;
}

void llmc__mock_unescape(llmc__mock_answer *answer, llmc__mock_span text, llmc__buf *out) {
    escape_out to = {answer, out};
    const char *p = text.data, *end = text.data + text.len;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        const char *stop = slash != NULL ? slash : end;
        llmc__mock_put(answer, out, p, (size_t)(stop - p));
        p = slash != NULL ? put_escape(&to, slash, end) : end;
    }
}
