/* The request builder: checks each argument, then copies it in. A request that refused something is as before. */
#include <string.h>
#include "api/argument.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"
#include "model/request.h"

#define MAX_FALLBACKS 16

static llmc_status check_model(const char *model) {
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
    if (model == NULL)
        return llmc__argument_null("model");
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
        return llmc__argument_null("request");
    *out = llmc__request_copy(request);
    return *out != NULL ? LLMC_OK : llmc__argument_no_memory("request");
}

llmc_status llmc_request_add_stop(llmc_request *request, const char *stop) {
    if (request == NULL)
        return llmc__argument_null("request");
    llmc_status status = llmc__argument_check_text("stop", stop);
    if (status != LLMC_OK)
        return status;
    char *copy = llmc__mem_strdup(stop);
    char **stops = llmc__mem_realloc(request->stops, (request->stop_count + 1) * sizeof *stops);
    if (stops != NULL)
        request->stops = stops;
    if (copy == NULL || stops == NULL) {
        llmc__mem_free(copy);
        return llmc__argument_no_memory("stop");
    }
    stops[request->stop_count++] = copy;
    return LLMC_OK;
}

llmc_status llmc_request_add_fallback(llmc_request *request, const char *model) {
    if (request == NULL)
        return llmc__argument_null("request");
    if (model == NULL)
        return llmc__argument_null("model");
    llmc_status status = check_model(model);
    if (status != LLMC_OK)
        return status;
    if (request->fallback_count >= MAX_FALLBACKS)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "model: a request has at most %d fallbacks", MAX_FALLBACKS);
    char *copy = llmc__mem_strdup(model);
    char **list = llmc__mem_realloc(request->fallbacks, (request->fallback_count + 1) * sizeof *list);
    if (list != NULL)
        request->fallbacks = list;
    if (copy == NULL || list == NULL) {
        llmc__mem_free(copy);
        return llmc__argument_no_memory("model");
    }
    list[request->fallback_count++] = copy;
    return LLMC_OK;
}

llmc_status llmc_request_set_user(llmc_request *request, const char *user) {
    if (request == NULL)
        return llmc__argument_null("request");
    llmc_status status = user != NULL ? llmc__argument_check_text("user", user) : LLMC_OK;
    return status == LLMC_OK ? llmc__argument_replace("user", &request->user, user) : status;
}

llmc_status llmc_request_set_tenant(llmc_request *request, const char *tenant) {
    if (request == NULL)
        return llmc__argument_null("request");
    llmc_status status = tenant != NULL ? llmc__argument_check_text("tenant", tenant) : LLMC_OK;
    return status == LLMC_OK ? llmc__argument_replace("tenant", &request->tenant, tenant) : status;
}

llmc_status llmc_request_set_extra_json(llmc_request *request, const char *json) {
    if (request == NULL)
        return llmc__argument_null("request");
    llmc_status status = json != NULL ? llmc__argument_check_object("json", json) : LLMC_OK;
    return status == LLMC_OK ? llmc__argument_replace("json", &request->extra_json, json) : status;
}

/* Characters of a token, RFC 9110 section 5.6.2. */
static bool is_header_name(const char *name) {
    static const char legal[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return name[strspn(name, legal)] == '\0';
}

static llmc_status check_header(const char *name, const char *value) {
    static const char *const owned[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"};
    if (name[0] == '\0')
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name: must not be empty");
    if (!is_header_name(name))
        return llmc__error_last(LLMC_ERR_INVALID_HEADER, "name: has a character that no header name may have");
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        if (llmc__str_ieq(name, owned[i]))
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name: the library sets %s itself", owned[i]);
    /* The value may be a key, so it is never shown. */
    if (llmc__str_has_control(value, strlen(value)))
        return llmc__error_last(LLMC_ERR_INVALID_HEADER, "value: has a control character (header %.100s)", name);
    return LLMC_OK;
}

llmc_status llmc_request_add_header(llmc_request *request, const char *name, const char *value) {
    if (request == NULL)
        return llmc__argument_null("request");
    if (name == NULL)
        return llmc__argument_null("name");
    if (value == NULL)
        return llmc__argument_null("value");
    llmc_status status = check_header(name, value);
    if (status != LLMC_OK)
        return status;
    llmc__header copy = {llmc__mem_strdup(name), llmc__mem_strdup(value)};
    llmc__header *headers = llmc__mem_realloc(request->headers, (request->header_count + 1) * sizeof *headers);
    if (headers != NULL)
        request->headers = headers;
    if (copy.name == NULL || copy.value == NULL || headers == NULL) {
        llmc__mem_free(copy.name);
        llmc__mem_free_secret(copy.value);
        return llmc__argument_no_memory("value");
    }
    headers[request->header_count++] = copy;
    return LLMC_OK;
}
