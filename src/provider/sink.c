#include "provider/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include "provider/answer.h"
#include "provider/pairs.h"
#include "wire/jsonprint.h"

#define MAX_MESSAGE 256

void llmc__sink_enter(llmc__sink *sink, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    sink->emit = emit;
    sink->ctx = ctx;
    sink->error = error;
}

/* ---- events ---- */

void llmc__sink_start(llmc__sink *sink, const char *model, const char *id) {
    llmc_event event = {.kind = LLMC_EVENT_START, .model = model, .id = id};
    if (sink->started)
        return;
    sink->started = true;
    llmc__sink_emit(sink, &event);
}

void llmc__sink_emit(llmc__sink *sink, const llmc_event *event) {
    if (!sink->started)
        llmc__sink_start(sink, sink->model, sink->id);
    if (sink->status == LLMC_OK)
        sink->status = sink->emit(sink->ctx, event);
}

void llmc__sink_finish(llmc__sink *sink, size_t choice, llmc_finish_reason finish, const char *word) {
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .choice = choice, .finish = finish, .finish_raw = word};
    llmc__sink_emit(sink, &event);
}

void llmc__sink_call(llmc__sink *sink, llmc_event *event, const llmc__buf *arguments) {
    event->kind = LLMC_EVENT_TOOL_CALL_START;
    llmc__sink_emit(sink, event);
    if (arguments->len == 0)
        return;
    event->text = arguments->data;
    event->text_len = arguments->len;
    event->kind = LLMC_EVENT_TOOL_CALL_DELTA;
    llmc__sink_emit(sink, event);
    event->kind = LLMC_EVENT_TOOL_CALL_END;
    llmc__sink_emit(sink, event);
}

void llmc__sink_replay(llmc__sink *sink, const char *origin, const llmc__buf *members) {
    llmc_event event = {.kind = LLMC__EVENT_REPLAY, .text = members->data, .text_len = members->len, .origin = origin};
    llmc__sink_emit(sink, &event);
}

void llmc__sink_usage(llmc_event *event) {
    static const llmc__usage unknown = LLMC__USAGE_INIT;
    *event = (llmc_event){.kind = LLMC_EVENT_USAGE};
    event->usage = unknown;
}

void llmc__sink_text(llmc__sink *sink, llmc_event_kind kind, size_t choice, const char *text, size_t len) {
    llmc_event event = {.kind = kind, .choice = choice, .text = text, .text_len = len};
    if (len > 0)
        llmc__sink_emit(sink, &event);
}

void llmc__sink_say(llmc__sink *sink, llmc_event_kind kind, size_t choice, const llmc__json *object, const char *name) {
    size_t len = 0;
    const char *text = llmc__sink_string(sink, object, name, &len);
    llmc__sink_text(sink, kind, choice, text, len);
}

void llmc__sink_json(llmc__sink *sink, llmc_event_kind kind, size_t choice, const llmc__json *value) {
    llmc__buf text;
    llmc__buf_init(&text, sink->max_bytes);
    llmc__sink_print(sink, &text, value);
    llmc__sink_text(sink, kind, choice, text.data, text.len);
    llmc__buf_free(&text);
}

/* ---- failures ---- */

void llmc__sink_fail(llmc__sink *sink, llmc_status status, const char *format, ...) {
    char message[MAX_MESSAGE];
    va_list args;
    if (sink->status != LLMC_OK)
        return;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    sink->status = status;
    llmc__error_clear(sink->error);
    llmc__error_set(sink->error, status, "%s%s", message,
                    status == LLMC_ERR_BAD_RESPONSE ? "; the raw body is on the response" : "");
    sink->error->retryable = status == LLMC_ERR_INCOMPLETE;
}

void llmc__sink_fail_form(llmc__sink *sink, const char *what, const char *api) {
    llmc__sink_fail(sink, LLMC_ERR_BAD_RESPONSE, "the answer is %s: check that base_url leads to %s", what, api);
}

void llmc__sink_fail_words(llmc__sink *sink, const llmc__words *words) {
    if (sink->status != LLMC_OK)
        return;
    llmc__classify_inner(words, sink->error);
    sink->status = sink->error->status;
}

void llmc__sink_keep(llmc__sink *sink, llmc_status status) {
    if (status != LLMC_OK)
        llmc__sink_fail(sink, status,
                        status == LLMC_ERR_TOO_LARGE ? "a part of the answer is larger than max_event_bytes"
                                                     : "no memory for the answer");
}

void llmc__sink_append(llmc__sink *sink, llmc__buf *buf, const char *text, size_t len) {
    llmc__sink_keep(sink, llmc__buf_append(buf, text, len));
}

void llmc__sink_print(llmc__sink *sink, llmc__buf *buf, const llmc__json *value) {
    llmc__sink_keep(sink, llmc__jsonprint_value(sink->doc, value, buf));
}

/* ---- texts ---- */

void llmc__sink_fail_cut(llmc__sink *sink) {
    llmc__sink_fail(sink, LLMC_ERR_INCOMPLETE,
                    "the stream broke off in the middle of an event; what came of it is on the response");
}

llmc__json_doc *llmc__sink_parse(llmc__sink *sink, const char *text, size_t len, bool whole, const char *api) {
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(text, len, &doc, &fault);
    sink->doc = doc;
    if (status == LLMC_OK)
        return doc;
    if (status == LLMC_ERR_TOO_LARGE)
        llmc__sink_fail(sink, status, "the answer's JSON is nested too deep or has too many values");
    else if (status == LLMC_ERR_NO_MEMORY)
        llmc__sink_keep(sink, status);
    else if (whole && llmc__json_breaks_off(text, len, &fault))
        llmc__sink_fail(sink, LLMC_ERR_INCOMPLETE,
                        len == 0 ? "the answer is empty: the connection ended before the body; try again"
                                 : "the answer broke off in the middle of its JSON; try again");
    else if (api == NULL)
        llmc__sink_fail_cut(sink);
    else
        llmc__sink_fail_form(sink, "not JSON", api);
    return NULL;
}

const char *llmc__sink_string(const llmc__sink *sink, const llmc__json *object, const char *name, size_t *len) {
    const char *text = llmc__json_string(sink->doc, llmc__json_get(object, name), len);
    if (text == NULL)
        *len = 0;
    return text != NULL ? text : "";
}

void llmc__sink_counts(const llmc__sink *sink, const llmc__json *object, const char *names, int64_t *first) {
    for (; *names != '\0'; names = llmc__pairs_next(names))
        llmc__answer_count(sink->doc, object, names, first++);
}

/* Counts have a maximum: sums of them do not overflow. */
static int64_t add_known(int64_t sum, int64_t more) {
    return sum >= 0 && more > 0 ? sum + more : sum;
}

void llmc__sink_count_cache(llmc__usage *usage) {
    usage->tokens_in = add_known(add_known(usage->tokens_in, usage->cached), usage->cache_write);
}
