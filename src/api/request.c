/* The request builder: checks each argument, then copies it in. A request that refused something is as before. */
#include <stddef.h>
#include <string.h>
#include "api/argument.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"
#include "model/request.h"

#define MAX_FALLBACKS 16

static llmc_status check_model(const char *model) {
    if (model == NULL)
        return llmc__argument_null("model");
    size_t len = strlen(model);
    const char *slash = strchr(model, '/');
    if (len == 0)
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "model: must not be empty");
    if (llmc__str_has_control(model, len))
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "model: has a control character");
    if (slash == model)
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "model: no provider before the '/' in \"%.100s\"", model);
    if (slash != NULL && slash[1] == '\0')
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "model: no name after the '/' in \"%.100s\"", model);
    return llmc__argument_check_utf8("model", model, len);
}

llmc_status llmc_request_new(const char *model, llmc_request **out) {
    if (out == NULL)
        return llmc__argument_null("out");
    *out = NULL;
    llmc_status status = check_model(model);
    if (status != LLMC_OK)
        return status;
    llmc_request *request = llmc__mem_calloc(1, sizeof *request);
    if (request != NULL)
        request->model = llmc__mem_strdup(model);
    if (request != NULL)
        request->parallel_tools = -1;
    if (request == NULL || request->model == NULL) {
        llmc__request_free(request);
        return llmc__argument_no_memory("model");
    }
    *out = request;
    return LLMC_OK;
}

void llmc_request_free(llmc_request *request) {
    llmc__request_free(request);
}

llmc_status llmc_request_copy(const llmc_request *request, llmc_request **out) {
    if (out == NULL)
        return llmc__argument_null("out");
    *out = NULL;
    if (request == NULL)
        return llmc__argument_no_request();
    *out = llmc__request_copy(request);
    return *out != NULL ? LLMC_OK : llmc__argument_no_memory("request");
}

/* ---- lists of texts ---- */

static llmc_status append(const char *argument, char ***list, size_t *count, const char *text) {
    char *copy = llmc__mem_strdup(text);
    char **grown = llmc__mem_realloc(*list, (*count + 1) * sizeof *grown);
    if (grown != NULL)
        *list = grown;
    if (copy == NULL || grown == NULL) {
        llmc__mem_free(copy);
        return llmc__argument_no_memory(argument);
    }
    grown[(*count)++] = copy;
    return LLMC_OK;
}

llmc_status llmc_request_add_stop(llmc_request *request, const char *stop) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc_status status = llmc__argument_check_text("stop", stop);
    return status == LLMC_OK ? append("stop", &request->stops, &request->stop_count, stop) : status;
}

llmc_status llmc_request_add_fallback(llmc_request *request, const char *model) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc_status status = check_model(model);
    if (status == LLMC_OK && request->fallback_count >= MAX_FALLBACKS)
        status =
            llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "model: a request has at most %d fallbacks", MAX_FALLBACKS);
    return status == LLMC_OK ? append("model", &request->fallbacks, &request->fallback_count, model) : status;
}

/* ---- texts ---- */

/* `slot`: where the text lies in the request. NULL takes it back. */
static llmc_status set_text(llmc_request *request, const char *argument, const char *text, size_t slot) {
    llmc_status status = LLMC_OK;
    if (request == NULL)
        return llmc__argument_no_request();
    if (text != NULL)
        status = llmc__argument_check_text(argument, text);
    return status == LLMC_OK ? llmc__argument_replace(argument, (char **)(void *)((char *)request + slot), text)
                             : status;
}

llmc_status llmc_request_set_user(llmc_request *request, const char *user) {
    return set_text(request, "user", user, offsetof(llmc_request, user));
}

llmc_status llmc_request_set_tenant(llmc_request *request, const char *tenant) {
    return set_text(request, "tenant", tenant, offsetof(llmc_request, tenant));
}

llmc_status llmc_request_set_service_tier(llmc_request *request, const char *service_tier) {
    return set_text(request, "service_tier", service_tier, offsetof(llmc_request, service_tier));
}

llmc_status llmc_request_set_extra_json(llmc_request *request, const char *json) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc_status status = json != NULL ? llmc__argument_check_object("json", json) : LLMC_OK;
    return status == LLMC_OK ? llmc__argument_replace("json", &request->extra_json, json) : status;
}

/* ---- pairs ---- */

static llmc_status check_header(const char *name, const char *value) {
    static const char owned[] = "Host\0Content-Length\0Transfer-Encoding\0Connection\0Expect\0";
    if (name[0] == '\0')
        return llmc__argument_refuse("name: must not be empty");
    if (name[llmc__str_span(name, "!#$%&'*+-.^_`|~")] != '\0') /* a token, RFC 9110 section 5.6.2 */
        return llmc__error_last(LLMC_ERR_INVALID_HEADER, "name: has a character that no header name may have");
    if (llmc__str_ieq_any(name, owned))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name: the library sets %s itself", name);
    /* The value may be a key, so it is never shown. */
    if (llmc__str_has_control(value, strlen(value)))
        return llmc__error_last(LLMC_ERR_INVALID_HEADER, "value: has a control character (header %.100s)", name);
    return LLMC_OK;
}

/* The value of a header may be a key. */
static llmc_status append_pair(llmc__header **list, size_t *count, const char *name, const char *value) {
    llmc__header copy = {llmc__mem_strdup(name), llmc__mem_strdup(value)};
    llmc__header *grown = llmc__mem_realloc(*list, (*count + 1) * sizeof *grown);
    if (grown != NULL)
        *list = grown;
    if (copy.name == NULL || copy.value == NULL || grown == NULL) {
        llmc__mem_free(copy.name);
        llmc__mem_free_secret(copy.value);
        return llmc__argument_no_memory("value");
    }
    grown[(*count)++] = copy;
    return LLMC_OK;
}

llmc_status llmc_request_add_header(llmc_request *request, const char *name, const char *value) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (name == NULL)
        return llmc__argument_null("name");
    if (value == NULL)
        return llmc__argument_null("value");
    llmc_status status = check_header(name, value);
    if (status != LLMC_OK)
        return status;
    return append_pair(&request->headers, &request->header_count, name, value);
}

llmc_status llmc_request_add_metadata(llmc_request *request, const char *key, const char *value) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc_status status = llmc__argument_check_text("key", key);
    if (status != LLMC_OK)
        return status;
    if (value == NULL)
        return llmc__argument_null("value");
    status = llmc__argument_check_utf8("value", value, strlen(value));
    if (status != LLMC_OK)
        return status;
    for (size_t i = 0; i < request->metadata_count; i++)
        if (strcmp(request->metadata[i].name, key) == 0)
            return llmc__argument_replace("value", &request->metadata[i].value, value);
    return append_pair(&request->metadata, &request->metadata_count, key, value);
}
