#include "base/shared_lock.h"

llmc_status llmc__shared_lock_init(llmc__shared_lock *lock) {
    for (unsigned i = 0; i < LLMC__SHARED_LOCK_PARTS; i++) {
        llmc_status status = llmc__mutex_init(&lock->parts[i].mutex);
        if (status != LLMC_OK) {
            while (i-- > 0)
                llmc__mutex_destroy(&lock->parts[i].mutex);
            return status;
        }
    }
    return LLMC_OK;
}

void llmc__shared_lock_destroy(llmc__shared_lock *lock) {
    for (unsigned i = 0; i < LLMC__SHARED_LOCK_PARTS; i++)
        llmc__mutex_destroy(&lock->parts[i].mutex);
}

static llmc__mutex *mine(llmc__shared_lock *lock) {
    return &lock->parts[llmc__thread_number() % LLMC__SHARED_LOCK_PARTS].mutex;
}

void llmc__shared_lock_read(llmc__shared_lock *lock) {
    llmc__mutex_lock(mine(lock));
}

void llmc__shared_lock_read_end(llmc__shared_lock *lock) {
    llmc__mutex_unlock(mine(lock));
}

void llmc__shared_lock_write(llmc__shared_lock *lock) {
    for (unsigned i = 0; i < LLMC__SHARED_LOCK_PARTS; i++)
        llmc__mutex_lock(&lock->parts[i].mutex);
}

void llmc__shared_lock_write_end(llmc__shared_lock *lock) {
    for (unsigned i = LLMC__SHARED_LOCK_PARTS; i-- > 0;)
        llmc__mutex_unlock(&lock->parts[i].mutex);
}
