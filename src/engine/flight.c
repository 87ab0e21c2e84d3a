/*
 * Single flight: identical requests in flight at once share one upstream request. The first one leads; those that come
 * while it flies get what it has so far and then follow live. Each keeps its own deadline and may leave; when the
 * leader's user leaves, the flight goes on for the others, and ends when nobody waits any more. All of a flight happens
 * in one loop: calls that may share one are given to the same.
 */
#include <limits.h>

#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/response_replay.h"
#include "policy/cache_key.h"

#define FOLLOWER(n) LLMC__CONTAINER(n, llmc_call, follow_node)

/* ---- the name ---- */

static bool may_share(const llmc_client_options *options) {
    return options->single_flight == LLMC_SINGLE_FLIGHT_ON ||
           (options->single_flight == LLMC_SINGLE_FLIGHT_AUTO && options->enable_cache);
}

/* 128 bits under the client's secret key, in hexadecimal; streams are shared among streams only. */
static char *name_of(const llmc_call *call, const uint64_t hash[2]) {
    static const char digits[] = "0123456789abcdef";
    char name[34];
    for (int i = 0; i < 32; i++)
        name[i] = digits[hash[i / 16] >> (i % 16 * 4) & 15];
    name[32] = call->hooks.streamed ? 's' : 'p';
    name[33] = '\0';
    return llmc__mem_strdup(name);
}

llmc_status llmc__flight_name(llmc_call *call, const llmc_request *request) {
    llmc__cache_scope scope = {.identity = call->scope->identity,
                               .model = call->first.model,
                               .tenant = request->tenant,
                               .secret = call->client->hash_key};
    llmc__cache_probe probe;
    if (!may_share(&call->client->options) ||
        llmc__cache_key_probe(&scope, request, call->client->hash_key, &probe) != LLMC_OK)
        return LLMC_OK; /* what has no name flies alone */
    call->flight_key = name_of(call, probe.key.hash);
    return call->flight_key ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

/* Calls of one name meet in one loop. */
llmc__engine *llmc__flight_engine(const llmc_call *call) {
    uint32_t sum = 0;
    for (int i = 0; i < 8; i++)
        sum = sum << 4 | (uint32_t)(call->flight_key[i] & 15);
    return call->client->engines[sum % call->client->engine_count];
}

/* ---- leader and followers ---- */

void llmc__flight_list(llmc_call *call) {
    /* Without memory for the entry the call simply flies alone. */
    call->listed = llmc__map_set(&call->engine->loop_data.flights, call->flight_key, call, NULL) == LLMC_OK;
}

static void unlist(llmc_call *call) {
    if (call->listed)
        llmc__map_remove(&call->engine->loop_data.flights, call->flight_key);
    call->listed = false;
}

/* A response of one's own with what another's holds so far; without memory the other's itself, counted. */
static llmc_response *part_of(const llmc_call *call, llmc_response *whole) {
    llmc_response *own = llmc__response_new(call->client->options.max_response_bytes);
    if (!own || llmc__response_copy(own, whole) != LLMC_OK) {
        llmc__response_unref(own);
        return NULL;
    }
    llmc__response_drop_attempts(own);
    own->shared = true;
    return own;
}

/* When the copy cannot be made, an empty response must do; there is one in every call for that. */
static llmc_response *spare_of(llmc_call *call) {
    llmc_response *spare = call->own.response;
    call->own.response = NULL;
    return spare;
}

llmc_response *llmc__flight_part(llmc_call *call, llmc_response *whole, llmc_status status, const char *what) {
    llmc_response *own = part_of(call, whole);
    if (!own && call->leader)
        own = spare_of(call);
    if (!own)
        return llmc__response_ref(whole);
    own->status = status;
    own->shared = call->leader != NULL;
    llmc__error_clear(&own->error);
    llmc__error_set(&own->error, status, "%s%s%s", llmc_status_message(status), what ? ": " : "", what ? what : "");
    return own;
}

static void unlink_from(llmc_call *leader, llmc_call *call) {
    llmc__list_remove(&leader->followers, &call->follow_node);
    call->leader = NULL;
}

/* The last one who waited has gone: the work upstream is for nobody. */
static void end_if_alone(llmc_call *leader) {
    if (leader->telling || !leader->answered || leader->followers.count || !leader->flying)
        return;
    llmc__hedge_drop(leader);
    if (leader->leg->running)
        llmc__attempt_abort(leader->leg, LLMC_ERR_CANCELLED, NULL);
    else
        llmc__call_blame(leader, LLMC_ERR_CANCELLED, NULL);
    llmc__call_drive(leader, LLMC__JUDGE);
}

void llmc__flight_leave(llmc_call *call, llmc_status status, const char *what) {
    llmc_call *leader = call->leader;
    llmc_response *own = llmc__flight_part(call, leader->leg->response, status, what);
    unlink_from(leader, call);
    llmc__call_answer(call, own);
    end_if_alone(leader);
    llmc__call_unref(leader);
}

/* To one follower's hook; it leaves when it has had enough. */
static void tell_one(llmc_call *call, const llmc_event *event) {
    int verdict;
    if (call->own.first_content_us == 0)
        call->own.first_content_us = llmc__loop_now_us(call->engine->loop);
    if (!call->hooks.on_event)
        return;
    verdict = atomic_load_explicit(&call->cancel_asked, memory_order_relaxed)
                  ? 1
                  : call->hooks.on_event(call, event, call->hooks.user_data);
    if (verdict == 0 || (verdict == LLMC__EVENT_PAUSE && call->hooks.may_pause))
        return; /* a slow reader's pieces are kept for it: they are no more than the answer itself may hold */
    llmc__flight_leave(call, verdict == LLMC__EVENT_NO_MEMORY ? LLMC_ERR_NO_MEMORY : LLMC_ERR_CANCELLED, NULL);
}

void llmc__flight_tell(llmc_call *call, const llmc_event *event) {
    llmc__list_node *node = llmc__list_first(&call->followers), *next;
    call->telling = true;
    for (; node; node = next) {
        next = llmc__list_next(&call->followers, node);
        tell_one(FOLLOWER(node), event);
    }
    call->telling = false;
}

static llmc_status replay_one(void *ctx, const llmc_event *event) {
    llmc_call *call = ctx;
    if (event->kind != LLMC__EVENT_REPLAY)
        tell_one(call, event);
    return call->leader ? LLMC_OK : LLMC_ERR_CANCELLED;
}

bool llmc__flight_join(llmc_call *call) {
    llmc_call *leader = llmc__map_get(&call->engine->loop_data.flights, call->flight_key);
    if (!leader)
        return false;
    call->leader = llmc__call_ref(leader);
    call->own.first_content_us = 0;
    llmc__list_push_back(&leader->followers, &call->follow_node);
    atomic_fetch_add_explicit(&call->client->counters.shared, 1, memory_order_relaxed);
    if (call->hooks.streamed && leader->committed)
        (void)llmc__response_replay(leader->leg->response, replay_one, call);
    return true;
}

/* One that has an old answer in the cache, which its leader had not, takes that rather than a failure. */
static bool stand_in(llmc_call *call, llmc_status status) {
    llmc_response *instead = NULL;
    if (status != LLMC_OK && call->own.first_content_us == 0)
        instead = llmc__caching_instead(call, status);
    if (instead)
        llmc__call_serve(call, instead);
    return instead != NULL;
}

static void answer_one(llmc_call *call, llmc_response *response) {
    int64_t content_us = call->own.first_content_us;
    llmc_response *own;
    if (stand_in(call, response->status))
        return;
    own = part_of(call, response);
    if (own)
        own->ttft_ms = content_us > call->started_us ? (content_us - call->started_us) / 1000 : -1;
    llmc__call_answer(call, own ? own : llmc__response_ref(response));
}

void llmc__flight_end(llmc_call *call, llmc_response *response) {
    llmc__list_node *node;
    unlist(call);
    while ((node = llmc__list_first(&call->followers))) {
        llmc_call *follower = FOLLOWER(node);
        unlink_from(call, follower);
        answer_one(follower, response);
        llmc__call_unref(call);
    }
}

int64_t llmc__flight_due_us(const llmc_call *call) {
    int64_t due = call->answered ? 0 : call->total_due_us;
    llmc__list_node *node = llmc__list_first(&call->followers);
    for (; node; node = llmc__list_next(&call->followers, node))
        if (FOLLOWER(node)->total_due_us > due)
            due = FOLLOWER(node)->total_due_us;
    return due;
}
