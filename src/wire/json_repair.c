/* Walks over the strings and numbers of a scanned text, and its rewriting into one that cJSON takes whole. */
#include "wire/json_scan.h"

#include <string.h>
#include "base/str.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static const char *string_end(const char *p) {
    for (p++; *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p + 1;
}

static const char *number_end(const char *p, const char *end) {
    while (p < end && *p != '\0' && strchr("0123456789+-.eE", *p) != NULL)
        p++;
    return p;
}

static bool colon_follows(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p < end && *p == ':';
}

bool llmc__json_scan_token(const char *p, const char *end, llmc__json_token *token) {
    while (p < end && *p != '"' && *p != '-' && (*p < '0' || *p > '9'))
        p++;
    if (p == end)
        return false;
    token->start = p;
    token->is_string = *p == '"';
    token->end = token->is_string ? string_end(p) : number_end(p, end);
    token->is_name = token->is_string && colon_follows(token->end, end);
    return true;
}

/*
 * Length of the wrong bytes at p, counted as Unicode 15 section 3.9 advises: the longest start of a sequence that could
 * have become valid is one replacement, so that a character cut in two gives one mark and not three.
 */
static size_t wrong_len(const char *p, size_t len) {
    unsigned char lead = (unsigned char)p[0];
    size_t need = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char probe[4] = {p[0], len > 1 ? p[1] : '\0', (char)0x80, (char)0x80};

    if (need < 3 || llmc__str_utf8_prefix(probe, need) != need)
        return 1; /* the second byte does not fit the first */
    return need == 4 && len > 2 && ((unsigned char)p[2] & 0xc0) == 0x80 ? 3 : 2;
}

static llmc_status repair_high(const char *p, const char *end, llmc__buf *out) {
    llmc_status status = LLMC_OK;

    while (p < end && status == LLMC_OK) {
        size_t good = llmc__str_utf8_prefix(p, (size_t)(end - p));
        status = llmc__buf_append(out, p, good);
        p += good;
        if (p < end && status == LLMC_OK) {
            status = llmc__buf_append_str(out, REPLACEMENT);
            p += wrong_len(p, (size_t)(end - p));
        }
    }
    return status;
}

/* Copies one escape, or replaces what is no character; *p steps over it. */
static llmc_status repair_escape(const char **p, const char *end, bool in_name, llmc__buf *out) {
    const char *start = *p;
    size_t len = 2;
    bool nul;

    if (start[1] != 'u') {
        *p = start + len;
        return llmc__buf_append(out, start, len);
    }
    len = llmc__json_scan_escape(start, end);
    nul = llmc__json_scan_unit(start) == 0;
    *p = start + (len == 12 ? 12 : 6);
    if (len == 0 || (nul && in_name))
        return llmc__buf_append_str(out, REPLACEMENT);
    return llmc__buf_append(out, start, len);
}

static llmc_status repair_string(const llmc__json_token *token, llmc__buf *out) {
    const char *p = token->start;
    llmc_status status = LLMC_OK;

    while (p < token->end && status == LLMC_OK) {
        const char *start = p;
        while (p < token->end && *p != '\\')
            p++;
        status = repair_high(start, p, out);
        if (p < token->end && status == LLMC_OK)
            status = repair_escape(&p, token->end, token->is_name, out);
    }
    return status;
}

/* The shortest text of the same double; beyond its range what every reader takes for infinity. */
static llmc_status repair_number(const llmc__json_token *token, llmc__buf *out) {
    size_t len = (size_t)(token->end - token->start);
    char text[32];
    double value;

    if (len <= LLMC__JSON_NUMBER_BYTES)
        return llmc__buf_append(out, token->start, len);
    if (llmc__str_to_double(token->start, len, &value))
        return llmc__buf_append(out, text, llmc__str_from_double(value, text));
    return llmc__buf_append_str(out, *token->start == '-' ? "-1e999" : "1e999");
}

llmc_status llmc__json_repair(const char *text, size_t len, llmc__buf *out) {
    const char *p = text, *end = text + len;
    llmc__json_token token;
    llmc_status status = LLMC_OK;

    while (status == LLMC_OK && llmc__json_scan_token(p, end, &token)) {
        status = llmc__buf_append(out, p, (size_t)(token.start - p));
        if (status == LLMC_OK)
            status = token.is_string ? repair_string(&token, out) : repair_number(&token, out);
        p = token.end;
    }
    return status == LLMC_OK ? llmc__buf_append(out, p, (size_t)(end - p)) : status;
}
