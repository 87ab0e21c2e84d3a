/* What the tests of the tool loop share: functions for a toolbox, scripts that call them, what a run came to. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_RUN_H
#define LLMC_TESTS_FLOW_SUPPORT_RUN_H

#include <stdatomic.h>
#include "support_flow.h"

/* What the functions below have seen; given to all of them. */
typedef struct run_seen {
    atomic_uint called, cancelled, at_once, at_once_max;
    atomic_int late; /* what a late answer came to */
    llmc__mutex lock;
    llmc__cond changed;
    llmc_tool_call *held[128]; /* by `later`, counted */
    size_t held_count;
} run_seen;

void run_seen_init(run_seen *seen);
void run_seen_destroy(run_seen *seen);                       /* lets go of what is held */
llmc_tool_call *run_seen_held(run_seen *seen, size_t index); /* lent; waits until there is one */
bool run_seen_wait(run_seen *seen, size_t count);            /* until so many are held */

/* Functions of a toolbox; user_data is a run_seen. */
void run_echo(llmc_tool_call *call, void *seen);    /* answers at once: its own arguments */
void run_failing(llmc_tool_call *call, void *seen); /* "out of order" */
void run_silent(llmc_tool_call *call, void *seen);  /* gives no answer */
void run_later(llmc_tool_call *call, void *seen);   /* keeps the call */
void run_on_cancel(llmc_tool_call *call, void *seen);

/* A toolbox of "echo" (schema: text, a required string; count, an integer), "failing", "silent", "later". */
llmc_tools *run_tools_box(run_seen *seen);

/* An answer that calls these. */
llmc_mock_script run_calling(const llmc_mock_tool_call *calls, size_t count);
/* Queues one that calls `name` so many times, with ids call_0 on and {"text":"0"} on for arguments. */
void run_push_calls(flow *f, const char *name, size_t count);

/* Body of a recorded request. */
const char *run_body(flow *f, size_t index);

/* What became of a call; asserts that it is there. */
llmc_run_call run_call_of(const llmc_run_result *result, size_t step, size_t index);

/* Runs and checks how it ended. The result is to be freed. */
llmc_run_result *run_to(flow *f, llmc_request *request, const llmc_tools *tools, const llmc_run_options *options,
                        llmc_status expected);

/* A run of the async form that is counted at its end. */
llmc_run *run_start(flow *f, llmc_request *request, const llmc_tools *tools, const llmc_run_options *options,
                    flow_tally *tally);
void run_on_done(llmc_run *run, llmc_run_result *result, void *tally); /* an llmc_run_done_fn */

#endif
