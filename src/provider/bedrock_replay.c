/*
 * Content blocks of an answer back into the form in which the API takes them. Reasoning is signed: an answer that has
 * some goes back as it came, with all its blocks, or is refused once tools are in it
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html).
 */
#include <string.h>
#include "provider/bedrock.h"

static void put_name(llmc__jsonw *json, const char *name, const llmc__buf *text) {
    llmc__jsonw_name(json, name);
    llmc__jsonw_string(json, llmc__buf_str(text), text->len);
}

/* An object that came, with one more member. */
static void put_grown(llmc__jsonw *json, const llmc__buf *head, const char *name, const char *value, size_t len) {
    bool was_empty = head->len <= 2;
    llmc__buf grown;
    llmc__buf_init(&grown, head->len + len + 32);
    llmc_status status = llmc__buf_append(&grown, llmc__buf_str(head), head->len > 0 ? head->len - 1 : 0);
    if (head->len == 0)
        status = llmc__buf_append_char(&grown, '{');
    if (status == LLMC_OK)
        status = llmc__buf_appendf(&grown, "%s\"%s\":", was_empty ? "" : ",", name);
    if (status == LLMC_OK)
        status = llmc__buf_append(&grown, value, len);
    if (status == LLMC_OK)
        status = llmc__buf_append_char(&grown, '}');
    if (status != LLMC_OK && json->status == LLMC_OK)
        json->status = status;
    llmc__jsonw_raw(json, llmc__buf_str(&grown), grown.len);
    llmc__buf_free(&grown);
}

static void put_list(llmc__jsonw *json, const llmc__buf *items) {
    llmc__jsonw_begin_array(json);
    if (items->len > 0)
        llmc__jsonw_raw(json, items->data, items->len);
    llmc__jsonw_end_array(json);
}

static void put_cited(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__jsonw_name(json, "citationsContent");
    llmc__jsonw_begin_object(json);
    if (block->text.len > 0) {
        llmc__jsonw_name(json, "content");
        llmc__jsonw_begin_array(json);
        llmc__jsonw_begin_object(json);
        put_name(json, "text", &block->text);
        llmc__jsonw_end_object(json);
        llmc__jsonw_end_array(json);
    }
    llmc__jsonw_name(json, "citations");
    put_list(json, &block->items);
    llmc__jsonw_end_object(json);
}

static void put_reasoning(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__jsonw_name(json, "reasoningContent");
    llmc__jsonw_begin_object(json);
    if (block->kind == LLMC__BEDROCK_REDACTED) {
        put_name(json, "redactedContent", &block->text);
    } else {
        llmc__jsonw_name(json, "reasoningText");
        llmc__jsonw_begin_object(json);
        put_name(json, "text", &block->text);
        if (block->signature.len > 0)
            put_name(json, "signature", &block->signature);
        llmc__jsonw_end_object(json);
    }
    llmc__jsonw_end_object(json);
}

static void put_result(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__buf list;
    llmc__jsonw inner;
    llmc__buf_init(&list, block->items.len + 2);
    llmc__jsonw_init(&inner, &list);
    put_list(&inner, &block->items);
    if (inner.status != LLMC_OK && json->status == LLMC_OK)
        json->status = inner.status;
    llmc__jsonw_name(json, "toolResult");
    put_grown(json, &block->head, "content", llmc__buf_str(&list), list.len);
    llmc__buf_free(&list);
}

/* The call's input; one that is no JSON is put into an object. */
static void put_use(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__buf mended;
    llmc__jsonw inner;
    llmc__jsonw_name(json, "toolUse");
    if (block->text.len == 0 || block->ended || !block->is_call) {
        bool has_input = block->text.len > 0;
        put_grown(json, &block->head, "input", has_input ? block->text.data : "{}", has_input ? block->text.len : 2);
        return;
    }
    llmc__buf_init(&mended, 8 * block->text.len + 64); /* every byte may need an escape of six */
    llmc__jsonw_init(&inner, &mended);
    llmc__jsonw_begin_object(&inner);
    put_name(&inner, LLMC__REQUEST_BROKEN_ARGUMENTS, &block->text);
    llmc__jsonw_end_object(&inner);
    if (inner.status != LLMC_OK && json->status == LLMC_OK)
        json->status = inner.status;
    put_grown(json, &block->head, "input", llmc__buf_str(&mended), mended.len);
    llmc__buf_free(&mended);
}

static void put_block(llmc__jsonw *json, const llmc__bedrock_block *block) {
    llmc__jsonw_begin_object(json);
    switch (block->kind) {
    case LLMC__BEDROCK_TEXT:
        if (block->items.len > 0)
            put_cited(json, block);
        else
            put_name(json, "text", &block->text);
        break;
    case LLMC__BEDROCK_TOOL_USE:
        put_use(json, block);
        break;
    case LLMC__BEDROCK_TOOL_RESULT:
        put_result(json, block);
        break;
    case LLMC__BEDROCK_REASONING:
    case LLMC__BEDROCK_REDACTED:
        put_reasoning(json, block);
        break;
    case LLMC__BEDROCK_WHOLE:
    case LLMC__BEDROCK_UNKNOWN:
        break;
    }
    llmc__jsonw_end_object(json);
}

/* Whether it can go back: blank texts are refused there, and cut calls. */
static bool goes_back(const llmc__bedrock_decoder *decoder, const llmc__bedrock_block *block) {
    bool cut = decoder->finish == LLMC_FINISH_LENGTH || decoder->finish == LLMC_FINISH_CONTENT_FILTER;
    if (block->kind == LLMC__BEDROCK_WHOLE && strcmp(llmc__buf_str(&block->head), "{\"text\":\"\"}") == 0)
        return false;
    if (block->kind == LLMC__BEDROCK_TEXT)
        return block->text.len > 0 || block->items.len > 0;
    if (block->kind == LLMC__BEDROCK_TOOL_USE && block->text.len > 0 && !cut)
        return true; /* ended, or broken: see put_use */
    return block->kind != LLMC__BEDROCK_UNKNOWN && (!block->is_call || block->ended);
}

llmc_status llmc__bedrock_block_replay(llmc__bedrock_decoder *decoder, const llmc__bedrock_block *block) {
    llmc_event event = {.kind = LLMC__EVENT_REPLAY, .origin = LLMC__BEDROCK_NAME};
    llmc__jsonw json;
    llmc__buf text;
    if (!goes_back(decoder, block))
        return LLMC_OK;
    llmc__buf_init(&text, 8 * decoder->max_bytes + 1024); /* every byte of a text may need an escape of six */
    llmc__jsonw_init(&json, &text);
    if (block->kind == LLMC__BEDROCK_WHOLE)
        llmc__jsonw_raw(&json, llmc__buf_str(&block->head), block->head.len);
    else
        put_block(&json, block);
    event.text = llmc__buf_str(&text);
    event.text_len = text.len;
    llmc_status status =
        json.status == LLMC_OK ? llmc__bedrock_emit(decoder, &event) : llmc__bedrock_fail_keep(decoder, json.status);
    llmc__buf_free(&text);
    return status;
}
