/* Texts to be embedded -> the request each API wants. */
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "provider/bedrock.h"
#include "provider/embed.h"
#include "provider/gemini.h"
#include "provider/openai.h"
#include "provider/vertex.h"

static const llmc__input *input_of(const llmc__body *body) {
    return body->request->input;
}

static void write_texts(llmc__body *body, const char *name) {
    if (llmc__body_open(body, name))
        llmc__body_texts(body);
}

static void write_dimensions(llmc__body *body, const char *name) {
    int64_t dimensions = input_of(body)->dimensions;
    llmc__body_int(body, name, dimensions > 0, dimensions);
}

/* An API that always refuses long texts needs not be told to; one that never cuts them cannot be made to. */
static void refuse_truncate(llmc__body *body) {
    if (input_of(body)->truncate == 1 && !body->target->drop_unsupported)
        llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED,
                          "truncate: provider \"%s\" does not cut texts that are too long; leave it out, or set "
                          "drop_unsupported in the client's options",
                          body->target->name);
}

/* "END" or "NONE" */
static void write_truncate_word(llmc__body *body) {
    int truncate = input_of(body)->truncate;
    if (truncate >= 0)
        llmc__body_str(body, "truncate", truncate > 0 ? "END" : "NONE");
}

static void write_truncate_bool(llmc__body *body, const char *name) {
    llmc__body_bool(body, name, input_of(body)->truncate >= 0, input_of(body)->truncate > 0);
}

/* ---- OpenAI and its kind: https://platform.openai.com/docs/api-reference/embeddings ---- */

static void write_truncate(llmc__body *body, const llmc__embed_vendor *vendor) {
    if (vendor->truncate == NULL)
        refuse_truncate(body);
    else if (vendor->truncate_by_word)
        write_truncate_word(body);
    else
        write_truncate_bool(body, vendor->truncate);
}

static void write_openai(llmc__body *body) {
    const llmc__embed_vendor *vendor = llmc__embed_vendor_of(body->target);
    const llmc__input *input = input_of(body);
    const char *encoding = vendor->encoding != NULL ? vendor->encoding : "encoding_format";
    bool base64 =
        input->encoding == LLMC__ENCODING_BASE64 || (input->encoding == LLMC__ENCODING_AUTO && vendor->base64);
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, vendor->dimensions);
    if (vendor->task != NULL)
        llmc__body_str(body, vendor->task, llmc__embed_word(vendor->words, input->task));
    if (base64)
        llmc__body_str(body, encoding, "base64");
    write_truncate(body, vendor);
    llmc__body_str(body, "user", body->request->user);
}

static llmc_status openai_url(llmc__body *body) {
    return llmc__body_url(body, "/embeddings");
}

static llmc_status encode_openai(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, openai_url, llmc__openai_headers, write_openai};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

static void openai_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)model;
    *out = llmc__embed_vendor_of(target)->limits;
}

const llmc__operation llmc__embed_openai = {encode_openai, llmc__embed_decode_openai, &llmc__embed_reader,
                                            openai_limits};

static llmc_status azure_url(llmc__body *body) {
    bool foundry = strcmp(body->target->provider->name, "azure_ai") == 0;
    return foundry ? llmc__azure_ai_url(body, "/embeddings") : llmc__azure_url(body, "/embeddings");
}

static llmc_status encode_azure(const llmc__target *target, const char *model, const llmc_request *request,
                                llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, azure_url, llmc__azure_headers, write_openai};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

const llmc__operation llmc__embed_azure = {encode_azure, llmc__embed_decode_openai, &llmc__embed_reader, openai_limits};

/* https://docs.mistral.ai/api/endpoint/embeddings */
static void write_mistral(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, "output_dimension");
    if (input_of(body)->encoding == LLMC__ENCODING_BASE64)
        llmc__body_str(body, "encoding_format", "base64");
    refuse_truncate(body);
}

static llmc_status encode_mistral(const llmc__target *target, const char *model, const llmc_request *request,
                                  llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, openai_url, llmc__openai_headers, write_mistral};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

/* Counted in tokens: a request of more than 16,384 is refused as too large (error 3210). */
static void mistral_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){512, 0, 16000};
}

const llmc__operation llmc__embed_mistral = {encode_mistral, llmc__embed_decode_openai, &llmc__embed_reader,
                                             mistral_limits};

/* ---- Google: https://ai.google.dev/api/embeddings ---- */

static const char *const google_words[] = {"RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY",
                                           "CLASSIFICATION", "CLUSTERING"};

static void put_content(llmc__body *body, size_t index) {
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "parts");
    llmc__jsonw_begin_array(&body->json);
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "text");
    llmc__body_text(body, index);
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
    const llmc__input *input = input_of(body);
    llmc__jsonw_begin_object(&body->json);
    put_model(body);
    llmc__jsonw_name(&body->json, "content");
    put_content(body, index);
    llmc__body_put_str(body, "taskType", llmc__embed_word(google_words, input->task));
    if (input->dimensions > 0) {
        llmc__jsonw_name(&body->json, "outputDimensionality");
        llmc__jsonw_int(&body->json, input->dimensions);
    }
    llmc__jsonw_end_object(&body->json);
}

static void write_gemini(llmc__body *body) {
    const llmc__input *input = input_of(body);
    refuse_truncate(body);
    if (input->text_count > 1 && llmc__body_open(body, "requests")) {
        llmc__jsonw_begin_array(&body->json);
        for (size_t i = 0; i < input->text_count; i++)
            put_gemini_one(body, i);
        llmc__jsonw_end_array(&body->json);
    }
    if (input->text_count > 1)
        return;
    if (llmc__body_open(body, "content"))
        put_content(body, 0);
    llmc__body_str(body, "taskType", llmc__embed_word(google_words, input->task));
    write_dimensions(body, "outputDimensionality");
}

static llmc_status gemini_url(llmc__body *body) {
    llmc_status status = llmc__gemini_url_model(body);
    if (status != LLMC_OK)
        return status;
    return llmc__buf_append_str(&body->out->url,
                                input_of(body)->text_count > 1 ? ":batchEmbedContents" : ":embedContent");
}

static llmc_status encode_gemini(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, gemini_url, llmc__gemini_headers, write_gemini};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

/* https://ai.google.dev/gemini-api/docs/embeddings: at most 100 requests can be in one batch. */
static void gemini_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){100, 0, 0};
}

const llmc__operation llmc__embed_gemini = {encode_gemini, llmc__embed_decode_gemini, &llmc__embed_reader,
                                            gemini_limits};

static void write_vertex_parameters(llmc__body *body) {
    const llmc__input *input = input_of(body);
    if ((input->dimensions <= 0 && input->truncate < 0) || !llmc__body_open(body, "parameters"))
        return;
    llmc__jsonw_begin_object(&body->json);
    if (input->dimensions > 0) {
        llmc__jsonw_name(&body->json, "outputDimensionality");
        llmc__jsonw_int(&body->json, input->dimensions);
    }
    if (input->truncate >= 0)
        llmc__body_put_bool(body, "autoTruncate", input->truncate > 0);
    llmc__jsonw_end_object(&body->json);
}

/* https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
static void write_vertex(llmc__body *body) {
    if (llmc__body_open(body, "instances")) {
        llmc__jsonw_begin_array(&body->json);
        for (size_t i = 0; i < input_of(body)->text_count; i++) {
            llmc__jsonw_begin_object(&body->json);
            llmc__jsonw_name(&body->json, "content");
            llmc__body_text(body, i);
            llmc__body_put_str(body, "task_type", llmc__embed_word(google_words, input_of(body)->task));
            llmc__jsonw_end_object(&body->json);
        }
        llmc__jsonw_end_array(&body->json);
    }
    write_vertex_parameters(body);
}

static llmc_status vertex_url(llmc__body *body) {
    llmc_status status = llmc__vertex_url_model(body);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, ":predict") : status;
}

static llmc_status encode_vertex(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, vertex_url, llmc__vertex_headers, write_vertex};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

/* 250 texts and 20,000 tokens; gemini-embedding takes one text. */
static void vertex_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target;
    *out = (llmc__op_limits){strstr(model, "gemini-embedding") != NULL ? 1 : 250, 0, 20000};
}

const llmc__operation llmc__embed_vertex = {encode_vertex, llmc__embed_decode_vertex, &llmc__embed_reader,
                                            vertex_limits};

/* ---- Cohere: https://docs.cohere.com/reference/embed, and at Bedrock ---- */

static void write_cohere_texts(llmc__body *body) {
    static const char *const words[] = {"search_query", "search_document", "clustering", "classification",
                                        "clustering"};
    const char *task = input_of(body)->task;
    write_texts(body, "texts");
    llmc__body_str(body, "input_type", task != NULL ? llmc__embed_word(words, task) : "search_document"); /* required */
    write_dimensions(body, "output_dimension");
    write_truncate_word(body);
}

static void write_cohere(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_cohere_texts(body);
    llmc__body_raw(body, "embedding_types",
                   input_of(body)->encoding == LLMC__ENCODING_BASE64 ? "[\"base64\"]" : "[\"float\"]");
}

static llmc_status cohere_url(llmc__body *body) {
    return llmc__body_url(body, "/embed");
}

static llmc_status bearer(llmc__body *body) {
    return llmc__body_header_key(body, "Authorization", "Bearer ");
}

static llmc_status encode_cohere(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, cohere_url, bearer, write_cohere};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

/* https://docs.cohere.com/reference/embed: 96 texts */
static void cohere_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){96, 0, 0};
}

const llmc__operation llmc__embed_cohere = {encode_cohere, llmc__embed_decode_cohere, &llmc__embed_reader,
                                            cohere_limits};

/* ---- Bedrock: the model stands in the URL ---- */

static bool is_cohere(const char *model) {
    return strstr(model, "cohere.embed") != NULL;
}

/* https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html: one text a request. */
static void write_titan(llmc__body *body) {
    if (input_of(body)->text_count > 1) {
        llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT, "texts: provider \"%s\" takes one a request of model \"%s\"",
                          body->target->name, body->model);
        return;
    }
    refuse_truncate(body);
    if (llmc__body_open(body, "inputText"))
        llmc__body_text(body, 0);
    write_dimensions(body, "dimensions");
}

static llmc_status encode_bedrock(const llmc__target *target, const char *model, const llmc_request *request,
                                  llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form titan = {NULL, llmc__bedrock_invoke_url, llmc__bedrock_headers, write_titan};
    static const llmc__body_form cohere = {NULL, llmc__bedrock_invoke_url, llmc__bedrock_headers, write_cohere_texts};
    if (is_cohere(model))
        return llmc__body_encode(&cohere, target, model, request, false, out, error);
    if (strstr(model, "titan-embed-text") != NULL)
        return llmc__body_encode(&titan, target, model, request, false, out, error);
    llmc__error_set(error, LLMC_ERR_UNSUPPORTED,
                    "embeddings: of provider \"%s\" Cohere's and Titan's text models are known, not model \"%.100s\"",
                    target->name, model);
    return LLMC_ERR_UNSUPPORTED;
}

static llmc_status decode_bedrock(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    return is_cohere(answer->model) ? llmc__embed_decode_cohere(answer, out, error)
                                    : llmc__embed_decode_titan(answer, out, error);
}

static void bedrock_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target;
    *out = (llmc__op_limits){is_cohere(model) ? 96 : 1, 0, 0};
}

const llmc__operation llmc__embed_bedrock = {encode_bedrock, decode_bedrock, &llmc__embed_reader, bedrock_limits};

/* ---- Ollama: https://docs.ollama.com/api/embed ---- */

static void write_ollama(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, "dimensions");
    write_truncate_bool(body, "truncate");
}

static llmc_status ollama_url(llmc__body *body) {
    return llmc__body_url(body, "/api/embed");
}

static llmc_status encode_ollama(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, ollama_url, bearer, write_ollama};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

static void ollama_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){256, 0, 0};
}

const llmc__operation llmc__embed_ollama = {encode_ollama, llmc__embed_decode_ollama, &llmc__embed_reader,
                                            ollama_limits};
