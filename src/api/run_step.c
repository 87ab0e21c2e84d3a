/* What an answer leads to: functions, the next question, or the end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/request_parts.h"
#include "api/run.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/error.h"
#include "model/request.h"

/* ---- the end ---- */

/* What the caller said about tools holds for the first step; this gives it back. */
static void restore_choice(llmc_run *run) {
    if (!run->choice_aside)
        return;
    run->choice_aside = false;
    llmc__mem_free(run->request->tool_choice_name);
    run->request->tool_choice = run->tool_choice;
    run->request->tool_choice_name = run->tool_choice_name;
    run->tool_choice_name = NULL;
}

/* The loop may hold the job, and so the run, for a little longer than anyone else. */
void llmc__run_finish(llmc_run *run, llmc_status status, const char *message) {
    run->state = LLMC__RUN_ENDED;
    restore_choice(run);
    run->result->latency_ms = (llmc__clock_us() - run->started_us) / 1000;
    llmc__run_result_end(run->result, status, message);
    if (run->on_done)
        run->on_done(run, run->result, run->user_data);
    run->work.status = status;
    llmc__work_finish(&run->work);
    llmc__job_end(&run->job);
    llmc__work_unref(run); /* that of the start */
}

static bool finish(llmc_run *run, llmc_status status, const char *message) {
    llmc__run_finish(run, status, message);
    return false;
}

/* ---- asking ---- */

static int forward_event(llmc_call *call, const llmc_event *event, void *user_data) {
    llmc_run *run = LLMC__CONTAINER(user_data, llmc_run, errand);
    return run->options.on_event(call, event, run->options.user_data);
}

llmc_status llmc__run_ask(llmc_run *run) {
    llmc__hooks hooks = {0};
    run->state = LLMC__RUN_ASKING;
    run->asked_us = llmc__clock_us();
    if (run->options.on_event) {
        hooks.on_event = forward_event;
        hooks.streamed = true;
    }
    return llmc__errand_start(&run->errand, run->request, &hooks);
}

/* True: the next question is on its way. */
static bool ask_again(llmc_run *run) {
    const char *message;
    llmc_status status = llmc__run_stopped(run, &message);
    if (status == LLMC_OK && !run->options.keep_tool_choice && !run->choice_aside &&
        (run->request->tool_choice == LLMC_TOOL_CHOICE_REQUIRED ||
         run->request->tool_choice == LLMC_TOOL_CHOICE_NAMED)) {
        run->choice_aside = true;
        run->tool_choice = run->request->tool_choice;
        run->tool_choice_name = run->request->tool_choice_name;
        run->request->tool_choice = LLMC_TOOL_CHOICE_UNSET;
        run->request->tool_choice_name = NULL;
    }
    if (status == LLMC_OK) {
        status = llmc__run_ask(run);
        message = llmc__error_last_text();
    }
    if (status == LLMC_ERR_CLOSED)
        return finish(run, LLMC_ERR_CANCELLED, "the client was freed");
    return status == LLMC_OK || finish(run, status, message);
}

/* ---- the conversation ---- */

static llmc_status add_results(llmc_run *run) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < run->step->call_count && status == LLMC_OK; i++) {
        const llmc_tool_call *call = run->step->calls[i];
        status = llmc_request_add_tool_result(run->request, llmc_tool_call_id(call), llmc__tool_call_content(call),
                                              call->outcome != LLMC_TOOL_ANSWERED);
    }
    return status;
}

static bool is_empty(const llmc_response *response) {
    return *llmc_response_output(response) == '\0' && *llmc_response_refusal(response) == '\0' &&
           llmc_response_tool_call_count(response) == 0;
}

/* The answer and what its calls gave: all of it or nothing. An answer with nothing in it is no message. */
static llmc_status add_step(llmc_run *run) {
    size_t before = run->request->message_count;
    llmc_status status = llmc__request_add_answer(run->request, run->step->response, run->step->call_count > 0);
    if (status == LLMC_ERR_INVALID_ARGUMENT && is_empty(run->step->response))
        return LLMC_OK;
    if (status == LLMC_OK)
        status = add_results(run);
    while (status != LLMC_OK && run->request->message_count > before)
        llmc__request_drop_message(run->request);
    return status;
}

/* The step is over. LLMC_OK: the run may go on; else what is to end it. */
static llmc_status close_step(llmc_run *run, const char **message) {
    llmc_status status = add_step(run);
    *message = llmc__error_last_text();
    run->step->ended_us = run->step->call_count ? llmc__clock_us() : run->step->answered_us;
    if (status != LLMC_OK || !run->options.on_step)
        return status;
    if (run->options.on_step(run, run->result->step_count - 1, run->step->response, run->options.user_data) == 0)
        return LLMC_OK;
    *message = "on_step ended the run";
    return LLMC_ERR_CANCELLED;
}

/* Ends every call that has not ended. */
static void end_calls(llmc_run *run, llmc_tool_outcome outcome) {
    for (size_t i = 0; i < run->step->call_count; i++)
        llmc__tool_call_end(run->step->calls[i], outcome, NULL);
}

/* Closes the step and ends the run, with the reason given unless the step has a worse one. */
static bool close_and_finish(llmc_run *run, llmc_status status, const char *message) {
    const char *worse;
    llmc_status closed = close_step(run, &worse);
    return closed != LLMC_OK && status == LLMC_OK ? finish(run, closed, worse) : finish(run, status, message);
}

/* ---- limits ---- */

static llmc_status check_tokens(const llmc_run *run, char *message, size_t size) {
    const llmc_run_result *r = run->result;
    if (run->options.max_tokens <= 0)
        return LLMC_OK;
    if ((r->unknown_tokens_in || r->unknown_tokens_out) && !run->options.allow_unknown_usage) {
        (void)snprintf(message, size,
                       "max_tokens is %" PRId64 ", but an answer did not tell its tokens: set allow_unknown_usage to "
                       "count it as nothing",
                       run->options.max_tokens);
        return LLMC_ERR_BUDGET;
    }
    if (r->tokens_in < run->options.max_tokens && r->tokens_out < run->options.max_tokens - r->tokens_in)
        return LLMC_OK;
    (void)snprintf(message, size, "max_tokens (%" PRId64 ") is used up: %" PRId64 " of prompts, %" PRId64 " of answers",
                   run->options.max_tokens, r->tokens_in, r->tokens_out);
    return LLMC_ERR_BUDGET;
}

/* Millionths of a dollar: printf's point is that of the host's locale. */
static int64_t micros(double usd) {
    return usd < 9e12 ? (int64_t)(usd * 1e6) : INT64_MAX;
}

static llmc_status check_cost(const llmc_run *run, char *message, size_t size) {
    const llmc_run_result *r = run->result;
    if (!(run->options.max_cost_usd > 0.0))
        return LLMC_OK;
    if (r->unknown_cost && !run->options.allow_unknown_usage) {
        (void)snprintf(message, size,
                       "max_cost_usd is set, but what an answer of %.100s cost is not known: set allow_unknown_usage "
                       "to count it as nothing",
                       llmc_response_model(run->step->response));
        return LLMC_ERR_BUDGET;
    }
    if (r->cost_usd < run->options.max_cost_usd)
        return LLMC_OK;
    (void)snprintf(message, size, "max_cost_usd is used up: %" PRId64 " of %" PRId64 " millionths of a dollar",
                   micros(r->cost_usd), micros(run->options.max_cost_usd));
    return LLMC_ERR_BUDGET;
}

/* Whether the model may be asked once more. */
static llmc_status check_limits(const llmc_run *run, char *message, size_t size) {
    llmc_status status = check_tokens(run, message, size);
    if (status == LLMC_OK)
        status = check_cost(run, message, size);
    if (status != LLMC_OK || run->result->step_count < run->options.max_steps)
        return status;
    (void)snprintf(message, size, "max_steps (%u) answers have come and the model wants to go on",
                   run->options.max_steps);
    return LLMC_ERR_STEP_LIMIT;
}

/* ---- an answer ---- */

static bool is_cut(const llmc_response *response) {
    llmc_finish_reason reason = llmc_response_finish_reason(response);
    return reason == LLMC_FINISH_LENGTH || reason == LLMC_FINISH_CONTENT_FILTER || reason == LLMC_FINISH_ERROR;
}

static char *unknown_text(const char *name) {
    llmc__buf text;
    char *taken = NULL;
    llmc__buf_init(&text, 512);
    if (llmc__buf_appendf(&text, "There is no function \"%.200s\".", name) == LLMC_OK)
        taken = llmc__buf_take(&text, NULL);
    llmc__buf_free(&text);
    return taken;
}

/* Calls that cannot be run end at once, with the reason for the model. */
static llmc_status check_call(llmc_run *run, llmc_tool_call *call) {
    char *why = NULL;
    llmc_status status;
    if (!call->entry) {
        llmc__tool_call_end(call, LLMC_TOOL_UNKNOWN, unknown_text(llmc_tool_call_name(call)));
        return LLMC_OK;
    }
    status = llmc__tool_call_check(call, !run->options.skip_argument_check, &why);
    if (status != LLMC_ERR_INVALID_JSON)
        return status;
    llmc__tool_call_end(call, LLMC_TOOL_BAD_ARGUMENTS, why);
    return LLMC_OK;
}

static llmc_status make_calls(llmc_run *run) {
    size_t count = llmc_response_tool_call_count(run->step->response);
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < count && status == LLMC_OK; i++) {
        llmc_tool_call *call = llmc__tool_call_new(run, run->step->response, i);
        if (!call)
            return LLMC_ERR_NO_MEMORY;
        run->step->calls[run->step->call_count++] = call;
        status = check_call(run, call);
    }
    return status;
}

/* The model wants to go on: with functions, or by itself after a pause. */
static bool go_on(llmc_run *run) {
    char text[256] = "";
    const char *message = text;
    llmc_status stopped;
    llmc_status status = make_calls(run);
    if (status != LLMC_OK) {
        end_calls(run, LLMC_TOOL_CANCELLED);
        return finish(run, status, llmc_status_message(status)); /* a step not whole stays out of the conversation */
    }
    stopped = llmc__run_stopped(run, &message);
    status = stopped != LLMC_OK ? stopped : check_limits(run, text, sizeof text);
    if (status != LLMC_OK) {
        end_calls(run, stopped != LLMC_OK ? LLMC_TOOL_CANCELLED : LLMC_TOOL_NOT_RUN);
        return close_and_finish(run, status, stopped != LLMC_OK ? message : text);
    }
    run->next_call = 0;
    run->state = LLMC__RUN_WORKING;
    return true;
}

static bool failed(llmc_run *run, const llmc_response *answer) {
    const char *message;
    llmc_status stopped = llmc__run_stopped(run, &message);
    if (stopped != LLMC_OK && llmc_response_status(answer) == LLMC_ERR_CANCELLED)
        return finish(run, stopped, message);
    return finish(run, llmc_response_status(answer), llmc_response_error_message(answer));
}

bool llmc__run_take_answer(llmc_run *run, llmc_response *answer) {
    bool calls = llmc_response_tool_call_count(answer) > 0;
    run->step = llmc__run_result_add(run->result, answer);
    if (!run->step)
        return finish(run, LLMC_ERR_NO_MEMORY, llmc_status_message(LLMC_ERR_NO_MEMORY));
    run->step->asked_us = run->asked_us;
    run->step->answered_us = run->step->ended_us = llmc__clock_us();
    if (llmc_response_status(answer) != LLMC_OK)
        return failed(run, answer);
    if (calls && is_cut(answer))
        return finish(run, LLMC_ERR_INCOMPLETE,
                      "the answer was cut among its tool calls, which were not run: raise max_tokens of the request");
    if (calls || llmc_response_finish_reason(answer) == LLMC_FINISH_PAUSE)
        return go_on(run);
    return close_and_finish(run, LLMC_OK, "");
}

/* ---- functions at work ---- */

/* The next call that is to be run and may be now; NULL: none. */
static llmc_tool_call *next_call(llmc_run *run) {
    llmc_tool_call *call = NULL;
    while (run->next_call < run->step->call_count && !call) {
        llmc_tool_call *next = run->step->calls[run->next_call];
        bool room;
        llmc__mutex_lock(&run->work.lock);
        room = run->working.count < run->options.max_parallel;
        llmc__mutex_unlock(&run->work.lock);
        if (!room)
            return NULL;
        run->next_call++;
        if (!llmc__tool_call_is_ended(next))
            call = next;
    }
    return call;
}

/* In the sync form the thread that waits calls the function. */
static void start_call(llmc_run *run, llmc_tool_call *call) {
    llmc__mutex_lock(&run->work.lock);
    llmc__list_push_back(&run->working, &call->work_node);
    if (run->sync) {
        llmc__list_push_back(&run->ready, &call->ready_node);
        llmc__cond_broadcast(&run->work.rest->changed);
    }
    llmc__mutex_unlock(&run->work.lock);
    if (!run->sync)
        llmc__tool_call_run(call);
}

static bool all_ended(llmc_run *run) {
    bool none;
    llmc__mutex_lock(&run->work.lock);
    none = run->working.count == 0;
    llmc__mutex_unlock(&run->work.lock);
    return none && run->next_call == run->step->call_count;
}

bool llmc__run_work(llmc_run *run) {
    const char *message;
    llmc_tool_call *call;
    llmc_status status = llmc__run_stopped(run, &message);
    if (status != LLMC_OK) {
        end_calls(run, LLMC_TOOL_CANCELLED);
        return close_and_finish(run, status, message);
    }
    call = next_call(run);
    if (call) {
        start_call(run, call);
        return true; /* a stop may have come */
    }
    if (!all_ended(run))
        return false;
    status = close_step(run, &message);
    return status == LLMC_OK ? ask_again(run) : finish(run, status, message);
}
