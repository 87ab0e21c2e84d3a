/* Content blocks of an answer -> events. */
#include "provider/bedrock.h"

/* ---- finding and making them ---- */

/* NULL: it failed. */
static llmc__block *add_block(llmc__bedrock_decoder *decoder, llmc__bedrock_kind kind, int64_t index) {
    if (kind == LLMC__BEDROCK_REASONING || kind == LLMC__BEDROCK_REDACTED)
        decoder->reasoned = true;
    return llmc__blocks_add(&decoder->blocks, (int)kind, index);
}

static int64_t index_of(const llmc__bedrock_decoder *decoder, const llmc__json *root) {
    int64_t index = 0;
    return llmc__json_int64(decoder->sink.doc, llmc__json_get(root, "contentBlockIndex"), &index) ? index : 0;
}

/* Adds a value to a list; answers where in the buffer it begins. */
static size_t print_item(llmc__bedrock_decoder *decoder, const llmc__json *value, llmc__buf *out) {
    size_t start;
    if (out->len > 0)
        llmc__sink_append(&decoder->sink, out, ",", 1);
    start = out->len;
    llmc__sink_print(&decoder->sink, out, value);
    return start;
}

/* ---- events ---- */

void llmc__bedrock_block_start(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    const llmc__json *start = llmc__json_get(root, "start");
    const llmc__json *use = llmc__json_get(start, "toolUse"), *result = llmc__json_get(start, "toolResult");
    llmc__bedrock_kind kind = use != NULL      ? LLMC__BEDROCK_TOOL_USE
                              : result != NULL ? LLMC__BEDROCK_TOOL_RESULT
                                               : LLMC__BEDROCK_UNKNOWN;
    int64_t index = index_of(decoder, root);
    llmc__block *block;
    llmc__blocks_close(&decoder->blocks, llmc__blocks_find(&decoder->blocks, index, false));
    if (llmc__json_first(start) == NULL) /* an empty start tells no kind: the deltas do */
        return;
    block = add_block(decoder, kind, index);
    if (block == NULL || kind == LLMC__BEDROCK_UNKNOWN)
        return;
    llmc__sink_print(&decoder->sink, &block->head, use != NULL ? use : result);
    if (use != NULL)
        llmc__blocks_call(&decoder->blocks, block, use, "toolUseId");
}

/* Which kind of block a delta belongs to. */
static llmc__bedrock_kind kind_of(const llmc__json *delta) {
    const llmc__json *reasoning = llmc__json_get(delta, "reasoningContent");
    if (llmc__json_get(reasoning, "redactedContent") != NULL)
        return LLMC__BEDROCK_REDACTED;
    if (reasoning != NULL)
        return LLMC__BEDROCK_REASONING;
    if (llmc__json_get(delta, "text") != NULL || llmc__json_get(delta, "citation") != NULL)
        return LLMC__BEDROCK_TEXT;
    if (llmc__json_get(delta, "toolUse") != NULL)
        return LLMC__BEDROCK_TOOL_USE;
    return llmc__json_get(delta, "toolResult") != NULL ? LLMC__BEDROCK_TOOL_RESULT : LLMC__BEDROCK_UNKNOWN;
}

static void take_text(llmc__bedrock_decoder *decoder, llmc__block *block, llmc_event_kind kind,
                      const llmc__json *object, const char *name) {
    size_t len = 0;
    const char *text = llmc__sink_string(&decoder->sink, object, name, &len);
    llmc__sink_append(&decoder->sink, &block->text, text, len);
    llmc__blocks_say(&decoder->blocks, block, kind, text, len);
}

static void take_citation(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *citation) {
    size_t start;
    if (citation == NULL)
        return;
    start = print_item(decoder, citation, &block->items);
    llmc__blocks_say(&decoder->blocks, block, LLMC_EVENT_CITATION, block->items.data + start, block->items.len - start);
}

/* Each piece of what is redacted is a value of its own: base64 does not go on behind its padding. */
static void take_reasoning(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *reasoning) {
    size_t len = 0;
    const char *signature = llmc__sink_string(&decoder->sink, reasoning, "signature", &len);
    take_text(decoder, block, LLMC_EVENT_REASONING, reasoning, "text");
    llmc__sink_append(&decoder->sink, &block->signature, signature, len);
}

static void take_result(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *items) {
    for (const llmc__json *item = llmc__json_first(items); item != NULL; item = llmc__json_next(item))
        (void)print_item(decoder, item, &block->items);
}

static void take_delta(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *delta) {
    const llmc__json *reasoning = llmc__json_get(delta, "reasoningContent");
    switch (block->kind) {
    case LLMC__BEDROCK_TEXT:
        take_text(decoder, block, LLMC_EVENT_TEXT, delta, "text");
        take_citation(decoder, block, llmc__json_get(delta, "citation"));
        break;
    case LLMC__BEDROCK_TOOL_USE:
        take_text(decoder, block, LLMC_EVENT_TOOL_CALL_DELTA, llmc__json_get(delta, "toolUse"), "input");
        break;
    case LLMC__BEDROCK_REASONING:
        take_reasoning(decoder, block, reasoning);
        break;
    case LLMC__BEDROCK_REDACTED:
        take_text(decoder, block, LLMC_EVENT_REDACTED, reasoning, "redactedContent");
        break;
    case LLMC__BEDROCK_TOOL_RESULT:
        take_result(decoder, block, llmc__json_get(delta, "toolResult"));
        break;
    default:
        break;
    }
}

/* Text and reasoning have no start of their own; a delta of another kind than its block's begins another. */
void llmc__bedrock_block_delta(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    const llmc__json *delta = llmc__json_get(root, "delta");
    llmc__bedrock_kind kind = kind_of(delta);
    int64_t index = index_of(decoder, root);
    llmc__block *block = llmc__blocks_find(&decoder->blocks, index, false);
    if (block == NULL || block->closed || block->kind != (int)kind || kind == LLMC__BEDROCK_REDACTED) {
        llmc__blocks_close(&decoder->blocks, block);
        block = add_block(decoder, kind, index);
        if (block == NULL)
            return;
        if (kind == LLMC__BEDROCK_TOOL_USE)
            llmc__blocks_call(&decoder->blocks, block, NULL, "toolUseId");
    }
    take_delta(decoder, block, delta);
}

void llmc__bedrock_block_stop(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    llmc__blocks_close(&decoder->blocks, llmc__blocks_find(&decoder->blocks, index_of(decoder, root), false));
}

/* ---- blocks of a plain body ---- */

static void read_citations(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *cited) {
    const llmc__json *item = llmc__json_first(llmc__json_get(cited, "content"));
    for (; item != NULL; item = llmc__json_next(item))
        take_text(decoder, block, LLMC_EVENT_TEXT, item, "text");
    item = llmc__json_first(llmc__json_get(cited, "citations"));
    for (; item != NULL; item = llmc__json_next(item))
        take_citation(decoder, block, item);
}

static void read_call(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *use) {
    const llmc__json *input = llmc__json_get(use, "input");
    llmc__blocks_call(&decoder->blocks, block, use, "toolUseId");
    if (llmc__json_first(input) == NULL) /* {} is told as a stream tells it: without a word */
        return;
    llmc__sink_print(&decoder->sink, &block->text, input);
    llmc__blocks_say(&decoder->blocks, block, LLMC_EVENT_TOOL_CALL_DELTA, block->text.data, block->text.len);
}

static void read_item(llmc__bedrock_decoder *decoder, llmc__block *block, const llmc__json *item) {
    const llmc__json *reasoning = llmc__json_get(item, "reasoningContent"), *use = llmc__json_get(item, "toolUse");
    const llmc__json *cited = llmc__json_get(item, "citationsContent");
    if (use != NULL) {
        read_call(decoder, block, use);
    } else if (cited != NULL) {
        read_citations(decoder, block, cited);
    } else if (reasoning == NULL) {
        take_text(decoder, block, LLMC_EVENT_TEXT, item, "text");
    } else {
        decoder->reasoned = true;
        if (llmc__json_get(reasoning, "redactedContent") != NULL)
            take_text(decoder, block, LLMC_EVENT_REDACTED, reasoning, "redactedContent");
        else
            take_reasoning(decoder, block, llmc__json_get(reasoning, "reasoningText"));
    }
}

void llmc__bedrock_block_whole(llmc__bedrock_decoder *decoder, const llmc__json *item) {
    llmc__block *block = add_block(decoder, LLMC__BEDROCK_WHOLE, (int64_t)decoder->blocks.count);
    if (block == NULL)
        return;
    llmc__sink_print(&decoder->sink, &block->head, item);
    read_item(decoder, block, item);
    llmc__blocks_close(&decoder->blocks, block);
}

/* ---- the end ---- */

void llmc__bedrock_blocks_end(llmc__bedrock_decoder *decoder) {
    const llmc__blocks *blocks = &decoder->blocks;
    llmc__blocks_end(&decoder->blocks, decoder->finish);
    for (size_t i = 0; decoder->reasoned && i < blocks->count && decoder->sink.status == LLMC_OK; i++)
        llmc__bedrock_block_replay(decoder, &blocks->at[i]);
}
