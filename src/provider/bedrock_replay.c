/*
 * Content blocks of an answer back into the form in which the API takes them. Reasoning is signed: an answer that has
 * some goes back as it came, with all its blocks, or is refused once tools are in it
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html).
 */
#include <string.h>
#include "provider/bedrock.h"
#include "wire/jsonform.h"

/* An object that came, with one more member: its name in quotes behind it, and its value. */
static void put_grown(llmc__jsonw *json, const llmc__buf *head, const char *name, const llmc__buf *value) {
    const char *members = head->len > 2 ? head->data + 1 : "";
    int len = head->len > 2 ? (int)head->len - 2 : 0;
    llmc__buf grown;
    llmc__buf_init(&grown, head->len + value->len + 32);
    llmc_status status =
        llmc__buf_appendf(&grown, "{%.*s%s\"%s\":%s}", len, members, len > 0 ? "," : "", name, llmc__buf_str(value));
    if (status != LLMC_OK && json->status == LLMC_OK)
        json->status = status;
    llmc__jsonw_raw(json, llmc__buf_str(&grown), grown.len);
    llmc__buf_free(&grown);
}

/* The same with a value that is written first. */
static void put_written(llmc__jsonw *json, const llmc__bedrock_block *block, const char *name, const char *pattern,
                        const llmc__buf *text) {
    llmc__buf value;
    llmc__jsonw inner;
    llmc__buf_init(&value, 8 * text->len + 64); /* every byte may need an escape of six */
    llmc__jsonw_init(&inner, &value);
    llmc__jsonform_write(&inner, pattern, llmc__buf_str(text), text->len);
    if (inner.status != LLMC_OK && json->status == LLMC_OK)
        json->status = inner.status;
    put_grown(json, &block->head, name, &value);
    llmc__buf_free(&value);
}

static void put_text(llmc__jsonw *json, const llmc__bedrock_block *block) {
    const char *text = llmc__buf_str(&block->text);
    if (block->items.len == 0)
        llmc__jsonform_write(json, "text:%t", text, block->text.len);
    else if (block->text.len == 0)
        llmc__jsonform_write(json, "citationsContent:{citations:[%j]}", block->items.data);
    else
        llmc__jsonform_write(json, "citationsContent:{content:[{text:%t}],citations:[%j]}", text, block->text.len,
                             block->items.data);
}

static void put_reasoning(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__jsonform_write(json, "reasoningContent:{reasoningText:{text:%t,signature:%s}}", llmc__buf_str(&block->text),
                         block->text.len, block->signature.len > 0 ? block->signature.data : NULL);
}

/* The call's input; one that is no JSON is put into an object. */
static void put_use(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__jsonw_name(json, "toolUse");
    if (block->text.len == 0)
        put_written(json, block, "input", "{}", &block->text);
    else if (block->ended || !block->is_call)
        put_grown(json, &block->head, "input", &block->text);
    else
        put_written(json, block, "input", "{" LLMC__REQUEST_BROKEN_ARGUMENTS ":%t}", &block->text);
}

static void put_block(llmc__jsonw *json, const llmc__bedrock_block *block) {
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
        put_written(json, block, "content", "[%j]", &block->items);
        break;
    case LLMC__BEDROCK_REASONING:
        put_reasoning(json, block);
        break;
    case LLMC__BEDROCK_REDACTED:
        llmc__jsonform_write(json, "reasoningContent:{redactedContent:%t}", llmc__buf_str(&block->text),
                             block->text.len);
        break;
    case LLMC__BEDROCK_WHOLE:
    case LLMC__BEDROCK_UNKNOWN:
        break;
    }
    llmc__jsonw_end_object(json);
}

/* Whether it can go back: blank texts are refused there, and cut calls. */
static bool goes_back(const llmc__bedrock_decoder *decoder, const llmc__bedrock_block *block) {
    if (block->kind == LLMC__BEDROCK_WHOLE && strcmp(llmc__buf_str(&block->head), "{\"text\":\"\"}") == 0)
        return false;
    if (block->kind == LLMC__BEDROCK_TEXT)
        return block->text.len > 0 || block->items.len > 0;
    if (block->kind == LLMC__BEDROCK_TOOL_USE && block->text.len > 0 && !llmc__bedrock_is_cut(decoder))
        return true; /* ended, or broken: see put_use */
    return block->kind != LLMC__BEDROCK_UNKNOWN && (!block->is_call || block->ended);
}

void llmc__bedrock_block_replay(llmc__bedrock_decoder *decoder, const llmc__bedrock_block *block) {
    llmc_event event = {.kind = LLMC__EVENT_REPLAY, .origin = LLMC__BEDROCK_NAME};
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
    event.text = llmc__buf_str(&text);
    event.text_len = text.len;
    llmc__bedrock_emit(decoder, &event);
    llmc__buf_free(&text);
}
