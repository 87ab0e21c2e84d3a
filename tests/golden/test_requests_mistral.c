/* What is sent to Mistral, against recorded requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "support_rebuild.h"
#include "support_wire.h"

static void test_recorded_requests(void **state) {
    (void)state;
    if (wire_dir() == NULL) {
        printf("no recorded requests here (LLMC_WIRE_DIR or ../shared/wire)\n");
        skip();
    }
    assert_true(rebuild_all("mistral") >= 10);
}

/* The comparison itself, everywhere: what it takes for equal, and that it can tell. */
static void test_comparison(void **state) {
    (void)state;
    assert_true(
        rebuild_same("{\"a\":1,\"b\":[\"x\"],\"stream\":false}", "{\"b\":[\"x\"],\"a\":1.0,\"c\":null,\"d\":[]}"));
    assert_true(rebuild_same("{\"content\":\"x\"}", "{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}"));
    assert_true(rebuild_same("{\"image_url\":\"u\"}", "{\"image_url\":{\"url\":\"u\"}}"));
    assert_false(rebuild_same("{\"a\":1}", "{\"a\":2}"));
    assert_false(rebuild_same("{\"a\":1}", "{\"b\":1}"));
    assert_false(rebuild_same("{\"a\":[1,2]}", "{\"a\":[2,1]}"));
    assert_false(rebuild_same("{\"stream\":true}", "{}"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
