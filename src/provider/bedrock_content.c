/* Messages, system texts and tools in the form of Converse. */
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "provider/bedrock.h"

typedef struct format {
    const char *mime, *name;
} format;

/* ImageBlock and DocumentBlock of the Converse API. */
static const format image_formats[] = {
    {"image/png", "png"}, {"image/jpeg", "jpeg"}, {"image/jpg", "jpeg"},
    {"image/gif", "gif"}, {"image/webp", "webp"}, {NULL, NULL},
};
static const format document_formats[] = {
    {"application/pdf", "pdf"},
    {"text/csv", "csv"},
    {"application/msword", "doc"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"text/html", "html"},
    {"text/plain", "txt"},
    {"text/markdown", "md"},
    {NULL, NULL},
};

/* Messages being written. Turns must change, so messages of one speaker become one. */
typedef struct turns {
    llmc__body *body;
    const char *role; /* of the message that is open; NULL: none is */
    unsigned documents;
} turns;

static void begin_block(llmc__body *body, const char *kind) {
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, kind);
}

static void end_block(llmc__body *body) {
    llmc__jsonw_end_object(&body->json);
}

/* Blank texts are refused by the API. */
static void write_text(llmc__body *body, const char *text, size_t len) {
    if (len == 0)
        return;
    begin_block(body, "text");
    llmc__jsonw_string(&body->json, text, len);
    end_block(body);
}

/* Only these makers' models cache by marks; for others a cachePoint is an error. */
static void write_mark(llmc__body *body, bool marked) {
    llmc__bedrock_maker maker = llmc__bedrock_maker_of(body->model);
    if (!marked || (maker != LLMC__BEDROCK_ANTHROPIC && maker != LLMC__BEDROCK_NOVA))
        return;
    begin_block(body, "cachePoint");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", "default");
    llmc__jsonw_end_object(&body->json);
    end_block(body);
}

static const char *format_of(const format *formats, const char *mime) {
    size_t len = mime != NULL ? strcspn(mime, "; ") : 0;
    for (; formats->mime != NULL; formats++)
        if (len > 0 && llmc__str_ieq_n(mime, len, formats->mime))
            return formats->name;
    return NULL;
}

static void write_source(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_name(&body->json, "source");
    begin_block(body, "bytes");
    llmc__body_base64(body, part->text, part->text_len);
    end_block(body);
}

static void write_image(llmc__body *body, const llmc__part *part) {
    const char *name = format_of(image_formats, part->mime);
    if (name == NULL) {
        llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED,
                          "image of type \"%.64s\": provider \"%s\" takes png, jpeg, gif "
                          "and webp",
                          part->mime != NULL ? part->mime : "", body->target->name);
        return;
    }
    begin_block(body, "image");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "format", name);
    write_source(body, part);
    llmc__jsonw_end_object(&body->json);
    end_block(body);
}

/*
 * The name is read by the model, so that a file's own could carry instructions: the API's documentation asks for a
 * neutral one. Two documents of a request may not have the same.
 */
static void write_document(turns *turn, const llmc__part *part) {
    llmc__body *body = turn->body;
    const char *name = format_of(document_formats, part->mime);
    char neutral[32];
    if (name == NULL) {
        llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED,
                          "file of type \"%.64s\": provider \"%s\" takes pdf, csv, doc, "
                          "docx, xls, xlsx, html, txt and md",
                          part->mime != NULL ? part->mime : "", body->target->name);
        return;
    }
    (void)snprintf(neutral, sizeof neutral, "document-%u", ++turn->documents);
    begin_block(body, "document");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "format", name);
    llmc__body_put_str(body, "name", neutral);
    write_source(body, part);
    llmc__jsonw_end_object(&body->json);
    end_block(body);
}

static void write_call(llmc__body *body, const llmc__part *part) {
    begin_block(body, "toolUse");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "toolUseId", part->id);
    llmc__body_put_str(body, "name", part->name);
    llmc__body_put_raw(body, "input", part->text_len > 0 ? part->text : "{}");
    llmc__jsonw_end_object(&body->json);
    end_block(body);
}

/* Without an error there is no status: only some models take it. */
static void write_result(llmc__body *body, const llmc__part *part) {
    begin_block(body, "toolResult");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "toolUseId", part->id);
    llmc__jsonw_name(&body->json, "content");
    llmc__jsonw_begin_array(&body->json);
    write_text(body, part->text, part->text_len);
    llmc__jsonw_end_array(&body->json);
    llmc__body_put_str(body, "status", part->is_error ? "error" : NULL);
    llmc__jsonw_end_object(&body->json);
    end_block(body);
}

static void write_part(turns *turn, const llmc__part *part) {
    switch (part->kind) {
    case LLMC__PART_TEXT:
        write_text(turn->body, part->text, part->text_len);
        break;
    case LLMC__PART_IMAGE:
        write_image(turn->body, part);
        break;
    case LLMC__PART_FILE:
        write_document(turn, part);
        break;
    case LLMC__PART_TOOL_CALL:
        write_call(turn->body, part);
        break;
    case LLMC__PART_TOOL_RESULT:
        write_result(turn->body, part);
        break;
    case LLMC__PART_IMAGE_URL: /* refused or dropped: the API fetches nothing from the web */
    case LLMC__PART_FILE_URL:
    case LLMC__PART_REPLAY:
        return;
    }
    write_mark(turn->body, part->cache_mark);
}

/* What stands between the brackets of the replay are content blocks as the API sent them. */
static void write_replay(llmc__body *body, const llmc__part *replay) {
    const char *text = replay->text;
    size_t len = replay->text_len;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len > 0)
        llmc__jsonw_raw(&body->json, text, len);
}

static bool is_system(const llmc__message *message) {
    return message->role == LLMC_ROLE_SYSTEM || message->role == LLMC_ROLE_DEVELOPER;
}

static bool has_blocks(const llmc__message *message) {
    llmc__part scratch;
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (part->kind == LLMC__PART_REPLAY ? llmc__message_replay(message, LLMC__BEDROCK_NAME) == part
                                            : part->kind != LLMC__PART_TEXT || part->text_len > 0)
            return true;
    }
    return false;
}

static void close_turn(turns *turn) {
    if (turn->role == NULL)
        return;
    llmc__jsonw_end_array(&turn->body->json);
    llmc__jsonw_end_object(&turn->body->json);
    turn->role = NULL;
}

static void open_turn(turns *turn, const char *role) {
    if (turn->role != NULL && strcmp(turn->role, role) == 0)
        return;
    close_turn(turn);
    llmc__jsonw_begin_object(&turn->body->json);
    llmc__body_put_str(turn->body, "role", role);
    llmc__jsonw_name(&turn->body->json, "content");
    llmc__jsonw_begin_array(&turn->body->json);
    turn->role = role;
}

static void write_message(turns *turn, const llmc__message *message) {
    const llmc__part *replay = llmc__message_replay(message, LLMC__BEDROCK_NAME);
    llmc__part scratch;
    if (!has_blocks(message))
        return;
    open_turn(turn, message->role == LLMC_ROLE_ASSISTANT ? "assistant" : "user");
    if (replay != NULL)
        write_replay(turn->body, replay);
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (replay == NULL)
            write_part(turn, part);
        else
            write_mark(turn->body, part->cache_mark);
    }
}

static void write_system(llmc__body *body) {
    const llmc_request *request = body->request;
    llmc__part scratch;
    bool any = false;
    for (size_t i = 0; i < request->message_count; i++)
        any = any || (is_system(&request->messages[i]) && has_blocks(&request->messages[i]));
    if (!any || !llmc__body_open(body, "system"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count; i++)
        for (size_t k = 0; is_system(&request->messages[i]) && k < llmc__message_parts(&request->messages[i]); k++) {
            const llmc__part *part = llmc__message_part(&request->messages[i], k, &scratch);
            write_text(body, part->text, part->text_len);
            write_mark(body, part->cache_mark);
        }
    llmc__jsonw_end_array(&body->json);
}

void llmc__bedrock_messages(llmc__body *body) {
    turns turn = {.body = body};
    write_system(body);
    if (!llmc__body_open(body, "messages"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->message_count; i++)
        if (!is_system(&body->request->messages[i]))
            write_message(&turn, &body->request->messages[i]);
    close_turn(&turn);
    llmc__jsonw_end_array(&body->json);
}

/* ---- tools ---- */

static void write_tool(llmc__body *body, const llmc__tool *tool) {
    begin_block(body, "toolSpec");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "name", tool->name);
    llmc__body_put_str(body, "description", tool->description);
    llmc__jsonw_name(&body->json, "inputSchema");
    begin_block(body, "json");
    llmc__jsonw_raw(&body->json, tool->schema, strlen(tool->schema));
    end_block(body);
    if (tool->strict)
        llmc__body_put_bool(body, "strict", true);
    llmc__jsonw_end_object(&body->json);
    end_block(body);
    write_mark(body, tool->cache_mark);
}

static void write_choice(llmc__body *body) {
    static const char *const names[] = {
        [LLMC_TOOL_CHOICE_AUTO] = "auto", [LLMC_TOOL_CHOICE_REQUIRED] = "any", [LLMC_TOOL_CHOICE_NAMED] = "tool"};
    const llmc_request *request = body->request;
    if (!llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE) || request->tool_choice == LLMC_TOOL_CHOICE_NONE)
        return;
    llmc__jsonw_name(&body->json, "toolChoice");
    begin_block(body, names[request->tool_choice]);
    llmc__jsonw_begin_object(&body->json);
    if (request->tool_choice == LLMC_TOOL_CHOICE_NAMED)
        llmc__body_put_str(body, "name", request->tool_choice_name);
    llmc__jsonw_end_object(&body->json);
    end_block(body);
}

static bool mentions_tools(const llmc_request *request) {
    llmc__part scratch;
    for (size_t i = 0; i < request->message_count; i++)
        for (size_t k = 0; k < llmc__message_parts(&request->messages[i]); k++) {
            llmc__part_kind kind = llmc__message_part(&request->messages[i], k, &scratch)->kind;
            if (kind == LLMC__PART_TOOL_CALL || kind == LLMC__PART_TOOL_RESULT)
                return true;
        }
    return false;
}

/* There is no word for "none": tools are not offered then. Where the messages speak of tools that is refused. */
static bool offers_tools(llmc__body *body) {
    if (!llmc__body_wants(body, LLMC__FIELD_TOOLS) || body->request->tool_count == 0)
        return false;
    if (!llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE) || body->request->tool_choice != LLMC_TOOL_CHOICE_NONE)
        return true;
    if (!mentions_tools(body->request))
        return false;
    if (!body->target->drop_unsupported)
        llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED,
                          "tool_choice \"none\": provider \"%s\" has none once its messages have tool calls; leave it "
                          "out, or set drop_unsupported in the client's options",
                          body->target->name);
    return true;
}

void llmc__bedrock_tools(llmc__body *body) {
    if (!offers_tools(body) || !llmc__body_open(body, "toolConfig"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "tools");
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->tool_count; i++)
        write_tool(body, &body->request->tools[i]);
    llmc__jsonw_end_array(&body->json);
    write_choice(body);
    llmc__jsonw_end_object(&body->json);
}
