#include "net/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "net/watch.h"

#ifndef LLMC_USE_POLL
#include <sys/timerfd.h>
#endif

#define BATCH 128

/*
 * Events after which work is done. After each of them, a request would wake its server alone; after all, memory of many
 * calls is given back at once, more than malloc keeps at hand for the calls that come next.
 */
#define ROUND 16

/*
 * Who must write the eventfd? wake() leaves NOTIFIED behind and writes only when it found ASLEEP. The loop goes
 * AWAKE -> ASLEEP by compare-and-swap just before it waits, so a wake in between makes the swap fail, and the loop does
 * not wait. What was handed over before wake() is seen by the work round that follows each NOTIFIED -> AWAKE.
 */
enum { AWAKE = 0, ASLEEP = 1, NOTIFIED = 2 };

typedef struct watch {
    uint32_t generation; /* tells a late event of an earlier descriptor of the same number */
    unsigned wanted, in_set;
    llmc__watch_fn fn; /* NULL: not watched */
    void *ctx;
} watch;

struct llmc__loop {
    llmc__poller *poller;
    llmc__loop_work_fn work;
    void *work_ctx;
    llmc__heap timers;
    size_t reserved;
    int64_t now_us;
    bool firing, working; /* inside the callback of a timer, the first work of a turn */
    bool begun;           /* that work set a timer which is due at once */
    int blind;            /* turns in a row that did not look at the sockets: their calls were answered at once */
    int wake_fd, timer_fd;
    int64_t armed_us; /* what the timerfd is set to; 0: nothing */
    watch *watches;   /* by descriptor */
    size_t watch_count;
    atomic_int state;
    llmc__poller_event events[BATCH];
};

static uint64_t tag_of(const llmc__loop *loop, int fd) {
    return ((uint64_t)loop->watches[fd].generation << 32) | (uint32_t)fd;
}

static watch *find(const llmc__loop *loop, int fd) {
    if (fd < 0 || (size_t)fd >= loop->watch_count || loop->watches[fd].fn == NULL) {
        return NULL;
    }
    return &loop->watches[fd];
}

static llmc_status grow(llmc__loop *loop, size_t fd) {
    size_t count = loop->watch_count == 0 ? 64 : loop->watch_count;
    while (count <= fd) {
        count *= 2;
    }
    watch *watches = llmc__mem_realloc(loop->watches, count * sizeof *watches);
    if (watches == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    for (size_t i = loop->watch_count; i < count; i++) {
        watches[i] = (watch){0};
    }
    loop->watches = watches;
    loop->watch_count = count;
    return LLMC_OK;
}

llmc_status llmc__watch_add(llmc__loop *loop, int fd, llmc__watch_fn fn, void *ctx) {
    if ((size_t)fd >= loop->watch_count && grow(loop, (size_t)fd) != LLMC_OK) {
        return LLMC_ERR_NO_MEMORY;
    }
    llmc_status status = llmc__poller_reserve(loop->poller, fd);
    if (status != LLMC_OK) {
        return status;
    }
    watch *w = &loop->watches[fd];
    *w = (watch){.generation = w->generation + 1, .fn = fn, .ctx = ctx};
    return LLMC_OK;
}

llmc_status llmc__watch_want(llmc__loop *loop, int fd, unsigned mask) {
    watch *w = find(loop, fd);
    if (w == NULL) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    w->wanted = mask;
    if (mask == 0 || mask == w->in_set) {
        return LLMC_OK;
    }
    llmc_status status = llmc__poller_set(loop->poller, fd, tag_of(loop, fd), w->in_set, mask);
    if (status == LLMC_OK) {
        w->in_set = mask;
    }
    return status;
}

void llmc__watch_mute(llmc__loop *loop, int fd) {
    watch *w = find(loop, fd);
    if (w != NULL && w->in_set != 0) {
        llmc__poller_set(loop->poller, fd, 0, w->in_set, 0);
        w->in_set = 0;
    }
}

void llmc__watch_hush(llmc__loop *loop, int fd) {
    watch *w = find(loop, fd);
    if (w != NULL && llmc__poller_set(loop->poller, fd, tag_of(loop, fd), w->in_set, LLMC__READY_ERR) == LLMC_OK) {
        w->in_set = LLMC__READY_ERR;
    }
}

void llmc__watch_drop(llmc__loop *loop, int fd) {
    watch *w = find(loop, fd);
    if (w != NULL) {
        llmc__watch_mute(loop, fd);
        w->fn = NULL;
        w->ctx = NULL;
    }
}

unsigned llmc__watch_wanted(const llmc__loop *loop, int fd) {
    const watch *w = find(loop, fd);
    return w != NULL ? w->wanted : 0;
}

void *llmc__watch_ctx(const llmc__loop *loop, int fd) {
    const watch *w = find(loop, fd);
    return w != NULL ? w->ctx : NULL;
}

/*
 * The turn that the eventfd and the timerfd cause does all there is to do. They are watched by their edges, each write
 * and each expiry being one whatever was there before, so that nobody has to empty them; poll(2) tells of no edges.
 */
static void counter_ready(void *ctx, int fd, unsigned ready, unsigned wanted) {
    (void)ready;
    (void)wanted;
    llmc__loop *loop = ctx;
    if (fd == loop->timer_fd) {
        loop->armed_us = 0;
    }
#ifdef LLMC_USE_POLL
    uint64_t count;
    (void)!read(fd, &count, sizeof count);
#endif
}

static llmc_status watch_counter(llmc__loop *loop, int fd) {
    if (fd < 0) {
        return LLMC_ERR_INIT;
    }
    llmc_status status = llmc__watch_add(loop, fd, counter_ready, loop);
    return status == LLMC_OK ? llmc__watch_want(loop, fd, LLMC__READY_IN | LLMC__READY_EDGE) : status;
}

llmc_status llmc__loop_new(llmc__loop_work_fn work, void *ctx, llmc__loop **out) {
    llmc__loop *loop = llmc__mem_calloc(1, sizeof *loop);
    if (loop == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    loop->work = work;
    loop->work_ctx = ctx;
    loop->timer_fd = -1;
    loop->now_us = llmc__clock_us();
    atomic_init(&loop->state, AWAKE);
    llmc__heap_init(&loop->timers);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    llmc_status status = llmc__poller_new(&loop->poller);
    if (status == LLMC_OK) {
        status = watch_counter(loop, loop->wake_fd);
    }
    if (status != LLMC_OK) {
        llmc__loop_free(loop);
        return status;
    }
    *out = loop;
    return LLMC_OK;
}

void llmc__loop_free(llmc__loop *loop) {
    if (loop == NULL) {
        return;
    }
    if (loop->wake_fd >= 0) {
        close(loop->wake_fd);
    }
    if (loop->timer_fd >= 0) {
        close(loop->timer_fd);
    }
    llmc__poller_free(loop->poller);
    llmc__heap_free(&loop->timers);
    llmc__mem_free(loop->watches);
    llmc__mem_free(loop);
}

int llmc__loop_fd(const llmc__loop *loop) {
    return llmc__poller_fd(loop->poller);
}

static void write_wake(llmc__loop *loop) {
    uint64_t one = 1;
    ssize_t written;
    do {
        written = write(loop->wake_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}

void llmc__loop_wake(llmc__loop *loop) {
    if (atomic_exchange(&loop->state, NOTIFIED) == ASLEEP) {
        write_wake(loop);
    }
}

static bool fall_asleep(llmc__loop *loop) {
    int expected = AWAKE;
    return atomic_compare_exchange_strong(&loop->state, &expected, ASLEEP);
}

/* Milliseconds until the next timer, rounded up so that it is due when the wait ends; -1: no timer. */
static int next_timer_ms(const llmc__loop *loop) {
    const llmc__heap_node *top = llmc__heap_top(&loop->timers);
    if (top == NULL) {
        return -1;
    }
    int64_t left = top->key - loop->now_us;
    if (left <= 0) {
        return 0;
    }
    int64_t ms = (left + 999) / 1000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void dispatch(llmc__loop *loop, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t tag = loop->events[i].tag;
        int fd = (int)(uint32_t)tag;
        watch *w = find(loop, fd);
        if (w != NULL && w->generation == (uint32_t)(tag >> 32)) {
            w->fn(w->ctx, fd, loop->events[i].ready, w->wanted);
        }
        if ((i + 1) % ROUND == 0) {
            loop->work(loop->work_ctx);
        }
    }
}

void llmc__loop_fire(llmc__loop *loop) {
    loop->firing = true;
    for (llmc__heap_node *top = llmc__heap_top(&loop->timers); top != NULL && top->key <= loop->now_us;
         top = llmc__heap_top(&loop->timers)) {
        llmc__heap_remove(&loop->timers, top);
        llmc__timer *timer = LLMC__CONTAINER(top, llmc__timer, node);
        timer->fire(timer);
    }
    loop->firing = false;
}

/*
 * What work has just begun goes out before the sockets are looked at. Timers that were due before are not hurried: they
 * may be limits of answers that lie there. True: it has brought something about that must not wait.
 */
static bool begin_now(llmc__loop *loop, int64_t since_us) {
    const llmc__heap_node *top = llmc__heap_top(&loop->timers);
    if (!loop->begun || top == NULL || top->key < since_us || top->key > loop->now_us) {
        return false;
    }
    llmc__loop_fire(loop);
    bool worked = loop->work(loop->work_ctx);
    loop->now_us = llmc__clock_us();
    return worked;
}

/* The first half of a turn. May shorten what the second waits; false: there need be no second. */
static bool work_off(llmc__loop *loop, int *wait_ms) {
    int64_t since_us = loop->now_us = llmc__clock_us();
    loop->begun = false;
    loop->working = true;
    bool worked = loop->work(loop->work_ctx);
    loop->working = false;
    bool answered = begin_now(loop, since_us);
    if (answered && ++loop->blind < ROUND) {
        return false;
    }
    loop->blind = 0;
    if (worked || answered) {
        *wait_ms = 0;
    }
    return true;
}

void llmc__loop_turn(llmc__loop *loop, int wait_ms) {
    atomic_exchange(&loop->state, AWAKE);
    if (!work_off(loop, &wait_ms)) {
        return;
    }
    int timer_ms = next_timer_ms(loop);
    if (timer_ms >= 0 && (wait_ms < 0 || timer_ms < wait_ms)) {
        wait_ms = timer_ms;
    }
    if (wait_ms != 0 && !fall_asleep(loop)) {
        wait_ms = 0;
    }
    size_t count = llmc__poller_wait(loop->poller, wait_ms, loop->events, BATCH);
    atomic_exchange(&loop->state, AWAKE);
    loop->now_us = llmc__clock_us();
    dispatch(loop, count);
    loop->now_us = llmc__clock_us();
    llmc__loop_fire(loop);
    loop->work(loop->work_ctx);
}

#ifdef LLMC_USE_POLL

void llmc__loop_arm(llmc__loop *loop) {
    (void)loop; /* without a descriptor nobody can wait for this loop from outside */
}

#else

static void set_timer_fd(llmc__loop *loop, int64_t due_us) {
    int64_t left = due_us == 0 ? 0 : due_us - llmc__clock_us();
    if (due_us != 0 && left <= 0) {
        left = 1;
    }
    struct itimerspec spec = {
        .it_value = {.tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000) * 1000}};
    if (timerfd_settime(loop->timer_fd, 0, &spec, NULL) == 0) {
        loop->armed_us = due_us;
    }
}

void llmc__loop_arm(llmc__loop *loop) {
    if (loop->timer_fd < 0) {
        loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (watch_counter(loop, loop->timer_fd) != LLMC_OK) {
            write_wake(loop); /* no timer to be had: keep the host coming back instead of leaving it asleep */
            return;
        }
    }
    const llmc__heap_node *top = llmc__heap_top(&loop->timers);
    int64_t due_us = top == NULL ? 0 : top->key > 0 ? top->key : 1;
    /* Set too early it wakes the host once for nothing, which is cheaper than setting it anew after every turn. */
    if (due_us != 0 && (loop->armed_us == 0 || due_us < loop->armed_us)) {
        set_timer_fd(loop, due_us);
    }
    if (!fall_asleep(loop) && atomic_load(&loop->state) == NOTIFIED) {
        write_wake(loop);
    }
}

#endif

int64_t llmc__loop_now_us(const llmc__loop *loop) {
    return loop->now_us;
}

int64_t llmc__loop_refresh_us(llmc__loop *loop) {
    loop->now_us = llmc__clock_us();
    return loop->now_us;
}

llmc_status llmc__loop_timer_reserve(llmc__loop *loop, int count) {
    if (count < 0) {
        loop->reserved -= (size_t)-count;
        return LLMC_OK;
    }
    llmc_status status = llmc__heap_reserve(&loop->timers, loop->timers.count + loop->reserved + (size_t)count);
    if (status == LLMC_OK) {
        loop->reserved += (size_t)count;
    }
    return status;
}

llmc_status llmc__loop_timer_set(llmc__loop *loop, llmc__timer *timer, int64_t due_us) {
    /* A timer that sets itself for "now" again must not keep the round of due timers going for ever. */
    if (loop->firing && due_us <= loop->now_us) {
        due_us = loop->now_us + 1;
    }
    loop->begun = loop->begun || (loop->working && due_us <= loop->now_us);
    size_t needed = loop->timers.count + loop->reserved + 1;
    if (!llmc__heap_has(&timer->node) && needed > loop->timers.cap) {
        llmc__heap_reserve(&loop->timers, needed); /* when it fails, what was reserved earlier is still there */
    }
    return llmc__heap_set(&loop->timers, &timer->node, due_us);
}

void llmc__loop_timer_clear(llmc__loop *loop, llmc__timer *timer) {
    llmc__heap_remove(&loop->timers, &timer->node);
}
