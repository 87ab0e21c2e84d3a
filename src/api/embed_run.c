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
    pack->errand.work = &e->work;
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
        llmc__mem_free(LLMC__CONTAINER(node, llmc__embed_pack, errand.node));
}

llmc_status llmc__embed_divide(llmc_embeddings *e) {
    size_t *rest = llmc__mem_calloc(e->text_count ? e->text_count : 1, sizeof *rest);
    size_t *sizes = llmc__mem_calloc(e->text_count ? e->text_count : 1, sizeof *sizes);
    llmc_status status = rest && sizes ? pack_rest(e, rest, sizes) : LLMC_ERR_NO_MEMORY;
    for (size_t i = 0, from = 0; status == LLMC_OK && i < e->packs.count; from = e->packs.ends[i++]) {
        llmc__embed_pack *pack = pack_new(e, e->packs.items + from, e->packs.ends[i] - from);
        if (pack)
            llmc__list_push_back(&e->waiting, &pack->errand.node);
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
    llmc__list_push_front(&e->waiting, &other->errand.node);
    llmc__list_push_front(&e->waiting, &pack->errand.node);
    llmc__mutex_unlock(&e->work.lock);
    return true;
}

/* ---- an answer ---- */

static bool is_too_large(const llmc_response *response) {
    return response->error.http_status == 413 || response->status == LLMC_ERR_TOO_LARGE;
}

/* Whether the texts, rather than anything else of the request, may be why it was refused. */
static bool blames_texts(llmc_embeddings *e, const llmc__embed_pack *pack) {
    const llmc_response *response = pack->errand.response;
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
    llmc__response_unref(pack->errand.response);
    llmc__mem_free(pack);
}

static void tell_progress(llmc_embeddings *e) {
    if (e->on_progress)
        e->on_progress(e->done, e->failed, e->count, e->progress_data);
}

static void tell(llmc__errand *errand) {
    llmc_embeddings *e = (llmc_embeddings *)errand->work;
    llmc__embed_pack *pack = (llmc__embed_pack *)errand;
    llmc_response *response = errand->response;
    if (response) {
        e->requests += response->attempt_count;
        count_usage(e, response);
    }
    if (response && response->status == LLMC_OK) {
        e->refusals_in_line = 0;
        llmc__embed_succeed(e, pack->items, pack->count, response);
        if (errand->is_ours)
            llmc__embed_keep(e, pack->items, pack->count, response);
    } else if (response && pack->count > 1 && blames_texts(e, pack)) {
        errand->response = NULL;
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

static llmc__errand *next(llmc__work *work) {
    llmc_embeddings *e = (llmc_embeddings *)work;
    llmc__list_node *node = work->rest->flying.count < e->width ? llmc__list_pop_front(&e->waiting) : NULL;
    return node ? LLMC__CONTAINER(node, llmc__errand, node) : NULL;
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

static llmc_status start(llmc__errand *errand) {
    llmc_embeddings *e = (llmc_embeddings *)errand->work;
    llmc__embed_pack *pack = (llmc__embed_pack *)errand;
    llmc__hooks hooks = {.spread = true, .looked = true};
    llmc_request *request;
    llmc_status status;
    if (pack->count > 1 && pack->bytes >= e->too_many_bytes && cut(e, pack))
        return LLMC_OK;
    request = request_of(e, pack);
    if (!request)
        return llmc__argument_no_room("a request");
    status = llmc__errand_start(errand, request, &hooks);
    llmc_request_free(request);
    return status;
}

static void end(llmc__work *work) {
    llmc_embeddings *e = (llmc_embeddings *)work;
    work->status = llmc__embed_outcome(e);
    if (e->failed && llmc__work_is_cancelled(work))
        work->status = LLMC_ERR_CANCELLED;
    atomic_store_explicit(&e->known, true, memory_order_release);
    if (e->on_done)
        e->on_done(e, work->status, e->user_data);
    llmc__work_finish(work);
    llmc_embeddings_unref(e);
}

const llmc__crew_kind llmc__embed_kind = {{llmc__embed_clear, llmc__crew_run}, next, start, tell, end};

void llmc__embed_begin(llmc_embeddings *e) {
    if (e->done)
        tell_progress(e);
    llmc__crew_run(&e->work);
}

static void begin(llmc__task *task) {
    llmc__embed_begin((llmc_embeddings *)LLMC__CONTAINER(task, llmc__work_rest, start)->work);
}

llmc_status llmc__embed_post(llmc_embeddings *e) {
    llmc_status status;
    e->work.rest->start.run = begin;
    llmc_embeddings_ref(e);
    status = llmc__work_post(&e->work);
    if (status != LLMC_OK)
        llmc_embeddings_unref(e);
    return status;
}
