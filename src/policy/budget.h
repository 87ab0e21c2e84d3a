/*
 * Retry budget of one provider: over the last ten seconds, retries may be at most `percent` of the first attempts that
 * ended, and `reserve` more. So an outage costs little more than the calls themselves, and a quiet program may still
 * retry. First attempts count when they end, so that calls of a minute do not find their share expired. Pure.
 */
#ifndef LLMC_POLICY_BUDGET_H
#define LLMC_POLICY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define LLMC__BUDGET_SLOTS 10

typedef struct llmc__budget {
    int64_t slot_s; /* second of the newest slot */
    uint32_t firsts[LLMC__BUDGET_SLOTS], retries[LLMC__BUDGET_SLOTS];
} llmc__budget;

typedef struct llmc__budget_policy {
    int32_t percent; /* < 0: no budget, everything is granted */
    uint32_t reserve;
} llmc__budget_policy;

void llmc__budget_init(llmc__budget *budget);
void llmc__budget_first(llmc__budget *budget, int64_t now_us); /* a first attempt ended */
bool llmc__budget_take(llmc__budget *budget, const llmc__budget_policy *policy,
                       int64_t now_us); /* false: refused, nothing taken */

#endif
