/*
 * One call is one execution, counted at the server. libcurl by itself sends a POST again when a kept connection dies
 * before the first response byte: the server had read it, so it would run twice.
 */
#include "support_flow.h"

static void warm_up(flow *f) {
    llmc_response *response = NULL;
    assert_int_equal(llmc_ask(f->client, FLOW_MODEL, "first", &response), LLMC_OK);
    llmc_response_free(response);
}

static llmc_mock_script dies_on_read(llmc_mock_fault fault) {
    llmc_mock_script script = flow_script();
    script.fault = fault;
    script.fault_on_read = true;
    return script;
}

static void assert_lost(llmc_response *response) {
    llmc_attempt attempt;
    assert_int_equal(llmc_response_attempt_count(response), 1);
    assert_true(llmc_response_attempt(response, 0, &attempt));
    assert_true(attempt.reused_connection);
    assert_true(attempt.maybe_executed);
    assert_int_equal(attempt.status, LLMC_ERR_CONNECTION_LOST);
    assert_int_equal(attempt.http_status, 0);
    llmc_response_free(response);
}

static void a_kept_connection_dies(llmc_mock_fault fault) {
    flow f;
    llmc_response *response = NULL;
    flow_open(&f, NULL);
    warm_up(&f);
    for (uint64_t i = 1; i <= 20; i++) {
        flow_push(&f, dies_on_read(fault));
        assert_int_equal(llmc_ask(f.client, FLOW_MODEL, "pay once", &response), LLMC_ERR_CONNECTION_LOST);
        assert_lost(response);
        assert_int_equal(llmc_mock_request_count(f.mock), 2 * i);
        warm_up(&f); /* opens the next connection to be kept */
    }
    assert_int_equal(llmc_mock_request_count(f.mock), 41);
    if (fault == LLMC_MOCK_CLOSE)
        assert_true(flow_client_stats(&f).resends_stopped >= 1);
    flow_assert_balanced(f.client);
    flow_close(&f);
}

static void closed_after_reading(void **state) {
    (void)state;
    a_kept_connection_dies(LLMC_MOCK_CLOSE);
}

static void reset_after_reading(void **state) {
    (void)state;
    a_kept_connection_dies(LLMC_MOCK_RESET);
}

static void a_new_connection_dies(void **state) {
    flow f;
    llmc_response *response = NULL;
    (void)state;
    flow_open(&f, NULL);
    flow_push(&f, dies_on_read(LLMC_MOCK_CLOSE));
    assert_int_equal(llmc_ask(f.client, FLOW_MODEL, "pay once", &response), LLMC_ERR_CONNECTION_LOST);
    llmc_response_free(response);
    assert_int_equal(llmc_mock_request_count(f.mock), 1);
    flow_close(&f);
}

static bool mock_is_deserted(void *ctx) {
    return flow_mock_stats(ctx).connections_now == 0;
}

static void an_idle_connection_closed_by_the_server(void **state) {
    flow f;
    (void)state;
    flow_open(&f, NULL);
    for (uint64_t i = 1; i <= 20; i++) {
        warm_up(&f); /* must simply take a new one */
        assert_int_equal(llmc_mock_request_count(f.mock), i);
        llmc_mock_close_idle(f.mock);
        assert_true(flow_until(mock_is_deserted, &f));
    }
    flow_close(&f);
}

static void many_at_once(void **state) {
    flow f;
    flow_tally tally;
    llmc_request *request = flow_request("pay once");
    (void)state;
    flow_open(&f, NULL);
    flow_tally_init(&tally);
    for (int i = 0; i < 300; i++)
        if (i % 3 == 0)
            flow_push(&f, dies_on_read(i % 2 == 0 ? LLMC_MOCK_CLOSE : LLMC_MOCK_RESET));
        else
            flow_push(&f, flow_answer("paid"));
    for (int i = 0; i < 300; i++)
        assert_int_equal(llmc_execute_async(f.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 300));
    assert_int_equal(flow_mock_stats(&f).requests, 300);
    assert_int_equal(tally.ok, 200);
    assert_int_equal(tally.failed, 100);
    flow_close(&f);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_after_reading),  cmocka_unit_test(reset_after_reading),
        cmocka_unit_test(a_new_connection_dies), cmocka_unit_test(an_idle_connection_closed_by_the_server),
        cmocka_unit_test(many_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
