/*
 * The items of an answer's output, and the calls among them. Events name their item by output_index and by item_id;
 * the index is believed first, since some servers send each event of one item under another id.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/responses.h"

#define MAX_ITEMS 4096
#define MAX_CALLS 1024
#define NOT_SENT  (-1)

/* The parts of messages and of reasoning; refusals have their text under that name, the others under "text". */
static const struct {
    char type[15];
    uint8_t kind;
} parts[] = {
    {"output_text", LLMC_EVENT_TEXT},
    {"refusal", LLMC_EVENT_REFUSAL},
    {"summary_text", LLMC_EVENT_REASONING},
    {"reasoning_text", LLMC_EVENT_REASONING},
};

static bool is_call_type(const llmc__json *element) {
    return llmc__json_says(element, "type", "function_call") || llmc__json_says(element, "type", "custom_tool_call");
}

static llmc__responses_item *find_item(llmc__responses_decoder *decoder, int64_t index, const char *id) {
    for (size_t i = decoder->item_count; i-- > 0;) {
        llmc__responses_item *item = &decoder->items[i];
        if (index != NOT_SENT ? item->index == index : id != NULL && item->id != NULL && strcmp(item->id, id) == 0)
            return item;
        if (index == NOT_SENT && id == NULL && item->index == NOT_SENT && item->id == NULL)
            return item;
    }
    return NULL;
}

/* NULL: the decoding has failed. */
static llmc__responses_item *add_item(llmc__responses_decoder *decoder, int64_t index, const char *id) {
    char *copy = llmc__mem_strdup(id);
    if (decoder->item_count >= MAX_ITEMS)
        llmc__sink_fail(&decoder->base.sink, LLMC_ERR_TOO_LARGE, "the answer has too many items");
    else if ((id != NULL && copy == NULL) ||
             !llmc__mem_make_room(&decoder->items, decoder->item_count, &decoder->item_cap, sizeof *decoder->items))
        llmc__sink_keep(&decoder->base.sink, LLMC_ERR_NO_MEMORY);
    if (decoder->base.sink.status != LLMC_OK) {
        llmc__mem_free(copy);
        return NULL;
    }
    llmc__responses_item *item = &decoder->items[decoder->item_count++];
    *item = (llmc__responses_item){.index = index, .id = copy};
    llmc__buf_init(&item->arguments, decoder->base.sink.max_bytes);
    return item;
}

static int64_t index_of(const llmc__responses_decoder *decoder, const llmc__json *event) {
    int64_t index = NOT_SENT;
    bool sent = llmc__json_int64(decoder->base.sink.doc, llmc__json_get(event, "output_index"), &index);
    return sent && index >= 0 ? index : NOT_SENT;
}

/* The item an event tells of; one that was not announced begins. NULL: the decoding has failed. */
static llmc__responses_item *item_of(llmc__responses_decoder *decoder, const llmc__json *event) {
    int64_t index = index_of(decoder, event);
    const char *id = llmc__json_word(event, "item_id");
    llmc__responses_item *item = find_item(decoder, index, id);
    return item != NULL ? item : add_item(decoder, index, id);
}

void llmc__responses_items_free(llmc__responses_decoder *decoder) {
    for (size_t i = 0; i < decoder->item_count; i++) {
        llmc__mem_free(decoder->items[i].id);
        llmc__mem_free(decoder->items[i].call_id);
        llmc__mem_free(decoder->items[i].name);
        llmc__buf_free(&decoder->items[i].arguments);
    }
    llmc__mem_free(decoder->items);
}

/* ---- text ---- */

static void note(llmc__responses_decoder *decoder, llmc__responses_item *item, llmc_event_kind kind) {
    item->heard |= LLMC__RESPONSES_BIT(kind);
    decoder->heard |= LLMC__RESPONSES_BIT(kind);
}

static void emit_text(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *value,
                      llmc_event_kind kind) {
    size_t len = 0;
    const char *text = llmc__json_string(decoder->base.sink.doc, value, &len);
    if (len == 0)
        return;
    note(decoder, item, kind);
    llmc__sink_text(&decoder->base.sink, kind, 0, text, len);
}

static void emit_logprobs(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *logprobs) {
    if (llmc__json_items(logprobs) == NULL)
        return;
    note(decoder, item, LLMC_EVENT_LOGPROBS);
    llmc__sink_json(&decoder->base.sink, LLMC_EVENT_LOGPROBS, 0, logprobs);
}

static void emit_annotations(llmc__responses_decoder *decoder, llmc__responses_item *item,
                             const llmc__json *annotations) {
    if (llmc__json_items(annotations) == NULL)
        return;
    note(decoder, item, LLMC_EVENT_CITATION);
    llmc__openai_annotations_read(&decoder->base, annotations, 0);
}

static bool is_skipped(unsigned skip, llmc_event_kind kind) {
    return (skip & LLMC__RESPONSES_BIT(kind)) != 0;
}

static void read_part(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *part,
                      unsigned skip) {
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        llmc_event_kind kind = (llmc_event_kind)parts[i].kind;
        if (llmc__json_says(part, "type", parts[i].type) && !is_skipped(skip, kind))
            emit_text(decoder, item, llmc__json_get(part, kind == LLMC_EVENT_REFUSAL ? "refusal" : "text"), kind);
    }
    if (!is_skipped(skip, LLMC_EVENT_CITATION))
        emit_annotations(decoder, item, llmc__json_get(part, "annotations"));
    if (!is_skipped(skip, LLMC_EVENT_LOGPROBS))
        emit_logprobs(decoder, item, llmc__json_get(part, "logprobs"));
}

static void read_parts(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *list,
                       unsigned skip) {
    for (const llmc__json *part = llmc__json_items(list); part != NULL; part = llmc__json_next(part))
        read_part(decoder, item, part, skip);
}

void llmc__responses_item_text(llmc__responses_decoder *decoder, const llmc__json *event, llmc_event_kind kind) {
    const llmc__json *delta = llmc__json_get(event, "delta"), *logprobs = llmc__json_get(event, "logprobs");
    llmc__responses_item *item = item_of(decoder, event);
    if (item == NULL)
        return;
    if (llmc__json_items(logprobs) == NULL)
        decoder->base.piece = (llmc__openai_piece){delta, kind, 0};
    emit_text(decoder, item, delta, kind);
    emit_logprobs(decoder, item, logprobs);
}

void llmc__responses_item_annotation(llmc__responses_decoder *decoder, const llmc__json *event) {
    const llmc__json *annotation = llmc__json_get(event, "annotation");
    if (llmc__json_type_of(annotation) != LLMC__JSON_OBJECT || llmc__json_first(annotation) == NULL)
        return;
    llmc__responses_item *item = item_of(decoder, event);
    if (item == NULL)
        return;
    note(decoder, item, LLMC_EVENT_CITATION);
    llmc__sink_json(&decoder->base.sink, LLMC_EVENT_CITATION, 0, annotation);
}

/* ---- calls ---- */

static void emit_call(llmc__responses_decoder *decoder, const llmc__responses_item *item, llmc_event_kind kind,
                      const char *text, size_t len) {
    llmc_event event = {.kind = kind,
                        .text = text,
                        .text_len = len,
                        .tool_index = item->tool_index,
                        .tool_id = item->call_id,
                        .tool_name = item->name};
    llmc__sink_emit(&decoder->base.sink, &event);
}

/* False: no memory. */
static bool copy_word(const llmc__json *object, const char *name, char **out) {
    const char *word = llmc__json_word(object, name);
    *out = llmc__mem_strdup(word);
    return word == NULL || *out != NULL;
}

/* What a result is sent back under is `call_id`; `id` is the item's own. */
static void start_call(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *element) {
    if (decoder->call_count >= MAX_CALLS)
        llmc__sink_fail(&decoder->base.sink, LLMC_ERR_TOO_LARGE, "the answer has too many tool calls");
    else if (!copy_word(element, "call_id", &item->call_id) || !copy_word(element, "name", &item->name))
        llmc__sink_keep(&decoder->base.sink, LLMC_ERR_NO_MEMORY);
    if (decoder->base.sink.status != LLMC_OK)
        return;
    item->is_call = true;
    item->is_custom = llmc__json_says(element, "type", "custom_tool_call");
    item->tool_index = decoder->call_count++;
    note(decoder, item, LLMC_EVENT_TOOL_CALL_START);
    emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_START, NULL, 0);
}

static void take_arguments(llmc__responses_decoder *decoder, llmc__responses_item *item, const char *text, size_t len) {
    if (len == 0 || item->ended || decoder->base.sink.status != LLMC_OK)
        return;
    llmc__openai_add_arguments(&decoder->base.sink, &item->arguments, text, len);
    emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_DELTA, text, len);
}

/* All the arguments at once, where none came before. JSON in a string; a server might send the object itself. */
static void fill_arguments(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *value) {
    llmc__buf printed;
    size_t len = 0;
    const char *text = llmc__json_string(decoder->base.sink.doc, value, &len);
    if (item->arguments.len > 0 || llmc__json_type_of(value) <= LLMC__JSON_NULL)
        return;
    llmc__buf_init(&printed, decoder->base.sink.max_bytes);
    if (text == NULL)
        llmc__sink_print(&decoder->base.sink, &printed, value);
    take_arguments(decoder, item, text != NULL ? text : printed.data, text != NULL ? len : printed.len);
    llmc__buf_free(&printed);
}

/* A call cut off never ends: it must not run. No arguments stand for {}, no input of a custom tool for "". */
static void end_call(llmc__responses_decoder *decoder, llmc__responses_item *item) {
    const char *text = llmc__buf_str(&item->arguments);
    size_t len = item->arguments.len;
    if (!item->is_call || item->ended || item->cut)
        return;
    if (len == 0 && !item->is_custom) {
        text = "{}";
        len = 2;
    }
    if (!item->is_custom && !llmc__json_valid(text, len, NULL))
        return;
    item->ended = true;
    emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_END, text, len);
}

static void close_call(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *element) {
    if (!item->is_call)
        start_call(decoder, item, element);
    fill_arguments(decoder, item, llmc__json_get(element, item->is_custom ? "input" : "arguments"));
    item->cut = llmc__json_says(element, "status", "incomplete");
    /* Without a status only JSON shows that it is whole; the others end when the response is known to be complete. */
    if (llmc__json_says(element, "status", "completed") || (!item->is_custom && item->arguments.len > 0))
        end_call(decoder, item);
}

void llmc__responses_item_arguments(llmc__responses_decoder *decoder, const llmc__json *event, const char *member,
                                    bool whole) {
    size_t len = 0;
    const llmc__json *value = llmc__json_get(event, member);
    llmc__responses_item *item = find_item(decoder, index_of(decoder, event), llmc__json_word(event, "item_id"));
    if (item == NULL || !item->is_call) /* never announced: output_item.done brings it whole */
        return;
    const char *text = llmc__json_string(decoder->base.sink.doc, value, &len);
    if (whole)
        fill_arguments(decoder, item, value);
    else
        take_arguments(decoder, item, text, len);
}

/* ---- items ---- */

static void read_element(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json *element,
                         unsigned skip) {
    if (is_call_type(element)) {
        close_call(decoder, item, element);
    } else if (llmc__json_says(element, "type", "message") || llmc__json_says(element, "type", "reasoning")) {
        read_parts(decoder, item, llmc__json_get(element, "summary"), skip);
        read_parts(decoder, item, llmc__json_get(element, "content"), skip);
    }
}

/* Whether an item begun before is this one; servers without indexes of their own may send 0 each time. */
static bool is_same(const llmc__responses_item *item, const char *call_id) {
    if (item->closed)
        return false;
    return call_id == NULL || item->call_id == NULL || strcmp(item->call_id, call_id) == 0;
}

/* The item whose element an event brings. NULL: the decoding has failed. */
static llmc__responses_item *item_of_element(llmc__responses_decoder *decoder, const llmc__json *event,
                                             const llmc__json *element) {
    const char *id = llmc__json_word(element, "id");
    int64_t index = index_of(decoder, event);
    llmc__responses_item *item = find_item(decoder, index, id);
    bool known = item != NULL && is_same(item, llmc__json_word(element, "call_id"));
    return known ? item : add_item(decoder, index, id);
}

void llmc__responses_item_added(llmc__responses_decoder *decoder, const llmc__json *event) {
    const llmc__json *element = llmc__json_get(event, "item");
    llmc__responses_item *item = item_of_element(decoder, event, element);
    if (item != NULL && !item->is_call && is_call_type(element) && llmc__json_word(element, "name") != NULL)
        start_call(decoder, item, element);
}

void llmc__responses_item_done(llmc__responses_decoder *decoder, const llmc__json *event) {
    const llmc__json *element = llmc__json_get(event, "item");
    llmc__responses_item *item = item_of_element(decoder, event, element);
    if (item == NULL)
        return;
    item->closed = true;
    read_element(decoder, item, element, item->heard);
    llmc__responses_keep(decoder, element);
}

void llmc__responses_item_whole(llmc__responses_decoder *decoder, const llmc__json *element, unsigned skip) {
    if (is_skipped(skip, LLMC_EVENT_TOOL_CALL_START) && is_call_type(element))
        return;
    llmc__responses_item *item = add_item(decoder, NOT_SENT, NULL);
    if (item != NULL)
        read_element(decoder, item, element, skip);
}

void llmc__responses_items_end(llmc__responses_decoder *decoder) {
    for (size_t i = 0; i < decoder->item_count; i++)
        end_call(decoder, &decoder->items[i]);
}
