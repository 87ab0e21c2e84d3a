/*
 * event_loop.c - the client inside a host's own event loop (libevent here): io_threads = 0, no thread is started, and
 * all callbacks run in the loop. With --mock it asks the mock provider.
 */
#include "setup.h"
#include <event2/event.h>

#define COUNT 5

typedef struct host {
    struct event_base *base;
    int running;
    int failures;
} host;

/* The descriptor is readable: let the client do what is ready. */
static void on_ready(evutil_socket_t fd, short what, void *user_data) {
    (void)fd;
    (void)what;
    llmc_client_dispatch(user_data);
}

static int ticks = 0;

/* Shows that the loop is free for other work meanwhile. */
static void on_tick(evutil_socket_t fd, short what, void *user_data) {
    (void)fd;
    (void)what;
    (void)user_data;
    ticks++;
}

static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    host *h = user_data;
    (void)call;
    h->failures += llmc_response_status(response) != LLMC_OK;
    printf("%s%s\n", llmc_response_output(response), llmc_response_error_message(response));
    if (--h->running == 0)
        event_base_loopbreak(h->base);
}

static void start(setup *s, host *h, int number) {
    char prompt[128];
    llmc_request *request = NULL;
    snprintf(prompt, sizeof prompt, "Say the number %d.", number);
    if (llmc_request_new(s->model, &request) == LLMC_OK &&
        llmc_request_add_message(request, LLMC_ROLE_USER, prompt) == LLMC_OK &&
        llmc_execute_async(s->client, request, on_done, h, NULL) == LLMC_OK)
        h->running++;
    else
        h->failures++;
    llmc_request_free(request);
}

int main(int argc, char **argv) {
    const struct timeval tick_time = {0, 10000};
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    host h = {event_base_new(), 0, 0};
    setup s;
    options.io_threads = 0;
    if (!h.base || !setup_open(&s, &options, argc, argv))
        return 1;

    struct event *ready = event_new(h.base, llmc_client_fd(s.client), EV_READ | EV_PERSIST, on_ready, s.client);
    struct event *tick = event_new(h.base, -1, EV_PERSIST, on_tick, NULL);
    event_add(ready, NULL);
    event_add(tick, &tick_time);
    for (int i = 1; i <= COUNT; i++)
        start(&s, &h, i);
    if (h.running > 0)
        event_base_dispatch(h.base);
    printf("(the loop did %d other things meanwhile)\n", ticks);

    event_free(tick);
    event_free(ready);
    setup_close(&s);
    event_base_free(h.base);
    return h.failures ? 1 : 0;
}
