/*
 * cost.c - what calls cost: a limit of a few cents, a route that takes the cheaper of two models, the price of each
 * answer, and what was spent in all. With --mock it asks the mock provider, whose answers are priced as if they were
 * real; the limit then ends the run after some of them.
 */
#include "setup.h"

static void print_answer(const llmc_response *response) {
    llmc_cost cost = LLMC_COST_INIT;
    if (llmc_response_cost(response, &cost) != LLMC_OK)
        return;
    printf("%s: %lld tokens in, %lld out, ", llmc_response_model(response),
           (long long)llmc_response_tokens_in(response), (long long)llmc_response_tokens_out(response));
    if (cost.total_usd < 0)
        puts("at a price that is not known");
    else
        printf("%.7f USD (prompt %.7f, answer %.7f)\n", cost.total_usd, cost.input_usd + cost.cache_read_usd,
               cost.output_usd + cost.reasoning_usd);
}

static llmc_status ask(llmc_client *client, const char *model) {
    llmc_request *request = NULL;
    llmc_response *response = NULL;
    llmc_status status = llmc_request_new(model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, "Why is the sky blue? Answer in one sentence.");
    if (status == LLMC_OK)
        status = llmc_request_set_max_tokens(request, 200); /* so much is reserved before it is sent */
    if (status == LLMC_OK)
        status = llmc_execute(client, request, &response);
    if (status == LLMC_OK)
        print_answer(response);
    else
        printf("%s: %s\n", llmc_status_name(status), llmc_response_error_message(response));
    llmc_response_free(response);
    llmc_request_free(request);
    return status;
}

static void print_spending(llmc_client *client) {
    llmc_spending list[10];
    size_t count = 0;
    if (llmc_client_spending_list(client, list, 10, &count) != LLMC_OK)
        return;
    for (size_t i = 0; i < count && i < 10; i++)
        printf("%s/%s: %llu requests, %.7f USD\n", list[i].provider, list[i].model,
               (unsigned long long)list[i].requests, list[i].cost_usd);
}

int main(int argc, char **argv) {
    const llmc_route_target targets[] = {{"openai/gpt-4.1", 0}, {"openai/gpt-4.1-mini", 0}};
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_status status;
    setup s;
    options.spend_limit_usd = 0.0005;
    if (!setup_open(&s, &options, argc, argv))
        return 1;
    printf("Prices of %s.\n", llmc_prices_date());
    status = llmc_client_set_route(s.client, "cheapest", LLMC_ROUTE_CHEAPEST, targets, 2);
    for (int i = 0; i < 20 && status == LLMC_OK; i++)
        status = ask(s.client, "cheapest");
    print_spending(s.client);
    setup_close(&s);
    return status == LLMC_OK || status == LLMC_ERR_BUDGET ? 0 : 1;
}
