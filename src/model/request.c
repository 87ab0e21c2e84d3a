#include "model/request.h"

#include <string.h>
#include "base/mem.h"

/* Copies an optional string; false when there is no memory. */
static bool copy_text(char **slot, const char *text) {
    *slot = llmc__mem_strdup(text);
    return text == NULL || *slot != NULL;
}

static bool copy_messages(llmc_request *to, const llmc_request *from) {
    if (from->message_count == 0)
        return true;
    to->messages = llmc__mem_calloc(from->message_count, sizeof *to->messages);
    if (to->messages == NULL)
        return false;
    to->message_cap = from->message_count;
    for (; to->message_count < from->message_count; to->message_count++) {
        const llmc__message *source = &from->messages[to->message_count];
        llmc__message *message = &to->messages[to->message_count];
        message->text = llmc__mem_alloc(source->text_len + 1);
        if (message->text == NULL)
            return false;
        memcpy(message->text, source->text, source->text_len + 1);
        message->text_len = source->text_len;
        message->role = source->role;
    }
    return true;
}

static bool copy_stops(llmc_request *to, const llmc_request *from) {
    if (from->stop_count == 0)
        return true;
    to->stops = llmc__mem_calloc(from->stop_count, sizeof *to->stops);
    if (to->stops == NULL)
        return false;
    for (; to->stop_count < from->stop_count; to->stop_count++)
        if (!copy_text(&to->stops[to->stop_count], from->stops[to->stop_count]))
            return false;
    return true;
}

static bool copy_headers(llmc_request *to, const llmc_request *from) {
    if (from->header_count == 0)
        return true;
    to->headers = llmc__mem_calloc(from->header_count, sizeof *to->headers);
    if (to->headers == NULL)
        return false;
    for (size_t i = 0; i < from->header_count; i++) {
        to->header_count = i + 1; /* counted first: free copes with NULL names and values */
        if (!copy_text(&to->headers[i].name, from->headers[i].name) ||
            !copy_text(&to->headers[i].value, from->headers[i].value))
            return false;
    }
    return true;
}

llmc_request *llmc__request_copy(const llmc_request *request) {
    llmc_request *copy = llmc__mem_alloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *request; /* the scalars; what is owned is replaced below */
    copy->model = copy->user = copy->extra_json = NULL;
    copy->messages = NULL;
    copy->stops = NULL;
    copy->headers = NULL;
    copy->message_count = copy->message_cap = copy->stop_count = copy->header_count = 0;
    if (!copy_text(&copy->model, request->model) || !copy_text(&copy->user, request->user) ||
        !copy_text(&copy->extra_json, request->extra_json) || !copy_messages(copy, request) ||
        !copy_stops(copy, request) || !copy_headers(copy, request)) {
        llmc__request_free(copy);
        return NULL;
    }
    return copy;
}

void llmc__request_free(llmc_request *request) {
    if (request == NULL)
        return;
    for (size_t i = 0; i < request->message_count; i++)
        llmc__mem_free(request->messages[i].text);
    for (size_t i = 0; i < request->stop_count; i++)
        llmc__mem_free(request->stops[i]);
    for (size_t i = 0; i < request->header_count; i++) {
        llmc__mem_free(request->headers[i].name);
        llmc__mem_free_secret(request->headers[i].value); /* may be a key */
    }
    llmc__mem_free(request->messages);
    llmc__mem_free(request->stops);
    llmc__mem_free(request->headers);
    llmc__mem_free(request->model);
    llmc__mem_free(request->user);
    llmc__mem_free(request->extra_json);
    llmc__mem_free(request);
}
