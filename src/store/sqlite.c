/*
 * The store as the library sees it. An operation holds the store from its opening, which the first one does, to its
 * end, and tells what it came to when it has let go.
 */
#include "llmclient/sqlite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "sqlite_inner.h"

#define LONGEST_MS ((int64_t)24 * 3600 * 1000)
#define CLOSE_US   200000
/* How long a get may wait to note what was read. */
#define NOTE_US 2000
/* After a put has waited for a lock in vain, others do not for so long. */
#define PUT_RETRY_US 2000000

static _Thread_local char last_error[768];

static llmc_status fail(llmc_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(last_error, sizeof last_error, format, arguments);
    va_end(arguments);
    return status;
}

const char *llmc_sqlite_last_error_message(void) {
    return last_error;
}

/* ---- an operation ---- */

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* DONE: the store is held and open, until leave. */
static llmc_store_result enter(llmc__sqlite *s, int64_t timeout_ms, llmc__sqlite_report *report) {
    int64_t now_us = llmc__sqlite_process_now_us();
    int64_t due_us = now_us + earlier(timeout_ms, LONGEST_MS) * 1000;
    llmc_store_result result = LLMC_STORE_DONE;
    report->text[0] = '\0';
    if (getpid() != s->pid) {
        llmc__sqlite_trouble_note(s, LLMC__SQLITE_FORKED, NULL, report);
        return LLMC_STORE_FAILED;
    }
    if (!llmc__sqlite_process_lock(&s->holder, due_us))
        return LLMC_STORE_TIMEOUT;
    s->due_us = due_us;
    s->busy_due_us = earlier(due_us, llmc__sqlite_process_now_us() + s->busy_timeout_us);
    if (s->db && llmc__sqlite_open_moved(s))
        llmc__sqlite_open_end(s);
    if (!s->db)
        result = llmc__sqlite_open(s, report);
    if (result != LLMC_STORE_DONE)
        llmc__sqlite_process_unlock(&s->holder);
    return result;
}

static void leave(llmc__sqlite *s) {
    if (s->spoiled)
        llmc__sqlite_open_end(s);
    llmc__sqlite_process_unlock(&s->holder);
}

static void tell(const llmc__sqlite *s, const llmc__sqlite_report *report) {
    if (report->text[0] != '\0' && s->store.on_log)
        s->store.on_log(LLMC_LOG_ERROR, report->text, s->store.log_user_data);
}

/* ---- the functions of the store ---- */

static bool is_busy(int code) {
    return (code & 0xff) == SQLITE_BUSY;
}

/* Writes down which entries were read when there are many. Of no matter to what was found: others may be writing. */
static void note_reads(llmc__sqlite *s, llmc__sqlite_report *report) {
    int64_t now_us = llmc__sqlite_process_now_us();
    int code;
    if (s->touched < LLMC__SQLITE_TOUCHES || now_us < s->put_retry_us)
        return;
    s->busy_due_us = earlier(s->busy_due_us, now_us + NOTE_US);
    code = llmc__sqlite_entry_flush(s);
    if (code != SQLITE_OK && !is_busy(code))
        (void)llmc__sqlite_trouble_of(s, code, report);
}

static void get(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    llmc__sqlite *s = (llmc__sqlite *)store;
    llmc__sqlite_report report;
    llmc_store_result result = enter(s, timeout_ms, &report);
    void *value = NULL;
    size_t len = 0;
    if (result == LLMC_STORE_DONE) {
        int code = llmc__sqlite_entry_get(s, key, &value, &len);
        if (code != SQLITE_OK)
            result = llmc__sqlite_trouble_of(s, code, &report);
        else if (!value)
            result = LLMC_STORE_ABSENT;
        if (code == SQLITE_OK)
            note_reads(s, &report);
        leave(s);
    }
    tell(s, &report);
    done(ctx, result, result == LLMC_STORE_DONE ? value : NULL, result == LLMC_STORE_DONE ? len : 0);
    sqlite3_free(value);
}

/* Puts queue up behind one that waits, and gets behind them: so one waits, and the next ones say at once that it did.
 */
static llmc_store_result put_entry(llmc__sqlite *s, const llmc__sqlite_entry *entry, llmc__sqlite_report *report) {
    int code;
    if (llmc__sqlite_process_now_us() < s->put_retry_us)
        return LLMC_STORE_TIMEOUT;
    code = llmc__sqlite_entry_put(s, entry);
    if (code == SQLITE_DONE)
        return LLMC_STORE_DONE;
    if (code == SQLITE_EMPTY)
        return LLMC_STORE_ABSENT;
    if (is_busy(code))
        s->put_retry_us = llmc__sqlite_process_now_us() + PUT_RETRY_US;
    return llmc__sqlite_trouble_of(s, code, report);
}

static void put(llmc_store *store, const unsigned char *key, const void *value, size_t len, int64_t ttl_ms,
                int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    llmc__sqlite *s = (llmc__sqlite *)store;
    const llmc__sqlite_entry entry = {key, value, len, ttl_ms};
    llmc__sqlite_report report = {""};
    llmc_store_result result = LLMC_STORE_ABSENT;
    if (len <= s->value_max && ttl_ms > 0)
        result = enter(s, timeout_ms, &report);
    if (result == LLMC_STORE_DONE) {
        result = put_entry(s, &entry, &report);
        leave(s);
    }
    tell(s, &report);
    done(ctx, result, NULL, 0);
}

static void remove_key(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                       void *ctx) {
    llmc__sqlite *s = (llmc__sqlite *)store;
    llmc__sqlite_report report;
    llmc_store_result result = enter(s, timeout_ms, &report);
    bool was_there = false;
    if (result == LLMC_STORE_DONE) {
        int code = llmc__sqlite_entry_remove(s, key, &was_there);
        if (code != SQLITE_OK)
            result = llmc__sqlite_trouble_of(s, code, &report);
        else if (!was_there)
            result = LLMC_STORE_ABSENT;
        leave(s);
    }
    tell(s, &report);
    done(ctx, result, NULL, 0);
}

static void clear(llmc_store *store, int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    llmc__sqlite *s = (llmc__sqlite *)store;
    llmc__sqlite_report report;
    llmc_store_result result = enter(s, timeout_ms, &report);
    if (result == LLMC_STORE_DONE) {
        int code = llmc__sqlite_entry_clear(s);
        if (code != SQLITE_OK)
            result = llmc__sqlite_trouble_of(s, code, &report);
        leave(s);
    }
    tell(s, &report);
    done(ctx, result, NULL, 0);
}

/* ---- life ---- */

static void destroy(llmc__sqlite *s) {
    sqlite3_free(s->path);
    sqlite3_free(s->log_path);
    sqlite3_free(s);
}

static void close_store(llmc_store *store) {
    llmc__sqlite *s = (llmc__sqlite *)store;
    bool inherited = s->pid != getpid();
    if (!llmc__sqlite_process_leave(s))
        return;
    if (inherited) {
        llmc__sqlite_open_abandon(s);
    } else if (s->db) {
        s->due_us = s->busy_due_us = llmc__sqlite_process_now_us() + CLOSE_US;
        (void)llmc__sqlite_entry_flush(s);
        llmc__sqlite_open_end(s);
    }
    destroy(s);
}

static llmc_status check(const llmc_sqlite_options *o) {
    if (!o || o->size != sizeof *o)
        return fail(LLMC_ERR_INVALID_ARGUMENT,
                    "options is NULL or options.size is not that of llmc_sqlite_options: start from its INIT macro");
    if (!o->path || *o->path == '\0')
        return fail(LLMC_ERR_INVALID_ARGUMENT, "options.path is %s", o->path ? "empty" : "NULL");
    if (o->max_bytes != 0 && (o->max_bytes < LLMC_SQLITE_MIN_BYTES || o->max_bytes > LLMC_SQLITE_MAX_BYTES))
        return fail(LLMC_ERR_INVALID_ARGUMENT, "options.max_bytes is not between LLMC_SQLITE_MIN_BYTES (8 MiB) and "
                                               "LLMC_SQLITE_MAX_BYTES");
    if (o->busy_timeout_ms < 0)
        return fail(LLMC_ERR_INVALID_ARGUMENT, "options.busy_timeout_ms is negative");
    if ((int)o->sync < 0 || o->sync > LLMC_SQLITE_SYNC_OFF)
        return fail(LLMC_ERR_INVALID_ARGUMENT, "options.sync is none of llmc_sqlite_sync");
    if (sqlite3_libversion_number() < LLMC__SQLITE_OLDEST)
        return fail(LLMC_ERR_INIT, "the SQLite at hand is %s; 3.31 or newer is needed", sqlite3_libversion());
    if (sqlite3_threadsafe() == 0)
        return fail(LLMC_ERR_INIT, "the SQLite at hand was built for one thread only");
    return LLMC_OK;
}

static llmc_status fill(llmc__sqlite *s, const llmc_sqlite_options *o) {
    const llmc_sqlite_options defaults = LLMC_SQLITE_OPTIONS_INIT;
    int64_t busy_ms = o->busy_timeout_ms > 0 ? o->busy_timeout_ms : defaults.busy_timeout_ms;
    char why[512] = "";
    s->store = (llmc_store){sizeof(llmc_store),
                            LLMC_STORE_VERSION,
                            LLMC_STORE_BLOCKS,
                            "sqlite",
                            NULL,
                            get,
                            put,
                            remove_key,
                            clear,
                            close_store,
                            NULL,
                            NULL};
    s->sync = o->sync;
    s->busy_timeout_us = earlier(busy_ms, LONGEST_MS) * 1000;
    s->pid = getpid();
    llmc__sqlite_room_plan(s, o->max_bytes != 0 ? o->max_bytes : defaults.max_bytes);
    if (!llmc__sqlite_file_resolve(o->path, &s->path, why))
        return fail(LLMC_ERR_INVALID_ARGUMENT, "options.path \"%.300s\" is refused: %s", o->path, why);
    if (s->path && !llmc__sqlite_file_check(s->path, why))
        return fail(LLMC_ERR_INVALID_ARGUMENT, "options.path \"%.300s\" is refused: %s", o->path, why);
    s->log_path = s->path ? sqlite3_mprintf("%s-wal", s->path) : NULL;
    if (!s->log_path)
        return fail(LLMC_ERR_NO_MEMORY, "no memory for a store");
    if (!llmc__sqlite_process_inherit(s->path))
        return fail(LLMC_ERR_FORKED, "the parent process was using \"%.300s\" when it forked: fork before it does",
                    o->path);
    return LLMC_OK;
}

llmc_status llmc_sqlite_new(const llmc_sqlite_options *options, llmc_store **out) {
    llmc__sqlite *s;
    llmc_status status;
    if (!out)
        return fail(LLMC_ERR_INVALID_ARGUMENT, "out is NULL");
    *out = NULL;
    status = check(options);
    if (status != LLMC_OK)
        return status;
    s = sqlite3_malloc64(sizeof *s);
    if (!s)
        return fail(LLMC_ERR_NO_MEMORY, "no memory for a store");
    memset(s, 0, sizeof *s);
    status = fill(s, options);
    if (status != LLMC_OK) {
        destroy(s);
        return status;
    }
    llmc__sqlite_process_join(s);
    *out = &s->store;
    return LLMC_OK;
}
