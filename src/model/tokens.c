#include "model/tokens.h"

#include <string.h>
#include "base/str.h"
#include "model/picture.h"

/* What the formats put around a thing; the last is what announces the answer. */
#define PER_MESSAGE 4
#define PER_TOOL    8
#define PER_CALL    8
#define PER_ANSWER  3

/* A picture is scaled down until it has no more than this; one whose size is not known is taken for that large. */
#define PIXELS_PER_TOKEN 750
#define LEAST_PICTURE    85
#define MOST_PICTURE     1600

/* A page of a document with its picture; how much of a file a page is. */
#define PER_PAGE       1600
#define BYTES_PER_PAGE 100000

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Quarters of a token of the character that begins with the byte: its first byte has all of them. */
static int64_t quarters_of(unsigned char byte) {
    if (byte < 0x80)
        return 1;
    if (byte < 0xc0)
        return 0; /* goes on */
    if (byte < 0xe0)
        return 2;
    return byte < 0xf0 ? 4 : 8;
}

int64_t llmc__tokens_of_text(const char *text, size_t len) {
    int64_t quarters = 0;
    size_t at = 0;
    while (at < len) {
        uint64_t word = 0;
        if (len - at >= sizeof word)
            memcpy(&word, text + at, sizeof word);
        if (len - at >= sizeof word && (word & HIGH_BITS) == 0) {
            quarters += (int64_t)sizeof word;
            at += sizeof word;
        } else {
            quarters += quarters_of((unsigned char)text[at++]);
        }
    }
    return (quarters + 3) / 4;
}

static int64_t of_string(const char *text) {
    return text != NULL ? llmc__tokens_of_text(text, strlen(text)) : 0;
}

static int64_t of_picture(const llmc__part *part) {
    uint32_t width, height;
    uint64_t tokens;
    if (part->kind != LLMC__PART_IMAGE || !llmc__picture_size(part->text, part->text_len, &width, &height))
        return MOST_PICTURE;
    tokens = (uint64_t)width * height / PIXELS_PER_TOKEN;
    if (tokens < LEAST_PICTURE)
        return LEAST_PICTURE;
    return tokens < MOST_PICTURE ? (int64_t)tokens : MOST_PICTURE;
}

static bool is_text(const char *mime) {
    return mime != NULL && (llmc__str_starts(mime, "text/") || strcmp(mime, "application/json") == 0);
}

static int64_t of_file(const llmc__part *part) {
    if (is_text(part->mime))
        return llmc__tokens_of_text(part->text, part->text_len);
    return PER_PAGE * (1 + (int64_t)(part->text_len / BYTES_PER_PAGE));
}

static int64_t of_part(const llmc__part *part) {
    switch (part->kind) {
    case LLMC__PART_TEXT:
        return llmc__tokens_of_text(part->text, part->text_len);
    case LLMC__PART_IMAGE:
    case LLMC__PART_IMAGE_URL:
        return of_picture(part);
    case LLMC__PART_FILE:
        return of_file(part);
    case LLMC__PART_FILE_URL:
        return PER_PAGE;
    case LLMC__PART_TOOL_CALL:
    case LLMC__PART_TOOL_RESULT:
        return PER_CALL + of_string(part->name) + llmc__tokens_of_text(part->text, part->text_len);
    case LLMC__PART_REPLAY: /* stands for the parts beside it */
        break;
    }
    return 0;
}

static int64_t of_message(const llmc__message *message) {
    int64_t tokens = PER_MESSAGE;
    llmc__part scratch;
    for (size_t i = 0; i < llmc__message_parts(message); i++)
        tokens += of_part(llmc__message_part(message, i, &scratch));
    return tokens;
}

static int64_t of_tool(const llmc__tool *tool) {
    return PER_TOOL + of_string(tool->name) + of_string(tool->description) + of_string(tool->schema);
}

int64_t llmc__tokens_of_request(const llmc_request *request) {
    int64_t tokens = PER_ANSWER + of_string(request->schema) + of_string(request->extra_json);
    for (size_t i = 0; i < request->message_count; i++)
        tokens += of_message(&request->messages[i]);
    for (size_t i = 0; i < request->tool_count; i++)
        tokens += of_tool(&request->tools[i]);
    return tokens;
}
