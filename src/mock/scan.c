/*
 * A walk through a request body that reads only what the answer needs. It trusts the shape of JSON but not its length,
 * keeps no tree and leaves strings escaped: what is echoed goes back into JSON anyway.
 */
#include "mock/inner.h"

#include <string.h>

typedef struct cursor {
    const char *at, *end;
    llmc__buf *joined;
    bool failed;
} cursor;

/* A message's text: in the body, or at an offset of `joined`, which may move while it grows. */
typedef struct message_text {
    llmc__mock_span span;
    bool is_joined;
    size_t offset;
} message_text;

typedef struct scan_state {
    llmc__mock_ask *ask;
    message_text user;
} scan_state;

static void skip_space(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t')) {
        c->at++;
    }
}

static bool accept_char(cursor *c, char wanted) {
    skip_space(c);
    if (c->at < c->end && *c->at == wanted) {
        c->at++;
        return true;
    }
    return false;
}

/* At a quote: the string's inside. */
static llmc__mock_span read_string(cursor *c) {
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

static bool is_string(cursor *c) {
    skip_space(c);
    return c->at < c->end && *c->at == '"';
}

/* Passes one value of any kind and depth. */
static void skip_value(cursor *c) {
    size_t depth = 0;
    skip_space(c);
    while (c->at < c->end) {
        char ch = *c->at;
        if (ch == '"') {
            (void)read_string(c);
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

/* As skip_value, but passes at least a byte: a stray bracket must not hold up the walk through an array. */
static void skip_item(cursor *c) {
    const char *before = c->at;
    skip_value(c);
    c->at += c->at == before && c->at < c->end ? 1 : 0;
}

static bool read_true(cursor *c) {
    skip_space(c);
    bool yes = c->end - c->at >= 4 && memcmp(c->at, "true", 4) == 0;
    skip_value(c);
    return yes;
}

/* Next key of an object whose brace was passed; false at its end. */
static bool next_key(cursor *c, llmc__mock_span *key) {
    (void)accept_char(c, ',');
    if (!is_string(c)) {
        (void)accept_char(c, '}');
        return false;
    }
    *key = read_string(c);
    return accept_char(c, ':');
}

static bool key_is(llmc__mock_span key, const char *name) {
    return key.len == strlen(name) && memcmp(key.data, name, key.len) == 0;
}

size_t llmc__mock_scan_words(const char *text, size_t len) {
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        bool space = text[i] == ' ';
        if (text[i] == '\\' && i + 1 < len) {
            i++;
            space = text[i] == 'n' || text[i] == 't' || text[i] == 'r';
        }
        words += !space && !inside ? 1 : 0;
        inside = !space;
    }
    return words;
}

/* A content part's text goes behind those before it. */
static void read_part(cursor *c) {
    llmc__mock_span key;
    while (next_key(c, &key)) {
        if (key_is(key, "text") && is_string(c)) {
            llmc__mock_span text = read_string(c);
            c->failed = llmc__buf_append(c->joined, text.data, text.len) != LLMC_OK || c->failed;
        } else {
            skip_value(c);
        }
    }
}

static message_text read_content(cursor *c) {
    message_text text = {{"", 0}, false, 0};
    if (is_string(c)) {
        text.span = read_string(c);
    } else if (accept_char(c, '[')) {
        text.is_joined = true;
        text.offset = c->joined->len;
        while (c->at < c->end && !accept_char(c, ']')) {
            if (accept_char(c, '{')) {
                read_part(c);
            } else if (!accept_char(c, ',')) {
                skip_item(c);
            }
        }
        text.span.len = c->joined->len - text.offset;
        text.span.data = llmc__buf_str(c->joined) + text.offset;
    } else {
        skip_value(c);
    }
    return text;
}

/* Gemini's messages have parts, and are the user's when they do not say whose they are. */
static void read_message(cursor *c, scan_state *state, bool is_user) {
    llmc__mock_span key;
    message_text text = {{"", 0}, false, 0};
    while (next_key(c, &key)) {
        if (key_is(key, "role") && is_string(c)) {
            is_user = key_is(read_string(c), "user");
        } else if (key_is(key, "content") || key_is(key, "parts")) {
            text = read_content(c);
        } else {
            skip_value(c);
        }
    }
    state->ask->words += llmc__mock_scan_words(text.span.data, text.span.len);
    /* A user's message of tool results only has no text to echo. */
    if (is_user && (text.span.len > 0 || state->user.span.len == 0)) {
        state->user = text;
    }
}

static void read_messages(cursor *c, scan_state *state, bool is_user) {
    if (!accept_char(c, '[')) {
        skip_value(c);
        return;
    }
    while (c->at < c->end && !accept_char(c, ']')) {
        if (accept_char(c, '{')) {
            read_message(c, state, is_user);
        } else if (!accept_char(c, ',')) {
            skip_item(c);
        }
    }
}

/* The Responses API's: items, or the user's text alone. */
static void read_input(cursor *c, scan_state *state) {
    if (is_string(c)) {
        state->user = (message_text){read_string(c), false, 0};
        state->ask->words += llmc__mock_scan_words(state->user.span.data, state->user.span.len);
    } else {
        read_messages(c, state, false);
    }
}

static void read_options(cursor *c, llmc__mock_ask *ask) {
    llmc__mock_span key;
    if (!accept_char(c, '{')) {
        skip_value(c);
        return;
    }
    while (next_key(c, &key)) {
        if (key_is(key, "include_usage")) {
            ask->include_usage = read_true(c);
        } else {
            skip_value(c);
        }
    }
}

bool llmc__mock_scan(const char *body, size_t len, llmc__buf *joined, llmc__mock_ask *out) {
    cursor c = {body, body + len, joined, false};
    scan_state state = {out, {{"", 0}, false, 0}};
    llmc__mock_span key;
    memset(out, 0, sizeof *out);
    out->model.data = "mock";
    out->model.len = 4;
    llmc__buf_clear(joined);
    out->is_object = accept_char(&c, '{');
    while (out->is_object && next_key(&c, &key)) {
        if (key_is(key, "model") && is_string(&c)) {
            out->model = read_string(&c);
        } else if (key_is(key, "stream")) {
            out->has_stream = true;
            out->stream = read_true(&c);
        } else if (key_is(key, "stream_options")) {
            read_options(&c, out);
        } else if (key_is(key, "messages")) {
            read_messages(&c, &state, false);
        } else if (key_is(key, "contents")) {
            read_messages(&c, &state, true);
        } else if (key_is(key, "input")) {
            read_input(&c, &state);
        } else {
            skip_value(&c);
        }
    }
    out->user = state.user.span;
    if (state.user.is_joined) {
        out->user.data = llmc__buf_str(joined) + state.user.offset;
    }
    return !c.failed;
}
