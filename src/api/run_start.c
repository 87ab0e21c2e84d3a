/* Starting a run and waiting for it. Sync is async plus a wait that calls the functions. */
#include <limits.h>

#include "api/argument.h"
#include "api/run.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "model/error.h"
#include "model/request.h"

/* ---- making one ---- */

static llmc_status check(llmc_client *client, const llmc_request *request, const llmc_tools *tools,
                         const llmc_run_options *options) {
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    if (!request || !tools)
        return llmc__argument_null(request ? "tools" : "request");
    if (!options)
        return LLMC_OK;
    status = llmc__argument_check_size(options->size, sizeof *options, "llmc_run_options");
    if (status != LLMC_OK)
        return status;
    if (options->max_tokens < 0)
        return llmc__argument_refuse("options.max_tokens: must not be negative");
    if (!(options->max_cost_usd >= 0.0))
        return llmc__argument_refuse("options.max_cost_usd: must not be negative");
    if (options->timeout_ms < LLMC_TIMEOUT_NONE || options->tool_timeout_ms < LLMC_TIMEOUT_NONE)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.%s: must be at least %d",
                                options->timeout_ms < LLMC_TIMEOUT_NONE ? "timeout_ms" : "tool_timeout_ms",
                                LLMC_TIMEOUT_NONE);
    return LLMC_OK;
}

static void fill_options(llmc_run_options *own, const llmc_run_options *given) {
    static const llmc_run_options defaults = LLMC_RUN_OPTIONS_INIT;
    static const llmc__default members[] = {
        LLMC__DEFAULT(llmc_run_options, max_steps),        LLMC__DEFAULT(llmc_run_options, max_parallel),
        LLMC__DEFAULT(llmc_run_options, timeout_ms),       LLMC__DEFAULT(llmc_run_options, tool_timeout_ms),
        LLMC__DEFAULT(llmc_run_options, max_result_bytes),
    };
    *own = given ? *given : defaults;
    llmc__argument_fill(own, &defaults, members, sizeof members / sizeof *members);
}

static void release_job(llmc__job *job) {
    llmc__work_unref(LLMC__CONTAINER(job, llmc_run, job));
}

/* Born driven: nobody moves it before its first question was asked. */
static llmc_run *make(llmc_client *client, llmc_request *request, const llmc_tools *tools,
                      const llmc_run_options *options, llmc_run_result *result) {
    llmc_run *run = llmc__work_new(client, sizeof *run, &llmc__run_kind);
    if (!run)
        return NULL;
    fill_options(&run->options, options);
    run->request = request;
    run->tools = llmc__tools_ref(tools);
    run->result = llmc_run_result_ref(result);
    run->errand.work = &run->work;
    run->work.job = &run->job;
    run->job.run = llmc__run_on_job;
    run->job.release = release_job;
    run->driven = true;
    run->started_us = llmc__clock_us();
    run->armed_us = INT64_MAX;
    run->due_us = llmc__deadline_after(run->started_us, run->options.timeout_ms);
    return run;
}

/* ---- starting it ---- */

/* From here on the loop drives. What came while the question was asked is left to it, and its callbacks run there. */
static void hand_over(llmc_run *run) {
    llmc__mutex_lock(&run->work.lock);
    run->driven = run->again = false;
    llmc__mutex_unlock(&run->work.lock);
    llmc__job_call(&run->job);
}

/* LLMC_OK: it will end by llmc__run_finish, which gives one reference back. */
static llmc_status start(llmc_run *run) {
    llmc_status status = llmc_tools_offer(run->tools, run->request);
    if (status != LLMC_OK)
        return status;
    llmc__work_ref(run); /* the job's */
    status = llmc__work_post(&run->work);
    if (status != LLMC_OK) {
        llmc__work_unref(run);
        return status;
    }
    llmc__work_ref(run); /* given back by finish */
    status = llmc__run_ask(run);
    if (status == LLMC_OK) {
        hand_over(run);
        return LLMC_OK;
    }
    run->state = LLMC__RUN_ENDED;
    llmc__job_end(&run->job);
    llmc__work_unref(run);
    return status;
}

llmc_status llmc_run_tools_async(llmc_client *client, llmc_request *request, const llmc_tools *tools,
                                 const llmc_run_options *options, llmc_run_done_fn on_done, void *user_data,
                                 llmc_run **out) {
    llmc_run_result *result;
    llmc_run *run;
    llmc_status status = check(client, request, tools, options);
    if (out)
        *out = NULL;
    if (status != LLMC_OK)
        return status;
    result = llmc__run_result_new();
    run = result ? make(client, request, tools, options, result) : NULL;
    llmc_run_result_free(result);
    if (!run)
        return llmc__argument_no_room("a run");
    run->on_done = on_done;
    run->user_data = user_data;
    status = start(run);
    if (status == LLMC_OK && out)
        *out = run;
    else
        llmc__work_unref(run);
    return status;
}

/* ---- waiting ---- */

static bool has_work(void *ctx) {
    llmc_run *run = ctx;
    return run->work.finished || llmc__list_first(&run->ready);
}

static void cancel_it(void *ctx) {
    llmc_run_cancel(ctx);
}

/* A call whose function is to be called here, counted; NULL: the run has ended. */
static llmc_tool_call *pop_ready(llmc_run *run) {
    llmc__list_node *node;
    llmc_tool_call *call = NULL;
    llmc__mutex_lock(&run->work.lock);
    node = run->work.finished ? NULL : llmc__list_pop_front(&run->ready);
    if (node) {
        call = LLMC__CONTAINER(node, llmc_tool_call, ready_node);
        atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    }
    llmc__mutex_unlock(&run->work.lock);
    return call;
}

static void serve(llmc_run *run, llmc_interrupt_fn interrupt, void *interrupt_data) {
    llmc__wait wait = {&run->work.lock, &run->work.rest->changed, has_work, interrupt, interrupt_data, cancel_it, run};
    llmc_tool_call *call;
    do {
        llmc__engine_wait(run->work.client, &wait, INT64_MAX);
        call = pop_ready(run);
        if (call)
            llmc__tool_call_run(call);
        llmc__tool_call_release(call);
    } while (call);
}

static llmc_status run_sync(llmc_client *client, llmc_request *request, const llmc_tools *tools,
                            const llmc_run_options *options, llmc_run_result *result) {
    llmc_interrupt_fn interrupt = request->interrupt;
    void *interrupt_data = request->interrupt_data;
    llmc_run *run = make(client, request, tools, options, result);
    llmc_status status;
    if (!run) {
        llmc__run_result_end(result, LLMC_ERR_NO_MEMORY, NULL);
        return llmc__argument_no_room("a run");
    }
    run->sync = true;
    status = start(run);
    if (status == LLMC_OK) {
        serve(run, interrupt, interrupt_data);
        status = run->work.status;
    } else {
        llmc__run_result_end(result, status, llmc__error_last_text());
    }
    llmc__work_unref(run);
    return status;
}

llmc_status llmc_run_tools(llmc_client *client, llmc_request *request, const llmc_tools *tools,
                           const llmc_run_options *options, llmc_run_result **out) {
    llmc_run_result *result;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    status = check(client, request, tools, options);
    if (status == LLMC_OK)
        status = llmc__client_may_block(client);
    if (status != LLMC_OK)
        return status;
    result = llmc__run_result_new();
    if (!result)
        return llmc__argument_no_room("a run");
    status = run_sync(client, request, tools, options, result);
    *out = result;
    return status;
}

llmc_status llmc_run_wait(llmc_run *run, llmc_run_result **out) {
    llmc_status status;
    if (out)
        *out = NULL;
    status = llmc__work_may_join(run, "run");
    if (status != LLMC_OK)
        return status;
    status = llmc__work_wait(&run->work, NULL, NULL);
    if (out)
        *out = llmc_run_result_ref(run->result);
    return status;
}

void llmc_run_cancel(llmc_run *run) {
    if (run)
        llmc__run_stop(run, LLMC_ERR_CANCELLED, "the run was cancelled");
}

llmc_run *llmc_run_ref(llmc_run *run) {
    return llmc__work_ref(run);
}

void llmc_run_unref(llmc_run *run) {
    llmc__work_unref(run);
}
