/* Answers as records: what goes in comes out, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/record.h"
#include "model/response_replay.h"
#include "support_answer.h"

#define MAX ((size_t)1 << 20)

static const llmc__record_life hour = {1764000000000, 3600000000, 60000000, 86400000000, 1500000};

static llmc__record_key key_of(const char *text) {
    llmc__record_key key;
    llmc__record_key_make(text, strlen(text), NULL, &key);
    return key;
}

static void write_record(const llmc_response *response, const llmc__record_key *key, llmc__buf *out) {
    llmc__buf_init(out, MAX);
    assert_int_equal(llmc__record_write(response, true, &hour, key, out), LLMC_OK);
}

/* LLMC_OK when it is a record; what it held is dropped. */
static llmc_status try(const void *bytes, size_t len, const llmc__record_key *key) {
    llmc__record_life life;
    llmc_response *response;
    llmc_status status = llmc__record_read(bytes, len, key, MAX, &life, &response);
    assert_int_equal(status == LLMC_OK, response != NULL);
    llmc__response_unref(response);
    return status;
}

/* What a record leaves out. */
static void leave_out(llmc_response *response) {
    response->status = LLMC_OK;
    llmc__error_clear(&response->error);
    response->from_cache = true;
    llmc__response_drop_attempts(response);
}

static void test_round_trip(void **state) {
    const llmc__record_key key = key_of("k");
    uint64_t seed = 8;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        llmc_response *response = answer_new(&seed, i % 2 == 1), *again;
        llmc__record_life life;
        llmc__buf record;
        const char *what;
        write_record(response, &key, &record);
        assert_int_equal(llmc__record_read(record.data, record.len, &key, MAX, &life, &again), LLMC_OK);
        assert_memory_equal(&life, &hour, sizeof life);
        leave_out(response);
        what = answer_differs(response, again);
        if (what != NULL)
            fail_msg("%s differs", what);
        assert_int_equal(again->latency_ms, 0);
        llmc__response_unref(again);
        llmc__response_unref(response);
        llmc__buf_free(&record);
    }
}

static void test_numbers_at_their_limits(void **state) {
    static const int64_t limits[] = {-1, 0, 1, 127, 128, INT64_MAX - 1, INT64_MAX};
    const llmc__record_key key = key_of("k");
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        llmc_response *response = answer_of_length(0), *again;
        llmc__record_life life = {limits[i], limits[i], limits[i], limits[i], limits[i]}, read;
        llmc__buf record;
        response->usage.tokens_in = limits[i];
        response->cost_usd = limits[i] > 0 ? 1e300 : -1.0;
        llmc__buf_init(&record, MAX);
        assert_int_equal(llmc__record_write(response, true, &life, &key, &record), LLMC_OK);
        assert_int_equal(llmc__record_read(record.data, record.len, &key, MAX, &read, &again), LLMC_OK);
        assert_memory_equal(&life, &read, sizeof life);
        assert_int_equal(again->usage.tokens_in, limits[i]);
        assert_memory_equal(&again->cost_usd, &response->cost_usd, sizeof(double));
        llmc__response_unref(again);
        llmc__response_unref(response);
        llmc__buf_free(&record);
    }
}

static void test_cookies_stay_behind(void **state) {
    const llmc__record_key key = key_of("k");
    llmc_response *response = answer_of_length(5), *again;
    llmc__record_life life;
    llmc__buf record;
    (void)state;
    (void)llmc__response_add_header(response, "Set-Cookie", 10, "__cf_bm=secret", 14);
    (void)llmc__response_add_header(response, "x-a", 3, "", 0);
    write_record(response, &key, &record);
    assert_null(memmem(record.data, record.len, "__cf_bm", 7));
    assert_int_equal(llmc__record_read(record.data, record.len, &key, MAX, &life, &again), LLMC_OK);
    assert_null(llmc__response_header(again, "set-cookie"));
    assert_string_equal(llmc__response_header(again, "X-A"), "");
    llmc__response_unref(again);
    llmc__response_unref(response);
    llmc__buf_free(&record);
}

static void test_every_bit_flip_is_a_miss(void **state) {
    const llmc__record_key key = key_of("k");
    uint64_t seed = 21;
    (void)state;
    for (int i = 0; i < 6; i++) {
        llmc_response *response = answer_new(&seed, false);
        llmc__buf record;
        write_record(response, &key, &record);
        assert_int_equal(try(record.data, record.len, &key), LLMC_OK);
        for (size_t bit = 0; bit < record.len * 8; bit++) {
            record.data[bit / 8] ^= (char)(1 << bit % 8);
            if (try(record.data, record.len, &key) != LLMC_ERR_BAD_RESPONSE)
                fail_msg("record %d: bit %zu does not count", i, bit);
            record.data[bit / 8] ^= (char)(1 << bit % 8);
        }
        llmc__response_unref(response);
        llmc__buf_free(&record);
    }
}

static void test_cut_and_lengthened(void **state) {
    const llmc__record_key key = key_of("k");
    uint64_t seed = 22;
    (void)state;
    for (int i = 0; i < 6; i++) {
        llmc_response *response = answer_new(&seed, false);
        llmc__buf record;
        char *exact;
        write_record(response, &key, &record);
        for (size_t len = 0; len < record.len; len++) {
            exact = malloc(len > 0 ? len : 1); /* so that a sanitizer sees a byte too far */
            memcpy(exact, record.data, len);
            assert_int_equal(try(exact, len, &key), LLMC_ERR_BAD_RESPONSE);
            free(exact);
        }
        assert_int_equal(llmc__buf_append(&record, "", 1), LLMC_OK);
        assert_int_equal(try(record.data, record.len, &key), LLMC_ERR_BAD_RESPONSE);
        llmc__response_unref(response);
        llmc__buf_free(&record);
    }
}

/* A store that mixes up its answers gives another key's record, whole and sound. */
static void test_record_of_another_key(void **state) {
    const llmc__record_key key = key_of("k"), other = key_of("l");
    llmc__record_key secret, another;
    llmc_response *response = answer_of_length(100);
    llmc__buf record;
    (void)state;
    llmc__record_key_make("k", 1, "one", &secret);
    llmc__record_key_make("k", 1, "two", &another);
    assert_memory_not_equal(key.bytes, other.bytes, sizeof key.bytes);
    assert_memory_not_equal(key.bytes, secret.bytes, sizeof key.bytes);
    assert_memory_not_equal(secret.bytes, another.bytes, sizeof key.bytes);
    write_record(response, &key, &record);
    assert_int_equal(try(record.data, record.len, &key), LLMC_OK);
    assert_int_equal(try(record.data, record.len, &other), LLMC_ERR_BAD_RESPONSE);
    assert_int_equal(try(record.data, record.len, &secret), LLMC_ERR_BAD_RESPONSE);
    another.check = secret.check; /* the key alone counts too */
    assert_int_equal(try(record.data, record.len, &another), LLMC_ERR_BAD_RESPONSE);
    llmc__response_unref(response);
    llmc__buf_free(&record);
}

/* Whatever carries the right hash may be refused or read, but what is read is whole. */
static void use(llmc_response *response) {
    llmc_response *copy = llmc__response_new(1);
    assert_int_equal(llmc__response_copy(copy, response), LLMC_OK);
    assert_null(answer_differs(copy, response));
    assert_true(llmc__response_bytes(response) > sizeof *response);
    (void)llmc__response_header(response, "none");
    llmc__response_unref(copy);
}

static bool sealed_reads(char *bytes, size_t len, const llmc__record_key *key) {
    llmc__record_life life;
    llmc_response *response;
    char *exact = malloc(len);
    llmc_status status;
    memcpy(exact, bytes, len);
    llmc__record_seal(exact, len, key);
    status = llmc__record_read(exact, len, key, 5000, &life, &response);
    free(exact);
    if (status == LLMC_OK)
        use(response);
    else
        assert_true(status == LLMC_ERR_BAD_RESPONSE || status == LLMC_ERR_TOO_LARGE);
    llmc__response_unref(response);
    return status == LLMC_OK;
}

static void test_hostile_content(void **state) {
    const llmc__record_key key = key_of("k");
    uint64_t seed = 23;
    int read = 0;
    (void)state;
    for (int i = 0; i < 30; i++) {
        llmc_response *response = answer_new(&seed, true);
        llmc__buf record;
        write_record(response, &key, &record);
        for (size_t at = LLMC__RECORD_HEAD; at < record.len; at++) {
            char before = record.data[at];
            static const unsigned char bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
            for (size_t k = 0; k < sizeof bytes; k++) {
                record.data[at] = (char)bytes[k];
                read += sealed_reads(record.data, record.len, &key);
            }
            record.data[at] = before;
            (void)sealed_reads(record.data, at, &key);
        }
        llmc__response_unref(response);
        llmc__buf_free(&record);
    }
    assert_true(read > 100); /* a change inside a text is a text */
}

static void test_hostile_noise(void **state) {
    const llmc__record_key key = key_of("k");
    char bytes[300];
    uint64_t seed = 24;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        size_t len = LLMC__RECORD_HEAD + answer_below(&seed, sizeof bytes - LLMC__RECORD_HEAD);
        for (size_t k = 0; k < len; k++)
            bytes[k] = (char)(answer_below(&seed, 3) == 0 ? answer_below(&seed, 256) : answer_below(&seed, 4));
        (void)sealed_reads(bytes, len, &key);
    }
}

static void test_limits(void **state) {
    const llmc__record_key key = key_of("k");
    llmc_response *response = answer_of_length(1000), *again;
    llmc__record_life life;
    llmc__buf record;
    size_t whole;
    (void)state;
    write_record(response, &key, &record);
    whole = record.len;
    assert_int_equal(llmc__record_read(record.data, record.len, &key, 999, &life, &again), LLMC_ERR_TOO_LARGE);
    assert_null(again);
    assert_int_equal(llmc__record_read(record.data, record.len, &key, 1000, &life, &again), LLMC_OK);
    llmc__response_unref(again);
    llmc__buf_free(&record);
    for (size_t max = 0; max < whole; max++) {
        llmc__buf_init(&record, max);
        assert_int_equal(llmc__record_write(response, true, &hour, &key, &record), LLMC_ERR_TOO_LARGE);
        llmc__buf_free(&record);
    }
    llmc__response_unref(response);
}

static void test_without_memory(void **state) {
    const llmc__record_key key = key_of("k");
    uint64_t seed = 25;
    (void)state;
    for (int i = 0; i < 30; i++) {
        llmc_response *response = answer_new(&seed, false);
        llmc_status status = LLMC_ERR_NO_MEMORY;
        llmc__buf record;
        for (int k = 0; status != LLMC_OK; k++) {
            answer_gate gate;
            llmc__buf_init(&record, MAX);
            answer_gate_set(&gate, k, k % 2 == 0);
            status = llmc__record_write(response, true, &hour, &key, &record);
            answer_gate_drop();
            assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
            if (status != LLMC_OK)
                llmc__buf_free(&record);
        }
        status = LLMC_ERR_NO_MEMORY;
        for (int k = 0; status != LLMC_OK; k++) {
            answer_gate gate;
            answer_gate_set(&gate, k, k % 2 == 0);
            status = try(record.data, record.len, &key);
            answer_gate_drop();
            assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        }
        llmc__buf_free(&record);
        llmc__response_unref(response);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_numbers_at_their_limits),
        cmocka_unit_test(test_cookies_stay_behind),
        cmocka_unit_test(test_every_bit_flip_is_a_miss),
        cmocka_unit_test(test_cut_and_lengthened),
        cmocka_unit_test(test_record_of_another_key),
        cmocka_unit_test(test_hostile_content),
        cmocka_unit_test(test_hostile_noise),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
