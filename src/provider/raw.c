/* A given body to a given path: with the address, the keys and the headers that the API's chats have. */
#include "provider/raw.h"

#include "provider/anthropic.h"
#include "provider/openai.h"

const llmc__operation llmc__raw_openai = {.form = {NULL, llmc__body_url_raw, llmc__openai_headers, NULL}};

static llmc_status anthropic_url(llmc__body *body) {
    return llmc__anthropic_url(body, body->request->input->path);
}

const llmc__operation llmc__raw_anthropic = {.form = {NULL, anthropic_url, llmc__anthropic_headers, NULL}};
