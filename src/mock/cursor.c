#include "mock/cursor.h"

#include <string.h>

static void skip_space(llmc__mock_cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t')) {
        c->at++;
    }
}

bool llmc__mock_cursor_accept(llmc__mock_cursor *c, char wanted) {
    skip_space(c);
    if (c->at < c->end && *c->at == wanted) {
        c->at++;
        return true;
    }
    return false;
}

llmc__mock_span llmc__mock_cursor_string(llmc__mock_cursor *c) {
    llmc__mock_span span = {"", 0};
    const char *start = c->at + 1;
    const char *p = start;
    while (p < c->end && *p != '"') {
        p += *p == '\\' && p + 1 < c->end ? 2 : 1;
    }
    if (p >= c->end) {
        c->at = c->end; /* never closed */
        return span;
    }
    span.data = start;
    span.len = (size_t)(p - start);
    c->at = p + 1;
    return span;
}

bool llmc__mock_cursor_is_string(llmc__mock_cursor *c) {
    skip_space(c);
    return c->at < c->end && *c->at == '"';
}

void llmc__mock_cursor_skip(llmc__mock_cursor *c) {
    size_t depth = 0;
    skip_space(c);
    while (c->at < c->end) {
        char ch = *c->at;
        if (ch == '"') {
            (void)llmc__mock_cursor_string(c);
        } else if (ch == '{' || ch == '[') {
            depth++;
            c->at++;
        } else if (ch == '}' || ch == ']') {
            if (depth == 0) {
                return; /* the end of what surrounds a bare value */
            }
            depth--;
            c->at++;
        } else if (ch == ',' && depth == 0) {
            return;
        } else {
            c->at++;
            continue;
        }
        if (depth == 0) {
            return;
        }
    }
}

void llmc__mock_cursor_skip_item(llmc__mock_cursor *c) {
    const char *before = c->at;
    llmc__mock_cursor_skip(c);
    c->at += c->at == before && c->at < c->end ? 1 : 0;
}

bool llmc__mock_cursor_true(llmc__mock_cursor *c) {
    skip_space(c);
    bool yes = c->end - c->at >= 4 && memcmp(c->at, "true", 4) == 0;
    llmc__mock_cursor_skip(c);
    return yes;
}

bool llmc__mock_cursor_key(llmc__mock_cursor *c, llmc__mock_span *key) {
    (void)llmc__mock_cursor_accept(c, ',');
    if (!llmc__mock_cursor_is_string(c)) {
        (void)llmc__mock_cursor_accept(c, '}');
        return false;
    }
    *key = llmc__mock_cursor_string(c);
    return llmc__mock_cursor_accept(c, ':');
}

bool llmc__mock_key_is(llmc__mock_span key, const char *name) {
    return key.len == strlen(name) && memcmp(key.data, name, key.len) == 0;
}

int64_t llmc__mock_cursor_int(llmc__mock_cursor *c) {
    int64_t value = 0;
    skip_space(c);
    const char *digits = c->at;
    for (const char *p = digits; p < c->end && *p >= '0' && *p <= '9' && value < INT32_MAX; p++) {
        value = value * 10 + (*p - '0');
    }
    llmc__mock_cursor_skip(c);
    return value;
}

bool llmc__mock_cursor_element(llmc__mock_cursor *c) {
    while (llmc__mock_cursor_accept(c, ',')) {
    }
    return c->at < c->end && !llmc__mock_cursor_accept(c, ']');
}
