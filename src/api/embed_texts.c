/* The different ones of many texts: each is sent once, and its vector goes to every place that has it. */
#include <string.h>

#include "api/embed.h"
#include "base/mem.h"
#include "base/str.h"

/* Open addressing; slots hold one more than the number of a text. */
typedef struct table {
    size_t *slots;
    size_t mask;
    llmc__hash_key key;
} table;

static bool same(const llmc__text *a, const llmc__text *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* Where the text is, or where it belongs. */
static size_t *slot_of(const table *x, const llmc_embeddings *e, const llmc__text *text) {
    size_t at = (size_t)llmc__hash_sip64(x->key, text->data, text->len) & x->mask;
    while (x->slots[at] && !same(&e->texts[x->slots[at] - 1].text, text))
        at = (at + 1) & x->mask;
    return &x->slots[at];
}

/* Places of one text in order, the last first as they are met from the end. */
static void add(llmc_embeddings *e, const table *x, size_t place, llmc__text text) {
    size_t *slot = slot_of(x, e, &text);
    if (!*slot) {
        e->texts[e->text_count++] = (llmc__embed_text){.text = text, .first = SIZE_MAX};
        *slot = e->text_count;
    }
    e->places[place] = *slot - 1;
    e->nexts[place] = e->texts[*slot - 1].first;
    e->texts[*slot - 1].first = place;
}

static bool make_room(llmc_embeddings *e, table *x) {
    size_t slots = 16;
    while (slots < e->count * 2)
        slots *= 2;
    x->mask = slots - 1;
    x->key = e->work.client->hash_key;
    x->slots = llmc__mem_calloc(slots, sizeof *x->slots);
    e->texts = llmc__mem_calloc(e->count, sizeof *e->texts);
    e->places = llmc__mem_calloc(e->count, sizeof *e->places);
    e->nexts = llmc__mem_calloc(e->count, sizeof *e->nexts);
    return x->slots && e->texts && e->places && e->nexts;
}

static bool copy(llmc_embeddings *e) {
    size_t bytes = 0, at = 0;
    for (size_t i = 0; i < e->text_count; i++)
        bytes += e->texts[i].text.len;
    e->arena = llmc__mem_alloc(bytes ? bytes : 1);
    for (size_t i = 0; e->arena && i < e->text_count; i++) {
        llmc__text *text = &e->texts[i].text;
        if (text->len)
            memcpy(e->arena + at, text->data, text->len);
        text->data = e->arena + at;
        at += text->len;
    }
    return e->arena != NULL;
}

llmc_status llmc__embed_collect(llmc_embeddings *e, const llmc__embed_source *source) {
    table x = {0};
    bool whole;
    if (e->count == 0)
        return LLMC_OK;
    whole = make_room(e, &x);
    for (size_t i = 0; whole && i < e->count; i++)
        add(e, &x, i, source->at(source->from, i));
    llmc__mem_free(x.slots);
    return whole && copy(e) ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}
