/*
 * The items of an answer's output, and the calls among them. Events name their item by output_index and by item_id;
 * the index is believed first, since some servers send each event of one item under another id.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/responses.h"
#include "wire/jsonprint.h"

#define MAX_ITEMS 4096
#define MAX_CALLS 1024
#define NOT_SENT  (-1)

/* Where the parts of messages and of reasoning have their text. */
static const struct {
    const char *type, *member;
    llmc_event_kind kind;
} parts[] = {
    {"output_text", "text", LLMC_EVENT_TEXT},
    {"refusal", "refusal", LLMC_EVENT_REFUSAL},
    {"summary_text", "text", LLMC_EVENT_REASONING},
    {"reasoning_text", "text", LLMC_EVENT_REASONING},
};

static const char *filled(const llmc__json_doc *doc, const llmc__json *object, const char *name) {
    const char *text = llmc__json_string(doc, llmc__json_get(object, name), NULL);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static bool has_type(const llmc__json_doc *doc, const llmc__json *element, const char *type) {
    const char *sent = filled(doc, element, "type");
    return sent != NULL && strcmp(sent, type) == 0;
}

static bool is_call_type(const llmc__json_doc *doc, const llmc__json *element) {
    return has_type(doc, element, "function_call") || has_type(doc, element, "custom_tool_call");
}

static llmc_status out_of_memory(llmc__responses_decoder *decoder) {
    return llmc__openai_fail(&decoder->base, LLMC_ERR_NO_MEMORY, "no memory for the answer");
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

/* NULL with the reason in *status. */
static llmc__responses_item *add_item(llmc__responses_decoder *decoder, int64_t index, const char *id,
                                      llmc_status *status) {
    if (decoder->item_count >= MAX_ITEMS) {
        *status = llmc__openai_fail(&decoder->base, LLMC_ERR_TOO_LARGE, "the answer has too many items");
        return NULL;
    }
    if (decoder->item_count == decoder->item_cap) {
        size_t cap = decoder->item_cap == 0 ? 4 : 2 * decoder->item_cap;
        llmc__responses_item *items = llmc__mem_realloc(decoder->items, cap * sizeof *items);
        if (items == NULL) {
            *status = out_of_memory(decoder);
            return NULL;
        }
        decoder->items = items;
        decoder->item_cap = cap;
    }
    llmc__responses_item *item = &decoder->items[decoder->item_count++];
    memset(item, 0, sizeof *item);
    llmc__buf_init(&item->arguments, decoder->base.max_bytes);
    item->index = index;
    item->id = llmc__mem_strdup(id);
    *status = id != NULL && item->id == NULL ? out_of_memory(decoder) : LLMC_OK;
    return *status == LLMC_OK ? item : NULL;
}

static int64_t index_of(const llmc__json_doc *doc, const llmc__json *event) {
    int64_t index = NOT_SENT;
    return llmc__json_int64(doc, llmc__json_get(event, "output_index"), &index) && index >= 0 ? index : NOT_SENT;
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

static llmc_status emit_text(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json_doc *doc,
                             const llmc__json *value, llmc_event_kind kind) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (text == NULL || len == 0)
        return LLMC_OK;
    note(decoder, item, kind);
    llmc_event event = {.kind = kind, .text = text, .text_len = len};
    return llmc__openai_emit(&decoder->base, &event);
}

static bool is_filled_array(const llmc__json *value) {
    return llmc__json_type_of(value) == LLMC__JSON_ARRAY && llmc__json_first(value) != NULL;
}

static llmc_status emit_logprobs(llmc__responses_decoder *decoder, llmc__responses_item *item,
                                 const llmc__json_doc *doc, const llmc__json *logprobs) {
    if (!is_filled_array(logprobs))
        return LLMC_OK;
    note(decoder, item, LLMC_EVENT_LOGPROBS);
    return llmc__openai_emit_json(&decoder->base, doc, logprobs, LLMC_EVENT_LOGPROBS, 0);
}

static llmc_status emit_annotations(llmc__responses_decoder *decoder, llmc__responses_item *item,
                                    const llmc__json_doc *doc, const llmc__json *annotations) {
    if (!is_filled_array(annotations))
        return LLMC_OK;
    note(decoder, item, LLMC_EVENT_CITATION);
    return llmc__openai_annotations_read(&decoder->base, doc, annotations, 0);
}

static bool is_skipped(unsigned skip, llmc_event_kind kind) {
    return (skip & LLMC__RESPONSES_BIT(kind)) != 0;
}

static llmc_status read_part(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json_doc *doc,
                             const llmc__json *part, unsigned skip) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (has_type(doc, part, parts[i].type) && !is_skipped(skip, parts[i].kind))
            status = emit_text(decoder, item, doc, llmc__json_get(part, parts[i].member), parts[i].kind);
    if (status == LLMC_OK && !is_skipped(skip, LLMC_EVENT_CITATION))
        status = emit_annotations(decoder, item, doc, llmc__json_get(part, "annotations"));
    if (status == LLMC_OK && !is_skipped(skip, LLMC_EVENT_LOGPROBS))
        status = emit_logprobs(decoder, item, doc, llmc__json_get(part, "logprobs"));
    return status;
}

static llmc_status read_parts(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json_doc *doc,
                              const llmc__json *list, unsigned skip) {
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(list) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *part = llmc__json_first(list); part != NULL && status == LLMC_OK;
         part = llmc__json_next(part))
        status = read_part(decoder, item, doc, part, skip);
    return status;
}

llmc_status llmc__responses_item_text(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                      const llmc__json *event, llmc_event_kind kind) {
    int64_t index = index_of(doc, event);
    const char *id = filled(doc, event, "item_id");
    llmc__responses_item *item = find_item(decoder, index, id);
    llmc_status status = LLMC_OK;
    if (item == NULL)
        item = add_item(decoder, index, id, &status);
    if (item == NULL)
        return status;
    if (!is_filled_array(llmc__json_get(event, "logprobs")))
        decoder->base.piece = (llmc__openai_piece){llmc__json_get(event, "delta"), kind, 0};
    status = emit_text(decoder, item, doc, llmc__json_get(event, "delta"), kind);
    return status == LLMC_OK ? emit_logprobs(decoder, item, doc, llmc__json_get(event, "logprobs")) : status;
}

llmc_status llmc__responses_item_annotation(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                            const llmc__json *event) {
    int64_t index = index_of(doc, event);
    const char *id = filled(doc, event, "item_id");
    const llmc__json *annotation = llmc__json_get(event, "annotation");
    llmc__responses_item *item = find_item(decoder, index, id);
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(annotation) != LLMC__JSON_OBJECT || llmc__json_first(annotation) == NULL)
        return LLMC_OK;
    if (item == NULL)
        item = add_item(decoder, index, id, &status);
    if (item == NULL)
        return status;
    note(decoder, item, LLMC_EVENT_CITATION);
    return llmc__openai_emit_json(&decoder->base, doc, annotation, LLMC_EVENT_CITATION, 0);
}

/* ---- calls ---- */

static llmc_status emit_call(llmc__responses_decoder *decoder, const llmc__responses_item *item, llmc_event_kind kind,
                             const char *text, size_t len) {
    llmc_event event = {.kind = kind,
                        .text = text,
                        .text_len = len,
                        .tool_index = item->tool_index,
                        .tool_id = item->call_id,
                        .tool_name = item->name};
    return llmc__openai_emit(&decoder->base, &event);
}

/* What a result is sent back under is `call_id`; `id` is the item's own. */
static llmc_status start_call(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json_doc *doc,
                              const llmc__json *element) {
    const char *call_id = filled(doc, element, "call_id");
    const char *name = filled(doc, element, "name");
    if (decoder->call_count >= MAX_CALLS)
        return llmc__openai_fail(&decoder->base, LLMC_ERR_TOO_LARGE, "the answer has too many tool calls");
    item->call_id = llmc__mem_strdup(call_id);
    item->name = llmc__mem_strdup(name);
    if ((call_id != NULL && item->call_id == NULL) || (name != NULL && item->name == NULL))
        return out_of_memory(decoder);
    item->is_call = true;
    item->is_custom = has_type(doc, element, "custom_tool_call");
    item->tool_index = decoder->call_count++;
    note(decoder, item, LLMC_EVENT_TOOL_CALL_START);
    return emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_START, NULL, 0);
}

static llmc_status take_arguments(llmc__responses_decoder *decoder, llmc__responses_item *item, const char *text,
                                  size_t len) {
    if (text == NULL || len == 0 || item->ended)
        return LLMC_OK;
    llmc_status status = llmc__buf_append(&item->arguments, text, len);
    if (status == LLMC_ERR_TOO_LARGE)
        return llmc__openai_fail(&decoder->base, status,
                                 "the arguments of a tool call are larger than max_event_bytes");
    if (status != LLMC_OK)
        return out_of_memory(decoder);
    return emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_DELTA, text, len);
}

/* All the arguments at once, where none came before. JSON in a string; a server might send the object itself. */
static llmc_status fill_arguments(llmc__responses_decoder *decoder, llmc__responses_item *item,
                                  const llmc__json_doc *doc, const llmc__json *value) {
    llmc__buf printed;
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (item->arguments.len > 0 || llmc__json_type_of(value) <= LLMC__JSON_NULL)
        return LLMC_OK;
    if (text != NULL)
        return take_arguments(decoder, item, text, len);
    llmc__buf_init(&printed, decoder->base.max_bytes);
    llmc_status status = llmc__jsonprint_value(doc, value, &printed);
    if (status != LLMC_OK)
        status = llmc__openai_fail(&decoder->base, status, "the arguments of a tool call could not be kept");
    else
        status = take_arguments(decoder, item, printed.data, printed.len);
    llmc__buf_free(&printed);
    return status;
}

/* A call cut off never ends: it must not run. No arguments stand for {}, no input of a custom tool for "". */
static llmc_status end_call(llmc__responses_decoder *decoder, llmc__responses_item *item) {
    const llmc__buf *arguments = &item->arguments;
    bool empty = arguments->len == 0;
    if (!item->is_call || item->ended || item->cut)
        return LLMC_OK;
    if (!item->is_custom && !empty && !llmc__json_valid(arguments->data, arguments->len, NULL))
        return LLMC_OK;
    item->ended = true;
    if (empty && !item->is_custom)
        return emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_END, "{}", 2);
    return emit_call(decoder, item, LLMC_EVENT_TOOL_CALL_END, llmc__buf_str(arguments), arguments->len);
}

static llmc_status close_call(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json_doc *doc,
                              const llmc__json *element) {
    llmc_status status = item->is_call ? LLMC_OK : start_call(decoder, item, doc, element);
    if (status == LLMC_OK)
        status = fill_arguments(decoder, item, doc, llmc__json_get(element, item->is_custom ? "input" : "arguments"));
    if (status != LLMC_OK)
        return status;
    const char *word = filled(doc, element, "status");
    item->cut = word != NULL && strcmp(word, "incomplete") == 0;
    /* Without a status only JSON shows that it is whole; the others end when the response is known to be complete. */
    bool completed = word != NULL && strcmp(word, "completed") == 0;
    return completed || (!item->is_custom && item->arguments.len > 0) ? end_call(decoder, item) : LLMC_OK;
}

llmc_status llmc__responses_item_arguments(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                           const llmc__json *event, const char *member, bool whole) {
    size_t len = 0;
    const llmc__json *value = llmc__json_get(event, member);
    llmc__responses_item *item = find_item(decoder, index_of(doc, event), filled(doc, event, "item_id"));
    if (item == NULL || !item->is_call) /* never announced: output_item.done brings it whole */
        return LLMC_OK;
    if (whole)
        return fill_arguments(decoder, item, doc, value);
    const char *text = llmc__json_string(doc, value, &len);
    return take_arguments(decoder, item, text, len);
}

/* ---- items ---- */

static llmc_status read_element(llmc__responses_decoder *decoder, llmc__responses_item *item, const llmc__json_doc *doc,
                                const llmc__json *element, unsigned skip) {
    if (is_call_type(doc, element))
        return close_call(decoder, item, doc, element);
    if (!has_type(doc, element, "message") && !has_type(doc, element, "reasoning"))
        return LLMC_OK;
    llmc_status status = read_parts(decoder, item, doc, llmc__json_get(element, "summary"), skip);
    return status == LLMC_OK ? read_parts(decoder, item, doc, llmc__json_get(element, "content"), skip) : status;
}

/* Whether an item begun before is this one; servers without indexes of their own may send 0 each time. */
static bool is_same(const llmc__responses_item *item, const char *call_id) {
    if (item->closed)
        return false;
    return call_id == NULL || item->call_id == NULL || strcmp(item->call_id, call_id) == 0;
}

llmc_status llmc__responses_item_added(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                       const llmc__json *event) {
    const llmc__json *element = llmc__json_get(event, "item");
    const char *id = filled(doc, element, "id");
    llmc__responses_item *item = find_item(decoder, index_of(doc, event), id);
    llmc_status status = LLMC_OK;
    if (item == NULL || !is_same(item, filled(doc, element, "call_id")))
        item = add_item(decoder, index_of(doc, event), id, &status);
    if (item == NULL || item->is_call || !is_call_type(doc, element) || filled(doc, element, "name") == NULL)
        return status;
    return start_call(decoder, item, doc, element);
}

llmc_status llmc__responses_item_done(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                      const llmc__json *event) {
    const llmc__json *element = llmc__json_get(event, "item");
    const char *id = filled(doc, element, "id");
    llmc__responses_item *item = find_item(decoder, index_of(doc, event), id);
    llmc_status status = LLMC_OK;
    if (item == NULL || !is_same(item, filled(doc, element, "call_id")))
        item = add_item(decoder, index_of(doc, event), id, &status);
    if (item == NULL)
        return status;
    item->closed = true;
    status = read_element(decoder, item, doc, element, item->heard);
    return status == LLMC_OK ? llmc__responses_keep(decoder, doc, element) : status;
}

llmc_status llmc__responses_item_whole(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                       const llmc__json *element, unsigned skip) {
    llmc_status status = LLMC_OK;
    bool call_heard = (skip & LLMC__RESPONSES_BIT(LLMC_EVENT_TOOL_CALL_START)) != 0;
    if (call_heard && is_call_type(doc, element))
        return LLMC_OK;
    llmc__responses_item *item = add_item(decoder, NOT_SENT, NULL, &status);
    return item != NULL ? read_element(decoder, item, doc, element, skip) : status;
}

llmc_status llmc__responses_items_end(llmc__responses_decoder *decoder) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < decoder->item_count && status == LLMC_OK; i++)
        status = end_call(decoder, &decoder->items[i]);
    return status;
}
