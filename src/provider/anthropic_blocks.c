/*
 * Content blocks -> events, and kept for a replay. A block of a whole message is one that starts with all it has; in a
 * stream deltas add to it. Blocks may come interleaved: each delta names its block by index.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/anthropic.h"
#include "wire/jsonprint.h"
#include "wire/jsonw.h"

/* ---- keeping ---- */

/* What only a replay needs. Without room for it there is none: the answer itself is not hurt. */
static void keep(llmc__anthropic_answer *answer, llmc__buf *buf, const char *text, size_t len) {
    llmc__sink *sink = answer->blocks.sink;
    if (len > sink->max_bytes - answer->kept)
        answer->replay_lost = true;
    if (answer->replay_lost || len == 0)
        return;
    answer->kept += len;
    llmc__sink_append(sink, buf, text, len);
}

/* Which members of a block are kept by themselves. */
static bool is_apart(int kind, const char *name) {
    static const char apart[][2][10] = {
        [LLMC__ANTHROPIC_OTHER] = {"input", "input"},
        [LLMC__ANTHROPIC_TEXT] = {"text", "citations"},
        [LLMC__ANTHROPIC_THINKING] = {"thinking", "signature"},
        [LLMC__ANTHROPIC_TOOL_USE] = {"input", "input"},
    };
    return kind != LLMC__ANTHROPIC_REDACTED && (strcmp(name, apart[kind][0]) == 0 || strcmp(name, apart[kind][1]) == 0);
}

static llmc_status print_head(const llmc__json_doc *doc, const llmc__json *object, int kind, llmc__buf *out) {
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

static void keep_head(llmc__anthropic_answer *answer, llmc__block *block, const llmc__json *object) {
    llmc__sink *sink = answer->blocks.sink;
    llmc__buf printed;
    llmc__buf_init(&printed, sink->max_bytes);
    llmc_status status = print_head(sink->doc, object, block->kind, &printed);
    if (status == LLMC_ERR_TOO_LARGE)
        answer->replay_lost = true;
    else
        llmc__sink_keep(sink, status);
    keep(answer, &block->head, printed.data, printed.len);
    llmc__buf_free(&printed);
}

/* ---- what a block brings ---- */

/* Takes a text that came for a block, and tells it. */
typedef void (*take_fn)(llmc__anthropic_answer *answer, llmc__block *block, const char *text, size_t len);

static void take_words(llmc__anthropic_answer *answer, llmc__block *block, const char *text, size_t len) {
    if (block->kind != LLMC__ANTHROPIC_TEXT && block->kind != LLMC__ANTHROPIC_THINKING)
        return;
    keep(answer, &block->text, text, len);
    llmc__blocks_say(&answer->blocks, block,
                     block->kind == LLMC__ANTHROPIC_TEXT ? LLMC_EVENT_TEXT : LLMC_EVENT_REASONING, text, len);
}

void llmc__anthropic_say(llmc__anthropic_answer *answer, const char *text, size_t len) {
    take_words(answer, &answer->blocks.at[answer->piece_block], text, len);
}

/* Told whole, at the end. */
static void take_signature(llmc__anthropic_answer *answer, llmc__block *block, const char *text, size_t len) {
    if (block->kind == LLMC__ANTHROPIC_THINKING)
        llmc__sink_append(answer->blocks.sink, &block->signature, text, len);
}

static void take_redacted(llmc__anthropic_answer *answer, llmc__block *block, const char *text, size_t len) {
    llmc__blocks_say(&answer->blocks, block, LLMC_EVENT_REDACTED, text, len);
}

/* Of a tool, the model's or the server's; of the latter only a replay needs it. */
static void take_input(llmc__anthropic_answer *answer, llmc__block *block, const char *text, size_t len) {
    if (len == 0 || (!block->is_call && block->kind != LLMC__ANTHROPIC_OTHER))
        return;
    if (block->input_whole)
        llmc__buf_clear(&block->text); /* pieces count more than what stood in the block's beginning */
    block->input_whole = false;
    if (!block->is_call) {
        keep(answer, &block->text, text, len);
        return;
    }
    llmc__sink_append(answer->blocks.sink, &block->text, text, len);
    llmc__blocks_say(&answer->blocks, block, LLMC_EVENT_TOOL_CALL_DELTA, text, len);
}

/* The member, where it is a string. */
static void take(llmc__anthropic_answer *answer, llmc__block *block, const llmc__json *object, const char *name,
                 take_fn taken_by) {
    size_t len = 0;
    const char *text = llmc__sink_string(answer->blocks.sink, object, name, &len);
    taken_by(answer, block, text, len);
}

static void add_citation(llmc__anthropic_answer *answer, llmc__block *block, const llmc__json *value) {
    llmc__buf printed;
    if (llmc__json_type_of(value) != LLMC__JSON_OBJECT)
        return;
    llmc__buf_init(&printed, SIZE_MAX / 2); /* the text it comes from is bounded */
    llmc__sink_print(answer->blocks.sink, &printed, value);
    keep(answer, &block->items, ",", block->items.len > 0);
    keep(answer, &block->items, printed.data, printed.len);
    llmc__blocks_say(&answer->blocks, block, LLMC_EVENT_CITATION, printed.data, printed.len);
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

/* An input that has members is whole; the empty object is where a stream's pieces begin. */
static void begin_input(llmc__anthropic_answer *answer, llmc__block *block, const llmc__json *object) {
    const llmc__json *input = llmc__json_get(object, "input");
    block->has_input = input != NULL;
    block->input_whole = llmc__json_type_of(input) == LLMC__JSON_OBJECT && llmc__json_first(input) != NULL;
    if (block->input_whole)
        llmc__sink_print(answer->blocks.sink, &block->text, input);
}

static void begin_text(llmc__anthropic_answer *answer, llmc__block *block, const llmc__json *object) {
    take(answer, block, object, "text", take_words);
    for (const llmc__json *citation = llmc__json_first(llmc__json_get(object, "citations")); citation != NULL;
         citation = llmc__json_next(citation))
        add_citation(answer, block, citation);
}

/* NULL: the answer has failed. */
static llmc__block *begin(llmc__anthropic_answer *answer, const llmc__json *object, int64_t index) {
    llmc__block *block = llmc__blocks_add(&answer->blocks, (int)kind_of(object), index);
    if (block == NULL)
        return NULL;
    keep_head(answer, block, object);
    switch (block->kind) {
    case LLMC__ANTHROPIC_TEXT:
        begin_text(answer, block, object);
        break;
    case LLMC__ANTHROPIC_THINKING:
        take(answer, block, object, "thinking", take_words);
        take(answer, block, object, "signature", take_signature);
        break;
    case LLMC__ANTHROPIC_REDACTED:
        take(answer, block, object, "data", take_redacted);
        break;
    case LLMC__ANTHROPIC_TOOL_USE:
        llmc__blocks_call(&answer->blocks, block, object, "id");
        begin_input(answer, block, object);
        break;
    default:
        begin_input(answer, block, object);
    }
    return block;
}

/* ---- the stream's events ---- */

/* The block an event names; NULL: none. */
static llmc__block *find(const llmc__anthropic_answer *answer, const llmc__json *event) {
    int64_t index = 0;
    bool named = llmc__json_int64(answer->blocks.sink->doc, llmc__json_get(event, "index"), &index);
    return llmc__blocks_find(&answer->blocks, index, !named);
}

void llmc__anthropic_block_start(llmc__anthropic_answer *answer, const llmc__json *event) {
    int64_t index = -1;
    (void)llmc__json_int64(answer->blocks.sink->doc, llmc__json_get(event, "index"), &index);
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
    llmc__block *block = find(answer, event);
    if (block == NULL || block->ended || type == NULL)
        return;
    for (size_t i = 0; i < sizeof deltas / sizeof deltas[0]; i++) {
        if (strcmp(deltas[i].type, type) != 0)
            continue;
        if (deltas[i].take == take_words) {
            answer->piece = llmc__json_get(delta, deltas[i].member);
            answer->piece_block = (size_t)(block - answer->blocks.at);
        }
        take(answer, block, delta, deltas[i].member, deltas[i].take);
        return;
    }
    if (strcmp(type, "citations_delta") == 0)
        add_citation(answer, block, llmc__json_get(delta, "citation"));
}

void llmc__anthropic_block_stop(llmc__anthropic_answer *answer, const llmc__json *event) {
    llmc__blocks_close(&answer->blocks, find(answer, event));
}

void llmc__anthropic_block_whole(llmc__anthropic_answer *answer, const llmc__json *object) {
    llmc__blocks_close(&answer->blocks, begin(answer, object, -1));
}
