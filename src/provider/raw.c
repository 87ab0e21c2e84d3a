/* A given body to a given path: with the address, the keys and the headers that the API's chats have. */
#include "provider/raw.h"

#include "provider/anthropic.h"
#include "provider/openai.h"

static llmc_status encode_openai(const llmc__target *target, const char *model, const llmc_request *request,
                                 llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, llmc__body_url_raw, llmc__openai_headers, NULL};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

const llmc__operation llmc__raw_openai = {.encode = encode_openai};

static llmc_status anthropic_url(llmc__body *body) {
    return llmc__anthropic_url(body, body->request->input->path);
}

static llmc_status encode_anthropic(const llmc__target *target, const char *model, const llmc_request *request,
                                    llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {NULL, anthropic_url, llmc__anthropic_headers, NULL};
    return llmc__body_encode(&form, target, model, request, false, out, error);
}

const llmc__operation llmc__raw_anthropic = {.encode = encode_anthropic};
