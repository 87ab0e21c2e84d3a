/*
 * A caller that waits for the only call of a loop drives the loop itself: its call then costs no switch of threads.
 *
 * The loop thread drives, until some calls in a row were each alone in the loop while their callers waited. Then it
 * parks: it sleeps on `handed`, and a call of that kind takes the loop as it is submitted (`led`), without the inbox.
 * One that leads takes nothing from the inbox, so that callbacks of other calls run in the loop thread only.
 *
 * Who wakes the loop? All of this is decided under the inbox's lock. Whatever is put into the inbox (or closes it)
 * takes `parked` back, so that `parked` says, too, that the inbox is empty; and there are three cases:
 *
 * - The loop thread drives (not parked, not led). It is woken as loop.c tells. It cannot park meanwhile: it parks only
 *   with an empty inbox, and takes what is in it before that.
 * - A caller leads. The same wake ends its wait, and its next look finds that `parked` was taken back: it passes the
 *   loop on. If it had looked for the last time already, it finds the same as it passes, under the lock, and signals
 *   `handed` itself. A wake that comes after that makes the loop thread take one turn for nothing.
 * - Parked, and nobody leads. `handed` is signalled; the loop thread waits for it with the lock, or has not yet seen
 *   that `parked` is false. Nobody can take the loop before it: that takes `parked`.
 *
 * The loop thread itself gives up after PARK_US without a call. Until then nobody looks at sockets and timers of the
 * idle loop: a connection that the server closed is let go so much later, or by libcurl when the next call takes it.
 */
#include "base/clock.h"
#include "engine/call.h"
#include "engine/engine.h"

#define PARK_US 20000
#define LED_US  3600000000 /* while a caller leads, which tells when it ends */

/* So many calls make a series. */
#define LONE 4

/* Nothing goes on that would have to be driven. */
static bool is_idle(const llmc__engine *engine) {
    return !engine->loop_data.active.count && !engine->loop_data.jobs.count && !engine->loop_data.settle.count;
}

/* Waits until it is called back, or there was no call for PARK_US. */
static void wait_parked(llmc__engine *engine) {
    while (engine->inbox.parked || engine->inbox.led) {
        bool led = engine->inbox.until_told = engine->inbox.led;
        unsigned leads = engine->inbox.leads;
        int64_t due_us = llmc__clock_us() + (led ? LED_US : PARK_US);
        if (!llmc__cond_wait_until(&engine->inbox.handed, &engine->inbox.lock, due_us) && !led &&
            leads == engine->inbox.leads)
            engine->inbox.parked = false;
    }
}

void llmc__lead_park(llmc__engine *engine) {
    if (engine->loop_data.lone < LONE || !is_idle(engine))
        return;
    llmc__mutex_lock(&engine->inbox.lock);
    if (!engine->inbox.closing && llmc__engine_inbox_empty(engine)) {
        engine->inbox.parked = true;
        wait_parked(engine);
        engine->loop_data.lone = 0;
    }
    llmc__mutex_unlock(&engine->inbox.lock);
}

/* Gives the loop back: to the next caller, or to the loop thread if it has something to do. */
static void pass_on(llmc__engine *engine) {
    bool idle = is_idle(engine), tell;
    llmc__mutex_lock(&engine->inbox.lock);
    engine->inbox.parked = idle && engine->inbox.parked;
    engine->inbox.led = false;
    tell = !engine->inbox.parked || engine->inbox.until_told;
    llmc__mutex_unlock(&engine->inbox.lock);
    if (tell)
        llmc__cond_broadcast(&engine->inbox.handed);
}

/* libcurl looks itself whether the connection that it takes is still open: the loop thread's last look was PARK_US ago
 * at most, or that of the call before. */
void llmc__lead_run(llmc_call *call) {
    llmc__engine *engine = call->engine;
    llmc__sigpipe hold;
    llmc__engine_enter(engine, &hold);
    (void)llmc__loop_refresh_us(engine->loop);
    llmc__engine_accept(engine, call);
    llmc__loop_fire(engine->loop); /* libcurl begins with a timer */
    llmc__engine_drain(engine);    /* fast servers have answered */
    while (!call->ended && !engine->loop_data.stop)
        llmc__loop_turn(engine->loop, -1);
    llmc__engine_leave(engine, &hold);
    pass_on(engine);
}
