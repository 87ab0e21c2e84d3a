/*
 * resilient.c - a call that outlives its provider: another model to fall back on, a circuit breaker that stops asking
 * who is down, and the trace of what was tried. With --mock the first provider is down for a while, and a second mock
 * stands in for the other.
 */
#define _POSIX_C_SOURCE 200809L
#include "setup.h"
#include <time.h>

#define FALLBACK "anthropic/claude-haiku-4-5"

/* The mock provider that "anthropic" is, and the first one out of order. */
static llmc_status break_down(const setup *s, llmc_mock **other) {
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_mock_script down = LLMC_MOCK_SCRIPT_INIT;
    llmc_status status = llmc_mock_new(other);
    if (status != LLMC_OK)
        return status;
    provider.base_url = llmc_mock_base_url(*other);
    provider.api_key = "sk-mock";
    down.status = 503;
    status = llmc_mock_set_default(s->mock, &down);
    return status == LLMC_OK ? llmc_client_set_provider(s->client, "anthropic", &provider) : status;
}

/* Runs on a loop thread. */
static void on_breaker(const char *name, llmc_breaker_state from, llmc_breaker_state to, void *user_data) {
    static const char *const states[] = {"closed", "open", "half-open"};
    (void)user_data;
    printf("   the circuit breaker of %s: %s, was %s\n", name, states[to], states[from]);
}

static void print_trace(const llmc_response *response) {
    llmc_attempt attempt;
    for (size_t i = 0; llmc_response_attempt(response, i, &attempt); i++) {
        printf("   %zu. %s/%s: %s (HTTP %d) after %lld ms; %s\n", i + 1, attempt.provider, attempt.model,
               llmc_status_name(attempt.status), attempt.http_status, (long long)attempt.total_us / 1000, attempt.why);
    }
}

static llmc_status ask(llmc_client *client, const llmc_request *request) {
    llmc_response *response = NULL;
    llmc_status status = llmc_execute(client, request, &response);
    if (status == LLMC_OK)
        printf("%s answers: %s\n", llmc_response_provider(response), llmc_response_output(response));
    else
        fprintf(stderr, "%s\n", llmc_response_error_message(response));
    print_trace(response);
    llmc_response_free(response);
    return status;
}

/* Until the breaker would let a call through, to see whether the provider is back. */
static void wait_for_breaker(llmc_client *client, const char *provider) {
    llmc_breaker_info info;
    if (llmc_client_breaker(client, provider, &info) && info.state == LLMC_BREAKER_OPEN) {
        struct timespec pause = {(time_t)(info.retry_in_ms / 1000), (long)(info.retry_in_ms % 1000) * 1000000};
        printf("%s is worth asking again in %lld ms\n", provider, (long long)info.retry_in_ms);
        nanosleep(&pause, NULL);
    }
}

static llmc_status ask_often(setup *s, const llmc_request *request) {
    llmc_status status = LLMC_OK;
    for (int i = 0; i < 3 && status == LLMC_OK; i++)
        status = ask(s->client, request);
    if (s->mock)
        llmc_mock_set_default(s->mock, NULL); /* the provider is back */
    wait_for_breaker(s->client, "openai");
    return status == LLMC_OK ? ask(s->client, request) : status;
}

int main(int argc, char **argv) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_request *request = NULL;
    llmc_mock *other = NULL;
    llmc_status status = LLMC_OK;
    setup s;

    options.breaker_failures = 2; /* 5 by default, and 30 seconds: too long to watch */
    options.breaker_open_ms = 300;
    options.on_breaker = on_breaker;
    if (!setup_open(&s, &options, argc, argv))
        return 1;
    if (s.mock)
        status = break_down(&s, &other);
    if (status == LLMC_OK)
        status = llmc_request_new(s.model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, "Are you there?");
    if (status == LLMC_OK)
        status = llmc_request_add_fallback(request, FALLBACK);
    if (status == LLMC_OK)
        status = ask_often(&s, request);
    else
        fprintf(stderr, "%s\n", llmc_last_error_message());

    llmc_request_free(request);
    setup_close(&s);
    llmc_mock_free(other);
    return status == LLMC_OK ? 0 : 1;
}
