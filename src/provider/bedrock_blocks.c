/* Content blocks of an answer -> events. */
#include <string.h>
#include "base/mem.h"
#include "provider/bedrock.h"

#define MAX_BLOCKS 4096

static void free_block(llmc__bedrock_block *block) {
    llmc__buf_free(&block->head);
    llmc__buf_free(&block->text);
    llmc__buf_free(&block->signature);
    llmc__buf_free(&block->items);
}

void llmc__bedrock_blocks_free(llmc__bedrock_decoder *decoder) {
    for (size_t i = 0; i < decoder->block_count; i++)
        free_block(&decoder->blocks[i]);
    llmc__mem_free(decoder->blocks);
    decoder->blocks = NULL;
    decoder->block_count = decoder->block_cap = 0;
}

/* ---- finding and making them ---- */

static bool grow(llmc__bedrock_decoder *decoder) {
    size_t cap = decoder->block_cap == 0 ? 4 : 2 * decoder->block_cap;
    llmc__bedrock_block *grown;
    if (decoder->block_count < decoder->block_cap)
        return true;
    if (decoder->block_count >= MAX_BLOCKS) {
        llmc__sink_fail(&decoder->sink, LLMC_ERR_TOO_LARGE, "the answer has too many content blocks");
        return false;
    }
    grown = llmc__mem_realloc(decoder->blocks, cap * sizeof *grown);
    if (grown == NULL) {
        llmc__sink_keep(&decoder->sink, LLMC_ERR_NO_MEMORY);
        return false;
    }
    decoder->blocks = grown;
    decoder->block_cap = cap;
    return true;
}

/* NULL: it failed. */
static llmc__bedrock_block *add_block(llmc__bedrock_decoder *decoder, llmc__bedrock_kind kind, int64_t index) {
    llmc__bedrock_block *block;
    if (!grow(decoder))
        return NULL;
    block = &decoder->blocks[decoder->block_count++];
    *block = (llmc__bedrock_block){.kind = kind, .index = index};
    llmc__buf_init(&block->head, decoder->sink.max_bytes);
    block->items = block->signature = block->text = block->head;
    if (kind == LLMC__BEDROCK_REASONING || kind == LLMC__BEDROCK_REDACTED)
        decoder->reasoned = true;
    return block;
}

static int64_t index_of(const llmc__bedrock_decoder *decoder, const llmc__json *root) {
    int64_t index = 0;
    return llmc__json_int64(decoder->sink.doc, llmc__json_get(root, "contentBlockIndex"), &index) ? index : 0;
}

static llmc__bedrock_block *find_open(const llmc__bedrock_decoder *decoder, int64_t index) {
    for (size_t i = decoder->block_count; i-- > 0;)
        if (decoder->blocks[i].index == index && !decoder->blocks[i].closed)
            return &decoder->blocks[i];
    return NULL;
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

/* A piece of the block; an empty one is none. */
static void say(llmc__bedrock_decoder *decoder, const llmc__bedrock_block *block, llmc_event_kind kind,
                const char *text, size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .tool_index = block->call};
    if (len > 0)
        llmc__bedrock_emit(decoder, &event);
}

static void begin_call(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *use) {
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START,
                        .tool_index = decoder->call_count,
                        .tool_id = llmc__json_word(use, "toolUseId"),
                        .tool_name = llmc__json_word(use, "name")};
    block->is_call = true;
    block->call = decoder->call_count++;
    llmc__bedrock_emit(decoder, &event);
}

static void end_call(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const char *arguments, size_t len) {
    block->ended = true;
    say(decoder, block, LLMC_EVENT_TOOL_CALL_END, arguments, len);
}

/* `block` may be NULL. Arguments that are no whole JSON were cut: such a call never ends, since it must not run. */
static void close_block(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block) {
    if (block == NULL || block->closed)
        return;
    block->closed = true;
    if (!block->is_call)
        say(decoder, block, LLMC_EVENT_SIGNATURE, block->signature.data, block->signature.len);
    else if (!block->ended && block->text.len > 0 && llmc__json_valid(block->text.data, block->text.len, NULL))
        end_call(decoder, block, block->text.data, block->text.len);
}

void llmc__bedrock_block_start(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    const llmc__json *start = llmc__json_get(root, "start");
    const llmc__json *use = llmc__json_get(start, "toolUse"), *result = llmc__json_get(start, "toolResult");
    llmc__bedrock_kind kind = use != NULL      ? LLMC__BEDROCK_TOOL_USE
                              : result != NULL ? LLMC__BEDROCK_TOOL_RESULT
                                               : LLMC__BEDROCK_UNKNOWN;
    int64_t index = index_of(decoder, root);
    llmc__bedrock_block *block;
    close_block(decoder, find_open(decoder, index));
    if (llmc__json_first(start) == NULL) /* an empty start tells no kind: the deltas do */
        return;
    block = add_block(decoder, kind, index);
    if (block == NULL || kind == LLMC__BEDROCK_UNKNOWN)
        return;
    llmc__sink_print(&decoder->sink, &block->head, use != NULL ? use : result);
    if (use != NULL)
        begin_call(decoder, block, use);
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

static void take_text(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, llmc_event_kind kind,
                      const llmc__json *object, const char *name) {
    size_t len = 0;
    const char *text = llmc__sink_string(&decoder->sink, object, name, &len);
    llmc__sink_append(&decoder->sink, &block->text, text, len);
    say(decoder, block, kind, text, len);
}

static void take_citation(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *citation) {
    size_t start;
    if (citation == NULL)
        return;
    start = print_item(decoder, citation, &block->items);
    say(decoder, block, LLMC_EVENT_CITATION, block->items.data + start, block->items.len - start);
}

/* Each piece of what is redacted is a value of its own: base64 does not go on behind its padding. */
static void take_reasoning(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *reasoning) {
    size_t len = 0;
    const char *signature = llmc__sink_string(&decoder->sink, reasoning, "signature", &len);
    take_text(decoder, block, LLMC_EVENT_REASONING, reasoning, "text");
    llmc__sink_append(&decoder->sink, &block->signature, signature, len);
}

static void take_result(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *items) {
    for (const llmc__json *item = llmc__json_first(items); item != NULL; item = llmc__json_next(item))
        (void)print_item(decoder, item, &block->items);
}

static void take_delta(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *delta) {
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
    case LLMC__BEDROCK_WHOLE:
    case LLMC__BEDROCK_UNKNOWN:
        break;
    }
}

/* Text and reasoning have no start of their own; a delta of another kind than its block's begins another. */
void llmc__bedrock_block_delta(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    const llmc__json *delta = llmc__json_get(root, "delta");
    llmc__bedrock_kind kind = kind_of(delta);
    int64_t index = index_of(decoder, root);
    llmc__bedrock_block *block = find_open(decoder, index);
    if (block == NULL || block->kind != kind || kind == LLMC__BEDROCK_REDACTED) {
        close_block(decoder, block);
        block = add_block(decoder, kind, index);
        if (block == NULL)
            return;
        if (kind == LLMC__BEDROCK_TOOL_USE)
            begin_call(decoder, block, NULL);
    }
    take_delta(decoder, block, delta);
}

void llmc__bedrock_block_stop(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    close_block(decoder, find_open(decoder, index_of(decoder, root)));
}

/* ---- blocks of a plain body ---- */

static void read_citations(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *cited) {
    const llmc__json *item = llmc__json_first(llmc__json_get(cited, "content"));
    for (; item != NULL; item = llmc__json_next(item))
        take_text(decoder, block, LLMC_EVENT_TEXT, item, "text");
    item = llmc__json_first(llmc__json_get(cited, "citations"));
    for (; item != NULL; item = llmc__json_next(item))
        take_citation(decoder, block, item);
}

static void read_call(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *use) {
    const llmc__json *input = llmc__json_get(use, "input");
    begin_call(decoder, block, use);
    if (llmc__json_first(input) == NULL) /* {} is told as a stream tells it: without a word */
        return;
    llmc__sink_print(&decoder->sink, &block->text, input);
    say(decoder, block, LLMC_EVENT_TOOL_CALL_DELTA, block->text.data, block->text.len);
}

static void read_item(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json *item) {
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
    llmc__bedrock_block *block = add_block(decoder, LLMC__BEDROCK_WHOLE, (int64_t)decoder->block_count);
    if (block == NULL)
        return;
    llmc__sink_print(&decoder->sink, &block->head, item);
    read_item(decoder, block, item);
    close_block(decoder, block);
}

/* ---- the end ---- */

/* Calls without arguments end here only, when it is known that the answer was not cut before them. */
static void end_empty_calls(llmc__bedrock_decoder *decoder) {
    for (size_t i = 0; i < decoder->block_count; i++) {
        llmc__bedrock_block *block = &decoder->blocks[i];
        if (block->is_call && !block->ended && block->text.len == 0)
            end_call(decoder, block, "{}", 2);
    }
}

bool llmc__bedrock_is_cut(const llmc__bedrock_decoder *decoder) {
    return decoder->finish == LLMC_FINISH_LENGTH || decoder->finish == LLMC_FINISH_CONTENT_FILTER;
}

void llmc__bedrock_blocks_end(llmc__bedrock_decoder *decoder) {
    for (size_t i = 0; i < decoder->block_count; i++)
        close_block(decoder, &decoder->blocks[i]);
    if (!llmc__bedrock_is_cut(decoder))
        end_empty_calls(decoder);
    for (size_t i = 0; decoder->reasoned && i < decoder->block_count && decoder->sink.status == LLMC_OK; i++)
        llmc__bedrock_block_replay(decoder, &decoder->blocks[i]);
}
