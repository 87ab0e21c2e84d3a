#include "support_sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- the folder ---- */

void shelf_open(shelf *s) {
    const char *tmp = getenv("TMPDIR");
    memset(s, 0, sizeof *s);
    snprintf(s->folder, sizeof s->folder, "%s/llmc-sqlite-XXXXXX", tmp && strlen(tmp) < 90 ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/answers.db", s->folder);
}

void shelf_close(shelf *s) {
    DIR *folder = opendir(s->folder);
    const struct dirent *entry;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", s->folder, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(path) != 0)
            assert_int_equal(rmdir(path), 0);
    }
    closedir(folder);
    assert_int_equal(rmdir(s->folder), 0);
}

void shelf_log(llmc_log_level level, const char *text, void *user_data) {
    shelf *s = user_data;
    if (level != LLMC_LOG_ERROR)
        return;
    snprintf(s->line, sizeof s->line, "%s", text);
    atomic_fetch_add(&s->lines, 1);
}

llmc_sqlite_options shelf_options(const shelf *s) {
    llmc_sqlite_options options = LLMC_SQLITE_OPTIONS_INIT;
    options.path = s->path;
    options.busy_timeout_ms = 10000; /* of machines that are slow */
    options.sync = LLMC_SQLITE_SYNC_OFF;
    return options;
}

llmc_store *shelf_store_of(shelf *s, const llmc_sqlite_options *options) {
    llmc_store *store = NULL;
    if (llmc_sqlite_new(options, &store) != LLMC_OK)
        fail_msg("%s", llmc_sqlite_last_error_message());
    store->on_log = shelf_log;
    store->log_user_data = s;
    return store;
}

llmc_store *shelf_store(shelf *s, uint64_t max_bytes) {
    llmc_sqlite_options options = shelf_options(s);
    options.max_bytes = max_bytes;
    return shelf_store_of(s, &options);
}

const char *shelf_refusal(const llmc_sqlite_options *options, llmc_status expected) {
    llmc_store *store = (llmc_store *)(uintptr_t)options;
    assert_int_equal(llmc_sqlite_new(options, &store), expected);
    assert_null(store);
    return llmc_sqlite_last_error_message();
}

/* ---- operations ---- */

typedef struct told {
    int times;
    llmc_store_result result;
    const void *value;
    size_t len;
} told;

static _Thread_local char *kept;
static _Thread_local size_t kept_len;

void shelf_forget(void) {
    free(kept);
    kept = NULL;
    kept_len = 0;
}

static void on_done(void *ctx, llmc_store_result result, const void *value, size_t len) {
    told *t = ctx;
    t->times++;
    t->result = result;
    t->value = value;
    t->len = len;
    shelf_forget();
    if (value) {
        kept = malloc(len + 1);
        memcpy(kept, value, len);
        kept[len] = '\0';
        kept_len = len;
    }
}

static llmc_store_result check(const told *t) {
    assert_int_equal(t->times, 1);
    if (t->result != LLMC_STORE_DONE) {
        assert_null(t->value);
        assert_int_equal(t->len, 0);
    }
    return t->result;
}

/* Spread as a hash is. */
void shelf_key(uint64_t number, unsigned char key[LLMC_STORE_KEY_BYTES]) {
    for (size_t i = 0; i < LLMC_STORE_KEY_BYTES; i++) {
        number = number * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        key[i] = (unsigned char)(number >> 56);
    }
}

llmc_store_result shelf_put_bytes(llmc_store *store, uint64_t number, const void *value, size_t len, int64_t ttl_ms) {
    unsigned char key[LLMC_STORE_KEY_BYTES];
    told t = {0};
    shelf_key(number, key);
    store->put(store, key, value, len, ttl_ms, 10000, on_done, &t);
    return check(&t);
}

llmc_store_result shelf_put(llmc_store *store, uint64_t number, const char *text) {
    return shelf_put_bytes(store, number, text, strlen(text), 3600000);
}

llmc_store_result shelf_get_within(llmc_store *store, uint64_t number, int64_t timeout_ms, const char **text) {
    unsigned char key[LLMC_STORE_KEY_BYTES];
    told t = {0};
    shelf_key(number, key);
    store->get(store, key, timeout_ms, on_done, &t);
    if (text)
        *text = kept;
    return check(&t);
}

llmc_store_result shelf_get(llmc_store *store, uint64_t number, const char **text) {
    return shelf_get_within(store, number, 10000, text);
}

size_t shelf_len(void) {
    return kept_len;
}

llmc_store_result shelf_remove(llmc_store *store, uint64_t number) {
    unsigned char key[LLMC_STORE_KEY_BYTES];
    told t = {0};
    shelf_key(number, key);
    store->remove(store, key, 10000, on_done, &t);
    return check(&t);
}

llmc_store_result shelf_clear(llmc_store *store) {
    told t = {0};
    store->clear(store, 10000, on_done, &t);
    return check(&t);
}

void shelf_assert_has(llmc_store *store, uint64_t number, const char *text) {
    const char *found;
    assert_int_equal(shelf_get(store, number, &found), LLMC_STORE_DONE);
    assert_string_equal(found, text);
}

void shelf_assert_lacks(llmc_store *store, uint64_t number) {
    assert_int_equal(shelf_get(store, number, NULL), LLMC_STORE_ABSENT);
}

/* ---- the file ---- */

sqlite3 *shelf_connect(const shelf *s) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, FLOW_DEADLINE_MS), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

void shelf_run(const shelf *s, const char *sql) {
    sqlite3 *db = shelf_connect(s);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int64_t shelf_number(const shelf *s, const char *sql) {
    sqlite3 *db = shelf_connect(s);
    sqlite3_stmt *statement = NULL;
    int64_t number;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

void shelf_assert_whole(const shelf *s) {
    sqlite3 *db = shelf_connect(s);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int64_t shelf_file_bytes(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

int64_t shelf_bytes(const shelf *s) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    int64_t sum = 0;
    for (size_t i = 0; i < 3; i++) {
        char path[256];
        int64_t bytes;
        snprintf(path, sizeof path, "%s%s", s->path, endings[i]);
        bytes = shelf_file_bytes(path);
        sum += bytes > 0 ? bytes : 0;
    }
    return sum;
}

void shelf_write_file(const char *path, const void *bytes, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

char *shelf_read_file(const char *path, size_t *len) {
    int64_t bytes = shelf_file_bytes(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text;
    assert_true(fd >= 0 && bytes >= 0);
    text = malloc((size_t)bytes + 1);
    assert_non_null(text);
    assert_int_equal(read(fd, text, (size_t)bytes), bytes);
    close(fd);
    *len = (size_t)bytes;
    return text;
}

/* ---- other processes ---- */

shelf_process shelf_spawn(const char *const *arguments) {
    shelf_process process = {-1, -1};
    posix_spawn_file_actions_t actions;
    char *argv[8] = {(char *)(uintptr_t) "test"};
    int ends[2];
    for (size_t i = 0; arguments[i] && i < 6; i++)
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn(&process.pid, "/proc/self/exe", &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    process.out = ends[0];
    return process;
}

bool shelf_read_line(const shelf_process *process, char *line, size_t size) {
    size_t len = 0;
    char byte;
    for (;;) {
        ssize_t got = read(process->out, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        if (byte == '\n')
            break;
        if (len + 1 < size)
            line[len++] = byte;
    }
    line[len] = '\0';
    return true;
}

int shelf_wait(shelf_process *process) {
    int status = 0;
    while (waitpid(process->pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    if (process->out >= 0)
        close(process->out);
    process->out = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void shelf_kill(shelf_process *process) {
    assert_int_equal(kill(process->pid, SIGKILL), 0);
    (void)shelf_wait(process);
}
