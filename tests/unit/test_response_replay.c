/* An answer told again as events, copied and measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <malloc.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/response_replay.h"
#include "support_answer.h"

#define ROUNDS 4000

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static llmc_status fold_terminated(void *ctx, const llmc_event *event) {
    if (event->text != NULL)
        assert_int_equal(event->text[event->text_len], '\0');
    return fold(ctx, event);
}

/* One character an event. */
static llmc_status write_kind(void *ctx, const llmc_event *event) {
    static const char kinds[] = "?STRFBDEUXgdcl"; /* by number of the kind */
    llmc__buf *log = ctx;
    char kind = event->kind == LLMC__EVENT_REPLAY ? 'A' : kinds[event->kind];
    return event->choice == 0 ? llmc__buf_append_char(log, kind) : llmc__buf_appendf(log, "%zu%c", event->choice, kind);
}

static void put(llmc_response *response, llmc_event_kind kind, size_t choice, const char *text) {
    llmc_event event = {.kind = kind, .choice = choice, .text = text, .text_len = strlen(text), .origin = "o"};
    event.finish = LLMC_FINISH_STOP;
    event.model = event.id = "m";
    event.tool_id = event.tool_name = "t";
    event.usage = (llmc__usage){1, 2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0};
    assert_int_equal(llmc__response_fold(response, &event), LLMC_OK);
}

static void expect_order(const llmc_response *response, const char *expected) {
    llmc__buf log;
    llmc__buf_init(&log, 1000);
    assert_int_equal(llmc__response_replay(response, write_kind, &log), LLMC_OK);
    assert_string_equal(llmc__buf_str(&log), expected);
    llmc__buf_free(&log);
}

static void test_order(void **state) {
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    expect_order(response, "");
    put(response, LLMC_EVENT_FINISH, 0, "");
    expect_order(response, "SX");
    put(response, LLMC_EVENT_LOGPROBS, 0, "[1]");
    put(response, LLMC_EVENT_TEXT, 0, "text");
    put(response, LLMC_EVENT_CITATION, 0, "{}");
    put(response, LLMC_EVENT_REDACTED, 0, "r");
    put(response, LLMC_EVENT_SIGNATURE, 0, "s");
    put(response, LLMC_EVENT_REASONING, 0, "why");
    put(response, LLMC_EVENT_REFUSAL, 0, "no");
    put(response, LLMC__EVENT_REPLAY, 0, "{}");
    put(response, LLMC_EVENT_USAGE, 0, "");
    put(response, LLMC_EVENT_TOOL_CALL_START, 0, "");
    put(response, LLMC_EVENT_TOOL_CALL_DELTA, 0, "{\"a\":1}");
    put(response, LLMC_EVENT_START, 0, "");
    expect_order(response, "SRdgTFBDlcAUX");
    put(response, LLMC_EVENT_TOOL_CALL_END, 0, "");
    put(response, LLMC_EVENT_TEXT, 2, "third");
    put(response, LLMC_EVENT_FINISH, 2, "");
    expect_order(response, "SRdgTFBDElc2TAUX2X");
    llmc__response_unref(response);
}

static void test_partial_is_told_without_ends(void **state) {
    llmc_response *response = llmc__response_new(1000);
    (void)state;
    put(response, LLMC_EVENT_TEXT, 0, "half");
    expect_order(response, "ST");
    (void)llmc__response_choice(response, 2);
    expect_order(response, "ST2T");
    llmc__response_unref(response);
}

static void test_folding_gives_an_equal_answer(void **state) {
    uint64_t seed = 20261124;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = seed;
        llmc_response *response = answer_new(&seed, i % 2 == 1);
        llmc_response *again = llmc__response_new((size_t)1 << 20);
        const char *what;
        assert_int_equal(llmc__response_replay(response, fold_terminated, again), LLMC_OK);
        what = answer_content_differs(response, again);
        if (what != NULL)
            fail_msg("seed %llu: %s differs", (unsigned long long)start, what);
        llmc__response_unref(again);
        llmc__response_unref(response);
    }
}

typedef struct stopper {
    int left, seen;
} stopper;

static llmc_status stop_after(void *ctx, const llmc_event *event) {
    stopper *s = ctx;
    (void)event;
    s->seen++;
    return s->left-- > 0 ? LLMC_OK : LLMC_ERR_CANCELLED;
}

static void test_stops_where_told(void **state) {
    uint64_t seed = 5;
    (void)state;
    for (int i = 0; i < 50; i++) {
        llmc_response *response = answer_new(&seed, false);
        stopper all = {1000, 0};
        assert_int_equal(llmc__response_replay(response, stop_after, &all), LLMC_OK);
        for (int n = 0; n < all.seen; n++) {
            stopper s = {n, 0};
            assert_int_equal(llmc__response_replay(response, stop_after, &s), LLMC_ERR_CANCELLED);
            assert_int_equal(s.seen, n + 1);
        }
        llmc__response_unref(response);
    }
}

static void test_copy_is_equal(void **state) {
    uint64_t seed = 42;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        llmc_response *response = answer_new(&seed, i % 2 == 1);
        llmc_response *copy = llmc__response_new(10); /* takes over the larger maximum */
        const char *what;
        response->from_cache = i % 3 == 0;
        assert_int_equal(llmc__response_copy(copy, response), LLMC_OK);
        what = answer_differs(response, copy);
        if (what != NULL)
            fail_msg("%s differs", what);
        assert_int_equal(copy->latency_ms, -1);
        assert_int_equal(copy->ttft_ms, -1);
        assert_int_equal(atomic_load(&copy->refs), 1);
        llmc__response_unref(response);
        assert_true(copy->max_bytes > 10);
        put(copy, LLMC_EVENT_TEXT, 0, "grows as before");
        llmc__response_unref(copy);
    }
}

static void test_copy_without_memory(void **state) {
    uint64_t seed = 7;
    (void)state;
    for (int i = 0; i < 40; i++) {
        llmc_response *response = answer_new(&seed, false);
        llmc_status status = LLMC_ERR_NO_MEMORY;
        for (int k = 0; status != LLMC_OK; k++) {
            llmc_response *copy = llmc__response_new(10);
            answer_gate gate;
            assert_true(k < 1000);
            answer_gate_set(&gate, k, k % 2 == 0);
            status = llmc__response_copy(copy, response);
            answer_gate_drop();
            if (status != LLMC_OK) {
                assert_int_equal(status, LLMC_ERR_NO_MEMORY);
                assert_int_equal(copy->first.text.len + copy->other_count + copy->headers.len, 0);
                assert_int_equal(copy->status, LLMC_OK);
            }
            llmc__response_unref(copy);
        }
        llmc__response_unref(response);
    }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_HEAP 1
#endif
#endif

/* What it says against what the allocator says. */
static void test_size_is_real(void **state) {
    uint64_t seed = 99;
    (void)state;
#if defined(OWN_HEAP) || !defined(__GLIBC__)
    print_message("a sanitizer's heap: sizes are not compared\n");
    (void)seed;
#else
    static llmc_response *responses[900];
    struct mallinfo2 before = mallinfo2(), after;
    size_t said = 0, real;
    for (int i = 0; i < 900; i++) {
        if (i == 300) /* by now what earlier tests freed is in use again */
            before = mallinfo2();
        responses[i] = answer_new(&seed, false);
        said += i >= 300 ? llmc__response_bytes(responses[i]) : 0;
    }
    after = mallinfo2();
    real = after.uordblks - before.uordblks;
    if (said > real + real / 20 || real > said + said / 20)
        fail_msg("says %zu, holds %zu", said, real);
    for (int i = 0; i < 900; i++)
        llmc__response_unref(responses[i]);
#endif
}

static void test_size_of_text(void **state) {
    llmc_response *small = answer_of_length(1000), *large = answer_of_length(100000);
    llmc_response *tight = llmc__response_new(1);
    (void)state;
    assert_in_range(llmc__response_bytes(large) - llmc__response_bytes(small), 98000, 140000);
    assert_int_equal(llmc__response_copy(tight, large), LLMC_OK);
    assert_in_range(llmc__response_bytes(tight), 100000, 100000 + sizeof *tight + 100);
    llmc__response_unref(small);
    llmc__response_unref(large);
    llmc__response_unref(tight);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_partial_is_told_without_ends),
        cmocka_unit_test(test_folding_gives_an_equal_answer),
        cmocka_unit_test(test_stops_where_told),
        cmocka_unit_test(test_copy_is_equal),
        cmocka_unit_test(test_copy_without_memory),
        cmocka_unit_test(test_size_is_real),
        cmocka_unit_test(test_size_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
