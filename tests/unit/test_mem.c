#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/mem.h"

static int refuse(void *ctx) {
    ++*(int *)ctx;
    return 0;
}

static int count(void *ctx) {
    ++*(int *)ctx;
    return 1;
}

static void size_zero_is_memory(void **state) {
    void *a = llmc__mem_alloc(0), *b = llmc__mem_calloc(0, 8), *c = llmc__mem_realloc(NULL, 0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    c = llmc__mem_realloc(c, 0);
    assert_non_null(c);
    llmc__mem_free(a);
    llmc__mem_free(b);
    llmc__mem_free(c);
    llmc__mem_free(NULL);
}

static void calloc_is_zeroed_and_checked(void **state) {
    unsigned char *p = llmc__mem_calloc(3, 5);
    size_t i;

    (void)state;
    assert_non_null(p);
    for (i = 0; i < 15; i++)
        assert_int_equal(p[i], 0);
    llmc__mem_free(p);
    assert_null(llmc__mem_calloc(SIZE_MAX / 2, 3));
    assert_null(llmc__mem_calloc(SIZE_MAX, SIZE_MAX));
}

static void copies_of_text(void **state) {
    char *a = llmc__mem_strdup("key"), *b = llmc__mem_strndup("a\0b", 3), *c = llmc__mem_strndup("xyz", 0);

    (void)state;
    assert_string_equal(a, "key");
    assert_memory_equal(b, "a\0b", 4);
    assert_string_equal(c, "");
    assert_null(llmc__mem_strdup(NULL));
    assert_null(llmc__mem_strndup(NULL, 3));
    assert_null(llmc__mem_strndup("x", SIZE_MAX));
    llmc__mem_free_secret(a);
    llmc__mem_free_secret(NULL);
    llmc__mem_free(b);
    llmc__mem_free(c);
}

static void gate_fails_each_kind(void **state) {
    int asked = 0;
    char *p = llmc__mem_strdup("kept");

    (void)state;
    llmc__mem_set_gate(refuse, &asked);
    assert_null(llmc__mem_alloc(1));
    assert_null(llmc__mem_calloc(1, 1));
    assert_null(llmc__mem_realloc(p, 100));
    assert_null(llmc__mem_strdup("x"));
    assert_int_equal(asked, 4);
    llmc__mem_set_gate(NULL, NULL);
    assert_string_equal(p, "kept");
    llmc__mem_free(p);
    assert_int_equal(asked, 4);
}

static void gate_counts_once_each(void **state) {
    int asked = 0;
    char *p;

    (void)state;
    llmc__mem_set_gate(count, &asked);
    p = llmc__mem_strdup("x");
    p = llmc__mem_realloc(p, 50);
    llmc__mem_free(p);
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(asked, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_zero_is_memory),   cmocka_unit_test(calloc_is_zeroed_and_checked),
        cmocka_unit_test(copies_of_text),        cmocka_unit_test(gate_fails_each_kind),
        cmocka_unit_test(gate_counts_once_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
