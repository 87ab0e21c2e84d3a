/*
 * What batches, embeddings, lists of models, streams and runs have in common: each is counted, belongs to a client,
 * makes calls, ends once and can be waited for. The struct of each begins with this, so that a handle is its work.
 */
#ifndef LLMC_API_WORK_H
#define LLMC_API_WORK_H

#include <stdatomic.h>
#include "base/list.h"
#include "base/thread.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "engine/job.h"

typedef struct llmc__work llmc__work;

/* A call that work has made. */
typedef struct llmc__errand {
    llmc__list_node node; /* from its start on the work's `flying`, then on `ended`; else its owner's */
    llmc__work *work;
    llmc_call *call;         /* counted; while in flight */
    llmc_response *response; /* counted; once ended; NULL: no memory for one */
    bool is_ours;            /* the answer may be kept as what was asked for */
    bool spared;             /* goes on when its work is cancelled */
} llmc__errand;

typedef struct llmc__work_kind {
    void (*clear)(llmc__work *work); /* frees what the struct holds: nobody has it any more */
    void (*go_on)(llmc__work *work); /* any thread, without the lock: an errand has ended */
} llmc__work_kind;

/* What stands behind the rest of the struct, so that its own members lie near its begin: shorter code reaches them. */
typedef struct llmc__work_rest {
    llmc__work *work;
    const llmc__work_kind *kind;
    llmc__cond changed;       /* of `finished` */
    llmc__list flying, ended; /* errands; under the work's lock */
    llmc__task start; /* runs it for the first time, in a loop thread: by `go_on`, unless its maker says otherwise */
} llmc__work_rest;

struct llmc__work {
    llmc_client *client; /* counted */
    llmc__work_rest *rest;
    atomic_uint refs;
    llmc_status status; /* how it ended; constant once `finished` */

    /* Under lock. */
    bool finished, cancelled;
    bool running, finishing; /* crew.c */
    llmc__job *job;          /* to be called when it is cancelled; NULL: none */
    llmc__mutex lock;
};

/* A zeroed struct of `size` bytes that begins with one, and one reference of it. NULL: no memory. */
void *llmc__work_new(llmc_client *client, size_t size, const llmc__work_kind *kind);
void *llmc__work_ref(void *work);  /* what it was given; NULL is legal */
void llmc__work_unref(void *work); /* NULL is legal */

/* Hands its job to a loop, where it has one, else its start. CLOSED, with the thread's last error: it will not run. */
llmc_status llmc__work_post(llmc__work *work);

/* Cancels its errands and calls its job. NULL is legal. */
void llmc__work_cancel(void *work);
bool llmc__work_is_cancelled(llmc__work *work);

void llmc__work_finish(llmc__work *work); /* tells those who wait */
/* Until it has finished, and then its status. It is cancelled once `interrupt`, which may be NULL, says so. */
llmc_status llmc__work_wait(llmc__work *work, llmc_interrupt_fn interrupt, void *interrupt_data);
/* Whether a public function may do so; `argument` names the handle, which may be NULL. */
llmc_status llmc__work_may_join(const void *work, const char *argument);
/* Both, with nobody to interrupt it. */
llmc_status llmc__work_join(void *work, const char *argument);

/*
 * Makes and submits the errand's call, with the hooks but on_done and user_data, which are the errand's own. It may
 * have ended before this returns. One of work that was cancelled is cancelled at once. On failure it is on no list, the
 * reason is in the thread's last error and, where there was memory, in its response.
 */
llmc_status llmc__errand_start(llmc__errand *errand, const llmc_request *request, llmc__hooks *hooks);
void llmc__errand_cancel(llmc__errand *errand);

/* A response for what never became a call; NULL: no memory. */
llmc_response *llmc__work_refusal(const llmc__work *work, llmc_status status, const char *message);

#endif
