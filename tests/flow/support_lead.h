/* A caller that drives the loop itself, see src/engine/lead.c: probes, a series of calls, a call that leads for long.
 */
#ifndef LLMC_TESTS_FLOW_SUPPORT_LEAD_H
#define LLMC_TESTS_FLOW_SUPPORT_LEAD_H

#include <stdatomic.h>
#include "support_flow.h"

/* What a loop of the client does; `leads`: calls that have taken it so far. */
typedef struct lead_state {
    bool parked, led;
    unsigned leads;
} lead_state;
lead_state lead_look(llmc_client *client, uint32_t loop);
bool lead_is_parked(void *client); /* any loop of it */

/* Asks until a loop is parked; false: a call failed, or it took too long. Asserts nothing: for any thread. */
bool lead_series(llmc_client *client);

/* Tells in which thread a call came to its end: the price function of its client. */
typedef struct lead_witness {
    _Atomic(const void *) thread; /* llmc__thread_self of the last */
    atomic_uint told;
} lead_witness;
llmc_client_options lead_options(lead_witness *witness);

/* A client and a thread whose call leads, to be answered after delay_ms. Its request may be changed by `arrange`. */
typedef struct lead {
    flow f;
    lead_witness witness;
    llmc__thread thread;
    llmc_request *request;
    const void *self; /* llmc__thread_self of that thread */
    int64_t delay_ms;
    atomic_uint_least64_t before; /* requests before its own */
    atomic_bool begun, over;      /* its call has been made, has ended */
    bool warm;                    /* a series came before it */
    llmc_status status;
    char output[64];
} lead;
void lead_open(lead *l, int64_t delay_ms, void (*arrange)(llmc_client_options *options, llmc_request *request));
void lead_join(lead *l);  /* waits for the call's end; the client is still there */
void lead_close(lead *l); /* frees the client first if the call has not been waited for */

#endif
