#include "base/list.h"

__attribute__((noinline)) void llmc__list_init(llmc__list *list) {
    list->head.prev = &list->head;
    list->head.next = &list->head;
    list->count = 0;
}

bool llmc__list_linked(const llmc__list_node *node) {
    return node->next != NULL;
}

static void link_between(llmc__list_node *node, llmc__list_node *prev, llmc__list_node *next) {
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

void llmc__list_push_back(llmc__list *list, llmc__list_node *node) {
    if (list->count == 0)
        llmc__list_init(list);
    link_between(node, list->head.prev, &list->head);
    list->count++;
}

void llmc__list_push_front(llmc__list *list, llmc__list_node *node) {
    if (list->count == 0)
        llmc__list_init(list);
    link_between(node, &list->head, list->head.next);
    list->count++;
}

void llmc__list_remove(llmc__list *list, llmc__list_node *node) {
    if (!llmc__list_linked(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->prev = NULL;
    node->next = NULL;
    list->count--;
}

llmc__list_node *llmc__list_first(const llmc__list *list) {
    return list->count > 0 ? list->head.next : NULL;
}

llmc__list_node *llmc__list_last(const llmc__list *list) {
    return list->count > 0 ? list->head.prev : NULL;
}

llmc__list_node *llmc__list_next(const llmc__list *list, const llmc__list_node *node) {
    return node->next != &list->head ? node->next : NULL;
}

llmc__list_node *llmc__list_pop_front(llmc__list *list) {
    llmc__list_node *node = llmc__list_first(list);

    if (node != NULL)
        llmc__list_remove(list, node);
    return node;
}

void llmc__list_move_all(llmc__list *to, llmc__list *from) {
    if (from->count == 0)
        return;
    if (to->count == 0)
        llmc__list_init(to);
    from->head.next->prev = to->head.prev;
    to->head.prev->next = from->head.next;
    from->head.prev->next = &to->head;
    to->head.prev = from->head.prev;
    to->count += from->count;
    llmc__list_init(from);
}
