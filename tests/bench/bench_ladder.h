/* Cost against the number of requests in flight: the library, bare libcurl and the clients for node. */
#ifndef LLMC_TESTS_BENCH_BENCH_LADDER_H
#define LLMC_TESTS_BENCH_BENCH_LADDER_H

#include "bench.h"

typedef struct bench_ladder {
    bool quick, json, plain, streamed;
    int repeats;
    uint32_t only;      /* this many in flight; 0: all */
    const char *folder; /* NULL, or where to write plain.dat and streamed.dat for gnuplot */
} bench_ladder;

/* False when a run could not be made. *failed is set when calls failed. */
bool bench_ladder_run(const bench_ladder *ladder, bool *failed);

#endif
