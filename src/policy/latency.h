/* The last times to first token of one model, and a percentile of them: when a hedge is worth starting. Pure. */
#ifndef LLMC_POLICY_LATENCY_H
#define LLMC_POLICY_LATENCY_H

#include <stdint.h>

#define LLMC__LATENCY_SAMPLES 128
#define LLMC__LATENCY_MIN     20 /* fewer samples tell nothing */

typedef struct llmc__latency {
    int64_t us[LLMC__LATENCY_SAMPLES];
    uint32_t count; /* ever added */
} llmc__latency;

void llmc__latency_init(llmc__latency *latency);
void llmc__latency_add(llmc__latency *latency, int64_t us);
/* The value that `percent` (1..99) of the kept samples do not pass; -1 while there are too few. */
int64_t llmc__latency_percentile_us(const llmc__latency *latency, uint32_t percent);

#endif
