/* The tables, and whether they are ours. Nothing is written to a file before that is known. */
#include <stdio.h>
#include <string.h>
#include "sqlite_inner.h"

/* By name, as sqlite_schema keeps their text; what SQLite makes for itself has none. */
static const struct {
    const char *name, *sql;
} objects[] = {
    {"entry", "CREATE TABLE entry(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, expires_ms INTEGER NOT NULL, "
              "used_ms INTEGER NOT NULL, value BLOB NOT NULL)"},
    {"entry_by_expiry", "CREATE INDEX entry_by_expiry ON entry(expires_ms)"},
    {"entry_by_use", "CREATE INDEX entry_by_use ON entry(used_ms)"},
    {"sqlite_autoindex_entry_1", NULL},
};
#define OBJECTS (sizeof objects / sizeof *objects)

typedef struct identity {
    int64_t application, schema, page, pages, things;
} identity;

int llmc__sqlite_schema_number(sqlite3 *db, const char *sql, int64_t *out) {
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    *out = 0;
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            *out = sqlite3_column_int64(statement, 0);
            code = SQLITE_OK;
        }
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
}

static int identify(sqlite3 *db, identity *id) {
    int code = llmc__sqlite_schema_number(db, "PRAGMA application_id", &id->application);
    if (code == SQLITE_OK)
        code = llmc__sqlite_schema_number(db, "PRAGMA user_version", &id->schema);
    if (code == SQLITE_OK)
        code = llmc__sqlite_schema_number(db, "PRAGMA page_size", &id->page);
    if (code == SQLITE_OK)
        code = llmc__sqlite_schema_number(db, "PRAGMA page_count", &id->pages);
    if (code == SQLITE_OK)
        code = llmc__sqlite_schema_number(db, "SELECT count(*) FROM sqlite_master", &id->things);
    return code;
}

static int run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* All of it at one time: others may be making the tables just now. */
static int identify_at_once(sqlite3 *db, identity *id) {
    int code = run(db, "BEGIN");
    if (code == SQLITE_OK)
        code = identify(db, id);
    if (!sqlite3_get_autocommit(db))
        (void)run(db, "ROLLBACK"); /* nothing was written */
    return code;
}

/* Nothing was ever made in it; the log may have been, when who began was killed. */
static bool is_new(const identity *id) {
    return id->application == 0 && id->schema == 0 && id->things == 0 && id->pages <= 1;
}

static int judge(const identity *id, char why[512]) {
    if (id->application != LLMC__SQLITE_APPLICATION)
        snprintf(why, 512, "it is another program's");
    else if (id->schema != LLMC__SQLITE_SCHEMA)
        snprintf(why, 512, "its tables are of version %lld, this release knows %d", (long long)id->schema,
                 LLMC__SQLITE_SCHEMA);
    else if (id->page != LLMC__SQLITE_PAGE)
        snprintf(why, 512, "its pages have %lld bytes", (long long)id->page);
    else
        return SQLITE_OK;
    return SQLITE_MISMATCH;
}

static bool same(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The tables must be these to the letter: a file is input from outside. */
static int compare(sqlite3 *db, char why[512]) {
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    bool good = true;
    int code = sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_master ORDER BY name", -1, &statement, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code != SQLITE_ROW)
            break;
        good = good && count < OBJECTS && same((const char *)sqlite3_column_text(statement, 0), objects[count].name) &&
               same((const char *)sqlite3_column_text(statement, 1), objects[count].sql);
        count++;
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE)
        return code;
    if (good && count == OBJECTS)
        return SQLITE_OK;
    snprintf(why, 512, "its tables are not those of a cache");
    return SQLITE_MISMATCH;
}

/* SQLite does not wait by itself for the lock that this needs, as two that wait for each other would. */
static int use_log(llmc__sqlite *s, char why[512]) {
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(s->db, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    while ((code = sqlite3_step(statement)) == SQLITE_BUSY && llmc__sqlite_process_now_us() < s->busy_due_us) {
        sqlite3_reset(statement);
        llmc__sqlite_process_nap(1000);
    }
    if (code == SQLITE_ROW) {
        bool on = same((const char *)sqlite3_column_text(statement, 0), "wal");
        code = on ? SQLITE_OK : SQLITE_MISMATCH;
        if (!on)
            snprintf(why, 512, "its file system has no memory that processes can share");
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
}

static int make_objects(sqlite3 *db) {
    char head[96];
    int code = SQLITE_OK;
    for (size_t i = 0; i < OBJECTS && code == SQLITE_OK; i++)
        if (objects[i].sql)
            code = run(db, objects[i].sql);
    snprintf(head, sizeof head, "PRAGMA application_id=%d; PRAGMA user_version=%d", LLMC__SQLITE_APPLICATION,
             LLMC__SQLITE_SCHEMA);
    return code == SQLITE_OK ? run(db, head) : code;
}

/* Of several that find a new file at once, one makes the tables and the others find them made. */
static int make(llmc__sqlite *s, char why[512]) {
    identity id = {0};
    int code = run(s->db, "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL");
    if (code == SQLITE_OK)
        code = use_log(s, why);
    if (code == SQLITE_OK)
        code = run(s->db, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK)
        code = identify(s->db, &id);
    if (code == SQLITE_OK && is_new(&id))
        code = make_objects(s->db);
    if (code == SQLITE_OK)
        code = run(s->db, "COMMIT");
    if (!sqlite3_get_autocommit(s->db))
        (void)run(s->db, "ROLLBACK");
    return code;
}

int llmc__sqlite_schema_settle(llmc__sqlite *s, char why[512]) {
    identity id = {0};
    int code = identify_at_once(s->db, &id);
    if (code == SQLITE_OK && is_new(&id)) {
        code = make(s, why);
        if (code == SQLITE_OK)
            code = identify_at_once(s->db, &id);
    }
    if (code == SQLITE_OK)
        code = judge(&id, why);
    if (code == SQLITE_OK)
        code = compare(s->db, why);
    if (code == SQLITE_OK)
        code = use_log(s, why);
    return code;
}
