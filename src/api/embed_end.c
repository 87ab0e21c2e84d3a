/* How texts end: with a vector, which is written or kept, or with a reason. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "api/embed.h"
#include "api/getter.h"
#include "base/mem.h"
#include "model/error.h"

/* In how many places the text stands. */
static size_t places_of(const llmc_embeddings *e, size_t item) {
    size_t places = 0;
    for (size_t at = e->texts[item].first; at != SIZE_MAX; at = e->nexts[at])
        places++;
    return places;
}

/* An old vector is better than a provider's failure. */
static bool stand_in(llmc_embeddings *e, size_t item, const llmc_response *reason) {
    llmc_response *stale = e->texts[item].stale;
    if (!stale || !reason || !llmc__caching_excuses(reason->status) || !llmc__embed_fits(e, 1, stale))
        return false;
    atomic_fetch_add_explicit(&e->work.client->caching.error_hits, 1, memory_order_relaxed);
    llmc__embed_serve(e, item, stale);
    return true;
}

void llmc__embed_fail(llmc_embeddings *e, const size_t *items, size_t count, llmc_response *reason) {
    for (size_t i = 0; i < count; i++) {
        llmc__embed_text *text = &e->texts[items[i]];
        size_t places = places_of(e, items[i]);
        if (stand_in(e, items[i], reason))
            continue;
        text->ended = true;
        text->reason = llmc__response_ref(reason);
        e->done += places;
        e->failed += places;
    }
}

static void fail_dimensions(llmc_embeddings *e, const size_t *items, size_t count, size_t found) {
    char message[160];
    llmc_response *reason;
    llmc_status status = LLMC_ERR_BAD_RESPONSE;
    if (e->rows && e->row_dimensions != found) {
        status = LLMC_ERR_INVALID_ARGUMENT;
        (void)snprintf(message, sizeof message,
                       "options.vector_dimensions is %zu, but the model's vectors have %zu dimensions",
                       e->row_dimensions, found);
    } else {
        (void)snprintf(message, sizeof message, "the vector has %zu dimensions where those before it have %zu", found,
                       e->dimensions);
    }
    reason = llmc__work_refusal(&e->work, status, message);
    llmc__embed_fail(e, items, count, reason);
    llmc__response_unref(reason);
}

static void put(llmc_embeddings *e, size_t item, llmc__result *result, size_t index) {
    llmc__embed_text *text = &e->texts[item];
    const float *vector = result->vectors + index * result->dimensions;
    text->ended = text->ok = true;
    for (size_t at = text->first; at != SIZE_MAX; at = e->nexts[at]) {
        e->done++;
        if (e->rows)
            memcpy(e->rows + at * e->row_dimensions, vector, result->dimensions * sizeof *vector);
    }
    if (e->rows)
        return;
    text->holder = llmc__result_ref(result);
    text->vector = vector;
}

/* Without memory for the names they stay unknown: nothing else hangs on them. */
static void name(llmc_embeddings *e, const llmc_response *response) {
    if (!e->provider)
        e->provider = llmc__mem_strdup(response->provider);
    if (!e->model)
        e->model = llmc__mem_strdup(response->model);
}

bool llmc__embed_fits(const llmc_embeddings *e, size_t count, const llmc_response *response) {
    const llmc__result *result = response->result;
    size_t wanted = e->rows ? e->row_dimensions : e->dimensions;
    return result && result->vector_count == count && (!wanted || result->dimensions == wanted);
}

void llmc__embed_succeed(llmc_embeddings *e, const size_t *items, size_t count, llmc_response *response) {
    llmc__result *result = response->result;
    if (!llmc__embed_fits(e, count, response)) {
        fail_dimensions(e, items, count, result ? result->dimensions : 0);
        return;
    }
    e->dimensions = result->dimensions;
    name(e, response);
    for (size_t i = 0; i < count; i++)
        put(e, items[i], result, i);
}

void llmc__embed_serve(llmc_embeddings *e, size_t item, llmc_response *kept) {
    size_t done = e->done;
    llmc__embed_succeed(e, &item, 1, kept);
    e->from_cache += e->done - done;
}

llmc_status llmc__embed_outcome(const llmc_embeddings *e) {
    const llmc__embed_text *first;
    if (!e->failed)
        return LLMC_OK;
    if (e->failed < e->count)
        return LLMC_ERR_PARTIAL;
    first = &e->texts[e->places[0]];
    return first->reason ? first->reason->status : LLMC_ERR_NO_MEMORY;
}

llmc_status llmc__embed_text_of(const llmc_embeddings *e, size_t index, llmc_response **reason) {
    const llmc__embed_text *text = &e->texts[e->places[index]];
    *reason = llmc__response_ref(text->reason);
    if (text->ok)
        return LLMC_OK;
    return text->reason ? text->reason->status : LLMC_ERR_NO_MEMORY;
}

/* ---- getters ---- */

static bool is_known(const llmc_embeddings *e) {
    return e && atomic_load_explicit(&e->known, memory_order_acquire);
}

static const llmc_embeddings *known(const llmc_embeddings *e) {
    return is_known(e) ? e : NULL;
}

static const llmc__embed_text *text_at(const llmc_embeddings *e, size_t index) {
    return is_known(e) && index < e->count ? &e->texts[e->places[index]] : NULL;
}

llmc_status llmc_embeddings_status(const llmc_embeddings *embeddings) {
    if (!embeddings)
        return LLMC_ERR_INVALID_ARGUMENT;
    return is_known(embeddings) ? embeddings->work.status : LLMC_OK;
}

size_t llmc_embeddings_count(const llmc_embeddings *embeddings) {
    return embeddings ? embeddings->count : 0;
}

size_t llmc_embeddings_dimensions(const llmc_embeddings *embeddings) {
    return is_known(embeddings) ? embeddings->dimensions : 0;
}

const float *llmc_embeddings_vector(const llmc_embeddings *embeddings, size_t index) {
    const llmc__embed_text *text = text_at(embeddings, index);
    return text ? text->vector : NULL;
}

llmc_status llmc_embeddings_copy(const llmc_embeddings *embeddings, float *vectors, size_t dimensions) {
    if (!embeddings || (!vectors && embeddings->count))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, embeddings ? "vectors is NULL" : "embeddings is NULL");
    if (is_known(embeddings) && embeddings->dimensions && embeddings->dimensions != dimensions)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "dimensions is %zu, but the vectors have %zu", dimensions,
                                embeddings->dimensions);
    for (size_t i = 0; i < embeddings->count; i++) {
        const float *vector = llmc_embeddings_vector(embeddings, i);
        if (vector && vectors)
            memcpy(vectors + i * dimensions, vector, dimensions * sizeof *vector);
    }
    return LLMC_OK;
}

llmc_status llmc_embeddings_text_status(const llmc_embeddings *embeddings, size_t index) {
    const llmc__embed_text *text = text_at(embeddings, index);
    if (!text)
        return LLMC_ERR_INVALID_ARGUMENT;
    if (text->ok)
        return LLMC_OK;
    return text->reason ? text->reason->status : LLMC_ERR_NO_MEMORY;
}

const llmc_error *llmc_embeddings_text_error(const llmc_embeddings *embeddings, size_t index) {
    const llmc__embed_text *text = text_at(embeddings, index);
    return text && text->reason ? &text->reason->error : NULL;
}

const char *llmc_embeddings_provider(const llmc_embeddings *embeddings) {
    return llmc__getter_text(known(embeddings), offsetof(llmc_embeddings, provider));
}

const char *llmc_embeddings_model(const llmc_embeddings *embeddings) {
    return llmc__getter_text(known(embeddings), offsetof(llmc_embeddings, model));
}

int64_t llmc_embeddings_tokens_in(const llmc_embeddings *embeddings) {
    return is_known(embeddings) && !embeddings->tokens_unknown ? embeddings->tokens_in : -1;
}

double llmc_embeddings_cost_usd(const llmc_embeddings *embeddings) {
    return is_known(embeddings) && !embeddings->cost_unknown ? embeddings->cost_usd : -1.0;
}

size_t llmc_embeddings_requests(const llmc_embeddings *embeddings) {
    return is_known(embeddings) ? embeddings->requests : 0;
}

size_t llmc_embeddings_from_cache(const llmc_embeddings *embeddings) {
    return is_known(embeddings) ? embeddings->from_cache : 0;
}
