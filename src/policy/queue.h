/*
 * Who waits, in which order: three priority classes, in each the earliest deadline first and then the oldest. The
 * classes take turns by weight (16 high, 4 normal, 1 low), so that none starves; a class that is empty gives its turns
 * away. Intrusive, bounded by its user, no allocation after reserve. Pure.
 */
#ifndef LLMC_POLICY_QUEUE_H
#define LLMC_POLICY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "llmclient.h"

#define LLMC__QUEUE_CLASSES 3

typedef struct llmc__queue_node {
    int64_t due_us;   /* INT64_MAX: no deadline */
    uint64_t ticket;  /* order of coming */
    size_t index;     /* place in its heap + 1; 0 when not queued */
    uint8_t priority; /* llmc_priority: class */
} llmc__queue_node;

typedef struct llmc__queue {
    struct {
        llmc__queue_node **nodes;
        size_t count, cap;
    } classes[LLMC__QUEUE_CLASSES];
    uint32_t turns[LLMC__QUEUE_CLASSES]; /* left in this round */
    uint64_t next_ticket;
    size_t count;
} llmc__queue;

void llmc__queue_init(llmc__queue *queue);
void llmc__queue_free(llmc__queue *queue); /* nodes are the caller's */

/* node->due_us and priority are set. A node that had been popped keeps its place in time when keep_ticket.
 * LLMC_OK or NO_MEMORY. */
llmc_status llmc__queue_push(llmc__queue *queue, llmc__queue_node *node, bool keep_ticket);
llmc__queue_node *
llmc__queue_top(const llmc__queue *queue); /* whose turn it is; NULL: empty. Stays until pop or push */
void llmc__queue_pop(llmc__queue *queue);  /* takes the top and its turn */
void llmc__queue_remove(llmc__queue *queue, llmc__queue_node *node); /* nothing when it is not queued */
bool llmc__queue_has(const llmc__queue_node *node);

#endif
