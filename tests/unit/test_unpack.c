/* What is packed by a small packer of the test's own comes out as it was, wherever it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/unpack.h"
#include "support_random.h"

#define SIZE       20000
#define TEXTS      288
#define DISTANCES  33
#define TEXT_BITS  9
#define DIST_BITS  6
#define MAX_LENGTH 400

/* Both codes are flat: a symbol is its own code. */
typedef struct packer {
    unsigned char packed[2 * SIZE], plain[SIZE];
    size_t bit, len, distance;
} packer;

static void put(packer *p, uint32_t value, unsigned count) {
    while (count-- > 0) {
        if (value >> count & 1)
            p->packed[p->bit / 8] |= (unsigned char)(0x80u >> p->bit % 8);
        p->bit++;
    }
}

/* A number by its symbol, `base` of which come before, and the bits that follow. */
static void put_number(packer *p, uint32_t value, unsigned base, unsigned bits) {
    unsigned top = 2;
    if (value < 4) {
        put(p, base + value, bits);
        return;
    }
    while (value >> (top + 1))
        top++;
    put(p, base + 2 * top + (value >> (top - 1) & 1), bits);
    put(p, value & ((1u << (top - 1)) - 1), top - 1);
}

static void put_literal(packer *p, unsigned char byte) {
    put(p, byte, TEXT_BITS);
    p->plain[p->len++] = byte;
}

static void put_match(packer *p, size_t length, size_t distance) {
    put_number(p, (uint32_t)length - 2, 256, TEXT_BITS);
    if (distance == p->distance)
        put(p, 0, DIST_BITS);
    else
        put_number(p, (uint32_t)distance - 1, 1, DIST_BITS);
    p->distance = distance;
    for (; length > 0; length--, p->len++)
        p->plain[p->len] = p->plain[p->len - distance];
}

static void begin(packer *p) {
    memset(p, 0, sizeof *p);
    for (unsigned i = 0; i < TEXTS; i++)
        put(p, TEXT_BITS, 4);
    for (unsigned i = 0; i < DISTANCES; i++)
        put(p, DIST_BITS, 4);
}

static void check(const packer *p, size_t size) {
    unsigned char *out = malloc(size + 1);
    assert_non_null(out);
    out[size] = 0xa5;
    llmc__unpack(p->packed, out, size);
    assert_memory_equal(out, p->plain, size);
    assert_int_equal(out[size], 0xa5);
    free(out);
}

static void test_random_steps(void **state) {
    static packer p;
    uint32_t rounds = support_random_steps(30);
    support_random random;
    (void)state;
    support_random_begin(&random, "unpack");
    for (uint32_t round = 0; round < rounds; round++) {
        begin(&p);
        while (p.len < SIZE - MAX_LENGTH) {
            size_t length =
                2 + support_random_below(&random, support_random_percent(&random, 90) ? 12 : MAX_LENGTH - 1);
            if (p.len == 0 || support_random_percent(&random, 40))
                put_literal(&p, (unsigned char)support_random_next(&random));
            else if (p.distance > 0 && support_random_percent(&random, 30))
                put_match(&p, length, p.distance);
            else
                put_match(&p, length, 1 + support_random_below(&random, (uint32_t)p.len));
        }
        check(&p, p.len);
        for (int i = 0; i < 20; i++)
            check(&p, support_random_below(&random, (uint32_t)p.len));
    }
}

/* Lengths of codes that differ, and none for most symbols: "a" is 0, "b" 10, a length of 3 is 11; distance 1 is 0. */
static void test_codes_of_different_lengths(void **state) {
    static packer p;
    unsigned char out[6];
    (void)state;
    memset(&p, 0, sizeof p);
    for (unsigned i = 0; i < 97; i += 16) { /* no symbol below "a" */
        put(&p, 0, 4);
        put(&p, i + 16 <= 97 ? 15 : 97 % 16 - 1, 4);
    }
    put(&p, 1, 4);
    put(&p, 2, 4);
    for (unsigned i = 99; i < 257; i += 16) {
        put(&p, 0, 4);
        put(&p, i + 16 <= 257 ? 15 : (257 - 99) % 16 - 1, 4);
    }
    put(&p, 2, 4);
    put(&p, 0, 4); /* 30 more without */
    put(&p, 15, 4);
    put(&p, 0, 4);
    put(&p, 13, 4);
    put(&p, 0, 4); /* none for the distance before */
    put(&p, 0, 4);
    put(&p, 1, 4);
    put(&p, 0, 4);
    put(&p, 15, 4);
    put(&p, 0, 4);
    put(&p, 14, 4);
    put(&p, 2, 2); /* b, three more of it, a, a */
    put(&p, 3, 2);
    put(&p, 0, 1);
    put(&p, 0, 2);
    llmc__unpack(p.packed, out, sizeof out);
    assert_memory_equal(out, "bbbbaa", sizeof out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_steps),
        cmocka_unit_test(test_codes_of_different_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
