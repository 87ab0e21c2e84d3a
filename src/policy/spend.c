#include "policy/spend.h"

#include <math.h>

/* Sums of two such amounts do not overflow. */
#define MOST (INT64_MAX / 4)

int64_t llmc__spend_nano(double usd) {
    double nano = ceil(usd * 1e9 - 1e-6); /* a price of 0.1 is not 100000001 for being no binary fraction */
    if (!(nano > 0))
        return 0;
    return nano >= (double)MOST ? MOST : (int64_t)nano;
}

static int64_t plus(int64_t a, int64_t b) {
    return a + b < MOST ? a + b : MOST;
}

void llmc__spend_init(llmc__spend *spend, int64_t limit, int64_t window_limit, int64_t window_s) {
    *spend = (llmc__spend){.limit = limit, .window_limit = window_limit, .window_s = window_s > 0 ? window_s : 1};
}

/* A clock that is set back does not give spent money back. */
void llmc__spend_roll(llmc__spend *spend, int64_t wall_s) {
    int64_t window = wall_s / spend->window_s;
    if (window <= spend->window)
        return;
    spend->window = window;
    spend->window_spent = 0;
}

int64_t llmc__spend_left_s(const llmc__spend *spend, int64_t wall_s) {
    return (spend->window + 1) * spend->window_s - wall_s;
}

llmc__spend_verdict llmc__spend_reserve(llmc__spend *spend, int64_t amount, int64_t wall_s) {
    int64_t held;
    llmc__spend_roll(spend, wall_s);
    held = plus(spend->reserved, amount);
    if (spend->limit && plus(spend->spent, held) > spend->limit)
        return LLMC__SPEND_OVER_ALL;
    if (spend->window_limit && plus(spend->window_spent, held) > spend->window_limit)
        return LLMC__SPEND_OVER_WINDOW;
    spend->reserved = held;
    return LLMC__SPEND_GO;
}

void llmc__spend_settle(llmc__spend *spend, int64_t reserved, int64_t actual, int64_t wall_s) {
    llmc__spend_roll(spend, wall_s);
    spend->reserved = spend->reserved > reserved ? spend->reserved - reserved : 0;
    spend->spent = plus(spend->spent, actual);
    spend->window_spent = plus(spend->window_spent, actual);
}
