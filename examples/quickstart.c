/*
 * quickstart.c - the main job in one program: ask, stream, async, a batch with a progress bar, and how long a row of
 * requests takes one by one and in batches.
 *
 * With OPENAI_API_KEY in the environment it talks to the provider; without, or with --mock, to the mock provider in
 * this process, which takes 20 to 50 ms for each answer. Usage: quickstart [--mock] [--requests N] [--model NAME]
 */
#define _POSIX_C_SOURCE 200809L
#include <llmclient.h>
#include <llmclient/mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_REQUESTS 10000

typedef struct app {
    llmc_client *client;
    llmc_mock *mock; /* NULL with the real provider */
    const char *model;
    size_t count; /* requests of the table */
    llmc_request *requests[MAX_REQUESTS];
    llmc_response *results[MAX_REQUESTS];
} app;

static int failures = 0;

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Says what went wrong; every part of the program goes on after it. */
static void report(const char *what, llmc_status status, const llmc_response *response) {
    printf("  %s failed: %s: %s\n", what, llmc_status_name(status), llmc_response_error_message(response));
    failures++;
}

/* The mock's next `count` answers come after 20 to 50 ms; text NULL is an echo of the question. */
static void plan_answers(app *a, size_t count, const char *text, int64_t chunk_delay_ms) {
    for (size_t i = 0; a->mock && i < count; i++) {
        llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
        script.delay_ms = 20 + (int64_t)(i * 7 % 31);
        script.chunk_delay_ms = chunk_delay_ms;
        script.text = text;
        llmc_mock_push(a->mock, &script);
    }
}

/* The caller frees it; NULL after saying why. */
static llmc_request *new_request(const app *a, const char *prompt) {
    llmc_request *request = NULL;
    llmc_status status = llmc_request_new(a->model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, prompt);
    if (status == LLMC_OK)
        status = llmc_request_set_max_tokens(request, 100);
    if (status == LLMC_OK)
        return request;
    report("making a request", status, NULL);
    llmc_request_free(request);
    return NULL;
}

static void show_ask(app *a) {
    llmc_response *response = NULL;
    puts("\n1. Ask");
    plan_answers(a, 1, "Air scatters blue light more than red light.", 0);
    llmc_status status = llmc_ask(a->client, a->model, "Why is the sky blue? One short sentence.", &response);
    if (status == LLMC_OK)
        printf("  %s\n  (%lld ms, %lld tokens in, %lld out)\n", llmc_response_output(response),
               (long long)llmc_response_latency_ms(response), (long long)llmc_response_tokens_in(response),
               (long long)llmc_response_tokens_out(response));
    else
        report("ask", status, response);
    llmc_response_free(response);
}

static void show_stream(app *a) {
    const llmc_event *event = NULL;
    llmc_stream *stream = NULL;
    puts("\n2. Stream, as it arrives");
    plan_answers(a, 1, "One, two, three, four, five, six, seven, eight, nine, ten.", 50);
    llmc_request *request = new_request(a, "Count from one to ten, in words.");
    llmc_status status = llmc_execute_stream(a->client, request, &stream);
    printf("  ");
    while (status == LLMC_OK && (status = llmc_stream_next(stream, &event)) == LLMC_OK) {
        if (llmc_event_type(event) == LLMC_EVENT_TEXT)
            fwrite(llmc_event_text(event), 1, llmc_event_text_len(event), stdout);
        fflush(stdout);
    }
    putchar('\n');
    const llmc_response *whole = llmc_stream_response(stream);
    if (status == LLMC_END)
        printf("  (first piece after %lld ms, all after %lld ms)\n", (long long)llmc_response_ttft_ms(whole),
               (long long)llmc_response_latency_ms(whole));
    else
        report("stream", status, whole);
    llmc_stream_free(stream);
    llmc_request_free(request);
}

/* Runs on the client's loop thread. */
static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    (void)call;
    printf("  callback %s: %s%s\n", (const char *)user_data, llmc_response_output(response),
           llmc_response_error_message(response));
}

static void show_async(app *a) {
    static char names[3][2] = {"A", "B", "C"};
    llmc_call *calls[3] = {NULL};
    puts("\n3. Async: three at once");
    plan_answers(a, 3, NULL, 0);
    for (int i = 0; i < 3; i++) {
        llmc_request *request = new_request(a, i == 0 ? "Say one." : i == 1 ? "Say two." : "Say three.");
        llmc_status status = llmc_execute_async(a->client, request, on_done, names[i], &calls[i]);
        if (status != LLMC_OK)
            report("async", status, NULL);
        llmc_request_free(request);
    }
    puts("  (started; this thread is free until it waits)");
    for (int i = 0; i < 3; i++) {
        llmc_response *response = NULL;
        llmc_status status = calls[i] ? llmc_call_wait(calls[i], &response) : LLMC_OK;
        if (status != LLMC_OK)
            report("async", status, response);
        llmc_response_free(response);
        llmc_call_unref(calls[i]);
    }
}

static void draw_bar(size_t done, size_t failed, size_t total, void *user_data) {
    static const char marks[] = "##################################################";
    int full = (int)(done * 50 / total);
    (void)user_data;
    if (!isatty(STDOUT_FILENO) && done < total)
        return;
    printf("%s  [%-50.*s] %zu of %zu, %zu failed", isatty(STDOUT_FILENO) ? "\r" : "", full, marks, done, total, failed);
    fflush(stdout);
}

/* Runs the requests as a batch, or with concurrency 0 one after another; seconds it took. */
static double run_all(app *a, uint32_t concurrency, llmc_progress_fn on_progress) {
    llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
    llmc_status status = LLMC_OK;
    plan_answers(a, a->count, NULL, 0);
    double start = seconds_now();
    if (concurrency > 0) {
        options.max_concurrency = concurrency;
        options.on_progress = on_progress;
        status =
            llmc_execute_batch(a->client, (const llmc_request *const *)a->requests, a->count, &options, a->results);
    }
    for (size_t i = 0; concurrency == 0 && i < a->count && status == LLMC_OK; i++)
        status = llmc_execute(a->client, a->requests[i], &a->results[i]);
    double took = seconds_now() - start;
    if (on_progress)
        putchar('\n');
    for (size_t i = 0; i < a->count; i++) {
        if (a->results[i] && llmc_response_status(a->results[i]) != LLMC_OK)
            report("a request", llmc_response_status(a->results[i]), a->results[i]);
        llmc_response_free(a->results[i]);
        a->results[i] = NULL;
    }
    if (status != LLMC_OK)
        failures++;
    return took;
}

static void show_batch(app *a) {
    for (size_t i = 0; i < a->count; i++) {
        char prompt[128];
        snprintf(prompt, sizeof prompt, "What is %zu plus %zu? Only the number.", i, i);
        a->requests[i] = new_request(a, prompt);
    }
    printf("\n4. Batch: %zu requests, 25 at a time\n", a->count);
    double took = run_all(a, 25, draw_bar);
    printf("  (%.2f s)\n", took);
}

static void show_table(app *a) {
    printf("\n5. How long %zu requests take%s\n", a->count, a->mock ? "" : " (one by one may take minutes)");
    fflush(stdout);
    double one = run_all(a, 0, NULL);
    double ten = run_all(a, 10, NULL);
    double fifty = run_all(a, 50, NULL);
    printf("\n  %-22s %10s %9s\n", "", "seconds", "speed-up");
    printf("  %4zu requests:\n", a->count);
    printf("  %-22s %10.3f %8.1fx\n", "  sequential", one, 1.0);
    printf("  %-22s %10.3f %8.1fx\n", "  batch 10", ten, one / ten);
    printf("  %-22s %10.3f %8.1fx\n", "  batch 50", fifty, one / fifty);
}

static bool connect_mock(app *a) {
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    if (llmc_mock_new(&a->mock) != LLMC_OK)
        return false;
    provider.base_url = llmc_mock_base_url(a->mock);
    provider.api_key = "sk-mock";
    printf("talking to the mock provider at %s, 20 to 50 ms an answer\n", provider.base_url);
    return llmc_client_set_provider(a->client, "openai", &provider) == LLMC_OK;
}

/* Reads the arguments; false when they make no sense. */
static bool read_arguments(app *a, int argc, char **argv, bool *mock) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--mock") == 0)
            *mock = true;
        else if (strcmp(argv[i], "--requests") == 0 && i + 1 < argc)
            a->count = (size_t)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--model") == 0 && i + 1 < argc)
            a->model = argv[++i];
        else
            return false;
    }
    return a->count >= 1 && a->count <= MAX_REQUESTS;
}

static void run(app *a) {
    llmc_stats stats = LLMC_STATS_INIT;
    show_ask(a);
    show_stream(a);
    show_async(a);
    show_batch(a);
    show_table(a);
    if (llmc_client_stats(a->client, &stats) == LLMC_OK)
        printf("\n%llu calls over %llu connections, %d failures\n", (unsigned long long)stats.calls_started,
               (unsigned long long)stats.connections_opened, failures);
}

int main(int argc, char **argv) {
    static app a = {.model = "gpt-4.1-mini", .count = 100};
    const char *key = getenv("OPENAI_API_KEY");
    bool mock = !key || !*key;
    if (!read_arguments(&a, argc, argv, &mock)) {
        fprintf(stderr, "usage: quickstart [--mock] [--requests 1..%d] [--model NAME]\n", MAX_REQUESTS);
        return 2;
    }
    printf("libllmclient %s\n", llmc_version());
    if (llmc_client_new(NULL, &a.client) == LLMC_OK && (!mock || connect_mock(&a))) {
        if (!mock)
            printf("talking to the provider with your OPENAI_API_KEY, model %s\n", a.model);
        run(&a);
    } else {
        fprintf(stderr, "%s\n", llmc_last_error_message());
        failures++;
    }
    for (size_t i = 0; i < a.count; i++)
        llmc_request_free(a.requests[i]);
    llmc_client_free(a.client);
    llmc_mock_free(a.mock);
    return failures ? 1 : 0;
}
