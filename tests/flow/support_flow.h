/* What the flow tests share: a mock and a client in one hand, tallies of final callbacks, threads, deadlines. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_FLOW_H
#define LLMC_TESTS_FLOW_SUPPORT_FLOW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/thread.h"
#include "llmclient.h"
#include "llmclient/mock.h"

/* True under ASan or TSan: figures of speed and memory mean nothing there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FLOW_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FLOW_SANITIZED 1
#endif
#endif
#ifndef FLOW_SANITIZED
#define FLOW_SANITIZED 0
#endif
/* Figures are asserted where the compiler optimised and nothing slows the program down. */
#if defined(__OPTIMIZE__) && !FLOW_SANITIZED
#define FLOW_MEASURES 1
#else
#define FLOW_MEASURES 0
#endif

#define FLOW_KEY         "sk-flow-secret-0123456789"
#define FLOW_MODEL       "openai/flow-1" /* a model of no price table */
#define FLOW_DEADLINE_MS 30000           /* of every wait that should end much sooner */
#define FLOW_FOREVER_MS  60000           /* delay of an answer nobody waits for */

typedef struct flow {
    llmc_mock *mock;
    llmc_client *client;
} flow;

/* A mock and a client whose provider "openai" is that mock. NULL: flow_options(). Asserts. */
void flow_open(flow *f, const llmc_client_options *options);
void flow_close(flow *f);

/* Counts final callbacks from any thread. */
typedef struct flow_tally {
    llmc__mutex lock;
    llmc__cond changed;
    uint64_t done, ok, cancelled, failed;
    llmc_status last;
} flow_tally;

void flow_tally_init(flow_tally *tally);
void flow_tally_destroy(flow_tally *tally);
void flow_tally_add(flow_tally *tally, llmc_status status);
bool flow_tally_wait(flow_tally *tally, uint64_t done); /* false: deadline */
uint64_t flow_tally_done(flow_tally *tally);
void flow_on_done(llmc_call *call, llmc_response *response, void *tally); /* an llmc_done_fn */

llmc_client_options flow_options(void); /* defaults without environment and retries */
llmc_client *flow_client(const char *base_url, const llmc_client_options *options);
llmc_provider_options flow_provider(const char *base_url);
llmc_request *flow_request(const char *prompt); /* to FLOW_MODEL with one user message */

llmc_mock_script flow_script(void);
llmc_mock_script flow_answer(const char *text);
llmc_mock_script flow_slow(int64_t delay_ms);
llmc_mock_script flow_stall(size_t cut_at);
void flow_push(flow *f, llmc_mock_script script);
void flow_default(flow *f, llmc_mock_script script);
llmc_mock_stats flow_mock_stats(flow *f);
llmc_stats flow_client_stats(flow *f);

/* Starts a call, plain or streamed, that is counted at its end. */
llmc_call *flow_start(llmc_client *client, flow_tally *tally, bool stream);

/* Asks FLOW_MODEL and checks how it ended. */
llmc_response *flow_ask(flow *f, const char *prompt, llmc_status expected);

/* Of a cmocka test whose state is an opened flow. */
int flow_setup(void **state);
int flow_teardown(void **state);
#define FLOW_TEST(name) cmocka_unit_test_setup_teardown(name, flow_setup, flow_teardown)

/* Whether counters of a quiet client add up. */
void flow_assert_balanced(llmc_client *client);

int64_t flow_now_ms(void);

/* Asks `is` every millisecond until it says yes; false when FLOW_DEADLINE_MS passed first. */
bool flow_until(bool (*is)(void *ctx), void *ctx);
bool flow_until_aborted(flow *f, uint64_t count);
bool flow_until_idle(flow *f);                   /* the mock has no request in flight */
bool flow_until_active(flow *f, uint64_t count); /* that many calls are running */

/* Lets time pass as the subject of a test: a slow reader, a server's silence. */
void flow_pass_ms(int ms);

/* Runs fn in `count` threads, with their number, and waits for all. fn must not assert. */
typedef void (*flow_thread_fn)(size_t number, void *ctx);
void flow_run_threads(size_t count, flow_thread_fn fn, void *ctx);

/* A listening socket on loopback that never accepts; its backlog is full, so that connecting hangs. */
typedef struct flow_blackhole {
    int listener;
    int fillers[8];
    char base_url[64];
} flow_blackhole;
void flow_blackhole_open(flow_blackhole *hole);
void flow_blackhole_close(flow_blackhole *hole);

/* A loopback port on which nobody listens. */
int flow_closed_port(void);

/* A listening socket on loopback, at a port the kernel picked. */
int flow_listen(int backlog, int *port);

/* Sends a plain or streamed request by a bare socket and counts the bytes of the whole response. */
size_t flow_raw_response_len(const llmc_mock *mock, bool stream);

/* Resident memory of this process. */
size_t flow_rss(void);

uint32_t flow_random(uint64_t *state);

#endif
