/*
 * Content blocks -> events, and kept for a replay. A block of a whole message is one that starts with all it has; in a
 * stream deltas add to it. Blocks may come interleaved: each delta names its block by index.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/anthropic.h"
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

#define MAX_BLOCKS 4096 /* more than any answer has */

static bool is_word(const char *word, const char *wanted) {
    return word != NULL && strcmp(word, wanted) == 0;
}

static const char *word_at(const llmc__json_doc *doc, const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

void llmc__anthropic_block_free(llmc__anthropic_block *block) {
    llmc__buf_free(&block->head);
    llmc__buf_free(&block->text);
    llmc__buf_free(&block->signature);
    llmc__buf_free(&block->input);
    llmc__buf_free(&block->citations);
}

/* ---- keeping ---- */

/* What only a replay needs. Without room for it there is none: the answer itself is not hurt. */
static llmc_status keep(llmc__anthropic_answer *answer, llmc__buf *buf, const char *text, size_t len) {
    if (answer->replay_lost || len == 0)
        return LLMC_OK;
    if (len > answer->max_bytes - answer->kept) {
        answer->replay_lost = true;
        return LLMC_OK;
    }
    answer->kept += len;
    llmc_status status = llmc__buf_append(buf, text, len);
    return status != LLMC_OK ? llmc__anthropic_fail(answer, status) : LLMC_OK;
}

/* What has to be emitted whole. */
static llmc_status collect(llmc__anthropic_answer *answer, llmc__buf *buf, const char *text, size_t len) {
    llmc_status status = len > 0 ? llmc__buf_append(buf, text, len) : LLMC_OK;
    return status != LLMC_OK ? llmc__anthropic_fail(answer, status) : LLMC_OK;
}

/* Which members of a block are kept by themselves. */
static bool is_apart(llmc__anthropic_kind kind, const char *name) {
    switch (kind) {
    case LLMC__ANTHROPIC_TEXT:
        return is_word(name, "text") || is_word(name, "citations");
    case LLMC__ANTHROPIC_THINKING:
        return is_word(name, "thinking") || is_word(name, "signature");
    case LLMC__ANTHROPIC_REDACTED:
        return false;
    case LLMC__ANTHROPIC_OTHER:
    case LLMC__ANTHROPIC_TOOL_USE:
        break;
    }
    return is_word(name, "input");
}

static llmc_status print_head(const llmc__json_doc *doc, const llmc__json *object, llmc__anthropic_kind kind,
                              llmc__buf *out) {
    llmc__jsonw json;
    llmc__jsonw_init(&json, out);
    for (const llmc__json *item = llmc__json_first(object); item != NULL; item = llmc__json_next(item)) {
        if (is_apart(kind, llmc__json_name(item)))
            continue;
        llmc__jsonw_name(&json, llmc__json_name(item));
        if (json.status == LLMC_OK)
            json.status = llmc__jsonprint_value(doc, item, out);
        json.need_comma = true;
    }
    return json.status;
}

static llmc_status keep_head(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                             const llmc__json *object) {
    llmc__buf printed;
    llmc__buf_init(&printed, answer->max_bytes);
    llmc_status status = print_head(doc, object, block->kind, &printed);
    if (status == LLMC_ERR_TOO_LARGE) {
        answer->replay_lost = true;
        status = LLMC_OK;
    } else if (status != LLMC_OK) {
        status = llmc__anthropic_fail(answer, status);
    }
    if (status == LLMC_OK)
        status = keep(answer, &block->head, printed.data, printed.len);
    llmc__buf_free(&printed);
    return status;
}

/* ---- events ---- */

static llmc_status emit_text(llmc__anthropic_answer *answer, llmc_event_kind kind, const char *text, size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len};
    return len > 0 ? llmc__anthropic_emit(answer, &event) : LLMC_OK;
}

static llmc_status emit_call(llmc__anthropic_answer *answer, const llmc__anthropic_block *block, llmc_event_kind kind,
                             const char *text, size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .tool_index = block->tool_index};
    return llmc__anthropic_emit(answer, &event);
}

static llmc_status add_words(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *text,
                             size_t len) {
    bool is_thinking = block->kind == LLMC__ANTHROPIC_THINKING;
    llmc_status status = keep(answer, &block->text, text, len);
    if (status != LLMC_OK || (!is_thinking && block->kind != LLMC__ANTHROPIC_TEXT))
        return status;
    return emit_text(answer, is_thinking ? LLMC_EVENT_REASONING : LLMC_EVENT_TEXT, text, len);
}

static llmc_status add_text(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                            const llmc__json *value) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    return text != NULL ? add_words(answer, block, text, len) : LLMC_OK;
}

static llmc_status add_piece(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                             const llmc__json *value) {
    answer->piece = value;
    answer->piece_block = (size_t)(block - answer->blocks);
    return add_text(answer, block, doc, value);
}

llmc_status llmc__anthropic_say(llmc__anthropic_answer *answer, const char *text, size_t len) {
    return add_words(answer, &answer->blocks[answer->piece_block], text, len);
}

static llmc_status add_signature(llmc__anthropic_answer *answer, llmc__anthropic_block *block,
                                 const llmc__json_doc *doc, const llmc__json *value) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    return text != NULL ? collect(answer, &block->signature, text, len) : LLMC_OK;
}

static llmc_status add_citation(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                                const llmc__json *value) {
    llmc__buf printed;
    if (llmc__json_type_of(value) != LLMC__JSON_OBJECT)
        return LLMC_OK;
    llmc__buf_init(&printed, SIZE_MAX / 2); /* the text it comes from is bounded */
    llmc_status status = llmc__jsonprint_value(doc, value, &printed);
    if (status != LLMC_OK)
        status = llmc__anthropic_fail(answer, status);
    if (status == LLMC_OK && block->citations.len > 0)
        status = keep(answer, &block->citations, ",", 1);
    if (status == LLMC_OK)
        status = keep(answer, &block->citations, printed.data, printed.len);
    if (status == LLMC_OK)
        status = emit_text(answer, LLMC_EVENT_CITATION, printed.data, printed.len);
    llmc__buf_free(&printed);
    return status;
}

static llmc_status add_input(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                             const llmc__json *value) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (text == NULL || len == 0)
        return LLMC_OK;
    if (block->input_whole)
        llmc__buf_clear(&block->input); /* pieces count more than what stood in the block's beginning */
    block->input_whole = false;
    if (block->kind != LLMC__ANTHROPIC_TOOL_USE)
        return keep(answer, &block->input, text, len);
    llmc_status status = collect(answer, &block->input, text, len);
    return status == LLMC_OK ? emit_call(answer, block, LLMC_EVENT_TOOL_CALL_DELTA, text, len) : status;
}

/* ---- beginnings ---- */

static llmc__anthropic_kind kind_of(const char *type) {
    if (is_word(type, "text"))
        return LLMC__ANTHROPIC_TEXT;
    if (is_word(type, "thinking"))
        return LLMC__ANTHROPIC_THINKING;
    if (is_word(type, "redacted_thinking"))
        return LLMC__ANTHROPIC_REDACTED;
    return is_word(type, "tool_use") ? LLMC__ANTHROPIC_TOOL_USE : LLMC__ANTHROPIC_OTHER;
}

/* NULL: the answer has failed. */
static llmc__anthropic_block *add_block(llmc__anthropic_answer *answer, int64_t index, llmc__anthropic_kind kind) {
    if (answer->block_count >= MAX_BLOCKS) {
        (void)llmc__anthropic_fail(answer, LLMC_ERR_TOO_LARGE);
        return NULL;
    }
    if (answer->block_count == answer->block_cap) {
        size_t cap = answer->block_cap == 0 ? 4 : 2 * answer->block_cap;
        llmc__anthropic_block *blocks = llmc__mem_realloc(answer->blocks, cap * sizeof *blocks);
        if (blocks == NULL) {
            (void)llmc__anthropic_fail(answer, LLMC_ERR_NO_MEMORY);
            return NULL;
        }
        answer->blocks = blocks;
        answer->block_cap = cap;
    }
    llmc__anthropic_block *block = &answer->blocks[answer->block_count++];
    memset(block, 0, sizeof *block);
    block->index = index;
    block->kind = kind;
    llmc__buf_init(&block->head, answer->max_bytes);
    llmc__buf_init(&block->text, answer->max_bytes);
    llmc__buf_init(&block->signature, answer->max_bytes);
    llmc__buf_init(&block->input, answer->max_bytes);
    llmc__buf_init(&block->citations, answer->max_bytes);
    return block;
}

/* An input that has members is whole; the empty object is where a stream's pieces begin. */
static llmc_status begin_input(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                               const llmc__json *object) {
    const llmc__json *input = llmc__json_get(object, "input");
    block->has_input = input != NULL;
    if (llmc__json_type_of(input) != LLMC__JSON_OBJECT || llmc__json_first(input) == NULL)
        return LLMC_OK;
    block->input_whole = true;
    llmc_status status = llmc__jsonprint_value(doc, input, &block->input);
    return status != LLMC_OK ? llmc__anthropic_fail(answer, status) : LLMC_OK;
}

static llmc_status begin_call(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                              const llmc__json *object) {
    block->tool_index = answer->tool_count++;
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START,
                        .tool_index = block->tool_index,
                        .tool_id = word_at(doc, object, "id"),
                        .tool_name = word_at(doc, object, "name")};
    llmc_status status = llmc__anthropic_emit(answer, &event);
    return status == LLMC_OK ? begin_input(answer, block, doc, object) : status;
}

static llmc_status begin_text(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json_doc *doc,
                              const llmc__json *object) {
    llmc_status status = add_text(answer, block, doc, llmc__json_get(object, "text"));
    const llmc__json *citation = llmc__json_first(llmc__json_get(object, "citations"));
    for (; citation != NULL && status == LLMC_OK; citation = llmc__json_next(citation))
        status = add_citation(answer, block, doc, citation);
    return status;
}

static llmc_status begin_thinking(llmc__anthropic_answer *answer, llmc__anthropic_block *block,
                                  const llmc__json_doc *doc, const llmc__json *object) {
    llmc_status status = add_text(answer, block, doc, llmc__json_get(object, "thinking"));
    return status == LLMC_OK ? add_signature(answer, block, doc, llmc__json_get(object, "signature")) : status;
}

static llmc_status begin_redacted(llmc__anthropic_answer *answer, const llmc__json_doc *doc, const llmc__json *object) {
    size_t len = 0;
    const char *data = llmc__json_string(doc, llmc__json_get(object, "data"), &len);
    return data != NULL ? emit_text(answer, LLMC_EVENT_REDACTED, data, len) : LLMC_OK;
}

static llmc_status begin(llmc__anthropic_answer *answer, const llmc__json_doc *doc, const llmc__json *object,
                         int64_t index) {
    llmc__anthropic_block *block = add_block(answer, index, kind_of(word_at(doc, object, "type")));
    if (block == NULL)
        return answer->error->status;
    llmc_status status = keep_head(answer, block, doc, object);
    if (status != LLMC_OK)
        return status;
    switch (block->kind) {
    case LLMC__ANTHROPIC_TEXT:
        return begin_text(answer, block, doc, object);
    case LLMC__ANTHROPIC_THINKING:
        return begin_thinking(answer, block, doc, object);
    case LLMC__ANTHROPIC_REDACTED:
        return begin_redacted(answer, doc, object);
    case LLMC__ANTHROPIC_TOOL_USE:
        return begin_call(answer, block, doc, object);
    case LLMC__ANTHROPIC_OTHER:
        break;
    }
    return begin_input(answer, block, doc, object);
}

/* ---- ends ---- */

/* A call whose arguments are there and whole. */
static llmc_status end_call(llmc__anthropic_answer *answer, llmc__anthropic_block *block) {
    if (block->ended || block->input.len == 0 || !llmc__json_valid(block->input.data, block->input.len, NULL))
        return LLMC_OK;
    block->ended = true;
    return emit_call(answer, block, LLMC_EVENT_TOOL_CALL_END, block->input.data, block->input.len);
}

static llmc_status end(llmc__anthropic_answer *answer, llmc__anthropic_block *block) {
    if (block->closed)
        return LLMC_OK;
    block->closed = true;
    if (block->kind == LLMC__ANTHROPIC_TOOL_USE)
        return end_call(answer, block);
    if (block->kind == LLMC__ANTHROPIC_THINKING)
        return emit_text(answer, LLMC_EVENT_SIGNATURE, block->signature.data, block->signature.len);
    return LLMC_OK;
}

llmc_status llmc__anthropic_blocks_end(llmc__anthropic_answer *answer) {
    bool cut = answer->finish == LLMC_FINISH_LENGTH || answer->finish == LLMC_FINISH_CONTENT_FILTER;
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < answer->block_count && status == LLMC_OK; i++) {
        llmc__anthropic_block *block = &answer->blocks[i];
        status = end(answer, block);
        if (status != LLMC_OK || cut || block->kind != LLMC__ANTHROPIC_TOOL_USE || block->ended || block->input.len > 0)
            continue;
        block->ended = true;
        status = emit_call(answer, block, LLMC_EVENT_TOOL_CALL_END, "{}", 2);
    }
    return status;
}

/* ---- the stream's events ---- */

/* The block an event names, the latest of that index; NULL: none. */
static llmc__anthropic_block *find(llmc__anthropic_answer *answer, const llmc__json_doc *doc, const llmc__json *event) {
    int64_t index = 0;
    if (!llmc__json_int64(doc, llmc__json_get(event, "index"), &index))
        return answer->block_count > 0 ? &answer->blocks[answer->block_count - 1] : NULL;
    for (size_t i = answer->block_count; i > 0; i--)
        if (answer->blocks[i - 1].index == index)
            return &answer->blocks[i - 1];
    return NULL;
}

llmc_status llmc__anthropic_block_start(llmc__anthropic_answer *answer, const llmc__json_doc *doc,
                                        const llmc__json *event) {
    int64_t index = -1;
    (void)llmc__json_int64(doc, llmc__json_get(event, "index"), &index);
    return begin(answer, doc, llmc__json_get(event, "content_block"), index);
}

llmc_status llmc__anthropic_block_delta(llmc__anthropic_answer *answer, const llmc__json_doc *doc,
                                        const llmc__json *event) {
    const llmc__json *delta = llmc__json_get(event, "delta");
    const char *type = word_at(doc, delta, "type");
    llmc__anthropic_block *block = find(answer, doc, event);
    if (block == NULL || block->ended)
        return LLMC_OK;
    if (is_word(type, "text_delta"))
        return add_piece(answer, block, doc, llmc__json_get(delta, "text"));
    if (is_word(type, "thinking_delta"))
        return add_piece(answer, block, doc, llmc__json_get(delta, "thinking"));
    if (is_word(type, "input_json_delta"))
        return add_input(answer, block, doc, llmc__json_get(delta, "partial_json"));
    if (is_word(type, "signature_delta"))
        return add_signature(answer, block, doc, llmc__json_get(delta, "signature"));
    if (is_word(type, "citations_delta"))
        return add_citation(answer, block, doc, llmc__json_get(delta, "citation"));
    return LLMC_OK;
}

llmc_status llmc__anthropic_block_stop(llmc__anthropic_answer *answer, const llmc__json_doc *doc,
                                       const llmc__json *event) {
    llmc__anthropic_block *block = find(answer, doc, event);
    return block != NULL ? end(answer, block) : LLMC_OK;
}

llmc_status llmc__anthropic_block_whole(llmc__anthropic_answer *answer, const llmc__json_doc *doc,
                                        const llmc__json *object) {
    llmc_status status = begin(answer, doc, object, -1);
    return status == LLMC_OK ? end(answer, &answer->blocks[answer->block_count - 1]) : status;
}
