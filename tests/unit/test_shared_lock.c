/* A lock for what is read all the time: readers see whole changes only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/shared_lock.h"

enum { READERS = 6, WRITERS = 3, READS = 20000, WRITES = 2000 };

typedef struct shared {
    llmc__shared_lock lock;
    uint64_t words[64]; /* all equal */
} shared;

typedef struct worker {
    llmc__thread thread;
    shared *of;
    unsigned number;
} worker;

static void read_all(void *ctx) {
    worker *w = ctx;
    w->number = llmc__thread_number();
    for (int i = 0; i < READS; i++) {
        llmc__shared_lock_read(&w->of->lock);
        for (int k = 1; k < 64; k++)
            if (w->of->words[k] != w->of->words[0])
                abort();
        llmc__shared_lock_read_end(&w->of->lock);
    }
    if (w->number != llmc__thread_number())
        abort();
}

static void write_all(void *ctx) {
    worker *w = ctx;
    for (int i = 0; i < WRITES; i++) {
        llmc__shared_lock_write(&w->of->lock);
        for (int k = 0; k < 64; k++)
            w->of->words[k]++;
        llmc__shared_lock_write_end(&w->of->lock);
    }
}

static void readers_see_whole_changes(void **state) {
    static shared both;
    static worker workers[READERS + WRITERS];
    (void)state;
    assert_int_equal(llmc__shared_lock_init(&both.lock), LLMC_OK);
    for (int i = 0; i < READERS + WRITERS; i++) {
        workers[i].of = &both;
        assert_int_equal(
            llmc__thread_start(&workers[i].thread, "lock", i < READERS ? read_all : write_all, &workers[i]), LLMC_OK);
    }
    for (int i = 0; i < READERS + WRITERS; i++)
        llmc__thread_join(&workers[i].thread);
    assert_int_equal(both.words[7], WRITERS * WRITES);
    for (int i = 0; i < READERS; i++)
        for (int k = 0; k < i; k++)
            assert_int_not_equal(workers[i].number, workers[k].number);
    llmc__shared_lock_destroy(&both.lock);
}

/* A reader holds back who changes, and no other reader. */
static void note(void *ctx) {
    worker *w = ctx;
    llmc__shared_lock_write(&w->of->lock);
    w->of->words[0]++;
    llmc__shared_lock_write_end(&w->of->lock);
}

static void read_once(void *ctx) {
    worker *w = ctx;
    llmc__shared_lock_read(&w->of->lock);
    w->number = (unsigned)w->of->words[0] + 1;
    llmc__shared_lock_read_end(&w->of->lock);
}

static void readers_do_not_wait_for_each_other(void **state) {
    static shared both;
    worker writer = {.of = &both}, reader = {.of = &both};
    (void)state;
    assert_int_equal(llmc__shared_lock_init(&both.lock), LLMC_OK);
    (void)llmc__thread_number();
    llmc__shared_lock_read(&both.lock);
    assert_int_equal(llmc__thread_start(&reader.thread, "reader", read_once, &reader), LLMC_OK);
    llmc__thread_join(&reader.thread); /* ends, though this thread reads */
    assert_int_equal(reader.number, 1);
    assert_int_equal(llmc__thread_start(&writer.thread, "writer", note, &writer), LLMC_OK);
    assert_int_equal(both.words[0], 0);
    llmc__shared_lock_read_end(&both.lock);
    llmc__thread_join(&writer.thread);
    assert_int_equal(both.words[0], 1);
    llmc__shared_lock_destroy(&both.lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_changes),
        cmocka_unit_test(readers_do_not_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
