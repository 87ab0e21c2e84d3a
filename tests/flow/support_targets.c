#include "support_targets.h"
#include <stdlib.h>
#include "engine/client.h"

#define MAX_VARIABLES 32

static const char *variables[MAX_VARIABLES];
static size_t variable_count;

void targets_set(const char *variable, const char *value) {
    if (value == NULL) {
        (void)unsetenv(variable);
        return;
    }
    assert_true(variable_count < MAX_VARIABLES);
    variables[variable_count++] = variable;
    assert_int_equal(setenv(variable, value, 1), 0);
}

void targets_unset_all(void) {
    while (variable_count > 0)
        (void)unsetenv(variables[--variable_count]);
}

llmc_client *targets_client(void) {
    llmc_client_options options = flow_options();
    llmc_client *client = NULL;
    options.ignore_environment = false;
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    return client;
}

const char *targets_port(const flow *f) {
    static char port[16];
    (void)snprintf(port, sizeof(port), "%d", llmc_mock_port(f->mock));
    return port;
}

const char *targets_origin(const flow *f) {
    static char origin[64];
    (void)snprintf(origin, sizeof(origin), "http://127.0.0.1:%d", llmc_mock_port(f->mock));
    return origin;
}

llmc_mock_request targets_seen(flow *f, llmc_client *client, const char *model) {
    llmc_mock_request seen;
    llmc_response *response = NULL;
    llmc_mock_clear_requests(f->mock);
    (void)llmc_ask(client, model, "hello", &response);
    if (llmc_mock_request_count(f->mock) != 1)
        print_error("%s: %s\n", model, llmc_response_error_message(response));
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    llmc_response_free(response);
    return seen;
}

const char *targets_header(flow *f, const char *name) {
    return llmc_mock_request_header(f->mock, 0, name);
}

static void expect_words(const char *message, const char *words) {
    if (strstr(message, words) == NULL)
        print_error("no \"%s\" in: %s\n", words, message);
    assert_non_null(strstr(message, words));
}

void targets_refused(flow *f, llmc_client *client, const char *model, llmc_status expected, const char *words) {
    llmc_response *response = NULL;
    llmc_mock_clear_requests(f->mock);
    assert_int_equal(llmc_ask(client, model, "hello", &response), expected);
    expect_words(llmc_response_error_message(response), words);
    assert_int_equal(llmc_mock_request_count(f->mock), 0);
    llmc_response_free(response);
}

llmc__target *targets_get(llmc_client *client, const char *model) {
    llmc__target *target = NULL;
    const char *name = NULL;
    assert_int_equal(llmc__targets_resolve(client, model, &target, &name), LLMC_OK);
    assert_non_null(target);
    return target;
}

void targets_provide(llmc_client *client, const char *name, const llmc_provider_options *options) {
    llmc_status status = llmc_client_set_provider(client, name, options);
    if (status != LLMC_OK)
        print_error("%s: %s\n", name, llmc_last_error_message());
    assert_int_equal(status, LLMC_OK);
}

void targets_not_provided(llmc_client *client, const llmc_provider_options *options, llmc_status expected,
                          const char *words) {
    assert_int_equal(llmc_client_set_provider(client, "openai", options), expected);
    expect_words(llmc_last_error_message(), words);
}
