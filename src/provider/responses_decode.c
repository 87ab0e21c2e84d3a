/* The table of the Responses API. Bytes are framed by openai_decode.c; their meaning is in responses_events.c. */
#include "base/mem.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/raw.h"
#include "provider/responses.h"

static const char *const idle[] = {"sequence_number", "obfuscation", NULL};

static void say(llmc__openai_decoder *decoder, const char *text, size_t len) {
    llmc__sink_text(&decoder->sink, decoder->piece.kind, 0, text, len);
}

static const llmc__openai_dialect responses = {
    .read = llmc__responses_read,
    .say = say,
    .idle = idle,
    .fail = llmc__responses_fail,
    .ends_by_mark = false, /* OpenRouter sends [DONE] behind the terminal event, others do not */
    .api = "a Responses API",
    .end = "response.completed",
};

static void decoder_free(llmc__decoder *outer) {
    llmc__responses_decoder *decoder = (llmc__responses_decoder *)(void *)outer;
    if (decoder == NULL)
        return;
    llmc__responses_items_free(decoder);
    llmc__buf_free(&decoder->kept);
    llmc__openai_decoder_release(&decoder->base);
    llmc__mem_free(decoder);
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    llmc__responses_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    llmc__openai_decoder_init(&decoder->base, &responses, max_event_bytes);
    llmc__buf_init(&decoder->kept, max_event_bytes);
    llmc__openai_decoder_know(&decoder->base, target);
    return (llmc__decoder *)(void *)decoder;
}

const llmc__provider llmc__provider_responses = {
    .name = "openai-responses",
    .encode = llmc__responses_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = llmc__openai_decode_bytes,
    .decode_end = llmc__openai_decode_end,
    .decode_body = llmc__openai_decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "x-request-id",
    .takes = LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_LOGPROBS |
             LLMC__FIELD_USER | LLMC__FIELD_SERVICE_TIER | LLMC__FIELD_METADATA | LLMC__FIELD_TOOLS |
             LLMC__FIELD_TOOL_CHOICE | LLMC__FIELD_PARALLEL_TOOLS | LLMC__FIELD_JSON_MODE | LLMC__FIELD_JSON_SCHEMA |
             LLMC__FIELD_REASONING_EFFORT | LLMC__FIELD_IMAGE_URL | LLMC__FIELD_IMAGE | LLMC__FIELD_FILE_URL |
             LLMC__FIELD_FILE,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_openai,
                   [LLMC__OP_MODELS] = &llmc__models_openai,
                   [LLMC__OP_RAW] = &llmc__raw_openai},
};
