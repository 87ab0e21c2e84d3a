/* Request -> POST {base_url}/chat, as https://docs.cohere.com/reference/chat describes it. */
#include "provider/chat.h"
#include "provider/cohere.h"
#include "provider/sampling.h"
#include "wire/jsonform.h"

/* Bytes go as a data URL. */
static void write_image(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{type:'image_url',image_url:{url:");
    if (part->kind == LLMC__PART_IMAGE_URL)
        llmc__jsonw_string(&body->json, part->text, part->text_len);
    else
        llmc__body_data_url(body, part->mime, part->text, part->text_len);
    llmc__jsonform_write(&body->json, "}}");
}

static void write_block(llmc__body *body, const llmc__part *part) {
    if (part->kind == LLMC__PART_TEXT)
        llmc__jsonform_write(&body->json, "{type:'text',text:%t}", part->text, part->text_len);
    else if ((part->kind == LLMC__PART_IMAGE_URL && llmc__body_wants(body, LLMC__FIELD_IMAGE_URL)) ||
             (part->kind == LLMC__PART_IMAGE && llmc__body_wants(body, LLMC__FIELD_IMAGE)))
        write_image(body, part);
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
    for (size_t i = 0; i < llmc__message_parts(message); i++)
        write_block(body, llmc__message_part(message, i, &scratch));
    llmc__jsonw_end_array(&body->json);
}

static void write_call(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{id:%s,type:'function',function:{name:%s,arguments:%s}}", part->id, part->name,
                         llmc__chat_arguments(part));
}

static void write_result(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{role:'tool',tool_call_id:%s,content:%t}", part->id, part->text, part->text_len);
}

/* Beside calls an empty text is left out: a message of both is refused where the text is "". */
static void write_message(llmc__body *body, const llmc__message *message) {
    size_t calls = llmc__chat_count(message, LLMC__PART_TOOL_CALL);
    llmc__jsonform_write(&body->json, "{role:%s", llmc__chat_role(message->role));
    if (calls == 0 || llmc__chat_count(message, LLMC__PART_TEXT) > 0)
        write_content(body, message);
    if (calls > 0) {
        llmc__jsonform_write(&body->json, "tool_calls:[");
        llmc__chat_each(body, message, LLMC__PART_TOOL_CALL, write_call);
        llmc__jsonw_end_array(&body->json);
    }
    llmc__jsonw_end_object(&body->json);
}

/* AUTO is what is done when nothing is said; a single tool cannot be named. */
static void write_tool_choice(llmc__body *body) {
    llmc_tool_choice choice = body->request->tool_choice;
    if (!llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE))
        return;
    if (choice == LLMC_TOOL_CHOICE_NONE || choice == LLMC_TOOL_CHOICE_REQUIRED)
        llmc__body_str(body, "tool_choice", choice == LLMC_TOOL_CHOICE_NONE ? "NONE" : "REQUIRED");
    else if (choice == LLMC_TOOL_CHOICE_NAMED)
        llmc__chat_refuse(body, "tool_choice",
                          "cannot be told one tool by name (use LLMC_TOOL_CHOICE_REQUIRED with that tool alone)");
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
    if (!llmc__chat_opens(body, LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_JSON_MODE, "response_format"))
        return;
    llmc__jsonform_write(&body->json, "{type:'json_object',json_schema:%j}", has_schema ? body->request->schema : NULL);
}

/* Thinking is on or off, and may be bounded; there are no levels (https://docs.cohere.com/docs/reasoning). */
static void write_thinking(llmc__body *body) {
    bool has_budget = llmc__body_wants(body, LLMC__FIELD_REASONING_BUDGET);
    bool off =
        llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT) && body->request->reasoning_effort == LLMC_REASONING_NONE;
    if (!llmc__chat_opens(body, LLMC__FIELD_REASONING_BUDGET | LLMC__FIELD_REASONING_EFFORT, "thinking"))
        return;
    llmc__jsonform_write(&body->json, "{type:%s,?token_budget:%d}", off ? "disabled" : "enabled", has_budget && !off,
                         body->request->reasoning_budget);
}

static void write_sampling(llmc__body *body) {
    static const char own[] = "top_p\0p\0"
                              "top_k\0k\0"
                              "stop\0stop_sequences\0";
    llmc__sampling_write(body, LLMC__COHERE_TAKES, own, false);
    llmc__body_bool(body, "logprobs", llmc__body_wants(body, LLMC__FIELD_LOGPROBS), true);
}

static void write_chat(llmc__body *body) {
    llmc__body_str(body, "model", body->model);
    llmc__chat_messages(body, write_result, write_message);
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

llmc_status llmc__cohere_encode(llmc__body *body) {
    static const llmc__body_form chat = {"messages", write_url, llmc__chat_bearer, write_chat};
    return llmc__body_encode(body, &chat);
}
