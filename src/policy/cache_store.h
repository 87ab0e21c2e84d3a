/* Which answers may be kept, and which requests may be answered from the cache at all. Pure. */
#ifndef LLMC_POLICY_CACHE_STORE_H
#define LLMC_POLICY_CACHE_STORE_H

#include <stdbool.h>
#include "model/request.h"
#include "model/response.h"

typedef struct llmc__cache_rules {
    bool keep_length;    /* answers cut by max_tokens too */
    bool refuse_sampled; /* no requests that ask for chance */
} llmc__cache_rules;

/*
 * False for requests whose answers are meant to differ from call to call, when the rules refuse them: a temperature
 * above 0, or several choices. One without a temperature is kept: what the provider's default is, is not known here.
 */
bool llmc__cache_may_look(const llmc_request *request, const llmc__cache_rules *rules);

/*
 * False for everything that is not a whole good answer: errors, answers that broke off, were filtered or cut (unless
 * asked for), pauses in the middle of a turn, calls of tools without their end, and answers with nothing in them. All
 * choices count. What ended in a way that has no name here is not kept.
 */
bool llmc__cache_may_store(const llmc_response *response, const llmc__cache_rules *rules);

#endif
