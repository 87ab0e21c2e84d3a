/* Named routes: in order, by weight, replaced while in use. */
#include <math.h>
#include "engine/client.h"
#include "support_pair.h"

#define DRAWS 10000

static void set_route(pair *p, const char *name, llmc_route_order order, const llmc_route_target *targets,
                      size_t count) {
    assert_int_equal(llmc_client_set_route(p->client, name, order, targets, count), LLMC_OK);
}

static const llmc_route_target BOTH[] = {{FLOW_MODEL, 0}, {PAIR_SECOND, 0}};

static llmc_response *ask_route(pair *p, const char *name, llmc_status expected) {
    llmc_response *response = NULL;
    assert_int_equal(llmc_ask(p->client, name, "one two three", &response), expected);
    return response;
}

static void the_first_that_can_be_used(void **state) {
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, BOTH, 2);
    for (int i = 0; i < 5; i++) {
        response = ask_route(&p, "fast", LLMC_OK);
        pair_assert_answer(response, "openai", "one two three");
        llmc_response_free(response);
    }
    pair_assert_requests(&p, 5, 0);
    flow_default(&p.first, resil_refusal(503, NULL));
    response = ask_route(&p, "fast", LLMC_OK);
    pair_assert_answer(response, "backup", "one two three");
    pair_assert_attempt(response, 0, "openai", LLMC_ERR_OVERLOADED, LLMC_NEXT_TARGET);
    pair_assert_requests(&p, 6, 1);
    llmc_response_free(response);
    pair_close(&p);
}

/* Targets of the route, then the request's own fallbacks. */
static void fallbacks_follow_the_route(void **state) {
    llmc_request *request = NULL;
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, BOTH, 1);
    flow_default(&p.first, resil_refusal(500, NULL));
    assert_int_equal(llmc_request_new("fast", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one two three"), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(request, PAIR_SECOND), LLMC_OK);
    response = pair_run(&p, request, RESIL_EVENTS, LLMC_OK, NULL);
    pair_assert_answer(response, "backup", "one two three");
    pair_assert_requests(&p, 1, 1);
    llmc_response_free(response);
    pair_close(&p);
}

static void assert_share(size_t got, size_t of, double share) {
    double sigma = sqrt((double)of * share * (1 - share));
    assert_true(fabs((double)got - (double)of * share) <= 4 * sigma + 1);
}

/* What each place of the order holds, over many draws: the first by weight, the second by what is left of it. */
static void draws_keep_to_the_weights(void **state) {
    const llmc_route_target targets[] = {{"openai/a", 7}, {"openai/b", 2}, {"openai/c", 0}};
    size_t firsts[3] = {0}, seconds_after_a[3] = {0};
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "mixed", LLMC_ROUTE_BY_WEIGHT, targets, 3);
    for (int i = 0; i < DRAWS; i++) {
        uint8_t order[LLMC__ROUTE_MAX_TARGETS];
        llmc__named_route *route = llmc__routes_find(p.client, "mixed", order);
        assert_non_null(route);
        assert_int_equal(route->count, 3);
        firsts[order[0]]++;
        if (order[0] == 0)
            seconds_after_a[order[1]]++;
        assert_int_equal(1 << order[0] | 1 << order[1] | 1 << order[2], 7);
        llmc__routes_drop(route);
    }
    assert_share(firsts[0], DRAWS, 0.7);
    assert_share(firsts[1], DRAWS, 0.2);
    assert_share(firsts[2], DRAWS, 0.1);
    assert_share(seconds_after_a[1], firsts[0], 2.0 / 3);
    assert_share(seconds_after_a[2], firsts[0], 1.0 / 3);
    pair_close(&p);
}

static void servers_get_their_shares(void **state) {
    const llmc_route_target targets[] = {{FLOW_MODEL, 3}, {PAIR_SECOND, 1}};
    const size_t calls = 2000;
    llmc_request *request = NULL;
    flow_tally tally;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    flow_tally_init(&tally);
    set_route(&p, "mixed", LLMC_ROUTE_BY_WEIGHT, targets, 2);
    assert_int_equal(llmc_request_new("mixed", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one"), LLMC_OK);
    for (size_t i = 0; i < calls; i++)
        assert_int_equal(llmc_execute_async(p.client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, calls));
    assert_int_equal(tally.ok, calls);
    assert_share(flow_mock_stats(&p.first).requests, calls, 0.75);
    assert_int_equal(flow_mock_stats(&p.first).requests + flow_mock_stats(&p.second).requests, calls);
    llmc_request_free(request);
    flow_tally_destroy(&tally);
    pair_close(&p);
}

static void the_others_follow_what_fails(void **state) {
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "mixed", LLMC_ROUTE_BY_WEIGHT, BOTH, 2);
    flow_default(&p.first, resil_refusal(401, NULL));
    for (int i = 0; i < 50; i++) {
        llmc_response *response = ask_route(&p, "mixed", LLMC_OK);
        assert_string_equal(llmc_response_provider(response), "backup");
        llmc_response_free(response);
    }
    assert_int_equal(flow_mock_stats(&p.second).requests, 50);
    assert_in_range(flow_mock_stats(&p.first).requests, 5, 45);
    pair_close(&p);
}

/* Calls that run keep the route they began with. */
static void a_route_is_replaced(void **state) {
    llmc_response *response = NULL;
    llmc_request *request = NULL;
    llmc_call *call = NULL;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, BOTH, 2);
    flow_push(&p.first, flow_slow(100));
    assert_int_equal(llmc_request_new("fast", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "one two three"), LLMC_OK);
    assert_int_equal(llmc_execute_async(p.client, request, NULL, NULL, &call), LLMC_OK);
    assert_true(llmc_mock_wait_requests(p.first.mock, 1, FLOW_DEADLINE_MS));
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, BOTH + 1, 1);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "openai");
    llmc_response_free(response);
    llmc_call_unref(call);
    response = pair_run(&p, request, RESIL_SYNC, LLMC_OK, NULL);
    assert_string_equal(llmc_response_provider(response), "backup");
    llmc_response_free(response);
    pair_assert_requests(&p, 1, 1);
    pair_close(&p);
}

/* Without its route the name is a bare model again, of the default provider. */
static void a_route_is_removed(void **state) {
    llmc_response *response;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, BOTH + 1, 1);
    llmc_response_free(ask_route(&p, "fast", LLMC_OK));
    pair_assert_requests(&p, 0, 1);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, NULL, 0);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, NULL, 0); /* again: nothing */
    response = ask_route(&p, "fast", LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "openai");
    assert_string_equal(resil_attempt(response, 0).model, "fast");
    pair_assert_requests(&p, 1, 1);
    llmc_response_free(response);
    pair_close(&p);
}

static void what_is_wrong_is_named(void **state) {
    const llmc_route_target unknown[] = {{FLOW_MODEL, 0}, {"nobody/model", 0}}, empty[] = {{"", 0}};
    llmc_route_target many[65];
    pair p;
    (void)state;
    for (size_t i = 0; i < 65; i++)
        many[i] = BOTH[0];
    pair_open(&p, NULL);
    assert_int_equal(llmc_client_set_route(p.client, "fast", LLMC_ROUTE_IN_ORDER, unknown, 2),
                     LLMC_ERR_UNKNOWN_PROVIDER);
    assert_non_null(strstr(llmc_last_error_message(), "nobody"));
    assert_int_equal(llmc_client_set_route(p.client, "fast", LLMC_ROUTE_IN_ORDER, empty, 1), LLMC_ERR_INVALID_MODEL);
    assert_int_equal(llmc_client_set_route(p.client, "fast", LLMC_ROUTE_IN_ORDER, many, 65), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_set_route(p.client, "fast", LLMC_ROUTE_IN_ORDER, many, 64), LLMC_OK);
    assert_int_equal(llmc_client_set_route(p.client, "fast", LLMC_ROUTE_IN_ORDER, NULL, 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_set_route(p.client, "Fast!", LLMC_ROUTE_IN_ORDER, BOTH, 2), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_set_route(p.client, "", LLMC_ROUTE_IN_ORDER, BOTH, 2), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_set_route(p.client, NULL, LLMC_ROUTE_IN_ORDER, BOTH, 2), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_set_route(p.client, "fast", (llmc_route_order)7, BOTH, 2), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_set_route(NULL, "fast", LLMC_ROUTE_IN_ORDER, BOTH, 2), LLMC_ERR_INVALID_ARGUMENT);
    pair_assert_requests(&p, 0, 0);
    pair_close(&p);
}

typedef struct churn {
    pair *p;
    atomic_int failed;
} churn;

static void set_or_ask(size_t number, void *ctx) {
    churn *c = ctx;
    for (int i = 0; i < 50; i++) {
        llmc_response *response = NULL;
        llmc_status status =
            number ? llmc_ask(c->p->client, "fast", "one", &response)
                   : llmc_client_set_route(c->p->client, "fast", (llmc_route_order)(i % 2), BOTH, (size_t)(1 + i % 2));
        atomic_fetch_add(&c->failed, status != LLMC_OK);
        llmc_response_free(response);
    }
}

static void routes_change_under_calls(void **state) {
    churn c;
    pair p;
    (void)state;
    pair_open(&p, NULL);
    set_route(&p, "fast", LLMC_ROUTE_IN_ORDER, BOTH, 2);
    c.p = &p;
    atomic_init(&c.failed, 0);
    flow_run_threads(6, set_or_ask, &c);
    assert_int_equal(atomic_load(&c.failed), 0);
    assert_int_equal(flow_client_stats(&p.first).calls_succeeded, 250);
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_can_be_used),   cmocka_unit_test(fallbacks_follow_the_route),
        cmocka_unit_test(draws_keep_to_the_weights),    cmocka_unit_test(servers_get_their_shares),
        cmocka_unit_test(the_others_follow_what_fails), cmocka_unit_test(a_route_is_replaced),
        cmocka_unit_test(a_route_is_removed),           cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(routes_change_under_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
