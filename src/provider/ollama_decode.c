/* The table of Ollama's API, and how its bytes are cut into lines; their meaning is in ollama_read.c. */
#include "base/mem.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/ollama.h"

static llmc__ollama_decoder *inner(llmc__decoder *decoder) {
    return (llmc__ollama_decoder *)(void *)decoder;
}

static const llmc__openai_dialect ollama = {
    .read = llmc__ollama_read,
    .api = "an Ollama server",
    .end = "a line of \"done\": true",
};

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    (void)target;
    llmc__ollama_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    llmc__openai_decoder_init(&decoder->base, &ollama, max_event_bytes);
    llmc__ndjson_init(&decoder->lines, max_event_bytes);
    return (llmc__decoder *)(void *)decoder;
}

static void decoder_free(llmc__decoder *outer) {
    llmc__ollama_decoder *decoder = inner(outer);
    if (decoder == NULL)
        return;
    llmc__ndjson_free(&decoder->lines);
    llmc__openai_decoder_release(&decoder->base);
    llmc__mem_free(decoder);
}

static int on_line(void *ctx, const char *line, size_t len) {
    llmc__openai_decoder *base = ctx;
    llmc__json_doc *doc = NULL;
    if (!base->done)
        doc = llmc__sink_parse(&base->sink, line, len, false, base->dialect->api);
    if (doc != NULL)
        base->dialect->read(base, llmc__json_root(doc), false);
    llmc__json_free(doc);
    return base->sink.status != LLMC_OK;
}

static llmc_status decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error) {
    llmc__ollama_decoder *decoder = inner(outer);
    llmc__openai_decoder *base = &decoder->base;
    if (llmc__openai_enter(base, emit, ctx, error))
        llmc__sink_keep(&base->sink, llmc__ndjson_feed(&decoder->lines, bytes, len, on_line, base));
    return base->sink.status;
}

static llmc_status decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__ollama_decoder *decoder = inner(outer);
    llmc__openai_decoder *base = &decoder->base;
    if (!llmc__openai_enter(base, emit, ctx, error))
        return base->sink.status;
    /* A last line that is no JSON and lacks its end was cut off when it begins as one, and not sent wrong. */
    bool cut = decoder->lines.line.len > 0 && decoder->lines.line.data[0] == '{';
    llmc__sink_keep(&base->sink, llmc__ndjson_finish(&decoder->lines, on_line, base));
    if (!base->done && (base->sink.status == LLMC_OK || (cut && base->sink.status == LLMC_ERR_BAD_RESPONSE)))
        llmc__openai_fail_end(base);
    return base->sink.status;
}

const llmc__provider llmc__provider_ollama = {
    .name = "ollama",
    .encode = llmc__ollama_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = decode_bytes,
    .decode_end = decode_end,
    .decode_body = llmc__openai_decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "x-request-id", /* of a proxy before it; Ollama has none of its own */
    .takes = LLMC__OLLAMA_TAKES,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_ollama, [LLMC__OP_MODELS] = &llmc__models_ollama},
};
