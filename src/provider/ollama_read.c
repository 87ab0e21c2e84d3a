/*
 * What one object of an answer means. Each line of a stream has the next piece in `message`; the last one has
 * `done: true`, the reason and the counts. A whole answer is a last line that has everything.
 */
#include <stdio.h>
#include <string.h>
#include "base/hash.h"
#include "provider/ollama.h"
#include "wire/jsonprint.h"

#define MAX_CALLS 1024

static llmc_status emit_text(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *value,
                             llmc_event_kind kind) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (text == NULL || len == 0)
        return LLMC_OK;
    llmc_event event = {.kind = kind, .text = text, .text_len = len};
    return llmc__openai_emit(base, &event);
}

/* An object or array as JSON text. */
static llmc_status print(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *value,
                         llmc__buf *out) {
    llmc_status status = llmc__jsonprint_value(doc, value, out);
    return status == LLMC_OK ? LLMC_OK : llmc__openai_fail(base, status, "a part of the answer could not be kept");
}

/* ---- calls ---- */

/*
 * Servers before 0.12 send calls without an id, but a result must name its call. The time and what is called tell calls
 * apart, also those of different answers; the same bytes give the same id.
 */
static void make_id(const llmc__json_doc *doc, const llmc__json *root, size_t index, const char *name,
                    const llmc__buf *arguments, char out[24]) {
    static const llmc__hash_key key = {0, 0};
    const char *created = llmc__words_text(doc, root, "created_at");
    uint64_t parts[4] = {
        llmc__hash_sip64(key, created != NULL ? created : "", created != NULL ? strlen(created) : 0),
        index,
        llmc__hash_sip64(key, name, strlen(name)),
        llmc__hash_sip64(key, llmc__buf_str(arguments), arguments->len),
    };
    (void)snprintf(out, 24, "call_%016llx", (unsigned long long)llmc__hash_sip64(key, parts, sizeof parts));
}

/* `arguments` is an object; servers that put a proxy between may send its text. None stand for {}. */
static llmc_status read_arguments(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *value,
                                  llmc__buf *out) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (llmc__json_type_of(value) == LLMC__JSON_OBJECT)
        return print(base, doc, value, out);
    llmc_status status = len > 0 && llmc__json_valid(text, len, NULL) ? llmc__buf_append(out, text, len)
                                                                      : llmc__buf_append_str(out, "{}");
    return status == LLMC_OK ? LLMC_OK : llmc__openai_fail(base, status, "no memory for a tool call");
}

/* A call comes whole, so its three events follow each other. */
static llmc_status emit_call(llmc__openai_decoder *base, llmc_event *event, const llmc__buf *arguments) {
    event->kind = LLMC_EVENT_TOOL_CALL_START;
    llmc_status status = llmc__openai_emit(base, event);
    event->text = llmc__buf_str(arguments);
    event->text_len = arguments->len;
    event->kind = LLMC_EVENT_TOOL_CALL_DELTA;
    if (status == LLMC_OK)
        status = llmc__openai_emit(base, event);
    event->kind = LLMC_EVENT_TOOL_CALL_END;
    return status == LLMC_OK ? llmc__openai_emit(base, event) : status;
}

static llmc_status read_call(llmc__ollama_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root,
                             const llmc__json *call) {
    char made[24];
    llmc__buf arguments;
    const llmc__json *function = llmc__json_get(call, "function");
    const char *name = llmc__words_text(doc, function, "name");
    if (name == NULL)
        return LLMC_OK;
    if (decoder->call_count >= MAX_CALLS)
        return llmc__openai_fail(&decoder->base, LLMC_ERR_TOO_LARGE, "the answer has too many tool calls");
    llmc_event event = {.tool_index = decoder->call_count, .tool_name = name};
    llmc__buf_init(&arguments, decoder->base.max_bytes);
    llmc_status status = read_arguments(&decoder->base, doc, llmc__json_get(function, "arguments"), &arguments);
    if (status == LLMC_OK) {
        event.tool_id = llmc__words_text(doc, call, "id");
        if (event.tool_id == NULL) {
            make_id(doc, root, decoder->call_count, name, &arguments, made);
            event.tool_id = made;
        }
        decoder->call_count++;
        status = emit_call(&decoder->base, &event, &arguments);
    }
    llmc__buf_free(&arguments);
    return status;
}

static llmc_status read_calls(llmc__ollama_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root,
                              const llmc__json *calls) {
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(calls) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *call = llmc__json_first(calls); call != NULL && status == LLMC_OK;
         call = llmc__json_next(call))
        status = read_call(decoder, doc, root, call);
    return status;
}

/* ---- the object ---- */

static llmc_status read_logprobs(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *logprobs) {
    llmc__buf text;
    if (llmc__json_type_of(logprobs) != LLMC__JSON_ARRAY || llmc__json_first(logprobs) == NULL)
        return LLMC_OK;
    llmc__buf_init(&text, base->max_bytes);
    llmc_status status = print(base, doc, logprobs, &text);
    if (status == LLMC_OK) {
        llmc_event event = {.kind = LLMC_EVENT_LOGPROBS, .text = llmc__buf_str(&text), .text_len = text.len};
        status = llmc__openai_emit(base, &event);
    }
    llmc__buf_free(&text);
    return status;
}

static llmc_status read_usage(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *root) {
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = LLMC__USAGE_INIT};
    (void)llmc__json_int64(doc, llmc__json_get(root, "prompt_eval_count"), &event.usage.tokens_in);
    (void)llmc__json_int64(doc, llmc__json_get(root, "eval_count"), &event.usage.tokens_out);
    if (event.usage.tokens_in < 0 && event.usage.tokens_out < 0)
        return LLMC_OK;
    return llmc__openai_emit(base, &event);
}

/* "stop" is also said of an answer that asks for calls; "load" and "unload" of a request without messages. */
static llmc_status read_finish(llmc__ollama_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const char *word = llmc__words_text(doc, root, "done_reason");
    llmc_finish_reason finish = word != NULL ? llmc__openai_finish_class(word) : LLMC_FINISH_STOP;
    if (finish == LLMC_FINISH_STOP && decoder->call_count > 0)
        finish = LLMC_FINISH_TOOL_CALLS;
    decoder->base.done = true;
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .finish = finish, .finish_raw = word};
    return llmc__openai_emit(&decoder->base, &event);
}

/* /api/generate has its text in `response` and its thinking beside it. */
static llmc_status read_message(llmc__ollama_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *message = llmc__json_get(root, "message");
    const llmc__json *source = message != NULL ? message : root;
    llmc_status status = emit_text(&decoder->base, doc, llmc__json_get(source, "thinking"), LLMC_EVENT_REASONING);
    if (status == LLMC_OK)
        status = emit_text(&decoder->base, doc, llmc__json_get(source, message != NULL ? "content" : "response"),
                           LLMC_EVENT_TEXT);
    if (status == LLMC_OK)
        status = read_calls(decoder, doc, root, llmc__json_get(message, "tool_calls"));
    return status == LLMC_OK ? read_logprobs(&decoder->base, doc, llmc__json_get(root, "logprobs")) : status;
}

llmc_status llmc__ollama_read(llmc__openai_decoder *base, const llmc__json_doc *doc, const llmc__json *root,
                              bool whole) {
    llmc__ollama_decoder *decoder = (llmc__ollama_decoder *)(void *)base;
    bool done = false, has_done = llmc__json_bool(llmc__json_get(root, "done"), &done);
    if (llmc__openai_words_present(doc, root)) {
        llmc__words words = {0};
        llmc__openai_words_read(doc, root, &words);
        return base->dialect->fail(base, &words);
    }
    if (!has_done && llmc__json_type_of(llmc__json_get(root, "message")) != LLMC__JSON_OBJECT)
        return llmc__openai_fail(base, LLMC_ERR_BAD_RESPONSE,
                                 "the answer is JSON but none of Ollama's: check that base_url leads to an Ollama "
                                 "server; the raw body is on the response");
    llmc_status status = llmc__openai_head_read(base, doc, root);
    if (status == LLMC_OK)
        status = read_message(decoder, doc, root);
    if (status != LLMC_OK || !(done || whole))
        return status;
    status = read_usage(base, doc, root);
    return status == LLMC_OK ? read_finish(decoder, doc, root) : status;
}
