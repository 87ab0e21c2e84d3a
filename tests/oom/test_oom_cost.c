/* Prices, limits and totals while allocations fail: what is charged is never lost, what is reserved comes back. */
#include "support_oom.h"
#include <unistd.h>

static const char prices[] =
    "[{\"id\":\"openai\",\"api_pattern\":\"https?://x\",\"provider_match\":{\"contains\":\"echo\"},"
    "\"fallback_model_providers\":[\"other\"],\"models\":[{\"id\":\"m\",\"match\":{\"or\":[{\"equals\":\"oom-1\"},"
    "{\"regex\":\"^oom-\\\\d\"}]},\"prices\":[{\"prices\":{\"input_mtok\":{\"base\":1,\"tiers\":[{\"start\":5,"
    "\"price\":2}]},\"output_mtok\":3}},{\"constraint\":{\"start_date\":\"2025-01-01\"},\"prices\":{\"input_mtok\":1,"
    "\"output_mtok\":2}}]}]},{\"id\":\"other\",\"models\":[]}]";

static llmc_status load(llmc_client *client) {
    llmc_price price = LLMC_PRICE_INIT;
    llmc_status status = llmc_client_load_prices(client, prices, sizeof prices - 1);
    bool known;
    assert_true(status == LLMC_OK || *llmc_last_error_message() != '\0');
    known = llmc_client_price(client, oom_model(OOM_ECHO), 1, &price);
    assert_true(!known || status == LLMC_OK);
    if (status == LLMC_OK && !known)
        return LLMC_ERR_NO_MEMORY;
    return status == LLMC_OK ? llmc_client_load_prices(client, NULL, 0) : status;
}

/* One answer, charged whether or not there was memory for its entry. */
static llmc_status ask_priced(llmc_client *client) {
    llmc_spending sum = LLMC_SPENDING_INIT, list[2];
    llmc_response *response = NULL;
    llmc_status status;
    size_t count = 0;
    oom_pause(true);
    assert_int_equal(llmc_client_load_prices(client, prices, sizeof prices - 1), LLMC_OK);
    oom_pause(false);
    status = llmc_ask(client, oom_model(OOM_ECHO), OOM_TEXT, &response);
    assert_int_equal(llmc_client_spending(client, NULL, NULL, &sum), LLMC_OK);
    assert_int_equal(llmc_client_spending_list(client, list, 2, &count), LLMC_OK);
    if (status == LLMC_OK) {
        assert_int_equal(sum.requests, 1);
        assert_int_equal(count, 1);
        assert_int_equal(sum.unpriced, 0);
        assert_true(sum.cost_usd > 0);
        assert_true(llmc_response_cost_usd(response) > 0);
    }
    llmc_response_free(response);
    return status;
}

/* A request limit, a fallback and a route by cost; nothing may stay reserved. */
static llmc_status ask_cheapest(llmc_client *client) {
    llmc_route_target targets[] = {{NULL, 0}, {NULL, 0}};
    llmc_budget budget = LLMC_BUDGET_INIT;
    llmc_response *response = NULL;
    llmc_request *request = NULL;
    llmc_status status;
    targets[0].model = oom_model(OOM_BUSY);
    targets[1].model = oom_model(OOM_ECHO);
    oom_pause(true);
    assert_int_equal(llmc_client_load_prices(client, prices, sizeof prices - 1), LLMC_OK);
    oom_pause(false);
    status = llmc_client_set_route(client, "cheap", LLMC_ROUTE_CHEAPEST, targets, 2);
    if (status == LLMC_OK)
        status = llmc_request_new("cheap", &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, OOM_TEXT);
    if (status == LLMC_OK)
        status = llmc_request_set_cost_limit_usd(request, 1);
    if (status == LLMC_OK)
        status = llmc_execute(client, request, &response);
    assert_int_equal(llmc_client_budget(client, &budget), LLMC_OK);
    assert_false(budget.reserved_usd > 0);
    llmc_response_free(response);
    llmc_request_free(request);
    return status;
}

static llmc_status ask_refused(llmc_client *client) {
    llmc_response *response = NULL;
    llmc_request *request = NULL;
    llmc_status status = llmc_request_new(oom_model(OOM_ECHO), &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, OOM_TEXT);
    if (status == LLMC_OK)
        status = llmc_request_set_cost_limit_usd(request, 1e-9);
    if (status == LLMC_OK)
        status = llmc_execute(client, request, &response);
    assert_true(status != LLMC_OK);
    llmc_response_free(response);
    llmc_request_free(request);
    return status;
}

static void test_load(void **state) {
    (void)state;
    oom_run(load, 0, LLMC_OK);
}

static void test_ask_priced(void **state) {
    (void)state;
    oom_run(ask_priced, 1, LLMC_OK);
}

static void test_ask_cheapest(void **state) {
    (void)state;
    oom_run(ask_cheapest, 1, LLMC_OK);
}

static void test_ask_refused(void **state) {
    (void)state;
    oom_run(ask_refused, 0, LLMC_ERR_BUDGET);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_ask_priced),
        cmocka_unit_test(test_ask_cheapest),
        cmocka_unit_test(test_ask_refused),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
