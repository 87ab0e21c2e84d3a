#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include "base/map.h"
#include "base/mem.h"

static const llmc__hash_key key = {11, 22};
static int allowed_left;

static int allow_some(void *ctx) {
    (void)ctx;
    return allowed_left-- > 0;
}

static void count_each(const char *name, void *value, void *ctx) {
    assert_true(strlen(name) > 0);
    *(int *)ctx += *(int *)value;
}

static void set_get_remove(void **state) {
    llmc__map map;
    int one = 1, two = 2, sum = 0;
    void *old = &one;

    (void)state;
    llmc__map_init(&map, key);
    assert_null(llmc__map_get(&map, "a"));
    assert_null(llmc__map_remove(&map, "a"));
    llmc__map_each(&map, count_each, &sum);
    assert_int_equal(llmc__map_set(&map, "a", &one, &old), LLMC_OK);
    assert_null(old);
    assert_int_equal(llmc__map_set(&map, "ab", &two, NULL), LLMC_OK);
    assert_ptr_equal(llmc__map_get_n(&map, "abc", 2), &two);
    assert_ptr_equal(llmc__map_get_n(&map, "abc", 1), &one);
    assert_null(llmc__map_get(&map, "abc"));
    assert_int_equal(llmc__map_set(&map, "a", &two, &old), LLMC_OK);
    assert_ptr_equal(old, &one);
    assert_int_equal(map.count, 2);
    llmc__map_each(&map, count_each, &sum);
    assert_int_equal(sum, 4);
    assert_ptr_equal(llmc__map_remove(&map, "a"), &two);
    assert_null(llmc__map_get(&map, "a"));
    assert_int_equal(map.count, 1);
    llmc__map_free(&map, NULL);
    assert_int_equal(map.count, 0);
}

static void thousand_names_survive_growth(void **state) {
    llmc__map map;
    char name[16];
    int i;

    (void)state;
    llmc__map_init(&map, key);
    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        assert_int_equal(llmc__map_set(&map, name, llmc__mem_strdup(name), NULL), LLMC_OK);
    }
    assert_true(map.bucket_count >= 1000);
    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "name%d", i);
        assert_string_equal(llmc__map_get(&map, name), name);
    }
    llmc__map_free(&map, llmc__mem_free);
}

static void failures_leave_the_map_whole(void **state) {
    llmc__map map;
    char name[16];
    int value = 0, i, added = 0;

    (void)state;
    llmc__map_init(&map, key);
    llmc__mem_set_gate(allow_some, NULL);
    allowed_left = 0;
    assert_int_equal(llmc__map_set(&map, "x", &value, NULL), LLMC_ERR_NO_MEMORY);
    allowed_left = 1;
    assert_int_equal(llmc__map_set(&map, "x", &value, NULL), LLMC_ERR_NO_MEMORY);
    assert_null(llmc__map_get(&map, "x"));
    for (i = 0; i < 40; i++) { /* every other allocation fails, those of more buckets among them */
        snprintf(name, sizeof(name), "n%d", i);
        allowed_left = i % 2;
        added += llmc__map_set(&map, name, &value, NULL) == LLMC_OK;
    }
    llmc__mem_set_gate(NULL, NULL);
    assert_int_equal(map.count, added);
    assert_true(added > 10);
    llmc__map_free(&map, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_get_remove),
        cmocka_unit_test(thousand_names_survive_growth),
        cmocka_unit_test(failures_leave_the_map_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
