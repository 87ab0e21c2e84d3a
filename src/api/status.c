#include <string.h>
#include "llmclient.h"
#include "model/error.h"

/* clang-format off */
#define STATUSES(ROW) \
    ROW(LLMC_OK, "Success.") \
    ROW(LLMC_END, "The answer is complete.") \
    ROW(LLMC_ERR_INVALID_ARGUMENT, "An argument is NULL, empty or out of range: see llmc_last_error_message().") \
    ROW(LLMC_ERR_NO_MEMORY, "An allocation failed: free memory and try again.") \
    ROW(LLMC_ERR_INVALID_UTF8, "A text is not valid UTF-8: convert it before handing it over.") \
    ROW(LLMC_ERR_INVALID_HEADER, "A header has a control character or no legal name: mend it.") \
    ROW(LLMC_ERR_INVALID_KEY, "The API key has a control character or a space: check where it was copied from.") \
    ROW(LLMC_ERR_INVALID_MODEL, "The model name is empty or has a control character: name it as provider/model.") \
    ROW(LLMC_ERR_INVALID_JSON, "The extra JSON is not a JSON object: see llmc_last_error_message() for the place.") \
    ROW(LLMC_ERR_INVALID_URL, "The base URL is malformed, has credentials in it or is http to a far host: mend it.") \
    ROW(LLMC_ERR_UNKNOWN_PROVIDER, "No provider has that name: add it with llmc_client_set_provider.") \
    ROW(LLMC_ERR_MISSING_KEY, "No API key: set the provider's variable or give it to llmc_client_set_provider.") \
    ROW(LLMC_ERR_UNSUPPORTED, "The provider does not take a field of the request: leave it out.") \
    ROW(LLMC_ERR_WOULD_DEADLOCK, "A blocking function was called from a callback: use the async one there.") \
    ROW(LLMC_ERR_CLOSED, "The client is being freed: start no more calls.") \
    ROW(LLMC_ERR_FORKED, "The client belongs to the parent process: make a new one after fork.") \
    ROW(LLMC_ERR_INIT, "The system refused a thread, a descriptor or TLS: check its limits.") \
    ROW(LLMC_ERR_CANCELLED, "The call was cancelled.") \
    ROW(LLMC_ERR_PARTIAL, "At least one item of the batch failed: look at each result.") \
    ROW(LLMC_ERR_QUEUE_FULL, "Too many calls wait already: start fewer at once or raise max_queued.") \
    ROW(LLMC_ERR_TIMEOUT_QUEUE, "No connection became free in time: raise max_connections or queue_timeout_ms.") \
    ROW(LLMC_ERR_TIMEOUT_CONNECT, "Connecting took too long: check the network or raise connect_timeout_ms.") \
    ROW(LLMC_ERR_TIMEOUT_FIRST_BYTE, "No answer began in time: try again or raise first_byte_timeout_ms.") \
    ROW(LLMC_ERR_TIMEOUT_FIRST_CONTENT, "No content came in time: try again or raise first_content_timeout_ms.") \
    ROW(LLMC_ERR_TIMEOUT_IDLE, "The stream fell silent: try again or raise idle_timeout_ms.") \
    ROW(LLMC_ERR_TIMEOUT_TOTAL, "The call's whole time was up: try again or raise timeout_ms.") \
    ROW(LLMC_ERR_TOO_LARGE, "The answer passed a size limit: raise max_response_bytes or max_event_bytes.") \
    ROW(LLMC_ERR_BREAKER_OPEN, "The provider failed too often and is left alone for a while: try again later.") \
    ROW(LLMC_ERR_BUDGET, "A spending or token limit refused the call: raise it, or lower max_tokens.") \
    ROW(LLMC_ERR_STEP_LIMIT, "The model wants to go on after max_steps answers: raise it, or run the request again.") \
    ROW(LLMC_ERR_RESOLVE, "The host's name was not found: check base_url and the network.") \
    ROW(LLMC_ERR_CONNECT, "No connection to the server: check base_url and whether it runs.") \
    ROW(LLMC_ERR_TLS, "The TLS handshake failed: check the certificate and ca_file.") \
    ROW(LLMC_ERR_CONNECTION_LOST, "The connection broke after the request was sent, which may have been executed.") \
    ROW(LLMC_ERR_INCOMPLETE, "The answer broke off: what came of it is on the response.") \
    ROW(LLMC_ERR_BAD_RESPONSE, "The server's answer could not be read: check base_url and the raw body.") \
    ROW(LLMC_ERR_REDIRECT, "The server redirects, which is never followed: set base_url to its final address.") \
    ROW(LLMC_ERR_BAD_REQUEST, "The provider does not take the request: mend it as its message says.") \
    ROW(LLMC_ERR_AUTH, "The provider does not know the API key: check it.") \
    ROW(LLMC_ERR_PERMISSION, "The API key may not do this: check its project and model access.") \
    ROW(LLMC_ERR_NOT_FOUND, "The provider does not know the model or the address: check both.") \
    ROW(LLMC_ERR_RATE_LIMITED, "Too many requests: wait and try again, or send fewer at once.") \
    ROW(LLMC_ERR_QUOTA_EXHAUSTED, "No credit is left: add some; waiting does not help.") \
    ROW(LLMC_ERR_CONTEXT_LENGTH, "The prompt is too long for the model: shorten it or take a larger model.") \
    ROW(LLMC_ERR_CONTENT_FILTER, "The provider's filter refused it: change the prompt.") \
    ROW(LLMC_ERR_OVERLOADED, "The provider is overloaded: try again later.") \
    ROW(LLMC_ERR_SERVER, "The provider failed: try again later.")
/* clang-format on */

/* The texts of all statuses one behind the other, in the order of the codes: no pointers, no relocations. */
#define CODE(code, message)    code,
#define NAME(code, message)    #code "\0"
#define MESSAGE(code, message) message "\0"
static const int8_t codes[] = {STATUSES(CODE)};
static const char names[] = STATUSES(NAME) "LLMC_ERR_UNKNOWN";
static const char messages[] = STATUSES(MESSAGE) "A status this version of the library does not know.";

/* The text of the status; the last one is that of a status which is none. */
static const char *text_of(const char *texts, llmc_status status) {
    for (size_t i = 0; i < sizeof codes && codes[i] != (int)status; i++)
        texts += strlen(texts) + 1;
    return texts;
}

const char *llmc_status_name(llmc_status status) {
    return text_of(names, status);
}

const char *llmc_status_message(llmc_status status) {
    return text_of(messages, status);
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
