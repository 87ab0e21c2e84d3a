#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "base/heap.h"
#include "base/mem.h"

#define COUNT 300

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void check_order(const llmc__heap *heap) {
    size_t i;

    for (i = 0; i < heap->count; i++) {
        assert_int_equal(heap->nodes[i]->index, i + 1);
        if (i > 0)
            assert_true(heap->nodes[(i - 1) / 2]->key <= heap->nodes[i]->key);
    }
}

static void earliest_first(void **state) {
    llmc__heap_node nodes[4];
    llmc__heap heap;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__heap_init(&heap);
    assert_null(llmc__heap_top(&heap));
    llmc__heap_remove(&heap, &nodes[0]);
    llmc__heap_set(&heap, &nodes[0], 50);
    llmc__heap_set(&heap, &nodes[1], INT64_MIN);
    llmc__heap_set(&heap, &nodes[2], INT64_MAX);
    llmc__heap_set(&heap, &nodes[3], 10);
    assert_ptr_equal(llmc__heap_top(&heap), &nodes[1]);
    llmc__heap_set(&heap, &nodes[1], 60);
    assert_ptr_equal(llmc__heap_top(&heap), &nodes[3]);
    llmc__heap_remove(&heap, &nodes[3]);
    assert_false(llmc__heap_has(&nodes[3]));
    assert_ptr_equal(llmc__heap_top(&heap), &nodes[0]);
    llmc__heap_set(&heap, &nodes[2], 5);
    assert_ptr_equal(llmc__heap_top(&heap), &nodes[2]);
    assert_int_equal(heap.count, 3);
    llmc__heap_free(&heap);
    assert_false(llmc__heap_has(&nodes[2]));
}

static void random_changes_keep_order(void **state) {
    static llmc__heap_node nodes[COUNT];
    llmc__heap heap;
    int64_t last = INT64_MIN;
    int i;

    (void)state;
    srand(7);
    llmc__heap_init(&heap);
    for (i = 0; i < 5000; i++) {
        llmc__heap_node *node = &nodes[rand() % COUNT];
        if (rand() % 4 == 0)
            llmc__heap_remove(&heap, node);
        else
            assert_int_equal(llmc__heap_set(&heap, node, rand() % 1000), LLMC_OK);
        if (i % 50 == 0)
            check_order(&heap);
    }
    while (heap.count > 0) {
        llmc__heap_node *top = llmc__heap_top(&heap);
        assert_true(top->key >= last);
        last = top->key;
        llmc__heap_remove(&heap, top);
        check_order(&heap);
    }
    llmc__heap_free(&heap);
}

static void reserved_places_cannot_fail(void **state) {
    llmc__heap_node nodes[40];
    llmc__heap heap;
    int i;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__heap_init(&heap);
    assert_int_equal(llmc__heap_reserve(&heap, 40), LLMC_OK);
    assert_int_equal(llmc__heap_reserve(&heap, SIZE_MAX / 4), LLMC_ERR_NO_MEMORY);
    llmc__mem_set_gate(refuse, NULL);
    for (i = 0; i < 40; i++)
        assert_int_equal(llmc__heap_set(&heap, &nodes[i], 40 - i), LLMC_OK);
    llmc__mem_set_gate(NULL, NULL);
    check_order(&heap);
    llmc__heap_free(&heap);
    llmc__mem_set_gate(refuse, NULL);
    assert_int_equal(llmc__heap_set(&heap, &nodes[0], 1), LLMC_ERR_NO_MEMORY);
    llmc__mem_set_gate(NULL, NULL);
    assert_false(llmc__heap_has(&nodes[0]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earliest_first),
        cmocka_unit_test(random_changes_keep_order),
        cmocka_unit_test(reserved_places_cannot_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
