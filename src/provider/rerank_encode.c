/*
 * A query and its documents -> the request each API wants. Cohere's (https://docs.cohere.com/reference/rerank) is the
 * pattern of all: Jina, Voyage, Together, Fireworks, OpenRouter, vLLM and llama.cpp differ in a name or two.
 */
#include <string.h>
#include "provider/bedrock.h"
#include "provider/chat.h"
#include "provider/openai.h"
#include "provider/rerank.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* What vendors do not share. A row is found by the provider's name or by its host. */
typedef struct vendor {
    char name[13], host[13]; /* host: part of the base URL */
    char top[6];             /* the member that says how many are wanted */
    bool sends_documents;    /* unless it is told not to */
    uint16_t documents;      /* of one request; 0: no limit known */
} vendor;

static const vendor vendors[] = {
    /* https://docs.voyageai.com/reference/reranker-api: the number of documents cannot exceed 1,000 */
    {"voyage", "voyageai.com", "top_k", false, 1000},
    {"jina_ai", "jina.ai", "top_n", true, 0},           /* https://jina.ai/reranker */
    {"together_ai", "together.xyz", "top_n", true, 0},  /* https://docs.together.ai/reference/rerank */
    {"fireworks_ai", "fireworks.ai", "top_n", true, 0}, /* https://docs.fireworks.ai/api-reference/rerank-documents */
};
static const vendor any_vendor = {"", "", "top_n", false, 0};
/* https://docs.cohere.com/docs/reranking-best-practices: at most 10,000 documents */
static const vendor cohere = {"", "", "top_n", false, 10000};

static const vendor *vendor_of(const llmc__target *target) {
    const char *name = target->row != NULL ? target->row->name : target->name;
    for (size_t i = 0; i < LENGTH(vendors); i++)
        if (strcmp(vendors[i].name, name) == 0)
            return &vendors[i];
    for (size_t i = 0; i < LENGTH(vendors); i++)
        if (target->base_url != NULL && strstr(target->base_url, vendors[i].host) != NULL)
            return &vendors[i];
    return &any_vendor;
}

static void check_count(llmc__body *body, const vendor *v) {
    size_t count = body->request->input->text_count;
    if (v->documents > 0 && count > v->documents)
        llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT,
                          "documents: provider \"%s\" takes at most %u in one request, and these are %zu; rank them in "
                          "parts",
                          body->target->name, (unsigned)v->documents, count);
}

static void write_common(llmc__body *body, const vendor *v) {
    const llmc__input *input = body->request->input;
    check_count(body, v);
    llmc__body_str(body, "query", input->query);
    if (llmc__body_open(body, "documents"))
        llmc__body_texts(body);
    llmc__body_int(body, v->top, input->top_n > 0, input->top_n);
    llmc__body_bool(body, "return_documents", v->sends_documents, false);
}

static void write_openai(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_common(body, vendor_of(body->target));
}

static void write_cohere(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_common(body, &cohere);
}

static llmc_status plain_url(llmc__body *body) {
    return llmc__body_url(body, "/rerank");
}

static llmc_status azure_ai_url(llmc__body *body) {
    return llmc__azure_ai_url_cohere(body, "/rerank");
}

/* ---- Bedrock: the model stands in the URL ---- */

static bool is_cohere(const llmc__body *body) {
    return strstr(body->model, "cohere.rerank") != NULL;
}

static llmc_status bedrock_url(llmc__body *body) {
    if (is_cohere(body) || strstr(body->model, "amazon.rerank") != NULL)
        return llmc__bedrock_invoke_url(body);
    return llmc__error_set(body->error, LLMC_ERR_UNSUPPORTED,
                           "rerank: of provider \"%s\" Cohere's and Amazon's models are known, not model \"%.100s\"",
                           body->target->name, body->model);
}

static void write_bedrock(llmc__body *body) {
    write_common(body, &any_vendor);
    llmc__body_int(body, "api_version", is_cohere(body), 2);
}

static void openai_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)model;
    *out = (llmc__op_limits){.texts = vendor_of(target)->documents};
}

static void cohere_limits(const llmc__target *target, const char *model, llmc__op_limits *out) {
    (void)target, (void)model;
    *out = (llmc__op_limits){.texts = cohere.documents};
}

const llmc__operation llmc__rerank_openai = {
    .form = {NULL, plain_url, llmc__openai_headers, write_openai}, .read = llmc__rerank_read, .limits = openai_limits};
const llmc__operation llmc__rerank_cohere = {
    .form = {NULL, plain_url, llmc__chat_bearer, write_cohere}, .read = llmc__rerank_read, .limits = cohere_limits};
const llmc__operation llmc__rerank_azure_ai = {.form = {NULL, azure_ai_url, llmc__azure_headers, write_cohere},
                                               .read = llmc__rerank_read,
                                               .limits = cohere_limits};
const llmc__operation llmc__rerank_bedrock = {.form = {NULL, bedrock_url, llmc__bedrock_headers, write_bedrock},
                                              .read = llmc__rerank_read};
