/*
 * How many tokens a text or a request is, as good as that can be told without the model's own vocabulary: for limits
 * before sending, and where a provider does not count them. The same everywhere and always. The figures are told in
 * docs/models-rerank-tokens.md.
 */
#ifndef LLMC_MODEL_TOKENS_H
#define LLMC_MODEL_TOKENS_H

#include <stddef.h>
#include <stdint.h>
#include "model/request.h"

/* By characters: four to a token in ASCII, two of two bytes (Greek, Cyrillic, Arabic), one of three (Chinese, Japanese,
 * Korean), a half of one of four (emoji). Bytes that are no UTF-8 count as ASCII. */
int64_t llmc__tokens_of_text(const char *text, size_t len);

/* The whole prompt: messages, tools, schema, and what extra_json says. Not what max_tokens leaves for the answer. */
int64_t llmc__tokens_of_request(const llmc_request *request);

#endif
