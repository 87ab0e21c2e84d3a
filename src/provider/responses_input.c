/*
 * Messages as the items of `input`: https://platform.openai.com/docs/api-reference/responses/create. Calls and their
 * results are items of their own. An earlier answer that has reasoning goes back as the items it came in, since a call
 * is refused without the reasoning before it.
 */
#include <string.h>
#include "provider/responses.h"
#include "wire/jsonform.h"

/* ---- earlier answers in their own form ---- */

/* NULL when it is not JSON, or when there is no memory, which ends the request. */
static llmc__json_doc *read_replay(llmc__body *body, const llmc__part *replay) {
    llmc__json_doc *doc = NULL;
    if (llmc__json_parse(replay->text, replay->text_len, &doc, NULL) == LLMC_ERR_NO_MEMORY)
        llmc__body_refuse(body, LLMC_ERR_NO_MEMORY, "no memory for an earlier answer");
    return doc;
}

/* Without `store` the provider keeps nothing: reasoning it is sent must be there whole, in its encrypted form. */
static bool is_self_contained(llmc__body *body, const llmc__part *replay) {
    llmc__json_doc *doc = read_replay(body, replay);
    bool whole = doc != NULL;
    const llmc__json *item = llmc__json_first(llmc__json_root(doc));
    for (; item != NULL && whole; item = llmc__json_next(item))
        if (llmc__json_says(item, "type", "reasoning"))
            whole = llmc__json_type_of(llmc__json_get(item, "encrypted_content")) == LLMC__JSON_STRING;
    llmc__json_free(doc);
    return whole;
}

bool llmc__responses_is_stored(const llmc__body *body) {
    bool stored = true;
    (void)llmc__json_bool(llmc__json_get(body->extra, "store"), &stored);
    return stored;
}

/* The items to be sent in the message's place; NULL: it is written from its parts. */
static const llmc__part *replay_of(llmc__body *body, const llmc__message *message) {
    const llmc__part *replay = llmc__message_replay(message, llmc__openai_origin(body->target));
    if (replay == NULL || replay->text_len <= 2)
        return NULL;
    return llmc__responses_is_stored(body) || is_self_contained(body, replay) ? replay : NULL;
}

bool llmc__responses_has_replay(llmc__body *body) {
    for (size_t i = 0; i < body->request->message_count; i++)
        if (replay_of(body, &body->request->messages[i]) != NULL)
            return true;
    return false;
}

/* Whether an item of the replay is the call of a custom tool with that id. */
static bool has_custom_call(llmc__body *body, const llmc__part *replay, const char *call_id) {
    static const char type[] = "custom_tool_call";
    bool found = false;
    if (strstr(replay->text, type) == NULL) /* spares the parsing of most */
        return false;
    llmc__json_doc *doc = read_replay(body, replay);
    for (const llmc__json *item = llmc__json_first(llmc__json_root(doc)); item != NULL && !found;
         item = llmc__json_next(item))
        found = llmc__json_says(item, "type", type) && llmc__json_says(item, "call_id", call_id);
    llmc__json_free(doc);
    return found;
}

static bool answers_custom_call(llmc__body *body, const char *call_id) {
    for (size_t i = body->request->message_count; i-- > 0;) {
        const llmc__part *replay = replay_of(body, &body->request->messages[i]);
        if (replay != NULL && has_custom_call(body, replay, call_id))
            return true;
    }
    return false;
}

/* ---- content ---- */

/* Bytes are the value of the member that the pattern ends with, an address takes its place. */
static void write_bytes(llmc__body *body, const llmc__part *part) {
    llmc__body_data_url(body, part->mime, part->text, part->text_len);
}

static void write_file(llmc__body *body, const llmc__part *part) {
    if (part->kind == LLMC__PART_FILE_URL) {
        llmc__jsonform_write(&body->json, "type:'input_file',file_url:%t", part->text, part->text_len);
        return;
    }
    llmc__jsonform_write(&body->json, "type:'input_file',filename:%s,file_data:", llmc__openai_file_name(part));
    write_bytes(body, part);
}

static void write_image(llmc__body *body, const llmc__part *part) {
    if (part->kind == LLMC__PART_IMAGE_URL) {
        llmc__jsonform_write(&body->json, "type:'input_image',image_url:%t", part->text, part->text_len);
    } else if (llmc__openai_image_good(body, part)) {
        llmc__jsonform_write(&body->json, "type:'input_image',image_url:");
        write_bytes(body, part);
    }
}

/* What was said by the model is "output" even when it is sent back. */
static void write_part(llmc__body *body, llmc_role role, const llmc__part *part) {
    llmc__jsonw_begin_object(&body->json);
    if (part->kind == LLMC__PART_TEXT)
        llmc__jsonform_write(&body->json, "type:%s,text:%t", role == LLMC_ROLE_ASSISTANT ? "output_text" : "input_text",
                             part->text, part->text_len);
    else if (part->kind == LLMC__PART_IMAGE || part->kind == LLMC__PART_IMAGE_URL)
        write_image(body, part);
    else
        write_file(body, part);
    llmc__jsonw_end_object(&body->json);
}

/* ---- items ---- */

static void write_call(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{type:'function_call',call_id:%s,name:%s,arguments:%t}", part->id, part->name,
                         part->text, part->text_len);
}

static void write_result(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{type:%s,call_id:%s,output:%t}",
                         answers_custom_call(body, part->id) ? "custom_tool_call_output" : "function_call_output",
                         part->id, part->text, part->text_len);
}

/* Opens a message item when none is open, for content that follows. */
static void open_message(llmc__body *body, const llmc__message *message, bool *open) {
    if (*open)
        return;
    *open = true;
    llmc__jsonform_write(&body->json, "{type:'message',role:%s,content:[", llmc__openai_role_name(message->role));
}

static void close_message(llmc__body *body, bool *open) {
    if (!*open)
        return;
    *open = false;
    llmc__jsonform_write(&body->json, "]}");
}

static void write_message(llmc__body *body, const llmc__message *message) {
    bool open = false;
    llmc__part scratch;
    const llmc__part *replay = replay_of(body, message);
    if (replay != NULL) {
        llmc__jsonw_raw(&body->json, replay->text + 1, replay->text_len - 2); /* the items without their brackets */
        return;
    }
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (!llmc__openai_part_wanted(body, part))
            continue;
        if (part->kind != LLMC__PART_TOOL_CALL && part->kind != LLMC__PART_TOOL_RESULT) {
            open_message(body, message, &open);
            write_part(body, message->role, part);
            continue;
        }
        close_message(body, &open);
        if (part->kind == LLMC__PART_TOOL_CALL)
            write_call(body, part);
        else
            write_result(body, part);
    }
    close_message(body, &open);
}

void llmc__responses_write_input(llmc__body *body) {
    if (!llmc__body_open(body, "input"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->message_count; i++)
        write_message(body, &body->request->messages[i]);
    llmc__jsonw_end_array(&body->json);
}
