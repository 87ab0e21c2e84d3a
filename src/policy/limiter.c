#include "policy/limiter.h"

/* One request or token in the parts that levels are counted in: whole numbers, so nothing is lost in rounding. */
#define UNIT INT64_C(60000000)
/* The largest amount and limit: a bucket and a debt of as much still differ by less than INT64_MAX parts. */
#define MOST       INT64_C(50000000000)
#define DEEPEST    (-MOST * UNIT)
#define LONGEST_US (INT64_MAX / 4) /* of a wait: it can still be added to any time */

static int64_t within(int64_t amount) {
    if (amount < 0)
        return 0;
    return amount > MOST ? MOST : amount;
}

static int64_t later(int64_t now_us, int64_t ms) {
    if (ms < 0)
        ms = 0;
    return ms > LONGEST_US / 1000 ? now_us + LONGEST_US : now_us + ms * 1000;
}

/* The level at now_us. A clock that stands or goes back refills nothing. */
static int64_t level_at(const llmc__bucket *bucket, int64_t now_us) {
    int64_t room = bucket->per_minute * UNIT - bucket->level;

    if (now_us <= bucket->at_us || room <= 0)
        return bucket->level;
    if (now_us - bucket->at_us >= room / bucket->per_minute + 1)
        return bucket->per_minute * UNIT;
    return bucket->level + (now_us - bucket->at_us) * bucket->per_minute;
}

/* Moves the level by `amount`, up to a full bucket and down to the deepest debt. */
static void change(llmc__bucket *bucket, int64_t amount, int64_t now_us) {
    int64_t full = bucket->per_minute * UNIT;
    int64_t level;

    if (bucket->per_minute == 0)
        return;
    level = level_at(bucket, now_us);
    if (amount > 0)
        level = amount * UNIT > full - level ? full : level + amount * UNIT;
    else
        level = amount * UNIT < DEEPEST - level ? DEEPEST : level + amount * UNIT;
    bucket->level = level;
    if (now_us > bucket->at_us)
        bucket->at_us = now_us;
}

static int64_t shorter(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* What does not fit into a whole bucket goes when it is full. */
static int64_t bucket_wait_us(const llmc__bucket *bucket, int64_t amount, int64_t now_us) {
    int64_t missing, wait_us;

    if (bucket->per_minute == 0)
        return 0;
    missing = shorter(amount, bucket->per_minute) * UNIT - level_at(bucket, now_us);
    if (missing <= 0)
        return 0;
    wait_us = missing / bucket->per_minute + (missing % bucket->per_minute > 0);
    if (wait_us >= LONGEST_US)
        return LONGEST_US;
    return bucket->at_us > now_us ? shorter(bucket->at_us - now_us, LONGEST_US - wait_us) + wait_us : wait_us;
}

/* What was used stays used, but it makes no debt of its own when the limit sinks below it. */
static void set_bucket(llmc__bucket *bucket, int64_t per_minute, int64_t now_us) {
    int64_t at_us = now_us > bucket->at_us ? now_us : bucket->at_us;
    int64_t level = level_at(bucket, now_us);
    int64_t used = bucket->per_minute > 0 ? bucket->per_minute * UNIT - level : 0;
    int64_t least = level < 0 ? level : 0;

    *bucket = (llmc__bucket){.per_minute = per_minute, .at_us = at_us};
    level = per_minute * UNIT - used;
    if (per_minute > 0)
        bucket->level = level > least ? level : least;
}

void llmc__limiter_init(llmc__limiter *limiter) {
    *limiter = (llmc__limiter){.told_left = -1};
}

void llmc__limiter_set(llmc__limiter *limiter, int64_t requests, int64_t tokens, int64_t now_us) {
    set_bucket(&limiter->requests, within(requests), now_us);
    set_bucket(&limiter->tokens, within(tokens), now_us);
}

/* Whether the number of requests that are left is still to be kept. */
static bool told(const llmc__limiter *limiter, int64_t now_us) {
    return limiter->told_left >= 0 && now_us < limiter->told_left_us;
}

static int64_t until(int64_t wait_us, int64_t time_us, int64_t now_us) {
    return time_us > now_us && time_us - now_us > wait_us ? time_us - now_us : wait_us;
}

int64_t llmc__limiter_wait_us(const llmc__limiter *limiter, int64_t tokens, int64_t now_us) {
    int64_t wait_us = bucket_wait_us(&limiter->requests, 1, now_us);
    int64_t tokens_us = bucket_wait_us(&limiter->tokens, within(tokens), now_us);

    if (tokens_us > wait_us)
        wait_us = tokens_us;
    wait_us = until(wait_us, limiter->not_before_us, now_us);
    wait_us = until(wait_us, limiter->held_until_us, now_us);
    if (told(limiter, now_us) && limiter->told_left == 0)
        wait_us = until(wait_us, limiter->told_left_us, now_us);
    return wait_us;
}

bool llmc__limiter_unheard(const llmc__limiter *limiter, int64_t now_us) {
    return told(limiter, now_us) && limiter->told_left == 0 && limiter->unheard && now_us >= limiter->not_before_us &&
           now_us >= limiter->held_until_us;
}

/* The first request after the last word's reset: it begins a window, of which only the limit is known. */
static void begin_window(llmc__limiter *limiter, int64_t now_us) {
    if (limiter->told_limit == 0 || told(limiter, now_us))
        return;
    limiter->told_left = limiter->told_limit;
    limiter->told_left_us = later(now_us, limiter->window_ms);
    limiter->unheard = true;
}

void llmc__limiter_take(llmc__limiter *limiter, int64_t tokens, int64_t now_us) {
    change(&limiter->requests, -1, now_us);
    change(&limiter->tokens, -within(tokens), now_us);
    begin_window(limiter, now_us);
    if (told(limiter, now_us) && limiter->told_left > 0)
        limiter->told_left--;
}

void llmc__limiter_settle(llmc__limiter *limiter, int64_t reserved, int64_t used, int64_t now_us) {
    if (used >= 0)
        change(&limiter->tokens, within(reserved) - within(used), now_us);
}

void llmc__limiter_give_back(llmc__limiter *limiter, int64_t reserved, int64_t now_us) {
    change(&limiter->requests, 1, now_us);
    change(&limiter->tokens, within(reserved), now_us);
    if (told(limiter, now_us) && limiter->told_left < INT64_MAX)
        limiter->told_left++;
}

/* The window's size and length. */
static void learn_window(llmc__limiter *limiter, const llmc__rate *rate) {
    if (rate->limit <= 0 || rate->reset_ms <= 0)
        return;
    if (rate->limit != limiter->told_limit || rate->reset_ms > limiter->window_ms)
        limiter->window_ms = rate->reset_ms;
    limiter->told_limit = rate->limit;
}

/* The first word of a new window tells when it ends; those that left since its request was served it does not count. */
static void hear(llmc__limiter *limiter, const llmc__rate *rate, int64_t limit_before, int64_t until_us) {
    if (rate->limit > limit_before)
        limiter->told_left += rate->limit - limit_before;
    limiter->told_left = shorter(limiter->told_left, rate->remaining);
    limiter->told_left_us = until_us;
    limiter->unheard = false;
}

static void observe_requests(llmc__limiter *limiter, int64_t left, int64_t until_us, int64_t now_us) {
    if (told(limiter, now_us)) {
        if (left >= limiter->told_left)
            return; /* the same word, from before those that left since */
        if (until_us < limiter->told_left_us)
            until_us = limiter->told_left_us;
    }
    limiter->told_left = left;
    limiter->told_left_us = until_us;
    limiter->unheard = false;
}

static void hold(llmc__limiter *limiter, const llmc__rate *rate, int64_t now_us) {
    int64_t until_us = later(now_us, rate->reset_ms);

    if (rate->remaining == 0 && rate->reset_ms > 0 && until_us > limiter->held_until_us)
        limiter->held_until_us = until_us;
}

static void observe_tokens(llmc__limiter *limiter, int64_t left, int64_t now_us) {
    if (left < 0 || left >= limiter->tokens.per_minute)
        return;
    change(&limiter->tokens, 0, now_us);
    if (limiter->tokens.level > left * UNIT)
        limiter->tokens.level = left * UNIT;
}

bool llmc__limiter_observe(llmc__limiter *limiter, const llmc__rates *rates, int64_t now_us) {
    const llmc__rate *requests = &rates->requests;
    int64_t until_us = later(now_us, requests->reset_ms), limit_before = limiter->told_limit;
    bool was_unheard = llmc__limiter_unheard(limiter, now_us);

    learn_window(limiter, requests);
    hold(limiter, requests, now_us);
    hold(limiter, &rates->tokens, now_us);
    if (requests->remaining > 0 && requests->reset_ms > 0) {
        if (limiter->unheard && told(limiter, now_us) && requests->limit > 0)
            hear(limiter, requests, limit_before, until_us);
        else
            observe_requests(limiter, requests->remaining, until_us, now_us);
    }
    observe_tokens(limiter, rates->tokens.remaining, now_us);
    return was_unheard && !llmc__limiter_unheard(limiter, now_us);
}

void llmc__limiter_cool(llmc__limiter *limiter, int64_t ms, int64_t now_us) {
    int64_t until_us = later(now_us, ms);

    if (until_us > limiter->not_before_us)
        limiter->not_before_us = until_us;
}
