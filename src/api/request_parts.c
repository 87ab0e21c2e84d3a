/* Messages and what they are made of. A message of one text stays one until it gets a second part. */
#include "api/request_parts.h"

#include <string.h>
#include "api/argument.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"

llmc__message *llmc__request_parts_last(const llmc_request *request) {
    return request->message_count > 0 ? &request->messages[request->message_count - 1] : NULL;
}

/* Not strndup: text may hold NUL bytes. */
static char *copy_bytes(const void *bytes, size_t len) {
    char *copy = len < SIZE_MAX ? llmc__mem_alloc(len + 1) : NULL;
    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

bool llmc__request_parts_fill(llmc__part *part, const void *bytes, size_t len) {
    part->text = copy_bytes(bytes, len);
    part->text_len = len;
    return part->text != NULL;
}

static bool make_room_for_message(llmc_request *request) {
    return llmc__mem_make_room(&request->messages, request->message_count, &request->message_cap,
                               sizeof *request->messages);
}

static bool make_room_for_part(llmc__message *message) {
    return llmc__mem_make_room(&message->parts, message->part_count, &message->part_cap, sizeof *message->parts);
}

/* The one text becomes the first part; an empty one, which only the assistant may have, goes. */
static void divide(llmc__message *message) {
    if (message->text == NULL)
        return;
    if (message->text_len > 0)
        message->parts[message->part_count++] = (llmc__part){.kind = LLMC__PART_TEXT,
                                                             .text = message->text,
                                                             .text_len = message->text_len,
                                                             .cache_mark = message->cache_mark};
    else
        llmc__mem_free(message->text);
    message->text = NULL;
    message->text_len = 0;
    message->cache_mark = false;
}

llmc_status llmc__request_parts_append(llmc_request *request, const char *argument, llmc__part *part) {
    llmc__message *message = llmc__request_parts_last(request);
    /* An array that was just made has room for two: the text there was and this part. */
    if (message == NULL || !make_room_for_part(message)) {
        llmc__part_clear(part);
        return llmc__argument_no_memory(argument);
    }
    divide(message);
    message->parts[message->part_count++] = *part;
    request->tool_added_last = false;
    return LLMC_OK;
}

llmc_status llmc__request_parts_begin(llmc_request *request, const char *argument, llmc_role role, llmc__part *part) {
    llmc__message message = {.role = role};
    if (!make_room_for_part(&message) || !make_room_for_message(request)) {
        llmc__mem_free(message.parts);
        llmc__part_clear(part);
        return llmc__argument_no_memory(argument);
    }
    message.parts[message.part_count++] = *part;
    request->messages[request->message_count++] = message;
    request->tool_added_last = false;
    return LLMC_OK;
}

/* ---- messages ---- */

llmc_status llmc_request_add_message(llmc_request *request, llmc_role role, const char *text) {
    return llmc_request_add_message_n(request, role, text, text != NULL ? strlen(text) : 0);
}

llmc_status llmc_request_add_message_n(llmc_request *request, llmc_role role, const char *text, size_t len) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (text == NULL)
        return llmc__argument_null("text");
    llmc_status status = llmc__argument_check_enum("role", (int)role, LLMC_ROLE_ASSISTANT, "llmc_role");
    if (status != LLMC_OK)
        return status;
    if (len == 0 && role != LLMC_ROLE_ASSISTANT)
        return llmc__argument_refuse("text: may be empty for assistant messages only");
    status = llmc__argument_check_utf8("text", text, len);
    if (status != LLMC_OK)
        return status;
    char *copy = copy_bytes(text, len);
    if (copy == NULL || !make_room_for_message(request)) {
        llmc__mem_free(copy);
        return llmc__argument_no_memory("text");
    }
    request->messages[request->message_count++] = (llmc__message){.role = role, .text = copy, .text_len = len};
    request->tool_added_last = false;
    return LLMC_OK;
}

void llmc_request_clear_messages(llmc_request *request) {
    if (request != NULL)
        llmc__request_clear_messages(request);
}

/* ---- parts ---- */

static llmc_status check_message(const llmc_request *request, const char *argument, bool of_user) {
    if (request == NULL)
        return llmc__argument_no_request();
    const llmc__message *last = llmc__request_parts_last(request);
    if (last == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "%s: there is no message yet; add one with llmc_request_add_message", argument);
    if (of_user && last->role != LLMC_ROLE_USER)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "%s: the last message is not the user's, who alone can send images and files",
                                argument);
    return LLMC_OK;
}

/* A part of these bytes, type and name. */
static llmc_status add_part(llmc_request *request, llmc__part_kind kind, const char *argument, const void *bytes,
                            size_t len, const char *mime, const char *name) {
    llmc__part part = {.kind = kind};
    part.mime = llmc__mem_strdup(mime);
    part.name = llmc__mem_strdup(name);
    if ((mime != NULL && part.mime == NULL) || (name != NULL && part.name == NULL) ||
        !llmc__request_parts_fill(&part, bytes, len)) {
        llmc__part_clear(&part);
        return llmc__argument_no_memory(argument);
    }
    return llmc__request_parts_append(request, argument, &part);
}

llmc_status llmc_request_add_text(llmc_request *request, const char *text) {
    llmc_status status = check_message(request, "text", false);
    if (status == LLMC_OK)
        status = llmc__argument_check_text("text", text);
    if (status != LLMC_OK)
        return status;
    return add_part(request, LLMC__PART_TEXT, "text", text, strlen(text), NULL, NULL);
}

/* "type/subtype" in the characters of RFC 6838 section 4.2. */
static llmc_status check_mime(const char *argument, const char *mime) {
    static const char others[] = "!#$&-^_.+";
    if (mime == NULL)
        return llmc__argument_null(argument);
    size_t type = llmc__str_span(mime, others);
    size_t subtype = mime[type] == '/' ? llmc__str_span(mime + type + 1, others) : 0;
    if (type == 0 || subtype == 0 || mime[type + 1 + subtype] != '\0' || type + subtype > 127)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: \"%.100s\" is no type such as \"image/png\"", argument,
                                mime);
    return LLMC_OK;
}

static llmc_status add_bytes(llmc_request *request, llmc__part_kind kind, const char *mime, const char *name,
                             const void *bytes, size_t len) {
    llmc_status status = check_message(request, "bytes", true);
    if (status == LLMC_OK)
        status = check_mime("mime", mime);
    if (status == LLMC_OK && name != NULL)
        status = llmc__argument_check_text("name", name);
    if (status != LLMC_OK)
        return status;
    if (bytes == NULL)
        return llmc__argument_null("bytes");
    if (len == 0)
        return llmc__argument_refuse("len: must not be 0, there is nothing to send");
    return add_part(request, kind, "bytes", bytes, len, mime, name);
}

llmc_status llmc_request_add_image(llmc_request *request, const char *mime, const void *bytes, size_t len) {
    return add_bytes(request, LLMC__PART_IMAGE, mime, NULL, bytes, len);
}

llmc_status llmc_request_add_file(llmc_request *request, const char *mime, const char *name, const void *bytes,
                                  size_t len) {
    return add_bytes(request, LLMC__PART_FILE, mime, name, bytes, len);
}

/* ---- URLs ---- */

static bool begins_scheme(const char *url, const char *scheme) {
    size_t len = strlen(scheme);
    return strlen(url) > len && llmc__str_ieq_n(url, len, scheme);
}

static llmc_status refuse_data_url(void) {
    return llmc__argument_refuse("url: a data: URL must be \"data:TYPE;base64,BYTES\"");
}

/* RFC 2397; parameters between type and ";base64" are passed over. `mime` holds 160. */
static llmc_status read_data_url(const char *url, char *mime, llmc__buf *bytes) {
    static const char mark[] = ";base64";
    const char *comma = strchr(url, ',');
    const char *type = url + strlen("data:");
    size_t type_len = strcspn(type, ";,");
    if (comma == NULL || comma - type < (ptrdiff_t)(sizeof mark - 1) || type_len >= 160 ||
        !llmc__str_ieq_n(comma - (sizeof mark - 1), sizeof mark - 1, mark))
        return refuse_data_url();
    memcpy(mime, type, type_len);
    mime[type_len] = '\0';
    llmc_status status = check_mime("url", mime);
    if (status != LLMC_OK)
        return status;
    status = llmc__base64_decode(comma + 1, strlen(comma + 1), bytes);
    if (status == LLMC_ERR_NO_MEMORY)
        return llmc__argument_no_memory("url");
    return status == LLMC_OK && bytes->len > 0 ? LLMC_OK : refuse_data_url();
}

/* Bytes are bytes however they are written, so that each adapter has to know one form of them only. */
static llmc_status add_data_url(llmc_request *request, llmc__part_kind kind, const char *url) {
    char mime[160];
    llmc__buf bytes;
    llmc__buf_init(&bytes, SIZE_MAX);
    llmc_status status = read_data_url(url, mime, &bytes);
    if (status == LLMC_OK)
        status = add_part(request, kind, "url", bytes.data, bytes.len, mime, NULL);
    llmc__buf_free(&bytes);
    return status;
}

static llmc_status add_url(llmc_request *request, llmc__part_kind kind, llmc__part_kind kind_of_bytes,
                           const char *url) {
    llmc_status status = check_message(request, "url", true);
    if (status == LLMC_OK)
        status = llmc__argument_check_text("url", url);
    if (status != LLMC_OK)
        return status;
    if (llmc__str_has_control(url, strlen(url)) || strchr(url, ' ') != NULL)
        return llmc__argument_refuse("url: has a space or a control character");
    if (begins_scheme(url, "data:"))
        return add_data_url(request, kind_of_bytes, url);
    if (!begins_scheme(url, "https://") && !begins_scheme(url, "http://"))
        return llmc__argument_refuse("url: must begin with https://, http:// or data:");
    return add_part(request, kind, "url", url, strlen(url), NULL, NULL);
}

llmc_status llmc_request_add_image_url(llmc_request *request, const char *url) {
    return add_url(request, LLMC__PART_IMAGE_URL, LLMC__PART_IMAGE, url);
}

llmc_status llmc_request_add_file_url(llmc_request *request, const char *url) {
    return add_url(request, LLMC__PART_FILE_URL, LLMC__PART_FILE, url);
}

/* ---- the hint for prompt caches ---- */

llmc_status llmc_request_mark_cache(llmc_request *request) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc__message *last = llmc__request_parts_last(request);
    if (request->tool_count > 0 && (request->tool_added_last || last == NULL))
        request->tools[request->tool_count - 1].cache_mark = true;
    else if (last == NULL)
        return llmc__argument_refuse("request: has no message and no tool to be marked yet");
    else if (last->part_count > 0)
        last->parts[last->part_count - 1].cache_mark = true;
    else
        last->cache_mark = true;
    return LLMC_OK;
}
