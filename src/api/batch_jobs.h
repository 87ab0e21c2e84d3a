/*
 * A batch run as batch jobs of the provider. batch_jobs.c: the driver; batch_jobs_build.c: requests become uploads;
 * batch_jobs_send.c: the HTTP requests and what their answers lead to; batch_jobs_read.c: results become responses.
 *
 * All of it happens in one loop thread, the driver's; answers come in by the mailbox of each job. Long work is done in
 * slices of a turn each, so that the loop goes on serving others.
 */
#ifndef LLMC_API_BATCH_JOBS_H
#define LLMC_API_BATCH_JOBS_H

#include "api/batch.h"
#include "engine/job.h"
#include "model/error.h"
#include "provider/jobs.h"

/* What a job waits for, or does. */
typedef enum llmc__batch_phase {
    LLMC__BATCH_BUILDING = 0, /* requests are written into its upload */
    LLMC__BATCH_UPLOADING,    /* of a file; an answer is awaited, as in all that follows up to WAITING */
    LLMC__BATCH_CREATING,
    LLMC__BATCH_LOOKING,
    LLMC__BATCH_FETCHING,
    LLMC__BATCH_CANCELLING,
    LLMC__BATCH_WAITING, /* for due_us, then it is in the phase `next` again */
    LLMC__BATCH_READING,
    LLMC__BATCH_FAILING, /* what has no result is told so */
    LLMC__BATCH_OVER
} llmc__batch_phase;

typedef struct llmc__batch_job {
    struct llmc__batch_jobs *all;
    llmc__batch_phase phase, next;
    uint32_t number; /* from 1 */
    unsigned tries;
    llmc__target *target; /* counted; NULL: still to be resolved from `name` */
    const llmc__jobs_api *api;
    char *model;         /* of the requests to the provider: "provider/model" */
    const char *bare;    /* inside of it, without the provider */
    char *name;          /* "provider/id", once it exists */
    size_t cursor;       /* BUILDING, FAILING: the next item; READING: place in the body */
    llmc__input *upload; /* counted; until the job was created */
    int64_t due_us, wait_ms;
    llmc_response *results; /* counted; being read */
    bool in_errors;         /* what is fetched and read is the file of errors */
    size_t added;           /* requests in it */
    char *endpoint, *file_id;
    llmc__jobs_state state;
    llmc__errand errand; /* the request under way, or its answer until it is looked at */
    llmc_error fault;    /* what is told in FAILING */
} llmc__batch_job;

typedef struct llmc__batch_jobs {
    llmc_batch *batch;   /* not counted: it owns this */
    llmc_client *client; /* the batch's */
    llmc__batch_job **list;
    size_t count, cap;
    uint32_t *item_job; /* number of the job an item is in; 0: none yet. NULL: the jobs were begun earlier */
    bool *told;
    int64_t *reserved;   /* of each item, billionths of a USD; NULL: nothing is limited */
    size_t placed_up_to; /* no item before this is without a job */
    bool cancelling, over;
    bool more; /* a slice was done and there is another */
    int64_t started_us, due_us, cancel_due_us;
    llmc__job job;
    llmc_batch_options options;
} llmc__batch_jobs;

/* NULL: no memory. ids: jobs begun earlier, else 0. */
llmc__batch_jobs *llmc__batch_jobs_new(llmc_batch *batch, const llmc_batch_options *options, const char *const *ids,
                                       size_t id_count);
void llmc__batch_jobs_free(llmc__batch_jobs *jobs); /* NULL is legal */
llmc_status llmc__batch_jobs_check_id(const char *id, size_t index);
extern const llmc__work_kind llmc__batch_jobs_kind;

/* ---- the driver's parts ---- */

llmc__batch_job *llmc__batch_job_add(llmc__batch_jobs *all); /* NULL: no memory */
void llmc__batch_job_drop(llmc__batch_jobs *all);            /* the one added last */
void llmc__batch_job_drop_upload(llmc__batch_job *job);

/* Tells an item once; takes the response. */
void llmc__batch_jobs_tell(llmc__batch_jobs *all, size_t index, llmc_response *response);
/* The items of the job that have no result get this fault, or the one that it has; then it is over. */
void llmc__batch_job_fail(llmc__batch_job *job, llmc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void llmc__batch_job_give_up(llmc__batch_job *job);
void llmc__batch_job_wait(llmc__batch_job *job, llmc__batch_phase next, int64_t ms);

/* False: every item has its job. */
bool llmc__batch_build_begin(llmc__batch_jobs *all);
void llmc__batch_build(llmc__batch_job *job); /* a slice */

void llmc__batch_send(llmc__batch_job *job, llmc__batch_phase phase);
/* The answer that has come, or NULL; the caller's to free. */
llmc_response *llmc__batch_take(llmc__batch_job *job);
void llmc__batch_judge(llmc__batch_job *job, llmc_response *answer);

void llmc__batch_read(llmc__batch_job *job); /* a slice */

/* Reserves what the item may cost. BUDGET, NO_MEMORY, with the thread's last error: it is not to be sent. */
llmc_status llmc__batch_reserve(llmc__batch_job *job, size_t index);
/* Gives that back, for an item without a result. */
void llmc__batch_release(llmc__batch_jobs *all, size_t index, bool may_be_run);
/* Writes what the result cost, at half the price, and counts it. */
void llmc__batch_charge(llmc__batch_job *job, size_t index, llmc_response *response);

#endif
