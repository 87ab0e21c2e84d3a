#include "policy/retry.h"

#define MAX_HINT_JITTER_MS 1000

/* For values that are not negative. */
static int64_t add_capped(int64_t a, int64_t b) {
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t times_capped(int64_t a, int64_t b) {
    return b != 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
}

static int64_t at_least_0(int64_t a) {
    return a > 0 ? a : 0;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Of [0, most]. The 64 bits are many more than any wait has milliseconds: the remainder's bias is below one in 2^30. */
static int64_t draw(uint64_t random, int64_t most) {
    return (int64_t)(random % ((uint64_t)most + 1));
}

/* Another number of the same chance, so that the jitter of a hint does not go with that of the backoff (splitmix64). */
static uint64_t mixed(uint64_t random) {
    random = (random ^ (random >> 30)) * 0xbf58476d1ce4e5b9U;
    random = (random ^ (random >> 27)) * 0x94d049bb133111ebU;
    return random ^ (random >> 31);
}

static int64_t doubled(int64_t delay_ms, int32_t times) {
    for (; times > 0 && delay_ms > 0 && delay_ms < INT64_MAX; times--)
        delay_ms = times_capped(delay_ms, 2);
    return delay_ms;
}

int64_t llmc__retry_backoff_ms(const llmc__retry_policy *policy, int32_t retries_done, int64_t previous_ms,
                               uint64_t random) {
    int64_t delay = at_least_0(policy->delay_ms), most = at_least_0(policy->max_delay_ms);
    if (policy->jitter == LLMC_JITTER_DECORRELATED) {
        /* The first one is drawn as if one of `delay` had been before. */
        int64_t high = times_capped(larger(previous_ms, delay), 3);
        return smaller(most, delay + draw(random, high - delay));
    }
    int64_t step = smaller(most, doubled(delay, retries_done));
    return policy->jitter == LLMC_JITTER_NONE ? step : draw(random, step);
}

static int64_t hinted_ms(const llmc__retry_policy *policy, int64_t hint_ms, uint64_t random) {
    if (policy->jitter == LLMC_JITTER_NONE)
        return hint_ms;
    return add_capped(hint_ms, draw(mixed(random), smaller(hint_ms / 10, MAX_HINT_JITTER_MS)));
}

/* An attempt at the very end of the time left would only turn the provider's error into TIMEOUT_TOTAL. */
static bool is_past(const llmc__retry_question *question, int64_t delay_ms) {
    if (question->due_us == INT64_MAX)
        return false;
    int64_t delay_us = times_capped(delay_ms, 1000);
    if (question->now_us >= 0)
        return add_capped(question->now_us, delay_us) >= question->due_us;
    return question->now_us + delay_us >= question->due_us;
}

/* What the provider had a part in. What was refused or ended on this side is not the provider's to decide. */
static bool is_theirs(llmc_status status) {
    return status <= LLMC_ERR_RESOLVE || llmc__retry_class(status);
}

llmc__retry_verdict llmc__retry_decide(const llmc__retry_policy *policy, const llmc__retry_question *question,
                                       int64_t *delay_ms) {
    bool allowed = question->should_retry < 0 ? question->retryable : question->should_retry > 0;
    *delay_ms = 0;
    if (!allowed || !is_theirs(question->status))
        return LLMC__RETRY_NOT_THIS;
    if (question->committed)
        return LLMC__RETRY_COMMITTED;
    if (question->retries_done >= policy->max_retries)
        return LLMC__RETRY_USED_UP;
    if (question->hint_ms > at_least_0(policy->max_hint_ms))
        return LLMC__RETRY_HINT_TOO_LONG;
    int64_t delay = llmc__retry_backoff_ms(policy, question->retries_done, question->previous_ms, question->random);
    if (question->hint_ms >= 0)
        delay = larger(delay, hinted_ms(policy, question->hint_ms, question->random));
    if (is_past(question, delay))
        return LLMC__RETRY_PAST_DEADLINE;
    *delay_ms = delay;
    return LLMC__RETRY_GO;
}

bool llmc__retry_class(llmc_status status) {
    switch (status) {
    case LLMC_ERR_RATE_LIMITED:
    case LLMC_ERR_OVERLOADED:
    case LLMC_ERR_SERVER:
    case LLMC_ERR_RESOLVE:
    case LLMC_ERR_CONNECT:
    case LLMC_ERR_CONNECTION_LOST:
    case LLMC_ERR_INCOMPLETE:
    case LLMC_ERR_TIMEOUT_CONNECT:
    case LLMC_ERR_TIMEOUT_FIRST_BYTE:
    case LLMC_ERR_TIMEOUT_FIRST_CONTENT:
    case LLMC_ERR_TIMEOUT_IDLE:
        return true;
    default:
        return false;
    }
}

bool llmc__retry_elsewhere(llmc_status status) {
    switch (status) {
    case LLMC_ERR_QUOTA_EXHAUSTED:
    case LLMC_ERR_AUTH:
    case LLMC_ERR_PERMISSION:
    case LLMC_ERR_NOT_FOUND:
    case LLMC_ERR_CONTEXT_LENGTH:
    case LLMC_ERR_BREAKER_OPEN:
    case LLMC_ERR_TLS:
    case LLMC_ERR_BAD_RESPONSE:
    case LLMC_ERR_REDIRECT:
    case LLMC_ERR_MISSING_KEY:
    case LLMC_ERR_UNSUPPORTED:
        return true;
    default:
        return llmc__retry_class(status);
    }
}
