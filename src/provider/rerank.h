/* Documents ordered by how well they answer a query, of every API that does so. */
#ifndef LLMC_PROVIDER_RERANK_H
#define LLMC_PROVIDER_RERANK_H

#include "provider/provider.h"

extern const llmc__operation llmc__rerank_openai; /* vendors of OpenAI's API, and servers that have /rerank beside it */
extern const llmc__operation llmc__rerank_cohere;
extern const llmc__operation llmc__rerank_azure_ai;
extern const llmc__operation llmc__rerank_bedrock; /* Cohere's and Amazon's models */

/* read of llmc__operation, for all of them */
void llmc__rerank_read(struct llmc__answer *answer);

#endif
