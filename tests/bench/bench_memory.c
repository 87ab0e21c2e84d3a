/* What malloc holds for a call in flight; and two figures of the library as a whole: its size, and a client's start. */
#include <curl/curl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench.h"
#include "bench_row.h"
#include "llmclient.h"

static double bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Asks the server to say when it has so many requests; how many it has is read when the line is readable. */
static bool ask(const bench_load *load, uint64_t requests) {
    return write(load->server->hold, &requests, sizeof(requests)) == sizeof(requests);
}

static uint64_t told(const bench_load *load) {
    uint64_t requests = 0;
    return read(load->server->hold, &requests, sizeof(requests)) == sizeof(requests) ? requests : 0;
}

static size_t on_data(char *bytes, size_t size, size_t count, void *ctx) {
    (void)bytes;
    (void)ctx;
    return size * count;
}

static bool add_easy(CURLM *multi, const char *url, struct curl_slist *headers) {
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        return false;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                     "{\"model\":\"" BENCH_MODEL "\",\"messages\":[{\"role\":\"user\",\"content\":\"" BENCH_PROMPT
                     "\"}]}");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return curl_multi_add_handle(multi, easy) == CURLM_OK;
}

/* The handles go with the process. */
bool bench_curl_memory_run(const bench_load *load, bench_figures *out) {
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_waitfd line = {load->server->hold, CURL_WAIT_POLLIN, 0};
    char url[128];
    int running = 1;
    uint64_t before_requests = ask(load, 0) ? told(load) : 0;
    double before = bytes_in_use();
    (void)snprintf(url, sizeof(url), "%s/chat/completions", load->base_url);
    for (uint32_t i = 0; i < load->in_flight; i++)
        if (!add_easy(multi, url, headers))
            return false;
    if (!ask(load, before_requests + load->in_flight))
        return false;
    while ((line.revents & CURL_WAIT_POLLIN) == 0 && running > 0) {
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, &line, 1, 100, NULL);
    }
    out->failed = told(load) - before_requests < load->in_flight;
    out->value = (bytes_in_use() - before) / load->in_flight;
    return true;
}

static llmc_client *open_client(const bench_load *load) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_client *client = NULL;
    options.max_connections = load->in_flight;
    options.max_keepalive = load->in_flight;
    options.ignore_environment = true;
    provider.api_key = BENCH_KEY;
    provider.base_url = load->base_url;
    if (llmc_client_new(&options, &client) != LLMC_OK ||
        llmc_client_set_provider(client, "openai", &provider) != LLMC_OK)
        (void)fprintf(stderr, "bench: %s\n", llmc_last_error_message());
    return client;
}

bool bench_library_memory_run(const bench_load *load, bench_figures *out) {
    llmc_client *client = open_client(load);
    llmc_request *request = NULL;
    uint64_t before_requests = ask(load, 0) ? told(load) : 0;
    double before;
    if (client == NULL || llmc_request_new(BENCH_MODEL, &request) != LLMC_OK ||
        llmc_request_add_message(request, LLMC_ROLE_USER, BENCH_PROMPT) != LLMC_OK)
        return false;
    before = bytes_in_use();
    for (uint32_t i = 0; i < load->in_flight; i++)
        if (llmc_execute_async(client, request, NULL, NULL, NULL) != LLMC_OK)
            out->failed++;
    if (!ask(load, before_requests + load->in_flight))
        return false;
    out->failed += told(load) - before_requests < load->in_flight;
    out->value = (bytes_in_use() - before) / load->in_flight;
    llmc_request_free(request);
    llmc_client_free(client);
    return true;
}

bool bench_library_size_run(const bench_load *load, bench_figures *out) {
    char path[] = "/tmp/llmc-bench-size-XXXXXX", nothing[16];
    const char *const argv[] = {"strip", "-o", path, BENCH_LIBRARY_FILE, NULL};
    struct stat stripped;
    int fd = mkstemp(path);
    bool ok;
    (void)load;
    if (fd < 0)
        return false;
    close(fd);
    ok = bench_process_read(argv, nothing, sizeof(nothing)) && stat(path, &stripped) == 0;
    if (ok)
        out->value = (double)stripped.st_size / 1024;
    (void)unlink(path);
    return ok;
}

/* The first one of a process, what libcurl and its TLS library do once included. */
bool bench_library_creation_run(const bench_load *load, bench_figures *out) {
    bench_clock start = bench_clock_now(), end;
    llmc_client *client = NULL;
    (void)load;
    if (llmc_client_new(NULL, &client) != LLMC_OK)
        return false;
    end = bench_clock_now();
    out->value = end.wall_ms - start.wall_ms;
    llmc_client_free(client);
    return true;
}
