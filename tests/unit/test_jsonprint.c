#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "wire/jsonprint.h"

static llmc_status print(const char *text, size_t max, llmc__buf *out) {
    llmc__json_doc *doc = NULL;
    llmc__buf_init(out, max);
    assert_int_equal(llmc__json_parse(text, strlen(text), &doc, NULL), LLMC_OK);
    llmc_status status = llmc__jsonprint_value(doc, llmc__json_root(doc), out);
    llmc__json_free(doc);
    return status;
}

/* What goes in with white space comes out without; the order of members stays. */
static void test_values(void **state) {
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"null", "null"},
        {" true", "true"},
        {"[false , -0.5, 1e2]", "[false,-0.5,100]"},
        {"9223372036854775807", "9223372036854775807"},
        {"{\"b\" : {\"c\":[{}]}, \"a\": \"x\"}", "{\"b\":{\"c\":[{}]},\"a\":\"x\"}"},
        {"\"\\u00e9\\n\\\"\\u0000\"", "\"\xc3\xa9\\n\\\"\\u0000\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc__buf out;
        assert_int_equal(print(rows[i].in, 1000, &out), LLMC_OK);
        assert_string_equal(llmc__buf_str(&out), rows[i].out);
        llmc__buf_free(&out);
    }
}

static void test_limit(void **state) {
    llmc__buf out;
    (void)state;
    assert_int_equal(print("[1,2,3,4,5,6,7]", 8, &out), LLMC_ERR_TOO_LARGE);
    llmc__buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
