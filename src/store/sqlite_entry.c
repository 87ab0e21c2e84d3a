/* The operations on entries. Values and keys are bound, never part of a statement's text. */
#include <string.h>
#include "sqlite_inner.h"

/* An entry read again within this time of its last use is not written down anew. */
#define TOUCH_MS 60000

/* ---- statements ---- */

/* Leaves the statement ready for its next use; the code that its last step gave. */
static int end(sqlite3_stmt *statement, int code) {
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int llmc__sqlite_entry_run(llmc__sqlite *s, llmc__sqlite_statement which) {
    sqlite3_stmt *statement = s->statements[which];
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        ;
    return end(statement, code);
}

int llmc__sqlite_entry_number(llmc__sqlite *s, llmc__sqlite_statement which, int64_t *out) {
    sqlite3_stmt *statement = s->statements[which];
    int code = sqlite3_step(statement);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return end(statement, code == SQLITE_ROW ? SQLITE_OK : code);
}

static int begin(llmc__sqlite *s) {
    return llmc__sqlite_entry_run(s, LLMC__SQLITE_BEGIN);
}

/* Commits what went well, takes back what did not. */
static int finish(llmc__sqlite *s, int code) {
    if (code == SQLITE_OK)
        code = llmc__sqlite_entry_run(s, LLMC__SQLITE_COMMIT);
    if (!sqlite3_get_autocommit(s->db)) {
        int64_t due_us = s->due_us;
        s->due_us = INT64_MAX; /* a transaction must not stay open because time is up */
        (void)llmc__sqlite_entry_run(s, LLMC__SQLITE_ROLLBACK);
        s->due_us = due_us;
    }
    return code;
}

static int bind_key(sqlite3_stmt *statement, const unsigned char *key) {
    return sqlite3_bind_blob(statement, 1, key, LLMC_STORE_KEY_BYTES, SQLITE_STATIC);
}

/* ---- use ---- */

static void note_use(llmc__sqlite *s, int64_t id, int64_t used_ms, int64_t now_ms) {
    if (now_ms - used_ms < TOUCH_MS && used_ms <= now_ms)
        return;
    for (size_t i = 0; i < s->touched; i++)
        if (s->touches[i].id == id)
            return;
    if (s->touched < LLMC__SQLITE_TOUCHES)
        s->touches[s->touched++] = (llmc__sqlite_touch){id, now_ms};
}

int llmc__sqlite_entry_touch(llmc__sqlite *s) {
    sqlite3_stmt *statement = s->statements[LLMC__SQLITE_TOUCH];
    int code = SQLITE_OK;
    for (size_t i = 0; i < s->touched && code == SQLITE_OK; i++) {
        (void)sqlite3_bind_int64(statement, 1, s->touches[i].id);
        (void)sqlite3_bind_int64(statement, 2, s->touches[i].used_ms);
        code = end(statement, sqlite3_step(statement));
    }
    return code;
}

/* They are only hints: once written or not, they are not kept. */
int llmc__sqlite_entry_flush(llmc__sqlite *s) {
    int code;
    if (s->touched == 0)
        return SQLITE_OK;
    code = llmc__sqlite_room_log(s, 0);
    if (code == SQLITE_OK)
        code = begin(s);
    if (code == SQLITE_OK)
        code = finish(s, llmc__sqlite_entry_touch(s));
    s->touched = 0;
    return code;
}

/* ---- get ---- */

/* Of a row; SQLITE_OK with *value NULL: there is nothing in it that could be a value, or its time is over. */
static int take(llmc__sqlite *s, sqlite3_stmt *row, void **value, size_t *len) {
    int64_t now_ms = llmc__sqlite_process_wall_ms();
    const void *blob;
    if (sqlite3_column_type(row, 3) != SQLITE_BLOB || sqlite3_column_int64(row, 1) <= now_ms)
        return SQLITE_OK;
    blob = sqlite3_column_blob(row, 3);
    *len = (size_t)sqlite3_column_bytes(row, 3);
    if (!blob && *len > 0)
        return SQLITE_NOMEM;
    if (*len > LLMC_STORE_MAX_VALUE)
        return SQLITE_OK;
    *value = sqlite3_malloc64(*len + 1);
    if (!*value)
        return SQLITE_NOMEM;
    if (blob)
        memcpy(*value, blob, *len);
    note_use(s, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 2), now_ms);
    return SQLITE_OK;
}

int llmc__sqlite_entry_get(llmc__sqlite *s, const unsigned char *key, void **value, size_t *len) {
    sqlite3_stmt *statement = s->statements[LLMC__SQLITE_GET];
    int code = bind_key(statement, key);
    *value = NULL;
    *len = 0;
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        code = take(s, statement, value, len);
    return end(statement, code);
}

/* ---- put ---- */

static int insert(llmc__sqlite *s, const llmc__sqlite_entry *entry, int64_t now_ms) {
    sqlite3_stmt *statement = s->statements[LLMC__SQLITE_PUT];
    int code = bind_key(statement, entry->key);
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob64(statement, 2, entry->len > 0 ? entry->value : "", entry->len, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 3, entry->ttl_ms < INT64_MAX - now_ms ? now_ms + entry->ttl_ms : INT64_MAX);
    (void)sqlite3_bind_int64(statement, 4, now_ms);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    return end(statement, code);
}

static int expire(llmc__sqlite *s, int64_t now_ms) {
    sqlite3_stmt *statement = s->statements[LLMC__SQLITE_EXPIRE];
    (void)sqlite3_bind_int64(statement, 1, now_ms);
    return end(statement, sqlite3_step(statement));
}

/* One transaction: writes the entry, or makes some of the room it needs. */
static int put_round(llmc__sqlite *s, const llmc__sqlite_entry *entry, llmc__sqlite_room *room) {
    int64_t now_ms = llmc__sqlite_process_wall_ms();
    int code = llmc__sqlite_room_log(s, entry->len);
    *room = LLMC__SQLITE_NONE;
    if (code == SQLITE_OK)
        code = begin(s);
    if (code != SQLITE_OK)
        return code;
    code = llmc__sqlite_entry_touch(s);
    if (code == SQLITE_OK)
        code = expire(s, now_ms);
    if (code == SQLITE_OK)
        code = llmc__sqlite_room_make(s, entry->len, room);
    if (code == SQLITE_OK && *room == LLMC__SQLITE_ENOUGH)
        code = insert(s, entry, now_ms);
    code = finish(s, code);
    if (code == SQLITE_OK)
        s->touched = 0;
    return code;
}

int llmc__sqlite_entry_put(llmc__sqlite *s, const llmc__sqlite_entry *entry) {
    llmc__sqlite_room room = LLMC__SQLITE_MORE;
    int code = SQLITE_OK;
    while (code == SQLITE_OK && room == LLMC__SQLITE_MORE) {
        if (llmc__sqlite_process_now_us() >= s->due_us)
            return SQLITE_INTERRUPT;
        code = put_round(s, entry, &room);
        if (code == SQLITE_OK)
            code = llmc__sqlite_room_tidy(s);
    }
    if (code != SQLITE_OK)
        return code;
    return room == LLMC__SQLITE_ENOUGH ? SQLITE_DONE : SQLITE_EMPTY;
}

/* ---- remove, clear ---- */

int llmc__sqlite_entry_remove(llmc__sqlite *s, const unsigned char *key, bool *was_there) {
    sqlite3_stmt *statement = s->statements[LLMC__SQLITE_REMOVE];
    int code = llmc__sqlite_room_log(s, 0);
    if (code == SQLITE_OK)
        code = bind_key(statement, key);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *was_there = code == SQLITE_DONE && sqlite3_changes(s->db) > 0;
    return end(statement, code);
}

/* What was forgotten is given back to the file system as far as others let it, so that it cannot be read there. */
int llmc__sqlite_entry_clear(llmc__sqlite *s) {
    int code = begin(s);
    s->touched = 0;
    if (code == SQLITE_OK)
        code = finish(s, llmc__sqlite_entry_run(s, LLMC__SQLITE_CLEAR));
    if (code != SQLITE_OK)
        return code;
    if (llmc__sqlite_entry_run(s, LLMC__SQLITE_SHRINK_ALL) == SQLITE_OK)
        (void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return SQLITE_OK;
}
