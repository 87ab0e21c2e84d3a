/* Each field flipped alone gives another key, and no two different requests the same one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "support_answer.h"
#include "support_cache_key.h"

static void test_each_flip_gives_another_key(void **state) {
    llmc__buf *keys = calloc(key_flip_count + 1, sizeof *keys);
    uint64_t(*hashes)[2] = calloc(key_flip_count + 1, sizeof *hashes);
    (void)state;
    for (size_t i = 0; i <= key_flip_count; i++) {
        key_fixture f;
        key_fixture_fill(&f);
        if (i < key_flip_count)
            key_flips[i].apply(&f);
        llmc__buf_init(&keys[i], 10000);
        key_write(&f, &keys[i]);
        llmc__hash_sip128((llmc__hash_key){3, 4}, keys[i].data, keys[i].len, hashes[i]);
        for (size_t k = 0; k < i; k++)
            if (key_same(&keys[i], &keys[k]) || memcmp(hashes[i], hashes[k], sizeof hashes[i]) == 0)
                fail_msg("%s and %s have the same key", i < key_flip_count ? key_flips[i].name : "nothing",
                         key_flips[k].name);
    }
    for (size_t i = 0; i <= key_flip_count; i++)
        llmc__buf_free(&keys[i]);
    free(keys);
    free(hashes);
}

/* The case of a header's name, and headers that name one call of many. */
static void test_headers_that_do_not_count(void **state) {
    static const char *const names[] = {"traceparent", "TraceState", "x-request-id", "X-Client-Request-Id"};
    llmc__buf plain, other;
    key_fixture f;
    (void)state;
    llmc__buf_init(&plain, 10000);
    llmc__buf_init(&other, 10000);
    key_fixture_fill(&f);
    key_write(&f, &plain);
    f.headers[0].name = KEY_TEXT("x-TRACE");
    key_write(&f, &other);
    assert_true(key_same(&plain, &other));
    f.request.header_count = 1;
    key_write(&f, &plain);
    f.request.header_count = 2;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        f.headers[1] = (llmc__header){KEY_TEXT(names[i]), KEY_TEXT("1")};
        key_write(&f, &other);
        assert_true(key_same(&plain, &other));
    }
    llmc__buf_free(&plain);
    llmc__buf_free(&other);
}

/* Each field that counts has its flips, which are shown above to change the key. */
static void test_no_field_is_forgotten(void **state) {
    (void)state;
    for (size_t i = 0; i < key_field_count; i++) {
        size_t found = 0;
        for (size_t k = 0; k < key_flip_count; k++)
            found +=
                strcmp(key_flips[k].of, key_fields[i].of) == 0 && strcmp(key_flips[k].field, key_fields[i].name) == 0;
        if ((found > 0) != (key_fields[i].kind == KEY_COUNTS))
            fail_msg("%s.%s has %zu flips", key_fields[i].of, key_fields[i].name, found);
    }
}

/* All bits of a field at once: not even a pointer may be followed. */
static void test_fields_that_do_not_count(void **state) {
    llmc__buf plain, other;
    size_t tried = 0;
    (void)state;
    llmc__buf_init(&plain, 10000);
    llmc__buf_init(&other, 10000);
    for (size_t i = 0; i < key_field_count; i++) {
        key_fixture f;
        if (key_fields[i].kind != KEY_FREE && key_fields[i].kind != KEY_FREE_STRUCT)
            continue;
        key_fixture_fill(&f);
        (void)key_fixture_struct(&f, key_fields[i].of);
        key_write(&f, &plain);
        for (size_t at = key_fields[i].at; at < key_fields[i].at + key_fields[i].size; at++)
            key_fixture_struct(&f, key_fields[i].of)[at] ^= key_fields[i].size == 1 ? 1 : (char)0xff;
        key_write(&f, &other);
        if (!key_same(&plain, &other))
            fail_msg("%s.%s counts", key_fields[i].of, key_fields[i].name);
        tried++;
    }
    assert_true(tried > 20);
    llmc__buf_free(&plain);
    llmc__buf_free(&other);
}

static bool contains(const llmc__buf *buf, const char *text) {
    return memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

static void test_no_secret_is_readable(void **state) {
    static const char *const secrets[] = {"sk-first",   "sk-second",   "AKIA",
                                          "aws-secret", "aws-session", "request-secret"};
    llmc__buf key;
    key_fixture f;
    (void)state;
    key_fixture_fill(&f);
    llmc__buf_init(&key, 10000);
    key_write(&f, &key);
    assert_true(contains(&key, "be brief"));
    assert_true(contains(&key, "authorization"));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_false(contains(&key, secrets[i]));
    llmc__buf_free(&key);
}

static void test_shared_keys_need_to_know_whose(void **state) {
    llmc__buf key, other;
    key_fixture f;
    (void)state;
    key_fixture_fill(&f);
    llmc__buf_init(&key, 10000);
    llmc__buf_init(&other, 10000);
    f.scope.shared = true;
    f.target.token = key_token;
    key_write(&f, &key);
    f.target.token_user_data = &f;
    f.target.token = key_other_token; /* elsewhere in the other process */
    key_write(&f, &other);
    assert_true(key_same(&key, &other));
    f.scope.salt = NULL;
    key_write(&f, &other);
    f.scope.tenant = NULL;
    assert_int_equal(llmc__cache_key_write(&f.scope, &f.request, &other), LLMC_ERR_UNSUPPORTED);
    f.scope.shared = false;
    key_write(&f, &other);
    llmc__buf_free(&key);
    llmc__buf_free(&other);
}

static void test_limits(void **state) {
    llmc__buf key;
    key_fixture f;
    llmc_status status;
    size_t whole;
    (void)state;
    key_fixture_fill(&f);
    llmc__buf_init(&key, 10000);
    key_write(&f, &key);
    whole = key.len;
    llmc__buf_free(&key);
    for (size_t max = 0; max < whole; max++) {
        llmc__buf_init(&key, max);
        assert_int_equal(llmc__cache_key_write(&f.scope, &f.request, &key), LLMC_ERR_TOO_LARGE);
        llmc__buf_free(&key);
    }
    status = LLMC_ERR_NO_MEMORY;
    for (int k = 0; status != LLMC_OK; k++) {
        answer_gate gate;
        assert_true(k < 100);
        llmc__buf_init(&key, whole);
        answer_gate_set(&gate, k, false);
        status = llmc__cache_key_write(&f.scope, &f.request, &key);
        answer_gate_drop();
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        llmc__buf_free(&key);
    }
}

/* What one field loses the next one gains: only the lengths tell them apart. */
static void test_bytes_that_move_to_the_next_field(void **state) {
    static const char *const halves[][2] = {{"abc", ""}, {"ab", "c"}, {"a", "bc"}, {"", "abc"}};
    llmc__buf keys[8];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        key_fixture f;
        key_fixture_fill(&f);
        if (i < 4) {
            f.stops[0] = KEY_TEXT(halves[i][0]);
            f.stops[1] = KEY_TEXT(halves[i][1]);
        } else {
            f.metadata[0].value = KEY_TEXT(halves[i - 4][0]);
            f.metadata[1].name = KEY_TEXT(halves[i - 4][1]);
        }
        llmc__buf_init(&keys[i], 10000);
        key_write(&f, &keys[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(key_same(&keys[i], &keys[k]));
    }
    for (size_t i = 0; i < 8; i++)
        llmc__buf_free(&keys[i]);
}

typedef struct hash {
    uint64_t half[2];
} hash;

static int compare(const void *a, const void *b) {
    return memcmp(a, b, sizeof(hash));
}

/* A few flips at once and a text of its own for each. */
static void test_a_million_keys(void **state) {
    const size_t count = getenv("LLMC_QUICK") != NULL ? 20000 : 1000000;
    hash *hashes = malloc(count * sizeof *hashes);
    uint64_t seed = 11;
    llmc__buf key;
    (void)state;
    assert_non_null(hashes);
    llmc__buf_init(&key, 10000);
    for (size_t i = 0; i < count; i++) {
        char text[32];
        key_fixture f;
        key_fixture_fill(&f);
        for (size_t n = answer_below(&seed, 4); n > 0; n--)
            key_flips[answer_below(&seed, key_flip_count)].apply(&f);
        f.messages[0].text_len = (size_t)snprintf(text, sizeof text, "%zx", i);
        f.messages[0].text = text;
        key_write(&f, &key);
        llmc__hash_sip128((llmc__hash_key){3, 4}, key.data, key.len, hashes[i].half);
    }
    qsort(hashes, count, sizeof *hashes, compare);
    for (size_t i = 1; i < count; i++)
        assert_int_not_equal(compare(&hashes[i - 1], &hashes[i]), 0);
    llmc__buf_free(&key);
    free(hashes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_flip_gives_another_key),
        cmocka_unit_test(test_headers_that_do_not_count),
        cmocka_unit_test(test_no_field_is_forgotten),
        cmocka_unit_test(test_fields_that_do_not_count),
        cmocka_unit_test(test_no_secret_is_readable),
        cmocka_unit_test(test_shared_keys_need_to_know_whose),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bytes_that_move_to_the_next_field),
        cmocka_unit_test(test_a_million_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
