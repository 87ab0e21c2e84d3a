/* Request -> POST {base_url}/responses, as https://platform.openai.com/docs/api-reference/responses describes it. */
#include "provider/responses.h"
#include "provider/sampling.h"
#include "wire/jsonform.h"

static void write_form(llmc__body *body) {
    if (!llmc__openai_has_format(body) || !llmc__body_open(body, "text"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "format");
    llmc__openai_write_format(body, true);
    llmc__jsonw_end_object(&body->json);
}

static void write_reasoning(llmc__body *body) {
    if (llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT) && llmc__body_open(body, "reasoning"))
        llmc__jsonform_write(&body->json, "{effort:%s}", llmc__openai_effort_name(body->request->reasoning_effort));
}

/*
 * Reasoning that the provider does not store can only be sent back in its encrypted form, which must be asked for;
 * models that do not reason refuse the question.
 */
static bool wants_encrypted(llmc__body *body) {
    return !llmc__responses_is_stored(body) &&
           (llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT) || llmc__json_get(body->extra, "reasoning") != NULL ||
            llmc__responses_has_replay(body));
}

static void write_include(llmc__body *body) {
    bool encrypted = wants_encrypted(body), logprobs = llmc__body_wants(body, LLMC__FIELD_LOGPROBS);
    if ((encrypted || logprobs) && llmc__body_open(body, "include"))
        llmc__jsonform_write(&body->json, "[%s,%s]", encrypted ? "reasoning.encrypted_content" : NULL,
                             logprobs ? "message.output_text.logprobs" : NULL);
}

static void write_members(llmc__body *body) {
    const llmc_request *request = body->request;
    llmc__body_str(body, "model", body->model);
    llmc__responses_write_input(body);
    llmc__sampling_put_plain(body, LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P);
    llmc__sampling_put(body, LLMC__SAMPLING_MAX_TOKENS, "max_output_tokens");
    llmc__body_int(body, "top_logprobs", llmc__body_wants(body, LLMC__FIELD_LOGPROBS) && request->top_logprobs > 0,
                   request->top_logprobs);
    write_form(body);
    write_reasoning(body);
    write_include(body);
    llmc__openai_write_tools(body, true);
    llmc__openai_write_labels(body);
    llmc__body_bool(body, "stream", body->stream, true);
}

static llmc_status write_url(llmc__body *body) {
    return llmc__body_url(body, "/responses");
}

llmc_status llmc__responses_encode(llmc__body *body) {
    static const llmc__body_form form = {"input", write_url, llmc__openai_headers, write_members};
    return llmc__body_encode(body, &form);
}
