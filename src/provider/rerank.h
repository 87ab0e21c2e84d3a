/* Documents ordered by how well they answer a query, of every API that does so. */
#ifndef LLMC_PROVIDER_RERANK_H
#define LLMC_PROVIDER_RERANK_H

#include "provider/provider.h"

extern const llmc__operation llmc__rerank_openai; /* vendors of OpenAI's API, and servers that have /rerank beside it */
extern const llmc__operation llmc__rerank_cohere;
extern const llmc__operation llmc__rerank_azure_ai;
extern const llmc__operation llmc__rerank_bedrock; /* Cohere's and Amazon's models */

/* decode of llmc__operation, for all of them */
llmc_status llmc__rerank_decode(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);

#endif
