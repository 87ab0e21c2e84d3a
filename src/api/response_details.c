/* Getters of what some answers bring beside their text: opaque pieces, log probabilities, counts in classes. */
#include "llmclient.h"
#include "model/error.h"
#include "model/response.h"

static size_t count_of(const llmc_response *response, llmc_event_kind kind) {
    size_t count = 0;
    for (size_t i = 0; response != NULL && i < response->opaque_count; i++)
        count += response->opaques[i].kind == kind;
    return count;
}

static const char *text_of(const llmc_response *response, llmc_event_kind kind, size_t index) {
    const llmc__opaque *found = response != NULL ? llmc__response_opaque(response, kind, index) : NULL;
    return found != NULL ? found->text : "";
}

size_t llmc_response_signature_count(const llmc_response *response) {
    return count_of(response, LLMC_EVENT_SIGNATURE);
}

const char *llmc_response_signature(const llmc_response *response, size_t index) {
    return text_of(response, LLMC_EVENT_SIGNATURE, index);
}

size_t llmc_response_redacted_count(const llmc_response *response) {
    return count_of(response, LLMC_EVENT_REDACTED);
}

const char *llmc_response_redacted(const llmc_response *response, size_t index) {
    return text_of(response, LLMC_EVENT_REDACTED, index);
}

size_t llmc_response_citation_count(const llmc_response *response) {
    return count_of(response, LLMC_EVENT_CITATION);
}

const char *llmc_response_citation(const llmc_response *response, size_t index) {
    return text_of(response, LLMC_EVENT_CITATION, index);
}

const char *llmc_response_logprobs(const llmc_response *response) {
    return text_of(response, LLMC_EVENT_LOGPROBS, 0);
}

/* What is left of a count without its parts, those that are known. Never below 0, whatever the provider says. */
static int64_t without(int64_t count, int64_t part) {
    if (count < 0 || part < 0)
        return count;
    return part < count ? count - part : 0;
}

llmc_status llmc_response_usage(const llmc_response *response, llmc_usage *out) {
    if (response == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "response: must not be NULL");
    if (out == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "out: must not be NULL");
    if (out->size != sizeof *out)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "out: its size is not set; begin with LLMC_USAGE_INIT");
    const llmc__usage *usage = &response->usage;
    out->input = without(without(usage->tokens_in, usage->cached), usage->cache_write);
    out->cache_read = usage->cached;
    out->cache_write = usage->cache_write;
    out->output = without(usage->tokens_out, usage->reasoning);
    out->reasoning = usage->reasoning;
    return LLMC_OK;
}
