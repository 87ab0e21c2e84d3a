/* The rate limit and the random failures: what is refused before any script is looked at. */
#include "mock/speak.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"

/*
 * A request that comes within this time after the window's first 429, and within this part of the window, may have been
 * under way when that was sent. Later ones, and every one on a connection that brought a 429 itself, were sent by
 * somebody who had been told to wait. Programs under sanitizers take their time between deciding to send and sending.
 */
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define UNDER_WAY_US    ((int64_t)250 * 1000)
#define UNDER_WAY_PARTS 2
#else
#define UNDER_WAY_US    ((int64_t)100 * 1000)
#define UNDER_WAY_PARTS 4
#endif

static int64_t under_way_us(const llmc__mock_limit *limit) {
    int64_t part_us = limit->window_us / UNDER_WAY_PARTS;
    return part_us < UNDER_WAY_US ? part_us : UNDER_WAY_US;
}

/* SplitMix64 (https://prng.di.unimi.it/splitmix64.c describes it): any seed does, zero too. */
static uint64_t draw(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15ULL;
    uint64_t x = *state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/* Whether there is room in the window; makes a new one when the old is over. */
static bool admits(llmc__mock_limit *limit, int64_t now_us) {
    if (limit->window_end_us == 0 || now_us >= limit->window_end_us) {
        limit->window_end_us = now_us + limit->window_us;
        limit->used = 0;
        limit->told_at_us = 0;
    }
    if (limit->used < limit->requests) {
        limit->used++;
        return true;
    }
    return false;
}

static bool is_too_early(const llmc__mock_limit *limit, int64_t now_us, int64_t told_until_us) {
    if (now_us < told_until_us) {
        return true;
    }
    return limit->told_at_us != 0 && now_us < limit->window_end_us && now_us - limit->told_at_us > under_way_us(limit);
}

static void check_rate(llmc_mock *mock, int64_t now_us, int64_t *told_until_us, llmc__mock_verdict *out) {
    llmc__mock_limit *limit = &mock->shared.limit;
    llmc_mock_stats *stats = &mock->shared.stats;
    stats->too_early += is_too_early(limit, now_us, *told_until_us) ? 1 : 0;
    if (!admits(limit, now_us)) {
        out->status = 429;
        out->is_limited = true;
        stats->rate_limited++;
        limit->told_at_us = limit->told_at_us == 0 ? now_us : limit->told_at_us;
        *told_until_us = limit->window_end_us;
    }
    out->limit = limit->requests;
    out->remaining = limit->requests - limit->used;
    out->reset_us = limit->window_end_us - now_us;
}

void llmc__mock_limit_check_locked(llmc_mock *mock, int64_t *told_until_us, llmc__mock_verdict *out) {
    llmc__mock_limit *limit = &mock->shared.limit;
    memset(out, 0, sizeof *out);
    if (limit->requests > 0) {
        check_rate(mock, llmc__clock_us(), told_until_us, out);
    }
    if (out->status == 0 && limit->percent > 0 && draw(&limit->random) % 100 < limit->percent) {
        out->status = limit->status;
        out->resets = limit->status == 0;
        mock->shared.stats.failures++;
    }
}

static int64_t up_to(int64_t value, int64_t unit) {
    return (value + unit - 1) / unit;
}

static void put_line(llmc__mock_answer *answer, const char *name, const char *value) {
    llmc__mock_put_str(answer, answer->out, name);
    llmc__mock_put_str(answer, answer->out, ": ");
    llmc__mock_put_str(answer, answer->out, value);
    llmc__mock_put_str(answer, answer->out, "\r\n");
}

static void put_number(llmc__mock_answer *answer, const char *name, int64_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    put_line(answer, name, text);
}

/* Anthropic tells when by the clock, rounded up to the second (https://docs.claude.com/en/api/rate-limits). */
static void put_anthropic(llmc__mock_answer *answer) {
    const llmc__mock_verdict *verdict = &answer->verdict;
    char text[40];
    llmc__mock_loop_stamp(answer->created + 1 + up_to(verdict->reset_us, 1000000), text);
    put_number(answer, "anthropic-ratelimit-requests-limit", verdict->limit);
    put_number(answer, "anthropic-ratelimit-requests-remaining", verdict->remaining);
    put_line(answer, "anthropic-ratelimit-requests-reset", text);
}

/* OpenAI tells how long (https://platform.openai.com/docs/guides/rate-limits); most others have taken that over. */
static void put_openai(llmc__mock_answer *answer) {
    const llmc__mock_verdict *verdict = &answer->verdict;
    int64_t ms = up_to(verdict->reset_us, 1000);
    char text[40];
    (void)snprintf(text, sizeof text, "%lld.%03llds", (long long)(ms / 1000), (long long)(ms % 1000));
    put_number(answer, "x-ratelimit-limit-requests", verdict->limit);
    put_number(answer, "x-ratelimit-remaining-requests", verdict->remaining);
    put_line(answer, "x-ratelimit-reset-requests", text);
}

void llmc__mock_limit_headers(llmc__mock_answer *answer) {
    const llmc__mock_verdict *verdict = &answer->verdict;
    if (verdict->limit > 0) {
        if (answer->speaker == &llmc__mock_speak_anthropic) {
            put_anthropic(answer);
        } else {
            put_openai(answer);
        }
    }
    if (verdict->is_limited) {
        put_number(answer, "retry-after", up_to(verdict->reset_us, 1000000));
        put_number(answer, "retry-after-ms", up_to(verdict->reset_us, 1000));
    }
}

void llmc__mock_limit_body(llmc__mock_answer *answer) {
    const llmc__mock_verdict *verdict = &answer->verdict;
    const char *reason = llmc__mock_reason(verdict->status);
    char text[120];
    if (verdict->is_limited) {
        (void)snprintf(text, sizeof text, "Rate limit reached: %u requests in a window. Please try again in %lldms.",
                       (unsigned)verdict->limit, (long long)up_to(verdict->reset_us, 1000));
        reason = text;
    }
    llmc__mock_body_error(answer, verdict->status, (llmc__mock_span){reason, strlen(reason)});
}

llmc_status llmc_mock_set_rate_limit(llmc_mock *mock, uint32_t requests_per_window, int64_t window_ms) {
    if (mock == NULL || (requests_per_window > 0 && window_ms <= 0) || window_ms > INT64_MAX / 4000) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    llmc__mutex_lock(&mock->mutex);
    llmc__mock_limit *limit = &mock->shared.limit;
    limit->requests = requests_per_window;
    limit->window_us = window_ms * 1000;
    limit->window_end_us = 0;
    limit->told_at_us = 0;
    llmc__mutex_unlock(&mock->mutex);
    return LLMC_OK;
}

llmc_status llmc_mock_set_failure_rate(llmc_mock *mock, uint32_t percent, int status, uint64_t seed) {
    if (mock == NULL || percent > 100 || (status != 0 && (status < 400 || status > 599))) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    llmc__mutex_lock(&mock->mutex);
    mock->shared.limit.percent = percent;
    mock->shared.limit.status = status;
    mock->shared.limit.random = seed;
    llmc__mutex_unlock(&mock->mutex);
    return LLMC_OK;
}
