/* What an answer cost, part by part, in USD. Parts that there are none of are 0. */
#ifndef LLMC_MODEL_COST_H
#define LLMC_MODEL_COST_H

#include "llmclient.h"
#include "model/event.h"

typedef struct llmc__cost {
    double input, cache_read, cache_write, output, reasoning, audio, request;
    double other; /* the provider's own figure, where it is the cost */
    double lost;  /* paid attempts that did not become the answer */
} llmc__cost;

double llmc__cost_sum(const llmc__cost *cost);

/*
 * Counts in classes that do not overlap: those of the prompt add up to tokens_in, those of the answer to tokens_out,
 * whatever the provider says of its parts. -1 for what is not known. size is set.
 */
void llmc__usage_split(const llmc__usage *usage, llmc_usage *out);

#endif
