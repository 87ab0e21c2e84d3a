#include "policy/pack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

typedef struct bin {
    size_t texts, bytes, tokens; /* room left */
} bin;

typedef struct item {
    size_t index, bytes, tokens, bin;
} item;

/*
 * The bins as a tree over the tokens that are left in each, so that the first with room is found in steps of the
 * logarithm: node n has the larger of 2n and 2n + 1, and bin i is leaf `width` + i. One too full in another way has 0.
 */
typedef struct packing {
    llmc__pack_limits limits; /* none is 0: what has no limit has the largest number */
    item *items;
    bin *bins;
    size_t *tree;
    size_t bin_count, width;
} packing;

size_t llmc__pack_tokens(size_t bytes) {
    return bytes / 4 + (bytes % 4 != 0);
}

static int longest_first(const void *a, const void *b) {
    const item *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_bin(const void *a, const void *b) {
    const item *x = a, *y = b;
    if (x->bin != y->bin)
        return x->bin < y->bin ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void set_leaf(packing *p, size_t index) {
    const bin *b = &p->bins[index];
    size_t node = p->width + index;
    p->tree[node] = b->texts > 0 ? b->tokens : 0;
    for (node /= 2; node > 0; node /= 2)
        p->tree[node] = p->tree[2 * node] > p->tree[2 * node + 1] ? p->tree[2 * node] : p->tree[2 * node + 1];
}

/* The first leaf at or behind `from` with so many tokens left; `width` when there is none. */
static size_t first_leaf(const packing *p, size_t from, size_t tokens) {
    size_t node = p->width + from;
    while (p->tree[node] < tokens) {
        while ((node & 1) != 0) /* a right child: up, until there is something to the right */
            node /= 2;
        if (node == 0)
            return p->width;
        node++;
    }
    while (node < p->width) {
        node *= 2;
        if (p->tree[node] < tokens)
            node++;
    }
    return node - p->width;
}

/* The first bin with room in every way. Bytes and tokens go together, so that hardly any is tried in vain. */
static size_t find_bin(const packing *p, const item *it) {
    size_t tokens = it->tokens > 0 ? it->tokens : 1; /* a full one has 0 */
    size_t at = first_leaf(p, 0, tokens);
    while (at < p->bin_count && p->bins[at].bytes < it->bytes)
        at = at + 1 < p->width ? first_leaf(p, at + 1, tokens) : p->width;
    return at < p->bin_count ? at : p->bin_count;
}

static size_t less(size_t room, size_t taken) {
    return room > taken ? room - taken : 0;
}

static void place(packing *p, item *it) {
    size_t at = find_bin(p, it);
    bin *b = &p->bins[at];
    if (at == p->bin_count) {
        p->bin_count++;
        *b = (bin){p->limits.texts, p->limits.bytes, p->limits.tokens};
    }
    it->bin = at;
    b->texts--;
    b->bytes = less(b->bytes, it->bytes);
    b->tokens = less(b->tokens, it->tokens);
    set_leaf(p, at);
}

static bool make_room(packing *p, size_t count) {
    for (p->width = 1; p->width < count; p->width *= 2)
        ;
    p->items = llmc__mem_calloc(count, sizeof *p->items);
    p->bins = llmc__mem_calloc(count, sizeof *p->bins);
    p->tree = llmc__mem_calloc(2 * p->width, sizeof *p->tree);
    return p->items != NULL && p->bins != NULL && p->tree != NULL;
}

static void fill(packing *p, const size_t *sizes, size_t count) {
    for (size_t i = 0; i < count; i++)
        p->items[i] = (item){i, sizes[i], llmc__pack_tokens(sizes[i]), 0};
    qsort(p->items, count, sizeof *p->items, longest_first);
    for (size_t i = 0; i < count; i++)
        place(p, &p->items[i]);
    qsort(p->items, count, sizeof *p->items, by_bin);
}

static llmc_status tell(const packing *p, size_t count, llmc__packs *out) {
    out->items = llmc__mem_calloc(count, sizeof *out->items);
    out->ends = llmc__mem_calloc(p->bin_count, sizeof *out->ends);
    if (out->items == NULL || out->ends == NULL) {
        llmc__pack_free(out);
        return LLMC_ERR_NO_MEMORY;
    }
    out->count = p->bin_count;
    for (size_t i = 0; i < count; i++) {
        out->items[i] = p->items[i].index;
        out->ends[p->items[i].bin] = i + 1;
    }
    return LLMC_OK;
}

static size_t or_all(size_t limit) {
    return limit > 0 ? limit : SIZE_MAX;
}

llmc_status llmc__pack_all(const size_t *sizes, size_t count, const llmc__pack_limits *limits, llmc__packs *out) {
    packing p = {.limits = {or_all(limits->texts), or_all(limits->bytes), or_all(limits->tokens)}};
    llmc_status status = LLMC_ERR_NO_MEMORY;
    memset(out, 0, sizeof *out);
    if (count == 0)
        return LLMC_OK;
    if (make_room(&p, count)) {
        fill(&p, sizes, count);
        status = tell(&p, count, out);
    }
    llmc__mem_free(p.items);
    llmc__mem_free(p.bins);
    llmc__mem_free(p.tree);
    return status;
}

void llmc__pack_free(llmc__packs *packs) {
    llmc__mem_free(packs->items);
    llmc__mem_free(packs->ends);
    memset(packs, 0, sizeof *packs);
}
