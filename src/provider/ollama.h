/*
 * The adapter of Ollama's own API (https://docs.ollama.com/api/chat), inside: what its files share. Answers are lines
 * of JSON; how they are told on is what the decoder of chat completions does (openai.h), whose struct this one begins
 * with.
 */
#ifndef LLMC_PROVIDER_OLLAMA_H
#define LLMC_PROVIDER_OLLAMA_H

#include "provider/openai.h"
#include "wire/ndjson.h"

/* What encode writes: llmc__provider.takes. */
#define LLMC__OLLAMA_TAKES                                                                                             \
    (LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY |                 \
     LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP |                     \
     LLMC__FIELD_LOGPROBS | LLMC__FIELD_TOOLS | LLMC__FIELD_JSON_MODE | LLMC__FIELD_JSON_SCHEMA |                      \
     LLMC__FIELD_REASONING_EFFORT | LLMC__FIELD_IMAGE)

llmc_status llmc__ollama_encode(llmc__body *body);

typedef struct llmc__ollama_decoder {
    llmc__openai_decoder base; /* first: its functions are given this whole struct */
    llmc__ndjson lines;
    size_t call_count;
} llmc__ollama_decoder;

/* The dialect's `read`: one line of a stream, or a whole body, which is the same object. */
void llmc__ollama_read(llmc__openai_decoder *base, const llmc__json *root, bool whole);

#endif
