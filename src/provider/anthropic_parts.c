/* The parts of messages as content blocks (https://docs.claude.com/en/api/messages#body-messages). */
#include <string.h>
#include "base/str.h"
#include "provider/anthropic.h"
#include "wire/jsonform.h"

void llmc__anthropic_mark(llmc__body *body, bool mark) {
    if (mark && llmc__body_wants(body, LLMC__FIELD_CACHE_MARK))
        llmc__jsonform_write(&body->json, "cache_control:{type:'ephemeral'}");
}

static void write_source_url(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "source:{type:'url',url:%t}", part->text, part->text_len);
}

static void write_source_bytes(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "source:{type:'base64',media_type:%s,data:", part->mime);
    llmc__body_base64(body, part->text, part->text_len);
    llmc__jsonw_end_object(&body->json);
}

static void write_source_text(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "source:{type:'text',media_type:'text/plain',data:%t}", part->text,
                         part->text_len);
}

static void refuse_type(llmc__body *body, const char *what, const char *mime, const char *taken) {
    llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED, "%s: provider \"%s\" does not take %s, but %s", what,
                      body->target->name, mime, taken);
}

/* https://docs.claude.com/en/docs/build-with-claude/vision */
static void write_image(llmc__body *body, const llmc__part *part) {
    if (!llmc__str_ieq_any(part->mime, "image/jpeg\0image/png\0image/gif\0image/webp\0"))
        refuse_type(body, "image", part->mime, "JPEG, PNG, GIF and WebP");
    write_source_bytes(body, part);
}

/* https://docs.claude.com/en/docs/build-with-claude/pdf-support; text of any kind goes as plain text, the only type. */
static void write_file(llmc__body *body, const llmc__part *part) {
    if (llmc__str_ieq_n(part->mime, strnlen(part->mime, 5), "text/"))
        write_source_text(body, part);
    else if (llmc__str_ieq(part->mime, "application/pdf"))
        write_source_bytes(body, part);
    else
        refuse_type(body, "file", part->mime, "PDF and text");
    llmc__jsonform_write(&body->json, "title:%s", part->name);
}

/* Ids of other providers' calls may have characters that this API refuses. */
static void put_id(llmc__body *body, const char *name, const char *id) {
    llmc__jsonw_name(&body->json, name);
    llmc__jsonw_raw(&body->json, "\"", 1);
    for (; id != NULL && *id != '\0' && body->json.status == LLMC_OK; id++) {
        bool plain = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') || (*id >= '0' && *id <= '9') ||
                     *id == '_' || *id == '-';
        body->json.status = llmc__buf_append_char(body->json.out, plain ? *id : '_');
    }
    if (body->json.status == LLMC_OK)
        body->json.status = llmc__buf_append_char(body->json.out, '"');
}

/* The arguments are an object, or there are none: some providers send "" or null for that. */
static void write_call(llmc__body *body, const llmc__part *part) {
    bool is_object = part->text_len > 0 && part->text[strspn(part->text, " \t\r\n")] == '{';
    put_id(body, "id", part->id);
    llmc__jsonform_write(&body->json, "name:%s,input:%j", part->name, is_object ? part->text : "{}");
}

static void write_result(llmc__body *body, const llmc__part *part) {
    put_id(body, "tool_use_id", part->id);
    if (part->text_len > 0)
        llmc__jsonform_write(&body->json, "content:%t", part->text, part->text_len);
    llmc__jsonform_write(&body->json, "?is_error:true", part->is_error);
}

void llmc__anthropic_part(llmc__body *body, const llmc__part *part, bool mark) {
    static const char types[][12] = {
        [LLMC__PART_TEXT] = "text",
        [LLMC__PART_IMAGE_URL] = "image",
        [LLMC__PART_IMAGE] = "image",
        [LLMC__PART_FILE_URL] = "document",
        [LLMC__PART_FILE] = "document",
        [LLMC__PART_TOOL_CALL] = "tool_use",
        [LLMC__PART_TOOL_RESULT] = "tool_result",
    };
    if (part->kind == LLMC__PART_REPLAY || (part->kind == LLMC__PART_TEXT && part->text_len == 0))
        return;
    llmc__jsonform_write(&body->json, "{type:%s", types[part->kind]);
    if (part->kind == LLMC__PART_TEXT)
        llmc__jsonform_write(&body->json, "text:%t", part->text, part->text_len);
    else if (part->kind == LLMC__PART_IMAGE_URL || part->kind == LLMC__PART_FILE_URL)
        write_source_url(body, part);
    else if (part->kind == LLMC__PART_IMAGE)
        write_image(body, part);
    else if (part->kind == LLMC__PART_FILE)
        write_file(body, part);
    else if (part->kind == LLMC__PART_TOOL_CALL)
        write_call(body, part);
    else
        write_result(body, part);
    llmc__anthropic_mark(body, mark);
    llmc__jsonw_end_object(&body->json);
}
