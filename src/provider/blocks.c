#include "provider/blocks.h"

#include "base/mem.h"

#define MAX_BLOCKS 4096 /* more than any answer has */

void llmc__blocks_free(llmc__blocks *blocks) {
    for (size_t i = 0; i < blocks->count; i++) {
        llmc__buf_free(&blocks->at[i].head);
        llmc__buf_free(&blocks->at[i].text);
        llmc__buf_free(&blocks->at[i].signature);
        llmc__buf_free(&blocks->at[i].items);
    }
    llmc__mem_free(blocks->at);
}

llmc__block *llmc__blocks_add(llmc__blocks *blocks, int kind, int64_t index) {
    if (blocks->count >= MAX_BLOCKS) {
        llmc__sink_fail(blocks->sink, LLMC_ERR_TOO_LARGE, "the answer has too many content blocks");
        return NULL;
    }
    if (!llmc__mem_make_room(&blocks->at, blocks->count, &blocks->cap, sizeof *blocks->at)) {
        llmc__sink_keep(blocks->sink, LLMC_ERR_NO_MEMORY);
        return NULL;
    }
    llmc__block *block = &blocks->at[blocks->count++];
    *block = (llmc__block){.kind = kind, .index = index};
    llmc__buf_init(&block->head, blocks->sink->max_bytes);
    block->items = block->signature = block->text = block->head;
    return block;
}

llmc__block *llmc__blocks_find(const llmc__blocks *blocks, int64_t index, bool any) {
    for (size_t i = blocks->count; i-- > 0;)
        if (any || blocks->at[i].index == index)
            return &blocks->at[i];
    return NULL;
}

void llmc__blocks_say(llmc__blocks *blocks, const llmc__block *block, llmc_event_kind kind, const char *text,
                      size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .tool_index = block->call};
    if (len > 0)
        llmc__sink_emit(blocks->sink, &event);
}

void llmc__blocks_call(llmc__blocks *blocks, llmc__block *block, const llmc__json *object, const char *id_name) {
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START,
                        .tool_index = blocks->call_count,
                        .tool_id = llmc__json_word(object, id_name),
                        .tool_name = llmc__json_word(object, "name")};
    block->is_call = true;
    block->call = blocks->call_count++;
    llmc__sink_emit(blocks->sink, &event);
}

static void end_call(llmc__blocks *blocks, llmc__block *block, const char *arguments, size_t len) {
    if (block->ended || !llmc__json_valid(arguments, len, NULL))
        return;
    block->ended = true;
    llmc__blocks_say(blocks, block, LLMC_EVENT_TOOL_CALL_END, arguments, len);
}

void llmc__blocks_close(llmc__blocks *blocks, llmc__block *block) {
    if (block == NULL || block->closed)
        return;
    block->closed = true;
    if (!block->is_call)
        llmc__blocks_say(blocks, block, LLMC_EVENT_SIGNATURE, block->signature.data, block->signature.len);
    else if (block->text.len > 0)
        end_call(blocks, block, block->text.data, block->text.len);
}

bool llmc__blocks_is_cut(llmc_finish_reason finish) {
    return finish == LLMC_FINISH_LENGTH || finish == LLMC_FINISH_CONTENT_FILTER;
}

void llmc__blocks_end(llmc__blocks *blocks, llmc_finish_reason finish) {
    for (size_t i = 0; i < blocks->count; i++) {
        llmc__block *block = &blocks->at[i];
        llmc__blocks_close(blocks, block);
        if (block->is_call && block->text.len == 0 && !llmc__blocks_is_cut(finish))
            end_call(blocks, block, "{}", 2);
    }
}
