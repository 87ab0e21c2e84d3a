/*
 * A batch: items told one by one, then its end. What runs them is either batch.c, as calls of their own, or
 * batch_jobs.c, as batch jobs of the provider.
 */
#ifndef LLMC_API_BATCH_H
#define LLMC_API_BATCH_H

#include "api/work.h"
#include "base/list.h"

struct llmc__batch_jobs; /* batch_jobs.h */

extern const llmc_batch_options llmc__batch_defaults;

/* One place in the batch's width: holds an item in flight, then the ended one until it was told. */
typedef struct llmc__batch_slot {
    llmc_batch *batch;
    size_t index;
    llmc_call *call;         /* while in flight */
    llmc_response *response; /* once ended */
    llmc__list_node node;    /* on `ended` or on `idle` */
} llmc__batch_slot;

struct llmc_batch {
    llmc__work work;
    const llmc_request *const *requests;
    size_t count;
    llmc_response **results;       /* may be NULL */
    struct llmc__batch_jobs *jobs; /* owned; NULL: it runs as calls */
    void *user_data;

    /* Under lock. */
    bool cancelled, running, finishing;
    llmc_status status;
    size_t next, done, failed, width;
    llmc__list idle, ended;
    llmc__batch_slot *slots;
    llmc__task start; /* runs the batch for the first time, in a loop thread */

    llmc_progress_fn on_progress;
    void *progress_data;
    llmc_item_fn on_item;
    llmc_batch_done_fn on_done;
};

/* Tells an ended item and lets its response go; without the lock, one at a time. NULL: there was no memory for one. */
void llmc__batch_tell(llmc_batch *batch, size_t index, llmc_response *response);
/* After the last item; gives the starter's reference back. */
void llmc__batch_finish(llmc_batch *batch);
/* Hands the batch to a loop, to be run as calls. Takes one reference. */
llmc_status llmc__batch_start(llmc_batch *batch);

#endif
