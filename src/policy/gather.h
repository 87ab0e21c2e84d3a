/*
 * How long a text waits for others to go with it. Decided from how fast texts came lately: as long as they keep coming
 * it is worth to wait, within the longest delay; when the stream of them pauses, or nobody else asks, it is not. Pure.
 */
#ifndef LLMC_POLICY_GATHER_H
#define LLMC_POLICY_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct llmc__gather {
    size_t max_texts, max_bytes; /* of one request; bytes 0: no limit */
    size_t max_flights;
    int64_t max_delay_us;

    size_t flights, last_sent; /* texts of the last request */
    int64_t first_us, last_us; /* when the oldest and the newest of those that wait came */
    int64_t gap_us;            /* between two texts, a moving mean; not above max_delay_us */
    bool hurry;                /* there is no timer: nothing waits for others */
} llmc__gather;

void llmc__gather_init(llmc__gather *gather, size_t max_texts, size_t max_bytes, size_t max_flights,
                       int64_t max_delay_us);
void llmc__gather_came(llmc__gather *gather, bool first, int64_t now_us); /* a text; `first`: none waited */
void llmc__gather_sent(llmc__gather *gather, size_t texts, int64_t now_us);
void llmc__gather_ended(llmc__gather *gather); /* a request */
void llmc__gather_hurry(llmc__gather *gather);

/* When a request is to be sent of what waits, 0: at once; INT64_MAX: nothing waits, or until a request has ended. */
int64_t llmc__gather_due(const llmc__gather *gather, size_t texts, size_t bytes);

#endif
