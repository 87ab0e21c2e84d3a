#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include "base/hash.h"

/* From `openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:8|16 SIPHASH`. */
static const struct vector {
    size_t len;
    const char *narrow, *wide;
} vectors[] = {
    {0, "310E0EDD47DB6F72", "A3817F04BA25A8E66DF67214C7550293"},
    {1, "FD67DC93C539F874", "DA87C1D86B99AF44347659119B22FC45"},
    {2, "5A4FA9D909806C0D", "8177228DA4A45DC7FCA38BDEF60AFFE4"},
    {3, "2D7EFBD796666785", "9C70B60C5267A94E5F33B6B02985ED51"},
    {4, "B7877127E09427CF", "F88164C12D9C8FAF7D0F6E7C7BCD5579"},
    {5, "8DA699CD64557618", "1368875980776F8854527A07690E9627"},
    {6, "CEE3FE586E46C9CB", "14EECA338B208613485EA0308FD7A15E"},
    {7, "37D1018BF50002AB", "A1F1EBBED8DBC153C0B84AA61FF08239"},
    {8, "6224939A79F5F593", "3B62A9BA6258F5610F83E264F31497B4"},
    {15, "E545BE4961CA29A1", "5493E99933B0A8117E08EC0F97CFC3D9"},
};

static void to_hex(uint64_t word, char out[17]) {
    int i;

    for (i = 0; i < 8; i++)
        snprintf(out + 2 * i, 3, "%02X", (unsigned)(word >> (8 * i)) & 0xff);
}

static void same_as_openssl(void **state) {
    const llmc__hash_key key = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    unsigned char input[16];
    char text[34];
    uint64_t wide[2];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(input); i++)
        input[i] = (unsigned char)i;
    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        to_hex(llmc__hash_sip64(key, input, vectors[i].len), text);
        assert_string_equal(text, vectors[i].narrow);
        llmc__hash_sip128(key, input, vectors[i].len, wide);
        to_hex(wide[0], text);
        to_hex(wide[1], text + 16);
        assert_string_equal(text, vectors[i].wide);
    }
}

static void key_and_length_count(void **state) {
    const llmc__hash_key a = {1, 2}, b = {1, 3};

    (void)state;
    assert_true(llmc__hash_sip64(a, "model", 5) != llmc__hash_sip64(b, "model", 5));
    assert_true(llmc__hash_sip64(a, "model", 5) != llmc__hash_sip64(a, "model", 4));
    assert_true(llmc__hash_sip64(a, NULL, 0) == llmc__hash_sip64(a, "x", 0));
    assert_true(llmc__hash_sip64(a, "\0", 1) != llmc__hash_sip64(a, "\0\0", 2));
}

/* Every way to cut up to three pieces out of every length. */
static void pieces_are_as_the_whole(void **state) {
    const llmc__hash_key key = {5, 6};
    unsigned char input[40];
    uint64_t whole[2], pieces[2];

    (void)state;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (unsigned char)(i * 37 + 129);
    for (size_t len = 0; len <= sizeof input; len++) {
        llmc__hash_sip128(key, input, len, whole);
        for (size_t first = 0; first <= len; first++)
            for (size_t second = first; second <= len; second++) {
                llmc__hash_state hash;
                llmc__hash_start(&hash, key);
                llmc__hash_add(&hash, input, first);
                llmc__hash_add(&hash, input + first, second - first);
                llmc__hash_add(&hash, input + second, len - second);
                llmc__hash_end(&hash, pieces);
                assert_memory_equal(pieces, whole, sizeof whole);
            }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_openssl),
        cmocka_unit_test(key_and_length_count),
        cmocka_unit_test(pieces_are_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
