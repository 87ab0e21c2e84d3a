/* Getters of the parts of a response that are handed out by themselves: errors and events. */
#include <stddef.h>
#include "api/getter.h"
#include "model/error.h"
#include "model/event.h"

llmc_status llmc_error_status(const llmc_error *error) {
    return error != NULL ? error->status : LLMC_OK;
}

int llmc_error_http_status(const llmc_error *error) {
    return error != NULL ? error->http_status : 0;
}

const char *llmc_error_message(const llmc_error *error) {
    if (error == NULL || error->status == LLMC_OK)
        return "";
    return error->message != NULL ? error->message : llmc_status_message(error->status);
}

const char *llmc_error_provider_type(const llmc_error *error) {
    return llmc__getter_text(error, offsetof(llmc_error, provider_type));
}

const char *llmc_error_provider_code(const llmc_error *error) {
    return llmc__getter_text(error, offsetof(llmc_error, provider_code));
}

const char *llmc_error_provider_message(const llmc_error *error) {
    return llmc__getter_text(error, offsetof(llmc_error, provider_message));
}

const char *llmc_error_provider_param(const llmc_error *error) {
    return llmc__getter_text(error, offsetof(llmc_error, provider_param));
}

bool llmc_error_retryable(const llmc_error *error) {
    return error != NULL && error->retryable;
}

int64_t llmc_error_retry_after_ms(const llmc_error *error) {
    return error != NULL ? error->retry_after_ms : -1;
}

/* No event has kind 0, which is what NULL answers. */
llmc_event_kind llmc_event_type(const llmc_event *event) {
    return event != NULL ? event->kind : (llmc_event_kind)0;
}

const char *llmc_event_text(const llmc_event *event) {
    return llmc__getter_text(event, offsetof(llmc_event, text));
}

size_t llmc_event_text_len(const llmc_event *event) {
    return event != NULL ? event->text_len : 0;
}

size_t llmc_event_choice(const llmc_event *event) {
    return event != NULL ? event->choice : 0;
}

size_t llmc_event_tool_index(const llmc_event *event) {
    return event != NULL ? event->tool_index : 0;
}

const char *llmc_event_tool_id(const llmc_event *event) {
    return llmc__getter_text(event, offsetof(llmc_event, tool_id));
}

const char *llmc_event_tool_name(const llmc_event *event) {
    return llmc__getter_text(event, offsetof(llmc_event, tool_name));
}

llmc_finish_reason llmc_event_finish_reason(const llmc_event *event) {
    return event != NULL ? event->finish : LLMC_FINISH_NONE;
}
