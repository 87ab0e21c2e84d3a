/* Messages -> `contents` and `systemInstruction`. */
#include <string.h>
#include "base/str.h"
#include "provider/gemini.h"

/*
 * Stands for the signature of a call that another model made, or that was built by hand: without one Gemini 3 answers
 * 400 (https://ai.google.dev/gemini-api/docs/thought-signatures, "What if I transfer history from another model?").
 */
#define FOREIGN_SIGNATURE "skip_thought_signature_validator"

/* https://ai.google.dev/gemini-api/docs/image-understanding */
static const char *const image_types[] = {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"};

/* What an address ends with tells the type, which Vertex AI requires of it; the Gemini API finds it out itself. */
static const struct {
    const char *ending, *mime;
} types_of_endings[] = {
    {".png", "image/png"},         {".jpg", "image/jpeg"},   {".jpeg", "image/jpeg"}, {".webp", "image/webp"},
    {".heic", "image/heic"},       {".heif", "image/heif"},  {".gif", "image/gif"},   {".pdf", "application/pdf"},
    {".txt", "text/plain"},        {".md", "text/markdown"}, {".csv", "text/csv"},    {".html", "text/html"},
    {".json", "application/json"}, {".xml", "text/xml"},     {".mp3", "audio/mpeg"},  {".wav", "audio/wav"},
    {".flac", "audio/flac"},       {".ogg", "audio/ogg"},    {".m4a", "audio/mp4"},   {".mp4", "video/mp4"},
    {".mov", "video/quicktime"},   {".webm", "video/webm"},  {".mpeg", "video/mpeg"},
};

static const char *type_of_url(const char *url) {
    size_t len = strcspn(url, "?#");
    for (size_t i = 0; i < sizeof types_of_endings / sizeof types_of_endings[0]; i++) {
        size_t size = strlen(types_of_endings[i].ending);
        if (len > size && llmc__str_ieq_n(url + len - size, size, types_of_endings[i].ending))
            return types_of_endings[i].mime;
    }
    return NULL;
}

static bool takes_image(const char *mime) {
    for (size_t i = 0; i < sizeof image_types / sizeof image_types[0]; i++)
        if (llmc__str_ieq(mime, image_types[i]))
            return true;
    return false;
}

static void write_bytes(llmc__body *body, const llmc__part *part) {
    const char *mime = part->mime != NULL ? part->mime : "application/octet-stream";
    if (part->kind == LLMC__PART_IMAGE && !takes_image(mime)) {
        llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED,
                          "image: provider \"%s\" does not take \"%.80s\"; send image/png, jpeg, webp, heic or heif",
                          body->target->name, mime);
        return;
    }
    llmc__jsonw_name(&body->json, "inlineData");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "mimeType", mime);
    llmc__jsonw_name(&body->json, "data");
    llmc__body_base64(body, part->text, part->text_len);
    llmc__jsonw_end_object(&body->json);
}

static void write_link(llmc__body *body, const llmc__part *part) {
    llmc__jsonw_name(&body->json, "fileData");
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "mimeType", part->mime != NULL ? part->mime : type_of_url(part->text));
    llmc__body_put_str(body, "fileUri", part->text);
    llmc__jsonw_end_object(&body->json);
}

/* "call_0": made up by our decoder, since the API had sent none; it does not get it back. */
static bool is_made_up(const char *id) {
    return llmc__str_starts(id, "call_") && strspn(id + 5, "0123456789") == strlen(id + 5) && strlen(id) <= 9;
}

static void put_id(llmc__body *body, const char *id) {
    if (id != NULL && id[0] != '\0' && !is_made_up(id))
        llmc__body_put_str(body, "id", id);
}

static bool is_object(const llmc__part *part) {
    return part->text != NULL && part->text[strspn(part->text, " \t\r\n")] == '{' &&
           llmc__json_valid(part->text, part->text_len, NULL);
}

static void write_call(llmc__body *body, const llmc__part *part, bool first_call) {
    if (first_call && llmc__gemini_is_new(body->model))
        llmc__body_put_str(body, "thoughtSignature", FOREIGN_SIGNATURE);
    llmc__jsonw_name(&body->json, "functionCall");
    llmc__jsonw_begin_object(&body->json);
    put_id(body, part->id);
    llmc__body_put_str(body, "name", part->name);
    llmc__jsonw_name(&body->json, "args");
    if (is_object(part))
        llmc__jsonw_raw(&body->json, part->text, part->text_len);
    else
        llmc__jsonw_raw(&body->json, "{}", 2); /* the API takes objects only; others send null or nothing for none */
    llmc__jsonw_end_object(&body->json);
}

/* `response` must be an object: one is sent as it is, any other text as the member that the API's guide names. */
static void write_result(llmc__body *body, const llmc__part *part) {
    bool whole = is_object(part);
    if (part->name == NULL || part->name[0] == '\0') {
        llmc__body_refuse(
            body, LLMC_ERR_INVALID_ARGUMENT,
            "tool result \"%.80s\": provider \"%s\" needs the tool's name, and no tool call before it has "
            "that id",
            part->id != NULL ? part->id : "", body->target->name);
        return;
    }
    llmc__jsonw_name(&body->json, "functionResponse");
    llmc__jsonw_begin_object(&body->json);
    put_id(body, part->id);
    llmc__body_put_str(body, "name", part->name);
    llmc__jsonw_name(&body->json, "response");
    if (!whole || part->is_error) {
        llmc__jsonw_begin_object(&body->json);
        llmc__jsonw_name(&body->json, part->is_error ? "error" : "result");
    }
    if (whole)
        llmc__jsonw_raw(&body->json, part->text, part->text_len);
    else
        llmc__jsonw_string(&body->json, part->text, part->text_len);
    if (!whole || part->is_error)
        llmc__jsonw_end_object(&body->json);
    llmc__jsonw_end_object(&body->json);
}

/* An empty text is an error 400. */
static bool says_something(const llmc__part *part) {
    return part->kind != LLMC__PART_REPLAY && (part->kind != LLMC__PART_TEXT || part->text_len > 0);
}

static void write_part(llmc__body *body, const llmc__part *part, bool first_call) {
    llmc__jsonw_begin_object(&body->json);
    switch (part->kind) {
    case LLMC__PART_TEXT:
        llmc__jsonw_name(&body->json, "text");
        llmc__jsonw_string(&body->json, part->text, part->text_len);
        break;
    case LLMC__PART_IMAGE_URL:
    case LLMC__PART_FILE_URL:
        write_link(body, part);
        break;
    case LLMC__PART_IMAGE:
    case LLMC__PART_FILE:
        write_bytes(body, part);
        break;
    case LLMC__PART_TOOL_CALL:
        write_call(body, part, first_call);
        break;
    case LLMC__PART_TOOL_RESULT:
        write_result(body, part);
        break;
    case LLMC__PART_REPLAY:
        break;
    }
    llmc__jsonw_end_object(&body->json);
}

/* A part that the target does not take and that drop_unsupported lets pass. */
static bool is_dropped(const llmc__body *body, const llmc__part *part) {
    static const uint32_t needed[] = {
        [LLMC__PART_TEXT] = 0,
        [LLMC__PART_IMAGE_URL] = LLMC__FIELD_IMAGE_URL,
        [LLMC__PART_IMAGE] = LLMC__FIELD_IMAGE,
        [LLMC__PART_FILE_URL] = LLMC__FIELD_FILE_URL,
        [LLMC__PART_FILE] = LLMC__FIELD_FILE,
        [LLMC__PART_TOOL_CALL] = LLMC__FIELD_TOOLS,
        [LLMC__PART_TOOL_RESULT] = LLMC__FIELD_TOOLS,
        [LLMC__PART_REPLAY] = 0,
    };
    return (needed[part->kind] & ~body->fields) != 0;
}

static void write_parts(llmc__body *body, const llmc__message *message) {
    llmc__part scratch;
    bool first_call = true;
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (!says_something(part) || is_dropped(body, part))
            continue;
        write_part(body, part, first_call && part->kind == LLMC__PART_TOOL_CALL);
        first_call = first_call && part->kind != LLMC__PART_TOOL_CALL;
    }
}

static bool is_system(const llmc__message *message) {
    return message->role == LLMC_ROLE_SYSTEM || message->role == LLMC_ROLE_DEVELOPER;
}

static bool is_empty(const llmc__body *body, const llmc__message *message) {
    llmc__part scratch;
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        if (says_something(part) && !is_dropped(body, part))
            return false;
    }
    return true;
}

static const llmc__part *replay_of(const llmc__body *body, const llmc__message *message) {
    return llmc__message_replay(message, body->target->provider->name);
}

static void write_message(llmc__body *body, const llmc__message *message) {
    const llmc__part *replay = replay_of(body, message);
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "role", message->role == LLMC_ROLE_ASSISTANT ? "model" : "user");
    llmc__jsonw_name(&body->json, "parts");
    if (replay != NULL) {
        llmc__jsonw_raw(&body->json, replay->text, replay->text_len);
    } else {
        llmc__jsonw_begin_array(&body->json);
        write_parts(body, message);
        llmc__jsonw_end_array(&body->json);
    }
    llmc__jsonw_end_object(&body->json);
}

/* All that is said by the system or the developer, wherever it stands, in one instruction. */
static void write_instruction(llmc__body *body) {
    const llmc_request *request = body->request;
    bool any = false;
    for (size_t i = 0; i < request->message_count; i++)
        any = any || (is_system(&request->messages[i]) && !is_empty(body, &request->messages[i]));
    if (!any || !llmc__body_open(body, "systemInstruction"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__jsonw_name(&body->json, "parts");
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count; i++)
        if (is_system(&request->messages[i]))
            write_parts(body, &request->messages[i]);
    llmc__jsonw_end_array(&body->json);
    llmc__jsonw_end_object(&body->json);
}

void llmc__gemini_write_contents(llmc__body *body) {
    const llmc_request *request = body->request;
    size_t written = 0;
    write_instruction(body);
    if (!llmc__body_open(body, "contents"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count; i++) {
        const llmc__message *message = &request->messages[i];
        if (is_system(message) || (is_empty(body, message) && replay_of(body, message) == NULL))
            continue;
        write_message(body, message);
        written++;
    }
    llmc__jsonw_end_array(&body->json);
    if (written == 0)
        llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT,
                          "messages: provider \"%s\" needs one of the user's beside the system's", body->target->name);
}
