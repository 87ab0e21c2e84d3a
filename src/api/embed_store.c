/*
 * Texts and the store behind the cache. It is asked for those that the memory does not have, some at a time, for as
 * long as it answers: it is left when it has been silent for cache_store_timeout_ms, and after that time for each
 * hundred texts begun. Then the rest are divided and sent. An answer that comes later finds it over.
 */
#include "api/embed.h"
#include "base/clock.h"
#include "base/mem.h"

/* Gets under way at once: enough to keep a store busy, and few enough that others' get their turn. */
#define WIDTH 16

/* Texts that are worth one wait more: so many vectors cost a provider longer. */
#define TEXTS_A_WAIT 100

typedef struct get {
    llmc__embed_ask *ask; /* counted */
    size_t item;
    llmc__cache_call *carried;
} get;

void llmc__embed_ask_unref(llmc__embed_ask *ask) {
    if (ask && atomic_fetch_sub_explicit(&ask->refs, 1, memory_order_acq_rel) == 1)
        llmc__mem_free(ask);
}

static void release_get(void *ctx) {
    get *g = ctx;
    llmc__embed_ask_unref(g->ask);
    llmc__cache_call_free(g->carried);
    llmc__mem_free(g);
}

static void over(llmc__embed_ask *ask) {
    llmc_embeddings *e = ask->owner;
    ask->owner = NULL;
    llmc__mutex_lock(&e->work.lock);
    e->ask = NULL;
    e->work.job = NULL;
    llmc__mutex_unlock(&e->work.lock);
    llmc__job_end(&ask->job);
    if (llmc__embed_divide(e) != LLMC_OK)
        for (size_t i = 0; i < e->text_count; i++)
            if (!e->texts[i].ended)
                llmc__embed_fail(e, &i, 1, NULL);
    llmc__embed_begin(e);
}

static void go_on(llmc__embed_ask *ask);

/* From now on; a timer that fires before sees that it is not yet time. */
static void wait_on(llmc__embed_ask *ask) {
    int64_t due_us = llmc__deadline_after(llmc__clock_us(), ask->owner->work.client->options.cache_store_timeout_ms);
    ask->due_us = due_us < ask->last_us ? due_us : ask->last_us;
}

/* What does not fit is no better than what is not there. */
static void told(void *ctx, llmc_response *found, const llmc__record_life *life) {
    get *g = ctx;
    llmc_embeddings *e = g->ask->owner;
    llmc__cache_verdict verdict = LLMC__CACHE_MISS;
    if (!e)
        return;
    g->ask->flying--;
    wait_on(g->ask);
    if (found && llmc__embed_fits(e, 1, found))
        verdict = llmc__caching_take(e->work.client, g->carried, found, life);
    if (verdict == LLMC__CACHE_FRESH) {
        llmc__embed_serve(e, g->item, found);
    } else if (verdict == LLMC__CACHE_ERROR_ONLY) {
        llmc__response_unref(e->texts[g->item].stale);
        e->texts[g->item].stale = llmc__response_ref(found);
    }
    go_on(g->ask);
}

/* False: there is no key that others would know, or no memory. */
static bool ask_for(llmc__embed_ask *ask, size_t item, int64_t left_ms) {
    llmc_embeddings *e = ask->owner;
    get *g = llmc__mem_calloc(1, sizeof *g);
    llmc__store_asker asker = {ask->job.engine, told, release_get, g};
    llmc_request room;
    if (!g)
        return false;
    atomic_fetch_add_explicit(&ask->refs, 1, memory_order_relaxed);
    g->ask = ask;
    g->item = item;
    g->carried = llmc__caching_carry(e->work.client, llmc__embed_alone(e, &room, item), e->generation);
    if (llmc__caching_ask(e->work.client, g->carried, &asker, left_ms))
        return true;
    release_get(g);
    return false;
}

/* One that cannot be asked for is tried again after the next answer; when none is due, nothing more can be had. */
static void go_on(llmc__embed_ask *ask) {
    size_t count = ask->owner->text_count;
    int64_t left_ms = (ask->due_us - llmc__clock_us()) / 1000;
    for (; left_ms > 0 && ask->flying < WIDTH && ask->next < count; ask->next++) {
        if (ask->owner->texts[ask->next].ended)
            continue;
        if (!ask_for(ask, ask->next, left_ms))
            break;
        ask->flying++;
    }
    if (left_ms <= 0 || !ask->flying)
        over(ask);
}

static void run(llmc__job *job, llmc__job_reason reason) {
    llmc__embed_ask *ask = LLMC__CONTAINER(job, llmc__embed_ask, job);
    llmc_embeddings *e = ask->owner;
    if (reason == LLMC__JOB_CLOSING)
        llmc__work_cancel(e);
    if (reason == LLMC__JOB_NO_TIMER || llmc__work_is_cancelled(&e->work)) {
        over(ask);
        return;
    }
    if (!ask->last_us) {
        int64_t waits = (int64_t)(e->text_count / TEXTS_A_WAIT) + 1;
        int64_t wait_ms = e->work.client->options.cache_store_timeout_ms;
        ask->last_us =
            wait_ms < INT64_MAX / waits ? llmc__deadline_after(llmc__clock_us(), wait_ms * waits) : INT64_MAX;
        wait_on(ask);
    }
    llmc__job_wake_at(job, ask->due_us);
    if (ask->owner)
        go_on(ask);
}

static void release(llmc__job *job) {
    llmc__embed_ask_unref(LLMC__CONTAINER(job, llmc__embed_ask, job));
}

llmc_status llmc__embed_ask_new(llmc_embeddings *e) {
    llmc__embed_ask *ask;
    if (!e->look || !e->work.client->caching.store || e->like->cache_mode == LLMC_CACHE_REFRESH || e->done == e->count)
        return LLMC_OK;
    ask = llmc__mem_calloc(1, sizeof *ask);
    if (!ask)
        return LLMC_ERR_NO_MEMORY;
    atomic_init(&ask->refs, 1);
    atomic_init(&ask->job.called, true); /* there is no loop to call it in before it is started */
    ask->job.run = run;
    ask->job.release = release;
    ask->owner = e;
    e->ask = ask;
    e->work.job = &ask->job;
    return LLMC_OK;
}
