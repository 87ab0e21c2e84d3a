/*
 * What the events of a response mean. A stream tells everything three times: by deltas, by the `done` of each item and
 * by the terminal event. Deltas are emitted as they come; the later tellings only fill in what an earlier one left out.
 */
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "provider/responses.h"

typedef llmc_status (*handler_fn)(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event);

static const char *string_at(const llmc__json_doc *doc, const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

static bool is_word(const char *word, const char *expected) {
    return word != NULL && strcmp(word, expected) == 0;
}

static llmc_status emit_finish(llmc__responses_decoder *decoder, llmc_finish_reason finish, const char *word) {
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .finish = finish, .finish_raw = word};
    return llmc__openai_emit(&decoder->base, &event);
}

llmc_status llmc__responses_fail(llmc__openai_decoder *base, const llmc__words *words) {
    /* "failed" is the status of a response with an error, also where `event: error` comes before response.failed. */
    if (base->start_emitted) {
        llmc_status status = emit_finish((llmc__responses_decoder *)(void *)base, LLMC_FINISH_ERROR, "failed");
        if (status != LLMC_OK)
            return status;
    }
    llmc__classify_inner(words, base->error);
    return base->error->status;
}

static llmc_status fail_by(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *object) {
    llmc__words words;
    llmc__openai_words_read(doc, object, &words);
    return llmc__responses_fail(&decoder->base, &words);
}

/* status `incomplete` with its reason becomes "incomplete:max_output_tokens". */
static llmc_status finish_incomplete(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                     const llmc__json *response) {
    char word[128];
    const char *reason = string_at(doc, llmc__json_get(response, "incomplete_details"), "reason");
    if (reason == NULL || reason[0] == '\0')
        return emit_finish(decoder, LLMC_FINISH_OTHER, "incomplete");
    (void)snprintf(word, sizeof word, "incomplete:%s", reason);
    word[llmc__str_utf8_prefix(word, strlen(word))] = '\0';
    return emit_finish(decoder, llmc__openai_finish_class(reason), word);
}

/* `completed` is also said of an answer that asks for calls; other statuses are those of work in the background. */
static llmc_status finish(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *response,
                          const char *status) {
    if (is_word(status, "incomplete"))
        return finish_incomplete(decoder, doc, response);
    if (status != NULL && !is_word(status, "completed"))
        return emit_finish(decoder, LLMC_FINISH_OTHER, status);
    return emit_finish(decoder, decoder->call_count > 0 ? LLMC_FINISH_TOOL_CALLS : LLMC_FINISH_STOP, status);
}

static llmc_status read_output(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *output) {
    /* ChatGPT's own backend sends an empty list here after a full stream. */
    unsigned skip = decoder->heard;
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(output) != LLMC__JSON_ARRAY || llmc__json_first(output) == NULL)
        return LLMC_OK;
    llmc__responses_keep_anew(decoder);
    for (const llmc__json *element = llmc__json_first(output); element != NULL && status == LLMC_OK;
         element = llmc__json_next(element)) {
        status = llmc__responses_item_whole(decoder, doc, element, skip);
        if (status == LLMC_OK)
            status = llmc__responses_keep(decoder, doc, element);
    }
    return status;
}

static llmc_status read_usage(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *response) {
    llmc_event event = {.kind = LLMC_EVENT_USAGE};
    if (!llmc__openai_usage_read(doc, response, &event.usage))
        return LLMC_OK;
    return llmc__openai_emit(&decoder->base, &event);
}

/* The response as it stands at the end. `told` is what the event's type says of its status; NULL: no event. */
static llmc_status read_response(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                 const llmc__json *response, const char *told) {
    const char *word = string_at(doc, response, "status");
    if (word == NULL || word[0] == '\0')
        word = told;
    bool completed = word == NULL || is_word(word, "completed");
    llmc_status status = llmc__openai_head_read(&decoder->base, doc, response);
    if (status == LLMC_OK)
        status = read_output(decoder, doc, llmc__json_get(response, "output"));
    if (status == LLMC_OK && completed)
        status = llmc__responses_items_end(decoder);
    if (status == LLMC_OK && completed && !llmc__openai_words_present(doc, response))
        status = llmc__responses_keep_emit(decoder);
    if (status == LLMC_OK)
        status = read_usage(decoder, doc, response);
    if (status != LLMC_OK)
        return status;
    if (is_word(word, "failed") || llmc__openai_words_present(doc, response))
        return fail_by(decoder, doc, response);
    decoder->base.done = true;
    return finish(decoder, doc, response, word);
}

static llmc_status on_begin(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return llmc__openai_head_read(&decoder->base, doc, llmc__json_get(event, "response"));
}

static llmc_status on_completed(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return read_response(decoder, doc, llmc__json_get(event, "response"), "completed");
}

static llmc_status on_incomplete(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return read_response(decoder, doc, llmc__json_get(event, "response"), "incomplete");
}

static llmc_status on_failed(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return read_response(decoder, doc, llmc__json_get(event, "response"), "failed");
}

static llmc_status on_text(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return llmc__responses_item_text(decoder, doc, event, LLMC_EVENT_TEXT);
}

static llmc_status on_reasoning(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return llmc__responses_item_text(decoder, doc, event, LLMC_EVENT_REASONING);
}

static llmc_status on_refusal(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return llmc__responses_item_text(decoder, doc, event, LLMC_EVENT_REFUSAL);
}

static llmc_status on_call_piece(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    return llmc__responses_item_arguments(decoder, doc, event, "delta", false);
}

static llmc_status on_function_done(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                    const llmc__json *event) {
    return llmc__responses_item_arguments(decoder, doc, event, "arguments", true);
}

static llmc_status on_custom_done(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                  const llmc__json *event) {
    return llmc__responses_item_arguments(decoder, doc, event, "input", true);
}

/* Events of other types (parts, built-in tools, keep-alives) are skipped. */
static const struct {
    const char *type;
    handler_fn handler;
} handlers[] = {
    {"response.output_text.delta", on_text},
    {"response.function_call_arguments.delta", on_call_piece},
    {"response.reasoning_summary_text.delta", on_reasoning},
    {"response.reasoning_text.delta", on_reasoning}, /* open models: the reasoning itself */
    {"response.refusal.delta", on_refusal},
    {"response.output_text.annotation.added", llmc__responses_item_annotation},
    {"response.custom_tool_call_input.delta", on_call_piece},
    {"response.function_call_arguments.done", on_function_done},
    {"response.custom_tool_call_input.done", on_custom_done},
    {"response.output_item.added", llmc__responses_item_added},
    {"response.output_item.done", llmc__responses_item_done},
    {"response.created", on_begin},
    {"response.queued", on_begin},
    {"response.in_progress", on_begin},
    {"response.completed", on_completed},
    {"response.incomplete", on_incomplete},
    {"response.failed", on_failed},
    {"error", fail_by},
};

static llmc_status fail_shape(llmc__responses_decoder *decoder) {
    return llmc__openai_fail(&decoder->base, LLMC_ERR_BAD_RESPONSE,
                             "the answer is JSON but none of the Responses API: check that base_url leads to one; the "
                             "raw body is on the response");
}

static llmc_status read_event(llmc__responses_decoder *decoder, const llmc__json_doc *doc, const llmc__json *event) {
    const char *type = string_at(doc, event, "type");
    for (size_t i = 0; type != NULL && i < sizeof handlers / sizeof handlers[0]; i++)
        if (strcmp(handlers[i].type, type) == 0)
            return handlers[i].handler(decoder, doc, event);
    if (type == NULL && llmc__openai_words_present(doc, event))
        return fail_by(decoder, doc, event);
    if (type == NULL && llmc__json_get(event, "choices") != NULL)
        return fail_shape(decoder);
    return LLMC_OK;
}

llmc_status llmc__responses_read(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *root,
                                 bool whole) {
    llmc__responses_decoder *decoder = (llmc__responses_decoder *)(void *)base;
    if (!whole)
        return read_event(decoder, doc, root);
    if (llmc__json_type_of(llmc__json_get(root, "output")) == LLMC__JSON_ARRAY)
        return read_response(decoder, doc, root, NULL);
    return llmc__openai_words_present(doc, root) ? fail_by(decoder, doc, root) : fail_shape(decoder);
}
