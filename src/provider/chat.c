#include "provider/chat.h"

#include <string.h>
#include "wire/jsonform.h"

bool llmc__chat_opens(llmc__body *body, uint32_t fields, const char *name) {
    return (body->fields & fields) != 0 && llmc__body_open(body, name);
}

void llmc__chat_refuse(llmc__body *body, const char *what, const char *why) {
    if (body->json.status == LLMC_OK && !body->target->drop_unsupported)
        body->json.status = llmc__provider_refuse(body->target, what, why, body->error);
}

/* ---- messages ---- */

bool llmc__chat_is_system(const llmc__message *message) {
    return message->role == LLMC_ROLE_SYSTEM || message->role == LLMC_ROLE_DEVELOPER;
}

const char *llmc__chat_role(llmc_role role) {
    if (role == LLMC_ROLE_SYSTEM || role == LLMC_ROLE_DEVELOPER)
        return "system";
    return role == LLMC_ROLE_ASSISTANT ? "assistant" : "user";
}

void llmc__chat_each(llmc__body *body, const llmc__message *message, llmc__part_kind kind, llmc__chat_part_fn write) {
    llmc__part scratch;
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (part->kind == kind)
            write(body, part);
    }
}

void llmc__chat_messages(llmc__body *body, llmc__chat_part_fn write_result, llmc__chat_message_fn write) {
    if (!llmc__body_open(body, "messages"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->message_count; i++) {
        const llmc__message *message = &body->request->messages[i];
        size_t results = llmc__chat_count(message, LLMC__PART_TOOL_RESULT);
        llmc__chat_each(body, message, LLMC__PART_TOOL_RESULT, write_result);
        if (results == 0 || results < llmc__message_parts(message))
            write(body, message);
    }
    llmc__jsonw_end_array(&body->json);
}

void llmc__chat_labels(llmc__body *body, const char *name) {
    const llmc_request *request = body->request;
    if (!llmc__chat_opens(body, LLMC__FIELD_METADATA, name))
        return;
    llmc__jsonw_begin_object(&body->json);
    for (size_t i = 0; i < request->metadata_count; i++)
        llmc__body_put_str(body, request->metadata[i].name, request->metadata[i].value);
    llmc__jsonw_end_object(&body->json);
}

llmc_status llmc__chat_bearer(llmc__body *body) {
    return llmc__body_header_key(body, "Authorization", "Bearer ");
}

void llmc__chat_tools(llmc__body *body) {
    if (body->request->tool_count == 0 || !llmc__chat_opens(body, LLMC__FIELD_TOOLS, "tools"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->tool_count; i++) {
        const llmc__tool *tool = &body->request->tools[i];
        llmc__jsonform_write(&body->json, "{type:'function',function:{name:%s,description:%s,parameters:%j}}",
                             tool->name, tool->description, tool->schema);
    }
    llmc__jsonw_end_array(&body->json);
}

size_t llmc__chat_count(const llmc__message *message, llmc__part_kind kind) {
    size_t count = 0;
    llmc__part scratch;
    for (size_t i = 0; i < llmc__message_parts(message); i++)
        count += llmc__message_part(message, i, &scratch)->kind == kind;
    return count;
}

/* One text is written as it lies; several have to be joined first. */
void llmc__chat_texts(llmc__body *body, const llmc__message *message) {
    llmc__buf joined;
    llmc__part scratch;
    llmc_status status = LLMC_OK;
    llmc__buf_init(&joined, body->json.out->max);
    for (size_t i = 0; i < llmc__message_parts(message) && status == LLMC_OK; i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (part->kind != LLMC__PART_TEXT)
            continue;
        if (llmc__chat_count(message, LLMC__PART_TEXT) == 1) {
            llmc__jsonw_string(&body->json, part->text, part->text_len);
            return;
        }
        status = llmc__buf_append(&joined, part->text, part->text_len);
    }
    if (status != LLMC_OK && body->json.status == LLMC_OK)
        body->json.status = status;
    llmc__jsonw_string(&body->json, llmc__buf_str(&joined), joined.len);
    llmc__buf_free(&joined);
}

const char *llmc__chat_arguments(const llmc__part *call) {
    size_t blank = strspn(call->text != NULL ? call->text : "", " \t\r\n");
    return call->text != NULL && call->text[blank] == '{' ? call->text : "{}";
}

void llmc__chat_usage(llmc__sink *sink, const llmc_event *usage) {
    if (usage->usage.tokens_in >= 0 || usage->usage.tokens_out >= 0)
        llmc__sink_emit(sink, usage);
}

void llmc__chat_fail(llmc__sink *sink, const llmc__json *root) {
    llmc__words words;
    llmc__openai_words_read(sink->doc, root, &words);
    llmc__sink_fail_words(sink, &words);
}

bool llmc__chat_fails(llmc__sink *sink, const llmc__json *root) {
    if (!llmc__openai_words_present(root))
        return false;
    llmc__chat_fail(sink, root);
    return true;
}
