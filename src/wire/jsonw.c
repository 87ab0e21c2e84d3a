#include "wire/jsonw.h"

#include <string.h>
#include "base/str.h"
#include "wire/json_run.h"

/* 0: stands for itself; 'u': as \u00XX; else the letter after the backslash. RFC 8259 section 7. */
static const char escapes[256] = {
    ['\0'] = 'u', [1] = 'u',    [2] = 'u',    [3] = 'u',    [4] = 'u',   [5] = 'u',     [6] = 'u',
    [7] = 'u',    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u',  ['\f'] = 'f',  ['\r'] = 'r',
    [14] = 'u',   [15] = 'u',   [16] = 'u',   [17] = 'u',   [18] = 'u',  [19] = 'u',    [20] = 'u',
    [21] = 'u',   [22] = 'u',   [23] = 'u',   [24] = 'u',   [25] = 'u',  [26] = 'u',    [27] = 'u',
    [28] = 'u',   [29] = 'u',   [30] = 'u',   [31] = 'u',   ['"'] = '"', ['\\'] = '\\',
};

__attribute__((noinline)) void llmc__jsonw_init(llmc__jsonw *w, llmc__buf *out) {
    w->out = out;
    w->status = LLMC_OK;
    w->need_comma = false;
}

static void put(llmc__jsonw *w, const char *bytes, size_t len) {
    if (w->status == LLMC_OK)
        w->status = llmc__buf_append(w->out, bytes, len);
}

static void put_comma(llmc__jsonw *w) {
    if (w->need_comma)
        put(w, ",", 1);
    w->need_comma = true;
}

static void put_value(llmc__jsonw *w, const char *bytes, size_t len) {
    put_comma(w);
    put(w, bytes, len);
}

static void begin(llmc__jsonw *w, const char *bracket) {
    put_value(w, bracket, 1);
    w->need_comma = false;
}

static void end(llmc__jsonw *w, const char *bracket) {
    put(w, bracket, 1);
    w->need_comma = true;
}

void llmc__jsonw_begin_object(llmc__jsonw *w) {
    begin(w, "{");
}

void llmc__jsonw_end_object(llmc__jsonw *w) {
    end(w, "}");
}

void llmc__jsonw_begin_array(llmc__jsonw *w) {
    begin(w, "[");
}

void llmc__jsonw_end_array(llmc__jsonw *w) {
    end(w, "]");
}

static void put_escape(llmc__jsonw *w, unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', escapes[c], '0', '0', hex[c >> 4], hex[c & 15]};

    put(w, text, escapes[c] == 'u' ? 6 : 2);
}

/* Text that stands for itself, in one piece; a name with its colon. */
static void put_plain(llmc__jsonw *w, const char *text, size_t len, bool is_name) {
    char *at;

    w->status = llmc__buf_reserve(w->out, len + (is_name ? 3 : 2));
    if (w->status != LLMC_OK)
        return;
    at = w->out->data + w->out->len;
    *at++ = '"';
    memcpy(at, text, len);
    at += len;
    *at++ = '"';
    if (is_name)
        *at++ = ':';
    *at = '\0';
    w->out->len = (size_t)(at - w->out->data);
}

static void put_quoted(llmc__jsonw *w, const char *text, size_t len, bool is_name) {
    const unsigned char *p = (const unsigned char *)text;
    size_t start = 0, i;

    if (w->status == LLMC_OK && llmc__json_run_plain(text, text + len) == text + len) {
        put_plain(w, text, len, is_name);
        return;
    }
    if (w->status == LLMC_OK && llmc__str_utf8_prefix(text, len) != len)
        w->status = LLMC_ERR_INVALID_UTF8;
    if (w->status != LLMC_OK)
        return;
    put(w, "\"", 1);
    for (i = 0; i < len; i++) {
        if (escapes[p[i]] == 0)
            continue;
        put(w, text + start, i - start);
        put_escape(w, p[i]);
        start = i + 1;
    }
    put(w, text + start, len - start);
    put(w, "\":", is_name ? 2 : 1);
}

void llmc__jsonw_name_part(llmc__jsonw *w, const char *name, size_t len) {
    put_comma(w);
    put_quoted(w, name, len, true);
    w->need_comma = false;
}

void llmc__jsonw_name(llmc__jsonw *w, const char *name) {
    llmc__jsonw_name_part(w, name, strlen(name));
}

void llmc__jsonw_string(llmc__jsonw *w, const char *text, size_t len) {
    put_comma(w);
    put_quoted(w, len > 0 ? text : "", len, false);
}

void llmc__jsonw_str(llmc__jsonw *w, const char *text) {
    llmc__jsonw_string(w, text, strlen(text));
}

void llmc__jsonw_int(llmc__jsonw *w, int64_t value) {
    char text[24];

    put_value(w, text, llmc__str_from_int64(value, text));
}

void llmc__jsonw_double(llmc__jsonw *w, double value) {
    char text[32];
    size_t len = llmc__str_from_double(value, text);

    if (len == 0 && w->status == LLMC_OK)
        w->status = LLMC_ERR_INVALID_ARGUMENT; /* JSON has no NaN and no infinities */
    put_value(w, text, len);
}

void llmc__jsonw_bool(llmc__jsonw *w, bool value) {
    put_value(w, value ? "true" : "false", value ? 4 : 5);
}

void llmc__jsonw_null(llmc__jsonw *w) {
    put_value(w, "null", 4);
}

__attribute__((noinline)) void llmc__jsonw_raw(llmc__jsonw *w, const char *json, size_t len) {
    put_value(w, json, len);
}
