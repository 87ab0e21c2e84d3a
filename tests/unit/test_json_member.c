#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "wire/json.h"

static const char text[] =
    "{\"word\":\"ab\",\"empty\":\"\",\"nul\":\"a\\u0000b\",\"number\":1,\"list\":[7],\"none\":[]}";

static void members_by_their_names(void **state) {
    llmc__json_doc *doc = NULL;
    size_t len = 9;
    (void)state;
    assert_int_equal(llmc__json_parse(text, sizeof text - 1, &doc, NULL), LLMC_OK);
    const llmc__json *root = llmc__json_root(doc);
    assert_string_equal(llmc__json_text(doc, root, "word", &len), "ab");
    assert_int_equal(len, 2);
    assert_memory_equal(llmc__json_text(doc, root, "nul", &len), "a\0b", 4);
    assert_int_equal(len, 3);
    assert_string_equal(llmc__json_text(doc, root, "empty", NULL), "");
    assert_null(llmc__json_text(doc, root, "number", &len));
    assert_int_equal(len, 0);
    assert_string_equal(llmc__json_word(root, "word"), "ab");
    assert_null(llmc__json_word(root, "empty"));
    assert_null(llmc__json_word(root, "number"));
    assert_null(llmc__json_word(NULL, "word"));
    assert_true(llmc__json_says(root, "word", "ab"));
    assert_true(llmc__json_says(root, "empty", ""));
    assert_false(llmc__json_says(root, "word", "a"));
    assert_false(llmc__json_says(root, "absent", ""));
    llmc__json_free(doc);
}

static void items_of_arrays_only(void **state) {
    llmc__json_doc *doc = NULL;
    int64_t number = 0;
    (void)state;
    assert_int_equal(llmc__json_parse(text, sizeof text - 1, &doc, NULL), LLMC_OK);
    const llmc__json *root = llmc__json_root(doc);
    assert_true(llmc__json_int64(doc, llmc__json_items(llmc__json_get(root, "list")), &number));
    assert_int_equal(number, 7);
    assert_null(llmc__json_items(llmc__json_get(root, "none")));
    assert_null(llmc__json_items(root));
    assert_null(llmc__json_items(NULL));
    llmc__json_free(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_by_their_names),
        cmocka_unit_test(items_of_arrays_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
