/* A thread for stores that may wait: their functions run here, one after the other, and never in a loop. */
#ifndef LLMC_ENGINE_STORE_WORKER_H
#define LLMC_ENGINE_STORE_WORKER_H

#include "base/list.h"
#include "engine/caching.h"
#include "model/record.h"

/* One operation on the store; made, handed over, freed by store.c. */
typedef struct llmc__store_op {
    llmc__list_node node;
    void (*run)(struct llmc__store_op *op, int64_t timeout_ms); /* calls the store */
    void (*drop)(struct llmc__store_op *op);                    /* it will not run */
    int64_t due_us;
} llmc__store_op;

typedef struct llmc__store_worker llmc__store_worker;

llmc_status llmc__store_worker_new(llmc__store_worker **out);
/* Runs what is queued, drops what is too late, ends the thread; what is posted later is refused. NULL is legal. */
void llmc__store_worker_stop(llmc__store_worker *worker);
void llmc__store_worker_free(llmc__store_worker *worker);
/* False: too many wait already. */
bool llmc__store_worker_post(llmc__store_worker *worker, llmc__store_op *op);

/* store.c: LLMC_OK or INVALID_ARGUMENT with the last error set; NULL is legal, as it is for the next. */
llmc_status llmc__store_check(const struct llmc_store *store);
/* The client closes it from now on, and it logs where the client does. */
void llmc__store_own(llmc_client *client, struct llmc_store *store);
/* Writes an answer, forgets all; both return at once. */
void llmc__store_put(llmc_client *client, const llmc__cache_call *carried, const llmc_response *response,
                     const llmc__cache_life *life);
void llmc__store_clear(llmc_client *client);

#endif
