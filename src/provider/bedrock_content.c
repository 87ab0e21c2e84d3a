/* Messages, system texts and tools in the form of Converse. */
#include <stdio.h>
#include <string.h>
#include "provider/bedrock.h"
#include "provider/chat.h"
#include "provider/pairs.h"
#include "wire/jsonform.h"

/* ImageBlock and DocumentBlock of the Converse API. */
static const char image_formats[] = "image/png\0png\0"
                                    "image/jpeg\0jpeg\0"
                                    "image/jpg\0jpeg\0"
                                    "image/gif\0gif\0"
                                    "image/webp\0webp\0";
static const char document_formats[] = "application/pdf\0pdf\0"
                                       "text/csv\0csv\0"
                                       "application/msword\0doc\0"
                                       "application/vnd.openxmlformats-officedocument.wordprocessingml.document\0docx\0"
                                       "application/vnd.ms-excel\0xls\0"
                                       "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\0xlsx\0"
                                       "text/html\0html\0"
                                       "text/plain\0txt\0"
                                       "text/markdown\0md\0";

/* Messages being written. Turns must change, so messages of one speaker become one. */
typedef struct turns {
    llmc__body *body;
    const char *role; /* of the message that is open; NULL: none is */
    unsigned documents;
} turns;

/* Blank texts are refused by the API. */
static void write_text(llmc__body *body, const char *text, size_t len) {
    if (len > 0)
        llmc__jsonform_write(&body->json, "{text:%t}", text, len);
}

/* Only these makers' models cache by marks; for others a cachePoint is an error. */
static void write_mark(llmc__body *body, bool marked) {
    llmc__bedrock_maker maker = llmc__bedrock_maker_of(body->model);
    if (marked && (maker == LLMC__BEDROCK_ANTHROPIC || maker == LLMC__BEDROCK_NOVA))
        llmc__jsonform_write(&body->json, "{cachePoint:{type:'default'}}");
}

static const char *format_of(const char *formats, const char *mime) {
    size_t len = mime != NULL ? strcspn(mime, "; ") : 0;
    return len > 0 ? llmc__pairs_find(formats, mime, len) : NULL;
}

/* "image" or "document"; one without a format of its own is refused. */
static void write_bytes(llmc__body *body, const llmc__part *part, const char *kind, const char *format,
                        const char *name) {
    llmc__jsonform_write(&body->json, "{%n:{format:%s,name:%s,source:{bytes:", kind, format, name);
    llmc__body_base64(body, part->text, part->text_len);
    llmc__jsonform_write(&body->json, "}}}");
}

static void refuse_type(llmc__body *body, const llmc__part *part, const char *what, const char *taken) {
    llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED, "%s of type \"%.64s\": provider \"%s\" takes %s", what,
                      part->mime != NULL ? part->mime : "", body->target->name, taken);
}

static void write_image(llmc__body *body, const llmc__part *part) {
    const char *format = format_of(image_formats, part->mime);
    if (format == NULL)
        refuse_type(body, part, "image", "png, jpeg, gif and webp");
    else
        write_bytes(body, part, "image", format, NULL);
}

/*
 * The name is read by the model, so that a file's own could carry instructions: the API's documentation asks for a
 * neutral one. Two documents of a request may not have the same.
 */
static void write_document(turns *turn, const llmc__part *part) {
    const char *format = format_of(document_formats, part->mime);
    char neutral[32];
    if (format == NULL) {
        refuse_type(turn->body, part, "file", "pdf, csv, doc, docx, xls, xlsx, html, txt and md");
        return;
    }
    (void)snprintf(neutral, sizeof neutral, "document-%u", ++turn->documents);
    write_bytes(turn->body, part, "document", format, neutral);
}

static void write_call(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{toolUse:{toolUseId:%s,name:%s,input:%j}}", part->id, part->name,
                         part->text_len > 0 ? part->text : "{}");
}

/* Without an error there is no status: only some models take it. */
static void write_result(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{toolResult:{toolUseId:%s,content:[", part->id);
    write_text(body, part->text, part->text_len);
    llmc__jsonform_write(&body->json, "],?status:'error'}}", part->is_error);
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
    llmc__jsonform_write(&turn->body->json, "]}");
    turn->role = NULL;
}

static void open_turn(turns *turn, const char *role) {
    if (turn->role != NULL && strcmp(turn->role, role) == 0)
        return;
    close_turn(turn);
    llmc__jsonform_write(&turn->body->json, "{role:%s,content:[", role);
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
        any = any || (llmc__chat_is_system(&request->messages[i]) && has_blocks(&request->messages[i]));
    if (!any || !llmc__body_open(body, "system"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count; i++)
        for (size_t k = 0;
             llmc__chat_is_system(&request->messages[i]) && k < llmc__message_parts(&request->messages[i]); k++) {
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
        if (!llmc__chat_is_system(&body->request->messages[i]))
            write_message(&turn, &body->request->messages[i]);
    close_turn(&turn);
    llmc__jsonw_end_array(&body->json);
}

/* ---- tools ---- */

static void write_tool(llmc__body *body, const llmc__tool *tool) {
    llmc__jsonform_write(&body->json, "{toolSpec:{name:%s,description:%s,inputSchema:{json:%j},?strict:true}}",
                         tool->name, tool->description, tool->schema, tool->strict);
    write_mark(body, tool->cache_mark);
}

static void write_choice(llmc__body *body) {
    static const char names[][5] = {
        [LLMC_TOOL_CHOICE_AUTO] = "auto", [LLMC_TOOL_CHOICE_REQUIRED] = "any", [LLMC_TOOL_CHOICE_NAMED] = "tool"};
    const llmc_request *request = body->request;
    if (!llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE) || request->tool_choice == LLMC_TOOL_CHOICE_NONE)
        return;
    llmc__jsonform_write(&body->json, "toolChoice:{%n:{name:%s}}", names[request->tool_choice],
                         request->tool_choice == LLMC_TOOL_CHOICE_NAMED ? request->tool_choice_name : NULL);
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
    llmc__chat_refuse(body, "tool_choice \"none\"", "has none once its messages have tool calls");
    return true;
}

void llmc__bedrock_tools(llmc__body *body) {
    if (!offers_tools(body) || !llmc__body_open(body, "toolConfig"))
        return;
    llmc__jsonform_write(&body->json, "{tools:[");
    for (size_t i = 0; i < body->request->tool_count; i++)
        write_tool(body, &body->request->tools[i]);
    llmc__jsonw_end_array(&body->json);
    write_choice(body);
    llmc__jsonw_end_object(&body->json);
}
