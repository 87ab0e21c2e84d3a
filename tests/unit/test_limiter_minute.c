/* What the limiter lets through, seen from outside: over any minute, and by a provider that counts for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "policy/limiter.h"
#include "support_random.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define START  (1000 * SECOND)
#define SENT   20000

static struct { int64_t at, tokens; } sent[SENT];

/* Asks as greedily as it can, with pauses at times; the reservations are what is used. */
static void send_all(llmc__limiter *limiter, support_random *random, int64_t largest) {
    int64_t now = START, wait_us, tokens;

    for (size_t i = 0; i < SENT; i++) {
        tokens = support_random_below(random, (uint32_t)largest) + 1;
        if (support_random_percent(random, 1))
            now += support_random_below(random, 200) * SECOND;
        while ((wait_us = llmc__limiter_wait_us(limiter, tokens, now)) > 0)
            now += 1 + (int64_t)(support_random_next(random) % (uint64_t)wait_us);
        llmc__limiter_take(limiter, tokens, now);
        sent[i].at = now;
        sent[i].tokens = tokens;
    }
}

/* In no minute more than these. */
static void check_minutes(int64_t most_requests, int64_t most_tokens) {
    int64_t requests = 0, tokens = 0, top_requests = 0, top_tokens = 0;
    size_t first = 0;

    for (size_t i = 0; i < SENT; i++) {
        requests++;
        tokens += sent[i].tokens;
        for (; sent[i].at - sent[first].at > MINUTE; first++) {
            requests--;
            tokens -= sent[first].tokens;
        }
        top_requests = requests > top_requests ? requests : top_requests;
        top_tokens = tokens > top_tokens ? tokens : top_tokens;
    }
    printf("at most %lld of %lld requests and %lld of %lld tokens in a minute\n", (long long)top_requests,
           (long long)most_requests, (long long)top_tokens, (long long)most_tokens);
    assert_true(top_requests <= most_requests);
    assert_true(top_tokens <= most_tokens);
}

static void any_minute_is_limit_and_one_burst(void **state) {
    support_random random;
    llmc__limiter limiter;

    (void)state;
    support_random_begin(&random, "limiter minute");
    llmc__limiter_init(&limiter);
    llmc__limiter_set(&limiter, 300, 100000, START);
    send_all(&limiter, &random, 2000);
    check_minutes(2 * 300, 2 * 100000);
    llmc__limiter_init(&limiter);
    llmc__limiter_set(&limiter, 300, 10000, START);
    send_all(&limiter, &random, 50000); /* one that is larger than the bucket leaves as its debt what is above it */
    check_minutes(2 * 300, 2 * 10000 + 50000);
}

static void limits_are_used(void **state) {
    int64_t taken = 0, now;
    llmc__limiter limiter;

    (void)state;
    llmc__limiter_init(&limiter);
    llmc__limiter_set(&limiter, 0, 60000, START);
    for (now = START; now < START + 60 * MINUTE; now += llmc__limiter_wait_us(&limiter, 700, now)) {
        llmc__limiter_take(&limiter, 1000, now);
        llmc__limiter_settle(&limiter, 1000, 700, now); /* thought to be more than it is */
        taken += 700;
    }
    assert_true(taken >= 60000 * 60 / 100 * 99);
    assert_true(taken <= 60000 * 61 + 700);
}

/* A provider that counts requests in windows of its own; its answers come out of order. */
#define WINDOW_US (20 * SECOND)
#define WINDOW    25
#define FLYING    64

typedef struct {
    bool flying;
    int64_t sent_at, back_at, left, reset_us; /* the header's words are of sent_at */
} flight;

static void answer(llmc__limiter *limiter, flight *f) {
    int64_t reset_ms = (f->reset_us + 999) / 1000; /* rounded up, as providers do */
    llmc__rates rates = {.requests = {WINDOW, f->left, reset_ms}, .tokens = {-1, -1, -1}};

    llmc__limiter_observe(limiter, &rates, f->back_at);
    f->flying = false;
}

/* A client that knows nothing but headers sends one by one: none is refused once it has heard the first. */
static void headers_alone_avoid_refusals(void **state) {
    int64_t now = START, left = WINDOW, window_end = START + WINDOW_US;
    uint32_t refused = 0, served = 0;
    support_random random;
    llmc__limiter limiter;
    flight f;

    (void)state;
    support_random_begin(&random, "limiter headers");
    llmc__limiter_init(&limiter);
    for (int i = 0; i < 20000; i++) {
        now += llmc__limiter_wait_us(&limiter, 1, now);
        for (; now >= window_end; window_end += WINDOW_US)
            left = WINDOW;
        llmc__limiter_take(&limiter, 1, now);
        refused += left == 0;
        served += left > 0;
        left -= left > 0;
        f = (flight){true, now, now + support_random_below(&random, 100000), left, window_end - now};
        answer(&limiter, &f);
        now = f.back_at;
    }
    assert_int_equal(refused, 0);
    assert_int_equal(served, 20000);
}

/*
 * Many out at once, whose answers overtake each other. What left before the first word of a window was heard can be too
 * much; older words that come later must not make it more: less than one refusal a window.
 */
static void overtaking_answers_do_not_mislead(void **state) {
    int64_t now = START, left = WINDOW, window_end = START + WINDOW_US;
    uint32_t refused = 0, served = 0, i;
    flight flights[FLYING], *f;
    support_random random;
    llmc__limiter limiter;

    (void)state;
    memset(flights, 0, sizeof(flights));
    support_random_begin(&random, "limiter overtaking");
    llmc__limiter_init(&limiter);
    while (served < 20000) {
        now += 1 + support_random_below(&random, 20000);
        for (; now >= window_end; window_end += WINDOW_US)
            left = WINDOW;
        for (i = 0; i < FLYING; i++)
            if (flights[i].flying && flights[i].back_at <= now)
                answer(&limiter, &flights[i]);
        f = &flights[support_random_below(&random, FLYING)];
        if (f->flying || llmc__limiter_wait_us(&limiter, 1, now) > 0)
            continue;
        llmc__limiter_take(&limiter, 1, now);
        refused += left == 0;
        served += left > 0;
        left -= left > 0;
        *f = (flight){true, now, now + support_random_below(&random, 300000), left, window_end - now};
    }
    printf("%u served, %u refused\n", served, refused);
    assert_true(refused < served / WINDOW);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_minute_is_limit_and_one_burst),
        cmocka_unit_test(limits_are_used),
        cmocka_unit_test(headers_alone_avoid_refusals),
        cmocka_unit_test(overtaking_answers_do_not_mislead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
