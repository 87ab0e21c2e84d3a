#include "policy/queue.h"

#include <string.h>
#include "base/mem.h"

#define FIRST_CAP 16

static const uint8_t order[LLMC__QUEUE_CLASSES] = {LLMC_PRIORITY_HIGH, LLMC_PRIORITY_NORMAL, LLMC_PRIORITY_LOW};

static void deal_turns(llmc__queue *queue) {
    queue->turns[LLMC_PRIORITY_HIGH] = 16;
    queue->turns[LLMC_PRIORITY_NORMAL] = 4;
    queue->turns[LLMC_PRIORITY_LOW] = 1;
}

void llmc__queue_init(llmc__queue *queue) {
    memset(queue, 0, sizeof(*queue));
    deal_turns(queue);
}

void llmc__queue_free(llmc__queue *queue) {
    size_t c, i;

    for (c = 0; c < LLMC__QUEUE_CLASSES; c++) {
        for (i = 0; i < queue->classes[c].count; i++)
            queue->classes[c].nodes[i]->index = 0;
        llmc__mem_free(queue->classes[c].nodes);
    }
    llmc__queue_init(queue);
}

bool llmc__queue_has(const llmc__queue_node *node) {
    return node->index > 0;
}

/* The heap of each class: earliest due first, of the same due the oldest. */

static bool before(const llmc__queue_node *a, const llmc__queue_node *b) {
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->ticket < b->ticket;
}

static void place(llmc__queue_node **nodes, size_t at, llmc__queue_node *node) {
    nodes[at] = node;
    node->index = at + 1;
}

static void sift_up(llmc__queue_node **nodes, size_t at) {
    llmc__queue_node *node = nodes[at];

    for (; at > 0 && before(node, nodes[(at - 1) / 2]); at = (at - 1) / 2)
        place(nodes, at, nodes[(at - 1) / 2]);
    place(nodes, at, node);
}

static void sift_down(llmc__queue_node **nodes, size_t count, size_t at) {
    llmc__queue_node *node = nodes[at];
    size_t child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && before(nodes[child + 1], nodes[child]))
            child++;
        if (!before(nodes[child], node))
            break;
        place(nodes, at, nodes[child]);
        at = child;
    }
    place(nodes, at, node);
}

static llmc_status make_room(llmc__queue *queue, size_t class) {
    size_t cap = queue->classes[class].cap;
    llmc__queue_node **nodes;

    if (queue->classes[class].count < cap)
        return LLMC_OK;
    if (cap > SIZE_MAX / (2 * sizeof(llmc__queue_node *)))
        return LLMC_ERR_NO_MEMORY;
    cap = cap > 0 ? cap * 2 : FIRST_CAP;
    nodes = llmc__mem_realloc(queue->classes[class].nodes, cap * sizeof(llmc__queue_node *));
    if (nodes == NULL)
        return LLMC_ERR_NO_MEMORY;
    queue->classes[class].nodes = nodes;
    queue->classes[class].cap = cap;
    return LLMC_OK;
}

llmc_status llmc__queue_push(llmc__queue *queue, llmc__queue_node *node, bool keep_ticket) {
    llmc_status status;
    size_t at;

    if (node->priority >= LLMC__QUEUE_CLASSES)
        node->priority = LLMC_PRIORITY_NORMAL;
    status = make_room(queue, node->priority);
    if (status != LLMC_OK)
        return status;
    if (!keep_ticket)
        node->ticket = queue->next_ticket++;
    at = queue->classes[node->priority].count++;
    queue->classes[node->priority].nodes[at] = node;
    sift_up(queue->classes[node->priority].nodes, at);
    queue->count++;
    return LLMC_OK;
}

void llmc__queue_remove(llmc__queue *queue, llmc__queue_node *node) {
    size_t class = node->priority;
    size_t at = node->index, last;
    llmc__queue_node **nodes;

    if (at == 0)
        return;
    nodes = queue->classes[class].nodes;
    last = --queue->classes[class].count;
    queue->count--;
    node->index = 0;
    if (--at == last)
        return;
    place(nodes, at, nodes[last]);
    sift_up(nodes, at);
    sift_down(nodes, last, at);
}

/*
 * The class whose turn it is: the first in order that has both nodes and turns. When none is left with both, the round
 * is over, and the first that has nodes begins the next one (*new_round). Not empty.
 */
static size_t next_class(const llmc__queue *queue, bool *new_round) {
    size_t i, first = LLMC__QUEUE_CLASSES;

    *new_round = false;
    for (i = 0; i < LLMC__QUEUE_CLASSES; i++) {
        if (queue->classes[order[i]].count == 0)
            continue;
        if (queue->turns[order[i]] > 0)
            return order[i];
        if (first == LLMC__QUEUE_CLASSES)
            first = order[i];
    }
    *new_round = true;
    return first;
}

llmc__queue_node *llmc__queue_top(const llmc__queue *queue) {
    bool new_round;

    return queue->count > 0 ? queue->classes[next_class(queue, &new_round)].nodes[0] : NULL;
}

void llmc__queue_pop(llmc__queue *queue) {
    bool new_round;
    size_t class;

    if (queue->count == 0)
        return;
    class = next_class(queue, &new_round);
    if (new_round)
        deal_turns(queue);
    queue->turns[class]--;
    llmc__queue_remove(queue, queue->classes[class].nodes[0]);
}
