/*
 * The loop thread, its inbox and the settle list.
 *
 * Final callbacks never run where a call ends: the call is put on the settle list, and the list is drained by a loop
 * that unlinks each call before its callback. So a callback may start, cancel or release any call, and a chain of
 * thousands of them needs no stack.
 */
#include "engine/engine.h"

#include <limits.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/job.h"

/* The engine whose turn this thread is in; a callback of one may drive that of another client, see loop_data.outer. */
static _Thread_local llmc__engine *current;

static bool take_work(void *ctx);

static uint32_t share_of(uint32_t total, uint32_t parts) {
    uint32_t share = (total + parts - 1) / parts;
    return share ? share : 1;
}

static llmc_status engine_net(llmc__engine *engine) {
    const llmc_client_options *options = &engine->client->options;
    uint32_t parts = options->io_threads ? options->io_threads : 1;
    llmc__net_config config = {
        .max_connections = share_of(options->max_connections, parts),
        .max_keepalive = share_of(options->max_keepalive, parts),
        .http_version = options->http_version,
        .user_agent = options->user_agent,
        .on_log = options->on_log,
        .log_level = options->log_level,
        .log_user_data = options->log_user_data,
    };
    engine->max_queued = share_of(options->max_queued, parts);
    return llmc__net_new(engine->loop, &config, &engine->net);
}

static void run_thread(void *ctx);

/* xorshift128+ (Vigna, "Further scramblings of Marsaglia's xorshift generators"). */
uint64_t llmc__engine_random(llmc__engine *engine) {
    uint64_t a = engine->loop_data.random[0], b = engine->loop_data.random[1];
    engine->loop_data.random[0] = b;
    a ^= a << 23;
    a ^= a >> 18 ^ b ^ b >> 5;
    engine->loop_data.random[1] = a;
    return a + b;
}

static void init_loop_data(llmc__engine *engine) {
    llmc__list_init(&engine->loop_data.active);
    llmc__list_init(&engine->loop_data.jobs);
    llmc__list_init(&engine->loop_data.lanes);
    llmc__list_init(&engine->loop_data.settle);
    llmc__map_init(&engine->loop_data.flights, engine->client->hash_key);
    llmc__clock_random(engine->loop_data.random, sizeof engine->loop_data.random);
    engine->loop_data.random[0] |= 1; /* all zeros would stay so */
}

llmc_status llmc__engine_new(llmc_client *client, uint32_t index, bool with_thread, llmc__engine **out) {
    llmc_status status = LLMC_ERR_NO_MEMORY;
    llmc__engine *engine = llmc__mem_calloc(1, sizeof *engine);
    *out = NULL;
    if (!engine)
        return LLMC_ERR_NO_MEMORY;
    engine->client = client;
    engine->index = index;
    llmc__list_init(&engine->inbox.submits);
    llmc__list_init(&engine->inbox.cancels);
    llmc__list_init(&engine->inbox.resumes);
    llmc__list_init(&engine->inbox.tasks);
    init_loop_data(engine);
    status = llmc__mutex_init_with(&engine->inbox.lock, &engine->inbox.handed);
    if (status != LLMC_OK) {
        llmc__mem_free(engine);
        return status;
    }
    status = llmc__loop_new(take_work, engine, &engine->loop);
    if (status == LLMC_OK)
        status = engine_net(engine);
    if (status == LLMC_OK && with_thread) {
        engine->has_thread = true;
        status = llmc__thread_start(&engine->thread, "llmc-loop", run_thread, engine);
        if (status != LLMC_OK)
            engine->has_thread = false;
    }
    if (status == LLMC_OK && !with_thread)
        llmc__loop_arm(engine->loop); /* the host sleeps already: the first submit must make the descriptor readable */
    if (status != LLMC_OK) {
        llmc__engine_free(engine);
        return status;
    }
    *out = engine;
    return LLMC_OK;
}

void llmc__engine_free(llmc__engine *engine) {
    if (!engine)
        return;
    if (engine->net)
        llmc__net_free(engine->net);
    llmc__lanes_free(engine);
    llmc__map_free(&engine->loop_data.flights, NULL);
    if (engine->loop)
        llmc__loop_free(engine->loop);
    llmc__cond_destroy(&engine->inbox.handed);
    llmc__mutex_destroy(&engine->inbox.lock);
    llmc__mem_free(engine->loop_data.spare.block);
    llmc__mem_free(engine);
}

llmc__engine *llmc__engine_current(const llmc_client *client) {
    llmc__engine *engine = current;
    while (engine && engine->client != client)
        engine = engine->loop_data.outer;
    return engine;
}

void llmc__engine_enter(llmc__engine *engine, llmc__sigpipe *hold) {
    engine->loop_data.outer = current;
    current = engine;
    llmc__mem_set_spare(&engine->loop_data.spare);
    hold->held = false;
    llmc__net_lend(engine->net, hold);
}

void llmc__engine_leave(llmc__engine *engine, const llmc__sigpipe *hold) {
    if (engine->net)
        llmc__net_lend(engine->net, NULL);
    llmc__sigpipe_release(hold);
    current = engine->loop_data.outer;
    engine->loop_data.outer = NULL;
    llmc__mem_set_spare(current ? &current->loop_data.spare : NULL);
}

/* ---- the inbox ---- */

/* After something was put in, with the lock held, which it gives back: whoever drives takes a turn. See lead.c. */
static void unlock_and_wake(llmc__engine *engine) {
    bool unattended = engine->inbox.parked && !engine->inbox.led;
    engine->inbox.parked = false;
    llmc__mutex_unlock(&engine->inbox.lock);
    if (unattended)
        llmc__cond_broadcast(&engine->inbox.handed);
    else
        llmc__loop_wake(engine->loop);
}

/* Takes the lock, unless the engine is closing. */
static bool lock_open(llmc__engine *engine) {
    llmc__mutex_lock(&engine->inbox.lock);
    if (!engine->inbox.closing)
        return true;
    llmc__mutex_unlock(&engine->inbox.lock);
    return false;
}

llmc_status llmc__engine_submit(llmc__engine *engine, llmc_call *call) {
    if (!lock_open(engine))
        return LLMC_ERR_CLOSED;
    llmc__call_ref(call);
    if (call->may_lead && engine->inbox.parked && !engine->inbox.led) {
        engine->inbox.led = call->leads = true;
        engine->inbox.leads++;
    } else {
        llmc__list_push_back(&engine->inbox.submits, &call->submit_node);
    }
    if (call->leads || (call->hooks.waits && !engine->client->options.io_threads))
        llmc__mutex_unlock(&engine->inbox.lock);
    else
        unlock_and_wake(engine);
    return LLMC_OK;
}

/* Puts the call on one of the inbox's lists, with a reference, unless it is there already or the engine is closing. */
static void post(llmc__engine *engine, llmc_call *call, llmc__list *list, llmc__list_node *node) {
    if (!lock_open(engine))
        return;
    if (!llmc__list_linked(node)) {
        llmc__call_ref(call);
        llmc__list_push_back(list, node);
    }
    unlock_and_wake(engine);
}

void llmc__engine_cancel(llmc__engine *engine, llmc_call *call) {
    post(engine, call, &engine->inbox.cancels, &call->cancel_node);
}

void llmc__engine_resume(llmc__engine *engine, llmc_call *call) {
    post(engine, call, &engine->inbox.resumes, &call->resume_node);
}

llmc_status llmc__engine_post(llmc__engine *engine, llmc__task *task) {
    if (!lock_open(engine))
        return LLMC_ERR_CLOSED;
    llmc__list_push_back(&engine->inbox.tasks, &task->node);
    unlock_and_wake(engine);
    return LLMC_OK;
}

static llmc_call *take(llmc__engine *engine, llmc__list *list, size_t offset) {
    llmc__list_node *node;
    llmc__mutex_lock(&engine->inbox.lock);
    node = llmc__list_pop_front(list);
    llmc__mutex_unlock(&engine->inbox.lock);
    return node ? (llmc_call *)(void *)((char *)node - offset) : NULL;
}

void llmc__engine_accept(llmc__engine *engine, llmc_call *call) {
    bool lone = call->may_lead && !engine->loop_data.active.count;
    engine->loop_data.lone = lone ? engine->loop_data.lone + 1 : 0;
    llmc__list_push_back(&engine->loop_data.active, &call->active_node);
    llmc__deadline_start(call);
    llmc__call_drive(call, LLMC__ADMIT);
}

/*
 * Ends a call early, wherever it stands. A call on the settle list has its answer and keeps it. A cancel can overtake
 * its submit, which then still lies in the inbox: ADMIT will see that it was asked for.
 */
static void end_call(llmc_call *call) {
    if (llmc__list_linked(&call->active_node))
        llmc__call_leave(call, LLMC_ERR_CANCELLED, NULL);
}

static void resume_call(llmc_call *call) {
    llmc__leg *leg = call->leg;
    if (!call->flying || !leg->paused || !leg->transfer)
        return;
    leg->paused = false;
    llmc__deadline_rung(leg, LLMC__RUNG_IDLE, llmc__loop_now_us(call->engine->loop), call->timeouts.idle_ms);
    llmc__net_resume(leg->transfer);
}

bool llmc__engine_inbox_empty(const llmc__engine *engine) {
    return !engine->inbox.submits.count && !engine->inbox.cancels.count && !engine->inbox.resumes.count &&
           !engine->inbox.tasks.count;
}

/* Whether there is something that whoever drives may take, and whether it is to stop. */
static bool look(llmc__engine *engine) {
    bool some;
    llmc__mutex_lock(&engine->inbox.lock);
    engine->loop_data.stop = engine->inbox.closing || (engine->inbox.led && !engine->inbox.parked);
    some = !engine->inbox.led && !llmc__engine_inbox_empty(engine);
    llmc__mutex_unlock(&engine->inbox.lock);
    return some;
}

/* The submits are moved out whole: one lock for a burst of them. */
static void take_submits(llmc__engine *engine) {
    llmc__list taken;
    llmc__list_node *node;
    llmc__list_init(&taken);
    llmc__mutex_lock(&engine->inbox.lock);
    llmc__list_move_all(&taken, &engine->inbox.submits);
    llmc__mutex_unlock(&engine->inbox.lock);
    while ((node = llmc__list_pop_front(&taken)))
        llmc__engine_accept(engine, LLMC__CONTAINER(node, llmc_call, submit_node));
}

/* Does it with each of the calls that were handed over for it. */
static bool take_each(llmc__engine *engine, llmc__list *list, size_t node_at, void (*fn)(llmc_call *call)) {
    llmc_call *call;
    bool any = false;
    while ((call = take(engine, list, node_at))) {
        any = true;
        fn(call);
        llmc__call_unref(call);
    }
    return any;
}

static bool run_tasks(llmc__engine *engine) {
    llmc__list taken;
    llmc__list_node *node;
    bool any = false;
    llmc__list_init(&taken);
    llmc__mutex_lock(&engine->inbox.lock);
    llmc__list_move_all(&taken, &engine->inbox.tasks);
    llmc__mutex_unlock(&engine->inbox.lock);
    while ((node = llmc__list_pop_front(&taken))) {
        any = true;
        engine->loop_data.lone = 0; /* who leads would have to give the loop back for it */
        llmc__task *task = LLMC__CONTAINER(node, llmc__task, node);
        task->run(task);
    }
    return any;
}

/*
 * One turn's work. Submits first: a cancel must find its call known. What callbacks of the settle list hand over is
 * left for the next turn, which then does not wait, so that sockets are never starved by callbacks. A call that was
 * only begun has nobody to tell of it: the turn may wait for its answer.
 */
static bool take_work(void *ctx) {
    llmc__engine *engine = ctx;
    bool worked = false;
    if (look(engine)) {
        (void)llmc__loop_refresh_us(engine->loop);
        take_submits(engine);
        worked = take_each(engine, &engine->inbox.cancels, offsetof(llmc_call, cancel_node), end_call);
        worked = take_each(engine, &engine->inbox.resumes, offsetof(llmc_call, resume_node), resume_call) || worked;
        worked = run_tasks(engine) || worked;
    }
    llmc__engine_pump(engine);
    if (llmc__list_first(&engine->loop_data.settle)) {
        worked = true;
        llmc__engine_drain(engine);
    }
    return worked || engine->loop_data.stop; /* the wake that told it so is used up */
}

/* ---- queue and settle list ---- */

static void count_end(llmc_client *client, const llmc_response *response) {
    llmc__counters *counters = &client->counters;
    atomic_uint_least64_t *slot = &counters->failed;
    if (response->status == LLMC_OK)
        slot = &counters->succeeded;
    else if (response->status == LLMC_ERR_CANCELLED)
        slot = &counters->cancelled;
    atomic_fetch_add_explicit(slot, 1, memory_order_relaxed);
    if (response->from_cache || response->shared)
        return; /* paid for once */
    if (response->usage.tokens_in > 0)
        atomic_fetch_add_explicit(&counters->tokens_in, (uint64_t)response->usage.tokens_in, memory_order_relaxed);
    if (response->usage.tokens_out > 0)
        atomic_fetch_add_explicit(&counters->tokens_out, (uint64_t)response->usage.tokens_out, memory_order_relaxed);
}

static void finish_call(llmc_call *call) {
    llmc_client *client = call->client;
    count_end(client, call->response);
    atomic_fetch_sub_explicit(&client->active, 1, memory_order_relaxed);
    if (call->hooks.on_done)
        call->hooks.on_done(call, call->response, call->hooks.user_data);
    llmc__mutex_lock(&call->lock);
    call->ended = true;
    llmc__mutex_unlock(&call->lock);
    llmc__cond_broadcast(&call->ended_cond); /* without the lock, which who wakes up would only wait for */
    if (call->flying)
        return; /* others follow it: SETTLE lets it go */
    llmc__list_remove(&call->engine->loop_data.active, &call->active_node);
    llmc__call_unref(call);
}

void llmc__engine_drain(llmc__engine *engine) {
    llmc__list_node *node;
    size_t rounds = engine->loop_data.settle.count;
    if (engine->loop_data.draining)
        return;
    engine->loop_data.draining = true;
    while (rounds-- && (node = llmc__list_pop_front(&engine->loop_data.settle))) {
        finish_call(LLMC__CONTAINER(node, llmc_call, settle_node));
    }
    engine->loop_data.draining = false;
}

/* ---- turns and the end ---- */

/* Its user first; if others follow the flight, it then ends for all of them. */
static void end_wholly(llmc_call *call) {
    llmc__call_ref(call);
    llmc__call_leave(call, LLMC_ERR_CANCELLED, NULL);
    while (call->followers.count)
        llmc__call_leave(LLMC__CONTAINER(llmc__list_first(&call->followers), llmc_call, follow_node),
                         LLMC_ERR_CANCELLED, NULL);
    llmc__call_unref(call);
}

/* Everything the engine holds ends as cancelled; its callbacks may not start anything new, so this comes to an end. */
static void cancel_all(llmc__engine *engine) {
    llmc__list_node *node;
    take_work(engine);
    while ((node = llmc__list_first(&engine->loop_data.active))) {
        end_wholly(LLMC__CONTAINER(node, llmc_call, active_node));
        llmc__engine_drain(engine);
    }
    while (llmc__list_first(&engine->loop_data.settle))
        llmc__engine_drain(engine);
    llmc__jobs_close(engine);
}

/* Frees the net here, in the loop thread: libcurl's handles belong to the thread that used them. */
static void end_loop(llmc__engine *engine) {
    cancel_all(engine);
    llmc__net_free(engine->net);
    engine->net = NULL;
}

static void finish_client(llmc_client *client, llmc__engine *mine);

static void run_thread(void *ctx) {
    llmc__engine *engine = ctx;
    llmc_client *client = engine->client;
    current = engine;
    llmc__mem_set_spare(&engine->loop_data.spare);
    while (!engine->loop_data.stop) {
        llmc__lead_park(engine);
        llmc__loop_turn(engine->loop, -1);
    }
    end_loop(engine);
    llmc__mem_set_spare(NULL);
    current = NULL;
    if (engine->free_client)
        finish_client(client, engine);
}

static bool take_turn(llmc__engine *engine) {
    bool free_now;
    llmc__mutex_lock(&engine->inbox.lock);
    free_now = !engine->inbox.driven && !engine->inbox.closing;
    if (free_now)
        engine->inbox.driven = true;
    llmc__mutex_unlock(&engine->inbox.lock);
    return free_now;
}

bool llmc__engine_begin(llmc__engine *engine, llmc__sigpipe *hold) {
    if (!take_turn(engine))
        return false;
    llmc__engine_enter(engine, hold);
    return true;
}

bool llmc__engine_step(llmc__engine *engine, int wait_ms) {
    llmc__loop_turn(engine->loop, wait_ms);
    return !engine->free_client && !engine->loop_data.stop;
}

void llmc__engine_end(llmc__engine *engine, const llmc__sigpipe *hold) {
    llmc_client *client = engine->client;
    llmc__loop_arm(engine->loop);
    llmc__engine_leave(engine, hold);
    llmc__mutex_lock(&engine->inbox.lock);
    engine->inbox.driven = false;
    llmc__mutex_unlock(&engine->inbox.lock);
    if (engine->free_client) {
        engine->free_client = false;
        llmc__engine_close_client(client);
    }
}

bool llmc__engine_turn(llmc__engine *engine, int wait_ms) {
    llmc__sigpipe hold;
    if (!llmc__engine_begin(engine, &hold))
        return false;
    (void)llmc__engine_step(engine, wait_ms);
    llmc__engine_end(engine, &hold);
    return true;
}

void llmc__engine_wake(llmc__engine *engine) {
    llmc__loop_wake(engine->loop);
}

static void begin_close(llmc__engine *engine) {
    llmc__mutex_lock(&engine->inbox.lock);
    engine->inbox.closing = true;
    unlock_and_wake(engine);
}

void llmc__engine_stop(llmc__engine *engine) {
    begin_close(engine);
    if (engine->has_thread) {
        llmc__thread_join(&engine->thread);
        engine->has_thread = false;
    } else {
        llmc__sigpipe hold;
        llmc__engine_enter(engine, &hold);
        end_loop(engine);
        llmc__engine_leave(engine, &hold);
    }
}

/* Stops the engines, all but the one whose thread this is, and gives the owner's reference back. */
static void finish_client(llmc_client *client, llmc__engine *mine) {
    for (uint32_t i = 0; i < client->engine_count; i++)
        if (client->engines[i] != mine)
            llmc__engine_stop(client->engines[i]);
    llmc__caching_stop(client);
    llmc__client_unref(client);
}

void llmc__engine_close_client(llmc_client *client) {
    llmc__engine *mine = llmc__engine_current(client);
    atomic_store(&client->closing, true);
    if (!mine) {
        finish_client(client, NULL);
        return;
    }
    mine->free_client = true;
    if (mine->has_thread) {
        llmc__thread_detach(&mine->thread);
        begin_close(mine);
    }
}
