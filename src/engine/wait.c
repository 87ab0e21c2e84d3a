/* Waiting in the caller's thread, the same for calls, batches and streams. */
#include <limits.h>

#include "base/clock.h"
#include "engine/engine.h"

/* How often an interrupt is asked, and how soon a host-loop waiter finds that nobody drives any more. */
#define TICK_US 10000

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static bool interrupted(const llmc__wait *wait, bool already) {
    if (already || !wait->interrupt || !wait->interrupt(wait->interrupt_data))
        return already;
    wait->on_interrupt(wait->ctx);
    return true;
}

static bool is_ready(const llmc__wait *wait) {
    bool ready;
    llmc__mutex_lock(wait->lock);
    ready = wait->ready(wait->ctx);
    llmc__mutex_unlock(wait->lock);
    return ready;
}

/* Sleeps until the condition is signalled, `until`, or readiness; true when ready. */
static bool sleep_until(const llmc__wait *wait, int64_t until) {
    bool ready;
    llmc__mutex_lock(wait->lock);
    ready = wait->ready(wait->ctx);
    if (!ready) {
        if (until == INT64_MAX)
            llmc__cond_wait(wait->cond, wait->lock);
        else
            llmc__cond_wait_until(wait->cond, wait->lock, until);
        ready = wait->ready(wait->ctx);
    }
    llmc__mutex_unlock(wait->lock);
    return ready;
}

static int turn_ms(int64_t now, int64_t until) {
    int64_t left = until - now;
    if (until == INT64_MAX)
        return TICK_US / 1000;
    if (left <= 0)
        return 0;
    return left > TICK_US ? TICK_US / 1000 : (int)((left + 999) / 1000);
}

/*
 * Drives until it is ready or due: what a turn costs by itself (signals, timer) is paid once. An interrupt is asked
 * outside of the engine, so whoever has one drives turn by turn. False: another thread drives.
 */
static bool drive(llmc__engine *engine, const llmc__wait *wait, int64_t due_us) {
    llmc__sigpipe hold;
    int64_t now = llmc__clock_us();
    if (wait->interrupt)
        return llmc__engine_turn(engine, turn_ms(now, due_us));
    if (!llmc__engine_begin(engine, &hold))
        return false;
    while (llmc__engine_step(engine, turn_ms(now, due_us)) && !is_ready(wait)) {
        now = llmc__clock_us();
        if (now >= due_us)
            break;
    }
    llmc__engine_end(engine, &hold);
    return true;
}

bool llmc__engine_wait(llmc_client *client, const llmc__wait *wait, int64_t due_us) {
    bool host_mode = client->options.io_threads == 0;
    bool asked = false, woken = false;
    for (;;) {
        int64_t now = llmc__clock_us();
        int64_t until = due_us;
        if (is_ready(wait))
            return true;
        if (now >= due_us)
            return false;
        asked = interrupted(wait, asked);
        if (host_mode && drive(client->engines[0], wait, due_us))
            continue;
        if (host_mode && !woken) {
            llmc__engine_wake(client->engines[0]); /* another thread drives: it is told of what this one waits for */
            woken = true;
        }
        if (host_mode || (wait->interrupt && !asked))
            until = earlier(due_us, now + TICK_US);
        if (sleep_until(wait, until))
            return true;
    }
}
