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

/* Limits that providers tell apart: all, of input, of output, of a project, a minute, an hour, a day, a month. */
#define LLMC__RATES_PARTS 8

/*
 * The tightest of what was sent for each (Anthropic tells input and output tokens apart from tokens, Cerebras minutes
 * and days): the one with the least remaining, its limit and its reset.
 */
typedef struct llmc__rates {
    llmc__rate requests, tokens;
    llmc__rate seen[2][LLMC__RATES_PARTS]; /* rates.c's own: what requests and tokens are chosen from */
} llmc__rates;

void llmc__rates_init(llmc__rates *rates);

/*
 * Takes one header line; false when it is no rate-limit header or not readable. wall_ms: now, for RFC 3339 and epoch
 * forms.
 */
bool llmc__rates_take(llmc__rates *rates, const char *name, size_t name_len, const char *value, size_t value_len,
                      int64_t wall_ms);

/* Whether anything was told. */
bool llmc__rates_any(const llmc__rates *rates);

#endif
