/*
 * Bytes of a 2xx answer -> events. A stream is server-sent events of chunks, closed by `data: [DONE]`; a server that
 * ignores `stream: true` answers with a plain body, which is told by its first byte.
 */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/openai.h"
#include "provider/raw.h"
#include "provider/rerank.h"

static llmc__openai_decoder *inner(llmc__decoder *decoder) {
    return (llmc__openai_decoder *)(void *)decoder;
}

void llmc__openai_decoder_init(llmc__openai_decoder *decoder, const llmc__openai_dialect *dialect, size_t max_bytes) {
    decoder->dialect = dialect;
    decoder->sink.max_bytes = max_bytes;
    llmc__sse_init(&decoder->sse, max_bytes);
    llmc__buf_init(&decoder->whole, max_bytes);
    llmc__openai_keep_init(&decoder->keep, max_bytes);
    llmc__shape_init(&decoder->shape);
}

static void choice_free(llmc__openai_choice *choice) {
    for (size_t i = 0; i < choice->call_count; i++) {
        llmc__mem_free(choice->calls[i].id);
        llmc__mem_free(choice->calls[i].name);
        llmc__buf_free(&choice->calls[i].arguments);
    }
    llmc__mem_free(choice->calls);
}

void llmc__openai_decoder_release(llmc__openai_decoder *decoder) {
    for (size_t i = 0; i < decoder->choice_count; i++)
        choice_free(&decoder->choices[i]);
    if (decoder->choices != &decoder->only)
        llmc__mem_free(decoder->choices);
    llmc__mem_free(decoder->sink.model);
    llmc__mem_free(decoder->sink.id);
    llmc__sse_free(&decoder->sse);
    llmc__buf_free(&decoder->whole);
    llmc__openai_keep_free(&decoder->keep);
    llmc__shape_free(&decoder->shape);
}

llmc__openai_choice *llmc__openai_choice_at(llmc__openai_decoder *decoder, size_t index) {
    if (index == 0 && decoder->choice_count == 0) {
        decoder->choices = &decoder->only;
        decoder->choice_count = 1;
    }
    if (index >= decoder->choice_count) {
        llmc__openai_choice *before = decoder->choices == &decoder->only ? NULL : decoder->choices;
        llmc__openai_choice *choices = llmc__mem_realloc(before, (index + 1) * sizeof *choices);
        if (choices == NULL) {
            llmc__sink_keep(&decoder->sink, LLMC_ERR_NO_MEMORY);
            return NULL;
        }
        if (before == NULL && decoder->choice_count > 0)
            choices[0] = decoder->only;
        memset(choices + decoder->choice_count, 0, (index + 1 - decoder->choice_count) * sizeof *choices);
        decoder->choices = choices;
        decoder->choice_count = index + 1;
    }
    return &decoder->choices[index];
}

bool llmc__openai_enter(llmc__openai_decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    return decoder->sink.status == LLMC_OK && !decoder->done;
}

/* ---- failures ---- */

void llmc__openai_fail_shape(llmc__openai_decoder *decoder) {
    llmc__sink_fail_form(&decoder->sink, "JSON but none of the kind", decoder->dialect->api);
}

void llmc__openai_fail_end(llmc__openai_decoder *decoder) {
    if (decoder->sink.status == LLMC_ERR_BAD_RESPONSE)
        decoder->sink.status = LLMC_OK;
    llmc__sink_fail(&decoder->sink, LLMC_ERR_INCOMPLETE,
                    "the stream ended without %s; what came of it is on the response", decoder->dialect->end);
}

/* ---- the stream ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_done_mark(const char *data, size_t len) {
    while (len > 0 && is_blank(data[0])) {
        data++;
        len--;
    }
    while (len > 0 && is_blank(data[len - 1]))
        len--;
    return len == 6 && memcmp(data, "[DONE]", 6) == 0;
}

/* The end of the stream: calls that have come whole end even where no finish_reason was sent. */
static void close_answer(llmc__openai_decoder *decoder) {
    decoder->done = true;
    for (size_t i = 0; i < decoder->choice_count; i++)
        llmc__openai_tools_end(decoder, i);
    llmc__openai_keep_emit(decoder);
    llmc__sink_start(&decoder->sink, decoder->sink.model, decoder->sink.id);
}

/* `event: error`, as Groq sends it; its data may be the error without the envelope, or bare text. */
static void read_error_event(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__sse_event *event) {
    llmc__words words = {0};
    char text[512] = "";
    if (doc != NULL) {
        llmc__openai_words_read(doc, llmc__json_root(doc), &words);
    } else if (event->data_len > 0) {
        size_t len = event->data_len < sizeof text - 1 ? event->data_len : sizeof text - 1;
        memcpy(text, event->data, len);
        text[llmc__str_utf8_prefix(text, len)] = '\0';
        words.message = text;
    }
    if (decoder->dialect->fail != NULL)
        decoder->dialect->fail(decoder, &words);
    llmc__sink_fail_words(&decoder->sink, &words);
}

static void read_chunk(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__sse_event *event) {
    decoder->piece.value = NULL;
    decoder->dialect->read(decoder, llmc__json_root(doc), false);
    if (decoder->sink.status == LLMC_OK && decoder->piece.value != NULL)
        llmc__shape_learn(&decoder->shape, event->data, event->data_len, llmc__json_place(doc, decoder->piece.value),
                          decoder->dialect->idle);
}

static void read_event(llmc__openai_decoder *decoder, const llmc__sse_event *event) {
    llmc__json_doc *doc = NULL;
    const char *text = NULL;
    size_t len = 0;
    bool is_error = strcmp(event->name, "error") == 0;
    if (decoder->done || (event->data_len == 0 && !is_error))
        return;
    if (!is_error && llmc__shape_match(&decoder->shape, event->data, event->data_len, &text, &len)) {
        if (len > 0)
            decoder->dialect->say(decoder, text, len);
        return;
    }
    llmc__shape_forget(&decoder->shape);
    if (is_done_mark(event->data, event->data_len)) {
        if (decoder->dialect->ends_by_mark)
            close_answer(decoder);
        return;
    }
    if (is_error) {
        (void)llmc__json_parse(event->data, event->data_len, &doc, NULL);
        read_error_event(decoder, doc, event);
    } else if ((doc = llmc__sink_parse(&decoder->sink, event->data, event->data_len, false, decoder->dialect->api)) !=
               NULL) {
        read_chunk(decoder, doc, event);
    }
    llmc__json_free(doc);
}

static int on_event(void *ctx, const llmc__sse_event *event) {
    llmc__openai_decoder *decoder = ctx;
    read_event(decoder, event);
    return decoder->sink.status != LLMC_OK;
}

/* No event stream begins with any of these, but JSON and HTML do. */
static void choose_mode(llmc__openai_decoder *decoder, const char *bytes, size_t len) {
    size_t i = 0;
    while (i < len && is_blank(bytes[i]))
        i++;
    if (i < len)
        decoder->mode = strchr("{[<", bytes[i]) != NULL && bytes[i] != '\0' ? LLMC__OPENAI_WHOLE : LLMC__OPENAI_EVENTS;
}

llmc_status llmc__openai_decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit,
                                      void *ctx, llmc_error *error) {
    llmc__openai_decoder *decoder = inner(outer);
    if (!llmc__openai_enter(decoder, emit, ctx, error))
        return decoder->sink.status;
    if (decoder->mode == LLMC__OPENAI_UNKNOWN)
        choose_mode(decoder, bytes, len);
    if (decoder->mode == LLMC__OPENAI_WHOLE)
        llmc__sink_append(&decoder->sink, &decoder->whole, bytes, len);
    else
        llmc__sink_keep(&decoder->sink, llmc__sse_feed(&decoder->sse, bytes, len, on_event, decoder));
    return decoder->sink.status;
}

llmc_status llmc__openai_decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                                     llmc_error *error) {
    llmc__openai_decoder *decoder = inner(outer);
    llmc__json_doc *doc = NULL;
    if (llmc__openai_enter(decoder, emit, ctx, error))
        doc = llmc__sink_parse(&decoder->sink, body, len, true, decoder->dialect->api);
    if (doc != NULL)
        decoder->dialect->read(decoder, llmc__json_root(doc), true);
    if (doc != NULL && decoder->sink.status == LLMC_OK)
        close_answer(decoder);
    llmc__json_free(doc);
    return decoder->sink.status;
}

/* A vendor that sends no mark (Perplexity): the word why it stopped says that the answer is complete. */
static bool ends_without_mark(const llmc__openai_decoder *decoder) {
    if ((decoder->quirks & LLMC__QUIRK_NO_DONE) == 0 || decoder->choice_count == 0)
        return false;
    for (size_t i = 0; i < decoder->choice_count; i++)
        if (!decoder->choices[i].finished)
            return false;
    return true;
}

llmc_status llmc__openai_decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__openai_decoder *decoder = inner(outer);
    llmc__sink *sink = &decoder->sink;
    if (!llmc__openai_enter(decoder, emit, ctx, error))
        return sink->status;
    if (decoder->mode == LLMC__OPENAI_WHOLE)
        return llmc__openai_decode_body(outer, decoder->whole.data, decoder->whole.len, emit, ctx, error);
    llmc__sink_keep(sink, llmc__sse_finish(&decoder->sse, on_event, decoder));
    if (decoder->done)
        return sink->status;
    if (sink->status == LLMC_OK && ends_without_mark(decoder))
        close_answer(decoder);
    else if (sink->status == LLMC_OK || sink->status == LLMC_ERR_BAD_RESPONSE)
        llmc__openai_fail_end(decoder);
    return sink->status;
}

static const llmc__openai_dialect chat_completions = {
    .read = llmc__openai_chunk_read,
    .say = llmc__openai_piece_say,
    .idle = llmc__openai_idle,
    .ends_by_mark = true,
    .api = "a chat completions API",
    .end = "data: [DONE]",
};

const char *llmc__openai_origin(const llmc__target *target) {
    bool is_shared = target->provider == NULL || target->provider == &llmc__provider_openai ||
                     target->provider == &llmc__provider_responses;
    return is_shared ? target->name : target->provider->name;
}

void llmc__openai_decoder_know(llmc__openai_decoder *decoder, const llmc__target *target) {
    decoder->quirks = target->row != NULL ? target->row->quirks : 0;
    decoder->keep.origin = llmc__openai_origin(target);
}

static void decoder_free(llmc__decoder *outer) {
    llmc__openai_decoder *decoder = inner(outer);
    if (decoder != NULL)
        llmc__openai_decoder_release(decoder);
    llmc__mem_free(decoder);
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    llmc__openai_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    llmc__openai_decoder_init(decoder, &chat_completions, max_event_bytes);
    llmc__openai_decoder_know(decoder, target);
    return (llmc__decoder *)(void *)decoder;
}

const llmc__provider llmc__provider_openai = {
    .name = "openai",
    .encode = llmc__openai_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = llmc__openai_decode_bytes,
    .decode_end = llmc__openai_decode_end,
    .decode_body = llmc__openai_decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "x-request-id",
    .takes = LLMC__OPENAI_CHAT_TAKES,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_openai,
                   [LLMC__OP_RERANK] = &llmc__rerank_openai,
                   [LLMC__OP_MODELS] = &llmc__models_openai,
                   [LLMC__OP_RAW] = &llmc__raw_openai},
};
