/* One running request. Fields are grouped by who may touch them. */
#ifndef LLMC_ENGINE_CALL_H
#define LLMC_ENGINE_CALL_H

#include <stdatomic.h>
#include "base/list.h"
#include "base/thread.h"
#include "engine/client.h"
#include "model/response.h"
#include "net/net.h"
#include "provider/provider.h"

/* Where a call stands; each state is one function of driver.c that returns the next, or WAIT. */
typedef enum llmc__state {
    LLMC__ADMIT = 0, /* may it run at all? */
    LLMC__ROUTE,     /* where to; is there room? */
    LLMC__SEND,      /* start the transfer */
    LLMC__JUDGE,     /* the attempt has ended: what does it mean? */
    LLMC__SETTLE,    /* the answer is final: hand it to the settle list */
    LLMC__WAIT       /* something else will drive it on */
} llmc__state;

/* Which deadline of the ladder runs. */
typedef enum llmc__rung {
    LLMC__RUNG_NONE = 0,
    LLMC__RUNG_QUEUE,
    LLMC__RUNG_CONNECT,
    LLMC__RUNG_FIRST_BYTE,
    LLMC__RUNG_FIRST_CONTENT,
    LLMC__RUNG_IDLE
} llmc__rung;

/* What an event hook of the library itself may answer besides "go on" (0) and "cancel" (1). */
#define LLMC__EVENT_PAUSE     2
#define LLMC__EVENT_NO_MEMORY 3

/* Callbacks of one call. */
typedef struct llmc__hooks {
    llmc_event_fn on_event; /* may be NULL */
    llmc_done_fn on_done;   /* may be NULL */
    void *user_data;
    bool streamed;
    bool spread;    /* take the loops in turn, also when started from a callback */
    bool may_pause; /* on_event is the library's own: it may answer LLMC__EVENT_PAUSE or LLMC__EVENT_NO_MEMORY */
} llmc__hooks;

struct llmc_call {
    atomic_uint refs;
    atomic_bool cancel_asked;

    /* Set before the call is submitted, constant from then on. */
    llmc_client *client; /* counted */
    llmc__engine *engine;
    llmc__target *target; /* counted */
    llmc__hooks hooks;
    llmc__http_request http;
    llmc__timeouts timeouts; /* resolved: -1 none, else > 0 */
    int64_t started_us;
    char *model; /* as sent: without the provider */

    /* Under engine->lock. */
    llmc__list_node submit_node, cancel_node, resume_node;

    /* Under `lock`. */
    llmc__mutex lock;
    llmc__cond ended_cond;
    bool ended;

    /* Loop thread only, until `ended`; then constant. */
    llmc_response *response; /* counted */

    /* Loop thread only. */
    llmc__list_node active_node, queue_node, settle_node;
    llmc__transfer *transfer; /* while one runs */
    llmc__decoder *decoder;
    llmc__timer timer;
    llmc__rung rung;
    int64_t rung_due_us, total_due_us, attempt_us;
    int64_t sent_us, last_content_us;
    llmc_status outcome; /* of the attempt; LLMC_OK while nothing is known against it */
    llmc_error fault;    /* goes with outcome */
    bool has_content, paused, settled;
};

/*
 * Makes a call and encodes its request in the calling thread; nothing is started. On failure *out is NULL and the
 * reason is in the thread's last error and, when `response` is not NULL, in a response made for it.
 */
llmc_status llmc__call_new(llmc_client *client, const llmc_request *request, const llmc__hooks *hooks, llmc_call **out,
                           llmc_response **response);

/* Hands the call to its loop, which keeps a reference of its own. QUEUE_FULL, CLOSED: nothing was started. */
llmc_status llmc__call_submit(llmc_call *call);

llmc_call *llmc__call_ref(llmc_call *call);
void llmc__call_unref(llmc_call *call);

/* Where the call's transfers connect; strings lent by its target. */
llmc__net_origin llmc__call_origin(const llmc_call *call);

/* Any thread: a paused stream reads on. */
void llmc__call_resume(llmc_call *call);

/* Waits for the end; due_us INT64_MAX: for ever. False: the time was up. The interrupt may be NULL. */
bool llmc__call_wait(llmc_call *call, int64_t due_us, llmc_interrupt_fn interrupt, void *interrupt_data);

/* Loop thread: runs the state machine from `state` until it waits. */
void llmc__call_drive(llmc_call *call, llmc__state state);

/* Loop thread: how long ago the call was made. Never negative: a loop's clock may stand a little behind the caller's.
 */
int64_t llmc__call_age_us(const llmc_call *call);

/* Loop thread, attempt.c: starts the transfer; ends it; forgets what the attempt left. */
llmc_status llmc__attempt_start(llmc_call *call);
void llmc__attempt_abort(llmc_call *call, llmc_status status, const char *detail);
void llmc__attempt_close(llmc_call *call);

/* Loop thread, deadline.c. */
void llmc__deadline_start(llmc_call *call);
void llmc__deadline_rung(llmc_call *call, llmc__rung rung, int64_t from_us, int64_t timeout_ms);
void llmc__deadline_stop(llmc_call *call);

#endif
