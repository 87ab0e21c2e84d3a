/* The request's numbers: sampling, lengths, how many answers. Out of range answers INVALID_ARGUMENT. */
#include "api/argument.h"
#include "model/error.h"
#include "model/request.h"

/* NaN is outside of every range. */
static llmc_status set_number(const char *argument, double value, double low, double high, double *slot, bool *has) {
    if (!(value >= low && value <= high))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be from %d to %d", argument, (int)low, (int)high);
    *slot = value;
    *has = true;
    return LLMC_OK;
}

llmc_status llmc_request_set_temperature(llmc_request *request, double temperature) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_number("temperature", temperature, 0, 2, &request->temperature, &request->has_temperature);
}

llmc_status llmc_request_set_top_p(llmc_request *request, double top_p) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_number("top_p", top_p, 0, 1, &request->top_p, &request->has_top_p);
}

llmc_status llmc_request_set_frequency_penalty(llmc_request *request, double penalty) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_number("penalty", penalty, -2, 2, &request->frequency_penalty, &request->has_frequency_penalty);
}

llmc_status llmc_request_set_presence_penalty(llmc_request *request, double penalty) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_number("penalty", penalty, -2, 2, &request->presence_penalty, &request->has_presence_penalty);
}

llmc_status llmc_request_set_seed(llmc_request *request, int64_t seed) {
    if (request == NULL)
        return llmc__argument_null("request");
    request->seed = seed;
    request->has_seed = true;
    return LLMC_OK;
}

static llmc_status set_whole(const char *argument, int64_t value, int64_t low, int64_t high, int64_t *slot, bool *has) {
    if (value < low && high == INT64_MAX)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be at least %d", argument, (int)low);
    if (value < low || value > high)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be from %d to %d", argument, (int)low, (int)high);
    *slot = value;
    *has = true;
    return LLMC_OK;
}

llmc_status llmc_request_set_max_tokens(llmc_request *request, int64_t max_tokens) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_whole("max_tokens", max_tokens, 1, INT64_MAX, &request->max_tokens, &request->has_max_tokens);
}

llmc_status llmc_request_set_top_k(llmc_request *request, int64_t top_k) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_whole("top_k", top_k, 1, INT64_MAX, &request->top_k, &request->has_top_k);
}

llmc_status llmc_request_set_n(llmc_request *request, int64_t n) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_whole("n", n, 1, 128, &request->n, &request->has_n);
}

llmc_status llmc_request_set_logprobs(llmc_request *request, int64_t top) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_whole("top", top, 0, 20, &request->top_logprobs, &request->has_logprobs);
}

llmc_status llmc_request_set_reasoning_budget(llmc_request *request, int64_t tokens) {
    if (request == NULL)
        return llmc__argument_null("request");
    return set_whole("tokens", tokens, 0, INT64_MAX, &request->reasoning_budget, &request->has_reasoning_budget);
}

llmc_status llmc_request_set_reasoning_effort(llmc_request *request, llmc_reasoning_effort effort) {
    if (request == NULL)
        return llmc__argument_null("request");
    if ((int)effort < LLMC_REASONING_UNSET || (int)effort > LLMC_REASONING_HIGH)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "effort: %d is no llmc_reasoning_effort", (int)effort);
    request->reasoning_effort = effort;
    return LLMC_OK;
}
