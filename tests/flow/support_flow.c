#include "support_flow.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

llmc_client_options flow_options(void) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    options.ignore_environment = true;
    options.max_retries = -1;
    options.breaker_failures = -1; /* tests of single faults make many of them on purpose */
    return options;
}

llmc_provider_options flow_provider(const char *base_url) {
    llmc_provider_options options = LLMC_PROVIDER_OPTIONS_INIT;
    options.api_key = FLOW_KEY;
    options.base_url = base_url;
    return options;
}

llmc_client *flow_client(const char *base_url, const llmc_client_options *options) {
    llmc_client_options plain = flow_options();
    llmc_provider_options provider = flow_provider(base_url);
    llmc_client *client = NULL;
    llmc_status status = llmc_client_new(options != NULL ? options : &plain, &client);
    if (status != LLMC_OK)
        print_error("llmc_client_new: %s\n", llmc_last_error_message());
    assert_int_equal(status, LLMC_OK);
    assert_int_equal(llmc_client_set_provider(client, "openai", &provider), LLMC_OK);
    return client;
}

void flow_open(flow *f, const llmc_client_options *options) {
    memset(f, 0, sizeof(*f));
    assert_int_equal(llmc_mock_new(&f->mock), LLMC_OK);
    f->client = flow_client(llmc_mock_base_url(f->mock), options);
}

void flow_close(flow *f) {
    llmc_client_free(f->client);
    llmc_mock_free(f->mock);
    memset(f, 0, sizeof(*f));
}

llmc_request *flow_request(const char *prompt) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(FLOW_MODEL, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, prompt), LLMC_OK);
    return request;
}

llmc_mock_script flow_script(void) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    return script;
}

llmc_mock_script flow_answer(const char *text) {
    llmc_mock_script script = flow_script();
    script.text = text;
    return script;
}

llmc_mock_script flow_slow(int64_t delay_ms) {
    llmc_mock_script script = flow_script();
    script.delay_ms = delay_ms;
    return script;
}

llmc_mock_script flow_stall(size_t cut_at) {
    llmc_mock_script script = flow_script();
    script.fault = LLMC_MOCK_STALL;
    script.cut_at = cut_at;
    return script;
}

void flow_push(flow *f, llmc_mock_script script) {
    assert_int_equal(llmc_mock_push(f->mock, &script), LLMC_OK);
}

void flow_default(flow *f, llmc_mock_script script) {
    assert_int_equal(llmc_mock_set_default(f->mock, &script), LLMC_OK);
}

llmc_mock_stats flow_mock_stats(flow *f) {
    llmc_mock_stats stats;
    memset(&stats, 0, sizeof(stats));
    llmc_mock_get_stats(f->mock, &stats);
    return stats;
}

llmc_stats flow_client_stats(flow *f) {
    llmc_stats stats = LLMC_STATS_INIT;
    assert_int_equal(llmc_client_stats(f->client, &stats), LLMC_OK);
    return stats;
}

static bool is_quiet(void *client) {
    llmc_stats stats = LLMC_STATS_INIT;
    return llmc_client_stats(client, &stats) == LLMC_OK && stats.calls_active == 0;
}

void flow_assert_balanced(llmc_client *client) {
    llmc_stats stats = LLMC_STATS_INIT;
    assert_true(flow_until(is_quiet, client));
    assert_int_equal(llmc_client_stats(client, &stats), LLMC_OK);
    assert_int_equal(stats.calls_queued, 0);
    assert_int_equal(stats.calls_started, stats.calls_succeeded + stats.calls_failed + stats.calls_cancelled);
}

int64_t flow_now_ms(void) {
    return llmc__clock_us() / 1000;
}

void flow_pass_ms(int ms) {
    int64_t end = flow_now_ms() + ms;
    for (int64_t left = ms; left > 0; left = end - flow_now_ms())
        (void)poll(NULL, 0, (int)left);
}

bool flow_until(bool (*is)(void *ctx), void *ctx) {
    int64_t end = flow_now_ms() + FLOW_DEADLINE_MS;
    while (!is(ctx)) {
        if (flow_now_ms() > end)
            return false;
        (void)poll(NULL, 0, 1);
    }
    return true;
}

typedef struct awaited {
    flow *f;
    uint64_t count;
} awaited;

static bool has_aborted(void *ctx) {
    awaited *want = ctx;
    return flow_mock_stats(want->f).aborted >= want->count;
}

bool flow_until_aborted(flow *f, uint64_t count) {
    awaited want = {f, count};
    return flow_until(has_aborted, &want);
}

static bool has_none_in_flight(void *ctx) {
    return flow_mock_stats(ctx).in_flight == 0;
}

bool flow_until_idle(flow *f) {
    return flow_until(has_none_in_flight, f);
}

static bool has_active(void *ctx) {
    awaited *want = ctx;
    llmc_stats stats = LLMC_STATS_INIT;
    return llmc_client_stats(want->f->client, &stats) == LLMC_OK && stats.calls_active == want->count;
}

bool flow_until_active(flow *f, uint64_t count) {
    awaited want = {f, count};
    return flow_until(has_active, &want);
}

void flow_tally_init(flow_tally *tally) {
    memset(tally, 0, sizeof(*tally));
    assert_int_equal(llmc__mutex_init(&tally->lock), LLMC_OK);
    assert_int_equal(llmc__cond_init(&tally->changed), LLMC_OK);
}

void flow_tally_destroy(flow_tally *tally) {
    llmc__cond_destroy(&tally->changed);
    llmc__mutex_destroy(&tally->lock);
}

void flow_tally_add(flow_tally *tally, llmc_status status) {
    llmc__mutex_lock(&tally->lock);
    tally->done++;
    tally->last = status;
    if (status == LLMC_OK)
        tally->ok++;
    else if (status == LLMC_ERR_CANCELLED)
        tally->cancelled++;
    else
        tally->failed++;
    llmc__cond_broadcast(&tally->changed);
    llmc__mutex_unlock(&tally->lock);
}

bool flow_tally_wait(flow_tally *tally, uint64_t done) {
    int64_t due_us = llmc__clock_us() + (int64_t)FLOW_DEADLINE_MS * 1000;
    bool in_time = true;
    llmc__mutex_lock(&tally->lock);
    while (tally->done < done && in_time)
        in_time = llmc__cond_wait_until(&tally->changed, &tally->lock, due_us);
    in_time = tally->done >= done;
    llmc__mutex_unlock(&tally->lock);
    return in_time;
}

uint64_t flow_tally_done(flow_tally *tally) {
    uint64_t done;
    llmc__mutex_lock(&tally->lock);
    done = tally->done;
    llmc__mutex_unlock(&tally->lock);
    return done;
}

void flow_on_done(llmc_call *call, llmc_response *response, void *tally) {
    (void)call;
    flow_tally_add(tally, llmc_response_status(response));
}

llmc_call *flow_start(llmc_client *client, flow_tally *tally, bool stream) {
    llmc_request *request = flow_request("one two three four five six seven eight nine ten");
    llmc_call *call = NULL;
    llmc_status status = stream ? llmc_execute_stream_async(client, request, NULL, flow_on_done, tally, &call)
                                : llmc_execute_async(client, request, flow_on_done, tally, &call);
    assert_int_equal(status, LLMC_OK);
    llmc_request_free(request);
    return call;
}

llmc_response *flow_ask(flow *f, const char *prompt, llmc_status expected) {
    llmc_response *response = NULL;
    llmc_status status = llmc_ask(f->client, FLOW_MODEL, prompt, &response);
    if (status != expected)
        print_error("%s: %s\n", llmc_status_name(status), llmc_response_error_message(response));
    assert_int_equal(status, expected);
    assert_non_null(response);
    assert_int_equal(llmc_response_status(response), status);
    return response;
}

int flow_setup(void **state) {
    flow *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    flow_open(f, NULL);
    *state = f;
    return 0;
}

int flow_teardown(void **state) {
    flow_close(*state);
    free(*state);
    return 0;
}

typedef struct worker {
    llmc__thread thread;
    flow_thread_fn fn;
    size_t number;
    void *ctx;
} worker;

static void run_worker(void *ctx) {
    worker *self = ctx;
    self->fn(self->number, self->ctx);
}

void flow_run_threads(size_t count, flow_thread_fn fn, void *ctx) {
    worker *workers = calloc(count, sizeof(*workers));
    assert_non_null(workers);
    for (size_t i = 0; i < count; i++) {
        workers[i].fn = fn;
        workers[i].number = i;
        workers[i].ctx = ctx;
        assert_int_equal(llmc__thread_start(&workers[i].thread, "flow", run_worker, &workers[i]), LLMC_OK);
    }
    for (size_t i = 0; i < count; i++)
        llmc__thread_join(&workers[i].thread);
    free(workers);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    return address;
}

static int bound_socket(int *port) {
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int flow_listen(int backlog, int *port) {
    int fd = bound_socket(port);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

/* Linux drops the SYN of a connection for which the backlog has no room: connecting then waits for its timeout. */
void flow_blackhole_open(flow_blackhole *hole) {
    int port = 0;
    hole->listener = flow_listen(0, &port);
    for (size_t i = 0; i < sizeof(hole->fillers) / sizeof(hole->fillers[0]); i++) {
        struct sockaddr_in address = loopback(port);
        hole->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(hole->fillers[i] >= 0);
        (void)connect(hole->fillers[i], (struct sockaddr *)&address, sizeof(address));
    }
    (void)snprintf(hole->base_url, sizeof(hole->base_url), "http://127.0.0.1:%d/v1", port);
}

void flow_blackhole_close(flow_blackhole *hole) {
    for (size_t i = 0; i < sizeof(hole->fillers) / sizeof(hole->fillers[0]); i++)
        close(hole->fillers[i]);
    close(hole->listener);
}

int flow_closed_port(void) {
    int port = 0;
    int fd = bound_socket(&port);
    close(fd);
    return port;
}

static size_t read_to_silence(int fd) {
    char bytes[4096];
    size_t total = 0;
    struct pollfd ready = {fd, POLLIN, 0};
    while (poll(&ready, 1, total == 0 ? FLOW_DEADLINE_MS : 300) == 1) {
        ssize_t got = read(fd, bytes, sizeof(bytes));
        if (got <= 0)
            break;
        total += (size_t)got;
    }
    return total;
}

size_t flow_raw_response_len(const llmc_mock *mock, bool stream) {
    struct sockaddr_in address = loopback(llmc_mock_port(mock));
    const char *body = stream ? "{\"model\":\"flow-1\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                                "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                              : "{\"model\":\"flow-1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    char head[1024];
    size_t total;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(head, sizeof(head),
                       "POST /v1/chat/completions HTTP/1.1\r\nHost: flow\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       strlen(body), body);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, head, (size_t)len, MSG_NOSIGNAL), len);
    total = read_to_silence(fd);
    close(fd);
    return total;
}

size_t flow_rss(void) {
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

uint32_t flow_random(uint64_t *state) {
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*state >> 33);
}
