/* Texts that differ from a remembered one in their piece, and in members that say nothing, are told; no others are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support_random.h"
#include "wire/json.h"
#include "wire/shape.h"

static const char *const idle[] = {"created", "pad", NULL};

#define CHUNK(created, text, pad)                                                                                      \
    "{\"id\":\"c-1\",\"created\":" created ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text                 \
    "\"},\"end\":null}],\"pad\":\"" pad "\"}"

/* Remembers a text by the value at root.choices[0].delta.content. */
static void learn(llmc__shape *shape, const char *text) {
    llmc__json_doc *doc = NULL;
    const llmc__json *choice, *value;
    assert_int_equal(llmc__json_parse(text, strlen(text), &doc, NULL), LLMC_OK);
    choice = llmc__json_first(llmc__json_get(llmc__json_root(doc), "choices"));
    value = llmc__json_get(llmc__json_get(choice, "delta"), "content");
    llmc__shape_learn(shape, text, strlen(text), llmc__json_place(doc, value), idle);
    llmc__json_free(doc);
}

/* From a copy that ends where the text does, so that a read past it is seen. */
static bool match(llmc__shape *shape, const char *text, size_t len, const char **piece, size_t *piece_len) {
    char *exact = malloc(len > 0 ? len : 1);
    bool matched;
    memcpy(exact, text, len);
    matched = llmc__shape_match(shape, exact, len, piece, piece_len);
    free(exact);
    return matched;
}

static void expect(llmc__shape *shape, const char *text, const char *wanted) {
    const char *piece = NULL;
    size_t len = 0;
    bool matched = match(shape, text, strlen(text), &piece, &len);
    if (wanted == NULL) {
        assert_false(matched);
        return;
    }
    assert_true(matched);
    assert_string_equal(piece, wanted);
    assert_int_equal(len, strlen(wanted));
}

static void the_piece_is_decoded(void **state) {
    llmc__shape shape;
    (void)state;
    llmc__shape_init(&shape);
    expect(&shape, CHUNK("1", "a", "x"), NULL);
    learn(&shape, CHUNK("1", "a", "x"));
    expect(&shape, CHUNK("1", "", "x"), "");
    expect(&shape, CHUNK("1", "a longer piece of text, past sixteen bytes", "x"),
           "a longer piece of text, past sixteen bytes");
    expect(&shape, CHUNK("1", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "x"), "\"\\/\b\f\n\r\t");
    expect(&shape, CHUNK("1", "\\u00e9 \\ud83d\\ude00 \xc3\xa9 \xf0\x9f\x98\x80", "x"),
           "\xc3\xa9 \xf0\x9f\x98\x80 \xc3\xa9 \xf0\x9f\x98\x80");
    llmc__shape_free(&shape);
}

static void members_that_say_nothing_may_differ(void **state) {
    llmc__shape shape;
    (void)state;
    llmc__shape_init(&shape);
    learn(&shape, CHUNK("1700000000", "a", "x"));
    expect(&shape, CHUNK("1700000001", "b", "x"), "b");
    expect(&shape, CHUNK("9", "b", "longer padding, of more than sixteen bytes"), "b");
    expect(&shape, CHUNK("1700000001", "b", ""), "b");
    expect(&shape, CHUNK("0", "b", "x"), NULL);
    expect(&shape, CHUNK("-1", "b", "x"), NULL);
    expect(&shape, CHUNK("1.5", "b", "x"), NULL);
    expect(&shape, CHUNK("1e5", "b", "x"), NULL);
    expect(&shape, CHUNK("01", "b", "x"), NULL);
    expect(&shape, CHUNK("1234567890123456", "b", "x"), NULL);
    expect(&shape, CHUNK("null", "b", "x"), NULL);
    expect(&shape, CHUNK("1", "b", "\\n"), NULL);
    expect(&shape, CHUNK("1", "b", "x\",\"error\":\"y"), NULL);
    llmc__shape_free(&shape);
}

static void what_the_reader_would_mend_or_refuse_is_left_to_it(void **state) {
    static const char *const pieces[] = {"\xff",      "a\xc3",        "\\ud83d",  "\\ude00\\ud83d", "\\u0000",
                                         "\x01",      "\\x",          "\\",       "\\u12",          "\\ud83d\\u00",
                                         "tab\there", "\xed\xa0\x80", "\\u12g4x", "a\",\"b\":\"",   "\xf0\x9f\x98 x"};
    llmc__shape shape;
    (void)state;
    llmc__shape_init(&shape);
    learn(&shape, CHUNK("1", "a", "x"));
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        char text[512];
        const char *before = CHUNK("1", "", "x");
        const char *at = strstr(before, "content\":\"") + 10;
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - before), before, pieces[i], at);
        expect(&shape, text, NULL);
    }
    llmc__shape_free(&shape);
}

static void any_other_difference_is_seen(void **state) {
    static const char known[] = CHUNK("1", "a", "x");
    const size_t piece_at = (size_t)(strstr(known, "content\":\"") - known) + 10;
    const size_t pad_at = (size_t)(strstr(known, "pad\":\"") - known) + 6;
    const size_t created_at = (size_t)(strstr(known, "created\":") - known) + 9;
    llmc__shape shape;
    (void)state;
    llmc__shape_init(&shape);
    learn(&shape, known);
    for (size_t i = 0; i < sizeof known - 1; i++) {
        char text[sizeof known];
        const char *piece;
        size_t len;
        memcpy(text, known, sizeof known);
        text[i] ^= 1;
        if (i != piece_at && i != pad_at && i != created_at)
            assert_false(match(&shape, text, sizeof known - 1, &piece, &len));
        assert_false(match(&shape, known, i, &piece, &len)); /* cut */
    }
    expect(&shape, CHUNK("1", "a", "x") " ", NULL);
    expect(&shape, CHUNK("1", "a", "x"), "a");
    llmc__shape_forget(&shape);
    expect(&shape, CHUNK("1", "a", "x"), NULL);
    llmc__shape_free(&shape);
}

/* White space, escapes in names and texts, members of the same name further in: the places are found all the same. */
static void places_are_found_in_any_spelling(void **state) {
    llmc__shape shape;
    (void)state;
    llmc__shape_init(&shape);
    learn(&shape,
          "{ \"created\" : 12 , \"a\\\"b\": \"\\\\\", \"choices\" : [ { \"created\": 5, \"delta\": {\"pad\": \"q\", "
          "\"content\" :  \"x\" } } ], \"pad\": \"p\" }");
    expect(&shape,
           "{ \"created\" : 99 , \"a\\\"b\": \"\\\\\", \"choices\" : [ { \"created\": 5, \"delta\": {\"pad\": \"q\", "
           "\"content\" :  \"new\" } } ], \"pad\": \"r\" }",
           "new");
    expect(&shape,
           "{ \"created\" : 12 , \"a\\\"b\": \"\\\\\", \"choices\" : [ { \"created\": 6, \"delta\": {\"pad\": \"q\", "
           "\"content\" :  \"new\" } } ], \"pad\": \"p\" }",
           NULL);
    expect(&shape,
           "{ \"created\" : 12 , \"a\\\"b\": \"\\\\\", \"choices\" : [ { \"created\": 5, \"delta\": {\"pad\": \"z\", "
           "\"content\" :  \"new\" } } ], \"pad\": \"p\" }",
           NULL);
    llmc__shape_free(&shape);
}

static void it_gives_up_where_nothing_comes_again(void **state) {
    llmc__shape shape;
    (void)state;
    llmc__shape_init(&shape);
    for (int i = 0; i < 100; i++)
        learn(&shape, i % 2 ? CHUNK("1", "a", "x") : CHUNK("2", "a", "x"));
    assert_int_equal(shape.text.len, 0);
    llmc__shape_free(&shape);
}

static void texts_too_long_are_not_kept(void **state) {
    llmc__shape shape;
    char *text = malloc(LLMC__SHAPE_BYTES + 256);
    (void)state;
    assert_non_null(text);
    llmc__shape_init(&shape);
    strcpy(text, "{\"choices\":[{\"delta\":{\"content\":\"");
    memset(text + strlen(text), 'a', LLMC__SHAPE_BYTES);
    strcpy(text + 34 + LLMC__SHAPE_BYTES - 1, "\"}}]}");
    learn(&shape, text);
    assert_int_equal(shape.text.len, 0);
    /* A short one is known again however long its piece has become. */
    learn(&shape, "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
    const char *piece = NULL;
    size_t len = 0;
    assert_true(match(&shape, text, strlen(text), &piece, &len));
    assert_int_equal(len, strlen(text) - strlen("{\"choices\":[{\"delta\":{\"content\":\"\"}}]}"));
    free(text);
    llmc__shape_free(&shape);
}

/* Whatever one byte is turned into: what is told is what the reader reads. */
static void it_never_tells_what_the_reader_does_not(void **state) {
    static const char known[] = CHUNK("17", "some text of it", "pad");
    llmc__shape shape;
    support_random random;
    const size_t from = (size_t)(strstr(known, "content") - known);
    size_t told = 0;
    (void)state;
    support_random_begin(&random, "shape");
    llmc__shape_init(&shape);
    learn(&shape, known);
    for (int round = 0; round < 200000; round++) {
        char text[sizeof known];
        const char *piece = NULL;
        size_t len = 0;
        llmc__json_doc *doc = NULL;
        memcpy(text, known, sizeof known);
        for (int i = 0; i < 2; i++)
            text[from + support_random_below(&random, (uint32_t)(sizeof known - 1 - from))] =
                (char)support_random_below(&random, 256);
        if (!match(&shape, text, sizeof known - 1, &piece, &len))
            continue;
        told++;
        assert_int_equal(llmc__json_parse(text, sizeof known - 1, &doc, NULL), LLMC_OK);
        const llmc__json *choice = llmc__json_first(llmc__json_get(llmc__json_root(doc), "choices"));
        size_t read_len = 0;
        const char *read =
            llmc__json_string(doc, llmc__json_get(llmc__json_get(choice, "delta"), "content"), &read_len);
        assert_int_equal(read_len, len);
        assert_memory_equal(read, piece, len);
        llmc__json_free(doc);
    }
    assert_true(told > 1000);
    llmc__shape_free(&shape);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_piece_is_decoded),
        cmocka_unit_test(members_that_say_nothing_may_differ),
        cmocka_unit_test(what_the_reader_would_mend_or_refuse_is_left_to_it),
        cmocka_unit_test(any_other_difference_is_seen),
        cmocka_unit_test(places_are_found_in_any_spelling),
        cmocka_unit_test(it_gives_up_where_nothing_comes_again),
        cmocka_unit_test(texts_too_long_are_not_kept),
        cmocka_unit_test(it_never_tells_what_the_reader_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
