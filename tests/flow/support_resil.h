/* What the tests of retries, breakers and limits share: ways to ask, refusals, and looks at the trace. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_RESIL_H
#define LLMC_TESTS_FLOW_SUPPORT_RESIL_H

#include "support_flow.h"

/* Every way a request can be run; all must survive alike. */
typedef enum resil_way {
    RESIL_SYNC = 0,
    RESIL_ASYNC,
    RESIL_EVENTS, /* streamed, by callback */
    RESIL_PULL,   /* streamed, pulled */
    RESIL_BATCH,
    RESIL_WAYS
} resil_way;

/* What a streamed call's user saw. */
typedef struct resil_seen {
    size_t starts, texts, finishes;
    char text[256];
} resil_seen;

/* Three retries a millisecond apart without jitter, no budget, no breaker: each test turns on what it is about. */
llmc_client_options resil_options(void);

/* A refusal with the provider's own error body; headers may be NULL. */
llmc_mock_script resil_refusal(int status, const char *headers);

/* Runs the request and waits; what a stream's user saw goes to *seen (NULL: not asked for). Asserts the status. */
llmc_response *resil_run(flow *f, const llmc_request *request, resil_way way, llmc_status expected, resil_seen *seen);
llmc_response *resil_ask(flow *f, resil_way way, llmc_status expected, resil_seen *seen);

/* The same with one message, answered `expected` and thrown away. */
void resil_expect(flow *f, llmc_status expected);

/* An event callback that fills a resil_seen. */
int resil_note(llmc_call *call, const llmc_event *event, void *seen);

llmc_attempt resil_attempt(const llmc_response *response, size_t index);
/* Every attempt but the last was retried, after at least `delay_ms`. */
void resil_assert_retried(const llmc_response *response, size_t attempts, llmc_status status);

/* The server saw so many requests, and the client counted the same. */
void resil_assert_requests(flow *f, uint64_t count);

/* Time between two requests as the server saw them. */
int64_t resil_gap_us(flow *f, size_t index);

#endif
