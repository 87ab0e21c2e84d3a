/* Vectors read aside while the text comes: the same whatever the pieces, and what is not a vector told as such. */
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
#include "support_random.h"
#include "wire/vectors.h"

#define MAX_BYTES ((size_t)1 << 20)

/* Feeds the text in pieces of `size` bytes, each in memory of its own. */
static llmc_status feed(llmc__vectors *v, const char *text, size_t len, size_t size) {
    llmc_status status = LLMC_OK;
    for (size_t at = 0; at < len && status == LLMC_OK; at += size) {
        size_t part = len - at < size ? len - at : size;
        char *piece = malloc(part);
        memcpy(piece, text + at, part);
        status = llmc__vectors_feed(v, piece, part);
        free(piece);
    }
    return status == LLMC_OK ? llmc__vectors_end(v) : status;
}

static llmc__vectors *read_all(const char *text, size_t size, llmc_status expected) {
    llmc__vectors *v = llmc__vectors_new(MAX_BYTES);
    llmc_status status;
    assert_non_null(v);
    status = feed(v, text, strlen(text), size);
    if (status != expected)
        fail_msg("%s, pieces of %zu: %s", text, size, llmc_status_name(status));
    return v;
}

static void assert_vector(const llmc__vectors *v, const llmc__json *value, const float *expected, size_t count) {
    float out[64] = {0};
    size_t found = 99;
    assert_int_equal(llmc__vectors_read(v, value, out, 64, &found), LLMC_OK);
    assert_int_equal(found, count);
    assert_memory_equal(out, expected, count * sizeof *out);
}

static void reads_vectors_in_any_pieces(void **state) {
    static const char text[] =
        "{\"data\": [ {\"embedding\":[0.5,-1e0 , 2.25], \"index\":0},\n"
        "{\"note\":\"a [1,2] \\\"[3\\\\\",\"embedding\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,"
        "-0.125],\"index\":1},{\"embedding\":[ ]}, [\"x\", 1], [1, \"x\"], [[2]]],\"n\":17}";
    static const float first[] = {0.5F, -1, 2.25F};
    static const float second[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, -0.125F};
    static const float inner[] = {2};
    (void)state;
    for (size_t size = 1; size <= sizeof text; size++) {
        llmc__vectors *v = read_all(text, size, LLMC_OK);
        const llmc__json *root = llmc__json_root(llmc__vectors_doc(v)), *data = llmc__json_get(root, "data");
        const llmc__json *note = llmc__json_get(llmc__json_at(data, 1), "note");
        int64_t n = 0;
        size_t count;
        assert_vector(v, llmc__json_get(llmc__json_at(data, 0), "embedding"), first, 3);
        assert_vector(v, llmc__json_get(llmc__json_at(data, 1), "embedding"), second, 18);
        assert_vector(v, llmc__json_get(llmc__json_at(data, 2), "embedding"), NULL, 0);
        assert_int_equal(llmc__vectors_read(v, llmc__json_at(data, 3), NULL, 0, &count), LLMC_ERR_BAD_RESPONSE);
        assert_int_equal(llmc__vectors_read(v, llmc__json_at(data, 4), NULL, 0, &count), LLMC_ERR_BAD_RESPONSE);
        assert_vector(v, llmc__json_at(llmc__json_at(data, 5), 0), inner, 1);
        assert_string_equal(llmc__json_string(llmc__vectors_doc(v), note, NULL), "a [1,2] \"[3\\");
        assert_true(llmc__json_int64(llmc__vectors_doc(v), llmc__json_get(root, "n"), &n) && n == 17);
        llmc__vectors_free(v);
    }
}

static void reads_base64(void **state) {
    static const float values[] = {1.5F, -0.0F, 3.0e38F};
    static const unsigned char bytes[] = {0, 0, 0xc0, 0x3f, 0, 0, 0, 0x80, 0x99, 0xb1, 0x61, 0x7f};
    static const unsigned char infinite[] = {0, 0, 0x80, 0x7f};
    llmc__buf text;
    size_t count;
    (void)state;
    llmc__buf_init(&text, MAX_BYTES);
    assert_int_equal(llmc__buf_append_str(&text, "[\""), LLMC_OK);
    assert_int_equal(llmc__base64_append(&text, bytes, sizeof bytes), LLMC_OK);
    assert_int_equal(llmc__buf_append_str(&text, "\",\""), LLMC_OK);
    assert_int_equal(llmc__base64_append(&text, infinite, sizeof infinite), LLMC_OK);
    assert_int_equal(llmc__buf_append_str(&text, "\",\"AAAAAAA=\",\"?\",7,null]"), LLMC_OK);
    llmc__vectors *v = read_all(text.data, 5, LLMC_OK);
    const llmc__json *root = llmc__json_root(llmc__vectors_doc(v));
    float out[3];
    assert_int_equal(llmc__vectors_read(v, llmc__json_at(root, 0), out, 3, &count), LLMC_OK);
    assert_int_equal(count, 3);
    assert_memory_equal(out, values, 8); /* the third is near enough to be told by its bytes below */
    assert_memory_equal(&out[2], bytes + 8, 4);
    for (size_t i = 1; i < 6; i++)
        assert_int_equal(llmc__vectors_read(v, llmc__json_at(root, i), out, 3, &count), LLMC_ERR_BAD_RESPONSE);
    llmc__vectors_free(v);
    llmc__buf_free(&text);
}

static void tells_what_is_wrong(void **state) {
    static const struct {
        const char *text;
        llmc_status status;
    } cases[] = {
        {"", LLMC_ERR_INCOMPLETE},
        {"{\"a\":[1,2", LLMC_ERR_INCOMPLETE},
        {"{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", LLMC_ERR_INCOMPLETE},
        {"{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,", LLMC_ERR_INCOMPLETE},
        {"{\"a\":[1,2]", LLMC_ERR_INCOMPLETE},
        {"{\"a\":\"x", LLMC_ERR_INCOMPLETE},
        {"{\"a\":[1,,2]}", LLMC_ERR_BAD_RESPONSE},
        {"{\"a\":[1 2]}", LLMC_ERR_BAD_RESPONSE},
        {"{\"a\":[01]}", LLMC_ERR_BAD_RESPONSE},
        {"{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,null]}", LLMC_ERR_BAD_RESPONSE},
        {"{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,1e99]}", LLMC_ERR_BAD_RESPONSE},
        {"<html>[", LLMC_ERR_BAD_RESPONSE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t size = 1; size <= 64; size += 9)
            llmc__vectors_free(read_all(cases[i].text, size, cases[i].status));
}

static void keeps_to_its_maximum(void **state) {
    llmc__vectors *v = llmc__vectors_new(256);
    llmc_status status = llmc__vectors_feed(v, "[1,", 3);
    (void)state;
    for (int i = 0; i < 100 && status == LLMC_OK; i++)
        status = llmc__vectors_feed(v, "1,", 2);
    assert_int_equal(status, LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__vectors_feed(v, "1]", 2), LLMC_ERR_TOO_LARGE);
    assert_int_equal(llmc__vectors_end(v), LLMC_ERR_TOO_LARGE);
    llmc__vectors_free(v);
    llmc__vectors_free(NULL);
}

/* Marks of the text's own are no way to other memory. */
static void is_not_fooled_by_marks(void **state) {
    static const char *const texts[] = {"{\"#\":0}", "{\"#\":-1}", "{\"#\":99999999999999999999}", "{\"#\":\"0\"}"};
    size_t count;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        llmc__vectors *v = read_all(texts[i], 3, LLMC_OK);
        assert_int_equal(llmc__vectors_read(v, llmc__json_root(llmc__vectors_doc(v)), NULL, 0, &count),
                         LLMC_ERR_BAD_RESPONSE);
        llmc__vectors_free(v);
    }
}

static void survives_changed_texts(void **state) {
    static const char text[] = "{\"data\":[{\"embedding\":[0.5,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16.5e-1,17]},"
                               "{\"embedding\":\"AADAPw==\"}]}";
    char copy[sizeof text];
    support_random random;
    (void)state;
    support_random_begin(&random, "survives_changed_texts");
    for (uint32_t i = support_random_steps(20000); i > 0; i--) {
        llmc__vectors *v = llmc__vectors_new(MAX_BYTES);
        memcpy(copy, text, sizeof text);
        for (uint32_t changes = 1 + support_random_below(&random, 3); changes > 0; changes--)
            copy[support_random_below(&random, sizeof text - 1)] =
                "[]{},\"\\0-e.5 :"[support_random_below(&random, 15)];
        (void)feed(v, copy, sizeof text - 1, 1 + support_random_below(&random, 20));
        llmc__vectors_free(v);
    }
}

static int gate(void *ctx) {
    int *left = ctx;
    return (*left)-- != 0;
}

static void survives_want_of_memory(void **state) {
    static const char text[] = "{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17],\"b\":\"AADAPw==\"}";
    llmc_status status = LLMC_ERR_NO_MEMORY;
    (void)state;
    for (int fail_at = 0; status != LLMC_OK; fail_at++) {
        int left = fail_at;
        size_t count;
        llmc__mem_set_gate(gate, &left);
        llmc__vectors *v = llmc__vectors_new(MAX_BYTES);
        status = v != NULL ? feed(v, text, sizeof text - 1, 7) : LLMC_ERR_NO_MEMORY;
        if (status == LLMC_OK)
            status = llmc__vectors_read(v, llmc__json_get(llmc__json_root(llmc__vectors_doc(v)), "b"), NULL, 0, &count);
        llmc__vectors_free(v);
        llmc__mem_set_gate(NULL, NULL);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        assert_in_range(fail_at, 0, 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_vectors_in_any_pieces), cmocka_unit_test(reads_base64),
        cmocka_unit_test(tells_what_is_wrong),         cmocka_unit_test(keeps_to_its_maximum),
        cmocka_unit_test(is_not_fooled_by_marks),      cmocka_unit_test(survives_changed_texts),
        cmocka_unit_test(survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
