/* Request -> POST {base_url}/responses, as https://platform.openai.com/docs/api-reference/responses describes it. */
#include "provider/responses.h"

/* What was said by the model is "output" even when it is sent back. */
static void write_message(llmc__jsonw *json, const llmc__message *message) {
    llmc__jsonw_begin_object(json);
    llmc__jsonw_name(json, "type");
    llmc__jsonw_str(json, "message");
    llmc__jsonw_name(json, "role");
    llmc__jsonw_str(json, llmc__openai_role_name(message->role));
    llmc__jsonw_name(json, "content");
    llmc__jsonw_begin_array(json);
    llmc__jsonw_begin_object(json);
    llmc__jsonw_name(json, "type");
    llmc__jsonw_str(json, message->role == LLMC_ROLE_ASSISTANT ? "output_text" : "input_text");
    llmc__jsonw_name(json, "text");
    llmc__jsonw_string(json, message->text, message->text_len);
    llmc__jsonw_end_object(json);
    llmc__jsonw_end_array(json);
    llmc__jsonw_end_object(json);
}

static void write_input(llmc__body *body, const llmc_request *request) {
    if (!llmc__body_open(body, "input"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count; i++)
        write_message(&body->json, &request->messages[i]);
    llmc__jsonw_end_array(&body->json);
}

static void write_members(llmc__body *body) {
    const llmc_request *request = body->request;
    llmc__body_str(body, "model", body->model);
    write_input(body, request);
    llmc__body_double(body, "temperature", llmc__body_wants(body, LLMC__FIELD_TEMPERATURE), request->temperature);
    llmc__body_double(body, "top_p", llmc__body_wants(body, LLMC__FIELD_TOP_P), request->top_p);
    llmc__body_int(body, "max_output_tokens", llmc__body_wants(body, LLMC__FIELD_MAX_TOKENS), request->max_tokens);
    llmc__body_str(body, "user", request->user);
    llmc__body_bool(body, "stream", body->stream, true);
}

static llmc_status write_url(llmc__body *body) {
    return llmc__body_url(body, "/responses");
}

llmc_status llmc__responses_encode(const llmc__target *target, const char *model, const llmc_request *request,
                                   bool stream, llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form form = {"input", write_url, llmc__openai_headers, write_members};
    return llmc__body_encode(&form, target, model, request, stream, out, error);
}
