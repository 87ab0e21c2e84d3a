/*
 * One loop and the calls it runs. Other threads hand calls over through the inbox; everything else happens in the loop
 * thread, or in one that drives in its place, one at a time: the host's in host-loop mode, else one that waits for the
 * only call (lead.c).
 */
#ifndef LLMC_ENGINE_ENGINE_H
#define LLMC_ENGINE_ENGINE_H

#include "base/list.h"
#include "base/mem.h"
#include "engine/client.h"
#include "net/net.h"

/* Something to run in the loop thread; embed it. It must stay where it is until it has run. */
typedef struct llmc__task {
    llmc__list_node node;
    void (*run)(struct llmc__task *task);
} llmc__task;

struct llmc__engine {
    llmc_client *client; /* not counted: the client owns its engines */
    llmc__loop *loop;
    llmc__net *net;
    uint32_t max_queued;
    uint32_t index; /* among the client's engines */
    bool has_thread;
    bool free_client; /* loop thread: the client was freed in a callback; end it after this turn */

    /* Loop thread only. */
    struct {
        size_t waiting; /* calls in lanes */
        unsigned picks; /* turns of lanes so far */
        unsigned lone;  /* calls in a row that had the loop for themselves, while their callers waited */
        bool draining;
        bool stop; /* whoever drives is to give the loop back, or to end it; as of the last look into the inbox */
        llmc__list settle; /* ended, their final callback still to run */
        llmc__list active; /* every call this loop holds */
        llmc__list jobs;   /* work above calls, see job.h */
        llmc__list lanes;  /* where calls wait, by provider */
        llmc__map flights; /* calls that others may follow, by key */
        uint64_t random[2];
        llmc__mem_spare spare;
        llmc__engine *outer; /* of another client, whose callback drives this one */
    } loop_data;

    /* Under lock. */
    struct {
        llmc__mutex lock;
        llmc__list submits, cancels, resumes, tasks;
        bool closing;      /* no more submits; cancel what there is */
        bool driven;       /* host-loop mode: a thread is driving */
        bool parked;       /* the loop thread lets callers drive, see lead.c */
        bool led;          /* one does */
        bool until_told;   /* the loop thread waits for its end */
        unsigned leads;    /* how many did */
        llmc__cond handed; /* wakes the loop thread where it is parked */
    } inbox;

    llmc__thread thread;
};

llmc_status llmc__engine_new(llmc_client *client, uint32_t index, bool with_thread, llmc__engine **out);

/* Cancels everything, runs the final callbacks, ends the thread and frees the engine's parts. Not from its own
 * callbacks. */
void llmc__engine_stop(llmc__engine *engine);
void llmc__engine_free(llmc__engine *engine);

/* Any thread. In host-loop mode a call whose hooks say `waits` wakes nobody: whoever waits drives. */
llmc_status llmc__engine_submit(llmc__engine *engine, llmc_call *call);
void llmc__engine_cancel(llmc__engine *engine, llmc_call *call);
void llmc__engine_resume(llmc__engine *engine, llmc_call *call);
llmc_status llmc__engine_post(llmc__engine *engine, llmc__task *task); /* CLOSED: it will not run */

/* Host-loop mode: one turn in this thread, waiting at most wait_ms. False: another thread drives. */
bool llmc__engine_turn(llmc__engine *engine, int wait_ms);

/* The same for many turns: begin, as many steps as wished until one answers false, end. */
bool llmc__engine_begin(llmc__engine *engine, llmc__sigpipe *hold);
bool llmc__engine_step(llmc__engine *engine, int wait_ms);
void llmc__engine_end(llmc__engine *engine, const llmc__sigpipe *hold);

/*
 * lead.c. Loop thread: lets callers drive for a while, if there is a series of calls for that. Any thread: drives for a
 * call that took the loop as it was submitted.
 */
void llmc__lead_park(llmc__engine *engine);
void llmc__lead_run(llmc_call *call);

/* For who begins to drive, after it took the right to: the thread is inside the engine until it leaves. */
void llmc__engine_enter(llmc__engine *engine, llmc__sigpipe *hold);
void llmc__engine_leave(llmc__engine *engine, const llmc__sigpipe *hold);

/* For who drives: a call goes its way. Its reference is taken. */
void llmc__engine_accept(llmc__engine *engine, llmc_call *call);
bool llmc__engine_inbox_empty(const llmc__engine *engine); /* asked with the lock held */

/* Wakes whoever drives. */
void llmc__engine_wake(llmc__engine *engine);

/* The engine of this client that this thread is inside (its loop thread, or driving it), or NULL. */
llmc__engine *llmc__engine_current(const llmc_client *client);

/* Loop thread: 64 random bits, for spreading and drawing, not for secrets. */
uint64_t llmc__engine_random(llmc__engine *engine);

/* Loop thread: starts queued calls as long as there is room; runs final callbacks. */
void llmc__engine_pump(llmc__engine *engine);
void llmc__engine_drain(llmc__engine *engine);

/*
 * Waits in the calling thread until ready(ctx), asked with `lock` held, or due_us. In host-loop mode it drives the loop
 * meanwhile. `interrupt` is asked at least every 20 ms; once it answers non-zero, on_interrupt(ctx) is called and the
 * waiting goes on. False: the time was up.
 */
typedef struct llmc__wait {
    llmc__mutex *lock;
    llmc__cond *cond;
    bool (*ready)(void *ctx);
    llmc_interrupt_fn interrupt; /* may be NULL */
    void *interrupt_data;
    void (*on_interrupt)(void *ctx);
    void *ctx;
} llmc__wait;
bool llmc__engine_wait(llmc_client *client, const llmc__wait *wait, int64_t due_us);

/* The client's end, from any thread; see llmc_client_free. */
void llmc__engine_close_client(llmc_client *client);

#endif
