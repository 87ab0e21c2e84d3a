/*
 * What is done with an answer as a whole: told again as events, copied, measured. The response is only read, so one
 * that was handed out may be given from any thread.
 */
#ifndef LLMC_MODEL_RESPONSE_REPLAY_H
#define LLMC_MODEL_RESPONSE_REPLAY_H

#include "model/response.h"

/* Takes one event, lent until it returns. Not LLMC_OK stops the replay, which returns it. */
typedef llmc_status (*llmc__replay_fn)(void *ctx, const llmc_event *event);

/*
 * Tells a finished or partly built answer as the events of a stream: START, then of each choice REASONING, of the first
 * SIGNATURE and REDACTED, then TEXT, REFUSAL, the tool calls and, of the first, CITATION and LOGPROBS; then
 * LLMC__EVENT_REPLAY, USAGE and a FINISH for each choice that has ended. What is not there is not told. Folded into an
 * empty response they give an equal one; signatures and redacted reasoning keep their order, and so do citations and
 * log probabilities, but the latter come behind the former.
 */
llmc_status llmc__response_replay(const llmc_response *response, llmc__replay_fn emit, void *ctx);

/*
 * Makes an empty response a deep copy: content, usage, cost, headers, raw body, ids, provider, error, attempts, the
 * mark of the cache; not the references and not the times. Its memory is as large as its content. LLMC_OK or
 * LLMC_ERR_NO_MEMORY; then `to` is without content again, and may have some of the attempts.
 */
llmc_status llmc__response_copy(llmc_response *to, const llmc_response *from);

/* The memory that a response holds, with what the allocator adds to each block. */
size_t llmc__response_bytes(const llmc_response *response);

#endif
