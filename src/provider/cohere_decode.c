/* The table of Cohere's Chat API. Bytes are framed by openai_decode.c; their meaning is in cohere_read.c. */
#include "base/mem.h"
#include "provider/cohere.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/rerank.h"

static const llmc__openai_dialect cohere = {
    .read = llmc__cohere_read,
    .ends_by_mark = false, /* [DONE] comes behind message-end, which is the end */
    .api = "Cohere's API v2",
    .end = "message-end",
};

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    (void)target;
    llmc__openai_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder != NULL)
        llmc__openai_decoder_init(decoder, &cohere, max_event_bytes);
    return (llmc__decoder *)(void *)decoder;
}

static void decoder_free(llmc__decoder *outer) {
    llmc__openai_decoder *decoder = (llmc__openai_decoder *)(void *)outer;
    if (decoder != NULL)
        llmc__openai_decoder_release(decoder);
    llmc__mem_free(decoder);
}

const llmc__provider llmc__provider_cohere = {
    .name = "cohere",
    .encode = llmc__cohere_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = llmc__openai_decode_bytes,
    .decode_end = llmc__openai_decode_end,
    .decode_body = llmc__openai_decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "x-debug-trace-id",
    .takes = LLMC__COHERE_TAKES,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_cohere,
                   [LLMC__OP_RERANK] = &llmc__rerank_cohere,
                   [LLMC__OP_MODELS] = &llmc__models_cohere},
};
