/* Getters of what some answers bring beside their text: opaque pieces, log probabilities, counts in classes. */
#include <stddef.h>
#include "api/argument.h"
#include "api/getter.h"
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

/* `size`: the first member of `out`, NULL where there is no `out`. */
static llmc_status check(const llmc_response *response, const size_t *size, size_t want, const char *init) {
    if (response == NULL)
        return llmc__argument_null("response");
    if (size == NULL)
        return llmc__argument_null("out");
    if (*size != want)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "out: its size is not set; begin with %s", init);
    return LLMC_OK;
}

llmc_status llmc_response_usage(const llmc_response *response, llmc_usage *out) {
    llmc_status status = check(response, out != NULL ? &out->size : NULL, sizeof *out, "LLMC_USAGE_INIT");
    if (status == LLMC_OK)
        llmc__usage_split(&response->usage, out);
    return status;
}

/* An answer of the cache, or of another call's request, costs nothing more. */
static bool was_paid(const llmc_response *response) {
    return response->from_cache || response->shared;
}

double llmc_response_cost_usd(const llmc_response *response) {
    if (response == NULL)
        return -1.0;
    return was_paid(response) ? 0.0 : response->cost_usd;
}

llmc_status llmc_response_cost(const llmc_response *response, llmc_cost *out) {
    llmc_status status = check(response, out != NULL ? &out->size : NULL, sizeof *out, "LLMC_COST_INIT");
    if (status != LLMC_OK || out == NULL)
        return status;
    *out = (llmc_cost)LLMC_COST_INIT;
    out->total_usd = llmc_response_cost_usd(response);
    out->provider_usd = response->usage.cost_usd;
    if (was_paid(response)) {
        out->saved_usd = response->cost_usd > 0 ? response->cost_usd : 0;
        return LLMC_OK;
    }
    out->input_usd = response->cost.input;
    out->cache_read_usd = response->cost.cache_read;
    out->cache_write_usd = response->cost.cache_write;
    out->output_usd = response->cost.output;
    out->reasoning_usd = response->cost.reasoning;
    out->audio_usd = response->cost.audio;
    out->request_usd = response->cost.request;
    out->other_usd = response->cost.other;
    out->lost_usd = response->cost.lost;
    return LLMC_OK;
}

const char *llmc_response_job_id(const llmc_response *response) {
    return llmc__getter_text(response, offsetof(llmc_response, job_id));
}
