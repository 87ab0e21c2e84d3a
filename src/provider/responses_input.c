/*
 * Messages as the items of `input`: https://platform.openai.com/docs/api-reference/responses/create. Calls and their
 * results are items of their own. An earlier answer that has reasoning goes back as the items it came in, since a call
 * is refused without the reasoning before it.
 */
#include <string.h>
#include "provider/responses.h"

/* ---- earlier answers in their own form ---- */

static bool has_word(const llmc__json_doc *doc, const llmc__json *object, const char *name, const char *word) {
    const char *text = llmc__json_string(doc, llmc__json_get(object, name), NULL);
    return text != NULL && strcmp(text, word) == 0;
}

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
        if (has_word(doc, item, "type", "reasoning"))
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
        found = has_word(doc, item, "type", type) && has_word(doc, item, "call_id", call_id);
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

static void put_text(llmc__body *body, const char *name, const llmc__part *part) {
    llmc__jsonw_name(&body->json, name);
    llmc__jsonw_string(&body->json, part->text, part->text_len);
}

static void write_file(llmc__body *body, const llmc__part *part) {
    llmc__body_put_str(body, "type", "input_file");
    if (part->kind == LLMC__PART_FILE_URL) {
        put_text(body, "file_url", part);
        return;
    }
    llmc__body_put_str(body, "filename", llmc__openai_file_name(part));
    llmc__jsonw_name(&body->json, "file_data");
    llmc__body_data_url(body, part->mime, part->text, part->text_len);
}

static void write_image(llmc__body *body, const llmc__part *part) {
    if (part->kind == LLMC__PART_IMAGE && !llmc__openai_image_good(body, part))
        return;
    llmc__body_put_str(body, "type", "input_image");
    if (part->kind == LLMC__PART_IMAGE_URL) {
        put_text(body, "image_url", part);
        return;
    }
    llmc__jsonw_name(&body->json, "image_url");
    llmc__body_data_url(body, part->mime, part->text, part->text_len);
}

/* What was said by the model is "output" even when it is sent back. */
static void write_part(llmc__body *body, llmc_role role, const llmc__part *part) {
    llmc__jsonw_begin_object(&body->json);
    if (part->kind == LLMC__PART_TEXT) {
        llmc__body_put_str(body, "type", role == LLMC_ROLE_ASSISTANT ? "output_text" : "input_text");
        put_text(body, "text", part);
    } else if (part->kind == LLMC__PART_IMAGE || part->kind == LLMC__PART_IMAGE_URL) {
        write_image(body, part);
    } else {
        write_file(body, part);
    }
    llmc__jsonw_end_object(&body->json);
}

/* ---- items ---- */

static void write_call(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", "function_call");
    llmc__body_put_str(body, "call_id", part->id);
    llmc__body_put_str(body, "name", part->name);
    put_text(body, "arguments", part);
    llmc__jsonw_end_object(&body->json);
}

static void write_result(llmc__body *body, const llmc__part *part) {
    bool custom = answers_custom_call(body, part->id);
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", custom ? "custom_tool_call_output" : "function_call_output");
    llmc__body_put_str(body, "call_id", part->id);
    put_text(body, "output", part);
    llmc__jsonw_end_object(&body->json);
}

/* Opens a message item when none is open, for content that follows. */
static void open_message(llmc__body *body, const llmc__message *message, bool *open) {
    if (*open)
        return;
    *open = true;
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", "message");
    llmc__body_put_str(body, "role", llmc__openai_role_name(message->role));
    llmc__jsonw_name(&body->json, "content");
    llmc__jsonw_begin_array(&body->json);
}

static void close_message(llmc__body *body, bool *open) {
    if (!*open)
        return;
    *open = false;
    llmc__jsonw_end_array(&body->json);
    llmc__jsonw_end_object(&body->json);
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
