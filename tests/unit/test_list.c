#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/list.h"

typedef struct item {
    int value;
    llmc__list_node node;
} item;

static void expect(const llmc__list *list, const int *values, size_t count) {
    llmc__list_node *node = llmc__list_first(list);
    size_t i;

    assert_int_equal(list->count, count);
    for (i = 0; i < count; i++, node = llmc__list_next(list, node)) {
        assert_non_null(node);
        assert_int_equal(LLMC__CONTAINER(node, item, node)->value, values[i]);
    }
    assert_null(node);
    if (count > 0)
        assert_int_equal(LLMC__CONTAINER(llmc__list_last(list), item, node)->value, values[count - 1]);
}

static void order_and_ends(void **state) {
    item items[3] = {{1, {NULL, NULL}}, {2, {NULL, NULL}}, {3, {NULL, NULL}}};
    llmc__list list;

    (void)state;
    llmc__list_init(&list);
    assert_null(llmc__list_first(&list));
    assert_null(llmc__list_last(&list));
    assert_null(llmc__list_pop_front(&list));
    llmc__list_push_back(&list, &items[1].node);
    llmc__list_push_back(&list, &items[2].node);
    llmc__list_push_front(&list, &items[0].node);
    expect(&list, (const int[]){1, 2, 3}, 3);
    llmc__list_remove(&list, &items[1].node);
    assert_false(llmc__list_linked(&items[1].node));
    llmc__list_remove(&list, &items[1].node);
    expect(&list, (const int[]){1, 3}, 2);
    assert_ptr_equal(llmc__list_pop_front(&list), &items[0].node);
    assert_false(llmc__list_linked(&items[0].node));
    expect(&list, (const int[]){3}, 1);
}

static void moving_all(void **state) {
    item items[4] = {{1, {NULL, NULL}}, {2, {NULL, NULL}}, {3, {NULL, NULL}}, {4, {NULL, NULL}}};
    llmc__list a, b;
    int i;

    (void)state;
    llmc__list_init(&a);
    llmc__list_init(&b);
    llmc__list_move_all(&a, &b);
    expect(&a, NULL, 0);
    for (i = 0; i < 4; i++)
        llmc__list_push_back(i < 2 ? &a : &b, &items[i].node);
    llmc__list_move_all(&a, &b);
    expect(&a, (const int[]){1, 2, 3, 4}, 4);
    expect(&b, NULL, 0);
    llmc__list_move_all(&b, &a);
    expect(&b, (const int[]){1, 2, 3, 4}, 4);
    llmc__list_remove(&b, &items[3].node);
    expect(&b, (const int[]){1, 2, 3}, 3);
}

static void zeros_are_an_empty_list(void **state) {
    item items[3] = {{1, {NULL, NULL}}, {2, {NULL, NULL}}, {3, {NULL, NULL}}};
    llmc__list a = {{NULL, NULL}, 0}, b = {{NULL, NULL}, 0}, c = {{NULL, NULL}, 0};

    (void)state;
    expect(&a, NULL, 0);
    assert_null(llmc__list_last(&a));
    assert_null(llmc__list_pop_front(&a));
    llmc__list_move_all(&a, &b);
    expect(&a, NULL, 0);
    llmc__list_push_front(&a, &items[1].node);
    llmc__list_push_front(&a, &items[0].node);
    llmc__list_push_back(&b, &items[2].node);
    llmc__list_move_all(&c, &a);
    llmc__list_move_all(&c, &b);
    expect(&c, (const int[]){1, 2, 3}, 3);
    expect(&a, NULL, 0);
    expect(&b, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_and_ends), cmocka_unit_test(moving_all),
                                       cmocka_unit_test(zeros_are_an_empty_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
