/*
 * Whether and when an attempt is made again. Pure: time and randomness are passed in.
 * Backoff: retry_delay * 2^n, capped; full jitter draws from [0, d], decorrelated from [delay, 3 * previous]; none is
 * the exact ladder (+1, +2, +4 s by default).
 */
#ifndef LLMC_POLICY_RETRY_H
#define LLMC_POLICY_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include "llmclient.h"

typedef struct llmc__retry_policy {
    int32_t max_retries;  /* 0: none */
    int64_t delay_ms;     /* first backoff */
    int64_t max_delay_ms; /* cap of one backoff */
    int64_t max_hint_ms;  /* a longer hint is not waited for */
    llmc_jitter jitter;
} llmc__retry_policy;

/* Backoff before retry number `retries_done` + 1. previous_ms: the last backoff, 0 at first. */
int64_t llmc__retry_backoff_ms(const llmc__retry_policy *policy, int32_t retries_done, int64_t previous_ms,
                               uint64_t random);

typedef struct llmc__retry_question {
    llmc_status status; /* of the attempt */
    bool retryable;     /* the error's class allows it */
    bool committed;     /* content has reached the user */
    int should_retry;   /* x-should-retry: 1, 0, -1 */
    int64_t hint_ms;    /* -1: none */
    int32_t retries_done;
    int64_t previous_ms;    /* last backoff */
    int64_t now_us, due_us; /* due: the call's deadline; INT64_MAX none */
    uint64_t random;
} llmc__retry_question;

typedef enum llmc__retry_verdict {
    LLMC__RETRY_GO = 0,        /* after delay_ms */
    LLMC__RETRY_NOT_THIS,      /* the class is not one that passes, or the provider said not to */
    LLMC__RETRY_COMMITTED,     /* content was shown */
    LLMC__RETRY_USED_UP,       /* max_retries were made */
    LLMC__RETRY_PAST_DEADLINE, /* the wait would pass the deadline */
    LLMC__RETRY_HINT_TOO_LONG  /* the provider wants a longer pause than max_hint_ms */
} llmc__retry_verdict;

/*
 * Never sooner than the hint: a hint adds up to a tenth (at most 1 s) of jitter of its own on top, so that many callers
 * do not come back in the same instant (not with LLMC_JITTER_NONE). Never past due_us. x-should-retry decides over the
 * class, either way, but not over cancelled calls and refusals made on this side.
 */
llmc__retry_verdict llmc__retry_decide(const llmc__retry_policy *policy, const llmc__retry_question *question,
                                       int64_t *delay_ms);

/* Whether a failure of this class may pass by itself: what is retried when the provider names no rule of its own. */
bool llmc__retry_class(llmc_status status);

/* Whether another target may do better with a call that failed so: all but caller errors, cancels and the deadline. */
bool llmc__retry_elsewhere(llmc_status status);

#endif
