/* Random numbers that a test can be run with again: the seed is printed, and taken from LLMC_SEED when that is set. */
#ifndef LLMC_TESTS_SUPPORT_RANDOM_H
#define LLMC_TESTS_SUPPORT_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct support_random {
    uint64_t state;
} support_random;

/* Seeds from LLMC_SEED or else the clock; prints both names and the seed. */
void support_random_begin(support_random *random, const char *test);
uint64_t support_random_next(support_random *random);
/* 0 .. below - 1; below > 0. */
uint32_t support_random_below(support_random *random, uint32_t below);
bool support_random_percent(support_random *random, uint32_t percent);

/* Steps of a random test: ten times as many when LLMC_LONG=1. */
uint32_t support_random_steps(uint32_t steps);

#endif
