/*
 * Fails the library's allocations one after the other. A trial is one run of a scenario with one allocation (or all
 * from it on) refused; trials go on until a run was too short to reach the allocation. The mock lives in a process of
 * its own, so that the gate sees what the library allocates and nothing else.
 */
#ifndef LLMC_TESTS_OOM_SUPPORT_OOM_H
#define LLMC_TESTS_OOM_SUPPORT_OOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
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

#define OOM_DEADLINE_MS 10000
#define OOM_TEXT        "every allocation fails once"

/* What the servers of the other process answer; each is a provider of the client, named by oom_model. */
typedef enum oom_server {
    OOM_ECHO = 0, /* the last user message; embeds texts, two in a request */
    OOM_RICH,     /* two choices, reasoning, a refusal, tool calls, usage */
    OOM_RICH_STREAM,
    OOM_BUSY,   /* 429 with a body and Retry-After */
    OOM_ERRING, /* a stream with an error event in the middle */
    OOM_CUT,    /* a stream whose connection ends in the middle */
    OOM_STALL,  /* a stream that brings one piece and then nothing more */
    OOM_SERVERS
} oom_server;

void oom_servers_start(void); /* before any thread: it forks */
void oom_servers_stop(void);
const char *oom_model(oom_server server);    /* "busy/oom-1" */
const char *oom_base_url(oom_server server); /* "http://127.0.0.1:PORT/v1" */

/* Trials set the gate themselves; for what is none. No other thread may run. */
void oom_gate(bool on);

/* From now on allocation number `at` (from 0) fails, or all from there on. */
void oom_arm(size_t at, bool for_ever);
void oom_disarm(void);
void oom_pause(bool paused); /* allocations of preparations are neither counted nor failed */
bool oom_struck(void);       /* since it was armed */

/* Final callbacks and the last status told by one; the first piece of a stream counts as news, too. */
typedef struct oom_tally {
    llmc__mutex lock;
    llmc__cond changed;
    int done, events, items;
    llmc_status status;
} oom_tally;

void oom_tally_init(oom_tally *tally);
void oom_tally_destroy(oom_tally *tally);
void oom_on_done(llmc_call *call, llmc_response *response, void *tally);
int oom_on_event(llmc_call *call, const llmc_event *event, void *tally);
void oom_on_item(llmc_batch *batch, size_t index, llmc_response *response, void *tally);
void oom_on_batch_done(llmc_batch *batch, llmc_status status, void *tally);
void oom_tally_wait_news(oom_tally *tally); /* an event or the end; asserts */
void oom_tally_wait_done(oom_tally *tally); /* asserts */

llmc_client_options oom_options(uint32_t io_threads);
llmc_client *oom_client(uint32_t io_threads); /* with a provider for each server */
llmc_client *oom_client_of(const llmc_client_options *options);
void oom_wait_until_idle(llmc_client *client); /* calls nobody waits for have ended; asserts */
llmc_request *oom_request(oom_server server);  /* never fails: made with the gate open */

/* A plain question, with no allocation failing, must be answered. */
void oom_assert_sound(llmc_client *client);

/* What an allocation failed in the middle may come to. */
void oom_assert_status(llmc_status status, llmc_status expected);

/*
 * One scenario: arms nothing itself, frees what it makes, and returns the status it ended with. `expected` is the
 * status of a run in which nothing fails.
 */
typedef llmc_status (*oom_scenario)(llmc_client *client);

/* Runs it with each allocation failing, once and then for ever; a fresh client for each trial. */
void oom_run(oom_scenario scenario, uint32_t io_threads, llmc_status expected);

/* The same on clients made by `make`. */
typedef llmc_client *(*oom_make)(uint32_t io_threads);
void oom_run_on(oom_make make, oom_scenario scenario, uint32_t io_threads, llmc_status expected);

/* The same for what needs no client, which it is given as NULL. */
void oom_run_bare(oom_scenario scenario, llmc_status expected);

#endif
