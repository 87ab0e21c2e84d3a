/* The SQLite store by its functions: what is put is found, by others and later too, within its time and its bounds. */
#include "support_sqlite.h"

#define MIB ((uint64_t)1 << 20)

static void what_is_put_is_found(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(store->version, LLMC_STORE_VERSION);
    assert_int_equal(store->flags, LLMC_STORE_BLOCKS);
    shelf_assert_lacks(store, 1);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    assert_int_equal(shelf_put(store, 2, "two"), LLMC_STORE_DONE);
    shelf_assert_has(store, 1, "one");
    shelf_assert_has(store, 2, "two");
    assert_int_equal(shelf_put(store, 1, "one anew"), LLMC_STORE_DONE);
    shelf_assert_has(store, 1, "one anew");
    assert_int_equal(shelf_remove(store, 1), LLMC_STORE_DONE);
    assert_int_equal(shelf_remove(store, 1), LLMC_STORE_ABSENT);
    shelf_assert_lacks(store, 1);
    shelf_assert_has(store, 2, "two");
    assert_int_equal(s.lines, 0);
    store->close(store);
    shelf_assert_whole(&s);
    shelf_close(&s);
}

static void any_bytes_of_any_length_come_back(void **state) {
    static const size_t lengths[] = {0, 1, 100, 4000, 4096, 4097, 20000, 65536, 1000000, 7500000};
    char *bytes = malloc(8000000);
    llmc_store *store;
    uint64_t seed = 7;
    shelf s;
    (void)state;
    for (size_t i = 0; i < 8000000; i++)
        bytes[i] = (char)flow_random(&seed);
    shelf_open(&s);
    store = shelf_store(&s, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const char *found;
        assert_int_equal(shelf_put_bytes(store, i, bytes + i, lengths[i], 3600000), LLMC_STORE_DONE);
        assert_int_equal(shelf_get(store, i, &found), LLMC_STORE_DONE);
        assert_int_equal(shelf_len(), lengths[i]);
        assert_memory_equal(found, bytes + i, lengths[i]);
    }
    store->close(store);
    free(bytes);
    shelf_close(&s);
}

static void others_find_it_at_once_and_later(void **state) {
    llmc_store *one, *other;
    shelf s;
    (void)state;
    shelf_open(&s);
    one = shelf_store(&s, 0);
    other = shelf_store(&s, 0);
    shelf_assert_lacks(other, 5);
    assert_int_equal(shelf_put(one, 5, "five"), LLMC_STORE_DONE);
    shelf_assert_has(other, 5, "five");
    assert_int_equal(shelf_put(other, 5, "V"), LLMC_STORE_DONE);
    shelf_assert_has(one, 5, "V");
    one->close(one);
    shelf_assert_has(other, 5, "V");
    other->close(other);
    one = shelf_store(&s, 0);
    shelf_assert_has(one, 5, "V");
    assert_int_equal(shelf_clear(one), LLMC_STORE_DONE);
    shelf_assert_lacks(one, 5);
    one->close(one);
    assert_int_equal(s.lines, 0);
    shelf_close(&s);
}

/* Time is moved by the test: what is kept says when it ends. */
static void its_time_ends(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put_bytes(store, 1, "one", 3, 5000), LLMC_STORE_DONE);
    assert_int_equal(shelf_put_bytes(store, 2, "two", 3, INT64_MAX), LLMC_STORE_DONE);
    assert_int_equal(shelf_put_bytes(store, 3, "three", 5, 0), LLMC_STORE_ABSENT);
    shelf_assert_has(store, 1, "one");
    assert_in_range(shelf_number(&s, "SELECT max(expires_ms - used_ms) FROM entry WHERE expires_ms < 9000000000000"),
                    5000, 5000);
    shelf_run(&s, "UPDATE entry SET expires_ms = expires_ms - 5001 WHERE expires_ms < 9000000000000");
    shelf_assert_lacks(store, 1);
    shelf_assert_has(store, 2, "two");
    shelf_assert_lacks(store, 3);
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry"), 2);
    assert_int_equal(shelf_put(store, 4, "four"), LLMC_STORE_DONE); /* takes what is over out on its way */
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry"), 2);
    store->close(store);
    shelf_close(&s);
}

/* ---- bounds ---- */

static void its_bytes_are_bounded(void **state) {
    const uint64_t most = LLMC_SQLITE_MIN_BYTES;
    char *bytes = calloc(1, MIB);
    uint64_t seed = 3, put = 0;
    llmc_store *store;
    int64_t highest = 0;
    shelf s;
    (void)state;
    memset(bytes, 'x', MIB);
    shelf_open(&s);
    store = shelf_store(&s, most);
    for (uint64_t sum = 0; sum < 6 * most; put++) {
        size_t len = flow_random(&seed) % (put % 16 == 0 ? 900000 : put % 2 == 0 ? 30000 : 700);
        int64_t now;
        assert_int_equal(shelf_put_bytes(store, put, bytes, len, 3600000), LLMC_STORE_DONE);
        assert_int_equal(shelf_get(store, put, NULL), LLMC_STORE_DONE);
        assert_int_equal(shelf_len(), len);
        sum += len;
        now = shelf_bytes(&s);
        highest = now > highest ? now : highest;
    }
    assert_true(highest <= (int64_t)most);
    assert_true(highest > (int64_t)most / 2); /* and what it may take is made use of */
    shelf_assert_lacks(store, 0);
    assert_int_equal(shelf_put_bytes(store, put, bytes, 983040, 3600000), LLMC_STORE_DONE);
    assert_int_equal(shelf_put_bytes(store, put, bytes, 983041, 3600000), LLMC_STORE_ABSENT); /* too large */
    assert_int_equal(s.lines, 0);
    store->close(store);
    shelf_assert_whole(&s);
    free(bytes);
    shelf_close(&s);
}

/* Ten entries, of which 0 was used the longest ago; then 0 is read, and what has to go first is 1. */
static void what_was_used_least_lately_goes_first(void **state) {
    char *bytes = calloc(1, MIB);
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, LLMC_SQLITE_MIN_BYTES);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(shelf_put_bytes(store, i, bytes, 900000, 3600000), LLMC_STORE_DONE);
    shelf_run(&s, "UPDATE entry SET used_ms = used_ms - 1000000 + 1000 * id");
    assert_int_equal(shelf_get(store, 0, NULL), LLMC_STORE_DONE);
    assert_int_equal(shelf_put_bytes(store, 6, bytes, 900000, 3600000), LLMC_STORE_DONE);
    assert_int_equal(shelf_get(store, 0, NULL), LLMC_STORE_DONE);
    shelf_assert_lacks(store, 1);
    for (uint64_t i = 2; i <= 6; i++)
        assert_int_equal(shelf_get(store, i, NULL), LLMC_STORE_DONE);
    store->close(store);
    free(bytes);
    shelf_close(&s);
}

static void what_is_over_goes_before_what_is_not(void **state) {
    char *bytes = calloc(1, MIB);
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, LLMC_SQLITE_MIN_BYTES);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(shelf_put_bytes(store, i, bytes, 900000, 3600000), LLMC_STORE_DONE);
    shelf_run(&s, "UPDATE entry SET expires_ms = 1 WHERE id = (SELECT id FROM entry ORDER BY used_ms DESC LIMIT 1)");
    assert_int_equal(shelf_put_bytes(store, 6, bytes, 900000, 3600000), LLMC_STORE_DONE);
    shelf_assert_lacks(store, 5);
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry"), 6);
    store->close(store);
    free(bytes);
    shelf_close(&s);
}

/* Reads write nothing but now and then a note of which entries were read. */
static void reading_is_noted_now_and_then(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(shelf_put(store, i, "x"), LLMC_STORE_DONE);
    shelf_run(&s, "UPDATE entry SET used_ms = 1");
    for (uint64_t i = 0; i < 15; i++)
        shelf_assert_has(store, i, "x");
    for (uint64_t i = 0; i < 15; i++)
        shelf_assert_has(store, i, "x");
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry WHERE used_ms > 1"), 0);
    shelf_assert_has(store, 15, "x");
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry WHERE used_ms > 1"), 16);
    shelf_assert_has(store, 16, "x");
    store->close(store); /* and at the end */
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry WHERE used_ms > 1"), 17);
    shelf_close(&s);
}

static void a_smaller_bound_makes_the_file_smaller(void **state) {
    char *bytes = calloc(1, MIB);
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 4 * LLMC_SQLITE_MIN_BYTES);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(shelf_put_bytes(store, i, bytes, 500000, 3600000), LLMC_STORE_DONE);
    store->close(store);
    assert_true(shelf_bytes(&s) > (int64_t)(2 * LLMC_SQLITE_MIN_BYTES));
    store = shelf_store(&s, LLMC_SQLITE_MIN_BYTES);
    for (uint64_t i = 40; i < 140; i++)
        assert_int_equal(shelf_put(store, i, "small"), LLMC_STORE_DONE);
    store->close(store);
    assert_true(shelf_bytes(&s) <= (int64_t)LLMC_SQLITE_MIN_BYTES);
    shelf_assert_whole(&s);
    free(bytes);
    shelf_close(&s);
}

static void clearing_gives_the_disk_back(void **state) {
    char *bytes = calloc(1, MIB);
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    for (uint64_t i = 0; i < 30; i++)
        assert_int_equal(shelf_put_bytes(store, i, bytes, 500000, 3600000), LLMC_STORE_DONE);
    assert_true(shelf_bytes(&s) > 15000000);
    assert_int_equal(shelf_clear(store), LLMC_STORE_DONE);
    assert_true(shelf_bytes(&s) < 200000);
    shelf_assert_lacks(store, 0);
    assert_int_equal(shelf_put(store, 0, "again"), LLMC_STORE_DONE);
    shelf_assert_has(store, 0, "again");
    store->close(store);
    free(bytes);
    shelf_close(&s);
}

/* Somebody who reads and does not end keeps the log from being emptied: it does not grow past its bound for that. */
static void a_reader_that_stays_does_not_grow_the_log(void **state) {
    llmc_sqlite_options options;
    char *bytes = calloc(1, MIB), log[256];
    llmc_store_result result = LLMC_STORE_DONE;
    llmc_store *store;
    sqlite3 *reader;
    shelf s;
    (void)state;
    shelf_open(&s);
    options = shelf_options(&s);
    options.max_bytes = LLMC_SQLITE_MIN_BYTES;
    options.busy_timeout_ms = 20;
    store = shelf_store_of(&s, &options);
    assert_int_equal(shelf_put(store, 1000, "seen"), LLMC_STORE_DONE);
    reader = shelf_connect(&s);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM entry", NULL, NULL, NULL), SQLITE_OK);
    snprintf(log, sizeof log, "%s-wal", s.path);
    for (uint64_t i = 0; i < 400 && result == LLMC_STORE_DONE; i++) {
        result = shelf_put_bytes(store, i, bytes, 20000, 3600000);
        assert_true(shelf_file_bytes(log) <= (int64_t)LLMC_SQLITE_MIN_BYTES / 4);
    }
    assert_int_equal(result, LLMC_STORE_TIMEOUT);
    assert_int_equal(s.lines, 1);
    shelf_assert_has(store, 1000, "seen");
    assert_int_equal(shelf_put_bytes(store, 1001, bytes, 20000, 3600000), LLMC_STORE_TIMEOUT);
    assert_int_equal(s.lines, 1);
    assert_int_equal(sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    flow_pass_ms(2050); /* it is tried again by and by */
    assert_int_equal(shelf_put_bytes(store, 1001, bytes, 20000, 3600000), LLMC_STORE_DONE);
    assert_int_equal(shelf_get(store, 1001, NULL), LLMC_STORE_DONE);
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    store->close(store);
    shelf_assert_whole(&s);
    free(bytes);
    shelf_close(&s);
}

/* ---- many at once ---- */

#define THREADS 4
#define EACH    200

typedef struct crowd {
    llmc_store *stores[2];
    atomic_int wrong;
} crowd;

static void work(size_t number, void *ctx) {
    crowd *c = ctx;
    llmc_store *store = c->stores[number % 2];
    for (uint64_t i = 0; i < EACH; i++) {
        char text[64];
        const char *found = NULL;
        snprintf(text, sizeof text, "value %llu", (unsigned long long)(i % 50));
        if (shelf_put(store, i % 50, text) != LLMC_STORE_DONE || shelf_get(store, i % 50, &found) != LLMC_STORE_DONE ||
            strcmp(found, text) != 0)
            atomic_fetch_add(&c->wrong, 1);
        if (i % 40 == 39 && number == 0)
            (void)shelf_remove(store, 1000);
    }
    shelf_forget();
}

/* Threads with two stores of one new file between them. */
static void run_crowd(flow_thread_fn fn) {
    crowd c = {{NULL, NULL}, 0};
    shelf s;
    shelf_open(&s);
    c.stores[0] = shelf_store(&s, 0);
    c.stores[1] = shelf_store(&s, 0);
    flow_run_threads(THREADS, fn, &c);
    assert_int_equal(c.wrong, 0);
    assert_int_equal(s.lines, 0);
    c.stores[0]->close(c.stores[0]);
    c.stores[1]->close(c.stores[1]);
    shelf_assert_whole(&s);
    shelf_close(&s);
}

static void threads_share_it(void **state) {
    (void)state;
    run_crowd(work);
}

/* Of those that find a new file together, one makes the tables while the others look whose they are. */
static void put_first(size_t number, void *ctx) {
    crowd *c = ctx;
    if (shelf_put(c->stores[number % 2], number, "first") != LLMC_STORE_DONE)
        atomic_fetch_add(&c->wrong, 1);
    shelf_forget();
}

static void many_find_a_new_file(void **state) {
    (void)state;
    for (int round = 0; round < 200; round++)
        run_crowd(put_first);
}

/* ---- options ---- */

static void bad_options_are_refused(void **state) {
    llmc_sqlite_options options;
    llmc_store *store = NULL;
    shelf s;
    (void)state;
    shelf_open(&s);
    assert_non_null(strstr(shelf_refusal(NULL, LLMC_ERR_INVALID_ARGUMENT), "options"));
    options = shelf_options(&s);
    assert_int_equal(llmc_sqlite_new(&options, NULL), LLMC_ERR_INVALID_ARGUMENT);
    options.size--;
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.size"));
    options = shelf_options(&s);
    options.path = NULL;
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.path"));
    options.path = "";
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.path"));
    options = shelf_options(&s);
    options.max_bytes = LLMC_SQLITE_MIN_BYTES - 1;
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.max_bytes"));
    options.max_bytes = LLMC_SQLITE_MAX_BYTES + 1;
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.max_bytes"));
    options = shelf_options(&s);
    options.busy_timeout_ms = -1;
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.busy_timeout_ms"));
    options = shelf_options(&s);
    options.sync = (llmc_sqlite_sync)3;
    assert_non_null(strstr(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "options.sync"));
    options.sync = LLMC_SQLITE_SYNC_FULL;
    options.max_bytes = LLMC_SQLITE_MAX_BYTES;
    options.busy_timeout_ms = INT64_MAX;
    assert_int_equal(llmc_sqlite_new(&options, &store), LLMC_OK);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    store->close(store);
    shelf_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found),
        cmocka_unit_test(any_bytes_of_any_length_come_back),
        cmocka_unit_test(others_find_it_at_once_and_later),
        cmocka_unit_test(its_time_ends),
        cmocka_unit_test(its_bytes_are_bounded),
        cmocka_unit_test(what_was_used_least_lately_goes_first),
        cmocka_unit_test(what_is_over_goes_before_what_is_not),
        cmocka_unit_test(reading_is_noted_now_and_then),
        cmocka_unit_test(a_smaller_bound_makes_the_file_smaller),
        cmocka_unit_test(clearing_gives_the_disk_back),
        cmocka_unit_test(a_reader_that_stays_does_not_grow_the_log),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(many_find_a_new_file),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
