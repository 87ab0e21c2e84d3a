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
#include "wire/ndjson.h"

#define MAX_LINE 100000

/* The lines written into one text: [line][line] */
typedef struct record {
    llmc__buf text;
    int stop_after; /* 0: never */
} record;

static int write_down(void *ctx, const char *line, size_t len) {
    record *r = ctx;
    assert_int_equal(llmc__buf_append_char(&r->text, '['), LLMC_OK);
    assert_int_equal(llmc__buf_append(&r->text, line, len), LLMC_OK);
    assert_int_equal(llmc__buf_append_char(&r->text, ']'), LLMC_OK);
    return r->stop_after > 0 && --r->stop_after == 0;
}

/* Each piece in memory of its own size, so that a sanitizer sees a read past its end. */
static llmc_status feed_piece(llmc__ndjson *reader, const char *bytes, size_t len, record *r) {
    char *piece = malloc(len > 0 ? len : 1);
    memcpy(piece, bytes, len);
    llmc_status status = llmc__ndjson_feed(reader, piece, len, write_down, r);
    free(piece);
    return status;
}

/* The first piece is `cut` long, the others `step`. */
static void read_cut(const char *bytes, size_t len, size_t cut, size_t step, llmc__buf *out) {
    record r = {.stop_after = 0};
    llmc__ndjson reader;
    llmc__buf_init(&r.text, 10000000);
    llmc__ndjson_init(&reader, MAX_LINE);
    for (size_t at = 0, size = cut; at < len; size = step) {
        size = size < len - at ? size : len - at;
        assert_int_equal(feed_piece(&reader, bytes + at, size, &r), LLMC_OK);
        at += size;
    }
    assert_int_equal(llmc__ndjson_finish(&reader, write_down, &r), LLMC_OK);
    llmc__buf_appendf(&r.text, "#%d", (int)reader.lines);
    assert_int_equal(llmc__ndjson_finish(&reader, write_down, &r), LLMC_OK); /* nothing is left to deliver twice */
    llmc__ndjson_free(&reader);
    *out = r.text;
}

/* Whole, byte by byte, and cut in two at every place. */
static void check(const char *bytes, size_t len, const char *expected) {
    llmc__buf out;
    read_cut(bytes, len, len, len, &out);
    assert_string_equal(llmc__buf_str(&out), expected);
    llmc__buf_free(&out);
    for (size_t cut = 1; cut <= len; cut++) {
        read_cut(bytes, len, cut, cut == 1 ? 1 : len, &out);
        assert_string_equal(llmc__buf_str(&out), expected);
        llmc__buf_free(&out);
    }
}

static void test_lines(void **state) {
    static const struct {
        const char *bytes, *expected;
    } rows[] = {
        {"{\"a\":1}\n{\"b\":2}\n", "[{\"a\":1}][{\"b\":2}]#2"},
        {"{}\r\n{}\r\n", "[{}][{}]#2"},
        {"\n\n  \n\t\r\n{}\n\n", "[{}]#1"},
        {"{}\n{\"last\":true}", "[{}][{\"last\":true}]#2"},
        {"  {} \t\n", "[{}]#1"},
        {"a\rb\n", "[a\rb]#1"}, /* CR alone ends no line */
        {"", "#0"},
        {"   ", "#0"},
        {"\xf0\x9f\x98\x80\n", "[\xf0\x9f\x98\x80]#1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i].bytes, strlen(rows[i].bytes), rows[i].expected);
}

static void test_nul_bytes(void **state) {
    llmc__buf out;
    (void)state;
    read_cut("a\0b\n", 4, 4, 4, &out);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.data, "[a\0b]#1", 7);
    llmc__buf_free(&out);
}

static void test_limit(void **state) {
    record r = {.stop_after = 0};
    llmc__ndjson reader;
    (void)state;
    llmc__buf_init(&r.text, 100);
    llmc__ndjson_init(&reader, 4);
    assert_int_equal(llmc__ndjson_feed(&reader, "1234\n", 5, write_down, &r), LLMC_OK);
    assert_int_equal(llmc__ndjson_feed(&reader, "12345\n", 6, write_down, &r), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__ndjson_feed(&reader, "123", 3, write_down, &r), LLMC_OK);
    assert_int_equal(llmc__ndjson_feed(&reader, "45", 2, write_down, &r), LLMC_ERR_TOO_LARGE);
    llmc__ndjson_free(&reader);
    llmc__ndjson_init(&reader, 4);
    assert_int_equal(llmc__ndjson_feed(&reader, "12", 2, write_down, &r), LLMC_OK);
    assert_int_equal(llmc__ndjson_feed(&reader, "345\n", 4, write_down, &r), LLMC_ERR_TOO_LARGE);
    assert_string_equal(llmc__buf_str(&r.text), "[1234]");
    llmc__ndjson_free(&reader);
    llmc__buf_free(&r.text);
}

static void test_stops(void **state) {
    record r = {.stop_after = 2};
    llmc__ndjson reader;
    (void)state;
    llmc__buf_init(&r.text, 100);
    llmc__ndjson_init(&reader, 100);
    assert_int_equal(llmc__ndjson_feed(&reader, "1\n2\n3\n", 6, write_down, &r), LLMC_ERR_CANCELLED);
    assert_string_equal(llmc__buf_str(&r.text), "[1][2]");
    r.stop_after = 1;
    assert_int_equal(llmc__ndjson_feed(&reader, "4", 1, write_down, &r), LLMC_OK);
    assert_int_equal(llmc__ndjson_finish(&reader, write_down, &r), LLMC_ERR_CANCELLED);
    llmc__ndjson_free(&reader);
    llmc__buf_free(&r.text);
}

static int no_memory(void *ctx) {
    (void)ctx;
    return 0;
}

static void test_no_memory(void **state) {
    record r = {.stop_after = 0};
    llmc__ndjson reader;
    (void)state;
    llmc__buf_init(&r.text, 100);
    assert_int_equal(llmc__buf_reserve(&r.text, 50), LLMC_OK);
    llmc__ndjson_init(&reader, 100);
    llmc__mem_set_gate(no_memory, NULL);
    llmc_status split = llmc__ndjson_feed(&reader, "12", 2, write_down, &r);
    llmc_status whole = llmc__ndjson_feed(&reader, "12\n", 3, write_down, &r); /* needs none */
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(split, LLMC_ERR_NO_MEMORY);
    assert_int_equal(whole, LLMC_OK);
    assert_string_equal(llmc__buf_str(&r.text), "[12]");
    llmc__ndjson_free(&reader);
    llmc__buf_free(&r.text);
}

/* A large text of random lines, cut in random pieces, against the one read whole. */
static void test_random_splits(void **state) {
    static char bytes[20000];
    unsigned seed = 20260824;
    llmc__buf whole, split;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1103515245U + 12345U;
        bytes[i] = "\n\r ab{}\"c"[(seed >> 16) % 9];
    }
    read_cut(bytes, sizeof bytes, sizeof bytes, 1, &whole);
    for (int round = 0; round < 100; round++) {
        seed = seed * 1103515245U + 12345U;
        read_cut(bytes, sizeof bytes, 1 + (seed >> 16) % 500, 1 + (seed >> 20) % 50, &split);
        assert_string_equal(llmc__buf_str(&split), llmc__buf_str(&whole));
        llmc__buf_free(&split);
    }
    llmc__buf_free(&whole);
}

static void check_recorded(const char *path, const char *bytes, size_t len) {
    llmc__buf whole, split;
    read_cut(bytes, len, len, len, &whole);
    for (size_t cut = 1; cut < len; cut += 1 + len / 500) {
        read_cut(bytes, len, cut, len, &split);
        if (strcmp(llmc__buf_str(&split), llmc__buf_str(&whole)) != 0)
            fail_msg("%s cut at %zu", path, cut);
        llmc__buf_free(&split);
    }
    read_cut(bytes, len, 1, 1, &split);
    assert_string_equal(llmc__buf_str(&split), llmc__buf_str(&whole));
    llmc__buf_free(&split);
    llmc__buf_free(&whole);
}

static void test_recorded(void **state) {
    (void)state;
    (void)support_wire_each(".ndjson", check_recorded);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_nul_bytes), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_stops),    cmocka_unit_test(test_no_memory), cmocka_unit_test(test_random_splits),
        cmocka_unit_test(test_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
