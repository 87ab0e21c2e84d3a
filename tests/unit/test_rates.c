#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "policy/rates.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MAX_LINES    14

/* Tue, 24 Nov 2026 03:35:45 GMT */
#define NOW INT64_C(1795491345000)

typedef struct line {
    const char *name, *value;
} line;

typedef struct answer_row {
    const char *who;
    line lines[MAX_LINES]; /* all of them are taken */
    llmc__rate requests, tokens;
} answer_row;

static bool take(llmc__rates *rates, const char *name, const char *value) {
    return llmc__rates_take(rates, name, strlen(name), value, strlen(value), NOW);
}

static bool same(const llmc__rate *a, const llmc__rate *b) {
    return a->limit == b->limit && a->remaining == b->remaining && a->reset_ms == b->reset_ms;
}

static void compare(const answer_row *row, const llmc__rates *rates) {
    if (!same(&rates->requests, &row->requests) || !same(&rates->tokens, &row->tokens))
        fail_msg("%s: requests %lld %lld %lld, tokens %lld %lld %lld", row->who, (long long)rates->requests.limit,
                 (long long)rates->requests.remaining, (long long)rates->requests.reset_ms,
                 (long long)rates->tokens.limit, (long long)rates->tokens.remaining, (long long)rates->tokens.reset_ms);
}

/* In the order given and the other way round: the order of headers says nothing. */
static void check(const answer_row *row) {
    llmc__rates forth, back;
    size_t count = 0;
    llmc__rates_init(&forth);
    llmc__rates_init(&back);
    assert_false(llmc__rates_any(&forth));
    while (count < MAX_LINES && row->lines[count].name != NULL)
        count++;
    for (size_t i = 0; i < count; i++) {
        const line *last = &row->lines[count - 1 - i];
        if (!take(&forth, row->lines[i].name, row->lines[i].value) || !take(&back, last->name, last->value))
            fail_msg("%s: %s or %s is not taken", row->who, row->lines[i].name, last->name);
        assert_true(llmc__rates_any(&forth));
    }
    compare(row, &forth);
    compare(row, &back);
}

static void check_all(const answer_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        check(&rows[i]);
}

static void test_openai_and_alike(void **state) {
    static const answer_row rows[] = {
        {"openai",
         {{"x-ratelimit-limit-requests", "10000"},
          {"x-ratelimit-limit-tokens", "200000"},
          {"x-ratelimit-remaining-requests", "9999"},
          {"x-ratelimit-remaining-tokens", "199970"},
          {"x-ratelimit-reset-requests", "8.64s"},
          {"x-ratelimit-reset-tokens", "6m0s"}},
         {10000, 9999, 8640},
         {200000, 199970, 360000}},
        {"openai with a project's limit, that one being tighter",
         {{"x-ratelimit-limit-tokens", "200000"},
          {"x-ratelimit-remaining-tokens", "199970"},
          {"x-ratelimit-reset-tokens", "9ms"},
          {"x-ratelimit-limit-project-tokens", "1000"},
          {"x-ratelimit-remaining-project-tokens", "3"},
          {"x-ratelimit-reset-project-tokens", "17ms"}},
         {-1, -1, -1},
         {1000, 3, 17}},
        {"groq",
         {{"x-ratelimit-limit-requests", "14400"},
          {"x-ratelimit-limit-tokens", "12000"},
          {"x-ratelimit-remaining-requests", "14399"},
          {"x-ratelimit-remaining-tokens", "11994"},
          {"x-ratelimit-reset-requests", "2m59.56s"},
          {"x-ratelimit-reset-tokens", "30ms"}},
         {14400, 14399, 179560},
         {12000, 11994, 30}},
    };
    (void)state;
    check_all(rows, COUNT(rows));
}

static void test_anthropic(void **state) {
    static const answer_row rows[] = {
        {"anthropic: output tokens are the tightest",
         {{"anthropic-ratelimit-requests-limit", "4000"},
          {"anthropic-ratelimit-requests-remaining", "3999"},
          {"anthropic-ratelimit-requests-reset", "2026-11-24T03:35:46Z"},
          {"anthropic-ratelimit-tokens-limit", "480000"},
          {"anthropic-ratelimit-tokens-remaining", "470000"},
          {"anthropic-ratelimit-tokens-reset", "2026-11-24T03:36:45Z"},
          {"anthropic-ratelimit-input-tokens-limit", "400000"},
          {"anthropic-ratelimit-input-tokens-remaining", "399000"},
          {"anthropic-ratelimit-input-tokens-reset", "2026-11-24T03:35:45Z"},
          {"anthropic-ratelimit-output-tokens-limit", "80000"},
          {"anthropic-ratelimit-output-tokens-remaining", "71000"},
          {"anthropic-ratelimit-output-tokens-reset", "2026-11-24T03:35:55Z"}},
         {4000, 3999, 1000},
         {80000, 71000, 10000}},
        {"anthropic: the whole is tighter than its parts",
         {{"anthropic-ratelimit-tokens-limit", "480000"},
          {"anthropic-ratelimit-tokens-remaining", "0"},
          {"anthropic-ratelimit-tokens-reset", "2026-11-24T03:36:45Z"},
          {"anthropic-ratelimit-input-tokens-limit", "400000"},
          {"anthropic-ratelimit-input-tokens-remaining", "399000"},
          {"anthropic-ratelimit-input-tokens-reset", "2026-11-24T05:35:45Z"}},
         {-1, -1, -1},
         {480000, 0, 60000}},
        {"two are used up: the later reset",
         {{"anthropic-ratelimit-input-tokens-remaining", "0"},
          {"anthropic-ratelimit-input-tokens-reset", "2026-11-24T03:35:46Z"},
          {"anthropic-ratelimit-output-tokens-remaining", "0"},
          {"anthropic-ratelimit-output-tokens-reset", "2026-11-24T03:35:49Z"}},
         {-1, -1, -1},
         {-1, 0, 4000}},
    };
    (void)state;
    check_all(rows, COUNT(rows));
}

static void test_other_vendors(void **state) {
    static const answer_row rows[] = {
        {"azure",
         {{"x-ratelimit-limit-requests", "50"},
          {"x-ratelimit-remaining-requests", "49"},
          {"x-ratelimit-reset-requests", "1"},
          {"x-ratelimit-limit-tokens", "50000"},
          {"x-ratelimit-remaining-tokens", "49362"},
          {"x-ratelimit-reset-tokens", "0"}},
         {50, 49, 1000},
         {50000, 49362, 0}},
        {"openrouter",
         {{"X-RateLimit-Limit", "1"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795491405000"}},
         {1, 0, 60000},
         {-1, -1, -1}},
        {"together",
         {{"x-ratelimit-limit", "10"}, {"x-ratelimit-remaining", "19"}, {"x-ratelimit-reset", "2"}},
         {10, 19, 2000},
         {-1, -1, -1}},
        {"mistral",
         {{"x-ratelimit-limit-req-minute", "120"},
          {"x-ratelimit-remaining-req-minute", "118"},
          {"x-ratelimit-limit-tokens-minute", "1500000"},
          {"x-ratelimit-remaining-tokens-minute", "1499781"}},
         {120, 118, -1},
         {1500000, 1499781, -1}},
        {"mistral, older",
         {{"ratelimitbysize-limit", "500000"},
          {"ratelimitbysize-remaining", "342032"},
          {"ratelimitbysize-reset", "60"}},
         {-1, -1, -1},
         {500000, 342032, 60000}},
        {"mistral, older still: month and minute",
         {{"x-ratelimitbysize-limit-minute", "500000"},
          {"x-ratelimitbysize-remaining-minute", "400000"},
          {"x-ratelimitbysize-limit-month", "1000000000"},
          {"x-ratelimitbysize-remaining-month", "7"}},
         {-1, -1, -1},
         {1000000000, 7, -1}},
        {"cerebras: requests of the day, tokens of the minute",
         {{"x-ratelimit-limit-requests-day", "14400"},
          {"x-ratelimit-remaining-requests-day", "14399"},
          {"x-ratelimit-reset-requests-day", "33011.382867097855"},
          {"x-ratelimit-limit-tokens-minute", "60000"},
          {"x-ratelimit-remaining-tokens-minute", "59500"},
          {"x-ratelimit-reset-tokens-minute", "11.382867097855"}},
         {14400, 14399, 33011383},
         {60000, 59500, 11383}},
        {"fireworks",
         {{"x-ratelimit-limit-tokens-prompt", "60000"},
          {"x-ratelimit-remaining-tokens-prompt", "59000"},
          {"x-ratelimit-limit-tokens-generated", "6000"},
          {"x-ratelimit-remaining-tokens-generated", "5900"}},
         {-1, -1, -1},
         {6000, 5900, -1}},
    };
    (void)state;
    check_all(rows, COUNT(rows));
}

static void test_any_order_and_part(void **state) {
    static const answer_row rows[] = {
        {"limits without what remains: the smaller",
         {{"x-ratelimit-limit-requests-minute", "30"}, {"x-ratelimit-limit-requests-day", "14400"}},
         {30, -1, -1},
         {-1, -1, -1}},
        {"what remains tells more than a limit",
         {{"x-ratelimit-limit-requests-minute", "30"}, {"x-ratelimit-remaining-requests-day", "14400"}},
         {-1, 14400, -1},
         {-1, -1, -1}},
        {"a reset alone", {{"x-ratelimit-reset-requests", "12ms"}}, {-1, -1, 12}, {-1, -1, -1}},
        {"a part's reset alone",
         {{"anthropic-ratelimit-input-tokens-reset", "2026-11-24T03:35:46Z"}},
         {-1, -1, -1},
         {-1, -1, 1000}},
        {"the draft of the IETF",
         {{"RateLimit-Limit", "100"}, {"RateLimit-Remaining", "50"}, {"RateLimit-Reset", "50"}},
         {100, 50, 50000},
         {-1, -1, -1}},
        {"any case, spaces",
         {{"X-RATELIMIT-LIMIT-REQUESTS", " 5 "}, {"Anthropic-RateLimit-Tokens-Limit", "\t7"}},
         {5, -1, -1},
         {7, -1, -1}},
        {"said twice: the last counts",
         {{"x-ratelimit-limit-requests", "5"}, {"x-ratelimit-limit-requests", "5"}},
         {5, -1, -1},
         {-1, -1, -1}},
    };
    (void)state;
    check_all(rows, COUNT(rows));
}

static void test_resets(void **state) {
    static const struct {
        const char *text;
        int64_t ms; /* -1: not readable */
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"12ms", 12},
        {"17.56s", 17560},
        {"6m0s", 360000},
        {"1", 1000},
        {"500", 500000},
        {"59.5", 59500},
        {"999999999", INT64_C(999999999000)},
        {"1795491345", 0}, /* moments: seconds, */
        {"1795491346", 1000},
        {"1795491000", 0},
        {"1795491345000", 0}, /* milliseconds, */
        {"1795491345250", 250},
        {"1795491344999", 0},
        {"9223372036854775807", INT64_MAX - NOW},
        {"2026-11-24T03:35:45Z", 0}, /* dates */
        {"2026-11-24T03:35:44Z", 0},
        {"2026-11-24T03:35:45.5Z", 500},
        {"2026-11-24T04:36:45+01:00", 60000},
        {"1970-01-01T00:00:00Z", 0},
        {"", -1},
        {"-1", -1},
        {"-5s", -1},
        {"soon", -1},
        {"NaN", -1},
        {"inf", -1},
        {"2026-13-24T03:35:45Z", -1},
        {"Tue, 24 Nov 2026 04:35:45 GMT", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        llmc__rates rates;
        llmc__rates_init(&rates);
        bool ok = take(&rates, "x-ratelimit-reset-tokens", rows[i].text);
        if (ok != (rows[i].ms >= 0) || rates.tokens.reset_ms != rows[i].ms || llmc__rates_any(&rates) != ok)
            fail_msg("%s: %d, %lld", rows[i].text, ok, (long long)rates.tokens.reset_ms);
        assert_int_equal(rates.requests.reset_ms, -1);
    }
}

static void test_reset_against_any_clock(void **state) {
    static const char name[] = "x-ratelimit-reset";
    llmc__rates rates;
    (void)state;
    llmc__rates_init(&rates);
    assert_true(llmc__rates_take(&rates, name, strlen(name), "9223372036854775807", 19, INT64_MIN));
    assert_int_equal(rates.requests.reset_ms, INT64_MAX);
    assert_true(llmc__rates_take(&rates, name, strlen(name), "9223372036854775807", 19, INT64_MAX));
    assert_int_equal(rates.requests.reset_ms, 0);
    assert_true(llmc__rates_take(&rates, name, strlen(name), "2026-11-24T03:35:45Z", 20, INT64_MIN));
    assert_int_equal(rates.requests.reset_ms, INT64_MAX);
}

static void test_not_taken(void **state) {
    static const line lines[] = {
        {"content-type", "application/json"},
        {"retry-after", "20"},
        {"", "5"},
        {"x-ratelimit-", "5"},
        {"x-ratelimit", "5"},
        {"ratelimit", "\"default\";r=50;t=30"},
        {"x-ratelimit-requests", "5"},
        {"x-ratelimit-limit-", "5"},
        {"x-ratelimit--limit", "5"},
        {"x-ratelimit-limits", "5"},
        {"x-ratelimit-lim", "5"},
        {"x-ratelimit-limit-images", "5"},
        {"x-ratelimit-tokens-query-cost", "68"},
        {"x-ratelimit-renewalperiod-tokens", "60"},
        {"x-ratelimit-abusepenalty-active", "False"},
        {"x-ratelimit-key", "gpt-5.2-chat"},
        {"ratelimitbysize-query-cost", "32010"},
        {"anthropic-ratelimit-unified-status", "allowed"},
        {"anthropic-ratelimit-unified-5h-reset", "1795491346"},
        {"anthropic-priority-input-tokens-limit", "10000"},
        {"xx-ratelimit-limit-requests", "5"},
        {"x-ratelimit-limit-requests", ""},
        {"x-ratelimit-limit-requests", "-1"},
        {"x-ratelimit-limit-requests", "5.5"},
        {"x-ratelimit-limit-requests", "5s"},
        {"x-ratelimit-limit-requests", "many"},
        {"x-ratelimit-limit-requests", "NaN"},
        {"x-ratelimit-limit-requests", "0x5"},
        {"x-ratelimit-limit-requests", "9223372036854775808"},
        {"x-ratelimit-limit-requests", "100, 100;w=60"},
        {"x-ratelimit-remaining-tokens", "1e3"},
        {"x-ratelimit-remaining-tokens", "5 5"},
    };
    llmc__rates rates;
    (void)state;
    llmc__rates_init(&rates);
    for (size_t i = 0; i < COUNT(lines); i++)
        if (take(&rates, lines[i].name, lines[i].value))
            fail_msg("%s: %s is taken", lines[i].name, lines[i].value);
    assert_false(llmc__rates_any(&rates));
}

static void test_unreadable_keeps_what_was(void **state) {
    llmc__rates rates;
    (void)state;
    llmc__rates_init(&rates);
    assert_true(take(&rates, "x-ratelimit-remaining-requests", "5"));
    assert_false(take(&rates, "x-ratelimit-remaining-requests", "-1"));
    assert_false(take(&rates, "x-ratelimit-reset-requests", "soon"));
    assert_int_equal(rates.requests.remaining, 5);
    assert_int_equal(rates.requests.reset_ms, -1);
    /* Lengths count, not terminators. */
    assert_true(llmc__rates_take(&rates, "x-ratelimit-limit-requests-and-more", 26, "123456", 3, NOW));
    assert_int_equal(rates.requests.limit, 123);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openai_and_alike), cmocka_unit_test(test_anthropic),
        cmocka_unit_test(test_other_vendors),    cmocka_unit_test(test_any_order_and_part),
        cmocka_unit_test(test_resets),           cmocka_unit_test(test_reset_against_any_clock),
        cmocka_unit_test(test_not_taken),        cmocka_unit_test(test_unreadable_keeps_what_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
