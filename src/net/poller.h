/*
 * What the kernel is asked: "which of these descriptors are ready?" Two files answer: poller_epoll.c and, with
 * LLMC_USE_POLL, poller_poll.c. A tag travels with each descriptor and comes back with its events. Level-triggered, but
 * for those watched with LLMC__READY_EDGE, which epoll tells of each time they get ready; poll(2) as long as they are.
 */
#ifndef LLMC_NET_POLLER_H
#define LLMC_NET_POLLER_H

#include <stddef.h>
#include <stdint.h>
#include "llmclient.h"

#define LLMC__READY_IN   1u
#define LLMC__READY_OUT  2u
#define LLMC__READY_ERR  4u /* error or hang-up, always told; asked for: also the end of what the peer sends */
#define LLMC__READY_EDGE 8u

typedef struct llmc__poller llmc__poller;

typedef struct llmc__poller_event {
    uint64_t tag;
    unsigned ready;
} llmc__poller_event;

llmc_status llmc__poller_new(llmc__poller **out);
void llmc__poller_free(llmc__poller *poller);

/* A descriptor that is readable when a watched one is ready; -1 where the kernel offers none (poll). */
int llmc__poller_fd(const llmc__poller *poller);

/* Makes room for a descriptor, so that want of memory shows before anything depends on it. */
llmc_status llmc__poller_reserve(llmc__poller *poller, int fd);

/* Adds (was == 0), changes, or takes out (wanted == 0). */
llmc_status llmc__poller_set(llmc__poller *poller, int fd, uint64_t tag, unsigned was, unsigned wanted);

/* Waits at most timeout_ms (-1: for ever); returns how many events were written. */
size_t llmc__poller_wait(llmc__poller *poller, int timeout_ms, llmc__poller_event *events, size_t max);

#endif
