#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "support_wire.h"
#include "wire/sse.h"

#define MAX_EVENT 100000

/* The events of a stream written into one text, so that two readings can be compared: N<name>|D<data>; */
typedef struct record {
    llmc__buf text;
    int stop_after; /* 0: never */
} record;

static int write_down(void *ctx, const llmc__sse_event *event) {
    record *r = ctx;

    assert_int_equal(llmc__buf_appendf(&r->text, "N%s|D", event->name), LLMC_OK);
    assert_int_equal(llmc__buf_append(&r->text, event->data, event->data_len), LLMC_OK);
    assert_int_equal(llmc__buf_append_char(&r->text, ';'), LLMC_OK);
    return r->stop_after > 0 && --r->stop_after == 0;
}

/* Fed in pieces that end at the given places, each in memory of its own so that a read past its end is seen. */
static llmc_status feed_pieces(llmc__sse *sse, const char *bytes, const size_t *ends, size_t count, record *r) {
    llmc_status status = LLMC_OK;
    size_t at = 0, i;

    for (i = 0; i < count && status == LLMC_OK; i++) {
        size_t len = ends[i] - at;
        char *piece = malloc(len > 0 ? len : 1);
        memcpy(piece, bytes + at, len);
        status = llmc__sse_feed(sse, piece, len, write_down, r);
        free(piece);
        at = ends[i];
    }
    return status;
}

static void read_in_pieces(const char *bytes, const size_t *ends, size_t count, llmc__buf *out) {
    record r;
    llmc__sse sse;

    memset(&r, 0, sizeof(r));
    llmc__buf_init(&r.text, 10000000);
    llmc__sse_init(&sse, MAX_EVENT);
    assert_int_equal(feed_pieces(&sse, bytes, ends, count, &r), LLMC_OK);
    assert_int_equal(llmc__sse_finish(&sse, write_down, &r), LLMC_OK);
    llmc__buf_appendf(&r.text, "#%d/%d", (int)sse.events, (int)sse.comments);
    assert_int_equal(llmc__sse_finish(&sse, write_down, &r), LLMC_OK); /* nothing is left to deliver twice */
    llmc__sse_free(&sse);
    *out = r.text;
}

static void expect_pieces(const char *bytes, const size_t *ends, size_t count, const llmc__buf *want) {
    llmc__buf got;

    read_in_pieces(bytes, ends, count, &got);
    assert_int_equal(got.len, want->len);
    assert_memory_equal(got.data, want->data, want->len);
    llmc__buf_free(&got);
}

static void expect_single_bytes(const char *bytes, size_t len, const llmc__buf *want) {
    size_t *ends = malloc((len + 1) * sizeof(*ends));
    size_t i;

    for (i = 0; i < len; i++)
        ends[i] = i + 1;
    expect_pieces(bytes, ends, len, want);
    free(ends);
}

static void expect_random_pieces(const char *bytes, size_t len, const llmc__buf *want, unsigned seed) {
    size_t ends[64];
    size_t at = 0, count = 0;

    srand(seed);
    while (at < len && count < 63) {
        at += (size_t)rand() % (len / 8 + 2);
        ends[count++] = at < len ? at : len;
    }
    ends[count++] = len;
    expect_pieces(bytes, ends, count, want);
}

/* WHATWG HTML 9.2.6 and its examples; the last ones are what this parser adds. */
static const struct stream {
    const char *bytes;
    size_t len; /* 0: up to the NUL */
    const char *want;
} streams[] = {
    {"", 0, "#0/0"},
    {"data: a\n\n", 0, "N|Da;#1/0"},
    {"data: {\"a\":1}\n\ndata: [DONE]\n\n", 0, "N|D{\"a\":1};N|D[DONE];#2/0"},
    {"data:a\r\n\r\ndata:b\r\n\r\n", 0, "N|Da;N|Db;#2/0"},
    {"data:a\r\rdata:b\r\r", 0, "N|Da;N|Db;#2/0"},
    {"data:a\r\n\n\rdata:b\n\r\n", 0, "N|Da;N|Db;#2/0"},
    {"data: YHOO\ndata: +2\ndata: 10\n\n", 0, "N|DYHOO\n+2\n10;#1/0"},
    {"data\n\ndata\ndata\n\ndata:", 0, "N|D;N|D\n;N|D;#3/0"},
    {"data:test\n\ndata:  two\n\n", 0, "N|Dtest;N|D two;#2/0"},
    {": test stream\n\ndata: first event\nid: 1\n\n:\n", 0, "N|Dfirst event;#1/2"},
    {"event: add\ndata: 1\n\nevent: remove\ndata: 2\n\ndata: 3\n\n", 0, "Nadd|D1;Nremove|D2;N|D3;#3/0"},
    {"data: 1\nevent: late\n\n", 0, "Nlate|D1;#1/0"},
    {"event: a\nevent: b\ndata: x\n\nevent: c\nevent:\ndata: y\n\n", 0, "Nb|Dx;N|Dy;#2/0"},
    {"\xEF\xBB\xBF"
     "data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     0, "N|Da;#1/0"},
    {"\xEF\xBB"
     "data: a\n\ndata: b\n\n",
     0, "N|Db;#1/0"},
    {"\xEF\xBB\xBF", 0, "#0/0"},
    {"\xEF\xBB", 0, "#0/0"},
    {"Data: a\n\ndata : b\n\n data: c\n\nretry: 10\n\nid\n\nfoo: bar\n\n", 0, "#0/0"},
    {"data: a:b: c\n\n", 0, "N|Da:b: c;#1/0"},
    {"data: a\0b\n\n", 11, "N|Da\0b;#1/0"},
    {"data: \xE2\x82\xAC\xF0\x9F\x98\x80\n\n", 0, "N|D\xE2\x82\xAC\xF0\x9F\x98\x80;#1/0"},
    {"data: unended\n", 0, "N|Dunended;#1/0"},
    {"data: a\n\ndata: cut", 0, "N|Da;N|Dcut;#2/0"},
    {"data: a\ndata: cut\r", 0, "N|Da\ncut;#1/0"},
    {"event: ping\n\ndata: a\n\nevent: stop", 0, "Nping|D;N|Da;Nstop|D;#3/0"},
    {"event: ping\ndata\n\nevent: done\ndata: [1]\n\n: bye", 0, "Nping|D;Ndone|D[1];#2/1"},
    {"\n\n\r\n\r\rdata: a\n\n\n\n", 0, "N|Da;#1/0"},
};

static size_t stream_len(const struct stream *s) {
    return s->len > 0 ? s->len : strlen(s->bytes);
}

static void streams_give_their_events(void **state) {
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        size_t len = stream_len(&streams[i]);
        llmc__buf got;
        read_in_pieces(streams[i].bytes, &len, 1, &got);
        if (streams[i].len == 0)
            assert_string_equal(llmc__buf_str(&got), streams[i].want);
        else
            assert_memory_equal(got.data, streams[i].want, got.len);
        llmc__buf_free(&got);
    }
}

static void any_split_is_the_same(void **state) {
    size_t i, cut, second;

    (void)state;
    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        const char *bytes = streams[i].bytes;
        size_t len = stream_len(&streams[i]);
        llmc__buf want;
        read_in_pieces(bytes, &len, 1, &want);
        for (cut = 0; cut <= len; cut++)
            for (second = cut; second <= len; second++)
                expect_pieces(bytes, (const size_t[]){cut, second, len}, 3, &want);
        expect_single_bytes(bytes, len, &want);
        llmc__buf_free(&want);
    }
}

static void random_splits_are_the_same(void **state) {
    const char *given = getenv("LLMC_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)atoi(given) : 20240611, round;
    llmc__buf all, want;
    size_t i;

    (void)state;
    printf("LLMC_TEST_SEED=%u\n", seed);
    llmc__buf_init(&all, MAX_EVENT);
    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        llmc__buf_append(&all, streams[i].bytes, stream_len(&streams[i]));
        llmc__buf_append_str(&all, i % 2 == 0 ? "\n\n" : "\r\n\r\n");
    }
    read_in_pieces(all.data, &all.len, 1, &want);
    for (round = 0; round < 2000; round++)
        expect_random_pieces(all.data, all.len, &want, seed + round);
    llmc__buf_free(&want);
    llmc__buf_free(&all);
}

static int see_place(void *ctx, const llmc__sse_event *event) {
    *(const char **)ctx = event->data;
    return 0;
}

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void whole_events_are_not_copied(void **state) {
    static const char bytes[] = "event: x\ndata: {\"a\":1}\n\n";
    const char *place = NULL;
    llmc__sse sse;

    (void)state;
    llmc__sse_init(&sse, 100);
    llmc__mem_set_gate(refuse, NULL);
    assert_int_equal(llmc__sse_feed(&sse, bytes, sizeof(bytes) - 1, see_place, &place), LLMC_OK);
    assert_ptr_equal(place, bytes + 15);
    assert_int_equal(llmc__sse_feed(&sse, bytes, 5, see_place, &place), LLMC_ERR_NO_MEMORY);
    llmc__mem_set_gate(NULL, NULL);
    llmc__sse_free(&sse);
}

static llmc_status feed_limited(const char *bytes, size_t step, size_t max) {
    size_t ends[256];
    size_t len = strlen(bytes), count = 0, at;
    llmc_status status;
    llmc__sse sse;
    record r;

    memset(&r, 0, sizeof(r));
    llmc__buf_init(&r.text, 1000);
    llmc__sse_init(&sse, max);
    for (at = step; at < len; at += step)
        ends[count++] = at;
    ends[count++] = len;
    status = feed_pieces(&sse, bytes, ends, count, &r);
    llmc__sse_free(&sse);
    llmc__buf_free(&r.text);
    return status;
}

static void limits_hold_in_any_split(void **state) {
    static const struct {
        const char *bytes;
        llmc_status want;
    } cases[] = {
        {"data: 789012345\n\n", LLMC_OK},
        {"data: 7890123456", LLMC_ERR_TOO_LARGE},
        {"data: 7890123456\n\n", LLMC_ERR_TOO_LARGE},
        {": long comment 6\n\n", LLMC_ERR_TOO_LARGE},
        {"data:1234567\ndata:1234567\n\n", LLMC_OK},
        {"data:1234567\ndata:12345678\n\n", LLMC_ERR_TOO_LARGE},
        {"data:123456\ndata:123\ndata:123\n\n", LLMC_OK},
        {"data:1234567\ndata:123\ndata:1234\n\n", LLMC_ERR_TOO_LARGE},
        {"data:1234567\n\ndata:1234567\n\ndata:12345678\n\n", LLMC_OK},
    };
    size_t i, step;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (step = 1; step <= strlen(cases[i].bytes); step++)
            assert_int_equal(feed_limited(cases[i].bytes, step, 15), cases[i].want);
}

static void callback_can_stop(void **state) {
    static const char bytes[] = "data: a\n\ndata: b\n\ndata: c\n\n";
    llmc__sse sse;
    record r;

    (void)state;
    memset(&r, 0, sizeof(r));
    r.stop_after = 2;
    llmc__buf_init(&r.text, 100);
    llmc__sse_init(&sse, 100);
    assert_int_equal(llmc__sse_feed(&sse, bytes, sizeof(bytes) - 1, write_down, &r), LLMC_ERR_CANCELLED);
    assert_string_equal(llmc__buf_str(&r.text), "N|Da;N|Db;");
    assert_int_equal(sse.events, 2);
    llmc__sse_free(&sse);
    llmc__buf_free(&r.text);
}

static void long_names_are_cut(void **state) {
    char bytes[200];
    llmc__sse sse;
    record r;

    (void)state;
    memset(&r, 0, sizeof(r));
    memset(bytes, 'n', sizeof(bytes));
    memcpy(bytes, "event:", 6);
    memcpy(bytes + 100, "\n\n", 3);
    llmc__buf_init(&r.text, 1000);
    llmc__sse_init(&sse, 1000);
    assert_int_equal(llmc__sse_feed(&sse, bytes, strlen(bytes), write_down, &r), LLMC_OK);
    assert_int_equal(r.text.len, 63 + 4);
    llmc__sse_free(&sse);
    llmc__buf_free(&r.text);
}

static void split_file(const char *path, const char *bytes, size_t len) {
    llmc__buf want;
    unsigned seed;

    (void)path;
    read_in_pieces(bytes, &len, 1, &want);
    for (seed = 0; seed < 20; seed++)
        expect_random_pieces(bytes, len, &want, seed);
    expect_single_bytes(bytes, len, &want);
    llmc__buf_free(&want);
}

static void recorded_streams_in_any_split(void **state) {
    (void)state;
    support_wire_each(".sse", split_file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_give_their_events),  cmocka_unit_test(any_split_is_the_same),
        cmocka_unit_test(random_splits_are_the_same), cmocka_unit_test(whole_events_are_not_copied),
        cmocka_unit_test(limits_hold_in_any_split),   cmocka_unit_test(callback_can_stop),
        cmocka_unit_test(long_names_are_cut),         cmocka_unit_test(recorded_streams_in_any_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
