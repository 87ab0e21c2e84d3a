/* Intrusive binary heap on a 64-bit key: the timers of a loop, earliest first. */
#ifndef LLMC_BASE_HEAP_H
#define LLMC_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "llmclient.h"

typedef struct llmc__heap_node {
    int64_t key;
    size_t index; /* place in the heap + 1; 0 when not in it */
} llmc__heap_node;

typedef struct llmc__heap {
    llmc__heap_node **nodes;
    size_t count, cap;
} llmc__heap;

void llmc__heap_init(llmc__heap *heap);
void llmc__heap_free(llmc__heap *heap);                         /* nodes are the caller's */
llmc_status llmc__heap_reserve(llmc__heap *heap, size_t count); /* so that `count` nodes fit without failing */
llmc_status llmc__heap_set(llmc__heap *heap, llmc__heap_node *node, int64_t key); /* inserts or moves */
void llmc__heap_remove(llmc__heap *heap, llmc__heap_node *node);                  /* does nothing if not in it */
llmc__heap_node *llmc__heap_top(const llmc__heap *heap);                          /* NULL when empty */
bool llmc__heap_has(const llmc__heap_node *node);

#endif
