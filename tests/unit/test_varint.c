/* Numbers in few bytes: every length, both ends of each, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/varint.h"

static void round_trip(uint64_t number, size_t expected) {
    unsigned char bytes[LLMC__VARINT_BYTES];
    size_t len = llmc__varint_put(bytes, number);
    uint64_t again = ~number;
    const unsigned char *at = bytes;
    assert_int_equal(len, expected);
    assert_true(llmc__varint_get(&at, bytes + len, &again));
    assert_true(again == number);
    assert_ptr_equal(at, bytes + len);
    for (size_t cut = 0; cut < len; cut++) {
        at = bytes;
        assert_false(llmc__varint_get(&at, bytes + cut, &again));
        assert_true(at <= bytes + cut);
    }
}

static void every_length(void **state) {
    (void)state;
    round_trip(0, 1);
    for (unsigned bits = 7; bits < 64; bits += 7) {
        round_trip(((uint64_t)1 << bits) - 1, bits / 7);
        round_trip((uint64_t)1 << bits, bits / 7 + 1);
    }
    round_trip(UINT64_MAX, 10);
}

static void more_than_64_bits(void **state) {
    unsigned char bytes[LLMC__VARINT_BYTES + 1];
    const unsigned char *at = bytes;
    uint64_t number;
    (void)state;
    memset(bytes, 0x80, sizeof bytes);
    assert_false(llmc__varint_get(&at, bytes + sizeof bytes, &number));
    memset(bytes, 0xff, 9);
    bytes[9] = 2; /* the 65th bit */
    at = bytes;
    assert_false(llmc__varint_get(&at, bytes + sizeof bytes, &number));
    bytes[9] = 1;
    at = bytes;
    assert_true(llmc__varint_get(&at, bytes + sizeof bytes, &number));
    assert_true(number == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_length), cmocka_unit_test(more_than_64_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
