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
    llmc__gemini_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->origin = origin;
    decoder->sink.max_bytes = max_bytes;
    for (size_t i = 0; i < LLMC__GEMINI_COUNTS; i++)
        decoder->counts[i] = -1;
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

/* ---- objects ---- */

static const char api[] = "a Gemini API";

/* What is no JSON at the end of a stream was cut off, and not sent wrong. */
static void read_text(llmc__gemini_decoder *decoder, const char *text, size_t len) {
    llmc__json_doc *doc = llmc__sink_parse(&decoder->sink, text, len, false, decoder->at_end ? NULL : api);
    if (doc != NULL)
        llmc__gemini_chunk_read(decoder, llmc__json_root(doc));
    llmc__json_free(doc);
}

/* Gateways of other APIs end their streams so, and may end this one alike. */
static bool is_done_mark(const llmc__sse_event *event) {
    return event->data_len == 6 && memcmp(event->data, "[DONE]", 6) == 0;
}

static int on_event(void *ctx, const llmc__sse_event *event) {
    llmc__gemini_decoder *decoder = ctx;
    if (event->data_len > 0 && !is_done_mark(event))
        read_text(decoder, event->data, event->data_len);
    return decoder->sink.status != LLMC_OK;
}

/* The status of an event comes before that of the parser. */
static void feed_events(llmc__gemini_decoder *decoder, const char *bytes, size_t len) {
    llmc__sink_keep(&decoder->sink, llmc__sse_feed(&decoder->sse, bytes, len, on_event, decoder));
}

/* ---- places ---- */

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
        llmc__sink_fail_form(&decoder->sink, "a page of HTML", api);
        return 0;
    }
    feed_events(decoder, "\n", 1); /* an event whose blank line is missing comes before it */
    decoder->in_array = c == '[';
    if (decoder->in_array)
        decoder->place = LLMC__GEMINI_ARRAY;
    else
        begin_object(decoder);
    return decoder->in_array ? 1 : 0;
}

static size_t step_array(llmc__gemini_decoder *decoder, char c) {
    if (c == '{') {
        begin_object(decoder);
        return 0;
    }
    if (c == ']') {
        decoder->in_array = false;
        decoder->place = LLMC__GEMINI_LINE;
    } else if (c == '\0' || strchr(", \t\r\n", c) == NULL) {
        llmc__sink_fail_form(&decoder->sink, "not JSON", api);
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
    feed_events(decoder, bytes, end);
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
    llmc__sink_append(&decoder->sink, &decoder->object, bytes, end);
    if (closed && decoder->sink.status == LLMC_OK) {
        decoder->place = decoder->in_array ? LLMC__GEMINI_ARRAY : LLMC__GEMINI_LINE;
        read_text(decoder, decoder->object.data, decoder->object.len);
    }
    return end;
}

llmc_status llmc__gemini_decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit,
                                      void *ctx, llmc_error *error) {
    llmc__gemini_decoder *decoder = inner(outer);
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    for (size_t at = 0; at < len && decoder->sink.status == LLMC_OK;) {
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
    return decoder->sink.status;
}

/* ---- ends ---- */

/* What stands behind the last blank line is an event cut off, not one that was sent wrong. */
llmc_status llmc__gemini_decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__gemini_decoder *decoder = inner(outer);
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    if (decoder->sink.status != LLMC_OK)
        return decoder->sink.status;
    decoder->at_end = true;
    llmc__sink_keep(&decoder->sink, llmc__sse_finish(&decoder->sse, on_event, decoder));
    if (decoder->place == LLMC__GEMINI_OBJECT)
        llmc__sink_fail_cut(&decoder->sink);
    else if (!llmc__gemini_chunks_finished(decoder))
        llmc__sink_fail(&decoder->sink, LLMC_ERR_INCOMPLETE,
                        "the stream ended without a finishReason; what came of it is on the response");
    llmc__gemini_chunks_end(decoder);
    return decoder->sink.status;
}

/* An object, or an array of them. */
static void read_elements(llmc__gemini_decoder *decoder, const llmc__json *root) {
    if (llmc__json_type_of(root) != LLMC__JSON_ARRAY) {
        llmc__gemini_chunk_read(decoder, root);
        return;
    }
    for (const llmc__json *item = llmc__json_first(root); item != NULL && decoder->sink.status == LLMC_OK;
         item = llmc__json_next(item))
        llmc__gemini_chunk_read(decoder, item);
}

llmc_status llmc__gemini_decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                                     llmc_error *error) {
    llmc__gemini_decoder *decoder = inner(outer);
    llmc__json_doc *doc;
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    if (decoder->sink.status != LLMC_OK)
        return decoder->sink.status;
    doc = llmc__sink_parse(&decoder->sink, body, len, true, api);
    if (doc != NULL)
        read_elements(decoder, llmc__json_root(doc));
    llmc__json_free(doc);
    if (!decoder->spoke)
        llmc__sink_fail_form(&decoder->sink, "JSON but none of the kind", api);
    llmc__gemini_chunks_end(decoder);
    return decoder->sink.status;
}
