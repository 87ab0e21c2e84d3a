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
    decoder->max_bytes = max_bytes;
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
    llmc__mem_free(decoder->model);
    llmc__mem_free(decoder->id);
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
            (void)llmc__openai_no_memory(decoder);
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

llmc_status llmc__openai_fail(llmc__openai_decoder *decoder, llmc_status status, const char *message) {
    llmc__error_clear(decoder->error);
    decoder->status = llmc__error_set(decoder->error, status, "%s", message);
    decoder->error->retryable = status == LLMC_ERR_INCOMPLETE;
    return status;
}

llmc_status llmc__openai_stop(llmc__openai_decoder *decoder, llmc_status status, const char *message) {
    return decoder->status == LLMC_OK ? llmc__openai_fail(decoder, status, message) : decoder->status;
}

llmc_status llmc__openai_no_memory(llmc__openai_decoder *decoder) {
    return llmc__openai_stop(decoder, LLMC_ERR_NO_MEMORY, "no memory for the answer");
}

llmc_status llmc__openai_start(llmc__openai_decoder *decoder, const char *model, const char *id) {
    llmc_event start = {.kind = LLMC_EVENT_START, .model = model, .id = id};
    decoder->start_emitted = true;
    return llmc__openai_emit(decoder, &start);
}

llmc_status llmc__openai_emit(llmc__openai_decoder *decoder, const llmc_event *event) {
    if (!decoder->start_emitted)
        (void)llmc__openai_start(decoder, decoder->model, decoder->id);
    if (decoder->status == LLMC_OK)
        decoder->status = decoder->emit(decoder->ctx, event);
    return decoder->status;
}

llmc_status llmc__openai_say(llmc__openai_decoder *decoder, llmc_event_kind kind, const char *text, size_t len,
                             size_t choice) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .choice = choice};
    return llmc__openai_emit(decoder, &event);
}

void llmc__openai_emit_string(llmc__openai_decoder *decoder, llmc_event_kind kind, const llmc__json *value,
                              size_t choice) {
    size_t len = 0;
    const char *text = llmc__json_string(decoder->doc, value, &len);
    if (len > 0)
        (void)llmc__openai_say(decoder, kind, text, len, choice);
}

static llmc_status fail_parse(llmc__openai_decoder *decoder, llmc_status status) {
    if (status == LLMC_ERR_NO_MEMORY)
        return llmc__openai_no_memory(decoder);
    if (status == LLMC_ERR_TOO_LARGE)
        return llmc__openai_fail(decoder, status, "the answer's JSON is nested too deep or has too many values");
    return llmc__openai_fail(decoder, LLMC_ERR_BAD_RESPONSE, decoder->dialect->not_json);
}

static llmc_status fail_with_words(llmc__openai_decoder *decoder, const llmc__words *words) {
    return llmc__classify_inner(words, decoder->error);
}

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
static llmc_status close_answer(llmc__openai_decoder *decoder) {
    decoder->done = true;
    for (size_t i = 0; i < decoder->choice_count; i++)
        (void)llmc__openai_tools_end(decoder, i);
    llmc__openai_keep_emit(decoder);
    if (!decoder->start_emitted)
        (void)llmc__openai_start(decoder, decoder->model, decoder->id);
    return decoder->status;
}

/* `event: error`, as Groq sends it; its data may be the error without the envelope, or bare text. */
static llmc_status read_error_event(llmc__openai_decoder *decoder, const llmc__json_doc *doc,
                                    const llmc__sse_event *event) {
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
    return decoder->dialect->fail(decoder, &words);
}

static llmc_status read_chunk(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__sse_event *event) {
    decoder->piece.value = NULL;
    decoder->doc = doc;
    llmc_status status = decoder->dialect->read(decoder, doc, llmc__json_root(doc), false);
    if (status == LLMC_OK && decoder->piece.value != NULL)
        llmc__shape_learn(&decoder->shape, event->data, event->data_len, llmc__json_place(doc, decoder->piece.value),
                          decoder->dialect->idle);
    return status;
}

static llmc_status read_event(llmc__openai_decoder *decoder, const llmc__sse_event *event) {
    llmc__json_doc *doc = NULL;
    const char *text = NULL;
    size_t len = 0;
    bool is_error = strcmp(event->name, "error") == 0;
    if (decoder->done || (event->data_len == 0 && !is_error))
        return LLMC_OK;
    if (!is_error && llmc__shape_match(&decoder->shape, event->data, event->data_len, &text, &len))
        return len > 0 ? decoder->dialect->say(decoder, text, len) : LLMC_OK;
    llmc__shape_forget(&decoder->shape);
    if (is_done_mark(event->data, event->data_len))
        return decoder->dialect->ends_by_mark ? close_answer(decoder) : LLMC_OK;
    llmc_status status = llmc__json_parse(event->data, event->data_len, &doc, NULL);
    if (is_error)
        status = read_error_event(decoder, status == LLMC_OK ? doc : NULL, event);
    else if (status != LLMC_OK)
        status = fail_parse(decoder, status);
    else
        status = read_chunk(decoder, doc, event);
    llmc__json_free(doc);
    return status;
}

static int on_event(void *ctx, const llmc__sse_event *event) {
    llmc__openai_decoder *decoder = ctx;
    decoder->status = read_event(decoder, event);
    return decoder->status != LLMC_OK;
}

/* What feeding ended with: the status of an event handler comes before that of the parser. */
static llmc_status settle(llmc__openai_decoder *decoder, llmc_status fed) {
    if (decoder->status != LLMC_OK || fed == LLMC_OK)
        return decoder->status;
    return llmc__openai_fail(decoder, fed,
                             fed == LLMC_ERR_TOO_LARGE ? "an event of the stream is larger than max_event_bytes"
                                                       : "no memory for the stream");
}

/* No event stream begins with any of these, but JSON and HTML do. */
static void choose_mode(llmc__openai_decoder *decoder, const char *bytes, size_t len) {
    size_t i = 0;
    while (i < len && is_blank(bytes[i]))
        i++;
    if (i < len)
        decoder->mode = strchr("{[<", bytes[i]) != NULL && bytes[i] != '\0' ? LLMC__OPENAI_WHOLE : LLMC__OPENAI_EVENTS;
}

static void enter(llmc__openai_decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    decoder->emit = emit;
    decoder->ctx = ctx;
    decoder->error = error;
}

llmc_status llmc__openai_decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit,
                                      void *ctx, llmc_error *error) {
    llmc__openai_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    if (decoder->status != LLMC_OK || decoder->done)
        return decoder->status;
    if (decoder->mode == LLMC__OPENAI_UNKNOWN)
        choose_mode(decoder, bytes, len);
    if (decoder->mode != LLMC__OPENAI_WHOLE)
        return settle(decoder, llmc__sse_feed(&decoder->sse, bytes, len, on_event, decoder));
    return settle(decoder, llmc__buf_append(&decoder->whole, bytes, len));
}

static llmc_status read_body(llmc__openai_decoder *decoder, const char *body, size_t len) {
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(body, len, &doc, &fault);
    if (status == LLMC_ERR_INVALID_JSON && llmc__json_breaks_off(body, len, &fault))
        return llmc__openai_fail(decoder, LLMC_ERR_INCOMPLETE,
                                 len == 0 ? "the answer is empty: the connection ended before the body; try again"
                                          : "the answer broke off in the middle of its JSON; try again");
    if (status != LLMC_OK)
        return fail_parse(decoder, status);
    decoder->doc = doc;
    status = decoder->dialect->read(decoder, doc, llmc__json_root(doc), true);
    if (status == LLMC_OK)
        status = close_answer(decoder);
    llmc__json_free(doc);
    return status;
}

llmc_status llmc__openai_decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                                     llmc_error *error) {
    llmc__openai_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    if (decoder->status == LLMC_OK && !decoder->done)
        decoder->status = read_body(decoder, body, len);
    return decoder->status;
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
    enter(decoder, emit, ctx, error);
    if (decoder->status != LLMC_OK || decoder->done)
        return decoder->status;
    if (decoder->mode == LLMC__OPENAI_WHOLE)
        return llmc__openai_decode_body(outer, decoder->whole.data, decoder->whole.len, emit, ctx, error);
    llmc_status status = settle(decoder, llmc__sse_finish(&decoder->sse, on_event, decoder));
    /* What stands behind the last blank line is an event cut off, not one that was sent wrong. */
    if ((status != LLMC_OK && status != LLMC_ERR_BAD_RESPONSE) || decoder->done)
        return status;
    if (status == LLMC_OK && ends_without_mark(decoder))
        return close_answer(decoder);
    return llmc__openai_fail(decoder, LLMC_ERR_INCOMPLETE, decoder->dialect->unfinished);
}

static const llmc__openai_dialect chat_completions = {
    .read = llmc__openai_chunk_read,
    .say = llmc__openai_piece_say,
    .idle = llmc__openai_idle,
    .fail = fail_with_words,
    .ends_by_mark = true,
    .not_json = "the answer is not JSON: check that base_url leads to a chat completions API; the raw body is on the "
                "response",
    .unfinished = "the stream ended without data: [DONE]; what came of it is on the response",
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
