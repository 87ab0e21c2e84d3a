/* A line of results: an answer as the API's chats have it, or an error, and whose it is. */
#include <string.h>

#include "base/str.h"
#include "provider/jobs.h"
#include "wire/json.h"
#include "wire/jsonprint.h"

static bool read_index(const char *id, size_t *out) {
    int64_t index = -1;
    if (id == NULL || !llmc__str_starts(id, "llmc-") || !llmc__str_to_int64(id + 5, strlen(id + 5), &index) ||
        index < 0)
        return false;
    *out = (size_t)index;
    return true;
}

static llmc_status fold(void *response, const llmc_event *event) {
    return llmc__response_fold(response, event);
}

/* The whole body of a chat's answer, by the adapter that reads them. */
static llmc_status read_answer(const llmc__target *target, llmc_response *response) {
    const llmc__provider *provider = target->provider;
    llmc__decoder *decoder = provider->decoder_new(target, response->max_bytes);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    if (decoder != NULL)
        status = provider->decode_body(decoder, llmc__buf_str(&response->raw_body), response->raw_body.len, fold,
                                       response, &response->error);
    provider->decoder_free(decoder);
    return status;
}

static void fail(const llmc__target *target, llmc_response *response, llmc_status status) {
    if (response->error.status == LLMC_OK)
        llmc__error_set(&response->error, status, "%s", llmc_status_message(status));
    llmc__provider_redact(target, &response->error);
    response->status = response->error.status;
}

/* By its status and body, as if a chat had been answered so. */
static void refuse(const llmc__target *target, llmc_response *response, int http_status) {
    target->provider->classify(target, http_status, llmc__buf_str(&response->raw_body), response->raw_body.len, NULL,
                               &response->error);
    response->error.http_status = http_status;
    fail(target, response, LLMC_ERR_SERVER);
}

static llmc_status keep_body(const llmc__json_doc *doc, const llmc__json *body, llmc_response *response) {
    llmc_status status = body != NULL ? llmc__jsonprint_value(doc, body, &response->raw_body) : LLMC_OK;
    return status == LLMC_ERR_NO_MEMORY ? status : LLMC_OK;
}

/* What became of a request that was not run: "batch_expired", "canceled". */
static void not_run(const llmc__target *target, llmc_response *response, const char *code, const char *message) {
    bool expired = strstr(code, "expired") != NULL, cancelled = strstr(code, "cancel") != NULL;
    llmc_status status = expired ? LLMC_ERR_TIMEOUT_TOTAL : cancelled ? LLMC_ERR_CANCELLED : LLMC_ERR_SERVER;
    llmc__error_set(&response->error, status, "the batch job did not run this request: %s%s%s", code,
                    *message != '\0' ? ": " : "", message);
    llmc__error_word(&response->error.provider_code, code, strlen(code));
    fail(target, response, status);
}

static llmc_status take(const llmc__target *target, llmc_response *response) {
    llmc_status status = LLMC_ERR_BAD_RESPONSE;
    if (response->raw_body.len > 0)
        status = read_answer(target, response);
    else
        llmc__error_set(&response->error, status, "the result of the batch job has no answer in it");
    if (status == LLMC_ERR_NO_MEMORY)
        return status;
    if (status != LLMC_OK)
        fail(target, response, status);
    return LLMC_OK;
}

static llmc_status read_openai(const llmc__target *target, const llmc__json_doc *doc, const llmc__json *root,
                               llmc_response *response) {
    const llmc__json *answer = llmc__json_get(root, "response"), *error = llmc__json_get(root, "error");
    const char *id = llmc__json_text(NULL, answer, "request_id", NULL),
               *message = llmc__json_text(NULL, error, "message", NULL);
    int64_t http_status = 0;
    if (llmc__json_type_of(answer) != LLMC__JSON_OBJECT) {
        const char *code = llmc__json_text(NULL, error, "code", NULL);
        not_run(target, response, code != NULL ? code : "unknown", message != NULL ? message : "");
        return LLMC_OK;
    }
    (void)llmc__json_int64(doc, llmc__json_get(answer, "status_code"), &http_status);
    if (keep_body(doc, llmc__json_get(answer, "body"), response) != LLMC_OK ||
        (id != NULL && !llmc__response_word(response, &response->request_id, id, strlen(id))))
        return LLMC_ERR_NO_MEMORY;
    if (http_status == 0 || (http_status >= 200 && http_status < 300))
        return take(target, response);
    refuse(target, response, http_status > 0 && http_status < 1000 ? (int)http_status : 500);
    return LLMC_OK;
}

/* Errors of results have no HTTP status: their type tells it. */
static int status_of(const char *type) {
    static const struct {
        char type[22];
        uint16_t status;
    } types[] = {
        {"invalid_request_error", 400}, {"authentication_error", 401}, {"permission_error", 403},
        {"not_found_error", 404},       {"request_too_large", 413},    {"rate_limit_error", 429},
        {"overloaded_error", 529},      {"billing_error", 402},
    };
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].type) == 0)
            return types[i].status;
    return 500;
}

static llmc_status read_anthropic(const llmc__target *target, const llmc__json_doc *doc, const llmc__json *root,
                                  llmc_response *response) {
    const llmc__json *result = llmc__json_get(root, "result"), *error = llmc__json_get(result, "error");
    const char *type = llmc__json_text(NULL, result, "type", NULL);
    if (type == NULL)
        return LLMC_ERR_BAD_RESPONSE;
    if (strcmp(type, "succeeded") == 0)
        return keep_body(doc, llmc__json_get(result, "message"), response) == LLMC_OK ? take(target, response)
                                                                                      : LLMC_ERR_NO_MEMORY;
    if (strcmp(type, "errored") != 0) {
        not_run(target, response, type, "");
        return LLMC_OK;
    }
    if (keep_body(doc, error, response) != LLMC_OK)
        return LLMC_ERR_NO_MEMORY;
    refuse(target, response, status_of(llmc__json_text(NULL, llmc__json_get(error, "error"), "type", NULL)));
    return LLMC_OK;
}

llmc_status llmc__jobs_read_line(const llmc__jobs_api *api, const llmc__target *target, const char *line, size_t len,
                                 size_t *index, llmc_response *response) {
    llmc__json_doc *doc = NULL;
    llmc_status status = llmc__json_parse(line, len, &doc, NULL);
    const llmc__json *root = status == LLMC_OK ? llmc__json_root(doc) : NULL;
    if (status != LLMC_ERR_NO_MEMORY)
        status = read_index(llmc__json_text(NULL, root, "custom_id", NULL), index) ? LLMC_OK : LLMC_ERR_BAD_RESPONSE;
    if (status == LLMC_OK && !llmc__response_word(response, &response->provider, target->name, strlen(target->name)))
        status = LLMC_ERR_NO_MEMORY;
    if (status == LLMC_OK)
        status =
            api->has_files ? read_openai(target, doc, root, response) : read_anthropic(target, doc, root, response);
    llmc__json_free(doc);
    return status;
}
