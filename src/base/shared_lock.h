/*
 * A lock for what is read all the time and changed now and then. Each thread that reads takes a mutex of its own out of
 * a few, so that readers do not even share a cache line; who changes takes all of them.
 */
#ifndef LLMC_BASE_SHARED_LOCK_H
#define LLMC_BASE_SHARED_LOCK_H

#include "base/thread.h"

#define LLMC__SHARED_LOCK_PARTS 16

typedef struct llmc__shared_lock {
    struct {
        llmc__mutex mutex;
        char apart[64]; /* the next one lies on another cache line */
    } parts[LLMC__SHARED_LOCK_PARTS];
} llmc__shared_lock;

llmc_status llmc__shared_lock_init(llmc__shared_lock *lock);
void llmc__shared_lock_destroy(llmc__shared_lock *lock);

/* Reading. Not twice in one thread. */
void llmc__shared_lock_read(llmc__shared_lock *lock);
void llmc__shared_lock_read_end(llmc__shared_lock *lock);

/* Changing. */
void llmc__shared_lock_write(llmc__shared_lock *lock);
void llmc__shared_lock_write_end(llmc__shared_lock *lock);

#endif
