/* Content blocks of an answer -> events. */
#include <string.h>
#include "base/mem.h"
#include "provider/bedrock.h"
#include "wire/jsonprint.h"

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

static llmc_status grow(llmc__bedrock_decoder *decoder) {
    size_t cap = decoder->block_cap == 0 ? 4 : 2 * decoder->block_cap;
    if (decoder->block_count < decoder->block_cap)
        return LLMC_OK;
    if (decoder->block_count >= MAX_BLOCKS)
        return llmc__bedrock_fail(decoder, LLMC_ERR_TOO_LARGE, "the answer has too many content blocks");
    llmc__bedrock_block *grown = llmc__mem_realloc(decoder->blocks, cap * sizeof *grown);
    if (grown == NULL)
        return llmc__bedrock_fail_keep(decoder, LLMC_ERR_NO_MEMORY);
    decoder->blocks = grown;
    decoder->block_cap = cap;
    return LLMC_OK;
}

static llmc_status add_block(llmc__bedrock_decoder *decoder, llmc__bedrock_kind kind, int64_t index,
                             llmc__bedrock_block **out) {
    llmc_status status = grow(decoder);
    if (status != LLMC_OK)
        return status;
    llmc__bedrock_block *block = &decoder->blocks[decoder->block_count++];
    *block = (llmc__bedrock_block){.kind = kind, .index = index};
    llmc__buf_init(&block->head, decoder->max_bytes);
    llmc__buf_init(&block->text, decoder->max_bytes);
    llmc__buf_init(&block->signature, decoder->max_bytes);
    llmc__buf_init(&block->items, decoder->max_bytes);
    if (kind == LLMC__BEDROCK_REASONING || kind == LLMC__BEDROCK_REDACTED)
        decoder->reasoned = true;
    *out = block;
    return LLMC_OK;
}

static int64_t index_of(const llmc__json_doc *doc, const llmc__json *root) {
    int64_t index = 0;
    return llmc__json_int64(doc, llmc__json_get(root, "contentBlockIndex"), &index) ? index : 0;
}

static llmc__bedrock_block *find_open(const llmc__bedrock_decoder *decoder, int64_t index) {
    for (size_t i = decoder->block_count; i-- > 0;)
        if (decoder->blocks[i].index == index && !decoder->blocks[i].closed)
            return &decoder->blocks[i];
    return NULL;
}

static llmc_status keep(llmc__bedrock_decoder *decoder, llmc__buf *buf, const char *text, size_t len) {
    llmc_status status = llmc__buf_append(buf, text, len);
    return status == LLMC_OK ? LLMC_OK : llmc__bedrock_fail_keep(decoder, status);
}

static llmc_status print(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                         llmc__buf *out) {
    llmc_status status = llmc__jsonprint_value(doc, value, out);
    return status == LLMC_OK ? LLMC_OK : llmc__bedrock_fail_keep(decoder, status);
}

/* Adds a value to a list; answers where in the buffer it begins. */
static llmc_status print_item(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                              llmc__buf *out, size_t *start) {
    llmc_status status = out->len > 0 ? keep(decoder, out, ",", 1) : LLMC_OK;
    *start = out->len;
    return status == LLMC_OK ? print(decoder, doc, value, out) : status;
}

/* ---- events ---- */

static llmc_status emit_text(llmc__bedrock_decoder *decoder, llmc_event_kind kind, const char *text, size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len};
    return len > 0 ? llmc__bedrock_emit(decoder, &event) : LLMC_OK;
}

static llmc_status emit_call(llmc__bedrock_decoder *decoder, const llmc__bedrock_block *block, llmc_event_kind kind,
                             const char *text, size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .tool_index = block->call};
    return llmc__bedrock_emit(decoder, &event);
}

static llmc_status begin_call(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                              const llmc__json *use) {
    block->is_call = true;
    block->call = decoder->call_count++;
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START,
                        .tool_index = block->call,
                        .tool_id = llmc__words_text(doc, use, "toolUseId"),
                        .tool_name = llmc__words_text(doc, use, "name")};
    return llmc__bedrock_emit(decoder, &event);
}

/* Arguments that are no whole JSON were cut: such a call never ends, since it must not run. */
static llmc_status end_call(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block) {
    if (block->ended || block->text.len == 0 || !llmc__json_valid(block->text.data, block->text.len, NULL))
        return LLMC_OK;
    block->ended = true;
    return emit_call(decoder, block, LLMC_EVENT_TOOL_CALL_END, block->text.data, block->text.len);
}

static llmc_status close_block(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block) {
    if (block->closed)
        return LLMC_OK;
    block->closed = true;
    if (block->is_call)
        return end_call(decoder, block);
    return emit_text(decoder, LLMC_EVENT_SIGNATURE, block->signature.data, block->signature.len);
}

llmc_status llmc__bedrock_block_start(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc,
                                      const llmc__json *root) {
    const llmc__json *start = llmc__json_get(root, "start");
    const llmc__json *use = llmc__json_get(start, "toolUse"), *result = llmc__json_get(start, "toolResult");
    llmc__bedrock_kind kind = use != NULL      ? LLMC__BEDROCK_TOOL_USE
                              : result != NULL ? LLMC__BEDROCK_TOOL_RESULT
                                               : LLMC__BEDROCK_UNKNOWN;
    llmc__bedrock_block *before = find_open(decoder, index_of(doc, root)), *block = NULL;
    llmc_status status = before != NULL ? close_block(decoder, before) : LLMC_OK;
    if (status != LLMC_OK || llmc__json_first(start) == NULL) /* an empty start tells no kind: the deltas do */
        return status;
    status = add_block(decoder, kind, index_of(doc, root), &block);
    if (status == LLMC_OK && kind != LLMC__BEDROCK_UNKNOWN)
        status = print(decoder, doc, use != NULL ? use : result, &block->head);
    return status == LLMC_OK && use != NULL ? begin_call(decoder, block, doc, use) : status;
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

static llmc_status take_text(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, llmc_event_kind kind,
                             const llmc__json_doc *doc, const llmc__json *value) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    llmc_status status = text != NULL ? keep(decoder, &block->text, text, len) : LLMC_OK;
    if (status != LLMC_OK || text == NULL)
        return status;
    if (kind == LLMC_EVENT_TOOL_CALL_DELTA)
        return len > 0 ? emit_call(decoder, block, kind, text, len) : LLMC_OK;
    return emit_text(decoder, kind, text, len);
}

static llmc_status take_citation(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                                 const llmc__json *citation) {
    size_t start = 0;
    if (citation == NULL)
        return LLMC_OK;
    llmc_status status = print_item(decoder, doc, citation, &block->items, &start);
    if (status != LLMC_OK)
        return status;
    return emit_text(decoder, LLMC_EVENT_CITATION, block->items.data + start, block->items.len - start);
}

static llmc_status take_reasoning(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                                  const llmc__json *reasoning) {
    size_t len = 0;
    const char *signature = llmc__json_string(doc, llmc__json_get(reasoning, "signature"), &len);
    llmc_status status = take_text(decoder, block, LLMC_EVENT_REASONING, doc, llmc__json_get(reasoning, "text"));
    return status == LLMC_OK && signature != NULL ? keep(decoder, &block->signature, signature, len) : status;
}

/* Each piece is a value of its own: base64 does not go on behind its padding. */
static llmc_status take_redacted(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                                 const llmc__json *reasoning) {
    return take_text(decoder, block, LLMC_EVENT_REDACTED, doc, llmc__json_get(reasoning, "redactedContent"));
}

static llmc_status take_result(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                               const llmc__json *items) {
    llmc_status status = LLMC_OK;
    size_t start = 0;
    for (const llmc__json *item = llmc__json_first(items); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = print_item(decoder, doc, item, &block->items, &start);
    return status;
}

static llmc_status take_delta(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                              const llmc__json *delta) {
    llmc_status status = LLMC_OK;
    switch (block->kind) {
    case LLMC__BEDROCK_TEXT:
        status = take_text(decoder, block, LLMC_EVENT_TEXT, doc, llmc__json_get(delta, "text"));
        return status == LLMC_OK ? take_citation(decoder, block, doc, llmc__json_get(delta, "citation")) : status;
    case LLMC__BEDROCK_TOOL_USE:
        return take_text(decoder, block, LLMC_EVENT_TOOL_CALL_DELTA, doc,
                         llmc__json_get(llmc__json_get(delta, "toolUse"), "input"));
    case LLMC__BEDROCK_REASONING:
        return take_reasoning(decoder, block, doc, llmc__json_get(delta, "reasoningContent"));
    case LLMC__BEDROCK_REDACTED:
        return take_redacted(decoder, block, doc, llmc__json_get(delta, "reasoningContent"));
    case LLMC__BEDROCK_TOOL_RESULT:
        return take_result(decoder, block, doc, llmc__json_get(delta, "toolResult"));
    case LLMC__BEDROCK_WHOLE:
    case LLMC__BEDROCK_UNKNOWN:
        break;
    }
    return LLMC_OK;
}

/* Text and reasoning have no start of their own; a delta of another kind than its block's begins another. */
llmc_status llmc__bedrock_block_delta(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc,
                                      const llmc__json *root) {
    const llmc__json *delta = llmc__json_get(root, "delta");
    llmc__bedrock_kind kind = kind_of(delta);
    llmc__bedrock_block *block = find_open(decoder, index_of(doc, root));
    llmc_status status = LLMC_OK;
    if (block == NULL || block->kind != kind || kind == LLMC__BEDROCK_REDACTED) {
        if (block != NULL)
            status = close_block(decoder, block);
        if (status == LLMC_OK)
            status = add_block(decoder, kind, index_of(doc, root), &block);
        if (status == LLMC_OK && kind == LLMC__BEDROCK_TOOL_USE)
            status = begin_call(decoder, block, doc, NULL);
    }
    return status == LLMC_OK ? take_delta(decoder, block, doc, delta) : status;
}

llmc_status llmc__bedrock_block_stop(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc,
                                     const llmc__json *root) {
    llmc__bedrock_block *block = find_open(decoder, index_of(doc, root));
    return block != NULL ? close_block(decoder, block) : LLMC_OK;
}

/* ---- blocks of a plain body ---- */

static llmc_status read_citations(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                                  const llmc__json *content) {
    llmc_status status = LLMC_OK;
    for (const llmc__json *item = llmc__json_first(llmc__json_get(content, "content"));
         item != NULL && status == LLMC_OK; item = llmc__json_next(item))
        status = take_text(decoder, block, LLMC_EVENT_TEXT, doc, llmc__json_get(item, "text"));
    for (const llmc__json *item = llmc__json_first(llmc__json_get(content, "citations"));
         item != NULL && status == LLMC_OK; item = llmc__json_next(item))
        status = take_citation(decoder, block, doc, item);
    return status;
}

static llmc_status read_call(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                             const llmc__json *use) {
    const llmc__json *input = llmc__json_get(use, "input");
    llmc_status status = begin_call(decoder, block, doc, use);
    if (status != LLMC_OK || llmc__json_first(input) == NULL) /* {} is told as a stream tells it: without a word */
        return status;
    status = print(decoder, doc, input, &block->text);
    if (status == LLMC_OK)
        status = emit_call(decoder, block, LLMC_EVENT_TOOL_CALL_DELTA, block->text.data, block->text.len);
    return status;
}

static llmc_status read_item(llmc__bedrock_decoder *decoder, llmc__bedrock_block *block, const llmc__json_doc *doc,
                             const llmc__json *item) {
    const llmc__json *reasoning = llmc__json_get(item, "reasoningContent"), *use = llmc__json_get(item, "toolUse");
    const llmc__json *cited = llmc__json_get(item, "citationsContent");
    if (use != NULL)
        return read_call(decoder, block, doc, use);
    if (cited != NULL)
        return read_citations(decoder, block, doc, cited);
    if (reasoning == NULL)
        return take_text(decoder, block, LLMC_EVENT_TEXT, doc, llmc__json_get(item, "text"));
    decoder->reasoned = true;
    if (llmc__json_get(reasoning, "redactedContent") != NULL)
        return take_redacted(decoder, block, doc, reasoning);
    return take_reasoning(decoder, block, doc, llmc__json_get(reasoning, "reasoningText"));
}

llmc_status llmc__bedrock_block_whole(llmc__bedrock_decoder *decoder, const llmc__json_doc *doc,
                                      const llmc__json *item) {
    llmc__bedrock_block *block = NULL;
    llmc_status status = add_block(decoder, LLMC__BEDROCK_WHOLE, (int64_t)decoder->block_count, &block);
    if (status == LLMC_OK)
        status = print(decoder, doc, item, &block->head);
    if (status == LLMC_OK)
        status = read_item(decoder, block, doc, item);
    return status == LLMC_OK ? close_block(decoder, block) : status;
}

/* ---- the end ---- */

/* Calls without arguments end here only, when it is known that the answer was not cut before them. */
static llmc_status end_empty_calls(llmc__bedrock_decoder *decoder) {
    bool cut = decoder->finish == LLMC_FINISH_LENGTH || decoder->finish == LLMC_FINISH_CONTENT_FILTER;
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < decoder->block_count && status == LLMC_OK && !cut; i++) {
        llmc__bedrock_block *block = &decoder->blocks[i];
        if (!block->is_call || block->ended || block->text.len > 0)
            continue;
        block->ended = true;
        status = emit_call(decoder, block, LLMC_EVENT_TOOL_CALL_END, "{}", 2);
    }
    return status;
}

llmc_status llmc__bedrock_blocks_end(llmc__bedrock_decoder *decoder) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < decoder->block_count && status == LLMC_OK; i++)
        status = close_block(decoder, &decoder->blocks[i]);
    if (status == LLMC_OK)
        status = end_empty_calls(decoder);
    for (size_t i = 0; i < decoder->block_count && status == LLMC_OK && decoder->reasoned; i++)
        status = llmc__bedrock_block_replay(decoder, &decoder->blocks[i]);
    return status;
}
