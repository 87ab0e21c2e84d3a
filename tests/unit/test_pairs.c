/* The small helpers of adapters: pairs of texts, and text in a URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "provider/pairs.h"
#include "provider/percent.h"

static const char pairs[] = "image/png\0png\0"
                            "text/csv\0csv\0"
                            "empty\0\0"
                            "last\0end\0";

static void finds(const char *key, const char *value) {
    const char *found = llmc__pairs_find(pairs, key, strlen(key));
    if (value == NULL)
        assert_null(found);
    else
        assert_string_equal(found, value);
}

static void test_pairs(void **state) {
    (void)state;
    finds("image/png", "png");
    finds("TEXT/CSV", "csv");
    finds("last", "end");
    finds("png", NULL); /* a value is no key */
    finds("image/pn", NULL);
    finds("image/png2", NULL);
    finds("", NULL);
    assert_string_equal(llmc__pairs_find(pairs, "last; charset=x", 4), "end");
    assert_null(llmc__pairs_find("", "last", 4));
}

static void encodes(const char *text, const char *keep, const char *expected) {
    llmc__buf out;
    llmc__buf_init(&out, 100);
    assert_int_equal(llmc__percent_append(&out, text, strlen(text), keep), LLMC_OK);
    assert_string_equal(llmc__buf_str(&out), expected);
    llmc__buf_free(&out);
}

static void test_percent(void **state) {
    llmc__buf out;
    (void)state;
    encodes("aZ09-._~", "", "aZ09-._~");
    encodes("a/b:c d%", "", "a%2Fb%3Ac%20d%25");
    encodes("a/b:c@d", "/@", "a/b%3Ac@d");
    encodes("\xc3\xbc", "", "%C3%BC");
    encodes("", "", "");
    llmc__buf_init(&out, 4);
    assert_int_equal(llmc__percent_append(&out, "ab/", 3, ""), LLMC_ERR_TOO_LARGE);
    assert_string_equal(llmc__buf_str(&out), "ab");
    llmc__buf_free(&out);
    llmc__buf_init(&out, 100);
    assert_int_equal(llmc__percent_append(&out, "a\0b", 3, "/"), LLMC_OK);
    assert_string_equal(llmc__buf_str(&out), "a%00b");
    llmc__buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
