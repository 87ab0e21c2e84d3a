/* The SQLite store behind a client: whatever is wrong with the file, calls are answered. */
#include "support_sqlite.h"

typedef struct bench {
    shelf s;
    llmc_mock *mock;
    llmc_client *client; /* NULL: none now */
} bench;

static void start(bench *b) {
    llmc_client_options options = flow_options();
    llmc_sqlite_options file = shelf_options(&b->s);
    file.busy_timeout_ms = 20;
    options.enable_cache = true;
    options.cache_store = shelf_store_of(&b->s, &file);
    options.cache_salt = "of the test";
    options.cache_store_timeout_ms = FLOW_DEADLINE_MS;
    options.on_log = shelf_log;
    options.log_user_data = &b->s;
    b->client = flow_client(llmc_mock_base_url(b->mock), &options);
}

static void stop(bench *b) {
    llmc_client_free(b->client);
    b->client = NULL;
}

static void set_up(bench *b) {
    shelf_open(&b->s);
    assert_int_equal(llmc_mock_new(&b->mock), LLMC_OK);
    start(b);
}

static void tear_down(bench *b) {
    stop(b);
    llmc_mock_free(b->mock);
    shelf_close(&b->s);
}

/* Whether the answer was a cached one; it is right in any case. */
static bool ask(bench *b, const char *prompt, llmc_cache_mode mode) {
    llmc_request *request = flow_request(prompt);
    llmc_response *response = NULL;
    bool cached;
    assert_int_equal(llmc_request_set_cache_mode(request, mode), LLMC_OK);
    assert_int_equal(llmc_execute(b->client, request, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), prompt);
    cached = llmc_response_from_cache(response);
    llmc_response_free(response);
    llmc_request_free(request);
    return cached;
}

static uint64_t requests(const bench *b) {
    llmc_mock_stats stats;
    llmc_mock_get_stats(b->mock, &stats);
    return stats.requests;
}

static llmc_cache_stats cache_stats(const bench *b) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    assert_int_equal(llmc_client_cache_stats(b->client, &stats), LLMC_OK);
    return stats;
}

static void the_next_client_finds_it(void **state) {
    bench b;
    (void)state;
    set_up(&b);
    assert_false(ask(&b, "one two", LLMC_CACHE_USE));
    stop(&b);
    start(&b);
    assert_true(ask(&b, "one two", LLMC_CACHE_USE));
    assert_int_equal(cache_stats(&b).store_hits, 1);
    assert_int_equal(requests(&b), 1);
    llmc_client_clear_cache(b.client);
    stop(&b);
    start(&b);
    assert_false(ask(&b, "one two", LLMC_CACHE_USE));
    assert_int_equal(requests(&b), 2);
    assert_int_equal(cache_stats(&b).store_faults, 0);
    assert_int_equal(b.s.lines, 0);
    tear_down(&b);
}

/* ---- damage ---- */

static void set_value(sqlite3_stmt *update, const unsigned char *value, int len) {
    assert_int_equal(sqlite3_bind_blob(update, 1, value, len, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(update), SQLITE_DONE);
    assert_int_equal(sqlite3_reset(update), SQLITE_OK);
}

/* A look that stores nothing finds nothing after any one bit of the record was changed in the file. */
static void every_flipped_bit_is_a_miss(void **state) {
    sqlite3_stmt *select, *update;
    unsigned char *value;
    uint64_t flips = 0;
    sqlite3 *db;
    int len;
    bench b;
    (void)state;
    set_up(&b);
    assert_false(ask(&b, "one two", LLMC_CACHE_USE));
    stop(&b);
    start(&b);
    db = shelf_connect(&b.s);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT value FROM entry", -1, &select, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE entry SET value = ?1", -1, &update, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(select), SQLITE_ROW);
    len = sqlite3_column_bytes(select, 0);
    assert_true(len > 100);
    value = malloc((size_t)len);
    memcpy(value, sqlite3_column_blob(select, 0), (size_t)len);
    assert_int_equal(sqlite3_reset(select), SQLITE_OK);
    for (int bit = 0; bit < len * 8; bit++, flips++) {
        value[bit / 8] = (unsigned char)(value[bit / 8] ^ 1u << bit % 8);
        set_value(update, value, len);
        value[bit / 8] = (unsigned char)(value[bit / 8] ^ 1u << bit % 8);
        assert_false(ask(&b, "one two", LLMC_CACHE_READ_ONLY));
    }
    assert_int_equal(requests(&b), 1 + flips);
    for (int cut = 0; cut < len; cut += 1 + len / 50) {
        set_value(update, value, cut);
        assert_false(ask(&b, "one two", LLMC_CACHE_READ_ONLY));
    }
    set_value(update, value, len);
    assert_true(ask(&b, "one two", LLMC_CACHE_READ_ONLY)); /* whole again, it is found: the rest was no accident */
    print_message("%llu bits of a record of %d bytes\n", (unsigned long long)flips, len);
    free(value);
    sqlite3_finalize(select);
    sqlite3_finalize(update);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    tear_down(&b);
}

/* The record of one request under the key of another is a miss. */
static void a_record_of_another_key_is_a_miss(void **state) {
    bench b;
    (void)state;
    set_up(&b);
    assert_false(ask(&b, "one two", LLMC_CACHE_USE));
    assert_false(ask(&b, "three four", LLMC_CACHE_USE));
    stop(&b);
    shelf_run(&b.s, "UPDATE entry SET value = (SELECT value FROM entry WHERE id = 2) WHERE id = 1");
    start(&b);
    assert_false(ask(&b, "one two", LLMC_CACHE_USE));
    assert_true(ask(&b, "three four", LLMC_CACHE_USE));
    assert_int_equal(cache_stats(&b).store_hits, 1);
    tear_down(&b);
}

/* ---- troubles ---- */

/* Many different questions, all answered; how often the store failed is counted, what is wrong is told once. */
static void assert_goes_on(bench *b, const char *what) {
    uint64_t before = requests(b);
    for (int i = 0; i < 30; i++) {
        char prompt[32];
        snprintf(prompt, sizeof prompt, "%s %d", what, i);
        assert_false(ask(b, prompt, LLMC_CACHE_USE));
        assert_true(ask(b, prompt, LLMC_CACHE_USE)); /* from memory */
    }
    assert_int_equal(requests(b), before + 30);
    llmc_client_clear_cache(b->client);
}

static void assert_told_once(bench *b, const char *what) {
    assert_true(cache_stats(b).store_faults > 0);
    stop(b); /* after which all has been tried */
    assert_int_equal(b->s.lines, 1);
    if (!strstr(b->s.line, what))
        fail_msg("\"%s\" does not say \"%s\"", b->s.line, what);
}

static void a_full_disk_stops_no_call(void **state) {
    bench b;
    (void)state;
    set_up(&b);
    assert_false(ask(&b, "before", LLMC_CACHE_USE));
    stop(&b);
    start(&b);
    shelf_faults_arm(SHELF_WRITE, SQLITE_FULL, 0, true);
    assert_goes_on(&b, "full");
    assert_told_once(&b, "the disk is full");
    shelf_faults_disarm();
    start(&b);
    tear_down(&b);
}

static void a_damaged_file_stops_no_call(void **state) {
    bench b;
    (void)state;
    set_up(&b);
    stop(&b);
    shelf_write_file(b.s.path, "This is not a database, and long enough not to be taken for an empty one.", 73);
    start(&b);
    assert_goes_on(&b, "damaged");
    assert_told_once(&b, "the file is damaged");
    start(&b);
    tear_down(&b);
}

static void a_busy_file_stops_no_call(void **state) {
    sqlite3 *db;
    bench b;
    (void)state;
    set_up(&b);
    assert_false(ask(&b, "before", LLMC_CACHE_USE));
    stop(&b);
    db = shelf_connect(&b.s);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE entry SET used_ms = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    start(&b);
    assert_goes_on(&b, "busy");
    assert_told_once(&b, "another process holds the file's lock");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    start(&b);
    assert_true(ask(&b, "before", LLMC_CACHE_USE));
    tear_down(&b);
}

static void errors_of_the_disk_stop_no_call(void **state) {
    bench b;
    (void)state;
    set_up(&b);
    assert_false(ask(&b, "before", LLMC_CACHE_USE));
    stop(&b);
    start(&b);
    shelf_faults_arm(SHELF_READ, SQLITE_IOERR_READ, 0, true);
    assert_goes_on(&b, "unreadable");
    assert_told_once(&b, "the file cannot be used");
    shelf_faults_disarm();
    start(&b);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_client_finds_it),          cmocka_unit_test(every_flipped_bit_is_a_miss),
        cmocka_unit_test(a_record_of_another_key_is_a_miss), cmocka_unit_test(a_full_disk_stops_no_call),
        cmocka_unit_test(a_damaged_file_stops_no_call),      cmocka_unit_test(a_busy_file_stops_no_call),
        cmocka_unit_test(errors_of_the_disk_stop_no_call),
    };
    shelf_faults_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
