#ifndef LLMC_USE_POLL

#include "net/poller.h"

#include <sys/epoll.h>
#include <unistd.h>
#include "base/mem.h"

#define BATCH 128

struct llmc__poller {
    int fd;
    struct epoll_event ready[BATCH];
};

llmc_status llmc__poller_new(llmc__poller **out) {
    llmc__poller *poller = llmc__mem_calloc(1, sizeof *poller);
    if (poller == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0) {
        llmc__mem_free(poller);
        return LLMC_ERR_INIT;
    }
    *out = poller;
    return LLMC_OK;
}

void llmc__poller_free(llmc__poller *poller) {
    if (poller == NULL) {
        return;
    }
    close(poller->fd);
    llmc__mem_free(poller);
}

int llmc__poller_fd(const llmc__poller *poller) {
    return poller->fd;
}

llmc_status llmc__poller_reserve(llmc__poller *poller, int fd) {
    (void)poller; /* the kernel keeps the room */
    (void)fd;
    return LLMC_OK;
}

llmc_status llmc__poller_set(llmc__poller *poller, int fd, uint64_t tag, unsigned was, unsigned wanted) {
    struct epoll_event event = {.events = 0, .data = {.u64 = tag}};
    if ((wanted & LLMC__READY_IN) != 0) {
        event.events |= EPOLLIN;
    }
    if ((wanted & LLMC__READY_OUT) != 0) {
        event.events |= EPOLLOUT;
    }
    if ((wanted & LLMC__READY_ERR) != 0) {
        event.events |= EPOLLRDHUP;
    }
    if ((wanted & LLMC__READY_EDGE) != 0) {
        event.events |= EPOLLET;
    }
    int op = wanted == 0 ? EPOLL_CTL_DEL : was == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    return epoll_ctl(poller->fd, op, fd, &event) == 0 ? LLMC_OK : LLMC_ERR_INIT;
}

static unsigned ready_of(uint32_t events) {
    unsigned ready = 0;
    if ((events & EPOLLIN) != 0) {
        ready |= LLMC__READY_IN;
    }
    if ((events & EPOLLOUT) != 0) {
        ready |= LLMC__READY_OUT;
    }
    if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) {
        ready |= LLMC__READY_ERR;
    }
    return ready;
}

size_t llmc__poller_wait(llmc__poller *poller, int timeout_ms, llmc__poller_event *events, size_t max) {
    int room = max < BATCH ? (int)max : BATCH;
    int count = epoll_wait(poller->fd, poller->ready, room, timeout_ms);
    for (int i = 0; i < count; i++) {
        events[i] = (llmc__poller_event){poller->ready[i].data.u64, ready_of(poller->ready[i].events)};
    }
    return count > 0 ? (size_t)count : 0;
}

#else
typedef int llmc__poller_epoll_unused; /* ISO C wants one declaration in a file */
#endif
