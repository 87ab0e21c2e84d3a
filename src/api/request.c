/* The request builder: checks each argument, then copies it in. A request that refused something is as before. */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "llmclient.h"
#include "model/error.h"
#include "model/request.h"
#include "wire/json.h"

static llmc_status refuse_null(const char *argument) {
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must not be NULL", argument);
}

static llmc_status no_memory(const char *argument) {
    return llmc__error_last(LLMC_ERR_NO_MEMORY, "%s: no memory for a copy", argument);
}

static llmc_status check_utf8(const char *argument, const char *text, size_t len) {
    size_t good = llmc__str_utf8_prefix(text, len);
    if (good == len)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_UTF8, "%s: byte %zu (0x%02x) is not valid UTF-8", argument, good,
                            (unsigned)(unsigned char)text[good]);
}

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
    return check_utf8("model", model, len);
}

llmc_status llmc_request_new(const char *model, llmc_request **out) {
    if (out == NULL)
        return refuse_null("out");
    *out = NULL;
    if (model == NULL)
        return refuse_null("model");
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
        return no_memory("model");
    }
    *out = request;
    return LLMC_OK;
}

void llmc_request_free(llmc_request *request) {
    llmc__request_free(request);
}

llmc_status llmc_request_copy(const llmc_request *request, llmc_request **out) {
    if (out == NULL)
        return refuse_null("out");
    *out = NULL;
    if (request == NULL)
        return refuse_null("request");
    *out = llmc__request_copy(request);
    return *out != NULL ? LLMC_OK : no_memory("request");
}

llmc_status llmc_request_add_message(llmc_request *request, llmc_role role, const char *text) {
    return llmc_request_add_message_n(request, role, text, text != NULL ? strlen(text) : 0);
}

/* Doubles the array, so that long conversations cost few allocations. */
static bool make_room_for_message(llmc_request *request) {
    if (request->message_count < request->message_cap)
        return true;
    size_t cap = request->message_cap == 0 ? 2 : 2 * request->message_cap;
    llmc__message *messages = llmc__mem_realloc(request->messages, cap * sizeof *messages);
    if (messages == NULL)
        return false;
    request->messages = messages;
    request->message_cap = cap;
    return true;
}

llmc_status llmc_request_add_message_n(llmc_request *request, llmc_role role, const char *text, size_t len) {
    if (request == NULL)
        return refuse_null("request");
    if (text == NULL)
        return refuse_null("text");
    if ((int)role < LLMC_ROLE_SYSTEM || (int)role > LLMC_ROLE_ASSISTANT)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "role: %d is no llmc_role", (int)role);
    if (len == 0 && role != LLMC_ROLE_ASSISTANT)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "text: may be empty for assistant messages only");
    llmc_status status = check_utf8("text", text, len);
    if (status != LLMC_OK)
        return status;
    /* Not strndup: text may hold NUL bytes. */
    char *copy = len < SIZE_MAX ? llmc__mem_alloc(len + 1) : NULL;
    if (copy == NULL || !make_room_for_message(request)) {
        llmc__mem_free(copy);
        return no_memory("text");
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    request->messages[request->message_count++] = (llmc__message){.role = role, .text = copy, .text_len = len};
    return LLMC_OK;
}

void llmc_request_clear_messages(llmc_request *request) {
    if (request != NULL)
        llmc__request_clear_messages(request);
}

/* NaN is outside of every range. */
static llmc_status set_number(const char *argument, double value, double low, double high, double *slot, bool *has) {
    if (!(value >= low && value <= high))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must be from %d to %d", argument, (int)low, (int)high);
    *slot = value;
    *has = true;
    return LLMC_OK;
}

llmc_status llmc_request_set_temperature(llmc_request *request, double temperature) {
    if (request == NULL)
        return refuse_null("request");
    return set_number("temperature", temperature, 0, 2, &request->temperature, &request->has_temperature);
}

llmc_status llmc_request_set_top_p(llmc_request *request, double top_p) {
    if (request == NULL)
        return refuse_null("request");
    return set_number("top_p", top_p, 0, 1, &request->top_p, &request->has_top_p);
}

llmc_status llmc_request_set_frequency_penalty(llmc_request *request, double penalty) {
    if (request == NULL)
        return refuse_null("request");
    return set_number("penalty", penalty, -2, 2, &request->frequency_penalty, &request->has_frequency_penalty);
}

llmc_status llmc_request_set_presence_penalty(llmc_request *request, double penalty) {
    if (request == NULL)
        return refuse_null("request");
    return set_number("penalty", penalty, -2, 2, &request->presence_penalty, &request->has_presence_penalty);
}

llmc_status llmc_request_set_seed(llmc_request *request, int64_t seed) {
    if (request == NULL)
        return refuse_null("request");
    request->seed = seed;
    request->has_seed = true;
    return LLMC_OK;
}

llmc_status llmc_request_set_max_tokens(llmc_request *request, int64_t max_tokens) {
    if (request == NULL)
        return refuse_null("request");
    if (max_tokens < 1)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "max_tokens: must be at least 1");
    request->max_tokens = max_tokens;
    request->has_max_tokens = true;
    return LLMC_OK;
}

static llmc_status check_text(const char *argument, const char *text) {
    if (text[0] == '\0')
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must not be empty", argument);
    return check_utf8(argument, text, strlen(text));
}

llmc_status llmc_request_add_stop(llmc_request *request, const char *stop) {
    if (request == NULL)
        return refuse_null("request");
    if (stop == NULL)
        return refuse_null("stop");
    llmc_status status = check_text("stop", stop);
    if (status != LLMC_OK)
        return status;
    char *copy = llmc__mem_strdup(stop);
    char **stops = llmc__mem_realloc(request->stops, (request->stop_count + 1) * sizeof *stops);
    if (stops != NULL)
        request->stops = stops;
    if (copy == NULL || stops == NULL) {
        llmc__mem_free(copy);
        return no_memory("stop");
    }
    stops[request->stop_count++] = copy;
    return LLMC_OK;
}

/* Puts a copy in the slot; NULL empties it. */
static llmc_status replace_text(const char *argument, char **slot, const char *text) {
    char *copy = llmc__mem_strdup(text);
    if (text != NULL && copy == NULL)
        return no_memory(argument);
    llmc__mem_free(*slot);
    *slot = copy;
    return LLMC_OK;
}

llmc_status llmc_request_set_user(llmc_request *request, const char *user) {
    if (request == NULL)
        return refuse_null("request");
    llmc_status status = user != NULL ? check_text("user", user) : LLMC_OK;
    return status == LLMC_OK ? replace_text("user", &request->user, user) : status;
}

static llmc_status check_object(const char *json) {
    llmc__json_fault fault = {0, NULL};
    size_t len = strlen(json);
    size_t good = llmc__str_utf8_prefix(json, len);
    if (good != len)
        return llmc__error_last(LLMC_ERR_INVALID_JSON, "json: byte %zu is not valid UTF-8", good);
    if (!llmc__json_valid(json, len, &fault))
        return llmc__error_last(LLMC_ERR_INVALID_JSON, "json: %s at byte %zu",
                                fault.reason != NULL ? fault.reason : "not JSON", fault.offset);
    if (json[strspn(json, " \t\r\n")] != '{')
        return llmc__error_last(LLMC_ERR_INVALID_JSON, "json: must be an object, beginning with '{'");
    return LLMC_OK;
}

llmc_status llmc_request_set_extra_json(llmc_request *request, const char *json) {
    if (request == NULL)
        return refuse_null("request");
    llmc_status status = json != NULL ? check_object(json) : LLMC_OK;
    return status == LLMC_OK ? replace_text("json", &request->extra_json, json) : status;
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
        return refuse_null("request");
    if (name == NULL)
        return refuse_null("name");
    if (value == NULL)
        return refuse_null("value");
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
        return no_memory("value");
    }
    headers[request->header_count++] = copy;
    return LLMC_OK;
}
