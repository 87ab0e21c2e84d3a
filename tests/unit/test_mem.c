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

static void room_is_doubled_when_there_is_none(void **state) {
    int *numbers = NULL, *before;
    size_t cap = 0, full = SIZE_MAX / 2;
    int asked = 0;

    (void)state;
    llmc__mem_set_gate(count, &asked);
    for (int i = 0; i < 9; i++) {
        assert_true(llmc__mem_make_room(&numbers, (size_t)i, &cap, sizeof *numbers));
        numbers[i] = i;
    }
    assert_int_equal(cap, 16);
    assert_int_equal(asked, 4);
    llmc__mem_set_gate(refuse, &asked);
    assert_true(llmc__mem_make_room(&numbers, 15, &cap, sizeof *numbers));
    before = numbers;
    assert_false(llmc__mem_make_room(&numbers, 16, &cap, sizeof *numbers));
    llmc__mem_set_gate(NULL, NULL);
    assert_false(llmc__mem_make_room(&numbers, full, &full, sizeof *numbers));
    assert_ptr_equal(numbers, before);
    assert_int_equal(cap, 16);
    for (int i = 0; i < 9; i++)
        assert_int_equal(numbers[i], i);
    llmc__mem_free(numbers);
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

static void a_spare_block_is_used_again(void **state) {
    llmc__mem_spare spare = {NULL, 0};
    size_t small = 0, large = 0, again = 0, huge = 0;
    int asked = 0;

    (void)state;
    llmc__mem_set_gate(count, &asked);
    llmc__mem_set_spare(&spare);
    void *first = llmc__mem_borrow(100, &small);
    void *second = llmc__mem_borrow(10000, &large);
    assert_true(small >= 100 && large >= 10000);
    assert_int_equal(asked, 2);
    llmc__mem_give_back(first, small);
    assert_ptr_equal(spare.block, first);
    llmc__mem_give_back(second, large); /* the larger one stays */
    assert_ptr_equal(spare.block, second);
    assert_ptr_equal(llmc__mem_borrow(9000, &again), second);
    assert_int_equal(again, large);
    assert_int_equal(asked, 2);
    assert_null(spare.block);
    llmc__mem_give_back(second, again);
    void *third = llmc__mem_borrow((size_t)1 << 20, &huge);
    assert_ptr_equal(spare.block, second);
    llmc__mem_give_back(third, huge); /* too large to be kept */
    assert_ptr_equal(spare.block, second);
    llmc__mem_set_spare(NULL);
    first = llmc__mem_borrow(100, &small);
    assert_int_equal(small, 100);
    llmc__mem_give_back(first, small);
    llmc__mem_set_gate(NULL, NULL);
    assert_ptr_equal(spare.block, second);
    llmc__mem_free(spare.block);
}

static void a_spare_block_does_not_hide_want_of_memory(void **state) {
    llmc__mem_spare spare = {NULL, 0};
    int asked = 0;
    size_t got = 0;

    (void)state;
    llmc__mem_set_spare(&spare);
    llmc__mem_set_gate(refuse, &asked);
    assert_null(llmc__mem_borrow(100, &got));
    llmc__mem_set_gate(NULL, NULL);
    llmc__mem_set_spare(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_zero_is_memory),
        cmocka_unit_test(calloc_is_zeroed_and_checked),
        cmocka_unit_test(copies_of_text),
        cmocka_unit_test(room_is_doubled_when_there_is_none),
        cmocka_unit_test(gate_fails_each_kind),
        cmocka_unit_test(gate_counts_once_each),
        cmocka_unit_test(a_spare_block_is_used_again),
        cmocka_unit_test(a_spare_block_does_not_hide_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
