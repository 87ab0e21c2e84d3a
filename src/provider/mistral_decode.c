/*
 * Answers of Mistral: read by the decoder of chat completions, whose events pass through here on their way. What a
 * reasoning model thought goes back in the next request as it came, in blocks between those of text
 * (https://docs.mistral.ai/capabilities/reasoning); so they are kept and told as one REPLAY before the end.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/embed.h"
#include "provider/mistral.h"
#include "provider/models.h"
#include "wire/jsonform.h"

typedef struct mistral_decoder {
    llmc__decoder *chat;
    llmc__buf content; /* blocks as JSON: {"type":"thinking",...},{"type":"text",...} */
    llmc__buf block;   /* text of the block that grows */
    llmc_event_kind kind;
    bool thought;
    bool dropped; /* the blocks are not all kept */

    /* Of the call that runs. */
    llmc__emit_fn emit;
    void *ctx;
} mistral_decoder;

static mistral_decoder *inner(llmc__decoder *decoder) {
    return (mistral_decoder *)(void *)decoder;
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    mistral_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    llmc__buf_init(&decoder->content, max_event_bytes);
    llmc__buf_init(&decoder->block, max_event_bytes);
    decoder->chat = llmc__provider_openai.decoder_new(target, max_event_bytes);
    if (decoder->chat != NULL)
        return (llmc__decoder *)(void *)decoder;
    llmc__mem_free(decoder);
    return NULL;
}

static void decoder_free(llmc__decoder *outer) {
    mistral_decoder *decoder = inner(outer);
    if (decoder == NULL)
        return;
    llmc__provider_openai.decoder_free(decoder->chat);
    llmc__buf_free(&decoder->content);
    llmc__buf_free(&decoder->block);
    llmc__mem_free(decoder);
}

/* The block that has grown becomes JSON. */
static llmc_status close_block(mistral_decoder *decoder) {
    bool is_thought = decoder->kind == LLMC_EVENT_REASONING;
    llmc__jsonw json;
    if (decoder->block.len == 0)
        return LLMC_OK;
    llmc__jsonw_init(&json, &decoder->content);
    json.need_comma = decoder->content.len > 0;
    llmc__jsonform_write(&json,
                         is_thought ? "{type:'thinking',thinking:[{type:'text',text:%t}]}" : "{type:'text',text:%t}",
                         decoder->block.data, decoder->block.len);
    llmc__buf_clear(&decoder->block);
    return json.status;
}

/*
 * Thoughts come first, so text counts from there on only, and an answer without them costs nothing. One that begins
 * otherwise, or is larger than what is kept, goes back as its text.
 */
static llmc_status keep(mistral_decoder *decoder, const llmc_event *event) {
    llmc_status status = LLMC_OK;
    bool is_text = event->kind == LLMC_EVENT_TEXT;
    if (decoder->dropped || (is_text && !decoder->thought)) {
        decoder->dropped = true;
        return LLMC_OK;
    }
    decoder->thought = true;
    if (event->kind != decoder->kind)
        status = close_block(decoder);
    decoder->kind = event->kind;
    if (status == LLMC_OK)
        status = llmc__buf_append(&decoder->block, event->text, event->text_len);
    decoder->dropped = status == LLMC_ERR_TOO_LARGE;
    return decoder->dropped ? LLMC_OK : status;
}

static llmc_status emit_replay(mistral_decoder *decoder) {
    llmc__buf members;
    if (decoder->dropped || !decoder->thought)
        return LLMC_OK;
    llmc_status status = close_block(decoder);
    if (status != LLMC_OK)
        return status == LLMC_ERR_TOO_LARGE ? LLMC_OK : status;
    llmc__buf_init(&members, decoder->content.len + 64);
    status = llmc__buf_appendf(&members, "{\"content\":[%s]}", llmc__buf_str(&decoder->content));
    if (status == LLMC_OK) {
        llmc_event event = {.kind = LLMC__EVENT_REPLAY,
                            .text = llmc__buf_str(&members),
                            .text_len = members.len,
                            .origin = llmc__provider_mistral.name};
        status = decoder->emit(decoder->ctx, &event);
    }
    llmc__buf_free(&members);
    return status;
}

static llmc_status on_event(void *ctx, const llmc_event *event) {
    mistral_decoder *decoder = ctx;
    llmc_status status = LLMC_OK;
    if (event->kind == LLMC__EVENT_REPLAY) /* what other vendors want back; Mistral wants the blocks */
        return LLMC_OK;
    if (event->choice == 0 && (event->kind == LLMC_EVENT_TEXT || event->kind == LLMC_EVENT_REASONING))
        status = keep(decoder, event);
    else if (event->choice == 0 && event->kind == LLMC_EVENT_FINISH)
        status = emit_replay(decoder);
    return status == LLMC_OK ? decoder->emit(decoder->ctx, event) : status;
}

static mistral_decoder *enter(llmc__decoder *outer, llmc__emit_fn emit, void *ctx) {
    mistral_decoder *decoder = inner(outer);
    decoder->emit = emit;
    decoder->ctx = ctx;
    return decoder;
}

/* A want of memory of ours comes without words; what the reader or the host ends with has them where it needs any. */
static llmc_status settle(llmc_status status, llmc_error *error) {
    if (status == LLMC_ERR_NO_MEMORY && error->status == LLMC_OK)
        llmc__error_set(error, status, "no memory for the answer");
    return status;
}

static llmc_status decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error) {
    mistral_decoder *decoder = enter(outer, emit, ctx);
    return settle(llmc__provider_openai.decode_bytes(decoder->chat, bytes, len, on_event, decoder, error), error);
}

static llmc_status decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    mistral_decoder *decoder = enter(outer, emit, ctx);
    return settle(llmc__provider_openai.decode_end(decoder->chat, on_event, decoder, error), error);
}

static llmc_status decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                               llmc_error *error) {
    mistral_decoder *decoder = enter(outer, emit, ctx);
    return settle(llmc__provider_openai.decode_body(decoder->chat, body, len, on_event, decoder, error), error);
}

const llmc__provider llmc__provider_mistral = {
    .name = "mistral",
    .encode = llmc__mistral_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = decode_bytes,
    .decode_end = decode_end,
    .decode_body = decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "mistral-correlation-id",
    .takes = LLMC__MISTRAL_TAKES,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_mistral, [LLMC__OP_MODELS] = &llmc__models_openai},
};
