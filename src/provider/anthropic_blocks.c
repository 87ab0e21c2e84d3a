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

void llmc__anthropic_block_free(llmc__anthropic_block *block) {
    llmc__buf_free(&block->head);
    llmc__buf_free(&block->text);
    llmc__buf_free(&block->signature);
    llmc__buf_free(&block->input);
    llmc__buf_free(&block->citations);
}

static void settle(llmc__anthropic_answer *answer, llmc_status status) {
    if (status != LLMC_OK)
        (void)llmc__anthropic_fail(answer, status);
}

/* ---- keeping ---- */

/* What only a replay needs. Without room for it there is none: the answer itself is not hurt. */
static void keep(llmc__anthropic_answer *answer, llmc__buf *buf, const char *text, size_t len) {
    if (len > answer->max_bytes - answer->kept)
        answer->replay_lost = true;
    if (answer->replay_lost || len == 0)
        return;
    answer->kept += len;
    settle(answer, llmc__buf_append(buf, text, len));
}

/* Which members of a block are kept by themselves. */
static bool is_apart(llmc__anthropic_kind kind, const char *name) {
    static const char apart[][2][10] = {
        [LLMC__ANTHROPIC_OTHER] = {"input", "input"},
        [LLMC__ANTHROPIC_TEXT] = {"text", "citations"},
        [LLMC__ANTHROPIC_THINKING] = {"thinking", "signature"},
        [LLMC__ANTHROPIC_TOOL_USE] = {"input", "input"},
    };
    return kind != LLMC__ANTHROPIC_REDACTED && (strcmp(name, apart[kind][0]) == 0 || strcmp(name, apart[kind][1]) == 0);
}

static llmc_status print_head(const llmc__anthropic_answer *answer, const llmc__json *object, llmc__anthropic_kind kind,
                              llmc__buf *out) {
    llmc__jsonw json;
    llmc__jsonw_init(&json, out);
    for (const llmc__json *item = llmc__json_first(object); item != NULL; item = llmc__json_next(item)) {
        if (is_apart(kind, llmc__json_name(item)))
            continue;
        llmc__jsonw_name(&json, llmc__json_name(item));
        if (json.status == LLMC_OK)
            json.status = llmc__jsonprint_value(answer->doc, item, out);
        json.need_comma = true;
    }
    return json.status;
}

static void keep_head(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json *object) {
    llmc__buf printed;
    llmc__buf_init(&printed, answer->max_bytes);
    llmc_status status = print_head(answer, object, block->kind, &printed);
    if (status == LLMC_ERR_TOO_LARGE)
        answer->replay_lost = true;
    else
        settle(answer, status);
    keep(answer, &block->head, printed.data, printed.len);
    llmc__buf_free(&printed);
}

/* ---- what a block brings ---- */

static void emit(llmc__anthropic_answer *answer, const llmc__anthropic_block *block, llmc_event_kind kind,
                 const char *text, size_t len) {
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .tool_index = block->tool_index};
    if (len > 0)
        (void)llmc__anthropic_emit(answer, &event);
}

/* Takes a text that came for a block, and tells it. */
typedef void (*take_fn)(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *text, size_t len);

static void take_words(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *text, size_t len) {
    keep(answer, &block->text, text, len);
    if (block->kind == LLMC__ANTHROPIC_THINKING)
        emit(answer, block, LLMC_EVENT_REASONING, text, len);
    else if (block->kind == LLMC__ANTHROPIC_TEXT)
        emit(answer, block, LLMC_EVENT_TEXT, text, len);
}

llmc_status llmc__anthropic_say(llmc__anthropic_answer *answer, const char *text, size_t len) {
    take_words(answer, &answer->blocks[answer->piece_block], text, len);
    return answer->status;
}

/* Told whole, at the end. */
static void take_signature(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *text, size_t len) {
    settle(answer, llmc__buf_append(&block->signature, text, len));
}

static void take_redacted(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *text, size_t len) {
    emit(answer, block, LLMC_EVENT_REDACTED, text, len);
}

static void take_input(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *text, size_t len) {
    if (len == 0)
        return;
    if (block->input_whole)
        llmc__buf_clear(&block->input); /* pieces count more than what stood in the block's beginning */
    block->input_whole = false;
    if (block->kind != LLMC__ANTHROPIC_TOOL_USE) {
        keep(answer, &block->input, text, len);
        return;
    }
    settle(answer, llmc__buf_append(&block->input, text, len));
    emit(answer, block, LLMC_EVENT_TOOL_CALL_DELTA, text, len);
}

/* The string, where it is one. */
static void take(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json *value,
                 take_fn taken_by) {
    size_t len = 0;
    const char *text = llmc__json_string(answer->doc, value, &len);
    if (text != NULL)
        taken_by(answer, block, text, len);
}

static void add_citation(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json *value) {
    llmc__buf printed;
    if (llmc__json_type_of(value) != LLMC__JSON_OBJECT)
        return;
    llmc__buf_init(&printed, SIZE_MAX / 2); /* the text it comes from is bounded */
    settle(answer, llmc__jsonprint_value(answer->doc, value, &printed));
    keep(answer, &block->citations, ",", block->citations.len > 0);
    keep(answer, &block->citations, printed.data, printed.len);
    emit(answer, block, LLMC_EVENT_CITATION, printed.data, printed.len);
    llmc__buf_free(&printed);
}

/* ---- beginnings ---- */

static llmc__anthropic_kind kind_of(const llmc__json *object) {
    static const char types[][18] = {
        [LLMC__ANTHROPIC_TEXT] = "text",
        [LLMC__ANTHROPIC_THINKING] = "thinking",
        [LLMC__ANTHROPIC_REDACTED] = "redacted_thinking",
        [LLMC__ANTHROPIC_TOOL_USE] = "tool_use",
    };
    const char *type = llmc__json_text(NULL, object, "type", NULL);
    unsigned kind = type != NULL ? LLMC__ANTHROPIC_TOOL_USE : LLMC__ANTHROPIC_OTHER;
    while (kind != LLMC__ANTHROPIC_OTHER && strcmp(type, types[kind]) != 0)
        kind--;
    return (llmc__anthropic_kind)kind;
}

/* NULL: the answer has failed. */
static llmc__anthropic_block *add_block(llmc__anthropic_answer *answer, int64_t index, llmc__anthropic_kind kind) {
    bool many = answer->block_count >= MAX_BLOCKS;
    if (many ||
        !llmc__mem_make_room(&answer->blocks, answer->block_count, &answer->block_cap, sizeof *answer->blocks)) {
        (void)llmc__anthropic_fail(answer, many ? LLMC_ERR_TOO_LARGE : LLMC_ERR_NO_MEMORY);
        return NULL;
    }
    llmc__anthropic_block *block = &answer->blocks[answer->block_count++];
    *block = (llmc__anthropic_block){.index = index, .kind = kind};
    llmc__buf_init(&block->head, answer->max_bytes);
    llmc__buf_init(&block->text, answer->max_bytes);
    llmc__buf_init(&block->signature, answer->max_bytes);
    llmc__buf_init(&block->input, answer->max_bytes);
    llmc__buf_init(&block->citations, answer->max_bytes);
    return block;
}

/* An input that has members is whole; the empty object is where a stream's pieces begin. */
static void begin_input(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json *object) {
    const llmc__json *input = llmc__json_get(object, "input");
    block->has_input = input != NULL;
    block->input_whole = llmc__json_type_of(input) == LLMC__JSON_OBJECT && llmc__json_first(input) != NULL;
    if (block->input_whole)
        settle(answer, llmc__jsonprint_value(answer->doc, input, &block->input));
}

static void begin_call(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json *object) {
    block->tool_index = answer->tool_count++;
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START,
                        .tool_index = block->tool_index,
                        .tool_id = llmc__json_text(NULL, object, "id", NULL),
                        .tool_name = llmc__json_text(NULL, object, "name", NULL)};
    (void)llmc__anthropic_emit(answer, &event);
    begin_input(answer, block, object);
}

static void begin_text(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const llmc__json *object) {
    take(answer, block, llmc__json_get(object, "text"), take_words);
    for (const llmc__json *citation = llmc__json_first(llmc__json_get(object, "citations")); citation != NULL;
         citation = llmc__json_next(citation))
        add_citation(answer, block, citation);
}

/* NULL: the answer has failed. */
static llmc__anthropic_block *begin(llmc__anthropic_answer *answer, const llmc__json *object, int64_t index) {
    llmc__anthropic_block *block = add_block(answer, index, kind_of(object));
    if (block == NULL)
        return NULL;
    keep_head(answer, block, object);
    switch (block->kind) {
    case LLMC__ANTHROPIC_TEXT:
        begin_text(answer, block, object);
        break;
    case LLMC__ANTHROPIC_THINKING:
        take(answer, block, llmc__json_get(object, "thinking"), take_words);
        take(answer, block, llmc__json_get(object, "signature"), take_signature);
        break;
    case LLMC__ANTHROPIC_REDACTED:
        take(answer, block, llmc__json_get(object, "data"), take_redacted);
        break;
    case LLMC__ANTHROPIC_TOOL_USE:
        begin_call(answer, block, object);
        break;
    case LLMC__ANTHROPIC_OTHER:
        begin_input(answer, block, object);
    }
    return block;
}

/* ---- ends ---- */

/* A call whose arguments are there and whole. */
static void end_call(llmc__anthropic_answer *answer, llmc__anthropic_block *block, const char *input, size_t len) {
    if (block->ended || len == 0 || !llmc__json_valid(input, len, NULL))
        return;
    block->ended = true;
    emit(answer, block, LLMC_EVENT_TOOL_CALL_END, input, len);
}

static void end(llmc__anthropic_answer *answer, llmc__anthropic_block *block) {
    if (block->closed)
        return;
    block->closed = true;
    if (block->kind == LLMC__ANTHROPIC_TOOL_USE)
        end_call(answer, block, block->input.data, block->input.len);
    else if (block->kind == LLMC__ANTHROPIC_THINKING)
        emit(answer, block, LLMC_EVENT_SIGNATURE, block->signature.data, block->signature.len);
}

void llmc__anthropic_blocks_end(llmc__anthropic_answer *answer) {
    bool cut = answer->finish == LLMC_FINISH_LENGTH || answer->finish == LLMC_FINISH_CONTENT_FILTER;
    for (size_t i = 0; i < answer->block_count; i++) {
        llmc__anthropic_block *block = &answer->blocks[i];
        end(answer, block);
        if (!cut && block->kind == LLMC__ANTHROPIC_TOOL_USE && block->input.len == 0)
            end_call(answer, block, "{}", 2);
    }
}

/* ---- the stream's events ---- */

/* The block an event names, the latest of that index; NULL: none. */
static llmc__anthropic_block *find(const llmc__anthropic_answer *answer, const llmc__json *event) {
    int64_t index = 0;
    bool named = llmc__json_int64(answer->doc, llmc__json_get(event, "index"), &index);
    for (size_t i = answer->block_count; i > 0; i--)
        if (!named || answer->blocks[i - 1].index == index)
            return &answer->blocks[i - 1];
    return NULL;
}

void llmc__anthropic_block_start(llmc__anthropic_answer *answer, const llmc__json *event) {
    int64_t index = -1;
    (void)llmc__json_int64(answer->doc, llmc__json_get(event, "index"), &index);
    (void)begin(answer, llmc__json_get(event, "content_block"), index);
}

void llmc__anthropic_block_delta(llmc__anthropic_answer *answer, const llmc__json *event) {
    static const struct {
        const char *type, *member;
        take_fn take;
    } deltas[] = {
        {"text_delta", "text", take_words},
        {"thinking_delta", "thinking", take_words},
        {"input_json_delta", "partial_json", take_input},
        {"signature_delta", "signature", take_signature},
    };
    const llmc__json *delta = llmc__json_get(event, "delta");
    const char *type = llmc__json_text(NULL, delta, "type", NULL);
    llmc__anthropic_block *block = find(answer, event);
    if (block == NULL || block->ended || type == NULL)
        return;
    for (size_t i = 0; i < sizeof deltas / sizeof deltas[0]; i++) {
        if (strcmp(deltas[i].type, type) != 0)
            continue;
        const llmc__json *value = llmc__json_get(delta, deltas[i].member);
        if (deltas[i].take == take_words) {
            answer->piece = value;
            answer->piece_block = (size_t)(block - answer->blocks);
        }
        take(answer, block, value, deltas[i].take);
        return;
    }
    if (strcmp(type, "citations_delta") == 0)
        add_citation(answer, block, llmc__json_get(delta, "citation"));
}

void llmc__anthropic_block_stop(llmc__anthropic_answer *answer, const llmc__json *event) {
    llmc__anthropic_block *block = find(answer, event);
    if (block != NULL)
        end(answer, block);
}

void llmc__anthropic_block_whole(llmc__anthropic_answer *answer, const llmc__json *object) {
    llmc__anthropic_block *block = begin(answer, object, -1);
    if (block != NULL)
        end(answer, block);
}
