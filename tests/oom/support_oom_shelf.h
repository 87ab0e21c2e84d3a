/* A store in memory that the gate does not reach. */
#ifndef LLMC_TESTS_OOM_SUPPORT_OOM_SHELF_H
#define LLMC_TESTS_OOM_SUPPORT_OOM_SHELF_H

#include "support_oom.h"
#include "llmclient/store.h"

#define SHELF_SLOTS 8

typedef struct shelf {
    llmc_store store; /* first */
    llmc__mutex lock;
    llmc__cond changed;
    struct {
        unsigned char key[LLMC_STORE_KEY_BYTES];
        char *value;
        size_t len;
    } slots[SHELF_SLOTS];
    size_t count;
    int ended; /* operations */
} shelf;

shelf *shelf_new(uint32_t flags); /* freed when it is closed */
shelf *shelf_of(const llmc_client *client);
void shelf_wait(shelf *s, int count); /* until so many gets and puts have ended; asserts */

#endif
