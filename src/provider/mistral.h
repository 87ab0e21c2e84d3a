/*
 * The adapter of Mistral's API (https://docs.mistral.ai/api), inside. It is chat completions with other words in a few
 * places, so requests are written and answers read by what openai.h has; only the differences are here.
 */
#ifndef LLMC_PROVIDER_MISTRAL_H
#define LLMC_PROVIDER_MISTRAL_H

#include "provider/openai.h"

/* What encode writes: llmc__provider.takes. Members that the API does not know are an error 422 there. */
#define LLMC__MISTRAL_TAKES                                                                                            \
    (LLMC__OPENAI_CHAT_TAKES & ~(uint32_t)(LLMC__FIELD_TOP_K | LLMC__FIELD_LOGPROBS | LLMC__FIELD_USER |               \
                                           LLMC__FIELD_SERVICE_TIER | LLMC__FIELD_FILE))

/* Characters of a tool call's id: others are refused ("must be a-z, A-Z, 0-9, with a length of 9"). */
#define LLMC__MISTRAL_ID_LEN 9

llmc_status llmc__mistral_encode(llmc__body *body);

/* The id itself when it is one of Mistral's form, else one made of it: always the same for the same id. */
void llmc__mistral_id(const char *id, char out[LLMC__MISTRAL_ID_LEN + 1]);

#endif
