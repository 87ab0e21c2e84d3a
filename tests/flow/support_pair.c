#include "support_pair.h"

void pair_set_provider(llmc_client *client, const char *name, const char *adapter, flow *at, const char *const *keys,
                       size_t count) {
    llmc_provider_options options = flow_provider(llmc_mock_base_url(at->mock));
    options.adapter = adapter;
    if (count) {
        options.api_key = NULL;
        options.api_keys = keys;
        options.api_key_count = count;
    }
    assert_int_equal(llmc_client_set_provider(client, name, &options), LLMC_OK);
}

void pair_open(pair *p, const llmc_client_options *options) {
    llmc_client_options plain = resil_options();
    flow_open(&p->first, options ? options : &plain);
    p->client = p->second.client = p->first.client;
    assert_int_equal(llmc_mock_new(&p->second.mock), LLMC_OK);
    pair_set_provider(p->client, "backup", NULL, &p->second, NULL, 0);
}

void pair_close(pair *p) {
    flow_assert_balanced(p->client);
    p->second.client = NULL;
    flow_close(&p->first);
    llmc_mock_free(p->second.mock);
    p->second.mock = NULL;
}

llmc_request *pair_request(const char *prompt) {
    llmc_request *request = flow_request(prompt);
    assert_int_equal(llmc_request_add_fallback(request, PAIR_SECOND), LLMC_OK);
    return request;
}

llmc_response *pair_run(pair *p, llmc_request *request, resil_way way, llmc_status expected, resil_seen *seen) {
    llmc_response *response = resil_run(&p->first, request, way, expected, seen);
    llmc_request_free(request);
    return response;
}

llmc_response *pair_ask(pair *p, resil_way way, llmc_status expected, resil_seen *seen) {
    return pair_run(p, pair_request("one two three"), way, expected, seen);
}

void pair_assert_requests(pair *p, uint64_t first, uint64_t second) {
    assert_int_equal(flow_mock_stats(&p->first).requests, first);
    assert_int_equal(flow_mock_stats(&p->second).requests, second);
    assert_int_equal(flow_client_stats(&p->first).attempts, first + second);
}

void pair_assert_answer(const llmc_response *response, const char *provider, const char *text) {
    assert_string_equal(llmc_response_provider(response), provider);
    assert_string_equal(llmc_response_output(response), text);
}

void pair_assert_attempt(const llmc_response *response, size_t index, const char *provider, llmc_status status,
                         llmc_next_step next) {
    llmc_attempt attempt = resil_attempt(response, index);
    assert_string_equal(attempt.provider, provider);
    assert_int_equal(attempt.status, status);
    assert_int_equal(attempt.next, next);
    assert_true(*attempt.why != '\0');
}
