/*
 * OpenAI's chat completions at Azure: its body and answers, at addresses of Azure's own
 * (https://learn.microsoft.com/azure/ai-foundry/openai/reference). What base_url ends in tells which of them:
 *
 *   .../openai/v1               {base_url}/chat/completions; the deployment is the body's `model`
 *   .../models                  {base_url}/chat/completions?api-version=; any model of an AI Foundry resource
 *   .../openai/deployments/NAME {base_url}/chat/completions?api-version=
 *   .../openai, or the resource {base_url}[/openai]/deployments/{model}/chat/completions?api-version=
 *
 * The provider "azure_ai" takes the resource's address alone for that of /models.
 */
#include <string.h>
#include "base/str.h"
#include "provider/embed.h"
#include "provider/models.h"
#include "provider/openai.h"
#include "provider/rerank.h"

/* The newest that is no preview, and the one the Foundry's inference API has. */
#define DEPLOYMENT_VERSION "2024-10-21"
#define MODELS_VERSION     "2024-05-01-preview"

static bool is_unset(const char *text) {
    return text == NULL || text[0] == '\0';
}

/* It becomes part of the URL. */
static bool is_version(const char *text) {
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(text);
}

static llmc_status check_target(const llmc__body *body) {
    const llmc__target *target = body->target;
    if (is_unset(target->base_url) || strchr(target->base_url, '{') != NULL) {
        llmc__row_text text;
        const char *variable =
            target->row != NULL ? llmc__provider_row_word(target->row, LLMC__ROW_URL_VARIABLE, text) : NULL;
        return llmc__error_set(body->error, LLMC_ERR_INVALID_URL,
                               "base_url: provider \"%s\" needs the address of your resource, such as "
                               "\"https://NAME.openai.azure.com\": set %s in the environment or give base_url to "
                               "llmc_client_set_provider",
                               target->name, variable != NULL ? variable : "AZURE_API_BASE");
    }
    if (!is_unset(target->api_version) && !is_version(target->api_version))
        return llmc__error_set(body->error, LLMC_ERR_INVALID_ARGUMENT,
                               "api_version: \"%.40s\" of provider \"%s\" is none such as \"" DEPLOYMENT_VERSION "\"",
                               target->api_version, target->name);
    return LLMC_OK;
}

static llmc_status put_path(llmc__body *body, const char *path, const char *what, const char *version) {
    return llmc__buf_appendf(&body->out->url, "%s%s%s%s", path, what, version != NULL ? "?api-version=" : "",
                             version != NULL ? version : "");
}

static llmc_status put_versioned(llmc__body *body, const char *path, const char *what, const char *newest) {
    const char *set = body->target->api_version;
    return put_path(body, path, what, is_unset(set) ? newest : set);
}

/* The address of v1 has no versions but these two, and needs neither. */
static const char *version_of_v1(const char *set) {
    return set != NULL && (strcmp(set, "preview") == 0 || strcmp(set, "latest") == 0) ? set : NULL;
}

static llmc_status write_deployment(llmc__body *body, const char *what) {
    const char *api = llmc__str_ends(body->target->base_url, "/openai") ? "" : "/openai";
    if (body->model == NULL)
        return put_versioned(body, api, what, DEPLOYMENT_VERSION);
    llmc_status status = put_path(body, api, "/deployments/", NULL);
    if (status == LLMC_OK)
        status = llmc__body_url_segment(body, body->model);
    return status == LLMC_OK ? put_versioned(body, "", what, DEPLOYMENT_VERSION) : status;
}

/* All that both providers take; *done when the address was one of them. */
static llmc_status write_common(llmc__body *body, const char *what, bool *done) {
    const char *base = body->target->base_url;
    llmc_status status = check_target(body);
    *done = true;
    if (status == LLMC_OK)
        status = llmc__body_url(body, "");
    if (status != LLMC_OK)
        return status;
    if (llmc__str_ends(base, "/openai/v1"))
        return put_path(body, "", what, version_of_v1(body->target->api_version));
    if (llmc__str_ends(base, "/models"))
        return put_versioned(body, "", what, MODELS_VERSION);
    if (strstr(base, "/openai/deployments/") != NULL)
        return put_versioned(body, "", what, DEPLOYMENT_VERSION);
    *done = false;
    return LLMC_OK;
}

llmc_status llmc__azure_url(llmc__body *body, const char *what) {
    bool done = false;
    llmc_status status = write_common(body, what, &done);
    return status != LLMC_OK || done ? status : write_deployment(body, what);
}

/* Models that were deployed each at an address of its own, before there was a Foundry: no versions, and bearers. */
static bool is_serverless(const char *base_url) {
    return strstr(base_url, ".models.ai.azure.com") != NULL;
}

llmc_status llmc__azure_ai_url(llmc__body *body, const char *what) {
    const char *base = body->target->base_url;
    bool done = false;
    llmc_status status = write_common(body, what, &done);
    if (status != LLMC_OK || done)
        return status;
    if (is_serverless(base))
        return put_path(body, llmc__str_ends(base, "/v1") ? "" : "/v1", what, NULL);
    return llmc__str_ends(base, "/openai") ? write_deployment(body, what)
                                           : put_versioned(body, "/models", what, MODELS_VERSION);
}

/* The resource alone: what stands before the parts of an address that tell which of its APIs is meant. */
static size_t resource_len(const char *base) {
    static const char parts[][11] = {"/openai", "/models", "/providers"};
    const char *path = strstr(base, "://");
    size_t len = strlen(base);
    path = path != NULL ? strchr(path + 3, '/') : NULL;
    for (size_t i = 0; path != NULL && i < sizeof parts / sizeof parts[0]; i++) {
        const char *at = strstr(path, parts[i]);
        if (at != NULL && (size_t)(at - base) < len)
            len = (size_t)(at - base);
    }
    return len;
}

static llmc_status write_resource(llmc__body *body, const char *path, const char *what) {
    const char *base = body->target->base_url;
    llmc_status status = check_target(body);
    return status == LLMC_OK ? llmc__buf_appendf(&body->out->url, "%.*s%s%s", (int)resource_len(base), base, path, what)
                             : status;
}

static bool is_one_model(const llmc__body *body) {
    return !is_unset(body->target->base_url) && is_serverless(body->target->base_url);
}

llmc_status llmc__azure_url_models(llmc__body *body) {
    if (is_one_model(body))
        return llmc__error_set(body->error, LLMC_ERR_UNSUPPORTED,
                               "models: provider \"%s\" is one model at an address of its own, and lists none",
                               body->target->name);
    return write_resource(body, "/openai/v1/models", "");
}

llmc_status llmc__azure_ai_url_cohere(llmc__body *body, const char *what) {
    return is_one_model(body) ? llmc__azure_ai_url(body, what) : write_resource(body, "/providers/cohere/v2", what);
}

/* A key has a header of Azure's own, a token of Entra ID is a bearer. */
llmc_status llmc__azure_headers(llmc__body *body) {
    if (body->target->token != NULL || is_serverless(body->target->base_url))
        return llmc__body_header_key(body, "Authorization", "Bearer ");
    return llmc__body_header_key(body, "api-key", "");
}

static llmc_status write_azure_url(llmc__body *body) {
    return llmc__azure_url(body, "/chat/completions");
}

static llmc_status write_azure_ai_url(llmc__body *body) {
    return llmc__azure_ai_url(body, "/chat/completions");
}

static llmc_status encode_azure(llmc__body *body) {
    static const llmc__body_form form = {"messages", write_azure_url, llmc__azure_headers, llmc__openai_write_chat};
    return llmc__body_encode(body, &form);
}

static llmc_status encode_azure_ai(llmc__body *body) {
    static const llmc__body_form form = {"messages", write_azure_ai_url, llmc__azure_headers, llmc__openai_write_chat};
    return llmc__body_encode(body, &form);
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    return llmc__provider_openai.decoder_new(target, max_event_bytes);
}

static void decoder_free(llmc__decoder *decoder) {
    llmc__provider_openai.decoder_free(decoder);
}

const llmc__provider llmc__provider_azure = {
    .name = "azure",
    .encode = encode_azure,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = llmc__openai_decode_bytes,
    .decode_end = llmc__openai_decode_end,
    .decode_body = llmc__openai_decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "apim-request-id",
    .takes = LLMC__OPENAI_CHAT_TAKES & ~(uint32_t)LLMC__FIELD_TOP_K,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_azure, [LLMC__OP_MODELS] = &llmc__models_azure},
};

const llmc__provider llmc__provider_azure_ai = {
    .name = "azure_ai",
    .encode = encode_azure_ai,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = llmc__openai_decode_bytes,
    .decode_end = llmc__openai_decode_end,
    .decode_body = llmc__openai_decode_body,
    .classify = llmc__openai_classify,
    .request_id_header = "apim-request-id",
    .takes = LLMC__OPENAI_CHAT_TAKES,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_azure,
                   [LLMC__OP_RERANK] = &llmc__rerank_azure_ai,
                   [LLMC__OP_MODELS] = &llmc__models_azure},
};
