/* The queue against an unsorted list that is searched through for whose turn it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "policy/queue.h"
#include "support_random.h"

#define NODES 400
#define STEPS 300000

typedef struct {
    bool in;
    int class; /* 0 high, 1 normal, 2 low */
    int64_t due;
    uint64_t came;
} entry;

static const uint32_t weights[3] = {16, 4, 1};
static const llmc_priority priorities[3] = {LLMC_PRIORITY_HIGH, LLMC_PRIORITY_NORMAL, LLMC_PRIORITY_LOW};

static llmc__queue_node nodes[NODES];
static entry entries[NODES];
static uint32_t taken[3]; /* turns of this round */
static uint64_t clock_of_coming;

/* The first in a class, -1 for none. */
static int first_of(int class) {
    int best = -1, i;

    for (i = 0; i < NODES; i++) {
        const entry *e = &entries[i];

        if (!e->in || e->class != class)
            continue;
        if (best < 0 || e->due < entries[best].due || (e->due == entries[best].due && e->came < entries[best].came))
            best = i;
    }
    return best;
}

/* Whose turn it is; `round_over` when all who wait have had their turns. */
static int model_top(bool *round_over) {
    int firsts[3], c;

    *round_over = false;
    for (c = 0; c < 3; c++)
        firsts[c] = first_of(c);
    for (c = 0; c < 3; c++)
        if (firsts[c] >= 0 && taken[c] < weights[c])
            return firsts[c];
    *round_over = true;
    for (c = 0; c < 3; c++)
        if (firsts[c] >= 0)
            return firsts[c];
    return -1;
}

static void both_push(llmc__queue *queue, support_random *random, int i, uint32_t shares) {
    bool keep = entries[i].came > 0 && support_random_percent(random, 30);
    uint32_t drawn = support_random_below(random, 100);
    int class = drawn < shares ? 0 : (int)(1 + drawn % 2);
    int64_t due = support_random_percent(random, 20) ? INT64_MAX : (int64_t)support_random_below(random, 60);

    nodes[i].due_us = due;
    nodes[i].priority = (uint8_t)priorities[class];
    assert_int_equal(llmc__queue_push(queue, &nodes[i], keep), LLMC_OK);
    entries[i] = (entry){.in = true, .class = class, .due = due, .came = keep ? entries[i].came : ++clock_of_coming};
}

static void both_pop(llmc__queue *queue) {
    bool round_over;
    int top = model_top(&round_over);

    llmc__queue_pop(queue);
    if (top < 0)
        return;
    if (round_over)
        memset(taken, 0, sizeof(taken));
    taken[entries[top].class]++;
    entries[top].in = false;
}

static void agree(const llmc__queue *queue) {
    bool round_over;
    int top = model_top(&round_over);
    size_t count = 0;

    assert_ptr_equal(llmc__queue_top(queue), top < 0 ? NULL : &nodes[top]);
    for (int i = 0; i < NODES; i++) {
        assert_true(llmc__queue_has(&nodes[i]) == entries[i].in);
        count += entries[i].in;
    }
    assert_int_equal(queue->count, count);
}

static void random_steps_do_not_diverge(void **state) {
    uint32_t steps = support_random_steps(STEPS), i, pushes = 50, shares = 33;
    size_t most = 0;
    support_random random;
    llmc__queue queue;

    (void)state;
    support_random_begin(&random, "queue");
    llmc__queue_init(&queue);
    for (i = 0; i < steps; i++) {
        int who = (int)support_random_below(&random, NODES);

        if (i % 1000 == 0) { /* long times of growing and of shrinking, with many and few of a class */
            pushes = 30 + support_random_below(&random, 50);
            shares = support_random_below(&random, 100);
        }
        if (!entries[who].in && support_random_percent(&random, pushes)) {
            both_push(&queue, &random, who, shares);
        } else if (support_random_percent(&random, 15)) {
            llmc__queue_remove(&queue, &nodes[who]);
            entries[who].in = false;
        } else {
            both_pop(&queue);
        }
        if (i % 8 == 0)
            agree(&queue);
        most = queue.count > most ? queue.count : most;
    }
    agree(&queue);
    printf("queue: %u steps, %zu at most\n", steps, most);
    assert_true(most > 100);
    llmc__queue_free(&queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_steps_do_not_diverge)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
