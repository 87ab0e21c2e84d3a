/* The table of Ollama's API, and how its bytes are cut into lines; their meaning is in ollama_read.c. */
#include "base/mem.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/ollama.h"

static llmc__ollama_decoder *inner(llmc__decoder *decoder) {
    return (llmc__ollama_decoder *)(void *)decoder;
}

static llmc_status fail_with_words(llmc__openai_decoder *base, const llmc__words *words) {
    llmc__classify_inner(words, base->error);
    return base->error->status;
}

static const llmc__openai_dialect ollama = {
    .read = llmc__ollama_read,
    .fail = fail_with_words,
    .not_json =
        "the answer is not JSON: check that base_url leads to an Ollama server; the raw body is on the response",
    .unfinished = "the stream ended without a line of \"done\": true; what came of it is on the response",
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

static llmc_status read_line(llmc__openai_decoder *base, const char *line, size_t len) {
    llmc__json_doc *doc = NULL;
    if (base->done)
        return LLMC_OK;
    llmc_status status = llmc__json_parse(line, len, &doc, NULL);
    if (status == LLMC_OK)
        status = base->dialect->read(base, doc, llmc__json_root(doc), false);
    else if (status == LLMC_ERR_INVALID_JSON)
        status = llmc__openai_fail(base, LLMC_ERR_BAD_RESPONSE, base->dialect->not_json);
    else
        status = llmc__openai_fail(base, status, "a line of the answer could not be read: no memory, or too deep");
    llmc__json_free(doc);
    return status;
}

static int on_line(void *ctx, const char *line, size_t len) {
    llmc__openai_decoder *base = ctx;
    base->status = read_line(base, line, len);
    return base->status != LLMC_OK;
}

/* What feeding ended with: the status of a line's handler comes before that of the reader. */
static llmc_status settle(llmc__openai_decoder *base, llmc_status fed) {
    if (base->status != LLMC_OK || fed == LLMC_OK)
        return base->status;
    base->status = fed;
    return llmc__openai_fail(base, fed,
                             fed == LLMC_ERR_TOO_LARGE ? "a line of the stream is larger than max_event_bytes"
                                                       : "no memory for the stream");
}

static void enter(llmc__openai_decoder *base, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    base->emit = emit;
    base->ctx = ctx;
    base->error = error;
}

static llmc_status decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error) {
    llmc__ollama_decoder *decoder = inner(outer);
    enter(&decoder->base, emit, ctx, error);
    if (decoder->base.status != LLMC_OK || decoder->base.done)
        return decoder->base.status;
    return settle(&decoder->base, llmc__ndjson_feed(&decoder->lines, bytes, len, on_line, &decoder->base));
}

static llmc_status decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    llmc__ollama_decoder *decoder = inner(outer);
    enter(&decoder->base, emit, ctx, error);
    if (decoder->base.status != LLMC_OK || decoder->base.done)
        return decoder->base.status;
    /* A last line that is no JSON and lacks its end was cut off when it begins as one, and not sent wrong. */
    bool cut = decoder->lines.line.len > 0 && decoder->lines.line.data[0] == '{';
    llmc_status status = settle(&decoder->base, llmc__ndjson_finish(&decoder->lines, on_line, &decoder->base));
    if ((status != LLMC_OK && !(cut && status == LLMC_ERR_BAD_RESPONSE)) || decoder->base.done)
        return status;
    decoder->base.status = LLMC_ERR_INCOMPLETE;
    return llmc__openai_fail(&decoder->base, LLMC_ERR_INCOMPLETE, ollama.unfinished);
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
