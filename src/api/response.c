/* Getters of responses. None changes anything: a response handed out may be read by many threads. */
#include <stddef.h>
#include "api/getter.h"
#include "model/error.h"
#include "model/response.h"

const char *llmc_finish_reason_name(llmc_finish_reason reason) {
    static const char names[][sizeof "content_filter"] = {
        [LLMC_FINISH_NONE] = "",
        [LLMC_FINISH_STOP] = "stop",
        [LLMC_FINISH_LENGTH] = "length",
        [LLMC_FINISH_TOOL_CALLS] = "tool_calls",
        [LLMC_FINISH_CONTENT_FILTER] = "content_filter",
        [LLMC_FINISH_PAUSE] = "pause",
        [LLMC_FINISH_ERROR] = "error",
        [LLMC_FINISH_OTHER] = "other",
    };
    size_t index = (size_t)reason;
    return names[index < sizeof names / sizeof names[0] ? index : LLMC_FINISH_OTHER];
}

llmc_response *llmc_response_ref(llmc_response *response) {
    return llmc__response_ref(response);
}

void llmc_response_free(llmc_response *response) {
    llmc__response_unref(response);
}

llmc_status llmc_response_status(const llmc_response *response) {
    return response != NULL ? response->status : LLMC_ERR_INVALID_ARGUMENT;
}

const llmc_error *llmc_response_error(const llmc_response *response) {
    return response != NULL && response->status != LLMC_OK ? &response->error : NULL;
}

const char *llmc_response_error_message(const llmc_response *response) {
    if (response == NULL)
        return llmc_last_error_message();
    if (response->status == LLMC_OK)
        return "";
    /* There may have been no memory for a message of its own. */
    return response->error.message != NULL ? response->error.message : llmc_status_message(response->status);
}

const char *llmc_response_output(const llmc_response *response) {
    return llmc_response_choice_output(response, 0);
}

size_t llmc_response_output_len(const llmc_response *response) {
    return llmc_response_choice_output_len(response, 0);
}

const char *llmc_response_provider(const llmc_response *response) {
    return llmc__getter_text(response, offsetof(llmc_response, provider));
}

const char *llmc_response_model(const llmc_response *response) {
    return llmc__getter_text(response, offsetof(llmc_response, model));
}

int64_t llmc_response_tokens_in(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, usage.tokens_in));
}

int64_t llmc_response_tokens_out(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, usage.tokens_out));
}

int64_t llmc_response_latency_ms(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, latency_ms));
}

int64_t llmc_response_tokens_total(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, usage.total));
}

int64_t llmc_response_tokens_cached(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, usage.cached));
}

int64_t llmc_response_tokens_cache_write(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, usage.cache_write));
}

int64_t llmc_response_tokens_reasoning(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, usage.reasoning));
}

int64_t llmc_response_ttft_ms(const llmc_response *response) {
    return llmc__getter_number(response, offsetof(llmc_response, ttft_ms));
}

bool llmc_response_shared(const llmc_response *response) {
    return response != NULL && response->shared;
}

bool llmc_response_from_cache(const llmc_response *response) {
    return response != NULL && response->from_cache;
}

llmc_finish_reason llmc_response_finish_reason(const llmc_response *response) {
    return llmc_response_choice_finish_reason(response, 0);
}

const char *llmc_response_finish_reason_raw(const llmc_response *response) {
    return llmc__getter_text(response, offsetof(llmc_response, first.finish_raw));
}

const char *llmc_response_refusal(const llmc_response *response) {
    return response != NULL ? llmc__buf_str(&response->first.refusal) : "";
}

const char *llmc_response_reasoning(const llmc_response *response) {
    return response != NULL ? llmc__buf_str(&response->first.reasoning) : "";
}

size_t llmc_response_reasoning_len(const llmc_response *response) {
    return response != NULL ? response->first.reasoning.len : 0;
}

const char *llmc_response_id(const llmc_response *response) {
    return llmc__getter_text(response, offsetof(llmc_response, id));
}

const char *llmc_response_request_id(const llmc_response *response) {
    return llmc__getter_text(response, offsetof(llmc_response, request_id));
}

size_t llmc_response_tool_call_count(const llmc_response *response) {
    return response != NULL ? response->first.tool_count : 0;
}

/* NULL when there is no such call. */
static const llmc__tool_call *tool_at(const llmc_response *response, size_t index) {
    return index < llmc_response_tool_call_count(response) ? &response->first.tools[index] : NULL;
}

const char *llmc_response_tool_call_id(const llmc_response *response, size_t index) {
    return llmc__getter_text(tool_at(response, index), offsetof(llmc__tool_call, id));
}

const char *llmc_response_tool_call_name(const llmc_response *response, size_t index) {
    return llmc__getter_text(tool_at(response, index), offsetof(llmc__tool_call, name));
}

const char *llmc_response_tool_call_arguments(const llmc_response *response, size_t index) {
    const llmc__tool_call *tool = tool_at(response, index);
    if (tool == NULL)
        return "";
    return tool->arguments.len > 0 ? tool->arguments.data : "{}";
}

/* Adapters end a call only when its arguments are whole JSON. */
bool llmc_response_tool_call_complete(const llmc_response *response, size_t index) {
    const llmc__tool_call *tool = tool_at(response, index);
    return tool != NULL && tool->ended;
}

size_t llmc_response_choice_count(const llmc_response *response) {
    return response != NULL ? 1 + response->other_count : 0;
}

/* NULL when there is no such choice. */
static const llmc__choice *choice_at(const llmc_response *response, size_t choice) {
    if (choice >= llmc_response_choice_count(response))
        return NULL;
    return choice == 0 ? &response->first : &response->others[choice - 1];
}

const char *llmc_response_choice_output(const llmc_response *response, size_t choice) {
    const llmc__choice *found = choice_at(response, choice);
    return found != NULL ? llmc__buf_str(&found->text) : "";
}

size_t llmc_response_choice_output_len(const llmc_response *response, size_t choice) {
    const llmc__choice *found = choice_at(response, choice);
    return found != NULL ? found->text.len : 0;
}

llmc_finish_reason llmc_response_choice_finish_reason(const llmc_response *response, size_t choice) {
    const llmc__choice *found = choice_at(response, choice);
    return found != NULL ? found->finish : LLMC_FINISH_NONE;
}

const char *llmc_response_raw_body(const llmc_response *response, size_t *len) {
    if (len != NULL)
        *len = response != NULL ? response->raw_body.len : 0;
    return response != NULL ? llmc__buf_str(&response->raw_body) : "";
}

const char *llmc_response_header(const llmc_response *response, const char *name) {
    return response != NULL && name != NULL ? llmc__response_header(response, name) : NULL;
}

size_t llmc_response_attempt_count(const llmc_response *response) {
    return response != NULL ? response->attempt_count : 0;
}

bool llmc_response_attempt(const llmc_response *response, size_t index, llmc_attempt *out) {
    if (response == NULL || out == NULL || index >= response->attempt_count)
        return false;
    const llmc__attempt_node *node = response->attempts;
    while (index-- > 0)
        node = node->next;
    *out = node->data;
    return true;
}
