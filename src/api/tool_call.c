/*
 * One call of a function: a handle that any thread may answer, once. The call knows its run only until it has ended, so
 * that handles kept for longer hold nothing but themselves.
 */
#include <limits.h>
#include <string.h>

#include "api/argument.h"
#include "api/run.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/error.h"
#include "wire/json_schema.h"

#define MAX_FAULT 1024

/* Of each outcome in turn its name, and what the model is told. */
static const char outcomes[] = "answered\0\0"
                               "failed\0The function failed.\0"
                               "unknown\0There is no function of that name.\0"
                               "bad_arguments\0The arguments are not what the function takes.\0"
                               "no_answer\0The function gave no answer.\0"
                               "timeout\0The function did not answer in time.\0"
                               "cancelled\0The function was not waited for: the run was ended.\0"
                               "not_run\0The function was not called: a limit of the run was met.\0";
_Static_assert(LLMC_TOOL_ANSWERED == 0 && LLMC_TOOL_NOT_RUN == 7, "the outcomes are in this order");

static const char *outcome_text(llmc_tool_outcome outcome, unsigned which) {
    const char *text = outcomes;
    for (unsigned i = (unsigned)outcome * 2 + which; i > 0; i--)
        text += strlen(text) + 1;
    return text;
}

const char *llmc_tool_outcome_name(llmc_tool_outcome outcome) {
    return (unsigned)outcome <= LLMC_TOOL_NOT_RUN ? outcome_text(outcome, 0) : "";
}

llmc_tool_call *llmc__tool_call_new(llmc_run *run, llmc_response *response, size_t index) {
    llmc_tool_call *call = llmc__mem_calloc(1, sizeof *call);
    if (!call)
        return NULL;
    if (llmc__mutex_init(&call->lock) != LLMC_OK) {
        llmc__mem_free(call);
        return NULL;
    }
    atomic_init(&call->refs, 1);
    call->response = llmc_response_ref(response);
    call->index = index;
    call->step = run->result->step_count - 1;
    call->max_result_bytes = run->options.max_result_bytes;
    call->entry = llmc__tools_find(run->tools, llmc_tool_call_name(call));
    call->due_us = INT64_MAX;
    call->asked_us = llmc__clock_us();
    call->begun_us = -1;
    call->run = llmc__work_ref(run);
    return call;
}

void llmc__tool_call_release(llmc_tool_call *call) {
    if (!call || atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) != 1)
        return;
    llmc__work_unref(call->run);
    llmc_response_free(call->response);
    llmc__mem_free(call->content);
    llmc__mutex_destroy(&call->lock);
    llmc__mem_free(call);
}

/* ---- the end ---- */

/* Who is to be told, once the lock is gone. */
typedef struct ending {
    llmc_run *run; /* the call's reference; NULL: it had ended before */
    llmc_tool_cancel_fn on_cancel;
    void *cancel_data;
} ending;

/* With the call's lock. Takes the content, if it is what counts. */
static ending end_locked(llmc_tool_call *call, llmc_tool_outcome outcome, char **content) {
    ending e = {NULL, NULL, NULL};
    if (call->ended)
        return e;
    e = (ending){call->run, call->on_cancel, call->cancel_data};
    if (outcome != LLMC_TOOL_TIMEOUT && outcome != LLMC_TOOL_CANCELLED)
        e.on_cancel = NULL;
    call->run = NULL;
    call->on_cancel = NULL;
    call->ended = true;
    call->outcome = outcome;
    call->content = *content;
    call->ended_us = llmc__clock_us();
    *content = NULL;
    return e;
}

static void tell(llmc_tool_call *call, const ending *e) {
    if (!e->run)
        return;
    if (e->on_cancel)
        e->on_cancel(call, e->cancel_data);
    llmc__run_call_ended(e->run, call);
    llmc__work_unref(e->run);
}

static bool finish(llmc_tool_call *call, llmc_tool_outcome outcome, char *content) {
    ending e;
    llmc__mutex_lock(&call->lock);
    e = end_locked(call, outcome, &content);
    llmc__mutex_unlock(&call->lock);
    llmc__mem_free(content);
    tell(call, &e);
    return e.run != NULL;
}

void llmc__tool_call_end(llmc_tool_call *call, llmc_tool_outcome outcome, char *content) {
    (void)finish(call, outcome, content);
}

bool llmc__tool_call_is_ended(llmc_tool_call *call) {
    bool ended;
    llmc__mutex_lock(&call->lock);
    ended = call->ended;
    llmc__mutex_unlock(&call->lock);
    return ended;
}

const char *llmc__tool_call_content(const llmc_tool_call *call) {
    return call->content ? call->content : outcome_text(call->outcome, 1);
}

/* ---- the function ---- */

/* One holder less: a call that nobody holds can never be answered. */
static void let_go(llmc_tool_call *call) {
    ending e = {NULL, NULL, NULL};
    char *none = NULL;
    llmc__mutex_lock(&call->lock);
    if (--call->holders == 0)
        e = end_locked(call, LLMC_TOOL_NO_ANSWER, &none);
    llmc__mutex_unlock(&call->lock);
    tell(call, &e);
    llmc__tool_call_release(call);
}

/* The function holds the call while it runs. */
void llmc__tool_call_run(llmc_tool_call *call) {
    int64_t now = llmc__clock_us();
    llmc_run *run = NULL;
    llmc__mutex_lock(&call->lock);
    if (!call->ended) {
        run = llmc__work_ref(call->run);
        atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
        call->holders++;
        call->begun_us = now;
    }
    llmc__mutex_unlock(&call->lock);
    if (!run)
        return;
    llmc__run_call_begins(run, call, now);
    call->entry->fn(call, call->entry->user_data);
    let_go(call);
    llmc__work_unref(run);
}

/* ---- the arguments ---- */

static llmc_status check_by_schema(const llmc_tool_call *call, llmc__buf *why) {
    const char *arguments = llmc_tool_call_arguments(call);
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(arguments, strlen(arguments), &doc, &fault);
    if (status == LLMC_ERR_NO_MEMORY)
        return status;
    if (status != LLMC_OK || llmc__json_type_of(llmc__json_root(doc)) != LLMC__JSON_OBJECT) {
        status = llmc__buf_append_str(why, "they are not a JSON object");
        status = status == LLMC_ERR_NO_MEMORY ? status : LLMC_ERR_INVALID_JSON;
    } else {
        status = llmc__json_schema_check(call->entry->schema_doc, doc, why);
    }
    llmc__json_free(doc);
    return status;
}

/* Where the text stops being JSON. */
static llmc_status explain_broken(const char *arguments, llmc__buf *why) {
    llmc__json_fault fault = {0, NULL};
    llmc_status status;
    if (llmc__json_valid(arguments, strlen(arguments), &fault))
        status = llmc__buf_append_str(why, "they were cut");
    else
        status = llmc__buf_appendf(why, "they are not JSON: %s at byte %zu", fault.reason ? fault.reason : "cut short",
                                   fault.offset);
    return status == LLMC_ERR_NO_MEMORY ? status : LLMC_ERR_INVALID_JSON;
}

llmc_status llmc__tool_call_check(const llmc_tool_call *call, bool by_schema, char **why) {
    llmc__buf text;
    llmc_status status;
    *why = NULL;
    llmc__buf_init(&text, MAX_FAULT);
    status = llmc__buf_append_str(&text, "The function was not called. Its arguments cannot be used: ");
    if (status == LLMC_OK && !llmc_response_tool_call_complete(call->response, call->index))
        status = explain_broken(llmc_tool_call_arguments(call), &text);
    else if (status == LLMC_OK && by_schema && call->entry->schema_doc)
        status = check_by_schema(call, &text);
    if (status == LLMC_ERR_INVALID_JSON && llmc__buf_append_char(&text, '.') != LLMC_ERR_NO_MEMORY)
        *why = llmc__buf_take(&text, NULL);
    llmc__buf_free(&text);
    return status;
}

/* ---- the handle's public verbs ---- */

const char *llmc_tool_call_id(const llmc_tool_call *call) {
    return call ? llmc_response_tool_call_id(call->response, call->index) : "";
}

const char *llmc_tool_call_name(const llmc_tool_call *call) {
    return call ? llmc_response_tool_call_name(call->response, call->index) : "";
}

const char *llmc_tool_call_arguments(const llmc_tool_call *call) {
    return call ? llmc_response_tool_call_arguments(call->response, call->index) : "";
}

size_t llmc_tool_call_step(const llmc_tool_call *call) {
    return call ? call->step : 0;
}

static llmc_status answer(llmc_tool_call *call, llmc_tool_outcome outcome, const char *argument, const char *content) {
    llmc_status status;
    size_t len;
    char *copy;
    if (!call || !content)
        return llmc__argument_null(call ? argument : "call");
    len = strlen(content);
    status = llmc__argument_check_utf8(argument, content, len);
    if (status != LLMC_OK)
        return status;
    if (len > call->max_result_bytes)
        return llmc__error_last(LLMC_ERR_TOO_LARGE, "%s: has %zu bytes, more than max_result_bytes (%zu)", argument,
                                len, call->max_result_bytes);
    copy = llmc__mem_strdup(content);
    if (!copy)
        return llmc__argument_no_memory(argument);
    if (finish(call, outcome, copy))
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_CANCELLED, "call: nobody waits for it any more");
}

llmc_status llmc_tool_call_answer(llmc_tool_call *call, const char *content) {
    return answer(call, LLMC_TOOL_ANSWERED, "content", content);
}

llmc_status llmc_tool_call_fail(llmc_tool_call *call, const char *message) {
    return answer(call, LLMC_TOOL_FAILED, "message", message);
}

bool llmc_tool_call_ended(const llmc_tool_call *call) {
    return !call || llmc__tool_call_is_ended((llmc_tool_call *)call); /* only its lock is touched */
}

llmc_status llmc_tool_call_on_cancel(llmc_tool_call *call, llmc_tool_cancel_fn fn, void *user_data) {
    bool ended;
    if (!call)
        return llmc__argument_null("call");
    llmc__mutex_lock(&call->lock);
    ended = call->ended;
    call->on_cancel = ended ? NULL : fn;
    call->cancel_data = user_data;
    llmc__mutex_unlock(&call->lock);
    return ended ? llmc__error_last(LLMC_ERR_CANCELLED, "call: nobody waits for it any more") : LLMC_OK;
}

llmc_tool_call *llmc_tool_call_ref(llmc_tool_call *call) {
    if (!call)
        return NULL;
    atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    llmc__mutex_lock(&call->lock);
    call->holders++;
    llmc__mutex_unlock(&call->lock);
    return call;
}

void llmc_tool_call_unref(llmc_tool_call *call) {
    if (call)
        let_go(call);
}
