/*
 * Waiting. Each provider has a lane in each loop: calls that wait for a connection or for the provider's limits, by
 * priority and deadline. A lane whose first call must wait for a limit is blocked until the limit's time, so that other
 * providers' calls pass by; calls that only want a connection take turns over all lanes.
 */
#include <limits.h>

#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"

typedef struct llmc__lane {
    llmc__list_node node;
    llmc__engine *engine;
    llmc__health *health;
    llmc__queue queue;
    llmc__timer timer;
    bool blocked; /* until the timer, or until a call of the provider ends */
    bool busy;    /* blocked until an attempt of the provider ends, by its concurrency or for want of its word */
} llmc__lane;

#define LANE(n) LLMC__CONTAINER(n, llmc__lane, node)

static llmc__lane *find(llmc__engine *engine, const llmc__health *health) {
    llmc__list_node *node = llmc__list_first(&engine->loop_data.lanes);
    while (node && LANE(node)->health != health)
        node = llmc__list_next(&engine->loop_data.lanes, node);
    return node ? LANE(node) : NULL;
}

static void over(llmc__timer *timer) {
    llmc__lane *lane = LLMC__CONTAINER(timer, llmc__lane, timer);
    lane->blocked = lane->busy = false;
    llmc__engine_pump(lane->engine);
}

static llmc__lane *find_or_make(llmc__engine *engine, llmc__health *health) {
    llmc__lane *lane = find(engine, health);
    if (lane)
        return lane;
    lane = llmc__mem_calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    lane->engine = engine;
    lane->health = health;
    lane->timer.fire = over;
    llmc__queue_init(&lane->queue);
    llmc__list_push_back(&engine->loop_data.lanes, &lane->node);
    return lane;
}

void llmc__lanes_free(llmc__engine *engine) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&engine->loop_data.lanes))) {
        llmc__queue_free(&LANE(node)->queue);
        llmc__mem_free(LANE(node));
    }
}

bool llmc__lane_must_wait(llmc__engine *engine, const llmc__health *health) {
    llmc__list_node *node = llmc__list_first(&engine->loop_data.lanes);
    for (; node; node = llmc__list_next(&engine->loop_data.lanes, node))
        if (LANE(node)->queue.count && (LANE(node)->health == health || !LANE(node)->blocked))
            return true;
    return false;
}

/* The lane's first call has been refused for now: nobody behind it need ask before something changes. */
static bool block(llmc__lane *lane, int64_t wait_us) {
    llmc__engine *engine = lane->engine;
    lane->blocked = true;
    lane->busy = wait_us < 0;
    if (lane->busy) {
        atomic_fetch_or_explicit(&lane->health->waiting, (uint64_t)1 << engine->index, memory_order_acq_rel);
        if (wait_us == -1)
            return true;
        wait_us = -wait_us;
    }
    return llmc__loop_timer_set(engine->loop, &lane->timer, llmc__loop_now_us(engine->loop) + wait_us) == LLMC_OK;
}

bool llmc__lane_wait(llmc_call *call, llmc__health *health, int64_t wait_us, bool keep_place) {
    llmc__engine *engine = call->engine;
    llmc__lane *lane = find_or_make(engine, health);
    bool first;
    if (!lane)
        return false;
    first = lane->queue.count == 0 || keep_place;
    call->queue_node.due_us = call->total_due_us;
    call->queue_node.priority = (uint8_t)call->priority;
    if (llmc__queue_push(&lane->queue, &call->queue_node, keep_place) != LLMC_OK)
        return false;
    call->lane = lane;
    call->popped = false;
    engine->loop_data.waiting++;
    atomic_fetch_add_explicit(&call->client->counters.queued, 1, memory_order_relaxed);
    if (wait_us != 0 && first && !lane->blocked && !block(lane, wait_us)) {
        llmc__lane_leave(call);
        return false;
    }
    return true;
}

void llmc__lane_leave(llmc_call *call) {
    if (!call->lane)
        return;
    llmc__queue_remove(&call->lane->queue, &call->queue_node);
    call->engine->loop_data.waiting--;
    atomic_fetch_sub_explicit(&call->client->counters.queued, 1, memory_order_relaxed);
    if (call->lane->queue.count == 0 && call->lane->blocked) {
        call->lane->blocked = call->lane->busy = false;
        llmc__loop_timer_clear(call->engine->loop, &call->lane->timer);
    }
    call->lane = NULL;
}

static void unblock_busy(llmc__engine *engine) {
    llmc__list_node *node = llmc__list_first(&engine->loop_data.lanes);
    for (; node; node = llmc__list_next(&engine->loop_data.lanes, node))
        if (LANE(node)->busy) {
            LANE(node)->blocked = LANE(node)->busy = false;
            llmc__loop_timer_clear(engine->loop, &LANE(node)->timer);
        }
}

/* Not here and now: libcurl may be the caller, and takes no new transfers from inside of one. */
void llmc__lane_ask_again(llmc__engine *engine, const llmc__health *health) {
    llmc__lane *lane = engine->loop_data.waiting ? find(engine, health) : NULL;
    if (lane && lane->busy)
        (void)llmc__loop_timer_set(engine->loop, &lane->timer, llmc__loop_now_us(engine->loop));
}

static llmc_call *top_of(const llmc__lane *lane) {
    return LLMC__CONTAINER(llmc__queue_top(&lane->queue), llmc_call, queue_node);
}

static int rank(const llmc_call *call) {
    return call->priority == LLMC_PRIORITY_HIGH ? 0 : call->priority == LLMC_PRIORITY_NORMAL ? 1 : 2;
}

/* The lanes take turns; one whose first call is of a higher class goes before, seven times of eight. */
static llmc__lane *pick(llmc__engine *engine) {
    llmc__list *lanes = &engine->loop_data.lanes;
    llmc__lane *best = NULL;
    bool by_class = ++engine->loop_data.picks % 8 != 0;
    for (llmc__list_node *node = llmc__list_first(lanes); node; node = llmc__list_next(lanes, node)) {
        llmc__lane *lane = LANE(node);
        if (!lane->queue.count || lane->blocked)
            continue;
        if (!best || (by_class && rank(top_of(lane)) < rank(top_of(best))))
            best = lane;
    }
    if (best && lanes->count > 1) {
        llmc__list_remove(lanes, &best->node);
        llmc__list_push_back(lanes, &best->node);
    }
    return best;
}

void llmc__engine_pump(llmc__engine *engine) {
    llmc__lane *lane;
    if (!engine->loop_data.waiting)
        return;
    unblock_busy(engine);
    while ((lane = pick(engine))) {
        llmc_call *call = top_of(lane);
        llmc__net_origin origin = llmc__route_origin(call->leg->candidate);
        if (!llmc__net_has_room(engine->net, &origin))
            break;
        llmc__queue_pop(&lane->queue);
        engine->loop_data.waiting--;
        atomic_fetch_sub_explicit(&engine->client->counters.queued, 1, memory_order_relaxed);
        call->lane = NULL;
        call->popped = true;
        llmc__call_drive(call, LLMC__ROUTE);
    }
    llmc__net_set_backlog(engine->net, engine->loop_data.waiting);
}

/* Calls of other loops may wait for what an attempt of this one held. */
void llmc__lane_wake_others(llmc__engine *engine, llmc__health *health) {
    uint64_t waiting = atomic_load_explicit(&health->waiting, memory_order_acquire);
    llmc_client *client = engine->client;
    if (!waiting)
        return;
    waiting = atomic_exchange_explicit(&health->waiting, 0, memory_order_acq_rel);
    for (uint32_t i = 0; i < client->engine_count; i++)
        if ((waiting >> i & 1) && client->engines[i] != engine)
            llmc__loop_wake(client->engines[i]->loop);
}
