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

/* Builds in a block of exactly the bytes promised, so that a sanitizer sees one too many. */
static void compare(const char *text, size_t len) {
    llmc__json_scan scan;
    cJSON *theirs;
    void *block;
    size_t bytes;
    if (llmc__json_scan_text(text, len, &scan) != LLMC_OK || scan.needs_repair || scan.side)
        return;
    bytes = llmc__json_tree_bytes(scan.nodes, len);
    assert_true(bytes > 0);
    block = llmc__mem_alloc(bytes);
    assert_non_null(block);
    theirs = cJSON_ParseWithLength(text + scan.start, len - scan.start);
    assert_non_null(theirs);
    assert_same(llmc__json_tree_build(text + scan.start, len - scan.start, &scan, block), theirs);
    cJSON_Delete(theirs);
    llmc__mem_free(block);
    compared++;
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
    };
    (void)state;
    compared = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        compare(texts[i], strlen(texts[i]));
    assert_int_equal(compared, sizeof texts / sizeof *texts);
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
        cmocka_unit_test(hand_written),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(recorded_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
