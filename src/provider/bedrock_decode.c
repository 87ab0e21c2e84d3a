/*
 * Bytes of a 2xx answer -> events. A stream is frames of an event stream: messageStart, content blocks, messageStop,
 * and metadata with the token counts behind it; it has no other end. A plain body is told by its first byte.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/bedrock.h"
#include "provider/embed.h"
#include "provider/finish.h"
#include "provider/models.h"
#include "provider/rerank.h"

static llmc__bedrock_decoder *inner(llmc__decoder *decoder) {
    return (llmc__bedrock_decoder *)(void *)decoder;
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    (void)target;
    llmc__bedrock_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->sink.max_bytes = max_event_bytes;
    llmc__eventstream_init(&decoder->frames, max_event_bytes);
    llmc__buf_init(&decoder->whole, max_event_bytes);
    decoder->blocks.sink = &decoder->sink;
    llmc__anthropic_answer_init(&decoder->claude, &decoder->sink);
    return (llmc__decoder *)(void *)decoder;
}

static void decoder_free(llmc__decoder *outer) {
    llmc__bedrock_decoder *decoder = inner(outer);
    if (decoder == NULL)
        return;
    llmc__blocks_free(&decoder->blocks);
    llmc__eventstream_free(&decoder->frames);
    llmc__buf_free(&decoder->whole);
    llmc__anthropic_answer_free(&decoder->claude);
    llmc__mem_free(decoder);
}

const char llmc__bedrock_api[] = "Amazon Bedrock's Converse API";

/* ---- what both forms have ---- */

/* The API tells neither a model nor an id. */
static void emit_start(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    (void)root;
    llmc__sink_start(&decoder->sink, NULL, NULL);
}

/* inputTokens are those neither read from nor written to the cache. */
static void emit_usage(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    static const char names[] = "inputTokens\0outputTokens\0totalTokens\0cacheReadInputTokens\0cacheWriteInputTokens\0";
    const llmc__json *usage = llmc__json_get(root, "usage");
    llmc_event event;
    if (llmc__json_type_of(usage) != LLMC__JSON_OBJECT)
        return;
    llmc__sink_usage(&event);
    llmc__sink_counts(&decoder->sink, usage, names, &event.usage.tokens_in);
    llmc__sink_count_cache(&event.usage);
    llmc__sink_emit(&decoder->sink, &event);
}

static void emit_finish(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    const char *word = llmc__json_word(root, "stopReason");
    if (word != NULL)
        decoder->finish = llmc__finish_class(word);
    llmc__bedrock_blocks_end(decoder);
    if (word != NULL)
        llmc__sink_finish(&decoder->sink, 0, decoder->finish, word);
}

/* ---- a stream ---- */

static void read_stop(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    if (decoder->stopped)
        return;
    decoder->stopped = true;
    emit_finish(decoder, root);
}

static void read_metadata(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    decoder->done = decoder->stopped;
    emit_usage(decoder, root);
}

typedef void (*event_fn)(llmc__bedrock_decoder *decoder, const llmc__json *root);

static event_fn event_of(const char *type) {
    static const struct {
        const char *type;
        event_fn read;
    } events[] = {
        {"messageStart", emit_start},
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

static void read_event(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char type[64];
    llmc__json_doc *doc;
    llmc__eventstream_string(frame, ":event-type", type, sizeof type);
    event_fn read = event_of(type);
    if (read == NULL)
        return; /* of a kind yet to come */
    doc = llmc__sink_parse(&decoder->sink, frame->payload, frame->payload_len, false, llmc__bedrock_api);
    if (doc != NULL)
        read(decoder, llmc__json_root(doc));
    llmc__json_free(doc);
}

static void read_exception(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char type[64];
    llmc__words words;
    llmc__json_doc *doc = NULL;
    llmc__eventstream_string(frame, ":exception-type", type, sizeof type);
    (void)llmc__json_parse(frame->payload, frame->payload_len, &doc, NULL);
    llmc__bedrock_words_exception(type, doc, &words);
    llmc__sink_fail_words(&decoder->sink, &words);
    llmc__json_free(doc);
}

/* An error the service had no model for: its code and message are headers. */
static void read_error(llmc__bedrock_decoder *decoder, const llmc__eventstream_frame *frame) {
    char code[64], message[1024];
    llmc__words words;
    llmc__eventstream_string(frame, ":error-code", code, sizeof code);
    llmc__eventstream_string(frame, ":error-message", message, sizeof message);
    llmc__bedrock_words_exception(code, NULL, &words);
    words.message = message[0] != '\0' ? message : NULL;
    llmc__sink_fail_words(&decoder->sink, &words);
}

static int on_frame(void *ctx, const llmc__eventstream_frame *frame) {
    llmc__bedrock_decoder *decoder = ctx;
    char kind[16];
    if (decoder->done)
        return 0;
    llmc__eventstream_string(frame, ":message-type", kind, sizeof kind);
    if (strcmp(kind, "exception") == 0)
        read_exception(decoder, frame);
    else if (strcmp(kind, "error") == 0)
        read_error(decoder, frame);
    else
        read_event(decoder, frame);
    return decoder->sink.status != LLMC_OK;
}

/* The status of an event comes before that of the frames. Damage behind the end is none. */
static void feed_frames(llmc__bedrock_decoder *decoder, const char *bytes, size_t len) {
    llmc_status fed = llmc__eventstream_feed(&decoder->frames, bytes, len, on_frame, decoder);
    if (fed == LLMC_OK || decoder->done)
        return;
    if (fed == LLMC_ERR_NO_MEMORY)
        llmc__sink_keep(&decoder->sink, fed);
    else
        llmc__sink_fail(&decoder->sink, fed, "%s", decoder->frames.fault);
}

/* The first byte of a frame is the top one of its length, which no maximum lets be as high as any of these. */
static void choose_mode(llmc__bedrock_decoder *decoder, char first) {
    bool is_text = first != '\0' && strchr(" \t\r\n{[<", first) != NULL;
    decoder->mode = is_text ? LLMC__BEDROCK_MODE_BODY : LLMC__BEDROCK_MODE_FRAMES;
}

static llmc_status decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error) {
    llmc__bedrock_decoder *decoder = inner(outer);
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    if (decoder->sink.status != LLMC_OK || decoder->done || len == 0)
        return decoder->sink.status;
    if (decoder->mode == LLMC__BEDROCK_MODE_UNKNOWN)
        choose_mode(decoder, bytes[0]);
    if (decoder->mode == LLMC__BEDROCK_MODE_FRAMES)
        feed_frames(decoder, bytes, len);
    else
        llmc__sink_append(&decoder->sink, &decoder->whole, bytes, len);
    return decoder->sink.status;
}

/* ---- a plain body ---- */

static void read_message(llmc__bedrock_decoder *decoder, const llmc__json *root, const llmc__json *message) {
    const llmc__json *item = llmc__json_first(llmc__json_get(message, "content"));
    emit_start(decoder, root);
    for (; item != NULL && decoder->sink.status == LLMC_OK; item = llmc__json_next(item))
        llmc__bedrock_block_whole(decoder, item);
    emit_finish(decoder, root);
    emit_usage(decoder, root);
    decoder->done = decoder->sink.status == LLMC_OK;
}

static void read_other(llmc__bedrock_decoder *decoder) {
    llmc__words words;
    llmc__bedrock_words_exception(NULL, decoder->sink.doc, &words);
    if (words.type != NULL || words.message != NULL)
        llmc__sink_fail_words(&decoder->sink, &words);
    else
        llmc__sink_fail(&decoder->sink, LLMC_ERR_BAD_RESPONSE,
                        "the answer is JSON but none of Amazon Bedrock's Converse API: check base_url");
}

static void read_root(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    const llmc__json *message = llmc__json_get(llmc__json_get(root, "output"), "message");
    if (llmc__json_type_of(message) == LLMC__JSON_OBJECT ||
        llmc__json_type_of(llmc__json_get(root, "stopReason")) == LLMC__JSON_STRING)
        read_message(decoder, root, message);
    else if (llmc__bedrock_is_claude(root))
        llmc__bedrock_claude(decoder, root);
    else
        read_other(decoder);
}

static void read_body(llmc__bedrock_decoder *decoder, const char *body, size_t len) {
    llmc__json_doc *doc = llmc__sink_parse(&decoder->sink, body, len, true, llmc__bedrock_api);
    if (doc != NULL)
        read_root(decoder, llmc__json_root(doc));
    llmc__json_free(doc);
}

static llmc_status decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                               llmc_error *error) {
    llmc__bedrock_decoder *decoder = inner(outer);
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    if (decoder->sink.status == LLMC_OK && !decoder->done)
        read_body(decoder, body, len);
    return decoder->sink.status;
}

/* An answer that has stopped is whole, even where the token counts behind it were lost. */
static llmc_status decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__bedrock_decoder *decoder = inner(outer);
    if (decoder->mode == LLMC__BEDROCK_MODE_BODY)
        return decode_body(outer, decoder->whole.data, decoder->whole.len, emit, ctx, error);
    llmc__sink_enter(&decoder->sink, emit, ctx, error);
    if (!decoder->stopped)
        llmc__sink_fail(&decoder->sink, LLMC_ERR_INCOMPLETE,
                        "the stream ended before the message did; what came of it is on the response");
    return decoder->sink.status;
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
