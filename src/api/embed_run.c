/*
 * Packs of texts on their way: as many as may run at once, each ending by starting the next. One that is refused for
 * what is in it is divided and sent again, until a text at fault is alone.
 */
#include <limits.h>
#include <string.h>

#include "api/argument.h"
#include "api/embed.h"
#include "base/mem.h"
#include "model/error.h"

#define PACK(n) LLMC__CONTAINER(n, llmc__embed_pack, node)
/*
 * Packs the provider did not like, one after the other, before it is taken that all of them are wrong in the same way
 * (a field it does not take), and no more are divided. One bad text in a pack is found within 12: 2^12 texts are more
 * than any provider takes.
 */
#define MAX_REFUSALS 16

/* ---- packs ---- */

static llmc__embed_pack *pack_new(llmc_embeddings *e, size_t *items, size_t count) {
    llmc__embed_pack *pack = llmc__mem_calloc(1, sizeof *pack);
    if (!pack)
        return NULL;
    pack->owner = e;
    pack->items = items;
    pack->count = count;
    for (size_t i = 0; i < count; i++)
        pack->bytes += e->texts[items[i]].text.len;
    return pack;
}

/* The texts that have not ended, numbered among themselves for the packer. */
static llmc_status pack_rest(llmc_embeddings *e, size_t *rest, size_t *sizes) {
    llmc__pack_limits limits = {e->limits.texts, e->limits.bytes, e->limits.tokens};
    size_t count = 0;
    llmc_status status;
    for (size_t i = 0; i < e->text_count; i++) {
        if (e->texts[i].ended)
            continue;
        rest[count] = i;
        sizes[count++] = e->texts[i].text.len;
    }
    status = llmc__pack_all(sizes, count, &limits, &e->packs);
    for (size_t i = 0; status == LLMC_OK && i < count; i++)
        e->packs.items[i] = rest[e->packs.items[i]];
    return status;
}

void llmc__embed_drop(llmc_embeddings *e) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&e->waiting)))
        llmc__mem_free(PACK(node));
}

llmc_status llmc__embed_divide(llmc_embeddings *e) {
    size_t *rest = llmc__mem_calloc(e->text_count ? e->text_count : 1, sizeof *rest);
    size_t *sizes = llmc__mem_calloc(e->text_count ? e->text_count : 1, sizeof *sizes);
    llmc_status status = rest && sizes ? pack_rest(e, rest, sizes) : LLMC_ERR_NO_MEMORY;
    for (size_t i = 0, from = 0; status == LLMC_OK && i < e->packs.count; from = e->packs.ends[i++]) {
        llmc__embed_pack *pack = pack_new(e, e->packs.items + from, e->packs.ends[i] - from);
        if (pack)
            llmc__list_push_back(&e->waiting, &pack->node);
        else
            status = LLMC_ERR_NO_MEMORY;
    }
    llmc__mem_free(rest);
    llmc__mem_free(sizes);
    if (status != LLMC_OK)
        llmc__embed_drop(e);
    return status;
}

/* Where to cut so that both halves have about as many bytes; 1 .. count - 1. */
static size_t middle_of(const llmc_embeddings *e, const llmc__embed_pack *pack) {
    size_t at = 0, bytes = 0;
    while (at < pack->count - 1 && bytes + e->texts[pack->items[at]].text.len <= pack->bytes / 2)
        bytes += e->texts[pack->items[at++]].text.len;
    return at ? at : 1;
}

/* The pack keeps its first half and both wait, next in turn. False: no memory. */
static bool cut(llmc_embeddings *e, llmc__embed_pack *pack) {
    size_t at = middle_of(e, pack);
    llmc__embed_pack *other = pack_new(e, pack->items + at, pack->count - at);
    if (!other)
        return false;
    pack->count = at;
    pack->bytes -= other->bytes;
    llmc__mutex_lock(&e->work.lock);
    llmc__list_push_front(&e->waiting, &other->node);
    llmc__list_push_front(&e->waiting, &pack->node);
    llmc__mutex_unlock(&e->work.lock);
    return true;
}

/* ---- an answer ---- */

static bool is_too_large(const llmc_response *response) {
    return response->error.http_status == 413 || response->status == LLMC_ERR_TOO_LARGE;
}

/* Whether the texts, rather than anything else of the request, may be why it was refused. */
static bool blames_texts(llmc_embeddings *e, const llmc__embed_pack *pack) {
    const llmc_response *response = pack->response;
    if (is_too_large(response)) {
        if (pack->bytes < e->too_many_bytes)
            e->too_many_bytes = pack->bytes;
        return true;
    }
    if (response->status == LLMC_ERR_CONTEXT_LENGTH)
        return true;
    if (response->status != LLMC_ERR_BAD_REQUEST && response->status != LLMC_ERR_CONTENT_FILTER)
        return false;
    return e->refusals_in_line++ < MAX_REFUSALS;
}

static void count_usage(llmc_embeddings *e, const llmc_response *response) {
    if (response->usage.tokens_in >= 0)
        e->tokens_in += response->usage.tokens_in;
    else
        e->tokens_unknown = e->tokens_unknown || response->status == LLMC_OK;
    if (response->cost_usd >= 0)
        e->cost_usd += response->cost_usd;
    else
        e->cost_unknown = e->cost_unknown || response->status == LLMC_OK;
}

static void pack_free(llmc__embed_pack *pack) {
    llmc__response_unref(pack->response);
    llmc__mem_free(pack);
}

static void tell_progress(llmc_embeddings *e) {
    if (e->on_progress)
        e->on_progress(e->done, e->failed, e->count, e->progress_data);
}

/* One pack that has ended; without the lock, one at a time. */
static void tell(llmc_embeddings *e, llmc__embed_pack *pack) {
    llmc_response *response = pack->response;
    if (response) {
        e->requests += response->attempt_count;
        count_usage(e, response);
    }
    if (response && response->status == LLMC_OK) {
        e->refusals_in_line = 0;
        llmc__embed_succeed(e, pack->items, pack->count, response);
        if (pack->is_ours)
            llmc__embed_keep(e, pack->items, pack->count, response);
    } else if (response && pack->count > 1 && blames_texts(e, pack)) {
        pack->response = NULL;
        if (cut(e, pack)) {
            llmc__response_unref(response);
            return;
        }
        llmc__embed_fail(e, pack->items, pack->count, NULL);
        llmc__response_unref(response);
    } else {
        llmc__embed_fail(e, pack->items, pack->count, response);
    }
    pack_free(pack);
    tell_progress(e);
}

/* ---- running ---- */

static void run(llmc_embeddings *e);

static void on_call_done(llmc_call *call, llmc_response *response, void *user_data) {
    llmc__embed_pack *pack = user_data;
    llmc_embeddings *e = pack->owner;
    llmc_call *held;
    llmc_embeddings_ref(e);
    llmc__mutex_lock(&e->work.lock);
    held = pack->call;
    pack->call = NULL;
    pack->response = llmc__response_ref(response);
    pack->is_ours = !response->shared && llmc__caching_is_ours(call);
    llmc__list_remove(&e->flying, &pack->node);
    llmc__list_push_back(&e->ended, &pack->node);
    llmc__mutex_unlock(&e->work.lock);
    llmc__call_unref(held);
    run(e);
    llmc_embeddings_unref(e);
}

static void release_owner(void *keeper) {
    llmc_embeddings_unref(keeper);
}

static llmc_request *request_of(llmc_embeddings *e, const llmc__embed_pack *pack) {
    llmc__input *input = llmc__input_new(LLMC__OP_EMBED, pack->count);
    llmc_request *request = NULL;
    if (!input)
        return NULL;
    for (size_t i = 0; i < pack->count; i++)
        input->texts[i] = e->texts[pack->items[i]].text;
    input->keeper = llmc_embeddings_ref(e); /* the texts' bytes are there as long as a call may read them */
    input->release = release_owner;
    input->dimensions = e->dimensions_asked;
    input->encoding = e->encoding;
    input->truncate = e->truncate;
    input->task = llmc__mem_strdup(e->task);
    if (input->task || !e->task)
        request = llmc__request_for(e->like->model, e->like, LLMC__OP_EMBED, input);
    llmc__input_unref(input);
    if (request)
        request->cache_mode = LLMC_CACHE_BYPASS; /* texts are cached one by one */
    return request;
}

/* The client's end cancels: nothing can be sent any more. */
static llmc_response *refusal(llmc_embeddings *e, llmc_status status) {
    if (status == LLMC_ERR_CLOSED)
        return llmc__work_refusal(e->work.client, LLMC_ERR_CANCELLED, "the client is being freed");
    return llmc__work_refusal(e->work.client, status, llmc__error_last_text());
}

/* The pack flies before its call can end. */
static llmc_status start_call(llmc_embeddings *e, llmc__embed_pack *pack) {
    llmc__hooks hooks = {.on_done = on_call_done, .user_data = pack, .spread = true, .looked = true};
    llmc_request *request = request_of(e, pack);
    llmc_status status;
    if (!request)
        return llmc__argument_no_room("a request");
    llmc__mutex_lock(&e->work.lock);
    llmc__list_push_back(&e->flying, &pack->node);
    llmc__mutex_unlock(&e->work.lock);
    status = llmc__work_call(&e->work, request, &hooks, &pack->call, &e->cancelled, &pack->response);
    llmc_request_free(request);
    if (status != LLMC_OK) {
        llmc__mutex_lock(&e->work.lock);
        llmc__list_remove(&e->flying, &pack->node);
        llmc__mutex_unlock(&e->work.lock);
    }
    return status;
}

/* False: it has ended already. */
static bool launch(llmc_embeddings *e, llmc__embed_pack *pack, bool cancelled) {
    llmc_status status;
    if (cancelled) {
        pack->response = llmc__work_refusal(e->work.client, LLMC_ERR_CANCELLED, "cancelled before this text was sent");
        return false;
    }
    if (pack->count > 1 && pack->bytes >= e->too_many_bytes && cut(e, pack))
        return true;
    status = start_call(e, pack);
    if (status == LLMC_OK)
        return true;
    if (!pack->response)
        pack->response = refusal(e, status);
    return false;
}

/* With the lock held, which it lets go while it calls out. */
static void tell_ended(llmc_embeddings *e) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&e->ended))) {
        llmc__mutex_unlock(&e->work.lock);
        tell(e, PACK(node));
        llmc__mutex_lock(&e->work.lock);
    }
}

static void launch_waiting(llmc_embeddings *e) {
    llmc__list_node *node;
    while (e->flying.count < e->width && (node = llmc__list_pop_front(&e->waiting))) {
        bool cancelled = e->cancelled, started;
        llmc__mutex_unlock(&e->work.lock);
        started = launch(e, PACK(node), cancelled);
        llmc__mutex_lock(&e->work.lock);
        if (!started)
            llmc__list_push_back(&e->ended, node);
    }
}

static void finish(llmc_embeddings *e) {
    bool cancelled;
    llmc__mutex_lock(&e->work.lock);
    cancelled = e->cancelled;
    llmc__mutex_unlock(&e->work.lock);
    e->status = llmc__embed_outcome(e);
    if (cancelled && e->failed)
        e->status = LLMC_ERR_CANCELLED;
    atomic_store_explicit(&e->known, true, memory_order_release);
    if (e->on_done)
        e->on_done(e, e->status, e->user_data);
    llmc__work_finish(&e->work);
    llmc_embeddings_unref(e);
}

/* As a batch runs (batch.c): the first thread here does the work of all, one callback at a time. */
static void run(llmc_embeddings *e) {
    bool last = false;
    llmc__mutex_lock(&e->work.lock);
    if (!e->running) {
        e->running = true;
        do {
            tell_ended(e);
            launch_waiting(e);
        } while (llmc__list_first(&e->ended));
        e->running = false;
        last = !e->waiting.count && !e->flying.count && !e->finishing;
        e->finishing = e->finishing || last;
    }
    llmc__mutex_unlock(&e->work.lock);
    if (last)
        finish(e);
}

void llmc__embed_begin(llmc_embeddings *e) {
    if (e->done)
        tell_progress(e);
    run(e);
}

static void start(llmc__task *task) {
    llmc__embed_begin(LLMC__CONTAINER(task, llmc_embeddings, start));
}

llmc_status llmc__embed_post(llmc_embeddings *e) {
    llmc_client *client = e->work.client;
    uint32_t index = atomic_fetch_add_explicit(&client->next_engine, 1, memory_order_relaxed) % client->engine_count;
    llmc_status status;
    e->start.run = start;
    llmc_embeddings_ref(e);
    status = e->ask ? llmc__job_start(&e->ask->job, client) : llmc__engine_post(client->engines[index], &e->start);
    if (status == LLMC_OK)
        return LLMC_OK;
    llmc_embeddings_unref(e);
    return llmc__error_last(status, "the client is being freed");
}

/* ---- the handle ---- */

llmc_embeddings *llmc_embeddings_ref(llmc_embeddings *embeddings) {
    if (embeddings)
        llmc__work_ref(&embeddings->work);
    return embeddings;
}

void llmc_embeddings_cancel(llmc_embeddings *embeddings) {
    llmc_embeddings *e = embeddings;
    llmc__list_node *node;
    if (!e)
        return;
    llmc__mutex_lock(&e->work.lock);
    e->cancelled = e->cancelled || !e->work.finished;
    for (node = llmc__list_first(&e->flying); node; node = llmc__list_next(&e->flying, node))
        if (PACK(node)->call)
            llmc_call_cancel(PACK(node)->call);
    if (e->ask)
        llmc__job_call(&e->ask->job);
    llmc__mutex_unlock(&e->work.lock);
}
