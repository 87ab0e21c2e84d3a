/* Sync is async plus wait. */
#include <limits.h>
#include <string.h>

#include "api/argument.h"
#include "base/clock.h"
#include "base/str.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/error.h"

static llmc_status start(llmc_client *client, const llmc_request *request, const llmc__hooks *hooks, llmc_call **out,
                         llmc_response **response) {
    llmc_call *call = NULL;
    llmc_status status = llmc__call_new(client, request, hooks, &call, response);
    if (status == LLMC_OK)
        status = llmc__call_submit(call);
    if (status != LLMC_OK || !out) {
        llmc__call_unref(call);
        return status;
    }
    *out = call;
    return LLMC_OK;
}

llmc_status llmc_execute_async(llmc_client *client, const llmc_request *request, llmc_done_fn on_done, void *user_data,
                               llmc_call **out) {
    llmc__hooks hooks = {.on_done = on_done, .user_data = user_data};
    if (out)
        *out = NULL;
    return start(client, request, &hooks, out, NULL);
}

llmc_status llmc_execute_stream_async(llmc_client *client, const llmc_request *request, llmc_event_fn on_event,
                                      llmc_done_fn on_done, void *user_data, llmc_call **out) {
    llmc__hooks hooks = {.on_event = on_event, .on_done = on_done, .user_data = user_data, .streamed = true};
    if (out)
        *out = NULL;
    return start(client, request, &hooks, out, NULL);
}

/* Blocking functions would wait for the very thread they run in. */
static llmc_status check_blocking(const llmc_client *client) {
    llmc_status status = llmc__client_check(client);
    return status == LLMC_OK ? llmc__client_may_block(client) : status;
}

/* A cached answer never leaves the calling thread. True: *out is it. */
static bool from_cache(llmc_client *client, const llmc_request *request, llmc__hooks *hooks, llmc_response **out) {
    llmc_response *hit = NULL;
    if (!client->caching.memory || !request)
        return false;
    llmc__caching_look(client, request, false, &hit, &hooks->caching);
    hooks->looked = true;
    if (!hit)
        return false;
    llmc__caching_count(client);
    *out = hit;
    return true;
}

llmc_status llmc_execute(llmc_client *client, const llmc_request *request, llmc_response **out) {
    llmc__hooks hooks = {.waits = true};
    llmc_call *call = NULL;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    status = check_blocking(client);
    if (status == LLMC_OK && from_cache(client, request, &hooks, out))
        return LLMC_OK;
    if (status == LLMC_OK)
        status = start(client, request, &hooks, &call, out);
    if (status != LLMC_OK)
        return status;
    llmc__call_wait(call, INT64_MAX, request->interrupt, request->interrupt_data);
    *out = llmc__response_ref(call->response);
    status = call->response->status;
    llmc__call_unref(call);
    return status;
}

llmc_status llmc_ask(llmc_client *client, const char *model, const char *prompt, llmc_response **out) {
    llmc_request *request = NULL;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    status = llmc__argument_check_text("prompt", prompt);
    if (status == LLMC_OK)
        status = llmc_request_new(model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, prompt);
    if (status == LLMC_OK)
        status = llmc_execute(client, request, out);
    llmc_request_free(request);
    return status;
}

static llmc_status give(llmc_call *call, llmc_response **out) {
    if (out)
        *out = llmc__response_ref(call->response);
    return call->response->status;
}

llmc_status llmc_call_wait(llmc_call *call, llmc_response **out) {
    bool done;
    return llmc_call_wait_for(call, INT64_MAX, &done, out);
}

llmc_status llmc_call_wait_for(llmc_call *call, int64_t timeout_ms, bool *done, llmc_response **out) {
    llmc_status status;
    if (out)
        *out = NULL;
    if (!call || !done)
        return llmc__argument_null(call ? "done" : "call");
    *done = false;
    status = llmc__client_may_block(call->client);
    if (status != LLMC_OK)
        return status;
    *done = llmc__call_wait(call, llmc__deadline_after(llmc__clock_us(), timeout_ms), NULL, NULL);
    return *done ? give(call, out) : LLMC_OK;
}
