/*
 * Requests and tokens a minute of one key: two token buckets that refill continuously, fed by what the provider's
 * headers tell, and a cooldown after a 429. Tokens are reserved by estimate before sending and settled by the usage
 * afterwards. Pure: time is passed in; not locked. All amounts are checked against overflow; a request larger than a
 * whole bucket goes when the bucket is full and leaves it in debt.
 */
#ifndef LLMC_POLICY_LIMITER_H
#define LLMC_POLICY_LIMITER_H

#include <stdbool.h>
#include <stdint.h>
#include "policy/rates.h"

typedef struct llmc__bucket {
    int64_t per_minute; /* 0: no limit */
    int64_t level;      /* in parts of 1/60000000, what one a minute refills in a microsecond; negative: debt */
    int64_t at_us;      /* when level was true */
} llmc__bucket;

typedef struct llmc__limiter {
    llmc__bucket requests, tokens;
    int64_t not_before_us; /* cooldown; 0: none */
    int64_t held_until_us; /* by headers: remaining was 0; 0: none */
    int64_t told_left,
        told_left_us;   /* requests the provider said are left, and until when that word counts; -1: none */
    int64_t told_limit; /* of requests in a window; 0: not told */
    int64_t window_ms;  /* the longest reset told with that limit: a window is no shorter */
    bool unheard;       /* told_left is of a new window, of which no answer has told yet */
} llmc__limiter;

void llmc__limiter_init(llmc__limiter *limiter);

/* Sets the user's limits a minute; 0 for none. Buckets start full; a change keeps what was used and makes no debt of
 * it. */
void llmc__limiter_set(llmc__limiter *limiter, int64_t requests, int64_t tokens, int64_t now_us);

/* How long a request of `tokens` must wait: 0 now. Never negative, finite. */
int64_t llmc__limiter_wait_us(const llmc__limiter *limiter, int64_t tokens, int64_t now_us);

/* Whether a window has begun of which no answer has told, and as many requests as fit into one have left: the next
 * answer tells whether there is room for more. The wait is then no more than what a window lasts. */
bool llmc__limiter_unheard(const llmc__limiter *limiter, int64_t now_us);

/* Takes a request and reserves its tokens (whatever wait said). */
void llmc__limiter_take(llmc__limiter *limiter, int64_t tokens, int64_t now_us);
/* The attempt ended: `used` tokens by the provider's count; -1 unknown: the reservation stands. */
void llmc__limiter_settle(llmc__limiter *limiter, int64_t reserved, int64_t used, int64_t now_us);
/* Nothing was sent after all: request and tokens come back. */
void llmc__limiter_give_back(llmc__limiter *limiter, int64_t reserved, int64_t now_us);

/*
 * What the headers of an answer tell, as soon as they are there: with 0 remaining nothing goes before the reset; with n
 * remaining at most n more go before it. Answers overtake each other, and what they tell was true before the requests
 * that left since: so until the reset comes only a smaller number is believed over one that is known. After the reset
 * no more leave than the limit that was told, until an answer tells of the new window. The tokens that remain lower the
 * bucket of tokens. True: what was unheard is known now.
 */
bool llmc__limiter_observe(llmc__limiter *limiter, const llmc__rates *rates, int64_t now_us);

/* Nothing goes before now + ms; a shorter cooldown does not shorten a longer one. */
void llmc__limiter_cool(llmc__limiter *limiter, int64_t ms, int64_t now_us);

#endif
