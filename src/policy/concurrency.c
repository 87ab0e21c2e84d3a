#include "policy/concurrency.h"

/*
 * AIMD as TCP does it: half of what was in flight when the provider complained, then one more for each whole round of
 * good answers (1 / limit for each of them). Loss, not delay, is the signal that the makers of concurrency-limits
 * advise for clients (Netflix/concurrency-limits, README).
 */
#define CUT 0.5
#define END 1.5 /* so much past the place of the last cut, the throttling is over */

void llmc__concurrency_init(llmc__concurrency *c) {
    c->limit = 0;
    c->in_flight = 0;
    c->high = 0;
    c->cut_us = -1;
}

static double clamped(double limit, const llmc__concurrency_policy *policy) {
    double floor = policy->floor > 1 ? policy->floor : 1;

    if (limit < floor)
        limit = floor;
    return policy->ceiling > 0 && limit > policy->ceiling ? policy->ceiling : limit;
}

uint32_t llmc__concurrency_limit(const llmc__concurrency *c, const llmc__concurrency_policy *policy) {
    if (!policy->adaptive || c->limit <= 0)
        return policy->ceiling;
    return (uint32_t)clamped(c->limit, policy);
}

bool llmc__concurrency_may(const llmc__concurrency *c, const llmc__concurrency_policy *policy) {
    uint32_t limit = llmc__concurrency_limit(c, policy);

    return limit == 0 || c->in_flight < limit;
}

void llmc__concurrency_start(llmc__concurrency *c) {
    c->in_flight++;
}

/* `in_flight` counts the one that was throttled. What ran is halved, not what was allowed: it was that which was too
 * much. */
static void cut(llmc__concurrency *c, const llmc__concurrency_policy *policy, uint32_t in_flight, int64_t now_us) {
    double base = in_flight;

    if (c->limit > 0 && c->limit < base)
        base = c->limit;
    c->limit = clamped(base * CUT, policy);
    c->high = in_flight;
    c->cut_us = now_us;
}

/* A limit that is not made use of is not proved by a good answer, so it does not grow. */
static void grow(llmc__concurrency *c, const llmc__concurrency_policy *policy, uint32_t in_flight) {
    if (c->limit <= 0 || in_flight < c->limit / 2)
        return;
    c->limit += 1 / c->limit;
    if (c->limit > c->high * END || (policy->ceiling > 0 && c->limit >= policy->ceiling))
        c->limit = 0;
}

void llmc__concurrency_end(llmc__concurrency *c, const llmc__concurrency_policy *policy, int64_t started_us,
                           int64_t now_us, llmc__concurrency_result result) {
    uint32_t in_flight = c->in_flight;

    if (c->in_flight > 0)
        c->in_flight--;
    if (!policy->adaptive || started_us <= c->cut_us)
        return; /* it left before the last cut: what it met there was cut for already */
    if (result == LLMC__CONCURRENCY_THROTTLED)
        cut(c, policy, in_flight, now_us);
    else if (result == LLMC__CONCURRENCY_OK)
        grow(c, policy, in_flight);
}
