/*
 * Bytes of a 2xx answer -> events. A stream is frames of an event stream: messageStart, content blocks, messageStop,
 * and metadata with the token counts behind it; it has no other end. A plain body is told by its first byte.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/bedrock.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/rerank.h"

static llmc__bedrock_decoder *inner(llmc__decoder *decoder) {
    return (llmc__bedrock_decoder *)(void *)decoder;
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    (void)target;
    llmc__bedrock_decoder *decoder = llmc__mem_calloc(1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->max_bytes = max_event_bytes;
    llmc__eventstream_init(&decoder->frames, max_event_bytes);
    llmc__buf_init(&decoder->whole, max_event_bytes);
    llmc__anthropic_answer_init(&decoder->claude, max_event_bytes);
    return (llmc__decoder *)(void *)decoder;
}

static void decoder_free(llmc__decoder *outer) {
    llmc__bedrock_decoder *decoder = inner(outer);
    if (decoder == NULL)
        return;
    llmc__bedrock_blocks_free(decoder);
    llmc__eventstream_free(&decoder->frames);
    llmc__buf_free(&decoder->whole);
    llmc__anthropic_answer_free(&decoder->claude);
    llmc__mem_free(decoder);
}

llmc_status llmc__bedrock_fail(llmc__bedrock_decoder *decoder, llmc_status status, const char *message) {
    llmc__error_clear(decoder->error);
    llmc__error_set(decoder->error, status, "%s", message);
    decoder->error->retryable = status == LLMC_ERR_INCOMPLETE;
    return status;
}

llmc_status llmc__bedrock_fail_keep(llmc__bedrock_decoder *decoder, llmc_status status) {
    return llmc__bedrock_fail(decoder, status,
                              status == LLMC_ERR_TOO_LARGE ? "a part of the answer is larger than max_event_bytes"
                                                           : "no memory for the answer");
}

llmc_status llmc__bedrock_emit(llmc__bedrock_decoder *decoder, const llmc_event *event) {
    static const llmc_event start = {.kind = LLMC_EVENT_START}; /* the API tells neither a model nor an id */
    if (!decoder->started) {
        decoder->started = true;
        llmc_status status = decoder->emit(decoder->ctx, &start);
        if (status != LLMC_OK || event->kind == LLMC_EVENT_START)
            return status;
    }
    return event->kind == LLMC_EVENT_START ? LLMC_OK : decoder->emit(decoder->ctx, event);
}

static llmc_status fail_words(llmc__bedrock_decoder *decoder, const llmc__words *words) {
    llmc__classify_inner(words, decoder->error);
    return decoder->error->status;
}

llmc_status llmc__bedrock_fail_parse(llmc__bedrock_decoder *decoder, llmc_status status) {
    if (status == LLMC_ERR_NO_MEMORY)
        return llmc__bedrock_fail_keep(decoder, status);
    if (status == LLMC_ERR_TOO_LARGE)
        return llmc__bedrock_fail(decoder, status, "the answer's JSON is nested too deep or has too many values");
    return llmc__bedrock_fail(
        decoder, LLMC_ERR_BAD_RESPONSE,
        "the answer is neither JSON nor an event stream with JSON in it: check that base_url leads "
        "to Amazon Bedrock's Converse API; the raw body is on the response");
}

/* ---- what both forms have ---- */

static llmc_status emit_usage(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    llmc_event event = {.kind = LLMC_EVENT_USAGE};
    return llmc__bedrock_usage_read(doc, root, &event.usage) ? llmc__bedrock_emit(decoder, &event) : LLMC_OK;
}

static llmc_status emit_finish(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .finish_raw = llmc__words_text(doc, root, "stopReason")};
    if (event.finish_raw != NULL)
        event.finish = decoder->finish = llmc__bedrock_finish_class(event.finish_raw);
    llmc_status status = llmc__bedrock_blocks_end(decoder);
    return status == LLMC_OK && event.finish_raw != NULL ? llmc__bedrock_emit(decoder, &event) : status;
}

/* ---- a stream ---- */

static llmc_status read_start(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const llmc_event event = {.kind = LLMC_EVENT_START};
    (void)doc;
    (void)root;
    return llmc__bedrock_emit(decoder, &event);
}

static llmc_status read_stop(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    if (decoder->stopped)
        return LLMC_OK;
    decoder->stopped = true;
    return emit_finish(decoder, doc, root);
}

static llmc_status read_metadata(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    decoder->done = decoder->stopped;
    return emit_usage(decoder, doc, root);
}

typedef llmc_status (*event_fn)(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root);

static event_fn event_of(const char *type) {
    static const struct {
        const char *type;
        event_fn read;
    } events[] = {
        {"messageStart", read_start},
        {"contentBlockStart", llmc__bedrock_block_start},
        {"contentBlockDelta", llmc__bedrock_block_delta},
        {"contentBlockStop", llmc__bedrock_block_stop},
        {"messageStop", read_stop},
        {"metadata", read_metadata},
        {"chunk", llmc__bedrock_chunk},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (strcmp(events[i].type, type) == 0)
            return events[i].read;
    return NULL;
}

static llmc_status read_event(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char type[64];
    llmc__json_doc *doc = NULL;
    llmc__eventstream_string(frame, ":event-type", type, sizeof type);
    event_fn read = event_of(type);
    if (read == NULL)
        return LLMC_OK; /* of a kind yet to come */
    llmc_status status = llmc__json_parse(frame->payload, frame->payload_len, &doc, NULL);
    status = status == LLMC_OK ? read(decoder, doc, llmc__json_root(doc)) : llmc__bedrock_fail_parse(decoder, status);
    llmc__json_free(doc);
    return status;
}

static llmc_status read_exception(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char type[64];
    llmc__words words;
    llmc__json_doc *doc = NULL;
    llmc__eventstream_string(frame, ":exception-type", type, sizeof type);
    (void)llmc__json_parse(frame->payload, frame->payload_len, &doc, NULL);
    llmc__bedrock_words_exception(type, doc, &words);
    llmc_status status = fail_words(decoder, &words);
    llmc__json_free(doc);
    return status;
}

/* An error the service had no model for: its code and message are headers. */
static llmc_status read_error(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char code[64], message[1024];
    llmc__words words;
    llmc__eventstream_string(frame, ":error-code", code, sizeof code);
    llmc__eventstream_string(frame, ":error-message", message, sizeof message);
    llmc__bedrock_words_exception(code, NULL, &words);
    words.message = message[0] != '\0' ? message : NULL;
    return fail_words(decoder, &words);
}

static llmc_status read_frame(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char kind[16];
    if (decoder->done)
        return LLMC_OK;
    llmc__eventstream_string(frame, ":message-type", kind, sizeof kind);
    if (strcmp(kind, "exception") == 0)
        return read_exception(decoder, frame);
    if (strcmp(kind, "error") == 0)
        return read_error(decoder, frame);
    return read_event(decoder, frame);
}

static int on_frame(void *ctx, const llmc__eventstream_frame *frame) {
    llmc__bedrock_decoder *decoder = ctx;
    decoder->status = read_frame(decoder, frame);
    return decoder->status != LLMC_OK;
}

/* What feeding ended with: the status of an event comes before that of the frames. Damage behind the end is none. */
static llmc_status settle(llmc__bedrock_decoder *decoder, llmc_status fed) {
    if (decoder->status != LLMC_OK || fed == LLMC_OK || decoder->done)
        return decoder->status;
    decoder->status = fed;
    if (fed == LLMC_ERR_NO_MEMORY)
        return llmc__bedrock_fail_keep(decoder, fed);
    return llmc__bedrock_fail(decoder, fed, decoder->frames.fault);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first byte of a frame is the top one of its length, which no maximum lets be as high as any of these. */
static void choose_mode(llmc__bedrock_decoder *decoder, char first) {
    bool is_text = is_blank(first) || first == '{' || first == '[' || first == '<';
    decoder->mode = is_text ? LLMC__BEDROCK_MODE_BODY : LLMC__BEDROCK_MODE_FRAMES;
}

static void enter(llmc__bedrock_decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    decoder->emit = emit;
    decoder->ctx = ctx;
    decoder->error = error;
}

static llmc_status decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error) {
    llmc__bedrock_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    if (decoder->status != LLMC_OK || decoder->done || len == 0)
        return decoder->status;
    if (decoder->mode == LLMC__BEDROCK_MODE_UNKNOWN)
        choose_mode(decoder, bytes[0]);
    if (decoder->mode == LLMC__BEDROCK_MODE_FRAMES)
        return settle(decoder, llmc__eventstream_feed(&decoder->frames, bytes, len, on_frame, decoder));
    llmc_status status = llmc__buf_append(&decoder->whole, bytes, len);
    if (status != LLMC_OK)
        decoder->status = llmc__bedrock_fail_keep(decoder, status);
    return decoder->status;
}

/* ---- a plain body ---- */

static llmc_status read_message(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *content = llmc__json_get(llmc__json_get(llmc__json_get(root, "output"), "message"), "content");
    const llmc_event start = {.kind = LLMC_EVENT_START};
    llmc_status status = llmc__bedrock_emit(decoder, &start);
    for (const llmc__json *item = llmc__json_first(content); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = llmc__bedrock_block_whole(decoder, doc, item);
    if (status == LLMC_OK)
        status = emit_finish(decoder, doc, root);
    if (status == LLMC_OK)
        status = emit_usage(decoder, doc, root);
    decoder->done = status == LLMC_OK;
    return status;
}

static llmc_status read_other(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc) {
    llmc__words words;
    llmc__bedrock_words_exception(NULL, doc, &words);
    if (words.type != NULL || words.message != NULL)
        return fail_words(decoder, &words);
    return llmc__bedrock_fail(decoder, LLMC_ERR_BAD_RESPONSE,
                              "the answer is JSON but none of Amazon Bedrock's Converse API: check base_url; the raw "
                              "body is on the response");
}

static llmc_status read_body(llmc__bedrock_decoder *decoder, const char *body, size_t len) {
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(body, len, &doc, &fault);
    if (status == LLMC_ERR_INVALID_JSON && llmc__json_breaks_off(body, len, &fault))
        return llmc__bedrock_fail(decoder, LLMC_ERR_INCOMPLETE,
                                  len == 0 ? "the answer is empty: the connection ended before the body; try again"
                                           : "the answer broke off in the middle of its JSON; try again");
    if (status != LLMC_OK)
        return llmc__bedrock_fail_parse(decoder, status);
    const llmc__json *root = llmc__json_root(doc);
    const llmc__json *message = llmc__json_get(llmc__json_get(root, "output"), "message");
    bool is_answer = llmc__json_type_of(message) == LLMC__JSON_OBJECT ||
                     llmc__json_type_of(llmc__json_get(root, "stopReason")) == LLMC__JSON_STRING;
    if (is_answer)
        status = read_message(decoder, doc, root);
    else if (llmc__bedrock_is_claude(doc, root))
        status = llmc__bedrock_claude(decoder, doc, root);
    else
        status = read_other(decoder, doc);
    llmc__json_free(doc);
    return status;
}

static llmc_status decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                               llmc_error *error) {
    llmc__bedrock_decoder *decoder = inner(outer);
    enter(decoder, emit, ctx, error);
    if (decoder->status == LLMC_OK && !decoder->done)
        decoder->status = read_body(decoder, body, len);
    return decoder->status;
}

/* An answer that has stopped is whole, even where the token counts behind it were lost. */
static llmc_status decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__bedrock_decoder *decoder = inner(outer);
    if (decoder->mode == LLMC__BEDROCK_MODE_BODY)
        return decode_body(outer, decoder->whole.data, decoder->whole.len, emit, ctx, error);
    enter(decoder, emit, ctx, error);
    if (decoder->status != LLMC_OK || decoder->stopped)
        return decoder->status;
    decoder->status = LLMC_ERR_INCOMPLETE;
    return llmc__bedrock_fail(decoder, LLMC_ERR_INCOMPLETE,
                              "the stream ended before the message did; what came of it is on the response");
}

const llmc__provider llmc__provider_bedrock = {
    .name = LLMC__BEDROCK_NAME,
    .encode = llmc__bedrock_encode,
    .sign = llmc__bedrock_sign,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = decode_bytes,
    .decode_end = decode_end,
    .decode_body = decode_body,
    .classify = llmc__bedrock_classify,
    .request_id_header = "x-amzn-requestid",
    .error_type_header = "x-amzn-errortype",
    .takes = LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_MAX_TOKENS |
             LLMC__FIELD_STOP | LLMC__FIELD_SERVICE_TIER | LLMC__FIELD_METADATA | LLMC__FIELD_TOOLS |
             LLMC__FIELD_TOOL_CHOICE | LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_REASONING_EFFORT |
             LLMC__FIELD_REASONING_BUDGET | LLMC__FIELD_CACHE_MARK | LLMC__FIELD_IMAGE | LLMC__FIELD_FILE,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_bedrock,
                   [LLMC__OP_RERANK] = &llmc__rerank_bedrock,
                   [LLMC__OP_MODELS] = &llmc__models_bedrock},
};
