#include "policy/latency.h"

#include <stdlib.h>
#include <string.h>

void llmc__latency_init(llmc__latency *latency) {
    memset(latency, 0, sizeof(*latency));
}

void llmc__latency_add(llmc__latency *latency, int64_t us) {
    latency->us[latency->count % LLMC__LATENCY_SAMPLES] = us > 0 ? us : 0;
    if (++latency->count == UINT32_MAX) /* never back to "too few"; the place of the oldest stays the same */
        latency->count = LLMC__LATENCY_SAMPLES + UINT32_MAX % LLMC__LATENCY_SAMPLES;
}

static int compare(const void *a, const void *b) {
    int64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest sample that at least `percent` of them do not pass. */
int64_t llmc__latency_percentile_us(const llmc__latency *latency, uint32_t percent) {
    int64_t sorted[LLMC__LATENCY_SAMPLES];
    uint32_t kept = latency->count < LLMC__LATENCY_SAMPLES ? latency->count : LLMC__LATENCY_SAMPLES;

    if (kept < LLMC__LATENCY_MIN)
        return -1;
    if (percent < 1)
        percent = 1;
    if (percent > 99)
        percent = 99;
    memcpy(sorted, latency->us, kept * sizeof(sorted[0]));
    qsort(sorted, kept, sizeof(sorted[0]), compare);
    return sorted[(percent * kept + 99) / 100 - 1];
}
