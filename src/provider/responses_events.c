/*
 * What the events of a response mean. A stream tells everything three times: by deltas, by the `done` of each item and
 * by the terminal event. Deltas are emitted as they come; the later tellings only fill in what an earlier one left out.
 */
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "provider/finish.h"
#include "provider/responses.h"

static bool is_word(const char *word, const char *expected) {
    return word != NULL && strcmp(word, expected) == 0;
}

static void emit_finish(llmc__responses_decoder *decoder, llmc_finish_reason finish, const char *word) {
    llmc__sink_finish(&decoder->base.sink, 0, finish, word);
}

void llmc__responses_fail(llmc__openai_decoder *base, const llmc__words *words) {
    /* "failed" is the status of a response with an error, also where `event: error` comes before response.failed. */
    if (base->sink.started)
        emit_finish((llmc__responses_decoder *)(void *)base, LLMC_FINISH_ERROR, "failed");
    llmc__sink_fail_words(&base->sink, words);
}

static void fail_by(llmc__responses_decoder *decoder, const llmc__json *object) {
    llmc__words words;
    llmc__openai_words_read(decoder->base.sink.doc, object, &words);
    llmc__responses_fail(&decoder->base, &words);
}

/* status `incomplete` with its reason becomes "incomplete:max_output_tokens". */
static void finish_incomplete(llmc__responses_decoder *decoder, const llmc__json *response) {
    char word[128];
    const char *reason = llmc__json_word(llmc__json_get(response, "incomplete_details"), "reason");
    if (reason == NULL) {
        emit_finish(decoder, LLMC_FINISH_OTHER, "incomplete");
        return;
    }
    (void)snprintf(word, sizeof word, "incomplete:%s", reason);
    word[llmc__str_utf8_prefix(word, strlen(word))] = '\0';
    emit_finish(decoder, llmc__finish_class(reason), word);
}

/* `completed` is also said of an answer that asks for calls; other statuses are those of work in the background. */
static void finish(llmc__responses_decoder *decoder, const llmc__json *response, const char *status) {
    if (is_word(status, "incomplete"))
        finish_incomplete(decoder, response);
    else if (status != NULL && !is_word(status, "completed"))
        emit_finish(decoder, LLMC_FINISH_OTHER, status);
    else
        emit_finish(decoder, decoder->call_count > 0 ? LLMC_FINISH_TOOL_CALLS : LLMC_FINISH_STOP, status);
}

static void read_output(llmc__responses_decoder *decoder, const llmc__json *output) {
    /* ChatGPT's own backend sends an empty list here after a full stream. */
    unsigned skip = decoder->heard;
    const llmc__json *element = llmc__json_items(output);
    if (element != NULL)
        llmc__responses_keep_anew(decoder);
    for (; element != NULL && decoder->base.sink.status == LLMC_OK; element = llmc__json_next(element)) {
        llmc__responses_item_whole(decoder, element, skip);
        llmc__responses_keep(decoder, element);
    }
}

/* The response as it stands at the end. `told` is what the event's type says of its status; NULL: no event. */
static void read_response(llmc__responses_decoder *decoder, const llmc__json *response, const char *told) {
    llmc_event usage = {.kind = LLMC_EVENT_USAGE};
    const char *said = llmc__json_word(response, "status"), *word = said != NULL ? said : told;
    bool completed = word == NULL || is_word(word, "completed");
    bool failed = llmc__openai_words_present(response);
    llmc__openai_head_read(&decoder->base, response);
    read_output(decoder, llmc__json_get(response, "output"));
    if (completed)
        llmc__responses_items_end(decoder);
    if (completed && !failed)
        llmc__responses_keep_emit(decoder);
    if (llmc__openai_usage_read(decoder->base.sink.doc, response, &usage.usage))
        llmc__sink_emit(&decoder->base.sink, &usage);
    if (decoder->base.sink.status != LLMC_OK)
        return;
    if (is_word(word, "failed") || failed) {
        fail_by(decoder, response);
        return;
    }
    decoder->base.done = true;
    finish(decoder, response, word);
}

/* What an event is about. */
enum { TEXT, PIECE, FUNCTION, CUSTOM, ANNOTATION, ADDED, DONE, BEGIN, END };

/* By their types without "response.". Events of others (parts, built-in tools, keep-alives) are skipped. */
static const struct {
    char type[30];
    uint8_t about;
    uint8_t kind; /* of the text */
} types[] = {
    {"output_text.delta", TEXT, LLMC_EVENT_TEXT},
    {"function_call_arguments.delta", PIECE, 0},
    {"reasoning_summary_text.delta", TEXT, LLMC_EVENT_REASONING},
    {"reasoning_text.delta", TEXT, LLMC_EVENT_REASONING}, /* open models: the reasoning itself */
    {"refusal.delta", TEXT, LLMC_EVENT_REFUSAL},
    {"output_text.annotation.added", ANNOTATION, 0},
    {"custom_tool_call_input.delta", PIECE, 0},
    {"function_call_arguments.done", FUNCTION, 0},
    {"custom_tool_call_input.done", CUSTOM, 0},
    {"output_item.added", ADDED, 0},
    {"output_item.done", DONE, 0},
    {"created", BEGIN, 0},
    {"queued", BEGIN, 0},
    {"in_progress", BEGIN, 0},
    {"completed", END, 0},
    {"incomplete", END, 0},
    {"failed", END, 0},
};

static void read_known(llmc__responses_decoder *decoder, const llmc__json *event, size_t type) {
    const llmc__json *response = llmc__json_get(event, "response");
    switch (types[type].about) {
    case TEXT:
        llmc__responses_item_text(decoder, event, (llmc_event_kind)types[type].kind);
        break;
    case PIECE:
        llmc__responses_item_arguments(decoder, event, "delta", false);
        break;
    case FUNCTION:
        llmc__responses_item_arguments(decoder, event, "arguments", true);
        break;
    case CUSTOM:
        llmc__responses_item_arguments(decoder, event, "input", true);
        break;
    case ANNOTATION:
        llmc__responses_item_annotation(decoder, event);
        break;
    case ADDED:
        llmc__responses_item_added(decoder, event);
        break;
    case DONE:
        llmc__responses_item_done(decoder, event);
        break;
    case BEGIN:
        llmc__openai_head_read(&decoder->base, response);
        break;
    default:
        read_response(decoder, response, types[type].type);
        break;
    }
}

static void read_event(llmc__responses_decoder *decoder, const llmc__json *event) {
    static const char prefix[] = "response.";
    const char *type = llmc__json_text(NULL, event, "type", NULL);
    bool known = type != NULL && llmc__str_starts(type, prefix);
    for (size_t i = 0; known && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, type + sizeof prefix - 1) == 0) {
            read_known(decoder, event, i);
            return;
        }
    if (is_word(type, "error") || (type == NULL && llmc__openai_words_present(event)))
        fail_by(decoder, event);
    else if (type == NULL && llmc__json_get(event, "choices") != NULL)
        llmc__openai_fail_shape(&decoder->base);
}

void llmc__responses_read(llmc__openai_decoder *base, const llmc__json *root, bool whole) {
    llmc__responses_decoder *decoder = (llmc__responses_decoder *)(void *)base;
    if (!whole)
        read_event(decoder, root);
    else if (llmc__json_type_of(llmc__json_get(root, "output")) == LLMC__JSON_ARRAY)
        read_response(decoder, root, NULL);
    else if (llmc__openai_words_present(root))
        fail_by(decoder, root);
    else
        llmc__openai_fail_shape(base);
}
