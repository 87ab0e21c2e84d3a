/*
 * Texts and the client's cache. Each text has an entry of its own, under the key that a request of it alone would have,
 * so that it is found whatever it is asked together with.
 */
#include <string.h>

#include "api/embed.h"
#include "base/mem.h"

llmc_request *llmc__embed_alone(const llmc_embeddings *e, llmc_request *room, size_t item) {
    e->look->texts[0] = e->texts[item].text;
    *room = *e->like; /* lent */
    room->input = e->look;
    return room;
}

/* Some of the texts. */
typedef struct picked {
    const llmc_embeddings *e;
    const size_t *items;
} picked;

static llmc__text text_at(const void *from, size_t index) {
    const picked *p = from;
    return p->e->texts[p->items[index]].text;
}

/* Entries that are soon past their time are fetched anew by a job of their own, which nobody waits for. */
static void refresh(const llmc_embeddings *e, const size_t *items, size_t count) {
    llmc_embed_options options = llmc__embed_defaults;
    picked p = {e, items};
    llmc__embed_source source = {text_at, &p};
    llmc_request *settings = llmc__request_copy(e->like);
    llmc_embeddings *anew = NULL;
    if (!settings)
        return;
    settings->cache_mode = LLMC_CACHE_REFRESH;
    options.settings = settings;
    options.dimensions = e->dimensions_asked;
    options.task = e->task;
    options.encoding = (llmc_embed_encoding)e->encoding;
    options.truncate = (llmc_embed_truncate)(e->truncate + 1);
    options.max_texts = (uint32_t)e->limits.texts;
    options.max_bytes = e->limits.bytes;
    options.max_tokens = e->limits.tokens;
    if (llmc__embed_new(e->work.client, e->like->model, &source, count, &options, &anew) == LLMC_OK)
        (void)llmc__embed_post(anew);
    llmc_embeddings_unref(anew);
    llmc_request_free(settings);
}

void llmc__embed_look(llmc_embeddings *e) {
    size_t *late, count = 0;
    if (!e->look)
        return;
    late = llmc__mem_calloc(e->text_count ? e->text_count : 1, sizeof *late);
    for (size_t i = 0; i < e->text_count; i++) {
        llmc_request room;
        llmc_response *hit = NULL;
        bool again;
        if (e->texts[i].ended)
            continue;
        again = llmc__caching_peek(e->work.client, llmc__embed_alone(e, &room, i), &hit, &e->texts[i].stale,
                                   &e->generation);
        if (!hit)
            continue;
        llmc__embed_serve(e, i, hit);
        llmc__response_unref(hit);
        if (again && late)
            late[count++] = i;
    }
    if (count)
        refresh(e, late, count);
    llmc__mem_free(late);
}

/* The vector alone, with what names its origin. */
static llmc_response *part_of(const llmc_embeddings *e, const llmc_response *whole, size_t index) {
    llmc_response *part = llmc__response_new(e->work.client->options.max_response_bytes);
    llmc__result *result = llmc__result_new(LLMC__OP_EMBED);
    size_t dimensions = whole->result->dimensions;
    if (part)
        part->result = result;
    else
        llmc__result_unref(result);
    if (!part || !result)
        goto fail;
    part->provider = llmc__mem_strdup(whole->provider);
    part->model = llmc__mem_strdup(whole->model);
    result->vectors = llmc__mem_calloc(dimensions, sizeof *result->vectors);
    if (!result->vectors || (whole->provider && !part->provider) || (whole->model && !part->model))
        goto fail;
    memcpy(result->vectors, whole->result->vectors + index * dimensions, dimensions * sizeof *result->vectors);
    result->vector_count = 1;
    result->dimensions = dimensions;
    part->from_cache = true;
    return part;
fail:
    llmc__response_unref(part);
    return NULL;
}

void llmc__embed_keep(llmc_embeddings *e, const size_t *items, size_t count, const llmc_response *response) {
    for (size_t i = 0; e->look && i < count; i++) {
        llmc_request room;
        llmc_response *part = e->texts[items[i]].ok ? part_of(e, response, i) : NULL;
        if (part)
            llmc__caching_keep(e->work.client, llmc__embed_alone(e, &room, items[i]), part, e->generation,
                               response->latency_ms * 1000);
        llmc__response_unref(part);
    }
}
