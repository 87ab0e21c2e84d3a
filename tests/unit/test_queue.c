#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "policy/queue.h"
#include "support_random.h"

#define NEVER INT64_MAX

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void push(llmc__queue *queue, llmc__queue_node *node, llmc_priority priority, int64_t due_us) {
    node->priority = (uint8_t)priority;
    node->due_us = due_us;
    assert_int_equal(llmc__queue_push(queue, node, false), LLMC_OK);
    assert_true(llmc__queue_has(node));
}

static llmc__queue_node *pop(llmc__queue *queue) {
    llmc__queue_node *top = llmc__queue_top(queue);

    assert_non_null(top);
    assert_ptr_equal(llmc__queue_top(queue), top); /* looking takes nothing */
    llmc__queue_pop(queue);
    assert_false(llmc__queue_has(top));
    return top;
}

static void empty_queue(void **state) {
    llmc__queue_node node;
    llmc__queue queue;

    (void)state;
    memset(&node, 0, sizeof(node));
    llmc__queue_init(&queue);
    assert_null(llmc__queue_top(&queue));
    llmc__queue_pop(&queue);
    llmc__queue_remove(&queue, &node);
    assert_false(llmc__queue_has(&node));
    assert_int_equal(queue.count, 0);
    push(&queue, &node, LLMC_PRIORITY_LOW, NEVER);
    llmc__queue_free(&queue);
    assert_false(llmc__queue_has(&node));
    assert_null(llmc__queue_top(&queue));
    llmc__queue_free(&queue);
}

static void earliest_deadline_first(void **state) {
    static const int64_t dues[] = {50, NEVER, 10, 40, INT64_MIN, 20, 30};
    static const size_t sorted[] = {4, 2, 5, 6, 3, 0, 1};
    llmc__queue_node nodes[7];
    llmc__queue queue;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    for (size_t i = 0; i < 7; i++)
        push(&queue, &nodes[i], LLMC_PRIORITY_NORMAL, dues[i]);
    for (size_t i = 0; i < 7; i++)
        assert_ptr_equal(pop(&queue), &nodes[sorted[i]]);
    assert_null(llmc__queue_top(&queue));
    llmc__queue_free(&queue);
}

static void same_deadline_oldest_first(void **state) {
    llmc__queue_node nodes[100];
    llmc__queue queue;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 100; i++)
            push(&queue, &nodes[i], LLMC_PRIORITY_HIGH, round == 0 ? NEVER : 7);
        for (size_t i = 0; i < 100; i++)
            assert_ptr_equal(pop(&queue), &nodes[i]);
    }
    llmc__queue_free(&queue);
}

/* A call that was popped and has to wait again stands where it stood, not behind all who came since. */
static void ticket_is_kept(void **state) {
    llmc__queue_node nodes[10];
    llmc__queue queue;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    for (size_t i = 0; i < 10; i++)
        push(&queue, &nodes[i], LLMC_PRIORITY_NORMAL, NEVER);
    assert_ptr_equal(pop(&queue), &nodes[0]);
    assert_ptr_equal(pop(&queue), &nodes[1]);
    assert_int_equal(llmc__queue_push(&queue, &nodes[1], false), LLMC_OK);
    assert_int_equal(llmc__queue_push(&queue, &nodes[0], true), LLMC_OK);
    assert_ptr_equal(pop(&queue), &nodes[0]);
    for (size_t i = 2; i < 10; i++)
        assert_ptr_equal(pop(&queue), &nodes[i]);
    assert_ptr_equal(pop(&queue), &nodes[1]);
    llmc__queue_free(&queue);
}

static void classes_take_turns(void **state) {
    static llmc__queue_node nodes[3][200];
    size_t round, i;
    llmc__queue queue;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    for (i = 0; i < 200; i++) {
        push(&queue, &nodes[LLMC_PRIORITY_LOW][i], LLMC_PRIORITY_LOW, 0); /* the most urgent, of the last class */
        push(&queue, &nodes[LLMC_PRIORITY_NORMAL][i], LLMC_PRIORITY_NORMAL, 1);
        push(&queue, &nodes[LLMC_PRIORITY_HIGH][i], LLMC_PRIORITY_HIGH, NEVER);
    }
    for (round = 0; round < 12; round++) {
        for (i = 0; i < 16; i++)
            assert_ptr_equal(pop(&queue), &nodes[LLMC_PRIORITY_HIGH][16 * round + i]);
        for (i = 0; i < 4; i++)
            assert_ptr_equal(pop(&queue), &nodes[LLMC_PRIORITY_NORMAL][4 * round + i]);
        assert_ptr_equal(pop(&queue), &nodes[LLMC_PRIORITY_LOW][round]);
    }
    llmc__queue_free(&queue);
}

static void empty_class_gives_its_turns_away(void **state) {
    static llmc__queue_node nodes[100];
    llmc__queue_node high;
    llmc__queue queue;
    size_t i;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    memset(&high, 0, sizeof(high));
    llmc__queue_init(&queue);
    for (i = 0; i < 100; i++)
        push(&queue, &nodes[i], LLMC_PRIORITY_LOW, NEVER);
    for (i = 0; i < 50; i++)
        assert_ptr_equal(pop(&queue), &nodes[i]);
    push(&queue, &high, LLMC_PRIORITY_HIGH, NEVER);
    assert_ptr_equal(pop(&queue), &high); /* at once, although the class of the others had the last turn */
    for (; i < 100; i++)
        assert_ptr_equal(pop(&queue), &nodes[i]);
    llmc__queue_free(&queue);
}

/* All classes full for ever: each gets its share, and none waits longer than one round of the others. */
static void no_class_starves(void **state) {
    static llmc__queue_node nodes[3][8];
    uint32_t got[3] = {0, 0, 0}, since[3] = {0, 0, 0};
    static const uint32_t most[3] = {17, 5, 20}; /* pops of others between two of a class, by priority */
    llmc__queue_node *node;
    llmc__queue queue;
    int i, c;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    for (i = 0; i < 24; i++)
        push(&queue, &nodes[i % 3][i / 3], (llmc_priority)(i % 3), NEVER);
    for (i = 0; i < 105000; i++) {
        node = pop(&queue);
        for (c = 0; c < 3; c++)
            since[c] = node->priority == c ? 0 : since[c] + 1;
        got[node->priority]++;
        for (c = 0; c < 3; c++)
            assert_true(since[c] <= most[c]);
        assert_int_equal(llmc__queue_push(&queue, node, false), LLMC_OK);
    }
    assert_int_equal(got[LLMC_PRIORITY_HIGH], 80000);
    assert_int_equal(got[LLMC_PRIORITY_NORMAL], 20000);
    assert_int_equal(got[LLMC_PRIORITY_LOW], 5000);
    llmc__queue_free(&queue);
}

static void top_stays_when_others_leave(void **state) {
    static llmc__queue_node nodes[300];
    llmc__queue_node *top;
    support_random random;
    llmc__queue queue;
    size_t i;

    (void)state;
    support_random_begin(&random, "queue top");
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    for (i = 0; i < 300; i++)
        push(&queue, &nodes[i], (llmc_priority)support_random_below(&random, 3), support_random_below(&random, 50));
    while (queue.count > 10) {
        for (i = support_random_below(&random, 30); i > 0 && queue.count > 0; i--)
            llmc__queue_pop(&queue);
        top = llmc__queue_top(&queue);
        for (i = 0; i < 10; i++) {
            llmc__queue_node *other = &nodes[support_random_below(&random, 300)];

            if (other != top)
                llmc__queue_remove(&queue, other);
            assert_false(other != top && llmc__queue_has(other));
            assert_ptr_equal(llmc__queue_top(&queue), top);
        }
    }
    llmc__queue_free(&queue);
}

static void push_without_memory_changes_nothing(void **state) {
    static llmc__queue_node nodes[17];
    llmc__queue queue, copy;
    size_t i;

    (void)state;
    memset(nodes, 0, sizeof(nodes));
    llmc__queue_init(&queue);
    copy = queue;
    llmc__mem_set_gate(refuse, NULL);
    assert_int_equal(llmc__queue_push(&queue, &nodes[0], false), LLMC_ERR_NO_MEMORY);
    llmc__mem_set_gate(NULL, NULL);
    assert_memory_equal(&queue, &copy, sizeof(queue));
    assert_false(llmc__queue_has(&nodes[0]));
    for (i = 0; i < 16; i++)
        push(&queue, &nodes[i], LLMC_PRIORITY_NORMAL, 100 - (int64_t)i);
    copy = queue;
    llmc__mem_set_gate(refuse, NULL);
    assert_int_equal(llmc__queue_push(&queue, &nodes[16], false), LLMC_ERR_NO_MEMORY);
    assert_memory_equal(&queue, &copy, sizeof(queue));
    assert_false(llmc__queue_has(&nodes[16]));
    llmc__queue_remove(&queue, &nodes[3]);
    assert_int_equal(llmc__queue_push(&queue, &nodes[3], true), LLMC_OK); /* there is room: no memory is asked for */
    llmc__mem_set_gate(NULL, NULL);
    for (i = 16; i-- > 0;)
        assert_ptr_equal(pop(&queue), &nodes[i]);
    llmc__queue_free(&queue);
}

static void unknown_priority_is_normal(void **state) {
    llmc__queue_node node;
    llmc__queue queue;

    (void)state;
    memset(&node, 0, sizeof(node));
    llmc__queue_init(&queue);
    push(&queue, &node, (llmc_priority)200, 1);
    assert_int_equal(node.priority, LLMC_PRIORITY_NORMAL);
    assert_ptr_equal(pop(&queue), &node);
    llmc__queue_free(&queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_queue),
        cmocka_unit_test(earliest_deadline_first),
        cmocka_unit_test(same_deadline_oldest_first),
        cmocka_unit_test(ticket_is_kept),
        cmocka_unit_test(classes_take_turns),
        cmocka_unit_test(empty_class_gives_its_turns_away),
        cmocka_unit_test(no_class_starves),
        cmocka_unit_test(top_stays_when_others_leave),
        cmocka_unit_test(push_without_memory_changes_nothing),
        cmocka_unit_test(unknown_priority_is_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
