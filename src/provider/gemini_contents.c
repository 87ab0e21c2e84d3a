/* Messages -> `contents` and `systemInstruction`. */
#include <string.h>
#include "base/str.h"
#include "provider/chat.h"
#include "provider/gemini.h"
#include "provider/pairs.h"
#include "wire/jsonform.h"

/*
 * Stands for the signature of a call that another model made, or that was built by hand: without one Gemini 3 answers
 * 400 (https://ai.google.dev/gemini-api/docs/thought-signatures, "What if I transfer history from another model?").
 */
#define FOREIGN_SIGNATURE "skip_thought_signature_validator"

/* https://ai.google.dev/gemini-api/docs/image-understanding */
static const char image_types[][11] = {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"};

/* What an address ends with tells the type, which Vertex AI requires of it; the Gemini API finds it out itself. */
static const char types_of_endings[] = "png\0image/png\0jpg\0image/jpeg\0jpeg\0image/jpeg\0webp\0image/webp\0"
                                       "heic\0image/heic\0heif\0image/heif\0gif\0image/gif\0"
                                       "pdf\0application/pdf\0txt\0text/plain\0md\0text/markdown\0"
                                       "csv\0text/csv\0html\0text/html\0json\0application/json\0xml\0text/xml\0"
                                       "mp3\0audio/mpeg\0wav\0audio/wav\0flac\0audio/flac\0ogg\0audio/ogg\0"
                                       "m4a\0audio/mp4\0mp4\0video/mp4\0mov\0video/quicktime\0"
                                       "webm\0video/webm\0mpeg\0video/mpeg\0";

static const char *type_of_url(const char *url) {
    size_t end = strcspn(url, "?#"), start = end;
    while (start > 0 && url[start - 1] != '.')
        start--;
    return start > 1 ? llmc__pairs_find(types_of_endings, url + start, end - start) : NULL;
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
    llmc__jsonform_write(&body->json, "inlineData:{mimeType:%s,data:", mime);
    llmc__body_base64(body, part->text, part->text_len);
    llmc__jsonw_end_object(&body->json);
}

static void write_link(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "fileData:{mimeType:%s,fileUri:%s}",
                         part->mime != NULL ? part->mime : type_of_url(part->text), part->text);
}

/* "call_0": made up by our decoder, since the API had sent none; it does not get it back. */
static bool is_made_up(const char *id) {
    return llmc__str_starts(id, "call_") && strspn(id + 5, "0123456789") == strlen(id + 5) && strlen(id) <= 9;
}

/* What goes back of an id; NULL: nothing. */
static const char *id_of(const llmc__part *part) {
    const char *id = part->id;
    return id != NULL && id[0] != '\0' && !is_made_up(id) ? id : NULL;
}

static bool is_object(const llmc__part *part) {
    return part->text != NULL && part->text[strspn(part->text, " \t\r\n")] == '{' &&
           llmc__json_valid(part->text, part->text_len, NULL);
}

/* Arguments are objects only; others send null or nothing for none. */
static void write_call(llmc__body *body, const llmc__part *part, bool first_call) {
    llmc__jsonform_write(&body->json, "?thoughtSignature:'" FOREIGN_SIGNATURE "',functionCall:{id:%s,name:%s,args:%j}",
                         first_call && llmc__gemini_is_new(body->model), id_of(part), part->name,
                         is_object(part) ? part->text : "{}");
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
    llmc__jsonform_write(&body->json, "functionResponse:{id:%s,name:%s,response:", id_of(part), part->name);
    if (whole && !part->is_error)
        llmc__jsonform_write(&body->json, "%j}", part->text);
    else
        llmc__jsonform_write(&body->json, whole ? "{%n:%j}}" : "{%n:%t}}", part->is_error ? "error" : "result",
                             part->text, part->text_len);
}

/* An empty text is an error 400. */
static bool says_something(const llmc__part *part) {
    return part->kind != LLMC__PART_REPLAY && (part->kind != LLMC__PART_TEXT || part->text_len > 0);
}

static void write_part(llmc__body *body, const llmc__part *part, bool first_call) {
    llmc__jsonw_begin_object(&body->json);
    switch (part->kind) {
    case LLMC__PART_TEXT:
        llmc__jsonform_write(&body->json, "text:%t", part->text, part->text_len);
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
    llmc__jsonform_write(&body->json, "{role:%s,parts:", message->role == LLMC_ROLE_ASSISTANT ? "model" : "user");
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
        any = any || (llmc__chat_is_system(&request->messages[i]) && !is_empty(body, &request->messages[i]));
    if (!any || !llmc__body_open(body, "systemInstruction"))
        return;
    llmc__jsonform_write(&body->json, "{parts:[");
    for (size_t i = 0; i < request->message_count; i++)
        if (llmc__chat_is_system(&request->messages[i]))
            write_parts(body, &request->messages[i]);
    llmc__jsonform_write(&body->json, "]}");
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
        if (llmc__chat_is_system(message) || (is_empty(body, message) && replay_of(body, message) == NULL))
            continue;
        write_message(body, message);
        written++;
    }
    llmc__jsonw_end_array(&body->json);
    if (written == 0)
        llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT,
                          "messages: provider \"%s\" needs one of the user's beside the system's", body->target->name);
}
