/* Request -> POST {base_url}/chat, as https://docs.cohere.com/reference/chat describes it. */
#include "provider/chat.h"
#include "provider/cohere.h"

static void write_text_block(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", "text");
    llmc__jsonw_name(&body->json, "text");
    llmc__jsonw_string(&body->json, part->text, part->text_len);
    llmc__jsonw_end_object(&body->json);
}

/* Bytes go as a data URL. */
static void write_image_block(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", "image_url");
    llmc__jsonw_name(&body->json, "image_url");
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "url");
    if (part->kind == LLMC__PART_IMAGE_URL)
        llmc__jsonw_string(&body->json, part->text, part->text_len);
    else
        llmc__body_data_url(body, part->mime, part->text, part->text_len);
    llmc__jsonw_end_object(&body->json);
    llmc__jsonw_end_object(&body->json);
}

static bool takes_image(const llmc__body *body, const llmc__part *part) {
    return (part->kind == LLMC__PART_IMAGE_URL && llmc__body_wants(body, LLMC__FIELD_IMAGE_URL)) ||
           (part->kind == LLMC__PART_IMAGE && llmc__body_wants(body, LLMC__FIELD_IMAGE));
}

/* One text alone is a string; more, or images, are a list of blocks. */
static void write_content(llmc__body *body, const llmc__message *message) {
    llmc__part scratch;
    size_t texts = llmc__chat_count(message, LLMC__PART_TEXT);
    size_t images = llmc__chat_count(message, LLMC__PART_IMAGE) + llmc__chat_count(message, LLMC__PART_IMAGE_URL);
    llmc__jsonw_name(&body->json, "content");
    if (texts <= 1 && images == 0) {
        llmc__chat_texts(body, message);
        return;
    }
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (part->kind == LLMC__PART_TEXT)
            write_text_block(body, part);
        else if (takes_image(body, part))
            write_image_block(body, part);
    }
    llmc__jsonw_end_array(&body->json);
}

static void write_call(llmc__body *body, const llmc__part *call) {
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "id", call->id);
    llmc__body_put_str(body, "type", "function");
    llmc__jsonw_name(&body->json, "function");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "name", call->name);
    llmc__body_put_str(body, "arguments", llmc__chat_arguments(call));
    llmc__jsonw_end_object(&body->json);
    llmc__jsonw_end_object(&body->json);
}

static void write_calls(llmc__body *body, const llmc__message *message) {
    llmc__part scratch;
    llmc__jsonw_name(&body->json, "tool_calls");
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (part->kind == LLMC__PART_TOOL_CALL)
            write_call(body, part);
    }
    llmc__jsonw_end_array(&body->json);
}

/* A result is a message of its own. */
static void write_results(llmc__body *body, const llmc__message *message) {
    llmc__part scratch;
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (part->kind != LLMC__PART_TOOL_RESULT)
            continue;
        llmc__jsonw_begin_object(&body->json);
        llmc__body_put_str(body, "role", "tool");
        llmc__body_put_str(body, "tool_call_id", part->id);
        llmc__jsonw_name(&body->json, "content");
        llmc__jsonw_string(&body->json, part->text, part->text_len);
        llmc__jsonw_end_object(&body->json);
    }
}

/* Beside calls an empty text is left out: a message of both is refused where the text is "". */
static void write_message(llmc__body *body, const llmc__message *message) {
    size_t results = llmc__chat_count(message, LLMC__PART_TOOL_RESULT);
    size_t calls = llmc__chat_count(message, LLMC__PART_TOOL_CALL);
    write_results(body, message);
    if (results > 0 && results == llmc__message_parts(message))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "role", llmc__chat_role(message->role));
    if (calls == 0 || llmc__chat_count(message, LLMC__PART_TEXT) > 0)
        write_content(body, message);
    if (calls > 0)
        write_calls(body, message);
    llmc__jsonw_end_object(&body->json);
}

static void write_messages(llmc__body *body) {
    if (!llmc__body_open(body, "messages"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->message_count; i++)
        write_message(body, &body->request->messages[i]);
    llmc__jsonw_end_array(&body->json);
}

/* AUTO is what is done when nothing is said; a single tool cannot be named. */
static void write_tool_choice(llmc__body *body) {
    if (!llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE))
        return;
    switch (body->request->tool_choice) {
    case LLMC_TOOL_CHOICE_UNSET:
    case LLMC_TOOL_CHOICE_AUTO:
        return;
    case LLMC_TOOL_CHOICE_NONE:
        llmc__body_str(body, "tool_choice", "NONE");
        return;
    case LLMC_TOOL_CHOICE_REQUIRED:
        llmc__body_str(body, "tool_choice", "REQUIRED");
        return;
    case LLMC_TOOL_CHOICE_NAMED:
        if (!body->target->drop_unsupported)
            llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED,
                              "tool_choice: provider \"%s\" cannot be told one tool by name; use "
                              "LLMC_TOOL_CHOICE_REQUIRED with that tool alone",
                              body->target->name);
    }
}

/* Strictness is of all tools or none here (https://docs.cohere.com/docs/structured-outputs). */
static bool has_strict_tool(const llmc__body *body) {
    bool strict = false;
    for (size_t i = 0; i < body->request->tool_count; i++)
        strict = strict || body->request->tools[i].strict;
    return strict && llmc__body_wants(body, LLMC__FIELD_TOOLS);
}

static void write_format(llmc__body *body) {
    bool has_schema = llmc__body_wants(body, LLMC__FIELD_JSON_SCHEMA);
    if ((!has_schema && !llmc__body_wants(body, LLMC__FIELD_JSON_MODE)) || !llmc__body_open(body, "response_format"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", "json_object");
    if (has_schema)
        llmc__body_put_raw(body, "json_schema", body->request->schema);
    llmc__jsonw_end_object(&body->json);
}

/* Thinking is on or off, and may be bounded; there are no levels (https://docs.cohere.com/docs/reasoning). */
static void write_thinking(llmc__body *body) {
    bool has_budget = llmc__body_wants(body, LLMC__FIELD_REASONING_BUDGET);
    bool has_effort = llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT);
    bool off = has_effort && body->request->reasoning_effort == LLMC_REASONING_NONE;
    if ((!has_budget && !has_effort) || !llmc__body_open(body, "thinking"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", off ? "disabled" : "enabled");
    if (has_budget && !off) {
        llmc__jsonw_name(&body->json, "token_budget");
        llmc__jsonw_int(&body->json, body->request->reasoning_budget);
    }
    llmc__jsonw_end_object(&body->json);
}

static void write_sampling(llmc__body *body) {
    const llmc_request *request = body->request;
    llmc__body_double(body, "temperature", llmc__body_wants(body, LLMC__FIELD_TEMPERATURE), request->temperature);
    llmc__body_double(body, "p", llmc__body_wants(body, LLMC__FIELD_TOP_P), request->top_p);
    llmc__body_int(body, "k", llmc__body_wants(body, LLMC__FIELD_TOP_K), request->top_k);
    llmc__body_double(body, "frequency_penalty", llmc__body_wants(body, LLMC__FIELD_FREQUENCY_PENALTY),
                      request->frequency_penalty);
    llmc__body_double(body, "presence_penalty", llmc__body_wants(body, LLMC__FIELD_PRESENCE_PENALTY),
                      request->presence_penalty);
    llmc__body_int(body, "seed", llmc__body_wants(body, LLMC__FIELD_SEED), request->seed);
    llmc__body_int(body, "max_tokens", llmc__body_wants(body, LLMC__FIELD_MAX_TOKENS), request->max_tokens);
    llmc__body_stops(body, "stop_sequences");
    llmc__body_bool(body, "logprobs", llmc__body_wants(body, LLMC__FIELD_LOGPROBS), true);
}

static void write_chat(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    write_messages(body);
    llmc__chat_tools(body);
    llmc__body_bool(body, "strict_tools", has_strict_tool(body), true);
    write_tool_choice(body);
    write_format(body);
    write_thinking(body);
    write_sampling(body);
    llmc__body_bool(body, "stream", true, body->stream);
}

static llmc_status write_url(llmc__body *body) {
    return llmc__body_url(body, "/chat");
}

static llmc_status write_headers(llmc__body *body) {
    return llmc__body_header_key(body, "Authorization", "Bearer ");
}

llmc_status llmc__cohere_encode(const llmc__target *target, const char *model, const llmc_request *request, bool stream,
                                llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form chat = {"messages", write_url, write_headers, write_chat};
    return llmc__body_encode(&chat, target, model, request, stream, out, error);
}
