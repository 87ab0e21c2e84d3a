/* Several processes and one file: they share entries, and one that is killed takes nothing with it. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/sqlite_inner.h"
#include "support_sqlite.h"

/* ---- through the public client ---- */

static llmc_client *client_of(llmc_store *store, const char *base_url) {
    llmc_client_options options = flow_options();
    options.enable_cache = true;
    options.cache_store = store;
    options.cache_salt = "what both processes know";
    options.cache_store_timeout_ms = FLOW_DEADLINE_MS;
    return flow_client(base_url, &options);
}

/* In another process: asks once and says whether the answer was a cached one. */
static int ask(const char *base_url, const char *path) {
    llmc_sqlite_options options = LLMC_SQLITE_OPTIONS_INIT;
    llmc_response *response = NULL;
    llmc_store *store = NULL;
    llmc_client *client;
    options.path = path;
    if (llmc_sqlite_new(&options, &store) != LLMC_OK)
        return 1;
    client = client_of(store, base_url);
    if (llmc_ask(client, FLOW_MODEL, "one two three", &response) != LLMC_OK)
        return 2;
    printf("%s %s\n", llmc_response_from_cache(response) ? "cached" : "asked", llmc_response_output(response));
    fflush(stdout);
    llmc_response_free(response);
    llmc_client_free(client);
    return 0;
}

static void assert_asks(const llmc_mock *mock, const shelf *s, const char *expected) {
    const char *const arguments[] = {"ask", llmc_mock_base_url(mock), s->path, NULL};
    shelf_process process = shelf_spawn(arguments);
    char line[128];
    assert_true(shelf_read_line(&process, line, sizeof line));
    assert_string_equal(line, expected);
    assert_int_equal(shelf_wait(&process), 0);
}

static void a_second_process_asks_nobody(void **state) {
    llmc_mock_stats stats;
    llmc_mock *mock;
    llmc_client *client;
    shelf s;
    (void)state;
    shelf_open(&s);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    assert_asks(mock, &s, "asked one two three");
    assert_asks(mock, &s, "cached one two three");
    client = client_of(shelf_store(&s, 0), llmc_mock_base_url(mock));
    assert_asks(mock, &s, "cached one two three"); /* while another has it open */
    llmc_client_clear_cache(client);
    llmc_client_free(client); /* waits for the clearing */
    llmc_mock_get_stats(mock, &stats);
    assert_int_equal(stats.requests, 1);
    assert_asks(mock, &s, "asked one two three");
    llmc_mock_get_stats(mock, &stats);
    assert_int_equal(stats.requests, 2);
    llmc_mock_free(mock);
    shelf_close(&s);
}

/* ---- many writers ---- */

#define WRITERS 4
#define ENTRIES 150

static const char *text_of(uint64_t number) {
    static _Thread_local char text[9000];
    size_t len = 20 + number * 37 % 8000;
    memset(text, 'a' + (int)(number % 26), len);
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    text[strlen(text)] = '.';
    text[len] = '\0';
    return text;
}

/* In another process: puts entries from a number on and says each that is done. */
static int write_from(const char *path, const char *from, const char *count) {
    llmc_sqlite_options options = LLMC_SQLITE_OPTIONS_INIT;
    uint64_t number = strtoull(from, NULL, 10), end = number + strtoull(count, NULL, 10);
    llmc_store *store = NULL;
    options.path = path;
    options.sync = LLMC_SQLITE_SYNC_OFF; /* of no matter to a process that is killed */
    options.busy_timeout_ms = 10000;
    if (llmc_sqlite_new(&options, &store) != LLMC_OK)
        return 1;
    for (; number < end; number++) {
        char line[32];
        int len = snprintf(line, sizeof line, "%llu\n", (unsigned long long)number);
        if (shelf_put(store, number, text_of(number)) != LLMC_STORE_DONE)
            return 2;
        if (write(STDOUT_FILENO, line, (size_t)len) != len)
            return 3;
    }
    store->close(store);
    return 0;
}

static shelf_process writer(const shelf *s, uint64_t from, uint64_t count) {
    char first[24], entries[24];
    const char *const arguments[] = {"write", s->path, first, entries, NULL};
    snprintf(first, sizeof first, "%llu", (unsigned long long)from);
    snprintf(entries, sizeof entries, "%llu", (unsigned long long)count);
    return shelf_spawn(arguments);
}

static void many_processes_write_at_once(void **state) {
    shelf_process processes[WRITERS];
    llmc_store *store;
    char line[32];
    shelf s;
    (void)state;
    shelf_open(&s);
    for (uint64_t i = 0; i < WRITERS; i++)
        processes[i] = writer(&s, i * ENTRIES, ENTRIES);
    for (uint64_t i = 0; i < WRITERS; i++) {
        while (shelf_read_line(&processes[i], line, sizeof line))
            ;
        assert_int_equal(shelf_wait(&processes[i]), 0);
    }
    store = shelf_store(&s, 0);
    for (uint64_t i = 0; i < (uint64_t)WRITERS * ENTRIES; i++)
        shelf_assert_has(store, i, text_of(i));
    store->close(store);
    shelf_assert_whole(&s);
    shelf_close(&s);
}

/* ---- kill -9 ---- */

/*
 * A writer is killed after some of its entries, at no particular point of the next. What it said is done is there, and
 * the file is whole; the writer after it goes on with the same file, or finds a new one half made.
 */
static void what_was_acknowledged_outlives_kill_9(void **state) {
    const int times = getenv("LLMC_LONG") ? 1000 : 200;
    uint64_t number = 0, seed = 20;
    shelf s;
    (void)state;
    shelf_open(&s);
    for (int i = 0; i < times; i++) {
        shelf_process process = writer(&s, number, 1000000);
        uint64_t first = number, wanted = flow_random(&seed) % 12;
        llmc_store *store;
        char line[32];
        for (uint64_t seen = 0; seen < wanted && shelf_read_line(&process, line, sizeof line); seen++)
            number = strtoull(line, NULL, 10) + 1;
        usleep(flow_random(&seed) % (wanted == 0 ? 4000 : 400)); /* anywhere in what it does next */
        assert_int_equal(kill(process.pid, SIGKILL), 0);
        while (shelf_read_line(&process, line, sizeof line)) /* what it said before it died */
            number = strtoull(line, NULL, 10) + 1;
        assert_int_equal(shelf_wait(&process), 128 + SIGKILL);
        if (shelf_file_bytes(s.path) < 0) { /* it had not come so far */
            assert_int_equal(number, 0);
            continue;
        }
        shelf_assert_whole(&s);
        store = shelf_store(&s, 0);
        for (uint64_t back = number < 400 ? 0 : first < number - 400 ? first : number - 400; back < number; back++)
            shelf_assert_has(store, back, text_of(back));
        store->close(store);
        if (i % 20 == 19) { /* and now and then a new file */
            assert_int_equal(unlink(s.path), 0);
            number = 0;
        }
    }
    shelf_close(&s);
}

/* ---- fork ---- */

static int in_child(shelf *s, llmc_store *inherited) {
    llmc_sqlite_options options = shelf_options(s);
    llmc_store *own = NULL;
    const char *found = NULL;
    if (shelf_get(inherited, 1, NULL) != LLMC_STORE_FAILED || shelf_put(inherited, 1, "no") != LLMC_STORE_FAILED)
        return 1;
    if (atomic_load(&s->lines) != 1 || !strstr(s->line, "make one after fork"))
        return 2;
    if (llmc_sqlite_new(&options, &own) != LLMC_OK)
        return 3;
    if (shelf_get(own, 1, &found) != LLMC_STORE_DONE || strcmp(found, "parent's") != 0)
        return 4;
    if (shelf_put(own, 2, "child's") != LLMC_STORE_DONE)
        return 5;
    own->close(own);
    inherited->close(inherited);
    return 0;
}

static void a_child_makes_its_own(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 1, "parent's"), LLMC_STORE_DONE);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        int status = 0;
        if (child == 0)
            _exit(in_child(&s, store));
        assert_true(child > 0);
        assert_int_equal(shelf_put(store, 3, "meanwhile"), LLMC_STORE_DONE);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        shelf_assert_has(store, 1, "parent's");
        shelf_assert_has(store, 2, "child's");
    }
    assert_int_equal(s.lines, 0);
    /* The parent's locks are as they were: nobody else may take the log away while it has the file open. */
    {
        const char *const arguments[] = {"write", s.path, "100", "1", NULL};
        shelf_process process = shelf_spawn(arguments);
        char log[256];
        assert_int_equal(shelf_wait(&process), 0);
        snprintf(log, sizeof log, "%s-wal", s.path);
        assert_true(shelf_file_bytes(log) >= 0);
    }
    shelf_assert_has(store, 100, text_of(100));
    store->close(store);
    shelf_assert_whole(&s);
    shelf_close(&s);
}

static int in_child_of_a_busy_parent(shelf *s, llmc_store *inherited) {
    llmc_sqlite_options options = shelf_options(s);
    llmc_store *own = NULL;
    char path[256];
    if (llmc_sqlite_new(&options, &own) != LLMC_ERR_FORKED || own)
        return 1;
    if (!strstr(llmc_sqlite_last_error_message(), "when it forked"))
        return 2;
    if (shelf_get(inherited, 1, NULL) != LLMC_STORE_FAILED)
        return 3;
    inherited->close(inherited); /* which touches nothing */
    if (llmc_sqlite_new(&options, &own) != LLMC_ERR_FORKED)
        return 4;
    snprintf(path, sizeof path, "%s.other", s->path);
    options.path = path;
    if (llmc_sqlite_new(&options, &own) != LLMC_OK) /* another file is another matter */
        return 5;
    if (shelf_put(own, 1, "other") != LLMC_STORE_DONE)
        return 6;
    own->close(own);
    return 0;
}

/* Forked in the middle of an operation: what SQLite was about to do in the parent is not known in the child. */
static void a_child_of_a_busy_parent_is_refused(void **state) {
    llmc_store *store;
    int status = 0;
    pid_t child;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    assert_true(llmc__sqlite_process_lock(&((llmc__sqlite *)store)->holder, 0));
    child = fork();
    if (child == 0)
        _exit(in_child_of_a_busy_parent(&s, store));
    assert_int_equal(shelf_get_within(store, 1, 30, NULL), LLMC_STORE_TIMEOUT); /* while it is held */
    llmc__sqlite_process_unlock(&((llmc__sqlite *)store)->holder);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    shelf_assert_has(store, 1, "one");
    store->close(store);
    shelf_assert_whole(&s);
    shelf_close(&s);
}

/* A client of the parent's is of no use in the child, and what it holds is left alone there. */
static void a_client_is_left_alone_in_a_child(void **state) {
    llmc_response *response = NULL;
    llmc_client *client;
    llmc_mock *mock;
    int status = 0;
    pid_t child;
    shelf s;
    (void)state;
    shelf_open(&s);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    client = client_of(shelf_store(&s, 0), llmc_mock_base_url(mock));
    assert_int_equal(llmc_ask(client, FLOW_MODEL, "one two", &response), LLMC_OK);
    llmc_response_free(response);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        llmc_client_clear_cache(client);
        status = llmc_ask(client, FLOW_MODEL, "one two", &response) == LLMC_ERR_FORKED ? 0 : 1;
        llmc_response_free(response);
        llmc_client_free(client);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    llmc_client_free(client);
    assert_int_equal(shelf_number(&s, "SELECT count(*) FROM entry"), 1);
    llmc_mock_free(mock);
    shelf_close(&s);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_process_asks_nobody),          cmocka_unit_test(many_processes_write_at_once),
        cmocka_unit_test(what_was_acknowledged_outlives_kill_9), cmocka_unit_test(a_child_makes_its_own),
        cmocka_unit_test(a_child_of_a_busy_parent_is_refused),   cmocka_unit_test(a_client_is_left_alone_in_a_child),
    };
    if (argc == 4 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], argv[3]);
    if (argc == 5 && strcmp(argv[1], "write") == 0)
        return write_from(argv[2], argv[3], argv[4]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
