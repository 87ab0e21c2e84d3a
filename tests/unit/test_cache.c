/* The cache in memory: what it answers when, what it keeps, and that threads may share it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <malloc.h>
#include <math.h>
#include <cmocka.h>
#include "base/mem.h"
#include "base/thread.h"
#include "policy/cache.h"
#include "policy/cache_shard.h"
#include "support_answer.h"

#define SECOND ((int64_t)1000000)
#define START  (100 * SECOND)

static llmc__cache *cache_of(size_t max_bytes) {
    llmc__cache_policy policy = {max_bytes, 10 * SECOND, 1.0, {5, 6}};
    llmc__cache *cache = llmc__cache_new(&policy);
    assert_non_null(cache);
    return cache;
}

static const llmc__cache_life minute = {.ttl_us = 60 * SECOND};

static llmc__cache_key key_of(const llmc__cache *cache, const char *text) {
    return llmc__cache_key_of(cache, text, strlen(text));
}

/* Stores a value of `len` bytes. */
static llmc_status put(llmc__cache *cache, const char *text, size_t len, const llmc__cache_life *life, int64_t now_us) {
    llmc__cache_key key = key_of(cache, text);
    char *value = calloc(1, len + 1);
    llmc_status status = llmc__cache_put(cache, &key, value, len, NULL, life, now_us);
    free(value);
    return status;
}

/* The largest number: as late as can be before an early refresh. */
#define CALM UINT64_MAX

static llmc__cache_verdict look(llmc__cache *cache, const char *text, int64_t now_us, bool *refresh, size_t *len) {
    llmc__cache_key key = key_of(cache, text);
    llmc__cache_hit hit;
    llmc__cache_verdict verdict = llmc__cache_lookup(cache, &key, now_us, CALM, &hit);
    assert_int_equal(hit.verdict, verdict);
    assert_int_equal(hit.entry != NULL, verdict != LLMC__CACHE_MISS);
    if (refresh != NULL)
        *refresh = hit.refresh;
    if (len != NULL)
        *len = 0;
    if (len != NULL && hit.entry != NULL)
        (void)llmc__cache_entry_value(hit.entry, len);
    llmc__cache_entry_unref(hit.entry);
    return verdict;
}

static llmc_cache_stats stats_of(llmc__cache *cache) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    llmc__cache_stats_read(cache, &stats);
    return stats;
}

static void test_hit_and_miss(void **state) {
    static const llmc__cache_worth worth = {10, 3, 0.25}, unknown = {-1, -1, -1.0};
    llmc__cache *cache = cache_of((size_t)64 << 20);
    llmc__cache_key key = key_of(cache, "a"), other = key_of(cache, "b");
    const size_t empty = stats_of(cache).bytes;
    llmc__cache_hit hit;
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    size_t len;
    (void)state;
    assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &hit), LLMC__CACHE_MISS);
    assert_null(hit.entry);
    assert_int_equal(llmc__cache_put(cache, &key, "the value", 9, &worth, &minute, START), LLMC_OK);
    assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &hit), LLMC__CACHE_FRESH);
    assert_memory_equal(llmc__cache_entry_value(hit.entry, &len), "the value", 9);
    assert_int_equal(len, 9);
    assert_int_equal((uintptr_t)llmc__cache_entry_value(hit.entry, &len) % 8, 0);
    llmc__cache_entry_unref(hit.entry);
    assert_int_equal(llmc__cache_lookup(cache, &other, START, CALM, &hit), LLMC__CACHE_MISS);
    stats = stats_of(cache);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.misses, 2);
    assert_int_equal(stats.stored, 1);
    assert_int_equal(stats.entries, 1);
    assert_int_equal(stats.saved_tokens_in, 10);
    assert_int_equal(stats.saved_tokens_out, 3);
    assert_true(stats.saved_cost_usd > 0.24 && stats.saved_cost_usd < 0.26);
    assert_in_range(stats.bytes, empty + 10, empty + 200);
    assert_int_equal(llmc__cache_put(cache, &other, "", 0, &unknown, &minute, START), LLMC_OK);
    assert_int_equal(look(cache, "b", START, NULL, &len), LLMC__CACHE_FRESH);
    assert_int_equal(len, 0);
    assert_int_equal(stats_of(cache).saved_tokens_in, 10);
    llmc__cache_free(cache);
    llmc__cache_free(NULL);
}

/* What a user holds stays as it is, whatever becomes of the cache. */
static void test_value_outlives_its_place(void **state) {
    llmc__cache *cache = cache_of(1 << 20);
    llmc__cache_key key = key_of(cache, "a");
    llmc__cache_hit first, second;
    size_t len;
    (void)state;
    assert_int_equal(llmc__cache_put(cache, &key, "one", 3, NULL, &minute, START), LLMC_OK);
    assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &first), LLMC__CACHE_FRESH);
    assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &second), LLMC__CACHE_FRESH);
    assert_ptr_equal(first.entry, second.entry); /* the very same, no copy */
    llmc__cache_entry_unref(second.entry);
    assert_int_equal(llmc__cache_put(cache, &key, "other", 5, NULL, &minute, START), LLMC_OK);
    assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &second), LLMC__CACHE_FRESH);
    llmc__cache_clear(cache);
    assert_memory_equal(llmc__cache_entry_value(first.entry, &len), "one", 3);
    llmc__cache_free(cache);
    assert_memory_equal(llmc__cache_entry_value(second.entry, &len), "other", 5);
    assert_ptr_equal(llmc__cache_entry_ref(first.entry), first.entry);
    llmc__cache_entry_unref(first.entry);
    llmc__cache_entry_unref(first.entry);
    llmc__cache_entry_unref(second.entry);
    llmc__cache_entry_unref(NULL);
    assert_null(llmc__cache_entry_ref(NULL));
}

/* Should two keys ever have one hash, their bytes still tell them apart. */
static void test_equal_hashes(void **state) {
    llmc__cache *cache = cache_of(1 << 20);
    llmc__cache_key a = key_of(cache, "a"), b = key_of(cache, "b"), longer = key_of(cache, "ab");
    llmc__cache_hit hit;
    (void)state;
    memcpy(b.hash, a.hash, sizeof a.hash);
    memcpy(longer.hash, a.hash, sizeof a.hash);
    assert_int_equal(llmc__cache_put(cache, &a, "v", 1, NULL, &minute, START), LLMC_OK);
    assert_int_equal(llmc__cache_lookup(cache, &b, START, CALM, &hit), LLMC__CACHE_MISS);
    assert_int_equal(llmc__cache_lookup(cache, &longer, START, CALM, &hit), LLMC__CACHE_MISS);
    assert_int_equal(llmc__cache_put(cache, &b, "v", 1, NULL, &minute, START), LLMC_OK);
    assert_int_equal(stats_of(cache).entries, 2);
    assert_true(llmc__cache_remove(cache, &a));
    assert_int_equal(llmc__cache_lookup(cache, &b, START, CALM, &hit), LLMC__CACHE_FRESH);
    llmc__cache_entry_unref(hit.entry);
    llmc__cache_free(cache);
}

static void test_time_to_live(void **state) {
    llmc__cache *cache = cache_of(1 << 20);
    const size_t empty = stats_of(cache).bytes;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &minute, START), LLMC_OK);
    assert_int_equal(look(cache, "a", START + 60 * SECOND - 1, NULL, NULL), LLMC__CACHE_FRESH);
    assert_int_equal(stats_of(cache).entries, 1);
    assert_int_equal(look(cache, "a", START + 60 * SECOND, NULL, NULL), LLMC__CACHE_MISS);
    assert_int_equal(stats_of(cache).entries, 0);
    assert_int_equal(stats_of(cache).bytes, empty);
    assert_int_equal(stats_of(cache).expired, 1);
    assert_int_equal(look(cache, "a", START, NULL, NULL), LLMC__CACHE_MISS); /* gone for good */
    llmc__cache_free(cache);
}

static void test_life_at_its_limits(void **state) {
    static const llmc__cache_life none = {0}, past = {.ttl_us = -1},
                                  ever = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0};
    llmc__cache *cache = cache_of(1 << 20);
    (void)state;
    assert_int_equal(put(cache, "a", 10, &none, START), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(put(cache, "a", 10, &past, START), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(stats_of(cache).refused, 2);
    assert_int_equal(put(cache, "a", 10, &ever, START), LLMC_OK);
    assert_int_not_equal(look(cache, "a", INT64_MAX - 1, NULL, NULL), LLMC__CACHE_MISS);
    llmc__cache_free(cache);
}

static void test_stale_windows(void **state) {
    static const llmc__cache_life life = {60 * SECOND, 30 * SECOND, 300 * SECOND, 0, 0};
    llmc__cache *cache = cache_of(1 << 20);
    int64_t end = START + 60 * SECOND;
    llmc__cache_key key;
    bool refresh;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
    assert_int_equal(look(cache, "a", end - 1, &refresh, NULL), LLMC__CACHE_FRESH);
    assert_false(refresh);
    assert_int_equal(look(cache, "a", end, &refresh, NULL), LLMC__CACHE_STALE);
    assert_true(refresh);
    assert_int_equal(look(cache, "a", end + 1, &refresh, NULL), LLMC__CACHE_STALE);
    assert_false(refresh); /* somebody does it already */
    assert_int_equal(look(cache, "a", end + 10 * SECOND - 1, &refresh, NULL), LLMC__CACHE_STALE);
    assert_false(refresh);
    assert_int_equal(look(cache, "a", end + 10 * SECOND, &refresh, NULL), LLMC__CACHE_STALE);
    assert_true(refresh); /* the first has not come back in its time */
    key = key_of(cache, "a");
    llmc__cache_give_up(cache, &key);
    assert_int_equal(look(cache, "a", end + 10 * SECOND + 1, &refresh, NULL), LLMC__CACHE_STALE);
    assert_true(refresh);
    assert_int_equal(look(cache, "a", end + 30 * SECOND, &refresh, NULL), LLMC__CACHE_ERROR_ONLY);
    assert_false(refresh);
    assert_int_equal(look(cache, "a", end + 300 * SECOND - 1, &refresh, NULL), LLMC__CACHE_ERROR_ONLY);
    assert_int_equal(stats_of(cache).stale_hits, 5);
    assert_int_equal(stats_of(cache).hits, 6);
    assert_int_equal(stats_of(cache).misses, 2);
    assert_int_equal(look(cache, "a", end + 300 * SECOND, &refresh, NULL), LLMC__CACHE_MISS);
    llmc__cache_give_up(cache, &key); /* of nothing */
    llmc__cache_free(cache);
}

static void test_refreshed_entry_is_fresh_again(void **state) {
    static const llmc__cache_life life = {60 * SECOND, 30 * SECOND, 0, 0, 0};
    llmc__cache *cache = cache_of(1 << 20);
    size_t len;
    bool refresh;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
    assert_int_equal(look(cache, "a", START + 61 * SECOND, &refresh, &len), LLMC__CACHE_STALE);
    assert_int_equal(len, 10);
    assert_int_equal(put(cache, "a", 20, &life, START + 62 * SECOND), LLMC_OK);
    assert_int_equal(look(cache, "a", START + 63 * SECOND, &refresh, &len), LLMC__CACHE_FRESH);
    assert_int_equal(len, 20);
    assert_int_equal(look(cache, "a", START + 123 * SECOND, &refresh, &len), LLMC__CACHE_STALE);
    assert_true(refresh); /* the old lease is not the new entry's */
    assert_int_equal(stats_of(cache).entries, 1);
    llmc__cache_free(cache);
}

/* The chance of an early refresh with t left is exp(-t / delta). */
static void test_early_refresh_is_xfetch(void **state) {
    static const llmc__cache_life life = {60 * SECOND, 0, 0, 2 * SECOND, 0};
    static const int64_t lefts[] = {100000, SECOND, 2 * SECOND, 4 * SECOND, 10 * SECOND};
    uint64_t seed = 77;
    (void)state;
    for (size_t i = 0; i < sizeof lefts / sizeof lefts[0]; i++) {
        const int rounds = 20000;
        llmc__cache *cache = cache_of(1 << 20);
        llmc__cache_key key = key_of(cache, "a");
        double expected = exp(-(double)lefts[i] / (2 * (double)SECOND)), seen = 0;
        assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
        for (int k = 0; k < rounds; k++) {
            llmc__cache_hit hit;
            seen += llmc__cache_lookup(cache, &key, START + 60 * SECOND - lefts[i], answer_random(&seed), &hit) ==
                    LLMC__CACHE_EARLY;
            assert_int_equal(hit.refresh, hit.verdict == LLMC__CACHE_EARLY);
            llmc__cache_entry_unref(hit.entry);
            llmc__cache_give_up(cache, &key);
        }
        if (fabs(seen / rounds - expected) > 4 * sqrt(expected * (1 - expected) / rounds) + 0.0005)
            fail_msg("%lld us left: %.4f, expected %.4f", (long long)lefts[i], seen / rounds, expected);
        llmc__cache_free(cache);
    }
}

static void test_early_refresh_is_one_callers(void **state) {
    static const llmc__cache_life life = {60 * SECOND, 0, 0, 1000 * SECOND, 0};
    llmc__cache *cache = cache_of(1 << 20);
    llmc__cache_key key = key_of(cache, "a");
    int early = 0;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
    for (int i = 0; i < 1000; i++) {
        llmc__cache_hit hit;
        early += llmc__cache_lookup(cache, &key, START + i, 0, &hit) == LLMC__CACHE_EARLY;
        assert_true(hit.verdict == LLMC__CACHE_EARLY || hit.verdict == LLMC__CACHE_FRESH);
        llmc__cache_entry_unref(hit.entry);
    }
    assert_int_equal(early, 1);
    llmc__cache_free(cache);
}

static void test_no_early_refresh_when_not_asked_for(void **state) {
    static const llmc__cache_life life = {60 * SECOND, 0, 0, 1000 * SECOND, 0};
    llmc__cache_policy policy = {1 << 20, SECOND, 0.0, {1, 2}};
    llmc__cache *cache = llmc__cache_new(&policy);
    llmc__cache_key key = key_of(cache, "a");
    llmc__cache_hit hit;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
    assert_int_equal(llmc__cache_lookup(cache, &key, START + 60 * SECOND - 1, 0, &hit), LLMC__CACHE_FRESH);
    llmc__cache_entry_unref(hit.entry);
    llmc__cache_free(cache);
}

static void test_remove_and_clear(void **state) {
    llmc__cache *cache = cache_of((size_t)64 << 20);
    llmc__cache_key key = key_of(cache, "a");
    llmc__cache_life late = minute;
    llmc__cache_hit hit;
    size_t full;
    char text[16];
    (void)state;
    assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &hit), LLMC__CACHE_MISS);
    late.generation = hit.generation;
    assert_false(llmc__cache_remove(cache, &key));
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        assert_int_equal(put(cache, text, 10, &late, START), LLMC_OK);
    }
    key = key_of(cache, "7");
    assert_true(llmc__cache_remove(cache, &key));
    assert_int_equal(stats_of(cache).entries, 999);
    full = stats_of(cache).bytes;
    llmc__cache_clear(cache);
    assert_int_equal(stats_of(cache).entries, 0);
    assert_true(stats_of(cache).bytes <= full / 2);
    assert_int_equal(look(cache, "8", START, NULL, NULL), LLMC__CACHE_MISS);
    /* A call that began before the clear brings what was forgotten. */
    assert_int_equal(put(cache, "8", 10, &late, START), LLMC_ERR_CANCELLED);
    assert_int_equal(look(cache, "8", START, NULL, NULL), LLMC__CACHE_MISS);
    assert_int_equal(put(cache, "8", 10, &minute, START), LLMC_OK);
    assert_int_equal(look(cache, "8", START, NULL, NULL), LLMC__CACHE_FRESH);
    llmc__cache_free(cache);
}

static void test_too_large(void **state) {
    llmc__cache *cache = cache_of((size_t)16 << 20); /* 16 shards of 1 MiB */
    (void)state;
    assert_int_equal(put(cache, "a", (size_t)1 << 20, &minute, START), LLMC_ERR_TOO_LARGE);
    assert_int_equal(put(cache, "a", 500000, &minute, START), LLMC_OK);
    assert_int_equal(stats_of(cache).refused, 1);
    llmc__cache_free(cache);
    cache = cache_of(500); /* too small for anything, and still sound */
    assert_int_equal(put(cache, "a", 10, &minute, START), LLMC_ERR_TOO_LARGE);
    assert_int_equal(look(cache, "a", START, NULL, NULL), LLMC__CACHE_MISS);
    llmc__cache_free(cache);
    cache = cache_of(0);
    assert_int_equal(put(cache, "a", 10, &minute, START), LLMC_ERR_TOO_LARGE);
    llmc__cache_free(cache);
}

static int deny(void *ctx) {
    (*(int *)ctx)++;
    return 0;
}

static void test_hit_allocates_nothing(void **state) {
    llmc__cache *cache = cache_of(1 << 20);
    llmc__cache_key key = key_of(cache, "a"), none = key_of(cache, "none");
    llmc__cache_hit hit;
    int asked = 0;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &minute, START), LLMC_OK);
    llmc__mem_set_gate(deny, &asked);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(llmc__cache_lookup(cache, &key, START, CALM, &hit), LLMC__CACHE_FRESH);
        llmc__cache_entry_unref(hit.entry);
        assert_int_equal(llmc__cache_lookup(cache, &none, START, CALM, &hit), LLMC__CACHE_MISS);
    }
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(asked, 0);
    llmc__cache_free(cache);
}

static void test_without_memory(void **state) {
    llmc__cache_policy policy = {(size_t)64 << 20, SECOND, 1.0, {1, 2}};
    llmc__cache *cache = NULL;
    (void)state;
    for (int k = 0; cache == NULL; k++) {
        answer_gate gate;
        assert_true(k < 100);
        answer_gate_set(&gate, k, k % 2 == 0);
        cache = llmc__cache_new(&policy);
        answer_gate_drop();
    }
    for (int i = 0; i < 20000; i++) { /* the tables cannot grow either: slower, not wrong */
        char text[16];
        llmc__cache_key key;
        answer_gate gate;
        (void)snprintf(text, sizeof text, "%d", i);
        key = key_of(cache, text);
        answer_gate_set(&gate, i % 3, true);
        assert_int_equal(llmc__cache_put(cache, &key, "v", 1, NULL, &minute, START),
                         i % 3 == 0 ? LLMC_ERR_NO_MEMORY : LLMC_OK);
        answer_gate_drop();
        assert_int_equal(look(cache, text, START, NULL, NULL), i % 3 == 0 ? LLMC__CACHE_MISS : LLMC__CACHE_FRESH);
    }
    llmc__cache_free(cache);
}

/* Any stored entry is the last one put under its key, and all together never pass the bound. */
static void test_bounded_and_right(void **state) {
    enum { KEYS = 3000 };
    static size_t last[KEYS];
    static int64_t until[KEYS];
    const size_t max = (size_t)1 << 20;
    llmc__cache *cache = cache_of(max);
    uint64_t seed = 3;
    uint64_t found = 0;
    int64_t now = START;
    (void)state;
    memset(last, 0, sizeof last);
    for (int i = 0; i < 60000; i++) {
        size_t n = answer_below(&seed, answer_below(&seed, KEYS) + 1), len;
        char text[16];
        (void)snprintf(text, sizeof text, "key %zu", n);
        now += (int64_t)answer_below(&seed, 20000);
        if (look(cache, text, now, NULL, &len) != LLMC__CACHE_MISS) {
            assert_int_equal(len, last[n]);
            assert_true(now < until[n]);
            found++;
        } else if (answer_below(&seed, 20) != 0) {
            last[n] = answer_below(&seed, 4000);
            until[n] = now + 60 * SECOND;
            assert_int_equal(put(cache, text, last[n], &minute, now), LLMC_OK);
        }
        if (i % 100 == 0)
            assert_true(stats_of(cache).bytes <= max);
    }
    assert_true(found > 10000);
    assert_true(stats_of(cache).evicted > 1000);
    assert_true(stats_of(cache).bytes > max / 2);
    assert_int_equal(stats_of(cache).stored,
                     stats_of(cache).entries + stats_of(cache).evicted + stats_of(cache).expired);
    llmc__cache_free(cache);
}

/* What is asked for again and again outlives a long row of what is asked for once. */
static void test_scan_does_not_flush(void **state) {
    llmc__cache *cache = cache_of((size_t)4 << 20);
    int kept = 0;
    char text[24];
    (void)state;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 200; i++) {
            (void)snprintf(text, sizeof text, "hot %d", i);
            if (look(cache, text, START, NULL, NULL) == LLMC__CACHE_MISS)
                assert_int_equal(put(cache, text, 1000, &minute, START), LLMC_OK);
        }
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "scan %d", i);
        assert_int_equal(put(cache, text, 1000, &minute, START), LLMC_OK);
    }
    for (int i = 0; i < 200; i++) {
        (void)snprintf(text, sizeof text, "hot %d", i);
        kept += look(cache, text, START, NULL, NULL) == LLMC__CACHE_FRESH;
    }
    assert_int_equal(kept, 200);
    llmc__cache_free(cache);
}

/* An entry that comes again soon after it was pushed out is taken for one that is wanted. */
static void test_ghost_enters_the_main_part(void **state) {
    llmc__cache *cache = cache_of((size_t)256 << 10);
    char text[24];
    int scanned = 0;
    (void)state;
    assert_int_equal(put(cache, "again", 1000, &minute, START), LLMC_OK);
    for (; scanned < 2000 && stats_of(cache).evicted < 20; scanned++) {
        (void)snprintf(text, sizeof text, "scan %d", scanned);
        assert_int_equal(put(cache, text, 1000, &minute, START), LLMC_OK);
    }
    assert_int_equal(look(cache, "again", START, NULL, NULL), LLMC__CACHE_MISS);
    assert_int_equal(put(cache, "again", 1000, &minute, START), LLMC_OK);
    for (int end = scanned + 100; scanned < end; scanned++) {
        (void)snprintf(text, sizeof text, "scan %d", scanned);
        assert_int_equal(put(cache, text, 1000, &minute, START), LLMC_OK);
    }
    assert_int_equal(look(cache, "again", START, NULL, NULL), LLMC__CACHE_FRESH);
    llmc__cache_free(cache);
}

static void test_dead_entries_leave_by_themselves(void **state) {
    llmc__cache *cache = cache_of((size_t)1 << 18);
    char text[24];
    (void)state;
    for (int i = 0; i < 50; i++) {
        (void)snprintf(text, sizeof text, "old %d", i);
        assert_int_equal(put(cache, text, 100, &minute, START), LLMC_OK);
    }
    for (int i = 0; i < 50; i++) {
        (void)snprintf(text, sizeof text, "new %d", i);
        assert_int_equal(put(cache, text, 100, &minute, START + 100 * SECOND), LLMC_OK);
    }
    assert_int_equal(stats_of(cache).entries, 50);
    assert_int_equal(stats_of(cache).expired, 50);
    llmc__cache_free(cache);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_HEAP 1
#endif
#endif

/* By the allocator's own count an entry costs at most 300 bytes besides key and value; and no more than is counted. */
static void cost_of_entries(size_t value_len) {
#if defined(OWN_HEAP) || !defined(__GLIBC__)
    (void)value_len;
    print_message("a sanitizer's heap: sizes are not compared\n");
#else
    enum { ENTRIES = 20000 };
    struct mallinfo2 before = mallinfo2(), after;
    llmc__cache *cache = cache_of((size_t)512 << 20);
    char *value = calloc(1, value_len + 1);
    size_t each, counted;
    for (int i = 0; i < ENTRIES; i++) {
        char text[101];
        llmc__cache_key key;
        (void)snprintf(text, sizeof text, "%0100d", i);
        key = key_of(cache, text);
        assert_int_equal(llmc__cache_put(cache, &key, value, value_len, NULL, &minute, START), LLMC_OK);
    }
    free(value);
    after = mallinfo2();
    each = (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / ENTRIES - 100 - value_len;
    counted = stats_of(cache).bytes / ENTRIES - 100 - value_len;
    print_message("an entry of %zu bytes costs %zu besides key and value, and is counted with %zu\n", value_len, each,
                  counted);
    assert_true(each <= 300);
    assert_in_range(counted, each - 10, each + 10);
    llmc__cache_free(cache);
#endif
}

static void test_cost_of_an_entry(void **state) {
    (void)state;
    cost_of_entries(0);
    cost_of_entries(200);
    cost_of_entries(4096);
}

/* Of freed blocks malloc keeps seven of each size up to 1 KiB at hand, and counts them as used. */
#define KEPT_BY_MALLOC ((size_t)256 << 10)

/* By malloc's own count; 0 where it is not ours to ask. */
static size_t held(void) {
#if defined(OWN_HEAP) || !defined(__GLIBC__)
    return 0;
#else
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

/* Tables, too, are within the bound: also while very small entries come, and stay behind for large ones. */
static void test_tables_are_bounded(void **state) {
    const size_t max = (size_t)4 << 20, before = held();
    llmc__cache *cache = cache_of(max);
    char text[24];
    (void)state;
    for (int i = 0; i < 30000; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        assert_int_equal(put(cache, text, i < 15000 ? 0 : 3000, &minute, START), LLMC_OK);
        assert_true(stats_of(cache).bytes <= max);
        assert_true(held() <= before + max + KEPT_BY_MALLOC);
    }
    assert_true(stats_of(cache).entries > 50);
    llmc__cache_free(cache);
}

typedef struct worker {
    llmc__thread thread;
    llmc__cache *cache;
    uint64_t seed;
    uint64_t hits, leases;
} worker;

enum { THREADS = 8, SHARED_KEYS = 400, OPERATIONS = 20000 };

/* The number over and over. */
static void put_number(llmc__cache *cache, const llmc__cache_key *key, size_t n, const llmc__cache_life *life,
                       int64_t now) {
    size_t value[SHARED_KEYS];
    for (size_t i = 0; i < n; i++)
        value[i] = n;
    (void)llmc__cache_put(cache, key, value, n * sizeof *value, NULL, life, now);
}

static void check_number(const llmc__cache_entry *entry, size_t n) {
    size_t len;
    const size_t *value = llmc__cache_entry_value(entry, &len);
    if (len != n * sizeof *value)
        abort(); /* another key's answer */
    for (size_t i = 0; i < n; i++)
        if (value[i] != n)
            abort();
}

static void act(worker *w, int64_t now) {
    static const llmc__cache_life life = {SECOND, SECOND, SECOND, SECOND / 4, 0};
    size_t n = answer_below(&w->seed, SHARED_KEYS);
    uint64_t bytes[2] = {n, n};
    llmc__cache_key key = llmc__cache_key_of(w->cache, bytes, sizeof bytes);
    llmc__cache_hit hit;
    size_t what = answer_below(&w->seed, 1000);
    if (what == 0)
        llmc__cache_clear(w->cache);
    else if (what < 50)
        (void)llmc__cache_remove(w->cache, &key);
    else if (what < 60)
        llmc__cache_give_up(w->cache, &key);
    else if (llmc__cache_lookup(w->cache, &key, now, answer_random(&w->seed), &hit) == LLMC__CACHE_MISS)
        put_number(w->cache, &key, n, &life, now);
    else
        w->hits++, w->leases += hit.refresh;
    if (what >= 60 && hit.entry != NULL)
        check_number(hit.entry, n);
    if (what >= 60)
        llmc__cache_entry_unref(hit.entry);
}

static void work(void *ctx) {
    worker *w = ctx;
    for (int i = 0; i < OPERATIONS; i++)
        act(w, START + (int64_t)i * 1000);
}

static void test_threads(void **state) {
    static worker workers[THREADS];
    llmc__cache *cache = cache_of((size_t)512 << 10);
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    uint64_t hits = 0;
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.cache = cache, .seed = i + 1};
        assert_int_equal(llmc__thread_start(&workers[i].thread, "cache", work, &workers[i]), LLMC_OK);
    }
    for (size_t i = 0; i < THREADS; i++) {
        llmc__thread_join(&workers[i].thread);
        hits += workers[i].hits;
    }
    llmc__cache_stats_read(cache, &stats);
    assert_true(hits > 1000);
    assert_in_range(stats.hits, 1, hits); /* ERROR_ONLY is no hit, but has an entry */
    assert_true(stats.bytes <= ((size_t)512 << 10));
    llmc__cache_free(cache);
}

/* Of many threads that find one expired entry exactly one is told to refresh it. */
static void find_stale(void *ctx) {
    worker *w = ctx;
    llmc__cache_key key = key_of(w->cache, "a");
    llmc__cache_hit hit;
    for (int i = 0; i < 200; i++) {
        if (llmc__cache_lookup(w->cache, &key, START + 70 * SECOND, CALM, &hit) != LLMC__CACHE_STALE)
            abort();
        w->leases += hit.refresh;
        llmc__cache_entry_unref(hit.entry);
    }
}

static void test_one_refresher_of_many_threads(void **state) {
    static const llmc__cache_life life = {60 * SECOND, 30 * SECOND, 0, 0, 0};
    static worker workers[THREADS];
    llmc__cache *cache = cache_of(1 << 20);
    uint64_t leases = 0;
    (void)state;
    assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.cache = cache};
        assert_int_equal(llmc__thread_start(&workers[i].thread, "cache", find_stale, &workers[i]), LLMC_OK);
    }
    for (size_t i = 0; i < THREADS; i++) {
        llmc__thread_join(&workers[i].thread);
        leases += workers[i].leases;
    }
    assert_int_equal(leases, 1);
    llmc__cache_free(cache);
}

/* What came between the look and the call is a hit after all, and only what is fresh. */
static void test_look_again(void **state) {
    llmc__cache *cache = cache_of(1 << 20);
    llmc__cache_life life = {.ttl_us = SECOND, .error_us = 60 * SECOND};
    llmc__cache_key key = key_of(cache, "a");
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    llmc__cache_entry *entry;
    size_t len;
    (void)state;
    assert_int_equal(look(cache, "a", START, NULL, NULL), LLMC__CACHE_MISS);
    assert_null(llmc__cache_again(cache, &key, START));
    assert_int_equal(put(cache, "a", 10, &life, START), LLMC_OK);
    entry = llmc__cache_again(cache, &key, START);
    assert_non_null(entry);
    (void)llmc__cache_entry_value(entry, &len);
    assert_int_equal(len, 10);
    llmc__cache_entry_unref(entry);
    llmc__cache_stats_read(cache, &stats);
    assert_int_equal(stats.misses, 0);
    assert_int_equal(stats.hits, 1);
    assert_null(llmc__cache_again(cache, &key, START + SECOND));
    llmc__cache_free(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look_again),
        cmocka_unit_test(test_hit_and_miss),
        cmocka_unit_test(test_value_outlives_its_place),
        cmocka_unit_test(test_equal_hashes),
        cmocka_unit_test(test_time_to_live),
        cmocka_unit_test(test_life_at_its_limits),
        cmocka_unit_test(test_stale_windows),
        cmocka_unit_test(test_refreshed_entry_is_fresh_again),
        cmocka_unit_test(test_early_refresh_is_xfetch),
        cmocka_unit_test(test_early_refresh_is_one_callers),
        cmocka_unit_test(test_no_early_refresh_when_not_asked_for),
        cmocka_unit_test(test_remove_and_clear),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_hit_allocates_nothing),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_bounded_and_right),
        cmocka_unit_test(test_scan_does_not_flush),
        cmocka_unit_test(test_ghost_enters_the_main_part),
        cmocka_unit_test(test_dead_entries_leave_by_themselves),
        cmocka_unit_test(test_cost_of_an_entry),
        cmocka_unit_test(test_tables_are_bounded),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_one_refresher_of_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
