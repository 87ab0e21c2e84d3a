/* Cost against the number of requests in flight, for the plots. */
#ifndef LLMC_TESTS_BENCH_BENCH_LADDER_H
#define LLMC_TESTS_BENCH_BENCH_LADDER_H

#include "bench.h"

typedef struct bench_ladder {
    bool quick, json, plain, streamed;
    int repeats;
    uint32_t only; /* this many in flight; 0: all */
} bench_ladder;

/* False when a run could not be made. *failed is set when calls failed. */
bool bench_ladder_run(const bench_ladder *ladder, bool *failed);

#endif
