/*
 * llmclient/store.h - how the response cache keeps answers outside of the process: in a file, in a shared server.
 *
 * A store maps a key of 32 bytes to a value of bytes, both opaque to it. It is told how long a value is worth keeping
 * and may forget it sooner at any time. What it gives back is checked by the library: a value that was damaged, belongs
 * to another key or comes from another release is a miss. So is every failure: a store never makes a call fail, and a
 * slow one costs no more than the timeout each operation is given.
 *
 * Most programs take a ready one (llmclient/sqlite.h). To write one, fill in an llmc_store that begins your own struct.
 * This interface is of the second tier: it may grow with a minor version, by members at the end, which `size` guards.
 */
#ifndef LLMCLIENT_STORE_H
#define LLMCLIENT_STORE_H

#include "llmclient.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this interface; a store says in `version` which one it was written for. */
#define LLMC_STORE_VERSION 1

/* Length of every key: a keyed hash, evenly spread; holds nothing of the request and no secret. */
#define LLMC_STORE_KEY_BYTES 32

/* Longest value the library writes or reads; a store may have a lower limit. */
#define LLMC_STORE_MAX_VALUE ((size_t)64 << 20)

typedef struct llmc_store llmc_store;

/* What an operation came to. */
typedef enum llmc_store_result {
    LLMC_STORE_DONE = 0, /* get: here is the value; put, remove, clear: it is done, and for others to see */
    LLMC_STORE_ABSENT,   /* get: there is none; remove: there was none; put: not kept (too large, no room) */
    LLMC_STORE_TIMEOUT,  /* the timeout was up: as a failure, but worth telling apart */
    LLMC_STORE_FAILED    /* anything else */
} llmc_store_result;

/*
 * The end of an operation, told exactly once, from any thread, also before the operation's function has returned.
 * `value` is lent until it returns, `len` bytes of it, and NULL but for a get that is DONE. `ctx` is the one of the
 * operation. Must not be called under a lock that the store's functions take.
 */
typedef void (*llmc_store_done_fn)(void *ctx, llmc_store_result result, const void *value, size_t len);

/* Flags of a store. */
#define LLMC_STORE_BLOCKS 1u /* its functions may wait: they are then run on a worker thread, never on a loop's */

/*
 * A store. The library calls its functions from any of its threads, several at once; strings, keys and values it gives
 * are lent until the function returns, so an asynchronous store copies them. timeout_ms is how long the library waits
 * (at least 1): `done` that comes later is still to come, but its value is not used. All members up to `close` MUST be
 * set: llmc_client_new refuses a store that lacks one, or is of a version it does not know.
 */
struct llmc_store {
    size_t size;      /* sizeof the llmc_store the store was compiled with */
    uint32_t version; /* LLMC_STORE_VERSION of that time */
    uint32_t flags;   /* LLMC_STORE_BLOCKS or 0 */
    const char *name; /* for log lines: "sqlite"; lives as long as the store */
    void *user_data;  /* the store's own */

    /* Asks for the value of a key. */
    void (*get)(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done, void *ctx);

    /* Keeps a value in place of what the key had. ttl_ms, > 0: it is of no use to anybody after that. */
    void (*put)(llmc_store *store, const unsigned char *key, const void *value, size_t len, int64_t ttl_ms,
                int64_t timeout_ms, llmc_store_done_fn done, void *ctx);

    /* Forgets a key. */
    void (*remove)(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done, void *ctx);

    /* Forgets all that this library keeps in it, also what other processes put there. */
    void (*clear)(llmc_store *store, int64_t timeout_ms, llmc_store_done_fn done, void *ctx);

    /* Ends the store and frees it. Called once, when each operation has had its `done`; nothing comes after it. */
    void (*close)(llmc_store *store);

    /*
     * Where the store tells its troubles: the client's own log, set by llmc_client_new before the first operation;
     * NULL: nowhere. Callable from any thread, not under a lock of the store's. A trouble is told once, not with each
     * operation it spoils, and without anything that the values hold.
     */
    llmc_log_fn on_log;
    void *log_user_data;
};

#ifdef __cplusplus
}
#endif

#endif
