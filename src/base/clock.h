/* Monotonic time and randomness. Policies never call these: they are given what these return. */
#ifndef LLMC_BASE_CLOCK_H
#define LLMC_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t llmc__clock_us(void);                   /* monotonic, of no known start */
int64_t llmc__clock_wall_s(void);               /* seconds since 1970, for HTTP dates only */
void llmc__clock_random(void *out, size_t len); /* from the system; never fails */

#endif
