/*
 * When a provider says to come back: Retry-After and its kin, and the durations and dates that rate-limit headers use.
 * Pure: the wall clock is passed in.
 */
#ifndef LLMC_POLICY_HINT_H
#define LLMC_POLICY_HINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values of the response's headers; NULL for those not sent. */
typedef struct llmc__hint_headers {
    const char *retry_after_ms;
    const char *retry_after;    /* seconds, with a fraction or not, an HTTP date in any of its three forms, or "6m0s" */
    const char *x_should_retry; /* "true", "false" */
    const char *date;           /* the server's own clock: dates are read against it, so that skew does not matter */
} llmc__hint_headers;

typedef struct llmc__hint {
    int64_t after_ms; /* -1: not told (or not readable: garbage, NaN, infinite); 0 for a date that has passed */
    int should_retry; /* 1, 0; -1 not told */
} llmc__hint;

/* retry-after-ms counts before retry-after, as the official SDKs read them. wall_ms stands in when there is no Date. */
void llmc__hint_read(const llmc__hint_headers *headers, int64_t wall_ms, llmc__hint *out);

/* From now until then: 0 for what has passed, INT64_MAX for what is too far. */
int64_t llmc__hint_until(int64_t then_ms, int64_t now_ms);

/*
 * "12ms", "17.56s", "6m0s", "1h2m3s", "48s"; a bare number is seconds. False when it is none of these. Rounded up to
 * the millisecond, so as never to come too soon; what is too large for *ms becomes INT64_MAX.
 */
bool llmc__hint_duration(const char *text, size_t len, int64_t *ms);
/*
 * IMF-fixdate, RFC 850 and asctime forms (RFC 9110 section 5.6.7). wall_ms: now, which the two digits of an RFC 850
 * year are read by.
 */
bool llmc__hint_http_date(const char *text, size_t len, int64_t wall_ms, int64_t *unix_ms);
/* "2026-11-24T03:35:45Z", fractions and offsets too. */
bool llmc__hint_rfc3339(const char *text, size_t len, int64_t *unix_ms);

#endif
