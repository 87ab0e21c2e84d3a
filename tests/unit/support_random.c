#include "support_random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void support_random_begin(support_random *random, const char *test) {
    const char *given = getenv("LLMC_SEED");
    struct timespec now = {0, 0};
    uint64_t seed;

    clock_gettime(CLOCK_REALTIME, &now);
    seed = (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec;
    if (given != NULL && given[0] != '\0')
        seed = strtoull(given, NULL, 10);
    printf("%s: LLMC_SEED=%" PRIu64 "\n", test, seed);
    fflush(stdout);
    random->state = seed;
}

/* splitmix64, Steele, Lea and Flood 2014: every seed is as good as another. */
uint64_t support_random_next(support_random *random) {
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t support_random_below(support_random *random, uint32_t below) {
    return (uint32_t)(((support_random_next(random) >> 32) * below) >> 32);
}

bool support_random_percent(support_random *random, uint32_t percent) {
    return support_random_below(random, 100) < percent;
}

uint32_t support_random_steps(uint32_t steps) {
    const char *given = getenv("LLMC_LONG");

    return given != NULL && strcmp(given, "1") == 0 ? steps * 10 : steps;
}
