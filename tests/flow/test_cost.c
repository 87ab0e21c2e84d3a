/* What calls cost: by the table, a file, a function, or the provider's own word; once for each request that was paid.
 */
#include <math.h>
#include "support_resil.h"

/* 1000 tokens of the prompt, 500 of the answer, at 2 and 8 USD a million. */
#define MODEL      "openai/gpt-4.1"
#define MODEL_COST 0.006

static llmc_mock_script counted(int in, int out) {
    llmc_mock_script script = flow_answer("a counted answer");
    script.tokens_in = in;
    script.tokens_out = out;
    return script;
}

static llmc_request *request_to(const char *model) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "what does it cost?"), LLMC_OK);
    return request;
}

static llmc_response *ask(flow *f, const char *model, resil_way way, llmc_status expected) {
    llmc_request *request = request_to(model);
    llmc_response *response = resil_run(f, request, way, expected, NULL);
    llmc_request_free(request);
    return response;
}

static void near_usd(double got, double want) {
    if (!(fabs(got - want) < 1e-12))
        fail_msg("%.15f USD, should be %.15f", got, want);
}

static llmc_spending spent(flow *f, const char *provider, const char *model) {
    llmc_spending out = LLMC_SPENDING_INIT;
    assert_int_equal(llmc_client_spending(f->client, provider, model, &out), LLMC_OK);
    return out;
}

/* ---- by the table ---- */

static void every_way_is_charged_alike(void **state) {
    (void)state;
    for (int way = 0; way < RESIL_WAYS; way++) {
        llmc_cost cost = LLMC_COST_INIT;
        llmc_client_options options = resil_options();
        llmc_response *response;
        llmc_spending sum;
        flow f;
        flow_open(&f, &options);
        flow_default(&f, counted(1000, 500));
        response = ask(&f, MODEL, (resil_way)way, LLMC_OK);
        near_usd(llmc_response_cost_usd(response), MODEL_COST);
        assert_int_equal(llmc_response_cost(response, &cost), LLMC_OK);
        near_usd(cost.total_usd, MODEL_COST);
        near_usd(cost.input_usd, 0.002);
        near_usd(cost.output_usd, 0.004);
        near_usd(cost.lost_usd, 0);
        near_usd(cost.provider_usd, -1);
        sum = spent(&f, NULL, NULL);
        assert_int_equal(sum.requests, 1);
        assert_int_equal(sum.unpriced, 0);
        assert_int_equal(sum.input, 1000);
        assert_int_equal(sum.output, 500);
        near_usd(sum.cost_usd, MODEL_COST);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void unknown_is_not_zero(void **state) {
    flow *f = *state;
    llmc_response *response;
    llmc_cost cost = LLMC_COST_INIT;
    flow_default(f, counted(10, 10));
    response = ask(f, FLOW_MODEL, RESIL_SYNC, LLMC_OK);
    near_usd(llmc_response_cost_usd(response), -1);
    assert_int_equal(llmc_response_cost(response, &cost), LLMC_OK);
    near_usd(cost.total_usd, -1);
    assert_int_equal(spent(f, "openai", "flow-1").unpriced, 1);
    near_usd(spent(f, NULL, NULL).cost_usd, 0);
    llmc_response_free(response);
}

static void refusals_cost_nothing(void **state) {
    flow *f = *state;
    llmc_response *response;
    flow_default(f, resil_refusal(400, NULL));
    response = ask(f, MODEL, RESIL_SYNC, LLMC_ERR_BAD_REQUEST);
    near_usd(llmc_response_cost_usd(response), 0);
    assert_int_equal(spent(f, NULL, NULL).requests, 0);
    llmc_response_free(response);
    response = ask(f, "nobody-knows/x", RESIL_SYNC, LLMC_ERR_UNKNOWN_PROVIDER);
    near_usd(llmc_response_cost_usd(response), 0);
    llmc_response_free(response);
}

/* The request was executed, and nobody told what it used. */
static void a_broken_answer_is_unknown(void **state) {
    flow *f = *state;
    llmc_mock_script script = counted(1000, 500);
    llmc_response *response;
    script.fault = LLMC_MOCK_RESET;
    script.cut_at = 300;
    flow_default(f, script);
    response = ask(f, MODEL, RESIL_SYNC, LLMC_ERR_INCOMPLETE);
    near_usd(llmc_response_cost_usd(response), -1);
    assert_int_equal(spent(f, "openai", "gpt-4.1").unpriced, 1);
    llmc_response_free(response);
}

static void totals_by_provider_and_model(void **state) {
    flow *f = *state;
    llmc_provider_options other = flow_provider(llmc_mock_base_url(f->mock));
    llmc_spending list[4];
    size_t count = 0;
    assert_int_equal(llmc_client_set_provider(f->client, "deepseek", &other), LLMC_OK);
    flow_default(f, counted(1000, 500));
    for (int i = 0; i < 3; i++)
        llmc_response_free(ask(f, MODEL, RESIL_SYNC, LLMC_OK));
    llmc_response_free(ask(f, "openai/gpt-4.1-mini", RESIL_SYNC, LLMC_OK));
    llmc_response_free(ask(f, "deepseek/nothing-known", RESIL_SYNC, LLMC_OK));
    assert_int_equal(spent(f, NULL, NULL).requests, 5);
    near_usd(spent(f, "openai", "gpt-4.1").cost_usd, 3 * MODEL_COST);
    near_usd(spent(f, "openai", NULL).cost_usd, 3 * MODEL_COST + 0.0004 + 0.0008);
    near_usd(spent(f, "deepseek", NULL).cost_usd, 0);
    assert_int_equal(spent(f, "deepseek", NULL).unpriced, 1);
    assert_int_equal(spent(f, "mistral", NULL).requests, 0);
    assert_int_equal(llmc_client_spending_list(f->client, NULL, 0, &count), LLMC_OK);
    assert_int_equal(count, 3);
    assert_int_equal(llmc_client_spending_list(f->client, list, 4, &count), LLMC_OK);
    assert_int_equal(count, 3);
    assert_string_equal(list[0].provider, "openai");
    assert_string_equal(list[0].model, "gpt-4.1");
    assert_int_equal(list[0].requests, 3);
    assert_string_equal(list[2].provider, "deepseek");
}

/* Models past those that are told apart are charged all the same, under one name. */
static void many_models_share_a_total(void **state) {
    flow *f = *state;
    llmc_spending rest;
    size_t count = 0;
    flow_default(f, counted(1, 1));
    for (int i = 0; i < 1010; i++) {
        char model[64];
        (void)snprintf(model, sizeof model, "openai/gpt-4.1-%d", i);
        llmc_response_free(ask(f, model, RESIL_SYNC, LLMC_OK));
    }
    rest = spent(f, "*", "*");
    assert_int_equal(rest.requests, 10);
    assert_int_equal(spent(f, NULL, NULL).requests, 1010);
    assert_int_equal(llmc_client_spending_list(f->client, NULL, 0, &count), LLMC_OK);
    assert_int_equal(count, 1001);
}

/* ---- paid once ---- */

static void a_cached_answer_costs_nothing(void **state) {
    llmc_client_options options = resil_options();
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    llmc_cost cost = LLMC_COST_INIT;
    llmc_response *response;
    flow f;
    (void)state;
    options.enable_cache = true;
    flow_open(&f, &options);
    flow_default(&f, counted(1000, 500));
    llmc_response_free(ask(&f, MODEL, RESIL_SYNC, LLMC_OK));
    for (int way = 0; way < RESIL_WAYS; way++) {
        response = ask(&f, MODEL, way == RESIL_PULL || way == RESIL_EVENTS ? RESIL_SYNC : (resil_way)way, LLMC_OK);
        assert_true(llmc_response_from_cache(response));
        near_usd(llmc_response_cost_usd(response), 0);
        assert_int_equal(llmc_response_cost(response, &cost), LLMC_OK);
        near_usd(cost.total_usd, 0);
        near_usd(cost.input_usd, 0);
        near_usd(cost.saved_usd, MODEL_COST);
        llmc_response_free(response);
    }
    assert_int_equal(llmc_client_cache_stats(f.client, &stats), LLMC_OK);
    near_usd(stats.saved_cost_usd, RESIL_WAYS * MODEL_COST);
    near_usd(spent(&f, NULL, NULL).cost_usd, MODEL_COST);
    flow_close(&f);
}

typedef struct shared_sum {
    flow_tally tally;
    double cost, saved;
} shared_sum;

static void add_shared(llmc_call *call, llmc_response *response, void *user_data) {
    shared_sum *sum = user_data;
    llmc_cost cost = LLMC_COST_INIT;
    (void)llmc_response_cost(response, &cost);
    llmc__mutex_lock(&sum->tally.lock);
    sum->cost += cost.total_usd;
    sum->saved += cost.saved_usd;
    llmc__mutex_unlock(&sum->tally.lock);
    flow_on_done(call, response, &sum->tally);
}

static void a_shared_answer_is_paid_by_one(void **state) {
    llmc_client_options options = resil_options();
    shared_sum sum = {.cost = 0};
    llmc_mock_script slow = counted(1000, 500);
    llmc_request *request = request_to(MODEL);
    flow f;
    (void)state;
    options.single_flight = LLMC_SINGLE_FLIGHT_ON;
    flow_open(&f, &options);
    flow_tally_init(&sum.tally);
    slow.delay_ms = 200;
    flow_default(&f, slow);
    for (int i = 0; i < 8; i++)
        assert_int_equal(llmc_execute_async(f.client, request, add_shared, &sum, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&sum.tally, 8));
    near_usd(sum.cost, MODEL_COST);
    near_usd(sum.saved, 7 * MODEL_COST);
    assert_int_equal(spent(&f, NULL, NULL).requests, 1);
    llmc_request_free(request);
    flow_tally_destroy(&sum.tally);
    flow_close(&f);
}

static bool has_come(void *ctx) {
    return flow_mock_stats(ctx).requests > 0 && flow_client_stats(ctx).shared > 0;
}

/* Whoever began it has left; it was paid all the same, and is counted once. */
static void a_flight_whose_leader_left(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script slow = counted(1000, 500);
    llmc_request *request = request_to(MODEL);
    llmc_call *leader = NULL, *follower = NULL;
    llmc_response *response = NULL;
    flow f;
    (void)state;
    options.single_flight = LLMC_SINGLE_FLIGHT_ON;
    flow_open(&f, &options);
    slow.delay_ms = 200;
    flow_default(&f, slow);
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &leader), LLMC_OK);
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &follower), LLMC_OK);
    assert_true(flow_until(has_come, &f));
    llmc_call_cancel(leader);
    assert_int_equal(llmc_call_wait(leader, &response), LLMC_ERR_CANCELLED);
    near_usd(llmc_response_cost_usd(response), -1);
    llmc_response_free(response);
    assert_int_equal(llmc_call_wait(follower, &response), LLMC_OK);
    near_usd(llmc_response_cost_usd(response), 0);
    assert_int_equal(spent(&f, NULL, NULL).requests, 1);
    near_usd(spent(&f, NULL, NULL).cost_usd, MODEL_COST);
    llmc_response_free(response);
    llmc_call_unref(leader);
    llmc_call_unref(follower);
    llmc_request_free(request);
    flow_close(&f);
}

/* An attempt that told its usage and then broke off was paid too. */
static void a_lost_attempt_is_told(void **state) {
    static const char broken[] =
        "data: {\"id\":\"c\",\"model\":\"gpt-4.1\",\"choices\":[],\"usage\":{\"prompt_tokens\":1000,"
        "\"completion_tokens\":0,\"total_tokens\":1000}}\n\n";
    llmc_client_options options = resil_options();
    llmc_mock_script first = LLMC_MOCK_SCRIPT_INIT;
    llmc_cost cost = LLMC_COST_INIT;
    llmc_response *response;
    flow f;
    (void)state;
    flow_open(&f, &options);
    first.headers = "Content-Type: text/event-stream\r\n";
    first.body = broken;
    flow_push(&f, first);
    flow_default(&f, counted(1000, 500));
    response = ask(&f, MODEL, RESIL_EVENTS, LLMC_OK);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    assert_int_equal(llmc_response_cost(response, &cost), LLMC_OK);
    near_usd(cost.lost_usd, 0.002);
    near_usd(cost.total_usd, MODEL_COST + 0.002);
    near_usd(cost.input_usd + cost.output_usd + cost.lost_usd, cost.total_usd);
    near_usd(spent(&f, NULL, NULL).cost_usd, cost.total_usd);
    assert_int_equal(spent(&f, NULL, NULL).requests, 2);
    llmc_response_free(response);
    flow_close(&f);
}

/* A hedge that lost was executed as far as anybody knows, and never told its counts. */
static void a_hedge_that_lost(void **state) {
    llmc_client_options options = resil_options();
    llmc_cost cost = LLMC_COST_INIT;
    llmc_response *response;
    flow f;
    (void)state;
    options.hedge_delay_ms = 20;
    flow_open(&f, &options);
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    flow_default(&f, counted(1000, 500));
    response = ask(&f, MODEL, RESIL_SYNC, LLMC_OK);
    assert_int_equal(llmc_response_attempt_count(response), 2);
    assert_int_equal(llmc_response_cost(response, &cost), LLMC_OK);
    near_usd(cost.total_usd, MODEL_COST);
    near_usd(cost.lost_usd, 0);
    assert_int_equal(spent(&f, NULL, NULL).requests, 2);
    assert_int_equal(spent(&f, NULL, NULL).unpriced, 1);
    near_usd(spent(&f, NULL, NULL).cost_usd, MODEL_COST);
    llmc_response_free(response);
    flow_close(&f);
}

/* Vectors are charged by the same table, and limited by the same limits. */
static void vectors_cost_too(void **state) {
    static const char *const texts[] = {"one", "two words", "and three more"};
    llmc_client_options options = resil_options();
    llmc_embeddings *e = NULL;
    flow f;
    (void)state;
    options.spend_limit_usd = 0.00001;
    flow_open(&f, &options);
    assert_int_equal(llmc_embed(f.client, "openai/text-embedding-3-large", texts, 3, NULL, &e), LLMC_OK);
    near_usd(llmc_embeddings_cost_usd(e), (double)llmc_embeddings_tokens_in(e) * 0.13e-6);
    assert_true(llmc_embeddings_tokens_in(e) > 0);
    near_usd(spent(&f, "openai", "text-embedding-3-large").cost_usd, llmc_embeddings_cost_usd(e));
    llmc_embeddings_unref(e);
    for (int i = 0; i < 100; i++) { /* until the money is gone */
        llmc_status status = llmc_embed(f.client, "openai/text-embedding-3-large", texts, 3, NULL, &e);
        llmc_status text_status = llmc_embeddings_text_status(e, 0);
        llmc_embeddings_unref(e);
        if (status != LLMC_OK) {
            assert_int_equal(text_status, LLMC_ERR_BUDGET);
            flow_close(&f);
            return;
        }
    }
    fail_msg("the limit was never met");
}

/* ---- by other means ---- */

static const char newer[] =
    "[{\"id\":\"openai\",\"name\":\"OpenAI\",\"api_pattern\":\"https://api\\\\.openai\\\\.com\",\"models\":["
    "{\"id\":\"flow-1\",\"match\":{\"starts_with\":\"FLOW\"},\"prices\":{\"input_mtok\":1,\"output_mtok\":3,"
    "\"requests_kcount\":5}}]}]";

static void a_newer_file(void **state) {
    flow *f = *state;
    llmc_price price = LLMC_PRICE_INIT;
    llmc_response *response;
    flow_default(f, counted(1000, 500));
    assert_int_equal(llmc_client_load_prices(f->client, newer, sizeof newer - 1), LLMC_OK);
    response = ask(f, FLOW_MODEL, RESIL_SYNC, LLMC_OK);
    near_usd(llmc_response_cost_usd(response), 0.001 + 0.0015 + 0.005);
    llmc_response_free(response);
    response = ask(f, MODEL, RESIL_SYNC, LLMC_OK);
    near_usd(llmc_response_cost_usd(response), -1);
    llmc_response_free(response);
    assert_int_equal(llmc_client_load_prices(f->client, newer, sizeof newer - 3), LLMC_ERR_INVALID_JSON);
    assert_non_null(strstr(llmc_last_error_message(), "no JSON"));
    assert_int_equal(llmc_client_load_prices(f->client, "{}", 2), LLMC_ERR_INVALID_JSON);
    assert_true(llmc_client_price(f->client, FLOW_MODEL, 1, &price)); /* as before */
    near_usd(price.request_usd, 0.005);
    assert_int_equal(llmc_client_load_prices(f->client, NULL, 0), LLMC_OK);
    assert_false(llmc_client_price(f->client, FLOW_MODEL, 1, &price));
    near_usd(price.request_usd, -1);
    assert_true(llmc_client_price(f->client, MODEL, 1, &price));
    near_usd(price.input_mtok_usd, 2);
}

typedef struct asked {
    char provider[32], model[64];
    int64_t tokens_in;
} asked;

static int own_price(const char *provider, const char *model, int64_t tokens_in, llmc_price *out, void *user_data) {
    asked *a = user_data;
    (void)snprintf(a->provider, sizeof a->provider, "%s", provider);
    (void)snprintf(a->model, sizeof a->model, "%s", model);
    a->tokens_in = tokens_in;
    if (strcmp(model, "flow-1") != 0)
        return 1;
    out->input_mtok_usd = tokens_in > 500 ? 10 : 1;
    out->output_mtok_usd = 0;
    return 0;
}

static void a_function(void **state) {
    llmc_client_options options = resil_options();
    llmc_response *response;
    asked a = {0};
    flow f;
    (void)state;
    options.price = own_price;
    options.price_user_data = &a;
    flow_open(&f, &options);
    flow_default(&f, counted(1000, 500));
    response = ask(&f, FLOW_MODEL, RESIL_SYNC, LLMC_OK);
    near_usd(llmc_response_cost_usd(response), 0.01);
    assert_string_equal(a.provider, "openai");
    assert_string_equal(a.model, "flow-1");
    assert_int_equal(a.tokens_in, 1000);
    llmc_response_free(response);
    response = ask(&f, MODEL, RESIL_SYNC, LLMC_OK); /* the table is out of use */
    near_usd(llmc_response_cost_usd(response), -1);
    llmc_response_free(response);
    flow_close(&f);
}

static void whose_prices_hold(void **state) {
    static const struct {
        const char *name, *priced_as, *model;
        double input;
    } rows[] = {
        {"mine", NULL, "gpt-4.1", -1},
        {"mine", "openai", "gpt-4.1", 2},
        {"mine", "anthropic", "claude-3-opus-latest", 15},
        {"openai", "", "gpt-4.1", -1},
        {"azure_ai", NULL, "gpt-4.1", 2}, /* one of azure's, whose fallback is openai */
        {"fireworks_ai", NULL, "gpt-4.1", -1},
        {"fireworks_ai", NULL, "accounts/fireworks/models/deepseek-v3-0324", 0.9},
        {"huggingface", NULL, "openai/gpt-oss-120b", -1}, /* the router chooses who serves it */
        {"huggingface", NULL, "openai/gpt-oss-120b:groq", 0.15},
        {"huggingface", NULL, "openai/gpt-oss-120b:nobody", -1},
    };
    flow *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
        llmc_price price = LLMC_PRICE_INIT;
        char model[64];
        provider.priced_as = rows[i].priced_as;
        assert_int_equal(llmc_client_set_provider(f->client, rows[i].name, &provider), LLMC_OK);
        (void)snprintf(model, sizeof model, "%s/%s", rows[i].name, rows[i].model);
        assert_int_equal(llmc_client_price(f->client, model, 1, &price), rows[i].input >= 0);
        near_usd(price.input_mtok_usd, rows[i].input);
    }
}

static void the_providers_own_figure(void **state) {
    static const char *const bodies[] = {
        "{\"id\":\"c\",\"model\":\"%s\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":500,\"total_tokens\":1500,\"cost\":0.25}}",
        "{\"id\":\"c\",\"model\":\"%s\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":"
        "\"stop\"}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":500,\"total_tokens\":1500,\"cost\":"
        "{\"request_cost\":0.2,\"total_cost\":0.25}}}",
    };
    (void)state;
    for (int i = 0; i < 8; i++) {
        bool priced = i & 1, preferred = i & 2;
        llmc_client_options options = resil_options();
        llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
        llmc_cost cost = LLMC_COST_INIT;
        llmc_response *response;
        char body[512];
        flow f;
        options.prefer_provider_cost = preferred;
        flow_open(&f, &options);
        (void)snprintf(body, sizeof body, bodies[i / 4], priced ? "gpt-4.1" : "flow-1");
        script.body = body;
        flow_default(&f, script);
        response = ask(&f, priced ? MODEL : FLOW_MODEL, RESIL_SYNC, LLMC_OK);
        assert_int_equal(llmc_response_cost(response, &cost), LLMC_OK);
        near_usd(cost.provider_usd, 0.25);
        near_usd(cost.total_usd, priced && !preferred ? MODEL_COST : 0.25);
        near_usd(cost.other_usd, priced && !preferred ? 0 : 0.25);
        near_usd(spent(&f, NULL, NULL).cost_usd, cost.total_usd);
        llmc_response_free(response);
        flow_close(&f);
    }
}

static void bad_arguments(void **state) {
    flow *f = *state;
    llmc_spending spending = {0};
    llmc_budget budget = {0};
    llmc_cost cost = {0};
    llmc_price price = {0};
    size_t count = 7;
    assert_int_equal(llmc_client_spending(f->client, NULL, NULL, &spending), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_spending(f->client, NULL, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    spending = (llmc_spending)LLMC_SPENDING_INIT;
    assert_int_equal(llmc_client_spending(f->client, NULL, "m", &spending), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_spending(NULL, NULL, NULL, &spending), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_spending_list(f->client, NULL, 1, &count), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(count, 0);
    assert_int_equal(llmc_client_spending_list(f->client, &spending, 1, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_budget(f->client, &budget), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_client_load_prices(NULL, newer, 3), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_response_cost(NULL, &cost), LLMC_ERR_INVALID_ARGUMENT);
    assert_false(llmc_client_price(f->client, MODEL, 1, &price));
    price = (llmc_price)LLMC_PRICE_INIT;
    assert_false(llmc_client_price(f->client, "", 1, &price));
    assert_false(llmc_client_price(f->client, "nobody/x", 1, &price));
    assert_false(llmc_client_price(NULL, MODEL, 1, &price));
    assert_int_equal(strlen(llmc_prices_date()), 10);
}

/* ---- many threads ---- */

#define THREADS 8
#define EACH    40

static void ask_and_load(size_t number, void *ctx) {
    flow *f = ctx;
    for (int i = 0; i < EACH; i++) {
        llmc_response *response = NULL;
        llmc_spending sum = LLMC_SPENDING_INIT;
        if (number == 0)
            (void)llmc_client_load_prices(f->client, i % 2 ? newer : NULL, sizeof newer - 1);
        (void)llmc_ask(f->client, number % 2 ? MODEL : FLOW_MODEL, "hello", &response);
        (void)llmc_client_spending(f->client, NULL, NULL, &sum);
        llmc_response_free(response);
    }
}

static void threads_add_up(void **state) {
    llmc_client_options options = resil_options();
    llmc_spending sum;
    flow f;
    (void)state;
    options.io_threads = 3;
    flow_open(&f, &options);
    flow_default(&f, counted(100, 50));
    flow_run_threads(THREADS, ask_and_load, &f);
    sum = spent(&f, NULL, NULL);
    assert_int_equal(sum.requests, THREADS * EACH);
    assert_int_equal(sum.input, THREADS * EACH * 100);
    assert_int_equal(sum.output, THREADS * EACH * 50);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_is_charged_alike),
        FLOW_TEST(unknown_is_not_zero),
        FLOW_TEST(refusals_cost_nothing),
        FLOW_TEST(a_broken_answer_is_unknown),
        FLOW_TEST(totals_by_provider_and_model),
        FLOW_TEST(many_models_share_a_total),
        cmocka_unit_test(a_cached_answer_costs_nothing),
        cmocka_unit_test(a_shared_answer_is_paid_by_one),
        cmocka_unit_test(a_flight_whose_leader_left),
        cmocka_unit_test(a_lost_attempt_is_told),
        cmocka_unit_test(a_hedge_that_lost),
        cmocka_unit_test(vectors_cost_too),
        FLOW_TEST(a_newer_file),
        cmocka_unit_test(a_function),
        FLOW_TEST(whose_prices_hold),
        cmocka_unit_test(the_providers_own_figure),
        FLOW_TEST(bad_arguments),
        cmocka_unit_test(threads_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
