/*
 * A walk through a request body that reads only what the answer needs. It trusts the shape of JSON but not its length,
 * keeps no tree and leaves strings escaped: what is echoed goes back into JSON anyway.
 */
#include "mock/cursor.h"

#include <string.h>

typedef llmc__mock_cursor cursor;

/* A message's text: in the body, or at an offset of `joined`, which may move while it grows. */
typedef struct message_text {
    llmc__mock_span span;
    bool is_joined;
    size_t offset;
} message_text;

typedef struct scan_state {
    llmc__mock_ask *ask;
    message_text user;
    bool is_inner; /* inside generateContentRequest */
} scan_state;

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
    while (llmc__mock_cursor_key(c, &key)) {
        if (llmc__mock_key_is(key, "text") && llmc__mock_cursor_is_string(c)) {
            llmc__mock_span text = llmc__mock_cursor_string(c);
            c->failed = llmc__buf_append(c->joined, text.data, text.len) != LLMC_OK || c->failed;
        } else {
            llmc__mock_cursor_skip(c);
        }
    }
}

static message_text read_content(cursor *c) {
    message_text text = {{"", 0}, false, 0};
    if (llmc__mock_cursor_is_string(c)) {
        text.span = llmc__mock_cursor_string(c);
    } else if (llmc__mock_cursor_accept(c, '[')) {
        text.is_joined = true;
        text.offset = c->joined->len;
        while (c->at < c->end && !llmc__mock_cursor_accept(c, ']')) {
            if (llmc__mock_cursor_accept(c, '{')) {
                read_part(c);
            } else if (!llmc__mock_cursor_accept(c, ',')) {
                llmc__mock_cursor_skip_item(c);
            }
        }
        text.span.len = c->joined->len - text.offset;
        text.span.data = llmc__buf_str(c->joined) + text.offset;
    } else {
        llmc__mock_cursor_skip(c);
    }
    return text;
}

/* Gemini's messages have parts, and are the user's when they do not say whose they are. */
static void read_message(cursor *c, scan_state *state, bool is_user) {
    llmc__mock_span key;
    message_text text = {{"", 0}, false, 0};
    while (llmc__mock_cursor_key(c, &key)) {
        if (llmc__mock_key_is(key, "role") && llmc__mock_cursor_is_string(c)) {
            is_user = llmc__mock_key_is(llmc__mock_cursor_string(c), "user");
        } else if (llmc__mock_key_is(key, "content") || llmc__mock_key_is(key, "parts")) {
            text = read_content(c);
        } else {
            llmc__mock_cursor_skip(c);
        }
    }
    state->ask->words += llmc__mock_scan_words(text.span.data, text.span.len);
    /* A user's message of tool results only has no text to echo. */
    if (is_user && (text.span.len > 0 || state->user.span.len == 0)) {
        state->user = text;
    }
}

static void read_messages(cursor *c, scan_state *state, bool is_user) {
    if (!llmc__mock_cursor_accept(c, '[')) {
        llmc__mock_cursor_skip(c);
        return;
    }
    while (c->at < c->end && !llmc__mock_cursor_accept(c, ']')) {
        if (llmc__mock_cursor_accept(c, '{')) {
            read_message(c, state, is_user);
        } else if (!llmc__mock_cursor_accept(c, ',')) {
            llmc__mock_cursor_skip_item(c);
        }
    }
}

/* The Responses API's: items, or the user's text alone. */
static void read_input(cursor *c, scan_state *state) {
    if (llmc__mock_cursor_is_string(c)) {
        state->user = (message_text){llmc__mock_cursor_string(c), false, 0};
        state->ask->words += llmc__mock_scan_words(state->user.span.data, state->user.span.len);
    } else {
        read_messages(c, state, false);
    }
}

static void read_options(cursor *c, llmc__mock_ask *ask) {
    llmc__mock_span key;
    if (!llmc__mock_cursor_accept(c, '{')) {
        llmc__mock_cursor_skip(c);
        return;
    }
    while (llmc__mock_cursor_key(c, &key)) {
        if (llmc__mock_key_is(key, "include_usage")) {
            ask->include_usage = llmc__mock_cursor_true(c);
        } else {
            llmc__mock_cursor_skip(c);
        }
    }
}

static void read_members(cursor *c, scan_state *state);

/* A whole request of Gemini's inside another, to have its tokens counted. */
static void read_inner(cursor *c, scan_state *state) {
    if (!state->is_inner && llmc__mock_cursor_accept(c, '{')) {
        state->is_inner = true;
        read_members(c, state);
        state->is_inner = false;
    } else {
        llmc__mock_cursor_skip(c);
    }
}

static void read_member(cursor *c, scan_state *state, llmc__mock_span key) {
    llmc__mock_ask *out = state->ask;
    if (llmc__mock_key_is(key, "model") && llmc__mock_cursor_is_string(c)) {
        out->model = llmc__mock_cursor_string(c);
    } else if (llmc__mock_key_is(key, "stream")) {
        out->has_stream = true;
        out->stream = llmc__mock_cursor_true(c);
    } else if (llmc__mock_key_is(key, "stream_options")) {
        read_options(c, out);
    } else if (llmc__mock_key_is(key, "messages")) {
        read_messages(c, state, false);
    } else if (llmc__mock_key_is(key, "contents")) {
        read_messages(c, state, true);
    } else if (llmc__mock_key_is(key, "input")) {
        read_input(c, state);
    } else if (llmc__mock_key_is(key, "generateContentRequest")) {
        read_inner(c, state);
    } else {
        llmc__mock_cursor_skip(c);
    }
}

/* The brace was passed. */
static void read_members(cursor *c, scan_state *state) {
    llmc__mock_span key;
    while (llmc__mock_cursor_key(c, &key)) {
        read_member(c, state, key);
    }
}

bool llmc__mock_scan(const char *body, size_t len, llmc__buf *joined, llmc__mock_ask *out) {
    cursor c = {body, body + len, joined, false};
    scan_state state = {out, {{"", 0}, false, 0}, false};
    memset(out, 0, sizeof *out);
    out->model.data = "mock";
    out->model.len = 4;
    llmc__buf_clear(joined);
    out->is_object = llmc__mock_cursor_accept(&c, '{');
    if (out->is_object) {
        read_members(&c, &state);
    }
    out->user = state.user.span;
    if (state.user.is_joined) {
        out->user.data = llmc__buf_str(joined) + state.user.offset;
    }
    return !c.failed;
}
