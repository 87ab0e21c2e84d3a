/* Texts to be embedded -> the request each API wants. */
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "provider/bedrock.h"
#include "provider/embed_inner.h"
#include "provider/gemini.h"
#include "provider/openai.h"
#include "provider/vertex.h"

static const llmc__embed_slice *slice_of(const llmc__body *body) {
    return body->content;
}

static const llmc__embed_request *request_of(const llmc__body *body) {
    return slice_of(body)->request;
}

static void put_text(llmc__body *body, size_t index) {
    size_t len = 0;
    const char *text = llmc__embed_text(slice_of(body), index, &len);
    llmc__jsonw_string(&body->json, text, len);
}

static void write_texts(llmc__body *body, const char *name) {
    if (!llmc__body_open(body, name))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < slice_of(body)->count; i++)
        put_text(body, i);
    llmc__jsonw_end_array(&body->json);
}

static void write_dimensions(llmc__body *body, const char *name) {
    int64_t dimensions = request_of(body)->dimensions;
    llmc__body_int(body, name, dimensions > 0, dimensions);
}

static llmc_status send(const llmc__body_form *form, const llmc__target *target, const char *model,
                        const llmc__embed_slice *slice, llmc__http_request *out, llmc_error *error) {
    return llmc__body_encode_content(form, target, model, slice->request->extra_json, slice, out, error);
}

/* ---- OpenAI and its kind: https://platform.openai.com/docs/api-reference/embeddings ---- */

static void write_openai(llmc__body *body) {
    const llmc__embed_vendor *vendor = llmc__embed_vendor_of(body->target);
    const llmc__embed_request *request = request_of(body);
    const char *encoding = vendor->encoding != NULL ? vendor->encoding : "encoding_format";
    bool base64 = request->encoding == LLMC__EMBED_BASE64 || (request->encoding == LLMC__EMBED_AUTO && vendor->base64);
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, vendor->dimensions);
    if (vendor->input_type != NULL)
        llmc__body_str(body, vendor->input_type, llmc__embed_word(vendor->words, request->input_type));
    if (base64)
        llmc__body_str(body, encoding, "base64");
    llmc__body_str(body, "user", request->user);
}

static llmc_status openai_url(llmc__body *body) {
    return llmc__body_url(body, "/embeddings");
}

llmc_status llmc__embed_encode_openai(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, openai_url, llmc__openai_headers, write_openai};
    return send(&form, target, model, slice, out, error);
}

static llmc_status azure_url(llmc__body *body) {
    bool foundry = strcmp(body->target->provider->name, "azure_ai") == 0;
    return foundry ? llmc__azure_ai_url(body, "/embeddings") : llmc__azure_url(body, "/embeddings");
}

llmc_status llmc__embed_encode_azure(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                     llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, azure_url, llmc__azure_headers, write_openai};
    return send(&form, target, model, slice, out, error);
}

/* https://docs.mistral.ai/api/endpoint/embeddings */
static void write_mistral(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, "output_dimension");
    if (request_of(body)->encoding == LLMC__EMBED_BASE64)
        llmc__body_str(body, "encoding_format", "base64");
}

llmc_status llmc__embed_encode_mistral(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                       llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, openai_url, llmc__openai_headers, write_mistral};
    return send(&form, target, model, slice, out, error);
}

/* ---- Google: https://ai.google.dev/api/embeddings ---- */

static const char *const google_words[] = {"RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY",
                                           "CLASSIFICATION", "CLUSTERING"};

static void put_content(llmc__body *body, size_t index) {
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "parts");
    llmc__jsonw_begin_array(&body->json);
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "text");
    put_text(body, index);
    llmc__jsonw_end_object(&body->json);
    llmc__jsonw_end_array(&body->json);
    llmc__jsonw_end_object(&body->json);
}

/* Each text of a batch names the model anew. */
static void put_model(llmc__body *body) {
    char name[512];
    bool whole = llmc__str_starts(body->model, "models/") || llmc__str_starts(body->model, "tunedModels/");
    int len = snprintf(name, sizeof name, "%s%s", whole ? "" : "models/", body->model);
    if (len < 0 || (size_t)len >= sizeof name)
        llmc__body_refuse(body, LLMC_ERR_INVALID_MODEL, "model: longer than any name is");
    else
        llmc__body_put_str(body, "model", name);
}

static void put_gemini_one(llmc__body *body, size_t index) {
    const llmc__embed_request *request = request_of(body);
    llmc__jsonw_begin_object(&body->json);
    put_model(body);
    llmc__jsonw_name(&body->json, "content");
    put_content(body, index);
    llmc__body_put_str(body, "taskType", llmc__embed_word(google_words, request->input_type));
    if (request->dimensions > 0) {
        llmc__jsonw_name(&body->json, "outputDimensionality");
        llmc__jsonw_int(&body->json, request->dimensions);
    }
    llmc__jsonw_end_object(&body->json);
}

static void write_gemini(llmc__body *body) {
    const llmc__embed_slice *slice = slice_of(body);
    if (slice->count > 1 && llmc__body_open(body, "requests")) {
        llmc__jsonw_begin_array(&body->json);
        for (size_t i = 0; i < slice->count; i++)
            put_gemini_one(body, i);
        llmc__jsonw_end_array(&body->json);
    }
    if (slice->count > 1)
        return;
    if (llmc__body_open(body, "content"))
        put_content(body, 0);
    llmc__body_str(body, "taskType", llmc__embed_word(google_words, slice->request->input_type));
    write_dimensions(body, "outputDimensionality");
}

static llmc_status gemini_url(llmc__body *body) {
    llmc_status status = llmc__gemini_url_model(body);
    if (status != LLMC_OK)
        return status;
    return llmc__buf_append_str(&body->out->url, slice_of(body)->count > 1 ? ":batchEmbedContents" : ":embedContent");
}

llmc_status llmc__embed_encode_gemini(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, gemini_url, llmc__gemini_headers, write_gemini};
    return send(&form, target, model, slice, out, error);
}

/* https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
static void write_vertex(llmc__body *body) {
    const llmc__embed_request *request = request_of(body);
    if (llmc__body_open(body, "instances")) {
        llmc__jsonw_begin_array(&body->json);
        for (size_t i = 0; i < slice_of(body)->count; i++) {
            llmc__jsonw_begin_object(&body->json);
            llmc__jsonw_name(&body->json, "content");
            put_text(body, i);
            llmc__body_put_str(body, "task_type", llmc__embed_word(google_words, request->input_type));
            llmc__jsonw_end_object(&body->json);
        }
        llmc__jsonw_end_array(&body->json);
    }
    if (request->dimensions > 0 && llmc__body_open(body, "parameters")) {
        llmc__jsonw_begin_object(&body->json);
        llmc__jsonw_name(&body->json, "outputDimensionality");
        llmc__jsonw_int(&body->json, request->dimensions);
        llmc__jsonw_end_object(&body->json);
    }
}

static llmc_status vertex_url(llmc__body *body) {
    llmc_status status = llmc__vertex_url_model(body);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, ":predict") : status;
}

llmc_status llmc__embed_encode_vertex(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, vertex_url, llmc__vertex_headers, write_vertex};
    return send(&form, target, model, slice, out, error);
}

/* ---- Cohere: https://docs.cohere.com/reference/embed, and at Bedrock ---- */

static void write_cohere_texts(llmc__body *body) {
    static const char *const words[] = {"search_query", "search_document", "clustering", "classification",
                                        "clustering"};
    const char *type = request_of(body)->input_type;
    write_texts(body, "texts");
    llmc__body_str(body, "input_type", type != NULL ? llmc__embed_word(words, type) : "search_document"); /* required */
    write_dimensions(body, "output_dimension");
}

static void write_cohere(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_cohere_texts(body);
    llmc__body_raw(body, "embedding_types",
                   request_of(body)->encoding == LLMC__EMBED_BASE64 ? "[\"base64\"]" : "[\"float\"]");
}

static llmc_status cohere_url(llmc__body *body) {
    return llmc__body_url(body, "/embed");
}

static llmc_status bearer(llmc__body *body) {
    return llmc__body_header_key(body, "Authorization", "Bearer ");
}

llmc_status llmc__embed_encode_cohere(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, cohere_url, bearer, write_cohere};
    return send(&form, target, model, slice, out, error);
}

static llmc_status invoke_url(llmc__body *body) {
    const char *model = body->model;
    if (llmc__bedrock_is_invoke(model))
        model = strchr(model, '/') + 1;
    llmc_status status = llmc__bedrock_url(body, model);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, "/invoke") : status;
}

/* https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html: the model stands in the URL. */
llmc_status llmc__embed_encode_bedrock_cohere(const llmc__target *target, const char *model,
                                              const llmc__embed_slice *slice, llmc__http_request *out,
                                              llmc_error *error) {
    static const llmc__body_form form = {NULL, invoke_url, llmc__bedrock_headers, write_cohere_texts};
    return send(&form, target, model, slice, out, error);
}

/* https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html: one text a request. */
static void write_titan(llmc__body *body) {
    if (llmc__body_open(body, "inputText"))
        put_text(body, 0);
    write_dimensions(body, "dimensions");
}

llmc_status llmc__embed_encode_titan(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                     llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, invoke_url, llmc__bedrock_headers, write_titan};
    if (slice->count > 1) {
        llmc__error_set(error, LLMC_ERR_INVALID_ARGUMENT, "texts: provider \"%s\" takes one a request of model \"%s\"",
                        target->name, model);
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    return send(&form, target, model, slice, out, error);
}

/* ---- Ollama: https://docs.ollama.com/api/embed ---- */

static void write_ollama(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, "dimensions");
}

static llmc_status ollama_url(llmc__body *body) {
    return llmc__body_url(body, "/api/embed");
}

llmc_status llmc__embed_encode_ollama(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, ollama_url, bearer, write_ollama};
    return send(&form, target, model, slice, out, error);
}
