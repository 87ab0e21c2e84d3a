/* Request -> POST {base_url}/responses, as https://platform.openai.com/docs/api-reference/responses describes it. */
#include "provider/responses.h"
#include "wire/jsonw.h"

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

static void write_input(llmc__openai_body *body, const llmc_request *request) {
    if (!llmc__openai_body_open(body, "input"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count; i++)
        write_message(&body->json, &request->messages[i]);
    llmc__jsonw_end_array(&body->json);
}

static void write_members(llmc__openai_body *body, const llmc__target *target, const char *model,
                          const llmc_request *request, bool stream) {
    (void)target;
    llmc__openai_body_str(body, "model", model);
    write_input(body, request);
    llmc__openai_body_double(body, "temperature", request->has_temperature, request->temperature);
    llmc__openai_body_double(body, "top_p", request->has_top_p, request->top_p);
    llmc__openai_body_int(body, "max_output_tokens", request->has_max_tokens, request->max_tokens);
    llmc__openai_body_str(body, "user", request->user);
    if (stream && llmc__openai_body_open(body, "stream"))
        llmc__jsonw_bool(&body->json, true);
}

/* The first field set that the API has no member for; NULL: none. Sent all the same they are an error 400. */
static const char *unsupported_field(const llmc_request *request) {
    if (request->stop_count > 0)
        return "stop";
    if (request->has_seed)
        return "seed";
    if (request->has_frequency_penalty)
        return "frequency_penalty";
    return request->has_presence_penalty ? "presence_penalty" : NULL;
}

llmc_status llmc__responses_encode(const llmc__target *target, const char *model, const llmc_request *request,
                                   bool stream, llmc__http_request *out, llmc_error *error) {
    static const llmc__openai_form form = {"/responses", "input", write_members};
    const char *field = unsupported_field(request);
    if (field != NULL) {
        llmc__error_set(error, LLMC_ERR_UNSUPPORTED,
                        "%s: provider \"%s\" does not take it, since the Responses API has no such field; leave it out "
                        "or use a provider of the chat completions API",
                        field, target->name);
        return LLMC_ERR_UNSUPPORTED;
    }
    return llmc__openai_encode_form(&form, target, model, request, stream, out, error);
}
