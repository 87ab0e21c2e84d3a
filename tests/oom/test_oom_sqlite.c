/* Each allocation of the SQLite store and of SQLite itself fails in turn: what is told is true, and the file stays
 * whole. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "llmclient/sqlite.h"
#include "support_oom.h"

/* ---- SQLite's allocations pass the gate ---- */

#define HEAD 16 /* holds the size, and keeps the alignment */

static void *x_malloc(int size) {
    char *block = llmc__mem_alloc((size_t)size + HEAD);
    if (!block)
        return NULL;
    *(int *)(void *)block = size;
    return block + HEAD;
}

static void x_free(void *ptr) {
    llmc__mem_free((char *)ptr - HEAD);
}

static int x_size(void *ptr) {
    return ptr ? *(int *)(void *)((char *)ptr - HEAD) : 0;
}

static void *x_realloc(void *ptr, int size) {
    char *block = llmc__mem_realloc((char *)ptr - HEAD, (size_t)size + HEAD);
    if (!block)
        return NULL;
    *(int *)(void *)block = size;
    return block + HEAD;
}

static int x_round(int size) {
    return (size + 7) & ~7;
}

static int x_init(void *ctx) {
    (void)ctx;
    return SQLITE_OK;
}

static void x_shutdown(void *ctx) {
    (void)ctx;
}

/* ---- the file ---- */

static char folder[64], path[96];

static void remove_files(void) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char whole[128];
        snprintf(whole, sizeof whole, "%s%s", path, endings[i]);
        (void)unlink(whole);
    }
}

static llmc_status open_store(llmc_store **out) {
    llmc_sqlite_options options = LLMC_SQLITE_OPTIONS_INIT;
    llmc_status status;
    options.path = path;
    options.sync = LLMC_SQLITE_SYNC_OFF;
    status = llmc_sqlite_new(&options, out);
    assert_true((*out != NULL) == (status == LLMC_OK));
    assert_true(status == LLMC_OK || *llmc_sqlite_last_error_message() != '\0');
    return status;
}

typedef struct told {
    int times;
    llmc_store_result result;
    char text[32];
} told;

static void on_done(void *ctx, llmc_store_result result, const void *value, size_t len) {
    told *t = ctx;
    t->times++;
    t->result = result;
    assert_true(len < sizeof t->text);
    if (value)
        memcpy(t->text, value, len);
    t->text[len] = '\0';
}

static const unsigned char *key_of(char letter) {
    static unsigned char key[LLMC_STORE_KEY_BYTES];
    memset(key, letter, sizeof key);
    return key;
}

static llmc_store_result put(llmc_store *store, char letter, const char *text) {
    told t = {0};
    store->put(store, key_of(letter), text, strlen(text), 3600000, 10000, on_done, &t);
    assert_int_equal(t.times, 1);
    return t.result;
}

/* What is found is what was put, whatever failed. */
static llmc_store_result get(llmc_store *store, char letter, const char *text) {
    told t = {0};
    store->get(store, key_of(letter), 10000, on_done, &t);
    assert_int_equal(t.times, 1);
    if (t.result == LLMC_STORE_DONE)
        assert_string_equal(t.text, text);
    return t.result;
}

static void note(llmc_status *status, llmc_store_result result, llmc_store_result expected) {
    if (result == expected)
        return;
    assert_true(oom_struck());
    assert_true(result == LLMC_STORE_FAILED || result == LLMC_STORE_ABSENT);
    *status = LLMC_ERR_NO_MEMORY;
}

/* With nothing failing any more: the file is whole, and has what was acknowledged. */
static void assert_whole(bool has_a) {
    sqlite3_stmt *statement = NULL;
    llmc_store *store;
    sqlite3 *db = NULL;
    oom_pause(true);
    assert_int_equal(open_store(&store), LLMC_OK);
    assert_int_equal(put(store, 'z', "sound"), LLMC_STORE_DONE);
    assert_int_equal(get(store, 'z', "sound"), LLMC_STORE_DONE);
    if (has_a)
        assert_int_equal(get(store, 'a', "anew"), LLMC_STORE_DONE);
    store->close(store);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    oom_pause(false);
}

/* ---- scenarios ---- */

/* A new file. */
static llmc_status make_and_fill(llmc_client *none) {
    llmc_store_result result;
    llmc_store *store;
    llmc_status status;
    bool kept = false;
    (void)none;
    remove_files();
    status = open_store(&store);
    if (status == LLMC_OK) {
        note(&status, get(store, 'a', ""), LLMC_STORE_ABSENT);
        note(&status, put(store, 'a', "first"), LLMC_STORE_DONE);
        result = put(store, 'a', "anew");
        kept = result == LLMC_STORE_DONE;
        note(&status, result, LLMC_STORE_DONE);
        store->close(store);
    }
    assert_whole(kept);
    return status;
}

/* A file that is there: what the operations need beyond opening it. */
static llmc_status open_and_use(llmc_client *none) {
    static bool made;
    llmc_store *store;
    llmc_status status;
    told t = {0};
    (void)none;
    if (!made)
        assert_whole(false);
    made = true;
    status = open_store(&store);
    if (status != LLMC_OK)
        return status;
    note(&status, get(store, 'z', "sound"), LLMC_STORE_DONE);
    note(&status, put(store, 'b', "second"), LLMC_STORE_DONE);
    store->remove(store, key_of('b'), 10000, on_done, &t);
    assert_int_equal(t.times, 1);
    note(&status, t.result, status == LLMC_OK ? LLMC_STORE_DONE : t.result);
    t = (told){0};
    store->clear(store, 10000, on_done, &t);
    assert_int_equal(t.times, 1);
    note(&status, t.result, LLMC_STORE_DONE);
    store->close(store);
    assert_whole(false);
    return status;
}

/* A call that finds nothing in the file, or that finds what another client's has left there. */
static void ask_by_client(llmc_status *first) {
    llmc_client_options options = oom_options(1);
    llmc_response *response = NULL;
    llmc_client *client;
    llmc_status status;
    oom_pause(true);
    options.enable_cache = true;
    options.cache_salt = "salt";
    options.cache_store_timeout_ms = OOM_DEADLINE_MS;
    assert_int_equal(open_store(&options.cache_store), LLMC_OK);
    client = oom_client_of(&options);
    oom_pause(false);
    status = llmc_ask(client, oom_model(OOM_ECHO), OOM_TEXT, &response);
    if (status == LLMC_OK)
        assert_string_equal(llmc_response_output(response), OOM_TEXT);
    llmc_response_free(response);
    llmc_client_free(client);
    oom_assert_status(status, LLMC_OK);
    if (*first == LLMC_OK)
        *first = status;
}

/* The gate is open for what only prepares. */
static void clear_file(void) {
    llmc_store *store;
    told t = {0};
    oom_pause(true);
    assert_int_equal(open_store(&store), LLMC_OK);
    store->clear(store, 10000, on_done, &t);
    assert_int_equal(t.result, LLMC_STORE_DONE);
    store->close(store);
    oom_pause(false);
}

static llmc_status ask_and_store(llmc_client *none) {
    llmc_status status = LLMC_OK;
    (void)none;
    clear_file();
    ask_by_client(&status);
    assert_whole(false);
    return status;
}

static llmc_status ask_and_find(llmc_client *none) {
    llmc_status status = LLMC_OK;
    (void)none;
    ask_by_client(&status);
    return status;
}

static void a_new_file(void **state) {
    (void)state;
    oom_run_bare(make_and_fill, LLMC_OK);
}

static void a_file_that_is_there(void **state) {
    (void)state;
    oom_run_bare(open_and_use, LLMC_OK);
}

static void behind_a_client(void **state) {
    (void)state;
    oom_run_bare(ask_and_store, LLMC_OK);
    oom_run_bare(ask_and_find, LLMC_OK);
}

static int start(void **state) {
    (void)state;
    oom_servers_start();
    return 0;
}

static int stop(void **state) {
    (void)state;
    oom_servers_stop();
    return 0;
}

int main(void) {
    static const sqlite3_mem_methods methods = {x_malloc, x_free, x_realloc, x_size, x_round, x_init, x_shutdown, NULL};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file),
        cmocka_unit_test(a_file_that_is_there),
        cmocka_unit_test(behind_a_client),
    };
    int failed;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK || sqlite3_initialize() != SQLITE_OK)
        return 1;
    snprintf(folder, sizeof folder, "/tmp/llmc-sqlite-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/answers.db", folder);
    failed = cmocka_run_group_tests(tests, start, stop);
    remove_files();
    (void)rmdir(folder);
    return failed;
}
