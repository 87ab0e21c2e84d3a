/*
 * The adapter of Cohere's Chat API v2 (https://docs.cohere.com/reference/chat), inside: what its files share. Framed
 * and classified as chat completions are (openai.h); requests and events are its own.
 *
 * A tool plan (what a model without thinking says before it calls tools) is told as reasoning. Documents to be cited
 * have no setter: they go into extra_json as `documents`.
 */
#ifndef LLMC_PROVIDER_COHERE_H
#define LLMC_PROVIDER_COHERE_H

#include "provider/openai.h"

/* What encode writes: llmc__provider.takes. */
#define LLMC__COHERE_TAKES                                                                                             \
    (LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY |                 \
     LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP |                     \
     LLMC__FIELD_LOGPROBS | LLMC__FIELD_TOOLS | LLMC__FIELD_TOOL_CHOICE | LLMC__FIELD_JSON_MODE |                      \
     LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_REASONING_EFFORT | LLMC__FIELD_REASONING_BUDGET | LLMC__FIELD_IMAGE_URL |   \
     LLMC__FIELD_IMAGE)

llmc_status llmc__cohere_encode(llmc__body *body);

/* The dialect's `read`: one event, or a whole body. */
void llmc__cohere_read(llmc__openai_decoder *decoder, const llmc__json *root, bool whole);

#endif
