/*
 * What a provider's rate-limit headers tell: x-ratelimit-*, anthropic-ratelimit-*, Mistral's, Azure's and OpenRouter's
 * forms. Pure: fed one header line at a time.
 */
#ifndef LLMC_POLICY_RATES_H
#define LLMC_POLICY_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One limit; -1 where it was not told. */
typedef struct llmc__rate {
    int64_t limit, remaining;
    int64_t reset_ms; /* from now until the limit is whole again */
} llmc__rate;

/* The tightest of what was sent for each (Anthropic tells input and output tokens apart from tokens). */
typedef struct llmc__rates {
    llmc__rate requests, tokens;
} llmc__rates;

void llmc__rates_init(llmc__rates *rates);

/* Takes one header line; false when it is no rate-limit header or not readable. wall_ms: now, for RFC 3339 and epoch
 * forms. */
bool llmc__rates_take(llmc__rates *rates, const char *name, size_t name_len, const char *value, size_t value_len,
                      int64_t wall_ms);

/* Whether anything was told. */
bool llmc__rates_any(const llmc__rates *rates);

#endif
