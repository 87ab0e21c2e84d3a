/* What the events of a stream and a whole answer mean (https://docs.cohere.com/docs/streaming). */
#include <string.h>
#include "provider/chat.h"
#include "provider/cohere.h"
#include "provider/finish.h"

typedef void (*handler_fn)(llmc__openai_decoder *r, const llmc__json *event);

static bool is_word(const char *word, const char *expected) {
    return word != NULL && strcmp(word, expected) == 0;
}

static const llmc__json *message_of(const llmc__json *event) {
    return llmc__json_get(llmc__json_get(event, "delta"), "message");
}

/* A list in a whole answer, one alone in an event: as they were sent. */
static void emit_each(llmc__openai_decoder *r, const llmc__json *value, llmc_event_kind kind) {
    llmc__json_type type = llmc__json_type_of(value);
    const llmc__json *item = llmc__json_first(value);
    if (type == LLMC__JSON_OBJECT && item != NULL)
        llmc__sink_json(&r->sink, kind, 0, value);
    if (type == LLMC__JSON_ARRAY)
        for (; item != NULL && r->sink.status == LLMC_OK; item = llmc__json_next(item))
            llmc__sink_json(&r->sink, kind, 0, item);
}

/* A block of content: its type names the member that has the text; deltas leave the type out. */
static void read_content(llmc__openai_decoder *r, const llmc__json *content) {
    llmc__sink_say(&r->sink, LLMC_EVENT_REASONING, 0, content, "thinking");
    llmc__sink_say(&r->sink, LLMC_EVENT_TEXT, 0, content, "text");
}

static void read_call(llmc__openai_decoder *r, const llmc__json *call, const llmc__json *place, bool whole) {
    if (llmc__openai_choice_at(r, 0) != NULL && r->sink.status == LLMC_OK)
        llmc__openai_tool_read(r, call, place, 0, whole);
}

/* `tokens` counts what the model read and wrote; `billed_units` leaves out what Cohere adds of its own. */
static void read_usage(llmc__openai_decoder *r, const llmc__json *usage) {
    static const char names[] = "input_tokens\0output_tokens\0";
    llmc_event event;
    const llmc__json *counts = llmc__json_get(usage, "tokens"), *billed = llmc__json_get(usage, "billed_units");
    llmc__sink_usage(&event);
    if (counts == NULL)
        counts = billed;
    llmc__sink_counts(&r->sink, billed, names, &event.usage.billed_in);
    llmc__sink_counts(&r->sink, counts, names, &event.usage.tokens_in);
    llmc__sink_counts(&r->sink, usage, "cached_tokens\0", &event.usage.cached);
    llmc__chat_usage(&r->sink, &event);
}

/* Calls end before FINISH, and only when no limit has cut them. */
static void finish(llmc__openai_decoder *r, const char *word) {
    llmc__openai_choice *choice = llmc__openai_choice_at(r, 0);
    if (choice == NULL || r->sink.status != LLMC_OK)
        return;
    choice->finish = word != NULL ? llmc__finish_class(word) : LLMC_FINISH_NONE;
    choice->finished = true;
    llmc__openai_tools_end(r, 0);
    if (word != NULL)
        llmc__sink_finish(&r->sink, 0, choice->finish, word);
}

/* The end of both forms: `object` has finish_reason, usage and, after a failure in the middle, error. */
static void read_end(llmc__openai_decoder *r, const llmc__json *object) {
    const char *word = llmc__json_word(object, "finish_reason");
    const llmc__json *error = llmc__json_get(object, "error");
    read_usage(r, llmc__json_get(object, "usage"));
    finish(r, word);
    r->done = true;
    if (is_word(word, "ERROR") || llmc__json_type_of(error) > LLMC__JSON_NULL)
        llmc__chat_fail(&r->sink, error != NULL ? object : NULL);
}

/* ---- events ---- */

/* Cohere tells no model, so START waits for nothing more. */
static void on_start(llmc__openai_decoder *r, const llmc__json *event) {
    llmc__openai_head_read(r, event);
    llmc__sink_start(&r->sink, r->sink.model, r->sink.id);
}

static void on_content(llmc__openai_decoder *r, const llmc__json *event) {
    read_content(r, llmc__json_get(message_of(event), "content"));
}

static void on_plan(llmc__openai_decoder *r, const llmc__json *event) {
    llmc__sink_say(&r->sink, LLMC_EVENT_REASONING, 0, message_of(event), "tool_plan");
}

/* `tool_calls` is one call here, not a list; its place is told beside it. */
static void on_call(llmc__openai_decoder *r, const llmc__json *event) {
    const llmc__json *call = llmc__json_get(message_of(event), "tool_calls");
    if (llmc__json_type_of(call) == LLMC__JSON_ARRAY)
        call = llmc__json_first(call);
    read_call(r, call, llmc__json_get(event, "index"), false);
}

static void on_citation(llmc__openai_decoder *r, const llmc__json *event) {
    emit_each(r, llmc__json_get(message_of(event), "citations"), LLMC_EVENT_CITATION);
}

static void on_end(llmc__openai_decoder *r, const llmc__json *event) {
    read_end(r, llmc__json_get(event, "delta"));
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

static void read_event(llmc__openai_decoder *r, const llmc__json *event) {
    const char *type = llmc__json_word(event, "type");
    for (size_t i = 0; type != NULL && i < sizeof handlers / sizeof handlers[0]; i++)
        if (strcmp(handlers[i].type, type) == 0) {
            handlers[i].handler(r, event);
            emit_each(r, llmc__json_get(event, "logprobs"), LLMC_EVENT_LOGPROBS);
            return;
        }
    if (type == NULL)
        (void)llmc__chat_fails(&r->sink, event);
}

/* ---- a whole answer ---- */

static void read_message(llmc__openai_decoder *r, const llmc__json *message) {
    const llmc__json *content = llmc__json_get(message, "content");
    const llmc__json *call = llmc__json_first(llmc__json_get(message, "tool_calls"));
    llmc__sink_say(&r->sink, LLMC_EVENT_REASONING, 0, message, "tool_plan");
    llmc__sink_say(&r->sink, LLMC_EVENT_TEXT, 0, message, "content");
    for (const llmc__json *block = llmc__json_first(content); block != NULL && r->sink.status == LLMC_OK;
         block = llmc__json_next(block))
        read_content(r, block);
    for (; call != NULL && r->sink.status == LLMC_OK; call = llmc__json_next(call))
        read_call(r, call, NULL, true);
    emit_each(r, llmc__json_get(message, "citations"), LLMC_EVENT_CITATION);
}

static void read_whole(llmc__openai_decoder *r, const llmc__json *root) {
    const llmc__json *message = llmc__json_get(root, "message");
    if (llmc__json_type_of(message) != LLMC__JSON_OBJECT) {
        if (!llmc__chat_fails(&r->sink, root))
            llmc__openai_fail_shape(r);
        return;
    }
    on_start(r, root);
    read_message(r, message);
    emit_each(r, llmc__json_get(root, "logprobs"), LLMC_EVENT_LOGPROBS);
    read_end(r, root);
}

void llmc__cohere_read(llmc__openai_decoder *decoder, const llmc__json *root, bool whole) {
    if (whole)
        read_whole(decoder, root);
    else
        read_event(decoder, root);
}
