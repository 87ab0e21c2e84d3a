#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "support_locale.h"
#include "wire/json.h"
#include "wire/jsonw.h"

static void write_all(llmc__jsonw *w) {
    llmc__jsonw_begin_object(w);
    llmc__jsonw_name(w, "s");
    llmc__jsonw_str(w, "t");
    llmc__jsonw_name(w, "list");
    llmc__jsonw_begin_array(w);
    llmc__jsonw_int(w, INT64_MIN);
    llmc__jsonw_double(w, 0.7);
    llmc__jsonw_bool(w, true);
    llmc__jsonw_bool(w, false);
    llmc__jsonw_null(w);
    llmc__jsonw_begin_object(w);
    llmc__jsonw_end_object(w);
    llmc__jsonw_begin_array(w);
    llmc__jsonw_end_array(w);
    llmc__jsonw_end_array(w);
    llmc__jsonw_name(w, "raw");
    llmc__jsonw_raw(w, "{\"x\":[1]}", 9);
    llmc__jsonw_name(w, "last");
    llmc__jsonw_int(w, 0);
    llmc__jsonw_end_object(w);
}

static const char all_text[] = "{\"s\":\"t\",\"list\":[-9223372036854775808,0.7,true,false,null,{},[]],"
                               "\"raw\":{\"x\":[1]},\"last\":0}";

static void commas_and_colons(void **state) {
    llmc__buf out;
    llmc__jsonw w;

    (void)state;
    llmc__buf_init(&out, 1000);
    llmc__jsonw_init(&w, &out);
    write_all(&w);
    assert_int_equal(w.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&out), all_text);
    assert_true(llmc__json_valid(out.data, out.len, NULL));
    if (support_locale_enter("de_DE")) {
        llmc__buf_clear(&out);
        llmc__jsonw_init(&w, &out);
        write_all(&w);
        support_locale_leave();
        assert_string_equal(llmc__buf_str(&out), all_text);
    }
    llmc__buf_free(&out);
}

static void expect_written(const char *text, size_t len, const char *want) {
    llmc__buf out;
    llmc__jsonw w;

    llmc__buf_init(&out, 1000);
    llmc__jsonw_init(&w, &out);
    llmc__jsonw_string(&w, text, len);
    assert_int_equal(w.status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&out), want);
    llmc__buf_free(&out);
}

static void escapes_as_asked(void **state) {
    (void)state;
    expect_written(NULL, 0, "\"\"");
    expect_written("plain / text", 12, "\"plain / text\"");
    expect_written("\"\\\b\f\n\r\t", 7, "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    expect_written("a\0b\x01\x1F\x7F", 6, "\"a\\u0000b\\u0001\\u001f\x7F\"");
    expect_written("\xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8", 9, "\"\xC3\xA9\xF0\x9F\x98\x80\xE2\x80\xA8\"");
}

/* Each byte between others is read back as it was. */
static void every_ascii_byte_comes_back(void **state) {
    int c;

    (void)state;
    for (c = 0; c < 128; c++) {
        char text[21] = "some text|";
        llmc__json_doc *doc;
        llmc__buf out;
        llmc__jsonw w;
        const char *back;
        size_t len;
        memset(text + 10, c, 3);
        memcpy(text + 13, "|more", 5);
        llmc__buf_init(&out, 1000);
        llmc__jsonw_init(&w, &out);
        llmc__jsonw_string(&w, text, 18);
        assert_int_equal(w.status, LLMC_OK);
        assert_int_equal(llmc__json_parse(out.data, out.len, &doc, NULL), LLMC_OK);
        back = llmc__json_string(doc, llmc__json_root(doc), &len);
        assert_int_equal(len, 18);
        assert_memory_equal(back, text, 18);
        llmc__json_free(doc);
        llmc__buf_free(&out);
    }
}

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void first_failure_sticks(void **state) {
    llmc__buf out;
    llmc__jsonw w;

    (void)state;
    llmc__buf_init(&out, 12);
    llmc__jsonw_init(&w, &out);
    llmc__jsonw_string(&w, "a\xE2\x82", 3);
    llmc__jsonw_double(&w, (double)NAN);
    assert_int_equal(w.status, LLMC_ERR_INVALID_UTF8);
    llmc__jsonw_init(&w, &out);
    llmc__jsonw_double(&w, (double)INFINITY);
    llmc__jsonw_name(&w, "\xFF");
    assert_int_equal(w.status, LLMC_ERR_INVALID_ARGUMENT);
    llmc__jsonw_init(&w, &out);
    llmc__jsonw_str(&w, "more than twelve");
    llmc__jsonw_str(&w, "\xFF");
    assert_int_equal(w.status, LLMC_ERR_TOO_LARGE);
    llmc__buf_free(&out);
    llmc__mem_set_gate(refuse, NULL);
    llmc__jsonw_init(&w, &out);
    llmc__jsonw_null(&w);
    llmc__mem_set_gate(NULL, NULL);
    llmc__jsonw_null(&w);
    assert_int_equal(w.status, LLMC_ERR_NO_MEMORY);
    assert_int_equal(out.len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_colons),
        cmocka_unit_test(escapes_as_asked),
        cmocka_unit_test(every_ascii_byte_comes_back),
        cmocka_unit_test(first_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
