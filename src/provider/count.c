#include "provider/count.h"

#include "provider/anthropic.h"
#include "provider/answer.h"
#include "provider/gemini.h"
#include "wire/jsonform.h"

/* ---- Anthropic: https://docs.claude.com/en/api/messages-count-tokens ---- */

static llmc_status anthropic_url(llmc__body *body) {
    return llmc__anthropic_url(body, "/messages/count_tokens");
}

static void write_anthropic(llmc__body *body) {
    static const llmc__anthropic_form form = {.says_model = true, .counts = true};
    llmc__anthropic_write(body, &form);
}

/* ---- Gemini: https://ai.google.dev/api/tokens. A whole request stands in a member of the body. ---- */

static void write_gemini(llmc__body *body) {
    llmc__jsonform_write(&body->json, "generateContentRequest:{");
    llmc__gemini_put_model(body);
    llmc__gemini_write(body);
    llmc__body_extra(body);
    llmc__jsonw_end_object(&body->json);
}

static llmc_status gemini_url(llmc__body *body) {
    return llmc__gemini_url(body, ":countTokens");
}

/* ---- answers ---- */

static void read(llmc__answer *answer) {
    llmc__answer_count(answer->doc, answer->root, "input_tokens", &answer->out->count);
    llmc__answer_count(answer->doc, answer->root, "totalTokens", &answer->out->count);
    if (answer->out->count < 0)
        llmc__answer_lacks(answer, "count");
}

const llmc__operation llmc__count_anthropic = {
    .form = {"messages", anthropic_url, llmc__anthropic_headers, write_anthropic}, .read = read};
const llmc__operation llmc__count_gemini = {.form = {"contents", gemini_url, llmc__gemini_headers, write_gemini},
                                            .read = read};
const llmc__operation llmc__count_vertex = {.read = read}; /* written by the encode of chats */
