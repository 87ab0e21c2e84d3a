/* Keys that are not written down: the same as those that are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_cache_key.h"

/* What the cache holds: the written key, in memory of exactly its size. */
static bool probe_matches(const key_fixture *f, const llmc__buf *stored) {
    llmc__cache_probe probe;
    char *exact = malloc(stored->len);
    uint64_t hash[2];
    bool matches;
    memcpy(exact, stored->data, stored->len);
    assert_int_equal(llmc__cache_key_probe(&f->scope, &f->request, (llmc__hash_key){3, 4}, &probe), LLMC_OK);
    llmc__hash_sip128((llmc__hash_key){3, 4}, exact, stored->len, hash);
    matches = probe.key.same(&probe.key, exact, stored->len);
    assert_int_equal(matches, probe.key.len == stored->len && memcmp(hash, probe.key.hash, sizeof hash) == 0);
    if (probe.key.bytes != NULL)
        assert_int_equal(matches, probe.key.len == stored->len && memcmp(exact, probe.key.bytes, stored->len) == 0);
    free(exact);
    return matches;
}

/* `text` makes the key too long for the probe, or not. */
static void each_flip_is_told(char *text, size_t len) {
    llmc__buf plain;
    key_fixture f;
    llmc__buf_init(&plain, (size_t)1 << 20);
    key_fixture_fill(&f);
    f.messages[2].text = text;
    f.messages[2].text_len = len;
    key_write(&f, &plain);
    assert_true(probe_matches(&f, &plain));
    for (size_t i = 0; i < key_flip_count; i++) {
        key_fixture_fill(&f);
        f.messages[2].text = text;
        f.messages[2].text_len = len;
        key_flips[i].apply(&f);
        if (probe_matches(&f, &plain))
            fail_msg("%s is not told from nothing", key_flips[i].name);
    }
    llmc__buf_free(&plain);
}

static void test_probe_is_the_key(void **state) {
    (void)state;
    each_flip_is_told(KEY_TEXT("why?"), 4);
}

/* Around the end of the probe's room, and where the pieces of the comparison end. */
static void test_probe_of_long_requests(void **state) {
    static char text[5000];
    llmc__cache_probe probe;
    llmc__buf key;
    key_fixture f;
    (void)state;
    memset(text, 'x', sizeof text);
    each_flip_is_told(text, sizeof text);
    llmc__buf_init(&key, 10000);
    key_fixture_fill(&f);
    f.messages[0].text = text;
    for (size_t len = 0; len < 1500; len++) {
        f.messages[0].text_len = len;
        key_write(&f, &key);
        assert_true(probe_matches(&f, &key));
        assert_int_equal(llmc__cache_key_probe(&f.scope, &f.request, (llmc__hash_key){3, 4}, &probe), LLMC_OK);
        assert_true(probe.key.bytes != NULL || key.len > sizeof probe.room - 20);
        assert_true(probe.key.bytes == NULL || key.len <= sizeof probe.room);
        key.len--; /* what ends sooner is another */
        assert_false(probe_matches(&f, &key));
        key.len++;
    }
    llmc__buf_free(&key);
}

/* With an identity nothing of the target or the salt is looked at; without, both count as above. */
static void test_identity_stands_for_target_and_salt(void **state) {
    llmc__buf one, two;
    key_fixture f;
    (void)state;
    key_fixture_fill(&f);
    llmc__buf_init(&one, 10000);
    llmc__buf_init(&two, 10000);
    f.scope.identity = 7;
    key_write(&f, &one);
    f.scope.target = NULL;
    f.scope.salt = NULL;
    f.scope.adapter = NULL;
    key_write(&f, &two);
    assert_true(key_same(&one, &two));
    assert_true(one.len < 400);
    f.scope.identity = 8;
    key_write(&f, &two);
    assert_false(key_same(&one, &two));
    llmc__buf_free(&one);
    llmc__buf_free(&two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_is_the_key),
        cmocka_unit_test(test_probe_of_long_requests),
        cmocka_unit_test(test_identity_stands_for_target_and_salt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
