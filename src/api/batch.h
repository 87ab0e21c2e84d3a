/*
 * A batch: items told one by one, then its end. What runs them is either batch.c, as calls of their own, or
 * batch_jobs.c, as batch jobs of the provider.
 */
#ifndef LLMC_API_BATCH_H
#define LLMC_API_BATCH_H

#include "api/crew.h"

struct llmc__batch_jobs; /* batch_jobs.h */

extern const llmc_batch_options llmc__batch_defaults;

/* One place in the batch's width: holds an item in flight, then the ended one until it was told. */
typedef struct llmc__batch_slot {
    llmc__errand errand; /* else on `idle` */
    size_t index;
} llmc__batch_slot;

struct llmc_batch {
    llmc__work work;
    const llmc_request *const *requests;
    size_t count;
    llmc_response **results;       /* may be NULL */
    struct llmc__batch_jobs *jobs; /* owned; NULL: it runs as calls */
    void *user_data;

    /* Under lock. */
    size_t next, done, failed;
    llmc__list idle;
    llmc__batch_slot *slots;

    llmc_progress_fn on_progress;
    void *progress_data;
    llmc_item_fn on_item;
    llmc_batch_done_fn on_done;
};

extern const llmc__crew_kind llmc__batch_kind; /* of one that runs as calls */

/* Tells an ended item and lets its response go; without the lock, one at a time. NULL: there was no memory for one. */
void llmc__batch_tell(llmc_batch *batch, size_t index, llmc_response *response);
/* After the last item; gives the starter's reference back. */
void llmc__batch_finish(llmc_batch *batch);
void llmc__batch_clear(llmc__work *work); /* of any kind */

#endif
