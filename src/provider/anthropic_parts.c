/* The parts of messages as content blocks (https://docs.claude.com/en/api/messages#body-messages). */
#include <string.h>
#include "base/str.h"
#include "provider/anthropic.h"

void llmc__anthropic_mark(llmc__body *body, bool mark) {
    if (mark && llmc__body_wants(body, LLMC__FIELD_CACHE_MARK))
        llmc__body_put_raw(body, "cache_control", "{\"type\":\"ephemeral\"}");
}

static void put_text(llmc__body *body, const char *name, const llmc__part *part) {
    llmc__jsonw_name(&body->json, name);
    llmc__jsonw_string(&body->json, part->text, part->text_len);
}

static void open_block(llmc__body *body, const char *type) {
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "type", type);
}

static void write_source_url(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_name(&body->json, "source");
    open_block(body, "url");
    put_text(body, "url", part);
    llmc__jsonw_end_object(&body->json);
}

static void write_source_bytes(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_name(&body->json, "source");
    open_block(body, "base64");
    llmc__body_put_str(body, "media_type", part->mime);
    llmc__jsonw_name(&body->json, "data");
    llmc__body_base64(body, part->text, part->text_len);
    llmc__jsonw_end_object(&body->json);
}

static void write_source_text(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_name(&body->json, "source");
    open_block(body, "text");
    llmc__body_put_str(body, "media_type", "text/plain");
    put_text(body, "data", part);
    llmc__jsonw_end_object(&body->json);
}

static bool is_one_of(const char *mime, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (llmc__str_ieq(mime, list[i]))
            return true;
    return false;
}

static void refuse_type(llmc__body *body, const char *what, const char *mime, const char *taken) {
    llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED, "%s: provider \"%s\" does not take %s, but %s", what,
                      body->target->name, mime, taken);
}

/* https://docs.claude.com/en/docs/build-with-claude/vision */
static void write_image(llmc__body *body, const llmc__part *part) {
    static const char *const types[] = {"image/jpeg", "image/png", "image/gif", "image/webp"};
    if (!is_one_of(part->mime, types, sizeof types / sizeof types[0]))
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
    llmc__body_put_str(body, "title", part->name);
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
    llmc__body_put_str(body, "name", part->name);
    llmc__body_put_raw(body, "input", is_object ? part->text : "{}");
}

static void write_result(llmc__body *body, const llmc__part *part) {
    put_id(body, "tool_use_id", part->id);
    if (part->text_len > 0)
        put_text(body, "content", part);
    if (part->is_error)
        llmc__body_put_bool(body, "is_error", true);
}

void llmc__anthropic_part(llmc__body *body, const llmc__part *part, bool mark) {
    static const char *const types[] = {
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
    open_block(body, types[part->kind]);
    if (part->kind == LLMC__PART_TEXT)
        put_text(body, "text", part);
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
