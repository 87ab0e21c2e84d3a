/*
 * What one object of an answer means. Each line of a stream has the next piece in `message`; the last one has
 * `done: true`, the reason and the counts. A whole answer is a last line that has everything.
 */
#include <stdio.h>
#include <string.h>
#include "base/hash.h"
#include "provider/chat.h"
#include "provider/finish.h"
#include "provider/ollama.h"

#define MAX_CALLS 1024

/* ---- calls ---- */

/*
 * Servers before 0.12 send calls without an id, but a result must name its call. The time and what is called tell calls
 * apart, also those of different answers; the same bytes give the same id.
 */
static void make_id(const llmc__ollama_decoder *r, const llmc__json *root, const char *name, const llmc__buf *arguments,
                    char out[24]) {
    static const llmc__hash_key key = {0, 0};
    size_t len = 0;
    const char *created = llmc__sink_string(&r->base.sink, root, "created_at", &len);
    uint64_t parts[4] = {
        llmc__hash_sip64(key, created, strlen(created)),
        r->call_count,
        llmc__hash_sip64(key, name, strlen(name)),
        llmc__hash_sip64(key, llmc__buf_str(arguments), arguments->len),
    };
    (void)snprintf(out, 24, "call_%016llx", (unsigned long long)llmc__hash_sip64(key, parts, sizeof parts));
}

/* `arguments` is an object; servers that put a proxy between may send its text. None stand for {}. */
static void read_arguments(llmc__ollama_decoder *r, const llmc__json *function, llmc__buf *out) {
    size_t len = 0;
    const llmc__json *value = llmc__json_get(function, "arguments");
    const char *text = llmc__sink_string(&r->base.sink, function, "arguments", &len);
    if (llmc__json_type_of(value) == LLMC__JSON_OBJECT)
        llmc__sink_print(&r->base.sink, out, value);
    else if (len > 0 && llmc__json_valid(text, len, NULL))
        llmc__sink_append(&r->base.sink, out, text, len);
    else
        llmc__sink_append(&r->base.sink, out, "{}", 2);
}

static void read_call(llmc__ollama_decoder *r, const llmc__json *root, const llmc__json *call) {
    char made[24];
    llmc__buf arguments;
    const llmc__json *function = llmc__json_get(call, "function");
    const char *name = llmc__json_word(function, "name");
    if (name == NULL)
        return;
    if (r->call_count >= MAX_CALLS) {
        llmc__sink_fail(&r->base.sink, LLMC_ERR_TOO_LARGE, "the answer has too many tool calls");
        return;
    }
    llmc_event event = {.tool_index = r->call_count, .tool_name = name, .tool_id = llmc__json_word(call, "id")};
    llmc__buf_init(&arguments, r->base.sink.max_bytes);
    read_arguments(r, function, &arguments);
    if (event.tool_id == NULL) {
        make_id(r, root, name, &arguments, made);
        event.tool_id = made;
    }
    r->call_count++;
    llmc__sink_call(&r->base.sink, &event, &arguments);
    llmc__buf_free(&arguments);
}

/* ---- the object ---- */

static void read_usage(llmc__ollama_decoder *r, const llmc__json *root) {
    llmc_event event;
    llmc__sink_usage(&event);
    llmc__sink_counts(&r->base.sink, root, "prompt_eval_count\0eval_count\0", &event.usage.tokens_in);
    llmc__chat_usage(&r->base.sink, &event);
}

/* "stop" is also said of an answer that asks for calls; "load" and "unload" of a request without messages. */
static void read_finish(llmc__ollama_decoder *r, const llmc__json *root) {
    const char *word = llmc__json_word(root, "done_reason");
    llmc_finish_reason finish = word != NULL ? llmc__finish_class(word) : LLMC_FINISH_STOP;
    if (finish == LLMC_FINISH_STOP && r->call_count > 0)
        finish = LLMC_FINISH_TOOL_CALLS;
    if (r->base.sink.status == LLMC_OK)
        r->base.done = true;
    llmc__sink_finish(&r->base.sink, 0, finish, word);
}

/* /api/generate has its text in `response` and its thinking beside it. */
static void read_message(llmc__ollama_decoder *r, const llmc__json *root) {
    const llmc__json *message = llmc__json_get(root, "message"), *logprobs = llmc__json_get(root, "logprobs");
    const llmc__json *source = message != NULL ? message : root;
    const llmc__json *call = llmc__json_items(llmc__json_get(message, "tool_calls"));
    llmc__sink_say(&r->base.sink, LLMC_EVENT_REASONING, 0, source, "thinking");
    llmc__sink_say(&r->base.sink, LLMC_EVENT_TEXT, 0, source, message != NULL ? "content" : "response");
    for (; call != NULL && r->base.sink.status == LLMC_OK; call = llmc__json_next(call))
        read_call(r, root, call);
    if (llmc__json_items(logprobs) != NULL)
        llmc__sink_json(&r->base.sink, LLMC_EVENT_LOGPROBS, 0, logprobs);
}

void llmc__ollama_read(llmc__openai_decoder *base, const llmc__json *root, bool whole) {
    llmc__ollama_decoder *r = (llmc__ollama_decoder *)(void *)base;
    bool done = false, has_done = llmc__json_bool(llmc__json_get(root, "done"), &done);
    if (llmc__chat_fails(&base->sink, root))
        return;
    if (!has_done && llmc__json_type_of(llmc__json_get(root, "message")) != LLMC__JSON_OBJECT)
        llmc__openai_fail_shape(base);
    llmc__openai_head_read(base, root);
    if (base->sink.status == LLMC_OK)
        read_message(r, root);
    if (done || whole) {
        read_usage(r, root);
        read_finish(r, root);
    }
}
