
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/thread.h"
#include "support_locale.h"
#include "support_wire.h"
#include "wire/json.h"
#include "wire/sse.h"

static llmc__json_doc *parse(const char *text, size_t len) {
    llmc__json_fault fault = {0, NULL};
    llmc__json_doc *doc = NULL;
    char *exact = malloc(len > 0 ? len : 1); /* no byte more, so that a read past the end is seen */

    memcpy(exact, text, len);
    assert_int_equal(llmc__json_parse(exact, len, &doc, &fault), LLMC_OK);
    free(exact);
    assert_non_null(doc);
    return doc;
}

static void values_of_each_type(void **state) {
    static const char text[] = " {\"n\":null,\"t\":true,\"f\":false,\"i\":-12,\"d\":1.5e1,\"s\":\"x\",\"a\":[1,[2],{}],"
                               "\"o\":{\"p\":1}}\r\n\t";
    llmc__json_doc *doc = parse(text, sizeof(text) - 1);
    const llmc__json *root = llmc__json_root(doc), *list = llmc__json_get(root, "a");
    int64_t number = 0;
    double real = 0;
    bool flag = false;
    size_t len;

    (void)state;
    assert_int_equal(llmc__json_type_of(root), LLMC__JSON_OBJECT);
    assert_int_equal(llmc__json_count(root), 8);
    assert_int_equal(llmc__json_type_of(llmc__json_get(root, "n")), LLMC__JSON_NULL);
    assert_true(llmc__json_bool(llmc__json_get(root, "t"), &flag) && flag);
    assert_true(llmc__json_bool(llmc__json_get(root, "f"), &flag) && !flag);
    assert_true(llmc__json_int64(doc, llmc__json_get(root, "i"), &number) && number == -12);
    assert_true(llmc__json_int64(doc, llmc__json_get(root, "d"), &number) && number == 15);
    assert_true(llmc__json_double(llmc__json_get(root, "d"), &real) && real == 15);
    assert_string_equal(llmc__json_string(doc, llmc__json_get(root, "s"), &len), "x");
    assert_int_equal(len, 1);
    assert_int_equal(llmc__json_count(list), 3);
    assert_int_equal(llmc__json_type_of(llmc__json_at(list, 1)), LLMC__JSON_ARRAY);
    assert_null(llmc__json_at(list, 3));
    assert_null(llmc__json_at(root, 0));
    assert_string_equal(llmc__json_name(llmc__json_first(root)), "n");
    assert_string_equal(llmc__json_name(llmc__json_next(llmc__json_first(root))), "t");
    assert_string_equal(llmc__json_name(root), "");
    llmc__json_free(doc);
}

static void absent_values_answer_nothing(void **state) {
    llmc__json_doc *doc = parse("{\"a\":\"1\"}", 9);
    const llmc__json *text = llmc__json_get(llmc__json_root(doc), "a");
    int64_t number = 7;
    double real;
    bool flag;
    size_t len = 3;

    (void)state;
    assert_null(llmc__json_root(NULL));
    assert_int_equal(llmc__json_type_of(NULL), LLMC__JSON_ABSENT);
    assert_null(llmc__json_get(llmc__json_get(NULL, "x"), "y"));
    assert_null(llmc__json_get(text, "a"));
    assert_null(llmc__json_first(NULL));
    assert_null(llmc__json_next(NULL));
    assert_null(llmc__json_first(text));
    assert_int_equal(llmc__json_count(NULL), 0);
    assert_string_equal(llmc__json_name(NULL), "");
    assert_null(llmc__json_string(doc, NULL, &len));
    assert_int_equal(len, 0);
    assert_null(llmc__json_string(doc, llmc__json_root(doc), NULL));
    assert_false(llmc__json_int64(doc, text, &number));
    assert_false(llmc__json_double(text, &real));
    assert_false(llmc__json_bool(text, &flag));
    assert_false(llmc__json_int64(doc, NULL, &number));
    llmc__json_free(doc);
    llmc__json_free(NULL);
}

static void names_are_exact_and_the_last_counts(void **state) {
    static const char text[] = "{\"a\":1,\"A\":2,\"a\":3,\"\":4,\"b\\u0000c\":5}";
    llmc__json_doc *doc = parse(text, sizeof(text) - 1);
    const llmc__json *root = llmc__json_root(doc);
    int64_t number;

    (void)state;
    assert_true(llmc__json_int64(doc, llmc__json_get(root, "a"), &number) && number == 3);
    assert_true(llmc__json_int64(doc, llmc__json_get(root, "A"), &number) && number == 2);
    assert_true(llmc__json_int64(doc, llmc__json_get(root, ""), &number) && number == 4);
    assert_null(llmc__json_get(root, "b")); /* a name with a NUL does not pass for its beginning */
    assert_true(llmc__json_int64(doc,
                                 llmc__json_get(root, "b\xEF\xBF\xBD"
                                                      "c"),
                                 &number) &&
                number == 5);
    llmc__json_free(doc);
}

static const struct refusal {
    const char *text;
    size_t offset;
} refusals[] = {
    {"", 0},
    {"  ", 2},
    {"{", 1},
    {"[", 1},
    {"[1", 2},
    {"[1,", 3},
    {"[1,]", 3},
    {"[,1]", 1},
    {"[1 2]", 3},
    {"{\"a\"}", 4},
    {"{\"a\":}", 5},
    {"{\"a\":1,}", 7},
    {"{a:1}", 1},
    {"{'a':1}", 1},
    {"{\"a\" 1}", 5},
    {"[1}", 2},
    {"{\"a\":1]", 6},
    {"1 2", 2},
    {"nul", 0},
    {"nullx", 4},
    {"True", 0},
    {"NaN", 0},
    {"Infinity", 0},
    {"-", 1},
    {"-x", 1},
    {"01", 1},
    {"-01", 2},
    {"1.", 2},
    {".5", 0},
    {"1e", 2},
    {"1e+", 3},
    {"+1", 0},
    {"0x10", 1},
    {"1.5.5", 3},
    {"\"abc", 4},
    {"\"a\nb\"", 2},
    {"\"a\tb\"", 2},
    {"\"\\x\"", 1},
    {"\"\\u12\"", 1},
    {"\"\\u12G4\"", 1},
    {"\"\\", 1},
    {"\"\\\"", 3},
    {"// c\n1", 0},
    {"[1]]", 3},
    {"\xEF\xBB\xBF", 3},
    {"\xC3\xA9", 0},
    {"\"\\ud800", 7},
    {"{\"a\":1", 6},
    {"\f1", 0},
    {"\xEF\xBB\xBF\xEF\xBB\xBF"
     "1",
     3},
    {"[\"a\",\"b]", 8},
    {"{\"\\u00\":1}", 2},
};

static void refused_with_the_place(void **state) {
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        size_t len = strlen(refusals[i].text);
        char *exact = malloc(len > 0 ? len : 1);
        llmc__json_fault fault = {99, NULL};
        llmc__json_doc *doc = NULL;
        memcpy(exact, refusals[i].text, len);
        if (llmc__json_parse(exact, len, &doc, &fault) != LLMC_ERR_INVALID_JSON || fault.offset != refusals[i].offset)
            fail_msg("%s: offset %zu", refusals[i].text, fault.offset);
        assert_non_null(fault.reason);
        assert_null(doc);
        assert_false(llmc__json_valid(exact, len, NULL));
        free(exact);
    }
    assert_false(llmc__json_valid("1\0", 2, NULL)); /* the text ends where len says, not at a NUL */
    assert_false(llmc__json_valid("\"a\0b\"", 5, NULL));
}

static void accepted_texts(void **state) {
    static const char *const texts[] = {"0",
                                        "-0",
                                        "-0.0e-0",
                                        "1E5",
                                        "\"\"",
                                        "[]",
                                        "{}",
                                        " [ ] ",
                                        "[{},[],\"\"]",
                                        "null",
                                        "\xEF\xBB\xBF{}",
                                        "\"\x7F\"",
                                        "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
                                        "[1 , 2]",
                                        "{ \"a\" : 1 , \"b\" : [ ] }",
                                        "12"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        llmc__json_free(parse(texts[i], strlen(texts[i])));
        assert_true(llmc__json_valid(texts[i], strlen(texts[i]), NULL));
    }
}

static void expect_text(const char *text, const char *want, size_t want_len) {
    llmc__json_doc *doc = parse(text, strlen(text));
    const llmc__json *value = llmc__json_root(doc);
    const char *got;
    size_t len;

    if (llmc__json_type_of(value) == LLMC__JSON_OBJECT)
        value = llmc__json_get(value, "v");
    got = llmc__json_string(doc, value, &len);
    assert_non_null(got);
    assert_int_equal(len, want_len);
    assert_memory_equal(got, want, want_len + 1);
    llmc__json_free(doc);
}

#define FFFD "\xEF\xBF\xBD"

static void strings_are_decoded(void **state) {
    (void)state;
    expect_text("\"a\\u0000b\"", "a\0b", 3);
    expect_text("\"\\u0000\"", "\0", 1);
    expect_text("\"\\u0000\\u00e9\\u20ac\\ud83d\\ude00\\n\xC3\xA9\"",
                "\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n\xC3\xA9", 13);
    expect_text("{\"x\":[\"\\u0000\",1,\"p\"],\"v\":\"q\\u0000\\u0000\",\"y\":\"z\"}", "q\0\0", 3);
    expect_text("{\"n\\u0000\":\"a\",\"v\":\"q\\u0000r\\ud800\"}", "q\0r" FFFD, 6);
    expect_text("\"\\uD83D\\uDE00\"", "\xF0\x9F\x98\x80", 4);
    expect_text("\"\\\\u0000\"", "\\u0000", 6);
}

static void broken_characters_are_replaced(void **state) {
    (void)state;
    expect_text("\"\\ud800\"", FFFD, 3);
    expect_text("\"x\\udc00y\"", "x" FFFD "y", 5);
    expect_text("\"\\ud83d\\ud83d\\ude00\"", FFFD "\xF0\x9F\x98\x80", 7);
    expect_text("\"\\ud83dx\"", FFFD "x", 4);
    expect_text("\"\\ud83d\\n\"", FFFD "\n", 4);
    expect_text("\"cut \xE2\x82\"", "cut " FFFD, 7);
    expect_text("\"\xF0\x9F\x98\"", FFFD, 3);
    expect_text("\"\xF0\x9F\"", FFFD, 3);
    expect_text("\"\xFF\xFE.\x80\"", FFFD FFFD "." FFFD, 10);
    expect_text("\"\xED\xA0\x80\"", FFFD FFFD FFFD, 9);
    expect_text("\"\xC0\xAF\"", FFFD FFFD, 6);
    expect_text("\"\xE2\x82\xAC\xE2\x82\xE2\x82\xAC\"", "\xE2\x82\xAC" FFFD "\xE2\x82\xAC", 9);
    expect_text("\"\xC3\\n\"", FFFD "\n", 4);
    expect_text("\xEF\xBB\xBF\"\xFF\"", FFFD, 3);
    expect_text("{\"\xFF\":1,\"v\":\"ok\"}", "ok", 2);
}

static void whole_numbers_are_exact(void **state) {
    static const struct {
        const char *text;
        bool ok;
        int64_t want;
    } cases[] = {
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"9007199254740993", true, 9007199254740993},
        {"-9007199254740993", true, -9007199254740993},
        {"9007199254740993.000", true, 9007199254740993},
        {"9007199254740993.5", false, 0},
        {"-999999999999999", true, -999999999999999},
        {"999999999999999.5", false, 0},
        {"1.0", true, 1},
        {"1e3", true, 1000},
        {"1000000000000000e3", true, 1000000000000000000},
        {"1000000000000000E4", false, 0},
        {"1.5", false, 0},
        {"-0", true, 0},
        {"1e18", true, 1000000000000000000},
        {"1e19", false, 0},
        {"1e400", false, 0},
        {"0.00000000000000000000000000000000000000000000000000000000000000000000", true, 0},
        {"5.00000000000000000000000000000000000000000000000000000000000000000000", true, 5},
        {"1000000000000000000000000000000000000000000000000000000000000000000000", false, 0},
    };
    char text[200];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        llmc__json_doc *doc;
        int64_t got = 0;
        const llmc__json *list;
        snprintf(text, sizeof(text), "{\"k\":\"123\",\"l\":[1234567890123456789,%s,\"\\u0000\",-5]}", cases[i].text);
        doc = parse(text, strlen(text));
        list = llmc__json_get(llmc__json_root(doc), "l");
        if (llmc__json_int64(doc, llmc__json_at(list, 1), &got) != cases[i].ok || (cases[i].ok && got != cases[i].want))
            fail_msg("%s", cases[i].text);
        assert_true(llmc__json_int64(doc, llmc__json_at(list, 0), &got) && got == 1234567890123456789);
        assert_true(llmc__json_int64(doc, llmc__json_at(list, 3), &got) && got == -5);
        llmc__json_free(doc);
    }
}

static void read_doubles(void) {
    static const struct {
        const char *text;
        double want;
    } cases[] = {
        {"1.5", 1.5},
        {"-0.25", -0.25},
        {"1e-2", 0.01},
        {"2.5E+3", 2500},
        {"12", 12},
        {"0.1", 0.1},
        {"9007199254740993", 9007199254740992.0},
        {"0.3333333333333333333333333333333333333333333333333333333333333333333333333", 1.0 / 3},
        {"-1000000000000000000000000000000000000000000000000000000000000000000000", -1e69},
    };
    double got = 0;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        llmc__json_doc *doc = parse(cases[i].text, strlen(cases[i].text));
        assert_true(llmc__json_double(llmc__json_root(doc), &got));
        assert_true(got == cases[i].want);
        llmc__json_free(doc);
    }
}

static void doubles_in_any_locale(void **state) {
    llmc__json_doc *doc = parse("[1e999,-1e999]", 14);
    double got;

    (void)state;
    assert_false(llmc__json_double(llmc__json_at(llmc__json_root(doc), 0), &got));
    assert_false(llmc__json_double(llmc__json_at(llmc__json_root(doc), 1), &got));
    llmc__json_free(doc);
    read_doubles();
    if (support_locale_enter("de_DE")) {
        read_doubles();
        support_locale_leave();
    }
    if (support_locale_enter("ps_AF")) {
        read_doubles();
        support_locale_leave();
    }
}

static llmc_status parse_nested(size_t depth) {
    char text[600];
    llmc__json_doc *doc = NULL;
    llmc_status status;

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    status = llmc__json_parse(text, 2 * depth, &doc, NULL);
    llmc__json_free(doc);
    return status;
}

static void depth_and_nodes_are_limited(void **state) {
    size_t len = 2 * (size_t)LLMC__JSON_MAX_NODES, i;
    char *text = malloc(len + 2);
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault;

    (void)state;
    assert_int_equal(parse_nested(LLMC__JSON_MAX_DEPTH), LLMC_OK);
    assert_int_equal(parse_nested(LLMC__JSON_MAX_DEPTH + 1), LLMC_ERR_TOO_LARGE);
    text[0] = '[';
    for (i = 1; i < len; i += 2)
        memcpy(text + i, "1,", 2);
    text[len] = ']'; /* the array and as many numbers as there may be values: one too many */
    assert_int_equal(llmc__json_parse(text, len + 1, &doc, &fault), LLMC_ERR_TOO_LARGE);
    assert_null(doc);
    assert_string_equal(fault.reason, "too many values");
    text[len - 2] = ' ';
    text[len - 1] = ']';
    assert_true(llmc__json_valid(text, len, NULL));
    free(text);
}

/* Strings end in each place of the blocks that are copied at once, with plain text, escapes and more behind them. */
static void strings_of_each_length(void **state) {
    char text[256], want[64];
    size_t before, len, i;

    (void)state;
    for (before = 0; before < 20; before++)
        for (len = 0; len < 40; len++) {
            for (i = 0; i < len; i++)
                want[i] = (char)('!' + (i * 7 + before) % 90 + 1);
            want[len] = '\0';
            for (i = 0; i < len; i++)
                want[i] = want[i] == '"' || want[i] == '\\' ? '.' : want[i];
            (void)snprintf(text, sizeof text, "{\"x\":\"%.*s\",\"v\":\"%s\"}", (int)before, "abcdefghijklmnopqrst",
                           want);
            expect_text(text, want, len);
            (void)snprintf(text, sizeof text, "{\"v\":\"%s\\u0041\",\"%.*s\":0}", want, (int)before,
                           "abcdefghijklmnopqrst");
            want[len] = 'A';
            want[len + 1] = '\0';
            expect_text(text, want, len + 1);
        }
}

/* More values than room was first taken for: as many as the text can have, and just more than were thought of. */
static void dense_texts_are_read_whole(void **state) {
    char text[2048];
    size_t count, i;

    (void)state;
    for (count = 1; count < 1000; count += 7) {
        llmc__json_doc *doc;
        text[0] = '[';
        for (i = 0; i < count; i++)
            memcpy(text + 1 + 2 * i, i % 2 ? "7," : "8,", 2);
        text[2 * count] = ']';
        doc = parse(text, 2 * count + 1);
        assert_int_equal(llmc__json_count(llmc__json_root(doc)), count);
        for (i = 0; i < count; i += 97) {
            int64_t value = 0;
            assert_true(llmc__json_int64(doc, llmc__json_at(llmc__json_root(doc), i), &value));
            assert_int_equal(value, i % 2 ? 7 : 8);
        }
        llmc__json_free(doc);
    }
}

static int allowed_left;

static int allow_some(void *ctx) {
    (void)ctx;
    return allowed_left-- > 0;
}

static void no_memory_is_told(void **state) {
    static const char text[] = "{\"a\":\"\\ud800 and \xFF\",\"b\":12345678901234567890}";
    llmc__json_doc *doc = NULL;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    int n;

    (void)state;
    for (n = 0; n < 20 && status == LLMC_ERR_NO_MEMORY; n++) {
        llmc__mem_set_gate(allow_some, NULL);
        allowed_left = n;
        status = llmc__json_parse(text, sizeof(text) - 1, &doc, NULL);
        llmc__mem_set_gate(NULL, NULL);
        assert_true((status == LLMC_OK) == (doc != NULL));
    }
    assert_int_equal(status, LLMC_OK);
    assert_true(n > 1);
    llmc__json_free(doc);
}

/* Numbers parse with a locale of the thread's own: it must be put back. */
static void threads_do_not_meet(void *ctx) {
    int i;

    (void)ctx;
    for (i = 0; i < 300; i++) {
        llmc__json_doc *doc = NULL;
        if (llmc__json_parse("[1.5,\"\\u0000\",12345678901234567]", 32, &doc, NULL) != LLMC_OK)
            abort();
        llmc__json_free(doc);
    }
}

static void many_threads(void **state) {
    llmc__thread threads[3];
    int i;

    (void)state;
    for (i = 0; i < 3; i++)
        assert_int_equal(llmc__thread_start(&threads[i], "json", threads_do_not_meet, NULL), LLMC_OK);
    for (i = 0; i < 3; i++)
        llmc__thread_join(&threads[i]);
}

static void read_file(const char *path, const char *bytes, size_t len) {
    llmc__json_doc *doc = NULL;
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(bytes, len, &doc, &fault);

    if (status != LLMC_OK)
        fail_msg("%s: %s at %zu", path, fault.reason, fault.offset);
    llmc__json_free(doc);
}

static int read_event(void *ctx, const llmc__sse_event *event) {
    llmc__json_doc *doc = NULL;

    ++*(int *)ctx;
    if (event->data_len > 0 && event->data[0] == '{' &&
        llmc__json_parse(event->data, event->data_len, &doc, NULL) == LLMC_OK)
        assert_int_equal(llmc__json_type_of(llmc__json_root(doc)), LLMC__JSON_OBJECT);
    llmc__json_free(doc);
    return 0;
}

static void read_stream(const char *path, const char *bytes, size_t len) {
    llmc__sse sse;
    int events = 0;

    (void)path;
    llmc__sse_init(&sse, len + 1);
    assert_int_equal(llmc__sse_feed(&sse, bytes, len, read_event, &events), LLMC_OK);
    assert_int_equal(llmc__sse_finish(&sse, read_event, &events), LLMC_OK);
    llmc__sse_free(&sse);
}

static void recorded_texts(void **state) {
    (void)state;
    support_wire_each(".json", read_file);
    support_wire_each(".sse", read_stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_type),
        cmocka_unit_test(absent_values_answer_nothing),
        cmocka_unit_test(names_are_exact_and_the_last_counts),
        cmocka_unit_test(refused_with_the_place),
        cmocka_unit_test(accepted_texts),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(broken_characters_are_replaced),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(doubles_in_any_locale),
        cmocka_unit_test(depth_and_nodes_are_limited),
        cmocka_unit_test(strings_of_each_length),
        cmocka_unit_test(dense_texts_are_read_whole),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(many_threads),
        cmocka_unit_test(recorded_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
