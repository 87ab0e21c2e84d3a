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

/* Whether all members but that one say nothing, or have one of two names. */
static bool has_only(const llmc__json *object, const llmc__json *only, const char *name, const char *or_name) {
    for (const llmc__json *member = llmc__json_first(object); member != NULL; member = llmc__json_next(member))
        if (member != only && strcmp(llmc__json_name(member), name) != 0 &&
            strcmp(llmc__json_name(member), or_name) != 0 && !says_nothing(member))
            return false;
    return true;
}

/* Values that stand beside the choices say nothing of their own, unless they have members. */
static bool root_has_only(const llmc__json *root, const llmc__json *choices) {
    for (const llmc__json *member = llmc__json_first(root); member != NULL; member = llmc__json_next(member))
        if (member != choices && llmc__json_first(member) != NULL)
            return false;
    return true;
}

void llmc__openai_piece_find(llmc__openai_decoder *decoder, const llmc__json *root) {
    const llmc__json *choices = llmc__json_get(root, "choices"), *choice = llmc__json_first(choices);
    const llmc__json *delta = llmc__json_get(choice, "delta");
    bool is_text = llmc__json_word(delta, "content") != NULL;
    const char *name = is_text ? "content" : "reasoning_content";
    const llmc__json *piece = llmc__json_word(delta, name) != NULL ? llmc__json_get(delta, name) : NULL;
    int64_t index = 0;
    /* Azure tells of each piece how its filters found it. */
    if (llmc__json_next(choice) != NULL || !root_has_only(root, choices) ||
        !has_only(choice, delta, "index", "content_filter_results") || !has_only(delta, piece, "role", "role"))
        piece = NULL;
    (void)llmc__json_int64(decoder->sink.doc, llmc__json_get(choice, "index"), &index);
    decoder->piece = (llmc__openai_piece){piece, is_text ? LLMC_EVENT_TEXT : LLMC_EVENT_REASONING, (size_t)index};
}

void llmc__openai_piece_say(llmc__openai_decoder *decoder, const char *text, size_t len) {
    const llmc__openai_piece *piece = &decoder->piece;
    llmc__sink_text(&decoder->sink, piece->kind, piece->place, text, len);
    if (piece->kind == LLMC_EVENT_REASONING && piece->place == 0)
        llmc__openai_keep_words(decoder, text, len);
}

const char *const llmc__openai_idle[] = {"id", "created", "obfuscation", "system_fingerprint", NULL};
