/* The tree built in one block against the tree cJSON builds of the same text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_wire.h"
#include "wire/json_scan.h"
#include "wire/json_tree.h"

static size_t compared;

static void assert_same(const cJSON *mine, const cJSON *theirs) {
    for (; mine && theirs; mine = mine->next, theirs = theirs->next) {
        assert_int_equal(mine->type, theirs->type);
        assert_int_equal(mine->string != NULL, theirs->string != NULL);
        if (mine->string)
            assert_string_equal(mine->string, theirs->string);
        if (mine->type == cJSON_String)
            assert_string_equal(mine->valuestring, theirs->valuestring);
        if (mine->type == cJSON_Number) {
            assert_memory_equal(&mine->valuedouble, &theirs->valuedouble, sizeof(double));
            assert_int_equal(mine->valueint, theirs->valueint);
        }
        assert_same(mine->child, theirs->child);
    }
    assert_null(mine);
    assert_null(theirs);
}

/*
 * Builds in a block of exactly the bytes promised, from bytes that end where the text does, so that a sanitizer sees
 * one too many. What the scan does not pass, or would have mended, is not built.
 */
static void compare(const char *given, size_t given_len) {
    llmc__json_scan scan;
    llmc_status status = llmc__json_scan_text(given, given_len, &scan);
    bool plain = status == LLMC_OK && !scan.needs_repair && scan.side == 0;
    size_t len = given_len - scan.start, most, bytes;
    char *text = llmc__mem_alloc(len);
    const cJSON *mine;
    cJSON *theirs;
    void *block;
    assert_non_null(text);
    memcpy(text, given + scan.start, len);
    most = llmc__json_tree_most(text, len);
    bytes = llmc__json_tree_bytes(most, len);
    assert_true(bytes > 0);
    block = llmc__mem_alloc(bytes);
    assert_non_null(block);
    mine = llmc__json_tree_build(text, len, most, block);
    assert_int_equal(mine != NULL, plain);
    if (plain) {
        theirs = cJSON_ParseWithLength(text, len);
        assert_non_null(theirs);
        assert_same(mine, theirs);
        cJSON_Delete(theirs);
        assert_true(scan.nodes <= most);
        assert_non_null(llmc__json_tree_build(text, len, scan.nodes, block));
        assert_null(llmc__json_tree_build(text, len, scan.nodes - 1, block));
        compared++;
    }
    llmc__mem_free(block);
    llmc__mem_free(text);
}

static void hand_written(void **state) {
    static const char *const texts[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "\"\"",
        "true",
        " null ",
        "[[],{},[{}],\"\"]",
        "{\"\":0,\"a\":[1,2,{\"b\":\"c\"}],\"a\":false}",
        "{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"u\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}",
        "[1,-1,123456789012345,-123456789012345,2147483647,2147483648,-2147483648,-2147483649]",
        "[0.5,-2.25,1e3,1E-3,1.5e+10,123456789.125,0.1,1e308,5e-324]",
        "\t{ \"a\" :\r\n [ 1 , 2 ] , \"b\" : { } }\n",
        "\xef\xbb\xbf{\"bom\":1}",
        "{\"tokyo\":\"\xe6\x9d\xb1\xe4\xba\xac\"}",
        "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
        "[\"commas, brackets [ and { in a text of more than sixteen bytes count for values, too,,,,,,,,\"]",
    };
    (void)state;
    compared = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        compare(texts[i], strlen(texts[i]));
    assert_int_equal(compared, sizeof texts / sizeof *texts);
}

static void not_built(void **state) {
    static const char *const texts[] = {"",
                                        "{",
                                        "[1,]",
                                        "{\"a\":}",
                                        "{\"a\"1}",
                                        "{,}",
                                        "[1 2]",
                                        "01",
                                        "-",
                                        "1.",
                                        "1e",
                                        "+1",
                                        ".5",
                                        "tru",
                                        "nul",
                                        "\"a",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u0000\"",
                                        "\"\\ud83d\"",
                                        "\"\x01\"",
                                        "\"\xff\"",
                                        "\"\xc3\"",
                                        "{\"\\u0000\":1}",
                                        "1234567890123456",
                                        "[1]]",
                                        "{\"a\":1}x",
                                        "[}",
                                        "{]",
                                        "{\"a\":1]",
                                        "0.1234567890123456789012345678901234567890123456789012345678901234567890"};
    (void)state;
    compared = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        compare(texts[i], strlen(texts[i]));
    assert_int_equal(compared, 0);
}

static void depth_has_an_end(void **state) {
    char text[2 * (LLMC__JSON_MAX_DEPTH + 1)];
    (void)state;
    compared = 0;
    for (size_t depth = LLMC__JSON_MAX_DEPTH - 1; depth <= LLMC__JSON_MAX_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        compare(text, 2 * depth);
    }
    assert_int_equal(compared, 2);
}

/* Recorded answers with a byte changed or cut off. */
static void changed_file(const char *path, const char *bytes, size_t len) {
    static uint64_t seed = 11;
    char *copy = llmc__mem_alloc(len + 1);
    (void)path;
    assert_non_null(copy);
    for (int i = 0; i < 30; i++) {
        size_t at;
        memcpy(copy, bytes, len);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        at = (size_t)(seed >> 33) % (len + 1);
        copy[at] = (char)(seed >> 20);
        compare(copy, i % 3 ? len : at);
    }
    llmc__mem_free(copy);
}

static void changed_texts(void **state) {
    (void)state;
    compared = 0;
    support_wire_each(".json", changed_file);
    printf("%zu changed texts compared\n", compared);
}

/* Every text of random bytes of an alphabet that is mostly JSON; those the scan passes are compared. */
static void random_texts(void **state) {
    static const char alphabet[] = "{}[]\"\",,::01-9.e \\ntrue\\u0041ab";
    uint64_t seed = 0x9e3779b97f4a7c15u;
    char text[24];
    (void)state;
    compared = 0;
    for (int i = 0; i < 400000; i++) {
        size_t len = 1 + (size_t)(seed >> 33) % 12;
        for (size_t k = 0; k < len; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[k] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
        }
        compare(text, len);
    }
    printf("%zu random texts compared\n", compared);
    assert_true(compared > 1000);
}

static void one_file(const char *path, const char *bytes, size_t len) {
    (void)path;
    compare(bytes, len);
}

static void recorded_texts(void **state) {
    (void)state;
    compared = 0;
    support_wire_each(".json", one_file);
    printf("%zu recorded texts compared\n", compared);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_written),  cmocka_unit_test(not_built),    cmocka_unit_test(depth_has_an_end),
        cmocka_unit_test(changed_texts), cmocka_unit_test(random_texts), cmocka_unit_test(recorded_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
