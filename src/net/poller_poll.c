#ifdef LLMC_USE_POLL

#include "net/poller.h"

#include <poll.h>
#include "base/mem.h"

/* Entries stand in no order; `places` finds the one of a descriptor. */
struct llmc__poller {
    struct pollfd *entries;
    uint64_t *tags;
    size_t count, cap;
    size_t *places; /* by descriptor: index + 1, 0 when not watched */
    size_t place_count;
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

static llmc_status grow_entries(llmc__poller *poller) {
    size_t cap = poller->cap == 0 ? 32 : poller->cap * 2;
    struct pollfd *entries = llmc__mem_realloc(poller->entries, cap * sizeof *entries);
    if (entries == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    poller->entries = entries;
    uint64_t *tags = llmc__mem_realloc(poller->tags, cap * sizeof *tags);
    if (tags == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    poller->tags = tags;
    poller->cap = cap;
    return LLMC_OK;
}

static llmc_status grow_places(llmc__poller *poller, size_t fd) {
    size_t count = poller->place_count == 0 ? 64 : poller->place_count;
    while (count <= fd) {
        count *= 2;
    }
    size_t *places = llmc__mem_realloc(poller->places, count * sizeof *places);
    if (places == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    for (size_t i = poller->place_count; i < count; i++) {
        places[i] = 0;
    }
    poller->places = places;
    poller->place_count = count;
    return LLMC_OK;
}

static void take_out(llmc__poller *poller, int fd) {
    size_t place = (size_t)fd < poller->place_count ? poller->places[fd] : 0;
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
    if ((size_t)fd >= poller->place_count && grow_places(poller, (size_t)fd) != LLMC_OK) {
        return LLMC_ERR_NO_MEMORY;
    }
    if (was == 0 || poller->places[fd] == 0) {
        if (poller->count == poller->cap && grow_entries(poller) != LLMC_OK) {
            return LLMC_ERR_NO_MEMORY;
        }
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
