/*
 * The answer's blocks as the API takes them back. It must have them all, in their order and unchanged, when the model
 * has thought or used the server's tools (https://docs.claude.com/en/docs/build-with-claude/extended-thinking
 * #preserving-thinking-blocks); otherwise the response's text and calls say the same.
 */
#include "provider/anthropic.h"
#include "wire/jsonform.h"
#include "wire/jsonw.h"

static bool is_plain(const llmc__block *block) {
    return block->kind == LLMC__ANTHROPIC_TEXT || block->kind == LLMC__ANTHROPIC_TOOL_USE || block->head.len == 0;
}

static bool is_wanted(const llmc__anthropic_answer *answer) {
    for (size_t i = 0; i < answer->blocks.count; i++)
        if (!is_plain(&answer->blocks.at[i]))
            return !answer->replay_lost;
    return false;
}

/*
 * The API refuses empty texts, thinking without its signature, and calls that were cut. An input that is no JSON though
 * the model was done with it is put into an object.
 */
static bool is_whole(const llmc__anthropic_answer *answer, const llmc__block *block) {
    bool cut = llmc__blocks_is_cut(answer->finish);
    switch (block->kind) {
    case LLMC__ANTHROPIC_TEXT:
        return block->text.len > 0;
    case LLMC__ANTHROPIC_THINKING:
        return block->signature.len > 0;
    case LLMC__ANTHROPIC_TOOL_USE:
        return block->ended || (!cut && block->text.len > 0);
    default:
        return block->head.len > 0 &&
               (block->text.len == 0 || llmc__json_valid(block->text.data, block->text.len, NULL));
    }
}

static void put_input(llmc__jsonw *json, const llmc__block *block) {
    const llmc__buf *input = &block->text;
    if (block->is_call && !block->ended && input->len > 0)
        llmc__jsonform_write(json, "input:{" LLMC__REQUEST_BROKEN_ARGUMENTS ":%t}", input->data, input->len);
    else if (block->has_input || input->len > 0)
        llmc__jsonform_write(json, "input:%j", input->len > 0 ? input->data : "{}");
}

static void write_block(llmc__jsonw *json, const llmc__block *block) {
    const llmc__buf *text = &block->text, *signature = &block->signature;
    llmc__jsonw_begin_object(json);
    if (json->status == LLMC_OK)
        json->status = llmc__buf_append(json->out, block->head.data, block->head.len);
    json->need_comma = block->head.len > 0;
    if (block->kind == LLMC__ANTHROPIC_TEXT)
        llmc__jsonform_write(json, block->items.len > 0 ? "text:%t,citations:[%j]" : "text:%t", text->data, text->len,
                             block->items.data);
    else if (block->kind == LLMC__ANTHROPIC_THINKING)
        llmc__jsonform_write(json, "thinking:%t,signature:%t", text->data, text->len, signature->data, signature->len);
    else if (block->kind != LLMC__ANTHROPIC_REDACTED)
        put_input(json, block);
    llmc__jsonw_end_object(json);
}

void llmc__anthropic_replay(llmc__anthropic_answer *answer) {
    llmc__sink *sink = answer->blocks.sink;
    llmc__buf out;
    llmc__jsonw json;
    if (!is_wanted(answer))
        return;
    llmc__buf_init(&out, sink->max_bytes);
    llmc__jsonw_init(&json, &out);
    for (size_t i = 0; i < answer->blocks.count; i++)
        if (is_whole(answer, &answer->blocks.at[i]))
            write_block(&json, &answer->blocks.at[i]);
    if (json.status != LLMC_ERR_TOO_LARGE) /* as when it was lost before */
        llmc__sink_keep(sink, json.status);
    if (json.status == LLMC_OK && out.len > 0)
        llmc__sink_replay(sink, LLMC__ANTHROPIC_ORIGIN, &out);
    llmc__buf_free(&out);
}
