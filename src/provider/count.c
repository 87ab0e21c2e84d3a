#include "provider/count.h"

#include <string.h>
#include "base/str.h"
#include "provider/anthropic.h"
#include "provider/answer.h"
#include "provider/gemini.h"
#include "provider/vertex.h"

/* ---- Anthropic: https://docs.claude.com/en/api/messages-count-tokens ---- */

static llmc_status anthropic_url(llmc__body *body) {
    return llmc__anthropic_url(body, "/messages/count_tokens");
}

static void write_anthropic(llmc__body *body) {
    static const llmc__anthropic_form form = {.says_model = true, .counts = true};
    llmc__anthropic_write(body, &form);
}

static llmc_status encode_anthropic(const llmc__target *target, const char *model, const llmc_request *request,
                                    llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {"messages", anthropic_url, llmc__anthropic_headers, write_anthropic};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

/* ---- Gemini: https://ai.google.dev/api/tokens. A whole request stands in a member of the body. ---- */

static void put_model(llmc__body *body) {
    bool whole = llmc__str_starts(body->model, "models/") || llmc__str_starts(body->model, "tunedModels/");
    llmc__buf name;
    llmc__buf_init(&name, 4096);
    llmc_status status = llmc__buf_appendf(&name, "%s%s", whole ? "" : "models/", body->model);
    if (status == LLMC_OK)
        llmc__body_put_str(body, "model", name.data);
    else
        llmc__body_refuse(body, status, "model: no memory for its name, or longer than any name is");
    llmc__buf_free(&name);
}

static void write_gemini(llmc__body *body) {
    llmc__jsonw_name(&body->json, "generateContentRequest");
    llmc__jsonw_begin_object(&body->json);
    put_model(body);
    llmc__gemini_write(body);
    llmc__body_extra(body);
    llmc__jsonw_end_object(&body->json);
}

static llmc_status gemini_url(llmc__body *body) {
    llmc_status status = llmc__gemini_url_model(body);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, ":countTokens") : status;
}

static llmc_status encode_gemini(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {"contents", gemini_url, llmc__gemini_headers, write_gemini};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

/* ---- answers ---- */

static llmc_status decode(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    llmc__json_doc *doc = NULL;
    llmc_status status = llmc__answer_parse(answer, LLMC__OP_COUNT_TOKENS, &doc, error);
    if (status != LLMC_OK)
        return status;
    llmc__answer_count(doc, llmc__json_root(doc), "input_tokens", &out->count);
    llmc__answer_count(doc, llmc__json_root(doc), "totalTokens", &out->count);
    if (out->count < 0)
        status = llmc__answer_lacks(LLMC__OP_COUNT_TOKENS, doc, "count", error);
    llmc__json_free(doc);
    return status;
}

const llmc__operation llmc__count_anthropic = {.encode = encode_anthropic, .decode = decode};
const llmc__operation llmc__count_gemini = {.encode = encode_gemini, .decode = decode};
const llmc__operation llmc__count_vertex = {.encode = llmc__vertex_encode_count, .decode = decode};
