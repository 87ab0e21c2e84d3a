#include "mock/endpoint.h"
#include "mock/inner.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"

#define BACKLOG 16384 /* the kernel takes net.core.somaxconn of them */

/* Ten thousand connections need more descriptors than most shells allow at first. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static llmc_status listen_at(llmc_mock *mock, int port) {
    const int on = 1;
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    mock->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (mock->listen_fd < 0) {
        return LLMC_ERR_INIT;
    }
    (void)setsockopt(mock->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(mock->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(mock->listen_fd, BACKLOG) != 0 || getsockname(mock->listen_fd, (struct sockaddr *)&address, &len) != 0) {
        return LLMC_ERR_INIT;
    }
    mock->port = ntohs(address.sin_port);
    (void)snprintf(mock->url, sizeof mock->url, "http://127.0.0.1:%d/v1", mock->port);
    return LLMC_OK;
}

static bool watch(llmc_mock *mock, int *fd) {
    struct epoll_event event = {EPOLLIN, {NULL}};
    event.data.ptr = fd;
    return epoll_ctl(mock->epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0;
}

static llmc_status open_descriptors(llmc_mock *mock, int port) {
    llmc_status status = listen_at(mock, port);
    if (status != LLMC_OK) {
        return status;
    }
    mock->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    mock->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    mock->loop.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (mock->epoll_fd < 0 || mock->wake_fd < 0 || !watch(mock, &mock->listen_fd) || !watch(mock, &mock->wake_fd)) {
        return LLMC_ERR_INIT;
    }
    return LLMC_OK;
}

static void close_if_open(int fd) {
    if (fd >= 0) {
        close(fd);
    }
}

/* Everything but the thread and the locks. */
static void release(llmc_mock *mock) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&mock->shared.queue)) != NULL) {
        llmc__mock_plan_unref(LLMC__CONTAINER(node, llmc__mock_plan, node));
    }
    llmc__mock_plan_unref(mock->shared.standing);
    llmc__mem_free(mock->shared.embedding.refused);
    llmc__mock_models_free(&mock->shared.models);
    llmc__mock_jobs_free(&mock->shared.jobs);
    llmc__mock_record_clear_locked(mock);
    llmc__heap_free(&mock->loop.timers);
    llmc__buf_free(&mock->loop.joined);
    llmc__buf_free(&mock->loop.prefix);
    llmc__buf_free(&mock->loop.body);
    llmc__buf_free(&mock->loop.events_at);
    llmc__buf_free(&mock->loop.out);
    llmc__buf_free(&mock->loop.marks);
    close_if_open(mock->listen_fd);
    close_if_open(mock->epoll_fd);
    close_if_open(mock->wake_fd);
    close_if_open(mock->loop.spare_fd);
    llmc__mem_free(mock);
}

static void init_loop(llmc_mock *mock) {
    mock->loop.spare_fd = -1;
    llmc__clock_random(&mock->loop.random, sizeof mock->loop.random);
    mock->loop.random |= 1; /* xorshift stays at zero */
    mock->loop.date_s = -1;
    llmc__list_init(&mock->loop.conns);
    llmc__list_init(&mock->loop.dead);
    llmc__heap_init(&mock->loop.timers);
    llmc__buf_init(&mock->loop.joined, LLMC__MOCK_MAX_BODY);
    llmc__buf_init(&mock->loop.prefix, LLMC__MOCK_MAX_ANSWER);
    llmc__buf_init(&mock->loop.body, LLMC__MOCK_MAX_ANSWER);
    llmc__buf_init(&mock->loop.events_at, LLMC__MOCK_MAX_ANSWER);
    llmc__buf_init(&mock->loop.out, LLMC__MOCK_MAX_ANSWER);
    llmc__buf_init(&mock->loop.marks, LLMC__MOCK_MAX_ANSWER);
}

static llmc_status start_thread(llmc_mock *mock) {
    llmc_status status = llmc__mutex_init(&mock->mutex);
    if (status != LLMC_OK) {
        return status;
    }
    status = llmc__cond_init(&mock->changed);
    if (status != LLMC_OK) {
        llmc__mutex_destroy(&mock->mutex);
        return status;
    }
    status = llmc__thread_start(&mock->thread, "llmc-mock", llmc__mock_loop_run, mock);
    if (status != LLMC_OK) {
        llmc__cond_destroy(&mock->changed);
        llmc__mutex_destroy(&mock->mutex);
    }
    return status;
}

llmc_status llmc__mock_new_at(int port, llmc_mock **out) {
    llmc_status status = LLMC_ERR_INVALID_ARGUMENT;
    llmc_mock *mock = NULL;
    if (out == NULL || port < 0 || port > 65535) {
        return status;
    }
    *out = NULL;
    mock = llmc__mem_calloc(1, sizeof *mock);
    if (mock == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    mock->listen_fd = -1;
    mock->epoll_fd = -1;
    mock->wake_fd = -1;
    mock->shared.recording = true;
    llmc__list_init(&mock->shared.queue);
    init_loop(mock);
    raise_descriptor_limit();
    status = open_descriptors(mock, port);
    if (status == LLMC_OK) {
        status = start_thread(mock);
    }
    if (status != LLMC_OK) {
        release(mock);
        return status;
    }
    *out = mock;
    return LLMC_OK;
}

llmc_status llmc_mock_new(llmc_mock **out) {
    return llmc__mock_new_at(0, out);
}

static void wake(llmc_mock *mock) {
    const uint64_t one = 1;
    (void)!write(mock->wake_fd, &one, sizeof one);
}

void llmc_mock_free(llmc_mock *mock) {
    if (mock == NULL) {
        return;
    }
    llmc__mutex_lock(&mock->mutex);
    mock->shared.stop = true;
    llmc__mutex_unlock(&mock->mutex);
    wake(mock);
    llmc__thread_join(&mock->thread);
    llmc__cond_destroy(&mock->changed);
    llmc__mutex_destroy(&mock->mutex);
    release(mock);
}

int llmc_mock_port(const llmc_mock *mock) {
    return mock == NULL ? 0 : mock->port;
}

const char *llmc_mock_base_url(const llmc_mock *mock) {
    return mock == NULL ? "" : mock->url;
}

llmc_status llmc_mock_push(llmc_mock *mock, const llmc_mock_script *script) {
    llmc__mock_plan *plan = NULL;
    llmc_status status = mock == NULL ? LLMC_ERR_INVALID_ARGUMENT : llmc__mock_plan_new(script, &plan);
    if (status != LLMC_OK) {
        return status;
    }
    llmc__mutex_lock(&mock->mutex);
    llmc__list_push_back(&mock->shared.queue, &plan->node);
    llmc__mutex_unlock(&mock->mutex);
    return LLMC_OK;
}

llmc_status llmc_mock_set_default(llmc_mock *mock, const llmc_mock_script *script) {
    llmc__mock_plan *plan = NULL;
    if (mock == NULL) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    if (script != NULL) {
        llmc_status status = llmc__mock_plan_new(script, &plan);
        if (status != LLMC_OK) {
            return status;
        }
    }
    llmc__mutex_lock(&mock->mutex);
    llmc__mock_plan *old = mock->shared.standing;
    mock->shared.standing = plan;
    llmc__mutex_unlock(&mock->mutex);
    llmc__mock_plan_unref(old);
    return LLMC_OK;
}

void llmc_mock_get_stats(llmc_mock *mock, llmc_mock_stats *out) {
    if (out == NULL) {
        return;
    }
    memset(out, 0, sizeof *out);
    if (mock != NULL) {
        llmc__mutex_lock(&mock->mutex);
        *out = mock->shared.stats;
        llmc__mutex_unlock(&mock->mutex);
    }
}

bool llmc_mock_wait_requests(llmc_mock *mock, uint64_t requests, int64_t timeout_ms) {
    if (mock == NULL) {
        return false;
    }
    bool in_time = true;
    timeout_ms = timeout_ms < 0 ? 0 : timeout_ms > INT64_MAX / 4000 ? INT64_MAX / 4000 : timeout_ms;
    int64_t due = llmc__clock_us() + timeout_ms * 1000;
    llmc__mutex_lock(&mock->mutex);
    while (mock->shared.stats.requests < requests && in_time) {
        in_time = llmc__cond_wait_until(&mock->changed, &mock->mutex, due);
    }
    bool reached = mock->shared.stats.requests >= requests;
    llmc__mutex_unlock(&mock->mutex);
    return reached;
}

/* Returns when they are closed. The loop is never busy for long: the deadline is for a machine that stands still. */
void llmc_mock_close_idle(llmc_mock *mock) {
    if (mock == NULL) {
        return;
    }
    bool in_time = true;
    int64_t due = llmc__clock_us() + 10 * 1000 * 1000;
    llmc__mutex_lock(&mock->mutex);
    uint64_t mine = ++mock->shared.close_asked;
    llmc__mutex_unlock(&mock->mutex);
    wake(mock);
    llmc__mutex_lock(&mock->mutex);
    while (mock->shared.close_done < mine && in_time) {
        in_time = llmc__cond_wait_until(&mock->changed, &mock->mutex, due);
    }
    llmc__mutex_unlock(&mock->mutex);
}
