/* How a run ended: written by its driver, then never changed. */
#include "api/run.h"
#include "base/mem.h"
#include "model/error.h"

llmc_run_result *llmc__run_result_new(void) {
    llmc_run_result *result = llmc__mem_calloc(1, sizeof *result);
    if (result)
        atomic_init(&result->refs, 1);
    return result;
}

static void add_usage(llmc_run_result *result, const llmc_response *response) {
    int64_t in = llmc_response_tokens_in(response), out = llmc_response_tokens_out(response);
    double cost = llmc_response_cost_usd(response);
    if (llmc_response_from_cache(response) || llmc_response_shared(response))
        return;
    result->unknown_tokens_in = result->unknown_tokens_in || in < 0;
    result->unknown_tokens_out = result->unknown_tokens_out || out < 0;
    result->unknown_cost = result->unknown_cost || !(cost >= 0.0);
    if (in > 0 && in <= INT64_MAX - result->tokens_in)
        result->tokens_in += in;
    if (out > 0 && out <= INT64_MAX - result->tokens_out)
        result->tokens_out += out;
    if (cost > 0.0)
        result->cost_usd += cost;
}

llmc__run_step *llmc__run_result_add(llmc_run_result *result, llmc_response *response) {
    size_t count = llmc_response_tool_call_count(response);
    llmc_tool_call **calls;
    if (!llmc__mem_make_room(&result->steps, result->step_count, &result->step_cap, sizeof *result->steps))
        return NULL;
    calls = llmc__mem_calloc(count ? count : 1, sizeof(*calls));
    if (!calls)
        return NULL;
    result->steps[result->step_count] = (llmc__run_step){.response = llmc_response_ref(response), .calls = calls};
    add_usage(result, response);
    return &result->steps[result->step_count++];
}

void llmc__run_result_end(llmc_run_result *result, llmc_status status, const char *message) {
    result->status = status;
    result->message = status != LLMC_OK ? llmc__mem_strdup(message) : NULL;
}

llmc_run_result *llmc_run_result_ref(llmc_run_result *result) {
    if (result)
        atomic_fetch_add_explicit(&result->refs, 1, memory_order_relaxed);
    return result;
}

static void free_step(llmc__run_step *step) {
    for (size_t i = 0; i < step->call_count; i++)
        llmc__tool_call_release(step->calls[i]);
    llmc__mem_free(step->calls);
    llmc_response_free(step->response);
}

void llmc_run_result_free(llmc_run_result *result) {
    if (!result || atomic_fetch_sub_explicit(&result->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < result->step_count; i++)
        free_step(&result->steps[i]);
    llmc__mem_free(result->steps);
    llmc__mem_free(result->message);
    llmc__mem_free(result);
}

llmc_status llmc_run_result_status(const llmc_run_result *result) {
    return result ? result->status : LLMC_ERR_INVALID_ARGUMENT;
}

const char *llmc_run_result_error_message(const llmc_run_result *result) {
    if (!result)
        return llmc_last_error_message();
    if (result->status == LLMC_OK)
        return "";
    return result->message ? result->message : llmc_status_message(result->status);
}

llmc_response *llmc_run_result_response(const llmc_run_result *result) {
    return result && result->step_count ? result->steps[result->step_count - 1].response : NULL;
}

int64_t llmc_run_result_tokens_in(const llmc_run_result *result) {
    return result && !result->unknown_tokens_in ? result->tokens_in : -1;
}

int64_t llmc_run_result_tokens_out(const llmc_run_result *result) {
    return result && !result->unknown_tokens_out ? result->tokens_out : -1;
}

double llmc_run_result_cost_usd(const llmc_run_result *result) {
    return result && !result->unknown_cost ? result->cost_usd : -1.0;
}

int64_t llmc_run_result_latency_ms(const llmc_run_result *result) {
    return result ? result->latency_ms : -1;
}

size_t llmc_run_result_step_count(const llmc_run_result *result) {
    return result ? result->step_count : 0;
}

static int64_t ms_between(int64_t from_us, int64_t to_us) {
    return to_us > from_us ? (to_us - from_us) / 1000 : 0;
}

bool llmc_run_result_step(const llmc_run_result *result, size_t step, llmc_run_step *out) {
    const llmc__run_step *found;
    if (!out || out->size != sizeof *out || step >= llmc_run_result_step_count(result))
        return false;
    found = &result->steps[step];
    out->response = found->response;
    out->call_count = found->call_count;
    out->answer_ms = ms_between(found->asked_us, found->answered_us);
    out->tools_ms = ms_between(found->answered_us, found->ended_us);
    return true;
}

/* Every call of a result has ended: nothing of it changes any more. */
bool llmc_run_result_call(const llmc_run_result *result, size_t step, size_t index, llmc_run_call *out) {
    const llmc_tool_call *call;
    if (!out || out->size != sizeof *out || step >= llmc_run_result_step_count(result) ||
        index >= result->steps[step].call_count)
        return false;
    call = result->steps[step].calls[index];
    out->id = llmc_tool_call_id(call);
    out->name = llmc_tool_call_name(call);
    out->arguments = llmc_tool_call_arguments(call);
    out->content = llmc__tool_call_content(call);
    out->outcome = call->outcome;
    out->wait_ms = call->begun_us < 0 ? -1 : ms_between(call->asked_us, call->begun_us);
    out->run_ms = call->begun_us < 0 ? -1 : ms_between(call->begun_us, call->ended_us);
    return true;
}
