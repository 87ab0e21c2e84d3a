#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "wire/jsonform.h"

static llmc__buf out;
static llmc__jsonw w;

static void start(size_t max) {
    llmc__buf_free(&out);
    llmc__buf_init(&out, max);
    llmc__jsonw_init(&w, &out);
}

static void expect(const char *text) {
    assert_int_equal(w.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&out), text);
    llmc__buf_free(&out);
}

static void test_structure(void **state) {
    (void)state;
    start(1000);
    llmc__jsonform_write(
        &w, "{type:'function',function:{name:%s,strict:true,api_version:2,none:null},list:[1,'b',[],{}]}", "f\"1\"");
    expect("{\"type\":\"function\",\"function\":{\"name\":\"f\\\"1\\\"\",\"strict\":true,\"api_version\":2,\"none\":"
           "null},\"list\":[1,\"b\",[],{}]}");
}

static void test_values(void **state) {
    (void)state;
    start(1000);
    llmc__jsonform_write(&w, "{s:%s,t:%t,j:%j,d:%d,b:%b,c:%b}", "x", "a\0b", (size_t)3, "{\"k\":[1]}", INT64_MIN, 1, 0);
    expect("{\"s\":\"x\",\"t\":\"a\\u0000b\",\"j\":{\"k\":[1]},\"d\":-9223372036854775808,\"b\":true,"
           "\"c\":false}");
}

/* What is left out takes its arguments all the same, and no comma. */
static void test_left_out(void **state) {
    (void)state;
    start(1000);
    llmc__jsonform_write(&w, "{a:%s,b:%j,?c:%d,?d:true,?e:%s,?f:'x',g:%t,?h:%d,?i:%b}", (char *)NULL, (char *)NULL, 0,
                         INT64_C(7), 0, 0, "no", 0, (char *)NULL, (size_t)0, 0, INT64_C(2), 0, 1);
    expect("{\"g\":\"\"}");
    start(1000);
    llmc__jsonform_write(&w, "{?c:%d,?d:true,?e:%s,?f:'x',?h:%d,?i:%b,z:%s}", 1, INT64_C(7), 1, 1, "yes", 1, 1,
                         INT64_C(2), 1, 0, "end");
    expect("{\"c\":7,\"d\":true,\"e\":\"yes\",\"f\":\"x\",\"h\":2,\"i\":false,\"z\":\"end\"}");
}

/* A text in pieces, with others of the writer's between them. */
static void test_pieces(void **state) {
    (void)state;
    start(1000);
    llmc__jsonform_write(&w, "{role:%s,content:[", "user");
    for (int i = 0; i < 3; i++)
        llmc__jsonform_write(&w, "{text:%s}", i == 1 ? NULL : "t");
    llmc__jsonw_int(&w, 5);
    llmc__jsonform_write(&w, "], own:true ?none:%d, last:", 0, INT64_C(1));
    llmc__jsonw_int(&w, 7);
    llmc__jsonw_name(&w, "own");
    llmc__jsonform_write(&w, "%d,%n:%b,%n:{}}", INT64_C(1), "a\"b", 1, "c");
    expect("{\"role\":\"user\",\"content\":[{\"text\":\"t\"},{},{\"text\":\"t\"},5],\"own\":true,\"last\":7,\"own\":1,"
           "\"a\\\"b\":true,\"c\":{}}");
}

static void test_failures_stick(void **state) {
    (void)state;
    start(6);
    llmc__jsonform_write(&w, "{name:%s}", "value");
    assert_int_equal(w.status, LLMC_ERR_TOO_LARGE);
    llmc__jsonform_write(&w, "{}");
    assert_int_equal(w.status, LLMC_ERR_TOO_LARGE);
    start(100);
    llmc__jsonform_write(&w, "{name:%s}", "\xff");
    assert_int_equal(w.status, LLMC_ERR_INVALID_UTF8);
    llmc__buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure), cmocka_unit_test(test_values),         cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_pieces),    cmocka_unit_test(test_failures_stick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
