/*
 * Adaptive concurrency of one provider: additive increase, multiplicative decrease (AIMD) on 429, 503 and 529, between
 * a floor and a ceiling. Latency is no signal: that of a model follows the length of its answer. Pure; not locked.
 */
#ifndef LLMC_POLICY_CONCURRENCY_H
#define LLMC_POLICY_CONCURRENCY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct llmc__concurrency_policy {
    uint32_t floor;   /* at least 1 */
    uint32_t ceiling; /* 0: none: until the first throttle nothing is held back */
    bool adaptive;    /* false: the ceiling alone counts */
} llmc__concurrency_policy;

typedef struct llmc__concurrency {
    double limit; /* 0: not throttled so far: the ceiling counts */
    uint32_t in_flight;
    uint32_t high;  /* in flight at the last cut: growing past it by half ends the throttling */
    int64_t cut_us; /* when it was last cut: attempts started before do not cut again */
} llmc__concurrency;

typedef enum llmc__concurrency_result {
    LLMC__CONCURRENCY_OK,
    LLMC__CONCURRENCY_THROTTLED, /* 429, 503, 529 */
    LLMC__CONCURRENCY_OTHER      /* says nothing of the load */
} llmc__concurrency_result;

void llmc__concurrency_init(llmc__concurrency *c);
bool llmc__concurrency_may(const llmc__concurrency *c, const llmc__concurrency_policy *policy);
void llmc__concurrency_start(llmc__concurrency *c);
void llmc__concurrency_end(llmc__concurrency *c, const llmc__concurrency_policy *policy, int64_t started_us,
                           int64_t now_us, llmc__concurrency_result result);
/* What holds now: 0 for no limit. */
uint32_t llmc__concurrency_limit(const llmc__concurrency *c, const llmc__concurrency_policy *policy);

#endif
