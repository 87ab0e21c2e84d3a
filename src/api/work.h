/*
 * What batches, lists of models and runs have in common: each is counted, belongs to a client, ends once and can be
 * waited for. The struct of each begins with this.
 */
#ifndef LLMC_API_WORK_H
#define LLMC_API_WORK_H

#include <stdatomic.h>
#include "base/thread.h"
#include "engine/call.h"
#include "engine/engine.h"

typedef struct llmc__work {
    atomic_uint refs;
    bool finished;       /* under lock */
    llmc_client *client; /* counted */
    llmc__mutex lock;
    llmc__cond *changed; /* of `finished`; behind the rest of the struct */
} llmc__work;

/* A zeroed struct of `size` bytes that begins with one, and one reference of it. NULL: no memory. */
void *llmc__work_new(llmc_client *client, size_t size);
void llmc__work_ref(llmc__work *work);
/* One reference less. True: it was the last one; the caller frees what its struct holds, then calls llmc__work_free. */
bool llmc__work_unref(llmc__work *work);
void llmc__work_free(llmc__work *work);

void llmc__work_finish(llmc__work *work); /* tells those who wait */
/* Until it has finished; `cancel` is called once `interrupt`, which may be NULL, says so. */
void llmc__work_wait(llmc__work *work, llmc_interrupt_fn interrupt, void *interrupt_data, void (*cancel)(void *work));

/*
 * Makes and submits a call and keeps it in *slot, under the lock, until it has ended; a call of work that was cancelled
 * meanwhile is cancelled at once. `refused` is that of llmc__call_new. Once it is submitted its work may end before
 * this returns.
 */
llmc_status llmc__work_call(llmc__work *work, const llmc_request *request, const llmc__hooks *hooks, llmc_call **slot,
                            const bool *cancelled, llmc_response **refused);
/* Lets the call in the slot go. */
void llmc__work_drop(llmc__work *work, llmc_call **slot);

/* A response for what never became a call; NULL: no memory. */
llmc_response *llmc__work_refusal(const llmc_client *client, llmc_status status, const char *message);

#endif
