/* How long a piece of a stream takes from its sending to a callback: libcurl's write callback, or the library's. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"
#include "bench_row.h"
#include "llmclient.h"

#define DIGITS 16

typedef struct tally {
    double late_us[BENCH_PULSE_COUNT];
    uint32_t count;
} tally;

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Notes each time found in the bytes; none is cut in two, as each comes in a segment of its own. */
static void note(tally *t, const char *bytes, size_t len, double now) {
    const char *at = bytes, *end = bytes + len;
    while ((at = memchr(at, BENCH_PULSE_MARK[0], (size_t)(end - at))) != NULL && end - at > DIGITS) {
        char digits[DIGITS + 1];
        memcpy(digits, at + 1, DIGITS);
        digits[DIGITS] = '\0';
        if (t->count < BENCH_PULSE_COUNT)
            t->late_us[t->count++] = now - strtod(digits, NULL);
        at += DIGITS;
    }
}

/* The value that 99 of 100 stay below. */
static bool take(tally *t, bench_figures *out) {
    (void)bench_median(t->late_us, (int)t->count); /* sorts them */
    if (t->count != BENCH_PULSE_COUNT)
        out->failed++;
    out->value = t->count > 0 ? t->late_us[(t->count * 99 - 1) / 100] : 0;
    return true;
}

static size_t on_data(char *bytes, size_t size, size_t count, void *ctx) {
    note(ctx, bytes, size * count, now_us());
    return size * count;
}

bool bench_curl_latency_run(const bench_load *load, bench_figures *out) {
    static tally t;
    char url[128];
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (easy == NULL || headers == NULL)
        return false;
    (void)snprintf(url, sizeof(url), "%s/chat/completions", load->base_url);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{\"stream\":true}");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    out->failed = curl_easy_perform(easy) != CURLE_OK;
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return take(&t, out);
}

static int on_event(llmc_call *call, const llmc_event *event, void *ctx) {
    double now = now_us();
    (void)call;
    if (llmc_event_type(event) == LLMC_EVENT_TEXT)
        note(ctx, llmc_event_text(event), llmc_event_text_len(event), now);
    return 0;
}

bool bench_library_latency_run(const bench_load *load, bench_figures *out) {
    static tally t;
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_client *client = NULL;
    llmc_request *request = NULL;
    llmc_call *call = NULL;
    options.ignore_environment = true;
    provider.api_key = BENCH_KEY;
    provider.base_url = load->base_url;
    if (llmc_client_new(&options, &client) != LLMC_OK ||
        llmc_client_set_provider(client, "openai", &provider) != LLMC_OK ||
        llmc_request_new(BENCH_MODEL, &request) != LLMC_OK ||
        llmc_request_add_message(request, LLMC_ROLE_USER, BENCH_PROMPT) != LLMC_OK ||
        llmc_execute_stream_async(client, request, on_event, NULL, &t, &call) != LLMC_OK) {
        (void)fprintf(stderr, "bench: %s\n", llmc_last_error_message());
        return false;
    }
    out->failed = llmc_call_wait(call, NULL) != LLMC_OK;
    llmc_call_unref(call);
    llmc_request_free(request);
    llmc_client_free(client);
    return take(&t, out);
}
