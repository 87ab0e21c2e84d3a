/* What tokens cost by a price, and what a request is expected to use before it is sent. Pure. */
#ifndef LLMC_POLICY_COST_H
#define LLMC_POLICY_COST_H

#include "model/cost.h"
#include "model/request.h"

/*
 * The cost of an answer, times `factor` (1; 0.5 for jobs at half the price). False: not known, as the price has nothing
 * for what was used, or as the counts are not told that it asks for. A class without a price of its own has that of
 * what it is a kind of; one of which nothing has a price costs nothing, as the published format has it.
 */
bool llmc__cost_of(const llmc_price *price, const llmc__usage *usage, double factor, llmc__cost *out);

/*
 * What a request may use: a token for three bytes of its texts, so many for each picture or file, and as many of the
 * answer as it may have, or reserve_tokens. Made to be too high rather than too low.
 */
#define LLMC__COST_TOKENS_A_FILE 2000
llmc__usage llmc__cost_expect(const llmc_request *request, int64_t reserve_tokens);

#endif
