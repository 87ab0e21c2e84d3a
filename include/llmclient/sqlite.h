/*
 * llmclient/sqlite.h - the response cache's answers in a file, which outlives the process and which several share.
 *
 * Link with `pkg-config --libs libllmclient_sqlite` (CMake: llmclient::sqlite) besides the library itself.
 *
 *     llmc_sqlite_options file = LLMC_SQLITE_OPTIONS_INIT;
 *     file.path = "/var/cache/program/answers.db";
 *     if (llmc_sqlite_new(&file, &options.cache_store) != LLMC_OK)
 *         fprintf(stderr, "%s\n", llmc_sqlite_last_error_message());
 *
 * Any number of processes and clients may use one file, each with a store of its own. A process that is killed leaves
 * it whole, with all it had stored. Nothing that is wrong with the file makes a call fail: a full disk, a file that
 * cannot be written, that another program has locked or that is damaged, means that answers are not found and not kept.
 * Each such trouble is told once in the client's log (and again when it still lasts an hour later), with what to do.
 *
 * Of the second tier, as llmclient/store.h is.
 */
#ifndef LLMCLIENT_SQLITE_H
#define LLMCLIENT_SQLITE_H

#include "llmclient.h"
#include "llmclient/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What survives when the whole machine stops. A process that is killed loses nothing with any of them. */
typedef enum llmc_sqlite_sync {
    LLMC_SQLITE_SYNC_NORMAL = 0, /* the file stays whole, the last answers may be gone */
    LLMC_SQLITE_SYNC_FULL,       /* every answer that was stored is there: waits for the disk each time */
    LLMC_SQLITE_SYNC_OFF         /* the file may be damaged, and is then to be deleted */
} llmc_sqlite_sync;

/* Least and most that max_bytes may be. */
#define LLMC_SQLITE_MIN_BYTES ((uint64_t)8 << 20)
#define LLMC_SQLITE_MAX_BYTES ((uint64_t)1 << 42)

/* Settings of a store. Start from LLMC_SQLITE_OPTIONS_INIT; a number left 0 takes the default named beside it. */
typedef struct llmc_sqlite_options {
    size_t size; /* sizeof this struct, set by INIT */

    /*
     * The file; MUST be set. It is made when it is not there, for this user alone (0600), as are the two beside it that
     * SQLite needs (-wal, -shm). Its folder must be there. Refused: symbolic links, files that others may read or write
     * or that have a second name, folders that others may write, and either when it belongs to somebody else (a folder
     * may be root's). Must be on a local file system.
     */
    const char *path;

    /*
     * Of the file and those beside it together (default 256 MiB). When there is no room, expired answers go first, then
     * those that were not asked for the longest, to the minute. Answers of up to a ninth of it are kept, and of up to
     * 7.5 MiB. Processes that share a file say the same; a file that is larger gets smaller by and by.
     */
    uint64_t max_bytes;

    /*
     * Longest wait for another process's lock, within the time each operation has (default 1000). A put that waited in
     * vain is given up, and those of the next two seconds are without a wait, so that reading goes on.
     */
    int64_t busy_timeout_ms;

    llmc_sqlite_sync sync;
} llmc_sqlite_options;

#define LLMC_SQLITE_OPTIONS_INIT                                                                                       \
    { sizeof(llmc_sqlite_options), NULL, (uint64_t)256 << 20, 1000, LLMC_SQLITE_SYNC_NORMAL }

/*
 * Makes a store over a file (options are copied) and gives it to *out, to be put into llmc_client_options.cache_store:
 * the client then owns it. One that goes to no client is ended by (*out)->close(*out). The path is looked at here, the
 * file itself is opened by the first operation, so that this neither waits nor fails for what may pass. After fork the
 * child makes its own: a parent's store fails there.
 *
 * Errors, *out is NULL then: INVALID_ARGUMENT (an option, or a file or folder that is refused), FORKED (the parent was
 * using that very file at the moment of the fork), NO_MEMORY, INIT (the SQLite at hand is older than 3.31 or was built
 * for one thread only). Any thread.
 */
LLMC_API llmc_status llmc_sqlite_new(const llmc_sqlite_options *options, llmc_store **out);

/* Why llmc_sqlite_new failed last in this thread; "" when it has not. Lent until its next call in this thread. */
LLMC_API const char *llmc_sqlite_last_error_message(void);

#ifdef __cplusplus
}
#endif

#endif
