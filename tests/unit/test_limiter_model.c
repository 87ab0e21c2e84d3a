/*
 * The limiter against a second one that is written from its description alone: it keeps what is used instead of what is
 * left, in numbers too wide to overflow, every hold and cooldown it was ever told, and finds how long to wait by
 * trying.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "policy/limiter.h"
#include "support_random.h"

#define STEPS    1000000
#define A_LIFE   2000 /* steps before all starts again with other limits */
#define OUT      16   /* attempts out at once */
#define MOST     INT64_C(50000000000)
#define PARTS    60000000
#define WAIT_MAX (INT64_MAX / 4)
#define SECOND   INT64_C(1000000)

__extension__ typedef __int128 wide;

typedef struct {
    int64_t limit; /* a minute; 0 none */
    wide used;     /* in parts of 1/60000000, drains by `limit` a microsecond; more than a bucket: debt */
    int64_t last;
} bucket;

static struct {
    bucket requests, tokens;
    int64_t barriers[A_LIFE]; /* nothing goes before any of these */
    size_t barrier_count;
    int64_t said, said_until,
        taken;          /* `said` may go before said_until, `taken` went since; said_until 0: nothing said */
    int64_t size, span; /* of a window: `size` (0: unknown) in `span`; */
    bool assumed;       /* `said` is its size, and not what was said */
} ours;

static int64_t amount_of(int64_t amount) {
    return amount < 0 ? 0 : amount > MOST ? MOST : amount;
}

static wide used_at(const bucket *b, int64_t now) {
    wide used = b->used;

    if (now > b->last)
        used -= (wide)(now - b->last) * b->limit;
    return used > 0 ? used : 0;
}

static void use(bucket *b, int64_t amount, int64_t now) {
    wide most = (wide)b->limit * PARTS + (wide)MOST * PARTS;

    if (b->limit == 0)
        return;
    b->used = used_at(b, now) + (wide)amount * PARTS;
    if (b->used < 0)
        b->used = 0;
    if (b->used > most)
        b->used = most;
    if (now > b->last)
        b->last = now;
}

static bool fits(const bucket *b, int64_t amount, int64_t now) {
    if (b->limit == 0)
        return true;
    if (amount > b->limit)
        amount = b->limit;
    return used_at(b, now) + (wide)amount * PARTS <= (wide)b->limit * PARTS;
}

static bool may_go(int64_t tokens, int64_t now) {
    size_t i;

    for (i = 0; i < ours.barrier_count; i++)
        if (now < ours.barriers[i])
            return false;
    if (now < ours.said_until && ours.taken >= ours.said)
        return false;
    return fits(&ours.requests, 1, now) && fits(&ours.tokens, amount_of(tokens), now);
}

/* The shortest wait after which it may go, by halving: going is for ever once it is possible, if nothing is taken. */
static int64_t model_wait(int64_t tokens, int64_t now) {
    int64_t no = -1, yes = WAIT_MAX;

    if (may_go(tokens, now))
        return 0;
    while (yes - no > 1) {
        int64_t middle = no + (yes - no) / 2;

        if (may_go(tokens, now + middle))
            yes = middle;
        else
            no = middle;
    }
    return yes;
}

static void model_set_one(bucket *b, int64_t limit, int64_t now) {
    wide used = used_at(b, now), debt = used - (wide)b->limit * PARTS;

    if (debt < 0)
        debt = 0;
    if (b->limit == 0)
        used = debt = 0;
    if (used > (wide)limit * PARTS + debt)
        used = (wide)limit * PARTS + debt;
    b->limit = limit;
    b->used = limit > 0 ? used : 0;
    if (now > b->last)
        b->last = now;
}

static void model_barrier(int64_t at) {
    assert_true(ours.barrier_count < A_LIFE);
    ours.barriers[ours.barrier_count++] = at;
}

static int64_t model_left(void) {
    return ours.taken < ours.said ? ours.said - ours.taken : 0;
}

static void model_say(int64_t left, int64_t until) {
    ours.said = left;
    ours.taken = 0;
    ours.said_until = until;
    ours.assumed = false;
}

/* More fits in than was assumed, or less is left. */
static void model_first_word(const llmc__rate *rate, int64_t size_before, int64_t until) {
    int64_t left = model_left() + (rate->limit > size_before ? rate->limit - size_before : 0);

    model_say(rate->remaining < left ? rate->remaining : left, until);
}

static void model_learn(const llmc__rate *rate) {
    if (rate->limit <= 0 || rate->reset_ms <= 0)
        return;
    if (ours.size != rate->limit)
        ours.span = 0;
    ours.size = rate->limit;
    if (ours.span < rate->reset_ms * 1000)
        ours.span = rate->reset_ms * 1000;
}

static void model_take_said(int64_t now) {
    if (ours.size > 0 && now >= ours.said_until) {
        model_say(ours.size, now + ours.span);
        ours.assumed = true;
    }
    if (now < ours.said_until && ours.taken < ours.said)
        ours.taken++;
}

static void model_observe(const llmc__rates *rates, int64_t now) {
    wide left = (wide)rates->tokens.remaining * PARTS, full = (wide)ours.tokens.limit * PARTS;
    int64_t size_before = ours.size;

    model_learn(&rates->requests);
    if (rates->requests.remaining == 0 && rates->requests.reset_ms > 0)
        model_barrier(now + rates->requests.reset_ms * 1000);
    if (rates->tokens.remaining == 0 && rates->tokens.reset_ms > 0)
        model_barrier(now + rates->tokens.reset_ms * 1000);
    if (rates->requests.remaining > 0 && rates->requests.reset_ms > 0) {
        int64_t until = now + rates->requests.reset_ms * 1000;
        bool known = now < ours.said_until;

        if (known && ours.assumed && rates->requests.limit > 0)
            model_first_word(&rates->requests, size_before, until);
        else if (!known || rates->requests.remaining < model_left())
            model_say(rates->requests.remaining, known && ours.said_until > until ? ours.said_until : until);
    }
    if (left >= 0 && left < full) {
        use(&ours.tokens, 0, now);
        if (ours.tokens.used < full - left)
            ours.tokens.used = full - left;
    }
}

static int64_t random_limit(support_random *random) {
    static const int64_t limits[] = {0, 0, 1, 2, 3, 7, 60, 500, 10000, 2000000, MOST, INT64_MAX, -1};

    return limits[support_random_below(random, 13)];
}

static int64_t random_tokens(support_random *random) {
    uint32_t size = support_random_below(random, 12);

    return size == 0 ? 0
                     : (int64_t)support_random_below(random, UINT32_C(1) << size) << support_random_below(random, 12);
}

static void both_set(llmc__limiter *limiter, support_random *random, int64_t now) {
    int64_t requests = random_limit(random), tokens = random_limit(random);

    llmc__limiter_set(limiter, requests, tokens, now);
    model_set_one(&ours.requests, amount_of(requests), now);
    model_set_one(&ours.tokens, amount_of(tokens), now);
}

static void both_observe(llmc__limiter *limiter, support_random *random, int64_t now) {
    llmc__rates rates = {.requests = {-1, -1, -1}, .tokens = {-1, -1, -1}};
    int64_t reset_ms = support_random_below(random, 3) * (int64_t)support_random_below(random, 3000);

    if (support_random_percent(random, 60))
        rates.requests = (llmc__rate){(int64_t)support_random_below(random, 14) - 1,
                                      (int64_t)support_random_below(random, 12) - 1, reset_ms - 1};
    if (support_random_percent(random, 40))
        rates.tokens = (llmc__rate){-1, random_tokens(random) - 1, reset_ms - 1};
    llmc__limiter_observe(limiter, &rates, now);
    model_observe(&rates, now);
}

static void both_give_back(llmc__limiter *limiter, int64_t reserved, int64_t now) {
    llmc__limiter_give_back(limiter, reserved, now);
    use(&ours.requests, -1, now);
    use(&ours.tokens, -amount_of(reserved), now);
    if (now < ours.said_until)
        ours.taken--;
}

static void both_take(llmc__limiter *limiter, int64_t tokens, int64_t now) {
    llmc__limiter_take(limiter, tokens, now);
    use(&ours.requests, 1, now);
    use(&ours.tokens, amount_of(tokens), now);
    model_take_said(now);
}

static void both_settle(llmc__limiter *limiter, support_random *random, int64_t reserved, int64_t now) {
    int64_t used = support_random_percent(random, 20) ? -1 : random_tokens(random);

    llmc__limiter_settle(limiter, reserved, used, now);
    if (used >= 0)
        use(&ours.tokens, amount_of(used) - amount_of(reserved), now);
}

static int64_t random_span(support_random *random) {
    switch (support_random_below(random, 10)) {
    case 0:
        return -(int64_t)support_random_below(random, 50); /* a clock that goes back a little */
    case 1:
        return support_random_below(random, 120) * SECOND;
    case 2:
        return support_random_percent(random, 1) ? (int64_t)1 << 50 : 0;
    case 3:
        return support_random_below(random, 5000000);
    default:
        return support_random_below(random, 20000);
    }
}

static int64_t out[OUT]; /* what was reserved; -1 for none */

static void step(llmc__limiter *limiter, support_random *random, int64_t *now, int64_t wait_us, int64_t tokens) {
    int64_t *slot = &out[support_random_below(random, OUT)];
    uint32_t kind = support_random_below(random, 1000);

    if (kind < 5) {
        both_set(limiter, random, *now);
    } else if (kind < 30) {
        both_observe(limiter, random, *now);
    } else if (kind < 35) {
        int64_t ms = support_random_below(random, 20000);

        llmc__limiter_cool(limiter, ms, *now);
        model_barrier(*now + ms * 1000);
    } else if (kind < 300) {
        *now += random_span(random);
    } else if (kind < 400 && wait_us < 1000 * SECOND) {
        *now += wait_us;
    } else if (*slot >= 0) {
        if (support_random_percent(random, 20))
            both_give_back(limiter, *slot, *now);
        else
            both_settle(limiter, random, *slot, *now);
        *slot = -1;
    } else if (wait_us == 0 || support_random_percent(random, 3)) {
        both_take(limiter, tokens, *now);
        *slot = tokens;
    }
}

static void random_steps_do_not_diverge(void **state) {
    uint32_t steps = support_random_steps(STEPS), i, waited = 0;
    int64_t now = 1000 * SECOND, tokens, wait_us;
    support_random random;
    llmc__limiter limiter;

    (void)state;
    support_random_begin(&random, "limiter");
    for (i = 0; i < steps; i++) {
        if (i % A_LIFE == 0) {
            memset(&ours, 0, sizeof(ours));
            memset(out, -1, sizeof(out));
            llmc__limiter_init(&limiter);
            now = (int64_t)(support_random_next(&random) >> 12); /* up to 142 years */
            both_set(&limiter, &random, now);
        }
        tokens = random_tokens(&random);
        wait_us = llmc__limiter_wait_us(&limiter, tokens, now);
        if (wait_us == 0 || i % 4 == 0)
            assert_int_equal(wait_us, model_wait(tokens, now));
        assert_int_equal(wait_us == 0, may_go(tokens, now));
        waited += wait_us > 0;
        step(&limiter, &random, &now, wait_us, tokens);
    }
    printf("limiter: %u steps, had to wait in %u\n", steps, waited);
    assert_true(waited > steps / 20 && waited < steps / 20 * 19);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_steps_do_not_diverge)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
