/*
 * Messages as chat completions have them: results of tools are messages of their own, parts are an array where there
 * is more than one text, the assistant's calls stand beside his text.
 */
#include <string.h>
#include "base/str.h"
#include "provider/openai.h"
#include "wire/jsonform.h"

const char *llmc__openai_role_name(llmc_role role) {
    switch (role) {
    case LLMC_ROLE_SYSTEM:
        return "system";
    case LLMC_ROLE_DEVELOPER:
        return "developer";
    case LLMC_ROLE_ASSISTANT:
        return "assistant";
    case LLMC_ROLE_USER:
        break;
    }
    return "user";
}

/* ---- images and files ---- */

bool llmc__openai_part_wanted(const llmc__body *w, const llmc__part *part) {
    return part->kind == LLMC__PART_TEXT || (w->fields & llmc__part_field(part->kind)) != 0;
}

/* https://platform.openai.com/docs/guides/images-vision: the types it takes. Other servers decide for themselves. */
bool llmc__openai_image_good(llmc__body *w, const llmc__part *part) {
    static const char types[] = "image/png\0image/jpeg\0image/jpg\0image/webp\0image/gif\0";
    if (!llmc__openai_is_host(w->target->base_url) || llmc__str_ieq_any(part->mime, types))
        return true;
    llmc__body_refuse(w, LLMC_ERR_UNSUPPORTED,
                      "mime: provider \"%s\" takes no images of type %s; it takes PNG, JPEG, WebP and GIF",
                      w->target->name, part->mime);
    return false;
}

const char *llmc__openai_file_name(const llmc__part *part) {
    if (part->name != NULL)
        return part->name;
    return llmc__str_ieq(part->mime, "application/pdf") ? "document.pdf" : "file";
}

/* The value of the member that was named last. */
static void write_data_url(llmc__body *w, const llmc__part *part) {
    llmc__body_data_url(w, part->mime, part->text, part->text_len);
}

static void write_image(llmc__body *w, const llmc__part *part) {
    bool is_bytes = part->kind == LLMC__PART_IMAGE;
    if (is_bytes && !llmc__openai_image_good(w, part))
        return;
    llmc__jsonform_write(&w->json, "type:'image_url',image_url:{url:");
    if (is_bytes)
        write_data_url(w, part);
    else
        llmc__jsonw_string(&w->json, part->text, part->text_len);
    llmc__jsonw_end_object(&w->json);
}

/* NULL: no sound, or one the API has no word for. */
static const char *sound_format(const char *mime) {
    if (llmc__str_ieq_any(mime, "audio/wav\0audio/x-wav\0audio/wave\0audio/vnd.wave\0"))
        return "wav";
    return llmc__str_ieq_any(mime, "audio/mpeg\0audio/mp3\0") ? "mp3" : NULL;
}

static void write_sound(llmc__body *w, const llmc__part *part, const char *format) {
    llmc__jsonform_write(&w->json, "type:'input_audio',input_audio:{data:");
    llmc__body_base64(w, part->text, part->text_len);
    llmc__jsonform_write(&w->json, "format:%s}", format);
}

/* https://platform.openai.com/docs/guides/pdf-files: PDF only, as a data URL. */
static void write_file(llmc__body *w, const llmc__part *part) {
    const char *format = sound_format(part->mime);
    if (format != NULL) {
        write_sound(w, part, format);
        return;
    }
    if (llmc__openai_is_host(w->target->base_url) && !llmc__str_ieq(part->mime, "application/pdf")) {
        llmc__body_refuse(w, LLMC_ERR_UNSUPPORTED,
                          "mime: provider \"%s\" takes no files of type %s; it takes PDF, WAV and MP3", w->target->name,
                          part->mime);
        return;
    }
    llmc__jsonform_write(&w->json, "type:'file',file:{filename:%s,file_data:", llmc__openai_file_name(part));
    write_data_url(w, part);
    llmc__jsonw_end_object(&w->json);
}

static void write_part(llmc__body *w, const llmc__part *part) {
    llmc__jsonw_begin_object(&w->json);
    if (part->kind == LLMC__PART_TEXT)
        llmc__jsonform_write(&w->json, "type:'text',text:%t", part->text, part->text_len);
    else if (part->kind == LLMC__PART_FILE)
        write_file(w, part);
    else
        write_image(w, part);
    llmc__jsonw_end_object(&w->json);
}

/* ---- messages ---- */

/* Whether it goes into `content`; calls and results stand elsewhere. */
static bool is_content(const llmc__body *w, const llmc__part *part) {
    return part->kind != LLMC__PART_TOOL_CALL && part->kind != LLMC__PART_TOOL_RESULT &&
           llmc__openai_part_wanted(w, part);
}

/* A run of parts without results of tools between them. */
typedef struct run {
    const llmc__message *message;
    const llmc__part *from, *to;
} run;

/* Those of its content; *only is the last of them. */
static size_t count_content(const llmc__body *w, const run *r, const llmc__part **only) {
    size_t count = 0;
    for (const llmc__part *part = r->from; part < r->to; part++)
        if (is_content(w, part)) {
            *only = part;
            count++;
        }
    return count;
}

/* Vendors without images document content as a string only (https://api-docs.deepseek.com/api/create-chat-completion).
 */
static bool wants_one_text(const llmc__body *w) {
    return w->target->row != NULL && (w->target->row->lacks & (uint32_t)LLMC__FIELD_IMAGE) != 0;
}

/* The texts one behind the other; what is no text has been refused or left out. */
static void write_joined(llmc__body *w, const run *r) {
    llmc__buf text;
    llmc_status status = LLMC_OK;
    llmc__buf_init(&text, SIZE_MAX);
    for (const llmc__part *part = r->from; part < r->to && status == LLMC_OK; part++)
        if (part->kind == LLMC__PART_TEXT)
            status = llmc__buf_append(&text, part->text, part->text_len);
    if (status != LLMC_OK && w->json.status == LLMC_OK)
        w->json.status = status;
    llmc__jsonw_string(&w->json, llmc__buf_str(&text), text.len);
    llmc__buf_free(&text);
}

/* One text is sent as such, which every server reads; nothing at all as null. */
static void write_content(llmc__body *w, const run *r) {
    const llmc__part *only = NULL;
    size_t count = count_content(w, r, &only);
    llmc__jsonw_name(&w->json, "content");
    if (count == 0) {
        llmc__jsonw_null(&w->json);
    } else if (count == 1 && only->kind == LLMC__PART_TEXT) {
        llmc__jsonw_string(&w->json, only->text, only->text_len);
    } else if (wants_one_text(w)) {
        write_joined(w, r);
    } else {
        llmc__jsonw_begin_array(&w->json);
        for (const llmc__part *part = r->from; part < r->to; part++)
            if (is_content(w, part))
                write_part(w, part);
        llmc__jsonw_end_array(&w->json);
    }
}

static const char *id_of(const llmc__body *w, const llmc__part *part, char room[LLMC__BODY_ID_BYTES]) {
    if (w->map_id == NULL || part->id == NULL)
        return part->id;
    w->map_id(part->id, room);
    return room;
}

static void write_call(llmc__body *w, const llmc__part *part) {
    char room[LLMC__BODY_ID_BYTES];
    llmc__jsonform_write(&w->json, "{id:%s,type:'function',function:{name:%s,arguments:%t}}", id_of(w, part, room),
                         part->name, part->text, part->text_len);
}

static bool has_calls(const llmc__body *w, const llmc__message *message) {
    for (size_t i = 0; i < message->part_count; i++)
        if (message->parts[i].kind == LLMC__PART_TOOL_CALL)
            return llmc__body_wants(w, LLMC__FIELD_TOOLS);
    return false;
}

static void write_calls(llmc__body *w, const llmc__message *message) {
    if (!has_calls(w, message))
        return;
    llmc__jsonform_write(&w->json, "tool_calls:[");
    for (size_t i = 0; i < message->part_count; i++)
        if (message->parts[i].kind == LLMC__PART_TOOL_CALL)
            write_call(w, &message->parts[i]);
    llmc__jsonw_end_array(&w->json);
}

/*
 * What this vendor wants back of its own answer beside text and calls: members of the message, kept by the decoder as
 * "[{...}]" (see openai_replay.c). One that begins with the content stands for it, too.
 */
static const llmc__part *replay_of(const llmc__body *w, const llmc__message *message) {
    const llmc__part *replay = llmc__message_replay(message, llmc__openai_origin(w->target));
    return replay != NULL && replay->text_len > 4 ? replay : NULL;
}

static bool has_own_content(const llmc__part *replay) {
    return replay != NULL && llmc__str_starts(replay->text, "[{\"content\":");
}

static void write_run(llmc__body *w, const run *r) {
    const llmc__part *only = NULL, *replay = replay_of(w, r->message);
    bool empty = count_content(w, r, &only) == 0 && !has_calls(w, r->message) && replay == NULL;
    if (empty) /* all of it was left out: drop_unsupported */
        return;
    llmc__jsonw_begin_object(&w->json);
    llmc__body_put_str(w, "role", llmc__openai_role_name(r->message->role));
    if (!has_own_content(replay))
        write_content(w, r);
    write_calls(w, r->message);
    if (replay != NULL)
        llmc__jsonw_raw(&w->json, replay->text + 2, replay->text_len - 4);
    llmc__jsonw_end_object(&w->json);
}

static void write_result(llmc__body *w, const llmc__part *part) {
    char room[LLMC__BODY_ID_BYTES];
    if (llmc__openai_part_wanted(w, part))
        llmc__jsonform_write(&w->json, "{role:'tool',tool_call_id:%s,content:%t}", id_of(w, part, room), part->text,
                             part->text_len);
}

static void write_parts(llmc__body *w, const llmc__message *message) {
    run r = {message, message->parts, message->parts};
    for (size_t i = 0; i <= message->part_count; i++) {
        bool last = i == message->part_count;
        r.to = message->parts + i;
        if (!last && r.to->kind != LLMC__PART_TOOL_RESULT)
            continue;
        if (r.to > r.from)
            write_run(w, &r);
        if (last)
            break;
        write_result(w, r.to);
        r.from = r.to + 1;
    }
}

static void write_plain(llmc__body *w, const llmc__message *message) {
    llmc__jsonw_begin_object(&w->json);
    llmc__body_put_str(w, "role", llmc__openai_role_name(message->role));
    llmc__jsonw_name(&w->json, "content");
    llmc__jsonw_string(&w->json, message->text, message->text_len);
    llmc__jsonw_end_object(&w->json);
}

void llmc__openai_write_messages(llmc__body *w) {
    if (!llmc__body_open(w, "messages"))
        return;
    llmc__jsonw_begin_array(&w->json);
    for (size_t i = 0; i < w->request->message_count; i++) {
        const llmc__message *message = &w->request->messages[i];
        if (message->parts != NULL)
            write_parts(w, message);
        else
            write_plain(w, message);
    }
    llmc__jsonw_end_array(&w->json);
}
