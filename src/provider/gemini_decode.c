/*
 * Bytes of a 2xx answer -> objects. A stream is server-sent events without a terminal mark; errors stand bare between
 * them (recorded), and without alt=sse the whole is one JSON array.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/gemini.h"

static llmc__gemini_decoder *inner(llmc__decoder *decoder) {
    return (llmc__gemini_decoder *)(void *)decoder;
}

llmc__gemini_decoder *llmc__gemini_decoder_new(const char *origin, size_t max_bytes) {
    llmc__gemini_decoder *decoder = llmc__mem_calloc(1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->origin = origin;
    decoder->max_bytes = max_bytes;
    decoder->prompt = decoder->tool_prompt = decoder->candidates = -1;
    decoder->thoughts = decoder->cached = decoder->total = -1;
    decoder->audio_in = decoder->audio_cached = decoder->audio_out = -1;
    llmc__sse_init(&decoder->sse, max_bytes);
    llmc__buf_init(&decoder->object, max_bytes);
    llmc__buf_init(&decoder->replay, max_bytes);
    return decoder;
}

void llmc__gemini_decoder_free(llmc__decoder *outer) {
    llmc__gemini_decoder *decoder = inner(outer);
    if (decoder == NULL)
        return;
    for (size_t i = 0; i < decoder->choice_count; i++)
        llmc__mem_free(decoder->choices[i].finish);
    llmc__mem_free(decoder->choices);
    llmc__sse_free(&decoder->sse);
    llmc__buf_free(&decoder->object);
    llmc__buf_free(&decoder->replay);
    llmc__mem_free(decoder);
}

llmc_status llmc__gemini_fail(llmc__gemini_decoder *decoder, llmc_status status, const char *message) {
    llmc__error_clear(decoder->error);
    llmc__error_set(decoder->error, status, "%s", message);
    decoder->error->retryable = status == LLMC_ERR_INCOMPLETE;
    return status;
}

llmc_status llmc__gemini_fail_memory(llmc__gemini_decoder *decoder, llmc_status status) {
    return llmc__gemini_fail(decoder, status,
                             status == LLMC_ERR_TOO_LARGE ? "a piece of the answer is larger than max_event_bytes"
                                                          : "no memory for the answer");
}

static void enter(llmc__gemini_decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    decoder->emit = emit;
    decoder->ctx = ctx;
    decoder->error = error;
}

/* ---- objects ---- */

static llmc_status fail_parse(llmc__gemini_decoder *decoder, llmc_status status) {
    if (status == LLMC_ERR_NO_MEMORY)
        return llmc__gemini_fail_memory(decoder, status);
    if (status == LLMC_ERR_TOO_LARGE)
        return llmc__gemini_fail(decoder, status, "the answer's JSON is nested too deep or has too many values");
    if (decoder->at_end)
        return llmc__gemini_fail(decoder, LLMC_ERR_INCOMPLETE,
                                 "the stream broke off in the middle of an event; what came of it is on the response");
    return llmc__gemini_fail(decoder, LLMC_ERR_BAD_RESPONSE,
                             "the answer is not JSON: check that base_url leads to a Gemini API; the raw body is on "
                             "the response");
}

static llmc_status read_text(llmc__gemini_decoder *decoder, const char *text, size_t len) {
    llmc__json_doc *doc = NULL;
    llmc_status status = llmc__json_parse(text, len, &doc, NULL);
    if (status != LLMC_OK)
        return fail_parse(decoder, status);
    status = llmc__gemini_chunk_read(decoder, doc, llmc__json_root(doc));
    llmc__json_free(doc);
    return status;
}

/* Gateways of other APIs end their streams so, and may end this one alike. */
static bool is_done_mark(const llmc__sse_event *event) {
    return event->data_len == 6 && memcmp(event->data, "[DONE]", 6) == 0;
}

static int on_event(void *ctx, const llmc__sse_event *event) {
    llmc__gemini_decoder *decoder = ctx;
    if (event->data_len > 0 && !is_done_mark(event))
        decoder->status = read_text(decoder, event->data, event->data_len);
    return decoder->status != LLMC_OK;
}

/* What feeding ended with: the status of an event comes before that of the parser. */
static llmc_status feed_events(llmc__gemini_decoder *decoder, const char *bytes, size_t len) {
    llmc_status fed = llmc__sse_feed(&decoder->sse, bytes, len, on_event, decoder);
    if (decoder->status == LLMC_OK && fed != LLMC_OK)
        decoder->status = llmc__gemini_fail_memory(decoder, fed);
    return decoder->status;
}

/* ---- places ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void begin_object(llmc__gemini_decoder *decoder) {
    decoder->place = LLMC__GEMINI_OBJECT;
    decoder->in_string = decoder->escaped = false;
    decoder->depth = 0;
    llmc__buf_clear(&decoder->object);
}

/* No line of events begins with a brace, a bracket or an angle. Takes what it answers of the bytes. */
static size_t start_line(llmc__gemini_decoder *decoder, char c) {
    if (c == ' ' || c == '\t')
        return 1;
    if (c != '{' && c != '[' && c != '<') {
        decoder->place = LLMC__GEMINI_EVENTS;
        return 0;
    }
    if (c == '<') {
        decoder->status = llmc__gemini_fail(decoder, LLMC_ERR_BAD_RESPONSE,
                                            "the answer is a page of HTML: check that base_url leads to a Gemini API; "
                                            "the raw body is on the response");
        return 0;
    }
    (void)feed_events(decoder, "\n", 1); /* an event whose blank line is missing comes before it */
    decoder->in_array = c == '[';
    if (c == '[')
        decoder->place = LLMC__GEMINI_ARRAY;
    else
        begin_object(decoder);
    return c == '[' ? 1 : 0;
}

static size_t step_array(llmc__gemini_decoder *decoder, char c) {
    if (c == '{') {
        begin_object(decoder);
        return 0;
    }
    if (c == ']') {
        decoder->in_array = false;
        decoder->place = LLMC__GEMINI_LINE;
    } else if (c != ',' && !is_blank(c)) {
        decoder->status = fail_parse(decoder, LLMC_ERR_BAD_RESPONSE);
    }
    return 1;
}

/* Lines of events up to one that begins otherwise, or the end. */
static size_t feed_lines(llmc__gemini_decoder *decoder, const char *bytes, size_t len) {
    size_t end = 0;
    while (end < len) {
        char c = bytes[end++];
        if ((c == '\n' || c == '\r') && (end == len || strchr("{[< \t", bytes[end]) != NULL)) {
            decoder->place = LLMC__GEMINI_LINE;
            break;
        }
    }
    (void)feed_events(decoder, bytes, end);
    return end;
}

/* True for the brace that closes the object. */
static bool closes_object(llmc__gemini_decoder *decoder, char c) {
    if (decoder->escaped) {
        decoder->escaped = false;
    } else if (decoder->in_string) {
        decoder->escaped = c == '\\';
        decoder->in_string = c != '"';
    } else if (c == '"') {
        decoder->in_string = true;
    } else if (c == '{') {
        decoder->depth++;
    } else if (c == '}') {
        return --decoder->depth == 0;
    }
    return false;
}

static size_t feed_object(llmc__gemini_decoder *decoder, const char *bytes, size_t len) {
    size_t end = 0;
    bool closed = false;
    while (end < len && !closed)
        closed = closes_object(decoder, bytes[end++]);
    llmc_status status = llmc__buf_append(&decoder->object, bytes, end);
    if (status != LLMC_OK) {
        decoder->status = llmc__gemini_fail_memory(decoder, status);
    } else if (closed) {
        decoder->place = decoder->in_array ? LLMC__GEMINI_ARRAY : LLMC__GEMINI_LINE;
        decoder->status = read_text(decoder, decoder->object.data, decoder->object.len);
    }
    return end;
}

llmc_status llmc__gemini_decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit,
                                      void *ctx, llmc_error *error) {
    llmc__gemini_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    for (size_t at = 0; at < len && decoder->status == LLMC_OK;) {
        switch (decoder->place) {
        case LLMC__GEMINI_LINE:
            at += start_line(decoder, bytes[at]);
            break;
        case LLMC__GEMINI_EVENTS:
            at += feed_lines(decoder, bytes + at, len - at);
            break;
        case LLMC__GEMINI_ARRAY:
            at += step_array(decoder, bytes[at]);
            break;
        case LLMC__GEMINI_OBJECT:
            at += feed_object(decoder, bytes + at, len - at);
            break;
        }
    }
    return decoder->status;
}

/* ---- ends ---- */

/* What stands behind the last blank line is an event cut off, not one that was sent wrong. */
static llmc_status finish_events(llmc__gemini_decoder *decoder) {
    decoder->at_end = true;
    llmc_status fed = llmc__sse_finish(&decoder->sse, on_event, decoder);
    if (decoder->status == LLMC_OK && fed != LLMC_OK)
        decoder->status = llmc__gemini_fail_memory(decoder, fed);
    return decoder->status;
}

llmc_status llmc__gemini_decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__gemini_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    if (decoder->status != LLMC_OK || finish_events(decoder) != LLMC_OK)
        return decoder->status;
    if (decoder->place == LLMC__GEMINI_OBJECT)
        decoder->status = fail_parse(decoder, LLMC_ERR_INVALID_JSON);
    else if (!llmc__gemini_chunks_finished(decoder))
        decoder->status = llmc__gemini_fail(decoder, LLMC_ERR_INCOMPLETE,
                                            "the stream ended without a finishReason; what came of it is on the "
                                            "response");
    else
        decoder->status = llmc__gemini_chunks_end(decoder);
    return decoder->status;
}

/* The literals and escapes that an end can cut: the reader stops at their start. */
static bool breaks_off(const char *text, size_t len, size_t fault) {
    static const char *const literals[] = {"true", "false", "null"};
    size_t left = fault < len ? len - fault : 0;
    for (size_t i = 0; left > 0 && i < sizeof literals / sizeof literals[0]; i++)
        if (left < strlen(literals[i]) && memcmp(text + fault, literals[i], left) == 0)
            return true;
    return left == 0 || (text[fault] == '\\' && left < 12);
}

static llmc_status read_elements(llmc__gemini_decoder *decoder, const llmc__json_doc *doc) {
    const llmc__json *root = llmc__json_root(doc);
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(root) != LLMC__JSON_ARRAY)
        return llmc__gemini_chunk_read(decoder, doc, root);
    for (const llmc__json *item = llmc__json_first(root); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = llmc__gemini_chunk_read(decoder, doc, item);
    return status;
}

static llmc_status read_body(llmc__gemini_decoder *decoder, const char *body, size_t len) {
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(body, len, &doc, &fault);
    if (status == LLMC_ERR_INVALID_JSON && breaks_off(body, len, fault.offset))
        return llmc__gemini_fail(decoder, LLMC_ERR_INCOMPLETE,
                                 len == 0 ? "the answer is empty: the connection ended before the body; try again"
                                          : "the answer broke off in the middle of its JSON; try again");
    if (status != LLMC_OK)
        return fail_parse(decoder, status);
    status = read_elements(decoder, doc);
    llmc__json_free(doc);
    if (status == LLMC_OK && !decoder->spoke)
        return llmc__gemini_fail(decoder, LLMC_ERR_BAD_RESPONSE,
                                 "the answer is JSON but none of a Gemini API: check that base_url leads to one; the "
                                 "raw body is on the response");
    return status == LLMC_OK ? llmc__gemini_chunks_end(decoder) : status;
}

llmc_status llmc__gemini_decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                                     llmc_error *error) {
    llmc__gemini_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    if (decoder->status == LLMC_OK)
        decoder->status = read_body(decoder, body, len);
    return decoder->status;
}
