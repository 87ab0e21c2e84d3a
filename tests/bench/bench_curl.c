/* The yardstick: one multi handle, or none; easy handles and connections used again; no JSON unless asked for. */
#include "bench.h"
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct exchange {
    CURL *easy;
    size_t received;
    size_t kept; /* of an event whose end has not come yet */
    char event[2048];
    bool broken;
} exchange;

typedef struct runner {
    const bench_load *load;
    CURLM *multi;
    struct curl_slist *headers;
    exchange *exchanges;
    char url[128], body[1024];
    curl_write_callback on_data;
    size_t text_len;
    uint32_t started, ended, goal;
    uint64_t failed;
} runner;

static size_t on_data(char *bytes, size_t size, size_t count, void *ctx) {
    (void)bytes;
    ((exchange *)ctx)->received += size * count;
    return size * count;
}

static void parse_event(exchange *e, const char *event, size_t len) {
    cJSON *json;
    if (len < 7 || memcmp(event, "data: ", 6) != 0) {
        e->broken = true;
    } else if (event[6] == '{') {
        json = cJSON_ParseWithLength(event + 6, len - 6);
        e->broken = e->broken || json == NULL;
        cJSON_Delete(json);
    }
}

/* The bytes up to the first blank line, with what was kept before. */
static void parse_kept(exchange *e, const char *bytes, size_t len) {
    if (len > sizeof(e->event) - e->kept) {
        e->broken = true;
        len = sizeof(e->event) - e->kept;
    }
    memcpy(e->event + e->kept, bytes, len);
    e->kept += len;
}

/* As on_data, and each event is parsed; an event may come in two pieces. */
static size_t on_events(char *bytes, size_t size, size_t count, void *ctx) {
    exchange *e = ctx;
    const char *at = bytes, *end = bytes + size * count, *blank;
    e->received += size * count;
    if (e->kept > 0 && e->event[e->kept - 1] == '\n' && at < end && *at == '\n') {
        parse_event(e, e->event, e->kept);
        e->kept = 0;
        at++;
    }
    while (at < end && (blank = memmem(at, (size_t)(end - at), "\n\n", 2)) != NULL) {
        if (e->kept > 0) {
            parse_kept(e, at, (size_t)(blank - at));
            parse_event(e, e->event, e->kept);
            e->kept = 0;
        } else {
            parse_event(e, at, (size_t)(blank - at));
        }
        at = blank + 2;
    }
    parse_kept(e, at, (size_t)(end - at));
    return size * count;
}

static bool open_exchange(runner *r, exchange *e) {
    e->easy = curl_easy_init();
    if (e->easy == NULL)
        return false;
    curl_easy_setopt(e->easy, CURLOPT_URL, r->url);
    curl_easy_setopt(e->easy, CURLOPT_POSTFIELDS, r->body);
    curl_easy_setopt(e->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
    curl_easy_setopt(e->easy, CURLOPT_HTTPHEADER, r->headers);
    curl_easy_setopt(e->easy, CURLOPT_WRITEFUNCTION, r->on_data);
    curl_easy_setopt(e->easy, CURLOPT_WRITEDATA, e);
    curl_easy_setopt(e->easy, CURLOPT_PRIVATE, e);
    curl_easy_setopt(e->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e->easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(e->easy, CURLOPT_PROXY, "");
    if (r->load->ca_file != NULL)
        curl_easy_setopt(e->easy, CURLOPT_CAINFO, r->load->ca_file);
    if (r->load->http2) {
        curl_easy_setopt(e->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(e->easy, CURLOPT_PIPEWAIT, 1L);
    }
    return true;
}

static bool open_runner(runner *r) {
    (void)snprintf(r->url, sizeof(r->url), "%s/chat/completions", r->load->base_url);
    (void)snprintf(r->body, sizeof(r->body),
                   "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}", BENCH_MODEL,
                   BENCH_PROMPT,
                   r->load->streamed ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "");
    r->headers = curl_slist_append(NULL, "Content-Type: application/json");
    r->headers = curl_slist_append(r->headers, "Authorization: Bearer " BENCH_KEY);
    r->headers = curl_slist_append(r->headers, "Expect:");
    r->multi = curl_multi_init();
    r->exchanges = calloc(r->load->in_flight, sizeof(*r->exchanges));
    if (r->multi == NULL || r->exchanges == NULL)
        return false;
    curl_multi_setopt(r->multi, CURLMOPT_MAXCONNECTS, (long)r->load->in_flight);
    for (uint32_t i = 0; i < r->load->in_flight; i++)
        if (!open_exchange(r, &r->exchanges[i]))
            return false;
    return true;
}

static void close_runner(runner *r) {
    for (uint32_t i = 0; r->exchanges != NULL && i < r->load->in_flight; i++)
        curl_easy_cleanup(r->exchanges[i].easy);
    curl_multi_cleanup(r->multi);
    curl_slist_free_all(r->headers);
    free(r->exchanges);
}

static void start(runner *r, exchange *e) {
    e->received = e->kept = 0;
    e->broken = false;
    r->started++;
    if (curl_multi_add_handle(r->multi, e->easy) != CURLM_OK)
        abort();
}

static void judge(runner *r, const exchange *e, CURLcode code) {
    long http = 0;
    curl_easy_getinfo(e->easy, CURLINFO_RESPONSE_CODE, &http);
    r->ended++;
    if (code != CURLE_OK || http != 200 || e->received < r->text_len || e->kept > 0 || e->broken)
        r->failed++;
}

static void finish(runner *r, CURL *easy, CURLcode code) {
    exchange *e = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &e);
    curl_multi_remove_handle(r->multi, easy);
    judge(r, e, code);
    if (r->started < r->goal)
        start(r, e);
}

static void run(runner *r, uint32_t count) {
    int running = 0, left = 0;
    CURLMsg *message;
    r->started = r->ended = 0;
    r->goal = count;
    for (uint32_t i = 0; i < r->load->in_flight && i < count; i++)
        start(r, &r->exchanges[i]);
    while (r->ended < count) {
        curl_multi_perform(r->multi, &running);
        while ((message = curl_multi_info_read(r->multi, &left)) != NULL)
            if (message->msg == CURLMSG_DONE)
                finish(r, message->easy_handle, message->data.result);
        if (r->ended < count)
            curl_multi_poll(r->multi, NULL, 0, 1000, NULL);
    }
}

/* One after the other, without a multi handle of ours. */
static void run_easy(runner *r, uint32_t count) {
    exchange *e = &r->exchanges[0];
    for (uint32_t i = 0; i < count; i++) {
        e->received = 0;
        judge(r, e, curl_easy_perform(e->easy));
    }
}

static bool run_all(const bench_load *load, curl_write_callback on_bytes, void (*run_some)(runner *r, uint32_t count),
                    bench_figures *out) {
    runner r;
    bench_clock clock;
    bool opened;
    memset(&r, 0, sizeof(r));
    r.load = load;
    r.on_data = on_bytes;
    r.text_len = strlen(load->text);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return false;
    opened = open_runner(&r);
    if (opened) {
        run_some(&r, load->warm);
        clock = bench_clock_now();
        run_some(&r, load->requests);
        bench_clock_take(&clock, load->requests, out);
        out->failed = r.failed;
    }
    close_runner(&r);
    return opened;
}

bool bench_curl_run(const bench_load *load, bench_figures *out) {
    return run_all(load, on_data, run, out);
}

bool bench_curl_parse_run(const bench_load *load, bench_figures *out) {
    return run_all(load, on_events, run, out);
}

bool bench_curl_easy_run(const bench_load *load, bench_figures *out) {
    return run_all(load, on_data, run_easy, out);
}
