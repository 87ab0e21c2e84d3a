/*
 * What may go wrong under the SQLite store while it runs: a full disk, errors of reading and writing, locks that others
 * hold. Each is a miss, told once; nothing that was acknowledged is lost and nothing false is found.
 */
#include <unistd.h>
#include "support_sqlite.h"

#define KEYS 12

static const char *text_of(uint64_t number) {
    static _Thread_local char text[3000];
    memset(text, 'a' + (int)(number % 26), sizeof text);
    snprintf(text, sizeof text, "value %llu", (unsigned long long)number);
    text[strlen(text)] = '.';
    text[200 + number * 200] = '\0';
    return text;
}

/* Every entry is right or absent; those below `kept` are there. */
static void assert_right(shelf *s, uint64_t kept) {
    llmc_store *store = shelf_store(s, 0);
    for (uint64_t i = 0; i < KEYS; i++) {
        const char *found;
        llmc_store_result result = shelf_get(store, i, &found);
        if (i < kept)
            assert_int_equal(result, LLMC_STORE_DONE);
        if (result == LLMC_STORE_DONE)
            assert_string_equal(found, text_of(i));
        else
            assert_int_equal(result, LLMC_STORE_ABSENT);
    }
    store->close(store);
    shelf_assert_whole(s);
}

/* ---- a full disk ---- */

static void a_full_disk_is_a_miss(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 0, text_of(0)), LLMC_STORE_DONE);
    shelf_faults_arm(SHELF_WRITE, SQLITE_FULL, 0, true);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_FAILED);
        shelf_assert_has(store, 0, text_of(0)); /* what is there is still found */
        shelf_assert_lacks(store, 1);
    }
    assert_int_equal(shelf_remove(store, 0), LLMC_STORE_FAILED);
    assert_int_equal(s.lines, 1);
    assert_non_null(strstr(s.line, "the disk is full"));
    shelf_faults_disarm();
    assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_DONE); /* there is room again */
    store->close(store);
    assert_right(&s, 2);
    shelf_close(&s);
}

static void a_disk_that_is_full_from_the_start_is_a_miss(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    shelf_faults_arm(SHELF_WRITE, SQLITE_FULL, 0, true);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(shelf_get(store, 1, NULL), LLMC_STORE_FAILED);
        assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_FAILED);
    }
    assert_int_equal(s.lines, 1);
    assert_non_null(strstr(s.line, "the disk is full"));
    shelf_faults_disarm();
    store->close(store);
    store = shelf_store(&s, 0); /* what was begun there is no hindrance */
    assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_DONE);
    store->close(store);
    shelf_close(&s);
}

/* ---- every call of SQLite to the system fails once, and from then on ---- */

/* The store's life in short; *kept is how many entries were acknowledged, in order from 0. */
static void live(shelf *s, llmc_sqlite_sync sync, uint64_t *kept) {
    llmc_sqlite_options options = shelf_options(s);
    llmc_store *store;
    bool all = true;
    *kept = 0;
    options.sync = sync;
    options.busy_timeout_ms = 1;
    store = shelf_store_of(s, &options);
    for (uint64_t i = 0; i < KEYS; i++) {
        const char *found;
        llmc_store_result result = shelf_put(store, i, text_of(i));
        assert_in_range(result, LLMC_STORE_DONE, LLMC_STORE_FAILED);
        all = all && result == LLMC_STORE_DONE;
        *kept += all;
        if (shelf_get(store, i, &found) == LLMC_STORE_DONE)
            assert_string_equal(found, text_of(i));
    }
    assert_in_range(shelf_remove(store, 1000), LLMC_STORE_DONE, LLMC_STORE_FAILED);
    store->close(store);
}

static int sweep(shelf_fault kind, int code, bool for_ever) {
    bool struck = true;
    int at;
    for (at = 0; struck; at++) {
        uint64_t kept;
        shelf s;
        shelf_open(&s);
        shelf_faults_arm(kind, code, at, for_ever);
        live(&s, kind == SHELF_SYNC ? LLMC_SQLITE_SYNC_FULL : LLMC_SQLITE_SYNC_OFF, &kept);
        struck = shelf_faults_struck();
        shelf_faults_disarm();
        assert_true(s.lines <= 1 + for_ever); /* a fault may show as two kinds: not opened, then not written */
        assert_true(struck || kept == KEYS);
        assert_right(&s, kept);
        shelf_close(&s);
        assert_true(at < 3000);
    }
    return at;
}

static void every_error_is_survived(void **state) {
    static const struct {
        shelf_fault kind;
        int code;
        bool for_ever; /* too; SQLite itself waits ten seconds for an index that others hold for ever */
    } faults[] = {
        {SHELF_READ, SQLITE_IOERR_READ, true},  {SHELF_WRITE, SQLITE_IOERR_WRITE, true},
        {SHELF_WRITE, SQLITE_FULL, true},       {SHELF_TRUNCATE, SQLITE_IOERR_TRUNCATE, true},
        {SHELF_SYNC, SQLITE_IOERR_FSYNC, true}, {SHELF_LOCK, SQLITE_IOERR_LOCK, true},
        {SHELF_LOCK, SQLITE_BUSY, true},        {SHELF_SHARE, SQLITE_IOERR_SHMMAP, true},
        {SHELF_SHARE, SQLITE_BUSY, false},      {SHELF_OPEN, SQLITE_CANTOPEN, true},
    };
    int trials = 0;
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        trials += sweep(faults[i].kind, faults[i].code, false);
        if (faults[i].for_ever)
            trials += sweep(faults[i].kind, faults[i].code, true);
    }
    print_message("%d runs with a fault\n", trials);
}

/* ---- locks ---- */

/* In another process: takes a lock, says so, and keeps it until it is killed. */
static int hold(const char *path, const char *how) {
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, how, NULL, NULL, NULL) != SQLITE_OK)
        return 1;
    printf("held\n");
    fflush(stdout);
    for (;;)
        (void)pause();
}

static shelf_process holder(const shelf *s, const char *how) {
    const char *const arguments[] = {"hold", s->path, how, NULL};
    shelf_process process;
    char line[16];
    process = shelf_spawn(arguments);
    assert_true(shelf_read_line(&process, line, sizeof line));
    assert_string_equal(line, "held");
    return process;
}

static void another_writer_is_waited_for(void **state) {
    llmc_sqlite_options options;
    shelf_process process;
    llmc_store *store;
    int64_t began;
    shelf s;
    (void)state;
    shelf_open(&s);
    options = shelf_options(&s);
    options.busy_timeout_ms = 30;
    store = shelf_store_of(&s, &options);
    assert_int_equal(shelf_put(store, 0, text_of(0)), LLMC_STORE_DONE);
    process = holder(&s, "BEGIN IMMEDIATE");
    began = flow_now_ms();
    assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_TIMEOUT);
    assert_true(flow_now_ms() - began >= 29);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_TIMEOUT); /* at once, for a while */
        shelf_assert_has(store, 0, text_of(0));                                /* reading needs no lock of a writer's */
    }
    assert_true(flow_now_ms() - began < 100 * 29);
    assert_int_equal(s.lines, 1);
    assert_non_null(strstr(s.line, "another process holds the file's lock"));
    shelf_kill(&process);
    flow_pass_ms(2050);
    assert_int_equal(shelf_put(store, 1, text_of(1)), LLMC_STORE_DONE);
    store->close(store);
    assert_right(&s, 2);
    shelf_close(&s);
}

/* The wait is the operation's timeout when that is shorter. */
static void the_timeout_bounds_the_wait(void **state) {
    llmc_sqlite_options options;
    shelf_process process;
    llmc_store *store;
    int64_t began;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 0, text_of(0)), LLMC_STORE_DONE);
    store->close(store);
    process = holder(&s, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM entry");
    options = shelf_options(&s);
    options.busy_timeout_ms = 60000;
    store = shelf_store_of(&s, &options);
    began = flow_now_ms();
    assert_int_equal(shelf_get_within(store, 0, 40, NULL), LLMC_STORE_TIMEOUT);
    assert_true(flow_now_ms() - began < 20000);
    for (int i = 0; i < 20; i++)
        assert_int_equal(shelf_get_within(store, 0, 40, NULL), LLMC_STORE_FAILED); /* not asked for a while */
    assert_int_equal(s.lines, 1);
    shelf_kill(&process);
    flow_pass_ms(2050);
    shelf_assert_has(store, 0, text_of(0));
    store->close(store);
    assert_right(&s, 1);
    shelf_close(&s);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_is_a_miss),       cmocka_unit_test(a_disk_that_is_full_from_the_start_is_a_miss),
        cmocka_unit_test(every_error_is_survived),     cmocka_unit_test(another_writer_is_waited_for),
        cmocka_unit_test(the_timeout_bounds_the_wait),
    };
    if (argc == 4 && strcmp(argv[1], "hold") == 0)
        return hold(argv[2], argv[3]);
    shelf_faults_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
