/* Intrusive doubly linked list. A node knows whether it is linked, so that unlinking twice is harmless. */
#ifndef LLMC_BASE_LIST_H
#define LLMC_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct llmc__list_node {
    struct llmc__list_node *prev, *next; /* both NULL when not linked */
} llmc__list_node;

/* All zeros is an empty list, too. */
typedef struct llmc__list {
    llmc__list_node head; /* sentinel; in order while count is not 0 */
    size_t count;
} llmc__list;

/* The struct that holds `node` as its member. */
#define LLMC__CONTAINER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

void llmc__list_init(llmc__list *list);
bool llmc__list_linked(const llmc__list_node *node);
void llmc__list_push_back(llmc__list *list, llmc__list_node *node);
void llmc__list_push_front(llmc__list *list, llmc__list_node *node);
void llmc__list_remove(llmc__list *list, llmc__list_node *node); /* does nothing if not linked */
llmc__list_node *llmc__list_first(const llmc__list *list);       /* NULL when empty */
llmc__list_node *llmc__list_last(const llmc__list *list);
llmc__list_node *llmc__list_next(const llmc__list *list, const llmc__list_node *node); /* NULL at the end */
llmc__list_node *llmc__list_pop_front(llmc__list *list);                               /* NULL when empty */
void llmc__list_move_all(llmc__list *to, llmc__list *from);                            /* appends; empties from */

#endif
