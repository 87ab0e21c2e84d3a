/* Digests against those of NIST and RFC 4231, checksums against known ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/crc32.h"
#include "base/sha256.h"

static void same_digest(const uint8_t *digest, const char *want) {
    char hex[LLMC__SHA256_HEX_BYTES];
    llmc__sha256_hex(digest, hex);
    assert_string_equal(hex, want);
}

static void same_hash(const void *bytes, size_t len, const char *want) {
    uint8_t digest[LLMC__SHA256_BYTES];
    llmc__sha256_of(bytes, len, digest);
    same_digest(digest, want);
}

/* NIST CSRC "Examples with intermediate values: SHA-256", and the vectors of the SHA test suite. */
static void test_nist_vectors(void **state) {
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char four[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    (void)state;
    same_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    same_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    same_hash(two_blocks, strlen(two_blocks), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    same_hash(four, strlen(four), "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    same_hash("\xbd", 1, "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
}

static void test_a_million_letters(void **state) {
    uint8_t digest[LLMC__SHA256_BYTES];
    char letters[1000];
    llmc__sha256 hash;
    (void)state;
    memset(letters, 'a', sizeof letters);
    llmc__sha256_init(&hash);
    for (int i = 0; i < 1000; i++)
        llmc__sha256_feed(&hash, letters, sizeof letters);
    llmc__sha256_end(&hash, digest);
    same_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* All lengths around the ends of blocks, in two pieces, are as in one. */
static void test_pieces_are_as_the_whole(void **state) {
    uint8_t bytes[200], whole[LLMC__SHA256_BYTES], pieces[LLMC__SHA256_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        llmc__sha256_of(bytes, len, whole);
        for (size_t cut = 0; cut <= len; cut += len > 70 ? 13 : 1) {
            llmc__sha256 hash;
            llmc__sha256_init(&hash);
            llmc__sha256_feed(&hash, bytes, cut);
            llmc__sha256_feed(&hash, bytes + cut, len - cut);
            llmc__sha256_end(&hash, pieces);
            assert_memory_equal(whole, pieces, sizeof whole);
        }
    }
}

/* Keys are not left in memory. */
static void test_the_state_is_wiped(void **state) {
    static const llmc__sha256 clean;
    uint8_t digest[LLMC__SHA256_BYTES];
    llmc__sha256 hash;
    (void)state;
    llmc__sha256_init(&hash);
    llmc__sha256_feed(&hash, "secret", 6);
    llmc__sha256_end(&hash, digest);
    assert_memory_equal(&hash, &clean, sizeof hash);
}

static void same_hmac(const void *key, size_t key_len, const void *bytes, size_t len, const char *want) {
    uint8_t digest[LLMC__SHA256_BYTES];
    llmc__sha256_hmac(key, key_len, bytes, len, digest);
    same_digest(digest, want);
}

/* RFC 4231, section 4: cases 1 to 4, 6 and 7 (5 is about a cut digest). */
static void test_rfc_4231(void **state) {
    static const char six[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    static const char seven[] = "This is a test using a larger than block-size key and a larger than block-size data. "
                                "The key needs to be hashed before being used by the HMAC algorithm.";
    uint8_t key[131], bytes[50];
    (void)state;
    memset(key, 0x0b, sizeof key);
    same_hmac(key, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    same_hmac("Jefe", 4, "what do ya want for nothing?", 28,
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    memset(bytes, 0xdd, sizeof bytes);
    same_hmac(key, 20, bytes, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    same_hmac(key, 131, six, strlen(six), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    same_hmac(key, 131, seven, strlen(seven), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    for (size_t i = 0; i < 25; i++)
        key[i] = (uint8_t)(i + 1);
    memset(bytes, 0xcd, sizeof bytes);
    same_hmac(key, 25, bytes, 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

/* The check value of CRC-32/ISO-HDLC, and known ones of zlib's crc32. */
static void test_crc32(void **state) {
    static const char fox[] = "The quick brown fox jumps over the lazy dog";
    uint8_t ones[32];
    (void)state;
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(llmc__crc32(0, "", 0), 0);
    assert_int_equal(llmc__crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(llmc__crc32(0, fox, strlen(fox)), 0x414fa339);
    assert_int_equal(llmc__crc32(0, ones, sizeof ones), 0xff6cab0b);
    for (size_t cut = 0; cut <= strlen(fox); cut++)
        assert_int_equal(llmc__crc32(llmc__crc32(0, fox, cut), fox + cut, strlen(fox) - cut), 0x414fa339);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nist_vectors),
        cmocka_unit_test(test_a_million_letters),
        cmocka_unit_test(test_pieces_are_as_the_whole),
        cmocka_unit_test(test_the_state_is_wiped),
        cmocka_unit_test(test_rfc_4231),
        cmocka_unit_test(test_crc32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
