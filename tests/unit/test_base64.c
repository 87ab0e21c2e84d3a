#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/base64.h"
#include "base/mem.h"

/* RFC 4648 section 10, and the alphabet's last two characters. */
static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} vectors[] = {
    {"", 0, ""},
    {"f", 1, "Zg=="},
    {"fo", 2, "Zm8="},
    {"foo", 3, "Zm9v"},
    {"foob", 4, "Zm9vYg=="},
    {"fooba", 5, "Zm9vYmE="},
    {"foobar", 6, "Zm9vYmFy"},
    {"\xfb\xff\xbf", 3, "+/+/"},
    {"\0\0", 2, "AAA="},
};

static void vectors_both_ways(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        llmc__buf text, bytes;
        llmc__buf_init(&text, 100);
        llmc__buf_init(&bytes, 100);
        assert_int_equal(llmc__base64_append(&text, vectors[i].bytes, vectors[i].len), LLMC_OK);
        assert_string_equal(llmc__buf_str(&text), vectors[i].text);
        assert_int_equal(llmc__base64_decode(vectors[i].text, strlen(vectors[i].text), &bytes), LLMC_OK);
        assert_int_equal(bytes.len, vectors[i].len);
        assert_memory_equal(llmc__buf_str(&bytes), vectors[i].bytes, vectors[i].len);
        llmc__buf_free(&text);
        llmc__buf_free(&bytes);
    }
}

static void appends_behind_what_is_there(void **state) {
    llmc__buf buf;
    (void)state;
    llmc__buf_init(&buf, 100);
    assert_int_equal(llmc__buf_append_str(&buf, "x:"), LLMC_OK);
    assert_int_equal(llmc__base64_append(&buf, "foo", 3), LLMC_OK);
    assert_int_equal(llmc__base64_decode("Zm9v", 4, &buf), LLMC_OK);
    assert_string_equal(buf.data, "x:Zm9vfoo");
    llmc__buf_free(&buf);
}

static void missing_padding_is_forgiven(void **state) {
    static const char *const texts[] = {"Zg", "Zg=", "Zm8", "Zm9vYg", "Zm9vYg="};
    static const char *const bytes[] = {"f", "f", "fo", "foob", "foob"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        llmc__buf buf;
        llmc__buf_init(&buf, 100);
        assert_int_equal(llmc__base64_decode(texts[i], strlen(texts[i]), &buf), LLMC_OK);
        assert_string_equal(buf.data, bytes[i]);
        llmc__buf_free(&buf);
    }
}

static void garbage_is_refused(void **state) {
    static const char *const texts[] = {"Z",        "Zm9vY", "Zm 9v", "Zm9v\n", "Zg===", "Zm9v=", "====",   "=",
                                        "Zg==Zg==", "Z===",  "Zm-v",  "Zm_v",   "Zh==",  "Zm9=",  "Zm\x80v"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        llmc__buf buf;
        llmc__buf_init(&buf, 100);
        assert_int_equal(llmc__buf_append_str(&buf, "kept"), LLMC_OK);
        if (llmc__base64_decode(texts[i], strlen(texts[i]), &buf) != LLMC_ERR_INVALID_ARGUMENT)
            fail_msg("taken: \"%s\"", texts[i]);
        assert_string_equal(buf.data, "kept");
        assert_int_equal(buf.len, 4);
        llmc__buf_free(&buf);
    }
}

static void a_nul_byte_is_garbage(void **state) {
    llmc__buf buf;
    (void)state;
    llmc__buf_init(&buf, 100);
    assert_int_equal(llmc__base64_decode("Zm\0v", 4, &buf), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(buf.len, 0);
    llmc__buf_free(&buf);
}

static void every_length_comes_back(void **state) {
    unsigned char bytes[257];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        llmc__buf text, back;
        llmc__buf_init(&text, 1000);
        llmc__buf_init(&back, len); /* exactly what is needed */
        assert_int_equal(llmc__base64_append(&text, bytes, len), LLMC_OK);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_int_equal(llmc__base64_decode(llmc__buf_str(&text), text.len, &back), LLMC_OK);
        assert_int_equal(back.len, len);
        assert_memory_equal(llmc__buf_str(&back), bytes, len);
        llmc__buf_free(&text);
        llmc__buf_free(&back);
    }
}

static int refuse(void *ctx) {
    (void)ctx;
    return 0;
}

static void limits_change_nothing(void **state) {
    llmc__buf buf;
    (void)state;
    llmc__buf_init(&buf, 7);
    assert_int_equal(llmc__base64_append(&buf, "foob", 4), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__base64_append(&buf, "f", SIZE_MAX), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__base64_decode("Zm9vYmFyZm9v", 12, &buf), LLMC_ERR_TOO_LARGE);
    assert_int_equal(buf.len, 0);
    llmc__mem_set_gate(refuse, NULL);
    llmc_status encoded = llmc__base64_append(&buf, "foo", 3);
    llmc_status decoded = llmc__base64_decode("Zm9v", 4, &buf);
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(encoded, LLMC_ERR_NO_MEMORY);
    assert_int_equal(decoded, LLMC_ERR_NO_MEMORY);
    assert_int_equal(buf.len, 0);
    llmc__buf_free(&buf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_both_ways),           cmocka_unit_test(appends_behind_what_is_there),
        cmocka_unit_test(missing_padding_is_forgiven), cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(a_nul_byte_is_garbage),       cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(limits_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
