/*
 * What of an answer its vendor wants back with the next request, so that a model that called tools goes on thinking
 * where it was: OpenRouter's reasoning_details (https://openrouter.ai/docs/use-cases/reasoning-tokens: "the entire
 * sequence"), and beside calls the reasoning_content of DeepSeek, Moonshot and Z.ai, which refuse or forget without it
 * (https://api-docs.deepseek.com/guides/thinking_mode). Kept for the first choice and told at the end as REPLAY, an
 * object of members for the message.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/openai.h"
#include "wire/jsonform.h"
#include "wire/jsonprint.h"

void llmc__openai_keep_init(llmc__openai_keep *keep, size_t max_bytes) {
    llmc__buf_init(&keep->reasoning, max_bytes);
    llmc__buf_init(&keep->details, max_bytes);
    llmc__buf_init(&keep->text, max_bytes);
    llmc__buf_init(&keep->others, max_bytes);
}

void llmc__openai_keep_free(llmc__openai_keep *keep) {
    llmc__buf_free(&keep->reasoning);
    llmc__buf_free(&keep->details);
    llmc__buf_free(&keep->text);
    llmc__buf_free(&keep->others);
}

/* What is too large to be kept is not sent back; the answer is none the worse. */
static void settle(llmc__openai_decoder *decoder, llmc_status status) {
    if (status == LLMC_ERR_TOO_LARGE)
        decoder->keep.dropped = true;
    else
        llmc__sink_keep(&decoder->sink, status);
}

void llmc__openai_keep_words(llmc__openai_decoder *decoder, const char *reasoning, size_t len) {
    if (len > 0 && !decoder->keep.dropped)
        settle(decoder, llmc__buf_append(&decoder->keep.reasoning, reasoning, len));
}

void llmc__openai_keep_reasoning(llmc__openai_decoder *decoder, const llmc__json *delta) {
    size_t len = 0;
    const char *text = llmc__sink_string(&decoder->sink, delta, "reasoning_content", &len);
    llmc__openai_keep_words(decoder, text, len);
}

/* ---- reasoning_details ---- */

/* A stream brings an entry of text in pieces; this is the member they have in parts. NULL: it comes whole. */
static const char *growing_member(const llmc__json *entry) {
    if (llmc__json_text(NULL, entry, "text", NULL) != NULL)
        return "text";
    return llmc__json_text(NULL, entry, "summary", NULL) != NULL ? "summary" : NULL;
}

/* The entry that grew, finished: {"summary":"...",others}. */
static llmc_status close_entry(llmc__openai_keep *keep) {
    llmc__jsonw json;
    if (keep->member == NULL)
        return LLMC_OK;
    llmc__jsonw_init(&json, &keep->details);
    json.need_comma = keep->details.len > 0;
    llmc__jsonw_begin_object(&json);
    llmc__jsonw_name(&json, keep->member);
    llmc__jsonform_write(&json, "%t%j}", llmc__buf_str(&keep->text), keep->text.len,
                         keep->others.len > 0 ? keep->others.data : NULL);
    keep->member = NULL;
    llmc__buf_clear(&keep->text);
    llmc__buf_clear(&keep->others);
    return json.status;
}

static llmc_status add_whole(llmc__openai_keep *keep, const llmc__json_doc *doc, const llmc__json *entry) {
    llmc_status status = close_entry(keep);
    if (status == LLMC_OK && keep->details.len > 0)
        status = llmc__buf_append_char(&keep->details, ',');
    return status == LLMC_OK ? llmc__jsonprint_value(doc, entry, &keep->details) : status;
}

/* Whether a member of that name is among the others already, each written as "name":value. */
static bool has_other(const llmc__openai_keep *keep, const char *quoted) {
    const char *found = llmc__buf_str(&keep->others);
    size_t len = strlen(quoted);
    while ((found = strstr(found, quoted)) != NULL) {
        if (found == keep->others.data || found[-1] == ',')
            return true;
        found += len;
    }
    return false;
}

/* What a piece says beside its text (type, format, index, signature): what was not said by one before. */
static llmc_status add_other(llmc__openai_keep *keep, const llmc__json_doc *doc, const llmc__json *member) {
    llmc__jsonw json;
    llmc__buf quoted;
    llmc__buf_init(&quoted, 1024);
    llmc__jsonw_init(&json, &quoted);
    llmc__jsonw_name(&json, llmc__json_name(member));
    llmc_status status = json.status;
    if (status == LLMC_OK && !has_other(keep, quoted.data)) {
        if (keep->others.len > 0)
            status = llmc__buf_append_char(&keep->others, ',');
        if (status == LLMC_OK)
            status = llmc__buf_append(&keep->others, quoted.data, quoted.len);
        if (status == LLMC_OK)
            status = llmc__jsonprint_value(doc, member, &keep->others);
    }
    llmc__buf_free(&quoted);
    return status;
}

static int64_t index_of(const llmc__json_doc *doc, const llmc__json *entry) {
    int64_t index = -1;
    (void)llmc__json_int64(doc, llmc__json_get(entry, "index"), &index);
    return index;
}

static llmc_status add_piece(llmc__openai_keep *keep, const llmc__json_doc *doc, const llmc__json *entry,
                             const char *name) {
    size_t len = 0;
    llmc_status status = LLMC_OK;
    int64_t index = index_of(doc, entry);
    if (keep->member != NULL && (strcmp(keep->member, name) != 0 || keep->index != index))
        status = close_entry(keep);
    keep->member = name;
    keep->index = index;
    const char *text = llmc__json_text(doc, entry, name, &len);
    if (status == LLMC_OK)
        status = llmc__buf_append(&keep->text, text, len);
    for (const llmc__json *member = llmc__json_first(entry); member != NULL && status == LLMC_OK;
         member = llmc__json_next(member))
        if (strcmp(llmc__json_name(member), name) != 0 && llmc__json_type_of(member) != LLMC__JSON_NULL)
            status = add_other(keep, doc, member);
    return status;
}

void llmc__openai_keep_details(llmc__openai_decoder *decoder, const llmc__json *details) {
    llmc__openai_keep *keep = &decoder->keep;
    for (const llmc__json *entry = llmc__json_items(details);
         entry != NULL && decoder->sink.status == LLMC_OK && !keep->dropped; entry = llmc__json_next(entry)) {
        const char *name = growing_member(entry);
        if (llmc__json_type_of(entry) == LLMC__JSON_OBJECT)
            settle(decoder, name != NULL ? add_piece(keep, decoder->sink.doc, entry, name)
                                         : add_whole(keep, decoder->sink.doc, entry));
    }
}

/* ---- the event ---- */

static llmc_status write_members(const llmc__openai_keep *keep, llmc__buf *out) {
    llmc__jsonw json;
    llmc__jsonw_init(&json, out);
    if (keep->details.len > 0)
        llmc__jsonform_write(&json, "{reasoning_details:[%j]}", keep->details.data);
    else
        llmc__jsonform_write(&json, "{reasoning_content:%t}", keep->reasoning.data, keep->reasoning.len);
    return json.status;
}

static void emit_members(llmc__openai_decoder *decoder) {
    llmc__buf members;
    llmc__buf_init(&members, SIZE_MAX);
    settle(decoder, write_members(&decoder->keep, &members));
    if (!decoder->keep.dropped)
        llmc__sink_replay(&decoder->sink, decoder->keep.origin, &members);
    llmc__buf_free(&members);
}

void llmc__openai_keep_emit(llmc__openai_decoder *decoder) {
    llmc__openai_keep *keep = &decoder->keep;
    bool called = decoder->choice_count > 0 && decoder->choices[0].call_count > 0;
    if (keep->origin == NULL || keep->dropped || decoder->sink.status != LLMC_OK)
        return;
    settle(decoder, close_entry(keep));
    if (!keep->dropped && (keep->details.len > 0 || (keep->reasoning.len > 0 && called)))
        emit_members(decoder);
}
