/* What the tests of the SQLite store share: a folder, a store and its log, operations that wait, the file itself. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_SQLITE_H
#define LLMC_TESTS_FLOW_SUPPORT_SQLITE_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/types.h>
#include "llmclient/sqlite.h"
#include "llmclient/store.h"
#include "support_flow.h"

/* A folder for one test, with the path of a file in it that is not there yet. */
typedef struct shelf {
    char folder[128];
    char path[192];
    atomic_int lines; /* logged */
    char line[1200];  /* the last of them */
} shelf;

void shelf_open(shelf *s);
void shelf_close(shelf *s); /* removes it with all that is in it */

/* A store over the shelf's file, logging to the shelf. max_bytes 0: the default. Asserts. */
llmc_store *shelf_store(shelf *s, uint64_t max_bytes);
llmc_store *shelf_store_of(shelf *s, const llmc_sqlite_options *options);
llmc_sqlite_options shelf_options(const shelf *s);
void shelf_log(llmc_log_level level, const char *text, void *shelf); /* an llmc_log_fn */
/* Why such a store is refused; lent. */
const char *shelf_refusal(const llmc_sqlite_options *options, llmc_status expected);

/* Operations under the key of a number; they wait for `done` and check that it came once. */
llmc_store_result shelf_put(llmc_store *store, uint64_t number, const char *text);
llmc_store_result shelf_put_bytes(llmc_store *store, uint64_t number, const void *value, size_t len, int64_t ttl_ms);
/* The text is kept till the next get of this thread; NULL when there was none. */
llmc_store_result shelf_get(llmc_store *store, uint64_t number, const char **text);
llmc_store_result shelf_get_within(llmc_store *store, uint64_t number, int64_t timeout_ms, const char **text);
size_t shelf_len(void);  /* of that text */
void shelf_forget(void); /* frees it; for threads that end before the program */
llmc_store_result shelf_remove(llmc_store *store, uint64_t number);
llmc_store_result shelf_clear(llmc_store *store);
void shelf_assert_has(llmc_store *store, uint64_t number, const char *text);
void shelf_assert_lacks(llmc_store *store, uint64_t number);
void shelf_key(uint64_t number, unsigned char key[LLMC_STORE_KEY_BYTES]);

/* The file by a connection of the test's own. */
sqlite3 *shelf_connect(const shelf *s);
void shelf_run(const shelf *s, const char *sql);
int64_t shelf_number(const shelf *s, const char *sql);
void shelf_assert_whole(const shelf *s);                                /* PRAGMA integrity_check */
int64_t shelf_bytes(const shelf *s);                                    /* of the file and those beside it */
int64_t shelf_file_bytes(const char *path);                             /* -1: not there */
void shelf_write_file(const char *path, const void *bytes, size_t len); /* 0600 */
char *shelf_read_file(const char *path, size_t *len);

/* This program run anew with these arguments; its standard output can be read. */
typedef struct shelf_process {
    pid_t pid;
    int out;
} shelf_process;
shelf_process shelf_spawn(const char *const *arguments);
bool shelf_read_line(const shelf_process *process, char *line, size_t size); /* false: it ended */
int shelf_wait(shelf_process *process);                                      /* its exit status; 128 + signal */
void shelf_kill(shelf_process *process);                                     /* kill -9, and waits */

/* A VFS over the system's whose calls fail as told: by default, or for ever after that many further ones of a kind. */
typedef enum shelf_fault {
    SHELF_NO_FAULT = 0,
    SHELF_READ,
    SHELF_WRITE,
    SHELF_TRUNCATE,
    SHELF_SYNC,
    SHELF_LOCK,
    SHELF_SHARE, /* mapping and locking of the index */
    SHELF_OPEN
} shelf_fault;
void shelf_faults_install(void); /* as the default VFS, for the life of the program */
/* Call number `at` (from 0) of that kind ends with the code, or all from it on. */
void shelf_faults_arm(shelf_fault kind, int code, int at, bool for_ever);
void shelf_faults_disarm(void);
bool shelf_faults_struck(void);

#endif
