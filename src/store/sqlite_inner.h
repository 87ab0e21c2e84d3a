/* What the files of the SQLite store share. Everything it allocates comes from SQLite's allocator. */
#ifndef LLMC_STORE_SQLITE_INNER_H
#define LLMC_STORE_SQLITE_INNER_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include "llmclient/sqlite.h"
#include "llmclient/store.h"

#define LLMC__SQLITE_OLDEST 3031000 /* SQLITE_OPEN_NOFOLLOW, trusted_schema */

/* What tells our files: "LLMC" in the header, and the version of the schema. */
#define LLMC__SQLITE_APPLICATION 0x4c4c4d43
#define LLMC__SQLITE_SCHEMA      1

#define LLMC__SQLITE_PAGE    4096
#define LLMC__SQLITE_FRAME   (LLMC__SQLITE_PAGE + 24) /* a page in the write-ahead log */
#define LLMC__SQLITE_TOUCHES 16

/* What may be wrong; each is told once. */
typedef enum llmc__sqlite_trouble {
    LLMC__SQLITE_BUSY = 0,
    LLMC__SQLITE_FULL,
    LLMC__SQLITE_READONLY,
    LLMC__SQLITE_CORRUPT,
    LLMC__SQLITE_FOREIGN, /* not our file, or of another release */
    LLMC__SQLITE_UNSAFE,
    LLMC__SQLITE_IO,
    LLMC__SQLITE_MEMORY,
    LLMC__SQLITE_FORKED,
    LLMC__SQLITE_TROUBLES
} llmc__sqlite_trouble;

typedef enum llmc__sqlite_statement {
    LLMC__SQLITE_BEGIN = 0,
    LLMC__SQLITE_COMMIT,
    LLMC__SQLITE_ROLLBACK,
    LLMC__SQLITE_GET,
    LLMC__SQLITE_PUT,
    LLMC__SQLITE_REMOVE,
    LLMC__SQLITE_CLEAR,
    LLMC__SQLITE_TOUCH,
    LLMC__SQLITE_EXPIRE,
    LLMC__SQLITE_EVICT,
    LLMC__SQLITE_PAGES,
    LLMC__SQLITE_FREE_PAGES,
    LLMC__SQLITE_SHRINK,
    LLMC__SQLITE_SHRINK_ALL,
    LLMC__SQLITE_STATEMENTS
} llmc__sqlite_statement;

/* An entry that was read, to be marked as used by the next writing transaction. */
typedef struct llmc__sqlite_touch {
    int64_t id, used_ms;
} llmc__sqlite_touch;

typedef struct llmc__sqlite {
    llmc_store store; /* first */
    struct llmc__sqlite *next;
    char *path, *log_path; /* absolute; the write-ahead log's */
    llmc_sqlite_sync sync;
    int64_t busy_timeout_us;
    int64_t log_max;   /* bytes of the write-ahead log */
    int64_t pages_max; /* of the file */
    size_t value_max;
    pid_t pid;         /* of the process that made it */
    atomic_int holder; /* 0, or the process whose thread is in an operation: all below is its */

    sqlite3 *db; /* NULL: not open */
    sqlite3_stmt *statements[LLMC__SQLITE_STATEMENTS];
    bool spoiled;         /* close it when the operation ends */
    int64_t due_us;       /* the running operation's end */
    int64_t busy_due_us;  /* end of its wait for locks */
    int64_t retry_us;     /* opened no sooner */
    int64_t put_retry_us; /* nothing is put sooner: a lock was not free */
    int64_t looked_us;    /* when the path was last seen to lead to this file */
    int log_frames;       /* pages in the write-ahead log after the last commit */
    size_t touched;
    llmc__sqlite_touch touches[LLMC__SQLITE_TOUCHES];
    _Atomic int64_t told_us[LLMC__SQLITE_TROUBLES]; /* 0: not yet */
} llmc__sqlite;

/* The log line of one operation, written while it holds the store, told after. "": none. */
typedef struct llmc__sqlite_report {
    char text[1024];
} llmc__sqlite_report;

/* ---- sqlite_process.c: time, the lock, forks ---- */

int64_t llmc__sqlite_process_now_us(void);  /* monotonic */
int64_t llmc__sqlite_process_wall_ms(void); /* since 1970 */
void llmc__sqlite_process_nap(int64_t us);
/* False: it was not free by then. There is no pthread in stores, and the wait must have an end. */
bool llmc__sqlite_process_lock(atomic_int *holder, int64_t due_us);
void llmc__sqlite_process_unlock(atomic_int *holder);
/* Closes what this process inherited from its parent; false: one over the same path was in use when it forked. */
bool llmc__sqlite_process_inherit(const char *path);
void llmc__sqlite_process_join(llmc__sqlite *s);
/* False: it was in use when its process forked, and nothing of it may be touched in this one. */
bool llmc__sqlite_process_leave(llmc__sqlite *s);

/* ---- sqlite_file.c: the path and what it leads to ---- */

/* *out: absolute, its folder without symbolic links. False: `why` says what is wrong. NULL with true: no memory. */
bool llmc__sqlite_file_resolve(const char *path, char **out, char why[512]);
/* False: `why` says what makes it unsafe. A file that is not there is safe. */
bool llmc__sqlite_file_check(const char *path, char why[512]);
/* Makes the file when it is not there; 0 or an errno. */
int llmc__sqlite_file_make(const char *path);

/* ---- sqlite_open.c ---- */

/* DONE, or what it failed with, reported; the store is not open then. */
llmc_store_result llmc__sqlite_open(llmc__sqlite *s, llmc__sqlite_report *report);
/* Whether the path leads to another file by now, or to none. */
bool llmc__sqlite_open_moved(llmc__sqlite *s);
void llmc__sqlite_open_end(llmc__sqlite *s);
/* In a child of fork: gives up the inherited connection without a write to the file. */
void llmc__sqlite_open_abandon(llmc__sqlite *s);

/* ---- sqlite_schema.c ---- */

/* Makes the tables of a new file; SQLITE_OK, an error, or SQLITE_MISMATCH with `why`: not a file of ours. */
int llmc__sqlite_schema_settle(llmc__sqlite *s, char why[512]);
/* Runs a statement that gives one number. */
int llmc__sqlite_schema_number(sqlite3 *db, const char *sql, int64_t *out);

/* ---- sqlite_trouble.c ---- */

/* What a failed SQLite call means for the operation; marks the store as spoiled where it does not help to go on. */
llmc_store_result llmc__sqlite_trouble_of(llmc__sqlite *s, int code, llmc__sqlite_report *report);
/* Notes a line unless that trouble was told lately. `detail` may be NULL. */
void llmc__sqlite_trouble_note(llmc__sqlite *s, llmc__sqlite_trouble trouble, const char *detail,
                               llmc__sqlite_report *report);
llmc_store_result llmc__sqlite_trouble_errno(llmc__sqlite *s, int error, llmc__sqlite_report *report);

/* ---- sqlite_entry.c: the operations; SQLite's codes ---- */

/* Runs a statement to its end without results. */
int llmc__sqlite_entry_run(llmc__sqlite *s, llmc__sqlite_statement which);
/* The number that a statement gives. */
int llmc__sqlite_entry_number(llmc__sqlite *s, llmc__sqlite_statement which, int64_t *out);
/* *value is to be freed by sqlite3_free; NULL: absent. */
int llmc__sqlite_entry_get(llmc__sqlite *s, const unsigned char *key, void **value, size_t *len);
typedef struct llmc__sqlite_entry {
    const unsigned char *key;
    const void *value;
    size_t len;
    int64_t ttl_ms;
} llmc__sqlite_entry;
/* SQLITE_DONE: kept; SQLITE_EMPTY: no room for it. */
int llmc__sqlite_entry_put(llmc__sqlite *s, const llmc__sqlite_entry *entry);
int llmc__sqlite_entry_remove(llmc__sqlite *s, const unsigned char *key, bool *was_there);
int llmc__sqlite_entry_clear(llmc__sqlite *s);
/* Writes down which entries were read, in a transaction of its own. */
int llmc__sqlite_entry_flush(llmc__sqlite *s);
/* Inside of a transaction. */
int llmc__sqlite_entry_touch(llmc__sqlite *s);

/* ---- sqlite_room.c: the bounds ---- */

/* Bounds of a store of that many bytes. */
void llmc__sqlite_room_plan(llmc__sqlite *s, uint64_t max_bytes);
/* Before a transaction that writes a value: the log has room for it, or SQLITE_BUSY. */
int llmc__sqlite_room_log(llmc__sqlite *s, size_t len);
/* After it: moves the log's pages to the file when they are many. */
int llmc__sqlite_room_tidy(llmc__sqlite *s);

typedef enum llmc__sqlite_room {
    LLMC__SQLITE_ENOUGH = 0,
    LLMC__SQLITE_MORE, /* some went, more have to */
    LLMC__SQLITE_NONE  /* nothing is left to go */
} llmc__sqlite_room;
/* Inside of a transaction: lets a few entries go to make room for a value. */
int llmc__sqlite_room_make(llmc__sqlite *s, size_t len, llmc__sqlite_room *out);

#endif
