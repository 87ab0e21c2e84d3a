/* The rows of the table: what is measured, against what, and what it may come to. */
#ifndef LLMC_TESTS_BENCH_BENCH_ROW_H
#define LLMC_TESTS_BENCH_BENCH_ROW_H

#include "bench.h"

#define BENCH_MOST_REPEATS 75

/* How the library's figure is judged. */
typedef enum bench_rule {
    BENCH_RATIO = 0, /* library / yardstick, at most */
    BENCH_FACTOR,    /* yardstick / library, at least */
    BENCH_MORE,      /* library - yardstick, at most */
    BENCH_MOST       /* the library's own, at most; there is no yardstick */
} bench_rule;

/* Which figure of a run it is about. */
typedef enum bench_figure {
    BENCH_CPU = 0, /* us of CPU a request, or a part of it */
    BENCH_WALL,    /* ms of all requests */
    BENCH_EACH,    /* us of wall time a request */
    BENCH_VALUE    /* what the run measured itself */
} bench_figure;

typedef struct bench_row {
    const char *name, *work, *against;
    const char *unit;
    bench_run_fn library, yardstick; /* yardstick NULL: `ideal` is what it is compared with, if the rule asks */
    bench_load load;
    bench_service service;
    bench_figure figure;
    uint32_t parts; /* of one request: the figure is divided by them (0 is 1) */
    double ideal;
    bench_rule rule;
    double limit;  /* 0, unless the rule is BENCH_MOST: told, not judged */
    int repeats;   /* at most (0: as asked for) */
    int scatters;  /* so many times as many, but in the short form; 0: once */
    bool is_slow;  /* left out of the short form */
    bool unpinned; /* neither side is bound to a core */
    bool no_server;
    bool needs_peers;
} bench_row;

/* What came of a row. */
typedef struct bench_result {
    double library, yardstick, score; /* medians, and what the rule makes of them */
    double paired;                    /* median of what it makes of each pair of runs; 0: there are none */
    int repeats;
    uint64_t failed;
    bool judged, holds; /* a row without a limit is not judged */
    bool skipped;
    char why[160]; /* it was skipped, or did not run */
} bench_result;

extern const bench_row bench_rows[];
extern const size_t bench_row_count;

double bench_median(double *values, int count); /* sorts them */
bench_figures bench_medians(const bench_figures *runs, int count);

/* False when a run could not be made; result->why says which. */
bool bench_row_run(const bench_row *row, bool quick, int repeats, bench_result *result);

#endif
