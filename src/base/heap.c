#include "base/heap.h"

#include "base/mem.h"

#define FIRST_CAP 16

void llmc__heap_init(llmc__heap *heap) {
    heap->nodes = NULL;
    heap->count = 0;
    heap->cap = 0;
}

void llmc__heap_free(llmc__heap *heap) {
    size_t i;

    for (i = 0; i < heap->count; i++)
        heap->nodes[i]->index = 0;
    llmc__mem_free(heap->nodes);
    llmc__heap_init(heap);
}

llmc_status llmc__heap_reserve(llmc__heap *heap, size_t count) {
    size_t cap = heap->cap > 0 ? heap->cap : FIRST_CAP;
    llmc__heap_node **nodes;

    if (count <= heap->cap)
        return LLMC_OK;
    if (count > SIZE_MAX / (2 * sizeof(*nodes)))
        return LLMC_ERR_NO_MEMORY;
    while (cap < count)
        cap *= 2;
    nodes = llmc__mem_realloc(heap->nodes, cap * sizeof(llmc__heap_node *));
    if (nodes == NULL)
        return LLMC_ERR_NO_MEMORY;
    heap->nodes = nodes;
    heap->cap = cap;
    return LLMC_OK;
}

static void place(llmc__heap *heap, size_t at, llmc__heap_node *node) {
    heap->nodes[at] = node;
    node->index = at + 1;
}

static size_t sift_up(llmc__heap *heap, size_t at) {
    llmc__heap_node *node = heap->nodes[at];

    while (at > 0 && node->key < heap->nodes[(at - 1) / 2]->key) {
        place(heap, at, heap->nodes[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(heap, at, node);
    return at;
}

static void sift_down(llmc__heap *heap, size_t at) {
    llmc__heap_node *node = heap->nodes[at];
    size_t child;

    while ((child = 2 * at + 1) < heap->count) {
        if (child + 1 < heap->count && heap->nodes[child + 1]->key < heap->nodes[child]->key)
            child++;
        if (node->key <= heap->nodes[child]->key)
            break;
        place(heap, at, heap->nodes[child]);
        at = child;
    }
    place(heap, at, node);
}

llmc_status llmc__heap_set(llmc__heap *heap, llmc__heap_node *node, int64_t key) {
    llmc_status status;

    if (node->index == 0) {
        status = llmc__heap_reserve(heap, heap->count + 1);
        if (status != LLMC_OK)
            return status;
        place(heap, heap->count++, node);
    }
    node->key = key;
    sift_down(heap, sift_up(heap, node->index - 1));
    return LLMC_OK;
}

void llmc__heap_remove(llmc__heap *heap, llmc__heap_node *node) {
    size_t at = node->index - 1;
    llmc__heap_node *last;

    if (node->index == 0)
        return;
    node->index = 0;
    last = heap->nodes[--heap->count];
    if (last == node)
        return;
    place(heap, at, last);
    sift_down(heap, sift_up(heap, at));
}

llmc__heap_node *llmc__heap_top(const llmc__heap *heap) {
    return heap->count > 0 ? heap->nodes[0] : NULL;
}

bool llmc__heap_has(const llmc__heap_node *node) {
    return node->index != 0;
}
