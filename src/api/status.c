#include <stdio.h>
#include <string.h>
#include "base/thread.h"
#include "model/error.h"

/* clang-format off */
#define STATUSES(ROW) \
    ROW(LLMC_, OK, "Success.") \
    ROW(LLMC_, END, "The answer is complete.") \
    ROW(LLMC_ERR_, INVALID_ARGUMENT, "An argument is NULL, empty or out of range: see llmc_last_error_message().") \
    ROW(LLMC_ERR_, NO_MEMORY, "An allocation failed: free memory and try again.") \
    ROW(LLMC_ERR_, INVALID_UTF8, "A text is not valid UTF-8: convert it before handing it over.") \
    ROW(LLMC_ERR_, INVALID_HEADER, "A header has a control character or no legal name: mend it.") \
    ROW(LLMC_ERR_, INVALID_KEY, "The API key has a control character or a space: check where it was copied from.") \
    ROW(LLMC_ERR_, INVALID_MODEL, "The model name is empty or has a control character: name it as provider/model.") \
    ROW(LLMC_ERR_, INVALID_JSON, "The extra JSON is not a JSON object: see llmc_last_error_message() for the place.") \
    ROW(LLMC_ERR_, INVALID_URL, "The base URL is malformed, has credentials in it or is http to a far host: mend it.") \
    ROW(LLMC_ERR_, UNKNOWN_PROVIDER, "No provider has that name: add it with llmc_client_set_provider.") \
    ROW(LLMC_ERR_, MISSING_KEY, "No API key: set the provider's variable or give it to llmc_client_set_provider.") \
    ROW(LLMC_ERR_, UNSUPPORTED, "The provider does not take a field of the request: leave it out.") \
    ROW(LLMC_ERR_, WOULD_DEADLOCK, "A blocking function was called from a callback: use the async one there.") \
    ROW(LLMC_ERR_, CLOSED, "The client is being freed: start no more calls.") \
    ROW(LLMC_ERR_, FORKED, "The client belongs to the parent process: make a new one after fork.") \
    ROW(LLMC_ERR_, INIT, "The system refused a thread, a descriptor or TLS: check its limits.") \
    ROW(LLMC_ERR_, CANCELLED, "The call was cancelled.") \
    ROW(LLMC_ERR_, PARTIAL, "At least one item of the batch failed: look at each result.") \
    ROW(LLMC_ERR_, QUEUE_FULL, "Too many calls wait already: start fewer at once or raise max_queued.") \
    ROW(LLMC_ERR_, TIMEOUT_QUEUE, "No connection became free in time: raise max_connections or queue_timeout_ms.") \
    ROW(LLMC_ERR_, TIMEOUT_CONNECT, "Connecting took too long: check the network or raise connect_timeout_ms.") \
    ROW(LLMC_ERR_, TIMEOUT_FIRST_BYTE, "No answer began in time: try again or raise first_byte_timeout_ms.") \
    ROW(LLMC_ERR_, TIMEOUT_FIRST_CONTENT, "No content came in time: try again or raise first_content_timeout_ms.") \
    ROW(LLMC_ERR_, TIMEOUT_IDLE, "The stream fell silent: try again or raise idle_timeout_ms.") \
    ROW(LLMC_ERR_, TIMEOUT_TOTAL, "The call's whole time was up: try again or raise timeout_ms.") \
    ROW(LLMC_ERR_, TOO_LARGE, "The answer passed a size limit: raise max_response_bytes or max_event_bytes.") \
    ROW(LLMC_ERR_, BREAKER_OPEN, "The provider failed too often and is left alone for a while: try again later.") \
    ROW(LLMC_ERR_, BUDGET, "A spending or token limit refused the call: raise it, or lower max_tokens.") \
    ROW(LLMC_ERR_, STEP_LIMIT, "The model wants to go on after max_steps answers: raise it, or run the request again.") \
    ROW(LLMC_ERR_, RESOLVE, "The host's name was not found: check base_url and the network.") \
    ROW(LLMC_ERR_, CONNECT, "No connection to the server: check base_url and whether it runs.") \
    ROW(LLMC_ERR_, TLS, "The TLS handshake failed: check the certificate and ca_file.") \
    ROW(LLMC_ERR_, CONNECTION_LOST, "The connection broke after the request was sent, which may have been executed.") \
    ROW(LLMC_ERR_, INCOMPLETE, "The answer broke off: what came of it is on the response.") \
    ROW(LLMC_ERR_, BAD_RESPONSE, "The server's answer could not be read: check base_url and the raw body.") \
    ROW(LLMC_ERR_, REDIRECT, "The server redirects, which is never followed: set base_url to its final address.") \
    ROW(LLMC_ERR_, BAD_REQUEST, "The provider does not take the request: mend it as its message says.") \
    ROW(LLMC_ERR_, AUTH, "The provider does not know the API key: check it.") \
    ROW(LLMC_ERR_, PERMISSION, "The API key may not do this: check its project and model access.") \
    ROW(LLMC_ERR_, NOT_FOUND, "The provider does not know the model or the address: check both.") \
    ROW(LLMC_ERR_, RATE_LIMITED, "Too many requests: wait and try again, or send fewer at once.") \
    ROW(LLMC_ERR_, QUOTA_EXHAUSTED, "No credit is left: add some; waiting does not help.") \
    ROW(LLMC_ERR_, CONTEXT_LENGTH, "The prompt is too long for the model: shorten it or take a larger model.") \
    ROW(LLMC_ERR_, CONTENT_FILTER, "The provider's filter refused it: change the prompt.") \
    ROW(LLMC_ERR_, OVERLOADED, "The provider is overloaded: try again later.") \
    ROW(LLMC_ERR_, SERVER, "The provider failed: try again later.")
/* clang-format on */

/* The texts of all statuses one behind the other, in the order of the codes: no pointers, no relocations. */
#define CODE(prefix, name, message)    prefix##name,
#define NAME(prefix, name, message)    #name "\0"
#define MESSAGE(prefix, name, message) message "\0"
static const int8_t codes[] = {STATUSES(CODE)};
static const char names[] = STATUSES(NAME) "UNKNOWN";
static const char messages[] = STATUSES(MESSAGE) "A status this version of the library does not know.";

#define COUNT (sizeof codes)

/* The names whole, put together when one is asked for the first time. */
static char whole_names[COUNT + 1][sizeof "LLMC_ERR_TIMEOUT_FIRST_CONTENT"];
static llmc__once once = LLMC__ONCE_INIT;

static void make_names(void) {
    const char *name = names;
    for (size_t i = 0; i <= COUNT; i++, name += strlen(name) + 1)
        (void)snprintf(whole_names[i], sizeof whole_names[i], "%s%s",
                       i < COUNT && codes[i] >= 0 ? "LLMC_" : "LLMC_ERR_", name);
}

/* COUNT: it is no status. */
static size_t index_of(llmc_status status) {
    size_t i = 0;
    while (i < COUNT && codes[i] != (int)status)
        i++;
    return i;
}

const char *llmc_status_name(llmc_status status) {
    llmc__once_run(&once, make_names);
    return whole_names[index_of(status)];
}

const char *llmc_status_message(llmc_status status) {
    const char *message = messages;
    for (size_t i = index_of(status); i > 0; i--)
        message += strlen(message) + 1;
    return message;
}

const char *llmc_last_error_message(void) {
    return llmc__error_last_text();
}

const char *llmc_version(void) {
    return LLMC_VERSION_STRING;
}

int llmc_version_number(void) {
    return LLMC_VERSION_NUMBER;
}
