/*
 * The tool loop, over the public functions of calls and requests. tools.c: the toolbox; tool_call.c: one call of a
 * function; run.c: the driver; run_step.c: what an answer leads to; run_start.c: starting and waiting; run_result.c.
 *
 * A run moves in its driver, which one thread at a time is in: what it owns needs no lock. Others leave what they bring
 * (an answer, the end of a call, a stop) under the run's lock and call the driver, from other than loop threads by way
 * of the run's job.
 */
#ifndef LLMC_API_RUN_H
#define LLMC_API_RUN_H

#include "api/work.h"
#include "wire/json.h"

/* ---- the toolbox ---- */

typedef struct llmc__tool_entry {
    char *name, *description;
    char *schema;               /* NULL: none was given, the arguments are not looked at */
    llmc__json_doc *schema_doc; /* the same, read */
    bool strict;
    int64_t timeout_ms; /* 0 the run's */
    llmc_tool_fn fn;
    void *user_data;
} llmc__tool_entry;

struct llmc_tools {
    atomic_uint refs;
    llmc__tool_entry *entries;
    size_t count, cap;
};

llmc_tools *llmc__tools_ref(const llmc_tools *tools);
const llmc__tool_entry *llmc__tools_find(const llmc_tools *tools, const char *name); /* NULL: none */

/* ---- one call ---- */

struct llmc_tool_call {
    atomic_uint refs;

    /* Constant. */
    llmc_response *response; /* counted; whose call it is */
    size_t index, step;
    size_t max_result_bytes;
    const llmc__tool_entry *entry; /* while its run lives; NULL: unknown */

    /* The run's, under its lock. */
    int64_t due_us;             /* INT64_MAX until its function was called */
    llmc__list_node work_node;  /* on `working`, from its turn to its end */
    llmc__list_node ready_node; /* on `ready`: the thread that waits is to call it */

    /* Under lock. */
    bool ended;
    llmc_tool_outcome outcome;
    llmc_run *run; /* counted; NULL once ended */
    llmc__mutex lock;
    unsigned holders;
    char *content; /* owned; NULL: what llmc__tool_call_content says of the outcome */
    int64_t asked_us, begun_us, ended_us;
    llmc_tool_cancel_fn on_cancel;
    void *cancel_data;
};

/* NULL: no memory. Takes a reference of run and response. */
llmc_tool_call *llmc__tool_call_new(llmc_run *run, llmc_response *response, size_t index);
void llmc__tool_call_release(llmc_tool_call *call); /* the result's own reference */

/* Calls the function, unless the call has ended already. */
void llmc__tool_call_run(llmc_tool_call *call);

/*
 * Ends a call from this side; takes `content`, which may be NULL. Tells who asked to be told, so not under a lock. It
 * does nothing to a call that has ended.
 */
void llmc__tool_call_end(llmc_tool_call *call, llmc_tool_outcome outcome, char *content);

bool llmc__tool_call_is_ended(llmc_tool_call *call);
const char *llmc__tool_call_content(const llmc_tool_call *call); /* of an ended call: what the model is told */

/* LLMC_OK, or INVALID_JSON with what is wrong with the arguments in *why (owned; NULL: no memory for it). */
llmc_status llmc__tool_call_check(const llmc_tool_call *call, bool by_schema, char **why);

/* ---- the result ---- */

typedef struct llmc__run_step {
    llmc_response *response; /* counted */
    llmc_tool_call **calls;  /* each counted */
    size_t call_count;
    int64_t asked_us, answered_us, ended_us;
} llmc__run_step;

struct llmc_run_result {
    atomic_uint refs;
    llmc_status status;
    char *message; /* NULL after a success, or when there was no memory: the status's own */
    llmc__run_step *steps;
    size_t step_count, step_cap;
    int64_t tokens_in, tokens_out; /* of the steps that told them */
    double cost_usd;
    bool unknown_tokens_in, unknown_tokens_out, unknown_cost;
    int64_t latency_ms;
};

llmc_run_result *llmc__run_result_new(void);
/* Adds a step with room for its calls, and its usage to the sums. NULL: no memory. */
llmc__run_step *llmc__run_result_add(llmc_run_result *result, llmc_response *response);
void llmc__run_result_end(llmc_run_result *result, llmc_status status, const char *message);

/* ---- the run ---- */

typedef enum llmc__run_state {
    LLMC__RUN_ASKING = 0, /* a call is in flight */
    LLMC__RUN_WORKING,    /* functions are at work */
    LLMC__RUN_ENDED
} llmc__run_state;

struct llmc_run {
    llmc__work work;

    /* Constant. */
    bool sync; /* functions are called by the thread that waits */
    llmc_request *request;

    /* The driver's. */
    llmc__run_step *step;    /* the last one of the result */
    llmc_run_result *result; /* counted */
    llmc__run_state state;
    llmc__errand errand; /* the question under way */

    /* Under lock. */
    bool driven, again;
    llmc_status stop; /* asked for; LLMC_OK: not */
    llmc__list working, ready;
    const char *stop_message;
    int64_t armed_us; /* when the job is run at the latest */

    /* The driver's. */
    size_t next_call; /* of the step's, to be started */
    int64_t asked_us;
    llmc_tool_choice tool_choice; /* the caller's, while it is put aside */
    bool choice_aside;
    char *tool_choice_name;

    /* Constant. */
    llmc_tools *tools; /* counted */
    llmc_run_done_fn on_done;
    void *user_data;
    int64_t started_us, due_us;
    llmc__job job;
    llmc_run_options options;
};

extern const llmc__work_kind llmc__run_kind; /* its go_on is llmc__run_drive */

/* Loop thread, or the thread that starts the run: moves it as far as it goes. */
void llmc__run_drive(llmc__work *work);
/* Any thread: asks for the end; the first one counts. */
void llmc__run_stop(llmc_run *run, llmc_status status, const char *message);
/* Any thread: a call has ended. */
void llmc__run_call_ended(llmc_run *run, llmc_tool_call *call);
/* Any thread: its function is about to be called, and has its time from now on. */
void llmc__run_call_begins(llmc_run *run, llmc_tool_call *call, int64_t now_us);
/* The job's function. */
void llmc__run_on_job(llmc__job *job, llmc__job_reason reason);

/* The driver's parts; each true when it moved the run. */
llmc_status llmc__run_ask(llmc_run *run); /* not LLMC_OK: nothing was started, the thread's last error says why */
bool llmc__run_take_answer(llmc_run *run, llmc_response *answer);
bool llmc__run_work(llmc_run *run);
void llmc__run_finish(llmc_run *run, llmc_status status, const char *message);
/* What was asked for, LLMC_OK if nothing. */
llmc_status llmc__run_stopped(llmc_run *run, const char **message);

#endif
