/* The table of the Messages API. Bytes are framed by openai_decode.c; their meaning is in anthropic_answer.c. */
#include "base/mem.h"
#include "provider/anthropic.h"
#include "provider/count.h"
#include "provider/models.h"
#include "provider/raw.h"
#include "provider/openai.h"

typedef struct anthropic_decoder {
    llmc__openai_decoder base; /* first: its functions are given this whole struct */
    llmc__anthropic_answer answer;
} anthropic_decoder;

static llmc__anthropic_answer *answer_of(llmc__openai_decoder *base) {
    return &((anthropic_decoder *)(void *)base)->answer;
}

static void read_value(llmc__openai_decoder *base, const llmc__json *root, bool whole) {
    llmc__anthropic_answer *answer = answer_of(base);
    if (whole)
        llmc__anthropic_whole(answer, root);
    else
        llmc__anthropic_event(answer, root);
    base->done = answer->done;
    base->piece.value = whole ? NULL : answer->piece;
}

static void say(llmc__openai_decoder *base, const char *text, size_t len) {
    llmc__anthropic_say(answer_of(base), text, len);
}

static const char *const idle[] = {NULL};

static const llmc__openai_dialect messages = {
    .read = read_value,
    .say = say,
    .idle = idle,
    .ends_by_mark = false, /* proxies that convert put [DONE] behind message_stop */
    .api = "Anthropic's Messages API",
    .end = "message_stop",
};

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    (void)target;
    anthropic_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    llmc__openai_decoder_init(&decoder->base, &messages, max_event_bytes);
    llmc__anthropic_answer_init(&decoder->answer, &decoder->base.sink);
    return (llmc__decoder *)(void *)decoder;
}

static void decoder_free(llmc__decoder *outer) {
    anthropic_decoder *decoder = (anthropic_decoder *)(void *)outer;
    if (decoder == NULL)
        return;
    llmc__anthropic_answer_free(&decoder->answer);
    llmc__openai_decoder_release(&decoder->base);
    llmc__mem_free(decoder);
}

const llmc__provider llmc__provider_anthropic = {
    .name = LLMC__ANTHROPIC_ORIGIN,
    .encode = llmc__anthropic_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = llmc__openai_decode_bytes,
    .decode_end = llmc__openai_decode_end,
    .decode_body = llmc__openai_decode_body,
    /* {"type":"error","error":{"type","message"},"request_id"}: as OpenAI's envelopes are read. */
    .classify = llmc__openai_classify,
    .request_id_header = "request-id",
    .takes = LLMC__ANTHROPIC_TAKES,
    .operations = {[LLMC__OP_MODELS] = &llmc__models_anthropic,
                   [LLMC__OP_COUNT_TOKENS] = &llmc__count_anthropic,
                   [LLMC__OP_RAW] = &llmc__raw_anthropic},
};
