/*
 * Limits on what requests may cost: in all, and in windows of time that begin at multiples of their length since 1970.
 * An estimate is reserved before a request is sent and settled when it has ended, so that many at once do not pass a
 * limit together. Amounts are billionths of a USD: they add up exactly. Time is passed in.
 */
#ifndef LLMC_POLICY_SPEND_H
#define LLMC_POLICY_SPEND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct llmc__spend {
    int64_t limit, window_limit; /* 0: none */
    int64_t window_s;
    int64_t spent, reserved;
    int64_t window, window_spent; /* the number of the window, and what was spent in it */
} llmc__spend;

typedef enum llmc__spend_verdict {
    LLMC__SPEND_GO = 0,   /* the amount is reserved */
    LLMC__SPEND_OVER_ALL, /* it and what is spent and reserved pass the limit */
    LLMC__SPEND_OVER_WINDOW
} llmc__spend_verdict;

/* USD to billionths, rounded up; what is too much for the type is the most there is. NaN and negative: 0. */
int64_t llmc__spend_nano(double usd);

void llmc__spend_init(llmc__spend *spend, int64_t limit, int64_t window_limit, int64_t window_s);

/* Reserves an amount of at least 0. */
llmc__spend_verdict llmc__spend_reserve(llmc__spend *spend, int64_t amount, int64_t wall_s);

/* Gives a reservation back and counts what it came to. */
void llmc__spend_settle(llmc__spend *spend, int64_t reserved, int64_t actual, int64_t wall_s);

/* Goes on to the window of that moment. */
void llmc__spend_roll(llmc__spend *spend, int64_t wall_s);

/* Until the window ends. */
int64_t llmc__spend_left_s(const llmc__spend *spend, int64_t wall_s);

#endif
