/* Texts to be embedded -> the request each API wants. */
#include <string.h>
#include "provider/bedrock.h"
#include "provider/embed.h"
#include "provider/chat.h"
#include "provider/gemini.h"
#include "provider/openai.h"
#include "provider/pairs.h"
#include "provider/vertex.h"
#include "wire/jsonform.h"

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
    if (input_of(body)->truncate == 1)
        llmc__chat_refuse(body, "truncate", "does not cut texts that are too long");
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

static void write_truncate(llmc__body *body, const llmc__embed_vendor *vendor, const char *member) {
    if (member == NULL)
        refuse_truncate(body);
    else if (vendor->truncate_by_word)
        write_truncate_word(body);
    else
        write_truncate_bool(body, member);
}

static const char *member_of(const llmc__embed_vendor *vendor, const char *name) {
    return vendor->words != NULL ? llmc__pairs_find(vendor->words, name, strlen(name)) : NULL;
}

static void write_openai(llmc__body *body) {
    const llmc__embed_vendor *vendor = llmc__embed_vendor_of(body->target);
    const llmc__input *input = input_of(body);
    const char *task = member_of(vendor, ".task");
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, llmc__embed_word(vendor->words, "dimensions"));
    if (task != NULL)
        llmc__body_str(body, task, llmc__embed_word(vendor->words, input->task));
    if (input->encoding == LLMC__ENCODING_BASE64 || (input->encoding == LLMC__ENCODING_AUTO && vendor->base64))
        llmc__body_str(body, llmc__embed_word(vendor->words, "encoding_format"), "base64");
    write_truncate(body, vendor, member_of(vendor, ".truncate"));
    llmc__body_str(body, "user", body->request->user);
}

static llmc_status openai_url(llmc__body *body) {
    return llmc__body_url(body, "/embeddings");
}

static void openai_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)model;
    const llmc__embed_vendor *vendor = llmc__embed_vendor_of(target);
    *out = (llmc__op_limits){vendor->texts, 0, vendor->tokens};
}

const llmc__operation llmc__embed_openai = {.form = {NULL, openai_url, llmc__openai_headers, write_openai},
                                            .read = llmc__embed_read_openai,
                                            .limits = openai_limits};

static llmc_status azure_url(llmc__body *body) {
    bool foundry = strcmp(body->target->provider->name, "azure_ai") == 0;
    return foundry ? llmc__azure_ai_url(body, "/embeddings") : llmc__azure_url(body, "/embeddings");
}

const llmc__operation llmc__embed_azure = {.form = {NULL, azure_url, llmc__azure_headers, write_openai},
                                           .read = llmc__embed_read_openai,
                                           .limits = openai_limits};

/* https://docs.mistral.ai/api/endpoint/embeddings */
static void write_mistral(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_texts(body, "input");
    write_dimensions(body, "output_dimension");
    if (input_of(body)->encoding == LLMC__ENCODING_BASE64)
        llmc__body_str(body, "encoding_format", "base64");
    refuse_truncate(body);
}

/* Counted in tokens: a request of more than 16,384 is refused as too large (error 3210). */
static void mistral_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){512, 0, 16000};
}

const llmc__operation llmc__embed_mistral = {.form = {NULL, openai_url, llmc__openai_headers, write_mistral},
                                             .read = llmc__embed_read_openai,
                                             .limits = mistral_limits};

/* ---- Google: https://ai.google.dev/api/embeddings ---- */

static const char google_words[] = "query\0RETRIEVAL_QUERY\0"
                                   "document\0RETRIEVAL_DOCUMENT\0"
                                   "similarity\0SEMANTIC_SIMILARITY\0"
                                   "classification\0CLASSIFICATION\0"
                                   "clustering\0CLUSTERING\0";

static void put_content(llmc__body *body, size_t index) {
    const llmc__text *text = &input_of(body)->texts[index];
    llmc__jsonform_write(&body->json, "{parts:[{text:%t}]}", text->data, text->len);
}

/* Each text of a batch names the model anew. */
static void put_gemini_one(llmc__body *body, size_t index) {
    const llmc__input *input = input_of(body);
    llmc__jsonw_begin_object(&body->json);
    llmc__gemini_put_model(body);
    llmc__jsonw_name(&body->json, "content");
    put_content(body, index);
    llmc__jsonform_write(&body->json, "taskType:%s,?outputDimensionality:%d}",
                         llmc__embed_word(google_words, input->task), input->dimensions > 0, input->dimensions);
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
    return llmc__gemini_url(body, input_of(body)->text_count > 1 ? ":batchEmbedContents" : ":embedContent");
}

/* https://ai.google.dev/gemini-api/docs/embeddings: at most 100 requests can be in one batch. */
static void gemini_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){100, 0, 0};
}

const llmc__operation llmc__embed_gemini = {.form = {NULL, gemini_url, llmc__gemini_headers, write_gemini},
                                            .read = llmc__embed_read_gemini,
                                            .limits = gemini_limits};

static void write_vertex_parameters(llmc__body *body) {
    const llmc__input *input = input_of(body);
    if ((input->dimensions <= 0 && input->truncate < 0) || !llmc__body_open(body, "parameters"))
        return;
    llmc__jsonform_write(&body->json, "{?outputDimensionality:%d,?autoTruncate:%b}", input->dimensions > 0,
                         input->dimensions, input->truncate >= 0, input->truncate > 0);
}

/* https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
static void write_vertex(llmc__body *body) {
    const llmc__input *input = input_of(body);
    const char *task = llmc__embed_word(google_words, input->task);
    if (llmc__body_open(body, "instances")) {
        llmc__jsonw_begin_array(&body->json);
        for (size_t i = 0; i < input->text_count; i++)
            llmc__jsonform_write(&body->json, "{content:%t,task_type:%s}", input->texts[i].data, input->texts[i].len,
                                 task);
        llmc__jsonw_end_array(&body->json);
    }
    write_vertex_parameters(body);
}

static llmc_status vertex_url(llmc__body *body) {
    return llmc__vertex_url(body, ":predict");
}

/* 250 texts and 20,000 tokens; gemini-embedding takes one text. */
static void vertex_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target;
    *out = (llmc__op_limits){strstr(model, "gemini-embedding") != NULL ? 1 : 250, 0, 20000};
}

const llmc__operation llmc__embed_vertex = {.form = {NULL, vertex_url, llmc__chat_bearer, write_vertex},
                                            .read = llmc__embed_read_vertex,
                                            .limits = vertex_limits};

/* ---- Cohere: https://docs.cohere.com/reference/embed, and at Bedrock ---- */

static void write_cohere_texts(llmc__body *body) {
    static const char words[] = "query\0search_query\0"
                                "document\0search_document\0"
                                "similarity\0clustering\0";
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

/* https://docs.cohere.com/reference/embed: 96 texts */
static void cohere_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){96, 0, 0};
}

const llmc__operation llmc__embed_cohere = {.form = {NULL, cohere_url, llmc__chat_bearer, write_cohere},
                                            .read = llmc__embed_read_cohere,
                                            .limits = cohere_limits};

/* ---- Bedrock: the model stands in the URL ---- */

bool llmc__embed_is_cohere(const char *model) {
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

static llmc_status bedrock_url(llmc__body *body) {
    if (llmc__embed_is_cohere(body->model) || strstr(body->model, "titan-embed-text") != NULL)
        return llmc__bedrock_invoke_url(body);
    return llmc__error_set(
        body->error, LLMC_ERR_UNSUPPORTED,
        "embeddings: of provider \"%s\" Cohere's and Titan's text models are known, not model \"%.100s\"",
        body->target->name, body->model);
}

static void write_bedrock(llmc__body *body) {
    if (llmc__embed_is_cohere(body->model))
        write_cohere_texts(body);
    else
        write_titan(body);
}

static void bedrock_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target;
    *out = (llmc__op_limits){llmc__embed_is_cohere(model) ? 96 : 1, 0, 0};
}

const llmc__operation llmc__embed_bedrock = {.form = {NULL, bedrock_url, llmc__bedrock_headers, write_bedrock},
                                             .read = llmc__embed_read_bedrock,
                                             .limits = bedrock_limits};

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

static void ollama_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){256, 0, 0};
}

const llmc__operation llmc__embed_ollama = {.form = {NULL, ollama_url, llmc__chat_bearer, write_ollama},
                                            .read = llmc__embed_read_ollama,
                                            .limits = ollama_limits};
