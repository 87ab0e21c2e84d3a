/* What the events of a stream and a whole answer mean (https://docs.cohere.com/docs/streaming). */
#include <string.h>
#include "base/str.h"
#include "provider/cohere.h"
#include "wire/jsonprint.h"

typedef llmc_status (*handler_fn)(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event);

static bool is_word(const char *word, const char *expected) {
    return word != NULL && strcmp(word, expected) == 0;
}

static const llmc__json *message_of(const llmc__json *event) {
    return llmc__json_get(llmc__json_get(event, "delta"), "message");
}

static llmc_status emit_text(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                             llmc_event_kind kind) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (text == NULL || len == 0)
        return LLMC_OK;
    llmc_event event = {.kind = kind, .text = text, .text_len = len};
    return llmc__openai_emit(decoder, &event);
}

/* A value as it was sent, for the kinds of events whose text is opaque. */
static llmc_status emit_json(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                             llmc_event_kind kind) {
    llmc__buf text;
    llmc__buf_init(&text, decoder->max_bytes);
    llmc_status status = llmc__jsonprint_value(doc, value, &text);
    if (status == LLMC_OK) {
        llmc_event event = {.kind = kind, .text = llmc__buf_str(&text), .text_len = text.len};
        status = llmc__openai_emit(decoder, &event);
    } else {
        status = llmc__openai_fail(decoder, status, "a part of the answer could not be kept");
    }
    llmc__buf_free(&text);
    return status;
}

/* A list in a whole answer, one alone in an event. */
static llmc_status emit_each(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                             llmc_event_kind kind) {
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(value) == LLMC__JSON_OBJECT && llmc__json_first(value) != NULL)
        return emit_json(decoder, doc, value, kind);
    if (llmc__json_type_of(value) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *item = llmc__json_first(value); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = emit_json(decoder, doc, item, kind);
    return status;
}

/* A block of content: its type names the member that has the text; deltas leave the type out. */
static llmc_status read_content(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *content) {
    llmc_status status = emit_text(decoder, doc, llmc__json_get(content, "thinking"), LLMC_EVENT_REASONING);
    return status == LLMC_OK ? emit_text(decoder, doc, llmc__json_get(content, "text"), LLMC_EVENT_TEXT) : status;
}

static llmc_status read_call(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *call,
                             const llmc__json *place, bool whole) {
    if (llmc__openai_choice_at(decoder, 0) == NULL)
        return llmc__openai_fail(decoder, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    return llmc__openai_tool_read(decoder, doc, call, place, 0, whole);
}

/* `tokens` counts what the model read and wrote; `billed_units` leaves out what Cohere adds of its own. */
static llmc_status read_usage(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *usage) {
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = LLMC__USAGE_INIT};
    const llmc__json *counts = llmc__json_get(usage, "tokens"), *billed = llmc__json_get(usage, "billed_units");
    if (counts == NULL)
        counts = billed;
    (void)llmc__json_int64(doc, llmc__json_get(billed, "input_tokens"), &event.usage.billed_in);
    (void)llmc__json_int64(doc, llmc__json_get(billed, "output_tokens"), &event.usage.billed_out);
    (void)llmc__json_int64(doc, llmc__json_get(counts, "input_tokens"), &event.usage.tokens_in);
    (void)llmc__json_int64(doc, llmc__json_get(counts, "output_tokens"), &event.usage.tokens_out);
    (void)llmc__json_int64(doc, llmc__json_get(usage, "cached_tokens"), &event.usage.cached);
    if (event.usage.tokens_in < 0 && event.usage.tokens_out < 0)
        return LLMC_OK;
    return llmc__openai_emit(decoder, &event);
}

static llmc_finish_reason finish_class(const char *word) {
    if (is_word(word, "COMPLETE"))
        return LLMC_FINISH_STOP;
    if (is_word(word, "TOOL_CALL"))
        return LLMC_FINISH_TOOL_CALLS;
    if (is_word(word, "ERROR_TOXIC"))
        return LLMC_FINISH_CONTENT_FILTER;
    if (is_word(word, "TIMEOUT"))
        return LLMC_FINISH_ERROR;
    return llmc__openai_finish_class(word); /* MAX_TOKENS, STOP_SEQUENCE, ERROR */
}

/* Calls end before FINISH, and only when no limit has cut them. */
static llmc_status finish(llmc__openai_decoder *decoder, const char *word) {
    llmc__openai_choice *choice = llmc__openai_choice_at(decoder, 0);
    if (choice == NULL)
        return llmc__openai_fail(decoder, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    choice->finish = word != NULL ? finish_class(word) : LLMC_FINISH_NONE;
    choice->finished = true;
    llmc_status status = llmc__openai_tools_end(decoder, 0);
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .finish = choice->finish, .finish_raw = word};
    return status == LLMC_OK && word != NULL ? llmc__openai_emit(decoder, &event) : status;
}

/* The end of both forms: `object` has finish_reason, usage and, after a failure in the middle, error. */
static llmc_status read_end(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *object) {
    const char *word = llmc__words_text(doc, object, "finish_reason");
    const llmc__json *error = llmc__json_get(object, "error");
    bool failed = is_word(word, "ERROR") || llmc__json_type_of(error) > LLMC__JSON_NULL;
    llmc_status status = read_usage(decoder, doc, llmc__json_get(object, "usage"));
    if (status == LLMC_OK)
        status = finish(decoder, word);
    decoder->done = true;
    if (status != LLMC_OK || !failed)
        return status;
    llmc__words words = {0};
    if (error != NULL)
        llmc__openai_words_read(doc, object, &words);
    return decoder->dialect->fail(decoder, &words);
}

/* ---- events ---- */

/* Cohere tells no model, so START waits for nothing more. */
static llmc_status on_start(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    llmc_status status = llmc__openai_head_read(decoder, doc, event);
    if (status != LLMC_OK || decoder->start_emitted)
        return status;
    llmc_event start = {.kind = LLMC_EVENT_START, .model = decoder->model, .id = decoder->id};
    decoder->start_emitted = true;
    return decoder->emit(decoder->ctx, &start);
}

static llmc_status on_content(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return read_content(decoder, doc, llmc__json_get(message_of(event), "content"));
}

static llmc_status on_plan(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return emit_text(decoder, doc, llmc__json_get(message_of(event), "tool_plan"), LLMC_EVENT_REASONING);
}

/* `tool_calls` is one call here, not a list; its place is told beside it. */
static llmc_status on_call(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    const llmc__json *call = llmc__json_get(message_of(event), "tool_calls");
    if (llmc__json_type_of(call) == LLMC__JSON_ARRAY)
        call = llmc__json_first(call);
    return read_call(decoder, doc, call, llmc__json_get(event, "index"), false);
}

static llmc_status on_citation(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return emit_each(decoder, doc, llmc__json_get(message_of(event), "citations"), LLMC_EVENT_CITATION);
}

static llmc_status on_end(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return read_end(decoder, doc, llmc__json_get(event, "delta"));
}

/* Other events (content-end, tool-call-end, citation-end, debug) are skipped. */
static const struct {
    const char *type;
    handler_fn handler;
} handlers[] = {
    {"content-delta", on_content},   {"tool-call-delta", on_call}, {"tool-plan-delta", on_plan},
    {"content-start", on_content},   {"tool-call-start", on_call}, {"message-start", on_start},
    {"citation-start", on_citation}, {"message-end", on_end},
};

static llmc_status read_event(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    const char *type = llmc__words_text(doc, event, "type");
    for (size_t i = 0; type != NULL && i < sizeof handlers / sizeof handlers[0]; i++)
        if (strcmp(handlers[i].type, type) == 0) {
            llmc_status status = handlers[i].handler(decoder, doc, event);
            const llmc__json *logprobs = llmc__json_get(event, "logprobs");
            return status == LLMC_OK ? emit_each(decoder, doc, logprobs, LLMC_EVENT_LOGPROBS) : status;
        }
    if (type != NULL || !llmc__openai_words_present(doc, event))
        return LLMC_OK;
    llmc__words words = {0};
    llmc__openai_words_read(doc, event, &words);
    return decoder->dialect->fail(decoder, &words);
}

/* ---- a whole answer ---- */

static llmc_status read_message(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *message) {
    const llmc__json *content = llmc__json_get(message, "content");
    const llmc__json *calls = llmc__json_get(message, "tool_calls");
    llmc_status status = emit_text(decoder, doc, llmc__json_get(message, "tool_plan"), LLMC_EVENT_REASONING);
    if (status == LLMC_OK && llmc__json_type_of(content) == LLMC__JSON_STRING)
        status = emit_text(decoder, doc, content, LLMC_EVENT_TEXT);
    for (const llmc__json *block = llmc__json_first(content); block != NULL && status == LLMC_OK;
         block = llmc__json_next(block))
        status = read_content(decoder, doc, block);
    for (const llmc__json *call = llmc__json_first(calls); call != NULL && status == LLMC_OK;
         call = llmc__json_next(call))
        status = read_call(decoder, doc, call, NULL, true);
    return status == LLMC_OK ? emit_each(decoder, doc, llmc__json_get(message, "citations"), LLMC_EVENT_CITATION)
                             : status;
}

static llmc_status read_whole(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *message = llmc__json_get(root, "message");
    if (llmc__json_type_of(message) != LLMC__JSON_OBJECT && llmc__openai_words_present(doc, root)) {
        llmc__words words = {0};
        llmc__openai_words_read(doc, root, &words);
        return decoder->dialect->fail(decoder, &words);
    }
    if (llmc__json_type_of(message) != LLMC__JSON_OBJECT)
        return llmc__openai_fail(
            decoder, LLMC_ERR_BAD_RESPONSE,
            "the answer is JSON but none of Cohere's Chat API v2: check that base_url leads to it; "
            "the raw body is on the response");
    llmc_status status = on_start(decoder, doc, root);
    if (status == LLMC_OK)
        status = read_message(decoder, doc, message);
    if (status == LLMC_OK)
        status = emit_each(decoder, doc, llmc__json_get(root, "logprobs"), LLMC_EVENT_LOGPROBS);
    return status == LLMC_OK ? read_end(decoder, doc, root) : status;
}

llmc_status llmc__cohere_read(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root,
                              bool whole) {
    return whole ? read_whole(decoder, doc, root) : read_event(decoder, doc, root);
}
