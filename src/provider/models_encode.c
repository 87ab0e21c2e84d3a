/* Where each API tells of its models: a GET, and the cursor of the page where there are pages. */
#include <string.h>
#include "provider/anthropic.h"
#include "provider/bedrock.h"
#include "provider/chat.h"
#include "provider/gemini.h"
#include "provider/models.h"
#include "provider/openai.h"

/* "&name=cursor"; nothing on the first page. */
static llmc_status put_cursor(llmc__body *body, const char *name) {
    const llmc__input *input = body->request->input;
    if (input == NULL || input->cursor == NULL)
        return LLMC_OK;
    llmc_status status = llmc__buf_appendf(&body->out->url, "&%s=", name);
    return status == LLMC_OK ? llmc__body_url_segment(body, input->cursor) : status;
}

/* https://platform.openai.com/docs/api-reference/models/list */
static llmc_status openai_url(llmc__body *body) {
    return llmc__body_url(body, "/models");
}

/* https://learn.microsoft.com/azure/ai-foundry/openai/latest#list-models */
/* https://docs.claude.com/en/api/models-list */
static llmc_status anthropic_url(llmc__body *body) {
    llmc_status status = llmc__anthropic_url(body, "/models?limit=1000");
    return status == LLMC_OK ? put_cursor(body, "after_id") : status;
}

/* https://ai.google.dev/api/models#method:-models.list */
static llmc_status gemini_url(llmc__body *body) {
    llmc_status status = llmc__body_url(body, "/models?pageSize=1000");
    return status == LLMC_OK ? put_cursor(body, "pageToken") : status;
}

/* https://docs.cohere.com/reference/list-models: there is no second version of it. */
static llmc_status cohere_url(llmc__body *body) {
    const char *base = body->target->base_url;
    size_t len = strlen(base);
    bool is_second = len >= 3 && strcmp(base + len - 3, "/v2") == 0;
    llmc_status status = llmc__buf_append(&body->out->url, base, is_second ? len - 3 : len);
    if (status == LLMC_OK)
        status = llmc__buf_appendf(&body->out->url, "%s/models?page_size=1000", is_second ? "/v1" : "");
    return status == LLMC_OK ? put_cursor(body, "page_token") : status;
}

/* https://docs.ollama.com/api/tags */
static llmc_status ollama_url(llmc__body *body) {
    return llmc__body_url(body, "/api/tags");
}

/* https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html */
static llmc_status bedrock_url(llmc__body *body) {
    return llmc__bedrock_url_control(body, "/foundation-models");
}

const llmc__operation llmc__models_openai = {.form = {NULL, openai_url, llmc__openai_headers, NULL},
                                             .read = llmc__models_read_whole};
const llmc__operation llmc__models_azure = {.form = {NULL, llmc__azure_url_models, llmc__azure_headers, NULL},
                                            .read = llmc__models_read_whole};
const llmc__operation llmc__models_anthropic = {.form = {NULL, anthropic_url, llmc__anthropic_headers, NULL},
                                                .read = llmc__models_read_anthropic};
const llmc__operation llmc__models_gemini = {.form = {NULL, gemini_url, llmc__gemini_headers, NULL},
                                             .read = llmc__models_read_page};
const llmc__operation llmc__models_cohere = {.form = {NULL, cohere_url, llmc__chat_bearer, NULL},
                                             .read = llmc__models_read_page};
const llmc__operation llmc__models_ollama = {.form = {NULL, ollama_url, llmc__chat_bearer, NULL},
                                             .read = llmc__models_read_whole};
const llmc__operation llmc__models_bedrock = {.form = {NULL, bedrock_url, llmc__bedrock_headers, NULL},
                                              .read = llmc__models_read_whole};
