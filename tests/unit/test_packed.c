/* Packed answers: what goes in comes out where it lies, with one allocation, and the owner is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/packed.h"
#include "support_answer.h"

#define MAX ((size_t)1 << 20)

static void pack(const llmc_response *response, bool with_http, llmc__buf *out) {
    llmc__buf_init(out, MAX);
    assert_int_equal(llmc__packed_write(response, with_http, out), LLMC_OK);
}

static void count_back(void *owner) {
    ++*(int *)owner;
}

static llmc_response *unpack(const llmc__buf *packed, int *given_back) {
    llmc_response *response = NULL;
    assert_int_equal(llmc__packed_read(packed->data, packed->len, MAX, given_back, count_back, &response), LLMC_OK);
    assert_non_null(response);
    return response;
}

/* What is never packed. */
static void leave_out(llmc_response *response, bool with_http) {
    llmc__response_drop_attempts(response);
    llmc__error_clear(&response->error);
    response->status = LLMC_OK;
    response->from_cache = true;
    if (!with_http) {
        llmc__buf_free(&response->headers);
        llmc__buf_free(&response->raw_body);
    }
}

static bool lies_in(const llmc__buf *packed, const char *text) {
    return text == NULL || (text >= packed->data && text < packed->data + packed->len);
}

static void assert_borrows(const llmc_response *response, const llmc__buf *packed) {
    assert_true(lies_in(packed, response->provider));
    assert_true(lies_in(packed, response->model));
    assert_true(lies_in(packed, response->first.text.data));
    assert_true(lies_in(packed, response->first.reasoning.data));
    assert_true(lies_in(packed, response->raw_body.data));
    assert_true(lies_in(packed, response->headers.data));
    for (size_t i = 0; i < response->first.tool_count; i++)
        assert_true(lies_in(packed, response->first.tools[i].arguments.data));
    for (size_t i = 0; i < response->opaque_count; i++)
        assert_true(response->opaques[i].len == 0 || lies_in(packed, response->opaques[i].text));
}

static void round_trip(void **state) {
    uint64_t seed = 41;
    (void)state;
    for (int i = 0; i < 4000; i++) {
        bool with_http = i % 2 == 0;
        llmc_response *response = answer_new(&seed, i % 4 < 2), *again;
        llmc__buf packed;
        const char *what;
        int given_back = 0;
        pack(response, with_http, &packed);
        again = unpack(&packed, &given_back);
        leave_out(response, with_http);
        what = answer_differs(response, again);
        if (what != NULL)
            fail_msg("%s differs", what);
        assert_borrows(again, &packed);
        assert_int_equal(again->latency_ms, 0);
        assert_int_equal(again->attempt_count, 0);
        assert_ptr_equal(llmc__response_ref(again), again);
        llmc__response_unref(again);
        assert_int_equal(given_back, 0);
        llmc__response_unref(again);
        assert_int_equal(given_back, 1);
        llmc__response_unref(response);
        llmc__buf_free(&packed);
    }
}

static int count(void *ctx) {
    ++*(int *)ctx;
    return 1;
}

/* What an operation found is shared and may live longer, so it is copied. */
static int allocations_for(const llmc__result *result) {
    if (result == NULL)
        return 1;
    return 2 + (result->vector_count > 0) + (result->rank_count > 0);
}

static void one_allocation(void **state) {
    uint64_t seed = 42;
    (void)state;
    for (int i = 0; i < 300; i++) {
        llmc_response *response = answer_new(&seed, false), *again;
        int allocations = 0, given_back = 0;
        llmc__buf packed;
        pack(response, true, &packed);
        llmc__mem_set_gate(count, &allocations);
        again = unpack(&packed, &given_back);
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(allocations, allocations_for(response->result));
        llmc__response_unref(again);
        llmc__response_unref(response);
        llmc__buf_free(&packed);
    }
}

/* A handle that could not be made, and bytes that are no answer, leave the owner as it was. */
static void failures_give_nothing_back(void **state) {
    llmc_response *response = answer_of_length(100), *again;
    answer_gate gate;
    llmc__buf packed;
    int given_back = 0;
    (void)state;
    pack(response, false, &packed);
    answer_gate_set(&gate, 0, true);
    assert_int_equal(llmc__packed_read(packed.data, packed.len, MAX, &given_back, count_back, &again),
                     LLMC_ERR_NO_MEMORY);
    answer_gate_drop();
    assert_null(again);
    assert_int_equal(llmc__packed_read(packed.data, packed.len, 99, &given_back, count_back, &again),
                     LLMC_ERR_TOO_LARGE);
    for (size_t len = 0; len < packed.len; len++) {
        char *exact = malloc(len > 0 ? len : 1); /* so that a sanitizer sees a byte too far */
        memcpy(exact, packed.data, len);
        assert_int_equal(llmc__packed_read(exact, len, MAX, &given_back, count_back, &again), LLMC_ERR_BAD_RESPONSE);
        assert_null(again);
        free(exact);
    }
    assert_int_equal(given_back, 0);
    llmc__response_unref(response);
    llmc__buf_free(&packed);
}

/* What is not text takes little: an answer in memory is hardly longer than what it says. */
static void costs_little(void **state) {
    llmc_response *response = answer_of_length(4096);
    llmc_event start = {.kind = LLMC_EVENT_START, .model = "gpt-4.1-mini-2025-04-14", .id = "chatcmpl-0123456789"};
    llmc__buf packed;
    (void)state;
    assert_int_equal(llmc__response_fold(response, &start), LLMC_OK);
    response->provider = llmc__mem_strdup("openai");
    response->usage.tokens_in = response->usage.tokens_out = 1000;
    pack(response, false, &packed);
    assert_in_range(packed.len, 4096, 4096 + strlen(start.model) + strlen(start.id) + strlen("openai") + 40);
    llmc__response_unref(response);
    llmc__buf_free(&packed);
}

static void writing_without_room(void **state) {
    uint64_t seed = 43;
    llmc_response *response = answer_new(&seed, false);
    llmc__buf packed;
    size_t whole;
    (void)state;
    pack(response, true, &packed);
    whole = packed.len;
    llmc__buf_free(&packed);
    for (size_t max = 0; max < whole; max++) {
        llmc__buf_init(&packed, max);
        assert_int_equal(llmc__packed_write(response, true, &packed), LLMC_ERR_TOO_LARGE);
        llmc__buf_free(&packed);
    }
    llmc__response_unref(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(one_allocation),
        cmocka_unit_test(failures_give_nothing_back),
        cmocka_unit_test(costs_little),
        cmocka_unit_test(writing_without_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
