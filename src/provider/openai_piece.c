/* Chunks of a stream that tell a piece of text and nothing else: the next of the same shape need not be read. */
#include <string.h>
#include "provider/openai.h"

static bool says_nothing(const llmc__json *value) {
    const char *text = llmc__json_string(NULL, value, NULL);
    if (text != NULL)
        return text[0] == '\0';
    return llmc__json_first(value) == NULL && llmc__json_type_of(value) != LLMC__JSON_NUMBER &&
           llmc__json_type_of(value) != LLMC__JSON_BOOL;
}

static bool is_container(const llmc__json *value) {
    return llmc__json_type_of(value) == LLMC__JSON_OBJECT || llmc__json_type_of(value) == LLMC__JSON_ARRAY;
}

static bool is_named(const llmc__json *member, const char *name) {
    return strcmp(llmc__json_name(member), name) == 0;
}

static bool delta_has_only(const llmc__json *delta, const llmc__json *piece) {
    for (const llmc__json *member = llmc__json_first(delta); member != NULL; member = llmc__json_next(member))
        if (member != piece && !is_named(member, "role") && !says_nothing(member))
            return false;
    return true;
}

/* Azure tells of each piece how its filters found it. */
static bool choice_has_only(const llmc__json *choice, const llmc__json *delta) {
    for (const llmc__json *member = llmc__json_first(choice); member != NULL; member = llmc__json_next(member))
        if (member != delta && !is_named(member, "index") && !is_named(member, "content_filter_results") &&
            !says_nothing(member))
            return false;
    return true;
}

static bool root_has_only(const llmc__json *root, const llmc__json *choices) {
    for (const llmc__json *member = llmc__json_first(root); member != NULL; member = llmc__json_next(member))
        if (member != choices && is_container(member) && !says_nothing(member))
            return false;
    return true;
}

/* A string of the delta, when that is all the chunk has to say. */
static const llmc__json *only_member(const llmc__json *root, const char *name) {
    const llmc__json *choices = llmc__json_get(root, "choices");
    const llmc__json *choice = llmc__json_first(choices);
    const llmc__json *delta = llmc__json_get(choice, "delta");
    const llmc__json *piece = llmc__json_get(delta, name);
    if (llmc__json_type_of(piece) != LLMC__JSON_STRING || says_nothing(piece) || llmc__json_next(choice) != NULL)
        return NULL;
    return root_has_only(root, choices) && choice_has_only(choice, delta) && delta_has_only(delta, piece) ? piece
                                                                                                          : NULL;
}

void llmc__openai_piece_find(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *choice = llmc__json_first(llmc__json_get(root, "choices"));
    llmc_event_kind kind = LLMC_EVENT_TEXT;
    const llmc__json *piece = only_member(root, "content");
    int64_t index = 0;
    if (piece == NULL) {
        piece = only_member(root, "reasoning_content");
        kind = LLMC_EVENT_REASONING;
    }
    (void)llmc__json_int64(doc, llmc__json_get(choice, "index"), &index);
    decoder->piece = (llmc__openai_piece){piece, kind, (size_t)index};
}

llmc_status llmc__openai_piece_say(llmc__openai_decoder *decoder, const char *text, size_t len) {
    const llmc__openai_piece *piece = &decoder->piece;
    llmc_status status = llmc__openai_say(decoder, piece->kind, text, len, piece->place);
    if (status != LLMC_OK || piece->kind != LLMC_EVENT_REASONING || piece->place != 0)
        return status;
    llmc__openai_keep_words(decoder, text, len);
    return decoder->status;
}

const char *const llmc__openai_idle[] = {"id", "created", "obfuscation", "system_fingerprint", NULL};
