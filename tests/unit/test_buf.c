#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/buf.h"
#include "base/mem.h"

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void empty_is_text(void **state) {
    llmc__buf buf;
    size_t len = 9;
    char *taken;

    (void)state;
    llmc__buf_init(&buf, 10);
    assert_string_equal(llmc__buf_str(&buf), "");
    assert_int_equal(llmc__buf_append(&buf, NULL, 0), LLMC_OK);
    assert_null(buf.data);
    llmc__buf_clear(&buf);
    llmc__buf_consume(&buf, 3);
    taken = llmc__buf_take(&buf, &len);
    assert_string_equal(taken, "");
    assert_int_equal(len, 0);
    llmc__mem_free(taken);
    llmc__buf_free(&buf);
}

static void appends_of_each_kind(void **state) {
    llmc__buf buf;

    (void)state;
    llmc__buf_init(&buf, 1000);
    assert_int_equal(llmc__buf_append(&buf, "ab", 2), LLMC_OK);
    assert_int_equal(llmc__buf_append_str(&buf, "cd"), LLMC_OK);
    assert_int_equal(llmc__buf_append_char(&buf, 'e'), LLMC_OK);
    assert_int_equal(llmc__buf_appendf(&buf, "-%d-%s", 42, "x"), LLMC_OK);
    assert_string_equal(llmc__buf_str(&buf), "abcde-42-x");
    assert_int_equal(buf.len, 10);
    llmc__buf_consume(&buf, 5);
    assert_string_equal(llmc__buf_str(&buf), "-42-x");
    llmc__buf_consume(&buf, 99);
    assert_int_equal(buf.len, 0);
    assert_string_equal(llmc__buf_str(&buf), "");
    llmc__buf_free(&buf);
    assert_int_equal(buf.max, 1000);
}

static void the_first_room_is_what_was_asked_for(void **state) {
    llmc__buf buf;

    (void)state;
    llmc__buf_init(&buf, 100000);
    assert_int_equal(llmc__buf_reserve(&buf, 300), LLMC_OK);
    assert_int_equal(buf.cap, 301);
    for (int i = 0; i < 300; i++)
        assert_int_equal(llmc__buf_append_char(&buf, 'x'), LLMC_OK);
    assert_int_equal(buf.cap, 301);
    assert_int_equal(llmc__buf_append_char(&buf, 'x'), LLMC_OK);
    assert_int_equal(buf.cap, 602);
    llmc__buf_free(&buf);
}

static void maximum_is_exact(void **state) {
    llmc__buf buf;

    (void)state;
    llmc__buf_init(&buf, 5);
    assert_int_equal(llmc__buf_append(&buf, "12345", 5), LLMC_OK);
    assert_int_equal(llmc__buf_append_char(&buf, '6'), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__buf_appendf(&buf, "%d", 6), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__buf_reserve(&buf, SIZE_MAX), LLMC_ERR_TOO_LARGE);
    assert_string_equal(llmc__buf_str(&buf), "12345");
    assert_true(buf.cap <= 6);
    llmc__buf_free(&buf);
    llmc__buf_init(&buf, SIZE_MAX);
    assert_int_equal(llmc__buf_reserve(&buf, SIZE_MAX), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__buf_append_str(&buf, "x"), LLMC_OK);
    llmc__buf_free(&buf);
}

static void failure_changes_nothing(void **state) {
    llmc__buf buf;
    char long_text[300];

    (void)state;
    memset(long_text, 'y', sizeof(long_text));
    llmc__buf_init(&buf, 1000);
    assert_int_equal(llmc__buf_append_str(&buf, "before"), LLMC_OK);
    llmc__mem_set_gate(refuse, NULL);
    assert_int_equal(llmc__buf_append(&buf, long_text, sizeof(long_text)), LLMC_ERR_NO_MEMORY);
    assert_int_equal(llmc__buf_reserve(&buf, 900), LLMC_ERR_NO_MEMORY);
    llmc__mem_set_gate(NULL, NULL);
    assert_string_equal(llmc__buf_str(&buf), "before");
    llmc__buf_free(&buf);
    llmc__mem_set_gate(refuse, NULL);
    assert_null(llmc__buf_take(&buf, NULL));
    llmc__mem_set_gate(NULL, NULL);
}

static void grows_over_many_appends(void **state) {
    llmc__buf buf;
    size_t i, len;
    char *text;

    (void)state;
    llmc__buf_init(&buf, 100000);
    for (i = 0; i < 100000; i++)
        assert_int_equal(llmc__buf_append_char(&buf, (char)('a' + i % 26)), LLMC_OK);
    text = llmc__buf_take(&buf, &len);
    assert_int_equal(len, 100000);
    for (i = 0; i < len; i++)
        assert_int_equal(text[i], 'a' + (int)(i % 26));
    assert_int_equal(text[len], 0);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    llmc__mem_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_text),
        cmocka_unit_test(appends_of_each_kind),
        cmocka_unit_test(the_first_room_is_what_was_asked_for),
        cmocka_unit_test(maximum_is_exact),
        cmocka_unit_test(failure_changes_nothing),
        cmocka_unit_test(grows_over_many_appends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
