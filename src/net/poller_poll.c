#ifdef LLMC_USE_POLL

#include "net/poller.h"

#include <poll.h>
#include "base/mem.h"

/* Entries stand in no order; `places` finds the one of a descriptor. */
struct llmc__poller {
    struct pollfd *entries;
    uint64_t *tags;
    size_t count;
    size_t *places; /* by descriptor: index + 1, 0 when not watched */
    size_t room; /* of all three: as many entries as numbers, so that setting a descriptor with a place cannot fail */
    size_t next; /* where the next wait starts to look, so that a full batch starves nobody */
};

llmc_status llmc__poller_new(llmc__poller **out) {
    llmc__poller *poller = llmc__mem_calloc(1, sizeof *poller);
    if (poller == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    *out = poller;
    return LLMC_OK;
}

void llmc__poller_free(llmc__poller *poller) {
    if (poller == NULL) {
        return;
    }
    llmc__mem_free(poller->entries);
    llmc__mem_free(poller->tags);
    llmc__mem_free(poller->places);
    llmc__mem_free(poller);
}

int llmc__poller_fd(const llmc__poller *poller) {
    (void)poller;
    return -1;
}

/* Makes *slot hold `count` elements of `size` bytes; false: no memory, and it is as before. */
static bool widen(void **slot, size_t count, size_t size) {
    void *wider = llmc__mem_realloc(*slot, count * size);
    if (wider != NULL) {
        *slot = wider;
    }
    return wider != NULL;
}

llmc_status llmc__poller_reserve(llmc__poller *poller, int fd) {
    void *entries = poller->entries, *tags = poller->tags, *places = poller->places;
    size_t count = poller->room == 0 ? 64 : poller->room;
    if ((size_t)fd < poller->room) {
        return LLMC_OK;
    }
    while (count <= (size_t)fd) {
        count *= 2;
    }
    bool wide = widen(&entries, count, sizeof *poller->entries) && widen(&tags, count, sizeof *poller->tags) &&
                widen(&places, count, sizeof *poller->places);
    poller->entries = entries;
    poller->tags = tags;
    poller->places = places;
    if (!wide) {
        return LLMC_ERR_NO_MEMORY;
    }
    for (size_t i = poller->room; i < count; i++) {
        poller->places[i] = 0;
    }
    poller->room = count;
    return LLMC_OK;
}

static void take_out(llmc__poller *poller, int fd) {
    size_t place = (size_t)fd < poller->room ? poller->places[fd] : 0;
    if (place == 0) {
        return;
    }
    size_t last = --poller->count;
    poller->entries[place - 1] = poller->entries[last];
    poller->tags[place - 1] = poller->tags[last];
    poller->places[poller->entries[place - 1].fd] = place;
    poller->places[fd] = 0;
}

static short events_of(unsigned wanted) {
    int events = 0;
    if ((wanted & LLMC__READY_IN) != 0) {
        events |= POLLIN;
    }
    if ((wanted & LLMC__READY_OUT) != 0) {
        events |= POLLOUT;
    }
#ifdef POLLRDHUP
    if ((wanted & LLMC__READY_ERR) != 0) {
        events |= POLLRDHUP;
    }
#endif
    return (short)events;
}

llmc_status llmc__poller_set(llmc__poller *poller, int fd, uint64_t tag, unsigned was, unsigned wanted) {
    if (wanted == 0) {
        take_out(poller, fd);
        return LLMC_OK;
    }
    if (llmc__poller_reserve(poller, fd) != LLMC_OK) {
        return LLMC_ERR_NO_MEMORY;
    }
    if (was == 0 || poller->places[fd] == 0) {
        poller->places[fd] = ++poller->count;
    }
    size_t index = poller->places[fd] - 1;
    poller->entries[index] = (struct pollfd){.fd = fd, .events = events_of(wanted)};
    poller->tags[index] = tag;
    return LLMC_OK;
}

static unsigned ready_of(short events) {
    unsigned ready = 0;
    if ((events & POLLIN) != 0) {
        ready |= LLMC__READY_IN;
    }
    if ((events & POLLOUT) != 0) {
        ready |= LLMC__READY_OUT;
    }
    if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        ready |= LLMC__READY_ERR;
    }
#ifdef POLLRDHUP
    if ((events & POLLRDHUP) != 0) {
        ready |= LLMC__READY_ERR;
    }
#endif
    return ready;
}

size_t llmc__poller_wait(llmc__poller *poller, int timeout_ms, llmc__poller_event *events, size_t max) {
    int ready = poll(poller->entries, (nfds_t)poller->count, timeout_ms);
    size_t found = 0;
    size_t start = poller->next < poller->count ? poller->next : 0;
    for (size_t i = 0; i < poller->count && ready > 0 && found < max; i++) {
        size_t index = start + i < poller->count ? start + i : start + i - poller->count;
        if (poller->entries[index].revents != 0) {
            events[found++] = (llmc__poller_event){poller->tags[index], ready_of(poller->entries[index].revents)};
            ready--;
            poller->next = index + 1;
        }
    }
    return found;
}

#else
typedef int llmc__poller_poll_unused; /* ISO C wants one declaration in a file */
#endif
