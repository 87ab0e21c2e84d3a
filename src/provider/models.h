/* Lists of models, of every API that has one; a page a request. */
#ifndef LLMC_PROVIDER_MODELS_H
#define LLMC_PROVIDER_MODELS_H

#include "provider/provider.h"

extern const llmc__operation llmc__models_openai; /* and its kind, Mistral among them */
extern const llmc__operation llmc__models_azure;
extern const llmc__operation llmc__models_anthropic;
extern const llmc__operation llmc__models_gemini;
extern const llmc__operation llmc__models_cohere;
extern const llmc__operation llmc__models_ollama;
extern const llmc__operation llmc__models_bedrock;

/* read of llmc__operation: of a list that has no pages, that tells where it goes on, or whether it does */
void llmc__models_read_whole(struct llmc__answer *answer);
void llmc__models_read_page(struct llmc__answer *answer);
void llmc__models_read_anthropic(struct llmc__answer *answer);

#endif
