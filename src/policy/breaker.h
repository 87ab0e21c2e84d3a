/*
 * Circuit breaker: closed until `failures` in a row (or a ratio over a window), then open for open_us, then half-open
 * with exactly one probe. The probe's slot is a lease: a probe that never reports frees it after lease_us. Each change
 * of state starts a new generation, and results of older ones are ignored. Pure: time is passed in; not locked.
 */
#ifndef LLMC_POLICY_BREAKER_H
#define LLMC_POLICY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>
#include "llmclient.h"

typedef struct llmc__breaker_policy {
    int32_t failures;      /* in a row that open it; <= 0: never */
    int32_t ratio_percent; /* failures of all in the window that open it; <= 0: not by ratio */
    uint32_t min_calls;    /* in the window before the ratio counts */
    int64_t window_us;
    int64_t open_us, lease_us;
} llmc__breaker_policy;

#define LLMC__BREAKER_SLOTS 10 /* the window in tenths */

typedef struct llmc__breaker {
    llmc_breaker_state state;
    uint64_t generation;
    uint32_t in_a_row;
    int64_t until_us; /* open: when half-open begins; half-open: when the probe's lease ends (0: no probe out) */
    int64_t slot;     /* newest slot of the window */
    uint32_t good[LLMC__BREAKER_SLOTS], bad[LLMC__BREAKER_SLOTS];
} llmc__breaker;

/* What a call carries from enter to leave. */
typedef struct llmc__breaker_pass {
    uint64_t generation;
    bool probe;
} llmc__breaker_pass;

typedef enum llmc__breaker_result {
    LLMC__BREAKER_SUCCESS,
    LLMC__BREAKER_FAILURE,
    LLMC__BREAKER_NEUTRAL /* caller errors, cancels, 429: says nothing; a probe gives its slot back */
} llmc__breaker_result;

void llmc__breaker_init(llmc__breaker *breaker);

/* True: go on, *pass is to be given to leave exactly once. False: *wait_us is how long until it is worth asking again.
 */
bool llmc__breaker_enter(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                         llmc__breaker_pass *pass, int64_t *wait_us);
/* Whether enter would say yes now; changes nothing. */
bool llmc__breaker_would_enter(const llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                               int64_t *wait_us);
void llmc__breaker_leave(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                         llmc__breaker_pass pass, llmc__breaker_result result);
void llmc__breaker_reset(llmc__breaker *breaker); /* closed, a new generation */

/* The state at now_us: open turns half-open by time alone. */
llmc_breaker_state llmc__breaker_state_at(const llmc__breaker *breaker, int64_t now_us);

/* What an attempt's end means for it. */
llmc__breaker_result llmc__breaker_judge(llmc_status status);

#endif
