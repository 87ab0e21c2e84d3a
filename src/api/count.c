/* Tokens of a prompt: counted by the provider where it can, else estimated. */
#include "model/error.h"
#include "model/request.h"
#include "model/response.h"
#include "model/tokens.h"

/* The request itself, lent to the call: another model's count is no answer, so it has no fallbacks. */
static llmc_request counted(const llmc_request *request) {
    llmc_request copy = *request;
    copy.op = LLMC__OP_COUNT_TOKENS;
    copy.fallbacks = NULL;
    copy.fallback_count = 0;
    return copy;
}

llmc_status llmc_count_tokens(llmc_client *client, const llmc_request *request, llmc_response **out) {
    llmc_request lent;
    if (!request)
        return llmc_execute(client, NULL, out);
    lent = counted(request);
    return llmc_execute(client, &lent, out);
}

llmc_status llmc_count_tokens_async(llmc_client *client, const llmc_request *request, llmc_done_fn on_done,
                                    void *user_data, llmc_call **out) {
    llmc_request lent;
    if (!request)
        return llmc_execute_async(client, NULL, on_done, user_data, out);
    lent = counted(request);
    return llmc_execute_async(client, &lent, on_done, user_data, out);
}

int64_t llmc_response_token_count(const llmc_response *response) {
    const llmc__result *result = response ? response->result : NULL;
    return result && result->op == LLMC__OP_COUNT_TOKENS ? result->count : -1;
}

bool llmc_response_token_count_estimated(const llmc_response *response) {
    return response && response->result && response->result->estimated;
}

int64_t llmc_request_estimate_tokens(const llmc_request *request) {
    return request ? llmc__tokens_of_request(request) : 0;
}
