/*
 * One running request. A call is what its user holds: hooks, deadline, answer. Its flight is the work upstream:
 * targets, attempts, retries. Most calls fly alone; with single flight a call may follow the flight of another. A leg
 * is one attempt under way; a flight has one, and a second while it hedges. Fields are grouped by who may touch them.
 */
#ifndef LLMC_ENGINE_CALL_H
#define LLMC_ENGINE_CALL_H

#include <stdatomic.h>
#include "base/list.h"
#include "base/thread.h"
#include "engine/caching.h"
#include "engine/client.h"
#include "engine/health.h"
#include "model/response.h"
#include "net/net.h"
#include "policy/queue.h"
#include "policy/retry.h"
#include "provider/provider.h"

/* Where a flight stands; each state is one function of driver.c that returns the next, or WAIT. */
typedef enum llmc__state {
    LLMC__ADMIT = 0, /* may it run at all? is a twin in flight? */
    LLMC__ROUTE,     /* where to; is there room? */
    LLMC__SEND,      /* start the transfer */
    LLMC__JUDGE,     /* the attempt has ended: what does it mean? */
    LLMC__SETTLE,    /* the answer is final: hand it to the settle list */
    LLMC__WAIT       /* something else will drive it on */
} llmc__state;

/* Which deadline of the ladder runs. BACKOFF and STORE are no deadlines of the call: when they are over it goes on. */
typedef enum llmc__rung {
    LLMC__RUNG_NONE = 0,
    LLMC__RUNG_QUEUE,
    LLMC__RUNG_CONNECT,
    LLMC__RUNG_FIRST_BYTE,
    LLMC__RUNG_FIRST_CONTENT,
    LLMC__RUNG_IDLE,
    LLMC__RUNG_BACKOFF,
    LLMC__RUNG_STORE
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
    bool waits;     /* its caller waits for it next, which in host-loop mode drives the loop */
    bool refresh;   /* fetches a cached answer anew: nobody waits for it */
    bool looked;    /* the cache was looked at already: `caching` is what the call takes along */
    bool may_pause; /* on_event is the library's own: it may answer LLMC__EVENT_PAUSE or LLMC__EVENT_NO_MEMORY */
    struct llmc__cache_call *caching; /* given to llmc__call_new, whatever comes of it */
} llmc__hooks;

/* One place where a call may go. */
typedef struct llmc__candidate {
    llmc__target *target; /* counted */
    llmc__health *health; /* lives as long as the client */
    char *model;          /* as sent: without the provider */
    uint32_t failures;    /* of this call there */
    bool spent;           /* what failed there will not pass by itself: this call does not go there again */
} llmc__candidate;

/* One attempt. Loop thread only. */
typedef struct llmc__leg {
    llmc_call *call;
    const llmc__candidate *candidate;
    llmc_response *response;            /* counted; being written */
    llmc__transfer *transfer;           /* while one runs */
    const llmc__candidate *encoded_for; /* whom http was written for; NULL: nobody yet */
    llmc__decoder *decoder;             /* of a chat */
    void *reader;                       /* of an operation that reads its answer while it comes */
    llmc_status outcome;                /* of the attempt; LLMC_OK while nothing is known against it */
    llmc__rung rung;
    int64_t rung_due_us, attempt_us, last_content_us;
    bool has_content, paused, start_held, usage_held, is_hedge;
    bool charged; /* what it costs is still to be settled */
    bool cost_known;
    bool pulled_back; /* its provider asked for a pause before it was sent */
    bool asked_again; /* its answer got lost on the way, and this is the second asking */
    bool running;     /* begun and not at its end */
    int should_retry; /* x-should-retry: 1, 0, -1 */
    int64_t reserved; /* of the client's money, while `charged` */
    int64_t first_content_us, sent_us;
    llmc__rates *rates; /* owned; what headers told and was not passed on yet; NULL: nothing */
    llmc_error fault;   /* goes with outcome */
    llmc__admission admission;
    llmc__http_request http;
} llmc__leg;

/* Within each group small members stand first: what lies within 128 bytes is reached by shorter code. */
struct llmc_call {
    atomic_uint refs;
    atomic_bool cancel_asked;
    bool ended;         /* under `lock` */
    bool may_lead;      /* constant: its caller waits and is not to be interrupted meanwhile, so that it may drive */
    bool leads;         /* its caller's thread only: it took the loop as it was submitted */
    bool money_limited; /* by the client or the request; constant */

    /* Loop thread only: */
    bool flying;        /* work upstream is not over */
    bool committed;     /* an event has reached a user */
    bool listed;        /* it is in the engine's table of flights */
    bool popped;        /* it has waited in a lane and it is its turn */
    bool telling;       /* an event is being told: nothing may be cancelled */
    bool money_refused; /* a limit of money has refused an attempt */
    bool answered;      /* its user has the answer, or it lies on the settle list */

    /* Constant. */
    llmc_client *client; /* counted */
    llmc__engine *engine;

    /* Loop thread only. Its own flight: */
    llmc__leg *leg, *hedge; /* leg is &own unless a hedge has won */
    llmc__leg *winner;      /* of two: whose content came first */
    llmc__list followers;

    /* Loop thread only. The call: */
    llmc_response *response; /* counted; the answer, NULL before; constant once `ended` */
    llmc_call *leader;       /* whose flight it follows; counted; NULL: its own */
    int64_t hedge_due_us, total_due_us;
    int32_t attempts, backoffs;
    int64_t backoff_ms;
    struct llmc__lane *lane; /* in whose queue it waits */
    llmc__list_node active_node, settle_node, follow_node;
    llmc__queue_node queue_node;
    llmc__timer timer;

    /* Set before the call is submitted, constant from then on. */
    size_t candidate_count;
    llmc__candidate first, *others;
    llmc__op op;
    llmc_priority priority;
    llmc__input *input;    /* counted; the request's, for those who read the answer */
    llmc_request *request; /* a copy, where the request may have to be written again; else NULL */
    llmc__target *scope;   /* counted; the first of the keys of where it would go first */
    int64_t started_us, tokens_estimate, hedge_delay_ms, retry_delay_ms;
    uint32_t hedge_percentile;
    int32_t max_retries;
    char *flight_key;                 /* of single flight; NULL: not shared */
    llmc__rule_set *rules;            /* counted; NULL none */
    struct llmc__cache_call *caching; /* owned; NULL: the cache has nothing to do with it */
    llmc_response *hit;               /* counted; the answer, from the cache */
    llmc__hooks hooks;
    llmc__timeouts timeouts; /* resolved: -1 none, else > 0 */
    struct {
        int64_t expected_in, expected_out; /* tokens, where it is limited */
        int64_t limit;                     /* of the request, in billionths of a USD; 0: none */
        /* Loop thread only. */
        int64_t spent, reserved; /* likewise, by its attempts */
        double paid_usd;         /* what its attempts are known to have cost */
    } money;

    /* Under engine->lock. */
    llmc__list_node submit_node, cancel_node, resume_node;

    /* Under `lock`. */
    llmc__mutex lock;
    llmc__cond ended_cond;

    llmc__leg own; /* loop thread only; the first of its flight */
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

/* Any thread: a paused stream reads on. */
void llmc__call_resume(llmc_call *call);

/* Waits for the end; due_us INT64_MAX: for ever. False: the time was up. The interrupt may be NULL. */
bool llmc__call_wait(llmc_call *call, int64_t due_us, llmc_interrupt_fn interrupt, void *interrupt_data);

/* How long ago the call was made. Never negative: a loop's clock may stand a little behind the caller's. */
int64_t llmc__call_age_us(const llmc_call *call);

/* ---- loop thread ---- */

/* driver.c: runs the state machine from `state` until it waits. */
void llmc__call_drive(llmc_call *call, llmc__state state);
/* Ends the call early for its user: cancel or deadline. Whoever follows its flight goes on. */
void llmc__call_leave(llmc_call *call, llmc_status status, const char *what);
/* Gives the call its answer (takes the reference) and puts it on the settle list. */
void llmc__call_answer(llmc_call *call, llmc_response *response);
/* The same with a handle of the cache's: it is told as events first. */
void llmc__call_serve(llmc_call *call, llmc_response *handle);
/* Sets outcome and fault of the call's leg for what ended it on this side. */
void llmc__call_blame(llmc_call *call, llmc_status status, const char *message);

/* Tells an answer that was there already as events, where its users take events. CANCELLED, NO_MEMORY: not to the end.
 */
llmc_status llmc__event_replay(llmc_call *call, const llmc_response *response);

/* judge.c: what comes after the attempt that has ended. */
llmc__state llmc__judge(llmc_call *call);

/* route.c */
llmc_status llmc__route_plan(llmc_call *call, const llmc_request *request, llmc_error *error);
/* The first target does not take the request: writes it for the first of the others that does. */
llmc_status llmc__route_encode_next(llmc_call *call, const llmc_request *request, llmc_status status,
                                    llmc_error *error);
void llmc__route_free(llmc_call *call);
llmc__candidate *llmc__route_at(llmc_call *call, size_t index);
size_t llmc__route_index(const llmc_call *call, const llmc__candidate *candidate);
/* Where else the call could go now: not spent, less tried than `after`; NULL: nowhere. */
llmc__candidate *llmc__route_next(llmc_call *call, const llmc__candidate *after);
/* Another target to be asked at the same time; NULL: there is none. */
llmc__candidate *llmc__route_beside(llmc_call *call, const llmc__candidate *first);
llmc__state llmc__route(llmc_call *call);
/* Where a leg's transfer connects; strings lent by its target. */
llmc__net_origin llmc__route_origin(const llmc__candidate *candidate);

/*
 * lane.c: waiting for room or for a provider's limits. wait_us: until the limit lets one go; 0: for a connection only;
 * negative: until a call of the provider ends, -n from 2 on: or n have passed. False: no memory, and it does not wait.
 */
bool llmc__lane_wait(llmc_call *call, llmc__health *health, int64_t wait_us, bool keep_place);
void llmc__lane_leave(llmc_call *call);
/* Whether others wait before a call that comes now. */
bool llmc__lane_must_wait(llmc__engine *engine, const llmc__health *health);
void llmc__lane_wake_others(llmc__engine *engine, llmc__health *health);
/* A word of the provider has come that calls of this loop may wait for; those of others ask when an attempt ends. */
void llmc__lane_ask_again(llmc__engine *engine, const llmc__health *health);
void llmc__lanes_free(llmc__engine *engine);

/* operation.c: writes a request as the candidate's provider wants it for the call's operation. */
llmc_status llmc__operation_encode(const llmc_call *call, const llmc__candidate *candidate, const llmc_request *request,
                                   llmc__http_request *out, llmc_error *error);
/* Whether it is answered here, without the provider: it is then what call->hit is. LLMC_OK, or the error is set. */
bool llmc__operation_is_ours(const llmc_call *call);
llmc_status llmc__operation_answer(llmc_call *call, const llmc_request *request, llmc_error *error);
/* Of an operation that is no chat: before its answer, with each piece of it where the leg has a reader, and after it.
 */
llmc_status llmc__operation_begin(llmc__leg *leg);
llmc_status llmc__operation_feed(llmc__leg *leg, const char *bytes, size_t len);
void llmc__operation_end(llmc__leg *leg);
/* The whole 2xx answer: fills the leg's response, or its fault. */
llmc_status llmc__operation_decode(llmc__leg *leg, const llmc__net_result *result);

/* attempt.c: starts the transfer; ends it; forgets what the attempt left. */
llmc_status llmc__attempt_start(llmc__leg *leg);
void llmc__attempt_abort(llmc__leg *leg, llmc_status status, const char *detail);
void llmc__attempt_close(llmc__leg *leg);
/* Writes what the last attempt led to into the trace. */
void llmc__attempt_next(llmc__leg *leg, llmc_next_step next, int64_t delay_ms, const char *why);

/* events.c: an event of a leg to the response and to the users. */
llmc_status llmc__event_take(void *leg, const llmc_event *event);

/* hedge.c */
void llmc__hedge_plan(llmc_call *call);  /* the first leg is under way: when is a second due? */
void llmc__hedge_start(llmc_call *call); /* it is due */
bool llmc__hedge_lost(llmc__leg *leg);   /* a leg failed while another runs: true, and it is gone */
void llmc__hedge_won(llmc__leg *leg);    /* its content came first: the other is cancelled */
void llmc__hedge_drop(llmc_call *call);  /* ends the second leg, whatever it does */

/* flight.c: single flight. */
/* Caller's thread: names what calls share, if they may; chooses the loop by it. */
llmc_status llmc__flight_name(llmc_call *call, const llmc_request *request);
llmc__engine *llmc__flight_engine(const llmc_call *call);
bool llmc__flight_join(llmc_call *call);                                        /* true: it follows another now */
void llmc__flight_list(llmc_call *call);                                        /* others may join from here on */
void llmc__flight_end(llmc_call *call, llmc_response *response);                /* the answer goes to all that follow */
void llmc__flight_tell(llmc_call *call, const llmc_event *event);               /* an event to all that follow */
void llmc__flight_leave(llmc_call *call, llmc_status status, const char *what); /* a follower goes */
/* A response with what has come so far and the reason why it is no more. Never NULL. */
llmc_response *llmc__flight_part(llmc_call *call, llmc_response *whole, llmc_status status, const char *what);
int64_t llmc__flight_due_us(const llmc_call *call); /* deadline of the one who waits longest */

/* deadline.c */
void llmc__deadline_start(llmc_call *call);
void llmc__deadline_rung(llmc__leg *leg, llmc__rung rung, int64_t from_us, int64_t timeout_ms);
void llmc__deadline_arm(llmc_call *call);
void llmc__deadline_stop(llmc_call *call);
int64_t llmc__deadline_after(int64_t from_us, int64_t timeout_ms);

#endif
