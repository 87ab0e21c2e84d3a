/*
 * Content blocks of an answer back into the form in which the API takes them. Reasoning is signed: an answer that has
 * some goes back as it came, with all its blocks, or is refused once tools are in it
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html).
 */
#include <string.h>
#include "provider/bedrock.h"
#include "wire/jsonform.h"

/* An object that came, with one more member: what the pattern says of the text. */
static void put_grown(llmc__jsonw *json, const llmc__buf *head, const char *pattern, const llmc__buf *text) {
    llmc__jsonw_begin_object(json);
    if (head->len > 2)
        llmc__jsonw_raw(json, head->data + 1, head->len - 2);
    llmc__jsonform_write(json, pattern, llmc__buf_str(text), text->len);
    llmc__jsonw_end_object(json);
}

static void put_text(llmc__jsonw *json, const llmc__block *block) {
    const char *text = llmc__buf_str(&block->text);
    if (block->items.len == 0)
        llmc__jsonform_write(json, "text:%t", text, block->text.len);
    else if (block->text.len == 0)
        llmc__jsonform_write(json, "citationsContent:{citations:[%j]}", block->items.data);
    else
        llmc__jsonform_write(json, "citationsContent:{content:[{text:%t}],citations:[%j]}", text, block->text.len,
                             block->items.data);
}

static void put_reasoning(llmc__jsonw *json, const llmc__block *block) {
    llmc__jsonform_write(json, "reasoningContent:{reasoningText:{text:%t,signature:%s}}", llmc__buf_str(&block->text),
                         block->text.len, block->signature.len > 0 ? block->signature.data : NULL);
}

/* The call's input; one that is no JSON is put into an object. */
static void put_use(llmc__jsonw *json, const llmc__block *block) {
    llmc__jsonw_name(json, "toolUse");
    if (block->text.len == 0)
        put_grown(json, &block->head, "input:{}", &block->text);
    else if (block->ended || !block->is_call)
        put_grown(json, &block->head, "input:%j", &block->text);
    else
        put_grown(json, &block->head, "input:{" LLMC__REQUEST_BROKEN_ARGUMENTS ":%t}", &block->text);
}

static void put_block(llmc__jsonw *json, const llmc__block *block) {
    llmc__jsonw_begin_object(json);
    switch (block->kind) {
    case LLMC__BEDROCK_TEXT:
        put_text(json, block);
        break;
    case LLMC__BEDROCK_TOOL_USE:
        put_use(json, block);
        break;
    case LLMC__BEDROCK_TOOL_RESULT:
        llmc__jsonw_name(json, "toolResult");
        put_grown(json, &block->head, "content:[%j]", &block->items);
        break;
    case LLMC__BEDROCK_REASONING:
        put_reasoning(json, block);
        break;
    case LLMC__BEDROCK_REDACTED:
        llmc__jsonform_write(json, "reasoningContent:{redactedContent:%t}", llmc__buf_str(&block->text),
                             block->text.len);
        break;
    default:
        break;
    }
    llmc__jsonw_end_object(json);
}

/* Whether it can go back: blank texts are refused there, and cut calls. */
static bool goes_back(const llmc__bedrock_decoder *decoder, const llmc__block *block) {
    if (block->kind == LLMC__BEDROCK_WHOLE && strcmp(llmc__buf_str(&block->head), "{\"text\":\"\"}") == 0)
        return false;
    if (block->kind == LLMC__BEDROCK_TEXT)
        return block->text.len > 0 || block->items.len > 0;
    if (block->kind == LLMC__BEDROCK_TOOL_USE && block->text.len > 0 && !llmc__blocks_is_cut(decoder->finish))
        return true; /* ended, or broken: see put_use */
    return block->kind != LLMC__BEDROCK_UNKNOWN && (!block->is_call || block->ended);
}

void llmc__bedrock_block_replay(llmc__bedrock_decoder *decoder, const llmc__block *block) {
    llmc__jsonw json;
    llmc__buf text;
    if (!goes_back(decoder, block))
        return;
    llmc__buf_init(&text, 8 * decoder->sink.max_bytes + 1024); /* every byte of a text may need an escape of six */
    llmc__jsonw_init(&json, &text);
    if (block->kind == LLMC__BEDROCK_WHOLE)
        llmc__jsonw_raw(&json, llmc__buf_str(&block->head), block->head.len);
    else
        put_block(&json, block);
    llmc__sink_keep(&decoder->sink, json.status);
    llmc__sink_replay(&decoder->sink, LLMC__BEDROCK_NAME, &text);
    llmc__buf_free(&text);
}
