/* Opening and closing the connection. */
#include <stdio.h>
#include <string.h>
#include "sqlite_inner.h"

/* After a failure it is not opened anew for so long, but for want of memory. */
#define RETRY_US 2000000

static const char *const statements[LLMC__SQLITE_STATEMENTS] = {
    [LLMC__SQLITE_BEGIN] = "BEGIN IMMEDIATE",
    [LLMC__SQLITE_COMMIT] = "COMMIT",
    [LLMC__SQLITE_ROLLBACK] = "ROLLBACK",
    [LLMC__SQLITE_GET] = "SELECT id, expires_ms, used_ms, value FROM entry WHERE key = ?1",
    [LLMC__SQLITE_PUT] =
        ("INSERT INTO entry(key, value, expires_ms, used_ms) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(key) DO "
         "UPDATE SET value = excluded.value, expires_ms = excluded.expires_ms, used_ms = excluded.used_ms"),
    [LLMC__SQLITE_REMOVE] = "DELETE FROM entry WHERE key = ?1",
    [LLMC__SQLITE_CLEAR] = "DELETE FROM entry",
    [LLMC__SQLITE_TOUCH] = "UPDATE entry SET used_ms = ?2 WHERE id = ?1 AND used_ms < ?2",
    [LLMC__SQLITE_EXPIRE] =
        "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT 8)",
    [LLMC__SQLITE_EVICT] = "DELETE FROM entry WHERE id = (SELECT id FROM entry ORDER BY used_ms LIMIT 1)",
    [LLMC__SQLITE_PAGES] = "PRAGMA page_count",
    [LLMC__SQLITE_FREE_PAGES] = "PRAGMA freelist_count",
    [LLMC__SQLITE_SHRINK] = "PRAGMA incremental_vacuum(64)",
    [LLMC__SQLITE_SHRINK_ALL] = "PRAGMA incremental_vacuum",
};

/* ---- deadlines ---- */

/* How often a lock was found held tells how long to wait for it now. */
static int on_busy(void *ctx, int count) {
    const llmc__sqlite *s = ctx;
    int64_t left_us = s->busy_due_us - llmc__sqlite_process_now_us();
    int64_t nap_us = (int64_t)100 << (count < 6 ? count : 6);
    if (left_us <= 0)
        return 0;
    llmc__sqlite_process_nap(nap_us < left_us ? nap_us : left_us);
    return 1;
}

static int on_progress(void *ctx) {
    const llmc__sqlite *s = ctx;
    return llmc__sqlite_process_now_us() >= s->due_us;
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int frames) {
    llmc__sqlite *s = ctx;
    (void)db, (void)name;
    s->log_frames = frames;
    return SQLITE_OK;
}

/* ---- settings ---- */

static int configure(sqlite3 *db) {
    static const struct {
        int what, on;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof switches / sizeof *switches && code == SQLITE_OK; i++)
        code = sqlite3_db_config(db, switches[i].what, switches[i].on, (int *)NULL);
    if (code != SQLITE_OK)
        return code;
    return sqlite3_exec(db,
                        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; "
                        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-1024; PRAGMA wal_autocheckpoint=0",
                        NULL, NULL, NULL);
}

static int set_sync(const llmc__sqlite *s) {
    static const char *const syncs[] = {"PRAGMA synchronous=NORMAL", "PRAGMA synchronous=FULL",
                                        "PRAGMA synchronous=OFF"};
    return sqlite3_exec(s->db, syncs[s->sync], NULL, NULL, NULL);
}

/* Once the file is known to be ours. Only numbers of ours go into the text. */
static int bound(const llmc__sqlite *s) {
    char sql[160];
    snprintf(sql, sizeof sql, "PRAGMA secure_delete=FAST; PRAGMA max_page_count=%lld; PRAGMA journal_size_limit=%lld",
             (long long)s->pages_max, (long long)s->log_max / 2);
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}

static int prepare(llmc__sqlite *s) {
    int code = SQLITE_OK;
    for (size_t i = 0; i < LLMC__SQLITE_STATEMENTS && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL);
    return code;
}

static int connect(llmc__sqlite *s) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int code = sqlite3_open_v2(s->path, &s->db, flags, NULL);
    if (code != SQLITE_OK)
        return code;
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_handler(s->db, on_busy, s);
    sqlite3_progress_handler(s->db, 1000, on_progress, s);
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, (int)LLMC_STORE_MAX_VALUE + 4096);
    if (sqlite3_db_readonly(s->db, "main"))
        return SQLITE_READONLY;
    code = configure(s->db);
    (void)sqlite3_wal_hook(s->db, on_commit, s); /* after wal_autocheckpoint, which sets a hook of its own */
    return code == SQLITE_OK ? set_sync(s) : code;
}

/* ---- open, close ---- */

static void disconnect(llmc__sqlite *s) {
    for (size_t i = 0; i < LLMC__SQLITE_STATEMENTS; i++) {
        sqlite3_finalize(s->statements[i]);
        s->statements[i] = NULL;
    }
    (void)sqlite3_close_v2(s->db);
    s->db = NULL;
    s->spoiled = false;
    s->touched = 0;
    s->log_frames = 0;
}

void llmc__sqlite_open_end(llmc__sqlite *s) {
    if (s->spoiled)
        s->retry_us = llmc__sqlite_process_now_us() + RETRY_US;
    disconnect(s);
}

void llmc__sqlite_open_abandon(llmc__sqlite *s) {
    if (s->db)
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    disconnect(s);
}

bool llmc__sqlite_open_moved(llmc__sqlite *s) {
    int64_t now_us = llmc__sqlite_process_now_us();
    int moved = 0;
    if (now_us - s->looked_us < 1000000)
        return false;
    s->looked_us = now_us;
    return sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

llmc_store_result llmc__sqlite_open(llmc__sqlite *s, llmc__sqlite_report *report) {
    llmc_store_result result;
    char why[512] = "";
    int code, error;
    if (llmc__sqlite_process_now_us() < s->retry_us)
        return LLMC_STORE_FAILED;
    s->retry_us = llmc__sqlite_process_now_us() + RETRY_US;
    if (!llmc__sqlite_file_check(s->path, why)) {
        llmc__sqlite_trouble_note(s, LLMC__SQLITE_UNSAFE, why, report);
        return LLMC_STORE_FAILED;
    }
    error = llmc__sqlite_file_make(s->path);
    if (error != 0)
        return llmc__sqlite_trouble_errno(s, error, report);
    code = connect(s);
    if (code == SQLITE_OK)
        code = llmc__sqlite_schema_settle(s, why);
    if (code == SQLITE_OK)
        code = bound(s);
    if (code == SQLITE_OK)
        code = prepare(s);
    if (code == SQLITE_OK) {
        s->retry_us = 0;
        s->looked_us = llmc__sqlite_process_now_us();
        return LLMC_STORE_DONE;
    }
    result = LLMC_STORE_FAILED;
    if (code == SQLITE_MISMATCH)
        llmc__sqlite_trouble_note(s, LLMC__SQLITE_FOREIGN, why, report);
    else
        result = llmc__sqlite_trouble_of(s, code, report);
    if (code == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM)
        s->retry_us = 0;
    disconnect(s);
    return result;
}
